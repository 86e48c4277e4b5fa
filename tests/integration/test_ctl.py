# SPDX-License-Identifier: LGPL-2.1-or-later
"""roostctl and a real daemon with a real guest, from its definition to its end."""
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import threading
import time
import zlib

import harness

GREETING = 'Hello from the guest'


def good(run):
    assert run.returncode == 0, run.stderr
    return run.stdout


def write_demo(tmp_path, **kwargs):
    file = tmp_path / 'demo.xml'
    file.write_text(harness.domain_xml('demo', **kwargs))
    return str(file)


def test_without_domains(session):
    assert good(session.ctl('list')).split() == ['NAME', 'STATE', 'UUID']
    assert json.loads(good(session.ctl('--json', 'list'))) == []
    assert 'session' in good(session.ctl('host'))
    assert '<domainCapabilities>' in good(session.ctl('capabilities', '--type', 'qemu'))
    assert session.ctl('capabilities', '--machine', 'teapot').returncode == 1
    assert session.ctl('start', 'demo').returncode == 3
    assert session.ctl('job', 'cancel', '99').returncode == 3
    assert session.ctl('job', 'list').returncode == 0


def test_definitions(session, tmp_path):
    file = write_demo(tmp_path)
    assert good(session.ctl('define', file)) == 'demo\n'
    xml = good(session.ctl('xml', 'demo'))
    uuid = re.search('<uuid>(.*)</uuid>', xml)[1]
    assert good(session.ctl('xml', uuid)) == good(session.ctl('xml', uuid[:8])) == xml
    good(session.ctl('autostart', 'demo'))
    assert re.search('^Autostart: +yes$', good(session.ctl('show', 'demo')), re.M)
    good(session.ctl('autostart', 'demo', 'off'))
    run = session.ctl('define', '-', stdin=harness.domain_xml('demo', uuid='00000000-0000-4000-8000-000000000001'))
    assert run.returncode == 1 and 'demo' in run.stderr and run.stderr.count('\n') == 1
    session.env['EDITOR'] = "sed -i 's|<currentMemory.*|<title>edited</title>&|'"
    good(session.ctl('edit', 'demo'))
    assert '<title>edited</title>' in good(session.ctl('xml', 'demo'))
    session.env['EDITOR'] = "sed -i s/domain/doomain/"
    run = session.ctl('edit', 'demo')
    assert run.returncode == 1 and 'your text is in' in run.stderr
    os.unlink(run.stderr.strip().split()[-1])
    good(session.ctl('undefine', 'demo'))
    assert session.ctl('show', 'demo').returncode == 3


def test_bad_files(session, tmp_path):
    bad = tmp_path / 'bad.xml'
    for text, wanted in [
            ('', r'bad.xml:\d+:\d+: error: '),
            ('<domain', r'bad.xml:1:\d+: error: '),
            ("<domain type='qemu'>\n  <name>x</name>\n  <memory>much</memory>\n</domain>", r'bad.xml:3:\d+: error: .*memory'),
            ('<!DOCTYPE domain [<!ENTITY a "b">]>\n<domain/>', r'bad.xml:\d+:\d+: error: ')]:
        bad.write_text(text)
        run = session.ctl('validate', str(bad))
        assert run.returncode == 1 and re.search(wanted, run.stdout), (text, run.stdout, run.stderr)
        run = session.ctl('define', str(bad))
        assert run.returncode == 1 and run.stderr.startswith(f'roostctl: {bad}: ') and run.stderr.count('\n') == 1
    bad.write_text(harness.domain_xml().replace('<devices>', '<devices>\n<teapot/>'))
    run = session.ctl('validate', str(bad))
    assert run.returncode == 0 and re.search(r':\d+:\d+: warning: .*teapot', run.stdout)
    assert session.ctl('validate', '--strict', str(bad)).returncode == 1
    assert session.ctl('define', '--strict', str(bad)).returncode == 1


def test_wrong_states(session, tmp_path):
    good(session.ctl('define', write_demo(tmp_path)))
    for verb in ('shutdown', 'reboot', 'reset', 'destroy', 'suspend', 'resume', 'console', 'screenshot'):
        run = session.ctl(verb, 'demo')
        assert run.returncode == 5 and run.stderr.count('\n') == 1, (verb, run.returncode, run.stderr)
    good(session.ctl('start', '--paused', 'demo'))
    assert session.ctl('start', 'demo').returncode == 5
    assert re.search(r'^demo +paused +', good(session.ctl('list', '--active')), re.M)
    good(session.ctl('resume', 'demo'))
    good(session.ctl('suspend', 'demo'))
    good(session.ctl('wait', '--state', 'paused', '--timeout', '5', 'demo'))
    good(session.ctl('resume', 'demo'))
    good(session.ctl('reset', 'demo'))
    assert session.ctl('wait', '--timeout', '1', 'demo').returncode == 6
    good(session.ctl('destroy', 'demo'))
    assert re.search(r'^State reason: +destroyed$', good(session.ctl('show', 'demo')), re.M)


def test_start_that_fails(session, tmp_path):
    disk = "<disk type='file' device='disk'><source file='/nonexistent.img'/><target dev='vda' bus='virtio'/></disk>"
    good(session.ctl('define', write_demo(tmp_path, devices=disk)))
    run = session.ctl('start', 'demo')
    assert run.returncode != 0 and '/nonexistent.img' in run.stderr
    assert good(session.ctl('list', '--inactive', '--names')) == 'demo\n'


class Follower:
    """Lines of a process, gathered by a thread."""

    def __init__(self, session, *args):
        self.process = subprocess.Popen([harness.ROOSTCTL, '--user', *args], env=session.env, text=True,
                                        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.text = ''
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            self.text += line

    def wait_for(self, pattern, timeout=90):
        harness.wait_for(lambda: re.search(pattern, self.text) or self.process.poll(), timeout,
                         f'{pattern} in {self.text}')
        assert re.search(pattern, self.text), f'it ended without {pattern}: {self.text}'

    def end(self):
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(20)
        self.thread.join()
        return code


def png_size(data):
    """Reads a PNG as a viewer would: signature, checksums of all chunks, size."""
    assert data[:8] == b'\x89PNG\r\n\x1a\n'
    size, at, kinds = None, 8, []
    while at < len(data):
        length, kind = struct.unpack_from('>I4s', data, at)
        body = data[at + 8:at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack_from('>I', data, at + 8 + length)[0]
        size = struct.unpack('>II', body[:8]) if kind == b'IHDR' else size
        kinds.append(kind)
        at += 12 + length
    assert kinds[0] == b'IHDR' and kinds[-1] == b'IEND'
    return size


def test_a_guest_from_birth_to_end(session, tmp_path):
    monitor = Follower(session, '--json', 'monitor')
    monitor.wait_for('listening')
    good(session.ctl('define', write_demo(tmp_path, **harness.guest())))
    console = Follower(session, 'start', '--console', 'demo')
    console.wait_for(GREETING)
    picture = tmp_path / 'demo.png'
    assert good(session.ctl('screenshot', 'demo', str(picture))) == f'{picture}\n'
    width, height = png_size(picture.read_bytes())
    assert width >= 640 and height >= 400
    run = session.ctl('console', 'demo')
    assert run.returncode == 5, 'a second client of the console'
    good(session.ctl('shutdown', '--wait', '--timeout', '60', 'demo'))
    assert console.process.wait(20) == 0
    console.thread.join()
    monitor.wait_for('"shut-off"')
    assert monitor.end() == 0
    events = [json.loads(line) for line in monitor.text.splitlines()]
    states = [e['values']['state'] for e in events if e['event'] == 'StateChanged']
    assert states[0] == 'starting' and 'running' in states and states[-1] == 'shut-off'
    assert any(e['event'] == 'PropertiesChanged' and e['values'].get('State') == 'running' for e in events)
    assert {e['domain'] for e in events if e['event'] == 'StateChanged'} == {'demo'}
    assert re.search(r'^State reason: +shutdown$', good(session.ctl('show', 'demo')), re.M)


def read_until(fd, pattern, timeout=30):
    text, end = '', time.monotonic() + timeout
    while not re.search(pattern, text):
        assert time.monotonic() < end, f'no {pattern} in {text}'
        if select.select([fd], [], [], 0.2)[0]:
            text += os.read(fd, 4096).decode(errors='replace')
    return text


def test_console_on_a_terminal(session, tmp_path):
    """Keys go to the guest, ^C too; ^] leaves, and the terminal is as it was."""
    good(session.ctl('define', write_demo(tmp_path, **harness.guest())))
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(harness.ROOSTCTL, ['roostctl', '--user', 'start', '--console', 'demo'], session.env)
    read_until(terminal, r'Connected to demo; \^\] leaves')
    read_until(terminal, GREETING)
    read_until(terminal, 'guest# ')
    os.write(terminal, b'echo now; sleep 99\r')
    read_until(terminal, r'\nnow\r')
    time.sleep(0.5)
    os.write(terminal, b'\x03')
    read_until(terminal, 'guest# ')
    os.write(terminal, b'echo $((6*7))\r')
    read_until(terminal, r'\n42\r')
    os.write(terminal, b'\x1d')
    end = time.monotonic() + 20
    while os.waitpid(pid, os.WNOHANG)[0] == 0:
        assert time.monotonic() < end
        time.sleep(0.02)
    os.close(terminal)
    assert session.ctl('list', '--active', '--names').stdout == 'demo\n'
    good(session.ctl('destroy', 'demo'))


def test_monitor_sees_the_daemon_go_and_come(session):
    monitor = Follower(session, 'monitor')
    monitor.wait_for('listening')
    session.kill()
    monitor.wait_for('the daemon went away')
    session.start()
    monitor.wait_for('went away(.|\n)*listening')
    good(session.ctl('define', '-', stdin=harness.domain_xml('late')))
    monitor.wait_for('late +added')
    assert monitor.end() == 0


def test_run_is_forgotten(session):
    assert good(session.ctl('run', '--paused', '-', stdin=harness.domain_xml('brief'))) == 'brief\n'
    assert 'transient' in good(session.ctl('list', '--long'))
    good(session.ctl('destroy', 'brief'))
    assert session.ctl('show', 'brief').returncode == 3
