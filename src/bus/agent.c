/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/agent.h"

#include "bus/handlers.h"

#include "base/error.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <unistd.h>

#define MS_PER_US 1000

/* --- options --- */

/* The struct of every method's options begins so. */
typedef struct
{
  RoostUint timeout_us;
} AgentOptions;

#define TIMEOUT_OPTION                                                                             \
  {                                                                                                \
    .path = "@timeout", .kind = ROOST_FIELD_UINT,                                                  \
    .offset = G_STRUCT_OFFSET (AgentOptions, timeout_us), .min = MS_PER_US,                        \
    .max = 24 * 3600 * (guint64)G_USEC_PER_SEC,                                                    \
    .doc = "microseconds until the call ends without an answer"                                    \
  }

const RoostType roost_options_agent = {
  .name = "agent-options",
  .size = sizeof (AgentOptions),
  .fields = (const RoostField[]){ TIMEOUT_OPTION, ROOST_FIELD_END },
};

typedef struct
{
  AgentOptions common;
  RoostUint minimum;
} TrimOptions;

const RoostType roost_options_trim = {
  .name = "trim-options",
  .size = sizeof (TrimOptions),
  .fields =
      (const RoostField[]){
          TIMEOUT_OPTION,
          { .path = "@minimum",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (TrimOptions, minimum),
            .doc = "bytes; shorter free ranges are left" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  AgentOptions common;
  gboolean crypted;
} PasswordOptions;

const RoostType roost_options_password = {
  .name = "user-password-options",
  .size = sizeof (PasswordOptions),
  .fields =
      (const RoostField[]){
          TIMEOUT_OPTION,
          { .path = "@crypted",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (PasswordOptions, crypted),
            .doc = "the password is encrypted already" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  AgentOptions common;
  gboolean replace;
} KeysOptions;

const RoostType roost_options_ssh_keys = {
  .name = "ssh-keys-options",
  .size = sizeof (KeysOptions),
  .fields =
      (const RoostField[]){
          TIMEOUT_OPTION,
          { .path = "@replace",
            .kind = ROOST_FIELD_FLAG,
            .offset = G_STRUCT_OFFSET (KeysOptions, replace),
            .doc = "these keys and no others" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  AgentOptions common;
  char *output;
} ExecOptions;

const RoostType roost_options_exec = {
  .name = "exec-options",
  .size = sizeof (ExecOptions),
  .fields =
      (const RoostField[]){
          TIMEOUT_OPTION,
          { .path = "@output",
            .kind = ROOST_FIELD_STRING,
            .offset = G_STRUCT_OFFSET (ExecOptions, output),
            .doc = "stream, capture or none" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  AgentOptions common;
  RoostUint offset;
  RoostUint length;
} FileOptions;

const RoostType roost_options_file = {
  .name = "file-options",
  .size = sizeof (FileOptions),
  .fields =
      (const RoostField[]){
          TIMEOUT_OPTION,
          { .path = "@offset",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (FileOptions, offset),
            .doc = "bytes from the beginning" },
          { .path = "@length",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (FileOptions, length),
            .doc = "bytes" },
          ROOST_FIELD_END,
      },
};

static RoostAgentContext
context_of (RoostCall *call)
{
  const AgentOptions *options = call->options;

  return (RoostAgentContext){ .timeout_ms = (guint)(options->timeout_us.value / MS_PER_US),
                              .cancellable = roost_sender_gone (call->sender),
                              .caller = call->caller };
}

/* --- replies --- */

static GVariant *
tuple (GVariant *value)
{
  return value != NULL ? g_variant_new_tuple (&value, 1) : NULL;
}

static GVariant *
get (RoostCall *call, RoostAgentFact fact, GError **error)
{
  RoostAgentContext context = context_of (call);

  return tuple (roost_domain_agent_get (ROOST_CALL_DOMAIN (call), fact, &context, error));
}

/* --- what can be asked --- */

GVariant *
agent_get_info (RoostCall *call, GError **error)
{
  return get (call, ROOST_AGENT_INFO, error);
}

GVariant *
agent_get_freeze_state (RoostCall *call, GError **error)
{
  return get (call, ROOST_AGENT_FREEZE_STATE, error);
}

GVariant *
agent_get_filesystems (RoostCall *call, GError **error)
{
  return get (call, ROOST_AGENT_FILESYSTEMS, error);
}

GVariant *
agent_get_disks (RoostCall *call, GError **error)
{
  return get (call, ROOST_AGENT_DISKS, error);
}

GVariant *
agent_get_interfaces (RoostCall *call, GError **error)
{
  return get (call, ROOST_AGENT_INTERFACES, error);
}

GVariant *
agent_get_hostname (RoostCall *call, GError **error)
{
  return get (call, ROOST_AGENT_HOSTNAME, error);
}

GVariant *
agent_get_time (RoostCall *call, GError **error)
{
  return get (call, ROOST_AGENT_TIME, error);
}

GVariant *
agent_get_users (RoostCall *call, GError **error)
{
  return get (call, ROOST_AGENT_USERS, error);
}

GVariant *
agent_get_os_info (RoostCall *call, GError **error)
{
  return get (call, ROOST_AGENT_OS_INFO, error);
}

GVariant *
agent_get_timezone (RoostCall *call, GError **error)
{
  return get (call, ROOST_AGENT_TIMEZONE, error);
}

GVariant *
agent_get_vcpus (RoostCall *call, GError **error)
{
  return get (call, ROOST_AGENT_VCPUS, error);
}

/* --- what it can be told --- */

GVariant *
agent_ping (RoostCall *call, GError **error)
{
  RoostAgentContext context = context_of (call);

  return roost_call_done (roost_domain_agent_ping (ROOST_CALL_DOMAIN (call), &context, error));
}

GVariant *
agent_shutdown (RoostCall *call, GError **error)
{
  RoostAgentContext context = context_of (call);
  const char *mode;

  g_variant_get_child (call->args, 0, "&s", &mode);
  if (!g_str_equal (mode, "powerdown") && !g_str_equal (mode, "reboot")
      && !g_str_equal (mode, "halt"))
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                   "mode '%s' is not known; there are 'powerdown', 'reboot', 'halt'", mode);
      return NULL;
    }
  return roost_call_done (
      roost_domain_agent_shutdown (ROOST_CALL_DOMAIN (call), mode, &context, error));
}

GVariant *
agent_freeze (RoostCall *call, GError **error)
{
  RoostAgentContext context = context_of (call);
  g_autofree const char **mountpoints = NULL;
  guint count;

  g_variant_get_child (call->args, 0, "^a&s", &mountpoints);
  return roost_domain_agent_freeze (ROOST_CALL_DOMAIN (call), mountpoints, &context, &count, error)
             ? g_variant_new ("(u)", count)
             : NULL;
}

GVariant *
agent_thaw (RoostCall *call, GError **error)
{
  RoostAgentContext context = context_of (call);
  guint count;

  return roost_domain_agent_thaw (ROOST_CALL_DOMAIN (call), &context, &count, error)
             ? g_variant_new ("(u)", count)
             : NULL;
}

GVariant *
agent_trim (RoostCall *call, GError **error)
{
  RoostAgentContext context = context_of (call);
  const TrimOptions *options = call->options;

  return tuple (
      roost_domain_agent_trim (ROOST_CALL_DOMAIN (call), options->minimum.value, &context, error));
}

GVariant *
agent_set_time (RoostCall *call, GError **error)
{
  RoostAgentContext context = context_of (call);
  guint64 time_us;

  g_variant_get_child (call->args, 0, "t", &time_us);
  return roost_call_done (
      roost_domain_agent_set_time (ROOST_CALL_DOMAIN (call), time_us, &context, error));
}

GVariant *
agent_set_vcpus (RoostCall *call, GError **error)
{
  RoostAgentContext context = context_of (call);
  g_autoptr (GVariant) vcpus = g_variant_get_child_value (call->args, 0);
  guint count;

  return roost_domain_agent_set_vcpus (ROOST_CALL_DOMAIN (call), vcpus, &context, &count, error)
             ? g_variant_new ("(u)", count)
             : NULL;
}

GVariant *
agent_set_user_password (RoostCall *call, GError **error)
{
  RoostAgentContext context = context_of (call);
  const PasswordOptions *options = call->options;
  const char *user, *password;

  g_variant_get_child (call->args, 0, "&s", &user);
  g_variant_get_child (call->args, 1, "&s", &password);
  return roost_call_done (roost_domain_agent_set_password (ROOST_CALL_DOMAIN (call), user, password,
                                                           options->crypted, &context, error));
}

GVariant *
agent_get_ssh_keys (RoostCall *call, GError **error)
{
  RoostAgentContext context = context_of (call);
  const char *user;

  g_variant_get_child (call->args, 0, "&s", &user);
  return tuple (roost_domain_agent_ssh_keys (ROOST_CALL_DOMAIN (call), user, &context, error));
}

static GVariant *
change_keys (RoostCall *call, RoostAgentKeys what, GError **error)
{
  RoostAgentContext context = context_of (call);
  g_autofree const char **keys = NULL;
  RoostAgentKeysChange change = { .what = what };

  g_variant_get_child (call->args, 0, "&s", &change.user);
  g_variant_get_child (call->args, 1, "^a&s", &keys);
  change.keys = keys;
  return roost_call_done (
      roost_domain_agent_change_ssh_keys (ROOST_CALL_DOMAIN (call), &change, &context, error));
}

GVariant *
agent_add_ssh_keys (RoostCall *call, GError **error)
{
  const KeysOptions *options = call->options;

  return change_keys (call, options->replace ? ROOST_AGENT_KEYS_REPLACE : ROOST_AGENT_KEYS_ADD,
                      error);
}

GVariant *
agent_remove_ssh_keys (RoostCall *call, GError **error)
{
  return change_keys (call, ROOST_AGENT_KEYS_REMOVE, error);
}

GVariant *
agent_command (RoostCall *call, GError **error)
{
  RoostAgentContext context = context_of (call);
  const char *text;
  g_autofree char *result = NULL;

  g_variant_get_child (call->args, 0, "&s", &text);
  result = roost_domain_agent_command (ROOST_CALL_DOMAIN (call), text, &context, error);
  return result != NULL ? g_variant_new ("(s)", result) : NULL;
}

/* --- jobs with pipes --- */

GVariant *
agent_open_file (RoostCall *call, GError **error)
{
  RoostAgentContext context = context_of (call);
  const FileOptions *options = call->options;
  RoostAgentFile file = { .offset = options->offset.value, .length = options->length };
  g_autoptr (RoostJob) job = NULL;
  g_autofree char *path = NULL;
  int fd;

  g_variant_get_child (call->args, 0, "&s", &file.path);
  g_variant_get_child (call->args, 1, "&s", &file.mode);
  job = roost_domain_agent_open_file (ROOST_CALL_DOMAIN (call), &file, &context, &fd, error);
  if (job == NULL)
    return NULL;
  path = roost_bus_job_path (roost_job_number (job));
  call->fds = g_unix_fd_list_new_from_array (&fd, 1);
  return g_variant_new ("(oh)", path, 0);
}

/* A pipe that has ended. */
static gboolean
open_ended (int *fd, GError **error)
{
  int pipe[2];

  if (*fd >= 0)
    return TRUE;
  if (!g_unix_open_pipe (pipe, FD_CLOEXEC, error))
    return FALSE;
  close (pipe[1]);
  *fd = pipe[0];
  return TRUE;
}

static GVariant *
exec_reply (RoostCall *call, RoostJob *job, int fds[2], GError **error)
{
  g_autofree char *path = roost_bus_job_path (roost_job_number (job));

  if (!open_ended (&fds[0], error) || !open_ended (&fds[1], error))
    {
      for (guint i = 0; i < 2; i++)
        if (fds[i] >= 0)
          close (fds[i]);
      return NULL;
    }
  call->fds = g_unix_fd_list_new_from_array (fds, 2);
  return g_variant_new ("(ohh)", path, 0, 1);
}

GVariant *
agent_exec (RoostCall *call, GError **error)
{
  RoostAgentContext context = context_of (call);
  const ExecOptions *options = call->options;
  RoostAgentProgram program = { .output = options->output != NULL ? options->output : "stream" };
  g_autofree const char **arguments = NULL;
  g_autofree const char **environment = NULL;
  g_autoptr (GVariant) input = g_variant_get_child_value (call->args, 3);
  g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (input);
  g_autoptr (RoostJob) job = NULL;
  int fds[2] = { -1, -1 };

  g_variant_get_child (call->args, 0, "&s", &program.path);
  g_variant_get_child (call->args, 1, "^a&s", &arguments);
  g_variant_get_child (call->args, 2, "^a&s", &environment);
  program.arguments = arguments;
  program.environment = environment;
  program.input = bytes;
  job = roost_domain_agent_exec (ROOST_CALL_DOMAIN (call), &program, &context, fds, error);
  return job != NULL ? exec_reply (call, job, fds, error) : NULL;
}
