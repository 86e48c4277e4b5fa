/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/firmware.h"

#include "qemu/firmware-list.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/domain-types.h"

#include <string.h>

/* Bit of the SEV policy that asks for SEV-ES. */
#define SEV_POLICY_ES 0x4

/* --- what a descriptor says --- */

static gboolean
has_string (JsonArray *array, const char *text)
{
  for (guint i = 0; i < roost_json_length (array); i++)
    if (g_strcmp0 (roost_json_string_at (array, i), text) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
has_feature (JsonObject *file, const char *name)
{
  return has_string (roost_json_array (file, "features"), name);
}

/* How QEMU names the targets that XML calls otherwise. */
static const char *
target_of (const char *arch)
{
  if (g_str_equal (arch, "i686"))
    return "i386";
  if (g_str_equal (arch, "armv7l") || g_str_equal (arch, "armv6l"))
    return "arm";
  return arch;
}

static gboolean
fits_machine (JsonObject *target, const char *machine)
{
  JsonArray *machines = roost_json_array (target, "machines");

  for (guint i = 0; i < roost_json_length (machines); i++)
    {
      const char *pattern = roost_json_string_at (machines, i);

      if (pattern != NULL && g_pattern_match_simple (pattern, machine))
        return TRUE;
    }
  return FALSE;
}

static gboolean
fits_target (JsonObject *file, const RoostOs *os)
{
  JsonArray *targets = roost_json_array (file, "targets");

  for (guint i = 0; i < roost_json_length (targets); i++)
    {
      JsonObject *target = roost_json_object_at (targets, i);

      if (g_strcmp0 (roost_json_string (target, "architecture"), target_of (os->arch)) == 0
          && fits_machine (target, os->machine))
        return TRUE;
    }
  return FALSE;
}

static const char *
format_of (JsonObject *image)
{
  const char *format = roost_json_string (image, "format");

  return format != NULL ? format : "raw";
}

/* --- does it fit? each check returns why not, or NULL --- */

static const char *
check_interface (JsonObject *file, const RoostDomainConfig *config)
{
  const char *wanted = config->os.firmware == ROOST_OS_FIRMWARE_EFI ? "uefi" : "bios";

  if (!has_string (roost_json_array (file, "interface-types"), wanted))
    return config->os.firmware == ROOST_OS_FIRMWARE_EFI ? "is no UEFI" : "is no BIOS";
  if (!fits_target (file, &config->os))
    return "is for other machines";
  return NULL;
}

static const char *
check_wanted_features (JsonObject *file, const RoostDomainConfig *config)
{
  RoostFirmwareFeature *feature;

  ROOST_LIST_EACH (RoostFirmwareFeature, feature, config->os.firmware_features)
    {
      gboolean is_there = has_feature (file, feature->name);

      if (feature->enabled == ROOST_YES && !is_there)
        return "lacks a feature that is asked for";
      if (feature->enabled == ROOST_NO && is_there)
        return "has a feature that is not wanted";
    }
  return NULL;
}

static const char *
check_security (JsonObject *file, const RoostDomainConfig *config)
{
  const RoostLaunchSecurity *launch = config->launch_security;

  if (config->os.loader_secure == ROOST_YES && !has_feature (file, "secure-boot"))
    return "has no secure boot";
  if (config->os.loader_secure == ROOST_NO && has_feature (file, "requires-smm"))
    return "has secure boot";
  if (has_feature (file, "requires-smm") && config->features.smm == ROOST_NO)
    return "needs <smm>, which is off";
  if (launch == NULL || launch->type != ROOST_LAUNCH_SECURITY_TYPE_SEV)
    return NULL;
  if (!has_feature (file, "amd-sev"))
    return "cannot run under SEV";
  if ((launch->policy.value & SEV_POLICY_ES) != 0 && !has_feature (file, "amd-sev-es"))
    return "cannot run under SEV-ES";
  return NULL;
}

static const char *
check_sleep (JsonObject *file, const RoostDomainConfig *config)
{
  if (config->suspend_to_mem == ROOST_YES && !has_feature (file, "acpi-s3"))
    return "cannot suspend to memory";
  if (config->suspend_to_disk == ROOST_YES && !has_feature (file, "acpi-s4"))
    return "cannot suspend to disk";
  return NULL;
}

static const char *
check_flash (JsonObject *mapping, const RoostOs *os)
{
  JsonObject *code = roost_json_object (mapping, "executable");
  JsonObject *vars = roost_json_object (mapping, "nvram-template");
  const char *mode = roost_json_string (mapping, "mode");

  if (mode == NULL)
    mode = "split";
  if (roost_json_string (code, "filename") == NULL)
    return "names no file";
  if (g_strcmp0 (mode, os->loader_stateless == ROOST_YES ? "stateless" : "split") != 0)
    return os->loader_stateless == ROOST_YES ? "is not stateless" : "does not keep variables apart";
  if (os->loader_stateless != ROOST_YES && roost_json_string (vars, "filename") == NULL)
    return "has no template of its variables";
  if (g_strcmp0 (format_of (code), os->loader_format != NULL ? os->loader_format : "raw") != 0)
    return "is an image of another format";
  if (vars != NULL && os->nvram_format != NULL
      && g_strcmp0 (format_of (vars), os->nvram_format) != 0)
    return "has variables of another format";
  return NULL;
}

static const char *
check_mapping (JsonObject *file, const RoostOs *os)
{
  JsonObject *mapping = roost_json_object (file, "mapping");
  const char *device = roost_json_string (mapping, "device");

  if (g_strcmp0 (device, "flash") == 0)
    return check_flash (mapping, os);
  if (g_strcmp0 (device, "memory") != 0)
    return "is mapped in a way that is not known here";
  if (roost_json_string (mapping, "filename") == NULL)
    return "names no file";
  if (os->loader_type == ROOST_LOADER_TYPE_PFLASH || os->loader_secure == ROOST_YES)
    return "is not mapped as flash";
  return NULL;
}

/* Returns: (nullable): why @file does not fit */
static const char *
why_not (const RoostFirmwareFile *file, const RoostDomainConfig *config)
{
  JsonObject *object = roost_json_node_object (file->root);
  const char *reason = file->problem;

  if (reason == NULL)
    reason = check_interface (object, config);
  if (reason == NULL)
    reason = check_wanted_features (object, config);
  if (reason == NULL)
    reason = check_security (object, config);
  if (reason == NULL)
    reason = check_sleep (object, config);
  return reason != NULL ? reason : check_mapping (object, &config->os);
}

/* --- filling it in --- */

static void
replace (char **place, const char *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

static gboolean
has_own_nvram (const RoostOs *os)
{
  return os->nvram != NULL || os->nvram_source.is_given;
}

static void
fill_nvram (RoostDomainConfig *config, JsonObject *template, const char *nvram_dir)
{
  RoostOs *os = &config->os;
  const char *format = format_of (template);
  const char *suffix = g_str_equal (format, "raw") ? "fd" : format;

  os->has_nvram = TRUE;
  if (os->nvram_template == NULL)
    os->nvram_template = g_strdup (roost_json_string (template, "filename"));
  if (os->nvram_format == NULL && !g_str_equal (format, "raw"))
    os->nvram_format = g_strdup (format);
  if (!has_own_nvram (os))
    os->nvram = g_strdup_printf ("%s/%s_VARS.%s", nvram_dir, config->name, suffix);
}

static void
take (RoostDomainConfig *config, JsonObject *file, const char *nvram_dir)
{
  RoostOs *os = &config->os;
  JsonObject *mapping = roost_json_object (file, "mapping");
  JsonObject *code = roost_json_object (mapping, "executable");

  if (code == NULL)
    {
      replace (&os->loader, roost_json_string (mapping, "filename"));
      os->loader_type = ROOST_LOADER_TYPE_ROM;
      return;
    }
  replace (&os->loader, roost_json_string (code, "filename"));
  os->loader_type = ROOST_LOADER_TYPE_PFLASH;
  os->loader_readonly = ROOST_YES;
  if (!g_str_equal (format_of (code), "raw"))
    replace (&os->loader_format, format_of (code));
  if (os->loader_stateless != ROOST_YES)
    fill_nvram (config, roost_json_object (mapping, "nvram-template"), nvram_dir);
  if (!has_feature (file, "requires-smm"))
    return;
  os->loader_secure = ROOST_YES;
  config->features.is_given = config->features.smm_given = TRUE;
  config->features.smm = ROOST_YES;
}

static gboolean
choose (RoostDomainConfig *config, GPtrArray *files, const char *nvram_dir, GError **error)
{
  g_autoptr (GString) reasons = g_string_new (NULL);
  RoostFirmwareFile *file;

  ROOST_LIST_EACH (RoostFirmwareFile, file, files)
    {
      const char *reason = why_not (file, config);

      if (reason == NULL)
        {
          take (config, roost_json_node_object (file->root), nvram_dir);
          return TRUE;
        }
      g_string_append_printf (reasons, "%s%s %s", reasons->len > 0 ? ", " : ": ", file->name,
                              reason);
    }
  return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED,
                      "no firmware of the %u that are installed fits%s; name one by <loader>, or "
                      "install one with a descriptor in /usr/share/qemu/firmware",
                      files->len, reasons->str);
}

/* A loader that the document names: where its variables are copied from, when a descriptor knows
 * it. */
static void
fill_own_loader (RoostDomainConfig *config, GPtrArray *files, const char *nvram_dir)
{
  RoostFirmwareFile *file;

  ROOST_LIST_EACH (RoostFirmwareFile, file, files)
    {
      JsonObject *mapping = roost_json_object (roost_json_node_object (file->root), "mapping");
      JsonObject *code = roost_json_object (mapping, "executable");
      JsonObject *template = roost_json_object (mapping, "nvram-template");

      if (template != NULL
          && g_strcmp0 (roost_json_string (code, "filename"), config->os.loader) == 0)
        {
          fill_nvram (config, template, nvram_dir);
          return;
        }
    }
  fill_nvram (config, NULL, nvram_dir);
}

static gboolean
lacks_variables (const RoostOs *os)
{
  return os->loader_type == ROOST_LOADER_TYPE_PFLASH && os->loader_readonly == ROOST_YES
         && os->loader_stateless != ROOST_YES && !os->nvram_source.is_given
         && (os->nvram == NULL || os->nvram_template == NULL);
}

gboolean
roost_firmware_resolve (RoostDomainConfig *config,
                        const char *nvram_dir,
                        const char *const *dirs,
                        GError **error)
{
  g_autoptr (GPtrArray) files = NULL;

  if (config->os.loader == NULL && config->os.firmware == 0)
    return TRUE;
  if (config->os.loader != NULL && !lacks_variables (&config->os))
    return TRUE;
  files = roost_firmware_list (dirs);
  if (config->os.loader == NULL)
    return choose (config, files, nvram_dir, error);
  fill_own_loader (config, files, nvram_dir);
  return TRUE;
}
