/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/stats.h"

#include "base/error.h"
#include "base/json.h"
#include "domain/domain-private.h"
#include "domain/stats-host.h"
#include "domain/stats-reply.h"
#include "domain/view-devices.h"

/* So many domains are asked at once; the others wait for their turn. */
#define MAX_AT_ONCE 64

/* One domain that is asked. */
typedef struct
{
  RoostDomain *domain;
  const RoostStatsRequest *request;
  const RoostRun *run;
  gint64 until; /* on the monotonic clock */
  guint missing;
  GVariantBuilder out;
} Gather;

static const struct
{
  const char *name;
  guint group;
} groups[] = {
  { "state", ROOST_STATS_STATE },   { "cpu", ROOST_STATS_CPU },
  { "memory", ROOST_STATS_MEMORY }, { "balloon", ROOST_STATS_BALLOON },
  { "vcpu", ROOST_STATS_VCPU },     { "block", ROOST_STATS_BLOCK },
  { "net", ROOST_STATS_NET },       { "iothread", ROOST_STATS_IOTHREAD },
  { "job", ROOST_STATS_JOB },       { "qemu", ROOST_STATS_QEMU },
};

guint
roost_stats_group_find (const char *name)
{
  if (g_str_equal (name, "all"))
    return ROOST_STATS_ALL;
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    if (g_str_equal (groups[i].name, name))
      return groups[i].group;
  return 0;
}

const char **
roost_stats_group_names (guint wanted)
{
  const char **names = g_new0 (const char *, G_N_ELEMENTS (groups) + 1);
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    if (wanted & groups[i].group)
      names[n++] = groups[i].name;
  return names;
}

/* --- asking --- */

static guint
left_ms (const Gather *gather)
{
  gint64 left = (gather->until - g_get_monotonic_time ()) / 1000;

  return left > 0 ? (guint)left : 0;
}

/* Returns: (transfer full) (nullable): the answer; without one @group is missing */
static JsonNode *
ask (Gather *gather, guint group, const char *command, JsonObject *args)
{
  RoostDomain *domain = gather->domain;
  guint timeout_ms = left_ms (gather);
  g_autoptr (JsonNode) answer = NULL;

  if (domain->run == gather->run && domain->is_responsive && timeout_ms > 0)
    answer = roost_domain_qmp_within (domain, command, args, timeout_ms, NULL);
  if (domain->run != gather->run)
    g_clear_pointer (&answer, json_node_unref);
  if (answer == NULL)
    gather->missing |= group;
  return g_steal_pointer (&answer);
}

/* While the domain that was asked first is still there. */
static gboolean
is_same (const Gather *gather)
{
  return gather->run != NULL && gather->domain->run == gather->run;
}

static void
add_value (Gather *gather, const char *key, GVariant *value)
{
  g_variant_builder_add (&gather->out, "{sv}", key, value);
}

/* --- the groups; each adds its own keys --- */

static void
gather_balloon (Gather *gather)
{
  const char *alias = roost_view_balloon_alias (roost_domain_config (gather->domain));
  g_autofree char *path = NULL;
  g_autoptr (JsonNode) balloon = NULL;
  g_autoptr (JsonNode) guest = NULL;
  g_autoptr (JsonObject) args = json_object_new ();

  if (alias == NULL)
    return;
  path = g_strconcat ("/machine/peripheral/", alias, NULL);
  json_object_set_string_member (args, "path", path);
  json_object_set_string_member (args, "property", "guest-stats");
  balloon = ask (gather, ROOST_STATS_BALLOON, "query-balloon", NULL);
  if (balloon != NULL)
    guest = ask (gather, ROOST_STATS_BALLOON, "qom-get", args);
  if (balloon != NULL)
    add_value (
        gather, "balloon",
        roost_stats_balloon (roost_json_node_object (balloon), roost_json_node_object (guest)));
}

static void
gather_vcpu (Gather *gather)
{
  g_autoptr (JsonNode) cpus = ask (gather, ROOST_STATS_VCPU, "query-cpus-fast", NULL);

  if (cpus != NULL)
    add_value (gather, "vcpu",
               roost_stats_vcpus (roost_json_node_array (cpus), roost_domain_pid (gather->domain)));
}

static void
gather_block (Gather *gather)
{
  g_autoptr (GPtrArray) disks = roost_view_disks (roost_domain_config (gather->domain));
  g_autoptr (JsonObject) args = json_object_new ();
  g_autoptr (JsonNode) stats = NULL;
  g_autoptr (JsonNode) nodes = NULL;

  json_object_set_boolean_member (args, "flat", TRUE);
  stats = ask (gather, ROOST_STATS_BLOCK, "query-blockstats", NULL);
  if (stats != NULL)
    nodes = ask (gather, ROOST_STATS_BLOCK, "query-named-block-nodes", args);
  if (nodes != NULL)
    add_value (gather, "block",
               roost_stats_block (disks, roost_json_node_array (stats),
                                  roost_json_node_array (nodes), gather->request->with_chain));
}

static void
gather_net (Gather *gather)
{
  g_autoptr (GPtrArray) nics = roost_view_nics (roost_domain_config (gather->domain));

  add_value (gather, "net", roost_stats_net (nics, MAX (left_ms (gather), 1)));
}

static void
gather_iothread (Gather *gather)
{
  g_autoptr (JsonNode) iothreads = ask (gather, ROOST_STATS_IOTHREAD, "query-iothreads", NULL);

  if (iothreads != NULL)
    add_value (gather, "iothread",
               roost_stats_iothreads (roost_json_node_array (iothreads),
                                      roost_domain_pid (gather->domain)));
}

static void
gather_job (Gather *gather)
{
  g_autoptr (JsonNode) jobs = ask (gather, ROOST_STATS_JOB, "query-jobs", NULL);

  if (jobs != NULL)
    add_value (gather, "qemu-jobs", roost_stats_jobs (roost_json_node_array (jobs)));
}

static void
gather_target (Gather *gather, GVariantBuilder *out, const char *target)
{
  g_autoptr (JsonObject) args = json_object_new ();
  g_autoptr (JsonNode) answer = NULL;

  json_object_set_string_member (args, "target", target);
  answer = ask (gather, ROOST_STATS_QEMU, "query-stats", args);
  roost_stats_qemu (out, target, roost_json_node_array (answer));
}

static void
gather_qemu (Gather *gather)
{
  GVariantBuilder out;

  g_variant_builder_init (&out, G_VARIANT_TYPE ("aa{sv}"));
  gather_target (gather, &out, "vm");
  gather_target (gather, &out, "vcpu");
  add_value (gather, "qemu", g_variant_builder_end (&out));
}

/* The operation that holds the domain, as Roost knows it. */
static void
add_current_job (Gather *gather)
{
  RoostJob *job = roost_domain_job (gather->domain);
  GVariantBuilder out;

  if (job == NULL)
    return;
  g_variant_builder_init (&out, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&out, "{sv}", "job", g_variant_new_uint32 (roost_job_number (job)));
  roost_stats_add_text (&out, "operation", roost_job_operation (job));
  roost_stats_add_text (&out, "phase", roost_job_phase (job));
  g_variant_builder_add (&out, "{sv}", "progress", g_variant_new_double (roost_job_progress (job)));
  roost_stats_add (&out, "bytes-total", roost_job_bytes_total (job));
  roost_stats_add (&out, "bytes-done", roost_job_bytes_done (job));
  roost_stats_add (&out, "rate", roost_job_rate (job));
  add_value (gather, "job", g_variant_builder_end (&out));
}

static void
add_missing (Gather *gather)
{
  g_autofree const char **names = NULL;

  if (gather->missing == 0)
    return;
  names = roost_stats_group_names (gather->missing);
  add_value (gather, "missing", g_variant_new_strv (names, -1));
}

/* In the order of their cost to QEMU: what is cheap comes before the time is up. */
static const struct
{
  guint group;
  void (*func) (Gather *gather);
} gatherers[] = {
  { ROOST_STATS_NET, gather_net },           { ROOST_STATS_VCPU, gather_vcpu },
  { ROOST_STATS_IOTHREAD, gather_iothread }, { ROOST_STATS_BALLOON, gather_balloon },
  { ROOST_STATS_JOB, gather_job },           { ROOST_STATS_QEMU, gather_qemu },
  { ROOST_STATS_BLOCK, gather_block },
};

GVariant *
roost_domain_get_stats (RoostDomain *domain, const RoostStatsRequest *request)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  Gather gather = { .domain = domain, .request = request, .run = domain->run };

  gather.until = g_get_monotonic_time () + (gint64)request->timeout_ms * 1000;
  g_variant_builder_init (&gather.out, G_VARIANT_TYPE_VARDICT);
  roost_stats_add_host (domain, request->groups, &gather.out);
  if (request->groups & ROOST_STATS_JOB)
    add_current_job (&gather);
  for (guint i = 0; i < G_N_ELEMENTS (gatherers); i++)
    if ((request->groups & gatherers[i].group) && is_same (&gather)
        && domain->run->document != NULL)
      gatherers[i].func (&gather);
  add_missing (&gather);
  return g_variant_ref_sink (g_variant_builder_end (&gather.out));
}

/* --- all of them --- */

/* Shared by those who ask; the last one wakes the caller. */
typedef struct
{
  GPtrArray *domains; /* of RoostDomain */
  GPtrArray *results;
  const RoostStatsRequest *request;
  guint next;
  guint n_left;
  CoGate *done;
} Crowd;

static void
crowd_body (gpointer p)
{
  Crowd *crowd = p;

  while (crowd->next < crowd->domains->len)
    {
      guint index = crowd->next++;

      crowd->results->pdata[index] =
          roost_domain_get_stats (crowd->domains->pdata[index], crowd->request);
    }
  if (--crowd->n_left == 0)
    co_gate_open (crowd->done);
}

GPtrArray *
roost_domains_get_stats (GPtrArray *domains, const RoostStatsRequest *request)
{
  g_autoptr (CoGate) done = co_gate_new ();
  Crowd crowd = { .domains = domains, .request = request, .done = done };

  crowd.results = g_ptr_array_new_with_free_func ((GDestroyNotify)g_variant_unref);
  g_ptr_array_set_size (crowd.results, (gint)domains->len);
  crowd.n_left = MIN (domains->len, MAX_AT_ONCE);
  for (guint i = MIN (domains->len, MAX_AT_ONCE); i > 0; i--)
    co_spawn ("stats", crowd_body, &crowd);
  while (crowd.n_left > 0)
    co_gate_wait (done, 0, NULL, NULL);
  return crowd.results;
}
