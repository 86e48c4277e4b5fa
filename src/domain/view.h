/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"
#include "model/facts.h"

/*
 * What domain/ asks of a configuration, and the little that a start fills in. The only file of
 * this room that looks inside the structs of the model.
 */

/* @out: strings are new, the short ones interned */
void roost_view_summary (const RoostDomainConfig *config, RoostDomainSummary *out);

typedef enum
{
  ROOST_ACTION_DESTROY,
  ROOST_ACTION_RESTART,
  ROOST_ACTION_PRESERVE,
  ROOST_ACTION_DUMP_DESTROY,
  ROOST_ACTION_DUMP_RESTART,
} RoostAction;

RoostAction roost_view_on_poweroff (const RoostDomainConfig *config);
RoostAction roost_view_on_reboot (const RoostDomainConfig *config);
RoostAction roost_view_on_crash (const RoostDomainConfig *config);

/* What follows @event ("poweroff", "reboot", "crash"). Errors: INVALID_ARGUMENT. */
gboolean roost_view_set_lifecycle (RoostDomainConfig *config,
                                   const char *event,
                                   const char *action,
                                   GError **error);

/* Does <pm> leave the guest the sleeps that it is asked for? */
gboolean roost_view_can_sleep (const RoostDomainConfig *config, gboolean to_disk, gboolean to_mem);

/* Does the watchdog end in a dump of the guest's memory? */
gboolean roost_view_watchdog_dumps (const RoostDomainConfig *config);

/* Is the clock one whose distance from the host's is kept? @out_seconds: that distance */
gboolean roost_view_clock_offset (const RoostDomainConfig *config, gint64 *out_seconds);
gboolean roost_view_clock_is_local (const RoostDomainConfig *config);
void roost_view_set_clock_offset (RoostDomainConfig *config, gint64 seconds);

/* A file or device of the host that QEMU opens. */
typedef struct
{
  char *path;
  char *what;           /* "disk 'vda'", "kernel" */
  char *alias;          /* (nullable): of the disk */
  gboolean is_optional; /* startupPolicy: the drive is left empty when the medium is not there */
  gboolean is_dir;
  gboolean is_written;
  gboolean is_fixed; /* <seclabel relabel='no'/>: it stays its owner's */
} RoostNeededFile;

/* Returns: (transfer full): of RoostNeededFile: disks with the named images below them, kernel,
 * initrd, dtb, loader */
GPtrArray *roost_view_needed_files (const RoostDomainConfig *config);

/* Takes the medium @path out of the drives that may do without it. */
void roost_view_drop_medium (RoostDomainConfig *config, const char *path);

/* Paths of the firmware's variables; FALSE when the guest has none. */
gboolean roost_view_nvram (const RoostDomainConfig *config,
                           const char **out_path,
                           const char **out_template);

/* Gives the domain another name. @nvram: (nullable): where the variables of its firmware are, which
 * were found by the old name */
void roost_view_rename (RoostDomainConfig *config, const char *name, const char *nvram);

/* Returns: (nullable): the alias of the device that is the first console. */
const char *roost_view_console_alias (const RoostDomainConfig *config);

/* Does a character device get its path from QEMU (a pty)? */
gboolean roost_view_has_pty (const RoostDomainConfig *config);

/* The device @alias is on the pty @path. */
void roost_view_set_pty (RoostDomainConfig *config, const char *alias, const char *path);

/* Gives each display that wants a port one that @is_free says is free. FALSE: none is left. */
typedef gboolean (*RoostPortFunc) (const char *address, guint port, gpointer data);
gboolean roost_view_take_ports (RoostDomainConfig *config, RoostPortFunc is_free, gpointer data);

/* Completing a configuration asks for ports anew: gives the displays of @config, which is a copy of
 * @was, back those that QEMU listens on. */
void roost_view_keep_ports (const RoostDomainConfig *was, RoostDomainConfig *config);

gboolean roost_view_has_port (const RoostDomainConfig *config, guint port);

/* Bytes for the balloon at first; 0 when nothing is to be said. */
guint64 roost_view_initial_balloon (const RoostDomainConfig *config);

/* Adds the taints that the configuration itself is reason for; static strings. */
void roost_view_taints (const RoostDomainConfig *config, GPtrArray *taints);

/* Does QEMU call the machine or the CPU model deprecated? */
gboolean roost_view_is_deprecated (const RoostDomainConfig *config, const RoostFacts *facts);

/* Does the socket @path stand in the configuration? */
gboolean roost_view_names_socket (const RoostDomainConfig *config, const char *path);

/* Returns: (nullable): the bridge that the interface @alias joins. */
const char *roost_view_bridge (const RoostDomainConfig *config, const char *alias);

/* Returns: (nullable): the alias of the channel that the guest agent answers on. */
const char *roost_view_agent_alias (const RoostDomainConfig *config);

/* Returns: (nullable): the alias of the channel that is called so, or has that alias. */
const char *roost_view_channel_alias (const RoostDomainConfig *config, const char *name);

/* Returns: (transfer full): "'org.a.0', 'org.b.0'"; "" without channels */
char *roost_view_channel_names (const RoostDomainConfig *config);
/* Returns: (transfer full) (nullable): where the host reaches that channel: a listening socket, or
 * with @out_is_pty a pty; NULL when it is connected to something else. @run_dir: of the domain */
char *
roost_view_agent_path (const RoostDomainConfig *config, const char *run_dir, gboolean *out_is_pty);

gboolean roost_view_has_balloon (const RoostDomainConfig *config);
