# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the guests do when the host sleeps or goes down, or their user leaves; and who starts first. With a logind on
a bus of the test's own."""
import os
import re
import subprocess
import sys
import tempfile

import harness
import pytest
from gi.repository import Gio, GLib
from test_domain_guest import BOOT_SECONDS, GREETING, read_until, states
from test_power import agent_guest, console, is_now, started, type_in

LOGIN = ('org.freedesktop.login1', '/org/freedesktop/login1')


class Host:
    """A system bus with logind on it."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix='roost-host-')
        self.bus = harness.Bus(self.folder.name)
        self.mock = None
        self.connection = self.bus.connect()
        self.connection.set_exit_on_close(False)
        self.start_logind()
        return self

    def start_logind(self):
        env = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=self.bus.address)
        self.mock = subprocess.Popen([sys.executable, '-m', 'dbusmock', '--system', '--template', 'logind'], env=env)
        harness.wait_for(self.has_logind, 30, 'logind')

    def stop_logind(self):
        self.mock.terminate()
        self.mock.wait()
        harness.wait_for(lambda: not self.has_logind(), 30, 'no logind')

    def has_logind(self):
        return self.connection.call_sync(
            'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'NameHasOwner',
            GLib.Variant('(s)', (LOGIN[0],)), None, Gio.DBusCallFlags.NONE, -1, None).unpack()[0]

    def inhibitors(self):
        """{mode: what it is for, joined}"""
        reply = self.connection.call_sync(*LOGIN, 'org.freedesktop.login1.Manager', 'ListInhibitors', None, None,
                                          Gio.DBusCallFlags.NONE, -1, None).unpack()[0]
        found = {}
        for what, who, _why, mode, _uid, _pid in sorted(reply):
            if who == 'Roost':
                found[mode] = f'{found[mode]} {what}' if mode in found else what
        return found

    def emit(self, name, signature, *args):
        self.connection.call_sync(
            *LOGIN, 'org.freedesktop.DBus.Mock', 'EmitSignal',
            GLib.Variant('(sssav)', ('org.freedesktop.login1.Manager', name, signature,
                                     [GLib.Variant(s, a) for s, a in zip(signature, args)])),
            None, Gio.DBusCallFlags.NONE, -1, None)

    def __exit__(self, *_exc):
        self.connection.close_sync(None)
        self.mock.terminate()
        self.mock.wait()
        self.bus.close()
        self.folder.cleanup()


class Systemd:
    """The state of the session's systemd, and nothing else of it."""
    XML = ('<node><interface name="org.freedesktop.systemd1.Manager">'
           '<property name="SystemState" type="s" access="read"/></interface></node>')

    def __init__(self, session, state):
        """@state: or a function that gives it"""
        info = Gio.DBusNodeInfo.new_for_xml(self.XML).interfaces[0]
        self.connection = session.bus.connect()
        self.connection.register_object('/org/freedesktop/systemd1', info, lambda *_a: None,
                                        lambda *_a: GLib.Variant('s', state() if callable(state) else state), lambda *_a: False)
        self.connection.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                                  'RequestName', GLib.Variant('(su)', ('org.freedesktop.systemd1', 4)), None,
                                  Gio.DBusCallFlags.NONE, -1, None)

    def close(self):
        self.connection.close_sync(None)


def session_on(host, conf='', **env):
    if host:
        env['DBUS_SYSTEM_BUS_ADDRESS'] = host.bus.address
    session = harness.Session(env=env, start=False)
    folder = os.path.join(session.env['XDG_CONFIG_HOME'], 'roost')
    os.makedirs(folder)
    with open(os.path.join(folder, 'roost.conf'), 'w', encoding='utf-8') as f:
        f.write(conf)
    session.start()
    return session


def slow_hook(session, name, text):
    folder = os.path.join(session.env['XDG_CONFIG_HOME'], 'roost/hooks/qemu.d')
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    with open(path, 'w', encoding='utf-8') as f:
        f.write('#!/bin/sh\n' + text)
    os.chmod(path, 0o755)


def start_async(session, path, replies):
    session.connection.call(harness.NAME, path, harness.DOMAIN, 'Start', GLib.Variant('(a{sv})', ({},)), None,
                            Gio.DBusCallFlags.NONE, 120000, None, lambda _source, result: replies.append(result))


def ended(session, what):
    """Waits for the daemon's own end, while the bus of the test is served."""
    session.pump(lambda: session.daemon.poll() is not None, 60, what)
    assert session.daemon.returncode == 0, session.log_text()
    session.daemon = None


# --- inhibitors ---

def test_inhibitors_come_and_go():
    with Host() as host, session_on(host) as session:
        path = session.define()
        assert not host.inhibitors()
        session.domain(path, 'Start')
        harness.wait_for(lambda: host.inhibitors() == {'delay': 'shutdown sleep'})
        host.stop_logind()
        host.start_logind()
        harness.wait_for(lambda: host.inhibitors() == {'delay': 'shutdown sleep'})
        host.emit('PrepareForSleep', 'b', True)
        harness.wait_for(lambda: not host.inhibitors())
        host.emit('PrepareForSleep', 'b', False)
        harness.wait_for(lambda: host.inhibitors() == {'delay': 'shutdown sleep'})
        session.kill()
        harness.wait_for(lambda: not host.inhibitors())
        session.start()
        harness.wait_for(lambda: host.inhibitors() == {'delay': 'shutdown sleep'})
        session.domain(path, 'Destroy')
        harness.wait_for(lambda: not host.inhibitors())


def test_a_long_job_blocks():
    with Host() as host, session_on(host) as session:
        go = os.path.join(session.folder, 'go')
        slow_hook(session, '50-slow', f'[ "$2" = prepare ] || exit 0\nwhile [ ! -e {go} ]; do sleep 0.1; done\n')
        path = session.define()
        replies = []
        start_async(session, path, replies)
        harness.wait_for(lambda: 'block' in host.inhibitors())
        with open(go, 'w', encoding='utf-8'):
            pass
        session.pump(lambda: replies)
        harness.wait_for(lambda: 'block' not in host.inhibitors())


def test_none_are_taken_where_nobody_wants_them():
    with Host() as host, session_on(host, '[power]\ninhibit-guests=false\n') as session:
        path = session.define()
        session.domain(path, 'Start')
        session.domain(path, 'Suspend')
        assert not host.inhibitors()


# --- the host sleeps ---

@pytest.mark.parametrize('conf', ['', '[time]\nafter-sleep=false\n'])
def test_clock_after_the_host_slept(conf):
    """The guest, which has lost years, is told the time by its agent; or not."""
    with Host() as host, session_on(host, conf) as session:
        path, _seen = started(session, **agent_guest())
        fd = console(session, path)
        harness.wait_for(lambda: session.get(path, 'AgentConnected'), BOOT_SECONDS)
        harness.wait_for(lambda: 'delay' in host.inhibitors())
        type_in(fd, "date -s '2001-02-03 04:05:06'; echo set $((1 + 1))", b'set 2')
        host.emit('PrepareForSleep', 'b', True)
        harness.wait_for(lambda: not host.inhibitors())
        assert not is_now(fd)
        host.emit('PrepareForSleep', 'b', False)
        harness.wait_for(lambda: 'delay' in host.inhibitors())
        if conf:
            assert not is_now(fd)
        else:
            harness.wait_for(lambda: is_now(fd), BOOT_SECONDS)
            harness.wait_for(lambda: 'the clock of the guest is set' in session.log_text())
        os.close(fd)


# --- the host goes down ---

def test_host_goes_down():
    """In the reverse order; nobody starts one meanwhile; and then it was taken back."""
    conf = '[power]\non-host-shutdown=shutdown-destroy\nshutdown-timeout=2\nparallel=1\n'
    with Host() as host, session_on(host, conf) as session:
        paths = {}
        for name, order in (('db', 1), ('web', 2), ('toy', 0)):
            paths[name] = session.define(name)
            session.domain(paths[name], 'SetAutostart', 'b', True, order=GLib.Variant('u', order))
            session.domain(paths[name], 'Start')
        harness.wait_for(lambda: 'delay' in host.inhibitors())
        host.emit('PrepareForShutdown', 'b', True)
        with harness.refused('Busy', 'being shut down'):
            session.domain(session.define('late'), 'Start')
        session.pump(lambda: all(session.get(p, 'State') == 'shut-off' for p in paths.values()))
        harness.wait_for(lambda: not host.inhibitors())
        lines = re.findall(r"domain '(\w+)': it has not powered off", session.log_text())
        assert lines == ['toy', 'web', 'db']
        host.emit('PrepareForShutdown', 'b', False)
        harness.wait_for(lambda: can_start(session, paths['db']))


def can_start(session, path):
    try:
        session.domain(path, 'Start')
    except GLib.Error as error:
        assert harness.error_name(error).endswith('Busy')
        return False
    return True


def test_guest_hears_the_host_go():
    """A real one powers off, and its own restart is not what the host wants now."""
    with Host() as host, session_on(host) as session:
        parts = dict(harness.guest('console=ttyS0 quiet'), memory=128)
        path = session.define(extra='<on_poweroff>restart</on_poweroff>', **parts)
        seen = session.record()
        session.domain(path, 'Start')
        console = session.fd(path, 'OpenConsole')
        read_until(console, GREETING)
        host.emit('PrepareForShutdown', 'b', True)
        session.pump(lambda: states(seen)[-1:] == [('shut-off', 'shutdown')], BOOT_SECONDS)
        assert ('shutting-down', 'user') in states(seen)
        os.close(console)


# --- the user leaves ---

def test_logout_by_the_users_systemd():
    conf = '[power]\non-logout=shutdown-destroy\nshutdown-timeout=1\n'
    with session_on(None, conf) as session:
        path = session.define()
        session.domain(path, 'Start')
        pid = session.get(path, 'Pid')
        systemd = Systemd(session, 'stopping')
        session.daemon.terminate()
        ended(session, 'the guests, then the daemon')
        systemd.close()
        assert not os.path.exists(f'/proc/{pid}')
        session.start()
        assert session.get(path, 'State') == 'shut-off'


def test_the_bus_goes_while_systemd_is_asked():
    """The bus of a session that ends is stopped as its services are."""
    with session_on(None, '[power]\non-logout=shutdown-destroy\nshutdown-timeout=1\n') as session:
        path = session.define()
        session.domain(path, 'Start')
        pid = session.get(path, 'Pid')

        def die():
            session.bus.process.kill()
            session.bus.process.wait()
            return 'running'
        systemd = Systemd(session, die)
        session.daemon.terminate()
        ended(session, 'the guests, then the daemon')
        assert systemd.connection.is_closed() and not os.path.exists(f'/proc/{pid}')
        os.unlink(session.bus.socket)
        session.bus = harness.Bus(session.folder)
        session.connection = session.bus.connect()
        session.connection.set_exit_on_close(False)


def test_only_the_daemon_ends():
    conf = '[power]\non-logout=shutdown-destroy\nshutdown-timeout=1\n'
    with session_on(None, conf) as session:
        path = session.define()
        session.domain(path, 'Start')
        pid = session.get(path, 'Pid')
        systemd = Systemd(session, 'running')
        session.daemon.terminate()
        ended(session, 'the daemon')
        systemd.close()
        session.start()
        assert session.get(path, 'Pid') == pid


def test_guests_stay_unless_told_otherwise():
    with session_on(None) as session:
        path = session.define()
        session.domain(path, 'Start')
        pid = session.get(path, 'Pid')
        systemd = Systemd(session, 'stopping')
        session.daemon.terminate()
        ended(session, 'the daemon')
        systemd.close()
        session.start()
        assert session.get(path, 'Pid') == pid


def test_session_is_removed():
    conf = '[power]\non-logout=shutdown-destroy\nshutdown-timeout=1\n'
    with Host() as host, session_on(host, conf, XDG_SESSION_ID='c7') as session:
        path = session.define()
        session.domain(path, 'Start')
        harness.wait_for(lambda: 'delay' in host.inhibitors())
        host.emit('SessionRemoved', 'so', 'c8', '/org/freedesktop/login1/session/c8')
        host.emit('UserRemoved', 'uo', os.getuid() + 1, '/org/freedesktop/login1/user/1')
        session.pump()
        assert session.get(path, 'State') == 'running'
        host.emit('SessionRemoved', 'so', 'c7', '/org/freedesktop/login1/session/c7')
        harness.wait_for(lambda: session.get(path, 'State') == 'shut-off')
        harness.wait_for(lambda: can_start(session, path))


# --- autostart ---

def marked(session, name, order=None, delay=None):
    path = session.define(name)
    options = {}
    if order is not None:
        options['order'] = GLib.Variant('u', order)
    if delay is not None:
        options['delay'] = GLib.Variant('t', delay)
    session.domain(path, 'SetAutostart', 'b', True, **options)
    return path


def begun(session):
    path = os.path.join(session.folder, 'begun')
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8') as f:
        return f.read().split()


def forget_the_boot(session):
    for name in ('autostarted', 'autostarting'):
        path = os.path.join(session.env['XDG_RUNTIME_DIR'], 'roost', name)
        if os.path.exists(path):
            os.unlink(path)


def test_autostart_order_and_delay(session):
    slow_hook(session, '50-note', f'[ "$2" = prepare ] && echo "$1" >> {session.folder}/begun\nexit 0\n')
    last = marked(session, 'a-last')
    web = marked(session, 'web', 2, 300000)
    marked(session, 'database', 1)
    assert session.get(web, 'AutostartOrder') == 2
    assert session.get(web, 'AutostartDelay') == 300000
    session.domain(web, 'SetAutostart', 'b', False)
    assert (session.get(web, 'Autostart'), session.get(web, 'AutostartOrder')) == (False, 2)
    assert session.ctl('autostart', '--delay', '0.5', 'web').returncode == 0
    assert (session.get(web, 'Autostart'), session.get(web, 'AutostartDelay')) == (True, 500000)
    with harness.refused('InvalidArgument', 'order'):
        session.domain(web, 'SetAutostart', 'b', True, order=GLib.Variant('s', 'first'))
    session.stop()
    forget_the_boot(session)
    session.start()
    session.wait_state(last, 'running')
    assert begun(session) == ['database', 'web', 'a-last']
    session.domain(last, 'Destroy')
    session.stop()
    session.start()
    assert session.get(last, 'State') == 'shut-off'  # once each boot


def test_autostart_goes_on_after_a_kill(session):
    go = os.path.join(session.folder, 'go')
    slow_hook(session, '50-note', f'[ "$2" = prepare ] || exit 0\necho "$1" >> {session.folder}/begun\n'
                                  f'[ "$1" != second ] || [ -e {go} ] || exec sleep 60\n')
    first = marked(session, 'first', 1)
    second = marked(session, 'second', 2)
    third = marked(session, 'third', 3)
    session.stop()
    forget_the_boot(session)
    session.start()
    harness.wait_for(lambda: begun(session) == ['first', 'second'])
    session.domain(first, 'Destroy')
    session.kill()
    with open(go, 'w', encoding='utf-8'):
        pass
    session.start()
    session.wait_state(third, 'running')
    assert session.get(second, 'State') == 'running'
    assert session.get(first, 'State') == 'shut-off'  # it had been started at this boot
