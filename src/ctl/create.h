/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/*
 * The pure part of `roostctl create`: documents from values. No bus, and nothing is written.
 * The domain XML says only what was chosen; the daemon completes it.
 */

/* --- what a binary offers: create-caps.c --- */

typedef struct CtlCaps CtlCaps;

/**
 * ctl_caps_new:
 * @xml: a domainCapabilities document
 * Errors: ROOST_ERROR_INVALID_XML
 */
CtlCaps *ctl_caps_new (const char *xml, GError **error);
void ctl_caps_free (CtlCaps *caps);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlCaps, ctl_caps_free)

/* Is @value among those of <enum name='@name'> in @element, such as "devices/disk"? */
gboolean
ctl_caps_has (const CtlCaps *caps, const char *element, const char *name, const char *value);

gboolean ctl_caps_has_cpu_mode (const CtlCaps *caps, const char *mode);

/* Returns: the text of an element at the top: "domain", "machine", "arch"; "" without it. */
const char *ctl_caps_get (const CtlCaps *caps, const char *element);

/* Returns: (nullable): the machine type that a new guest of @arch should have. */
const char *ctl_caps_usual_machine (const char *arch);

/* --- the domain: create-xml.c --- */

typedef struct
{
  char *pool, *volume; /* of a pool, or: */
  char *file;          /* of the host */
  char *format;        /* "qcow2", "raw" */
  gboolean is_cdrom, is_readonly;
} CtlGuestDisk;

typedef struct
{
  char *name, *uuid;
  guint64 memory; /* bytes */
  guint vcpus;
  char *firmware;         /* (nullable): "bios", "uefi", "secure"; what is usual without it */
  char *graphics;         /* (nullable): "vnc", "spice", "none" */
  gboolean is_installing; /* somebody looks at it and types */
  char **networks;        /* (nullable): "user", "bridge=br0", "network=lan", "none" */
  GPtrArray *disks;       /* of CtlGuestDisk, as they are booted from */
} CtlGuest;

CtlGuest *ctl_guest_new (void);
void ctl_guest_free (CtlGuest *guest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlGuest, ctl_guest_free)

/* Returns: (transfer none): a disk more. */
CtlGuestDisk *ctl_guest_add_disk (CtlGuest *guest);

/**
 * ctl_guest_to_xml:
 * Returns: (transfer full): the domain XML
 * Errors: CTL_USAGE (a network or a display that is none), ROOST_ERROR_NOT_SUPPORTED (the binary
 * does not offer it)
 */
char *ctl_guest_to_xml (const CtlGuest *guest, const CtlCaps *caps, GError **error);

/* Returns: (transfer full): a volume of @capacity bytes, above the file @backing where there is. */
char *ctl_volume_to_xml (const char *name,
                         guint64 capacity,
                         const char *format,
                         const char *backing,
                         const char *backing_format);

/* Returns: (transfer full): a pool that is the folder @path. */
char *ctl_pool_to_xml (const char *name, const char *path);

/* --- the seed for cloud-init: create-cloud.c --- */

typedef struct
{
  const char *instance_id, *hostname;
  const char *user;          /* (nullable): the one that the image comes with without it */
  const char *password_hash; /* (nullable) */
  const char *const *keys;   /* (nullable): lines as in authorized_keys */
} CtlCloud;

/* Returns: (transfer full): the documents "user-data" and "meta-data" of NoCloud. */
char *ctl_cloud_user_data (const CtlCloud *cloud);
char *ctl_cloud_meta_data (const CtlCloud *cloud);

/* Errors of the checks: ROOST_ERROR_INVALID_ARGUMENT, and which rule it is. */
gboolean ctl_cloud_check_user (const char *user, GError **error);
gboolean ctl_cloud_check_hostname (const char *hostname, GError **error);
gboolean ctl_cloud_check_user_data (const char *text, GError **error);

/* Returns: (transfer full): a host name as near to @name as it can be. */
char *ctl_cloud_hostname (const char *name);

/**
 * ctl_cloud_read_keys:
 * @text: of a file in the form of authorized_keys
 * @label: how to call it in errors
 * @keys: (element-type utf8): those that were found are added
 */
gboolean ctl_cloud_read_keys (const char *text, const char *label, GPtrArray *keys, GError **error);

/* Returns: (transfer full): @password by SHA-512 of crypt(3), which every guest can read. */
char *ctl_cloud_hash_password (const char *password, GError **error);
