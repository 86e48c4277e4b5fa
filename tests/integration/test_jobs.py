# SPDX-License-Identifier: LGPL-2.1-or-later
"""Jobs, proved by the one that takes long: a dump of the guest's memory. Into a pipe that nobody reads it takes as
long as a test wants."""
import contextlib
import os
import signal
import stat

import harness
import pytest
from gi.repository import Gio, GLib
from harness import JOB, refused, wait_for

MIB = 1 << 20


def dump(session, path, target, **options):
    """Domain.Dump to a path or a descriptor. Returns the path of the job."""
    fds = Gio.UnixFDList()
    packed = {k: GLib.Variant('b' if isinstance(v, bool) else 's', v) for k, v in options.items()}
    value = GLib.Variant('s', target) if isinstance(target, str) else GLib.Variant('h', fds.append(target))
    reply, _ = session.connection.call_with_unix_fd_list_sync(
        harness.NAME, path, harness.DOMAIN, 'Dump', GLib.Variant('(va{sv})', (value, packed)), None,
        Gio.DBusCallFlags.NONE, 60000, fds, None)
    return reply.unpack()[0]


def job_wait(session, job, **options):
    return session.with_options(job, JOB, 'Wait', '', (), 60, options)


def is_elf(path):
    with open(path, 'rb') as f:
        return f.read(4) == b'\x7fELF'


@contextlib.contextmanager
def stuck_dump(session, **options):
    """A guest whose dump stands still. Yields (domain, job, reading end)."""
    path = session.define()
    session.domain(path, 'Start')
    reading, writing = os.pipe()
    job = dump(session, path, writing, **options)
    os.close(writing)
    wait_for(lambda: session.get(job, 'BytesDone', JOB) > 0, what='QEMU to write')
    yield path, job, reading
    with contextlib.suppress(OSError):
        os.close(reading)


def drain(fd):
    n = 0
    while chunk := os.read(fd, MIB):
        n += len(chunk)
    return n


def test_dump_to_file(session):
    path = session.define()
    session.domain(path, 'Start')
    file = os.path.join(session.folder, 'core')
    seen = session.record()
    job = dump(session, path, file)
    job_wait(session, job)
    assert is_elf(file)
    assert os.stat(file).st_size >= 64 * MIB
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    all_of = session.get_all(job, JOB)
    assert all_of['Operation'] == 'dump' and all_of['State'] == 'completed'
    assert all_of['Details'] == {'format': 'elf', 'path': file}
    assert all_of['BytesDone'] == all_of['BytesTotal'] >= 64 * MIB
    assert all_of['Progress'] == 1.0 and all_of['Rate'] == 0 and all_of['Error'] == ('', '')
    assert all_of['StartedBy'] == session.connection.get_unique_name()
    assert all_of['Objects'] == [path]
    assert session.get(path, 'CurrentJob') == '/' and session.get(path, 'Jobs') == []
    session.wait_state(path, 'running')
    session.pump(lambda: any(s[2] == 'Completed' for s in seen))
    assert [s[3] for s in seen if s[2] == 'Completed' and s[0] == job] == [(True, '', '')]
    states = [s[3][0] for s in seen if s[2] == 'StateChanged']
    assert states == ['paused', 'running']
    job_wait(session, job)  # it can be asked late, too


@pytest.mark.parametrize('form', ['kdump-zlib', 'kdump-lzo', 'kdump-snappy'])
def test_dump_formats(session, form):
    """What QEMU was built without is refused by name."""
    path = session.define()
    session.domain(path, 'Start')
    file = os.path.join(session.folder, 'core')
    job = dump(session, path, file, format=form)
    try:
        job_wait(session, job)
    except GLib.Error as error:
        assert harness.error_name(error) == 'org.roost1.Error.NotSupported'
        assert form in harness.error_text(error) and 'elf' in harness.error_text(error)
        assert not os.path.exists(file)
        return
    with open(file, 'rb') as f:
        assert f.read(12) == b'makedumpfile'


def test_dump_refused(session):
    path = session.define()
    file = os.path.join(session.folder, 'core')
    with refused('NotRunning', 'not running'):
        dump(session, path, file)
    session.domain(path, 'Start')
    with refused('NotSupported', 'live'):
        dump(session, path, file, live=True)
    with refused('InvalidArgument', 'exclude'):
        dump(session, path, file, crash=True, reset=True)
    with refused('InvalidArgument', 'absolute'):
        dump(session, path, 'core')
    with refused('InvalidArgument', 'no option|unknown|memory-only'):
        dump(session, path, file, **{'memory-only': True})
    for options, name, text in (({'format': 'nonsense'}, 'NotSupported', 'nonsense.*elf'),):
        job = dump(session, path, file, **options)
        with refused(name, text):
            job_wait(session, job)
        assert session.get(job, 'State', JOB) == 'failed'
        assert session.get(job, 'Error', JOB)[0] == 'org.roost1.Error.' + name
    assert not os.path.exists(file)


def test_dump_keeps_other_files(session):
    path = session.define()
    session.domain(path, 'Start')
    file = os.path.join(session.folder, 'core')
    with open(file, 'w', encoding='ascii') as f:
        f.write('mine')
    with refused('Exists', 'there already'):
        job_wait(session, dump(session, path, file))
    with refused('NotFound', 'cannot make'):
        job_wait(session, dump(session, path, session.folder + '/no/such/core'))
    with open(file, encoding='ascii') as f:
        assert f.read() == 'mine'
    session.domain(path, 'Suspend')  # the domain is free


def test_dump_to_pipe_and_what_runs_beside(session):
    with stuck_dump(session) as (path, job, reading):
        assert session.get(path, 'State') == 'paused' and session.get(path, 'StateReason') == 'dump'
        assert session.get(path, 'CurrentJob') == job and session.get(path, 'Jobs') == [job]
        assert session.get(job, 'Phase', JOB) == 'write memory'
        assert not session.get(job, 'Cancellable', JOB)
        with refused('Busy', r"job \d+ \('dump'\) since \d.*asked for by :1\."):
            session.domain(path, 'Resume')
        session.domain(path, 'SetAutostart', 'b', True)
        with refused('NotSupported', 'cannot be cancelled'):
            session.domain(path, 'AbortJob')
        with refused('Timeout', 'still runs'):
            job_wait(session, job, timeout=GLib.Variant('t', 100000))
        assert drain(reading) >= 64 * MIB
        job_wait(session, job)
        session.wait_state(path, 'running')
        with refused('NotFound', 'no job'):
            session.domain(path, 'AbortJob')


def test_dump_reader_goes_away(session):
    """QEMU says why it failed; the guest goes on."""
    with stuck_dump(session) as (path, job, reading):
        os.close(reading)
        with refused('Qemu', 'could not write'):
            job_wait(session, job)
        session.wait_state(path, 'running')
        session.domain(path, 'Suspend')


def test_dump_and_crash(session):
    path = session.define()
    session.domain(path, 'Start')
    file = os.path.join(session.folder, 'core')
    job_wait(session, dump(session, path, file, crash=True))
    assert (session.get(path, 'State'), session.get(path, 'StateReason')) == ('shut-off', 'crashed')
    assert is_elf(file)


def test_dump_and_reset(session):
    path = session.define()
    session.domain(path, 'Start')
    seen = session.record()
    job_wait(session, dump(session, path, os.path.join(session.folder, 'core'), reset=True))
    session.pump(lambda: any(s[2] == 'RebootOccurred' for s in seen))
    assert session.get(path, 'State') == 'running'


def test_destroyed_during_dump(session):
    with stuck_dump(session) as (path, job, _reading):
        session.domain(path, 'Destroy')
        assert session.get(path, 'State') == 'shut-off'
        assert session.get(job, 'State', JOB) == 'failed'
        session.domain(path, 'Start')


def test_qemu_dies_during_dump(session):
    with stuck_dump(session) as (path, job, _reading):
        os.kill(session.get(path, 'Pid'), signal.SIGKILL)
        with refused('NotRunning', 'ended during its dump'):
            job_wait(session, job)
        assert session.get(path, 'Jobs') == []


def test_daemon_killed_during_dump(session):
    """The next daemon shows the same job and sees it to its end."""
    with stuck_dump(session, crash=True) as (path, job, reading):
        before = {k: session.get(job, k, JOB) for k in ('Operation', 'StartedAt', 'StartedBy', 'Details')}
        session.kill()
        session.start()
        assert session.get(path, 'CurrentJob') == job
        assert {k: session.get(job, k, JOB) for k in before} == before
        with refused('Busy', 'dump'):
            session.domain(path, 'Resume')
        wait_for(lambda: session.get(job, 'BytesDone', JOB) > 0, what='the new daemon to see how far it is')
        drain(reading)
        job_wait(session, job)
        assert (session.get(path, 'State'), session.get(path, 'StateReason')) == ('shut-off', 'crashed')


def test_daemon_ended_well_during_dump(session):
    with stuck_dump(session) as (path, job, reading):
        session.stop()
        session.start()
        assert session.get(path, 'CurrentJob') == job
        drain(reading)
        job_wait(session, job)
        session.wait_state(path, 'running')


def test_dump_ended_while_no_daemon(session):
    with stuck_dump(session) as (path, job, reading):
        session.kill()
        drain(reading)
        session.start()
        job_wait(session, job)
        session.wait_state(path, 'running')


def test_guest_and_daemon_killed_during_dump(session):
    """Half a file is of no use to anybody."""
    path = session.define(memory=512)
    session.domain(path, 'Start')
    pid = session.get(path, 'Pid')
    file = os.path.join(session.folder, 'core')
    dump(session, path, file)
    wait_for(lambda: os.path.exists(file) and os.stat(file).st_size > 0, what='QEMU to write')
    os.kill(pid, signal.SIGSTOP)
    session.kill()
    status = os.path.join(session.folder, 'run', 'roost', 'domain',
                          path.rsplit('/', 1)[1].replace('_', '-') + '.status')
    with open(status, encoding='utf-8') as f:
        was_under_way = '"dump"' in f.read()
    os.kill(pid, signal.SIGKILL)
    session.start()
    session.wait_state(path, 'shut-off')
    if was_under_way:
        assert not os.path.exists(file)
    assert session.get(path, 'Jobs') == []
