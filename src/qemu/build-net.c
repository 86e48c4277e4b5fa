/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

/* Network interfaces: the host's end (-netdev) and the guest's. */

static gboolean
is_virtio (const RoostInterface *net)
{
  return net->model != NULL && g_str_has_prefix (net->model, "virtio");
}

/* Several queues are worth something to virtio only. */
static guint
queue_count (const RoostInterface *net)
{
  return is_virtio (net) && net->queues.is_set && net->queues.value > 1 ? (guint)net->queues.value
                                                                        : 1;
}

static JsonObject *
netdev_new (const RoostInterface *net, const char *type)
{
  JsonObject *netdev = roost_object_new ("type", type);

  roost_put_printf (netdev, "id", "host%s", net->info.alias);
  return netdev;
}

/* --- the host's end --- */

/* "fd": "3", or "fds": "3:4" when there are more. */
static void
put_fds (RoostBuild *build,
         JsonObject *netdev,
         const RoostInterface *net,
         RoostFdKind kind,
         const char *key)
{
  guint count = queue_count (net);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *plural = g_strconcat (key, "s", NULL);

  for (guint i = 0; i < count; i++)
    {
      int fd = roost_build_request_fd (build, kind, net->info.alias, i,
                                       kind == ROOST_FD_TAP ? net->target_dev : NULL);
      g_autofree char *name = roost_build_fd_text (build, fd);

      g_string_append_printf (text, "%s%s", i > 0 ? ":" : "", name);
    }
  roost_put_string (netdev, count > 1 ? plural : key, text->str);
}

static gboolean
uses_vhost (RoostBuild *build, const RoostInterface *net)
{
  return is_virtio (net) && (build->launch->is_privileged || build->launch->is_dry)
         && build->config->type == ROOST_VIRT_TYPE_KVM
         && net->driver_name != ROOST_NET_DRIVER_NAME_QEMU;
}

static gboolean
build_tap (RoostBuild *build, const RoostInterface *net, GError **error)
{
  JsonObject *netdev = netdev_new (net, "tap");

  put_fds (build, netdev, net, ROOST_FD_TAP, "fd");
  if (uses_vhost (build, net))
    {
      roost_put_bool (netdev, "vhost", TRUE);
      put_fds (build, netdev, net, ROOST_FD_VHOST_NET, "vhostfd");
    }
  roost_put_uint (netdev, "sndbuf", net->sndbuf);
  roost_build_netdev (build, netdev);
  return TRUE;
}

static void
put_user_addresses (JsonObject *netdev, const RoostInterface *net)
{
  const RoostIp *ip;

  ROOST_LIST_EACH (RoostIp, ip, net->ips)
    {
      gboolean is_ipv6 =
          g_strcmp0 (ip->family, "ipv6") == 0
          || (ip->family == NULL && ip->address != NULL && g_strrstr (ip->address, ":") != NULL);

      if (is_ipv6)
        {
          roost_put_string (netdev, "ipv6-prefix", ip->address);
          roost_put_uint (netdev, "ipv6-prefixlen", ip->prefix);
        }
      else if (ip->prefix.is_set)
        roost_put_printf (netdev, "net", "%s/%u", ip->address, (guint)ip->prefix.value);
      else
        roost_put_string (netdev, "net", ip->address);
    }
}

/* QEMU 7.2 connects in a thread that does not know the descriptors which a monitor was given: what
 * is plugged goes by a path. */
static JsonObject *
passt_address (RoostBuild *build, const RoostInterface *net)
{
  gboolean is_plug = *build->fd_prefix != '\0';
  JsonObject *address = roost_object_new ("type", is_plug ? "unix" : "fd");
  g_autofree char *name = g_strdup_printf ("%s-passt.sock", net->info.alias);
  g_autofree char *text = NULL;

  if (is_plug)
    text = roost_build_run_path (build, name);
  else
    text = roost_build_fd_text (
        build, roost_build_request_fd (build, ROOST_FD_PASST, net->info.alias, 0, NULL));
  roost_put_string (address, is_plug ? "path" : "str", text);
  return address;
}

static gboolean
build_user (RoostBuild *build, const RoostInterface *net, GError **error)
{
  JsonObject *netdev;

  if (net->backend_type != ROOST_INTERFACE_BACKEND_TYPE_PASST)
    {
      netdev = netdev_new (net, "user");
      put_user_addresses (netdev, net);
      roost_build_netdev (build, netdev);
      return TRUE;
    }
  netdev = netdev_new (net, "stream");
  roost_put_child (netdev, "addr", passt_address (build, net));
  roost_put_bool (netdev, "server", FALSE);
  roost_build_netdev (build, netdev);
  return TRUE;
}

static gboolean
build_socket (RoostBuild *build, const RoostInterface *net, const char *key)
{
  JsonObject *netdev = netdev_new (net, "socket");
  const char *address = net->source_address != NULL ? net->source_address : "";

  roost_put_printf (netdev, key, "%s:%u", address, (guint)net->source_port.value);
  if (net->type == ROOST_INTERFACE_TYPE_UDP)
    roost_put_printf (netdev, "localaddr", "%s:%u",
                      net->local_address != NULL ? net->local_address : "",
                      (guint)net->local_port.value);
  roost_build_netdev (build, netdev);
  return TRUE;
}

static gboolean
build_vhost_user (RoostBuild *build, const RoostInterface *net, GError **error)
{
  JsonObject *chardev = roost_object_new ("backend", "socket");
  JsonObject *netdev = netdev_new (net, "vhost-user");
  g_autofree char *id = g_strconcat ("char", net->info.alias, NULL);

  roost_put_string (chardev, "id", id);
  roost_put_string (chardev, "path", net->source_path);
  if (net->source_mode == ROOST_UNIX_MODE_SERVER)
    roost_put_string (chardev, "server", "on");
  else if (net->source_reconnect.enabled == ROOST_YES)
    roost_put_uint (chardev, "reconnect", net->source_reconnect.timeout_s);
  else if (net->source_reconnect.enabled == ROOST_NO)
    roost_put_int (chardev, "reconnect", 0);
  roost_build_chardev (build, chardev);
  roost_put_string (netdev, "chardev", id);
  if (queue_count (net) > 1)
    roost_put_int (netdev, "queues", queue_count (net));
  roost_build_netdev (build, netdev);
  return TRUE;
}

static gboolean
build_vdpa (RoostBuild *build, const RoostInterface *net, GError **error)
{
  JsonObject *netdev = netdev_new (net, "vhost-vdpa");
  int fd = roost_build_request_fd (build, ROOST_FD_VHOST_VDPA, net->info.alias, 0, net->source_dev);
  g_autofree char *set = roost_build_fdset (build, fd, net->info.alias, "vdpa");

  roost_put_string (netdev, "vhostdev", set);
  if (queue_count (net) > 1)
    roost_put_int (netdev, "queues", queue_count (net));
  roost_build_netdev (build, netdev);
  return TRUE;
}

static gboolean
build_backend (RoostBuild *build, const RoostInterface *net, GError **error)
{
  switch (net->type)
    {
    case ROOST_INTERFACE_TYPE_NETWORK:
    case ROOST_INTERFACE_TYPE_BRIDGE:
    case ROOST_INTERFACE_TYPE_DIRECT:
    case ROOST_INTERFACE_TYPE_ETHERNET:
      return build_tap (build, net, error);
    case ROOST_INTERFACE_TYPE_USER:
      return build_user (build, net, error);
    case ROOST_INTERFACE_TYPE_SERVER:
      return build_socket (build, net, "listen");
    case ROOST_INTERFACE_TYPE_CLIENT:
      return build_socket (build, net, "connect");
    case ROOST_INTERFACE_TYPE_MCAST:
      return build_socket (build, net, "mcast");
    case ROOST_INTERFACE_TYPE_UDP:
      return build_socket (build, net, "udp");
    case ROOST_INTERFACE_TYPE_VHOSTUSER:
      return build_vhost_user (build, net, error);
    case ROOST_INTERFACE_TYPE_VDPA:
      return build_vdpa (build, net, error);
    case ROOST_INTERFACE_TYPE_INTERNAL:
    case ROOST_INTERFACE_TYPE_HOSTDEV:
    case ROOST_INTERFACE_TYPE_NULL:
    case ROOST_INTERFACE_TYPE_VDS:
    case ROOST_INTERFACE_TYPE_UNSET:
    default:
      return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "interface “%s”: QEMU has no type “%s”",
                          net->info.alias, roost_interface_type_names[net->type]);
    }
}

/* --- the guest's end --- */

static RoostVirtioModel
virtio_model (const RoostInterface *net)
{
  if (g_str_equal (net->model, "virtio-transitional"))
    return ROOST_VIRTIO_MODEL_VIRTIO_TRANSITIONAL;
  if (g_str_equal (net->model, "virtio-non-transitional"))
    return ROOST_VIRTIO_MODEL_VIRTIO_NON_TRANSITIONAL;
  return ROOST_VIRTIO_MODEL_UNSET;
}

static char *
net_driver (const RoostInterface *net)
{
  if (is_virtio (net))
    return roost_virtio_driver ("virtio-net", &net->info, virtio_model (net));
  if (g_str_equal (net->model, "netfront"))
    return NULL;
  return g_strdup (net->model);
}

static void
put_offloads (JsonObject *device, const RoostInterface *net)
{
  roost_put_yes_no (device, "csum", net->host_csum);
  roost_put_yes_no (device, "gso", net->host_gso);
  roost_put_yes_no (device, "host_tso4", net->host_tso4);
  roost_put_yes_no (device, "host_tso6", net->host_tso6);
  roost_put_yes_no (device, "host_ecn", net->host_ecn);
  roost_put_yes_no (device, "host_ufo", net->host_ufo);
  roost_put_yes_no (device, "mrg_rxbuf", net->host_mrg_rxbuf);
  roost_put_yes_no (device, "guest_csum", net->guest_csum);
  roost_put_yes_no (device, "guest_tso4", net->guest_tso4);
  roost_put_yes_no (device, "guest_tso6", net->guest_tso6);
  roost_put_yes_no (device, "guest_ecn", net->guest_ecn);
  roost_put_yes_no (device, "guest_ufo", net->guest_ufo);
}

static void
put_virtio_net (JsonObject *device, const RoostInterface *net)
{
  guint queues = queue_count (net);

  roost_put_virtio (device, &net->virtio);
  if (net->txmode != ROOST_TX_MODE_UNSET)
    roost_put_string (device, "tx", net->txmode == ROOST_TX_MODE_TIMER ? "timer" : "bh");
  roost_put_yes_no (device, "ioeventfd", net->ioeventfd);
  roost_put_yes_no (device, "event_idx", net->event_idx);
  put_offloads (device, net);
  if (queues > 1)
    {
      roost_put_bool (device, "mq", TRUE);
      /* one for each direction of each queue, one for control, one for changes of the device */
      if (net->info.address == NULL || net->info.address->type != ROOST_ADDRESS_TYPE_CCW)
        roost_put_int (device, "vectors", 2 * (gint64)queues + 2);
    }
  roost_put_yes_no (device, "rss", net->rss);
  roost_put_yes_no (device, "hash", net->rss_hash_report);
  roost_put_uint (device, "rx_queue_size", net->rx_queue_size);
  roost_put_uint (device, "tx_queue_size", net->tx_queue_size);
  roost_put_uint (device, "host_mtu", net->mtu);
  if (net->teaming_type == ROOST_TEAMING_TYPE_PERSISTENT)
    roost_put_bool (device, "failover", TRUE);
}

/* A network chip that is soldered to the board. */
static gboolean
is_board_nic (RoostBuild *build, const RoostInterface *net)
{
  return roost_arch_is_arm (build->config->os.arch) && build->family == ROOST_MACHINE_OTHER
         && !is_virtio (net) && net->info.address == NULL;
}

static gboolean
build_hostdev_interface (RoostBuild *build, const RoostInterface *net, GError **error)
{
  JsonObject *device = roost_device_new ("vfio-pci", &net->info);

  roost_put_printf (device, "host", "%04x:%02x:%02x.%x", (guint)net->hostdev_domain.value,
                    (guint)net->hostdev_bus.value, (guint)net->hostdev_slot.value,
                    (guint)net->hostdev_function.value);
  if (net->teaming_type == ROOST_TEAMING_TYPE_TRANSIENT)
    roost_put_string (device, "failover_pair_id", net->teaming_persistent);
  roost_put_boot (build, device, &net->info);
  roost_put_rom (device, &net->info);
  return roost_build_device_at (build, device, &net->info, error);
}

static gboolean
build_guest_end (RoostBuild *build, const RoostInterface *net, GError **error)
{
  g_autofree char *driver = net_driver (net);
  JsonObject *device;

  if (driver == NULL)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "QEMU has no network device “%s”",
                        net->model);
  if (is_board_nic (build, net))
    {
      roost_build_option_printf (build, "-net", "nic,macaddr=%s,model=%s,netdev=host%s", net->mac,
                                 net->model, net->info.alias);
      return TRUE;
    }
  device = roost_object_new ("driver", driver);
  if (is_virtio (net))
    put_virtio_net (device, net);
  roost_put_printf (device, "netdev", "host%s", net->info.alias);
  roost_put_string (device, "id", net->info.alias);
  roost_put_string (device, "mac", net->mac);
  roost_put_boot (build, device, &net->info);
  roost_put_rom (device, &net->info);
  return roost_build_device_at (build, device, &net->info, error);
}

gboolean
roost_build_interface (RoostBuild *build, const RoostInterface *net, GError **error)
{
  if (net->type == ROOST_INTERFACE_TYPE_HOSTDEV)
    return build_hostdev_interface (build, net, error);
  if (net->model == NULL)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT, "interface “%s” has no model",
                        net->info.alias);
  return build_backend (build, net, error) && build_guest_end (build, net, error);
}
