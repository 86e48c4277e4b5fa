/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/answers.h"

#include "base/error.h"
#include "base/json.h"

#include <string.h>

/* As much of what was told as an error shows. */
#define SHOWN_BYTES 60

void
roost_answer_free (RoostAnswer *answer)
{
  g_free (answer->name);
  g_free (answer);
}

static GPtrArray *
new_list (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)roost_answer_free);
}

static RoostAnswer *
add_length (GPtrArray *list, const char *name, gsize length)
{
  RoostAnswer *answer = g_new0 (RoostAnswer, 1);

  answer->name = g_strndup (name, length);
  g_ptr_array_add (list, answer);
  return answer;
}

static RoostAnswer *
add (GPtrArray *list, const char *name)
{
  return add_length (list, name, strlen (name));
}

gboolean
roost_throw_odd (GError **error, const char *program, const char *wanted, const char *text)
{
  g_autofree char *head = g_strndup (text != NULL ? text : "", SHOWN_BYTES);
  g_autofree char *shown = g_strescape (head, NULL); /* anybody's bytes */

  return roost_throw (error, ROOST_ERROR_STORAGE, "%s: its answer is not %s: '%s'", program, wanted,
                      shown);
}

/* @program, @wanted: for the error; @text: (nullable) */
static gboolean
read_size (const char *text, guint64 *out, const char *program, const char *wanted, GError **error)
{
  return (text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, out, NULL))
         || roost_throw_odd (error, program, wanted, text);
}

/* --- JSON --- */

JsonNode *
roost_answer_json (const char *program, const char *text, GError **error)
{
  g_autoptr (GError) local = NULL;
  JsonNode *document = roost_json_parse (text, strlen (text), &local);

  if (document == NULL)
    roost_throw (error, ROOST_ERROR_STORAGE, "%s: %s", program, local->message);
  return document;
}

/* Returns: (transfer none) (nullable): the text @member of a row */
static const char *
need_text (JsonObject *row, const char *member, const char *program, guint number, GError **error)
{
  const char *text = roost_json_string (row, member);

  if (text == NULL)
    roost_throw (error, ROOST_ERROR_STORAGE, "%s: row %u of its answer has no text '%s'", program,
                 number, member);
  return text;
}

/* Adds what a row tells of, or nothing. */
typedef gboolean (*AddRow) (GPtrArray *list, JsonObject *row, guint number, GError **error);

/* Returns: (transfer full): of RoostAnswer. @rows: (nullable): after an error */
static GPtrArray *
read_rows (JsonArray *rows, AddRow add_row, GError **error)
{
  g_autoptr (GPtrArray) list = new_list ();

  if (rows == NULL)
    return NULL;
  for (guint i = 0; i < roost_json_length (rows); i++)
    if (!add_row (list, roost_json_object_at (rows, i), i + 1, error))
      return NULL;
  return g_steal_pointer (&list);
}

/* The rows of "report"[0].@what. Returns: (transfer none) */
static JsonArray *
lvm_rows (JsonNode *document, const char *program, const char *what, GError **error)
{
  JsonArray *reports = roost_json_array (roost_json_node_object (document), "report");
  JsonArray *rows = roost_json_array (roost_json_object_at (reports, 0), what);

  if (rows == NULL)
    roost_throw (error, ROOST_ERROR_STORAGE, "%s: its answer has no list report[0].%s", program,
                 what);
  return rows;
}

/* Pools of thin volumes, snapshots that merge, mirrors' parts: no volumes for guests. */
#define LV_KINDS_INSIDE "tTeilISvp"

static gboolean
add_lv (GPtrArray *list, JsonObject *row, guint number, GError **error)
{
  const char *name = need_text (row, "lv_name", "lvs", number, error);
  const char *kind = name != NULL ? need_text (row, "lv_attr", "lvs", number, error) : NULL;

  if (kind == NULL)
    return FALSE;
  return (*kind != '\0' && strchr (LV_KINDS_INSIDE, *kind) != NULL)
         || read_size (roost_json_string (row, "lv_size"), &add (list, name)->size, "lvs",
                       "a number of bytes in lv_size", error);
}

GPtrArray *
roost_answers_lvs (const char *text, GError **error)
{
  g_autoptr (JsonNode) document = roost_answer_json ("lvs", text, error);

  return document != NULL ? read_rows (lvm_rows (document, "lvs", "lv", error), add_lv, error)
                          : NULL;
}

gboolean
roost_answer_vgs (const char *text, RoostSpace *out, GError **error)
{
  g_autoptr (JsonNode) document = roost_answer_json ("vgs", text, error);
  JsonArray *rows = document != NULL ? lvm_rows (document, "vgs", "vg", error) : NULL;
  JsonObject *row = roost_json_object_at (rows, 0);

  if (rows == NULL)
    return FALSE;
  if (row == NULL)
    return roost_throw (error, ROOST_ERROR_STORAGE, "vgs: its answer names no volume group");
  if (!read_size (roost_json_string (row, "vg_size"), &out->capacity, "vgs",
                  "a number of bytes in vg_size", error)
      || !read_size (roost_json_string (row, "vg_free"), &out->available, "vgs",
                     "a number of bytes in vg_free", error))
    return FALSE;
  out->allocation = out->capacity - MIN (out->available, out->capacity);
  return TRUE;
}

static gboolean
add_image (GPtrArray *list, JsonObject *row, guint number, GError **error)
{
  const char *name = need_text (row, "image", "rbd", number, error);
  gint64 size = roost_json_int (row, "size", -1);

  if (name == NULL)
    return FALSE;
  if (roost_json_string (row, "snapshot") != NULL)
    return TRUE;
  if (size < 0)
    return roost_throw (error, ROOST_ERROR_STORAGE, "rbd: row %u of its answer has no size",
                        number);
  add (list, name)->size = (guint64)size;
  return TRUE;
}

GPtrArray *
roost_answers_rbd (const char *text, GError **error)
{
  g_autoptr (JsonNode) document = roost_answer_json ("rbd", text, error);
  JsonArray *rows = roost_json_node_array (document);

  if (document != NULL && rows == NULL)
    roost_throw (error, ROOST_ERROR_STORAGE, "rbd: its answer is no list of images");
  return read_rows (rows, add_image, error);
}

/* --- lines --- */

/* What @each makes of each line that is not empty; it returns FALSE with an error to end. */
typedef gboolean (*Each) (GPtrArray *list, const char *line, gconstpointer data, GError **error);

static GPtrArray *
read_lines (const char *text, Each each, gconstpointer data, GError **error)
{
  g_autoptr (GPtrArray) list = new_list ();
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (*g_strchomp (lines[i]) != '\0' && !each (list, lines[i], data, error))
      return NULL;
  return g_steal_pointer (&list);
}

#define A_ZVOL "a volume of the dataset with its size and what it uses"

static gboolean
each_zfs (GPtrArray *list, const char *line, gconstpointer dataset, GError **error)
{
  g_auto (GStrv) words = g_strsplit (line, "\t", -1);
  gsize length = strlen (dataset);
  RoostAnswer *answer;

  if (g_strv_length (words) != 3 || !g_str_has_prefix (words[0], dataset)
      || words[0][length] != '/')
    return roost_throw_odd (error, "zfs", A_ZVOL, line);
  answer = add (list, words[0] + length + 1);
  answer->has_used = TRUE;
  return read_size (words[1], &answer->size, "zfs", A_ZVOL, error)
         && read_size (words[2], &answer->used, "zfs", A_ZVOL, error);
}

GPtrArray *
roost_answers_zfs (const char *text, const char *dataset, GError **error)
{
  return read_lines (text, each_zfs, dataset, error);
}

gboolean
roost_answer_zfs_space (const char *text, RoostSpace *out, GError **error)
{
  g_autofree char *line = g_strstrip (g_strdup (text));
  g_auto (GStrv) words = g_strsplit (line, "\t", 2);

  if (!read_size (words[0], &out->allocation, "zfs", "the bytes used and available", error)
      || !read_size (words[1], &out->available, "zfs", "the bytes used and available", error))
    return FALSE;
  out->capacity = out->allocation + out->available;
  return TRUE;
}

#define EXPORT      " export: '"
#define EXPORT_SIZE "  size:  "

/* " export: 'NAME'", and below it "  size:  1048576", which a description may stand before. */
static gboolean
each_nbd (GPtrArray *list, const char *line, gconstpointer data, GError **error)
{
  RoostAnswer *last = list->len > 0 ? list->pdata[list->len - 1] : NULL;

  if (g_str_has_prefix (line, EXPORT) && g_str_has_suffix (line + strlen (EXPORT), "'"))
    add_length (list, line + strlen (EXPORT), strlen (line) - strlen (EXPORT) - 1);
  else if (last != NULL && g_str_has_prefix (line, EXPORT_SIZE))
    return read_size (line + strlen (EXPORT_SIZE), &last->size, "qemu-nbd", "the size of an export",
                      error);
  return TRUE;
}

GPtrArray *
roost_answers_nbd (const char *text, GError **error)
{
  return read_lines (text, each_nbd, NULL, error);
}

/* "Lun:1    Type:DIRECT_ACCESS (Size:1G)" */
static void
add_unit (GPtrArray *list, const char *line)
{
  const char *from = g_str_has_prefix (line, "Lun:") ? line + strlen ("Lun:") : "";
  g_autofree char *digits = g_strndup (from, strspn (from, "0123456789"));
  guint64 number;

  if (strstr (line, "Type:DIRECT_ACCESS") != NULL
      && g_ascii_string_to_unsigned (digits, 10, 0, G_MAXUINT16, &number, NULL))
    add (list, digits);
}

GPtrArray *
roost_answers_iscsi_ls (const char *text, const char *target)
{
  GPtrArray *list = new_list ();
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *ours = g_strdup_printf ("Target:%s ", target);
  gboolean is_ours = FALSE;

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "Target:"))
      is_ours = g_str_has_prefix (lines[i], ours);
    else if (is_ours)
      add_unit (list, lines[i]);
  return list;
}

/* "10.0.0.1:3260,1 iqn.2013-06.com.example:disk", "tcp: [1] 10.0.0.1:3260,1 iqn.…:disk (non-flash)"
 */
static gboolean
each_iscsiadm (GPtrArray *list, const char *line, gconstpointer data, GError **error)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);

  for (guint i = 0; words[i] != NULL && words[i + 1] != NULL; i++)
    if (strchr (words[i], ',') != NULL && *words[i + 1] != '\0')
      {
        add (list, words[i + 1]);
        break;
      }
  return TRUE;
}

GPtrArray *
roost_answers_iscsiadm (const char *text)
{
  return read_lines (text, each_iscsiadm, NULL, NULL);
}

/* "mpatha	(254, 10)"; "No devices found" */
static gboolean
each_dmsetup (GPtrArray *list, const char *line, gconstpointer data, GError **error)
{
  const char *tab = strchr (line, '\t');

  if (tab != NULL)
    add_length (list, line, (gsize)(tab - line));
  return TRUE;
}

GPtrArray *
roost_answers_dmsetup (const char *text)
{
  return read_lines (text, each_dmsetup, NULL, NULL);
}

/* "/srv/my images  10.0.0.0/8,host": who may mount it has no blanks. */
static gboolean
each_showmount (GPtrArray *list, const char *line, gconstpointer data, GError **error)
{
  const char *blank = strrchr (line, ' ');

  if (*line == '/')
    g_strchomp (
        add_length (list, line, blank != NULL ? (gsize)(blank - line) : strlen (line))->name);
  return TRUE;
}

GPtrArray *
roost_answers_showmount (const char *text)
{
  return read_lines (text, each_showmount, NULL, NULL);
}

static gboolean
each_name (GPtrArray *list, const char *line, gconstpointer data, GError **error)
{
  line += strspn (line, " \t");
  if (*line != '\0')
    add (list, line);
  return TRUE;
}

GPtrArray *
roost_answers_lines (const char *text)
{
  return read_lines (text, each_name, NULL, NULL);
}

/* --- others --- */

gboolean
roost_answer_capacity (const char *text, guint64 *out, GError **error)
{
  g_autofree char *line = g_strstrip (g_strdup (text));

  return read_size (line, out, "iscsi-readcapacity16", "a number of bytes", error);
}

char *
roost_answer_mounted (const char *text, const char *path)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  char *source = NULL;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", 3);
      g_autofree char *where =
          words[0] != NULL && words[1] != NULL ? g_strcompress (words[1]) : NULL;

      if (g_strcmp0 (where, path) != 0)
        continue;
      g_free (source);
      source = g_strcompress (words[0]);
    }
  return source;
}
