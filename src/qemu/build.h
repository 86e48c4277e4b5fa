/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-types.h"
#include "qemu/argv.h"
#include "qemu/json.h"

/*
 * What the builders share, inside this room only. A builder appends items to a RoostBuild; the
 * items of one device are what its hotplug sends through QMP in the same order. At the end
 * argv.c writes all items as arguments.
 */
typedef enum
{
  ROOST_ITEM_OPTION,   /* only on a command line: .option and .text */
  ROOST_ITEM_OBJECT,   /* -object, object-add */
  ROOST_ITEM_BLOCKDEV, /* -blockdev, blockdev-add */
  ROOST_ITEM_NETDEV,   /* -netdev, netdev_add */
  ROOST_ITEM_CHARDEV,  /* -chardev; chardev-add has its own form, see roost_chardev_to_qmp () */
  ROOST_ITEM_DEVICE,   /* -device, device_add */
  ROOST_ITEM_N_KINDS
} RoostItemKind;

typedef struct
{
  RoostItemKind kind;
  const char *option; /* "-name"; static */
  char *text;         /* (nullable) */
  JsonObject *object; /* NULL for an option */
} RoostItem;

typedef struct
{
  const RoostDomainConfig *config;
  const RoostFacts *facts;
  const RoostLaunch *launch;
  const RoostHostConfig *host;
  RoostCommand *command; /* gets the requests */
  GPtrArray *items;      /* of RoostItem */
  guint next_fd;
  guint next_fdset;
} RoostBuild;

/* --- items: the object or text becomes the build's --- */

void roost_build_option (RoostBuild *build, const char *option, const char *text);
void roost_build_option_take (RoostBuild *build, const char *option, char *text);
void roost_build_option_printf (RoostBuild *build, const char *option, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
void roost_build_object (RoostBuild *build, JsonObject *object);
void roost_build_blockdev (RoostBuild *build, JsonObject *object);
void roost_build_netdev (RoostBuild *build, JsonObject *object);
void roost_build_chardev (RoostBuild *build, JsonObject *object);
void roost_build_device (RoostBuild *build, JsonObject *object);

/* Appends a value to a key=value @text: ",key=value", commas doubled. */
void roost_text_add (GString *text, const char *key, const char *value);
void roost_text_add_printf (GString *text, const char *key, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* --- what the host gives --- */

/* Returns: the number that the descriptor will have in QEMU. */
int roost_build_request_fd (
    RoostBuild *build, RoostFdKind kind, const char *alias, guint index, const char *path);

/* Asks for a file to be opened and passed as a set. Returns: (transfer full): "/dev/fdset/0". */
char *roost_build_request_file (RoostBuild *build,
                                const char *alias,
                                const char *role,
                                const char *path,
                                gboolean is_append);

/* Adds an -object secret of @id whose value comes from the store. */
void roost_build_secret (RoostBuild *build, const char *id, const char *uuid, const char *usage);

/* Returns: (transfer full): @name in the domain's run folder. */
char *roost_build_run_path (RoostBuild *build, const char *name);
