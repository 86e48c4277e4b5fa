# SPDX-License-Identifier: LGPL-2.1-or-later
"""What follows when a guest powers off, reboots, crashes, hangs or sleeps."""
import contextlib
import glob
import json
import os
import pathlib
import re
import subprocess
import time

import harness
import pytest
from test_domain_guest import BOOT_SECONDS, GREETING, PROMPT, read_until, states, type_until

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
    read_until(fd, PROMPT)
    return fd


def type_in(fd, line, answer):
    os.write(fd, line.encode() + b'\n')
    return read_until(fd, answer)


def dumps(session, folder=None):
    return sorted(glob.glob(os.path.join(folder or os.path.join(session.env['XDG_STATE_HOME'], 'roost/dump'), '*')))


def taken_over(session):
    """The daemon that was started again has its guest: what needs QEMU works."""
    harness.wait_for(lambda: 'taken over' in session.log_text(), BOOT_SECONDS)


def when_free(session, path, method):
    """A daemon that has just taken over looks at its guests, and holds each for a moment."""
    def has_gone():
        try:
            session.domain(path, method)
        except harness.GLib.Error as error:
            assert harness.error_name(error).endswith('Busy'), error
            return False
        return True
    harness.wait_for(has_gone, 60)


def is_core(path):
    """One that was not finished may be removed meanwhile."""
    with contextlib.suppress(FileNotFoundError), open(path, 'rb') as f:
        return f.read(4) == b'\x7fELF'
    return False


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
    taken_over(session)
    assert session.get(path, 'State') == 'crashed'
    when_free(session, path, 'Reset')
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
    harness.wait_for(lambda: any(is_core(name) for name in dumps(session)), BOOT_SECONDS)
    harness.wait_for(lambda: session.get(path, 'State') == 'running', BOOT_SECONDS)
    assert any(is_core(name) for name in dumps(session))


# --- a power-off, a reboot ---

def test_reset_where_a_reboot_destroys(session):
    """on_reboot is about the guest's own reboots: neither Reset nor the fake reboot of on_poweroff ends it."""
    path, seen = started(session, **guest(extra='<on_poweroff>restart</on_poweroff><on_reboot>destroy</on_reboot>'))
    fd = console(session, path)
    session.domain(path, 'Reset')
    read_until(fd, PROMPT)
    os.write(fd, b'poweroff -f\n')
    read_until(fd, PROMPT)
    os.write(fd, b'sleep 8; reboot -f\n')  # so long after the last reset a reboot is the guest's own
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
    taken_over(session)
    again = session.fd(path, 'OpenConsole')
    when_free(session, path, 'PmWakeup')
    read_until(again, b'awake 2')
    session.wait_state(path, 'running')
    assert session.get(path, 'StateReason') == 'wakeup'
    os.close(again)
    os.close(fd)


# --- time ---

AGENT = ("<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>")


def agent_guest(*options, **kwargs):
    out = subprocess.run([os.path.join(harness.ROOT, 'tools/mkguest'), '--agent', *options, '--cache', harness.GUEST_DIR],
                         capture_output=True, text=True, check=True).stdout
    files = dict(line.split('=', 1) for line in out.split())
    return dict(guest(devices=AGENT, **kwargs), memory=256, kernel=files['kernel'], initrd=files['initrd'])


def configured(conf):
    session = harness.Session(start=False)
    folder = os.path.join(session.env['XDG_CONFIG_HOME'], 'roost')
    os.makedirs(folder)
    with open(os.path.join(folder, 'roost.conf'), 'w', encoding='utf-8') as f:
        f.write(conf)
    session.start()
    return session


def clock_of(fd):
    """Seconds since 1970, as the guest has it."""
    text = type_in(fd, 'echo "now:$(date +%s):"', b':\r\n')
    return int(re.findall(rb'now:(\d+):', text)[-1])


def is_now(fd):
    return abs(clock_of(fd) - time.time()) < 60


def test_time_by_the_agent():
    with configured('[time]\nafter-pause=1\n') as session:
        path, _seen = started(session, **agent_guest())
        fd = console(session, path)
        harness.wait_for(lambda: session.get(path, 'AgentConnected'), BOOT_SECONDS)
        type_in(fd, "date -s '2001-02-03 04:05:06'; echo set $((1 + 1))", b'set 2')
        assert not is_now(fd)
        told = 'qmp_enter_rtc_reset_reinjection'  # QEMU's own name for it, which it writes into its log
        trace = {'execute': 'trace-event-set-state', 'arguments': {'name': told, 'enable': True}}
        session.domain(path, 'QemuMonitorCommand', 's', json.dumps(trace))
        session.domain(path, 'SetTime')
        assert is_now(fd)
        log = pathlib.Path(session.env['XDG_STATE_HOME'], 'roost/log/demo.log')
        harness.wait_for(lambda: told in log.read_text('utf-8', 'replace'), 60, 'QEMU to forget the ticks that were missed')
        type_in(fd, "date -s '2001-02-03 04:05:06'; echo set $((1 + 1))", b'set 2')
        session.domain(path, 'SetTime', sync=True)  # SetTime has set the clock of the hardware as well
        assert is_now(fd)
        session.domain(path, 'SetTime', time=harness.GLib.Variant('t', 1500000000000000))
        assert 0 <= clock_of(fd) - 1500000000 < 600
        with harness.refused('InvalidArgument', 'exclude each other'):
            session.domain(path, 'SetTime', time=harness.GLib.Variant('t', 1500000000000000), sync=True)

        type_in(fd, "date -s '2001-02-03 04:05:06'; echo set $((1 + 1))", b'set 2')
        session.domain(path, 'Suspend')
        with harness.refused('AgentUnavailable', ''):
            session.domain(path, 'SetTime')
        time.sleep(1.5)
        session.domain(path, 'Resume')
        harness.wait_for(lambda: is_now(fd), 60)
        os.close(fd)


def test_no_agent(session):
    path = session.define()
    with harness.refused('NotRunning'):
        session.domain(path, 'SetTime')
    session.domain(path, 'Start')
    with harness.refused('AgentUnavailable'):
        session.domain(path, 'SetTime')
    with harness.refused('AgentUnavailable'):
        session.domain(path, 'PmSuspend', 's', 'mem')
    with harness.refused('InvalidArgument', 'there are mem, disk, hybrid'):
        session.domain(path, 'PmSuspend', 's', 'deep')


def test_sleep_by_the_agent(session):
    path, seen = started(session, **agent_guest('--slow-kernel', extra="<pm><suspend-to-mem enabled='yes'/>"
                                                                       "<suspend-to-disk enabled='no'/></pm>"))
    fd = console(session, path)
    harness.wait_for(lambda: session.get(path, 'AgentConnected'), BOOT_SECONDS)
    with harness.refused('NotSupported', "its <pm> says so"):
        session.domain(path, 'PmSuspend', 's', 'disk')
    session.domain(path, 'PmSuspend', 's', 'mem')
    session.pump(lambda: states(seen)[-1:] == [('pm-suspended', 'guest')], BOOT_SECONDS)
    assert session.ctl('pm-wakeup', 'demo').returncode == 0
    session.pump(lambda: states(seen)[-1:] == [('running', 'wakeup')], BOOT_SECONDS)
    type_until(fd, '\necho six times seven is $((6 * 7))', b'is 42')
    os.close(fd)


def adjustment(session, path, **options):
    return int(re.search(r"<clock offset='variable'[^>]* adjustment='(-?\d+)'",
                         session.domain(path, 'GetXml', **options))[1])


def test_variable_clock(session):
    """What the guest does to its clock is kept: in what runs and in what is stored, also when nobody listened."""
    path, seen = started(session, **guest(extra="<clock offset='variable' adjustment='3600'/>"))
    fd = console(session, path)
    type_in(fd, 'date -s "@$(($(date +%s) + 7200))"; hwclock -w -u; echo done', b'done\r')
    session.pump(lambda: any(name == 'RtcChanged' and abs(args[0] - 10800) < 60 for _, _, name, args in seen), 60)
    harness.wait_for(lambda: abs(adjustment(session, path, inactive=True) - 10800) < 60)
    assert abs(adjustment(session, path) - 10800) < 60
    os.write(fd, b'(sleep 2; date -s "@$(($(date +%s) + 7200))"; hwclock -w -u) > /dev/null &\n')
    type_in(fd, 'echo six times seven is $((6 * 7))', b'is 42')
    session.kill()
    os.close(fd)
    time.sleep(4)
    session.start()
    harness.wait_for(lambda: abs(adjustment(session, path, inactive=True) - 18000) < 60, 60)
    assert abs(adjustment(session, path) - 18000) < 60
    session.domain(path, 'Destroy')
    session.domain(path, 'Start')
    assert abs(adjustment(session, path) - 18000) < 60



# --- a disk that fails ---

DISK = """<disk type='network' device='disk'>
  <driver name='qemu' type='raw' cache='none' {policy}/>
  <source protocol='nbd' name=''><host transport='unix' socket='{socket}'/></source>
  <target dev='vda' bus='virtio'/>
</disk>"""


class FailingDisk:
    """Fails each request while the file `broken` is there."""

    def __init__(self, folder, error):
        self.socket = os.path.join(folder, 'nbd.sock')
        self.broken = os.path.join(folder, 'broken')
        self.process = subprocess.Popen(['nbdkit', '-f', '-U', self.socket, '--filter=error', 'memory', '16M',
                                         'error=' + error, 'error-rate=100%', 'error-file=' + self.broken])
        harness.wait_for(lambda: os.path.exists(self.socket), what='nbdkit')

    def break_it(self):
        with open(self.broken, 'w', encoding='utf-8'):
            pass

    def mend(self):
        os.unlink(self.broken)

    def close(self):
        self.process.kill()  # asked, it would wait for QEMU to go
        self.process.wait()


@pytest.fixture
def failing(request, tmp_path):
    disk = FailingDisk(str(tmp_path), getattr(request, 'param', 'ENOSPC'))
    yield disk
    disk.close()


def io_errors(seen):
    return [args for _, _, name, args in seen if name == 'IoError']


def write(fd):
    os.write(fd, b'dd if=/dev/zero of=/dev/vda bs=4096 count=4 oflag=direct conv=fsync && echo written $((40 + 2))\n')


@pytest.mark.parametrize('policy', ['stop', 'enospace'])
def test_io_error_stops_and_resume_goes_on(session, failing, policy):
    disk = DISK.format(policy=f"error_policy='{policy}'", socket=failing.socket)
    path, seen = started(session, **guest(devices=disk))
    fd = console(session, path)
    failing.break_it()
    write(fd)
    session.pump(lambda: states(seen)[-1:] == [('paused', 'io-error')], BOOT_SECONDS)
    assert io_errors(seen)[0][:3] == ('virtio-disk0', 'write', 'stop')
    session.kill()
    session.start()
    session.wait_state(path, 'paused')
    assert session.get(path, 'StateReason') == 'io-error'
    taken_over(session)
    failing.mend()
    fd_2 = session.fd(path, 'OpenConsole')
    when_free(session, path, 'Resume')
    read_until(fd_2, b'written 42')
    assert session.get(path, 'State') == 'running'
    os.close(fd)
    os.close(fd_2)


@pytest.mark.parametrize('policy', ['report', 'ignore'])
def test_io_error_that_the_guest_sees_or_not(session, failing, policy):
    disk = DISK.format(policy=f"error_policy='{policy}'", socket=failing.socket)
    path, seen = started(session, **guest(devices=disk))
    fd = console(session, path)
    failing.break_it()
    write(fd)
    read_until(fd, b'written 42' if policy == 'ignore' else b'dd: ')
    session.pump(lambda: io_errors(seen), 60)
    assert io_errors(seen)[0][:3] == ('virtio-disk0', 'write', policy)
    assert session.get(path, 'State') == 'running'
    os.close(fd)


@pytest.mark.parametrize('failing', ['EIO'], indirect=True)
def test_other_errors_than_a_full_storage(session, failing):
    path, seen = started(session, **guest(devices=DISK.format(policy="error_policy='enospace'", socket=failing.socket)))
    fd = console(session, path)
    failing.break_it()
    write(fd)
    read_until(fd, b'dd: ')
    session.pump(lambda: io_errors(seen), 60)
    assert io_errors(seen)[0][:3] == ('virtio-disk0', 'write', 'report')
    assert session.get(path, 'State') == 'running'
    os.close(fd)


def read(fd):
    os.write(fd, b'dd if=/dev/vda of=/dev/null bs=4096 count=4 iflag=direct && echo read $((40 + 2))\n')


@pytest.mark.parametrize('failing', ['EIO'], indirect=True)
@pytest.mark.parametrize('policy', ['stop', 'report', 'ignore'])
def test_read_errors(session, failing, policy):
    path, seen = started(session, **guest(devices=DISK.format(policy=f"rerror_policy='{policy}'", socket=failing.socket)))
    fd = console(session, path)
    read(fd)
    read_until(fd, b'read 42')
    failing.break_it()
    read(fd)
    if policy == 'stop':
        session.pump(lambda: states(seen)[-1:] == [('paused', 'io-error')], BOOT_SECONDS)
        failing.mend()
        session.domain(path, 'Resume')
    read_until(fd, b'dd: ' if policy == 'report' else b'read 42')
    session.pump(lambda: io_errors(seen), 60)
    assert io_errors(seen)[0][:3] == ('virtio-disk0', 'read', policy)
    assert session.get(path, 'State') == 'running'
    os.close(fd)


# --- what follows, changed while it runs ---

def test_lifecycle_is_changed(session):
    path, seen = started(session, **guest())
    fd = console(session, path)
    with harness.refused('InvalidArgument', 'the events are poweroff, reboot, crash'):
        session.domain(path, 'SetLifecycleAction', 'ss', 'sleep', 'destroy')
    with harness.refused('InvalidArgument', 'the actions are destroy'):
        session.domain(path, 'SetLifecycleAction', 'ss', 'reboot', 'explode')
    with harness.refused('NotSupported', 'on_poweroff'):
        session.domain(path, 'SetLifecycleAction', 'ss', 'poweroff', 'preserve')
    session.domain(path, 'SetLifecycleAction', 'ss', 'reboot', 'destroy', live=True)
    assert '<on_reboot>destroy' in session.domain(path, 'GetXml')
    assert '<on_reboot>restart' in session.domain(path, 'GetXml', inactive=True)
    assert session.ctl('lifecycle', '--config', 'demo', 'crash', 'preserve').returncode == 0
    assert '<on_crash>preserve' not in session.domain(path, 'GetXml')
    assert '<on_crash>preserve' in session.domain(path, 'GetXml', inactive=True)
    session.kill()
    session.start()
    taken_over(session)
    again = session.fd(path, 'OpenConsole')
    os.write(again, b'\nreboot -f\n')
    session.wait_state(path, 'shut-off', BOOT_SECONDS)
    assert session.get(path, 'StateReason') == 'shutdown'
    with harness.refused('NotRunning'):
        session.domain(path, 'SetLifecycleAction', 'ss', 'reboot', 'destroy', live=True)
    session.domain(path, 'SetLifecycleAction', 'ss', 'reboot', 'destroy')
    assert '<on_reboot>destroy' in session.domain(path, 'GetXml')
    os.close(fd)
    os.close(again)
