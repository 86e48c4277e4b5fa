/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/compat.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/dump-private.h"
#include "domain/status.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* How often QEMU is asked how far it is; that it has ended it tells by itself. */
#define POLL_MS  300
#define GRACE_MS 10000

static gboolean
is_current (const RoostDumping *dumping, GError **error)
{
  if (dumping->domain->run == dumping->run && dumping->domain->manager != NULL)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended during its dump",
                      dumping->domain->name);
}

/* --- before QEMU begins: all of it can be cancelled --- */

static gboolean
has_format (JsonNode *answer, const char *format, GString *all)
{
  JsonArray *formats = roost_json_array (roost_json_node_object (answer), "formats");
  gboolean is_there = FALSE;

  for (guint i = 0; i < roost_json_length (formats); i++)
    {
      const char *one = roost_json_string_at (formats, i);

      if (one == NULL)
        continue;
      is_there = is_there || g_str_equal (one, format);
      g_string_append_printf (all, "%s%s", all->len > 0 ? ", " : "", one);
    }
  return is_there;
}

static gboolean
check_format (RoostDumping *dumping, GError **error)
{
  const RoostDump *dump = dumping->run->dump;
  g_autoptr (GString) all = g_string_new (NULL);
  g_autofree char *format = g_strdup (dump->format);
  g_autoptr (JsonNode) answer =
      roost_domain_qmp (dumping->domain, "query-dump-guest-memory-capability", NULL,
                        roost_job_cancellable (dumping->job), error);

  if (answer == NULL)
    return FALSE;
  if (has_format (answer, format, all))
    return is_current (dumping, error);
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                      "QEMU cannot write the format '%s' for domain '%s'; it has: %s", format,
                      dumping->domain->name, all->str);
}

static gboolean
open_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  RoostDumping *dumping = data;
  int err;

  dumping->fd =
      open (dumping->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
  err = errno;
  if (dumping->fd >= 0)
    return TRUE;
  if (err == EEXIST)
    return roost_throw (error, ROOST_ERROR_EXISTS,
                        "%s is there already: a dump goes into a new file", dumping->path);
  return roost_throw_errno (error, err, "cannot make %s", dumping->path);
}

static gboolean
open_target (RoostDumping *dumping, GError **error)
{
  if (dumping->path == NULL)
    return TRUE;
  if (!co_thread (open_thread, dumping, NULL, error))
    return FALSE;
  dumping->has_made = TRUE;
  return is_current (dumping, error);
}

static JsonObject *
name_argument (const char *name)
{
  JsonObject *args = json_object_new ();

  json_object_set_string_member (args, "fdname", name);
  return args;
}

static void
take_back_fd (RoostDomain *domain, const char *name)
{
  g_autoptr (JsonObject) args = name_argument (name);
  g_autoptr (JsonNode) answer = roost_domain_qmp (domain, "closefd", args, NULL, NULL);
}

static gboolean
give_fd (RoostDumping *dumping, const char *name, GError **error)
{
  RoostDomain *domain = dumping->domain;
  g_autoptr (RoostQmp) qmp = domain->run->qmp != NULL ? g_object_ref (domain->run->qmp) : NULL;
  g_autoptr (JsonObject) args = name_argument (name);
  g_autoptr (JsonNode) answer = NULL;

  if (qmp == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has no connection to QEMU",
                        domain->name);
  answer = roost_qmp_call_with_fd (qmp, "getfd", args, dumping->fd,
                                   domain->manager->qmp_deadline_ms, NULL, error);
  return answer != NULL && is_current (dumping, error);
}

/* --- QEMU is at it --- */

static gboolean
journal (RoostDumping *dumping, gboolean is_begun, GError **error)
{
  dumping->run->dump->is_ready = TRUE;
  dumping->run->dump->is_begun = is_begun;
  return roost_status_write (dumping->domain, error);
}

static JsonObject *
dump_arguments (const RoostDump *dump, const char *name)
{
  g_autofree char *protocol = g_strconcat ("fd:", name, NULL);
  JsonObject *args = json_object_new ();

  json_object_set_boolean_member (args, "paging", FALSE);
  json_object_set_string_member (args, "protocol", protocol);
  json_object_set_boolean_member (args, "detach", TRUE);
  json_object_set_string_member (args, "format", dump->format);
  return args;
}

/* A QEMU that does not answer in time may have begun all the same: then it is watched. */
static gboolean
command_dump (RoostDumping *dumping, const char *name, GError **error)
{
  RoostDomain *domain = dumping->domain;
  g_autoptr (JsonObject) args = dump_arguments (dumping->run->dump, name);
  g_autoptr (JsonNode) answer = NULL;
  g_autoptr (GError) local = NULL;

  dumping->run->pause_reason = "dump";
  answer = roost_domain_qmp (domain, "dump-guest-memory", args, NULL, &local);
  if (answer != NULL || g_error_matches (local, ROOST_ERROR, ROOST_ERROR_TIMEOUT))
    return is_current (dumping, error);
  if (domain->run == dumping->run)
    dumping->run->pause_reason = NULL;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
begin (RoostDumping *dumping, GError **error)
{
  g_autofree char *name = g_strdup_printf ("roost-dump-%u", roost_job_number (dumping->job));

  roost_job_set_phase (dumping->job, "prepare", -1.0);
  if (!check_format (dumping, error) || !open_target (dumping, error)
      || !give_fd (dumping, name, error))
    return FALSE;
  roost_job_refuse_cancel (dumping->job);
  if (g_cancellable_is_cancelled (roost_job_cancellable (dumping->job)))
    {
      take_back_fd (dumping->domain, name);
      return roost_throw (error, ROOST_ERROR_CANCELLED, "the dump of domain '%s' was cancelled",
                          dumping->domain->name);
    }
  if (!journal (dumping, FALSE, error) || !command_dump (dumping, name, error))
    {
      if (dumping->domain->run == dumping->run)
        take_back_fd (dumping->domain, name);
      return FALSE;
    }
  return journal (dumping, TRUE, error);
}

typedef enum
{
  WATCH_GOES_ON,
  WATCH_DONE,
  WATCH_FAILED,
} Watch;

/* @object: the answer to query-dump */
static Watch
look_at (RoostDumping *dumping, JsonObject *object, GError **error)
{
  RoostDump *dump = dumping->run->dump;
  const char *status = roost_json_string (object, "status");
  gint64 done = roost_json_int (object, "completed", 0);
  gint64 total = roost_json_int (object, "total", 0);

  if (g_strcmp0 (status, "active") == 0)
    {
      dump->is_begun = TRUE;
      roost_job_set_bytes (dumping->job, (guint64)MAX (done, 0), (guint64)MAX (total, 0));
      return WATCH_GOES_ON;
    }
  if (g_strcmp0 (status, "completed") == 0 && dump->is_begun)
    {
      roost_job_set_bytes (dumping->job, (guint64)MAX (total, 0), (guint64)MAX (total, 0));
      return WATCH_DONE;
    }
  if (g_strcmp0 (status, "failed") == 0 && dump->is_begun)
    roost_throw (error, ROOST_ERROR_QEMU, "QEMU could not write the dump of domain '%s': %s",
                 dumping->domain->name,
                 dump->failure != NULL ? dump->failure : "it does not say why");
  else
    roost_throw (error, ROOST_ERROR_QEMU, "QEMU had not begun the dump of domain '%s'",
                 dumping->domain->name);
  return WATCH_FAILED;
}

static Watch
ask (RoostDumping *dumping, GError **error)
{
  RoostDomain *domain = dumping->domain;
  g_autoptr (JsonNode) answer =
      roost_domain_qmp (domain, "query-dump", NULL, domain->manager->closing, NULL);

  if (!is_current (dumping, error))
    return WATCH_FAILED;
  if (answer == NULL)
    return WATCH_GOES_ON; /* it hangs, or is being reconnected to */
  return look_at (dumping, roost_json_node_object (answer), error);
}

/* The daemon itself ends: QEMU goes on, and the next daemon watches. */
static gboolean
is_closing (const RoostDumping *dumping, GError **error)
{
  if (!g_cancellable_is_cancelled (dumping->domain->manager->closing))
    return FALSE;
  roost_throw (error, ROOST_ERROR_CANCELLED, "the daemon ends; QEMU goes on with the dump");
  return TRUE;
}

static gboolean
watch (RoostDumping *dumping, GError **error)
{
  Watch seen = WATCH_GOES_ON;

  roost_job_set_phase (dumping->job, "write memory", -1.0);
  while (seen == WATCH_GOES_ON)
    {
      if (is_closing (dumping, error))
        return FALSE;
      seen = ask (dumping, error);
      if (seen != WATCH_GOES_ON)
        break;
      co_gate_wait (dumping->run->dump->changed, POLL_MS, dumping->domain->manager->closing, NULL);
      if (!is_current (dumping, error))
        return FALSE;
    }
  return seen == WATCH_DONE;
}

/* --- after it --- */

static gboolean
sync_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  g_auto (RoostFd) fd = open (data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

  if (fd >= 0 && fsync (fd) == 0)
    return TRUE;
  return roost_throw_errno (error, errno, "cannot write %s to the disk", (const char *)data);
}

static void
wait_ended (const RoostDumping *dumping)
{
  RoostDomain *domain = dumping->domain;

  while (domain->run == dumping->run)
    if (!co_gate_wait (domain->ended, 0, domain->manager->closing, NULL))
      return;
}

/* What is to become of the guest now that its memory is safe. */
static gboolean
follow_up (RoostDumping *dumping, GError **error)
{
  RoostDomain *domain = dumping->domain;
  RoostDump *dump = dumping->run->dump;

  if (dump->crash)
    {
      roost_job_set_phase (dumping->job, "end guest", 1.0);
      roost_domain_end (domain, "crashed", GRACE_MS);
      wait_ended (dumping);
      return TRUE;
    }
  if (!dump->reset)
    return TRUE;
  roost_job_set_phase (dumping->job, "reset guest", 1.0);
  return roost_domain_command (domain, "system_reset", error);
}

static gboolean
finish (RoostDumping *dumping, GError **error)
{
  roost_job_set_phase (dumping->job, "sync", 1.0);
  if (dumping->path != NULL && !co_thread (sync_thread, dumping->path, NULL, error))
    return FALSE;
  return is_current (dumping, error) && follow_up (dumping, error);
}

static void
forget (RoostDumping *dumping)
{
  if (dumping->domain->run != dumping->run)
    return;
  g_clear_pointer (&dumping->run->dump, roost_dump_free);
  roost_status_note (dumping->domain);
}

static void
log_end (RoostDumping *dumping, const GError *error)
{
  RoostDomain *domain = dumping->domain;

  if (error != NULL)
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name, "dump: %s", error->message);
  else
    roost_log (G_LOG_LEVEL_MESSAGE, NULL, domain->uuid, domain->name,
               "the memory of the guest is in %s",
               dumping->path != NULL ? dumping->path : "the descriptor that was given");
}

gboolean
roost_dump_run (RoostDumping *dumping, gboolean is_begun, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean ok =
      (is_begun || begin (dumping, &local)) && watch (dumping, &local) && finish (dumping, &local);
  RoostManager *manager = dumping->domain->manager;

  if (!ok && manager != NULL && g_cancellable_is_cancelled (manager->closing))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE; /* all stays as it is for the next daemon */
    }
  if (!ok && dumping->has_made)
    roost_file_remove (dumping->path, NULL);
  log_end (dumping, local);
  forget (dumping);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return ok;
}
