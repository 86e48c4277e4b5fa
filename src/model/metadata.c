/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/metadata.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/domain-types.h"

#include <string.h>

/* <metadata> alone, with the declarations that it may use from the root. */
static RoostXml *
open_metadata (const RoostDomainConfig *config, GError **error)
{
  const char *declared = config->foreign_namespaces != NULL ? config->foreign_namespaces : "";
  g_autofree char *text = g_strdup_printf ("<domain%s>%s</domain>", declared, config->metadata);

  return roost_xml_parse (text, -1, NULL, error);
}

static const RoostXmlNode *
find (RoostXml *xml, const char *uri)
{
  return roost_xml_node_child_of (roost_xml_node_child (roost_xml_root (xml), "metadata"), uri);
}

static char *
get_element (const RoostDomainConfig *config, const char *uri, GError **error)
{
  g_autoptr (RoostXml) xml = config->metadata != NULL ? open_metadata (config, error) : NULL;
  const RoostXmlNode *node = xml != NULL ? find (xml, uri) : NULL;
  const char *source;
  gsize length;

  if (config->metadata != NULL && xml == NULL)
    return NULL;
  if (node == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no metadata of '%s'", uri);
      return NULL;
    }
  source = roost_xml_source (xml, node, &length);
  return g_strndup (source, length);
}

/* Returns: (transfer full): @element without what may stand around it */
static char *
check_element (const char *uri, const char *element, GError **error)
{
  g_autoptr (RoostXml) xml = roost_xml_parse (element, -1, NULL, error);
  const RoostXmlNode *root = xml != NULL ? roost_xml_root (xml) : NULL;
  const char *source;
  gsize length;

  if (root == NULL)
    return NULL;
  if (!roost_xml_node_is_of (root, uri))
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                   "the element <%s> is not of the namespace '%s': declare it, as in <x:%s "
                   "xmlns:x='%s'>",
                   roost_xml_node_name (root), uri, roost_xml_node_name (root), uri);
      return NULL;
    }
  source = roost_xml_source (xml, root, &length);
  return g_strndup (source, length);
}

static char *
first_metadata (const char *element)
{
  return g_strdup_printf ("<metadata>%s</metadata>", element);
}

/* The whole element with @element at the end. */
static char *
append (const char *metadata, const char *element)
{
  const char *end = g_strrstr (metadata, "</");

  if (end == NULL)
    return first_metadata (element);
  return g_strdup_printf ("%.*s%s%s", (int)(end - metadata), metadata, element, end);
}

static char *
replace (RoostXml *xml, const RoostXmlNode *node, const char *element)
{
  const RoostXmlNode *whole = roost_xml_node_child (roost_xml_root (xml), "metadata");
  gsize length, old_length;
  const char *text = roost_xml_source (xml, whole, &length);
  const char *old = roost_xml_source (xml, node, &old_length);
  const char *rest = old + old_length;

  return g_strdup_printf ("%.*s%s%.*s", (int)(old - text), text, element,
                          (int)(text + length - rest), rest);
}

static char *
change (const char *metadata, RoostXml *xml, const RoostXmlNode *node, const char *element)
{
  if (node != NULL)
    return replace (xml, node, element);
  return metadata != NULL ? append (metadata, element) : first_metadata (element);
}

static gboolean
set_element (RoostDomainConfig *config, const char *uri, const char *element, GError **error)
{
  gboolean removes = element[0] == '\0';
  g_autofree char *clean = removes ? g_strdup ("") : check_element (uri, element, error);
  g_autoptr (RoostXml) xml = NULL;
  const RoostXmlNode *node;
  char *text;

  if (clean == NULL)
    return FALSE;
  if (config->metadata != NULL)
    {
      xml = open_metadata (config, error);
      if (xml == NULL)
        return FALSE;
    }
  node = xml != NULL ? find (xml, uri) : NULL;
  if (node == NULL && removes)
    return roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no metadata of '%s'", uri);
  text = change (config->metadata, xml, node, clean);
  g_free (config->metadata);
  config->metadata = text;
  return TRUE;
}

/* --- all kinds --- */

/* Returns: (nullable): the member that holds a text of the kind @what */
static char **
text_of (RoostDomainConfig *config, const char *what)
{
  if (g_str_equal (what, "title"))
    return &config->title;
  return g_str_equal (what, "description") ? &config->description : NULL;
}

char *
roost_metadata_get (const RoostDomainConfig *config, const char *what, GError **error)
{
  char *const *text = text_of ((RoostDomainConfig *)config, what);

  if (text == NULL)
    return get_element (config, what, error);
  if (*text == NULL)
    roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no %s", what);
  return g_strdup (*text);
}

gboolean
roost_metadata_set (RoostDomainConfig *config, const char *what, const char *value, GError **error)
{
  char **text = text_of (config, what);

  if (text == NULL)
    return set_element (config, what, value, error);
  g_free (*text);
  *text = *value != '\0' ? g_strdup (value) : NULL;
  return TRUE;
}
