/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/handlers.h"

#include "base/compat.h"
#include "base/error.h"
#include "domain/dump.h"

/* The long operations of a domain, and how one is stopped. */

/* --- options --- */

const RoostType roost_options_dump = {
  .name = "dump-options",
  .size = sizeof (RoostDumpOptions),
  .fields =
      (const RoostField[]){
          { .path = "@format",
            .kind = ROOST_FIELD_STRING,
            .offset = G_STRUCT_OFFSET (RoostDumpOptions, format),
            .doc = "how the memory is written" },
          { .path = "@live",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostDumpOptions, live),
            .doc = "while the guest runs" },
          { .path = "@crash",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostDumpOptions, crash),
            .doc = "end the guest afterwards" },
          { .path = "@reset",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostDumpOptions, reset),
            .doc = "reset the guest afterwards" },
          ROOST_FIELD_END,
      },
};

/* --- handlers --- */

/* @target: a path or a descriptor; @out_fd is the caller's to close. */
static gboolean
read_target (RoostCall *call, GVariant *target, RoostDumpTarget *out, int *out_fd, GError **error)
{
  *out = (RoostDumpTarget){ .fd = -1 };
  if (g_variant_is_of_type (target, G_VARIANT_TYPE_STRING))
    {
      out->path = g_variant_get_string (target, NULL);
      return TRUE;
    }
  if (!g_variant_is_of_type (target, G_VARIANT_TYPE_HANDLE))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "the target is a path (s) or a descriptor (h), not '%s'",
                        g_variant_get_type_string (target));
  *out_fd = roost_call_get_fd (call, g_variant_get_handle (target), error);
  out->fd = *out_fd;
  return *out_fd >= 0;
}

GVariant *
domain_dump (RoostCall *call, GError **error)
{
  g_autoptr (GVariant) target = NULL;
  g_autoptr (RoostJob) job = NULL;
  g_autofree char *path = NULL;
  g_auto (RoostFd) fd = -1;
  RoostDumpTarget dump;

  g_variant_get_child (call->args, 0, "v", &target);
  if (!read_target (call, target, &dump, &fd, error))
    return NULL;
  job =
      roost_domain_dump_begin (ROOST_CALL_DOMAIN (call), &dump, call->options, call->caller, error);
  if (job == NULL)
    return NULL;
  path = roost_bus_job_path (roost_job_number (job));
  return g_variant_new ("(o)", path);
}

GVariant *
domain_abort_job (RoostCall *call, GError **error)
{
  RoostDomain *domain = ROOST_CALL_DOMAIN (call);
  RoostJob *job = roost_domain_job (domain);

  if (job != NULL)
    return roost_job_cancel (job, error) ? g_variant_new ("()") : NULL;
  roost_throw (error, ROOST_ERROR_NOT_FOUND, "no job holds domain '%s'",
               roost_domain_name (domain));
  return NULL;
}
