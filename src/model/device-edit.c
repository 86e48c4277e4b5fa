/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device-edit.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/tables.h"

#include <string.h>

/* --- the row of a kind in <devices> --- */

static const RoostField *
row_named (const char *name)
{
  for (const RoostField *row = roost_devices_type.fields; row->path != NULL; row++)
    if (row->type != NULL && g_str_equal (row->path, name))
      return row;
  return NULL;
}

static const RoostField *
row_of (RoostDeviceKind kind)
{
  return row_named (roost_device_kind_name (kind));
}

static gboolean
kind_named (const char *name, RoostDeviceKind *out)
{
  for (guint kind = 0; kind < ROOST_DEVICE_N_KINDS; kind++)
    if (g_str_equal (roost_device_kind_name (kind), name))
      {
        *out = kind;
        return TRUE;
      }
  return FALSE;
}

static gpointer *
member_of (RoostDomainConfig *config, const RoostField *row)
{
  return (gpointer *)((guint8 *)&config->devices + row->offset);
}

/* --- one device --- */

gboolean
roost_device_parse (const char *xml, RoostDeviceRef *out, GError **error)
{
  g_autoptr (RoostXml) document = roost_xml_parse (xml, -1, NULL, error);
  RoostDeviceRef ref = { 0 };
  const char *name;

  if (document == NULL)
    return FALSE;
  name = roost_xml_node_name (roost_xml_root (document));
  if (!kind_named (name, &ref.kind))
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "<%s> is no device: give one element that may stand in <devices>", name);
  ref.device =
      roost_type_parse (row_of (ref.kind)->type, document, roost_xml_root (document), NULL, error);
  if (ref.device == NULL)
    return FALSE;
  *out = ref;
  return TRUE;
}

void
roost_device_clear (RoostDeviceRef *ref)
{
  if (ref->device != NULL)
    roost_type_free (row_of (ref->kind)->type, g_steal_pointer (&ref->device));
}

void
roost_device_copy (const RoostDeviceRef *ref, RoostDeviceRef *out)
{
  *out = *ref;
  out->device = roost_type_copy (row_of (ref->kind)->type, ref->device);
}

char *
roost_device_format (const RoostDeviceRef *ref, guint flags)
{
  GString *out = g_string_new (NULL);

  roost_type_format (row_of (ref->kind)->type, ref->device, roost_device_kind_name (ref->kind),
                     flags, 0, out);
  return g_string_free (out, FALSE);
}

gboolean
roost_device_equal (const RoostDeviceRef *a, const RoostDeviceRef *b, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (roost_type_equal (row_of (a->kind)->type, a->device, b->device, 0, &local))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "%s", local->message);
}

/* --- a list of them --- */

/* <memory> counts the modules in. */
static void
add_memory (RoostDomainConfig *config, const RoostDeviceRef *ref)
{
  guint64 size = ref->kind == ROOST_DEVICE_MEMORY ? ref->memory->size.value : 0;
  gboolean is_full = config->current_memory.value == config->memory.value;

  if (size == 0 || !config->memory.is_set || size > G_MAXUINT64 - config->memory.value)
    return;
  config->memory.value += size;
  if (is_full)
    config->current_memory = config->memory;
}

static void
drop_memory (RoostDomainConfig *config, const RoostDeviceRef *ref)
{
  guint64 size = ref->kind == ROOST_DEVICE_MEMORY ? ref->memory->size.value : 0;

  if (size >= config->memory.value)
    return;
  config->memory.value -= size;
  if (config->current_memory.value > config->memory.value)
    config->current_memory = config->memory;
}

gboolean
roost_device_insert (RoostDomainConfig *config, RoostDeviceRef *ref, GError **error)
{
  const RoostField *row = row_of (ref->kind);
  gpointer *member = member_of (config, row);
  GPtrArray *list = *member;

  add_memory (config, ref);
  if (row->kind == ROOST_FIELD_LIST)
    {
      if (list == NULL)
        *member = list = g_ptr_array_new ();
      ref->index = list->len;
      g_ptr_array_add (list, g_steal_pointer (&ref->device));
      return TRUE;
    }
  if (*member != NULL)
    return roost_throw (error, ROOST_ERROR_EXISTS, "the domain has a <%s> already", row->path);
  *member = g_steal_pointer (&ref->device);
  return TRUE;
}

void
roost_device_remove (RoostDomainConfig *config, const RoostDeviceRef *ref)
{
  const RoostField *row = row_of (ref->kind);
  gpointer *member = member_of (config, row);

  drop_memory (config, ref);
  if (row->kind == ROOST_FIELD_LIST)
    g_ptr_array_remove_index (*member, ref->index);
  else
    *member = NULL;
  roost_type_free (row->type, ref->device);
}

void
roost_device_replace (RoostDomainConfig *config, const RoostDeviceRef *ref, RoostDeviceRef *with)
{
  const RoostField *row = row_of (ref->kind);
  gpointer *member = member_of (config, row);
  GPtrArray *list = *member;

  drop_memory (config, ref);
  add_memory (config, with);
  with->index = ref->index;
  if (row->kind == ROOST_FIELD_LIST)
    list->pdata[ref->index] = g_steal_pointer (&with->device);
  else
    *member = g_steal_pointer (&with->device);
  roost_type_free (row->type, ref->device);
}

/* --- finding --- */

gboolean
roost_device_find_alias (const RoostDomainConfig *config, const char *alias, RoostDeviceRef *out)
{
  g_autoptr (GArray) refs = roost_devices_list (config);
  const RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    if (g_strcmp0 (ref->info->alias, alias) == 0)
      {
        *out = *ref;
        return TRUE;
      }
  return FALSE;
}

/* QEMU has no two ports of one name, whichever their controllers are. Returns: (nullable) */
static const char *
port_name (const RoostChardev *channel)
{
  return channel->channel_target == ROOST_CHANNEL_TARGET_VIRTIO ? channel->name : NULL;
}

/* Is there something that names exactly one device of this kind? */
static gboolean
has_key (const RoostDeviceRef *like)
{
  switch ((int)like->kind)
    {
    case ROOST_DEVICE_DISK:
      return like->disk->target != NULL;
    case ROOST_DEVICE_INTERFACE:
      return like->interface->mac != NULL && like->info->address == NULL;
    case ROOST_DEVICE_CONTROLLER:
      return like->controller->index.is_set;
    case ROOST_DEVICE_CHANNEL:
      return port_name (like->chardev) != NULL;
    case ROOST_DEVICE_GRAPHICS:
      return TRUE; /* QEMU serves one of each type */
    default:
      return FALSE;
    }
}

static gboolean
same_key (const RoostDeviceRef *like, const RoostDeviceRef *ref)
{
  switch ((int)like->kind)
    {
    case ROOST_DEVICE_DISK:
      return g_strcmp0 (like->disk->target, ref->disk->target) == 0;
    case ROOST_DEVICE_INTERFACE:
      return g_strcmp0 (like->interface->mac, ref->interface->mac) == 0;
    case ROOST_DEVICE_CONTROLLER:
      return like->controller->type == ref->controller->type
             && like->controller->index.value == ref->controller->index.value;
    case ROOST_DEVICE_CHANNEL:
      return g_strcmp0 (port_name (like->chardev), port_name (ref->chardev)) == 0;
    case ROOST_DEVICE_GRAPHICS:
      return like->graphics->type == ref->graphics->type;
    default:
      return FALSE;
    }
}

static gboolean
says_all (const RoostDeviceRef *ref, const RoostDeviceRef *like)
{
  g_autofree char *whole = roost_device_format (ref, ROOST_FORMAT_SECRETS | ROOST_FORMAT_LIVE);
  g_autofree char *part = roost_device_format (like, ROOST_FORMAT_SECRETS | ROOST_FORMAT_LIVE);
  g_autoptr (RoostXml) whole_xml = roost_xml_parse (whole, -1, NULL, NULL);
  g_autoptr (RoostXml) part_xml = roost_xml_parse (part, -1, NULL, NULL);

  return whole_xml != NULL && part_xml != NULL
         && roost_xml_is_within (roost_xml_root (part_xml), roost_xml_root (whole_xml));
}

static gboolean
is_meant (const RoostDeviceRef *ref, const RoostDeviceRef *like)
{
  if (like->info->alias != NULL && ref->info->alias != NULL)
    return g_str_equal (like->info->alias, ref->info->alias);
  return has_key (like) ? same_key (like, ref) : says_all (ref, like);
}

gboolean
roost_device_find_like (const RoostDomainConfig *config,
                        const RoostDeviceRef *like,
                        RoostDeviceRef *out,
                        GError **error)
{
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  const RoostDeviceRef *ref;
  const char *kind = roost_device_kind_name (like->kind);
  g_autofree char *label = roost_device_label (like);
  guint n = 0;

  roost_devices_append (config, like->kind, refs);
  ROOST_REFS_EACH (ref, refs)
    if (is_meant (ref, like) && n++ == 0)
      *out = *ref;
  if (n == 0)
    return roost_throw (error, ROOST_ERROR_NOT_FOUND,
                        "there is no such <%s> (%s): of %u nothing is as given", kind, label,
                        refs->len);
  if (n > 1)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "%u devices <%s> are so: give its alias, or its <address>", n, kind);
  return TRUE;
}

gboolean
roost_device_find (const RoostDomainConfig *config,
                   const char *alias_or_xml,
                   RoostDeviceRef *out,
                   GError **error)
{
  g_auto (RoostDeviceRef) like = { 0 };

  if (strchr (alias_or_xml, '<') != NULL)
    return roost_device_parse (alias_or_xml, &like, error)
           && roost_device_find_like (config, &like, out, error);
  if (roost_device_find_alias (config, alias_or_xml, out))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no device with the alias '%s'",
                      alias_or_xml);
}

static gboolean
same_address (const RoostDeviceInfo *a, const RoostDeviceInfo *b)
{
  g_autofree char *one = roost_device_address_text (a);
  g_autofree char *other = roost_device_address_text (b);

  return *one != '\0' && g_str_equal (one, other);
}

static gboolean
find_at_address (const RoostDomainConfig *config, const RoostDeviceRef *live, RoostDeviceRef *out)
{
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  const RoostDeviceRef *ref;

  roost_devices_append (config, live->kind, refs);
  ROOST_REFS_EACH (ref, refs)
    if (same_address (ref->info, live->info))
      {
        *out = *ref;
        return TRUE;
      }
  return FALSE;
}

/* A running chardev knows paths that what is stored leaves open. */
static gboolean
same_port (const RoostChardev *a, const RoostChardev *b)
{
  return a->serial_target == b->serial_target && a->console_target == b->console_target
         && a->channel_target == b->channel_target && a->port.value == b->port.value
         && g_strcmp0 (a->name, b->name) == 0
         && g_strcmp0 (a->guestfwd_address, b->guestfwd_address) == 0
         && a->guestfwd_port.value == b->guestfwd_port.value;
}

static gboolean
is_chardev (RoostDeviceKind kind)
{
  return kind == ROOST_DEVICE_SERIAL || kind == ROOST_DEVICE_PARALLEL
         || kind == ROOST_DEVICE_CHANNEL || kind == ROOST_DEVICE_CONSOLE;
}

static gboolean
find_same_port (const RoostDomainConfig *config, const RoostDeviceRef *live, RoostDeviceRef *out)
{
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  const RoostDeviceRef *ref;

  if (!is_chardev (live->kind))
    return FALSE;
  roost_devices_append (config, live->kind, refs);
  ROOST_REFS_EACH (ref, refs)
    if (same_port (ref->chardev, live->chardev))
      {
        *out = *ref;
        return TRUE;
      }
  return FALSE;
}

gboolean
roost_device_find_twin (const RoostDomainConfig *config,
                        const RoostDeviceRef *live,
                        RoostDeviceRef *out,
                        GError **error)
{
  g_auto (RoostDeviceRef) stored = { 0 };
  const char *alias = live->info->alias;

  if (alias != NULL && roost_device_find_alias (config, alias, out) && out->kind == live->kind)
    return TRUE;
  roost_device_copy (live, &stored);
  roost_type_forget (row_of (live->kind)->type, stored.device, ROOST_FIELD_OUTPUT);
  g_clear_pointer (&stored.info->alias, g_free);
  if (!has_key (&stored) && find_at_address (config, &stored, out))
    return TRUE;
  if (find_same_port (config, &stored, out))
    return TRUE;
  return roost_device_find_like (config, &stored, out, error);
}

/* The machine's own controllers share their aliases with others: compare the kind as well. */
static gboolean
has_alike (GArray *refs, const RoostDeviceRef *wanted)
{
  const RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    if (ref->kind == wanted->kind && g_strcmp0 (ref->info->alias, wanted->info->alias) == 0)
      return TRUE;
  return FALSE;
}

GArray *
roost_devices_added (const RoostDomainConfig *was, const RoostDomainConfig *now)
{
  g_autoptr (GArray) before = roost_devices_list (was);
  g_autoptr (GArray) after = roost_devices_list (now);
  GArray *added = g_array_new (FALSE, FALSE, sizeof (RoostDeviceRef));
  const RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, after)
    if (!has_alike (before, ref))
      g_array_append_vals (added, ref, 1);
  return added;
}

void
roost_disk_take_medium (RoostDisk *disk, const RoostDisk *from)
{
  RoostDisk *copy = roost_type_copy (&roost_disk_type, from);
  RoostStorageSource source = disk->source;
  RoostBackingStore *backing_store = disk->backing_store;
  char *format = disk->format;

  disk->source = copy->source;
  disk->backing_store = copy->backing_store;
  disk->format = copy->format;
  copy->source = source;
  copy->backing_store = backing_store;
  copy->format = format;
  roost_type_free (&roost_disk_type, copy);
}

void
roost_devices_drop_gone (RoostDomainConfig *config,
                         const RoostDomainConfig *was,
                         const RoostDomainConfig *now)
{
  g_autoptr (GArray) gone = roost_devices_added (now, was);
  const RoostDeviceRef *ref;
  RoostDeviceRef found;

  ROOST_REFS_EACH (ref, gone)
    if (ref->info->alias != NULL && roost_device_find_alias (config, ref->info->alias, &found)
        && found.kind == ref->kind)
      roost_device_remove (config, &found);
}

void
roost_device_as_stored (const RoostDeviceRef *live,
                        const RoostDeviceRef *given,
                        RoostDeviceRef *out)
{
  roost_device_copy (live, out);
  roost_type_forget (row_of (live->kind)->type, out->device, ROOST_FIELD_OUTPUT);
  if (given->info->alias == NULL)
    g_clear_pointer (&out->info->alias, g_free);
}

/* --- addresses --- */

char *
roost_device_address_text (const RoostDeviceInfo *info)
{
  const RoostAddress *at = info->address;
  const char *type = at != NULL ? roost_address_type_names[at->type] : "";

  switch (at != NULL ? at->type : ROOST_ADDRESS_TYPE_UNSET)
    {
    case ROOST_ADDRESS_TYPE_PCI:
      return g_strdup_printf ("pci %04x:%02x:%02x.%x", (guint)at->domain.value,
                              (guint)at->bus.value, (guint)at->slot.value,
                              (guint)at->function.value);
    case ROOST_ADDRESS_TYPE_USB:
      return g_strdup_printf ("usb %u:%s", (guint)at->bus.value,
                              at->usb_port != NULL ? at->usb_port : "");
    case ROOST_ADDRESS_TYPE_DRIVE:
      return g_strdup_printf ("drive %u:%u:%u:%u", (guint)at->controller.value,
                              (guint)at->bus.value, (guint)at->target.value, (guint)at->unit.value);
    case ROOST_ADDRESS_TYPE_VIRTIO_SERIAL:
      return g_strdup_printf ("virtio-serial %u:%u:%u", (guint)at->controller.value,
                              (guint)at->bus.value, (guint)at->port.value);
    case ROOST_ADDRESS_TYPE_CCW:
      return g_strdup_printf ("ccw %x.%x.%04x", (guint)at->cssid.value, (guint)at->ssid.value,
                              (guint)at->devno.value);
    case ROOST_ADDRESS_TYPE_CCID:
      return g_strdup_printf ("ccid %u:%u", (guint)at->controller.value, (guint)at->slot.value);
    case ROOST_ADDRESS_TYPE_DIMM:
      return g_strdup_printf ("dimm %u", (guint)at->slot.value);
    case ROOST_ADDRESS_TYPE_SPAPR_VIO:
      return g_strdup_printf ("spapr-vio 0x%08x", (guint)at->reg.value);
    case ROOST_ADDRESS_TYPE_ISA:
      return g_strdup_printf ("isa 0x%x", (guint)at->iobase.value);
    case ROOST_ADDRESS_TYPE_VIRTIO_MMIO:
    case ROOST_ADDRESS_TYPE_VIRTIO_S390:
    case ROOST_ADDRESS_TYPE_UNASSIGNED:
    case ROOST_ADDRESS_TYPE_UNSET:
    default:
      return g_strdup (type);
    }
}

/* Which type of controller do devices with such an address sit on? A disk's address does not say.
 */
static RoostControllerType
controller_type_of (const RoostDeviceRef *ref)
{
  static const RoostControllerType types[] = {
    [ROOST_DISK_BUS_IDE] = ROOST_CONTROLLER_TYPE_IDE,
    [ROOST_DISK_BUS_FDC] = ROOST_CONTROLLER_TYPE_FDC,
    [ROOST_DISK_BUS_SCSI] = ROOST_CONTROLLER_TYPE_SCSI,
    [ROOST_DISK_BUS_SATA] = ROOST_CONTROLLER_TYPE_SATA,
  };

  switch ((int)ref->info->address->type)
    {
    case ROOST_ADDRESS_TYPE_PCI:
      return ROOST_CONTROLLER_TYPE_PCI;
    case ROOST_ADDRESS_TYPE_USB:
      return ROOST_CONTROLLER_TYPE_USB;
    case ROOST_ADDRESS_TYPE_VIRTIO_SERIAL:
      return ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL;
    case ROOST_ADDRESS_TYPE_CCID:
      return ROOST_CONTROLLER_TYPE_CCID;
    case ROOST_ADDRESS_TYPE_DRIVE:
      if (ref->kind != ROOST_DEVICE_DISK)
        return ROOST_CONTROLLER_TYPE_SCSI;
      return (guint)ref->disk->bus < G_N_ELEMENTS (types) ? types[ref->disk->bus]
                                                          : ROOST_CONTROLLER_TYPE_UNSET;
    default:
      return ROOST_CONTROLLER_TYPE_UNSET;
    }
}

static guint64
controller_index_of (const RoostAddress *at)
{
  return at->type == ROOST_ADDRESS_TYPE_PCI || at->type == ROOST_ADDRESS_TYPE_USB
             ? at->bus.value
             : at->controller.value;
}

/* What is plugged into a hub has a port below that of the hub: "1" and "1.2". */
static gboolean
is_behind_hub (const RoostDeviceRef *ref, const RoostDeviceRef *hub)
{
  const RoostAddress *at = ref->info->address;
  const RoostAddress *above = hub->info->address;
  gsize length;

  if (above == NULL || above->usb_port == NULL || at->type != ROOST_ADDRESS_TYPE_USB
      || at->usb_port == NULL || at->bus.value != above->bus.value)
    return FALSE;
  length = strlen (above->usb_port);
  return strncmp (at->usb_port, above->usb_port, length) == 0 && at->usb_port[length] == '.';
}

static gboolean
sits_at (const RoostDeviceRef *ref, const RoostDeviceRef *owner)
{
  if (ref->info->address == NULL)
    return FALSE;
  if (owner->kind == ROOST_DEVICE_HUB)
    return is_behind_hub (ref, owner);
  return controller_type_of (ref) == owner->controller->type
         && controller_index_of (ref->info->address) == (guint64)owner->controller->index.value;
}

char *
roost_device_user (const RoostDomainConfig *config, const RoostDeviceRef *ref)
{
  g_autoptr (GArray) refs = NULL;
  const RoostDeviceRef *other;

  if (ref->kind != ROOST_DEVICE_CONTROLLER && ref->kind != ROOST_DEVICE_HUB)
    return NULL;
  refs = roost_devices_list (config);
  ROOST_REFS_EACH (other, refs)
    if (other->device != ref->device && sits_at (other, ref))
      return roost_device_label (other);
  return NULL;
}
