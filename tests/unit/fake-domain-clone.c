/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "domain/clone.h"
#include "domain/delete.h"

RoostJob *
roost_domain_clone_begin (RoostDomain *domain,
                          const char *name,
                          const RoostCloneOptions *options,
                          const char *caller,
                          char **out_uuid,
                          GError **error)
{
  roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "not cloned here");
  return NULL;
}

GPtrArray *
roost_domain_delete_plan (RoostDomain *domain, const RoostDeleteOptions *options, GError **error)
{
  return g_ptr_array_new ();
}

RoostJob *
roost_domain_delete_begin (RoostDomain *domain,
                           const RoostDeleteOptions *options,
                           const char *caller,
                           GPtrArray **out_items,
                           GError **error)
{
  roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "not deleted here");
  return NULL;
}
