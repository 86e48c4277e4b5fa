# SPDX-License-Identifier: LGPL-2.1-or-later
"""What follows when a guest powers off, reboots, crashes, hangs or sleeps."""
import glob
import os
import re
import subprocess
import time

import harness
import pytest
from test_domain_guest import BOOT_SECONDS, GREETING, read_until, states

PANIC = "<panic model='isa'/>"


def guest(then=None, extra='', devices='', memory=128):
    parts = harness.guest('console=ttyS0 quiet' + (f' guest.then={then}' if then else ''))
    return dict(parts, extra=extra, devices=devices, memory=memory)


def started(session, **kwargs):
    path = session.define(**kwargs)
    seen = session.record()
    session.domain(path, 'Start')
    return path, seen


def console(session, path):
    fd = session.fd(path, 'OpenConsole')
    read_until(fd, GREETING)
    return fd


def type_in(fd, line, answer):
    os.write(fd, line.encode() + b'\n')
    return read_until(fd, answer)


def dumps(session, folder=None):
    return sorted(glob.glob(os.path.join(folder or os.path.join(session.env['XDG_STATE_HOME'], 'roost/dump'), '*')))


def is_core(path):
    with open(path, 'rb') as f:
        return f.read(4) == b'\x7fELF'


# --- a crash ---

def test_crash_destroys(session):
    path, seen = started(session, **guest('panic', devices=PANIC))
    session.pump(lambda: states(seen)[-1:] == [('shut-off', 'crashed')], BOOT_SECONDS)
    assert ('crashed', 'panicked') in states(seen)
    assert [args for _, _, name, args in seen if name == 'GuestPanicked'] == [('pause',)]


def test_crash_preserves_and_is_found_again(session):
    path, seen = started(session, **guest('panic', '<on_crash>preserve</on_crash>', PANIC))
    session.pump(lambda: states(seen)[-1:] == [('crashed', 'panicked')], BOOT_SECONDS)
    session.kill()
    session.start()
    assert session.get(path, 'State') == 'crashed'
    session.domain(path, 'Reset')
    session.domain(path, 'Destroy')
    assert session.get(path, 'StateReason') == 'destroyed'


def test_crash_restarts(session):
    path, seen = started(session, **guest('panic', '<on_crash>restart</on_crash>', PANIC))
    pid = session.get(path, 'Pid')
    session.pump(lambda: states(seen).count(('crashed', 'panicked')) >= 2, 2 * BOOT_SECONDS)
    assert states(seen)[:5] == [('starting', 'booted'), ('running', 'booted'), ('crashed', 'panicked'),
                                ('running', 'booted'), ('crashed', 'panicked')]
    assert session.get(path, 'Pid') == pid


def test_crash_dumps_and_destroys(tmp_path):
    with harness.Session(start=False) as session:
        folder = os.path.join(session.env['XDG_CONFIG_HOME'], 'roost')
        os.makedirs(folder)
        with open(os.path.join(folder, 'roost.conf'), 'w', encoding='utf-8') as f:
            f.write(f'[dump]\nauto-dump={tmp_path}\n')
        session.start()
        path, seen = started(session, **guest('panic', '<on_crash>coredump-destroy</on_crash>', PANIC))
        session.pump(lambda: states(seen)[-1:] == [('shut-off', 'crashed')], BOOT_SECONDS)
        found = dumps(session, tmp_path)
        assert len(found) == 1 and os.path.basename(found[0]).startswith('demo-2')
        assert is_core(found[0]) and os.path.getsize(found[0]) > 128 << 20
        assert os.stat(found[0]).st_mode & 0o077 == 0


def test_crash_dump_goes_on_after_a_kill(session):
    """The daemon is killed while the memory is dumped: the next one makes it whole, and the guest starts again."""
    path, seen = started(session, **guest('panic', '<on_crash>coredump-restart</on_crash>', PANIC))
    session.pump(lambda: states(seen)[-1:] == [('crashed', 'panicked')], BOOT_SECONDS)
    session.kill()
    session.start()
    harness.wait_for(lambda: session.get(path, 'State') == 'running', BOOT_SECONDS)
    assert any(is_core(name) for name in dumps(session))


# --- a power-off, a reboot ---

def test_reset_where_a_reboot_destroys(session):
    """on_reboot is about the guest's own reboots: neither Reset nor the fake reboot of on_poweroff ends it."""
    path, seen = started(session, **guest(extra='<on_poweroff>restart</on_poweroff><on_reboot>destroy</on_reboot>'))
    fd = console(session, path)
    session.domain(path, 'Reset')
    read_until(fd, GREETING)
    os.write(fd, b'poweroff -f\n')
    read_until(fd, GREETING)
    os.write(fd, b'reboot -f\n')
    session.pump(lambda: states(seen)[-1:] == [('shut-off', 'shutdown')], BOOT_SECONDS)
    assert states(seen)[2:5] == [('shutting-down', 'guest'), ('running', 'booted'), ('shutting-down', 'guest')]
    os.close(fd)


def test_restart_goes_on_after_a_kill(session):
    """Killed between the reset and what lets the guest go."""
    path = session.define(**guest('poweroff', '<on_poweroff>restart</on_poweroff>'))
    session.domain(path, 'Start')
    for _ in range(2):
        session.kill()
        time.sleep(0.5)
        session.start()
    seen = session.record()
    session.pump(lambda: ('running', 'booted') in states(seen), BOOT_SECONDS)
    assert session.get(path, 'State') in ('running', 'shutting-down')


# --- a watchdog ---

def watchdog(action):
    return f"<watchdog model='i6300esb' action='{action}'/>"


def bite(fd):
    """The guest's watchdog runs out two seconds of the guest's own later."""
    os.write(fd, b'watchdog -T 2 -t 1000 /dev/watchdog\n')


@pytest.mark.parametrize('action, last', [
    ('pause', ('paused', 'watchdog')), ('poweroff', ('shut-off', 'shutdown')), ('shutdown', ('shut-off', 'shutdown'))])
def test_watchdog(session, action, last):
    path, seen = started(session, **guest(devices=watchdog(action)))
    fd = console(session, path)
    bite(fd)
    session.pump(lambda: states(seen)[-1:] == [last], BOOT_SECONDS)
    assert ('WatchdogFired', (action,)) in [(name, args) for _, _, name, args in seen]
    if action == 'pause':
        session.domain(path, 'Resume')
        type_in(fd, 'echo six times seven is $((6 * 7))', b'is 42')
    os.close(fd)


@pytest.mark.parametrize('action', ['reset', 'none', 'inject-nmi'])
def test_watchdog_that_lets_it_run(session, action):
    path, seen = started(session, **guest(devices=watchdog(action)))
    fd = console(session, path)
    bite(fd)
    session.pump(lambda: ('WatchdogFired', (action,)) in [s[2:] for s in seen], BOOT_SECONDS)
    if action == 'reset':
        read_until(fd, GREETING)
        session.pump(lambda: any(s[2] == 'RebootOccurred' for s in seen))
    assert session.get(path, 'State') == 'running'
    os.close(fd)


def test_watchdog_dumps(session):
    path, seen = started(session, **guest(devices=watchdog('dump')))
    fd = console(session, path)
    bite(fd)
    session.pump(lambda: states(seen)[-2:] == [('paused', 'watchdog'), ('running', 'unpaused')], BOOT_SECONDS)
    assert len(dumps(session)) == 1 and is_core(dumps(session)[0])
    type_in(fd, 'echo six times seven is $((6 * 7))', b'is 42')
    os.close(fd)


# --- sleep ---

def sleepy_guest(**kwargs):
    """With the kernel as Debian has it: one that was unpacked beforehand is put into the memory again at each reset,
    and waking is one."""
    out = subprocess.run([os.path.join(harness.ROOT, 'tools/mkguest'), '--slow-kernel', '--cache', harness.GUEST_DIR],
                         capture_output=True, text=True, check=True).stdout
    return dict(guest(memory=192, **kwargs), kernel=re.search('kernel=(.*)', out)[1])


def test_sleep_and_wake(session):
    path, seen = started(session, **sleepy_guest(extra="<pm><suspend-to-mem enabled='yes'/></pm>"))
    fd = console(session, path)
    with harness.refused('NotSupported', 'only a guest that sleeps'):
        session.domain(path, 'PmWakeup')
    os.write(fd, b'echo mem > /sys/power/state; echo awake $((1 + 1))\n')
    session.pump(lambda: states(seen)[-1:] == [('pm-suspended', 'guest')], BOOT_SECONDS)
    with harness.refused('NotSupported', 'pm-suspended'):
        session.domain(path, 'Suspend')
    session.kill()
    session.start()
    session.wait_state(path, 'pm-suspended')
    again = session.fd(path, 'OpenConsole')
    session.domain(path, 'PmWakeup')
    read_until(again, b'awake 2')
    session.wait_state(path, 'running')
    assert session.get(path, 'StateReason') == 'wakeup'
    os.close(again)
    os.close(fd)
