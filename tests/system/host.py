#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs inside `machine`: the installed service with the real systemd, logind, machined and cgroups, and with guests that
hear the power button (listener.S). Each test is a function; the last one leaves its guests to the end of the machine."""
import contextlib
import os
import pwd
import re
import signal
import struct
import subprocess
import sys
import time
import traceback

from gi.repository import Gio, GLib

RESULTS = '/run/roost-test'
GUESTS = '/var/lib/roost-test'
DOMAIN = 'org.roost1.Domain'
TUNING = 'org.roost1.Domain.Tuning'
SYSTEMD = ('org.freedesktop.systemd1', '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager')
PATIENCE = 400  # of the clock of an emulated machine, which may be twice as fast


def run(*argv, **kwargs):
    return subprocess.run(argv, check=True, capture_output=True, text=True, **kwargs).stdout.strip()


def wait_for(condition, what=''):
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < end, f'not within {PATIENCE} s: {what() if callable(what) else what}'
        time.sleep(0.1)
    return value


def read(path):
    with open(path, encoding='utf-8', errors='replace') as f:
        return f.read().strip()


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    os.chmod(path, mode)


def show(unit, name, *more):
    return run('systemctl', *more, 'show', '-P', name, unit)


@contextlib.contextmanager
def refused(name, text=''):
    try:
        yield
    except GLib.Error as error:
        assert Gio.DBusError.get_remote_error(error) == 'org.roost1.Error.' + name, error.message
        assert re.search(text, error.message), error.message
        return
    raise AssertionError(f'the call went through; {name} was expected')


# --- guests ---

class Guest:
    """One that says R when it hears, P when the button was pressed and O when it powers off, each after its letter."""

    def __init__(self, host, letter, sink='said', ticks=0, extra='', more='', memory=64):
        self.host, self.letter = host, letter
        self.extra, self.more, self.memory = extra, more, memory
        self.sink = os.path.join(host.folder, sink)
        disk = os.path.join(host.folder, letter + '.img')
        with open(os.path.join(RESULTS, 'listener'), 'rb') as f:
            sector = bytearray(f.read())
        sector[0x1f0:0x1f4] = struct.pack('<HH', ord(letter), ticks)
        with open(disk, 'wb') as f:
            f.write(sector.ljust(1 << 20, b'\0'))
        with open(self.sink, 'a', encoding='utf-8'):
            pass
        for path in (disk, self.sink):
            os.chmod(path, 0o666)
        self.path = host.call('DefineDomain', 's', self.xml(disk))
        self.uuid = self.path.rsplit('/', 1)[1].replace('_', '-')

    def xml(self, disk):
        return (f"<domain type='qemu'><name>{self.letter}</name><memory unit='MiB'>{self.memory}</memory>"
                "<vcpu>2</vcpu>"
                "<os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>"
                f"<iothreads>1</iothreads>{self.extra}<devices>"
                f"<disk type='file'><source file='{disk}'/><target dev='hda' bus='ide'/></disk>"
                f"<serial type='file'><source path='{self.sink}' append='on'/></serial>{self.more}</devices></domain>")

    def said(self):
        return read(self.sink)

    def call(self, method, signature='', *args, interface=DOMAIN, **options):
        return self.host.call(method, signature, *args, path=self.path, interface=interface, **options)

    def tune(self, method, signature='', *args, **options):
        return self.call(method, signature, *args, interface=TUNING, **options)

    def get(self, name, interface=DOMAIN):
        return self.host.bus_call('org.roost1', self.path, 'org.freedesktop.DBus.Properties', 'Get',
                                  GLib.Variant('(ss)', (interface, name)))[0]

    def start(self):
        before = len(self.said())
        self.call('Start')
        wait_for(lambda: self.letter + 'R' in self.said()[before:], f'{self.letter} to hear')
        return self

    def cgroup(self):
        path = re.search('^0::(.*)', read(f'/proc/{self.get("Pid")}/cgroup'), re.M)[1]
        return '/sys/fs/cgroup' + re.sub(r'\.scope/.*', '.scope', path)

    def scope(self):
        return os.path.basename(self.cgroup())

    def state(self):
        return self.get('State'), self.get('StateReason')

    def wait_off(self, reason):
        wait_for(lambda: self.get('State') == 'shut-off', self.letter + ' to be off')
        assert self.get('StateReason') == reason, self.state()

    def forget(self):
        if self.get('State') != 'shut-off':
            self.call('Destroy')
        self.call('Undefine')
        os.unlink(self.sink)


class Host:
    """A daemon and its bus."""

    def __init__(self, bus, folder):
        self.bus, self.folder = bus, folder
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o755)

    def bus_call(self, name, path, interface, method, args=None):
        return self.bus.call_sync(name, path, interface, method, args, None, 0, PATIENCE * 1000, None).unpack()

    def call(self, method, signature='', *args, path='/org/roost1', interface='org.roost1.Manager', **options):
        packed = {k.replace('_', '-'): v if isinstance(v, GLib.Variant) else GLib.Variant('b', v)
                  for k, v in options.items()}
        reply = self.bus_call('org.roost1', path, interface, method,
                              GLib.Variant(f'({signature}a{{sv}})', (*args, packed)))
        return reply[0] if len(reply) == 1 else reply

    def clean(self):
        """What a test that failed has left."""
        drop_in('')
        for path in self.bus_call('org.roost1', '/org/roost1', 'org.freedesktop.DBus.ObjectManager',
                                  'GetManagedObjects')[0]:
            for method in ('Destroy', 'Undefine'):
                with contextlib.suppress(GLib.Error):
                    self.call(method, path=path, interface=DOMAIN)
        for name in os.listdir(self.folder):
            with contextlib.suppress(IsADirectoryError):
                os.unlink(os.path.join(self.folder, name))


def t(value):
    return GLib.Variant('t', value)


def x(value):
    return GLib.Variant('x', value)


def daemon_pid():
    return int(show('roostd.service', 'MainPID'))


def wait_for_another(pid):
    wait_for(lambda: daemon_pid() not in (0, pid) and show('roostd.service', 'ActiveState') == 'active',
             'another daemon')


def drop_in(text):
    write('/run/systemd/system/roostd.service.d/50-test.conf', text)
    run('systemctl', 'daemon-reload')


# --- the unit ---

def test_unit(host):
    assert host.bus_call('org.roost1', '/org/roost1', 'org.freedesktop.DBus.Properties', 'GetAll',
                         GLib.Variant('(s)', ('org.roost1.Manager',)))
    assert show('roostd.service', 'Type') == 'notify' and show('roostd.service', 'WatchdogUSec') == '1min'
    assert show('roostd.service', 'KillMode') == 'process'


def test_scope(host):
    """In a scope of its own, which is after the daemon when the host goes down, and known to machined."""
    guest = Guest(host, 'a').start()
    scope = guest.scope()
    assert re.fullmatch(r'machine-roost\\x2d\d+\\x2da\.scope', scope)
    assert guest.cgroup() == '/sys/fs/cgroup/machine.slice/' + scope
    assert 'roostd.service' in show(scope, 'Before').split()
    assert show(scope, 'Delegate') == 'yes'
    machine = scope[len('machine-'):-len('.scope')].replace('\\x2d', '-')
    assert run('machinectl', 'show', '--property=Unit', '--value', machine) == scope
    assert run('machinectl', 'show', '--property=Leader', '--value', machine) == str(guest.get('Pid'))
    guest.call('Shutdown')
    guest.wait_off('shutdown')
    assert guest.said() == 'aRaPaO'
    wait_for(lambda: show(scope, 'ActiveState') == 'inactive')
    guest.forget()


def test_killed_and_hung_daemon(host):
    """By SIGKILL, and by the watchdog: the unit starts another, which has the guest."""
    guest = Guest(host, 'a').start()
    qemu, pid = guest.get('Pid'), daemon_pid()
    os.kill(pid, signal.SIGKILL)
    wait_for_another(pid)
    assert (guest.get('Pid'), guest.state()[0]) == (qemu, 'running')

    drop_in('[Service]\nWatchdogSec=5\n')
    run('systemctl', 'restart', 'roostd.service')
    assert (guest.get('Pid'), guest.state()[0]) == (qemu, 'running')
    pid = daemon_pid()
    time.sleep(8)
    assert daemon_pid() == pid  # it reports in time
    os.kill(pid, signal.SIGSTOP)
    wait_for_another(pid)
    assert (guest.get('Pid'), guest.state()[0]) == (qemu, 'running')
    drop_in('')
    guest.call('Shutdown')
    guest.wait_off('shutdown')
    guest.forget()


# --- limits ---

LIMITS = [
    ('SetCpu', '', (), {'weight': t(300)}, 'cpu.weight', '300', 'CpuWeight'),
    ('SetCpu', '', (), {'global_quota': x(50000)}, 'cpu.max', '50000 100000', 'GlobalQuota'),
    ('SetCpu', '', (), {'global_quota': x(20000), 'global_period': t(10000)}, 'cpu.max', '20000 10000', 'GlobalPeriod'),
    ('SetMemory', '', (), {'hard_limit': t(1 << 30)}, 'memory.max', str(1 << 30), 'MemoryHardLimit'),
    ('SetMemory', '', (), {'soft_limit': t(1 << 29)}, 'memory.high', str(1 << 29), 'MemorySoftLimit'),
    ('SetMemory', '', (), {'swap_hard_limit': t(3 << 29)}, 'memory.swap.max', str(1 << 29), 'SwapHardLimit'),
    ('SetBlockIo', '', (), {'weight': t(200)}, 'io.weight', 'default 200', 'BlockIoWeight'),
]
NONE = [
    ('SetCpu', {'weight': t(0), 'global_quota': x(0), 'global_period': t(0)}, {'cpu.weight': '100', 'cpu.max': 'max 100000'}),
    ('SetMemory', {'hard_limit': t(0), 'soft_limit': t(0), 'swap_hard_limit': t(0)},
     {'memory.max': 'max', 'memory.high': 'max', 'memory.swap.max': 'max'}),
    ('SetBlockIo', {'weight': t(0)}, {'io.weight': 'default 100'}),
]


def test_limits(host):
    """What is set, now and for the next start, is what the kernel has."""
    guest = Guest(host, 'a').start()

    def kernel(name):
        return read(os.path.join(guest.cgroup(), name))
    for method, signature, args, options, name, value, prop in LIMITS:
        guest.tune(method, signature, *args, **options)
        assert kernel(name) == value, (name, kernel(name), value)
        assert guest.get(prop, TUNING) == options[next(iter(options))].unpack() or prop == 'GlobalPeriod'
    assert guest.get('NotApplied', TUNING) == {}
    before = {name: kernel(name) for name in ('cpu.weight', 'cpu.max', 'memory.max', 'io.weight')}
    guest.call('Destroy')
    guest.start()
    assert {name: kernel(name) for name in before} == before
    assert guest.get('NotApplied', TUNING) == {}

    guest.tune('SetCpu', weight=t(700), live=True)
    guest.tune('SetMemory', soft_limit=t(1 << 28), config=True)
    assert kernel('cpu.weight') == '700' and kernel('memory.high') == str(1 << 29)
    stored = guest.call('GetXml', inactive=True)
    assert '<shares>300</shares>' in stored and re.search("<soft_limit unit='KiB'>262144<", stored), stored

    for method, options, expected in NONE:
        guest.tune(method, **options)
        for name, value in expected.items():
            assert kernel(name) == value, (name, kernel(name), value)
    guest.call('Shutdown')
    guest.wait_off('shutdown')
    guest.forget()


def test_thread_quotas(host):
    """Each vCPU and each I/O thread in a threaded group; all of it is found again by another daemon."""
    guest = Guest(host, 'a').start()
    guest.tune('SetCpu', vcpu_quota=x(30000), vcpu_period=t(100000), emulator_quota=x(80000), iothread_quota=x(40000))
    cgroup, qemu = guest.cgroup(), guest.get('Pid')

    def names(group):
        return {read(f'/proc/{qemu}/task/{tid}/comm').split('/')[0] for tid in
                read(os.path.join(cgroup, group, 'cgroup.threads')).split()}

    def limit(group):
        return read(os.path.join(cgroup, group, 'cpu.max'))
    assert [limit(g) for g in ('vcpu0', 'vcpu1', 'emulator', 'iothread1')] \
        == ['30000 100000', '30000 100000', '80000 100000', '40000 100000']
    assert names('vcpu0') == {'CPU 0'} and names('vcpu1') == {'CPU 1'} and names('iothread1') == {'IO iothread1'}
    assert guest.cgroup() == cgroup

    pid = daemon_pid()
    os.kill(pid, signal.SIGKILL)
    wait_for_another(pid)
    guest.tune('SetCpu', vcpu_quota=x(60000), live=True)
    assert limit('vcpu1') == '60000 100000' and limit('emulator') == '80000 100000'
    guest.tune('SetCpu', vcpu_quota=x(-1), emulator_quota=x(0), iothread_quota=x(0), live=True)
    assert [limit(g) for g in ('vcpu0', 'emulator', 'iothread1')] == ['max 100000'] * 3
    guest.call('Destroy')
    wait_for(lambda: not os.path.exists(cgroup), 'the groups to go with the scope')
    guest.forget()


def test_disks_of_the_host(host):
    run('modprobe', 'loop')
    disk = os.path.join(GUESTS, 'loop.img')
    run('truncate', '-s', '16M', disk)
    device = run('losetup', '--find', '--show', disk)
    number = '{}:{}'.format(os.major(os.stat(device).st_rdev), os.minor(os.stat(device).st_rdev))
    guest = Guest(host, 'a').start()

    def kernel():
        found = [line for line in read(os.path.join(guest.cgroup(), 'io.max')).splitlines() if line.startswith(number)]
        return found[0].split(' ', 1)[1] if found else ''
    guest.tune('SetBlockDevice', 's', device, read_bytes=t(1 << 20), write_iops=t(50))
    assert kernel() == 'rbps=1048576 wbps=max riops=max wiops=50', kernel()
    guest.tune('SetBlockDevice', 's', device, write_bytes=t(2 << 20), write_iops=t(0))
    assert kernel() == 'rbps=1048576 wbps=2097152 riops=max wiops=max', kernel()
    guest.tune('SetBlockDevice', 's', device, read_bytes=t(0), write_bytes=t(0))
    assert kernel() == '', kernel()
    guest.call('Destroy')
    guest.forget()
    run('losetup', '--detach', device)


def test_nodes_of_memory(host):
    """The memory of a guest that runs is moved when its nodes change."""
    guest = Guest(host, 'a')
    guest.tune('SetNumaNodes', 's', '1')
    guest.start()
    qemu = guest.get('Pid')

    def pages():
        found = {0: 0, 1: 0}
        for node, count in re.findall(r' N(\d)=(\d+)', ' '.join(
                line for line in read(f'/proc/{qemu}/numa_maps').splitlines() if 'anon=' in line)):
            found[int(node)] += int(count)
        return found

    def nodes():
        return read(guest.cgroup() + '/cpuset.mems')
    assert nodes() == '1' and guest.get('NotApplied', TUNING) == {}
    before = pages()
    assert before[1] > 10 * before[0], before
    guest.tune('SetNumaNodes', 's', '0', live=True)
    assert nodes() == '0' and guest.get('NumaNodes', TUNING) == '0'
    wait_for(lambda: pages()[0] > 10 * pages()[1], lambda: f'its memory to be moved: {pages()}')
    assert "nodeset='1'" in guest.call('GetXml', inactive=True)
    with refused('InvalidArgument', 'no NUMA node 2 with memory: the host has 0-1'):
        guest.tune('SetNumaNodes', 's', '2', live=True)
    guest.tune('SetNumaNodes', 's', '', live=True)
    wait_for(lambda: nodes() == '0-1', 'all nodes, the kernel takes no less')
    guest.call('Shutdown')
    guest.wait_off('shutdown')
    guest.forget()


def test_too_much_memory(host):
    """A guest beyond its hard limit is killed by the kernel, and nothing else is."""
    guest = Guest(host, 'a').start()
    pid = daemon_pid()
    with contextlib.suppress(GLib.Error):  # it may be dead before the answer
        guest.tune('SetMemory', hard_limit=t(4 << 20), live=True)
    guest.wait_off('crashed')
    assert daemon_pid() == pid
    guest.start()
    guest.call('Destroy')
    guest.forget()


LOCKED = '<memoryBacking><locked/></memoryBacking>'


def locked(guest):
    """-> bytes that its QEMU may lock, bytes that it has locked"""
    pid = guest.get('Pid')
    limit = re.search(r'Max locked memory +(\S+)', read(f'/proc/{pid}/limits'))[1]
    return limit, int(re.search(r'VmLck:\s+(\d+)', read(f'/proc/{pid}/status'))[1]) << 10


def test_locked_memory(host):
    """A QEMU that is not root may lock what its guest needs, and no more than usual where it needs none."""
    plain = Guest(host, 'a', sink='a').start()
    assert locked(plain)[0] != 'unlimited' and locked(plain)[1] == 0, locked(plain)
    guest = Guest(host, 'b', sink='b', extra=LOCKED).start()
    assert locked(guest)[0] == 'unlimited' and locked(guest)[1] >= 64 << 20, locked(guest)
    limited = Guest(host, 'c', sink='c', extra=f"<memtune><hard_limit>{1 << 20}</hard_limit></memtune>{LOCKED}").start()
    assert locked(limited)[0] == str(1 << 30) and locked(limited)[1] >= 64 << 20, locked(limited)
    for each in (plain, guest, limited):
        each.forget()


# --- inhibitors ---

def inhibitors(uid=0):
    reply = Gio.bus_get_sync(Gio.BusType.SYSTEM, None).call_sync(
        'org.freedesktop.login1', '/org/freedesktop/login1', 'org.freedesktop.login1.Manager', 'ListInhibitors', None,
        None, 0, -1, None).unpack()[0]
    return sorted({mode for _what, who, _why, mode, owner, _pid in reply if who == 'Roost' and owner == uid})


def test_inhibitors(host):
    go = os.path.join(GUESTS, 'go')
    hook = '/etc/roost/hooks/qemu.d/50-slow'
    write(hook, f'#!/bin/sh\n[ "$2" = prepare ] || exit 0\nwhile [ ! -e {go} ]; do sleep 0.2; done\n', 0o755)
    guest = Guest(host, 'a')
    assert inhibitors() == []
    guest.host.bus.call('org.roost1', guest.path, DOMAIN, 'Start', GLib.Variant('(a{sv})', ({},)), None, 0,
                        PATIENCE * 1000, None, None)
    wait_for(lambda: 'block' in inhibitors(), 'a start that takes long to block')
    said = subprocess.run(['systemctl', '--check-inhibitors=yes', 'poweroff'], capture_output=True, text=True, check=False)
    assert said.returncode != 0 and 'Roost' in said.stderr, said
    write(go, '')
    wait_for(lambda: inhibitors() == ['delay'], 'a guest that runs to delay')
    os.unlink(hook)
    guest.call('Destroy')
    wait_for(lambda: inhibitors() == [], 'no inhibitor')
    guest.forget()


# --- a user's own ---

class User(Host):
    def __init__(self, name):
        run('useradd', '--create-home', name)
        self.entry = pwd.getpwnam(name)
        run('loginctl', 'enable-linger', name)
        self.runtime = f'/run/user/{self.entry.pw_uid}'
        wait_for(lambda: os.path.exists(self.runtime + '/bus'), "the user's bus")
        folder = os.path.join(GUESTS, name)
        super().__init__(None, folder)
        self.become()

    def become(self):
        """The bus lets only its user in."""
        os.seteuid(self.entry.pw_uid)
        try:
            self.bus = Gio.DBusConnection.new_for_address_sync(
                f'unix:path={self.runtime}/bus', Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
            self.bus.set_exit_on_close(False)
        finally:
            os.seteuid(0)


def test_user(host):
    """Processor and memory are delegated to a user, the rest is not; and a guest goes when its user does."""
    user = User('ann')
    config = f'{user.entry.pw_dir}/.config/roost/roost.conf'
    write(config, '[power]\non-logout=shutdown\n')
    run('chown', '-R', 'ann:ann', user.entry.pw_dir)
    guest = Guest(user, 'u').start()
    uid = user.entry.pw_uid
    assert guest.cgroup().startswith(f'/sys/fs/cgroup/user.slice/user-{uid}.slice/user@{uid}.service/'), guest.cgroup()
    controllers = read(guest.cgroup() + '/cgroup.controllers').split()
    assert 'cpu' in controllers and 'memory' in controllers and 'io' not in controllers, controllers
    guest.tune('SetCpu', weight=t(50), vcpu_quota=x(50000))
    guest.tune('SetMemory', hard_limit=t(1 << 30))
    assert read(guest.cgroup() + '/cpu.weight') == '50' and read(guest.cgroup() + '/memory.max') == str(1 << 30)
    assert read(guest.cgroup() + '/vcpu1/cpu.max') == '50000 100000'
    with refused('LimitExceeded', 'keeps 65600 MiB in memory.*LimitMEMLOCK='):
        Guest(user, 'v', extra=LOCKED, memory=1 << 16).start()
    with refused('NotSupported', "controller 'io' is not there.*Delegate="):
        guest.tune('SetBlockIo', weight=t(200))
    assert 'blkiotune' not in guest.call('GetXml', inactive=True)
    assert inhibitors(uid) == ['delay']
    sink = guest.sink
    run('loginctl', 'terminate-user', 'ann')
    wait_for(lambda: read(sink) == 'uRuPuO', lambda: f"the user's guest to power off, said {read(sink)}")
    wait_for(lambda: show(f'user@{uid}.service', 'ActiveState') in ('inactive', 'failed'), 'the user to be gone')


# --- the host goes down ---

def test_autostart_and_the_end(host):
    """They start in their order; the rest is for the end of the machine."""
    said = os.path.join(RESULTS, 'last')  # outlives the machine
    b = Guest(host, 'b', said, 8 * 18)
    a = Guest(host, 'a', said, 8 * 18)
    a.call('SetAutostart', 'b', True, order=GLib.Variant('u', 1))
    b.call('SetAutostart', 'b', True, order=GLib.Variant('u', 2), delay=t(3000000))
    run('systemctl', 'stop', 'roostd.service')
    for mark in ('autostarted', 'autostarting'):
        with contextlib.suppress(FileNotFoundError):
            os.unlink('/run/roost/' + mark)
    drop_in(f'[Service]\nTimeoutStopSec=5\nStandardError=append:{RESULTS}/daemon.log\n')
    run('systemctl', 'start', 'roostd.service')
    wait_for(lambda: read(said) == 'aRbR', 'both to hear, the first first')
    assert inhibitors() == ['delay']


TESTS = [test_unit, test_scope, test_killed_and_hung_daemon, test_limits, test_thread_quotas,
         test_disks_of_the_host, test_nodes_of_memory, test_too_much_memory, test_locked_memory,
         test_inhibitors, test_user, test_autostart_and_the_end]


def set_up():
    run('systemd-sysusers')
    run('systemctl', 'daemon-reload')
    run('systemctl', 'start', 'systemd-logind.service', 'systemd-machined.service')
    bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
    bus.set_exit_on_close(False)
    host = Host(bus, GUESTS)
    host.bus_call('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'ReloadConfig')
    return host


def main(tests):
    host = set_up()
    failed = 0
    for test in tests:
        if len(sys.argv) > 1 and test.__name__ not in sys.argv[1:]:
            continue
        start = time.monotonic()
        try:
            test(host)
            print(f'ok: {test.__name__}, {time.monotonic() - start:.0f} s', flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f'FAILED: {test.__name__}, {time.monotonic() - start:.0f} s')
            traceback.print_exc(file=sys.stdout)
            sys.stdout.flush()
            host.clean()
    if failed:
        print(run('journalctl', '-b', '--no-pager', '-o', 'short-monotonic', '_COMM=roostd')[-8000:])
    sys.exit(failed > 0)


if __name__ == '__main__':
    main(TESTS)
