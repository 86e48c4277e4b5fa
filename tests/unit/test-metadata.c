/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/metadata.h"

#include "base/error.h"
#include "model/domain-types.h"

#include <string.h>

#define A "http://example.org/a"
#define B "http://example.org/b"

static RoostDomainConfig *
config_with (const char *declared, const char *metadata)
{
  g_autofree char *xml =
      g_strdup_printf ("<domain type='qemu' %s><name>a</name>%s<memory>65536</memory>"
                       "<os><type>hvm</type></os></domain>",
                       declared, metadata);
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (xml, NULL, &error);

  g_assert_no_error (error);
  return g_steal_pointer (&config);
}

static const struct
{
  const char *declared; /* at the root */
  const char *before;   /* "": no <metadata> */
  const char *uri;
  const char *element; /* "": removed */
  const char *after;
} changes[] = {
  { "", "", A, "<a:x xmlns:a='" A "'/>", "<metadata><a:x xmlns:a='" A "'/></metadata>" },
  { "", "<metadata/>", A, "<a:x xmlns:a='" A "'/>", "<metadata><a:x xmlns:a='" A "'/></metadata>" },
  { "", "<metadata>\n <b:y  xmlns:b='" B "' k=\"v\"/>\n</metadata>", A,
    "<?xml version='1.0'?>\n<x xmlns='" A "'>1</x>\n",
    "<metadata>\n <b:y  xmlns:b='" B "' k=\"v\"/>\n<x xmlns='" A "'>1</x></metadata>" },
  { "xmlns:b='" B "'", "<metadata><b:y><b:z/></b:y><a:x xmlns:a='" A "'/></metadata>", A, "",
    "<metadata><b:y><b:z/></b:y></metadata>" },
  { "xmlns:b='" B "'", "<metadata><b:y/><a:x xmlns:a='" A "'>old</a:x></metadata>", B,
    "<n:new xmlns:n='" B "'/>",
    "<metadata><n:new xmlns:n='" B "'/><a:x xmlns:a='" A "'>old</a:x></metadata>" },
};

static void
test_change (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (RoostDomainConfig) config = config_with (changes[i].declared, changes[i].before);
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL;
      g_autofree char *got = NULL;

      g_assert_true (roost_metadata_set (config, changes[i].uri, changes[i].element, &error));
      g_assert_no_error (error);
      text = roost_domain_config_format (config, 0);
      g_assert_nonnull (strstr (text, changes[i].after));
      got = roost_metadata_get (config, changes[i].uri, &error);
      if (*changes[i].element == '\0')
        g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND);
      else
        g_assert_nonnull (strstr (changes[i].element, got));
    }
}

static const struct
{
  const char *element;
  int code;
  const char *text;
} refusals[] = {
  { "", ROOST_ERROR_NOT_FOUND, "there is no metadata of" },
  { "<x/>", ROOST_ERROR_INVALID_ARGUMENT, "the element <x> is not of the namespace" },
  { "<b:x xmlns:b='" B "'/>", ROOST_ERROR_INVALID_ARGUMENT, "not of the namespace '" A "'" },
  { "<a:x xmlns:a='" A "'>", ROOST_ERROR_INVALID_XML, "line 1, column " },
  { "<a:x xmlns:a='" A "'/></metadata><os/>", ROOST_ERROR_INVALID_XML, "line 1, column " },
  { "text", ROOST_ERROR_INVALID_XML, "line 1, column " },
};

static void
test_refused (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (RoostDomainConfig) config = config_with ("", "");
      g_autoptr (GError) error = NULL;

      g_assert_false (roost_metadata_set (config, A, refusals[i].element, &error));
      g_assert_error (error, ROOST_ERROR, refusals[i].code);
      g_assert_nonnull (strstr (error->message, refusals[i].text));
      g_assert_null (config->metadata);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metadata/change", test_change);
  g_test_add_func ("/metadata/refused", test_refused);
  return g_test_run ();
}
