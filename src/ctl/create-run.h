/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/create.h"
#include "ctl/storage.h"

/*
 * What `roostctl create` does on the bus, and how it is undone. Everything that is made is noted in
 * a CtlMade; what fails later takes it away again, the last one first.
 */

/* Bytes of a disk, where neither the command line nor an image says more. */
#define CTL_USUAL_VCPUS G_MININT
#define CTL_USUAL_DISK  ((guint64)20 << 30)

/* --- create-undo.c --- */

typedef struct CtlMade CtlMade;

CtlMade *ctl_made_new (Ctl *ctl);
void ctl_made_free (CtlMade *made);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlMade, ctl_made_free)

/* Notes that the object @path is there by us, and that @method of @interface takes it away.
 * @what: as it is told of; NULL: it belongs to the one before, and is not told of */
void ctl_made_add (
    CtlMade *made, const char *path, const char *interface, const char *method, const char *what);

/* Something that nobody knows whether it was made: the daemon went away meanwhile. */
void ctl_made_add_doubtful (CtlMade *made, const char *what);

/* Takes all away, and adds to @error what was removed, and what could not be. */
void ctl_made_undo (CtlMade *made, GError **error);

/* While they are caught, ^C, a hang-up and SIGTERM end the work between two steps; ^C also cancels
 * the job that is waited for. */
void ctl_catch_signals (gboolean catch);
gboolean ctl_check_signals (GError **error);

/* --- create-volume.c --- */

typedef struct
{
  char *name, *path, *kind; /* path: of its object; NULL while it is to be defined */
  char *folder;             /* of a pool that is to be defined */
  gboolean is_active;
  gboolean is_files; /* its volumes are files, which may have any format */
} CtlPool;

void ctl_pool_free (CtlPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlPool, ctl_pool_free)

/* What --image or --iso names: a volume, or a file that is in no pool. */
typedef struct
{
  char *path;        /* (nullable): object of the volume */
  char *pool, *name; /* (nullable): where it is */
  char *file;        /* where the host has it */
  char *format;      /* what its first bytes look like */
  guint64 size;      /* of the file */
} CtlSource;

void ctl_source_free (CtlSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlSource, ctl_source_free)

/* Looks for the pool @name. When there is no pool "default", it is one to define in the folder
 * that is usual in that @mode, "session" or "system". Nothing is changed. */
CtlPool *ctl_pool_look (Ctl *ctl, const char *name, const char *mode, GError **error);

/* Defines, builds and starts the pool, as far as that is not so already. */
gboolean ctl_pool_ensure (Ctl *ctl, CtlPool *pool, CtlMade *made, GError **error);

/* ROOST_ERROR_EXISTS when the pool has a volume @name. */
gboolean ctl_pool_check_free (Ctl *ctl, const CtlPool *pool, const char *name, GError **error);

/* @text: a file; POOL/VOLUME; or a volume of @pool. */
CtlSource *ctl_source_find (Ctl *ctl, const char *text, const CtlPool *pool, GError **error);

/* Makes a volume from its @xml, with the content of the volume @source (nullable), and waits.
 * Returns: (transfer full): its object */
char *ctl_volume_make (Ctl *ctl,
                       const CtlPool *pool,
                       const char *name,
                       const char *xml,
                       const char *source,
                       CtlMade *made,
                       GError **error);

/* Makes a volume @name of the bytes of @file. Returns: (transfer full): its object */
char *ctl_volume_upload (Ctl *ctl,
                         const CtlPool *pool,
                         const char *name,
                         const char *file,
                         CtlMade *made,
                         GError **error);

/* Puts a file into @pool under its own name, unless the same is there: then that one is taken.
 * @source is the volume afterwards. */
gboolean
ctl_source_upload (Ctl *ctl, CtlSource *source, const CtlPool *pool, CtlMade *made, GError **error);

/* --- create-seed.c --- */

/* Looks for a program that makes an image. Returns: (transfer full): its path. Errors:
 * ROOST_ERROR_NOT_SUPPORTED, which names the packages that have one. */
char *ctl_seed_find_tool (GError **error);

/**
 * ctl_seed_make:
 * Makes an image labelled CIDATA in a folder of its own, which only this user can read.
 * Returns: (transfer full): the image; ctl_seed_remove() removes it with its folder
 */
char *
ctl_seed_make (const char *tool, const char *user_data, const char *meta_data, GError **error);
void ctl_seed_remove (const char *image);

/* --- create-plan.c --- */

/* The command line. */
typedef struct
{
  char *image, *iso, *disk, *memory, *firmware, *graphics, *arch, *machine, *pool;
  char *user, *password_file, *cloud_config, *hostname;
  char **networks, **key_files;
  int vcpus; /* CTL_USUAL_VCPUS: not said */
  gboolean copy, no_seed, dry_run, print_xml, start, console;
} CtlCreateOptions;

/* What is going to be made; it was checked as far as that can be without making anything. */
typedef struct
{
  Ctl *ctl;
  CtlCaps *caps;
  CtlGuest *guest;
  CtlPool *pool;
  CtlSource *image, *iso;   /* (nullable) */
  gboolean is_overlay;      /* the disk lies above the image */
  gboolean takes_iso;       /* the ISO has to be put into the pool: QEMU is another user */
  guint64 disk_bytes;       /* 0: as it comes */
  char *disk, *disk_format; /* (nullable): name of its volume */
  char *seed;               /* (nullable): the same */
  char *seed_tool, *user_data, *meta_data;
  char *xml;
} CtlPlan;

CtlPlan *ctl_plan_new (Ctl *ctl, const CtlCreateOptions *options, const char *name, GError **error);
void ctl_plan_free (CtlPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlPlan, ctl_plan_free)

/* Says line by line what would be made. */
void ctl_plan_print (const CtlPlan *plan);

/* --- create-cloud-files.c --- */

/* Reads keys, password or the user's own document, and makes those of the seed in @plan. */
gboolean ctl_plan_read_cloud (CtlPlan *plan, const CtlCreateOptions *options, GError **error);
