/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/defaults-parts.h"

#include "base/compat.h"
#include "model/machine.h"
#include "model/tables.h"

#define SPICE_AGENT_NAME "com.redhat.spice.0"

/* --- serial ports --- */

static RoostSerialTarget
target_of_address (const RoostChardev *serial)
{
  switch ((int)(serial->info.address != NULL ? serial->info.address->type : 0))
    {
    case ROOST_ADDRESS_TYPE_PCI:
      return ROOST_SERIAL_TARGET_PCI_SERIAL;
    case ROOST_ADDRESS_TYPE_USB:
      return ROOST_SERIAL_TARGET_USB_SERIAL;
    case ROOST_ADDRESS_TYPE_ISA:
      return ROOST_SERIAL_TARGET_ISA_SERIAL;
    case ROOST_ADDRESS_TYPE_SPAPR_VIO:
      return ROOST_SERIAL_TARGET_SPAPR_VIO_SERIAL;
    default:
      return ROOST_SERIAL_TARGET_UNSET;
    }
}

static RoostSerialTarget
default_serial_target (const RoostDomainConfig *config)
{
  switch (roost_machine_family (config))
    {
    case ROOST_MACHINE_PSERIES:
      return ROOST_SERIAL_TARGET_SPAPR_VIO_SERIAL;
    case ROOST_MACHINE_ARM_VIRT:
    case ROOST_MACHINE_RISCV_VIRT:
      return ROOST_SERIAL_TARGET_SYSTEM_SERIAL;
    case ROOST_MACHINE_S390_CCW:
      return ROOST_SERIAL_TARGET_SCLP_SERIAL;
    case ROOST_MACHINE_OTHER:
    case ROOST_MACHINE_I440FX:
    case ROOST_MACHINE_Q35:
    case ROOST_MACHINE_ISAPC:
    case ROOST_MACHINE_MICROVM:
      break;
    }
  return roost_arch_is_x86 (config->os.arch) ? ROOST_SERIAL_TARGET_ISA_SERIAL
                                             : ROOST_SERIAL_TARGET_UNSET;
}

static RoostSerialModel
default_serial_model (const RoostDomainConfig *config, RoostSerialTarget target)
{
  switch (target)
    {
    case ROOST_SERIAL_TARGET_ISA_SERIAL:
      return ROOST_SERIAL_MODEL_ISA_SERIAL;
    case ROOST_SERIAL_TARGET_USB_SERIAL:
      return ROOST_SERIAL_MODEL_USB_SERIAL;
    case ROOST_SERIAL_TARGET_PCI_SERIAL:
      return ROOST_SERIAL_MODEL_PCI_SERIAL;
    case ROOST_SERIAL_TARGET_SPAPR_VIO_SERIAL:
      return ROOST_SERIAL_MODEL_SPAPR_VTY;
    case ROOST_SERIAL_TARGET_SYSTEM_SERIAL:
      return roost_arch_is_riscv (config->os.arch) ? ROOST_SERIAL_MODEL_16550A
                                                   : ROOST_SERIAL_MODEL_PL011;
    case ROOST_SERIAL_TARGET_SCLP_SERIAL:
      return ROOST_SERIAL_MODEL_SCLPCONSOLE;
    case ROOST_SERIAL_TARGET_ISA_DEBUG:
      return ROOST_SERIAL_MODEL_ISA_DEBUGCON;
    case ROOST_SERIAL_TARGET_UNSET:
      break;
    }
  return ROOST_SERIAL_MODEL_UNSET;
}

/* "isa-serial" without a model has long been written for "the usual port", on any machine. */
static void
apply_serial (const RoostDomainConfig *config, RoostChardev *serial)
{
  RoostSerialTarget usual = default_serial_target (config);

  serial->has_target = TRUE;
  if (serial->serial_target == ROOST_SERIAL_TARGET_UNSET)
    serial->serial_target = target_of_address (serial);
  if (serial->serial_target == ROOST_SERIAL_TARGET_UNSET
      || (serial->serial_target == ROOST_SERIAL_TARGET_ISA_SERIAL
          && serial->serial_model == ROOST_SERIAL_MODEL_UNSET
          && usual != ROOST_SERIAL_TARGET_UNSET))
    serial->serial_target = usual;
  if (serial->serial_model == ROOST_SERIAL_MODEL_UNSET)
    serial->serial_model = default_serial_model (config, serial->serial_target);
}

/* --- port numbers --- */

static void
apply_ports (GPtrArray *list)
{
  gint64 highest = -1;
  RoostChardev *chardev;

  ROOST_LIST_EACH (RoostChardev, chardev, list)
    if (chardev->port.is_set)
      highest = MAX (highest, (gint64)chardev->port.value);
  ROOST_LIST_EACH (RoostChardev, chardev, list)
    {
      chardev->has_target = TRUE;
      if (!chardev->port.is_set)
        chardev->port = roost_uint (++highest);
    }
}

/* --- the first console is the first serial port --- */

static gboolean
is_serial_console (const RoostChardev *console)
{
  return console->console_target == ROOST_CONSOLE_TARGET_UNSET
         || console->console_target == ROOST_CONSOLE_TARGET_SERIAL;
}

static RoostChardev *
first_of (GPtrArray *list)
{
  return list != NULL && list->len > 0 ? g_ptr_array_index (list, 0) : NULL;
}

static gboolean
can_be_console (const RoostChardev *serial)
{
  return serial->serial_target != ROOST_SERIAL_TARGET_PCI_SERIAL
         && serial->serial_target != ROOST_SERIAL_TARGET_USB_SERIAL
         && serial->serial_target != ROOST_SERIAL_TARGET_ISA_DEBUG;
}

static void
move_console_to_serials (RoostDomainConfig *config)
{
  RoostChardev *console = first_of (config->devices.consoles);
  RoostChardev *serial = roost_type_copy (&roost_console_type, console);

  serial->console_target = ROOST_CONSOLE_TARGET_UNSET;
  g_clear_pointer (&serial->tty, g_free);
  if (config->devices.serials == NULL)
    config->devices.serials = g_ptr_array_new ();
  g_ptr_array_add (config->devices.serials, serial);
}

/* The console is a picture of the serial port: its source, its port number, its address. */
static void
mirror_serial (RoostDomainConfig *config)
{
  const RoostChardev *serial = first_of (config->devices.serials);
  RoostChardev *console = first_of (config->devices.consoles);
  RoostChardev *mirror = roost_type_copy (&roost_serial_type, serial);

  mirror->serial_target = ROOST_SERIAL_TARGET_UNSET;
  mirror->serial_model = ROOST_SERIAL_MODEL_UNSET;
  mirror->console_target = ROOST_CONSOLE_TARGET_SERIAL;
  if (config->devices.consoles == NULL)
    config->devices.consoles = g_ptr_array_new ();
  if (console == NULL)
    {
      g_ptr_array_add (config->devices.consoles, mirror);
      return;
    }
  g_free (mirror->tty);
  mirror->tty = g_steal_pointer (&console->tty);
  config->devices.consoles->pdata[0] = mirror;
  roost_type_free (&roost_console_type, console);
}

static void
pair_console (RoostDomainConfig *config)
{
  RoostChardev *console = first_of (config->devices.consoles);
  RoostChardev *serial = first_of (config->devices.serials);

  if (console != NULL && !is_serial_console (console))
    return;
  if (console != NULL && serial == NULL)
    {
      move_console_to_serials (config);
      serial = first_of (config->devices.serials);
      apply_serial (config, serial);
      apply_ports (config->devices.serials);
    }
  if (serial != NULL && (console != NULL || can_be_console (serial)))
    mirror_serial (config);
}

/* --- the rest --- */

static void
apply_source (RoostCharSource *source)
{
  if (source->type == ROOST_CHAR_TYPE_TCP && source->protocol == ROOST_CHAR_PROTOCOL_UNSET)
    source->protocol = ROOST_CHAR_PROTOCOL_RAW;
}

static void
apply_channel (RoostChardev *channel)
{
  gboolean is_spice = channel->source.type == ROOST_CHAR_TYPE_SPICEVMC
                      || channel->source.type == ROOST_CHAR_TYPE_QEMU_VDAGENT;

  if (channel->channel_target == ROOST_CHANNEL_TARGET_VIRTIO && is_spice && channel->name == NULL)
    channel->name = g_strdup (SPICE_AGENT_NAME);
}

static void
apply_sources (GPtrArray *list)
{
  RoostChardev *chardev;

  ROOST_LIST_EACH (RoostChardev, chardev, list)
    apply_source (&chardev->source);
}

void
roost_defaults_apply_chardevs (RoostDomainConfig *config)
{
  RoostChardev *chardev;

  ROOST_LIST_EACH (RoostChardev, chardev, config->devices.serials)
    apply_serial (config, chardev);
  apply_ports (config->devices.serials);
  apply_ports (config->devices.parallels);
  pair_console (config);
  apply_ports (config->devices.consoles);
  ROOST_LIST_EACH (RoostChardev, chardev, config->devices.channels)
    apply_channel (chardev);
  apply_sources (config->devices.serials);
  apply_sources (config->devices.parallels);
  apply_sources (config->devices.consoles);
  apply_sources (config->devices.channels);
}
