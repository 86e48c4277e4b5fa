/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Programs and files of a guest, through pipes that the daemon hands out. */

#define MAX_INPUT_BYTES (512 * 1024)

static gboolean capture, with_stdin, append;
static char **environment;

static const GOptionEntry exec_options[] = {
  { "env", 'e', 0, G_OPTION_ARG_STRING_ARRAY, &environment, "Its environment, and nothing else",
    "NAME=VALUE" },
  { "stdin", 'i', 0, G_OPTION_ARG_NONE, &with_stdin, "Give it the standard input, to its end",
    NULL },
  { "capture", 0, 0, G_OPTION_ARG_NONE, &capture,
    "Output at the end only, for guests without /bin/sh", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry write_options[] = {
  { "append", 'a', 0, G_OPTION_ARG_NONE, &append, "Add to what is there", NULL },
  G_OPTION_ENTRY_NULL,
};

/* --- bytes --- */

static gboolean
write_all (int fd, const char *bytes, gsize length, GError **error)
{
  while (length > 0)
    {
      gssize n = write (fd, bytes, length);

      if (n < 0 && errno != EINTR)
        return roost_throw_errno (error, errno, "cannot write");
      bytes += MAX (n, 0);
      length -= (gsize)MAX (n, 0);
    }
  return TRUE;
}

/* Returns: 0 at the end, -1 on error */
static gssize
copy_some (int from, int to, GError **error)
{
  char bytes[65536];
  gssize n = read (from, bytes, sizeof bytes);

  if (n < 0 && errno == EINTR)
    return 1;
  if (n < 0)
    roost_throw_errno (error, errno, "cannot read");
  else if (!write_all (to, bytes, (gsize)n, error))
    return -1;
  return n;
}

static gboolean
copy_all (int from, int to, GError **error)
{
  gssize n;

  while ((n = copy_some (from, to, error)) > 0)
    ;
  return n == 0;
}

/* --- jobs --- */

static gboolean
wait_for_job (Ctl *ctl, const char *job, GError **error)
{
  g_autoptr (GVariant) reply = ctl_call (ctl, job, CTL_JOB, "Wait", g_variant_new ("(a{sv})", NULL),
                                         "()", CTL_CALL_SLOW, error);

  return reply != NULL;
}

/* --- guest-exec --- */

static gboolean
read_input (GByteArray *input, GError **error)
{
  char bytes[65536];
  gssize n;

  while ((n = read (STDIN_FILENO, bytes, sizeof bytes)) > 0)
    {
      g_byte_array_append (input, (const guint8 *)bytes, (guint)n);
      if (input->len > MAX_INPUT_BYTES)
        return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                            "the standard input is larger than %d KiB; use guest-write",
                            MAX_INPUT_BYTES >> 10);
    }
  return n == 0 || roost_throw_errno (error, errno, "cannot read the standard input");
}

/* Behind the domain; the "--" may still be there. */
static char **
program_of (char **args)
{
  return g_strcmp0 (args[1], "--") == 0 ? args + 2 : args + 1;
}

static GVariant *
exec_args (char **program, GByteArray *input)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  static const char *const none[] = { NULL };

  if (capture)
    g_variant_dict_insert (&options, "output", "s", "capture");
  return g_variant_new ("(s^as^as@ay@a{sv})", program[0], program + 1,
                        environment != NULL ? (void *)environment : none,
                        g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, input->data, input->len, 1),
                        g_variant_dict_end (&options));
}

static gboolean
copy_both (int out, int errors, GError **error)
{
  struct pollfd fds[] = { { .fd = out, .events = POLLIN }, { .fd = errors, .events = POLLIN } };
  const int targets[] = { STDOUT_FILENO, STDERR_FILENO };

  while ((fds[0].fd >= 0 || fds[1].fd >= 0) && (poll (fds, 2, -1) >= 0 || errno == EINTR))
    for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
      {
        gssize n =
            fds[i].fd >= 0 && fds[i].revents != 0 ? copy_some (fds[i].fd, targets[i], error) : 1;

        if (n < 0)
          return FALSE;
        if (n == 0)
          fds[i].fd = -1;
      }
  return TRUE;
}

/* As a shell would say it. */
static void
take_exit_code (Ctl *ctl, const char *job)
{
  g_autoptr (GVariant) properties = ctl_get_properties (ctl, job, CTL_JOB, NULL);
  g_autoptr (GVariant) details =
      properties != NULL ? g_variant_lookup_value (properties, "Details", G_VARIANT_TYPE_VARDICT)
                         : NULL;
  gint32 number;

  if (details != NULL && g_variant_lookup (details, "signal", "i", &number))
    ctl->exit_code = 128 + number;
  else if (details != NULL && g_variant_lookup (details, "exit-code", "i", &number))
    ctl->exit_code = number;
}

static gboolean
exec_run (Ctl *ctl, char **args, GError **error)
{
  char **program = program_of (args);
  g_autofree char *path = program[0] != NULL ? ctl_find_domain (ctl, args[0], error) : NULL;
  g_autoptr (GByteArray) input = g_byte_array_new ();
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_auto (RoostFd) out = -1;
  g_auto (RoostFd) errors = -1;
  const char *job;
  int handles[2];

  if (program[0] == NULL)
    g_set_error_literal (error, CTL_USAGE, 0, "which program? See 'roostctl guest-exec --help'");
  if (program[0] == NULL || path == NULL || (with_stdin && !read_input (input, error)))
    return FALSE;
  reply = ctl_call_with_fds (ctl, path, CTL_AGENT, "Exec", exec_args (program, input), "(ohh)",
                             &fds, error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&ohh)", &job, &handles[0], &handles[1]);
  out = g_unix_fd_list_get (fds, handles[0], error);
  errors = out >= 0 ? g_unix_fd_list_get (fds, handles[1], error) : -1;
  if (errors < 0 || !copy_both (out, errors, error) || !wait_for_job (ctl, job, error))
    return FALSE;
  take_exit_code (ctl, job);
  return TRUE;
}

/* --- files --- */

/* Returns: the pipe, or -1 */
static int
open_file (Ctl *ctl, char **args, const char *mode, char **out_job, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = NULL;
  int handle;

  if (path == NULL)
    return -1;
  reply = ctl_call_with_fds (ctl, path, CTL_AGENT, "OpenFile",
                             g_variant_new ("(ssa{sv})", args[1], mode, NULL), "(oh)", &fds, error);
  if (reply == NULL)
    return -1;
  g_variant_get (reply, "(oh)", out_job, &handle);
  return g_unix_fd_list_get (fds, handle, error);
}

static gboolean
is_standard (const char *file)
{
  return file == NULL || g_str_equal (file, "-");
}

static gboolean
read_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *job = NULL;
  g_auto (RoostFd) pipe = open_file (ctl, args, "read", &job, error);
  g_auto (RoostFd) file = -1;

  if (pipe < 0)
    return FALSE;
  if (!is_standard (args[2]))
    {
      file = open (args[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
      if (file < 0)
        return roost_throw_errno (error, errno, "cannot write %s", args[2]);
    }
  return copy_all (pipe, file >= 0 ? file : STDOUT_FILENO, error) && wait_for_job (ctl, job, error);
}

static gboolean
write_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *job = NULL;
  g_auto (RoostFd) pipe = -1;
  g_auto (RoostFd) file = -1;
  g_autoptr (GError) local = NULL;

  if (!is_standard (args[2]))
    {
      file = open (args[2], O_RDONLY | O_CLOEXEC);
      if (file < 0)
        return roost_throw_errno (error, errno, "cannot read %s", args[2]);
    }
  pipe = open_file (ctl, args, append ? "append" : "write", &job, error);
  if (pipe < 0)
    return FALSE;
  copy_all (file >= 0 ? file : STDIN_FILENO, pipe, &local);
  roost_fd_clear (&pipe);
  /* Where the guest refused, its reason tells more than the broken pipe. */
  if (!wait_for_job (ctl, job, error))
    return FALSE;
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

const CtlVerb ctl_guest_io_verbs[] = {
  { .name = "guest-exec",
    .args = "DOMAIN -- PROGRAM [ARGUMENT...]",
    .summary = "Run a program in the guest",
    .details =
        "Its output comes as it is written, and roostctl ends with its exit code, or 128 and\n"
        "its signal. It runs with the rights of the agent.\n\n"
        "Example:\n  roostctl guest-exec demo -- ls -l /root",
    .min_args = 2,
    .max_args = CTL_MANY,
    .options = exec_options,
    .run = exec_run },
  { .name = "guest-read",
    .args = "DOMAIN PATH [FILE]",
    .summary = "Copy a file out of the guest",
    .details = "To FILE, or to the standard output.\n\n"
               "Example:\n  roostctl guest-read demo /var/log/syslog | tail",
    .min_args = 2,
    .max_args = 3,
    .run = read_run },
  { .name = "guest-write",
    .args = "DOMAIN PATH [FILE]",
    .summary = "Copy a file into the guest",
    .details = "From FILE, or from the standard input.\n\n"
               "Example:\n  roostctl guest-write demo /etc/motd motd",
    .min_args = 2,
    .max_args = 3,
    .options = write_options,
    .run = write_run },
  { 0 },
};
