/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/fields.h"
#include "model/device-enums.h"
#include "model/disk-enums.h"

/*
 * What devices have in common. Everything optional is zero when it is not given: RoostUint.is_set,
 * ROOST_UNSET, …_UNSET of an enum, NULL of a pointer, list (GPtrArray) or string.
 */

/* A guest address of any kind; the members that count depend on .type. An address element without a
 * member (bus of a PCI address) leaves it unset, and it counts as 0. */
typedef struct
{
  RoostAddressType type;
  RoostUint domain, bus, slot, function; /* pci; bus: drive, virtio-serial, usb; slot: ccid, dimm */
  RoostTristate multifunction;           /* pci */
  gboolean has_zpci;
  RoostUint zpci_uid, zpci_fid;
  RoostUint controller;         /* drive, virtio-serial, ccid */
  RoostUint target, unit;       /* drive */
  RoostUint port;               /* virtio-serial */
  char *usb_port;               /* usb: "1.2" */
  RoostUint reg;                /* spapr-vio */
  RoostUint cssid, ssid, devno; /* ccw */
  RoostUint iobase, irq;        /* isa */
  RoostUint base;               /* dimm */
} RoostAddress;

/* The first member of every device. (A position never stands first: offset 0 means none.) */
typedef struct
{
  char *alias;
  RoostPosition position;
  RoostAddress *address;
  RoostUint boot_order;
  char *boot_loadparm; /* s390 */
  RoostUint acpi_index;
  RoostTristate rom_enabled; /* interface, hostdev */
  RoostTristate rom_bar;
  char *rom_file;
} RoostDeviceInfo;

/* <driver> attributes that every virtio device takes. */
typedef struct
{
  RoostTristate iommu, ats, packed, page_per_vq;
} RoostVirtioOptions;

typedef struct
{
  RoostSeclabelType type;
  char *model;
  RoostTristate relabel;
  RoostTristate labelskip; /* output of older definitions; means relabel='no' */
  char *label, *baselabel, *imagelabel;
} RoostSeclabel;

typedef struct
{
  RoostTristate enabled;
  RoostUint timeout_s;
} RoostReconnect;

/* <secret>: by uuid or by usage, one of them */
typedef struct
{
  RoostSecretType type;
  char *uuid, *usage;
} RoostSecret;

/* The host end of serial, parallel, console, channel, redirdev, smartcard, rng (egd). */
typedef struct
{
  RoostCharMode mode; /* unix, tcp; udp has one endpoint of each */
  RoostPosition position;
  char *path; /* pty, dev, file, pipe, unix */
  char *host, *service;
  char *channel;        /* spiceport, dbus */
  char *master, *slave; /* nmdm */
  RoostTristate append; /* file: on/off */
  RoostTristate tls;
  RoostTristate tls_from_config;
  RoostReconnect reconnect;
  RoostTristate clipboard_copypaste; /* qemu-vdagent */
  RoostMouseMode mouse_mode;         /* qemu-vdagent */
  GPtrArray *seclabels;              /* of RoostSeclabel */
} RoostCharEndpoint;

typedef struct
{
  RoostCharType type;
  GPtrArray *endpoints; /* of RoostCharEndpoint: the <source> elements; NULL = none */
  RoostCharProtocol protocol;
  char *log_file;
  RoostTristate log_append;
} RoostCharSource;

/* Returns: (nullable): the first endpoint with @mode; with ROOST_CHAR_MODE_UNSET the first of all
 */
const RoostCharEndpoint *roost_char_source_endpoint (const RoostCharSource *source,
                                                     RoostCharMode mode);

RoostAddress *roost_address_new (RoostAddressType type);
void roost_address_free (RoostAddress *address);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostAddress, roost_address_free)
RoostAddress *roost_address_copy (const RoostAddress *address);

static inline RoostUint
roost_uint (guint64 value)
{
  RoostUint given = { .value = value, .is_set = TRUE };

  return given;
}
