/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/fields.h"

#include <json-glib/json-glib.h>

/*
 * Small helpers to write the JSON objects that QEMU takes; keys keep the order of the calls. What
 * is not given (NULL, unset) is left out.
 */

/* Returns: (transfer full): {"@key": "@value"} */
JsonObject *roost_object_new (const char *key, const char *value);

void roost_put_string (JsonObject *object, const char *key, const char *value);
void roost_put_printf (JsonObject *object, const char *key, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
void roost_put_int (JsonObject *object, const char *key, gint64 value);
void roost_put_bool (JsonObject *object, const char *key, gboolean value);

void roost_put_uint (JsonObject *object, const char *key, RoostUint value);

/* As true or false: for properties of QEMU's type bool. */
void roost_put_yes_no (JsonObject *object, const char *key, RoostTristate value);

/* As "on" or "off": for properties of QEMU's type OnOffAuto. */
void roost_put_on_off (JsonObject *object, const char *key, RoostTristate value);

/* Takes @child; nothing happens when it is NULL. */
void roost_put_child (JsonObject *object, const char *key, JsonObject *child);

/* Returns: (transfer full): the text in one line */
char *roost_object_text (JsonObject *object);

/* Returns: (transfer full): "a=1,b.c=on" for the options that take no JSON; commas in values are
 * doubled. @first: the key whose value stands first without its name, or NULL. */
char *roost_object_key_values (JsonObject *object, const char *first);
