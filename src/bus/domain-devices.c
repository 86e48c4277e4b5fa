/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/devices.h"

#include "base/error.h"
#include "bus/handlers.h"
#include "domain/device.h"
#include "domain/hotplug.h"

/* The devices of a domain: the methods that change them, and their objects. */

#define MS_PER_US 1000

/* --- options --- */

#define WHERE_ROWS(Struct)                                                                         \
  { .path = "@live",                                                                               \
    .kind = ROOST_FIELD_FLAG,                                                                      \
    .offset = G_STRUCT_OFFSET (Struct, live),                                                      \
    .doc = "change what runs" },                                                                   \
  {                                                                                                \
    .path = "@config", .kind = ROOST_FIELD_FLAG, .offset = G_STRUCT_OFFSET (Struct, config),       \
    .doc = "change what is stored"                                                                 \
  }

const RoostType roost_options_where = {
  .name = "where-options",
  .size = sizeof (RoostDeviceOptions),
  .fields = (const RoostField[]){ WHERE_ROWS (RoostDeviceOptions), ROOST_FIELD_END },
};

typedef struct
{
  gboolean live, config;
  RoostUint timeout_us;
} DetachOptions;

#define TIMEOUT_ROW(Struct)                                                                        \
  {                                                                                                \
    .path = "@timeout", .kind = ROOST_FIELD_UINT, .offset = G_STRUCT_OFFSET (Struct, timeout_us),  \
    .min = MS_PER_US, .max = 24 * 3600 * (guint64)G_USEC_PER_SEC,                                  \
    .doc = "microseconds that the guest gets"                                                      \
  }

const RoostType roost_options_detach = {
  .name = "detach-options",
  .size = sizeof (DetachOptions),
  .fields = (const RoostField[]){ WHERE_ROWS (DetachOptions), TIMEOUT_ROW (DetachOptions),
                                  ROOST_FIELD_END },
};

typedef struct
{
  gboolean live, config, force;
  char *format;
} UpdateOptions;

#define FORCE_ROW                                                                                  \
  {                                                                                                \
    .path = "@force", .kind = ROOST_FIELD_FLAG, .offset = G_STRUCT_OFFSET (UpdateOptions, force),  \
    .doc = "open a tray that the guest has locked"                                                 \
  }

const RoostType roost_options_update_device = {
  .name = "update-device-options",
  .size = sizeof (UpdateOptions),
  .fields = (const RoostField[]){ WHERE_ROWS (UpdateOptions), FORCE_ROW, ROOST_FIELD_END },
};

const RoostType roost_options_media = {
  .name = "media-options",
  .size = sizeof (UpdateOptions),
  .fields =
      (const RoostField[]){
          WHERE_ROWS (UpdateOptions),
          FORCE_ROW,
          { .path = "@format",
            .kind = ROOST_FIELD_STRING,
            .offset = G_STRUCT_OFFSET (UpdateOptions, format),
            .doc = "the format of the image" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  gboolean live, config, maximum;
  RoostUint timeout_us;
} AmountOptions;

#define MAXIMUM_ROW                                                                                \
  {                                                                                                \
    .path = "@maximum", .kind = ROOST_FIELD_FLAG,                                                  \
    .offset = G_STRUCT_OFFSET (AmountOptions, maximum), .doc = "the maximum itself"                \
  }

const RoostType roost_options_vcpus = {
  .name = "vcpus-options",
  .size = sizeof (AmountOptions),
  .fields = (const RoostField[]){ WHERE_ROWS (AmountOptions), MAXIMUM_ROW,
                                  TIMEOUT_ROW (AmountOptions), ROOST_FIELD_END },
};

const RoostType roost_options_memory = {
  .name = "memory-options",
  .size = sizeof (AmountOptions),
  .fields = (const RoostField[]){ WHERE_ROWS (AmountOptions), MAXIMUM_ROW, ROOST_FIELD_END },
};

/* --- handlers --- */

GVariant *
domain_attach_device (RoostCall *call, GError **error)
{
  const char *xml;
  g_autofree char *alias = NULL;

  g_variant_get_child (call->args, 0, "&s", &xml);
  alias = roost_domain_attach_device (ROOST_CALL_DOMAIN (call), xml, call->options, call->caller,
                                      error);
  return alias != NULL ? g_variant_new ("(s)", alias) : NULL;
}

static GVariant *
detach (RoostCall *call, RoostDomain *domain, const char *device, GError **error)
{
  const DetachOptions *options = call->options;
  const RoostDetachOptions detach = { { options->live, options->config },
                                      (guint)(options->timeout_us.value / MS_PER_US) };
  g_autoptr (RoostJob) job =
      roost_domain_detach_device (domain, device, &detach, call->caller, error);
  g_autofree char *path = NULL;

  if (job == NULL)
    return NULL;
  path = roost_bus_job_path (roost_job_number (job));
  return g_variant_new ("(o)", path);
}

GVariant *
domain_detach_device (RoostCall *call, GError **error)
{
  const char *device;

  g_variant_get_child (call->args, 0, "&s", &device);
  return detach (call, ROOST_CALL_DOMAIN (call), device, error);
}

static RoostUpdateOptions
update_options (const UpdateOptions *options)
{
  return (RoostUpdateOptions){ { options->live, options->config }, options->force };
}

GVariant *
domain_update_device (RoostCall *call, GError **error)
{
  const RoostUpdateOptions update = update_options (call->options);
  const char *xml;

  g_variant_get_child (call->args, 0, "&s", &xml);
  return roost_call_done (
      roost_domain_update_device (ROOST_CALL_DOMAIN (call), xml, &update, call->caller, error));
}

GVariant *
domain_change_media (RoostCall *call, GError **error)
{
  const UpdateOptions *options = call->options;
  const RoostUpdateOptions update = update_options (options);
  const char *device, *path;

  g_variant_get_child (call->args, 0, "&s", &device);
  g_variant_get_child (call->args, 1, "&s", &path);
  if (*path != '\0' && !g_path_is_absolute (path))
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "the medium '%s' is no absolute path",
                   path);
      return NULL;
    }
  return roost_call_done (roost_domain_change_media (ROOST_CALL_DOMAIN (call), device,
                                                     *path != '\0' ? path : NULL, options->format,
                                                     &update, call->caller, error));
}

GVariant *
domain_set_link (RoostCall *call, GError **error)
{
  const char *device;
  gboolean is_up;

  g_variant_get_child (call->args, 0, "&s", &device);
  g_variant_get_child (call->args, 1, "b", &is_up);
  return roost_call_done (roost_domain_set_link (ROOST_CALL_DOMAIN (call), device, is_up,
                                                 call->options, call->caller, error));
}

static RoostAmountOptions
amount_options (const AmountOptions *options)
{
  return (RoostAmountOptions){ { options->live, options->config },
                               options->maximum,
                               (guint)(options->timeout_us.value / MS_PER_US) };
}

GVariant *
domain_set_vcpus (RoostCall *call, GError **error)
{
  const RoostAmountOptions options = amount_options (call->options);
  guint count;

  g_variant_get_child (call->args, 0, "u", &count);
  return roost_call_done (
      roost_domain_set_vcpus (ROOST_CALL_DOMAIN (call), count, &options, call->caller, error));
}

GVariant *
domain_set_memory (RoostCall *call, GError **error)
{
  const RoostAmountOptions options = amount_options (call->options);
  guint64 bytes;

  g_variant_get_child (call->args, 0, "t", &bytes);
  return roost_call_done (
      roost_domain_set_memory (ROOST_CALL_DOMAIN (call), bytes, &options, call->caller, error));
}

/* --- of one device --- */

static RoostDomain *
domain_of (RoostCall *call, GError **error)
{
  RoostDevice *device = (RoostDevice *)call->object;
  RoostDomain *domain = roost_device_domain (device);

  if (domain == NULL)
    roost_throw (error, ROOST_ERROR_NOT_FOUND, "the domain of the device '%s' is gone",
                 roost_device_alias (device));
  return domain;
}

GVariant *
device_detach (RoostCall *call, GError **error)
{
  RoostDomain *domain = domain_of (call, error);

  return domain != NULL
             ? detach (call, domain, roost_device_alias ((RoostDevice *)call->object), error)
             : NULL;
}

GVariant *
device_update (RoostCall *call, GError **error)
{
  const RoostUpdateOptions update = update_options (call->options);
  RoostDomain *domain = domain_of (call, error);
  const char *xml;

  g_variant_get_child (call->args, 0, "&s", &xml);
  return roost_call_done (
      domain != NULL
      && roost_domain_update_named (domain, roost_device_alias ((RoostDevice *)call->object), xml,
                                    &update, call->caller, error));
}

/* --- their objects --- */

static char *
folder_of (RoostDomain *domain)
{
  g_autofree char *path = roost_bus_domain_path (roost_domain_uuid (domain));

  return g_strconcat (path, "/device", NULL);
}

/* An alias may have what a path may not: that becomes "_XX". */
static char *
path_of (RoostDomain *domain, RoostDevice *device)
{
  g_autofree char *folder = folder_of (domain);
  GString *path = g_string_new (folder);

  g_string_append_c (path, '/');
  for (const char *c = roost_device_alias (device); *c != '\0'; c++)
    if (g_ascii_isalnum (*c))
      g_string_append_c (path, *c);
    else
      g_string_append_printf (path, "_%02x", (guint)(guchar)*c);
  return g_string_free (path, FALSE);
}

static void
on_device_added (RoostDomain *domain, RoostDevice *device, RoostBus *bus)
{
  roost_bus_add (bus, device, path_of (domain, device));
}

static void
on_device_removed (RoostDomain *domain, RoostDevice *device, RoostBus *bus)
{
  g_autofree char *path = path_of (domain, device);

  roost_bus_remove (bus, path);
}

void
roost_bus_follow_devices (RoostBus *bus, RoostDomain *domain)
{
  g_autofree char *folder = folder_of (domain);
  g_autoptr (GPtrArray) devices = roost_domain_devices (domain);
  g_autoptr (GError) error = NULL;

  if (!roost_bus_add_folder (bus, folder, &roost_kind_device, &error))
    {
      g_critical ("%s", error->message);
      return;
    }
  for (guint i = 0; i < devices->len; i++)
    roost_bus_add (bus, devices->pdata[i], path_of (domain, devices->pdata[i]));
  g_signal_connect (domain, "device-added", G_CALLBACK (on_device_added), bus);
  g_signal_connect (domain, "device-removed", G_CALLBACK (on_device_removed), bus);
}

void
roost_bus_forget_devices (RoostBus *bus, RoostDomain *domain)
{
  g_autofree char *folder = folder_of (domain);
  g_autoptr (GPtrArray) devices = roost_domain_devices (domain);

  g_signal_handlers_disconnect_by_data (domain, bus);
  for (guint i = 0; i < devices->len; i++)
    on_device_removed (domain, devices->pdata[i], bus);
  roost_bus_remove_folder (bus, folder);
}
