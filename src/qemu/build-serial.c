/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

#include <stdio.h>

/* Serial and parallel ports, consoles, channels, smartcards and redirected USB: the guest's end of
 * character devices. */

static char *
chardev_id (const RoostDeviceInfo *info)
{
  return g_strconcat ("char", info->alias, NULL);
}

static gboolean
build_backend (RoostBuild *build,
               const RoostDeviceInfo *info,
               const RoostCharSource *source,
               char **out_id,
               GError **error)
{
  g_autofree char *id = chardev_id (info);

  if (!roost_build_char_source (build, id, info->alias, source, error))
    return FALSE;
  *out_id = g_steal_pointer (&id);
  return TRUE;
}

/* Adds device @driver for the port; takes nothing. */
static gboolean
build_port (RoostBuild *build,
            const RoostChardev *chardev,
            const char *driver,
            const char *backend,
            GError **error)
{
  JsonObject *device = roost_object_new ("driver", driver);

  roost_put_string (device, "chardev", backend);
  roost_put_string (device, "id", chardev->info.alias);
  if (g_str_equal (driver, "isa-serial"))
    roost_put_int (device, "index", (gint64)chardev->port.value);
  return roost_build_device_at (build, device, &chardev->info, error);
}

/* Ports that the board has itself: -serial in order of their numbers. */
static gboolean
is_board_port (const RoostChardev *serial)
{
  return serial->serial_model == ROOST_SERIAL_MODEL_PL011
         || serial->serial_model == ROOST_SERIAL_MODEL_16550A
         || (serial->serial_model == ROOST_SERIAL_MODEL_UNSET
             && (serial->serial_target == ROOST_SERIAL_TARGET_SYSTEM_SERIAL
                 || serial->serial_target == ROOST_SERIAL_TARGET_UNSET));
}

gboolean
roost_build_serial (RoostBuild *build, const RoostChardev *serial, GError **error)
{
  g_autofree char *id = NULL;
  const char *driver = roost_serial_model_names[serial->serial_model];

  if (!build_backend (build, &serial->info, &serial->source, &id, error))
    return FALSE;
  if (is_board_port (serial))
    {
      roost_build_option_printf (build, "-serial", "chardev:%s", id);
      return TRUE;
    }
  if (serial->serial_model == ROOST_SERIAL_MODEL_UNSET)
    driver = roost_serial_target_names[serial->serial_target];
  return build_port (build, serial, driver, id, error);
}

gboolean
roost_build_parallel (RoostBuild *build, const RoostChardev *parallel, GError **error)
{
  g_autofree char *id = NULL;

  return build_backend (build, &parallel->info, &parallel->source, &id, error)
         && build_port (build, parallel, "isa-parallel", id, error);
}

gboolean
roost_build_console (RoostBuild *build, const RoostChardev *console, GError **error)
{
  g_autofree char *id = NULL;
  const char *driver;

  switch (console->console_target)
    {
    case ROOST_CONSOLE_TARGET_VIRTIO:
      driver = "virtconsole";
      break;
    case ROOST_CONSOLE_TARGET_SCLP:
      driver = "sclpconsole";
      break;
    case ROOST_CONSOLE_TARGET_SCLPLM:
      driver = "sclplmconsole";
      break;
    case ROOST_CONSOLE_TARGET_SERIAL: /* another name of the first serial port */
    case ROOST_CONSOLE_TARGET_UNSET:
      return TRUE;
    case ROOST_CONSOLE_TARGET_XEN:
    case ROOST_CONSOLE_TARGET_UML:
    case ROOST_CONSOLE_TARGET_LXC:
    case ROOST_CONSOLE_TARGET_OPENVZ:
    default:
      return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "QEMU has no console of type “%s”",
                          roost_console_target_names[console->console_target]);
    }
  return build_backend (build, &console->info, &console->source, &id, error)
         && build_port (build, console, driver, id, error);
}

static gboolean
build_guestfwd (RoostBuild *build, const RoostChardev *channel, const char *chardev)
{
  JsonObject *netdev = roost_object_new ("type", "user");
  JsonArray *forwards = json_array_new ();
  JsonObject *forward = json_object_new ();

  roost_put_printf (forward, "str", "tcp:%s:%u-chardev:%s", channel->guestfwd_address,
                    (guint)channel->guestfwd_port.value, chardev);
  json_array_add_object_element (forwards, forward);
  json_object_set_array_member (netdev, "guestfwd", forwards);
  roost_put_string (netdev, "id", channel->info.alias);
  roost_build_netdev (build, netdev);
  return TRUE;
}

gboolean
roost_build_channel (RoostBuild *build, const RoostChardev *channel, GError **error)
{
  g_autofree char *id = NULL;
  JsonObject *device;
  const char *name = channel->name;

  if (channel->channel_target == ROOST_CHANNEL_TARGET_XEN)
    return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "QEMU has no channel of type “xen”");
  if (!build_backend (build, &channel->info, &channel->source, &id, error))
    return FALSE;
  if (channel->channel_target == ROOST_CHANNEL_TARGET_GUESTFWD)
    return build_guestfwd (build, channel, id);
  device = roost_object_new ("driver", "virtserialport");
  roost_put_string (device, "chardev", id);
  roost_put_string (device, "id", channel->info.alias);
  if (name == NULL
      && (channel->source.type == ROOST_CHAR_TYPE_SPICEVMC
          || channel->source.type == ROOST_CHAR_TYPE_QEMU_VDAGENT))
    name = "com.redhat.spice.0";
  roost_put_string (device, "name", name);
  return roost_build_device_at (build, device, &channel->info, error);
}

static gboolean
put_certificates (JsonObject *device, const RoostSmartcard *card, GError **error)
{
  const RoostText *certificate;

  if (card->certificates == NULL || card->certificates->len != 3)
    return roost_throw (error, ROOST_ERROR_INVALID_ARGUMENT,
                        "smartcard “%s” needs three certificates", card->info.alias);
  ROOST_LIST_EACH (RoostText, certificate, card->certificates)
    {
      g_autofree char *key = g_strdup_printf ("cert%u", certificate_i + 1);

      roost_put_string (device, key, certificate->text);
    }
  roost_put_string (device, "db", card->database != NULL ? card->database : "/etc/pki/nssdb");
  return TRUE;
}

gboolean
roost_build_smartcard (RoostBuild *build, const RoostSmartcard *card, GError **error)
{
  g_autoptr (JsonObject) device = NULL;
  g_autofree char *id = NULL;

  switch (card->mode)
    {
    case ROOST_SMARTCARD_MODE_PASSTHROUGH:
      if (!build_backend (build, &card->info, &card->source, &id, error))
        return FALSE;
      device = roost_object_new ("driver", "ccid-card-passthru");
      roost_put_string (device, "chardev", id);
      break;
    case ROOST_SMARTCARD_MODE_HOST:
      device = roost_object_new ("driver", "ccid-card-emulated");
      roost_put_string (device, "backend", "nss-emulated");
      break;
    case ROOST_SMARTCARD_MODE_HOST_CERTIFICATES:
      device = roost_object_new ("driver", "ccid-card-emulated");
      roost_put_string (device, "backend", "certificates");
      if (!put_certificates (device, card, error))
        return FALSE;
      break;
    case ROOST_SMARTCARD_MODE_UNSET:
    default:
      return TRUE;
    }
  roost_put_string (device, "id", card->info.alias);
  return roost_build_device_at (build, g_steal_pointer (&device), &card->info, error);
}

static void
append_rule_part (GString *text, RoostUint value, int digits)
{
  if (value.is_set)
    g_string_append_printf (text, "0x%0*X:", digits, (guint)value.value);
  else
    g_string_append (text, "-1:");
}

/* "2.01" is 0x0201. */
static RoostUint
usb_version (const char *text)
{
  RoostUint version = { 0 };
  guint major = 0, minor = 0;

  if (text == NULL || sscanf (text, "%2x.%2x", &major, &minor) < 1)
    return version;
  return roost_uint (major << 8 | minor);
}

/* "class:vendor:product:version:allow|…": -1 is any. */
static char *
redir_filter (const RoostRedirfilter *filter)
{
  GString *text = g_string_new (NULL);
  const RoostRedirRule *rule;

  ROOST_LIST_EACH (RoostRedirRule, rule, filter->rules)
    {
      if (rule_i > 0)
        g_string_append_c (text, '|');
      append_rule_part (text, rule->usb_class, 2);
      append_rule_part (text, rule->vendor, 4);
      append_rule_part (text, rule->product, 4);
      append_rule_part (text, usb_version (rule->version), 4);
      g_string_append_c (text, rule->allow == ROOST_YES ? '1' : '0');
    }
  return g_string_free (text, FALSE);
}

gboolean
roost_build_redirdev (RoostBuild *build, const RoostRedirdev *redir, GError **error)
{
  const RoostRedirfilter *filter = build->config->devices.redirfilter;
  g_autofree char *id = NULL;
  g_autofree char *rules = NULL;
  JsonObject *device;

  if (!build_backend (build, &redir->info, &redir->source, &id, error))
    return FALSE;
  device = roost_object_new ("driver", "usb-redir");
  roost_put_string (device, "chardev", id);
  roost_put_string (device, "id", redir->info.alias);
  if (filter != NULL && filter->rules != NULL)
    {
      rules = redir_filter (filter);
      roost_put_string (device, "filter", rules);
    }
  roost_put_boot (build, device, &redir->info);
  return roost_build_device_at (build, device, &redir->info, error);
}
