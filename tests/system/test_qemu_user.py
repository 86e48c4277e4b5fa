# SPDX-License-Identifier: LGPL-2.1-or-later
"""The system daemon with QEMU as a user of its own: whom new volumes belong to, clones and deletions
by callers who may do one thing and not another, and images of others that are lent to QEMU."""
import os
import pwd
import signal
import subprocess
import sys
import time

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_polkit import (ALICE, MALLORY, ROOSTD, UUIDS, Call, as_user, names,  # noqa: E402 pylint: disable=wrong-import-position
                         pytestmark, run_inside)

assert pytestmark

RULES = '''
polkit.addRule(function (action, subject) {
    if (action.id.indexOf("org.roost1.") !== 0)
        return polkit.Result.NOT_HANDLED;
    if (action.id === "org.roost1.read")
        return polkit.Result.YES;
    if (action.id === "org.roost1.domain.manage")  // both may copy and remove web1 …
        return action.lookup("domain.name") === "web1" || action.lookup("domain.name") === "web2"
            ? polkit.Result.YES : polkit.Result.NO;
    if (action.id === "org.roost1.storage.data")   // … but only one of them images
        return subject.user === "nobody" ? polkit.Result.YES : polkit.Result.NO;
    return polkit.Result.NO;
});
'''


@pytest.mark.parametrize('case', ['clone_and_delete', 'lent_and_back', 'plugged', 'shared', 'refused', 'chain',
                                  'block', 'killed', 'killed_half_way', 'off'])
def test_qemu_user(case, tmp_path):
    run_inside(case, tmp_path, script=__file__, rules=RULES, QEMU_USER='roost-qemu')


# --- inside ---

class Daemon:
    """roostd, which may be killed and started anew."""
    process = None

    def __init__(self, folder):
        self.log = os.path.join(folder, 'roostd.log')

    def start(self, **env):
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen([ROOSTD, '--system'], stdout=log, stderr=log, env={**os.environ, **env})
        subprocess.run(['gdbus', 'wait', '--system', '--timeout', '60', 'org.roost1'], check=True)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        assert self.process.poll() is None, 'roostd ended'
        self.process.terminate()
        assert self.process.wait(60) == 0


def wait_for(condition, what):
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def do(*calls, uid=0):
    answers = as_user(uid, *calls)
    assert set(names(answers)) == {'ok'}, answers
    return [one[1] for one in answers]


def refuse(error, text, *calls, uid=0):
    for name, message in as_user(uid, *calls):
        assert name == error and text in message, (name, message)


def qemu_uid():
    return pwd.getpwnam('roost-qemu').pw_uid


def owner(path):
    return os.stat(path).st_uid


def is_given(path):
    return owner(path) == qemu_uid()


def wait_back(path, uid=0):
    wait_for(lambda: owner(path) == uid, f'{path} is not given back')


def image(folder, name, size=1 << 20, uid=0, mode=0o600):
    path = os.path.join(folder, name)
    with open(path, 'wb') as f:
        f.truncate(size)
    os.chown(path, uid, uid)
    os.chmod(path, mode)
    return path


def disk(path, target='vda', kind='file', driver='raw', inner='', device='disk', bus='virtio'):
    where = 'dev' if kind == 'block' else 'file'
    return (f"<disk type='{kind}' device='{device}'><driver name='qemu' type='{driver}'/><source {where}='{path}'/>"
            f"<target dev='{target}' bus='{bus}'/>{inner}</disk>")


def xml(name, *devices, os_inner=''):
    return (f"<domain type='qemu'><name>{name}</name><uuid>{UUIDS[name]}</uuid><memory unit='MiB'>32</memory>"
            f"<os><type arch='x86_64' machine='q35'>hvm</type>{os_inner}</os><devices>{''.join(devices)}"
            + "<controller type='pci' model='pcie-root-port'/>" * 4 + "</devices></domain>")


def define(name, *devices, **more):
    do(Call.manager('DefineDomain', 's', xml(name, *devices, **more)))


def start(name, **options):
    do(Call.domain(name, 'Start', paused=['b', True], **options))


def destroy(name):
    do(Call.domain(name, 'Destroy'))


def qemu_pid(name):
    return do(Call.get(name, 'Pid'))[0][0]


def end_qemu(pid):
    """Nobody here is the parent of what a killed daemon left."""
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not os.path.exists(f'/proc/{pid}/fd/0'), 'QEMU is still there')


def pool(folder, name='images'):
    path = os.path.join(folder, name)
    os.mkdir(path, 0o755)
    os.chmod(path, 0o755)
    created = do(Call.manager('DefineStoragePool', 's',
                              f"<pool type='dir'><name>{name}</name><target><path>{path}</path></target></pool>"))
    object_path = created[0][0]
    do([object_path, 'org.roost1.StoragePool', 'Start', '(a{sv})', [{}]])
    return object_path, path


def wait_job(path):
    do([path, 'org.roost1.Job', 'Wait', '(a{sv})', [{}]])


def make_volume(pool_path, text):
    wait_job(do([pool_path, 'org.roost1.StoragePool', 'CreateVolume', '(sa{sv})', [text, {}]])[0][1])


def inside_clone_and_delete(daemon, folder):
    """Who may copy a domain needs the right to its images, too; what is made belongs to QEMU, and starts."""
    daemon.start()
    pool_path, images = pool(folder)
    make_volume(pool_path, "<volume><name>web1.qcow2</name><capacity>1048576</capacity>"
                           "<target><format type='qcow2'/></target></volume>")
    assert is_given(images + '/web1.qcow2')
    volume = ("<disk type='volume'><driver name='qemu' type='qcow2'/><source pool='images' volume='web1.qcow2'/>"
              "<target dev='vda' bus='virtio'/></disk>")
    define('web1', volume)
    define('db1', volume.replace('<target', '<readonly/><target'))
    clone = Call.domain('web1', 'Clone', 's', 'web2')
    refuse('NotAuthorized', 'org.roost1.storage.data', clone, uid=MALLORY)
    refuse('NotAuthorized', 'org.roost1.domain.manage', Call.domain('db1', 'Clone', 's', 'web2'), uid=ALICE)
    assert os.listdir(images) == ['web1.qcow2']
    for mode in ('full', 'linked'):
        (path, job), = do(Call.domain('web1', 'Clone', 's', 'web2', mode=['s', mode]), uid=ALICE)
        wait_job(job)
        copy = images + '/web2.qcow2'
        assert is_given(copy) and os.stat(copy).st_mode & 0o777 == 0o600
        do([path, 'org.roost1.Domain', 'Start', '(a{sv})', [{'paused': ['b', True]}]])
        pid, = do([path, 'org.freedesktop.DBus.Properties', 'Get', '(ss)', ['org.roost1.Domain', 'Pid']])[0]
        assert os.stat(f'/proc/{pid}').st_uid == qemu_uid()
        do([path, 'org.roost1.Domain', 'Destroy', '(a{sv})', [{}]])
        delete = [path, 'org.roost1.Domain', 'Delete', '(a{sv})', [{'storage': ['as', ['vda']]}]]
        refuse('NotAuthorized', 'org.roost1.storage.data', delete, uid=MALLORY)
        assert os.path.exists(copy)
        do(delete, uid=ALICE)
        assert not os.path.exists(copy)
    # Without images the one right is enough.
    refuse('NotAuthorized', 'org.roost1.domain.manage', Call.domain('db1', 'Delete'), uid=ALICE)
    do(Call.domain('web1', 'Delete'), uid=MALLORY)
    assert os.listdir(images) == ['web1.qcow2']


def inside_lent_and_back(daemon, folder):
    """What QEMU may not open is its own while the guest runs; what it may open stays as it is."""
    daemon.start()
    own, other = image(folder, 'own.img'), image(folder, 'other.img', uid=ALICE)
    open_one = image(folder, 'open.iso', mode=0o644)
    kernel, nvram = image(folder, 'kernel'), image(folder, 'vars.fd', size=131072)
    os.symlink(own, folder + '/link.img')
    define('web1', disk(folder + '/link.img'), disk(other, 'vdb'),
           disk(open_one, 'sda', device='cdrom', bus='sata', inner='<readonly/>'),
           os_inner=f'<kernel>{kernel}</kernel>')
    for _ in range(2):
        start('web1')
        assert [is_given(one) for one in (own, other, open_one, kernel)] == [True, True, False, True]
        assert os.stat(other).st_gid == ALICE and os.stat(own).st_mode & 0o777 == 0o600
        assert len(os.listdir('/var/lib/roost/lent')) == 3
        destroy('web1')
        wait_back(own)
        wait_back(other, ALICE)
        wait_back(kernel)
    wait_for(lambda: not os.listdir('/var/lib/roost/lent'), 'a record is left')
    assert nvram
    # A start that fails gives it all back.
    define('web1', disk(own), disk(folder, 'vdb'))
    refuse('Storage', 'folder', Call.domain('web1', 'Start'))
    define('web1', disk(own), disk(other, 'vdb', driver='qcow2'))
    assert names(as_user(0, Call.domain('web1', 'Start')))[0] != 'ok'
    wait_back(own)
    wait_back(other, ALICE)


def inside_plugged(daemon, folder):
    """The same for disks that come and go, and for media."""
    daemon.start()
    one, two, bad = image(folder, 'one.img'), image(folder, 'two.img', uid=ALICE), image(folder, 'bad.img')
    define('web1', disk(one, 'sda', device='cdrom', bus='sata', inner='<readonly/>'))
    start('web1')
    assert is_given(one)
    do(Call.domain('web1', 'ChangeMedia', 'ss', 'sda', two, live=['b', True]))
    assert is_given(two)
    wait_back(one)
    do(Call.domain('web1', 'AttachDevice', 's', disk(one), live=['b', True]))
    assert is_given(one) and is_given(two)
    assert names(as_user(0, Call.domain('web1', 'AttachDevice', 's', disk(bad, 'vdb', driver='qcow2'),
                                        live=['b', True])))[0] != 'ok'
    wait_back(bad)
    assert is_given(one)
    destroy('web1')
    wait_back(one)
    wait_back(two, ALICE)


def inside_shared(daemon, folder):
    """One image of two domains goes back when both have ended, by whatever name they have it."""
    daemon.start()
    both = image(folder, 'both.img', uid=ALICE)
    os.symlink(both, folder + '/again.img')
    define('web1', disk(both, inner='<shareable/>'))
    define('db1', disk(folder + '/again.img', inner='<shareable/>'))
    for first, second in (('web1', 'db1'), ('db1', 'web1')):
        start(first)
        start(second)
        destroy(first)
        do(Call.manager('ListDomains'))
        assert is_given(both)
        start(first)
        destroy(second)
        assert is_given(both)
        destroy(first)
        wait_back(both, ALICE)


def inside_refused(daemon, folder):
    """No link of QEMU's own, no second name, nothing of the system, nothing behind a closed folder."""
    daemon.start()
    secret = image('/etc', 'roost-test.img')
    target = image(folder, 'target.img')
    foreign, hard, hidden = folder + '/foreign.img', folder + '/hard.img', folder + '/closed'
    os.symlink(target, foreign)
    os.lchown(foreign, qemu_uid(), qemu_uid())
    os.mkdir(hidden, 0o700)
    inner = image(hidden, 'inner.img', mode=0o666)
    twice = image(folder, 'twice.img')
    os.link(twice, hard)
    read_only = image(folder, 'read-only.img', mode=0o400)
    os.symlink(secret, folder + '/system.img')
    try:
        for path, text in ((foreign, "not root's"), (folder + '/system.img', "the system's"), (hard, 'hard link'),
                           (inner, f'folder {hidden} is closed'), (read_only, 'cannot be written')):
            define('web1', disk(path))
            refuse('Storage', text, Call.domain('web1', 'Start'))
        wait_for(lambda: not os.listdir('/var/lib/roost/lent'), 'a record is left')
        assert {owner(one) for one in (secret, target, inner, twice, read_only)} == {0}
        define('web1', disk(read_only, inner='<readonly/>'))  # to read it is enough to own it
        start('web1')
        assert is_given(read_only)
        destroy('web1')
        wait_back(read_only)
        os.chmod(target, 0o666)  # one that QEMU may open needs nothing, whoever made the link
        define('web1', disk(foreign))
        start('web1')
        assert owner(target) == 0
        destroy('web1')
    finally:
        os.unlink(secret)


def inside_chain(daemon, folder):
    """Images below are lent to be read when the document or a pool names them, not because another image does."""
    daemon.start()
    _path, images = pool(folder)
    inside = image(images, 'base.img')
    outside = image(folder, 'outside.img')
    tops = {}
    for name, base in (('in', inside), ('out', outside)):
        tops[name] = f'{images}/{name}.qcow2'
        subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', base, tops[name]], check=True)
        os.chmod(tops[name], 0o600)
    for source in (disk(tops['in'], driver='qcow2'),
                   "<disk type='volume'><driver type='qcow2'/><source pool='images' volume='in.qcow2'/>"
                   "<target dev='vda'/></disk>"):
        define('web1', source)
        start('web1')
        assert is_given(tops['in']) and is_given(inside)
        destroy('web1')
        wait_back(tops['in'])
        wait_back(inside)
    define('web1', disk(tops['out'], driver='qcow2'))
    refuse('Storage', 'backingStore', Call.domain('web1', 'Start'))
    assert owner(outside) == 0
    below = f"<backingStore type='file'><format type='raw'/><source file='{outside}'/><backingStore/></backingStore>"
    define('web1', disk(tops['out'], driver='qcow2', inner=below))
    start('web1')
    assert is_given(outside)
    destroy('web1')
    wait_back(outside)


def inside_block(daemon, folder):
    """A device of the host, such as the volumes of LVM and partitions are."""
    run = subprocess.run(['losetup', '--find', '--show', image(folder, 'disk.img', 4 << 20)], capture_output=True,
                         text=True, check=False)
    if run.returncode != 0:
        print('no loop devices here')
        daemon.start()
        return
    device = run.stdout.strip()
    try:
        os.chown(device, 0, 6)
        os.chmod(device, 0o660)
        daemon.start()
        define('web1', disk(device, kind='block'))
        start('web1')
        assert is_given(device) and os.stat(device).st_gid == 6
        assert os.stat(f'/proc/{qemu_pid("web1")}').st_uid == qemu_uid()
        destroy('web1')
        wait_back(device)
    finally:
        subprocess.run(['losetup', '--detach', device], check=True)


def inside_killed(daemon, folder):
    """A daemon that is killed: the next one gives back what was lent, when the guest has ended, also meanwhile."""
    daemon.start()
    stays, ends = image(folder, 'stays.img', uid=ALICE), image(folder, 'ends.img', uid=ALICE)
    define('web1', disk(stays))
    define('db1', disk(ends))
    start('web1')
    start('db1')
    pid = qemu_pid('db1')
    daemon.kill()
    end_qemu(pid)
    assert is_given(ends)
    daemon.start()
    wait_back(ends, ALICE)
    assert is_given(stays)
    destroy('web1')
    wait_back(stays, ALICE)
    # The whole host: the run folder is gone, and what ran there.
    start('web1')
    pid = qemu_pid('web1')
    daemon.kill()
    end_qemu(pid)
    subprocess.run('rm -rf /run/roost/*', shell=True, check=True)
    daemon.start()
    wait_back(stays, ALICE)
    wait_for(lambda: not os.listdir('/var/lib/roost/lent'), 'a record is left')


def inside_killed_half_way(daemon, folder):
    """Killed at each step of a start."""
    path = image(folder, 'disk.img', uid=ALICE)
    daemon.start()
    define('web1', disk(path))
    for fault in ('lend files:kill-after', 'build command:kill', 'spawn qemu:kill-after', 'run guest:kill'):
        daemon.stop()
        daemon.start(ROOST_FAULT=fault)
        as_user(0, Call.domain('web1', 'Start', paused=['b', True]))
        assert daemon.process.wait(60) == -signal.SIGKILL
        assert is_given(path)
        daemon.start()
        wait_back(path, ALICE)
        assert do(Call.get('web1', 'State'))[0][0] == 'shut-off'


def inside_off(daemon, folder):
    with open('/etc/roost/roost.conf', 'w', encoding='utf-8') as f:
        f.write('[storage]\ndynamic-ownership=false\n')
    path = image(folder, 'disk.img')
    daemon.start()
    define('web1', disk(path))
    refuse('Qemu', 'Permission denied', Call.domain('web1', 'Start'))
    assert owner(path) == 0
    os.chown(path, qemu_uid(), -1)
    start('web1')
    destroy('web1')
    # The document says the same for one disk.
    with open('/etc/roost/roost.conf', 'w', encoding='utf-8') as f:
        f.write('')
    daemon.stop()
    os.chown(path, 0, 0)
    daemon.start()
    define('web1', disk(path).replace("img'/>", "img'><seclabel model='dac' relabel='no'/></source>"))
    refuse('Qemu', 'Permission denied', Call.domain('web1', 'Start'))
    assert owner(path) == 0


def main(case, folder):
    daemon = Daemon(folder)
    try:
        globals()[f'inside_{case}'](daemon, folder)
        daemon.stop()
    finally:
        if daemon.process is not None and daemon.process.poll() is None:
            daemon.kill()


if __name__ == '__main__':
    main(*sys.argv[1:])
