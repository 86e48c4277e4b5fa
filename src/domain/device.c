/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/device.h"

#include "domain/domain-private.h"
#include "domain/hotplug-view.h"
#include "model/device-edit.h"

struct _RoostDevice
{
  GObject parent;
  RoostDomain *domain; /* (nullable): weak; it owns us */
  char *alias;
  const char *kind;
  char *address;
  char *xml;
  GVariant *live;
};

G_DEFINE_FINAL_TYPE (RoostDevice, roost_device, G_TYPE_OBJECT)

static guint changed_signal;

static void
roost_device_finalize (GObject *object)
{
  RoostDevice *device = ROOST_DEVICE (object);

  g_clear_weak_pointer (&device->domain);
  g_free (device->alias);
  g_free (device->address);
  g_free (device->xml);
  g_clear_pointer (&device->live, g_variant_unref);
  G_OBJECT_CLASS (roost_device_parent_class)->finalize (object);
}

static void
roost_device_class_init (RoostDeviceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = roost_device_finalize;
  changed_signal = g_signal_new ("changed", ROOST_TYPE_DEVICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
roost_device_init (RoostDevice *device)
{
}

/* Takes over what @ref says. Returns: whether anything is new. */
static gboolean
take (RoostDevice *device, const RoostDeviceRef *ref)
{
  g_autofree char *xml = roost_device_format (ref, ROOST_FORMAT_LIVE);
  g_autofree char *address = NULL;

  if (g_strcmp0 (xml, device->xml) == 0)
    return FALSE;
  address = roost_device_address_text (ref->info);
  g_free (device->address);
  device->address = g_steal_pointer (&address);
  g_free (device->xml);
  device->xml = g_steal_pointer (&xml);
  g_clear_pointer (&device->live, g_variant_unref);
  device->live = g_variant_ref_sink (roost_device_live_values (ref));
  return TRUE;
}

static RoostDevice *
device_new (RoostDomain *domain, const RoostDeviceRef *ref)
{
  RoostDevice *device = g_object_new (ROOST_TYPE_DEVICE, NULL);

  g_set_weak_pointer (&device->domain, domain);
  device->alias = g_strdup (ref->info->alias);
  device->kind = roost_device_kind_name (ref->kind);
  take (device, ref);
  return device;
}

RoostDomain *
roost_device_domain (RoostDevice *device)
{
  return device->domain;
}

const char *
roost_device_alias (RoostDevice *device)
{
  return device->alias;
}

const char *
roost_device_kind (RoostDevice *device)
{
  return device->kind;
}

const char *
roost_device_address (RoostDevice *device)
{
  return device->address;
}

const char *
roost_device_xml (RoostDevice *device)
{
  return device->xml;
}

GVariant *
roost_device_live (RoostDevice *device)
{
  return device->live;
}

/* --- of a domain --- */

GPtrArray *
roost_domain_devices (RoostDomain *domain)
{
  GPtrArray *devices = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer device;

  g_hash_table_iter_init (&iter, domain->devices);
  while (g_hash_table_iter_next (&iter, NULL, &device))
    g_ptr_array_add (devices, g_object_ref (device));
  return devices;
}

static void
show (RoostDomain *domain, const RoostDeviceRef *ref, GHashTable *seen)
{
  const char *alias = ref->info->alias;
  RoostDevice *device;

  if (alias == NULL || !g_hash_table_add (seen, g_strdup (alias)))
    return; /* a console that is a serial port by another name */
  device = g_hash_table_lookup (domain->devices, alias);
  if (device != NULL && device->kind == roost_device_kind_name (ref->kind))
    {
      if (take (device, ref))
        g_signal_emit (device, changed_signal, 0, ~0u);
      return;
    }
  if (device != NULL)
    roost_domain_tell_device (domain, device, FALSE);
  device = device_new (domain, ref);
  g_hash_table_replace (domain->devices, g_strdup (alias), device);
  roost_domain_tell_device (domain, device, TRUE);
}

static void
drop_others (RoostDomain *domain, GHashTable *seen)
{
  g_autoptr (GPtrArray) devices = roost_domain_devices (domain);

  for (guint i = 0; i < devices->len; i++)
    {
      RoostDevice *device = devices->pdata[i];

      if (g_hash_table_contains (seen, device->alias))
        continue;
      g_hash_table_remove (domain->devices, device->alias);
      roost_domain_tell_device (domain, device, FALSE);
    }
}

void
roost_domain_sync_devices (RoostDomain *domain)
{
  RoostDocument *document = domain->run != NULL ? domain->run->document : NULL;
  g_autoptr (GHashTable) seen = NULL;
  g_autoptr (GArray) refs = NULL;
  const RoostDeviceRef *ref;

  if (document == domain->shown_document)
    return;
  g_clear_pointer (&domain->shown_document, roost_document_unref);
  domain->shown_document = document != NULL ? roost_document_ref (document) : NULL;
  seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (document != NULL)
    {
      refs = roost_devices_list (roost_document_config (document));
      ROOST_REFS_EACH (ref, refs)
        show (domain, ref, seen);
    }
  drop_others (domain, seen);
}
