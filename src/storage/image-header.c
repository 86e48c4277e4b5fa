/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage/image.h"

#include "base/co.h"
#include "base/compat.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As much of the first bytes as any mark needs. */
#define HEAD_BYTES 512

/* ISO 9660: the mark of the first volume descriptor. */
#define ISO_OFFSET 32769
#define ISO_MARK   "CD001"

/* Marks, with where they stand. Source: the formats' own specifications. */
static const struct
{
  const char *mark;
  guint length;
  guint offset;
  const char *format;
} marks[] = {
  { "QFI\xfb", 4, 0, "qcow2" }, /* version 1 is qcow */
  { "QED\0", 4, 0, "qed" },
  { "KDMV", 4, 0, "vmdk" },
  { "COWD", 4, 0, "vmdk" },
  { "# Disk DescriptorFile", 21, 0, "vmdk" },
  { "vhdxfile", 8, 0, "vhdx" },
  { "conectix", 8, 0, "vpc" },
  { "LUKS\xba\xbe", 6, 0, "luks" },
  { "\x7f\x10\xda\xbe", 4, 64, "vdi" },
  { "WithoutFreeSpace", 16, 0, "parallels" },
  { "WithouFreSpacExt", 16, 0, "parallels" },
};

static guint64
read_be (const guint8 *from, guint bytes)
{
  guint64 value = 0;

  for (guint i = 0; i < bytes; i++)
    value = value << 8 | from[i];
  return value;
}

/* qcow and qcow2: version at 4, size of the disk at 24. QED: little endian at 48. */
static void
read_capacity (const guint8 *head, RoostImageHeader *out)
{
  if (g_str_equal (out->format, "qcow2"))
    {
      if (read_be (head + 4, 4) == 1)
        out->format = "qcow";
      out->capacity = read_be (head + 24, 8);
    }
}

/* The format's limit. */
#define BACKING_MAX 1023

/* At 8 where the name stands, at 16 its length. A "json:…" says more than a path: not looked at. */
static char *
read_backing (int fd, const guint8 *head)
{
  guint64 offset = read_be (head + 8, 8);
  guint64 length = read_be (head + 16, 4);
  g_autofree char *name = NULL;

  if (offset == 0 || length == 0 || length > BACKING_MAX || offset > G_MAXINT64 - BACKING_MAX)
    return NULL;
  name = g_malloc0 (length + 1);
  if (pread (fd, name, length, (off_t)offset) != (ssize_t)length || strlen (name) != length
      || !g_utf8_validate (name, -1, NULL) || g_str_has_prefix (name, "json:"))
    return NULL;
  return g_steal_pointer (&name);
}

/* Version 3: bit 2 of the incompatible features at 72: the data is in another file. */
static gboolean
is_whole (const guint8 *head)
{
  return read_be (head + 8, 8) == 0
         && (read_be (head + 4, 4) < 3 || (read_be (head + 72, 8) & 4) == 0);
}

static gboolean
is_iso (int fd, guint64 length)
{
  char mark[sizeof ISO_MARK - 1];

  return length > ISO_OFFSET + sizeof mark
         && pread (fd, mark, sizeof mark, ISO_OFFSET) == (ssize_t)sizeof mark
         && memcmp (mark, ISO_MARK, sizeof mark) == 0;
}

void
roost_image_look (int fd, guint64 length, RoostImageHeader *out)
{
  guint8 head[HEAD_BYTES] = { 0 };
  ssize_t n = pread (fd, head, sizeof head, 0);

  *out = (RoostImageHeader){ .format = "raw", .capacity = length };
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    if (n >= (ssize_t)(marks[i].offset + marks[i].length)
        && memcmp (head + marks[i].offset, marks[i].mark, marks[i].length) == 0)
      {
        *out = (RoostImageHeader){ .format = marks[i].format };
        read_capacity (head, out);
        if (g_str_equal (out->format, "qcow2"))
          {
            out->backing = read_backing (fd, head);
            out->is_whole = is_whole (head);
          }
        return;
      }
  if (is_iso (fd, length))
    out->format = "iso";
}

typedef struct
{
  const char *path;
  RoostImageHeader *out;
  gboolean is_found;
} Look;

/* Nothing that could make us wait is opened. */
static gboolean
look_in_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  Look *look = data;
  g_auto (RoostFd) fd = open (look->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat st;

  look->is_found =
      fd >= 0 && fstat (fd, &st) == 0 && (S_ISREG (st.st_mode) || S_ISBLK (st.st_mode));
  if (look->is_found)
    roost_image_look (fd, (guint64)st.st_size, look->out);
  return TRUE;
}

gboolean
roost_image_look_at (const char *path, RoostImageHeader *out)
{
  Look look = { path, out, FALSE };

  return co_thread (look_in_thread, &look, NULL, NULL) && look.is_found;
}
