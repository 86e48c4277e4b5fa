/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/*
 * Domains that start with the daemon: once each boot of the host, not each time that the daemon
 * starts. First those with an order, from the lowest on, then all others. Domains of one order
 * start together; those of the next follow when all of them run, or have failed, each after its
 * delay. A daemon that is killed meanwhile leaves the rest to the next.
 */

/* What is kept beside the configuration of a domain. */
typedef struct
{
  gboolean is_on;
  guint order;      /* 0: after all that have one */
  guint64 delay_us; /* after those of the order before */
} RoostAutostart;

#define ROOST_AUTOSTART_MAX_DELAY_US (24 * 3600 * (guint64)G_USEC_PER_SEC)

const RoostAutostart *roost_domain_autostart (RoostDomain *domain);

/* Awaits: yes. Errors: NOT_SUPPORTED (a transient domain), BUSY, NO_SPACE, IO. */
gboolean roost_domain_set_autostart (RoostDomain *domain,
                                     const RoostAutostart *autostart,
                                     const char *caller,
                                     GError **error);

/* A GCompareFunc for arrays of RoostDomain: in the order of their start, then by name. */
int roost_autostart_compare (gconstpointer a, gconstpointer b);

/* Of the same order? */
gboolean roost_autostart_is_same (RoostDomain *a, RoostDomain *b);
