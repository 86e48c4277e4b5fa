/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/agent-values.h"

#include "base/error.h"
#include "base/json.h"

#include <math.h>
#include <string.h>

#define NS_PER_US 1000

/* Seconds beyond any date that a guest can mean. */
#define MAX_SECONDS 1e12

gboolean
roost_agent_throw (GError **error, const char *command, const char *what)
{
  return roost_throw (error, ROOST_ERROR_AGENT, "the guest agent's answer to %s %s", command, what);
}

/* --- one value --- */

static gboolean
get_int (JsonNode *node, gint64 min, gint64 max, gint64 *out_value)
{
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  *out_value = json_node_get_int (node);
  return *out_value >= min && *out_value <= max;
}

/* JSON can say "\ud800" and "\u0000": a D-Bus string cannot. */
static GVariant *
text_value (JsonNode *node)
{
  const char *text;

  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  text = json_node_get_string (node);
  return g_variant_new_take_string (g_utf8_make_valid (text != NULL ? text : "", -1));
}

static GVariant *
seconds_value (JsonNode *node)
{
  double seconds;

  if (!JSON_NODE_HOLDS_VALUE (node)
      || (json_node_get_value_type (node) != G_TYPE_DOUBLE
          && json_node_get_value_type (node) != G_TYPE_INT64))
    return NULL;
  seconds = json_node_get_double (node);
  if (!isfinite (seconds) || seconds < 0 || seconds > MAX_SECONDS)
    return NULL;
  return g_variant_new_uint64 ((guint64)(seconds * G_USEC_PER_SEC + 0.5));
}

/* Returns: (nullable): NULL when @node is not of @type */
static GVariant *
value_of (JsonNode *node, char type)
{
  gint64 number;

  switch (type)
    {
    case 's':
      return text_value (node);
    case 'T':
      return seconds_value (node);
    case 'b':
      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
        return NULL;
      return g_variant_new_boolean (json_node_get_boolean (node));
    case 'u':
      return get_int (node, 0, G_MAXUINT32, &number) ? g_variant_new_uint32 ((guint32)number)
                                                     : NULL;
    case 'i':
      return get_int (node, G_MININT32, G_MAXINT32, &number) ? g_variant_new_int32 ((gint32)number)
                                                             : NULL;
    case 'x':
      return get_int (node, G_MININT64, G_MAXINT64, &number) ? g_variant_new_int64 (number) : NULL;
    case 't':
      return get_int (node, 0, G_MAXINT64, &number) ? g_variant_new_uint64 ((guint64)number) : NULL;
    default:
      g_assert_not_reached ();
    }
}

/* Returns: (nullable): as; NULL when @array is none, or not of texts */
static GVariant *
texts_of (JsonArray *array)
{
  g_auto (GVariantBuilder) list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("as"));

  if (array == NULL)
    return NULL;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      GVariant *text = text_value (json_array_get_element (array, i));

      if (text == NULL)
        return NULL;
      g_variant_builder_add_value (&list, text);
    }
  return g_variant_builder_end (&list);
}

/* --- one object --- */

static gboolean
add_member (GVariantDict *dict,
            JsonObject *object,
            const RoostAgentMember *member,
            const char *command,
            GError **error)
{
  JsonNode *node = json_object_get_member (object, member->json);
  GVariant *value = node != NULL ? value_of (node, member->type) : NULL;
  g_autofree char *what = NULL;

  if (value != NULL)
    {
      g_variant_dict_insert_value (dict, member->key, value);
      return TRUE;
    }
  if (node == NULL && !member->is_required)
    return TRUE;
  what = g_strdup_printf ("has no proper '%s'", member->json);
  return roost_agent_throw (error, command, what);
}

gboolean
roost_agent_add_members (GVariantDict *dict,
                         JsonObject *object,
                         const RoostAgentMember *members,
                         const char *command,
                         GError **error)
{
  for (const RoostAgentMember *member = members; member->json != NULL; member++)
    if (!add_member (dict, object, member, command, error))
      return FALSE;
  return TRUE;
}

static GVariant *
dict_of (JsonNode *answer, const RoostAgentMember *members, const char *command, GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  JsonObject *object = roost_json_node_object (answer);

  if (object == NULL)
    {
      roost_agent_throw (error, command, "is no object");
      return NULL;
    }
  return roost_agent_add_members (&dict, object, members, command, error)
             ? g_variant_dict_end (&dict)
             : NULL;
}

/* --- a list of objects --- */

/* What a plain table of members cannot say. */
typedef gboolean (*MoreFunc) (GVariantDict *dict,
                              JsonObject *object,
                              const char *command,
                              GError **error);

static GVariant *
entry_of (JsonObject *object,
          const RoostAgentMember *members,
          MoreFunc more,
          const char *command,
          GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (object == NULL)
    {
      roost_agent_throw (error, command, "has an entry that is no object");
      return NULL;
    }
  if (!roost_agent_add_members (&dict, object, members, command, error)
      || (more != NULL && !more (&dict, object, command, error)))
    return NULL;
  return g_variant_dict_end (&dict);
}

static GVariant *
list_of (JsonArray *array,
         const RoostAgentMember *members,
         MoreFunc more,
         const char *command,
         GError **error)
{
  g_auto (GVariantBuilder) list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  if (array == NULL)
    {
      roost_agent_throw (error, command, "is no list");
      return NULL;
    }
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      GVariant *entry = entry_of (roost_json_object_at (array, i), members, more, command, error);

      if (entry == NULL)
        return NULL;
      g_variant_builder_add_value (&list, entry);
    }
  return g_variant_builder_end (&list);
}

/* A list within an entry; it may be absent. */
static gboolean
add_list (GVariantDict *dict, const char *key, GVariant *list)
{
  if (list == NULL)
    return FALSE;
  g_variant_dict_insert_value (dict, key, list);
  return TRUE;
}

/* --- the answers --- */

GVariant *
roost_agent_info (JsonNode *answer, const char *command, GError **error)
{
  static const RoostAgentMember members[] = { { "version", "version", 's', TRUE }, { NULL } };
  JsonArray *commands = roost_json_array (roost_json_node_object (answer), "supported_commands");
  g_auto (GVariantBuilder) names = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("as"));
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (roost_json_node_object (answer) == NULL)
    {
      roost_agent_throw (error, command, "is no object");
      return NULL;
    }
  if (!roost_agent_add_members (&dict, json_node_get_object (answer), members, command, error))
    return NULL;
  for (guint i = 0; i < roost_json_length (commands); i++)
    {
      JsonObject *entry = roost_json_object_at (commands, i);
      JsonNode *name = entry != NULL ? json_object_get_member (entry, "name") : NULL;
      GVariant *text = name != NULL ? text_value (name) : NULL;

      if (text != NULL && roost_json_bool (entry, "enabled", FALSE))
        g_variant_builder_add_value (&names, text);
      else if (text != NULL)
        g_variant_unref (g_variant_ref_sink (text));
    }
  g_variant_dict_insert_value (&dict, "commands", g_variant_builder_end (&names));
  return g_variant_dict_end (&dict);
}

GVariant *
roost_agent_freeze_state (JsonNode *answer, const char *command, GError **error)
{
  const char *text =
      JSON_NODE_HOLDS_VALUE (answer) && json_node_get_value_type (answer) == G_TYPE_STRING
          ? json_node_get_string (answer)
          : NULL;

  if (g_strcmp0 (text, "thawed") != 0 && g_strcmp0 (text, "frozen") != 0)
    {
      roost_agent_throw (error, command, "is neither 'thawed' nor 'frozen'");
      return NULL;
    }
  return g_variant_new_string (text);
}

static gboolean
add_pci_address (GVariantDict *dict, JsonObject *disk, const char *command, GError **error)
{
  JsonObject *pci = roost_json_object (disk, "pci-controller");
  gint64 domain = roost_json_int (pci, "domain", -1);
  gint64 bus = roost_json_int (pci, "bus", -1);
  gint64 slot = roost_json_int (pci, "slot", -1);
  gint64 function = roost_json_int (pci, "function", -1);

  if (domain < 0 || domain > G_MAXUINT16 || bus < 0 || bus > G_MAXUINT8 || slot < 0 || slot > 31
      || function < 0 || function > 7)
    return TRUE; /* -1 stands for what the agent could not find out */
  g_variant_dict_insert_value (
      dict, "pci-address",
      g_variant_new_take_string (g_strdup_printf ("%04x:%02x:%02x.%x", (guint)domain, (guint)bus,
                                                  (guint)slot, (guint)function)));
  return TRUE;
}

static const RoostAgentMember disk_members[] = {
  { "dev", "device", 's' },
  { "serial", "serial", 's' },
  { "bus-type", "bus-type", 's' },
  { "bus", "bus", 'i' },
  { "target", "target", 'i' },
  { "unit", "unit", 'i' },
  { NULL },
};

static gboolean
add_disks (GVariantDict *dict, JsonObject *entry, const char *command, GError **error)
{
  JsonArray *disks = roost_json_array (entry, "disk");

  return disks == NULL
         || add_list (dict, "disks",
                      list_of (disks, disk_members, add_pci_address, command, error));
}

GVariant *
roost_agent_filesystems (JsonNode *answer, const char *command, GError **error)
{
  static const RoostAgentMember members[] = {
    { "name", "name", 's', TRUE },   { "mountpoint", "mountpoint", 's', TRUE },
    { "type", "type", 's', TRUE },   { "used-bytes", "used", 't' },
    { "total-bytes", "total", 't' }, { NULL },
  };

  return list_of (roost_json_node_array (answer), members, add_disks, command, error);
}

/* Where a disk is, and of what a device is made. */
static gboolean
add_disk_place (GVariantDict *dict, JsonObject *entry, const char *command, GError **error)
{
  JsonObject *address = roost_json_object (entry, "address");
  JsonNode *node = json_object_get_member (entry, "dependencies");
  GVariant *names = node != NULL ? texts_of (roost_json_node_array (node)) : NULL;

  if (node != NULL && names == NULL)
    return roost_agent_throw (error, command, "has no proper 'dependencies'");
  if (names != NULL)
    g_variant_dict_insert_value (dict, "dependencies", names);
  return address == NULL
         || (roost_agent_add_members (dict, address, disk_members, command, error)
             && add_pci_address (dict, address, command, error));
}

GVariant *
roost_agent_disks (JsonNode *answer, const char *command, GError **error)
{
  static const RoostAgentMember members[] = {
    { "name", "name", 's', TRUE },
    { "partition", "partition", 'b', TRUE },
    { "alias", "alias", 's' },
    { NULL },
  };

  return list_of (roost_json_node_array (answer), members, add_disk_place, command, error);
}

static gboolean
add_addresses (GVariantDict *dict, JsonObject *entry, const char *command, GError **error)
{
  static const RoostAgentMember members[] = {
    { "ip-address-type", "type", 's', TRUE },
    { "ip-address", "address", 's', TRUE },
    { "prefix", "prefix", 'u', TRUE },
    { NULL },
  };
  static const RoostAgentMember counters[] = {
    { "rx-bytes", "rx-bytes", 't' },
    { "rx-packets", "rx-packets", 't' },
    { "rx-errs", "rx-errors", 't' },
    { "rx-dropped", "rx-dropped", 't' },
    { "tx-bytes", "tx-bytes", 't' },
    { "tx-packets", "tx-packets", 't' },
    { "tx-errs", "tx-errors", 't' },
    { "tx-dropped", "tx-dropped", 't' },
    { NULL },
  };
  JsonArray *addresses = roost_json_array (entry, "ip-addresses");
  JsonObject *statistics = roost_json_object (entry, "statistics");

  if (statistics != NULL && !roost_agent_add_members (dict, statistics, counters, command, error))
    return FALSE;
  return addresses == NULL
         || add_list (dict, "addresses", list_of (addresses, members, NULL, command, error));
}

GVariant *
roost_agent_interfaces (JsonNode *answer, const char *command, GError **error)
{
  static const RoostAgentMember members[] = {
    { "name", "name", 's', TRUE },
    { "hardware-address", "hardware-address", 's' },
    { NULL },
  };

  return list_of (roost_json_node_array (answer), members, add_addresses, command, error);
}

GVariant *
roost_agent_hostname (JsonNode *answer, const char *command, GError **error)
{
  JsonObject *object = roost_json_node_object (answer);
  JsonNode *name = object != NULL ? json_object_get_member (object, "host-name") : NULL;
  GVariant *text = name != NULL ? text_value (name) : NULL;

  if (text == NULL)
    roost_agent_throw (error, command, "has no proper 'host-name'");
  return text;
}

GVariant *
roost_agent_time (JsonNode *answer, const char *command, GError **error)
{
  gint64 ns;

  if (!get_int (answer, 0, G_MAXINT64, &ns))
    {
      roost_agent_throw (error, command, "is no time after 1970");
      return NULL;
    }
  return g_variant_new_uint64 ((guint64)ns / NS_PER_US);
}

GVariant *
roost_agent_users (JsonNode *answer, const char *command, GError **error)
{
  static const RoostAgentMember members[] = {
    { "user", "user", 's', TRUE },
    { "domain", "domain", 's' },
    { "login-time", "login-time", 'T', TRUE },
    { NULL },
  };

  return list_of (roost_json_node_array (answer), members, NULL, command, error);
}

GVariant *
roost_agent_os_info (JsonNode *answer, const char *command, GError **error)
{
  static const RoostAgentMember members[] = {
    { "id", "id", 's' },
    { "name", "name", 's' },
    { "pretty-name", "pretty-name", 's' },
    { "version", "version", 's' },
    { "version-id", "version-id", 's' },
    { "variant", "variant", 's' },
    { "variant-id", "variant-id", 's' },
    { "machine", "machine", 's' },
    { "kernel-release", "kernel-release", 's' },
    { "kernel-version", "kernel-version", 's' },
    { NULL },
  };

  return dict_of (answer, members, command, error);
}

GVariant *
roost_agent_timezone (JsonNode *answer, const char *command, GError **error)
{
  static const RoostAgentMember members[] = {
    { "zone", "zone", 's' },
    { "offset", "offset", 'i', TRUE },
    { NULL },
  };

  return dict_of (answer, members, command, error);
}

GVariant *
roost_agent_vcpus (JsonNode *answer, const char *command, GError **error)
{
  static const RoostAgentMember members[] = {
    { "logical-id", "number", 'u', TRUE },
    { "online", "online", 'b', TRUE },
    { "can-offline", "can-offline", 'b' },
    { NULL },
  };

  return list_of (roost_json_node_array (answer), members, NULL, command, error);
}

GVariant *
roost_agent_trimmed (JsonNode *answer, const char *command, GError **error)
{
  static const RoostAgentMember members[] = {
    { "path", "mountpoint", 's', TRUE },
    { "trimmed", "trimmed", 't' },
    { "minimum", "minimum", 't' },
    { "error", "error", 's' },
    { NULL },
  };

  return list_of (roost_json_array (roost_json_node_object (answer), "paths"), members, NULL,
                  command, error);
}

GVariant *
roost_agent_ssh_keys (JsonNode *answer, const char *command, GError **error)
{
  GVariant *keys = texts_of (roost_json_array (roost_json_node_object (answer), "keys"));

  if (keys == NULL)
    roost_agent_throw (error, command, "has no proper 'keys'");
  return keys;
}

gboolean
roost_agent_count (JsonNode *answer, const char *command, guint *out_count, GError **error)
{
  gint64 count;

  if (!get_int (answer, 0, G_MAXINT32, &count))
    return roost_agent_throw (error, command, "is no number");
  *out_count = (guint)count;
  return TRUE;
}
