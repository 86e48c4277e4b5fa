/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fields-random.h"

#include "base/bitmap.h"
#include "base/fields-private.h"

#define DEPTH_LIMIT 5

typedef struct
{
  GRand *random;
  guint depth;
} Maker;

static gpointer make (Maker *maker, const RoostPlan *plan);

static gboolean
chance (const Maker *maker, guint percent)
{
  return (guint)g_rand_int_range (maker->random, 0, 100) < percent;
}

static guint64
number (const Maker *maker)
{
  guint64 bits = (guint64)g_rand_int (maker->random) << 32 | g_rand_int (maker->random);

  return bits >> g_rand_int_range (maker->random, 0, 64);
}

static char *
random_string (const Maker *maker, gboolean may_be_empty)
{
  static const char *const pieces[] = { "a",
                                        "B",
                                        "0",
                                        " ",
                                        "\n",
                                        "\t",
                                        "\r",
                                        "<",
                                        ">",
                                        "&",
                                        "'",
                                        "\"",
                                        "]]>",
                                        "&#38;",
                                        "--",
                                        "/",
                                        "=",
                                        "\xc3\xa4",
                                        "\xf0\x9f\x90\x93",
                                        "\xef\xbf\xbd",
                                        "\x7f" };
  GString *text = g_string_new (may_be_empty ? NULL : "x");
  gint32 n = g_rand_int_range (maker->random, 0, 12);

  for (gint32 i = 0; i < n; i++)
    g_string_append (text, pieces[g_rand_int_range (maker->random, 0, G_N_ELEMENTS (pieces))]);
  return g_string_free (text, FALSE);
}

static char *
random_hex (const Maker *maker, const char *shape)
{
  char *text = g_strdup (shape);

  for (char *at = text; *at != '\0'; at++)
    if (*at == 'x')
      *at = "0123456789abcdef"[g_rand_int_range (maker->random, 0, 16)];
  return text;
}

static RoostUint
random_uint (const Maker *maker, const RoostField *field, guint64 step)
{
  guint64 max = field->max != 0 ? field->max : G_MAXUINT64 / 2;
  guint64 value = number (maker);

  if (value < field->min || value > max)
    value = chance (maker, 50) ? field->min : max;
  return (RoostUint){ value - value % step, TRUE };
}

static RoostBitmap *
random_bitmap (const Maker *maker)
{
  RoostBitmap *bitmap = roost_bitmap_new ();

  for (gint32 i = g_rand_int_range (maker->random, 1, 8); i > 0; i--)
    roost_bitmap_set (bitmap, (guint)g_rand_int_range (maker->random, 0, 200), TRUE);
  return bitmap;
}

/* Nobody knows what a custom row takes: try some. */
static void
random_custom (const Maker *maker, const RoostField *field, gpointer member)
{
  static const char *const guesses[] = { "1",    "tcp/22", "yes", "0x1", "a",  "none",
                                         "host", "5900",   "1.2", "10",  "/a", "1-2" };

  for (guint i = 0; i < 40; i++)
    if (field->custom->parse (field, member,
                              guesses[g_rand_int_range (maker->random, 0, G_N_ELEMENTS (guesses))],
                              NULL))
      return;
}

static char *
random_xml (const Maker *maker, const RoostPlanRow *row)
{
  guint n = (guint)g_rand_int_range (maker->random, 0, 100);

  if (row == row->node->xmlns)
    return g_strdup_printf (" xmlns:n%u=\"urn:'%u'\" xmlns:z='&amp;'", n, n);
  if (row == row->node->foreign)
    return g_strdup_printf ("<n:a xmlns:n='urn:%u'/><b xmlns='urn:b'> </b>", n);
  return g_strdup_printf ("<%s a = \"%u\" >\n<x>&lt;<!-- - --></x><![CDATA[<]]></%s >",
                          row->node->name, n, row->node->name);
}

static gpointer
random_list (Maker *maker, const RoostPlan *plan)
{
  GPtrArray *list = g_ptr_array_new ();

  for (gint32 i = g_rand_int_range (maker->random, 1, 4); i > 0; i--)
    g_ptr_array_add (list, make (maker, plan));
  return list;
}

static guint
n_names (const char *const *names)
{
  guint n = 0;

  while (names[n] != NULL)
    n++;
  return n;
}

static guint64
unit_of (const RoostField *field)
{
  RoostUint one = { 0 };

  g_assert_true (roost_value_parse (&(RoostField){ .kind = ROOST_FIELD_SIZE, .unit = field->unit },
                                    &one, "1", NULL, NULL));
  return one.value;
}

static void
fill (Maker *maker, const RoostPlanRow *row, gpointer member)
{
  const RoostField *field = row->field;

  switch ((int)field->kind)
    {
    case ROOST_FIELD_STRING:
      *(char **)member = random_string (maker, row->attr != NULL);
      break;
    case ROOST_FIELD_FLAG:
      *(gboolean *)member = TRUE;
      break;
    case ROOST_FIELD_YES_NO:
    case ROOST_FIELD_ON_OFF:
      *(RoostTristate *)member = chance (maker, 50) ? ROOST_YES : ROOST_NO;
      break;
    case ROOST_FIELD_UINT:
      *(RoostUint *)member = random_uint (maker, field, 1);
      break;
    case ROOST_FIELD_SIZE:
      *(RoostUint *)member = random_uint (maker, field, unit_of (field));
      break;
    case ROOST_FIELD_INT:
      *(RoostInt *)member = (RoostInt){ (gint64)number (maker) - G_MAXINT32, TRUE };
      break;
    case ROOST_FIELD_ENUM:
      *(int *)member = g_rand_int_range (maker->random, 1, (gint32)n_names (field->names));
      break;
    case ROOST_FIELD_UUID:
      *(char **)member = random_hex (maker, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
      break;
    case ROOST_FIELD_MAC:
      *(char **)member = random_hex (maker, "xx:xx:xx:xx:xx:xx");
      break;
    case ROOST_FIELD_BITMAP:
      *(RoostBitmap **)member = random_bitmap (maker);
      break;
    case ROOST_FIELD_XML:
      *(char **)member = random_xml (maker, row);
      break;
    case ROOST_FIELD_CUSTOM:
      random_custom (maker, field, member);
      break;
    case ROOST_FIELD_STRUCT:
      *(gpointer *)member = make (maker, row->plan);
      break;
    default:
      *(gpointer *)member = random_list (maker, row->plan);
    }
}

/* Would a value here bring an element along whose flag says that it is not there, or stand beside
 * the text or the elements of one that can have only one of both? */
static gboolean
is_excluded (const RoostPlan *plan, const RoostPlanRow *row, gconstpointer object)
{
  for (const RoostPlanNode *node = row->node; node != NULL; node = node->parent)
    {
      const RoostPlanRow *flag = node->element;

      if (flag != NULL && flag != row && flag->field->kind == ROOST_FIELD_FLAG
          && !roost_value_is_set (flag->field, ROOST_MEMBER (object, flag)))
        return TRUE;
      if (node->text != NULL && node->text != row && node != row->node
          && roost_value_is_set (node->text->field, ROOST_MEMBER (object, node->text)))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_wanted (const Maker *maker, const RoostPlan *plan, const RoostPlanRow *row, gpointer object)
{
  const RoostPlanStep step = { row, (guint)row->offset,
                               row->plan != NULL ? ROOST_CHECK_POINTER : ROOST_CHECK_NEVER };
  gboolean is_set = row->plan != NULL ? roost_plan_step_is_set (&step, object)
                                      : roost_value_is_set (row->field, ROOST_MEMBER (object, row));

  if (is_set || is_excluded (plan, row, object))
    return FALSE;
  if ((row->flags & ROOST_FIELD_REQUIRED) != 0)
    return TRUE;
  return (row->plan == NULL || maker->depth < DEPTH_LIMIT) && chance (maker, row->is_key ? 80 : 30);
}

static void
fill_rows (Maker *maker, const RoostPlan *plan, gboolean only_keys, gpointer object)
{
  for (guint i = 0; i < plan->in_order->len; i++)
    {
      const RoostPlanRow *row = g_array_index (plan->in_order, RoostPlanStep, i).row;

      if ((only_keys && !row->is_key) || !roost_plan_row_applies (row, object))
        continue;
      if (is_wanted (maker, plan, row, object))
        fill (maker, row, ROOST_MEMBER (object, row));
    }
}

static gpointer
make (Maker *maker, const RoostPlan *plan)
{
  gpointer object = g_malloc0 (plan->type->size);

  maker->depth++;
  fill_rows (maker, plan, TRUE, object);
  fill_rows (maker, plan, FALSE, object);
  maker->depth--;
  return object;
}

gpointer
fields_random_new (const RoostType *type, GRand *random)
{
  Maker maker = { random, 0 };

  return make (&maker, roost_plan_get (type));
}
