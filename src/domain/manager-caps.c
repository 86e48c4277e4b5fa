/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/manager.h"

#include "base/error.h"
#include "domain/domain-private.h"
#include "qemu/caps-xml.h"

#include <sys/utsname.h>

static RoostFacts *
facts_of_arch (RoostManager *manager, const char *arch, GError **error)
{
  struct utsname host;
  g_autofree char *binary = NULL;

  uname (&host);
  if (arch == NULL)
    arch = host.machine;
  binary = roost_caps_binary_for (manager->caps, arch);
  if (binary != NULL)
    return roost_caps_get_facts (manager->caps, binary, error);
  roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "no QEMU for the architecture '%s' is installed",
               arch);
  return NULL;
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
