/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/machine.h"

#include "model/domain-types.h"

gboolean
roost_arch_is_x86 (const char *arch)
{
  return g_strcmp0 (arch, "x86_64") == 0 || g_strcmp0 (arch, "i686") == 0;
}

gboolean
roost_arch_is_arm (const char *arch)
{
  return g_strcmp0 (arch, "aarch64") == 0 || g_strcmp0 (arch, "armv7l") == 0
         || g_strcmp0 (arch, "armv6l") == 0;
}

gboolean
roost_arch_is_ppc64 (const char *arch)
{
  return g_strcmp0 (arch, "ppc64") == 0 || g_strcmp0 (arch, "ppc64le") == 0;
}

gboolean
roost_arch_is_riscv (const char *arch)
{
  return g_strcmp0 (arch, "riscv64") == 0 || g_strcmp0 (arch, "riscv32") == 0;
}

gboolean
roost_arch_is_s390 (const char *arch)
{
  return g_strcmp0 (arch, "s390x") == 0 || g_strcmp0 (arch, "s390") == 0;
}

/* Is @machine the type @name, or a version "NAME-…" of it? */
static gboolean
is_version_of (const char *machine, const char *name)
{
  gsize length = strlen (name);

  return strncmp (machine, name, length) == 0
         && (machine[length] == '\0' || machine[length] == '-');
}

static RoostMachineFamily
x86_family (const char *machine)
{
  if (is_version_of (machine, "q35") || is_version_of (machine, "pc-q35"))
    return ROOST_MACHINE_Q35;
  if (is_version_of (machine, "isapc"))
    return ROOST_MACHINE_ISAPC;
  if (is_version_of (machine, "microvm"))
    return ROOST_MACHINE_MICROVM;
  if (is_version_of (machine, "pc") || g_str_has_prefix (machine, "rhel"))
    return ROOST_MACHINE_I440FX;
  return ROOST_MACHINE_OTHER;
}

RoostMachineFamily
roost_machine_family_of (const char *arch, const char *machine)
{
  if (machine == NULL)
    return ROOST_MACHINE_OTHER;
  if (roost_arch_is_x86 (arch))
    return x86_family (machine);
  if (roost_arch_is_arm (arch) && is_version_of (machine, "virt"))
    return ROOST_MACHINE_ARM_VIRT;
  if (roost_arch_is_riscv (arch) && is_version_of (machine, "virt"))
    return ROOST_MACHINE_RISCV_VIRT;
  if (roost_arch_is_ppc64 (arch) && is_version_of (machine, "pseries"))
    return ROOST_MACHINE_PSERIES;
  if (roost_arch_is_s390 (arch) && is_version_of (machine, "s390-ccw-virtio"))
    return ROOST_MACHINE_S390_CCW;
  return ROOST_MACHINE_OTHER;
}

RoostMachineFamily
roost_machine_family (const RoostDomainConfig *config)
{
  return roost_machine_family_of (config->os.arch, config->os.machine);
}
