/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/status.h"

#include "base/compat.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/domain-private.h"
#include "domain/dump-private.h"
#include "domain/helper.h"
#include "domain/unplug.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <glib/gstdio.h>
#include <string.h>

static char *
path_of (const char *run_dir, const char *uuid)
{
  return g_strdup_printf ("%s/domain/%s.status", run_dir, uuid);
}

/* --- writing --- */

static void
set_string (JsonObject *object, const char *name, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, name, value);
}

static JsonObject *
mark_of (RoostProcess *process)
{
  JsonObject *mark = json_object_new ();

  json_object_set_int_member (mark, "pid", roost_process_pid (process));
  json_object_set_int_member (mark, "start-time", (gint64)roost_process_start_time (process));
  return mark;
}

static JsonObject *
mark_of_helper (const RoostHelper *helper)
{
  JsonObject *mark = mark_of (helper->process);

  json_object_set_string_member (mark, "alias", helper->alias);
  json_object_set_string_member (mark, "name", helper->name);
  return mark;
}

static void
add_processes (JsonObject *object, const RoostRun *run)
{
  JsonArray *helpers = json_array_new ();

  if (run->process != NULL)
    json_object_set_object_member (object, "qemu", mark_of (run->process));
  for (guint i = 0; i < run->helpers->len; i++)
    json_array_add_object_element (helpers, mark_of_helper (run->helpers->pdata[i]));
  json_object_set_array_member (object, "helpers", helpers);
}

static void
add_taints (JsonObject *object, const RoostRun *run)
{
  JsonArray *taints = json_array_new ();

  for (guint i = 0; i < run->taints->len; i++)
    json_array_add_string_element (taints, run->taints->pdata[i]);
  json_object_set_array_member (object, "taints", taints);
}

static void
add_run (JsonObject *object, const RoostRun *run)
{
  json_object_set_int_member (object, "id", run->id);
  json_object_set_int_member (object, "monitor-inode", (gint64)run->monitor_inode);
  set_string (object, "log", run->log_path);
  json_object_set_int_member (object, "log-from", run->log_from);
  set_string (object, "made-nvram", run->made_nvram);
  json_object_set_boolean_member (object, "had-nvram", run->had_nvram);
  set_string (object, "step", run->step);
  set_string (object, "ending", run->ending);
  json_object_set_boolean_member (object, "rebooting", run->is_rebooting);
  json_object_set_boolean_member (object, "asked", run->was_asked);
  json_object_set_boolean_member (object, "hooked", run->is_hooked);
  json_object_set_boolean_member (object, "restarting", run->is_restarting);
  json_object_set_int_member (object, "rtc-base", run->rtc_base);
  add_taints (object, run);
  set_string (object, "journal", run->journal);
  json_object_set_array_member (object, "unplugs", roost_unplugs_to_json (run->unplugs));
  add_processes (object, run);
  json_object_set_boolean_member (object, "tuning", run->is_tuning);
  if (run->dump != NULL && run->dump->is_ready)
    json_object_set_object_member (object, "dump", roost_dump_to_json (run->dump));
  if (run->document != NULL)
    set_string (object, "xml", roost_document_text (run->document));
}

static char *
text_of (RoostDomain *domain)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_node_take_object (node, object);
  json_object_set_int_member (object, "version", 1);
  set_string (object, "boot", domain->manager->boot_id);
  set_string (object, "uuid", domain->uuid);
  set_string (object, "name", domain->name);
  set_string (object, "state", roost_domain_state_name (domain->state));
  set_string (object, "reason", domain->reason);
  json_object_set_int_member (object, "since", domain->since_us);
  json_object_set_int_member (object, "memory", (gint64)domain->memory);
  if (domain->job != NULL)
    {
      set_string (object, "operation", roost_job_operation (domain->job));
      set_string (object, "caller", roost_job_caller (domain->job));
    }
  add_run (object, domain->run);
  return json_to_string (node, FALSE);
}

static gboolean
write_whole (const char *path, const char *text)
{
  g_auto (RoostFd) fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  gsize length = strlen (text);

  while (fd >= 0 && length > 0)
    {
      gssize n = write (fd, text, length);

      if (n < 0)
        return FALSE;
      text += n;
      length -= (gsize)n;
    }
  return fd >= 0;
}

gboolean
roost_status_write (RoostDomain *domain, GError **error)
{
  g_autofree char *path = NULL;
  g_autofree char *fresh = NULL;
  g_autofree char *text = NULL;
  int err;

  if (domain->run == NULL || domain->manager == NULL)
    return TRUE;
  path = path_of (domain->manager->places->run_dir, domain->uuid);
  fresh = g_strconcat (path, ".new", NULL);
  text = text_of (domain);
  if (write_whole (fresh, text) && rename (fresh, path) == 0)
    return TRUE;
  err = errno;
  g_unlink (fresh);
  return roost_throw_errno (error, err, "cannot write %s", path);
}

void
roost_status_note (RoostDomain *domain)
{
  g_autoptr (GError) error = NULL;

  if (!roost_status_write (domain, &error))
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
               "%s: a daemon that takes over will know less", error->message);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      g_unlink (inner);
    }
  g_rmdir (path);
}

void
roost_status_remove (const char *run_dir, const char *uuid)
{
  g_autofree char *path = path_of (run_dir, uuid);
  g_autofree char *folder = g_build_filename (run_dir, "domain", uuid, NULL);

  remove_folder (folder);
  g_unlink (path);
}

/* --- reading --- */

void
roost_status_free (RoostStatus *status)
{
  if (status == NULL)
    return;
  g_free (status->boot_id);
  g_free (status->uuid);
  g_free (status->name);
  g_free (status->reason);
  g_ptr_array_unref (status->helpers);
  g_ptr_array_unref (status->taints);
  g_ptr_array_unref (status->unplugs);
  g_free (status->journal);
  g_free (status->log_path);
  g_free (status->made_nvram);
  g_free (status->operation);
  g_free (status->caller);
  g_free (status->step);
  g_free (status->ending);
  roost_dump_free (status->dump);
  g_free (status->xml);
  g_free (status);
}

static RoostPidMark
read_mark (JsonObject *object)
{
  gint64 pid = roost_json_int (object, "pid", 0);

  if (pid <= 1 || pid > G_MAXINT)
    return (RoostPidMark){ 0, 0 };
  return (RoostPidMark){ (pid_t)pid, (guint64)roost_json_int (object, "start-time", 0) };
}

static void
helper_mark_free (gpointer p)
{
  RoostHelperMark *helper = p;

  g_free (helper->alias);
  g_free (helper->name);
  g_free (helper);
}

/* An older daemon wrote neither alias nor name. */
static void
read_helpers (JsonArray *array, GPtrArray *out)
{
  for (guint i = 0; i < roost_json_length (array); i++)
    {
      JsonObject *object = roost_json_object_at (array, i);
      RoostPidMark mark = read_mark (object);
      const char *alias = roost_json_string (object, "alias");
      const char *name = roost_json_string (object, "name");
      RoostHelperMark *helper;

      if (mark.pid <= 0)
        continue;
      helper = g_new0 (RoostHelperMark, 1);
      helper->mark = mark;
      helper->alias = g_strdup (alias != NULL ? alias : "");
      helper->name = g_strdup (name != NULL ? name : "helper");
      g_ptr_array_add (out, helper);
    }
}

static void
read_taints (JsonArray *array, GPtrArray *out)
{
  for (guint i = 0; i < roost_json_length (array); i++)
    {
      const char *name = roost_json_string_at (array, i);

      if (name != NULL)
        g_ptr_array_add (out, (gpointer)g_intern_string (name));
    }
}

static gboolean
read_state (const char *name, RoostDomainState *out)
{
  for (guint i = 0; name != NULL && i < ROOST_DOMAIN_N_STATES; i++)
    if (g_str_equal (name, roost_domain_state_name (i)))
      {
        *out = i;
        return TRUE;
      }
  return FALSE;
}

static char *
dup_string (JsonObject *object, const char *name)
{
  return g_strdup (roost_json_string (object, name));
}

static RoostStatus *
status_of (JsonObject *object)
{
  RoostStatus *status = g_new0 (RoostStatus, 1);

  status->boot_id = dup_string (object, "boot");
  status->uuid = dup_string (object, "uuid");
  status->name = dup_string (object, "name");
  status->id = (guint)roost_json_int (object, "id", 0);
  status->reason = dup_string (object, "reason");
  status->since_us = roost_json_int (object, "since", 0);
  status->qemu = read_mark (roost_json_object (object, "qemu"));
  status->helpers = g_ptr_array_new_with_free_func (helper_mark_free);
  read_helpers (roost_json_array (object, "helpers"), status->helpers);
  status->monitor_inode = (guint64)roost_json_int (object, "monitor-inode", 0);
  status->log_path = dup_string (object, "log");
  status->log_from = roost_json_int (object, "log-from", 0);
  status->made_nvram = dup_string (object, "made-nvram");
  status->had_nvram = roost_json_bool (object, "had-nvram", TRUE);
  status->operation = dup_string (object, "operation");
  status->caller = dup_string (object, "caller");
  status->step = dup_string (object, "step");
  status->ending = dup_string (object, "ending");
  status->is_rebooting = roost_json_bool (object, "rebooting", FALSE);
  status->was_asked = roost_json_bool (object, "asked", FALSE);
  status->is_hooked = roost_json_bool (object, "hooked", FALSE);
  status->is_restarting = roost_json_bool (object, "restarting", FALSE);
  status->rtc_base = roost_json_int (object, "rtc-base", 0);
  status->journal = dup_string (object, "journal");
  status->unplugs = g_ptr_array_new_with_free_func ((GDestroyNotify)roost_unplug_unref);
  roost_unplugs_read (roost_json_array (object, "unplugs"), status->unplugs);
  status->taints = g_ptr_array_new ();
  read_taints (roost_json_array (object, "taints"), status->taints);
  status->memory = (guint64)roost_json_int (object, "memory", 0);
  status->is_tuning = roost_json_bool (object, "tuning", FALSE);
  status->dump = roost_dump_from_json (roost_json_object (object, "dump"));
  status->xml = dup_string (object, "xml");
  return status;
}

RoostStatus *
roost_status_read (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (RoostStatus) status = NULL;
  JsonObject *object;
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;
  node = roost_json_parse (text, length, error);
  if (node == NULL)
    return NULL;
  object = roost_json_node_object (node);
  status = object != NULL ? status_of (object) : NULL;
  if (status == NULL || status->uuid == NULL || !g_uuid_string_is_valid (status->uuid)
      || status->name == NULL || !read_state (roost_json_string (object, "state"), &status->state))
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "%s is not a status file", path);
      return NULL;
    }
  return g_steal_pointer (&status);
}

char *
roost_status_boot_id (void)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &text, NULL, NULL))
    return g_strdup ("");
  return g_strdup (g_strchomp (text));
}
