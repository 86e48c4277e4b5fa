/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/domain-private.h"

#include "base/compat.h"
#include "base/error.h"
#include "base/json.h"
#include "domain/view-display.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* Opens @fd anew. QEMU wants a descriptor of just the access that it would open the file with. */
static int
reopen (int fd, int flags, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  int fresh = open (path, flags | O_CLOEXEC);

  if (fresh < 0)
    roost_throw_errno (error, errno, "cannot open a memory file");
  return fresh;
}

/* Returns: the number of the set that QEMU has the file in, or -1. */
static gint64
lend (RoostDomain *domain, int fd, GError **error)
{
  g_auto (RoostFd) for_writing = reopen (fd, O_WRONLY, error);
  g_autoptr (JsonNode) answer = NULL;
  gint64 set;

  if (for_writing < 0)
    return -1;
  answer = roost_domain_qmp_with_fd (domain, "add-fd", NULL, for_writing, error);
  if (answer == NULL)
    return -1;
  set = roost_json_int (roost_json_node_object (answer), "fdset-id", -1);
  if (set < 0)
    roost_throw (error, ROOST_ERROR_QEMU, "QEMU took a descriptor and did not number it");
  return set;
}

static void
take_back (RoostDomain *domain, gint64 set)
{
  g_autoptr (JsonObject) args = json_object_new ();
  g_autoptr (JsonNode) answer = NULL;

  json_object_set_int_member (args, "fdset-id", set);
  answer = roost_domain_qmp (domain, "remove-fd", args, NULL, NULL);
}

/* The first head of the first device is QEMU's own choice, and needs no name. */
static JsonObject *
arguments_of (gint64 set, guint head, const char *device)
{
  g_autofree char *file = g_strdup_printf ("/dev/fdset/%" G_GINT64_FORMAT, set);
  JsonObject *args = json_object_new ();

  json_object_set_string_member (args, "filename", file);
  json_object_set_string_member (args, "format", "png");
  if (device != NULL)
    {
      json_object_set_string_member (args, "device", device);
      json_object_set_int_member (args, "head", head);
    }
  return args;
}

static gboolean
dump_screen (RoostDomain *domain, int fd, guint head, const char *device, GError **error)
{
  gint64 set = lend (domain, fd, error);
  g_autoptr (JsonObject) args = NULL;
  g_autoptr (JsonNode) answer = NULL;

  if (set < 0)
    return FALSE;
  args = arguments_of (set, head, device);
  answer = roost_domain_qmp (domain, "screendump", args, NULL, error);
  take_back (domain, set);
  return answer != NULL;
}

/* Returns: a descriptor for reading, or -1 */
static int
take_picture (RoostDomain *domain, guint head, const char *device, GError **error)
{
  g_auto (RoostFd) fd = memfd_create ("roost-screenshot", MFD_CLOEXEC);
  struct stat st;

  if (fd < 0)
    {
      roost_throw_errno (error, errno, "cannot make a memory file");
      return -1;
    }
  if (!dump_screen (domain, fd, head, device, error))
    return -1;
  if (fstat (fd, &st) == 0 && st.st_size > 0)
    return reopen (fd, O_RDONLY, error);
  roost_throw (error, ROOST_ERROR_QEMU, "QEMU wrote an empty picture");
  return -1;
}

int
roost_domain_screenshot (RoostDomain *domain, const char *device, guint head, GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autofree char *alias = NULL;
  const char *found;

  if (domain->run == NULL || domain->run->document == NULL)
    {
      roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' is not running", domain->name);
      return -1;
    }
  if (!roost_view_find_head (roost_domain_config (domain), device, head, &found, error))
    return -1;
  if (device != NULL || head > 0)
    alias = g_strdup (found);
  return take_picture (domain, head, alias, error);
}
