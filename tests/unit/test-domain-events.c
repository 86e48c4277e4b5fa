/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-qemu.h"

#include "base/json.h"
#include "domain/domain-private.h"
#include "domain/events.h"
#include "domain/read-anew.h"

#include <string.h>

/* What each event of QEMU becomes, through a connection; the table against a real QEMU's schema;
 * what is read anew after a new connection; and peers that lie about types. */

#define DEVICES                                                                                    \
  "<devices><disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>"                \
  "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"           \
  "<interface type='user'><mac address='52:54:00:00:00:01'/></interface></devices>"

/* In this order; the state changes come out of the states that the world has noted. */
static const struct
{
  const char *event;
  const char *data;
  const char *told; /* (nullable): the signals that follow */
} cases[] = {
  { "ACPI_DEVICE_OST",
    "'info': {'device': 'dimm0', 'slot': '1', 'slot-type': 'DIMM', 'source': 3, 'status': 0}",
    "AcpiDeviceStatus('dimm0', 'DIMM', '1', 3, 0)" },
  { "BALLOON_CHANGE", "'actual': 1048576", "BalloonChanged(1048576,)" },
  { "BLOCK_EXPORT_DELETED", "'id': 'nbd0'", "BlockExportRemoved('nbd0',)" },
  { "BLOCK_IMAGE_CORRUPTED",
    "'device': '', 'node-name': 'sda-0-format', 'msg': 'bad', 'offset': 5, 'size': 6, 'fatal': "
    "true",
    "ImageCorrupted('sata-disk0', 'sda-0-format', 'bad', true)" },
  { "BLOCK_IO_ERROR",
    "'device': '', 'node-name': 'sda-0-format', 'operation': 'read', 'action': 'report', "
    "'nospace': false, 'reason': 'why'",
    "IoError('sata-disk0', 'read', 'report', false, 'why')" },
  { "BLOCK_JOB_CANCELLED", "'type': 'mirror', 'device': 'j', 'len': 9, 'offset': 4, 'speed': 0",
    "BlockJobChanged('j', 'mirror', 'cancelled', 9, 4, '')" },
  { "BLOCK_JOB_COMPLETED",
    "'type': 'commit', 'device': 'j', 'len': 9, 'offset': 4, 'speed': 0, 'error': 'no'",
    "BlockJobChanged('j', 'commit', 'failed', 9, 4, 'no')" },
  { "BLOCK_JOB_ERROR", "'device': 'j', 'operation': 'read', 'action': 'stop'",
    "BlockJobChanged('j', '', 'error', 0, 0, '')" },
  { "BLOCK_JOB_PENDING", "'type': 'commit', 'id': 'j'",
    "BlockJobChanged('j', 'commit', 'pending', 0, 0, '')" },
  { "BLOCK_JOB_READY", "'type': 'mirror', 'device': 'j', 'len': 9, 'offset': 9, 'speed': 0",
    "BlockJobChanged('j', 'mirror', 'ready', 9, 9, '')" },
  { "BLOCK_WRITE_THRESHOLD",
    "'node-name': 'sda-0-storage', 'amount-exceeded': 7, 'write-threshold': 100",
    "DiskThreshold('sata-disk0', 'sda-0-storage', 100, 7)" },
  { "COLO_EXIT", "'mode': 'none', 'reason': 'none'", NULL },
  { "DEVICE_DELETED", "'device': 'gone0', 'path': '/machine/peripheral/gone0'",
    "DeviceRemoved('gone0',)" },
  { "DEVICE_DELETED", "'path': '/machine/peripheral/net0/virtio-backend'", NULL },
  { "DEVICE_TRAY_MOVED", "'device': '', 'id': '/machine/peripheral/sata-disk0', 'tray-open': true",
    "TrayChanged('sata-disk0', true)" },
  { "DEVICE_UNPLUG_GUEST_ERROR", "'device': 'dimm0', 'path': '/machine/peripheral/dimm0'",
    "DeviceRemovalFailed('dimm0',)" },
  { "DEVICE_UNPLUG_GUEST_ERROR", "'path': '/machine/peripheral/dimm1'",
    "DeviceRemovalFailed('dimm1',)" },
  { "DUMP_COMPLETED", "'result': {'status': 'completed', 'completed': 5, 'total': 5}",
    "DumpCompleted(true, '')" },
  { "DUMP_COMPLETED",
    "'result': {'status': 'failed', 'completed': 1, 'total': 5}, 'error': 'disk full'",
    "DumpCompleted(false, 'disk full')" },
  { "FAILOVER_NEGOTIATED", "'device-id': 'net0'", "FailoverChanged('net0', 'negotiated')" },
  { "GUEST_CRASHLOADED", "'action': 'run'", "GuestCrashLoaded('run',)" },
  { "JOB_STATUS_CHANGE", "'id': 'j', 'status': 'concluded'", "QemuJobChanged('j', 'concluded')" },
  { "MEMORY_DEVICE_SIZE_CHANGE",
    "'id': 'virtiomem0', 'size': 4096, 'qom-path': '/machine/peripheral/virtiomem0'",
    "MemoryDeviceSizeChanged('virtiomem0', 4096)" },
  { "MEMORY_FAILURE",
    "'recipient': 'guest', 'action': 'inject', 'flags': {'action-required': true, 'recursive': "
    "false}",
    "MemoryFailure('guest', 'inject')" },
  { "MEM_UNPLUG_ERROR", "'device': 'dimm0', 'msg': 'no'", NULL },
  { "MIGRATION", "'status': 'active'", NULL },
  { "MIGRATION_PASS", "'pass': 1", NULL },
  { "NETDEV_STREAM_CONNECTED", "'netdev-id': 'hostnet0', 'addr': {'type': 'fd', 'str': '7'}",
    "NicBackendChanged('net0', true)" },
  { "NETDEV_STREAM_DISCONNECTED", "'netdev-id': 'hostnet0'", "NicBackendChanged('net0', false)" },
  { "POWERDOWN", "", NULL },
  { "PR_MANAGER_STATUS_CHANGED", "'id': 'pr-helper0', 'connected': false",
    "PrManagerChanged('pr-helper0', false)" },
  { "QUORUM_FAILURE", "'reference': 'q', 'sector-num': 5, 'sectors-count': 6",
    "QuorumError('q', '', 5, 6)" },
  { "QUORUM_REPORT_BAD",
    "'type': 'read', 'error': 'EIO', 'node-name': 'q', 'sector-num': 5, 'sectors-count': 6",
    "QuorumError('q', 'EIO', 5, 6)" },
  { "RDMA_GID_STATUS_CHANGED",
    "'netdev': 'n', 'gid-status': true, 'subnet-prefix': 1, 'interface-id': 2", NULL },
  { "RESET", "'guest': true, 'reason': 'guest-reset'", "RebootOccurred()" },
  { "RTC_CHANGE", "'offset': -60, 'qom-path': '/machine/rtc'", "RtcChanged(-60,)" },
  { "SPICE_CONNECTED",
    "'server': {'host': 's', 'port': '1', 'family': 'ipv4'}, 'client': {'host': 'c', 'port': '2', "
    "'family': 'ipv4'}",
    "GraphicsClient('connected', 'c', '2')" },
  { "SPICE_DISCONNECTED", "'client': {'host': 'c', 'port': '2', 'family': 'ipv4'}",
    "GraphicsClient('disconnected', 'c', '2')" },
  { "SPICE_INITIALIZED", "'client': {'host': 'c', 'port': '2', 'family': 'ipv4'}",
    "GraphicsClient('initialized', 'c', '2')" },
  { "SPICE_MIGRATE_COMPLETED", "", NULL },
  { "UNPLUG_PRIMARY", "'device-id': 'net0'", "FailoverChanged('net0', 'primary-unplugged')" },
  { "VFU_CLIENT_HANGUP", "'vfu-id': '', 'vfu-qom-path': '', 'dev-id': '', 'dev-qom-path': ''",
    NULL },
  { "VNC_CONNECTED", "'client': {'host': 'c', 'service': '3', 'family': 'ipv4'}",
    "GraphicsClient('connected', 'c', '3')" },
  { "VNC_DISCONNECTED", "'client': {'host': 'c', 'service': '3', 'family': 'ipv4'}",
    "GraphicsClient('disconnected', 'c', '3')" },
  { "VNC_INITIALIZED", "'client': {'host': 'c', 'service': '3', 'family': 'ipv4'}",
    "GraphicsClient('initialized', 'c', '3')" },
  { "VSERPORT_CHANGE", "'id': 'channel0', 'open': true",
    "ChannelChanged('channel0', true) AgentChanged(true,)" },
  { "VSERPORT_CHANGE", "'id': 'channel0', 'open': true", NULL }, /* no news */
  { "WATCHDOG", "'action': 'none'", "WatchdogFired('none',)" },
  { "SUSPEND_DISK", "", NULL },
  { "WAKEUP", "", NULL },
  { "SUSPEND", "", NULL },
  { "WAKEUP", "", NULL },
  { "STOP", "", NULL },
  { "RESUME", "", NULL },
  { "GUEST_PANICKED", "'action': 'run', 'info': {'type': 'hyper-v'}", "GuestPanicked('run',)" },
  { "NIC_RX_FILTER_CHANGED", "'name': 'net0', 'path': '/machine/peripheral/net0'", NULL },
  { "SHUTDOWN", "'guest': true, 'reason': 'guest-shutdown'", NULL }, /* the last one */
};

static char *
quoted (const char *event, const char *data)
{
  g_autofree char *line = g_strdup_printf ("{'event': '%s', 'data': {%s}}", event, data);

  return g_strdelimit (g_steal_pointer (&line), "'", '"');
}

static void
await_text (GString *text, const char *wanted)
{
  gint64 until = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  while (!g_str_equal (text->str, wanted) && g_get_monotonic_time () < until)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (500);
    }
  g_assert_cmpstr (text->str, ==, wanted);
}

static void
test_each (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (DEVICES));
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autoptr (GString) wanted = g_string_new (NULL);
  g_autofree char *config = fake_world_path (world, "none");

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *line = quoted (cases[i].event, cases[i].data);

      g_string_append_printf (lines, "%s%s", i > 0 ? "\n" : "", line);
      if (cases[i].told != NULL)
        g_string_append_printf (wanted, "%s ", cases[i].told);
    }
  fake_world_tell (world, domain, lines->str);
  await_text (world->events, wanted->str);
  fake_world_await (domain, ROOST_DOMAIN_SHUT_OFF);
  g_assert_cmpstr (world->states->str, ==,
                   "starting/booted running/booted pm-suspended/guest running/wakeup "
                   "pm-suspended/guest running/wakeup paused/unknown running/unpaused "
                   "shutting-down/guest shut-off/shutdown ");
}

/* A row for each case, a case for each row, and a reason where nobody handles it. */
static void
test_rows (void)
{
  const RoostEventRow *const tables[] = { roost_run_events, roost_device_events, roost_block_events,
                                          roost_ignored_events };
  guint n_cases;

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const RoostEventRow *row = tables[i]; row->name != NULL; row++)
      {
        g_assert_true ((row->func != NULL) != (row->why_not != NULL));
        g_assert_true (roost_event_find (row->name) == row); /* once only */
        n_cases = 0;
        for (guint j = 0; j < G_N_ELEMENTS (cases); j++)
          n_cases += g_str_equal (cases[j].event, row->name);
        if (n_cases == 0)
          g_error ("%s is not tested", row->name);
      }
  g_assert_null (roost_event_find ("NO_SUCH"));
}

/* The real thing's own list. */
static void
test_schema (void)
{
  static const char talk[] = "{\"execute\": \"qmp_capabilities\"}\n"
                             "{\"execute\": \"query-qmp-schema\", \"id\": \"s\"}\n"
                             "{\"execute\": \"quit\"}\n";
  g_autofree char *binary = g_find_program_in_path ("qemu-system-x86_64");
  g_autoptr (GSubprocess) qemu = NULL;
  g_autofree char *said = NULL;
  g_auto (GStrv) lines = NULL;
  guint n_events = 0;

  if (binary == NULL)
    {
      g_test_skip ("there is no qemu-system-x86_64");
      return;
    }
  qemu = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL,
                           binary, "-M", "none", "-S", "-nodefaults", "-display", "none", "-qmp",
                           "stdio", NULL);
  g_assert_true (g_subprocess_communicate_utf8 (qemu, talk, NULL, &said, NULL, NULL));
  lines = g_strsplit (said, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_autoptr (JsonNode) node = roost_json_parse (*line, strlen (*line), NULL);
      JsonArray *list = roost_json_array (roost_json_node_object (node), "return");

      for (guint i = 0; i < roost_json_length (list); i++)
        {
          JsonObject *entity = roost_json_object_at (list, i);
          const char *name = roost_json_string (entity, "name");

          if (g_strcmp0 (roost_json_string (entity, "meta-type"), "event") != 0)
            continue;
          n_events++;
          if (roost_event_find (name) == NULL)
            g_error ("the event %s has no row", name);
        }
    }
  g_assert_cmpuint (n_events, >, 30);
}

/* --- what lies --- */

static JsonNode *
parse (const char *text)
{
  g_autofree char *json = g_strdelimit (g_strdup (text), "'", '"');
  JsonNode *node = roost_json_parse (json, strlen (json), NULL);

  g_assert_nonnull (node);
  return node;
}

static const char *const lies[] = {
  "{}",
  "{'info': 3, 'actual': 'x', 'id': 4, 'device': [], 'path': {}, 'tray-open': 'yes'}",
  "{'info': [], 'actual': -1, 'id': null, 'device': 1, 'path': 2, 'node-name': {}}",
  "{'id': true, 'open': 'true', 'status': 5, 'type': [], 'len': '9', 'offset': -7}",
  "{'result': 'completed', 'error': 7, 'action': {}, 'recipient': [], 'client': 'me'}",
  "{'client': {'host': 1, 'service': 2, 'port': 3}, 'netdev-id': 9, 'addr': 0}",
  "{'name': [], 'qom-path': 5, 'size': 'big', 'sector-num': 1.5, 'reference': false}",
  "{'device': '', 'path': '', 'id': '', 'node-name': '', 'action': '', 'reason': ''}",
};

static void
test_lies (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (DEVICES));
  const RoostEventRow *const tables[] = { roost_device_events, roost_block_events };

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      g_autoptr (JsonNode) node = parse (lies[i]);

      for (guint j = 0; j < G_N_ELEMENTS (tables); j++)
        for (const RoostEventRow *row = tables[j]; row->name != NULL; row++)
          roost_domain_on_event (domain, row->name, json_node_get_object (node));
      roost_domain_on_event (domain, "DUMP_COMPLETED", json_node_get_object (node));
      roost_domain_on_event (domain, "WATCHDOG", json_node_get_object (node));
      roost_domain_on_event (domain, "GUEST_CRASHLOADED", json_node_get_object (node));
    }
  while (co_count () > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (roost_domain_state (domain), ==, ROOST_DOMAIN_RUNNING);
}

/* A guest that flips names without end fills nothing. */
static void
test_limits (void)
{
  g_autoptr (RoostSeen) seen = roost_seen_new ();

  for (guint i = 0; i < 2 * ROOST_SEEN_MAX; i++)
    {
      g_autofree char *name = g_strdup_printf ("device%u", i);

      roost_seen_put (seen->trays, name, TRUE);
      roost_seen_put_mac (seen, name, "52:54:00:00:00:01");
    }
  g_assert_cmpuint (g_hash_table_size (seen->trays), ==, ROOST_SEEN_MAX);
  g_assert_cmpuint (g_hash_table_size (seen->macs), ==, ROOST_SEEN_MAX);
  g_assert_true (roost_seen_put_mac (seen, "device0", "52:54:00:00:00:0A"));
  g_assert_false (roost_seen_put_mac (seen, "device0", "52:54:00:00:00:0a"));
  g_assert_false (roost_seen_put_mac (seen, "device0", "52:54:00:00:00:0g"));
  g_assert_false (roost_seen_put_mac (seen, "device0", "52-54-00-00-00-0b"));
  g_assert_false (roost_seen_put_mac (seen, "device0", ""));
}

/* --- read anew --- */

static void
take (RoostDomain *domain, void (*func) (RoostDomain *, JsonArray *), const char *text)
{
  g_autoptr (JsonNode) node = parse (text);

  func (domain, roost_json_node_array (node));
}

static void
test_read_anew (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  RoostDomain *domain = fake_world_define (world, FAKE_XML (DEVICES));
  g_auto (GStrv) trays = NULL, channels = NULL, macs = NULL;

  g_assert_true (fake_world_start (domain, FALSE, NULL));
  take (domain, roost_domain_take_chardevs,
        "[{'label': 'charchannel0', 'frontend-open': true}, {'label': 'charserial0', "
        "'frontend-open': true}, {'label': 5}, 7, {'label': 'charchannel9', 'frontend-open': 1}]");
  take (domain, roost_domain_take_drives,
        "[{'qdev': '/machine/peripheral/sata-disk0', 'tray_open': true}, {'qdev': "
        "'/machine/peripheral/virtio-disk0/virtio-backend'}, {'qdev': 1, 'tray_open': true}, []]");
  take (domain, roost_domain_take_filters,
        "[{'name': 'net0', 'main-mac': '52:54:00:AA:00:01'}, {'name': 'net1', 'main-mac': 'x'}, "
        "{'name': 1, 'main-mac': 2}, 'x']");
  take (domain, roost_domain_take_jobs,
        "[{'id': 'j', 'status': 'ready', 'type': 'mirror'}, {'id': 1}, null]");
  trays = roost_domain_open_trays (domain);
  channels = roost_domain_open_channels (domain);
  macs = roost_domain_guest_macs (domain);
  g_assert_cmpstrv (trays, ((const char *[]){ "sata-disk0", NULL }));
  g_assert_cmpstrv (channels, ((const char *[]){ "channel0", NULL }));
  g_assert_cmpstrv (macs, ((const char *[]){ "net0", "52:54:00:aa:00:01", NULL }));
  g_assert_true (roost_domain_is_agent_connected (domain));
  g_assert_cmpstr (world->events->str, ==,
                   "ChannelChanged('channel0', true) AgentChanged(true,) "
                   "NicMacChanged('net0', '52:54:00:AA:00:01') QemuJobChanged('j', 'ready') ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/events/each", test_each);
  g_test_add_func ("/events/rows", test_rows);
  g_test_add_func ("/events/schema", test_schema);
  g_test_add_func ("/events/lies", test_lies);
  g_test_add_func ("/events/limits", test_limits);
  g_test_add_func ("/events/read-anew", test_read_anew);
  return g_test_run ();
}
