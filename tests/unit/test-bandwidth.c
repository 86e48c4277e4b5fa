/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain/bandwidth.h"

/* The words that tc reads. */

static void
assert_script (RoostNicLimit inbound, RoostNicLimit outbound, const char *expected)
{
  RoostNicView nic = { .target = (char *)"vnet0", .inbound = inbound, .outbound = outbound };
  g_autofree char *script = roost_bandwidth_script (&nic);

  g_assert_cmpstr (script, ==, expected);
}

static void
test_script (void)
{
  RoostNicLimit none = { 0 };

  assert_script (none, none, "");
  assert_script ((RoostNicLimit){ .average = 1024, .peak = 4096, .burst = 2048 }, none,
                 "qdisc add dev vnet0 root handle 1: htb default 1\n"
                 "class add dev vnet0 parent 1: classid 1:1 htb rate 1024bps ceil 4096bps "
                 "burst 2048\n");
  /* A burst that lets no packet through would let none through at all. */
  assert_script (none, (RoostNicLimit){ .average = 1024, .burst = 2048 },
                 "qdisc add dev vnet0 handle ffff: ingress\n"
                 "filter add dev vnet0 parent ffff: protocol all prio 1 u32 match u32 0 0 "
                 "police rate 1024bps burst 65536 mtu 65536 drop flowid :1\n");
  assert_script (none, (RoostNicLimit){ .average = 4000000, .peak = 8000000 },
                 "qdisc add dev vnet0 handle ffff: ingress\n"
                 "filter add dev vnet0 parent ffff: protocol all prio 1 u32 match u32 0 0 "
                 "police rate 4000000bps burst 400000 peakrate 8000000bps mtu 65536 drop "
                 "flowid :1\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bandwidth/script", test_script);
  return g_test_run ();
}
