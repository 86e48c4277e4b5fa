/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

#include "base/compat.h"
#include "base/error.h"
#include "ctl/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define TUNING CTL_DOMAIN ".Tuning"

static gboolean live, config, crash, reset, detach;
static char *format, *mode;

static const GOptionEntry where_options[] = {
  { "live", 0, 0, G_OPTION_ARG_NONE, &live, "Change what runs", NULL },
  { "config", 0, 0, G_OPTION_ARG_NONE, &config, "Change what the next start uses", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry numa_options[] = {
  { "mode", 0, 0, G_OPTION_ARG_STRING, &mode, "strict, preferred, interleave, restrictive [strict]",
    "MODE" },
  { "live", 0, 0, G_OPTION_ARG_NONE, &live, "Change what runs", NULL },
  { "config", 0, 0, G_OPTION_ARG_NONE, &config, "Change what the next start uses", NULL },
  G_OPTION_ENTRY_NULL,
};

static const GOptionEntry dump_options[] = {
  { "format", 0, 0, G_OPTION_ARG_STRING, &format, "elf, kdump-zlib, kdump-lzo, kdump-snappy [elf]",
    "FORMAT" },
  { "crash", 0, 0, G_OPTION_ARG_NONE, &crash, "End the guest when it is written", NULL },
  { "reset", 0, 0, G_OPTION_ARG_NONE, &reset, "Reset the guest when it is written", NULL },
  { "detach", 0, 0, G_OPTION_ARG_NONE, &detach, "Print the job, and do not wait for it", NULL },
  G_OPTION_ENTRY_NULL,
};

/* --- looking --- */

/* Prints the properties that are in @names, which ends with NULL. */
static gboolean
show (Ctl *ctl, const char *path, const char *const *names, GError **error)
{
  g_autoptr (GVariant) all = ctl_get_properties (ctl, path, TUNING, error);
  g_auto (GVariantDict) chosen = G_VARIANT_DICT_INIT (NULL);

  if (all == NULL)
    return FALSE;
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (all, names[i], NULL);
      g_autofree char *text = value != NULL ? g_variant_print (value, FALSE) : NULL;

      if (text == NULL)
        continue;
      if (!ctl->json)
        printf ("%-20s %s\n", names[i], text);
      g_variant_dict_insert_value (&chosen, names[i], value);
    }
  if (ctl->json)
    {
      g_autoptr (GVariant) whole = g_variant_ref_sink (g_variant_dict_end (&chosen));

      ctl_print_variant_json (whole);
    }
  return TRUE;
}

/* --- changing --- */

static void
put_where (GVariantDict *options)
{
  if (live)
    g_variant_dict_insert (options, "live", "b", TRUE);
  if (config)
    g_variant_dict_insert (options, "config", "b", TRUE);
}

/* Calls @method with @args, NULL-terminated and floating, and the options. */
static gboolean
tune (Ctl *ctl,
      const char *path,
      const char *method,
      GVariant *const *args,
      GVariantDict *options,
      GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_TUPLE);
  for (guint i = 0; args != NULL && args[i] != NULL; i++)
    g_variant_builder_add_value (&builder, args[i]);
  put_where (options);
  g_variant_builder_add_value (&builder, g_variant_dict_end (options));
  reply = ctl_call (ctl, path, TUNING, method, g_variant_builder_end (&builder), "()",
                    CTL_CALL_SLOW, error);
  return reply != NULL;
}

static gboolean
throw_usage (GError **error, const char *text, const char *what)
{
  g_set_error (error, CTL_USAGE, 0, "'%s' is not %s", text, what);
  return FALSE;
}

/* --- pins --- */

/* @args: DOMAIN [NUMBER CPUS] */
static gboolean
numbered_pin (Ctl *ctl, char **args, const char *method, const char *property, GError **error)
{
  const char *const shown[] = { property, NULL };
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  GVariant *values[3] = { NULL };
  guint64 number;

  if (path == NULL)
    return FALSE;
  if (args[1] == NULL)
    return show (ctl, path, shown, error);
  if (!g_ascii_string_to_unsigned (args[1], 10, 0, G_MAXUINT32, &number, NULL))
    return throw_usage (error, args[1], "the number of a thread");
  if (args[2] == NULL)
    return throw_usage (error, args[1], "enough: say which processors, or all");
  values[0] = g_variant_new_uint32 ((guint32)number);
  values[1] = g_variant_new_string (g_str_equal (args[2], "all") ? "" : args[2]);
  return tune (ctl, path, method, values, &options, error);
}

static gboolean
vcpupin_run (Ctl *ctl, char **args, GError **error)
{
  return numbered_pin (ctl, args, "SetVcpuPin", "VcpuPins", error);
}

static gboolean
iothreadpin_run (Ctl *ctl, char **args, GError **error)
{
  return numbered_pin (ctl, args, "SetIothreadPin", "IothreadPins", error);
}

static gboolean
emulatorpin_run (Ctl *ctl, char **args, GError **error)
{
  const char *const shown[] = { "EmulatorPin", NULL };
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  GVariant *values[2] = { NULL };

  if (path == NULL)
    return FALSE;
  if (args[1] == NULL)
    return show (ctl, path, shown, error);
  values[0] = g_variant_new_string (g_str_equal (args[1], "all") ? "" : args[1]);
  return tune (ctl, path, "SetEmulatorPin", values, &options, error);
}

static gboolean
numatune_run (Ctl *ctl, char **args, GError **error)
{
  const char *const shown[] = { "NumaNodes", "NumaMode", "NotApplied", NULL };
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  GVariant *values[2] = { NULL };

  if (path == NULL)
    return FALSE;
  if (args[1] == NULL)
    return show (ctl, path, shown, error);
  if (mode != NULL)
    g_variant_dict_insert (&options, "mode", "s", mode);
  values[0] = g_variant_new_string (g_str_equal (args[1], "all") ? "" : args[1]);
  return tune (ctl, path, "SetNumaNodes", values, &options, error);
}

/* --- schedulers --- */

/* @args: DOMAIN [emulator|vcpu:LIST|iothread:LIST POLICY [PRIORITY]] */
static gboolean
schedpolicy_run (Ctl *ctl, char **args, GError **error)
{
  static const char *const shown[] = { "VcpuSchedulers", "EmulatorScheduler", "IothreadSchedulers",
                                       NULL };
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  GVariant *values[4] = { NULL };
  const char *method = "SetEmulatorScheduler";
  gint64 priority = 0;
  guint n = 0;

  if (path == NULL)
    return FALSE;
  if (args[1] == NULL)
    return show (ctl, path, shown, error);
  if (args[2] == NULL)
    return throw_usage (error, args[1], "enough: say which policy");
  if (args[3] != NULL && !g_ascii_string_to_signed (args[3], 10, 0, 99, &priority, NULL))
    return throw_usage (error, args[3], "a priority");
  if (g_str_has_prefix (args[1], "vcpu:") || g_str_has_prefix (args[1], "iothread:"))
    {
      method = *args[1] == 'v' ? "SetVcpuScheduler" : "SetIothreadScheduler";
      values[n++] = g_variant_new_string (strchr (args[1], ':') + 1);
    }
  else if (!g_str_equal (args[1], "emulator"))
    return throw_usage (error, args[1], "emulator, vcpu:LIST or iothread:LIST");
  values[n++] = g_variant_new_string (args[2]);
  values[n++] = g_variant_new_int32 ((gint32)priority);
  return tune (ctl, path, method, values, &options, error);
}

/* --- limits: NAME=VALUE, with the names of the API --- */

static GVariant *
value_of (const char *name, const char *text)
{
  guint64 number;
  gint64 signed_number;

  if (g_str_equal (name, "group"))
    return g_variant_new_string (text);
  if (g_str_has_suffix (name, "-quota"))
    return g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &signed_number, NULL)
               ? g_variant_new_int64 (signed_number)
               : NULL;
  return g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &number, NULL)
             ? g_variant_new_uint64 (number)
             : NULL;
}

static gboolean
read_limits (char **words, GVariantDict *options, GError **error)
{
  for (; *words != NULL; words++)
    {
      const char *equals = strchr (*words, '=');
      g_autofree char *name = equals != NULL ? g_strndup (*words, (gsize)(equals - *words)) : NULL;
      GVariant *value = name != NULL ? value_of (name, equals + 1) : NULL;

      if (value == NULL)
        return throw_usage (error, *words, "NAME=VALUE, where the value is a plain number");
      g_variant_dict_insert_value (options, name, value);
    }
  return TRUE;
}

/* @subject: (nullable): what of the domain is limited; its limits follow in @words */
static gboolean
limit (Ctl *ctl,
       const char *path,
       const char *method,
       const char *subject,
       char **words,
       GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  GVariant *values[2] = { NULL };

  if (*words == NULL)
    return throw_usage (error, subject, "enough: say which limits, as NAME=VALUE");
  if (!read_limits (words, &options, error))
    return FALSE;
  if (subject != NULL)
    values[0] = g_variant_new_string (subject);
  return tune (ctl, path, method, values, &options, error);
}

static gboolean
schedinfo_run (Ctl *ctl, char **args, GError **error)
{
  static const char *const shown[] = {
    "CpuWeight",     "GlobalPeriod",   "GlobalQuota",   "VcpuPeriod", "VcpuQuota", "EmulatorPeriod",
    "EmulatorQuota", "IothreadPeriod", "IothreadQuota", "NotApplied", NULL
  };
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);

  if (path == NULL)
    return FALSE;
  return args[1] == NULL ? show (ctl, path, shown, error)
                         : limit (ctl, path, "SetCpu", NULL, args + 1, error);
}

static gboolean
memtune_run (Ctl *ctl, char **args, GError **error)
{
  static const char *const shown[] = { "MemoryHardLimit", "MemorySoftLimit", "SwapHardLimit",
                                       "NotApplied", NULL };
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);

  if (path == NULL)
    return FALSE;
  return args[1] == NULL ? show (ctl, path, shown, error)
                         : limit (ctl, path, "SetMemory", NULL, args + 1, error);
}

/* A path among the words makes it about that block device. */
static gboolean
blkiotune_run (Ctl *ctl, char **args, GError **error)
{
  static const char *const shown[] = { "BlockIoWeight", "BlockDeviceLimits", "NotApplied", NULL };
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);

  if (path == NULL)
    return FALSE;
  if (args[1] == NULL)
    return show (ctl, path, shown, error);
  if (*args[1] == '/')
    return limit (ctl, path, "SetBlockDevice", args[1], args + 2, error);
  return limit (ctl, path, "SetBlockIo", NULL, args + 1, error);
}

static gboolean
blkdeviotune_run (Ctl *ctl, char **args, GError **error)
{
  static const char *const shown[] = { "DiskLimits", NULL };
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);

  if (path == NULL)
    return FALSE;
  if (args[1] == NULL)
    return show (ctl, path, shown, error);
  return limit (ctl, path, "SetDisk", args[1], args + 2, error);
}

/* --- dump --- */

static GVariant *
dump_arguments (void)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (format != NULL)
    g_variant_dict_insert (&options, "format", "s", format);
  if (crash)
    g_variant_dict_insert (&options, "crash", "b", TRUE);
  if (reset)
    g_variant_dict_insert (&options, "reset", "b", TRUE);
  return g_variant_new ("(v@a{sv})", g_variant_new_handle (0), g_variant_dict_end (&options));
}

/* The file is ours: it is opened with our rights, also where the daemon is the system's. */
static gboolean
dump_run (Ctl *ctl, char **args, GError **error)
{
  g_autofree char *path = ctl_find_domain (ctl, args[0], error);
  gboolean to_stdout = g_str_equal (args[1], "-");
  g_auto (RoostFd) out = -1;
  g_autoptr (GVariant) reply = NULL;
  const char *job;

  if (path == NULL)
    return FALSE;
  out = to_stdout ? dup (STDOUT_FILENO)
                  : open (args[1], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (out < 0)
    return roost_throw_errno (error, errno, "cannot make %s", args[1]);
  reply = ctl_call_with_fd (ctl, path, CTL_DOMAIN, "Dump", dump_arguments (), "(o)", out, error);
  if (reply != NULL)
    {
      g_variant_get (reply, "(&o)", &job);
      if (detach)
        puts (job);
      if (detach || ctl_wait_job (ctl, job, "dump", error))
        return TRUE;
    }
  if (!to_stdout)
    unlink (args[1]);
  return FALSE;
}

#define WHERE .options = where_options

const CtlVerb ctl_tune_verbs[] = {
  { .name = "vcpupin",
    .args = "DOMAIN [VCPU CPUS]",
    .summary = "Say where a virtual processor runs",
    .details = "CPUS is a list, or all.\n\nExample:\n  roostctl vcpupin demo 0 2-3",
    .min_args = 1,
    .max_args = 3,
    WHERE,
    .run = vcpupin_run },
  { .name = "emulatorpin",
    .args = "DOMAIN [CPUS]",
    .summary = "Say where the other threads of QEMU run",
    .details = "CPUS is a list, or all.\n\nExample:\n  roostctl emulatorpin demo 0-1",
    .min_args = 1,
    .max_args = 2,
    WHERE,
    .run = emulatorpin_run },
  { .name = "iothreadpin",
    .args = "DOMAIN [IOTHREAD CPUS]",
    .summary = "Say where an I/O thread runs",
    .details = "CPUS is a list, or all.\n\nExample:\n  roostctl iothreadpin demo 1 0",
    .min_args = 1,
    .max_args = 3,
    WHERE,
    .run = iothreadpin_run },
  { .name = "schedpolicy",
    .args = "DOMAIN [WHICH POLICY [PRIORITY]]",
    .summary = "Say how threads are scheduled",
    .details =
        "WHICH is emulator, vcpu:LIST or iothread:LIST; POLICY is other, batch, idle, fifo or\n"
        "rr, the last two with a priority from 1 to 99.\n\n"
        "Example:\n  roostctl schedpolicy demo vcpu:0-1 fifo 10",
    .min_args = 1,
    .max_args = 4,
    WHERE,
    .run = schedpolicy_run },
  { .name = "schedinfo",
    .args = "DOMAIN [NAME=VALUE...]",
    .summary = "Show or set weight and quotas of processor time",
    .details = "Names are those of SetCpu: weight, global-quota, vcpu-quota, vcpu-period, …\n\n"
               "Example:\n  roostctl schedinfo demo weight=500 global-quota=150000",
    .min_args = 1,
    .max_args = CTL_MANY,
    WHERE,
    .run = schedinfo_run },
  { .name = "memtune",
    .args = "DOMAIN [NAME=VALUE...]",
    .summary = "Show or set limits of memory on the host",
    .details = "Names: hard-limit, soft-limit, swap-hard-limit; in bytes, 0 for none.\n\n"
               "Example:\n  roostctl memtune demo hard-limit=4294967296",
    .min_args = 1,
    .max_args = CTL_MANY,
    WHERE,
    .run = memtune_run },
  { .name = "numatune",
    .args = "DOMAIN [NODES]",
    .summary = "Say which NUMA nodes of the host the memory comes from",
    .details = "NODES is a list, or all. While a domain runs its mode stays.\n\n"
               "Example:\n  roostctl numatune --mode restrictive demo 0-1",
    .min_args = 1,
    .max_args = 2,
    .options = numa_options,
    .run = numatune_run },
  { .name = "blkiotune",
    .args = "DOMAIN [[PATH] NAME=VALUE...]",
    .summary = "Show or set weights and limits at disks of the host",
    .details = "Names: weight; with the PATH of a block device also read-bytes, write-bytes,\n"
               "read-iops, write-iops.\n\n"
               "Examples:\n  roostctl blkiotune demo weight=500\n"
               "  roostctl blkiotune demo /dev/sda write-bytes=10485760",
    .min_args = 1,
    .max_args = CTL_MANY,
    WHERE,
    .run = blkiotune_run },
  { .name = "blkdeviotune",
    .args = "DOMAIN [DISK NAME=VALUE...]",
    .summary = "Show or set the throttles of a guest's disks",
    .details = "Names are those of SetDisk: total-bytes, read-iops, write-bytes-max, group, …\n\n"
               "Example:\n  roostctl blkdeviotune demo vda total-bytes=10485760",
    .min_args = 1,
    .max_args = CTL_MANY,
    WHERE,
    .run = blkdeviotune_run },
  { .name = "dump",
    .args = "DOMAIN FILE",
    .summary = "Write the memory of a guest into a file",
    .details = "The guest stands still meanwhile. FILE must be new; - is the standard output.\n\n"
               "Example:\n  roostctl dump --format kdump-zlib demo /tmp/demo.core",
    .min_args = 2,
    .max_args = 2,
    .options = dump_options,
    .run = dump_run },
  { 0 },
};
