# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a start makes beside QEMU: ports of displays, an emulated TPM, the firmware's variables."""
import glob
import os
import re
import shutil

import harness
import pytest


def ports(session, path):
    xml = session.domain(path, 'GetXml')
    return [int(port) for port in re.findall(r"<graphics type='\w+' port='(\d+)'", xml)]


def test_ports_are_shared_out(session):
    two = "<graphics type='vnc' port='-1' autoport='yes' passwd='sesame'/><graphics type='spice' autoport='yes'/>"
    one = "<graphics type='vnc' port='-1' autoport='yes'/>"
    paths = [session.define('a', devices=two), session.define('b', devices=one), session.define('c', devices=one)]
    for path in paths:
        session.domain(path, 'Start', paused=True)
    taken = [port for path in paths for port in ports(session, path)]
    assert len(set(taken)) == len(taken) == 4
    assert all(port >= 5900 for port in taken)
    assert 'sesame' not in session.domain(paths[0], 'GetXml')
    assert 'sesame' in session.domain(paths[0], 'GetXml', secrets=True)
    with open(session.folder + '/state/roost/log/a.log', encoding='utf-8') as f:
        assert 'sesame' not in f.read()


@pytest.mark.skipif(not shutil.which('swtpm'), reason='swtpm is not installed')
def test_tpm(session):
    path = session.define(devices="<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>")
    state = session.folder + '/state/roost/tpm/' + path.rsplit('/', 1)[1].replace('_', '-')
    session.domain(path, 'Start')
    assert len(list(session.own_processes())) == 2
    session.domain(path, 'Destroy')
    harness.wait_for(lambda: not list(session.own_processes()), what='swtpm to be gone')
    assert os.path.isdir(state)
    session.domain(path, 'Start')
    session.kill()
    session.start()
    session.wait_state(path, 'running')
    session.domain(path, 'Destroy')
    harness.wait_for(lambda: not list(session.own_processes()), what='swtpm to be gone')
    session.domain(path, 'Undefine')
    assert not os.path.exists(state)


def test_tpm_without_swtpm(session):
    session.stop()
    session.env['PATH'] = session.folder
    session.start()
    path = session.define(devices="<emulator>/usr/bin/qemu-system-x86_64</emulator><tpm model='tpm-tis'>"
                                  "<backend type='emulator' version='2.0'/></tpm>")
    with harness.refused('NotSupported', "'swtpm'"):
        session.domain(path, 'Start')


@pytest.mark.skipif(not glob.glob('/usr/share/qemu/firmware/*.json'), reason='no UEFI firmware is installed')
def test_firmware_variables(session):
    xml = harness.domain_xml(machine='q35').replace('<os>', "<os firmware='efi'>")
    path = session.manager('DefineDomain', 's', xml)
    stored = session.domain(path, 'GetXml')
    session.domain(path, 'Start', paused=True)
    nvram, = glob.glob(session.folder + '/state/roost/nvram/*')
    assert nvram in session.domain(path, 'GetXml')
    session.domain(path, 'Destroy')
    with open(nvram, 'r+b') as f:
        f.write(b'changed')
    session.domain(path, 'Start', paused=True)
    with open(nvram, 'rb') as f:
        assert f.read(7) == b'changed'
    session.domain(path, 'Destroy')
    session.domain(path, 'Start', paused=True, reset_nvram=True)
    with open(nvram, 'rb') as f:
        assert f.read(7) != b'changed'
    assert glob.glob(session.folder + '/state/roost/nvram/*') == [nvram]
    session.domain(path, 'Destroy')
    session.manager('DefineDomain', 's', stored)  # what was shown can be given back
    with harness.refused('InvalidArgument', 'remove-nvram'):
        session.domain(path, 'Undefine')
    session.domain(path, 'Undefine', remove_nvram=True)
    assert not os.path.exists(nvram)
    assert path not in session.objects()


ABSENT = {
    'usb': ("<hostdev mode='subsystem' type='usb'><source{}><vendor id='0xdead'/><product id='0xbeef'/></source></hostdev>",
            'NotFound', 'there is no USB device dead:beef on this host'),
    'pci': ("<hostdev mode='subsystem' type='pci' managed='yes'><source{}><address domain='0xfffe' bus='0xff' slot='0x1f' "
            "function='0x7'/></source></hostdev>", 'NotFound', 'there is no PCI device fffe:ff:1f.7 on this host'),
}


@pytest.mark.parametrize('kind', ABSENT)
def test_devices_that_the_host_has_not(session, kind):
    """Nobody gets them, at a start or later, and nothing is left of the try. The machine of tests/system has such devices."""
    xml, name, text = ABSENT[kind]
    cold = session.define('cold', devices=xml.format(''))
    with harness.refused(name, text):
        session.domain(cold, 'Start')
    assert session.get(cold, 'State') == 'shut-off'
    warm = session.define('warm', devices="<controller type='usb' index='0' model='qemu-xhci'/>")
    session.domain(warm, 'Start', paused=True)
    before = session.domain(warm, 'GetXml'), session.domain(warm, 'GetXml', inactive=True)
    with harness.refused(name, text):
        session.domain(warm, 'AttachDevice', 's', xml.format(''))
    assert before == (session.domain(warm, 'GetXml'), session.domain(warm, 'GetXml', inactive=True))
    session.domain(warm, 'AttachDevice', 's', xml.format(''), config=True)  # it may be there at the next start


def test_optional_usb(session):
    xml = ABSENT['usb'][0].format(" startupPolicy='optional'")
    path = session.define(devices=xml)
    session.domain(path, 'Start', paused=True)
    assert '<hostdev' not in session.domain(path, 'GetXml') and '<hostdev' in session.domain(path, 'GetXml', inactive=True)
    with harness.refused('NotFound', 'there is no USB device abcd:beef'):
        session.domain(path, 'AttachDevice', 's', xml.replace('dead', 'abcd'), live=True)


@pytest.mark.skipif(os.path.exists('/dev/vhost-vsock'), reason='this host has vsock')
def test_vsock_that_the_host_has_not(session):
    path = session.define(devices='<vsock/>')
    with harness.refused('HostDevice', 'cannot open /dev/vhost-vsock: No such file or directory; load the kernel.*modprobe'):
        session.domain(path, 'Start')
