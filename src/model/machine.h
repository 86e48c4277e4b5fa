/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-config.h"

/* The kinds of machine that defaults, addresses and builders tell apart. */
typedef enum
{
  ROOST_MACHINE_OTHER,
  ROOST_MACHINE_I440FX,
  ROOST_MACHINE_Q35,
  ROOST_MACHINE_ISAPC,
  ROOST_MACHINE_MICROVM,
  ROOST_MACHINE_ARM_VIRT,
  ROOST_MACHINE_RISCV_VIRT,
  ROOST_MACHINE_PSERIES,
  ROOST_MACHINE_S390_CCW,
} RoostMachineFamily;

/* By the machine type of <os>, alias or canonical. */
RoostMachineFamily roost_machine_family (const RoostDomainConfig *config);

/* The same of a machine (nullable) by itself. */
RoostMachineFamily roost_machine_family_of (const char *arch, const char *machine);

/* These take an architecture as the XML names it; NULL is none of them. */
gboolean roost_arch_is_x86 (const char *arch);
gboolean roost_arch_is_arm (const char *arch);
gboolean roost_arch_is_ppc64 (const char *arch);
gboolean roost_arch_is_riscv (const char *arch);
gboolean roost_arch_is_s390 (const char *arch);
