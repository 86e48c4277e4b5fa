/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/manager.h"

#include <unistd.h>

RoostPlaces *
roost_places_new_session (void)
{
  RoostPlaces *places = g_new0 (RoostPlaces, 1);

  places->config_dir = g_build_filename (g_get_user_config_dir (), "roost", NULL);
  places->state_dir = g_build_filename (g_get_user_state_dir (), "roost", NULL);
  places->run_dir = g_build_filename (g_get_user_runtime_dir (), "roost", NULL);
  places->cache_dir = g_build_filename (g_get_user_cache_dir (), "roost", NULL);
  return places;
}

RoostPlaces *
roost_places_new_system (void)
{
  RoostPlaces *places = g_new0 (RoostPlaces, 1);

  places->config_dir = g_strdup ("/etc/roost");
  places->state_dir = g_strdup ("/var/lib/roost");
  places->run_dir = g_strdup ("/run/roost");
  places->cache_dir = g_strdup ("/var/cache/roost");
  places->is_privileged = TRUE;
  return places;
}

void
roost_places_free (RoostPlaces *places)
{
  if (places == NULL)
    return;
  g_free (places->config_dir);
  g_free (places->state_dir);
  g_free (places->run_dir);
  g_free (places->cache_dir);
  roost_host_config_free (places->host);
  g_free (places);
}
