# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that serve a guest beside QEMU: virtiofsd, passt, vhost-user-gpu; the real ones, with a guest that uses
them."""
import contextlib
import glob
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

import harness
import pytest
from gi.repository import GLib
from test_domain_guest import GREETING, read_until
from test_hotplug import BUSES, attach, detach, live_xml, stored_xml

SHARED = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>"
VIRTIOFSD = glob.glob('/usr/lib*/qemu/virtiofsd') + glob.glob('/usr/libexec/virtiofsd')

needs_virtiofsd = pytest.mark.skipif(not VIRTIOFSD or os.geteuid() != 0, reason='needs virtiofsd, and root for it')
needs_passt = pytest.mark.skipif(not shutil.which('passt'), reason='passt is not installed')


def share(session, name='share', more=''):
    folder = os.path.join(session.folder, name)
    os.makedirs(folder, exist_ok=True)
    with open(folder + '/greeting', 'w', encoding='utf-8') as f:
        f.write(f'from {name}\n')
    return f"<filesystem type='mount'><driver type='virtiofs'/>{more}<source dir='{folder}'/><target dir='{name}'/></filesystem>"


def boot(session, devices='', extra=SHARED):
    path = session.define(devices=BUSES + devices, machine='q35', extra=extra, **harness.guest('console=ttyS0 quiet'))
    session.domain(path, 'Start')
    console = session.fd(path, 'OpenConsole')
    read_until(console, GREETING)
    return path, console


def run(console, line, answer):
    """@answer must not stand in the line itself, which the terminal repeats."""
    os.write(console, line.encode() + b'\n')
    return read_until(console, answer.encode())


def running(session, program):
    """PIDs of what the daemon started: it writes into the log of QEMU."""
    found = []
    for pid in session.own_processes():
        try:
            with open(f'/proc/{pid}/cmdline', encoding='utf-8') as f:
                name = f.read().split('\0')[0]
        except OSError:
            continue
        if os.path.basename(name) == program:
            found.append(pid)
    return found


def gone(session, program):
    harness.wait_for(lambda: not running(session, program), 60, f'{program} to be gone')


def sockets(session):
    return glob.glob(session.folder + '/run/roost/domain/*/*-fs.sock')


MOUNT = "mkdir -p /m; modprobe virtiofs; mount -t virtiofs {0} /m && cat /m/greeting"


# --- virtiofs ---

@needs_virtiofsd
def test_folder(session):
    cache = "<binary xattr='on'><cache mode='none'/><lock posix='off' flock='off'/></binary>"
    path, console = boot(session, share(session, more=cache))
    run(console, MOUNT.format('share'), 'from share')
    run(console, "echo guest > /m/written; echo do''ne", 'done')
    with open(session.folder + '/share/written', encoding='utf-8') as f:
        assert f.read() == 'guest\n'
    before = running(session, 'virtiofsd')
    session.kill()
    session.start()
    session.wait_state(path, 'running')
    assert running(session, 'virtiofsd') == before
    console = session.fd(path, 'OpenConsole')
    run(console, "sed s/guest/sti''ll/ /m/written", 'still')
    session.domain(path, 'Destroy')
    gone(session, 'virtiofsd')
    assert not sockets(session)


NOBODY = 65534


@pytest.mark.skipif(os.geteuid() != NOBODY, reason='the next test runs it')
def test_folder_as_nobody(session):
    """What root of the guest does is done as the user, whose own folder it is."""
    path, console = boot(session, share(session))
    run(console, MOUNT.format('share'), 'from share')
    run(console, "echo guest > /m/written; stat -c 'owner %u' /m/written", 'owner 0')
    session.kill()
    session.start()
    session.wait_state(path, 'running')
    console = session.fd(path, 'OpenConsole')
    run(console, "echo again >> /m/written; sed s/again/agai''n-and-again/ /m/written", 'again-and-again')
    assert os.stat(session.folder + '/share/written').st_uid == NOBODY
    run(console, "umount /m && echo unmou''nted", 'unmounted')
    attached = attach(session, path, share(session, 'late'), live=True)
    run(console, MOUNT.format('late'), 'from late')
    run(console, "umount /m && echo unmou''nted", 'unmounted')
    detach(session, path, attached, live=True)
    session.domain(path, 'Destroy')
    gone(session, 'virtiofsd')
    assert not sockets(session)


@needs_virtiofsd
def test_folder_of_a_user():
    as_nobody = ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups']
    if subprocess.run([*as_nobody, 'unshare', '--user', harness.ROOSTD, '--version'], check=False,
                      capture_output=True).returncode != 0:
        pytest.skip('the build, or namespaces, are not for everybody here')
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, NOBODY, NOBODY)
        places = dict.fromkeys(('HOME', 'XDG_CACHE_HOME', 'XDG_RUNTIME_DIR', 'ROOST_TEST_GUEST'), folder)
        said = subprocess.run([*as_nobody, sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', __file__,
                               '-k', 'test_folder_as_nobody'], env=dict(os.environ, **places), check=False,
                              capture_output=True, text=True)
    assert said.returncode == 0 and '1 passed' in said.stdout, said.stdout + said.stderr


@needs_virtiofsd
def test_plugged_folder(session):
    path, console = boot(session)
    before = live_xml(session, path), stored_xml(session, path)
    for _ in range(2):
        alias = attach(session, path, share(session, 'late'))
        assert running(session, 'virtiofsd') and len(sockets(session)) == 1
        run(console, MOUNT.format('late'), 'from late')
        run(console, "umount /m && echo unmou''nted", 'unmounted')
        detach(session, path, alias)
        gone(session, 'virtiofsd')
        assert not sockets(session)
        assert (live_xml(session, path), stored_xml(session, path)) == before


@needs_virtiofsd
@pytest.mark.parametrize('fault', ['plug device:fail-after', 'store device:fail', 'plug device:kill'])
def test_plug_that_goes_wrong(fault):
    with harness.Session(env={'ROOST_FAULT': fault}) as session:
        path = session.define(devices=BUSES, machine='q35', extra=SHARED)
        session.domain(path, 'Start', paused=True)
        with pytest.raises(GLib.Error):
            attach(session, path, share(session), timeout=120)
        if fault.endswith('kill'):
            session.daemon.wait()
            session.daemon = None
            del session.env['ROOST_FAULT']
            session.start()
        if not fault.endswith('after') and 'store' not in fault:
            gone(session, 'virtiofsd')
            assert not sockets(session)
        session.domain(path, 'Destroy')
        gone(session, 'virtiofsd')


@needs_virtiofsd
def test_folder_refused(session):
    with harness.refused('NotSupported', "shared memory: <memoryBacking> with <access mode='shared'/>"):
        session.define('bare', devices=share(session), machine='q35')
    path = session.define(devices=BUSES, machine='q35', extra=SHARED)
    session.domain(path, 'Start', paused=True)
    before = live_xml(session, path), stored_xml(session, path)
    with harness.refused('Storage', 'fs0: /nowhere is no folder that can be shared'):
        attach(session, path, share(session).replace(session.folder + '/share', '/nowhere'))
    with harness.refused('NotSupported', 'fs0: /nowhere/virtiofsd cannot be run'):
        attach(session, path, share(session, more="<binary path='/nowhere/virtiofsd'/>"))
    assert (live_xml(session, path), stored_xml(session, path)) == before
    session.domain(path, 'Destroy')
    session.domain(path, 'Undefine')
    broken = share(session, more="<binary path='/bin/false'/>")
    path = session.define(devices=BUSES + broken, machine='q35', extra=SHARED)
    with harness.refused('Qemu', 'fs0-fs.sock'):
        session.domain(path, 'Start')
    assert not sockets(session) and not list(session.own_processes())


# --- passt ---

def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def accepts(port):
    """Is the port of the host forwarded?"""
    with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), 5):
        return True
    return False


def passt(port, more=''):
    return ("<interface type='user'><mac address='52:54:00:00:00:41'/><backend type='passt'/>"
            f"<portForward proto='tcp' address='127.0.0.1'><range start='{port}' to='7'/></portForward>"
            f"<model type='virtio'/>{more}</interface>")


ROUTER = "$(ip route | sed -n 's/^default via \\([^ ]*\\).*/\\1/p')"


def reaches_the_host(console):
    """passt takes the guest's router for this host."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        server.settimeout(60)
        os.write(console, f'until ip route | grep -q ^default; do sleep 1; done; nc {ROUTER} {server.getsockname()[1]}\n'.encode())
        connection, _ = server.accept()
        with connection:
            connection.sendall(b'welcome\n')  # passt may lose what comes just before the end
            read_until(console, b'welcome')
        read_until(console, b'guest# ')


PLUGGED_NET = (b'modprobe virtio_net; until ip link set eth0 up 2> /dev/null; do sleep 1; done;'
               b' udhcpc -n -q -i eth0 -s /bin/dhcp > /dev/null 2>&1\n')


@needs_passt
def test_passt(session):
    port = free_port()
    path, console = boot(session, passt(port), extra='')
    reaches_the_host(console)
    assert accepts(port)
    session.kill()
    session.start()
    session.wait_state(path, 'running')
    reaches_the_host(session.fd(path, 'OpenConsole'))
    session.domain(path, 'Destroy')
    gone(session, 'passt')
    harness.wait_for(lambda: not accepts(port), 60, 'the port to be free')


@needs_passt
def test_plugged_passt(session):
    port = free_port()
    path, console = boot(session, extra='')
    alias = attach(session, path, passt(port))
    assert len(running(session, 'passt')) == 1 and accepts(port)
    os.write(console, PLUGGED_NET)
    reaches_the_host(console)
    detach(session, path, alias)
    gone(session, 'passt')


def forward(proto, ranges, where="address='127.0.0.1'"):
    return f"<portForward proto='{proto}' {where}>{ranges}</portForward>"


def one(port, to, more=''):
    return f"<range start='{port}' to='{to}'{more}/>"


def card(forwards, more=''):
    return ("<interface type='user'><mac address='52:54:00:00:00:41'/><backend type='passt'/>"
            f"{more}{forwards}<model type='virtio'/></interface>")


def echo_disk(session):
    """A disk whose bytes are a program that echoes UDP."""
    path = session.folder + '/udp-echo'
    subprocess.run(['cc', '-static', '-O1', '-o', path, os.path.join(os.path.dirname(__file__), 'udp-echo.c')], check=True)
    os.truncate(path, -(-os.path.getsize(path) // 512) * 512)
    return ("<disk type='file' device='disk'><driver name='qemu' type='raw'/>"
            f"<source file='{path}'/><target dev='vda' bus='virtio'/><readonly/></disk>")


def serve(console, tcp, udp):
    """Each TCP port of the guest tells its number to who says something."""
    run(console, 'cat /dev/vda > /echo; chmod 755 /echo; /echo ' + ' '.join(map(str, udp)) + " & echo ec''hoes", 'echoes')
    for port in tcp:
        run(console, f"nc -ll -p {port} -e sh -c 'while read line; do echo this is {port}; done' & echo list''ens", 'listens')
    run(console, "until netstat -ltun | grep -c ':1[0-9][0-9]* ' | grep -qx "
        f"{len(tcp) + len(udp)}; do sleep 1; done; echo read''y", 'ready')


def ask_tcp(port, host='127.0.0.1'):
    """What the guest says; '' where nobody is."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), 60) as s:
        s.sendall(b'hello\n')
        return s.makefile().readline().strip()
    return ''


def ask_udp(port, host='127.0.0.1'):
    """It may be lost on the way, so it is said again."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(2)
        for i in range(15):
            with contextlib.suppress(socket.timeout):
                s.sendto(f'hello {i}'.encode(), (host, port))
                return s.recv(100).decode().split()[0]
    return ''


def own_address():
    """(address, device) of the host's default route; (None, None) without one."""
    shown = subprocess.run(['ip', '-j', '-4', 'route', 'get', '192.0.2.254'], capture_output=True, text=True, check=False).stdout
    route = json.loads(shown or '[{}]')[0]
    return route.get('prefsrc'), route.get('dev')


def free_range(count):
    """The first of so many ports of which none is taken."""
    for first in range(20000, 30000, count):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + count):
                stack.enter_context(socket.create_server(('', port)))
            return first
    raise AssertionError('no free ports')


@needs_passt
def test_forwards(session):
    """In a network that is not the host's: ranges, `to`, excludes, an address, a device."""
    first, single, udp = free_range(5), free_port(), free_port()
    host, dev = own_address()
    forwards = (forward('tcp', f"<range start='{first}' end='{first + 4}' to='1000'/>"
                        f"<range start='{first + 2}' end='{first + 3}' exclude='yes'/>")
                + forward('udp', one(udp, 1007)) + forward('tcp', one(single, 1010), f"dev='{dev}'"))
    path, console = boot(session, card(forwards, "<ip family='ipv4' address='10.9.8.7' prefix='24'/>") + echo_disk(session), extra='')
    reaches_the_host(console)
    run(console, 'ip route', 'default via 10.9.8.1')
    serve(console, (1000, 1004, 1010), (1007,))
    assert [ask_tcp(first + n) for n in range(5)] == ['this is 1000', '', '', '', 'this is 1004']
    assert not accepts(first + 2) and not accepts(first + 3)
    assert accepts(first + 1)  # nobody serves it in the guest
    assert ask_udp(udp) == 'hello'
    assert ask_tcp(single, host) == 'this is 1010' and not accepts(single)
    session.kill()
    session.start()
    session.wait_state(path, 'running')
    assert ask_tcp(first) == 'this is 1000' and ask_udp(udp) == 'hello'
    session.domain(path, 'Destroy')
    gone(session, 'passt')
    harness.wait_for(lambda: not accepts(first), 60, 'the port to be free')


@needs_passt
def test_plugged_forwards(session):
    tcp, udp = free_port(), free_port()
    path, console = boot(session, echo_disk(session), extra='')
    alias = attach(session, path, card(forward('tcp', one(tcp, 1001)) + forward('udp', one(udp, 1002))))
    os.write(console, PLUGGED_NET)
    reaches_the_host(console)
    serve(console, (1001,), (1002,))
    assert ask_tcp(tcp) == 'this is 1001' and ask_udp(udp) == 'hello'
    detach(session, path, alias)
    alias = attach(session, path, card(forward('tcp', one(tcp, 1001))))  # at once: the old passt may still be ending
    detach(session, path, alias)
    gone(session, 'passt')
    harness.wait_for(lambda: not accepts(tcp), 60, 'the port to be free')


@needs_passt
def test_taken_ports(session):
    """passt is content with one of several ports, or with one family; we are not."""
    first = free_range(3)
    device = card(forward('tcp', f"<range start='{first}' end='{first + 2}'/>"))
    path = session.define(devices=BUSES + device, machine='q35')
    plain = session.define('plain', devices=BUSES, machine='q35')
    session.domain(plain, 'Start', paused=True)
    before = live_xml(session, plain), stored_xml(session, plain)
    text = f'net0: the TCP port {first + 1} of 127.0.0.1 cannot be forwarded: Address already in use'
    with socket.create_server(('127.0.0.1', first + 1)):
        with harness.refused('Exists', text):
            session.domain(path, 'Start')
        with harness.refused('Exists', text):
            attach(session, plain, device)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(('0.0.0.0', 0))
        taken = s.getsockname()[1]
        with harness.refused('Exists', f'the UDP port {taken} of 0.0.0.0 cannot'):
            attach(session, plain, card(forward('udp', one(taken, 7), '')))
    with harness.refused('Io', f'port {first} of 192.0.2.99 cannot be forwarded: Cannot assign'):
        attach(session, plain, card(forward('tcp', one(first, 7), "address='192.0.2.99'")))
    with harness.refused('Io', f'port {first} of 0.0.0.0%nosuch0 cannot be forwarded: No such device'):
        attach(session, plain, card(forward('tcp', one(first, 7), "dev='nosuch0'")))
    with harness.refused('InvalidXml', "'localhost' is no IP address"):
        session.define('bad', devices=card(forward('tcp', one(first, 7), "address='localhost'")))
    assert (live_xml(session, plain), stored_xml(session, plain)) == before
    assert not running(session, 'passt') and session.get(path, 'State') == 'shut-off'
    session.domain(path, 'Start', paused=True)  # the port is free again


@needs_passt
def test_passt_that_ends():
    """What it says reaches the caller: here it has no network to take."""
    with harness.Session(prefix=('unshare', '--net', '--map-root-user')) as session:
        path = session.define(devices=card(''), machine='q35')
        with harness.refused('Qemu', "(?s)net0: the program 'passt' does not serve it.*xternal"):
            session.domain(path, 'Start')
        plain = session.define('plain', devices=BUSES, machine='q35')
        session.domain(plain, 'Start', paused=True)
        with harness.refused('Qemu', "(?s)net0: the program 'passt' does not serve it: .*xternal"):
            attach(session, plain, card(''))
        assert not running(session, 'passt') and session.get(plain, 'State') == 'paused'


def backends(session):
    root = ET.fromstring(session.manager('GetDomainCapabilities'))
    return [value.text for value in root.findall("devices/interface[@supported='yes']/enum[@name='backendType']/value")]


def created(session, *more):
    shown = session.ctl('create', 'web', '--disk', 'none', '--print-xml', *more)
    assert shown.returncode == 0, shown.stderr
    return ET.fromstring(shown.stdout).find("devices/interface[@type='user']/backend[@type='passt']") is not None


@needs_passt
def test_passt_by_choice(session):
    assert backends(session) == ['default', 'passt']
    iso = ('--iso', harness.guest_iso())
    assert created(session, *iso, '--network', 'user=passt')
    assert not created(session, *iso) and not created(session, *iso, '--network', 'user=slirp')
    refused = session.ctl('create', 'web', *iso, '--network', 'user=other')
    assert refused.returncode == 2 and "'user=other' is no network; it is user, user=passt" in refused.stderr


def test_no_passt(session):
    session.stop()
    session.env['PATH'] = session.folder
    session.start()
    os.symlink('/usr/bin/qemu-system-x86_64', session.folder + '/qemu-system-x86_64')
    assert backends(session) == ['default'] and not created(session, '--iso', harness.guest_iso())
    path = session.define(devices='<emulator>/usr/bin/qemu-system-x86_64</emulator>' + passt(free_port()))
    with harness.refused('NotSupported', "backend type='passt'.*'passt', which is not installed .Debian has it in passt"):
        session.domain(path, 'Start')


# --- vhost-user-gpu ---

@pytest.mark.skipif(not glob.glob('/usr/lib*/qemu/vhost-user-gpu'), reason='vhost-user-gpu is not installed')
def test_gpu(session):
    video = "<video><driver name='vhostuser'/><model type='virtio'/></video><graphics type='vnc' autoport='yes'/>"
    xml = harness.domain_xml(devices=BUSES + video, machine='q35', extra=SHARED).replace("<video><model type='vga'/></video>", '')
    path = session.manager('DefineDomain', 's', xml)
    with harness.refused('Qemu', 'requires kvm'):  # QEMU's own rule, once it has spoken with the helper
        session.domain(path, 'Start')
    gone(session, 'vhost-user-gpu')
