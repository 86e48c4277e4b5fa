# SPDX-License-Identifier: LGPL-2.1-or-later
"""Storage pools and volumes over a real daemon, with the real qemu-img, in folders of their own."""
import hashlib
import json
import os
import subprocess
import threading

import pytest
from gi.repository import Gio, GLib

from harness import JOB, MANAGER, NAME, ROOTPATH, domain_xml, error_name, error_text, refused, wait_for

POOL = 'org.roost1.StoragePool'
VOLUME = 'org.roost1.StorageVolume'


class Storage:
    """A session, with a folder and short ways to call."""

    def __init__(self, session):
        self.session = session
        self.folder = os.path.join(session.folder, 'images')

    def call(self, path, interface, method, signature='', *args, **options):
        values = {k.replace('_', '-'): v if isinstance(v, GLib.Variant)
                  else GLib.Variant('b' if isinstance(v, bool) else 's', v) for k, v in options.items()}
        variant = GLib.Variant(f'({signature}a{{sv}})', tuple(args) + (values,))
        reply = self.session.call(method, variant, path, interface, timeout=300)  # keys are slow to derive
        return reply[0] if len(reply) == 1 else reply

    def plain(self, path, interface, method, signature, *args):
        return self.session.call(method, GLib.Variant(f'({signature})', args), path, interface)[0]

    def get(self, path, name, interface=POOL):
        return self.session.get(path, name, interface)

    def define(self, name='images', folder=None):
        xml = f"<pool type='dir'><name>{name}</name><target><path>{folder or self.folder}</path></target></pool>"
        return self.call(ROOTPATH, MANAGER, 'DefineStoragePool', 's', xml)

    def pool(self, name='images'):
        os.makedirs(self.folder, exist_ok=True)
        path = self.define(name)
        self.call(path, POOL, 'Start')
        return path

    def wait(self, job):
        self.call(job, JOB, 'Wait')

    def create(self, pool, xml, **options):
        volume, job = self.call(pool, POOL, 'CreateVolume', 's', xml, **options)
        self.wait(job)
        return volume

    def copy(self, pool, xml, source, **options):
        volume, job = self.call(pool, POOL, 'CopyVolume', 'so', xml, source, **options)
        self.wait(job)
        return volume

    def volume(self, pool, name):
        return self.plain(pool, POOL, 'GetVolumeByName', 's', name)

    def names(self, pool):
        return [row[1] for row in self.call(pool, POOL, 'ListVolumes')[0]]

    def transfer(self, volume, method, fd, **options):
        values = {k: v if isinstance(v, GLib.Variant) else GLib.Variant('b', v) for k, v in options.items()}
        reply, _ = self.session.connection.call_with_unix_fd_list_sync(
            NAME, volume, VOLUME, method, GLib.Variant('(ha{sv})', (0, values)), None,
            Gio.DBusCallFlags.NONE, 60000, Gio.UnixFDList.new_from_array([os.dup(fd)]), None)
        return reply.unpack()[0]

    def leftovers(self):
        return [n for n in os.listdir(self.folder) if n.startswith('.roost-')]


@pytest.fixture
def storage(session):
    return Storage(session)


def volume_xml(name, size=1 << 20, kind='raw', rest='', allocation='<allocation>0</allocation>'):
    capacity = f'<capacity>{size}</capacity>' if size else ''
    return f"<volume><name>{name}</name>{capacity}{allocation}<target><format type='{kind}'/></target>{rest}</volume>"


def t(value):
    return GLib.Variant('t', value)


def u(value):
    return GLib.Variant('u', value)


# --- pools ---

def test_life_of_a_pool(storage):
    pool = storage.define()
    assert storage.get(pool, 'State') == 'inactive'
    with refused('NotFound', 'build it first'):
        storage.call(pool, POOL, 'Start')
    assert storage.get(pool, 'State') == 'inactive'
    with refused('NotRunning', 'not active'):
        storage.call(pool, POOL, 'Refresh')
    storage.call(pool, POOL, 'Build')
    seen = storage.session.record()
    storage.call(pool, POOL, 'Start')
    storage.session.pump(lambda: any(s[2] == 'PropertiesChanged' and s[3][1].get('State') == 'active' for s in seen))
    assert storage.get(pool, 'Capacity') >= storage.get(pool, 'Available') > 0
    with refused('Running'):
        storage.call(pool, POOL, 'Start')
    with refused('Running'):
        storage.call(pool, POOL, 'Delete')
    storage.call(pool, POOL, 'Stop')
    storage.call(pool, POOL, 'Delete')
    assert not os.path.exists(storage.folder)
    storage.call(pool, POOL, 'Undefine')
    assert storage.call(ROOTPATH, MANAGER, 'ListStoragePools') == []
    with refused('org.freedesktop.DBus.Error.UnknownObject'):
        storage.call(pool, POOL, 'Start')


def test_find_and_list(storage):
    pool = storage.define()
    uuid = storage.get(pool, 'Uuid')
    assert storage.plain(ROOTPATH, MANAGER, 'GetStoragePoolByName', 's', 'images') == pool
    assert storage.plain(ROOTPATH, MANAGER, 'GetStoragePoolByUuid', 's', uuid.upper()) == pool
    assert storage.call(ROOTPATH, MANAGER, 'ListStoragePools') == [pool]
    assert storage.session.objects()[pool][POOL]['Name'] == 'images'
    with refused('NotFound'):
        storage.plain(ROOTPATH, MANAGER, 'GetStoragePoolByName', 's', 'none')
    with refused('Exists', 'exists with the uuid'):
        storage.define('images', '/elsewhere')
    with refused('Exists', 'is in'):
        storage.define('other')
    with refused('InvalidXml', 'one component'):
        storage.define('../etc')
    with refused('InvalidXml', 'is missing|needs'):
        storage.call(ROOTPATH, MANAGER, 'DefineStoragePool', 's', "<pool type='dir'/>")


def test_capabilities(storage):
    text = storage.call(ROOTPATH, MANAGER, 'GetStorageCapabilities')
    assert "<pool type='dir' supported='yes'>" in text
    with refused('InvalidArgument', 'floppy'):
        storage.call(ROOTPATH, MANAGER, 'FindStoragePoolSources', 'ss', 'floppy', '')


def test_transient_pool(storage):
    xml = f"<pool type='dir'><name>tmp</name><target><path>{storage.folder}</path></target></pool>"
    pool = storage.call(ROOTPATH, MANAGER, 'StartTransientStoragePool', 's', xml, build=True)
    assert storage.get(pool, 'State') == 'active' and not storage.get(pool, 'Persistent')
    with refused('NotSupported'):
        storage.call(pool, POOL, 'SetAutostart', 'b', True)
    storage.session.kill()
    storage.session.start()
    wait_for(lambda: storage.get(pool, 'State') == 'active')
    storage.call(pool, POOL, 'Stop')
    assert storage.call(ROOTPATH, MANAGER, 'ListStoragePools') == []


# --- recovery ---

def test_pool_survives_a_kill(storage):
    pool = storage.pool()
    storage.create(pool, volume_xml('a'))
    storage.call(pool, POOL, 'SetAutostart', 'b', True)
    storage.session.kill()
    with open(os.path.join(storage.folder, '.roost-1234.part'), 'w', encoding='utf-8') as f:
        f.write('half')
    storage.session.start()
    wait_for(lambda: storage.get(pool, 'State') == 'active')
    assert storage.names(pool) == ['a'] and storage.get(pool, 'Autostart')
    assert storage.leftovers() == []
    storage.call(pool, POOL, 'Stop')
    storage.session.stop()
    storage.session.start()
    wait_for(lambda: storage.get(pool, 'State') == 'active', what='autostart')


def test_folder_gone_while_down(storage):
    pool = storage.pool()
    storage.session.kill()
    os.rmdir(storage.folder)
    storage.session.start()
    wait_for(lambda: storage.get(pool, 'CurrentJob') == '/')
    assert storage.get(pool, 'State') == 'inactive'


# --- volumes ---

def test_create(storage):
    pool = storage.pool()
    seen = storage.session.record()
    raw = storage.create(pool, volume_xml('a b.img'))
    assert raw == pool + '/volume/a_20b_2eimg'
    assert storage.get(raw, 'Capacity', VOLUME) == 1 << 20
    assert storage.get(raw, 'Allocation', VOLUME) < 65536
    assert storage.get(raw, 'Pool', VOLUME) == pool
    assert os.stat(os.path.join(storage.folder, 'a b.img')).st_mode & 0o777 == 0o600
    storage.session.pump(lambda: any(s[2] == 'VolumeAdded' and s[3] == (raw, 'a b.img') for s in seen))
    full = storage.create(pool, volume_xml('full'), preallocation='full')
    assert storage.get(full, 'Allocation', VOLUME) >= 1 << 20
    q = storage.create(pool, "<volume><name>q</name><capacity unit='GiB'>2</capacity><target><format type='qcow2'/>"
                       "<clusterSize unit='KiB'>128</clusterSize><features><extended_l2/></features>"
                       "<permissions><mode>0640</mode></permissions></target></volume>")
    info = storage.call(q, VOLUME, 'GetInfo')
    assert info['format'] == 'qcow2' and info['capacity'] == 2 << 30 and info['cluster-size'] == 128 << 10
    assert info['extended-l2'] and info['compat'] == '1.1'
    assert os.stat(os.path.join(storage.folder, 'q')).st_mode & 0o777 == 0o640
    assert '<extended_l2/>' in storage.call(q, VOLUME, 'GetXml')
    assert storage.names(pool) == ['a b.img', 'full', 'q']
    assert storage.get(pool, 'VolumeCount') == 3
    path = storage.get(q, 'Path', VOLUME)
    assert storage.plain(ROOTPATH, MANAGER, 'GetStorageVolumeByPath', 's', path) == q


def test_create_is_refused(storage):
    pool = storage.pool()
    storage.create(pool, volume_xml('a'))
    for xml, name, text in (
            (volume_xml('a'), 'Exists', 'already'),
            (volume_xml('../a'), 'InvalidXml', 'one component'),
            (volume_xml('..'), 'InvalidXml', 'one component'),
            (volume_xml('.roost-x'), 'InvalidArgument', 'kept'),
            (volume_xml('b', size=None), 'InvalidXml', 'capacity'),
            (volume_xml('b', kind='iso'), 'NotSupported', 'iso'),
            (volume_xml('b', kind='wat'), 'InvalidXml', 'wat'),
            (volume_xml('b', rest='<backingStore><path>a</path></backingStore>'), 'InvalidXml', 'qcow2'),
            ('<volume>', 'InvalidXml', 'line')):
        with refused(name, text):
            storage.create(pool, xml)
    with refused('InvalidArgument', 'preallocation'):
        storage.create(pool, volume_xml('b'), preallocation='some')
    storage.call(pool, POOL, 'Stop')
    with refused('NotRunning'):
        storage.create(pool, volume_xml('b'))
    assert storage.leftovers() == []


def test_overlay_and_chain(storage):
    pool = storage.pool()
    storage.create(pool, volume_xml('base', kind='qcow2'))
    top = storage.create(pool, volume_xml(
        'top', None, 'qcow2', "<backingStore><path>base</path><format type='qcow2'/></backingStore>", ''))
    chain = storage.call(top, VOLUME, 'GetChain')
    assert chain == [(storage.folder + '/top', 'qcow2'), (storage.folder + '/base', 'qcow2')]
    secret = os.path.join(storage.session.folder, 'secret')
    with open(secret, 'wb') as f:
        f.write(b'x' * 4096)
    outside = volume_xml('evil', None, 'qcow2', f'<backingStore><path>{secret}</path></backingStore>', '')
    with refused('Storage', 'in no(ne| active pool)'):
        storage.create(pool, outside)
    evil = storage.create(pool, outside, outside=True)
    with refused('Storage', 'leaves the storage pools'):
        storage.call(evil, VOLUME, 'GetChain')
    with refused('Storage', 'leaves the storage pools'):
        storage.copy(pool, volume_xml('copy', None, allocation=''), evil)
    assert len(storage.call(evil, VOLUME, 'GetChain', outside=True)) == 2


def test_what_a_guest_wrote_is_not_followed(storage):
    """A raw volume whose guest wrote a qcow2 header that names a file of the host."""
    pool = storage.pool()
    storage.create(pool, volume_xml('disk'))
    path = os.path.join(storage.folder, 'disk')
    subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-u', '-b', '/etc/passwd', '-F', 'raw', path, '1M'],
                   check=True)
    storage.call(pool, POOL, 'Refresh')
    disk = storage.volume(pool, 'disk')
    with refused('Storage', 'leaves the storage pools'):
        storage.copy(pool, volume_xml('copy', None, allocation=''), disk)
    storage.copy(pool, volume_xml('copy', None, allocation=''), disk, source_format='raw')
    with open(os.path.join(storage.folder, 'copy'), 'rb') as f:
        assert b'root:' not in f.read()


def test_copy(storage):
    pool = storage.pool()
    source = storage.create(pool, volume_xml('source'))
    with open(os.path.join(storage.folder, 'source'), 'r+b') as f:
        f.write(b'content')
    copy = storage.copy(pool, volume_xml('copy', 4 << 20, 'qcow2'), source)
    assert storage.call(copy, VOLUME, 'GetInfo')['capacity'] == 4 << 20
    out = subprocess.run(['qemu-io', '-f', 'qcow2', '-r', '-c', 'read -v 0 16', storage.folder + '/copy'],
                         capture_output=True, text=True, check=True).stdout
    assert 'content' in out
    with refused('InvalidArgument', 'no volume'):
        storage.copy(pool, volume_xml('x'), pool)


def test_resize_and_delete(storage):
    pool = storage.pool()
    volume = storage.create(pool, volume_xml('a', kind='qcow2'))
    storage.wait(storage.call(volume, VOLUME, 'Resize', 't', 8 << 20))
    assert storage.get(volume, 'Capacity', VOLUME) == 8 << 20
    with refused('InvalidArgument', 'shrink'):
        storage.call(volume, VOLUME, 'Resize', 't', 1 << 20)
    storage.wait(storage.call(volume, VOLUME, 'Resize', 't', 1 << 20, shrink=True))
    assert storage.get(volume, 'Capacity', VOLUME) == 1 << 20
    storage.call(volume, VOLUME, 'Delete')
    assert os.listdir(storage.folder) == []
    with refused('org.freedesktop.DBus.Error.UnknownObject'):
        storage.call(volume, VOLUME, 'Delete')


def test_upload_and_download(storage):
    pool = storage.pool()
    volume = storage.create(pool, volume_xml('a'))
    data = os.urandom(3 << 20)
    read, write = os.pipe()
    feeder = threading.Thread(target=lambda: (os.write(write, b''), [os.write(write, data[i:i + 65536])
                                              for i in range(0, len(data), 65536)], os.close(write)))
    job = storage.transfer(volume, 'Upload', read)
    feeder.start()
    storage.wait(job)
    feeder.join()
    os.close(read)
    assert storage.get(job, 'BytesDone', JOB) == len(data)
    assert storage.get(volume, 'Physical', VOLUME) == len(data)
    target = os.path.join(storage.session.folder, 'out')
    with open(target, 'w+b') as f:
        storage.wait(storage.transfer(volume, 'Download', f.fileno(), offset=t(10), length=t(100)))
        f.seek(0)
        assert f.read() == data[10:110]
    job = storage.call(volume, VOLUME, 'Checksum')
    storage.wait(job)
    assert storage.get(job, 'Details', JOB)['checksum'] == hashlib.sha256(data).hexdigest()
    storage.wait(storage.call(volume, VOLUME, 'Wipe'))
    with open(os.path.join(storage.folder, 'a'), 'rb') as f:
        assert f.read() == bytes(len(data))


def test_cancelled_upload_keeps_the_old_content(storage):
    pool = storage.pool()
    volume = storage.create(pool, volume_xml('a'))
    read, write = os.pipe()
    job = storage.transfer(volume, 'Upload', read)
    os.write(write, b'half')
    with refused('Busy', 'upload-volume'):
        storage.call(volume, VOLUME, 'Delete')
    with refused('Busy'):
        storage.call(pool, POOL, 'Stop')
    storage.create(pool, volume_xml('other'))
    storage.call(job, JOB, 'Cancel')
    with refused('Cancelled'):
        storage.wait(job)
    assert storage.get(job, 'State', JOB) == 'cancelled'
    with open(os.path.join(storage.folder, 'a'), 'rb') as f:
        assert f.read() == bytes(1 << 20)
    assert storage.leftovers() == []
    os.close(read)
    os.close(write)


def test_two_make_the_same(storage):
    pool = storage.pool()
    made, failed = [], []

    def make():
        connection = storage.session.bus.connect()
        try:
            reply = connection.call_sync(NAME, pool, POOL, 'CreateVolume',
                                         GLib.Variant('(sa{sv})', (volume_xml('same'), {})), None,
                                         Gio.DBusCallFlags.NONE, 60000, None)
            made.append(reply.unpack()[1])
        except GLib.Error as error:
            failed.append(error_name(error))
    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for job in made:
        storage.wait(job)
    assert len(made) == 1 and len(failed) == 7
    assert set(failed) <= {'org.roost1.Error.Busy', 'org.roost1.Error.Exists'}
    assert storage.names(pool) == ['same'] and storage.leftovers() == []


# --- what comes and goes by itself ---

def test_files_come_and_go(storage):
    pool = storage.pool()
    seen = storage.session.record()
    path = os.path.join(storage.folder, 'new.img')
    with open(path, 'wb') as f:
        f.truncate(12345)
    wait_for(lambda: storage.names(pool) == ['new.img'])
    assert storage.get(storage.volume(pool, 'new.img'), 'Capacity', VOLUME) == 12345
    os.symlink('/etc/passwd', os.path.join(storage.folder, 'link'))
    os.rename(path, os.path.join(storage.folder, 'other.img'))
    wait_for(lambda: storage.names(pool) == ['other.img'])
    os.unlink(os.path.join(storage.folder, 'other.img'))
    wait_for(lambda: storage.names(pool) == [])
    storage.session.pump(lambda: [s[2] for s in seen].count('VolumeRemoved') == 2)


def test_file_gone_behind_the_daemon(storage):
    pool = storage.pool()
    volume = storage.create(pool, volume_xml('a', kind='qcow2'))
    os.unlink(os.path.join(storage.folder, 'a'))
    try:
        storage.wait(storage.call(volume, VOLUME, 'Resize', 't', 8 << 20))
        raise AssertionError('there is nothing to resize')
    except GLib.Error as error:
        assert error_name(error).rsplit('.', 1)[1] in ('Storage', 'NotFound', 'UnknownObject'), error_text(error)
    wait_for(lambda: storage.names(pool) == [])


# --- faults ---

STEPS = ('make file', 'write content', 'set permissions', 'put in place')


def break_at(storage, fault, do):
    """The daemon runs with @fault, which @do meets. -> the error's name, None when it was killed"""
    session = storage.session
    session.stop()
    session.env['ROOST_FAULT'] = fault
    session.start()
    del session.env['ROOST_FAULT']
    wait_for(lambda: storage.get(storage.plain(ROOTPATH, MANAGER, 'GetStoragePoolByName', 's', 'images'),
                                 'State') == 'active')
    try:
        do()
    except GLib.Error as error:
        if ':kill' in fault:
            session.daemon.wait(20)
            session.daemon = None
            session.start()
            return None
        return error_name(error)
    raise AssertionError('the fault was not met')


@pytest.mark.parametrize('step,kind', [(step, kind) for step in STEPS for kind in ('fail', 'cancel', 'kill', 'kill-after')
                                       if (step, kind) != ('put in place', 'cancel')])
def test_create_breaks(storage, step, kind):
    pool = storage.pool()
    break_at(storage, f'{step}:{kind}', lambda: storage.create(pool, volume_xml('a', kind='qcow2')))
    wait_for(lambda: storage.get(pool, 'State') == 'active' and storage.get(pool, 'CurrentJob') == '/')
    whole = (step, kind) == ('put in place', 'kill-after')
    assert storage.names(pool) == (['a'] if whole else [])
    assert storage.leftovers() == []


@pytest.mark.parametrize('step', ('make file', 'receive content', 'put in place'))
def test_upload_is_killed(storage, step):
    pool = storage.pool()
    volume = storage.create(pool, volume_xml('a'))
    source = os.path.join(storage.session.folder, 'in')
    with open(source, 'wb') as f:
        f.write(b'new' * 1000)

    def upload():
        with open(source, 'rb') as f:
            storage.wait(storage.transfer(volume, 'Upload', f.fileno()))
    break_at(storage, f'{step}:kill', upload)
    wait_for(lambda: storage.get(pool, 'State') == 'active' and storage.get(pool, 'CurrentJob') == '/')
    assert storage.get(volume, 'Physical', VOLUME) == 1 << 20
    assert storage.leftovers() == []


@pytest.mark.parametrize('step', ('write content', 'put in place'))
def test_copy_is_killed(storage, step):
    pool = storage.pool()
    source = storage.create(pool, volume_xml('source'))
    break_at(storage, f'{step}:kill', lambda: storage.copy(pool, volume_xml('copy'), source))
    wait_for(lambda: storage.get(pool, 'State') == 'active' and storage.get(pool, 'CurrentJob') == '/')
    assert storage.names(pool) == ['source'] and storage.leftovers() == []


def test_resize_is_killed(storage):
    pool = storage.pool()
    volume = storage.create(pool, volume_xml('a', kind='qcow2'))
    break_at(storage, 'resize:kill-after', lambda: storage.wait(storage.call(volume, VOLUME, 'Resize', 't', 8 << 20)))
    wait_for(lambda: storage.get(pool, 'State') == 'active' and storage.get(pool, 'CurrentJob') == '/')
    assert storage.get(volume, 'Capacity', VOLUME) == 8 << 20
    subprocess.run(['qemu-img', 'check', '-q', '-f', 'qcow2', storage.folder + '/a'], check=True)


def fake_tool(session, name, script):
    """A program that is found before the real one, once the daemon is started again."""
    folder = os.path.join(session.folder, 'tools')
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    with open(path, 'w', encoding='utf-8') as f:
        f.write('#!/bin/sh\n' + script)
    os.chmod(path, 0o755)
    session.env['PATH'] = folder + ':' + os.environ['PATH']
    session.stop()
    session.start()


def test_hung_tool_holds_nobody_else(storage):
    pool = storage.pool()
    storage.create(pool, volume_xml('a'))
    fake_tool(storage.session, 'qemu-img', 'sleep 1000\n')
    wait_for(lambda: storage.get(pool, 'State') == 'active')
    volume, job = storage.call(pool, POOL, 'CreateVolume', 's', volume_xml('b'))
    storage.call(storage.volume(pool, 'a'), VOLUME, 'Delete')
    with refused('Busy', 'create-volume'):
        storage.call(pool, POOL, 'CreateVolume', 's', volume_xml('b'))
    storage.call(job, JOB, 'Cancel')
    with refused('Cancelled'):
        storage.wait(job)
    assert storage.leftovers() == []


def test_disk_full(storage):
    """The tool says what it says when the disk is full, in the middle of its work."""
    pool = storage.pool()
    fake_tool(storage.session, 'qemu-img', 'for last; do :; done\n/usr/bin/qemu-img "$@" || exit\n'
              'echo "qemu-img: error while writing: No space left on device" >&2\nexit 1\n')
    wait_for(lambda: storage.get(pool, 'State') == 'active')
    with refused('NoSpace', 'No space left'):
        storage.create(pool, volume_xml('a', 8 << 20), preallocation='full')
    assert storage.names(pool) == [] and storage.leftovers() == []


def test_odd_answers_of_the_tool(storage):
    pool = storage.pool()
    volume = storage.create(pool, volume_xml('a', kind='qcow2'))
    for answer in ('', '[]', '{', '{"format": 1}', '{"format": "qcow2", "virtual-size": -1}', '{"format": "x"}'):
        fake_tool(storage.session, 'qemu-img', f"printf '%s' '{answer}'\n")
        wait_for(lambda: storage.get(pool, 'State') == 'active')
        with pytest.raises(GLib.Error):
            storage.call(volume, VOLUME, 'GetInfo')
        assert 'qcow2' in storage.call(volume, VOLUME, 'GetXml')


# --- many ---

def test_pages(storage):
    pool = storage.pool()
    for i in range(25):
        with open(os.path.join(storage.folder, f'v{i:02}'), 'wb') as f:
            f.truncate(i)
    storage.call(pool, POOL, 'Refresh')
    rows, total = storage.call(pool, POOL, 'ListVolumes', offset=u(10), limit=u(5))
    assert total == 25 and [r[1] for r in rows] == [f'v{i}' for i in range(10, 15)]
    assert storage.call(pool, POOL, 'ListVolumes', offset=u(24))[0][0][5] == 24
    assert storage.call(pool, POOL, 'ListVolumes', offset=u(99))[0] == []
    with refused('InvalidArgument'):
        storage.call(pool, POOL, 'ListVolumes', limit=u(100000))
    assert not any('/volume/' in path for path in storage.session.objects())


# --- domains on pools ---

def disk_xml(volume, kind='raw'):
    return (f"<disk type='volume' device='disk'><driver name='qemu' type='{kind}'/>"
            f"<source pool='images' volume='{volume}'/><target dev='vda' bus='virtio'/></disk>")


def test_domain_on_a_volume(storage):
    pool = storage.pool()
    volume = storage.create(pool, volume_xml('disk'))
    session = storage.session
    domain = session.define(devices=disk_xml('disk'))
    session.domain(domain, 'Start', paused=True)
    assert storage.get(volume, 'Users', VOLUME) == [domain]
    assert f"file='{storage.folder}/disk'" in session.domain(domain, 'GetXml')
    assert "volume='disk'" in session.domain(domain, 'GetXml', inactive=True)
    for method, signature, args in (('Delete', '', ()), ('Wipe', '', ()), ('Resize', 't', (8 << 20,))):
        with refused('Busy', 'in use by the running domain'):
            storage.call(volume, VOLUME, method, signature, *args)
    with refused('Busy', 'running domain'):
        storage.call(pool, POOL, 'Stop')
    assert storage.call(volume, VOLUME, 'GetInfo')['capacity'] == 1 << 20
    session.domain(domain, 'Destroy')
    assert storage.get(volume, 'Users', VOLUME) == []
    storage.call(volume, VOLUME, 'Delete')
    with refused('NotFound', "no volume 'disk'"):
        session.domain(domain, 'Start')
    storage.call(pool, POOL, 'Stop')
    with refused('Storage', 'not active'):
        session.domain(domain, 'Start')


def test_command_line_of_a_domain_on_volumes(storage):
    """What is only shown names the file of a volume that is there, and the volume of one that is not."""
    storage.create(storage.pool(), volume_xml('disk'))
    shown = {name: ' '.join(storage.session.manager('DomainXmlToArguments', 's', domain_xml(devices=disk_xml(name))))
             for name in ('disk', 'none')}
    assert f'"filename":"{storage.folder}/disk"' in shown['disk']
    assert '"filename":"images/none"' in shown['none']


def test_volume_is_plugged_in(storage):
    pool = storage.pool()
    volume = storage.create(pool, volume_xml('disk'))
    session = storage.session
    domain = session.define()
    session.domain(domain, 'Start', paused=True)
    with refused('NotFound', "no volume 'none'"):
        session.domain(domain, 'AttachDevice', 's', disk_xml('none'))
    session.domain(domain, 'AttachDevice', 's', disk_xml('disk'))
    assert storage.get(volume, 'Users', VOLUME) == [domain]
    assert "volume='disk'" in session.domain(domain, 'GetXml', inactive=True)
    session.domain(domain, 'Destroy')
    assert storage.get(volume, 'Users', VOLUME) == []


def test_volume_is_put_in_a_drive(storage):
    pool = storage.pool()
    volume = storage.create(pool, volume_xml('iso'))
    session = storage.session
    xml = "<disk type='{}' device='cdrom'>{}<target dev='sda' bus='sata'/><readonly/></disk>"
    domain = session.define(devices=xml.format('file', ''), machine='q35')
    session.domain(domain, 'Start', paused=True)
    with refused('NotFound', "no volume 'none'"):
        session.domain(domain, 'UpdateDevice', 's', xml.format('volume', "<source pool='images' volume='none'/>"))
    session.domain(domain, 'UpdateDevice', 's', xml.format('volume', "<source pool='images' volume='iso'/>"))
    assert storage.get(volume, 'Users', VOLUME) == [domain]
    assert "volume='iso'" in session.domain(domain, 'GetXml', inactive=True)
    session.domain(domain, 'UpdateDevice', 's', xml.format('file', ''))
    assert storage.get(volume, 'Users', VOLUME) == []
    session.domain(domain, 'Destroy')


def test_images_below_are_in_use(storage):
    """Those that an image's header names, too: after a start, a plug, and a kill of the daemon."""
    pool = storage.pool()
    session = storage.session
    base = storage.create(pool, volume_xml('base', kind='qcow2'))
    below = "<backingStore><path>{}</path><format type='qcow2'/></backingStore>"
    middle = storage.create(pool, volume_xml('middle', kind='qcow2', rest=below.format('base')))
    for name in ('top', 'plugged'):
        storage.create(pool, volume_xml(name, kind='qcow2', rest=below.format('middle')))
    domain = session.define(devices=disk_xml('top', 'qcow2'))
    session.domain(domain, 'Start', paused=True)
    for volume in (base, middle):
        assert storage.get(volume, 'Users', VOLUME) == [domain]
        for method, signature, args in (('Delete', '', ()), ('Wipe', '', ()), ('Resize', 't', (8 << 20,))):
            with refused('Busy', 'in use by the running domain'):
                storage.call(volume, VOLUME, method, signature, *args)
    assert 'base' not in session.domain(domain, 'GetXml', inactive=True)
    session.kill()
    session.start()
    wait_for(lambda: session.get(domain, 'State') == 'paused')
    assert storage.get(base, 'Users', VOLUME) == [domain]
    session.domain(domain, 'Destroy')
    assert storage.get(base, 'Users', VOLUME) == []
    other = session.define('other')
    session.domain(other, 'Start', paused=True)
    session.domain(other, 'AttachDevice', 's', disk_xml('plugged', 'qcow2'))
    assert storage.get(base, 'Users', VOLUME) == [other]
    assert 'base' not in session.domain(other, 'GetXml', inactive=True)
    storage.copy(pool, volume_xml('copy', None, allocation=''), base)  # others only read it
    session.domain(other, 'Destroy')
    with refused('Busy', "/middle' lies above the volume 'base'"):
        storage.call(base, VOLUME, 'Delete')
    storage.call(base, VOLUME, 'Delete', force=True)
    with refused('NotFound', '/base. of the chain'):
        session.domain(domain, 'Start')


def file_disk(path, kind='qcow2'):
    return (f"<disk type='file'><driver name='qemu' type='{kind}'/><source file='{path}'/>"
            "<target dev='vda' bus='virtio'/></disk>")


def overlay(path, base, *options):
    subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base, path, *options], check=True)


def test_images_below_files_are_in_use(storage):
    """Of a disk that names a file, in a pool or not: what its header names is known from its start on."""
    pool = storage.pool()
    session = storage.session
    base = storage.create(pool, volume_xml('base', kind='qcow2'))
    top = os.path.join(session.folder, 'top')
    overlay(top, storage.folder + '/base')
    domain = session.define('web', devices=file_disk(top))
    session.domain(domain, 'Start', paused=True)
    assert f"file='{storage.folder}/base'" in session.domain(domain, 'GetXml')
    assert 'backingStore' not in session.domain(domain, 'GetXml', inactive=True)
    for _ in range(2):
        assert storage.get(base, 'Users', VOLUME) == [domain]
        for method, signature, args in (('Delete', '', ()), ('Wipe', '', ()), ('Resize', 't', (8 << 20,))):
            with refused('Busy', "in use by the running domain 'web'"):
                storage.call(base, VOLUME, method, signature, *args, **({'force': True} if method == 'Delete' else {}))
        with refused('Busy', "running domain 'web'"):
            storage.call(pool, POOL, 'Stop')
        session.kill()
        session.start()
        wait_for(lambda: session.get(domain, 'State') == 'paused')
    session.domain(domain, 'Destroy')
    other = session.define('other')
    session.domain(other, 'Start', paused=True)
    session.domain(other, 'AttachDevice', 's', file_disk(top))
    assert storage.get(base, 'Users', VOLUME) == [other]
    assert 'backingStore' not in session.domain(other, 'GetXml', inactive=True)
    session.domain(other, 'Destroy')
    assert storage.get(base, 'Users', VOLUME) == []
    # An old image that does not say the format of the one below.
    overlay(top, storage.folder + '/base')
    with open(top, 'r+b') as f:
        header = f.read(4096)
        at = header.index(b'\xe2\x79\x2a\xca')  # the extension that holds the format
        f.seek(at)
        f.write(b'\xff\xff\xff\xff')
    with refused('Storage', 'qemu-img rebase -u -F qcow2'):
        session.domain(domain, 'Start')
    subprocess.run(['qemu-img', 'rebase', '-u', '-F', 'qcow2', '-b', storage.folder + '/base', '-f', 'qcow2', top],
                   check=True)
    session.domain(domain, 'Start', paused=True)
    session.domain(domain, 'Destroy')
    os.unlink(storage.folder + '/base')
    with refused('NotFound', "disk 'vda'.*/base"):
        session.domain(domain, 'Start')


def test_image_below_is_held_while_one_above_is_made(storage):
    pool = storage.pool()
    base = storage.create(pool, volume_xml('base', kind='qcow2'))
    fake_tool(storage.session, 'qemu-img', 'case $1 in create) sleep 1000;; esac\nexec /usr/bin/qemu-img "$@"\n')
    wait_for(lambda: storage.get(pool, 'State') == 'active')
    below = "<backingStore><path>base</path><format type='qcow2'/></backingStore>"
    jobs = [storage.call(pool, POOL, 'CreateVolume', 's', volume_xml(name, None, 'qcow2', below, ''))[1]
            for name in ('one', 'two')]  # two at once, as for machines from one template
    for method, signature, args in (('Delete', '', ()), ('Wipe', '', ()), ('Resize', 't', (8 << 20,))):
        with refused('Busy', 'makes an image above'):
            storage.call(base, VOLUME, method, signature, *args)
    for job in jobs:
        storage.call(job, JOB, 'Cancel')
        with refused('Cancelled'):
            storage.wait(job)
    storage.call(base, VOLUME, 'Delete')
    assert storage.names(pool) == [] and storage.leftovers() == []


def test_guest_image_that_leaves_the_pool(storage):
    pool = storage.pool()
    storage.create(pool, volume_xml('disk', kind='qcow2'))
    subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-u', '-b', '/etc/passwd', '-F', 'raw',
                    storage.folder + '/disk', '1M'], check=True)
    domain = storage.session.define(devices=disk_xml('disk', 'qcow2'))
    with refused('Storage', 'leaves the storage pools'):
        storage.session.domain(domain, 'Start')


# --- the client ---

def good(run):
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_roostctl(storage):
    ctl = storage.session.ctl
    xml = f"<pool type='dir'><name>images</name><target><path>{storage.folder}</path></target></pool>"
    file = os.path.join(storage.session.folder, 'pool.xml')
    with open(file, 'w', encoding='utf-8') as f:
        f.write(xml)
    good(ctl('pool-define', file))
    good(ctl('pool-build', 'images'))
    good(ctl('pool-start', 'images'))
    good(ctl('pool-autostart', 'images'))
    good(ctl('pool-define-as', '--target', storage.session.folder + '/<other>', '--build', '--autostart', 'other', 'dir'))
    other = json.loads(good(ctl('--json', 'pool-info', 'other')))
    assert (other['State'], other['Autostart'], other['Path']) == ('active', True, storage.session.folder + '/<other>')
    named = ctl('pool-define-as', '--source-host', 'nas', '--source-path', '/x', '--target', '/y', 'nas', 'nonsense')
    assert named.returncode != 0 and "'nonsense'" in named.stderr
    assert 'images' in good(ctl('pool-list')) and 'active' in good(ctl('pool-info', 'images'))
    good(ctl('vol-create-as', 'images', 'base', '4M'))
    good(ctl('vol-create-as', 'images', 'top.qcow2', '--format', 'qcow2', '--backing', 'base'))
    good(ctl('vol-clone', 'images', 'base', 'copy'))
    assert good(ctl('vol-list', '--names', 'images')).split() == ['base', 'copy', 'top.qcow2']
    assert '4 MiB' in good(ctl('vol-list', 'images'))
    good(ctl('vol-upload', 'images', 'copy', '-', stdin='hello'))
    assert good(ctl('vol-download', 'images', 'copy', '-')) == 'hello'
    assert good(ctl('vol-checksum', 'images', 'copy')).strip() == hashlib.sha256(b'hello').hexdigest()
    good(ctl('vol-resize', 'images', 'top.qcow2', '8M'))
    assert '8388608' in good(ctl('--json', 'vol-info', 'images', 'top.qcow2'))
    good(ctl('vol-wipe', '--trim', 'images', 'base'))
    assert good(ctl('vol-path', 'images', 'copy')).strip() == storage.folder + '/copy'
    good(ctl('vol-delete', 'images', 'copy', 'top.qcow2', 'base'))
    assert ctl('vol-path', 'images', 'copy').returncode == 3
    assert ctl('vol-resize', 'images', 'x', 'much').returncode == 2
    assert "type='dir'" in good(ctl('pool-xml', 'images')) and 'supported' in good(ctl('pool-capabilities'))
    good(ctl('pool-stop', 'images', 'other'))
    good(ctl('pool-delete', 'images', 'other'))
    good(ctl('pool-undefine', 'images', 'other'))
    assert json.loads(good(ctl('--json', 'pool-list'))) == []


@pytest.mark.skipif(os.geteuid() != 0, reason='a small file system of its own needs root')
def test_full_file_system(storage):
    os.makedirs(storage.folder)
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', storage.folder], check=False).returncode != 0:
        pytest.skip('no mounts here')
    try:
        pool = storage.pool()
        assert storage.get(pool, 'Capacity') == 2 << 20
        with refused('NoSpace'):
            storage.create(pool, volume_xml('a', 8 << 20), preallocation='full')
        volume = storage.create(pool, volume_xml('b', 8 << 20))
        source = os.path.join(storage.session.folder, 'in')
        with open(source, 'wb') as f:
            f.write(b'x' * (4 << 20))
        with open(source, 'rb') as f, refused('NoSpace'):
            storage.wait(storage.transfer(volume, 'Upload', f.fileno()))
        with refused('NoSpace'):
            storage.wait(storage.call(volume, VOLUME, 'Wipe'))
        assert storage.names(pool) == ['b'] and storage.leftovers() == []
        storage.call(volume, VOLUME, 'Delete')
        storage.create(pool, volume_xml('c', 1 << 20), preallocation='full')
        storage.call(pool, POOL, 'Stop')
    finally:
        subprocess.run(['umount', storage.folder], check=True)


# --- encryption ---

SECRET = 'org.roost1.Secret'


def crypt(usage, kind='luks'):
    return f"<encryption format='{kind}'><secret type='passphrase' usage='{usage}'/></encryption>"


def encrypted_xml(name, kind, usage='vol', encryption='luks'):
    return (f"<volume><name>{name}</name><capacity>1048576</capacity><target><format type='{kind}'/>"
            f'{crypt(usage, encryption)}</target></volume>')


def image_facts(storage, name):
    out = subprocess.run(['qemu-img', 'info', '--output=json', os.path.join(storage.folder, name)], check=True,
                         capture_output=True, text=True).stdout
    return json.loads(out)


def test_encrypted_volumes(storage):
    pool = storage.pool()
    with refused('NotFound', "'vol' of the volume is not known"):
        storage.create(pool, encrypted_xml('a', 'raw'))
    assert storage.names(pool) == [] and storage.leftovers() == []
    secret = storage.session.manager(
        'DefineSecret', 's', "<secret private='yes'><usage type='volume'><volume>vol</volume></usage></secret>")
    storage.session.with_options(secret, SECRET, 'SetValue', 'ay', (b'planted-key',))
    storage.create(pool, encrypted_xml('a', 'raw'))
    storage.create(pool, encrypted_xml('b', 'qcow2'))
    assert image_facts(storage, 'a')['format'] == 'luks'
    assert image_facts(storage, 'b')['encrypted'] is True
    with refused('NotSupported', "format='luks', not 'qcow'"):
        storage.create(pool, encrypted_xml('c', 'qcow2', encryption='qcow'))
    disks = ''.join(f"<disk type='volume'><driver name='qemu' type='{kind}'/><source pool='images' volume='{name}'>"
                    f"{crypt('vol')}</source><target dev='vd{name}' bus='virtio'/></disk>"
                    for name, kind in (('a', 'raw'), ('b', 'qcow2')))
    domain = storage.session.define('locked', devices=disks)
    storage.session.domain(domain, 'Start')
    assert 'planted-key' not in storage.session.domain(domain, 'GetXml', secrets=True)
    storage.session.domain(domain, 'Destroy')


def define_secret(storage, usage, value):
    path = storage.session.manager(
        'DefineSecret', 's', f"<secret private='yes'><usage type='volume'><volume>{usage}</volume></usage></secret>")
    storage.session.with_options(path, SECRET, 'SetValue', 'ay', (value.encode(),))


def content(storage, name, driver, key=None):
    """What a guest would read, opened with @key."""
    out = os.path.join(storage.session.folder, 'content')
    options = f'driver={driver},file.filename={storage.folder}/{name}'
    if key is not None:
        options += f",{'encrypt.' if driver == 'qcow2' else ''}key-secret=k"
    subprocess.run(['qemu-img', 'convert', '--object', f'secret,id=k,data={key}', '--image-opts', '-O', 'raw', options,
                    out], check=True)
    with open(out, 'rb') as f:
        return f.read()


def test_copies_of_encrypted_volumes(storage):
    pool = storage.pool()
    define_secret(storage, 'one', 'planted-one')
    define_secret(storage, 'two', 'planted-two')
    plain = storage.create(pool, volume_xml('plain'))
    data = os.urandom(1 << 20)
    with open(os.path.join(storage.folder, 'plain'), 'wb') as f:
        f.write(data)
    storage.copy(pool, encrypted_xml('raw1', 'raw', 'one'), plain)
    storage.copy(pool, encrypted_xml('cow1', 'qcow2', 'one'), plain)
    assert content(storage, 'raw1', 'luks', 'planted-one') == data
    assert content(storage, 'cow1', 'qcow2', 'planted-one') == data
    raw, cow = storage.volume(pool, 'raw1'), storage.volume(pool, 'cow1')
    large = {'cow2': encrypted_xml('cow2', 'qcow2', 'two'), 'raw2': encrypted_xml('raw2', 'raw', 'two')}
    large = {name: xml.replace('1048576', str(2 << 20)) for name, xml in large.items()}
    storage.copy(pool, large['cow2'], raw, source_secret='one')
    assert content(storage, 'cow2', 'qcow2', 'planted-two') == data + bytes(1 << 20)
    storage.copy(pool, large['raw2'], cow, source_secret='one')
    grown = content(storage, 'raw2', 'luks', 'planted-two')  # what was added decrypts to noise
    assert len(grown) == 2 << 20 and grown.startswith(data)
    for source in (raw, cow):
        with refused('InvalidArgument', "option 'source-secret'"):
            storage.copy(pool, encrypted_xml('no', 'raw', 'two'), source)
        with refused('InvalidArgument', "option 'source-secret'"):
            storage.copy(pool, volume_xml('no', 0, 'qcow2'), source)
    storage.copy(pool, volume_xml('plain2', 0, 'qcow2'), cow, source_secret='one')
    assert content(storage, 'plain2', 'qcow2') == data
    with refused('NotFound', "'none' of the volume is not known"):
        storage.copy(pool, volume_xml('no', 0), raw, source_secret='none')
    with refused('Storage', 'password|passphrase|key'):
        storage.copy(pool, volume_xml('no', 0), raw, source_secret='two')
    storage.copy(pool, volume_xml('raw5', 0), storage.volume(pool, 'raw1'))
    assert content(storage, 'raw5', 'luks', 'planted-one') == data
    assert storage.leftovers() == [] and 'no' not in storage.names(pool)
    done = storage.session.ctl('vol-clone', '--format', 'qcow2', '--secret', 'two', '--source-secret', 'one', 'images',
                               'cow1', 'by-ctl')
    assert done.returncode == 0, done.stderr
    assert content(storage, 'by-ctl', 'qcow2', 'planted-two') == data
    assert 'planted' not in storage.session.log_text()


def test_resize_of_encrypted_volumes(storage):
    """The content stays what it was, and the key what it opens; also above an encrypted image."""
    pool = storage.pool()
    define_secret(storage, 'one', 'planted-one')
    define_secret(storage, 'two', 'planted-two')
    plain = storage.create(pool, volume_xml('plain'))
    data = os.urandom(1 << 20)
    with open(os.path.join(storage.folder, 'plain'), 'wb') as f:
        f.write(data)
    for name, kind, driver in (('raw1', 'raw', 'luks'), ('cow1', 'qcow2', 'qcow2')):
        volume = storage.copy(pool, encrypted_xml(name, kind, 'one'), plain)
        with refused('InvalidArgument', "option 'secret'"):
            storage.call(volume, VOLUME, 'Resize', 't', 2 << 20)
        with refused('NotFound', "'none' of the volume is not known"):
            storage.call(volume, VOLUME, 'Resize', 't', 2 << 20, secret='none')
        storage.wait(storage.call(volume, VOLUME, 'Resize', 't', 2 << 20, secret='one'))
        assert storage.call(volume, VOLUME, 'GetInfo')['capacity'] == 2 << 20
        grown = content(storage, name, driver, 'planted-one')
        assert len(grown) == 2 << 20 and grown.startswith(data)
    with refused('Storage', 'password|passphrase|key'):
        storage.wait(storage.call(volume, VOLUME, 'Resize', 't', 2 << 20, secret='two'))
    done = storage.session.ctl('vol-resize', '--secret', 'one', 'images', 'cow1', '3M')
    assert done.returncode == 0, done.stderr
    storage.call(pool, POOL, 'Refresh')
    # What is above an encrypted image: its size is that of the image, its key its own.
    below = "<backingStore><path>{}</path><format type='{}'/></backingStore>"
    xml = encrypted_xml('{}', 'qcow2', 'one').replace('<capacity>1048576</capacity>', '')
    for name, base, kind, size in (('top1', 'raw1', 'luks', 2), ('top2', 'top1', 'qcow2', 4)):
        top = storage.create(pool, xml.format(name).replace('<target>', below.format(base, kind) + '<target>'))
        assert storage.call(top, VOLUME, 'GetInfo')['capacity'] == size << 20
        storage.wait(storage.call(top, VOLUME, 'Resize', 't', (size + 2) << 20, secret='one'))
        assert storage.call(top, VOLUME, 'GetInfo')['capacity'] == (size + 2) << 20
    disk = ("<disk type='volume'><driver name='qemu' type='qcow2'/><source pool='images' volume='top2'>"
            f"{crypt('one')}</source><target dev='vda' bus='virtio'/></disk>")
    domain = storage.session.define('locked', devices=disk)
    storage.session.domain(domain, 'Start', paused=True)
    assert storage.get(storage.volume(pool, 'raw1'), 'Users', VOLUME) == [domain]
    storage.session.domain(domain, 'Destroy')
    bare = storage.session.define('bare', devices=disk.replace(crypt('one'), ''))
    with refused('Storage', 'is encrypted, and the disk is not'):
        storage.session.domain(bare, 'Start')
    assert storage.leftovers() == [] and 'planted' not in storage.session.log_text()
