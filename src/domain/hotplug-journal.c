/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/hotplug-journal.h"

#include "base/json.h"

#include <string.h>

/* --- writing --- */

static void
add_undo (JsonArray *array, const GPtrArray *commands)
{
  for (guint i = 0; i < commands->len; i++)
    {
      const RoostPlugCommand *command = commands->pdata[i];
      JsonObject *object;

      if (command->undo == NULL)
        continue;
      object = json_object_new ();
      json_object_set_string_member (object, "command", command->undo);
      json_object_set_object_member (object, "args", json_object_ref (command->undo_args));
      json_array_add_object_element (array, object);
    }
}

static void
set_document (JsonObject *object, const char *name, const RoostDomainConfig *config)
{
  g_autofree char *text = NULL;

  if (config == NULL)
    return;
  text = roost_domain_config_format (config, ROOST_FORMAT_SECRETS | ROOST_FORMAT_LIVE);
  json_object_set_string_member (object, name, text);
}

char *
roost_journal_of_plug (const RoostAmend *amend, const char *alias, const RoostPlug *plug)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  JsonArray *undo = json_array_new ();

  json_node_take_object (node, object);
  json_object_set_string_member (object, "alias", alias);
  set_document (object, "running", amend->running);
  set_document (object, "next", amend->next);
  add_undo (undo, plug->commands);
  json_object_set_array_member (object, "undo", undo);
  return json_to_string (node, FALSE);
}

/* --- reading --- */

static void
undo_free (gpointer p)
{
  RoostJournalUndo *undo = p;

  g_free (undo->command);
  json_object_unref (undo->args);
  g_free (undo);
}

void
roost_journal_free (RoostJournal *journal)
{
  if (journal == NULL)
    return;
  g_free (journal->alias);
  g_free (journal->running);
  g_free (journal->next);
  g_ptr_array_unref (journal->undo);
  g_free (journal);
}

static void
read_undo (JsonArray *array, GPtrArray *out)
{
  for (guint i = 0; i < roost_json_length (array); i++)
    {
      JsonObject *object = roost_json_object_at (array, i);
      const char *command = roost_json_string (object, "command");
      JsonObject *args = roost_json_object (object, "args");
      RoostJournalUndo *undo;

      if (command == NULL || args == NULL)
        continue;
      undo = g_new0 (RoostJournalUndo, 1);
      undo->command = g_strdup (command);
      undo->args = json_object_ref (args);
      g_ptr_array_add (out, undo);
    }
}

RoostJournal *
roost_journal_read (const char *text)
{
  g_autoptr (JsonNode) node = roost_json_parse (text, strlen (text), NULL);
  JsonObject *object = roost_json_node_object (node);
  g_autoptr (RoostJournal) journal = g_new0 (RoostJournal, 1);

  journal->alias = g_strdup (roost_json_string (object, "alias"));
  journal->running = g_strdup (roost_json_string (object, "running"));
  journal->next = g_strdup (roost_json_string (object, "next"));
  journal->undo = g_ptr_array_new_with_free_func (undo_free);
  read_undo (roost_json_array (object, "undo"), journal->undo);
  return journal->alias != NULL && journal->running != NULL ? g_steal_pointer (&journal) : NULL;
}
