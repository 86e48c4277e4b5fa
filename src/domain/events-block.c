/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/events.h"

#include "base/json.h"
#include "base/log.h"
#include "domain/domain-private.h"
#include "domain/view-devices.h"

/* --- images --- */

/* The alias of the disk that a node is part of; the node itself where it is none of ours. */
static const char *
device_of (RoostDomain *domain, const char *node)
{
  const char *alias = roost_view_disk_of_node (roost_domain_config (domain), node);

  return alias != NULL ? alias : node;
}

/* "node-name" is a node's; "device" that of a -drive, empty with ours; newer ones have a qom-path.
 */
static void
on_io_error (RoostDomain *domain, JsonObject *data)
{
  const char *path = roost_json_string (data, "qom-path");
  const char *node = roost_event_text (data, "node-name");
  const char *action = roost_event_text (data, "action");

  if (g_str_equal (action, "stop"))
    domain->run->pause_reason = "io-error";
  roost_domain_emit (
      domain, "IoError",
      g_variant_new ("(sssbs)", path != NULL ? roost_alias_of (path) : device_of (domain, node),
                     roost_event_text (data, "operation"), action,
                     roost_json_bool (data, "nospace", FALSE), roost_event_text (data, "reason")));
}

static void
on_corrupted (RoostDomain *domain, JsonObject *data)
{
  const char *node = roost_event_text (data, "node-name");
  const char *device = device_of (domain, node);
  const char *message = roost_event_text (data, "msg");
  gboolean is_fatal = roost_json_bool (data, "fatal", FALSE);

  roost_domain_emit (domain, "ImageCorrupted",
                     g_variant_new ("(sssb)", device, node, message, is_fatal));
  roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name, "an image of %s is damaged: %s",
             device, message);
}

static void
on_threshold (RoostDomain *domain, JsonObject *data)
{
  const char *node = roost_event_text (data, "node-name");

  roost_domain_emit (domain, "DiskThreshold",
                     g_variant_new ("(sstt)", device_of (domain, node), node,
                                    roost_event_size (data, "write-threshold"),
                                    roost_event_size (data, "amount-exceeded")));
}

static void
on_export_deleted (RoostDomain *domain, JsonObject *data)
{
  roost_domain_emit (domain, "BlockExportRemoved",
                     g_variant_new ("(s)", roost_event_text (data, "id")));
}

static void
on_pr_manager (RoostDomain *domain, JsonObject *data)
{
  const char *id = roost_event_text (data, "id");
  gboolean is_connected = roost_json_bool (data, "connected", FALSE);

  roost_domain_emit (domain, "PrManagerChanged", g_variant_new ("(sb)", id, is_connected));
  if (!is_connected)
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
               "the helper %s for persistent reservations has gone away", id);
}

/* A copy in a quorum differs, or too many do: the guest may get an IoError besides. */
static void
on_quorum (RoostDomain *domain, JsonObject *data)
{
  const char *node = roost_json_string (data, "node-name");
  const char *text = roost_json_string (data, "error");

  if (node == NULL)
    node = roost_event_text (data, "reference");
  roost_domain_emit (domain, "QuorumError",
                     g_variant_new ("(sstt)", node, text != NULL ? text : "",
                                    roost_event_size (data, "sector-num"),
                                    roost_event_size (data, "sectors-count")));
}

/* --- jobs of QEMU's block layer --- */

static void
emit_block_job (RoostDomain *domain, JsonObject *data, const char *status)
{
  const char *id = roost_json_string (data, "device");

  if (id == NULL)
    id = roost_event_text (data, "id");
  roost_domain_emit (domain, "BlockJobChanged",
                     g_variant_new ("(ssstts)", id, roost_event_text (data, "type"), status,
                                    roost_event_size (data, "len"),
                                    roost_event_size (data, "offset"),
                                    roost_event_text (data, "error")));
}

static void
on_block_job_cancelled (RoostDomain *domain, JsonObject *data)
{
  emit_block_job (domain, data, "cancelled");
}

static void
on_block_job_completed (RoostDomain *domain, JsonObject *data)
{
  emit_block_job (domain, data, roost_json_string (data, "error") != NULL ? "failed" : "completed");
}

/* It goes on, stops or tries again, as its "action" says. */
static void
on_block_job_error (RoostDomain *domain, JsonObject *data)
{
  emit_block_job (domain, data, "error");
}

static void
on_block_job_pending (RoostDomain *domain, JsonObject *data)
{
  emit_block_job (domain, data, "pending");
}

static void
on_block_job_ready (RoostDomain *domain, JsonObject *data)
{
  emit_block_job (domain, data, "ready");
}

static void
on_job_status (RoostDomain *domain, JsonObject *data)
{
  roost_domain_emit (
      domain, "QemuJobChanged",
      g_variant_new ("(ss)", roost_event_text (data, "id"), roost_event_text (data, "status")));
}

const RoostEventRow roost_block_events[] = {
  { "BLOCK_EXPORT_DELETED", on_export_deleted },
  { "BLOCK_IMAGE_CORRUPTED", on_corrupted },
  { "BLOCK_IO_ERROR", on_io_error },
  { "BLOCK_JOB_CANCELLED", on_block_job_cancelled },
  { "BLOCK_JOB_COMPLETED", on_block_job_completed },
  { "BLOCK_JOB_ERROR", on_block_job_error },
  { "BLOCK_JOB_PENDING", on_block_job_pending },
  { "BLOCK_JOB_READY", on_block_job_ready },
  { "BLOCK_WRITE_THRESHOLD", on_threshold },
  { "JOB_STATUS_CHANGE", on_job_status },
  { "PR_MANAGER_STATUS_CHANGED", on_pr_manager },
  { "QUORUM_FAILURE", on_quorum },
  { "QUORUM_REPORT_BAD", on_quorum },
  { NULL },
};
