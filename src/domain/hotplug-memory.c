/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/hotplug-private.h"

#include "base/error.h"
#include "domain/hotplug-view.h"
#include "domain/view.h"

typedef struct
{
  guint64 bytes;
  const RoostAmountOptions *options;
} Memory;

static gboolean
change (RoostDomainConfig *config, gboolean is_running, gpointer data, GError **error)
{
  const Memory *memory = data;

  if (!memory->options->maximum)
    return roost_view_set_memory (config, memory->bytes, error);
  if (is_running)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the maximum is fixed while the guest runs; say 'config', or attach a "
                        "memory device");
  return roost_view_set_max_memory (config, memory->bytes, error);
}

static gboolean
blow (RoostAmend *amend, guint64 bytes, GError **error)
{
  JsonObject *args;

  if (!roost_view_has_balloon (amend->running))
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "domain '%s' has no memory balloon: its memory is fixed while it runs",
                        amend->domain->name);
  args = json_object_new ();
  json_object_set_int_member (args, "value", (gint64)bytes);
  return roost_hotplug_tell (amend->domain, "balloon", args, error);
}

static gboolean
apply (RoostAmend *amend, gpointer data, GError **error)
{
  const Memory *memory = data;

  return blow (amend, memory->bytes, error);
}

static void
revert (RoostAmend *amend, gpointer data)
{
  blow (amend, roost_view_initial_balloon (amend->was), NULL);
}

gboolean
roost_domain_set_memory (RoostDomain *domain,
                         guint64 bytes,
                         const RoostAmountOptions *options,
                         const char *caller,
                         GError **error)
{
  static const RoostAmendFuncs funcs = { change, apply, revert };
  const RoostAmendRequest request = { .operation = "set-memory",
                                      .caller = caller,
                                      .live = options->where.live,
                                      .config = options->where.config };
  Memory memory = { bytes, options };

  return roost_domain_amend (domain, &request, &funcs, &memory, error);
}
