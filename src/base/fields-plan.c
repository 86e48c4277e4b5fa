/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fields-private.h"

#include <string.h>

/* While a type is laid flat: where it begins, and what its embedding rows say for all of it. */
typedef struct
{
  RoostPlan *plan;
  RoostPlanNode *anchor;
  gsize base;
  guint flags;
  GArray *conditions; /* (nullable): of Pending */
} Scope;

/* A condition whose key is looked up once all rows are there. */
typedef struct
{
  const char *only;
  RoostPlanNode *anchor;
} Pending;

static void add_type (const Scope *scope, const RoostType *type);

/* --- nodes --- */

static RoostPlanNode *
node_new (RoostPlan *plan, RoostPlanNode *parent, const char *name)
{
  RoostPlanNode *node = g_new0 (RoostPlanNode, 1);
  const char *colon = name != NULL ? strchr (name, ':') : NULL;

  node->name = g_strdup (name);
  node->local = colon != NULL ? node->name + (colon - name) + 1 : node->name;
  node->prefix = colon != NULL ? g_strndup (name, (gsize)(colon - name)) : NULL;
  node->plan = plan;
  node->parent = parent;
  node->attrs = g_ptr_array_new ();
  node->children = g_ptr_array_new ();
  node->positions = g_array_new (FALSE, FALSE, sizeof (gsize));
  if (parent != NULL)
    g_ptr_array_add (parent->children, node);
  return node;
}

static RoostPlanNode *
child_named (RoostPlan *plan, RoostPlanNode *node, const char *name)
{
  for (guint i = 0; i < node->children->len; i++)
    {
      RoostPlanNode *child = node->children->pdata[i];

      if (g_str_equal (child->name, name))
        return child;
    }
  return node_new (plan, node, name);
}

static char *
path_of (const RoostPlanNode *node, const char *last)
{
  g_autofree char *parent = NULL;

  if (node->name == NULL)
    return g_strdup (last);
  parent = path_of (node->parent, node->name);
  return g_str_equal (last, ".") ? g_steal_pointer (&parent)
                                 : g_strconcat (parent, "/", last, NULL);
}

/* --- rows --- */

static void
chain_append (RoostPlanRow **head, RoostPlanRow *row)
{
  while (*head != NULL)
    head = &(*head)->next;
  *head = row;
}

static void
add_attribute (RoostPlanNode *node, RoostPlanRow *row, const char *name)
{
  row->attr = name;
  for (guint i = 0; i < node->attrs->len; i++)
    {
      RoostPlanRow *first = node->attrs->pdata[i];

      if (g_str_equal (first->attr, name))
        {
          chain_append (&first->next, row);
          return;
        }
    }
  g_ptr_array_add (node->attrs, row);
}

static gboolean
is_element_kind (RoostFieldKind kind)
{
  return kind == ROOST_FIELD_FLAG || kind == ROOST_FIELD_STRUCT || kind == ROOST_FIELD_LIST
         || kind == ROOST_FIELD_XML;
}

/* Hangs @row where the last part of its path says. */
static void
place_row (const Scope *scope, RoostPlanRow *row, RoostPlanNode *node, const char *last)
{
  RoostFieldKind kind = row->field->kind;

  if (g_str_equal (last, "@xmlns:*"))
    node->xmlns = row;
  else if (last[0] == '@')
    add_attribute (node, row, last + 1);
  else if (g_str_equal (last, "*"))
    node->foreign = row;
  else if (g_str_equal (last, ".") && kind == ROOST_FIELD_XML)
    scope->plan->raw = row;
  else
    {
      if (!g_str_equal (last, "."))
        node = child_named (scope->plan, node, last);
      chain_append (is_element_kind (kind) ? &node->element : &node->text, row);
    }
  row->node = node;
  row->path = path_of (node, last[0] == '@' || last[0] == '*' ? last : ".");
  if (kind == ROOST_FIELD_SIZE)
    node->has_unit = TRUE;
}

/* Two rows may share a member when at most one of them applies; then they are of one kind. */
static gboolean
is_first_of_offset (const RoostPlan *plan, const RoostPlanRow *row)
{
  for (guint i = 0; i < plan->rows->len; i++)
    {
      const RoostPlanRow *other = plan->rows->pdata[i];

      if (other->offset != row->offset)
        continue;
      if (other->field->kind != row->field->kind || other->field->type != row->field->type)
        g_error ("%s: rows %s and %s share a member but not the kind", plan->type->name,
                 other->path, row->path);
      return FALSE;
    }
  return TRUE;
}

static GArray *
conditions_with (const Scope *scope, const char *only)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (Pending));
  Pending pending = { only, scope->anchor };

  if (scope->conditions != NULL)
    g_array_append_vals (all, scope->conditions->data, scope->conditions->len);
  if (only != NULL)
    g_array_append_val (all, pending);
  return all;
}

static void
add_embedded (const Scope *scope, const RoostField *field, RoostPlanNode *node)
{
  g_autoptr (GArray) conditions = conditions_with (scope, field->only);
  Scope inner = { scope->plan, node, scope->base + field->offset,
                  scope->flags | (field->flags & ~(guint)ROOST_FIELD_REQUIRED), conditions };

  add_type (&inner, field->type);
}

static void
add_row (const Scope *scope, const RoostField *field)
{
  g_auto (GStrv) parts = g_strsplit (field->path, "/", -1);
  RoostPlanNode *node = scope->anchor;
  RoostPlanRow *row;
  guint i;

  for (i = 0; parts[i + 1] != NULL; i++)
    node = child_named (scope->plan, node, parts[i]);
  if (field->kind == ROOST_FIELD_EMBED)
    {
      if (!g_str_equal (parts[i], "."))
        node = child_named (scope->plan, node, parts[i]);
      add_embedded (scope, field, node);
      return;
    }
  row = g_new0 (RoostPlanRow, 1);
  row->field = field;
  row->flags = field->flags | scope->flags;
  row->offset = scope->base + field->offset;
  row->anchor = scope->anchor;
  row->conditions = conditions_with (scope, field->only);
  place_row (scope, row, node, field->path + strlen (field->path) - strlen (parts[i]));
  if (row->field->type != NULL)
    row->plan = roost_plan_get (field->type);
  row->is_member = is_first_of_offset (scope->plan, row);
  g_ptr_array_add (scope->plan->rows, row);
  if ((field->flags & ROOST_FIELD_REQUIRED) != 0)
    g_ptr_array_add (scope->plan->required, row);
}

static void
add_type (const Scope *scope, const RoostType *type)
{
  gsize position = scope->base + type->position;

  if (type->position != 0)
    g_array_append_val (scope->anchor->positions, position);
  for (const RoostField *field = type->fields; field->path != NULL; field++)
    add_row (scope, field);
}

/* --- conditions --- */

static RoostPlanRow *
row_of_path (const RoostPlan *plan, const RoostPlanNode *anchor, const char *path)
{
  g_autofree char *full = path_of (anchor, path);

  for (guint i = 0; i < plan->rows->len; i++)
    {
      RoostPlanRow *row = plan->rows->pdata[i];

      if (g_str_equal (row->path, full))
        return row;
    }
  return NULL;
}

static RoostPlanCondition
condition_of (const RoostPlan *plan, const Pending *pending)
{
  const char *equals = strchr (pending->only, '=');
  RoostPlanCondition condition = { NULL, NULL, FALSE };
  g_autofree char *path = NULL;
  RoostPlanRow *key;

  if (equals == NULL)
    g_error ("%s: the condition '%s' has no '='", plan->type->name, pending->only);
  condition.is_negated = equals > pending->only && equals[-1] == '!';
  path = g_strndup (pending->only, (gsize)(equals - pending->only) - condition.is_negated);
  key = row_of_path (plan, pending->anchor, path);
  if (key == NULL)
    g_error ("%s: the condition '%s' names no row", plan->type->name, pending->only);
  if (!key->is_key)
    g_ptr_array_add (plan->keys, key);
  key->is_key = TRUE;
  condition.key = key;
  condition.values = g_strsplit (equals + 1, "|", -1);
  return condition;
}

static void
resolve_conditions (RoostPlan *plan, RoostPlanRow *row)
{
  g_autoptr (GArray) pending = g_steal_pointer (&row->conditions);

  if (pending->len == 0)
    return;
  row->conditions = g_array_new (FALSE, FALSE, sizeof (RoostPlanCondition));
  for (guint i = 0; i < pending->len; i++)
    {
      RoostPlanCondition condition = condition_of (plan, &g_array_index (pending, Pending, i));

      g_array_append_val (row->conditions, condition);
    }
}

static gboolean
condition_holds (const RoostPlanCondition *condition, gconstpointer object)
{
  const RoostField *field = condition->key->field;
  g_auto (RoostValueText) space = { 0 };
  const char *text = roost_value_text (field, ROOST_MEMBER (object, condition->key), &space);
  const char *const *values = (const char *const *)condition->values;

  if (text == NULL)
    text = field->fallback != NULL ? field->fallback : "";
  return g_strv_contains (values, text) != condition->is_negated;
}

gboolean
roost_plan_row_applies (const RoostPlanRow *row, gconstpointer object)
{
  for (guint i = 0; row->conditions != NULL && i < row->conditions->len; i++)
    if (!condition_holds (&g_array_index (row->conditions, RoostPlanCondition, i), object))
      return FALSE;
  return TRUE;
}

const RoostPlanRow *
roost_plan_pick (const RoostPlanRow *row, gconstpointer object)
{
  while (row != NULL && !roost_plan_row_applies (row, object))
    row = row->next;
  return row;
}

/* --- the whole --- */

static RoostCheck
check_of (RoostFieldKind kind)
{
  switch ((int)kind)
    {
    case ROOST_FIELD_FLAG:
    case ROOST_FIELD_YES_NO:
    case ROOST_FIELD_ON_OFF:
    case ROOST_FIELD_ENUM:
      return ROOST_CHECK_INT;
    case ROOST_FIELD_UINT:
    case ROOST_FIELD_INT:
    case ROOST_FIELD_SIZE:
      return ROOST_CHECK_NUMBER;
    case ROOST_FIELD_CUSTOM:
      return ROOST_CHECK_NEVER;
    default:
      return ROOST_CHECK_POINTER;
    }
}
G_STATIC_ASSERT (G_STRUCT_OFFSET (RoostUint, is_set) == G_STRUCT_OFFSET (RoostInt, is_set));
G_STATIC_ASSERT (sizeof (RoostTristate) == sizeof (int) && sizeof (gboolean) == sizeof (int));

static void
append_chain (GArray *steps, const RoostPlanRow *row)
{
  for (; row != NULL; row = row->next)
    {
      RoostPlanStep step = { row, (guint)row->offset, check_of (row->field->kind) };

      g_array_append_val (steps, step);
    }
}

static gboolean
is_owning (const RoostPlanStep *step)
{
  return step->row->is_member
         && (step->check == ROOST_CHECK_POINTER
             || (step->check == ROOST_CHECK_NEVER && step->row->field->custom->clear != NULL));
}

/* Numbers the nodes and puts their rows into the order of the document. */
static void
finish_node (RoostPlan *plan, RoostPlanNode *node)
{
  node->is_container = node->attrs->len == 0 && node->text == NULL && node->element == NULL;
  node->id = plan->n_nodes++;
  append_chain (plan->in_order, node->element);
  for (guint i = 0; i < node->attrs->len; i++)
    append_chain (plan->in_order, node->attrs->pdata[i]);
  append_chain (plan->in_order, node->xmlns);
  append_chain (plan->in_order, node->text);
  for (guint i = 0; i < node->children->len; i++)
    finish_node (plan, node->children->pdata[i]);
  append_chain (plan->in_order, node->foreign);
  node->last_id = plan->n_nodes - 1;
}

static void
finish_plan (RoostPlan *plan)
{
  for (guint i = 0; i < plan->rows->len; i++)
    resolve_conditions (plan, plan->rows->pdata[i]);
  finish_node (plan, plan->root);
  append_chain (plan->in_order, plan->raw);
  for (guint i = 0; i < plan->in_order->len; i++)
    {
      RoostPlanStep step = g_array_index (plan->in_order, RoostPlanStep, i);

      if (is_owning (&step))
        g_array_append_val (plan->owning, step);
    }
}

static RoostPlan *
plan_new (const RoostType *type, GHashTable *plans)
{
  RoostPlan *plan = g_new0 (RoostPlan, 1);
  Scope scope = { plan, NULL, 0, 0, NULL };

  g_hash_table_insert (plans, (gpointer)type, plan); /* types refer to themselves */
  plan->type = type;
  plan->rows = g_ptr_array_new ();
  plan->in_order = g_array_new (FALSE, FALSE, sizeof (RoostPlanStep));
  plan->owning = g_array_new (FALSE, FALSE, sizeof (RoostPlanStep));
  plan->keys = g_ptr_array_new ();
  plan->required = g_ptr_array_new ();
  plan->root = scope.anchor = node_new (plan, NULL, NULL);
  add_type (&scope, type);
  finish_plan (plan);
  return plan;
}

RoostPlan *
roost_plan_get (const RoostType *type)
{
  static GHashTable *plans;
  RoostPlan *plan;

  if (plans == NULL)
    plans = g_hash_table_new (NULL, NULL);
  plan = g_hash_table_lookup (plans, type);
  return plan != NULL ? plan : plan_new (type, plans);
}
