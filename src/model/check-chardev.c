/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/compat.h"

#include <string.h>

/* One host side, and what to call it. */
typedef struct
{
  const RoostCharSource *source;
  const RoostPosition *at;
  const char *element;
  gboolean makes_path; /* the service chooses the path of a socket when there is none */
} Place;

typedef void (*PlaceCheck) (RoostChecker *checker, const Place *place);

static void
each_chardev (RoostChecker *checker, const GPtrArray *list, const char *element, PlaceCheck check)
{
  RoostChardev *chardev;

  ROOST_LIST_EACH (RoostChardev, chardev, list)
    {
      Place place = { &chardev->source, &chardev->info.position, element, FALSE };
      const RoostCharEndpoint *end = roost_char_source_endpoint (place.source, 0);

      place.makes_path = list == checker->config->devices.channels
                         && chardev->channel_target == ROOST_CHANNEL_TARGET_VIRTIO
                         && (end == NULL || end->mode != ROOST_CHAR_MODE_CONNECT);
      check (checker, &place);
    }
}

static void
each_place (RoostChecker *checker, PlaceCheck check)
{
  const RoostDevices *devices = &checker->config->devices;
  RoostRedirdev *redirdev;
  RoostSmartcard *smartcard;
  RoostRng *rng;

  each_chardev (checker, devices->serials, "serial", check);
  each_chardev (checker, devices->parallels, "parallel", check);
  each_chardev (checker, devices->consoles, "console", check);
  each_chardev (checker, devices->channels, "channel", check);
  ROOST_LIST_EACH (RoostRedirdev, redirdev, devices->redirdevs)
    check (checker, &(Place){ &redirdev->source, &redirdev->info.position, "redirdev", FALSE });
  ROOST_LIST_EACH (RoostSmartcard, smartcard, devices->smartcards)
    if (smartcard->mode == ROOST_SMARTCARD_MODE_PASSTHROUGH)
      check (checker,
             &(Place){ &smartcard->source, &smartcard->info.position, "smartcard", FALSE });
  ROOST_LIST_EACH (RoostRng, rng, devices->rngs)
    if (rng->backend == ROOST_RNG_BACKEND_EGD)
      check (checker, &(Place){ &rng->source, &rng->info.position, "rng", FALSE });
}

static void
check_type (RoostChecker *checker, const Place *place)
{
  RoostCharType type = place->source->type;

  if (type == ROOST_CHAR_TYPE_UNSET)
    roost_check_invalid (checker, place->at, place->element, "it needs a type");
  if (type == ROOST_CHAR_TYPE_NMDM)
    roost_check_unsupported (checker, place->at, place->element, "type='nmdm' is not for QEMU");
  if (type == ROOST_CHAR_TYPE_SPICEVMC && !g_str_equal (place->element, "channel")
      && !g_str_equal (place->element, "redirdev") && !g_str_equal (place->element, "smartcard"))
    roost_check_unsupported (checker, place->at, place->element,
                             "type='spicevmc' is for channel, redirdev and smartcard");
}

static void
type_fits (RoostChecker *checker)
{
  each_place (checker, check_type);
}

static const char *
missing_member (const Place *place, const RoostCharEndpoint *end)
{
  static const RoostCharEndpoint nothing;

  if (end == NULL)
    end = &nothing;
  switch (place->source->type)
    {
    case ROOST_CHAR_TYPE_DEV:
    case ROOST_CHAR_TYPE_FILE:
    case ROOST_CHAR_TYPE_PIPE:
      return end->path == NULL ? "path" : NULL;
    case ROOST_CHAR_TYPE_UNIX:
      return end->path == NULL && !place->makes_path ? "path" : NULL;
    case ROOST_CHAR_TYPE_TCP:
      return end->host == NULL ? "host" : end->service == NULL ? "service" : NULL;
    case ROOST_CHAR_TYPE_SPICEPORT:
      return end->channel == NULL ? "channel" : NULL;
    case ROOST_CHAR_TYPE_DBUS:
      return end->channel == NULL ? "channel" : NULL;
    case ROOST_CHAR_TYPE_NMDM:
      return end->master == NULL ? "master" : end->slave == NULL ? "slave" : NULL;
    case ROOST_CHAR_TYPE_UNSET:
    case ROOST_CHAR_TYPE_NULL:
    case ROOST_CHAR_TYPE_VC:
    case ROOST_CHAR_TYPE_PTY:
    case ROOST_CHAR_TYPE_STDIO:
    case ROOST_CHAR_TYPE_UDP:
    case ROOST_CHAR_TYPE_SPICEVMC:
    case ROOST_CHAR_TYPE_QEMU_VDAGENT:
      return NULL;
    }
  return NULL;
}

/* Without a mode an end connects. */
static const RoostCharEndpoint *
connecting_end (const RoostCharSource *source)
{
  RoostCharEndpoint *end;

  ROOST_LIST_EACH (RoostCharEndpoint, end, source->endpoints)
    if (end->mode != ROOST_CHAR_MODE_BIND)
      return end;
  return NULL;
}

static void
check_source (RoostChecker *checker, const Place *place)
{
  const RoostCharEndpoint *end = roost_char_source_endpoint (place->source, 0);
  const char *missing = missing_member (place, end);

  if (missing != NULL)
    roost_check_invalid (checker, place->at, place->element, "<source> of type '%s' lacks %s",
                         roost_char_type_names[place->source->type], missing);
  end = connecting_end (place->source);
  if (place->source->type == ROOST_CHAR_TYPE_UDP && (end == NULL || end->service == NULL))
    roost_check_invalid (checker, place->at, place->element,
                         "udp needs <source mode='connect'> with a service");
}

static void
source_needed (RoostChecker *checker)
{
  each_place (checker, check_source);
}

static void
check_source_count (RoostChecker *checker, const Place *place)
{
  guint n = place->source->endpoints != NULL ? place->source->endpoints->len : 0;

  if (n > (place->source->type == ROOST_CHAR_TYPE_UDP ? 2 : 1))
    roost_check_invalid (checker, place->at, place->element, "type '%s' has one <source>, not %u",
                         roost_char_type_names[place->source->type], n);
}

static void
source_once (RoostChecker *checker)
{
  each_place (checker, check_source_count);
}

static void
check_reconnect (RoostChecker *checker, const Place *place)
{
  RoostCharEndpoint *end;

  ROOST_LIST_EACH (RoostCharEndpoint, end, place->source->endpoints)
    {
      if (end->reconnect.enabled != ROOST_YES)
        continue;
      if (end->mode == ROOST_CHAR_MODE_BIND)
        roost_check_invalid (checker, &end->position, "reconnect", "it is for mode='connect'");
      if (!end->reconnect.timeout_s.is_set)
        roost_check_invalid (checker, &end->position, "reconnect", "it needs a timeout");
      else if (end->reconnect.timeout_s.value == 0)
        roost_check_invalid (checker, &end->position, "reconnect", "its timeout is 1 s at least");
    }
}

static void
reconnect (RoostChecker *checker)
{
  each_place (checker, check_reconnect);
}

static void
vdagent (RoostChecker *checker)
{
  RoostChardev *channel;

  ROOST_LIST_EACH (RoostChardev, channel, checker->config->devices.channels)
    if (channel->source.type == ROOST_CHAR_TYPE_QEMU_VDAGENT && channel->name != NULL
        && !g_str_equal (channel->name, "com.redhat.spice.0"))
      roost_check_unsupported (checker, &channel->info.position, "channel",
                               "type='qemu-vdagent' has the name 'com.redhat.spice.0'");
}

/* --- what the guest sees --- */

typedef struct
{
  RoostSerialTarget target;
  RoostSerialModel models[2];
} SerialPair;

static const SerialPair serial_pairs[] = {
  { ROOST_SERIAL_TARGET_ISA_SERIAL, { ROOST_SERIAL_MODEL_ISA_SERIAL } },
  { ROOST_SERIAL_TARGET_USB_SERIAL, { ROOST_SERIAL_MODEL_USB_SERIAL } },
  { ROOST_SERIAL_TARGET_PCI_SERIAL, { ROOST_SERIAL_MODEL_PCI_SERIAL } },
  { ROOST_SERIAL_TARGET_SPAPR_VIO_SERIAL, { ROOST_SERIAL_MODEL_SPAPR_VTY } },
  { ROOST_SERIAL_TARGET_SYSTEM_SERIAL, { ROOST_SERIAL_MODEL_PL011, ROOST_SERIAL_MODEL_16550A } },
  { ROOST_SERIAL_TARGET_SCLP_SERIAL,
    { ROOST_SERIAL_MODEL_SCLPCONSOLE, ROOST_SERIAL_MODEL_SCLPLMCONSOLE } },
  { ROOST_SERIAL_TARGET_ISA_DEBUG, { ROOST_SERIAL_MODEL_ISA_DEBUGCON } },
};

static void
serial_model (RoostChecker *checker)
{
  RoostChardev *serial;

  ROOST_LIST_EACH (RoostChardev, serial, checker->config->devices.serials)
    for (guint i = 0; i < G_N_ELEMENTS (serial_pairs); i++)
      if (serial->serial_target == serial_pairs[i].target
          && serial->serial_model != ROOST_SERIAL_MODEL_UNSET
          && serial->serial_model != serial_pairs[i].models[0]
          && serial->serial_model != serial_pairs[i].models[1])
        roost_check_unsupported (checker, &serial->info.position, "serial",
                                 "the target '%s' has no model '%s'",
                                 roost_serial_target_names[serial->serial_target],
                                 roost_serial_model_names[serial->serial_model]);
}

static gboolean
serial_fits (const RoostChecker *checker, const RoostChardev *serial)
{
  switch (serial->serial_target)
    {
    case ROOST_SERIAL_TARGET_ISA_SERIAL:
    case ROOST_SERIAL_TARGET_ISA_DEBUG:
      return checker->family != ROOST_MACHINE_PSERIES && checker->family != ROOST_MACHINE_ARM_VIRT
             && checker->family != ROOST_MACHINE_RISCV_VIRT
             && checker->family != ROOST_MACHINE_S390_CCW;
    case ROOST_SERIAL_TARGET_SPAPR_VIO_SERIAL:
      return checker->family == ROOST_MACHINE_PSERIES;
    case ROOST_SERIAL_TARGET_SYSTEM_SERIAL:
      if (serial->serial_model == ROOST_SERIAL_MODEL_16550A)
        return checker->family == ROOST_MACHINE_RISCV_VIRT;
      return checker->family == ROOST_MACHINE_ARM_VIRT
             || (checker->family == ROOST_MACHINE_OTHER && roost_arch_is_arm (checker->arch));
    case ROOST_SERIAL_TARGET_SCLP_SERIAL:
      return roost_arch_is_s390 (checker->arch);
    case ROOST_SERIAL_TARGET_UNSET:
    case ROOST_SERIAL_TARGET_USB_SERIAL:
    case ROOST_SERIAL_TARGET_PCI_SERIAL:
      return TRUE;
    }
  return TRUE;
}

static void
serial_machine (RoostChecker *checker)
{
  RoostChardev *serial;

  ROOST_LIST_EACH (RoostChardev, serial, checker->config->devices.serials)
    if (!serial_fits (checker, serial))
      roost_check_unsupported (checker, &serial->info.position, "serial",
                               "this machine has no serial port '%s'",
                               roost_serial_target_names[serial->serial_target]);
}

/* Of a PC, which has interrupts for so many. */
#define MAX_ISA_SERIALS 4

static void
serial_ports (RoostChecker *checker)
{
  RoostChardev *serial;
  guint n = 0;

  ROOST_LIST_EACH (RoostChardev, serial, checker->config->devices.serials)
    if (serial->serial_target == ROOST_SERIAL_TARGET_ISA_SERIAL && ++n > MAX_ISA_SERIALS)
      roost_check_unsupported (checker, &serial->info.position, "serial",
                               "there are %d ISA serial ports; take pci-serial or usb-serial",
                               MAX_ISA_SERIALS);
}

static gboolean
serial_address_fits (const RoostChardev *serial)
{
  RoostAddressType type = serial->info.address->type;

  switch (serial->serial_target)
    {
    case ROOST_SERIAL_TARGET_ISA_SERIAL:
    case ROOST_SERIAL_TARGET_ISA_DEBUG:
      return type == ROOST_ADDRESS_TYPE_ISA;
    case ROOST_SERIAL_TARGET_USB_SERIAL:
      return type == ROOST_ADDRESS_TYPE_USB;
    case ROOST_SERIAL_TARGET_PCI_SERIAL:
      return type == ROOST_ADDRESS_TYPE_PCI;
    case ROOST_SERIAL_TARGET_SPAPR_VIO_SERIAL:
      return type == ROOST_ADDRESS_TYPE_SPAPR_VIO;
    case ROOST_SERIAL_TARGET_SYSTEM_SERIAL:
    case ROOST_SERIAL_TARGET_SCLP_SERIAL:
      return FALSE;
    case ROOST_SERIAL_TARGET_UNSET:
      return TRUE;
    }
  return TRUE;
}

static void
serial_address (RoostChecker *checker)
{
  RoostChardev *serial;

  ROOST_LIST_EACH (RoostChardev, serial, checker->config->devices.serials)
    if (serial->info.address != NULL && !serial_address_fits (serial))
      roost_check_unsupported (checker, &serial->info.position, "serial",
                               "the target '%s' has no address of type '%s'",
                               roost_serial_target_names[serial->serial_target],
                               roost_address_type_names[serial->info.address->type]);
}

static void
parallel_machine (RoostChecker *checker)
{
  RoostChardev *parallel;

  ROOST_LIST_EACH (RoostChardev, parallel, checker->config->devices.parallels)
    if (!roost_arch_is_x86 (checker->arch))
      roost_check_unsupported (checker, &parallel->info.position, "parallel",
                               "%s machines have no parallel ports", checker->arch);
}

static void
console_target (RoostChecker *checker)
{
  RoostChardev *console;

  ROOST_LIST_EACH (RoostChardev, console, checker->config->devices.consoles)
    switch ((int)console->console_target)
      {
      case ROOST_CONSOLE_TARGET_XEN:
      case ROOST_CONSOLE_TARGET_UML:
      case ROOST_CONSOLE_TARGET_LXC:
      case ROOST_CONSOLE_TARGET_OPENVZ:
        roost_check_unsupported (checker, &console->info.position, "console",
                                 "QEMU has no console '%s'",
                                 roost_console_target_names[console->console_target]);
        break;
      case ROOST_CONSOLE_TARGET_SCLP:
      case ROOST_CONSOLE_TARGET_SCLPLM:
        if (!roost_arch_is_s390 (checker->arch))
          roost_check_unsupported (checker, &console->info.position, "console",
                                   "the console '%s' is of s390x",
                                   roost_console_target_names[console->console_target]);
        break;
      default:
        break;
      }
}

static void
check_guestfwd (RoostChecker *checker, const RoostChardev *channel)
{
  if (channel->guestfwd_address == NULL || !channel->guestfwd_port.is_set)
    roost_check_invalid (checker, &channel->info.position, "channel",
                         "guestfwd needs address and port in its <target>");
  else if (strchr (channel->guestfwd_address, ':') != NULL)
    roost_check_unsupported (checker, &channel->info.position, "channel",
                             "guestfwd takes an IPv4 address");
}

static void
channel_target (RoostChecker *checker)
{
  RoostChardev *channel;

  ROOST_LIST_EACH (RoostChardev, channel, checker->config->devices.channels)
    {
      const RoostPosition *at = &channel->info.position;

      if (channel->channel_target == ROOST_CHANNEL_TARGET_UNSET)
        roost_check_invalid (checker, at, "channel", "<target> needs a type");
      if (channel->channel_target == ROOST_CHANNEL_TARGET_XEN)
        roost_check_unsupported (checker, at, "channel", "QEMU has no channel 'xen'");
      if (channel->channel_target == ROOST_CHANNEL_TARGET_GUESTFWD)
        check_guestfwd (checker, channel);
    }
}

static void
smartcard_host (RoostChecker *checker)
{
  RoostSmartcard *smartcard;

  ROOST_LIST_EACH (RoostSmartcard, smartcard, checker->config->devices.smartcards)
    {
      const RoostPosition *at = &smartcard->info.position;
      guint n = smartcard->certificates != NULL ? smartcard->certificates->len : 0;

      if (smartcard->mode == ROOST_SMARTCARD_MODE_HOST_CERTIFICATES && n != 3)
        roost_check_invalid (checker, at, "smartcard", "it has three <certificate>, not %u", n);
      if (smartcard->database != NULL && smartcard->database[0] != '/')
        roost_check_invalid (checker, at, "database", "'%s' is no absolute path",
                             smartcard->database);
      if (smartcard->info.address != NULL
          && smartcard->info.address->type != ROOST_ADDRESS_TYPE_CCID)
        roost_check_unsupported (checker, at, "smartcard", "its address is of type 'ccid'");
    }
  if (checker->config->devices.smartcards != NULL && checker->config->devices.smartcards->len > 1)
    roost_check_unsupported (checker, NULL, "smartcard", "a guest has one smartcard");
}

const RoostRule roost_chardev_rules[] = {
  { "chardev-type", type_fits },          { "chardev-source", source_needed },
  { "chardev-source-once", source_once }, { "chardev-reconnect", reconnect },
  { "channel-vdagent", vdagent },         { "serial-model", serial_model },
  { "serial-machine", serial_machine },   { "serial-ports", serial_ports },
  { "serial-address", serial_address },   { "parallel-machine", parallel_machine },
  { "console-target", console_target },   { "channel-target", channel_target },
  { "smartcard", smartcard_host },        { NULL, NULL },
};
