/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields.h"

#include <inttypes.h>
#include <string.h>

/* --- cells --- */

/* Names in backquotes, with commas between. */
static void
append_names (GString *out, const char *const *names)
{
  for (guint i = 1; names[i] != NULL; i++)
    g_string_append_printf (out, "%s`%s`", i > 1 ? ", " : "", names[i]);
}

static void
append_bounds (GString *out, const RoostField *field)
{
  if (field->max > 0)
    g_string_append_printf (out, ", %" PRIu64 " to %" PRIu64, field->min, field->max);
  else if (field->min > 0)
    g_string_append_printf (out, ", at least %" PRIu64, field->min);
}

static void
append_value (GString *out, const RoostField *field)
{
  static const char *const fixed[] = {
    [ROOST_FIELD_STRING] = "text",
    [ROOST_FIELD_FLAG] = "an empty element",
    [ROOST_FIELD_YES_NO] = "`yes`, `no`",
    [ROOST_FIELD_ON_OFF] = "`on`, `off`",
    [ROOST_FIELD_UINT] = "a number",
    [ROOST_FIELD_INT] = "a number, also negative",
    [ROOST_FIELD_UUID] = "a UUID",
    [ROOST_FIELD_MAC] = "a MAC address",
    [ROOST_FIELD_BITMAP] = "a list of numbers, `0-3,^2,8`",
    [ROOST_FIELD_XML] = "any XML, kept as it is",
    [ROOST_FIELD_CUSTOM] = "text",
  };

  if (field->kind == ROOST_FIELD_ENUM)
    append_names (out, field->names);
  else if (field->kind == ROOST_FIELD_SIZE)
    g_string_append_printf (out, "a size with `unit`, in %s without", field->unit);
  else if (field->kind == ROOST_FIELD_LIST)
    g_string_append_printf (out, "any number of [%s](#%s)", field->type->name, field->type->name);
  else if (field->type != NULL)
    g_string_append_printf (out, "[%s](#%s)", field->type->name, field->type->name);
  else
    g_string_append (out, fixed[field->kind]);
  if (field->kind == ROOST_FIELD_UINT)
    append_bounds (out, field);
}

static void
append_notes (GString *out, const RoostField *field)
{
  static const struct
  {
    guint flag;
    const char *text;
  } notes[] = {
    { ROOST_FIELD_REQUIRED, "required" },
    { ROOST_FIELD_ABI, "seen by the guest" },
    { ROOST_FIELD_SECRET, "secret" },
    { ROOST_FIELD_LIVE, "may change while it runs" },
    { ROOST_FIELD_OUTPUT, "of a running guest" },
  };
  const char *separator = "";

  for (guint i = 0; i < G_N_ELEMENTS (notes); i++)
    if ((field->flags & notes[i].flag) != 0)
      {
        g_string_append_printf (out, "%s%s", separator, notes[i].text);
        separator = ", ";
      }
  if (field->only != NULL)
    g_string_append_printf (out, "%sonly with `%s`", separator, field->only);
}

/* A cell must not hold the mark that ends it. */
static void
escape_bars (GString *out, gsize from)
{
  for (gsize i = from; i < out->len; i++)
    if (out->str[i] == '|')
      g_string_insert_c (out, (gssize)i++, '\\');
}

static void
append_cell (GString *out,
             void (*append) (GString *out, const RoostField *field),
             const RoostField *field)
{
  gsize before = out->len;

  append (out, field);
  escape_bars (out, before);
  g_string_append (out, " | ");
}

static void
append_path (GString *out, const RoostField *field)
{
  if (g_str_equal (field->path, "."))
    g_string_append (out, field->kind == ROOST_FIELD_EMBED ? "(also)" : "(its text)");
  else
    g_string_append_printf (out, "`%s`", field->path);
}

static void
append_fallback (GString *out, const RoostField *field)
{
  if (field->fallback != NULL)
    g_string_append_printf (out, "`%s`", field->fallback);
}

static void
append_doc (GString *out, const RoostField *field)
{
  if (field->doc != NULL)
    g_string_append (out, field->doc);
}

/* --- the page --- */

static void
append_type (GString *out, const RoostType *type, const char *title, GPtrArray *types)
{
  g_string_append_printf (out, "\n## %s\n\n", title);
  if (type->doc != NULL)
    g_string_append_printf (out, "%s%s\n\n", type->doc,
                            g_str_has_suffix (type->doc, ".") ? "" : ".");
  g_string_append (out, "| Where | Value | Default | Notes | Meaning |\n|---|---|---|---|---|\n");
  for (const RoostField *field = type->fields; field->path != NULL; field++)
    {
      g_string_append (out, "| ");
      append_cell (out, append_path, field);
      append_cell (out, append_value, field);
      append_cell (out, append_fallback, field);
      append_cell (out, append_notes, field);
      append_cell (out, append_doc, field);
      g_string_truncate (out, out->len - 1);
      g_string_append_c (out, '\n');
      if (field->type != NULL && !g_ptr_array_find (types, field->type, NULL))
        g_ptr_array_add (types, (gpointer)field->type);
    }
}

char *
roost_type_to_markdown (const RoostType *type, const char *name)
{
  g_autoptr (GPtrArray) types = g_ptr_array_new ();
  GString *out = g_string_new (NULL);

  g_string_append_printf (out,
                          "# The `<%s>` document\n\n"
                          "Made from the tables that read and write it. `@` stands for an"
                          " attribute, `a/b` for an element inside another.\n",
                          name);
  g_ptr_array_add (types, (gpointer)type);
  for (guint i = 0; i < types->len; i++)
    {
      const RoostType *each = types->pdata[i];

      append_type (out, each, each->name, types);
    }
  return g_string_free (out, FALSE);
}

/* --- the defaults --- */

static void
append_defaults (GString *out, const RoostType *type, const char *path, GPtrArray *above)
{
  if (g_ptr_array_find (above, type, NULL))
    return;
  g_ptr_array_add (above, (gpointer)type);
  for (const RoostField *field = type->fields; field->path != NULL; field++)
    {
      g_autofree char *here = g_str_equal (field->path, ".")
                                  ? g_strdup (path)
                                  : g_strdup_printf ("%s/%s", path, field->path);

      if (field->type != NULL)
        append_defaults (out, field->type, here, above);
      else if (field->fallback != NULL)
        g_string_append_printf (out, "%s\t%s\t%s\n", here, field->fallback,
                                field->only != NULL ? field->only : "");
    }
  g_ptr_array_remove_index (above, above->len - 1);
}

char *
roost_type_to_defaults (const RoostType *type, const char *name)
{
  g_autoptr (GPtrArray) above = g_ptr_array_new ();
  GString *out = g_string_new ("# where\tdefault\tonly with\n");

  append_defaults (out, type, name, above);
  return g_string_free (out, FALSE);
}
