/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-config.h"

#include <gio/gio.h>

/*
 * The command line of QEMU from a completed config. One builder per device turns it into the JSON
 * object that -device and device_add, -blockdev and blockdev-add, … both take.
 *
 * What the host gives at run time comes in a RoostLaunch: folders, descriptors, ports, resolved
 * firmware and images. The same builder makes a real start and a "what would run".
 */
typedef struct
{
  const char *run_dir;    /* of this domain: sockets, secret key: "/run/roost/domain/UUID" */
  const char *state_dir;  /* nvram, tpm */
  gboolean is_privileged; /* system mode: vhost-net and taps are ours to open */
  gboolean is_dry;        /* nothing exists: descriptors and generated paths are place-holders */
  int monitor_fd;         /* a listening socket; -1: a path in run_dir */
  const char *default_vnc_listen; /* "127.0.0.1" */
  gint64 now;                     /* seconds since the epoch, for absolute clocks */
} RoostLaunch;

/**
 * roost_argv_build:
 * @config: completed
 * Returns: (transfer full): the arguments, argv[0] is the binary; or NULL
 * Awaits: no. Errors: NOT_SUPPORTED, INVALID_ARGUMENT.
 */
GStrv roost_argv_build (const RoostDomainConfig *config,
                        const RoostFacts *facts,
                        const RoostLaunch *launch,
                        GError **error);
