/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tables.h"

/* Tables are read row by row. */
/* clang-format off */

#define T RoostHyperv
static const RoostField hyperv_fields[] = {
  ROW (ENUM, "@mode", mode, ABI, "those below, or all that the host has",
       .names = roost_hyperv_mode_names, .fallback = "custom"),
  ROW (ON_OFF, "relaxed/@state", relaxed, ABI, "relaxed timing"),
  ROW (ON_OFF, "vapic/@state", vapic, ABI, "virtual APIC"),
  ROW (ON_OFF, "spinlocks/@state", spinlocks, ABI, "spinlock notifications"),
  ROW (UINT, "spinlocks/@retries", spinlocks_retries, ABI, "before one is sent",
       .max = G_MAXUINT32),
  ROW (ON_OFF, "vpindex/@state", vpindex, ABI, "numbers of virtual processors"),
  ROW (ON_OFF, "runtime/@state", runtime, ABI, "time spent in guest and host"),
  ROW (ON_OFF, "synic/@state", synic, ABI, "synthetic interrupt controller"),
  ROW (ON_OFF, "stimer/@state", stimer, ABI, "synthetic timers"),
  ROW (ON_OFF, "stimer/direct/@state", stimer_direct, ABI, "that interrupt directly"),
  ROW (ON_OFF, "reset/@state", reset, ABI, "reset by hypercall"),
  ROW (ON_OFF, "vendor_id/@state", vendor_id, ABI, "another hypervisor name"),
  ROW (STRING, "vendor_id/@value", vendor_id_value, ABI, "up to 12 characters"),
  ROW (ON_OFF, "frequencies/@state", frequencies, ABI, "frequency registers"),
  ROW (ON_OFF, "reenlightenment/@state", reenlightenment, ABI, "notification after migration"),
  ROW (ON_OFF, "tlbflush/@state", tlbflush, ABI, "remote TLB flush"),
  ROW (ON_OFF, "ipi/@state", ipi, ABI, "interrupts between processors"),
  ROW (ON_OFF, "evmcs/@state", evmcs, ABI, "enlightened VMCS"),
  ROW (ON_OFF, "avic/@state", avic, ABI, "AVIC and APICv beside synic"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (hyperv_type, "hyperv", RoostHyperv, hyperv_fields,
                    "What makes Windows feel at home.");

#define T RoostFeatures
static const RoostField features_fields[] = {
  ROW (FLAG, "acpi", acpi, ABI, "ACPI"),
  ROW (FLAG, "apic", apic, ABI, "APIC"),
  ROW (ON_OFF, "apic/@eoi", apic_eoi, ABI, "paravirtual end of interrupt"),
  ROW (FLAG, "pae", pae, ABI, "kept; every guest has it"),
  ROW (FLAG, "hap", hap_given, HOST, "kept; of Xen"),
  ROW (ON_OFF, "hap/@state", hap, HOST, "kept; of Xen"),
  ROW (FLAG, "viridian", viridian, ABI, "kept; of Xen"),
  ROW (FLAG, "privnet", privnet, HOST, "kept; of containers"),
  ROW (FLAG, "hyperv", hyperv.is_given, ABI, "Hyper-V enlightenments"),
  ROW (EMBED, "hyperv", hyperv, ABI, "Hyper-V enlightenments", .type = &hyperv_type),
  ROW (FLAG, "kvm", kvm_given, ABI, "features of KVM"),
  ROW (ON_OFF, "kvm/hidden/@state", kvm_hidden, ABI, "do not tell that it is KVM"),
  ROW (ON_OFF, "kvm/hint-dedicated/@state", kvm_hint_dedicated, ABI, "processors are not shared"),
  ROW (ON_OFF, "kvm/poll-control/@state", kvm_poll_control, ABI, "the guest polls when idle"),
  ROW (ON_OFF, "kvm/pv-ipi/@state", kvm_pv_ipi, ABI, "interrupts between processors"),
  ROW (ON_OFF, "kvm/dirty-ring/@state", kvm_dirty_ring, HOST, "dirty pages by a ring"),
  ROW (UINT, "kvm/dirty-ring/@size", kvm_dirty_ring_size, HOST, "entries: a power of 2",
       .max = G_MAXUINT32),
  ROW (FLAG, "pvspinlock", pvspinlock_given, ABI, "paravirtual spinlocks"),
  ROW (ON_OFF, "pvspinlock/@state", pvspinlock, ABI, "on or off", .fallback = "on"),
  ROW (FLAG, "pmu", pmu_given, ABI, "performance counters"),
  ROW (ON_OFF, "pmu/@state", pmu, ABI, "on or off", .fallback = "on"),
  ROW (FLAG, "vmport", vmport_given, ABI, "VMware's I/O port"),
  ROW (ON_OFF, "vmport/@state", vmport, ABI, "on or off", .fallback = "on"),
  ROW (FLAG, "gic", gic, ABI, "ARM's interrupt controller"),
  ROW (ENUM, "gic/@version", gic_version, ABI, "its version", .names = roost_gic_version_names),
  ROW (FLAG, "smm", smm_given, ABI, "system management mode"),
  ROW (ON_OFF, "smm/@state", smm, ABI, "on or off", .fallback = "on"),
  ROW (SIZE, "smm/tseg", tseg, ABI, "its memory", .unit = "MiB", .shown_unit = "KiB"),
  ROW (ENUM, "ioapic/@driver", ioapic, ABI, "who emulates the I/O APIC",
       .names = roost_ioapic_driver_names),
  ROW (FLAG, "hpt", hpt_given, ABI, "pseries: hash page table"),
  ROW (ENUM, "hpt/@resizing", hpt_resizing, ABI, "may it grow?",
       .names = roost_hpt_resizing_names),
  ROW (SIZE, "hpt/maxpagesize", hpt_maxpagesize, ABI, "largest page", .unit = "KiB"),
  ROW (FLAG, "vmcoreinfo", vmcoreinfo_given, ABI, "the guest leaves a note for dumps"),
  ROW (ON_OFF, "vmcoreinfo/@state", vmcoreinfo, ABI, "on or off", .fallback = "on"),
  ROW (ON_OFF, "htm/@state", htm, ABI, "pseries: transactional memory"),
  ROW (ON_OFF, "nested-hv/@state", nested_hv, ABI, "pseries: guests in the guest"),
  ROW (STRING, "msrs/@unknown", msrs_unknown, ABI, "unknown registers: 'ignore' or 'fault'"),
  ROW (ON_OFF, "ccf-assist/@state", ccf_assist, ABI, "pseries: count cache flush"),
  ROW (ENUM, "cfpc/@value", cfpc, ABI, "pseries: cache flush on privilege change",
       .names = roost_cfpc_value_names),
  ROW (ENUM, "sbbc/@value", sbbc, ABI, "pseries: speculation barrier",
       .names = roost_sbbc_value_names),
  ROW (ENUM, "ibs/@value", ibs, ABI, "pseries: indirect branch speculation",
       .names = roost_ibs_value_names),
  ROW (FLAG, "tcg", tcg_given, HOST, "emulation"),
  ROW (SIZE, "tcg/tb-cache", tcg_tb_cache, HOST, "of translated code", .unit = "KiB"),
  ROW (FLAG, "async-teardown", async_teardown_given, HOST, "free memory in the background"),
  ROW (YES_NO, "async-teardown/@enabled", async_teardown, HOST, "on or off"),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_features_type, "features", RoostFeatures, features_fields,
             "Switches of the machine.");

#define T RoostTimer
static const RoostField timer_fields[] = {
  ROW (ENUM, "@name", name, NEEDED | ABI, "the timer", .names = roost_timer_name_names),
  ROW (ENUM, "@track", track, ABI, "rtc: which clock it follows",
       .names = roost_timer_track_names),
  ROW (ENUM, "@tickpolicy", tickpolicy, ABI, "what about ticks that were missed",
       .names = roost_tick_policy_names),
  ROW (YES_NO, "@present", present, ABI, "is it there?"),
  ROW (UINT, "@frequency", frequency, ABI, "tsc: hertz"),
  ROW (ENUM, "@mode", mode, ABI, "tsc: how it is provided", .names = roost_timer_mode_names),
  ROW (FLAG, "catchup", has_catchup, ABI, "tickpolicy catchup"),
  ROW (UINT, "catchup/@threshold", threshold, ABI, "ticks", .max = G_MAXUINT32),
  ROW (UINT, "catchup/@slew", slew, ABI, "speed", .max = G_MAXUINT32),
  ROW (UINT, "catchup/@limit", limit, ABI, "ticks", .max = G_MAXUINT32),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE_AT (timer_type, "timer", RoostTimer, timer_fields, "A timer.", position);

#define T RoostClock
static const RoostField clock_fields[] = {
  ROW (ENUM, "@offset", offset, ABI, "what the clock shows", .names = roost_clock_offset_names,
       .fallback = "utc"),
  ROW (STRING, "@adjustment", adjustment, HOST, "seconds, or 'reset'",
       .only = "@offset=variable|utc|localtime"),
  ROW (ENUM, "@basis", basis, ABI, "variable: from which time", .names = roost_clock_basis_names,
       .only = "@offset=variable"),
  ROW (STRING, "@timezone", timezone, ABI, "its name", .only = "@offset=timezone"),
  ROW (INT, "@start", start, HOST, "absolute: seconds since 1970", .only = "@offset=absolute"),
  ROW (LIST, "timer", timers, ABI, "timers", .type = &timer_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_clock_type, "clock", RoostClock, clock_fields, "The clock of the machine.");
