/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/*
 * The words that attributes of the domain document take, apart from devices (device-enums.h). Value
 * 0 of each, …_UNSET, means "not given"; names[0] is "". One list makes both the enum and its
 * names.
 */
#define ROOST_ENUM_VALUE(id, text) id,
#define ROOST_ENUM_TEXT(id, text)  [id] = text,
#define ROOST_ENUM_DECLARE(Type, PREFIX, prefix)                                                   \
  typedef enum                                                                                     \
  {                                                                                                \
    PREFIX##_UNSET,                                                                                \
    PREFIX##_LIST (ROOST_ENUM_VALUE)                                                               \
  } Type;                                                                                          \
  extern const char *const prefix##_names[];
#define ROOST_ENUM_DEFINE(PREFIX, prefix)                                                          \
  const char *const prefix##_names[] = { "", PREFIX##_LIST (ROOST_ENUM_TEXT) NULL };

#define ROOST_VIRT_TYPE_LIST(V)                                                                    \
  V (ROOST_VIRT_TYPE_QEMU, "qemu")                                                                 \
  V (ROOST_VIRT_TYPE_KVM, "kvm")                                                                   \
  V (ROOST_VIRT_TYPE_XEN, "xen")                                                                   \
  V (ROOST_VIRT_TYPE_HVF, "hvf")                                                                   \
  V (ROOST_VIRT_TYPE_TCG, "tcg")
ROOST_ENUM_DECLARE (RoostVirtType, ROOST_VIRT_TYPE, roost_virt_type)

#define ROOST_LIFECYCLE_LIST(V)                                                                    \
  V (ROOST_LIFECYCLE_DESTROY, "destroy")                                                           \
  V (ROOST_LIFECYCLE_RESTART, "restart")                                                           \
  V (ROOST_LIFECYCLE_RENAME_RESTART, "rename-restart")                                             \
  V (ROOST_LIFECYCLE_PRESERVE, "preserve")                                                         \
  V (ROOST_LIFECYCLE_COREDUMP_DESTROY, "coredump-destroy")                                         \
  V (ROOST_LIFECYCLE_COREDUMP_RESTART, "coredump-restart")
ROOST_ENUM_DECLARE (RoostLifecycle, ROOST_LIFECYCLE, roost_lifecycle)

#define ROOST_LOCK_FAILURE_LIST(V)                                                                 \
  V (ROOST_LOCK_FAILURE_POWEROFF, "poweroff")                                                      \
  V (ROOST_LOCK_FAILURE_RESTART, "restart")                                                        \
  V (ROOST_LOCK_FAILURE_PAUSE, "pause")                                                            \
  V (ROOST_LOCK_FAILURE_IGNORE, "ignore")
ROOST_ENUM_DECLARE (RoostLockFailure, ROOST_LOCK_FAILURE, roost_lock_failure)

#define ROOST_OS_TYPE_LIST(V)                                                                      \
  V (ROOST_OS_TYPE_HVM, "hvm")                                                                     \
  V (ROOST_OS_TYPE_XEN, "xen")                                                                     \
  V (ROOST_OS_TYPE_LINUX, "linux")
ROOST_ENUM_DECLARE (RoostOsType, ROOST_OS_TYPE, roost_os_type)

#define ROOST_OS_FIRMWARE_LIST(V)                                                                  \
  V (ROOST_OS_FIRMWARE_BIOS, "bios")                                                               \
  V (ROOST_OS_FIRMWARE_EFI, "efi")
ROOST_ENUM_DECLARE (RoostOsFirmware, ROOST_OS_FIRMWARE, roost_os_firmware)

#define ROOST_LOADER_TYPE_LIST(V)                                                                  \
  V (ROOST_LOADER_TYPE_ROM, "rom")                                                                 \
  V (ROOST_LOADER_TYPE_PFLASH, "pflash")
ROOST_ENUM_DECLARE (RoostLoaderType, ROOST_LOADER_TYPE, roost_loader_type)

#define ROOST_BOOT_DEVICE_LIST(V)                                                                  \
  V (ROOST_BOOT_DEVICE_FD, "fd")                                                                   \
  V (ROOST_BOOT_DEVICE_HD, "hd")                                                                   \
  V (ROOST_BOOT_DEVICE_CDROM, "cdrom")                                                             \
  V (ROOST_BOOT_DEVICE_NETWORK, "network")
ROOST_ENUM_DECLARE (RoostBootDevice, ROOST_BOOT_DEVICE, roost_boot_device)

#define ROOST_SMBIOS_MODE_LIST(V)                                                                  \
  V (ROOST_SMBIOS_MODE_EMULATE, "emulate")                                                         \
  V (ROOST_SMBIOS_MODE_HOST, "host")                                                               \
  V (ROOST_SMBIOS_MODE_SYSINFO, "sysinfo")
ROOST_ENUM_DECLARE (RoostSmbiosMode, ROOST_SMBIOS_MODE, roost_smbios_mode)

#define ROOST_SYSINFO_TYPE_LIST(V)                                                                 \
  V (ROOST_SYSINFO_TYPE_SMBIOS, "smbios")                                                          \
  V (ROOST_SYSINFO_TYPE_FWCFG, "fwcfg")
ROOST_ENUM_DECLARE (RoostSysinfoType, ROOST_SYSINFO_TYPE, roost_sysinfo_type)

#define ROOST_MEMORY_SOURCE_LIST(V)                                                                \
  V (ROOST_MEMORY_SOURCE_ANONYMOUS, "anonymous")                                                   \
  V (ROOST_MEMORY_SOURCE_FILE, "file")                                                             \
  V (ROOST_MEMORY_SOURCE_MEMFD, "memfd")
ROOST_ENUM_DECLARE (RoostMemorySource, ROOST_MEMORY_SOURCE, roost_memory_source)

#define ROOST_MEMORY_ACCESS_LIST(V)                                                                \
  V (ROOST_MEMORY_ACCESS_SHARED, "shared")                                                         \
  V (ROOST_MEMORY_ACCESS_PRIVATE, "private")
ROOST_ENUM_DECLARE (RoostMemoryAccess, ROOST_MEMORY_ACCESS, roost_memory_access)

#define ROOST_ALLOCATION_LIST(V)                                                                   \
  V (ROOST_ALLOCATION_IMMEDIATE, "immediate")                                                      \
  V (ROOST_ALLOCATION_ONDEMAND, "ondemand")
ROOST_ENUM_DECLARE (RoostAllocation, ROOST_ALLOCATION, roost_allocation)

#define ROOST_NUMA_MODE_LIST(V)                                                                    \
  V (ROOST_NUMA_MODE_STRICT, "strict")                                                             \
  V (ROOST_NUMA_MODE_PREFERRED, "preferred")                                                       \
  V (ROOST_NUMA_MODE_INTERLEAVE, "interleave")                                                     \
  V (ROOST_NUMA_MODE_RESTRICTIVE, "restrictive")
ROOST_ENUM_DECLARE (RoostNumaMode, ROOST_NUMA_MODE, roost_numa_mode)

#define ROOST_PLACEMENT_LIST(V)                                                                    \
  V (ROOST_PLACEMENT_STATIC, "static")                                                             \
  V (ROOST_PLACEMENT_AUTO, "auto")
ROOST_ENUM_DECLARE (RoostPlacement, ROOST_PLACEMENT, roost_placement)

#define ROOST_CPU_MODE_LIST(V)                                                                     \
  V (ROOST_CPU_MODE_CUSTOM, "custom")                                                              \
  V (ROOST_CPU_MODE_HOST_MODEL, "host-model")                                                      \
  V (ROOST_CPU_MODE_HOST_PASSTHROUGH, "host-passthrough")                                          \
  V (ROOST_CPU_MODE_MAXIMUM, "maximum")
ROOST_ENUM_DECLARE (RoostCpuMode, ROOST_CPU_MODE, roost_cpu_mode)

#define ROOST_CPU_MATCH_LIST(V)                                                                    \
  V (ROOST_CPU_MATCH_MINIMUM, "minimum")                                                           \
  V (ROOST_CPU_MATCH_EXACT, "exact")                                                               \
  V (ROOST_CPU_MATCH_STRICT, "strict")
ROOST_ENUM_DECLARE (RoostCpuMatch, ROOST_CPU_MATCH, roost_cpu_match)

#define ROOST_CPU_CHECK_LIST(V)                                                                    \
  V (ROOST_CPU_CHECK_NONE, "none")                                                                 \
  V (ROOST_CPU_CHECK_PARTIAL, "partial")                                                           \
  V (ROOST_CPU_CHECK_FULL, "full")
ROOST_ENUM_DECLARE (RoostCpuCheck, ROOST_CPU_CHECK, roost_cpu_check)

#define ROOST_CPU_FALLBACK_LIST(V)                                                                 \
  V (ROOST_CPU_FALLBACK_ALLOW, "allow")                                                            \
  V (ROOST_CPU_FALLBACK_FORBID, "forbid")
ROOST_ENUM_DECLARE (RoostCpuFallback, ROOST_CPU_FALLBACK, roost_cpu_fallback)

#define ROOST_CPU_POLICY_LIST(V)                                                                   \
  V (ROOST_CPU_POLICY_FORCE, "force")                                                              \
  V (ROOST_CPU_POLICY_REQUIRE, "require")                                                          \
  V (ROOST_CPU_POLICY_OPTIONAL, "optional")                                                        \
  V (ROOST_CPU_POLICY_DISABLE, "disable")                                                          \
  V (ROOST_CPU_POLICY_FORBID, "forbid")
ROOST_ENUM_DECLARE (RoostCpuPolicy, ROOST_CPU_POLICY, roost_cpu_policy)

#define ROOST_CPU_CACHE_MODE_LIST(V)                                                               \
  V (ROOST_CPU_CACHE_MODE_EMULATE, "emulate")                                                      \
  V (ROOST_CPU_CACHE_MODE_PASSTHROUGH, "passthrough")                                              \
  V (ROOST_CPU_CACHE_MODE_DISABLE, "disable")
ROOST_ENUM_DECLARE (RoostCpuCacheMode, ROOST_CPU_CACHE_MODE, roost_cpu_cache_mode)

#define ROOST_CPU_PHYS_BITS_MODE_LIST(V)                                                           \
  V (ROOST_CPU_PHYS_BITS_MODE_EMULATE, "emulate")                                                  \
  V (ROOST_CPU_PHYS_BITS_MODE_PASSTHROUGH, "passthrough")
ROOST_ENUM_DECLARE (RoostCpuPhysBitsMode, ROOST_CPU_PHYS_BITS_MODE, roost_cpu_phys_bits_mode)

#define ROOST_HMAT_TYPE_LIST(V)                                                                    \
  V (ROOST_HMAT_TYPE_ACCESS, "access")                                                             \
  V (ROOST_HMAT_TYPE_READ, "read")                                                                 \
  V (ROOST_HMAT_TYPE_WRITE, "write")
ROOST_ENUM_DECLARE (RoostHmatType, ROOST_HMAT_TYPE, roost_hmat_type)

#define ROOST_CACHE_ASSOCIATIVITY_LIST(V)                                                          \
  V (ROOST_CACHE_ASSOCIATIVITY_NONE, "none")                                                       \
  V (ROOST_CACHE_ASSOCIATIVITY_DIRECT, "direct")                                                   \
  V (ROOST_CACHE_ASSOCIATIVITY_FULL, "full")
ROOST_ENUM_DECLARE (RoostCacheAssociativity, ROOST_CACHE_ASSOCIATIVITY, roost_cache_associativity)

#define ROOST_CACHE_POLICY_LIST(V)                                                                 \
  V (ROOST_CACHE_POLICY_NONE, "none")                                                              \
  V (ROOST_CACHE_POLICY_WRITEBACK, "writeback")                                                    \
  V (ROOST_CACHE_POLICY_WRITETHROUGH, "writethrough")
ROOST_ENUM_DECLARE (RoostCachePolicy, ROOST_CACHE_POLICY, roost_cache_policy)

#define ROOST_SCHEDULER_LIST(V)                                                                    \
  V (ROOST_SCHEDULER_BATCH, "batch")                                                               \
  V (ROOST_SCHEDULER_IDLE, "idle")                                                                 \
  V (ROOST_SCHEDULER_FIFO, "fifo")                                                                 \
  V (ROOST_SCHEDULER_RR, "rr")
ROOST_ENUM_DECLARE (RoostScheduler, ROOST_SCHEDULER, roost_scheduler)

#define ROOST_CACHETUNE_TYPE_LIST(V)                                                               \
  V (ROOST_CACHETUNE_TYPE_BOTH, "both")                                                            \
  V (ROOST_CACHETUNE_TYPE_CODE, "code")                                                            \
  V (ROOST_CACHETUNE_TYPE_DATA, "data")
ROOST_ENUM_DECLARE (RoostCachetuneType, ROOST_CACHETUNE_TYPE, roost_cachetune_type)

#define ROOST_CLOCK_OFFSET_LIST(V)                                                                 \
  V (ROOST_CLOCK_OFFSET_UTC, "utc")                                                                \
  V (ROOST_CLOCK_OFFSET_LOCALTIME, "localtime")                                                    \
  V (ROOST_CLOCK_OFFSET_TIMEZONE, "timezone")                                                      \
  V (ROOST_CLOCK_OFFSET_VARIABLE, "variable")                                                      \
  V (ROOST_CLOCK_OFFSET_ABSOLUTE, "absolute")
ROOST_ENUM_DECLARE (RoostClockOffset, ROOST_CLOCK_OFFSET, roost_clock_offset)

#define ROOST_CLOCK_BASIS_LIST(V)                                                                  \
  V (ROOST_CLOCK_BASIS_UTC, "utc")                                                                 \
  V (ROOST_CLOCK_BASIS_LOCALTIME, "localtime")
ROOST_ENUM_DECLARE (RoostClockBasis, ROOST_CLOCK_BASIS, roost_clock_basis)

#define ROOST_TIMER_NAME_LIST(V)                                                                   \
  V (ROOST_TIMER_NAME_PLATFORM, "platform")                                                        \
  V (ROOST_TIMER_NAME_PIT, "pit")                                                                  \
  V (ROOST_TIMER_NAME_RTC, "rtc")                                                                  \
  V (ROOST_TIMER_NAME_HPET, "hpet")                                                                \
  V (ROOST_TIMER_NAME_TSC, "tsc")                                                                  \
  V (ROOST_TIMER_NAME_KVMCLOCK, "kvmclock")                                                        \
  V (ROOST_TIMER_NAME_HYPERVCLOCK, "hypervclock")                                                  \
  V (ROOST_TIMER_NAME_ARMVTIMER, "armvtimer")
ROOST_ENUM_DECLARE (RoostTimerName, ROOST_TIMER_NAME, roost_timer_name)

#define ROOST_TIMER_TRACK_LIST(V)                                                                  \
  V (ROOST_TIMER_TRACK_BOOT, "boot")                                                               \
  V (ROOST_TIMER_TRACK_GUEST, "guest")                                                             \
  V (ROOST_TIMER_TRACK_WALL, "wall")                                                               \
  V (ROOST_TIMER_TRACK_REALTIME, "realtime")
ROOST_ENUM_DECLARE (RoostTimerTrack, ROOST_TIMER_TRACK, roost_timer_track)

#define ROOST_TICK_POLICY_LIST(V)                                                                  \
  V (ROOST_TICK_POLICY_DELAY, "delay")                                                             \
  V (ROOST_TICK_POLICY_CATCHUP, "catchup")                                                         \
  V (ROOST_TICK_POLICY_MERGE, "merge")                                                             \
  V (ROOST_TICK_POLICY_DISCARD, "discard")
ROOST_ENUM_DECLARE (RoostTickPolicy, ROOST_TICK_POLICY, roost_tick_policy)

#define ROOST_TIMER_MODE_LIST(V)                                                                   \
  V (ROOST_TIMER_MODE_AUTO, "auto")                                                                \
  V (ROOST_TIMER_MODE_NATIVE, "native")                                                            \
  V (ROOST_TIMER_MODE_EMULATE, "emulate")                                                          \
  V (ROOST_TIMER_MODE_PARAVIRT, "paravirt")                                                        \
  V (ROOST_TIMER_MODE_SMPSAFE, "smpsafe")
ROOST_ENUM_DECLARE (RoostTimerMode, ROOST_TIMER_MODE, roost_timer_mode)

#define ROOST_HYPERV_MODE_LIST(V)                                                                  \
  V (ROOST_HYPERV_MODE_CUSTOM, "custom")                                                           \
  V (ROOST_HYPERV_MODE_PASSTHROUGH, "passthrough")
ROOST_ENUM_DECLARE (RoostHypervMode, ROOST_HYPERV_MODE, roost_hyperv_mode)

#define ROOST_IOAPIC_DRIVER_LIST(V)                                                                \
  V (ROOST_IOAPIC_DRIVER_QEMU, "qemu")                                                             \
  V (ROOST_IOAPIC_DRIVER_KVM, "kvm")
ROOST_ENUM_DECLARE (RoostIoapicDriver, ROOST_IOAPIC_DRIVER, roost_ioapic_driver)

#define ROOST_GIC_VERSION_LIST(V)                                                                  \
  V (ROOST_GIC_VERSION_HOST, "host")                                                               \
  V (ROOST_GIC_VERSION_2, "2")                                                                     \
  V (ROOST_GIC_VERSION_3, "3")
ROOST_ENUM_DECLARE (RoostGicVersion, ROOST_GIC_VERSION, roost_gic_version)

#define ROOST_HPT_RESIZING_LIST(V)                                                                 \
  V (ROOST_HPT_RESIZING_ENABLED, "enabled")                                                        \
  V (ROOST_HPT_RESIZING_DISABLED, "disabled")                                                      \
  V (ROOST_HPT_RESIZING_REQUIRED, "required")
ROOST_ENUM_DECLARE (RoostHptResizing, ROOST_HPT_RESIZING, roost_hpt_resizing)

#define ROOST_CFPC_VALUE_LIST(V)                                                                   \
  V (ROOST_CFPC_VALUE_BROKEN, "broken")                                                            \
  V (ROOST_CFPC_VALUE_WORKAROUND, "workaround")                                                    \
  V (ROOST_CFPC_VALUE_FIXED, "fixed")
ROOST_ENUM_DECLARE (RoostCfpcValue, ROOST_CFPC_VALUE, roost_cfpc_value)

#define ROOST_SBBC_VALUE_LIST(V)                                                                   \
  V (ROOST_SBBC_VALUE_BROKEN, "broken")                                                            \
  V (ROOST_SBBC_VALUE_WORKAROUND, "workaround")                                                    \
  V (ROOST_SBBC_VALUE_FIXED, "fixed")
ROOST_ENUM_DECLARE (RoostSbbcValue, ROOST_SBBC_VALUE, roost_sbbc_value)

#define ROOST_IBS_VALUE_LIST(V)                                                                    \
  V (ROOST_IBS_VALUE_BROKEN, "broken")                                                             \
  V (ROOST_IBS_VALUE_WORKAROUND, "workaround")                                                     \
  V (ROOST_IBS_VALUE_FIXED_IBS, "fixed-ibs")                                                       \
  V (ROOST_IBS_VALUE_FIXED_CCD, "fixed-ccd")                                                       \
  V (ROOST_IBS_VALUE_FIXED_NA, "fixed-na")
ROOST_ENUM_DECLARE (RoostIbsValue, ROOST_IBS_VALUE, roost_ibs_value)

#define ROOST_CAPABILITIES_POLICY_LIST(V)                                                          \
  V (ROOST_CAPABILITIES_POLICY_DEFAULT, "default")                                                 \
  V (ROOST_CAPABILITIES_POLICY_ALLOW, "allow")                                                     \
  V (ROOST_CAPABILITIES_POLICY_DENY, "deny")
ROOST_ENUM_DECLARE (RoostCapabilitiesPolicy, ROOST_CAPABILITIES_POLICY, roost_capabilities_policy)

#define ROOST_SECLABEL_TYPE_LIST(V)                                                                \
  V (ROOST_SECLABEL_TYPE_DYNAMIC, "dynamic")                                                       \
  V (ROOST_SECLABEL_TYPE_STATIC, "static")                                                         \
  V (ROOST_SECLABEL_TYPE_NONE, "none")
ROOST_ENUM_DECLARE (RoostSeclabelType, ROOST_SECLABEL_TYPE, roost_seclabel_type)

#define ROOST_LAUNCH_SECURITY_TYPE_LIST(V)                                                         \
  V (ROOST_LAUNCH_SECURITY_TYPE_SEV, "sev")                                                        \
  V (ROOST_LAUNCH_SECURITY_TYPE_S390_PV, "s390-pv")
ROOST_ENUM_DECLARE (RoostLaunchSecurityType, ROOST_LAUNCH_SECURITY_TYPE, roost_launch_security_type)

#define ROOST_KEYWRAP_NAME_LIST(V)                                                                 \
  V (ROOST_KEYWRAP_NAME_AES, "aes")                                                                \
  V (ROOST_KEYWRAP_NAME_DEA, "dea")
ROOST_ENUM_DECLARE (RoostKeywrapName, ROOST_KEYWRAP_NAME, roost_keywrap_name)

#define ROOST_PROPERTY_TYPE_LIST(V)                                                                \
  V (ROOST_PROPERTY_TYPE_STRING, "string")                                                         \
  V (ROOST_PROPERTY_TYPE_UNSIGNED, "unsigned")                                                     \
  V (ROOST_PROPERTY_TYPE_SIGNED, "signed")                                                         \
  V (ROOST_PROPERTY_TYPE_BOOL, "bool")                                                             \
  V (ROOST_PROPERTY_TYPE_REMOVE, "remove")
ROOST_ENUM_DECLARE (RoostPropertyType, ROOST_PROPERTY_TYPE, roost_property_type)

#define ROOST_DEPRECATION_BEHAVIOR_LIST(V)                                                         \
  V (ROOST_DEPRECATION_BEHAVIOR_OMIT, "omit")                                                      \
  V (ROOST_DEPRECATION_BEHAVIOR_REJECT, "reject")                                                  \
  V (ROOST_DEPRECATION_BEHAVIOR_CRASH, "crash")                                                    \
  V (ROOST_DEPRECATION_BEHAVIOR_NONE, "none")
ROOST_ENUM_DECLARE (RoostDeprecationBehavior,
                    ROOST_DEPRECATION_BEHAVIOR,
                    roost_deprecation_behavior)
