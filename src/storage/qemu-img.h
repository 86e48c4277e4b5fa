/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "storage/image.h"
#include "storage/tool.h"

/*
 * One call of qemu-img: its arguments, and the keys that it opens encrypted images with. A key is
 * read from a descriptor, never from an argument.
 */
typedef struct
{
  GPtrArray *argv;
  GPtrArray *keys; /* of GBytes */
} RoostImg;

/* @...: "create", "-q", …, NULL */
RoostImg *roost_img_new (const char *verb, ...) G_GNUC_NULL_TERMINATED;
void roost_img_free (RoostImg *img);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostImg, roost_img_free)

/* @...: arguments, which are copied, and NULL */
void roost_img_add (RoostImg *img, ...) G_GNUC_NULL_TERMINATED;
void roost_img_add_size (RoostImg *img, guint64 bytes);

/* Returns: (transfer full): the id that options name the key by. To be called before the arguments
 * that do. */
char *roost_img_add_key (RoostImg *img, GBytes *key);

/**
 * roost_img_add_image:
 * @format: what it is opened as; (nullable): qemu-img finds that out
 * @key: (nullable): of an encrypted one, whose format is "qcow2", "luks" or "raw"
 * Adds the arguments that say how the image that is there already is opened. Those after them do
 * not know of it yet. Returns: (transfer full): what to add last: how it is named
 */
char *roost_img_add_image (RoostImg *img, const char *path, const char *format, GBytes *key);

/* The same with the images below it, of which @key opens all that are encrypted. @chain: of
 * RoostImageLink */
char *roost_img_add_chain (RoostImg *img, const GPtrArray *chain, GBytes *key);

/* Appends NAME=VALUE to the text of an option -o. A comma in a value is doubled. */
void roost_img_append_option (GString *options, const char *name, const char *value);

/* Runs it. Awaits: yes. Errors and @options: see roost_tool_run (). Returns: (transfer full): what
 * it said */
char *roost_img_run (RoostImg *img,
                     const RoostToolOptions *options,
                     GCancellable *cancellable,
                     GError **error);

/* The same where only success counts. */
gboolean roost_img_do (RoostImg *img, GCancellable *cancellable, GError **error);
