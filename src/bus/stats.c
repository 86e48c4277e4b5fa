/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/handlers.h"

#include "base/co.h"
#include "base/error.h"
#include "domain/addresses.h"
#include "domain/block-info.h"
#include "domain/monitor-command.h"
#include "domain/stats-memory.h"
#include "domain/stats.h"

#define MS_PER_US 1000

/* The longest that somebody may want to wait for an answer. */
#define MAX_TIMEOUT_US (3600 * (guint64)G_USEC_PER_SEC)

/* --- options --- */

typedef struct
{
  GStrv groups;
  gboolean chain;
  RoostUint timeout_us;
  RoostListFilter filter; /* of GetDomainStats */
} StatsOptions;

#define TIMEOUT_ROW(Type)                                                                          \
  {                                                                                                \
    .path = "@timeout", .kind = ROOST_FIELD_UINT, .offset = G_STRUCT_OFFSET (Type, timeout_us),    \
    .min = MS_PER_US, .max = MAX_TIMEOUT_US, .doc = "microseconds that QEMU has for its answers"   \
  }

#define STATS_ROWS                                                                                 \
  { .path = "@groups",                                                                             \
    .kind = ROOST_FIELD_STRINGS,                                                                   \
    .offset = G_STRUCT_OFFSET (StatsOptions, groups),                                              \
    .doc = "what to tell of" },                                                                    \
      { .path = "@chain",                                                                          \
        .kind = ROOST_FIELD_FLAG,                                                                  \
        .offset = G_STRUCT_OFFSET (StatsOptions, chain),                                           \
        .doc = "with the backing images of disks" },                                               \
      TIMEOUT_ROW (StatsOptions)

#define FILTER_ROW(member, Kind, text)                                                             \
  {                                                                                                \
    .path = "@" #member, .kind = Kind, .offset = G_STRUCT_OFFSET (StatsOptions, filter.member),    \
    .doc = text                                                                                    \
  }

const RoostType roost_options_stats = {
  .name = "stats-options",
  .size = sizeof (StatsOptions),
  .fields = (const RoostField[]){ STATS_ROWS, ROOST_FIELD_END },
};

const RoostType roost_options_all_stats = {
  .name = "all-stats-options",
  .size = sizeof (StatsOptions),
  .fields =
      (const RoostField[]){
          STATS_ROWS,
          FILTER_ROW (state, ROOST_FIELD_STRING, "only those in this state"),
          FILTER_ROW (active, ROOST_FIELD_YES_NO, "only those with, or without, a process"),
          FILTER_ROW (persistent, ROOST_FIELD_YES_NO, "only those that are, or are not, defined"),
          FILTER_ROW (
              autostart, ROOST_FIELD_YES_NO, "only those that start, or do not, with the daemon"),
          ROOST_FIELD_END,
      },
};

const RoostType roost_options_memory_period = {
  .name = "memory-period-options",
  .size = sizeof (RoostMemoryPeriodOptions),
  .fields =
      (const RoostField[]){
          { .path = "@live",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostMemoryPeriodOptions, live),
            .doc = "of the guest that runs" },
          { .path = "@config",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostMemoryPeriodOptions, config),
            .doc = "of the next start" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  RoostUint timeout_us;
} TimeoutOptions;

const RoostType roost_options_timeout = {
  .name = "timeout-options",
  .size = sizeof (TimeoutOptions),
  .fields = (const RoostField[]){ TIMEOUT_ROW (TimeoutOptions), ROOST_FIELD_END },
};

typedef struct
{
  RoostUint timeout_us;
  char *source;
} AddressOptions;

const RoostType roost_options_addresses = {
  .name = "addresses-options",
  .size = sizeof (AddressOptions),
  .fields =
      (const RoostField[]){
          TIMEOUT_ROW (AddressOptions),
          { .path = "@source",
            .kind = ROOST_FIELD_STRING,
            .offset = G_STRUCT_OFFSET (AddressOptions, source),
            .doc = "whom to ask" },
          ROOST_FIELD_END,
      },
};

/* --- statistics --- */

static guint
timeout_ms (const RoostUint *timeout_us, guint fallback)
{
  return timeout_us->is_set ? (guint)(timeout_us->value / MS_PER_US) : fallback;
}

static gboolean
read_request (const StatsOptions *options, RoostStatsRequest *out, GError **error)
{
  out->groups = options->groups != NULL ? 0 : ROOST_STATS_ALL;
  out->with_chain = options->chain;
  out->timeout_ms = timeout_ms (&options->timeout_us, ROOST_STATS_TIMEOUT_MS);
  for (char **name = options->groups; name != NULL && *name != NULL; name++)
    {
      guint group = roost_stats_group_find (*name);

      if (group == 0)
        {
          g_autofree const char **known = roost_stats_group_names (ROOST_STATS_ALL);
          g_autofree char *text = g_strjoinv (", ", (GStrv)known);

          return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                              "option groups: there is no group '%s'; there are %s and all", *name,
                              text);
        }
      out->groups |= group;
    }
  return TRUE;
}

/* Without any of these nobody but the kernel is asked. */
static gboolean
asks_qemu (const StatsOptions *options)
{
  return options->groups != NULL || options->chain || options->timeout_us.is_set;
}

/* A call that asks QEMU: only such a one takes a coroutine. */
typedef struct
{
  RoostCall *call;
  RoostStatsRequest request;
  GPtrArray *domains; /* (nullable): of the manager's call */
} Asking;

static void
asking_free (Asking *asking)
{
  g_clear_pointer (&asking->domains, g_ptr_array_unref);
  g_free (asking);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asking, asking_free)

static void
stats_body (gpointer p)
{
  g_autoptr (Asking) asking = p;
  g_autoptr (GVariant) stats =
      roost_domain_get_stats (ROOST_CALL_DOMAIN (asking->call), &asking->request);

  roost_call_reply (asking->call, g_variant_new ("(@a{sv})", stats), NULL);
}

GVariant *
domain_get_stats (RoostCall *call, GError **error)
{
  Asking *asking;
  RoostStatsRequest request;

  if (!asks_qemu (call->options))
    return g_variant_new ("(@a{sv})", roost_domain_stats (ROOST_CALL_DOMAIN (call)));
  if (!read_request (call->options, &request, error))
    return NULL;
  asking = g_new0 (Asking, 1);
  asking->call = call;
  asking->request = request;
  co_spawn ("stats", stats_body, asking);
  return NULL;
}

static GVariant *
host_stats (GPtrArray *domains)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{oa{sv}}"));
  for (guint i = 0; i < domains->len; i++)
    {
      g_autofree char *path = roost_bus_domain_path (roost_domain_uuid (domains->pdata[i]));

      g_variant_builder_add (&builder, "{o@a{sv}}", path, roost_domain_stats (domains->pdata[i]));
    }
  return g_variant_new ("(a{oa{sv}})", &builder);
}

static void
all_stats_body (gpointer p)
{
  g_autoptr (Asking) asking = p;
  g_autoptr (GPtrArray) results = roost_domains_get_stats (asking->domains, &asking->request);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{oa{sv}}"));
  for (guint i = 0; i < results->len; i++)
    {
      g_autofree char *path = roost_bus_domain_path (roost_domain_uuid (asking->domains->pdata[i]));

      g_variant_builder_add (&builder, "{o@a{sv}}", path, results->pdata[i]);
    }
  roost_call_reply (asking->call, g_variant_new ("(a{oa{sv}})", &builder), NULL);
}

GVariant *
manager_get_domain_stats (RoostCall *call, GError **error)
{
  const StatsOptions *options = call->options;
  g_autoptr (GPtrArray) domains = manager_filter_domains (call, &options->filter, error);
  RoostStatsRequest request;
  Asking *asking;

  if (domains == NULL)
    return NULL;
  if (!asks_qemu (options))
    return host_stats (domains);
  if (!read_request (options, &request, error))
    return NULL;
  asking = g_new0 (Asking, 1);
  asking->call = call;
  asking->request = request;
  asking->domains = g_steal_pointer (&domains);
  co_spawn ("stats", all_stats_body, asking);
  return NULL;
}

GVariant *
domain_set_memory_stats_period (RoostCall *call, GError **error)
{
  guint64 period_us;

  g_variant_get_child (call->args, 0, "t", &period_us);
  return roost_domain_set_memory_period (ROOST_CALL_DOMAIN (call), period_us, call->options,
                                         call->caller, error)
             ? g_variant_new ("()")
             : NULL;
}

/* --- disks, addresses, raw commands --- */

GVariant *
domain_get_block_info (RoostCall *call, GError **error)
{
  const TimeoutOptions *options = call->options;
  g_autoptr (GVariant) info = NULL;
  const char *disk;

  g_variant_get_child (call->args, 0, "&s", &disk);
  info = roost_domain_block_info (ROOST_CALL_DOMAIN (call), disk,
                                  timeout_ms (&options->timeout_us, ROOST_BLOCK_INFO_TIMEOUT_MS),
                                  error);
  return info != NULL ? g_variant_new ("(@a{sv})", info) : NULL;
}

GVariant *
domain_set_disk_threshold (RoostCall *call, GError **error)
{
  const char *disk;
  guint64 bytes;

  g_variant_get_child (call->args, 0, "&s", &disk);
  g_variant_get_child (call->args, 1, "t", &bytes);
  return roost_domain_set_disk_threshold (ROOST_CALL_DOMAIN (call), disk, bytes, call->caller,
                                          error)
             ? g_variant_new ("()")
             : NULL;
}

GVariant *
domain_get_interface_addresses (RoostCall *call, GError **error)
{
  const AddressOptions *options = call->options;
  const RoostAddressRequest request = {
    .source = options->source,
    .timeout_ms = timeout_ms (&options->timeout_us, ROOST_ADDRESS_TIMEOUT_MS),
  };
  GVariant *addresses = roost_domain_addresses (ROOST_CALL_DOMAIN (call), &request, error);

  return addresses != NULL ? g_variant_new ("(@aa{sv})", addresses) : NULL;
}

GVariant *
domain_qemu_monitor_command (RoostCall *call, GError **error)
{
  const TimeoutOptions *options = call->options;
  g_autofree char *answer = NULL;
  const char *command;

  g_variant_get_child (call->args, 0, "&s", &command);
  answer = roost_domain_monitor_command (ROOST_CALL_DOMAIN (call), command,
                                         timeout_ms (&options->timeout_us, 0), call->caller, error);
  return answer != NULL ? g_variant_new ("(s)", answer) : NULL;
}
