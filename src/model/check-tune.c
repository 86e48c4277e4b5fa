/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/compat.h"

/* --- I/O threads --- */

static guint64
count_iothreads (const RoostDomainConfig *config)
{
  guint64 listed = config->iothread_ids != NULL ? config->iothread_ids->len : 0;

  return MAX (listed, config->iothreads.value);
}

static gboolean
has_iothread (const RoostDomainConfig *config, guint64 id)
{
  RoostIothread *thread;

  ROOST_LIST_EACH (RoostIothread, thread, config->iothread_ids)
    if (thread->id.value == id)
      return TRUE;
  /* The ones that are not listed get the lowest free numbers. */
  return id >= 1 && id <= count_iothreads (config);
}

static void
iothread_ids (RoostChecker *checker)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  RoostIothread *thread;

  ROOST_LIST_EACH (RoostIothread, thread, checker->config->iothread_ids)
    {
      if (!g_hash_table_add (seen, GUINT_TO_POINTER ((guint)thread->id.value)))
        roost_check_invalid (checker, NULL, "iothreadids",
                             "the number %" G_GUINT64_FORMAT " comes twice", thread->id.value);
      if (thread->thread_pool_min.is_set && thread->thread_pool_max.is_set
          && thread->thread_pool_min.value > thread->thread_pool_max.value)
        roost_check_invalid (checker, NULL, "iothread",
                             "thread_pool_min is more than thread_pool_max");
    }
}

static void
iothread_of_disk (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;
  RoostDisk *disk;
  RoostController *controller;

  ROOST_LIST_EACH (RoostDisk, disk, config->devices.disks)
    if (disk->iothread.is_set && !has_iothread (config, disk->iothread.value))
      roost_check_invalid (checker, &disk->info.position, "disk",
                           "'%s': there is no I/O thread %" G_GUINT64_FORMAT, disk->target,
                           disk->iothread.value);
  ROOST_LIST_EACH (RoostController, controller, config->devices.controllers)
    if (controller->iothread.value != 0 && !has_iothread (config, controller->iothread.value))
      roost_check_invalid (checker, &controller->info.position, "controller",
                           "there is no I/O thread %" G_GUINT64_FORMAT, controller->iothread.value);
}

/* --- <cputune> --- */

static void
pins (RoostChecker *checker)
{
  const RoostDomainConfig *config = checker->config;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) seen_threads = g_hash_table_new (NULL, NULL);
  RoostPin *pin;

  ROOST_LIST_EACH (RoostPin, pin, config->cputune.vcpupins)
    if (!g_hash_table_add (seen, GUINT_TO_POINTER ((guint)pin->vcpu.value)))
      roost_check_invalid (checker, &pin->position, "vcpupin",
                           "processor %" G_GUINT64_FORMAT " is pinned twice", pin->vcpu.value);
  ROOST_LIST_EACH (RoostPin, pin, config->cputune.iothreadpins)
    {
      if (!g_hash_table_add (seen_threads, GUINT_TO_POINTER ((guint)pin->iothread.value)))
        roost_check_invalid (checker, &pin->position, "iothreadpin",
                             "thread %" G_GUINT64_FORMAT " is pinned twice", pin->iothread.value);
      if (!has_iothread (config, pin->iothread.value))
        roost_check_invalid (checker, &pin->position, "iothreadpin",
                             "there is no I/O thread %" G_GUINT64_FORMAT, pin->iothread.value);
    }
}

/* 0 stands for "not given" in old documents. */
static void
periods (RoostChecker *checker)
{
  const RoostCputune *tune = &checker->config->cputune;
  const RoostUint *all[] = { &tune->period, &tune->global_period, &tune->emulator_period,
                             &tune->iothread_period };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i]->value != 0 && all[i]->value < 1000)
      roost_check_invalid (checker, NULL, "cputune", "a period is 1000 to 1000000 microseconds");
  if (tune->shares.value == 1)
    roost_check_invalid (checker, NULL, "shares", "they go from 2 to 262144");
}

static void
quotas (RoostChecker *checker)
{
  const RoostCputune *tune = &checker->config->cputune;
  const RoostInt *all[] = { &tune->quota, &tune->global_quota, &tune->emulator_quota,
                            &tune->iothread_quota };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i]->is_set && all[i]->value > -1 && all[i]->value != 0
        && (all[i]->value < 1000 || all[i]->value > G_GINT64_CONSTANT (17592186044415)))
      roost_check_invalid (checker, NULL, "cputune",
                           "a quota is negative, or 1000 to 17592186044415 microseconds");
}

static void
check_priority (RoostChecker *checker, const RoostSched *sched, const char *element)
{
  gboolean is_realtime =
      sched->scheduler == ROOST_SCHEDULER_FIFO || sched->scheduler == ROOST_SCHEDULER_RR;

  if (is_realtime && !sched->priority.is_set)
    roost_check_invalid (checker, &sched->position, element, "fifo and rr need a priority");
  if (sched->priority.is_set && is_realtime
      && (sched->priority.value < 1 || sched->priority.value > 99))
    roost_check_invalid (checker, &sched->position, element, "a priority goes from 1 to 99");
}

/* Returns: (transfer full): their numbers, as far as a set can hold them */
static RoostBitmap *
all_iothreads (const RoostDomainConfig *config)
{
  RoostBitmap *all = roost_bitmap_new ();
  RoostIothread *thread;

  for (guint64 id = 1; id <= MIN (count_iothreads (config), ROOST_BITMAP_LIMIT - 1); id++)
    roost_bitmap_set (all, (guint)id, TRUE);
  ROOST_LIST_EACH (RoostIothread, thread, config->iothread_ids)
    if (thread->id.value < ROOST_BITMAP_LIMIT)
      roost_bitmap_set (all, (guint)thread->id.value, TRUE);
  return all;
}

/* Returns: the lowest number of @some that is not in @all, or -1 */
static int
first_beyond (const RoostBitmap *some, const RoostBitmap *all)
{
  int n = roost_bitmap_next (some, 0);

  while (n >= 0 && roost_bitmap_has (all, (guint)n))
    n = roost_bitmap_next (some, (guint)n + 1);
  return n;
}

/* Adds @some to @seen. Returns: whether a part of it was there already */
static gboolean
is_seen (RoostBitmap *seen, const RoostBitmap *some)
{
  gboolean overlaps = roost_bitmap_overlaps (seen, some);

  roost_bitmap_add (seen, some);
  return overlaps;
}

static void
schedulers (RoostChecker *checker)
{
  const RoostCputune *tune = &checker->config->cputune;
  g_autoptr (RoostBitmap) vcpus = roost_bitmap_new ();
  g_autoptr (RoostBitmap) threads = roost_bitmap_new ();
  g_autoptr (RoostBitmap) known = all_iothreads (checker->config);
  RoostSched *sched;
  int beyond;

  ROOST_LIST_EACH (RoostSched, sched, tune->vcpuscheds)
    {
      check_priority (checker, sched, "vcpusched");
      if (is_seen (vcpus, sched->vcpus))
        roost_check_invalid (checker, &sched->position, "vcpusched",
                             "a processor is in another <vcpusched> too");
    }
  ROOST_LIST_EACH (RoostSched, sched, tune->iothreadscheds)
    {
      check_priority (checker, sched, "iothreadsched");
      if (is_seen (threads, sched->iothreads))
        roost_check_invalid (checker, &sched->position, "iothreadsched",
                             "a thread is in another <iothreadsched> too");
      beyond = first_beyond (sched->iothreads, known);
      if (beyond >= 0)
        roost_check_invalid (checker, &sched->position, "iothreadsched",
                             "there is no I/O thread %d", beyond);
    }
  if (tune->emulatorsched != NULL)
    check_priority (checker, tune->emulatorsched, "emulatorsched");
}

/* --- cache and bandwidth shares --- */

/* Which halves of a cache are shared out. */
static guint
halves_of (RoostCachetuneType type)
{
  if (type == ROOST_CACHETUNE_TYPE_CODE)
    return 1;
  return type == ROOST_CACHETUNE_TYPE_DATA ? 2 : 3;
}

static void
caches_twice (RoostChecker *checker, const RoostCachetune *tune)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const RoostCachetuneCache *cache;

  ROOST_LIST_EACH (RoostCachetuneCache, cache, tune->caches)
    {
      char *key = g_strdup_printf ("level %" G_GUINT64_FORMAT " of cache %" G_GUINT64_FORMAT,
                                   cache->level.value, cache->id.value);
      guint taken = GPOINTER_TO_UINT (g_hash_table_lookup (seen, key));

      if ((taken & halves_of (cache->type)) != 0)
        roost_check_invalid (checker, &tune->position, "cachetune", "%s is given twice", key);
      g_hash_table_replace (seen, key, GUINT_TO_POINTER (taken | halves_of (cache->type)));
    }
}

static guint64
last_vcpu (const RoostDomainConfig *config)
{
  return MAX (config->vcpus.value, 1) - 1;
}

static gboolean
is_beyond (const RoostDomainConfig *config, const RoostBitmap *vcpus)
{
  return roost_bitmap_next (vcpus, (guint)last_vcpu (config) + 1) >= 0;
}

static void
cache_shares (RoostChecker *checker)
{
  g_autoptr (RoostBitmap) vcpus = roost_bitmap_new ();
  RoostCachetune *tune;

  ROOST_LIST_EACH (RoostCachetune, tune, checker->config->cputune.cachetunes)
    {
      if (roost_bitmap_next (tune->vcpus, 0) > (int)last_vcpu (checker->config))
        roost_check_warn (checker, &tune->position, "cachetune", "none of its processors is there");
      caches_twice (checker, tune);
      if (is_seen (vcpus, tune->vcpus))
        roost_check_invalid (checker, &tune->position, "cachetune",
                             "a processor is in another <cachetune> too");
    }
}

static void
check_monitor (RoostChecker *checker,
               const RoostCachetune *tune,
               const RoostCachetuneMonitor *monitor)
{
  int beyond = first_beyond (monitor->vcpus, tune->vcpus);

  if (is_beyond (checker->config, monitor->vcpus))
    roost_check_invalid (checker, &tune->position, "monitor",
                         "it names processors beyond the last");
  if (beyond >= 0)
    roost_check_invalid (checker, &tune->position, "monitor",
                         "processor %d is not in its <cachetune>", beyond);
}

/* One monitor may watch all of them; the others have each a part of its own. */
static void
check_monitors (RoostChecker *checker, const RoostCachetune *tune)
{
  g_autoptr (RoostBitmap) parts = roost_bitmap_new ();
  gboolean has_whole = FALSE;
  const RoostCachetuneMonitor *monitor;

  ROOST_LIST_EACH (RoostCachetuneMonitor, monitor, tune->monitors)
    {
      gboolean is_whole = roost_bitmap_equal (monitor->vcpus, tune->vcpus);

      if (is_whole && has_whole)
        roost_check_invalid (checker, &tune->position, "monitor", "two watch the same processors");
      else if (!is_whole && is_seen (parts, monitor->vcpus))
        roost_check_invalid (checker, &tune->position, "monitor",
                             "a processor is in two monitors of one <cachetune>");
      else
        check_monitor (checker, tune, monitor);
      has_whole |= is_whole;
    }
}

static void
cache_monitors (RoostChecker *checker)
{
  RoostCachetune *tune;

  ROOST_LIST_EACH (RoostCachetune, tune, checker->config->cputune.cachetunes)
    check_monitors (checker, tune);
}

static gboolean
fits_cachetunes (const RoostDomainConfig *config, const RoostBitmap *vcpus)
{
  RoostCachetune *tune;

  ROOST_LIST_EACH (RoostCachetune, tune, config->cputune.cachetunes)
    if (roost_bitmap_overlaps (tune->vcpus, vcpus) && !roost_bitmap_equal (tune->vcpus, vcpus))
      return FALSE;
  return TRUE;
}

static void
bandwidth_shares (RoostChecker *checker)
{
  g_autoptr (RoostBitmap) vcpus = roost_bitmap_new ();
  RoostMemorytune *tune;

  ROOST_LIST_EACH (RoostMemorytune, tune, checker->config->cputune.memorytunes)
    {
      g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
      RoostMemorytuneNode *node;

      ROOST_LIST_EACH (RoostMemorytuneNode, node, tune->nodes)
        if (!g_hash_table_add (seen, GUINT_TO_POINTER ((guint)node->id.value)))
          roost_check_invalid (checker, &tune->position, "memorytune",
                               "node %" G_GUINT64_FORMAT " comes twice", node->id.value);
      if (is_seen (vcpus, tune->vcpus))
        roost_check_invalid (checker, &tune->position, "memorytune",
                             "a processor is in another <memorytune> too");
      if (!fits_cachetunes (checker->config, tune->vcpus))
        roost_check_invalid (checker, &tune->position, "memorytune",
                             "it shares some but not all processors with a <cachetune>");
    }
}

/* --- NUMA nodes of the host --- */

static guint
n_cells (const RoostDomainConfig *config)
{
  return config->cpu != NULL && config->cpu->cells != NULL ? config->cpu->cells->len : 0;
}

/* QEMU numbers the nodes of a host up to here. */
#define MAX_HOST_NODES 128

static void
check_nodes (RoostChecker *checker,
             const RoostPosition *at,
             const char *element,
             const RoostBitmap *nodes)
{
  int beyond = nodes != NULL ? roost_bitmap_next (nodes, MAX_HOST_NODES) : -1;

  if (beyond >= 0)
    roost_check_unsupported (checker, at, element, "a host has NUMA nodes from 0 to %d, not %d",
                             MAX_HOST_NODES - 1, beyond);
}

static void
host_nodes (RoostChecker *checker)
{
  const RoostNumatune *tune = &checker->config->numatune;
  RoostMemnode *node;
  RoostMemoryDevice *module;

  check_nodes (checker, NULL, "numatune", tune->nodeset);
  ROOST_LIST_EACH (RoostMemnode, node, tune->memnodes)
    check_nodes (checker, &node->position, "memnode", node->nodeset);
  ROOST_LIST_EACH (RoostMemoryDevice, module, checker->config->devices.memories)
    check_nodes (checker, &module->info.position, "memory", module->nodemask);
}

static void
numatune_memory (RoostChecker *checker)
{
  const RoostNumatune *tune = &checker->config->numatune;

  if (!tune->has_memory)
    return;
  if (tune->placement == ROOST_PLACEMENT_STATIC && tune->nodeset == NULL)
    roost_check_invalid (checker, NULL, "numatune", "placement='static' needs a nodeset");
  if (tune->placement == ROOST_PLACEMENT_AUTO && tune->nodeset != NULL)
    roost_check_warn (checker, NULL, "numatune", "placement='auto' chooses the nodeset");
  if (tune->placement == ROOST_PLACEMENT_AUTO && tune->mode == ROOST_NUMA_MODE_RESTRICTIVE)
    roost_check_invalid (checker, NULL, "numatune",
                         "placement='auto' cannot be with mode='restrictive'");
}

static void
numatune_cells (RoostChecker *checker)
{
  const RoostNumatune *tune = &checker->config->numatune;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  RoostMemnode *node;

  ROOST_LIST_EACH (RoostMemnode, node, tune->memnodes)
    {
      if (n_cells (checker->config) == 0)
        roost_check_invalid (checker, &node->position, "memnode", "the guest has no NUMA cells");
      else if (node->cellid.value >= n_cells (checker->config))
        roost_check_invalid (checker, &node->position, "memnode",
                             "there is no cell %" G_GUINT64_FORMAT, node->cellid.value);
      if (!g_hash_table_add (seen, GUINT_TO_POINTER ((guint)node->cellid.value)))
        roost_check_invalid (checker, &node->position, "memnode",
                             "cell %" G_GUINT64_FORMAT " comes twice", node->cellid.value);
      if (tune->has_memory
          && (tune->mode == ROOST_NUMA_MODE_RESTRICTIVE)
                 != (node->mode == ROOST_NUMA_MODE_RESTRICTIVE))
        roost_check_invalid (checker, &node->position, "memnode",
                             "'restrictive' stands in <memory> and in each <memnode>, or nowhere");
      if (tune->has_memory && tune->placement == ROOST_PLACEMENT_AUTO)
        roost_check_invalid (checker, &node->position, "memnode",
                             "it cannot be with placement='auto'");
    }
}

static char *
model_of (const RoostSeclabel *label)
{
  return label->model != NULL ? label->model : (char *)"";
}

static void
seclabels (RoostChecker *checker)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  RoostSeclabel *label;

  ROOST_LIST_EACH (RoostSeclabel, label, checker->config->seclabels)
    {
      if (!g_hash_table_add (seen, model_of (label)))
        roost_check_invalid (checker, NULL, "seclabel", "the model '%s' comes twice",
                             model_of (label));
      if (label->type == ROOST_SECLABEL_TYPE_STATIC && label->label == NULL)
        roost_check_invalid (checker, NULL, "seclabel", "type='static' needs a <label>");
      if (label->type == ROOST_SECLABEL_TYPE_DYNAMIC && label->relabel == ROOST_NO)
        roost_check_unsupported (checker, NULL, "seclabel", "a dynamic label needs relabelling");
      if (label->type == ROOST_SECLABEL_TYPE_NONE && label->relabel == ROOST_YES
          && g_strcmp0 (label->model, "none") != 0 && label->model != NULL)
        roost_check_unsupported (checker, NULL, "seclabel", "type='none' cannot relabel");
    }
}

static void
check_device_labels (RoostChecker *checker, const RoostPosition *at, const GPtrArray *labels)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  RoostSeclabel *label;

  ROOST_LIST_EACH (RoostSeclabel, label, labels)
    {
      if (label->relabel == ROOST_NO && label->label != NULL)
        roost_check_invalid (checker, at, "seclabel", "relabel='no' has no <label>");
      if (!g_hash_table_add (seen, model_of (label)))
        roost_check_invalid (checker, at, "seclabel", "the model '%s' comes twice",
                             model_of (label));
    }
}

static void
device_seclabels (RoostChecker *checker)
{
  RoostDisk *disk;

  ROOST_LIST_EACH (RoostDisk, disk, checker->config->devices.disks)
    check_device_labels (checker, &disk->info.position, disk->source.seclabels);
}

/* --- the qemu namespace --- */

static gboolean
is_variable_name (const char *name)
{
  if (!g_ascii_isalpha (name[0]) && name[0] != '_')
    return FALSE;
  for (; *name != '\0'; name++)
    if (!g_ascii_isalnum (*name) && *name != '_')
      return FALSE;
  return TRUE;
}

static void
qemu_environment (RoostChecker *checker)
{
  RoostQemuEnv *variable;

  ROOST_LIST_EACH (RoostQemuEnv, variable, checker->config->qemu_envs)
    if (!is_variable_name (variable->name))
      roost_check_invalid (checker, NULL, "qemu:env",
                           "'%s' is no name of a variable: letters, digits and '_'",
                           variable->name);
}

static gboolean
is_property_value (const RoostQemuProperty *property)
{
  switch ((int)property->type)
    {
    case ROOST_PROPERTY_TYPE_UNSIGNED:
      return g_ascii_string_to_unsigned (property->value, 10, 0, G_MAXUINT64, NULL, NULL);
    case ROOST_PROPERTY_TYPE_SIGNED:
      return g_ascii_string_to_signed (property->value, 10, G_MININT64, G_MAXINT64, NULL, NULL);
    case ROOST_PROPERTY_TYPE_BOOL:
      return g_str_equal (property->value, "true") || g_str_equal (property->value, "false");
    default:
      return TRUE;
    }
}

static void
qemu_override (RoostChecker *checker)
{
  RoostQemuOverride *override;
  RoostQemuProperty *property;

  ROOST_LIST_EACH (RoostQemuOverride, override, checker->config->qemu_overrides)
    ROOST_LIST_EACH (RoostQemuProperty, property, override->properties)
      if (property->type != ROOST_PROPERTY_TYPE_REMOVE
          && (property->value == NULL || !is_property_value (property)))
        roost_check_invalid (checker, NULL, "qemu:property", "'%s' of '%s': no value of type '%s'",
                             property->name, override->alias,
                             roost_property_type_names[property->type]);
}

static void
blkio_paths (RoostChecker *checker)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  RoostBlkioDevice *device;

  ROOST_LIST_EACH (RoostBlkioDevice, device, checker->config->blkiotune.devices)
    if (!g_hash_table_add (seen, device->path))
      roost_check_invalid (checker, NULL, "blkiotune", "the device '%s' comes twice", device->path);
}

const RoostRule roost_tune_rules[] = {
  { "iothread-ids", iothread_ids },
  { "iothread-there", iothread_of_disk },
  { "cputune-pins", pins },
  { "cputune-period", periods },
  { "cputune-quota", quotas },
  { "cputune-scheduler", schedulers },
  { "cachetune-shares", cache_shares },
  { "cachetune-monitors", cache_monitors },
  { "memorytune-shares", bandwidth_shares },
  { "numatune-nodes", host_nodes },
  { "numatune-memory", numatune_memory },
  { "numatune-cells", numatune_cells },
  { "seclabel", seclabels },
  { "seclabel-device", device_seclabels },
  { "qemu-environment", qemu_environment },
  { "qemu-override", qemu_override },
  { "blkiotune-paths", blkio_paths },
  { NULL, NULL },
};
