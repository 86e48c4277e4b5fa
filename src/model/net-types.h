/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device-common.h"
#include "model/disk-types.h"

/* Network interfaces and host devices. */

typedef struct
{
  RoostUint average, peak, floor; /* KiB per second */
  RoostUint burst;                /* KiB */
} RoostRate;

typedef struct
{
  RoostUint id;
  RoostVlanMode native_mode;
} RoostVlanTag;

typedef struct
{
  RoostTristate trunk;
  GPtrArray *tags; /* of RoostVlanTag */
} RoostVlan;

typedef struct
{
  RoostVirtualportType type;
  RoostUint managerid, typeid, typeidversion;
  char *instanceid, *interfaceid, *profileid;
} RoostVirtualport;

typedef struct
{
  char *family; /* "ipv4", "ipv6" */
  char *address, *peer;
  RoostUint prefix;
} RoostIp;

typedef struct
{
  char *family, *address, *netmask, *gateway;
  RoostUint prefix, metric;
} RoostRoute;

typedef struct
{
  RoostUint start, end, to;
  RoostTristate exclude;
} RoostPortRange;

typedef struct
{
  RoostPortProto proto;
  RoostPosition position;
  char *address, *dev;
  GPtrArray *ranges; /* of RoostPortRange */
} RoostPortForward;

typedef struct
{
  char *name, *value;
} RoostFilterParameter;

typedef struct
{
  RoostDeviceInfo info;
  RoostInterfaceType type;
  RoostTristate managed; /* hostdev */
  RoostTrustFilters trust_guest_rx_filters;
  char *mac;
  RoostMacKind mac_type;
  RoostTristate mac_check;
  char *network, *portgroup, *portid; /* source of type network */
  char *bridge, *source_dev;          /* bridge; direct, ethernet (backend), vdpa, user (passt) */
  RoostMacvtapMode direct_mode;
  char *source_type;               /* vhostuser: "unix" */
  char *source_path;               /* vhostuser */
  RoostUnixMode source_mode;       /* vhostuser */
  RoostReconnect source_reconnect; /* vhostuser */
  char *source_address;            /* server, client, mcast, udp */
  RoostUint source_port;
  char *source_name;   /* internal */
  char *local_address; /* udp */
  RoostUint local_port;
  GPtrArray *source_ips; /* host side, type ethernet: of RoostIp */
  GPtrArray *source_routes;
  RoostUint hostdev_domain, hostdev_bus, hostdev_slot, hostdev_function; /* hostdev: PCI source */
  char *hostdev_source_type;                                             /* "pci", "usb" */
  RoostUint hostdev_device;                                              /* usb */
  RoostVlan *vlan;
  RoostVirtualport *virtualport;
  GPtrArray *ips;           /* of RoostIp */
  GPtrArray *routes;        /* of RoostRoute */
  GPtrArray *port_forwards; /* of RoostPortForward: passt */
  char *script, *downscript;
  char *backenddomain;
  char *target_dev;
  RoostTristate target_managed;
  char *guest_dev, *guest_actual;
  char *model; /* "virtio", "e1000"; a string, the binary decides */
  RoostNetDriverName driver_name;
  RoostTxMode txmode;
  RoostTristate ioeventfd, event_idx;
  RoostUint queues, rx_queue_size, tx_queue_size;
  RoostTristate rss, rss_hash_report;
  RoostVirtioOptions virtio;
  RoostTristate host_csum, host_gso, host_tso4, host_tso6, host_ecn, host_ufo, host_mrg_rxbuf;
  RoostTristate guest_csum, guest_tso4, guest_tso6, guest_ecn, guest_ufo;
  RoostInterfaceBackendType backend_type;
  char *backend_tap, *backend_vhost, *backend_log_file;
  char *filter;                 /* filterref */
  GPtrArray *filter_parameters; /* of RoostFilterParameter */
  RoostLinkState link_state;
  RoostUint mtu;
  RoostUint sndbuf;              /* tune/sndbuf */
  RoostRate *inbound, *outbound; /* bandwidth */
  RoostTristate port_isolated;
  RoostTeamingType teaming_type;
  char *teaming_persistent;
  RoostUint coalesce_rx_frames_max;
} RoostInterface;

typedef struct
{
  RoostDeviceInfo info;
  RoostHostdevMode mode;
  RoostHostdevType type;
  RoostTristate managed;
  RoostSgioMode sgio;
  RoostTristate rawio;
  RoostMdevModel model;          /* mdev: vfio-pci …; scsi_host: see virtio_model */
  RoostVirtioModel virtio_model; /* scsi_host */
  RoostTristate display, ramfb;  /* mdev, on/off */
  RoostStartupPolicy startup_policy;
  RoostGuestReset guest_reset;   /* usb */
  RoostTristate missing;         /* live */
  RoostTristate write_filtering; /* pci */
  RoostPciDriver driver;
  /* the <source>: */
  RoostUint domain, bus, slot, function; /* pci */
  RoostUint usb_bus, usb_device, vendor_id, product_id;
  char *usb_port;
  char *adapter; /* scsi: "scsi_host0" */
  RoostUint scsi_bus, scsi_target, scsi_unit;
  RoostNetProtocol protocol; /* scsi: iscsi */
  char *iscsi_name;
  GPtrArray *iscsi_hosts; /* of RoostNetHost */
  RoostSourceAuth *auth;
  char *initiator_iqn;
  RoostScsiHostProtocol scsi_host_protocol;
  char *wwpn;
  char *mdev_uuid;
  char *caps_block, *caps_char, *caps_interface; /* mode capabilities */
  gboolean readonly, shareable;
  RoostTeamingType teaming_type;
  char *teaming_persistent;
} RoostHostdev;

typedef struct
{
  RoostDeviceInfo info;
  RoostRedirBus bus;
  RoostCharSource source;
} RoostRedirdev;

typedef struct
{
  RoostUint usb_class, vendor, product;
  char *version;
  RoostTristate allow;
} RoostRedirRule;

typedef struct
{
  GPtrArray *rules; /* of RoostRedirRule */
  RoostPosition position;
} RoostRedirfilter;
