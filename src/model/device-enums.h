/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/enums.h"

/* The words that devices take; see enums.h. */

#define ROOST_INTERFACE_TYPE_LIST(V)                                                               \
  V (ROOST_INTERFACE_TYPE_ETHERNET, "ethernet")                                                    \
  V (ROOST_INTERFACE_TYPE_USER, "user")                                                            \
  V (ROOST_INTERFACE_TYPE_VHOSTUSER, "vhostuser")                                                  \
  V (ROOST_INTERFACE_TYPE_SERVER, "server")                                                        \
  V (ROOST_INTERFACE_TYPE_CLIENT, "client")                                                        \
  V (ROOST_INTERFACE_TYPE_MCAST, "mcast")                                                          \
  V (ROOST_INTERFACE_TYPE_NETWORK, "network")                                                      \
  V (ROOST_INTERFACE_TYPE_BRIDGE, "bridge")                                                        \
  V (ROOST_INTERFACE_TYPE_INTERNAL, "internal")                                                    \
  V (ROOST_INTERFACE_TYPE_DIRECT, "direct")                                                        \
  V (ROOST_INTERFACE_TYPE_HOSTDEV, "hostdev")                                                      \
  V (ROOST_INTERFACE_TYPE_UDP, "udp")                                                              \
  V (ROOST_INTERFACE_TYPE_VDPA, "vdpa")                                                            \
  V (ROOST_INTERFACE_TYPE_NULL, "null")                                                            \
  V (ROOST_INTERFACE_TYPE_VDS, "vds")
ROOST_ENUM_DECLARE (RoostInterfaceType, ROOST_INTERFACE_TYPE, roost_interface_type)

#define ROOST_MAC_KIND_LIST(V)                                                                     \
  V (ROOST_MAC_KIND_GENERATED, "generated")                                                        \
  V (ROOST_MAC_KIND_STATIC, "static")
ROOST_ENUM_DECLARE (RoostMacKind, ROOST_MAC_KIND, roost_mac_kind)

#define ROOST_INTERFACE_BACKEND_TYPE_LIST(V)                                                       \
  V (ROOST_INTERFACE_BACKEND_TYPE_DEFAULT, "default")                                              \
  V (ROOST_INTERFACE_BACKEND_TYPE_PASST, "passt")
ROOST_ENUM_DECLARE (RoostInterfaceBackendType,
                    ROOST_INTERFACE_BACKEND_TYPE,
                    roost_interface_backend_type)

#define ROOST_NET_DRIVER_NAME_LIST(V)                                                              \
  V (ROOST_NET_DRIVER_NAME_QEMU, "qemu")                                                           \
  V (ROOST_NET_DRIVER_NAME_VHOST, "vhost")                                                         \
  V (ROOST_NET_DRIVER_NAME_VFIO, "vfio")
ROOST_ENUM_DECLARE (RoostNetDriverName, ROOST_NET_DRIVER_NAME, roost_net_driver_name)

#define ROOST_TX_MODE_LIST(V)                                                                      \
  V (ROOST_TX_MODE_IOTHREAD, "iothread")                                                           \
  V (ROOST_TX_MODE_TIMER, "timer")
ROOST_ENUM_DECLARE (RoostTxMode, ROOST_TX_MODE, roost_tx_mode)

#define ROOST_MACVTAP_MODE_LIST(V)                                                                 \
  V (ROOST_MACVTAP_MODE_VEPA, "vepa")                                                              \
  V (ROOST_MACVTAP_MODE_PRIVATE, "private")                                                        \
  V (ROOST_MACVTAP_MODE_BRIDGE, "bridge")                                                          \
  V (ROOST_MACVTAP_MODE_PASSTHROUGH, "passthrough")
ROOST_ENUM_DECLARE (RoostMacvtapMode, ROOST_MACVTAP_MODE, roost_macvtap_mode)

#define ROOST_LINK_STATE_LIST(V)                                                                   \
  V (ROOST_LINK_STATE_UP, "up")                                                                    \
  V (ROOST_LINK_STATE_DOWN, "down")
ROOST_ENUM_DECLARE (RoostLinkState, ROOST_LINK_STATE, roost_link_state)

#define ROOST_PORT_PROTO_LIST(V)                                                                   \
  V (ROOST_PORT_PROTO_TCP, "tcp")                                                                  \
  V (ROOST_PORT_PROTO_UDP, "udp")
ROOST_ENUM_DECLARE (RoostPortProto, ROOST_PORT_PROTO, roost_port_proto)

#define ROOST_TEAMING_TYPE_LIST(V)                                                                 \
  V (ROOST_TEAMING_TYPE_PERSISTENT, "persistent")                                                  \
  V (ROOST_TEAMING_TYPE_TRANSIENT, "transient")
ROOST_ENUM_DECLARE (RoostTeamingType, ROOST_TEAMING_TYPE, roost_teaming_type)

#define ROOST_TRUST_FILTERS_LIST(V)                                                                \
  V (ROOST_TRUST_FILTERS_YES, "yes")                                                               \
  V (ROOST_TRUST_FILTERS_NO, "no")
ROOST_ENUM_DECLARE (RoostTrustFilters, ROOST_TRUST_FILTERS, roost_trust_filters)

#define ROOST_VLAN_MODE_LIST(V)                                                                    \
  V (ROOST_VLAN_MODE_TAGGED, "tagged")                                                             \
  V (ROOST_VLAN_MODE_UNTAGGED, "untagged")
ROOST_ENUM_DECLARE (RoostVlanMode, ROOST_VLAN_MODE, roost_vlan_mode)

#define ROOST_VIRTUALPORT_TYPE_LIST(V)                                                             \
  V (ROOST_VIRTUALPORT_TYPE_NONE, "none")                                                          \
  V (ROOST_VIRTUALPORT_TYPE_802_1QBG, "802.1Qbg")                                                  \
  V (ROOST_VIRTUALPORT_TYPE_802_1QBH, "802.1Qbh")                                                  \
  V (ROOST_VIRTUALPORT_TYPE_OPENVSWITCH, "openvswitch")                                            \
  V (ROOST_VIRTUALPORT_TYPE_MIDONET, "midonet")
ROOST_ENUM_DECLARE (RoostVirtualportType, ROOST_VIRTUALPORT_TYPE, roost_virtualport_type)

#define ROOST_UNIX_MODE_LIST(V)                                                                    \
  V (ROOST_UNIX_MODE_CLIENT, "client")                                                             \
  V (ROOST_UNIX_MODE_SERVER, "server")
ROOST_ENUM_DECLARE (RoostUnixMode, ROOST_UNIX_MODE, roost_unix_mode)

#define ROOST_HOSTDEV_MODE_LIST(V)                                                                 \
  V (ROOST_HOSTDEV_MODE_SUBSYSTEM, "subsystem")                                                    \
  V (ROOST_HOSTDEV_MODE_CAPABILITIES, "capabilities")
ROOST_ENUM_DECLARE (RoostHostdevMode, ROOST_HOSTDEV_MODE, roost_hostdev_mode)

#define ROOST_HOSTDEV_TYPE_LIST(V)                                                                 \
  V (ROOST_HOSTDEV_TYPE_USB, "usb")                                                                \
  V (ROOST_HOSTDEV_TYPE_PCI, "pci")                                                                \
  V (ROOST_HOSTDEV_TYPE_SCSI, "scsi")                                                              \
  V (ROOST_HOSTDEV_TYPE_SCSI_HOST, "scsi_host")                                                    \
  V (ROOST_HOSTDEV_TYPE_MDEV, "mdev")                                                              \
  V (ROOST_HOSTDEV_TYPE_STORAGE, "storage")                                                        \
  V (ROOST_HOSTDEV_TYPE_MISC, "misc")                                                              \
  V (ROOST_HOSTDEV_TYPE_NET, "net")
ROOST_ENUM_DECLARE (RoostHostdevType, ROOST_HOSTDEV_TYPE, roost_hostdev_type)

#define ROOST_SCSI_HOST_PROTOCOL_LIST(V)                                                           \
  V (ROOST_SCSI_HOST_PROTOCOL_NONE, "none")                                                        \
  V (ROOST_SCSI_HOST_PROTOCOL_VHOST, "vhost")
ROOST_ENUM_DECLARE (RoostScsiHostProtocol, ROOST_SCSI_HOST_PROTOCOL, roost_scsi_host_protocol)

#define ROOST_MDEV_MODEL_LIST(V)                                                                   \
  V (ROOST_MDEV_MODEL_VFIO_PCI, "vfio-pci")                                                        \
  V (ROOST_MDEV_MODEL_VFIO_CCW, "vfio-ccw")                                                        \
  V (ROOST_MDEV_MODEL_VFIO_AP, "vfio-ap")
ROOST_ENUM_DECLARE (RoostMdevModel, ROOST_MDEV_MODEL, roost_mdev_model)

#define ROOST_PCI_DRIVER_LIST(V)                                                                   \
  V (ROOST_PCI_DRIVER_DEFAULT, "default")                                                          \
  V (ROOST_PCI_DRIVER_KVM, "kvm")                                                                  \
  V (ROOST_PCI_DRIVER_VFIO, "vfio")                                                                \
  V (ROOST_PCI_DRIVER_XEN, "xen")
ROOST_ENUM_DECLARE (RoostPciDriver, ROOST_PCI_DRIVER, roost_pci_driver)

#define ROOST_GUEST_RESET_LIST(V)                                                                  \
  V (ROOST_GUEST_RESET_OFF, "off")                                                                 \
  V (ROOST_GUEST_RESET_UNINITIALIZED, "uninitialized")                                             \
  V (ROOST_GUEST_RESET_ALWAYS, "always")
ROOST_ENUM_DECLARE (RoostGuestReset, ROOST_GUEST_RESET, roost_guest_reset)

#define ROOST_SGIO_MODE_LIST(V)                                                                    \
  V (ROOST_SGIO_MODE_FILTERED, "filtered")                                                         \
  V (ROOST_SGIO_MODE_UNFILTERED, "unfiltered")
ROOST_ENUM_DECLARE (RoostSgioMode, ROOST_SGIO_MODE, roost_sgio_mode)

#define ROOST_CHAR_TYPE_LIST(V)                                                                    \
  V (ROOST_CHAR_TYPE_NULL, "null")                                                                 \
  V (ROOST_CHAR_TYPE_VC, "vc")                                                                     \
  V (ROOST_CHAR_TYPE_PTY, "pty")                                                                   \
  V (ROOST_CHAR_TYPE_DEV, "dev")                                                                   \
  V (ROOST_CHAR_TYPE_FILE, "file")                                                                 \
  V (ROOST_CHAR_TYPE_PIPE, "pipe")                                                                 \
  V (ROOST_CHAR_TYPE_STDIO, "stdio")                                                               \
  V (ROOST_CHAR_TYPE_UDP, "udp")                                                                   \
  V (ROOST_CHAR_TYPE_TCP, "tcp")                                                                   \
  V (ROOST_CHAR_TYPE_UNIX, "unix")                                                                 \
  V (ROOST_CHAR_TYPE_SPICEVMC, "spicevmc")                                                         \
  V (ROOST_CHAR_TYPE_SPICEPORT, "spiceport")                                                       \
  V (ROOST_CHAR_TYPE_NMDM, "nmdm")                                                                 \
  V (ROOST_CHAR_TYPE_QEMU_VDAGENT, "qemu-vdagent")                                                 \
  V (ROOST_CHAR_TYPE_DBUS, "dbus")
ROOST_ENUM_DECLARE (RoostCharType, ROOST_CHAR_TYPE, roost_char_type)

#define ROOST_CHAR_MODE_LIST(V)                                                                    \
  V (ROOST_CHAR_MODE_CONNECT, "connect")                                                           \
  V (ROOST_CHAR_MODE_BIND, "bind")
ROOST_ENUM_DECLARE (RoostCharMode, ROOST_CHAR_MODE, roost_char_mode)

#define ROOST_CHAR_PROTOCOL_LIST(V)                                                                \
  V (ROOST_CHAR_PROTOCOL_RAW, "raw")                                                               \
  V (ROOST_CHAR_PROTOCOL_TELNET, "telnet")                                                         \
  V (ROOST_CHAR_PROTOCOL_TELNETS, "telnets")                                                       \
  V (ROOST_CHAR_PROTOCOL_TLS, "tls")
ROOST_ENUM_DECLARE (RoostCharProtocol, ROOST_CHAR_PROTOCOL, roost_char_protocol)

#define ROOST_SERIAL_TARGET_LIST(V)                                                                \
  V (ROOST_SERIAL_TARGET_ISA_SERIAL, "isa-serial")                                                 \
  V (ROOST_SERIAL_TARGET_USB_SERIAL, "usb-serial")                                                 \
  V (ROOST_SERIAL_TARGET_PCI_SERIAL, "pci-serial")                                                 \
  V (ROOST_SERIAL_TARGET_SPAPR_VIO_SERIAL, "spapr-vio-serial")                                     \
  V (ROOST_SERIAL_TARGET_SYSTEM_SERIAL, "system-serial")                                           \
  V (ROOST_SERIAL_TARGET_SCLP_SERIAL, "sclp-serial")                                               \
  V (ROOST_SERIAL_TARGET_ISA_DEBUG, "isa-debug")
ROOST_ENUM_DECLARE (RoostSerialTarget, ROOST_SERIAL_TARGET, roost_serial_target)

#define ROOST_SERIAL_MODEL_LIST(V)                                                                 \
  V (ROOST_SERIAL_MODEL_ISA_SERIAL, "isa-serial")                                                  \
  V (ROOST_SERIAL_MODEL_USB_SERIAL, "usb-serial")                                                  \
  V (ROOST_SERIAL_MODEL_PCI_SERIAL, "pci-serial")                                                  \
  V (ROOST_SERIAL_MODEL_SPAPR_VTY, "spapr-vty")                                                    \
  V (ROOST_SERIAL_MODEL_PL011, "pl011")                                                            \
  V (ROOST_SERIAL_MODEL_SCLPCONSOLE, "sclpconsole")                                                \
  V (ROOST_SERIAL_MODEL_SCLPLMCONSOLE, "sclplmconsole")                                            \
  V (ROOST_SERIAL_MODEL_16550A, "16550a")                                                          \
  V (ROOST_SERIAL_MODEL_ISA_DEBUGCON, "isa-debugcon")
ROOST_ENUM_DECLARE (RoostSerialModel, ROOST_SERIAL_MODEL, roost_serial_model)

#define ROOST_CONSOLE_TARGET_LIST(V)                                                               \
  V (ROOST_CONSOLE_TARGET_SERIAL, "serial")                                                        \
  V (ROOST_CONSOLE_TARGET_XEN, "xen")                                                              \
  V (ROOST_CONSOLE_TARGET_UML, "uml")                                                              \
  V (ROOST_CONSOLE_TARGET_VIRTIO, "virtio")                                                        \
  V (ROOST_CONSOLE_TARGET_LXC, "lxc")                                                              \
  V (ROOST_CONSOLE_TARGET_OPENVZ, "openvz")                                                        \
  V (ROOST_CONSOLE_TARGET_SCLP, "sclp")                                                            \
  V (ROOST_CONSOLE_TARGET_SCLPLM, "sclplm")
ROOST_ENUM_DECLARE (RoostConsoleTarget, ROOST_CONSOLE_TARGET, roost_console_target)

#define ROOST_CHANNEL_TARGET_LIST(V)                                                               \
  V (ROOST_CHANNEL_TARGET_GUESTFWD, "guestfwd")                                                    \
  V (ROOST_CHANNEL_TARGET_VIRTIO, "virtio")                                                        \
  V (ROOST_CHANNEL_TARGET_XEN, "xen")
ROOST_ENUM_DECLARE (RoostChannelTarget, ROOST_CHANNEL_TARGET, roost_channel_target)

#define ROOST_CHANNEL_STATE_LIST(V)                                                                \
  V (ROOST_CHANNEL_STATE_CONNECTED, "connected")                                                   \
  V (ROOST_CHANNEL_STATE_DISCONNECTED, "disconnected")
ROOST_ENUM_DECLARE (RoostChannelState, ROOST_CHANNEL_STATE, roost_channel_state)

#define ROOST_FILESYSTEM_TYPE_LIST(V)                                                              \
  V (ROOST_FILESYSTEM_TYPE_MOUNT, "mount")                                                         \
  V (ROOST_FILESYSTEM_TYPE_BLOCK, "block")                                                         \
  V (ROOST_FILESYSTEM_TYPE_FILE, "file")                                                           \
  V (ROOST_FILESYSTEM_TYPE_TEMPLATE, "template")                                                   \
  V (ROOST_FILESYSTEM_TYPE_RAM, "ram")                                                             \
  V (ROOST_FILESYSTEM_TYPE_BIND, "bind")                                                           \
  V (ROOST_FILESYSTEM_TYPE_VOLUME, "volume")
ROOST_ENUM_DECLARE (RoostFilesystemType, ROOST_FILESYSTEM_TYPE, roost_filesystem_type)

#define ROOST_FILESYSTEM_DRIVER_LIST(V)                                                            \
  V (ROOST_FILESYSTEM_DRIVER_PATH, "path")                                                         \
  V (ROOST_FILESYSTEM_DRIVER_HANDLE, "handle")                                                     \
  V (ROOST_FILESYSTEM_DRIVER_LOOP, "loop")                                                         \
  V (ROOST_FILESYSTEM_DRIVER_NBD, "nbd")                                                           \
  V (ROOST_FILESYSTEM_DRIVER_PLOOP, "ploop")                                                       \
  V (ROOST_FILESYSTEM_DRIVER_VIRTIOFS, "virtiofs")                                                 \
  V (ROOST_FILESYSTEM_DRIVER_MTP, "mtp")
ROOST_ENUM_DECLARE (RoostFilesystemDriver, ROOST_FILESYSTEM_DRIVER, roost_filesystem_driver)

#define ROOST_FILESYSTEM_ACCESS_LIST(V)                                                            \
  V (ROOST_FILESYSTEM_ACCESS_PASSTHROUGH, "passthrough")                                           \
  V (ROOST_FILESYSTEM_ACCESS_MAPPED, "mapped")                                                     \
  V (ROOST_FILESYSTEM_ACCESS_SQUASH, "squash")
ROOST_ENUM_DECLARE (RoostFilesystemAccess, ROOST_FILESYSTEM_ACCESS, roost_filesystem_access)

#define ROOST_FILESYSTEM_WRITE_POLICY_LIST(V)                                                      \
  V (ROOST_FILESYSTEM_WRITE_POLICY_IMMEDIATE, "immediate")
ROOST_ENUM_DECLARE (RoostFilesystemWritePolicy,
                    ROOST_FILESYSTEM_WRITE_POLICY,
                    roost_filesystem_write_policy)

#define ROOST_FILESYSTEM_MODEL_LIST(V)                                                             \
  V (ROOST_FILESYSTEM_MODEL_VIRTIO, "virtio")                                                      \
  V (ROOST_FILESYSTEM_MODEL_VIRTIO_TRANSITIONAL, "virtio-transitional")                            \
  V (ROOST_FILESYSTEM_MODEL_VIRTIO_NON_TRANSITIONAL, "virtio-non-transitional")
ROOST_ENUM_DECLARE (RoostFilesystemModel, ROOST_FILESYSTEM_MODEL, roost_filesystem_model)

#define ROOST_FILESYSTEM_MULTIDEVS_LIST(V)                                                         \
  V (ROOST_FILESYSTEM_MULTIDEVS_DEFAULT, "default")                                                \
  V (ROOST_FILESYSTEM_MULTIDEVS_REMAP, "remap")                                                    \
  V (ROOST_FILESYSTEM_MULTIDEVS_FORBID, "forbid")                                                  \
  V (ROOST_FILESYSTEM_MULTIDEVS_WARN, "warn")
ROOST_ENUM_DECLARE (RoostFilesystemMultidevs,
                    ROOST_FILESYSTEM_MULTIDEVS,
                    roost_filesystem_multidevs)

#define ROOST_FILESYSTEM_CACHE_LIST(V)                                                             \
  V (ROOST_FILESYSTEM_CACHE_NONE, "none")                                                          \
  V (ROOST_FILESYSTEM_CACHE_ALWAYS, "always")
ROOST_ENUM_DECLARE (RoostFilesystemCache, ROOST_FILESYSTEM_CACHE, roost_filesystem_cache)

#define ROOST_SANDBOX_MODE_LIST(V)                                                                 \
  V (ROOST_SANDBOX_MODE_NAMESPACE, "namespace")                                                    \
  V (ROOST_SANDBOX_MODE_CHROOT, "chroot")
ROOST_ENUM_DECLARE (RoostSandboxMode, ROOST_SANDBOX_MODE, roost_sandbox_mode)

#define ROOST_GRAPHICS_TYPE_LIST(V)                                                                \
  V (ROOST_GRAPHICS_TYPE_SDL, "sdl")                                                               \
  V (ROOST_GRAPHICS_TYPE_VNC, "vnc")                                                               \
  V (ROOST_GRAPHICS_TYPE_RDP, "rdp")                                                               \
  V (ROOST_GRAPHICS_TYPE_DESKTOP, "desktop")                                                       \
  V (ROOST_GRAPHICS_TYPE_SPICE, "spice")                                                           \
  V (ROOST_GRAPHICS_TYPE_EGL_HEADLESS, "egl-headless")                                             \
  V (ROOST_GRAPHICS_TYPE_DBUS, "dbus")
ROOST_ENUM_DECLARE (RoostGraphicsType, ROOST_GRAPHICS_TYPE, roost_graphics_type)

#define ROOST_LISTEN_TYPE_LIST(V)                                                                  \
  V (ROOST_LISTEN_TYPE_NONE, "none")                                                               \
  V (ROOST_LISTEN_TYPE_ADDRESS, "address")                                                         \
  V (ROOST_LISTEN_TYPE_NETWORK, "network")                                                         \
  V (ROOST_LISTEN_TYPE_SOCKET, "socket")
ROOST_ENUM_DECLARE (RoostListenType, ROOST_LISTEN_TYPE, roost_listen_type)

#define ROOST_SHARE_POLICY_LIST(V)                                                                 \
  V (ROOST_SHARE_POLICY_ALLOW_EXCLUSIVE, "allow-exclusive")                                        \
  V (ROOST_SHARE_POLICY_FORCE_SHARED, "force-shared")                                              \
  V (ROOST_SHARE_POLICY_IGNORE, "ignore")
ROOST_ENUM_DECLARE (RoostSharePolicy, ROOST_SHARE_POLICY, roost_share_policy)

#define ROOST_CONNECTED_ACTION_LIST(V)                                                             \
  V (ROOST_CONNECTED_ACTION_KEEP, "keep")                                                          \
  V (ROOST_CONNECTED_ACTION_DISCONNECT, "disconnect")                                              \
  V (ROOST_CONNECTED_ACTION_FAIL, "fail")
ROOST_ENUM_DECLARE (RoostConnectedAction, ROOST_CONNECTED_ACTION, roost_connected_action)

#define ROOST_CHANNEL_MODE_LIST(V)                                                                 \
  V (ROOST_CHANNEL_MODE_ANY, "any")                                                                \
  V (ROOST_CHANNEL_MODE_SECURE, "secure")                                                          \
  V (ROOST_CHANNEL_MODE_INSECURE, "insecure")
ROOST_ENUM_DECLARE (RoostChannelMode, ROOST_CHANNEL_MODE, roost_channel_mode)

#define ROOST_SPICE_CHANNEL_NAME_LIST(V)                                                           \
  V (ROOST_SPICE_CHANNEL_NAME_MAIN, "main")                                                        \
  V (ROOST_SPICE_CHANNEL_NAME_DISPLAY, "display")                                                  \
  V (ROOST_SPICE_CHANNEL_NAME_INPUTS, "inputs")                                                    \
  V (ROOST_SPICE_CHANNEL_NAME_CURSOR, "cursor")                                                    \
  V (ROOST_SPICE_CHANNEL_NAME_PLAYBACK, "playback")                                                \
  V (ROOST_SPICE_CHANNEL_NAME_RECORD, "record")                                                    \
  V (ROOST_SPICE_CHANNEL_NAME_SMARTCARD, "smartcard")                                              \
  V (ROOST_SPICE_CHANNEL_NAME_USBREDIR, "usbredir")
ROOST_ENUM_DECLARE (RoostSpiceChannelName, ROOST_SPICE_CHANNEL_NAME, roost_spice_channel_name)

#define ROOST_IMAGE_COMPRESSION_LIST(V)                                                            \
  V (ROOST_IMAGE_COMPRESSION_AUTO_GLZ, "auto_glz")                                                 \
  V (ROOST_IMAGE_COMPRESSION_AUTO_LZ, "auto_lz")                                                   \
  V (ROOST_IMAGE_COMPRESSION_QUIC, "quic")                                                         \
  V (ROOST_IMAGE_COMPRESSION_GLZ, "glz")                                                           \
  V (ROOST_IMAGE_COMPRESSION_LZ, "lz")                                                             \
  V (ROOST_IMAGE_COMPRESSION_OFF, "off")
ROOST_ENUM_DECLARE (RoostImageCompression, ROOST_IMAGE_COMPRESSION, roost_image_compression)

#define ROOST_JPEG_COMPRESSION_LIST(V)                                                             \
  V (ROOST_JPEG_COMPRESSION_AUTO, "auto")                                                          \
  V (ROOST_JPEG_COMPRESSION_NEVER, "never")                                                        \
  V (ROOST_JPEG_COMPRESSION_ALWAYS, "always")
ROOST_ENUM_DECLARE (RoostJpegCompression, ROOST_JPEG_COMPRESSION, roost_jpeg_compression)

#define ROOST_STREAMING_MODE_LIST(V)                                                               \
  V (ROOST_STREAMING_MODE_FILTER, "filter")                                                        \
  V (ROOST_STREAMING_MODE_ALL, "all")                                                              \
  V (ROOST_STREAMING_MODE_OFF, "off")
ROOST_ENUM_DECLARE (RoostStreamingMode, ROOST_STREAMING_MODE, roost_streaming_mode)

#define ROOST_MOUSE_MODE_LIST(V)                                                                   \
  V (ROOST_MOUSE_MODE_SERVER, "server")                                                            \
  V (ROOST_MOUSE_MODE_CLIENT, "client")
ROOST_ENUM_DECLARE (RoostMouseMode, ROOST_MOUSE_MODE, roost_mouse_mode)

#define ROOST_VIDEO_TYPE_LIST(V)                                                                   \
  V (ROOST_VIDEO_TYPE_DEFAULT, "default")                                                          \
  V (ROOST_VIDEO_TYPE_VGA, "vga")                                                                  \
  V (ROOST_VIDEO_TYPE_CIRRUS, "cirrus")                                                            \
  V (ROOST_VIDEO_TYPE_VMVGA, "vmvga")                                                              \
  V (ROOST_VIDEO_TYPE_XEN, "xen")                                                                  \
  V (ROOST_VIDEO_TYPE_VBOX, "vbox")                                                                \
  V (ROOST_VIDEO_TYPE_QXL, "qxl")                                                                  \
  V (ROOST_VIDEO_TYPE_PARALLELS, "parallels")                                                      \
  V (ROOST_VIDEO_TYPE_VIRTIO, "virtio")                                                            \
  V (ROOST_VIDEO_TYPE_GOP, "gop")                                                                  \
  V (ROOST_VIDEO_TYPE_NONE, "none")                                                                \
  V (ROOST_VIDEO_TYPE_BOCHS, "bochs")                                                              \
  V (ROOST_VIDEO_TYPE_RAMFB, "ramfb")
ROOST_ENUM_DECLARE (RoostVideoType, ROOST_VIDEO_TYPE, roost_video_type)

#define ROOST_VIDEO_VGA_CONF_LIST(V)                                                               \
  V (ROOST_VIDEO_VGA_CONF_IO, "io")                                                                \
  V (ROOST_VIDEO_VGA_CONF_ON, "on")                                                                \
  V (ROOST_VIDEO_VGA_CONF_OFF, "off")
ROOST_ENUM_DECLARE (RoostVideoVgaConf, ROOST_VIDEO_VGA_CONF, roost_video_vga_conf)

#define ROOST_VIDEO_BACKEND_LIST(V)                                                                \
  V (ROOST_VIDEO_BACKEND_QEMU, "qemu")                                                             \
  V (ROOST_VIDEO_BACKEND_VHOSTUSER, "vhostuser")
ROOST_ENUM_DECLARE (RoostVideoBackend, ROOST_VIDEO_BACKEND, roost_video_backend)

#define ROOST_SOUND_MODEL_LIST(V)                                                                  \
  V (ROOST_SOUND_MODEL_SB16, "sb16")                                                               \
  V (ROOST_SOUND_MODEL_ES1370, "es1370")                                                           \
  V (ROOST_SOUND_MODEL_PCSPK, "pcspk")                                                             \
  V (ROOST_SOUND_MODEL_AC97, "ac97")                                                               \
  V (ROOST_SOUND_MODEL_ICH6, "ich6")                                                               \
  V (ROOST_SOUND_MODEL_ICH9, "ich9")                                                               \
  V (ROOST_SOUND_MODEL_USB, "usb")                                                                 \
  V (ROOST_SOUND_MODEL_ICH7, "ich7")
ROOST_ENUM_DECLARE (RoostSoundModel, ROOST_SOUND_MODEL, roost_sound_model)

#define ROOST_CODEC_TYPE_LIST(V)                                                                   \
  V (ROOST_CODEC_TYPE_DUPLEX, "duplex")                                                            \
  V (ROOST_CODEC_TYPE_MICRO, "micro")                                                              \
  V (ROOST_CODEC_TYPE_OUTPUT, "output")
ROOST_ENUM_DECLARE (RoostCodecType, ROOST_CODEC_TYPE, roost_codec_type)

#define ROOST_AUDIO_TYPE_LIST(V)                                                                   \
  V (ROOST_AUDIO_TYPE_NONE, "none")                                                                \
  V (ROOST_AUDIO_TYPE_ALSA, "alsa")                                                                \
  V (ROOST_AUDIO_TYPE_COREAUDIO, "coreaudio")                                                      \
  V (ROOST_AUDIO_TYPE_JACK, "jack")                                                                \
  V (ROOST_AUDIO_TYPE_OSS, "oss")                                                                  \
  V (ROOST_AUDIO_TYPE_PULSEAUDIO, "pulseaudio")                                                    \
  V (ROOST_AUDIO_TYPE_SDL, "sdl")                                                                  \
  V (ROOST_AUDIO_TYPE_SPICE, "spice")                                                              \
  V (ROOST_AUDIO_TYPE_FILE, "file")                                                                \
  V (ROOST_AUDIO_TYPE_DBUS, "dbus")
ROOST_ENUM_DECLARE (RoostAudioType, ROOST_AUDIO_TYPE, roost_audio_type)

#define ROOST_AUDIO_FORMAT_LIST(V)                                                                 \
  V (ROOST_AUDIO_FORMAT_U8, "u8")                                                                  \
  V (ROOST_AUDIO_FORMAT_S8, "s8")                                                                  \
  V (ROOST_AUDIO_FORMAT_U16, "u16")                                                                \
  V (ROOST_AUDIO_FORMAT_S16, "s16")                                                                \
  V (ROOST_AUDIO_FORMAT_U32, "u32")                                                                \
  V (ROOST_AUDIO_FORMAT_S32, "s32")                                                                \
  V (ROOST_AUDIO_FORMAT_F32, "f32")
ROOST_ENUM_DECLARE (RoostAudioFormat, ROOST_AUDIO_FORMAT, roost_audio_format)

#define ROOST_AUDIO_SDL_DRIVER_LIST(V)                                                             \
  V (ROOST_AUDIO_SDL_DRIVER_ESD, "esd")                                                            \
  V (ROOST_AUDIO_SDL_DRIVER_ALSA, "alsa")                                                          \
  V (ROOST_AUDIO_SDL_DRIVER_ARTS, "arts")                                                          \
  V (ROOST_AUDIO_SDL_DRIVER_PULSEAUDIO, "pulseaudio")
ROOST_ENUM_DECLARE (RoostAudioSdlDriver, ROOST_AUDIO_SDL_DRIVER, roost_audio_sdl_driver)

#define ROOST_INPUT_TYPE_LIST(V)                                                                   \
  V (ROOST_INPUT_TYPE_MOUSE, "mouse")                                                              \
  V (ROOST_INPUT_TYPE_TABLET, "tablet")                                                            \
  V (ROOST_INPUT_TYPE_KEYBOARD, "keyboard")                                                        \
  V (ROOST_INPUT_TYPE_PASSTHROUGH, "passthrough")                                                  \
  V (ROOST_INPUT_TYPE_EVDEV, "evdev")
ROOST_ENUM_DECLARE (RoostInputType, ROOST_INPUT_TYPE, roost_input_type)

#define ROOST_INPUT_BUS_LIST(V)                                                                    \
  V (ROOST_INPUT_BUS_PS2, "ps2")                                                                   \
  V (ROOST_INPUT_BUS_USB, "usb")                                                                   \
  V (ROOST_INPUT_BUS_XEN, "xen")                                                                   \
  V (ROOST_INPUT_BUS_PARALLELS, "parallels")                                                       \
  V (ROOST_INPUT_BUS_VIRTIO, "virtio")                                                             \
  V (ROOST_INPUT_BUS_NONE, "none")
ROOST_ENUM_DECLARE (RoostInputBus, ROOST_INPUT_BUS, roost_input_bus)

#define ROOST_INPUT_GRAB_LIST(V) V (ROOST_INPUT_GRAB_ALL, "all")
ROOST_ENUM_DECLARE (RoostInputGrab, ROOST_INPUT_GRAB, roost_input_grab)

#define ROOST_INPUT_TOGGLE_LIST(V)                                                                 \
  V (ROOST_INPUT_TOGGLE_CTRL_CTRL, "ctrl-ctrl")                                                    \
  V (ROOST_INPUT_TOGGLE_ALT_ALT, "alt-alt")                                                        \
  V (ROOST_INPUT_TOGGLE_SHIFT_SHIFT, "shift-shift")                                                \
  V (ROOST_INPUT_TOGGLE_META_META, "meta-meta")                                                    \
  V (ROOST_INPUT_TOGGLE_SCROLLLOCK, "scrolllock")                                                  \
  V (ROOST_INPUT_TOGGLE_CTRL_SCROLLLOCK, "ctrl-scrolllock")
ROOST_ENUM_DECLARE (RoostInputToggle, ROOST_INPUT_TOGGLE, roost_input_toggle)

#define ROOST_HUB_TYPE_LIST(V) V (ROOST_HUB_TYPE_USB, "usb")
ROOST_ENUM_DECLARE (RoostHubType, ROOST_HUB_TYPE, roost_hub_type)

#define ROOST_WATCHDOG_MODEL_LIST(V)                                                               \
  V (ROOST_WATCHDOG_MODEL_I6300ESB, "i6300esb")                                                    \
  V (ROOST_WATCHDOG_MODEL_IB700, "ib700")                                                          \
  V (ROOST_WATCHDOG_MODEL_DIAG288, "diag288")                                                      \
  V (ROOST_WATCHDOG_MODEL_ITCO, "itco")
ROOST_ENUM_DECLARE (RoostWatchdogModel, ROOST_WATCHDOG_MODEL, roost_watchdog_model)

#define ROOST_WATCHDOG_ACTION_LIST(V)                                                              \
  V (ROOST_WATCHDOG_ACTION_RESET, "reset")                                                         \
  V (ROOST_WATCHDOG_ACTION_SHUTDOWN, "shutdown")                                                   \
  V (ROOST_WATCHDOG_ACTION_POWEROFF, "poweroff")                                                   \
  V (ROOST_WATCHDOG_ACTION_PAUSE, "pause")                                                         \
  V (ROOST_WATCHDOG_ACTION_DUMP, "dump")                                                           \
  V (ROOST_WATCHDOG_ACTION_NONE, "none")                                                           \
  V (ROOST_WATCHDOG_ACTION_INJECT_NMI, "inject-nmi")
ROOST_ENUM_DECLARE (RoostWatchdogAction, ROOST_WATCHDOG_ACTION, roost_watchdog_action)

#define ROOST_BALLOON_MODEL_LIST(V)                                                                \
  V (ROOST_BALLOON_MODEL_VIRTIO, "virtio")                                                         \
  V (ROOST_BALLOON_MODEL_XEN, "xen")                                                               \
  V (ROOST_BALLOON_MODEL_NONE, "none")                                                             \
  V (ROOST_BALLOON_MODEL_VIRTIO_TRANSITIONAL, "virtio-transitional")                               \
  V (ROOST_BALLOON_MODEL_VIRTIO_NON_TRANSITIONAL, "virtio-non-transitional")
ROOST_ENUM_DECLARE (RoostBalloonModel, ROOST_BALLOON_MODEL, roost_balloon_model)

#define ROOST_RNG_BACKEND_LIST(V)                                                                  \
  V (ROOST_RNG_BACKEND_RANDOM, "random")                                                           \
  V (ROOST_RNG_BACKEND_EGD, "egd")                                                                 \
  V (ROOST_RNG_BACKEND_BUILTIN, "builtin")
ROOST_ENUM_DECLARE (RoostRngBackend, ROOST_RNG_BACKEND, roost_rng_backend)

#define ROOST_TPM_MODEL_LIST(V)                                                                    \
  V (ROOST_TPM_MODEL_TPM_TIS, "tpm-tis")                                                           \
  V (ROOST_TPM_MODEL_TPM_CRB, "tpm-crb")                                                           \
  V (ROOST_TPM_MODEL_TPM_SPAPR, "tpm-spapr")                                                       \
  V (ROOST_TPM_MODEL_SPAPR_TPM_PROXY, "spapr-tpm-proxy")
ROOST_ENUM_DECLARE (RoostTpmModel, ROOST_TPM_MODEL, roost_tpm_model)

#define ROOST_TPM_BACKEND_LIST(V)                                                                  \
  V (ROOST_TPM_BACKEND_PASSTHROUGH, "passthrough")                                                 \
  V (ROOST_TPM_BACKEND_EMULATOR, "emulator")                                                       \
  V (ROOST_TPM_BACKEND_EXTERNAL, "external")
ROOST_ENUM_DECLARE (RoostTpmBackend, ROOST_TPM_BACKEND, roost_tpm_backend)

#define ROOST_TPM_VERSION_LIST(V)                                                                  \
  V (ROOST_TPM_VERSION_DEFAULT, "default")                                                         \
  V (ROOST_TPM_VERSION_1_2, "1.2")                                                                 \
  V (ROOST_TPM_VERSION_2_0, "2.0")
ROOST_ENUM_DECLARE (RoostTpmVersion, ROOST_TPM_VERSION, roost_tpm_version)

#define ROOST_PANIC_MODEL_LIST(V)                                                                  \
  V (ROOST_PANIC_MODEL_ISA, "isa")                                                                 \
  V (ROOST_PANIC_MODEL_PSERIES, "pseries")                                                         \
  V (ROOST_PANIC_MODEL_HYPERV, "hyperv")                                                           \
  V (ROOST_PANIC_MODEL_S390, "s390")                                                               \
  V (ROOST_PANIC_MODEL_PVPANIC, "pvpanic")
ROOST_ENUM_DECLARE (RoostPanicModel, ROOST_PANIC_MODEL, roost_panic_model)

#define ROOST_SHMEM_MODEL_LIST(V)                                                                  \
  V (ROOST_SHMEM_MODEL_IVSHMEM, "ivshmem")                                                         \
  V (ROOST_SHMEM_MODEL_IVSHMEM_PLAIN, "ivshmem-plain")                                             \
  V (ROOST_SHMEM_MODEL_IVSHMEM_DOORBELL, "ivshmem-doorbell")
ROOST_ENUM_DECLARE (RoostShmemModel, ROOST_SHMEM_MODEL, roost_shmem_model)

#define ROOST_SHMEM_ROLE_LIST(V)                                                                   \
  V (ROOST_SHMEM_ROLE_MASTER, "master")                                                            \
  V (ROOST_SHMEM_ROLE_PEER, "peer")
ROOST_ENUM_DECLARE (RoostShmemRole, ROOST_SHMEM_ROLE, roost_shmem_role)

#define ROOST_IOMMU_MODEL_LIST(V)                                                                  \
  V (ROOST_IOMMU_MODEL_INTEL, "intel")                                                             \
  V (ROOST_IOMMU_MODEL_SMMUV3, "smmuv3")                                                           \
  V (ROOST_IOMMU_MODEL_VIRTIO, "virtio")
ROOST_ENUM_DECLARE (RoostIommuModel, ROOST_IOMMU_MODEL, roost_iommu_model)

#define ROOST_MEMORY_MODEL_LIST(V)                                                                 \
  V (ROOST_MEMORY_MODEL_DIMM, "dimm")                                                              \
  V (ROOST_MEMORY_MODEL_NVDIMM, "nvdimm")                                                          \
  V (ROOST_MEMORY_MODEL_VIRTIO_PMEM, "virtio-pmem")                                                \
  V (ROOST_MEMORY_MODEL_VIRTIO_MEM, "virtio-mem")                                                  \
  V (ROOST_MEMORY_MODEL_SGX_EPC, "sgx-epc")
ROOST_ENUM_DECLARE (RoostMemoryModel, ROOST_MEMORY_MODEL, roost_memory_model)

#define ROOST_REDIR_BUS_LIST(V) V (ROOST_REDIR_BUS_USB, "usb")
ROOST_ENUM_DECLARE (RoostRedirBus, ROOST_REDIR_BUS, roost_redir_bus)

#define ROOST_SMARTCARD_MODE_LIST(V)                                                               \
  V (ROOST_SMARTCARD_MODE_HOST, "host")                                                            \
  V (ROOST_SMARTCARD_MODE_HOST_CERTIFICATES, "host-certificates")                                  \
  V (ROOST_SMARTCARD_MODE_PASSTHROUGH, "passthrough")
ROOST_ENUM_DECLARE (RoostSmartcardMode, ROOST_SMARTCARD_MODE, roost_smartcard_mode)

#define ROOST_CRYPTO_MODEL_LIST(V) V (ROOST_CRYPTO_MODEL_VIRTIO, "virtio")
ROOST_ENUM_DECLARE (RoostCryptoModel, ROOST_CRYPTO_MODEL, roost_crypto_model)

#define ROOST_CRYPTO_TYPE_LIST(V) V (ROOST_CRYPTO_TYPE_QEMU, "qemu")
ROOST_ENUM_DECLARE (RoostCryptoType, ROOST_CRYPTO_TYPE, roost_crypto_type)

#define ROOST_CRYPTO_BACKEND_LIST(V)                                                               \
  V (ROOST_CRYPTO_BACKEND_BUILTIN, "builtin")                                                      \
  V (ROOST_CRYPTO_BACKEND_LKCF, "lkcf")
ROOST_ENUM_DECLARE (RoostCryptoBackend, ROOST_CRYPTO_BACKEND, roost_crypto_backend)
