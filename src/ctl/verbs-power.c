/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean all_runs, follow, live, config, from_rtc;

static const GOptionEntry log_options[] = {
  { "all", 'a', 0, G_OPTION_ARG_NONE, &all_runs, "All of the file, not only the last run", NULL },
  { "follow", 'f', 0, G_OPTION_ARG_NONE, &follow, "Go on with what comes", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry lifecycle_options[] = {
  { "live", 0, 0, G_OPTION_ARG_NONE, &live, "Of what runs only", NULL },
  { "config", 0, 0, G_OPTION_ARG_NONE, &config, "Of the next start only", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry time_options[] = {
  { "sync", 0, 0, G_OPTION_ARG_NONE, &from_rtc, "From the clock of its own hardware", NULL },
  G_OPTION_ENTRY_NULL,
};

/* --- log --- */

#define FOLLOW_EVERY_US (200 * 1000)

/* Returns: FALSE on error */
static gboolean
copy_to_end (int fd, GError **error)
{
  char bytes[16384];
  gssize n;

  while ((n = read (fd, bytes, sizeof bytes)) > 0)
    if (fwrite (bytes, 1, (gsize)n, stdout) != (gsize)n)
      return roost_throw_errno (error, errno, "cannot write to the standard output");
  if (n < 0)
    return roost_throw_errno (error, errno, "cannot read the log");
  return fflush (stdout) == 0
         || roost_throw_errno (error, errno, "cannot write to the standard output");
}

/* A log that was cut begins again. */
static void
rewind_if_cut (int fd)
{
  struct stat st;

  if (fstat (fd, &st) == 0 && lseek (fd, 0, SEEK_CUR) > st.st_size)
    lseek (fd, 0, SEEK_SET);
}

static gboolean
log_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_auto (RoostFd) fd = -1;
  gboolean ok;

  if (path == NULL)
    return FALSE;
  if (all_runs)
    g_variant_dict_insert (&options, "run", "s", "all");
  fd = ctl_call_for_fd (ctl, path, "OpenLog", &options, error);
  if (fd < 0)
    return FALSE;
  while ((ok = copy_to_end (fd, error)) && follow)
    {
      g_usleep (FOLLOW_EVERY_US);
      rewind_if_cut (fd);
    }
  return ok;
}

/* --- power --- */

static gboolean
lifecycle_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;

  if (path == NULL)
    return FALSE;
  if (live)
    g_variant_dict_insert (&options, "live", "b", TRUE);
  if (config)
    g_variant_dict_insert (&options, "config", "b", TRUE);
  reply = ctl_call (ctl, path, CTL_DOMAIN, "SetLifecycleAction",
                    g_variant_new ("(ss@a{sv})", args[1], args[2], g_variant_dict_end (&options)),
                    "()", CTL_CALL_SLOW, error);
  return reply != NULL;
}

static gboolean
suspend_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_autoptr (GVariant) reply = NULL;

  if (path == NULL)
    return FALSE;
  reply = ctl_call (ctl, path, CTL_DOMAIN, "PmSuspend",
                    g_variant_new ("(sa{sv})", args[1] != NULL ? args[1] : "mem", NULL), "()",
                    CTL_CALL_SLOW, error);
  return reply != NULL;
}

/* "2026-01-31T12:00:00Z", or seconds since 1970 after an "@". */
static gboolean
read_time (const char *text, gint64 *out_us, GError **error)
{
  g_autoptr (GTimeZone) local = g_time_zone_new_local ();
  g_autoptr (GDateTime) time = NULL;

  if (*text == '@'
      && g_ascii_string_to_signed (text + 1, 10, 1, G_MAXINT64 / 1000000, out_us, NULL))
    {
      *out_us *= G_USEC_PER_SEC;
      return TRUE;
    }
  time = g_date_time_new_from_iso8601 (text, local);
  if (time != NULL && g_date_time_to_unix (time) > 0)
    *out_us = g_date_time_to_unix (time) * G_USEC_PER_SEC;
  else
    g_set_error (error, CTL_USAGE, 0,
                 "'%s' is neither a time such as 2026-01-31T12:00:00Z nor @SECONDS", text);
  return *out_us > 0;
}

static gboolean
set_time_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = NULL;
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  gint64 us = 0;

  if (args[1] != NULL && !read_time (args[1], &us, error))
    return FALSE;
  path = ctl_find_domain (ctl, args[0], error);
  if (path == NULL)
    return FALSE;
  if (args[1] != NULL)
    g_variant_dict_insert (&options, "time", "t", (guint64)us);
  if (from_rtc)
    g_variant_dict_insert (&options, "sync", "b", TRUE);
  return ctl_call_domain (ctl, path, "SetTime", &options, error);
}

static gboolean
wakeup_one (Ctl *ctl, const char *path, const char *name, GError **error)
{
  return ctl_call_domain (ctl, path, "PmWakeup", NULL, error);
}

const CtlVerb ctl_power_verbs[] = {
  { .name = "log",
    .args = "DOMAIN",
    .summary = "Print the log of a domain",
    .details = "The command line of each start, and what QEMU wrote.\n\n"
               "Examples:\n"
               "  roostctl log demo\n"
               "  roostctl log -f demo              # until ^C",
    .min_args = 1,
    .max_args = 1,
    .options = log_options,
    .run = log_run },
  { .name = "set-time",
    .args = "DOMAIN [TIME]",
    .summary = "Set the clock of the guest",
    .details = "By its agent: to the time of the host, or to TIME, in ISO 8601 or as @SECONDS.\n\n"
               "Example:\n  roostctl set-time demo",
    .min_args = 1,
    .max_args = 2,
    .options = time_options,
    .run = set_time_run },
  { .name = "pm-suspend",
    .args = "DOMAIN [mem|disk|hybrid]",
    .summary = "Ask the guest to go to sleep",
    .details = "By its agent.\n\nExample:\n  roostctl pm-suspend demo && roostctl pm-wakeup demo",
    .min_args = 1,
    .max_args = 2,
    .run = suspend_run },
  { .name = "pm-wakeup",
    .args = "DOMAIN...",
    .summary = "Wake a guest that sleeps",
    .details = "Example:\n  roostctl pm-wakeup demo",
    .min_args = 1,
    .max_args = CTL_MANY,
    .each = wakeup_one },
  { .name = "lifecycle",
    .args = "DOMAIN poweroff|reboot|crash ACTION",
    .summary = "Say what follows when the guest ends",
    .details = "ACTION is destroy or restart; for a crash also preserve, coredump-destroy and\n"
               "coredump-restart.\n\n"
               "Example:\n  roostctl lifecycle demo crash coredump-restart",
    .min_args = 3,
    .max_args = 3,
    .options = lifecycle_options,
    .run = lifecycle_run },
  { 0 },
};
