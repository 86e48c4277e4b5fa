# SPDX-License-Identifier: LGPL-2.1-or-later
"""Secrets: over the bus, by roostctl, and a guest whose disk is encrypted."""
import os
import subprocess

from gi.repository import Gio, GLib

import harness

SECRET = 'org.roost1.Secret'
PLANTED = 'Xyzzy-0815-planted'
XML = "<secret{}><description>of a test</description><usage type='volume'><volume>{}</volume></usage></secret>"


def define(session, user, attributes=''):
    return session.manager('DefineSecret', 's', XML.format(attributes, user))


def set_value(session, path, value):
    session.with_options(path, SECRET, 'SetValue', 'ay', (value.encode(),))


def luks_disk(folder, image, user):
    key = os.path.join(folder, 'key')
    with open(key, 'w', encoding='utf-8') as f:
        f.write(PLANTED)
    subprocess.run(['qemu-img', 'create', '-q', '--object', f'secret,id=k,file={key}', '-f', 'luks', '-o',
                    'key-secret=k,iter-time=10', image, '1M'], check=True)
    os.remove(key)
    return f"""<disk type='file'><driver name='qemu' type='raw'/><source file='{image}'>
      <encryption format='luks'><secret type='passphrase' usage='{user}'/></encryption></source>
      <target dev='vda' bus='virtio'/></disk>"""


def test_life(session):
    path = define(session, 'a')
    seen = session.record()
    assert session.get_all(path, SECRET) == {
        'Uuid': session.get(path, 'Uuid', SECRET), 'UsageType': 'volume', 'UsageId': 'a', 'Description': 'of a test',
        'Ephemeral': False, 'Private': False, 'HasValue': False, 'Protection': ''}
    assert session.call('GetSecretByUsage', GLib.Variant('(ss)', ('volume', 'a')))[0] == path
    assert SECRET in session.objects()[path]
    with harness.refused('NotFound', 'has no value'):
        session.with_options(path, SECRET, 'GetValue', '', ())
    set_value(session, path, PLANTED)
    assert bytes(session.with_options(path, SECRET, 'GetValue', '', ())) == PLANTED.encode()
    session.pump(lambda: any(s[2] == 'PropertiesChanged' and s[3][1].get('HasValue') for s in seen))
    session.kill()
    session.start()
    assert bytes(session.with_options(path, SECRET, 'GetValue', '', ())) == PLANTED.encode()
    session.with_options(path, SECRET, 'Undefine', '', ())
    with harness.refused('org.freedesktop.DBus.Error.UnknownObject'):
        session.get(path, 'Uuid', SECRET)
    assert not [f for f in os.listdir(os.path.join(session.folder, 'config', 'roost', 'secret'))]


def test_private_is_not_read_back(session):
    path = define(session, 'p', " private='yes'")
    set_value(session, path, PLANTED)
    with harness.refused('NotAuthorized', 'private'):
        session.with_options(path, SECRET, 'GetValue', '', ())


def test_from_a_descriptor(session):
    path = define(session, 'f')
    read, write = os.pipe()
    os.write(write, PLANTED.encode())
    os.close(write)
    session.connection.call_with_unix_fd_list_sync(
        harness.NAME, path, SECRET, 'SetValueFrom', GLib.Variant('(ha{sv})', (0, {})), None, Gio.DBusCallFlags.NONE,
        60000, Gio.UnixFDList.new_from_array([read]), None)
    assert bytes(session.with_options(path, SECRET, 'GetValue', '', ())) == PLANTED.encode()


def test_encrypted_disk(session):
    disk = luks_disk(session.folder, os.path.join(session.folder, 'vda.luks'), 'disk')
    path = session.define('locked', devices=disk)
    with harness.refused('NotFound', "'disk' is not known"):
        session.domain(path, 'Start')
    secret = define(session, 'disk', " private='yes'")
    with harness.refused('NotFound', 'has no value'):
        session.domain(path, 'Start')
    set_value(session, secret, 'wrong')
    with harness.refused('Qemu', 'password|passphrase|key'):
        session.domain(path, 'Start')
    set_value(session, secret, PLANTED)
    session.domain(path, 'Start')
    pid = session.get(path, 'Pid')
    with open(f'/proc/{pid}/cmdline', 'rb') as f:
        assert PLANTED.encode() not in f.read()
    assert PLANTED not in session.domain(path, 'GetXml', secrets=True)
    found = subprocess.run(['grep', '-rl', PLANTED, os.path.join(session.folder, 'run'),
                            os.path.join(session.folder, 'state'), session.log], capture_output=True, text=True,
                           check=False).stdout
    assert found == ''
    session.domain(path, 'Destroy')


def test_ctl(session):
    xml = os.path.join(session.folder, 's.xml')
    with open(xml, 'w', encoding='utf-8') as f:
        f.write(XML.format('', 'c'))
    done = session.ctl('secret-define', xml)
    assert done.returncode == 0, done.stderr
    uuid = done.stdout.strip()
    assert session.ctl('secret-set-value', uuid, stdin=PLANTED).returncode == 0
    assert session.ctl('secret-get-value', uuid).stdout == PLANTED
    listing = session.ctl('secret-list').stdout
    assert uuid in listing and PLANTED not in listing
    assert "<volume>c</volume>" in session.ctl('secret-dumpxml', uuid).stdout
    assert session.ctl('secret-undefine', uuid).returncode == 0
    gone = session.ctl('secret-get-value', uuid)
    assert gone.returncode == 3 and 'secret' in gone.stderr
