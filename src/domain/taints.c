/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"
#include "domain/domain-private.h"
#include "domain/log-file.h"
#include "domain/status.h"
#include "domain/view.h"

/* Why a domain is out of the ordinary: what somebody who is to mend it must know first. */
static const struct
{
  const char *name;
  const char *text;
} texts[] = {
  { "custom-argv", "arguments for QEMU were given by hand: nobody checked them" },
  { "custom-env", "environment variables for QEMU were given by hand" },
  { "custom-device", "properties of devices were overridden by hand" },
  { "custom-monitor",
    "a command was sent to QEMU by hand: its state may differ from what is shown" },
  { "custom-ga-command", "a command was sent to the guest agent by hand" },
  { "custom-dtb", "the device tree was given by hand" },
  { "high-privileges", "QEMU runs as root: who breaks out of the guest owns the host" },
  { "host-cpu", "the guest sees the CPU of this host: it may not run on another" },
  { "external-launch", "how it was started is not known: its configuration may not be what runs" },
  { "cdrom-passthrough", "a drive of the host is used: its tray and medium change by themselves" },
  { "shell-scripts", "a script was given for a network interface" },
  { "hook-script", "scripts of the administrator took part in its start" },
  { "deprecated-config", "its machine type or CPU model is deprecated: a later QEMU lacks it" },
};

const char *
roost_taint_text (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_str_equal (texts[i].name, name))
      return texts[i].text;
  return "";
}

void
roost_domain_find_taints (RoostDomain *domain)
{
  const RoostManager *manager = domain->manager;
  const RoostRun *run = domain->run;
  g_autoptr (GPtrArray) taints = g_ptr_array_new ();

  if (run->document != NULL)
    roost_view_taints (roost_document_config (run->document), taints);
  if (manager->places->is_privileged && !manager->qemu_user.is_other)
    g_ptr_array_add (taints, (gpointer) "high-privileges");
  for (guint i = 0; i < run->taints->len; i++)
    g_ptr_array_add (taints, run->taints->pdata[i]);
  g_ptr_array_add (taints, NULL);
  g_free (domain->taints);
  domain->taints = (const char **)g_ptr_array_free (g_steal_pointer (&taints), FALSE);
}

const char *const *
roost_domain_taints (RoostDomain *domain)
{
  return (const char *const *)domain->taints;
}

static void
tell (RoostDomain *domain, const char *name)
{
  g_autofree char *line = g_strdup_printf ("tainted: %s: %s", name, roost_taint_text (name));

  roost_log (G_LOG_LEVEL_INFO, NULL, domain->uuid, domain->name, "%s", line);
  if (domain->run->log_path != NULL)
    roost_log_file_note (domain->run->log_path, line);
}

void
roost_domain_add_taint (RoostDomain *domain, const char *name)
{
  if (domain->run == NULL || domain->manager == NULL
      || g_strv_contains (roost_domain_taints (domain), name))
    return;
  g_ptr_array_add (domain->run->taints, (gpointer)g_intern_string (name));
  roost_domain_find_taints (domain);
  roost_domain_changed (domain, ROOST_CHANGE_TAINTS);
  roost_status_note (domain);
  tell (domain, name); /* before its log is open, the header of the start tells it */
}
