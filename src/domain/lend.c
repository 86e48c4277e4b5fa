/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/lend.h"

#include "base/co.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/lend-file.h"
#include "domain/view.h"

#include <string.h>

#define SUFFIX ".json"

/* One that is lent. It is found by its path without links, so that it is one for all who use it. */
typedef struct
{
  RoostLentFile file; /* as it was before */
  GHashTable *users;  /* of "UUID PATH", the path as the domain names it */
  gboolean is_busy;   /* somebody is at it */
  gboolean is_old;    /* an earlier daemon left it: it may be where nothing is mounted yet */
} Entry;

struct RoostLender
{
  GHashTable *entries; /* path → Entry */
  CoGate *done;        /* opened when one is no longer busy */
};

static void
entry_free (gpointer p)
{
  Entry *entry = p;

  roost_lent_file_clear (&entry->file);
  g_hash_table_unref (entry->users);
  g_free (entry);
}

static RoostLender *
lender_of (RoostManager *manager)
{
  if (manager->lender == NULL)
    {
      manager->lender = g_new0 (RoostLender, 1);
      manager->lender->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
      manager->lender->done = co_gate_new ();
    }
  return manager->lender;
}

void
roost_lender_free (RoostLender *lender)
{
  if (lender == NULL)
    return;
  g_hash_table_unref (lender->entries);
  co_gate_free (lender->done);
  g_free (lender);
}

/* @file: (transfer full) */
static Entry *
add_entry (RoostLender *lender, const RoostLentFile *file)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->file = *file;
  entry->users = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (lender->entries, entry->file.path, entry);
  return entry;
}

static gboolean
is_on (RoostManager *manager)
{
  return manager->qemu_user.is_other && roost_manager_host (manager)->lends_files;
}

/* --- the record --- */

static char *
folder_of (const RoostManager *manager)
{
  return g_build_filename (manager->places->state_dir, "lent", NULL);
}

static char *
record_path (const RoostManager *manager, const Entry *entry)
{
  g_autofree char *folder = folder_of (manager);
  g_autofree char *mark = g_compute_checksum_for_string (G_CHECKSUM_SHA256, entry->file.path, -1);

  return g_strconcat (folder, "/", mark, SUFFIX, NULL);
}

static gboolean
write_record (RoostManager *manager, const Entry *entry, GError **error)
{
  g_autofree char *folder = folder_of (manager);
  g_autofree char *path = record_path (manager, entry);
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;
  JsonObject *object = json_object_new ();
  JsonArray *users = json_array_new ();
  GHashTableIter iter;
  gpointer user;

  g_hash_table_iter_init (&iter, entry->users);
  while (g_hash_table_iter_next (&iter, &user, NULL))
    json_array_add_string_element (users, user);
  json_object_set_string_member (object, "path", entry->file.path);
  json_object_set_int_member (object, "owner", entry->file.owner);
  json_object_set_int_member (object, "inode", (gint64)entry->file.inode);
  json_object_set_array_member (object, "users", users);
  json_node_take_object (node, object);
  text = json_to_string (node, FALSE);
  return roost_dir_make (folder, 0700, error)
         && roost_file_write (path, text, strlen (text), 0600, error);
}

static gboolean
read_record (RoostManager *manager, const char *text, gsize length)
{
  g_autoptr (JsonNode) node = roost_json_parse (text, length, NULL);
  JsonObject *object = roost_json_node_object (node);
  const char *path = roost_json_string (object, "path");
  JsonArray *users = roost_json_array (object, "users");
  gint64 owner = roost_json_int (object, "owner", -1);
  Entry *entry;

  if (path == NULL || *path != '/' || owner < 0 || owner >= G_MAXUINT32)
    return FALSE;
  entry = add_entry (lender_of (manager),
                     &(RoostLentFile){ g_strdup (path), (uid_t)owner,
                                       (guint64)roost_json_int (object, "inode", 0) });
  entry->is_old = TRUE;
  for (guint i = 0; i < roost_json_length (users); i++)
    {
      const char *user = roost_json_string_at (users, i);

      if (user != NULL)
        g_hash_table_add (entry->users, g_strdup (user));
    }
  return TRUE;
}

void
roost_lend_load (RoostManager *manager)
{
  g_autofree char *folder = folder_of (manager);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;
      gsize length = 0;

      if (g_str_has_suffix (name, SUFFIX)
          && !(g_file_get_contents (path, &text, &length, &error)
               && read_record (manager, text, length)))
        roost_file_set_aside (path, error != NULL ? error->message : "it is no record of a file");
    }
}

/* --- work on one file, in threads --- */

typedef struct
{
  const RoostQemuUser *user;
  const char *path;
  gboolean is_written;
  RoostLentFile file;
  gboolean may;
} Work;

static gboolean
look_in_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  Work *work = data;

  return roost_lent_file_look (work->user, work->path, work->is_written, &work->file, &work->may,
                               error);
}

static gboolean
check_in_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  const Work *work = data;

  return roost_lent_file_check (&work->file, error);
}

static gboolean
give_in_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  const Work *work = data;

  return roost_lent_file_give (&work->file, work->user, work->is_written, error);
}

static gboolean
restore_in_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  const Work *work = data;

  return roost_lent_file_restore (&work->file, work->user, error);
}

static void
set_busy (RoostLender *lender, Entry *entry, gboolean is_busy)
{
  entry->is_busy = is_busy;
  if (!is_busy)
    co_gate_open (lender->done);
}

/* --- taking back --- */

typedef struct
{
  RoostManager *manager; /* owned */
  char *path;
} TakeBack;

/* Is there nothing left to be given back? */
static gboolean
is_gone (const Entry *entry, const GError *error)
{
  return g_error_matches (error, ROOST_ERROR, ROOST_ERROR_STORAGE)
         || (g_error_matches (error, ROOST_ERROR, ROOST_ERROR_NOT_FOUND) && !entry->is_old);
}

static void
take_back (RoostManager *manager, Entry *entry)
{
  RoostLender *lender = manager->lender;
  Work work = { .user = &manager->qemu_user, .file = entry->file };
  g_autofree char *record = record_path (manager, entry);
  g_autoptr (GError) error = NULL;

  set_busy (lender, entry, TRUE);
  if (co_thread (restore_in_thread, &work, NULL, &error) || is_gone (entry, error))
    {
      g_clear_error (&error);
      roost_file_remove (record, &error);
      g_hash_table_remove (lender->entries, work.file.path);
      co_gate_open (lender->done);
    }
  else
    set_busy (lender, entry, FALSE);
  if (error != NULL)
    roost_warning ("%s was lent to QEMU: %s", record, error->message);
}

static void
take_back_body (gpointer p)
{
  TakeBack *back = p;
  RoostLender *lender = back->manager->lender;
  Entry *entry = g_hash_table_lookup (lender->entries, back->path);

  while (entry != NULL && entry->is_busy)
    {
      co_gate_wait (lender->done, 0, NULL, NULL);
      entry = g_hash_table_lookup (lender->entries, back->path);
    }
  if (entry != NULL && g_hash_table_size (entry->users) == 0)
    take_back (back->manager, entry);
  g_object_unref (back->manager);
  g_free (back->path);
  g_free (back);
}

static void
take_back_later (RoostManager *manager, const Entry *entry)
{
  TakeBack *back = g_new (TakeBack, 1);

  *back = (TakeBack){ g_object_ref (manager), g_strdup (entry->file.path) };
  co_spawn ("take-back", take_back_body, back);
}

/* --- lending --- */

/* Returns: (nullable): once nobody is at it; @out_waited: others may have changed it */
static Entry *
find_entry (RoostLender *lender, const char *path, gboolean *out_waited)
{
  Entry *entry = g_hash_table_lookup (lender->entries, path);

  *out_waited = entry != NULL && entry->is_busy;
  while (entry != NULL && entry->is_busy)
    {
      co_gate_wait (lender->done, 0, NULL, NULL);
      entry = g_hash_table_lookup (lender->entries, path);
    }
  return entry;
}

/* Awaits. FALSE without @error: there is nothing to be lent. */
static gboolean
look (RoostManager *manager, Work *work, Entry **out_entry, GError **error)
{
  gboolean has_waited = TRUE;

  while (has_waited)
    {
      roost_lent_file_clear (&work->file);
      if (!co_thread (look_in_thread, work, NULL, error) || work->file.path == NULL)
        return FALSE;
      *out_entry = find_entry (lender_of (manager), work->file.path, &has_waited);
    }
  return *out_entry != NULL || !work->may;
}

static gboolean
give (RoostManager *manager, Entry *entry, const Work *look, const char *user, GError **error)
{
  Work work = { look->user, look->path, look->is_written, entry->file, FALSE };
  gboolean ok;

  g_hash_table_add (entry->users, g_strdup (user));
  entry->is_old = FALSE;
  set_busy (manager->lender, entry, TRUE);
  ok = co_thread (check_in_thread, &work, NULL, error) && write_record (manager, entry, error)
       && co_thread (give_in_thread, &work, NULL, error);
  if (!ok)
    g_hash_table_remove (entry->users, user);
  set_busy (manager->lender, entry, FALSE);
  if (g_hash_table_size (entry->users) == 0)
    take_back_later (manager, entry);
  return ok;
}

static gboolean
lend_one (RoostDomain *domain, const RoostNeededFile *file, GError **error)
{
  RoostManager *manager = domain->manager;
  Work work = { .user = &manager->qemu_user, .path = file->path, .is_written = file->is_written };
  g_autofree char *user = g_strconcat (domain->uuid, " ", file->path, NULL);
  g_autoptr (GError) local = NULL;
  Entry *entry = NULL;
  gboolean ok = TRUE;

  if (look (manager, &work, &entry, &local))
    {
      if (entry == NULL)
        entry = add_entry (manager->lender, &(RoostLentFile){ g_strdup (work.file.path),
                                                              work.file.owner, work.file.inode });
      else if (entry->file.inode != work.file.inode) /* the one that was lent is gone */
        entry->file = (RoostLentFile){ entry->file.path, work.file.owner, work.file.inode };
      ok = give (manager, entry, &work, user, &local);
    }
  roost_lent_file_clear (&work.file);
  if (local == NULL)
    return ok;
  g_propagate_prefixed_error (error, g_steal_pointer (&local), "%s: ", file->what);
  return FALSE;
}

gboolean
roost_lend (RoostDomain *domain, const RoostDomainConfig *config, const char *alias, GError **error)
{
  g_autoptr (GPtrArray) files = roost_view_needed_files (config);

  for (guint i = 0; i < files->len; i++)
    {
      const RoostNeededFile *file = files->pdata[i];

      if (domain->manager == NULL)
        return roost_throw (error, ROOST_ERROR_NOT_RUNNING, "the daemon ends");
      if (is_on (domain->manager) && !file->is_fixed
          && (alias == NULL || g_strcmp0 (file->alias, alias) == 0)
          && !lend_one (domain, file, error))
        return FALSE;
    }
  return TRUE;
}

gpointer
roost_lend_begin (RoostDomain *domain)
{
  if (domain->run != NULL)
    domain->run->n_lending++;
  return domain->run;
}

void
roost_lend_end (RoostDomain *domain, gpointer run)
{
  if (run == NULL || domain->run != run)
    return; /* the end of the domain has settled it */
  domain->run->n_lending--;
  roost_lend_settle (domain);
}

gboolean
roost_lend_may_read (RoostManager *manager, const char *path)
{
  Work work = { .user = &manager->qemu_user, .path = path };

  if (is_on (manager))
    co_thread (look_in_thread, &work, NULL, NULL);
  roost_lent_file_clear (&work.file);
  return work.may || !is_on (manager);
}

/* --- who needs what --- */

/* Returns: (transfer full): the paths that @domain runs with, as a set */
static GHashTable *
paths_of (const RoostDomain *domain)
{
  GHashTable *paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) files = NULL;

  if (domain == NULL || domain->run == NULL || domain->run->document == NULL)
    return paths;
  files = roost_view_needed_files (roost_document_config (domain->run->document));
  for (guint i = 0; i < files->len; i++)
    g_hash_table_add (paths, g_strdup (((RoostNeededFile *)files->pdata[i])->path));
  return paths;
}

static void
drop_user (RoostManager *manager, Entry *entry, const char *uuid, GHashTable *paths)
{
  g_autofree char *mine = g_strconcat (uuid, " ", NULL);
  gboolean has_changed = FALSE;
  GHashTableIter iter;
  gpointer user;

  g_hash_table_iter_init (&iter, entry->users);
  while (g_hash_table_iter_next (&iter, &user, NULL))
    if (g_str_has_prefix (user, mine)
        && !g_hash_table_contains (paths, (const char *)user + strlen (mine)))
      {
        g_hash_table_iter_remove (&iter);
        has_changed = TRUE;
      }
  if (has_changed && g_hash_table_size (entry->users) == 0)
    take_back_later (manager, entry);
}

void
roost_lend_settle (RoostDomain *domain)
{
  RoostManager *manager = domain->manager;
  g_autoptr (GHashTable) paths = NULL;
  g_autoptr (GList) entries = NULL;

  if (manager == NULL || manager->lender == NULL
      || (domain->run != NULL && domain->run->n_lending > 0))
    return;
  paths = paths_of (domain);
  entries = g_hash_table_get_values (manager->lender->entries);
  for (GList *at = entries; at != NULL; at = at->next)
    drop_user (manager, at->data, domain->uuid, paths);
}

static void
sweep_entry (RoostManager *manager, Entry *entry)
{
  GHashTableIter iter;
  gpointer user;

  g_hash_table_iter_init (&iter, entry->users);
  while (g_hash_table_iter_next (&iter, &user, NULL))
    {
      g_auto (GStrv) parts = g_strsplit (user, " ", 2);
      const RoostDomain *domain = roost_manager_find_uuid (manager, parts[0]);

      if (domain == NULL || domain->run == NULL)
        g_hash_table_iter_remove (&iter);
    }
  entry->is_old = g_hash_table_size (entry->users) == 0;
  if (entry->is_old)
    take_back_later (manager, entry);
}

void
roost_lend_sweep (RoostManager *manager)
{
  g_autoptr (GList) entries = NULL;

  if (manager->lender == NULL)
    return;
  entries = g_hash_table_get_values (manager->lender->entries);
  for (GList *at = entries; at != NULL; at = at->next)
    sweep_entry (manager, at->data);
}
