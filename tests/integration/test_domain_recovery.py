# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon is killed and another one takes over; QEMU is killed; files are damaged; many at once."""
import glob
import json
import os
import signal
import time

import harness
from gi.repository import Gio, GLib


def alive(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as f:
            return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


def test_daemon_killed(session):
    paths = [session.define(name) for name in ('one', 'two', 'three')]
    session.domain(paths[0], 'Start')
    session.domain(paths[1], 'Start', paused=True)
    before = {p: (session.get(p, 'State'), session.get(p, 'StateReason'), session.get(p, 'Pid'),
                  session.get(p, 'Id'), session.get(p, 'StateSince')) for p in paths}
    session.kill()
    session.start()
    for path in paths:
        session.wait_state(path, before[path][0])
        assert (session.get(path, 'State'), session.get(path, 'StateReason'), session.get(path, 'Pid'),
                session.get(path, 'Id')) == before[path][:4]
    assert session.get(paths[0], 'StateSince') == before[paths[0]][4]
    session.domain(paths[1], 'Resume')
    assert session.get(paths[1], 'State') == 'running'
    for path in paths[:2]:
        session.domain(path, 'Destroy')
    assert not list(session.own_processes())


def test_call_comes_first(session):
    """The first call to a new daemon is not refused because it has still to take over the guest."""
    path = session.define()
    session.domain(path, 'Start')
    for method in ('Suspend', 'Resume', 'Suspend', 'Resume'):
        session.kill()
        session.start()
        session.domain(path, method)
    assert session.get(path, 'State') == 'running'


def test_daemon_ended_well(session):
    path = session.define()
    session.domain(path, 'Start')
    pid = session.get(path, 'Pid')
    session.stop()
    assert alive(pid)
    session.start()
    session.wait_state(path, 'running')
    assert session.get(path, 'Pid') == pid


def test_guest_died_meanwhile(session):
    path = session.define()
    session.domain(path, 'Start')
    pid = session.get(path, 'Pid')
    session.kill()
    os.kill(pid, signal.SIGKILL)
    session.start()
    assert session.get(path, 'State') == 'shut-off'
    assert session.get(path, 'StateReason') == 'crashed'
    session.domain(path, 'Start')


def test_guest_stopped_meanwhile(session):
    """A QEMU that does not answer the new daemon is not given up."""
    path = session.define()
    session.domain(path, 'Start')
    pid = session.get(path, 'Pid')
    session.kill()
    os.kill(pid, signal.SIGSTOP)
    session.start()
    assert session.get(path, 'State') == 'running'
    assert session.get(path, 'Pid') == pid
    session.define('other')  # nobody else waits
    harness.wait_for(lambda: not session.get(path, 'Responsive'), 30, 'the domain to be marked')
    os.kill(pid, signal.SIGCONT)
    harness.wait_for(lambda: session.get(path, 'Responsive'), 30, 'the domain to answer again')
    session.domain(path, 'Suspend')


def test_qemu_killed(session):
    path = session.define()
    seen = session.record()
    for number in (signal.SIGKILL, signal.SIGSEGV):
        session.domain(path, 'Start')
        pid = session.get(path, 'Pid')
        session.pump()
        seen.clear()
        os.kill(pid, number)
        session.pump(lambda: any(s[2] == 'StateChanged' for s in seen))
        assert [s[3] for s in seen if s[2] == 'StateChanged'] == [('shut-off', 'crashed')]
    assert not list(session.own_processes())


def test_hung_qemu(session):
    path = session.define()
    other = session.define('other')
    session.domain(path, 'Start')
    session.domain(other, 'Start')
    os.kill(session.get(path, 'Pid'), signal.SIGSTOP)
    session.domain(other, 'Suspend')
    # An hour of grace is not waited out: a stopped process cannot heed SIGTERM.
    session.domain(path, 'Destroy', grace=GLib.Variant('t', 3600 * 10**6))
    assert session.get(path, 'StateReason') == 'destroyed'


def test_busy_and_cancel(session):
    """While an operation waits for a QEMU that hangs, others hear who has the domain; destroy takes it."""
    path = session.define()
    session.domain(path, 'Start')
    os.kill(session.get(path, 'Pid'), signal.SIGSTOP)
    replies = []

    def on_reply(connection, result):
        try:
            connection.call_finish(result)
            replies.append('done')
        except GLib.Error as error:
            replies.append(harness.error_name(error))
    session.connection.call(harness.NAME, path, harness.DOMAIN, 'Suspend', GLib.Variant('(a{sv})', ({},)), None,
                            Gio.DBusCallFlags.NONE, 60000, None, on_reply)
    session.pump(lambda: session.get(path, 'CurrentJob') != '/')
    with harness.refused('Busy', r"'suspend'.*:1\."):
        session.domain(path, 'Resume')
    job = session.get(path, 'CurrentJob')
    assert session.get(job, 'Operation', harness.JOB) == 'suspend'
    session.domain(path, 'Destroy')
    session.pump(lambda: replies)
    assert replies[0] in ('org.roost1.Error.Cancelled', 'org.roost1.Error.NotRunning')
    assert session.get(path, 'State') == 'shut-off'


def test_fifty_at_once(session):
    paths = [session.define(f'vm{i}', memory=16) for i in range(50)]
    errors = []
    done = []

    def on_reply(connection, result):
        try:
            connection.call_finish(result)
        except GLib.Error as error:
            errors.append(harness.error_text(error))
        done.append(1)
    for path in paths:
        options = GLib.Variant('(a{sv})', ({'paused': GLib.Variant('b', True)},))
        session.connection.call(harness.NAME, path, harness.DOMAIN, 'Start', options, None,
                                Gio.DBusCallFlags.NONE, 300000, None, on_reply)
    session.pump(lambda: len(done) == len(paths), timeout=300)
    assert not errors
    assert {session.get(p, 'State') for p in paths} == {'paused'}
    assert len({session.get(p, 'Id') for p in paths}) == len(paths)
    pids = {p: session.get(p, 'Pid') for p in paths}
    session.kill()
    session.start()
    for path in paths:
        session.wait_state(path, 'paused')
    assert {p: session.get(p, 'Pid') for p in paths} == pids
    for path in paths:
        session.domain(path, 'Destroy')
    assert not list(session.own_processes())


def test_transient(session):
    path = session.manager('StartTransientDomain', 's', harness.domain_xml('brief'))
    assert not session.get(path, 'Persistent')
    with harness.refused('NotFound'):
        session.domain(path, 'GetXml', inactive=True)
    with harness.refused('NotSupported'):
        session.domain(path, 'SetAutostart', 'b', True)
    session.kill()
    session.start()
    session.wait_state(path, 'running')
    assert not session.get(path, 'Persistent')
    session.domain(path, 'Destroy')
    assert path not in session.objects()


def test_undefined_while_running(session):
    path = session.define()
    session.domain(path, 'Start')
    session.domain(path, 'Undefine')
    assert not session.get(path, 'Persistent')
    session.domain(path, 'Destroy')
    assert path not in session.objects()


def test_redefined_while_running(session):
    uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809'
    path = session.define(uuid=uuid, memory=64)
    session.domain(path, 'Start')
    session.define(uuid=uuid, memory=96)
    assert session.get(path, 'MemoryMaximum') == 64 << 20
    assert '98304' in session.domain(path, 'GetXml', inactive=True)
    session.domain(path, 'Destroy')
    assert session.get(path, 'MemoryMaximum') == 96 << 20


def test_conflicts(session):
    session.define('demo', uuid='11111111-2222-3333-4444-555555555555')
    with harness.refused('Exists', 'demo'):
        session.define('demo', uuid='11111111-2222-3333-4444-666666666666')
    with harness.refused('Exists', 'demo'):
        session.define('other', uuid='11111111-2222-3333-4444-555555555555')


def test_missing_disk(session):
    path = session.define(devices="<disk type='file' device='disk'><driver name='qemu' type='raw'/>"
                                  "<source file='/nowhere/disk.img'/><target dev='vda' bus='virtio'/></disk>")
    with harness.refused('Storage', "disk 'vda': /nowhere/disk.img"):
        session.domain(path, 'Start')
    assert session.get(path, 'State') == 'shut-off'


def test_damaged_files(session):
    running = session.define('running')
    kept = session.define('kept')
    broken = session.define('broken')
    session.domain(running, 'Start')
    pid = session.get(running, 'Pid')
    session.kill()
    for path, text in (('config/roost/domain/%s.xml' % uuid_of(broken), '<domain>'),
                       ('config/roost/domain/%s.xml' % uuid_of(running), '\x00\xff'),
                       ('run/roost/domain/22222222-2222-3333-4444-555555555555.status', '{"uuid": []}'),
                       ('config/roost/domain/%s.json' % uuid_of(kept), '{')):
        with open(os.path.join(session.folder, path), 'w', encoding='latin-1') as f:
            f.write(text)
    session.start()
    assert session.get(kept, 'State') == 'shut-off'
    assert broken not in session.objects()
    session.wait_state(running, 'running')
    assert session.get(running, 'Pid') == pid
    assert not session.get(running, 'Persistent')
    assert len(glob.glob(session.folder + '/config/roost/domain/*.bad')) == 3
    assert len(glob.glob(session.folder + '/run/roost/domain/*.bad')) == 1
    assert session.log_text().count('set aside') >= 4


def uuid_of(path):
    return path.rsplit('/', 1)[1].replace('_', '-')


def test_damaged_status(session):
    """Bits flip in the status of a guest that runs: it is neither lost nor ended."""
    path = session.define()
    session.domain(path, 'Start')
    pid = session.get(path, 'Pid')
    status = f'{session.folder}/run/roost/domain/{uuid_of(path)}.status'
    with open(status, 'rb') as f:
        good = f.read()
    json.loads(good)
    for place in range(5, len(good), len(good) // 8):
        session.kill()
        with open(status, 'wb') as f:
            f.write(good[:place] + bytes([good[place] ^ 0x80]) + good[place + 1:])
        session.start()
        assert session.get(path, 'Pid') == pid
        session.wait_state(path, 'running')


def test_autostart(session):
    path = session.define()
    session.domain(path, 'SetAutostart', 'b', True)
    session.stop()
    os.unlink(session.folder + '/run/roost/autostarted')
    session.start()
    session.wait_state(path, 'running')
    session.domain(path, 'Destroy')
    session.stop()
    session.start()  # the same boot of the host: what was shut off stays so
    time.sleep(0.5)
    assert session.get(path, 'State') == 'shut-off'


def test_log(session):
    path = session.define()
    session.domain(path, 'Start')
    with open(session.folder + '/state/roost/log/demo.log', encoding='utf-8') as f:
        text = f.read()
    assert f'starting demo ({uuid_of(path)})' in text
    assert '/usr/bin/qemu-system-x86_64' in text and '-no-shutdown' in text
    assert os.stat(session.folder + '/state/roost/log/demo.log').st_mode & 0o777 == 0o600
    assert os.stat(f'{session.folder}/run/roost/domain/{uuid_of(path)}/monitor.sock').st_mode & 0o777 == 0o600


def test_qemu_refuses(session):
    path = session.define(extra="<cpu mode='custom' match='exact'><model>qemu64</model></cpu>",
                          devices="<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>"
                                  "<source file='/etc/hostname'/><target dev='vda' bus='virtio'/></disk>")
    with harness.refused('Qemu', 'not in qcow2 format'):
        session.domain(path, 'Start')
    assert session.get(path, 'StateReason') == 'failed'
    assert not list(session.own_processes())
