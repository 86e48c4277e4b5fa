/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

/* What the platform tells the guest: the time, power states, SMBIOS, firmware variables. */

/* --- clock --- */

static gboolean
add_date (GString *text, gint64 seconds, GError **error)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (seconds);
  g_autofree char *date = NULL;

  if (time == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "clock: %" G_GINT64_FORMAT " seconds is no date", seconds);
  date = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");
  roost_text_add (text, "base", date);
  return TRUE;
}

/* Seconds east of Greenwich. */
static gint64
local_offset (gint64 now)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (now);

  return time != NULL ? g_date_time_get_utc_offset (time) / G_TIME_SPAN_SECOND : 0;
}

static gboolean
add_base (RoostBuild *build, GString *text, GError **error)
{
  const RoostClock *clock = &build->config->clock;
  gint64 now = build->launch->now;
  gint64 adjustment = 0;

  switch (clock->offset)
    {
    case ROOST_CLOCK_OFFSET_LOCALTIME:
      roost_text_add (text, "base", "localtime");
      return TRUE;
    case ROOST_CLOCK_OFFSET_TIMEZONE:
      roost_build_env (build, "TZ", clock->timezone);
      roost_text_add (text, "base", "localtime");
      return TRUE;
    case ROOST_CLOCK_OFFSET_ABSOLUTE:
      return add_date (text, clock->start.value, error);
    case ROOST_CLOCK_OFFSET_VARIABLE:
      if (clock->adjustment != NULL && !g_str_equal (clock->adjustment, "reset"))
        adjustment = g_ascii_strtoll (clock->adjustment, NULL, 10);
      if (clock->basis == ROOST_CLOCK_BASIS_LOCALTIME)
        adjustment += local_offset (now);
      return add_date (text, now + adjustment, error);
    case ROOST_CLOCK_OFFSET_UTC:
    case ROOST_CLOCK_OFFSET_UNSET:
    default:
      if (clock->adjustment != NULL && !g_str_equal (clock->adjustment, "reset"))
        return add_date (text, now + g_ascii_strtoll (clock->adjustment, NULL, 10), error);
      roost_text_add (text, "base", "utc");
      return TRUE;
    }
}

static void
add_rtc_timer (GString *text, const RoostTimer *timer)
{
  if (timer->track == ROOST_TIMER_TRACK_GUEST)
    roost_text_add (text, "clock", "vm");
  else if (timer->track == ROOST_TIMER_TRACK_WALL)
    roost_text_add (text, "clock", "host");
  else if (timer->track == ROOST_TIMER_TRACK_REALTIME)
    roost_text_add (text, "clock", "rt");
  if (timer->tickpolicy == ROOST_TICK_POLICY_CATCHUP)
    roost_text_add (text, "driftfix", "slew");
}

static void
build_pit (RoostBuild *build, const RoostTimer *timer)
{
  if (!roost_arch_is_x86 (build->config->os.arch))
    return;
  if (timer->tickpolicy == ROOST_TICK_POLICY_DELAY)
    roost_build_option (build, "-global", "kvm-pit.lost_tick_policy=delay");
  else if (timer->tickpolicy == ROOST_TICK_POLICY_DISCARD)
    roost_build_option (build, "-global", "kvm-pit.lost_tick_policy=discard");
}

/* --- power states, PCI windows and the like: properties of built-in devices --- */

static void
build_pm (RoostBuild *build)
{
  const RoostDomainConfig *config = build->config;
  const char *device = build->family == ROOST_MACHINE_Q35 ? "ICH9-LPC" : "PIIX4_PM";

  if (config->suspend_to_mem != ROOST_UNSET)
    roost_build_option_printf (build, "-global", "%s.disable_s3=%d", device,
                               config->suspend_to_mem == ROOST_NO);
  if (config->suspend_to_disk != ROOST_UNSET)
    roost_build_option_printf (build, "-global", "%s.disable_s4=%d", device,
                               config->suspend_to_disk == ROOST_NO);
}

static void
build_root_bus (RoostBuild *build)
{
  const RoostController *root = roost_build_controller_at (build, ROOST_CONTROLLER_TYPE_PCI, 0);
  gboolean is_q35 = build->family == ROOST_MACHINE_Q35;

  if (root == NULL || (!is_q35 && build->family != ROOST_MACHINE_I440FX))
    return;
  if (root->pcihole64.is_set)
    roost_build_option_printf (build, "-global", "%s.pci-hole64-size=%" G_GUINT64_FORMAT "K",
                               is_q35 ? "q35-pcihost" : "i440FX-pcihost",
                               root->pcihole64.value / 1024);
  if (root->hotplug != ROOST_UNSET && !is_q35)
    roost_build_option_printf (build, "-global", "PIIX4_PM.acpi-root-pci-hotplug=%s",
                               root->hotplug == ROOST_YES ? "on" : "off");
}

static void
build_globals (RoostBuild *build)
{
  const RoostDomainConfig *config = build->config;

  build_pm (build);
  build_root_bus (build);
  if (config->features.tseg.is_set)
    roost_build_option_printf (build, "-global", "mch.extended-tseg-mbytes=%u",
                               (guint)(config->features.tseg.value / (1024 * 1024)));
  if (config->os.loader_secure == ROOST_YES)
    roost_build_option (build, "-global", "driver=cfi.pflash01,property=secure,value=on");
}

gboolean
roost_build_clock (RoostBuild *build, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const RoostTimer *timer;

  if (!add_base (build, text, error))
    return FALSE;
  ROOST_LIST_EACH (RoostTimer, timer, build->config->clock.timers)
    {
      if (timer->name == ROOST_TIMER_NAME_RTC || timer->name == ROOST_TIMER_NAME_PLATFORM)
        add_rtc_timer (text, timer);
    }
  roost_build_option (build, "-rtc", text->str);
  ROOST_LIST_EACH (RoostTimer, timer, build->config->clock.timers)
    {
      if (timer->name == ROOST_TIMER_NAME_PIT)
        build_pit (build, timer);
    }
  build_globals (build);
  return TRUE;
}

/* --- SMBIOS --- */

static const char *
find_entry (const GPtrArray *entries, const char *name)
{
  const RoostSysinfoEntry *entry;

  ROOST_LIST_EACH (RoostSysinfoEntry, entry, entries)
    {
      if (g_strcmp0 (entry->name, name) == 0)
        return entry->value;
    }
  return NULL;
}

static void
build_smbios_type (RoostBuild *build, int type, const GPtrArray *entries, const char *const *names)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (entries == NULL || entries->len == 0)
    return;
  roost_text_add_printf (text, "type", "%d", type);
  for (guint i = 0; names[i] != NULL; i++)
    roost_text_add (text, names[i], find_entry (entries, names[i]));
  roost_build_option (build, "-smbios", text->str);
}

static void
build_oem_strings (RoostBuild *build, const RoostSysinfo *info)
{
  g_autoptr (GString) text = g_string_new ("type=11");
  const RoostText *string;

  if (info->oem_strings == NULL || info->oem_strings->len == 0)
    return;
  ROOST_LIST_EACH (RoostText, string, info->oem_strings)
    roost_text_add (text, "value", string->text);
  roost_build_option (build, "-smbios", text->str);
}

static void
build_smbios (RoostBuild *build, const RoostSysinfo *info)
{
  static const char *const bios[] = { "vendor", "version", "date", "release", NULL };
  static const char *const system[] = { "manufacturer", "product", "version", "serial",
                                        "uuid",         "sku",     "family",  NULL };
  static const char *const board[] = { "manufacturer", "product",  "version", "serial",
                                       "asset",        "location", NULL };
  static const char *const chassis[] = {
    "manufacturer", "version", "serial", "asset", "sku", NULL
  };
  const RoostBaseboard *baseboard;

  build_smbios_type (build, 0, info->bios, bios);
  build_smbios_type (build, 1, info->system, system);
  ROOST_LIST_EACH (RoostBaseboard, baseboard, info->baseboards)
    build_smbios_type (build, 2, baseboard->entries, board);
  build_smbios_type (build, 3, info->chassis, chassis);
  build_oem_strings (build, info);
}

static void
build_fwcfg (RoostBuild *build, const RoostSysinfo *info)
{
  const RoostSysinfoEntry *entry;

  ROOST_LIST_EACH (RoostSysinfoEntry, entry, info->fwcfg)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      roost_text_add (text, "name", entry->name);
      if (entry->file != NULL)
        roost_text_add (text, "file", entry->file);
      else
        roost_text_add (text, "string", entry->value);
      roost_build_option (build, "-fw_cfg", text->str);
    }
}

gboolean
roost_build_identity (RoostBuild *build, GError **error)
{
  const RoostDomainConfig *config = build->config;
  const RoostSysinfo *info;

  roost_build_option (build, "-uuid", config->uuid);
  if (config->os.smbios == ROOST_SMBIOS_MODE_HOST)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "smbios mode “host” is not supported; use “sysinfo” and say the values");
  ROOST_LIST_EACH (RoostSysinfo, info, config->sysinfos)
    {
      if (info->type == ROOST_SYSINFO_TYPE_FWCFG)
        build_fwcfg (build, info);
      else if (config->os.smbios == ROOST_SMBIOS_MODE_SYSINFO)
        build_smbios (build, info);
    }
  return TRUE;
}
