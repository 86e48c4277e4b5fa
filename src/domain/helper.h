/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/start-op.h"

/*
 * Programs that serve devices of a guest beside QEMU: swtpm, passt, virtiofsd, vhost-user-gpu; one
 * table says how each is run. They are started before QEMU, in its scope and with its log, outlive
 * the daemon as it does, and are ended after it.
 */
typedef struct
{
  char *alias;      /* of the device; "" of one that an older daemon started */
  const char *name; /* "virtiofsd"; interned */
  RoostProcess *process;
} RoostHelper;

/* Takes @process. */
RoostHelper *roost_helper_new (const char *alias, const char *name, RoostProcess *process);
void roost_helper_free (RoostHelper *helper);

/* One end of a socket pair of which QEMU has the other. */
typedef struct
{
  char *alias;
  int fd;
} RoostPeer;

/* Keeps @fd, which it takes, for the helper of the device @alias. */
void roost_peers_add (GPtrArray *peers, const char *alias, int fd);
GPtrArray *roost_peers_new (void);

/**
 * roost_helpers_start:
 * Starts what the devices of start->config need, or the device @alias (nullable: all), and writes
 * it down. Ends what it started when it fails. Awaits: yes.
 * Errors: NOT_SUPPORTED (the program is not installed; the text names it), STORAGE (there is no
 * such folder), QEMU (it would not start), IO, NO_SPACE.
 */
gboolean roost_helpers_start (RoostStart *start, const char *alias, GError **error);

/* Puts those of the device @alias into the scope of the guest, where it has one. Awaits: yes. */
void roost_helpers_join (RoostDomain *domain, const char *alias);

/* Ends those of the device @alias, which is gone. Awaits: no. */
void roost_helpers_end (RoostDomain *domain, const char *alias);

/* Ends those of devices that the running configuration does not have. Awaits: no. */
void roost_helpers_end_stray (RoostDomain *domain);

/* Kills all and waits until they are gone. Awaits: yes. */
void roost_helpers_kill (RoostRun *run);

/* Returns: (transfer full): of pid_t: those that live. */
GArray *roost_helpers_pids (const RoostRun *run);
