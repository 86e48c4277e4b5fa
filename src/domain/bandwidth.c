/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/bandwidth.h"

#include "base/co.h"
#include "base/error.h"
#include "base/log.h"
#include "storage/tool.h"

#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>

/* Between tap and guest packets are up to 64 KiB long: what is policed must let one through. */
#define PACKET_BYTES 65536

/* --- the words --- */

static guint64
burst_of (const RoostNicLimit *limit)
{
  if (limit->burst > 0)
    return MAX (limit->burst, PACKET_BYTES);
  return CLAMP (limit->average / 10, PACKET_BYTES, G_MAXUINT32 / 2);
}

static void
add_inbound (GString *text, const char *dev, const RoostNicLimit *limit)
{
  g_string_append_printf (text, "qdisc add dev %s root handle 1: htb default 1\n", dev);
  g_string_append_printf (text,
                          "class add dev %s parent 1: classid 1:1 htb rate %" G_GUINT64_FORMAT
                          "bps ceil %" G_GUINT64_FORMAT "bps",
                          dev, limit->average, MAX (limit->peak, limit->average));
  if (limit->burst > 0)
    g_string_append_printf (text, " burst %" G_GUINT64_FORMAT, limit->burst);
  g_string_append_c (text, '\n');
}

static void
add_outbound (GString *text, const char *dev, const RoostNicLimit *limit)
{
  g_string_append_printf (text, "qdisc add dev %s handle ffff: ingress\n", dev);
  g_string_append_printf (text,
                          "filter add dev %s parent ffff: protocol all prio 1 u32 match u32 0 0 "
                          "police rate %" G_GUINT64_FORMAT "bps burst %" G_GUINT64_FORMAT,
                          dev, limit->average, burst_of (limit));
  if (limit->peak > limit->average)
    g_string_append_printf (text, " peakrate %" G_GUINT64_FORMAT "bps", limit->peak);
  g_string_append_printf (text, " mtu %d drop flowid :1\n", PACKET_BYTES);
}

char *
roost_bandwidth_script (const RoostNicView *nic)
{
  GString *text = g_string_new (NULL);

  if (nic->inbound.average > 0)
    add_inbound (text, nic->target, &nic->inbound);
  if (nic->outbound.average > 0)
    add_outbound (text, nic->target, &nic->outbound);
  return g_string_free (text, FALSE);
}

/* --- tc --- */

static gboolean
has_limit (const RoostNicView *nic)
{
  return nic != NULL && (nic->inbound.average > 0 || nic->outbound.average > 0);
}

/* A name goes into lines that tc reads. */
static gboolean
is_tap (const RoostNicView *nic)
{
  return nic != NULL && nic->is_tap && nic->target != NULL && *nic->target != '\0'
         && strlen (nic->target) < IFNAMSIZ && strpbrk (nic->target, " \t\r\n\\\"'#/") == NULL
         && nic->target[0] != '-';
}

static gboolean
run_tc (const char *script, gboolean force, GError **error)
{
  const char *argv[] = { "tc", force ? "-force" : "-batch", force ? "-batch" : "-", NULL, NULL };
  g_autoptr (GBytes) input = g_bytes_new (script, strlen (script));
  RoostToolOptions options = { .timeout_ms = ROOST_TOOL_QUICK_MS, .input = input };
  g_autofree char *said = NULL;

  if (force)
    argv[3] = "-";
  said = roost_tool_run (argv, &options, NULL, error);
  return said != NULL;
}

/* Takes off what there is: that there was none is no error. */
static void
clear (const RoostNicView *nic)
{
  g_autofree char *script = g_strdup_printf ("qdisc del dev %s root\nqdisc del dev %s ingress\n",
                                             nic->target, nic->target);

  run_tc (script, TRUE, NULL);
}

static gboolean
set (const RoostNicView *nic, GError **error)
{
  g_autofree char *script = roost_bandwidth_script (nic);
  g_autoptr (GError) local = NULL;

  clear (nic);
  if (*script == '\0' || run_tc (script, FALSE, &local))
    return TRUE;
  clear (nic);
  if (g_error_matches (local, ROOST_ERROR, ROOST_ERROR_STORAGE))
    local->code = ROOST_ERROR_HOST_DEVICE;
  g_propagate_prefixed_error (error, g_steal_pointer (&local),
                              "%s: the bandwidth of %s cannot be limited: ", nic->alias,
                              nic->target);
  return FALSE;
}

/* --- of a card --- */

static gboolean
check_nic (const RoostNicView *nic, GError **error)
{
  if (!has_limit (nic) || nic->is_tap)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                      "interface %s: the bandwidth of type='%s' cannot be limited, only that of "
                      "'bridge', 'network' and 'ethernet', which have a tap on this host: leave "
                      "<bandwidth> out",
                      nic->mac != NULL ? nic->mac : nic->alias, nic->kind);
}

gboolean
roost_bandwidth_check (const RoostDomainConfig *config, const char *alias, GError **error)
{
  g_autoptr (GPtrArray) nics = roost_view_nics (config);

  for (guint i = 0; i < nics->len; i++)
    {
      const RoostNicView *nic = nics->pdata[i];

      if ((alias == NULL || g_strcmp0 (nic->alias, alias) == 0) && !check_nic (nic, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
roost_bandwidth_begin (const RoostDomainConfig *config, const char *alias, GError **error)
{
  g_autoptr (RoostNicView) nic = roost_view_find_nic (config, alias);

  return !has_limit (nic) || !is_tap (nic) || set (nic, error);
}

gboolean
roost_bandwidth_change (const RoostDomainConfig *was,
                        const RoostDomainConfig *now,
                        const char *alias,
                        GError **error)
{
  g_autoptr (RoostNicView) before = roost_view_find_nic (was, alias);
  g_autoptr (RoostNicView) after = roost_view_find_nic (now, alias);

  if (!check_nic (after, error))
    return FALSE;
  if (!is_tap (after) || set (after, error))
    return TRUE;
  if (has_limit (before) && is_tap (before))
    set (before, NULL);
  return FALSE;
}

/* One that somebody else made may have rules of theirs. */
static gboolean
is_ours (const RoostNicView *nic)
{
  g_autofree char *path = g_strdup_printf ("/sys/class/net/%s/tun_flags", nic->target);
  g_autofree char *flags = NULL;

  return g_file_get_contents (path, &flags, NULL, NULL)
         && (g_ascii_strtoull (flags, NULL, 16) & IFF_PERSIST) == 0;
}

void
roost_bandwidth_restore (RoostDomain *domain)
{
  g_autoptr (GPtrArray) nics = roost_view_nics (roost_document_config (domain->run->document));

  for (guint i = 0; i < nics->len; i++)
    {
      const RoostNicView *nic = nics->pdata[i];
      g_autoptr (GError) error = NULL;

      if (!is_tap (nic) || !(has_limit (nic) || is_ours (nic)) || !roost_tool_exists ("tc")
          || set (nic, &error))
        continue;
      roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name, "%s", error->message);
    }
}

/* --- the end --- */

static void
end_body (gpointer p)
{
  g_autoptr (GPtrArray) nics = p;

  for (guint i = 0; i < nics->len; i++)
    clear (nics->pdata[i]);
}

/* The kernel has removed those taps that QEMU alone had. */
static gboolean
stays_limited (const RoostNicView *nic, const char *alias)
{
  return (alias == NULL || g_strcmp0 (nic->alias, alias) == 0) && has_limit (nic) && is_tap (nic)
         && if_nametoindex (nic->target) != 0;
}

void
roost_bandwidth_end (const RoostDomainConfig *config, const char *alias)
{
  GPtrArray *nics = roost_view_nics (config);

  for (guint i = nics->len; i-- > 0;)
    if (!stays_limited (nics->pdata[i], alias))
      g_ptr_array_remove_index (nics, i);
  if (nics->len > 0)
    co_spawn ("end-bandwidth", end_body, nics);
  else
    g_ptr_array_unref (nics);
}
