/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/top.h"

#include <string.h>

/* What QEMU may take to answer: a screen that stands still tells nothing. */
#define QEMU_TIMEOUT_US (G_USEC_PER_SEC / 2)

#define NAME_WIDTH 20
#define NAME_MOST  48 /* on a wide screen */
#define REST_WIDTH 75 /* the other columns, with a word of the state */

void
top_row_free (TopRow *row)
{
  g_free (row->name);
  g_free (row->state);
  g_free (row);
}

void
top_look_clear (TopLook *look)
{
  g_clear_pointer (&look->stats, g_variant_unref);
  g_clear_pointer (&look->names, g_variant_unref);
}

/* --- looking --- */

static GVariant *
call (Ctl *ctl, const char *method, GVariantDict *options, const char *type, GError **error)
{
  g_autoptr (GVariant) reply = ctl_call_manager (
      ctl, method, g_variant_new ("(@a{sv})", g_variant_dict_end (options)), type, error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

gboolean
top_look (Ctl *ctl, gboolean only_active, TopLook *out, GError **error)
{
  static const char *const groups[] = { "state", "cpu",   "memory", "balloon",
                                        "vcpu",  "block", "net",    NULL };
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_auto (GVariantDict) filter = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert_value (&options, "groups", g_variant_new_strv (groups, -1));
  g_variant_dict_insert (&options, "timeout", "t", (guint64)QEMU_TIMEOUT_US);
  if (only_active)
    {
      g_variant_dict_insert (&options, "active", "b", TRUE);
      g_variant_dict_insert (&filter, "active", "b", TRUE);
    }
  out->names = call (ctl, "ListDomainStates", &filter, "(a(osss))", error);
  if (out->names == NULL)
    return FALSE;
  out->stats = call (ctl, "GetDomainStats", &options, "(a{oa{sv}})", error);
  out->when_us = g_get_monotonic_time ();
  return out->stats != NULL;
}

/* --- numbers --- */

static guint64
number (GVariant *dict, const char *key)
{
  guint64 value = 0;

  if (dict != NULL)
    g_variant_lookup (dict, key, "t", &value);
  return value;
}

/* The sum of @key over a list of dictionaries; -1 where no entry has it. */
static double
sum (GVariant *stats, const char *list_key, const char *key)
{
  g_autoptr (GVariant) list =
      stats != NULL ? g_variant_lookup_value (stats, list_key, G_VARIANT_TYPE ("aa{sv}")) : NULL;
  double total = -1;

  for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (list, i);
      guint64 value;

      if (g_variant_lookup (entry, key, "t", &value))
        total = MAX (total, 0) + (double)value;
    }
  return total;
}

/* A counter that went back belongs to another run of the guest. */
static double
rate (double before, double now, double seconds)
{
  return before >= 0 && now >= before && seconds > 0 ? (now - before) / seconds : -1;
}

static double
cpu_us (GVariant *stats)
{
  return stats != NULL && number (stats, "cpu-user") + number (stats, "cpu-system") > 0
             ? (double)(number (stats, "cpu-user") + number (stats, "cpu-system"))
             : -1;
}

static guint64
memory_used (GVariant *stats)
{
  g_autoptr (GVariant) balloon = g_variant_lookup_value (stats, "balloon", G_VARIANT_TYPE_VARDICT);
  guint64 total = number (balloon, "total"), available = number (balloon, "available");

  return total > 0 && available > 0 && available <= total ? total - available
                                                          : number (stats, "resident");
}

static void
fill_rates (TopRow *row, GVariant *before, GVariant *now, double seconds)
{
  double cpu = rate (cpu_us (before), cpu_us (now), seconds);

  row->cpu = cpu >= 0 ? cpu / (double)G_USEC_PER_SEC * 100 : -1;
  row->disk_read =
      rate (sum (before, "block", "read-bytes"), sum (now, "block", "read-bytes"), seconds);
  row->disk_write =
      rate (sum (before, "block", "write-bytes"), sum (now, "block", "write-bytes"), seconds);
  row->net_receive =
      rate (sum (before, "net", "receive-bytes"), sum (now, "net", "receive-bytes"), seconds);
  row->net_transmit =
      rate (sum (before, "net", "transmit-bytes"), sum (now, "net", "transmit-bytes"), seconds);
}

/* --- rows --- */

static GVariant *
stats_of (const TopLook *look, const char *path)
{
  return look != NULL && look->stats != NULL
             ? g_variant_lookup_value (look->stats, path, G_VARIANT_TYPE_VARDICT)
             : NULL;
}

static double
both (double a, double b)
{
  return MAX (a, 0) + MAX (b, 0);
}

static double
weight (const TopRow *row, TopOrder order)
{
  switch (order)
    {
    case TOP_BY_MEMORY:
      return (double)row->memory_used;
    case TOP_BY_DISK:
      return both (row->disk_read, row->disk_write);
    case TOP_BY_NET:
      return both (row->net_receive, row->net_transmit);
    case TOP_BY_CPU:
    case TOP_BY_NAME:
    default:
      return row->cpu;
    }
}

typedef struct
{
  TopOrder order;
  gboolean reverse;
} Sorting;

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const TopRow *first = *(const TopRow *const *)a, *second = *(const TopRow *const *)b;
  const Sorting *sorting = data;
  double difference = sorting->order == TOP_BY_NAME
                          ? 0
                          : weight (second, sorting->order) - weight (first, sorting->order);
  int result = difference > 0   ? 1
               : difference < 0 ? -1
                                : g_utf8_collate (first->name, second->name);

  return sorting->reverse ? -result : result;
}

GPtrArray *
top_rows (const TopLook *before, const TopLook *now, TopOrder order, gboolean reverse)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify)top_row_free);
  double seconds = before != NULL ? (double)(now->when_us - before->when_us) / G_USEC_PER_SEC : 0;
  Sorting sorting = { order, reverse };
  const char *path, *name, *state;
  GVariantIter iter;

  g_variant_iter_init (&iter, now->names);
  while (g_variant_iter_next (&iter, "(&o&s&s&s)", &path, &name, NULL, &state))
    {
      g_autoptr (GVariant) old = stats_of (before, path);
      g_autoptr (GVariant) stats = stats_of (now, path);
      g_autoptr (GVariant) missing = NULL;
      TopRow *row;

      if (stats == NULL)
        continue; /* it came between the two calls */
      row = g_new0 (TopRow, 1);
      missing = g_variant_lookup_value (stats, "missing", NULL);
      row->name = g_strdup (name);
      row->state = g_strdup (state);
      row->is_silent = missing != NULL;
      row->memory_used = memory_used (stats);
      row->memory_max = number (stats, "memory");
      g_variant_lookup (stats, "vcpus", "u", &row->vcpus);
      fill_rates (row, old, stats, seconds);
      g_ptr_array_add (rows, row);
    }
  g_ptr_array_sort_with_data (rows, compare, &sorting);
  return rows;
}

/* --- text --- */

/* "1.5M" in five columns; "-" where it is not known. */
static char *
short_size (double bytes)
{
  static const char units[] = " KMGTP";
  guint unit = 0;

  if (bytes < 0)
    return g_strdup ("-");
  while (bytes >= 999.5 && unit + 1 < strlen (units))
    {
      bytes /= 1024;
      unit++;
    }
  if (unit == 0)
    return g_strdup_printf ("%.0f", bytes);
  return g_strdup_printf (bytes < 9.95 ? "%.1f%c" : "%.0f%c", bytes, units[unit]);
}

/* As wide as the names, where the screen (0 = as wide as it is) has the room. */
static guint
name_width (GPtrArray *rows, guint width)
{
  guint most = width == 0                         ? NAME_MOST
               : width <= NAME_WIDTH + REST_WIDTH ? NAME_WIDTH
                                                  : MIN (NAME_MOST, width - REST_WIDTH);
  glong longest = NAME_WIDTH;

  for (guint i = 0; i < rows->len; i++)
    longest = MAX (longest, g_utf8_strlen (((TopRow *)rows->pdata[i])->name, -1));
  return (guint)MIN (longest, (glong)most);
}

/* Cut to @width columns, which the last one shows, and filled up to it. */
static char *
fit_name (const char *name, guint width)
{
  glong length = g_utf8_strlen (name, -1);
  g_autofree char *cut = NULL;

  if (length <= (glong)width)
    return g_strdup_printf ("%s%*s", name, (int)((glong)width - length), "");
  cut = g_utf8_substring (name, 0, (glong)width - 1);
  return g_strconcat (cut, "+", NULL);
}

static char *
line_of (const TopRow *row, guint width)
{
  g_autofree char *name = fit_name (row->name, width);
  g_autofree char *state = g_strdup_printf ("%s%s", row->state, row->is_silent ? " (silent)" : "");
  g_autofree char *cpu = row->cpu >= 0 ? g_strdup_printf ("%.1f", row->cpu) : g_strdup ("-");
  g_autofree char *used = short_size (row->memory_used > 0 ? (double)row->memory_used : -1);
  g_autofree char *most = short_size ((double)row->memory_max);
  g_autofree char *read = short_size (row->disk_read);
  g_autofree char *written = short_size (row->disk_write);
  g_autofree char *received = short_size (row->net_receive);
  g_autofree char *sent = short_size (row->net_transmit);

  return g_strdup_printf ("%s %6s %4u %6s %6s %7s %7s %7s %7s  %s", name, cpu, row->vcpus, used,
                          most, read, written, received, sent, state);
}

static char *
cut_line (char *line, guint width)
{
  char *cut;

  if (width == 0 || g_utf8_strlen (line, -1) <= (glong)width)
    return line;
  cut = g_utf8_substring (line, 0, (glong)width);
  g_free (line);
  return cut;
}

GStrv
top_lines (GPtrArray *rows, guint width)
{
  GStrv lines = g_new0 (char *, rows->len + 2);
  guint name = name_width (rows, width);

  lines[0] = cut_line (g_strdup_printf ("%-*s %6s %4s %6s %6s %7s %7s %7s %7s  %s", (int)name,
                                        "NAME", "CPU%", "CPUS", "MEM", "MAX", "READ/S", "WRITE/S",
                                        "RECV/S", "SEND/S", "STATE"),
                       width);
  for (guint i = 0; i < rows->len; i++)
    lines[i + 1] = cut_line (line_of (rows->pdata[i], name), width);
  return lines;
}

static void
add_rate (JsonObject *object, const char *name, double value)
{
  if (value >= 0)
    json_object_set_double_member (object, name, value);
}

JsonNode *
top_json (GPtrArray *rows)
{
  JsonNode *root = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < rows->len; i++)
    {
      const TopRow *row = rows->pdata[i];
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "name", row->name);
      json_object_set_string_member (object, "state", row->state);
      json_object_set_boolean_member (object, "silent", row->is_silent);
      json_object_set_int_member (object, "vcpus", row->vcpus);
      json_object_set_int_member (object, "memory-used", (gint64)row->memory_used);
      json_object_set_int_member (object, "memory", (gint64)row->memory_max);
      add_rate (object, "cpu", row->cpu);
      add_rate (object, "disk-read", row->disk_read);
      add_rate (object, "disk-write", row->disk_write);
      add_rate (object, "net-receive", row->net_receive);
      add_rate (object, "net-transmit", row->net_transmit);
      json_array_add_object_element (array, object);
    }
  json_node_take_array (root, array);
  return root;
}
