# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looking at a guest and typing into it: keys, pointers, channels, consoles, displays and their passwords."""
import json
import os
import select
import socket
import subprocess
import sys
import time

import harness
import pytest
from gi.repository import Gio, GLib

sys.path.append(os.path.join(harness.ROOT, 'tests', 'viewer'))
import viewer  # noqa: E402

GREETING = b'Hello from the guest'
BOOT_SECONDS = 200
TABLET = "<controller type='usb' model='qemu-xhci'/><input type='tablet' bus='usb'/>"


def read_until(fd, words, timeout=BOOT_SECONDS):
    text = b''
    end = time.monotonic() + timeout
    while words not in text:
        ready, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
        data = os.read(fd, 65536) if ready else b''
        assert data, f'no {words} on the console, but: {text[-2000:]}'
        text += data
    return text


def at_end(fd):
    """What was still to come is read; then the stream must end."""
    while os.read(fd, 65536):
        pass
    return True


def is_open(fd):
    """What has come is read; whether the stream may go on after that."""
    while select.select([fd], [], [], 0)[0]:
        if not os.read(fd, 65536):
            return False
    return True


def booted(session, devices='', **kwargs):
    path = session.define(devices=devices, **{**harness.guest(), **kwargs})
    session.domain(path, 'Start')
    console = session.fd(path, 'OpenConsole')
    read_until(console, GREETING)
    return path, console


def pointer(session, path, *events, **options):
    packed = [(name, GLib.Variant(kind, value)) for name, kind, value in events]
    return session.domain(path, 'SendPointer', 'a(sv)', packed, **options)


def channel(session, path, name, **options):
    args = GLib.Variant('(sa{sv})', (name, {k: GLib.Variant('b', v) for k, v in options.items()}))
    reply, fds = session.connection.call_with_unix_fd_list_sync(
        harness.NAME, path, harness.DOMAIN, 'OpenChannel', args, None, 0, 60000, None, None)
    return fds.get(reply.unpack()[0])


# --- keys ---

def test_typed_text_reaches_the_guest(session):
    path, console = booted(session)
    text = 'echo "The_quick: <brown> {fox}" | tr a-z A-Z > /dev/ttyS0; echo "$((6*7))~!@#%^&*" > /dev/ttyS0\n'
    session.domain(path, 'SendText', 's', text)
    seen = read_until(console, b'42~!@#%^&*')
    assert b'THE_QUICK: <BROWN> {FOX}' in seen

    # An unknown key, a letter that is on none, and too much of it: nothing at all is typed.
    with harness.refused('InvalidArgument', "did you mean 'ctrl'"):
        session.domain(path, 'SendKey', 'as', ['a', 'crtl'])
    with harness.refused('InvalidArgument', 'character 3, U\\+00E4'):
        session.domain(path, 'SendText', 's', 'abä\n')
    with harness.refused('LimitExceeded', '1000'):
        session.domain(path, 'SendText', 's', 'x' * 1001)
    with harness.refused('InvalidArgument', '1 to 16'):
        session.domain(path, 'SendKey', 'as', [])
    for key in 'echo':
        session.domain(path, 'SendKey', 'as', [key], hold_time=GLib.Variant('t', 10000))
    session.domain(path, 'SendText', 's', ' done >/dev/ttyS0')
    session.domain(path, 'SendKey', 'as', ['KEY_ENTER'])
    assert read_until(console, b'done').strip().splitlines()[-1] == b'done'

    # Together: ^C ends what runs, and the shell goes on.
    session.domain(path, 'SendText', 's', 'sleep 1000\n')
    session.domain(path, 'SendKey', 'as', ['KEY_LEFTCTRL', 'c'])
    session.domain(path, 'SendText', 's', 'echo again >/dev/ttyS0\n')
    read_until(console, b'again')

    session.domain(path, 'Suspend')
    for method, signature, value in (('SendKey', 'as', ['a']), ('SendText', 's', 'a')):
        with harness.refused('NotRunning', 'is paused'):
            session.domain(path, method, signature, value)
    session.domain(path, 'Resume')
    session.domain(path, 'InjectNmi')
    read_until(console, b'NMI')
    session.domain(path, 'Destroy')
    with harness.refused('NotRunning', 'shut-off'):
        session.domain(path, 'SendText', 's', 'a')
    os.close(console)


def test_two_texts_are_not_mixed(session):
    path, console = booted(session)
    slow = GLib.Variant('(sa{sv})', ('echo one > /dev/ttyS0\n', {'hold-time': GLib.Variant('t', 30000)}))
    ended = []
    session.connection.call(harness.NAME, path, harness.DOMAIN, 'SendText', slow, None, 0, 60000, None,
                            lambda connection, result: ended.append(connection.call_finish(result)))
    with harness.refused('Busy', 'another text'):
        session.domain(path, 'SendText', 's', 'two')
    session.pump(lambda: ended)
    read_until(console, b'one')
    session.domain(path, 'SendText', 's', 'echo two > /dev/ttyS0\n')
    read_until(console, b'two')
    os.close(console)


# --- the pointer ---

# What the guest's tablet tells, as words of 16 bits: time (64 bits), type, code, value (32 bits).
EVENTS = 'for e in /dev/input/event*; do hexdump -v -e \'12/2 "%04x " "\\n"\' $e > /dev/ttyS0 & done\n'


def test_pointer(session):
    path, console = booted(session, devices="<input type='tablet' bus='virtio'/>")
    os.write(console, EVENTS.encode())
    os.write(console, b'echo listening $((2 + 3))\n')
    read_until(console, b'listening 5')
    time.sleep(2)
    pointer(session, path, ('move', '(dd)', (0.5, 1.0)), ('click', 's', 'left'), ('wheel', '(ii)', (0, -1)))
    text = read_until(console, b'0002 0008 ffff ffff')
    assert b'0003 0000 4000 0000' in text and b'0003 0001 7fff 0000' in text  # EV_ABS x, y
    down, up = text.index(b'0001 0110 0001 0000'), text.index(b'0001 0110 0000 0000')  # EV_KEY BTN_LEFT
    assert down < up
    for events, why in (
            ([('move', '(dd)', (0.5, 1.5))], 'event 1: .*0.0 to 1.0'),
            ([('move', '(dd)', (float('nan'), 0.5))], '0.0 to 1.0'),
            ([('click', 's', 'left'), ('press', 's', 'wheel-up')], "event 2: .*not 'wheel-up'"),
            ([('move', 's', 'left')], "of type '\\(dd\\)'"),
            ([('jump', 's', 'left')], "not 'jump'"),
            ([('wheel', '(ii)', (0, 101))], 'at most 100'),
            ([], '1 to 100')):
        with harness.refused('InvalidArgument', why):
            pointer(session, path, *events)
    with harness.refused('InvalidArgument', 'no head 1'):
        pointer(session, path, ('click', 's', 'left'), head=GLib.Variant('u', 1))
    with harness.refused('NotFound', "no video device 'video7'"):
        pointer(session, path, ('click', 's', 'left'), device='video7')
    os.close(console)


def test_pointer_without_a_tablet(session):
    path = session.define()
    session.domain(path, 'Start')
    with harness.refused('NotSupported', 'no tablet.*<input'):
        pointer(session, path, ('move', '(dd)', (0.5, 0.5)))
    pointer(session, path, ('shift', '(ii)', (5, -5)), ('click', 's', 'right'))


# --- screens ---

def test_screenshot_of_each_head(session):
    second = "<video><model type='virtio' heads='2'/></video>"
    path = session.define(devices=second)
    session.domain(path, 'Start')

    def shot(**options):
        picture = session.fd(path, 'Screenshot', **options)
        data = os.read(picture, 1 << 20)
        os.close(picture)
        assert data.startswith(b'\x89PNG\r\n\x1a\n')
        return data
    first = shot()
    assert shot(device='video0')[:24] == first[:24]
    for head in (0, 1):
        shot(device='video1', head=GLib.Variant('u', head))
    with harness.refused('InvalidArgument', "'video1'.*2 head"):
        shot(device='video1', head=GLib.Variant('u', 2))
    with harness.refused('InvalidArgument', "'video0'.*1 head"):
        shot(head=GLib.Variant('u', 1))
    with harness.refused('NotFound', 'video9'):
        shot(device='video9')


# --- channels and consoles ---

AGENT = "<channel type='unix'><source mode='bind'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
OWN = "<channel type='unix'><source mode='bind'/><target type='virtio' name='org.example.0'/></channel>"


def test_channel(session):
    path, console = booted(session, devices=OWN + AGENT)
    mine = channel(session, path, 'org.example.0')
    os.write(console, b'for p in /sys/class/virtio-ports/*; do echo ${p##*/} $(cat $p/name); done\n')
    port = [line for line in read_until(console, b'org.example.0').split(b'\n') if b'org.example' in line][0].split()[0]
    os.write(console, b'echo to the host > /dev/' + port + b'\n')
    read_until(mine, b'to the host')
    with harness.refused('Busy', 'by force'):
        channel(session, path, 'org.example.0')
    other = channel(session, path, 'org.example.0', force=True)
    assert at_end(mine)
    os.write(console, b'echo still > /dev/' + port + b'\n')
    read_until(other, b'still')
    with harness.refused('NotFound', "no channel 'org.none'; it has 'org.example.0'"):
        channel(session, path, 'org.none')
    with harness.refused('NotSupported', 'org.roost1.Domain.Agent'):
        channel(session, path, 'org.qemu.guest_agent.0', force=True)
    with harness.refused('NotSupported', 'org.roost1.Domain.Agent'):
        session.fd(path, 'OpenConsole', device='channel1', force=True)
    os.close(mine)
    os.close(other)
    os.close(console)


@pytest.mark.parametrize('device', ['serial0', 'serial1'])
def test_console_goes_from_hand_to_hand(session, device):
    """Of many who take it by force at once, one has it in the end, and all the others read the end. The first serial
    port is a pty, the second a socket."""
    serial = f"<serial type='unix'><source mode='bind' path='{session.folder}/serial.sock'/></serial>"
    path = session.define(devices=serial, **harness.guest(f'console=ttyS{device[-1]} quiet'))
    session.domain(path, 'Start')
    first = session.fd(path, 'OpenConsole', device=device)
    read_until(first, GREETING)
    got = []

    def on_reply(connection, result):
        reply, fds = connection.call_with_unix_fd_list_finish(result)
        got.append(fds.get(reply.unpack()[0]))
    options = {'device': GLib.Variant('s', device), 'force': GLib.Variant('b', True)}
    for _ in range(8):
        session.connection.call_with_unix_fd_list(
            harness.NAME, path, harness.DOMAIN, 'OpenConsole', GLib.Variant('(a{sv})', (options,)), None, 0, 60000,
            None, None, on_reply)
    session.pump(lambda: len(got) == 8, 60)
    assert at_end(first)
    session.pump(lambda: len([fd for fd in got if is_open(fd)]) == 1)
    open_ends = [fd for fd in got if is_open(fd)]
    os.write(open_ends[0], b'echo six times seven is $((6 * 7))\n')
    read_until(open_ends[0], b'is 42')

    # A daemon that was killed takes its consoles with it; the next one opens them again.
    session.kill()
    assert at_end(open_ends[0])
    session.start()
    again = session.fd(path, 'OpenConsole', device=device)
    os.write(again, b'echo seven times seven is $((7 * 7))\n')
    read_until(again, b'is 49')
    for fd in [first, again] + got:
        os.close(fd)


# --- displays ---

SECRET = 'Xq7!zP2w'
DISPLAY = 'org.roost1.Domain.Display'
DBUS = "<graphics type='dbus' p2p='yes'/>"
VNC = f"<graphics type='vnc' passwd='{SECRET}'><listen type='none'/></graphics>"
SPICE = f"<graphics type='spice' passwd='{SECRET}'><listen type='none'/></graphics>"


def pack(options):
    return {key.replace('_', '-'): value if isinstance(value, GLib.Variant)
            else GLib.Variant('b' if isinstance(value, bool) else 's', value) for key, value in options.items()}


def open_display(session, path, kind, **options):
    reply, fds = session.connection.call_with_unix_fd_list_sync(
        harness.NAME, path, DISPLAY, 'Open', GLib.Variant('(sa{sv})', (kind, pack(options))), None, 0, 60000,
        None, None)
    return socket.socket(fileno=fds.get(reply.unpack()[0]))


def connect_display(session, path, kind, fd, **options):
    fds = Gio.UnixFDList.new()
    fds.append(fd)
    session.connection.call_with_unix_fd_list_sync(
        harness.NAME, path, DISPLAY, 'Connect', GLib.Variant('(sha{sv})', (kind, 0, pack(options))), None, 0, 60000,
        fds, None)


def set_password(session, path, kind, password, **options):
    session.with_options(path, DISPLAY, 'SetPassword', 'ss', (kind, password), options=pack(options))


def displays(session, path):
    return session.get(path, 'Displays', DISPLAY)


def save(frame, name):
    """Kept where somebody wants to look at it."""
    if os.environ.get('ROOST_TEST_PICTURES'):
        frame.save(os.path.join(os.environ['ROOST_TEST_PICTURES'], name + '.png'))
    assert frame.width >= 640 and len(frame.colors()) > 1
    return frame


def is_closed(peer):
    return select.select([peer], [], [], 0)[0] and not peer.recv(1 << 16)


def test_dbus_display(session):
    path, console = booted(session, devices=DBUS)
    assert displays(session, path) == [{'type': 'dbus', 'can-open': True}]
    assert session.get(path, 'Heads', DISPLAY) == [
        {'device': 'video0', 'model': 'vga', 'head': 0, 'primary': True}]
    display = viewer.DBusDisplay(open_display(session, path, 'dbus'))
    assert display.property('/org/qemu/Display1/VM', 'org.qemu.Display1.VM', 'Name') == 'demo'
    display.listen(display.consoles()[0])
    before = save(display.wait(), 'dbus').colors()

    # One viewer has it; another takes it by force, and the first reads the end.
    with harness.refused('Busy', 'by force'):
        open_display(session, path, 'dbus')
    ours, theirs = socket.socketpair()
    connect_display(session, path, 'dbus', theirs.fileno(), force=True)
    theirs.close()
    session.pump(display.main.is_closed, what='the end for the first viewer')
    second = viewer.DBusDisplay(ours)
    second.listen(second.consoles()[0])
    save(second.wait(), 'dbus-second')
    assert before

    # What the guest draws is seen: the text that it is told to show.
    drawn = bytes(second.frame.data)
    os.write(console, b'echo Looking and typing > /dev/tty0\n')
    save(second.wait(lambda: bytes(second.frame.data) != drawn), 'dbus-text')

    # The daemon goes, the viewer stays; when it leaves, the display is free.
    session.kill()
    assert second.property('/org/qemu/Display1/VM', 'org.qemu.Display1.VM', 'Name') == 'demo'
    session.start()
    second.close()
    third = open_display(session, path, 'dbus')
    third.close()
    harness.wait_for(lambda: open_display(session, path, 'dbus'), what='a free display')
    with harness.refused('InvalidArgument', "'skip-auth'|'nothing'"):
        open_display(session, path, 'dbus', nothing=True)
    os.close(console)


def test_a_silent_viewer_stops_the_guest_and_is_seen(session):
    """QEMU waits for the listener of a D-Bus display. Responsive says so, Destroy always works."""
    path = session.define(devices=DBUS)
    session.domain(path, 'Start')
    display = viewer.DBusDisplay(open_display(session, path, 'dbus'))
    ours, theirs = socket.socketpair()
    fds = Gio.UnixFDList.new_from_array([theirs.detach()])
    display.main.call_with_unix_fd_list(None, '/org/qemu/Display1/Console_0', 'org.qemu.Display1.Console',
                                        'RegisterListener', GLib.Variant('(h)', (0,)), None, 0, 60000, fds, None,
                                        None)
    display.main.flush_sync(None)
    # A call that has to ask QEMU notices it; the first may come before QEMU has read our message.
    idle = [True]

    def is_stuck():
        if idle[0]:
            idle[0] = False
            session.connection.call(harness.NAME, path, harness.DOMAIN, 'Screenshot', GLib.Variant('(a{sv})', ({},)),
                                    None, 0, 60000, None, lambda *_: idle.__setitem__(0, True))
        return not session.get(path, 'Responsive')
    session.pump(is_stuck, 120, 'Responsive is false')
    ours.close()  # it speaks, or it leaves
    harness.wait_for(lambda: session.get(path, 'Responsive'), 60, 'Responsive is true again')
    session.domain(path, 'Destroy')


def test_vnc(session):
    path = session.define(devices=VNC)
    session.domain(path, 'Start')
    assert displays(session, path) == [{'type': 'vnc', 'can-open': True, 'listen': 'none', 'password': True}]
    save(viewer.vnc_frame(open_display(session, path, 'vnc'), SECRET), 'vnc')
    with pytest.raises(viewer.Refused):
        viewer.vnc_frame(open_display(session, path, 'vnc'), 'wrong')
    with pytest.raises(viewer.Refused):
        viewer.vnc_frame(open_display(session, path, 'vnc'), '')
    assert viewer.vnc_enter(open_display(session, path, 'vnc', skip_auth=True)) == 1
    ours, theirs = socket.socketpair()
    connect_display(session, path, 'vnc', theirs.fileno())
    theirs.close()
    assert viewer.vnc_enter(ours, SECRET) == 2

    # Several look on, and stay when the daemon goes.
    one, two = (open_display(session, path, 'vnc') for _ in range(2))
    viewer.vnc_frame(one, SECRET)
    viewer.vnc_frame(two, SECRET)
    session.kill()
    one.sendall(b'\3\0' + bytes(4) + b'\0\10\0\10')  # another 8x8 pixels
    assert viewer.read_exactly(one, 1) == b'\0'
    assert not is_closed(two)
    session.start()
    save(viewer.vnc_frame(open_display(session, path, 'vnc'), SECRET), 'vnc-again')

    # Sockets that are none, and a display that is not there.
    with open('/dev/null', 'rb') as null, harness.refused('InvalidArgument', 'no connected stream socket'):
        connect_display(session, path, 'vnc', null.fileno())
    lone = socket.socket(socket.AF_UNIX)
    with harness.refused('InvalidArgument', 'no connected stream socket'):
        connect_display(session, path, 'vnc', lone.fileno())
    with harness.refused('InvalidArgument', 'is for SPICE'):
        open_display(session, path, 'vnc', tls=True)
    with harness.refused('InvalidArgument', 'serve several'):
        open_display(session, path, 'vnc', force=True)
    with harness.refused('NotFound', "<graphics type='dbus'/>"):
        open_display(session, path, 'dbus')
    with harness.refused('InvalidArgument', "not 'rdp'"):
        open_display(session, path, 'rdp')
    with harness.refused('Qemu', 'tls'):
        session.with_options(path, DISPLAY, 'ReloadTls', '', ())
    session.domain(path, 'Destroy')
    with harness.refused('NotRunning'):
        open_display(session, path, 'vnc')


def test_spice(session):
    path = session.define(devices=SPICE)
    session.domain(path, 'Start')
    viewer.spice_enter(open_display(session, path, 'spice'), SECRET)
    with pytest.raises(viewer.Refused):
        viewer.spice_enter(open_display(session, path, 'spice'), 'wrong')
    set_password(session, path, 'spice', 'a longer one for SPICE', connected='disconnect')
    viewer.spice_enter(open_display(session, path, 'spice'), 'a longer one for SPICE')
    with pytest.raises(viewer.Refused):
        viewer.spice_enter(open_display(session, path, 'spice'), SECRET)
    session.domain(path, 'UpdateDevice', 's',
                   "<graphics type='spice' passwd='by element' connected='disconnect'><listen type='none'/></graphics>")
    viewer.spice_enter(open_display(session, path, 'spice'), 'by element')
    set_password(session, path, 'spice', 'gone', valid_for=GLib.Variant('t', 0))
    with pytest.raises(viewer.Refused):
        viewer.spice_enter(open_display(session, path, 'spice'), 'gone')


def xml_of(session, path, **options):
    return session.domain(path, 'GetXml', **options)


def test_passwords(session):
    path = session.define(devices=VNC)
    session.domain(path, 'Start')

    def enters(password):
        try:
            viewer.vnc_enter(open_display(session, path, 'vnc'), password)
        except viewer.Refused:
            return False
        return True
    set_password(session, path, 'vnc', 'N3w!pass')
    assert enters('N3w!pass') and not enters(SECRET)
    for inactive in (False, True):
        assert "passwd='N3w!pass'" in xml_of(session, path, secrets=True, inactive=inactive)
        text = xml_of(session, path, inactive=inactive)
        assert 'N3w!pass' not in text and SECRET not in text and 'passwd' not in text

    # One side only, and one that ends.
    set_password(session, path, 'vnc', 'forlater', config=True)
    assert enters('N3w!pass') and not enters('forlater')
    set_password(session, path, 'vnc', 'soonover', live=True, valid_for=GLib.Variant('t', 2000000))
    assert enters('soonover')
    harness.wait_for(lambda: not enters('soonover'), what='the end of a password')
    assert "passwd='forlater'" in xml_of(session, path, secrets=True, inactive=True)
    assert "passwdValidTo='" in xml_of(session, path, secrets=True)
    set_password(session, path, 'vnc', 'tillthen', expires_at=GLib.Variant('t', 4102444800 * 1000000))
    assert enters('tillthen')
    assert "passwdValidTo='2100-01-01T00:00:00'" in xml_of(session, path, secrets=True, inactive=True)
    with harness.refused('InvalidArgument', 'exclude each other'):
        set_password(session, path, 'vnc', 'x', expires_at=GLib.Variant('t', 1), valid_for=GLib.Variant('t', 1))
    with harness.refused('InvalidArgument', '9999'):
        set_password(session, path, 'vnc', 'x', valid_for=GLib.Variant('t', 2**64 - 1))
    with harness.refused('InvalidArgument', 'empty password'):
        set_password(session, path, 'vnc', '')
    with harness.refused('InvalidArgument', 'at most 8 bytes'):
        set_password(session, path, 'vnc', 'ninebytes')
    with harness.refused('NotSupported', "can only be 'keep'"):
        set_password(session, path, 'vnc', 'x', connected='disconnect')
    with harness.refused('InvalidArgument', 'connected'):
        set_password(session, path, 'vnc', 'x', connected='perhaps')
    with harness.refused('NotFound', "type 'spice'"):
        set_password(session, path, 'spice', 'x')
    with harness.refused('NotSupported', 'no password'):
        set_password(session, path, 'dbus', 'x')
    assert enters('tillthen')  # all that was refused changed nothing

    # The next start has what was stored; one that is over lets nobody in.
    session.domain(path, 'Destroy')
    set_password(session, path, 'vnc', 'over', valid_for=GLib.Variant('t', 0))
    with harness.refused('NotRunning'):
        set_password(session, path, 'vnc', 'x', live=True)
    session.domain(path, 'Start')
    assert not enters('over')
    session.domain(path, 'Destroy')
    text = session.log_text()
    for word in (SECRET, 'N3w!pass', 'forlater', 'soonover', 'tillthen'):
        assert word not in text


def test_an_empty_password_lets_nobody_in(session):
    path = session.define(devices="<graphics type='vnc' passwd=''><listen type='none'/></graphics>")
    session.domain(path, 'Start')
    with pytest.raises(viewer.Refused):
        viewer.vnc_enter(open_display(session, path, 'vnc'), '')
    set_password(session, path, 'vnc', 'now', live=True)
    assert viewer.vnc_enter(open_display(session, path, 'vnc'), 'now') == 2


def test_no_password_to_change(session):
    path = session.define(devices="<graphics type='vnc'><listen type='none'/></graphics>")
    session.domain(path, 'Start')
    with harness.refused('NotSupported', 'started without a password'):
        set_password(session, path, 'vnc', 'x')
    assert 'passwd' not in xml_of(session, path, secrets=True, inactive=True)
    set_password(session, path, 'vnc', 'x', config=True)
    assert "passwd='x'" in xml_of(session, path, secrets=True, inactive=True)


def test_update_password(session):
    """By the whole element, as other clients do it."""
    path = session.define(devices="<graphics type='vnc' port='-1' autoport='yes' passwd='%s'/>" % SECRET)

    def update(element, **options):
        session.domain(path, 'UpdateDevice', 's', element, **options)

    def enters(password):
        try:
            viewer.vnc_enter(open_display(session, path, 'vnc'), password)
        except viewer.Refused:
            return False
        return True
    session.domain(path, 'Start')
    was = displays(session, path)
    update("<graphics type='vnc' port='-1' autoport='yes' passwd='Upd8'/>")
    assert enters('Upd8') and not enters(SECRET)
    assert displays(session, path) == was
    for inactive in (False, True):
        assert "passwd='Upd8'" in xml_of(session, path, secrets=True, inactive=inactive)

    update("<graphics type='vnc' passwd='Upd8' passwdValidTo='2001-01-01T00:00:00'/>", live=True)
    assert not enters('Upd8')
    update("<graphics type='vnc' passwd='Upd8'/>", live=True)  # the same again, without an end
    assert enters('Upd8')

    with harness.refused('NotSupported', 'keymap'):
        update("<graphics type='vnc' passwd='other' keymap='de'/>")
    with harness.refused('NotSupported', 'passwd'):
        update("<graphics type='vnc'/>")
    with harness.refused('InvalidXml', 'at most 8'):
        update("<graphics type='vnc' passwd='ninebytes'/>")
    with harness.refused('NotSupported', 'connected'):
        update("<graphics type='vnc' passwd='other' connected='disconnect'/>")
    with harness.refused('NotFound', 'graphics'):
        update("<graphics type='spice' passwd='other'/>")
    assert enters('Upd8')
    assert "passwd='Upd8'" in xml_of(session, path, secrets=True, inactive=True)
    update("<graphics type='vnc' port='-1' passwd='later' keymap='de'/>", config=True)
    assert enters('Upd8') and "keymap='de'" in xml_of(session, path, secrets=True, inactive=True)


def test_where_displays_are(session):
    path = session.define(devices="<graphics type='vnc' port='-1'/><graphics type='spice'><listen type='socket'/>"
                                  "</graphics>")
    assert [(d['type'], d['listen'], d.get('uri')) for d in displays(session, path)] == [
        ('vnc', 'address', None), ('spice', 'socket', None)]
    seen = session.record()
    session.domain(path, 'Start')
    session.pump()
    assert any(s[2] == 'PropertiesChanged' and s[3][0] == DISPLAY and 'Displays' in s[3][1] for s in seen)
    vnc, spice = displays(session, path)
    assert vnc['port'] >= 5900 and vnc['uri'] == f"vnc://127.0.0.1:{vnc['port']}"
    assert spice['uri'] == 'spice+unix://' + spice['socket'] and os.path.exists(spice['socket'])
    with socket.create_connection(('127.0.0.1', vnc['port'])) as peer:
        viewer.vnc_enter(peer)
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(spice['socket'])
        viewer.spice_link(peer)
    # The port stays where it is, whatever is changed while the guest runs.
    set_password(session, path, 'vnc', 'x', config=True)
    assert displays(session, path) == [vnc, spice]
    session.kill()
    session.start()
    assert displays(session, path) == [vnc, spice]


# --- roostctl ---

def test_roostctl(session):
    path = session.define(devices=VNC + TABLET)
    session.domain(path, 'Start')

    def good(*args, stdin=None):
        run = session.ctl(*args, stdin=stdin)
        assert run.returncode == 0 and not run.stderr, run.stderr
        return run.stdout
    good('send-key', 'demo', 'ctrl-alt-delete', 'KEY_A')
    good('send-text', '--hold', '1', 'demo', stdin='x' * 1001)
    good('pointer', 'demo', 'move:0.25,1', 'click:left', 'wheel:0,-2')
    good('inject-nmi', 'demo')
    assert 'vnc' in good('display', 'demo') and 'none' in good('display', 'demo')
    assert json.loads(good('--json', 'display', 'demo'))[0]['type'] == 'vnc'
    good('set-display-password', '--valid-for', '300', 'demo', 'vnc', stdin='by hand\n')
    assert viewer.vnc_enter(open_display(session, path, 'vnc'), 'by hand') == 2
    peer, theirs = socket.socketpair()
    with subprocess.Popen([harness.ROOSTCTL, '--user', 'display', '--stdio', 'demo', 'vnc'], env=session.env,
                          stdin=theirs, stdout=theirs) as run:
        theirs.close()
        save(viewer.vnc_frame(peer, 'by hand'), 'vnc-stdio')
        peer.close()
        run.terminate()

    def bad(code, text, *args, stdin=None):
        run = session.ctl(*args, stdin=stdin)
        assert run.returncode == code and text in run.stderr, run.stderr
    bad(1, "did you mean 'ctrl'", 'send-key', 'demo', 'crtl-a')
    bad(2, 'is not like move:0.5,0.5', 'pointer', 'demo', 'move:left')
    bad(3, 'no spice display', 'display', '--stdio', 'demo', 'spice')
    bad(1, 'empty password', 'set-display-password', 'demo', 'vnc', stdin='\n')
