/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/compat.h"
#include "base/steps.h"
#include "domain/amend.h"
#include "domain/domain-private.h"
#include "domain/hotplug.h"
#include "domain/unplug.h"
#include "model/device-edit.h"
#include "qemu/plug.h"

/* What the hotplug-*.c files share. */

/* --- hotplug-commands.c: commands to QEMU --- */

typedef struct
{
  RoostDomain *domain;
  const GArray *fds; /* (nullable): of RoostPassedFd: what the requests asked for */
  GCancellable *cancellable;
  guint n_done; /* how many commands have been accepted */
} RoostCommander;

/* Sends @commands in order, up to the first that fails. Awaits: yes. */
gboolean roost_commands_run (RoostCommander *commander, const GPtrArray *commands, GError **error);

/* Undoes the first @n_done of @commands in reverse; with @devices also what was plugged, and waits
 * a while for the guest to let it go. FALSE: a device stayed. Failures go to the log. Awaits: yes.
 */
gboolean roost_commands_undo (RoostDomain *domain,
                              const GPtrArray *commands,
                              guint n_done,
                              gboolean devices);

/* One command, where the answer says nothing. Takes @args (nullable). Awaits: yes. */
gboolean
roost_hotplug_tell (RoostDomain *domain, const char *command, JsonObject *args, GError **error);

/* What QEMU says of @device in words of its own, in words that say what would do. */
void roost_hotplug_explain (const RoostDeviceRef *device, GError *error);

/* device_del, for which nobody waits yet. A device that is on its way out already is no error. */
gboolean roost_hotplug_ask_out (RoostDomain *domain, const char *alias, GError **error);

/* --- the rest --- */

/* Where the files and descriptors of the domain are. @places of the manager. */
void roost_hotplug_launch (RoostDomain *domain, gboolean is_dry, RoostLaunch *out);

/* Waits until what unplugged devices had on the host is gone. Awaits: yes. */
gboolean roost_hotplug_settle (RoostDomain *domain, GError **error);

/* Returns: (transfer full) (nullable): the aliases that QEMU has, as a set; NULL when it does not
 * say. Awaits: yes. */
GHashTable *roost_hotplug_list (RoostDomain *domain);

/* Takes the device that is like @xml out of the stored configuration. Awaits: yes. */
gboolean roost_hotplug_forget_stored (RoostDomain *domain, const char *xml, GError **error);

/* The device of @unplug has left what runs, but the daemon that saw it was killed before it was
 * done with it: what it had on the host goes, and the stored configuration loses it if that was
 * asked for. Awaits: no. */
void roost_hotplug_finish_gone (RoostDomain *domain, RoostUnplug *unplug);

/* Waits until @unplug is no longer pending. Errors: BUSY (refused), TIMEOUT, CANCELLED,
 * NOT_RUNNING. Awaits: yes. */
gboolean roost_hotplug_await (RoostDomain *domain,
                              RoostUnplug *unplug,
                              guint timeout_ms,
                              GCancellable *cancellable,
                              GError **error);

/* hotplug-media.c: changes the medium of a drive from that in @was to that in @now. Awaits: yes. */
gboolean roost_hotplug_change_medium (RoostAmend *amend,
                                      const RoostDeviceRef *was,
                                      const RoostDeviceRef *now,
                                      gboolean force,
                                      GError **error);
