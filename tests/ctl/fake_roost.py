# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service with the interfaces of Roost and answers that the test chooses: fake_roost.py ADDRESS.

A domain's name says how its methods end: "err-Busy" fails with org.roost1.Error.Busy. Everything
else is done at once. What was called is printed, a line of JSON each."""
import glob
import json
import os
import sys

from gi.repository import Gio, GLib

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
UUIDS = {
    'demo': '11111111-aaaa-4000-8000-000000000001',
    'other': '11111111-bbbb-4000-8000-000000000002',
    'err-Busy': '22222222-0000-4000-8000-000000000003',
    'err-NotAuthorized': '22222222-0000-4000-8000-000000000004',
    'err-Timeout': '22222222-0000-4000-8000-000000000005',
    'err-NotRunning': '22222222-0000-4000-8000-000000000006',
    'err-Qemu': '22222222-0000-4000-8000-000000000007',
}
STATES = dict.fromkeys(UUIDS, 'shut-off')


def path_of(name):
    return '/org/roost1/domain/' + UUIDS[name].replace('-', '_')


class Fake:
    def __init__(self, connection):
        self.connection = connection
        self.interfaces = {}
        for file in glob.glob(ROOT + '/introspection/*.xml'):
            with open(file, encoding='utf-8') as f:
                for interface in Gio.DBusNodeInfo.new_for_xml(f.read()).interfaces:
                    self.interfaces[interface.name] = interface
        self.export('/org/roost1', 'org.roost1.Manager')
        self.export('/org/roost1', 'org.freedesktop.DBus.ObjectManager')
        self.export('/org/roost1/job/7', 'org.roost1.Job')
        for name in UUIDS:
            self.export(path_of(name), 'org.roost1.Domain')
            self.export(path_of(name), 'org.roost1.Domain.Tuning')

    def export(self, path, interface):
        self.connection.register_object(path, self.interfaces[interface], self.on_call, self.on_get, None)

    def on_call(self, _connection, _sender, path, interface, method, args, invocation):
        print(json.dumps([path, method, args.unpack()]), flush=True)
        name = next((n for n in UUIDS if path_of(n) == path), None)
        if name and name.startswith('err-'):
            invocation.return_dbus_error('org.roost1.Error.' + name[4:], f'{method.lower()} of {name} failed')
            return
        try:
            invocation.return_value(getattr(self, method, self.done)(name, method, *args.unpack()))
        except LookupError as error:
            invocation.return_dbus_error('org.roost1.Error.NotFound', f'no {error}')

    def on_get(self, _connection, _sender, path, interface, prop):
        properties = self.properties(path, interface)
        wanted = self.interfaces[interface].lookup_property(prop)
        return GLib.Variant(wanted.signature, properties.get(prop, self.zero(wanted.signature)))

    @staticmethod
    def zero(signature):
        return {'s': '', 'o': '/', 'b': False, 'd': 0.0}.get(signature, [] if signature[0] == 'a' else 0)

    def properties(self, path, interface):
        if interface == 'org.roost1.Job':
            return {'Operation': 'start', 'Objects': [path_of('demo')], 'State': 'running', 'Phase': 'spawn qemu',
                    'Progress': 0.5, 'Error': ('', ''), 'StartedAt': 1700000000000000}
        name = next((n for n in UUIDS if path_of(n) == path), None)
        return {'Name': name, 'Uuid': UUIDS[name], 'State': STATES[name], 'StateReason': 'unknown',
                'Memory': 1 << 30, 'Vcpus': 2, 'Persistent': True} if name else {'Version': '0.1', 'HostMemory': 1 << 34}

    def all_properties(self, path, interface):
        return {p.name: self.on_get(None, None, path, interface, p.name) for p in self.interfaces[interface].properties}

    def done(self, name, method, *_args):
        after = {'Start': 'running', 'Destroy': 'shut-off', 'Shutdown': 'shut-off', 'Suspend': 'paused'}
        if name and method in after:
            STATES[name] = after[method]
            self.connection.emit_signal(None, path_of(name), 'org.roost1.Domain', 'StateChanged',
                                        GLib.Variant('(ss)', (after[method], 'user')))
        return None

    def GetDomainByName(self, _name, _method, wanted):
        if wanted not in UUIDS:
            raise LookupError(f'domain has the name {wanted}')
        return GLib.Variant('(o)', (path_of(wanted),))

    def ListDomainStates(self, _name, _method, _options):
        rows = [(path_of(n), n, UUIDS[n], STATES[n]) for n in sorted(UUIDS)]
        return GLib.Variant('(a(osss))', (rows,))

    def DefineDomain(self, _name, _method, xml, _options):
        if '<broken' in xml:
            raise LookupError('such thing')
        return GLib.Variant('(o)', (path_of('demo'),))

    def ValidateDomainXml(self, _name, _method, xml, _options):
        issues = [('error', 3, 7, 'no good')] if 'broken' in xml else []
        issues += [('warning', 5, 1, 'not understood')] if 'odd' in xml else []
        return GLib.Variant('(a(suus))', (issues,))

    def DomainXmlToArguments(self, _name, _method, _xml, _options):
        return GLib.Variant('(as)', (['/usr/bin/qemu', '-name', "it's", '-device', '{"driver":"x"}', '-S'],))

    def GetDomainCapabilities(self, *_args):
        return GLib.Variant('(s)', ('<domainCapabilities/>\n',))

    def GetXml(self, name, _method, options):
        return GLib.Variant('(s)', (f"<domain><name>{name}</name>{'<next/>' if options else ''}</domain>",))

    def OpenConsole(self, *_args):
        raise LookupError('console')

    def GetManagedObjects(self, _name, _method):
        objects = {path_of(n): {'org.roost1.Domain': self.all_properties(path_of(n), 'org.roost1.Domain')}
                   for n in UUIDS}
        objects['/org/roost1/job/7'] = {'org.roost1.Job': self.all_properties('/org/roost1/job/7', 'org.roost1.Job')}
        return GLib.Variant('(a{oa{sa{sv}}})', (objects,))


def main():
    connection = Gio.DBusConnection.new_for_address_sync(
        sys.argv[1], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
        | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
    fake = Fake(connection)
    Gio.bus_own_name_on_connection(connection, 'org.roost1', Gio.BusNameOwnerFlags.NONE, None, None)
    GLib.MainLoop().run()
    return fake


if __name__ == '__main__':
    main()
