# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every method of org.roost1.Domain.Agent with QEMU's own agent in a booted guest."""
import json
import os
import time

import harness
from agent_guest import AGENT, CHANNEL, Guest, read_all, read_until

KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPxyz somebody'
SECOND = 10**6


def ask_everything(guest):
    guest.call('Ping')
    info = guest.call('GetInfo')
    assert info['version'] and 'guest-exec' in info['commands']
    [disk] = [f for f in guest.call('GetFilesystems') if f['mountpoint'] == '/mnt']
    assert (disk['name'], disk['type'], disk['disks'][0]['bus-type']) == ('vda', 'ext4', 'virtio')
    assert disk['disks'][0]['disk'] == 'vda'
    [disk_of_all] = [d for d in guest.call('GetDisks') if d['name'] == '/dev/vda']
    assert not disk_of_all['partition'] and disk_of_all['disk'] == 'vda' and disk_of_all['bus-type'] == 'virtio'
    assert 0 < disk['used'] < disk['total'] < 64 << 20
    assert [i['name'] for i in guest.call('GetInterfaces')] == ['lo']
    assert guest.call('GetHostname') == 'guest'
    assert guest.call('GetUsers') == [{'user': 'ann', 'login-time': 1700000000 * SECOND}]
    assert guest.call('GetOsInfo')['pretty-name'] == 'Tiny guest 1'
    assert guest.call('GetTimezone') == {'zone': 'UTC', 'offset': 0}
    assert {v['number']: v['online'] for v in guest.call('GetVcpus')} == {0: True, 1: True}
    assert json.loads(guest.call('Command', 's', '{"execute": "guest-ping"}')) == {}


def change_things(guest):
    guest.call('SetTime', 't', 1234567890 * SECOND)
    assert 0 <= guest.call('GetTime') - 1234567890 * SECOND < 600 * SECOND
    guest.call('SetTime', 't', 0)  # the hardware clock, which the agent had set too
    assert guest.call('SetVcpus', 'a{ub}', {1: False}) == 1
    assert {v['number']: v['online'] for v in guest.call('GetVcpus')} == {0: True, 1: False}
    guest.call('AddSshKeys', 'sas', 'guest', [KEY])
    guest.call('AddSshKeys', 'sas', 'guest', [KEY + '2'])
    assert sorted(guest.call('GetSshKeys', 's', 'guest')) == [KEY, KEY + '2']
    guest.call('AddSshKeys', 'sas', 'guest', [KEY + '3'], replace=True)
    assert guest.call('GetSshKeys', 's', 'guest') == [KEY + '3']
    guest.call('RemoveSshKeys', 'sas', 'guest', [KEY + '3'])
    assert guest.call('GetSshKeys', 's', 'guest') == []
    guest.call('SetUserPassword', 'ss', 'guest', '$6$salt$hash', crypted=True)
    assert b'guest:$6$salt$hash:' in guest.read('/etc/shadow')
    guest.call('SetUserPassword', 'ss', 'guest', 'plain: text')
    assert b'guest:$6$salt$hash:' not in guest.read('/etc/shadow')
    with harness.refused('Agent', 'guest-set-user-password'):
        guest.call('SetUserPassword', 'ss', 'nobody-here', 'x')


def freeze_and_trim(guest):
    assert guest.call('GetFreezeState') == 'thawed'
    assert guest.call('Freeze', 'as', []) == 1
    assert guest.call('GetFreezeState') == 'frozen'
    with harness.refused('Agent', 'frozen'):
        guest.call('GetHostname')
    assert guest.call('Thaw') == 1
    assert guest.call('Freeze', 'as', ['/mnt']) == 1
    assert guest.call('Thaw') == 1
    assert guest.call('GetFreezeState') == 'thawed'
    [trimmed] = guest.call('Trim', minimum=4096)
    assert trimmed['mountpoint'] == '/mnt' and trimmed['trimmed'] > 0


def test_commands(session):
    guest = Guest(session, vcpus=2)
    assert not session.get(guest.path, 'Connected', AGENT)
    with harness.refused('AgentUnavailable', 'no agent runs'):
        guest.call('Ping')
    guest.wait_agent()
    ask_everything(guest)
    change_things(guest)
    freeze_and_trim(guest)
    for text in ('', '{', '[]', '{"execute": 1}', '{"execute": "guest-ping", "more": 1}'):
        with harness.refused('InvalidArgument'):
            guest.call('Command', 's', text)
    with harness.refused('InvalidArgument', 'suspend'):
        guest.call('Shutdown', 's', 'suspend')
    with harness.refused('NotSupported', 'Domain.Agent'):
        session.fd(guest.path, 'OpenConsole', device='channel0')
    session.domain(guest.path, 'Suspend')
    with harness.refused('AgentUnavailable', 'paused'):
        guest.call('Ping')
    session.domain(guest.path, 'Resume')
    guest.call('Ping')
    session.domain(guest.path, 'Destroy')
    assert not session.get(guest.path, 'Connected', AGENT)
    with harness.refused('NotRunning'):
        guest.call('Ping')


def test_no_channel(session):
    path = session.define()
    session.domain(path, 'Start')
    with harness.refused('AgentUnavailable', 'org.qemu.guest_agent.0'):
        session.with_options(path, AGENT, 'Ping', '', ())
    session.domain(path, 'Destroy')
    path = session.define('other', devices=CHANNEL)
    session.domain(path, 'Start', paused=True)
    with harness.refused('AgentUnavailable', 'paused'):
        session.with_options(path, AGENT, 'Ping', '', ())


def check_streams(guest):
    """The output comes while the program runs."""
    job, (out, errors) = guest.run('/bin/sh', '-c', 'cat; while [ ! -e /tmp/go ]; do usleep 10000; done; '
                                   'echo two; echo bad >&2; exit 3', text=b'one\n')
    assert read_until(out, b'one\n') == b'one\n'
    assert guest.job(job, 'State') == 'running'
    guest.wait(guest.write('/tmp/go', b''))
    assert (read_all(out), read_all(errors)) == (b'two\n', b'bad\n')
    guest.wait(job)
    assert guest.job(job, 'Details')['exit-code'] == 3


def check_programs(guest):
    for output, seen in (('capture', b'a'), ('none', b'')):
        job, (out, errors) = guest.run('/bin/sh', '-c', 'printf $A; kill -9 $$', env=['A=a'], output=output)
        assert (read_all(out), read_all(errors)) == (seen, b'')
        guest.wait(job)
        assert guest.job(job, 'Details')['signal'] == 9
    job, (out, errors) = guest.run('no-such-program')
    assert read_all(out) == b'' and b'not found' in read_all(errors)
    guest.wait(job)
    assert guest.job(job, 'Details')['exit-code'] == 127
    with harness.refused('Agent', 'guest-exec'):
        guest.run('/no/such/program', output='capture')
    with harness.refused('InvalidArgument', 'stream'):
        guest.run('true', output='some')
    with harness.refused('InvalidArgument', 'no program'):
        guest.run('')
    job, (out, errors) = guest.run('/bin/sh', '-c', 'yes | head -c 1000000', output='capture')
    os.close(out)
    os.close(errors)
    with harness.refused('Agent', 'more than 1 MiB'):
        guest.wait(job)
    guest.call('Ping')
    job, (out, errors) = guest.run('/bin/sh', '-c', 'yes | head -c 1000000')
    os.close(errors)
    assert len(read_all(out)) == 1000000
    guest.wait(job)


def check_cancel(guest):
    job, (out, errors) = guest.run('/bin/sleep', '1000')
    pid = guest.job(job, 'Details')['pid']
    assert guest.shell(f'kill -0 {pid}')[0] == 0
    guest.session.with_options(job, harness.JOB, 'Cancel', '', ())
    with harness.refused('Cancelled'):
        guest.wait(job)
    assert (read_all(out), read_all(errors)) == (b'', b'')
    harness.wait_for(lambda: guest.shell(f'kill -0 {pid}')[0] != 0)


def check_files(guest):
    data = os.urandom(700000)
    job = guest.write('/mnt/file', data, length=len(data))
    guest.wait(job)
    assert (guest.job(job, 'Operation'), guest.job(job, 'BytesDone')) == ('guest-write', len(data))
    assert guest.read('/mnt/file') == data
    assert guest.read('/mnt/file', offset=1000, length=5) == data[1000:1005]
    assert guest.read('/mnt/file', offset=len(data) - 3) == data[-3:]
    guest.wait(guest.write('/mnt/file', b'more', 'append'))
    guest.wait(guest.write('/mnt/file', b'new', 'update', offset=10))
    expected = data[:10] + b'new' + data[13:] + b'more'
    assert guest.read('/mnt/file') == expected
    assert b'MemTotal' in guest.read('/proc/meminfo')
    for text, error in ((b'abc', 'Io'), (b'abcdef', 'InvalidArgument')):
        job = guest.write('/mnt/other', text, length=5)
        with harness.refused(error):
            guest.wait(job)
    with harness.refused('Agent', 'guest-file-open'):
        guest.read('/no/such/file')
    with harness.refused('InvalidArgument', 'update'):
        guest.write('/mnt/file', b'', 'change')
    with harness.refused('InvalidArgument', 'offset'):
        guest.write('/mnt/file', b'', 'append', offset=3)
    job, (fd,) = guest.with_pipes('OpenFile', 'ss', '/dev/zero', 'read')
    assert os.read(fd, 100) == bytes(100)
    os.close(fd)
    with harness.refused('Io', 'closed'):
        guest.wait(job)
    job, (fd,) = guest.with_pipes('OpenFile', 'ss', '/dev/zero', 'read')
    guest.session.with_options(job, harness.JOB, 'Cancel', '', ())
    with harness.refused('Cancelled'):
        guest.wait(job)
    os.close(fd)


def test_programs_and_files(session):
    guest = Guest(session)
    guest.wait_agent()
    check_streams(guest)
    check_programs(guest)
    check_cancel(guest)
    check_files(guest)
    assert guest.shell('ls -a /tmp | grep -c roost-')[1] == b'1\n'  # its own
    jobs = [guest.with_pipes('OpenFile', 'ss', '/dev/zero', 'read')[1] for _ in range(32)]
    with harness.refused('LimitExceeded', '32'):
        guest.read('/etc/passwd')
    for [fd] in jobs:
        os.close(fd)
    harness.wait_for(lambda: not any(guest.job(p, 'State') == 'running' for p in session.objects() if '/job/' in p))
    assert guest.read('/etc/passwd')
    session.domain(guest.path, 'Destroy')


def test_power(session):
    guest = Guest(session)
    seen = session.record()
    console = session.fd(guest.path, 'OpenConsole')
    guest.wait_agent()
    pid = session.get(guest.path, 'Pid')
    session.domain(guest.path, 'Reboot', mode='agent')
    read_until(console, b'Hello from the guest')
    guest.wait_agent(False)
    guest.wait_agent()
    assert session.get(guest.path, 'Pid') == pid
    session.pump()
    assert [args for _, _, signal, args in seen if signal == 'AgentChanged'] == [(True,), (False,), (True,)]
    guest.call('Ping')
    with harness.refused('InvalidArgument', 'acpi'):
        session.domain(guest.path, 'Shutdown', mode='wish')
    session.domain(guest.path, 'Shutdown', mode='agent')
    session.wait_state(guest.path, 'shut-off', 60)
    assert session.get(guest.path, 'StateReason') == 'shutdown'
    os.close(console)


def test_daemon_killed(session):
    """In the middle of a command, and of a job: the next daemon is not taken in by the late answer."""
    guest = Guest(session)
    guest.wait_agent()
    assert guest.call('GetHostname') == 'guest'
    job, (out, errors) = guest.run('/bin/sleep', '1000')
    guest.begin('SetUserPassword', 'ss', 'slow', 'x')
    session.pump()
    time.sleep(0.5)
    session.kill()
    session.start()
    assert (read_all(out), read_all(errors)) == (b'', b'')
    guest.wait_agent()
    assert guest.call('GetHostname') == 'guest'
    assert job not in session.objects()
    session.kill()
    session.start()
    guest.wait_agent()
    assert guest.call('GetHostname') == 'guest'
    session.domain(guest.path, 'Destroy')


def test_caller_gone(session):
    """A command whose caller has left the bus keeps nobody else from the agent."""
    guest = Guest(session)
    guest.wait_agent()
    other = session.bus.connect()
    other.set_exit_on_close(False)
    guest.begin('SetUserPassword', 'ss', 'slow', 'x', connection=other)
    guest.begin('SetUserPassword', 'ss', 'guest', 'never', connection=other)
    other.flush_sync(None)
    time.sleep(0.5)
    other.close_sync(None)
    before = guest.read('/etc/shadow')
    assert guest.call('GetHostname') == 'guest'
    assert guest.read('/etc/shadow') == before
    assert b'guest:*:' in before
    session.domain(guest.path, 'Destroy')
