/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/thread.h"

#include "base/error.h"

#include <errno.h>
#include <sched.h>

#define SYS_DIR "/sys/devices/system"

/* The kernel's largest; more than it knows of is cut off by it. */
#define MAX_CPUS ROOST_BITMAP_LIMIT

GArray *
roost_threads_list (pid_t pid)
{
  GArray *threads = g_array_new (FALSE, FALSE, sizeof (pid_t));
  g_autofree char *path = g_strdup_printf ("/proc/%d/task", (int)pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      pid_t thread = (pid_t)g_ascii_strtoull (name, NULL, 10);

      if (thread > 0)
        g_array_append_val (threads, thread);
    }
  return threads;
}

static gboolean
check_thread (pid_t pid, pid_t thread, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d", (int)pid, (int)thread);

  if (thread > 0 && g_file_test (path, G_FILE_TEST_IS_DIR))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_FOUND, "process %d has no thread %d", (int)pid,
                      (int)thread);
}

/* --- affinity --- */

static void
fill (cpu_set_t *set, gsize size, const RoostBitmap *cpus)
{
  CPU_ZERO_S (size, set);
  for (guint n = 0; n < MAX_CPUS; n++)
    if (cpus == NULL || roost_bitmap_has (cpus, n))
      CPU_SET_S (n, size, set);
}

static gboolean
throw_affinity (int err, pid_t thread, const RoostBitmap *cpus, GError **error)
{
  g_autofree char *wanted = cpus != NULL ? roost_bitmap_format (cpus) : g_strdup ("all");
  g_autoptr (RoostBitmap) online = roost_host_online_cpus (SYS_DIR);
  g_autofree char *there = roost_bitmap_format (online);

  if (err == EINVAL)
    return roost_throw (
        error, ROOST_ERROR_INVALID_ARGUMENT,
        "thread %d cannot run on the processors %s: the host has %s, and its cgroup "
        "may allow less",
        (int)thread, wanted, there);
  if (err == EPERM)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the daemon may not pin the thread %d: it is another user's", (int)thread);
  return roost_throw_errno (error, err, "cannot pin the thread %d", (int)thread);
}

gboolean
roost_thread_set_cpus (pid_t pid, pid_t thread, const RoostBitmap *cpus, GError **error)
{
  gsize size = CPU_ALLOC_SIZE (MAX_CPUS);
  g_autofree cpu_set_t *set = g_malloc0 (size);

  if (!check_thread (pid, thread, error))
    return FALSE;
  fill (set, size, cpus);
  if (sched_setaffinity (thread, size, set) == 0)
    return TRUE;
  return throw_affinity (errno, thread, cpus, error);
}

RoostBitmap *
roost_thread_get_cpus (pid_t thread)
{
  gsize size = CPU_ALLOC_SIZE (MAX_CPUS);
  g_autofree cpu_set_t *set = g_malloc0 (size);
  RoostBitmap *cpus;

  if (sched_getaffinity (thread, size, set) < 0)
    return NULL;
  cpus = roost_bitmap_new ();
  for (guint n = 0; n < MAX_CPUS; n++)
    if (CPU_ISSET_S (n, size, set))
      roost_bitmap_set (cpus, n, TRUE);
  return cpus;
}

/* --- policy --- */

static const int policies[] = {
  [ROOST_THREAD_OTHER] = SCHED_OTHER, [ROOST_THREAD_BATCH] = SCHED_BATCH,
  [ROOST_THREAD_IDLE] = SCHED_IDLE,   [ROOST_THREAD_FIFO] = SCHED_FIFO,
  [ROOST_THREAD_RR] = SCHED_RR,
};

gboolean
roost_thread_set_policy (
    pid_t pid, pid_t thread, RoostThreadPolicy policy, int priority, GError **error)
{
  gboolean is_realtime = policy == ROOST_THREAD_FIFO || policy == ROOST_THREAD_RR;
  struct sched_param param = { .sched_priority = is_realtime ? priority : 0 };

  if (!check_thread (pid, thread, error))
    return FALSE;
  if (sched_setscheduler (thread, policies[policy], &param) == 0)
    return TRUE;
  if (errno == EPERM)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the kernel does not let the daemon schedule the thread %d so: real time "
                        "needs CAP_SYS_NICE, or LimitRTPRIO= in the daemon's unit",
                        (int)thread);
  return roost_throw_errno (error, errno, "cannot set the scheduler of the thread %d", (int)thread);
}

/* --- the host --- */

RoostBitmap *
roost_host_online_cpus (const char *sys_dir)
{
  g_autofree char *path = g_build_filename (sys_dir, "cpu/online", NULL);
  g_autofree char *text = NULL;
  RoostBitmap *cpus = NULL;

  if (g_file_get_contents (path, &text, NULL, NULL))
    cpus = roost_bitmap_parse (g_strchomp (text), NULL);
  return cpus != NULL ? cpus : roost_bitmap_new ();
}

gboolean
roost_host_is_confined (void)
{
  g_autoptr (RoostBitmap) online = roost_host_online_cpus (SYS_DIR);
  g_autoptr (RoostBitmap) own = roost_thread_get_cpus (0);

  for (int n = roost_bitmap_next (online, 0); own != NULL && n >= 0;
       n = roost_bitmap_next (online, (guint)n + 1))
    if (!roost_bitmap_has (own, (guint)n))
      return TRUE;
  return FALSE;
}
