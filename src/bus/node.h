/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/bus.h"

/*
 * One object on the bus: a domain or a job. It listens to its object, keeps what it last told of
 * its properties, and sends the difference.
 */
RoostNode *roost_node_new_domain (RoostBus *bus, RoostDomain *domain);
RoostNode *roost_node_new_job (RoostBus *bus, RoostJob *job);
void roost_node_free (RoostNode *node);

const char *roost_node_path (const RoostNode *node);
const char *roost_node_interface (const RoostNode *node);
GObject *roost_node_object (const RoostNode *node);

/* Returns: (transfer none): a{sv}, all properties as they are now; what has changed is told first.
 */
GVariant *roost_node_properties (RoostNode *node);

/* Sends PropertiesChanged with what differs from what was told before, if anything. */
void roost_node_flush (RoostNode *node);
