/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/stats-memory.h"

#include "base/error.h"
#include "domain/amend.h"
#include "domain/domain-private.h"
#include "domain/view-devices.h"
#include "domain/view.h"

/* QEMU keeps seconds in 32 bits with a sign. */
#define MAX_SECONDS G_MAXINT32

JsonObject *
roost_memory_period_args (const char *alias, guint64 seconds)
{
  g_autofree char *path = g_strconcat ("/machine/peripheral/", alias, NULL);
  JsonObject *args = json_object_new ();

  json_object_set_string_member (args, "path", path);
  json_object_set_string_member (args, "property", "guest-stats-polling-interval");
  json_object_set_int_member (args, "value", (gint64)seconds);
  return args;
}

guint64
roost_domain_memory_period_us (RoostDomain *domain)
{
  return roost_domain_summary (domain)->memory_period_s * G_USEC_PER_SEC;
}

static gboolean
change (RoostDomainConfig *config, gboolean is_running, gpointer data, GError **error)
{
  if (!roost_view_has_balloon (config))
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "the domain has no memory balloon, and so no statistics of its memory");
  roost_view_set_memory_period (config, *(guint64 *)data);
  return TRUE;
}

static gboolean
tell (RoostAmend *amend, const RoostDomainConfig *config, GError **error)
{
  g_autoptr (JsonObject) args = roost_memory_period_args (roost_view_balloon_alias (config),
                                                          roost_view_memory_period_s (config));
  g_autoptr (JsonNode) answer =
      roost_domain_qmp (amend->domain, "qom-set", args, amend->domain->manager->closing, error);

  return answer != NULL;
}

static gboolean
apply (RoostAmend *amend, gpointer data, GError **error)
{
  return tell (amend, amend->running, error);
}

static void
revert (RoostAmend *amend, gpointer data)
{
  tell (amend, amend->was, NULL);
}

gboolean
roost_domain_set_memory_period (RoostDomain *domain,
                                guint64 period_us,
                                const RoostMemoryPeriodOptions *options,
                                const char *caller,
                                GError **error)
{
  static const RoostAmendFuncs funcs = { change, apply, revert };
  const RoostAmendRequest request = { .operation = "set-memory-period",
                                      .caller = caller,
                                      .live = options->live,
                                      .config = options->config };
  guint64 seconds = period_us / G_USEC_PER_SEC;

  if (period_us % G_USEC_PER_SEC != 0 || seconds > MAX_SECONDS)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "a period of %" G_GUINT64_FORMAT " µs: it is whole seconds, at most %d",
                        period_us, MAX_SECONDS);
  return roost_domain_amend (domain, &request, &funcs, &seconds, error);
}
