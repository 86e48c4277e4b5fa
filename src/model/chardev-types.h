/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/bitmap.h"
#include "model/device-common.h"

/* Character devices and the small devices of a machine. */

typedef enum
{
  ROOST_CHARDEV_SERIAL,
  ROOST_CHARDEV_PARALLEL,
  ROOST_CHARDEV_CONSOLE,
  ROOST_CHARDEV_CHANNEL,
} RoostChardevKind;

/* serial, parallel, console and channel; which one says the list it is in */
typedef struct
{
  RoostDeviceInfo info;
  char *tty; /* console: output of old */
  RoostCharSource source;
  gboolean has_target;
  RoostUint port; /* target/@port: serial, parallel, console */
  RoostSerialTarget serial_target;
  RoostSerialModel serial_model;
  RoostConsoleTarget console_target;
  RoostChannelTarget channel_target;
  char *guestfwd_address;
  RoostUint guestfwd_port;
  char *name; /* channel: target/@name */
  RoostChannelState state;
} RoostChardev;

typedef struct
{
  RoostDeviceInfo info;
  RoostSmartcardMode mode;
  RoostCharSource source;  /* passthrough */
  GPtrArray *certificates; /* host-certificates: of RoostText */
  char *database;
} RoostSmartcard;

typedef struct
{
  char *text;
} RoostText;

typedef struct
{
  RoostDeviceInfo info;
  RoostInputType type;
  RoostInputBus bus;
  RoostVirtioModel model;
  RoostVirtioOptions virtio;
  char *dev;   /* evdev: source/@dev */
  char *evdev; /* passthrough: source/@evdev */
  RoostInputGrab grab;
  RoostInputToggle grab_toggle;
  RoostTristate repeat;
} RoostInput;

typedef struct
{
  RoostDeviceInfo info;
  RoostHubType type;
} RoostHub;

typedef struct
{
  RoostDeviceInfo info;
  RoostWatchdogModel model;
  RoostWatchdogAction action;
} RoostWatchdog;

typedef struct
{
  RoostDeviceInfo info;
  RoostBalloonModel model;
  RoostTristate autodeflate, free_page_reporting;
  RoostUint stats_period_s;
  RoostVirtioOptions virtio;
} RoostMemballoon;

typedef struct
{
  RoostDeviceInfo info;
  RoostVirtioModel model;
  RoostVirtioOptions virtio;
  RoostUint rate_bytes, rate_period_ms;
  RoostRngBackend backend;
  char *device;           /* random: the text of <backend> */
  RoostCharSource source; /* egd */
} RoostRng;

typedef struct
{
  RoostDeviceInfo info;
  RoostTpmModel model;
  RoostTpmBackend backend;
  RoostTpmVersion version;
  RoostTristate persistent_state;
  char *device_path;       /* passthrough */
  char *encryption_secret; /* UUID */
  gboolean has_pcr_banks;
  gboolean pcr_sha1, pcr_sha256, pcr_sha384, pcr_sha512;
  char *source_type, *source_mode, *source_path; /* external */
} RoostTpm;

typedef struct
{
  RoostDeviceInfo info;
  RoostPanicModel model;
} RoostPanic;

typedef struct
{
  RoostDeviceInfo info;
  char *name;
  RoostShmemRole role;
  RoostShmemModel model;
  RoostUint size; /* bytes */
  gboolean has_server;
  char *server_path;
  gboolean has_msi;
  RoostUint msi_vectors;
  RoostTristate msi_ioeventfd;
} RoostShmem;

typedef struct
{
  RoostDeviceInfo info;
} RoostNvram;

typedef struct
{
  RoostDeviceInfo info;
  RoostIommuModel model;
  RoostTristate intremap, caching_mode, eim, iotlb;
  RoostUint aw_bits;
} RoostIommu;

typedef struct
{
  RoostDeviceInfo info;
  RoostVirtioModel model;
  RoostTristate cid_auto;
  RoostUint cid;
  RoostVirtioOptions virtio;
} RoostVsock;

typedef struct
{
  RoostDeviceInfo info;
  RoostMemoryModel model;
  RoostMemoryAccess access;
  RoostTristate discard;
  char *uuid;
  RoostUint pagesize;    /* source, bytes */
  RoostBitmap *nodemask; /* source: "0-1" */
  char *path;            /* source: nvdimm, virtio-pmem */
  RoostUint align_size;  /* source, bytes */
  gboolean pmem;
  RoostUint size; /* target, bytes */
  RoostUint node;
  RoostUint label_size;                               /* bytes */
  gboolean readonly;                                  /* target */
  RoostUint block_size, requested_size, current_size; /* virtio-mem, bytes */
} RoostMemoryDevice;

typedef struct
{
  RoostDeviceInfo info;
  RoostCryptoModel model;
  RoostCryptoType type;
  RoostCryptoBackend backend;
  RoostUint queues;
  RoostVirtioOptions virtio;
} RoostCrypto;

typedef struct
{
  RoostDeviceInfo info;
  char *type;
  char *path;
  RoostUint size;
} RoostPstore;
