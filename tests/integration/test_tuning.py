# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tuning of a real QEMU, read back from where it counts: the threads' affinity and policy in /proc, throttles by
query-block, the stored XML. Limits by cgroup need systemd; here there is none, and that is said."""
import json
import os
import re
import signal
import socket

import harness
import pytest
from gi.repository import GLib
from harness import refused, wait_for

TUNING = 'org.roost1.Domain.Tuning'
ALL = sorted(os.sched_getaffinity(0))
FIRST, LAST = ALL[0], ALL[-1]

needs_two = pytest.mark.skipif(len(ALL) < 2, reason='needs two processors')


def u(value):
    return GLib.Variant('u', value)


def t(value):
    return GLib.Variant('t', value)


def tune(session, path, method, signature='', *args, **options):
    return session.with_options(path, TUNING, method, signature, args, options=options)


def get(session, path, name):
    return session.get(path, name, TUNING)


def xml_of(session, path, **options):
    return session.domain(path, 'GetXml', **options)


class Threads:
    """The threads of a guest by what QEMU's names say (debug-threads is on)."""

    def __init__(self, session, path):
        self.pid = session.get(path, 'Pid')

    def by_name(self, pattern):
        found = []
        for tid in os.listdir(f'/proc/{self.pid}/task'):
            with open(f'/proc/{self.pid}/task/{tid}/comm', encoding='utf-8') as f:
                if re.match(pattern, f.read()):
                    found.append(int(tid))
        return found

    def vcpus(self):
        return self.by_name(r'CPU \d')

    def iothreads(self):
        return self.by_name(r'IO iothread')

    def others(self):
        known = set(self.vcpus() + self.iothreads())
        return [int(t) for t in os.listdir(f'/proc/{self.pid}/task') if int(t) not in known]


def cpus(tid):
    return sorted(os.sched_getaffinity(tid))


def start(session, extra='', devices='', **options):
    path = session.define(extra=extra, devices=devices)
    session.domain(path, 'Start', paused=True, **options)
    return path


# --- pins ---

def test_nothing_asked_nothing_set(session):
    path = start(session)
    threads = Threads(session, path)
    assert all(cpus(tid) == ALL for tid in threads.vcpus() + threads.others())
    assert get(session, path, 'VcpuPins') == {} and get(session, path, 'EmulatorPin') == ''
    assert get(session, path, 'NotApplied') == {}
    assert get(session, path, 'EmulatorScheduler') == ('other', 0)


@needs_two
def test_start_applies_pins(session):
    path = start(session, f'''<iothreads>1</iothreads><cputune><vcpupin vcpu='0' cpuset='{LAST}'/>
      <emulatorpin cpuset='{FIRST}'/><iothreadpin iothread='1' cpuset='{LAST}'/></cputune>''')
    threads = Threads(session, path)
    assert len(threads.vcpus()) == 1 and len(threads.iothreads()) == 1 and threads.others()
    assert [cpus(tid) for tid in threads.vcpus() + threads.iothreads()] == [[LAST], [LAST]]
    assert all(cpus(tid) == [FIRST] for tid in threads.others())
    assert get(session, path, 'VcpuPins') == {0: str(LAST)}
    assert get(session, path, 'IothreadPins') == {1: str(LAST)}
    assert get(session, path, 'EmulatorPin') == str(FIRST)


@needs_two
def test_cpuset_of_all(session):
    xml = harness.domain_xml().replace('<vcpu>', f"<vcpu cpuset='{FIRST}'>")
    path = session.manager('DefineDomain', 's', xml)
    session.domain(path, 'Start', paused=True)
    threads = Threads(session, path)
    assert all(cpus(tid) == [FIRST] for tid in threads.vcpus() + threads.others())
    tune(session, path, 'SetVcpuPin', 'us', 0, str(LAST), live=True)
    assert [cpus(tid) for tid in threads.vcpus()] == [[LAST]]
    tune(session, path, 'SetVcpuPin', 'us', 0, '', live=True)
    assert [cpus(tid) for tid in threads.vcpus()] == [[FIRST]]


@needs_two
def test_pin_live_and_config(session):
    path = start(session)
    threads = Threads(session, path)
    seen = session.record()
    tune(session, path, 'SetVcpuPin', 'us', 0, str(LAST))
    assert [cpus(tid) for tid in threads.vcpus()] == [[LAST]]
    assert all(cpus(tid) == ALL for tid in threads.others())
    for options in ({}, {'inactive': True}):
        assert f"<vcpupin vcpu='0' cpuset='{LAST}'/>" in xml_of(session, path, **options).replace('"', "'")
    session.pump(lambda: any(s[2] == 'PropertiesChanged' and s[3][0] == TUNING and 'VcpuPins' in s[3][1]
                             for s in seen))
    tune(session, path, 'SetEmulatorPin', 's', str(FIRST), live=True)
    assert all(cpus(tid) == [FIRST] for tid in threads.others())
    assert 'emulatorpin' not in xml_of(session, path, inactive=True)
    tune(session, path, 'SetVcpuPin', 'us', 0, '', config=True)
    assert [cpus(tid) for tid in threads.vcpus()] == [[LAST]]
    assert 'vcpupin' not in xml_of(session, path, inactive=True)
    tune(session, path, 'SetVcpuPin', 'us', 0, '')
    tune(session, path, 'SetEmulatorPin', 's', '')
    assert all(cpus(tid) == ALL for tid in threads.vcpus() + threads.others())
    assert get(session, path, 'VcpuPins') == {}


def test_pins_refused(session):
    path = start(session)
    before = xml_of(session, path, inactive=True)
    with refused('NotFound', 'no vCPU 7'):
        tune(session, path, 'SetVcpuPin', 'us', 7, str(FIRST))
    with refused('InvalidArgument'):
        tune(session, path, 'SetVcpuPin', 'us', 0, 'x-3')
    with refused('InvalidArgument', 'the host has'):
        tune(session, path, 'SetVcpuPin', 'us', 0, '4000')
    with refused('NotFound', 'no I/O thread 1'):
        tune(session, path, 'SetIothreadPin', 'us', 1, str(FIRST))
    with refused('InvalidArgument', 'option'):
        tune(session, path, 'SetEmulatorPin', 's', str(FIRST), nonsense=True)
    assert xml_of(session, path, inactive=True) == before
    assert get(session, path, 'VcpuPins') == {}
    assert all(cpus(tid) == ALL for tid in Threads(session, path).vcpus())
    session.domain(path, 'Destroy')
    with refused('NotRunning'):
        tune(session, path, 'SetVcpuPin', 'us', 0, str(FIRST), live=True)
    tune(session, path, 'SetVcpuPin', 'us', 0, str(FIRST))
    assert get(session, path, 'VcpuPins') == {0: str(FIRST)}


def test_start_with_a_pin_that_cannot_be(session):
    path = session.define(extra="<cputune><vcpupin vcpu='0' cpuset='4000'/></cputune>")
    with refused('InvalidArgument', '4000.*the host has'):
        session.domain(path, 'Start')
    assert session.get(path, 'State') == 'shut-off'
    assert not list(session.own_processes())


@needs_two
def test_confined_daemon():
    """What the daemon is confined to is its own: a guest that asks for nothing runs everywhere."""
    os.sched_setaffinity(0, {FIRST})
    try:
        session = harness.Session()
    finally:
        os.sched_setaffinity(0, ALL)
    with session:
        assert cpus(session.daemon.pid) == [FIRST]
        path = start(session)
        threads = Threads(session, path)
        assert all(cpus(tid) == ALL for tid in threads.vcpus() + threads.others())


# --- schedulers ---

def test_schedulers(session):
    path = start(session)
    threads = Threads(session, path)
    tune(session, path, 'SetVcpuScheduler', 'ssi', '0', 'batch', 0)
    assert [os.sched_getscheduler(tid) for tid in threads.vcpus()] == [os.SCHED_BATCH]
    assert get(session, path, 'VcpuSchedulers') == {0: ('batch', 0)}
    tune(session, path, 'SetEmulatorScheduler', 'si', 'idle', 0)
    assert {os.sched_getscheduler(tid) for tid in threads.others()} == {os.SCHED_IDLE}
    tune(session, path, 'SetEmulatorScheduler', 'si', 'other', 0)
    tune(session, path, 'SetVcpuScheduler', 'ssi', '0', 'other', 0)
    assert [os.sched_getscheduler(tid) for tid in threads.vcpus()] == [os.SCHED_OTHER]
    assert 'vcpusched' not in xml_of(session, path) and 'emulatorsched' not in xml_of(session, path, inactive=True)
    with refused('InvalidArgument', 'no scheduler'):
        tune(session, path, 'SetEmulatorScheduler', 'si', 'nonsense', 0)
    with refused('InvalidArgument', '1 to 99'):
        tune(session, path, 'SetEmulatorScheduler', 'si', 'fifo', 0)
    with refused('NotFound', 'no vCPU 3'):
        tune(session, path, 'SetVcpuScheduler', 'ssi', '3', 'batch', 0)


def test_real_time(session):
    """Where it is permitted it is set; where it is not, nothing changes and the text says what would do."""
    path = start(session)
    threads = Threads(session, path)
    try:
        tune(session, path, 'SetVcpuScheduler', 'ssi', '0', 'fifo', 3)
    except GLib.Error as error:
        assert harness.error_name(error) == 'org.roost1.Error.NotSupported'
        assert 'CAP_SYS_NICE' in harness.error_text(error)
        assert get(session, path, 'VcpuSchedulers') == {}
        assert 'vcpusched' not in xml_of(session, path, inactive=True)
        return
    assert [os.sched_getscheduler(tid) for tid in threads.vcpus()] == [os.SCHED_FIFO]
    assert os.sched_getparam(threads.vcpus()[0]).sched_priority == 3


# --- limits ---

LIMITS = [
    ('SetCpu', '', (), {'weight': t(300)}, 'CpuWeight', 300),
    ('SetCpu', '', (), {'global_quota': GLib.Variant('x', 50000)}, 'GlobalQuota', 50000),
    ('SetCpu', '', (), {'vcpu_quota': GLib.Variant('x', 20000), 'vcpu_period': t(100000)}, 'VcpuQuota', 20000),
    ('SetMemory', '', (), {'hard_limit': t(1 << 30)}, 'MemoryHardLimit', 1 << 30),
    ('SetBlockIo', '', (), {'weight': t(500)}, 'BlockIoWeight', 500),
    ('SetBlockDevice', 's', ('/dev/null',), {'read_bytes': t(1 << 20)}, 'BlockDeviceLimits',
     {'/dev/null': {'read-bytes': 1 << 20}}),
]


@pytest.mark.parametrize('method,signature,args,options,name,value', LIMITS)
def test_limits_without_systemd(session, method, signature, args, options, name, value):
    """They are stored, refused for what runs, and told at the next start."""
    path = start(session)
    with refused('NotSupported', 'cgroup|scope|controller'):
        tune(session, path, method, signature, *args, **options)
    none = get(session, path, name)
    assert none in (0, {})
    assert 'blkiotune' not in (xml := xml_of(session, path, inactive=True)) and 'memtune' not in xml
    tune(session, path, method, signature, *args, config=True, **options)
    assert get(session, path, name) == none
    session.domain(path, 'Destroy')
    assert get(session, path, name) == value
    session.domain(path, 'Start', paused=True)
    assert get(session, path, name) == value
    missing = get(session, path, 'NotApplied')
    assert len(missing) == 1 and re.search('cgroup|scope|controller', list(missing.values())[0])
    session.domain(path, 'Destroy')
    assert get(session, path, 'NotApplied') == {}


def test_limits_refused(session):
    path = session.define()
    with refused('InvalidArgument', '2 to 10000'):
        tune(session, path, 'SetCpu', weight=t(10001))
    with refused('InvalidArgument', '1 to 10000'):
        tune(session, path, 'SetBlockIo', weight=t(20000))
    with refused('InvalidArgument', 'hard limit'):
        tune(session, path, 'SetMemory', swap_hard_limit=t(1 << 30))
    with refused('InvalidArgument', 'absolute'):
        tune(session, path, 'SetBlockDevice', 's', 'sda', weight=t(100))
    with refused('InvalidXml', 'period'):
        tune(session, path, 'SetCpu', vcpu_period=t(5), vcpu_quota=GLib.Variant('x', 5000))
    assert get(session, path, 'CpuWeight') == 0


# --- nodes of memory ---

def test_numa_nodes(session):
    path = session.define()
    assert (get(session, path, 'NumaNodes'), get(session, path, 'NumaMode')) == ('', '')
    tune(session, path, 'SetNumaNodes', 's', '0', mode='restrictive')
    assert (get(session, path, 'NumaNodes'), get(session, path, 'NumaMode')) == ('0', 'restrictive')
    assert re.search("<memory mode='restrictive' nodeset='0'", xml_of(session, path))
    with refused('InvalidArgument', "no mode 'lax'; there are: strict, preferred, interleave, restrictive"):
        tune(session, path, 'SetNumaNodes', 's', '0', mode='lax')
    session.domain(path, 'Start', paused=True)
    assert list(get(session, path, 'NotApplied')) == ['numatune/memory']
    with refused('InvalidArgument', 'no NUMA node 60 with memory: the host has'):
        tune(session, path, 'SetNumaNodes', 's', '60')
    with refused('NotSupported', 'not their mode'):
        tune(session, path, 'SetNumaNodes', 's', '0', mode='interleave')
    tune(session, path, 'SetNumaNodes', 's', '0-1', mode='interleave', config=True)
    assert re.search("<memory mode='interleave' nodeset='0-1'", xml_of(session, path, inactive=True))
    assert get(session, path, 'NumaNodes') == '0'
    assert 'taken back' not in session.log_text()  # what was refused had changed nothing
    session.domain(path, 'Destroy')
    assert session.ctl('numatune', 'demo', 'all').returncode == 0
    assert 'numatune' not in xml_of(session, path)
    tune(session, path, 'SetNumaNodes', 's', '60', mode='restrictive')
    with refused('InvalidArgument', 'no NUMA node 60 with memory: the host has'):
        session.domain(path, 'Start')
    assert session.get(path, 'State') == 'shut-off'


def test_caches_are_told(session):
    path = start(session, "<cputune><cachetune vcpus='0'><cache id='0' level='3' type='both' size='3' unit='MiB'/>"
                          "</cachetune><memorytune vcpus='0'><node id='0' bandwidth='60'/></memorytune></cputune>")
    assert get(session, path, 'NotApplied').keys() == {'cputune/cachetune', 'cputune/memorytune'}
    assert 'resctrl' in get(session, path, 'NotApplied')['cputune/cachetune']
    assert '<cachetune' in xml_of(session, path)


# --- disks of the guest ---

def disk(session, name, target):
    path = os.path.join(session.folder, name)
    with open(path, 'wb') as f:
        f.truncate(1 << 20)
    os.chmod(path, 0o600)
    return f"<disk type='file'><source file='{path}'/><target dev='{target}' bus='virtio'/></disk>"


def inserted(session, path, target):
    """What QEMU says of a disk, asked by a monitor of our own, of which there may be one at a time."""
    uuid = path.rsplit('/', 1)[1].replace('_', '-')
    session.kill()
    monitor = socket.socket(socket.AF_UNIX)
    monitor.connect(os.path.join(session.folder, 'run', 'roost', 'domain', uuid, 'monitor.sock'))
    with monitor, monitor.makefile('rw', encoding='utf-8') as f:
        f.readline()
        answer = None
        for command in ('qmp_capabilities', 'query-block'):
            f.write(json.dumps({'execute': command}))
            f.flush()
            while 'return' not in (answer := json.loads(f.readline())):
                assert 'error' not in answer, answer
    session.start()
    session.wait_state(path, 'paused')
    return [b['inserted'] for b in answer['return'] if target in b.get('qdev', '')][0]


def test_disk_limits(session):
    path = start(session, devices=disk(session, 'a.img', 'vda'))
    tune(session, path, 'SetDisk', 's', 'vda', total_bytes=t(1 << 20), write_iops=t(100),
         total_bytes_max=t(4 << 20), total_bytes_max_length=t(5))
    assert get(session, path, 'DiskLimits') == {'vda': {'total-bytes': 1 << 20, 'write-iops': 100,
                                                        'total-bytes-max': 4 << 20, 'total-bytes-max-length': 5}}
    assert '<total_bytes_sec>1048576</total_bytes_sec>' in xml_of(session, path, inactive=True)
    found = inserted(session, path, 'virtio-disk0')
    assert (found['bps'], found['iops_wr'], found['bps_max'], found['bps_max_length']) == (1 << 20, 100, 4 << 20, 5)
    tune(session, path, 'SetDisk', 's', 'vda', total_bytes=t(0), total_bytes_max=t(0), total_bytes_max_length=t(0))
    found = inserted(session, path, 'virtio-disk0')
    assert (found['bps'], found['iops_wr']) == (0, 100)
    assert get(session, path, 'DiskLimits') == {'vda': {'write-iops': 100}}
    session.domain(path, 'Destroy')
    session.domain(path, 'Start', paused=True)
    assert inserted(session, path, 'virtio-disk0')['iops_wr'] == 100


def test_disk_group(session):
    path = start(session, devices=disk(session, 'a.img', 'vda') + disk(session, 'b.img', 'vdb'))
    tune(session, path, 'SetDisk', 's', 'vda', group='slow', read_bytes=t(1 << 20))
    tune(session, path, 'SetDisk', 's', 'vdb', group='slow', read_bytes=t(2 << 20))
    assert get(session, path, 'DiskLimits') == {d: {'group': 'slow', 'read-bytes': 2 << 20} for d in ('vda', 'vdb')}
    assert inserted(session, path, 'virtio-disk0')['group'] == 'slow'
    assert inserted(session, path, 'virtio-disk0')['bps_rd'] == 2 << 20


def test_disk_refused(session):
    path = start(session, devices=disk(session, 'a.img', 'vda'))
    with refused('NotFound', "no disk 'vdz'"):
        tune(session, path, 'SetDisk', 's', 'vdz', read_iops=t(1))
    before = xml_of(session, path, inactive=True)
    with pytest.raises(GLib.Error):
        tune(session, path, 'SetDisk', 's', 'vda', total_iops=t(1), read_iops=t(1))
    assert xml_of(session, path, inactive=True) == before
    assert get(session, path, 'DiskLimits') == {}


# --- the daemon and QEMU go away ---

@needs_two
def test_values_after_a_crash(session):
    path = start(session, devices=disk(session, 'a.img', 'vda'))
    tune(session, path, 'SetVcpuPin', 'us', 0, str(LAST), live=True)
    tune(session, path, 'SetDisk', 's', 'vda', read_iops=t(50), live=True)
    before = session.get_all(path, TUNING)
    session.kill()
    session.start()
    assert session.get_all(path, TUNING) == before
    assert [cpus(tid) for tid in Threads(session, path).vcpus()] == [[LAST]]


@needs_two
def test_killed_in_the_middle(session):
    """The daemon dies with half a change made: the next one sets all of it as the XML says."""
    path = start(session)
    tune(session, path, 'SetVcpuPin', 'us', 0, str(LAST), live=True)
    threads = Threads(session, path)
    session.kill()
    uuid = path.rsplit('/', 1)[1].replace('_', '-')
    file = os.path.join(session.folder, 'run', 'roost', 'domain', uuid + '.status')
    with open(file, encoding='utf-8') as f:
        status = json.load(f)
    assert status['tuning'] is False
    status['tuning'] = True  # as it stands while a change is applied
    with open(file, 'w', encoding='utf-8') as f:
        json.dump(status, f)
    for tid in threads.vcpus() + threads.others():
        os.sched_setaffinity(tid, {FIRST})
    session.start()
    wait_for(lambda: [cpus(tid) for tid in threads.vcpus()] == [[LAST]], what='the pin to be set again')
    wait_for(lambda: all(cpus(tid) == ALL for tid in threads.others()), what='the others to be free')

    def settled():
        with open(file, encoding='utf-8') as f:
            return json.load(f)['tuning'] is False
    wait_for(settled, what='the note to go')


def test_qemu_dies_meanwhile(session):
    path = start(session)
    pid = session.get(path, 'Pid')
    os.kill(pid, signal.SIGSTOP)
    call = GLib.Variant('(usa{sv})', (0, str(FIRST), {}))
    failures = []

    def done(connection, result):
        try:
            connection.call_finish(result)
        except GLib.Error as error:
            failures.append(harness.error_name(error))
    session.connection.call(harness.NAME, path, TUNING, 'SetVcpuPin', call, None, 0, 60000, None, done)
    session.pump(lambda: session.get(path, 'Jobs') != [])
    with refused('Busy', "'tune'"):
        session.domain(path, 'SetAutostart', 'b', True)
    os.kill(pid, signal.SIGKILL)
    session.pump(lambda: failures)
    assert failures == ['org.roost1.Error.NotRunning']
    assert session.get(path, 'Jobs') == [] and get(session, path, 'VcpuPins') == {}
    assert 'vcpupin' not in xml_of(session, path)
    session.wait_state(path, 'shut-off')
    session.domain(path, 'Start')
