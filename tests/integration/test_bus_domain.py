# SPDX-License-Identifier: LGPL-2.1-or-later
"""org.roost1.Domain and org.roost1.Job over a real daemon and real QEMU, without a guest system."""
import os
import re
import shutil
import signal

import pytest
from gi.repository import GLib

from harness import DOMAIN, JOB, MANAGER, ROOTPATH, domain_xml, refused, wait_for

DISK = "<disk type='file'><source file='{}'/><target dev='vda' bus='virtio'/></disk>"


class refused_any:  # pylint: disable=invalid-name
    """A refusal by any error of ours whose text holds @text."""

    def __init__(self, text):
        self.text = text

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        assert kind is not None and issubclass(kind, GLib.Error), 'the call went through'
        assert 'org.roost1.Error.' in value.message and self.text in value.message, value.message
        return True


def changed(seen, path):
    """What PropertiesChanged told of @path: a list of dicts."""
    return [args[1] for p, _i, s, args in seen if p == path and s == 'PropertiesChanged']


def told(seen, path, **values):
    return any(values.items() <= one.items() for one in changed(seen, path))


def states(seen, path):
    return [args for p, _i, s, args in seen if p == path and s == 'StateChanged']


def test_life(session):
    path = session.define('demo')
    before = session.get_all(path)
    assert (before['State'], before['Pid'], before['Id']) == ('shut-off', 0, 0)
    seen = session.record()
    session.domain(path, 'Start', paused=True)
    after = session.get_all(path)
    assert after['State'] == 'paused'
    assert after['Id'] > 0 and after['Responsive'] and os.path.exists(f'/proc/{after["Pid"]}')
    assert session.manager('GetDomainByPid', 'u', after['Pid']) == path
    with refused('Running'):
        session.domain(path, 'Start')
    session.domain(path, 'Resume')
    assert session.get(path, 'State') == 'running'
    session.domain(path, 'Suspend')
    assert session.get(path, 'State') == 'paused'
    session.domain(path, 'Resume')
    session.domain(path, 'Reset')
    session.domain(path, 'Destroy')
    end = session.get_all(path)
    assert (end['State'], end['StateReason'], end['Pid'], end['Id']) == ('shut-off', 'destroyed', 0, 0)
    wait_for(lambda: not os.path.exists(f'/proc/{after["Pid"]}'))
    session.pump(lambda: ('shut-off', 'destroyed') in states(seen, path))
    all_told = changed(seen, path)
    assert any(one.get('Pid') == after['Pid'] for one in all_told)
    assert not any('Name' in one for one in all_told)
    names = [one['State'] for one in all_told if 'State' in one]
    assert names[-1] == 'shut-off' and 'paused' in names and 'running' in names


@pytest.mark.parametrize('method', ['Shutdown', 'Reboot', 'Reset', 'Destroy', 'Suspend', 'Resume', 'OpenConsole',
                                    'Screenshot'])
def test_not_running(session, method):
    path = session.define('demo')
    with refused('NotRunning', 'demo'):
        session.domain(path, method)


def test_missing_disk(session, tmp_path):
    path = session.define('demo', devices=DISK.format(tmp_path / 'gone.img'))
    with refused_any('gone.img'):
        session.domain(path, 'Start')
    assert session.get(path, 'State') == 'shut-off'
    assert not list(session.own_processes())


def test_same_disk_twice(session, tmp_path):
    image = tmp_path / 'one.img'
    image.write_bytes(b'\0' * 1024 * 1024)
    a = session.define('a', devices=DISK.format(image))
    b = session.define('b', devices=DISK.format(image))
    session.domain(a, 'Start', paused=True)
    with refused_any('one.img'):
        session.domain(b, 'Start', paused=True)
    assert session.get(a, 'State') == 'paused'
    assert session.get(b, 'State') == 'shut-off'


def test_redefine_and_undefine(session):
    path = session.define('demo')
    uuid = session.get(path, 'Uuid')
    with refused_any(''):
        session.domain(path, 'Redefine', 's', domain_xml('other', uuid=uuid))
    with refused('InvalidXml', 'line '):
        session.domain(path, 'Redefine', 's', '<domain>')
    seen = session.record()
    session.domain(path, 'Redefine', 's', domain_xml('demo', uuid=uuid, extra='<title>New</title>'))
    assert session.get(path, 'Title') == 'New'
    session.pump(lambda: told(seen, path, Title='New'))
    session.domain(path, 'Start', paused=True)
    session.domain(path, 'Undefine')
    assert session.get(path, 'Persistent') is False
    with refused('NotFound'):
        session.domain(path, 'GetXml', inactive=True)
    with refused('NotSupported'):
        session.domain(path, 'SetAutostart', 'b', True)
    session.domain(path, 'Destroy')
    wait_for(lambda: path not in session.objects())


def by_name(session, name):
    return session.call('GetDomainByName', GLib.Variant('(s)', (name,)))[0]


def test_rename(session):
    path, other = session.define('demo'), session.define('other')
    uuid = session.get(path, 'Uuid')
    for name, error, text in (('other', 'Exists', session.get(other, 'Uuid')), ('demo', 'Exists', 'already'),
                              ('a/b', 'InvalidXml', 'name'), ('', 'InvalidXml', 'name')):
        with refused(error, text):
            session.domain(path, 'Rename', 's', name)
    session.domain(path, 'Start', paused=True)
    with refused('Running', 'shut off'):
        session.domain(path, 'Rename', 's', 'web')
    session.domain(path, 'Destroy')
    seen = session.record()
    session.domain(path, 'Rename', 's', 'web')
    session.pump(lambda: told(seen, path, Name='web'))
    assert by_name(session, 'web') == path
    with refused('NotFound'):
        by_name(session, 'demo')
    logs = os.listdir(os.path.join(session.folder, 'state/roost/log'))
    assert 'web.log' in logs and 'demo.log' not in logs
    session.define('demo')  # the old name is free
    session.kill()
    session.start()
    assert session.get(path, 'Name') == 'web' and session.get(path, 'Uuid') == uuid
    assert session.ctl('rename', 'web', 'shop').returncode == 0
    assert session.ctl('start', '--paused', 'shop').returncode == 0


def test_metadata(session):
    uri = 'http://example.org/app'
    kept = '<b:kept  xmlns:b="http://example.org/b" k=\'v\'/>'
    path = session.define('demo', extra=f'<metadata>{kept}</metadata>')
    with refused('NotFound', uri):
        session.domain(path, 'GetMetadata', 's', uri)
    with refused('InvalidArgument', 'namespace'):
        session.domain(path, 'SetMetadata', 'ss', uri, '<x/>')
    with refused('InvalidXml', 'line 1'):
        session.domain(path, 'SetMetadata', 'ss', uri, '<x')
    with refused('InvalidXml', 'one line'):
        session.domain(path, 'SetMetadata', 'ss', 'title', 'two\nlines')
    with refused('NotRunning'):
        session.domain(path, 'SetMetadata', 'ss', 'title', 'x', live=True)
    session.domain(path, 'Start', paused=True)
    seen = session.record()
    session.domain(path, 'SetMetadata', 'ss', 'title', 'The <web> server')
    session.pump(lambda: told(seen, path, Title='The <web> server'))
    session.domain(path, 'SetMetadata', 'ss', uri, f"<a:x xmlns:a='{uri}'>1</a:x>", config=True)
    with refused('NotFound'):
        session.domain(path, 'GetMetadata', 's', uri)
    session.kill()
    session.start()
    assert session.domain(path, 'GetMetadata', 's', uri, inactive=True) == f"<a:x xmlns:a='{uri}'>1</a:x>"
    assert session.domain(path, 'GetMetadata', 's', 'title') == 'The <web> server'
    assert kept in session.domain(path, 'GetXml', inactive=True) and kept in session.domain(path, 'GetXml')
    run = session.ctl('metadata', 'demo', 'description', 'notes of\nthe day')
    assert run.returncode == 0 and session.get(path, 'Description') == 'notes of\nthe day'
    assert session.ctl('metadata', 'demo', 'title').stdout == 'The <web> server\n'
    session.domain(path, 'SetMetadata', 'ss', uri, '', config=True)
    with refused('NotFound'):
        session.domain(path, 'GetMetadata', 's', uri, inactive=True)


def test_transient(session):
    path = session.manager('StartTransientDomain', 's', domain_xml('t'))
    assert session.get(path, 'State') == 'running' and not session.get(path, 'Persistent')
    seen = session.record()
    os.kill(session.get(path, 'Pid'), signal.SIGKILL)
    session.pump(lambda: ('shut-off', 'crashed') in states(seen, path))
    session.pump(lambda: any(s == 'InterfacesRemoved' and a[0] == path for _p, _i, s, a in seen))
    with refused('org.freedesktop.DBus.Error.UnknownObject'):
        session.domain(path, 'Start')


def test_autostart(session):
    path = session.define('demo')
    seen = session.record()
    session.domain(path, 'SetAutostart', 'b', True)
    assert session.get(path, 'Autostart') is True
    session.pump(lambda: told(seen, path, Autostart=True))
    session.stop()
    shutil.rmtree(os.path.join(session.env['XDG_RUNTIME_DIR'], 'roost'))  # as a reboot does
    session.start()
    session.wait_state(path, 'running')
    assert session.get(path, 'Autostart') is True


def test_xml(session):
    path = session.define('demo', devices="<graphics type='vnc' passwd='hush' port='-1'/>")
    assert 'hush' not in session.domain(path, 'GetXml')
    assert "passwd='hush'" in session.domain(path, 'GetXml', secrets=True)
    session.domain(path, 'Start', paused=True)
    live, stored = session.domain(path, 'GetXml'), session.domain(path, 'GetXml', inactive=True)
    assert session.manager('DefineDomain', 's', stored) == path
    assert session.domain(path, 'GetXml', inactive=True) == stored
    assert '<name>demo</name>' in live and 'hush' not in live + stored


def test_stats(session):
    on, off = session.define('on'), session.define('off')
    session.domain(on, 'Start')
    assert session.domain(off, 'GetStats') == {'state': 'shut-off', 'memory': 64 << 20, 'vcpus': 1}
    pid = session.get(on, 'Pid')

    def user_time():
        with open(f'/proc/{pid}/stat', encoding='utf-8') as stat:
            return int(stat.read().rpartition(')')[2].split()[11]) * 1000000 // os.sysconf('SC_CLK_TCK')
    before, stats, after = user_time(), session.domain(on, 'GetStats'), user_time()
    assert before <= stats['cpu-user'] <= after and stats['cpu-user'] > 0
    with open(f'/proc/{pid}/status', encoding='utf-8') as status:
        resident = int(re.search(r'VmRSS:\s+(\d+) kB', status.read()).group(1)) * 1024
    assert stats['state'] == 'running' and resident / 2 < stats['resident'] < resident * 2
    assert stats['threads'] >= 2 and stats['io-read'] >= 0
    everybody = session.manager('GetDomainStats')
    assert set(everybody) == {on, off} and everybody[off]['state'] == 'shut-off'
    narrowed = session.call('GetDomainStats', GLib.Variant('(a{sv})', ({'active': GLib.Variant('b', True)},)))[0]
    assert list(narrowed) == [on]


def test_console(session):
    path = session.define('demo')
    session.domain(path, 'Start', paused=True)
    fd = session.fd(path, 'OpenConsole')
    with refused('Busy'):
        session.fd(path, 'OpenConsole')
    other = session.fd(path, 'OpenConsole', device='serial0', force=True)
    os.close(fd)
    os.close(other)
    wait_for(lambda: opens(session, path), what='the console to be free again')
    with refused('NotFound', 'serial7'):
        session.fd(path, 'OpenConsole', device='serial7')


def opens(session, path):
    try:
        os.close(session.fd(path, 'OpenConsole'))
        return True
    except GLib.Error:
        return False


def test_screenshot(session):
    path = session.define('demo')
    session.domain(path, 'Start')
    with os.fdopen(session.fd(path, 'Screenshot'), 'rb') as image:
        data = image.read()
    assert data[:8] == b'\x89PNG\r\n\x1a\n' and data[12:16] == b'IHDR'
    with refused_any('9'):
        session.fd(path, 'Screenshot', head=GLib.Variant('u', 9))


def test_job(session):
    """A stopped QEMU holds its domain: others hear who has it; the job is there to look at."""
    path = session.define('demo')
    session.domain(path, 'Start', paused=True)
    os.kill(session.get(path, 'Pid'), signal.SIGSTOP)
    answers = []
    session.connection.call('org.roost1', path, DOMAIN, 'Resume', GLib.Variant('(a{sv})', ({},)), None, 0, 60000,
                            None, lambda c, r: answers.append(r))
    job = wait_for(lambda: session.get(path, 'CurrentJob') != '/' and session.get(path, 'CurrentJob'))
    facts = session.get_all(job, JOB)
    assert facts['Operation'] == 'resume' and facts['Objects'] == [path] and facts['State'] == 'running'
    assert facts['StartedBy'] == session.connection.get_unique_name()
    with refused('Busy', 'resume'):
        session.domain(path, 'Suspend')
    with refused('Timeout', 'resume'):
        session.call('Wait', GLib.Variant('(a{sv})', ({'timeout': GLib.Variant('t', 20000)},)), job, JOB)
    assert job in session.objects()
    session.domain(path, 'Destroy')
    session.pump(lambda: answers)
    assert session.get(job, 'State', JOB) in ('failed', 'cancelled')
    assert session.get(job, 'Error', JOB)[0].startswith('org.roost1.Error.')
    with refused('InvalidArgument'):
        session.call('Cancel', GLib.Variant('(a{sv})', ({},)), job, JOB)
    with refused('org.freedesktop.DBus.Error.UnknownObject', 'job'):
        session.call('Cancel', GLib.Variant('(a{sv})', ({},)), '/org/roost1/job/4000000', JOB)


def test_hung_guest_delays_nobody(session):
    hung, other = session.define('hung'), session.define('other')
    session.domain(hung, 'Start', paused=True)
    os.kill(session.get(hung, 'Pid'), signal.SIGSTOP)
    for _ in range(20):
        session.connection.call('org.roost1', hung, DOMAIN, 'Resume', GLib.Variant('(a{sv})', ({},)), None, 0, 60000,
                                None, None)
    session.domain(other, 'Start', paused=True, timeout=20)
    assert session.get(hung, 'State') == 'paused'
    assert len(session.manager('ListDomains')) == 2
    assert session.get(ROOTPATH, 'Mode', MANAGER) == 'session'
    session.domain(hung, 'Destroy', timeout=20)
