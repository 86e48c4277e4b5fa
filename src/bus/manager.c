/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/handlers.h"

#include "base/error.h"

/* --- options --- */

typedef struct
{
  gboolean none;
} NoOptions;

const RoostType roost_options_none = {
  .name = "options",
  .size = sizeof (NoOptions),
  .fields = (const RoostField[]){ ROOST_FIELD_END },
};

typedef struct
{
  gboolean validate;
  gboolean check_abi;
  gboolean paused;
} DefineOptions;

#define VALIDATE_ROW                                                                               \
  {                                                                                                \
    .path = "@validate", .kind = ROOST_FIELD_FLAG,                                                 \
    .offset = G_STRUCT_OFFSET (DefineOptions, validate),                                           \
    .doc = "refuse XML that holds anything which is not understood"                                \
  }

const RoostType roost_options_define = {
  .name = "define-options",
  .size = sizeof (DefineOptions),
  .fields =
      (const RoostField[]){
          VALIDATE_ROW,
          { .path = "@check-abi",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (DefineOptions, check_abi),
            .doc = "refuse what the running guest would see as another machine" },
          ROOST_FIELD_END,
      },
};

const RoostType roost_options_transient = {
  .name = "transient-options",
  .size = sizeof (DefineOptions),
  .fields =
      (const RoostField[]){
          VALIDATE_ROW,
          { .path = "@paused",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (DefineOptions, paused),
            .doc = "leave the guest stopped before its first instruction" },
          ROOST_FIELD_END,
      },
};

const RoostType roost_options_list = {
  .name = "list-options",
  .size = sizeof (RoostListFilter),
  .fields =
      (const RoostField[]){
          { .path = "@state",
            .kind = ROOST_FIELD_STRING,
            .offset = G_STRUCT_OFFSET (RoostListFilter, state),
            .doc = "only those in this state" },
          { .path = "@active",
            .kind = ROOST_FIELD_YES_NO,
            .offset = G_STRUCT_OFFSET (RoostListFilter, active),
            .doc = "only those with, or without, a process" },
          { .path = "@persistent",
            .kind = ROOST_FIELD_YES_NO,
            .offset = G_STRUCT_OFFSET (RoostListFilter, persistent),
            .doc = "only those that are, or are not, defined" },
          { .path = "@autostart",
            .kind = ROOST_FIELD_YES_NO,
            .offset = G_STRUCT_OFFSET (RoostListFilter, autostart),
            .doc = "only those that start, or do not, with the daemon" },
          ROOST_FIELD_END,
      },
};

/* --- making domains --- */

static GVariant *
path_reply (RoostDomain *domain)
{
  g_autofree char *path = roost_bus_domain_path (roost_domain_uuid (domain));

  return g_variant_new ("(o)", path);
}

static const char *
first_string (RoostCall *call)
{
  const char *text;

  g_variant_get_child (call->args, 0, "&s", &text);
  return text;
}

gboolean
manager_check_xml (RoostCall *call, const char *xml, GError **error)
{
  const DefineOptions *options = call->options;
  g_autoptr (RoostIssues) issues = NULL;
  const RoostIssue *first;

  if (options->check_abi && !roost_manager_check_abi (call->manager, xml, error))
    return FALSE;
  if (!options->validate)
    return TRUE;
  issues = roost_manager_validate (call->manager, xml, error);
  if (issues == NULL)
    return FALSE;
  if (roost_issues_length (issues) == 0)
    return TRUE;
  first = roost_issues_get (issues, 0);
  return roost_throw (error, ROOST_ERROR_INVALID_XML, "line %u, column %u: %s", first->line,
                      first->column, first->message);
}

GVariant *
manager_define_domain (RoostCall *call, GError **error)
{
  const char *xml = first_string (call);
  g_autoptr (RoostDomain) domain = NULL;

  if (!manager_check_xml (call, xml, error))
    return NULL;
  domain = roost_manager_define (call->manager, xml, call->caller, error);
  return domain != NULL ? path_reply (domain) : NULL;
}

GVariant *
manager_start_transient_domain (RoostCall *call, GError **error)
{
  const DefineOptions *options = call->options;
  const RoostStartOptions start = { .paused = options->paused };
  const char *xml = first_string (call);
  g_autoptr (RoostDomain) domain = NULL;

  if (!manager_check_xml (call, xml, error))
    return NULL;
  domain = roost_manager_start_transient (call->manager, xml, &start, call->caller, NULL, error);
  return domain != NULL ? path_reply (domain) : NULL;
}

/* --- finding them --- */

static gboolean
check_state (const char *name, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (guint i = 0; i < ROOST_DOMAIN_N_STATES; i++)
    {
      if (g_str_equal (roost_domain_state_name (i), name))
        return TRUE;
      g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", roost_domain_state_name (i));
    }
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "option state: there is no state '%s'; the states are %s", name, known->str);
}

static gboolean
fits (RoostTristate wanted, gboolean is)
{
  return wanted == ROOST_UNSET || (wanted == ROOST_YES) == !!is;
}

static gboolean
is_wanted (const RoostListFilter *options, RoostDomain *domain)
{
  return (options->state == NULL
          || g_str_equal (options->state, roost_domain_state_name (roost_domain_state (domain))))
         && fits (options->active, roost_domain_is_active (domain))
         && fits (options->persistent, roost_domain_is_persistent (domain))
         && fits (options->autostart, roost_domain_is_autostart (domain));
}

GPtrArray *
manager_filter_domains (RoostCall *call, const RoostListFilter *options, GError **error)
{
  g_autoptr (GPtrArray) all = NULL;

  if (options->state != NULL && !check_state (options->state, error))
    return NULL;
  all = roost_manager_domains (call->manager);
  for (guint i = all->len; i > 0; i--)
    if (!is_wanted (options, all->pdata[i - 1]))
      g_ptr_array_remove_index (all, i - 1);
  return g_steal_pointer (&all);
}

GVariant *
manager_list_domains (RoostCall *call, GError **error)
{
  g_autoptr (GPtrArray) domains = manager_filter_domains (call, call->options, error);
  GVariantBuilder builder;

  if (domains == NULL)
    return NULL;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("ao"));
  for (guint i = 0; i < domains->len; i++)
    {
      g_autofree char *path = roost_bus_domain_path (roost_domain_uuid (domains->pdata[i]));

      g_variant_builder_add (&builder, "o", path);
    }
  return g_variant_new ("(ao)", &builder);
}

GVariant *
manager_list_domain_states (RoostCall *call, GError **error)
{
  g_autoptr (GPtrArray) domains = manager_filter_domains (call, call->options, error);
  GVariantBuilder builder;

  if (domains == NULL)
    return NULL;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(osss)"));
  for (guint i = 0; i < domains->len; i++)
    {
      RoostDomain *domain = domains->pdata[i];
      g_autofree char *path = roost_bus_domain_path (roost_domain_uuid (domain));

      g_variant_builder_add (&builder, "(osss)", path, roost_domain_name (domain),
                             roost_domain_uuid (domain),
                             roost_domain_state_name (roost_domain_state (domain)));
    }
  return g_variant_new ("(a(osss))", &builder);
}

GVariant *
manager_get_domain_by_name (RoostCall *call, GError **error)
{
  const char *name = first_string (call);
  RoostDomain *domain = roost_manager_find_name (call->manager, name);

  if (domain != NULL)
    return path_reply (domain);
  roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no domain named '%s'", name);
  return NULL;
}

GVariant *
manager_get_domain_by_uuid (RoostCall *call, GError **error)
{
  g_autofree char *uuid = g_ascii_strdown (first_string (call), -1);
  RoostDomain *domain = NULL;

  if (!g_uuid_string_is_valid (uuid))
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is not a UUID", uuid);
      return NULL;
    }
  domain = roost_manager_find_uuid (call->manager, uuid);
  if (domain != NULL)
    return path_reply (domain);
  roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no domain with the UUID %s", uuid);
  return NULL;
}

GVariant *
manager_get_domain_by_pid (RoostCall *call, GError **error)
{
  RoostDomain *domain = NULL;
  guint32 pid;

  g_variant_get (call->args, "(u)", &pid);
  if (pid > 0 && pid <= G_MAXINT32)
    domain = roost_manager_find_pid (call->manager, (pid_t)pid);
  if (domain != NULL)
    return path_reply (domain);
  roost_throw (error, ROOST_ERROR_NOT_FOUND, "no domain runs as process %u", pid);
  return NULL;
}

GVariant *
manager_get_managed_objects (RoostCall *call, GError **error)
{
  return g_variant_new ("(@a{oa{sa{sv}}})", roost_bus_managed_objects (call->bus));
}

/* --- about XML --- */

GVariant *
manager_validate_domain_xml (RoostCall *call, GError **error)
{
  g_autoptr (RoostIssues) issues =
      roost_manager_validate (call->manager, first_string (call), error);
  GVariantBuilder builder;

  if (issues == NULL)
    return NULL;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(suus)"));
  for (guint i = 0; i < roost_issues_length (issues); i++)
    {
      const RoostIssue *issue = roost_issues_get (issues, i);

      g_variant_builder_add (&builder, "(suus)",
                             issue->severity == ROOST_ISSUE_ERROR ? "error" : "warning",
                             issue->line, issue->column, issue->message);
    }
  return g_variant_new ("(a(suus))", &builder);
}

typedef struct
{
  char *arch, *machine, *type;
} CapabilitiesOptions;

#define CAPABILITIES_ROW(member, text)                                                             \
  {                                                                                                \
    .path = "@" #member, .kind = ROOST_FIELD_STRING,                                               \
    .offset = G_STRUCT_OFFSET (CapabilitiesOptions, member), .doc = text                           \
  }

const RoostType roost_options_capabilities = {
  .name = "capabilities-options",
  .size = sizeof (CapabilitiesOptions),
  .fields =
      (const RoostField[]){
          CAPABILITIES_ROW (arch, "the architecture; the host's without it"),
          CAPABILITIES_ROW (machine, "the machine type; the usual one without it"),
          CAPABILITIES_ROW (type, "\"kvm\" or \"qemu\"; KVM where it works without it"),
          ROOST_FIELD_END,
      },
};

GVariant *
manager_get_domain_capabilities (RoostCall *call, GError **error)
{
  const CapabilitiesOptions *options = call->options;
  g_autofree char *xml = roost_manager_capabilities (call->manager, options->arch, options->machine,
                                                     options->type, error);

  return xml != NULL ? g_variant_new ("(s)", xml) : NULL;
}

GVariant *
manager_get_capabilities (RoostCall *call, GError **error)
{
  g_autofree char *xml = roost_manager_host_capabilities (call->manager, error);

  return xml != NULL ? g_variant_new ("(s)", xml) : NULL;
}

GVariant *
manager_domain_xml_to_arguments (RoostCall *call, GError **error)
{
  g_auto (GStrv) arguments = roost_manager_arguments (call->manager, first_string (call), error);

  return arguments != NULL ? g_variant_new ("(^as)", arguments) : NULL;
}
