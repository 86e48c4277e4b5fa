/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/typing.h"

#include "base/error.h"
#include "bus/handlers.h"

#define US_PER_MS 1000

/* --- options --- */

typedef struct
{
  RoostUint hold_us;
} KeyOptions;

const RoostType roost_options_keys = {
  .name = "key-options",
  .size = sizeof (KeyOptions),
  .fields =
      (const RoostField[]){
          { .path = "@hold-time",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (KeyOptions, hold_us),
            .min = US_PER_MS,
            .max = ROOST_TYPING_MAX_HOLD_MS * (guint64)US_PER_MS,
            .doc = "microseconds that a key is held down" },
          ROOST_FIELD_END,
      },
};

typedef struct
{
  char *device;
  RoostUint head;
} PointerOptions;

const RoostType roost_options_pointer = {
  .name = "pointer-options",
  .size = sizeof (PointerOptions),
  .fields =
      (const RoostField[]){
          { .path = "@device",
            .kind = ROOST_FIELD_STRING,
            .offset = G_STRUCT_OFFSET (PointerOptions, device),
            .doc = "the alias of the video device; the first one when it is not given" },
          { .path = "@head",
            .kind = ROOST_FIELD_UINT,
            .offset = G_STRUCT_OFFSET (PointerOptions, head),
            .max = G_MAXUINT32,
            .doc = "which head of the video device, from 0" },
          ROOST_FIELD_END,
      },
};

/* --- keys --- */

static guint
hold_ms (const RoostCall *call)
{
  const KeyOptions *options = call->options;

  return (guint)(options->hold_us.value / US_PER_MS);
}

GVariant *
domain_send_key (RoostCall *call, GError **error)
{
  g_autofree const char **keys = NULL;

  g_variant_get_child (call->args, 0, "^a&s", &keys);
  return roost_call_done (
      roost_domain_send_key (ROOST_CALL_DOMAIN (call), keys, hold_ms (call), error));
}

GVariant *
domain_send_text (RoostCall *call, GError **error)
{
  const char *text;

  g_variant_get_child (call->args, 0, "&s", &text);
  return roost_call_done (
      roost_domain_send_text (ROOST_CALL_DOMAIN (call), text, hold_ms (call), error));
}

GVariant *
domain_inject_nmi (RoostCall *call, GError **error)
{
  return roost_call_done (roost_domain_inject_nmi (ROOST_CALL_DOMAIN (call), call->caller, error));
}

/* --- the pointer --- */

/* Farther than any screen is wide; more steps than a wheel has. */
#define MAX_SHIFT 32767
#define MAX_WHEEL 100

static gboolean
read_move (GVariant *value, RoostPointerEvent *out, GError **error)
{
  g_variant_get (value, "(dd)", &out->x, &out->y);
  return (out->x >= 0 && out->x <= 1 && out->y >= 0 && out->y <= 1)
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                         "a pointer moves to 0.0 to 1.0 of the width and the height");
}

static gboolean
read_steps (GVariant *value, int limit, RoostPointerEvent *out, GError **error)
{
  g_variant_get (value, "(ii)", &out->dx, &out->dy);
  return (out->dx >= -limit && out->dx <= limit && out->dy >= -limit && out->dy <= limit)
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                         "at most %d steps each way, not (%d, %d)", limit, out->dx, out->dy);
}

static gboolean
read_shift (GVariant *value, RoostPointerEvent *out, GError **error)
{
  return read_steps (value, MAX_SHIFT, out, error);
}

static gboolean
read_wheel (GVariant *value, RoostPointerEvent *out, GError **error)
{
  return read_steps (value, MAX_WHEEL, out, error);
}

static gboolean
read_button (GVariant *value, RoostPointerEvent *out, GError **error)
{
  const char *name = g_variant_get_string (value, NULL);

  out->button = roost_pointer_button (name);
  return out->button != NULL
         || roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                         "a button is 'left', 'middle', 'right', 'side' or 'extra', not '%s'",
                         name);
}

static const struct
{
  const char *name;
  RoostPointerAction action;
  const char *type;
  gboolean (*read) (GVariant *value, RoostPointerEvent *out, GError **error);
} actions[] = {
  { "move", ROOST_POINTER_MOVE, "(dd)", read_move },
  { "shift", ROOST_POINTER_SHIFT, "(ii)", read_shift },
  { "press", ROOST_POINTER_PRESS, "s", read_button },
  { "release", ROOST_POINTER_RELEASE, "s", read_button },
  { "click", ROOST_POINTER_CLICK, "s", read_button },
  { "wheel", ROOST_POINTER_WHEEL, "(ii)", read_wheel },
};

static gboolean
read_event (const char *name, GVariant *value, RoostPointerEvent *out, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (actions[i].name, name))
      {
        out->action = actions[i].action;
        if (g_variant_is_of_type (value, G_VARIANT_TYPE (actions[i].type)))
          return actions[i].read (value, out, error);
        return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "'%s' is of type '%s', not '%s'",
                            name, actions[i].type, g_variant_get_type_string (value));
      }
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "a pointer does 'move', 'shift', 'press', 'release', 'click' and 'wheel', "
                      "not '%s'",
                      name);
}

/* Returns: (transfer full) (nullable): of RoostPointerEvent */
static GArray *
read_events (GVariant *list, GError **error)
{
  gsize n_events = g_variant_n_children (list);
  g_autoptr (GArray) events = NULL;

  if (n_events == 0 || n_events > ROOST_TYPING_MAX_EVENTS)
    {
      roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                   "1 to %d events are sent at once, not %" G_GSIZE_FORMAT, ROOST_TYPING_MAX_EVENTS,
                   n_events);
      return NULL;
    }
  events = g_array_new (FALSE, TRUE, sizeof (RoostPointerEvent));
  g_array_set_size (events, (guint)n_events);
  for (guint i = 0; i < events->len; i++)
    {
      g_autoptr (GVariant) value = NULL;
      const char *name;

      g_variant_get_child (list, i, "(&sv)", &name, &value);
      if (!read_event (name, value, &g_array_index (events, RoostPointerEvent, i), error))
        {
          g_prefix_error (error, "event %u: ", i + 1);
          return NULL;
        }
    }
  return g_steal_pointer (&events);
}

GVariant *
domain_send_pointer (RoostCall *call, GError **error)
{
  const PointerOptions *options = call->options;
  g_autoptr (GVariant) list = g_variant_get_child_value (call->args, 0);
  g_autoptr (GArray) events = read_events (list, error);

  if (events == NULL)
    return NULL;
  return roost_call_done (roost_domain_send_pointer (
      ROOST_CALL_DOMAIN (call), (const RoostPointerEvent *)(void *)events->data, events->len,
      options->device, (guint)options->head.value, error));
}
