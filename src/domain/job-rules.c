/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/job-rules.h"

#define CONTROL ROOST_KIND_CONTROL
#define STORED  ROOST_KIND_STORED
#define TUNE    ROOST_KIND_TUNE
#define MODIFY  ROOST_KIND_MODIFY
#define WAIT    ROOST_KIND_WAIT
#define LONG    ROOST_KIND_LONG
#define LIFE    ROOST_KIND_LIFE
#define END     ROOST_KIND_END

/* A change that waits for the guest keeps nobody from anything but what needs the devices to stay
 * as they are. */
#define BESIDE_WAIT (CONTROL | STORED | TUNE | MODIFY | WAIT | END)

/* clang-format off */
const RoostJobRule roost_job_rules[] = {
  { "start",               LIFE,    END,                 "starts the guest" },
  { "undo-start",          LIFE,    END,                 "undoes a start that a killed daemon left" },
  { "destroy",             END,     END,                 "ends QEMU" },

  { "shutdown",            CONTROL, END,                 "presses the power button" },
  { "reboot",              CONTROL, END,                 "presses it, and starts the guest again" },
  { "reset",               CONTROL, END,                 "presses reset" },
  { "suspend",             CONTROL, END,                 "stops the guest's processors" },
  { "resume",              CONTROL, END,                 "lets them go on" },
  { "pm-suspend",          CONTROL, END,                 "asks the guest to sleep" },
  { "pm-wakeup",           CONTROL, END,                 "wakes it" },
  { "inject-nmi",          CONTROL, END,                 "sends a non-maskable interrupt" },

  { "define",              STORED,  CONTROL | END,       "stores a configuration" },
  { "undefine",            STORED,  CONTROL | END,       "forgets it" },
  { "rename",              STORED,  END,                 "gives it another name" },
  { "set-metadata",        STORED,  CONTROL | END,       "title, description, what applications keep" },
  { "set-autostart",       STORED,  CONTROL | END,       "starts it with the daemon, or not" },
  { "note-clock",          STORED,  CONTROL | END,       "stores how far the guest's clock is from the host's" },

  { "tune",                TUNE,    CONTROL | END,       "pins, weights, limits, throttles" },
  { "set-disk-threshold",  TUNE,    CONTROL | END,       "tells when a disk's image grows beyond a size" },
  { "set-memory-period",   TUNE,    CONTROL | END,       "how often the guest tells of its memory" },

  { "set-lifecycle",       MODIFY,  END,                 "sets what follows a power-off, a reboot, a crash" },
  { "attach-device",       MODIFY,  END,                 "plugs a device" },
  { "update-device",       MODIFY,  END,                 "changes a device: medium, link, bandwidth" },
  { "set-memory",          MODIFY,  END,                 "sets the balloon or the maximum" },
  { "set-password",        MODIFY,  END,                 "sets the password of a display" },
  { "monitor-command",     MODIFY,  END,                 "a raw command to QEMU" },

  { "detach-device",       WAIT,    BESIDE_WAIT,         "asks the guest to let go of a device" },
  { "set-vcpus",           WAIT,    BESIDE_WAIT,         "plugs processors, or asks for them back" },

  { "dump",                LONG,    STORED | TUNE | END, "writes the guest's memory into a file" },
  { "clone",               LONG,    CONTROL | TUNE | END, "copies it with its disks as another domain" },
  { "delete",              LONG,    END,                 "forgets it, and removes what was named" },
  { NULL },
};
/* clang-format on */

static const struct
{
  RoostJobKind kind;
  const char *name;
} names[] = {
  { CONTROL, "control" }, { STORED, "stored" }, { TUNE, "tune" }, { MODIFY, "modify" },
  { WAIT, "wait" },       { LONG, "long" },     { LIFE, "life" }, { END, "end" },
};

const RoostJobRule *
roost_job_rule_find (const char *operation)
{
  for (const RoostJobRule *rule = roost_job_rules; rule->operation != NULL; rule++)
    if (g_str_equal (rule->operation, operation))
      return rule;
  return NULL;
}

gboolean
roost_job_rule_allows (const char *running, const char *operation)
{
  const RoostJobRule *first = roost_job_rule_find (running);
  const RoostJobRule *second = roost_job_rule_find (operation);

  if (second == NULL)
    g_critical ("the operation '%s' has no row in job-rules.c", operation);
  if (first == NULL || second == NULL)
    return second != NULL && second->kind == END;
  return (first->beside & second->kind) != 0;
}

const char *
roost_job_kind_name (RoostJobKind kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i].kind == kind)
      return names[i].name;
  g_return_val_if_reached ("");
}

char *
roost_job_rule_to_line (const RoostJobRule *rule)
{
  g_autoptr (GString) line = g_string_new (NULL);
  const char *comma = "";

  g_string_append_printf (line, "| `%s` | %s | ", rule->operation,
                          roost_job_kind_name (rule->kind));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (rule->beside & names[i].kind)
      {
        g_string_append_printf (line, "%s%s", comma, names[i].name);
        comma = ", ";
      }
  g_string_append_printf (line, " | %s |", rule->doc);
  return g_string_free (g_steal_pointer (&line), FALSE);
}
