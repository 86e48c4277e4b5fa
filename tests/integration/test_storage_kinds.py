# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kinds of pools besides dir. nbd and fs run for real; for the others a scripted tool replays what the real one
prints, and notes how it was called."""
import json
import os
import re
import shutil
import subprocess
from xml.etree import ElementTree

import pytest

from harness import MANAGER, ROOTPATH, refused, wait_for
from test_storage import POOL, VOLUME, Storage, fake_tool, good, volume_xml

ROOT = os.geteuid() == 0


@pytest.fixture
def storage(session):
    return Storage(session)


def start(storage, xml):
    pool = storage.call(ROOTPATH, MANAGER, 'DefineStoragePool', 's', xml)
    storage.call(pool, POOL, 'Start')
    return pool


def replay(storage, name, answers):
    """A tool that prints what stands beside the first pattern which its arguments match."""
    log = os.path.join(storage.session.folder, name + '.log')
    cases = ''.join(f"  {pattern}) cat <<'END'\n{text}\nEND\n  ;;\n" for pattern, text in answers)
    fake_tool(storage.session, name, f'echo "$@" >>{log}\ncase "$*" in\n{cases}esac\n')

    def calls():
        with open(log, encoding='utf-8') as f:
            return f.read().splitlines()
    return calls


def bare(name, size):
    return f'<volume><name>{name}</name><capacity>{size}</capacity></volume>'


# --- nbd, for real ---

@pytest.fixture
def export(storage):
    folder = storage.session.folder
    image, socket = os.path.join(folder, 'disk.raw'), os.path.join(folder, 'nbd.sock')
    with open(image, 'wb') as f:
        f.truncate(3 << 20)
    server = subprocess.Popen(['qemu-nbd', '-k', socket, '-t', '-e', '8', '-x', 'my disk', '-f', 'raw', image])
    wait_for(lambda: os.path.exists(socket))
    yield socket, server
    server.kill()
    server.wait()


def test_nbd(storage, export):
    socket, server = export
    xml = f"<pool type='nbd'><name>far</name><source><host transport='unix' socket='{socket}'/></source></pool>"
    pool = start(storage, xml)
    assert storage.names(pool) == ['my disk']
    volume = storage.volume(pool, 'my disk')
    assert storage.get(volume, 'Capacity', VOLUME) == 3 << 20
    assert storage.get(volume, 'Path', VOLUME) == f'nbd+unix:///my%20disk?socket={socket}'
    assert storage.get(volume, 'Type', VOLUME) == 'network'
    with refused('NotSupported'):
        storage.create(pool, volume_xml('x'))
    with refused('NotSupported'):
        storage.call(volume, VOLUME, 'Delete')
    with refused('NotSupported'):
        storage.call(volume, VOLUME, 'Wipe')
    storage.session.kill()
    storage.session.start()
    wait_for(lambda: storage.get(pool, 'State') == 'active')
    server.kill()
    server.wait()
    os.unlink(socket)
    with refused('Storage', 'qemu-nbd'):
        storage.call(pool, POOL, 'Refresh')
    storage.call(pool, POOL, 'Stop')
    with refused('Storage'):
        storage.call(pool, POOL, 'Start')
    assert storage.get(pool, 'State') == 'inactive'


# --- fs, for real on a loop device ---

@pytest.fixture
def loop_device(storage):
    if not ROOT or not shutil.which('losetup') or not shutil.which('mkfs.ext4'):
        pytest.skip('needs root, losetup and mkfs.ext4')
    image = os.path.join(storage.session.folder, 'fs.img')
    with open(image, 'wb') as f:
        f.truncate(32 << 20)
    run = subprocess.run(['losetup', '--find', '--show', image], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        pytest.skip('no loop devices here: ' + run.stderr)
    device = run.stdout.strip()
    yield device
    subprocess.run(['umount', storage.folder], check=False, stderr=subprocess.DEVNULL)
    subprocess.run(['losetup', '-d', device], check=True)


def test_fs(storage, loop_device):
    xml = (f"<pool type='fs'><name>images</name><source><device path='{loop_device}'/><format type='ext4'/></source>"
           f"<target><path>{storage.folder}</path></target></pool>")
    pool = storage.call(ROOTPATH, MANAGER, 'DefineStoragePool', 's', xml)
    storage.call(pool, POOL, 'Build', overwrite=True)
    storage.call(pool, POOL, 'Start')
    assert os.path.ismount(storage.folder)
    storage.create(pool, volume_xml('a', kind='qcow2'))
    assert set(storage.names(pool)) == {'a', 'lost+found'}
    with refused('NoSpace'):
        storage.create(pool, volume_xml('b', 64 << 20), preallocation='full')
    storage.session.kill()
    storage.session.start()
    wait_for(lambda: storage.get(pool, 'State') == 'active')
    storage.call(pool, POOL, 'Stop')
    assert not os.path.ismount(storage.folder)
    storage.call(pool, POOL, 'Start')
    assert 'a' in storage.names(pool)
    storage.session.kill()
    subprocess.run(['umount', storage.folder], check=True)
    storage.session.start()
    wait_for(lambda: storage.get(pool, 'CurrentJob') == '/')
    assert storage.get(pool, 'State') == 'inactive'


# --- what is replayed ---

@pytest.mark.skipif(not ROOT, reason='only root may')
def test_netfs(storage):
    calls = replay(storage, 'mount', [])
    xml = (f"<pool type='netfs'><name>n</name><source><host name='nas'/><dir path='/export'/><format type='nfs'/>"
           f"<protocol ver='4.1'/></source><target><path>{storage.folder}</path></target></pool>")
    os.makedirs(storage.folder)
    pool = start(storage, xml)
    assert calls() == [f'-o nodev,nosuid,noexec,nfsvers=4.1 -t nfs nas:/export {storage.folder}']
    storage.call(pool, POOL, 'Stop')
    replay(storage, 'showmount', [('*nas', '/export *\n/home 10.0.0.0/8')])
    out = storage.call(ROOTPATH, MANAGER, 'FindStoragePoolSources', 'ss', 'netfs',
                       "<source><host name='nas'/></source>")
    assert "<dir path='/export'/>" in out and "<dir path='/home'/>" in out
    with refused('InvalidArgument', 'which server'):
        storage.call(ROOTPATH, MANAGER, 'FindStoragePoolSources', 'ss', 'netfs', '')


@pytest.mark.skipif(not ROOT, reason='only root may')
def test_vstorage(storage):
    """What its program would mount is a file system in memory."""
    log = os.path.join(storage.session.folder, 'vstorage.log')
    fake_tool(storage.session, 'vstorage-mount', f'echo "$@" >>{log}\nfor last; do :; done\n'
              'exec mount -t tmpfs -o size=8m vstorage://c1 "$last"\n')
    os.makedirs(storage.folder)
    pool = start(storage, "<pool type='vstorage'><name>v</name><source><name>c1</name></source>"
                 f'<target><path>{storage.folder}</path></target></pool>')
    try:
        with open(log, encoding='utf-8') as f:
            assert f.read() == f'-c c1 {storage.folder}\n'
        storage.create(pool, volume_xml('a', kind='qcow2'))
        storage.session.kill()
        storage.session.start()
        wait_for(lambda: storage.get(pool, 'State') == 'active')
        assert storage.names(pool) == ['a']
        storage.call(pool, POOL, 'Stop')
        assert not os.path.ismount(storage.folder)
    finally:
        subprocess.run(['umount', storage.folder], check=False, stderr=subprocess.DEVNULL)


LVS = json.dumps({'report': [{'lv': [
    {'lv_name': 'root', 'lv_size': '1073741824', 'lv_attr': '-wi-a-----'},
    {'lv_name': 'thin', 'lv_size': '5', 'lv_attr': 'twi-aotz--'}]}]})
VGS = json.dumps({'report': [{'vg': [{'vg_size': '4294967296', 'vg_free': '3221225472'}]}]})


@pytest.mark.skipif(not ROOT, reason='only root may')
def test_logical(storage):
    for name in ('vgchange', 'lvcreate', 'lvremove', 'lvresize'):
        replay(storage, name, [])
    replay(storage, 'vgs', [('*json*', VGS), ('*', '  vg0\n  other')])
    replay(storage, 'lvs', [('*', LVS)])
    pool = start(storage, "<pool type='logical'><name>vg0</name></pool>")
    assert storage.names(pool) == ['root']
    assert storage.get(pool, 'Capacity') == 4 << 30 and storage.get(pool, 'Available') == 3 << 30
    volume = storage.volume(pool, 'root')
    assert storage.get(volume, 'Path', VOLUME) == '/dev/vg0/root' and storage.get(volume, 'Type', VOLUME) == 'block'
    out = storage.call(ROOTPATH, MANAGER, 'FindStoragePoolSources', 'ss', 'logical', '')
    assert '<name>vg0</name>' in out and '<name>other</name>' in out
    with refused('NotFound'):
        storage.create(pool, bare('new', 1 << 20))
    storage.wait(storage.call(volume, VOLUME, 'Resize', 't', 2 << 30))
    storage.call(volume, VOLUME, 'Delete')
    with open(os.path.join(storage.session.folder, 'lvcreate.log'), encoding='utf-8') as f:
        assert f.read() == '--yes --name new --size 1048576b vg0\n'
    with open(os.path.join(storage.session.folder, 'lvremove.log'), encoding='utf-8') as f:
        assert f.read() == '--force vg0/root\n'
    replay(storage, 'lvs', [('*', '{"report": "odd"}')])
    wait_for(lambda: storage.get(pool, 'CurrentJob') == '/')
    with refused('Storage', 'lvs: its answer has no list'):
        storage.call(pool, POOL, 'Start')
    assert storage.names(pool) == [] and storage.get(pool, 'State') == 'inactive'


@pytest.mark.skipif(not ROOT, reason='only root may')
def test_zfs(storage):
    replay(storage, 'zpool', [('list*', 'tank')])
    calls = replay(storage, 'zfs', [('*-t*', 'tank/a\t1073741824\t4096'), ('*available*', '100\t900'), ('*', 'tank')])
    pool = start(storage, "<pool type='zfs'><name>z</name><source><name>tank</name></source></pool>")
    assert storage.names(pool) == ['a'] and storage.get(pool, 'Capacity') == 1000
    volume = storage.volume(pool, 'a')
    assert storage.get(volume, 'Path', VOLUME) == '/dev/zvol/tank/a'
    storage.call(volume, VOLUME, 'Delete')
    assert 'destroy tank/a' in calls()


RBD = '-m mon1:6789,[::1] -p rbd --client_mount_timeout=20 --log_to_stderr=false --err_to_stderr=false'


def test_rbd(storage):
    rows = json.dumps([{'image': 'vm1', 'id': '1', 'size': 10737418240, 'format': 2},
                       {'image': 'vm1', 'id': '1', 'size': 10737418240, 'format': 2, 'snapshot': 's'}])
    calls = replay(storage, 'rbd', [('ls*', rows)])
    pool = start(storage, "<pool type='rbd'><name>c</name><source><name>rbd</name><host name='mon1' port='6789'/>"
                 "<host name='::1'/></source></pool>")
    assert storage.names(pool) == ['vm1']
    assert calls() == [f'ls {RBD} --long --format json']
    volume = storage.volume(pool, 'vm1')
    assert storage.get(volume, 'Capacity', VOLUME) == 10 << 30
    assert storage.get(volume, 'Path', VOLUME) == 'rbd/vm1'
    storage.wait(storage.call(volume, VOLUME, 'Resize', 't', 20 << 30))
    assert f'resize {RBD} --no-progress --allow-shrink --size {20 << 30}B --image vm1' in calls()
    with refused('NotSupported', 'no file or device'):
        storage.call(volume, VOLUME, 'Wipe')
    storage.call(volume, VOLUME, 'Delete')
    assert f'rm {RBD} --no-progress --image vm1' in calls()


@pytest.mark.skipif(not ROOT, reason='only root may')
def test_iscsi(storage):
    folder = os.path.join(storage.session.folder, 'by-path')
    os.makedirs(folder)
    disk = os.path.join(storage.session.folder, 'lun')
    with open(disk, 'wb') as f:
        f.truncate(1 << 20)
    for name in ('ip-10.0.0.1:3260-iscsi-iqn.x:y-lun-2', 'ip-10.0.0.1:3260-iscsi-iqn.x:y-lun-2-part1', 'ata-else'):
        os.symlink(disk, os.path.join(folder, name))
    calls = replay(storage, 'iscsiadm', [('*discovery*', '10.0.0.1:3260,1 iqn.x:y\n10.0.0.1:3260,1 iqn.x:z'),
                                         ('*session*', 'tcp: [1] 10.0.0.2:3260,1 iqn.other (non-flash)')])
    pool = start(storage, "<pool type='iscsi'><name>i</name><source><host name='10.0.0.1'/><device path='iqn.x:y'/>"
                 f"</source><target><path>{folder}</path></target></pool>")
    assert [c for c in calls() if 'node' in c] == [
        '--mode node --portal 10.0.0.1:3260 --targetname iqn.x:y --op new',
        '--mode node --portal 10.0.0.1:3260 --targetname iqn.x:y --login']
    assert storage.names(pool) == ['unit:0:0:2'] and storage.get(pool, 'Capacity') == 1 << 20
    volume = storage.volume(pool, 'unit:0:0:2')
    storage.wait(storage.call(volume, VOLUME, 'Wipe'))
    with refused('NotSupported', 'resized'):
        storage.call(volume, VOLUME, 'Resize', 't', 2 << 20)
    out = storage.call(ROOTPATH, MANAGER, 'FindStoragePoolSources', 'ss', 'iscsi',
                       "<source><host name='10.0.0.1'/></source>")
    assert "<device path='iqn.x:z'/>" in out


def test_iscsi_direct(storage):
    replay(storage, 'iscsi-readcapacity16', [('*', '1073741824')])
    replay(storage, 'iscsi-ls', [('*', 'Target:iqn.a:b Portal:10.0.0.1:3260,1\nLun:0    Type:STORAGE_ARRAY_CONTROLLER\n'
                                  'Lun:1    Type:DIRECT_ACCESS (Size:1G)\nTarget:iqn.other Portal:10.0.0.1:3260,1\n'
                                  'Lun:7    Type:DIRECT_ACCESS (Size:1G)')])
    pool = start(storage, "<pool type='iscsi-direct'><name>d</name><source><host name='10.0.0.1'/>"
                 "<device path='iqn.a:b'/><initiator><iqn name='iqn.me'/></initiator></source></pool>")
    assert storage.names(pool) == ['unit:0:0:1']
    volume = storage.volume(pool, 'unit:0:0:1')
    assert storage.get(volume, 'Path', VOLUME) == 'iscsi://10.0.0.1:3260/iqn.a:b/1'
    assert storage.get(volume, 'Capacity', VOLUME) == 1 << 30


FREE = '1:17408B:1048575B:1031168B:free;\n'
PARTED = ('BYT;\n/dev/vdz:33554432B:virtblk:512:512:gpt:Virtio Block Device:;\n' + FREE +
          '1:1048576B:9437183B:8388608B:ext4::;\n1:9437184B:33537535B:24100352B:free;')


@pytest.mark.skipif(not ROOT, reason='only root may')
def test_disk(storage):
    calls = replay(storage, 'parted', [('*print*', PARTED)])
    pool = start(storage, "<pool type='disk'><name>d</name><source><device path='/dev/vdz'/></source>"
                 "<target><path>/dev</path></target></pool>")
    assert storage.names(pool) == ['vdz1'] and storage.get(pool, 'Allocation') == 8 << 20
    with refused('InvalidArgument', "called 'vdz2'"):
        storage.create(pool, bare('other', 4 << 20))
    with refused('NoSpace', 'no gap'):
        storage.create(pool, bare('vdz2', 64 << 20))
    with refused('NotFound'):
        storage.create(pool, bare('vdz2', 4 << 20))
    assert '--script --machine /dev/vdz unit B mkpart primary 9437184B 13631487B' in calls()
    storage.call(storage.volume(pool, 'vdz1'), VOLUME, 'Delete')
    assert '--script --machine /dev/vdz unit B rm 1' in calls()
    storage.call(pool, POOL, 'Stop')
    with refused('Exists', 'partition table'):
        storage.call(pool, POOL, 'Build')


@pytest.fixture
def disk_device(storage):
    """A disk of its own, whose partitions the kernel shows."""
    if not ROOT or not shutil.which('losetup') or not shutil.which('parted'):
        pytest.skip('needs root, losetup and parted')
    image = os.path.join(storage.session.folder, 'disk.img')
    with open(image, 'wb') as f:
        f.truncate(32 << 20)
    run = subprocess.run(['losetup', '-P', '--find', '--show', image], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        pytest.skip('no loop devices here: ' + run.stderr)
    yield run.stdout.strip()
    subprocess.run(['losetup', '-d', run.stdout.strip()], check=True)


def test_real_disk(storage, disk_device):
    pool = storage.call(ROOTPATH, MANAGER, 'DefineStoragePool', 's',
                        f"<pool type='disk'><name>d</name><source><device path='{disk_device}'/><format type='gpt'/>"
                        '</source><target><path>/dev</path></target></pool>')
    with refused('Storage', 'parted'):
        storage.call(pool, POOL, 'Start')
    storage.call(pool, POOL, 'Build')
    with refused('Exists', 'partition table'):
        storage.call(pool, POOL, 'Build')
    storage.call(pool, POOL, 'Start')
    name = os.path.basename(disk_device) + 'p'
    first = storage.create(pool, bare(name + '1', (8 << 20) + 1))
    storage.create(pool, bare(name + '2', 4 << 20))
    assert storage.names(pool) == [name + '1', name + '2']
    assert storage.get(first, 'Capacity', VOLUME) == (8 << 20) + 4096
    assert storage.get(first, 'Path', VOLUME) == disk_device + 'p1' and os.path.exists(disk_device + 'p1')
    with refused('NoSpace', 'no gap'):
        storage.create(pool, bare(name + '3', 32 << 20))
    source = os.path.join(storage.session.folder, 'in')
    with open(source, 'wb') as f:
        f.write(b'content')
    with open(source, 'rb') as f:
        storage.wait(storage.transfer(first, 'Upload', f.fileno()))
    with open(disk_device + 'p1', 'rb') as f:
        assert f.read(7) == b'content'
    domain = storage.session.define(devices=f"<disk type='volume'><driver type='raw'/><source pool='d' volume='{name}1'/>"
                                    "<target dev='vda' bus='virtio'/></disk>")
    storage.session.domain(domain, 'Start', paused=True)
    with refused('Busy', 'running domain'):
        storage.call(first, VOLUME, 'Delete')
    storage.session.domain(domain, 'Destroy')
    storage.wait(storage.call(first, VOLUME, 'Wipe'))
    with open(disk_device + 'p1', 'rb') as f:
        assert f.read(7) == bytes(7)
    storage.session.kill()
    storage.session.start()
    wait_for(lambda: storage.get(pool, 'State') == 'active')
    storage.call(first, VOLUME, 'Delete')
    assert storage.names(pool) == [name + '2'] and not os.path.exists(disk_device + 'p1')
    good(storage.session.ctl('vol-create-as', 'd', name + '1', '4M'))
    assert storage.names(pool) == [name + '1', name + '2']
    storage.call(pool, POOL, 'Stop')


def test_extended_partition(storage, disk_device):
    """It is no volume, and what is in it counts once."""
    for words in (['mklabel', 'msdos'], ['mkpart', 'extended', '1048576B', '16777215B'],
                  ['mkpart', 'logical', '2097152B', '6291455B']):
        subprocess.run(['parted', '--script', disk_device, *words], check=True)
    pool = start(storage, f"<pool type='disk'><name>d</name><source><device path='{disk_device}'/><format type='dos'/>"
                 '</source><target><path>/dev</path></target></pool>')
    name = os.path.basename(disk_device) + 'p'
    assert storage.names(pool) == [name + '5'] and storage.get(pool, 'Allocation') == 4 << 20
    assert storage.get(pool, 'Capacity') <= 32 << 20
    with refused('NoSpace', 'no gap'):  # a new one is not made within the other
        storage.create(pool, bare(name + '2', 17 << 20))
    volume = storage.create(pool, bare(name + '2', 4 << 20))
    assert storage.get(volume, 'Capacity', VOLUME) == 4 << 20
    storage.call(pool, POOL, 'Stop')


@pytest.mark.skipif(not ROOT, reason='only root may')
def test_mpath_and_scsi(storage):
    replay(storage, 'dmsetup', [('*', 'mpatha\t(253:0)')])
    pool = start(storage, "<pool type='mpath'><name>m</name><target><path>/dev/mapper</path></target></pool>")
    assert storage.names(pool) == ['mpatha']
    with refused('NotFound', 'no such SCSI adapter'):
        start(storage, "<pool type='scsi'><name>s</name><source><adapter type='scsi_host' name='host99'/></source>"
              "<target><path>/dev/disk/by-path</path></target></pool>")


def test_capabilities_of_this_host(storage):
    """What each kind can do here, and which programs are missing."""
    bare_path = os.path.join(storage.session.folder, 'few')
    os.makedirs(bare_path)
    storage.session.env['PATH'] = bare_path
    storage.session.stop()
    storage.session.start()
    text = storage.call(ROOTPATH, MANAGER, 'GetStorageCapabilities')
    root = ElementTree.fromstring(text)

    def kind(name):
        return root.find(f"pool[@type='{name}']")
    assert kind('dir').get('supported') == 'yes'
    assert {o.get('name') for o in kind('dir').findall('operation')} == {
        'build', 'delete', 'create-volume', 'delete-volume', 'resize-volume'}
    assert kind('nbd').find('missing').text == "the program 'qemu-nbd' is not installed"
    assert {o.get('name') for o in kind('nbd').findall('operation')} == {'direct-volume'}
    if ROOT:
        assert kind('logical').find('missing').text.startswith("the programs 'vgs', 'lvs'")
        cifs = kind('netfs').find("format[@type='cifs']")
        assert cifs.get('supported') == 'no' and 'mount.cifs' in cifs.find('missing').text
    else:
        assert kind('logical').find('missing').text == 'only the daemon of the system can serve it'


def test_missing_tools_are_named(storage):
    text = storage.call(ROOTPATH, MANAGER, 'GetStorageCapabilities')
    assert re.search("<pool type='sheepdog' supported='no'>\\s*<missing>not supported</missing>", text)
    pool = storage.call(ROOTPATH, MANAGER, 'DefineStoragePool', 's',
                        "<pool type='sheepdog'><name>g</name><source><host name='h'/><name>v</name></source></pool>")
    with refused('NotSupported', 'sheepdog'):
        storage.call(pool, POOL, 'Start')
    assert good(storage.session.ctl('pool-list', '--names')) == 'g\n'
