/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/fields.h"

/*
 * What the files fields-*.c share. A RoostType is compiled once into a plan: the tree of the
 * elements that its paths name, with embedded types laid flat, so that reading a document is one
 * walk over it.
 */
typedef struct RoostPlan RoostPlan;
typedef struct RoostPlanRow RoostPlanRow;
typedef struct RoostPlanNode RoostPlanNode;

/* One .only: the row it looks at, and the texts that it may (or must not) have. */
typedef struct
{
  const RoostPlanRow *key;
  char **values;
  gboolean is_negated;
} RoostPlanCondition;

struct RoostPlanRow
{
  const RoostField *field;
  guint flags;           /* with those of the embedding rows */
  gsize offset;          /* from the outermost struct */
  RoostPlan *plan;       /* STRUCT, LIST */
  RoostPlanNode *node;   /* the element that holds the value, or is it */
  RoostPlanNode *anchor; /* the element of the type whose row this is */
  const char *attr;      /* (nullable): the attribute that holds the value */
  char *path;            /* from the plan's element */
  RoostPlanRow *next;    /* (nullable): for the same place, under another condition */
  GArray *conditions;    /* (nullable): of RoostPlanCondition, all of which must hold */
  gboolean is_key;       /* some condition looks at this one: it is read first */
  gboolean is_member;    /* the first row of its offset: the one that frees, copies and compares */
};

struct RoostPlanNode
{
  char *name;        /* "target", "qemu:arg"; NULL for the plan's own element */
  const char *local; /* the name without its prefix */
  char *prefix;      /* (nullable) */
  guint id;          /* from 0, in document order: that of the table, parents first */
  guint last_id;     /* the highest id below it */
  RoostPlan *plan;
  RoostPlanNode *parent; /* NULL for the plan's own element */
  RoostPlanRow *element; /* (nullable): FLAG, STRUCT, LIST, XML: the element itself is the value */
  RoostPlanRow *text;    /* (nullable): its text is the value */
  RoostPlanRow *xmlns;   /* (nullable): "@xmlns:*" */
  RoostPlanRow *foreign; /* (nullable): "*" */
  GPtrArray *attrs;      /* of RoostPlanRow, the first of each attribute */
  GPtrArray *children;   /* of RoostPlanNode, in the order of the table */
  GArray *positions;     /* of gsize: where RoostPositions of types at this element are */
  gboolean has_unit;     /* a SIZE is here, with its unit attribute */
  gboolean is_container; /* nothing but children: a second one adds to the first */
};

/* How to see that a member of a kind is not given without more ado. */
typedef enum
{
  ROOST_CHECK_POINTER,
  ROOST_CHECK_INT,
  ROOST_CHECK_NUMBER, /* RoostUint, RoostInt */
  ROOST_CHECK_NEVER,  /* only the row's own functions know */
} RoostCheck;

/* A row in short, for the loops over all of them. */
typedef struct
{
  const RoostPlanRow *row;
  guint offset;
  RoostCheck check;
} RoostPlanStep;

struct RoostPlan
{
  const RoostType *type;
  RoostPlanNode *root;
  GPtrArray *rows;     /* of RoostPlanRow, in the order of the table */
  GArray *in_order;    /* of RoostPlanStep: all rows, in the order of the document */
  GArray *owning;      /* of RoostPlanStep: the rows whose members own memory */
  GPtrArray *keys;     /* of RoostPlanRow: those with is_key */
  GPtrArray *required; /* of RoostPlanRow */
  guint n_nodes;
  RoostPlanRow *raw; /* (nullable): an XML row "." makes the whole element the value */
};

#define ROOST_MEMBER(object, row) ((gpointer)((char *)(object) + (row)->offset))

static inline gboolean
roost_plan_step_is_set (const RoostPlanStep *step, gconstpointer object)
{
  gconstpointer member = (const char *)object + step->offset;

  switch (step->check)
    {
    case ROOST_CHECK_POINTER:
      return *(const gconstpointer *)member != NULL;
    case ROOST_CHECK_INT:
      return *(const int *)member != 0;
    case ROOST_CHECK_NUMBER:
      return ((const RoostUint *)member)->is_set;
    case ROOST_CHECK_NEVER:
    default:
      return TRUE;
    }
}

/* Where an element stood, see RoostType.places. */
typedef struct
{
  const RoostPlanNode *node;
  RoostPosition at;
} RoostPlace;

static inline GArray **
roost_plan_places (const RoostPlan *plan, gpointer object)
{
  return plan->type->places != 0 ? (gpointer)((char *)object + plan->type->places) : NULL;
}

/* Returns: (transfer none): the plan, kept for the life of the process */
RoostPlan *roost_plan_get (const RoostType *type);
gboolean roost_plan_row_applies (const RoostPlanRow *row, gconstpointer object);

/* Returns: (nullable): the row of the chain @row whose condition holds */
const RoostPlanRow *roost_plan_pick (const RoostPlanRow *row, gconstpointer object);

/* The unit that a SIZE is formatted in. */
static inline const char *
roost_field_shown_unit (const RoostField *field)
{
  return field->shown_unit != NULL ? field->shown_unit : field->unit;
}

/* --- values that are one text --- */

/* Is it one of the kinds that are a text (all but FLAG, STRUCT, EMBED, LIST, XML)? */
gboolean roost_value_is_text (RoostFieldKind kind);

/* @unit: (nullable): of a SIZE. Errors: INVALID_ARGUMENT, without the name of the field. */
gboolean roost_value_parse (
    const RoostField *field, gpointer member, const char *text, const char *unit, GError **error);

/* The text of a value needs no memory of its own in most cases. */
typedef struct
{
  char buffer[48];
  char *allocated;
} RoostValueText;

void roost_value_text_clear (RoostValueText *text);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RoostValueText, roost_value_text_clear)

/* Returns: (nullable): the text, which lives as long as @space and @member; NULL = not given */
const char *roost_value_text (const RoostField *field, gconstpointer member, RoostValueText *space);
gboolean roost_value_is_set (const RoostField *field, gconstpointer member);

/* For the kinds that are text, FLAG and XML. */
void roost_value_clear (const RoostField *field, gpointer member);
void roost_value_copy (const RoostField *field, gpointer member, gconstpointer from);
gboolean roost_value_equal (const RoostField *field, gconstpointer a, gconstpointer b);
