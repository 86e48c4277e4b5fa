/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/document.h"
#include "domain/host-devices.h"
#include "domain/leave.h"
#include "domain/manager.h"
#include "host/scope.h"

/* The side of the manager that only domain/ sees. */

/* Whom QEMU runs as; all zero means as the daemon itself. */
typedef struct
{
  gboolean is_other;
  uid_t uid;
  gid_t gid;
  gid_t *groups;
  guint n_groups;
} RoostQemuUser;

struct _RoostManager
{
  GObject parent;
  RoostStorage *storage; /* (nullable) */
  RoostPlaces *places;
  RoostCaps *caps;
  char *boot_id;
  GHashTable *by_uuid; /* → RoostDomain, owned */
  GHashTable *by_name; /* → RoostDomain */
  RoostJobs *jobs;
  GHashTable *claims; /* "name:…", "uuid:…": of definitions under way */
  RoostQemuUser qemu_user;
  RoostHostOwners *host_owners; /* who has which device of the host */
  RoostScopes *scopes;          /* (nullable) */
  RoostSecrets *secrets;
  RoostHostConfig *defaults;  /* where there is no roost.conf */
  struct RoostLender *lender; /* (nullable): what files QEMU has of others */
  GHashTable *hook_turns;     /* (nullable): uuid → whose hooks run; see hooks.c */
  RoostLogin *login;          /* (nullable) */
  guint n_leaving;            /* how often the guests are being shut down just now; see leave.c */
  gboolean has_released;      /* logind waits for us no longer */
  guint review_timer;         /* of inhibitors */
  guint log_timer;
  gboolean is_limiting_logs;
  guint next_id;
  guint qmp_deadline_ms;
  GCancellable *closing;
};

/* Numbers it and tells of it; it is forgotten a minute after its end. Returns: (transfer none) */
RoostJob *roost_manager_new_job (RoostManager *manager,
                                 const char *operation,
                                 const char *domain_uuid,
                                 const char *caller,
                                 guint flags);

/* @domain: (transfer full) */
void roost_manager_add (RoostManager *manager, RoostDomain *domain);
void roost_manager_remove (RoostManager *manager, RoostDomain *domain);

/* It is found by @name from now on, which nobody else has, and says so. */
void roost_manager_set_name (RoostManager *manager, RoostDomain *domain, const char *name);

/* What the administrator decides; the defaults where there is no roost.conf. */
const RoostHostConfig *roost_manager_host (RoostManager *manager);

/* Cuts the logs of what runs when they have grown, until the daemon ends. Awaits: no. */
void roost_manager_watch_logs (RoostManager *manager);

/* Are the guests being shut down, with the host or with the user? Nobody starts one then. */
gboolean roost_manager_is_leaving (RoostManager *manager);

/* Makes @path QEMU's own, where it runs as another user. Awaits: no. Errors: IO. */
gboolean roost_manager_give_to_qemu (RoostManager *manager, const char *path, GError **error);

/* Ports of displays and the like: does another domain have it? */
gboolean roost_manager_owns_port (RoostManager *manager, guint port);

/**
 * roost_manager_prepare:
 * @xml: as somebody wrote it
 * @issues: (nullable)
 * Parses, and completes with the facts of the binary. Awaits: yes.
 * Returns: (transfer full): a completed config
 */
RoostDomainConfig *
roost_manager_prepare (RoostManager *manager, const char *xml, RoostIssues *issues, GError **error);

/* Completes @config and runs every check; @out_facts: (optional) (transfer full). Awaits: yes. */
gboolean roost_manager_complete (RoostManager *manager,
                                 RoostDomainConfig *config,
                                 RoostIssues *issues,
                                 RoostFacts **out_facts,
                                 GError **error);

/* Returns: (transfer full): the path of the QEMU for @arch. Awaits: no. Errors: NOT_SUPPORTED,
 * which names those that are installed. */
char *roost_manager_binary (RoostManager *manager, const char *arch, GError **error);

/* Returns: (transfer full): of the binary that runs @config. Awaits: yes. */
RoostFacts *
roost_manager_facts (RoostManager *manager, const RoostDomainConfig *config, GError **error);

/* Fills in the files of the firmware that @config asks for. Awaits: no. */
gboolean
roost_manager_choose_firmware (RoostManager *manager, RoostDomainConfig *config, GError **error);

/* --- manager-define.c: two definitions of one name must not pass each other while they write ---
 */

typedef struct
{
  RoostManager *manager;
  char *name, *uuid;
} RoostClaim;

/* Nobody else may define @name or @uuid until it is cleared. Errors: BUSY. */
gboolean roost_claim_take (
    RoostManager *manager, const char *name, const char *uuid, RoostClaim *out, GError **error);
void roost_claim_clear (RoostClaim *claim);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RoostClaim, roost_claim_clear)

/* Stores @document as a new domain, whose name and uuid are claimed and free. Awaits: yes. Errors:
 * NO_SPACE, IO. Returns: (transfer full) */
RoostDomain *
roost_manager_store_new (RoostManager *manager, RoostDocument *document, GError **error);

/* recover.c: takes up what *.status in the run folder tells of. Awaits: no. */
void roost_manager_recover (RoostManager *manager);
