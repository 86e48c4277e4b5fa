/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/manager.h"

#include "base/co.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "domain/domain-private.h"
#include "domain/lend.h"
#include "domain/remains.h"
#include "domain/store.h"
#include "domain/transient.h"

#include <string.h>

static void
refuse (RoostManager *manager, const char *uuid, const char *why)
{
  g_autofree char *path = roost_store_xml_path (manager->places, uuid);

  roost_file_set_aside (path, why);
}

static void
load_one (const char *uuid, const char *xml, const RoostAutostart *autostart, gpointer data)
{
  RoostManager *manager = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostDocument) document = roost_document_parse (xml, &error);
  const char *name = document != NULL ? roost_document_name (document) : NULL;
  RoostDomain *domain;

  if (document == NULL)
    refuse (manager, uuid, error->message);
  else if (!g_str_equal (roost_document_uuid (document), uuid))
    refuse (manager, uuid, "the uuid in it is not that of its name");
  else if (roost_manager_find_name (manager, name) != NULL)
    refuse (manager, uuid, "another domain has the same name");
  else
    {
      domain = roost_domain_new (manager, uuid, name, document);
      domain->is_persistent = TRUE;
      domain->autostart = *autostart;
      roost_manager_add (manager, domain);
    }
}

gboolean
roost_manager_load (RoostManager *manager, GError **error)
{
  if (!roost_store_prepare (manager->places, error))
    return FALSE;
  roost_remains_drop_definitions (manager);
  roost_store_load (manager->places, load_one, manager);
  roost_lend_load (manager);
  roost_manager_recover (manager);
  roost_remains_resume (manager);
  roost_transient_sweep (manager);
  roost_lend_sweep (manager);
  roost_manager_watch_logs (manager);
  return TRUE;
}
