/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/start-op.h"

#include "base/co.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "domain/bandwidth.h"
#include "domain/hotplug-view.h"
#include "domain/lend.h"
#include "domain/status.h"
#include "domain/store.h"
#include "domain/transient.h"
#include "domain/view-display.h"
#include "domain/view-volumes.h"
#include "domain/view.h"
#include "model/address.h"
#include "model/resolve-cpu.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* --- configure --- */

static gboolean
can_bind (const char *address, guint port)
{
  g_autoptr (GInetAddress) host =
      g_inet_address_new_from_string (address != NULL ? address : "127.0.0.1");
  g_autoptr (GSocketAddress) where =
      host != NULL ? g_inet_socket_address_new (host, (guint16)port) : NULL;
  g_autoptr (GSocket) socket =
      host != NULL ? g_socket_new (g_inet_address_get_family (host), G_SOCKET_TYPE_STREAM,
                                   G_SOCKET_PROTOCOL_TCP, NULL)
                   : NULL;

  return socket != NULL && g_socket_bind (socket, where, TRUE, NULL);
}

static gboolean
port_is_free (const char *address, guint port, gpointer data)
{
  return !roost_manager_owns_port (data, port) && can_bind (address, port);
}

gboolean
roost_start_configure (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;
  RoostDomain *domain = start->domain;
  const RoostHostConfig *host = domain->manager->places->host;

  start->config = roost_domain_config_copy (roost_document_config (domain->next));
  if (!roost_manager_complete (domain->manager, start->config, NULL, &start->facts, error)
      || !roost_manager_choose_firmware (domain->manager, start->config, error)
      || !roost_volumes_resolve (domain->manager, start->config, error))
    return FALSE;
  roost_cpu_resolve (start->config, start->facts);
  roost_view_begin_memory (start->config, NULL);
  if (!roost_aliases_assign (start->config, start->facts, error)
      || !roost_bandwidth_check (start->config, NULL, error)
      || !roost_host_devices_take (domain, start->config, NULL, error))
    return FALSE;
  roost_view_name_sockets (start->config, start->run->dir,
                           host != NULL && host->vnc_auto_unix_socket);
  if (!roost_view_take_ports (start->config, port_is_free, domain->manager))
    return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED, "no port is left for a display");
  start->run->document = roost_document_new (start->config);
  roost_view_clock_offset (start->config, &start->run->rtc_base);
  if (roost_view_is_deprecated (start->config, start->facts))
    g_ptr_array_add (start->run->taints, (gpointer)g_intern_string ("deprecated-config"));
  roost_domain_find_taints (domain);
  roost_domain_changed (domain, ROOST_CHANGE_CONFIG | ROOST_CHANGE_TAINTS);
  return TRUE;
}

/* --- folder --- */

gboolean
roost_start_make_folder (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;

  return roost_dir_make (start->run->dir, 0700, error)
         && roost_manager_give_to_qemu (start->domain->manager, start->run->dir, error);
}

void
roost_start_undo_folder (gpointer op)
{
  RoostStart *start = op;

  roost_status_remove (start->domain->manager->places->run_dir, start->domain->uuid);
}

/* --- the firmware's variables --- */

typedef struct
{
  const char *from;
  const char *to;
} Copy;

static gboolean
copy_in_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  const Copy *copy = data;
  g_autofree char *fresh = g_strconcat (copy->to, ".new", NULL);
  g_autofree char *bytes = NULL;
  g_autoptr (GError) local = NULL;
  gsize length = 0;

  if (!g_file_get_contents (copy->from, &bytes, &length, &local))
    return roost_throw (error, ROOST_ERROR_STORAGE,
                        "the template of the firmware variables cannot be read: %s",
                        local->message);
  if (!g_file_set_contents_full (fresh, bytes, (gssize)length, G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &local))
    return roost_throw (error, ROOST_ERROR_STORAGE, "%s", local->message);
  if (g_rename (fresh, copy->to) < 0)
    return roost_throw_errno (error, errno, "cannot make %s", copy->to);
  return TRUE;
}

/* Kept beside it until the guest runs, so that a start that fails gives it back. */
static char *
kept_path (const char *path)
{
  return g_strconcat (path, ".before", NULL);
}

/* What a previous start of this path left, and nobody will bring back. */
static gboolean
set_old_aside (const char *path, GError **error)
{
  g_autofree char *kept = kept_path (path);

  if (g_rename (path, kept) < 0 && errno != ENOENT)
    return roost_throw_errno (error, errno, "cannot set %s aside", path);
  return TRUE;
}

static gboolean
make_nvram (RoostStart *start, const char *path, const char *template, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  Copy copy = { template, path };

  if (template == NULL)
    return roost_throw (error, ROOST_ERROR_STORAGE,
                        "the firmware variables %s do not exist and have no template; name one "
                        "by <nvram template='…'>",
                        path);
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR) && !roost_dir_make (folder, 0711, error))
    return FALSE;
  g_free (start->run->made_nvram);
  start->run->made_nvram = g_strdup (path);
  start->run->had_nvram = g_file_test (path, G_FILE_TEST_EXISTS);
  if (!roost_status_write (start->domain, error) || !set_old_aside (path, error))
    return FALSE;
  if (co_thread (copy_in_thread, &copy, NULL, error)
      && roost_manager_give_to_qemu (start->domain->manager, path, error))
    return TRUE;
  roost_start_undo_nvram (start);
  return FALSE;
}

gboolean
roost_start_copy_nvram (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;
  const char *path = NULL;
  const char *template = NULL;

  if (!roost_view_nvram (start->config, &path, &template))
    return TRUE;
  if (g_file_test (path, G_FILE_TEST_EXISTS) && !start->options->reset_nvram)
    return TRUE;
  return make_nvram (start, path, template, error);
}

void
roost_start_undo_nvram (gpointer op)
{
  RoostStart *start = op;
  const char *path = start->run->made_nvram;
  g_autofree char *kept = NULL;
  g_autofree char *fresh = NULL;

  if (path == NULL)
    return;
  kept = kept_path (path);
  fresh = g_strconcat (path, ".new", NULL);
  g_unlink (fresh);
  if (start->run->had_nvram)
    g_rename (kept, path); /* not there: it was not set aside yet */
  else
    g_unlink (path);
  g_clear_pointer (&start->run->made_nvram, g_free);
}

void
roost_start_forget_nvram (RoostRun *run)
{
  g_autofree char *kept = NULL;

  if (run->made_nvram == NULL)
    return;
  kept = kept_path (run->made_nvram);
  g_unlink (kept);
  g_clear_pointer (&run->made_nvram, g_free);
}

/* --- storage --- */

/* Gone missing, and may be: its .path is cleared. */
static gboolean
check_file (RoostNeededFile *file, GPtrArray *missing, GError **error)
{
  struct stat st;

  if (stat (file->path, &st) == 0)
    {
      if (S_ISDIR (st.st_mode) && !file->is_dir)
        return roost_throw (error, ROOST_ERROR_STORAGE, "%s: %s is a folder", file->what,
                            file->path);
      return TRUE;
    }
  if (file->is_optional && errno == ENOENT)
    {
      g_ptr_array_add (missing, g_strdup (file->path));
      return TRUE;
    }
  return roost_throw (error, ROOST_ERROR_STORAGE, "%s: %s cannot be used: %s", file->what,
                      file->path, g_strerror (errno));
}

typedef struct
{
  GPtrArray *files;   /* of RoostNeededFile */
  GPtrArray *missing; /* of paths */
} Check;

static gboolean
check_in_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  const Check *check = data;

  for (guint i = 0; i < check->files->len; i++)
    if (!check_file (check->files->pdata[i], check->missing, error))
      return FALSE;
  return TRUE;
}

gboolean
roost_start_check_storage (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;
  g_autoptr (GPtrArray) files = roost_view_needed_files (start->config);
  g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);
  Check check = { files, missing };

  if (files->len > 0 && !co_thread (check_in_thread, &check, NULL, error))
    return FALSE;
  for (guint i = 0; i < missing->len; i++)
    {
      roost_log (G_LOG_LEVEL_INFO, NULL, start->domain->uuid, start->domain->name,
                 "the medium %s is missing: the drive is left empty", (char *)missing->pdata[i]);
      roost_view_drop_medium (start->config, missing->pdata[i]);
    }
  return TRUE;
}

/* These two go with the end of the domain, also when its start fails: roost_domain_stopped (). */
gboolean
roost_start_make_overlays (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;

  return roost_transient_make (start->domain, start->config, NULL, error);
}

gboolean
roost_start_lend_files (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;

  return roost_lend (start->domain, start->config, NULL, error);
}
