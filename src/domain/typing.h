/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/*
 * The keyboard and the pointer of a guest. They do not hold the domain, since they change nothing
 * that is written anywhere. The guest must be awake: while it is paused QEMU drops what is typed.
 */

/* Keys that are pressed together, at the most. */
#define ROOST_TYPING_MAX_KEYS 16

/* Characters of a text, at the most: more would take longer than callers wait. */
#define ROOST_TYPING_MAX_CHARS 1000

/* What happens to the pointer in one call, at the most. */
#define ROOST_TYPING_MAX_EVENTS 100

/* How long a key may be held down, milliseconds. */
#define ROOST_TYPING_MAX_HOLD_MS 10000

/**
 * roost_domain_send_key:
 * @keys: NULL-terminated: names as roost_key_name () takes them, pressed in this order together
 * @hold_ms: milliseconds until they are released; 0 = 100
 * Returns when QEMU has taken the keys. Awaits: yes.
 * Errors: INVALID_ARGUMENT (no such key), NOT_RUNNING (shut off or paused), QEMU, TIMEOUT.
 */
gboolean
roost_domain_send_key (RoostDomain *domain, const char *const *keys, guint hold_ms, GError **error);

/**
 * roost_domain_send_text:
 * @text: typed as a US keyboard does; nothing is typed when it has a character that has no key
 * @hold_ms: milliseconds that each key is down, and up again; 0 = 10
 * Returns when all was typed. Awaits: yes.
 * Errors: INVALID_ARGUMENT, LIMIT_EXCEEDED, BUSY (another text is being typed), NOT_RUNNING (the
 * text says how far it came), QEMU, TIMEOUT.
 */
gboolean
roost_domain_send_text (RoostDomain *domain, const char *text, guint hold_ms, GError **error);

typedef enum
{
  ROOST_POINTER_MOVE,  /* to x, y: from 0.0 to 1.0 of the display's width and height */
  ROOST_POINTER_SHIFT, /* by dx, dy: of a mouse */
  ROOST_POINTER_PRESS,
  ROOST_POINTER_RELEASE,
  ROOST_POINTER_CLICK,
  ROOST_POINTER_WHEEL, /* dy steps, up when positive; dx to the right */
} RoostPointerAction;

typedef struct
{
  RoostPointerAction action;
  double x, y;
  int dx, dy;
  const char *button; /* "left", "middle", "right", "side", "extra" */
} RoostPointerEvent;

/* Are these the buttons of a mouse? Returns: (nullable): the name, static. */
const char *roost_pointer_button (const char *name);

/**
 * roost_domain_send_pointer:
 * @device: (nullable): the alias of the video device; NULL = the first one
 * @head: of it, from 0
 * Does @events in their order; returns when QEMU has taken them. Awaits: yes.
 * Errors: NOT_FOUND, INVALID_ARGUMENT (no such head), NOT_SUPPORTED (a move without a tablet, a
 * shift without a mouse), NOT_RUNNING, QEMU, TIMEOUT.
 */
gboolean roost_domain_send_pointer (RoostDomain *domain,
                                    const RoostPointerEvent *events,
                                    guint n_events,
                                    const char *device,
                                    guint head,
                                    GError **error);

/* Sends the guest a non-maskable interrupt, on which most print where they are. Holds the domain.
 * Awaits: yes. Errors: NOT_RUNNING, BUSY, QEMU (the machine has none), TIMEOUT. */
gboolean roost_domain_inject_nmi (RoostDomain *domain, const char *caller, GError **error);
