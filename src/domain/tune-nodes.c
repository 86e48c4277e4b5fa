/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/compat.h"
#include "base/error.h"
#include "base/log.h"
#include "domain/tune-private.h"
#include "host/nodes.h"

#include <string.h>

/* Nodes of memory. What QEMU binds at its start is done by QEMU; the scope confines all of it, and
 * the kernel moves what is elsewhere when that changes. */

#define SYS_DIR "/sys/devices/system"

/* Where the memory is only preferred somewhere, or dealt out, QEMU alone sees to it. */
static gboolean
is_confined (const RoostNumatune *tune)
{
  return tune->mode == ROOST_NUMA_MODE_STRICT || tune->mode == ROOST_NUMA_MODE_RESTRICTIVE
         || tune->mode == ROOST_NUMA_MODE_UNSET;
}

static GVariant *
bytes_of (const RoostBitmap *nodes)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  for (int n = nodes != NULL ? roost_bitmap_next (nodes, 0) : -1; n >= 0;
       n = roost_bitmap_next (nodes, (guint)n + 1))
    {
      if (bytes->len <= (guint)n / 8)
        {
          guint was = bytes->len;

          g_byte_array_set_size (bytes, (guint)n / 8 + 1);
          memset (bytes->data + was, 0, bytes->len - was);
        }
      bytes->data[n / 8] |= (guint8)(1 << (n % 8));
    }
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes->data, bytes->len, 1);
}

GVariant *
roost_tune_node_bytes (const RoostDomainConfig *config)
{
  const RoostNumatune *tune = &config->numatune;

  return bytes_of (is_confined (tune) && tune->memnodes == NULL ? tune->nodeset : NULL);
}

GVariant *
roost_tune_all_node_bytes (void)
{
  g_autoptr (RoostBitmap) all = roost_host_memory_nodes (SYS_DIR);

  return bytes_of (all);
}

/* systemd takes any number, and only logs that the kernel did not. A host that does not tell its
 * nodes is believed. */
static gboolean
check_there (const RoostNumatune *tune, GError **error)
{
  g_autoptr (RoostBitmap) all = roost_host_memory_nodes (SYS_DIR);
  g_autofree char *text = all != NULL ? roost_bitmap_format (all) : NULL;

  if (tune->nodeset == NULL || all == NULL)
    return TRUE;
  for (int n = roost_bitmap_next (tune->nodeset, 0); n >= 0;
       n = roost_bitmap_next (tune->nodeset, (guint)n + 1))
    if (!roost_bitmap_has (all, (guint)n))
      return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                          "there is no NUMA node %d with memory: the host has %s", n, text);
  return TRUE;
}

static gboolean
check_change (const RoostNumatune *from, const RoostNumatune *to, GError **error)
{
  if (from->memnodes != NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "each of its cells is bound to a node by <memnode>, which QEMU does at its "
                        "start: change the configuration, and start it again");
  if (is_confined (from) && is_confined (to)
      && (from->mode == to->mode || from->nodeset == NULL || to->nodeset == NULL))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                      "only nodes with the mode strict or restrictive can be changed while it "
                      "runs, and not their mode: what QEMU prefers it decides at its start");
}

static gboolean
are_same (const RoostNumatune *a, const RoostNumatune *b)
{
  return a->mode == b->mode && roost_bitmap_equal (a->nodeset, b->nodeset);
}

gboolean
roost_tune_check_nodes (const RoostDomainConfig *from, const RoostDomainConfig *to, GError **error)
{
  if (from != NULL && are_same (&from->numatune, &to->numatune))
    return TRUE;
  return check_there (&to->numatune, error)
         && (from == NULL || check_change (&from->numatune, &to->numatune, error));
}

/* The kernel would do it when systemd writes the new nodes, and systemd would stand still as long
 * as that takes. Where we may not, it is left to them. */
gboolean
roost_tune_move_memory (RoostTuning *tuning, GError **error)
{
  const RoostNumatune *to = &tuning->to->numatune;
  const RoostCgroup *cgroup;
  g_autoptr (GError) local = NULL;

  if (tuning->from == NULL || to->nodeset == NULL || are_same (&tuning->from->numatune, to))
    return TRUE;
  cgroup = roost_tuning_cgroup (tuning, NULL);
  if (cgroup == NULL || !roost_cgroup_check (cgroup, "cpuset", NULL))
    return TRUE; /* the scope will refuse them */
  if (!roost_process_move_memory (roost_process_pid (tuning->run->process), to->nodeset, &local))
    roost_log (G_LOG_LEVEL_INFO, NULL, tuning->domain->uuid, tuning->domain->name, "%s",
               local->message);
  return roost_tuning_is_current (tuning, error);
}
