/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * Who may do what. On the session bus: the daemon's own user, everything. On the system bus: root
 * everything, anybody else what polkit says, asked with the caller's unique bus name; while polkit
 * cannot be asked only root is served.
 */

/* The actions, as in data/org.roost1.policy. */
#define ROOST_ACTION_READ             "org.roost1.read"
#define ROOST_ACTION_READ_SECRETS     "org.roost1.read-secrets"
#define ROOST_ACTION_MANAGE           "org.roost1.manage"
#define ROOST_ACTION_DOMAIN_MANAGE    "org.roost1.domain.manage"
#define ROOST_ACTION_DOMAIN_CONTROL   "org.roost1.domain.control"
#define ROOST_ACTION_DOMAIN_CONSOLE   "org.roost1.domain.console"
#define ROOST_ACTION_DOMAIN_CONFIGURE "org.roost1.domain.configure"
#define ROOST_ACTION_DOMAIN_SAVE      "org.roost1.domain.save"
#define ROOST_ACTION_DOMAIN_GUEST     "org.roost1.domain.guest"
#define ROOST_ACTION_DOMAIN_MONITOR   "org.roost1.domain.monitor"
#define ROOST_ACTION_STORAGE_MANAGE   "org.roost1.storage.manage"
#define ROOST_ACTION_STORAGE_DATA     "org.roost1.storage.data"
#define ROOST_ACTION_SECRET_MANAGE    "org.roost1.secret.manage"

/* All callers on one connection. */
typedef struct RoostAuth RoostAuth;

/* One caller: a unique bus name. */
typedef struct RoostSender RoostSender;

RoostAuth *roost_auth_new (GDBusConnection *connection, gboolean is_system);

/* Forgets all callers; questions that are under way end with NOT_AUTHORIZED. */
void roost_auth_free (RoostAuth *auth);

/**
 * roost_auth_enter:
 * @name: the unique name of a caller
 * Counts a call that begins. Returns: (transfer full) (nullable): the caller, for
 * roost_sender_leave; NULL when it has too many calls pending (LIMIT_EXCEEDED).
 */
RoostSender *roost_auth_enter (RoostAuth *auth, const char *name, GError **error);

/* The call that roost_auth_enter () counted has ended. */
void roost_sender_leave (RoostSender *sender);

/* Returns: (transfer none): cancelled when the caller has left the bus. */
GCancellable *roost_sender_gone (RoostSender *sender);

/* Whether it is known, without asking anybody, that @sender may do @action. A FALSE says nothing.
 * Awaits: no. */
gboolean roost_sender_is_known (RoostSender *sender, const char *action);

/* Whom the caller runs as. FALSE: that is not known (before the first question). Awaits: no. */
gboolean roost_sender_uid (RoostSender *sender, uid_t *out_uid);

/* What polkit's rules and agents get to see besides the action. */
typedef struct
{
  const char *action;
  const char *operation;   /* the method, such as "Start"; detail "operation" */
  const char *domain_name; /* (nullable): detail "domain.name" */
  const char *domain_uuid; /* (nullable): detail "domain.uuid" */
  const char *device_name; /* (nullable): detail "device.name" */
  const char *pool_name;   /* (nullable): detail "pool.name" */
  gboolean is_interactive; /* the user may be asked for a password */
} RoostQuestion;

/* Asks whether @sender may do it; answered from the main loop. The question is dropped when the
 * caller leaves the bus. */
void roost_sender_ask (RoostSender *sender,
                       const RoostQuestion *question,
                       GAsyncReadyCallback callback,
                       gpointer data);

/* Returns: TRUE when it may. Errors: NOT_AUTHORIZED, with what would do. */
gboolean roost_sender_ask_finish (RoostSender *sender, GAsyncResult *res, GError **error);

/* --- the rule itself, for its test --- */

typedef enum
{
  ROOST_VERDICT_ALLOWED,
  ROOST_VERDICT_REFUSED,
  ROOST_VERDICT_ASK, /* polkit decides */
} RoostVerdict;

RoostVerdict roost_auth_rule (gboolean is_system, uid_t own_uid, uid_t caller_uid);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostAuth, roost_auth_free)
