# SPDX-License-Identifier: LGPL-2.1-or-later
"""org.roost1.Manager over a real daemon: every method's way through, and what it refuses."""
import os
import uuid
from xml.etree import ElementTree

from gi.repository import GLib

from harness import MANAGER, ROOTPATH, domain_xml, refused, wait_for

UUID = '6dd36eb1-0000-4000-8000-000000000001'
PATH = '/org/roost1/domain/' + UUID.replace('-', '_')


def options(**values):
    return GLib.Variant('(a{sv})', ({k: GLib.Variant(t, v) for k, (t, v) in values.items()},))


def test_define_and_find(session):
    assert session.define('demo', uuid=UUID) == PATH
    assert session.manager('ListDomains') == [PATH]
    assert session.manager('ListDomainStates') == [(PATH, 'demo', UUID, 'shut-off')]
    assert session.manager('GetDomainByName', 's', 'demo') == PATH
    assert session.manager('GetDomainByUuid', 's', UUID.upper()) == PATH
    with refused('NotFound', "'nope'"):
        session.manager('GetDomainByName', 's', 'nope')
    with refused('NotFound', 'UUID'):
        session.manager('GetDomainByUuid', 's', str(uuid.uuid4()))
    with refused('InvalidArgument', 'not a UUID'):
        session.manager('GetDomainByUuid', 's', 'demo')
    with refused('NotFound', str(os.getpid())):
        session.manager('GetDomainByPid', 'u', os.getpid())
    with refused('NotFound'):
        session.manager('GetDomainByPid', 'u', 0xffffffff)


def test_list_is_narrowed(session):
    a = session.define('a')
    b = session.define('b')
    session.domain(b, 'SetAutostart', 'b', True)

    def listed(**values):
        return session.call('ListDomains', options(**values))[0]
    assert listed() == [a, b]
    assert listed(autostart=('b', True)) == [b]
    assert listed(autostart=('b', False)) == [a]
    assert listed(active=('b', True)) == []
    assert listed(persistent=('b', True), state=('s', 'shut-off')) == [a, b]
    with refused('InvalidArgument', 'running'):
        listed(state=('s', 'up'))


def test_unknown_options_are_named(session):
    path = session.define('a')
    for method in ('ListDomains', 'ListDomainStates'):
        with refused('InvalidArgument', 'actve'):
            session.call(method, options(actve=('b', True)))
    with refused('InvalidArgument', 'active'):
        session.call('ListDomains', options(active=('s', 'yes')))
    for method in ('Start', 'Shutdown', 'Reboot', 'Reset', 'Destroy', 'Suspend', 'Resume', 'Undefine', 'GetXml',
                   'OpenConsole', 'Screenshot'):
        with refused('InvalidArgument', 'colour'):
            session.domain(path, method, colour='blue')
    for method in ('DefineDomain', 'StartTransientDomain', 'ValidateDomainXml', 'DomainXmlToArguments'):
        with refused('InvalidArgument', 'colour'):
            session.call(method, GLib.Variant('(sa{sv})', ('<domain/>', {'colour': GLib.Variant('s', 'blue')})))
    assert session.get(path, 'State') == 'shut-off'


BAD_XML = [
    ('', 'InvalidXml', ''),
    ('<domain', 'InvalidXml', 'line 1'),
    (domain_xml()[:-30], 'InvalidXml', 'line '),
    ('<pool/>', 'InvalidXml', 'domain'),
    ('<!DOCTYPE domain [<!ENTITY a "b">]><domain>&a;</domain>', 'InvalidXml', 'document type'),
    ('<!DOCTYPE domain [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
     '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><domain><name>&c;</name></domain>', 'InvalidXml', 'document type'),
    ('<!DOCTYPE domain SYSTEM "file:///etc/passwd"><domain/>', 'InvalidXml', 'document type'),
    ('<domain type="qemu">' + '<a>' * 5000 + '</a>' * 5000 + '</domain>', 'LimitExceeded', 'deeper'),
    (domain_xml(extra='<!-- ' + 'x' * (1024 * 1024) + ' -->'), 'LimitExceeded', ''),
    (domain_xml().replace('<name>demo</name>', ''), 'InvalidXml', 'name'),
    (domain_xml().replace("type='qemu'", "type='bhyve'", 1), 'InvalidXml', 'bhyve'),
    (domain_xml(machine='pc-i440fx-0.1'), 'NotSupported', 'pc-i440fx-0.1'),
    (domain_xml().replace('x86_64', 'z80'), '', 'z80'),
    (domain_xml(memory='lots'), 'InvalidXml', 'lots'),
    (domain_xml(uuid='not-a-uuid'), 'InvalidXml', 'not-a-uuid'),
]


def test_bad_xml(session):
    for number, (xml, name, text) in enumerate(BAD_XML):
        for method in ('DefineDomain', 'StartTransientDomain', 'DomainXmlToArguments'):
            try:
                session.manager(method, 's', xml)
            except GLib.Error as error:
                assert f'org.roost1.Error.{name}' in error.message, f'{number} {method}: {error.message}'
                assert text in error.message, f'{number} {method}: {error.message}'
            else:
                raise AssertionError(f'{number}: {method} took it')
        issues = session.manager('ValidateDomainXml', 's', xml)
        assert [one for one in issues if one[0] == 'error'], f'{number}: {issues}'
    assert session.manager('ListDomains') == []


def test_names_and_uuids_are_unique(session):
    session.define('demo', uuid=UUID)
    with refused('Exists', 'demo'):
        session.define('demo', uuid=str(uuid.uuid4()))
    with refused('Exists', 'demo'):
        session.define('other', uuid=UUID)
    assert session.define('demo', uuid=UUID, memory=128) == PATH
    assert session.get(PATH, 'MemoryMaximum') == 128 << 20
    assert session.manager('ListDomains') == [PATH]


def test_validate(session):
    assert session.manager('ValidateDomainXml', 's', domain_xml()) == []
    odd = domain_xml(extra='<flux capacitor="yes"/>')
    issues = session.manager('ValidateDomainXml', 's', odd)
    assert [(severity, 'flux' in text) for severity, _line, _column, text in issues] == [('warning', True)]
    assert odd.splitlines()[issues[0][1] - 1].lstrip().startswith('<flux')
    strict = GLib.Variant('(sa{sv})', (odd, {'validate': GLib.Variant('b', True)}))
    for method in ('DefineDomain', 'StartTransientDomain'):
        with refused('InvalidXml', 'flux'):
            session.call(method, strict)
    path = session.manager('DefineDomain', 's', odd)
    with refused('InvalidXml', 'flux'):
        session.call('Redefine', strict, path, 'org.roost1.Domain')


def test_arguments(session):
    arguments = session.manager('DomainXmlToArguments', 's', domain_xml())
    assert os.path.basename(arguments[0]).startswith('qemu-system-x86_64')
    assert any('guest=demo' in one for one in arguments)
    assert session.manager('ListDomains') == []


def test_capabilities(session):
    def ask(**options):
        texts = {name: GLib.Variant('s', value) for name, value in options.items()}
        return session.call('GetDomainCapabilities', GLib.Variant('(a{sv})', (texts,)))[0]

    xml = ElementTree.fromstring(ask(arch='x86_64', machine='q35', type='qemu'))
    assert xml.findtext('machine').startswith('pc-q35-')
    assert xml.findtext('domain') == 'qemu'
    assert 'virtio' in [value.text for value in xml.findall("devices/disk/enum[@name='bus']/value")]
    host = ElementTree.fromstring(session.manager('GetCapabilities'))
    assert len(host.findall('host/topology/cells/cell/cpus/cpu')) == os.cpu_count()
    assert 'q35' in [machine.text for machine in host.findall("guest/arch[@name='x86_64']/machine")]
    with refused('NotSupported', 'vax.*there is .*qemu-system-x86_64'):
        ask(arch='vax')
    with refused('NotSupported', 'abacus'):
        ask(arch='x86_64', machine='abacus')
    with refused('InvalidArgument', 'xen'):
        ask(type='xen')


def test_properties(session):
    everything = session.get_all(ROOTPATH, MANAGER)
    assert set(everything) == {'Version', 'Mode', 'QemuBinaries', 'HostArch', 'HostCpus', 'HostMemory', 'LogLevel'}
    assert everything['Mode'] == 'session'
    assert everything['HostArch'] == os.uname().machine
    assert everything['HostCpus'] == os.sysconf('SC_NPROCESSORS_ONLN')
    assert everything['HostMemory'] == os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
    assert all(os.access(path, os.X_OK) for path in everything['QemuBinaries']) and everything['QemuBinaries']


def test_log_level(session):
    def set_level(level):
        session.call('Set', GLib.Variant('(ssv)', (MANAGER, 'LogLevel', GLib.Variant('s', level))),
                     ROOTPATH, 'org.freedesktop.DBus.Properties')
    seen = session.record()
    assert session.get(ROOTPATH, 'LogLevel', MANAGER) == 'info'
    set_level('debug')
    assert session.get(ROOTPATH, 'LogLevel', MANAGER) == 'debug'
    session.pump(lambda: any(args[1:2] == ({'LogLevel': 'debug'},) for _p, _i, _s, args in seen))
    with refused('InvalidArgument', 'loud'):
        set_level('loud')
    with refused('org.freedesktop.DBus.Error.InvalidArgs'):
        session.call('Set', GLib.Variant('(ssv)', (MANAGER, 'Mode', GLib.Variant('s', 'system'))),
                     ROOTPATH, 'org.freedesktop.DBus.Properties')


def test_objects_come_and_go(session):
    seen = session.record()
    path = session.define('demo')
    session.pump(lambda: any(s == 'InterfacesAdded' and a[0] == path and a[1]['org.roost1.Domain']['Name'] == 'demo'
                             for _p, _i, s, a in seen))
    found = session.objects()[path]
    assert set(found) == {'org.roost1.Domain' + part for part in ('', '.Agent', '.Display', '.Tuning')}
    assert found == {interface: session.get_all(path, interface) for interface in found}
    session.domain(path, 'Undefine')
    session.pump(lambda: any(s == 'InterfacesRemoved' and a[0] == path and set(a[1]) == set(found)
                             for _p, _i, s, a in seen))
    assert path not in session.objects()
    for method in ('Start', 'Destroy', 'GetXml', 'Undefine'):
        with refused('org.freedesktop.DBus.Error.UnknownObject', 'removed'):
            session.domain(path, method)
    with refused('org.freedesktop.DBus.Error.UnknownObject', 'removed'):
        session.get(path, 'State')
    with refused('org.freedesktop.DBus.Error.UnknownObject', 'removed'):
        session.get_all(path)


def test_introspection_lists_domains(session):
    path = session.define('demo')

    def introspect(at):
        return session.call('Introspect', None, at, 'org.freedesktop.DBus.Introspectable')[0]
    assert f'<node name="{os.path.basename(path)}"/>' in introspect('/org/roost1/domain')
    assert '<node name="domain"/>' in introspect('/org/roost1')
    assert '<interface name="org.roost1.Domain">' in introspect(path)
    assert '<interface name="org.freedesktop.DBus.ObjectManager">' in introspect('/org/roost1')


def test_many_at_once(session):
    """A client with many calls in flight: each gets its answer, and the daemon goes on."""
    answers = []

    def on_answer(connection, result):
        answers.append(connection.call_finish(result))
    for number in range(50):
        session.connection.call('org.roost1', ROOTPATH, MANAGER, 'DefineDomain',
                                GLib.Variant('(sa{sv})', (domain_xml(f'vm{number:02}'), {})), None, 0, 60000, None,
                                on_answer)
    session.pump(lambda: len(answers) == 50, 60)
    assert [one[1] for one in session.manager('ListDomainStates')] == [f'vm{number:02}' for number in range(50)]
    wait_for(lambda: len(session.objects()) >= 50)
