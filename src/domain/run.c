/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/run.h"

#include "domain/console.h"
#include "domain/display.h"
#include "domain/helper.h"
#include "domain/dump-private.h"
#include "domain/unplug.h"

RoostRun *
roost_run_new (guint id, const char *run_dir, const char *uuid)
{
  RoostRun *run = g_new0 (RoostRun, 1);

  run->id = id;
  run->dir = g_build_filename (run_dir, "domain", uuid, NULL);
  run->monitor_path = g_build_filename (run->dir, "monitor.sock", NULL);
  run->helpers = g_ptr_array_new_with_free_func ((GDestroyNotify)roost_helper_free);
  run->taints = g_ptr_array_new ();
  run->unplugs = g_ptr_array_new_with_free_func ((GDestroyNotify)roost_unplug_unref);
  run->unplugged = co_gate_new ();
  run->settled = co_gate_new ();
  run->seen = roost_seen_new ();
  run->consoles =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)roost_console_close);
  return run;
}

void
roost_run_drop_monitor (RoostRun *run)
{
  if (run->qmp == NULL)
    return;
  g_clear_signal_handler (&run->event_handler, run->qmp);
  g_clear_signal_handler (&run->closed_handler, run->qmp);
  roost_qmp_close (run->qmp);
  g_clear_object (&run->qmp);
}

void
roost_run_drop_agent (RoostRun *run)
{
  g_autoptr (RoostAgent) agent = g_steal_pointer (&run->agent);

  if (agent == NULL)
    return;
  g_clear_signal_handler (&run->agent_handler, agent);
  roost_agent_close (agent);
}

void
roost_run_free (RoostRun *run)
{
  g_clear_handle_id (&run->kill_timer, g_source_remove);
  g_clear_handle_id (&run->probe_timer, g_source_remove);
  g_clear_handle_id (&run->rearm_timer, g_source_remove);
  g_hash_table_unref (run->consoles);
  g_clear_pointer (&run->viewer, roost_viewer_free);
  roost_run_drop_agent (run);
  roost_seen_free (run->seen);
  roost_run_drop_monitor (run);
  if (run->process != NULL)
    g_clear_signal_handler (&run->exited_handler, run->process);
  g_clear_object (&run->process);
  g_ptr_array_unref (run->helpers);
  g_ptr_array_unref (run->taints);
  g_clear_pointer (&run->document, roost_document_unref);
  g_clear_pointer (&run->not_applied, g_hash_table_unref);
  g_clear_pointer (&run->dump, roost_dump_free);
  g_free (run->dir);
  g_free (run->monitor_path);
  g_free (run->log_path);
  g_free (run->made_nvram);
  g_free (run->journal);
  g_ptr_array_unref (run->unplugs);
  co_gate_free (run->unplugged);
  co_gate_free (run->settled);
  g_free (run);
}
