/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/co.h"
#include "domain/document.h"
#include "domain/seen.h"
#include "model/facts.h"
#include "qemu/agent.h"
#include "qemu/process.h"
#include "qemu/qmp.h"

/*
 * What is there only while a domain is active: its process, its monitor, its files. Everything that
 * an undo or a recovery needs stands in the status file as well.
 */
typedef struct
{
  guint id;
  RoostDocument *document; /* (nullable): the running configuration */
  char *dir;               /* sockets; of this domain alone */
  char *monitor_path;
  guint64 monitor_inode; /* of the listening socket, which marks the QEMU that has it; 0 unknown */
  char *log_path;
  gint64 log_from;    /* where this run's output begins in the log */
  char *made_nvram;   /* (nullable): this start made it, and takes it away when it fails */
  gboolean had_nvram; /* one that was there is kept beside it until then */
  gboolean is_starting;
  gboolean is_paused_start;
  gboolean is_hooked;     /* the hooks "stopped" and "release" are due when it ends */
  GPtrArray *taints;      /* of what happened to it, besides those of its configuration; interned */
  const char *step;       /* (nullable): of the start: the last that was begun; static */
  RoostProcess *process;  /* (nullable) */
  gulong exited_handler;  /* of process */
  int wait_status;        /* of process, once it has ended; -1 unknown */
  GPtrArray *helpers;     /* of RoostHelper */
  RoostQmp *qmp;          /* (nullable) */
  gboolean is_taken_over; /* somebody is connecting to it */
  gboolean is_settling;   /* that has not failed yet: who wants something waits for it */
  CoGate *settled;        /* opened when it ends */
  gboolean is_reconnected;  /* the hook "reconnect" was run, or needs not be */
  gulong event_handler;     /* of qmp */
  gulong closed_handler;    /* of qmp */
  const char *ending;       /* (nullable): why it is about to end: "destroyed", "shutdown" */
  const char *pause_reason; /* (nullable): why the next STOP comes */
  gboolean is_rebooting;    /* its power-off is answered by a reset */
  gboolean was_asked;       /* its power-off was asked for */
  gboolean is_restarting;   /* it is being reset and let go, see policy.c */
  gboolean is_following;    /* somebody does what follows a power-off or a crash */
  gint64 rtc_base;          /* seconds: what QEMU's RTC_CHANGE counts from */
  gint64 rtc_offset;        /* seconds from the host's clock, as last heard */
  gboolean is_noting_rtc;
  guint kill_timer;
  guint grace_ms; /* what is left of it after the second look */
  guint probe_timer;
  GHashTable *consoles;       /* alias → RoostConsole */
  struct RoostViewer *viewer; /* (nullable): who has the D-Bus display */
  gboolean is_typing;         /* a text goes to the keyboard */
  gboolean is_tuning;         /* nobody knows what of it is in force */
  GHashTable *not_applied;    /* (nullable): of the tuning: name → why the host cannot */
  struct RoostDump *dump;     /* (nullable): that QEMU is at */
  RoostAgent *agent;          /* (nullable): connected when it was asked something */
  gulong agent_handler;       /* of agent */
  guint rearm_timer;          /* after a reset: its own reboots end it again, see power.c */
  char *journal;      /* (nullable): JSON: of a plug that is under way, see hotplug-recover.c */
  GPtrArray *unplugs; /* of RoostUnplug refs: what the guest was asked to let go */
  guint n_lending;    /* changes under way that files are lent for, see lend.h */
  guint n_cleaning;   /* unplugged devices whose host side is still being taken down */
  CoGate *unplugged;  /* opened when either of these changes */
  RoostSeen *seen;    /* what the guest did with its devices */
  gboolean are_filters_old;  /* of network cards: they changed since they were read */
  gboolean are_filters_read; /* somebody is at it */
} RoostRun;

RoostRun *roost_run_new (guint id, const char *run_dir, const char *uuid);

/* Drops handlers, monitor, process and timers; touches no file and ends nobody. */
void roost_run_free (RoostRun *run);

/* Closes the connection to QEMU and stops listening to it; idempotent. */
void roost_run_drop_monitor (RoostRun *run);

/* The same with the guest's agent. */
void roost_run_drop_agent (RoostRun *run);
