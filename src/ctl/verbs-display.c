/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/compat.h"
#include "base/error.h"

#include <gio/gunixfdlist.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CTL_DISPLAY "org.roost1.Domain.Display"

/* Characters that SendText takes at once. */
#define MAX_TEXT 1000

static int hold_ms;
static int head;
static char *device;
static gboolean use_stdio, should_open, skip_auth, live, config;
static int valid_s = -1;
static char *connected;

static const GOptionEntry key_options[] = {
  { "hold", 0, 0, G_OPTION_ARG_INT, &hold_ms, "How long each key is down", "MILLISECONDS" },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry pointer_options[] = {
  { "device", 'd', 0, G_OPTION_ARG_STRING, &device, "Another video device than the first",
    "ALIAS" },
  { "head", 0, 0, G_OPTION_ARG_INT, &head, "Which head of it, from 0", "NUMBER" },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry display_options[] = {
  { "stdio", 0, 0, G_OPTION_ARG_NONE, &use_stdio,
    "Connect the display to the standard input and output", NULL },
  { "open", 'o', 0, G_OPTION_ARG_NONE, &should_open, "Show it with remote-viewer", NULL },
  { "skip-auth", 0, 0, G_OPTION_ARG_NONE, &skip_auth, "With --stdio: ask for no password", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry password_options[] = {
  { "valid-for", 0, 0, G_OPTION_ARG_INT, &valid_s, "It ends after so long; 0 shuts everybody out",
    "SECONDS" },
  { "connected", 0, 0, G_OPTION_ARG_STRING, &connected,
    "What becomes of viewers: keep, disconnect or fail", "WHAT" },
  { "live", 0, 0, G_OPTION_ARG_NONE, &live, "Only of the guest that runs", NULL },
  { "config", 0, 0, G_OPTION_ARG_NONE, &config, "Only of the next start", NULL },
  G_OPTION_ENTRY_NULL,
};

static gboolean
call (Ctl *ctl, const char *path, const char *method, GVariant *args, GError **error)
{
  g_autoptr (GVariant) reply =
      ctl_call (ctl, path, CTL_DOMAIN, method, args, "()", CTL_CALL_SLOW, error);

  return reply != NULL;
}

/* --- keys --- */

static GVariant *
hold_options (void)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (hold_ms > 0)
    g_variant_dict_insert (&options, "hold-time", "t", (guint64)hold_ms * 1000);
  return g_variant_dict_end (&options);
}

/* "ctrl-alt-delete": keys that are pressed together */
static gboolean
send_combination (Ctl *ctl, const char *path, const char *text, GError **error)
{
  g_auto (GStrv) keys = g_strsplit_set (text, "-+", -1);

  return call (ctl, path, "SendKey", g_variant_new ("(^as@a{sv})", keys, hold_options ()), error);
}

static gboolean
send_key_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);

  if (path == NULL)
    return FALSE;
  for (char **text = args + 1; *text != NULL; text++)
    if (!send_combination (ctl, path, *text, error))
      return FALSE;
  return TRUE;
}

static gboolean
send_text (Ctl *ctl, const char *path, const char *text, GError **error)
{
  while (*text != '\0')
    {
      glong length = g_utf8_strlen (text, -1);
      const char *end = g_utf8_offset_to_pointer (text, MIN (length, MAX_TEXT));
      g_autofree char *part = g_strndup (text, (gsize)(end - text));

      if (!call (ctl, path, "SendText", g_variant_new ("(s@a{sv})", part, hold_options ()), error))
        return FALSE;
      text = end;
    }
  return TRUE;
}

static gboolean
send_text_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *text = args[1] != NULL ? g_strdup (args[1]) : ctl_read_text ("-", error);
  g_autofree char *path = text != NULL ? ctl_find_domain (ctl, args[0], error) : NULL;

  if (path == NULL)
    return FALSE;
  if (!g_utf8_validate (text, -1, NULL))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "the text is not UTF-8");
  return send_text (ctl, path, text, error);
}

/* --- the pointer --- */

static GVariant *
parse_numbers (const char *text, gboolean is_real)
{
  char *comma;
  char *end;
  double x = g_ascii_strtod (text, &comma);
  double y = *comma == ',' ? g_ascii_strtod (comma + 1, &end) : 0;

  if (comma == text || *comma != ',' || end == comma + 1 || *end != '\0')
    return NULL;
  if (is_real)
    return g_variant_new ("(dd)", x, y);
  if (x < G_MININT16 || x > G_MAXINT16 || y < G_MININT16 || y > G_MAXINT16)
    return NULL;
  return g_variant_new ("(ii)", (int)x, (int)y);
}

/* "move:0.5,0.5", "click:left" */
static gboolean
add_event (GVariantBuilder *events, const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 2);
  GVariant *value = NULL;

  if (g_strv_length (parts) == 2)
    {
      gboolean has_numbers = g_str_equal (parts[0], "move") || g_str_equal (parts[0], "shift")
                             || g_str_equal (parts[0], "wheel");

      value = has_numbers ? parse_numbers (parts[1], g_str_equal (parts[0], "move"))
                          : g_variant_new_string (parts[1]);
    }
  if (value == NULL)
    {
      g_set_error (error, CTL_USAGE, 0,
                   "'%s' is not like move:0.5,0.5 or click:left; see 'roostctl pointer --help'",
                   text);
      return FALSE;
    }
  g_variant_builder_add (events, "(sv)", parts[0], value);
  return TRUE;
}

static gboolean
pointer_run (Ctl *ctl, char **args, GError **error)
{
  g_auto (GVariantBuilder) events = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sv)"));
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *path = NULL;

  for (char **text = args + 1; *text != NULL; text++)
    if (!add_event (&events, *text, error))
      return FALSE;
  path = ctl_find_domain (ctl, args[0], error);
  if (path == NULL)
    return FALSE;
  if (device != NULL)
    g_variant_dict_insert (&options, "device", "s", device);
  if (head > 0)
    g_variant_dict_insert (&options, "head", "u", (guint32)head);
  return call (ctl, path, "SendPointer",
               g_variant_new ("(a(sv)@a{sv})", &events, g_variant_dict_end (&options)), error);
}

static gboolean
nmi_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);

  return path != NULL && ctl_call_domain (ctl, path, "InjectNmi", NULL, error);
}

/* --- displays --- */

/* Returns: (transfer full) (nullable): aa{sv} */
static GVariant *
get_displays (Ctl *ctl, const char *path, GError **error)
{
  g_autoptr (GVariant) all = ctl_get_properties (ctl, path, CTL_DISPLAY, error);
  GVariant *displays =
      all != NULL ? g_variant_lookup_value (all, "Displays", G_VARIANT_TYPE ("aa{sv}")) : NULL;

  if (all != NULL && displays == NULL)
    roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "the daemon does not tell of displays");
  return displays;
}

static void
print_displays (Ctl *ctl, GVariant *displays)
{
  g_autoptr (CtlTable) table =
      ctl_table_new ((const char *const[]){ "TYPE", "LISTENS", "PASSWORD", "URI", NULL });
  GVariantIter iter;
  GVariant *display;

  g_variant_iter_init (&iter, displays);
  while (g_variant_iter_loop (&iter, "@a{sv}", &display))
    {
      const char *type = "", *listen = "-", *uri = "-";
      gboolean has_password = FALSE;

      g_variant_lookup (display, "type", "&s", &type);
      g_variant_lookup (display, "listen", "&s", &listen);
      g_variant_lookup (display, "uri", "&s", &uri);
      g_variant_lookup (display, "password", "b", &has_password);
      ctl_table_add (table,
                     (const char *const[]){ type, listen, has_password ? "yes" : "no", uri, NULL });
    }
  ctl_table_print (table, ctl);
}

/* The first one of @type (nullable: any) that has @key. Returns: (transfer full) (nullable) */
static char *
find_text (GVariant *displays, const char *type, const char *key)
{
  for (gsize i = 0; i < g_variant_n_children (displays); i++)
    {
      g_autoptr (GVariant) display = g_variant_get_child_value (displays, i);
      const char *its_type = NULL;
      char *text = NULL;

      if (g_variant_lookup (display, "type", "&s", &its_type)
          && (type == NULL || g_str_equal (its_type, type))
          && g_variant_lookup (display, key, "s", &text))
        return text;
    }
  return NULL;
}

static gboolean
run_viewer (GVariant *displays, const char *type, GError **error)
{
  g_autofree char *uri = find_text (displays, type, "uri");

  if (uri == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_FOUND,
                        "there is no display that listens; 'roostctl display --stdio' connects to "
                        "one that does not");
  execlp ("remote-viewer", "remote-viewer", uri, NULL);
  return roost_throw (error, ROOST_ERROR_NOT_FOUND,
                      "remote-viewer cannot be run; install it (virt-viewer), or open %s with "
                      "another viewer",
                      uri);
}

static gboolean
connect_stdio (Ctl *ctl, const char *path, const char *type, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_auto (RoostFd) display = -1;

  if (skip_auth)
    g_variant_dict_insert (&options, "skip-auth", "b", TRUE);
  reply = ctl_call_with_fds (ctl, path, CTL_DISPLAY, "Open",
                             g_variant_new ("(s@a{sv})", type, g_variant_dict_end (&options)),
                             "(h)", &fds, error);
  if (reply == NULL)
    return FALSE;
  display = fds != NULL ? g_unix_fd_list_get (fds, 0, error) : -1;
  if (display < 0)
    return FALSE;
  ctl_copy_both_ways (display);
  return TRUE;
}

static gboolean
display_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_autoptr (GVariant) displays = path != NULL ? get_displays (ctl, path, error) : NULL;
  g_autofree char *first = NULL;

  if (displays == NULL)
    return FALSE;
  if (should_open)
    return run_viewer (displays, args[1], error);
  first = find_text (displays, args[1], "type");
  if (first == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_FOUND, "domain '%s' has no %s%sdisplay", args[0],
                        args[1] != NULL ? args[1] : "", args[1] != NULL ? " " : "");
  if (use_stdio)
    return connect_stdio (ctl, path, first, error);
  if (ctl->json)
    ctl_print_variant_json (displays);
  else
    print_displays (ctl, displays);
  return TRUE;
}

/* --- passwords --- */

static gboolean
password_run (Ctl *ctl, char **args, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_autofree char *password = path != NULL ? ctl_ask_hidden ("Password: ", error) : NULL;
  g_autoptr (GVariant) reply = NULL;

  if (password == NULL)
    return FALSE;
  if (valid_s >= 0)
    g_variant_dict_insert (&options, "valid-for", "t", (guint64)valid_s * G_USEC_PER_SEC);
  if (connected != NULL)
    g_variant_dict_insert (&options, "connected", "s", connected);
  if (live)
    g_variant_dict_insert (&options, "live", "b", TRUE);
  if (config)
    g_variant_dict_insert (&options, "config", "b", TRUE);
  reply = ctl_call (ctl, path, CTL_DISPLAY, "SetPassword",
                    g_variant_new ("(ss@a{sv})", args[1], password, g_variant_dict_end (&options)),
                    "()", CTL_CALL_SLOW, error);
  return reply != NULL;
}

const CtlVerb ctl_display_verbs[] = {
  { .name = "send-key",
    .args = "DOMAIN KEYS...",
    .summary = "Press keys of the guest's keyboard",
    .details = "Keys that are pressed together are joined by '-' or '+'; what stands apart is\n"
               "pressed one after the other. A key has QEMU's name (a, ret, f1, meta_l), that of\n"
               "Linux (KEY_LEFTCTRL), or a common one (enter, super).\n\n"
               "Examples:\n"
               "  roostctl send-key demo ctrl-alt-delete\n"
               "  roostctl send-key demo alt-sysrq-s alt-sysrq-b",
    .min_args = 2,
    .max_args = CTL_MANY,
    .options = key_options,
    .run = send_key_run },
  { .name = "send-text",
    .args = "DOMAIN [TEXT]",
    .summary = "Type a text as on a US keyboard",
    .details = "Without TEXT it is read from the standard input. A line feed is the key Enter.\n\n"
               "Example:\n  printf 'root\\n' | roostctl send-text demo",
    .min_args = 1,
    .max_args = 2,
    .options = key_options,
    .run = send_text_run },
  { .name = "pointer",
    .args = "DOMAIN EVENT...",
    .summary = "Move the guest's pointer, press its buttons",
    .details = "move:X,Y      to a place, from 0 to 1 of the width and height; needs a tablet\n"
               "shift:X,Y     by so much to the right and down, with a mouse\n"
               "press:BUTTON, release:BUTTON, click:BUTTON\n"
               "              left, middle, right, side or extra\n"
               "wheel:X,Y     steps to the right and up\n\n"
               "Example:\n  roostctl pointer demo move:0.5,0.5 click:left",
    .min_args = 2,
    .max_args = 101,
    .options = pointer_options,
    .run = pointer_run },
  { .name = "inject-nmi",
    .args = "DOMAIN",
    .summary = "Send a non-maskable interrupt",
    .details = "Most systems say then where they are, or write a dump.\n\n"
               "Example:\n  roostctl inject-nmi demo",
    .min_args = 1,
    .max_args = 1,
    .run = nmi_run },
  { .name = "display",
    .args = "DOMAIN [TYPE]",
    .summary = "Show where the displays are, or open one",
    .details = "TYPE is vnc, spice or dbus; the first one when it is not given. With --stdio any\n"
               "viewer reaches a display that listens nowhere, also from another host.\n\n"
               "Examples:\n"
               "  roostctl display --open demo\n"
               "  socat TCP-LISTEN:5999,bind=127.0.0.1 EXEC:'roostctl display --stdio demo vnc'",
    .min_args = 1,
    .max_args = 2,
    .options = display_options,
    .run = display_run },
  { .name = "set-display-password",
    .args = "DOMAIN TYPE",
    .summary = "Set the password of a VNC or SPICE display",
    .details =
        "It is read from the standard input, one line. Without --valid-for it does not end.\n\n"
        "Example:\n  pwgen 8 1 | roostctl set-display-password --valid-for 300 demo vnc",
    .min_args = 2,
    .max_args = 2,
    .options = password_options,
    .run = password_run },
  { 0 },
};
