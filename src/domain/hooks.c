/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/hooks.h"

#include "base/co.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/domain-private.h"
#include "domain/hook-script.h"
#include "domain/log-file.h"
#include "domain/start-op.h"
#include "domain/store.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MS_PER_S 1000

/* --- the scripts --- */

static char *
folder_of (RoostManager *manager)
{
  return g_build_filename (manager->places->config_dir, "hooks", "qemu.d", NULL);
}

gboolean
roost_hooks_exist (RoostManager *manager)
{
  g_autofree char *folder = folder_of (manager);

  return g_file_test (folder, G_FILE_TEST_IS_DIR);
}

typedef struct
{
  const char *folder;
  GPtrArray *paths; /* of the scripts */
} Listing;

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* Not what editors leave behind: their backups are executable as well. */
static gboolean
is_script (const char *path, const char *name)
{
  struct stat st;

  return *name != '.' && !g_str_has_suffix (name, "~") && stat (path, &st) == 0
         && S_ISREG (st.st_mode) && access (path, X_OK) == 0;
}

static gboolean
list_in_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  Listing *listing = data;
  g_autoptr (GDir) dir = g_dir_open (listing->folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (listing->folder, name, NULL);

      if (is_script (path, name))
        g_ptr_array_add (listing->paths, g_steal_pointer (&path));
    }
  g_ptr_array_sort (listing->paths, compare_paths);
  return TRUE;
}

/* --- one after the other for each domain --- */

typedef struct
{
  guint next;    /* the ticket that the next one gets */
  guint serving; /* whose turn it is */
  CoGate *gate;
} Turns;

static void
turns_free (gpointer p)
{
  Turns *turns = p;

  co_gate_free (turns->gate);
  g_free (turns);
}

/* Awaits: yes, until those that came before have ended. */
static void
take_turn (RoostManager *manager, const char *uuid)
{
  Turns *turns;
  guint ticket;

  if (manager->hook_turns == NULL)
    manager->hook_turns = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, turns_free);
  turns = g_hash_table_lookup (manager->hook_turns, uuid);
  if (turns == NULL)
    {
      turns = g_new0 (Turns, 1);
      turns->gate = co_gate_new ();
      g_hash_table_insert (manager->hook_turns, g_strdup (uuid), turns);
    }
  ticket = turns->next++;
  while (turns->serving != ticket)
    co_gate_wait (turns->gate, 0, NULL, NULL);
}

static void
end_turn (RoostManager *manager, const char *uuid)
{
  Turns *turns = g_hash_table_lookup (manager->hook_turns, uuid);

  if (++turns->serving == turns->next)
    g_hash_table_remove (manager->hook_turns, uuid);
  else
    co_gate_open (turns->gate);
}

/* --- running them --- */

/* The log of the domain tells of each script. */
static void
note (RoostManager *manager, const RoostHook *hook, const char *path, const GError *error)
{
  g_autofree char *log = roost_store_log_path (manager->places, hook->name);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *line = g_strdup_printf ("hook %s: %s %s: %s", name, hook->operation, hook->phase,
                                           error != NULL ? error->message : "done");

  roost_log_file_note (log, line);
}

static gboolean
run_script (RoostManager *manager,
            const RoostHook *hook,
            const char *path,
            GCancellable *cancellable,
            GError **error)
{
  const char *argv[] = { path, hook->name, hook->operation, hook->phase, "-", NULL };
  g_autoptr (GError) local = NULL;
  guint timeout_ms = roost_manager_host (manager)->hook_s * MS_PER_S;

  if (roost_hook_script_run (argv, hook->xml, timeout_ms, cancellable, &local))
    {
      note (manager, hook, path, NULL);
      return TRUE;
    }
  note (manager, hook, path, local);
  g_propagate_prefixed_error (error, g_steal_pointer (&local),
                              "'%s' of domain '%s': ", hook->operation, hook->name);
  return FALSE;
}

static gboolean
run_all (RoostManager *manager,
         const RoostHook *hook,
         const GPtrArray *paths,
         GCancellable *cancellable,
         GError **error)
{
  for (guint i = 0; i < paths->len; i++)
    {
      if (g_cancellable_is_cancelled (cancellable))
        return roost_throw (error, ROOST_ERROR_CANCELLED, "'%s' of domain '%s' was cancelled",
                            hook->operation, hook->name);
      if (!run_script (manager, hook, paths->pdata[i], cancellable, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
roost_hooks_run (RoostManager *manager,
                 const RoostHook *hook,
                 GCancellable *cancellable,
                 guint *out_n,
                 GError **error)
{
  g_autoptr (RoostManager) held = g_object_ref (manager);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = folder_of (manager);
  Listing listing = { folder, paths };
  gboolean ok;

  take_turn (held, hook->uuid);
  ok = co_thread (list_in_thread, &listing, NULL, error);
  if (out_n != NULL)
    *out_n = paths->len;
  ok = ok && run_all (held, hook, paths, cancellable, error);
  end_turn (held, hook->uuid);
  return ok;
}

/* --- of a domain --- */

gboolean
roost_hooks_call (RoostDomain *domain,
                  const char *operation,
                  const char *phase,
                  GCancellable *cancellable,
                  GError **error)
{
  g_autofree char *uuid = g_strdup (domain->uuid);
  g_autofree char *name = g_strdup (domain->name);
  g_autofree char *xml = NULL;
  RoostHook hook = { uuid, name, operation, phase, NULL };
  const RoostRun *run = domain->run;
  guint n = 0;
  gboolean ok;

  if (!roost_hooks_exist (domain->manager))
    return TRUE;
  xml = roost_domain_get_xml (domain, FALSE, FALSE, error);
  if (xml == NULL)
    return FALSE;
  hook.xml = xml;
  ok = roost_hooks_run (domain->manager, &hook, cancellable, &n, error);
  if (n > 0 && domain->run == run)
    roost_domain_add_taint (domain, "hook-script");
  return ok;
}

static void
warn (const char *uuid, const char *name, const GError *error)
{
  roost_log (G_LOG_LEVEL_WARNING, NULL, uuid, name, "%s", error->message);
}

void
roost_hooks_tell (RoostDomain *domain,
                  const char *operation,
                  const char *phase,
                  GCancellable *cancellable)
{
  g_autoptr (RoostDomain) held = g_object_ref (domain);
  g_autoptr (GError) error = NULL;

  if (!roost_hooks_call (held, operation, phase, cancellable, &error))
    warn (held->uuid, held->name, error);
}

/* --- what follows an end --- */

typedef struct
{
  RoostManager *manager;
  char *uuid;
  char *name;
  char *xml;
  char *path; /* of the file that says so */
} Release;

static void
release_free (Release *release)
{
  g_object_unref (release->manager);
  g_free (release->uuid);
  g_free (release->name);
  g_free (release->xml);
  g_free (release->path);
  g_free (release);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Release, release_free)

static void
release_one (Release *release, const char *operation)
{
  RoostHook hook = { release->uuid, release->name, operation, "end", release->xml };
  g_autoptr (GError) error = NULL;

  if (!roost_hooks_run (release->manager, &hook, NULL, NULL, &error))
    warn (release->uuid, release->name, error);
}

static void
release_body (gpointer p)
{
  g_autoptr (Release) release = p;

  release_one (release, "stopped");
  release_one (release, "release");
  g_unlink (release->path);
}

static void
write_release (const Release *release)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *object = json_object_new ();

  json_node_take_object (node, object);
  json_object_set_string_member (object, "boot", release->manager->boot_id);
  json_object_set_string_member (object, "uuid", release->uuid);
  json_object_set_string_member (object, "name", release->name);
  json_object_set_string_member (object, "xml", release->xml);
  text = json_to_string (node, FALSE);
  if (!g_file_set_contents_full (release->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                 &error))
    warn (release->uuid, release->name, error);
}

/* Another end may come before the hooks of this one are through. */
static char *
release_path (RoostManager *manager, const char *uuid)
{
  return g_strdup_printf ("%s/domain/%s-%" G_GINT64_FORMAT ROOST_HOOKS_SUFFIX,
                          manager->places->run_dir, uuid, g_get_real_time ());
}

void
roost_hooks_stopped (RoostDomain *domain)
{
  Release *release;
  char *xml;

  if (domain->manager == NULL || !roost_hooks_exist (domain->manager))
    return;
  xml = roost_domain_get_xml (domain, FALSE, FALSE, NULL);
  if (xml == NULL)
    return;
  release = g_new0 (Release, 1);
  *release =
      (Release){ g_object_ref (domain->manager), g_strdup (domain->uuid), g_strdup (domain->name),
                 xml, release_path (domain->manager, domain->uuid) };
  write_release (release);
  co_spawn ("hooks", release_body, release);
}

static Release *
read_release (RoostManager *manager, const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *object;
  const char *uuid, *name, *xml;
  Release *release;
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, NULL))
    return NULL;
  node = roost_json_parse (text, length, NULL);
  object = roost_json_node_object (node);
  uuid = roost_json_string (object, "uuid");
  name = roost_json_string (object, "name");
  xml = roost_json_string (object, "xml");
  if (uuid == NULL || name == NULL || xml == NULL
      || g_strcmp0 (roost_json_string (object, "boot"), manager->boot_id) != 0)
    return NULL;
  release = g_new0 (Release, 1);
  *release = (Release){ g_object_ref (manager), g_strdup (uuid), g_strdup (name), g_strdup (xml),
                        g_strdup (path) };
  return release;
}

void
roost_hooks_recover (RoostManager *manager, const char *path)
{
  Release *release = read_release (manager, path);

  if (release != NULL)
    co_spawn ("hooks", release_body, release);
  else
    g_unlink (path);
}

/* --- steps of a start --- */

gboolean
roost_start_prepare_hooks (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;

  if (roost_hooks_call (start->domain, "prepare", "begin", cancellable, error))
    return TRUE;
  roost_start_undo_prepare_hooks (op);
  return FALSE;
}

void
roost_start_undo_prepare_hooks (gpointer op)
{
  RoostStart *start = op;

  roost_hooks_tell (start->domain, "release", "end", NULL);
}

gboolean
roost_start_start_hooks (gpointer op, GCancellable *cancellable, GError **error)
{
  RoostStart *start = op;

  if (roost_hooks_call (start->domain, "start", "begin", cancellable, error))
    return TRUE;
  roost_start_undo_start_hooks (op);
  return FALSE;
}

void
roost_start_undo_start_hooks (gpointer op)
{
  RoostStart *start = op;

  roost_hooks_tell (start->domain, "stopped", "end", NULL);
}
