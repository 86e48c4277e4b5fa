/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/tuning.h"

#include "domain/tune.h"

/* --- options --- */

#define OPTION(Struct, name, type, member, text)                                                   \
  {                                                                                                \
    .path = name, .kind = ROOST_FIELD_##type, .offset = G_STRUCT_OFFSET (Struct, member),          \
    .doc = text                                                                                    \
  }
#define UINT(Struct, name, member, text) OPTION (Struct, name, UINT, member, text)
#define INT(Struct, name, member, text)  OPTION (Struct, name, INT, member, text)
#define WHERE(Struct)                                                                              \
  OPTION (Struct, "@live", FLAG, where.live, "change what runs"),                                  \
      OPTION (Struct, "@config", FLAG, where.config, "change what the next start uses")

/* The options of every call begin with these. */
typedef struct
{
  RoostTuneWhere where;
} WhereOptions;

const RoostType roost_options_tune = {
  .name = "tune-options",
  .size = sizeof (WhereOptions),
  .fields =
      (const RoostField[]){
          WHERE (WhereOptions),
          ROOST_FIELD_END,
      },
};

const RoostType roost_options_tune_cpu = {
  .name = "tune-cpu-options",
  .size = sizeof (RoostTuneCpu),
  .fields =
      (const RoostField[]){
          WHERE (RoostTuneCpu),
          UINT (RoostTuneCpu, "@weight", weight, "against other guests, 2 to 10000"),
          UINT (RoostTuneCpu, "@vcpu-period", vcpu_period, "microseconds, of each vCPU"),
          INT (RoostTuneCpu,
               "@vcpu-quota",
               vcpu_quota,
               "microseconds in a period, of each vCPU; -1 = no limit"),
          UINT (RoostTuneCpu,
                "@emulator-period",
                emulator_period,
                "microseconds, of the other threads"),
          INT (RoostTuneCpu,
               "@emulator-quota",
               emulator_quota,
               "microseconds in a period, of the other threads; -1 = no limit"),
          UINT (RoostTuneCpu,
                "@iothread-period",
                iothread_period,
                "microseconds, of each I/O thread"),
          INT (RoostTuneCpu,
               "@iothread-quota",
               iothread_quota,
               "microseconds in a period, of each I/O thread; -1 = no limit"),
          UINT (RoostTuneCpu, "@global-period", global_period, "microseconds, of the whole guest"),
          INT (RoostTuneCpu,
               "@global-quota",
               global_quota,
               "microseconds in a period, of the whole guest; -1 = no limit"),
          ROOST_FIELD_END,
      },
};

const RoostType roost_options_tune_memory = {
  .name = "tune-memory-options",
  .size = sizeof (RoostTuneMemory),
  .fields =
      (const RoostField[]){
          WHERE (RoostTuneMemory),
          UINT (RoostTuneMemory, "@hard-limit", hard_limit, "bytes"),
          UINT (RoostTuneMemory, "@soft-limit", soft_limit, "bytes"),
          UINT (RoostTuneMemory, "@swap-hard-limit", swap_hard_limit, "bytes, memory and swap"),
          ROOST_FIELD_END,
      },
};

const RoostType roost_options_tune_block_io = {
  .name = "tune-block-io-options",
  .size = sizeof (RoostTuneBlockIo),
  .fields =
      (const RoostField[]){
          WHERE (RoostTuneBlockIo),
          UINT (RoostTuneBlockIo, "@weight", weight, "against other guests, 1 to 10000"),
          ROOST_FIELD_END,
      },
};

const RoostType roost_options_tune_block_device = {
  .name = "tune-block-device-options",
  .size = sizeof (RoostTuneBlockDevice),
  .fields =
      (const RoostField[]){
          WHERE (RoostTuneBlockDevice),
          UINT (RoostTuneBlockDevice, "@weight", weight, "against other guests, 1 to 10000"),
          UINT (RoostTuneBlockDevice, "@read-bytes", read_bytes, "a second"),
          UINT (RoostTuneBlockDevice, "@write-bytes", write_bytes, "a second"),
          UINT (RoostTuneBlockDevice, "@read-iops", read_iops, "a second"),
          UINT (RoostTuneBlockDevice, "@write-iops", write_iops, "a second"),
          ROOST_FIELD_END,
      },
};

const RoostType roost_options_tune_disk = {
  .name = "tune-disk-options",
  .size = sizeof (RoostTuneDisk),
  .fields =
      (const RoostField[]){
          WHERE (RoostTuneDisk),
          UINT (RoostTuneDisk, "@total-bytes", limits.total_bytes_sec, "a second"),
          UINT (RoostTuneDisk, "@read-bytes", limits.read_bytes_sec, "a second"),
          UINT (RoostTuneDisk, "@write-bytes", limits.write_bytes_sec, "a second"),
          UINT (RoostTuneDisk,
                "@total-bytes-max",
                limits.total_bytes_sec_max,
                "a second, in a burst"),
          UINT (
              RoostTuneDisk, "@read-bytes-max", limits.read_bytes_sec_max, "a second, in a burst"),
          UINT (RoostTuneDisk,
                "@write-bytes-max",
                limits.write_bytes_sec_max,
                "a second, in a burst"),
          UINT (RoostTuneDisk,
                "@total-bytes-max-length",
                limits.total_bytes_sec_max_length,
                "seconds of a burst"),
          UINT (RoostTuneDisk,
                "@read-bytes-max-length",
                limits.read_bytes_sec_max_length,
                "seconds of a burst"),
          UINT (RoostTuneDisk,
                "@write-bytes-max-length",
                limits.write_bytes_sec_max_length,
                "seconds of a burst"),
          UINT (RoostTuneDisk, "@total-iops", limits.total_iops_sec, "a second"),
          UINT (RoostTuneDisk, "@read-iops", limits.read_iops_sec, "a second"),
          UINT (RoostTuneDisk, "@write-iops", limits.write_iops_sec, "a second"),
          UINT (
              RoostTuneDisk, "@total-iops-max", limits.total_iops_sec_max, "a second, in a burst"),
          UINT (RoostTuneDisk, "@read-iops-max", limits.read_iops_sec_max, "a second, in a burst"),
          UINT (
              RoostTuneDisk, "@write-iops-max", limits.write_iops_sec_max, "a second, in a burst"),
          UINT (RoostTuneDisk,
                "@total-iops-max-length",
                limits.total_iops_sec_max_length,
                "seconds of a burst"),
          UINT (RoostTuneDisk,
                "@read-iops-max-length",
                limits.read_iops_sec_max_length,
                "seconds of a burst"),
          UINT (RoostTuneDisk,
                "@write-iops-max-length",
                limits.write_iops_sec_max_length,
                "seconds of a burst"),
          UINT (RoostTuneDisk,
                "@iops-size",
                limits.size_iops_sec,
                "bytes of a request that counts as one"),
          OPTION (
              RoostTuneDisk, "@group", STRING, limits.group_name, "disks that share the limits"),
          ROOST_FIELD_END,
      },
};

const RoostType roost_options_tune_nodes = {
  .name = "tune-nodes-options",
  .size = sizeof (RoostTuneNodes),
  .fields =
      (const RoostField[]){
          WHERE (RoostTuneNodes),
          OPTION (RoostTuneNodes,
                  "@mode",
                  STRING,
                  mode,
                  "strict, preferred, interleave or restrictive"),
          ROOST_FIELD_END,
      },
};

/* --- handlers --- */

static RoostTuneRequest
request_of (RoostCall *call, RoostTuneKind kind)
{
  const WhereOptions *options = call->options;

  return (RoostTuneRequest){
    .kind = kind, .where = options->where, .caller = call->caller, .values = call->options
  };
}

static GVariant *
tune (RoostCall *call, const RoostTuneRequest *request, GError **error)
{
  return roost_domain_tune (ROOST_CALL_DOMAIN (call), request, error) ? g_variant_new ("()") : NULL;
}

static GVariant *
set_pin (RoostCall *call, RoostTuneKind kind, GError **error)
{
  RoostTuneRequest request = request_of (call, kind);

  g_variant_get_child (call->args, 0, "u", &request.number);
  g_variant_get_child (call->args, 1, "&s", &request.text);
  return tune (call, &request, error);
}

GVariant *
tuning_set_vcpu_pin (RoostCall *call, GError **error)
{
  return set_pin (call, ROOST_TUNE_VCPU_PIN, error);
}

GVariant *
tuning_set_iothread_pin (RoostCall *call, GError **error)
{
  return set_pin (call, ROOST_TUNE_IOTHREAD_PIN, error);
}

GVariant *
tuning_set_emulator_pin (RoostCall *call, GError **error)
{
  RoostTuneRequest request = request_of (call, ROOST_TUNE_EMULATOR_PIN);

  g_variant_get_child (call->args, 0, "&s", &request.text);
  return tune (call, &request, error);
}

static GVariant *
set_scheduler (RoostCall *call, RoostTuneKind kind, GError **error)
{
  RoostTuneRequest request = request_of (call, kind);

  g_variant_get_child (call->args, 0, "&s", &request.text);
  g_variant_get_child (call->args, 1, "&s", &request.policy);
  g_variant_get_child (call->args, 2, "i", &request.priority);
  return tune (call, &request, error);
}

GVariant *
tuning_set_vcpu_scheduler (RoostCall *call, GError **error)
{
  return set_scheduler (call, ROOST_TUNE_VCPU_SCHEDULER, error);
}

GVariant *
tuning_set_iothread_scheduler (RoostCall *call, GError **error)
{
  return set_scheduler (call, ROOST_TUNE_IOTHREAD_SCHEDULER, error);
}

GVariant *
tuning_set_emulator_scheduler (RoostCall *call, GError **error)
{
  RoostTuneRequest request = request_of (call, ROOST_TUNE_EMULATOR_SCHEDULER);

  g_variant_get_child (call->args, 0, "&s", &request.policy);
  g_variant_get_child (call->args, 1, "i", &request.priority);
  return tune (call, &request, error);
}

static GVariant *
set_values (RoostCall *call, RoostTuneKind kind, GError **error)
{
  const RoostTuneRequest request = request_of (call, kind);

  return tune (call, &request, error);
}

GVariant *
tuning_set_cpu (RoostCall *call, GError **error)
{
  return set_values (call, ROOST_TUNE_CPU, error);
}

GVariant *
tuning_set_memory (RoostCall *call, GError **error)
{
  return set_values (call, ROOST_TUNE_MEMORY, error);
}

GVariant *
tuning_set_block_io (RoostCall *call, GError **error)
{
  return set_values (call, ROOST_TUNE_BLOCK_IO, error);
}

static GVariant *
set_values_of (RoostCall *call, RoostTuneKind kind, GError **error)
{
  RoostTuneRequest request = request_of (call, kind);

  g_variant_get_child (call->args, 0, "&s", &request.text);
  return tune (call, &request, error);
}

GVariant *
tuning_set_block_device (RoostCall *call, GError **error)
{
  return set_values_of (call, ROOST_TUNE_BLOCK_DEVICE, error);
}

GVariant *
tuning_set_disk (RoostCall *call, GError **error)
{
  return set_values_of (call, ROOST_TUNE_DISK, error);
}

GVariant *
tuning_set_numa_nodes (RoostCall *call, GError **error)
{
  return set_values_of (call, ROOST_TUNE_NUMA_NODES, error);
}
