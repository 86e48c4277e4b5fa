/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-config.h"

#include <glib.h>

/* What statistics and events ask of the disks and network cards of a configuration; copies, so that
 * they may be kept across an await. */

typedef struct
{
  char *alias;   /* (nullable): of a domain that runs: never */
  char *target;  /* "vda" */
  char *kind;    /* "disk", "cdrom", "floppy", "lun" */
  char *format;  /* (nullable): "raw", "qcow2" */
  char *path;    /* (nullable): of a file or block device of the host */
  char *backend; /* of the source: "file", "block", "network", … */
} RoostDiskView;

void roost_disk_view_free (RoostDiskView *disk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostDiskView, roost_disk_view_free)

/* Returns: (transfer full): of RoostDiskView, in the order of the document */
GPtrArray *roost_view_disks (const RoostDomainConfig *config);

/* Returns: (transfer full) (nullable): the disk of which @name is the target or the alias */
RoostDiskView *roost_view_find_disk (const RoostDomainConfig *config, const char *name);

/* Returns: (transfer none) (nullable): the alias of the disk that the block node @node
 * ("vda-0-format", "vda-cor") is part of; until @config goes */
const char *roost_view_disk_of_node (const RoostDomainConfig *config, const char *node);

/* A limit of one direction; average 0: there is none. */
typedef struct
{
  guint64 average; /* bytes per second */
  guint64 peak;    /* bytes per second; 0: as the average */
  guint64 burst;   /* bytes; 0: a good value */
} RoostNicLimit;

typedef struct
{
  char *alias;            /* (nullable) */
  char *mac;              /* (nullable) */
  char *kind;             /* of the interface: "bridge", "user", "vhostuser", … */
  char *target;           /* (nullable): the interface of the host, such as a tap */
  char *socket;           /* (nullable): of vhostuser: where it meets its switch */
  guint64 floor;          /* bytes per second that it is to have in any case; 0: none */
  gboolean is_tap;        /* QEMU has it by a tap device of the host */
  RoostNicLimit inbound;  /* to the guest */
  RoostNicLimit outbound; /* from the guest */
} RoostNicView;

/* Returns: (transfer full): of RoostNicView */
GPtrArray *roost_view_nics (const RoostDomainConfig *config);

/* Returns: (transfer full) (nullable): the one with that alias */
RoostNicView *roost_view_find_nic (const RoostDomainConfig *config, const char *alias);
void roost_nic_view_free (RoostNicView *nic);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostNicView, roost_nic_view_free)

/* The interface @alias has the tap @target. */
void roost_view_set_tap (RoostDomainConfig *config, const char *alias, const char *target);

/* Returns: (nullable): the alias of the memory balloon */
const char *roost_view_balloon_alias (const RoostDomainConfig *config);

/* Seconds between the guest's statistics of its memory; 0 = never. */
guint64 roost_view_memory_period_s (const RoostDomainConfig *config);
void roost_view_set_memory_period (RoostDomainConfig *config, guint64 seconds);
