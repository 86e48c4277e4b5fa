/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/view-helpers.h"

#include "base/compat.h"
#include "model/domain-types.h"

#include <arpa/inet.h>
#include <string.h>

static void
plan_free (gpointer p)
{
  RoostHelperPlan *plan = p;

  g_free (plan->alias);
  g_free (plan->binary);
  g_free (plan->folder);
  g_strfreev (plan->args);
  g_clear_pointer (&plan->forwards, g_ptr_array_unref);
  g_free (plan);
}

static RoostHelperPlan *
add_plan (GPtrArray *plans, RoostHelperKind kind, const RoostDeviceInfo *info, GStrvBuilder *args)
{
  RoostHelperPlan *plan = g_new0 (RoostHelperPlan, 1);

  plan->kind = kind;
  plan->alias = g_strdup (info->alias);
  plan->args = g_strv_builder_end (args);
  g_ptr_array_add (plans, plan);
  return plan;
}

static void
add_number (GStrvBuilder *args, const char *option, guint64 value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, value);

  g_strv_builder_add_many (args, option, text, NULL);
}

/* --- swtpm --- */

static void
plan_tpm (GPtrArray *plans, const RoostTpm *tpm)
{
  g_autoptr (GStrvBuilder) args = g_strv_builder_new ();

  if (tpm->version != ROOST_TPM_VERSION_1_2)
    g_strv_builder_add (args, "--tpm2");
  add_plan (plans, ROOST_HELPER_SWTPM, &tpm->info, args);
}

/* --- passt --- */

static void
add_range (GString *spec, const RoostPortRange *range)
{
  guint start = (guint)range->start.value;
  guint end = range->end.is_set ? (guint)range->end.value : start;

  g_string_append_printf (spec, "%s%u", range->exclude == ROOST_YES ? "~" : "", start);
  if (end != start)
    g_string_append_printf (spec, "-%u", end);
  if (!range->to.is_set || range->exclude == ROOST_YES)
    return;
  g_string_append_printf (spec, ":%u", (guint)range->to.value);
  if (end != start)
    g_string_append_printf (spec, "-%u", (guint)range->to.value + end - start);
}

/* "192.0.2.1%eth0/22-23:1022-1023,~80" */
static char *
forward_spec (const RoostPortForward *forward)
{
  GString *spec = g_string_new (forward->address);
  const RoostPortRange *range;
  gboolean is_first = TRUE;

  if (forward->dev != NULL && forward->address == NULL)
    g_string_append (spec, "0.0.0.0"); /* passt 2023-03 knows no device without an address */
  if (forward->dev != NULL)
    g_string_append_printf (spec, "%%%s", forward->dev);
  if (spec->len > 0)
    g_string_append_c (spec, '/');
  ROOST_LIST_EACH (const RoostPortRange, range, forward->ranges)
    {
      if (!is_first)
        g_string_append_c (spec, ',');
      is_first = FALSE;
      add_range (spec, range);
    }
  if (is_first) /* all that are free; it does not take the word after an address */
    g_string_append (spec, spec->len > 0 ? "~0" : "all");
  return g_string_free (spec, FALSE);
}

static void
add_forwards (GStrvBuilder *args, const RoostInterface *net)
{
  const RoostPortForward *forward;

  ROOST_LIST_EACH (const RoostPortForward, forward, net->port_forwards)
    {
      g_autofree char *spec = forward_spec (forward);

      g_strv_builder_add_many (
          args, forward->proto == ROOST_PORT_PROTO_UDP ? "--udp-ports" : "--tcp-ports", spec, NULL);
    }
}

/* passt names the router of the host, which a guest in another network cannot reach; what comes in
 * bears that address, and would stay without an answer. Returns: the first other address there */
static char *
router_of (const RoostIp *ip)
{
  struct in_addr address;
  guint32 own, first;

  if (ip->prefix.value < 1 || ip->prefix.value > 30
      || inet_pton (AF_INET, ip->address, &address) != 1)
    return NULL;
  own = ntohl (address.s_addr);
  first = (own & (G_MAXUINT32 << (32 - ip->prefix.value))) + 1;
  address.s_addr = htonl (first == own ? first + 1 : first);
  return g_strdup (inet_ntoa (address));
}

static void
add_addresses (GStrvBuilder *args, const RoostInterface *net)
{
  const RoostIp *ip;

  ROOST_LIST_EACH (const RoostIp, ip, net->ips)
    {
      g_autofree char *router = router_of (ip);

      g_strv_builder_add_many (args, "--address", ip->address, NULL);
      if (ip->prefix.is_set && strchr (ip->address, ':') == NULL)
        add_number (args, "--netmask", ip->prefix.value);
      if (router != NULL)
        g_strv_builder_add_many (args, "--gateway", router, NULL);
    }
}

/* --- the host's ports --- */

/* (nullable): passt itself takes those that are free where none is named. */
static RoostForward *
forward_of (const RoostPortForward *forward, const char *alias)
{
  g_autoptr (RoostForward) named = roost_forward_new (alias, forward->address, forward->dev,
                                                      forward->proto == ROOST_PORT_PROTO_UDP);
  const RoostPortRange *range;
  gboolean is_named = FALSE;

  for (int exclude = 0; exclude < 2; exclude++)
    ROOST_LIST_EACH (const RoostPortRange, range, forward->ranges)
      if ((range->exclude == ROOST_YES) == exclude)
        {
          guint64 end = range->end.is_set ? range->end.value : range->start.value;

          is_named |= !exclude;
          roost_forward_set (named, (guint)range->start.value, (guint)end, !exclude);
        }
  return is_named ? g_steal_pointer (&named) : NULL;
}

static GPtrArray *
forwards_of (const RoostInterface *net)
{
  GPtrArray *forwards = g_ptr_array_new_with_free_func ((GDestroyNotify)roost_forward_free);
  const RoostPortForward *forward;

  ROOST_LIST_EACH (const RoostPortForward, forward, net->port_forwards)
    {
      RoostForward *named = forward_of (forward, net->info.alias);

      if (named != NULL)
        g_ptr_array_add (forwards, named);
    }
  return forwards;
}

static void
plan_net (GPtrArray *plans, const RoostInterface *net)
{
  g_autoptr (GStrvBuilder) args = g_strv_builder_new ();

  if (net->type != ROOST_INTERFACE_TYPE_USER
      || net->backend_type != ROOST_INTERFACE_BACKEND_TYPE_PASST)
    return;
  if (net->backend_log_file != NULL)
    g_strv_builder_add_many (args, "--log-file", net->backend_log_file, NULL);
  else
    g_strv_builder_add (args, "--stderr");
  if (net->source_dev != NULL)
    g_strv_builder_add_many (args, "--interface", net->source_dev, NULL);
  if (net->mtu.is_set)
    add_number (args, "--mtu", net->mtu.value);
  add_addresses (args, net);
  add_forwards (args, net);
  add_plan (plans, ROOST_HELPER_PASST, &net->info, args)->forwards = forwards_of (net);
}

/* --- virtiofsd --- */

static void
add_switch (GString *options, const char *name, RoostTristate value)
{
  if (value != ROOST_UNSET)
    g_string_append_printf (options, ",%s%s", value == ROOST_YES ? "" : "no_", name);
}

/* A comma would end it. */
static void
add_path (GString *options, const char *path)
{
  for (const char *p = path; *p != '\0'; p++)
    {
      if (*p == ',' || *p == '\\')
        g_string_append_c (options, '\\');
      g_string_append_c (options, *p);
    }
}

static char *
folder_options (const RoostFilesystem *folder)
{
  GString *options = g_string_new ("source=");

  add_path (options, folder->source_dir);
  if (folder->cache != ROOST_FILESYSTEM_CACHE_UNSET)
    g_string_append_printf (options, ",cache=%s", roost_filesystem_cache_names[folder->cache]);
  if (folder->sandbox != ROOST_SANDBOX_MODE_UNSET)
    g_string_append_printf (options, ",sandbox=%s", roost_sandbox_mode_names[folder->sandbox]);
  add_switch (options, "xattr", folder->xattr);
  add_switch (options, "flock", folder->flock);
  add_switch (options, "posix_lock", folder->posix_lock);
  return g_string_free (options, FALSE);
}

static void
plan_folder (GPtrArray *plans, const RoostFilesystem *folder)
{
  g_autoptr (GStrvBuilder) args = g_strv_builder_new ();
  g_autofree char *options = NULL;
  g_autofree char *threads = NULL;
  RoostHelperPlan *plan;

  if (folder->driver != ROOST_FILESYSTEM_DRIVER_VIRTIOFS || folder->source_socket != NULL
      || folder->source_dir == NULL)
    return;
  options = folder_options (folder);
  g_strv_builder_add_many (args, "-o", options, NULL);
  if (folder->thread_pool_size.is_set)
    {
      threads = g_strdup_printf ("--thread-pool-size=%u", (guint)folder->thread_pool_size.value);
      g_strv_builder_add (args, threads);
    }
  plan = add_plan (plans, ROOST_HELPER_VIRTIOFSD, &folder->info, args);
  plan->binary = g_strdup (folder->binary);
  plan->folder = g_strdup (folder->source_dir);
}

/* --- vhost-user-gpu --- */

static void
plan_video (GPtrArray *plans, const RoostVideo *video)
{
  g_autoptr (GStrvBuilder) args = g_strv_builder_new ();

  if (video->backend != ROOST_VIDEO_BACKEND_VHOSTUSER)
    return;
  if (video->accel3d == ROOST_YES)
    g_strv_builder_add (args, "--virgl");
  if (video->rendernode != NULL)
    g_strv_builder_add_many (args, "--render-node", video->rendernode, NULL);
  add_plan (plans, ROOST_HELPER_GPU, &video->info, args);
}

GPtrArray *
roost_view_helpers (const RoostDomainConfig *config)
{
  GPtrArray *plans = g_ptr_array_new_with_free_func (plan_free);
  const RoostTpm *tpm;
  const RoostInterface *net;
  const RoostFilesystem *folder;
  const RoostVideo *video;

  ROOST_LIST_EACH (const RoostTpm, tpm, config->devices.tpms)
    if (tpm->backend == ROOST_TPM_BACKEND_EMULATOR)
      plan_tpm (plans, tpm);
  ROOST_LIST_EACH (const RoostInterface, net, config->devices.interfaces)
    plan_net (plans, net);
  ROOST_LIST_EACH (const RoostFilesystem, folder, config->devices.filesystems)
    plan_folder (plans, folder);
  ROOST_LIST_EACH (const RoostVideo, video, config->devices.videos)
    plan_video (plans, video);
  return plans;
}
