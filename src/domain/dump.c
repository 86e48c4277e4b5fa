/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/dump.h"

#include "base/compat.h"
#include "base/error.h"
#include "base/json.h"
#include "domain/dump-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* --- what stands in the status file --- */

void
roost_dump_free (RoostDump *dump)
{
  if (dump == NULL)
    return;
  g_free (dump->path);
  g_free (dump->format);
  g_free (dump->caller);
  g_free (dump->failure);
  co_gate_free (dump->changed);
  g_free (dump);
}

JsonObject *
roost_dump_to_json (const RoostDump *dump)
{
  JsonObject *object = json_object_new ();

  if (dump->path != NULL)
    json_object_set_string_member (object, "path", dump->path);
  json_object_set_string_member (object, "format", dump->format);
  json_object_set_boolean_member (object, "begun", dump->is_begun);
  json_object_set_boolean_member (object, "crash", dump->crash);
  json_object_set_boolean_member (object, "reset", dump->reset);
  json_object_set_int_member (object, "job", dump->job);
  json_object_set_string_member (object, "caller", dump->caller);
  json_object_set_int_member (object, "started", dump->started_us);
  return object;
}

static char *
dup_text (JsonObject *object, const char *name)
{
  const char *text = roost_json_string (object, name);

  return g_strdup (text != NULL ? text : "");
}

RoostDump *
roost_dump_from_json (JsonObject *object)
{
  RoostDump *dump;

  if (object == NULL)
    return NULL;
  dump = g_new0 (RoostDump, 1);
  dump->path = g_strdup (roost_json_string (object, "path"));
  dump->format = dup_text (object, "format");
  dump->is_ready = TRUE;
  dump->is_begun = roost_json_bool (object, "begun", FALSE);
  dump->crash = roost_json_bool (object, "crash", FALSE);
  dump->reset = roost_json_bool (object, "reset", FALSE);
  dump->job = (guint)roost_json_int (object, "job", 0);
  dump->caller = dup_text (object, "caller");
  dump->started_us = roost_json_int (object, "started", 0);
  dump->changed = co_gate_new ();
  return dump;
}

/* --- what QEMU tells --- */

void
roost_dump_on_event (RoostDomain *domain, JsonObject *data)
{
  RoostDump *dump = domain->run->dump;

  if (dump == NULL)
    return;
  g_free (dump->failure);
  dump->failure = g_strdup (roost_json_string (data, "error"));
  co_gate_open (dump->changed);
}

/* --- who asks for it --- */

static void
dumping_free (RoostDumping *dumping)
{
  g_object_unref (dumping->domain);
  g_free (dumping->path);
  roost_fd_clear (&dumping->fd);
  g_free (dumping);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostDumping, dumping_free)

static gboolean
check_options (RoostDomain *domain,
               const RoostDumpTarget *target,
               const RoostDumpOptions *options,
               GError **error)
{
  if (options->live)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "QEMU stops the guest while it writes its memory: leave out 'live'");
  if (options->crash && options->reset)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "crash and reset exclude each other");
  if (target->path != NULL && !g_path_is_absolute (target->path))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is not an absolute path",
                        target->path);
  if (domain->run == NULL || domain->run->is_starting)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' is not running", domain->name);
  return TRUE;
}

static RoostDumping *
dumping_new (RoostDomain *domain, RoostJob *job, const char *path)
{
  RoostDumping *dumping = g_new0 (RoostDumping, 1);

  dumping->domain = g_object_ref (domain);
  dumping->run = domain->run;
  dumping->job = job;
  dumping->path = g_strdup (path);
  dumping->fd = -1;
  return dumping;
}

static void
show_details (RoostJob *job, const RoostDump *dump)
{
  roost_job_set_detail (job, "format", g_variant_new_string (dump->format));
  if (dump->path != NULL)
    roost_job_set_detail (job, "path", g_variant_new_string (dump->path));
}

static RoostDump *
dump_new (RoostJob *job, const RoostDumpTarget *target, const RoostDumpOptions *options)
{
  RoostDump *dump = g_new0 (RoostDump, 1);

  dump->path = g_strdup (target->path);
  dump->format = g_strdup (options->format != NULL ? options->format : "elf");
  dump->crash = options->crash;
  dump->reset = options->reset;
  dump->job = roost_job_number (job);
  dump->caller = g_strdup (roost_job_caller (job));
  dump->started_us = roost_job_started_us (job);
  dump->changed = co_gate_new ();
  return dump;
}

static RoostDumping *
hold (RoostDomain *domain,
      const RoostDumpTarget *target,
      const RoostDumpOptions *options,
      const char *caller,
      GError **error)
{
  RoostDumping *dumping;
  RoostJob *job;

  if (!check_options (domain, target, options, error))
    return NULL;
  job = roost_domain_hold (domain, "dump", caller, ROOST_JOB_CAN_CANCEL, error);
  if (job == NULL)
    return NULL;
  dumping = dumping_new (domain, job, target->path);
  domain->run->dump = dump_new (job, target, options);
  show_details (job, domain->run->dump);
  return dumping;
}

static void
dump_body (gpointer p)
{
  g_autoptr (RoostDumping) dumping = p;
  g_autoptr (GError) error = NULL;

  roost_job_run_here (dumping->job);
  roost_dump_run (dumping, FALSE, &error);
  roost_domain_release (dumping->domain, dumping->job, error);
}

RoostJob *
roost_domain_dump_begin (RoostDomain *domain,
                         const RoostDumpTarget *target,
                         const RoostDumpOptions *options,
                         const char *caller,
                         GError **error)
{
  g_auto (RoostFd) fd = target->path == NULL ? fcntl (target->fd, F_DUPFD_CLOEXEC, 3) : -1;
  RoostJob *job;
  RoostDumping *dumping;

  if (target->path == NULL && fd < 0)
    {
      roost_throw_errno (error, errno, "the descriptor cannot be used");
      return NULL;
    }
  dumping = hold (domain, target, options, caller, error);
  if (dumping == NULL)
    return NULL;
  dumping->fd = fd;
  fd = -1;
  job = g_object_ref (dumping->job);
  co_spawn ("dump", dump_body, dumping);
  return job;
}

gboolean
roost_domain_dump (RoostDomain *domain,
                   const char *path,
                   const RoostDumpOptions *options,
                   const char *caller,
                   GError **error)
{
  const RoostDumpTarget target = { .path = path, .fd = -1 };
  g_autoptr (RoostDumping) dumping = hold (domain, &target, options, caller, error);
  g_autoptr (GError) local = NULL;

  if (dumping == NULL)
    return FALSE;
  roost_dump_run (dumping, FALSE, &local);
  roost_domain_release (dumping->domain, dumping->job, local);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* --- after a restart of the daemon --- */

void
roost_dump_discard (const RoostDump *dump)
{
  if (dump->path != NULL)
    g_unlink (dump->path);
}

static void
resume_body (gpointer p)
{
  g_autoptr (RoostDumping) dumping = p;
  g_autoptr (GError) error = NULL;

  roost_job_run_here (dumping->job);
  roost_dump_run (dumping, TRUE, &error);
  roost_domain_release (dumping->domain, dumping->job, error);
}

void
roost_dump_resume (RoostDomain *domain)
{
  const RoostDump *dump = domain->run->dump;
  RoostJob *job = roost_domain_hold_again (domain, "dump", dump->caller, dump->job);
  RoostDumping *dumping;

  roost_job_set_started (job, dump->started_us);
  show_details (job, dump);
  dumping = dumping_new (domain, job, dump->path);
  dumping->has_made = dump->path != NULL;
  co_spawn ("dump", resume_body, dumping);
}
