/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-qemu.h"

#include "base/compat.h"
#include "base/error.h"

#include <string.h>
#include <sys/socket.h>

/* Consoles and screenshots; the fake echoes in capitals on its pty, backwards on its socket. */

#define DEVICES                                                                                    \
  "<devices><serial type='pty'/><serial type='pty'/><console type='pty'>"                          \
  "<target type='serial'/></console><channel type='unix'><target type='virtio' name='a'/>"         \
  "</channel><channel type='unix'><target type='virtio' name='b'/></channel>"                      \
  "<video><model type='vga'/></video></devices>"

typedef struct
{
  RoostDomain *domain;
  const char *alias;
  gboolean force;
  int fd;
  GError *error;
} Open;

static void
open_body (gpointer p)
{
  Open *o = p;

  o->fd = roost_domain_open_console (o->domain, o->alias, o->force, &o->error);
}

static int
open_console (RoostDomain *domain, const char *alias, gboolean force, GError **error)
{
  Open o = { domain, alias, force, -1, NULL };

  fake_world_run (open_body, &o);
  if (o.error != NULL)
    g_propagate_error (error, o.error);
  return o.fd;
}

static void
assert_refused (RoostDomain *domain, const char *alias, RoostError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (open_console (domain, alias, FALSE, &error), ==, -1);
  g_assert_error (error, ROOST_ERROR, (int)code);
}

/* Until @n bytes came, or the other end closed. */
static char *
read_text (int fd, gsize n)
{
  GString *text = g_string_new (NULL);
  gint64 until = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while (text->len < n && g_get_monotonic_time () < until)
    {
      char bytes[64];
      gssize got;

      g_main_context_iteration (NULL, FALSE);
      got = recv (fd, bytes, sizeof bytes, MSG_DONTWAIT);
      if (got == 0)
        break;
      if (got > 0)
        g_string_append_len (text, bytes, got);
      else
        g_usleep (500);
    }
  return g_string_free (text, FALSE);
}

static void
assert_talk (int fd, const char *said, const char *answer)
{
  g_autofree char *heard = NULL;

  g_assert_cmpint (send (fd, said, strlen (said), 0), ==, (gssize)strlen (said));
  heard = read_text (fd, strlen (answer));
  g_assert_cmpstr (heard, ==, answer);
}

static void
test_console (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (DEVICES));
  g_autofree char *xml = NULL;
  g_autofree char *rest = NULL;
  g_auto (RoostFd) first = -1;
  g_auto (RoostFd) second = -1;

  assert_refused (domain, NULL, ROOST_ERROR_NOT_RUNNING);
  g_assert_true (fake_world_start (domain, FALSE, NULL));
  xml = roost_domain_get_xml (domain, FALSE, FALSE, NULL);
  g_assert_nonnull (strstr (xml, "/dev/pts/"));
  first = open_console (domain, NULL, FALSE, NULL);
  g_assert_cmpint (first, >=, 0);
  assert_talk (first, "login\n", "LOGIN\n");
  assert_refused (domain, "serial0", ROOST_ERROR_BUSY);
  second = open_console (domain, "serial0", TRUE, NULL);
  rest = read_text (first, 1);
  g_assert_cmpstr (rest, ==, "");
  assert_talk (second, "again\n", "AGAIN\n");
  roost_fd_clear (&second);
  for (guint i = 0; i < 50; i++) /* its end is noticed */
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  second = open_console (domain, "serial0", FALSE, NULL);
  assert_talk (second, "third\n", "THIRD\n");
}

/* The running configuration is parsed anew from its text after a while: the pty is still in it. */
static void
test_pty_survives (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (DEVICES));
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  before = roost_domain_get_xml (domain, FALSE, TRUE, NULL);
  fake_world_stop (world);
  fake_world_restart (world);
  domain = roost_manager_find_name (world->manager, "demo");
  after = roost_domain_get_xml (domain, FALSE, TRUE, NULL);
  g_assert_cmpstr (after, ==, before);
}

static void
test_channel (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (DEVICES));
  g_auto (RoostFd) fd = -1;

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  fd = open_console (domain, "channel0", FALSE, NULL);
  assert_talk (fd, "abc", "cba");
  assert_refused (domain, "nothing", ROOST_ERROR_NOT_FOUND);
  /* An escaped guest names files of the host. */
  assert_refused (domain, "channel1", ROOST_ERROR_NOT_SUPPORTED);
  assert_refused (domain, "serial1", ROOST_ERROR_NOT_SUPPORTED);
}

static void
screenshot_body (gpointer p)
{
  Open *o = p;

  o->fd = roost_domain_screenshot (o->domain, NULL, 0, &o->error);
}

static void
test_screenshot (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (DEVICES));
  Open o = { .domain = domain, .fd = -1 };
  char bytes[16] = "";

  fake_world_run (screenshot_body, &o);
  g_assert_error (o.error, ROOST_ERROR, ROOST_ERROR_NOT_RUNNING);
  g_clear_error (&o.error);
  g_assert_true (fake_world_start (domain, FALSE, NULL));
  fake_world_run (screenshot_body, &o);
  g_assert_no_error (o.error);
  g_assert_cmpint (read (o.fd, bytes, sizeof bytes - 1), ==, 9);
  g_assert_cmpstr (bytes, ==, "\x89PNG fake");
  close (o.fd);
}

static void
test_no_screen (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  Open o = { .domain = fake_world_define (world, FAKE_XML ("")), .fd = -1 };

  g_assert_true (fake_world_start (o.domain, FALSE, NULL));
  fake_world_run (screenshot_body, &o);
  g_assert_error (o.error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED);
  g_clear_error (&o.error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/devices/console", test_console);
  g_test_add_func ("/devices/pty-survives", test_pty_survives);
  g_test_add_func ("/devices/channel", test_channel);
  g_test_add_func ("/devices/screenshot", test_screenshot);
  g_test_add_func ("/devices/no-screen", test_no_screen);
  return g_test_run ();
}
