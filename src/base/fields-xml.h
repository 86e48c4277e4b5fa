/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/fields.h"

/*
 * The tree behind a RoostXml, private to fields-*.c: no more than the tables need, in a few blocks
 * of memory, so that it costs a fraction of libxml2's own tree.
 */
typedef struct RoostXmlAttr RoostXmlAttr;
typedef struct RoostXmlNs RoostXmlNs;

struct RoostXmlAttr
{
  const char *name;
  const char *prefix; /* (nullable) */
  const char *value;
  RoostXmlAttr *next;
};

/* A declaration. */
struct RoostXmlNs
{
  const char *prefix; /* NULL: the default namespace */
  const char *uri;
  RoostXmlNs *next;
};

struct RoostXmlNode
{
  const char *name; /* without the prefix */
  const char *uri;  /* (nullable): of its namespace */
  RoostXmlNode *parent;
  RoostXmlNode *children;
  RoostXmlNode *last; /* of the children */
  RoostXmlNode *next;
  RoostXmlAttr *attrs;
  RoostXmlNs *namespaces; /* declared here */
  const char *text;       /* (nullable): what stands before the first child element */
  guint start;            /* where its first "<" is … */
  guint end;              /* … and what follows its last ">" */
  gboolean has_late_text; /* there is also text after a child element */
};

/* A block of memory for many small things that go at once. */
typedef struct
{
  GPtrArray *blocks;
  char *at;
  gsize left;
} RoostArena;

/* Makes room for @size bytes at once. */
void roost_arena_reserve (RoostArena *arena, gsize size);
gpointer roost_arena_alloc (RoostArena *arena, gsize size);
const char *roost_arena_strndup (RoostArena *arena, const char *text, gsize length);

struct RoostXml
{
  char *text;
  gsize length;
  RoostArena arena;
  gpointer names; /* libxml2's dictionary, which holds the names */
  RoostXmlNode *root;
  gsize cursor;     /* the place whose position was asked last … */
  RoostPosition at; /* … and that position: documents are read from top to bottom */
};

RoostPosition roost_xml_position_of_offset (RoostXml *xml, gsize offset);
RoostPosition
roost_xml_attr_position (RoostXml *xml, const RoostXmlNode *node, const RoostXmlAttr *attr);

/* Returns: (nullable) (transfer full): the value of the attribute @name (with its prefix) as it
 * stands in the document, with its quotes */
char *roost_xml_attribute_source (RoostXml *xml, const RoostXmlNode *node, const char *name);

/* Appends with &lt; and the like; what XML cannot hold becomes U+FFFD. */
void roost_xml_append_text (GString *out, const char *text);
void roost_xml_append_attribute (GString *out, const char *text);
