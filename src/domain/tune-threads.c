/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/compat.h"
#include "base/error.h"
#include "base/json.h"
#include "domain/tune-private.h"
#include "host/thread.h"

#include <string.h>

#define DEFAULT_PERIOD_US 100000

/* --- the threads of QEMU --- */

typedef enum
{
  THREAD_EMULATOR,
  THREAD_VCPU,
  THREAD_IOTHREAD,
} ThreadKind;

typedef struct
{
  ThreadKind kind;
  guint number; /* of the vCPU or the I/O thread */
  pid_t thread;
} Thread;

static void
add_thread (GArray *threads, ThreadKind kind, gint64 number, gint64 thread)
{
  Thread one = { kind, (guint)number, (pid_t)thread };

  if (number >= 0 && number <= G_MAXUINT && thread > 0 && thread <= G_MAXINT)
    g_array_append_val (threads, one);
}

static gboolean
learn_vcpus (RoostDomain *domain, GArray *threads, GError **error)
{
  g_autoptr (JsonNode) answer = roost_domain_qmp (domain, "query-cpus-fast", NULL, NULL, error);
  JsonArray *cpus = roost_json_node_array (answer);

  for (guint i = 0; i < roost_json_length (cpus); i++)
    {
      JsonObject *cpu = roost_json_object_at (cpus, i);

      add_thread (threads, THREAD_VCPU, roost_json_int (cpu, "cpu-index", -1),
                  roost_json_int (cpu, "thread-id", -1));
    }
  return answer != NULL;
}

static gboolean
learn_iothreads (RoostDomain *domain, GArray *threads, GError **error)
{
  g_autoptr (JsonNode) answer = roost_domain_qmp (domain, "query-iothreads", NULL, NULL, error);
  JsonArray *list = roost_json_node_array (answer);

  for (guint i = 0; i < roost_json_length (list); i++)
    {
      JsonObject *one = roost_json_object_at (list, i);
      const char *id = roost_json_string (one, "id");

      if (id != NULL && g_str_has_prefix (id, "iothread"))
        add_thread (threads, THREAD_IOTHREAD,
                    (gint64)g_ascii_strtoull (id + strlen ("iothread"), NULL, 10),
                    roost_json_int (one, "thread-id", -1));
    }
  return answer != NULL;
}

/* All that are neither. */
static void
learn_others (GArray *threads, pid_t pid)
{
  g_autoptr (GArray) all = roost_threads_list (pid);
  guint n_known = threads->len;

  for (guint i = 0; i < all->len; i++)
    {
      pid_t thread = g_array_index (all, pid_t, i);
      gboolean is_known = FALSE;

      for (guint k = 0; k < n_known; k++)
        is_known = is_known || g_array_index (threads, Thread, k).thread == thread;
      if (!is_known)
        add_thread (threads, THREAD_EMULATOR, 0, thread);
    }
}

static GArray *
learn_threads (RoostTuning *tuning, GError **error)
{
  g_autoptr (GArray) threads = g_array_new (FALSE, FALSE, sizeof (Thread));

  if (!learn_vcpus (tuning->domain, threads, error) || !roost_tuning_is_current (tuning, error)
      || !learn_iothreads (tuning->domain, threads, error)
      || !roost_tuning_is_current (tuning, error))
    return NULL;
  learn_others (threads, roost_process_pid (tuning->run->process));
  return g_steal_pointer (&threads);
}

/* --- where they run --- */

static const RoostBitmap *
pin_of (GPtrArray *pins, const Thread *thread)
{
  const RoostPin *pin;

  ROOST_LIST_EACH (const RoostPin, pin, pins)
    if ((thread->kind == THREAD_VCPU ? pin->vcpu.value : pin->iothread.value) == thread->number)
      return pin->cpuset;
  return NULL;
}

/* @config: (nullable). Returns: (nullable): anywhere */
static const RoostBitmap *
cpus_of (const RoostDomainConfig *config, const Thread *thread)
{
  const RoostBitmap *own = NULL;

  if (config == NULL)
    return NULL;
  if (thread->kind == THREAD_VCPU)
    own = pin_of (config->cputune.vcpupins, thread);
  else if (thread->kind == THREAD_IOTHREAD)
    own = pin_of (config->cputune.iothreadpins, thread);
  else
    own = config->cputune.emulatorpin;
  return own != NULL ? own : config->vcpu_cpuset;
}

/* A guest that asks for nothing gets no affinity at all, so that it also runs on processors that
 * come later; unless it has inherited one from a daemon that is confined itself. */
static gboolean
needs_cpus (const RoostTuning *tuning, const RoostBitmap *from, const RoostBitmap *to)
{
  if (tuning->is_all)
    return TRUE;
  if (tuning->from == NULL && to == NULL)
    return roost_host_is_confined ();
  return !roost_bitmap_equal (from, to);
}

static gboolean
pin_thread (RoostTuning *tuning, const Thread *thread, GError **error)
{
  const RoostBitmap *from = cpus_of (tuning->from, thread);
  const RoostBitmap *to = cpus_of (tuning->to, thread);
  pid_t pid = roost_process_pid (tuning->run->process);
  g_autoptr (GError) local = NULL;

  if (!needs_cpus (tuning, from, to) || roost_thread_set_cpus (pid, thread->thread, to, &local))
    return TRUE;
  /* QEMU's own helpers come and go. */
  if (thread->kind == THREAD_EMULATOR
      && g_error_matches (local, ROOST_ERROR, ROOST_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* --- how they are scheduled --- */

static const RoostSched *
sched_in (GPtrArray *scheds, const Thread *thread)
{
  const RoostSched *sched;

  ROOST_LIST_EACH (const RoostSched, sched, scheds)
    if (roost_bitmap_has (thread->kind == THREAD_VCPU ? sched->vcpus : sched->iothreads,
                          thread->number))
      return sched;
  return NULL;
}

static const RoostSched *
sched_of (const RoostDomainConfig *config, const Thread *thread)
{
  if (config == NULL)
    return NULL;
  if (thread->kind == THREAD_VCPU)
    return sched_in (config->cputune.vcpuscheds, thread);
  if (thread->kind == THREAD_IOTHREAD)
    return sched_in (config->cputune.iothreadscheds, thread);
  return config->cputune.emulatorsched;
}

static gboolean
same_sched (const RoostSched *a, const RoostSched *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return a->scheduler == b->scheduler && a->priority.value == b->priority.value;
}

static RoostThreadPolicy
policy_of (const RoostSched *sched)
{
  static const RoostThreadPolicy policies[] = {
    [ROOST_SCHEDULER_UNSET] = ROOST_THREAD_OTHER, [ROOST_SCHEDULER_BATCH] = ROOST_THREAD_BATCH,
    [ROOST_SCHEDULER_IDLE] = ROOST_THREAD_IDLE,   [ROOST_SCHEDULER_FIFO] = ROOST_THREAD_FIFO,
    [ROOST_SCHEDULER_RR] = ROOST_THREAD_RR,
  };

  return policies[sched != NULL ? sched->scheduler : ROOST_SCHEDULER_UNSET];
}

static gboolean
schedule_thread (RoostTuning *tuning, const Thread *thread, GError **error)
{
  const RoostSched *to = sched_of (tuning->to, thread);
  pid_t pid = roost_process_pid (tuning->run->process);
  g_autoptr (GError) local = NULL;

  if ((!tuning->is_all && same_sched (sched_of (tuning->from, thread), to))
      || roost_thread_set_policy (pid, thread->thread, policy_of (to),
                                  to != NULL ? (int)to->priority.value : 0, &local)
      || roost_tuning_excuse (tuning, "schedulers", &local))
    return TRUE;
  if (thread->kind == THREAD_EMULATOR
      && g_error_matches (local, ROOST_ERROR, ROOST_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* --- quotas --- */

typedef struct
{
  gint64 quota_us;
  guint64 period_us;
} Quota;

static Quota
quota_of (const RoostDomainConfig *config, ThreadKind kind)
{
  const RoostCputune *tune = config != NULL ? &config->cputune : NULL;
  Quota quota = { -1, DEFAULT_PERIOD_US };
  const RoostInt *limit;
  const RoostUint *period;

  if (tune == NULL)
    return quota;
  limit = kind == THREAD_VCPU       ? &tune->quota
          : kind == THREAD_IOTHREAD ? &tune->iothread_quota
                                    : &tune->emulator_quota;
  period = kind == THREAD_VCPU       ? &tune->period
           : kind == THREAD_IOTHREAD ? &tune->iothread_period
                                     : &tune->emulator_period;
  if (limit->is_set && limit->value > 0)
    quota.quota_us = limit->value;
  if (period->is_set && period->value > 0)
    quota.period_us = period->value;
  return quota;
}

/* A period alone limits nothing. */
static gboolean
same_quota (Quota a, Quota b)
{
  return a.quota_us == b.quota_us && (a.quota_us < 0 || a.period_us == b.period_us);
}

static char *
group_name (const Thread *thread)
{
  if (thread->kind == THREAD_EMULATOR)
    return g_strdup ("emulator");
  return g_strdup_printf (thread->kind == THREAD_VCPU ? "vcpu%u" : "iothread%u", thread->number);
}

static RoostThreadGroup *
find_group (GPtrArray *groups, const Thread *thread, Quota quota)
{
  g_autofree char *name = group_name (thread);
  RoostThreadGroup *group;

  for (guint i = 0; i < groups->len; i++)
    {
      group = groups->pdata[i];
      if (g_str_equal (group->name, name))
        return group;
    }
  group = g_new0 (RoostThreadGroup, 1);
  group->name = g_steal_pointer (&name);
  group->threads = g_array_new (FALSE, FALSE, sizeof (pid_t));
  group->quota_us = quota.quota_us;
  group->period_us = quota.period_us;
  g_ptr_array_add (groups, group);
  return group;
}

static GPtrArray *
groups_of (const RoostTuning *tuning, const GArray *threads)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func ((GDestroyNotify)roost_thread_group_free);

  for (guint i = 0; i < threads->len; i++)
    {
      const Thread *thread = &g_array_index (threads, Thread, i);
      Quota to = quota_of (tuning->to, thread->kind);

      if (!same_quota (quota_of (tuning->from, thread->kind), to))
        g_array_append_val (find_group (groups, thread, to)->threads, thread->thread);
    }
  return groups;
}

static gboolean
limit_threads (RoostTuning *tuning, const GArray *threads, GError **error)
{
  g_autoptr (GPtrArray) groups = groups_of (tuning, threads);
  g_autoptr (GError) local = NULL;
  const RoostCgroup *cgroup;

  if (groups->len == 0)
    return TRUE;
  cgroup = roost_tuning_cgroup (tuning, &local);
  if ((cgroup != NULL && roost_cgroup_set_quotas (cgroup, groups, &local))
      || roost_tuning_excuse (tuning, "quotas of threads", &local))
    return roost_tuning_is_current (tuning, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* --- */

static gboolean
has_thread_tuning (const RoostDomainConfig *config)
{
  const RoostCputune *tune;

  if (config == NULL)
    return FALSE;
  tune = &config->cputune;
  return config->vcpu_cpuset != NULL || tune->vcpupins != NULL || tune->emulatorpin != NULL
         || tune->iothreadpins != NULL || tune->vcpuscheds != NULL || tune->emulatorsched != NULL
         || tune->iothreadscheds != NULL || tune->quota.is_set || tune->emulator_quota.is_set
         || tune->iothread_quota.is_set;
}

gboolean
roost_tune_threads (RoostTuning *tuning, GError **error)
{
  g_autoptr (GArray) threads = NULL;

  if (!tuning->is_all && !has_thread_tuning (tuning->from) && !has_thread_tuning (tuning->to)
      && (tuning->from != NULL || !roost_host_is_confined ()))
    return TRUE;
  threads = learn_threads (tuning, error);
  if (threads == NULL)
    return FALSE;
  for (guint i = 0; i < threads->len; i++)
    if (!pin_thread (tuning, &g_array_index (threads, Thread, i), error)
        || !schedule_thread (tuning, &g_array_index (threads, Thread, i), error))
      return FALSE;
  return limit_threads (tuning, threads, error);
}
