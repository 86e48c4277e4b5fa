/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <json-glib/json-glib.h>

/*
 * roostctl. A verb is a row of a table: its name, its arguments, its help and a function. It talks
 * to the daemon through the public D-Bus API alone, and may block: nobody else waits for it.
 */

#define CTL_BUS_NAME  "org.roost1"
#define CTL_ROOT      "/org/roost1"
#define CTL_MANAGER   "org.roost1.Manager"
#define CTL_DOMAIN    "org.roost1.Domain"
#define CTL_AGENT     "org.roost1.Domain.Agent"
#define CTL_JOB       "org.roost1.Job"
#define CTL_NO_OBJECT "/"

/* What the process ends with; roostctl(1) documents them. */
typedef enum
{
  CTL_EXIT_OK,
  CTL_EXIT_FAILED,
  CTL_EXIT_USAGE,
  CTL_EXIT_NOT_FOUND,
  CTL_EXIT_NOT_AUTHORIZED,
  CTL_EXIT_BUSY, /* busy, or not in the state that the operation needs */
  CTL_EXIT_TIMEOUT,
  CTL_EXIT_NO_DAEMON,
} CtlExit;

typedef enum
{
  CTL_BUS_AUTO,
  CTL_BUS_USER,
  CTL_BUS_SYSTEM,
} CtlBus;

typedef struct CtlVerb CtlVerb;

typedef struct
{
  CtlBus bus;
  gboolean json;
  gboolean color; /* stdout understands colours */
  const CtlVerb *verb;
  GDBusConnection *connection;
  int exit_code; /* a verb may set it and still return TRUE: it has said why */
} Ctl;

typedef gboolean (*CtlDomainFunc) (Ctl *ctl, const char *path, const char *name, GError **error);

struct CtlVerb
{
  const char *name; /* one or two words */
  const char *args; /* "DOMAIN...", as in the help */
  const char *summary;
  const char *details; /* more about it, and examples */
  guint min_args;
  guint max_args;
  const GOptionEntry *options; /* (nullable) */
  const char *method;          /* (nullable): of the domain, for the function to call */
  /* One of the two: with all arguments, or for each argument, which is a domain. */
  gboolean (*run) (Ctl *ctl, char **args, GError **error);
  CtlDomainFunc each;
};

#define CTL_MANY 1000

/* Tables, each ends with a row whose name is NULL. */
extern const CtlVerb ctl_list_verbs[];
extern const CtlVerb ctl_state_verbs[];
extern const CtlVerb ctl_create_verbs[];
extern const CtlVerb ctl_define_verbs[];
extern const CtlVerb ctl_metadata_verbs[];
extern const CtlVerb ctl_import_verbs[];
extern const CtlVerb ctl_xml_verbs[];
extern const CtlVerb ctl_console_verbs[];
extern const CtlVerb ctl_display_verbs[];
extern const CtlVerb ctl_stats_verbs[];
extern const CtlVerb ctl_top_verbs[];
extern const CtlVerb ctl_monitor_verbs[];
extern const CtlVerb ctl_job_verbs[];
extern const CtlVerb ctl_tune_verbs[];
extern const CtlVerb ctl_bandwidth_verbs[];
extern const CtlVerb ctl_secret_verbs[];
extern const CtlVerb ctl_power_verbs[];
extern const CtlVerb ctl_device_verbs[];
extern const CtlVerb ctl_guest_verbs[];
extern const CtlVerb ctl_guest_io_verbs[];
extern const CtlVerb ctl_pool_verbs[];
extern const CtlVerb ctl_vol_verbs[];
extern const CtlVerb ctl_clone_verbs[];

/* Wrong use of the command line: the process ends with CTL_EXIT_USAGE. */
#define CTL_USAGE ctl_usage_quark ()
GQuark ctl_usage_quark (void);

/* Sets @error to CTL_USAGE and returns FALSE. */
gboolean ctl_throw_usage (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* --- bus.c --- */

/* Connects to the bus that was asked for, or to the one where Roost is; see roostctl(1). */
gboolean ctl_connect (Ctl *ctl, GError **error);

typedef enum
{
  CTL_CALL_QUICK = 0,
  CTL_CALL_SLOW = 1 << 0, /* may take as long as it takes */
} CtlCallFlags;

/**
 * ctl_call:
 * @args: (nullable): floating is consumed
 * @type: of the reply, such as "(o)"
 * Returns: (transfer full): the reply. Errors: ROOST_ERROR, G_DBUS_ERROR, with the bare text.
 */
GVariant *ctl_call (Ctl *ctl,
                    const char *path,
                    const char *interface,
                    const char *method,
                    GVariant *args,
                    const char *type,
                    CtlCallFlags flags,
                    GError **error);

/* The same, which may take as long as it takes, with descriptors in the reply. @type: "(oh)" */
GVariant *ctl_call_with_fds (Ctl *ctl,
                             const char *path,
                             const char *interface,
                             const char *method,
                             GVariant *args,
                             const char *type,
                             GUnixFDList **out_fds,
                             GError **error);
/* The same with a descriptor, which stays the caller's, as handle 0 of @args. */
GVariant *ctl_call_with_fd (Ctl *ctl,
                            const char *path,
                            const char *interface,
                            const char *method,
                            GVariant *args,
                            const char *type,
                            int fd,
                            GError **error);

/* The same on the Manager with (nullable) @args, and on a domain with only options as arguments. */
GVariant *
ctl_call_manager (Ctl *ctl, const char *method, GVariant *args, const char *type, GError **error);
gboolean ctl_call_domain (
    Ctl *ctl, const char *path, const char *method, GVariantDict *options, GError **error);

/* Like ctl_call_domain for a method that returns a descriptor; -1 on error. */
int ctl_call_for_fd (
    Ctl *ctl, const char *path, const char *method, GVariantDict *options, GError **error);

/**
 * ctl_find_domain:
 * @what: a name, a UUID, or the beginning of a UUID that fits one domain only
 * Returns: (transfer full): its object path
 */
char *ctl_find_domain (Ctl *ctl, const char *what, GError **error);

/* Returns: (transfer full): all properties of @interface of an object, a{sv}. */
GVariant *ctl_get_properties (Ctl *ctl, const char *path, const char *interface, GError **error);

/* Returns: (transfer full): the XML of a domain. */
char *ctl_get_xml (
    Ctl *ctl, const char *path, gboolean is_inactive, gboolean with_secrets, GError **error);

/* Returns: (transfer full): a{oa{sa{sv}}}: everything. */
GVariant *ctl_get_objects (Ctl *ctl, GError **error);

/* Runs @each for every domain in @args, also after one failed; the first failure counts. */
gboolean ctl_each_domain (Ctl *ctl, char **args, CtlDomainFunc each, GError **error);

/* What the process ends with for @error. */
CtlExit ctl_exit_for (const GError *error);

/* One clear line on stderr. */
void ctl_report (const GError *error);

/* --- output.c --- */

/* Rows of cells that are printed in columns; the first row is the heading. */
typedef struct CtlTable CtlTable;
CtlTable *ctl_table_new (const char *const *heading);
void ctl_table_add (CtlTable *table, const char *const *cells);
void ctl_table_print (CtlTable *table, Ctl *ctl);
void ctl_table_free (CtlTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlTable, ctl_table_free)

/* Prints @value, indented or in one line. */
void ctl_print_json (JsonNode *value, gboolean is_line);
void ctl_print_variant_json (GVariant *value);

/* Returns: (transfer full): for people: "4 GiB", "2026-01-31 12:00:00", a plain value, a list. */
char *ctl_format_size (guint64 bytes);
char *ctl_format_time (guint64 us);
char *ctl_format_variant (GVariant *value);

/* Returns: the escape sequence that begins the colour of a domain's state, "" without colours. */
const char *ctl_state_color (Ctl *ctl, const char *state);
const char *ctl_color_end (Ctl *ctl);

/* --- help.c --- */

/* Returns: (nullable): the verb that @argv begins with; @n_words: how many words its name has. */
const CtlVerb *ctl_find_verb (char **argv, guint *n_words);
/* Returns: (transfer full) (nullable): verbs that may have been meant by @word, in quotes. */
char *ctl_guess_verb (const char *word);
void ctl_print_help (void);
void ctl_print_verb_names (void);

/* --- console.c --- */

/* Connects the terminal to the first console of a domain until either side ends it. With
 * @should_resume the guest, which is paused, goes on once we listen. */
gboolean ctl_console_start (
    Ctl *ctl, const char *path, const char *name, gboolean should_resume, GError **error);

/* Copies stdin to @fd and @fd to stdout until @fd ends. */
void ctl_copy_both_ways (int fd);

/* --- files --- */

/* Returns: (transfer full): the text of @file, or of stdin for "-". */
char *ctl_read_text (const char *file, GError **error);

/* Returns: (transfer full): a line of stdin, without its end; a terminal does not show what is
 * typed. Errors: ROOST_ERROR_INVALID_ARGUMENT (there is none, or it is not UTF-8). */
char *ctl_ask_hidden (const char *prompt, GError **error);
