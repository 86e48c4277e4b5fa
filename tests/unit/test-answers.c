/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the programs of the storage say: as the real ones said it, and as none should. That of zfs
 * and of rbd is written after their manuals. */

#include "base/error.h"
#include "storage/answers.h"
#include "storage/backend-tools.h"
#include "storage/iscsi-record.h"
#include "storage/partitions.h"

#include <string.h>

/* "NAME=SIZE NAME=SIZE/USED …", or the error. Takes @answers. */
static void
expect (GPtrArray *answers, const GError *error, const char *wanted)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; answers != NULL && i < answers->len; i++)
    {
      const RoostAnswer *answer = answers->pdata[i];

      g_string_append_printf (text, "%s%s=%" G_GUINT64_FORMAT, i > 0 ? " " : "", answer->name,
                              answer->size);
      if (answer->has_used)
        g_string_append_printf (text, "/%" G_GUINT64_FORMAT, answer->used);
    }
  if (error != NULL)
    {
      g_assert_error (error, ROOST_ERROR, ROOST_ERROR_STORAGE);
      g_assert_null (answers);
      g_string_assign (text, error->message);
    }
  g_assert_cmpstr (text->str, ==, wanted);
  g_clear_pointer (&answers, g_ptr_array_unref);
}

#define EXPECT(reader, text, wanted)                                                               \
  {                                                                                                \
    g_autoptr (GError) error = NULL;                                                               \
    GPtrArray *answers = reader (text, &error);                                                    \
                                                                                                   \
    expect (answers, error, wanted);                                                               \
  }

/* A volume, its snapshot, one in a thin pool, the pool. */
#define LVS_REAL                                                                                   \
  "  {\n      \"report\": [\n          {\n              \"lv\": [\n"                               \
  "                  {\"lv_name\":\"one\", \"lv_size\":\"8388608\", "                              \
  "\"lv_attr\":\"owi-a-s---\"},\n"                                                                 \
  "                  {\"lv_name\":\"snap\", \"lv_size\":\"4194304\", "                             \
  "\"lv_attr\":\"swi-a-s---\"},\n"                                                                 \
  "                  {\"lv_name\":\"thin\", \"lv_size\":\"33554432\", "                            \
  "\"lv_attr\":\"Vwi-a-tz--\"},\n"                                                                 \
  "                  {\"lv_name\":\"thinpool\", \"lv_size\":\"8388608\", "                         \
  "\"lv_attr\":\"twi-aotz--\"}\n              ]\n          }\n      ]\n  }\n"

#define VGS_REAL                                                                                   \
  "  {\n      \"report\": [\n          {\n              \"vg\": [\n                  "             \
  "{\"vg_size\":\"96468992\", \"vg_free\":\"67108864\"}\n              ]\n          }\n"           \
  "      ]\n  }\n"

/* The end of each name is padded in a list of several. */
#define VGS_NAMES_REAL "  odd+vg\n  vg0   \n"
#define DMSETUP_REAL   "mp a\t(254, 9)\nmpatha\t(254, 10)\n"
#define DISCOVERY_REAL                                                                             \
  "127.0.0.1:3260,1 iqn.2024-01.org.roost:disks\n127.0.0.1:3260,1 iqn.2024-01.org.roost:more\n"
#define SESSION_REAL   "tcp: [1] 127.0.0.1:3260,1 iqn.2024-01.org.roost:disks (non-flash)\n"
#define SHOWMOUNT_REAL "/tmp/e   (everyone)\n/tmp/e b 127.0.0.1\n"

/* The head and the end of a longer one. */
#define RECORD_REAL                                                                                \
  "# BEGIN RECORD 2.1.8\nnode.name = iqn.2024-01.org.roost:more\nnode.tpgt = 1\n"                  \
  "node.session.auth.authmethod = None\nnode.session.auth.chap_algs = MD5\n"                       \
  "node.conn[0].iscsi.OFMarker = No\n# END RECORD\n"

/* One row in the shape of LVM's reports. */
#define LV_ROW(row) "{\"report\":[{\"lv\":[" row "]}]}"
#define VG_ROW(row) "{\"report\":[{\"vg\":[" row "]}]}"

static void
test_lvs (void)
{
  g_autofree char *deep = g_strnfill (1000, '[');

  EXPECT (roost_answers_lvs, LVS_REAL, "one=8388608 snap=4194304 thin=33554432");
  EXPECT (roost_answers_lvs, LV_ROW (""), "");
  EXPECT (roost_answers_lvs, "", "lvs: not JSON: nothing there");
  EXPECT (roost_answers_lvs, deep, "lvs: JSON is nested deeper than 512 levels");
  EXPECT (roost_answers_lvs, "\"\xff\"", "lvs: not JSON: not UTF-8");
  EXPECT (roost_answers_lvs, "[]", "lvs: its answer has no list report[0].lv");
  EXPECT (roost_answers_lvs, "{\"report\":\"odd\"}", "lvs: its answer has no list report[0].lv");
  EXPECT (roost_answers_lvs, LV_ROW ("7"), "lvs: row 1 of its answer has no text 'lv_name'");
  EXPECT (roost_answers_lvs, LV_ROW ("{\"lv_name\":\"a\"}"),
          "lvs: row 1 of its answer has no text 'lv_attr'");
  EXPECT (roost_answers_lvs, LV_ROW ("{\"lv_name\":\"a\",\"lv_attr\":\"-\",\"lv_size\":\"-1\"}"),
          "lvs: its answer is not a number of bytes in lv_size: '-1'");
  EXPECT (roost_answers_lvs, LV_ROW ("{\"lv_name\":\"a\",\"lv_attr\":\"-\",\"lv_size\":\"8g\"}"),
          "lvs: its answer is not a number of bytes in lv_size: '8g'");
  EXPECT (roost_answers_lvs, LV_ROW ("{\"lv_name\":\"a\",\"lv_attr\":\"-\",\"lv_size\":8}"),
          "lvs: its answer is not a number of bytes in lv_size: ''");
  EXPECT (roost_answers_lvs,
          LV_ROW ("{\"lv_name\":\"a\",\"lv_attr\":\"\",\"lv_size\":\"9223372036854775808\"}"),
          "lvs: its answer is not a number of bytes in lv_size: '9223372036854775808'");
}

static void
expect_space (gboolean good, const RoostSpace *space, const GError *error, const char *wanted)
{
  g_autofree char *text =
      good ? g_strdup_printf ("%" G_GUINT64_FORMAT "=%" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT,
                              space->capacity, space->allocation, space->available)
           : g_strdup (error->message);

  g_assert_true (good == (error == NULL));
  g_assert_cmpstr (text, ==, wanted);
}

#define EXPECT_SPACE(reader, text, wanted)                                                         \
  {                                                                                                \
    g_autoptr (GError) error = NULL;                                                               \
    RoostSpace space = { 0 };                                                                      \
    gboolean good = reader (text, &space, &error);                                                 \
                                                                                                   \
    expect_space (good, &space, error, wanted);                                                    \
  }

static void
test_space (void)
{
  EXPECT_SPACE (roost_answer_vgs, VGS_REAL, "96468992=29360128+67108864");
  EXPECT_SPACE (roost_answer_vgs, VG_ROW (""), "vgs: its answer names no volume group");
  EXPECT_SPACE (roost_answer_vgs, "{}", "vgs: its answer has no list report[0].vg");
  EXPECT_SPACE (roost_answer_vgs, VG_ROW ("{\"vg_size\":\"1\",\"vg_free\":\"2\"}"), "1=0+2");
  EXPECT_SPACE (roost_answer_vgs, VG_ROW ("{\"vg_size\":\"1\"}"),
                "vgs: its answer is not a number of bytes in vg_free: ''");
  EXPECT_SPACE (roost_answer_zfs_space, "106496\t99999744\n", "100106240=106496+99999744");
  EXPECT_SPACE (roost_answer_zfs_space, "9223372036854775807\t9223372036854775807",
                "18446744073709551614=9223372036854775807+9223372036854775807");
  EXPECT_SPACE (roost_answer_zfs_space, "",
                "zfs: its answer is not the bytes used and available: ''");
  EXPECT_SPACE (roost_answer_zfs_space, "5\n",
                "zfs: its answer is not the bytes used and available: ''");
  EXPECT_SPACE (roost_answer_zfs_space, "-\t5",
                "zfs: its answer is not the bytes used and available: '-'");
}

static void
test_rbd (void)
{
  EXPECT (roost_answers_rbd,
          "[{\"image\":\"a\",\"id\":\"10ab\",\"size\":8388608,\"format\":2},{\"image\":\"a\","
          "\"id\":\"10ab\",\"snapshot\":\"s\",\"size\":8388608,\"format\":2,\"protected\":"
          "\"false\"},{\"image\":\"b/..\",\"size\":4}]",
          "a=8388608 b/..=4");
  EXPECT (roost_answers_rbd, "[]", "");
  EXPECT (roost_answers_rbd, "{}", "rbd: its answer is no list of images");
  EXPECT (roost_answers_rbd, "[\"a\"]", "rbd: row 1 of its answer has no text 'image'");
  EXPECT (roost_answers_rbd, "[{\"image\":\"a\",\"size\":1},{\"image\":\"b\",\"size\":-1}]",
          "rbd: row 2 of its answer has no size");
  EXPECT (roost_answers_rbd, "[{\"image\":\"a\",\"size\":\"1\"}]",
          "rbd: row 1 of its answer has no size");
  EXPECT (roost_answers_rbd, "[{\"image\":\"a\",\"size\":1e99}]",
          "rbd: row 1 of its answer has no size");
}

static GPtrArray *
read_tank (const char *text, GError **error)
{
  return roost_answers_zfs (text, "tank/vms", error);
}

#define NOT_A_ZVOL "zfs: its answer is not a volume of the dataset with its size and what it uses: "

static void
test_zfs (void)
{
  EXPECT (read_tank, "tank/vms/a\t1073741824\t57344\ntank/vms/b\t4096\t0\n",
          "a=1073741824/57344 b=4096/0");
  EXPECT (read_tank, "", "");
  EXPECT (read_tank, "tank/vmsa\t1\t1\n", NOT_A_ZVOL "'tank/vmsa\\t1\\t1'");
  EXPECT (read_tank, "tank\t1\t1\n", NOT_A_ZVOL "'tank\\t1\\t1'");
  EXPECT (read_tank, "tank/vms/a\t1\n", NOT_A_ZVOL "'tank/vms/a\\t1'");
  EXPECT (read_tank, "tank/vms/a\t-\t1\n", NOT_A_ZVOL "'-'");
  EXPECT (read_tank, "tank/vms/a\t1\t99999999999999999999\n", NOT_A_ZVOL "'99999999999999999999'");
  EXPECT (read_tank, "\xff\x01\n", NOT_A_ZVOL "'\\377\\001'");
}

/* A description may have line breaks; the real size follows it. */
static void
test_nbd (void)
{
  EXPECT (roost_answers_nbd,
          "exports available: 2\n export: 'my disk'\n  description: what\n it is\n"
          "  size:  7\n  size:  3145728\n  flags: 0xded ( flush fua trim zeroes df multi cache "
          "fast-zero )\n  min block: 1\n  opt block: 4096\n  max block: 33554432\n"
          "  available meta contexts: 1\n   base:allocation\n export: ''\n  size:  1048576\n",
          "my disk=3145728 =1048576");
  EXPECT (roost_answers_nbd, "exports available: 0\n", "");
  EXPECT (roost_answers_nbd, "  size:  7\n export: '\n export: 'a\n", "");
  EXPECT (roost_answers_nbd, " export: 'a'\n  size:  18446744073709551615\n",
          "qemu-nbd: its answer is not the size of an export: '18446744073709551615'");
}

static GPtrArray *
read_units (const char *text, GError **error)
{
  return roost_answers_iscsi_ls (text, "iqn.2024-01.org.roost:disks");
}

/* Those that leave out what they do not know. */
#define NAMES(name)                                                                                \
  static GPtrArray *read_##name (const char *text, GError **error)                                 \
  {                                                                                                \
    return roost_answers_##name (text);                                                            \
  }

NAMES (iscsiadm)
NAMES (dmsetup)
NAMES (showmount)
NAMES (lines)

static void
test_iscsi (void)
{
  guint64 size;

  EXPECT (read_units,
          "Target:iqn.2024-01.org.roost:disks2 Portal:127.0.0.1:3260,1\nLun:9    "
          "Type:DIRECT_ACCESS (Size:7M)\n"
          "Target:iqn.2024-01.org.roost:disks Portal:127.0.0.1:3260,1\n"
          "Lun:0    Type:STORAGE_ARRAY_CONTROLLER\nLun:1    Type:DIRECT_ACCESS (Size:7M)\n"
          "Lun:2    Type:DIRECT_ACCESS (Size:2M)\nLun:-3    Type:DIRECT_ACCESS\n"
          "Lun:99999999999999999999    Type:DIRECT_ACCESS\nLun:    Type:DIRECT_ACCESS\n",
          "1=0 2=0");
  EXPECT (read_iscsiadm, DISCOVERY_REAL,
          "iqn.2024-01.org.roost:disks=0 iqn.2024-01.org.roost:more=0");
  EXPECT (read_iscsiadm, SESSION_REAL, "iqn.2024-01.org.roost:disks=0");
  EXPECT (read_iscsiadm, "[fd00::1]:3260,1 iqn.x:y\n", "iqn.x:y=0");
  EXPECT (read_iscsiadm, "iscsiadm: No active sessions.\n10.0.0.1:3260,1\n10.0.0.1:3260,1 \n", "");
  g_assert_true (roost_answer_capacity ("8388608\n", &size, NULL));
  g_assert_cmpuint (size, ==, 8388608);
  g_assert_false (roost_answer_capacity ("", &size, NULL));
  g_assert_false (roost_answer_capacity ("8388608 blocks", &size, NULL));
}

static void
test_names (void)
{
  EXPECT (read_dmsetup, DMSETUP_REAL, "mp a=0 mpatha=0");
  EXPECT (read_dmsetup, "No devices found\n", "");
  EXPECT (read_showmount, SHOWMOUNT_REAL, "/tmp/e=0 /tmp/e b=0");
  EXPECT (read_showmount, "Export list for nas:\n\n/alone\n", "/alone=0");
  EXPECT (read_lines, VGS_NAMES_REAL " \n", "odd+vg=0 vg0=0");
}

static void
test_mounted (void)
{
  const char *text = "proc /proc proc rw 0 0\n//nas/a\\040b /srv/my\\040images cifs rw 0 0\n"
                     "old /srv/x nfs rw 0 0\nnew /srv/x nfs rw 0 0\nodd\n";
  g_autofree char *images = roost_answer_mounted (text, "/srv/my images");
  g_autofree char *last = roost_answer_mounted (text, "/srv/x");

  g_assert_cmpstr (images, ==, "//nas/a b");
  g_assert_cmpstr (last, ==, "new");
  g_assert_null (roost_answer_mounted (text, "/srv"));
}

static void
test_record (void)
{
  g_autofree char *text = roost_iscsi_record_change (RECORD_REAL, "joe", "secret");

  g_assert_cmpstr (text, ==,
                   "# BEGIN RECORD 2.1.8\nnode.name = iqn.2024-01.org.roost:more\nnode.tpgt = 1\n"
                   "node.session.auth.chap_algs = MD5\nnode.conn[0].iscsi.OFMarker = No\n"
                   "node.session.auth.authmethod = CHAP\nnode.session.auth.username = joe\n"
                   "node.session.auth.password = secret\n# END RECORD\n");
}

/* --- partitions --- */

#define FREE "1:17408B:1048575B:1031168B:free;\n"

/* A name may have colons, which are told apart, and line breaks, which are not. */
static const char gpt[] =
    "BYT;\n/dev/loop0:100663296B:loopback:512:512:gpt:Loopback device:;\n" FREE
    "1:1048576B:9437183B:8388608B::a\\:b;c\\\\\\\\d:;\n1:9437184B:19437055B:9999872B:free;\n"
    "2:19437056B:25437183B:6000128B::x\n1\\:0B\\:9\\:9\\:free;:;\n"
    "1:25437184B:100646399B:75209216B:free;\n";

static const char msdos[] =
    "BYT;\n/dev/loop0:100663296B:loopback:512:512:msdos:Loopback device:;\n"
    "1:1024B:1048575B:1047552B:free;\n1:1048576B:50000383B:48951808B:::lba;\n"
    "1:1049600B:2088959B:1039360B:free;\n5:2097152B:9437183B:7340032B:::;\n"
    "1:9437184B:50000383B:40563200B:free;\n1:50000384B:100663295B:50662912B:free;\n";

/* "NUMBER@START+SIZE …", with a mark of its kind. */
static void
expect_parts (const char *text, const char *wanted)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) parts = roost_parts_read (text, &error);

  for (guint i = 0; parts != NULL && i < parts->len; i++)
    {
      const RoostPart *part = &g_array_index (parts, RoostPart, i);

      g_string_append_printf (out, "%s%" G_GUINT64_FORMAT "@%" G_GUINT64_FORMAT "%s%s%s",
                              i > 0 ? " " : "", part->number, part->start, part->is_free ? "-" : "",
                              part->is_inside ? "i" : "", part->holds_others ? "h" : "");
    }
  if (parts == NULL)
    {
      g_assert_error (error, ROOST_ERROR, ROOST_ERROR_STORAGE);
      g_string_assign (out, error->message);
    }
  g_assert_cmpstr (out->str, ==, wanted);
}

#define NOT_A_PART "parted: its answer is not a partition with its start, end and size: "

static void
test_parts (void)
{
  expect_parts (gpt, "1@17408- 1@1048576 1@9437184- 2@19437056 1@25437184-");
  expect_parts (msdos, "1@1024- 1@1048576h 1@1049600-i 5@2097152i 1@9437184-i 1@50000384-");
  expect_parts ("BYT;\n", "");
  expect_parts ("", "parted: its answer is not a disk in bytes: ''");
  expect_parts ("Model: x\n\xff", "parted: its answer is not a disk in bytes: 'Model: x\\n\\377'");
  expect_parts ("BYT;\n0:0B:9B:10B:free;", NOT_A_PART "'0:0B:9B:10B:free;'");
  expect_parts ("BYT;\n1:0B:9B:11B:free;", NOT_A_PART "'1:0B:9B:11B:free;'");
  expect_parts ("BYT;\n1:9B:0B:1B:free;", NOT_A_PART "'1:9B:0B:1B:free;'");
  expect_parts ("BYT;\n1:-9B:0B:1B:free;", NOT_A_PART "'1:-9B:0B:1B:free;'");
  expect_parts ("BYT;\n1:0s:9s:10s:free;", NOT_A_PART "'1:0s:9s:10s:free;'");
  expect_parts ("BYT;\n99999999999:0B:9B:10B:free;", NOT_A_PART "'99999999999:0B:9B:10B:free;'");
  expect_parts ("BYT;\n1:0B:9223372036854775808B:9223372036854775809B:free;",
                NOT_A_PART "'1:0B:9223372036854775808B:9223372036854775809B:free;'");
}

static void
expect_room (const char *text, guint64 size, guint64 wanted_start, guint64 wanted_number)
{
  g_autoptr (GArray) parts = roost_parts_read (text, NULL);
  guint64 start = 0;
  guint64 number = 0;
  gboolean found = roost_parts_find_room (parts, size, &start, &number);

  g_assert_true (found == (wanted_number > 0));
  if (!found)
    return;
  g_assert_cmpuint (start, ==, wanted_start);
  g_assert_cmpuint (number, ==, wanted_number);
}

static void
test_room (void)
{
  expect_room (gpt, 9999872, 9437184, 3);
  expect_room (gpt, 9999873, 26214400, 3); /* the next boundary in the next gap */
  expect_room (gpt, 75209216, 0, 0);
  expect_room (gpt, G_MAXUINT64, 0, 0);
  expect_room (msdos, 1048576, 50331648, 2); /* not within the extended one */
  expect_room ("BYT;\n1:9223372036854775806B:9223372036854775807B:2B:free;\n", 1, 0, 0);
}

/* --- what becomes of them --- */

static void
test_scan (void)
{
  static const char *const names[] = { "a", "a",        "..", "x/y",         "",
                                       "b", "\xff\xfe", "\n", "\xef\xbf\xbe" };
  g_auto (RoostScan) scan = { 0 };

  roost_scan_begin (&scan);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (roost_scan_add (&scan, names[i], NULL, ROOST_VOLUME_TYPE_BLOCK, G_MAXINT64) != NULL)
      roost_scan_count (&scan, G_MAXINT64);
  g_assert_cmpuint (scan.volumes->len, ==, 2);
  roost_scan_count_free (&scan, G_MAXINT64);
  g_assert_cmpuint (scan.space.capacity, ==, G_MAXUINT64);
  g_assert_cmpuint (scan.space.allocation, ==, G_MAXUINT64 - 1);
}

static void
add_source (const char *name, gconstpointer data, GString *out)
{
  g_string_append_printf (out, "%s;", name);
}

static void
test_sources (void)
{
  g_autofree char *xml = roost_sources (
      roost_answers_lines ("a\n\x01\n\xc3\x28\n\xef\xbf\xbe\nb\n"), add_source, NULL);

  g_assert_cmpstr (xml, ==, "<sources>\na;b;</sources>\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/answers/lvs", test_lvs);
  g_test_add_func ("/answers/space", test_space);
  g_test_add_func ("/answers/rbd", test_rbd);
  g_test_add_func ("/answers/zfs", test_zfs);
  g_test_add_func ("/answers/nbd", test_nbd);
  g_test_add_func ("/answers/iscsi", test_iscsi);
  g_test_add_func ("/answers/names", test_names);
  g_test_add_func ("/answers/mounted", test_mounted);
  g_test_add_func ("/answers/record", test_record);
  g_test_add_func ("/answers/parts", test_parts);
  g_test_add_func ("/answers/room", test_room);
  g_test_add_func ("/answers/scan", test_scan);
  g_test_add_func ("/answers/sources", test_sources);
  return g_test_run ();
}
