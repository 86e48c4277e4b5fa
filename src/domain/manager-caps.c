/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/manager.h"

#include "base/compat.h"
#include "base/error.h"
#include "domain/domain-private.h"
#include "host/topology.h"
#include "qemu/caps-xml.h"

#include <sys/utsname.h>

char *
roost_manager_binary (RoostManager *manager, const char *arch, GError **error)
{
  char *binary = roost_caps_binary_for (manager->caps, arch);
  g_auto (GStrv) others = binary == NULL ? roost_caps_list_binaries (manager->caps) : NULL;
  g_autofree char *list = others != NULL ? g_strjoinv (", ", others) : NULL;

  if (binary == NULL)
    roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                 "no QEMU for the architecture '%s' is installed; there is %s", arch,
                 *list != '\0' ? list : "none at all");
  return binary;
}

static RoostFacts *
facts_of_arch (RoostManager *manager, const char *arch, GError **error)
{
  struct utsname host;
  g_autofree char *binary = NULL;

  uname (&host);
  binary = roost_manager_binary (manager, arch != NULL ? arch : host.machine, error);
  return binary != NULL ? roost_caps_get_facts (manager->caps, binary, error) : NULL;
}

char *
roost_manager_capabilities (
    RoostManager *manager, const char *arch, const char *machine, const char *type, GError **error)
{
  g_autoptr (RoostFacts) facts = NULL;

  if (type != NULL && !g_str_equal (type, "kvm") && !g_str_equal (type, "qemu"))
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                   "option type: there is no type '%s'; the types are kvm, qemu", type);
      return NULL;
    }
  facts = facts_of_arch (manager, arch, error);
  if (facts == NULL)
    return NULL;
  return roost_caps_domain_xml (
      facts, machine, type != NULL ? g_str_equal (type, "kvm") : facts->has_kvm, NULL, error);
}

/* --- the host --- */

/* The architectures that the XML can name and QEMU has a machine for. */
static const struct
{
  const char *name;
  guint bits;
} archs[] = {
  { "aarch64", 64 }, { "armv7l", 32 }, { "i686", 32 },    { "loongarch64", 64 },
  { "mips64", 64 },  { "ppc64", 64 },  { "ppc64le", 64 }, { "riscv32", 32 },
  { "riscv64", 64 }, { "s390x", 64 },  { "x86_64", 64 },
};

static void
add_machines (GString *out, const RoostFacts *facts)
{
  RoostMachineFacts *machine;

  ROOST_LIST_EACH (RoostMachineFacts, machine, facts->machines)
    {
      g_autofree char *line = g_markup_printf_escaped ("      <machine maxCpus='%u'>%s</machine>\n",
                                                       machine->max_cpus, machine->name);
      g_autofree char *alias = machine->alias != NULL ? g_markup_printf_escaped (
                                   "      <machine canonical='%s' maxCpus='%u'>%s</machine>\n",
                                   machine->name, machine->max_cpus, machine->alias)
                                                      : NULL;

      g_string_append (out, line);
      g_string_append (out, alias != NULL ? alias : "");
    }
}

static void
add_guest (GString *out, const char *arch, guint bits, const char *binary, const RoostFacts *facts)
{
  g_autofree char *head = g_markup_printf_escaped ("  <guest>\n    <os_type>hvm</os_type>\n"
                                                   "    <arch name='%s'>\n"
                                                   "      <wordsize>%u</wordsize>\n"
                                                   "      <emulator>%s</emulator>\n",
                                                   arch, bits, binary);

  g_string_append (out, head);
  if (facts != NULL)
    add_machines (out, facts);
  g_string_append (out, "      <domain type='qemu'/>\n");
  if (facts != NULL && facts->has_kvm)
    g_string_append (out, "      <domain type='kvm'/>\n");
  g_string_append (out, "    </arch>\n  </guest>\n");
}

/* Returns: FALSE when the host's own emulator is there and cannot be asked */
static gboolean
add_guests (RoostManager *manager, GString *out, const char *own, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (archs); i++)
    {
      g_autofree char *binary = roost_caps_binary_for (manager->caps, archs[i].name);
      gboolean is_own = g_str_equal (archs[i].name, own);
      g_autoptr (RoostFacts) facts = NULL;

      if (binary == NULL)
        continue;
      if (is_own)
        facts = roost_caps_get_facts (manager->caps, binary, error);
      if (is_own && facts == NULL)
        return FALSE;
      add_guest (out, archs[i].name, archs[i].bits, binary, facts);
    }
  return TRUE;
}

char *
roost_manager_host_capabilities (RoostManager *manager, GError **error)
{
  g_autoptr (GString) out = g_string_new ("<capabilities>\n<host>\n");
  g_autofree char *topology = roost_host_topology_xml ("/sys/devices/system");
  struct utsname host;

  uname (&host);
  g_string_append_printf (out, "  <cpu>\n    <arch>%s</arch>\n  </cpu>\n%s</host>\n", host.machine,
                          topology);
  if (!add_guests (manager, out, host.machine, error))
    return NULL;
  g_string_append (out, "</capabilities>\n");
  return g_string_free (g_steal_pointer (&out), FALSE);
}
