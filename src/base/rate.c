/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/rate.h"

/* Samples that are closer say more about the clock than about the speed. */
#define MIN_STEP_US (G_USEC_PER_SEC / 4)

static void
start_anew (RoostRate *rate, guint64 done, gint64 now_us)
{
  *rate = (RoostRate){ .has_sample = TRUE, .done = done, .when_us = now_us };
}

guint64
roost_rate_add (RoostRate *rate, guint64 done, gint64 now_us)
{
  gint64 step_us = now_us - rate->when_us;
  gboolean is_first = rate->per_second == 0;
  double fresh;

  if (!rate->has_sample || done < rate->done)
    start_anew (rate, done, now_us);
  else if (step_us >= MIN_STEP_US)
    {
      fresh = (double)(done - rate->done) * G_USEC_PER_SEC / (double)step_us;
      rate->per_second = (guint64)(is_first ? fresh : ((double)rate->per_second + fresh) / 2);
      rate->done = done;
      rate->when_us = now_us;
    }
  return rate->per_second;
}
