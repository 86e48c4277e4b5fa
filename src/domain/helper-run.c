/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/helper-run.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "domain/start-host.h"
#include "domain/store.h"
#include "qemu/firmware-list.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The number of its socket in a helper. */
#define SOCKET_TARGET 3

/* How one kind of helper is run. */
typedef struct
{
  const char *program;
  const char *what;         /* that needs it, for messages */
  const char *package;      /* where Debian has it */
  const char *type;         /* (nullable): of its descriptor in …/qemu/vhost-user/ */
  const char *const *first; /* arguments; "%d" in one of them is the descriptor */
  const char *const *alone; /* (nullable): the same without a descriptor: "%s" is a path where it
                               listens by itself, for QEMU to connect */
  const char *suffix;       /* (nullable): of a socket in the run folder */
  gboolean listens;         /* that socket is made for it */
  gboolean is_root;         /* it acts for the users of the guest: as the daemon's own user */
  gboolean needs_caps;      /* a user other than root gives it a user namespace */
  gboolean shuts_in;        /* it filters its system calls once it has all that it needs */
} HelperRow;

static const char *const swtpm_args[] = { "socket", "--ctrl", "type=unixio,clientfd=%d",
                                          "--terminate", NULL };
static const char *const passt_args[] = { "--foreground", "--fd", "%d", NULL };
static const char *const passt_alone[] = { "--foreground", "--one-off", "--socket", "%s", NULL };
static const char *const fd_args[] = { "--fd=%d", NULL };

static const HelperRow rows[] = {
  [ROOST_HELPER_SWTPM] = { "swtpm", "an emulated TPM", "swtpm", NULL, swtpm_args },
  [ROOST_HELPER_PASST] = { "passt", "an interface with <backend type='passt'/>", "passt", NULL,
                           passt_args, passt_alone, "-passt.sock", .shuts_in = TRUE },
  [ROOST_HELPER_VIRTIOFSD] = { "virtiofsd", "a folder shared by virtiofs",
                               "virtiofsd or qemu-system-common", "fs", fd_args,
                               .suffix = "-fs.sock", .listens = TRUE, .is_root = TRUE,
                               .needs_caps = TRUE },
  [ROOST_HELPER_GPU] = { "vhost-user-gpu", "a display with <driver name='vhostuser'/>",
                         "qemu-system-gui", "gpu", fd_args },
};
G_STATIC_ASSERT (G_N_ELEMENTS (rows) == ROOST_HELPER_N_KINDS);

const char *
roost_helper_program (RoostHelperKind kind)
{
  return rows[kind].program;
}

/* --- which program --- */

/* Source: QEMU docs/interop/vhost-user.json: descriptors of back ends, found as firmware is. */
static char *
described_program (const char *type)
{
  g_autofree char *own = g_build_filename (g_get_user_config_dir (), "qemu", "vhost-user", NULL);
  const char *const dirs[] = { "/usr/share/qemu/vhost-user", "/etc/qemu/vhost-user", own, NULL };
  g_autoptr (GPtrArray) files = roost_firmware_list (dirs);

  for (guint i = 0; i < files->len; i++)
    {
      RoostFirmwareFile *file = files->pdata[i];
      JsonObject *object = file->root != NULL ? roost_json_node_object (file->root) : NULL;
      const char *binary = object != NULL ? roost_json_string (object, "binary") : NULL;

      if (binary != NULL && g_strcmp0 (roost_json_string (object, "type"), type) == 0
          && g_file_test (binary, G_FILE_TEST_IS_EXECUTABLE))
        return g_strdup (binary);
    }
  return NULL;
}

static char *
find_program (const HelperRow *row, const RoostHelperPlan *plan, GError **error)
{
  g_autofree char *path = NULL;

  if (plan->binary != NULL)
    {
      if (g_file_test (plan->binary, G_FILE_TEST_IS_EXECUTABLE))
        return g_strdup (plan->binary);
      roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "%s: %s cannot be run", plan->alias,
                   plan->binary);
      return NULL;
    }
  if (row->type != NULL)
    path = described_program (row->type);
  if (path == NULL)
    path = g_find_program_in_path (row->program);
  if (path == NULL)
    roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                 "%s needs the program '%s', which is not installed (Debian has it in %s)",
                 row->what, row->program, row->package);
  return g_steal_pointer (&path);
}

/* Such a helper wants to be root, at least in a namespace of its own. */
static gboolean
add_namespace (const HelperRow *row, GStrvBuilder *argv, GError **error)
{
  g_autofree char *unshare = NULL;

  if (!row->needs_caps || geteuid () == 0)
    return TRUE;
  unshare = g_find_program_in_path ("unshare");
  if (unshare == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "%s needs the program 'unshare' (of util-linux) for users other than root",
                        row->what);
  g_strv_builder_add_many (argv, unshare, "--user", "--map-root-user", "--", NULL);
  return TRUE;
}

/* --- its socket --- */

static char *
socket_path (const RoostRun *run, const char *alias, const HelperRow *row)
{
  g_autofree char *name = g_strconcat (alias, row->suffix, NULL);

  return g_build_filename (run->dir, name, NULL);
}

static int
listen_for_qemu (RoostStart *start, const char *alias, const HelperRow *row, GError **error)
{
  g_autofree char *path = socket_path (start->run, alias, row);
  g_auto (RoostFd) fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (strlen (path) >= sizeof address.sun_path)
    {
      roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                   "%s is too long for a socket: use a shorter run folder", path);
      return -1;
    }
  strcpy (address.sun_path, path);
  g_unlink (path);
  if (fd < 0 || fchmod (fd, 0600) < 0 || bind (fd, (struct sockaddr *)&address, sizeof address) < 0
      || listen (fd, 1) < 0)
    {
      roost_throw_errno (error, errno, "cannot listen at %s", path);
      return -1;
    }
  if (!roost_manager_give_to_qemu (start->domain->manager, path, error))
    return -1;
  return roost_fd_steal (&fd);
}

static RoostPeer *
find_peer (const RoostStart *start, const char *alias)
{
  for (guint i = 0; start->peers != NULL && i < start->peers->len; i++)
    {
      RoostPeer *peer = start->peers->pdata[i];

      if (peer->fd >= 0 && g_str_equal (peer->alias, alias))
        return peer;
    }
  return NULL;
}

/* QEMU, which runs already, connects to it. */
static gboolean
is_alone (const RoostStart *start, const RoostHelperPlan *plan)
{
  return rows[plan->kind].alone != NULL && find_peer (start, plan->alias) == NULL;
}

static int
take_peer (RoostStart *start, const char *alias, GError **error)
{
  RoostPeer *peer = find_peer (start, alias);

  if (peer != NULL)
    return roost_fd_steal (&peer->fd);
  roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "%s: QEMU has no socket for its helper", alias);
  return -1;
}

/* --- what it needs to be there --- */

static gboolean
prepare_tpm (RoostStart *start, GStrvBuilder *argv, GError **error)
{
  const RoostManager *manager = start->domain->manager;
  g_autofree char *state = roost_store_tpm_dir (manager->places, start->domain->uuid);
  g_autofree char *parent = g_path_get_dirname (state);
  g_autofree char *option = g_strdup_printf ("dir=%s,mode=0600", state);

  if (!roost_dir_make (parent, 0711, error) || !roost_dir_make (state, 0700, error)
      || !roost_manager_give_to_qemu (start->domain->manager, state, error))
    return FALSE;
  g_strv_builder_add_many (argv, "--tpmstate", option, NULL);
  return TRUE;
}

static gboolean
prepare (RoostStart *start, const RoostHelperPlan *plan, GStrvBuilder *argv, GError **error)
{
  return plan->kind != ROOST_HELPER_SWTPM || prepare_tpm (start, argv, error);
}

/* --- running it --- */

static void
add_words (GStrvBuilder *argv, const char *const *words, const char *path)
{
  for (guint i = 0; words[i] != NULL; i++)
    {
      GString *text = g_string_new (words[i]);

      g_string_replace (text, "%d", G_STRINGIFY (SOCKET_TARGET), 0);
      if (path != NULL)
        g_string_replace (text, "%s", path, 0);
      g_strv_builder_add (argv, text->str);
      g_string_free (text, TRUE);
    }
}

/* passt leaves root for nobody, who cannot come into our folder. */
static void
add_alone (RoostStart *start, const RoostHelperPlan *plan, GStrvBuilder *argv)
{
  const HelperRow *row = &rows[plan->kind];
  g_autofree char *path = socket_path (start->run, plan->alias, row);

  g_unlink (path);
  add_words (argv, row->alone, path);
  if (geteuid () == 0 && !start->domain->manager->qemu_user.is_other)
    g_strv_builder_add_many (argv, "--runas", "0:0", NULL);
}

static GStrv
arguments_of (RoostStart *start, const RoostHelperPlan *plan, GError **error)
{
  const HelperRow *row = &rows[plan->kind];
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_autofree char *program = find_program (row, plan, error);

  if (program == NULL || !add_namespace (row, argv, error))
    return NULL;
  g_strv_builder_add (argv, program);
  if (is_alone (start, plan))
    add_alone (start, plan, argv);
  else
    add_words (argv, row->first, NULL);
  if (!prepare (start, plan, argv, error))
    return NULL;
  g_strv_builder_addv (argv, (const char **)plan->args);
  return g_strv_builder_end (argv);
}

static RoostProcess *
spawn (RoostStart *start, const HelperRow *row, GStrv argv, int socket, GError **error)
{
  RoostPassedFd fd = { .fd = socket, .target = SOCKET_TARGET };
  RoostSpawn what = { .argv = (const char *const *)argv,
                      .log_fd = start->log_fd,
                      .fds = &fd,
                      .n_fds = socket >= 0 ? 1 : 0 };

  if (!row->is_root)
    roost_start_as_qemu (start, &what);
  return roost_process_spawn (&what, error);
}

RoostProcess *
roost_helper_run (RoostStart *start, const RoostHelperPlan *plan, GError **error)
{
  const HelperRow *row = &rows[plan->kind];
  gboolean alone = is_alone (start, plan);
  g_auto (GStrv) argv = arguments_of (start, plan, error);
  g_auto (RoostFd) socket = -1;

  if (argv == NULL)
    return NULL;
  if (row->listens)
    socket = listen_for_qemu (start, plan->alias, row, error);
  else if (!alone)
    socket = take_peer (start, plan->alias, error);
  if (socket < 0 && !alone)
    return NULL;
  return spawn (start, row, argv, socket, error);
}

/* --- is it ready? --- */

/* Source: proc(5), "Seccomp_filters" of /proc/PID/status, since Linux 5.9.
 * Returns: 0 for a process that is gone, G_MAXUINT where it is not told */
static guint
filters_of (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "status", NULL);
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  line = strstr (text, "\nSeccomp_filters:");
  return line != NULL ? (guint)strtoul (strchr (line, ':') + 1, NULL, 10) : G_MAXUINT;
}

static gboolean
has_shut_itself_in (RoostProcess *process)
{
  g_autofree char *pid = g_strdup_printf ("%d", (int)roost_process_pid (process));

  return filters_of (pid) > filters_of ("self") || filters_of ("self") == G_MAXUINT;
}

gboolean
roost_helper_is_ready (const RoostRun *run,
                       const RoostHelperPlan *plan,
                       RoostProcess *process,
                       gboolean is_plug)
{
  const HelperRow *row = &rows[plan->kind];
  g_autofree char *path = socket_path (run, plan->alias, row);

  if (is_plug && row->alone != NULL && !g_file_test (path, G_FILE_TEST_EXISTS))
    return FALSE;
  return !row->shuts_in || has_shut_itself_in (process);
}

void
roost_helper_forget (const RoostRun *run, const RoostHelper *helper)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].suffix != NULL && g_str_equal (rows[i].program, helper->name))
      {
        g_autofree char *path = socket_path (run, helper->alias, &rows[i]);

        g_unlink (path);
      }
}
