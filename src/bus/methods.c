/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/handlers.h"
#include "bus/storage-handlers.h"
#include "bus/tables.h"
#include "bus/tuning.h"

#define AWAITS ROOST_METHOD_AWAITS
#define DEFERS ROOST_METHOD_DEFERS
#define URGENT ROOST_METHOD_URGENT

#define MANAGER    "org.roost1.Manager"
#define DOMAIN     "org.roost1.Domain"
#define AGENT      "org.roost1.Domain.Agent"
#define DISPLAY    "org.roost1.Domain.Display"
#define JOB        "org.roost1.Job"
#define POOL       "org.roost1.StoragePool"
#define VOLUME     "org.roost1.StorageVolume"
#define SECRET     "org.roost1.Secret"
#define DEVICE     "org.roost1.DomainDevice"
#define TUNING     "org.roost1.Domain.Tuning"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define OBJECTS    "org.freedesktop.DBus.ObjectManager"

#define READ      ROOST_ACTION_READ
#define MANAGE    ROOST_ACTION_DOMAIN_MANAGE
#define CONTROL   ROOST_ACTION_DOMAIN_CONTROL
#define CONSOLE   ROOST_ACTION_DOMAIN_CONSOLE
#define CONFIGURE ROOST_ACTION_DOMAIN_CONFIGURE
#define SAVE      ROOST_ACTION_DOMAIN_SAVE
#define GUEST     ROOST_ACTION_DOMAIN_GUEST
#define MONITOR   ROOST_ACTION_DOMAIN_MONITOR
#define STORAGE   ROOST_ACTION_STORAGE_MANAGE
#define DATA      ROOST_ACTION_STORAGE_DATA
#define SECRETS   ROOST_ACTION_SECRET_MANAGE

/* clang-format off */
const RoostMethod roost_methods[] = {
  { PROPERTIES, "Get",    READ, properties_get },
  { PROPERTIES, "GetAll", READ, properties_get_all },
  { PROPERTIES, "Set",    NULL, properties_set }, /* the action is in the row of the property */
  { OBJECTS, "GetManagedObjects", READ, manager_get_managed_objects },

  { MANAGER, "DefineDomain",         MANAGE,  manager_define_domain, &roost_options_define, AWAITS },
  { MANAGER, "StartTransientDomain", CONTROL, manager_start_transient_domain, &roost_options_transient, AWAITS },
  { MANAGER, "ListDomains",          READ,    manager_list_domains, &roost_options_list },
  { MANAGER, "ListDomainStates",     READ,    manager_list_domain_states, &roost_options_list },
  { MANAGER, "GetDomainStats",       READ,    manager_get_domain_stats, &roost_options_all_stats, DEFERS },
  { MANAGER, "GetDomainByName",      READ,    manager_get_domain_by_name },
  { MANAGER, "GetDomainByUuid",      READ,    manager_get_domain_by_uuid },
  { MANAGER, "GetDomainByPid",       READ,    manager_get_domain_by_pid },
  { MANAGER, "ValidateDomainXml",    MANAGE,  manager_validate_domain_xml, &roost_options_none, AWAITS },
  { MANAGER, "DomainXmlToArguments", MANAGE,  manager_domain_xml_to_arguments, &roost_options_none, AWAITS },
  { MANAGER, "GetCapabilities",      READ,    manager_get_capabilities, &roost_options_none, AWAITS },
  { MANAGER, "GetDomainCapabilities", READ,   manager_get_domain_capabilities, &roost_options_capabilities, AWAITS },
  { MANAGER, "DefineSecret",         SECRETS, manager_define_secret, &roost_options_none, AWAITS },
  { MANAGER, "GetSecretByUsage",     READ, manager_get_secret_by_usage },

  { MANAGER, "DefineStoragePool",    STORAGE, manager_define_storage_pool, &roost_options_pool_define, AWAITS },
  { MANAGER, "StartTransientStoragePool", STORAGE, manager_start_transient_storage_pool, &roost_options_pool_transient, AWAITS },
  { MANAGER, "ListStoragePools",     READ,    manager_list_storage_pools, &roost_options_none },
  { MANAGER, "GetStoragePoolByName", READ,    manager_get_storage_pool_by_name },
  { MANAGER, "GetStoragePoolByUuid", READ,    manager_get_storage_pool_by_uuid },
  { MANAGER, "GetStorageVolumeByPath", READ,  manager_get_storage_volume_by_path },
  { MANAGER, "FindStoragePoolSources", STORAGE, manager_find_storage_pool_sources, &roost_options_none, AWAITS },
  { MANAGER, "GetStorageCapabilities", READ,  manager_get_storage_capabilities, &roost_options_none },

  { DOMAIN, "Start",        CONTROL, domain_start, &roost_options_start, AWAITS },
  { DOMAIN, "Shutdown",     CONTROL, domain_shutdown, &roost_options_power, AWAITS },
  { DOMAIN, "Reboot",       CONTROL, domain_reboot, &roost_options_power, AWAITS },
  { DOMAIN, "Reset",        CONTROL, domain_reset, &roost_options_none, AWAITS },
  { DOMAIN, "Destroy",      CONTROL, domain_destroy, &roost_options_destroy, AWAITS | URGENT },
  { DOMAIN, "Suspend",      CONTROL, domain_suspend, &roost_options_none, AWAITS },
  { DOMAIN, "Resume",       CONTROL, domain_resume, &roost_options_none, AWAITS },
  { DOMAIN, "Undefine",     MANAGE,  domain_undefine, &roost_options_undefine, AWAITS },
  { DOMAIN, "Redefine",     MANAGE,  domain_redefine, &roost_options_define, AWAITS },
  { DOMAIN, "Rename",       MANAGE,  domain_rename, &roost_options_none, AWAITS },
  { DOMAIN, "SetMetadata",  CONFIGURE, domain_set_metadata, &roost_options_where, AWAITS },
  { DOMAIN, "GetMetadata",  READ,    domain_get_metadata, &roost_options_get_metadata },
  { DOMAIN, "GetXml",       READ,    domain_get_xml, &roost_options_get_xml,
    .guarded_option = "secrets", .guarded_action = ROOST_ACTION_READ_SECRETS },
  { DOMAIN, "GetStats",     READ,    domain_get_stats, &roost_options_stats, DEFERS },
  { DOMAIN, "GetBlockInfo", READ,    domain_get_block_info, &roost_options_timeout, AWAITS },
  { DOMAIN, "GetInterfaceAddresses", GUEST, domain_get_interface_addresses, &roost_options_addresses, AWAITS },
  { DOMAIN, "SetDiskThreshold", CONFIGURE, domain_set_disk_threshold, &roost_options_none, AWAITS },
  { DOMAIN, "QemuMonitorCommand", MONITOR, domain_qemu_monitor_command, &roost_options_timeout, AWAITS },
  { DOMAIN, "SetMemoryStatsPeriod", CONFIGURE, domain_set_memory_stats_period, &roost_options_memory_period, AWAITS },
  { DOMAIN, "SetAutostart", MANAGE,  domain_set_autostart, &roost_options_autostart, AWAITS },
  { DOMAIN, "OpenConsole",  CONSOLE, domain_open_console, &roost_options_console, AWAITS },
  { DOMAIN, "OpenChannel",  CONSOLE, domain_open_channel, &roost_options_channel, AWAITS },
  { DOMAIN, "SendKey",      CONSOLE, domain_send_key, &roost_options_keys, AWAITS },
  { DOMAIN, "SendText",     CONSOLE, domain_send_text, &roost_options_keys, AWAITS },
  { DOMAIN, "SendPointer",  CONSOLE, domain_send_pointer, &roost_options_pointer, AWAITS },
  { DOMAIN, "InjectNmi",    CONSOLE, domain_inject_nmi, &roost_options_none, AWAITS },
  { DOMAIN, "Screenshot",   CONSOLE, domain_screenshot, &roost_options_screenshot, AWAITS },
  { DOMAIN, "AttachDevice", CONFIGURE,  domain_attach_device, &roost_options_where, AWAITS },
  { DOMAIN, "DetachDevice", CONFIGURE,  domain_detach_device, &roost_options_detach, AWAITS },
  { DOMAIN, "UpdateDevice", CONFIGURE,  domain_update_device, &roost_options_update_device, AWAITS },
  { DOMAIN, "ChangeMedia",  CONFIGURE,  domain_change_media, &roost_options_media, AWAITS },
  { DOMAIN, "SetLink",      CONFIGURE,  domain_set_link, &roost_options_where, AWAITS },
  { DOMAIN, "SetVcpus",     CONFIGURE,  domain_set_vcpus, &roost_options_vcpus, AWAITS },
  { DOMAIN, "SetMemory",    CONFIGURE,  domain_set_memory, &roost_options_memory, AWAITS },
  { DOMAIN, "Dump",         SAVE,    domain_dump, &roost_options_dump },
  { DOMAIN, "Clone",        MANAGE,  domain_clone, &roost_options_clone, AWAITS,
    .guarded_action = DATA },
  { DOMAIN, "Delete",       MANAGE,  domain_delete, &roost_options_delete, AWAITS,
    .guarded_option = "storage", .guarded_action = DATA },
  { DOMAIN, "AbortJob",     CONTROL, domain_abort_job, &roost_options_none },
  { DOMAIN, "OpenLog",      READ,    domain_open_log, &roost_options_log, AWAITS },
  { DOMAIN, "SetLifecycleAction", MANAGE, domain_set_lifecycle_action, &roost_options_lifecycle, AWAITS },
  { DOMAIN, "SetTime",      CONTROL, domain_set_time, &roost_options_time, AWAITS },
  { DOMAIN, "PmSuspend",    CONTROL, domain_pm_suspend, &roost_options_none, AWAITS },
  { DOMAIN, "PmWakeup",     CONTROL, domain_pm_wakeup, &roost_options_none, AWAITS },

  { AGENT, "Ping",            GUEST,   agent_ping, &roost_options_agent, AWAITS },
  { AGENT, "GetInfo",         GUEST,   agent_get_info, &roost_options_agent, AWAITS },
  { AGENT, "Shutdown",        CONTROL, agent_shutdown, &roost_options_agent, AWAITS },
  { AGENT, "Freeze",          GUEST,   agent_freeze, &roost_options_agent, AWAITS },
  { AGENT, "Thaw",            GUEST,   agent_thaw, &roost_options_agent, AWAITS },
  { AGENT, "GetFreezeState",  GUEST,   agent_get_freeze_state, &roost_options_agent, AWAITS },
  { AGENT, "Trim",            GUEST,   agent_trim, &roost_options_trim, AWAITS },
  { AGENT, "GetFilesystems",  GUEST,   agent_get_filesystems, &roost_options_agent, AWAITS },
  { AGENT, "GetDisks",        GUEST,   agent_get_disks, &roost_options_agent, AWAITS },
  { AGENT, "GetInterfaces",   GUEST,   agent_get_interfaces, &roost_options_agent, AWAITS },
  { AGENT, "GetHostname",     GUEST,   agent_get_hostname, &roost_options_agent, AWAITS },
  { AGENT, "GetTime",         GUEST,   agent_get_time, &roost_options_agent, AWAITS },
  { AGENT, "SetTime",         GUEST,   agent_set_time, &roost_options_agent, AWAITS },
  { AGENT, "GetUsers",        GUEST,   agent_get_users, &roost_options_agent, AWAITS },
  { AGENT, "GetOsInfo",       GUEST,   agent_get_os_info, &roost_options_agent, AWAITS },
  { AGENT, "GetTimezone",     GUEST,   agent_get_timezone, &roost_options_agent, AWAITS },
  { AGENT, "GetVcpus",        GUEST,   agent_get_vcpus, &roost_options_agent, AWAITS },
  { AGENT, "SetVcpus",        GUEST,   agent_set_vcpus, &roost_options_agent, AWAITS },
  { AGENT, "SetUserPassword", GUEST,   agent_set_user_password, &roost_options_password, AWAITS },
  { AGENT, "GetSshKeys",      GUEST,   agent_get_ssh_keys, &roost_options_agent, AWAITS },
  { AGENT, "AddSshKeys",      GUEST,   agent_add_ssh_keys, &roost_options_ssh_keys, AWAITS },
  { AGENT, "RemoveSshKeys",   GUEST,   agent_remove_ssh_keys, &roost_options_agent, AWAITS },
  { AGENT, "Exec",            GUEST,   agent_exec, &roost_options_exec, AWAITS },
  { AGENT, "OpenFile",        GUEST,   agent_open_file, &roost_options_file, AWAITS },
  { AGENT, "Command",         MONITOR, agent_command, &roost_options_agent, AWAITS },
  { POOL, "Start",           STORAGE, pool_start, &roost_options_none, AWAITS },
  { POOL, "Stop",            STORAGE, pool_stop, &roost_options_none, AWAITS },
  { POOL, "Build",           STORAGE, pool_build, &roost_options_pool_build, AWAITS },
  { POOL, "Delete",          STORAGE, pool_delete, &roost_options_none, AWAITS },
  { POOL, "Refresh",         STORAGE, pool_refresh, &roost_options_none, AWAITS },
  { POOL, "Undefine",        STORAGE, pool_undefine, &roost_options_none, AWAITS },
  { POOL, "SetAutostart",    STORAGE, pool_set_autostart, &roost_options_none, AWAITS },
  { POOL, "GetXml",          READ,    pool_get_xml, &roost_options_none },
  { POOL, "ListVolumes",     READ,    pool_list_volumes, &roost_options_page },
  { POOL, "GetVolumeByName", READ,    pool_get_volume_by_name },
  { POOL, "CreateVolume",    DATA,    pool_create_volume, &roost_options_volume_create, AWAITS,
    .guarded_option = "outside", .guarded_action = STORAGE },
  { POOL, "CopyVolume",      DATA,    pool_copy_volume, &roost_options_volume_copy, AWAITS,
    .guarded_option = "outside", .guarded_action = STORAGE },

  { VOLUME, "Delete",   DATA, volume_delete, &roost_options_volume_delete, AWAITS },
  { VOLUME, "Resize",   DATA, volume_resize, &roost_options_volume_resize, AWAITS },
  { VOLUME, "Wipe",     DATA, volume_wipe, &roost_options_volume_wipe, AWAITS },
  { VOLUME, "Upload",   DATA, volume_upload, &roost_options_volume_range, AWAITS },
  { VOLUME, "Download", DATA, volume_download, &roost_options_volume_range, AWAITS },
  { VOLUME, "Checksum", DATA, volume_checksum, &roost_options_volume_checksum, AWAITS },
  { VOLUME, "GetInfo",  READ, volume_get_info, &roost_options_volume_info, AWAITS,
    .guarded_option = "probe", .guarded_action = DATA },
  { VOLUME, "GetChain", READ, volume_get_chain, &roost_options_volume_chain, AWAITS,
    .guarded_option = "outside", .guarded_action = STORAGE },
  { VOLUME, "GetXml",   READ, volume_get_xml, &roost_options_none, AWAITS },

  { DISPLAY, "Open",        CONSOLE, display_open, &roost_options_display, AWAITS },
  { DISPLAY, "Connect",     CONSOLE, display_connect, &roost_options_display, AWAITS },
  { DISPLAY, "SetPassword", CONSOLE, display_set_password, &roost_options_display_password, AWAITS },
  { DISPLAY, "ReloadTls",   CONSOLE, display_reload_tls, &roost_options_none, AWAITS },
  { TUNING, "SetVcpuPin", CONFIGURE, tuning_set_vcpu_pin, &roost_options_tune, AWAITS },
  { TUNING, "SetEmulatorPin", CONFIGURE, tuning_set_emulator_pin, &roost_options_tune, AWAITS },
  { TUNING, "SetIothreadPin", CONFIGURE, tuning_set_iothread_pin, &roost_options_tune, AWAITS },
  { TUNING, "SetVcpuScheduler", CONFIGURE, tuning_set_vcpu_scheduler, &roost_options_tune, AWAITS },
  { TUNING, "SetEmulatorScheduler", CONFIGURE, tuning_set_emulator_scheduler, &roost_options_tune, AWAITS },
  { TUNING, "SetIothreadScheduler", CONFIGURE, tuning_set_iothread_scheduler, &roost_options_tune, AWAITS },
  { TUNING, "SetCpu", CONFIGURE, tuning_set_cpu, &roost_options_tune_cpu, AWAITS },
  { TUNING, "SetMemory", CONFIGURE, tuning_set_memory, &roost_options_tune_memory, AWAITS },
  { TUNING, "SetBlockIo", CONFIGURE, tuning_set_block_io, &roost_options_tune_block_io, AWAITS },
  { TUNING, "SetBlockDevice", CONFIGURE, tuning_set_block_device, &roost_options_tune_block_device, AWAITS },
  { TUNING, "SetDisk", CONFIGURE, tuning_set_disk, &roost_options_tune_disk, AWAITS },
  { TUNING, "SetNumaNodes", CONFIGURE, tuning_set_numa_nodes, &roost_options_tune_nodes, AWAITS },

  { DEVICE, "Detach", CONFIGURE, device_detach, &roost_options_detach, AWAITS },
  { DEVICE, "Update", CONFIGURE, device_update, &roost_options_update_device, AWAITS },

  { JOB, "Cancel", CONTROL, job_cancel, &roost_options_none },
  { JOB, "Wait",   READ,    job_wait, &roost_options_wait, DEFERS },

  { SECRET, "SetValue",     SECRETS, secret_set_value, &roost_options_none, AWAITS },
  { SECRET, "SetValueFrom", SECRETS, secret_set_value_from, &roost_options_none, AWAITS },
  { SECRET, "GetValue",     ROOST_ACTION_READ_SECRETS, secret_get_value, &roost_options_none, AWAITS },
  { SECRET, "GetXml",       READ, secret_get_xml, &roost_options_none },
  { SECRET, "Undefine",     SECRETS, secret_undefine, &roost_options_none, AWAITS },
  { NULL },
};
/* clang-format on */

const RoostMethod *
roost_method_find (const char *interface, const char *name)
{
  for (const RoostMethod *row = roost_methods; row->name != NULL; row++)
    if (g_str_equal (row->name, name) && g_str_equal (row->interface, interface))
      return row;
  return NULL;
}
