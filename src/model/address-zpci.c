/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/address-pci.h"

#include "base/error.h"
#include "model/blame.h"
#include "model/machine.h"

/*
 * On s390 a PCI device has two more numbers, by which the guest knows it: uid (1 to 0xffff) and fid
 * (32 bit).
 */
#define MAX_UID G_MAXUINT16
#define MAX_FID G_MAXUINT32

typedef struct
{
  GHashTable *uids; /* number → label of its owner */
  GHashTable *fids;
} Taken;

static gboolean
take (GHashTable *taken, guint64 value, const RoostDeviceRef *ref, const char *what, GError **error)
{
  const char *owner = g_hash_table_lookup (taken, GUINT_TO_POINTER ((guint)value));
  g_autofree char *label = roost_device_label (ref);

  if (owner != NULL)
    return roost_throw (error, ROOST_ERROR_EXISTS,
                        "%s: the zPCI %s %" G_GUINT64_FORMAT " is already used by %s", label, what,
                        value, owner);
  g_hash_table_insert (taken, GUINT_TO_POINTER ((guint)value), g_steal_pointer (&label));
  return TRUE;
}

static guint64
lowest_free (GHashTable *taken, guint64 from)
{
  while (g_hash_table_contains (taken, GUINT_TO_POINTER ((guint)from)))
    from++;
  return from;
}

static gboolean
check_uid (const RoostDeviceRef *ref, GError **error)
{
  g_autofree char *label = NULL;

  if (ref->info->address->zpci_uid.value > 0 && ref->info->address->zpci_uid.value <= MAX_UID
      && ref->info->address->zpci_fid.value <= MAX_FID)
    return TRUE;
  label = roost_device_label (ref);
  return roost_throw (error, ROOST_ERROR_INVALID_XML,
                      "%s: the zPCI uid must be from 0x0001 to 0xffff, and the fid at most "
                      "0xffffffff",
                      label);
}

static gboolean
take_given (GArray *refs, Taken *taken, GError **error)
{
  const RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    {
      RoostAddress *address = ref->info->address;

      if (address->zpci_uid.is_set
          && (!check_uid (ref, error)
              || !take (taken->uids, address->zpci_uid.value, ref, "uid", error)))
        return roost_blame_device (error, ref, "zpci-address");
      if (address->zpci_fid.is_set
          && !take (taken->fids, address->zpci_fid.value, ref, "fid", error))
        return roost_blame_device (error, ref, "zpci-address");
    }
  return TRUE;
}

static gboolean
complete (const RoostDeviceRef *ref, Taken *taken, GError **error)
{
  RoostAddress *address = ref->info->address;

  address->has_zpci = TRUE;
  if (!address->zpci_uid.is_set)
    {
      address->zpci_uid = roost_uint (lowest_free (taken->uids, 1));
      if (!check_uid (ref, error)
          || !take (taken->uids, address->zpci_uid.value, ref, "uid", error))
        return FALSE;
    }
  if (!address->zpci_fid.is_set)
    {
      address->zpci_fid = roost_uint (lowest_free (taken->fids, 0));
      return take (taken->fids, address->zpci_fid.value, ref, "fid", error);
    }
  return TRUE;
}

static GArray *
list_zpci_devices (RoostDomainConfig *config)
{
  g_autoptr (GArray) all = roost_devices_list (config);
  GArray *refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  const RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, all)
    if (roost_address_names_pci_place (ref->info->address))
      g_array_append_val (refs, *ref);
  return refs;
}

gboolean
roost_addresses_assign_zpci (RoostDomainConfig *config, const RoostFacts *facts, GError **error)
{
  g_autoptr (GHashTable) uids = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_autoptr (GHashTable) fids = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_autoptr (GArray) refs = NULL;
  Taken taken = { uids, fids };
  const RoostDeviceRef *ref;

  if (!roost_arch_is_s390 (config->os.arch) || !roost_facts_has_type (facts, "zpci"))
    return TRUE;
  refs = list_zpci_devices (config);
  if (!take_given (refs, &taken, error))
    return FALSE;
  for (guint round = 0; round < 2; round++)
    ROOST_REFS_EACH (ref, refs)
      {
        const RoostAddress *address = ref->info->address;
        gboolean is_begun = address->zpci_uid.is_set || address->zpci_fid.is_set;

        /* Those with one number given choose the other first. */
        if ((round == 1 || is_begun) && !complete (ref, &taken, error))
          return roost_blame_device (error, ref, "zpci-address");
      }
  return TRUE;
}
