/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tables.h"

/* Tables are read row by row. */
/* clang-format off */


#define T RoostAddress
static const RoostField address_fields[] = {
  ROW (ENUM, "@type", type, NEEDED | ABI,
       "the kind of bus; the attributes below that apply depend on it",
       .names = roost_address_type_names),
  ROW (UINT, "@domain", domain, ABI, "PCI domain", .only = "@type=pci", .hex_digits = 4,
       .max = 0xffff, .fallback = "0x0000"),
  ROW (UINT, "@controller", controller, ABI, "index of the controller of that type",
       .only = "@type=drive|virtio-serial|ccid", .max = G_MAXUINT32, .fallback = "0"),
  ROW (UINT, "@bus", bus, ABI, "index of the PCI controller", .only = "@type=pci", .hex_digits = 2,
       .max = 0xff, .fallback = "0x00"),
  ROW (UINT, "@bus", bus, ABI, "bus of the controller; for usb its index",
       .only = "@type=drive|usb|virtio-serial", .max = G_MAXUINT32, .fallback = "0"),
  ROW (UINT, "@slot", slot, ABI, "PCI slot", .only = "@type=pci", .hex_digits = 2, .max = 0x1f,
       .fallback = "0x00"),
  ROW (UINT, "@slot", slot, ABI, "slot of the smartcard reader or of the memory module",
       .only = "@type=ccid|dimm", .max = G_MAXUINT32),
  ROW (UINT, "@function", function, ABI, "PCI function", .only = "@type=pci", .hex_digits = 1,
       .max = 7, .fallback = "0x0"),
  ROW (ON_OFF, "@multifunction", multifunction, ABI, "function 0 says that the slot has others",
       .only = "@type=pci", .fallback = "off"),
  ROW (UINT, "@target", target, ABI, "SCSI target", .only = "@type=drive", .max = G_MAXUINT32,
       .fallback = "0"),
  ROW (UINT, "@unit", unit, ABI, "unit on the bus", .only = "@type=drive", .max = G_MAXUINT32,
       .fallback = "0"),
  ROW (UINT, "@port", port, ABI, "port of the virtio-serial controller; 0 is for consoles",
       .only = "@type=virtio-serial", .max = G_MAXUINT32, .fallback = "0"),
  ROW (STRING, "@port", usb_port, ABI, "USB port, with one number for each hub on the way",
       .only = "@type=usb"),
  ROW (UINT, "@reg", reg, ABI, "register on the spapr-vio bus", .only = "@type=spapr-vio",
       .hex_digits = 8),
  ROW (UINT, "@cssid", cssid, ABI, "channel subsystem; 0xfe is the one for virtio",
       .only = "@type=ccw", .hex_digits = 1, .max = 0xfe),
  ROW (UINT, "@ssid", ssid, ABI, "subchannel set", .only = "@type=ccw", .hex_digits = 1, .max = 3),
  ROW (UINT, "@devno", devno, ABI, "device number", .only = "@type=ccw", .hex_digits = 4,
       .max = 0xffff),
  ROW (UINT, "@iobase", iobase, ABI, "I/O port", .only = "@type=isa", .hex_digits = 1,
       .max = G_MAXUINT32),
  ROW (UINT, "@irq", irq, ABI, "interrupt line", .only = "@type=isa", .hex_digits = 1,
       .max = G_MAXUINT32),
  ROW (UINT, "@base", base, ABI, "guest physical address of the module", .only = "@type=dimm",
       .hex_digits = 1),
  ROW (FLAG, "zpci", has_zpci, ABI, "s390: how the guest sees a PCI device", .only = "@type=pci"),
  ROW (UINT, "zpci/@uid", zpci_uid, ABI, "s390: user-defined number", .only = "@type=pci",
       .hex_digits = 4, .max = 0xffff),
  ROW (UINT, "zpci/@fid", zpci_fid, ABI, "s390: function number", .only = "@type=pci",
       .hex_digits = 8, .max = G_MAXUINT32),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (
    roost_address_type, "address", RoostAddress, address_fields, "Where the guest sees it.");

#define T RoostDeviceInfo
static const RoostField device_info_fields[] = {
  ROW (UINT, "boot/@order", boot_order, HOST,
       "place in the order in which devices are tried for booting", .min = 1, .max = G_MAXUINT32),
  ROW (STRING, "boot/@loadparm", boot_loadparm, HOST,
       "s390: up to 8 characters for the boot loader"),
  ROW (STRING, "alias/@name", alias, HOST, "name of the device in QEMU; yours begin with 'ua-'"),
  ROW (ON_OFF, "rom/@bar", rom_bar, ABI, "is the PCI ROM visible to the guest?"),
  ROW (YES_NO, "rom/@enabled", rom_enabled, ABI, "does the device have a PCI ROM?"),
  ROW (STRING, "rom/@file", rom_file, ABI, "file with the PCI ROM"),
  ROW (UINT, "acpi/@index", acpi_index, ABI, "number that Linux names the device by",
       .max = 16383),
  ROW (STRUCT, "address", address, ABI, "guest address", .type = &roost_address_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_device_info_type,
             "device-info",
             RoostDeviceInfo,
             device_info_fields,
             "What every device may have.");

#define T RoostVirtioOptions
static const RoostField virtio_options_fields[] = {
  ROW (ON_OFF, "driver/@iommu", iommu, ABI, "virtio: go through the guest's IOMMU"),
  ROW (ON_OFF, "driver/@ats", ats, ABI, "virtio: address translation service"),
  ROW (ON_OFF, "driver/@packed", packed, ABI, "virtio: offer packed queues"),
  ROW (ON_OFF, "driver/@page_per_vq", page_per_vq, ABI, "virtio: a notify page for each queue"),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_virtio_options_type,
             "virtio-options",
             RoostVirtioOptions,
             virtio_options_fields,
             "Options of every virtio device.");

#define T RoostSeclabel
static const RoostField seclabel_fields[] = {
  ROW (ENUM, "@type", type, HOST, "who chooses the label", .names = roost_seclabel_type_names,
       .fallback = "dynamic"),
  ROW (STRING, "@model", model, HOST, "the security driver: selinux, apparmor, dac"),
  ROW (YES_NO, "@relabel", relabel, HOST, "label the resources of the domain too?"),
  ROW (STRING, "label", label, HOST, "the whole label"),
  ROW (STRING, "baselabel", baselabel, HOST, "what a dynamic label begins with"),
  ROW (STRING, "imagelabel", imagelabel, OUTPUT, "label of the images"),
  ROOST_FIELD_END
};
static const RoostField device_seclabel_fields[] = {
  ROW (STRING, "@model", model, HOST, "the security driver"),
  ROW (YES_NO, "@relabel", relabel, HOST, "label this resource?"),
  ROW (YES_NO, "@labelskip", labelskip, OUTPUT, "labelling was not possible"),
  ROW (STRING, "label", label, HOST, "the label"), ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_seclabel_type, "seclabel", RoostSeclabel, seclabel_fields, "A security label.");
DEFINE_TYPE (roost_device_seclabel_type,
             "device-seclabel",
             RoostSeclabel,
             device_seclabel_fields,
             "The security label of one resource.");

#define T RoostReconnect
static const RoostField reconnect_fields[] = {
  ROW (YES_NO, "@enabled", enabled, HOST, "connect again when the other side goes away?"),
  ROW (UINT, "@timeout", timeout_s, HOST, "seconds between the attempts", .max = G_MAXUINT32),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (
    roost_reconnect_type, "reconnect", RoostReconnect, reconnect_fields, "When a socket closes.");

#define T RoostSecret
static const RoostField secret_fields[] = {
  ROW (ENUM, "@type", type, HOST, "what it is for", .names = roost_secret_type_names),
  ROW (UUID, "@uuid", uuid, HOST, "the secret, by its UUID"),
  ROW (STRING, "@usage", usage, HOST, "the secret, by what it is used for"), ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (
    roost_secret_type, "secret", RoostSecret, secret_fields, "Names a secret; never holds it.");

#define T RoostCharEndpoint
static const RoostField char_endpoint_fields[] = {
  ROW (ENUM, "@mode", mode, HOST, "listen or connect", .names = roost_char_mode_names),
  ROW (STRING, "@path", path, HOST, "file, device or socket"),
  ROW (STRING, "@channel", channel, HOST, "name of a SPICE port or D-Bus object"),
  ROW (STRING, "@master", master, HOST, "null modem: this end"),
  ROW (STRING, "@slave", slave, HOST, "null modem: the other end"),
  ROW (STRING, "@host", host, HOST, "host name or address"),
  ROW (STRING, "@service", service, HOST, "port number or service name"),
  ROW (YES_NO, "@tls", tls, HOST, "encrypt it?"),
  ROW (YES_NO, "@tlsFromConfig", tls_from_config, OUTPUT, "the service's settings said so"),
  ROW (ON_OFF, "@append", append, HOST, "append to the file instead of emptying it"),
  ROW (EMBED, "reconnect", reconnect, HOST, "for sockets", .type = &roost_reconnect_type),
  ROW (LIST, "seclabel", seclabels, HOST, "labels of the file",
       .type = &roost_device_seclabel_type),
  ROW (YES_NO, "clipboard/@copypaste", clipboard_copypaste, HOST, "share the clipboard?"),
  ROW (ENUM, "mouse/@mode", mouse_mode, HOST, "who draws it", .names = roost_mouse_mode_names),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE_AT (char_endpoint_type,
                       "char-endpoint",
                       RoostCharEndpoint,
                       char_endpoint_fields,
                       "The host end of a character device.",
                       position);

#define T RoostCharSource
static const RoostField char_source_fields[] = {
  ROW (ENUM, "@type", type, HOST, "what is at the host's end", .names = roost_char_type_names),
  ROW (LIST, "source", endpoints, HOST, "udp has two: bind, connect", .type = &char_endpoint_type),
  ROW (ENUM, "protocol/@type", protocol, HOST, "what is spoken over TCP",
       .names = roost_char_protocol_names, .fallback = "raw"),
  ROW (STRING, "log/@file", log_file, HOST, "keep what the guest writes in this file too"),
  ROW (ON_OFF, "log/@append", log_append, HOST, "append to the log instead of emptying it"),
  ROOST_FIELD_END
};
static const RoostField backend_source_fields[] = {
  ROW (ENUM, "backend/@type", type, HOST, "what is at the host's end",
       .names = roost_char_type_names),
  ROW (LIST, "backend/source", endpoints, HOST, "the other end", .type = &char_endpoint_type),
  ROW (ENUM, "backend/protocol/@type", protocol, HOST, "what is spoken over TCP",
       .names = roost_char_protocol_names, .fallback = "raw"),
  ROW (STRING, "backend/log/@file", log_file, HOST, "keep a copy in this file"),
  ROW (ON_OFF, "backend/log/@append", log_append, HOST, "append to the log"),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE (roost_char_source_type,
             "char-source",
             RoostCharSource,
             char_source_fields,
             "The host's side of a character device.");
DEFINE_TYPE (roost_backend_source_type,
             "backend-source",
             RoostCharSource,
             backend_source_fields,
             "The host's side of an entropy daemon.");

#define T RoostText
static const RoostField text_fields[] = { ROW (STRING, ".", text, ABI, "the text"),
                                          ROOST_FIELD_END };
#undef T
DEFINE_TYPE (roost_text_type, "text", RoostText, text_fields, "A text.");
