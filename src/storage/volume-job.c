/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/co.h"
#include "storage/pool-private.h"

#define METER_MS 250

/* --- operations that go on after the call --- */

static void
op_co (gpointer p)
{
  g_autofree RoostVolumeOp *op = p;
  g_autoptr (RoostPool) pool = op->pool;
  g_autoptr (RoostJob) job = op->job;
  g_autoptr (GError) error = NULL;

  roost_job_run_here (job);
  op->run (op, &error);
  /* The facts are there before the job has ended. */
  if (pool->state == ROOST_POOL_ACTIVE)
    roost_pool_look_volume (pool, roost_job_subject (job)->volume);
  if (op->free_data != NULL)
    op->free_data (op->data);
  roost_pool_release (pool, job, error);
}

void
roost_volume_op_begin (const RoostVolumeOp *op)
{
  RoostVolumeOp *own = g_memdup2 (op, sizeof *op);

  g_object_ref (own->pool);
  g_object_ref (own->job);
  co_spawn ("volume", op_co, own);
}

/* --- how far it is --- */

struct RoostMeter
{
  RoostJob *job;
  guint64 (*read) (gpointer);
  gpointer data;
  guint64 total;
  guint timer;
};

static gboolean
on_meter (gpointer p)
{
  RoostMeter *meter = p;

  roost_job_set_bytes (meter->job, meter->read (meter->data), meter->total);
  return G_SOURCE_CONTINUE;
}

RoostMeter *
roost_meter_start (RoostJob *job, guint64 (*read) (gpointer), gpointer data, guint64 total)
{
  RoostMeter *meter = g_new0 (RoostMeter, 1);

  *meter = (RoostMeter){ g_object_ref (job), read, data, total, 0 };
  meter->timer = g_timeout_add (METER_MS, on_meter, meter);
  return meter;
}

void
roost_meter_stop (RoostMeter *meter)
{
  on_meter (meter);
  g_source_remove (meter->timer);
  g_object_unref (meter->job);
  g_free (meter);
}
