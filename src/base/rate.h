/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * How fast something goes, from what was done at which time: smoothed, so that it can be shown.
 * Pure; the caller has the clock. Zero is the state before the first sample.
 */
typedef struct
{
  gboolean has_sample;
  guint64 done;
  gint64 when_us;
  guint64 per_second;
} RoostRate;

/**
 * roost_rate_add:
 * @done: bytes, since the beginning; less than before starts anew
 * @now_us: monotonic, microseconds
 * Samples that are less than a quarter of a second after the last one wait for it to pass.
 * Returns: bytes a second; 0 until there are two samples
 */
guint64 roost_rate_add (RoostRate *rate, guint64 done, gint64 now_us);
