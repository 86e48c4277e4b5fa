/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/manager.h"

/*
 * A manager whose QEMU is tests/unit/fake-qemu.py, in folders of its own. The functions of model/
 * and qemu/ that need a real binary are replaced at link time (--wrap).
 */
typedef struct
{
  char *root; /* a temporary folder */
  RoostManager *manager;
  GString *states; /* "starting/booted running/booted " … of every domain, in order */
  GString *events; /* "RebootOccurred() " … */
} FakeWorld;

FakeWorld *fake_world_new (void);

/* A daemon that ends: the manager closes, guests run on. */
void fake_world_stop (FakeWorld *world);

/* Another one that takes over, and waits until it has nothing more to do. */
void fake_world_restart (FakeWorld *world);

/* Also ends every fake that still runs. */
void fake_world_free (FakeWorld *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeWorld, fake_world_free)

/* How the next QEMU behaves, see fake-qemu.py. */
void fake_world_set_mode (const char *mode);

/* Runs @body in a coroutine until it ends. */
void fake_world_run (void (*body) (gpointer data), gpointer data);

/* Iterates the main loop until @domain is in @state; fails the test after some seconds. */
void fake_world_await (RoostDomain *domain, RoostDomainState state);

/* The same for all the states that there were. */
void fake_world_await_states (FakeWorld *world, const char *states);

/* Has the fake of @domain tell an event, as a line of JSON. */
void fake_world_tell (FakeWorld *world, RoostDomain *domain, const char *json);

/* Returns: (transfer full): all files below the root but the logs, one a line: the world */
char *fake_world_files (FakeWorld *world);

/* Returns: how many fakes are alive. */
guint fake_world_processes (FakeWorld *world);

char *fake_world_path (FakeWorld *world, const char *below);

/* --- in coroutines, for tests that are one line long --- */

#define FAKE_UUID       "c7a5fdbd-edaf-9455-926a-d65c16db1809"
#define FAKE_XML(extra) FAKE_XML_NAMED ("demo", FAKE_UUID, extra)
#define FAKE_XML_NAMED(name, uuid, extra)                                                          \
  "<domain type='qemu'><name>" name "</name><uuid>" uuid "</uuid><memory>65536</memory>"           \
  "<os><type arch='x86_64' machine='pc'>hvm</type></os>" extra "</domain>"

RoostDomain *fake_world_define (FakeWorld *world, const char *xml); /* (transfer none) */
gboolean fake_world_start (RoostDomain *domain, gboolean paused, GError **error);
gboolean fake_world_destroy (RoostDomain *domain, GError **error);
gboolean fake_world_call (gboolean (*op) (RoostDomain *, const char *, GError **),
                          RoostDomain *domain,
                          GError **error);
