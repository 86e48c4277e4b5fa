/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/display.h"
#include "domain/typing.h"

#include "base/error.h"

/* Displays, keys and pointers of the domains in fake-domain.c: there are none. */

static gboolean
throw_none (GError **error)
{
  return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "there is no guest");
}

int
roost_domain_open_channel (RoostDomain *domain, const char *name, gboolean force, GError **error)
{
  throw_none (error);
  return -1;
}

gboolean
roost_domain_send_key (RoostDomain *domain, const char *const *keys, guint hold_ms, GError **error)
{
  return throw_none (error);
}

gboolean
roost_domain_send_text (RoostDomain *domain, const char *text, guint hold_ms, GError **error)
{
  return throw_none (error);
}

const char *
roost_pointer_button (const char *name)
{
  return g_str_equal (name, "left") ? "left" : NULL;
}

gboolean
roost_domain_send_pointer (RoostDomain *domain,
                           const RoostPointerEvent *events,
                           guint n_events,
                           const char *device,
                           guint head,
                           GError **error)
{
  return throw_none (error);
}

gboolean
roost_domain_inject_nmi (RoostDomain *domain, const char *caller, GError **error)
{
  return throw_none (error);
}

gboolean
roost_display_type_parse (const char *name, RoostDisplayType *out, GError **error)
{
  return throw_none (error);
}

GVariant *
roost_domain_displays (RoostDomain *domain)
{
  static GVariant *none;

  if (none == NULL)
    none = g_variant_ref_sink (g_variant_new ("aa{sv}", NULL));
  return none;
}

GVariant *
roost_domain_heads (RoostDomain *domain)
{
  return roost_domain_displays (domain);
}

int
roost_domain_display_open (RoostDomain *domain,
                           RoostDisplayType type,
                           const RoostDisplayOptions *options,
                           GError **error)
{
  throw_none (error);
  return -1;
}

gboolean
roost_domain_display_connect (RoostDomain *domain,
                              RoostDisplayType type,
                              int fd,
                              const RoostDisplayOptions *options,
                              GError **error)
{
  return throw_none (error);
}

gboolean
roost_domain_display_reload_tls (RoostDomain *domain, GError **error)
{
  return throw_none (error);
}

gboolean
roost_domain_set_display_password (RoostDomain *domain,
                                   RoostDisplayType type,
                                   const char *password,
                                   const RoostPasswordOptions *options,
                                   GError **error)
{
  return throw_none (error);
}
