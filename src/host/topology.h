/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * roost_host_topology_xml:
 * @sys_dir: "/sys/devices/system", or a test's copy
 * Memory and processors by NUMA node, as <topology> in libvirt's capabilities; a host without
 * nodes has none in it. Reads sysfs. Awaits: no.
 */
char *roost_host_topology_xml (const char *sys_dir);
