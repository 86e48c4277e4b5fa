/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * Structured log. Under systemd the lines go to the journal with their fields, elsewhere to stderr.
 * Secrets are never logged. roost_debug () shows only with G_MESSAGES_DEBUG=roost.
 *
 * The events that an administrator acts on have a MESSAGE_ID, listed here and nowhere else.
 */
#define ROOST_MESSAGE_DOMAIN_STARTED "5f0f6dbb2c3e4f0c9d3b1e3a6a7c1d01"
#define ROOST_MESSAGE_DOMAIN_STOPPED "5f0f6dbb2c3e4f0c9d3b1e3a6a7c1d02"
#define ROOST_MESSAGE_DOMAIN_CRASHED "5f0f6dbb2c3e4f0c9d3b1e3a6a7c1d03"
#define ROOST_MESSAGE_DOMAIN_ADOPTED "5f0f6dbb2c3e4f0c9d3b1e3a6a7c1d04"
#define ROOST_MESSAGE_FILE_SET_ASIDE "5f0f6dbb2c3e4f0c9d3b1e3a6a7c1d05"
#define ROOST_MESSAGE_START_UNDONE   "5f0f6dbb2c3e4f0c9d3b1e3a6a7c1d06"

/**
 * roost_log:
 * @message_id: (nullable): one of the above
 * @uuid: (nullable): the domain it is about, as DOMAIN_UUID
 * @name: (nullable): its name, as DOMAIN_NAME and before the text
 */
void roost_log (GLogLevelFlags level,
                const char *message_id,
                const char *uuid,
                const char *name,
                const char *format,
                ...) G_GNUC_PRINTF (5, 6);

#define roost_debug(...)   roost_log (G_LOG_LEVEL_DEBUG, NULL, NULL, NULL, __VA_ARGS__)
#define roost_info(...)    roost_log (G_LOG_LEVEL_INFO, NULL, NULL, NULL, __VA_ARGS__)
#define roost_warning(...) roost_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL, __VA_ARGS__)
