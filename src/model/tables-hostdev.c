/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tables.h"

/* Tables are read row by row. */
/* clang-format off */

#define T RoostHostdev
static const RoostField hostdev_fields[] = {
  ROW (ENUM, "@mode", mode, HOST, "always 'subsystem' for QEMU", .names = roost_hostdev_mode_names,
       .fallback = "subsystem"),
  ROW (ENUM, "@type", type, NEEDED | ABI, "kind of device", .names = roost_hostdev_type_names),
  ROW (YES_NO, "@managed", managed, HOST, "detach it from its driver at start?",
       .only = "@type=usb|pci|scsi|scsi_host|mdev"),
  ROW (ENUM, "@sgio", sgio, HOST, "scsi: are commands filtered?", .names = roost_sgio_mode_names,
       .only = "@type=scsi"),
  ROW (YES_NO, "@rawio", rawio, HOST, "scsi: any command", .only = "@type=scsi"),
  ROW (ENUM, "@model", model, ABI, "mdev: the device in QEMU", .names = roost_mdev_model_names,
       .only = "@type=mdev"),
  ROW (ENUM, "@model", virtio_model, ABI, "scsi_host: with or without the legacy interface",
       .names = roost_virtio_model_names, .only = "@type=scsi_host"),
  ROW (ON_OFF, "@display", display, ABI, "mdev: show its screen", .only = "@type=mdev"),
  ROW (ON_OFF, "@ramfb", ramfb, ABI, "mdev: a picture before its driver runs",
       .only = "@type=mdev"),
  ROW (ENUM, "driver/@name", driver, HOST, "who passes it through",
       .names = roost_pci_driver_names, .only = "@type=pci"),
  ROW (ENUM, "source/@startupPolicy", startup_policy, HOST, "usb: what if it is missing",
       .names = roost_startup_policy_names, .only = "@type=usb"),
  ROW (ENUM, "source/@guestReset", guest_reset, HOST, "usb: may the guest reset it?",
       .names = roost_guest_reset_names, .only = "@type=usb"),
  ROW (YES_NO, "source/@missing", missing, OUTPUT, "usb: it was missing at start",
       .only = "@type=usb"),
  ROW (YES_NO, "source/@writeFiltering", write_filtering, HOST, "pci: filter configuration writes",
       .only = "@type=pci"),
  ROW (ENUM, "source/@protocol", protocol, HOST, "scsi: 'iscsi'",
       .names = roost_net_protocol_names, .only = "@type=scsi"),
  ROW (ENUM, "source/@protocol", scsi_host_protocol, HOST, "scsi_host: 'vhost'",
       .names = roost_scsi_host_protocol_names, .only = "@type=scsi_host"),
  ROW (STRING, "source/@name", iscsi_name, HOST, "scsi: the iSCSI target", .only = "@type=scsi"),
  ROW (STRING, "source/@wwpn", wwpn, HOST, "scsi_host: naa.…", .only = "@type=scsi_host"),
  ROW (UINT, "source/vendor/@id", vendor_id, HOST, "usb: vendor", .only = "@type=usb",
       .hex_digits = 4, .max = 0xffff),
  ROW (UINT, "source/product/@id", product_id, HOST, "usb: product", .only = "@type=usb",
       .hex_digits = 4, .max = 0xffff),
  ROW (STRING, "source/adapter/@name", adapter, HOST, "scsi: the host's adapter",
       .only = "@type=scsi"),
  ROW (UINT, "source/address/@domain", domain, HOST, "pci: where it is in the host",
       .only = "@type=pci", .hex_digits = 4, .max = 0xffffffff),
  ROW (UINT, "source/address/@bus", bus, HOST, "pci: bus", .only = "@type=pci", .hex_digits = 2,
       .max = 0xff),
  ROW (UINT, "source/address/@slot", slot, HOST, "pci: slot", .only = "@type=pci", .hex_digits = 2,
       .max = 0x1f),
  ROW (UINT, "source/address/@function", function, HOST, "pci: function", .only = "@type=pci",
       .hex_digits = 1, .max = 7),
  ROW (UINT, "source/address/@bus", usb_bus, HOST, "usb: bus of the host", .only = "@type=usb",
       .max = G_MAXUINT32),
  ROW (UINT, "source/address/@device", usb_device, HOST, "usb: device on the bus",
       .only = "@type=usb", .max = G_MAXUINT32),
  ROW (STRING, "source/address/@port", usb_port, HOST, "usb: port on the bus",
       .only = "@type=usb"),
  ROW (UINT, "source/address/@bus", scsi_bus, HOST, "scsi: bus of the adapter",
       .only = "@type=scsi", .max = G_MAXUINT32),
  ROW (UINT, "source/address/@target", scsi_target, HOST, "scsi: target", .only = "@type=scsi",
       .max = G_MAXUINT32),
  ROW (UINT, "source/address/@unit", scsi_unit, HOST, "scsi: unit", .only = "@type=scsi"),
  ROW (UUID, "source/address/@uuid", mdev_uuid, HOST, "mdev: UUID", .only = "@type=mdev"),
  ROW (LIST, "source/host", iscsi_hosts, HOST, "scsi: iSCSI servers",
       .type = &roost_net_host_type),
  ROW (STRUCT, "source/auth", auth, HOST, "scsi: who we are", .type = &roost_auth_type),
  ROW (STRING, "source/initiator/iqn/@name", initiator_iqn, HOST, "scsi: who we are for iSCSI",
       .only = "@type=scsi"),
  ROW (STRING, "source/block", caps_block, HOST, "kept; of containers", .only = "@type=storage"),
  ROW (STRING, "source/char", caps_char, HOST, "kept; of containers", .only = "@type=misc"),
  ROW (STRING, "source/interface", caps_interface, HOST, "kept; of containers",
       .only = "@type=net"),
  ROW (ENUM, "teaming/@type", teaming_type, ABI, "failover pair",
       .names = roost_teaming_type_names),
  ROW (STRING, "teaming/@persistent", teaming_persistent, ABI, "alias of the one that stays"),
  ROW (FLAG, "readonly", readonly, ABI, "scsi: the guest cannot write"),
  ROW (FLAG, "shareable", shareable, HOST, "scsi: other guests may use it at the same time"),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_hostdev_type, "hostdev", RoostHostdev, hostdev_fields,
                "A device of the host that the guest gets.", info.position);

#define T RoostRedirdev
static const RoostField redirdev_fields[] = {
  ROW (ENUM, "@bus", bus, NEEDED | ABI, "kind of bus", .names = roost_redir_bus_names),
  ROW_GROUP (source, roost_char_source_type),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_redirdev_type, "redirdev", RoostRedirdev, redirdev_fields,
                "A USB port that a client's devices reach.", info.position);

#define T RoostRedirRule
static const RoostField redir_rule_fields[] = {
  ROW (UINT, "@class", usb_class, HOST, "USB class; any without it", .hex_digits = 2, .max = 0xff),
  ROW (UINT, "@vendor", vendor, HOST, "vendor; any without it", .hex_digits = 4, .max = 0xffff),
  ROW (UINT, "@product", product, HOST, "product; any without it", .hex_digits = 4, .max = 0xffff),
  ROW (STRING, "@version", version, HOST, "device version '1.10'; any without it"),
  ROW (YES_NO, "@allow", allow, NEEDED, "may it be redirected?"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (redir_rule_type, "redir-rule", RoostRedirRule, redir_rule_fields,
                    "Which USB devices a client may redirect.");

#define T RoostRedirfilter
static const RoostField redirfilter_fields[] = {
  ROW (LIST, "usbdev", rules, HOST, "the first that fits counts", .type = &redir_rule_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_redirfilter_type, "redirfilter", RoostRedirfilter, redirfilter_fields,
                "Which USB devices clients may redirect.", position);
