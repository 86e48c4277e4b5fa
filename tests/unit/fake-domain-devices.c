/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-domain.h"

#include "base/error.h"
#include "domain/device.h"
#include "domain/hotplug.h"

/* Devices of a domain room without guests: there are none, and nobody can change any. */

struct _RoostDevice
{
  GObject parent;
};

G_DEFINE_FINAL_TYPE (RoostDevice, roost_device, G_TYPE_OBJECT)

static void
roost_device_class_init (RoostDeviceClass *klass)
{
}

static void
roost_device_init (RoostDevice *device)
{
}

RoostDomain *
roost_device_domain (RoostDevice *device)
{
  return NULL;
}

const char *
roost_device_alias (RoostDevice *device)
{
  return "";
}

const char *
roost_device_kind (RoostDevice *device)
{
  return "";
}

const char *
roost_device_address (RoostDevice *device)
{
  return "";
}

const char *
roost_device_xml (RoostDevice *device)
{
  return "";
}

GVariant *
roost_device_live (RoostDevice *device)
{
  return g_variant_new ("a{sv}", NULL);
}

GPtrArray *
roost_domain_devices (RoostDomain *domain)
{
  return g_ptr_array_new ();
}

const char *const *
roost_domain_device_aliases (RoostDomain *domain)
{
  static const char *const none[] = { NULL };

  return none;
}

static gboolean
refuse (RoostDomain *domain, GError **error)
{
  return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' is not running",
                      roost_domain_name (domain));
}

char *
roost_domain_attach_device (RoostDomain *domain,
                            const char *xml,
                            const RoostDeviceOptions *options,
                            const char *caller,
                            GError **error)
{
  refuse (domain, error);
  return NULL;
}

RoostJob *
roost_domain_detach_device (RoostDomain *domain,
                            const char *device,
                            const RoostDetachOptions *options,
                            const char *caller,
                            GError **error)
{
  refuse (domain, error);
  return NULL;
}

gboolean
roost_domain_update_device (RoostDomain *domain,
                            const char *xml,
                            const RoostUpdateOptions *options,
                            const char *caller,
                            GError **error)
{
  return refuse (domain, error);
}

gboolean
roost_domain_update_named (RoostDomain *domain,
                           const char *alias,
                           const char *xml,
                           const RoostUpdateOptions *options,
                           const char *caller,
                           GError **error)
{
  return refuse (domain, error);
}

gboolean
roost_domain_change_media (RoostDomain *domain,
                           const char *device,
                           const char *path,
                           const char *format,
                           const RoostUpdateOptions *options,
                           const char *caller,
                           GError **error)
{
  return refuse (domain, error);
}

gboolean
roost_domain_set_link (RoostDomain *domain,
                       const char *device,
                       gboolean is_up,
                       const RoostDeviceOptions *options,
                       const char *caller,
                       GError **error)
{
  return refuse (domain, error);
}

gboolean
roost_domain_set_vcpus (RoostDomain *domain,
                        guint count,
                        const RoostAmountOptions *options,
                        const char *caller,
                        GError **error)
{
  return refuse (domain, error);
}

gboolean
roost_domain_set_memory (RoostDomain *domain,
                         guint64 bytes,
                         const RoostAmountOptions *options,
                         const char *caller,
                         GError **error)
{
  return refuse (domain, error);
}
