#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs inside `machine` with devices to give away: USB sticks, PCI cards behind an IOMMU, vhost-vsock, taps that are
policed, and the programs beside QEMU. Its guests are those of host.py; from a stick N boots what says N."""
import contextlib
import errno
import fcntl
import glob
import json
import os
import re
import signal
import socket
import struct
import time

from gi.repository import GLib
from host import (DOMAIN, RESULTS, TUNING, Guest, Host, daemon_pid, main, read, refused, run, show, t, wait_for,
                  wait_for_another)

STICK = '46f4:0001'  # QEMU's: both have it
PCI = '/sys/bus/pci/devices/'
SET_GUEST_CID = 0x4008af60
MAC = '52:54:00:00:00:31'


# --- the machine that we are in ---

class Monitor:
    """Of the QEMU that runs this machine."""

    def __init__(self):
        self.fd = os.open('/dev/virtio-ports/monitor', os.O_RDWR)
        self.buffer = b''
        self.line()
        self.call('qmp_capabilities')

    def line(self):
        while b'\n' not in self.buffer:
            self.buffer += os.read(self.fd, 65536)
        line, self.buffer = self.buffer.split(b'\n', 1)
        return json.loads(line)

    def call(self, command, **arguments):
        os.write(self.fd, json.dumps({'execute': command, 'arguments': arguments}).encode() + b'\n')
        while True:
            answer = self.line()
            assert 'error' not in answer, answer
            if 'return' in answer:
                return answer['return']

    def pull(self, n):
        self.call('device_del', id=f'stick{n}')
        wait_for(lambda: not find_stick(n), f'stick {n} to be gone')

    def push_all(self):
        for n in (1, 2):
            if not find_stick(n):
                self.push(n)

    def push(self, n):
        def gone():
            with contextlib.suppress(AssertionError):
                self.call('device_add', driver='usb-storage', id=f'stick{n}', bus='usb.0', port=str(n), drive=f'stick{n}',
                          serial=f'STICK{n}')
                return True
            return False
        wait_for(gone, f'stick {n} to be plugged in')
        wait_for(lambda: driver_of_stick(n) == 'usb-storage', f'stick {n} to have its driver')


def find_stick(n):
    """Its folder in sysfs."""
    for path in glob.glob('/sys/bus/usb/devices/*/serial'):
        with contextlib.suppress(OSError):
            if read(path) == f'STICK{n}':
                return os.path.dirname(path)
    return None


def place(n):
    """(bus, device)"""
    folder = find_stick(n)
    return int(read(folder + '/busnum')), int(read(folder + '/devnum'))


def driver_of(path):
    with contextlib.suppress(OSError):
        return os.path.basename(os.readlink(path + '/driver'))
    return None


def driver_of_stick(n):
    folder = find_stick(n)
    return driver_of(f'{folder}/{os.path.basename(folder)}:1.0') if folder else None


# --- guests ---

class Small(Guest):
    """With a place for USB devices; more devices by @more."""

    def __init__(self, host, letter, more=''):
        super().__init__(host, letter, 'said-' + letter, more=more)

    def xml(self, disk):
        usb = "<controller type='usb' index='0' model='qemu-xhci'/><memballoon model='none'/>"
        return (super().xml(disk).replace("bus='ide'/>", "bus='ide'/><boot order='2'/>")
                .replace('</devices>', usb + '</devices>'))

    def boots_from(self, letter):
        """It was started, or reset, and this is what it said."""
        before = len(self.said())
        self.call('Reset' if self.get('State') == 'running' else 'Start')
        wait_for(lambda: letter + 'R' in self.said()[before:], lambda: f'{letter} to boot; {self.said()} so far')
        return self

    def live(self):
        return self.call('GetXml')

    def stored(self):
        return self.call('GetXml', inactive=True)

    def attach(self, xml, **options):
        return self.call('AttachDevice', 's', xml, **options)

    def job(self, path):
        return self.host.call('Wait', path=path, interface='org.roost1.Job')

    def detach(self, device, **options):
        self.job(self.call('DetachDevice', 's', device, **options))

    def monitor(self, command, **arguments):
        return json.loads(self.call('QemuMonitorCommand', 's', json.dumps({'execute': command, 'arguments': arguments})))

    def human(self, line):
        return self.monitor('human-monitor-command', **{'command-line': line})


def usb(n=None, more=''):
    """Of that stick by its place; of any by vendor and product."""
    if n is None:
        where = "<vendor id='0x46f4'/><product id='0x0001'/>"
    else:
        where = "<address bus='{}' device='{}'/>".format(*place(n))
    return f"<hostdev mode='subsystem' type='usb'><source{more}>{where}</source><boot order='1'/></hostdev>"


def restart_by_kill(*guests):
    """And waits until the next daemon has had its look at @guests."""
    pid = daemon_pid()
    os.kill(pid, signal.SIGKILL)
    wait_for_another(pid)
    for guest in guests:
        wait_for(lambda guest=guest: not guest.get('Jobs'), guest.letter + ' to be looked at')


# --- USB ---

def test_usb_from_the_start(host):
    """The guest boots from a stick of the host, which has it again afterwards, also when QEMU was killed."""
    host.monitor.push_all()
    assert driver_of_stick(1) == driver_of_stick(2) == 'usb-storage'
    a = Small(host, 'a', usb(1))
    a.boots_from('1')
    assert driver_of_stick(1) == 'usbfs' and driver_of_stick(2) == 'usb-storage'
    b = Small(host, 'b', usb(1))
    with refused('Busy', "the USB device bus .* is in use: the domain 'a' has it as 'hostdev0'"):
        b.call('Start')
    assert b.state() == ('shut-off', 'failed')
    a.call('Destroy')
    wait_for(lambda: driver_of_stick(1) == 'usb-storage', 'the stick to be back')
    a.boots_from('1')
    a.detach('hostdev0', live=True)
    wait_for(lambda: driver_of_stick(1) == 'usb-storage', 'the stick to be back from a guest that runs on')
    b.boots_from('1')
    os.kill(b.get('Pid'), signal.SIGKILL)
    b.wait_off('crashed')
    wait_for(lambda: driver_of_stick(1) == 'usb-storage', 'the stick to be back after a crash')
    a.forget()
    b.forget()


def test_usb_plugged(host):
    host.monitor.push_all()
    a, b = Small(host, 'a').start(), Small(host, 'b').start()
    with refused('HostDevice', f'there are 2 USB devices {STICK} on this host .*bus . device .*<address'):
        a.attach(usb())
    with refused('NotFound', 'there is no USB device dead:beef on this host'):
        a.attach(usb().replace('46f4', 'dead').replace('0001', 'beef'))
    assert '<hostdev' not in a.live() + a.stored()

    alias = a.attach(usb(1))
    bus, device = place(1)
    assert f"<address bus='{bus}' device='{device}'/>" in a.live()
    assert 'QEMU USB HARDDRIVE' in a.human('info usb')
    assert driver_of_stick(1) != 'usb-storage'
    with refused('Busy', "the domain 'a' has it as 'hostdev0'"):
        b.attach(usb(1), live=True)
    restart_by_kill(a, b)
    with refused('Busy', "the domain 'a' has it as 'hostdev0'"):
        b.attach(usb(1), live=True)
    assert '<hostdev' not in b.live() + b.stored()
    a.boots_from('1')  # the guest has it
    assert driver_of_stick(1) == 'usbfs'

    a.detach(alias)
    assert '<hostdev' not in a.live() + a.stored()
    wait_for(lambda: driver_of_stick(1) == 'usb-storage', 'the stick to be back')
    b.attach(usb(1), live=True)
    assert '<hostdev' in b.live() and '<hostdev' not in b.stored()
    b.call('Destroy')
    wait_for(lambda: driver_of_stick(1) == 'usb-storage', 'the stick to be back')
    b.attach(usb(1), config=True)
    assert driver_of_stick(1) == 'usb-storage' and '<hostdev' in b.stored()
    b.boots_from('1')
    for guest in (a, b):
        guest.forget()


def test_usb_pulled(host):
    """What leaves the host leaves the guest. By vendor and product it is found wherever it is plugged in."""
    monitor = host.monitor
    monitor.push_all()
    monitor.pull(2)
    a = Small(host, 'a').start()
    alias = a.attach(usb())
    assert re.search(r"<product id='0x0001'/>\s*<address bus=", a.live()), a.live()
    assert "<product id='0x0001'/>" in a.stored() and not re.search(r"<source>[^/]*/>[^/]*/>\s*<address", a.stored())
    monitor.pull(1)
    wait_for(lambda: '<hostdev' not in a.live(), 'the guest to lose it')
    assert '<hostdev' in a.stored() and alias not in a.get('Devices')
    with refused('NotFound', f'there is no USB device {STICK} on this host'):
        a.attach(usb(more=" startupPolicy='optional'"), live=True)

    monitor.push(1)
    a.attach(usb(), live=True)
    run('systemctl', 'stop', 'roostd.service')
    monitor.pull(1)
    run('systemctl', 'start', 'roostd.service')
    wait_for(lambda: '<hostdev' not in a.live(), 'the next daemon to see that it is gone')
    a.call('Destroy')
    with refused('NotFound', f'there is no USB device {STICK} on this host'):
        a.call('Start')
    a.forget()
    a = Small(host, 'a', usb(more=" startupPolicy='optional'")).start()
    assert '<hostdev' not in a.live() and '<hostdev' in a.stored()
    monitor.push(1)
    a.call('Destroy')
    a.boots_from('1')
    a.forget()
    monitor.push(2)


def test_usb_and_a_killed_daemon(host):
    """Whenever it is killed: what runs, what is shown and who may have the stick agree."""
    host.monitor.push_all()
    a, b = Small(host, 'a').start(), Small(host, 'b').start()
    bus = host.bus
    for delay in (0.02, 0.3, 1.5):
        args = GLib.Variant('(sa{sv})', (usb(1), {'live': GLib.Variant('b', True)}))
        bus.call('org.roost1', a.path, DOMAIN, 'AttachDevice', args, None, 0, -1, None, None)
        bus.flush_sync()
        time.sleep(delay)
        restart_by_kill(a)
        wait_for(lambda: ('hostdev0' in a.live()) == ('HARDDRIVE' in a.human('info usb')), 'both to agree')
        if '<hostdev' in a.live():
            with refused('Busy', "the domain 'a' has it"):
                b.attach(usb(1), live=True)
            a.detach('hostdev0', live=True)
        b.attach(usb(1), live=True)
        b.detach('hostdev0', live=True)
        wait_for(lambda: driver_of_stick(1) == 'usb-storage', 'the stick to be back')
    a.forget()
    b.forget()


# --- vsock ---

def cid_of(xml):
    found = re.search(r"<cid auto='(\w+)'(?: address='(\d+)')?/>", xml)
    return (found[1], int(found[2]) if found[2] else None) if found else None


def vsock(cid=None):
    return f"<vsock model='virtio'><cid auto='no' address='{cid}'/></vsock>" if cid else "<vsock model='virtio'/>"


def knows(cid):
    """Is there a guest with that address? Nobody listens in it: the kernel tells the one from the other."""
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as s:
        s.settimeout(1)
        try:
            s.connect((cid, 1234))
        except OSError as error:
            return error.errno != errno.ENODEV
        return True


def test_vsock(host):
    a, b = Small(host, 'a').start(), Small(host, 'b').start()
    if not os.path.exists('/dev/vhost-vsock'):
        with refused('HostDevice', 'cannot open /dev/vhost-vsock: No such file.*modprobe vhost_vsock'):
            a.attach(vsock())
        assert '<vsock' not in a.live() + a.stored()
    run('modprobe', 'vhost_vsock')
    wait_for(lambda: os.path.exists('/dev/vhost-vsock'), 'the node of vhost-vsock')
    assert not knows(3)
    alias = a.attach(vsock())
    assert cid_of(a.live()) == ('yes', 3) and cid_of(a.stored()) == ('yes', None)
    with refused('Exists', 'the domain has a <vsock> already'):
        a.attach(vsock(7), live=True)
    with refused('Exists', "the vsock address 3 is in use: the domain 'a' has it as 'vsock0'"):
        b.attach(vsock(3))
    b.attach(vsock(), live=True)
    assert cid_of(b.live()) == ('yes', 4) and '<vsock' not in b.stored()
    a.boots_from('a')
    wait_for(lambda: knows(3), 'the kernel to know the guest')
    assert not knows(9)
    restart_by_kill(a, b)
    c = Small(host, 'c', vsock(4))
    with refused('Exists', "the vsock address 4 is in use: the domain 'b' has it"):
        c.call('Start')

    job = a.call('DetachDevice', 's', alias, timeout=t(170 * 10**6))
    a.call('Reset')  # its firmware lets go what is on its way out
    a.job(job)
    assert '<vsock' not in a.live() + a.stored()
    wait_for(lambda: not knows(3), 'the address to be free')
    with open('/dev/vhost-vsock', 'r+b', buffering=0) as other:
        fcntl.ioctl(other, SET_GUEST_CID, struct.pack('Q', 3))
        with refused('Exists', 'the vsock address 3 is taken on this host, by no guest of ours'):
            a.attach(vsock(3))
        a.attach(vsock(), live=True)
        assert cid_of(a.live()) == ('yes', 5)
    b.call('Destroy')
    c.start()
    assert cid_of(c.live()) == ('no', 4)
    for guest in (a, b, c):
        guest.forget()


class Answering(Small):
    """Without a disk: vsock-guest.c, which answers by vsock, and says S when it has the device."""

    def xml(self, disk):
        kernel = os.path.join(self.host.folder, 'vsock-guest')
        with open(os.path.join(RESULTS, 'vsock-guest'), 'rb') as source, open(kernel, 'wb') as f:
            f.write(source.read())
        os.chmod(kernel, 0o644)
        return re.sub('<disk .*</disk>', '', super().xml(disk)).replace('</os>', f'<kernel>{kernel}</kernel></os>')

    def waits_for(self, word, before=0):
        wait_for(lambda: word in self.said()[before:], lambda: f'{word}; {self.said()} so far')


def echo(cid):
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as s:
        s.settimeout(60)
        s.connect((cid, 1234))
        s.sendall(b'from the host')
        said = b''
        while len(said) < 13:
            said += s.recv(100)
        return said


def test_vsock_speaks(host):
    """Two guests are told from one another by their addresses, and one has its device from the start."""
    run('modprobe', 'vhost_vsock')
    v = Answering(host, 'v').start()
    before = len(v.said())
    v.attach(vsock(11), live=True)
    v.call('Reset')
    v.waits_for('vS', before)
    assert echo(11) == b'FROM THE HOST'
    restart_by_kill(v)
    assert echo(11) == b'FROM THE HOST'
    w = Small(host, 'w', vsock()).start()
    assert cid_of(w.live()) == ('yes', 3)
    v.call('Destroy')
    v.attach(vsock())
    before = len(v.said())
    v.start()
    v.waits_for('vS', before)
    assert cid_of(v.live()) == ('yes', 4) and cid_of(v.stored()) == ('yes', None)
    assert echo(4) == b'FROM THE HOST' and not knows(11)
    v.forget()
    w.forget()


# --- PCI ---

def pci(address, managed='yes'):
    _domain, bus, slot, function = re.split('[:.]', address)
    return (f"<hostdev mode='subsystem' type='pci' managed='{managed}'><source>"
            f"<address domain='0x0000' bus='0x{bus}' slot='0x{slot}' function='0x{function}'/></source></hostdev>")


CARD, FIRST, SECOND = '0000:01:00.0', '0000:02:00.0', '0000:02:00.1'


def drivers(*addresses):
    return {driver_of(PCI + address) for address in addresses}


def back(*addresses):
    wait_for(lambda: drivers(*addresses) == {'e1000e'}, lambda: f'the host to have {addresses}: {drivers(*addresses)}')


def test_pci(host):
    back(CARD, FIRST, SECOND)
    a = Small(host, 'a', pci(CARD))
    if not os.path.exists('/sys/bus/pci/drivers/vfio-pci'):
        with refused('HostDevice', f'the driver vfio-pci does not take the PCI device {CARD}.*modprobe vfio-pci'):
            a.call('Start')
        back(CARD)
    run('modprobe', 'vfio-pci')
    a.start()
    assert drivers(CARD) == {'vfio-pci'} and '8086:10d3' in a.human('info pci')
    locked = int(re.search(r'Max locked memory +(\d+)', read(f'/proc/{a.get("Pid")}/limits'))[1])
    assert locked >= (64 << 20) + (1 << 30), locked
    b = Small(host, 'b', pci(CARD))
    with refused('Busy', f"the PCI device {CARD} is in use: the domain 'a' has it as 'hostdev0'"):
        b.call('Start')
    restart_by_kill()
    with refused('Busy', "the domain 'a' has it"):
        b.call('Start')
    a.call('Destroy')
    back(CARD)
    b.forget()

    a.start()  # and both end while nobody looks
    run('systemctl', 'stop', 'roostd.service')
    os.kill(int(re.search(r'^(\d+)$', run('pgrep', '-f', 'guest=a,'), re.M)[1]), signal.SIGKILL)
    assert drivers(CARD) == {'vfio-pci'}
    run('systemctl', 'start', 'roostd.service')
    a.wait_off('crashed')
    back(CARD)
    a.forget()

    a = Small(host, 'a', pci(CARD, 'no'))
    with refused('HostDevice', f"{CARD} is with the driver e1000e: bind it to vfio-pci, or say managed='yes'"):
        a.call('Start')
    assert drivers(CARD) == {'e1000e'}
    a.forget()
    a = Small(host, 'a', pci('0000:09:00.0'))
    with refused('NotFound', 'there is no PCI device 0000:09:00.0 on this host'):
        a.call('Start')
    a.forget()


def test_pci_groups(host):
    """Functions without isolation are in one guest, or nobody uses the others."""
    run('modprobe', 'vfio-pci')
    a = Small(host, 'a', pci(FIRST))
    with refused('HostDevice', f'{SECOND}, which the host uses .driver e1000e., is in the same IOMMU group'):
        a.call('Start')
    assert drivers(FIRST, SECOND) == {'e1000e'}
    a.forget()
    a = Small(host, 'a', pci(FIRST) + pci(SECOND)).start()
    assert drivers(FIRST, SECOND) == {'vfio-pci'}
    b = Small(host, 'b').start()
    a.call('Destroy')
    back(FIRST, SECOND)
    a.forget()

    alias = b.attach(pci(CARD))
    assert '8086:10d3' in b.human('info pci') and drivers(CARD) == {'vfio-pci'}
    job = b.call('DetachDevice', 's', alias, timeout=t(170 * 10**6))
    b.call('Reset')
    b.job(job)
    back(CARD)
    assert '<hostdev' not in b.live() + b.stored()
    b.forget()


# --- bandwidth ---

def interface(bandwidth='', kind='bridge', source="<source bridge='br0'/>"):
    return (f"<interface type='{kind}'><mac address='{MAC}'/>{source}<model type='virtio'/>"
            f"{f'<bandwidth>{bandwidth}</bandwidth>' if bandwidth else ''}</interface>")


def tc(what, dev, *more):
    return run('tc', what, 'show', 'dev', dev, *more)


def rate_to(tap):
    found = re.search(r'rate (\S+) ceil', tc('class', tap))
    return found[1] if found else None


def rate_from(tap):
    found = re.search(r'police \S+ rate (\S+)', tc('filter', tap, 'ingress'))
    return found[1] if found else None


def test_bandwidth(host):
    run('ip', 'link', 'add', 'br0', 'type', 'bridge')
    run('ip', 'link', 'set', 'br0', 'up')
    a = Small(host, 'a', interface("<inbound average='1000'/><outbound average='500' burst='256'/>")).start()
    tap = re.search(r"<target dev='(vnet\d+)'/>", a.live())[1]
    assert (rate_to(tap), rate_from(tap)) == ('8192Kbit', '4096Kbit'), (tc('class', tap), tc('filter', tap, 'ingress'))
    device = f'{a.path}/device/net0'

    def shown():
        return host.bus_call('org.roost1', device, 'org.freedesktop.DBus.Properties', 'Get',
                             GLib.Variant('(ss)', ('org.roost1.DomainDevice', 'Live')))[0]
    assert (shown()['inbound-average'], shown()['outbound-average']) == (1000 << 10, 500 << 10)
    a.call('UpdateDevice', 's', interface("<inbound average='2000'/><outbound average='250' peak='1000'/>"), live=True)
    assert (rate_to(tap), rate_from(tap)) == ('16384Kbit', '2048Kbit')
    assert 'peakrate 8192Kbit' in tc('filter', tap, 'ingress')
    run('tc', 'qdisc', 'del', 'dev', tap, 'ingress')
    restart_by_kill(a)
    wait_for(lambda: rate_from(tap) == '2048Kbit', 'the limit again')
    a.call('UpdateDevice', 's', interface("<inbound average='2000'/>"), live=True)
    assert (rate_to(tap), rate_from(tap)) == ('16384Kbit', None)
    a.call('UpdateDevice', 's', interface(), live=True)
    assert (rate_to(tap), rate_from(tap)) == (None, None)
    assert "<outbound average='500'" in a.stored() and a.get('NotApplied', TUNING) == {}

    a.forget()
    run('ip', 'link', 'del', 'br0')


def test_floor(host):
    """What is not guaranteed is told, of each card."""
    source = "<source network='lan'/>"
    a = Small(host, 'a', interface("<inbound average='1000' floor='300'/>", 'network', source)).start()
    tap = re.search(r"<target dev='(vnet\d+)'/>", a.live())[1]
    assert rate_to(tap) == '8192Kbit'
    told = {'interface/net0/bandwidth/inbound/floor'}
    assert set(a.get('NotApplied', TUNING)) == told
    assert 'cannot be guaranteed' in a.get('NotApplied', TUNING)[min(told)]
    restart_by_kill(a)
    assert set(a.get('NotApplied', TUNING)) == told
    a.call('UpdateDevice', 's', interface("<inbound average='1000'/>", 'network', source), live=True)
    assert a.get('NotApplied', TUNING) == {} and "floor='300'" in a.stored()
    a.forget()


# --- programs beside QEMU ---

def comm(pid):
    with contextlib.suppress(OSError):
        return read(f'/proc/{pid}/comm').split('.')[0]
    return ''


def members(cgroup):
    """The programs in the scope and in the groups of threads below it."""
    found = set()
    for path in glob.glob(cgroup + '/**/cgroup.procs', recursive=True):
        with contextlib.suppress(OSError):
            found |= set(read(path).split())
    return {name for name in map(comm, found) if name}


class Shared(Small):
    """With memory that a helper can see."""

    def xml(self, disk):
        return super().xml(disk).replace('<iothreads>', "<memoryBacking><source type='memfd'/><access mode='shared'/>"
                                         '</memoryBacking><iothreads>')


FOLDER = "<filesystem type='mount'><driver type='virtiofs'/><source dir='/srv'/><target dir='srv'/></filesystem>"
USER_CARD = f"<interface type='user'><mac address='{MAC}'/><backend type='passt'/><model type='virtio'/></interface>"
TPM = "<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>"
HELPERS = {'swtpm', 'virtiofsd', 'passt'}


def helpers():
    return HELPERS & set(map(comm, filter(str.isdigit, os.listdir('/proc'))))


def test_helpers(host):
    """They are in the scope of their guest, from its start or later, and end with it."""
    run('modprobe', 'dummy')
    run('ip', 'link', 'add', 'out0', 'type', 'dummy')
    run('ip', 'address', 'add', '10.9.9.1/24', 'dev', 'out0')
    run('ip', 'link', 'set', 'out0', 'up')
    run('ip', 'route', 'add', 'default', 'via', '10.9.9.2')  # where passt finds its addresses
    a = Shared(host, 'a', TPM).start()
    assert members(a.cgroup()) >= {'swtpm', 'qemu-system-x86'}, members(a.cgroup())
    folder = a.attach(FOLDER, live=True)
    a.attach(USER_CARD, live=True)
    assert members(a.cgroup()) >= HELPERS, members(a.cgroup())
    scope = a.scope()
    restart_by_kill(a)
    assert members(a.cgroup()) >= HELPERS
    job = a.call('DetachDevice', 's', folder, live=True, timeout=t(170 * 10**6))
    a.call('Reset')
    a.job(job)
    wait_for(lambda: 'virtiofsd' not in members(a.cgroup()), 'virtiofsd to end with its device')
    os.kill(a.get('Pid'), signal.SIGKILL)
    a.wait_off('crashed')
    wait_for(lambda: not helpers(), lambda: f'{helpers()} to end')
    wait_for(lambda: show(scope, 'ActiveState') == 'inactive', 'the scope to be gone')

    a.start()
    a.attach(FOLDER, live=True)
    assert members(a.cgroup()) >= {'swtpm', 'virtiofsd'}
    run('systemctl', 'stop', a.scope())  # whoever ends the scope ends them all
    a.wait_off('destroyed')
    wait_for(lambda: not helpers(), lambda: f'{helpers()} to end')
    a.forget()


# --- weights of disks ---

def test_weight_of_a_disk(host):
    run('modprobe', 'loop')
    image = os.path.join(host.folder, 'loop.img')
    run('truncate', '-s', '16M', image)
    device = run('losetup', '--find', '--show', image)
    number = '{}:{}'.format(os.major(os.stat(device).st_rdev), os.minor(os.stat(device).st_rdev))
    a = Small(host, 'a').start()

    def weights():
        return read(a.cgroup() + '/io.weight').splitlines()
    with refused('NotSupported', f"the kernel shares {device} by no weights: write '{number} enable=1' to io.cost.qos"):
        a.tune('SetBlockDevice', 's', device, weight=t(250))
    assert 'blkiotune' not in a.live() + a.stored()
    a.tune('SetBlockDevice', 's', device, weight=t(250), config=True)
    a.call('Destroy')
    a.start()
    assert 'io.cost.qos' in a.get('NotApplied', TUNING)['blkiotune/device/weight']
    a.call('Destroy')
    with open('/sys/fs/cgroup/io.cost.qos', 'w', encoding='ascii') as f:
        f.write(f'{number} enable=1\n')
    a.start()
    assert a.get('NotApplied', TUNING) == {}
    wait_for(lambda: f'{number} 250' in weights(), weights)
    a.tune('SetBlockDevice', 's', device, weight=t(700), live=True)
    wait_for(lambda: f'{number} 700' in weights(), weights)
    a.forget()
    run('losetup', '--detach', device)


TESTS = [test_usb_from_the_start, test_usb_plugged, test_usb_pulled, test_usb_and_a_killed_daemon, test_vsock,
         test_vsock_speaks, test_pci, test_pci_groups, test_bandwidth, test_floor, test_helpers, test_weight_of_a_disk]


if __name__ == '__main__':
    for module in ('tun', 'virtio_console', 'xhci_pci', 'usb_storage', 'e1000e'):
        run('modprobe', module)
    wait_for(lambda: os.path.exists('/dev/virtio-ports/monitor'), 'the monitor of this machine')
    wait_for(lambda: driver_of_stick(1) == driver_of_stick(2) == 'usb-storage', 'the sticks')
    Host.monitor = Monitor()
    main(TESTS)
