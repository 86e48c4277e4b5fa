# SPDX-License-Identifier: LGPL-2.1-or-later
"""The system daemon with a real polkitd on a system bus of its own; see privbus. Callers with
different uids are processes of their own; rules decide by user, operation and domain."""
import json
import os
import shutil
import subprocess
import sys
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ROOSTD = os.environ.get('ROOSTD', os.path.join(ROOT, 'build/src/roostd'))

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not os.path.exists('/usr/lib/polkit-1/polkitd')
    or subprocess.run(['unshare', '--mount', '--pid', '--fork', 'true'], check=False).returncode != 0,
    reason='needs root, namespaces and polkitd')

ALICE, MALLORY = 65534, 1  # nobody and daemon, whom every system has; the rules allow something to the first

RULES = '''
polkit.addRule(function (action, subject) {
    if (action.id.indexOf("org.roost1.") !== 0)
        return polkit.Result.NOT_HANDLED;
    if (subject.user !== "nobody")
        return polkit.Result.NO;
    if (action.id === "org.roost1.read")
        return polkit.Result.YES;
    if (action.id === "org.roost1.domain.manage")
        return action.lookup("operation") === "DefineDomain" ||
               action.lookup("domain.name") === "web1" ? polkit.Result.YES : polkit.Result.NO;
    if (action.id === "org.roost1.domain.control")
        return action.lookup("domain.name") === "web1" && action.lookup("operation") !== "Reset" &&
               action.lookup("domain.uuid") === "6dd36eb1-0000-4000-8000-000000000001"
            ? polkit.Result.YES : polkit.Result.AUTH_ADMIN;
    if (action.id === "org.roost1.domain.console")
        return action.lookup("domain.name") === "web1" && action.lookup("operation") !== "SendKey"
            ? polkit.Result.YES : polkit.Result.NO;
    return polkit.Result.NO;
});
'''

UUIDS = {'web1': '6dd36eb1-0000-4000-8000-000000000001', 'db1': '6dd36eb1-0000-4000-8000-000000000002'}
PATHS = {name: '/org/roost1/domain/' + uuid.replace('-', '_') for name, uuid in UUIDS.items()}

# What runs as the caller: a list of calls from standard input, one connection for all of them.
CALLER = '''
import json, sys
from gi.repository import Gio, GLib
bus = Gio.DBusConnection.new_for_address_sync(%r, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
    | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
for path, interface, method, signature, args in json.load(sys.stdin):
    if signature.endswith('a{sv})'):
        args[-1] = {k: GLib.Variant(t, v) for k, (t, v) in args[-1].items()}
    elif signature == '(ssv)':
        args[-1] = GLib.Variant('s', args[-1])
    variant = GLib.Variant(signature, tuple(args)) if signature else None
    try:
        reply = bus.call_sync('org.roost1', path, interface, method, variant, None, 0, 30000, None).unpack()
        print(json.dumps(['ok', reply]))
    except GLib.Error as error:
        name = Gio.DBusError.get_remote_error(error) or ''
        Gio.DBusError.strip_remote_error(error)
        print(json.dumps([name.replace('org.roost1.Error.', ''), error.message]))
'''


def xml(name):
    return (f"<domain type='qemu'><name>{name}</name><uuid>{UUIDS[name]}</uuid><memory unit='MiB'>32</memory>"
            "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>"
            "<graphics type='vnc' port='-1' passwd='hush'/></devices></domain>")


class Call:
    """One call of a list for as_user()."""

    @staticmethod
    def manager(method, signature='', *args, **options):
        return ['/org/roost1', 'org.roost1.Manager', method, f'({signature}a{{sv}})', [*args, options]]

    @staticmethod
    def domain(name, method, signature='', *args, **options):
        return [PATHS[name], 'org.roost1.Domain', method, f'({signature}a{{sv}})', [*args, options]]

    @staticmethod
    def get(name, what):
        return [PATHS[name], 'org.freedesktop.DBus.Properties', 'Get', '(ss)', ['org.roost1.Domain', what]]

    @staticmethod
    def objects():
        return ['/org/roost1', 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects', '', []]


def as_user(uid, *calls):
    """The answers ["ok" or the error's name, value or text] of one client of @uid."""
    address = os.environ['DBUS_SYSTEM_BUS_ADDRESS']
    done = subprocess.run(
        ['setpriv', f'--reuid={uid}', f'--regid={uid}', '--clear-groups', '/usr/bin/python3', '-c', CALLER % address],
        input=json.dumps(calls), capture_output=True, text=True, timeout=120, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def names(answers):
    return [one[0] for one in answers]


# --- outside: a world for each function below, which runs inside ---

@pytest.mark.parametrize('case', ['allowed_and_refused', 'secrets', 'rules_change', 'root', 'limit',
                                  'other_uid_owns_no_name', 'display'])
def test_with_polkit(case, tmp_path):
    run_inside(case, tmp_path)


@pytest.mark.parametrize('case', ['no_polkit', 'question', 'reads', 'silent_polkit'])
def test_without_polkitd(case, tmp_path):
    run_inside(case, tmp_path, NO_POLKITD='1')


def run_inside(case, tmp_path, script=__file__, rules=RULES, **env):
    (tmp_path / 'rules.d').mkdir()
    (tmp_path / 'rules.d' / '10-test.rules').write_text(rules)
    for folder in [tmp_path, *tmp_path.parents]:
        if str(folder).startswith('/tmp/'):
            folder.chmod(0o755)
    done = subprocess.run([os.path.join(HERE, 'privbus'), str(tmp_path), '/usr/bin/python3', script, case,
                           str(tmp_path)],
                          env=dict(os.environ, **env), capture_output=True, text=True, timeout=240, check=False)
    log = tmp_path / 'roostd.log'
    text = log.read_text() if log.exists() else ''
    assert done.returncode == 0, done.stdout + done.stderr + text
    assert 'Sanitizer' not in text and 'CRITICAL' not in text, text


# --- inside ---

def inside_allowed_and_refused(_folder):
    answers = as_user(ALICE, Call.manager('DefineDomain', 's', xml('web1')),
                      Call.manager('DefineDomain', 's', xml('db1')),
                      Call.manager('ListDomains'),
                      Call.domain('web1', 'Start', paused=['b', True]),
                      Call.domain('db1', 'Start'), Call.domain('web1', 'Reset'),
                      Call.domain('web1', 'SetAutostart', 'b', True), Call.domain('db1', 'SetAutostart', 'b', True),
                      Call.get('web1', 'State'), Call.get('db1', 'State'))
    assert names(answers) == ['ok', 'ok', 'ok', 'ok', 'NotAuthorized', 'NotAuthorized', 'ok', 'NotAuthorized', 'ok',
                              'ok'], answers
    assert 'password' in answers[4][1] and 'org.roost1.domain.control' in answers[4][1]
    assert 'policy does not allow' in answers[7][1]
    assert [answers[8][1][0], answers[9][1][0]] == ['paused', 'shut-off']
    # A refused caller has no effect, and what it sends is not even read.
    answers = as_user(MALLORY, Call.manager('DefineDomain', 's', '<domain'), Call.manager('ListDomains'),
                      Call.manager('ListDomains', nonsense=['b', True]), Call.objects(), Call.get('web1', 'State'),
                      Call.domain('web1', 'Destroy'), Call.domain('web1', 'GetXml'), Call.domain('web1', 'Screenshot'),
                      Call.manager('DomainXmlToArguments', 's', xml('db1')))
    assert set(names(answers)) == {'NotAuthorized'}, answers
    assert as_user(0, Call.get('web1', 'State'))[0][1] == ['paused']
    assert names(as_user(ALICE, Call.domain('web1', 'Destroy'))) == ['ok']


def inside_secrets(_folder):
    answers = as_user(ALICE, Call.manager('DefineDomain', 's', xml('web1')), Call.domain('web1', 'GetXml'),
                      Call.domain('web1', 'GetXml', secrets=['b', False]),
                      Call.domain('web1', 'GetXml', secrets=['b', True]))
    assert names(answers) == ['ok', 'ok', 'ok', 'NotAuthorized'], answers
    assert 'hush' not in json.dumps(answers)
    assert 'hush' in as_user(0, Call.domain('web1', 'GetXml', secrets=['b', True]))[0][1][0]


def inside_rules_change(folder):
    """Rules that change take effect on callers that are already known."""
    as_user(0, Call.manager('DefineDomain', 's', xml('web1')))
    address = os.environ['DBUS_SYSTEM_BUS_ADDRESS']
    code = (CALLER % address).replace('json.load(sys.stdin)', 'map(json.loads, iter(sys.stdin.readline, ""))')
    with subprocess.Popen(['setpriv', f'--reuid={ALICE}', f'--regid={ALICE}', '--clear-groups', '/usr/bin/python3',
                           '-u', '-c', code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        def ask():
            client.stdin.write(json.dumps(Call.get('web1', 'State')) + '\n')
            client.stdin.flush()
            return json.loads(client.stdout.readline())[0]
        assert [ask(), ask()] == ['ok', 'ok']
        with open(os.path.join(folder, 'rules.d', '05-shut.rules'), 'w', encoding='utf-8') as f:
            f.write('polkit.addRule(function () { return polkit.Result.NO; });')
        end = time.monotonic() + 20
        while ask() == 'ok':
            assert time.monotonic() < end, 'still allowed'
            time.sleep(0.1)
        assert ask() == 'NotAuthorized'
        client.stdin.close()


def inside_root(_folder):
    answers = as_user(0, Call.manager('DefineDomain', 's', xml('db1')), Call.domain('db1', 'SetAutostart', 'b', True),
                      Call.domain('db1', 'Undefine'),
                      ['/org/roost1', 'org.freedesktop.DBus.Properties', 'Set', '(ssv)',
                       ['org.roost1.Manager', 'LogLevel', 'debug']])
    assert names(answers) == ['ok'] * 4, answers
    answers = as_user(ALICE, ['/org/roost1', 'org.freedesktop.DBus.Properties', 'Set', '(ssv)',
                              ['org.roost1.Manager', 'LogLevel', 'info']])
    assert names(answers) == ['NotAuthorized'], answers


# A viewer of another user than the daemon and QEMU: the daemon's own pair would not do.
VIEWER = '''
import socket, sys
sys.path.insert(0, sys.argv[1])
import viewer
from gi.repository import Gio, GLib
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[2], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
    | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
def call(method, signature, args, fds=None):
    return bus.call_with_unix_fd_list_sync('org.roost1', sys.argv[3], 'org.roost1.Domain.Display', method,
        GLib.Variant(signature, args), None, 0, 30000, fds, None)
try:
    call('Open', '(sa{sv})', ('dbus', {}))
    sys.exit('the daemon made a pair that cannot work')
except GLib.Error as error:
    assert 'NotSupported' in error.message and 'Connect' in error.message, error.message
ours, theirs = socket.socketpair()
call('Connect', '(sha{sv})', ('dbus', 0, {}), Gio.UnixFDList.new_from_array([theirs.detach()]))
display = viewer.DBusDisplay(ours)
display.listen(display.consoles()[0])
assert display.wait().width > 0
'''


def inside_display(folder):
    dbus = xml('web1').replace("<graphics type='vnc' port='-1' passwd='hush'/>",
                               "<graphics type='dbus' p2p='yes'/><video><model type='vga'/></video>")
    answers = as_user(0, Call.manager('DefineDomain', 's', dbus), Call.domain('web1', 'Start'))
    assert names(answers) == ['ok', 'ok'], answers
    shutil.copy(os.path.join(ROOT, 'tests', 'viewer', 'viewer.py'), folder)
    as_alice = ['setpriv', f'--reuid={ALICE}', f'--regid={ALICE}', '--clear-groups', '/usr/bin/python3', '-c', VIEWER,
                folder, os.environ['DBUS_SYSTEM_BUS_ADDRESS'], PATHS['web1']]
    subprocess.run(as_alice, timeout=120, check=True)
    answers = as_user(ALICE, Call.domain('web1', 'SendKey', 'as', ['a']), Call.domain('web1', 'SendText', 's', 'a'))
    assert names(answers) == ['NotAuthorized', 'ok'], answers
    answers = as_user(MALLORY, [PATHS['web1'], 'org.roost1.Domain.Display', 'Open', '(sa{sv})', ['dbus', {}]])
    assert names(answers) == ['NotAuthorized'], answers
    as_user(0, Call.domain('web1', 'Destroy'))


def inside_limit(_folder):
    """More calls in flight than one caller may have: each is answered, some with LimitExceeded."""
    as_user(0, Call.manager('DefineDomain', 's', xml('web1')))
    code = f'''
import sys
from gi.repository import Gio, GLib
bus = Gio.DBusConnection.new_for_address_sync({os.environ['DBUS_SYSTEM_BUS_ADDRESS']!r},
    Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
seen = {{}}
def done(c, r):
    try:
        c.call_finish(r)
        name = 'ok'
    except GLib.Error as e:
        name = Gio.DBusError.get_remote_error(e)
    seen[name] = seen.get(name, 0) + 1
for i in range(400):
    bus.call('org.roost1', {PATHS['web1']!r}, 'org.roost1.Domain', 'SetAutostart',
             GLib.Variant('(ba{{sv}})', (i % 2 == 0, {{}})), None, 0, 60000, None, done)
while sum(seen.values()) < 400:
    GLib.MainContext.default().iteration(True)
print(seen)
assert set(seen) <= {{'ok', 'org.roost1.Error.LimitExceeded', 'org.roost1.Error.Busy',
                     'org.freedesktop.DBus.Error.LimitsExceeded'}}, seen
assert seen.get('ok') and seen.get('org.roost1.Error.LimitExceeded')
'''
    subprocess.run(['setpriv', f'--reuid={ALICE}', f'--regid={ALICE}', '--clear-groups', '/usr/bin/python3', '-c',
                    code], timeout=120, check=True)


def inside_other_uid_owns_no_name(_folder):
    """The bus policy of data/: only root may offer the service."""
    done = subprocess.run(
        ['setpriv', f'--reuid={ALICE}', f'--regid={ALICE}', '--clear-groups', 'gdbus', 'call', '--system', '-d',
         'org.freedesktop.DBus', '-o', '/org/freedesktop/DBus', '-m', 'org.freedesktop.DBus.RequestName', 'org.roost1',
         '4'], capture_output=True, text=True, timeout=30, check=False)
    assert 'AccessDenied' in done.stderr, done.stderr


def inside_no_polkit(_folder):
    assert names(as_user(0, Call.manager('DefineDomain', 's', xml('web1')), Call.get('web1', 'State'))) == ['ok', 'ok']
    answers = as_user(ALICE, Call.manager('ListDomains'), Call.domain('web1', 'Start'))
    assert names(answers) == ['NotAuthorized'] * 2, answers
    assert 'only root' in answers[0][1]


# Stands in for polkitd: writes down what it is asked, and answers as it is told.
FAKE_POLKIT = '''
import json, sys
from gi.repository import Gio, GLib
XML = """<node><interface name='org.freedesktop.PolicyKit1.Authority'>
<method name='CheckAuthorization'><arg type='(sa{sv})' direction='in'/><arg type='s' direction='in'/>
<arg type='a{ss}' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/>
<arg type='(bba{ss})' direction='out'/></method>
<method name='CancelCheckAuthorization'><arg type='s' direction='in'/></method></interface></node>"""
def on_call(_bus, sender, path, interface, method, args, invocation):
    print(json.dumps([method, *args.unpack()]), flush=True)
    if method == 'CancelCheckAuthorization':
        invocation.return_value(None)
    elif sys.argv[1] == 'yes':
        invocation.return_value(GLib.Variant('((bba{ss}))', ((True, False, {}),)))
bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
info = Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0]
bus.register_object('/org/freedesktop/PolicyKit1/Authority', info, on_call, None, None)
Gio.bus_own_name_on_connection(bus, 'org.freedesktop.PolicyKit1', 0, None, None)
GLib.MainLoop().run()
'''


class FakePolkit:
    """with FakePolkit('yes') or ('silent') as polkit: polkit.next() is the next thing it was asked."""

    def __init__(self, answer):
        self.answer = answer

    def __enter__(self):
        self.process = subprocess.Popen(['/usr/bin/python3', '-u', '-c', FAKE_POLKIT, self.answer],
                                        stdout=subprocess.PIPE, text=True)
        subprocess.run(['gdbus', 'wait', '--system', '--timeout', '30', 'org.freedesktop.PolicyKit1'], check=True)
        return self

    def next(self):
        return json.loads(self.process.stdout.readline())

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def busctl(uid, *args):
    return subprocess.Popen(['setpriv', f'--reuid={uid}', f'--regid={uid}', '--clear-groups', 'busctl', '--system', *args],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def inside_question(_folder):
    """What polkit is asked: the unique name, the details; interaction only where the call allows it."""
    as_user(0, Call.manager('DefineDomain', 's', xml('web1')))
    with FakePolkit('yes') as polkit:
        for interactive in ('no', 'yes'):
            with busctl(ALICE, f'--allow-interactive-authorization={interactive}', 'call', 'org.roost1', PATHS['web1'],
                        'org.roost1.Domain', 'SetAutostart', 'ba{sv}', 'true', '0') as caller:
                assert caller.wait(30) == 0, caller.stdout.read()
            method, subject, action, details, flags, _id = polkit.next()
            assert method == 'CheckAuthorization' and action == 'org.roost1.domain.manage'
            assert subject[0] == 'system-bus-name' and list(subject[1]) == ['name'] and subject[1]['name'][0] == ':'
            assert details == {'operation': 'SetAutostart', 'domain.name': 'web1', 'domain.uuid': UUIDS['web1']}
            assert flags == (1 if interactive == 'yes' else 0)
        assert names(as_user(ALICE, Call.manager('ListDomains'), Call.objects())) == ['ok', 'ok']
        assert polkit.next()[2:4] == ['org.roost1.read', {'operation': 'ListDomains'}]
        assert names(as_user(ALICE, Call.domain('web1', 'Undefine'))) == ['ok']
        assert polkit.next()[2:4] == ['org.roost1.domain.manage',  # and no second question for the list
                                      {'operation': 'Undefine', 'domain.name': 'web1', 'domain.uuid': UUIDS['web1']}]


def inside_reads(_folder):
    """Many reads by one caller are one question: what polkit said is remembered."""
    as_user(0, Call.manager('DefineDomain', 's', xml('web1')))
    with FakePolkit('yes') as polkit:
        answers = as_user(ALICE, *[Call.get('web1', 'State')] * 500, Call.domain('web1', 'Undefine'))
        assert names(answers) == ['ok'] * 501
        assert [polkit.next()[2] for _ in range(2)] == ['org.roost1.read', 'org.roost1.domain.manage']


def inside_silent_polkit(_folder):
    """A polkit that does not answer holds up nobody else; a caller that leaves takes its question back."""
    as_user(0, Call.manager('DefineDomain', 's', xml('web1')))
    with FakePolkit('silent') as polkit:
        callers = [busctl(ALICE, 'call', 'org.roost1', PATHS['web1'], 'org.roost1.Domain', 'Undefine', 'a{sv}', '0')
                   for _ in range(5)]
        ids = {polkit.next()[5] for _ in callers}
        assert names(as_user(0, Call.get('web1', 'State'), Call.domain('web1', 'SetAutostart', 'b', True))) == ['ok'] * 2
        for caller in callers:
            caller.kill()
            caller.wait()
            caller.stdout.close()
        asked = [polkit.next() for _ in callers]
        assert {one[0] for one in asked} == {'CancelCheckAuthorization'} and {one[1] for one in asked} == ids
    assert names(as_user(0, Call.get('web1', 'State'))) == ['ok']


def main(case, folder):
    with open(os.path.join(folder, 'roostd.log'), 'wb') as log:
        daemon = subprocess.Popen([ROOSTD, '--system'], stdout=log, stderr=log)  # pylint: disable=consider-using-with
    waiter = ['gdbus', 'wait', '--system', '--timeout', '30', 'org.roost1']
    subprocess.run(waiter, check=True)
    try:
        globals()[f'inside_{case}'](folder)
        assert daemon.poll() is None, 'roostd ended'
    finally:
        daemon.terminate()
        assert daemon.wait(30) == 0


if __name__ == '__main__':
    main(*sys.argv[1:])
