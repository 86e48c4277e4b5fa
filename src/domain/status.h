/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/*
 * RUN_DIR/domain/UUID.status: what an active domain is doing, written before each step of a start
 * and at each change, so that a daemon that takes over knows what it finds. The folder goes away
 * with the host, so the file is replaced whole but not synced.
 */

/* A process that outlives the daemon. */
typedef struct
{
  pid_t pid;          /* 0: none */
  guint64 start_time; /* clock ticks since boot */
} RoostPidMark;

/* One that serves a device of the guest, see helper.h. */
typedef struct
{
  RoostPidMark mark;
  char *alias;
  char *name;
} RoostHelperMark;

typedef struct
{
  char *boot_id;
  char *uuid;
  char *name;
  guint id;
  RoostDomainState state;
  char *reason;
  gint64 since_us;
  RoostPidMark qemu;
  GPtrArray *helpers; /* of RoostHelperMark */
  guint64 monitor_inode;
  char *log_path; /* (nullable) */
  gint64 log_from;
  char *made_nvram; /* (nullable) */
  gboolean had_nvram;
  char *operation; /* (nullable): of the job that held it */
  char *caller;    /* (nullable): of that job */
  char *step;      /* (nullable): of a start */
  char *ending;    /* (nullable) */
  gboolean is_rebooting;
  gboolean was_asked;
  gboolean is_hooked;
  gboolean is_restarting;
  gint64 rtc_base;
  GPtrArray *taints;  /* interned */
  char *journal;      /* (nullable): of a plug */
  GPtrArray *unplugs; /* of RoostUnplug */
  guint64 memory;
  gboolean is_tuning;
  struct RoostDump *dump; /* (nullable): that was under way */
  char *xml;              /* (nullable): the running configuration */
} RoostStatus;

/* Awaits: no. Errors: NO_SPACE, IO: what is there is still whole. */
gboolean roost_status_write (RoostDomain *domain, GError **error);

/* The same where a failure only goes to the log. */
void roost_status_note (RoostDomain *domain);

/* Errors: IO, INVALID_ARGUMENT (it is not a status). Awaits: no. */
RoostStatus *roost_status_read (const char *path, GError **error);
void roost_status_free (RoostStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostStatus, roost_status_free)

/* Removes the status and the folder of sockets of @uuid. Awaits: no. */
void roost_status_remove (const char *run_dir, const char *uuid);

/* Returns: (transfer full): this boot of the host, or "" where it cannot be told. */
char *roost_status_boot_id (void);
