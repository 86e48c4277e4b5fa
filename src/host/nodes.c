/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/nodes.h"

#include "base/co.h"
#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SYS_DIR "/sys/devices/system"

/* The kernel's largest (NODES_SHIFT 10). */
#define MAX_NODES 1024
#define WORD_BITS (8 * sizeof (unsigned long))

typedef unsigned long NodeMask[MAX_NODES / WORD_BITS];

typedef struct
{
  pid_t pid;
  NodeMask from;
  NodeMask to;
} Move;

RoostBitmap *
roost_host_memory_nodes (const char *sys_dir)
{
  g_autofree char *path = g_build_filename (sys_dir, "node", "has_memory", NULL);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  return roost_bitmap_parse (g_strstrip (text), NULL);
}

static void
put_node (NodeMask mask, guint node)
{
  if (node < MAX_NODES)
    mask[node / WORD_BITS] |= 1UL << (node % WORD_BITS);
}

/* The C library has no call for it. */
static gboolean
move_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  const Move *move = data;

  if (syscall (SYS_migrate_pages, move->pid, (unsigned long)MAX_NODES, move->from, move->to) >= 0)
    return TRUE;
  if (errno == ESRCH)
    return roost_throw (error, ROOST_ERROR_NOT_FOUND, "process %d has ended", (int)move->pid);
  if (errno == EPERM || errno == ENOSYS || errno == EINVAL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the memory of process %d cannot be moved: %s", (int)move->pid,
                        g_strerror (errno));
  return roost_throw_errno (error, errno, "cannot move the memory of process %d", (int)move->pid);
}

gboolean
roost_process_move_memory (pid_t pid, const RoostBitmap *nodes, GError **error)
{
  g_autoptr (RoostBitmap) all = roost_host_memory_nodes (SYS_DIR);
  Move move = { .pid = pid };

  if (all == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "the host has no NUMA nodes");
  for (int n = roost_bitmap_next (all, 0); n >= 0; n = roost_bitmap_next (all, (guint)n + 1))
    put_node (roost_bitmap_has (nodes, (guint)n) ? move.to : move.from, (guint)n);
  return co_thread (move_thread, &move, NULL, error);
}
