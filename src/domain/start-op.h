/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/compat.h"
#include "base/steps.h"
#include "domain/domain-private.h"
#include "qemu/argv.h"

/*
 * The start of a domain, step by step. What an undo needs is in domain->run and so in the status
 * file; the rest of this struct lives as long as the call.
 *
 * A daemon that is killed during a start leaves the name of the step in the status file. The next
 * one undoes that step and all before it, unless the last step was reached and QEMU says that the
 * guest runs: then the start is taken as done, since a guest that runs is never ended on a guess.
 */
typedef struct
{
  RoostDomain *domain;
  RoostRun *run; /* domain->run */
  const RoostStartOptions *options;
  RoostDomainConfig *config; /* until it becomes run->document */
  RoostFacts *facts;
  RoostCommand *command;
  RoostFd log_fd;
  RoostFd monitor_fd;
  GPtrArray *peers; /* of RoostPeer: the helpers' ends of socket pairs, see helper.h */
  GArray *fds;      /* of RoostPassedFd, ours */
} RoostStart;

extern const RoostStep roost_start_steps[];

/* The steps, in their order; start-files.c */
gboolean roost_start_configure (gpointer op, GCancellable *cancellable, GError **error);
gboolean roost_start_make_folder (gpointer op, GCancellable *cancellable, GError **error);
void roost_start_undo_folder (gpointer op);
gboolean roost_start_copy_nvram (gpointer op, GCancellable *cancellable, GError **error);
void roost_start_undo_nvram (gpointer op);
void roost_start_forget_nvram (RoostRun *run); /* the start is done: nothing to bring back */
gboolean roost_start_check_storage (gpointer op, GCancellable *cancellable, GError **error);
gboolean roost_start_make_overlays (gpointer op, GCancellable *cancellable, GError **error);
gboolean roost_start_lend_files (gpointer op, GCancellable *cancellable, GError **error);

/* hooks.c: roost_start_prepare_hooks, roost_start_start_hooks and their undo */

/* start-process.c */
gboolean roost_start_build_command (gpointer op, GCancellable *cancellable, GError **error);
gboolean roost_start_open_log (gpointer op, GCancellable *cancellable, GError **error);
gboolean roost_start_open_monitor (gpointer op, GCancellable *cancellable, GError **error);
void roost_start_undo_monitor (gpointer op);
gboolean roost_start_helpers (gpointer op, GCancellable *cancellable, GError **error);
void roost_start_undo_helpers (gpointer op);
gboolean roost_start_spawn (gpointer op, GCancellable *cancellable, GError **error);
void roost_start_undo_spawn (gpointer op);

/* start-guest.c */
gboolean roost_start_connect (gpointer op, GCancellable *cancellable, GError **error);
void roost_start_undo_connect (gpointer op);
gboolean roost_start_set_up (gpointer op, GCancellable *cancellable, GError **error);
gboolean roost_start_run_guest (gpointer op, GCancellable *cancellable, GError **error);
