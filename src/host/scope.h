/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * Guests as systemd scopes in machine.slice, registered with machined: they show in systemctl and
 * machinectl, have a cgroup of their own, and a restart of the daemon's unit leaves them alone.
 * Without systemd on the bus a guest is a plain process, and that is fine.
 */
typedef struct RoostScopes RoostScopes;

/**
 * roost_scopes_new:
 * @bus: where systemd's manager is: the system bus, or the user's bus for its user manager
 * @is_system: machined takes registrations from the system daemon only
 */
RoostScopes *roost_scopes_new (GDBusConnection *bus, gboolean is_system);
RoostScopes *roost_scopes_ref (RoostScopes *scopes);
void roost_scopes_unref (RoostScopes *scopes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostScopes, roost_scopes_unref)

/* A guest for its scope and for machined. */
typedef struct
{
  const char *name; /* the domain's; made fit for a unit and a machine name */
  const char *uuid;
  guint id; /* the domain's id: with it the names are unique */
  pid_t pid;
  const pid_t *helpers; /* (nullable): processes that belong to it as well */
  guint n_helpers;
} RoostScopeGuest;

/**
 * roost_scopes_add:
 * Puts the process into a scope "machine-roost\x2dID\x2dNAME.scope" and, as the system daemon,
 * registers it with machined. A machined that is absent or refuses is only logged. Awaits: yes, at
 * most 10 s.
 *
 * Returns: FALSE with NOT_SUPPORTED where systemd is not on the bus; with IO when it refused.
 * Source: org.freedesktop.systemd1(5), StartTransientUnit; org.freedesktop.machine1(5),
 * RegisterMachine.
 */
gboolean roost_scopes_add (RoostScopes *scopes, const RoostScopeGuest *guest, GError **error);

/**
 * roost_scopes_join:
 * @unit: the name of a scope, see RoostCgroup
 * @pids: processes that come to a guest which runs
 * Awaits: yes, at most 10 s. Errors: NOT_SUPPORTED where systemd is not on the bus; IO when it
 * refused. Source: org.freedesktop.systemd1(5), AttachProcessesToUnit.
 */
gboolean roost_scopes_join (
    RoostScopes *scopes, const char *unit, const pid_t *pids, guint n_pids, GError **error);

/**
 * roost_scopes_set:
 * @unit: the name of a scope, see RoostCgroup
 * @properties: a(sv), consumed if floating: as systemd.resource-control(5) has them; until the
 * scope ends Awaits: yes, at most 10 s. Errors: NOT_SUPPORTED where systemd is not on the bus; IO
 * when it refused. Source: org.freedesktop.systemd1(5), SetUnitProperties.
 */
gboolean
roost_scopes_set (RoostScopes *scopes, const char *unit, GVariant *properties, GError **error);

/**
 * roost_scope_machine_name:
 * Returns: (transfer full): "roost-ID-NAME" with what a machine name cannot hold replaced, at most
 *   64 bytes. Source: systemd's rule for machine names: letters, digits, "-", ".", "_".
 */
char *roost_scope_machine_name (const char *name, guint id);

/* Returns: (transfer full): "machine-….scope", the machine name escaped as unit names are. */
char *roost_scope_unit_name (const char *machine_name);
