# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pools under stress: a mount that hangs, a disk that fills up in the middle of each operation, a daemon that is killed
in the middle of them, clients that want the same."""
import contextlib
import ctypes
import os
import subprocess
import threading

import pytest
from gi.repository import Gio, GLib

from harness import JOB, MANAGER, NAME, ROOTPATH, error_name, refused, wait_for
from test_storage import POOL, VOLUME, Storage, fake_tool, volume_xml

ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not ROOT, reason='a mount of its own needs root')
LIBC = ctypes.CDLL(None, use_errno=True)


@pytest.fixture
def storage(session):
    return Storage(session)


def later(storage, path, interface, method, signature='', *args, **options):
    """A call whose answer comes when it comes: a list that gets the answer's error, or None."""
    answers = []

    def done(connection, result):
        try:
            connection.call_finish(result)
            answers.append(None)
        except GLib.Error as error:
            answers.append(error_name(error))
    values = {k.replace('_', '-'): GLib.Variant('b', v) for k, v in options.items()}
    storage.session.connection.call(NAME, path, interface, method,
                                    GLib.Variant(f'({signature}a{{sv}})', tuple(args) + (values,)), None,
                                    Gio.DBusCallFlags.NONE, 600000, None, done)
    return answers


# --- a mount that hangs ---

class Hung:
    """A FUSE file system whose server never answers: whoever touches it waits."""

    def __init__(self, folder):
        self.folder = folder
        self.fd = os.open('/dev/fuse', os.O_RDWR | os.O_CLOEXEC)
        options = f'fd={self.fd},rootmode=40000,user_id=0,group_id=0'.encode()
        if LIBC.mount(b'hung', folder.encode(), b'fuse', 0, options) != 0:
            os.close(self.fd)
            pytest.skip('no mounts here: ' + os.strerror(ctypes.get_errno()))

    def end(self):
        """All who wait get an error."""
        if self.fd is not None:
            os.close(self.fd)
            LIBC.umount2(self.folder.encode(), 2)
        self.fd = None


@pytest.fixture
def hang(storage):
    hung = []

    def begin(folder):
        hung.append(Hung(folder))
        return hung[-1]
    yield begin
    for mount in hung:
        mount.end()


@needs_root
def test_pool_in_a_hung_mount(storage, hang):
    """It hangs from the start: the start waits, everybody else is served, and it can be cancelled."""
    os.makedirs(storage.folder)
    mount = hang(storage.folder)
    pool = storage.define('hung')
    started = later(storage, pool, POOL, 'Start')
    wait_for(lambda: storage.get(pool, 'State') == 'starting')
    other = os.path.join(storage.session.folder, 'other')
    os.makedirs(other)
    second = storage.define('other', other)
    storage.call(second, POOL, 'Start')
    storage.create(second, volume_xml('a'))
    assert storage.names(second) == ['a'] and not started
    with refused('Busy', "'start'"):
        storage.call(pool, POOL, 'Refresh')
    mount.end()
    storage.session.pump(lambda: started)
    assert started == ['org.roost1.Error.Storage'] or started == ['org.roost1.Error.Io']
    assert storage.get(pool, 'State') == 'inactive'


@needs_root
def test_many_calls_on_a_hung_mount(storage, hang):
    """It hangs while it is in use, and clients go on asking: others are served all the same."""
    pool = storage.pool()
    for i in range(40):
        with open(os.path.join(storage.folder, f'v{i:02}'), 'wb') as f:
            f.truncate(4096)
    storage.call(pool, POOL, 'Refresh')
    volumes = [storage.volume(pool, name) for name in storage.names(pool)]
    other = os.path.join(storage.session.folder, 'other')
    os.makedirs(other)
    second = storage.define('other', other)
    storage.call(second, POOL, 'Start')
    mount = hang(storage.folder)
    asked = [later(storage, volume, VOLUME, 'Delete') for volume in volumes]
    asked += [later(storage, volume, VOLUME, 'Wipe') for volume in volumes]
    for i in range(10):
        storage.create(second, volume_xml(f'a{i}'))
        storage.session.manager('ListDomains')
    path = storage.session.define('quick')
    storage.session.domain(path, 'Start', paused=True)
    storage.session.domain(path, 'Destroy')
    assert len(storage.names(pool)) == 40  # what is known is told
    mount.end()
    storage.session.pump(lambda: all(asked))
    wait_for(lambda: not any(storage.get(v, 'CurrentJob', VOLUME) != '/' for v in volumes
                             if v.rsplit('/', 1)[1] in storage.names(pool)))
    storage.call(pool, POOL, 'Refresh')
    assert len(storage.names(second)) == 10


@needs_root
def test_killed_with_a_hung_mount(storage, hang):
    """The next daemon finds its pool hung: it serves all else."""
    pool = storage.pool()
    storage.create(pool, volume_xml('a'))
    mount = hang(storage.folder)
    later(storage, storage.volume(pool, 'a'), VOLUME, 'Delete')
    storage.session.daemon.kill()
    mount.end()  # a process in a hung call ends only now
    storage.session.daemon.wait()
    storage.session.daemon = None
    mount = hang(storage.folder)
    storage.session.start()
    assert storage.call(ROOTPATH, MANAGER, 'ListStoragePools') == [pool]
    storage.session.manager('ListDomains')
    mount.end()
    wait_for(lambda: storage.get(pool, 'CurrentJob') == '/')
    with_file = os.path.exists(os.path.join(storage.folder, 'a'))
    if storage.get(pool, 'State') == 'inactive':
        storage.call(pool, POOL, 'Start')
    assert storage.names(pool) == (['a'] if with_file else [])


# --- a disk that fills up ---

@pytest.fixture
def small(storage):
    """A pool in 4 MiB."""
    os.makedirs(storage.folder)
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', storage.folder], check=False).returncode != 0:
        pytest.skip('no mounts here')
    pool = storage.pool()
    yield pool
    if storage.get(pool, 'State') == 'active':
        storage.call(pool, POOL, 'Stop')
    subprocess.run(['umount', storage.folder], check=True)


def fill(storage, name, size):
    with open(os.path.join(storage.folder, name), 'wb') as f:
        f.write(os.urandom(size))


def content(storage, name):
    with open(os.path.join(storage.folder, name), 'rb') as f:
        return f.read()


@needs_root
def test_disk_fills_up(storage, small):
    fill(storage, 'source', 3 << 20)
    before = content(storage, 'source')
    wait_for(lambda: storage.names(small) == ['source'])
    source = storage.volume(small, 'source')
    for kind in ('raw', 'qcow2'):
        with refused('NoSpace'):
            storage.copy(small, volume_xml('copy', None, kind, allocation=''), source)
    for options in ({'preallocation': 'full'}, {'preallocation': 'falloc'}):
        with refused('NoSpace'):
            storage.create(small, volume_xml('new', 8 << 20, 'qcow2'), **options)
    assert storage.names(small) == ['source'] and storage.leftovers() == []
    # It grows as a whole, or keeps its size and content.
    for size in ('full', 'falloc'):
        with refused('NoSpace'):
            storage.wait(storage.call(source, VOLUME, 'Resize', 't', 8 << 20, preallocation=size))
        assert storage.get(source, 'Capacity', VOLUME) == 3 << 20
        assert content(storage, 'source') == before
    file = os.path.join(storage.session.folder, 'in')
    with open(file, 'wb') as f:
        f.write(os.urandom(2 << 20))
    with open(file, 'rb') as f, refused('NoSpace'):
        storage.wait(storage.transfer(source, 'Upload', f.fileno()))
    assert content(storage, 'source') == before and storage.leftovers() == []
    assert storage.get(source, 'CurrentJob', VOLUME) == '/'
    # Into the middle of a sparse volume, and over all of it: what does not fit says so, and the volume is free again.
    thin = storage.create(small, volume_xml('thin', 8 << 20))
    with open(file, 'rb') as f, refused('NoSpace'):
        storage.wait(storage.transfer(thin, 'Upload', f.fileno(), offset=GLib.Variant('t', 4 << 20),
                                      length=GLib.Variant('t', 2 << 20)))
    with contextlib.suppress(GLib.Error):
        storage.wait(storage.call(thin, VOLUME, 'Wipe'))
    assert storage.get(thin, 'CurrentJob', VOLUME) == '/' and storage.get(thin, 'Capacity', VOLUME) == 8 << 20
    storage.call(thin, VOLUME, 'Delete')
    assert content(storage, 'source') == before and storage.leftovers() == []
    storage.call(source, VOLUME, 'Delete')
    storage.create(small, volume_xml('fits', 1 << 20), preallocation='full')


@needs_root
def test_no_room_for_a_definition(storage):
    """The folder of the configuration is full: nothing that is defined is lost, nothing half is added."""
    session = storage.session
    pool = storage.define('kept')
    folder = os.path.join(session.folder, 'config', 'roost', 'pool')
    kept = os.listdir(folder)
    session.stop()
    data = {name: open(os.path.join(folder, name), 'rb').read() for name in kept}
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', folder], check=False).returncode != 0:
        pytest.skip('no mounts here')
    try:
        for name, text in data.items():
            with open(os.path.join(folder, name), 'wb') as f:
                f.write(text)
        session.start()
        with open(os.path.join(folder, 'filler'), 'wb', buffering=0) as f, contextlib.suppress(OSError):
            while True:
                f.write(bytes(512))
        with refused('NoSpace'):
            storage.define('new', '/elsewhere')
        with refused('NoSpace'):
            storage.call(pool, POOL, 'SetAutostart', 'b', True)
        assert storage.call(ROOTPATH, MANAGER, 'ListStoragePools') == [pool] and not storage.get(pool, 'Autostart')
        session.kill()
        session.start()
        assert storage.call(ROOTPATH, MANAGER, 'ListStoragePools') == [pool]
        session.stop()
    finally:
        subprocess.run(['umount', folder], check=True)


# --- a daemon that is killed while a tool works ---

def slow_tool(storage, verb):
    """qemu-img works for ever in the middle of @verb: half of its output is there."""
    fake_tool(storage.session, 'qemu-img', f'''if [ "$1" = {verb} ]; then
  for last; do :; done
  for file; do case $file in */.roost-*) head -c 65536 /dev/urandom >"$file";; esac; done
  touch {storage.session.folder}/busy
  sleep 1000
fi
exec /usr/bin/qemu-img "$@"
''')
    wait_for(lambda: storage.get(storage.plain(ROOTPATH, MANAGER, 'GetStoragePoolByName', 's', 'images'),
                                 'State') == 'active')


def kill_when_busy(storage):
    wait_for(lambda: os.path.exists(os.path.join(storage.session.folder, 'busy')))
    storage.session.kill()
    storage.session.env['PATH'] = os.environ['PATH']
    storage.session.start()
    pool = storage.plain(ROOTPATH, MANAGER, 'GetStoragePoolByName', 's', 'images')
    wait_for(lambda: storage.get(pool, 'State') == 'active' and storage.get(pool, 'CurrentJob') == '/')


@pytest.mark.parametrize('verb', ('create', 'convert', 'resize'))
def test_killed_while_the_tool_works(storage, verb):
    pool = storage.pool()
    source = storage.create(pool, volume_xml('source', kind='qcow2'))
    before = content(storage, 'source')
    slow_tool(storage, verb)
    if verb == 'create':
        storage.call(pool, POOL, 'CreateVolume', 's', volume_xml('new', kind='qcow2'))
    elif verb == 'convert':
        storage.call(pool, POOL, 'CopyVolume', 'so', volume_xml('new', None, 'qcow2', allocation=''), source)
    else:
        storage.call(source, VOLUME, 'Resize', 't', 8 << 20)
    kill_when_busy(storage)
    assert storage.names(pool) == ['source'] and storage.leftovers() == []
    assert content(storage, 'source') == before
    storage.create(pool, volume_xml('new', kind='qcow2'))
    # The tool that was under way has ended with its daemon.
    wait_for(lambda: subprocess.run(['pgrep', '-f', storage.session.folder + '/tools/'], capture_output=True,
                                    check=False).returncode == 1, what='the tool to end')


def test_killed_in_an_upload(storage):
    pool = storage.pool()
    volume = storage.create(pool, volume_xml('a'))
    read, write = os.pipe()
    job = storage.transfer(volume, 'Upload', read)
    os.write(write, bytes(60000))
    wait_for(lambda: storage.get(job, 'BytesDone', JOB) > 0)
    storage.session.kill()
    os.close(write)
    os.close(read)
    storage.session.start()
    wait_for(lambda: storage.get(pool, 'State') == 'active' and storage.get(pool, 'CurrentJob') == '/')
    assert storage.get(volume, 'Physical', VOLUME) == 1 << 20 and storage.leftovers() == []
    assert storage.get(volume, 'CurrentJob', VOLUME) == '/'


# --- clients that want the same ---

def race(storage, calls):
    """Each of @calls by a client of its own, at once: the answers of those that went well, the errors of the others."""
    made, failed = [], []
    barrier = threading.Barrier(len(calls))

    def one(path, interface, method, signature, *args):
        connection = storage.session.bus.connect()
        barrier.wait()
        try:
            made.append(connection.call_sync(NAME, path, interface, method,
                                             GLib.Variant(f'({signature}a{{sv}})', args + ({},)), None,
                                             Gio.DBusCallFlags.NONE, 60000, None).unpack())
        except GLib.Error as error:
            failed.append(error_name(error).rsplit('.', 1)[1])
    threads = [threading.Thread(target=one, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return made, failed


def test_two_define_the_same_pool(storage):
    os.makedirs(storage.folder)
    xml = f"<pool type='dir'><name>same</name><target><path>{storage.folder}</path></target></pool>"
    made, failed = race(storage, [(ROOTPATH, MANAGER, 'DefineStoragePool', 's', xml)] * 6)
    assert len(made) == 1 and set(failed) <= {'Exists', 'Busy'} and len(failed) == 5
    pools = storage.call(ROOTPATH, MANAGER, 'ListStoragePools')
    assert pools == [made[0][0]]
    made, failed = race(storage, [(pools[0], POOL, 'Start', '')] * 6)
    assert len(made) == 1 and set(failed) <= {'Running', 'Busy'}
    storage.session.kill()
    storage.session.start()
    assert storage.call(ROOTPATH, MANAGER, 'ListStoragePools') == pools


def test_one_makes_what_another_deletes(storage):
    pool = storage.pool()
    for _ in range(5):
        volume = storage.create(pool, volume_xml('a'))
        made, failed = race(storage, [(volume, VOLUME, 'Delete', ''), (volume, VOLUME, 'Wipe', ''),
                                      (volume, VOLUME, 'Resize', 't', 2 << 20),
                                      (pool, POOL, 'CreateVolume', 's', volume_xml('a'))])
        assert made and set(failed) <= {'Busy', 'Exists', 'NotFound', 'UnknownObject'}
        wait_for(lambda: all(storage.get(p, 'State', JOB) != 'running' for row in made for p in row
                             if '/job/' in str(p)))
        assert storage.leftovers() == []
        assert storage.names(pool) == (['a'] if os.path.exists(os.path.join(storage.folder, 'a')) else [])
        if storage.names(pool):
            storage.call(storage.volume(pool, 'a'), VOLUME, 'Delete')


# --- files that go behind the daemon ---

@pytest.mark.parametrize('method,signature,args', [('Wipe', '', ()), ('Checksum', '', ()), ('Delete', '', ()),
                                                   ('Resize', 't', (8 << 20,)),
                                                   ('GetInfo', '', ()), ('GetChain', '', ()), ('GetXml', '', ())])
def test_file_goes_before_the_call(storage, method, signature, args):
    pool = storage.pool()
    volume = storage.create(pool, volume_xml('a', kind='qcow2'))
    os.unlink(os.path.join(storage.folder, 'a'))
    try:
        answer = storage.call(volume, VOLUME, method, signature, *args)
        if isinstance(answer, str) and '/job/' in answer:
            storage.wait(answer)
    except GLib.Error as error:
        assert error_name(error).rsplit('.', 1)[1] in ('NotFound', 'UnknownObject', 'Storage', 'Io'), error
    wait_for(lambda: storage.names(pool) == [])
    assert os.listdir(storage.folder) == []
    storage.create(pool, volume_xml('a', kind='qcow2'))


@pytest.mark.parametrize('kind', ('copy', 'overlay'))
def test_source_goes_before_the_call(storage, kind):
    """And nothing is left of what would have been made of it."""
    pool = storage.pool()
    source = storage.create(pool, volume_xml('a', kind='qcow2'))
    os.unlink(os.path.join(storage.folder, 'a'))
    below = "<backingStore><path>a</path><format type='qcow2'/></backingStore>"
    try:
        if kind == 'copy':
            storage.copy(pool, volume_xml('b', None, 'qcow2', allocation=''), source)
        else:
            storage.create(pool, volume_xml('b', None, 'qcow2', below, ''))
        raise AssertionError('it was made of nothing')
    except GLib.Error as error:
        assert error_name(error).rsplit('.', 1)[1] in ('NotFound', 'UnknownObject', 'Storage'), error
    wait_for(lambda: storage.names(pool) == [])
    assert os.listdir(storage.folder) == []


def test_folder_goes_behind_the_daemon(storage):
    pool = storage.pool()
    storage.create(pool, volume_xml('a'))
    os.rename(storage.folder, storage.folder + '.away')
    with refused('NotFound'):
        storage.create(pool, volume_xml('b'))
    with refused('NotFound'):
        storage.call(pool, POOL, 'Refresh')
    os.rename(storage.folder + '.away', storage.folder)
    storage.call(pool, POOL, 'Refresh')
    assert storage.names(pool) == ['a']
    storage.create(pool, volume_xml('b'))


def test_download_of_a_volume_that_shrinks(storage):
    pool = storage.pool()
    volume = storage.create(pool, volume_xml('a', 8 << 20), preallocation='full')
    read, write = os.pipe()
    job = storage.transfer(volume, 'Download', write)
    os.close(write)
    os.truncate(os.path.join(storage.folder, 'a'), 0)
    data = b''
    while True:
        piece = os.read(read, 1 << 20)
        if not piece:
            break
        data += piece
    os.close(read)
    assert len(data) <= 8 << 20 and data == bytes(len(data))
    wait_for(lambda: storage.get(job, 'State', JOB) != 'running')
    assert storage.get(volume, 'CurrentJob', VOLUME) == '/'
