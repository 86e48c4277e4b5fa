/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/chardev-types.h"
#include "model/cpu-types.h"
#include "model/disk-types.h"
#include "model/domain-config.h"
#include "model/enums.h"
#include "model/media-types.h"
#include "model/net-types.h"

/* The domain document as structs. Zeroed memory means "not given" in every member. Sizes are bytes
 * unless the comment says otherwise. */

typedef struct
{
  char *name;
  RoostTristate enabled;
} RoostFirmwareFeature;

typedef struct
{
  RoostBootDevice dev;
} RoostBoot;

typedef struct
{
  char *type; /* "slic" */
  char *path;
} RoostAcpiTable;

typedef struct
{
  char *name;
} RoostInitArg;

typedef struct
{
  RoostOsFirmware firmware;
  RoostOsType type;
  char *arch, *machine;
  GPtrArray *firmware_features; /* of RoostFirmwareFeature */
  char *loader;                 /* the path */
  RoostTristate loader_readonly, loader_secure, loader_stateless;
  RoostLoaderType loader_type;
  char *loader_format;
  gboolean has_nvram;
  char *nvram; /* the path, old form: text of the element */
  char *nvram_template;
  char *nvram_format;
  RoostStorageSource nvram_source; /* new form; .type unset = old form */
  char *kernel, *initrd, *cmdline, *dtb;
  GPtrArray *acpi_tables; /* of RoostAcpiTable */
  GPtrArray *boot;        /* of RoostBoot */
  RoostTristate bootmenu;
  RoostUint bootmenu_timeout_ms;
  RoostSmbiosMode smbios;
  RoostTristate bios_useserial;
  RoostInt bios_reboot_timeout_ms;
} RoostOs;

typedef struct
{
  char *name, *file, *value; /* of <sysinfo type='fwcfg'>: value is the text */
} RoostSysinfoEntry;

typedef struct
{
  GPtrArray *entries; /* of RoostSysinfoEntry */
} RoostBaseboard;

typedef struct
{
  RoostSysinfoType type;
  RoostPosition position;
  GPtrArray *bios, *system, *chassis; /* smbios: of RoostSysinfoEntry, name and value */
  GPtrArray *baseboards;              /* of RoostBaseboard */
  GPtrArray *oem_strings;             /* of RoostText */
  GPtrArray *fwcfg;                   /* of RoostSysinfoEntry */
} RoostSysinfo;

/* The Hyper-V enlightenments; unset = no such element. */
typedef struct
{
  gboolean is_given;
  RoostHypervMode mode;
  RoostTristate relaxed, vapic, spinlocks, vpindex, runtime, synic, stimer, stimer_direct, reset;
  RoostTristate vendor_id, frequencies, reenlightenment, tlbflush, ipi, evmcs, avic;
  RoostUint spinlocks_retries;
  char *vendor_id_value;
} RoostHyperv;

typedef struct
{
  gboolean is_given; /* there is a <features> */
  gboolean acpi, apic, pae, hap_given, viridian, privnet, gic;
  RoostTristate apic_eoi, hap;
  RoostHyperv hyperv;
  gboolean kvm_given;
  RoostTristate kvm_hidden, kvm_hint_dedicated, kvm_poll_control, kvm_pv_ipi, kvm_dirty_ring;
  RoostUint kvm_dirty_ring_size;
  /* An element without its state means on; complete () writes that down. */
  gboolean pvspinlock_given, pmu_given, vmport_given, smm_given, vmcoreinfo_given;
  RoostTristate pvspinlock, pmu, vmport, smm, vmcoreinfo;
  RoostUint tseg;
  RoostIoapicDriver ioapic;
  RoostGicVersion gic_version;
  gboolean hpt_given;
  RoostHptResizing hpt_resizing;
  RoostUint hpt_maxpagesize;
  RoostTristate htm, nested_hv, ccf_assist;
  char *msrs_unknown; /* "ignore", "fault" */
  RoostCfpcValue cfpc;
  RoostSbbcValue sbbc;
  RoostIbsValue ibs;
  gboolean tcg_given;
  RoostUint tcg_tb_cache;
  gboolean async_teardown_given;
  RoostTristate async_teardown;
} RoostFeatures;

typedef struct
{
  RoostTimerName name;
  RoostPosition position;
  RoostTimerTrack track;
  RoostTickPolicy tickpolicy;
  RoostTristate present;
  RoostUint frequency;
  RoostTimerMode mode;
  gboolean has_catchup;
  RoostUint threshold, slew, limit;
} RoostTimer;

typedef struct
{
  gboolean is_given;
  RoostClockOffset offset;
  RoostClockBasis basis;
  char *adjustment; /* a number of seconds or "reset" */
  char *timezone;
  RoostInt start;    /* absolute: seconds since the epoch */
  GPtrArray *timers; /* of RoostTimer */
} RoostClock;

typedef struct
{
  RoostUint start, target, count;
} RoostIdmapEntry;

typedef struct
{
  char *name;
  RoostTristate enabled;
} RoostPerfEvent;

typedef struct
{
  char *partition, *appid;
} RoostResource;

typedef struct
{
  RoostKeywrapName name;
  RoostTristate state;
} RoostKeywrapCipher;

typedef struct
{
  GPtrArray *ciphers; /* of RoostKeywrapCipher */
  RoostPosition position;
} RoostKeywrap;

typedef struct
{
  RoostLaunchSecurityType type;
  RoostPosition position;
  RoostTristate kernel_hashes;
  RoostUint cbitpos, reduced_phys_bits, policy;
  char *dh_cert, *session;
} RoostLaunchSecurity;

/* qemu: namespace */

typedef struct
{
  char *value;
} RoostQemuArg;

typedef struct
{
  char *name, *value;
} RoostQemuEnv;

typedef struct
{
  char *name, *value;
  RoostPropertyType type;
} RoostQemuProperty;

typedef struct
{
  char *alias;
  GPtrArray *properties; /* of RoostQemuProperty */
} RoostQemuOverride;

typedef struct
{
  char *capability;
} RoostQemuCapability;

typedef struct
{
  char *emulator;
  GPtrArray *disks;       /* of RoostDisk */
  GPtrArray *controllers; /* of RoostController */
  GPtrArray *leases;      /* of RoostLease */
  GPtrArray *filesystems; /* of RoostFilesystem */
  GPtrArray *interfaces;  /* of RoostInterface */
  GPtrArray *smartcards;  /* of RoostSmartcard */
  GPtrArray *serials;     /* of RoostChardev */
  GPtrArray *parallels;   /* of RoostChardev */
  GPtrArray *consoles;    /* of RoostChardev */
  GPtrArray *channels;    /* of RoostChardev */
  GPtrArray *inputs;      /* of RoostInput */
  GPtrArray *tpms;        /* of RoostTpm */
  GPtrArray *graphics;    /* of RoostGraphics */
  GPtrArray *sounds;      /* of RoostSound */
  GPtrArray *audios;      /* of RoostAudio */
  GPtrArray *videos;      /* of RoostVideo */
  GPtrArray *hostdevs;    /* of RoostHostdev */
  GPtrArray *redirdevs;   /* of RoostRedirdev */
  RoostRedirfilter *redirfilter;
  GPtrArray *hubs;      /* of RoostHub */
  GPtrArray *watchdogs; /* of RoostWatchdog */
  RoostMemballoon *memballoon;
  GPtrArray *rngs; /* of RoostRng */
  RoostNvram *nvram;
  GPtrArray *panics;   /* of RoostPanic */
  GPtrArray *shmems;   /* of RoostShmem */
  GPtrArray *memories; /* of RoostMemoryDevice */
  RoostIommu *iommu;
  RoostVsock *vsock;
  GPtrArray *cryptos; /* of RoostCrypto */
  RoostPstore *pstore;
} RoostDevices;

struct RoostDomainConfig
{
  RoostVirtType type;
  RoostUint id; /* of a running domain */
  char *name, *uuid;
  gboolean has_genid;
  char *genid;
  char *title, *description;
  char *metadata;   /* the whole element */
  RoostUint memory; /* <memory>: what the guest starts with, bytes */
  RoostTristate dump_core;
  RoostUint current_memory; /* bytes */
  RoostUint max_memory;     /* bytes */
  RoostUint max_memory_slots;
  RoostBlkiotune blkiotune;
  RoostMemtune memtune;
  RoostMemoryBacking memory_backing;
  RoostUint vcpus, current_vcpus; /* <vcpu>: maximum; current='' */
  RoostPlacement vcpu_placement;
  RoostBitmap *vcpu_cpuset;
  GPtrArray *vcpu_list; /* <vcpus>: of RoostVcpu */
  RoostUint iothreads;
  GPtrArray *iothread_ids; /* of RoostIothread */
  RoostInt default_iothread_pool_min, default_iothread_pool_max;
  gboolean has_default_iothread;
  RoostCputune cputune;
  RoostNumatune numatune;
  RoostResource *resource;
  GPtrArray *sysinfos; /* of RoostSysinfo */
  char *bootloader, *bootloader_args;
  RoostOs os;
  GPtrArray *idmap_uids, *idmap_gids; /* of RoostIdmapEntry */
  RoostFeatures features;
  RoostCpu *cpu;
  RoostClock clock;
  RoostLifecycle on_poweroff, on_reboot, on_crash;
  RoostLockFailure on_lockfailure;
  RoostTristate suspend_to_mem, suspend_to_disk; /* <pm> */
  GPtrArray *perf_events;                        /* of RoostPerfEvent */
  RoostDevices devices;
  GPtrArray *seclabels; /* of RoostSeclabel */
  RoostKeywrap *keywrap;
  RoostLaunchSecurity *launch_security;
  GPtrArray *qemu_args;                                   /* of RoostQemuArg */
  GPtrArray *qemu_envs;                                   /* of RoostQemuEnv */
  GPtrArray *qemu_capability_adds, *qemu_capability_dels; /* of RoostQemuCapability */
  GPtrArray *qemu_overrides;                              /* of RoostQemuOverride */
  RoostDeprecationBehavior qemu_deprecation;
  char *foreign_namespaces; /* declarations at the root that foreign elements need */
  char *foreign;            /* root's children of unknown namespaces, byte for byte */
  GArray *places;           /* for roost_type_find_place () */
};
