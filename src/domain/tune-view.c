/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/tune.h"

#include "base/compat.h"

/* --- lists --- */

static GVariant *
pins (GPtrArray *list, gboolean is_iothread)
{
  GVariantBuilder builder;
  const RoostPin *pin;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{us}"));
  ROOST_LIST_EACH (const RoostPin, pin, list)
    {
      g_autofree char *cpus = roost_bitmap_format (pin->cpuset);

      g_variant_builder_add (&builder, "{us}",
                             (guint32)(is_iothread ? pin->iothread.value : pin->vcpu.value), cpus);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
scheduler (const RoostSched *sched)
{
  if (sched == NULL)
    return g_variant_new ("(si)", "other", 0);
  return g_variant_new ("(si)", roost_scheduler_names[sched->scheduler],
                        (gint32)sched->priority.value);
}

static GVariant *
schedulers (GPtrArray *list, gboolean is_iothread)
{
  GVariantBuilder builder;
  const RoostSched *sched;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{u(si)}"));
  ROOST_LIST_EACH (const RoostSched, sched, list)
    {
      const RoostBitmap *members = is_iothread ? sched->iothreads : sched->vcpus;

      for (int n = roost_bitmap_next (members, 0); n >= 0;
           n = roost_bitmap_next (members, (guint)n + 1))
        g_variant_builder_add (&builder, "{u@(si)}", (guint32)n, scheduler (sched));
    }
  return g_variant_builder_end (&builder);
}

static void
add_limit (GVariantBuilder *builder, const char *name, const RoostUint *value)
{
  if (value->is_set)
    g_variant_builder_add (builder, "{st}", name, value->value);
}

static GVariant *
block_devices (const RoostBlkiotune *tune)
{
  GVariantBuilder builder;
  const RoostBlkioDevice *device;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sa{st}}"));
  ROOST_LIST_EACH (const RoostBlkioDevice, device, tune->devices)
    {
      g_variant_builder_open (&builder, G_VARIANT_TYPE ("{sa{st}}"));
      g_variant_builder_add (&builder, "s", device->path);
      g_variant_builder_open (&builder, G_VARIANT_TYPE ("a{st}"));
      add_limit (&builder, "weight", &device->weight);
      add_limit (&builder, "read-bytes", &device->read_bytes_sec);
      add_limit (&builder, "write-bytes", &device->write_bytes_sec);
      add_limit (&builder, "read-iops", &device->read_iops_sec);
      add_limit (&builder, "write-iops", &device->write_iops_sec);
      g_variant_builder_close (&builder);
      g_variant_builder_close (&builder);
    }
  return g_variant_builder_end (&builder);
}

/* --- disks of the guest --- */

#define LIMIT(name, member)                                                                        \
  {                                                                                                \
    name, G_STRUCT_OFFSET (RoostIotune, member)                                                    \
  }
static const struct
{
  const char *name;
  gsize offset;
} limits[] = {
  LIMIT ("total-bytes", total_bytes_sec),
  LIMIT ("read-bytes", read_bytes_sec),
  LIMIT ("write-bytes", write_bytes_sec),
  LIMIT ("total-iops", total_iops_sec),
  LIMIT ("read-iops", read_iops_sec),
  LIMIT ("write-iops", write_iops_sec),
  LIMIT ("total-bytes-max", total_bytes_sec_max),
  LIMIT ("read-bytes-max", read_bytes_sec_max),
  LIMIT ("write-bytes-max", write_bytes_sec_max),
  LIMIT ("total-iops-max", total_iops_sec_max),
  LIMIT ("read-iops-max", read_iops_sec_max),
  LIMIT ("write-iops-max", write_iops_sec_max),
  LIMIT ("total-bytes-max-length", total_bytes_sec_max_length),
  LIMIT ("read-bytes-max-length", read_bytes_sec_max_length),
  LIMIT ("write-bytes-max-length", write_bytes_sec_max_length),
  LIMIT ("total-iops-max-length", total_iops_sec_max_length),
  LIMIT ("read-iops-max-length", read_iops_sec_max_length),
  LIMIT ("write-iops-max-length", write_iops_sec_max_length),
  LIMIT ("iops-size", size_iops_sec),
};

/* Returns: floating: a{sv}; empty when nothing is limited */
static GVariant *
disk_limits (const RoostIotune *tune)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      RoostUint value = G_STRUCT_MEMBER (RoostUint, tune, limits[i].offset);

      if (value.value > 0)
        g_variant_builder_add (&builder, "{sv}", limits[i].name,
                               g_variant_new_uint64 (value.value));
    }
  if (tune->group_name != NULL)
    g_variant_builder_add (&builder, "{sv}", "group", g_variant_new_string (tune->group_name));
  return g_variant_builder_end (&builder);
}

static GVariant *
disks (const RoostDomainConfig *config)
{
  GVariantBuilder builder;
  const RoostDisk *disk;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sa{sv}}"));
  ROOST_LIST_EACH (const RoostDisk, disk, config->devices.disks)
    {
      g_autoptr (GVariant) one = g_variant_ref_sink (disk_limits (&disk->iotune));

      if (g_variant_n_children (one) > 0)
        g_variant_builder_add (&builder, "{s@a{sv}}", disk->target, one);
    }
  return g_variant_builder_end (&builder);
}

/* --- all of it --- */

static void
put (GVariantDict *dict, const char *name, GVariant *value)
{
  g_variant_dict_insert_value (dict, name, value);
}

static void
put_uint (GVariantDict *dict, const char *name, const RoostUint *value)
{
  put (dict, name, g_variant_new_uint64 (value->is_set ? value->value : 0));
}

static void
put_int (GVariantDict *dict, const char *name, const RoostInt *value)
{
  put (dict, name, g_variant_new_int64 (value->is_set ? value->value : 0));
}

static void
put_cpu (GVariantDict *dict, const RoostCputune *tune)
{
  g_autofree char *emulator =
      tune->emulatorpin != NULL ? roost_bitmap_format (tune->emulatorpin) : g_strdup ("");

  put (dict, "VcpuPins", pins (tune->vcpupins, FALSE));
  put (dict, "EmulatorPin", g_variant_new_string (emulator));
  put (dict, "IothreadPins", pins (tune->iothreadpins, TRUE));
  put (dict, "VcpuSchedulers", schedulers (tune->vcpuscheds, FALSE));
  put (dict, "EmulatorScheduler", scheduler (tune->emulatorsched));
  put (dict, "IothreadSchedulers", schedulers (tune->iothreadscheds, TRUE));
  put_uint (dict, "CpuWeight", &tune->shares);
  put_uint (dict, "VcpuPeriod", &tune->period);
  put_int (dict, "VcpuQuota", &tune->quota);
  put_uint (dict, "EmulatorPeriod", &tune->emulator_period);
  put_int (dict, "EmulatorQuota", &tune->emulator_quota);
  put_uint (dict, "IothreadPeriod", &tune->iothread_period);
  put_int (dict, "IothreadQuota", &tune->iothread_quota);
  put_uint (dict, "GlobalPeriod", &tune->global_period);
  put_int (dict, "GlobalQuota", &tune->global_quota);
}

static void
put_nodes (GVariantDict *dict, const RoostNumatune *tune)
{
  g_autofree char *nodes =
      tune->nodeset != NULL ? roost_bitmap_format (tune->nodeset) : g_strdup ("");
  RoostNumaMode mode = tune->mode != ROOST_NUMA_MODE_UNSET ? tune->mode : ROOST_NUMA_MODE_STRICT;

  put (dict, "NumaNodes", g_variant_new_string (nodes));
  put (dict, "NumaMode", g_variant_new_string (*nodes != '\0' ? roost_numa_mode_names[mode] : ""));
}

static GVariant *
view_of (const RoostDomainConfig *config)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  put_cpu (&dict, &config->cputune);
  put_uint (&dict, "MemoryHardLimit", &config->memtune.hard_limit);
  put_uint (&dict, "MemorySoftLimit", &config->memtune.soft_limit);
  put_uint (&dict, "SwapHardLimit", &config->memtune.swap_hard_limit);
  put_nodes (&dict, &config->numatune);
  put_uint (&dict, "BlockIoWeight", &config->blkiotune.weight);
  put (&dict, "BlockDeviceLimits", block_devices (&config->blkiotune));
  put (&dict, "DiskLimits", disks (config));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* Most domains ask for nothing: they share one. */
GVariant *
roost_tune_view (const RoostDomainConfig *config)
{
  static GVariant *nothing;
  static const RoostDomainConfig untuned;
  GVariant *all = view_of (config);

  if (nothing == NULL)
    nothing = view_of (&untuned);
  if (!g_variant_equal (all, nothing))
    return all;
  g_variant_unref (all);
  return g_variant_ref (nothing);
}
