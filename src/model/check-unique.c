/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/compat.h"
#include "model/device-walk.h"

#include <string.h>

/* What no two devices may have. */

/* Returns: (transfer full) (nullable): what must be unique of @ref */
typedef char *(*KeyOf) (const RoostDeviceRef *ref);

static void
check_unique (RoostChecker *checker, KeyOf key_of, const char *element, const char *what)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GArray *refs = checker->devices;
  RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    {
      g_autofree char *key = key_of (ref);
      const RoostDeviceRef *other;
      g_autofree char *label = NULL;
      g_autofree char *other_label = NULL;

      if (key == NULL)
        continue;
      other = g_hash_table_lookup (seen, key);
      if (other == NULL)
        {
          g_hash_table_insert (seen, g_steal_pointer (&key), ref);
          continue;
        }
      label = roost_device_label (ref);
      other_label = roost_device_label (other);
      roost_check_invalid (checker, &ref->info->position, element, "%s: the %s '%s' is that of %s",
                           label, what, key, other_label);
    }
}

/* The parts of one USB 2 controller share the alias that we give them. */
static char *
alias_of (const RoostDeviceRef *ref)
{
  const char *name = ref->info->alias;

  return name != NULL && g_str_has_prefix (name, "ua-") ? g_strdup (name) : NULL;
}

static void
alias (RoostChecker *checker)
{
  check_unique (checker, alias_of, "alias", "name");
}

static char *
boot_order_of (const RoostDeviceRef *ref)
{
  const RoostUint *order = &ref->info->boot_order;

  return order->is_set ? g_strdup_printf ("%" G_GUINT64_FORMAT, order->value) : NULL;
}

static void
boot_order (RoostChecker *checker)
{
  check_unique (checker, boot_order_of, "boot", "order");
}

static char *
acpi_index_of (const RoostDeviceRef *ref)
{
  const RoostUint *index = &ref->info->acpi_index;

  return index->value != 0 ? g_strdup_printf ("%" G_GUINT64_FORMAT, index->value) : NULL;
}

static void
acpi_index (RoostChecker *checker)
{
  check_unique (checker, acpi_index_of, "acpi", "index");
}

/* Disks and host devices of SCSI share the places of a controller; other buses have their own. */
static char *
drive_of (const RoostDeviceRef *ref)
{
  const RoostAddress *address = ref->info->address;
  const char *bus;

  if (address == NULL || address->type != ROOST_ADDRESS_TYPE_DRIVE)
    return NULL;
  if (ref->kind == ROOST_DEVICE_DISK)
    bus = roost_disk_bus_names[ref->disk->bus];
  else if (ref->kind == ROOST_DEVICE_HOSTDEV)
    bus = "scsi";
  else
    return NULL;
  return g_strdup_printf ("%s %u:%u:%u:%u", bus, (guint)address->controller.value,
                          (guint)address->bus.value, (guint)address->target.value,
                          (guint)address->unit.value);
}

static void
drive (RoostChecker *checker)
{
  check_unique (checker, drive_of, "address", "place");
}

static void
audio_id (RoostChecker *checker)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  RoostAudio *audio;

  ROOST_LIST_EACH (RoostAudio, audio, checker->config->devices.audios)
    if (!g_hash_table_add (seen, GUINT_TO_POINTER ((guint)audio->id.value)))
      roost_check_invalid (checker, &audio->position, "audio",
                           "id='%" G_GUINT64_FORMAT "' comes twice", audio->id.value);
}

/* --- s390: how a device boots --- */

static gboolean
is_loadparm (const char *text)
{
  static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789. ";
  g_autofree char *upper = g_ascii_strup (text, -1);
  gsize length = strlen (text);

  return length >= 1 && length <= 8 && strspn (upper, allowed) == length;
}

static void
loadparm (RoostChecker *checker)
{
  GArray *refs = checker->devices;
  RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    if (ref->info->boot_loadparm != NULL && !is_loadparm (ref->info->boot_loadparm))
      roost_check_invalid (checker, &ref->info->position, "boot",
                           "loadparm='%s' is not 1 to 8 letters, digits, dots and blanks",
                           ref->info->boot_loadparm);
}

static void
zpci (RoostChecker *checker)
{
  GArray *refs = checker->devices;
  RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    {
      const RoostAddress *address = ref->info->address;

      if (address == NULL || !address->has_zpci)
        continue;
      if (!roost_arch_is_s390 (checker->arch))
        roost_check_unsupported (checker, &ref->info->position, "zpci", "it is of s390x");
      if (address->zpci_uid.is_set && address->zpci_uid.value == 0)
        roost_check_invalid (checker, &ref->info->position, "zpci",
                             "uid goes from 0x0001 to 0xffff");
    }
}

const RoostRule roost_unique_rules[] = {
  { "alias-unique", alias },
  { "boot-order-unique", boot_order },
  { "acpi-index-unique", acpi_index },
  { "drive-address-unique", drive },
  { "audio-id-unique", audio_id },
  { "boot-loadparm", loadparm },
  { "zpci", zpci },
  { NULL, NULL },
};
