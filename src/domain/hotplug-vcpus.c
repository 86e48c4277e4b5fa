/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/hotplug-vcpus.h"

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/hotplug-private.h"
#include "domain/hotplug-view.h"
#include "domain/tune-private.h"
#include "domain/view.h"

#include <string.h>

#define PREFIX     "vcpu"
#define PERIPHERAL "/machine/peripheral/"

/* --- what QEMU has --- */

/* A place for a processor (or for all the threads of a core), from query-hotpluggable-cpus; QEMU
 * begins with the last. Source: QEMU qapi/machine.json. */
typedef struct
{
  JsonNode *answer;
  JsonArray *slots;
  guint n;
  guint threads; /* processors of each */
} RoostSlots;

static void
slots_clear (RoostSlots *slots)
{
  g_clear_pointer (&slots->answer, json_node_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RoostSlots, slots_clear)

static gboolean
query (RoostDomain *domain, RoostSlots *out, GError **error)
{
  gint64 threads;

  out->answer = roost_domain_qmp (domain, "query-hotpluggable-cpus", NULL, NULL, error);
  if (out->answer == NULL)
    return FALSE;
  out->slots = roost_json_node_array (out->answer);
  out->n = roost_json_length (out->slots);
  threads = roost_json_int (roost_json_object_at (out->slots, 0), "vcpus-count", 1);
  out->threads = (guint)CLAMP (threads, 1, 1024);
  return TRUE;
}

/* The slot of the processors from @index * threads on. */
static JsonObject *
slot_at (const RoostSlots *slots, guint index)
{
  return index < slots->n ? roost_json_object_at (slots->slots, slots->n - 1 - index) : NULL;
}

static const char *
path_at (const RoostSlots *slots, guint index)
{
  return roost_json_string (slot_at (slots, index), "qom-path");
}

static guint
count_plugged (const RoostSlots *slots)
{
  guint n = 0;

  for (guint i = 0; i < slots->n; i++)
    n += path_at (slots, i) != NULL ? slots->threads : 0;
  return n;
}

static char *
alias_at (guint index)
{
  return g_strdup_printf (PREFIX "%u", index);
}

static gboolean
plug_slot (RoostDomain *domain, const RoostSlots *slots, guint index, GError **error)
{
  JsonObject *slot = slot_at (slots, index);
  JsonObject *props = roost_json_object (slot, "props");
  g_autoptr (GList) names = props != NULL ? json_object_get_members (props) : NULL;
  g_autofree char *alias = alias_at (index);
  JsonObject *args = json_object_new ();
  const char *type = roost_json_string (slot, "type");

  json_object_set_string_member (args, "driver", type != NULL ? type : "");
  json_object_set_string_member (args, "id", alias);
  for (const GList *l = names; l != NULL; l = l->next)
    json_object_set_member (args, l->data,
                            json_node_copy (json_object_get_member (props, l->data)));
  return roost_hotplug_tell (domain, "device_add", args, error);
}

/* --- what is shown --- */

static guint
shown (RoostDomain *domain)
{
  return roost_domain_summary (domain)->vcpus;
}

static void
show (RoostDomain *domain, guint count)
{
  g_autoptr (RoostDomainConfig) config = NULL;

  if (domain->run == NULL || domain->run->document == NULL || shown (domain) == count)
    return;
  config = roost_domain_config_copy (roost_document_config (domain->run->document));
  roost_view_set_vcpus (config, count);
  roost_domain_set_running (domain, config);
}

void
roost_hotplug_sync_vcpus (RoostDomain *domain)
{
  g_auto (RoostSlots) slots = { 0 };

  if (domain->run == NULL || domain->run->document == NULL
      || !roost_view_has_spare_vcpus (roost_domain_config (domain)))
    return;
  if (query (domain, &slots, NULL))
    show (domain, count_plugged (&slots));
}

static void
sync_body (gpointer p)
{
  g_autoptr (RoostDomain) domain = p;

  roost_hotplug_sync_vcpus (domain);
}

gboolean
roost_hotplug_is_vcpu (const char *alias)
{
  return g_str_has_prefix (alias, PREFIX) && g_ascii_isdigit (alias[strlen (PREFIX)]);
}

gboolean
roost_hotplug_vcpu_gone (RoostDomain *domain, const char *alias)
{
  RoostUnplug *unplug;

  if (!roost_hotplug_is_vcpu (alias))
    return FALSE;
  unplug = roost_unplugs_find (domain->run->unplugs, alias);
  if (unplug != NULL)
    unplug->state = ROOST_UNPLUG_GONE;
  co_gate_open (domain->run->unplugged);
  co_spawn ("sync-vcpus", sync_body, g_object_ref (domain));
  return TRUE;
}

void
roost_hotplug_part_gone (RoostDomain *domain, const char *path)
{
  g_autofree char *alias = NULL;

  if (path == NULL || !g_str_has_prefix (path, PERIPHERAL PREFIX))
    return;
  path += strlen (PERIPHERAL);
  alias = g_strndup (path, strcspn (path, "/"));
  roost_hotplug_vcpu_gone (domain, alias);
}

/* --- more, and fewer --- */

typedef struct
{
  guint count;
  const RoostAmountOptions *options;
} Vcpus;

static gboolean
check_whole (const RoostSlots *slots, guint count, GError **error)
{
  if (count % slots->threads == 0)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "%u processors are no multiple of the %u that the guest gets at once", count,
                      slots->threads);
}

static gboolean
take_away (RoostDomain *domain, guint index, guint timeout_ms, GError **error)
{
  g_autofree char *alias = alias_at (index);
  g_autoptr (RoostUnplug) unplug = roost_unplug_new (alias, "", FALSE);
  RoostRun *run = domain->run;
  gboolean ok;

  if (run == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended", domain->name);
  g_ptr_array_add (run->unplugs, roost_unplug_ref (unplug));
  ok = roost_hotplug_ask_out (domain, alias, error)
       && roost_hotplug_await (domain, unplug, timeout_ms,
                               roost_job_cancellable (roost_domain_own_job (domain)), error);
  if (domain->run == run)
    g_ptr_array_remove (run->unplugs, unplug);
  return ok;
}

static gboolean
add_up_to (RoostDomain *domain, const RoostSlots *slots, guint count, GError **error)
{
  guint have = count_plugged (slots);

  for (guint i = 0; i < slots->n && have < count; i++)
    {
      if (path_at (slots, i) != NULL)
        continue;
      if (!plug_slot (domain, slots, i, error))
        return FALSE;
      have += slots->threads;
    }
  return TRUE;
}

/* Only what was plugged has a name, and can go. */
static gboolean
can_go (const RoostSlots *slots, guint index)
{
  const char *path = path_at (slots, index);

  return path != NULL && g_str_has_prefix (path, PERIPHERAL);
}

static gboolean
check_enough (const RoostSlots *slots, guint count, GError **error)
{
  guint fixed = 0;

  for (guint i = 0; i < slots->n; i++)
    fixed += path_at (slots, i) != NULL && !can_go (slots, i) ? slots->threads : 0;
  if (fixed <= count)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                      "%u of the processors were there from the start and cannot be taken away; "
                      "those that <vcpus> calls hotpluggable can",
                      fixed);
}

static gboolean
remove_down_to (
    RoostDomain *domain, const RoostSlots *slots, guint count, guint timeout_ms, GError **error)
{
  guint have = count_plugged (slots);

  if (!check_enough (slots, count, error))
    return FALSE;
  for (guint i = slots->n; i-- > 0 && have > count;)
    {
      if (!can_go (slots, i))
        continue;
      if (!take_away (domain, i, timeout_ms, error))
        return FALSE;
      have -= slots->threads;
    }
  return TRUE;
}

static gboolean
change_live (RoostDomain *domain, const Vcpus *vcpus, GError **error)
{
  guint timeout_ms = vcpus->options->timeout_ms;
  g_auto (RoostSlots) slots = { 0 };
  guint have;
  gboolean ok;

  if (!query (domain, &slots, error) || !check_whole (&slots, vcpus->count, error))
    return FALSE;
  have = count_plugged (&slots);
  if (have <= vcpus->count)
    ok = add_up_to (domain, &slots, vcpus->count, error) && roost_tune_new_threads (domain, error);
  else
    ok = remove_down_to (domain, &slots, vcpus->count,
                         timeout_ms != 0 ? timeout_ms : ROOST_DETACH_TIMEOUT_MS, error);
  roost_hotplug_sync_vcpus (domain);
  return ok;
}

/* --- the call --- */

static gboolean
change (RoostDomainConfig *config, const Vcpus *vcpus, GError **error)
{
  guint maximum = roost_view_max_vcpus (config);

  if (vcpus->options->maximum)
    return roost_view_set_max_vcpus (config, vcpus->count, error);
  if (vcpus->count < 1 || vcpus->count > maximum)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "%u processors: the domain may have from 1 to %u", vcpus->count, maximum);
  roost_view_set_vcpus (config, vcpus->count);
  return TRUE;
}

static gboolean
set_held (RoostDomain *domain, gpointer data, GError **error)
{
  const Vcpus *vcpus = data;
  const RoostAmountOptions *options = vcpus->options;
  g_autoptr (RoostAmend) amend = NULL;
  guint what = 0;

  if (!roost_amend_choose (domain, options->where.live, options->where.config, &what, error))
    return FALSE;
  if (options->maximum && what & ROOST_AMEND_LIVE)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the maximum is fixed while the guest runs; say 'config'");
  amend = roost_amend_new (domain, what, error);
  if (amend == NULL || (amend->running != NULL && !change (amend->running, vcpus, error))
      || (amend->next != NULL && !change (amend->next, vcpus, error))
      || !roost_amend_check (amend, error))
    return FALSE;
  return (amend->running == NULL || change_live (domain, vcpus, error))
         && roost_amend_store (amend, error);
}

gboolean
roost_domain_set_vcpus (RoostDomain *domain,
                        guint count,
                        const RoostAmountOptions *options,
                        const char *caller,
                        GError **error)
{
  Vcpus vcpus = { count, options };
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autoptr (GError) local = NULL;
  g_autoptr (RoostJob) job = NULL;
  RoostJob *taken = roost_domain_hold (held, "set-vcpus", caller, ROOST_JOB_CAN_CANCEL, error);

  if (taken == NULL)
    return FALSE;
  job = g_object_ref (taken);
  set_held (held, &vcpus, &local);
  roost_domain_release (held, job, local);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* --- at the start --- */

gboolean
roost_hotplug_boot_vcpus (RoostDomain *domain, const RoostDomainConfig *config, GError **error)
{
  g_auto (RoostSlots) slots = { 0 };

  if (!roost_view_has_plugged_vcpus (config))
    return TRUE;
  if (!query (domain, &slots, error))
    return FALSE;
  for (guint i = 0; i < slots.n; i++)
    if (roost_view_is_plugged_vcpu (config, i * slots.threads) && path_at (&slots, i) == NULL
        && !plug_slot (domain, &slots, i, error))
      return FALSE;
  return TRUE;
}
