/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/*
 * What the agent inside a guest can be asked for and told. None of this holds the domain: an agent
 * that is silent for ever keeps nobody from destroying its guest. Each call has a deadline, goes
 * one after the other over one connection (qemu/agent.h), and nothing of the answers is remembered.
 *
 * Every call awaits, holds a reference to the domain meanwhile, and has these errors besides its
 * own: NOT_RUNNING; AGENT_UNAVAILABLE (no channel, no agent, the guest is paused, the agent
 * went away); AGENT (the guest's words, made safe, or what was wrong
 * with them); TIMEOUT; CANCELLED; LIMIT_EXCEEDED.
 */

typedef struct
{
  guint timeout_ms;          /* 0 = the usual one of the command */
  GCancellable *cancellable; /* (nullable): nobody waits any more */
  const char *caller;        /* who asked; for jobs */
} RoostAgentContext;

/* One command in the agent's own JSON, {"execute": …, "arguments": …}. Returns: (transfer full):
 * the value that it returned, as JSON. Errors: INVALID_ARGUMENT when @text is none. */
char *roost_domain_agent_command (RoostDomain *domain,
                                  const char *text,
                                  const RoostAgentContext *context,
                                  GError **error);

gboolean
roost_domain_agent_ping (RoostDomain *domain, const RoostAgentContext *context, GError **error);

/* What can be asked; the keys of the dictionaries are listed in
 * introspection/org.roost1.Domain.Agent.xml. */
typedef enum
{
  ROOST_AGENT_INFO,         /* a{sv} */
  ROOST_AGENT_FREEZE_STATE, /* s: "thawed", "frozen" */
  ROOST_AGENT_FILESYSTEMS,  /* aa{sv} */
  ROOST_AGENT_DISKS,        /* aa{sv} */
  ROOST_AGENT_INTERFACES,   /* aa{sv} */
  ROOST_AGENT_HOSTNAME,     /* s */
  ROOST_AGENT_TIME,         /* t: microseconds since 1970 */
  ROOST_AGENT_USERS,        /* aa{sv} */
  ROOST_AGENT_OS_INFO,      /* a{sv} */
  ROOST_AGENT_TIMEZONE,     /* a{sv} */
  ROOST_AGENT_VCPUS,        /* aa{sv} */
  ROOST_AGENT_N_FACTS
} RoostAgentFact;

/* Returns: (transfer floating): a value of the type above */
GVariant *roost_domain_agent_get (RoostDomain *domain,
                                  RoostAgentFact fact,
                                  const RoostAgentContext *context,
                                  GError **error);

/* @mode: "powerdown", "reboot", "halt". Returns when the guest has begun with it. */
gboolean roost_domain_agent_shutdown (RoostDomain *domain,
                                      const char *mode,
                                      const RoostAgentContext *context,
                                      GError **error);

/* @mountpoints: (nullable): of these alone; NULL or empty: of all. @out_count: how many were. A
 * freeze that was sent and whose answer nobody gets any more (TIMEOUT, CANCELLED) is followed by a
 * thaw. */
gboolean roost_domain_agent_freeze (RoostDomain *domain,
                                    const char *const *mountpoints,
                                    const RoostAgentContext *context,
                                    guint *out_count,
                                    GError **error);
gboolean roost_domain_agent_thaw (RoostDomain *domain,
                                  const RoostAgentContext *context,
                                  guint *out_count,
                                  GError **error);

/* @minimum: bytes; shorter free ranges are left; 0 = all. Returns: (transfer floating): aa{sv} */
GVariant *roost_domain_agent_trim (RoostDomain *domain,
                                   guint64 minimum,
                                   const RoostAgentContext *context,
                                   GError **error);

/* @time_us: since 1970; 0: what the clock of the guest's hardware says */
gboolean roost_domain_agent_set_time (RoostDomain *domain,
                                      guint64 time_us,
                                      const RoostAgentContext *context,
                                      GError **error);

/* @vcpus: a{ub}: number → online. @out_count: how many were done, in the order of their numbers;
 * the guest stops at the first that it cannot do. */
gboolean roost_domain_agent_set_vcpus (RoostDomain *domain,
                                       GVariant *vcpus,
                                       const RoostAgentContext *context,
                                       guint *out_count,
                                       GError **error);

gboolean roost_domain_agent_set_password (RoostDomain *domain,
                                          const char *user,
                                          const char *password,
                                          gboolean is_crypted,
                                          const RoostAgentContext *context,
                                          GError **error);

/* Returns: (transfer floating): as */
GVariant *roost_domain_agent_ssh_keys (RoostDomain *domain,
                                       const char *user,
                                       const RoostAgentContext *context,
                                       GError **error);

typedef enum
{
  ROOST_AGENT_KEYS_ADD,
  ROOST_AGENT_KEYS_REPLACE, /* what was there goes */
  ROOST_AGENT_KEYS_REMOVE,
} RoostAgentKeys;

typedef struct
{
  const char *user;
  RoostAgentKeys what;
  const char *const *keys;
} RoostAgentKeysChange;

gboolean roost_domain_agent_change_ssh_keys (RoostDomain *domain,
                                             const RoostAgentKeysChange *change,
                                             const RoostAgentContext *context,
                                             GError **error);

/* --- what takes longer: each is a job that does not hold the domain --- */

typedef struct
{
  const char *path;
  const char *mode; /* "read", "write" (from nothing), "append", "update" (keeps what is there) */
  guint64 offset;   /* bytes; "read" and "update" */
  RoostUint length; /* bytes; "read": no more than that; else: it has to be just that */
} RoostAgentFile;

/**
 * roost_domain_agent_open_file:
 * @out_fd: the caller's end of a pipe
 * Opens a file of the guest, then returns, while the job carries bytes to or from the pipe. A
 * reader who closes it ends the job; what was written is in the guest when the job has completed.
 * Job: "guest-read" or "guest-write", with bytes. Returns: (transfer full): the job
 */
RoostJob *roost_domain_agent_open_file (RoostDomain *domain,
                                        const RoostAgentFile *file,
                                        const RoostAgentContext *context,
                                        int *out_fd,
                                        GError **error);

typedef struct
{
  const char *path;
  const char *const *arguments;   /* without the program's own name */
  const char *const *environment; /* "NAME=VALUE"; empty: that of the agent; else all of it */
  GBytes *input;                  /* (nullable): its standard input */
  const char *output;             /* "stream", "capture", "none" */
} RoostAgentProgram;

/**
 * roost_domain_agent_exec:
 * @out_fds: the caller's ends of two pipes: output and errors. With "none" they are -1.
 * Starts a program in the guest, then returns. The job "guest-exec" follows it to its end; detail
 * "pid" (t), and at the end "exit-code" (i) or "signal" (i), and "truncated" (b) when not all of
 * the output could be had. Cancelled, it is told to end. Returns: (transfer full): the job
 */
RoostJob *roost_domain_agent_exec (RoostDomain *domain,
                                   const RoostAgentProgram *program,
                                   const RoostAgentContext *context,
                                   int out_fds[2],
                                   GError **error);
