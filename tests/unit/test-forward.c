/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/compat.h"
#include "base/error.h"
#include "domain/view-helpers.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* What passt is told, and ports that somebody has. */

#define DOMAIN(inner)                                                                              \
  "<domain type='qemu'><name>guest</name><memory unit='MiB'>64</memory>"                           \
  "<os><type arch='x86_64' machine='q35'>hvm</type></os><devices>"                                 \
  "<interface type='user'><backend type='passt'/>" inner "</interface></devices></domain>"

static GPtrArray *
plans_of (const char *xml)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (xml, NULL, &error);
  GPtrArray *plans;

  g_assert_no_error (error);
  plans = roost_view_helpers (config);
  g_assert_cmpuint (plans->len, ==, 1);
  return plans;
}

static void
assert_told (const char *xml, const char *expected)
{
  g_autoptr (GPtrArray) plans = plans_of (xml);
  g_autofree char *text = g_strjoinv (" ", ((RoostHelperPlan *)plans->pdata[0])->args);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_told (void)
{
  assert_told (DOMAIN (""), "--stderr");
  assert_told (DOMAIN ("<portForward proto='tcp'/>"), "--stderr --tcp-ports all");
  assert_told (DOMAIN ("<portForward proto='udp' address='::1'/>"), "--stderr --udp-ports ::1/~0");
  assert_told (DOMAIN ("<portForward proto='tcp' dev='eth0'><range start='22'/></portForward>"),
               "--stderr --tcp-ports 0.0.0.0%eth0/22");
  assert_told (DOMAIN ("<portForward proto='tcp' address='192.0.2.1' dev='eth0'>"
                       "<range start='80' end='90' to='1080'/>"
                       "<range start='85' end='86' exclude='yes'/></portForward>"),
               "--stderr --tcp-ports 192.0.2.1%eth0/80-90:1080-1090,~85-86");
}

static void
test_router (void)
{
  assert_told (DOMAIN ("<ip address='10.9.8.7' prefix='24'/>"),
               "--stderr --address 10.9.8.7 --netmask 24 --gateway 10.9.8.1");
  assert_told (DOMAIN ("<ip address='10.9.8.1' prefix='24'/>"),
               "--stderr --address 10.9.8.1 --netmask 24 --gateway 10.9.8.2");
  assert_told (DOMAIN ("<ip address='10.9.8.201' prefix='30'/>"),
               "--stderr --address 10.9.8.201 --netmask 30 --gateway 10.9.8.202");
  assert_told (DOMAIN ("<ip address='10.9.8.7'/>"), "--stderr --address 10.9.8.7");
  assert_told (DOMAIN ("<ip family='ipv6' address='2001:db8::7' prefix='64'/>"),
               "--stderr --address 2001:db8::7");
}

static guint
take_port (int fd)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t size = sizeof address;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, size), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *)&address, &size), ==, 0);
  return ntohs (address.sin_port);
}

static void
test_taken (void)
{
  g_auto (RoostFd) fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  guint port = take_port (fd);
  g_autoptr (RoostForward) forward = roost_forward_new ("net0", "127.0.0.1", NULL, TRUE);
  g_autoptr (RoostForward) any = roost_forward_new ("net0", NULL, NULL, TRUE);
  g_autoptr (GError) error = NULL;

  roost_forward_set (forward, port, port, TRUE);
  roost_forward_set (any, port, port, TRUE);
  g_assert_false (roost_forward_check (any, NULL));
  g_assert_false (roost_forward_check (forward, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_EXISTS);
  g_assert_nonnull (strstr (error->message, "net0: the UDP port "));
  roost_forward_set (forward, port, port, FALSE);
  g_assert_true (roost_forward_check (forward, NULL));
  roost_fd_clear (&fd);
  g_assert_true (roost_forward_check (any, NULL));
}

/* Where nobody names a port passt takes those that are free: there is nothing to look at. */
static void
test_named (void)
{
  g_autoptr (GPtrArray) all = plans_of (
      DOMAIN ("<portForward proto='tcp'><range start='25' exclude='yes'/></portForward>"));
  g_autoptr (GPtrArray) one =
      plans_of (DOMAIN ("<portForward proto='tcp'><range start='25'/></portForward>"));

  g_assert_cmpuint (((RoostHelperPlan *)all->pdata[0])->forwards->len, ==, 0);
  g_assert_cmpuint (((RoostHelperPlan *)one->pdata[0])->forwards->len, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/forward/told", test_told);
  g_test_add_func ("/forward/router", test_router);
  g_test_add_func ("/forward/taken", test_taken);
  g_test_add_func ("/forward/named", test_named);
  return g_test_run ();
}
