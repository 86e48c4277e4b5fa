/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/caps.h"

#include "qemu/caps-pci.h"
#include "qemu/caps-probe.h"
#include "qemu/caps-store.h"

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

/* One binary: its facts, and the probe that is under way. */
typedef struct
{
  char *identity; /* that @facts are of */
  RoostFacts *facts;
  CoGate *probed; /* (nullable): while a coroutine probes; opened when it has ended */
  guint n_probes; /* that have ended, so a waiter sees that its one has */
  GError *error;  /* of the last probe */
} Entry;

struct _RoostCaps
{
  GObject parent_instance;

  char *cache_dir;
  char *host;           /* kernel and CPU, as part of every identity */
  GHashTable *binaries; /* path → Entry */
  GHashTable *host_pci; /* (nullable): for the facts of all binaries */
};

G_DEFINE_FINAL_TYPE (RoostCaps, roost_caps, G_TYPE_OBJECT)

/* --- identity --- */

/* Where QEMU keeps its modules; installing one changes what a binary can do. */
static const char *const module_dirs[] = {
#ifdef __x86_64__
  "/usr/lib/x86_64-linux-gnu/qemu",
#elif defined __aarch64__
  "/usr/lib/aarch64-linux-gnu/qemu",
#elif defined __s390x__
  "/usr/lib/s390x-linux-gnu/qemu",
#elif defined __powerpc64__
  "/usr/lib/powerpc64le-linux-gnu/qemu",
#elif defined __riscv
  "/usr/lib/riscv64-linux-gnu/qemu",
#endif
  "/usr/lib64/qemu",
  "/usr/lib/qemu",
  "/usr/local/lib/qemu",
  "/usr/local/lib64/qemu",
};

static void
append_time (GString *text, const struct timespec *when)
{
  g_string_append_printf (text, " %" G_GINT64_FORMAT ".%09ld", (gint64)when->tv_sec, when->tv_nsec);
}

static gboolean
can_use_kvm (void)
{
  return g_access ("/dev/kvm", R_OK | W_OK) == 0;
}

/* Cheap: it is asked for before every start. */
static char *
identity_of (RoostCaps *self, const char *binary, GError **error)
{
  g_autoptr (GString) text = g_string_new (ROOST_VERSION);
  struct stat st;

  if (stat (binary, &st) < 0)
    {
      roost_throw (error, ROOST_ERROR_NOT_FOUND, "there is no QEMU at %s: %s", binary,
                   g_strerror (errno));
      return NULL;
    }
  g_string_append_printf (
      text, " %s kvm=%d dev=%" G_GUINT64_FORMAT " ino=%" G_GUINT64_FORMAT " size=%" G_GINT64_FORMAT,
      self->host, can_use_kvm (), (guint64)st.st_dev, (guint64)st.st_ino, (gint64)st.st_size);
  append_time (text, &st.st_ctim);
  for (gsize i = 0; i < G_N_ELEMENTS (module_dirs); i++)
    if (stat (module_dirs[i], &st) == 0)
      append_time (text, &st.st_mtim);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* What KVM can do depends on the kernel, and on the CPU with its microcode: the first processor's
 * part of /proc/cpuinfo, without its momentary speed. */
static char *
describe_host (void)
{
  struct utsname name;
  char part[8192];
  g_auto (GStrv) lines = NULL;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);
  FILE *file = fopen ("/proc/cpuinfo", "re");
  gsize n = file != NULL ? fread (part, 1, sizeof part - 1, file) : 0;

  if (file != NULL)
    fclose (file);
  part[n] = '\0';
  lines = g_strsplit (part, "\n", -1);
  for (guint i = 0; lines[i] != NULL && (*lines[i] != '\0' || i == 0); i++)
    if (!g_str_has_prefix (lines[i], "cpu MHz") && !g_str_has_prefix (lines[i], "bogomips"))
      g_checksum_update (sum, (const guchar *)lines[i], -1);
  uname (&name);
  return g_strdup_printf ("%s %s", name.release, g_checksum_get_string (sum));
}

/* --- the cache folder --- */

static char *
cache_path (RoostCaps *self, const char *binary)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_MD5, binary, -1);
  g_autofree char *base = g_path_get_basename (binary);
  g_autofree char *name = g_strdup_printf ("%.64s-%.8s.caps", base, sum);

  return g_build_filename (self->cache_dir, name, NULL);
}

static RoostFacts *
load (RoostCaps *self, const char *binary, const char *identity)
{
  g_autofree char *path = cache_path (self, binary);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  RoostFacts *facts;
  char *data;
  gsize length;

  if (!g_file_get_contents (path, &data, &length, NULL))
    return NULL;
  bytes = g_bytes_new_take (data, length);
  facts = roost_caps_store_parse (bytes, identity, &error);
  if (facts == NULL)
    roost_debug ("the cache %s is not used: %s", path, error->message);
  return facts;
}

typedef struct
{
  char *path;
  GBytes *bytes;
} Save;

/* In a coroutine of its own, so that nobody waits for the disk. */
static void
save_now (gpointer p)
{
  g_autofree Save *save = p;
  g_autofree char *path = save->path;
  g_autoptr (GBytes) bytes = save->bytes;
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  if (!roost_file_write (path, data, length, 0600, &error))
    roost_warning ("capabilities are not cached: %s", error->message);
}

static void
save (RoostCaps *self, const Entry *entry)
{
  Save *work = g_new0 (Save, 1);

  work->path = cache_path (self, entry->facts->binary);
  work->bytes = roost_caps_store_format (entry->facts, entry->identity);
  co_spawn ("caps-save", save_now, work);
}

/* --- facts --- */

static void
entry_free (gpointer p)
{
  Entry *entry = p;

  g_free (entry->identity);
  g_clear_pointer (&entry->facts, roost_facts_unref);
  co_gate_free (entry->probed);
  g_clear_error (&entry->error);
  g_free (entry);
}

static Entry *
entry_for (RoostCaps *self, const char *binary)
{
  Entry *entry = g_hash_table_lookup (self->binaries, binary);

  if (entry == NULL)
    {
      entry = g_new0 (Entry, 1);
      g_hash_table_insert (self->binaries, g_strdup (binary), entry);
    }
  return entry;
}

static void
entry_set (RoostCaps *self, Entry *entry, RoostFacts *facts, const char *identity)
{
  if (self->host_pci != NULL)
    facts->host_pci = g_hash_table_ref (self->host_pci);
  g_clear_pointer (&entry->facts, roost_facts_unref);
  g_free (entry->identity);
  entry->facts = facts;
  entry->identity = g_strdup (identity);
}

/* Takes the role of the prober; others wait for it. */
static void
probe (RoostCaps *self, Entry *entry, const char *binary, const char *identity)
{
  g_autoptr (GError) error = NULL;
  RoostFacts *facts;

  entry->probed = co_gate_new ();
  facts = roost_caps_probe (binary, can_use_kvm (), &error);
  g_clear_error (&entry->error);
  if (facts != NULL)
    {
      entry_set (self, entry, facts, identity);
      save (self, entry);
    }
  else
    entry->error = g_steal_pointer (&error);
  entry->n_probes++;
  co_gate_open (entry->probed);
  g_clear_pointer (&entry->probed, co_gate_free);
}

static void
wait_for_probe (Entry *entry)
{
  guint before = entry->n_probes;

  while (entry->n_probes == before)
    co_gate_wait (entry->probed, 0, NULL, NULL);
}

static gboolean
is_known (const Entry *entry, const char *identity)
{
  return entry->facts != NULL && g_str_equal (entry->identity, identity);
}

RoostFacts *
roost_caps_get_facts (RoostCaps *caps, const char *binary, GError **error)
{
  g_autoptr (RoostCaps) guard G_GNUC_UNUSED = g_object_ref (caps);
  g_autofree char *identity = identity_of (caps, binary, error);
  Entry *entry;

  if (identity == NULL)
    return NULL;
  entry = entry_for (caps, binary);
  if (!is_known (entry, identity) && entry->probed == NULL)
    {
      RoostFacts *facts = load (caps, binary, identity);

      if (facts != NULL)
        entry_set (caps, entry, facts, identity);
      else
        probe (caps, entry, binary, identity);
    }
  else if (!is_known (entry, identity))
    wait_for_probe (entry);
  if (entry->error != NULL && !is_known (entry, identity))
    {
      g_propagate_error (error, g_error_copy (entry->error));
      return NULL;
    }
  return roost_facts_ref (entry->facts);
}

/* --- binaries --- */

/* Where QEMU names a target other than the XML does. */
static const struct
{
  const char *arch;
  const char *target;
} targets[] = {
  { "aarch64", NULL },    { "alpha", NULL },        { "armv6l", "arm" },     { "armv7l", "arm" },
  { "cris", NULL },       { "i686", "i386" },       { "loongarch64", NULL }, { "m68k", NULL },
  { "microblaze", NULL }, { "microblazeel", NULL }, { "mips", NULL },        { "mips64", NULL },
  { "mips64el", NULL },   { "mipsel", NULL },       { "parisc", "hppa" },    { "ppc", NULL },
  { "ppc64", NULL },      { "ppc64le", "ppc64" },   { "riscv32", NULL },     { "riscv64", NULL },
  { "s390x", NULL },      { "sh4", NULL },          { "sh4eb", NULL },       { "sparc", NULL },
  { "sparc64", NULL },    { "x86_64", NULL },       { "xtensa", NULL },      { "xtensaeb", NULL },
};

static char *
find_program (const char *name)
{
  static const char *const dirs[] = { "/usr/bin", "/usr/local/bin", "/usr/libexec" };
  char *path = g_find_program_in_path (name);

  for (gsize i = 0; path == NULL && i < G_N_ELEMENTS (dirs); i++)
    {
      path = g_build_filename (dirs[i], name, NULL);
      if (!g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
        g_clear_pointer (&path, g_free);
    }
  return path;
}

static gboolean
is_native (const char *arch)
{
  struct utsname name;

  return uname (&name) == 0 && g_str_equal (name.machine, arch);
}

char *
roost_caps_binary_for (RoostCaps *caps, const char *arch)
{
  for (gsize i = 0; i < G_N_ELEMENTS (targets); i++)
    if (g_str_equal (targets[i].arch, arch))
      {
        const char *target = targets[i].target != NULL ? targets[i].target : arch;
        g_autofree char *name = g_strconcat ("qemu-system-", target, NULL);
        char *path = find_program (name);

        /* Some distributions have only this one, for the host's own architecture. */
        return path == NULL && is_native (arch) ? find_program ("qemu-kvm") : path;
      }
  return NULL;
}

GStrv
roost_caps_list_binaries (RoostCaps *caps)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      char *path = roost_caps_binary_for (caps, targets[i].arch);

      if (path != NULL && g_hash_table_add (seen, path))
        g_strv_builder_add (builder, path);
    }
  return g_strv_builder_end (builder);
}

/* --- the object --- */

RoostCaps *
roost_caps_new (const char *cache_dir)
{
  RoostCaps *self = g_object_new (ROOST_TYPE_CAPS, NULL);
  g_autoptr (GError) error = NULL;

  self->cache_dir = g_strdup (cache_dir);
  if (!roost_dir_make (cache_dir, 0700, &error))
    roost_warning ("capabilities are not cached: %s", error->message);
  return self;
}

void
roost_caps_read_host_pci (RoostCaps *caps, const char *devices_dir)
{
  g_clear_pointer (&caps->host_pci, g_hash_table_unref);
  caps->host_pci = roost_caps_pci_read (devices_dir);
}

static void
roost_caps_finalize (GObject *object)
{
  RoostCaps *self = ROOST_CAPS (object);

  g_free (self->cache_dir);
  g_free (self->host);
  g_hash_table_unref (self->binaries);
  g_clear_pointer (&self->host_pci, g_hash_table_unref);
  G_OBJECT_CLASS (roost_caps_parent_class)->finalize (object);
}

static void
roost_caps_init (RoostCaps *self)
{
  self->host = describe_host ();
  self->binaries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
}

static void
roost_caps_class_init (RoostCapsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = roost_caps_finalize;
}
