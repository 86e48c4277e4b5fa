/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/agent-transfer.h"

#include "base/error.h"
#include "base/json.h"
#include "domain/agent-values.h"

#include <string.h>

#define TIDY_MS 2000

RoostTransfer *
roost_transfer_new (RoostDomain *domain, const RoostAgentContext *context, GError **error)
{
  g_autoptr (RoostAgent) agent = NULL;
  RoostTransfer *transfer;

  if (domain->n_agent_jobs >= ROOST_AGENT_MAX_JOBS)
    {
      roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                   "domain '%s' has %d jobs with its agent already", domain->name,
                   ROOST_AGENT_MAX_JOBS);
      return NULL;
    }
  agent = roost_domain_open_agent (domain, error);
  if (agent == NULL)
    return NULL;
  transfer = g_new0 (RoostTransfer, 1);
  transfer->domain = g_object_ref (domain);
  transfer->agent = g_steal_pointer (&agent);
  transfer->cancellable = context->cancellable;
  transfer->timeout_ms = context->timeout_ms;
  domain->n_agent_jobs++;
  return transfer;
}

RoostJob *
roost_transfer_begin (RoostTransfer *transfer, const char *operation, const char *caller)
{
  RoostDomain *domain = transfer->domain;

  transfer->job = g_object_ref (roost_manager_new_job (domain->manager, operation, domain->uuid,
                                                       caller, ROOST_JOB_CAN_CANCEL));
  transfer->cancellable = roost_job_cancellable (transfer->job);
  return transfer->job;
}

void
roost_transfer_end (RoostTransfer *transfer, const GError *error)
{
  if (transfer->job != NULL)
    roost_job_end (transfer->job, error);
  transfer->cancellable = NULL;
  g_clear_object (&transfer->job);
}

void
roost_transfer_free (RoostTransfer *transfer)
{
  transfer->domain->n_agent_jobs--;
  g_clear_object (&transfer->job);
  g_object_unref (transfer->agent);
  g_object_unref (transfer->domain);
  g_free (transfer);
}

JsonNode *
roost_transfer_call (RoostTransfer *transfer, const char *name, JsonObject *args, GError **error)
{
  g_autoptr (JsonObject) own = args;
  RoostAgentCommand command = { .name = name,
                                .args = own,
                                .timeout_ms = transfer->timeout_ms,
                                .cancellable = transfer->cancellable };

  return roost_domain_agent_ask (transfer->domain, transfer->agent, &command, error);
}

void
roost_transfer_tidy (RoostTransfer *transfer, const char *name, JsonObject *args)
{
  g_autoptr (JsonObject) own = args;
  RoostAgentCommand command = { .name = name, .args = own, .timeout_ms = TIDY_MS };
  g_autoptr (JsonNode) answer = roost_agent_call (transfer->agent, &command, NULL);
}

/* --- files --- */

static JsonObject *
handle_args (gint64 handle)
{
  JsonObject *args = json_object_new ();

  json_object_set_int_member (args, "handle", handle);
  return args;
}

gint64
roost_transfer_open (RoostTransfer *transfer, const char *path, const char *mode, GError **error)
{
  static const char command[] = "guest-file-open";
  JsonObject *args = json_object_new ();
  g_autoptr (JsonNode) answer = NULL;

  json_object_set_string_member (args, "path", path);
  json_object_set_string_member (args, "mode", mode);
  answer = roost_transfer_call (transfer, command, args, error);
  if (answer == NULL)
    return -1;
  if (JSON_NODE_HOLDS_VALUE (answer) && json_node_get_value_type (answer) == G_TYPE_INT64
      && json_node_get_int (answer) >= 0)
    return json_node_get_int (answer);
  roost_agent_throw (error, command, "is no handle");
  return -1;
}

/* Returns: (transfer full): NULL unless it is base64 of at most @max bytes */
static GBytes *
decode (const char *text, gsize max)
{
  gsize length;
  guchar *bytes;

  if (text == NULL || strlen (text) % 4 != 0)
    return NULL;
  bytes = g_base64_decode (text, &length);
  if (length <= max)
    return g_bytes_new_take (bytes, length);
  g_free (bytes);
  return NULL;
}

gboolean
roost_transfer_read (
    RoostTransfer *transfer, gint64 handle, guint count, GBytes **out_bytes, GError **error)
{
  static const char command[] = "guest-file-read";
  JsonObject *args = handle_args (handle);
  g_autoptr (JsonNode) answer = NULL;
  GBytes *bytes;

  json_object_set_int_member (args, "count", count);
  answer = roost_transfer_call (transfer, command, args, error);
  if (answer == NULL)
    return FALSE;
  bytes = decode (roost_json_string (roost_json_node_object (answer), "buf-b64"), count);
  if (bytes == NULL)
    return roost_agent_throw (error, command, "has no proper 'buf-b64'");
  *out_bytes = bytes;
  return TRUE;
}

static gint64
write_once (RoostTransfer *transfer, gint64 handle, const void *bytes, gsize length, GError **error)
{
  static const char command[] = "guest-file-write";
  JsonObject *args = handle_args (handle);
  g_autofree char *encoded = g_base64_encode (bytes, length);
  g_autoptr (JsonNode) answer = NULL;
  gint64 count;

  json_object_set_string_member (args, "buf-b64", encoded);
  answer = roost_transfer_call (transfer, command, args, error);
  if (answer == NULL)
    return -1;
  count = roost_json_int (roost_json_node_object (answer), "count", -1);
  if (count > 0 && count <= (gint64)length)
    return count;
  roost_agent_throw (error, command, "has no proper 'count'");
  return -1;
}

gboolean
roost_transfer_write (
    RoostTransfer *transfer, gint64 handle, const void *bytes, gsize length, GError **error)
{
  for (gsize done = 0; done < length;)
    {
      gint64 n = write_once (transfer, handle, (const char *)bytes + done, length - done, error);

      if (n < 0)
        return FALSE;
      done += (gsize)n;
    }
  return TRUE;
}

gint64
roost_transfer_seek (
    RoostTransfer *transfer, gint64 handle, gint64 offset, const char *whence, GError **error)
{
  static const char command[] = "guest-file-seek";
  JsonObject *args = handle_args (handle);
  g_autoptr (JsonNode) answer = NULL;
  gint64 position;

  json_object_set_int_member (args, "offset", offset);
  json_object_set_string_member (args, "whence", whence);
  answer = roost_transfer_call (transfer, command, args, error);
  if (answer == NULL)
    return -1;
  position = roost_json_int (roost_json_node_object (answer), "position", -1);
  if (position < 0)
    roost_agent_throw (error, command, "has no proper 'position'");
  return position;
}

gboolean
roost_transfer_close (RoostTransfer *transfer, gint64 handle, GError **error)
{
  g_autoptr (JsonNode) flushed =
      roost_transfer_call (transfer, "guest-file-flush", handle_args (handle), error);
  g_autoptr (JsonNode) closed = NULL;

  if (flushed == NULL)
    {
      roost_transfer_tidy (transfer, "guest-file-close", handle_args (handle));
      return FALSE;
    }
  closed = roost_transfer_call (transfer, "guest-file-close", handle_args (handle), error);
  return closed != NULL;
}
