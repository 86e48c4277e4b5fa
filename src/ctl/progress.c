/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/storage.h"

#include "base/error.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define POLL_US   (100 * 1000)
#define BAR_WIDTH 30

static volatile sig_atomic_t was_interrupted;

static void
on_interrupt (int number)
{
  was_interrupted = 1;
}

/* --- the bar --- */

static void
print_bar (const char *what, GVariant *job)
{
  double progress = -1.0;
  guint64 done = 0, rate = 0;
  char bar[BAR_WIDTH + 1];
  int filled;
  g_autofree char *bytes = NULL;
  g_autofree char *speed = NULL;

  g_variant_lookup (job, "Progress", "d", &progress);
  g_variant_lookup (job, "BytesDone", "t", &done);
  g_variant_lookup (job, "Rate", "t", &rate);
  filled = (int)(CLAMP (progress, 0.0, 1.0) * BAR_WIDTH);
  memset (bar, ' ', BAR_WIDTH);
  memset (bar, '#', (size_t)filled);
  bar[BAR_WIDTH] = '\0';
  bytes = done > 0 ? ctl_format_size (done) : g_strdup ("");
  speed = rate > 0 ? ctl_format_size (rate) : NULL;
  if (progress >= 0)
    fprintf (stderr, "\r%s [%s] %3.0f%% %s%s%s   ", what, bar, progress * 100, bytes,
             speed != NULL ? " " : "", speed != NULL ? speed : "");
  else
    fprintf (stderr, "\r%s … %s   ", what, bytes);
  if (speed != NULL)
    fputs ("/s", stderr);
}

static void
clear_bar (void)
{
  fputs ("\r\033[K", stderr);
}

/* --- waiting --- */

static void
cancel (Ctl *ctl, const char *job)
{
  g_autoptr (GVariant) reply = ctl_call (
      ctl, job, CTL_JOB, "Cancel", g_variant_new ("(a{sv})", NULL), "()", CTL_CALL_QUICK, NULL);

  was_interrupted = 0;
}

/* Returns: TRUE when it has ended, one way or the other. */
static gboolean
look (Ctl *ctl, const char *job, const char *what, gboolean has_bar, GError **error)
{
  g_autoptr (GVariant) properties = ctl_get_properties (ctl, job, CTL_JOB, error);
  const char *state = "";

  if (properties == NULL)
    return TRUE;
  g_variant_lookup (properties, "State", "&s", &state);
  if (has_bar)
    print_bar (what, properties);
  return !g_str_equal (state, "running");
}

static gboolean
watch (Ctl *ctl, const char *job, const char *what, GError **error)
{
  gboolean has_bar = isatty (STDERR_FILENO);
  GError *local = NULL;

  while (!look (ctl, job, what, has_bar, &local))
    {
      if (was_interrupted)
        cancel (ctl, job);
      g_usleep (POLL_US);
    }
  if (has_bar)
    clear_bar ();
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, local);
  return FALSE;
}

gboolean
ctl_wait_job (Ctl *ctl, const char *job, const char *what, GError **error)
{
  struct sigaction action = { .sa_handler = on_interrupt }, before;
  g_autoptr (GVariant) reply = NULL;
  gboolean good;

  sigaction (SIGINT, &action, &before);
  good = watch (ctl, job, what, error);
  sigaction (SIGINT, &before, NULL);
  if (!good)
    return FALSE;
  reply = ctl_call (ctl, job, CTL_JOB, "Wait", g_variant_new ("(a{sv})", NULL), "()", CTL_CALL_SLOW,
                    error);
  return reply != NULL;
}
