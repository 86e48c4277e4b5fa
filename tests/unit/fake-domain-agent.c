/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/agent.h"

#include "base/error.h"

/* Guests without an agent, for the tests of the bus room. */

static gboolean
refuse (GError **error)
{
  return roost_throw (error, ROOST_ERROR_AGENT_UNAVAILABLE, "there is no agent");
}

char *
roost_domain_agent_command (RoostDomain *domain,
                            const char *text,
                            const RoostAgentContext *context,
                            GError **error)
{
  refuse (error);
  return NULL;
}

gboolean
roost_domain_agent_ping (RoostDomain *domain, const RoostAgentContext *context, GError **error)
{
  return refuse (error);
}

GVariant *
roost_domain_agent_get (RoostDomain *domain,
                        RoostAgentFact fact,
                        const RoostAgentContext *context,
                        GError **error)
{
  refuse (error);
  return NULL;
}

gboolean
roost_domain_agent_shutdown (RoostDomain *domain,
                             const char *mode,
                             const RoostAgentContext *context,
                             GError **error)
{
  return refuse (error);
}

gboolean
roost_domain_agent_freeze (RoostDomain *domain,
                           const char *const *mountpoints,
                           const RoostAgentContext *context,
                           guint *out_count,
                           GError **error)
{
  return refuse (error);
}

gboolean
roost_domain_agent_thaw (RoostDomain *domain,
                         const RoostAgentContext *context,
                         guint *out_count,
                         GError **error)
{
  return refuse (error);
}

GVariant *
roost_domain_agent_trim (RoostDomain *domain,
                         guint64 minimum,
                         const RoostAgentContext *context,
                         GError **error)
{
  refuse (error);
  return NULL;
}

gboolean
roost_domain_agent_set_time (RoostDomain *domain,
                             guint64 time_us,
                             const RoostAgentContext *context,
                             GError **error)
{
  return refuse (error);
}

gboolean
roost_domain_agent_set_vcpus (RoostDomain *domain,
                              GVariant *vcpus,
                              const RoostAgentContext *context,
                              guint *out_count,
                              GError **error)
{
  return refuse (error);
}

gboolean
roost_domain_agent_set_password (RoostDomain *domain,
                                 const char *user,
                                 const char *password,
                                 gboolean is_crypted,
                                 const RoostAgentContext *context,
                                 GError **error)
{
  return refuse (error);
}

GVariant *
roost_domain_agent_ssh_keys (RoostDomain *domain,
                             const char *user,
                             const RoostAgentContext *context,
                             GError **error)
{
  refuse (error);
  return NULL;
}

gboolean
roost_domain_agent_change_ssh_keys (RoostDomain *domain,
                                    const RoostAgentKeysChange *change,
                                    const RoostAgentContext *context,
                                    GError **error)
{
  return refuse (error);
}

RoostJob *
roost_domain_agent_open_file (RoostDomain *domain,
                              const RoostAgentFile *file,
                              const RoostAgentContext *context,
                              int *out_fd,
                              GError **error)
{
  refuse (error);
  return NULL;
}

RoostJob *
roost_domain_agent_exec (RoostDomain *domain,
                         const RoostAgentProgram *program,
                         const RoostAgentContext *context,
                         int out_fds[2],
                         GError **error)
{
  refuse (error);
  return NULL;
}
