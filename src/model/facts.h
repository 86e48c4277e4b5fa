/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * What a QEMU binary can do, as facts that defaults, checks and builders ask for. Filled by
 * qemu/caps.c from the binary's own answers (never from its version number) or by a test.
 * Immutable once filled; reference-counted so that a running operation keeps the one it began with.
 */
typedef struct
{
  char *name;           /* "pc-i440fx-7.2" */
  char *alias;          /* (nullable): "pc" */
  char *default_cpu;    /* (nullable): "qemu64-x86_64-cpu" as query-machines names the type */
  char *default_ram_id; /* (nullable): "pc.ram" */
  guint max_cpus;
  gboolean is_default;
  gboolean is_deprecated;
  gboolean has_hotpluggable_cpus;
  gboolean has_numa_mem; /* numa-mem-supported: -numa node,mem= */
  gboolean has_acpi;
} RoostMachineFacts;

typedef struct
{
  gboolean is_migratable; /* static model, not "host"/"max" */
  gboolean is_deprecated;
  gboolean is_usable; /* no unavailable features with the accelerator asked */
  char *type;         /* "Haswell-x86_64-cpu" */
  GStrv blockers;     /* unavailable features */
} RoostCpuFacts;

/* A PCI device of the host. */
typedef struct
{
  gboolean is_express;
  int iommu_group; /* -1: none, or not known */
} RoostHostPciFacts;

/* What a host can do, as the named model that comes nearest, and the features by which it differs.
 */
typedef struct
{
  char *model;    /* "EPYC-Rome" */
  char *vendor;   /* (nullable): "AuthenticAMD" */
  GStrv features; /* beyond the model: "x2apic", … */
  GStrv missing;  /* which the model has and the host has not */
} RoostNearestCpu;

void roost_nearest_cpu_free (RoostNearestCpu *cpu);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostNearestCpu, roost_nearest_cpu_free)

typedef struct RoostFacts RoostFacts;
struct RoostFacts
{
  gatomicrefcount ref_count;
  char *binary;     /* "/usr/bin/qemu-system-x86_64" */
  char *package;    /* "Debian 1:7.2+dfsg-7+deb12u18" */
  guint version;    /* major * 1000000 + minor * 1000 + micro; for display, never for decisions */
  char *arch;       /* "x86_64", as QEMU names its target */
  gboolean has_kvm; /* a KVM guest ran, or would: /dev/kvm opened and the binary has it enabled */
  GPtrArray *machines;    /* of RoostMachineFacts */
  GHashTable *machine_of; /* (nullable): name or alias → RoostMachineFacts; made when first asked */
  GHashTable *cpus;       /* name → RoostCpuFacts, as TCG can run them */
  GHashTable *kvm_cpus;   /* (nullable): the same under KVM, on this host; NULL without KVM */
  GHashTable *max_props;  /* of the CPU "max" under TCG: property → "on", "off", a number … */
  GHashTable *host_props; /* (nullable): of the CPU "host" under KVM */
  GHashTable *platform;   /* what the host adds under KVM, name → text: "gic" → "2,3";
                             "sev-cbitpos", "sev-reduced-phys-bits"; "sgx-flc" → "yes", "sgx-size"
                             (bytes) */
  RoostNearestCpu *max_nearest;  /* (nullable): to "max" under TCG */
  RoostNearestCpu *host_nearest; /* (nullable): to "host" under KVM */
  GHashTable *types; /* QOM type name → GHashTable set of property names; value NULL = exists,
                        properties not read */
  GHashTable *qapi; /* set of paths in the QMP schema: "device_add", "device_add/$json-cli-hotplug",
                       "blockdev-add/arg-type/driver/^nbd",
                       "chardev-add/arg-type/backend/type/^qemu-vdagent",
                       "event:MEMORY_DEVICE_SIZE_CHANGE" */
  GHashTable *options;  /* set of "OPTION/PARAMETER" of query-command-line-options: "machine/hpet";
                           and "OPTION" */
  GHashTable *host_pci; /* (nullable): "0000:06:12.0" → RoostHostPciFacts: not of the binary but of
                           the host, one table for all facts; see roost_caps_read_host_pci () */
};

RoostFacts *roost_facts_new (void);

/* Returns: (transfer full): an empty table for kvm_cpus; owns its names and RoostCpuFacts. */
GHashTable *roost_facts_cpus_new (void);

/* Returns: (transfer full): an empty set of strings that it owns, for a type's properties */
GHashTable *roost_facts_set_new (void);
RoostFacts *roost_facts_ref (RoostFacts *facts);
void roost_facts_unref (RoostFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostFacts, roost_facts_unref)

/* Is there a device or object type of this QOM name? */
gboolean roost_facts_has_type (const RoostFacts *facts, const char *type);
gboolean roost_facts_has_property (const RoostFacts *facts, const char *type, const char *property);
gboolean roost_facts_has_qapi (const RoostFacts *facts, const char *path);
gboolean roost_facts_has_option (const RoostFacts *facts, const char *path);

/* Returns: (nullable): the host's device at that address; NULL when it is not there, or not known
 */
const RoostHostPciFacts *
roost_facts_host_pci (const RoostFacts *facts, guint domain, guint bus, guint slot, guint function);

/* Returns: (nullable): the machine of that name or alias */
const RoostMachineFacts *roost_facts_machine (const RoostFacts *facts, const char *name);
