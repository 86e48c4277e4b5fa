/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/compat.h"
#include "base/error.h"
#include "domain/tune-private.h"

#include <string.h>

/* Nodes of memory. What QEMU binds at its start is done by QEMU; the scope confines all of it, and
 * the kernel moves what is elsewhere when that changes. */

#define ONLINE_NODES "/sys/devices/system/node/online"

/* Where the memory is only preferred somewhere, or dealt out, QEMU alone sees to it. */
static gboolean
is_confined (const RoostNumatune *tune)
{
  return tune->mode == ROOST_NUMA_MODE_STRICT || tune->mode == ROOST_NUMA_MODE_RESTRICTIVE
         || tune->mode == ROOST_NUMA_MODE_UNSET;
}

GVariant *
roost_tune_node_bytes (const RoostDomainConfig *config)
{
  const RoostNumatune *tune = &config->numatune;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  if (tune->nodeset != NULL && is_confined (tune) && tune->memnodes == NULL)
    for (int n = roost_bitmap_next (tune->nodeset, 0); n >= 0;
         n = roost_bitmap_next (tune->nodeset, (guint)n + 1))
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

/* systemd takes any number, and only logs that the kernel did not. A host that does not tell its
 * nodes is believed. */
static gboolean
check_online (const RoostNumatune *tune, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (RoostBitmap) online = NULL;

  if (tune->nodeset == NULL || !g_file_get_contents (ONLINE_NODES, &text, NULL, NULL))
    return TRUE;
  g_strstrip (text);
  online = roost_bitmap_parse (text, NULL);
  for (int n = roost_bitmap_next (tune->nodeset, 0); online != NULL && n >= 0;
       n = roost_bitmap_next (tune->nodeset, (guint)n + 1))
    if (!roost_bitmap_has (online, (guint)n))
      return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                          "there is no NUMA node %d: the host has %s", n, text);
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

gboolean
roost_tune_check_nodes (const RoostTuning *tuning, GError **error)
{
  const RoostNumatune *from = tuning->from != NULL ? &tuning->from->numatune : NULL;
  const RoostNumatune *to = &tuning->to->numatune;

  if (from != NULL && from->mode == to->mode && roost_bitmap_equal (from->nodeset, to->nodeset))
    return TRUE;
  return check_online (to, error) && (from == NULL || check_change (from, to, error));
}
