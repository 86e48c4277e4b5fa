# SPDX-License-Identifier: LGPL-2.1-or-later
"""Memory that comes and goes, in a guest that takes it and gives it back."""
import os
import re

import harness
import pytest
from gi.repository import GLib
from test_domain_guest import GREETING, read_until
from test_hotplug import BUSES, DEVICE, attach, detach, device_path, live_xml, stored_xml

MIB = 1 << 20
NUMA = """<cpu><numa><cell id='0' cpus='0' memory='256' unit='MiB'/></numa></cpu>
  <maxMemory slots='8' unit='MiB'>2048</maxMemory>"""


def dimm(size=128):
    return f"<memory model='dimm'><target><size unit='MiB'>{size}</size><node>0</node></target></memory>"


def virtio(requested, size=256):
    return (f"<memory model='virtio-mem'><target><size unit='MiB'>{size}</size><node>0</node>"
            f"<block unit='MiB'>2</block><requested unit='MiB'>{requested}</requested></target></memory>")


def persistent(model, path):
    node = '<node>0</node>' if model == 'nvdimm' else ''
    with open(path, 'wb') as f:
        f.truncate(128 * MIB)
    return (f"<memory model='{model}'><source><path>{path}</path></source>"
            f"<target><size unit='MiB'>128</size>{node}</target></memory>")


def boot(session, online='online_movable', devices=''):
    """(path, console) of a guest that brings new memory on line by itself."""
    parts = harness.guest(f'console=ttyS0 quiet memhp_default_state={online}')
    path = session.define(devices=BUSES + "<memballoon model='virtio'/>" + devices, machine='q35', extra=NUMA, **parts)
    session.domain(path, 'Start')
    console = session.fd(path, 'OpenConsole')
    read_until(console, GREETING)
    return path, console


def run(console, line):
    os.write(console, f"{line}; echo fin''ished\n".encode())  # the terminal shows the line, too
    read_until(console, b'finished')


def follows(session, path, mib):
    session.pump(lambda: session.get(path, 'Memory') == mib * MIB, 60, f'{mib} MiB')


def not_busy(session, path, *args, **options):
    """False while the new daemon still looks which devices there are."""
    try:
        session.domain(path, *args, **options)
        return True
    except GLib.Error as error:
        if harness.error_name(error) != 'org.roost1.Error.Busy':
            raise
        return False


def size_of(session, path, alias):
    return session.get(device_path(path, alias), 'Live', DEVICE)['size']


def test_resized(session):
    path, console = boot(session)
    seen = session.record()
    alias = attach(session, path, virtio(64))
    assert session.get(device_path(path, alias), 'Live', DEVICE) == {'requested-size': 64 * MIB, 'size': 0}
    assert session.get(path, 'Memory') == 256 * MIB and session.get(path, 'MemoryMaximum') == 512 * MIB
    run(console, 'modprobe virtio_mem')
    follows(session, path, 256 + 64)
    assert size_of(session, path, alias) == 64 * MIB
    assert "<current unit='KiB'>65536</current>" in live_xml(session, path)
    assert '<current unit' not in stored_xml(session, path)
    session.pump(lambda: any(s[2] == 'MemoryDeviceSizeChanged' and s[3] == (alias, 64 * MIB) for s in seen))
    session.pump(lambda: any(s[0] == device_path(path, alias) and s[2] == 'PropertiesChanged' for s in seen))
    session.domain(path, 'UpdateDevice', 's', virtio(128).replace('</target>', f"</target><alias name='{alias}'/>"), live=True)
    follows(session, path, 256 + 128)
    assert "<requested unit='KiB'>65536</requested>" in stored_xml(session, path)
    # The balloon is another matter, and does not reach it.
    session.domain(path, 'SetMemory', 't', 200 * MIB, live=True)
    follows(session, path, 200 + 128)
    with harness.refused('InvalidArgument', 'to 268435456, apart from memory devices'):
        session.domain(path, 'SetMemory', 't', 300 * MIB, live=True)
    with harness.refused('NotSupported', 'requested'):
        detach(session, path, alias)
    assert alias in session.get(path, 'Devices') and 'virtio-mem' in stored_xml(session, path)
    # What it became while no daemon was there is read anew.
    session.kill()
    session.start()
    session.pump(lambda: session.get(path, 'CurrentJob') == '/' and session.get(path, 'Responsive'))
    follows(session, path, 200 + 128)
    zero = virtio(0).replace('</target>', f"</target><alias name='{alias}'/>")
    harness.wait_for(lambda: not_busy(session, path, 'UpdateDevice', 's', zero, live=True), 60, 'the takeover')
    follows(session, path, 200)
    for wrong, text in ((virtio(300), 'more than <size>'), (virtio(3), 'multiple')):
        with harness.refused('InvalidXml', text):
            session.domain(path, 'UpdateDevice', 's', wrong.replace('</target>', f"</target><alias name='{alias}'/>"), live=True)
    with harness.refused('NotSupported', 'size'):
        session.domain(path, 'UpdateDevice', 's', virtio(0, 512).replace('</target>', f"</target><alias name='{alias}'/>"), live=True)


def test_dimm(session):
    path, _ = boot(session)
    before = stored_xml(session, path)
    session.domain(path, 'SetMemory', 't', 200 * MIB, live=True)
    follows(session, path, 200)
    alias = attach(session, path, dimm())
    follows(session, path, 200 + 128)
    assert session.get(path, 'MemoryMaximum') == 384 * MIB
    detach(session, path, alias)
    follows(session, path, 200)
    assert session.get(path, 'MemoryMaximum') == 256 * MIB and stored_xml(session, path) == before


def test_guest_refuses(session):
    """The kernel itself has it in use."""
    path, console = boot(session, 'online_kernel')
    alias = attach(session, path, dimm())
    run(console, 'until set -- $(grep MemTotal /proc/meminfo); [ $2 -gt 200000 ]; do sleep 1; done')
    run(console, 'mkdir /fill; i=0; while [ $i -lt 8000 ]; do : > /fill/$i; i=$((i+1)); done')  # inodes cannot move
    with harness.refused('Busy', f"the guest refuses to let the device '{alias}' go"):
        detach(session, path, alias)
    assert alias in session.get(path, 'Devices') and 'dimm' in stored_xml(session, path)
    assert session.get(path, 'MemoryMaximum') == 384 * MIB


def test_persistent(session):
    path, console = boot(session, devices=persistent('nvdimm', session.folder + '/first'))
    assert session.get(path, 'Memory') == 256 * MIB
    nvdimm = attach(session, path, persistent('nvdimm', session.folder + '/second'))
    pmem = attach(session, path, persistent('virtio-pmem', session.folder + '/third'))
    run(console, 'modprobe virtio_pmem; until ls -d /sys/bus/virtio/drivers/virtio_pmem/virtio*; do sleep 1; done')
    assert session.get(path, 'Memory') == 256 * MIB
    for alias in (pmem, nvdimm):
        with harness.refused('NotSupported', 'cannot unplug'):
            detach(session, path, alias)
    assert re.findall(r"<memory model='(.*?)'", stored_xml(session, path)) == ['nvdimm', 'nvdimm', 'virtio-pmem']


def test_nvdimm_needs_a_machine_for_it(session):
    path, _ = boot(session)
    before = live_xml(session, path), stored_xml(session, path)
    with harness.refused('NotSupported', 'the machine takes NVDIMMs when it had one at its start'):
        attach(session, path, persistent('nvdimm', session.folder + '/first'))
    assert (live_xml(session, path), stored_xml(session, path)) == before


@pytest.mark.parametrize('xml, text', [
    (dimm(4096), 'memory'), (virtio(64).replace('<requested', '<requested_').replace('</requested', '</requested_'), 'requested')])
def test_wrong(session, xml, text):
    path = session.define(devices=BUSES, machine='q35', extra=NUMA)
    session.domain(path, 'Start', paused=True)
    before = live_xml(session, path), stored_xml(session, path)
    with harness.refused('InvalidXml', text):
        attach(session, path, xml)
    assert (live_xml(session, path), stored_xml(session, path)) == before
