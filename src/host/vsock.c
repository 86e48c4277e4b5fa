/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/vsock.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <sys/ioctl.h>

#define NODE "/dev/vhost-vsock"

gboolean
roost_vsock_check (guint cid, GError **error)
{
  g_auto (RoostFd) fd = open (NODE, O_RDWR | O_CLOEXEC);
  guint64 wanted = cid;

  if (fd < 0)
    return roost_throw (error, ROOST_ERROR_HOST_DEVICE, "cannot open " NODE ": %s%s",
                        g_strerror (errno),
                        errno == ENOENT || errno == ENODEV
                            ? "; load the kernel's module for it (modprobe vhost_vsock)"
                            : "");
  if (ioctl (fd, VHOST_VSOCK_SET_GUEST_CID, &wanted) == 0)
    return TRUE;
  if (errno == EADDRINUSE)
    return roost_throw (error, ROOST_ERROR_EXISTS,
                        "the vsock address %u is taken on this host, by no guest of ours", cid);
  return roost_throw (error, ROOST_ERROR_HOST_DEVICE, "the vsock address %u cannot be had: %s", cid,
                      g_strerror (errno));
}
