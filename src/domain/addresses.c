/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/addresses.h"

#include "base/error.h"
#include "domain/agent.h"
#include "domain/domain-private.h"
#include "domain/view-devices.h"

#include <stdio.h>
#include <string.h>

#define ARP_FILE "/proc/net/arp"

/* --- one card --- */

static void
add_address (GVariantBuilder *out, const char *type, const char *address, const char *source)
{
  g_variant_builder_add (out, "{sv}", "type", g_variant_new_string (type));
  g_variant_builder_add (out, "{sv}", "address", g_variant_new_string (address));
  g_variant_builder_add (out, "{sv}", "source", g_variant_new_string (source));
}

/* @known: addresses that are in @out */
static void
add_from_agent (GVariantBuilder *out, GVariant *interface, GHashTable *known)
{
  g_autoptr (GVariant) addresses =
      g_variant_lookup_value (interface, "addresses", G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; addresses != NULL && i < g_variant_n_children (addresses); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (addresses, i);
      const char *type = "", *address = NULL;
      guint32 prefix;

      g_variant_lookup (entry, "type", "&s", &type);
      if (!g_variant_lookup (entry, "address", "&s", &address)
          || !g_hash_table_add (known, g_strdup (address)))
        continue;
      g_variant_builder_open (out, G_VARIANT_TYPE_VARDICT);
      add_address (out, type, address, "agent");
      if (g_variant_lookup (entry, "prefix", "u", &prefix))
        g_variant_builder_add (out, "{sv}", "prefix", g_variant_new_uint32 (prefix));
      g_variant_builder_close (out);
    }
}

/* "192.0.2.1  0x1  0x2  52:54:00:00:00:01  *  virbr0": the flags are 0 while it is asked for. */
static void
add_from_arp (GVariantBuilder *out, const char *arp, const char *mac, GHashTable *known)
{
  g_auto (GStrv) lines = g_strsplit (arp, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    {
      char address[64], flags[16], hardware[64];

      if (sscanf (*line, "%63s %*s %15s %63s", address, flags, hardware) != 3
          || g_ascii_strcasecmp (hardware, mac) != 0 || g_ascii_strtoull (flags, NULL, 16) == 0
          || !g_hash_table_add (known, g_strdup (address)))
        continue;
      g_variant_builder_open (out, G_VARIANT_TYPE_VARDICT);
      add_address (out, "ipv4", address, "arp");
      g_variant_builder_close (out);
    }
}

typedef struct
{
  const char *alias;   /* (nullable) */
  const char *mac;     /* (nullable) */
  GVariant *interface; /* (nullable): as the agent tells it */
  const char *arp;     /* (nullable) */
} Card;

static void
add_card (GVariantBuilder *out, const Card *card)
{
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *name;
  GVariantBuilder addresses;

  g_variant_builder_init (&addresses, G_VARIANT_TYPE ("aa{sv}"));
  if (card->interface != NULL)
    add_from_agent (&addresses, card->interface, known);
  if (card->arp != NULL && card->mac != NULL)
    add_from_arp (&addresses, card->arp, card->mac, known);
  g_variant_builder_open (out, G_VARIANT_TYPE_VARDICT);
  if (card->alias != NULL)
    g_variant_builder_add (out, "{sv}", "device", g_variant_new_string (card->alias));
  if (card->mac != NULL)
    g_variant_builder_add (out, "{sv}", "mac", g_variant_new_string (card->mac));
  if (card->interface != NULL && g_variant_lookup (card->interface, "name", "&s", &name))
    g_variant_builder_add (out, "{sv}", "name", g_variant_new_string (name));
  g_variant_builder_add (out, "{sv}", "addresses", g_variant_builder_end (&addresses));
  g_variant_builder_close (out);
}

/* --- all of them --- */

static const char *
mac_of (GVariant *interface)
{
  const char *mac = NULL;

  g_variant_lookup (interface, "hardware-address", "&s", &mac);
  return mac;
}

static const RoostNicView *
find_nic (GPtrArray *nics, const char *mac)
{
  for (guint i = 0; mac != NULL && i < nics->len; i++)
    {
      const RoostNicView *nic = nics->pdata[i];

      if (nic->mac != NULL && g_ascii_strcasecmp (nic->mac, mac) == 0)
        return nic;
    }
  return NULL;
}

/* Returns: (transfer full) (nullable): the first interface that has @mac */
static GVariant *
find_interface (GVariant *agent, const char *mac)
{
  for (gsize i = 0; agent != NULL && mac != NULL && i < g_variant_n_children (agent); i++)
    {
      g_autoptr (GVariant) interface = g_variant_get_child_value (agent, i);
      const char *own = mac_of (interface);

      if (own != NULL && g_ascii_strcasecmp (own, mac) == 0)
        return g_steal_pointer (&interface);
    }
  return NULL;
}

GVariant *
roost_addresses_merge (GPtrArray *nics, GVariant *agent, const char *arp)
{
  GVariantBuilder out;

  g_variant_builder_init (&out, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < nics->len; i++)
    {
      const RoostNicView *nic = nics->pdata[i];
      g_autoptr (GVariant) interface = find_interface (agent, nic->mac);
      const Card card = { nic->alias, nic->mac, interface, arp };

      add_card (&out, &card);
    }
  for (gsize i = 0; agent != NULL && i < g_variant_n_children (agent); i++)
    {
      g_autoptr (GVariant) interface = g_variant_get_child_value (agent, i);
      const Card card = { NULL, mac_of (interface), interface, NULL };

      if (find_nic (nics, card.mac) == NULL)
        add_card (&out, &card);
    }
  return g_variant_builder_end (&out);
}

static gboolean
check_source (const char *source, GError **error)
{
  if (source == NULL || g_str_equal (source, "agent") || g_str_equal (source, "arp"))
    return TRUE;
  if (g_str_equal (source, "lease"))
    return roost_throw (
        error, ROOST_ERROR_NOT_SUPPORTED,
        "Roost serves no network, and so knows no leases; ask \"agent\" or \"arp\"");
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "there is no source '%s': it is \"agent\" or \"arp\"", source);
}

GVariant *
roost_domain_addresses (RoostDomain *domain, const RoostAddressRequest *request, GError **error)
{
  const RoostAgentContext context = { .timeout_ms = request->timeout_ms };
  gboolean wants_agent = g_strcmp0 (request->source, "arp") != 0;
  gboolean wants_arp = g_strcmp0 (request->source, "agent") != 0;
  g_autoptr (GPtrArray) nics = NULL;
  g_autoptr (GVariant) agent = NULL;
  g_autofree char *arp = NULL;

  if (!check_source (request->source, error))
    return NULL;
  if (domain->run == NULL || domain->run->document == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' is not running", domain->name);
      return NULL;
    }
  nics = roost_view_nics (roost_domain_config (domain));
  if (wants_agent)
    {
      agent = roost_domain_agent_get (domain, ROOST_AGENT_INTERFACES, &context,
                                      wants_arp ? NULL : error);
      if (agent == NULL && !wants_arp)
        return NULL;
      if (agent != NULL)
        g_variant_ref_sink (agent);
    }
  if (wants_arp)
    g_file_get_contents (ARP_FILE, &arp, NULL, NULL);
  return roost_addresses_merge (nics, agent, arp);
}
