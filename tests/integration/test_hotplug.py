# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices come and go: in what runs, in what is stored, under a guest that has its say, and under a daemon that is
killed meanwhile."""
import json
import os
import re
import signal
import socket
import subprocess

import harness
import pytest
from gi.repository import GLib
from test_domain_guest import GREETING, read_until

DEVICE = 'org.roost1.DomainDevice'
PORTS = "<controller type='pci' model='pcie-root-port'/>" * 8
# Buses for what is plugged. The second USB controller is for nobody.
BUSES = PORTS + '''<controller type='scsi' model='virtio-scsi'/><controller type='usb' model='qemu-xhci'/>
  <controller type='virtio-serial'/>'''


def image(session, name='plain.img', size=1 << 20):
    path = os.path.join(session.folder, name)
    with open(path, 'wb') as f:
        f.write(name.encode().ljust(512))
        f.truncate(size)
    return path


def disk(session, target, bus, name='plain.img', extra=''):
    return (f"<disk type='file'><driver name='qemu' type='raw'/><source file='{image(session, name)}'/>"
            f"<target dev='{target}' bus='{bus}'/>{extra}</disk>")


def attach(session, path, xml, **options):
    return session.domain(path, 'AttachDevice', 's', xml, **options)


def detach(session, path, device, **options):
    """Waits for the guest."""
    job = session.domain(path, 'DetachDevice', 's', device, **options)
    session.with_options(job, harness.JOB, 'Wait', '', ())


def device_path(path, alias):
    return path + '/device/' + re.sub(r'[^A-Za-z0-9]', lambda m: f'_{ord(m[0]):02x}', alias)


def live_xml(session, path):
    return session.domain(path, 'GetXml')


def stored_xml(session, path):
    return session.domain(path, 'GetXml', inactive=True)


def start_small(session, devices='', **kwargs):
    """A guest that has not begun: USB and SCSI need none to be plugged."""
    path = session.define(devices=BUSES + devices, machine='q35', **kwargs)
    session.domain(path, 'Start', paused=True)
    return path


# --- each kind, with a guest that takes part ---

KINDS = {
    'virtio-disk': lambda s: disk(s, 'vda', 'virtio', extra='<iotune><total_iops_sec>500</total_iops_sec></iotune>'),
    'scsi-disk': lambda s: disk(s, 'sdb', 'scsi'),
    'disk-by-name': lambda s: disk(s, 'vdq', 'virtio').replace(" bus='virtio'", ''),
    'usb-disk': lambda s: disk(s, 'sdc', 'usb'),
    'interface': lambda s: "<interface type='user'><model type='virtio'/></interface>",
    'interface-down': lambda s: "<interface type='user'><model type='e1000e'/><link state='down'/></interface>",
    'rng': lambda s: "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
    'usb-tablet': lambda s: "<input type='tablet'/>",
    'virtio-keyboard': lambda s: "<input type='keyboard' bus='virtio'/>",
    'channel': lambda s: "<channel type='unix'><target type='virtio' name='org.example.0'/></channel>",
    'channel-log': lambda s: f"<channel type='file'><source path='{s.folder}/channel.log'/>"
                             "<target type='virtio' name='org.example.1'/></channel>",
    'usb-serial': lambda s: "<serial type='pty'><target type='usb-serial'/></serial>",
    'virtio-console': lambda s: "<console type='pty'><target type='virtio'/></console>",
    'redirdev': lambda s: "<redirdev bus='usb' type='tcp'><source mode='bind' host='127.0.0.1' service='0'/></redirdev>",
    'usb-sound': lambda s: "<sound model='usb'/>",
    'usb-hub': lambda s: "<hub type='usb'/>",
    'scsi-controller': lambda s: "<controller type='scsi' model='virtio-scsi'/>",
    'xhci': lambda s: "<controller type='usb' model='qemu-xhci'/>",  # of whose end QEMU does not tell
    'ccid': lambda s: "<controller type='ccid'/>",
}


# Of conventional PCI, which the other machine has.
PC_KINDS = {
    'shmem': lambda s: "<shmem name='roost-test'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>",
    'watchdog': lambda s: "<watchdog model='i6300esb' action='poweroff'/>",
    'pci-serial': lambda s: "<serial type='null'><target type='pci-serial'/></serial>",
    'virtio-disk': lambda s: disk(s, 'vda', 'virtio'),
    'interface': lambda s: "<interface type='user'><model type='e1000'/></interface>",
}


@pytest.mark.parametrize('machine, kinds', [('q35', KINDS), ('pc', PC_KINDS)])
def test_every_kind(session, machine, kinds):
    path = session.define(devices=BUSES if machine == 'q35' else '', machine=machine,
                          **harness.guest('console=ttyS0 quiet'))
    session.domain(path, 'Start')
    read_until(session.fd(path, 'OpenConsole'), GREETING)
    seen = session.record()
    before = stored_xml(session, path)
    there = set(session.get(path, 'Devices'))
    for name, xml in kinds.items():
        alias = attach(session, path, xml(session))
        assert alias not in there and alias in session.get(path, 'Devices'), name
        assert f"<alias name='{alias}'/>" in live_xml(session, path), name
        assert session.get(device_path(path, alias), 'Alias', DEVICE) == alias, name
        assert stored_xml(session, path) != before, name
        detach(session, path, alias)
        assert set(session.get(path, 'Devices')) == there, name
        assert stored_xml(session, path) == before, name
        session.pump(lambda a=alias: ('DeviceRemoved', (a,)) in [(s[2], s[3]) for s in seen], what=name)
    added = [s[3][0] for s in seen if s[2] == 'DeviceAdded']
    assert len(added) == len(kinds)


# --- what is refused ---

FIXED = {
    'sata': "<disk type='file'><source file='{image}'/><target dev='sdx' bus='sata'/></disk>",
    'fdc': "<disk type='file' device='floppy'><source file='{image}'/><target dev='fda' bus='fdc'/></disk>",
    'tpm': "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>",
    'panic': "<panic model='isa'/>",
    'video': "<video><model type='vga'/></video>",
    'serial': "<serial type='null'><target type='isa-serial'/></serial>",
    'ps2': "<input type='mouse' bus='ps2'/>",
    'sound': "<sound model='ich9'/>",
    '9p': "<filesystem type='mount'><source dir='/tmp'/><target dir='x'/></filesystem>",
}


def test_refused(session):
    path = start_small(session)
    before = live_xml(session, path), stored_xml(session, path)
    for xml in FIXED.values():
        with harness.refused('NotSupported', 'cannot be plugged'):
            attach(session, path, xml.format(image=image(session)))
    with harness.refused('InvalidXml', 'is no device'):
        attach(session, path, '<domain/>')
    with harness.refused('InvalidXml'):
        attach(session, path, '<disk')
    with harness.refused('NotFound', 'net7'):
        detach(session, path, 'net7')
    with harness.refused('InvalidArgument', 'alias'):
        detach(session, path, "<controller type='pci' model='pcie-root-port'/>")
    with harness.refused('Qemu'):
        attach(session, path, "<disk type='file'><source file='/nowhere/at/all'/><target dev='sdy' bus='usb'/></disk>")
    assert (live_xml(session, path), stored_xml(session, path)) == before
    attach(session, path, disk(session, 'sdb', 'scsi'))
    with harness.refused('Exists', 'sdb'):
        attach(session, path, disk(session, 'sdb', 'usb', 'other.img'))
    with harness.refused('Exists', 'address'):
        attach(session, path, disk(session, 'sdz', 'scsi', 'other.img', "<address type='drive' controller='0' unit='1'/>"))
    with harness.refused('Busy', 'used by disk'):
        detach(session, path, "<controller type='scsi' index='0'/>")
    while True:
        try:
            attach(session, path, "<interface type='user'><model type='virtio'/></interface>", live=True)
        except GLib.Error as error:
            assert harness.error_name(error) == 'org.roost1.Error.LimitExceeded', error
            assert 'pcie-root-port' in harness.error_text(error)
            break


def test_refused_without_acpi(session):
    xml = harness.domain_xml().replace('<features><acpi/></features>', '')
    path = session.manager('DefineDomain', 's', xml)
    session.domain(path, 'Start', paused=True)
    before = stored_xml(session, path)
    with harness.refused('NotSupported', "disk 'vda' cannot be plugged.*<acpi/>"):
        attach(session, path, disk(session, 'vda', 'virtio'))
    assert "dev='vda'" not in live_xml(session, path) and stored_xml(session, path) == before


# --- one of both, or both ---

def test_way_through_the_network(session):
    """A channel that is no device: nobody has to let it go, and nothing of it stays."""
    path = start_small(session)
    where = os.path.join(session.folder, 'forward')
    channel = (f"<channel type='unix'><source mode='bind' path='{where}'/>"
               "<target type='guestfwd' address='10.0.2.1' port='4600'/></channel>")
    seen = session.record()
    for _ in range(2):
        alias = attach(session, path, channel)
        assert where in live_xml(session, path) and where in stored_xml(session, path)
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(where)
        session.kill()
        session.start()
        assert where in live_xml(session, path)
        detach(session, path, channel)
        assert where not in live_xml(session, path) and where not in stored_xml(session, path)
        with socket.socket(socket.AF_UNIX) as peer, pytest.raises(OSError):
            peer.connect(where)
    session.pump()
    assert [s[3][0] for s in seen if s[2] == 'DeviceRemoved'] == [alias] * 2


def test_live_and_config(session):
    path = session.define(devices=BUSES, machine='q35')
    with harness.refused('NotRunning', 'not running'):
        attach(session, path, disk(session, 'sda', 'usb'), live=True)
    assert attach(session, path, disk(session, 'sda', 'usb')) == ''
    assert "dev='sda'" in stored_xml(session, path)
    detach(session, path, "<disk><target dev='sda'/></disk>")
    assert "dev='sda'" not in stored_xml(session, path)
    session.domain(path, 'Start', paused=True)
    attach(session, path, disk(session, 'sda', 'usb'), live=True)
    assert "dev='sda'" in live_xml(session, path) and "dev='sda'" not in stored_xml(session, path)
    attach(session, path, disk(session, 'sdb', 'usb', 'b.img'), config=True)
    assert "dev='sdb'" not in live_xml(session, path) and "dev='sdb'" in stored_xml(session, path)
    with harness.refused('NotFound', 'next start'):
        detach(session, path, 'usb-disk0')
    assert "dev='sda'" in live_xml(session, path)
    detach(session, path, 'usb-disk0', live=True)
    detach(session, path, "<disk><target dev='sdb'/></disk>", config=True)
    assert "dev='sd" not in live_xml(session, path) + stored_xml(session, path)
    alias = attach(session, path, "<interface type='user'><model type='virtio'/></interface>")
    mac = re.search(r"<mac address='(.*?)'/>", live_xml(session, path))[1]
    assert mac in stored_xml(session, path)
    device = device_path(path, alias)
    address = session.get(device, 'Address', DEVICE)
    bus, slot = re.match(r'pci 0000:(..):(..)\.0', address).groups()
    assert re.search(f"bus='0x{bus}' slot='0x{slot}'", stored_xml(session, path))


def test_transient(session):
    xml = harness.domain_xml(devices=BUSES, machine='q35')
    path = session.manager('StartTransientDomain', 's', xml)
    with harness.refused('NotSupported', 'transient'):
        attach(session, path, disk(session, 'sda', 'usb'), config=True)
    assert attach(session, path, disk(session, 'sda', 'usb')) == 'usb-disk0'
    detach(session, path, 'usb-disk0')


# --- changes ---

def opened(session, path):
    folder = f'/proc/{session.get(path, "Pid")}/fd'
    return {os.readlink(f'{folder}/{fd}') for fd in os.listdir(folder)}


def test_media(session):
    one, two = image(session, 'one.iso'), image(session, 'two.iso')
    drive = "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>"
    path = start_small(session, drive)
    device = device_path(path, 'sata0-0-0')

    def live():
        return session.get(device, 'Live', DEVICE)
    assert live() == {'tray-open': False, 'medium': ''}
    session.domain(path, 'ChangeMedia', 'ss', 'sda', one)
    assert live() == {'tray-open': False, 'medium': one} and one in opened(session, path)
    assert one in stored_xml(session, path)
    session.domain(path, 'ChangeMedia', 'ss', 'sata0-0-0', two, live=True)
    assert two in opened(session, path) and one not in opened(session, path)
    assert one in stored_xml(session, path)
    with harness.refused('Storage', 'nowhere'):
        session.domain(path, 'ChangeMedia', 'ss', 'sda', '/nowhere')
    os.mkdir(session.folder + '/dir')
    with harness.refused('Qemu'):
        session.domain(path, 'ChangeMedia', 'ss', 'sda', session.folder + '/dir')
    assert live()['medium'] == two and two in opened(session, path)
    session.domain(path, 'ChangeMedia', 'ss', 'sda', '')
    assert live() == {'tray-open': True, 'medium': ''} and two not in opened(session, path)
    xml = f"<disk type='file' device='cdrom'><source file='{one}'/><target dev='sda' bus='sata'/></disk>"
    session.domain(path, 'UpdateDevice', 's', xml)
    assert live() == {'tray-open': False, 'medium': one} and one in opened(session, path)
    with harness.refused('NotSupported', 'serial'):
        session.domain(path, 'UpdateDevice', 's', xml.replace('<target', '<serial>x</serial><target'))
    with harness.refused('NotSupported', 'CD-ROM'):
        attach(session, path, disk(session, 'sdb', 'usb'))
        session.domain(path, 'ChangeMedia', 'ss', 'sdb', one)


def test_link(session):
    nic = "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/><link state='down'/></interface>"
    path = start_small(session, nic)
    device = device_path(path, 'net0')
    seen = session.record()
    assert session.get(device, 'Live', DEVICE) == {'link-up': False}
    session.domain(path, 'SetLink', 'sb', '52:54:00:00:00:01', True)
    assert session.get(device, 'Live', DEVICE) == {'link-up': True}
    session.pump(lambda: any(s[0] == device and s[2] == 'PropertiesChanged' for s in seen))
    assert "<link state='down'/>" not in live_xml(session, path) + stored_xml(session, path)
    session.domain(path, 'SetLink', 'sb', 'net0', False, live=True)
    assert "<link state='down'/>" in live_xml(session, path)
    update = session.get(device, 'Xml', DEVICE).replace('down', 'up')
    session.with_options(device, DEVICE, 'Update', 's', (update,))
    assert session.get(device, 'Live', DEVICE) == {'link-up': True}
    with harness.refused('NotSupported', 'no interface'):
        session.domain(path, 'SetLink', 'sb', 'serial0', False)


def test_memory_and_vcpus(session):
    parts = harness.guest('console=ttyS0 quiet')
    xml = harness.domain_xml(devices=BUSES + "<memballoon model='virtio'/>", machine='q35', **parts)
    path = session.manager('DefineDomain', 's', xml.replace('<vcpu>1<', "<vcpu current='1'>4<"))
    session.domain(path, 'Start')
    console = session.fd(path, 'OpenConsole')
    read_until(console, GREETING)
    session.domain(path, 'SetVcpus', 'u', 3)
    assert session.get(path, 'Vcpus') == 3 and "current='3'" in stored_xml(session, path)
    os.write(console, b'while ! [ -d /sys/devices/system/cpu/cpu2 ]; do sleep 1; done; echo has $((2 + 1))\n')
    read_until(console, b'has 3')
    with harness.refused('InvalidArgument', 'from 1 to 4'):
        session.domain(path, 'SetVcpus', 'u', 5)
    session.domain(path, 'SetVcpus', 'u', 2)
    assert session.get(path, 'Vcpus') == 2 and "current='2'" in live_xml(session, path)
    session.domain(path, 'SetVcpus', 'u', 1, config=True)
    assert session.get(path, 'Vcpus') == 2
    mib = 1 << 20
    session.domain(path, 'SetMemory', 't', 200 * mib)
    session.pump(lambda: session.get(path, 'Memory') == 200 * mib, 60)
    with harness.refused('InvalidArgument', 'from 1'):
        session.domain(path, 'SetMemory', 't', 300 * mib)
    with harness.refused('NotSupported', 'config'):
        session.domain(path, 'SetMemory', 't', 300 * mib, maximum=True)
    session.domain(path, 'SetMemory', 't', 300 * mib, maximum=True, config=True)
    assert session.get(path, 'MemoryMaximum') == 256 * mib
    assert "<memory unit='KiB'>307200<" in stored_xml(session, path)


def test_vcpus_that_can_go(session):
    vcpus = "<vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/><vcpu id='1' enabled='yes' hotpluggable='yes'/></vcpus>"
    xml = harness.domain_xml(machine='q35').replace('<vcpu>1</vcpu>', "<vcpu current='2'>2</vcpu>" + vcpus)
    path = session.manager('DefineDomain', 's', xml)
    session.domain(path, 'Start', paused=True)
    tasks = f'/proc/{session.get(path, "Pid")}/task'
    names = [open(f'{tasks}/{t}/comm', encoding='utf-8').read() for t in os.listdir(tasks)]
    assert session.get(path, 'Vcpus') == 2
    assert len([n for n in names if n.startswith('CPU ')]) == 2 or 'ALL CPUs' in ''.join(names)


def test_verbs(session):
    path = start_small(session, "<disk type='file' device='cdrom'><target dev='sdc' bus='sata'/></disk>")
    one = image(session, 'one.img')

    def ctl(*args):
        result = session.ctl(*args)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()
    assert ctl('attach-disk', 'demo', one, 'sda', '--bus', 'usb') == 'usb-disk0'
    ctl('detach-disk', 'demo', 'sda')
    top = os.path.join(session.folder, 'top.qcow2')
    subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', top, '1M'], check=True)
    unsaid = session.ctl('attach-disk', '--config', 'demo', top, 'vdb')
    assert unsaid.returncode != 0 and 'say --format qcow2, or --format raw' in unsaid.stderr
    ctl('attach-disk', '--config', '--format', 'qcow2', 'demo', top, 'vdb')
    ctl('detach-disk', '--config', 'demo', 'vdb')
    assert ctl('attach-interface', '--config', '--mac', '52:54:00:00:00:02', 'demo', 'user') == ''
    ctl('set-link', '--config', 'demo', '52:54:00:00:00:02', 'down')
    assert "<link state='down'/>" in stored_xml(session, path)
    ctl('detach-interface', '--config', 'demo', '52:54:00:00:00:02')
    ctl('change-media', 'demo', 'sdc', one)
    assert one in opened(session, path)
    ctl('change-media', '--eject', 'demo', 'sdc')
    xml = os.path.join(session.folder, 'hub.xml')
    with open(xml, 'w', encoding='utf-8') as f:
        f.write("<hub type='usb'/>")
    assert ctl('attach-device', 'demo', xml) == 'hub0'
    ctl('detach-device', 'demo', 'hub0')
    ctl('set-vcpus', '--config', '--maximum', 'demo', '4')
    ctl('set-memory', '--config', '--maximum', 'demo', '96M')
    assert '>98304</memory>' in stored_xml(session, path) and '>4</vcpu>' in stored_xml(session, path)
    assert session.ctl('detach-device', 'demo', 'net9').returncode == 3
    assert session.ctl('set-memory', 'demo', 'much').returncode != 0


# --- when things go wrong ---

FAULTS = ['plug device:kill', 'plug device:kill-after', 'store device:kill', 'store device:kill-after']


@pytest.mark.parametrize('fault', FAULTS)
def test_killed_during_a_plug(fault):
    with harness.Session(start=False) as session:
        session.env['ROOST_FAULT'] = fault
        session.start()
        path = start_small(session)
        with pytest.raises(GLib.Error):
            attach(session, path, disk(session, 'sda', 'usb'))
        session.daemon.wait()
        session.daemon = None
        del session.env['ROOST_FAULT']
        session.start()
        was_plugged = fault != 'plug device:kill'
        session.pump(lambda: (was_plugged or 'was cut short' in session.log_text())
                     and ('usb-disk0' in session.get(path, 'Devices')) == was_plugged
                     and session.get(path, 'CurrentJob') == '/')
        assert ("dev='sda'" in stored_xml(session, path)) == was_plugged
        if not was_plugged:
            attach(session, path, disk(session, 'sda', 'usb'))
        detach(session, path, 'usb-disk0')
        assert "dev='sda'" not in live_xml(session, path) + stored_xml(session, path)


@pytest.mark.parametrize('fault', ['plug device:fail-after', 'store device:fail'])
def test_failed_plug_is_undone(fault):
    with harness.Session(env={'ROOST_FAULT': fault}) as session:
        path = start_small(session)
        before = live_xml(session, path), stored_xml(session, path), opened(session, path)
        with harness.refused('Io', 'injected'):
            attach(session, path, disk(session, 'sda', 'usb'))
        assert (live_xml(session, path), stored_xml(session, path), opened(session, path)) == before


class Monitor:
    """QEMU's, while no daemon has it."""

    def __init__(self, session, path):
        uuid = path.rsplit('/', 1)[1].replace('_', '-')
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(f'{session.folder}/run/roost/domain/{uuid}/monitor.sock')
        self.file = self.socket.makefile('rw')
        self.file.readline()
        self.call('qmp_capabilities')

    def close(self):
        self.file.close()
        self.socket.close()

    def call(self, command, **args):
        self.file.write(json.dumps({'execute': command, 'arguments': args}) + '\n')
        self.file.flush()
        while True:
            reply = json.loads(self.file.readline())
            if 'event' not in reply:
                return reply


def test_gone_while_nobody_looked(session):
    path = start_small(session)
    attach(session, path, disk(session, 'sda', 'usb'))
    session.kill()
    monitor = Monitor(session, path)
    assert 'return' in monitor.call('device_del', id='usb-disk0')
    monitor.close()
    session.start()
    session.pump(lambda: 'usb-disk0' not in session.get(path, 'Devices'))
    assert "dev='sda'" not in live_xml(session, path)
    assert "dev='sda'" in stored_xml(session, path)
    session.pump(lambda: session.get(path, 'CurrentJob') == '/')
    attach(session, path, disk(session, 'sda', 'usb'), live=True)


@pytest.mark.parametrize('fault', ['take device down:kill', 'forget device:kill', 'forget device:kill-after'])
def test_killed_after_the_consent(fault):
    """The guest has let go; the daemon dies before the stored configuration knows."""
    with harness.Session(start=False) as session:
        session.env['ROOST_FAULT'] = fault
        session.start()
        path = start_small(session)
        before = stored_xml(session, path)
        attach(session, path, disk(session, 'sda', 'usb'))
        with pytest.raises(GLib.Error):
            detach(session, path, 'usb-disk0')
        session.daemon.wait()
        session.daemon = None
        del session.env['ROOST_FAULT']
        session.start()
        session.pump(lambda: stored_xml(session, path) == before, what='the stored configuration without it')
        session.pump(lambda: session.get(path, 'CurrentJob') == '/')
        assert 'usb-disk0' not in session.get(path, 'Devices')
        nodes = session.domain(path, 'QemuMonitorCommand', 's', '{"execute": "query-named-block-nodes"}')
        assert 'sda-' not in nodes
        assert attach(session, path, disk(session, 'sda', 'usb')) == 'usb-disk0'


def test_consent_while_nobody_looked(session):
    """An unplug that was asked for is completed as it was asked for."""
    rng = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"
    path = session.define(devices=BUSES + rng, machine='q35', **harness.guest('console=ttyS0 quiet'))
    session.domain(path, 'Start')
    read_until(session.fd(path, 'OpenConsole'), GREETING)
    session.domain(path, 'Suspend')
    session.domain(path, 'DetachDevice', 's', 'rng0')
    session.kill()
    monitor = Monitor(session, path)
    monitor.call('cont')
    harness.wait_for(lambda: 'rng0' not in str(monitor.call('qom-list', path='/machine/peripheral')), 60, 'the consent')
    monitor.close()
    session.start()
    session.pump(lambda: '<rng' not in stored_xml(session, path), what='the stored configuration without it')
    assert '<rng' not in live_xml(session, path) and 'rng0' not in session.get(path, 'Devices')


def test_guest_that_does_not_answer(session):
    path = start_small(session, "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>")
    job = session.with_options(path, harness.DOMAIN, 'DetachDevice', 's', ('rng0',),
                               options={'timeout': GLib.Variant('t', 300_000)})
    with harness.refused('Timeout', 'rng0'):
        session.with_options(job, harness.JOB, 'Wait', '', ())
    assert 'rng0' in session.get(path, 'Devices') and '<rng' in stored_xml(session, path)
    job = session.domain(path, 'DetachDevice', 's', 'rng0')
    assert attach(session, path, disk(session, 'sda', 'usb')) == 'usb-disk0'  # beside it
    session.with_options(job, harness.JOB, 'Cancel', '', ())
    with harness.refused('Cancelled'):
        session.with_options(job, harness.JOB, 'Wait', '', ())
    job = session.domain(path, 'DetachDevice', 's', 'rng0')
    os.kill(session.get(path, 'Pid'), signal.SIGKILL)
    with harness.refused('NotRunning'):
        session.with_options(job, harness.JOB, 'Wait', '', ())
    session.wait_state(path, 'shut-off')
    assert session.get(path, 'Devices') == [] and '<rng' in stored_xml(session, path)
    assert not [p for p in session.objects() if p.startswith(path + '/device/')]
