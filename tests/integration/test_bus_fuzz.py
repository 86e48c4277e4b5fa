# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls every method of every object with odd values, as the introspection data says they are
shaped; the daemon answers each, and goes on."""
import os
import random
import xml.etree.ElementTree as ET

from gi.repository import GLib

from harness import DOMAIN, JOB, MANAGER, ROOTPATH, domain_xml, error_name, wait_for

POOL, VOLUME, SECRET = 'org.roost1.StoragePool', 'org.roost1.StorageVolume', 'org.roost1.Secret'
SEED = 20240607
ROUNDS = 12

STRINGS = ['', ' ', 'demo', '/', '..', '../../../../etc/passwd', 'a' * 70000, '\U0001f413', '%s%n', '<', '<domain/>',
           domain_xml('fuzz'), domain_xml('fuzz')[:-9], '6dd36eb1-0000-4000-8000-000000000001', "'; --", '\n', '-1']
NUMBERS = {'y': [0, 255], 'u': [0, 1, 2**31, 2**32 - 1], 't': [0, 1, 999, 2**32, 2**63, 2**64 - 1],
           'i': [0, -1, 2**31 - 1, -2**31], 'x': [0, -1, 2**63 - 1, -2**63], 'd': [0.0, -1.0, float('nan'), 1e308]}
KEYS = ['paused', 'reset-nvram', 'graceful', 'grace', 'keep-nvram', 'remove-nvram', 'keep-tpm', 'inactive', 'secrets',
        'device', 'force', 'head', 'timeout', 'validate', 'state', 'active', 'persistent', 'autostart', 'move', 'click', 'storage', 'nvram', 'tpm',
        'dry-run', 'mode', 'pool', 'disks', 'shared', 'uuid', 'live', 'config', 'probe', 'outside', 'shrink', 'secret',
        'preallocation', 'method', 'offset', 'length', 'sparse', 'algorithm', 'build', 'limit', '', 'x', 'a' * 300]


def odd(rng, signature):
    if signature == 's':
        return rng.choice(STRINGS)
    if signature == 'b':
        return rng.choice([True, False])
    if signature in NUMBERS:
        return rng.choice(NUMBERS[signature])
    if signature == 'a{sv}':
        return {rng.choice(KEYS): odd_variant(rng) for _ in range(rng.choice([0, 1, 1, 2, 5]))}
    if signature == 'a{ub}':
        return {odd(rng, 'u'): odd(rng, 'b') for _ in range(rng.choice([0, 1, 5]))}
    if signature == 'as':
        return [odd(rng, 's') for _ in range(rng.choice([0, 1, 2, 300]))]
    if signature == 'a(sv)':
        return [(rng.choice(KEYS), odd_variant(rng)) for _ in range(rng.choice([0, 1, 2, 300]))]
    if signature == 'ay':
        return bytes(rng.choice([0, 1, 70000]))
    if signature == 'o':
        return rng.choice(['/', '/x', ROOTPATH])
    if signature == 'v':
        return odd_variant(rng)
    if signature == 'h':
        return rng.choice([0, -1, 7])  # of none that come along
    raise AssertionError(f'no odd value for {signature}')


def odd_variant(rng):
    kind = rng.choice(['s', 'b', 'u', 't', 'i', 'x', 'd', 'y', 'av', 'as', 'v'])
    if kind in ('av', 'as'):
        return GLib.Variant(kind, [])
    if kind == 'v':
        return GLib.Variant('v', GLib.Variant('b', True))
    return GLib.Variant(kind, odd(rng, kind))


def methods(session, path, interface):
    text = session.call('Introspect', None, path, 'org.freedesktop.DBus.Introspectable')[0]
    for node in ET.fromstring(text).findall('interface'):
        if node.get('name') == interface:
            for method in node.findall('method'):
                yield method.get('name'), [a.get('type') for a in method.findall('arg') if a.get('direction') == 'in']


def try_call(session, path, interface, method, variant):
    """Any answer will do, but it must be one of ours."""
    try:
        session.call(method, variant, path, interface, timeout=90)
        return 'ok'
    except GLib.Error as error:
        name = error_name(error) or ''
        assert name.startswith(('org.roost1.Error.', 'org.freedesktop.DBus.Error.Unknown',
                                'org.freedesktop.DBus.Error.InvalidArgs')), f'{method} {variant}: {error.message}'
        return name


def populate(session):
    """One of each kind, whatever the last calls have left: a domain that runs and one that does not, a pool with
    volumes, a secret. Returns: {interface: paths}"""
    if not session.manager('ListDomains'):
        session.define('demo', uuid='6dd36eb1-0000-4000-8000-000000000001')
    for path in session.manager('ListDomains')[:1]:
        try_call(session, path, DOMAIN, 'Start', GLib.Variant('(a{sv})', ({'paused': GLib.Variant('b', True)},)))
    folder = os.path.join(session.folder, 'images')
    os.makedirs(folder, exist_ok=True)
    for name in ('a', 'b'):
        with open(os.path.join(folder, name), 'wb') as f:
            f.truncate(4096)
    xml = f"<pool type='dir'><name>images</name><target><path>{folder}</path></target></pool>"
    for method, text in (('DefineStoragePool', xml), ('DefineSecret', '<secret/>')):
        try_call(session, ROOTPATH, MANAGER, method, GLib.Variant('(sa{sv})', (text, {})))
    found = {MANAGER: [ROOTPATH]}
    for path, faces in session.objects().items():
        for interface in faces:
            found.setdefault(interface, []).append(path)
    for pool in found.get(POOL, []):
        try_call(session, pool, POOL, 'Start', GLib.Variant('(a{sv})', ({},)))
        found.setdefault(VOLUME, []).extend([pool + '/volume/a', pool + '/volume/b'])
    return found


def test_odd_values(session):
    """Of every interface that there is."""
    rng = random.Random(SEED)
    session.define('other')
    answers, called = set(), set()
    for _ in range(ROUNDS):
        for interface, paths in populate(session).items():
            path = rng.choice(paths)
            for method, signature in list(methods(session, path, interface)):
                if method == 'Wait':
                    continue
                variant = GLib.Variant('(' + ''.join(signature) + ')', tuple(odd(rng, one) for one in signature))
                answers.add(try_call(session, path, interface, method, variant))
                called.add(interface)
        assert session.get(ROOTPATH, 'Mode', MANAGER) == 'session'
    assert {'ok', 'org.roost1.Error.InvalidArgument', 'org.roost1.Error.NotRunning'} <= answers, answers
    assert {MANAGER, DOMAIN, DOMAIN + '.Agent', DOMAIN + '.Tuning', DOMAIN + 'Device', POOL, VOLUME, SECRET} <= called, called


def test_wrong_signatures(session):
    path = session.define('demo')
    wrong = [None, GLib.Variant('(s)', ('x',)), GLib.Variant('(a{sv}s)', ({}, 'x')), GLib.Variant('(a{ss})', ({},)),
             GLib.Variant('(v)', (GLib.Variant('s', 'x'),)), GLib.Variant('(ay)', (b'\0' * 100000,))]
    for interface, paths in populate(session).items():
        at = paths[0]
        for method, signature in methods(session, at, interface):
            for variant in wrong:
                if (variant.get_type_string() if variant else '()') == '(' + ''.join(signature) + ')':
                    continue
                answer = try_call(session, at, interface, method, variant)
                assert answer == 'org.freedesktop.DBus.Error.InvalidArgs', f'{method} {variant}: {answer}'
    assert session.get(path, 'State') == 'paused'


def test_strange_places(session):
    """Paths, interfaces and methods that are not there."""
    path = session.define('demo')
    options = GLib.Variant('(a{sv})', ({},))
    for at in ('/', '/org', '/org/roost1/domain', '/org/roost1/domain/x', path + '/device', '/org/roost1/job/x',
               '/org/roost1/job/0', '/org/roost1/job/99999999999999999999', '/org/roost1x'):
        answer = try_call(session, at, DOMAIN, 'Start', options)
        assert answer.startswith('org.freedesktop.DBus.Error.Unknown'), f'{at}: {answer}'
    for interface, method in ((DOMAIN, 'Explode'), (JOB, 'Cancel'), (MANAGER, 'ListDomains'), ('a.b', 'C')):
        answer = try_call(session, path, interface, method, options)
        assert answer.startswith('org.freedesktop.DBus.Error.Unknown'), f'{interface}.{method}: {answer}'


def test_clients_that_leave(session):
    """Clients that go away with calls under way."""
    path = session.define('demo')
    for method in ('Start', 'Destroy', 'GetXml', 'Start', 'Suspend', 'Destroy'):
        client = session.bus.connect()
        client.set_exit_on_close(False)
        for _ in range(5):
            client.call('org.roost1', path, DOMAIN, method, GLib.Variant('(a{sv})', ({},)), None, 0, 30000, None, None)
        client.flush_sync(None)
        client.close_sync(None)
    wait_for(lambda: session.get(path, 'CurrentJob') == '/', 60)
    assert session.get(path, 'State') in ('shut-off', 'running', 'paused')
