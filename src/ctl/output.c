/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include <stdio.h>
#include <string.h>

struct CtlTable
{
  guint n_columns;
  GPtrArray *rows; /* of GStrv */
};

CtlTable *
ctl_table_new (const char *const *heading)
{
  CtlTable *table = g_new0 (CtlTable, 1);

  table->n_columns = g_strv_length ((GStrv)heading);
  table->rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  ctl_table_add (table, heading);
  return table;
}

void
ctl_table_free (CtlTable *table)
{
  g_ptr_array_unref (table->rows);
  g_free (table);
}

void
ctl_table_add (CtlTable *table, const char *const *cells)
{
  g_ptr_array_add (table->rows, g_strdupv ((GStrv)cells));
}

static guint
column_width (CtlTable *table, guint column)
{
  glong width = 0;

  for (guint i = 0; i < table->rows->len; i++)
    width = MAX (width, g_utf8_strlen (((GStrv)table->rows->pdata[i])[column], -1));
  return (guint)width;
}

static void
print_cell (Ctl *ctl, const char *text, guint width)
{
  glong length = g_utf8_strlen (text, -1);
  const char *color = ctl_state_color (ctl, text);

  printf ("%s%s%s", color, text, *color != '\0' ? ctl_color_end (ctl) : "");
  for (glong i = length; i < width; i++)
    putchar (' ');
}

/* An object for each row, by the words of the heading. */
static void
print_table_json (CtlTable *table)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();
  GStrv heading = table->rows->pdata[0];

  for (guint i = 1; i < table->rows->len; i++)
    {
      JsonObject *row = json_object_new ();

      for (guint column = 0; column < table->n_columns; column++)
        {
          g_autofree char *key = g_ascii_strdown (heading[column], -1);

          json_object_set_string_member (row, key, ((GStrv)table->rows->pdata[i])[column]);
        }
      json_array_add_object_element (array, row);
    }
  json_node_take_array (root, array);
  ctl_print_json (root, FALSE);
}

static void
print_table_text (CtlTable *table, Ctl *ctl)
{
  g_autofree guint *widths = g_new (guint, table->n_columns);

  for (guint column = 0; column < table->n_columns; column++)
    widths[column] = column + 1 < table->n_columns ? column_width (table, column) + 2 : 0;
  for (guint i = 0; i < table->rows->len; i++)
    {
      for (guint column = 0; column < table->n_columns; column++)
        print_cell (ctl, ((GStrv)table->rows->pdata[i])[column], widths[column]);
      putchar ('\n');
    }
}

void
ctl_table_print (CtlTable *table, Ctl *ctl)
{
  if (ctl->json)
    print_table_json (table);
  else
    print_table_text (table, ctl);
}

void
ctl_print_json (JsonNode *value, gboolean is_line)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autofree char *text = NULL;

  json_generator_set_root (generator, value);
  json_generator_set_pretty (generator, !is_line);
  text = json_generator_to_data (generator, NULL);
  puts (text);
  fflush (stdout);
}

void
ctl_print_variant_json (GVariant *value)
{
  g_autoptr (JsonNode) node = json_gvariant_serialize (value);

  ctl_print_json (node, FALSE);
}

char *
ctl_format_size (guint64 bytes)
{
  static const char units[] = "KMGTPE";
  double value = (double)bytes;
  int unit = -1;

  while (value >= 1024 && unit + 1 < (int)strlen (units))
    {
      value /= 1024;
      unit++;
    }
  if (unit < 0)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " bytes", bytes);
  return g_strdup_printf (value == (guint64)value ? "%.0f %ciB" : "%.1f %ciB", value, units[unit]);
}

char *
ctl_format_time (guint64 us)
{
  g_autoptr (GDateTime) when = NULL;

  if (us == 0)
    return g_strdup ("never");
  when = g_date_time_new_from_unix_local ((gint64)(us / G_USEC_PER_SEC));
  return when != NULL ? g_date_time_format (when, "%Y-%m-%d %H:%M:%S") : g_strdup ("?");
}

static char *
format_list (GVariant *value)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);
      g_autofree char *part = ctl_format_variant (child);

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", part);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
ctl_format_variant (GVariant *value)
{
  const GVariantType *type = g_variant_get_type (value);

  if (g_variant_type_equal (type, G_VARIANT_TYPE_STRING)
      || g_variant_type_equal (type, G_VARIANT_TYPE_OBJECT_PATH))
    return g_variant_dup_string (value, NULL);
  if (g_variant_type_equal (type, G_VARIANT_TYPE_BOOLEAN))
    return g_strdup (g_variant_get_boolean (value) ? "yes" : "no");
  if (g_variant_type_is_array (type) || g_variant_type_is_tuple (type))
    return format_list (value);
  return g_variant_print (value, FALSE);
}

const char *
ctl_state_color (Ctl *ctl, const char *state)
{
  static const struct
  {
    const char *state;
    const char *color;
  } colors[] = {
    { "running", "\033[32m" }, { "completed", "\033[32m" },     { "starting", "\033[33m" },
    { "paused", "\033[33m" },  { "shutting-down", "\033[33m" }, { "pm-suspended", "\033[33m" },
    { "crashed", "\033[31m" }, { "failed", "\033[31m" },        { "error", "\033[31m" },
  };

  for (guint i = 0; ctl->color && i < G_N_ELEMENTS (colors); i++)
    if (g_str_equal (colors[i].state, state))
      return colors[i].color;
  return "";
}

const char *
ctl_color_end (Ctl *ctl)
{
  return ctl->color ? "\033[0m" : "";
}
