/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What QEMU can answer and tell, as statistics, properties and signals. Each line is an answer, or
 * an event with its name before it: "TRAY {…}". */
#include "fuzz.h"

#include "base/json.h"
#include "domain/domain-private.h"
#include "domain/events.h"
#include "domain/read-anew.h"
#include "domain/stats-host.h"
#include "domain/stats-reply.h"
#include "domain/view-devices.h"

#include <string.h>
#include <unistd.h>

static const char xml[] =
    "<domain type='qemu'><name>f</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>"
    "<memory>65536</memory><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>"
    "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/x'/>"
    "<target dev='vda' bus='virtio'/><alias name='virtio-disk0'/></disk>"
    "<interface type='user'><mac address='52:54:00:00:00:01'/><alias name='net0'/></interface>"
    "</devices></domain>";

static void
sink (GVariant *floating)
{
  g_variant_unref (g_variant_ref_sink (floating));
}

static void
take_answer (RoostDomain *domain, JsonNode *node)
{
  g_autoptr (GPtrArray) disks = roost_view_disks (roost_domain_config (domain));
  JsonArray *list = roost_json_node_array (node);
  JsonObject *object = roost_json_node_object (node);
  GVariantBuilder out;

  sink (roost_stats_balloon (object, object));
  sink (roost_stats_block (disks, list, list, TRUE));
  sink (roost_stats_block (disks, roost_json_array (object, "stats"),
                           roost_json_array (object, "nodes"), TRUE));
  sink (roost_stats_vcpus (list, getpid ()));
  sink (roost_stats_iothreads (list, getpid ()));
  sink (roost_stats_jobs (list));
  g_variant_builder_init (&out, G_VARIANT_TYPE ("aa{sv}"));
  roost_stats_qemu (&out, "vm", list);
  sink (g_variant_builder_end (&out));
  roost_domain_take_chardevs (domain, list);
  roost_domain_take_drives (domain, list);
  roost_domain_take_filters (domain, list);
  roost_domain_take_jobs (domain, list);
}

/* Those of the block layer: they need no manager behind the domain. */
static void
take_event (RoostDomain *domain, const char *name, JsonObject *data)
{
  for (const RoostEventRow *row = roost_block_events; row->name != NULL; row++)
    if (g_str_equal (row->name, name))
      row->func (domain, data);
}

static void
take_line (RoostDomain *domain, const char *line)
{
  const char *space = strchr (line, ' ');
  g_autofree char *word = space != NULL ? g_strndup (line, (gsize)(space - line)) : g_strdup ("");
  gboolean is_event = roost_event_find (word) != NULL;
  const char *text = is_event ? space + 1 : line;
  g_autoptr (JsonNode) node = roost_json_parse (text, strlen (text), NULL);
  GVariantBuilder out;

  g_variant_builder_init (&out, G_VARIANT_TYPE_VARDICT);
  roost_stats_add_switch (&out, text, strlen (text));
  sink (g_variant_builder_end (&out));
  if (node == NULL)
    return;
  if (is_event && roost_json_node_object (node) != NULL)
    take_event (domain, word, roost_json_node_object (node));
  else
    take_answer (domain, node);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (RoostDocument) document = roost_document_parse (xml, NULL);
  g_autoptr (RoostDomain) domain =
      roost_domain_new (NULL, roost_document_uuid (document), "f", document);

  domain->run = roost_run_new (1, "/nowhere", domain->uuid);
  domain->run->document = roost_document_ref (document);
  for (char **line = lines; *line != NULL; line++)
    take_line (domain, *line);
  return 0;
}
