/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/view.h"

#include "base/compat.h"
#include "model/domain-types.h"

/* Where displays are looked for by those who connect to them. */
#define FIRST_PORT 5900
#define LAST_PORT  65535

typedef struct
{
  RoostPortFunc is_free;
  gpointer data;
  guint next; /* none below is free */
} Search;

static const char *
address_of (const RoostGraphics *graphics)
{
  const RoostListen *listen = NULL;

  if (graphics->listens != NULL && graphics->listens->len > 0)
    listen = graphics->listens->pdata[0];
  if (listen != NULL && listen->address != NULL)
    return listen->address;
  return graphics->listen;
}

static gboolean
is_on_tcp (const RoostGraphics *graphics)
{
  const RoostListen *listen;

  if (graphics->type != ROOST_GRAPHICS_TYPE_VNC && graphics->type != ROOST_GRAPHICS_TYPE_SPICE)
    return FALSE;
  if (graphics->socket != NULL)
    return FALSE;
  ROOST_LIST_EACH (const RoostListen, listen, graphics->listens)
    {
      if (listen->type == ROOST_LISTEN_TYPE_SOCKET || listen->type == ROOST_LISTEN_TYPE_NONE)
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_port (Search *search, const char *address, RoostInt *port)
{
  for (guint n = search->next; n <= LAST_PORT; n++)
    if (search->is_free (address, n, search->data))
      {
        *port = (RoostInt){ .value = n, .is_set = TRUE };
        search->next = n + 1;
        return TRUE;
      }
  return FALSE;
}

/* -1, or nothing at all, asks for a port. A TLS port is made only where one was asked for. */
static gboolean
take_ports_of (Search *search, RoostGraphics *graphics)
{
  gboolean is_auto = graphics->autoport == ROOST_YES || !graphics->port.is_set;
  gboolean has_tls = graphics->tls_port.is_set && graphics->tls_port.value == -1;

  if ((is_auto || graphics->port.value == -1)
      && !take_port (search, address_of (graphics), &graphics->port))
    return FALSE;
  return graphics->type != ROOST_GRAPHICS_TYPE_SPICE || !has_tls
         || take_port (search, address_of (graphics), &graphics->tls_port);
}

gboolean
roost_view_take_ports (RoostDomainConfig *config, RoostPortFunc is_free, gpointer data)
{
  Search search = { is_free, data, FIRST_PORT };
  RoostGraphics *graphics;

  ROOST_LIST_EACH (RoostGraphics, graphics, config->devices.graphics)
    {
      if (is_on_tcp (graphics) && !take_ports_of (&search, graphics))
        return FALSE;
    }
  return TRUE;
}

void
roost_view_keep_ports (const RoostDomainConfig *was, RoostDomainConfig *config)
{
  const GPtrArray *before = was->devices.graphics;
  RoostGraphics *graphics;

  ROOST_LIST_EACH (RoostGraphics, graphics, config->devices.graphics)
    {
      const RoostGraphics *same =
          before != NULL && graphics_i < before->len ? before->pdata[graphics_i] : NULL;

      if (same == NULL || same->type != graphics->type)
        continue;
      graphics->port = same->port;
      graphics->tls_port = same->tls_port;
      graphics->websocket = same->websocket;
    }
}

gboolean
roost_view_has_port (const RoostDomainConfig *config, guint port)
{
  const RoostGraphics *graphics;

  ROOST_LIST_EACH (const RoostGraphics, graphics, config->devices.graphics)
    {
      if (graphics->port.value == port || graphics->tls_port.value == port)
        return TRUE;
    }
  return FALSE;
}
