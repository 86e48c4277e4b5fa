# SPDX-License-Identifier: LGPL-2.1-or-later
"""roostd itself: its options, a second one, its end, and a bus that goes away."""
import os
import signal
import subprocess

import pytest
from gi.repository import GLib

from harness import BUS_CONFIG, MANAGER, ROOSTD, ROOTPATH, Bus, Session, wait_for


def run(*args, env=None, timeout=30):
    return subprocess.run([ROOSTD, *args], env=env, capture_output=True, text=True, timeout=timeout, check=False)


def test_options():
    assert run('--version').stdout.startswith('roostd ')
    assert '--session' in run('--help').stdout
    for args in ([], ['--session', '--system'], ['--what'], ['--session', 'more']):
        done = run(*args)
        assert done.returncode == 2 and 'roostd --help' in done.stderr, args


def test_second_daemon(session):
    """The same folders: refused before it touches anything. The same bus name alone: as well."""
    path = session.define('demo')
    session.domain(path, 'Start', paused=True)
    same = run('--session', env=session.env)
    assert same.returncode == 3 and 'another roostd' in same.stderr, same.stderr
    elsewhere = dict(session.env)
    for name in ('XDG_CONFIG_HOME', 'XDG_STATE_HOME', 'XDG_CACHE_HOME', 'XDG_RUNTIME_DIR'):
        elsewhere[name] = os.path.join(session.folder, 'else', name)
        os.makedirs(elsewhere[name])
    name_only = run('--session', env=elsewhere)
    assert name_only.returncode == 3 and 'org.roost1' in name_only.stderr, name_only.stderr
    assert session.get(path, 'State') == 'paused'


def test_no_bus(session):
    session.stop()
    done = run('--session', env=dict(session.env, DBUS_SESSION_BUS_ADDRESS='unix:path=/nonexistent/bus'))
    assert done.returncode == 1 and 'no session bus' in done.stderr


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_end_it_and_guests_live(session, number):
    path = session.define('demo')
    session.domain(path, 'Start', paused=True)
    pid = session.get(path, 'Pid')
    session.daemon.send_signal(number)
    assert session.daemon.wait(30) == 0
    session.daemon = None
    assert os.path.exists(f'/proc/{pid}')
    session.start()
    session.wait_state(path, 'paused')
    assert session.get(path, 'Pid') == pid


def test_calls_under_way_when_it_ends(session):
    path = session.define('demo')
    answers = []
    session.connection.call('org.roost1', path, 'org.roost1.Domain', 'Start', GLib.Variant('(a{sv})', ({},)), None, 0,
                            60000, None, lambda c, r: answers.append(r))
    session.connection.flush_sync(None)
    session.stop()
    wait_for(lambda: GLib.MainContext.default().iteration(False) or answers)
    session.start()
    assert session.get(path, 'State') in ('shut-off', 'running')


def test_bus_goes_away_and_comes_back():
    with Session() as session:
        path = session.define('demo')
        session.domain(path, 'Start', paused=True)
        pid = session.get(path, 'Pid')
        session.bus.process.kill()
        session.bus.process.wait()
        os.unlink(session.bus.socket)
        wait_for(lambda: 'the bus went away' in session.log_text())
        assert session.daemon.poll() is None and os.path.exists(f'/proc/{pid}')
        session.bus = Bus(session.folder)
        session.connection = session.bus.connect()
        session.connection.set_exit_on_close(False)
        wait_for(session.has_owner)
        assert session.get(path, 'Pid') == pid and session.get(path, 'State') == 'paused'
        assert session.get(ROOTPATH, 'Mode', MANAGER) == 'session'
        session.domain(path, 'Resume')
        seen = session.record()
        session.domain(path, 'Destroy')
        session.pump(lambda: any(s == 'StateChanged' for _p, _i, s, _a in seen))


def test_activation(session):
    """The bus itself starts the daemon, from the service file that is installed."""
    session.stop()
    folder = os.path.join(session.folder, 'services')
    os.mkdir(folder)
    with open(os.path.join(folder, 'org.roost1.service'), 'w', encoding='utf-8') as f:
        f.write(f'[D-BUS Service]\nName=org.roost1\nExec={ROOSTD} --session\n')
    config = os.path.join(session.folder, 'bus.conf')
    with open(config, 'w', encoding='utf-8') as f:
        f.write(BUS_CONFIG.format(socket=session.bus.socket).replace(
            '<auth>', f'<servicedir>{folder}</servicedir><auth>'))
    session.bus.process.kill()
    session.bus.process.wait()
    os.unlink(session.bus.socket)
    session.bus.process = subprocess.Popen(['dbus-daemon', '--nofork', '--nopidfile', '--config-file=' + config],
                                           env=session.env)
    wait_for(lambda: os.path.exists(session.bus.socket))
    session.connection = session.bus.connect()
    session.connection.set_exit_on_close(False)
    path = session.define('demo')
    assert session.get(path, 'State') == 'shut-off'
    pid = session.call('GetConnectionUnixProcessID', GLib.Variant('(s)', ('org.roost1',)), '/org/freedesktop/DBus',
                       'org.freedesktop.DBus', 'org.freedesktop.DBus')[0]
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not os.path.exists(f'/proc/{pid}'))
