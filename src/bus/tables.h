/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/call.h"

/*
 * The two tables that the bus is made of. A method, or a property, without a row is refused.
 * They are checked against introspection/ and the polkit policy by a test.
 */

typedef enum
{
  ROOST_METHOD_AWAITS = 1 << 0, /* runs in a coroutine of its own */
  ROOST_METHOD_DEFERS = 1 << 1, /* may reply later by roost_call_reply () */
  ROOST_METHOD_URGENT = 1 << 2, /* does not wait for a domain that is being taken over */
} RoostMethodFlags;

struct RoostMethod
{
  const char *interface;
  const char *name;
  const char *action; /* what polkit is asked, see bus/auth.h */
  /* Returns: (transfer floating): the reply, a tuple; NULL with @error; NULL without one when it
   * defers. */
  GVariant *(*run) (RoostCall *call, GError **error);
  const RoostType *options; /* (nullable): of the last argument, an a{sv} */
  guint flags;              /* RoostMethodFlags */
  /* An option that, unless it is FALSE, needs a second action; without one that is always asked. */
  const char *guarded_option;
  const char *guarded_action;
};

struct RoostProperty
{
  const char *interface;
  const char *name;
  /* @object: what the call's object is; NULL for the manager. Returns: (transfer floating) */
  GVariant *(*get) (RoostBus *bus, gpointer object);
  guint changes; /* of a domain: the RoostDomainChange bits with which it may change */
  gboolean (*set) (RoostBus *bus, gpointer object, GVariant *value, GError **error);
  const char *set_action;
};

/* Both end with a row whose name is NULL; rows of one interface stand together, properties in the
 * order of the introspection XML. */
extern const RoostMethod roost_methods[];
extern const RoostProperty roost_properties[];

/* Returns: (nullable): the row. */
const RoostMethod *roost_method_find (const char *interface, const char *name);
const RoostProperty *roost_property_find (const char *interface, const char *name);

/* Returns: the first property of @interface; they go on while .interface is the same. */
const RoostProperty *roost_properties_of (const char *interface);

/* Returns: (transfer floating): a{sv} of all the properties of @object. */
GVariant *roost_properties_build (RoostBus *bus, const char *interface, gpointer object);
