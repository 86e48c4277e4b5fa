/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-qemu.h"

#include "base/co.h"
#include "base/compat.h"
#include "base/error.h"
#include "domain/domain-private.h"
#include "domain/find-process.h"
#include "model/domain-types.h"
#include "qemu/argv.h"
#include "qemu/firmware.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* --- what is replaced --- */

RoostFacts *__wrap_roost_caps_get_facts (RoostCaps *caps, const char *binary, GError **error);
char *__wrap_roost_caps_binary_for (RoostCaps *caps, const char *arch);
gboolean __wrap_roost_domain_config_complete (RoostDomainConfig *config,
                                              const RoostFacts *facts,
                                              RoostIssues *issues,
                                              GError **error);
gboolean __wrap_roost_firmware_resolve (RoostDomainConfig *config,
                                        const char *nvram_dir,
                                        const char *const *dirs,
                                        GError **error);
RoostCommand *__wrap_roost_command_build (const RoostDomainConfig *config,
                                          const RoostFacts *facts,
                                          const RoostLaunch *launch,
                                          GError **error);
void __wrap_roost_command_free (RoostCommand *command);
GStrv __wrap_roost_argv_build (const RoostDomainConfig *config,
                               const RoostFacts *facts,
                               const RoostLaunch *launch,
                               GError **error);
char *__wrap_roost_argv_to_text (const char *const *argv);

static const char *mode = "normal";

void
fake_world_set_mode (const char *new_mode)
{
  mode = new_mode;
}

RoostFacts *
__wrap_roost_caps_get_facts (RoostCaps *caps, const char *binary, GError **error)
{
  co_sleep (1, NULL, NULL);
  return roost_facts_new ();
}

char *
__wrap_roost_caps_binary_for (RoostCaps *caps, const char *arch)
{
  return g_test_build_filename (G_TEST_DIST, "fake-qemu.py", NULL);
}

static void
name_devices (GPtrArray *list, const char *kind)
{
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      RoostDeviceInfo *info = list->pdata[i];

      if (info->alias == NULL)
        info->alias = g_strdup_printf ("%s%u", kind, i);
    }
}

gboolean
__wrap_roost_domain_config_complete (RoostDomainConfig *config,
                                     const RoostFacts *facts,
                                     RoostIssues *issues,
                                     GError **error)
{
  if (config->uuid == NULL)
    config->uuid = g_uuid_string_random ();
  if (config->name == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_XML, "<domain>: <name> is missing");
  name_devices (config->devices.serials, "serial");
  name_devices (config->devices.consoles, "console");
  name_devices (config->devices.channels, "channel");
  return TRUE;
}

gboolean
__wrap_roost_firmware_resolve (RoostDomainConfig *config,
                               const char *nvram_dir,
                               const char *const *dirs,
                               GError **error)
{
  return TRUE;
}

GStrv
__wrap_roost_argv_build (const RoostDomainConfig *config,
                         const RoostFacts *facts,
                         const RoostLaunch *launch,
                         GError **error)
{
  g_autofree char *binary = __wrap_roost_caps_binary_for (NULL, NULL);
  const char *argv[] = { binary, mode, config->uuid, launch->run_dir, NULL };

  g_assert_cmpint (launch->is_dry ? 3 : launch->monitor_fd, ==, 3);
  return g_strdupv ((GStrv)argv);
}

RoostCommand *
__wrap_roost_command_build (const RoostDomainConfig *config,
                            const RoostFacts *facts,
                            const RoostLaunch *launch,
                            GError **error)
{
  RoostCommand *command = g_new0 (RoostCommand, 1);

  command->argv = __wrap_roost_argv_build (config, facts, launch, error);
  command->fds = g_ptr_array_new ();
  command->secrets = g_ptr_array_new ();
  return command;
}

void
__wrap_roost_command_free (RoostCommand *command)
{
  g_strfreev (command->argv);
  g_ptr_array_unref (command->fds);
  g_ptr_array_unref (command->secrets);
  g_free (command);
}

char *
__wrap_roost_argv_to_text (const char *const *argv)
{
  return g_strjoinv (" ", (GStrv)argv);
}

/* --- the world --- */

static void
on_state_changed (RoostDomain *domain, RoostDomainState state, const char *reason, gpointer p)
{
  g_string_append_printf (p, "%s/%s ", roost_domain_state_name (state), reason);
}

static void
on_event (RoostDomain *domain, const char *name, GVariant *args, gpointer p)
{
  g_autofree char *text = g_variant_print (args, FALSE);

  g_string_append_printf (p, "%s%s ", name, text);
}

static void
on_domain_added (RoostManager *manager, RoostDomain *domain, gpointer p)
{
  FakeWorld *world = p;

  g_signal_connect (domain, "state-changed", G_CALLBACK (on_state_changed), world->states);
  g_signal_connect (domain, "event", G_CALLBACK (on_event), world->events);
}

char *
fake_world_path (FakeWorld *world, const char *below)
{
  return g_build_filename (world->root, below, NULL);
}

static void
open_manager (FakeWorld *world)
{
  RoostPlaces *places = g_new0 (RoostPlaces, 1);
  g_autoptr (GError) error = NULL;

  places->config_dir = fake_world_path (world, "config");
  places->state_dir = fake_world_path (world, "state");
  places->run_dir = fake_world_path (world, "run");
  places->cache_dir = fake_world_path (world, "cache");
  world->manager = roost_manager_new (places, NULL);
  g_signal_connect (world->manager, "domain-added", G_CALLBACK (on_domain_added), world);
  roost_manager_load (world->manager, &error);
  g_assert_no_error (error);
}

FakeWorld *
fake_world_new (void)
{
  FakeWorld *world = g_new0 (FakeWorld, 1);

  mode = "normal";
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL); /* warnings are wanted here */
  world->root = g_dir_make_tmp ("roost-XXXXXX", NULL);
  world->states = g_string_new (NULL);
  world->events = g_string_new (NULL);
  open_manager (world);
  return world;
}

static void
on_closed (gpointer p)
{
  *(gboolean *)p = TRUE;
}

void
fake_world_stop (FakeWorld *world)
{
  gboolean is_closed = FALSE;

  roost_manager_close (world->manager, on_closed, &is_closed);
  while (!is_closed)
    g_main_context_iteration (NULL, TRUE);
  g_clear_object (&world->manager);
}

void
fake_world_restart (FakeWorld *world)
{
  open_manager (world);
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
}

/* The fakes have the root in their arguments. */
static guint
each_fake (FakeWorld *world, int signum)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "cmdline", NULL);
      g_autofree char *text = NULL;
      gsize length = 0;

      if (!g_ascii_isdigit (*name) || !g_file_get_contents (path, &text, &length, NULL)
          || memmem (text, length, world->root, strlen (world->root)) == NULL)
        continue;
      n++;
      if (signum != 0)
        kill ((pid_t)g_ascii_strtoll (name, NULL, 10), signum);
    }
  return n;
}

guint
fake_world_processes (FakeWorld *world)
{
  return each_fake (world, 0);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      remove_tree (inner);
    }
  g_remove (path);
}

void
fake_world_free (FakeWorld *world)
{
  if (world->manager != NULL)
    fake_world_stop (world);
  each_fake (world, SIGKILL);
  remove_tree (world->root);
  g_string_free (world->states, TRUE);
  g_string_free (world->events, TRUE);
  g_free (world->root);
  g_free (world);
}

static void
list_tree (const char *root, const char *below, GPtrArray *out)
{
  g_autofree char *path = g_build_filename (root, below, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  if (g_str_has_suffix (below, ".log"))
    return;
  g_ptr_array_add (out, g_strdup (below));
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = g_build_filename (below, name, NULL);

      list_tree (root, inner, out);
    }
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

char *
fake_world_files (FakeWorld *world)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  list_tree (world->root, "", names);
  g_ptr_array_sort (names, compare);
  g_ptr_array_add (names, NULL);
  return g_strjoinv ("\n", (GStrv)names->pdata);
}

void
fake_world_run (void (*body) (gpointer data), gpointer data)
{
  co_spawn ("test", body, data);
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
}

void
fake_world_await_states (FakeWorld *world, const char *states)
{
  gint64 until = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  while (!g_str_equal (world->states->str, states) && g_get_monotonic_time () < until)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (500);
    }
  g_assert_cmpstr (world->states->str, ==, states);
}

void
fake_world_await (RoostDomain *domain, RoostDomainState state)
{
  gint64 until = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  while (roost_domain_state (domain) != state || co_count () > 0)
    {
      if (g_get_monotonic_time () > until)
        g_error ("waited for %s, it is %s (%s)", roost_domain_state_name (state),
                 roost_domain_state_name (roost_domain_state (domain)),
                 roost_domain_reason (domain));
      g_main_context_iteration (NULL, FALSE);
      g_usleep (500);
    }
}

void
fake_world_tell (FakeWorld *world, RoostDomain *domain, const char *json)
{
  g_autofree char *below = g_strdup_printf ("run/domain/%s/control", roost_domain_uuid (domain));
  g_autofree char *path = fake_world_path (world, below);
  g_autofree char *line = g_strconcat (json, "\n", NULL);
  g_auto (RoostFd) fd = open (path, O_WRONLY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, line, strlen (line)), ==, (gssize)strlen (line));
}

/* --- calls --- */

typedef struct
{
  FakeWorld *world;
  RoostDomain *domain;
  const char *xml;
  gboolean paused;
  gboolean (*op) (RoostDomain *, const char *, GError **);
  GError *error;
  gboolean ok;
} Call;

static gboolean
finish (Call *call, GError **error)
{
  if (call->error != NULL)
    g_propagate_error (error, call->error);
  return call->ok;
}

static void
define_body (gpointer p)
{
  Call *call = p;

  call->domain = roost_manager_define (call->world->manager, call->xml, ":1.1", &call->error);
}

RoostDomain *
fake_world_define (FakeWorld *world, const char *xml)
{
  Call call = { .world = world, .xml = xml };

  fake_world_run (define_body, &call);
  g_assert_no_error (call.error);
  g_object_unref (call.domain); /* the manager has it */
  return call.domain;
}

static void
start_body (gpointer p)
{
  Call *call = p;
  const RoostStartOptions options = { .paused = call->paused };

  call->ok = roost_domain_start (call->domain, &options, ":1.1", NULL, &call->error);
}

gboolean
fake_world_start (RoostDomain *domain, gboolean paused, GError **error)
{
  Call call = { .domain = domain, .paused = paused };

  fake_world_run (start_body, &call);
  return finish (&call, error);
}

static void
destroy_body (gpointer p)
{
  Call *call = p;
  const RoostDestroyOptions options = { 0 };

  call->ok = roost_domain_destroy (call->domain, &options, ":1.2", &call->error);
}

gboolean
fake_world_destroy (RoostDomain *domain, GError **error)
{
  Call call = { .domain = domain };

  fake_world_run (destroy_body, &call);
  return finish (&call, error);
}

static void
call_body (gpointer p)
{
  Call *call = p;

  call->ok = call->op (call->domain, ":1.3", &call->error);
}

gboolean
fake_world_call (gboolean (*op) (RoostDomain *, const char *, GError **),
                 RoostDomain *domain,
                 GError **error)
{
  Call call = { .domain = domain, .op = op };

  fake_world_run (call_body, &call);
  return finish (&call, error);
}
