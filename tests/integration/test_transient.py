# SPDX-License-Identifier: LGPL-2.1-or-later
"""<transient/>: what a guest writes is thrown away when it stops, however it stops."""
import glob
import json
import os
import re
import signal

import harness
import pytest
from test_hotplug import BUSES, attach, detach, image, live_xml, start_small, stored_xml

START = b'plain.img'


def disk(path, target='sda', bus='usb', transient='<transient/>', kind='raw'):
    return (f"<disk type='file'><driver name='qemu' type='{kind}'/><source file='{path}'/>"
            f"<target dev='{target}' bus='{bus}'/>{transient}</disk>")


def overlays(session):
    return glob.glob(session.folder + '/state/roost/transient/*/*')


def monitor(session, path, command, **arguments):
    text = json.dumps({'execute': command, 'arguments': arguments})
    return session.domain(path, 'QemuMonitorCommand', 's', text)


def io(session, path, command):
    """What the guest's disk does with a command of qemu-io, which prints into QEMU's log."""
    log = f"{session.folder}/state/roost/log/{session.get(path, 'Name')}.log"
    with open(log, encoding='utf-8') as f:
        f.seek(0, os.SEEK_END)
        said = monitor(session, path, 'human-monitor-command',
                       **{'command-line': f'qemu-io -d /machine/peripheral/usb-disk0/usb-disk0.0/legacy[0] "{command}"'})
        assert said == '""', said
        return f.read()


def write(session, path, letter):
    assert 'wrote 512/512' in io(session, path, f'write -P {letter} 0 512')


def first_bytes(path):
    with open(path, 'rb') as f:
        return f.read(len(START))


def none_left(session):
    harness.wait_for(lambda: not overlays(session), what='the overlays to go')


@pytest.mark.parametrize('how', ['Destroy', 'SIGKILL', 'nobody'])
def test_thrown_away(session, how):
    base = image(session)
    path = session.define(devices=BUSES + disk(base), machine='q35')
    stored = stored_xml(session, path)
    for _ in range(2):
        session.domain(path, 'Start', paused=True)
        overlay, = overlays(session)
        assert os.path.getsize(overlay) < 1 << 20
        assert f"<source file='{overlay}'" in live_xml(session, path)
        assert re.search(f"<backingStore.*<source file='{base}'", live_xml(session, path), re.S)
        write(session, path, 65)
        if how == 'Destroy':
            session.kill()
            session.start()
            session.wait_state(path, 'paused')
            assert overlays(session) == [overlay]
            session.domain(path, 'Destroy')
        elif how == 'SIGKILL':
            os.kill(session.get(path, 'Pid'), signal.SIGKILL)
        else:
            pid = session.get(path, 'Pid')
            session.kill()
            os.kill(pid, signal.SIGKILL)
            session.start()
        session.wait_state(path, 'shut-off')
        none_left(session)
        assert first_bytes(base) == START and stored_xml(session, path) == stored


def test_host_went_down(session):
    session.stop()
    folder = session.folder + '/state/roost/transient/0b8bc4ad-fa7a-4b52-a3b4-4b9d5f0c1a11'
    os.makedirs(folder)
    with open(folder + '/usb-disk0.qcow2', 'wb') as f:
        f.write(b'x')
    session.start()
    none_left(session)
    harness.wait_for(lambda: not os.path.exists(folder), what='the folder to go')


def test_shared(session):
    """Two guests have one image; a third, which would write it, does not get it."""
    base = image(session)
    shared = disk(base, transient="<transient shareBacking='yes'/>")
    paths = [session.define(name, devices=BUSES + shared, machine='q35') for name in ('one', 'two')]
    for path in paths:
        session.domain(path, 'Start', paused=True)
    write(session, paths[0], 66)
    write(session, paths[1], 67)
    assert 'verification failed' in io(session, paths[0], 'read -P 67 0 512')
    assert 'verification failed' not in io(session, paths[0], 'read -P 66 0 512')
    third = session.define('three', devices=BUSES + disk(base, transient=''), machine='q35')
    with harness.refused('Qemu', 'lock'):
        session.domain(third, 'Start')
    for path in paths:
        session.domain(path, 'Destroy')
    none_left(session)
    assert first_bytes(base) == START


def test_plugged(session):
    base = image(session)
    path = start_small(session)
    before = stored_xml(session, path)
    alias = attach(session, path, disk(base))
    overlay, = overlays(session)
    assert overlay in live_xml(session, path)
    assert overlay not in stored_xml(session, path) and f"<source file='{base}'/>" in stored_xml(session, path)
    write(session, path, 68)
    attach(session, path, disk(image(session, 'other.img'), 'sdb', transient=''), live=True)  # all is checked again
    detach(session, path, alias)
    assert not overlays(session)
    assert stored_xml(session, path) == before and first_bytes(base) == START
    nodes = monitor(session, path, 'query-named-block-nodes')
    assert 'sda-' not in nodes
    attach(session, path, disk(base))
    session.domain(path, 'Destroy')
    none_left(session)
    session.domain(path, 'Start', paused=True)
    assert len(overlays(session)) == 1


@pytest.mark.parametrize('fault', ['plug device:fail-after', 'store device:fail'])
def test_failed_plug(fault):
    with harness.Session(env={'ROOST_FAULT': fault}) as session:
        path = start_small(session)
        with harness.refused('Io', 'injected'):
            attach(session, path, disk(image(session)))
        assert not overlays(session)


def test_what_cannot_be(session):
    path = session.define(devices=BUSES + disk(image(session), kind='qcow2'), machine='q35')
    with harness.refused('Storage', "disk 'sda': its overlay cannot be made: qemu-img: .*"):
        session.domain(path, 'Start')
    none_left(session)
    session.domain(path, 'Undefine')
    secret = "<encryption format='luks'><secret type='passphrase' usage='x'/></encryption>"
    locked = disk(image(session)).replace("'/><target", f"'>{secret}</source><target")
    path = session.define(devices=BUSES + locked, machine='q35')
    with harness.refused('NotSupported', "disk 'sda': an encrypted image cannot be <transient/>"):
        session.domain(path, 'Start')
