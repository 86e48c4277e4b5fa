/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-types.h"

/*
 * The list of controllers. It is kept by type (in the order in which types first come up), then by
 * index, and an EHCI stands before its companions: this order is the one in which they get their
 * addresses and stand on the command line.
 */

/* Returns: (nullable): the first controller of @type with @index */
RoostController *roost_config_find_controller (const RoostDomainConfig *config,
                                               RoostControllerType type,
                                               gint64 index);
guint roost_config_count_controllers (const RoostDomainConfig *config, RoostControllerType type);

/* Adds a controller at its place in the order; returns it, borrowed. */
RoostController *roost_config_add_controller (RoostDomainConfig *config,
                                              RoostControllerType type,
                                              RoostControllerModel model,
                                              gint64 index);

/* The same unless there is one of that type and index. */
void roost_config_ensure_controller (RoostDomainConfig *config,
                                     RoostControllerType type,
                                     RoostControllerModel model,
                                     gint64 index);

/* One above the highest index of @type, counting from 0. */
gint64 roost_config_next_controller_index (const RoostDomainConfig *config,
                                           RoostControllerType type);

/**
 * roost_config_order_controllers:
 * Gives an index to each controller that has none, and brings the list in order.
 * Errors: EXISTS (two of one type and index that are not parts of one USB controller),
 * INVALID_XML (a negative index), LIMIT_EXCEEDED.
 */
gboolean roost_config_order_controllers (RoostDomainConfig *config, GError **error);

/* A function of an ICH9 USB controller: EHCI, or one of its companions. */
gboolean roost_controller_is_ich9_usb (const RoostController *controller);
gboolean roost_controller_is_usb_companion (const RoostController *controller);
