/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * Programs that do the work on storage: started with an argument vector (no shell), in the C
 * locale, with nothing on standard input, in a process group that dies with us.
 */

/* More output than this is no answer. */
#define ROOST_TOOL_MAX_OUTPUT (8 * 1024 * 1024)

/* The usual patience with a tool that only asks. */
#define ROOST_TOOL_QUICK_MS (30 * 1000)

/* What RoostToolOptions.files begins at. */
#define ROOST_TOOL_FIRST_FD 3

typedef struct
{
  guint timeout_ms;                                  /* 0: as long as it takes */
  void (*on_text) (const char *text, gpointer data); /* (nullable): a piece of its output */
  gpointer data;
  GBytes *input;    /* (nullable): its standard input; else there is nothing on it */
  GPtrArray *files; /* (nullable): of GBytes: on its descriptors from ROOST_TOOL_FIRST_FD on */
  const char *const *env; /* (nullable): names and values by turns; ends with NULL */
  gboolean is_bounded;    /* it reads what a guest may have written: memory and CPU are limited */
} RoostToolOptions;

/**
 * roost_tool_run:
 * @argv: the program, looked for in $PATH, and its arguments
 * @options: (nullable)
 * @cancellable: (nullable): kills it
 *
 * Runs it to its end. Awaits: yes.
 *
 * Errors: NOT_SUPPORTED (no such program here), STORAGE (it failed; the text has the last lines of
 * its complaint), TIMEOUT, CANCELLED, LIMIT_EXCEEDED (it said too much), IO.
 * Returns: (transfer full): its standard output
 */
char *roost_tool_run (const char *const *argv,
                      const RoostToolOptions *options,
                      GCancellable *cancellable,
                      GError **error);

/* The same where only success counts. */
gboolean roost_tool_do (const char *const *argv, GCancellable *cancellable, GError **error);

/* Is the program @name in $PATH? */
gboolean roost_tool_exists (const char *name);

/* Returns: the share of the work that the progress "(12.50/100%)" of qemu-img tells of last in
 * @text, 0.0 … 1.0; -1.0: none */
double roost_tool_read_progress (const char *text);
