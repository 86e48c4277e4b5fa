/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields-xml.h"

static const char *
attribute (const RoostXmlNode *node, const char *name)
{
  for (const RoostXmlAttr *attr = node->attrs; attr != NULL; attr = attr->next)
    if (g_str_equal (attr->name, name))
      return attr->value;
  return NULL;
}

static gboolean
attributes_within (const RoostXmlNode *part, const RoostXmlNode *whole)
{
  for (const RoostXmlAttr *attr = part->attrs; attr != NULL; attr = attr->next)
    if (g_strcmp0 (attr->value, attribute (whole, attr->name)) != 0)
      return FALSE;
  return TRUE;
}

/* Text between child elements is layout; text alone is a value. */
static const char *
value_of (const RoostXmlNode *node)
{
  return node->children == NULL && node->text != NULL ? node->text : "";
}

static gboolean
has_child (const RoostXmlNode *whole, const RoostXmlNode *part)
{
  for (const RoostXmlNode *child = whole->children; child != NULL; child = child->next)
    if (g_str_equal (child->name, part->name) && roost_xml_is_within (part, child))
      return TRUE;
  return FALSE;
}

gboolean
roost_xml_is_within (const RoostXmlNode *part, const RoostXmlNode *whole)
{
  if (!attributes_within (part, whole))
    return FALSE;
  for (const RoostXmlNode *child = part->children; child != NULL; child = child->next)
    if (!has_child (whole, child))
      return FALSE;
  return part->children != NULL || *value_of (part) == '\0'
         || g_str_equal (value_of (part), value_of (whole));
}
