# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looking at a guest and typing into it: keys, pointers, channels, consoles, displays and their passwords."""
import os
import select
import time

import harness
import pytest
from gi.repository import GLib

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
    os.write(console, b'modprobe virtio_input; sleep 1; ' + EVENTS.encode())
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


@pytest.mark.parametrize('serial', ["<serial type='unix'><source mode='bind'/></serial>", ''])
def test_console_goes_from_hand_to_hand(session, serial):
    """Of many who take it by force at once, one has it in the end, and all the others read the end."""
    path = session.define(devices=serial, **harness.guest('console=ttyS0 quiet' if not serial else
                                                          'console=ttyS1 quiet'))
    device = 'serial1' if serial else 'serial0'
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
    open_ends = [fd for fd in got if not (select.select([fd], [], [], 0)[0] and not os.read(fd, 65536))]
    assert len(open_ends) == 1
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
