# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kinds of pools that need a kernel and servers of their own, for real: run by `machine`, whose disks, modules and
mounts are nobody else's."""
import contextlib
import os
import shutil
import stat
import subprocess
import sys
import time

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))

from harness import MANAGER, ROOTPATH, Session, refused, wait_for  # noqa: E402
from test_storage import POOL, VOLUME, Storage, volume_xml  # noqa: E402
from test_storage_net import PLANTED, add_secret, assert_hidden  # noqa: E402

IQN = 'iqn.2024-01.org.roost:disks'
LONG = 60


def run(*args, **options):
    done = subprocess.run(args, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f'{args}: {done.stdout} {done.stderr}'
    return done.stdout


def need(*programs):
    missing = [p for p in programs if not shutil.which(p)]
    if missing:
        pytest.skip('not installed: ' + ' '.join(missing))


@pytest.fixture
def storage():
    with Session() as session:
        yield Storage(session)


@pytest.fixture
def loop(tmp_path):
    image = tmp_path / 'disk'
    with open(image, 'wb') as f:
        f.truncate(96 << 20)
    device = run('losetup', '-P', '--find', '--show', str(image)).strip()
    yield device
    run('losetup', '-d', device)


def define(storage, xml):
    return storage.call(ROOTPATH, MANAGER, 'DefineStoragePool', 's', xml)


def bare(name, size):
    return f'<volume><name>{name}</name><capacity>{size}</capacity></volume>'


def again(storage, pool):
    """Another daemon takes it up."""
    storage.session.kill()
    storage.session.start()
    wait_for(lambda: storage.get(pool, 'State') == 'active', LONG)


def block_disk(pool, volume, mode=''):
    mode = mode and f" mode='{mode}'"
    return (f"<disk type='volume'><driver name='qemu' type='raw'/><source pool='{pool}' volume='{volume}'{mode}/>"
            "<target dev='vda' bus='virtio'/></disk>")


def use(storage, volume, pool_name, name, mode=''):
    """A domain runs with it: it is told, and guarded."""
    domain = storage.session.define(devices=block_disk(pool_name, name, mode))
    storage.session.domain(domain, 'Start', paused=True)
    assert storage.get(volume, 'Users', VOLUME) == [domain]
    with refused('Busy', 'in use by the running domain'):
        storage.call(volume, VOLUME, 'Delete')
    xml = storage.session.domain(domain, 'GetXml')
    storage.session.domain(domain, 'Destroy')
    storage.session.domain(domain, 'Undefine')
    return xml


# --- LVM ---

def test_logical(storage, loop):
    need('vgs', 'lvs', 'vgcreate', 'lvcreate')
    pool = define(storage, f"<pool type='logical'><name>vg0</name><source><device path='{loop}'/></source></pool>")
    storage.call(pool, POOL, 'Build')
    with refused('Storage', 'already exists'):
        storage.call(pool, POOL, 'Build')
    storage.call(pool, POOL, 'Start')
    assert storage.get(pool, 'Capacity') == 92 << 20
    out = storage.call(ROOTPATH, MANAGER, 'FindStoragePoolSources', 'ss', 'logical', '')
    assert '<name>vg0</name>' in out
    volume = storage.create(pool, bare('one', 8 << 20))
    assert storage.get(volume, 'Path', VOLUME) == '/dev/vg0/one' and storage.get(volume, 'Capacity', VOLUME) == 8 << 20
    assert stat.S_ISBLK(os.stat('/dev/vg0/one').st_mode)
    source = os.path.join(storage.session.folder, 'in')
    with open(source, 'wb') as f:
        f.write(b'content of one')
    with open(source, 'rb') as f:
        storage.wait(storage.transfer(volume, 'Upload', f.fileno()))
    copy = storage.copy(pool, bare('two', 8 << 20), volume)
    with open('/dev/vg0/two', 'rb') as f:
        assert f.read(14) == b'content of one'
    storage.wait(storage.call(volume, VOLUME, 'Resize', 't', 16 << 20))
    assert storage.get(volume, 'Capacity', VOLUME) == 16 << 20
    with refused('NoSpace', 'insufficient free space'):
        storage.create(pool, bare('three', 512 << 20))
    assert storage.names(pool) == ['one', 'two']
    assert "dev='/dev/vg0/one'" in use(storage, volume, 'vg0', 'one')
    storage.wait(storage.call(copy, VOLUME, 'Wipe'))
    with open('/dev/vg0/two', 'rb') as f:
        assert f.read(8 << 20) == bytes(8 << 20)
    storage.call(copy, VOLUME, 'Delete')
    again(storage, pool)
    assert storage.names(pool) == ['one']
    storage.call(pool, POOL, 'Stop')
    assert not os.path.exists('/dev/vg0/one')
    storage.call(pool, POOL, 'Start')
    storage.call(storage.volume(pool, 'one'), VOLUME, 'Delete')
    storage.call(pool, POOL, 'Stop')
    storage.call(pool, POOL, 'Delete')
    assert run('vgs', '--noheadings') == ''


@pytest.mark.parametrize('step', ('make node', 'resize'))
def test_logical_is_killed(storage, loop, step):
    """A daemon that ends in the middle leaves a volume that is whole, or none."""
    need('vgs', 'lvs', 'vgcreate', 'lvcreate')
    pool = define(storage, f"<pool type='logical'><name>vg1</name><source><device path='{loop}'/></source></pool>")
    storage.call(pool, POOL, 'Build')
    storage.call(pool, POOL, 'Start')
    volume = storage.create(pool, bare('kept', 8 << 20))
    if step == 'resize':
        storage.call(volume, VOLUME, 'Resize', 't', 16 << 20)
    else:
        storage.call(pool, POOL, 'CreateVolume', 's', bare('new', 8 << 20))
    again(storage, pool)
    assert set(storage.names(pool)) - {'new'} == {'kept'}
    assert storage.get(volume, 'Capacity', VOLUME) in (8 << 20, 16 << 20)
    for name in storage.names(pool):
        storage.call(storage.volume(pool, name), VOLUME, 'Delete')
    storage.call(pool, POOL, 'Stop')
    storage.call(pool, POOL, 'Delete')


# --- scsi, by the kernel's own adapter without hardware ---

def test_scsi(storage):
    if subprocess.run(['modprobe', 'scsi_debug', 'dev_size_mb=8', 'num_tgts=1', 'max_luns=2'], check=False).returncode:
        pytest.skip('no module scsi_debug')
    run('udevadm', 'settle')
    host = next(h for h in os.listdir('/sys/class/scsi_host')
                if 'scsi_debug' in open(f'/sys/class/scsi_host/{h}/proc_name', encoding='utf-8').read())
    pool = define(storage, f"<pool type='scsi'><name>s</name><source><adapter type='scsi_host' name='scsi_{host}'/>"
                  '</source><target><path>/dev/disk/by-path</path></target></pool>')
    storage.call(pool, POOL, 'Start')
    assert storage.names(pool) == ['unit:0:0:0', 'unit:0:0:1']
    volume = storage.volume(pool, 'unit:0:0:1')
    assert storage.get(volume, 'Capacity', VOLUME) == 8 << 20
    assert "<source dev='/dev/" in use(storage, volume, 's', 'unit:0:0:1')
    storage.call(pool, POOL, 'Stop')
    run('modprobe', '-r', 'scsi_debug')


# --- multipath ---

def test_mpath(storage, loop):
    need('dmsetup')
    run('modprobe', '-a', 'dm_multipath', 'dm_round_robin')
    number = os.stat(loop).st_rdev
    path = f'{os.major(number)}:{os.minor(number)}'
    run('dmsetup', 'create', 'mpatha', '--table', f'0 {96 << 11} multipath 0 0 1 1 round-robin 0 1 1 {path} 1000')
    try:
        pool = define(storage, "<pool type='mpath'><name>m</name><target><path>/dev/mapper</path></target></pool>")
        storage.call(pool, POOL, 'Start')
        assert storage.names(pool) == ['mpatha'] and storage.get(pool, 'Capacity') == 96 << 20
        use(storage, storage.volume(pool, 'mpatha'), 'm', 'mpatha')
        storage.call(pool, POOL, 'Stop')
    finally:
        run('dmsetup', 'remove', 'mpatha')


# --- iSCSI ---

@contextlib.contextmanager
def target(folder):
    env = dict(os.environ, TGT_IPC_SOCKET=os.path.join(folder, 'tgtd'))
    image = os.path.join(folder, 'unit1')
    with open(image, 'wb') as f:
        f.truncate(8 << 20)

    def admin(*args):
        run('tgtadm', '--lld', 'iscsi', *args, env=env)

    def answers():
        return subprocess.run(['tgtadm', '--lld', 'iscsi', '--mode', 'sys', '--op', 'show'], env=env, check=False,
                              capture_output=True).returncode == 0
    server = subprocess.Popen(['tgtd', '-f'], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    initiator = subprocess.Popen(['iscsid', '-f'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(answers, LONG)
        admin('--mode', 'target', '--op', 'new', '--tid', '1', '--targetname', IQN)
        admin('--mode', 'logicalunit', '--op', 'new', '--tid', '1', '--lun', '1', '--backing-store', image)
        admin('--mode', 'target', '--op', 'bind', '--tid', '1', '--initiator-address', 'ALL')
        admin('--mode', 'account', '--op', 'new', '--user', 'joe', '--password', PLANTED)
        admin('--mode', 'account', '--op', 'bind', '--tid', '1', '--user', 'joe')
        yield
    finally:
        initiator.kill()
        initiator.wait()
        server.kill()
        server.wait()


def records():
    return [os.path.join(f, n) for f, _, names in os.walk('/etc/iscsi/nodes') for n in names]


@pytest.mark.parametrize('host', ('127.0.0.1', 'localhost'))
@pytest.mark.parametrize('initiator', ('', "<initiator><iqn name='iqn.2024-01.org.roost:me'/></initiator>"))
def test_iscsi(storage, host, initiator):
    need('tgtd', 'iscsid', 'iscsiadm')
    run('modprobe', 'iscsi_tcp')
    add_secret(storage, 'iscsi', 'disks', 'wrong-wrong-12')
    xml = (f"<pool type='iscsi'><name>i</name><source><host name='{host}'/><device path='{IQN}'/>{initiator}"
           "<auth type='chap' username='joe'><secret usage='disks'/></auth></source>"
           '<target><path>/dev/disk/by-path</path></target></pool>')
    with target(storage.session.folder):
        pool = define(storage, xml)
        with refused('Storage', 'iscsiadm'):
            storage.call(pool, POOL, 'Start')
        assert records() == [] and storage.get(pool, 'State') == 'inactive'
        path = storage.plain(ROOTPATH, MANAGER, 'GetSecretByUsage', 'ss', 'iscsi', 'disks')
        storage.session.with_options(path, 'org.roost1.Secret', 'SetValue', 'ay', (PLANTED.encode(),))
        storage.call(pool, POOL, 'Start')
        assert records() and all(os.stat(r).st_mode & 0o777 == 0o600 for r in records())
        assert storage.names(pool) == ['unit:0:0:1'] and storage.get(pool, 'Capacity') == 8 << 20
        volume = storage.volume(pool, 'unit:0:0:1')
        assert "dev='/dev/disk/by-path/" in use(storage, volume, 'i', 'unit:0:0:1')
        if shutil.which('iscsi-ls'):
            domain = storage.session.define('direct', devices=block_disk('i', 'unit:0:0:1', 'direct'))
            storage.session.domain(domain, 'Start', paused=True)
            assert "protocol='iscsi'" in storage.session.domain(domain, 'GetXml')
            storage.session.domain(domain, 'Destroy')
        again(storage, pool)
        assert storage.names(pool) == ['unit:0:0:1']
        assert_hidden(storage, pool)
        storage.call(pool, POOL, 'Stop')
        assert records() == [] and not os.listdir('/etc/iscsi/ifaces')
        assert not os.path.exists(f'/dev/disk/by-path/ip-127.0.0.1:3260-iscsi-{IQN}-lun-1')


# --- NFS ---

@pytest.fixture
def export(tmp_path):
    need('rpc.nfsd', 'exportfs', 'rpc.mountd', 'rpcbind', 'mount.nfs', 'showmount')
    run('modprobe', '-a', 'nfsd', 'nfs', 'nfsv4')
    folder = tmp_path / 'export'
    folder.mkdir()
    run('mount', '-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', str(folder))  # an overlay cannot be exported
    run('systemctl', 'start', 'rpcbind')
    if not os.path.ismount('/proc/fs/nfsd'):
        run('mount', '-t', 'nfsd', 'nfsd', '/proc/fs/nfsd')
    run('exportfs', '-o', 'rw,no_root_squash,insecure,fsid=1', f'127.0.0.1:{folder}')
    run('rpc.nfsd', '4')
    run('rpc.mountd')
    wait_for(lambda: subprocess.run(['showmount', '--exports', '127.0.0.1'], capture_output=True,
                                    check=False).returncode == 0, LONG, 'mountd')
    yield folder
    subprocess.run(['umount', '-l', '-a', '-t', 'nfs,nfs4'], check=False)
    run('rpc.nfsd', '0')
    run('exportfs', '-ua')
    run('busybox', 'killall', 'rpc.mountd')
    run('umount', '-l', str(folder))


def nfs_pool(storage, export, options=''):
    os.makedirs(storage.folder, exist_ok=True)
    return define(storage, "<pool type='netfs' xmlns:fs='http://libvirt.org/schemas/storagepool/fs/1.0'><name>n</name>"
                  f"<source><host name='127.0.0.1'/><dir path='{export}'/><format type='nfs'/></source>"
                  f'<target><path>{storage.folder}</path></target>{options}</pool>')


def test_nfs(storage, export):
    out = storage.call(ROOTPATH, MANAGER, 'FindStoragePoolSources', 'ss', 'netfs',
                       "<source><host name='127.0.0.1'/></source>")
    assert f"<dir path='{export}'/>" in out
    pool = nfs_pool(storage, export)
    storage.call(pool, POOL, 'Start')
    assert os.path.ismount(storage.folder)
    volume = storage.create(pool, volume_xml('a', kind='qcow2'))
    assert os.path.exists(export / 'a')
    with refused('NoSpace'):
        storage.create(pool, volume_xml('b', 64 << 20), preallocation='full')
    assert os.listdir(export) == ['a']
    again(storage, pool)
    assert storage.names(pool) == ['a']
    storage.call(volume, VOLUME, 'Delete')
    storage.call(pool, POOL, 'Stop')
    assert not os.path.ismount(storage.folder) and os.listdir(export) == []


def test_hung_nfs(storage, export):
    """The server does not answer: who uses the pool waits, everybody else is served; it goes on when it comes back."""
    pool = nfs_pool(storage, export, "<fs:mount_opts><fs:option name='timeo=20'/></fs:mount_opts>")
    storage.call(pool, POOL, 'Start')
    storage.create(pool, volume_xml('a', kind='qcow2'))
    other = os.path.join(storage.session.folder, 'other')
    os.makedirs(other)
    second = storage.define('other', other)
    storage.call(second, POOL, 'Start')
    run('rpc.nfsd', '0')
    volume, job = storage.call(pool, POOL, 'CreateVolume', 's', volume_xml('b'))
    start = time.monotonic()
    storage.create(second, volume_xml('c'))
    storage.session.manager('ListDomains')
    assert storage.names(pool) == ['a'] and time.monotonic() - start < LONG
    assert storage.get(job, 'State', 'org.roost1.Job') == 'running'
    run('rpc.nfsd', '4')
    wait_for(lambda: storage.get(job, 'State', 'org.roost1.Job') != 'running', 180)
    assert storage.names(pool) == ['a', 'b'] and volume.endswith('/b')
    storage.call(pool, POOL, 'Stop')


# --- CIFS ---

@pytest.fixture
def samba(tmp_path):
    need('smbd', 'smbpasswd', 'mount.cifs')
    run('modprobe', 'cifs')
    share = tmp_path / 'share'
    share.mkdir()
    config = tmp_path / 'smb.conf'
    config.write_text(f'''[global]
  private dir = {tmp_path}
  lock directory = {tmp_path}
  state directory = {tmp_path}
  cache directory = {tmp_path}
  pid directory = {tmp_path}
  ncalrpc dir = {tmp_path}
  log file = {tmp_path}/log
  interfaces = lo
  bind interfaces only = yes
  disable netbios = yes
  load printers = no
  server role = standalone
[images]
  path = {share}
  read only = no
''', encoding='utf-8')
    run('smbpasswd', '-c', str(config), '-L', '-s', '-a', 'root', input=f'{PLANTED}\n{PLANTED}\n')
    server = subprocess.Popen(['smbd', '--foreground', '--no-process-group', '-s', str(config)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              start_new_session=True)  # it ends its whole process group
    yield share
    subprocess.run(['umount', '-l', '-a', '-t', 'cifs'], check=False)
    server.terminate()
    server.wait()


def test_cifs(storage, samba):
    os.makedirs(storage.folder)
    xml = ("<pool type='netfs'><name>c</name><source><host name='127.0.0.1'/><dir path='{}'/><format type='cifs'/>"
           "<auth type='password' username='{}'><secret usage='nas'/></auth></source>"
           f'<target><path>{storage.folder}</path></target></pool>')
    secret = add_secret(storage, 'volume', 'nas', 'wrong')
    pool = define(storage, xml.format('images', 'root'))
    wait_for(lambda: subprocess.run(['smbclient', '-N', '-L', '127.0.0.1'], capture_output=True, check=False)
             if shutil.which('smbclient') else True)
    with refused('Storage', 'mount'):
        storage.call(pool, POOL, 'Start')
    storage.session.with_options(secret, 'org.roost1.Secret', 'SetValue', 'ay', (PLANTED.encode(),))

    def start():
        with contextlib.suppress(Exception):
            storage.call(pool, POOL, 'Start')
        return storage.get(pool, 'State') == 'active'
    wait_for(start, LONG)
    volume = storage.create(pool, volume_xml('a', kind='qcow2'))
    assert os.path.exists(samba / 'a')
    with open('/proc/mounts', encoding='utf-8') as f:
        assert PLANTED not in f.read()
    assert_hidden(storage, pool)
    again(storage, pool)
    storage.call(volume, VOLUME, 'Delete')
    storage.call(pool, POOL, 'Stop')
    storage.call(pool, POOL, 'Undefine')
    pool = define(storage, xml.format('/images', 'WORKGROUP\\root'))
    storage.call(pool, POOL, 'Start')
    storage.call(pool, POOL, 'Stop')
