/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fields-sample.h"

#include "base/error.h"

#define AT(T, member) .offset = G_STRUCT_OFFSET (T, member)

static const char *const bus_names[] = { "", "pci", "usb", "named", NULL };
static const char *const device_names[] = { "", "disk", "net", NULL };

static gboolean
service_parse (const RoostField *field, gpointer member, const char *text, GError **error)
{
  guint64 port;

  if (!g_str_has_prefix (text, "tcp/")
      || !g_ascii_string_to_unsigned (text + 4, 10, 1, 65535, &port, NULL))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is not tcp/PORT", text);
  ((Service *)member)->port = (guint16)port;
  return TRUE;
}

static char *
service_format (const RoostField *field, gconstpointer member)
{
  const Service *service = member;

  return service->port != 0 ? g_strdup_printf ("tcp/%u", service->port) : NULL;
}

static void
service_clear (gpointer member)
{
  ((Service *)member)->port = 0;
}

static const RoostFieldCustom service_custom = {
  .parse = service_parse, .format = service_format, .clear = service_clear, .pattern = "tcp/[0-9]+"
};

static const RoostType address_type = {
  .name = "address",
  .size = sizeof (Address),
  .doc = "where a device is plugged in",
  .fields =
      (const RoostField[]){
          { "@type", ROOST_FIELD_ENUM, AT (Address, type), ROOST_FIELD_REQUIRED | ROOST_FIELD_ABI,
            .names = bus_names, .doc = "the kind of bus" },
          { "@slot", ROOST_FIELD_UINT, AT (Address, slot), ROOST_FIELD_ABI, .hex_digits = 2,
            .max = 31, .only = "@type=pci", .doc = "the slot on the bus" },
          { "@port", ROOST_FIELD_UINT, AT (Address, port), ROOST_FIELD_ABI, .min = 1, .max = 127,
            .only = "@type=usb", .doc = "the port of the hub" },
          { "@name", ROOST_FIELD_STRING, AT (Address, name), .only = "@type!=usb|pci",
            .doc = "its name" },
          ROOST_FIELD_END },
};

static const RoostType common_type = {
  .name = "common",
  .size = sizeof (Common),
  .fields = (const RoostField[]){ { "alias/@name", ROOST_FIELD_STRING, AT (Common, alias),
                                    ROOST_FIELD_LIVE, .doc = "its id" },
                                  { "address", ROOST_FIELD_STRUCT, AT (Common, address),
                                    ROOST_FIELD_ABI, .type = &address_type },
                                  ROOST_FIELD_END },
};

static const RoostType virtio_type = {
  .name = "virtio",
  .size = sizeof (Virtio),
  .fields = (const RoostField[]){ { "@vectors", ROOST_FIELD_UINT, AT (Virtio, vectors),
                                    ROOST_FIELD_REQUIRED, .doc = "interrupts" },
                                  { "@iommu", ROOST_FIELD_ON_OFF, AT (Virtio, iommu),
                                    ROOST_FIELD_ABI, .fallback = "off", .doc = "behind an IOMMU" },
                                  ROOST_FIELD_END },
};

static const RoostType source_type = {
  .name = "source",
  .size = sizeof (Source),
  .position = G_STRUCT_OFFSET (Source, position),
  .fields =
      (const RoostField[]){ { "@file", ROOST_FIELD_STRING, AT (Source, file), .doc = "an image" },
                            { "backing", ROOST_FIELD_STRUCT, AT (Source, backing),
                              .type = &source_type, .doc = "what it is based on" },
                            ROOST_FIELD_END },
};

static const RoostType host_type = {
  .name = "host",
  .size = sizeof (Host),
  .fields =
      (const RoostField[]){ { "@weight", ROOST_FIELD_INT, AT (Host, weight) },
                            { ".", ROOST_FIELD_STRING, AT (Host, name), ROOST_FIELD_REQUIRED },
                            ROOST_FIELD_END },
};

const RoostType device_type = {
  .name = "device",
  .size = sizeof (Device),
  .position = G_STRUCT_OFFSET (Device, position),
  .doc = "a device of the guest",
  .fields =
      (const RoostField[]){
          { "@type", ROOST_FIELD_ENUM, AT (Device, type), ROOST_FIELD_ABI, .names = device_names,
            .fallback = "disk", .doc = "its kind" },
          { "source", ROOST_FIELD_STRUCT, AT (Device, source), .type = &source_type },
          { "source2/host", ROOST_FIELD_LIST, AT (Device, hosts), .type = &host_type },
          { "target/@dev", ROOST_FIELD_STRING, AT (Device, target), ROOST_FIELD_ABI,
            .only = "@type=disk" },
          { "target/@bus", ROOST_FIELD_STRING, AT (Device, target), ROOST_FIELD_ABI,
            .only = "@type=net" },
          { "readonly", ROOST_FIELD_FLAG, AT (Device, is_readonly), ROOST_FIELD_ABI },
          { "driver", ROOST_FIELD_EMBED, AT (Device, virtio), .type = &virtio_type },
          { ".", ROOST_FIELD_EMBED, AT (Device, common), .type = &common_type },
          ROOST_FIELD_END },
};

static const RoostType argument_type = {
  .name = "argument",
  .size = sizeof (Argument),
  .fields = (const RoostField[]){ { "@value", ROOST_FIELD_STRING, AT (Argument, value),
                                    ROOST_FIELD_REQUIRED },
                                  ROOST_FIELD_END },
};

const RoostType machine_type = {
  .name = "machine",
  .size = sizeof (Machine),
  .position = G_STRUCT_OFFSET (Machine, position),
  .namespaces = (const RoostNamespace[]){ { "qemu", "http://example.org/qemu/1.0" }, { NULL } },
  .doc = "a machine",
  .fields =
      (const RoostField[]){
          { "@xmlns:*", ROOST_FIELD_XML, AT (Machine, declarations) },
          { "@id", ROOST_FIELD_STRING, AT (Machine, id), ROOST_FIELD_OUTPUT },
          { "name", ROOST_FIELD_STRING, AT (Machine, name), ROOST_FIELD_REQUIRED,
            .doc = "unique on the host" },
          { "uuid", ROOST_FIELD_UUID, AT (Machine, uuid), ROOST_FIELD_ABI },
          { "title", ROOST_FIELD_STRING, AT (Machine, title) },
          { "metadata", ROOST_FIELD_XML, AT (Machine, metadata) },
          { "memory", ROOST_FIELD_SIZE, AT (Machine, memory), ROOST_FIELD_ABI, .unit = "KiB",
            .min = 1024, .max = G_GUINT64_CONSTANT (1) << 50, .doc = "how much the guest has" },
          { "pages/@size", ROOST_FIELD_SIZE, AT (Machine, page), .unit = "k" },
          { "cpus", ROOST_FIELD_UINT, AT (Machine, cpus), ROOST_FIELD_ABI, .min = 1,
            .fallback = "1" },
          { "cpus/@cpuset", ROOST_FIELD_BITMAP, AT (Machine, cpuset) },
          { "mac/@address", ROOST_FIELD_MAC, AT (Machine, mac), ROOST_FIELD_ABI },
          { "nice", ROOST_FIELD_INT, AT (Machine, nice) },
          { "features/acpi/@state", ROOST_FIELD_YES_NO, AT (Machine, acpi), ROOST_FIELD_ABI,
            .fallback = "yes" },
          { "password", ROOST_FIELD_STRING, AT (Machine, password), ROOST_FIELD_SECRET },
          { "state", ROOST_FIELD_STRING, AT (Machine, state), ROOST_FIELD_OUTPUT },
          { "service", ROOST_FIELD_CUSTOM, AT (Machine, service), .custom = &service_custom },
          { "devices/device", ROOST_FIELD_LIST, AT (Machine, devices), ROOST_FIELD_ABI,
            .type = &device_type },
          { "qemu:commandline/qemu:arg", ROOST_FIELD_LIST, AT (Machine, arguments),
            .type = &argument_type },
          { "*", ROOST_FIELD_XML, AT (Machine, foreign) },
          ROOST_FIELD_END },
};
