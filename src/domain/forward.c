/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/forward.h"

#include "base/compat.h"
#include "base/error.h"

#include <errno.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define N_PORTS 65536

struct RoostForward
{
  char *alias, *address, *dev;
  gboolean is_udp;
  guint8 ports[N_PORTS];
};

RoostForward *
roost_forward_new (const char *alias, const char *address, const char *dev, gboolean is_udp)
{
  RoostForward *forward = g_new0 (RoostForward, 1);

  forward->alias = g_strdup (alias);
  forward->address = g_strdup (address);
  forward->dev = g_strdup (dev);
  forward->is_udp = is_udp;
  return forward;
}

void
roost_forward_free (RoostForward *forward)
{
  g_free (forward->alias);
  g_free (forward->address);
  g_free (forward->dev);
  g_free (forward);
}

void
roost_forward_set (RoostForward *forward, guint first, guint last, gboolean is_in)
{
  for (guint port = first; port <= last && port < N_PORTS; port++)
    forward->ports[port] = is_in ? 1 : 0;
}

/* As passt binds, but for UDP: with SO_REUSEADDR two of it would have the same port. */
static gboolean
prepare (const RoostForward *forward, int fd, int family)
{
  const int one = 1;

  if (!forward->is_udp)
    setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  return forward->dev == NULL
         || setsockopt (fd, SOL_SOCKET, SO_BINDTODEVICE, forward->dev, strlen (forward->dev) + 1)
                == 0
         || errno == EPERM; /* Linux before 5.7 */
}

/* Returns: 0, or the errno */
static int
try_port (const RoostForward *forward, GInetAddress *address, guint port)
{
  g_autoptr (GSocketAddress) at = g_inet_socket_address_new (address, (guint16)port);
  int family = g_socket_address_get_family (at);
  struct sockaddr_storage native;
  g_auto (RoostFd) fd =
      socket (family, (forward->is_udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);

  if (fd < 0 || !g_socket_address_to_native (at, &native, sizeof native, NULL))
    return errno;
  if (!prepare (forward, fd, family)
      || bind (fd, (struct sockaddr *)&native, (socklen_t)g_socket_address_get_native_size (at))
             < 0)
    return errno;
  return 0;
}

static gboolean
explain (const RoostForward *forward, GInetAddress *address, guint port, int errnum, GError **error)
{
  g_autofree char *text = g_inet_address_to_string (address);
  const char *hint = errnum == EADDRINUSE ? "; another program or guest has it"
                     : errnum == EACCES   ? "; low ports are root's alone"
                                          : "";

  return roost_throw (error, errnum == EADDRINUSE ? ROOST_ERROR_EXISTS : ROOST_ERROR_IO,
                      "%s: the %s port %u of %s%s%s cannot be forwarded: %s%s", forward->alias,
                      forward->is_udp ? "UDP" : "TCP", port, text, forward->dev != NULL ? "%" : "",
                      forward->dev != NULL ? forward->dev : "", g_strerror (errnum), hint);
}

static gboolean
check_at (const RoostForward *forward, GInetAddress *address, GError **error)
{
  gboolean is_any = g_inet_address_get_is_any (address);

  for (guint port = 0; port < N_PORTS; port++)
    {
      int errnum = forward->ports[port] ? try_port (forward, address, port) : 0;

      if (is_any && (errnum == EAFNOSUPPORT || errnum == EADDRNOTAVAIL))
        return TRUE; /* a host without that family */
      if (errnum != 0)
        return explain (forward, address, port, errnum, error);
    }
  return TRUE;
}

gboolean
roost_forward_check (const RoostForward *forward, GError **error)
{
  static const GSocketFamily families[] = { G_SOCKET_FAMILY_IPV4, G_SOCKET_FAMILY_IPV6 };
  g_autoptr (GInetAddress) own =
      forward->address != NULL ? g_inet_address_new_from_string (forward->address) : NULL;

  if (own != NULL)
    return check_at (forward, own, error);
  for (guint i = 0; i < (forward->dev != NULL ? 1 : G_N_ELEMENTS (families)); i++)
    {
      g_autoptr (GInetAddress) any = g_inet_address_new_any (families[i]);

      if (!check_at (forward, any, error))
        return FALSE;
    }
  return TRUE;
}
