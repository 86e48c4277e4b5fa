# SPDX-License-Identifier: LGPL-2.1-or-later
"""Statistics with the real QEMU: what the guest does shows, a QEMU that does not answer costs nobody
else anything, and raw commands."""
import json
import os
import signal
import subprocess
import time

import harness
import pytest
from gi.repository import GLib
from test_jobs import drain, stuck_dump

GROUPS = ['state', 'cpu', 'memory', 'balloon', 'vcpu', 'block', 'net', 'iothread', 'job', 'qemu']


def strv(*names):
    return GLib.Variant('as', names)


def stats(session, path, *groups, **options):
    return session.domain(path, 'GetStats', groups=strv(*groups), **options)


def disk_xml(path, target='vda', fmt='qcow2', bus='virtio'):
    return (f"<disk type='file' device='disk'><driver name='qemu' type='{fmt}'/><source file='{path}'/>"
            f"<target dev='{target}' bus='{bus}'/></disk>")


def make_image(path, *args):
    subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', *args[:-1], path, args[-1]], check=True)


@pytest.fixture(name='session', scope='module')
def fixture_session():
    with harness.Session() as session:
        yield session


@pytest.fixture(name='demo', scope='module')
def fixture_demo(session):
    base, top = session.folder + '/base.qcow2', session.folder + '/top.qcow2'
    make_image(base, '64M')
    subprocess.run(['qemu-io', '-c', 'write 0 1M', base], check=True, stdout=subprocess.DEVNULL)
    make_image(top, '-b', base, '-F', 'qcow2', '64M')
    devices = (disk_xml(top) + "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>"
               "<interface type='user'><mac address='52:54:00:00:00:07'/><model type='virtio'/></interface>"
               "<memballoon model='virtio'><stats period='1'/></memballoon>")
    path = session.define('demo', machine='q35', devices=devices, extra='<iothreads>2</iothreads>')
    session.domain(path, 'Start')
    return path


def test_groups(session, demo):
    everything = stats(session, demo, 'all')
    assert 'missing' not in everything, everything['missing']
    assert everything['state'] == 'running'
    assert everything['cpu-user'] > 0 and everything['resident'] > 0
    assert everything['balloon']['current'] == 64 << 20
    assert [cpu['vcpu'] for cpu in everything['vcpu']] == [0]
    assert {'time-user', 'time-system', 'thread'} <= set(everything['vcpu'][0])
    assert sorted(t['iothread'] for t in everything['iothread']) == ['iothread1', 'iothread2']
    assert everything['qemu'] == [] and everything['qemu-jobs'] == []
    assert 'job' not in everything
    net = everything['net'][0]
    assert (net['kind'], net['mac']) == ('user', '52:54:00:00:00:07')
    assert 'nobody counts' in net['unavailable'] and 'receive-bytes' not in net
    assert stats(session, demo, 'state') == {'state': 'running'}
    assert set(stats(session, demo, 'vcpu')) == {'vcpus', 'vcpu'}


def test_plain_answer(session, demo):
    """Without options the keys are those of old, and none that QEMU had to be asked for."""
    plain = session.domain(demo, 'GetStats')
    assert {'state', 'memory', 'vcpus', 'cpu-user', 'cpu-system', 'resident', 'threads'} <= set(plain)
    assert not {'block', 'balloon', 'vcpu', 'net'} & set(plain)
    assert session.manager('GetDomainStats')[demo]['state'] == 'running'


def test_bad_options(session, demo):
    with harness.refused('InvalidArgument', "no group 'disks'; there are state, cpu"):
        stats(session, demo, 'disks')
    with harness.refused('InvalidArgument'):
        session.domain(demo, 'GetStats', timeout=GLib.Variant('t', 1))


def test_unwritten_qcow2(session, demo):
    """QEMU has not written to it, and yet its sizes are right."""
    top, base = session.folder + '/top.qcow2', session.folder + '/base.qcow2'
    disk, cdrom = stats(session, demo, 'block', chain=True)['block']
    assert (disk['device'], disk['target'], disk['format']) == ('virtio-disk0', 'vda', 'qcow2')
    assert disk['write-bytes'] == 0
    assert disk['capacity'] == 64 << 20
    assert disk['allocation'] == os.stat(top).st_blocks * 512
    assert disk['physical'] == -(-os.stat(top).st_size // 512) * 512  # QEMU counts whole sectors
    assert disk['chain'][0]['depth'] == 1
    assert disk['chain'][0]['allocation'] == os.stat(base).st_blocks * 512 > 1 << 20
    assert cdrom['target'] == 'sda' and 'capacity' not in cdrom
    info = session.domain(demo, 'GetBlockInfo', 's', 'vda')
    assert {k: info[k] for k in ('capacity', 'allocation', 'physical')} == {
        k: disk[k] for k in ('capacity', 'allocation', 'physical')}
    assert session.domain(demo, 'GetBlockInfo', 's', 'virtio-disk0') == info
    with harness.refused('NotFound', "no disk 'vdz'"):
        session.domain(demo, 'GetBlockInfo', 's', 'vdz')


def test_block_info_shut_off(session):
    path = session.folder + '/off.qcow2'
    make_image(path, '32M')
    off = session.define('off', devices=disk_xml(path))
    info = session.domain(off, 'GetBlockInfo', 's', 'vda')
    assert info == {'capacity': 32 << 20, 'allocation': os.stat(path).st_blocks * 512,
                    'physical': os.stat(path).st_size, 'format': 'qcow2'}
    os.unlink(path)
    with harness.refused('NotFound', 'off.qcow2'):
        session.domain(off, 'GetBlockInfo', 's', 'vda')
    assert 'block' not in stats(session, off, 'block')
    with harness.refused('NotRunning'):
        session.domain(off, 'GetInterfaceAddresses')
    with harness.refused('NotRunning'):
        session.domain(off, 'QemuMonitorCommand', 's', '{"execute": "query-status"}')


def test_period(session, demo):
    assert session.get(demo, 'MemoryStatsPeriod') == 1000000
    ask = json.dumps({'execute': 'qom-get', 'arguments': {
        'path': '/machine/peripheral/balloon0', 'property': 'guest-stats-polling-interval'}})
    assert session.domain(demo, 'QemuMonitorCommand', 's', ask) == '1'
    session.domain(demo, 'SetMemoryStatsPeriod', 't', 5000000)
    assert session.get(demo, 'MemoryStatsPeriod') == 5000000
    assert session.domain(demo, 'QemuMonitorCommand', 's', ask) == '5'
    assert "<stats period='5'/>" in session.domain(demo, 'GetXml', inactive=True).replace('"', "'")
    with harness.refused('InvalidArgument', 'whole seconds'):
        session.domain(demo, 'SetMemoryStatsPeriod', 't', 1500000)


def test_jobs_of_both():
    """What holds the domain, and the jobs of QEMU: one that has ended stays there until somebody dismisses it."""
    with harness.Session() as session, stuck_dump(session) as (path, job, reading):
        told = stats(session, path, 'job')
        assert told['job']['operation'] == 'dump' and told['job']['job'] == int(job.rpartition('/')[2])
        assert 0 < told['job']['bytes-done'] < told['job']['bytes-total'] and told['qemu-jobs'] == []
        drain(reading)
        with_options = {'driver': 'file', 'filename': session.folder + '/made', 'size': 1 << 20}
        harness.wait_for(lambda: 'job' not in stats(session, path, 'job'), 60, 'the dump to end')
        session.domain(path, 'QemuMonitorCommand', 's', json.dumps(
            {'execute': 'blockdev-create', 'arguments': {'job-id': 'making', 'options': with_options}}))
        harness.wait_for(lambda: stats(session, path, 'job')['qemu-jobs'][0]['status'] == 'concluded', 60, 'the file')
        [mine] = stats(session, path, 'job')['qemu-jobs']
        assert (mine['id'], mine['kind']) == ('making', 'create') and mine['done'] == mine['total'] and 'error' not in mine


def test_raw_command(session, demo):
    answer = json.loads(session.domain(demo, 'QemuMonitorCommand', 's', '{"execute": "query-status"}'))
    assert answer['status'] == 'running'
    assert 'custom-monitor' in session.get(demo, 'Taints')
    assert session.domain(demo, 'QemuMonitorCommand', 's', '{"exec-oob": "query-yank"}').startswith('[')
    session.domain(demo, 'QemuMonitorCommand', 's', '{"execute": "stop"}')
    session.wait_state(demo, 'paused')
    session.domain(demo, 'QemuMonitorCommand', 's', '{"execute": "cont"}')
    session.wait_state(demo, 'running')
    for text, why in (('nonsense', ''), ('[]', 'JSON object'), ('{}', 'no "execute"'),
                      ('{"execute": "stop", "id": 1}', "'id' has no place"),
                      ('{"execute": "stop", "arguments": 5}', 'object'),
                      ('{"execute": "qmp_capabilities"}', "Roost's own")):
        with harness.refused('InvalidArgument', why):
            session.domain(demo, 'QemuMonitorCommand', 's', text)
    with harness.refused('Qemu', 'CommandNotFound'):
        session.domain(demo, 'QemuMonitorCommand', 's', '{"execute": "no-such"}')


def test_threshold(session, demo):
    seen = session.record()
    session.domain(demo, 'SetDiskThreshold', 'st', 'vda', 400000)
    assert stats(session, demo, 'block')['block'][0]['threshold'] == 400000
    command = {'execute': 'human-monitor-command',
               'arguments': {'command-line':
                             'qemu-io -d /machine/peripheral/virtio-disk0/virtio-backend "write 8M 1M"'}}
    session.domain(demo, 'QemuMonitorCommand', 's', json.dumps(command))
    session.pump(lambda: [s for s in seen if s[2] == 'DiskThreshold'], what='the signal')
    device, node, threshold, excess = next(s[3] for s in seen if s[2] == 'DiskThreshold')
    assert (device, node, threshold) == ('virtio-disk0', 'vda-0-storage', 400000) and excess > 0
    disk = stats(session, demo, 'block')['block'][0]
    assert 'threshold' not in disk
    assert disk['allocation'] == os.stat(session.folder + '/top.qcow2').st_blocks * 512 > 1 << 20
    with harness.refused('NotFound', 'no medium'):
        session.domain(demo, 'SetDiskThreshold', 'st', 'sda', 1)


def test_addresses(session, demo):
    interfaces = session.domain(demo, 'GetInterfaceAddresses')
    assert [(i['device'], i['mac'], i['addresses']) for i in interfaces] == [('net0', '52:54:00:00:00:07', [])]
    with harness.refused('AgentUnavailable'):
        session.domain(demo, 'GetInterfaceAddresses', source='agent')
    with harness.refused('NotSupported', 'leases'):
        session.domain(demo, 'GetInterfaceAddresses', source='lease')
    with harness.refused('InvalidArgument', "no source 'oracle'"):
        session.domain(demo, 'GetInterfaceAddresses', source='oracle')


def test_stopped(session, demo):
    """A QEMU that is stopped: the others and what the host knows come, with a mark; it can be destroyed."""
    other = session.define('other', machine='q35', devices="<memballoon model='virtio'/>")
    session.domain(other, 'Start')
    pid = session.get(demo, 'Pid')
    os.kill(pid, signal.SIGSTOP)
    try:
        groups = strv('cpu', 'balloon', 'block')
        reply = session.call('GetDomainStats', GLib.Variant('(a{sv})', ({
            'groups': groups, 'timeout': GLib.Variant('t', 300000)},)))[0]
        assert reply[demo]['cpu-user'] > 0
        assert reply[demo]['missing'] == ['balloon', 'block']
        assert 'missing' not in reply[other] and reply[other]['balloon']['current'] == 64 << 20
        assert session.get(demo, 'Responsive') is False
        assert session.get(demo, 'ResponsiveDetail') == 'stopped'
        with harness.refused('Timeout', 'query-status'):
            session.domain(demo, 'QemuMonitorCommand', 's', '{"execute": "query-status"}',
                           timeout=GLib.Variant('t', 200000))
    finally:
        os.kill(pid, signal.SIGCONT)
    harness.wait_for(lambda: session.get(demo, 'Responsive'), what='an answer again')
    assert session.get(demo, 'ResponsiveDetail') == ''
    assert 'missing' not in stats(session, demo, 'all')
    os.kill(pid, signal.SIGSTOP)
    session.domain(demo, 'Destroy')
    assert session.get(demo, 'State') == 'shut-off'
    session.domain(other, 'Destroy')


def test_many_stopped(session):
    """Calls that hang on several QEMUs keep nobody from another domain, nor from destroying them."""
    paths = [session.define(f'many-{i}') for i in range(4)]
    free = session.define('free')
    for path in [*paths, free]:
        session.domain(path, 'Start')
    done = []
    for path in paths:
        os.kill(session.get(path, 'Pid'), signal.SIGSTOP)
        session.connection.call(harness.NAME, path, harness.DOMAIN, 'Suspend', GLib.Variant('(a{sv})', ({},)), None,
                                0, 60000, None, lambda connection, result: done.append(result))
    session.domain(free, 'Suspend')
    session.domain(free, 'Resume')
    assert session.get(free, 'State') == 'running' and not done
    for path in [*paths, free]:
        session.domain(path, 'Destroy')
        assert session.get(path, 'State') == 'shut-off'
    session.pump(lambda: len(done) == len(paths), what='the calls that hung')


def can_make_taps():
    return os.geteuid() == 0 and os.access('/dev/net/tun', os.R_OK | os.W_OK)


def counter(interface, name):
    with open(f'/sys/class/net/{interface}/statistics/{name}', encoding='ascii') as f:
        return int(f.read())


def sent(session, path):
    net = stats(session, path, 'net')['net'][0]
    return net if net.get('transmit-packets') else None


def test_guest_writes():
    """What the guest writes is counted, and its driver tells of its memory."""
    with harness.Session() as session:
        image = session.folder + '/disk.raw'
        with open(image, 'wb') as f:
            f.truncate(16 << 20)
        kwargs = harness.guest('console=ttyS0 quiet')
        devices = disk_xml(image, fmt='raw') + "<memballoon model='virtio'><stats period='1'/></memballoon>"
        if can_make_taps():
            devices += "<interface type='ethernet'><mac address='52:54:00:00:00:09'/><model type='virtio'/></interface>"
        path = session.define('writer', machine='q35', devices=devices, **kwargs)
        session.domain(path, 'Start')

        console = session.fd(path, 'OpenConsole')

        def memory():
            balloon = stats(session, path, 'balloon')['balloon']
            return balloon if 'last-update' in balloon else None
        told = harness.wait_for(memory, 120, 'the statistics of the balloon')
        assert 0 < told['free'] <= told['total'] <= 256 << 20
        before = stats(session, path, 'vcpu', 'block')
        assert before['block'][0]['write-bytes'] == 0
        typed = 'dd if=/dev/zero of=/dev/vda bs=64k count=32 conv=fsync\n'

        def written():
            os.write(console, typed.encode())  # until the shell is there to read it
            disk = stats(session, path, 'block')['block'][0]
            return disk if disk['write-bytes'] >= 2 << 20 and disk['flush-operations'] else time.sleep(1)
        disk = harness.wait_for(written, 120, 'what the guest writes')
        if can_make_taps():
            os.write(console, b'ip link set eth0 up\n')
            net = harness.wait_for(lambda: sent(session, path), 60, 'what the guest sends')
            assert net['mac'] == '52:54:00:00:00:09' and 'unavailable' not in net
            assert counter(net['interface'], 'rx_packets') >= net['transmit-packets'] > 0  # from the tap's end
        os.close(console)
        assert disk['write-operations'] > 0 and disk['write-time'] > 0
        assert disk['capacity'] == disk['physical'] == 16 << 20
        after = stats(session, path, 'vcpu', 'cpu')
        assert after['vcpu'][0]['time-user'] >= before['vcpu'][0]['time-user']
        assert after['cpu-user'] + after['cpu-system'] > 0
        session.domain(path, 'Destroy')



def test_after_a_crash():
    """Another daemon finds what events had told, and knows of the raw command."""
    with harness.Session() as session:
        image = session.folder + '/cd.iso'
        with open(image, 'wb') as f:
            f.truncate(1 << 20)
        devices = ("<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>"
                   f"<source file='{image}'/><target dev='sda' bus='sata'/></disk>"
                   "<interface type='user'><mac address='52:54:00:00:00:07'/><model type='virtio'/></interface>"
                   "<memballoon model='virtio'><stats period='3'/></memballoon>")
        path = session.define(machine='q35', devices=devices)
        session.domain(path, 'Start')
        assert session.get(path, 'OpenTrays') == []
        session.domain(path, 'QemuMonitorCommand', 's', json.dumps(
            {'execute': 'blockdev-open-tray', 'arguments': {'id': 'sata0-0-0', 'force': True}}))
        harness.wait_for(lambda: session.get(path, 'OpenTrays') == ['sata0-0-0'], what='the tray')
        session.kill()
        session.start()
        session.wait_state(path, 'running')
        harness.wait_for(lambda: session.get(path, 'OpenTrays') == ['sata0-0-0'], what='the tray, read anew')
        harness.wait_for(lambda: session.get(path, 'GuestMacs') == {'net0': '52:54:00:00:00:07'}, what='the filter')
        assert 'custom-monitor' in session.get(path, 'Taints')
        assert session.get(path, 'MemoryStatsPeriod') == 3000000
        assert 'missing' not in stats(session, path, 'all')
        session.domain(path, 'Destroy')
        assert session.get(path, 'OpenTrays') == [] and session.get(path, 'GuestMacs') == {}


def test_ctl():
    """The client's view of the same."""
    with harness.Session() as session:
        image = session.folder + '/disk.qcow2'
        make_image(image, '32M')
        path = session.define('demo', machine='q35',
                              devices=disk_xml(image) + "<memballoon model='virtio'/>")
        session.define('off')
        session.domain(path, 'Start')

        lines = session.ctl('top', '-b', '-n', '2', '-d', '0.2').stdout.splitlines()
        assert lines[0].split()[:3] == ['NAME', 'CPU%', 'CPUS'] and len([w for w in lines if 'demo' in w]) == 2
        rows = json.loads(session.ctl('--json', 'top', '-n', '1', '-o', 'name').stdout)
        assert [row['name'] for row in rows] == ['demo', 'off']
        assert rows[0]['cpu'] >= 0 and rows[0]['disk-write'] == 0 and 'cpu' not in rows[1]
        assert session.ctl('top', '-o', 'size').returncode == 2
        long_name = 'a-guest-with-a-rather-long-name'
        session.define(long_name)
        assert f'\n{long_name} ' in session.ctl('top', '-b', '-n', '1').stdout

        os.kill(session.get(path, 'Pid'), signal.SIGSTOP)
        silent = json.loads(session.ctl('--json', 'top', '-n', '1', '--active').stdout)
        assert [(row['name'], row['silent']) for row in silent] == [('demo', True)]
        os.kill(session.get(path, 'Pid'), signal.SIGCONT)
        harness.wait_for(lambda: session.get(path, 'Responsive'), what='an answer again')

        assert 'block.0.capacity' in session.ctl('stats', '-g', 'block', 'demo').stdout
        every = json.loads(session.ctl('--json', 'stats', 'demo').stdout)
        assert every['block'][0]['capacity'] == 32 << 20 and 'missing' not in every
        assert session.ctl('stats', '-g', 'nothing', 'demo').returncode == 1
        assert json.loads(session.ctl('--json', 'block-info', 'demo', 'vda').stdout)['capacity'] == 32 << 20
        assert session.ctl('block-info', 'demo', 'vdx').returncode == 3
        assert session.ctl('memory-stats', 'demo', '5').returncode == 0
        assert session.get(path, 'MemoryStatsPeriod') == 5000000
        assert session.ctl('disk-threshold', 'demo', 'vda', '1000000').returncode == 0
        assert json.loads(session.ctl('qemu-monitor-command', 'demo', 'query-status').stdout)['status'] == 'running'
        assert session.ctl('qemu-monitor-command', 'off', 'query-status').returncode == 5
        assert 'ADDRESS' in session.ctl('addresses', 'demo').stdout
        session.domain(path, 'Destroy')
