/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the agent inside a guest tells and does. Its words are the guest's: a terminal gets them
 * without control characters. */

static int timeout_s;
static gboolean crypted, replace_keys, remove_keys;
static char *minimum;

#define TIMEOUT_OPTION                                                                             \
  {                                                                                                \
    "timeout", 't', 0, G_OPTION_ARG_INT, &timeout_s, "Give up after this time", "SECONDS"          \
  }

static const GOptionEntry plain_options[] = {
  TIMEOUT_OPTION,
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry trim_options[] = {
  TIMEOUT_OPTION,
  { "minimum", 0, 0, G_OPTION_ARG_STRING, &minimum, "Leave shorter free ranges", "BYTES" },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry password_options[] = {
  TIMEOUT_OPTION,
  { "crypted", 0, 0, G_OPTION_ARG_NONE, &crypted, "It is encrypted already", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry keys_options[] = {
  TIMEOUT_OPTION,
  { "replace", 0, 0, G_OPTION_ARG_NONE, &replace_keys, "Those of the file and no others", NULL },
  { "remove", 0, 0, G_OPTION_ARG_NONE, &remove_keys, "Take those of the file away", NULL },
  G_OPTION_ENTRY_NULL,
};

/* --- calls --- */

static GVariant *
take_options (GVariantDict *options)
{
  if (timeout_s > 0)
    g_variant_dict_insert (options, "timeout", "t", (guint64)timeout_s * G_USEC_PER_SEC);
  return g_variant_dict_end (options);
}

static GVariant *
no_options (void)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  return take_options (&options);
}

/* Finds the domain @name and calls. @args: (nullable): the tuple's elements before the options */
static GVariant *
call (Ctl *ctl, const char *name, const char *method, GVariant *args, GError **error)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (args);
  g_autofree char *path = ctl_find_domain (ctl, name, error);

  return path != NULL ? ctl_call (ctl, path, CTL_AGENT, method, held, "r", CTL_CALL_SLOW, error)
                      : NULL;
}

static GVariant *
ask (Ctl *ctl, const char *path, const char *method, GError **error)
{
  g_autoptr (GVariant) reply =
      ctl_call (ctl, path, CTL_AGENT, method, g_variant_new ("(@a{sv})", no_options ()), "r",
                CTL_CALL_SLOW, error);

  return reply != NULL && g_variant_n_children (reply) > 0 ? g_variant_get_child_value (reply, 0)
                                                           : NULL;
}

static char *
clean (const char *text)
{
  g_autoptr (GString) safe = g_string_new (NULL);

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      g_string_append_unichar (safe, c == ' ' || g_unichar_isgraph (c) ? c : '?');
    }
  return g_string_free (g_steal_pointer (&safe), FALSE);
}

/* --- guest-info --- */

static const struct
{
  const char *name;
  const char *method;
} facts[] = {
  { "agent", "GetInfo" },
  { "os", "GetOsInfo" },
  { "hostname", "GetHostname" },
  { "time", "GetTime" },
  { "timezone", "GetTimezone" },
  { "users", "GetUsers" },
  { "interfaces", "GetInterfaces" },
  { "filesystems", "GetFilesystems" },
  { "disks", "GetDisks" },
  { "vcpus", "GetVcpus" },
  { "freeze-state", "GetFreezeState" },
};

static gboolean
is_dict_list (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE ("aa{sv}"));
}

static char *
value_text (const char *key, GVariant *value)
{
  g_autofree char *text = NULL;

  if (g_str_has_suffix (key, "time") && g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    return ctl_format_time (g_variant_get_uint64 (value));
  if (g_str_equal (key, "used") || g_str_equal (key, "total"))
    return ctl_format_size (g_variant_get_uint64 (value));
  text = ctl_format_variant (value);
  return clean (text);
}

static void print_value (const char *key, GVariant *value, guint depth);

static void
print_dict (GVariant *dict, guint depth)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, dict);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      print_value (key, value, depth);
      g_variant_unref (value);
    }
}

/* An entry of a list begins with a dash, and its members follow. */
static void
print_value (const char *key, GVariant *value, guint depth)
{
  g_autofree char *text = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    {
      printf ("%*s%s:\n", (int)depth * 2, "", key);
      print_dict (value, depth + 1);
      return;
    }
  if (!is_dict_list (value))
    {
      text = value_text (key, value);
      printf ("%*s%s: %s\n", (int)depth * 2, "", key, text);
      return;
    }
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (value, i);

      printf ("%*s%s %" G_GSIZE_FORMAT ":\n", (int)depth * 2, "", key, i + 1);
      print_dict (entry, depth + 1);
    }
}

static const char *
method_of (const char *name, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      if (g_str_equal (facts[i].name, name))
        return facts[i].method;
      g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", facts[i].name);
    }
  g_set_error (error, CTL_USAGE, 0, "'%s' cannot be asked for; there are %s", name, known->str);
  return NULL;
}

/* Without names: all, and what this agent does not know is left out. */
static gboolean
collect (Ctl *ctl, const char *path, char **names, GVariantDict *found, GError **error)
{
  for (guint i = 0; names[0] == NULL && i < G_N_ELEMENTS (facts); i++)
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (GVariant) value = ask (ctl, path, facts[i].method, &local);

      if (value != NULL)
        g_variant_dict_insert_value (found, facts[i].name, value);
      else if (!g_error_matches (local, ROOST_ERROR, ROOST_ERROR_AGENT))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
  for (char **name = names; *name != NULL; name++)
    {
      const char *method = method_of (*name, error);
      g_autoptr (GVariant) value = method != NULL ? ask (ctl, path, method, error) : NULL;

      if (value == NULL)
        return FALSE;
      g_variant_dict_insert_value (found, *name, value);
    }
  return TRUE;
}

static gboolean
info_run (Ctl *ctl, char **args, GError **error)
{
  g_auto (GVariantDict) found = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_autoptr (GVariant) all = NULL;

  if (path == NULL || !collect (ctl, path, args + 1, &found, error))
    return FALSE;
  all = g_variant_ref_sink (g_variant_dict_end (&found));
  if (ctl->json)
    {
      ctl_print_variant_json (all);
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (all, facts[i].name, NULL);

      if (value != NULL)
        print_value (facts[i].name, value, 0);
    }
  return TRUE;
}

/* --- the rest --- */

static gboolean
ping_one (Ctl *ctl, const char *path, const char *name, GError **error)
{
  g_autoptr (GVariant) reply =
      ctl_call (ctl, path, CTL_AGENT, "Ping", g_variant_new ("(@a{sv})", no_options ()), "()",
                CTL_CALL_SLOW, error);

  return reply != NULL;
}

static gboolean
print_count (Ctl *ctl, GVariant *reply)
{
  guint32 count;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(u)", &count);
  printf (ctl->json ? "%u\n" : "%u filesystem(s)\n", count);
  return TRUE;
}

static gboolean
freeze_run (Ctl *ctl, char **args, GError **error)
{
  g_autoptr (GVariant) reply =
      call (ctl, args[0], "Freeze", g_variant_new ("(^as@a{sv})", args + 1, no_options ()), error);

  return print_count (ctl, reply);
}

static gboolean
thaw_run (Ctl *ctl, char **args, GError **error)
{
  g_autoptr (GVariant) reply =
      call (ctl, args[0], "Thaw", g_variant_new ("(@a{sv})", no_options ()), error);

  return print_count (ctl, reply);
}

static gboolean
trim_run (Ctl *ctl, char **args, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) list = NULL;
  guint64 bytes;

  if (minimum != NULL && !g_ascii_string_to_unsigned (minimum, 10, 0, G_MAXINT64, &bytes, NULL))
    {
      g_set_error (error, CTL_USAGE, 0, "'%s' is no number of bytes", minimum);
      return FALSE;
    }
  if (minimum != NULL)
    g_variant_dict_insert (&options, "minimum", "t", bytes);
  reply = call (ctl, args[0], "Trim", g_variant_new ("(@a{sv})", take_options (&options)), error);
  if (reply == NULL)
    return FALSE;
  list = g_variant_get_child_value (reply, 0);
  if (ctl->json)
    ctl_print_variant_json (list);
  else
    print_value ("filesystem", list, 0);
  return TRUE;
}

static gboolean
read_vcpu (const char *text, GVariantBuilder *vcpus, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "=", 2);
  guint64 number;

  if (g_strv_length (parts) == 2
      && g_ascii_string_to_unsigned (parts[0], 10, 0, G_MAXUINT32, &number, NULL)
      && (g_str_equal (parts[1], "on") || g_str_equal (parts[1], "off")))
    {
      g_variant_builder_add (vcpus, "{ub}", (guint32)number, g_str_equal (parts[1], "on"));
      return TRUE;
    }
  g_set_error (error, CTL_USAGE, 0, "'%s' is not NUMBER=on or NUMBER=off", text);
  return FALSE;
}

static gboolean
vcpus_run (Ctl *ctl, char **args, GError **error)
{
  g_auto (GVariantBuilder) vcpus = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ub}"));
  g_autoptr (GVariant) reply = NULL;
  guint32 count;

  for (char **arg = args + 1; *arg != NULL; arg++)
    if (!read_vcpu (*arg, &vcpus, error))
      return FALSE;
  reply = call (ctl, args[0], "SetVcpus", g_variant_new ("(a{ub}@a{sv})", &vcpus, no_options ()),
                error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(u)", &count);
  if (count == g_strv_length (args) - 1)
    return TRUE;
  return roost_throw (error, ROOST_ERROR_AGENT, "the guest did only the first %u of them", count);
}

static gboolean
password_run (Ctl *ctl, char **args, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autofree char *secret = ctl_ask_hidden ("New password: ", error);

  if (secret == NULL)
    return FALSE;
  if (crypted)
    g_variant_dict_insert (&options, "crypted", "b", TRUE);
  reply = call (ctl, args[0], "SetUserPassword",
                g_variant_new ("(ss@a{sv})", args[1], secret, take_options (&options)), error);
  explicit_bzero (secret, strlen (secret));
  return reply != NULL;
}

static gboolean
print_keys (Ctl *ctl, char **args, GError **error)
{
  g_autoptr (GVariant) reply =
      call (ctl, args[0], "GetSshKeys", g_variant_new ("(s@a{sv})", args[1], no_options ()), error);
  g_autoptr (GVariant) keys = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;

  if (keys == NULL)
    return FALSE;
  if (ctl->json)
    ctl_print_variant_json (keys);
  for (gsize i = 0; !ctl->json && i < g_variant_n_children (keys); i++)
    {
      const char *key;
      g_autofree char *safe = NULL;

      g_variant_get_child (keys, i, "&s", &key);
      safe = clean (key);
      puts (safe);
    }
  return TRUE;
}

static gboolean
keys_run (Ctl *ctl, char **args, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GVariant) reply = NULL;

  if (args[2] == NULL)
    return print_keys (ctl, args, error);
  text = ctl_read_text (args[2], error);
  if (text == NULL)
    return FALSE;
  if (replace_keys && !remove_keys)
    g_variant_dict_insert (&options, "replace", "b", TRUE);
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  reply = call (ctl, args[0], remove_keys ? "RemoveSshKeys" : "AddSshKeys",
                g_variant_new ("(s^as@a{sv})", args[1], lines, take_options (&options)), error);
  return reply != NULL;
}

static gboolean
command_run (Ctl *ctl, char **args, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  const char *result;

  reply =
      call (ctl, args[0], "Command", g_variant_new ("(s@a{sv})", args[1], no_options ()), error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&s)", &result);
  puts (result);
  return TRUE;
}

const CtlVerb ctl_guest_verbs[] = {
  { .name = "guest-ping",
    .args = "DOMAIN...",
    .summary = "Ask whether the guest's agent answers",
    .details = "Example:\n  roostctl guest-ping demo",
    .min_args = 1,
    .max_args = CTL_MANY,
    .options = plain_options,
    .each = ping_one },
  { .name = "guest-info",
    .args = "DOMAIN [WHAT...]",
    .summary = "Show what the guest's agent tells",
    .details =
        "WHAT is one of agent, os, hostname, time, timezone, users, interfaces, filesystems,\n"
        "disks, vcpus, freeze-state; without it, all that this agent knows.\n\n"
        "Example:\n  roostctl guest-info demo interfaces",
    .min_args = 1,
    .max_args = CTL_MANY,
    .options = plain_options,
    .run = info_run },
  { .name = "guest-freeze",
    .args = "DOMAIN [MOUNTPOINT...]",
    .summary = "Hold back all writing of the guest",
    .details = "So that its disks can be copied. Thaw it within seconds: nobody else will.\n\n"
               "Example:\n  roostctl guest-freeze demo && cp … ; roostctl guest-thaw demo",
    .min_args = 1,
    .max_args = CTL_MANY,
    .options = plain_options,
    .run = freeze_run },
  { .name = "guest-thaw",
    .args = "DOMAIN",
    .summary = "Let a frozen guest write again",
    .details = "Example:\n  roostctl guest-thaw demo",
    .min_args = 1,
    .max_args = 1,
    .options = plain_options,
    .run = thaw_run },
  { .name = "guest-trim",
    .args = "DOMAIN",
    .summary = "Tell the disks what the guest does not use",
    .details = "Example:\n  roostctl guest-trim demo",
    .min_args = 1,
    .max_args = 1,
    .options = trim_options,
    .run = trim_run },
  { .name = "guest-vcpus",
    .args = "DOMAIN NUMBER=on|off...",
    .summary = "Let the guest use virtual CPUs, or not",
    .details = "They stay plugged in.\n\nExample:\n  roostctl guest-vcpus demo 2=off 3=off",
    .min_args = 2,
    .max_args = CTL_MANY,
    .options = plain_options,
    .run = vcpus_run },
  { .name = "guest-password",
    .args = "DOMAIN USER",
    .summary = "Set the password of a user of the guest",
    .details = "It is read from the standard input, a line.\n\n"
               "Example:\n  roostctl guest-password demo root",
    .min_args = 2,
    .max_args = 2,
    .options = password_options,
    .run = password_run },
  { .name = "guest-keys",
    .args = "DOMAIN USER [FILE]",
    .summary = "List or add SSH keys of a user of the guest",
    .details = "With FILE (- is the standard input) its keys, a line each, are added.\n\n"
               "Example:\n  roostctl guest-keys demo root ~/.ssh/id_ed25519.pub",
    .min_args = 2,
    .max_args = 3,
    .options = keys_options,
    .run = keys_run },
  { .name = "guest-command",
    .args = "DOMAIN JSON",
    .summary = "Send a raw command to the guest's agent",
    .details = "Example:\n  roostctl guest-command demo '{\"execute\": \"guest-get-disks\"}'",
    .min_args = 2,
    .max_args = 2,
    .options = plain_options,
    .run = command_run },
  { 0 },
};
