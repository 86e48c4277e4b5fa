/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/cgroup.h"

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define USUAL_ROOT  "/sys/fs/cgroup"
#define HYBRID_ROOT "/sys/fs/cgroup/unified"
#define OUR_SCOPE   "machine-roost"

void
roost_cgroup_free (RoostCgroup *cgroup)
{
  if (cgroup == NULL)
    return;
  g_free (cgroup->root);
  g_free (cgroup->dir);
  g_free (cgroup->unit);
  g_strfreev (cgroup->controllers);
  g_free (cgroup);
}

void
roost_thread_group_free (RoostThreadGroup *group)
{
  g_free (group->name);
  g_array_unref (group->threads);
  g_free (group);
}

/* --- finding it --- */

static const char *
find_root (void)
{
  if (g_file_test (USUAL_ROOT "/cgroup.controllers", G_FILE_TEST_EXISTS))
    return USUAL_ROOT;
  if (g_file_test (HYBRID_ROOT "/cgroup.controllers", G_FILE_TEST_EXISTS))
    return HYBRID_ROOT;
  return NULL;
}

/* Returns: (transfer full) (nullable): the path in the line "0::/path" */
static char *
v2_path (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "0::/"))
      return g_strdup (lines[i] + strlen ("0::"));
  return NULL;
}

/* Up to our scope: QEMU's main thread may be in a group below it. */
static char *
scope_path (const char *path, char **out_unit)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (g_str_has_prefix (parts[i], OUR_SCOPE) && g_str_has_suffix (parts[i], ".scope"))
      {
        *out_unit = g_strdup (parts[i]);
        g_clear_pointer (&parts[i + 1], g_free);
        return g_strjoinv ("/", parts);
      }
  return NULL;
}

static GStrv
read_words (const char *dir, const char *file)
{
  g_autofree char *path = g_build_filename (dir, file, NULL);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return g_new0 (char *, 1);
  g_strstrip (text);
  return *text != '\0' ? g_strsplit (text, " ", -1) : g_new0 (char *, 1);
}

static char *
read_own (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/cgroup", (int)pid);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : g_strdup ("");
}

RoostCgroup *
roost_cgroup_find (const char *root, const char *proc_cgroup, pid_t pid, GError **error)
{
  const char *mount = root != NULL ? root : find_root ();
  g_autofree char *text = proc_cgroup != NULL ? g_strdup (proc_cgroup) : read_own (pid);
  g_autofree char *path = v2_path (text);
  g_autofree char *scope = NULL;
  g_autofree char *unit = NULL;
  RoostCgroup *cgroup;

  if (mount == NULL || path == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                   "the host has no cgroup version 2: limits of a guest need it");
      return NULL;
    }
  scope = scope_path (path, &unit);
  if (scope == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                   "the guest is in no scope of systemd (its cgroup is %s): limits need one", path);
      return NULL;
    }
  cgroup = g_new0 (RoostCgroup, 1);
  cgroup->root = g_strdup (mount);
  cgroup->dir = g_build_filename (mount, scope, NULL);
  cgroup->unit = g_steal_pointer (&unit);
  cgroup->controllers = read_words (cgroup->dir, "cgroup.controllers");
  return cgroup;
}

gboolean
roost_cgroup_check (const RoostCgroup *cgroup, const char *controller, GError **error)
{
  g_autofree char *all = g_strjoinv (", ", cgroup->controllers);

  if (g_strv_contains ((const char *const *)cgroup->controllers, controller))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                      "the controller '%s' is not there for %s (it has: %s); a user's systemd has "
                      "what Delegate= of user@.service names",
                      controller, cgroup->unit, *all != '\0' ? all : "none");
}

/* --- weights of disks --- */

/* "7:0 enable=1 ctrl=auto …" */
static gboolean
is_by_cost (const char *root, const char *number)
{
  g_autofree char *path = g_build_filename (root, "io.cost.qos", NULL);
  g_autofree char *wanted = g_strdup_printf ("%s enable=1", number);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], wanted))
      return TRUE;
  return FALSE;
}

static gboolean
is_by_bfq (const char *number)
{
  g_autofree char *path = g_strdup_printf ("/sys/dev/block/%s/queue/scheduler", number);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && strstr (text, "[bfq]") != NULL;
}

gboolean
roost_cgroup_check_weight (const RoostCgroup *cgroup, const char *path, GError **error)
{
  g_autofree char *number = NULL;
  GStatBuf st;

  if (g_stat (path, &st) < 0 || !S_ISBLK (st.st_mode))
    return TRUE; /* systemd finds the device that a file is on */
  number = g_strdup_printf ("%u:%u", major (st.st_rdev), minor (st.st_rdev));
  if (is_by_cost (cgroup->root, number) || is_by_bfq (number))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                      "the kernel shares %s by no weights: write '%s enable=1' to io.cost.qos in "
                      "%s, or give it the scheduler bfq",
                      path, number, cgroup->root);
}

/* --- groups of threads --- */

static gboolean
write_to (const char *dir, const char *file, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (dir, file, NULL);
  g_auto (RoostFd) fd = open (path, O_WRONLY | O_CLOEXEC);
  gssize length = (gssize)strlen (text);

  if (fd >= 0 && write (fd, text, (gsize)length) == length)
    return TRUE;
  if (errno == EACCES || errno == EPERM || errno == EROFS)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the daemon may not write %s: the scope is not delegated to it", path);
  return roost_throw_errno (error, errno, "cannot write '%s' into %s", text, path);
}

static gboolean
has_word (const char *dir, const char *file, const char *word)
{
  g_auto (GStrv) words = read_words (dir, file);

  return g_strv_contains ((const char *const *)words, word);
}

static gboolean
make_group (const RoostCgroup *cgroup, const char *dir, GError **error)
{
  if (g_mkdir (dir, 0755) < 0 && errno != EEXIST)
    {
      if (errno == EACCES || errno == EPERM || errno == EROFS)
        return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                            "the daemon may not make %s: the scope is not delegated to it", dir);
      return roost_throw_errno (error, errno, "cannot make %s", dir);
    }
  if (!has_word (dir, "cgroup.type", "threaded")
      && !write_to (dir, "cgroup.type", "threaded", error))
    return FALSE;
  return has_word (cgroup->dir, "cgroup.subtree_control", "cpu")
         || write_to (cgroup->dir, "cgroup.subtree_control", "+cpu", error);
}

static gboolean
move_threads (const char *dir, const GArray *threads, GError **error)
{
  for (guint i = 0; i < threads->len; i++)
    {
      g_autofree char *number = g_strdup_printf ("%d", (int)g_array_index (threads, pid_t, i));
      g_autofree char *there = g_build_filename ("/proc", number, NULL);
      g_autoptr (GError) local = NULL;

      if (write_to (dir, "cgroup.threads", number, &local)
          || !g_file_test (there, G_FILE_TEST_EXISTS))
        continue; /* it may have ended meanwhile */
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return TRUE;
}

static char *
max_text (const RoostThreadGroup *group)
{
  if (group->quota_us < 0)
    return g_strdup_printf ("max %" G_GUINT64_FORMAT, group->period_us);
  return g_strdup_printf ("%" G_GINT64_FORMAT " %" G_GUINT64_FORMAT, group->quota_us,
                          group->period_us);
}

static gboolean
set_quota (const RoostCgroup *cgroup, const RoostThreadGroup *group, GError **error)
{
  g_autofree char *dir = g_build_filename (cgroup->dir, group->name, NULL);
  g_autofree char *text = max_text (group);

  return make_group (cgroup, dir, error) && move_threads (dir, group->threads, error)
         && write_to (dir, "cpu.max", text, error);
}

typedef struct
{
  const RoostCgroup *cgroup;
  const GPtrArray *groups;
} SetQuotas;

static gboolean
set_quotas_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  const SetQuotas *set = data;

  for (guint i = 0; i < set->groups->len; i++)
    if (!set_quota (set->cgroup, set->groups->pdata[i], error))
      return FALSE;
  return TRUE;
}

gboolean
roost_cgroup_set_quotas (const RoostCgroup *cgroup, GPtrArray *groups, GError **error)
{
  SetQuotas set = { cgroup, groups };

  return roost_cgroup_check (cgroup, "cpu", error)
         && co_thread (set_quotas_thread, &set, NULL, error);
}
