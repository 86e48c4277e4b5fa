/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/hotplug-private.h"

#include "base/co.h"
#include "base/error.h"
#include "domain/bandwidth.h"
#include "domain/display.h"
#include "domain/hotplug-view.h"
#include "domain/lend.h"
#include "domain/view-volumes.h"

#include <errno.h>
#include <sys/stat.h>

/* A change of a device that is there. */
typedef struct
{
  RoostManager *manager;
  const RoostUpdateOptions *options;
  RoostDeviceRef given; /* owned: the device as it is to be; or … */
  RoostDeviceChange change;
  const char *device; /* … by name, what is to change of it */
  char *alias;        /* (nullable) of the one that runs */
  char *live_xml;     /* (nullable): it, to find its twin in the stored configuration */
} RoostUpdate;

/* --- the new configurations --- */

/* What the user did not write stays: alias, address, and what was filled in. */
static gboolean
put_given (RoostDomainConfig *config,
           RoostUpdate *update,
           const RoostDeviceRef *old,
           GError **error)
{
  g_auto (RoostDeviceRef) copy = { 0 };

  roost_device_copy (&update->given, &copy);
  roost_device_inherit (&copy, old);
  roost_device_replace (config, old, &copy);
  return TRUE;
}

static gboolean
put_change (RoostDomainConfig *config,
            RoostUpdate *update,
            const RoostDeviceRef *old,
            GError **error)
{
  return roost_device_change (config, old, &update->change, error);
}

static gboolean
find (const RoostDomainConfig *config, RoostUpdate *update, RoostDeviceRef *out, GError **error)
{
  g_auto (RoostDeviceRef) live = { 0 };

  if (update->live_xml != NULL)
    return roost_device_parse (update->live_xml, &live, error)
           && roost_device_find_twin (config, &live, out, error);
  if (update->device != NULL)
    return roost_device_find_named (config, update->device, out, error);
  return roost_device_find_like (config, &update->given, out, error);
}

static gboolean
change (RoostDomainConfig *config, gboolean is_running, gpointer data, GError **error)
{
  RoostUpdate *update = data;
  RoostDeviceRef old;

  if (!find (config, update, &old, error))
    return FALSE;
  if (is_running)
    {
      update->alias = g_strdup (old.info->alias);
      update->live_xml = roost_device_format (&old, ROOST_FORMAT_SECRETS | ROOST_FORMAT_LIVE);
    }
  return (update->device != NULL ? put_change (config, update, &old, error)
                                 : put_given (config, update, &old, error))
         && (!is_running || roost_volumes_resolve (update->manager, config, error));
}

/* --- what the guest sees of it --- */

/* From one configuration to the other, or back. */
typedef struct
{
  RoostAmend *amend;
  const RoostDomainConfig *from;
  const RoostDomainConfig *to;
  RoostDeviceRef was;
  RoostDeviceRef now;
} Step;

static gboolean
tell_link (const Step *step, GError **error)
{
  return roost_hotplug_tell (step->amend->domain, "set_link",
                             roost_plug_link_args (step->now.interface), error);
}

static gboolean
tell_nic (const Step *step, guint what, GError **error)
{
  const char *alias = step->now.info->alias;

  if (what & ROOST_LIVE_RATE && !roost_bandwidth_change (step->from, step->to, alias, error))
    return FALSE;
  if (!(what & ROOST_LIVE_LINK) || tell_link (step, error))
    return TRUE;
  if (what & ROOST_LIVE_RATE)
    roost_bandwidth_change (step->to, step->from, alias, NULL);
  return FALSE;
}

static gboolean
tell_size (const Step *step, GError **error)
{
  g_autofree char *path = g_strconcat ("/machine/peripheral/", step->now.info->alias, NULL);
  JsonObject *args = json_object_new ();

  json_object_set_string_member (args, "path", path);
  json_object_set_string_member (args, "property", "requested-size");
  json_object_set_int_member (args, "value", (gint64)step->now.memory->requested_size.value);
  return roost_hotplug_tell (step->amend->domain, "qom-set", args, error);
}

static gboolean
apply_kinds (const Step *step, gboolean force, GError **error)
{
  guint what = 0;

  if (!roost_device_live_changes (&step->was, &step->now, &what, error))
    return FALSE;
  if (what & ROOST_LIVE_MEDIUM
      && !roost_hotplug_change_medium (step->amend, &step->was, &step->now, force, error))
    return FALSE;
  if (what & ROOST_LIVE_PASSWORD
      && !roost_domain_tell_password (step->amend->domain, step->to,
                                      roost_graphics_type_names[step->now.graphics->type], error))
    return FALSE;
  return tell_nic (step, what, error) && (!(what & ROOST_LIVE_SIZE) || tell_size (step, error));
}

/* A display has no alias; its type names it. */
static gboolean
find_again (const RoostDomainConfig *config, const RoostUpdate *update, RoostDeviceRef *out)
{
  if (update->alias != NULL)
    return roost_device_find_alias (config, update->alias, out);
  return roost_device_find_like (config, &update->given, out, NULL);
}

static gboolean
apply_between (RoostAmend *amend, RoostUpdate *update, gboolean back, GError **error)
{
  Step step = { .amend = amend,
                .from = back ? amend->running : amend->was,
                .to = back ? amend->was : amend->running };

  if (!find_again (step.from, update, &step.was) || !find_again (step.to, update, &step.now))
    return roost_throw (error, ROOST_ERROR_NOT_FOUND, "the device '%s' is gone",
                        update->alias != NULL ? update->alias : "graphics");
  return apply_kinds (&step, update->options->force, error);
}

static gboolean
apply (RoostAmend *amend, gpointer data, GError **error)
{
  return apply_between (amend, data, FALSE, error);
}

static void
revert (RoostAmend *amend, gpointer data)
{
  apply_between (amend, data, TRUE, NULL);
}

static const RoostAmendFuncs funcs = { change, apply, revert };

/* --- the ways in --- */

static gboolean
run_update (RoostDomain *domain, RoostUpdate *update, const char *caller, GError **error)
{
  const RoostAmendRequest request = { .operation = "update-device",
                                      .caller = caller,
                                      .live = update->options->where.live,
                                      .config = update->options->where.config };
  gpointer lending = roost_lend_begin (domain);
  gboolean ok;

  update->manager = domain->manager;
  ok = roost_domain_amend (domain, &request, &funcs, update, error);
  roost_lend_end (domain, lending);
  roost_device_clear (&update->given);
  g_free (update->alias);
  g_free (update->live_xml);
  return ok;
}

gboolean
roost_domain_update_device (RoostDomain *domain,
                            const char *xml,
                            const RoostUpdateOptions *options,
                            const char *caller,
                            GError **error)
{
  RoostUpdate update = { .options = options };

  return roost_device_parse (xml, &update.given, error)
         && run_update (domain, &update, caller, error);
}

gboolean
roost_domain_update_named (RoostDomain *domain,
                           const char *alias,
                           const char *xml,
                           const RoostUpdateOptions *options,
                           const char *caller,
                           GError **error)
{
  RoostUpdate update = { .options = options };

  if (!roost_device_parse (xml, &update.given, error))
    return FALSE;
  g_free (update.given.info->alias);
  update.given.info->alias = g_strdup (alias);
  return run_update (domain, &update, caller, error);
}

/* Not every file can be looked at at once. */
static gboolean
look_in_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  RoostDeviceChange *what = data;
  struct stat st;

  if (stat (what->path, &st) < 0)
    return roost_throw (error, ROOST_ERROR_STORAGE, "the medium %s cannot be used: %s", what->path,
                        g_strerror (errno));
  what->is_block = S_ISBLK (st.st_mode);
  return TRUE;
}

gboolean
roost_domain_change_media (RoostDomain *domain,
                           const char *device,
                           const char *path,
                           const char *format,
                           const RoostUpdateOptions *options,
                           const char *caller,
                           GError **error)
{
  RoostUpdate update = { .options = options,
                         .device = device,
                         .change = { .kind = ROOST_LIVE_MEDIUM, .path = path, .format = format } };

  if (path != NULL && !co_thread (look_in_thread, &update.change, NULL, error))
    return FALSE;
  return run_update (domain, &update, caller, error);
}

gboolean
roost_domain_set_link (RoostDomain *domain,
                       const char *device,
                       gboolean is_up,
                       const RoostDeviceOptions *options,
                       const char *caller,
                       GError **error)
{
  const RoostUpdateOptions where = { .where = *options };
  RoostUpdate update = { .options = &where,
                         .device = device,
                         .change = { .kind = ROOST_LIVE_LINK, .is_up = is_up } };

  return run_update (domain, &update, caller, error);
}
