# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each step of a start fails, is cancelled, or takes the daemon with it: the world is as before."""
import contextlib
import hashlib
import os
import re

import pytest

import harness
from gi.repository import GLib

STEPS = ('configure', 'make folder', 'copy nvram', 'check storage', 'make overlays', 'build command', 'open log', 'open monitor',
         'start helpers', 'spawn qemu', 'connect monitor', 'set up guest', 'run guest')
CASES = [(step, kind) for kind in ('fail', 'fail-after', 'cancel', 'kill', 'kill-after') for step in STEPS]


def world(session):
    """What a start may leave behind: files by content, but for logs and caches; and processes."""
    files = {}
    for folder in ('config', 'state', 'run'):
        for where, _, names in os.walk(os.path.join(session.folder, folder)):
            for name in names:
                path = os.path.join(where, name)
                if name.endswith(('.log', '.lock')) or not os.path.isfile(path):
                    files[path] = None
                else:
                    with open(path, 'rb') as f:
                        files[path] = hashlib.sha256(f.read()).hexdigest()
    return {path: value for path, value in files.items() if not path.endswith(('.log', '.lock'))}


@pytest.fixture(scope='module')
def stage():
    with harness.Session() as session:
        template = os.path.join(session.folder, 'template.fd')
        disk = os.path.join(session.folder, 'disk.img')
        for path, size in ((template, 65536), (disk, 1 << 20)):
            with open(path, 'wb') as f:
                f.truncate(size)
        devices = (f"<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{disk}'/>"
                   "<target dev='vda' bus='virtio'/></disk>")
        path = session.define(devices=devices)
        session.stop()
        yield session, path


@contextlib.contextmanager
def fault(session, text):
    session.env['ROOST_FAULT'] = text
    try:
        session.start()
    finally:
        del session.env['ROOST_FAULT']
    yield
    if session.daemon:
        session.stop()


def start_that_fails(session, path, step, kind):
    try:
        session.domain(path, 'Start')
    except GLib.Error as error:
        if kind.startswith('kill'):
            session.daemon.wait(20)
            session.daemon = None
            return
        assert harness.error_text(error).startswith(f'{step}: ')
        expected = 'Cancelled' if kind == 'cancel' else 'Io'
        assert harness.error_name(error) == 'org.roost1.Error.' + expected
        return
    raise AssertionError('the start went through')


@pytest.mark.parametrize('step,kind', CASES, ids=lambda value: re.sub(r'\W', '-', value))
def test_start(stage, step, kind):
    session, path = stage
    before = world(session)
    with fault(session, f'{step}:{kind}'):
        start_that_fails(session, path, step, kind)
        if not kind.startswith('kill'):
            assert session.get(path, 'State') == 'shut-off'
            assert session.get(path, 'CurrentJob') == '/'
            assert session.get(path, 'Pid') == 0
            assert not list(session.own_processes())
    if (step, kind) == ('run guest', 'kill-after'):
        check_taken_over(session, path)
    elif kind.startswith('kill'):
        check_undone(session, path)
    assert not list(session.own_processes())
    assert world(session) == before


def check_undone(session, path):
    session.start()
    session.wait_state(path, 'shut-off')
    harness.wait_for(lambda: not list(session.own_processes()), what='QEMU to be gone')
    session.domain(path, 'Start')
    session.domain(path, 'Destroy')
    session.stop()


def check_taken_over(session, path):
    """The guest runs already: it is not ended on a guess."""
    pids = list(session.own_processes())
    assert len(pids) == 1
    session.start()
    session.wait_state(path, 'running')
    assert session.get(path, 'Pid') == pids[0]
    session.domain(path, 'Destroy')
    session.stop()


def test_then_it_starts(stage):
    session, path = stage
    session.start()
    session.domain(path, 'Start')
    session.domain(path, 'Destroy')
