/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"
#include "model/facts.h"

/*
 * A change of a domain's configuration: of what runs, of what the next start uses, or of both.
 *
 * The options "live" and "config" of a call say which; neither given means both where they exist.
 * All or nothing: both new configurations are made, completed and checked before QEMU hears a word;
 * then QEMU is told; then the stored one is written durably. When the writing fails QEMU is told to
 * go back.
 *
 * Most changes are three small functions and one call of roost_domain_amend (). What needs steps of
 * its own takes the domain itself and uses the parts below.
 */

typedef enum
{
  ROOST_AMEND_LIVE = 1 << 0,
  ROOST_AMEND_CONFIG = 1 << 1,
} RoostAmendWhat;

/**
 * roost_amend_choose:
 * @live: the option of the call
 * @config: the option of the call
 * @out_what: gets RoostAmendWhat, never 0
 * Awaits: no. Errors: NOT_RUNNING (@live, and it is shut off), NOT_SUPPORTED (@config, and it is
 * transient).
 */
gboolean roost_amend_choose (
    RoostDomain *domain, gboolean live, gboolean config, guint *out_what, GError **error);

/* One change under way; the domain is held meanwhile. */
typedef struct
{
  RoostDomain *domain; /* owned */
  gpointer run; /* (nullable): that which @running belongs to; compare only, see is_current () */
  guint what;   /* RoostAmendWhat */
  RoostDomainConfig *was;     /* (nullable): what runs, for comparing; NULL without LIVE */
  RoostDomainConfig *running; /* (nullable): the copy of it to change */
  RoostDomainConfig *next;    /* (nullable): the copy of the stored one to change */
  RoostFacts *facts;          /* of the binary; once it is checked */
} RoostAmend;

/* Copies what @what names. Awaits: no. Errors: NOT_RUNNING (it is still starting). */
RoostAmend *roost_amend_new (RoostDomain *domain, guint what, GError **error);
void roost_amend_free (RoostAmend *amend);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostAmend, roost_amend_free)

/**
 * roost_amend_check:
 * Completes both copies and runs every check; devices that are new in the running one get their
 * aliases. Nobody is told yet. Awaits: yes. Errors: those of a definition; NOT_RUNNING when the
 * guest ended meanwhile; a text about the stored one says so.
 */
gboolean roost_amend_check (RoostAmend *amend, GError **error);

/* The same for one of both, where the other is made from what comes out. */
gboolean roost_amend_check_running (RoostAmend *amend, GError **error);
gboolean roost_amend_check_next (RoostAmend *amend, GError **error);

/* Does the guest whose configuration was copied still run? TRUE when LIVE was not asked. To be
 * asked after each await. Errors: NOT_RUNNING. */
gboolean roost_amend_is_current (const RoostAmend *amend, GError **error);

/* Writes the stored copy, durably, and makes it the next configuration; nothing without CONFIG.
 * Awaits: yes. Errors: NO_SPACE, IO: then the old one is still whole and in force. */
gboolean roost_amend_store (RoostAmend *amend, GError **error);

/* Makes the running copy what runs, in memory and in the status file; nothing without LIVE, or when
 * the guest has ended meanwhile. Devices that the guest let go meanwhile stay gone. Awaits: no. */
void roost_amend_publish (RoostAmend *amend);

/* Makes @config what runs, in memory and in the status file, and says so: for facts that QEMU tells
 * by itself (a device went, a medium came out). The domain must be active. Awaits: no. */
void roost_domain_set_running (RoostDomain *domain, const RoostDomainConfig *config);

/* --- the usual way --- */

typedef struct
{
  /* Changes one copy. Pure; called for the running one (@is_running) and for the stored one. */
  gboolean (*change) (RoostDomainConfig *config,
                      gboolean is_running,
                      gpointer data,
                      GError **error);
  /* (nullable): tells QEMU, or the host. May await; only with LIVE. Cleans up after itself when it
   * fails. amend->was is what it finds, amend->running what it is to be. */
  gboolean (*apply) (RoostAmend *amend, gpointer data, GError **error);
  /* (nullable): takes back what apply () did; failures go to the log. May await. */
  void (*revert) (RoostAmend *amend, gpointer data);
} RoostAmendFuncs;

typedef struct
{
  const char *operation; /* as Busy and the log name it, with a row in job-rules.c */
  const char *caller;
  gboolean live; /* the options of the call */
  gboolean config;
} RoostAmendRequest;

/**
 * roost_domain_amend:
 * @data: for @funcs
 * Holds the domain and makes the change, all or nothing. Awaits: yes. Errors: BUSY, those of
 * roost_amend_choose (), of the checks, of @funcs; NO_SPACE, IO.
 */
gboolean roost_domain_amend (RoostDomain *domain,
                             const RoostAmendRequest *request,
                             const RoostAmendFuncs *funcs,
                             gpointer data,
                             GError **error);
