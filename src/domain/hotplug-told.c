/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/hotplug-private.h"

#include "domain/hotplug-vcpus.h"
#include "domain/hotplug-view.h"

/* --- what QEMU tells by itself --- */

/* Returns: (transfer full) (nullable): a copy of what runs. */
static RoostDomainConfig *
copy_running (RoostDomain *domain)
{
  if (domain->run == NULL || domain->run->document == NULL)
    return NULL;
  return roost_domain_config_copy (roost_document_config (domain->run->document));
}

void
roost_hotplug_tray (RoostDomain *domain, const char *alias, gboolean is_open)
{
  g_autoptr (RoostDomainConfig) config = copy_running (domain);

  if (config != NULL && roost_device_set_tray (config, alias, is_open))
    roost_domain_set_running (domain, config);
}

void
roost_hotplug_memory_size (RoostDomain *domain, const char *alias, guint64 bytes)
{
  g_autoptr (RoostDomainConfig) config = copy_running (domain);

  if (config == NULL || !roost_device_set_memory_size (config, alias, bytes))
    return;
  roost_domain_set_running (domain, config);
  roost_domain_changed (domain, ROOST_CHANGE_MEMORY);
}

/* --- the end of a start --- */

gboolean
roost_hotplug_finish_boot (RoostDomain *domain, const RoostDomainConfig *config, GError **error)
{
  g_autoptr (GPtrArray) commands = roost_plug_finish_boot (config);
  RoostCommander commander = { .domain = domain };

  return roost_hotplug_boot_vcpus (domain, config, error)
         && roost_commands_run (&commander, commands, error);
}

/* --- what there is --- */

const char *const *
roost_domain_device_aliases (RoostDomain *domain)
{
  static const char *const none[] = { NULL };

  if (domain->run == NULL || domain->run->document == NULL)
    return none;
  return (const char *const *)roost_document_summary (domain->run->document)->devices;
}
