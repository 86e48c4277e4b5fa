/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * What the administrator decides for all the domains of a host: /etc/roost/roost.conf, a key file.
 * The defaults are where libvirt's users already have their certificates.
 */
typedef struct
{
  char *dir;         /* where the certificates are */
  char *secret_uuid; /* (nullable): of the secret that opens the key */
  gboolean is_on;
  gboolean verify; /* the peer must show a certificate */
} RoostTlsConfig;

typedef struct
{
  guint64 page_size; /* bytes */
  char *path;        /* "/dev/hugepages" */
} RoostHugetlbfs;

/* What becomes of the guests when their user leaves, or the host goes down. */
typedef enum
{
  ROOST_LEAVE_KEEP,             /* "keep": they run on, as long as the system lets them */
  ROOST_LEAVE_SHUTDOWN,         /* "shutdown": they are asked to power off */
  ROOST_LEAVE_SHUTDOWN_DESTROY, /* "shutdown-destroy": and ended when they do not in time */
} RoostLeave;

typedef struct
{
  guint64 max_size; /* bytes */
  guint keep;       /* older ones */
  guint check_s;    /* how often the size is looked at while a guest runs */
} RoostLogConfig;

typedef struct
{
  RoostLeave on_logout;
  RoostLeave on_host_shutdown;
  guint timeout_s; /* how long guests may take to power off, all together */
  guint parallel;  /* so many are asked at once */
  gboolean inhibit_jobs;
  gboolean inhibit_guests;
} RoostPowerConfig;

typedef struct
{
  RoostTlsConfig vnc_tls;
  RoostTlsConfig spice_tls;
  RoostTlsConfig chardev_tls;
  RoostTlsConfig nbd_tls;
  gboolean vnc_sasl;
  char *vnc_sasl_dir;            /* (nullable): SASL_CONF_PATH */
  gboolean vnc_auto_unix_socket; /* a socket in run_dir where no listen address is given */
  char *vnc_listen;              /* "127.0.0.1" */
  char *spice_listen;            /* "127.0.0.1" */
  gboolean spice_has_ticket; /* a password is set after the start, also where the XML has none */
  char *memory_backing_dir;  /* files behind guest memory that is shared */
  gboolean lends_files;      /* images are QEMU's own while it uses them; on */
  gboolean has_sandbox;      /* seccomp around QEMU; on */
  GPtrArray *hugetlbfs;      /* of RoostHugetlbfs: mounted; NULL: see /proc/mounts */
  RoostLogConfig log;
  RoostPowerConfig power;
  char *dump_dir;      /* (nullable): where the memory of guests is dumped; NULL = STATE_DIR/dump */
  guint hook_s;        /* how long one hook may take */
  guint after_pause_s; /* a pause after which the clock of the guest is set; 0 = never */
  gboolean after_sleep; /* set it when the host has slept */
} RoostHostConfig;

RoostHostConfig *roost_host_config_new (void);

/* For a dry run without a configuration: every way to a guest that a host could offer is shown. */
RoostHostConfig *roost_host_config_new_preview (void);
void roost_host_config_free (RoostHostConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostHostConfig, roost_host_config_free)

/**
 * roost_host_config_load:
 * @path: a key file; one that does not exist means the defaults
 * Errors: INVALID_ARGUMENT names the group and key that is unknown or has a wrong value; IO.
 */
RoostHostConfig *roost_host_config_load (const char *path, GError **error);

/* Bytes. Dry: what most hosts have. */
guint64 roost_host_config_default_huge_page (gboolean is_dry);

/**
 * roost_host_config_huge_page_dir:
 * @page_size: bytes
 * @is_dry: no mount is looked for: the conventional place
 * Returns: (transfer full) (nullable): NULL when no hugetlbfs of this size is mounted
 */
char *
roost_host_config_huge_page_dir (const RoostHostConfig *config, guint64 page_size, gboolean is_dry);
