/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "base/log.h"
#include "domain/host-owners.h"
#include "host/pci.h"
#include "host/vsock.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define SYS_DIR "/sys"

#define LAST_CID (G_MAXUINT32 - 1) /* the last is "any" */

/* --- USB --- */

static gboolean
take_usb (RoostDomain *domain, RoostDomainConfig *config, RoostHostThing *thing, GError **error)
{
  g_autoptr (GError) local = NULL;
  guint bus = 0;
  guint device = 0;

  if (!roost_usb_find (SYS_DIR, &thing->usb, &bus, &device, &local))
    {
      if (!thing->is_optional || !g_error_matches (local, ROOST_ERROR, ROOST_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      roost_log (G_LOG_LEVEL_MESSAGE, NULL, domain->uuid, domain->name,
                 "%s; the guest starts without it", local->message);
      roost_view_drop_hostdev (config, thing->alias);
      return TRUE;
    }
  thing->usb.bus = bus;
  thing->usb.device = device;
  roost_view_set_usb (config, thing->alias, bus, device);
  return roost_host_claim (domain, thing, error);
}

/* --- vsock --- */

static gboolean
check_cid (gpointer cid, GCancellable *cancellable, GError **error)
{
  return roost_vsock_check (GPOINTER_TO_UINT (cid), error);
}

/* Those that somebody else on this host has are passed over. */
static gboolean
choose_cid (RoostDomain *domain, RoostHostThing *thing, GError **error)
{
  for (thing->cid = ROOST_VSOCK_FIRST_CID; thing->cid <= LAST_CID; thing->cid++)
    {
      g_autoptr (GError) local = NULL;

      if (roost_host_find_owner (domain->manager, thing) != NULL)
        continue;
      if (!roost_host_claim (domain, thing, error))
        return FALSE;
      if (co_thread (check_cid, GUINT_TO_POINTER (thing->cid), NULL, &local))
        return TRUE;
      roost_host_devices_leave (domain, thing->alias);
      if (!g_error_matches (local, ROOST_ERROR, ROOST_ERROR_EXISTS))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
  return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED, "no vsock address is free");
}

static gboolean
take_vsock (RoostDomain *domain, RoostDomainConfig *config, RoostHostThing *thing, GError **error)
{
  if (thing->cid != 0)
    return roost_host_claim (domain, thing, error)
           && co_thread (check_cid, GUINT_TO_POINTER (thing->cid), NULL, error);
  if (!choose_cid (domain, thing, error))
    return FALSE;
  roost_view_set_cid (config, thing->alias, thing->cid);
  return TRUE;
}

/* --- PCI --- */

typedef struct
{
  const char *address;
  const char *mark;
} Pci;

static gboolean
take_in_thread (gpointer p, GCancellable *cancellable, GError **error)
{
  const Pci *pci = p;
  g_autofree char *folder = g_path_get_dirname (pci->mark);
  g_autoptr (GError) local = NULL;

  if (g_mkdir_with_parents (folder, 0700) < 0)
    return roost_throw_errno (error, errno, "cannot make %s", folder);
  if (!g_file_set_contents (pci->mark, "", 0, &local))
    return roost_throw (error, ROOST_ERROR_IO, "%s", local->message);
  if (roost_pci_take (SYS_DIR, pci->address, error))
    return TRUE;
  g_unlink (pci->mark);
  return FALSE;
}

static gboolean
take_from_driver (RoostDomain *domain, const RoostHostThing *thing, GError **error)
{
  g_autofree char *driver = roost_pci_driver (SYS_DIR, thing->pci);
  g_autofree char *mark = roost_host_mark_path (domain->manager, thing->pci);
  Pci pci = { thing->pci, mark };

  if (g_strcmp0 (driver, "vfio-pci") == 0)
    return TRUE;
  if (thing->is_managed)
    return co_thread (take_in_thread, &pci, NULL, error);
  return roost_throw (error, ROOST_ERROR_HOST_DEVICE,
                      "the PCI device %s is with the driver %s: bind it to vfio-pci, or say "
                      "managed='yes' in its <hostdev>",
                      thing->pci, driver != NULL ? driver : "(none)");
}

/* Who has one of a group has the group. */
static gboolean
check_siblings (RoostDomain *domain, const char *group, GError **error)
{
  g_auto (GStrv) members = roost_pci_group_members (SYS_DIR, group);

  for (guint i = 0; members[i] != NULL; i++)
    {
      RoostHostThing sibling = { .kind = ROOST_HOST_THING_PCI, .pci = members[i] };
      const RoostHostOwner *owner = roost_host_find_owner (domain->manager, &sibling);

      if (owner != NULL && !g_str_equal (owner->uuid, domain->uuid)
          && !roost_host_throw_owned (domain->manager, owner, &sibling, error))
        {
          g_prefix_error (error, "IOMMU group %s belongs to one guest: ", group);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
check_group (const RoostDomainConfig *config, const char *group, GError **error)
{
  g_autoptr (GPtrArray) things = roost_view_host_things (config, NULL);
  g_autoptr (GPtrArray) ours = g_ptr_array_new ();

  for (guint i = 0; i < things->len; i++)
    if (((RoostHostThing *)things->pdata[i])->pci != NULL)
      g_ptr_array_add (ours, ((RoostHostThing *)things->pdata[i])->pci);
  g_ptr_array_add (ours, NULL);
  return roost_pci_check_group (SYS_DIR, group, (const char *const *)ours->pdata, error);
}

static gboolean
take_pci (RoostDomain *domain, RoostDomainConfig *config, RoostHostThing *thing, GError **error)
{
  g_autofree char *group = roost_pci_group (SYS_DIR, thing->pci, error);
  g_autofree char *node = NULL;

  if (group == NULL || !roost_host_claim (domain, thing, error)
      || !check_siblings (domain, group, error) || !check_group (config, group, error)
      || !take_from_driver (domain, thing, error))
    return FALSE;
  if (roost_host_find_owner (domain->manager, thing) == NULL) /* the guest ended meanwhile */
    roost_host_devices_sweep (domain->manager);
  node = roost_pci_group_node (group);
  return roost_manager_give_to_qemu (domain->manager, node, error);
}

gboolean
roost_host_devices_take (RoostDomain *domain,
                         RoostDomainConfig *config,
                         const char *alias,
                         GError **error)
{
  static gboolean (*const take[]) (RoostDomain *, RoostDomainConfig *, RoostHostThing *,
                                   GError **) = {
    [ROOST_HOST_THING_USB] = take_usb,
    [ROOST_HOST_THING_PCI] = take_pci,
    [ROOST_HOST_THING_VSOCK] = take_vsock,
  };
  g_autoptr (GPtrArray) things = roost_view_host_things (config, alias);

  for (guint i = 0; i < things->len; i++)
    {
      RoostHostThing *thing = things->pdata[i];

      thing->is_optional = thing->is_optional && alias == NULL; /* for a start */
      if (!take[thing->kind](domain, config, thing, error))
        return FALSE;
    }
  return TRUE;
}
