/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/jobs.h"
#include "domain/domain.h"
#include "host/scope.h"
#include "qemu/caps.h"
#include "qemu/host-config.h"
#include "storage/storage.h"
#include "storage/secrets.h"

/*
 * All domains of this daemon, by uuid, name and pid, and where they are kept on disk.
 *
 * Signals: "domain-added" (RoostDomain), "domain-removed" (RoostDomain),
 *          "job-added" (RoostJob), "job-removed" (RoostJob: a minute after its end)
 */
#define ROOST_TYPE_MANAGER (roost_manager_get_type ())
G_DECLARE_FINAL_TYPE (RoostManager, roost_manager, ROOST, MANAGER, GObject)

/* Where things are; every member is an absolute path. */
typedef struct
{
  char *config_dir; /* domain/UUID.xml, domain/UUID.json (autostart) */
  char *state_dir;  /* nvram, tpm, log/NAME.log */
  char *run_dir;    /* domain/UUID/: sockets; domain/UUID.status: what runs */
  char *cache_dir;
  gboolean is_privileged; /* the system daemon */
  RoostHostConfig *host;  /* (nullable): config_dir/roost.conf; NULL = there is none */
} RoostPlaces;

RoostPlaces *roost_places_new_session (void); /* from $XDG_*_HOME and $XDG_RUNTIME_DIR */
RoostPlaces *
roost_places_new_system (void); /* /etc/roost, /var/lib/roost, /run/roost, /var/cache/roost */
void roost_places_free (RoostPlaces *places);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostPlaces, roost_places_free)

/* @places: (transfer full) */
RoostManager *roost_manager_new (RoostPlaces *places, RoostCaps *caps);

/* Guests that start from now on go into scopes of systemd. @scopes: (nullable): where there is none
 * they are plain processes */
void roost_manager_set_scopes (RoostManager *manager, RoostScopes *scopes);

/* Where volumes are found that disks name; it is told which files run. */
void roost_manager_set_storage (RoostManager *manager, RoostStorage *storage);

/* How long QEMU may take to answer before a domain counts as not responsive; the default is
 * ROOST_QMP_DEADLINE_MS. */
void roost_manager_set_deadline (RoostManager *manager, guint deadline_ms);

/**
 * roost_manager_load:
 * Reads all configurations and adopts or buries what ran (recovery). A file that cannot be used is
 * set aside and named in the log. Called once before the bus name is taken; finds domains fast and
 * goes on adopting in coroutines. Errors: only when the folders themselves cannot be used. Awaits:
 * no.
 */
gboolean roost_manager_load (RoostManager *manager, GError **error);

/* Starts the domains marked for it, once after load (). */
void roost_manager_autostart (RoostManager *manager);

/* Cancels operations and waits until no coroutine is left; guests run on. Then @done is called. */
void roost_manager_close (RoostManager *manager, void (*done) (gpointer), gpointer data);

GPtrArray *roost_manager_domains (
    RoostManager *manager); /* (transfer container): of RoostDomain refs, by name */
guint roost_manager_n_domains (RoostManager *manager);
RoostDomain *roost_manager_find_uuid (RoostManager *manager,
                                      const char *uuid); /* (transfer none) (nullable) */
RoostDomain *roost_manager_find_name (RoostManager *manager,
                                      const char *name); /* (transfer none) (nullable) */
RoostDomain *roost_manager_find_pid (RoostManager *manager,
                                     pid_t pid); /* (transfer none) (nullable) */
RoostJob *roost_manager_find_job (RoostManager *manager,
                                  guint number);           /* (transfer none) (nullable) */
GPtrArray *roost_manager_jobs (RoostManager *manager);     /* (transfer container) */
RoostJobs *roost_manager_job_list (RoostManager *manager); /* (transfer none) */
RoostCaps *roost_manager_caps (RoostManager *manager);
RoostSecrets *roost_manager_secrets (RoostManager *manager); /* what disks and servers want */

/**
 * roost_manager_define:
 * Stores @xml durably as a new domain, or as the next configuration of the one with its uuid and
 * name. Returns: (transfer full). Awaits: yes. Errors: INVALID_XML, EXISTS (the name with another
 * uuid, or the reverse), NOT_SUPPORTED, NO_SPACE, IO, BUSY.
 */
RoostDomain *
roost_manager_define (RoostManager *manager, const char *xml, const char *caller, GError **error);

/* Starts a domain that is forgotten when it stops. Awaits: yes. Errors: as define and start. */
RoostDomain *roost_manager_start_transient (RoostManager *manager,
                                            const char *xml,
                                            const RoostStartOptions *options,
                                            const char *caller,
                                            GCancellable *cancellable,
                                            GError **error);

/* The issues of @xml, as define would find them, without any effect. Awaits: yes. Errors: never for
 * the XML itself. */
RoostIssues *roost_manager_validate (RoostManager *manager, const char *xml, GError **error);

/**
 * roost_manager_check_abi:
 * @xml: what a domain shall become
 * Would a guest that runs now find itself on another machine after the next start? True as well
 * when none of that UUID runs. Stores nothing. Awaits: yes.
 * Errors: INCOMPATIBLE_GUEST names the first difference; those of define.
 */
gboolean roost_manager_check_abi (RoostManager *manager, const char *xml, GError **error);

/* The command line that would run. Awaits: yes. */
GStrv roost_manager_arguments (RoostManager *manager, const char *xml, GError **error);

/**
 * roost_manager_capabilities:
 * @arch, @machine: (nullable): the host's own; the usual one
 * @type: (nullable): "kvm" or "qemu"; KVM where it works
 * What a domain of that kind can have, as <domainCapabilities>. Awaits: yes.
 * Errors: NOT_SUPPORTED (no such emulator, machine or accelerator), INVALID_ARGUMENT (type).
 */
char *roost_manager_capabilities (
    RoostManager *manager, const char *arch, const char *machine, const char *type, GError **error);

/* The host's processors and what is installed for each architecture, as <capabilities>; machines
 * only of the host's own, since every other binary would have to be started. Awaits: yes. Errors:
 * QEMU, TIMEOUT. */
char *roost_manager_host_capabilities (RoostManager *manager, GError **error);
