/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields-private.h"

#include "base/bitmap.h"
#include "base/error.h"

#include <inttypes.h>
#include <string.h>

/* Names of an enum that an error still lists. */
#define FEW_NAMES 16

void
roost_value_text_clear (RoostValueText *text)
{
  g_clear_pointer (&text->allocated, g_free);
}

gboolean
roost_value_is_text (RoostFieldKind kind)
{
  return kind != ROOST_FIELD_FLAG && kind != ROOST_FIELD_STRUCT && kind != ROOST_FIELD_EMBED
         && kind != ROOST_FIELD_LIST && kind != ROOST_FIELD_XML;
}

/* --- numbers --- */

/* Reads decimal digits or 0x…, with white space around. FALSE: there is something else. */
static gboolean
read_digits (const char *text, guint64 *out, gboolean *out_overflow)
{
  const char *digits;
  char *end;

  while (g_ascii_isspace (*text))
    text++;
  digits = text;
  if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
    digits = text + 2;
  if (!(digits == text ? g_ascii_isdigit (*digits) : g_ascii_isxdigit (*digits)))
    return FALSE;
  errno = 0;
  *out = g_ascii_strtoull (digits, &end, digits == text ? 10 : 16);
  *out_overflow = errno == ERANGE;
  while (g_ascii_isspace (*end))
    end++;
  return *end == '\0';
}

static gboolean
parse_number (const char *text, guint64 *out, GError **error)
{
  gboolean overflow;

  if (!read_digits (text, out, &overflow))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is not a whole number >= 0",
                        text);
  if (overflow)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is too large", text);
  return TRUE;
}

static gboolean
check_bounds (const RoostField *field, guint64 value, const char *text, GError **error)
{
  if (field->min == 0 && field->max == 0)
    return TRUE;
  if (value < field->min || (field->max != 0 && value > field->max))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        field->max == 0 ? "'%s' is less than %" PRIu64
                                        : "'%s' is not within %" PRIu64 " and %" PRIu64,
                        text, field->min, field->max);
  return TRUE;
}

static gboolean
parse_uint (const RoostField *field, RoostUint *member, const char *text, GError **error)
{
  guint64 value;

  if (!parse_number (text, &value, error) || !check_bounds (field, value, text, error))
    return FALSE;
  *member = (RoostUint){ value, TRUE };
  return TRUE;
}

static gboolean
parse_int (RoostInt *member, const char *text, GError **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  char *end;
  gint64 value;

  errno = 0;
  value = g_ascii_strtoll (trimmed, &end, 10);
  if (end == trimmed || *end != '\0')
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is not a whole number", text);
  if (errno == ERANGE)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is too large", text);
  *member = (RoostInt){ value, TRUE };
  return TRUE;
}

/* Bytes in one @unit, 0 when there is no such unit. "k" and "KiB" count by 1024, "KB" by 1000. */
static guint64
unit_bytes (const char *unit)
{
  static const char letters[] = "kmgtpe";
  const char *letter;
  guint64 base, bytes = 1;

  if (unit[0] == '\0')
    return 0;
  if (g_ascii_strcasecmp (unit, "b") == 0 || g_ascii_strcasecmp (unit, "bytes") == 0)
    return 1;
  letter = strchr (letters, g_ascii_tolower (unit[0]));
  if (letter == NULL)
    return 0;
  if (unit[1] == '\0' || g_ascii_strcasecmp (unit + 1, "iB") == 0)
    base = 1024;
  else if (g_ascii_strcasecmp (unit + 1, "B") == 0)
    base = 1000;
  else
    return 0;
  for (const char *l = letters; l <= letter; l++)
    bytes *= base;
  return bytes;
}

static gboolean
parse_size (
    const RoostField *field, RoostUint *member, const char *text, const char *unit, GError **error)
{
  guint64 own = unit_bytes (roost_field_shown_unit (field));
  guint64 given = unit_bytes (unit != NULL ? unit : field->unit);
  guint64 value;

  if (given == 0)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the unit '%s' is none of bytes, KB, KiB, MB, MiB, GB, GiB, TB, TiB, PB, "
                        "PiB, EB, EiB",
                        unit);
  if (!parse_number (text, &value, error))
    return FALSE;
  if (!g_uint64_checked_mul (&value, value, given)
      || !g_uint64_checked_add (&value, value, own - 1))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is too large", text);
  value -= value % own;
  if (!check_bounds (field, value, text, error))
    return FALSE;
  *member = (RoostUint){ value, TRUE };
  return TRUE;
}

/* --- words --- */

#define WHITE " \t\r\n"

/* Returns: the length of @text without the white space at its end */
static gsize
trimmed_length (const char *text)
{
  gsize length = strlen (text);

  while (length > 0 && strchr (WHITE, text[length - 1]) != NULL)
    length--;
  return length;
}

static char *
names_list (const char *const *names)
{
  GString *list = g_string_new (NULL);

  for (guint i = 1; names[i] != NULL; i++)
    g_string_append_printf (list, "%s'%s'", i == 1 ? "" : ", ", names[i]);
  return g_string_free (list, FALSE);
}

static gboolean
parse_enum (const char *const *names, int *member, const char *text, GError **error)
{
  g_autofree char *list = NULL;
  gsize length;
  guint n;

  text += strspn (text, WHITE);
  length = trimmed_length (text);
  for (n = 1; names[n] != NULL; n++)
    if (strncmp (names[n], text, length) == 0 && names[n][length] == '\0')
      {
        *member = (int)n;
        return TRUE;
      }
  if (n > FEW_NAMES)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is not a known value", text);
  list = names_list (names);
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is not one of %s", text, list);
}

static const char *const yes_no[] = { "", "yes", "no", NULL };
static const char *const on_off[] = { "", "on", "off", NULL };
G_STATIC_ASSERT (ROOST_YES == 1 && ROOST_NO == 2);

static gboolean
parse_tristate (const char *const *names, RoostTristate *member, const char *text, GError **error)
{
  int index;

  if (!parse_enum (names, &index, text, error))
    return FALSE;
  *member = (RoostTristate)index;
  return TRUE;
}

static gboolean
parse_uuid (char **member, const char *text, GError **error)
{
  g_autofree char *trimmed = g_strstrip (g_ascii_strdown (text, -1));
  GString *uuid = g_string_sized_new (36);
  gboolean is_good = TRUE;
  const char *at;

  for (at = trimmed; *at != '\0' && is_good; at++)
    if (*at == '-')
      is_good = uuid->len > 0 && at[-1] != '-' && at[1] != '\0';
    else
      {
        is_good = g_ascii_isxdigit (*at) && uuid->len < 36;
        if (uuid->len == 8 || uuid->len == 13 || uuid->len == 18 || uuid->len == 23)
          g_string_append_c (uuid, '-');
        g_string_append_c (uuid, *at);
      }
  is_good = is_good && uuid->len == 36;
  g_free (*member);
  *member = g_string_free (uuid, !is_good);
  return is_good
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is not a UUID of 32 hex digits",
                         text);
}

static gboolean
parse_mac (char **member, const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", -1);
  guint64 bytes[6];
  gboolean is_good = g_strv_length (parts) == G_N_ELEMENTS (bytes);

  for (guint i = 0; is_good && i < G_N_ELEMENTS (bytes); i++)
    is_good = g_ascii_isxdigit (parts[i][0])
              && g_ascii_string_to_unsigned (parts[i], 16, 0, 255, &bytes[i], NULL);
  if (!is_good)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "'%s' is not a MAC address such as '52:54:00:12:34:56'", text);
  g_free (*member);
  *member = g_strdup_printf ("%02x:%02x:%02x:%02x:%02x:%02x", (guint)bytes[0], (guint)bytes[1],
                             (guint)bytes[2], (guint)bytes[3], (guint)bytes[4], (guint)bytes[5]);
  return TRUE;
}

static gboolean
parse_bitmap (RoostBitmap **member, const char *text, GError **error)
{
  RoostBitmap *bitmap = roost_bitmap_parse (text, error);

  if (bitmap == NULL)
    return FALSE;
  roost_bitmap_free (*member);
  *member = bitmap;
  return TRUE;
}

gboolean
roost_value_parse (
    const RoostField *field, gpointer member, const char *text, const char *unit, GError **error)
{
  switch (field->kind)
    {
    case ROOST_FIELD_STRING:
      g_free (*(char **)member);
      *(char **)member = g_strdup (text);
      return TRUE;
    case ROOST_FIELD_YES_NO:
      return parse_tristate (yes_no, member, text, error);
    case ROOST_FIELD_ON_OFF:
      return parse_tristate (on_off, member, text, error);
    case ROOST_FIELD_UINT:
      return parse_uint (field, member, text, error);
    case ROOST_FIELD_INT:
      return parse_int (member, text, error);
    case ROOST_FIELD_SIZE:
      return parse_size (field, member, text, unit, error);
    case ROOST_FIELD_ENUM:
      return parse_enum (field->names, member, text, error);
    case ROOST_FIELD_UUID:
      return parse_uuid (member, text, error);
    case ROOST_FIELD_MAC:
      return parse_mac (member, text, error);
    case ROOST_FIELD_BITMAP:
      return parse_bitmap (member, text, error);
    case ROOST_FIELD_CUSTOM:
      return field->custom->parse (field, member, text, error);
    case ROOST_FIELD_FLAG:
    case ROOST_FIELD_STRUCT:
    case ROOST_FIELD_EMBED:
    case ROOST_FIELD_LIST:
    case ROOST_FIELD_XML:
    case ROOST_FIELD_STRINGS:
    default:
      g_assert_not_reached ();
    }
}

/* --- back to text --- */

static const char *
uint_text (const RoostField *field, const RoostUint *member, RoostValueText *space)
{
  if (!member->is_set)
    return NULL;
  if (field->hex_digits > 0)
    g_snprintf (space->buffer, sizeof space->buffer, "0x%0*" PRIx64,
                (int)MIN (field->hex_digits, 32), member->value);
  else
    g_snprintf (space->buffer, sizeof space->buffer, "%" PRIu64, member->value);
  return space->buffer;
}

static const char *
size_text (const RoostField *field, const RoostUint *member, RoostValueText *space)
{
  guint64 unit = unit_bytes (roost_field_shown_unit (field));

  if (!member->is_set)
    return NULL;
  g_snprintf (space->buffer, sizeof space->buffer, "%" PRIu64,
              member->value / unit + (member->value % unit != 0));
  return space->buffer;
}

static const char *
int_text (const RoostInt *member, RoostValueText *space)
{
  if (!member->is_set)
    return NULL;
  g_snprintf (space->buffer, sizeof space->buffer, "%" PRId64, member->value);
  return space->buffer;
}

static const char *
bitmap_text (const RoostBitmap *bitmap, RoostValueText *space)
{
  if (roost_bitmap_count (bitmap) == 0)
    return NULL;
  return space->allocated = roost_bitmap_format (bitmap);
}

static const char *
name_of (const char *const *names, int index)
{
  return index > 0 ? names[index] : NULL;
}

const char *
roost_value_text (const RoostField *field, gconstpointer member, RoostValueText *space)
{
  switch (field->kind)
    {
    case ROOST_FIELD_STRING:
    case ROOST_FIELD_UUID:
    case ROOST_FIELD_MAC:
    case ROOST_FIELD_XML:
      return *(char *const *)member;
    case ROOST_FIELD_FLAG:
      return *(const gboolean *)member ? "present" : NULL;
    case ROOST_FIELD_YES_NO:
      return name_of (yes_no, (int)*(const RoostTristate *)member);
    case ROOST_FIELD_ON_OFF:
      return name_of (on_off, (int)*(const RoostTristate *)member);
    case ROOST_FIELD_UINT:
      return uint_text (field, member, space);
    case ROOST_FIELD_INT:
      return int_text (member, space);
    case ROOST_FIELD_SIZE:
      return size_text (field, member, space);
    case ROOST_FIELD_ENUM:
      return name_of (field->names, *(const int *)member);
    case ROOST_FIELD_BITMAP:
      return bitmap_text (*(RoostBitmap *const *)member, space);
    case ROOST_FIELD_CUSTOM:
      return space->allocated = field->custom->format (field, member);
    case ROOST_FIELD_STRUCT:
    case ROOST_FIELD_EMBED:
    case ROOST_FIELD_LIST:
    case ROOST_FIELD_STRINGS:
    default:
      g_assert_not_reached ();
    }
}

gboolean
roost_value_is_set (const RoostField *field, gconstpointer member)
{
  g_auto (RoostValueText) space = { 0 };

  if (field->kind == ROOST_FIELD_STRUCT || field->kind == ROOST_FIELD_LIST
      || field->kind == ROOST_FIELD_STRINGS)
    return *(const gconstpointer *)member != NULL;
  return roost_value_text (field, member, &space) != NULL;
}

/* --- memory --- */

static gsize
plain_size (RoostFieldKind kind)
{
  switch ((int)kind)
    {
    case ROOST_FIELD_FLAG:
      return sizeof (gboolean);
    case ROOST_FIELD_YES_NO:
    case ROOST_FIELD_ON_OFF:
      return sizeof (RoostTristate);
    case ROOST_FIELD_UINT:
    case ROOST_FIELD_SIZE:
      return sizeof (RoostUint);
    case ROOST_FIELD_INT:
      return sizeof (RoostInt);
    case ROOST_FIELD_ENUM:
      return sizeof (int);
    default:
      return 0;
    }
}

void
roost_value_clear (const RoostField *field, gpointer member)
{
  if (field->kind == ROOST_FIELD_BITMAP)
    g_clear_pointer ((RoostBitmap **)member, roost_bitmap_free);
  else if (field->kind == ROOST_FIELD_STRINGS)
    g_clear_pointer ((GStrv *)member, g_strfreev);
  else if (field->kind != ROOST_FIELD_CUSTOM && plain_size (field->kind) == 0)
    g_clear_pointer ((char **)member, g_free);
  else if (field->kind != ROOST_FIELD_CUSTOM)
    memset (member, 0, plain_size (field->kind));
  else if (field->custom->clear != NULL)
    field->custom->clear (member);
}

static void
copy_custom (const RoostField *field, gpointer member, gconstpointer from)
{
  g_autofree char *text = NULL;

  if (field->custom->copy != NULL)
    {
      field->custom->copy (member, from);
      return;
    }
  text = field->custom->format (field, from);
  if (text != NULL && !field->custom->parse (field, member, text, NULL))
    g_critical ("%s: '%s' is formatted but not understood", field->path, text);
}

void
roost_value_copy (const RoostField *field, gpointer member, gconstpointer from)
{
  if (field->kind == ROOST_FIELD_CUSTOM)
    copy_custom (field, member, from);
  else if (plain_size (field->kind) > 0)
    memcpy (member, from, plain_size (field->kind));
  else if (*(const gconstpointer *)from == NULL)
    return;
  else if (field->kind == ROOST_FIELD_BITMAP)
    *(RoostBitmap **)member = roost_bitmap_copy (*(RoostBitmap *const *)from);
  else
    *(char **)member = g_strdup (*(char *const *)from);
}

gboolean
roost_value_equal (const RoostField *field, gconstpointer a, gconstpointer b)
{
  g_auto (RoostValueText) space_a = { 0 };
  g_auto (RoostValueText) space_b = { 0 };

  if (field->kind == ROOST_FIELD_CUSTOM && field->custom->equal != NULL)
    return field->custom->equal (a, b);
  if (field->kind == ROOST_FIELD_BITMAP)
    return roost_bitmap_equal (*(RoostBitmap *const *)a, *(RoostBitmap *const *)b);
  return g_strcmp0 (roost_value_text (field, a, &space_a), roost_value_text (field, b, &space_b))
         == 0;
}
