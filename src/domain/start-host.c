/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/start-host.h"

#include "base/error.h"
#include "base/log.h"
#include "domain/bandwidth.h"
#include "domain/helper.h"
#include "domain/view-devices.h"
#include "domain/view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/sockios.h>

/* --- tap devices: not persistent, so the kernel removes them with their last descriptor --- */

static gboolean
bring_up (int control, const char *name, GError **error)
{
  struct ifreq request = { 0 };

  g_strlcpy (request.ifr_name, name, sizeof request.ifr_name);
  if (ioctl (control, SIOCGIFFLAGS, &request) < 0)
    return roost_throw_errno (error, errno, "cannot ask about the interface %s", name);
  request.ifr_flags |= IFF_UP;
  if (ioctl (control, SIOCSIFFLAGS, &request) < 0)
    return roost_throw_errno (error, errno, "cannot bring up the interface %s", name);
  return TRUE;
}

static gboolean
join_bridge (int control, const char *name, const char *bridge, GError **error)
{
  struct ifreq request = { 0 };

  if (if_nametoindex (bridge) == 0)
    return roost_throw (error, ROOST_ERROR_HOST_DEVICE, "there is no bridge '%s' on this host",
                        bridge);
  g_strlcpy (request.ifr_name, bridge, sizeof request.ifr_name);
  request.ifr_ifindex = (int)if_nametoindex (name);
  if (ioctl (control, SIOCBRADDIF, &request) < 0)
    return roost_throw_errno (error, errno, "cannot add %s to the bridge %s", name, bridge);
  return TRUE;
}

static int
open_tap_queue (const RoostFdRequest *request, gboolean is_multi, char *out_name, GError **error)
{
  g_auto (RoostFd) fd = open ("/dev/net/tun", O_RDWR | O_CLOEXEC);
  struct ifreq ask = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };

  if (is_multi)
    ask.ifr_flags |= IFF_MULTI_QUEUE;
  g_strlcpy (ask.ifr_name, request->path != NULL ? request->path : "vnet%d", sizeof ask.ifr_name);
  if (fd < 0 || ioctl (fd, TUNSETIFF, &ask) < 0)
    {
      roost_throw (error, ROOST_ERROR_HOST_DEVICE, "%s: cannot make a tap device: %s%s",
                   request->alias, g_strerror (errno),
                   fd < 0 && errno == ENOENT ? "; load the kernel's module for it (modprobe tun)"
                                             : "");
      return -1;
    }
  g_strlcpy (out_name, ask.ifr_name, IFNAMSIZ);
  return roost_fd_steal (&fd);
}

static gboolean
has_more_queues (const RoostStart *start, const RoostFdRequest *request)
{
  for (guint i = 0; i < start->command->fds->len; i++)
    {
      const RoostFdRequest *other = start->command->fds->pdata[i];

      if (other->kind == ROOST_FD_TAP && other->index > 0
          && g_str_equal (other->alias, request->alias))
        return TRUE;
    }
  return FALSE;
}

static int
open_tap (RoostStart *start, RoostFdRequest *request, GError **error)
{
  const char *bridge = roost_view_bridge (start->config, request->alias);
  g_auto (RoostFd) control = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  char name[IFNAMSIZ];
  g_auto (RoostFd) fd = open_tap_queue (request, has_more_queues (start, request), name, error);

  if (fd < 0)
    return -1;
  if (request->index > 0) /* a further queue of a device that is set up */
    return roost_fd_steal (&fd);
  for (guint i = 0; i < start->command->fds->len; i++)
    {
      RoostFdRequest *other = start->command->fds->pdata[i];

      if (other->kind == ROOST_FD_TAP && g_str_equal (other->alias, request->alias)
          && other->path == NULL)
        other->path = g_strdup (name);
    }
  roost_view_set_tap (start->config, request->alias, name);
  if ((bridge != NULL && !join_bridge (control, name, bridge, error))
      || !bring_up (control, name, error))
    return -1;
  return roost_fd_steal (&fd);
}

/* --- the rest --- */

static int
open_device (const RoostFdRequest *request, const char *path, int flags, GError **error)
{
  int fd = open (path, flags | O_CLOEXEC, 0600);

  if (fd < 0)
    roost_throw (error, ROOST_ERROR_HOST_DEVICE, "%s: cannot open %s: %s", request->alias, path,
                 g_strerror (errno));
  return fd;
}

/* Returns: QEMU's end; the other is kept for a helper. */
static int
open_pair (RoostStart *start, const RoostFdRequest *request, GError **error)
{
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      roost_throw_errno (error, errno, "%s: cannot make a socket pair", request->alias);
      return -1;
    }
  roost_peers_add (start->peers, request->alias, pair[1]);
  return pair[0];
}

static int
open_one (RoostStart *start, RoostFdRequest *request, GError **error)
{
  switch (request->kind)
    {
    case ROOST_FD_TAP:
      return open_tap (start, request, error);
    case ROOST_FD_VHOST_NET:
      return open_device (request, "/dev/vhost-net", O_RDWR, error);
    case ROOST_FD_VHOST_VSOCK:
      return open_device (request, "/dev/vhost-vsock", O_RDWR, error);
    case ROOST_FD_VHOST_SCSI:
      return open_device (request, "/dev/vhost-scsi", O_RDWR, error);
    case ROOST_FD_VHOST_VDPA:
      return open_device (request, request->path, O_RDWR, error);
    case ROOST_FD_FILE:
      return open_device (request, request->path,
                          O_WRONLY | O_CREAT | (request->is_append ? O_APPEND : O_TRUNC), error);
    case ROOST_FD_DEVICE:
      return open_device (request, request->path, O_RDWR, error);
    case ROOST_FD_SWTPM:
    case ROOST_FD_VHOST_USER_GPU:
    case ROOST_FD_PASST:
      return open_pair (start, request, error);
    default:
      g_return_val_if_reached (-1);
    }
}

gboolean
roost_start_open_host (RoostStart *start, GError **error)
{
  for (guint i = 0; i < start->command->fds->len; i++)
    {
      RoostFdRequest *request = start->command->fds->pdata[i];
      RoostPassedFd passed = { open_one (start, request, error), request->target };

      if (passed.fd < 0)
        return FALSE;
      g_array_append_val (start->fds, passed);
      if (request->kind == ROOST_FD_TAP && request->index == 0
          && !roost_bandwidth_begin (start->config, request->alias, error))
        return FALSE;
    }
  return TRUE;
}

GBytes *
roost_manager_secret_value (RoostManager *manager,
                            const RoostSecretRequest *request,
                            GError **error)
{
  RoostSecrets *secrets = manager->secrets;
  RoostSecretItem *secret;

  if (request->value != NULL)
    return g_bytes_new (request->value, strlen (request->value));
  secret = request->uuid != NULL ? roost_secrets_find_uuid (secrets, request->uuid)
                                 : roost_secrets_find_usage (secrets, NULL, request->usage);
  if (secret != NULL)
    return roost_secret_item_get_key (secret, error);
  roost_throw (error, ROOST_ERROR_NOT_FOUND,
               "the secret '%s' is not known: define it (roostctl secret-define) and give it its "
               "value",
               request->uuid != NULL ? request->uuid : request->usage);
  return NULL;
}

static gboolean
write_secret (RoostStart *start, const RoostSecretRequest *request, GError **error)
{
  g_autoptr (GBytes) value = roost_manager_secret_value (start->domain->manager, request, error);
  g_autoptr (GError) local = NULL;

  if (value == NULL)
    return FALSE;
  if (!g_file_set_contents_full (request->path, g_bytes_get_data (value, NULL),
                                 (gssize)g_bytes_get_size (value), G_FILE_SET_CONTENTS_CONSISTENT,
                                 0600, &local))
    return roost_throw (error, ROOST_ERROR_IO, "%s", local->message);
  return roost_manager_give_to_qemu (start->domain->manager, request->path, error);
}

gboolean
roost_start_write_secrets (RoostStart *start, GError **error)
{
  for (guint i = 0; i < start->command->secrets->len; i++)
    if (!write_secret (start, start->command->secrets->pdata[i], error))
      return FALSE;
  return TRUE;
}

void
roost_start_remove_secrets (RoostStart *start)
{
  for (guint i = 0; i < start->command->secrets->len; i++)
    unlink (((RoostSecretRequest *)start->command->secrets->pdata[i])->path);
}
