/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "domain/tune-private.h"

/* Shares of caches and of the bandwidth of memory are kept in the document. Where it asks for them,
 * a start says that they are not there. Source: the kernel's x86/resctrl.rst. */

#define SCHEMATA "/sys/fs/resctrl/schemata"

static const char *
why_not (void)
{
  return g_file_test (SCHEMATA, G_FILE_TEST_EXISTS)
             ? "this version does not share out caches by resctrl"
             : "the host has no resctrl: its processor cannot share out caches, or /sys/fs/resctrl "
               "is not mounted";
}

static gboolean
leave_out (RoostTuning *tuning, const GPtrArray *wanted, const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (wanted == NULL || wanted->len == 0)
    return TRUE;
  roost_throw (&local, ROOST_ERROR_NOT_SUPPORTED, "%s", why_not ());
  if (roost_tuning_excuse (tuning, name, &local))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
roost_tune_caches (RoostTuning *tuning, GError **error)
{
  const RoostCputune *tune = &tuning->to->cputune;

  if (tuning->from != NULL)
    return TRUE; /* no change is about them */
  return leave_out (tuning, tune->cachetunes, "cputune/cachetune", error)
         && leave_out (tuning, tune->memorytunes, "cputune/memorytune", error);
}
