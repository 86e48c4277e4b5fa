# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Linux guest that boots, talks on its console, and powers off or reboots, asked or by itself."""
import os
import select
import time

import harness

GREETING = b'Hello from the guest'
PROMPT = b'guest# '  # its shell listens
BOOT_SECONDS = 200  # under TCG beside other tests


def read_until(fd, words, timeout=BOOT_SECONDS):
    text = b''
    end = time.monotonic() + timeout
    while words not in text:
        ready, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
        data = os.read(fd, 65536) if ready else b''
        assert data, f'no {words} on the console, but: {text[-2000:]}'
        text += data
    return text


def type_until(fd, line, answer, timeout=BOOT_SECONDS):
    """Types @line again and again: a guest that boots or wakes up loses what comes too early."""
    text = b''
    end = time.monotonic() + timeout
    while answer not in text:
        assert time.monotonic() < end, f'no {answer} on the console, but: {text[-2000:]}'
        os.write(fd, line.encode() + b'\n')
        while answer not in text and select.select([fd], [], [], 5)[0]:
            data = os.read(fd, 65536)
            assert data, f'the console has ended: {text[-2000:]}'
            text += data
    return text


def states(seen):
    return [args for _, _, signal, args in seen if signal == 'StateChanged']


def test_console_reboot_shutdown(session):
    path = session.define(**harness.guest())
    seen = session.record()
    session.domain(path, 'Start')
    pid = session.get(path, 'Pid')
    console = session.fd(path, 'OpenConsole')
    read_until(console, GREETING)
    with harness.refused('Busy', 'force'):
        session.fd(path, 'OpenConsole')
    other = session.fd(path, 'OpenConsole', force=True)
    while os.read(console, 65536):  # what it had said; then the end
        pass
    os.close(console)
    os.write(other, b'echo six times seven is $((6 * 7))\n')
    read_until(other, b'is 42')

    session.domain(path, 'Reboot')
    read_until(other, GREETING)
    session.pump(lambda: any(s[2] == 'RebootOccurred' for s in seen), 60)
    assert session.get(path, 'Pid') == pid

    picture = session.fd(path, 'Screenshot')
    assert os.read(picture, 8) == b'\x89PNG\r\n\x1a\n'
    session.domain(path, 'Shutdown')
    session.pump(lambda: session.get(path, 'State') == 'shut-off', BOOT_SECONDS)
    session.pump(lambda: states(seen)[-1][0] == 'shut-off')
    assert states(seen) == [('starting', 'booted'), ('running', 'booted'), ('shutting-down', 'user'),
                            ('running', 'booted'), ('shutting-down', 'user'), ('shut-off', 'shutdown')]
    os.close(other)


def test_power_off_restarts(session):
    parts = harness.guest('console=ttyS0 quiet guest.then=poweroff')
    path = session.define(extra='<on_poweroff>restart</on_poweroff>', **parts)
    seen = session.record()
    session.domain(path, 'Start')
    pid = session.get(path, 'Pid')
    session.pump(lambda: len(states(seen)) >= 4, BOOT_SECONDS)
    assert states(seen)[:4] == [('starting', 'booted'), ('running', 'booted'), ('shutting-down', 'guest'),
                                ('running', 'booted')]
    assert session.get(path, 'Pid') == pid
    session.domain(path, 'Destroy')


def test_reboot_destroys(session):
    parts = harness.guest('console=ttyS0 quiet guest.then=reboot')
    path = session.define(extra='<on_reboot>destroy</on_reboot>', **parts)
    seen = session.record()
    session.domain(path, 'Start')
    session.pump(lambda: states(seen)[-1:] == [('shut-off', 'shutdown')], BOOT_SECONDS)
    assert ('shutting-down', 'guest') in states(seen)


def test_powered_off_without_a_daemon(session):
    """The guest powers off while no daemon is there to see it."""
    path = session.define(**harness.guest('console=ttyS0 quiet guest.then=poweroff'))
    session.domain(path, 'Start')
    session.kill()
    session.start()
    session.kill()
    time.sleep(1)
    session.start()
    harness.wait_for(lambda: session.get(path, 'State') == 'shut-off', BOOT_SECONDS)
    assert session.get(path, 'StateReason') == 'shutdown'


def test_suspended_guest_goes_on(session):
    path = session.define(**harness.guest())
    session.domain(path, 'Start')
    console = session.fd(path, 'OpenConsole')
    read_until(console, GREETING)
    session.domain(path, 'Suspend')
    session.kill()
    session.start()
    session.wait_state(path, 'paused')
    assert session.get(path, 'StateReason') == 'user'
    session.domain(path, 'Resume')
    again = session.fd(path, 'OpenConsole')
    os.write(again, b'echo six times seven is $((6 * 7))\n')
    read_until(again, b'is 42')
    session.domain(path, 'Destroy')
