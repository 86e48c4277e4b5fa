# SPDX-License-Identifier: LGPL-2.1-or-later
"""A daemon of its own for each test: a private bus, folders of its own, and a client by python3-gi
that shares no code with the daemon. What a test leaves running is ended, and complained about only
where it asks."""
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from gi.repository import Gio, GLib

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
ROOSTD = os.environ.get('ROOSTD', os.path.join(ROOT, 'build/src/roostd'))
ROOSTCTL = os.environ.get('ROOSTCTL', os.path.join(ROOT, 'build/src/ctl/roostctl'))
GUEST_DIR = os.environ.get('ROOST_TEST_GUEST', os.path.join(ROOT, 'build/guest'))

NAME = 'org.roost1'
ROOTPATH = '/org/roost1'
MANAGER = 'org.roost1.Manager'
DOMAIN = 'org.roost1.Domain'
JOB = 'org.roost1.Job'

BUS_CONFIG = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
  <limit name="max_replies_per_connection">50000</limit>
</busconfig>
'''

SANITIZER = re.compile(r'(ERROR: \w+Sanitizer|runtime error:|CRITICAL \*\*|-CRITICAL)')


def wait_for(condition, timeout=20, what=None):
    """The first true value of @condition; AssertionError when there is none in time."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f'not within {timeout} s: {what or condition}')
        time.sleep(0.02)


def error_name(error):
    """'org.roost1.Error.Busy' of a GLib.Error from a call."""
    return Gio.DBusError.get_remote_error(error)


def error_text(error):
    """What the daemon wrote. (Gio.DBusError.strip_remote_error () works on a copy here.)"""
    return re.sub(r'^GDBus\.Error:[\w.]+: ', '', error.message)


@contextlib.contextmanager
def refused(name, text=''):
    """with refused('Busy', 'start'): the call must fail with that error, and its text match."""
    try:
        yield
    except GLib.Error as error:
        assert error_name(error) in (f'org.roost1.Error.{name}', name), f'{error_name(error)}: {error_text(error)}'
        assert re.search(text, error_text(error)), f'"{error_text(error)}" does not match "{text}"'
        return
    raise AssertionError(f'the call went through; {name} was expected')


class Bus:
    """A dbus-daemon of our own."""

    def __init__(self, folder):
        self.socket = os.path.join(folder, 'bus')
        config = os.path.join(folder, 'bus.conf')
        with open(config, 'w', encoding='utf-8') as f:
            f.write(BUS_CONFIG.format(socket=self.socket))
        self.process = subprocess.Popen(['dbus-daemon', '--nofork', '--nopidfile', '--config-file=' + config])
        self.address = 'unix:path=' + self.socket
        wait_for(self.listens, what='the bus')

    def listens(self):
        """The socket is there a moment before somebody listens on it."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.connect(self.socket)
            return True
        return False

    def connect(self):
        return wait_for(self.try_connect, what='the bus to listen')

    def try_connect(self):
        """None while the socket is there and nobody listens yet."""
        try:
            return Gio.DBusConnection.new_for_address_sync(
                self.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        except GLib.Error as error:
            if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CONNECTION_REFUSED):
                return None
            raise

    def close(self):
        self.process.terminate()
        self.process.wait()


class Session:
    """`roostd --session` on a private bus, in folders of its own."""

    def __init__(self, env=None, start=True, prefix=()):
        """@prefix: what runs the daemon, such as ('ip', 'netns', 'exec', NAME)."""
        self.prefix = list(prefix)
        self.folder = tempfile.mkdtemp(prefix='roost-')
        self.bus = Bus(self.folder)
        self.log = os.path.join(self.folder, 'roostd.log')
        self.daemon = None
        self.env = dict(os.environ, DBUS_SESSION_BUS_ADDRESS=self.bus.address, NO_COLOR='1', LC_ALL='C.UTF-8')
        for name in ('config', 'state', 'cache', 'data'):
            self.env[f'XDG_{name.upper()}_HOME'] = os.path.join(self.folder, name)
        self.env['DBUS_SYSTEM_BUS_ADDRESS'] = 'unix:path=/nonexistent'  # the host's logind is none of ours
        self.env['XDG_RUNTIME_DIR'] = os.path.join(self.folder, 'run')
        os.mkdir(self.env['XDG_RUNTIME_DIR'], 0o700)
        self.env.update(env or {})
        self.connection = self.bus.connect()
        self.connection.set_exit_on_close(False)
        if start:
            self.start()

    # --- the daemon ---

    def start(self, wait=True):
        assert self.daemon is None
        with open(self.log, 'ab') as log:
            self.daemon = subprocess.Popen([*self.prefix, ROOSTD, '--session'], env=self.env, stdout=log, stderr=log)
        if wait:
            wait_for(self.has_owner, 60, 'roostd on the bus')

    def has_owner(self):
        assert self.daemon is None or self.daemon.poll() is None, 'roostd ended:\n' + self.log_text()
        reply = self.call(('NameHasOwner'), GLib.Variant('(s)', (NAME,)), path='/org/freedesktop/DBus',
                          interface='org.freedesktop.DBus', name='org.freedesktop.DBus')
        return reply[0]

    def stop(self):
        """SIGTERM; it must end well. Guests run on."""
        self.daemon.terminate()
        assert self.daemon.wait(60) == 0, self.log_text()
        self.daemon = None

    def kill(self):
        """SIGKILL at once, as a crash."""
        self.daemon.kill()
        self.daemon.wait()
        self.daemon = None
        wait_for(lambda: not self.has_owner(), what='the name to go')

    def log_text(self):
        with open(self.log, encoding='utf-8', errors='replace') as f:
            return f.read()

    # --- calls ---

    def call(self, method, args=None, path=ROOTPATH, interface=MANAGER, name=NAME, timeout=60):
        reply = self.connection.call_sync(name, path, interface, method, args, None,
                                          Gio.DBusCallFlags.NONE, int(timeout * 1000), None)
        return reply.unpack()

    def manager(self, method, signature='', *args, timeout=60):
        """manager('DefineDomain', 's', xml): the options are added; one result comes bare."""
        return self.with_options(ROOTPATH, MANAGER, method, signature, args, timeout)

    def domain(self, path, method, signature='', *args, timeout=60, **options):
        """domain(path, 'Start', paused=True): options by name, '_' for '-'; a Variant or a bool or str. A timeout that
        is a Variant is the method's own."""
        if isinstance(timeout, GLib.Variant):
            options['timeout'], timeout = timeout, 60
        return self.with_options(path, DOMAIN, method, signature, args, timeout, options)

    def with_options(self, path, interface, method, signature, args, timeout=60, options=None):
        packed = {}
        for key, value in (options or {}).items():
            if not isinstance(value, GLib.Variant):
                value = GLib.Variant('b' if isinstance(value, bool) else 's', value)
            packed[key.replace('_', '-')] = value
        takes_options = method not in ('GetDomainByName', 'GetDomainByUuid', 'GetDomainByPid')
        values = tuple(args) + ((packed,) if takes_options else ())
        variant = GLib.Variant(f"({signature}{'a{sv}' if takes_options else ''})", values)
        reply = self.call(method, variant, path, interface, timeout=timeout)
        return reply[0] if len(reply) == 1 else reply

    def fd(self, path, method, **options):
        """A descriptor from OpenConsole or Screenshot."""
        packed = {k: v if isinstance(v, GLib.Variant) else GLib.Variant('b' if isinstance(v, bool) else 's', v)
                  for k, v in options.items()}
        reply, fds = self.connection.call_with_unix_fd_list_sync(
            NAME, path, DOMAIN, method, GLib.Variant('(a{sv})', (packed,)), None,
            Gio.DBusCallFlags.NONE, 60000, None, None)
        return fds.get(reply.unpack()[0])

    def get(self, path, prop, interface=DOMAIN):
        return self.call('Get', GLib.Variant('(ss)', (interface, prop)), path, 'org.freedesktop.DBus.Properties')[0]

    def get_all(self, path, interface=DOMAIN):
        return self.call('GetAll', GLib.Variant('(s)', (interface,)), path, 'org.freedesktop.DBus.Properties')[0]

    def objects(self):
        return self.call('GetManagedObjects', None, ROOTPATH, 'org.freedesktop.DBus.ObjectManager')[0]

    def wait_state(self, path, state, timeout=30):
        wait_for(lambda: self.get(path, 'State') == state, timeout, f'{path} {state}')

    def define(self, name='demo', **kwargs):
        return self.manager('DefineDomain', 's', domain_xml(name, **kwargs))

    # --- signals ---

    def record(self):
        """A list that grows by (path, interface, signal, args) while pump() runs."""
        seen = []

        def on_signal(_connection, _sender, path, interface, signal_name, args):
            seen.append((path, interface, signal_name, args.unpack()))
        self.connection.signal_subscribe(NAME, None, None, None, None, Gio.DBusSignalFlags.NONE, on_signal)
        return seen

    def pump(self, until=None, timeout=20, what=None):
        """Handles signals until @until is true, or for a moment."""
        context = GLib.MainContext.default()

        def step():
            while context.iteration(False):
                pass
            return until is None or until()
        if until is None:
            self.call('GetAll', GLib.Variant('(s)', (MANAGER,)), ROOTPATH, 'org.freedesktop.DBus.Properties')
        return wait_for(step, timeout, what)

    # --- the client ---

    def ctl(self, *args, stdin=None, timeout=60):
        return subprocess.run([ROOSTCTL, '--user', *args], env=self.env, input=stdin, text=True,
                              capture_output=True, timeout=timeout, check=False)

    # --- the end ---

    def own_processes(self):
        """PIDs of what runs with our folder on its command line, or writes into it (QEMU's log), besides the bus
        and the daemon."""
        ours = {self.bus.process.pid, self.daemon.pid if self.daemon else 0, os.getpid()}
        for pid in filter(str.isdigit, os.listdir('/proc')):
            with contextlib.suppress(OSError), open(f'/proc/{pid}/cmdline', 'rb') as f:
                names = f.read().decode(errors='replace') + os.readlink(f'/proc/{pid}/fd/1')
                if self.folder + '/' in names and int(pid) not in ours:
                    yield int(pid)

    def close(self):
        try:
            if self.daemon:
                self.stop()
        finally:
            if self.daemon:
                self.daemon.kill()
                self.daemon.wait()
                self.daemon = None
            for pid in list(self.own_processes()):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            self.connection.close_sync(None)
            self.bus.close()
            text = self.log_text()
            shutil.rmtree(self.folder, ignore_errors=True)
        assert not SANITIZER.search(text), text

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            print(self.log_text())
        try:
            self.close()
        except AssertionError:
            if not kind:
                raise


def domain_xml(name='demo', uuid=None, memory=64, kernel=None, initrd=None, cmdline='', devices='', machine='pc',
               extra=''):
    """A small machine without a disk, started under TCG."""
    boot = f'<kernel>{kernel}</kernel><initrd>{initrd}</initrd><cmdline>{cmdline}</cmdline>' if kernel else ''
    return f'''<domain type='qemu'>
  <name>{name}</name>
  {f'<uuid>{uuid}</uuid>' if uuid else ''}
  <memory unit='MiB'>{memory}</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='{machine}'>hvm</type>{boot}</os>
  <features><acpi/></features>
  {extra}
  <devices>
    <serial type='pty'/>
    <video><model type='vga'/></video>
    {devices}
  </devices>
</domain>
'''


def guest(cmdline='console=tty0 console=ttyS0 quiet', agent=False):
    """kernel=, initrd=, cmdline=, memory= for domain_xml(): a Linux guest that greets on ttyS0."""
    out = subprocess.run([os.path.join(ROOT, 'tools/mkguest'), '--cache', GUEST_DIR, *(['--agent'] if agent else [])],
                         capture_output=True, text=True, check=True).stdout
    files = dict(line.split('=', 1) for line in out.split())
    return {'kernel': files['kernel'], 'initrd': files['initrd'], 'cmdline': cmdline, 'memory': 256}


def guest_iso():
    """A CD that boots the same guest; a disk with these bytes boots it as well."""
    out = subprocess.run([os.path.join(ROOT, 'tools/mkguest'), '--cache', GUEST_DIR, '--iso'],
                         capture_output=True, text=True, check=True).stdout
    return dict(line.split('=', 1) for line in out.split())['iso']
