# SPDX-License-Identifier: LGPL-2.1-or-later
"""Volumes on servers: who we are there, and domains that use them. iscsi-direct runs against a real target (tgtd) and
nbd against qemu-nbd; Ceph, CIFS and the host's iSCSI are scripted tools here."""
import json
import os
import shutil
import signal
import socket
import subprocess

import pytest

from harness import MANAGER, ROOTPATH, refused, wait_for
from test_storage import POOL, VOLUME, Storage, fake_tool
from test_storage_kinds import start

ROOT = os.geteuid() == 0
SECRET = 'org.roost1.Secret'
PLANTED = 'Planted-0815-pw'
IQN = 'iqn.2024-01.org.roost:disks'


@pytest.fixture
def storage(session):
    return Storage(session)


def add_secret(storage, kind, user, value=PLANTED):
    element = {'iscsi': 'target', 'volume': 'volume'}.get(kind, 'name')
    path = storage.session.manager('DefineSecret', 's', f"<secret private='yes'><usage type='{kind}'>"
                                   f'<{element}>{user}</{element}></usage></secret>')
    if value:
        storage.session.with_options(path, SECRET, 'SetValue', 'ay', (value.encode(),))
    return path


def define(storage, xml):
    return storage.call(ROOTPATH, MANAGER, 'DefineStoragePool', 's', xml)


def assert_hidden(storage, *paths):
    """The planted password is in no file of the daemon but the vault, and in no document."""
    folder = storage.session.folder
    found = subprocess.run(['grep', '-rl', '--exclude-dir=secret', PLANTED, os.path.join(folder, 'config'),
                            os.path.join(folder, 'run'), os.path.join(folder, 'state'), storage.session.log],
                           capture_output=True, text=True, check=False).stdout
    assert found == ''
    for path in paths:
        assert PLANTED not in storage.call(path, POOL, 'GetXml')


def disk(volume, pool='net', kind='raw', mode='', rest='', target='vda'):
    mode = mode and f" mode='{mode}'"
    return (f"<disk type='volume' device='disk'><driver name='qemu' type='{kind}'/>"
            f"<source pool='{pool}' volume='{volume}'{mode}/>{rest}<target dev='{target}' bus='virtio'/></disk>")


# --- iscsi-direct, for real ---

class Target:
    """tgtd, with a target of two units for who knows a password."""

    def __init__(self, folder):
        self.env = dict(os.environ, TGT_IPC_SOCKET=os.path.join(folder, 'tgtd'))
        self.process = None
        wait_for(self.try_start, what='tgtd')
        self.admin('--mode', 'target', '--op', 'new', '--tid', '1', '--targetname', IQN)
        for unit, size in (('1', 8 << 20), ('2', 3 << 20)):
            image = os.path.join(folder, f'unit{unit}')
            with open(image, 'wb') as f:
                f.truncate(size)
            self.admin('--mode', 'logicalunit', '--op', 'new', '--tid', '1', '--lun', unit, '--backing-store', image)
        self.admin('--mode', 'target', '--op', 'bind', '--tid', '1', '--initiator-address', 'ALL')
        self.admin('--mode', 'account', '--op', 'new', '--user', 'joe', '--password', PLANTED)
        self.admin('--mode', 'account', '--op', 'bind', '--tid', '1', '--user', 'joe')

    def try_start(self):
        """On a port that is free, and was taken by nobody else meanwhile."""
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            self.port = s.getsockname()[1]
        self.process = subprocess.Popen(['tgtd', '-f', '--iscsi', f'portal=127.0.0.1:{self.port}'], env=self.env,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return wait_for(lambda: self.process.poll() is not None or self.answers()) and self.process.poll() is None

    def answers(self):
        return self.admin('--mode', 'sys', '--op', 'show', check=False).returncode == 0

    def admin(self, *args, check=True):
        return subprocess.run(['tgtadm', '--lld', 'iscsi', *args], check=check, capture_output=True, env=self.env)

    def close(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def target(storage):
    if not ROOT or not shutil.which('tgtd') or not shutil.which('iscsi-ls'):
        pytest.skip('needs root, tgt and libiscsi-bin')
    server = Target(storage.session.folder)
    yield server
    server.close()


def direct_pool(target, auth="<auth type='chap' username='joe'><secret usage='disks'/></auth>"):
    return (f"<pool type='iscsi-direct'><name>net</name><source><host name='127.0.0.1' port='{target.port}'/>"
            f"<device path='{IQN}'/><initiator><iqn name='iqn.2024-01.org.roost:me'/></initiator>{auth}</source></pool>")


def test_target_wants_a_password(storage, target):
    open_pool = define(storage, direct_pool(target, ''))
    with refused('Storage', 'Authentication failure'):
        storage.call(open_pool, POOL, 'Start')
    storage.call(open_pool, POOL, 'Undefine')
    pool = define(storage, direct_pool(target))
    with refused('NotFound', "secret 'disks' of the pool 'net' is not known"):
        storage.call(pool, POOL, 'Start')
    secret = add_secret(storage, 'iscsi', 'disks', None)
    with refused('NotFound', 'has no value'):
        storage.call(pool, POOL, 'Start')
    for value, error, text in ((b'two\nlines', 'InvalidArgument', 'more than one line'),
                               (b'wrong-wrong-12', 'Storage', 'Authentication failure')):
        storage.session.with_options(secret, SECRET, 'SetValue', 'ay', (value,))
        with refused(error, text):
            storage.call(pool, POOL, 'Start')
    storage.session.with_options(secret, SECRET, 'SetValue', 'ay', (PLANTED.encode(),))
    storage.call(pool, POOL, 'Start')
    assert storage.names(pool) == ['unit:0:0:1', 'unit:0:0:2'] and storage.get(pool, 'Capacity') == 11 << 20
    volume = storage.volume(pool, 'unit:0:0:1')
    assert storage.get(volume, 'Capacity', VOLUME) == 8 << 20
    assert storage.get(volume, 'Path', VOLUME) == f'iscsi://127.0.0.1:{target.port}/{IQN}/1'
    storage.session.kill()
    storage.session.start()
    wait_for(lambda: storage.get(pool, 'State') == 'active')
    assert_hidden(storage, pool)


def test_domain_on_a_target(storage, target):
    session = storage.session
    add_secret(storage, 'iscsi', 'disks')
    pool = start(storage, direct_pool(target))
    volume = storage.volume(pool, 'unit:0:0:1')
    domain = session.define(devices=disk('unit:0:0:1'))
    session.domain(domain, 'Start', paused=True)
    xml = session.domain(domain, 'GetXml')
    assert f"name='{IQN}/1'" in xml and "protocol='iscsi'" in xml and "usage='disks'" in xml
    assert "volume='unit:0:0:1'" in session.domain(domain, 'GetXml', inactive=True)
    assert storage.get(volume, 'Users', VOLUME) == [domain]
    with open(f"/proc/{session.get(domain, 'Pid')}/cmdline", 'rb') as f:
        assert PLANTED.encode() not in f.read()
    # The secret of a plugged one goes over QMP.
    session.domain(domain, 'AttachDevice', 's', disk('unit:0:0:2', target='vdb'))
    second = storage.volume(pool, 'unit:0:0:2')
    assert storage.get(second, 'Users', VOLUME) == [domain]
    stored = session.domain(domain, 'GetXml', inactive=True)
    assert "volume='unit:0:0:2'" in stored and 'protocol=' not in stored and 'usage=' not in stored
    session.kill()
    session.start()
    wait_for(lambda: storage.get(pool, 'State') == 'active')
    assert storage.get(second, 'Users', VOLUME) == [domain]
    assert_hidden(storage, pool)
    session.domain(domain, 'Destroy')
    assert storage.get(volume, 'Users', VOLUME) == []


def test_modes_of_a_target(storage, target):
    session = storage.session
    add_secret(storage, 'iscsi', 'disks')
    start(storage, direct_pool(target))
    domain = session.define(devices=disk('unit:0:0:1', mode='direct'))
    session.domain(domain, 'Start', paused=True)
    session.domain(domain, 'Destroy')
    domain = session.define('host', devices=disk('unit:0:0:1', mode='host'))
    with refused('NotSupported', "leave out mode='host'"):
        session.domain(domain, 'Start')
    os.makedirs(storage.folder)
    pool = storage.pool()
    storage.create(pool, '<volume><name>file</name><capacity>1048576</capacity></volume>')
    domain = session.define('file', devices=disk('file', 'images', mode='direct'))
    with refused('NotSupported', 'cannot be reached by QEMU itself'):
        session.domain(domain, 'Start')


# --- nbd, for real ---

def serve(image, path, **extra):
    args = ['-x', extra['export']] if 'export' in extra else []
    server = subprocess.Popen(['qemu-nbd', '-k', path, '-t', '-e', '8', '-f', extra.get('kind', 'raw'), *args, image])
    wait_for(lambda: os.path.exists(path))
    return server


@pytest.mark.parametrize('export,name', [('my disk', 'my disk'), (None, 'default')])
def test_domain_on_an_export(storage, export, name):
    session, folder = storage.session, storage.session.folder
    image, path = os.path.join(folder, 'disk.raw'), os.path.join(folder, 'nbd.sock')
    with open(image, 'wb') as f:
        f.truncate(3 << 20)
    server = serve(image, path, **({'export': export} if export else {}))
    try:
        pool = start(storage, f"<pool type='nbd'><name>net</name><source><host transport='unix' socket='{path}'/>"
                     '</source></pool>')
        assert storage.names(pool) == [name]
        volume = storage.volume(pool, name)
        domain = session.define(devices=disk(name))
        session.domain(domain, 'Start', paused=True)
        assert storage.get(volume, 'Users', VOLUME) == [domain]
        assert f"socket='{path}'" in session.domain(domain, 'GetXml')
        session.domain(domain, 'DetachDevice', 's', disk(name))
        session.domain(domain, 'Destroy')
        session.domain(domain, 'Undefine')
        domain = session.define('plug')
        session.domain(domain, 'Start', paused=True)
        with refused('NotSupported', 'name them in <backingStore>'):
            session.domain(domain, 'AttachDevice', 's', disk(name, kind='qcow2'))
        session.domain(domain, 'AttachDevice', 's', disk(name, rest='<readonly/>'))
        assert storage.get(volume, 'Users', VOLUME) == [domain]
        session.domain(domain, 'Destroy')
    finally:
        server.kill()
        server.wait()


def test_qcow2_on_an_export(storage):
    """With an image inside: what is below it is what the document says. Of a volume it has to; where the document
    names the server itself QEMU looks."""
    session, folder = storage.session, storage.session.folder
    image, path = os.path.join(folder, 'disk.qcow2'), os.path.join(folder, 'nbd.sock')
    subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', image, '4M'], check=True)
    server = serve(image, path)
    try:
        start(storage, f"<pool type='nbd'><name>net</name><source><host transport='unix' socket='{path}'/>"
              '</source></pool>')
        domain = session.define('silent', devices=disk('default', kind='qcow2'))
        with refused('NotSupported', "disk 'vda'.*an empty one where there are none"):
            session.domain(domain, 'Start')
        own = ("<disk type='network'><driver type='qcow2'/><source protocol='nbd'><host transport='unix' "
               f"socket='{path}'/></source><target dev='vda'/></disk>")
        for name, xml in (('demo', disk('default', kind='qcow2', rest='<backingStore/>')), ('own', own)):
            domain = session.define(name, devices=xml)
            session.domain(domain, 'Start', paused=True)
            session.domain(domain, 'Destroy')
    finally:
        server.kill()
        server.wait()


# --- Ceph, scripted ---

KEY = 'AQCvCbtToC6MDhAATtuT70Sl+DymPCfDSsyV4w=='
ROWS = json.dumps([{'image': 'vm1', 'id': '1', 'size': 10737418240, 'format': 2}])


def rbd_pool(auth):
    return ("<pool type='rbd'><name>net</name><source><name>rbd</name><host name='127.0.0.1' port='1'/>"
            f"<host name='::1' port='1'/>{auth}</source></pool>")


def test_key_of_a_cluster(storage):
    log = os.path.join(storage.session.folder, 'rbd.log')
    fake_tool(storage.session, 'rbd', f'''echo "$@" >>{log}
while [ $# -gt 0 ]; do [ "$1" = --keyfile ] && {{ cat "$2"; echo; }} >>{log}.key; shift; done
echo '{ROWS}'
''')
    secret = add_secret(storage, 'ceph', 'client.a', KEY)
    pool = start(storage, rbd_pool("<auth type='ceph' username='a'><secret usage='client.a'/></auth>"))
    assert storage.names(pool) == ['vm1']
    with open(log, encoding='utf-8') as f:
        text = f.read()
    assert KEY not in text
    assert text == ('ls -m 127.0.0.1:1,[::1]:1 -p rbd --client_mount_timeout=20 --log_to_stderr=false '
                    '--err_to_stderr=false --long --format json --id a --keyfile /dev/stdin\n')
    with open(log + '.key', encoding='utf-8') as f:
        assert f.read() == KEY + '\n'
    storage.call(storage.volume(pool, 'vm1'), VOLUME, 'Delete')
    with open(log + '.key', encoding='utf-8') as f:
        assert set(f.read().split()) == {KEY}
    storage.session.with_options(secret, SECRET, 'Undefine', '', ())
    with refused('NotFound', "secret 'client.a'"):
        storage.call(pool, POOL, 'Refresh')
    with refused('InvalidXml', "type='chap'"):
        define(storage, rbd_pool("<auth type='chap' username='a'><secret usage='client.a'/></auth>"))


def with_options(options):
    text = rbd_pool('').replace("<pool type='rbd'>", "<pool type='rbd' xmlns:r='http://libvirt.org/schemas/storagepool/"
                                "rbd/1.0'>")
    rows = ''.join(f"<r:option name='{name}' value='{value}'/>" for name, value in options.items())
    return text.replace('</pool>', f'<r:config_opts>{rows}</r:config_opts></pool>')


def test_options_of_a_cluster(storage):
    """Those of the pool are for QEMU as well: in a file, behind what the host has."""
    session = storage.session
    usual = os.path.join(session.folder, 'ceph.conf')
    with open(usual, 'w', encoding='utf-8') as f:
        f.write('[global]\nusual = 1')
    session.env['CEPH_CONF'] = usual
    log = os.path.join(session.folder, 'rbd.log')
    fake_tool(session, 'rbd', f'''echo "$@" >>{log}\necho '{ROWS}'\n''')
    pool = start(storage, with_options({'client_mount_timeout': '45', 'rbd_cache_policy': 'write back'}))
    with open(log, encoding='utf-8') as f:
        assert '--client_mount_timeout=45 --rbd_cache_policy=write back' in f.read()
    path = os.path.join(session.folder, 'run', 'roost', 'ceph', storage.get(pool, 'Uuid') + '.conf')
    with open(path, encoding='utf-8') as f:
        assert f.read() == ('[global]\nusual = 1\n[client.admin]\nclient_mount_timeout = "45"\n'
                            'rbd_cache_policy = "write back"\n')
    session.kill()
    os.unlink(path)
    session.start()
    wait_for(lambda: storage.get(pool, 'State') == 'active')
    assert os.path.exists(path)
    storage.call(pool, POOL, 'Stop')
    assert not os.path.exists(path)
    storage.call(pool, POOL, 'Undefine')
    for options in ({'a': 'x"y'}, {'a': 'x#y'}, {'a=b': 'x'}, {'a': 'x&#10;[global]'}):
        other = define(storage, with_options(options))
        with refused('InvalidArgument', 'no configuration of Ceph can hold'):
            storage.call(other, POOL, 'Start')
        storage.call(other, POOL, 'Undefine')


# --- CIFS, scripted ---

@pytest.mark.skipif(not ROOT, reason='only root may')
def test_credentials_of_a_share(storage):
    log = os.path.join(storage.session.folder, 'mount.log')
    fake_tool(storage.session, 'mount', f'echo "$@" >>{log}\ncat >>{log}.in\n')
    os.makedirs(storage.folder)
    xml = ("<pool type='netfs'><name>n{}</name><source><host name='nas'/><dir path='/share'/><format type='{}'/>"
           "<auth type='password' username='{}'><secret usage='nas'/></auth></source>"
           f'<target><path>{storage.folder}</path></target></pool>')
    add_secret(storage, 'volume', 'nas')
    pool = start(storage, xml.format(1, 'cifs', 'WORK\\joe'))
    with open(log, encoding='utf-8') as f:
        assert f.read() == f'-o nodev,nosuid,noexec,nobrl,credentials=/dev/stdin -t cifs //nas/share {storage.folder}\n'
    with open(log + '.in', encoding='utf-8') as f:
        assert f.read() == f'username=joe\npassword={PLANTED}\ndomain=WORK\n'
    assert_hidden(storage, pool)
    with refused('InvalidXml', "type='password'"):
        define(storage, xml.format(2, 'nfs', 'joe'))
    with refused('InvalidXml', 'more than a line'):
        define(storage, xml.format(2, 'cifs', 'joe&#10;domain=X'))


# --- GlusterFS: a folder stands in for its mount ---

@pytest.mark.skipif(not ROOT, reason='only root may')
def test_gluster(storage):
    session = storage.session
    log = os.path.join(session.folder, 'mount.log')
    fake_tool(session, 'mount.glusterfs', 'exit 1\n')
    fake_tool(session, 'mount', f'echo "$@" >>{log}\nfor last; do :; done\nexec /bin/mount -t tmpfs -o size=16m x "$last"\n')
    pool = define(storage, "<pool type='gluster'><name>g</name><source><host name='one'/><host name='two'/>"
                  "<dir path='/'/><name>vol</name></source></pool>")
    storage.call(pool, POOL, 'Start')
    uuid = storage.get(pool, 'Uuid')
    folder = os.path.join(session.folder, 'run', 'roost', 'gluster', uuid)
    try:
        with open(log, encoding='utf-8') as f:
            assert f.read() == ('-t glusterfs -o nodev,nosuid,noexec,direct-io-mode=1,backup-volfile-servers=two '
                                f'one:/vol {folder}\n')
        volume = storage.create(pool, '<volume><name>a</name><capacity>1048576</capacity></volume>')
        assert os.path.getsize(folder + '/a') == 1 << 20
        assert storage.get(volume, 'Path', VOLUME) == 'gluster://one:24007/vol/a'
        assert storage.get(volume, 'Type', VOLUME) == 'network' and storage.get(pool, 'Capacity') == 16 << 20
        storage.wait(storage.call(volume, VOLUME, 'Resize', 't', 2 << 20))
        assert storage.get(volume, 'Capacity', VOLUME) == 2 << 20
        session.kill()
        session.start()
        wait_for(lambda: storage.get(pool, 'State') == 'active')
        assert storage.names(pool) == ['a']
        storage.call(volume, VOLUME, 'Delete')
        assert os.listdir(folder) == []
        storage.call(pool, POOL, 'Stop')
        assert not os.path.exists(folder)
    finally:
        subprocess.run(['umount', folder], check=False, stderr=subprocess.DEVNULL)


# --- iSCSI of the host, scripted; the test of iscsi-record shows what becomes of a record ---

@pytest.mark.skipif(not ROOT, reason='only root may')
def test_target_of_the_host_with_a_password(storage):
    log = os.path.join(storage.session.folder, 'iscsiadm.log')
    fake_tool(storage.session, 'iscsiadm', f'echo "$@" >>{log}\n')
    add_secret(storage, 'iscsi', 'disks')
    pool = define(storage, "<pool type='iscsi'><name>i</name><source><host name='192.0.2.1'/><device path='iqn.no:ne'/>"
                  "<auth type='chap' username='joe'><secret usage='disks'/></auth></source>"
                  '<target><path>/dev/disk/by-path</path></target></pool>')
    with refused('Storage', 'no record of'):
        storage.call(pool, POOL, 'Start')
    with open(log, encoding='utf-8') as f:
        text = f.read()
    assert PLANTED not in text and '--op delete' in text and '--login' not in text
    assert storage.get(pool, 'State') == 'inactive'
