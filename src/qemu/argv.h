/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-config.h"
#include "qemu/host-config.h"

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
  gboolean is_incoming;   /* waits for a migration or a saved state: -incoming defer */
  int monitor_fd;         /* a listening socket; -1: a path in run_dir */
  const char *default_vnc_listen; /* (nullable): "127.0.0.1" */
  gint64 now;                     /* seconds since the epoch, for absolute clocks */
  const RoostHostConfig *host;    /* (nullable): NULL is the defaults */
  guint first_fd;                 /* requested descriptors get numbers from here; 0 means 16 */
} RoostLaunch;

/* What the launcher has to open before QEMU is started, each passed as descriptor .target. */
typedef enum
{
  ROOST_FD_TAP,        /* .path: the interface's name or NULL; one request a queue */
  ROOST_FD_VHOST_NET,  /* /dev/vhost-net */
  ROOST_FD_VHOST_VDPA, /* .path: the vhost-vdpa device */
  ROOST_FD_VHOST_VSOCK,
  ROOST_FD_VHOST_SCSI,
  ROOST_FD_VHOST_USER_GPU, /* one end of a socket pair; the helper process has the other */
  ROOST_FD_FILE,           /* .path: opened for appending (is_append) or anew */
  ROOST_FD_DEVICE,         /* .path: a device node, to read and write */
  ROOST_FD_SWTPM,          /* one end of a stream socket pair; swtpm has the other */
  ROOST_FD_PASST,          /* one end of a stream socket pair; passt has the other */
} RoostFdKind;

typedef struct
{
  RoostFdKind kind;
  char *alias; /* of the device: "net0" */
  guint index; /* the queue, from 0 */
  char *path;  /* (nullable) */
  gboolean is_append;
  int target;   /* the number that the command line names */
  gint64 fdset; /* the set that it belongs to; -1: none */
} RoostFdRequest;

/* What the launcher has to write before QEMU is started and may remove once it runs: a secret that
 * QEMU reads from a file of mode 0600. */
typedef struct
{
  char *usage; /* (nullable): as the XML names it, one of both */
  char *uuid;  /* (nullable) */
  char *value; /* (nullable): given in the XML itself, such as a SPICE password */
  char *path;  /* in run_dir */
} RoostSecretRequest;

typedef struct
{
  GStrv argv;         /* [0] is the binary */
  GStrv env;          /* "NAME=value": what the config asks for; the launcher adds its own */
  GPtrArray *fds;     /* of RoostFdRequest */
  GPtrArray *secrets; /* of RoostSecretRequest */
} RoostCommand;

/**
 * roost_command_build:
 * @config: completed; an active one has its ports and paths filled in
 * Returns: (transfer full): or NULL
 * Awaits: no. Errors: NOT_SUPPORTED, INVALID_ARGUMENT.
 */
RoostCommand *roost_command_build (const RoostDomainConfig *config,
                                   const RoostFacts *facts,
                                   const RoostLaunch *launch,
                                   GError **error);
void roost_command_free (RoostCommand *command);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostCommand, roost_command_free)

/* The arguments for who only shows them; variables that the config asks for stand first, as a shell
 * takes them: "SDL_AUDIODRIVER=alsa". */
GStrv roost_argv_build (const RoostDomainConfig *config,
                        const RoostFacts *facts,
                        const RoostLaunch *launch,
                        GError **error);

/* "bin -a \\\n  -b 'c d'": the arguments for a shell and for people. */
char *roost_argv_to_text (const char *const *argv);
