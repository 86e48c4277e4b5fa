# SPDX-License-Identifier: LGPL-2.1-or-later
"""Domains that are copied and deleted with their disks."""
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from gi.repository import GLib

import harness
from harness import DOMAIN, JOB, refused, wait_for
from test_domain_guest import GREETING, read_until, type_until
from test_storage import VOLUME, Storage, break_at, content, crypt, define_secret, fake_tool, volume_xml

MIB = 1 << 20


class Site(Storage):
    """A pool "images", and domains on it."""

    def pool(self, name='images'):
        self.images = super().pool(name)
        self.uuid = self.get(self.images, 'Uuid')
        return self.images

    def disk(self, volume, target='vda', kind='qcow2', rest='', by_path=False):
        source = f"file='{self.folder}/{volume}'" if by_path else f"pool='images' volume='{volume}'"
        return (f"<disk type='{'file' if by_path else 'volume'}'><driver name='qemu' type='{kind}'/><source {source}/>"
                f"<target dev='{target}' bus='virtio'/>{rest}</disk>")

    def domain_on(self, pool, name='web', **kwargs):
        """web: vda is a qcow2 volume by its name, vdb a raw one by its path, sda an ISO."""
        self.create(pool, volume_xml(f'{name}.qcow2', 4 * MIB, 'qcow2'))
        self.create(pool, volume_xml('data.img', 2 * MIB))
        self.create(pool, volume_xml('cd.iso', MIB))
        self.fill(f'{name}.qcow2', 'qcow2', 'system')
        self.fill('data.img', 'raw', 'data')
        cdrom = (f"<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='{self.folder}/cd.iso'/>"
                 "<target dev='sda' bus='sata'/></disk>")
        return self.session.define(name, machine='q35', **{'devices': self.disk(f'{name}.qcow2')
                                                            + self.disk('data.img', 'vdb', 'raw', by_path=True)
                                                            + cdrom, **kwargs})

    def fill(self, volume, kind, text):
        subprocess.run(['qemu-io', '-f', kind, '-c', f'write -s /dev/stdin 0 {len(text)}', f'{self.folder}/{volume}'],
                       input=text, text=True, check=True, capture_output=True)

    def clone(self, path, name, **options):
        clone, job = self.begin(path, name, **options)
        self.wait(job)
        return clone

    def begin(self, path, name, **options):
        values = {k: GLib.Variant('as', v) if isinstance(v, list) else v for k, v in options.items()}
        return self.call(path, DOMAIN, 'Clone', 's', name, **values)

    def delete(self, path, *storage, **options):
        items, job = self.plan(path, *storage, **options)
        self.wait(job)
        return items

    def plan(self, path, *storage, **options):
        if storage:
            options['storage'] = GLib.Variant('as', storage)
        return self.call(path, DOMAIN, 'Delete', **options)

    def xml(self, path):
        return ET.fromstring(self.session.domain(path, 'GetXml', inactive=True))

    def sources(self, path):
        return {d.find('target').get('dev'): dict(d.find('source').attrib) for d in self.xml(path).iter('disk')
                if d.find('source') is not None}

    def unfinished(self):
        folder = os.path.join(self.session.folder, 'state', 'roost', 'unfinished')
        return os.listdir(folder) if os.path.isdir(folder) else []

    def domains(self):
        return sorted(self.session.get(p, 'Name') for p in self.session.manager('ListDomains'))

    def assert_as_before(self, names=('cd.iso', 'data.img', 'web.qcow2')):
        assert self.names(self.images) == sorted(names)
        assert self.domains() == ['web'] and self.leftovers() == [] and self.unfinished() == []


@pytest.fixture
def site(session):
    return Site(session)


def reads(site, volume, driver, text):
    return content(site, volume, driver, 'none' if driver == 'luks' else None).startswith(text.encode())


# --- full ---

def test_full_clone(site):
    pool = site.pool()
    web = site.domain_on(pool, extra="<genid>11111111-2222-3333-4444-555555555555</genid>", devices=(
        site.disk('web.qcow2') + site.disk('data.img', 'vdb', 'raw', by_path=True)
        + f"<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='{site.folder}/cd.iso'/>"
        "<target dev='sda' bus='sata'/></disk>"
        "<interface type='user'><mac address='52:54:00:11:22:33'/><model type='virtio'/></interface>"
        "<vsock><cid auto='no' address='77'/></vsock>"
        "<graphics type='vnc' port='5933' autoport='no'/>"))
    copy, job = site.begin(web, 'web2')
    assert copy != web and site.get(job, 'Operation', JOB) == 'clone'
    site.wait(job)
    assert site.get(job, 'Progress', JOB) == 1.0 or site.get(job, 'State', JOB) == 'completed'
    assert site.get(job, 'Details', JOB)['name'] == 'web2'
    assert site.names(pool) == ['cd.iso', 'data.img', 'web.qcow2', 'web2-vdb.img', 'web2.qcow2']
    assert reads(site, 'web2.qcow2', 'qcow2', 'system') and reads(site, 'web2-vdb.img', 'raw', 'data')
    assert site.sources(copy) == {'vda': {'pool': 'images', 'volume': 'web2.qcow2'},
                                  'vdb': {'file': f'{site.folder}/web2-vdb.img'},
                                  'sda': {'file': f'{site.folder}/cd.iso'}}
    old, new = site.xml(web), site.xml(copy)
    assert new.findtext('name') == 'web2' and new.findtext('uuid') == site.session.get(copy, 'Uuid')
    for path in ('uuid', 'genid'):
        assert old.findtext(path) != new.findtext(path)
    assert old.find('.//mac').get('address') != new.find('.//mac').get('address')
    assert new.find('.//vsock/cid').get('auto') == 'yes'
    assert new.find('.//graphics').get('autoport') == 'yes' and new.find('.//graphics').get('port') != '5933'
    assert site.unfinished() == [] and site.leftovers() == []
    assert os.stat(f'{site.folder}/web2.qcow2').st_mode == os.stat(f'{site.folder}/web.qcow2').st_mode
    site.session.kill()
    site.session.start()
    assert site.domains() == ['web', 'web2']


def test_the_clone_boots_with_its_own_disk(site):
    pool = site.pool()
    site.create(pool, volume_xml('web.qcow2', 4 * MIB, 'qcow2'))
    site.fill('web.qcow2', 'qcow2', 'from-the-source')
    session = site.session
    web = session.define('web', devices=site.disk('web.qcow2'), **harness.guest('console=ttyS0 quiet'))
    copy = site.clone(web, 'web2')
    session.domain(copy, 'Start')
    console = session.fd(copy, 'OpenConsole')
    read_until(console, GREETING)
    type_until(console, 'head -c 15 /dev/vda | tr a-z A-Z; echo', b'FROM-THE-SOURCE')
    type_until(console, 'echo own | dd of=/dev/vda conv=notrunc; sync; head -c 3 /dev/vda | tr a-z A-Z; echo', b'OWN')
    session.domain(copy, 'Destroy')
    assert reads(site, 'web.qcow2', 'qcow2', 'from-the-source') and reads(site, 'web2.qcow2', 'qcow2', 'own')


def test_choices(site):
    pool = site.pool()
    other = os.path.join(site.session.folder, 'other')
    os.mkdir(other)
    site.call(site.define('other', other), 'org.roost1.StoragePool', 'Start')
    web = site.domain_on(pool)
    uuid = '01234567-89ab-cdef-0123-456789abcdef'
    copy = site.clone(web, 'web2', pool='other', uuid=uuid, disks=['vda', 'sda'], shared=['vdb'])
    assert uuid.replace('-', '') in copy.replace('-', '').replace('_', '')
    assert sorted(os.listdir(other)) == ['web2-sda.iso', 'web2.qcow2']
    assert site.sources(copy) == {'vda': {'pool': 'other', 'volume': 'web2.qcow2'},
                                  'vdb': {'file': f'{site.folder}/data.img'},
                                  'sda': {'file': f'{other}/web2-sda.iso'}}


def test_refused(site):
    pool = site.pool()
    web = site.domain_on(pool)
    for error, words, name, options in (
            ('Exists', "a domain 'web' already", 'web', {}),
            ('Exists', 'with the uuid', 'b', {'uuid': site.session.get(web, 'Uuid')}),
            ('InvalidArgument', 'is no uuid', 'b', {'uuid': 'x'}),
            ('InvalidArgument', "mode 'half'", 'b', {'mode': 'half'}),
            ('InvalidArgument', "nvram 'old'", 'b', {'nvram': 'old'}),
            ('InvalidArgument', "no disk 'vdx'", 'b', {'disks': ['vdx']}),
            ('InvalidArgument', "both copied and shared", 'b', {'disks': ['vda'], 'shared': ['vda']}),
            ('InvalidArgument', "writes to the disk 'vdb'", 'b', {'disks': ['vda']}),
            ('InvalidArgument', "'color' is not known", 'b', {'color': 'red'}),
            ('NotFound', "no pool 'none'", 'b', {'pool': 'none'}),
            ('InvalidXml', 'name', 'a/b', {})):
        with refused(error, words):
            site.clone(web, name, **options)
    site.create(pool, volume_xml('b.qcow2', MIB))
    with refused('Exists', "volume 'b.qcow2' already"):
        site.clone(web, 'b')
    site.assert_as_before(('b.qcow2', 'cd.iso', 'data.img', 'web.qcow2'))
    site.session.domain(web, 'Start', paused=True)
    for mode in ('full', 'linked'):
        with refused('Running', "'web' runs with the disk 'vda'"):
            site.clone(web, 'c', mode=mode)
    site.clone(web, 'c', shared=['vda', 'vdb'])  # nothing is copied
    site.session.domain(web, 'Destroy')
    assert site.domains() == ['c', 'web']


def test_outside_of_pools(site):
    pool = site.pool()
    path = os.path.join(site.session.folder, 'plain.img')
    with open(path, 'wb') as f:
        f.truncate(MIB)
    disk = f"<disk type='file'><driver name='qemu' type='raw'/><source file='{path}'/><target dev='vda' bus='virtio'/></disk>"
    domain = site.session.define('plain', devices=disk)
    with refused('NotSupported', 'plain.img is in no active pool: make a pool of its folder'):
        site.clone(domain, 'b')
    copy = site.clone(domain, 'b', shared=['vda'])
    assert site.sources(copy) == {'vda': {'file': path}}
    item, = site.plan(domain, dry_run=True)[0]
    assert 'no active pool' in item['refused'] and not item['removed']
    assert site.names(pool) == []


# --- linked ---

def test_linked_clone(site):
    pool = site.pool()
    web = site.domain_on(pool)
    copy = site.clone(web, 'web2', mode='linked')
    assert site.names(pool) == ['cd.iso', 'data.img', 'web.qcow2', 'web2-vdb.qcow2', 'web2.qcow2']
    chain = site.call(site.volume(pool, 'web2-vdb.qcow2'), VOLUME, 'GetChain')
    assert chain == [(f'{site.folder}/web2-vdb.qcow2', 'qcow2'), (f'{site.folder}/data.img', 'raw')]
    assert reads(site, 'web2.qcow2', 'qcow2', 'system') and reads(site, 'web2-vdb.qcow2', 'qcow2', 'data')
    site.session.domain(copy, 'Start', paused=True)
    with refused('Storage', "below the one of domain 'web2'"):
        site.session.domain(web, 'Start')
    with refused('Busy', "vda .*web.qcow2\\) cannot be removed: it is the image below .*web2.qcow2; nothing was"):
        site.delete(web, 'vda')
    again = site.clone(web, 'web3', mode='linked')  # the one below may have several above it, and they may run
    site.session.domain(copy, 'Destroy')
    for path in (copy, again):
        site.delete(path, 'vda', 'vdb')
    site.session.domain(web, 'Start', paused=True)
    site.session.domain(web, 'Destroy')
    site.assert_as_before()


def test_linked_clone_of_a_running_template(site):
    pool = site.pool()
    site.create(pool, volume_xml('web.qcow2', MIB, 'qcow2'))
    web = site.session.define('web', devices=site.disk('web.qcow2', rest='<readonly/>'))
    site.session.domain(web, 'Start', paused=True)
    copy = site.clone(web, 'web2', mode='linked', disks=['vda'])
    assert site.xml(copy).find('.//disk/readonly') is None
    site.session.domain(copy, 'Start', paused=True)
    for path in (copy, web):
        site.session.domain(path, 'Destroy')


# --- state ---

@pytest.mark.skipif(not os.path.exists('/usr/share/OVMF/OVMF_VARS_4M.fd'), reason='no OVMF')
def test_firmware_and_tpm(site):
    pool = site.pool()
    site.create(pool, volume_xml('web.qcow2', MIB, 'qcow2'))
    has_tpm = shutil.which('swtpm') is not None
    tpm = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>" if has_tpm else ''
    xml = harness.domain_xml('web', machine='q35', memory=128, devices=site.disk('web.qcow2') + tpm)
    web = site.session.manager('DefineDomain', 's', xml.replace('<os>', "<os firmware='efi'>"))
    site.session.domain(web, 'Start', paused=True)
    with refused('Running', 'firmware or TPM'):
        site.clone(web, 'live', shared=['vda'])
    site.session.domain(web, 'Destroy')
    state = os.path.join(site.session.folder, 'state', 'roost')
    nvram = os.path.join(state, 'nvram')
    old, = os.listdir(nvram)
    with open(os.path.join(nvram, old), 'r+b') as f:
        f.seek(100)
        f.write(b'boot entry')
    with open(os.path.join(nvram, old), 'rb') as f:
        variables = f.read()
    copy = site.clone(web, 'web2', **({'tpm': 'copy'} if has_tpm else {}))
    with open(os.path.join(nvram, old.replace('web', 'web2')), 'rb') as f:
        assert f.read() == variables
    fresh = site.clone(web, 'web3', nvram='new')
    assert not os.path.exists(os.path.join(nvram, old.replace('web', 'web3')))
    if has_tpm:
        kept = os.listdir(os.path.join(state, 'tpm', site.session.get(copy, 'Uuid')))
        assert [n for n in kept if n.endswith('.permall')]
        assert not os.path.exists(os.path.join(state, 'tpm', site.session.get(fresh, 'Uuid')))
    site.session.domain(copy, 'Start', paused=True)
    site.session.domain(copy, 'Destroy')
    kinds = {item['kind']: item for item in site.plan(copy, dry_run=True)[0]}
    assert set(kinds) == {'volume', 'nvram', *(['tpm'] if has_tpm else [])}
    site.delete(copy, 'vda', nvram=True, **({'tpm': True} if has_tpm else {}))
    assert not os.path.exists(kinds['nvram']['path'])
    assert not has_tpm or not os.path.exists(kinds['tpm']['path'])
    with refused('InvalidArgument', 'no nvram of its own'):
        site.delete(fresh, nvram=True)
    assert site.domains() == ['web', 'web3']


def test_encrypted(site):
    pool = site.pool()
    define_secret(site, 'vol', 'planted-key')
    encryption = crypt('vol')
    site.create(pool, f"<volume><name>web</name><capacity>{MIB}</capacity><target><format type='raw'/>{encryption}"
                      "</target></volume>")
    disk = (f"<disk type='volume'><driver name='qemu' type='raw'/><source pool='images' volume='web'>{encryption}"
            "</source><target dev='vda' bus='virtio'/></disk>")
    web = site.session.define('web', devices=disk)
    copy = site.clone(web, 'web2')
    assert content(site, 'web2', 'luks', 'planted-key') == content(site, 'web', 'luks', 'planted-key')
    # A link has a key of its own, and opens the image below with the same secret; so has a link of a link.
    link = site.clone(web, 'web3', mode='linked')
    for domain in (copy, link):
        site.session.domain(domain, 'Start')
        site.session.domain(domain, 'Destroy')
    again = site.clone(link, 'web4', mode='linked')
    site.session.domain(again, 'Start')
    site.session.domain(again, 'Destroy')
    with open(os.path.join(site.folder, 'web3.qcow2'), 'rb') as f:
        assert b'LUKS' in f.read()
    assert 'planted' not in site.session.log_text()


# --- all or nothing ---

STEPS = ('note clone', 'copy disks', 'make file', 'write content', 'tell', 'put in place', 'copy state', 'define clone')


def idle(site, path):
    wait_for(lambda: site.session.get(path, 'CurrentJob') == '/' and site.unfinished() == [], 60, 'it is undone')


@pytest.mark.parametrize('step,kind', [(step, kind) for step in STEPS
                                       for kind in ('fail', 'cancel', 'kill', 'kill-after')
                                       if (step, kind) not in (('put in place', 'cancel'), ('define clone', 'cancel'))])
def test_clone_breaks(site, step, kind):
    pool = site.pool()
    web = site.domain_on(pool)
    break_at(site, f'{step}:{kind}', lambda: site.clone(web, 'web2'))
    wait_for(lambda: site.get(pool, 'State') == 'active', what='the pool')
    idle(site, web)
    if (step, kind) == ('define clone', 'kill-after'):
        assert site.domains() == ['web', 'web2'] and 'web2.qcow2' in site.names(pool)
        return
    wait_for(lambda: site.names(pool) == ['cd.iso', 'data.img', 'web.qcow2'], 30, 'the volumes are gone')
    site.assert_as_before()
    if kind.startswith('kill'):
        site.clone(web, 'web2')


def test_cancel(site):
    pool = site.pool()
    web = site.domain_on(pool)
    fake_tool(site.session, 'qemu-img', 'case "$1" in convert) sleep 1000;; esac\nexec /usr/bin/qemu-img "$@"\n')
    wait_for(lambda: site.get(pool, 'State') == 'active')
    _, job = site.begin(web, 'web2')
    with refused('Busy', "'clone'"):
        site.session.domain(web, 'Start')
    with refused('Busy', 'being defined'):
        site.session.define('web2')
    site.call(job, JOB, 'Cancel')
    with refused('Cancelled'):
        site.wait(job)
    idle(site, web)
    site.assert_as_before()


def test_disk_full_at_the_second_disk(site):
    pool = site.pool()
    web = site.domain_on(pool)
    fake_tool(site.session, 'qemu-img',
              'case "$*" in convert*data.img*) echo "qemu-img: No space left on device" >&2; exit 1;; esac\n'
              'exec /usr/bin/qemu-img "$@"\n')
    wait_for(lambda: site.get(pool, 'State') == 'active')
    with refused('NoSpace', "disk 'vdb'"):
        site.clone(web, 'web2')
    idle(site, web)
    site.assert_as_before()


def killed_at(site, fault, do):
    """The daemon ends by @fault, which @do meets, and stays so."""
    session = site.session
    session.stop()
    session.env['ROOST_FAULT'] = fault
    session.start()
    del session.env['ROOST_FAULT']
    wait_for(lambda: site.get(site.images, 'State') == 'active')
    with pytest.raises(GLib.Error):
        do()
    session.daemon.wait(20)
    session.daemon = None


def test_what_somebody_else_made_stays(site):
    """A file of the name that a killed clone had, but not the one that it made."""
    pool = site.pool()
    web = site.domain_on(pool)
    killed_at(site, 'define clone:kill', lambda: site.clone(web, 'web2'))
    path = f'{site.folder}/web2.qcow2'
    shutil.copy(path, path + '.other')
    os.rename(path + '.other', path)
    site.session.start()
    wait_for(lambda: site.get(pool, 'State') == 'active')
    idle(site, web)
    wait_for(lambda: site.names(pool) == ['cd.iso', 'data.img', 'web.qcow2', 'web2.qcow2'])


# --- deleting ---

def test_delete(site):
    pool = site.pool()
    web = site.domain_on(pool)
    items, job = site.plan(web, 'vda', dry_run=True)
    assert job == '/' and {i['target']: i['removed'] for i in items} == {'vda': True, 'vdb': False, 'sda': False}
    vda = items[0]
    assert vda['path'] == f'{site.folder}/web.qcow2' and vda['volume'] == site.volume(pool, 'web.qcow2')
    assert vda['size'] > 0 and 'refused' not in vda
    assert len(site.names(pool)) == 3 and site.domains() == ['web']
    with refused('InvalidArgument', "no disk 'vdx'"):
        site.delete(web, 'vdx')
    site.session.domain(web, 'Start', paused=True)
    with refused('Running', 'end it first'):
        site.delete(web, 'vda')
    site.session.domain(web, 'Destroy')
    site.delete(web, 'vda', f'{site.folder}/data.img')
    assert site.names(pool) == ['cd.iso'] and site.domains() == [] and site.unfinished() == []
    with refused('org.freedesktop.DBus.Error.UnknownObject'):
        site.session.get(web, 'Name')
    site.delete(site.session.define('bare'))
    assert site.domains() == []


def test_delete_refuses_what_others_have(site):
    pool = site.pool()
    web = site.domain_on(pool)
    other = site.session.define('other', devices=site.disk('web.qcow2') + site.disk('cd.iso', 'vdb', 'raw'))
    refusals = {i['target']: i.get('refused', '') for i in site.plan(web, dry_run=True)[0]}
    assert refusals == {'vda': "domain 'other' has it, too", 'vdb': '', 'sda': "domain 'other' has it, too"}
    with refused('Busy', "domain 'other' has it, too; nothing was"):
        site.delete(web, 'vdb', 'vda')
    assert len(site.names(pool)) == 3
    site.delete(other)
    site.delete(web, 'vda', 'vdb', 'sda')
    assert site.names(pool) == []


DELETION = ('note deletion', 'remove volumes', 'remove state', 'remove definition')


@pytest.mark.parametrize('step', DELETION)
@pytest.mark.parametrize('kind', ('kill', 'kill-after'))
def test_delete_is_killed(site, step, kind):
    """Before it was written down nothing happens; after that the next daemon goes on."""
    pool = site.pool()
    web = site.domain_on(pool)
    break_at(site, f'{step}:{kind}', lambda: site.delete(web, 'vda', 'vdb'))
    wait_for(lambda: site.get(pool, 'State') == 'active' and site.unfinished() == [], 60, 'it is done')
    if (step, kind) == ('note deletion', 'kill'):
        site.assert_as_before()
        return
    wait_for(lambda: site.names(pool) == ['cd.iso'])
    assert site.domains() == []


def test_delete_fails_half_way(site):
    pool = site.pool()
    web = site.domain_on(pool)

    def delete():
        with refused('Io', 'the domain stays defined, but this is gone: .*/web.qcow2'):
            site.delete(web, 'vda')
        raise GLib.Error()
    break_at(site, 'remove state:fail', delete)
    idle(site, web)
    assert site.domains() == ['web'] and site.names(pool) == ['cd.iso', 'data.img']
    site.session.stop()
    site.session.start()
    wait_for(lambda: site.get(pool, 'State') == 'active')
    site.delete(web, 'vdb')
    assert site.names(pool) == ['cd.iso'] and site.domains() == []


def test_deletion_waits_for_its_pool(site):
    pool = site.pool()
    web = site.domain_on(pool)
    killed_at(site, 'remove volumes:kill', lambda: site.delete(web, 'vda'))
    os.unlink(os.path.join(site.session.folder, 'run', 'roost', 'pool', site.uuid + '.xml'))  # as after a boot
    site.session.start()
    assert site.domains() == [] and site.get(pool, 'State') == 'inactive'
    assert len(site.unfinished()) == 1 and os.path.exists(f'{site.folder}/web.qcow2')
    site.call(pool, 'org.roost1.StoragePool', 'Start')
    wait_for(lambda: site.unfinished() == [], 60, 'it is done')
    assert site.names(pool) == ['cd.iso', 'data.img']


# --- the client ---

def test_roostctl(site):
    pool = site.pool()
    site.domain_on(pool)
    ctl = site.session.ctl

    def good(*args):
        done = ctl(*args)
        assert done.returncode == 0, done.stderr
        return done.stdout
    assert good('clone', 'web', 'web2') == 'web2\n'
    good('clone', '--linked', '--copy', 'vda', '--share', 'vdb', 'web', 'web3')
    assert 'web3.qcow2' in site.names(pool) and 'web3-vdb.qcow2' not in site.names(pool)
    assert ctl('clone', 'web', 'web2').returncode != 0
    shown = good('delete', '--dry-run', '--all', 'web')
    assert 'image below' in shown and "domain 'web3' has it, too" in shown and 'removed' not in shown
    assert 'web2.qcow2' in good('delete', '--storage', 'vda', 'web2')
    assert 'web2' not in site.domains() and 'web2.qcow2' not in site.names(pool)
    assert 'web2-vdb.img' in site.names(pool)
    good('delete', '--yes', '--storage', 'vda', 'web3')
    good('delete', '--all', 'web')
    assert site.domains() == [] and site.names(pool) == ['cd.iso', 'web2-vdb.img']
    assert ctl('delete', 'web').returncode == 3
