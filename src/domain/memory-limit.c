/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/memory-limit.h"

#include "base/error.h"
#include "domain/domain-private.h"
#include "model/memory-lock.h"

#include <sys/resource.h>
#include <unistd.h>

/* May the process @pid (0: this one) get so much? @now gets what it has after that: this one is
 * left as it was. */
static gboolean
try_raise (pid_t pid, guint64 wanted, struct rlimit *now)
{
  struct rlimit before;
  struct rlimit after;

  if (prlimit (pid, RLIMIT_MEMLOCK, NULL, &before) < 0)
    return FALSE;
  after.rlim_max = MAX (before.rlim_max, wanted);
  after.rlim_cur = pid != 0 ? MAX (before.rlim_cur, wanted) : before.rlim_cur;
  *now = before;
  if (prlimit (pid, RLIMIT_MEMLOCK, &after, NULL) < 0)
    return FALSE;
  if (pid == 0)
    prlimit (0, RLIMIT_MEMLOCK, &before, NULL);
  else
    *now = after;
  return TRUE;
}

/* QEMU as root may lock what it likes. */
static gboolean
is_bound (const RoostDomain *domain)
{
  const RoostQemuUser *user = &domain->manager->qemu_user;

  return (user->is_other ? user->uid : geteuid ()) != 0;
}

static gboolean
check_enough (const RoostDomain *domain,
              const RoostMemoryLock *lock,
              guint64 allowed,
              GError **error)
{
  if (allowed >= MIN (lock->least, lock->limit) || !is_bound (domain))
    return TRUE;
  return roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                      "domain '%s' keeps %" G_GUINT64_FORMAT " MiB in memory, and its QEMU may "
                      "lock only %" G_GUINT64_FORMAT " KiB: raise LimitMEMLOCK= of the service, or "
                      "for one's own guests of user@.service",
                      domain->name, lock->least >> 20, allowed >> 10);
}

gboolean
roost_memory_limit_choose (RoostDomain *domain,
                           const RoostDomainConfig *config,
                           RoostLimit *out,
                           GError **error)
{
  RoostMemoryLock lock = roost_memory_lock (config);
  struct rlimit now = { 0 };
  guint64 allowed;

  *out = (RoostLimit){ RLIMIT_MEMLOCK, 0 };
  if (lock.limit == 0)
    return TRUE;
  allowed = try_raise (0, lock.limit, &now) ? MAX (lock.limit, now.rlim_cur) : now.rlim_max;
  if (!check_enough (domain, &lock, allowed, error))
    return FALSE;
  out->value = allowed;
  return TRUE;
}

gboolean
roost_memory_limit_raise (RoostDomain *domain, const RoostDomainConfig *config, GError **error)
{
  RoostMemoryLock lock = roost_memory_lock (config);
  pid_t pid = roost_domain_pid (domain);
  struct rlimit now = { 0 };

  if (lock.limit == 0 || pid <= 0)
    return TRUE;
  if (!try_raise (pid, lock.limit, &now))
    try_raise (pid, now.rlim_max, &now);
  return check_enough (domain, &lock, now.rlim_cur, error);
}
