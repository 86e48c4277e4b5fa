# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pools of type rbd on a cluster of our own: one monitor and one OSD that keeps its objects in memory."""
import os
import shutil
import socket
import subprocess
import uuid

import pytest

from harness import refused, wait_for
from test_storage import POOL, VOLUME, Storage
from test_storage_net import add_secret, define, disk

SECRET = 'org.roost1.Secret'
CONFIG = '''[global]
fsid = {fsid}
mon_host = v1:127.0.0.1:{port}
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
memstore_device_bytes = 268435456
run_dir = {folder}
log_file = {folder}/$name.log
admin_socket = {folder}/$name.asok
keyring = {folder}/admin
mon_data = {folder}/mon
osd_data = {folder}/osd
pid_file =
ms_bind_msgr2 = false
public_addr = 127.0.0.1
'''


class Cluster:
    def __init__(self, folder):
        self.folder, self.processes = folder, []
        os.makedirs(os.path.join(folder, 'mon'))
        os.makedirs(os.path.join(folder, 'osd'))
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            self.port = s.getsockname()[1]
        self.config = self.path('ceph.conf')
        self.fsid = str(uuid.uuid4())
        with open(self.config, 'w', encoding='utf-8') as f:
            f.write(CONFIG.format(fsid=self.fsid, port=self.port, folder=folder))

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *args):
        done = subprocess.run(args, capture_output=True, text=True, check=False, timeout=60, cwd=self.folder,
                              env=dict(os.environ, CEPH_CONF=self.config))
        assert done.returncode == 0, f'{args}: {done.stderr}'
        return done.stdout.strip()

    def ceph(self, *args):
        return self.run('ceph', '-c', self.config, *args)

    def serve(self, *args):
        self.processes.append(subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                               cwd=self.folder))

    def start(self):
        self.run('ceph-authtool', '--create-keyring', 'key', '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *')
        self.run('ceph-authtool', '--create-keyring', 'admin', '--gen-key', '-n', 'client.admin', '--cap', 'mon',
                 'allow *', '--cap', 'osd', 'allow *')
        self.run('ceph-authtool', 'key', '--import-keyring', 'admin')
        self.run('monmaptool', '--create', '--fsid', self.fsid, '--addv', 'a', f'[v1:127.0.0.1:{self.port}]', 'map')
        self.run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', 'map', '--keyring', 'key', '-c', self.config)
        self.serve('ceph-mon', '-i', 'a', '-c', self.config, '-f', '--keyring', 'key')
        name = str(uuid.uuid4())
        self.ceph('osd', 'new', name)
        self.ceph('auth', 'get-or-create', 'osd.0', 'mon', 'allow profile osd', 'osd', 'allow *', '-o', 'osd/keyring')
        self.run('ceph-osd', '-i', '0', '-c', self.config, '--mkfs', '--osd-uuid', name, '--keyring', 'osd/keyring')
        self.serve('ceph-osd', '-i', '0', '-c', self.config, '-f', '--keyring', 'osd/keyring')
        wait_for(lambda: '1 up' in self.ceph('osd', 'stat'), 60, 'the OSD')
        self.ceph('osd', 'pool', 'create', 'rbd', '8')
        return self.ceph('auth', 'get-or-create-key', 'client.roost', 'mon', 'profile rbd', 'osd', 'profile rbd')

    def close(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture
def storage(session):
    return Storage(session)


@pytest.fixture
def cluster(storage):
    missing = [p for p in ('ceph', 'ceph-mon', 'ceph-osd', 'rbd') if not shutil.which(p)]
    if missing:
        pytest.skip('not installed: ' + ' '.join(missing))
    ceph = Cluster(os.path.join(storage.session.folder, 'ceph'))
    try:
        ceph.key = ceph.start()
        yield ceph
    finally:
        ceph.close()


def rbd_pool(cluster):
    return ("<pool type='rbd' xmlns:rbd='http://libvirt.org/schemas/storagepool/rbd/1.0'><name>net</name>"
            f"<source><name>rbd</name><host name='127.0.0.1' port='{cluster.port}'/>"
            "<auth type='ceph' username='roost'><secret usage='client.roost'/></auth></source><rbd:config_opts>"
            f"<rbd:option name='log_file' value='{cluster.path('client-$pid.log')}'/></rbd:config_opts></pool>")


def image(name, size):
    return f'<volume><name>{name}</name><capacity>{size}</capacity></volume>'


def test_cluster(storage, cluster):
    session = storage.session
    secret = add_secret(storage, 'ceph', 'client.roost', 'AQCvCbtToC6MDhAATtuT70Sl+DymPCfDSsyV4w==')
    pool = define(storage, rbd_pool(cluster))
    with refused('Storage', "let the user 'roost' in; is the key in its secret the right one"):
        storage.call(pool, POOL, 'Start')
    session.with_options(secret, SECRET, 'SetValue', 'ay', (cluster.key.encode(),))
    storage.call(pool, POOL, 'Start')
    volume = storage.create(pool, image('a', 8 << 20))
    other = storage.create(pool, image('b', 4 << 20))
    assert storage.names(pool) == ['a', 'b'] and storage.get(volume, 'Capacity', VOLUME) == 8 << 20
    with refused('Exists'):
        storage.create(pool, image('a', 8 << 20))
    storage.wait(storage.call(volume, VOLUME, 'Resize', 't', 16 << 20))
    assert storage.get(volume, 'Capacity', VOLUME) == 16 << 20
    domain = session.define(devices=disk('a'))
    session.domain(domain, 'Start', paused=True)
    session.domain(domain, 'AttachDevice', 's', disk('b', target='vdb'))
    assert "protocol='rbd'" in session.domain(domain, 'GetXml')
    pid = session.get(domain, 'Pid')
    assert os.path.exists(cluster.path(f'client-{pid}.log'))  # the pool's option reached QEMU
    for used in (volume, other):
        assert storage.get(used, 'Users', VOLUME) == [domain]
        with refused('Busy', 'in use by the running domain'):
            storage.call(used, VOLUME, 'Delete')
    with open(f"/proc/{session.get(domain, 'Pid')}/cmdline", 'rb') as f:
        assert cluster.key.encode() not in f.read()
    session.kill()
    session.start()
    wait_for(lambda: storage.get(pool, 'State') == 'active')
    assert storage.names(pool) == ['a', 'b'] and storage.get(other, 'Users', VOLUME) == [domain]
    session.domain(domain, 'Destroy')
    storage.call(volume, VOLUME, 'Delete')
    assert storage.names(pool) == ['b']
    found = subprocess.run(['grep', '-rl', '--exclude-dir=secret', cluster.key, os.path.join(session.folder, 'config'),
                            os.path.join(session.folder, 'run'), session.log], capture_output=True, text=True,
                           check=False).stdout
    assert found == ''
    storage.call(pool, POOL, 'Stop')
