/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/usb.h"
#include "model/device-edit.h"

/* What of the host a domain has for itself alone. */

typedef enum
{
  ROOST_HOST_THING_USB,
  ROOST_HOST_THING_PCI,
  ROOST_HOST_THING_VSOCK,
} RoostHostThingKind;

typedef struct
{
  RoostHostThingKind kind;
  char *alias;
  RoostUsbWanted usb;   /* its port is this view's */
  gboolean is_optional; /* usb: a start may go on without it */
  char *pci;            /* "0000:01:00.0" */
  gboolean is_managed;  /* pci: we take it from the host's driver, and give it back */
  guint cid;            /* vsock; 0: one is to be chosen */
} RoostHostThing;

void roost_host_thing_free (RoostHostThing *thing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostHostThing, roost_host_thing_free)

/* Returns: (transfer full): of RoostHostThing: of the device @alias (nullable: of all) */
GPtrArray *roost_view_host_things (const RoostDomainConfig *config, const char *alias);

/* Where the USB device @alias was found, and the address that the vsock @alias got. */
void roost_view_set_usb (RoostDomainConfig *config, const char *alias, guint bus, guint device);
void roost_view_set_cid (RoostDomainConfig *config, const char *alias, guint cid);

/* What was found and chosen for a start is not stored: @stored has of it what @given says. */
void roost_view_forget_host (RoostDeviceRef *stored, const RoostDeviceRef *given);

/* Takes the host device @alias out. */
void roost_view_drop_hostdev (RoostDomainConfig *config, const char *alias);
