/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/domain-agent.h"
#include "domain/dump-private.h"
#include "domain/hotplug.h"

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/policy.h"
#include "domain/power-rtc.h"
#include "domain/power-time.h"
#include "domain/status.h"
#include "domain/view.h"

/*
 * What QEMU tells, as states and signals. QEMU runs with -no-shutdown: it stays, stopped, when the
 * guest has powered off, so that what follows is decided here. It says why it stops before it says
 * that it has stopped.
 */

static const char *
text_of (JsonObject *data, const char *name)
{
  const char *text = roost_json_string (data, name);

  return text != NULL ? text : "";
}

/* --- run and stop --- */

static void
on_stop (RoostDomain *domain, JsonObject *data)
{
  RoostRun *run = domain->run;
  const char *reason = run->pause_reason != NULL ? run->pause_reason : "unknown";

  run->pause_reason = NULL;
  if (domain->state == ROOST_DOMAIN_SHUTTING_DOWN || domain->state == ROOST_DOMAIN_CRASHED
      || run->is_starting)
    return;
  roost_domain_set_state (domain, ROOST_DOMAIN_PAUSED, reason);
  roost_status_note (domain);
}

static void
on_resume (RoostDomain *domain, JsonObject *data)
{
  RoostRun *run = domain->run;
  gboolean was_paused = domain->state == ROOST_DOMAIN_PAUSED;
  gboolean was_long = roost_time_was_long (domain);

  run->pause_reason = NULL;
  if (run->ending != NULL)
    return;
  roost_domain_set_state (domain, ROOST_DOMAIN_RUNNING, was_paused ? "unpaused" : "booted");
  roost_status_note (domain);
  if (was_long)
    roost_time_catch_up (domain);
}

static void
on_suspend (RoostDomain *domain, JsonObject *data)
{
  roost_domain_set_state (domain, ROOST_DOMAIN_PM_SUSPENDED, "guest");
  roost_status_note (domain);
}

static void
on_wakeup (RoostDomain *domain, JsonObject *data)
{
  roost_domain_set_state (domain, ROOST_DOMAIN_RUNNING, "wakeup");
  roost_status_note (domain);
}

/* --- power-off, reset, panic --- */

static void
on_shutdown (RoostDomain *domain, JsonObject *data)
{
  RoostRun *run = domain->run;
  const char *reason = text_of (data, "reason");

  if (run->ending != NULL)
    return; /* ours */
  if (g_str_equal (reason, "host-signal") || g_str_equal (reason, "host-qmp-quit")
      || g_str_equal (reason, "host-ui"))
    {
      run->ending = "destroyed"; /* somebody ended QEMU; it goes by itself */
      return;
    }
  if (g_str_equal (reason, "guest-panic"))
    return; /* GUEST_PANICKED came before */
  roost_domain_set_state (domain, ROOST_DOMAIN_SHUTTING_DOWN, run->was_asked ? "user" : "guest");
  roost_status_note (domain);
  if (g_str_equal (reason, "guest-reset"))
    roost_policy_reboot (domain);
  else
    roost_policy_poweroff (domain);
}

static void
on_reset (RoostDomain *domain, JsonObject *data)
{
  roost_domain_was_reset (domain);
  roost_domain_emit (domain, "RebootOccurred", g_variant_new ("()"));
}

static void
on_panicked (RoostDomain *domain, JsonObject *data)
{
  const char *action = text_of (data, "action");

  roost_domain_emit (domain, "GuestPanicked", g_variant_new ("(s)", action));
  roost_log (G_LOG_LEVEL_WARNING, NULL, domain->uuid, domain->name, "the guest panicked (%s)",
             action);
  if (g_str_equal (action, "run") || domain->run->ending != NULL)
    return;
  roost_domain_set_state (domain, ROOST_DOMAIN_CRASHED, "panicked");
  roost_status_note (domain);
  roost_policy_crash (domain);
}

static void
on_watchdog (RoostDomain *domain, JsonObject *data)
{
  const char *action = text_of (data, "action");

  if (g_str_equal (action, "pause"))
    {
      domain->run->pause_reason = "watchdog";
      roost_policy_watchdog (domain);
    }
  roost_domain_emit (domain, "WatchdogFired", g_variant_new ("(s)", action));
}

/* --- devices --- */

/* "node-name" is a node's, "device" that of a -drive: empty with ours; qom-path the device's. */
static void
on_io_error (RoostDomain *domain, JsonObject *data)
{
  const char *path = roost_json_string (data, "qom-path");
  const char *node = text_of (data, "node-name");
  const char *action = text_of (data, "action");

  if (g_str_equal (action, "stop"))
    domain->run->pause_reason = "io-error";
  roost_domain_emit (domain, "IoError",
                     g_variant_new ("(sssbs)", path != NULL ? roost_alias_of (path) : node,
                                    text_of (data, "operation"), action,
                                    roost_json_bool (data, "nospace", FALSE),
                                    text_of (data, "reason")));
}

static void
on_device_deleted (RoostDomain *domain, JsonObject *data)
{
  const char *alias = roost_json_string (data, "device");

  if (alias == NULL) /* parts of a device come without */
    return;
  roost_hotplug_gone (domain, alias);
  if (!roost_hotplug_is_vcpu (alias))
    roost_domain_emit (domain, "DeviceRemoved", g_variant_new ("(s)", alias));
}

static void
on_unplug_refused (RoostDomain *domain, JsonObject *data)
{
  const char *alias = roost_json_string (data, "device");

  if (alias == NULL)
    alias = roost_alias_of (roost_json_string (data, "path"));
  roost_hotplug_refused (domain, alias);
  roost_domain_emit (domain, "DeviceRemovalFailed", g_variant_new ("(s)", alias));
}

static void
on_tray (RoostDomain *domain, JsonObject *data)
{
  const char *alias = roost_alias_of (roost_json_string (data, "id"));
  gboolean is_open = roost_json_bool (data, "tray-open", FALSE);

  roost_hotplug_tray (domain, alias, is_open);
  roost_domain_emit (domain, "TrayChanged", g_variant_new ("(sb)", alias, is_open));
}

/* A virtio-mem device follows its wish step by step. */
static void
on_memory_size (RoostDomain *domain, JsonObject *data)
{
  const char *alias = roost_json_string (data, "id");
  gint64 size = roost_json_int (data, "size", -1);

  if (alias != NULL && size >= 0)
    roost_hotplug_memory_size (domain, alias, (guint64)size);
}

static void
on_balloon (RoostDomain *domain, JsonObject *data)
{
  gint64 actual = roost_json_int (data, "actual", 0);

  if (actual <= 0)
    return;
  domain->memory = (guint64)actual;
  roost_domain_changed (domain, ROOST_CHANGE_MEMORY);
  roost_domain_emit (domain, "BalloonChanged", g_variant_new ("(t)", (guint64)actual));
}

static void
on_rtc (RoostDomain *domain, JsonObject *data)
{
  gint64 seconds = domain->run->rtc_base + roost_json_int (data, "offset", 0);

  roost_rtc_changed (domain, seconds);
  roost_domain_emit (domain, "RtcChanged", g_variant_new ("(x)", seconds));
}

static void
on_memory_failure (RoostDomain *domain, JsonObject *data)
{
  roost_domain_emit (domain, "MemoryFailure",
                     g_variant_new ("(ss)", text_of (data, "recipient"), text_of (data, "action")));
}

static void
on_rx_filter (RoostDomain *domain, JsonObject *data)
{
  roost_domain_emit (domain, "NicMacChanged", g_variant_new ("(s)", text_of (data, "name")));
}

static void
on_serial_port (RoostDomain *domain, JsonObject *data)
{
  gboolean is_open = roost_json_bool (data, "open", FALSE);
  const char *alias = roost_view_agent_alias (roost_domain_config (domain));

  if (g_strcmp0 (alias, roost_json_string (data, "id")) == 0)
    roost_domain_set_agent_connected (domain, is_open);
}

static void
on_threshold (RoostDomain *domain, JsonObject *data)
{
  roost_domain_emit (domain, "DiskThreshold",
                     g_variant_new ("(stt)", text_of (data, "node-name"),
                                    (guint64)roost_json_int (data, "write-threshold", 0),
                                    (guint64)roost_json_int (data, "amount-exceeded", 0)));
}

static void
emit_graphics (RoostDomain *domain, JsonObject *data, const char *phase)
{
  JsonObject *client = roost_json_object (data, "client");
  const char *port = roost_json_string (client, "service");

  roost_domain_emit (domain, "GraphicsClient",
                     g_variant_new ("(sss)", phase, text_of (client, "host"),
                                    port != NULL ? port : text_of (client, "port")));
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

static const struct
{
  const char *name;
  void (*func) (RoostDomain *domain, JsonObject *data);
} handlers[] = {
  { "STOP", on_stop },
  { "RESUME", on_resume },
  { "SHUTDOWN", on_shutdown },
  { "RESET", on_reset },
  { "SUSPEND", on_suspend },
  { "SUSPEND_DISK", on_suspend },
  { "WAKEUP", on_wakeup },
  { "GUEST_PANICKED", on_panicked },
  { "GUEST_CRASHLOADED", on_panicked },
  { "WATCHDOG", on_watchdog },
  { "BLOCK_IO_ERROR", on_io_error },
  { "BLOCK_WRITE_THRESHOLD", on_threshold },
  { "DEVICE_DELETED", on_device_deleted },
  { "DEVICE_UNPLUG_GUEST_ERROR", on_unplug_refused },
  { "MEM_UNPLUG_ERROR", on_unplug_refused },
  { "DEVICE_TRAY_MOVED", on_tray },
  { "MEMORY_DEVICE_SIZE_CHANGE", on_memory_size },
  { "BALLOON_CHANGE", on_balloon },
  { "RTC_CHANGE", on_rtc },
  { "MEMORY_FAILURE", on_memory_failure },
  { "NIC_RX_FILTER_CHANGED", on_rx_filter },
  { "VSERPORT_CHANGE", on_serial_port },
  { "DUMP_COMPLETED", roost_dump_on_event },
  { "VNC_CONNECTED", on_graphics_connected },
  { "VNC_INITIALIZED", on_graphics_initialized },
  { "VNC_DISCONNECTED", on_graphics_disconnected },
  { "SPICE_CONNECTED", on_graphics_connected },
  { "SPICE_INITIALIZED", on_graphics_initialized },
  { "SPICE_DISCONNECTED", on_graphics_disconnected },
};

void
roost_domain_on_event (RoostDomain *domain, const char *name, JsonObject *data)
{
  if (domain->run == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (handlers); i++)
    if (g_str_equal (handlers[i].name, name))
      {
        handlers[i].func (domain, data);
        return;
      }
  roost_debug ("domain '%s': event %s", domain->name, name);
}

/* --- events that were lost --- */

/* Why a guest that QEMU calls so is stopped. Source: QEMU qapi/run-state.json, RunState. */
static const struct
{
  const char *status;
  RoostDomainState state;
  const char *reason;
} stopped_states[] = {
  { "prelaunch", ROOST_DOMAIN_PAUSED, "starting-up" },
  { "paused", ROOST_DOMAIN_PAUSED, "user" },
  { "io-error", ROOST_DOMAIN_PAUSED, "io-error" },
  { "watchdog", ROOST_DOMAIN_PAUSED, "watchdog" },
  { "suspended", ROOST_DOMAIN_PM_SUSPENDED, "guest" },
  { "guest-panicked", ROOST_DOMAIN_CRASHED, "panicked" },
};

static void
follow_stopped (RoostDomain *domain, const char *status)
{
  for (guint i = 0; i < G_N_ELEMENTS (stopped_states); i++)
    if (g_str_equal (stopped_states[i].status, status))
      {
        if (domain->state != stopped_states[i].state)
          roost_domain_set_state (domain, stopped_states[i].state, stopped_states[i].reason);
        return;
      }
  if (domain->state != ROOST_DOMAIN_PAUSED)
    roost_domain_set_state (domain, ROOST_DOMAIN_PAUSED, "unknown");
}

void
roost_domain_follow_status (RoostDomain *domain, const char *status, gboolean is_running)
{
  if (is_running)
    {
      domain->run->is_restarting = FALSE;
      if (domain->state != ROOST_DOMAIN_RUNNING)
        roost_domain_set_state (domain, ROOST_DOMAIN_RUNNING, "adopted");
      return;
    }
  if (roost_policy_go_on (domain))
    return;
  if (g_str_equal (status, "shutdown"))
    {
      roost_domain_set_state (domain, ROOST_DOMAIN_SHUTTING_DOWN,
                              domain->run->was_asked ? "user" : "guest");
      roost_policy_poweroff (domain);
      return;
    }
  follow_stopped (domain, status);
  if (domain->state == ROOST_DOMAIN_CRASHED)
    roost_policy_crash (domain);
  else if (g_str_equal (status, "watchdog"))
    roost_policy_watchdog (domain);
}
