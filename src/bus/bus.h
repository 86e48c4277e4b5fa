/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/manager.h"
#include "storage/storage.h"

#include <gio/gio.h>

/*
 * What a daemon shows on one connection: the manager, a subtree of domains, a subtree of jobs, the
 * object manager over all of them, and their signals.
 *
 * Objects are registered by folder, not one by one: a thousand domains cost GDBus one subtree.
 */
typedef struct RoostBus RoostBus;

#define ROOST_BUS_NAME         "org.roost1"
#define ROOST_BUS_PATH         "/org/roost1"
#define ROOST_BUS_PATH_DOMAINS ROOST_BUS_PATH "/domain"
#define ROOST_BUS_PATH_JOBS    ROOST_BUS_PATH "/job"
#define ROOST_BUS_PATH_SECRETS ROOST_BUS_PATH "/secret"

/**
 * roost_bus_new:
 * @is_system: callers are checked by polkit, else by their uid
 * Exports everything on @connection. Errors: IO (a path is taken).
 */
RoostBus *roost_bus_new (RoostManager *manager,
                         GDBusConnection *connection,
                         gboolean is_system,
                         GError **error);

/* Shows the pools of @storage as well. Errors: IO (a path is taken). */
gboolean roost_bus_set_storage (RoostBus *bus, RoostStorage *storage, GError **error);

/* From now on calls are refused; those that run go on to their reply. */
void roost_bus_stop (RoostBus *bus);

/* Takes everything off the connection. Calls that still run keep a reference to the bus. */
void roost_bus_close (RoostBus *bus);

RoostBus *roost_bus_ref (RoostBus *bus);
void roost_bus_unref (RoostBus *bus);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostBus, roost_bus_unref)

/* Returns: (transfer full): the object path of a domain: its UUID with '_' for '-'. */
char *roost_bus_domain_path (const char *uuid);

/* Returns: (transfer full): the object path of a job. */
char *roost_bus_job_path (guint number);

/* Returns: (transfer full): the object path of a secret: its UUID with '_' for '-'. */
char *roost_bus_secret_path (const char *uuid);

/* --- for the files of this room --- */

typedef struct RoostAuth RoostAuth;
typedef struct RoostKind RoostKind;
typedef struct RoostNode RoostNode;

RoostManager *roost_bus_manager (RoostBus *bus);
RoostStorage *roost_bus_storage (RoostBus *bus); /* (nullable) */
RoostAuth *roost_bus_auth (RoostBus *bus);
GDBusConnection *roost_bus_connection (RoostBus *bus);
gboolean roost_bus_is_system (RoostBus *bus);
gboolean roost_bus_is_stopped (RoostBus *bus);

/* What is at a path. */
typedef struct
{
  const RoostKind *kind; /* NULL for the manager */
  RoostNode *node;       /* (transfer none); NULL for what is not added one by one */
  GObject *object;       /* (transfer full); NULL for the manager */
} RoostTarget;

/**
 * roost_bus_find:
 * @path: of a call
 * @out: what is there; its object is the caller's
 * Errors: org.freedesktop.DBus.Error.UnknownObject.
 */
gboolean roost_bus_find (RoostBus *bus, const char *path, RoostTarget *out, GError **error);

/**
 * roost_bus_add_folder:
 * @path: such as "/org/roost1/domain"
 * From now on every path right below @path is an object of @kind, or reported as missing. Folders
 * hold one kind each. Errors: IO (the path is taken).
 */
gboolean
roost_bus_add_folder (RoostBus *bus, const char *path, const RoostKind *kind, GError **error);

/* Its objects must have been removed. */
void roost_bus_remove_folder (RoostBus *bus, const char *path);

/* Puts @object, of the kind of its folder, at @path (transfer full) and tells of it. */
void roost_bus_add (RoostBus *bus, gpointer object, char *path);

/* Takes away what is at @path, and tells of it; nothing when nothing is there. */
void roost_bus_remove (RoostBus *bus, const char *path);

/* Returns: (transfer floating): a{oa{sa{sv}}}, as GetManagedObjects gives it. */
GVariant *roost_bus_managed_objects (RoostBus *bus);

/* @node has changes to tell: they are sent in the next turn of the main loop. */
void roost_bus_mark (RoostBus *bus, RoostNode *node);

/* Sends what has changed and was not told yet, so that it comes before what follows. */
void roost_bus_flush (RoostBus *bus);
