/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/bitmap.h"
#include "base/fields.h"

/* A small model with a row of every kind, for the tests of the field tables. */

enum
{
  BUS_NONE,
  BUS_PCI,
  BUS_USB,
  BUS_NAMED,
};

typedef struct
{
  int type; /* BUS_* */
  RoostUint slot;
  RoostUint port;
  char *name;
} Address;

typedef struct
{
  char *alias;
  Address *address;
} Common;

typedef struct
{
  RoostUint vectors;
  RoostTristate iommu;
} Virtio;

typedef struct Source Source;
struct Source
{
  char *file;
  RoostPosition position;
  Source *backing;
};

typedef struct
{
  char *name;
  RoostInt weight;
} Host;

typedef struct
{
  char *value;
} Argument;

typedef struct
{
  Common common;
  RoostPosition position;
  Virtio virtio;
  char *target; /* both of target/@dev and target/@bus, by type */
  int type;
  gboolean is_readonly;
  Source *source;
  GPtrArray *hosts; /* of Host */
} Device;

typedef struct
{
  guint16 port; /* 0 = not given: "tcp/22" */
} Service;

typedef struct
{
  char *declarations;
  RoostPosition position;
  char *id;
  char *name;
  char *uuid;
  char *title;
  char *metadata;
  RoostUint memory;
  RoostUint page;
  RoostUint cpus;
  RoostBitmap *cpuset;
  char *mac;
  RoostInt nice;
  RoostTristate acpi;
  char *password;
  char *state;
  Service service;
  GPtrArray *devices;   /* of Device */
  GPtrArray *arguments; /* of Argument */
  char *foreign;
} Machine;

extern const RoostType machine_type;
extern const RoostType device_type;
