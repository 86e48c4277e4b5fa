/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/hotplug-private.h"

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/bandwidth.h"
#include "domain/chardevs.h"
#include "domain/helper.h"
#include "domain/hotplug-journal.h"
#include "domain/hotplug-vcpus.h"
#include "domain/lend.h"
#include "domain/status.h"
#include "domain/store.h"

#include <string.h>

/*
 * What a daemon that was killed left of a plug, and what went while nobody looked. QEMU decides: a
 * device that it has was plugged, and one that it has not is gone.
 */

GHashTable *
roost_hotplug_list (RoostDomain *domain)
{
  JsonObject *args = json_object_new ();
  g_autoptr (JsonObject) held = args;
  g_autoptr (JsonNode) answer = NULL;
  JsonArray *array;
  GHashTable *names;

  json_object_set_string_member (args, "path", "/machine/peripheral");
  answer = roost_domain_qmp (domain, "qom-list", args, NULL, NULL);
  array = roost_json_node_array (answer);
  if (array == NULL)
    return NULL;
  names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < roost_json_length (array); i++)
    {
      JsonObject *entry = roost_json_object_at (array, i);
      const char *type = roost_json_string (entry, "type");

      if (type != NULL && g_str_has_prefix (type, "child<")
          && roost_json_string (entry, "name") != NULL)
        g_hash_table_add (names, g_strdup (roost_json_string (entry, "name")));
    }
  return names;
}

/* --- a plug --- */

static void
learn_ptys (RoostDomain *domain, RoostDomainConfig *config)
{
  g_autoptr (JsonNode) answer = roost_domain_qmp (domain, "query-chardev", NULL, NULL, NULL);

  roost_chardevs_set_ptys (roost_json_node_array (answer), config);
}

static gboolean
store_next (RoostDomain *domain, const char *xml, GError **error)
{
  g_autoptr (RoostDocument) document = NULL;

  if (xml == NULL || !domain->is_persistent)
    return TRUE;
  document = roost_document_parse (xml, error);
  if (document == NULL
      || !roost_store_write (domain->manager->places, domain->uuid, roost_document_text (document),
                             error))
    return FALSE;
  roost_domain_set_next (domain, document);
  return TRUE;
}

static gboolean
complete_plug (RoostDomain *domain, const RoostJournal *journal, GError **error)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (journal->running, NULL, error);
  RoostRun *run = domain->run;

  if (config == NULL || !store_next (domain, journal->next, error))
    return FALSE;
  learn_ptys (domain, config);
  if (domain->run != run)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "it has ended");
  roost_domain_set_running (domain, config);
  roost_hotplug_finish_boot (domain, config, NULL); /* its link and limits; for others it is so */
  roost_domain_emit (domain, "DeviceAdded", g_variant_new ("(s)", journal->alias));
  return TRUE;
}

static void
undo_plug (RoostDomain *domain, const RoostJournal *journal)
{
  for (guint i = journal->undo->len; i-- > 0;)
    {
      const RoostJournalUndo *undo = journal->undo->pdata[i];
      g_autoptr (GError) error = NULL;

      if (domain->run == NULL)
        return;
      if (!roost_hotplug_tell (domain, undo->command, json_object_ref (undo->args), &error))
        roost_debug ("domain '%s': %s: %s", domain->name, undo->command, error->message);
    }
}

static void
settle_plug (RoostDomain *domain, const RoostJournal *journal, gboolean is_there)
{
  g_autoptr (GError) error = NULL;

  if (!is_there)
    {
      undo_plug (domain, journal);
      roost_log (G_LOG_LEVEL_MESSAGE, NULL, domain->uuid, domain->name,
                 "the plug of '%s' was cut short when the daemon ended; it is undone",
                 journal->alias);
      return;
    }
  if (!complete_plug (domain, journal, &error))
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
               "the device '%s' was plugged when the daemon ended, which cannot be written: %s",
               journal->alias, error->message);
  else
    roost_log (G_LOG_LEVEL_MESSAGE, NULL, domain->uuid, domain->name,
               "the device '%s' was plugged when the daemon ended; it is kept", journal->alias);
}

static void
recover_plug (RoostDomain *domain, GHashTable *there)
{
  RoostRun *run = domain->run;
  g_autoptr (RoostJournal) journal =
      run->journal != NULL ? roost_journal_read (run->journal) : NULL;

  if (journal != NULL)
    settle_plug (domain, journal, g_hash_table_contains (there, journal->alias));
  if (domain->run != run || run->journal == NULL)
    return;
  g_clear_pointer (&run->journal, g_free);
  roost_status_note (domain);
}

/* --- what went --- */

/* Does QEMU know the device by its alias? Not those of the board, which have none. */
static gboolean
has_own_name (const RoostDomainConfig *config,
              const RoostDeviceRef *ref,
              const RoostFacts *facts,
              const RoostLaunch *launch)
{
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  g_autoptr (RoostPlug) plug = NULL;

  g_array_append_vals (refs, ref, 1);
  plug = roost_plug_build (config, refs, facts, launch, NULL);
  for (guint i = 0; plug != NULL && i < plug->commands->len; i++)
    {
      const RoostPlugCommand *command = plug->commands->pdata[i];

      if (g_str_equal (command->command, "device_add")
          && g_strcmp0 (roost_json_string (command->args, "id"), ref->info->alias) == 0)
        return TRUE;
    }
  return FALSE;
}

static GPtrArray *
find_gone (RoostDomain *domain, const RoostFacts *facts, GHashTable *there)
{
  const RoostDomainConfig *config = roost_document_config (domain->run->document);
  g_autoptr (GArray) refs = roost_devices_list (config);
  GPtrArray *gone = g_ptr_array_new_with_free_func (g_free);
  const RoostDeviceRef *ref;
  RoostLaunch launch;

  roost_hotplug_launch (domain, TRUE, &launch);
  ROOST_REFS_EACH (ref, refs)
    if (ref->info->alias != NULL && !g_hash_table_contains (there, ref->info->alias)
        && has_own_name (config, ref, facts, &launch))
      g_ptr_array_add (gone, g_strdup (ref->info->alias));
  return gone;
}

static void
drop_gone (RoostDomain *domain, GHashTable *there)
{
  g_autoptr (RoostDomainConfig) config =
      roost_domain_config_copy (roost_document_config (domain->run->document));
  RoostRun *run = domain->run;
  g_autoptr (RoostFacts) facts = roost_manager_facts (domain->manager, config, NULL);
  g_autoptr (GPtrArray) gone = NULL;

  if (facts == NULL || domain->run != run)
    return;
  gone = find_gone (domain, facts, there);
  for (guint i = 0; i < gone->len; i++)
    {
      roost_hotplug_gone (domain, gone->pdata[i]);
      roost_domain_emit (domain, "DeviceRemoved", g_variant_new ("(s)", gone->pdata[i]));
    }
}

/* Nobody waits any more for those that are still there. */
static void
forget_asked (RoostDomain *domain, GHashTable *there)
{
  GPtrArray *unplugs = domain->run->unplugs;

  for (guint i = unplugs->len; i-- > 0;)
    {
      const RoostUnplug *unplug = unplugs->pdata[i];

      if (g_hash_table_contains (there, unplug->alias))
        g_ptr_array_remove_index (unplugs, i);
    }
}

/* Those which the last daemon saw go, and did not live to finish. */
static void
finish_gone (RoostDomain *domain, GHashTable *there)
{
  const RoostDomainConfig *config = roost_document_config (domain->run->document);
  g_autoptr (GPtrArray) unplugs =
      g_ptr_array_new_with_free_func ((GDestroyNotify)roost_unplug_unref);
  RoostDeviceRef ref;

  for (guint i = 0; i < domain->run->unplugs->len; i++)
    {
      RoostUnplug *unplug = domain->run->unplugs->pdata[i];

      if (!g_hash_table_contains (there, unplug->alias)
          && !roost_device_find_alias (config, unplug->alias, &ref))
        g_ptr_array_add (unplugs, roost_unplug_ref (unplug));
    }
  for (guint i = 0; i < unplugs->len; i++)
    roost_hotplug_finish_gone (domain, unplugs->pdata[i]);
}

static gboolean
recover_held (RoostDomain *domain, gpointer data, GError **error)
{
  RoostRun *run = domain->run;
  g_autoptr (GHashTable) there = roost_hotplug_list (domain);

  if (there == NULL || domain->run != run || run->document == NULL)
    return TRUE;
  recover_plug (domain, there);
  if (domain->run != run)
    return TRUE;
  forget_asked (domain, there);
  finish_gone (domain, there);
  if (domain->run != run)
    return TRUE;
  drop_gone (domain, there);
  if (domain->run == run)
    roost_helpers_end_stray (domain);
  if (domain->run == run)
    roost_host_devices_settle (domain);
  if (domain->run == run)
    roost_hotplug_sync_vcpus (domain);
  if (domain->run == run)
    roost_bandwidth_restore (domain);
  roost_lend_settle (domain);
  return TRUE;
}

void
roost_hotplug_recover (RoostDomain *domain)
{
  g_autoptr (GError) error = NULL;

  if (!roost_domain_operate_active (domain, "attach-device", "", recover_held, NULL, &error))
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
               "it could not be seen which devices there are: %s", error->message);
}
