# SPDX-License-Identifier: LGPL-2.1-or-later
"""The examples are understood whole, and those that need no disk run."""
import glob
import os

import pytest

import harness

EXAMPLES = sorted(glob.glob(os.path.join(harness.ROOT, 'data/examples/*.xml')))


@pytest.fixture(scope='module')
def daemon():
    with harness.Session() as one:
        yield one


@pytest.mark.parametrize('file', EXAMPLES, ids=os.path.basename)
def test_understood(daemon, file):
    run = daemon.ctl('validate', '--strict', file)
    assert (run.returncode, run.stdout, run.stderr) == (0, '', '')
    run = daemon.ctl('--json', 'argv', file)
    assert run.returncode == 0 and 'qemu-system' in run.stdout.split('\n')[1], run.stderr


@pytest.mark.parametrize('file', EXAMPLES, ids=os.path.basename)
def test_stable(daemon, file):
    """What GetXml gives defines the same domain again."""
    run = daemon.ctl('define', file)
    assert run.returncode == 0, run.stderr
    name = run.stdout.strip()
    xml = daemon.ctl('xml', name).stdout
    run = daemon.ctl('define', '--strict', '-', stdin=xml)
    assert (run.returncode, run.stdout) == (0, name + '\n'), run.stderr
    assert daemon.ctl('xml', name).stdout == xml
    daemon.stop()
    daemon.start()
    assert daemon.ctl('xml', name).stdout == xml
    assert daemon.ctl('undefine', '--remove-nvram', name).returncode == 0


def without_host(text, tmp_path):
    """The same machine without KVM, with disks of ours."""
    text = text.replace("type='kvm'", "type='qemu'").replace("<cpu mode='host-passthrough'", "<cpu mode='maximum'")
    for name in ('server.qcow2', 'desktop.qcow2', 'legacy.img'):
        disk = tmp_path / name
        os.system(f"qemu-img create -q -f {'raw' if name.endswith('img') else 'qcow2'} {disk} 1G")
        text = text.replace('/var/lib/roost/images/' + name, str(disk))
    kernel = harness.guest()
    text = text.replace('/var/lib/roost/boot/demo-kernel', kernel['kernel'])
    text = text.replace('/var/lib/roost/boot/demo-initrd', kernel['initrd'])
    return text.replace("<memory unit='GiB'>4", "<memory unit='GiB'>1").replace("<currentMemory unit='GiB'>3",
                                                                             "<currentMemory unit='GiB'>1")


@pytest.mark.parametrize('file', EXAMPLES, ids=os.path.basename)
def test_starts(daemon, file, tmp_path):
    with open(file, encoding='utf-8') as f:
        text = without_host(f.read(), tmp_path)
    run = daemon.ctl('run', '--paused', '-', stdin=text)
    assert run.returncode == 0, run.stderr
    name = run.stdout.strip()
    assert daemon.get(daemon.call('GetDomainByName', harness.GLib.Variant('(s)', (name,)))[0], 'State') == 'paused'
    assert daemon.ctl('destroy', name).returncode == 0
    assert name not in daemon.ctl('list', '--names').stdout
