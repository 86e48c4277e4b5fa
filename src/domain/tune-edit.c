/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/tune.h"

#include "base/compat.h"
#include "base/error.h"

#define WEIGHT_MAX 10000

/* --- values --- */

static void
put_uint (RoostUint *out, const RoostUint *value)
{
  if (value->is_set)
    *out = (RoostUint){ .value = value->value, .is_set = value->value != 0 };
}

static void
put_int (RoostInt *out, const RoostInt *value)
{
  if (value->is_set)
    *out = (RoostInt){ .value = MAX (value->value, -1), .is_set = value->value != 0 };
}

static gboolean
check_weight (const RoostUint *weight, guint64 min, GError **error)
{
  if (!weight->is_set || weight->value == 0
      || (weight->value >= min && weight->value <= WEIGHT_MAX))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "a weight goes from %" G_GUINT64_FORMAT " to %d, not %" G_GUINT64_FORMAT, min,
                      WEIGHT_MAX, weight->value);
}

static gboolean
edit_cpu (RoostDomainConfig *config, const RoostTuneRequest *request, GError **error)
{
  const RoostTuneCpu *cpu = request->values;
  RoostCputune *tune = &config->cputune;

  if (!check_weight (&cpu->weight, 2, error))
    return FALSE;
  put_uint (&tune->shares, &cpu->weight);
  put_uint (&tune->period, &cpu->vcpu_period);
  put_int (&tune->quota, &cpu->vcpu_quota);
  put_uint (&tune->global_period, &cpu->global_period);
  put_int (&tune->global_quota, &cpu->global_quota);
  put_uint (&tune->emulator_period, &cpu->emulator_period);
  put_int (&tune->emulator_quota, &cpu->emulator_quota);
  put_uint (&tune->iothread_period, &cpu->iothread_period);
  put_int (&tune->iothread_quota, &cpu->iothread_quota);
  return TRUE;
}

static gboolean
edit_memory (RoostDomainConfig *config, const RoostTuneRequest *request, GError **error)
{
  const RoostTuneMemory *memory = request->values;
  RoostMemtune *tune = &config->memtune;

  put_uint (&tune->hard_limit, &memory->hard_limit);
  put_uint (&tune->soft_limit, &memory->soft_limit);
  put_uint (&tune->swap_hard_limit, &memory->swap_hard_limit);
  if (tune->swap_hard_limit.is_set
      && (!tune->hard_limit.is_set || tune->swap_hard_limit.value < tune->hard_limit.value))
    return roost_throw (
        error, ROOST_ERROR_INVALID_ARGUMENT,
        "the limit of memory and swap together needs a hard limit of memory that is "
        "not above it");
  return TRUE;
}

/* --- disks of the host --- */

static gboolean
edit_block_io (RoostDomainConfig *config, const RoostTuneRequest *request, GError **error)
{
  const RoostTuneBlockIo *block = request->values;

  if (!check_weight (&block->weight, 1, error))
    return FALSE;
  put_uint (&config->blkiotune.weight, &block->weight);
  return TRUE;
}

static RoostBlkioDevice *
find_device (RoostBlkiotune *tune, const char *path)
{
  RoostBlkioDevice *device;

  ROOST_LIST_EACH (RoostBlkioDevice, device, tune->devices)
    if (g_strcmp0 (device->path, path) == 0)
      return device;
  if (tune->devices == NULL)
    tune->devices = g_ptr_array_new ();
  device = g_new0 (RoostBlkioDevice, 1);
  device->path = g_strdup (path);
  g_ptr_array_add (tune->devices, device);
  return device;
}

static void
drop_empty_device (RoostBlkiotune *tune, RoostBlkioDevice *device)
{
  if (device->weight.is_set || device->read_bytes_sec.is_set || device->write_bytes_sec.is_set
      || device->read_iops_sec.is_set || device->write_iops_sec.is_set)
    return;
  g_ptr_array_remove (tune->devices, device);
  g_free (device->path);
  g_free (device);
  if (tune->devices->len == 0)
    g_clear_pointer (&tune->devices, g_ptr_array_unref);
}

static gboolean
edit_block_device (RoostDomainConfig *config, const RoostTuneRequest *request, GError **error)
{
  const RoostTuneBlockDevice *limits = request->values;
  RoostBlkioDevice *device;

  if (!check_weight (&limits->weight, 1, error))
    return FALSE;
  if (!g_path_is_absolute (request->text))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is not an absolute path",
                        request->text);
  device = find_device (&config->blkiotune, request->text);
  put_uint (&device->weight, &limits->weight);
  put_uint (&device->read_bytes_sec, &limits->read_bytes);
  put_uint (&device->write_bytes_sec, &limits->write_bytes);
  put_uint (&device->read_iops_sec, &limits->read_iops);
  put_uint (&device->write_iops_sec, &limits->write_iops);
  drop_empty_device (&config->blkiotune, device);
  return TRUE;
}

/* --- disks of the guest --- */

static RoostDisk *
find_disk (RoostDomainConfig *config, const char *what, GError **error)
{
  RoostDisk *disk;

  ROOST_LIST_EACH (RoostDisk, disk, config->devices.disks)
    if (g_strcmp0 (disk->target, what) == 0 || g_strcmp0 (disk->info.alias, what) == 0)
      return disk;
  roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no disk '%s': give its target or alias",
               what);
  return NULL;
}

#define LIMIT(member) G_STRUCT_OFFSET (RoostIotune, member)
static const gsize limit_offsets[] = {
  LIMIT (total_bytes_sec),
  LIMIT (read_bytes_sec),
  LIMIT (write_bytes_sec),
  LIMIT (total_iops_sec),
  LIMIT (read_iops_sec),
  LIMIT (write_iops_sec),
  LIMIT (total_bytes_sec_max),
  LIMIT (read_bytes_sec_max),
  LIMIT (write_bytes_sec_max),
  LIMIT (total_iops_sec_max),
  LIMIT (read_iops_sec_max),
  LIMIT (write_iops_sec_max),
  LIMIT (size_iops_sec),
  LIMIT (total_bytes_sec_max_length),
  LIMIT (read_bytes_sec_max_length),
  LIMIT (write_bytes_sec_max_length),
  LIMIT (total_iops_sec_max_length),
  LIMIT (read_iops_sec_max_length),
  LIMIT (write_iops_sec_max_length),
};

static RoostUint *
limit_at (const RoostIotune *tune, gsize offset)
{
  return (RoostUint *)(gpointer)((char *)tune + offset);
}

static void
put_limits (RoostIotune *out, const RoostIotune *limits)
{
  for (guint i = 0; i < G_N_ELEMENTS (limit_offsets); i++)
    put_uint (limit_at (out, limit_offsets[i]), limit_at (limits, limit_offsets[i]));
}

/* Disks of one group share one bucket, so they have one set of limits. */
static void
share_limits (RoostDomainConfig *config, const RoostDisk *from)
{
  RoostDisk *disk;

  ROOST_LIST_EACH (RoostDisk, disk, config->devices.disks)
    if (disk != from && from->iotune.group_name != NULL
        && g_strcmp0 (disk->iotune.group_name, from->iotune.group_name) == 0)
      for (guint i = 0; i < G_N_ELEMENTS (limit_offsets); i++)
        *limit_at (&disk->iotune, limit_offsets[i]) = *limit_at (&from->iotune, limit_offsets[i]);
}

static gboolean
edit_disk (RoostDomainConfig *config, const RoostTuneRequest *request, GError **error)
{
  const RoostTuneDisk *limits = request->values;
  RoostDisk *disk = find_disk (config, request->text, error);

  if (disk == NULL)
    return FALSE;
  put_limits (&disk->iotune, &limits->limits);
  if (limits->limits.group_name != NULL)
    {
      g_free (disk->iotune.group_name);
      disk->iotune.group_name =
          *limits->limits.group_name != '\0' ? g_strdup (limits->limits.group_name) : NULL;
    }
  share_limits (config, disk);
  return TRUE;
}

/* --- pins --- */

/* "" = anywhere. @out: (nullable) */
static gboolean
read_cpus (const char *text, RoostBitmap **out, GError **error)
{
  *out = NULL;
  if (*text == '\0')
    return TRUE;
  *out = roost_bitmap_parse (text, error);
  return *out != NULL;
}

static guint64
number_of (const RoostPin *pin, gboolean is_iothread)
{
  return is_iothread ? pin->iothread.value : pin->vcpu.value;
}

static void
drop_pin (GPtrArray *pins, guint64 number, gboolean is_iothread)
{
  for (guint i = pins->len; i-- > 0;)
    {
      RoostPin *pin = pins->pdata[i];

      if (number_of (pin, is_iothread) != number)
        continue;
      g_ptr_array_remove_index (pins, i);
      roost_bitmap_free (pin->cpuset);
      g_free (pin);
    }
}

static void
put_pin (GPtrArray **pins, guint64 number, gboolean is_iothread, RoostBitmap *cpus)
{
  RoostPin *pin;

  if (*pins == NULL)
    *pins = g_ptr_array_new ();
  drop_pin (*pins, number, is_iothread);
  if (cpus == NULL)
    return;
  pin = g_new0 (RoostPin, 1);
  *(is_iothread ? &pin->iothread : &pin->vcpu) = (RoostUint){ .value = number, .is_set = TRUE };
  pin->cpuset = cpus;
  g_ptr_array_add (*pins, pin);
}

static gboolean
check_vcpu (const RoostDomainConfig *config, guint number, GError **error)
{
  if (number < MAX (config->vcpus.value, 1))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_FOUND,
                      "there is no vCPU %u: they go from 0 to %" G_GUINT64_FORMAT, number,
                      MAX (config->vcpus.value, 1) - 1);
}

static gboolean
check_iothread (const RoostDomainConfig *config, guint number, GError **error)
{
  RoostIothread *thread;

  ROOST_LIST_EACH (RoostIothread, thread, config->iothread_ids)
    if (thread->id.value == number)
      return TRUE;
  if (number >= 1 && number <= config->iothreads.value)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no I/O thread %u", number);
}

static gboolean
edit_vcpu_pin (RoostDomainConfig *config, const RoostTuneRequest *request, GError **error)
{
  RoostBitmap *cpus;

  if (!check_vcpu (config, request->number, error) || !read_cpus (request->text, &cpus, error))
    return FALSE;
  put_pin (&config->cputune.vcpupins, request->number, FALSE, cpus);
  return TRUE;
}

static gboolean
edit_iothread_pin (RoostDomainConfig *config, const RoostTuneRequest *request, GError **error)
{
  RoostBitmap *cpus;

  if (!check_iothread (config, request->number, error) || !read_cpus (request->text, &cpus, error))
    return FALSE;
  put_pin (&config->cputune.iothreadpins, request->number, TRUE, cpus);
  return TRUE;
}

static gboolean
edit_emulator_pin (RoostDomainConfig *config, const RoostTuneRequest *request, GError **error)
{
  RoostBitmap *cpus;

  if (!read_cpus (request->text, &cpus, error))
    return FALSE;
  g_clear_pointer (&config->cputune.emulatorpin, roost_bitmap_free);
  config->cputune.emulatorpin = cpus;
  return TRUE;
}

/* --- schedulers --- */

static gboolean
read_policy (const RoostTuneRequest *request, RoostScheduler *out, GError **error)
{
  gboolean is_realtime;

  *out = ROOST_SCHEDULER_UNSET;
  for (guint i = 1; roost_scheduler_names[i] != NULL; i++)
    if (g_str_equal (roost_scheduler_names[i], request->policy))
      *out = (RoostScheduler)i;
  is_realtime = *out == ROOST_SCHEDULER_FIFO || *out == ROOST_SCHEDULER_RR;
  if (*out == ROOST_SCHEDULER_UNSET && !g_str_equal (request->policy, "other"))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "there is no scheduler '%s'; there are: other, batch, idle, fifo, rr",
                        request->policy);
  if (is_realtime ? request->priority < 1 || request->priority > 99 : request->priority != 0)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "the priority of '%s' is %s, not %d",
                        request->policy, is_realtime ? "1 to 99" : "0", request->priority);
  return TRUE;
}

static RoostInt
priority_of (const RoostTuneRequest *request)
{
  return (RoostInt){ .value = request->priority, .is_set = request->priority != 0 };
}

static RoostBitmap **
members_of (RoostSched *sched, gboolean is_iothread)
{
  return is_iothread ? &sched->iothreads : &sched->vcpus;
}

/* Takes @numbers out of all that are there. */
static void
drop_members (GPtrArray *scheds, const RoostBitmap *numbers, gboolean is_iothread)
{
  for (guint i = scheds->len; i-- > 0;)
    {
      RoostSched *sched = scheds->pdata[i];
      RoostBitmap *members = *members_of (sched, is_iothread);

      for (int n = roost_bitmap_next (numbers, 0); n >= 0;
           n = roost_bitmap_next (numbers, (guint)n + 1))
        roost_bitmap_set (members, (guint)n, FALSE);
      if (roost_bitmap_count (members) > 0)
        continue;
      g_ptr_array_remove_index (scheds, i);
      roost_bitmap_free (members);
      g_free (sched);
    }
}

static gboolean
check_members (const RoostDomainConfig *config,
               const RoostBitmap *numbers,
               gboolean is_iothread,
               GError **error)
{
  for (int n = roost_bitmap_next (numbers, 0); n >= 0;
       n = roost_bitmap_next (numbers, (guint)n + 1))
    if (!(is_iothread ? check_iothread (config, (guint)n, error)
                      : check_vcpu (config, (guint)n, error)))
      return FALSE;
  return TRUE;
}

static gboolean
edit_scheds (RoostDomainConfig *config,
             const RoostTuneRequest *request,
             gboolean is_iothread,
             GError **error)
{
  GPtrArray **scheds = is_iothread ? &config->cputune.iothreadscheds : &config->cputune.vcpuscheds;
  g_autoptr (RoostBitmap) numbers = roost_bitmap_parse (request->text, error);
  RoostScheduler policy;
  RoostSched *sched;

  if (numbers == NULL || !check_members (config, numbers, is_iothread, error)
      || !read_policy (request, &policy, error))
    return FALSE;
  if (*scheds == NULL)
    *scheds = g_ptr_array_new ();
  drop_members (*scheds, numbers, is_iothread);
  if (policy == ROOST_SCHEDULER_UNSET)
    return TRUE;
  sched = g_new0 (RoostSched, 1);
  *members_of (sched, is_iothread) = g_steal_pointer (&numbers);
  sched->scheduler = policy;
  sched->priority = priority_of (request);
  g_ptr_array_add (*scheds, sched);
  return TRUE;
}

static gboolean
edit_vcpu_scheduler (RoostDomainConfig *config, const RoostTuneRequest *request, GError **error)
{
  return edit_scheds (config, request, FALSE, error);
}

static gboolean
edit_iothread_scheduler (RoostDomainConfig *config, const RoostTuneRequest *request, GError **error)
{
  return edit_scheds (config, request, TRUE, error);
}

static gboolean
edit_emulator_scheduler (RoostDomainConfig *config, const RoostTuneRequest *request, GError **error)
{
  RoostCputune *tune = &config->cputune;
  RoostScheduler policy;

  if (!read_policy (request, &policy, error))
    return FALSE;
  g_clear_pointer (&tune->emulatorsched, g_free);
  if (policy == ROOST_SCHEDULER_UNSET)
    return TRUE;
  tune->emulatorsched = g_new0 (RoostSched, 1);
  tune->emulatorsched->scheduler = policy;
  tune->emulatorsched->priority = priority_of (request);
  return TRUE;
}

/* --- nodes of memory --- */

static gboolean
read_mode (const char *name, RoostNumaMode *out, GError **error)
{
  g_autofree char *all = g_strjoinv (", ", (char **)roost_numa_mode_names + 1);

  for (guint i = 1; roost_numa_mode_names[i] != NULL; i++)
    if (g_str_equal (roost_numa_mode_names[i], name))
      {
        *out = (RoostNumaMode)i;
        return TRUE;
      }
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "there is no mode '%s'; there are: %s",
                      name, all);
}

static gboolean
edit_numa_nodes (RoostDomainConfig *config, const RoostTuneRequest *request, GError **error)
{
  const RoostTuneNodes *values = request->values;
  RoostNumatune *tune = &config->numatune;
  RoostBitmap *nodes;

  if ((values->mode != NULL && !read_mode (values->mode, &tune->mode, error))
      || !read_cpus (request->text, &nodes, error))
    return FALSE;
  g_clear_pointer (&tune->nodeset, roost_bitmap_free);
  tune->nodeset = nodes;
  tune->has_memory = nodes != NULL;
  tune->placement = nodes != NULL ? ROOST_PLACEMENT_STATIC : ROOST_PLACEMENT_UNSET;
  if (nodes == NULL)
    tune->mode = ROOST_NUMA_MODE_UNSET;
  return TRUE;
}

/* --- */

gboolean
roost_tune_edit (RoostDomainConfig *config, const RoostTuneRequest *request, GError **error)
{
  static gboolean (*const edits[]) (RoostDomainConfig *, const RoostTuneRequest *, GError **) = {
    [ROOST_TUNE_VCPU_PIN] = edit_vcpu_pin,
    [ROOST_TUNE_EMULATOR_PIN] = edit_emulator_pin,
    [ROOST_TUNE_IOTHREAD_PIN] = edit_iothread_pin,
    [ROOST_TUNE_VCPU_SCHEDULER] = edit_vcpu_scheduler,
    [ROOST_TUNE_EMULATOR_SCHEDULER] = edit_emulator_scheduler,
    [ROOST_TUNE_IOTHREAD_SCHEDULER] = edit_iothread_scheduler,
    [ROOST_TUNE_CPU] = edit_cpu,
    [ROOST_TUNE_MEMORY] = edit_memory,
    [ROOST_TUNE_BLOCK_IO] = edit_block_io,
    [ROOST_TUNE_BLOCK_DEVICE] = edit_block_device,
    [ROOST_TUNE_DISK] = edit_disk,
    [ROOST_TUNE_NUMA_NODES] = edit_numa_nodes,
  };

  return edits[request->kind](config, request, error);
}
