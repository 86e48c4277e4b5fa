/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model-facts.h"

#include "base/error.h"
#include "qemu/argv.h"

/*
 * Documents that say one thing thousands of times. What comes of each is either a command line or
 * an error; what takes longer than the length of the document asks for does not end before the test
 * is stopped: a loop in a loop takes minutes here.
 */

#define SIZE (128 * 1024)

typedef struct
{
  const char *open; /* from <domain> to where the items stand; the rest closes it */
  const char *item; /* "%u" is its number */
  const char *close;
} Case;

#define DEVICE(item)                                                                               \
  {                                                                                                \
    "<devices>", item, "</devices>"                                                                \
  }
#define TUNE(item)                                                                                 \
  {                                                                                                \
    "<cputune>", item, "</cputune>"                                                                \
  }
#define IN_DEVICE(open, item, close)                                                               \
  {                                                                                                \
    "<devices>" open, item, close "</devices>"                                                     \
  }
#define QEMU(element, item)                                                                        \
  {                                                                                                \
    "<q:" element " xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>", item,                  \
        "</q:" element ">"                                                                         \
  }

static const Case cases[] = {
  DEVICE ("<audio id='%u' type='none'/>"),
  DEVICE ("<channel type='pty'><target type='virtio'/></channel>"),
  DEVICE ("<channel type='pty'><target type='guestfwd' address='10.0.2.1' port='%u'/></channel>"),
  DEVICE ("<console type='pty'/>"),
  DEVICE ("<controller type='scsi'/>"),
  DEVICE ("<controller type='usb'/>"),
  DEVICE ("<controller type='pci' model='pci-bridge'/>"),
  DEVICE ("<disk><source file='/a'/><target dev='sda'/></disk>"),
  DEVICE ("<filesystem><source dir='/a'/><target dir='b%u'/></filesystem>"),
  DEVICE ("<graphics type='vnc'/>"),
  DEVICE ("<hostdev mode='subsystem' type='pci'><source><address slot='1'/></source></hostdev>"),
  DEVICE ("<hostdev mode='subsystem' type='usb'><source><address bus='1' device='%u'/></source>"
          "</hostdev>"),
  DEVICE ("<hub type='usb'/>"),
  DEVICE ("<input type='mouse'/>"),
  DEVICE ("<input type='mouse' bus='virtio'/>"),
  DEVICE ("<interface type='user'/>"),
  DEVICE ("<lease><lockspace>a</lockspace><key>b</key><target path='/c'/></lease>"),
  DEVICE ("<memory model='dimm'><target><size>1</size></target></memory>"),
  DEVICE ("<panic model='isa'/>"),
  DEVICE ("<parallel type='pty'/>"),
  DEVICE ("<redirdev bus='usb' type='spicevmc'/>"),
  DEVICE ("<rng model='virtio'><backend model='random'>/dev/random</backend></rng>"),
  DEVICE ("<serial type='pty'/>"),
  DEVICE ("<shmem name='a%u'/>"),
  DEVICE ("<smartcard mode='host'/>"),
  DEVICE ("<sound model='ac97'/>"),
  DEVICE ("<tpm><backend type='emulator'/></tpm>"),
  DEVICE ("<video><model type='qxl'/></video>"),
  DEVICE ("<vsock/>"),
  DEVICE ("<watchdog model='ib700'/>"),
  DEVICE ("<nonsense/>"),
  TUNE ("<cachetune vcpus='0'/>"),
  TUNE ("<iothreadpin iothread='1' cpuset='1'/>"),
  TUNE ("<iothreadsched iothreads='0-16383' scheduler='fifo' priority='1'/>"),
  TUNE ("<memorytune vcpus='0'><node id='1' bandwidth='5'/></memorytune>"),
  TUNE ("<vcpupin vcpu='%u' cpuset='1'/>"),
  TUNE ("<vcpusched vcpus='0-16383' scheduler='fifo' priority='1'/>"),
  QEMU ("commandline", "<q:arg value='a'/>"),
  QEMU ("commandline", "<q:env name='A%u' value='a'/>"),
  { "<blkiotune>", "<device><path>/a</path></device>", "</blkiotune>" },
  { "<clock offset='utc'>", "<timer name='pit'/>", "</clock>" },
  { "<cpu mode='custom'><model>a</model>", "<feature name='a%u'/>", "</cpu>" },
  { "<cpu><numa>", "<cell memory='1'/>", "</numa></cpu>" },
  { "<cpu><numa><cell memory='1'/><interconnects>",
    "<latency initiator='0' target='0' type='read' value='5'/>", "</interconnects></numa></cpu>" },
  { "<cputune><cachetune vcpus='0-3'>", "<cache id='0' level='3' type='both' size='1'/>",
    "</cachetune></cputune>" },
  { "<cputune><cachetune vcpus='0-3'>", "<monitor level='3' vcpus='0-1'/>",
    "</cachetune></cputune>" },
  { "<iothreadids>", "<iothread id='1'/>", "</iothreadids>" },
  { "<numatune>", "<memnode cellid='0' nodeset='0'/>", "</numatune>" },
  { "", "<seclabel type='none'/>", "" },
  { "<sysinfo type='fwcfg'>", "<entry name='opt/a'>b</entry>", "</sysinfo>" },
  { "<vcpus>", "<vcpu id='%u' enabled='yes'/>", "</vcpus>" },
  IN_DEVICE ("<disk type='network'><source protocol='rbd' name='a/b'>",
             "<host name='a'/>",
             "</source><target dev='vda'/></disk>"),
  IN_DEVICE ("<disk><source file='/a'>",
             "<seclabel model='dac' relabel='no'/>",
             "</source><target dev='vda'/></disk>"),
  IN_DEVICE ("<graphics type='vnc'>", "<listen type='address'/>", "</graphics>"),
  IN_DEVICE ("<interface type='user'>", "<ip address='1.2.3.4'/>", "</interface>"),
  IN_DEVICE ("<redirfilter>", "<usbdev allow='yes'/>", "</redirfilter>"),
};

static char *
document_of (const Case *one)
{
  GString *text = g_string_new ("<domain type='qemu'><name>demo</name><memory>219100</memory><os>"
                                "<type arch='x86_64' machine='pc'>hvm</type></os>");
  g_auto (GStrv) parts = g_strsplit (one->item, "%u", 2);

  g_string_append (text, one->open);
  for (guint i = 0; text->len < SIZE; i++)
    {
      g_string_append (text, parts[0]);
      if (parts[1] != NULL)
        g_string_append_printf (text, "%u%s", i, parts[1]);
    }
  g_string_append (text, one->close);
  g_string_append (text, "</domain>");
  return g_string_free (text, FALSE);
}

static GStrv
arguments_of (const char *xml, GError **error)
{
  g_autoptr (RoostFacts) facts = test_facts_x86 ();
  g_autoptr (RoostIssues) issues = roost_issues_new ();
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (xml, issues, error);
  RoostLaunch launch = { .run_dir = "/run", .is_dry = TRUE, .monitor_fd = -1 };

  if (config == NULL || !roost_domain_config_complete (config, facts, issues, error))
    return NULL;
  return roost_argv_build (config, facts, &launch, error);
}

static void
test_case (gconstpointer data)
{
  g_autofree char *xml = document_of (data);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) arguments = arguments_of (xml, &error);

  g_assert_true ((arguments != NULL) != (error != NULL));
  if (error != NULL)
    g_assert_true (error->domain == ROOST_ERROR);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/many/%u", i);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}
