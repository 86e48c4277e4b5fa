/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/auth.h"
#include "bus/bus.h"

/*
 * The kinds of objects on the bus below the root: one row each says what interfaces an object has
 * and how polkit and people are told of it.
 *
 * The GObject behind it may have these signals, which are then followed:
 *   "changed" (guint what): the bits of RoostProperty.changes; "changed" without arguments means
 * all "event" (char *name, GVariant *args): a signal of one of the interfaces
 */
#define ROOST_KIND_MAX_INTERFACES 8

struct RoostKind
{
  const char *noun;    /* "domain" */
  const char *missing; /* why an object may not be there, for UnknownObject */
  const GDBusInterfaceInfo *interfaces[ROOST_KIND_MAX_INTERFACES + 1]; /* ends with NULL */

  /* (nullable): fills in what polkit is to know of @object; strings stay the object's */
  void (*describe) (gpointer object, RoostQuestion *question);

  /* (nullable): objects that are not added one by one, being too many: found when called, listed
   * nowhere. @path: of the object. Returns: (transfer full) (nullable) */
  GObject *(*find) (RoostBus *bus, const char *path);
};

extern const RoostKind roost_kind_domain;
extern const RoostKind roost_kind_job;
extern const RoostKind roost_kind_secret;
extern const RoostKind roost_kind_device;
