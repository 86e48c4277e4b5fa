/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/display.h"

#include "base/compat.h"
#include "base/error.h"
#include "bus/handlers.h"

#include <gio/gunixfdlist.h>
#include <unistd.h>

/* --- options --- */

const RoostType roost_options_display = {
  .name = "display-options",
  .size = sizeof (RoostDisplayOptions),
  .fields =
      (const RoostField[]){
          { .path = "@skip-auth",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostDisplayOptions, skip_auth),
            .doc = "the viewer need not know the password" },
          { .path = "@tls",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostDisplayOptions, tls),
            .doc = "the viewer begins with TLS" },
          { .path = "@force",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostDisplayOptions, force),
            .doc = "take the D-Bus display from whoever has it" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  gboolean live;
  gboolean config;
  RoostUint valid_us;
  RoostUint expires_us;
  int connected;
} PasswordOptions;

static const char *const connected_names[] = { "", "keep", "disconnect", "fail", NULL };

const RoostType roost_options_display_password = {
  .name = "display-password-options",
  .size = sizeof (PasswordOptions),
  .fields =
      (const RoostField[]){
          { .path = "@live",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (PasswordOptions, live),
            .doc = "of what runs" },
          { .path = "@config",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (PasswordOptions, config),
            .doc = "of what the next start uses" },
          { .path = "@valid-for",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (PasswordOptions, valid_us),
            .doc = "microseconds from now" },
          { .path = "@expires-at",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (PasswordOptions, expires_us),
            .doc = "microseconds since 1970-01-01 UTC" },
          { .path = "@connected",
            .kind = ROOST_FIELD_ENUM,
            .offset = G_STRUCT_OFFSET (PasswordOptions, connected),
            .names = connected_names,
            .doc = "what becomes of clients that are connected" },
          ROOST_FIELD_END,
      },
};

/* --- viewers --- */

static gboolean
read_type (const RoostCall *call, RoostDisplayType *out, GError **error)
{
  const char *name;

  g_variant_get_child (call->args, 0, "&s", &name);
  return roost_display_type_parse (name, out, error);
}

/* QEMU looks at who made the pair, which is this process. */
static gboolean
check_same_user (const RoostCall *call, RoostDisplayType type, GError **error)
{
  uid_t uid = 0;

  if (type != ROOST_DISPLAY_DBUS || (roost_sender_uid (call->sender, &uid) && uid == geteuid ()))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                      "the D-Bus display lets in who made the socket pair, and that would be the "
                      "daemon's user: make one yourself and call Connect");
}

GVariant *
display_open (RoostCall *call, GError **error)
{
  RoostDisplayType type;

  if (!read_type (call, &type, error) || !check_same_user (call, type, error))
    return NULL;
  return roost_call_fd (
      call, roost_domain_display_open (ROOST_CALL_DOMAIN (call), type, call->options, error));
}

/* Returns: the descriptor that the argument @index names, or -1 */
static int
take_fd (const RoostCall *call, guint index, GError **error)
{
  GUnixFDList *fds =
      g_dbus_message_get_unix_fd_list (g_dbus_method_invocation_get_message (call->invocation));
  gint32 handle = -1;

  g_variant_get_child (call->args, index, "h", &handle);
  if (fds != NULL && handle >= 0 && handle < g_unix_fd_list_get_length (fds))
    return g_unix_fd_list_get (fds, handle, error);
  roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "the message carries no such descriptor");
  return -1;
}

GVariant *
display_connect (RoostCall *call, GError **error)
{
  g_auto (RoostFd) fd = -1;
  RoostDisplayType type;

  if (!read_type (call, &type, error))
    return NULL;
  fd = take_fd (call, 1, error);
  if (fd < 0
      || !roost_domain_display_connect (ROOST_CALL_DOMAIN (call), type, fd, call->options, error))
    return NULL;
  return g_variant_new ("()");
}

GVariant *
display_reload_tls (RoostCall *call, GError **error)
{
  return roost_domain_display_reload_tls (ROOST_CALL_DOMAIN (call), error) ? g_variant_new ("()")
                                                                           : NULL;
}

/* --- passwords --- */

/* The end of the year 9999, seconds. */
#define LAST_SECOND G_GUINT64_CONSTANT (253402300799)

/* When it ends: microseconds since the epoch; the most there is when it is beyond counting. */
static guint64
expiry_us (const PasswordOptions *options)
{
  guint64 now = (guint64)g_get_real_time ();

  if (options->expires_us.is_set)
    return options->expires_us.value;
  return options->valid_us.value < G_MAXUINT64 - now ? now + options->valid_us.value : G_MAXUINT64;
}

/* @out: seconds since the epoch; -1 for never */
static gboolean
read_expiry (const PasswordOptions *options, gint64 *out, GError **error)
{
  guint64 seconds = expiry_us (options) / G_USEC_PER_SEC;

  *out = -1;
  if (!options->valid_us.is_set && !options->expires_us.is_set)
    return TRUE;
  if (options->valid_us.is_set && options->expires_us.is_set)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "valid-for and expires-at exclude each other");
  if (seconds > LAST_SECOND)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "a password cannot be valid beyond the year 9999; without valid-for and "
                        "expires-at it does not expire");
  *out = (gint64)seconds;
  return TRUE;
}

GVariant *
display_set_password (RoostCall *call, GError **error)
{
  const PasswordOptions *options = call->options;
  RoostPasswordOptions password = {
    .caller = call->caller,
    .live = options->live,
    .config = options->config,
    .connected = options->connected > 0 ? connected_names[options->connected] : NULL,
  };
  RoostDisplayType type;
  const char *text;

  g_variant_get_child (call->args, 1, "&s", &text);
  if (!read_type (call, &type, error) || !read_expiry (options, &password.expires, error)
      || !roost_domain_set_display_password (ROOST_CALL_DOMAIN (call), type, text, &password,
                                             error))
    return NULL;
  return g_variant_new ("()");
}
