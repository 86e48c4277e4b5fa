# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes through a vhost-user network is counted by Open vSwitch: its real database and its real client answer. No
switch runs: the figures that it would keep there are written by hand, and this test is the guest's peer."""
import os
import shutil
import socket
import struct
import subprocess
import threading

import harness
import pytest
from gi.repository import GLib

pytestmark = pytest.mark.skipif(not shutil.which('ovs-vsctl') or not shutil.which('ovsdb-server'),
                                reason='needs openvswitch-switch')

SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'
FIGURES = 'rx_bytes=1500,rx_packets=15,rx_dropped=1,tx_bytes=90,tx_packets=2,tx_errors=0'


class Switch:
    """ovsdb-server in a folder of its own, and who answers at a vhost-user socket."""

    def __init__(self, folder):
        self.folder = folder
        self.env = dict(os.environ, OVS_RUNDIR=folder, OVS_DBDIR=folder, OVS_LOGDIR=folder)
        database = os.path.join(folder, 'conf.db')
        subprocess.run(['ovsdb-tool', 'create', database, SCHEMA], env=self.env, check=True)
        self.server = subprocess.Popen(['ovsdb-server', database, '--remote=punix:' + os.path.join(folder, 'db.sock'),
                                        '--unixctl=' + os.path.join(folder, 'ctl'), '-vconsole:off'], env=self.env)
        harness.wait_for(lambda: os.path.exists(os.path.join(folder, 'db.sock')), what='ovsdb-server')
        self.vsctl('init')
        self.vsctl('add-br', 'br0', '--', 'set', 'bridge', 'br0', 'datapath_type=netdev')

    def vsctl(self, *argv):
        subprocess.run(['ovs-vsctl', '--no-wait', '--timeout=10', *argv], env=self.env, check=True)

    def port(self, name, kind, *options):
        self.vsctl('add-port', 'br0', name, '--', 'set', 'Interface', name, 'type=' + kind, *options,
                   f'statistics={{{FIGURES}}}')

    def close(self):
        self.server.kill()
        self.server.wait()


def peer(path):
    """Speaks vhost-user as far as a guest that stands still needs it. Source: QEMU docs/interop/vhost-user.rst."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)

    def serve():
        client = listener.accept()[0]
        with listener, client:
            while head := client.recv(12, socket.MSG_WAITALL):
                request, _flags, size = struct.unpack('<III', head)
                body = client.recv(size, socket.MSG_WAITALL) if size else b''
                if request == 1:  # GET_FEATURES: only VERSION_1
                    client.sendall(struct.pack('<IIIQ', request, 5, 8, 1 << 32))
                elif request == 11:  # GET_VRING_BASE
                    client.sendall(struct.pack('<III', request, 5, 8) + body[:8])
    threading.Thread(target=serve, daemon=True).start()


def card(path, target=''):
    return (f"<interface type='vhostuser'><source type='unix' path='{path}' mode='client'/>"
            f"{f'<target dev={target!r}/>' if target else ''}<model type='virtio'/></interface>")


@pytest.fixture(name='switch')
def fixture_switch(tmp_path):
    switch = Switch(str(tmp_path))
    yield switch
    switch.close()


def net_of(session, path):
    return session.domain(path, 'GetStats', groups=GLib.Variant('as', ['net']))['net']


def test_ports_of_a_switch(switch):
    """By the name that is given, by the path that the switch was told, by the name of the socket; or not at all."""
    paths = [os.path.join(switch.folder, name) for name in ('named', 'vhost "1"', 'vhu2', 'lost')]
    for path in paths:
        peer(path)
    switch.port('port0', 'dpdkvhostuser')
    switch.port('port1', 'dpdkvhostuserclient', 'options:vhost-server-path="' + paths[1].replace('"', '\\"') + '"')
    switch.port('vhu2', 'dpdkvhostuser')
    devices = card(paths[0], 'port0') + ''.join(card(path) for path in paths[1:])
    with harness.Session(env={'OVS_RUNDIR': switch.folder}) as session:
        path = session.define(devices=devices, extra="<memoryBacking><source type='memfd'/><access mode='shared'/>"
                                                     "</memoryBacking>")
        session.domain(path, 'Start', paused=True)
        *known, lost = net_of(session, path)
        for one in known:
            assert 'unavailable' not in one, one
            # The switch counts from its own end: what it received the guest has sent.
            assert (one['transmit-bytes'], one['transmit-packets'], one['transmit-drops']) == (1500, 15, 1), one
            assert (one['receive-bytes'], one['receive-packets'], one['receive-errors']) == (90, 2, 0), one
        assert lost['unavailable'] == 'Open vSwitch does not tell'
        switch.vsctl('set', 'Interface', 'port0', 'statistics:tx_bytes=91')
        assert net_of(session, path)[0]['receive-bytes'] == 91
        switch.close()
        assert [one['unavailable'] for one in net_of(session, path)] == ['Open vSwitch does not tell'] * 4
        session.domain(path, 'Destroy')
