/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/autostart.h"

#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/domain-private.h"
#include "domain/store.h"

#include <glib/gstdio.h>
#include <string.h>

/* --- what is kept --- */

const RoostAutostart *
roost_domain_autostart (RoostDomain *domain)
{
  return &domain->autostart;
}

static gboolean
set_held (RoostDomain *domain, gpointer data, GError **error)
{
  const RoostAutostart *wanted = data;

  if (!domain->is_persistent)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "domain '%s' is transient: it cannot start with the daemon", domain->name);
  if (!roost_store_write_autostart (domain->manager->places, domain->uuid, wanted, error))
    return FALSE;
  domain->autostart = *wanted;
  roost_domain_changed (domain, ROOST_CHANGE_FLAGS);
  return TRUE;
}

gboolean
roost_domain_set_autostart (RoostDomain *domain,
                            const RoostAutostart *autostart,
                            const char *caller,
                            GError **error)
{
  return roost_domain_operate (domain, "set-autostart", caller, set_held, (gpointer)autostart,
                               error);
}

/* --- the order --- */

/* Those without one are the last. */
static guint
rank_of (const RoostDomain *domain)
{
  return domain->autostart.order > 0 ? domain->autostart.order : G_MAXUINT;
}

int
roost_autostart_compare (gconstpointer a, gconstpointer b)
{
  const RoostDomain *left = *(RoostDomain *const *)a;
  const RoostDomain *right = *(RoostDomain *const *)b;

  if (rank_of (left) != rank_of (right))
    return rank_of (left) < rank_of (right) ? -1 : 1;
  return strcmp (left->name, right->name);
}

gboolean
roost_autostart_is_same (RoostDomain *a, RoostDomain *b)
{
  return rank_of (a) == rank_of (b);
}

/* --- the journal: which were started at this boot --- */

/* "autostarted" is there when all is done; until then "autostarting" has a line for each. Both
 * begin with the boot. */
static char *
file_in (RoostManager *manager, const char *name)
{
  return g_build_filename (manager->places->run_dir, name, NULL);
}

static gboolean
is_of_this_boot (RoostManager *manager, const char *text)
{
  gsize length = strlen (manager->boot_id);

  return strncmp (text, manager->boot_id, length) == 0
         && (text[length] == '\0' || text[length] == '\n');
}

static gboolean
is_all_done (RoostManager *manager)
{
  g_autofree char *path = file_in (manager, "autostarted");
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && is_of_this_boot (manager, text);
}

/* One start at a time writes: they are few, and the file is small. */
typedef struct
{
  RoostManager *manager;
  char *path;
  GString *text;
  guint n_running;
  CoGate *ended;
} Round;

static Round *
round_new (RoostManager *manager)
{
  Round *round = g_new0 (Round, 1);
  g_autofree char *text = NULL;

  round->manager = g_object_ref (manager);
  round->path = file_in (manager, "autostarting");
  round->ended = co_gate_new ();
  if (g_file_get_contents (round->path, &text, NULL, NULL) && is_of_this_boot (manager, text))
    round->text = g_string_new (text);
  else
    {
      round->text = g_string_new (manager->boot_id);
      g_string_append_c (round->text, '\n');
    }
  return round;
}

static void
round_free (Round *round)
{
  g_object_unref (round->manager);
  g_free (round->path);
  g_string_free (round->text, TRUE);
  co_gate_free (round->ended);
  g_free (round);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Round, round_free)

static void
round_note (Round *round, const char *uuid)
{
  g_autoptr (GError) error = NULL;

  g_string_append_printf (round->text, "%s\n", uuid);
  if (!g_file_set_contents (round->path, round->text->str, (gssize)round->text->len, &error))
    roost_warning ("%s: a daemon that takes over may start a domain twice", error->message);
}

static void
round_end (Round *round)
{
  g_autofree char *path = file_in (round->manager, "autostarted");
  g_autoptr (GError) error = NULL;

  if (!g_file_set_contents (path, round->manager->boot_id, -1, &error))
    roost_warning ("%s: the next daemon will start the domains again", error->message);
  g_unlink (round->path);
}

static gboolean
is_over (const Round *round)
{
  return g_cancellable_is_cancelled (round->manager->closing)
         || roost_manager_is_leaving (round->manager);
}

/* --- starting --- */

typedef struct
{
  Round *round;
  RoostDomain *domain;
} Item;

/* A start that a killed daemon left is undone first. */
static void
wait_until_free (const Item *item)
{
  RoostJob *running;

  while ((running = roost_domain_job (item->domain)) != NULL && !is_over (item->round))
    {
      g_autoptr (RoostJob) job = g_object_ref (running);

      roost_job_wait (job, 0, item->round->manager->closing, NULL);
    }
}

static void
start_one (const Item *item)
{
  const RoostStartOptions options = { 0 };
  RoostDomain *domain = item->domain;
  guint delay_ms = (guint)(domain->autostart.delay_us / 1000);
  g_autoptr (GError) error = NULL;

  if (delay_ms > 0 && !co_sleep (delay_ms, item->round->manager->closing, NULL))
    return;
  wait_until_free (item);
  if (is_over (item->round))
    return;
  if (domain->run == NULL && domain->autostart.is_on
      && !roost_domain_start (domain, &options, "", NULL, &error))
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
               "cannot be started with the daemon: %s", error->message);
  if (!g_cancellable_is_cancelled (item->round->manager->closing))
    round_note (item->round, domain->uuid);
}

static void
start_body (gpointer p)
{
  g_autofree Item *item = p;

  start_one (item);
  g_object_unref (item->domain);
  item->round->n_running--;
  co_gate_open (item->round->ended);
}

static void
start_later (Round *round, RoostDomain *domain)
{
  Item *item = g_new (Item, 1);

  *item = (Item){ round, g_object_ref (domain) };
  round->n_running++;
  co_spawn ("autostart", start_body, item);
}

/* Returns: (transfer full): those that are still to be started, in their order */
static GPtrArray *
wanted_domains (const Round *round)
{
  GPtrArray *domains = roost_manager_domains (round->manager);

  for (guint i = domains->len; i > 0; i--)
    {
      const RoostDomain *domain = domains->pdata[i - 1];

      if (!domain->autostart.is_on || (domain->run != NULL && !domain->run->is_starting)
          || strstr (round->text->str, domain->uuid) != NULL)
        g_ptr_array_remove_index (domains, i - 1);
    }
  g_ptr_array_sort (domains, roost_autostart_compare);
  return domains;
}

static void
round_body (gpointer p)
{
  g_autoptr (Round) round = p;
  g_autoptr (GPtrArray) domains = wanted_domains (round);

  for (guint i = 0; i < domains->len && !is_over (round);)
    {
      RoostDomain *first = domains->pdata[i];

      while (i < domains->len && roost_autostart_is_same (first, domains->pdata[i]))
        start_later (round, domains->pdata[i++]);
      while (round->n_running > 0)
        co_gate_wait (round->ended, 0, NULL, NULL);
    }
  if (!is_over (round))
    round_end (round);
}

void
roost_manager_autostart (RoostManager *manager)
{
  if (!is_all_done (manager))
    co_spawn ("autostart", round_body, round_new (manager));
}
