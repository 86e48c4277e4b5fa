/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/call.h"

/* org.roost1.Domain.Tuning */

/* --- methods; tuning.c --- */

extern const RoostType roost_options_tune;
extern const RoostType roost_options_tune_cpu;
extern const RoostType roost_options_tune_memory;
extern const RoostType roost_options_tune_block_io;
extern const RoostType roost_options_tune_block_device;
extern const RoostType roost_options_tune_disk;
extern const RoostType roost_options_tune_nodes;

GVariant *tuning_set_vcpu_pin (RoostCall *call, GError **error);
GVariant *tuning_set_emulator_pin (RoostCall *call, GError **error);
GVariant *tuning_set_iothread_pin (RoostCall *call, GError **error);
GVariant *tuning_set_vcpu_scheduler (RoostCall *call, GError **error);
GVariant *tuning_set_emulator_scheduler (RoostCall *call, GError **error);
GVariant *tuning_set_iothread_scheduler (RoostCall *call, GError **error);
GVariant *tuning_set_cpu (RoostCall *call, GError **error);
GVariant *tuning_set_memory (RoostCall *call, GError **error);
GVariant *tuning_set_block_io (RoostCall *call, GError **error);
GVariant *tuning_set_block_device (RoostCall *call, GError **error);
GVariant *tuning_set_disk (RoostCall *call, GError **error);
GVariant *tuning_set_numa_nodes (RoostCall *call, GError **error);

/* --- properties; tuning-properties.c --- */

#define ROOST_TUNING_PROPERTIES(V)                                                                 \
  V (VcpuPins)                                                                                     \
  V (EmulatorPin)                                                                                  \
  V (IothreadPins)                                                                                 \
  V (VcpuSchedulers)                                                                               \
  V (EmulatorScheduler)                                                                            \
  V (IothreadSchedulers)                                                                           \
  V (CpuWeight)                                                                                    \
  V (VcpuPeriod)                                                                                   \
  V (VcpuQuota)                                                                                    \
  V (EmulatorPeriod)                                                                               \
  V (EmulatorQuota)                                                                                \
  V (IothreadPeriod)                                                                               \
  V (IothreadQuota)                                                                                \
  V (GlobalPeriod)                                                                                 \
  V (GlobalQuota)                                                                                  \
  V (MemoryHardLimit)                                                                              \
  V (MemorySoftLimit)                                                                              \
  V (SwapHardLimit)                                                                                \
  V (NumaNodes)                                                                                    \
  V (NumaMode)                                                                                     \
  V (BlockIoWeight)                                                                                \
  V (BlockDeviceLimits)                                                                            \
  V (DiskLimits)

#define ROOST_TUNING_GETTER(name) GVariant *tuning_get_##name (RoostBus *bus, gpointer object);
ROOST_TUNING_PROPERTIES (ROOST_TUNING_GETTER)
ROOST_TUNING_GETTER (NotApplied)
#undef ROOST_TUNING_GETTER
