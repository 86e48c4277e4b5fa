/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * Field tables: one static table says once what an XML element holds. From it come the parser,
 * the formatter, free, copy and compare, the guest-ABI check, the report of what is unknown or
 * misplaced, the RELAX NG schema, the reference page, and the reader of a{sv} options.
 *
 * Rows whose paths share an element share that element in the output; rows and elements are
 * formatted in the order of the table. Rules across fields are check functions, never in here.
 */

/*
 * Text of elements: white space around anything but a STRING does not count, and an empty element
 * (<title/>) is the same as none. A size that is no multiple of its shown unit is rounded up.
 * When rows give an element both text and child elements, only one of both may be set.
 * REQUIRED rows of an EMBED below a path are required when that element is there. A prefix that
 * .namespaces knows must not stand for another namespace.
 */

typedef struct RoostType RoostType;
typedef struct RoostField RoostField;
typedef struct RoostIssues RoostIssues;

/* --- the C types behind the kinds; zeroed memory means "not given" in every one --- */

typedef enum
{
  ROOST_UNSET,
  ROOST_YES,
  ROOST_NO,
} RoostTristate;

typedef struct
{
  guint64 value;
  gboolean is_set;
} RoostUint;

typedef struct
{
  gint64 value;
  gboolean is_set;
} RoostInt;

typedef enum
{
  ROOST_FIELD_STRING, /* char *: any text */
  ROOST_FIELD_FLAG,   /* gboolean: the presence of an empty element */
  ROOST_FIELD_YES_NO, /* RoostTristate: "yes", "no" */
  ROOST_FIELD_ON_OFF, /* RoostTristate: "on", "off" */
  ROOST_FIELD_UINT,   /* RoostUint: decimal or 0x…; within .min and .max (0 = no bound) */
  ROOST_FIELD_INT,    /* RoostInt: decimal */
  ROOST_FIELD_SIZE,   /* RoostUint in bytes: text with a unit attribute beside it, see .unit */
  ROOST_FIELD_ENUM,   /* int: index into .names; .names[0] is "" and means not given */
  ROOST_FIELD_UUID,   /* char *: canonical lower-case form with hyphens */
  ROOST_FIELD_MAC,    /* char *: canonical "52:54:00:…" in lower case */
  ROOST_FIELD_BITMAP, /* RoostBitmap *: "0-3,^2,8" (base/bitmap.h) */
  ROOST_FIELD_STRUCT, /* pointer to a .type; NULL = no such element */
  ROOST_FIELD_EMBED, /* a .type that stands inside, at .offset; path ".": rows of this same element,
                        so that devices share groups of rows; else formatted if it holds anything */
  ROOST_FIELD_LIST,  /* GPtrArray * of pointers to .type, in document order; NULL = none */
  ROOST_FIELD_XML,   /* char *: the whole element, byte for byte as it stood in the document; path
                        "*": all elements of unknown namespaces, one after the other; "@xmlns:*":
                        the declarations of unknown namespaces, as text " xmlns:a='…'" */
  ROOST_FIELD_STRINGS, /* GStrv: only as an option of a call, of the type "as" */
  ROOST_FIELD_CUSTOM,  /* what .custom says */
} RoostFieldKind;

typedef enum
{
  ROOST_FIELD_REQUIRED = 1 << 0,
  ROOST_FIELD_ABI = 1 << 1,    /* the guest can see it */
  ROOST_FIELD_SECRET = 1 << 2, /* formatted only when secrets are asked for */
  ROOST_FIELD_LIVE = 1 << 3,   /* may change while the guest runs */
  ROOST_FIELD_OUTPUT =
      1 << 4, /* live state: formatted for a running domain, ignored on input for an inactive one */
  ROOST_FIELD_ONCE = 1 << 5, /* STRUCT: a second one is an error; else the first counts */
} RoostFieldFlags;

/* The pair for what no kind fits. The member at .offset is theirs; zeroed means not given. Without
 * copy or equal the text decides. */
typedef struct
{
  gboolean (*parse) (const RoostField *field, gpointer member, const char *text, GError **error);
  char *(*format) (const RoostField *field, gconstpointer member); /* NULL: not given */
  void (*clear) (gpointer member);                                 /* (nullable) */
  void (*copy) (gpointer member, gconstpointer from);              /* (nullable) */
  gboolean (*equal) (gconstpointer a, gconstpointer b);            /* (nullable) */
  const char *pattern; /* an XSD regular expression, for the schema */
} RoostFieldCustom;

/* Where an element stood in its document, from 1; 0 = made by us. */
typedef struct
{
  guint line;
  guint column;
} RoostPosition;

/* A path that begins "qemu:" means elements of that namespace, whatever prefix the document uses;
 * the declaration is formatted at the root when one of them is. */
typedef struct
{
  const char *prefix;
  const char *uri;
} RoostNamespace;

struct RoostField
{
  const char *path; /* "@model", "driver/@cache", "readonly", "alias/@name", "source/host" (LIST);
                       "." is the element's text. Of a scalar that is given twice the first counts
                       and the other is reported. */
  RoostFieldKind kind;
  gsize offset;
  guint flags;                    /* RoostFieldFlags */
  const char *const *names;       /* ENUM: NULL-terminated */
  const RoostType *type;          /* STRUCT, EMBED, LIST */
  const RoostFieldCustom *custom; /* CUSTOM */
  const char *unit; /* SIZE: "KiB" is the unit of a number without one and of the output ("k", "b",
                       "M" … as libvirt takes them) */
  const char *shown_unit; /* SIZE: (nullable): the unit of the output when it is a smaller one */
  guint hex_digits;       /* UINT: format as 0x with so many digits; 0 = decimal */
  guint64 min, max;       /* UINT, SIZE: bounds, both 0 = none */
  const char *only; /* "@type=pci": applies only when the ENUM or STRING row of that path in this
                       type has one of "a|b", not given counts as its fallback; "@type!=pci" the
                       reverse. Else the field is reported as misplaced. Rows with the same path or
                       the same member may stand side by side under different conditions. */
  const char *fallback; /* what holds when it is not given, for the default-value list */
  const char *doc;      /* one line for the reference page */
};

struct RoostType
{
  const char *name; /* the C-side name, unique: "disk", "disk-source" */
  gsize size;
  const RoostField *fields; /* ends with a row whose path is NULL */
  const char *doc;
  gsize position;                   /* offset of a RoostPosition that parsing fills; 0 = none, so it
                                       must not be the first member */
  const RoostNamespace *namespaces; /* root only (nullable): known ones, ends with NULL */
  gsize places; /* offset of a GArray * that parsing fills with where its elements stood, see
                   roost_type_find_place (); 0 = none */
};

#define ROOST_FIELD_END                                                                            \
  {                                                                                                \
    .path = NULL                                                                                   \
  }

/**
 * roost_type_find_place:
 * @type: one with .places
 * @name: "tseg", or with what it stands in, "numatune/memory"; the type's own element for ""
 * Where the first element of that name stood in the document that @object was read from, of those
 * that have no struct of their own. Returns: FALSE when there was none
 */
gboolean roost_type_find_place (const RoostType *type,
                                gconstpointer object,
                                const char *name,
                                RoostPosition *out_place);

/* --- what was found odd while reading --- */

/* Further ones are counted, not kept. */
#define ROOST_ISSUES_MAX 200

typedef enum
{
  ROOST_ISSUE_ERROR,
  ROOST_ISSUE_WARNING, /* not understood and dropped, or misplaced */
} RoostSeverity;

typedef struct
{
  RoostSeverity severity;
  guint line;    /* from 1; 0 = no place */
  guint column;  /* from 1, in characters */
  char *message; /* "<disk>: …", without the place */
} RoostIssue;

RoostIssues *roost_issues_new (void);
void roost_issues_free (RoostIssues *issues);
guint roost_issues_length (const RoostIssues *issues);

/* Returns: how many came after ROOST_ISSUES_MAX */
guint roost_issues_dropped (const RoostIssues *issues);

/* Would one more be kept? Not without a list. */
gboolean roost_issues_has_room (const RoostIssues *issues);

/* Counts one that is not kept, for who saves making its text. */
void roost_issues_drop (RoostIssues *issues);
const RoostIssue *roost_issues_get (const RoostIssues *issues, guint i);

/* Adds one; nothing happens when @issues is NULL. @at: (nullable) */
void roost_issues_add (RoostIssues *issues,
                       RoostSeverity severity,
                       const RoostPosition *at,
                       const char *format,
                       ...) G_GNUC_PRINTF (4, 5);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostIssues, roost_issues_free)

/* --- documents --- */

/* Larger documents are refused before they are parsed. */
#define ROOST_XML_MAX_BYTES      (1024 * 1024)
#define ROOST_XML_MAX_DEPTH      64
#define ROOST_XML_MAX_ATTRIBUTES 256 /* of one element */

/* A parsed document that remembers where each element stood in its text. */
typedef struct RoostXml RoostXml;
typedef struct RoostXmlNode RoostXmlNode;

/**
 * roost_xml_parse:
 * @text: UTF-8, copied
 * @length: in bytes; -1 = up to its NUL
 * @issues: (nullable): gets the error too
 * Refuses, with line and column: what is not well-formed, a document type declaration (entities),
 * another encoding, and what is beyond the limits above. Fetches nothing. Awaits: no.
 * Errors: INVALID_XML, LIMIT_EXCEEDED; the text begins with "line L, column C: ".
 */
RoostXml *roost_xml_parse (const char *text, gssize length, RoostIssues *issues, GError **error);
void roost_xml_free (RoostXml *xml);
const RoostXmlNode *roost_xml_root (const RoostXml *xml);
RoostPosition roost_xml_position (RoostXml *xml, const RoostXmlNode *node);

/* Is it an element @name of no namespace? */
gboolean roost_xml_node_is (const RoostXmlNode *node, const char *name);

/* Returns: (nullable): the first child element @name of no namespace */
const RoostXmlNode *roost_xml_node_child (const RoostXmlNode *node, const char *name);

/* Is it an element of the namespace @uri? */
gboolean roost_xml_node_is_of (const RoostXmlNode *node, const char *uri);

/* @node: (nullable). Returns: (nullable): the first child element of the namespace @uri */
const RoostXmlNode *roost_xml_node_child_of (const RoostXmlNode *node, const char *uri);

/* The element as it stands in the document: (transfer none), @out_length bytes. */
const char *roost_xml_source (RoostXml *xml, const RoostXmlNode *node, gsize *out_length);

/* Returns: the name of the element, without a prefix */
const char *roost_xml_node_name (const RoostXmlNode *node);

/* Does @whole say all that @part says: its attributes, its text, and for each child element one of
 * the same name for which this holds too? @whole may say more. */
gboolean roost_xml_is_within (const RoostXmlNode *part, const RoostXmlNode *whole);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoostXml, roost_xml_free)

/* --- the operations --- */

/**
 * roost_type_parse:
 * @node: the element that @type describes
 * @issues: (nullable): gets a warning for each unknown or misplaced element and attribute, with
 *   its place, and every error, not only the first; content of unknown namespaces is kept by
 *   ROOST_FIELD_XML rows only
 * Returns: (transfer full): a struct of @type, or NULL
 * Errors: INVALID_XML; the text begins with "line L, column C: <element>: ".
 */
gpointer roost_type_parse (const RoostType *type,
                           RoostXml *xml,
                           const RoostXmlNode *node,
                           RoostIssues *issues,
                           GError **error);

/* Reads a whole document, whose root element has to be @name. Errors: INVALID_XML, LIMIT_EXCEEDED.
 */
gpointer roost_type_parse_text (
    const RoostType *type, const char *name, const char *text, RoostIssues *issues, GError **error);

typedef enum
{
  ROOST_FORMAT_SECRETS = 1 << 0, /* with the fields that are secret */
  ROOST_FORMAT_LIVE = 1 << 1,    /* with the fields that are output only */
} RoostFormatFlags;

/* Appends "<name …>…</name>\n" at @depth (two spaces each). */
void roost_type_format (const RoostType *type,
                        gconstpointer object,
                        const char *name,
                        guint flags,
                        guint depth,
                        GString *out);

void roost_type_free (const RoostType *type, gpointer object);
gpointer roost_type_copy (const RoostType *type, gconstpointer object);

/* Frees what @object holds and zeroes it, but not the struct itself. */
void roost_type_clear (const RoostType *type, gpointer object);

/* Forgets, at every depth, the fields that have one of @flags: ROOST_FIELD_OUTPUT for an inactive
 * definition. */
void roost_type_forget (const RoostType *type, gpointer object, guint flags);

/**
 * roost_type_equal:
 * @only: compare only fields that have all these flags; 0 compares everything. With flags, what is
 *   not given equals its fallback. The rows of a STRUCT or LIST are looked at in any case; whether
 *   it is there, or how many there are, counts when its own row has the flags.
 * Returns: TRUE when the same; else @error (INCOMPATIBLE_GUEST) names the first difference by path
 *   and says both values: "devices/disk[2]/target/@bus would change from 'sata' to 'scsi'".
 */
gboolean roost_type_equal (
    const RoostType *type, gconstpointer a, gconstpointer b, guint only, GError **error);

/**
 * roost_type_parse_options:
 * @options: a{sv}; rows of @type with paths "@name" are its keys (kinds FLAG, YES_NO and ON_OFF
 * "b", UINT "u" or "t", SIZE the same, in bytes, INT "i" or "x", the others that are one text "s")
 * Errors: INVALID_ARGUMENT names an unknown key, and the known ones, or the type that was expected.
 */
gpointer roost_type_parse_options (const RoostType *type, GVariant *options, GError **error);

/* Can @text stand in XML? Control characters and invalid UTF-8 cannot. */
gboolean roost_xml_can_hold (const char *text);

/* The RELAX NG grammar (XML syntax) of a document whose root element @name is a @type. Conditions
 * (.only) are not in it: it takes a little more than the parser does. */
char *roost_type_to_rng (const RoostType *type, const char *name);

/* The reference page (Markdown) of the same: every element with type, default, documentation. */
char *roost_type_to_markdown (const RoostType *type, const char *name);

/* What holds when something is not given: lines "domain/devices/…\tDEFAULT\tCONDITION". */
char *roost_type_to_defaults (const RoostType *type, const char *name);
