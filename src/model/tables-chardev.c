/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tables.h"

/* Tables are read row by row. */
/* clang-format off */

#define T RoostChardev

static const RoostField serial_fields[] = {
  ROW (STRING, "@tty", tty, OUTPUT, "the host's terminal"),
  ROW_GROUP (source, roost_char_source_type),
  ROW (FLAG, "target", has_target, HOST, "what the guest sees"),
  ROW (ENUM, "target/@type", serial_target, ABI, "kind of serial port",
       .names = roost_serial_target_names),
  ROW (UINT, "target/@port", port, ABI, "number of the port", .max = G_MAXINT32),
  ROW (ENUM, "target/model/@name", serial_model, ABI, "the device",
       .names = roost_serial_model_names),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};

static const RoostField parallel_fields[] = {
  ROW (STRING, "@tty", tty, OUTPUT, "the host's terminal"),
  ROW_GROUP (source, roost_char_source_type),
  ROW (FLAG, "target", has_target, HOST, "what the guest sees"),
  ROW (UINT, "target/@port", port, ABI, "number of the port", .max = G_MAXINT32),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};

static const RoostField console_fields[] = {
  ROW (STRING, "@tty", tty, OUTPUT, "the host's terminal"),
  ROW_GROUP (source, roost_char_source_type),
  ROW (FLAG, "target", has_target, HOST, "what the guest sees"),
  ROW (ENUM, "target/@type", console_target, ABI, "kind of console",
       .names = roost_console_target_names),
  ROW (UINT, "target/@port", port, ABI, "number of the console", .max = G_MAXINT32),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};

static const RoostField channel_fields[] = {
  ROW_GROUP (source, roost_char_source_type),
  ROW (FLAG, "target", has_target, HOST, "what the guest sees"),
  ROW (ENUM, "target/@type", channel_target, ABI, "kind of channel",
       .names = roost_channel_target_names),
  ROW (STRING, "target/@address", guestfwd_address, ABI,
       "guestfwd: address in the guest's network", .only = "target/@type=guestfwd"),
  ROW (UINT, "target/@port", guestfwd_port, ABI, "guestfwd: port in the guest's network",
       .only = "target/@type=guestfwd", .max = 65535),
  ROW (STRING, "target/@name", name, ABI, "virtio: the name that the guest finds it by"),
  ROW (ENUM, "target/@state", state, OUTPUT, "has the guest opened it?",
       .names = roost_channel_state_names),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T

DEFINE_TYPE_AT (roost_serial_type, "serial", RoostChardev, serial_fields, "A serial port.",
                info.position);
DEFINE_TYPE_AT (roost_parallel_type, "parallel", RoostChardev, parallel_fields, "A parallel port.",
                info.position);
DEFINE_TYPE_AT (roost_console_type, "console", RoostChardev, console_fields, "A text console.",
                info.position);
DEFINE_TYPE_AT (roost_channel_type, "channel", RoostChardev, channel_fields,
                "A private line between host and guest.", info.position);

#define T RoostSmartcard
static const RoostField smartcard_fields[] = {
  ROW (ENUM, "@mode", mode, NEEDED | ABI, "where the card is",
       .names = roost_smartcard_mode_names),
  ROW_GROUP (source, roost_char_source_type),
  ROW (LIST, "certificate", certificates, ABI, "host-certificates: three names",
       .type = &roost_text_type),
  ROW (STRING, "database", database, HOST, "host-certificates: folder of the certificates"),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_smartcard_type, "smartcard", RoostSmartcard, smartcard_fields,
                "A smartcard in a reader.", info.position);
