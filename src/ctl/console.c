/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define ESCAPE 0x1d /* ^] */

static char *device;
static char *channel;
static gboolean force;
static int head;

static const GOptionEntry console_options[] = {
  { "device", 'd', 0, G_OPTION_ARG_STRING, &device, "Another device than the first console",
    "ALIAS" },
  { "channel", 'c', 0, G_OPTION_ARG_STRING, &channel, "A channel, by its name", "NAME" },
  { "force", 'f', 0, G_OPTION_ARG_NONE, &force, "Take it from whoever has it", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry screenshot_options[] = {
  { "device", 'd', 0, G_OPTION_ARG_STRING, &device, "Another video device than the first",
    "ALIAS" },
  { "head", 0, 0, G_OPTION_ARG_INT, &head, "Which head of it, from 0", "NUMBER" },
  G_OPTION_ENTRY_NULL,
};

/* --- the terminal --- */

static struct termios saved_terminal;
static gboolean is_raw;

static void
terminal_restore (void)
{
  if (is_raw)
    tcsetattr (STDIN_FILENO, TCSADRAIN, &saved_terminal);
  is_raw = FALSE;
}

static void
on_end_signal (int signum)
{
  terminal_restore ();
  _exit (128 + signum);
}

/* Every key goes to the guest, ^C too. Nothing to do when stdin is no terminal. */
static void
terminal_raw (void)
{
  struct termios raw;

  if (!isatty (STDIN_FILENO) || tcgetattr (STDIN_FILENO, &saved_terminal) < 0)
    return;
  signal (SIGTERM, on_end_signal);
  signal (SIGHUP, on_end_signal);
  raw = saved_terminal;
  cfmakeraw (&raw);
  is_raw = tcsetattr (STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

static gboolean
write_all (int fd, const char *data, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, data, length);

      if (n < 0 && errno == EAGAIN)
        poll (&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
      else if (n < 0 && errno != EINTR)
        return FALSE;
      else if (n > 0)
        {
          data += n;
          length -= (gsize)n;
        }
    }
  return TRUE;
}

/* --- the two directions --- */

/* Returns: FALSE when the guest's side has ended. */
static gboolean
guest_to_user (int guest)
{
  char data[4096];
  gssize n = read (guest, data, sizeof data);

  return (n < 0 && (errno == EINTR || errno == EAGAIN))
         || (n > 0 && write_all (STDOUT_FILENO, data, (gsize)n));
}

typedef enum
{
  USER_GOES_ON,
  USER_ENDED, /* nothing more to read, as from a file */
  USER_LEAVES,
} UserInput;

static UserInput
user_to_guest (int guest)
{
  char data[4096];
  gssize n = read (STDIN_FILENO, data, sizeof data);
  const char *escape;

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return USER_GOES_ON;
  if (n <= 0)
    return USER_ENDED;
  escape = is_raw ? memchr (data, ESCAPE, (gsize)n) : NULL;
  if (escape != NULL)
    n = escape - data;
  if (!write_all (guest, data, (gsize)n))
    return USER_LEAVES;
  return escape != NULL ? USER_LEAVES : USER_GOES_ON;
}

void
ctl_copy_both_ways (int guest)
{
  struct pollfd fds[] = {
    { .fd = guest, .events = POLLIN },
    { .fd = STDIN_FILENO, .events = POLLIN },
  };

  while (poll (fds, G_N_ELEMENTS (fds), -1) >= 0 || errno == EINTR)
    {
      UserInput input = fds[1].revents != 0 ? user_to_guest (guest) : USER_GOES_ON;

      if (input == USER_LEAVES)
        return;
      if (input == USER_ENDED)
        fds[1].fd = -1;
      if (fds[0].revents != 0 && !guest_to_user (guest))
        return;
      fds[0].revents = fds[1].revents = 0;
    }
}

static int
open_channel (Ctl *ctl, const char *path, GVariantDict *options, GError **error)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = ctl_call_with_fds (
      ctl, path, CTL_DOMAIN, "OpenChannel",
      g_variant_new ("(s@a{sv})", channel, g_variant_dict_end (options)), "(h)", &fds, error);

  if (reply != NULL && fds != NULL)
    return g_unix_fd_list_get (fds, 0, error);
  if (reply != NULL)
    roost_throw (error, ROOST_ERROR_IO, "OpenChannel: the reply has no file descriptor");
  return -1;
}

gboolean
ctl_console_start (
    Ctl *ctl, const char *path, const char *name, gboolean should_resume, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_auto (RoostFd) guest = -1;

  if (device != NULL)
    g_variant_dict_insert (&options, "device", "s", device);
  if (force)
    g_variant_dict_insert (&options, "force", "b", TRUE);
  guest = channel != NULL ? open_channel (ctl, path, &options, error)
                          : ctl_call_for_fd (ctl, path, "OpenConsole", &options, error);
  if (guest < 0)
    return FALSE;
  if (should_resume && !ctl_call_domain (ctl, path, "Resume", NULL, error))
    return FALSE;
  terminal_raw ();
  if (is_raw)
    fprintf (stderr, "Connected to %s; ^] leaves.\r\n", name);
  ctl_copy_both_ways (guest);
  if (is_raw)
    fprintf (stderr, "\r\n");
  terminal_restore ();
  return TRUE;
}

static gboolean
console_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);

  return path != NULL && ctl_console_start (ctl, path, args[0], FALSE, error);
}

/* --- screenshot --- */

static gboolean
copy_to (int from, int to, const char *name, GError **error)
{
  char data[65536];
  gssize n;

  while ((n = read (from, data, sizeof data)) != 0)
    if (n < 0 && errno != EINTR)
      return roost_throw_errno (error, errno, "cannot read the picture");
    else if (n > 0 && !write_all (to, data, (gsize)n))
      return roost_throw_errno (error, errno, "cannot write %s", name);
  return TRUE;
}

static gboolean
screenshot_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = NULL;
  g_autofree char *file =
      args[1] != NULL ? g_strdup (args[1]) : g_strdup_printf ("%s.png", args[0]);
  gboolean to_stdout = g_str_equal (file, "-");
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_auto (RoostFd) picture = -1;
  g_auto (RoostFd) out = -1;

  if (to_stdout && isatty (STDOUT_FILENO))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "a terminal cannot show the picture");
  path = ctl_find_domain (ctl, args[0], error);
  if (path == NULL)
    return FALSE;
  if (device != NULL)
    g_variant_dict_insert (&options, "device", "s", device);
  if (head > 0)
    g_variant_dict_insert (&options, "head", "u", (guint32)head);
  picture = ctl_call_for_fd (ctl, path, "Screenshot", &options, error);
  if (picture < 0)
    return FALSE;
  out =
      to_stdout ? dup (STDOUT_FILENO) : open (file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (out < 0)
    return roost_throw_errno (error, errno, "cannot write %s", file);
  if (!copy_to (picture, out, file, error))
    return FALSE;
  if (!to_stdout)
    puts (file);
  return TRUE;
}

const CtlVerb ctl_console_verbs[] = {
  { .name = "console",
    .args = "DOMAIN",
    .summary = "Connect the terminal to a console",
    .details =
        "^] leaves; every other key goes to the guest. When the input is no terminal, it is\n"
        "sent to the guest, and what the guest writes is printed until the console closes.\n\n"
        "Examples:\n"
        "  roostctl console demo\n"
        "  roostctl console --device serial1 demo < /dev/null > serial1.log\n"
        "  roostctl console --channel org.example.0 demo",
    .min_args = 1,
    .max_args = 1,
    .options = console_options,
    .run = console_run },
  { .name = "screenshot",
    .args = "DOMAIN [FILE]",
    .summary = "Write a picture of the display, in PNG",
    .details = "FILE is DOMAIN.png when it is not given; - is the standard output.\n\n"
               "Example:\n  roostctl screenshot demo /tmp/demo.png",
    .min_args = 1,
    .max_args = 2,
    .options = screenshot_options,
    .run = screenshot_run },
  { 0 },
};
