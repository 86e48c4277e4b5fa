/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/compat.h"
#include "base/error.h"
#include "domain/tune-private.h"

/* The limits of the whole guest: properties of its scope, as systemd.resource-control(5) has them.
 * A weight above what version 2 of cgroups knows comes from a document for version 1. */

#define UNLIMITED         G_MAXUINT64
#define WEIGHT_MAX        10000
#define DEFAULT_PERIOD_US 100000

/* --- values --- */

static GVariant *
limit (const RoostUint *value)
{
  return g_variant_new_uint64 (value->is_set && value->value > 0 ? value->value : UNLIMITED);
}

static GVariant *
weight (const RoostUint *value)
{
  gboolean is_set = value->is_set && value->value > 0;

  return g_variant_new_uint64 (is_set ? MIN (value->value, WEIGHT_MAX) : UNLIMITED);
}

static GVariant *
cpu_weight (const RoostDomainConfig *config)
{
  return weight (&config->cputune.shares);
}

static GVariant *
cpu_quota (const RoostDomainConfig *config)
{
  const RoostCputune *tune = &config->cputune;
  guint64 period = tune->global_period.value > 0 ? tune->global_period.value : DEFAULT_PERIOD_US;

  if (!tune->global_quota.is_set || tune->global_quota.value <= 0)
    return g_variant_new_uint64 (UNLIMITED);
  return g_variant_new_uint64 (
      (guint64)((double)tune->global_quota.value * G_USEC_PER_SEC / (double)period));
}

static GVariant *
cpu_period (const RoostDomainConfig *config)
{
  const RoostCputune *tune = &config->cputune;
  gboolean is_set = tune->global_quota.is_set && tune->global_quota.value > 0;

  return g_variant_new_uint64 (is_set && tune->global_period.value > 0 ? tune->global_period.value
                                                                       : UNLIMITED);
}

static GVariant *
memory_max (const RoostDomainConfig *config)
{
  return limit (&config->memtune.hard_limit);
}

static GVariant *
memory_high (const RoostDomainConfig *config)
{
  return limit (&config->memtune.soft_limit);
}

/* The document has memory and swap together, the kernel swap alone. */
static GVariant *
memory_swap (const RoostDomainConfig *config)
{
  const RoostMemtune *tune = &config->memtune;

  if (!tune->swap_hard_limit.is_set || tune->swap_hard_limit.value == 0)
    return g_variant_new_uint64 (UNLIMITED);
  return g_variant_new_uint64 (tune->swap_hard_limit.value
                               - MIN (tune->hard_limit.value, tune->swap_hard_limit.value));
}

static GVariant *
io_weight (const RoostDomainConfig *config)
{
  return weight (&config->blkiotune.weight);
}

/* a(st): path and value of each device that has the member at @offset */
static GVariant *
of_devices (const RoostDomainConfig *config, gsize offset)
{
  GVariantBuilder builder;
  const RoostBlkioDevice *device;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(st)"));
  ROOST_LIST_EACH (const RoostBlkioDevice, device, config->blkiotune.devices)
    {
      RoostUint value = G_STRUCT_MEMBER (RoostUint, device, offset);

      if (value.is_set && value.value > 0)
        g_variant_builder_add (&builder, "(st)", device->path, value.value);
    }
  return g_variant_builder_end (&builder);
}

#define OF_DEVICES(name, member)                                                                   \
  static GVariant *name (const RoostDomainConfig *config)                                          \
  {                                                                                                \
    return of_devices (config, G_STRUCT_OFFSET (RoostBlkioDevice, member));                        \
  }
OF_DEVICES (io_device_weight, weight)
OF_DEVICES (io_read_bytes, read_bytes_sec)
OF_DEVICES (io_write_bytes, write_bytes_sec)
OF_DEVICES (io_read_iops, read_iops_sec)
OF_DEVICES (io_write_iops, write_iops_sec)

/* --- the table --- */

static const struct
{
  const char *property; /* of the scope */
  const char *name;     /* for people: as in the document */
  const char *controller;
  GVariant *(*value) (const RoostDomainConfig *config);
  GVariant *(*lifted) (void); /* (nullable): what takes the limit away, where none does not */
} rows[] = {
  { "CPUWeight", "cputune/shares", "cpu", cpu_weight },
  { "CPUQuotaPerSecUSec", "cputune/global_quota", "cpu", cpu_quota },
  { "CPUQuotaPeriodUSec", "cputune/global_period", "cpu", cpu_period },
  { "MemoryMax", "memtune/hard_limit", "memory", memory_max },
  { "MemoryHigh", "memtune/soft_limit", "memory", memory_high },
  { "MemorySwapMax", "memtune/swap_hard_limit", "memory", memory_swap },
  { "IOWeight", "blkiotune/weight", "io", io_weight },
  { "IODeviceWeight", "blkiotune/device/weight", "io", io_device_weight },
  { "IOReadBandwidthMax", "blkiotune/device/read_bytes_sec", "io", io_read_bytes },
  { "IOWriteBandwidthMax", "blkiotune/device/write_bytes_sec", "io", io_write_bytes },
  { "IOReadIOPSMax", "blkiotune/device/read_iops_sec", "io", io_read_iops },
  { "IOWriteIOPSMax", "blkiotune/device/write_iops_sec", "io", io_write_iops },
  { "AllowedMemoryNodes", "numatune/memory", "cpuset", roost_tune_node_bytes,
    roost_tune_all_node_bytes },
};

/* --- */

/* systemd takes a weight that the kernel does not. */
static gboolean
check_weights (const RoostTuning *tuning, const RoostCgroup *cgroup, GError **error)
{
  const RoostBlkioDevice *device;

  ROOST_LIST_EACH (const RoostBlkioDevice, device, tuning->to->blkiotune.devices)
    {
      if (device->weight.value > 0 && !roost_cgroup_check_weight (cgroup, device->path, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_row (RoostTuning *tuning, guint index, GError **error)
{
  const RoostCgroup *cgroup = roost_tuning_cgroup (tuning, error);

  return cgroup != NULL && roost_cgroup_check (cgroup, rows[index].controller, error)
         && (rows[index].value != io_device_weight || check_weights (tuning, cgroup, error));
}

/* A list is added to what is there, unless it is emptied first. */
static void
add_property (GVariantBuilder *builder, const char *property, GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE ("a(st)")) && g_variant_n_children (value) > 0)
    g_variant_builder_add (builder, "(sv)", property, g_variant_new ("a(st)", NULL));
  g_variant_builder_add (builder, "(sv)", property, value);
}

/* Adds the row where it differs. Errors: NOT_SUPPORTED. */
static gboolean
add_row (RoostTuning *tuning, GVariantBuilder *builder, guint index, GError **error)
{
  static const RoostDomainConfig nothing;
  g_autoptr (GVariant) was =
      g_variant_ref_sink (rows[index].value (tuning->from != NULL ? tuning->from : &nothing));
  g_autoptr (GVariant) now = g_variant_ref_sink (rows[index].value (tuning->to));
  g_autoptr (GVariant) none = g_variant_ref_sink (rows[index].value (&nothing));
  g_autoptr (GError) local = NULL;

  if (tuning->is_all ? FALSE : g_variant_equal (was, now))
    return TRUE;
  if (check_row (tuning, index, &local))
    {
      gboolean is_lifted = rows[index].lifted != NULL && g_variant_equal (now, none);

      add_property (builder, rows[index].property, is_lifted ? rows[index].lifted () : now);
      return TRUE;
    }
  if (g_variant_equal (now, none) || roost_tuning_excuse (tuning, rows[index].name, &local))
    return TRUE; /* no limit is what there is without the controller */
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
roost_tune_scope (RoostTuning *tuning, GError **error)
{
  RoostScopes *scopes = tuning->domain->manager->scopes;
  g_autoptr (GVariant) properties = NULL;
  g_autoptr (GError) local = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sv)"));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (!add_row (tuning, &builder, i, error))
      {
        g_variant_builder_clear (&builder);
        return FALSE;
      }
  properties = g_variant_ref_sink (g_variant_builder_end (&builder));
  if (g_variant_n_children (properties) == 0)
    return TRUE;
  if (scopes == NULL)
    roost_throw (&local, ROOST_ERROR_NOT_SUPPORTED, "systemd is not on the bus");
  if ((scopes != NULL && roost_scopes_set (scopes, tuning->cgroup->unit, properties, &local))
      || roost_tuning_excuse (tuning, "limits of the scope", &local))
    return roost_tuning_is_current (tuning, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
