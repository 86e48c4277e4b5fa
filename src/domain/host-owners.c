/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/host-owners.h"

#include "base/error.h"
#include "base/log.h"
#include "domain/hotplug.h"
#include "host/pci.h"
#include "model/device-edit.h"

#include <glib/gstdio.h>
#include <string.h>

#define SYS_DIR "/sys"

/* How long a device that is on its way back is waited for. */
#define LEAVE_WAIT_MS 60000

#define RETRY_MS 1000

typedef RoostHostOwner Owner;

/* --- who has what --- */

static void
owner_free (gpointer p)
{
  Owner *owner = p;

  if (owner->monitor != NULL)
    g_signal_handlers_disconnect_matched (owner->monitor, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL,
                                          owner);
  g_clear_object (&owner->monitor);
  g_free (owner->key);
  g_free (owner->uuid);
  g_free (owner->alias);
  g_free (owner);
}

RoostHostOwners *
roost_host_owners_new (void)
{
  RoostHostOwners *owners = g_new0 (RoostHostOwners, 1);

  owners->owners = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, owner_free);
  owners->left = co_gate_new ();
  return owners;
}

void
roost_host_owners_free (RoostHostOwners *owners)
{
  g_hash_table_unref (owners->owners);
  co_gate_free (owners->left);
  g_free (owners);
}

static char *
key_of (const RoostHostThing *thing)
{
  switch (thing->kind)
    {
    case ROOST_HOST_THING_USB:
      return g_strdup_printf ("usb %u:%u", thing->usb.bus, thing->usb.device);
    case ROOST_HOST_THING_PCI:
      return g_strconcat ("pci ", thing->pci, NULL);
    case ROOST_HOST_THING_VSOCK:
    default:
      return g_strdup_printf ("vsock %u", thing->cid);
    }
}

/* "USB device bus 1 device 4", "PCI device 0000:01:00.0", "vsock address 3" */
static char *
text_of (const RoostHostThing *thing)
{
  g_autofree char *usb = roost_usb_text (&thing->usb);

  switch (thing->kind)
    {
    case ROOST_HOST_THING_USB:
      return g_strconcat ("USB device ", usb, NULL);
    case ROOST_HOST_THING_PCI:
      return g_strconcat ("PCI device ", thing->pci, NULL);
    case ROOST_HOST_THING_VSOCK:
    default:
      return g_strdup_printf ("vsock address %u", thing->cid);
    }
}

gboolean
roost_host_throw_owned (RoostManager *manager,
                        const Owner *owner,
                        const RoostHostThing *thing,
                        GError **error)
{
  RoostDomain *other = roost_manager_find_uuid (manager, owner->uuid);
  g_autofree char *text = text_of (thing);

  return roost_throw (error,
                      thing->kind == ROOST_HOST_THING_VSOCK ? ROOST_ERROR_EXISTS : ROOST_ERROR_BUSY,
                      "the %s is in use: the domain '%s' has it as '%s'", text,
                      other != NULL ? other->name : owner->uuid, owner->alias);
}

static Owner *
add_owner (RoostDomain *domain, const RoostHostThing *thing)
{
  Owner *owner = g_new0 (Owner, 1);

  owner->key = key_of (thing);
  owner->uuid = g_strdup (domain->uuid);
  owner->alias = g_strdup (thing->alias);
  owner->usb_bus = thing->usb.bus;
  owner->usb_device = thing->usb.device;
  g_hash_table_replace (domain->manager->host_owners->owners, owner->key, owner);
  return owner;
}

RoostHostOwner *
roost_host_find_owner (RoostManager *manager, const RoostHostThing *thing)
{
  g_autofree char *key = key_of (thing);

  return g_hash_table_lookup (manager->host_owners->owners, key);
}

/* --- a USB device that is pulled out of the host --- */

typedef struct
{
  RoostManager *manager;
  char *uuid, *alias;
} Gone;

/* FALSE: to be tried again. */
static gboolean
take_out (RoostDomain *domain, const char *alias)
{
  const RoostDetachOptions options = { .where.live = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostJob) job = NULL;
  RoostDeviceRef ref;

  if (domain->run == NULL || domain->run->document == NULL
      || !roost_device_find_alias (roost_document_config (domain->run->document), alias, &ref))
    return TRUE;
  job = roost_domain_detach_device (domain, alias, &options, "", &error);
  if (g_error_matches (error, ROOST_ERROR, ROOST_ERROR_BUSY)
      || g_error_matches (error, ROOST_ERROR, ROOST_ERROR_NOT_RUNNING))
    return FALSE; /* somebody is at it, or it is not taken over yet */
  roost_log (G_LOG_LEVEL_MESSAGE, NULL, domain->uuid, domain->name,
             "the USB device of '%s' has left the host%s%s", alias,
             error != NULL ? ", and cannot be taken from the guest: " : "; the guest loses it",
             error != NULL ? error->message : "");
  return TRUE;
}

static void
gone_body (gpointer p)
{
  Gone *gone = p;
  RoostManager *manager = gone->manager;

  do
    {
      RoostDomain *domain = roost_manager_find_uuid (manager, gone->uuid);
      g_autoptr (RoostDomain) held = domain != NULL ? g_object_ref (domain) : NULL;

      if (held == NULL || take_out (held, gone->alias))
        break;
    }
  while (co_sleep (RETRY_MS, manager->closing, NULL));
  g_object_unref (gone->manager);
  g_free (gone->uuid);
  g_free (gone->alias);
  g_free (gone);
}

static void
usb_gone (RoostManager *manager, const Owner *owner)
{
  Gone *gone = g_new0 (Gone, 1);

  gone->manager = g_object_ref (manager);
  gone->uuid = g_strdup (owner->uuid);
  gone->alias = g_strdup (owner->alias);
  co_spawn ("usb-gone", gone_body, gone);
}

static void
on_node_changed (
    GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, Owner *owner)
{
  RoostManager *manager = g_object_get_data (G_OBJECT (monitor), "manager");

  if (event == G_FILE_MONITOR_EVENT_DELETED && !owner->is_leaving)
    usb_gone (manager, owner);
}

static void
watch_node (RoostManager *manager, Owner *owner)
{
  g_autofree char *node = roost_usb_node (owner->usb_bus, owner->usb_device);
  g_autoptr (GFile) file = g_file_new_for_path (node);

  owner->monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);
  if (owner->monitor == NULL)
    return;
  g_object_set_data (G_OBJECT (owner->monitor), "manager", manager);
  g_signal_connect (owner->monitor, "changed", G_CALLBACK (on_node_changed), owner);
  if (!g_file_test (node, G_FILE_TEST_EXISTS))
    usb_gone (manager, owner);
}

/* --- taking --- */

gboolean
roost_host_claim (RoostDomain *domain, const RoostHostThing *thing, GError **error)
{
  RoostManager *manager = domain->manager;
  g_autofree char *text = text_of (thing);
  Owner *owner;

  while ((owner = roost_host_find_owner (manager, thing)) != NULL && owner->is_leaving)
    if (!co_gate_wait (manager->host_owners->left, LEAVE_WAIT_MS, manager->closing, error))
      {
        g_prefix_error (error, "the %s is on its way back to the host: ", text);
        return FALSE;
      }
  if (owner != NULL)
    return roost_host_throw_owned (manager, owner, thing, error);
  if (domain->run == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended", domain->name);
  owner = add_owner (domain, thing);
  if (thing->kind == ROOST_HOST_THING_USB)
    watch_node (manager, owner);
  return TRUE;
}

char *
roost_host_mark_path (RoostManager *manager, const char *address)
{
  return g_build_filename (manager->places->run_dir, "pci", address, NULL);
}

/* --- giving back --- */

typedef struct
{
  RoostManager *manager;
  char *key;
  char *pci; /* (nullable) */
  char *mark;
  guint usb_bus, usb_device;
} Return;

static gboolean
return_in_thread (gpointer p, GCancellable *cancellable, GError **error)
{
  const Return *back = p;

  if (back->usb_bus != 0)
    roost_usb_probe_drivers (SYS_DIR, back->usb_bus, back->usb_device);
  if (back->pci == NULL || !g_file_test (back->mark, G_FILE_TEST_EXISTS))
    return TRUE;
  if (!roost_pci_give_back (SYS_DIR, back->pci, error))
    return FALSE;
  g_unlink (back->mark);
  return TRUE;
}

static void
return_body (gpointer p)
{
  Return *back = p;
  g_autoptr (GError) error = NULL;

  if (!co_thread (return_in_thread, back, NULL, &error))
    roost_warning ("%s could not be given back to the host: %s", back->key, error->message);
  g_hash_table_remove (back->manager->host_owners->owners, back->key);
  co_gate_open (back->manager->host_owners->left);
  g_object_unref (back->manager);
  g_free (back->key);
  g_free (back->pci);
  g_free (back->mark);
  g_free (back);
}

static void
give_back (RoostManager *manager, const char *key, guint usb_bus, guint usb_device)
{
  Return *back = g_new0 (Return, 1);

  back->manager = g_object_ref (manager);
  back->key = g_strdup (key);
  back->usb_bus = usb_bus;
  back->usb_device = usb_device;
  if (g_str_has_prefix (key, "pci "))
    {
      back->pci = g_strdup (key + strlen ("pci "));
      back->mark = roost_host_mark_path (manager, back->pci);
    }
  co_spawn ("give-back", return_body, back);
}

typedef gboolean (*Leaves) (const Owner *owner, gconstpointer data);

static void
leave (RoostDomain *domain, Leaves leaves, gconstpointer data)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer p;

  g_hash_table_iter_init (&iter, domain->manager->host_owners->owners);
  while (g_hash_table_iter_next (&iter, NULL, &p))
    {
      Owner *owner = p;

      if (owner->is_leaving || !g_str_equal (owner->uuid, domain->uuid) || !leaves (owner, data))
        continue;
      owner->is_leaving = TRUE;
      if (g_str_has_prefix (owner->key, "vsock "))
        g_hash_table_iter_remove (&iter);
      else
        g_ptr_array_add (gone, owner);
    }
  for (guint i = 0; i < gone->len; i++)
    {
      const Owner *owner = gone->pdata[i];

      give_back (domain->manager, owner->key, owner->usb_bus, owner->usb_device);
    }
}

static gboolean
has_alias (const Owner *owner, gconstpointer alias)
{
  return alias == NULL || g_str_equal (owner->alias, alias);
}

void
roost_host_devices_leave (RoostDomain *domain, const char *alias)
{
  if (domain->manager != NULL)
    leave (domain, has_alias, alias);
}

static gboolean
is_not_in (const Owner *owner, gconstpointer config)
{
  RoostDeviceRef ref;

  return !roost_device_find_alias (config, owner->alias, &ref);
}

void
roost_host_devices_settle (RoostDomain *domain)
{
  const RoostDomainConfig *config = roost_document_config (domain->run->document);

  roost_host_devices_adopt (domain, config);
  leave (domain, is_not_in, config);
}

/* --- after a crash of the daemon --- */

/* One that is not known by its place was given to QEMU by its names. */
static gboolean
has_place (const RoostHostThing *thing)
{
  return thing->kind == ROOST_HOST_THING_PCI
         || (thing->kind == ROOST_HOST_THING_USB ? thing->usb.device : thing->cid) != 0;
}

static void
adopt_one (RoostDomain *domain, const RoostHostThing *thing)
{
  Owner *owner;

  if (!has_place (thing) || roost_host_find_owner (domain->manager, thing) != NULL)
    return;
  owner = add_owner (domain, thing);
  if (thing->kind == ROOST_HOST_THING_USB)
    watch_node (domain->manager, owner);
}

void
roost_host_devices_adopt (RoostDomain *domain, const RoostDomainConfig *config)
{
  g_autoptr (GPtrArray) things = roost_view_host_things (config, NULL);

  for (guint i = 0; i < things->len; i++)
    adopt_one (domain, things->pdata[i]);
}

void
roost_host_devices_sweep (RoostManager *manager)
{
  g_autofree char *folder = g_build_filename (manager->places->run_dir, "pci", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *key = g_strconcat ("pci ", name, NULL);

      if (!g_hash_table_contains (manager->host_owners->owners, key))
        give_back (manager, key, 0, 0);
    }
}
