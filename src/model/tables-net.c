/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tables.h"

/* Tables are read row by row. */
/* clang-format off */

#define T RoostRate
static const RoostField rate_fields[] = {
  ROW (UINT, "@average", average, LIVE, "KiB per second", .max = G_MAXUINT64 >> 10),
  ROW (UINT, "@peak", peak, LIVE, "KiB per second", .max = G_MAXUINT64 >> 10),
  ROW (UINT, "@burst", burst, LIVE, "KiB that may pass at peak speed", .max = G_MAXUINT64 >> 10),
  ROW (UINT, "@floor", floor, LIVE, "KiB per second that are guaranteed",
       .max = G_MAXUINT64 >> 10),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (rate_type, "rate", RoostRate, rate_fields, "Limits of one direction.");

#define T RoostVlanTag
static const RoostField vlan_tag_fields[] = {
  ROW (UINT, "@id", id, NEEDED, "VLAN number", .max = 4095),
  ROW (ENUM, "@nativeMode", native_mode, HOST, "the native VLAN, with or without its tag",
       .names = roost_vlan_mode_names),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (vlan_tag_type, "vlan-tag", RoostVlanTag, vlan_tag_fields, "A VLAN.");

#define T RoostVlan
static const RoostField vlan_fields[] = {
  ROW (YES_NO, "@trunk", trunk, HOST, "several VLANs on one port"),
  ROW (LIST, "tag", tags, HOST, "the VLANs", .type = &vlan_tag_type),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (vlan_type, "vlan", RoostVlan, vlan_fields, "VLANs of an interface.");

#define T RoostVirtualport
static const RoostField virtualport_fields[] = {
  ROW (ENUM, "@type", type, HOST, "kind of switch", .names = roost_virtualport_type_names),
  ROW (UINT, "parameters/@managerid", managerid, HOST, "802.1Qbg", .max = 255),
  ROW (UINT, "parameters/@typeid", typeid, HOST, "802.1Qbg", .max = 0xffffff),
  ROW (UINT, "parameters/@typeidversion", typeidversion, HOST, "802.1Qbg", .max = 255),
  ROW (UUID, "parameters/@instanceid", instanceid, HOST, "802.1Qbg"),
  ROW (UUID, "parameters/@interfaceid", interfaceid, HOST, "openvswitch, midonet"),
  ROW (STRING, "parameters/@profileid", profileid, HOST, "802.1Qbh, openvswitch"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (virtualport_type, "virtualport", RoostVirtualport, virtualport_fields,
                    "The port of the switch.");

#define T RoostIp
static const RoostField ip_fields[] = {
  ROW (STRING, "@address", address, NEEDED, "the address"),
  ROW (STRING, "@family", family, HOST, "'ipv4' or 'ipv6'"),
  ROW (UINT, "@prefix", prefix, HOST, "bits of the network", .max = 128),
  ROW (STRING, "@peer", peer, HOST, "the other end"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (ip_type, "ip", RoostIp, ip_fields, "An IP address.");

#define T RoostRoute
static const RoostField route_fields[] = {
  ROW (STRING, "@family", family, HOST, "'ipv4' or 'ipv6'"),
  ROW (STRING, "@address", address, NEEDED, "the network"),
  ROW (STRING, "@netmask", netmask, HOST, "its mask"),
  ROW (UINT, "@prefix", prefix, HOST, "or the bits of its mask", .max = 128),
  ROW (STRING, "@gateway", gateway, NEEDED, "where to send it"),
  ROW (UINT, "@metric", metric, HOST, "smaller is better", .min = 1, .max = G_MAXUINT32),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (route_type, "route", RoostRoute, route_fields, "A route.");

#define T RoostPortRange
static const RoostField port_range_fields[] = {
  ROW (UINT, "@start", start, NEEDED, "first port of the host", .min = 1, .max = 65535),
  ROW (UINT, "@end", end, HOST, "last port", .min = 1, .max = 65535),
  ROW (UINT, "@to", to, HOST, "first port of the guest", .min = 1, .max = 65535),
  ROW (YES_NO, "@exclude", exclude, HOST, "do not forward these"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (port_range_type, "port-range", RoostPortRange, port_range_fields, "Ports.");

#define T RoostPortForward
static const RoostField port_forward_fields[] = {
  ROW (ENUM, "@proto", proto, NEEDED, "protocol", .names = roost_port_proto_names),
  ROW (STRING, "@address", address, HOST, "address of the host to listen at"),
  ROW (STRING, "@dev", dev, HOST, "interface of the host to listen at"),
  ROW (LIST, "range", ranges, HOST, "ports; all without it", .type = &port_range_type),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE_AT (port_forward_type, "port-forward", RoostPortForward, port_forward_fields,
                       "Connections to the host that reach the guest.", position);

#define T RoostFilterParameter
static const RoostField filter_parameter_fields[] = {
  ROW (STRING, "@name", name, NEEDED, "name"),
  ROW (STRING, "@value", value, NEEDED, "value"),
  ROOST_FIELD_END
};
#undef T
static DEFINE_TYPE (filter_parameter_type, "filter-parameter", RoostFilterParameter,
                    filter_parameter_fields, "What a filter is told.");

#define T RoostInterface
static const RoostField interface_fields[] = {
  ROW (ENUM, "@type", type, NEEDED, "what the host connects it to",
       .names = roost_interface_type_names),
  ROW (YES_NO, "@managed", managed, HOST, "detach the device from its driver at start?",
       .only = "@type=hostdev"),
  ROW (ENUM, "@trustGuestRxFilters", trust_guest_rx_filters, HOST,
       "let the guest change which packets macvtap passes", .names = roost_trust_filters_names),
  ROW (MAC, "mac/@address", mac, ABI, "hardware address; made when it is missing"),
  ROW (ENUM, "mac/@type", mac_type, HOST, "who chose it", .names = roost_mac_kind_names),
  ROW (YES_NO, "mac/@check", mac_check, HOST, "kept; of VMware"),
  ROW (STRING, "source/@network", network, HOST, "network", .only = "@type=network"),
  ROW (STRING, "source/@portgroup", portgroup, HOST, "group of ports", .only = "@type=network"),
  ROW (UUID, "source/@portid", portid, OUTPUT, "port of the network", .only = "@type=network"),
  ROW (STRING, "source/@type", source_type, HOST, "'unix'", .only = "@type=vhostuser"),
  ROW (STRING, "source/@path", source_path, HOST, "the socket", .only = "@type=vhostuser"),
  ROW (ENUM, "source/@mode", source_mode, HOST, "who listens", .names = roost_unix_mode_names,
       .only = "@type=vhostuser"),
  ROW (STRING, "source/@bridge", bridge, HOST, "a bridge of the host",
       .only = "@type=bridge|network"),
  ROW (STRING, "source/@dev", source_dev, HOST, "an interface or device of the host",
       .only = "@type=direct|vdpa|user|ethernet|hostdev|network"),
  ROW (ENUM, "source/@mode", direct_mode, HOST, "how macvtap connects",
       .names = roost_macvtap_mode_names, .only = "@type=direct|network"),
  ROW (STRING, "source/@name", source_name, HOST, "an internal network", .only = "@type=internal"),
  ROW (STRING, "source/@address", source_address, HOST, "IP address",
       .only = "@type=server|client|mcast|udp"),
  ROW (UINT, "source/@port", source_port, HOST, "port", .only = "@type=server|client|mcast|udp",
       .max = 65535),
  ROW (STRING, "source/local/@address", local_address, HOST, "our address", .only = "@type=udp"),
  ROW (UINT, "source/local/@port", local_port, HOST, "our port", .only = "@type=udp",
       .max = 65535),
  ROW (EMBED, "source/reconnect", source_reconnect, HOST, "when the socket closes",
       .type = &roost_reconnect_type, .only = "@type=vhostuser"),
  ROW (STRING, "source/address/@type", hostdev_source_type, HOST, "'pci' or 'usb'",
       .only = "@type=hostdev"),
  ROW (UINT, "source/address/@domain", hostdev_domain, HOST, "PCI address",
       .only = "@type=hostdev", .hex_digits = 4, .max = 0xffff),
  ROW (UINT, "source/address/@bus", hostdev_bus, HOST, "its bus", .only = "@type=hostdev",
       .hex_digits = 2, .max = 0xff),
  ROW (UINT, "source/address/@slot", hostdev_slot, HOST, "its slot", .only = "@type=hostdev",
       .hex_digits = 2, .max = 0x1f),
  ROW (UINT, "source/address/@function", hostdev_function, HOST, "its function",
       .only = "@type=hostdev", .hex_digits = 1, .max = 7),
  ROW (UINT, "source/address/@device", hostdev_device, HOST, "USB device",
       .only = "@type=hostdev"),
  ROW (LIST, "source/ip", source_ips, HOST, "addresses of the host's end", .type = &ip_type),
  ROW (LIST, "source/route", source_routes, HOST, "routes of the host", .type = &route_type),
  ROW (STRUCT, "vlan", vlan, HOST, "VLANs", .type = &vlan_type),
  ROW (STRUCT, "virtualport", virtualport, HOST, "switch port", .type = &virtualport_type),
  ROW (STRUCT, "bandwidth/inbound", inbound, LIVE, "to the guest", .type = &rate_type),
  ROW (STRUCT, "bandwidth/outbound", outbound, LIVE, "from the guest", .type = &rate_type),
  ROW (LIST, "ip", ips, HOST, "addresses that the guest gets", .type = &ip_type),
  ROW (LIST, "route", routes, HOST, "routes that the guest gets", .type = &route_type),
  ROW (LIST, "portForward", port_forwards, HOST, "passt: forwarded ports",
       .type = &port_forward_type),
  ROW (STRING, "script/@path", script, HOST, "run when the interface is set up"),
  ROW (STRING, "downscript/@path", downscript, HOST, "run when it is taken down"),
  ROW (STRING, "backenddomain/@name", backenddomain, HOST, "kept; QEMU has no driver domains"),
  ROW (STRING, "target/@dev", target_dev, HOST, "name of the tap in the host"),
  ROW (YES_NO, "target/@managed", target_managed, HOST, "ethernet: do we make the tap?"),
  ROW (STRING, "guest/@dev", guest_dev, HOST, "kept; of containers"),
  ROW (STRING, "guest/@actual", guest_actual, OUTPUT, "kept; of containers"),
  ROW (YES_NO, "port/@isolated", port_isolated, HOST, "keep apart from other isolated ports"),
  ROW (STRING, "model/@type", model, ABI, "the network card"),
  ROW (ENUM, "driver/@name", driver_name, HOST, "who moves the packets",
       .names = roost_net_driver_name_names),
  ROW (ENUM, "driver/@txmode", txmode, ABI, "virtio: how sending is handled",
       .names = roost_tx_mode_names),
  ROW (ON_OFF, "driver/@ioeventfd", ioeventfd, HOST, "handle I/O outside the vCPU threads"),
  ROW (ON_OFF, "driver/@event_idx", event_idx, ABI, "virtio: fewer interrupts"),
  ROW (UINT, "driver/@queues", queues, ABI, "pairs of queues", .max = G_MAXUINT32),
  ROW (UINT, "driver/@rx_queue_size", rx_queue_size, ABI, "entries for receiving",
       .max = G_MAXUINT32),
  ROW (UINT, "driver/@tx_queue_size", tx_queue_size, ABI, "entries for sending",
       .max = G_MAXUINT32),
  ROW (ON_OFF, "driver/@rss", rss, ABI, "receive side scaling"),
  ROW (ON_OFF, "driver/@rss_hash_report", rss_hash_report, ABI, "pass the hashes to the guest"),
  ROW_GROUP (virtio, roost_virtio_options_type),
  ROW (ON_OFF, "driver/host/@csum", host_csum, ABI, "host offload: checksums"),
  ROW (ON_OFF, "driver/host/@gso", host_gso, ABI, "host offload: generic segmentation"),
  ROW (ON_OFF, "driver/host/@tso4", host_tso4, ABI, "host offload: TCP segmentation"),
  ROW (ON_OFF, "driver/host/@tso6", host_tso6, ABI, "host offload: TCP segmentation, IPv6"),
  ROW (ON_OFF, "driver/host/@ecn", host_ecn, ABI, "host offload: congestion notification"),
  ROW (ON_OFF, "driver/host/@ufo", host_ufo, ABI, "host offload: UDP fragmentation"),
  ROW (ON_OFF, "driver/host/@mrg_rxbuf", host_mrg_rxbuf, ABI, "mergeable receive buffers"),
  ROW (ON_OFF, "driver/guest/@csum", guest_csum, ABI, "guest offload: checksums"),
  ROW (ON_OFF, "driver/guest/@tso4", guest_tso4, ABI, "guest offload: TCP segmentation"),
  ROW (ON_OFF, "driver/guest/@tso6", guest_tso6, ABI, "guest offload: TCP segmentation, IPv6"),
  ROW (ON_OFF, "driver/guest/@ecn", guest_ecn, ABI, "guest offload: congestion notification"),
  ROW (ON_OFF, "driver/guest/@ufo", guest_ufo, ABI, "guest offload: UDP fragmentation"),
  ROW (ENUM, "backend/@type", backend_type, HOST, "user networking: through what",
       .names = roost_interface_backend_type_names),
  ROW (STRING, "backend/@tap", backend_tap, HOST, "tap device to open"),
  ROW (STRING, "backend/@vhost", backend_vhost, HOST, "vhost-net device to open"),
  ROW (STRING, "backend/@logFile", backend_log_file, HOST, "passt: log"),
  ROW (STRING, "filterref/@filter", filter, HOST, "network filter"),
  ROW (LIST, "filterref/parameter", filter_parameters, HOST, "what the filter is told",
       .type = &filter_parameter_type),
  ROW (ENUM, "link/@state", link_state, LIVE, "is the cable in?", .names = roost_link_state_names,
       .fallback = "up"),
  ROW (UINT, "mtu/@size", mtu, ABI, "largest packet", .max = 65535),
  ROW (UINT, "coalesce/rx/frames/@max", coalesce_rx_frames_max, HOST, "wait for so many packets",
       .max = G_MAXUINT32),
  ROW (UINT, "tune/sndbuf", sndbuf, HOST, "bytes that may wait in the tap"),
  ROW (ENUM, "teaming/@type", teaming_type, ABI, "failover pair",
       .names = roost_teaming_type_names),
  ROW (STRING, "teaming/@persistent", teaming_persistent, ABI, "alias of the one that stays"),
  ROW_GROUP (info, roost_device_info_type),
  ROOST_FIELD_END
};
#undef T
DEFINE_TYPE_AT (roost_interface_type, "interface", RoostInterface, interface_fields,
                "A network card.", info.position);
