/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/display.h"

#include "base/error.h"
#include "domain/amend.h"
#include "domain/domain-private.h"

#include <string.h>

/* Only so much of it is ever compared. Source: RFC 6143, 7.2.2. */
#define MAX_VNC_BYTES 8

/* What QEMU holds for a SPICE ticket. Source: spice/protocol.h, SPICE_MAX_PASSWORD_LENGTH. */
#define MAX_SPICE_BYTES 60

typedef struct
{
  RoostDisplayType type;
  RoostDisplayPassword password;
} Change;

/* --- to QEMU --- */

static gboolean
tell (RoostDomain *domain,
      const char *command,
      JsonObject *args,
      GCancellable *cancellable,
      GError **error)
{
  g_autoptr (JsonObject) own = args;
  g_autoptr (JsonNode) answer = roost_domain_qmp (domain, command, own, cancellable, error);

  return answer != NULL;
}

static gboolean
tell_password (RoostDomain *domain,
               RoostDisplayType type,
               const RoostDisplayPassword *password,
               GCancellable *cancellable,
               GError **error)
{
  JsonObject *args = json_object_new ();

  json_object_set_string_member (args, "protocol", roost_display_type_name (type));
  json_object_set_string_member (args, "password", password->password);
  if (password->connected != NULL)
    json_object_set_string_member (args, "connected", password->connected);
  return tell (domain, "set_password", args, cancellable, error);
}

/* To QEMU a password is good until the named second is over; to us until it begins. */
static gboolean
tell_expiry (RoostDomain *domain,
             RoostDisplayType type,
             gint64 expires,
             GCancellable *cancellable,
             GError **error)
{
  g_autofree char *time =
      expires >= 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, MAX (expires - 1, 0)) : NULL;
  JsonObject *args = json_object_new ();

  json_object_set_string_member (args, "protocol", roost_display_type_name (type));
  json_object_set_string_member (args, "time", time != NULL ? time : "never");
  return tell (domain, "expire_password", args, cancellable, error);
}

/* --- at the start --- */

static gboolean
start_password (RoostDomain *domain,
                const RoostDomainConfig *config,
                RoostDisplayType type,
                GCancellable *cancellable,
                GError **error)
{
  RoostDisplayPassword password;

  if (!roost_view_password (config, type, &password) || password.password == NULL)
    return TRUE;
  /* Until it has a password QEMU lets nobody in, and that is what an empty one means. */
  if (*password.password == '\0')
    return TRUE;
  password.connected = NULL; /* nobody is */
  return tell_password (domain, type, &password, cancellable, error)
         && (password.expires < 0
             || tell_expiry (domain, type, password.expires, cancellable, error));
}

gboolean
roost_domain_start_passwords (RoostDomain *domain,
                              const RoostDomainConfig *config,
                              GCancellable *cancellable,
                              GError **error)
{
  return start_password (domain, config, ROOST_DISPLAY_VNC, cancellable, error)
         && start_password (domain, config, ROOST_DISPLAY_SPICE, cancellable, error);
}

/* --- a new one --- */

static gboolean
check_password (RoostDisplayType type,
                const char *password,
                const RoostPasswordOptions *options,
                GError **error)
{
  gsize limit = type == ROOST_DISPLAY_VNC ? MAX_VNC_BYTES : MAX_SPICE_BYTES;

  if (type == ROOST_DISPLAY_DBUS)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "a D-Bus display has no password: its viewers come through this service");
  if (*password == '\0')
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "an empty password would let everybody in; set \"valid-for\" to 0 to shut "
                        "everybody out");
  if (strlen (password) > limit)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "a password of %s has at most %" G_GSIZE_FORMAT " bytes",
                        type == ROOST_DISPLAY_VNC ? "VNC" : "SPICE", limit);
  if (!roost_xml_can_hold (password))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the password has a control character in it");
  if (type == ROOST_DISPLAY_VNC && options->connected != NULL
      && !g_str_equal (options->connected, "keep"))
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "QEMU's VNC keeps its clients when the password changes: \"connected\" can "
                        "only be 'keep'");
  return TRUE;
}

static gboolean
change_password (RoostDomainConfig *config, gboolean is_running, gpointer data, GError **error)
{
  const Change *change = data;
  const char *name = roost_display_type_name (change->type);
  RoostDisplayPassword now;

  if (!roost_view_password (config, change->type, &now))
    return roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' has no display of type '%s'",
                        roost_domain_config_name (config), name);
  if (is_running && now.password == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the %s display of domain '%s' was started without a password and cannot "
                        "get one now; with the option 'config' alone the next start has it",
                        name, roost_domain_config_name (config));
  roost_view_set_password (config, change->type, &change->password);
  return TRUE;
}

/* A password that was empty was never set, and cannot be now: one that has expired does the same.
 */
static void
revert_password (RoostAmend *amend, gpointer data)
{
  const Change *change = data;
  RoostDisplayPassword was;

  if (!roost_view_password (amend->was, change->type, &was) || was.password == NULL)
    return;
  was.connected = NULL;
  if (*was.password == '\0')
    tell_expiry (amend->domain, change->type, 0, NULL, NULL);
  else if (tell_password (amend->domain, change->type, &was, NULL, NULL))
    tell_expiry (amend->domain, change->type, was.expires, NULL, NULL);
}

static gboolean
apply_password (RoostAmend *amend, gpointer data, GError **error)
{
  const Change *change = data;

  if (!tell_password (amend->domain, change->type, &change->password, NULL, error))
    return FALSE;
  if (roost_amend_is_current (amend, error)
      && tell_expiry (amend->domain, change->type, change->password.expires, NULL, error))
    return TRUE;
  if (roost_amend_is_current (amend, NULL))
    revert_password (amend, data);
  return FALSE;
}

gboolean
roost_domain_tell_password (RoostDomain *domain,
                            const RoostDomainConfig *config,
                            const char *type,
                            GError **error)
{
  RoostDisplayPassword password;
  RoostPasswordOptions options = { 0 };
  RoostDisplayType display;

  if (!roost_display_type_parse (type, &display, error))
    return FALSE;
  if (!roost_view_password (config, display, &password) || password.password == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_FOUND, "the %s display has no password", type);
  options.connected = password.connected;
  return check_password (display, password.password, &options, error)
         && tell_password (domain, display, &password, NULL, error)
         && tell_expiry (domain, display, password.expires, NULL, error);
}

gboolean
roost_domain_set_display_password (RoostDomain *domain,
                                   RoostDisplayType type,
                                   const char *password,
                                   const RoostPasswordOptions *options,
                                   GError **error)
{
  static const RoostAmendFuncs funcs = { change_password, apply_password, revert_password };
  const RoostAmendRequest request = { .operation = "set-password",
                                      .caller = options->caller,
                                      .live = options->live,
                                      .config = options->config };
  Change change = { type, { password, options->expires, options->connected } };

  return check_password (type, password, options, error)
         && roost_domain_amend (domain, &request, &funcs, &change, error);
}
