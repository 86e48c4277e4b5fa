/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device-edit.h"
#include "qemu/argv.h"

#include <json-glib/json-glib.h>

/*
 * A device of a guest that runs: the builders that make the command line make the QMP commands,
 * too. What boots is what plugs.
 */

typedef struct
{
  const char *command; /* "blockdev-add"; static */
  JsonObject *args;
  const char *undo;                 /* (nullable): "blockdev-del" */
  JsonObject *undo_args;            /* (nullable) */
  const RoostFdRequest *fd;         /* (nullable): passed beside the command; of .needs */
  const RoostSecretRequest *secret; /* (nullable): its value is to be put by
                                       roost_plug_put_secret (); of .needs */
} RoostPlugCommand;

typedef struct
{
  RoostCommand *needs; /* the descriptors and secrets that the host has to give */
  GPtrArray *commands; /* of RoostPlugCommand, in their order */
  GPtrArray *settle;   /* of RoostPlugCommand: once all is done, or has failed */
} RoostPlug;

/**
 * roost_plug_build:
 * @config: completed, with aliases; the devices are in it
 * @refs: of RoostDeviceRef; they are put in an order in which each finds its controller
 * Returns: (transfer full): what plugs them. Awaits: no.
 * Errors: NOT_SUPPORTED (QEMU cannot plug it: says why), those of the builders.
 */
RoostPlug *roost_plug_build (const RoostDomainConfig *config,
                             GArray *refs,
                             const RoostFacts *facts,
                             const RoostLaunch *launch,
                             GError **error);
void roost_plug_free (RoostPlug *plug);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostPlug, roost_plug_free)

/* Can a running guest get, or lose, such a device? What it does not say yet (a bus) it may say when
 * it is completed: roost_plug_build () asks again. Errors: NOT_SUPPORTED says why not. */
gboolean roost_plug_check (const RoostDeviceRef *ref, GError **error);

/* Is there a device in the guest? FALSE: only a way through its network (guestfwd), which needs
 * nobody to let it go. */
gboolean roost_plug_has_device (const RoostDeviceRef *ref);

/* @value goes into the command as data, never into a log. */
void roost_plug_put_secret (RoostPlugCommand *command, GBytes *value);

/* Only what is in a drive: its nodes. @out_node: (nullable) (transfer full): the topmost; NULL when
 * it is empty. Awaits: no. */
RoostPlug *roost_plug_build_medium (const RoostDomainConfig *config,
                                    const RoostDisk *disk,
                                    const RoostFacts *facts,
                                    const RoostLaunch *launch,
                                    char **out_node,
                                    GError **error);

/**
 * roost_plug_finish_boot:
 * Returns: (transfer full): of RoostPlugCommand: what QEMU takes only once it runs, for all devices
 * of @config: throttled disks, links that are down.
 */
GPtrArray *roost_plug_finish_boot (const RoostDomainConfig *config);

/* Commands for one device; @args of each (transfer full). */
JsonObject *roost_plug_link_args (const RoostInterface *interface);
JsonObject *roost_plug_throttle_args (const RoostDisk *disk);

/**
 * roost_chardev_to_qmp:
 * @chardev: as -chardev takes it: {"backend": "socket", "id": …, "path": …, "server": "on"}
 * Returns: (transfer full): as chardev-add takes it: {"id": …, "backend": {"type": …, "data": …}}
 */
JsonObject *roost_chardev_to_qmp (JsonObject *chardev);
