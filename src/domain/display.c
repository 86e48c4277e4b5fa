/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/display.h"

#include "base/compat.h"
#include "base/error.h"
#include "base/json.h"
#include "domain/domain-private.h"

#include <errno.h>
#include <sys/socket.h>

/* What add_client calls them. Source: QEMU qapi/misc.json, add_client. */
static const char *const protocols[ROOST_DISPLAY_N_TYPES] = {
  [ROOST_DISPLAY_VNC] = "vnc",
  [ROOST_DISPLAY_SPICE] = "spice",
  [ROOST_DISPLAY_DBUS] = "@dbus-display",
};

static gboolean
check_display (RoostDomain *domain, RoostDisplayType type, GError **error)
{
  const char *name = roost_display_type_name (type);
  gboolean is_open = FALSE;

  if (domain->run == NULL || domain->run->document == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' is not running", domain->name);
  if (!roost_view_has_display (roost_domain_config (domain), type, &is_open))
    return roost_throw (error, ROOST_ERROR_NOT_FOUND,
                        "domain '%s' runs without a display of type '%s'; <graphics type='%s'/> "
                        "gives it one",
                        domain->name, name, name);
  return is_open
         || roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                         "the D-Bus display of domain '%s' is on a bus of its own: connect to its "
                         "address, or give it p2p='yes'",
                         domain->name);
}

static gboolean
check_options (RoostDisplayType type, const RoostDisplayOptions *options, GError **error)
{
  if (options->tls && type != ROOST_DISPLAY_SPICE)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "option 'tls' is for SPICE: VNC agrees on TLS with its viewer by itself");
  if (options->force && type != ROOST_DISPLAY_DBUS)
    return roost_throw (
        error, ROOST_ERROR_INVALID_ARGUMENT,
        "option 'force' is for the D-Bus display: the others serve several viewers");
  return TRUE;
}

/* --- the one who has the D-Bus display --- */

static gboolean
make_room (RoostDomain *domain, gboolean force, GError **error)
{
  RoostRun *run = domain->run;

  if (run->viewer == NULL)
    return TRUE;
  if (!force)
    return roost_throw (error, ROOST_ERROR_BUSY,
                        "the D-Bus display of domain '%s' is in use by another viewer; it can be "
                        "taken by force",
                        domain->name);
  g_clear_pointer (&run->viewer, roost_viewer_cut);
  return TRUE;
}

/* --- to QEMU --- */

static JsonObject *
client_arguments (RoostDisplayType type, const char *name, const RoostDisplayOptions *options)
{
  JsonObject *args = json_object_new ();

  json_object_set_string_member (args, "protocol", protocols[type]);
  json_object_set_string_member (args, "fdname", name);
  if (type != ROOST_DISPLAY_DBUS)
    json_object_set_boolean_member (args, "skipauth", options->skip_auth);
  if (type == ROOST_DISPLAY_SPICE)
    json_object_set_boolean_member (args, "tls", options->tls);
  return args;
}

static JsonObject *
name_arguments (const char *name)
{
  JsonObject *args = json_object_new ();

  json_object_set_string_member (args, "fdname", name);
  return args;
}

/* A name of its own: what a lost connection leaves behind is in nobody's way. */
static gboolean
lend (RoostDomain *domain, int fd, const char *name, GError **error)
{
  g_autoptr (JsonObject) args = name_arguments (name);
  g_autoptr (JsonNode) answer = roost_domain_qmp_with_fd (domain, "getfd", args, fd, error);

  return answer != NULL;
}

static void
take_back (RoostDomain *domain, const char *name)
{
  g_autoptr (JsonObject) args = name_arguments (name);
  g_autoptr (JsonNode) answer = roost_domain_qmp (domain, "closefd", args, NULL, NULL);
}

static gboolean
hand_over (RoostDomain *domain,
           RoostDisplayType type,
           int fd,
           const RoostDisplayOptions *options,
           GError **error)
{
  g_autofree char *id = g_uuid_string_random ();
  g_autofree char *name = g_strconcat ("roost-", id, NULL);
  g_autoptr (JsonObject) args = client_arguments (type, name, options);
  g_autoptr (JsonNode) answer = NULL;

  if (!lend (domain, fd, name, error))
    return FALSE;
  answer = roost_domain_qmp (domain, "add_client", args, NULL, error);
  if (answer == NULL)
    take_back (domain, name);
  return answer != NULL;
}

static gboolean
add_client (RoostDomain *domain,
            RoostDisplayType type,
            int fd,
            const RoostDisplayOptions *options,
            GError **error)
{
  RoostRun *run = domain->run;
  gboolean is_added;

  if (type != ROOST_DISPLAY_DBUS)
    return hand_over (domain, type, fd, options, error);
  if (!make_room (domain, options->force, error))
    return FALSE;
  run->viewer = roost_viewer_new (fd, &run->viewer); /* before the await: one at a time */
  is_added = hand_over (domain, type, fd, options, error);
  if (!is_added && domain->run == run)
    g_clear_pointer (&run->viewer, roost_viewer_free);
  return is_added;
}

int
roost_domain_display_open (RoostDomain *domain,
                           RoostDisplayType type,
                           const RoostDisplayOptions *options,
                           GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_auto (RoostFd) ours = -1;
  g_auto (RoostFd) theirs = -1;
  int pair[2];

  if (!check_options (type, options, error) || !check_display (domain, type, error))
    return -1;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED, "cannot make a socket pair: %s",
                   g_strerror (errno));
      return -1;
    }
  ours = pair[0];
  theirs = pair[1];
  return add_client (domain, type, ours, options, error) ? roost_fd_steal (&theirs) : -1;
}

/* --- a socket of the viewer's own --- */

static int
socket_option (int fd, int option)
{
  int value = -1;
  socklen_t length = sizeof value;

  return getsockopt (fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

static gboolean
check_socket (int fd, RoostDisplayType type, GError **error)
{
  int family = socket_option (fd, SO_DOMAIN);
  gboolean is_local = family == AF_UNIX;
  gboolean is_known = is_local || family == AF_INET || family == AF_INET6;
  struct sockaddr_storage peer;
  socklen_t length = sizeof peer;

  if (socket_option (fd, SO_TYPE) != SOCK_STREAM || !is_known
      || getpeername (fd, (struct sockaddr *)&peer, &length) < 0)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the descriptor is no connected stream socket");
  return is_local || type != ROOST_DISPLAY_DBUS
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                         "the D-Bus display passes descriptors: it needs a local socket");
}

gboolean
roost_domain_display_connect (RoostDomain *domain,
                              RoostDisplayType type,
                              int fd,
                              const RoostDisplayOptions *options,
                              GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);

  return check_options (type, options, error) && check_display (domain, type, error)
         && check_socket (fd, type, error) && add_client (domain, type, fd, options, error);
}

/* --- certificates --- */

gboolean
roost_domain_display_reload_tls (RoostDomain *domain, GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autoptr (JsonObject) args = json_object_new ();
  g_autoptr (JsonNode) answer = NULL;

  if (!check_display (domain, ROOST_DISPLAY_VNC, error))
    return FALSE;
  json_object_set_string_member (args, "type", "vnc");
  json_object_set_boolean_member (args, "tls-certs", TRUE);
  answer = roost_domain_qmp (domain, "display-reload", args, NULL, error);
  return answer != NULL;
}

/* --- what there is --- */

GVariant *
roost_domain_displays (RoostDomain *domain)
{
  return roost_domain_summary (domain)->displays;
}

GVariant *
roost_domain_heads (RoostDomain *domain)
{
  return roost_domain_summary (domain)->heads;
}
