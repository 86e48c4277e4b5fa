/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "model/check.h"

/* Each rule has a domain that breaks it, and only it. */

typedef struct
{
  const char *rule;
  const char *before;  /* between <domain> and <devices> */
  const char *devices; /* in <devices> */
} Case;

#define DISK(more)                                                                                 \
  "<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/>" more "</disk>"
#define SCSI(more)                                                                                 \
  "<disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/>" more "</disk>"
#define NET(more)    "<interface type='user'>" more "</interface>"
#define COM          "<serial type='null'><target type='isa-serial'/></serial>"
#define CELLS(cells) "<cpu><numa>" cells "</numa></cpu>"

static const Case cases[] = {
  { "title-one-line", "<title>two&#10;lines</title>", "" },
  { "lifecycle", "<on_reboot>preserve</on_reboot>", "" },
  { "genid", "<genid/>", "" },
  { "sysinfo-date",
    "<sysinfo type='smbios'><bios><entry name='date'>2026-05-17</entry></bios></sysinfo>", "" },
  { "qemu-override",
    "<q:override xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:device alias='net0'>"
    "<q:frontend><q:property name='a' type='unsigned' value='-4'/></q:frontend></q:device>"
    "</q:override>",
    "" },
  { "sysinfo-fwcfg", "<sysinfo type='fwcfg'><entry name='bad'>x</entry></sysinfo>", "" },
  { "vcpu-list",
    "<vcpu>2</vcpu><vcpus><vcpu id='0' enabled='no'/><vcpu id='1' enabled='yes'/></vcpus>", "" },
  { "cpu-features", "<cpu><model>a</model><feature name='x'/><feature name='x'/></cpu>", "" },
  { "cpu-mode", "<cpu mode='host-passthrough'/>", "" },
  { "cpu-cache", "<cpu mode='custom'><model>a</model><cache mode='emulate' level='2'/></cpu>", "" },
  { "cpu-address-bits", "<cpu mode='custom'><model>a</model><maxphysaddr mode='emulate'/></cpu>",
    "" },
  { "numa-ids", CELLS ("<cell id='0' memory='1'/><cell memory='1'/>"), "" },
  { "numa-cpus",
    "<vcpu>2</vcpu>" CELLS ("<cell cpus='0-1' memory='1'/><cell cpus='1' memory='1'/>"), "" },
  { "numa-memory",
    CELLS ("<cell memory='9007199254740992' unit='KiB'/><cell memory='9007199254740992' "
           "unit='KiB'/>"),
    "" },
  { "numa-distances",
    CELLS ("<cell memory='1'><distances><sibling id='0' value='20'/></distances></cell>"), "" },
  { "iothread-ids", "<iothreadids><iothread id='2'/><iothread id='2'/></iothreadids>", "" },
  { "iothread-there", "", DISK ("<driver iothread='3'/>") },
  { "cputune-pins",
    "<cputune><vcpupin vcpu='0' cpuset='1'/><vcpupin vcpu='0' cpuset='2'/></cputune>", "" },
  { "cputune-period", "<cputune><period>10</period></cputune>", "" },
  { "seclabel-device", "",
    "<disk type='file'><source file='/a'><seclabel model='dac' relabel='yes'/><seclabel "
    "model='dac' relabel='yes'/></source><target dev='vda' bus='virtio'/></disk>" },
  { "qemu-environment",
    "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:env name='1A'/>"
    "</q:commandline>",
    "" },
  { "cputune-scheduler", "<cputune><emulatorsched scheduler='fifo'/></cputune>", "" },
  { "cachetune-shares",
    "<vcpu>4</vcpu><cputune><cachetune vcpus='0-1'/><cachetune vcpus='1'/></cputune>", "" },
  { "numatune-nodes", "<numatune><memory nodeset='999'/></numatune>", "" },
  { "numatune-cells", "<numatune><memnode cellid='0' nodeset='0'/></numatune>", "" },
  { "feature-machine", "<features><hpt/></features>", "" },
  { "feature-tseg", "<features><smm><tseg unit='KiB'>1025</tseg></smm></features>", "" },
  { "hyperv-values", "<features><hyperv><spinlocks state='on' retries='1'/></hyperv></features>",
    "" },
  { "hyperv-depends", "<features><hyperv><synic state='on'/></hyperv></features>", "" },
  { "timer-known", "<clock offset='utc'><timer name='armvtimer'/></clock>", "" },
  { "timer-tickpolicy", "<clock offset='utc'><timer name='pit' tickpolicy='merge'/></clock>", "" },
  { "clock", "<clock offset='absolute'/>", "" },
  { "launch-security", "<launchSecurity type='sev'/>", "" },
  { "disk-target-unique", "", DISK ("") DISK ("") },
  { "disk-device-bus", "",
    "<disk type='file' device='floppy'><target dev='fda' bus='sata'/></disk>" },
  { "disk-bus-known", "", "<disk><source file='/a'/><target dev='xvda' bus='xen'/></disk>" },
  { "disk-bus-machine", "", "<disk><source file='/a'/><target dev='hda' bus='ide'/></disk>" },
  { "disk-address-type", "", SCSI ("<address type='pci'/>") },
  { "disk-address-range", "",
    "<disk><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' unit='9'/>"
    "</disk>" },
  { "disk-address-range", "",
    "<controller type='scsi' index='0' model='lsilogic'/><disk><source file='/a'/><target "
    "dev='sda' "
    "bus='scsi'/><address type='drive' target='1' unit='2'/></disk>" },
  { "disk-lun-source", "",
    "<disk type='file' device='lun'><source file='/a'/><target dev='sda' bus='scsi'/></disk>" },
  { "disk-lun-only", "",
    "<disk rawio='yes'><source file='/a'/><target dev='sda' bus='usb'/></disk>" },
  { "disk-vendor-product", "", SCSI ("<vendor>much too long</vendor>") },
  { "disk-wwn", "", SCSI ("<wwn>5000</wwn>") },
  { "disk-geometry", "", DISK ("<geometry cyls='3'/>") },
  { "disk-block-size", "", DISK ("<blockio logical_block_size='513'/>") },
  { "disk-virtio-only", "", SCSI ("<driver queues='2'/>") },
  { "disk-copy-on-read", "", DISK ("<driver copy_on_read='on'/><readonly/>") },
  { "disk-io-cache", "", DISK ("<driver io='native' cache='writeback'/>") },
  { "disk-shareable", "", DISK ("<driver type='qcow2'/><shareable/>") },
  { "disk-transient", "", DISK ("<readonly/><transient/>") },
  { "disk-format-known", "", DISK ("<driver type='dir'/>") },
  { "disk-source-needed", "", "<disk><target dev='vda' bus='virtio'/></disk>" },
  { "disk-source-hosts", "",
    "<disk type='network'><source protocol='nbd'/><target dev='vda' bus='virtio'/></disk>" },
  { "disk-encryption", "",
    "<disk><source file='/a'><encryption format='luks'/></source><target dev='vda' bus='virtio'/>"
    "</disk>" },
  { "disk-iotune-total", "",
    DISK ("<iotune><total_bytes_sec>9</total_bytes_sec><read_bytes_sec>9</read_bytes_sec>"
          "</iotune>") },
  { "disk-iotune-base", "",
    DISK ("<iotune><total_bytes_sec_max>9</total_bytes_sec_max></iotune>") },
  { "controller-index", "", "<controller type='scsi' index='-1'/>" },
  { "controller-index-unique", "",
    "<controller type='scsi' index='1'/><controller type='scsi' index='1'/>" },
  { "controller-model", "", "<controller type='scsi' index='0' model='qemu-xhci'/>" },
  { "usb-ports", "", "<controller type='usb' index='0' model='qemu-xhci' ports='16'/>" },
  { "usb-none", "",
    "<controller type='usb' index='0' model='none'/><input type='tablet' bus='usb'/>" },
  { "scsi-driver", "",
    "<controller type='scsi' index='0' model='lsilogic'><driver queues='2'/></controller>" },
  { "pci-root-machine", "", "<controller type='pci' index='0' model='pci-root'/>" },
  { "pci-root-index", "", "<controller type='pci' index='0' model='pcie-root-port'/>" },
  { "pci-target", "",
    "<controller type='pci' index='1' model='pcie-root-port'><target busNr='4'/></controller>" },
  { "interface-mac", "", NET ("<mac address='01:00:00:00:00:01'/>") },
  { "interface-source", "", "<interface type='network'/>" },
  { "interface-queue-size", "", NET ("<model type='virtio'/><driver rx_queue_size='500'/>") },
  { "interface-passt", "", NET ("<portForward proto='tcp'/>") },
  { "interface-addresses", "", NET ("<ip address='here'/>") },
  { "hostdev-source", "", "<hostdev type='mdev' model='vfio-pci'/>" },
  { "hostdev-unique", "",
    "<hostdev type='pci'><source><address bus='1'/></source></hostdev>"
    "<hostdev type='pci'><source><address bus='1'/></source></hostdev>" },
  { "hostdev-display", "",
    "<hostdev type='mdev' model='vfio-pci' display='on'><source><address "
    "uuid='11111111-2222-4333-8444-555555555555'/></source></hostdev>" },
  { "rom", "", NET ("<rom enabled='no' bar='on'/>") },
  { "chardev-source", "", "<serial type='dev'/>" },
  { "chardev-source-once", "",
    "<serial type='file'><source path='/a'/><source path='/b'/></serial>" },
  { "chardev-reconnect", "",
    "<serial type='unix'><source mode='connect' path='/a'><reconnect enabled='yes'/></source>"
    "</serial>" },
  { "serial-model", "",
    "<serial type='pty'><target type='isa-serial'><model name='pl011'/></target></serial>" },
  { "serial-ports", "", COM COM COM COM COM },
  { "interface-switch-port", "", NET ("<vlan><tag id='4'/></vlan>") },
  { "interface-switch-port", "",
    "<interface type='bridge'><source bridge='b'/><vlan><tag id='4'/></vlan></interface>" },
  { "interface-tap-only", "", NET ("<mtu size='1500'/>") },
  { "interface-tap-only", "", NET ("<model type='virtio'/><driver queues='2'/>") },
  { "chardev-reconnect", "",
    "<serial type='unix'><source mode='connect' path='/a'><reconnect enabled='yes' timeout='0'/>"
    "</source></serial>" },
  { "hostdev-mdev", "",
    "<hostdev type='mdev' model='vfio-ccw'><source><address "
    "uuid='11111111-2222-4333-8444-555555555555'/></source></hostdev>" },
  { "disk-target-name", "",
    "<disk type='file'><source file='/a'/><target dev='xyz' bus='virtio'/></disk>" },
  { "disk-encryption", "",
    DISK ("<encryption format='qcow'><secret type='passphrase' usage='a'/></encryption>") },
  { "disk-cookies", "",
    "<disk type='network'><source protocol='https' name='a'><host name='b'/><cookies>"
    "<cookie name='a'>b;c</cookie></cookies></source><target dev='vda' bus='virtio'/></disk>" },
  { "serial-machine", "", "<serial type='pty'><target type='sclp-serial'/></serial>" },
  { "console-target", "", "<console type='pty'><target type='xen'/></console>" },
  { "channel-target", "", "<channel type='pty'/>" },
  { "input", "", "<input type='tablet' bus='ps2'/>" },
  { "watchdog", "",
    "<watchdog model='i6300esb' action='reset'/><watchdog model='itco' action='pause'/>" },
  { "panic", "", "<panic model='s390'/>" },
  { "tpm", "",
    "<tpm model='tpm-tis'><backend type='emulator'/></tpm>"
    "<tpm model='tpm-tis'><backend type='emulator'/></tpm>" },
  { "tpm-machine", "", "<tpm model='tpm-spapr'><backend type='emulator' version='2.0'/></tpm>" },
  { "shmem", "", "<shmem name='a'><size unit='M'>3</size></shmem>" },
  { "iommu", "", "<iommu model='virtio'/>" },
  { "pstore", "<features><acpi/></features>",
    "<pstore backend='elsewhere'><path>/a</path><size>64</size></pstore>" },
  { "nvram", "", "<nvram/>" },
  { "rng", "", "<rng model='virtio'><rate bytes='0'/><backend model='random'/></rng>" },
  { "sound", "", "<sound model='ac97'><audio id='7'/></sound>" },
  { "hugepages-size",
    "<memoryBacking><hugepages><page size='3' unit='KiB'/></hugepages></memoryBacking>", "" },
  { "hugepages-nodes",
    "<memoryBacking><hugepages><page size='4' unit='KiB' nodeset='4'/></hugepages>"
    "</memoryBacking>",
    "" },
  { "module-room", CELLS ("<cell memory='1'/>"),
    "<memory model='dimm'><target><size>1024</size><node>0</node></target></memory>" },
  { "virtio-mem", "<maxMemory slots='1'>99999</maxMemory>",
    "<memory model='virtio-mem'><target><size>4096</size><block>3</block><requested>0</requested>"
    "</target></memory>" },
  { "graphics-type", "", "<graphics type='vnc'/><graphics type='vnc'/>" },
  { "graphics-opengl", "",
    "<graphics type='spice'><gl enable='yes'/></graphics><graphics type='egl-headless'/>" },
  { "graphics-listen", "",
    "<graphics type='vnc' listen='1.2.3.4'><listen type='address' address='::1'/></graphics>" },
  { "graphics-password", "", "<graphics type='vnc' passwd='123456789'/>" },
  { "video-primary", "",
    "<video><model type='qxl' primary='yes'/></video><video><model type='qxl' primary='yes'/>"
    "</video>" },
  { "video-none", "", "<video><model type='none'/></video><video><model type='qxl'/></video>" },
  { "video-memory", "", "<video><model type='virtio' vgamem='4096'/></video>" },
  { "filesystem-modes", "",
    "<filesystem fmode='9'><source dir='/a'/><target dir='a'/></filesystem>" },
  { "filesystem-virtiofs", "",
    "<filesystem><driver type='virtiofs'/><source dir='/a'/><target dir='a'/></filesystem>" },
  { "virtio-options", "", SCSI ("<driver iommu='on'/>") },
  { "virtio-model", "", "<input type='keyboard' bus='virtio' model='virtio-transitional'/>" },
  { "address-bus", "", NET ("<address type='ccw' cssid='0xfe' ssid='0' devno='1'/>") },
  { "memory-size", CELLS ("<cell memory='18014398509481983'/>"), "" },
  { "alias-unique", "", DISK ("<alias name='ua-a'/>") SCSI ("<alias name='ua-a'/>") },
  { "boot-order-unique", "", DISK ("<boot order='1'/>") SCSI ("<boot order='1'/>") },
  { "boot-loadparm", "", DISK ("<boot order='1' loadparm='a?'/>") },
  { "zpci", "", DISK ("<address type='pci'><zpci uid='1'/></address>") },
};

static RoostFacts *
sample_facts (void)
{
  RoostFacts *facts = roost_facts_new ();
  RoostMachineFacts *machine = g_new0 (RoostMachineFacts, 1);

  machine->name = g_strdup ("pc-q35-7.2");
  machine->alias = g_strdup ("q35");
  machine->default_ram_id = g_strdup ("pc.ram");
  machine->max_cpus = 288;
  g_ptr_array_add (facts->machines, machine);
  facts->arch = g_strdup ("x86_64");
  facts->binary = g_strdup ("/usr/bin/qemu-system-x86_64");
  return facts;
}

static gboolean
check (const char *before, const char *devices, GError **error)
{
  g_autoptr (RoostFacts) facts = sample_facts ();
  g_autofree char *xml =
      g_strconcat ("<domain type='qemu'><name>a</name><memory>65536</memory>", before,
                   "<os><type arch='x86_64' machine='q35'>hvm</type></os>\n<devices>", devices,
                   "</devices></domain>", NULL);
  g_autoptr (GError) local = NULL;
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (xml, NULL, &local);

  g_assert_no_error (local);
  return roost_check_all (config, facts, NULL, error);
}

static void
test_rule (gconstpointer data)
{
  const Case *it = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *mark = g_strdup_printf ("(rule %s)", it->rule);

  g_assert_false (check (it->before, it->devices, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, mark) == NULL)
    g_error ("%s is not in: %s", mark, error->message);
  g_assert_true (g_str_has_prefix (error->message, "line "));
}

static void
test_valid (void)
{
  g_autoptr (GError) error = NULL;
  gboolean is_valid = check (
      "<vcpu>4</vcpu><memoryBacking><access mode='shared'/></memoryBacking>",
      DISK ("<boot order='1'/>") SCSI ("<boot order='2'/>") NET (
          "<model type='virtio'/><rom enabled='no' file=''/>") "<filesystem><driver "
                                                               "type='virtiofs'/><source "
                                                               "dir='/a'/><target "
                                                               "dir='a'/></filesystem>"
                                                               "<graphics type='vnc' "
                                                               "port='-1'/><video><model "
                                                               "type='qxl' ram='65536'/></video>",
      &error);

  g_assert_no_error (error);
  g_assert_true (is_valid);
}

static void
test_place (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (check ("", "\n  " DISK ("<geometry cyls='3'/>"), &error));
  g_assert_error (error, ROOST_ERROR, ROOST_ERROR_INVALID_XML);
  g_assert_true (g_str_has_prefix (error->message, "line 3, column 3: <disk>: 'vda': "));
}

static void
test_all_reported (void)
{
  g_autoptr (RoostFacts) facts = sample_facts ();
  g_autoptr (RoostIssues) issues = roost_issues_new ();
  g_autoptr (RoostDomainConfig) config = roost_domain_config_parse (
      "<domain type='qemu'><name>a/b</name><memory>65536</memory><os><type arch='x86_64' "
      "machine='q35'>hvm</type></os><devices><nvram/><channel type='pty'/></devices></domain>",
      NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (roost_check_all (config, facts, issues, &error));
  g_assert_cmpuint (roost_issues_length (issues), ==, 3);
  g_assert_nonnull (strstr (error->message, "(rule name)"));
}

/* A rule about what has no struct of its own finds its element by the name. */
static void
test_place_by_name (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) other = NULL;

  g_assert_false (check ("\n\n\n <features><smm>\n<tseg unit='KiB'>1025</tseg></smm>"
                         "</features>",
                         "", &error));
  g_assert_nonnull (strstr (error->message, "line 5, column 1: <tseg>: "));
  g_assert_false (check ("\n\n<numatune>\n <memory nodeset='999'/></numatune>", "", &other));
  g_assert_true (g_str_has_prefix (other->message, "line 3, column 1: <numatune>: "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/domain-checks/valid", test_valid);
  g_test_add_func ("/domain-checks/place", test_place);
  g_test_add_func ("/domain-checks/place-by-name", test_place_by_name);
  g_test_add_func ("/domain-checks/all-reported", test_all_reported);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/domain-checks/rule/%s/%u", cases[i].rule, i);

      g_test_add_data_func (path, &cases[i], test_rule);
    }
  return g_test_run ();
}
