/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/events.h"

#include "base/json.h"
#include "base/log.h"
#include "domain/domain-agent.h"
#include "domain/domain-private.h"
#include "domain/hotplug.h"
#include "domain/power-rtc.h"
#include "domain/read-anew.h"
#include "domain/view.h"

#include <string.h>

/* --- devices that come, go and change --- */

static const char *
alias_in (JsonObject *data, const char *name)
{
  const char *alias = roost_json_string (data, name);

  return alias != NULL && *alias != '\0' ? alias
                                         : roost_alias_of (roost_json_string (data, "path"));
}

static void
on_device_deleted (RoostDomain *domain, JsonObject *data)
{
  const char *alias = roost_json_string (data, "device");

  if (alias == NULL) /* parts of a device come without */
    {
      roost_hotplug_part_gone (domain, roost_json_string (data, "path"));
      return;
    }
  roost_hotplug_gone (domain, alias);
  if (!roost_hotplug_is_vcpu (alias))
    roost_domain_emit (domain, "DeviceRemoved", g_variant_new ("(s)", alias));
}

static void
on_unplug_refused (RoostDomain *domain, JsonObject *data)
{
  const char *alias = alias_in (data, "device");

  roost_hotplug_refused (domain, alias);
  roost_domain_emit (domain, "DeviceRemovalFailed", g_variant_new ("(s)", alias));
}

/* What the guest's firmware says of a slot of memory or a CPU. Source: ACPI, 6.3.5 _OST. */
/* Source: ACPI 6.5, 6.3.5 _OST: "source event" and "status code". */
#define OST_EJECT_REQUEST     3
#define OST_EJECT_BY_OS       0x103
#define OST_SUCCESS           0
#define OST_EJECT_IN_PROGRESS 0x84

/* Of processors and DIMMs QEMU says no more than this when the guest keeps them. */
static gboolean
is_refusal (JsonObject *info)
{
  gint64 source = roost_json_int (info, "source", 0);
  gint64 status = roost_json_int (info, "status", 0);

  return (source == OST_EJECT_REQUEST || source == OST_EJECT_BY_OS) && status != OST_SUCCESS
         && status != OST_EJECT_IN_PROGRESS;
}

static void
on_acpi_status (RoostDomain *domain, JsonObject *data)
{
  JsonObject *info = roost_json_object (data, "info");
  const char *alias = roost_json_string (info, "device");

  if (alias != NULL && is_refusal (info))
    roost_hotplug_refused (domain, alias);
  roost_domain_emit (domain, "AcpiDeviceStatus",
                     g_variant_new ("(sssuu)", roost_event_text (info, "device"),
                                    roost_event_text (info, "slot-type"),
                                    roost_event_text (info, "slot"),
                                    (guint32)roost_event_size (info, "source"),
                                    (guint32)roost_event_size (info, "status")));
}

static void
on_tray (RoostDomain *domain, JsonObject *data)
{
  const char *alias = roost_alias_of (roost_json_string (data, "id"));
  gboolean is_open = roost_json_bool (data, "tray-open", FALSE);

  if (roost_seen_put (domain->run->seen->trays, alias, is_open))
    roost_domain_changed (domain, ROOST_CHANGE_SEEN);
  roost_hotplug_tray (domain, alias, is_open);
  roost_domain_emit (domain, "TrayChanged", g_variant_new ("(sb)", alias, is_open));
}

static void
on_serial_port (RoostDomain *domain, JsonObject *data)
{
  roost_domain_set_channel (domain, roost_event_text (data, "id"),
                            roost_json_bool (data, "open", FALSE));
}

void
roost_domain_set_channel (RoostDomain *domain, const char *alias, gboolean is_open)
{
  const char *agent = roost_view_agent_alias (roost_domain_config (domain));

  if (roost_seen_put (domain->run->seen->channels, alias, is_open))
    {
      roost_domain_changed (domain, ROOST_CHANGE_SEEN);
      roost_domain_emit (domain, "ChannelChanged", g_variant_new ("(sb)", alias, is_open));
    }
  if (g_strcmp0 (agent, alias) == 0)
    roost_domain_set_agent_connected (domain, is_open);
}

/* --- memory and clock --- */

static void
on_balloon (RoostDomain *domain, JsonObject *data)
{
  guint64 actual = roost_event_size (data, "actual");

  if (actual == 0)
    return;
  domain->memory = actual;
  roost_domain_changed (domain, ROOST_CHANGE_MEMORY);
  roost_domain_emit (domain, "BalloonChanged", g_variant_new ("(t)", actual));
}

static void
on_memory_device (RoostDomain *domain, JsonObject *data)
{
  const char *alias = roost_json_string (data, "id");

  if (alias == NULL)
    alias = roost_alias_of (roost_json_string (data, "qom-path"));
  if (roost_json_int (data, "size", -1) >= 0)
    roost_hotplug_memory_size (domain, alias, roost_event_size (data, "size"));
  roost_domain_emit (domain, "MemoryDeviceSizeChanged",
                     g_variant_new ("(st)", alias, roost_event_size (data, "size")));
}

static void
on_memory_failure (RoostDomain *domain, JsonObject *data)
{
  const char *recipient = roost_event_text (data, "recipient");
  const char *action = roost_event_text (data, "action");

  roost_domain_emit (domain, "MemoryFailure", g_variant_new ("(ss)", recipient, action));
  roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
             "memory of the host has failed; it hit the %s (%s)", recipient, action);
}

static void
on_rtc (RoostDomain *domain, JsonObject *data)
{
  gint64 seconds = domain->run->rtc_base + roost_json_int (data, "offset", 0);

  roost_rtc_changed (domain, seconds);
  roost_domain_emit (domain, "RtcChanged", g_variant_new ("(x)", seconds));
}

/* --- network --- */

/* QEMU tells no more of the card until its filter was read. */
static void
on_rx_filter (RoostDomain *domain, JsonObject *data)
{
  roost_domain_read_filters (domain);
}

static void
on_failover (RoostDomain *domain, JsonObject *data)
{
  roost_domain_emit (domain, "FailoverChanged",
                     g_variant_new ("(ss)", roost_event_text (data, "device-id"), "negotiated"));
}

static void
on_unplug_primary (RoostDomain *domain, JsonObject *data)
{
  roost_domain_emit (
      domain, "FailoverChanged",
      g_variant_new ("(ss)", roost_event_text (data, "device-id"), "primary-unplugged"));
}

/* The back end of the card net0 is called hostnet0. */
static void
tell_backend (RoostDomain *domain, JsonObject *data, gboolean is_connected)
{
  const char *id = roost_event_text (data, "netdev-id");
  const char *alias = g_str_has_prefix (id, "host") ? id + strlen ("host") : id;

  roost_domain_emit (domain, "NicBackendChanged", g_variant_new ("(sb)", alias, is_connected));
  if (!is_connected)
    roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name,
               "the network behind %s has gone away", alias);
}

static void
on_stream_connected (RoostDomain *domain, JsonObject *data)
{
  tell_backend (domain, data, TRUE);
}

static void
on_stream_disconnected (RoostDomain *domain, JsonObject *data)
{
  tell_backend (domain, data, FALSE);
}

/* --- displays --- */

static void
emit_graphics (RoostDomain *domain, JsonObject *data, const char *phase)
{
  JsonObject *client = roost_json_object (data, "client");
  const char *port = roost_json_string (client, "service");

  roost_domain_emit (domain, "GraphicsClient",
                     g_variant_new ("(sss)", phase, roost_event_text (client, "host"),
                                    port != NULL ? port : roost_event_text (client, "port")));
}

static void
on_graphics_connected (RoostDomain *domain, JsonObject *data)
{
  emit_graphics (domain, data, "connected");
}

static void
on_graphics_initialized (RoostDomain *domain, JsonObject *data)
{
  emit_graphics (domain, data, "initialized");
}

static void
on_graphics_disconnected (RoostDomain *domain, JsonObject *data)
{
  emit_graphics (domain, data, "disconnected");
}

/* --- the table --- */

const RoostEventRow roost_device_events[] = {
  { "ACPI_DEVICE_OST", on_acpi_status },
  { "BALLOON_CHANGE", on_balloon },
  { "DEVICE_DELETED", on_device_deleted },
  { "DEVICE_TRAY_MOVED", on_tray },
  { "DEVICE_UNPLUG_GUEST_ERROR", on_unplug_refused },
  { "FAILOVER_NEGOTIATED", on_failover },
  { "MEMORY_DEVICE_SIZE_CHANGE", on_memory_device },
  { "MEMORY_FAILURE", on_memory_failure },
  { "NETDEV_STREAM_CONNECTED", on_stream_connected },
  { "NETDEV_STREAM_DISCONNECTED", on_stream_disconnected },
  { "NIC_RX_FILTER_CHANGED", on_rx_filter },
  { "RTC_CHANGE", on_rtc },
  { "SPICE_CONNECTED", on_graphics_connected },
  { "SPICE_DISCONNECTED", on_graphics_disconnected },
  { "SPICE_INITIALIZED", on_graphics_initialized },
  { "UNPLUG_PRIMARY", on_unplug_primary },
  { "VNC_CONNECTED", on_graphics_connected },
  { "VNC_DISCONNECTED", on_graphics_disconnected },
  { "VNC_INITIALIZED", on_graphics_initialized },
  { "VSERPORT_CHANGE", on_serial_port },
  { NULL },
};
