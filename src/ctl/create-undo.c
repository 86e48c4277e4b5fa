/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/create-run.h"

#include "base/error.h"

#include <signal.h>

typedef struct
{
  char *path, *interface, *method, *what;
} Step;

struct CtlMade
{
  Ctl *ctl;
  GPtrArray *steps;    /* of Step */
  GPtrArray *doubtful; /* of char* */
};

static void
step_free (Step *step)
{
  g_free (step->path);
  g_free (step->interface);
  g_free (step->method);
  g_free (step->what);
  g_free (step);
}

CtlMade *
ctl_made_new (Ctl *ctl)
{
  CtlMade *made = g_new0 (CtlMade, 1);

  made->ctl = ctl;
  made->steps = g_ptr_array_new_with_free_func ((GDestroyNotify)step_free);
  made->doubtful = g_ptr_array_new_with_free_func (g_free);
  return made;
}

void
ctl_made_free (CtlMade *made)
{
  if (made == NULL)
    return;
  g_ptr_array_unref (made->steps);
  g_ptr_array_unref (made->doubtful);
  g_free (made);
}

void
ctl_made_add (
    CtlMade *made, const char *path, const char *interface, const char *method, const char *what)
{
  Step *step = g_new0 (Step, 1);

  step->path = g_strdup (path);
  step->interface = g_strdup (interface);
  step->method = g_strdup (method);
  step->what = g_strdup (what);
  g_ptr_array_add (made->steps, step);
}

void
ctl_made_add_doubtful (CtlMade *made, const char *what)
{
  g_ptr_array_add (made->doubtful, g_strdup (what));
}

/* --- taking away --- */

static gboolean
undo_step (Ctl *ctl, const Step *step, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;

  if (g_str_equal (step->interface, CTL_DOMAIN))
    g_variant_dict_insert (&options, "remove-nvram", "b", TRUE);
  reply = ctl_call (ctl, step->path, step->interface, step->method,
                    g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "()", CTL_CALL_SLOW,
                    error);
  return reply != NULL;
}

static void
add_word (GString *list, const char *what)
{
  if (what != NULL)
    g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", what);
}

void
ctl_made_undo (CtlMade *made, GError **error)
{
  g_autoptr (GString) removed = g_string_new (NULL);
  g_autoptr (GString) left = g_string_new (NULL);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = made->steps->len; i > 0; i--)
    {
      const Step *step = g_ptr_array_index (made->steps, i - 1);
      g_autoptr (GError) local = NULL;
      gboolean good = undo_step (made->ctl, step, &local);

      add_word (good ? removed : left, step->what);
      if (!good && step->what != NULL)
        g_string_append_printf (left, " (%s)", local->message);
    }
  if (removed->len > 0)
    g_string_append_printf (text, "; removed again: %s", removed->str);
  if (left->len > 0)
    g_string_append_printf (text, "; could not be removed: %s", left->str);
  for (guint i = 0; i < made->doubtful->len; i++)
    g_string_append_printf (text, "; may be there: %s",
                            (const char *)g_ptr_array_index (made->doubtful, i));
  if (text->len > 0 && error != NULL && *error != NULL)
    {
      g_autofree char *message = g_strconcat ((*error)->message, text->str, NULL);

      g_free ((*error)->message);
      (*error)->message = g_steal_pointer (&message);
    }
}

/* --- signals --- */

static volatile sig_atomic_t caught;

static void
on_signal (int number)
{
  caught = number;
}

void
ctl_catch_signals (gboolean catch)
{
  const int numbers[] = { SIGINT, SIGHUP, SIGTERM };
  struct sigaction action = { .sa_handler = catch ? on_signal : SIG_DFL };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    sigaction (numbers[i], &action, NULL);
}

gboolean
ctl_check_signals (GError **error)
{
  return caught == 0
         || roost_throw (error, ROOST_ERROR_CANCELLED, "stopped by %s",
                         caught == SIGINT ? "^C" : "a signal");
}
