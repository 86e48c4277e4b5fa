/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/create.h"

#include "base/error.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <string.h>

struct CtlCaps
{
  xmlDoc *doc;
  GHashTable *texts; /* of elements at the top */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlXPathContext, xmlXPathFreeContext)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlXPathObject, xmlXPathFreeObject)

static void
collect_texts (CtlCaps *caps)
{
  for (xmlNode *node = xmlDocGetRootElement (caps->doc)->children; node != NULL; node = node->next)
    if (node->type == XML_ELEMENT_NODE)
      {
        xmlChar *text = xmlNodeGetContent (node);

        g_hash_table_insert (caps->texts, g_strdup ((const char *)node->name),
                             g_strstrip (g_strdup ((const char *)text)));
        xmlFree (text);
      }
}

CtlCaps *
ctl_caps_new (const char *xml, GError **error)
{
  g_autoptr (CtlCaps) caps = g_new0 (CtlCaps, 1);
  xmlNode *root;

  caps->texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  caps->doc = xmlReadMemory (xml, (int)strlen (xml), "capabilities", NULL,
                             XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  root = caps->doc != NULL ? xmlDocGetRootElement (caps->doc) : NULL;
  if (root == NULL || strcmp ((const char *)root->name, "domainCapabilities") != 0)
    {
      roost_throw (error, ROOST_ERROR_INVALID_XML,
                   "the daemon sent capabilities that are no domainCapabilities document");
      return NULL;
    }
  collect_texts (caps);
  return g_steal_pointer (&caps);
}

void
ctl_caps_free (CtlCaps *caps)
{
  if (caps == NULL)
    return;
  g_clear_pointer (&caps->doc, xmlFreeDoc);
  g_hash_table_unref (caps->texts);
  g_free (caps);
}

static gboolean
matches (const CtlCaps *caps, const char *expression)
{
  g_autoptr (xmlXPathContext) context = xmlXPathNewContext (caps->doc);
  g_autoptr (xmlXPathObject) found = xmlXPathEvalExpression ((const xmlChar *)expression, context);

  return found != NULL && !xmlXPathNodeSetIsEmpty (found->nodesetval);
}

/* The names come from this program, so they need no quoting. */
gboolean
ctl_caps_has (const CtlCaps *caps, const char *element, const char *name, const char *value)
{
  g_autofree char *expression =
      g_strdup_printf ("/domainCapabilities/%s/enum[@name='%s']/value[normalize-space(.)='%s']",
                       element, name, value);

  return matches (caps, expression);
}

gboolean
ctl_caps_has_cpu_mode (const CtlCaps *caps, const char *mode)
{
  g_autofree char *expression =
      g_strdup_printf ("/domainCapabilities/cpu/mode[@name='%s' and @supported='yes']", mode);

  return matches (caps, expression);
}

const char *
ctl_caps_get (const CtlCaps *caps, const char *element)
{
  const char *text = g_hash_table_lookup (caps->texts, element);

  return text != NULL ? text : "";
}

const char *
ctl_caps_usual_machine (const char *arch)
{
  static const struct
  {
    const char *arch, *machine;
  } usual[] = {
    { "x86_64", "q35" },   { "i686", "q35" },     { "aarch64", "virt" },     { "armv7l", "virt" },
    { "riscv64", "virt" }, { "riscv32", "virt" }, { "loongarch64", "virt" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    if (g_str_equal (usual[i].arch, arch))
      return usual[i].machine;
  return NULL;
}
