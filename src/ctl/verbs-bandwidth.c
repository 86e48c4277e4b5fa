/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/error.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>

/* The limits of a network card: those of its XML, changed by UpdateDevice. */

#define LIMITED "inbound-average, -peak, -burst, outbound-average, -peak or -burst"

static gboolean live, config;

static const GOptionEntry where_options[] = {
  { "live", 0, 0, G_OPTION_ARG_NONE, &live, "What runs only", NULL },
  { "config", 0, 0, G_OPTION_ARG_NONE, &config, "The stored configuration only", NULL },
  G_OPTION_ENTRY_NULL,
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlBuffer, xmlBufferFree)

static xmlNode *
child_of (xmlNode *parent, const char *name)
{
  for (xmlNode *node = parent != NULL ? parent->children : NULL; node != NULL; node = node->next)
    if (node->type == XML_ELEMENT_NODE && strcmp ((const char *)node->name, name) == 0)
      return node;
  return NULL;
}

static gboolean
has_name (xmlNode *card, const char *child, const char *attribute, const char *name)
{
  xmlNode *node = child_of (card, child);
  xmlChar *value = node != NULL ? xmlGetProp (node, (const xmlChar *)attribute) : NULL;
  gboolean is_it = value != NULL && g_ascii_strcasecmp ((const char *)value, name) == 0;

  xmlFree (value);
  return is_it;
}

static xmlNode *
find_card (xmlDoc *doc, const char *name, GError **error)
{
  xmlNode *devices = child_of (xmlDocGetRootElement (doc), "devices");

  for (xmlNode *node = devices != NULL ? devices->children : NULL; node != NULL; node = node->next)
    if (node->type == XML_ELEMENT_NODE && strcmp ((const char *)node->name, "interface") == 0
        && (has_name (node, "alias", "name", name) || has_name (node, "mac", "address", name)
            || has_name (node, "target", "dev", name)))
      return node;
  roost_throw (error, ROOST_ERROR_NOT_FOUND,
               "no network card has the alias or MAC '%s'; roostctl xml shows them", name);
  return NULL;
}

/* --- looking --- */

static gboolean
show (Ctl *ctl, xmlNode *card)
{
  xmlNode *bandwidth = child_of (card, "bandwidth");
  g_auto (GVariantDict) limits = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) whole = NULL;

  for (xmlNode *way = bandwidth != NULL ? bandwidth->children : NULL; way != NULL; way = way->next)
    for (xmlAttr *limit = way->type == XML_ELEMENT_NODE ? way->properties : NULL; limit != NULL;
         limit = limit->next)
      {
        g_autofree char *name =
            g_strdup_printf ("%s-%s", (const char *)way->name, (const char *)limit->name);
        xmlChar *value = xmlNodeListGetString (card->doc, limit->children, 1);

        g_variant_dict_insert (&limits, name, "t",
                               g_ascii_strtoull (value != NULL ? (char *)value : "0", NULL, 10));
        if (!ctl->json)
          printf ("%-18s %s %s\n", name, (const char *)value,
                  g_str_has_suffix (name, "burst") ? "KiB" : "KiB/s");
        xmlFree (value);
      }
  whole = g_variant_ref_sink (g_variant_dict_end (&limits));
  if (ctl->json)
    ctl_print_variant_json (whole);
  return TRUE;
}

/* --- changing --- */

static xmlNode *
have_child (xmlNode *parent, const char *name)
{
  xmlNode *node = child_of (parent, name);

  return node != NULL ? node : xmlNewChild (parent, NULL, (const xmlChar *)name, NULL);
}

/* "inbound-average=1024"; 0 takes it away, and without an average there is no limit. */
static gboolean
set_limit (xmlNode *card, const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "=", 2);
  g_auto (GStrv) name = g_strsplit (parts[0], "-", 2);
  const char *const ways[] = { "inbound", "outbound", NULL };
  const char *const limits[] = { "average", "peak", "burst", NULL };
  xmlNode *way;
  guint64 number;

  if (parts[1] == NULL || name[1] == NULL || !g_strv_contains (ways, name[0])
      || !g_strv_contains (limits, name[1])
      || !g_ascii_string_to_unsigned (parts[1], 10, 0, G_MAXUINT32, &number, NULL))
    {
      g_set_error (error, CTL_USAGE, 0, "'%s' is no limit; give " LIMITED ", = and KiB", text);
      return FALSE;
    }
  way = have_child (have_child (card, "bandwidth"), name[0]);
  if (number > 0)
    xmlSetProp (way, (const xmlChar *)name[1], (const xmlChar *)parts[1]);
  else
    xmlUnsetProp (way, (const xmlChar *)name[1]);
  return TRUE;
}

static void
drop_if (xmlNode *node, gboolean is_empty)
{
  if (node == NULL || !is_empty)
    return;
  xmlUnlinkNode (node);
  xmlFreeNode (node);
}

static void
drop_empty (xmlNode *card)
{
  xmlNode *bandwidth = child_of (card, "bandwidth");
  xmlNode *in = child_of (bandwidth, "inbound"), *out = child_of (bandwidth, "outbound");

  drop_if (in, in != NULL && xmlHasProp (in, (const xmlChar *)"average") == NULL);
  drop_if (out, out != NULL && xmlHasProp (out, (const xmlChar *)"average") == NULL);
  drop_if (bandwidth,
           child_of (bandwidth, "inbound") == NULL && child_of (bandwidth, "outbound") == NULL);
}

static gboolean
update (Ctl *ctl, const char *path, xmlNode *card, GError **error)
{
  g_autoptr (xmlBuffer) text = xmlBufferCreate ();
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;

  xmlNodeDump (text, card->doc, card, 0, 0);
  if (live)
    g_variant_dict_insert (&options, "live", "b", TRUE);
  if (config)
    g_variant_dict_insert (&options, "config", "b", TRUE);
  reply = ctl_call (ctl, path, CTL_DOMAIN, "UpdateDevice",
                    g_variant_new ("(s@a{sv})", (const char *)xmlBufferContent (text),
                                   g_variant_dict_end (&options)),
                    "()", CTL_CALL_SLOW, error);
  return reply != NULL;
}

static gboolean
bandwidth_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_autofree char *xml =
      path != NULL ? ctl_get_xml (ctl, path, config && !live, FALSE, error) : NULL;
  g_autoptr (xmlDoc) doc = NULL;
  xmlNode *card;

  if (xml == NULL)
    return FALSE;
  doc = xmlReadMemory (xml, (int)strlen (xml), "domain", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
  if (doc == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_XML, "the daemon sent no XML");
  card = find_card (doc, args[1], error);
  if (card == NULL)
    return FALSE;
  if (args[2] == NULL)
    return show (ctl, card);
  for (guint i = 2; args[i] != NULL; i++)
    if (!set_limit (card, args[i], error))
      return FALSE;
  drop_empty (card);
  return update (ctl, path, card, error);
}

const CtlVerb ctl_bandwidth_verbs[] = {
  { .name = "domiftune",
    .args = "DOMAIN DEVICE [NAME=VALUE...]",
    .summary = "Show or set the bandwidth of a network card",
    .details = "DEVICE is its alias or MAC. Names: " LIMITED ",\nin KiB per second, burst in KiB; "
               "0 takes a limit away.\n\nExamples:\n  roostctl domiftune demo net0\n"
               "  roostctl domiftune demo net0 inbound-average=1024 outbound-average=512",
    .min_args = 2,
    .max_args = CTL_MANY,
    .options = where_options,
    .run = bandwidth_run },
  { 0 },
};
