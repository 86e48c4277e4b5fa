/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the programs of the storage say: the first byte chooses who says it. */
#include "fuzz.h"

#include "base/error.h"
#include "model/pool-config.h"
#include "storage/answers.h"
#include "storage/backend-tools.h"
#include "storage/iscsi-record.h"
#include "storage/partitions.h"

#include <string.h>

#define DATASET "tank/vms"
#define TARGET  "iqn.2024-01.org.roost:disks"
#define SIZE    ((guint64)4 * 1024 * 1024)

static void
add_name (const char *name, gconstpointer data, GString *out)
{
  g_autofree char *text = g_markup_printf_escaped ("<name>%s</name>", name);

  g_string_append (out, text);
}

static void
check_error (gboolean good, GError *const *where)
{
  const GError *error = *where;

  g_assert (good == (error == NULL));
  g_assert (good || g_error_matches (error, ROOST_ERROR, ROOST_ERROR_STORAGE));
  g_assert (good || g_utf8_validate (error->message, -1, NULL));
}

/* As a pool takes it: no name leaves it, and all can be shown. */
static void
take_list (GPtrArray *answers, GError *const *error)
{
  g_auto (RoostScan) scan = { 0 };
  g_autofree char *xml = NULL;

  check_error (answers != NULL, error);
  if (answers == NULL)
    return;
  roost_scan_begin (&scan);
  for (guint i = 0; i < answers->len; i++)
    {
      const RoostAnswer *answer = answers->pdata[i];

      g_assert (answer->size <= G_MAXINT64 && answer->used <= G_MAXINT64);
      if (roost_scan_add (&scan, answer->name, NULL, ROOST_VOLUME_TYPE_BLOCK, answer->size) != NULL)
        roost_scan_count (&scan, answer->size);
    }
  g_assert (scan.space.capacity == scan.space.allocation);
  for (guint i = 0; i < scan.volumes->len; i++)
    {
      const RoostVolume *volume = scan.volumes->pdata[i];

      g_assert (roost_storage_name_check ("volume", volume->name, NULL));
      g_assert (scan.space.capacity >= volume->capacity);
    }
  xml = roost_sources (answers, add_name, NULL);
  g_assert (roost_xml_can_hold (xml));
}

static void
take_space (gboolean good, const RoostSpace *space, GError *const *error)
{
  check_error (good, error);
  g_assert (!good || space->allocation <= space->capacity);
}

/* A new partition lies in what is free. */
static void
take_parts (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) parts = roost_parts_read (text, &error);
  guint64 start, number;
  guint n_holding = 0;

  check_error (parts != NULL, &error);
  if (parts == NULL || !roost_parts_find_room (parts, SIZE, &start, &number))
    return;
  for (guint i = 0; i < parts->len; i++)
    {
      const RoostPart *part = &g_array_index (parts, RoostPart, i);

      n_holding += part->is_free && start >= part->start && start + SIZE - 1 <= part->end;
      g_assert (part->is_free || part->number != number);
    }
  g_assert (n_holding > 0);
}

/* Who changes it once more changes nothing. */
static void
take_record (const char *text)
{
  g_autofree char *once = roost_iscsi_record_change (text, "joe", "secret");
  g_autofree char *twice = roost_iscsi_record_change (once, "joe", "secret");

  g_assert (g_str_equal (once, twice));
  g_assert (strstr (once, "node.session.auth.password = secret\n") != NULL);
}

static void
take_mounts (const char *text)
{
  g_autofree char *source = roost_answer_mounted (text, "/srv/images");

  g_assert (source == NULL || strstr (text, "/srv/images") != NULL || strchr (text, '\\') != NULL);
}

/* Those that cannot fail. */
static GPtrArray *
read_names (char kind, const char *text)
{
  if (kind == 'G')
    return roost_answers_iscsi_ls (text, TARGET);
  if (kind == 'H')
    return roost_answers_iscsiadm (text);
  if (kind == 'I')
    return roost_answers_dmsetup (text);
  return kind == 'J' ? roost_answers_showmount (text) : roost_answers_lines (text);
}

static void
take (char kind, const char *text)
{
  g_autoptr (GError) error = NULL;
  RoostSpace space = { 0 };

  if (kind == 'A')
    take_list (roost_answers_lvs (text, &error), &error);
  else if (kind == 'B')
    take_space (roost_answer_vgs (text, &space, &error), &space, &error);
  else if (kind == 'C')
    take_list (roost_answers_rbd (text, &error), &error);
  else if (kind == 'D')
    take_list (roost_answers_zfs (text, DATASET, &error), &error);
  else if (kind == 'E')
    take_space (roost_answer_zfs_space (text, &space, &error), &space, &error);
  else if (kind == 'F')
    take_list (roost_answers_nbd (text, &error), &error);
  else if (kind <= 'K')
    take_list (read_names (kind, text), &error);
  else if (kind == 'L')
    check_error (roost_answer_capacity (text, &space.capacity, &error), &error);
  else if (kind == 'M')
    take_parts (text);
  else if (kind == 'N')
    take_record (text);
  else
    take_mounts (text);
}

#define N_KINDS ('O' - 'A' + 1)

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = NULL;

  if (size == 0)
    return 0;
  text = g_strndup ((const char *)data + 1, size - 1);
  take ((char)('A' + (uint8_t)(data[0] - 'A') % N_KINDS), text);
  return 0;
}
