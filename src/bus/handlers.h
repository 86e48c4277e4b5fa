/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/call.h"

/* The handlers, each named as its method, and the structs their options are read into. Each is
 * called with its options read and its caller's right known; see RoostMethod. */

/* --- manager.c --- */

extern const RoostType roost_options_none;
extern const RoostType roost_options_define;
extern const RoostType roost_options_transient;
extern const RoostType roost_options_list;
extern const RoostType roost_options_capabilities;

GVariant *manager_define_domain (RoostCall *call, GError **error);
GVariant *manager_start_transient_domain (RoostCall *call, GError **error);
GVariant *manager_list_domains (RoostCall *call, GError **error);
GVariant *manager_list_domain_states (RoostCall *call, GError **error);
GVariant *manager_get_domain_by_name (RoostCall *call, GError **error);
GVariant *manager_get_domain_by_uuid (RoostCall *call, GError **error);
GVariant *manager_get_domain_by_pid (RoostCall *call, GError **error);
GVariant *manager_validate_domain_xml (RoostCall *call, GError **error);
GVariant *manager_domain_xml_to_arguments (RoostCall *call, GError **error);
GVariant *manager_get_domain_capabilities (RoostCall *call, GError **error);
GVariant *manager_get_capabilities (RoostCall *call, GError **error);
GVariant *manager_get_managed_objects (RoostCall *call, GError **error);

/* What the options of a list leave. */
typedef struct
{
  char *state;
  RoostTristate active, persistent, autostart;
} RoostListFilter;

/* Returns: (transfer container): the domains that @filter leaves, in the order of their names.
 * Errors: INVALID_ARGUMENT (no such state). */
GPtrArray *manager_filter_domains (RoostCall *call, const RoostListFilter *filter, GError **error);

/* With the option "validate" of roost_options_define: refuses XML that holds anything which is not
 * understood. Awaits: yes. Errors: INVALID_XML with the first issue. */
gboolean manager_check_xml (RoostCall *call, const char *xml, GError **error);

/* --- typing.c --- */

extern const RoostType roost_options_keys;
extern const RoostType roost_options_pointer;

GVariant *domain_send_key (RoostCall *call, GError **error);
GVariant *domain_send_text (RoostCall *call, GError **error);
GVariant *domain_send_pointer (RoostCall *call, GError **error);
GVariant *domain_inject_nmi (RoostCall *call, GError **error);

/* --- display.c --- */

extern const RoostType roost_options_display;
extern const RoostType roost_options_display_password;

GVariant *display_open (RoostCall *call, GError **error);
GVariant *display_connect (RoostCall *call, GError **error);
GVariant *display_set_password (RoostCall *call, GError **error);
GVariant *display_reload_tls (RoostCall *call, GError **error);
/* --- secret.c --- */

GVariant *manager_define_secret (RoostCall *call, GError **error);
GVariant *manager_get_secret_by_usage (RoostCall *call, GError **error);
GVariant *secret_set_value (RoostCall *call, GError **error);
GVariant *secret_set_value_from (RoostCall *call, GError **error);
GVariant *secret_get_value (RoostCall *call, GError **error);
GVariant *secret_get_xml (RoostCall *call, GError **error);
GVariant *secret_undefine (RoostCall *call, GError **error);

/* --- domain.c --- */

extern const RoostType roost_options_start;
extern const RoostType roost_options_power;
extern const RoostType roost_options_destroy;
extern const RoostType roost_options_undefine;
extern const RoostType roost_options_get_xml;
extern const RoostType roost_options_console;
extern const RoostType roost_options_channel;
extern const RoostType roost_options_screenshot;

GVariant *domain_start (RoostCall *call, GError **error);
GVariant *domain_shutdown (RoostCall *call, GError **error);
GVariant *domain_reboot (RoostCall *call, GError **error);
GVariant *domain_reset (RoostCall *call, GError **error);
GVariant *domain_destroy (RoostCall *call, GError **error);
GVariant *domain_suspend (RoostCall *call, GError **error);
GVariant *domain_resume (RoostCall *call, GError **error);
GVariant *domain_undefine (RoostCall *call, GError **error);
GVariant *domain_redefine (RoostCall *call, GError **error);
GVariant *domain_get_xml (RoostCall *call, GError **error);
GVariant *domain_set_autostart (RoostCall *call, GError **error);
GVariant *domain_open_console (RoostCall *call, GError **error);
GVariant *domain_open_channel (RoostCall *call, GError **error);
GVariant *domain_screenshot (RoostCall *call, GError **error);

/* --- domain-jobs.c --- */

extern const RoostType roost_options_dump;
extern const RoostType roost_options_clone;
extern const RoostType roost_options_delete;

GVariant *domain_dump (RoostCall *call, GError **error);
GVariant *domain_clone (RoostCall *call, GError **error);
GVariant *domain_delete (RoostCall *call, GError **error);
GVariant *domain_abort_job (RoostCall *call, GError **error);

/* --- domain-power.c --- */

extern const RoostType roost_options_log;
extern const RoostType roost_options_lifecycle;
extern const RoostType roost_options_time;
extern const RoostType roost_options_autostart;

GVariant *domain_open_log (RoostCall *call, GError **error);
GVariant *domain_set_lifecycle_action (RoostCall *call, GError **error);
GVariant *domain_set_time (RoostCall *call, GError **error);
GVariant *domain_pm_suspend (RoostCall *call, GError **error);
GVariant *domain_pm_wakeup (RoostCall *call, GError **error);

/* --- agent.c --- */

extern const RoostType roost_options_agent;
extern const RoostType roost_options_trim;
extern const RoostType roost_options_password;
extern const RoostType roost_options_ssh_keys;
extern const RoostType roost_options_exec;
extern const RoostType roost_options_file;

GVariant *agent_ping (RoostCall *call, GError **error);
GVariant *agent_get_info (RoostCall *call, GError **error);
GVariant *agent_shutdown (RoostCall *call, GError **error);
GVariant *agent_freeze (RoostCall *call, GError **error);
GVariant *agent_thaw (RoostCall *call, GError **error);
GVariant *agent_get_freeze_state (RoostCall *call, GError **error);
GVariant *agent_trim (RoostCall *call, GError **error);
GVariant *agent_get_filesystems (RoostCall *call, GError **error);
GVariant *agent_get_disks (RoostCall *call, GError **error);
GVariant *agent_get_interfaces (RoostCall *call, GError **error);
GVariant *agent_get_hostname (RoostCall *call, GError **error);
GVariant *agent_get_time (RoostCall *call, GError **error);
GVariant *agent_set_time (RoostCall *call, GError **error);
GVariant *agent_get_users (RoostCall *call, GError **error);
GVariant *agent_get_os_info (RoostCall *call, GError **error);
GVariant *agent_get_timezone (RoostCall *call, GError **error);
GVariant *agent_get_vcpus (RoostCall *call, GError **error);
GVariant *agent_set_vcpus (RoostCall *call, GError **error);
GVariant *agent_set_user_password (RoostCall *call, GError **error);
GVariant *agent_get_ssh_keys (RoostCall *call, GError **error);
GVariant *agent_add_ssh_keys (RoostCall *call, GError **error);
GVariant *agent_remove_ssh_keys (RoostCall *call, GError **error);
GVariant *agent_exec (RoostCall *call, GError **error);
GVariant *agent_open_file (RoostCall *call, GError **error);
GVariant *agent_command (RoostCall *call, GError **error);

/* --- stats.c --- */

extern const RoostType roost_options_stats;
extern const RoostType roost_options_all_stats;
extern const RoostType roost_options_memory_period;
extern const RoostType roost_options_timeout;
extern const RoostType roost_options_addresses;

GVariant *manager_get_domain_stats (RoostCall *call, GError **error);
GVariant *domain_get_stats (RoostCall *call, GError **error);
GVariant *domain_set_memory_stats_period (RoostCall *call, GError **error);
GVariant *domain_get_block_info (RoostCall *call, GError **error);
GVariant *domain_set_disk_threshold (RoostCall *call, GError **error);
GVariant *domain_get_interface_addresses (RoostCall *call, GError **error);
GVariant *domain_qemu_monitor_command (RoostCall *call, GError **error);

/* --- metadata.c --- */

extern const RoostType roost_options_get_metadata;

GVariant *domain_rename (RoostCall *call, GError **error);
GVariant *domain_set_metadata (RoostCall *call, GError **error);
GVariant *domain_get_metadata (RoostCall *call, GError **error);

/* --- domain-devices.c --- */

extern const RoostType roost_options_where;
extern const RoostType roost_options_detach;
extern const RoostType roost_options_update_device;
extern const RoostType roost_options_media;
extern const RoostType roost_options_vcpus;
extern const RoostType roost_options_memory;

GVariant *domain_attach_device (RoostCall *call, GError **error);
GVariant *domain_detach_device (RoostCall *call, GError **error);
GVariant *domain_update_device (RoostCall *call, GError **error);
GVariant *domain_change_media (RoostCall *call, GError **error);
GVariant *domain_set_link (RoostCall *call, GError **error);
GVariant *domain_set_vcpus (RoostCall *call, GError **error);
GVariant *domain_set_memory (RoostCall *call, GError **error);
GVariant *device_detach (RoostCall *call, GError **error);
GVariant *device_update (RoostCall *call, GError **error);

/* --- job.c --- */

extern const RoostType roost_options_wait;

GVariant *job_cancel (RoostCall *call, GError **error);
GVariant *job_wait (RoostCall *call, GError **error);

/* --- properties.c --- */

GVariant *properties_get (RoostCall *call, GError **error);
GVariant *properties_get_all (RoostCall *call, GError **error);
GVariant *properties_set (RoostCall *call, GError **error);
