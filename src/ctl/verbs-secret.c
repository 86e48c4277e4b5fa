/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SECRET      "org.roost1.Secret"
#define SECRET_PATH CTL_ROOT "/secret/"

static gboolean
secret_path (const char *uuid, char **out, GError **error)
{
  if (!g_uuid_string_is_valid (uuid))
    return roost_throw (error, ROOST_ERROR_NOT_FOUND,
                        "'%s' is not the UUID of a secret; 'roostctl secret-list' shows them",
                        uuid);
  *out = g_strconcat (SECRET_PATH, uuid, NULL);
  g_strdelimit (*out + strlen (SECRET_PATH), "-", '_');
  return TRUE;
}

/* --- list --- */

static void
add_row (CtlTable *table, GVariant *secret)
{
  const char *uuid = "", *type = "", *id = "", *protection = "";
  gboolean is_private = FALSE;

  g_variant_lookup (secret, "Uuid", "&s", &uuid);
  g_variant_lookup (secret, "UsageType", "&s", &type);
  g_variant_lookup (secret, "UsageId", "&s", &id);
  g_variant_lookup (secret, "Protection", "&s", &protection);
  g_variant_lookup (secret, "Private", "b", &is_private);
  ctl_table_add (table, (const char *const[]){ uuid, *type != '\0' ? type : "-",
                                               *id != '\0' ? id : "-", is_private ? "yes" : "no",
                                               *protection != '\0' ? protection : "none", NULL });
}

static gboolean
list_run (Ctl *ctl, char **args, GError **error)
{
  g_autoptr (GVariant) objects = ctl_get_objects (ctl, error);
  g_autoptr (CtlTable) table =
      ctl_table_new ((const char *const[]){ "UUID", "USAGE", "USER", "PRIVATE", "VALUE", NULL });
  g_autoptr (JsonNode) json = json_node_alloc ();
  GVariantIter iter;
  GVariant *interfaces;

  if (objects == NULL)
    return FALSE;
  json_node_init_array (json, NULL);
  json_node_take_array (json, json_array_new ());
  g_variant_iter_init (&iter, objects);
  while (g_variant_iter_next (&iter, "{&o@a{sa{sv}}}", NULL, &interfaces))
    {
      g_autoptr (GVariant) secret =
          g_variant_lookup_value (interfaces, SECRET, G_VARIANT_TYPE_VARDICT);

      if (secret != NULL)
        add_row (table, secret);
      if (secret != NULL)
        json_array_add_element (json_node_get_array (json), json_gvariant_serialize (secret));
      g_variant_unref (interfaces);
    }
  if (ctl->json)
    ctl_print_json (json, FALSE);
  else
    ctl_table_print (table, ctl);
  return TRUE;
}

/* --- define, undefine --- */

static gboolean
define_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *xml = ctl_read_text (args[0], error);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) properties = NULL;
  const char *path, *uuid = "";

  if (xml == NULL)
    return FALSE;
  reply =
      ctl_call_manager (ctl, "DefineSecret", g_variant_new ("(sa{sv})", xml, NULL), "(o)", error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&o)", &path);
  properties = ctl_get_properties (ctl, path, SECRET, error);
  if (properties == NULL)
    return FALSE;
  g_variant_lookup (properties, "Uuid", "&s", &uuid);
  printf ("%s\n", uuid);
  return TRUE;
}

static GVariant *
call_secret (Ctl *ctl, const char *uuid, const char *method, const char *type, GError **error)
{
  g_autofree char *path = NULL;

  if (!secret_path (uuid, &path, error))
    return NULL;
  return ctl_call (ctl, path, SECRET, method, g_variant_new ("(a{sv})", NULL), type, CTL_CALL_SLOW,
                   error);
}

static gboolean
undefine_run (Ctl *ctl, char **args, GError **error)
{
  g_autoptr (GVariant) reply = call_secret (ctl, args[0], "Undefine", "()", error);

  return reply != NULL;
}

static gboolean
dumpxml_run (Ctl *ctl, char **args, GError **error)
{
  g_autoptr (GVariant) reply = call_secret (ctl, args[0], "GetXml", "(s)", error);
  const char *xml;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&s)", &xml);
  fputs (xml, stdout);
  return TRUE;
}

/* --- values --- */

/* Asks on the terminal, which does not show what is typed. Returns: a descriptor, or -1 */
static int
ask_value (GError **error)
{
  char *text = ctl_ask_hidden ("Value: ", error);
  size_t length = text != NULL ? strlen (text) : 0;
  int fd = text != NULL ? memfd_create ("secret", MFD_CLOEXEC) : -1;

  if (fd >= 0 && (write (fd, text, length) != (ssize_t)length || lseek (fd, 0, SEEK_SET) != 0))
    {
      close (fd);
      fd = -1;
    }
  if (text != NULL && fd < 0)
    roost_throw_errno (error, errno, "cannot keep the value");
  if (text != NULL)
    explicit_bzero (text, length);
  g_free (text);
  return fd;
}

static int
open_value (const char *file, GError **error)
{
  int fd;

  if (file == NULL && isatty (STDIN_FILENO))
    return ask_value (error);
  fd = file == NULL || g_str_equal (file, "-") ? dup (STDIN_FILENO)
                                               : open (file, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    roost_throw (error, ROOST_ERROR_IO, "%s: %s", file, g_strerror (errno));
  return fd;
}

static gboolean
set_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = NULL;
  g_autoptr (GVariant) reply = NULL;
  int fd;

  if (!secret_path (args[0], &path, error))
    return FALSE;
  fd = open_value (args[1], error);
  if (fd < 0)
    return FALSE;
  reply = ctl_call_with_fd (ctl, path, SECRET, "SetValueFrom", g_variant_new ("(ha{sv})", 0, NULL),
                            "()", fd, error);
  close (fd);
  return reply != NULL;
}

static gboolean
get_run (Ctl *ctl, char **args, GError **error)
{
  g_autoptr (GVariant) reply = call_secret (ctl, args[0], "GetValue", "(ay)", error);
  g_autoptr (GVariant) value = NULL;
  const char *data;
  gsize length;

  if (reply == NULL)
    return FALSE;
  value = g_variant_get_child_value (reply, 0);
  data = g_variant_get_fixed_array (value, &length, 1);
  if (fwrite (data, 1, length, stdout) != length)
    return roost_throw (error, ROOST_ERROR_IO, "cannot write the value: %s", g_strerror (errno));
  if (isatty (STDOUT_FILENO))
    fputs ("\n", stdout);
  return TRUE;
}

const CtlVerb ctl_secret_verbs[] = {
  { .name = "secret-list",
    .args = "",
    .summary = "List secrets: for what each is, and how its value is kept",
    .details = "Example:\n  roostctl secret-list",
    .run = list_run },
  { .name = "secret-define",
    .args = "FILE",
    .summary = "Make a secret from an XML file, and print its UUID",
    .details = "It has no value yet; see secret-set-value. '-' reads standard input.\n\n"
               "Example:\n  roostctl secret-define luks.xml",
    .min_args = 1,
    .max_args = 1,
    .run = define_run },
  { .name = "secret-set-value",
    .args = "UUID [FILE]",
    .summary = "Give a secret its value",
    .details = "Asks for it on a terminal, else reads the file or standard input to its end, as it "
               "is: a newline at the end belongs to the value.\n\n"
               "Example:\n  printf %s \"$pass\" | roostctl secret-set-value 0b63b9a1-…",
    .min_args = 1,
    .max_args = 2,
    .run = set_run },
  { .name = "secret-get-value",
    .args = "UUID",
    .summary = "Print the value of a secret that is not private",
    .details = "Example:\n  roostctl secret-get-value 0b63b9a1-… > key",
    .min_args = 1,
    .max_args = 1,
    .run = get_run },
  { .name = "secret-dumpxml",
    .args = "UUID",
    .summary = "Print the XML of a secret",
    .details = "The value is not in it.\n\nExample:\n  roostctl secret-dumpxml 0b63b9a1-…",
    .min_args = 1,
    .max_args = 1,
    .run = dumpxml_run },
  { .name = "secret-undefine",
    .args = "UUID",
    .summary = "Forget a secret and its value",
    .details = "Domains that name it will not start.\n\n"
               "Example:\n  roostctl secret-undefine 0b63b9a1-…",
    .min_args = 1,
    .max_args = 1,
    .run = undefine_run },
  { 0 },
};
