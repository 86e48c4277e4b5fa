/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"

#include "base/compat.h"

#include <gio/gio.h>

#include <string.h>

#define INTERFACES_EACH(net)                                                                       \
  ROOST_LIST_EACH (RoostInterface, net, checker->config->devices.interfaces)

static const char *
label (const RoostInterface *net)
{
  return net->mac != NULL ? net->mac : "without <mac>";
}

static gboolean
is_virtio (const RoostInterface *net)
{
  return net->model != NULL && g_str_has_prefix (net->model, "virtio");
}

static void
mac_unicast (RoostChecker *checker)
{
  RoostInterface *net;

  INTERFACES_EACH (net)
    if (net->mac != NULL && (g_ascii_xdigit_value (net->mac[1]) & 1) != 0)
      roost_check_invalid (checker, &net->info.position, "interface",
                           "the MAC address %s is one of many, not of one card", net->mac);
}

static const char *
missing_source (const RoostInterface *net)
{
  switch (net->type)
    {
    case ROOST_INTERFACE_TYPE_NETWORK:
      return net->network == NULL ? "network" : NULL;
    case ROOST_INTERFACE_TYPE_BRIDGE:
      return net->bridge == NULL ? "bridge" : NULL;
    case ROOST_INTERFACE_TYPE_DIRECT:
    case ROOST_INTERFACE_TYPE_VDPA:
      return net->source_dev == NULL ? "dev" : NULL;
    case ROOST_INTERFACE_TYPE_VHOSTUSER:
      return net->source_path == NULL                    ? "path"
             : net->source_mode == ROOST_UNIX_MODE_UNSET ? "mode"
                                                         : NULL;
    case ROOST_INTERFACE_TYPE_INTERNAL:
      return net->source_name == NULL ? "name" : NULL;
    case ROOST_INTERFACE_TYPE_SERVER:
    case ROOST_INTERFACE_TYPE_CLIENT:
    case ROOST_INTERFACE_TYPE_MCAST:
    case ROOST_INTERFACE_TYPE_UDP:
      return !net->source_port.is_set ? "port" : NULL;
    case ROOST_INTERFACE_TYPE_HOSTDEV:
      return net->hostdev_source_type == NULL && !net->hostdev_bus.is_set ? "<address>" : NULL;
    case ROOST_INTERFACE_TYPE_UNSET:
    case ROOST_INTERFACE_TYPE_ETHERNET:
    case ROOST_INTERFACE_TYPE_USER:
    case ROOST_INTERFACE_TYPE_NULL:
    case ROOST_INTERFACE_TYPE_VDS:
      return NULL;
    }
  return NULL;
}

static void
source_needed (RoostChecker *checker)
{
  RoostInterface *net;

  INTERFACES_EACH (net)
    {
      const char *missing = missing_source (net);

      if (missing != NULL)
        roost_check_invalid (checker, &net->info.position, "interface",
                             "%s: <source> of type '%s' lacks %s", label (net),
                             roost_interface_type_names[net->type], missing);
      if ((net->type == ROOST_INTERFACE_TYPE_CLIENT || net->type == ROOST_INTERFACE_TYPE_MCAST)
          && net->source_address == NULL)
        roost_check_invalid (checker, &net->info.position, "interface",
                             "%s: <source> of type '%s' lacks address", label (net),
                             roost_interface_type_names[net->type]);
    }
}

static void
type_known_to_qemu (RoostChecker *checker)
{
  RoostInterface *net;

  INTERFACES_EACH (net)
    if (net->type == ROOST_INTERFACE_TYPE_INTERNAL || net->type == ROOST_INTERFACE_TYPE_VDS)
      roost_check_unsupported (checker, &net->info.position, "interface",
                               "%s: QEMU has no type '%s'", label (net),
                               roost_interface_type_names[net->type]);
}

static void
vhostuser (RoostChecker *checker)
{
  RoostInterface *net;

  INTERFACES_EACH (net)
    {
      const RoostPosition *at = &net->info.position;

      if (net->type != ROOST_INTERFACE_TYPE_VHOSTUSER)
        continue;
      if (g_strcmp0 (net->source_type, "unix") != 0)
        roost_check_invalid (checker, at, "interface", "%s: vhostuser needs <source type='unix'>",
                             label (net));
      if (net->source_mode == ROOST_UNIX_MODE_SERVER && net->source_reconnect.enabled == ROOST_YES)
        roost_check_invalid (checker, at, "interface", "%s: <reconnect> is for mode='client'",
                             label (net));
      if (!is_virtio (net))
        roost_check_unsupported (checker, at, "interface", "%s: vhostuser needs the model 'virtio'",
                                 label (net));
    }
}

static gboolean
is_queue_size (guint64 size)
{
  return size == 0 || (size & (size - 1)) == 0;
}

static void
queue_sizes (RoostChecker *checker)
{
  RoostInterface *net;

  INTERFACES_EACH (net)
    {
      if (!is_queue_size (net->rx_queue_size.value) || !is_queue_size (net->tx_queue_size.value))
        roost_check_unsupported (checker, &net->info.position, "driver",
                                 "%s: a queue size is a power of 2", label (net));
    }
}

static void
teaming (RoostChecker *checker)
{
  RoostInterface *net;

  INTERFACES_EACH (net)
    {
      const RoostPosition *at = &net->info.position;

      if (net->teaming_type == ROOST_TEAMING_TYPE_TRANSIENT && net->teaming_persistent == NULL)
        roost_check_invalid (checker, at, "teaming",
                             "%s: the transient one names the alias of the persistent one",
                             label (net));
      if (net->teaming_type == ROOST_TEAMING_TYPE_PERSISTENT && net->teaming_persistent != NULL)
        roost_check_invalid (checker, at, "teaming", "%s: persistent is for type='transient'",
                             label (net));
      if (net->teaming_type == ROOST_TEAMING_TYPE_PERSISTENT && !is_virtio (net))
        roost_check_unsupported (checker, at, "teaming",
                                 "%s: the persistent one is of model 'virtio'", label (net));
    }
}

static void
passt (RoostChecker *checker)
{
  RoostInterface *net;

  INTERFACES_EACH (net)
    {
      const RoostPosition *at = &net->info.position;
      gboolean is_passt = net->backend_type == ROOST_INTERFACE_BACKEND_TYPE_PASST;

      if (is_passt && net->type != ROOST_INTERFACE_TYPE_USER)
        roost_check_unsupported (checker, at, "backend", "%s: passt is for type='user'",
                                 label (net));
      if (!is_passt && net->port_forwards != NULL)
        roost_check_unsupported (checker, at, "portForward", "%s: it needs <backend type='passt'/>",
                                 label (net));
      if (!is_passt && net->backend_log_file != NULL)
        roost_check_unsupported (checker, at, "backend", "%s: logFile is for passt", label (net));
    }
}

static void
check_range (RoostChecker *checker, const RoostPortForward *forward, const RoostPortRange *range)
{
  guint64 end = range->end.is_set ? range->end.value : range->start.value;

  if (end < range->start.value)
    roost_check_invalid (checker, &forward->position, "range", "it ends before it starts");
  else if (range->to.value + (end - range->start.value) > 65535)
    roost_check_invalid (checker, &forward->position, "range", "it goes beyond port 65535");
}

static void
port_ranges (RoostChecker *checker)
{
  RoostInterface *net;
  RoostPortForward *forward;
  RoostPortRange *range;

  INTERFACES_EACH (net)
    ROOST_LIST_EACH (RoostPortForward, forward, net->port_forwards)
      {
        if (forward->address != NULL && !g_hostname_is_ip_address (forward->address))
          roost_check_invalid (checker, &forward->position, "address", "'%s' is no IP address",
                               forward->address);
        ROOST_LIST_EACH (RoostPortRange, range, forward->ranges)
          check_range (checker, forward, range);
      }
}

static void
user_addresses (RoostChecker *checker)
{
  RoostInterface *net;
  RoostIp *ip;

  INTERFACES_EACH (net)
    {
      guint n4 = 0, n6 = 0;

      if (net->type != ROOST_INTERFACE_TYPE_USER)
        continue;
      ROOST_LIST_EACH (RoostIp, ip, net->ips)
        *(strchr (ip->address, ':') != NULL ? &n6 : &n4) += 1;
      if (n4 > 1 || n6 > 1)
        roost_check_unsupported (checker, &net->info.position, "ip",
                                 "%s: type='user' takes one IPv4 and one IPv6 address",
                                 label (net));
    }
}

static void
addresses_parse (RoostChecker *checker)
{
  RoostInterface *net;
  RoostIp *ip;

  INTERFACES_EACH (net)
    ROOST_LIST_EACH (RoostIp, ip, net->ips)
      {
        g_autoptr (GInetAddress) address = g_inet_address_new_from_string (ip->address);
        gboolean is_v4 =
            address != NULL && g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4;

        if (address == NULL)
          roost_check_invalid (checker, &net->info.position, "ip", "%s: '%s' is no IP address",
                               label (net), ip->address);
        else if (is_v4 && ip->prefix.value > 32)
          roost_check_invalid (checker, &net->info.position, "ip", "%s: an IPv4 prefix is up to 32",
                               label (net));
      }
}

static void
bandwidth (RoostChecker *checker)
{
  RoostInterface *net;

  INTERFACES_EACH (net)
    {
      const RoostPosition *at = &net->info.position;

      if (net->outbound != NULL && net->outbound->floor.is_set)
        roost_check_invalid (checker, at, "outbound", "%s: floor is for <inbound>", label (net));
      if (net->inbound != NULL && !net->inbound->average.is_set && !net->inbound->floor.is_set)
        roost_check_invalid (checker, at, "inbound", "%s: it needs average or floor", label (net));
      if (net->outbound != NULL && !net->outbound->average.is_set)
        roost_check_invalid (checker, at, "outbound", "%s: it needs average", label (net));
      if (net->inbound != NULL && net->inbound->floor.is_set
          && net->type != ROOST_INTERFACE_TYPE_NETWORK)
        roost_check_unsupported (checker, at, "inbound", "%s: floor is for type='network'",
                                 label (net));
    }
}

static void
vlan (RoostChecker *checker)
{
  RoostInterface *net;

  INTERFACES_EACH (net)
    {
      guint n;

      if (net->vlan == NULL)
        continue;
      n = net->vlan->tags != NULL ? net->vlan->tags->len : 0;
      if (n == 0)
        roost_check_invalid (checker, &net->info.position, "vlan", "%s: it needs a <tag>",
                             label (net));
      if (n > 1 && net->vlan->trunk == ROOST_NO)
        roost_check_invalid (checker, &net->info.position, "vlan",
                             "%s: more than one <tag> makes a trunk", label (net));
    }
}

/* A port of a switch, where a tag or a profile means something. */
static gboolean
has_switch_port (const RoostInterface *net)
{
  switch ((int)net->type)
    {
    case ROOST_INTERFACE_TYPE_NETWORK:
    case ROOST_INTERFACE_TYPE_BRIDGE:
    case ROOST_INTERFACE_TYPE_DIRECT:
    case ROOST_INTERFACE_TYPE_ETHERNET:
    case ROOST_INTERFACE_TYPE_HOSTDEV:
      return TRUE;
    default:
      return FALSE;
    }
}

static void
switch_port (RoostChecker *checker)
{
  RoostInterface *net;

  INTERFACES_EACH (net)
    {
      const RoostPosition *at = &net->info.position;
      gboolean is_plain_bridge =
          net->type == ROOST_INTERFACE_TYPE_BRIDGE
          && (net->virtualport == NULL
              || net->virtualport->type != ROOST_VIRTUALPORT_TYPE_OPENVSWITCH);

      if (net->virtualport != NULL && !has_switch_port (net))
        roost_check_unsupported (checker, at, "virtualport", "%s: type='%s' has no virtual port",
                                 label (net), roost_interface_type_names[net->type]);
      if (net->vlan != NULL && (!has_switch_port (net) || is_plain_bridge))
        roost_check_unsupported (checker, at, "vlan",
                                 "%s: VLAN tags need a bridge of Open vSwitch, a network, or a "
                                 "card of the host",
                                 label (net));
    }
}

/* Packets that go through a process have the size and the one queue which that process knows. */
static void
tap_only (RoostChecker *checker)
{
  RoostInterface *net;

  INTERFACES_EACH (net)
    {
      const RoostPosition *at = &net->info.position;
      gboolean is_vhost_user = net->type == ROOST_INTERFACE_TYPE_VHOSTUSER;
      gboolean is_direct = net->type == ROOST_INTERFACE_TYPE_DIRECT;
      gboolean is_vdpa = net->type == ROOST_INTERFACE_TYPE_VDPA;
      gboolean is_tap = has_switch_port (net) && net->type != ROOST_INTERFACE_TYPE_HOSTDEV;

      if (net->mtu.is_set && (!(is_tap || is_vhost_user) || is_direct))
        roost_check_unsupported (checker, at, "mtu", "%s: type='%s' has no MTU to set", label (net),
                                 roost_interface_type_names[net->type]);
      if (net->queues.value > 1 && is_virtio (net) && !is_tap && !is_vhost_user && !is_vdpa)
        roost_check_unsupported (checker, at, "driver", "%s: type='%s' has one queue only",
                                 label (net), roost_interface_type_names[net->type]);
    }
}

static void
coalesce (RoostChecker *checker)
{
  RoostInterface *net;

  INTERFACES_EACH (net)
    if (net->coalesce_rx_frames_max.is_set && net->type != ROOST_INTERFACE_TYPE_NETWORK
        && net->type != ROOST_INTERFACE_TYPE_BRIDGE && net->type != ROOST_INTERFACE_TYPE_ETHERNET
        && net->type != ROOST_INTERFACE_TYPE_DIRECT)
      roost_check_unsupported (checker, &net->info.position, "coalesce",
                               "%s: type '%s' has no tap to set it for", label (net),
                               roost_interface_type_names[net->type]);
}

static void
model_name (RoostChecker *checker)
{
  static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.";
  RoostInterface *net;

  INTERFACES_EACH (net)
    if (net->model != NULL && strspn (net->model, allowed) != strlen (net->model))
      roost_check_invalid (checker, &net->info.position, "model", "%s: '%s' is no name of a device",
                           label (net), net->model);
}

static void
managed_tap (RoostChecker *checker)
{
  RoostInterface *net;

  INTERFACES_EACH (net)
    if (net->target_managed == ROOST_NO && net->type == ROOST_INTERFACE_TYPE_ETHERNET
        && net->target_dev == NULL)
      roost_check_invalid (checker, &net->info.position, "target",
                           "%s: managed='no' needs the name of the tap", label (net));
}

const RoostRule roost_net_rules[] = {
  { "interface-mac", mac_unicast },
  { "interface-source", source_needed },
  { "interface-type", type_known_to_qemu },
  { "interface-vhostuser", vhostuser },
  { "interface-queue-size", queue_sizes },
  { "interface-teaming", teaming },
  { "interface-passt", passt },
  { "interface-ports", port_ranges },
  { "interface-user-addresses", user_addresses },
  { "interface-addresses", addresses_parse },
  { "interface-bandwidth", bandwidth },
  { "interface-vlan", vlan },
  { "interface-switch-port", switch_port },
  { "interface-tap-only", tap_only },
  { "interface-coalesce", coalesce },
  { "interface-model", model_name },
  { "interface-tap", managed_tap },
  { NULL, NULL },
};
