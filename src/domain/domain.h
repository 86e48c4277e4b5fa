/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job.h"
#include "model/domain-config.h"

#include <gio/gio.h>

/*
 * A domain that lives: its configuration, its state, and what can be done with it. The bus room
 * shows it; it knows nothing of the bus.
 *
 * Every function that says "Awaits: yes" is called from a coroutine, which holds a reference to
 * the domain. One modifying operation at a time: a second one gets BUSY at once, with the holder,
 * since when and who asked for it.
 */
#define ROOST_TYPE_DOMAIN (roost_domain_get_type ())
G_DECLARE_FINAL_TYPE (RoostDomain, roost_domain, ROOST, DOMAIN, GObject)

typedef enum
{
  ROOST_DOMAIN_SHUT_OFF,
  ROOST_DOMAIN_STARTING,
  ROOST_DOMAIN_RUNNING,
  ROOST_DOMAIN_PAUSED,
  ROOST_DOMAIN_SHUTTING_DOWN,
  ROOST_DOMAIN_PM_SUSPENDED,
  ROOST_DOMAIN_CRASHED, /* the guest panicked and is kept for a look (on_crash preserve) */
  ROOST_DOMAIN_N_STATES
} RoostDomainState;

/* "shut-off", "starting", … */
const char *roost_domain_state_name (RoostDomainState state);

/*
 * What changed, for "changed" (RoostDomainChange): emitted from the main loop or a coroutine as
 * things change; several may come in one turn.
 */
typedef enum
{
  ROOST_CHANGE_STATE = 1 << 0,  /* state, reason, since, id, pid */
  ROOST_CHANGE_CONFIG = 1 << 1, /* anything that comes from the XML */
  ROOST_CHANGE_FLAGS = 1 << 2,  /* persistent, autostart */
  ROOST_CHANGE_JOB = 1 << 3,    /* current job */
  ROOST_CHANGE_TAINTS = 1 << 4,
  ROOST_CHANGE_MEMORY = 1 << 5, /* the balloon */
  ROOST_CHANGE_RESPONSIVE = 1 << 6,
  ROOST_CHANGE_AGENT = 1 << 7, /* the guest agent came or went */
  ROOST_CHANGE_SEEN = 1 << 8,  /* open trays and channels, the guest's own MAC addresses */
} RoostDomainChange;

/*
 * Signals:
 *   "changed" (RoostDomainChange what)
 *   "state-changed" (RoostDomainState state, char *reason): once each change, in order
 *   "event" (char *name, GVariant *args): a signal of the bus interface org.roost1.Domain, with its
 *     arguments as a tuple:
 *       RebootOccurred ()
 *       WatchdogFired (s action)               "reset", "pause", "none" …
 *       IoError (s device, s operation, s action, b no_space, s reason)
 *                                              alias or node; "read", "write"; "stop" …; ""
 *       GuestPanicked (s action)               "pause", "poweroff", "run"
 *       GuestCrashLoaded (s action)            as GuestPanicked; the guest dumps itself
 *       DumpCompleted (b success, s error)
 *       AcpiDeviceStatus (s device, s type, s slot, u source, u status)
 *       DeviceRemoved (s alias)
 *       DeviceRemovalFailed (s alias)
 *       TrayChanged (s alias, b open)
 *       ChannelChanged (s alias, b open)       the guest's end
 *       BalloonChanged (t bytes)
 *       MemoryDeviceSizeChanged (s alias, t bytes)
 *       RtcChanged (x offset)                  seconds from the host's clock
 *       MemoryFailure (s recipient, s action)
 *       NicMacChanged (s alias, s mac)
 *       NicBackendChanged (s alias, b connected)
 *       FailoverChanged (s alias, s phase)     "negotiated", "primary-unplugged"
 *       AgentChanged (b connected)
 *       DiskThreshold (s device, s node, t threshold, t excess)
 *       ImageCorrupted (s device, s node, s message, b fatal)
 *       QuorumError (s node, s error, t sector, t sectors)
 *       BlockExportRemoved (s id)
 *       PrManagerChanged (s id, b connected)
 *       BlockJobChanged (s id, s type, s status, t length, t offset, s error)
 *                                              "ready", "pending", "error", "completed", …
 *       QemuJobChanged (s id, s status)        as query-jobs has it
 *       GraphicsClient (s phase, s address, s service)  "connected", "initialized", "disconnected"
 *   "device-added" (RoostDevice), "device-removed" (RoostDevice): see device.h
 */

/* What a list of domains shows; read without parsing the whole document. Strings are never NULL. */
typedef struct
{
  char *title;
  char *description;
  const char *type;            /* "kvm", "qemu" */
  const char *os_type;         /* "hvm" */
  const char *machine;         /* "pc-q35-7.2" */
  const char *arch;            /* "x86_64" */
  guint64 memory_max;          /* bytes */
  guint64 memory_resized;      /* bytes: what there is of virtio-mem devices, within .memory */
  gboolean has_resized_memory; /* there are such devices */
  guint64 memory;              /* bytes: what the balloon is to give at first */
  guint vcpus_max;
  guint vcpus;
  GVariant *displays; /* aa{sv}; see domain/view-display.h */
  GVariant *heads;
  guint64 memory_period_s; /* between the guest's statistics of its memory; 0 = never */
  GStrv devices;           /* the aliases of those that have one: of a running configuration all */
  GVariant *tuning;        /* a{sv}, see roost_tune_view () */
} RoostDomainSummary;

/* --- facts; none awaits --- */

const char *roost_domain_uuid (RoostDomain *domain);
const char *roost_domain_name (RoostDomain *domain);
RoostDomainState roost_domain_state (RoostDomain *domain);

/* Never NULL: "booted", "user", "shutdown", "destroyed", "crashed", "failed", "unknown",
 * "io-error", "panicked", … (all listed in introspection/org.roost1.Domain.xml) */
const char *roost_domain_reason (RoostDomain *domain);
gint64 roost_domain_since_us (RoostDomain *domain); /* wall clock, microseconds since the epoch */
guint
roost_domain_id (RoostDomain *domain); /* 0 when shut off; counts up through the daemon's life */
pid_t roost_domain_pid (RoostDomain *domain); /* 0 when shut off */
gboolean roost_domain_is_active (RoostDomain *domain);
gboolean roost_domain_is_persistent (RoostDomain *domain);
gboolean roost_domain_is_autostart (RoostDomain *domain);
gboolean roost_domain_is_responsive (RoostDomain *domain);
/* How QEMU does not answer: "stopped", "main-loop-stuck", "starved", "blocked", "dead", "unknown";
 * "" while it answers. */
const char *roost_domain_hang (RoostDomain *domain);

/* Returns: (transfer full): what the guest did with its devices, by alias and sorted: drives whose
 * tray is open; channels that it has open; and, in pairs, network cards with the address that the
 * guest uses on them, where it is known. */
GStrv roost_domain_open_trays (RoostDomain *domain);
GStrv roost_domain_open_channels (RoostDomain *domain);
GStrv roost_domain_guest_macs (RoostDomain *domain);
gboolean roost_domain_is_agent_connected (RoostDomain *domain);

/* Returns: (transfer none): of the running configuration, else of the stored one. Cheap: use it
 * rather than roost_domain_config () for properties. */
const RoostDomainSummary *roost_domain_summary (RoostDomain *domain);

/* Bytes: what the balloon gives the guest now; the configured amount when shut off. */
guint64 roost_domain_memory (RoostDomain *domain);

/* Returns: (transfer none): NULL-terminated: "custom-argv", "high-privileges", … */
const char *const *roost_domain_taints (RoostDomain *domain);

/* A line for people about each of them: what it is, and why it matters. "" for an unknown one. */
const char *roost_taint_text (const char *name);

/* Returns: (transfer none): what is running; the stored one when shut off. Do not keep it across an
 * await: the stored one is parsed when asked for and dropped when nobody has asked for a while. */
const RoostDomainConfig *roost_domain_config (RoostDomain *domain);

/* Returns: (transfer none) (nullable): what the next start will use; NULL for a transient domain.
 */
const RoostDomainConfig *roost_domain_next_config (RoostDomain *domain);

/* The one or, with @inactive, the other. Returns: (nullable) (transfer none). Errors: NOT_FOUND (a
 * transient domain has no next start). */
const RoostDomainConfig *
roost_domain_shown_config (RoostDomain *domain, gboolean inactive, GError **error);

/* Returns: (transfer none) (nullable): the job that has held the domain longest. */
RoostJob *roost_domain_job (RoostDomain *domain);

/* Returns: (transfer none): of RoostJob: all that hold it. */
const GPtrArray *roost_domain_jobs (RoostDomain *domain);

/* Waits while a daemon that has just come takes over what runs, until that is done or has failed
 * once. Awaits: yes. Errors: NOT_FOUND (it was removed meanwhile). */
gboolean roost_domain_settle (RoostDomain *domain, GError **error);

/* --- operations; @caller is who asked ("" when the daemon itself), for Busy and the log --- */

typedef struct
{
  gboolean paused;      /* leave the guest stopped before its first instruction */
  gboolean reset_nvram; /* copy the firmware's variables from the template again */
} RoostStartOptions;

/* Starts the guest; returns when it runs (or is paused). Awaits: yes. Undone as a whole on failure.
 * Errors: RUNNING, BUSY, QEMU (with the tail of its stderr), NOT_SUPPORTED, STORAGE, NO_SPACE, … */
gboolean roost_domain_start (RoostDomain *domain,
                             const RoostStartOptions *options,
                             const char *caller,
                             GCancellable *cancellable,
                             GError **error);

/* Asks the guest to power off (ACPI); returns once asked. Awaits: yes. Errors: NOT_RUNNING, BUSY,
 * QEMU. */
gboolean roost_domain_shutdown (RoostDomain *domain, const char *caller, GError **error);

/* Asks the guest to power off and starts it again within the same process. Awaits: yes. */
gboolean roost_domain_reboot (RoostDomain *domain, const char *caller, GError **error);

/* Presses reset. Awaits: yes. */
gboolean roost_domain_reset (RoostDomain *domain, const char *caller, GError **error);

typedef struct
{
  gboolean graceful; /* SIGTERM only; TIMEOUT when it does not end in time */
  guint grace_ms;    /* between SIGTERM and SIGKILL; 0 = the default: 10 s, or at once when the
                        process is stopped or has not answered for a while */
} RoostDestroyOptions;

/* Ends QEMU, always possible: takes over from whatever holds the domain. Returns when it is shut
 * off. Awaits: yes. Errors: NOT_RUNNING, TIMEOUT. */
gboolean roost_domain_destroy (RoostDomain *domain,
                               const RoostDestroyOptions *options,
                               const char *caller,
                               GError **error);

gboolean roost_domain_suspend (RoostDomain *domain, const char *caller, GError **error);
gboolean roost_domain_resume (RoostDomain *domain, const char *caller, GError **error);

/* Stores @xml as the next configuration (name and uuid must be the domain's own). Awaits: yes. */
gboolean
roost_domain_redefine (RoostDomain *domain, const char *xml, const char *caller, GError **error);

/**
 * roost_domain_set_metadata:
 * @what: see roost_metadata_set (), and @value; where, see amend.h
 * Awaits: yes. Errors: those of roost_metadata_set () and roost_domain_amend ().
 */
typedef struct
{
  const char *what;
  const char *value;
  gboolean live;
  gboolean config;
} RoostMetadataChange;
gboolean roost_domain_set_metadata (RoostDomain *domain,
                                    const RoostMetadataChange *change,
                                    const char *caller,
                                    GError **error);

/* Returns: (transfer full): what runs, or is stored, says of @what; see roost_metadata_get (). */
char *roost_domain_get_metadata (RoostDomain *domain,
                                 const char *what,
                                 gboolean is_inactive,
                                 GError **error);

/* Gives a domain that is shut off another name, in what is stored and at once; its log goes with
 * it, and what it keeps under the old name stays where it is. Awaits: yes. Errors: RUNNING, EXISTS
 * (of another domain), NOT_SUPPORTED (transient), BUSY, INVALID_XML (no name), NO_SPACE, IO. */
gboolean
roost_domain_rename (RoostDomain *domain, const char *name, const char *caller, GError **error);

typedef struct
{
  gboolean keep_nvram;
  gboolean remove_nvram;
  gboolean keep_tpm;
} RoostUndefineOptions;

/* Forgets the configuration; a running guest goes on as a transient domain. With firmware variables
 * one of the options must say what happens to them. Awaits: yes. */
gboolean roost_domain_undefine (RoostDomain *domain,
                                const RoostUndefineOptions *options,
                                const char *caller,
                                GError **error);

/**
 * roost_domain_get_xml:
 * @inactive: the next configuration rather than the running one
 * @secrets: with passwords
 * Returns: (transfer full). Awaits: no.
 */
char *
roost_domain_get_xml (RoostDomain *domain, gboolean inactive, gboolean secrets, GError **error);

/**
 * roost_domain_open_console:
 * @alias: (nullable): a serial, console or channel device by its alias; NULL = the first console
 * @force: take it from whoever has it
 * Returns: a descriptor (a stream both ways) that the caller owns, or -1. Awaits: yes.
 * Errors: NOT_RUNNING, NOT_FOUND (no such device), BUSY (somebody has it), NOT_SUPPORTED.
 */
int
roost_domain_open_console (RoostDomain *domain, const char *alias, gboolean force, GError **error);

/**
 * roost_domain_open_log:
 * @is_last: it begins where the last start wrote its header; else at the beginning of the file
 * Returns: a descriptor for reading that the caller owns, or -1. Awaits: yes.
 * Errors: NOT_FOUND (it was never started), IO.
 */
int roost_domain_open_log (RoostDomain *domain, gboolean is_last, GError **error);

/**
 * roost_domain_open_channel:
 * @name: of a virtio channel, "org.example.0", or its alias
 * @force: take it from whoever has it
 * Returns: as for a console. Awaits: yes. Errors: the same; NOT_SUPPORTED for the guest agent's,
 * which the daemon itself is connected to.
 */
int
roost_domain_open_channel (RoostDomain *domain, const char *name, gboolean force, GError **error);

/**
 * roost_domain_screenshot:
 * @device: (nullable): the alias of a video device; NULL = the first one
 * @head: of it, from 0
 * Returns: a descriptor, at its start, with a PNG in it; or -1. Awaits: yes.
 * Errors: NOT_RUNNING, NOT_SUPPORTED (no display), NOT_FOUND (no such device), INVALID_ARGUMENT (no
 * such head), QEMU.
 */
int roost_domain_screenshot (RoostDomain *domain, const char *device, guint head, GError **error);
