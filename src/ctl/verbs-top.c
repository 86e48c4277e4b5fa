/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/top.h"

#include "base/error.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define DEFAULT_DELAY  2.0
#define FIRST_DELAY_MS 500

#define ENTER_SCREEN "\033[?1049h\033[?25l"
#define LEAVE_SCREEN "\033[?25h\033[?1049l"
#define HOME         "\033[H"
#define CLEAR_LINE   "\033[K"
#define CLEAR_REST   "\033[J"
#define REVERSE      "\033[7m"
#define BOLD         "\033[1m"
#define NORMAL       "\033[0m"

static gboolean batch, only_active;
static int n_looks;
static double delay = DEFAULT_DELAY;
static char *sort_by;

static const GOptionEntry top_options[] = {
  { "batch", 'b', 0, G_OPTION_ARG_NONE, &batch, "Print one table after the other", NULL },
  { "number", 'n', 0, G_OPTION_ARG_INT, &n_looks, "End after so many of them", "NUMBER" },
  { "delay", 'd', 0, G_OPTION_ARG_DOUBLE, &delay, "Seconds between them [2]", "SECONDS" },
  { "sort", 'o', 0, G_OPTION_ARG_STRING, &sort_by, "By cpu, memory, disk, net or name [cpu]",
    "COLUMN" },
  { "active", 'a', 0, G_OPTION_ARG_NONE, &only_active, "Leave out what is shut off", NULL },
  G_OPTION_ENTRY_NULL,
};

static const struct
{
  const char *name;
  TopOrder order;
  char key;
} orders[] = {
  { "cpu", TOP_BY_CPU, 'c' }, { "memory", TOP_BY_MEMORY, 'm' }, { "disk", TOP_BY_DISK, 'd' },
  { "net", TOP_BY_NET, 'n' }, { "name", TOP_BY_NAME, 'a' },
};

typedef struct
{
  Ctl *ctl;
  TopLook before, now;
  TopOrder order;
  gboolean reverse;
  struct termios saved;
} Top;

/* Where a signal finds them: the terminal must be as it was, however we end. */
static struct termios terminal_before;
static volatile sig_atomic_t is_on_screen, was_resized;

/* --- the screen --- */

static void
leave_screen (void)
{
  static const char text[] = LEAVE_SCREEN;

  if (!is_on_screen)
    return;
  is_on_screen = 0;
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &terminal_before);
  if (write (STDOUT_FILENO, text, sizeof text - 1) < 0)
    return;
}

static void
on_end (int signum)
{
  leave_screen ();
  signal (signum, SIG_DFL);
  raise (signum);
}

static void
on_resize (int signum)
{
  was_resized = 1;
}

static void
enter_screen (void)
{
  struct termios raw;

  tcgetattr (STDIN_FILENO, &terminal_before);
  raw = terminal_before;
  raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &raw);
  is_on_screen = 1;
  signal (SIGINT, on_end);
  signal (SIGTERM, on_end);
  signal (SIGHUP, on_end);
  signal (SIGWINCH, on_resize);
  fputs (ENTER_SCREEN, stdout);
}

static void
screen_size (guint *out_columns, guint *out_lines)
{
  struct winsize size = { 0 };

  ioctl (STDOUT_FILENO, TIOCGWINSZ, &size);
  *out_columns = size.ws_col > 0 ? size.ws_col : 80;
  *out_lines = size.ws_row > 0 ? size.ws_row : 24;
}

static const char *
order_name (TopOrder order)
{
  guint i = 0;

  while (i + 1 < G_N_ELEMENTS (orders) && orders[i].order != order)
    i++;
  return orders[i].name;
}

static void
print_summary (const Top *top, GPtrArray *rows, guint width)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *clock = g_date_time_format (now, "%H:%M:%S");
  g_autofree char *text = NULL;
  guint n_running = 0;
  double cpu = 0;

  for (guint i = 0; i < rows->len; i++)
    {
      const TopRow *row = rows->pdata[i];

      n_running += g_str_equal (row->state, "running");
      cpu += MAX (row->cpu, 0);
    }
  text = g_strdup_printf (
      "%s  %u domains, %u running, %.0f %% of a CPU  by %s%s; keys c m d n a r q", clock, rows->len,
      n_running, cpu, order_name (top->order), top->reverse ? " (turned)" : "");
  printf ("%.*s" CLEAR_LINE "\n", (int)width, text);
}

static void
draw (Top *top)
{
  g_autoptr (GPtrArray) rows = top_rows (&top->before, &top->now, top->order, top->reverse);
  g_auto (GStrv) lines = NULL;
  guint columns, height;

  screen_size (&columns, &height);
  lines = top_lines (rows, columns);
  fputs (HOME, stdout);
  print_summary (top, rows, columns);
  printf (CLEAR_LINE "\n%s%s" CLEAR_LINE "%s", top->ctl->color ? REVERSE : BOLD, lines[0], NORMAL);
  for (guint i = 0; i < rows->len && i + 4 <= height; i++)
    {
      const TopRow *row = rows->pdata[i];
      const char *color = ctl_state_color (top->ctl, row->is_silent ? "failed" : row->state);
      gboolean is_colored = *color != '\0' && !g_str_equal (row->state, "running");

      printf ("\n%s%s%s" CLEAR_LINE, is_colored || row->is_silent ? color : "", lines[i + 1],
              top->ctl->color ? NORMAL : "");
    }
  fputs (CLEAR_REST, stdout);
  fflush (stdout);
}

/* --- keys --- */

/* Returns: FALSE when it is enough */
static gboolean
take_key (Top *top, char key)
{
  if (key == 'q' || key == 'Q' || key == '\004')
    return FALSE;
  if (key == 'r')
    top->reverse = !top->reverse;
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    if (orders[i].key == key)
      top->order = orders[i].order;
  draw (top);
  return TRUE;
}

/* Until the time is up, or a key ended it. Returns: FALSE when it is enough */
static gboolean
wait_for_keys (Top *top, guint ms)
{
  gint64 until = g_get_monotonic_time () + (gint64)ms * 1000;
  struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
  gint64 left;

  while ((left = (until - g_get_monotonic_time ()) / 1000) > 0)
    {
      char key;

      if (was_resized)
        draw (top);
      was_resized = 0;
      if (poll (&input, 1, (int)left) <= 0)
        continue;
      if (read (STDIN_FILENO, &key, 1) != 1 || !take_key (top, key))
        return FALSE;
    }
  return TRUE;
}

/* --- looking again and again --- */

static gboolean
look_again (Top *top, GError **error)
{
  top_look_clear (&top->before);
  top->before = top->now;
  top->now = (TopLook){ 0 };
  return top_look (top->ctl, only_active, &top->now, error);
}

static gboolean
run_screen (Top *top, GError **error)
{
  guint wait_ms = FIRST_DELAY_MS;
  gboolean ok;

  enter_screen ();
  draw (top);
  while (wait_for_keys (top, wait_ms))
    {
      ok = look_again (top, error);
      if (!ok)
        {
          leave_screen ();
          return FALSE;
        }
      draw (top);
      wait_ms = (guint)(delay * 1000);
    }
  leave_screen ();
  return TRUE;
}

static void
print_table (Top *top)
{
  g_autoptr (GPtrArray) rows = top_rows (&top->before, &top->now, top->order, top->reverse);
  g_auto (GStrv) lines = NULL;

  if (top->ctl->json)
    {
      g_autoptr (JsonNode) json = top_json (rows);

      ctl_print_json (json, TRUE);
      return;
    }
  lines = top_lines (rows, 0);
  for (char **line = lines; *line != NULL; line++)
    puts (line[0]);
  fflush (stdout);
}

/* The first table comes after a moment, so that it has rates. */
static gboolean
run_batch (Top *top, GError **error)
{
  gulong wait_us = FIRST_DELAY_MS * 1000;

  for (int i = 0; n_looks <= 0 || i < n_looks; i++)
    {
      g_usleep (wait_us);
      wait_us = (gulong)(delay * G_USEC_PER_SEC);
      if (!look_again (top, error))
        return FALSE;
      if (i > 0 && !top->ctl->json)
        putchar ('\n');
      print_table (top);
    }
  return TRUE;
}

static gboolean
read_options (Top *top, GError **error)
{
  if (delay < 0.1 || delay > 3600)
    {
      g_set_error_literal (error, CTL_USAGE, 0, "--delay is from 0.1 to 3600 seconds");
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    if (sort_by == NULL || g_str_equal (orders[i].name, sort_by))
      {
        top->order = orders[i].order;
        return TRUE;
      }
  g_set_error (error, CTL_USAGE, 0, "cannot sort by '%s': there are cpu, memory, disk, net, name",
               sort_by);
  return FALSE;
}

static gboolean
top_run (Ctl *ctl, char **args, GError **error)
{
  Top top = { .ctl = ctl };
  gboolean ok;

  if (!read_options (&top, error))
    return FALSE;
  ok = top_look (ctl, only_active, &top.now, error);
  if (ok && !batch && !ctl->json && isatty (STDIN_FILENO) && isatty (STDOUT_FILENO))
    ok = run_screen (&top, error);
  else if (ok)
    ok = run_batch (&top, error);
  top_look_clear (&top.before);
  top_look_clear (&top.now);
  return ok;
}

const CtlVerb ctl_top_verbs[] = {
  { .name = "top",
    .args = "",
    .summary = "Show what the domains use, as it changes",
    .details =
        "CPU% is of one CPU of the host; MEM is what the guest uses where its balloon tells, see\n"
        "'roostctl memory-stats', else what QEMU has in the memory of the host. A domain that "
        "does\n"
        "not answer is marked (silent). Keys: c, m, d, n and a sort by CPU, memory, disk, network "
        "and\n"
        "name, r turns the order, q ends. Without a terminal it prints tables, as with --batch.\n\n"
        "Examples:\n"
        "  roostctl top\n"
        "  roostctl top -b -n 1 --sort memory\n"
        "  roostctl --json top -n 3 -d 1 | jq -c '.[] | {name, cpu}'",
    .options = top_options,
    .run = top_run },
  { 0 },
};
