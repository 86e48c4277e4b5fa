/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/leave.h"

#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/domain-private.h"

/* A guest that is booting does not hear the power button: it is pressed again. */
#define PRESS_EVERY_MS 5000

/* When something else holds the domain. */
#define BUSY_RETRY_MS 500

/* Of what is left, when all that could be asked were. */
#define DESTROY_GRACE_MS 3000

typedef struct
{
  RoostManager *manager;
  RoostLeave how;
  void (*done) (gpointer);
  gpointer data;
  GPtrArray *domains; /* the first to go first */
  guint next;         /* in @domains */
  guint end;          /* of the group that is being asked, in @domains */
  gint64 until_us;    /* monotonic: of the group */
  guint n_running;    /* workers */
  CoGate *ended;
} Leave;

static void
leave_free (Leave *leave)
{
  g_ptr_array_unref (leave->domains);
  co_gate_free (leave->ended);
  g_object_unref (leave->manager);
  g_free (leave);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Leave, leave_free)

static guint
left_ms (const Leave *leave)
{
  return (guint)(MAX (leave->until_us - g_get_monotonic_time (), 0) / 1000);
}

/* --- one guest --- */

/* Returns: FALSE when asking again is of no use */
static gboolean
press (RoostDomain *domain, guint *out_wait_ms)
{
  g_autoptr (GError) error = NULL;

  *out_wait_ms = PRESS_EVERY_MS;
  if (domain->state == ROOST_DOMAIN_SHUTTING_DOWN || roost_domain_shutdown (domain, "", &error))
    return TRUE;
  if (g_error_matches (error, ROOST_ERROR, ROOST_ERROR_BUSY))
    {
      *out_wait_ms = BUSY_RETRY_MS;
      return TRUE;
    }
  roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
             "cannot be asked to power off: %s", error->message);
  return FALSE;
}

static gboolean
can_hear (const RoostDomain *domain)
{
  return domain->state == ROOST_DOMAIN_RUNNING || domain->state == ROOST_DOMAIN_SHUTTING_DOWN
         || domain->state == ROOST_DOMAIN_STARTING;
}

static void
shut_down (Leave *leave, RoostDomain *domain)
{
  const RoostRun *run = domain->run;
  guint wait_ms = 0;

  while (run != NULL && domain->run == run && can_hear (domain) && left_ms (leave) > 0
         && press (domain, &wait_ms))
    if (domain->run == run)
      co_gate_wait (domain->ended, MAX (MIN (wait_ms, left_ms (leave)), 1), NULL, NULL);
  if (domain->run == run && run != NULL)
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name, "it has not powered off (%s)",
               roost_domain_state_name (domain->state));
}

static void
worker_body (gpointer p)
{
  Leave *leave = p;

  while (leave->next < leave->end)
    shut_down (leave, leave->domains->pdata[leave->next++]);
  leave->n_running--;
  co_gate_open (leave->ended);
}

/* --- all of them --- */

static void
wait_for_workers (Leave *leave)
{
  while (leave->n_running > 0)
    co_gate_wait (leave->ended, 0, NULL, NULL);
}

static guint
end_of_group (const Leave *leave, guint from)
{
  guint end = from;

  while (end < leave->domains->len
         && roost_autostart_is_same (leave->domains->pdata[from], leave->domains->pdata[end]))
    end++;
  return end;
}

static guint
count_groups (const Leave *leave)
{
  guint n = 0;

  for (guint i = 0; i < leave->domains->len; i = end_of_group (leave, i))
    n++;
  return n;
}

/* Each group has its share of the time that is left, so that a guest which does not hear takes none
 * of the others'. */
static void
ask_all (Leave *leave)
{
  const RoostPowerConfig *config = &roost_manager_host (leave->manager)->power;
  gint64 until_us = g_get_monotonic_time () + (gint64)config->timeout_s * G_USEC_PER_SEC;
  guint n_groups = count_groups (leave);

  while (leave->next < leave->domains->len)
    {
      gint64 now_us = g_get_monotonic_time ();

      leave->end = end_of_group (leave, leave->next);
      leave->until_us = now_us + MAX (until_us - now_us, 0) / MAX (n_groups, 1);
      n_groups--;
      leave->n_running = MIN (config->parallel, leave->end - leave->next);
      for (guint i = leave->n_running; i > 0; i--)
        co_spawn ("leave", worker_body, leave);
      wait_for_workers (leave);
    }
}

static void
destroy_body (gpointer p)
{
  Leave *leave = p;
  const RoostDestroyOptions options = { .grace_ms = DESTROY_GRACE_MS };
  RoostDomain *domain = leave->domains->pdata[leave->next++];

  if (domain->run != NULL)
    roost_domain_destroy (domain, &options, "", NULL);
  leave->n_running--;
  co_gate_open (leave->ended);
}

static void
destroy_rest (Leave *leave)
{
  leave->next = 0;
  leave->n_running = leave->domains->len;
  for (guint i = 0; i < leave->domains->len; i++)
    co_spawn ("leave", destroy_body, leave);
  wait_for_workers (leave);
}

static void
leave_body (gpointer p)
{
  g_autoptr (Leave) leave = p;

  roost_info ("%u guests are asked to power off", leave->domains->len);
  ask_all (leave);
  if (leave->how == ROOST_LEAVE_SHUTDOWN_DESTROY)
    destroy_rest (leave);
  leave->manager->n_leaving--;
  if (leave->done != NULL)
    leave->done (leave->data);
}

static int
compare_backwards (gconstpointer a, gconstpointer b)
{
  return roost_autostart_compare (b, a);
}

static GPtrArray *
active_domains (RoostManager *manager)
{
  GPtrArray *domains = roost_manager_domains (manager);

  for (guint i = domains->len; i > 0; i--)
    if (((RoostDomain *)domains->pdata[i - 1])->run == NULL)
      g_ptr_array_remove_index (domains, i - 1);
  g_ptr_array_sort (domains, compare_backwards);
  return domains;
}

void
roost_manager_leave (RoostManager *manager, RoostLeave how, void (*done) (gpointer), gpointer data)
{
  Leave *leave;

  if (how == ROOST_LEAVE_KEEP)
    {
      if (done != NULL)
        done (data);
      return;
    }
  manager->n_leaving++;
  leave = g_new0 (Leave, 1);
  *leave = (Leave){ .manager = g_object_ref (manager),
                    .how = how,
                    .done = done,
                    .data = data,
                    .domains = active_domains (manager),
                    .ended = co_gate_new () };
  co_spawn ("leave", leave_body, leave);
}

gboolean
roost_manager_is_leaving (RoostManager *manager)
{
  return manager->n_leaving > 0
         || (manager->login != NULL && roost_login_is_going_down (manager->login)
             && roost_manager_leave_for (manager, TRUE) != ROOST_LEAVE_KEEP);
}

RoostLeave
roost_manager_leave_for (RoostManager *manager, gboolean is_host)
{
  const RoostPowerConfig *config = &roost_manager_host (manager)->power;

  return is_host ? config->on_host_shutdown : config->on_logout;
}

guint
roost_manager_leave_timeout_s (RoostManager *manager)
{
  return roost_manager_host (manager)->power.timeout_s;
}
