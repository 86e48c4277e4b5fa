# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices that need something of the host beside QEMU."""
import os
import shutil

import harness
import pytest


def command(pid):
    with open(f'/proc/{pid}/cmdline', 'rb') as line:
        return line.read().split(b'\0')


def is_emulator(session, pid):
    try:
        words = command(pid)
    except OSError:
        return False
    return words[0].endswith(b'swtpm') and any(os.fsencode(session.folder) in word for word in words)


@pytest.mark.skipif(not shutil.which('swtpm'), reason='no swtpm')
def test_emulated_tpm(session):
    tpm = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>"
    path = session.define(machine='q35', devices=tpm)
    session.domain(path, 'Start')
    words = command(session.get(path, 'Pid'))
    assert any(word.startswith(b'socket,id=chrtpm,fd=') for word in words)
    emulators = [pid for pid in os.listdir('/proc') if pid.isdigit() and is_emulator(session, pid)]
    assert len(emulators) == 1
    session.domain(path, 'Destroy')
    session.pump(lambda: session.get(path, 'State') == 'shut-off')
    harness.wait_for(lambda: not os.path.exists(f'/proc/{emulators[0]}'), 10, 'swtpm has ended')
