/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/typing.h"

#include "base/co.h"
#include "base/error.h"
#include "base/json.h"
#include "domain/domain-private.h"
#include "domain/keys.h"
#include "domain/view-display.h"

#include <string.h>

#define KEY_HOLD_MS   100
#define TEXT_HOLD_MS  10
#define CLICK_HOLD_MS 20

/* What QEMU counts a display's width and height in. Source: QEMU include/ui/input.h. */
#define AXIS_MAX 32767

#define SHIFT_KEY "shift"

/* QEMU drops keys while the guest is stopped; one that sleeps is woken by them. */
static gboolean
check_awake (RoostDomain *domain, GError **error)
{
  switch (domain->state)
    {
    case ROOST_DOMAIN_RUNNING:
    case ROOST_DOMAIN_SHUTTING_DOWN:
    case ROOST_DOMAIN_PM_SUSPENDED:
      return TRUE;
    case ROOST_DOMAIN_SHUT_OFF:
    case ROOST_DOMAIN_STARTING:
    case ROOST_DOMAIN_PAUSED:
    case ROOST_DOMAIN_CRASHED:
    case ROOST_DOMAIN_N_STATES:
    default:
      return roost_throw (error, ROOST_ERROR_NOT_RUNNING,
                          "domain '%s' is %s: it would not see keys or a pointer", domain->name,
                          roost_domain_state_name (domain->state));
    }
}

static gboolean
tell (RoostDomain *domain, const char *command, JsonObject *args, GError **error)
{
  g_autoptr (JsonObject) own = args;
  g_autoptr (JsonNode) answer = roost_domain_qmp (domain, command, own, NULL, error);

  return answer != NULL;
}

/* --- keys --- */

/* What keys there are; nothing is refused where the binary cannot be asked any more. Awaits. */
static RoostFacts *
facts_of (RoostDomain *domain)
{
  g_autofree char *binary = g_strdup (roost_domain_config_emulator (roost_domain_config (domain)));
  g_autoptr (RoostCaps) caps = g_object_ref (domain->manager->caps);

  if (binary == NULL)
    binary = roost_caps_binary_for (caps, roost_domain_config_arch (roost_domain_config (domain)));
  return binary != NULL ? roost_caps_get_facts (caps, binary, NULL) : NULL;
}

static JsonObject *
key_arguments (const char *const *keys, guint n_keys, guint hold_ms)
{
  JsonObject *args = json_object_new ();
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < n_keys; i++)
    {
      JsonObject *key = json_object_new ();

      json_object_set_string_member (key, "type", "qcode");
      json_object_set_string_member (key, "data", keys[i]);
      json_array_add_object_element (list, key);
    }
  json_object_set_array_member (args, "keys", list);
  json_object_set_int_member (args, "hold-time", hold_ms);
  return args;
}

/* Returns: (transfer full) (nullable): QEMU's names */
static GPtrArray *
names_of (RoostDomain *domain, const char *const *keys, GError **error)
{
  g_autoptr (RoostFacts) facts = facts_of (domain);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; keys[i] != NULL; i++)
    {
      char *name = roost_key_name (facts, keys[i], error);

      if (name == NULL)
        return NULL;
      g_ptr_array_add (names, name);
    }
  return g_steal_pointer (&names);
}

gboolean
roost_domain_send_key (RoostDomain *domain, const char *const *keys, guint hold_ms, GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autoptr (GPtrArray) names = NULL;
  guint n_keys = g_strv_length ((GStrv)keys);

  if (n_keys == 0 || n_keys > ROOST_TYPING_MAX_KEYS)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "1 to %d keys are pressed together, not %u", ROOST_TYPING_MAX_KEYS, n_keys);
  if (!check_awake (domain, error))
    return FALSE;
  names = names_of (domain, keys, error);
  if (names == NULL || !check_awake (domain, error))
    return FALSE;
  return tell (domain, "send-key",
               key_arguments ((const char *const *)names->pdata, names->len,
                              hold_ms > 0 ? hold_ms : KEY_HOLD_MS),
               error);
}

/* --- text --- */

static gboolean
throw_untypable (gunichar c, glong at, GError **error)
{
  char text[7] = "";

  if (g_unichar_isprint (c))
    text[g_unichar_to_utf8 (c, text)] = '\0';
  return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                      "character %ld, U+%04X%s%s%s, is on no key of a US keyboard: nothing was "
                      "typed",
                      at, c, *text != '\0' ? " '" : "", text, *text != '\0' ? "'" : "");
}

/* Returns: (transfer full) (nullable): of RoostKeystroke */
static GArray *
strokes_of (const char *text, GError **error)
{
  g_autoptr (GArray) strokes = g_array_new (FALSE, FALSE, sizeof (RoostKeystroke));

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      RoostKeystroke stroke;

      if (strokes->len == ROOST_TYPING_MAX_CHARS)
        {
          roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                       "at most %d characters are typed at once; send the rest in another call",
                       ROOST_TYPING_MAX_CHARS);
          return NULL;
        }
      if (!roost_key_for_char (g_utf8_get_char (p), &stroke))
        {
          throw_untypable (g_utf8_get_char (p), strokes->len + 1, error);
          return NULL;
        }
      g_array_append_val (strokes, stroke);
    }
  return g_steal_pointer (&strokes);
}

/* One character, until its keys are up again. QEMU's own queue of keys is short, and a keyboard's
 * shorter. */
static gboolean
type_stroke (RoostDomain *domain, const RoostKeystroke *stroke, guint hold_ms, GError **error)
{
  const char *keys[] = { SHIFT_KEY, stroke->key };
  guint first = stroke->is_shifted ? 0 : 1;
  guint n_keys = G_N_ELEMENTS (keys) - first;

  return tell (domain, "send-key", key_arguments (keys + first, n_keys, hold_ms), error)
         && check_awake (domain, error)
         && co_sleep (2 * n_keys * hold_ms, domain->manager->closing, error);
}

static gboolean
check_same (RoostDomain *domain, const RoostRun *run, GError **error)
{
  return domain->run == run
         || roost_throw (error, ROOST_ERROR_NOT_RUNNING, "domain '%s' has ended", domain->name);
}

static gboolean
type_strokes (RoostDomain *domain, GArray *strokes, guint hold_ms, GError **error)
{
  const RoostRun *run = domain->run;

  for (guint i = 0; i < strokes->len; i++)
    if (!check_same (domain, run, error) || !check_awake (domain, error)
        || !type_stroke (domain, &g_array_index (strokes, RoostKeystroke, i), hold_ms, error))
      {
        g_prefix_error (error, "after %u of %u characters: ", i, strokes->len);
        return FALSE;
      }
  return TRUE;
}

gboolean
roost_domain_send_text (RoostDomain *domain, const char *text, guint hold_ms, GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autoptr (GArray) strokes = strokes_of (text, error);
  RoostRun *run = domain->run;
  gboolean is_typed;

  if (strokes == NULL || !check_awake (domain, error))
    return FALSE;
  if (run->is_typing)
    return roost_throw (error, ROOST_ERROR_BUSY,
                        "another text is being typed into domain '%s'; try again when it is done",
                        domain->name);
  run->is_typing = TRUE;
  is_typed = type_strokes (domain, strokes, hold_ms > 0 ? hold_ms : TEXT_HOLD_MS, error);
  if (domain->run == run)
    run->is_typing = FALSE;
  return is_typed;
}

/* --- the pointer --- */

static const char *const buttons[] = { "left", "middle", "right", "side", "extra", NULL };

const char *
roost_pointer_button (const char *name)
{
  for (guint i = 0; buttons[i] != NULL; i++)
    if (g_str_equal (buttons[i], name))
      return buttons[i];
  return NULL;
}

/* The display that the events are for; the strings are ours. */
typedef struct
{
  RoostDomain *domain;
  char *device;
  guint head;
} Target;

static void
add_event (JsonArray *events, const char *type, JsonObject *data)
{
  JsonObject *event = json_object_new ();

  json_object_set_string_member (event, "type", type);
  json_object_set_object_member (event, "data", data);
  json_array_add_object_element (events, event);
}

static void
add_axis (JsonArray *events, const char *type, const char *axis, int value)
{
  JsonObject *data = json_object_new ();

  json_object_set_string_member (data, "axis", axis);
  json_object_set_int_member (data, "value", value);
  add_event (events, type, data);
}

/* Takes @events. */
static gboolean
send_events (const Target *target, JsonArray *events, GError **error)
{
  JsonObject *args = json_object_new ();

  json_object_set_string_member (args, "device", target->device);
  json_object_set_int_member (args, "head", target->head);
  json_object_set_array_member (args, "events", events);
  return tell (target->domain, "input-send-event", args, error);
}

static gboolean
send_axes (const Target *target, const char *type, int x, int y, GError **error)
{
  JsonArray *events = json_array_new ();

  add_axis (events, type, "x", x);
  add_axis (events, type, "y", y);
  return send_events (target, events, error);
}

static gboolean
send_button (const Target *target, const char *button, gboolean is_down, GError **error)
{
  JsonArray *events = json_array_new ();
  JsonObject *data = json_object_new ();

  json_object_set_string_member (data, "button", button);
  json_object_set_boolean_member (data, "down", is_down);
  add_event (events, "btn", data);
  return send_events (target, events, error);
}

/* Devices report what holds at one moment: down and up must come apart. */
static gboolean
send_click (const Target *target, const char *button, GError **error)
{
  return send_button (target, button, TRUE, error) && check_awake (target->domain, error)
         && co_sleep (CLICK_HOLD_MS, target->domain->manager->closing, error)
         && check_awake (target->domain, error) && send_button (target, button, FALSE, error);
}

static gboolean
send_wheel (const Target *target, int steps, const char *forth, const char *back, GError **error)
{
  const char *button = steps > 0 ? forth : back;

  for (int i = 0; i < ABS (steps); i++)
    if (!check_awake (target->domain, error) || !send_button (target, button, TRUE, error)
        || !send_button (target, button, FALSE, error))
      return FALSE;
  return TRUE;
}

static gboolean
send_event (const Target *target, const RoostPointerEvent *event, GError **error)
{
  switch (event->action)
    {
    case ROOST_POINTER_MOVE:
      return send_axes (target, "abs", (int)(event->x * AXIS_MAX + 0.5),
                        (int)(event->y * AXIS_MAX + 0.5), error);
    case ROOST_POINTER_SHIFT:
      return send_axes (target, "rel", event->dx, event->dy, error);
    case ROOST_POINTER_PRESS:
      return send_button (target, event->button, TRUE, error);
    case ROOST_POINTER_RELEASE:
      return send_button (target, event->button, FALSE, error);
    case ROOST_POINTER_CLICK:
      return send_click (target, event->button, error);
    case ROOST_POINTER_WHEEL:
    default:
      return send_wheel (target, event->dy, "wheel-up", "wheel-down", error)
             && send_wheel (target, event->dx, "wheel-right", "wheel-left", error);
    }
}

/* Whether the guest has a tablet, or a mouse: QEMU keeps one list of both. */
static gboolean
check_pointers (RoostDomain *domain, gboolean needs_tablet, gboolean needs_mouse, GError **error)
{
  g_autoptr (JsonNode) answer = NULL;
  JsonArray *mice;
  gboolean has_tablet = FALSE, has_mouse = FALSE;

  if (!needs_tablet && !needs_mouse)
    return TRUE;
  answer = roost_domain_qmp (domain, "query-mice", NULL, NULL, error);
  if (answer == NULL)
    return FALSE;
  mice = roost_json_node_array (answer);
  for (guint i = 0; i < roost_json_length (mice); i++)
    {
      gboolean is_absolute = roost_json_bool (roost_json_object_at (mice, i), "absolute", FALSE);

      has_tablet |= is_absolute;
      has_mouse |= !is_absolute;
    }
  if (needs_tablet && !has_tablet)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                        "domain '%s' has no tablet, so its pointer cannot be moved to a place; "
                        "give it <input type='tablet' bus='usb'/>, or shift its mouse",
                        domain->name);
  return !needs_mouse || has_mouse
         || roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                         "domain '%s' has no mouse that could be shifted", domain->name);
}

static gboolean
uses (const RoostPointerEvent *events, guint n_events, RoostPointerAction action)
{
  for (guint i = 0; i < n_events; i++)
    if (events[i].action == action)
      return TRUE;
  return FALSE;
}

gboolean
roost_domain_send_pointer (RoostDomain *domain,
                           const RoostPointerEvent *events,
                           guint n_events,
                           const char *device,
                           guint head,
                           GError **error)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autofree char *alias = NULL;
  Target target = { .domain = domain, .head = head };
  const char *found;

  if (!check_awake (domain, error)
      || !roost_view_find_head (roost_domain_config (domain), device, head, &found, error))
    return FALSE;
  target.device = alias = g_strdup (found);
  if (!check_pointers (domain, uses (events, n_events, ROOST_POINTER_MOVE),
                       uses (events, n_events, ROOST_POINTER_SHIFT), error))
    return FALSE;
  for (guint i = 0; i < n_events; i++)
    if (!check_awake (domain, error) || !send_event (&target, &events[i], error))
      return FALSE;
  return TRUE;
}

/* --- */

static gboolean
nmi_held (RoostDomain *domain, gpointer data, GError **error)
{
  return roost_domain_command (domain, "inject-nmi", error);
}

gboolean
roost_domain_inject_nmi (RoostDomain *domain, const char *caller, GError **error)
{
  return roost_domain_operate_active (domain, "inject-nmi", caller, nmi_held, NULL, error);
}
