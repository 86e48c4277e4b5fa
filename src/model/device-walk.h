/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-types.h"

/* All devices of a domain, whatever their kind, in one fixed order: that in which addresses which
 * do not depend on the kind are given out. */
typedef enum
{
  ROOST_DEVICE_DISK,
  ROOST_DEVICE_INTERFACE,
  ROOST_DEVICE_SOUND,
  ROOST_DEVICE_HOSTDEV,
  ROOST_DEVICE_VIDEO,
  ROOST_DEVICE_CONTROLLER,
  ROOST_DEVICE_SMARTCARD,
  ROOST_DEVICE_SERIAL,
  ROOST_DEVICE_PARALLEL,
  ROOST_DEVICE_CHANNEL,
  ROOST_DEVICE_CONSOLE,
  ROOST_DEVICE_INPUT,
  ROOST_DEVICE_FILESYSTEM,
  ROOST_DEVICE_WATCHDOG,
  ROOST_DEVICE_MEMBALLOON,
  ROOST_DEVICE_RNG,
  ROOST_DEVICE_NVRAM,
  ROOST_DEVICE_HUB,
  ROOST_DEVICE_SHMEM,
  ROOST_DEVICE_TPM,
  ROOST_DEVICE_PANIC,
  ROOST_DEVICE_MEMORY,
  ROOST_DEVICE_IOMMU,
  ROOST_DEVICE_VSOCK,
  ROOST_DEVICE_CRYPTO,
  ROOST_DEVICE_PSTORE,
  ROOST_DEVICE_REDIRDEV,
  ROOST_DEVICE_GRAPHICS,
  ROOST_DEVICE_LEASE,
  ROOST_DEVICE_N_KINDS
} RoostDeviceKind;

/* One device; the struct that .device points at begins with its .info. Borrowed. */
typedef struct
{
  RoostDeviceKind kind;
  guint index; /* within its list */
  union
  {
    gpointer device;
    RoostDeviceInfo *info;
    RoostDisk *disk;
    RoostInterface *interface;
    RoostSound *sound;
    RoostHostdev *hostdev;
    RoostVideo *video;
    RoostController *controller;
    RoostSmartcard *smartcard;
    RoostChardev *chardev; /* serial, parallel, channel, console */
    RoostInput *input;
    RoostFilesystem *filesystem;
    RoostWatchdog *watchdog;
    RoostMemballoon *memballoon;
    RoostRng *rng;
    RoostHub *hub;
    RoostShmem *shmem;
    RoostTpm *tpm;
    RoostPanic *panic;
    RoostMemoryDevice *memory;
    RoostIommu *iommu;
    RoostVsock *vsock;
    RoostCrypto *crypto;
    RoostRedirdev *redirdev;
    RoostGraphics *graphics;
  };
} RoostDeviceRef;

/* Returns: (transfer full): an array of RoostDeviceRef; as long as no device is added or removed */
GArray *roost_devices_list (const RoostDomainConfig *config);

/* The list of @kind (of one or none for the kinds that come once), appended to @refs. */
void roost_devices_append (const RoostDomainConfig *config, RoostDeviceKind kind, GArray *refs);

/* "disk", "interface", …: the name of its element. */
const char *roost_device_kind_name (RoostDeviceKind kind);

/* Returns: (transfer full): for messages: "disk 'vda'", "interface 52:54:00:12:34:56" */
char *roost_device_label (const RoostDeviceRef *ref);

#define ROOST_REFS_EACH(ref, refs)                                                                 \
  for (guint ref##_i = 0;                                                                          \
       ref##_i < (refs)->len && ((ref) = &g_array_index (refs, RoostDeviceRef, ref##_i), 1);       \
       ref##_i++)
