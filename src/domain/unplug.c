/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/unplug.h"

#include "base/json.h"

RoostUnplug *
roost_unplug_new (const char *alias, const char *xml, gboolean is_stored)
{
  RoostUnplug *unplug = g_rc_box_new0 (RoostUnplug);

  unplug->alias = g_strdup (alias);
  unplug->xml = g_strdup (xml);
  unplug->is_stored = is_stored;
  return unplug;
}

RoostUnplug *
roost_unplug_ref (RoostUnplug *unplug)
{
  return g_rc_box_acquire (unplug);
}

static void
clear (gpointer p)
{
  RoostUnplug *unplug = p;

  g_free (unplug->alias);
  g_free (unplug->xml);
  g_clear_error (&unplug->error);
}

void
roost_unplug_unref (RoostUnplug *unplug)
{
  g_rc_box_release_full (unplug, clear);
}

RoostUnplug *
roost_unplugs_find (const GPtrArray *unplugs, const char *alias)
{
  for (guint i = 0; i < unplugs->len; i++)
    {
      RoostUnplug *unplug = unplugs->pdata[i];

      if (g_str_equal (unplug->alias, alias))
        return unplug;
    }
  return NULL;
}

JsonArray *
roost_unplugs_to_json (const GPtrArray *unplugs)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < unplugs->len; i++)
    {
      const RoostUnplug *unplug = unplugs->pdata[i];
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "alias", unplug->alias);
      json_object_set_string_member (object, "xml", unplug->xml);
      json_object_set_boolean_member (object, "stored", unplug->is_stored);
      json_array_add_object_element (array, object);
    }
  return array;
}

void
roost_unplugs_read (JsonArray *array, GPtrArray *out)
{
  for (guint i = 0; i < roost_json_length (array); i++)
    {
      JsonObject *object = roost_json_object_at (array, i);
      const char *alias = roost_json_string (object, "alias");
      const char *xml = roost_json_string (object, "xml");

      if (alias != NULL && xml != NULL)
        g_ptr_array_add (out,
                         roost_unplug_new (alias, xml, roost_json_bool (object, "stored", FALSE)));
    }
}
