/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "bus/handlers.h"
#include "bus/node.h"
#include "bus/storage.h"
#include "bus/tables.h"
#include "bus/tuning.h"
#include "domain/autostart.h"
#include "domain/stats-memory.h"
#include "domain/display.h"
#include "domain/device.h"
#include "domain/hotplug.h"

#include <sys/utsname.h>
#include <unistd.h>

#define MANAGER "org.roost1.Manager"
#define DOMAIN  "org.roost1.Domain"
#define DISPLAY "org.roost1.Domain.Display"
#define JOB     "org.roost1.Job"
#define POOL    "org.roost1.StoragePool"
#define VOLUME  "org.roost1.StorageVolume"
#define SECRET  "org.roost1.Secret"
#define DEVICE  "org.roost1.DomainDevice"
#define TUNING  "org.roost1.Domain.Tuning"

#define DOMAIN_AGENT "org.roost1.Domain.Agent"

#define STATE      ROOST_CHANGE_STATE
#define CONFIG     ROOST_CHANGE_CONFIG
#define FLAGS      ROOST_CHANGE_FLAGS
#define CHANGE_JOB ROOST_CHANGE_JOB
#define TAINTS     ROOST_CHANGE_TAINTS
#define MEMORY     ROOST_CHANGE_MEMORY
#define RESPONSIVE ROOST_CHANGE_RESPONSIVE
#define AGENT      ROOST_CHANGE_AGENT
#define SEEN       ROOST_CHANGE_SEEN

/* A getter of one expression of @d. */
#define GETTER(name, Object, expression)                                                           \
  static GVariant *name (RoostBus *bus, gpointer object)                                           \
  {                                                                                                \
    Object *d = object;                                                                            \
                                                                                                   \
    return expression;                                                                             \
  }
#define DOMAIN_GETTER(name, constructor, value)                                                    \
  GETTER (domain_##name, RoostDomain, g_variant_new_##constructor (value))
#define JOB_GETTER(name, constructor, value)                                                       \
  GETTER (job_##name, RoostJob, g_variant_new_##constructor (value))

/* --- the manager --- */

static GVariant *
manager_version (RoostBus *bus, gpointer object)
{
  return g_variant_new_string (ROOST_VERSION);
}

static GVariant *
manager_mode (RoostBus *bus, gpointer object)
{
  return g_variant_new_string (roost_bus_is_system (bus) ? "system" : "session");
}

static GVariant *
manager_qemu_binaries (RoostBus *bus, gpointer object)
{
  g_auto (GStrv) paths = roost_caps_list_binaries (roost_manager_caps (roost_bus_manager (bus)));

  return g_variant_new_strv ((const char *const *)paths, -1);
}

static GVariant *
manager_host_arch (RoostBus *bus, gpointer object)
{
  struct utsname name;

  uname (&name);
  return g_variant_new_string (name.machine);
}

static GVariant *
manager_host_cpus (RoostBus *bus, gpointer object)
{
  return g_variant_new_uint32 ((guint32)sysconf (_SC_NPROCESSORS_ONLN));
}

static GVariant *
manager_host_memory (RoostBus *bus, gpointer object)
{
  return g_variant_new_uint64 ((guint64)sysconf (_SC_PHYS_PAGES) * (guint64)sysconf (_SC_PAGESIZE));
}

static GVariant *
manager_log_level (RoostBus *bus, gpointer object)
{
  return g_variant_new_string (g_log_get_debug_enabled () ? "debug" : "info");
}

static gboolean
manager_set_log_level (RoostBus *bus, gpointer object, GVariant *value, GError **error)
{
  const char *level = g_variant_get_string (value, NULL);

  if (!g_str_equal (level, "debug") && !g_str_equal (level, "info"))
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "LogLevel is \"info\" or \"debug\", not '%s'", level);
  g_log_set_debug_enabled (g_str_equal (level, "debug"));
  return TRUE;
}

/* --- a domain --- */

DOMAIN_GETTER (name, string, roost_domain_name (d))
DOMAIN_GETTER (uuid, string, roost_domain_uuid (d))
DOMAIN_GETTER (id, uint32, roost_domain_id (d))
DOMAIN_GETTER (state, string, roost_domain_state_name (roost_domain_state (d)))
DOMAIN_GETTER (reason, string, roost_domain_reason (d))
DOMAIN_GETTER (since, uint64, (guint64)roost_domain_since_us (d))
DOMAIN_GETTER (title, string, roost_domain_summary (d)->title)
DOMAIN_GETTER (description, string, roost_domain_summary (d)->description)
DOMAIN_GETTER (type, string, roost_domain_summary (d)->type)
DOMAIN_GETTER (os_type, string, roost_domain_summary (d)->os_type)
DOMAIN_GETTER (machine, string, roost_domain_summary (d)->machine)
DOMAIN_GETTER (arch, string, roost_domain_summary (d)->arch)
DOMAIN_GETTER (persistent, boolean, roost_domain_is_persistent (d))
DOMAIN_GETTER (autostart, boolean, roost_domain_is_autostart (d))
DOMAIN_GETTER (autostart_order, uint32, roost_domain_autostart (d)->order)
DOMAIN_GETTER (autostart_delay, uint64, roost_domain_autostart (d)->delay_us)
DOMAIN_GETTER (memory_max, uint64, roost_domain_summary (d)->memory_max)
DOMAIN_GETTER (memory, uint64, roost_domain_memory (d))
DOMAIN_GETTER (vcpus_max, uint32, roost_domain_summary (d)->vcpus_max)
DOMAIN_GETTER (vcpus, uint32, roost_domain_summary (d)->vcpus)
DOMAIN_GETTER (pid, uint32, (guint32)roost_domain_pid (d))
DOMAIN_GETTER (responsive, boolean, roost_domain_is_responsive (d))
DOMAIN_GETTER (hang, string, roost_domain_hang (d))
DOMAIN_GETTER (memory_period, uint64, roost_domain_memory_period_us (d))
DOMAIN_GETTER (agent, boolean, roost_domain_is_agent_connected (d))
GETTER (domain_displays, RoostDomain, roost_domain_displays (d))
GETTER (domain_heads, RoostDomain, roost_domain_heads (d))
GETTER (domain_taints, RoostDomain, g_variant_new_strv (roost_domain_taints (d), -1))

static GVariant *
domain_taint_messages (RoostBus *bus, gpointer object)
{
  const char *const *taints = roost_domain_taints (object);
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();

  for (guint i = 0; taints[i] != NULL; i++)
    g_ptr_array_add (texts, (gpointer)roost_taint_text (taints[i]));
  return g_variant_new_strv ((const char *const *)texts->pdata, (gssize)texts->len);
}

static GVariant *
domain_trays (RoostBus *bus, gpointer object)
{
  g_auto (GStrv) names = roost_domain_open_trays (object);

  return g_variant_new_strv ((const char *const *)names, -1);
}

static GVariant *
domain_channels (RoostBus *bus, gpointer object)
{
  g_auto (GStrv) names = roost_domain_open_channels (object);

  return g_variant_new_strv ((const char *const *)names, -1);
}

static GVariant *
domain_macs (RoostBus *bus, gpointer object)
{
  g_auto (GStrv) pairs = roost_domain_guest_macs (object);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  for (char **pair = pairs; *pair != NULL; pair += 2)
    g_variant_builder_add (&builder, "{ss}", pair[0], pair[1]);
  return g_variant_builder_end (&builder);
}

static GVariant *
domain_job (RoostBus *bus, gpointer object)
{
  RoostJob *job = roost_domain_job (object);
  g_autofree char *path =
      job != NULL ? roost_bus_job_path (roost_job_number (job)) : g_strdup ("/");

  return g_variant_new_object_path (path);
}

static GVariant *
domain_jobs (RoostBus *bus, gpointer object)
{
  const GPtrArray *jobs = roost_domain_jobs (object);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("ao"));
  for (guint i = 0; i < jobs->len; i++)
    {
      g_autofree char *path = roost_bus_job_path (roost_job_number (jobs->pdata[i]));

      g_variant_builder_add (&builder, "o", path);
    }
  return g_variant_builder_end (&builder);
}

GETTER (domain_devices, RoostDomain, g_variant_new_strv (roost_domain_device_aliases (d), -1))

/* --- a device --- */

GETTER (device_kind, RoostDevice, g_variant_new_string (roost_device_kind (d)))
GETTER (device_alias, RoostDevice, g_variant_new_string (roost_device_alias (d)))
GETTER (device_address, RoostDevice, g_variant_new_string (roost_device_address (d)))
GETTER (device_xml, RoostDevice, g_variant_new_string (roost_device_xml (d)))
GETTER (device_live, RoostDevice, roost_device_live (d))

/* --- a job --- */

JOB_GETTER (operation, string, roost_job_operation (d))
JOB_GETTER (started_at, uint64, (guint64)roost_job_started_us (d))
JOB_GETTER (started_by, string, roost_job_caller (d))
JOB_GETTER (state, string, roost_job_state_name (roost_job_state (d)))
JOB_GETTER (phase, string, roost_job_phase (d))
JOB_GETTER (progress, double, roost_job_progress (d))
JOB_GETTER (bytes_total, uint64, roost_job_bytes_total (d))
JOB_GETTER (bytes_done, uint64, roost_job_bytes_done (d))
JOB_GETTER (rate, uint64, roost_job_rate (d))
GETTER (job_details, RoostJob, roost_job_details (d))
JOB_GETTER (cancellable, boolean, roost_job_is_cancellable (d))

static GVariant *
job_objects (RoostBus *bus, gpointer object)
{
  const RoostJobSubject *subject = roost_job_subject (object);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  if (subject->domain_uuid != NULL)
    g_ptr_array_add (paths, roost_bus_domain_path (subject->domain_uuid));
  if (subject->pool_uuid != NULL)
    g_ptr_array_add (paths, roost_bus_pool_path (subject->pool_uuid));
  if (subject->pool_uuid != NULL && subject->volume != NULL)
    g_ptr_array_add (paths, roost_bus_volume_path (subject->pool_uuid, subject->volume));
  return g_variant_new_objv ((const char *const *)paths->pdata, paths->len);
}

static GVariant *
job_error (RoostBus *bus, gpointer object)
{
  const GError *error = roost_job_error (object);
  g_autoptr (GError) public = error != NULL ? roost_error_to_public (error) : NULL;
  g_autofree char *name = public != NULL ? g_dbus_error_encode_gerror (public) : g_strdup ("");

  return g_variant_new ("(ss)", name, public != NULL ? public->message : "");
}

/* --- the table --- */

/* clang-format off */
const RoostProperty roost_properties[] = {
  { MANAGER, "Version",      manager_version },
  { MANAGER, "Mode",         manager_mode },
  { MANAGER, "QemuBinaries", manager_qemu_binaries },
  { MANAGER, "HostArch",     manager_host_arch },
  { MANAGER, "HostCpus",     manager_host_cpus },
  { MANAGER, "HostMemory",   manager_host_memory },
  { MANAGER, "LogLevel",     manager_log_level, .set = manager_set_log_level, .set_action = ROOST_ACTION_MANAGE },

  { DOMAIN, "Name",           domain_name,        CONFIG },
  { DOMAIN, "Uuid",           domain_uuid,        0 },
  { DOMAIN, "Id",             domain_id,          STATE },
  { DOMAIN, "State",          domain_state,       STATE },
  { DOMAIN, "StateReason",    domain_reason,      STATE },
  { DOMAIN, "StateSince",     domain_since,       STATE },
  { DOMAIN, "Title",          domain_title,       CONFIG },
  { DOMAIN, "Description",    domain_description, CONFIG },
  { DOMAIN, "Type",           domain_type,        CONFIG },
  { DOMAIN, "OsType",         domain_os_type,     CONFIG },
  { DOMAIN, "Machine",        domain_machine,     CONFIG },
  { DOMAIN, "Arch",           domain_arch,        CONFIG },
  { DOMAIN, "Persistent",     domain_persistent,  FLAGS },
  { DOMAIN, "Autostart",      domain_autostart,   FLAGS },
  { DOMAIN, "AutostartOrder", domain_autostart_order, FLAGS },
  { DOMAIN, "AutostartDelay", domain_autostart_delay, FLAGS },
  { DOMAIN, "MemoryMaximum",  domain_memory_max,  CONFIG },
  { DOMAIN, "Memory",         domain_memory,      CONFIG | MEMORY | STATE },
  { DOMAIN, "VcpusMaximum",   domain_vcpus_max,   CONFIG },
  { DOMAIN, "Vcpus",          domain_vcpus,       CONFIG },
  { DOMAIN, "Taints",         domain_taints,      TAINTS },
  { DOMAIN, "TaintMessages",  domain_taint_messages, TAINTS },
  { DOMAIN, "CurrentJob",     domain_job,         CHANGE_JOB },
  { DOMAIN, "Jobs",           domain_jobs,        CHANGE_JOB },
  { DOMAIN, "Devices",        domain_devices,     CONFIG | STATE },
  { DOMAIN, "Pid",            domain_pid,         STATE },
  { DOMAIN, "Responsive",     domain_responsive,  RESPONSIVE },
  { DOMAIN, "ResponsiveDetail", domain_hang,      RESPONSIVE },
  { DOMAIN, "AgentConnected", domain_agent,       AGENT },
  { DOMAIN, "OpenTrays",      domain_trays,       SEEN | STATE },
  { DOMAIN, "OpenChannels",   domain_channels,    SEEN | STATE },
  { DOMAIN, "GuestMacs",      domain_macs,        SEEN | STATE },
  { DOMAIN, "MemoryStatsPeriod", domain_memory_period, CONFIG },

  { DOMAIN_AGENT, "Connected", domain_agent, AGENT },

  { DISPLAY, "Displays", domain_displays, CONFIG | STATE },
  { DISPLAY, "Heads",    domain_heads,    CONFIG | STATE },
  { TUNING, "VcpuPins", tuning_get_VcpuPins, CONFIG },
  { TUNING, "EmulatorPin", tuning_get_EmulatorPin, CONFIG },
  { TUNING, "IothreadPins", tuning_get_IothreadPins, CONFIG },
  { TUNING, "VcpuSchedulers", tuning_get_VcpuSchedulers, CONFIG },
  { TUNING, "EmulatorScheduler", tuning_get_EmulatorScheduler, CONFIG },
  { TUNING, "IothreadSchedulers", tuning_get_IothreadSchedulers, CONFIG },
  { TUNING, "CpuWeight", tuning_get_CpuWeight, CONFIG },
  { TUNING, "VcpuPeriod", tuning_get_VcpuPeriod, CONFIG },
  { TUNING, "VcpuQuota", tuning_get_VcpuQuota, CONFIG },
  { TUNING, "EmulatorPeriod", tuning_get_EmulatorPeriod, CONFIG },
  { TUNING, "EmulatorQuota", tuning_get_EmulatorQuota, CONFIG },
  { TUNING, "IothreadPeriod", tuning_get_IothreadPeriod, CONFIG },
  { TUNING, "IothreadQuota", tuning_get_IothreadQuota, CONFIG },
  { TUNING, "GlobalPeriod", tuning_get_GlobalPeriod, CONFIG },
  { TUNING, "GlobalQuota", tuning_get_GlobalQuota, CONFIG },
  { TUNING, "MemoryHardLimit", tuning_get_MemoryHardLimit, CONFIG },
  { TUNING, "MemorySoftLimit", tuning_get_MemorySoftLimit, CONFIG },
  { TUNING, "SwapHardLimit", tuning_get_SwapHardLimit, CONFIG },
  { TUNING, "NumaNodes", tuning_get_NumaNodes, CONFIG },
  { TUNING, "NumaMode", tuning_get_NumaMode, CONFIG },
  { TUNING, "BlockIoWeight", tuning_get_BlockIoWeight, CONFIG },
  { TUNING, "BlockDeviceLimits", tuning_get_BlockDeviceLimits, CONFIG },
  { TUNING, "DiskLimits", tuning_get_DiskLimits, CONFIG },
  { TUNING, "NotApplied", tuning_get_NotApplied, CONFIG },

  { DEVICE, "Kind",    device_kind },
  { DEVICE, "Alias",   device_alias },
  { DEVICE, "Address", device_address, ~0u },
  { DEVICE, "Xml",     device_xml,     ~0u },
  { DEVICE, "Live",    device_live,    ~0u },

  { JOB, "Operation",   job_operation },
  { JOB, "Objects",     job_objects },
  { JOB, "StartedAt",   job_started_at },
  { JOB, "StartedBy",   job_started_by },
  { JOB, "State",       job_state,       ~0u },
  { JOB, "Phase",       job_phase,       ~0u },
  { JOB, "Progress",    job_progress,    ~0u },
  { JOB, "BytesTotal",  job_bytes_total, ~0u },
  { JOB, "BytesDone",   job_bytes_done,  ~0u },
  { JOB, "Rate",        job_rate,        ~0u },
  { JOB, "Details",     job_details,     ~0u },
  { JOB, "Cancellable", job_cancellable, ~0u },
  { JOB, "Error",       job_error,       ~0u },

  { POOL, "Name",        pool_get_name,         ROOST_POOL_CHANGE_CONFIG },
  { POOL, "Uuid",        pool_get_uuid,         0 },
  { POOL, "Kind",        pool_get_kind,         ROOST_POOL_CHANGE_CONFIG },
  { POOL, "State",       pool_get_state,        ROOST_POOL_CHANGE_STATE },
  { POOL, "Path",        pool_get_path,         ROOST_POOL_CHANGE_CONFIG },
  { POOL, "Persistent",  pool_get_persistent,   ROOST_POOL_CHANGE_CONFIG },
  { POOL, "Autostart",   pool_get_autostart,    ROOST_POOL_CHANGE_CONFIG },
  { POOL, "Capacity",    pool_get_capacity,     ROOST_POOL_CHANGE_SPACE },
  { POOL, "Allocation",  pool_get_allocation,   ROOST_POOL_CHANGE_SPACE },
  { POOL, "Available",   pool_get_available,    ROOST_POOL_CHANGE_SPACE },
  { POOL, "VolumeCount", pool_get_volume_count, ROOST_POOL_CHANGE_VOLUMES },
  { POOL, "CurrentJob",  pool_get_job,          ROOST_POOL_CHANGE_JOB },

  { VOLUME, "Name",       volume_get_name },
  { VOLUME, "Pool",       volume_get_pool },
  { VOLUME, "Path",       volume_get_path },
  { VOLUME, "Type",       volume_get_type },
  { VOLUME, "Format",     volume_get_format },
  { VOLUME, "Capacity",   volume_get_capacity },
  { VOLUME, "Allocation", volume_get_allocation },
  { VOLUME, "Physical",   volume_get_physical },
  { VOLUME, "ModifiedAt", volume_get_modified },
  { VOLUME, "Users",      volume_get_users },
  { VOLUME, "CurrentJob", volume_get_job },

  { SECRET, "Uuid",        secret_get_uuid },
  { SECRET, "UsageType",   secret_get_usage_type,  ~0u },
  { SECRET, "UsageId",     secret_get_usage_id,    ~0u },
  { SECRET, "Description", secret_get_description, ~0u },
  { SECRET, "Ephemeral",   secret_get_ephemeral,   ~0u },
  { SECRET, "Private",     secret_get_private,     ~0u },
  { SECRET, "HasValue",    secret_get_has_value,   ~0u },
  { SECRET, "Protection",  secret_get_protection,  ~0u },
  { NULL },
};
/* clang-format on */

const RoostProperty *
roost_properties_of (const char *interface)
{
  const RoostProperty *row = roost_properties;

  while (row->name != NULL && !g_str_equal (row->interface, interface))
    row++;
  return row;
}

static gboolean
is_row_of (const RoostProperty *row, const char *interface)
{
  return row->name != NULL && g_str_equal (row->interface, interface);
}

const RoostProperty *
roost_property_find (const char *interface, const char *name)
{
  for (const RoostProperty *row = roost_properties_of (interface); is_row_of (row, interface);
       row++)
    if (g_str_equal (row->name, name))
      return row;
  return NULL;
}

GVariant *
roost_properties_build (RoostBus *bus, const char *interface, gpointer object)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (const RoostProperty *row = roost_properties_of (interface); is_row_of (row, interface);
       row++)
    g_variant_builder_add (&builder, "{sv}", row->name, row->get (bus, object));
  return g_variant_builder_end (&builder);
}

/* --- org.freedesktop.DBus.Properties; GDBus has seen to names, types and access --- */

static const RoostProperty *
find_row (const char *interface, const char *name, GError **error)
{
  const RoostProperty *row = roost_property_find (interface, name);

  if (row == NULL)
    g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_PROPERTY, "there is no property %s.%s",
                 interface, name);
  return row;
}

GVariant *
properties_get (RoostCall *call, GError **error)
{
  const RoostProperty *row;
  const char *interface, *name;

  g_variant_get (call->args, "(&s&s)", &interface, &name);
  row = find_row (interface, name, error);
  return row != NULL ? g_variant_new ("(v)", row->get (call->bus, call->object)) : NULL;
}

GVariant *
properties_get_all (RoostCall *call, GError **error)
{
  const char *path = g_dbus_method_invocation_get_object_path (call->invocation);
  const char *interface;
  RoostTarget target;

  g_variant_get (call->args, "(&s)", &interface);
  if (!roost_bus_find (call->bus, path, &target, error))
    return NULL;
  g_clear_object (&target.object); /* the call holds it */
  return g_variant_new ("(@a{sv})",
                        target.node != NULL
                            ? roost_node_properties (target.node, interface)
                            : roost_properties_build (call->bus, interface, call->object));
}

GVariant *
properties_set (RoostCall *call, GError **error)
{
  const char *path = g_dbus_method_invocation_get_object_path (call->invocation);
  g_autoptr (GVariant) value = NULL;
  const RoostProperty *row;
  const char *interface, *name;
  GVariantDict changed;

  g_variant_get (call->args, "(&s&sv)", &interface, &name, &value);
  row = find_row (interface, name, error);
  if (row == NULL || !row->set (call->bus, call->object, value, error))
    return NULL;
  g_variant_dict_init (&changed, NULL);
  g_variant_dict_insert_value (&changed, name, row->get (call->bus, call->object));
  g_dbus_connection_emit_signal (
      roost_bus_connection (call->bus), NULL, path, "org.freedesktop.DBus.Properties",
      "PropertiesChanged",
      g_variant_new ("(s@a{sv}as)", interface, g_variant_dict_end (&changed), NULL), NULL);
  return g_variant_new ("()");
}
