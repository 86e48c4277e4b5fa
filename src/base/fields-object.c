/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields-private.h"

#include <string.h>

static void free_object (const RoostPlan *plan, gpointer object);

static void
list_free (const RoostPlan *plan, GPtrArray *list)
{
  for (guint i = 0; i < list->len; i++)
    free_object (plan, list->pdata[i]);
  g_ptr_array_unref (list);
}

static void
clear_row (const RoostPlanRow *row, gpointer object)
{
  gpointer member = ROOST_MEMBER (object, row);
  gpointer *pointer = member;

  if (row->plan == NULL)
    roost_value_clear (row->field, member);
  else if (row->field->kind == ROOST_FIELD_STRUCT)
    free_object (row->plan, g_steal_pointer (pointer));
  else if (*pointer != NULL)
    list_free (row->plan, g_steal_pointer (pointer));
}

static void
clear_owned (const RoostPlan *plan, gpointer object)
{
  const RoostPlanStep *step = (gpointer)plan->owning->data;

  for (guint i = plan->owning->len; i > 0; i--, step++)
    if (roost_plan_step_is_set (step, object))
      clear_row (step->row, object);
  if (roost_plan_places (plan, object) != NULL)
    g_clear_pointer (roost_plan_places (plan, object), g_array_unref);
}

void
roost_type_clear (const RoostType *type, gpointer object)
{
  clear_owned (roost_plan_get (type), object);
  memset (object, 0, type->size);
}

static void
free_object (const RoostPlan *plan, gpointer object)
{
  if (object != NULL)
    clear_owned (plan, object);
  g_free (object);
}

void
roost_type_free (const RoostType *type, gpointer object)
{
  free_object (roost_plan_get (type), object);
}

static void
copy_row (const RoostPlanRow *row, gpointer copy, gconstpointer object)
{
  gpointer *to = ROOST_MEMBER (copy, row);
  const gpointer *from = (gconstpointer)ROOST_MEMBER (object, row);
  const GPtrArray *list;

  if (row->plan == NULL)
    roost_value_copy (row->field, to, from);
  else if (row->field->kind == ROOST_FIELD_STRUCT)
    *to = roost_type_copy (row->field->type, *from);
  else if (*from != NULL)
    {
      list = *from;
      *to = g_ptr_array_sized_new (list->len);
      for (guint i = 0; i < list->len; i++)
        g_ptr_array_add (*to, roost_type_copy (row->field->type, list->pdata[i]));
    }
}

static void
copy_positions (const RoostPlanNode *node, gpointer copy, gconstpointer object)
{
  for (guint i = 0; i < node->positions->len; i++)
    {
      gsize offset = g_array_index (node->positions, gsize, i);

      memcpy ((char *)copy + offset, (const char *)object + offset, sizeof (RoostPosition));
    }
  for (guint i = 0; i < node->children->len; i++)
    copy_positions (node->children->pdata[i], copy, object);
}

/* They do not change once they are read. */
static void
copy_places (const RoostPlan *plan, gpointer copy, gpointer object)
{
  GArray **places = roost_plan_places (plan, object);

  if (places != NULL && *places != NULL)
    *roost_plan_places (plan, copy) = g_array_ref (*places);
}

/* Do @node and what it stands in have these names, the last first? */
static gboolean
is_named (const RoostPlanNode *node, const char *name)
{
  const char *slash = strrchr (name, '/');
  g_autofree char *parent = NULL;

  if (node->name == NULL)
    return *name == '\0';
  if (slash == NULL)
    return g_str_equal (node->name, name);
  parent = g_strndup (name, (gsize)(slash - name));
  return g_str_equal (node->name, slash + 1) && node->parent != NULL
         && is_named (node->parent, parent);
}

gboolean
roost_type_find_place (const RoostType *type,
                       gconstpointer object,
                       const char *name,
                       RoostPosition *out_place)
{
  GArray **places = roost_plan_places (roost_plan_get (type), (gpointer)object);

  for (guint i = 0; places != NULL && *places != NULL && i < (*places)->len; i++)
    {
      const RoostPlace *place = &g_array_index (*places, RoostPlace, i);

      if (!is_named (place->node, name))
        continue;
      *out_place = place->at;
      return TRUE;
    }
  return FALSE;
}

gpointer
roost_type_copy (const RoostType *type, gconstpointer object)
{
  const RoostPlan *plan = roost_plan_get (type);
  gpointer copy;

  if (object == NULL)
    return NULL;
  copy = g_malloc0 (type->size);
  for (guint i = 0; i < plan->rows->len; i++)
    {
      const RoostPlanRow *row = plan->rows->pdata[i];

      if (row->is_member)
        copy_row (row, copy, object);
    }
  copy_positions (plan->root, copy, object);
  copy_places (plan, copy, (gpointer)object);
  return copy;
}

static void
forget_inside (const RoostPlanRow *row, gpointer object, guint flags)
{
  gpointer inner = *(gpointer *)ROOST_MEMBER (object, row);
  const GPtrArray *list = inner;

  if (inner == NULL)
    return;
  if (row->field->kind == ROOST_FIELD_STRUCT)
    roost_type_forget (row->field->type, inner, flags);
  else
    for (guint i = 0; i < list->len; i++)
      roost_type_forget (row->field->type, list->pdata[i], flags);
}

void
roost_type_forget (const RoostType *type, gpointer object, guint flags)
{
  const RoostPlan *plan = roost_plan_get (type);

  for (guint i = 0; i < plan->rows->len; i++)
    {
      const RoostPlanRow *row = plan->rows->pdata[i];

      if ((row->flags & flags) != 0 && roost_plan_row_applies (row, object))
        clear_row (row, object);
      else if (row->plan != NULL && row->is_member)
        forget_inside (row, object, flags);
    }
}
