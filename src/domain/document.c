/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/document.h"

#include "base/error.h"
#include "domain/view.h"

/* How long a struct tree that nobody asks for is kept. */
#define IDLE_SECONDS 10

struct RoostDocument
{
  guint ref_count;
  char *name;
  char *uuid;
  char *text;
  RoostDomainSummary summary;
  RoostDomainConfig *config; /* (nullable) */
  gboolean was_used;         /* since the timer looked last */
  guint timer;
};

static gboolean
on_idle (gpointer p)
{
  RoostDocument *document = p;

  if (document->was_used)
    {
      document->was_used = FALSE;
      return G_SOURCE_CONTINUE;
    }
  document->timer = 0;
  g_clear_pointer (&document->config, roost_domain_config_free);
  return G_SOURCE_REMOVE;
}

static RoostDocument *
document_of (const RoostDomainConfig *config, char *text)
{
  RoostDocument *document = g_new0 (RoostDocument, 1);

  document->ref_count = 1;
  document->name = g_strdup (roost_domain_config_name (config));
  document->uuid = g_strdup (roost_domain_config_uuid (config));
  document->text = text;
  roost_view_summary (config, &document->summary);
  return document;
}

RoostDocument *
roost_document_new (const RoostDomainConfig *config)
{
  return document_of (
      config, roost_domain_config_format (config, ROOST_FORMAT_SECRETS | ROOST_FORMAT_LIVE));
}

RoostDocument *
roost_document_parse (const char *xml, GError **error)
{
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (xml, NULL, error);

  if (config == NULL)
    return NULL;
  if (roost_domain_config_name (config) == NULL || roost_domain_config_uuid (config) == NULL)
    {
      roost_throw (error, ROOST_ERROR_INVALID_XML, "<domain>: <name> or <uuid> is missing");
      return NULL;
    }
  return document_of (config, g_strdup (xml));
}

RoostDocument *
roost_document_ref (RoostDocument *document)
{
  document->ref_count++;
  return document;
}

void
roost_document_unref (RoostDocument *document)
{
  if (--document->ref_count > 0)
    return;
  g_clear_handle_id (&document->timer, g_source_remove);
  g_clear_pointer (&document->config, roost_domain_config_free);
  g_free (document->name);
  g_free (document->uuid);
  g_free (document->text);
  g_free (document->summary.title);
  g_free (document->summary.description);
  g_strfreev (document->summary.devices);
  g_variant_unref (document->summary.displays);
  g_variant_unref (document->summary.heads);
  g_variant_unref (document->summary.tuning);
  g_free (document);
}

const char *
roost_document_uuid (const RoostDocument *document)
{
  return document->uuid;
}

const char *
roost_document_name (const RoostDocument *document)
{
  return document->name;
}

const RoostDomainSummary *
roost_document_summary (const RoostDocument *document)
{
  return &document->summary;
}

const char *
roost_document_text (const RoostDocument *document)
{
  return document->text;
}

const RoostDomainConfig *
roost_document_config (RoostDocument *document)
{
  document->was_used = TRUE;
  if (document->config == NULL)
    {
      document->config = roost_domain_config_parse (document->text, NULL, NULL);
      g_assert (document->config != NULL); /* it was parsed before, or made from a config */
      document->timer = g_timeout_add_seconds (IDLE_SECONDS, on_idle, document);
    }
  return document->config;
}
