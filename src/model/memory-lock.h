/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-types.h"

/* Memory that must not be swapped out. Pure. */
typedef struct
{
  guint64 limit; /* bytes that QEMU has to be allowed to lock; 0: what every process may lock does;
                    G_MAXUINT64: any amount */
  guint64
      least; /* bytes that it locks for certain: with less it would not start; 0: perhaps none */
} RoostMemoryLock;

/**
 * roost_memory_lock:
 * @config: completed
 * What the host's devices reach by themselves (VFIO, vDPA, NVMe) and what encrypts a guest's memory
 * (SEV) keeps all of that memory where it is; on POWER KVM counts its own tables, too. A
 * <hard_limit> of the memory is also that of what is locked.
 * Source: Linux Documentation/driver-api/vfio.rst,
 * Documentation/virt/kvm/x86/amd-memory-encryption.rst.
 */
RoostMemoryLock roost_memory_lock (const RoostDomainConfig *config);
