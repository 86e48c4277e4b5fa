/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/enums.h"

/* The words that addresses, disks and controllers take; see enums.h. */

#define ROOST_ADDRESS_TYPE_LIST(V)                                                                 \
  V (ROOST_ADDRESS_TYPE_PCI, "pci")                                                                \
  V (ROOST_ADDRESS_TYPE_DRIVE, "drive")                                                            \
  V (ROOST_ADDRESS_TYPE_VIRTIO_SERIAL, "virtio-serial")                                            \
  V (ROOST_ADDRESS_TYPE_CCID, "ccid")                                                              \
  V (ROOST_ADDRESS_TYPE_USB, "usb")                                                                \
  V (ROOST_ADDRESS_TYPE_SPAPR_VIO, "spapr-vio")                                                    \
  V (ROOST_ADDRESS_TYPE_VIRTIO_S390, "virtio-s390")                                                \
  V (ROOST_ADDRESS_TYPE_CCW, "ccw")                                                                \
  V (ROOST_ADDRESS_TYPE_VIRTIO_MMIO, "virtio-mmio")                                                \
  V (ROOST_ADDRESS_TYPE_ISA, "isa")                                                                \
  V (ROOST_ADDRESS_TYPE_DIMM, "dimm")                                                              \
  V (ROOST_ADDRESS_TYPE_UNASSIGNED, "unassigned")
ROOST_ENUM_DECLARE (RoostAddressType, ROOST_ADDRESS_TYPE, roost_address_type)

#define ROOST_VIRTIO_MODEL_LIST(V)                                                                 \
  V (ROOST_VIRTIO_MODEL_VIRTIO, "virtio")                                                          \
  V (ROOST_VIRTIO_MODEL_VIRTIO_TRANSITIONAL, "virtio-transitional")                                \
  V (ROOST_VIRTIO_MODEL_VIRTIO_NON_TRANSITIONAL, "virtio-non-transitional")
ROOST_ENUM_DECLARE (RoostVirtioModel, ROOST_VIRTIO_MODEL, roost_virtio_model)

#define ROOST_SOURCE_TYPE_LIST(V)                                                                  \
  V (ROOST_SOURCE_TYPE_FILE, "file")                                                               \
  V (ROOST_SOURCE_TYPE_BLOCK, "block")                                                             \
  V (ROOST_SOURCE_TYPE_DIR, "dir")                                                                 \
  V (ROOST_SOURCE_TYPE_NETWORK, "network")                                                         \
  V (ROOST_SOURCE_TYPE_VOLUME, "volume")                                                           \
  V (ROOST_SOURCE_TYPE_NVME, "nvme")                                                               \
  V (ROOST_SOURCE_TYPE_VHOSTUSER, "vhostuser")                                                     \
  V (ROOST_SOURCE_TYPE_VHOSTVDPA, "vhostvdpa")
ROOST_ENUM_DECLARE (RoostSourceType, ROOST_SOURCE_TYPE, roost_source_type)

#define ROOST_DISK_DEVICE_LIST(V)                                                                  \
  V (ROOST_DISK_DEVICE_DISK, "disk")                                                               \
  V (ROOST_DISK_DEVICE_CDROM, "cdrom")                                                             \
  V (ROOST_DISK_DEVICE_FLOPPY, "floppy")                                                           \
  V (ROOST_DISK_DEVICE_LUN, "lun")
ROOST_ENUM_DECLARE (RoostDiskDevice, ROOST_DISK_DEVICE, roost_disk_device)

#define ROOST_DISK_BUS_LIST(V)                                                                     \
  V (ROOST_DISK_BUS_IDE, "ide")                                                                    \
  V (ROOST_DISK_BUS_FDC, "fdc")                                                                    \
  V (ROOST_DISK_BUS_SCSI, "scsi")                                                                  \
  V (ROOST_DISK_BUS_VIRTIO, "virtio")                                                              \
  V (ROOST_DISK_BUS_XEN, "xen")                                                                    \
  V (ROOST_DISK_BUS_USB, "usb")                                                                    \
  V (ROOST_DISK_BUS_UML, "uml")                                                                    \
  V (ROOST_DISK_BUS_SATA, "sata")                                                                  \
  V (ROOST_DISK_BUS_SD, "sd")
ROOST_ENUM_DECLARE (RoostDiskBus, ROOST_DISK_BUS, roost_disk_bus)

#define ROOST_DISK_CACHE_LIST(V)                                                                   \
  V (ROOST_DISK_CACHE_DEFAULT, "default")                                                          \
  V (ROOST_DISK_CACHE_NONE, "none")                                                                \
  V (ROOST_DISK_CACHE_WRITETHROUGH, "writethrough")                                                \
  V (ROOST_DISK_CACHE_WRITEBACK, "writeback")                                                      \
  V (ROOST_DISK_CACHE_DIRECTSYNC, "directsync")                                                    \
  V (ROOST_DISK_CACHE_UNSAFE, "unsafe")
ROOST_ENUM_DECLARE (RoostDiskCache, ROOST_DISK_CACHE, roost_disk_cache)

#define ROOST_DISK_ERROR_POLICY_LIST(V)                                                            \
  V (ROOST_DISK_ERROR_POLICY_DEFAULT, "default")                                                   \
  V (ROOST_DISK_ERROR_POLICY_IGNORE, "ignore")                                                     \
  V (ROOST_DISK_ERROR_POLICY_REPORT, "report")                                                     \
  V (ROOST_DISK_ERROR_POLICY_STOP, "stop")                                                         \
  V (ROOST_DISK_ERROR_POLICY_ENOSPACE, "enospace")
ROOST_ENUM_DECLARE (RoostDiskErrorPolicy, ROOST_DISK_ERROR_POLICY, roost_disk_error_policy)

#define ROOST_DISK_IO_LIST(V)                                                                      \
  V (ROOST_DISK_IO_NATIVE, "native")                                                               \
  V (ROOST_DISK_IO_THREADS, "threads")                                                             \
  V (ROOST_DISK_IO_IO_URING, "io_uring")                                                           \
  V (ROOST_DISK_IO_DEFAULT, "default")
ROOST_ENUM_DECLARE (RoostDiskIo, ROOST_DISK_IO, roost_disk_io)

#define ROOST_DISK_DISCARD_LIST(V)                                                                 \
  V (ROOST_DISK_DISCARD_DEFAULT, "default")                                                        \
  V (ROOST_DISK_DISCARD_UNMAP, "unmap")                                                            \
  V (ROOST_DISK_DISCARD_IGNORE, "ignore")
ROOST_ENUM_DECLARE (RoostDiskDiscard, ROOST_DISK_DISCARD, roost_disk_discard)

#define ROOST_DETECT_ZEROES_LIST(V)                                                                \
  V (ROOST_DETECT_ZEROES_DEFAULT, "default")                                                       \
  V (ROOST_DETECT_ZEROES_OFF, "off")                                                               \
  V (ROOST_DETECT_ZEROES_ON, "on")                                                                 \
  V (ROOST_DETECT_ZEROES_UNMAP, "unmap")
ROOST_ENUM_DECLARE (RoostDetectZeroes, ROOST_DETECT_ZEROES, roost_detect_zeroes)

#define ROOST_DISK_GEOMETRY_TRANS_LIST(V)                                                          \
  V (ROOST_DISK_GEOMETRY_TRANS_NONE, "none")                                                       \
  V (ROOST_DISK_GEOMETRY_TRANS_AUTO, "auto")                                                       \
  V (ROOST_DISK_GEOMETRY_TRANS_LBA, "lba")
ROOST_ENUM_DECLARE (RoostDiskGeometryTrans, ROOST_DISK_GEOMETRY_TRANS, roost_disk_geometry_trans)

#define ROOST_COPY_ON_READ_LIST(V)                                                                 \
  V (ROOST_COPY_ON_READ_ON, "on")                                                                  \
  V (ROOST_COPY_ON_READ_OFF, "off")
ROOST_ENUM_DECLARE (RoostCopyOnRead, ROOST_COPY_ON_READ, roost_copy_on_read)

#define ROOST_STARTUP_POLICY_LIST(V)                                                               \
  V (ROOST_STARTUP_POLICY_MANDATORY, "mandatory")                                                  \
  V (ROOST_STARTUP_POLICY_REQUISITE, "requisite")                                                  \
  V (ROOST_STARTUP_POLICY_OPTIONAL, "optional")
ROOST_ENUM_DECLARE (RoostStartupPolicy, ROOST_STARTUP_POLICY, roost_startup_policy)

#define ROOST_DISK_TRAY_LIST(V)                                                                    \
  V (ROOST_DISK_TRAY_CLOSED, "closed")                                                             \
  V (ROOST_DISK_TRAY_OPEN, "open")
ROOST_ENUM_DECLARE (RoostDiskTray, ROOST_DISK_TRAY, roost_disk_tray)

#define ROOST_DISK_SGIO_LIST(V)                                                                    \
  V (ROOST_DISK_SGIO_FILTERED, "filtered")                                                         \
  V (ROOST_DISK_SGIO_UNFILTERED, "unfiltered")
ROOST_ENUM_DECLARE (RoostDiskSgio, ROOST_DISK_SGIO, roost_disk_sgio)

#define ROOST_DISK_SNAPSHOT_LIST(V)                                                                \
  V (ROOST_DISK_SNAPSHOT_NO, "no")                                                                 \
  V (ROOST_DISK_SNAPSHOT_INTERNAL, "internal")                                                     \
  V (ROOST_DISK_SNAPSHOT_EXTERNAL, "external")                                                     \
  V (ROOST_DISK_SNAPSHOT_MANUAL, "manual")
ROOST_ENUM_DECLARE (RoostDiskSnapshot, ROOST_DISK_SNAPSHOT, roost_disk_snapshot)

#define ROOST_SOURCE_MODE_LIST(V)                                                                  \
  V (ROOST_SOURCE_MODE_DIRECT, "direct")                                                           \
  V (ROOST_SOURCE_MODE_HOST, "host")
ROOST_ENUM_DECLARE (RoostSourceMode, ROOST_SOURCE_MODE, roost_source_mode)

#define ROOST_NET_PROTOCOL_LIST(V)                                                                 \
  V (ROOST_NET_PROTOCOL_NBD, "nbd")                                                                \
  V (ROOST_NET_PROTOCOL_RBD, "rbd")                                                                \
  V (ROOST_NET_PROTOCOL_SHEEPDOG, "sheepdog")                                                      \
  V (ROOST_NET_PROTOCOL_GLUSTER, "gluster")                                                        \
  V (ROOST_NET_PROTOCOL_ISCSI, "iscsi")                                                            \
  V (ROOST_NET_PROTOCOL_HTTP, "http")                                                              \
  V (ROOST_NET_PROTOCOL_HTTPS, "https")                                                            \
  V (ROOST_NET_PROTOCOL_FTP, "ftp")                                                                \
  V (ROOST_NET_PROTOCOL_FTPS, "ftps")                                                              \
  V (ROOST_NET_PROTOCOL_TFTP, "tftp")                                                              \
  V (ROOST_NET_PROTOCOL_SSH, "ssh")                                                                \
  V (ROOST_NET_PROTOCOL_NFS, "nfs")                                                                \
  V (ROOST_NET_PROTOCOL_VXHS, "vxhs")
ROOST_ENUM_DECLARE (RoostNetProtocol, ROOST_NET_PROTOCOL, roost_net_protocol)

#define ROOST_HOST_TRANSPORT_LIST(V)                                                               \
  V (ROOST_HOST_TRANSPORT_TCP, "tcp")                                                              \
  V (ROOST_HOST_TRANSPORT_UNIX, "unix")                                                            \
  V (ROOST_HOST_TRANSPORT_RDMA, "rdma")
ROOST_ENUM_DECLARE (RoostHostTransport, ROOST_HOST_TRANSPORT, roost_host_transport)

#define ROOST_SECRET_TYPE_LIST(V)                                                                  \
  V (ROOST_SECRET_TYPE_CEPH, "ceph")                                                               \
  V (ROOST_SECRET_TYPE_ISCSI, "iscsi")                                                             \
  V (ROOST_SECRET_TYPE_PASSPHRASE, "passphrase")                                                   \
  V (ROOST_SECRET_TYPE_TLS, "tls")                                                                 \
  V (ROOST_SECRET_TYPE_VOLUME, "volume")
ROOST_ENUM_DECLARE (RoostSecretType, ROOST_SECRET_TYPE, roost_secret_type)

#define ROOST_ENCRYPTION_FORMAT_LIST(V)                                                            \
  V (ROOST_ENCRYPTION_FORMAT_DEFAULT, "default")                                                   \
  V (ROOST_ENCRYPTION_FORMAT_QCOW, "qcow")                                                         \
  V (ROOST_ENCRYPTION_FORMAT_LUKS, "luks")                                                         \
  V (ROOST_ENCRYPTION_FORMAT_LUKS2, "luks2")                                                       \
  V (ROOST_ENCRYPTION_FORMAT_LUKS_ANY, "luks-any")
ROOST_ENUM_DECLARE (RoostEncryptionFormat, ROOST_ENCRYPTION_FORMAT, roost_encryption_format)

#define ROOST_ENCRYPTION_ENGINE_LIST(V)                                                            \
  V (ROOST_ENCRYPTION_ENGINE_QEMU, "qemu")                                                         \
  V (ROOST_ENCRYPTION_ENGINE_LIBRBD, "librbd")
ROOST_ENUM_DECLARE (RoostEncryptionEngine, ROOST_ENCRYPTION_ENGINE, roost_encryption_engine)

#define ROOST_MIRROR_JOB_LIST(V)                                                                   \
  V (ROOST_MIRROR_JOB_COPY, "copy")                                                                \
  V (ROOST_MIRROR_JOB_ACTIVE_COMMIT, "active-commit")
ROOST_ENUM_DECLARE (RoostMirrorJob, ROOST_MIRROR_JOB, roost_mirror_job)

#define ROOST_MIRROR_READY_LIST(V)                                                                 \
  V (ROOST_MIRROR_READY_YES, "yes")                                                                \
  V (ROOST_MIRROR_READY_ABORT, "abort")                                                            \
  V (ROOST_MIRROR_READY_PIVOT, "pivot")
ROOST_ENUM_DECLARE (RoostMirrorReady, ROOST_MIRROR_READY, roost_mirror_ready)

#define ROOST_CONTROLLER_TYPE_LIST(V)                                                              \
  V (ROOST_CONTROLLER_TYPE_IDE, "ide")                                                             \
  V (ROOST_CONTROLLER_TYPE_FDC, "fdc")                                                             \
  V (ROOST_CONTROLLER_TYPE_SCSI, "scsi")                                                           \
  V (ROOST_CONTROLLER_TYPE_SATA, "sata")                                                           \
  V (ROOST_CONTROLLER_TYPE_VIRTIO_SERIAL, "virtio-serial")                                         \
  V (ROOST_CONTROLLER_TYPE_CCID, "ccid")                                                           \
  V (ROOST_CONTROLLER_TYPE_USB, "usb")                                                             \
  V (ROOST_CONTROLLER_TYPE_PCI, "pci")                                                             \
  V (ROOST_CONTROLLER_TYPE_XENBUS, "xenbus")                                                       \
  V (ROOST_CONTROLLER_TYPE_ISA, "isa")
ROOST_ENUM_DECLARE (RoostControllerType, ROOST_CONTROLLER_TYPE, roost_controller_type)

#define ROOST_CONTROLLER_MODEL_LIST(V)                                                             \
  V (ROOST_CONTROLLER_MODEL_AUTO, "auto")                                                          \
  V (ROOST_CONTROLLER_MODEL_BUSLOGIC, "buslogic")                                                  \
  V (ROOST_CONTROLLER_MODEL_LSILOGIC, "lsilogic")                                                  \
  V (ROOST_CONTROLLER_MODEL_LSISAS1068, "lsisas1068")                                              \
  V (ROOST_CONTROLLER_MODEL_VMPVSCSI, "vmpvscsi")                                                  \
  V (ROOST_CONTROLLER_MODEL_IBMVSCSI, "ibmvscsi")                                                  \
  V (ROOST_CONTROLLER_MODEL_VIRTIO_SCSI, "virtio-scsi")                                            \
  V (ROOST_CONTROLLER_MODEL_LSISAS1078, "lsisas1078")                                              \
  V (ROOST_CONTROLLER_MODEL_VIRTIO_TRANSITIONAL, "virtio-transitional")                            \
  V (ROOST_CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL, "virtio-non-transitional")                    \
  V (ROOST_CONTROLLER_MODEL_NCR53C90, "ncr53c90")                                                  \
  V (ROOST_CONTROLLER_MODEL_DC390, "dc390")                                                        \
  V (ROOST_CONTROLLER_MODEL_AM53C974, "am53c974")                                                  \
  V (ROOST_CONTROLLER_MODEL_PIIX3_UHCI, "piix3-uhci")                                              \
  V (ROOST_CONTROLLER_MODEL_PIIX4_UHCI, "piix4-uhci")                                              \
  V (ROOST_CONTROLLER_MODEL_EHCI, "ehci")                                                          \
  V (ROOST_CONTROLLER_MODEL_ICH9_EHCI1, "ich9-ehci1")                                              \
  V (ROOST_CONTROLLER_MODEL_ICH9_UHCI1, "ich9-uhci1")                                              \
  V (ROOST_CONTROLLER_MODEL_ICH9_UHCI2, "ich9-uhci2")                                              \
  V (ROOST_CONTROLLER_MODEL_ICH9_UHCI3, "ich9-uhci3")                                              \
  V (ROOST_CONTROLLER_MODEL_VT82C686B_UHCI, "vt82c686b-uhci")                                      \
  V (ROOST_CONTROLLER_MODEL_PCI_OHCI, "pci-ohci")                                                  \
  V (ROOST_CONTROLLER_MODEL_NEC_XHCI, "nec-xhci")                                                  \
  V (ROOST_CONTROLLER_MODEL_QUSB1, "qusb1")                                                        \
  V (ROOST_CONTROLLER_MODEL_QUSB2, "qusb2")                                                        \
  V (ROOST_CONTROLLER_MODEL_QEMU_XHCI, "qemu-xhci")                                                \
  V (ROOST_CONTROLLER_MODEL_NONE, "none")                                                          \
  V (ROOST_CONTROLLER_MODEL_PCI_ROOT, "pci-root")                                                  \
  V (ROOST_CONTROLLER_MODEL_PCIE_ROOT, "pcie-root")                                                \
  V (ROOST_CONTROLLER_MODEL_PCI_BRIDGE, "pci-bridge")                                              \
  V (ROOST_CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE, "dmi-to-pci-bridge")                                \
  V (ROOST_CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE, "pcie-to-pci-bridge")                              \
  V (ROOST_CONTROLLER_MODEL_PCIE_ROOT_PORT, "pcie-root-port")                                      \
  V (ROOST_CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT, "pcie-switch-upstream-port")                \
  V (ROOST_CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT, "pcie-switch-downstream-port")            \
  V (ROOST_CONTROLLER_MODEL_PCI_EXPANDER_BUS, "pci-expander-bus")                                  \
  V (ROOST_CONTROLLER_MODEL_PCIE_EXPANDER_BUS, "pcie-expander-bus")                                \
  V (ROOST_CONTROLLER_MODEL_PIIX3, "piix3")                                                        \
  V (ROOST_CONTROLLER_MODEL_PIIX4, "piix4")                                                        \
  V (ROOST_CONTROLLER_MODEL_ICH6, "ich6")                                                          \
  V (ROOST_CONTROLLER_MODEL_VIRTIO, "virtio")
ROOST_ENUM_DECLARE (RoostControllerModel, ROOST_CONTROLLER_MODEL, roost_controller_model)

#define ROOST_PCI_MODEL_NAME_LIST(V)                                                               \
  V (ROOST_PCI_MODEL_NAME_PCI_BRIDGE, "pci-bridge")                                                \
  V (ROOST_PCI_MODEL_NAME_I82801B11_BRIDGE, "i82801b11-bridge")                                    \
  V (ROOST_PCI_MODEL_NAME_IOH3420, "ioh3420")                                                      \
  V (ROOST_PCI_MODEL_NAME_X3130_UPSTREAM, "x3130-upstream")                                        \
  V (ROOST_PCI_MODEL_NAME_XIO3130_DOWNSTREAM, "xio3130-downstream")                                \
  V (ROOST_PCI_MODEL_NAME_PXB, "pxb")                                                              \
  V (ROOST_PCI_MODEL_NAME_PXB_PCIE, "pxb-pcie")                                                    \
  V (ROOST_PCI_MODEL_NAME_PCIE_ROOT_PORT, "pcie-root-port")                                        \
  V (ROOST_PCI_MODEL_NAME_SPAPR_PCI_HOST_BRIDGE, "spapr-pci-host-bridge")                          \
  V (ROOST_PCI_MODEL_NAME_PCIE_PCI_BRIDGE, "pcie-pci-bridge")
ROOST_ENUM_DECLARE (RoostPciModelName, ROOST_PCI_MODEL_NAME, roost_pci_model_name)
