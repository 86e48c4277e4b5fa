/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/caps-xml.h"

#include "qemu/firmware-list.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/machine.h"

#include <string.h>

typedef struct
{
  GString *out;
  guint depth;
  const RoostFacts *facts;
  const RoostMachineFacts *machine;
  RoostMachineFamily family;
  gboolean is_kvm;
} Writer;

/* --- writing --- */

static void add_line (Writer *w, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add_line (Writer *w, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_markup_vprintf_escaped (format, args);
  va_end (args);
  g_string_append_printf (w->out, "%*s%s\n", (int)w->depth * 2, "", text);
}

static void
open_element (Writer *w, const char *name)
{
  add_line (w, "<%s>", name);
  w->depth++;
}

static void
close_element (Writer *w, const char *name)
{
  w->depth--;
  add_line (w, "</%s>", name);
}

static void
open_supported (Writer *w, const char *name)
{
  add_line (w, "<%s supported='yes'>", name);
  w->depth++;
}

/* What a value needs; none of it set = it is always there. */
typedef struct
{
  const char *value;
  const char *type;       /* a QOM type */
  const char *other_type; /* or this one */
  const char *qapi;       /* a path in the schema */
  int family;             /* or this family of machines */
  const char *program;    /* and this program of the host */
} Choice;

static gboolean
has_choice (Writer *w, const Choice *choice)
{
  g_autofree char *program =
      choice->program != NULL ? g_find_program_in_path (choice->program) : NULL;

  if (choice->program != NULL && program == NULL)
    return FALSE;
  if (choice->family != 0)
    return w->family == (RoostMachineFamily)choice->family;
  if (choice->type == NULL && choice->qapi == NULL)
    return TRUE;
  return (choice->type != NULL && roost_facts_has_type (w->facts, choice->type))
         || (choice->other_type != NULL && roost_facts_has_type (w->facts, choice->other_type))
         || (choice->qapi != NULL && roost_facts_has_qapi (w->facts, choice->qapi));
}

static void
add_enum (Writer *w, const char *name, const Choice *choices)
{
  add_line (w, "<enum name='%s'>", name);
  w->depth++;
  for (; choices->value != NULL; choices++)
    if (has_choice (w, choices))
      add_line (w, "<value>%s</value>", choices->value);
  close_element (w, "enum");
}

/* --- firmware --- */

static gboolean
names_machine (Writer *w, JsonObject *target)
{
  JsonArray *patterns = roost_json_array (target, "machines");

  if (g_strcmp0 (roost_json_string (target, "architecture"), w->facts->arch) != 0)
    return FALSE;
  for (guint i = 0; i < roost_json_length (patterns); i++)
    {
      const char *pattern = roost_json_string_at (patterns, i);

      if (pattern != NULL && g_pattern_match_simple (pattern, w->machine->name))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_for_machine (Writer *w, JsonObject *file)
{
  JsonArray *targets = roost_json_array (file, "targets");

  for (guint i = 0; i < roost_json_length (targets); i++)
    if (names_machine (w, roost_json_object_at (targets, i)))
      return TRUE;
  return FALSE;
}

static gboolean
list_has (JsonObject *file, const char *list, const char *text)
{
  JsonArray *array = roost_json_array (file, list);

  for (guint i = 0; i < roost_json_length (array); i++)
    if (g_strcmp0 (roost_json_string_at (array, i), text) == 0)
      return TRUE;
  return FALSE;
}

typedef struct
{
  gboolean has_bios, has_uefi, has_secure;
  GPtrArray *paths; /* of the code, each once */
} Firmware;

static void
note_firmware (Firmware *found, JsonObject *file)
{
  JsonObject *mapping = roost_json_object (file, "mapping");
  const char *path = roost_json_string (roost_json_object (mapping, "executable"), "filename");

  if (path == NULL)
    path = roost_json_string (mapping, "filename");
  found->has_bios |= list_has (file, "interface-types", "bios");
  found->has_uefi |= list_has (file, "interface-types", "uefi");
  found->has_secure |= list_has (file, "features", "requires-smm");
  if (path != NULL && !g_ptr_array_find_with_equal_func (found->paths, path, g_str_equal, NULL))
    g_ptr_array_add (found->paths, (gpointer)path);
}

static void
add_loader (Writer *w, const Firmware *found)
{
  static const Choice types[] = { { .value = "rom" }, { .value = "pflash" }, { NULL } };
  static const Choice readonly[] = { { .value = "yes" }, { .value = "no" }, { NULL } };

  open_supported (w, "loader");
  for (guint i = 0; i < found->paths->len; i++)
    add_line (w, "<value>%s</value>", (const char *)found->paths->pdata[i]);
  add_enum (w, "type", types);
  add_enum (w, "readonly", readonly);
  add_enum (w, "secure", found->has_secure ? readonly : readonly + 1);
  close_element (w, "loader");
}

static void
add_os (Writer *w, const char *const *dirs)
{
  g_autoptr (GPtrArray) files = roost_firmware_list (dirs);
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  Firmware found = { .paths = paths };
  RoostFirmwareFile *file;

  ROOST_LIST_EACH (RoostFirmwareFile, file, files)
    {
      JsonObject *object = roost_json_node_object (file->root);

      if (is_for_machine (w, object))
        note_firmware (&found, object);
    }
  open_supported (w, "os");
  add_line (w, "<enum name='firmware'>");
  w->depth++;
  if (found.has_bios)
    add_line (w, "<value>bios</value>");
  if (found.has_uefi)
    add_line (w, "<value>efi</value>");
  close_element (w, "enum");
  add_loader (w, &found);
  close_element (w, "os");
}

/* --- CPUs --- */

static void
add_mode (Writer *w, const char *name, const char *enumeration, gboolean is_supported)
{
  static const Choice on_off[] = { { .value = "on" }, { .value = "off" }, { NULL } };

  if (!is_supported)
    {
      add_line (w, "<mode name='%s' supported='no'/>", name);
      return;
    }
  add_line (w, "<mode name='%s' supported='yes'>", name);
  w->depth++;
  add_enum (w, enumeration, on_off);
  close_element (w, "mode");
}

static const char *
short_vendor (const char *vendor)
{
  if (g_strcmp0 (vendor, "GenuineIntel") == 0)
    return "Intel";
  return g_strcmp0 (vendor, "AuthenticAMD") == 0 ? "AMD" : vendor;
}

static void
add_host_model (Writer *w)
{
  const RoostNearestCpu *cpu = w->is_kvm ? w->facts->host_nearest : w->facts->max_nearest;

  if (cpu == NULL)
    {
      add_line (w, "<mode name='host-model' supported='no'/>");
      return;
    }
  add_line (w, "<mode name='host-model' supported='yes'>");
  w->depth++;
  add_line (w, "<model fallback='forbid'>%s</model>", cpu->model);
  if (cpu->vendor != NULL && *cpu->vendor != '\0')
    add_line (w, "<vendor>%s</vendor>", short_vendor (cpu->vendor));
  for (char **feature = cpu->features; *feature != NULL; feature++)
    add_line (w, "<feature policy='require' name='%s'/>", *feature);
  for (char **feature = cpu->missing; *feature != NULL; feature++)
    add_line (w, "<feature policy='disable' name='%s'/>", *feature);
  close_element (w, "mode");
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static void
add_custom (Writer *w, GHashTable *cpus)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (cpus), compare_names);

  if (names == NULL)
    {
      add_line (w, "<mode name='custom' supported='no'/>");
      return;
    }
  add_line (w, "<mode name='custom' supported='yes'>");
  w->depth++;
  for (GList *at = names; at != NULL; at = at->next)
    {
      const RoostCpuFacts *cpu = g_hash_table_lookup (cpus, at->data);

      if (!g_str_equal (at->data, "host") && !g_str_equal (at->data, "max")
          && !g_str_equal (at->data, "base"))
        add_line (w, "<model usable='%s'>%s</model>", cpu->is_usable ? "yes" : "no",
                  (const char *)at->data);
    }
  close_element (w, "mode");
}

static void
add_cpu (Writer *w)
{
  const RoostFacts *facts = w->facts;

  open_element (w, "cpu");
  add_mode (w, "host-passthrough", "hostPassthroughMigratable", w->is_kvm);
  add_mode (w, "maximum", "maximumMigratable", g_hash_table_contains (facts->cpus, "max"));
  add_host_model (w);
  add_custom (w, w->is_kvm ? facts->kvm_cpus : facts->cpus);
  close_element (w, "cpu");
}

/* --- devices --- */

static const Choice memory_sources[] = {
  { .value = "file", .type = "memory-backend-file" },
  { .value = "anonymous", .type = "memory-backend-ram" },
  { .value = "memfd", .type = "memory-backend-memfd" },
  { NULL },
};

static const Choice disk_devices[] = {
  { .value = "disk" },
  { .value = "cdrom" },
  { .value = "floppy", .type = "isa-fdc" },
  { .value = "lun", .type = "scsi-block" },
  { NULL },
};

static const Choice disk_buses[] = {
  { .value = "ide", .family = ROOST_MACHINE_I440FX },
  { .value = "fdc", .type = "isa-fdc" },
  { .value = "scsi", .type = "scsi-hd" },
  { .value = "virtio", .type = "virtio-blk-device" },
  { .value = "usb", .type = "usb-storage" },
  { .value = "sata", .type = "ich9-ahci" },
  { NULL },
};

static const Choice disk_models[] = {
  { .value = "virtio", .type = "virtio-blk-device" },
  { .value = "virtio-transitional", .type = "virtio-blk-pci-transitional" },
  { .value = "virtio-non-transitional", .type = "virtio-blk-pci-non-transitional" },
  { NULL },
};

static const Choice graphics[] = {
  { .value = "sdl", .qapi = "query-display-options/ret-type/type/^sdl" },
  { .value = "vnc", .qapi = "query-vnc" },
  { .value = "spice", .qapi = "query-spice" },
  { .value = "egl-headless", .qapi = "query-display-options/ret-type/type/^egl-headless" },
  { .value = "dbus", .qapi = "query-display-options/ret-type/type/^dbus" },
  { NULL },
};

static const Choice videos[] = {
  { .value = "vga", .type = "VGA" },
  { .value = "cirrus", .type = "cirrus-vga" },
  { .value = "vmvga", .type = "vmware-svga" },
  { .value = "qxl", .type = "qxl-vga", .other_type = "qxl" },
  { .value = "virtio", .type = "virtio-gpu-pci", .other_type = "virtio-gpu-ccw" },
  { .value = "none" },
  { .value = "bochs", .type = "bochs-display" },
  { .value = "ramfb", .type = "ramfb" },
  { NULL },
};

static const Choice hostdev_modes[] = { { .value = "subsystem" }, { NULL } };

static const Choice startup_policies[] = {
  { .value = "default" },
  { .value = "mandatory" },
  { .value = "requisite" },
  { .value = "optional" },
  { NULL },
};

static const Choice hostdev_types[] = {
  { .value = "usb", .type = "usb-host" },
  { .value = "pci", .type = "vfio-pci" },
  { .value = "scsi", .type = "scsi-generic" },
  { NULL },
};

static const Choice no_choices[] = { { NULL } };

static const Choice pci_backends[] = {
  { .value = "default", .type = "vfio-pci" },
  { .value = "vfio", .type = "vfio-pci" },
  { NULL },
};

static const Choice rng_models[] = {
  { .value = "virtio", .type = "virtio-rng-device" },
  { .value = "virtio-transitional", .type = "virtio-rng-pci-transitional" },
  { .value = "virtio-non-transitional", .type = "virtio-rng-pci-non-transitional" },
  { NULL },
};

static const Choice rng_backends[] = {
  { .value = "random", .type = "rng-random" },
  { .value = "egd", .type = "rng-egd" },
  { .value = "builtin", .type = "rng-builtin" },
  { NULL },
};

static const Choice filesystems[] = {
  { .value = "path", .type = "virtio-9p-device" },
  { .value = "virtiofs", .type = "vhost-user-fs-device" },
  { NULL },
};

static const Choice tpm_models[] = {
  { .value = "tpm-tis", .type = "tpm-tis", .other_type = "tpm-tis-device" },
  { .value = "tpm-crb", .type = "tpm-crb" },
  { .value = "tpm-spapr", .type = "tpm-spapr" },
  { NULL },
};

static const Choice tpm_backends[] = {
  { .value = "passthrough", .qapi = "query-tpm-types/ret-type/^passthrough" },
  { .value = "emulator", .qapi = "query-tpm-types/ret-type/^emulator" },
  { NULL },
};

/* What swtpm emulates. */
static const Choice tpm_versions[] = {
  { .value = "1.2", .qapi = "query-tpm-types/ret-type/^emulator" },
  { .value = "2.0", .qapi = "query-tpm-types/ret-type/^emulator" },
  { NULL },
};

static const Choice redirdev_buses[] = { { .value = "usb", .type = "usb-redir" }, { NULL } };

#define CHARDEV "chardev-add/arg-type/backend/type/^"

static const Choice channels[] = {
  { .value = "pty", .qapi = CHARDEV "pty" },
  { .value = "unix", .qapi = CHARDEV "socket" },
  { .value = "spicevmc", .qapi = CHARDEV "spicevmc" },
  { .value = "qemu-vdagent", .qapi = CHARDEV "qemu-vdagent" },
  { NULL },
};

static const Choice interface_backends[] = {
  { .value = "default", .qapi = "netdev_add/arg-type/type/^user" },
  { .value = "passt", .qapi = "netdev_add/arg-type/type/^stream", .program = "passt" },
  { NULL },
};

/* An element, the value sets in it, and what it needs to be there at all. */
typedef struct
{
  const char *element;
  struct
  {
    const char *name;
    const Choice *choices;
  } enums[6];
} Device;

static const Device devices[] = {
  { "disk", { { "diskDevice", disk_devices }, { "bus", disk_buses }, { "model", disk_models } } },
  { "graphics", { { "type", graphics } } },
  { "video", { { "modelType", videos } } },
  { "hostdev",
    { { "mode", hostdev_modes },
      { "startupPolicy", startup_policies },
      { "subsysType", hostdev_types },
      { "capsType", no_choices },
      { "pciBackend", pci_backends } } },
  { "rng", { { "model", rng_models }, { "backendModel", rng_backends } } },
  { "filesystem", { { "driverType", filesystems } } },
  { "tpm",
    { { "model", tpm_models },
      { "backendModel", tpm_backends },
      { "backendVersion", tpm_versions } } },
  { "redirdev", { { "bus", redirdev_buses } } },
  { "channel", { { "type", channels } } },
  { "interface", { { "backendType", interface_backends } } },
};

static gboolean
has_any (Writer *w, const Choice *choices)
{
  for (; choices->value != NULL; choices++)
    if (has_choice (w, choices))
      return TRUE;
  return FALSE;
}

static void
add_device (Writer *w, const Device *device)
{
  if (!has_any (w, device->enums[0].choices))
    {
      add_line (w, "<%s supported='no'/>", device->element);
      return;
    }
  open_supported (w, device->element);
  for (guint i = 0; device->enums[i].name != NULL; i++)
    add_enum (w, device->enums[i].name, device->enums[i].choices);
  close_element (w, device->element);
}

static void
add_flag (Writer *w, const char *name, gboolean is_supported)
{
  add_line (w, "<%s supported='%s'/>", name, is_supported ? "yes" : "no");
}

/* --- features --- */

static gboolean
has_word (const char *list, const char *word)
{
  g_auto (GStrv) words = g_strsplit (list != NULL ? list : "", ",", -1);

  return g_strv_contains ((const char *const *)words, word);
}

/* Under emulation QEMU makes both versions itself. */
static void
add_gic (Writer *w)
{
  const char *kernel = g_hash_table_lookup (w->facts->platform, "gic");
  gboolean has_v2 = w->is_kvm ? has_word (kernel, "2") : roost_facts_has_type (w->facts, "arm_gic");
  gboolean has_v3 =
      w->is_kvm ? has_word (kernel, "3") : roost_facts_has_type (w->facts, "arm-gicv3");

  if (w->family != ROOST_MACHINE_ARM_VIRT || (!has_v2 && !has_v3))
    {
      add_flag (w, "gic", FALSE);
      return;
    }
  open_supported (w, "gic");
  add_line (w, "<enum name='version'>");
  if (has_v2)
    add_line (w, "  <value>2</value>");
  if (has_v3)
    add_line (w, "  <value>3</value>");
  add_line (w, "</enum>");
  close_element (w, "gic");
}

static void
add_sev (Writer *w)
{
  const char *cbitpos = g_hash_table_lookup (w->facts->platform, "sev-cbitpos");
  const char *reduced = g_hash_table_lookup (w->facts->platform, "sev-reduced-phys-bits");

  if (!w->is_kvm || cbitpos == NULL || reduced == NULL)
    {
      add_flag (w, "sev", FALSE);
      return;
    }
  open_supported (w, "sev");
  add_line (w, "<cbitpos>%s</cbitpos>", cbitpos);
  add_line (w, "<reducedPhysBits>%s</reducedPhysBits>", reduced);
  close_element (w, "sev");
}

static void
add_sgx (Writer *w)
{
  const char *flc = g_hash_table_lookup (w->facts->platform, "sgx-flc");
  const char *size = g_hash_table_lookup (w->facts->platform, "sgx-size");

  if (!w->is_kvm || flc == NULL || size == NULL)
    {
      add_flag (w, "sgx", FALSE);
      return;
    }
  open_supported (w, "sgx");
  add_line (w, "<flc>%s</flc>", flc);
  add_line (w, "<epc_size unit='KiB'>%" G_GUINT64_FORMAT "</epc_size>",
            g_ascii_strtoull (size, NULL, 10) / 1024);
  close_element (w, "sgx");
}

/* The names in documents, and those of the processor's properties when they differ. */
static void
add_hyperv (Writer *w)
{
  static const char *const names[] = { "relaxed",     "vapic",           "spinlocks",
                                       "vpindex",     "runtime",         "synic",
                                       "stimer",      "reset",           "vendor_id",
                                       "frequencies", "reenlightenment", "tlbflush",
                                       "ipi",         "evmcs",           "avic" };

  if (!g_hash_table_contains (w->facts->max_props, "hv-relaxed"))
    return;
  open_supported (w, "hyperv");
  add_line (w, "<enum name='features'>");
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *property = g_strdelimit (g_strconcat ("hv-", names[i], NULL), "_", '-');

      if (g_hash_table_contains (w->facts->max_props, property))
        add_line (w, "  <value>%s</value>", names[i]);
    }
  add_line (w, "</enum>");
  close_element (w, "hyperv");
}

static void
add_features (Writer *w)
{
  const RoostFacts *facts = w->facts;

  open_element (w, "features");
  add_gic (w);
  add_flag (w, "vmcoreinfo", roost_facts_has_type (facts, "vmcoreinfo"));
  add_flag (w, "genid", roost_facts_has_type (facts, "vmgenid"));
  add_flag (w, "backingStoreInput", TRUE);
  add_flag (w, "backup", roost_facts_has_qapi (facts, "blockdev-backup"));
  if (roost_facts_has_option (facts, "async-teardown")
      || roost_facts_has_option (facts, "run-with/async-teardown"))
    add_flag (w, "async-teardown", TRUE);
  if (w->family == ROOST_MACHINE_S390_CCW)
    add_flag (w, "s390-pv", w->is_kvm && roost_facts_has_type (facts, "s390-pv-guest"));
  add_sev (w);
  add_sgx (w);
  add_hyperv (w);
  close_element (w, "features");
}

/* --- all of it --- */

static const char *
arch_in_documents (const RoostFacts *facts)
{
  return g_str_equal (facts->arch, "i386") ? "i686" : facts->arch;
}

static const RoostMachineFacts *
find_machine (const RoostFacts *facts, const char *name)
{
  RoostMachineFacts *machine;

  if (name != NULL)
    return roost_facts_machine (facts, name);
  ROOST_LIST_EACH (RoostMachineFacts, machine, facts->machines)
    if (machine->is_default)
      return machine;
  return roost_facts_machine (facts, "virt");
}

static void
add_document (Writer *w, const char *const *firmware_dirs)
{
  open_element (w, "domainCapabilities");
  add_line (w, "<path>%s</path>", w->facts->binary);
  add_line (w, "<domain>%s</domain>", w->is_kvm ? "kvm" : "qemu");
  add_line (w, "<machine>%s</machine>", w->machine->name);
  add_line (w, "<arch>%s</arch>", arch_in_documents (w->facts));
  add_line (w, "<vcpu max='%u'/>", w->machine->max_cpus);
  add_flag (w, "iothreads", roost_facts_has_type (w->facts, "iothread"));
  add_os (w, firmware_dirs);
  add_cpu (w);
  open_supported (w, "memoryBacking");
  add_enum (w, "sourceType", memory_sources);
  close_element (w, "memoryBacking");
  open_element (w, "devices");
  for (gsize i = 0; i < G_N_ELEMENTS (devices); i++)
    add_device (w, &devices[i]);
  close_element (w, "devices");
  add_features (w);
  close_element (w, "domainCapabilities");
}

char *
roost_caps_domain_xml (const RoostFacts *facts,
                       const char *machine,
                       gboolean is_kvm,
                       const char *const *firmware_dirs,
                       GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  Writer w = { .out = out, .facts = facts, .is_kvm = is_kvm };

  w.machine = find_machine (facts, machine);
  if (w.machine != NULL)
    w.family = roost_machine_family_of (arch_in_documents (facts), w.machine->name);
  if (w.machine == NULL)
    roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "%s has no machine '%s'", facts->binary,
                 machine != NULL ? machine : "default");
  else if (is_kvm && !facts->has_kvm)
    roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "%s cannot run guests under KVM on this host",
                 facts->binary);
  else
    {
      add_document (&w, firmware_dirs);
      return g_string_free (g_steal_pointer (&out), FALSE);
    }
  return NULL;
}
