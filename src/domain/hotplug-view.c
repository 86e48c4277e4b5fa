/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/hotplug-view.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/tables.h"

static gboolean
is_drive (const RoostDeviceRef *ref)
{
  return ref->kind == ROOST_DEVICE_DISK
         && (ref->disk->device == ROOST_DISK_DEVICE_CDROM
             || ref->disk->device == ROOST_DISK_DEVICE_FLOPPY);
}

gboolean
roost_device_has_tray (const RoostDeviceRef *ref)
{
  return ref->kind == ROOST_DEVICE_DISK && ref->disk->device == ROOST_DISK_DEVICE_CDROM;
}

/* --- one change by hand --- */

static void
clear_source (RoostDisk *disk)
{
  RoostStorageSource *source = &disk->source;

  if (disk->backing_store != NULL)
    roost_type_free (&roost_backing_store_type, g_steal_pointer (&disk->backing_store));
  source->is_given = FALSE;
  g_clear_pointer (&source->file, g_free);
  g_clear_pointer (&source->dev, g_free);
}

static gboolean
change_medium (RoostDisk *disk, const RoostDeviceChange *change, GError **error)
{
  if (disk->source.type != ROOST_SOURCE_TYPE_FILE && disk->source.type != ROOST_SOURCE_TYPE_BLOCK
      && disk->source.type != ROOST_SOURCE_TYPE_UNSET)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the medium of '%s' is neither a file nor a block device: update the "
                        "device with its whole element",
                        disk->target);
  clear_source (disk);
  disk->source.type = change->is_block ? ROOST_SOURCE_TYPE_BLOCK : ROOST_SOURCE_TYPE_FILE;
  if (change->path == NULL)
    return TRUE;
  disk->source.is_given = TRUE;
  if (change->is_block)
    disk->source.dev = g_strdup (change->path);
  else
    disk->source.file = g_strdup (change->path);
  if (change->format != NULL)
    {
      g_free (disk->format);
      disk->format = g_strdup (change->format);
    }
  return TRUE;
}

gboolean
roost_device_change (RoostDomainConfig *config,
                     const RoostDeviceRef *ref,
                     const RoostDeviceChange *change,
                     GError **error)
{
  g_autofree char *label = roost_device_label (ref);

  if (change->kind == ROOST_LIVE_LINK)
    {
      if (ref->kind != ROOST_DEVICE_INTERFACE)
        return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "%s is no interface: it has no link",
                            label);
      ref->interface->link_state = change->is_up ? ROOST_LINK_STATE_UP : ROOST_LINK_STATE_DOWN;
      return TRUE;
    }
  if (!is_drive (ref))
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "%s has no medium that could change: only CD-ROM and floppy drives have",
                        label);
  return change_medium (ref->disk, change, error);
}

/* --- an element that somebody wrote --- */

static void
inherit_string (char **to, const char *from)
{
  if (*to == NULL)
    *to = g_strdup (from);
}

void
roost_device_inherit (RoostDeviceRef *device, const RoostDeviceRef *old)
{
  inherit_string (&device->info->alias, old->info->alias);
  if (device->info->address == NULL)
    device->info->address = roost_address_copy (old->info->address);
  if (device->kind == ROOST_DEVICE_INTERFACE)
    {
      inherit_string (&device->interface->mac, old->interface->mac);
      inherit_string (&device->interface->model, old->interface->model);
      inherit_string (&device->interface->target_dev, old->interface->target_dev);
    }
  if (device->kind == ROOST_DEVICE_DISK)
    {
      inherit_string (&device->disk->driver_name, old->disk->driver_name);
      if (device->disk->bus == ROOST_DISK_BUS_UNSET)
        device->disk->bus = old->disk->bus;
      if (device->disk->device == ROOST_DISK_DEVICE_UNSET)
        device->disk->device = old->disk->device;
      device->disk->tray = old->disk->tray;
    }
  if (device->kind == ROOST_DEVICE_MEMORY)
    {
      inherit_string (&device->memory->uuid, old->memory->uuid);
      device->memory->current_size = old->memory->current_size;
    }
}

gboolean
roost_device_find_named (const RoostDomainConfig *config,
                         const char *name,
                         RoostDeviceRef *out,
                         GError **error)
{
  g_autoptr (GArray) refs = roost_devices_list (config);
  const RoostDeviceRef *ref;

  if (roost_device_find_alias (config, name, out))
    return TRUE;
  ROOST_REFS_EACH (ref, refs)
    if ((ref->kind == ROOST_DEVICE_DISK && g_strcmp0 (ref->disk->target, name) == 0)
        || (ref->kind == ROOST_DEVICE_INTERFACE && ref->interface->mac != NULL
            && g_ascii_strcasecmp (ref->interface->mac, name) == 0))
      {
        *out = *ref;
        return TRUE;
      }
  return roost_throw (error, ROOST_ERROR_NOT_FOUND,
                      "there is no device '%s': give its alias, a disk's target or an "
                      "interface's MAC",
                      name);
}

/* --- what may differ --- */

static gboolean
same_source (const RoostDisk *a, const RoostDisk *b)
{
  RoostDeviceRef one = { .kind = ROOST_DEVICE_DISK, .disk = (RoostDisk *)a };
  g_auto (RoostDeviceRef) other = { 0 };

  roost_device_copy (&one, &other);
  roost_disk_take_medium (other.disk, b);
  return roost_device_equal (&one, &other, NULL);
}

static gboolean
same_uint (const RoostUint *a, const RoostUint *b)
{
  return a->is_set == b->is_set && a->value == b->value;
}

static gboolean
same_rate (const RoostRate *a, const RoostRate *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return same_uint (&a->average, &b->average) && same_uint (&a->peak, &b->peak)
         && same_uint (&a->burst, &b->burst) && same_uint (&a->floor, &b->floor);
}

static void
take_rate (RoostRate **to, const RoostRate *from)
{
  g_free (*to);
  *to = from != NULL ? g_memdup2 (from, sizeof *from) : NULL;
}

static void
take_string (char **to, const char *from)
{
  g_free (*to);
  *to = g_strdup (from);
}

/* Not whether there is one. */
static void
take_password (RoostGraphics *to, const RoostGraphics *from)
{
  if (to->passwd == NULL || from->passwd == NULL)
    return;
  take_string (&to->passwd, from->passwd);
  take_string (&to->passwd_valid_to, from->passwd_valid_to);
  to->connected = from->connected;
}

/* @now with what may change as @was has it: nothing else may differ. */
static void
take_back (const RoostDeviceRef *now, const RoostDeviceRef *was)
{
  if (is_drive (now))
    {
      roost_disk_take_medium (now->disk, was->disk);
      now->disk->tray = was->disk->tray;
    }
  else if (now->kind == ROOST_DEVICE_INTERFACE)
    {
      now->interface->link_state = was->interface->link_state;
      take_rate (&now->interface->inbound, was->interface->inbound);
      take_rate (&now->interface->outbound, was->interface->outbound);
    }
  else if (now->kind == ROOST_DEVICE_MEMORY)
    now->memory->requested_size = was->memory->requested_size;
  else if (now->kind == ROOST_DEVICE_GRAPHICS)
    take_password (now->graphics, was->graphics);
}

static guint
changes_of (const RoostDeviceRef *was, const RoostDeviceRef *now)
{
  guint what = 0;

  if (is_drive (now) && !same_source (was->disk, now->disk))
    what |= ROOST_LIVE_MEDIUM;
  if (now->kind == ROOST_DEVICE_INTERFACE
      && (was->interface->link_state == ROOST_LINK_STATE_DOWN)
             != (now->interface->link_state == ROOST_LINK_STATE_DOWN))
    what |= ROOST_LIVE_LINK;
  if (now->kind == ROOST_DEVICE_INTERFACE
      && (!same_rate (was->interface->inbound, now->interface->inbound)
          || !same_rate (was->interface->outbound, now->interface->outbound)))
    what |= ROOST_LIVE_RATE;
  if (now->kind == ROOST_DEVICE_MEMORY
      && was->memory->requested_size.value != now->memory->requested_size.value)
    what |= ROOST_LIVE_SIZE;
  if (now->kind == ROOST_DEVICE_GRAPHICS && now->graphics->passwd != NULL)
    what |= ROOST_LIVE_PASSWORD;
  return what;
}

gboolean
roost_device_live_changes (const RoostDeviceRef *was,
                           const RoostDeviceRef *now,
                           guint *out_what,
                           GError **error)
{
  g_auto (RoostDeviceRef) same = { 0 };
  g_autofree char *label = roost_device_label (was);

  roost_device_copy (now, &same);
  take_back (&same, was);
  if (!roost_device_equal (was, &same, error))
    {
      g_prefix_error (error, "%s cannot change so while the guest runs: ", label);
      return FALSE;
    }
  *out_what = changes_of (was, now);
  return TRUE;
}

/* --- what is shown --- */

static const char *
medium_of (const RoostDisk *disk)
{
  const RoostStorageSource *source = &disk->source;
  const char *places[] = { source->file, source->dev, source->dir, source->volume, source->name };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    if (places[i] != NULL)
      return places[i];
  return "";
}

static void
add_sizes (GVariantBuilder *builder, const RoostMemoryDevice *memory)
{
  if (memory->model != ROOST_MEMORY_MODEL_VIRTIO_MEM)
    return;
  g_variant_builder_add (builder, "{sv}", "requested-size",
                         g_variant_new_uint64 (memory->requested_size.value));
  g_variant_builder_add (builder, "{sv}", "size",
                         g_variant_new_uint64 (memory->current_size.value));
}

static void
add_rate (GVariantBuilder *builder, const char *name, const RoostRate *rate)
{
  g_autofree char *key = g_strconcat (name, "-average", NULL);

  if (rate != NULL && rate->average.value > 0)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_uint64 (rate->average.value * 1024));
}

static void
add_link (GVariantBuilder *builder, const RoostInterface *interface)
{
  g_variant_builder_add (builder, "{sv}", "link-up",
                         g_variant_new_boolean (interface->link_state != ROOST_LINK_STATE_DOWN));
  add_rate (builder, "inbound", interface->inbound);
  add_rate (builder, "outbound", interface->outbound);
}

GVariant *
roost_device_live_values (const RoostDeviceRef *ref)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (ref->kind == ROOST_DEVICE_INTERFACE)
    add_link (&builder, ref->interface);
  if (roost_device_has_tray (ref))
    g_variant_builder_add (&builder, "{sv}", "tray-open",
                           g_variant_new_boolean (ref->disk->tray == ROOST_DISK_TRAY_OPEN));
  if (is_drive (ref))
    g_variant_builder_add (&builder, "{sv}", "medium",
                           g_variant_new_string (medium_of (ref->disk)));
  if (ref->kind == ROOST_DEVICE_MEMORY)
    add_sizes (&builder, ref->memory);
  return g_variant_builder_end (&builder);
}

GStrv
roost_view_aliases (const RoostDomainConfig *config)
{
  g_autoptr (GPtrArray) aliases = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GArray) refs = roost_devices_list (config);
  const RoostDeviceRef *ref;

  ROOST_REFS_EACH (ref, refs)
    if (ref->info->alias != NULL && g_hash_table_add (seen, ref->info->alias))
      g_ptr_array_add (aliases, g_strdup (ref->info->alias));
  g_ptr_array_add (aliases, NULL);
  return (GStrv)g_ptr_array_free (g_steal_pointer (&aliases), FALSE);
}

/* --- what QEMU tells --- */

gboolean
roost_device_set_memory_size (RoostDomainConfig *config, const char *alias, guint64 bytes)
{
  RoostDeviceRef ref;

  if (!roost_device_find_alias (config, alias, &ref) || ref.kind != ROOST_DEVICE_MEMORY
      || ref.memory->model != ROOST_MEMORY_MODEL_VIRTIO_MEM
      || (ref.memory->current_size.is_set && ref.memory->current_size.value == bytes))
    return FALSE;
  ref.memory->current_size = roost_uint (bytes);
  return TRUE;
}

gboolean
roost_device_set_tray (RoostDomainConfig *config, const char *alias, gboolean is_open)
{
  RoostDeviceRef ref;
  RoostDiskTray tray = is_open ? ROOST_DISK_TRAY_OPEN : ROOST_DISK_TRAY_CLOSED;

  if (!roost_device_find_alias (config, alias, &ref) || !roost_device_has_tray (&ref)
      || (ref.disk->tray == ROOST_DISK_TRAY_OPEN) == is_open)
    return FALSE;
  ref.disk->tray = tray;
  return TRUE;
}
