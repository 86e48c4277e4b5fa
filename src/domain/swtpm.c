/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/swtpm.h"

#include "base/error.h"
#include "base/file.h"
#include "domain/log-file.h"
#include "domain/start-host.h"
#include "domain/status.h"
#include "domain/store.h"
#include "domain/view.h"

#include <glib/gstdio.h>

/* The number of its socket in swtpm. */
#define SWTPM_TARGET 3

static GStrv
arguments_of (const char *binary, const char *state, gboolean is_tpm2)
{
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_autofree char *socket = g_strdup_printf ("type=unixio,clientfd=%d", SWTPM_TARGET);
  g_autofree char *folder = g_strdup_printf ("dir=%s,mode=0600", state);

  g_strv_builder_add_many (argv, binary, "socket", "--ctrl", socket, "--tpmstate", folder,
                           "--terminate", NULL);
  if (is_tpm2)
    g_strv_builder_add (argv, "--tpm2");
  return g_strv_builder_end (argv);
}

/* It has the other end of QEMU's socket, and ends with it. */
static RoostProcess *
spawn (RoostStart *start, const char *binary, const char *state, gboolean is_tpm2, GError **error)
{
  g_auto (GStrv) argv = arguments_of (binary, state, is_tpm2);
  RoostPassedFd fd = { .fd = start->swtpm_fd, .target = SWTPM_TARGET };
  RoostSpawn what = {
    .argv = (const char *const *)argv,
    .log_fd = start->log_fd,
    .fds = &fd,
    .n_fds = 1,
  };
  RoostProcess *process;

  roost_start_as_qemu (start, &what);
  process = roost_process_spawn (&what, error);
  roost_fd_clear (&start->swtpm_fd);
  return process;
}

gboolean
roost_swtpm_start (RoostStart *start, GCancellable *cancellable, GError **error)
{
  const RoostManager *manager = start->domain->manager;
  g_autofree char *binary = NULL;
  g_autofree char *state = NULL;
  RoostProcess *process;
  gboolean is_tpm2 = TRUE;

  if (!roost_view_has_tpm_emulator (start->config, &is_tpm2))
    return TRUE;
  binary = g_find_program_in_path ("swtpm");
  if (binary == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "an emulated TPM needs the program 'swtpm', which is not installed");
  state = roost_store_tpm_dir (manager->places, start->domain->uuid);
  if (!roost_dir_make (state, 0700, error)
      || !roost_manager_give_to_qemu (start->domain->manager, state, error))
    return FALSE;
  process = spawn (start, binary, state, is_tpm2, error);
  if (process == NULL)
    return FALSE;
  g_ptr_array_add (start->run->helpers, process);
  return roost_status_write (start->domain, error);
}

void
roost_swtpm_forget (const RoostPlaces *places, const char *uuid)
{
  g_autofree char *folder = roost_store_tpm_dir (places, uuid);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}
