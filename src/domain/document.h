/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/*
 * A completed configuration as it is kept in memory: its text, and a short summary. The struct tree
 * is several times as large as the text, so it is parsed when somebody asks and dropped when nobody
 * has asked for a while. Immutable.
 */
typedef struct RoostDocument RoostDocument;

/* @config: completed */
RoostDocument *roost_document_new (const RoostDomainConfig *config);

/**
 * roost_document_parse:
 * @xml: a completed document as roost_document_text () gave it
 * Errors: INVALID_XML.
 */
RoostDocument *roost_document_parse (const char *xml, GError **error);

RoostDocument *roost_document_ref (RoostDocument *document);
void roost_document_unref (RoostDocument *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostDocument, roost_document_unref)

const char *roost_document_uuid (const RoostDocument *document);
const char *roost_document_name (const RoostDocument *document);
const RoostDomainSummary *roost_document_summary (const RoostDocument *document);

/* With secrets and live fields: what is stored. */
const char *roost_document_text (const RoostDocument *document);

/* Returns: (transfer none): never across an await. */
const RoostDomainConfig *roost_document_config (RoostDocument *document);
