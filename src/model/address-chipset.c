/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/address-pci.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/blame.h"
#include "model/controller-list.h"
#include "model/machine.h"

/*
 * Where chipsets have their parts. Source: QEMU hw/i386/pc_piix.c, hw/isa/piix3.c, hw/i386/pc_q35.c
 * and docs/q35-chipset.cfg.
 */

static const RoostPciPlace piix3_isa = { .slot = 0x01, .function = 0 };
static const RoostPciPlace piix3_ide = { .slot = 0x01, .function = 1 };
static const RoostPciPlace piix3_usb = { .slot = 0x01, .function = 2 };
static const RoostPciPlace i440fx_video = { .slot = 0x02 };
static const RoostPciPlace q35_video = { .slot = 0x01 };
static const RoostPciPlace ich9_lpc = { .slot = 0x1f, .function = 0 };
static const RoostPciPlace ich9_sata = { .slot = 0x1f, .function = 2 };
static const RoostPciPlace ich9_smbus = { .slot = 0x1f, .function = 3 };
static const RoostPciPlace ich9_dmi = { .slot = 0x1e };
static const RoostPciPlace ich9_sound = { .slot = 0x1b };
static const guint ich9_usb_slots[] = { 0x1d, 0x1a };

static gboolean
is_same_place (const RoostPciPlace *a, const RoostPciPlace *b)
{
  return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot
         && a->function == b->function;
}

static gboolean
reserve (RoostPciLayout *layout, const RoostPciPlace *place, const char *what, GError **error)
{
  const RoostPciGuest guest = { .plug = ROOST_PCI_PLUG_ENDPOINTS, .label = what };

  return roost_pci_topology_take (layout->topology, place, &guest, error);
}

/* A device that the chipset has at one place only. */
static gboolean
put_fixed (RoostPciLayout *layout, RoostPciEntry *entry, const RoostPciPlace *place, GError **error)
{
  g_autofree char *label = NULL;

  if (!entry->is_given)
    return roost_pci_layout_put (layout, entry, place, error);
  if (is_same_place (&entry->place, place))
    return TRUE;
  label = roost_device_label (&entry->ref);
  roost_throw (error, ROOST_ERROR_INVALID_XML,
               "%s: it is a part of the chipset and must have the PCI address 0000:%02x:%02x.%x",
               label, place->bus, place->slot, place->function);
  return roost_blame_device (error, &entry->ref, "pci-address");
}

/* A device that has a usual place, if that is free. */
static gboolean
put_usual (RoostPciLayout *layout, RoostPciEntry *entry, const RoostPciPlace *place, GError **error)
{
  if (entry->is_placed
      || !roost_pci_topology_is_slot_free (layout->topology, place->bus, place->slot))
    return TRUE;
  return roost_pci_layout_put (layout, entry, place, error);
}

/* The card that the firmware shows its messages on is the first. */
static gboolean
put_video (RoostPciLayout *layout, const RoostPciPlace *place, GError **error)
{
  RoostPciEntry *entry;

  ROOST_LIST_EACH (RoostPciEntry, entry, layout->entries)
    if (entry->ref.kind == ROOST_DEVICE_VIDEO && entry->ref.index == 0)
      return put_usual (layout, entry, place, error);
  return TRUE;
}

static gboolean
is_controller (const RoostPciEntry *entry, RoostControllerType type, gint64 index)
{
  return entry->ref.kind == ROOST_DEVICE_CONTROLLER && entry->ref.controller->type == type
         && entry->ref.controller->index.value == index;
}

static gboolean
is_piix3_usb (const RoostPciEntry *entry)
{
  return is_controller (entry, ROOST_CONTROLLER_TYPE_USB, 0)
         && (entry->ref.controller->model == ROOST_CONTROLLER_MODEL_PIIX3_UHCI
             || entry->ref.controller->model == ROOST_CONTROLLER_MODEL_UNSET);
}

static gboolean
put_i440fx (RoostPciLayout *layout, GError **error)
{
  RoostPciEntry *entry;

  ROOST_LIST_EACH (RoostPciEntry, entry, layout->entries)
    {
      if (is_controller (entry, ROOST_CONTROLLER_TYPE_IDE, 0)
          && !put_fixed (layout, entry, &piix3_ide, error))
        return FALSE;
      if (is_piix3_usb (entry) && !put_fixed (layout, entry, &piix3_usb, error))
        return FALSE;
    }
  return reserve (layout, &piix3_isa, "the chipset (PIIX3)", error)
         && put_video (layout, &i440fx_video, error);
}

static gboolean
put_uhci1 (RoostPciLayout *layout, RoostPciEntry *entry, GError **error)
{
  for (guint i = 0; !entry->is_placed && i < G_N_ELEMENTS (ich9_usb_slots); i++)
    {
      const RoostPciPlace place = { .slot = ich9_usb_slots[i] };

      if (!put_usual (layout, entry, &place, error))
        return FALSE;
      entry->is_first_of_many = entry->is_placed;
    }
  return TRUE;
}

static gboolean
put_ich9_controller (RoostPciLayout *layout, RoostPciEntry *entry, GError **error)
{
  if (is_controller (entry, ROOST_CONTROLLER_TYPE_SATA, 0))
    return put_fixed (layout, entry, &ich9_sata, error);
  if (entry->ref.controller->type == ROOST_CONTROLLER_TYPE_USB
      && entry->ref.controller->model == ROOST_CONTROLLER_MODEL_ICH9_UHCI1)
    return put_uhci1 (layout, entry, error);
  if (entry->ref.controller->model == ROOST_CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE)
    return put_usual (layout, entry, &ich9_dmi, error);
  return TRUE;
}

static gboolean
put_q35 (RoostPciLayout *layout, GError **error)
{
  RoostPciEntry *entry;

  ROOST_LIST_EACH (RoostPciEntry, entry, layout->entries)
    if (entry->ref.kind == ROOST_DEVICE_CONTROLLER && !put_ich9_controller (layout, entry, error))
      return FALSE;
  if (!reserve (layout, &ich9_lpc, "the chipset (ICH9 LPC)", error)
      || !reserve (layout, &ich9_smbus, "the chipset (ICH9 SMBus)", error)
      || !put_video (layout, &q35_video, error))
    return FALSE;
  ROOST_LIST_EACH (RoostPciEntry, entry, layout->entries)
    if (entry->ref.kind == ROOST_DEVICE_SOUND && entry->ref.sound->model == ROOST_SOUND_MODEL_ICH9
        && !put_usual (layout, entry, &ich9_sound, error))
      return FALSE;
  return TRUE;
}

gboolean
roost_pci_layout_put_chipset (RoostPciLayout *layout, GError **error)
{
  switch ((int)roost_machine_family (layout->config))
    {
    case ROOST_MACHINE_I440FX:
      return put_i440fx (layout, error);
    case ROOST_MACHINE_Q35:
      return put_q35 (layout, error);
    default:
      return TRUE;
    }
}

/* --- ICH9 USB --- */

/* Returns: the function that the model has in its slot, or -1 */
static int
ich9_usb_function (RoostControllerModel model)
{
  switch ((int)model)
    {
    case ROOST_CONTROLLER_MODEL_ICH9_UHCI1:
      return 0;
    case ROOST_CONTROLLER_MODEL_ICH9_UHCI2:
      return 1;
    case ROOST_CONTROLLER_MODEL_ICH9_UHCI3:
      return 2;
    case ROOST_CONTROLLER_MODEL_ICH9_EHCI1:
      return 7;
    default:
      return -1;
    }
}

/* Its companions are the controllers of the same index. */
static const RoostPciEntry *
find_placed_companion (RoostPciLayout *layout, const RoostPciEntry *entry)
{
  const RoostPciEntry *other;

  ROOST_LIST_EACH (const RoostPciEntry, other, layout->entries)
    if (other->is_placed
        && is_controller (other, ROOST_CONTROLLER_TYPE_USB, entry->ref.controller->index.value)
        && roost_controller_is_ich9_usb (other->ref.controller))
      return other;
  return NULL;
}

gboolean
roost_pci_layout_put_ich9_usb (RoostPciLayout *layout, RoostPciEntry *entry, GError **error)
{
  const RoostPciGuest guest = { .plug = entry->plug, .group = entry->group, .owner = entry };
  const RoostPciEntry *companion = find_placed_companion (layout, entry);
  guint function = ich9_usb_function (entry->ref.controller->model);
  RoostPciPlace place;

  entry->is_first_of_many = function == 0;
  if (companion == NULL)
    {
      entry->is_placed =
          roost_pci_topology_find (layout->topology, &guest, function, &entry->place, error);
      return entry->is_placed;
    }
  place = companion->place;
  place.function = function;
  return roost_pci_layout_put (layout, entry, &place, error);
}
