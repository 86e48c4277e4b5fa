/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/handlers.h"

#include "base/error.h"
#include "domain/agent.h"

#define MS_PER_US 1000

/* --- options --- */

const RoostType roost_options_start = {
  .name = "start-options",
  .size = sizeof (RoostStartOptions),
  .fields =
      (const RoostField[]){
          { .path = "@paused",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostStartOptions, paused),
            .doc = "leave the guest stopped before its first instruction" },
          { .path = "@reset-nvram",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostStartOptions, reset_nvram),
            .doc = "copy the variables of the firmware from their template again" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  char *mode;
} PowerOptions;

const RoostType roost_options_power = {
  .name = "power-options",
  .size = sizeof (PowerOptions),
  .fields =
      (const RoostField[]){
          { .path = "@mode",
            .kind = ROOST_FIELD_STRING,
            .offset = G_STRUCT_OFFSET (PowerOptions, mode),
            .doc = "acpi or agent" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  gboolean graceful;
  RoostUint grace_us;
} DestroyOptions;

const RoostType roost_options_destroy = {
  .name = "destroy-options",
  .size = sizeof (DestroyOptions),
  .fields =
      (const RoostField[]){
          { .path = "@graceful",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (DestroyOptions, graceful),
            .doc = "SIGTERM only" },
          { .path = "@grace",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (DestroyOptions, grace_us),
            .min = MS_PER_US,
            .max = 3600 * (guint64)G_USEC_PER_SEC,
            .doc = "microseconds between SIGTERM and SIGKILL" },
          ROOST_FIELD_END,
      },
};

const RoostType roost_options_undefine = {
  .name = "undefine-options",
  .size = sizeof (RoostUndefineOptions),
  .fields =
      (const RoostField[]){
          { .path = "@keep-nvram",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostUndefineOptions, keep_nvram),
            .doc = "leave the firmware variables" },
          { .path = "@remove-nvram",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostUndefineOptions, remove_nvram),
            .doc = "remove the firmware variables" },
          { .path = "@keep-tpm",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (RoostUndefineOptions, keep_tpm),
            .doc = "leave the state of the TPM" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  gboolean inactive;
  gboolean secrets;
} GetXmlOptions;

const RoostType roost_options_get_xml = {
  .name = "get-xml-options",
  .size = sizeof (GetXmlOptions),
  .fields =
      (const RoostField[]){
          { .path = "@inactive",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (GetXmlOptions, inactive),
            .doc = "what the next start will use" },
          { .path = "@secrets",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (GetXmlOptions, secrets),
            .doc = "with passwords" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  char *device;
  gboolean force;
} ConsoleOptions;

const RoostType roost_options_console = {
  .name = "console-options",
  .size = sizeof (ConsoleOptions),
  .fields =
      (const RoostField[]){
          { .path = "@device",
            .kind = ROOST_FIELD_STRING,
            .offset = G_STRUCT_OFFSET (ConsoleOptions, device),
            .doc = "the alias of the device" },
          { .path = "@force",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (ConsoleOptions, force),
            .doc = "take it from whoever has it" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  gboolean force;
} ChannelOptions;

const RoostType roost_options_channel = {
  .name = "channel-options",
  .size = sizeof (ChannelOptions),
  .fields =
      (const RoostField[]){
          { .path = "@force",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (ChannelOptions, force),
            .doc = "take it from whoever has it" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  char *device;
  RoostUint head;
} ScreenshotOptions;

const RoostType roost_options_screenshot = {
  .name = "screenshot-options",
  .size = sizeof (ScreenshotOptions),
  .fields =
      (const RoostField[]){
          { .path = "@device",
            .kind = ROOST_FIELD_STRING,
            .offset = G_STRUCT_OFFSET (ScreenshotOptions, device),
            .doc = "the alias of the video device; the first one when it is not given" },
          { .path = "@head",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (ScreenshotOptions, head),
            .max = G_MAXUINT32,
            .doc = "which head of the video device, from 0" },
          ROOST_FIELD_END,
      },
};

/* --- handlers --- */

GVariant *
domain_start (RoostCall *call, GError **error)
{
  return roost_call_done (
      roost_domain_start (ROOST_CALL_DOMAIN (call), call->options, call->caller, NULL, error));
}

/* Is the agent to be asked rather than the power button pressed? */
static gboolean
read_mode (RoostCall *call, gboolean *out_by_agent, GError **error)
{
  const PowerOptions *options = call->options;

  *out_by_agent = g_strcmp0 (options->mode, "agent") == 0;
  return options->mode == NULL || *out_by_agent || g_str_equal (options->mode, "acpi")
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                         "mode '%s' is not known; there are 'acpi', 'agent'", options->mode);
}

static GVariant *
ask_agent (RoostCall *call, const char *mode, GError **error)
{
  RoostAgentContext context = { .cancellable = roost_sender_gone (call->sender),
                                .caller = call->caller };

  return roost_call_done (
      roost_domain_agent_shutdown (ROOST_CALL_DOMAIN (call), mode, &context, error));
}

GVariant *
domain_shutdown (RoostCall *call, GError **error)
{
  gboolean by_agent;

  if (!read_mode (call, &by_agent, error))
    return NULL;
  if (by_agent)
    return ask_agent (call, "powerdown", error);
  return roost_call_done (roost_domain_shutdown (ROOST_CALL_DOMAIN (call), call->caller, error));
}

GVariant *
domain_reboot (RoostCall *call, GError **error)
{
  gboolean by_agent;

  if (!read_mode (call, &by_agent, error))
    return NULL;
  if (by_agent)
    return ask_agent (call, "reboot", error);
  return roost_call_done (roost_domain_reboot (ROOST_CALL_DOMAIN (call), call->caller, error));
}

GVariant *
domain_reset (RoostCall *call, GError **error)
{
  return roost_call_done (roost_domain_reset (ROOST_CALL_DOMAIN (call), call->caller, error));
}

GVariant *
domain_destroy (RoostCall *call, GError **error)
{
  const DestroyOptions *options = call->options;
  const RoostDestroyOptions destroy = { .graceful = options->graceful,
                                        .grace_ms = (guint)(options->grace_us.value / MS_PER_US) };

  return roost_call_done (
      roost_domain_destroy (ROOST_CALL_DOMAIN (call), &destroy, call->caller, error));
}

GVariant *
domain_suspend (RoostCall *call, GError **error)
{
  return roost_call_done (roost_domain_suspend (ROOST_CALL_DOMAIN (call), call->caller, error));
}

GVariant *
domain_resume (RoostCall *call, GError **error)
{
  return roost_call_done (roost_domain_resume (ROOST_CALL_DOMAIN (call), call->caller, error));
}

GVariant *
domain_undefine (RoostCall *call, GError **error)
{
  const RoostUndefineOptions *options = call->options;

  if (options->keep_nvram && options->remove_nvram)
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                   "keep-nvram and remove-nvram exclude each other");
      return NULL;
    }
  return roost_call_done (
      roost_domain_undefine (ROOST_CALL_DOMAIN (call), options, call->caller, error));
}

GVariant *
domain_redefine (RoostCall *call, GError **error)
{
  const char *xml;

  g_variant_get_child (call->args, 0, "&s", &xml);
  if (!manager_check_xml (call, xml, error))
    return NULL;
  return roost_call_done (
      roost_domain_redefine (ROOST_CALL_DOMAIN (call), xml, call->caller, error));
}

GVariant *
domain_get_xml (RoostCall *call, GError **error)
{
  const GetXmlOptions *options = call->options;
  g_autofree char *xml =
      roost_domain_get_xml (ROOST_CALL_DOMAIN (call), options->inactive, options->secrets, error);

  return xml != NULL ? g_variant_new ("(s)", xml) : NULL;
}

GVariant *
domain_open_console (RoostCall *call, GError **error)
{
  const ConsoleOptions *options = call->options;

  return roost_call_fd (call, roost_domain_open_console (ROOST_CALL_DOMAIN (call), options->device,
                                                         options->force, error));
}

GVariant *
domain_open_channel (RoostCall *call, GError **error)
{
  const ChannelOptions *options = call->options;
  const char *name;

  g_variant_get_child (call->args, 0, "&s", &name);
  return roost_call_fd (
      call, roost_domain_open_channel (ROOST_CALL_DOMAIN (call), name, options->force, error));
}

GVariant *
domain_screenshot (RoostCall *call, GError **error)
{
  const ScreenshotOptions *options = call->options;

  return roost_call_fd (call, roost_domain_screenshot (ROOST_CALL_DOMAIN (call), options->device,
                                                       (guint)options->head.value, error));
}
