/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/manager.h"

/*
 * A domain room without guests, for the tests of the bus room: domains are names in memory, an
 * operation takes one turn of the main loop and does what its name says to the state.
 */
RoostManager *fake_manager_new (void);

/* Adds a domain: its uuid ends with @number. Returns: (transfer none) */
RoostDomain *fake_manager_add (RoostManager *manager, const char *name, guint number);

/* Adds a job that runs until it is cancelled. Returns: (transfer none) */
RoostJob *fake_manager_add_job (RoostManager *manager, RoostDomain *domain);

/* Sets the memory and tells so. */
void fake_domain_set_memory (RoostDomain *domain, guint64 bytes);

/* Emits "event". */
void fake_domain_event (RoostDomain *domain, const char *name, GVariant *args);

/* What the last operation was called with, such as "start paused", "destroy graceful 1500". */
const char *fake_last_call (RoostManager *manager);
