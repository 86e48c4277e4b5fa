# SPDX-License-Identifier: LGPL-2.1-or-later
"""Taps in a network namespace of their own: they are plugged into a bridge, limited, and gone with the guest."""
import os
import re
import subprocess

import harness
import pytest
from test_domain_guest import GREETING, read_until
from test_hotplug import BUSES, DEVICE, attach, detach, device_path, live_xml, start_small, stored_xml

MAC = '52:54:00:00:00:31'


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def in_netns(name, *command):
    return run('ip', 'netns', 'exec', name, *command)


@pytest.fixture(name='netns')
def fixture_netns():
    """A namespace with the bridge br0 and the tap tap0 of its own."""
    name = f'roost-test-{os.getpid()}'
    if run('ip', 'netns', 'add', name).returncode != 0 or not os.access('/dev/net/tun', os.W_OK):
        pytest.skip('needs root, network namespaces and tun')
    try:
        in_netns(name, 'ip', 'link', 'add', 'br0', 'type', 'bridge')
        in_netns(name, 'ip', 'tuntap', 'add', 'dev', 'tap0', 'mode', 'tap')
        if in_netns(name, 'tc', 'qdisc', 'add', 'dev', 'tap0', 'root', 'handle', '1:', 'htb').returncode != 0:
            pytest.skip('needs tc and a kernel with HTB')
        in_netns(name, 'tc', 'qdisc', 'del', 'dev', 'tap0', 'root')
        yield name
    finally:
        run('ip', 'netns', 'del', name)


@pytest.fixture(name='session')
def fixture_session(netns):
    with harness.Session(prefix=('ip', 'netns', 'exec', netns)) as session:
        yield session


def interface(bandwidth, kind='bridge', source="<source bridge='br0'/>"):
    return (f"<interface type='{kind}'><mac address='{MAC}'/>{source}<model type='virtio'/>"
            f"{f'<bandwidth>{bandwidth}</bandwidth>' if bandwidth else ''}</interface>")


def inbound(average, **more):
    return f"<inbound average='{average}'{''.join(f' {k}={v!r}' for k, v in more.items())}/>"


def bytes_of(text):
    """tc says "8192Kbit"."""
    number, unit = re.match(r'([\d.]+)([KMG]?)bit', text).groups()
    return round(float(number) * {'': 1, 'K': 10**3, 'M': 10**6, 'G': 10**9}[unit] / 8)


def rates(netns, dev):
    """(rate, ceil) of what goes to the guest, in bytes per second; None without a limit."""
    out = in_netns(netns, 'tc', 'class', 'show', 'dev', dev).stdout
    found = re.search(r'rate (\S+) ceil (\S+)', out)
    return (bytes_of(found[1]), bytes_of(found[2])) if found else None


def tap_of(session, path):
    return re.search(r"<target dev='(vnet\d+|tap0)'/>", live_xml(session, path))[1]


def test_limited_from_the_start(session, netns):
    path = start_small(session, interface(inbound(1000, peak='2000', burst='64')))
    tap = tap_of(session, path)
    assert rates(netns, tap) == (1000 * 1024, 2000 * 1024)
    assert 'master br0' in in_netns(netns, 'ip', 'link', 'show', tap).stdout
    live = session.get(device_path(path, 'net0'), 'Live', DEVICE)
    assert live == {'link-up': True, 'inbound-average': 1000 * 1024}
    session.kill()
    in_netns(netns, 'tc', 'qdisc', 'del', 'dev', tap, 'root')
    session.start()
    session.pump(lambda: rates(netns, tap) == (1000 * 1024, 2000 * 1024), what='the limit again')
    session.domain(path, 'Destroy')
    assert tap not in in_netns(netns, 'ip', 'link').stdout


def test_changed_while_it_runs(session, netns):
    path = start_small(session, interface(inbound(1000)))
    tap = tap_of(session, path)
    session.domain(path, 'UpdateDevice', 's', interface(inbound(500)))
    assert rates(netns, tap) == (500 * 1024, 500 * 1024)
    assert "average='500'" in live_xml(session, path) and "average='500'" in stored_xml(session, path)
    session.domain(path, 'UpdateDevice', 's', interface(inbound(250)), live=True)
    assert rates(netns, tap)[0] == 250 * 1024 and "average='500'" in stored_xml(session, path)
    session.domain(path, 'UpdateDevice', 's', interface(''), live=True)
    assert rates(netns, tap) is None and '<bandwidth>' not in live_xml(session, path)
    with harness.refused('NotSupported', 'queues'):
        session.domain(path, 'UpdateDevice', 's',
                       interface(inbound(7)).replace('<model', "<driver queues='2'/><model"), live=True)
    assert rates(netns, tap) is None


def test_by_the_client(session, netns):
    path = start_small(session, interface(''))
    tap = tap_of(session, path)
    name = session.get(path, 'Name')

    def tune(*args):
        ran = session.ctl('domiftune', name, 'net0', *args)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout
    assert tune() == ''
    tune('inbound-average=500', 'inbound-peak=2000')
    assert rates(netns, tap) == (500 * 1024, 2000 * 1024) and "peak='2000'" in stored_xml(session, path)
    assert tune().split() == ['inbound-average', '500', 'KiB/s', 'inbound-peak', '2000', 'KiB/s']
    tune('--live', 'inbound-average=250')
    assert rates(netns, tap) == (250 * 1024, 2000 * 1024) and "average='500'" in stored_xml(session, path)
    assert session.ctl('domiftune', name, MAC, '--config').stdout.split()[1] == '500'
    tune('inbound-average=0')
    assert rates(netns, tap) is None and '<bandwidth>' not in stored_xml(session, path)
    wrong = session.ctl('domiftune', name, 'net0', 'inbound=7')
    assert wrong.returncode == 2 and "'inbound=7' is no limit; give inbound-average" in wrong.stderr
    assert session.ctl('domiftune', name, 'net7').returncode == 3


def test_from_the_guest(session, netns):
    """Where the kernel cannot police, the refusal names it and leaves what was there."""
    in_netns(netns, 'tc', 'qdisc', 'add', 'dev', 'tap0', 'ingress')
    can_police = in_netns(netns, 'tc', 'filter', 'add', 'dev', 'tap0', 'parent', 'ffff:', 'protocol', 'all', 'u32', 'match',
                          'u32', '0', '0', 'police', 'rate', '1mbit', 'burst', '64k', 'drop').returncode == 0
    path = start_small(session, interface(inbound(1000)))
    tap = tap_of(session, path)
    change = interface(inbound(800) + "<outbound average='400'/>")
    if can_police:
        session.domain(path, 'UpdateDevice', 's', change)
        assert 'police' in in_netns(netns, 'tc', 'filter', 'show', 'dev', tap, 'ingress').stdout
        assert session.get(device_path(path, 'net0'), 'Live', DEVICE)['outbound-average'] == 400 * 1024
        return
    with harness.refused('HostDevice', f'net0: the bandwidth of {tap} cannot be limited: tc: '):
        session.domain(path, 'UpdateDevice', 's', change)
    assert rates(netns, tap)[0] == 1000 * 1024
    assert "average='1000'" in live_xml(session, path) and 'outbound' not in stored_xml(session, path)


def test_plugged(session, netns):
    path = start_small(session)
    alias = attach(session, path, interface(inbound(500)), live=True)
    tap = tap_of(session, path)
    assert rates(netns, tap)[0] == 500 * 1024
    assert alias in session.get(path, 'Devices')
    user = interface(inbound(500), 'user', '').replace(MAC, '52:54:00:00:00:32')
    with harness.refused('NotSupported', "type='user'"):
        attach(session, path, user, live=True)
    assert len(session.get(path, 'Devices')) == len(set(session.get(path, 'Devices')))
    assert 'vnet1' not in in_netns(netns, 'ip', 'link').stdout


def test_guest_lets_a_limited_card_go(session, netns):
    path = session.define(devices=BUSES, machine='q35', **harness.guest('console=ttyS0 quiet'))
    session.domain(path, 'Start')
    read_until(session.fd(path, 'OpenConsole'), GREETING)
    alias = attach(session, path, interface(inbound(400)))
    tap = tap_of(session, path)
    detach(session, path, alias)
    harness.wait_for(lambda: tap not in in_netns(netns, 'ip', 'link').stdout, what='the tap to go')
    assert MAC not in live_xml(session, path) + stored_xml(session, path)


def test_tap_of_somebody_else(session, netns):
    """It stays when the guest stops, without the limits; its own rules stay where there is no limit."""
    ours = interface(inbound(125), 'ethernet', "<target dev='tap0' managed='no'/>")
    path = start_small(session, ours)
    assert rates(netns, 'tap0')[0] == 125 * 1024
    session.domain(path, 'Destroy')
    harness.wait_for(lambda: rates(netns, 'tap0') is None, what='the limit to go')
    in_netns(netns, 'tc', 'qdisc', 'add', 'dev', 'tap0', 'root', 'handle', '7:', 'htb')
    in_netns(netns, 'tc', 'class', 'add', 'dev', 'tap0', 'parent', '7:', 'classid', '7:1', 'htb', 'rate', '8mbit')
    session.domain(path, 'UpdateDevice', 's', interface('', 'ethernet', "<target dev='tap0' managed='no'/>"))
    session.domain(path, 'Start', paused=True)
    session.kill()
    session.start()
    session.wait_state(path, 'paused')
    session.pump(lambda: session.get(path, 'CurrentJob') == '/')
    assert rates(netns, 'tap0')[0] == 1_000_000
    session.domain(path, 'Destroy')
    assert rates(netns, 'tap0')[0] == 1_000_000


def test_refused_at_a_start(session):
    path = session.define(devices=interface(inbound(125), 'user', ''), machine='q35')
    with harness.refused('NotSupported', f"interface {MAC}: .*type='user'"):
        session.domain(path, 'Start')


def test_no_tc(netns):
    with harness.Session(start=False, prefix=('ip', 'netns', 'exec', netns)) as session:
        session.prefix[0] = '/usr/sbin/ip'
        session.env['PATH'] = session.folder
        os.symlink('/usr/bin/qemu-system-x86_64', session.folder + '/qemu-system-x86_64')
        session.start()
        path = session.define(devices=interface(inbound(125)), machine='q35')
        with harness.refused('NotSupported', "'tc' is not installed"):
            session.domain(path, 'Start')
        assert 'vnet' not in in_netns(netns, 'ip', 'link').stdout
