# SPDX-License-Identifier: LGPL-2.1-or-later
"""roostctl create: guests that boot from an image and from a CD, the seed as cloud-init would read it, and nothing
left behind by what fails."""
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
import xml.etree.ElementTree as ET

import pytest
import yaml

import harness
from test_domain_guest import read_until

KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE0xNnh4eHh4eHh4 ann "at: home" #1'


def good(run):
    assert run.returncode == 0, run.stderr
    return run.stdout


def names(text):
    return sorted(text.split())


class Place:
    """What create leaves on the daemon and in the folder of the pool."""

    def __init__(self, session):
        self.session = session
        self.folder = os.path.join(session.folder, 'data/roost/images')
        session.env['HOME'] = session.folder  # no keys of whoever runs the test

    def volumes(self):
        return names(good(self.session.ctl('vol-list', '--names', 'default')))

    def is_empty(self):
        return (self.session.ctl('list', '--names').stdout == '' and self.session.ctl('pool-list', '--names').stdout == ''
                and not os.path.exists(self.folder))


@pytest.fixture
def place(session):
    return Place(session)


@pytest.fixture(scope='module')
def cloud_image(tmp_path_factory):
    """A small installed system, as its distributor would offer it."""
    image = tmp_path_factory.mktemp('cloud') / 'tiny-cloud.qcow2'
    subprocess.run(['qemu-img', 'convert', '-O', 'qcow2', harness.guest_iso(), str(image)], check=True)
    return str(image)


@pytest.fixture
def small_image(tmp_path):
    image = tmp_path / 'small.qcow2'
    subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', str(image), '1G'], check=True)
    return str(image)


def console(session, *args, until, timeout=240):
    """Runs roostctl, which connects to a console, until it says @until, and leaves by ^]."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(harness.ROOSTCTL, ['roostctl', '--user', *args], session.env)
    text, end = '', time.monotonic() + timeout
    while not re.search(until, text):
        assert time.monotonic() < end, f'no {until} in {text}'
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                text += os.read(terminal, 4096).decode(errors='replace')
            except OSError:
                raise AssertionError(f'it ended without {until}: {text}') from None
    os.write(terminal, b'\x1d')
    while select.select([terminal], [], [], 0.2)[0] and os.waitpid(pid, os.WNOHANG)[0] == 0:
        try:
            os.read(terminal, 4096)
        except OSError:
            break
    os.close(terminal)
    return text


def read_seed(image, folder):
    """The documents of a seed, by a reader that is not ours."""
    subprocess.run(['xorriso', '-osirrox', 'on', '-indev', image, '-extract', '/', str(folder)],
                   check=True, capture_output=True)
    text = (folder / 'user-data').read_text()
    return text, yaml.safe_load((folder / 'meta-data').read_text())


# --- guests that boot ---

def test_cloud_image_boots_with_its_seed(place, cloud_image, tmp_path):
    (tmp_path / 'ann.pub').write_text(KEY + '\n')
    (tmp_path / 'password').write_text('correct horse\n')
    text = console(place.session, 'create', 'web-1', '--image', cloud_image, '--memory', '512M', '--disk', '3G',
                   '--user', 'ann', '--ssh-key', str(tmp_path / 'ann.pub'),
                   '--password-file', str(tmp_path / 'password'), '--console', until='guest# ')
    assert 'The seed names this guest web-1.' in text
    assert place.volumes() == ['tiny-cloud.qcow2', 'web-1-seed.iso', 'web-1.qcow2']
    info = json.loads(good(place.session.ctl('--json', 'vol-info', 'default', 'web-1.qcow2')))
    assert info['backing'].endswith('/tiny-cloud.qcow2') and info['capacity'] == 3 << 30
    data, meta = read_seed(place.folder + '/web-1-seed.iso', tmp_path / 'seed')
    assert meta['local-hostname'] == 'web-1' and meta['instance-id'] in good(place.session.ctl('xml', 'web-1'))
    user = yaml.safe_load(data)['users'][0]
    assert data.startswith('#cloud-config\n') and user['name'] == 'ann' and user['ssh_authorized_keys'] == [KEY]
    assert user['passwd'].startswith('$6$') and 'horse' not in data
    good(place.session.ctl('shutdown', '--wait', '--timeout', '120', 'web-1'))


def test_cd_boots(place):
    text = console(place.session, 'create', 'desk', '--iso', harness.guest_iso(), '--memory', '512M', '--disk', '1G',
                   '--console', until='guest# ')
    assert 'Hello from the guest' in text and 'seed' not in text
    assert place.volumes() == ['desk.qcow2']
    assert 'vnc' in good(place.session.ctl('display', 'desk'))
    good(place.session.ctl('destroy', 'desk'))


needs_uefi = pytest.mark.skipif(not os.path.exists('/usr/share/OVMF/OVMF_VARS_4M.fd') or not os.path.isdir('/usr/lib/grub/x86_64-efi'),
                                reason='needs OVMF, and grub for it')
VARIABLE = 'Kept-5f0a2c4e-6b1d-4d0c-9a57-3e1f8c7b2d90'


def content(path):
    with open(path, 'rb') as f:
        return f.read()


def in_guest(place, name, line, until):
    """@until must not stand in the line itself."""
    path = place.session.manager('GetDomainByName', 's', name)
    console = place.session.fd(path, 'OpenConsole', force=True)
    os.write(console, line.encode() + b'\n')
    text = read_until(console, until.encode())
    os.close(console)
    return text


@needs_uefi
def test_uefi_boots_and_remembers(place, cloud_image):
    console(place.session, 'create', 'modern', '--image', cloud_image, '--memory', '512M', '--firmware', 'uefi', '--no-seed',
            '--console', until='guest# ')
    nvram = ET.fromstring(good(place.session.ctl('xml', 'modern'))).find('os/nvram')
    own, template = content(nvram.text), content(nvram.get('template'))
    assert len(own) == len(template) and own != template  # it began as the template; the firmware wrote its boot entries
    mount = 'modprobe efivarfs; mount -t efivarfs none /sys/firmware/efi/efivars; cd /sys/firmware/efi/efivars; '
    in_guest(place, 'modern', mount + f"printf '\\007\\0\\0\\0re-member' > {VARIABLE}; grep -q re.member {VARIABLE} && echo writ''ten", 'written')
    good(place.session.ctl('shutdown', '--wait', '--timeout', '200', 'modern'))
    assert b're-member' in content(nvram.text)
    good(place.session.ctl('start', 'modern'))
    console(place.session, 'console', 'modern', until='guest# ')
    in_guest(place, 'modern', mount + f'cat {VARIABLE}', 're-member')
    good(place.session.ctl('destroy', 'modern'))


@needs_uefi
def test_uefi_boots_a_cd(place):
    console(place.session, 'create', 'desk', '--iso', harness.guest_iso(), '--memory', '512M', '--disk', '1G', '--firmware', 'uefi',
            '--console', until='guest# ')
    in_guest(place, 'desk', 'ls -d /sys/firmware/e*', '/sys/firmware/efi')
    good(place.session.ctl('destroy', 'desk'))


# --- what it makes ---

def test_images_and_copies(place, small_image, tmp_path):
    ctl = place.session.ctl
    assert good(ctl('create', 'a', '--image', small_image)) == 'a\n'
    assert good(ctl('create', 'b', '--image', small_image, '--disk', '1G')) == 'b\n', 'the same image again'
    made = json.loads(good(ctl('--json', 'create', 'c', '--image', 'default/small.qcow2', '--copy', '--disk', '2G')))
    assert made['disk'] == 'c.qcow2' and made['path'] == place.session.manager('GetDomainByName', 's', 'c')
    good(ctl('create', 'd', '--image', small_image, '--copy', '--no-seed'))
    raw = tmp_path / 'plain.raw'
    raw.write_bytes(b'\0' * 4096 * 1024)
    good(ctl('create', 'e', '--image', str(raw), '--copy', '--no-seed', '--disk', '8M'))
    sizes = {}
    for name in place.volumes():
        if 'seed' not in name:
            info = json.loads(good(ctl('--json', 'vol-info', 'default', name)))
            sizes[name] = (info['format'], info['capacity'], 'backing' in info)
    assert sizes == {'small.qcow2': ('qcow2', 1 << 30, False), 'a.qcow2': ('qcow2', 20 << 30, True),
                     'b.qcow2': ('qcow2', 1 << 30, True), 'c.qcow2': ('qcow2', 2 << 30, False),
                     'd.qcow2': ('qcow2', 20 << 30, False), 'e.img': ('raw', 8 << 20, False)}
    with open(small_image, 'ab') as f:
        f.write(b'\0' * 512)
    run = ctl('create', 'f', '--image', small_image)
    assert run.returncode == 1 and '--image default/small.qcow2' in run.stderr
    assert sorted(names(good(ctl('list', '--names')))) == ['a', 'b', 'c', 'd', 'e']


def test_documents_without_effect(place, small_image, tmp_path):
    ctl = place.session.ctl
    text = good(ctl('create', 'a b', '--image', small_image, '--dry-run', '--memory', '3G', '--vcpus', '1'))
    assert '3 GiB' in text and place.folder in text and 'a b-seed.iso' in text
    xml = good(ctl('create', 'a', '--image', small_image, '--firmware', 'secure', '--network', 'bridge=br7',
                   '--network', 'user', '--graphics', 'spice', '--machine', 'q35', '--print-xml'))
    root = ET.fromstring(xml)
    assert [i.get('type') for i in root.iter('interface')] == ['bridge', 'user']
    assert root.find('os').get('firmware') == 'efi' and root.find('devices/graphics').get('type') == 'spice'
    (tmp_path / 'a.xml').write_text(xml)
    good(ctl('validate', '--strict', str(tmp_path / 'a.xml')))
    (tmp_path / 'cd.iso').write_bytes(bytes(1 << 20))
    for arch in ('aarch64', 's390x', 'riscv64', 'ppc64'):
        (tmp_path / 'a.xml').write_text(good(ctl('create', 'a', '--iso', str(tmp_path / 'cd.iso'), '--arch', arch, '--print-xml')))
        good(ctl('argv', str(tmp_path / 'a.xml')))
    assert json.loads(good(ctl('--json', 'create', 'a', '--image', small_image, '--dry-run')))['xml']
    assert place.is_empty()


def test_own_document_and_hostname(place, small_image, tmp_path):
    mine = tmp_path / 'mine'
    mine.write_text('#cloud-config\npackages: [nginx]\n')
    good(place.session.ctl('create', 'x', '--image', small_image, '--cloud-config', str(mine), '--hostname', 'y.example'))
    data, meta = read_seed(place.folder + '/x-seed.iso', tmp_path / 'seed')
    assert data == mine.read_text() and meta['local-hostname'] == 'y.example'
    mine.write_text('packages: [nginx]\n')
    run = place.session.ctl('create', 'z', '--image', small_image, '--cloud-config', str(mine))
    assert run.returncode == 1 and '#cloud-config' in run.stderr


def test_own_key(place, small_image, tmp_path):
    run = place.session.ctl('create', 'x', '--image', small_image)
    assert run.returncode == 0 and 'nobody can log in' in run.stderr
    os.mkdir(place.session.folder + '/.ssh')
    with open(place.session.folder + '/.ssh/id_ed25519.pub', 'w', encoding='utf-8') as f:
        f.write(KEY)
    run = place.session.ctl('create', 'y', '--image', small_image)
    assert run.returncode == 0 and 'id_ed25519.pub may log in' in run.stderr
    data, _ = read_seed(place.folder + '/y-seed.iso', tmp_path / 'seed')
    assert yaml.safe_load(data)['ssh_authorized_keys'] == [KEY]


def tools_in(folder, *tools, **scripts):
    """A PATH with these programs alone."""
    os.mkdir(folder)
    for tool in tools:
        os.symlink(shutil.which(tool), folder / tool)
    for name, text in scripts.items():
        (folder / name).write_text('#!/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n' + text)
        (folder / name).chmod(0o755)
    return str(folder)


def test_seed_in_fat(place, small_image, tmp_path):
    place.session.env['PATH'] = tools_in(tmp_path / 'bin', 'mcopy')
    good(place.session.ctl('create', 'x', '--image', small_image))
    seed = place.folder + '/x-seed.iso'
    listing = subprocess.run(['mdir', '-i', seed, '-b', '::'], capture_output=True, text=True, check=True).stdout
    assert 'user-data' in listing and 'meta-data' in listing
    with open(seed, 'rb') as f:
        assert b'CIDATA' in f.read(512)


# --- what fails leaves nothing ---

@pytest.mark.parametrize('args, code, wanted', [
    (['x'], 2, '--image FILE'),
    (['x', '--image', '{image}', '--disk', 'much'], 2, "'much' is no size"),
    (['x', '--image', '{image}', '--disk', '20'], 2, 'less than 1 MiB'),
    (['x', '--image', '{image}', '--disk', 'none'], 2, '--disk none'),
    (['x', '--image', '{image}', '--memory', '5'], 2, 'less than 1 MiB'),
    (['x', '--image', '{image}', '--network', 'nat'], 2, 'bridge=NAME'),
    (['x', '--image', '{image}', '--firmware', 'cbm'], 2, 'bios, uefi or secure'),
    (['x', '--image', '{image}', '--vcpus', '-1'], 2, '--vcpus'),
    (['x', '--image', '{image}', '--vcpus', '0'], 2, '--vcpus is a number from 1'),
    (['x', '--image', '/etc/passwd'], 1, 'no image of a disk'),
    (['x', '--iso', '{image}'], 1, 'a disk of format qcow2, no CD; say --image'),
    (['x', '--image', '{image}', '--vcpus', '1000'], 1, ''),
    (['x', '--image', '{image}', '--user', 'A b'], 1, 'no name of a user'),
    (['x', '--image', '{image}', '--hostname', 'a_b'], 1, 'no host name'),
    (['x', '--image', '{image}', '--ssh-key', '{image}'], 1, 'UTF-8'),
    (['x', '--image', '{image}', '--ssh-key', '/etc/hostname'], 1, 'no public key'),
    (['x', '--image', '{image}', '--password-file', '/dev/null'], 1, 'password is empty'),
    (['x', '--image', '{image}', '--cloud-config', '/etc/hostname', '--user', 'a'], 2, 'all of the user-data'),
    (['x', '--image', '{image}', '--no-seed', '--user', 'a'], 2, '--no-seed'),
    (['x', '--image', '/nonexistent'], 3, 'neither a file nor a volume'),
    (['x', '--image', 'https://example.org/a.qcow2'], 3, 'fetched first'),
    (['x', '--image', '/etc'], 1, 'neither a file nor a device'),
    (['x', '--image', '{image}', '--pool', 'none'], 3, 'none'),
    (['x', '--image', '{image}', '--arch', 'z80'], 1, 'z80'),
    (['x', '--image', '{image}', '--machine', 'teapot'], 1, 'teapot'),
    (['a/b', '--image', '{image}'], 1, 'a/b'),
    (['', '--image', '{image}'], 1, 'name'),
    (['x', '--image', '{image}', '--disk', '1M'], 1, "smaller than the image.*; removed again: volume 'small.qcow2', pool"),
    (['x', '--image', '{image}', '--memory', '900000G', '--start'], 1, "removed again: domain 'x', volume 'x-seed.iso'"),
])
def test_failures_leave_nothing(place, small_image, args, code, wanted):
    run = place.session.ctl('create', *(a.format(image=small_image) for a in args))
    assert run.returncode == code and re.search(wanted, run.stderr, re.S), (run.returncode, run.stderr)
    assert place.is_empty(), run.stderr


def test_nothing_is_overwritten(place, small_image):
    ctl = place.session.ctl
    good(ctl('create', 'x', '--image', small_image))
    before = place.volumes()
    run = ctl('create', 'x', '--image', small_image)
    assert run.returncode == 1 and "domain 'x' already" in run.stderr
    good(ctl('undefine', 'x'))
    for name in ('x.qcow2', 'x-seed.iso'):
        run = ctl('create', 'x', '--image', small_image)
        assert run.returncode == 1 and f"volume '{name}' already" in run.stderr
        assert place.volumes() == before
        good(ctl('vol-delete', 'default', name))
        before.remove(name)
    good(ctl('create', 'x', '--image', small_image))


def test_seed_tools(place, small_image, tmp_path):
    place.session.env['PATH'] = tools_in(tmp_path / 'none')
    run = place.session.ctl('create', 'x', '--image', small_image)
    assert run.returncode == 1 and 'install xorriso or genisoimage' in run.stderr and place.is_empty()
    place.session.env['PATH'] = tools_in(tmp_path / 'bad', xorrisofs='echo no space >&2; exit 3\n')
    run = place.session.ctl('create', 'x', '--image', small_image)
    assert run.returncode == 1 and 'could not make the seed: no space' in run.stderr and place.is_empty()
    assert "removed again: volume 'x.qcow2', volume 'small.qcow2', pool 'default'" in run.stderr


class Halfway:
    """A create that stands still while it makes the seed, with its disk already there."""

    def __init__(self, session, image, tmp_path):
        self.go = tmp_path / 'go'
        script = f'''touch {tmp_path}/there
            while [ ! -e {self.go} ]; do sleep 0.05; done
            exec xorrisofs "$@"
            '''
        env = dict(session.env, PATH=tools_in(tmp_path / 'slow', xorrisofs=script))
        self.process = subprocess.Popen([harness.ROOSTCTL, '--user', 'create', 'x', '--image', image], env=env,
                                        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        harness.wait_for(lambda: (tmp_path / 'there').exists() or self.process.poll(), 60, 'the seed')

    def end(self):
        self.go.touch()
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_undo(place, small_image, tmp_path, number):
    half = Halfway(place.session, small_image, tmp_path)
    assert place.volumes() == ['small.qcow2', 'x.qcow2']
    half.process.send_signal(number)
    code, errors = half.end()
    assert code == 1 and 'stopped by' in errors and "removed again: volume 'x-seed.iso'" in errors
    assert place.is_empty()


def test_daemon_that_goes_away(place, small_image, tmp_path):
    half = Halfway(place.session, small_image, tmp_path)
    place.session.kill()
    code, errors = half.end()
    assert code == 7 and "could not be removed: volume 'x.qcow2' (" in errors
    place.session.start()
    assert place.volumes() == ['small.qcow2', 'x.qcow2'] and place.session.ctl('list', '--names').stdout == ''


def test_daemon_that_comes_again(place, small_image, tmp_path):
    half = Halfway(place.session, small_image, tmp_path)
    place.session.kill()
    place.session.start()
    code, errors = half.end()
    assert code == 0, errors
    assert place.volumes() == ['small.qcow2', 'x-seed.iso', 'x.qcow2']


def test_monitor_names_all(place, small_image):
    monitor = subprocess.Popen([harness.ROOSTCTL, '--user', 'monitor'], env=place.session.env, text=True,
                               stdout=subprocess.PIPE)
    assert 'listening' in monitor.stdout.readline()
    good(place.session.ctl('create', 'x', '--image', small_image, '--start'))
    good(place.session.ctl('destroy', 'x'))
    lines = ''
    while 'x  StateChanged  reason=destroyed' not in lines:
        line = monitor.stdout.readline()
        assert line, lines
        lines += line
    monitor.terminate()
    assert monitor.wait(10) == 0
    for wanted in (r'default  VolumeAdded  name=x\.qcow2', r'x/virtio-disk0  added', r'x/virtio-disk0  removed',
                   r'job \d+ [a-z-]+  added'):
        assert re.search(f'^[0-9:.]+  {wanted}', lines, re.M), (wanted, lines)


def test_pools(place, small_image):
    ctl = place.session.ctl
    folder = os.path.join(place.session.folder, 'mine')
    os.mkdir(folder)
    good(ctl('pool-define', '-', stdin=f"<pool type='dir'><name>mine</name><target><path>{folder}</path></target></pool>"))
    run = ctl('create', 'x', '--image', small_image, '--pool', 'mine', '--disk', '1M')
    assert run.returncode == 1 and good(ctl('pool-list', '--names', '--active')) == '', 'it is as it was'
    good(ctl('create', 'x', '--image', small_image, '--pool', 'mine'))
    assert sorted(os.listdir(folder)) == ['small.qcow2', 'x-seed.iso', 'x.qcow2']
    good(ctl('create', 'y', '--iso', 'mine/x-seed.iso', '--disk', 'none'))
    assert good(ctl('pool-list', '--names')) == 'mine\n', 'no pool is made for nothing'
