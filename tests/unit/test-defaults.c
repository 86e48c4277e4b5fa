/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model-facts.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/address.h"
#include "model/defaults.h"

static RoostDomainConfig *
complete (const RoostFacts *facts, const char *machine, const char *devices)
{
  g_autoptr (RoostDomainConfig) config = test_config_new ("x86_64", machine, devices);
  g_autoptr (GError) error = NULL;

  test_complete (config, facts, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&config);
}

static void
test_domain (void)
{
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostDomainConfig) config = complete (facts, NULL, "");

  g_assert_true (g_uuid_string_is_valid (config->uuid));
  g_assert_cmpstr (config->os.machine, ==, "pc-i440fx-7.2");
  g_assert_cmpstr (config->devices.emulator, ==, "/usr/bin/qemu-system-x86_64");
  g_assert_cmpuint (config->vcpus.value, ==, 1);
  g_assert_cmpuint (config->current_memory.value, ==, config->memory.value);
  g_assert_cmpint (config->on_poweroff, ==, ROOST_LIFECYCLE_DESTROY);
  g_assert_cmpint (config->on_reboot, ==, ROOST_LIFECYCLE_RESTART);
  g_assert_cmpint (config->clock.offset, ==, ROOST_CLOCK_OFFSET_UTC);
  g_assert_cmpstr (config->cpu->model, ==, "qemu64");
  g_assert_cmpuint (config->os.boot->len, ==, 1);
  g_assert_cmpuint (config->devices.inputs->len, ==, 2);
  g_assert_cmpint (config->devices.memballoon->model, ==, ROOST_BALLOON_MODEL_VIRTIO);
  g_assert_null (config->devices.videos);
}

static void
test_boot_order_of_any_device (void)
{
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostDomainConfig) config =
      complete (facts, "q35",
                "<filesystem><source dir='/a'/><target dir='a'/><boot order='1'/></filesystem>");

  g_assert_true (config->os.boot == NULL || config->os.boot->len == 0);
}

static void
test_alias_of_machine (void)
{
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostDomainConfig) config = complete (facts, "q35", "");

  g_assert_cmpstr (config->os.machine, ==, "pc-q35-7.2");
}

static void
test_interface (void)
{
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostDomainConfig) config =
      complete (facts, "pc", "<interface type='user'/><interface type='user'/>");
  const RoostInterface *a = g_ptr_array_index (config->devices.interfaces, 0);
  const RoostInterface *b = g_ptr_array_index (config->devices.interfaces, 1);

  g_assert_cmpstr (a->model, ==, "rtl8139");
  g_assert_true (g_str_has_prefix (a->mac, "52:54:00:"));
  g_assert_cmpuint (strlen (a->mac), ==, 17);
  g_assert_cmpstr (a->mac, !=, b->mac);
}

static void
test_disk (void)
{
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostDomainConfig) config =
      complete (facts, "pc",
                "<disk type='file' device='cdrom'><target dev='hdc'/></disk>"
                "<disk type='file'><source file='/a'/><target dev='vda'/></disk>");
  const RoostDisk *cdrom = g_ptr_array_index (config->devices.disks, 0);
  const RoostDisk *disk = g_ptr_array_index (config->devices.disks, 1);

  g_assert_true (cdrom->readonly);
  g_assert_cmpint (cdrom->bus, ==, ROOST_DISK_BUS_IDE);
  g_assert_cmpint (disk->bus, ==, ROOST_DISK_BUS_VIRTIO);
  g_assert_cmpint (disk->device, ==, ROOST_DISK_DEVICE_DISK);
  g_assert_cmpstr (disk->format, ==, "raw");
}

static void
test_console (void)
{
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostDomainConfig) config = complete (facts, "pc", "<console type='pty'/>");
  const RoostChardev *serial = g_ptr_array_index (config->devices.serials, 0);
  const RoostChardev *console = g_ptr_array_index (config->devices.consoles, 0);

  g_assert_cmpint (serial->serial_target, ==, ROOST_SERIAL_TARGET_ISA_SERIAL);
  g_assert_cmpint (serial->source.type, ==, ROOST_CHAR_TYPE_PTY);
  g_assert_cmpint (console->console_target, ==, ROOST_CONSOLE_TARGET_SERIAL);
  g_assert_cmpuint (console->port.value, ==, 0);
}

/* The console follows the serial port, whatever it said itself. */
static void
test_serial_and_console (void)
{
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostDomainConfig) config = complete (
      facts, "pc", "<serial type='file'><source path='/log'/></serial><console type='pty'/>");
  const RoostChardev *console = g_ptr_array_index (config->devices.consoles, 0);

  g_assert_cmpuint (config->devices.serials->len, ==, 1);
  g_assert_cmpuint (config->devices.consoles->len, ==, 1);
  g_assert_cmpint (console->source.type, ==, ROOST_CHAR_TYPE_FILE);
}

static void
test_graphics (void)
{
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostDomainConfig) config = complete (facts, "pc", "<graphics type='vnc'/>");
  const RoostGraphics *graphics = g_ptr_array_index (config->devices.graphics, 0);
  const RoostVideo *video = g_ptr_array_index (config->devices.videos, 0);
  const RoostAudio *audio = g_ptr_array_index (config->devices.audios, 0);
  const RoostListen *listen = g_ptr_array_index (graphics->listens, 0);

  g_assert_cmpint (graphics->port.value, ==, -1);
  g_assert_cmpint (graphics->autoport, ==, ROOST_YES);
  g_assert_cmpint (listen->type, ==, ROOST_LISTEN_TYPE_ADDRESS);
  g_assert_cmpint (video->type, ==, ROOST_VIDEO_TYPE_CIRRUS);
  g_assert_cmpuint (video->vram.value, ==, 16384);
  g_assert_cmpint (video->primary, ==, ROOST_YES);
  g_assert_cmpint (audio->type, ==, ROOST_AUDIO_TYPE_NONE);
}

static void
test_spice_carries_sound (void)
{
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostDomainConfig) config =
      complete (facts, "pc", "<graphics type='spice' autoport='yes'/>");
  const RoostAudio *audio = g_ptr_array_index (config->devices.audios, 0);

  g_assert_cmpint (audio->type, ==, ROOST_AUDIO_TYPE_SPICE);
}

static void
test_primary_video_first (void)
{
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostDomainConfig) config =
      complete (facts, "pc",
                "<video><model type='vga'/></video>"
                "<video><model type='virtio' primary='yes'/></video>");
  const RoostVideo *first = g_ptr_array_index (config->devices.videos, 0);

  g_assert_cmpint (first->type, ==, ROOST_VIDEO_TYPE_VIRTIO);
}

static void
test_no_usb_model (void)
{
  static const char *const machines[] = { "pc-i440fx-7.2=pc", NULL };
  static const char *const types[] = { "qemu-xhci", NULL };
  g_autoptr (RoostFacts) facts = test_facts_new ("x86_64", machines, types);
  g_autoptr (RoostDomainConfig) config =
      test_config_new ("x86_64", "pc", "<controller type='usb'/>");
  g_autoptr (GError) error = NULL;

  g_assert_false (roost_defaults_apply (config, facts, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_NOT_SUPPORTED);
}

static void
test_too_much_balloon (void)
{
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostDomainConfig) config = test_config_new ("x86_64", "pc", "");
  g_autoptr (GError) error = NULL;

  config->current_memory = roost_uint (config->memory.value * 2);
  g_assert_false (roost_defaults_apply (config, facts, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_XML);
}

static void
test_sizes_overflow (void)
{
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostDomainConfig) config = test_config_new ("x86_64", "pc", "");
  g_autoptr (GError) error = NULL;

  config->devices.memories = g_ptr_array_new ();
  for (guint i = 0; i < 2; i++)
    {
      RoostMemoryDevice *memory = g_new0 (RoostMemoryDevice, 1);

      memory->model = ROOST_MEMORY_MODEL_DIMM;
      memory->size = roost_uint (G_MAXUINT64 - 1);
      g_ptr_array_add (config->devices.memories, memory);
    }
  g_assert_false (roost_defaults_apply (config, facts, &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_XML);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/defaults/domain", test_domain);
  g_test_add_func ("/defaults/boot-order", test_boot_order_of_any_device);
  g_test_add_func ("/defaults/machine-alias", test_alias_of_machine);
  g_test_add_func ("/defaults/interface", test_interface);
  g_test_add_func ("/defaults/disk", test_disk);
  g_test_add_func ("/defaults/console", test_console);
  g_test_add_func ("/defaults/serial-and-console", test_serial_and_console);
  g_test_add_func ("/defaults/graphics", test_graphics);
  g_test_add_func ("/defaults/spice-sound", test_spice_carries_sound);
  g_test_add_func ("/defaults/primary-video", test_primary_video_first);
  g_test_add_func ("/defaults/no-usb-model", test_no_usb_model);
  g_test_add_func ("/defaults/too-much-balloon", test_too_much_balloon);
  g_test_add_func ("/defaults/sizes-overflow", test_sizes_overflow);
  return g_test_run ();
}
