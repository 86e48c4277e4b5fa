# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scripts of the administrator: when they run, what they see, how they refuse, and what they cannot do to the
daemon."""
import os
import re
import signal

import harness

ALL = ['prepare begin', 'start begin', 'started begin', 'stopped end', 'release end']
RECORD = '''#!/bin/sh
echo "$2 $3 $4 $1" >> "$HOME/calls"
cat > "$HOME/last.xml"
'''


def install(session, name, text, mode=0o755):
    folder = os.path.join(session.env['XDG_CONFIG_HOME'], 'roost/hooks/qemu.d')
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def calls(session, name='calls'):
    path = os.path.join(session.folder, name)
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8') as f:
        return [' '.join(line.split()[:2]) for line in f]


def home(**conf):
    """A session whose hooks write into its folder; @conf: lines of roost.conf."""
    session = harness.Session(start=False)
    session.env['HOME'] = session.folder
    os.makedirs(os.path.join(session.env['XDG_CONFIG_HOME'], 'roost'))
    with open(os.path.join(session.env['XDG_CONFIG_HOME'], 'roost/roost.conf'), 'w', encoding='utf-8') as f:
        for group, lines in conf.items():
            f.write(f'[{group}]\n{lines}\n')
    session.start()
    return session


def log_of(session, name='demo'):
    path = os.path.join(session.env['XDG_STATE_HOME'], 'roost/log', name + '.log')
    with open(path, encoding='utf-8') as f:
        return f.read()


def is_alive(pid):
    """Not gone, and not only waiting to be reaped."""
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8') as f:
            return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


def pid_in(session, name):
    """Of a script that wrote its PID into that file, and waits."""
    path = os.path.join(session.folder, name)
    harness.wait_for(lambda: os.path.exists(path))
    with open(path, encoding='utf-8') as f:
        return int(f.read())


def test_order_arguments_and_input():
    with home() as session:
        install(session, '50-record', RECORD)
        install(session, '10-first', '#!/bin/sh\necho "first $2" >> "$HOME/calls"\n')
        install(session, '60-plain', '#!/bin/sh\necho wrong >> "$HOME/calls"\n', 0o644)
        install(session, '50-record~', '#!/bin/sh\necho wrong >> "$HOME/calls"\n')
        path = session.define(devices="<graphics type='vnc' passwd='secret12' port='-1'/>")
        session.domain(path, 'Start')
        assert calls(session) == ['first prepare', 'prepare begin', 'first start', 'start begin', 'first started',
                                  'started begin']
        assert 'hook-script' in session.get(path, 'Taints')
        with open(os.path.join(session.folder, 'last.xml'), encoding='utf-8') as f:
            xml = f.read()
        assert '<name>demo</name>' in xml and '<alias' in xml
        assert 'secret12' not in xml
        session.domain(path, 'Destroy')
        harness.wait_for(lambda: len(calls(session)) == 10)
        assert calls(session)[6:] == ['first stopped', 'stopped end', 'first release', 'release end']
        with open(os.path.join(session.folder, 'calls'), encoding='utf-8') as f:
            assert 'prepare begin - demo\n' in f.read()
        assert session.get(path, 'Taints') == []
        assert re.search(r'^\S+Z: hook 50-record: start begin: done$', log_of(session), re.M)
        assert re.search(r'^tainted: hook-script: \w+', log_of(session), re.M)


def test_veto_undoes_the_start():
    with home() as session:
        install(session, '50-record', RECORD)
        install(session, '60-veto', '#!/bin/sh\n[ "$2" != start ] || { echo no network today >&2; exit 3; }\n')
        path = session.define()
        with harness.refused('Hook', "'start' of domain 'demo'.*60-veto ended with status 3: no network today"):
            session.domain(path, 'Start')
        assert session.get(path, 'State') == 'shut-off'
        assert session.get(path, 'StateReason') == 'failed'
        assert calls(session) == ['prepare begin', 'start begin', 'stopped end', 'release end']
        install(session, '60-veto', '#!/bin/sh\n[ "$2" != prepare ] || exit 1\n')
        with harness.refused('Hook', "'prepare' of domain 'demo'.*60-veto ended with status 1$"):
            session.domain(path, 'Start')
        assert calls(session)[4:] == ['prepare begin', 'release end']
        install(session, '60-veto', '#!/bin/sh\n[ "$2" != started ] || { echo too late; exit 1; }\n')
        session.domain(path, 'Start')
        assert session.get(path, 'State') == 'running'
        assert 'started begin: the hook 60-veto ended with status 1: too late' in log_of(session)


def test_cannot_be_run():
    with home() as session:
        install(session, '50-none', '#!/nonexistent/interpreter\n')
        path = session.define()
        with harness.refused('Hook', '50-none cannot be run'):
            session.domain(path, 'Start')
        os.unlink(os.path.join(session.env['XDG_CONFIG_HOME'], 'roost/hooks/qemu.d/50-none'))
        install(session, '50-killed', '#!/bin/sh\nkill -11 $$\n')
        with harness.refused('Hook', '50-killed was ended by signal 11'):
            session.domain(path, 'Start')


def test_deadline_kills_the_whole_group():
    with home(hooks='timeout=1') as session:
        install(session, '50-slow', '#!/bin/sh\n[ "$2" = prepare ] || exit 0\nsleep 3601 &\necho $! > "$HOME/child"\n'
                                    'echo $$ > "$HOME/script"\nwait\n')
        path = session.define()
        with harness.refused('Timeout', '50-slow did not end within 1 s'):
            session.domain(path, 'Start')
        for name in ('child', 'script'):
            with open(os.path.join(session.folder, name), encoding='utf-8') as f:
                pid = int(f.read())
            harness.wait_for(lambda pid=pid: not is_alive(pid), what=name)


def test_flood_and_other_domains():
    """A script that writes without end is cut off by its deadline; the daemon serves everybody meanwhile."""
    with home(hooks='timeout=3') as session:
        install(session, '50-flood', '#!/bin/sh\n[ "$1 $2" = "demo prepare" ] || exit 0\n'
                                     'touch "$HOME/flooding"\nexec yes "$(head -c 4000 /dev/zero | tr "\\0" x)" >&2\n')
        path = session.define()
        other = session.define('other')
        replies = []
        session.connection.call(harness.NAME, path, harness.DOMAIN, 'Start',
                                harness.GLib.Variant('(a{sv})', ({},)), None, harness.Gio.DBusCallFlags.NONE, 60000,
                                None, lambda source, result: replies.append(result))
        harness.wait_for(lambda: os.path.exists(os.path.join(session.folder, 'flooding')))
        session.domain(other, 'Start')
        assert session.get(other, 'State') == 'running'
        assert not replies
        session.pump(lambda: replies)
        with harness.refused('Timeout', '50-flood'):
            session.connection.call_finish(replies[0])
        install(session, '50-flood', '#!/bin/sh\n[ "$2" = prepare ] || exit 0\nhead -c 10000000 /dev/zero >&2\n'
                                     'echo the end >&2\nexit 1\n')
        with harness.refused('Hook', 'status 1: .*the end$'):
            session.domain(path, 'Start')


def test_what_it_leaves_behind_holds_nobody():
    """A child with the script's own stderr: nobody waits for it, and it lives on."""
    with home() as session:
        install(session, '50-fork', '#!/bin/sh\n[ "$2" = prepare ] || exit 0\nsleep 3602 &\necho $! > "$HOME/child"\n'
                                    'ls -l /proc/self/fd > "$HOME/fds"\n')
        path = session.define()
        session.domain(path, 'Start')
        with open(os.path.join(session.folder, 'child'), encoding='utf-8') as f:
            pid = int(f.read())
        try:
            assert is_alive(pid)
            with open(os.path.join(session.folder, 'fds'), encoding='utf-8') as f:
                fds = [line.split()[8] for line in f if '->' in line]
            assert fds == ['0', '1', '2', '3'], fds  # 3 is the folder that ls reads
        finally:
            os.kill(pid, signal.SIGKILL)


def test_destroy_during_a_hook():
    with home() as session:
        install(session, '50-slow', '#!/bin/sh\n[ "$2" = prepare ] || exit 0\necho $$ > "$HOME/waiting.new"\nmv "$HOME/waiting.new" "$HOME/waiting"\n'
                                     'exec sleep 3603\n')
        path = session.define()
        replies = []
        session.connection.call(harness.NAME, path, harness.DOMAIN, 'Start',
                                harness.GLib.Variant('(a{sv})', ({},)), None, harness.Gio.DBusCallFlags.NONE, 60000,
                                None, lambda source, result: replies.append(result))
        pid = pid_in(session, 'waiting')
        session.domain(path, 'Destroy')
        session.pump(lambda: replies)
        with harness.refused('Cancelled', ''):
            session.connection.call_finish(replies[0])
        assert session.get(path, 'State') == 'shut-off'
        harness.wait_for(lambda: not is_alive(pid))


def test_killed_daemon():
    """In 'prepare': undone and released. While a guest runs: 'reconnect'. In 'release': run again."""
    with home() as session:
        install(session, '40-record', RECORD)
        slow = install(session, '50-slow', '#!/bin/sh\n[ "$2" = prepare ] || exit 0\necho $$ > "$HOME/waiting.new"\n'
                                           'mv "$HOME/waiting.new" "$HOME/waiting"\nexec sleep 3604\n')
        path = session.define()
        session.connection.call(harness.NAME, path, harness.DOMAIN, 'Start',
                                harness.GLib.Variant('(a{sv})', ({},)), None, harness.Gio.DBusCallFlags.NONE, 60000,
                                None, None)
        pid = pid_in(session, 'waiting')
        session.kill()
        os.unlink(slow)
        session.start()
        harness.wait_for(lambda: calls(session) == ['prepare begin', 'release end'])
        harness.wait_for(lambda: session.get(path, 'State') == 'shut-off')
        os.kill(pid, signal.SIGKILL)

        session.domain(path, 'Start')
        session.kill()
        session.start()
        harness.wait_for(lambda: calls(session)[-1] == 'reconnect begin')
        assert 'hook-script' in session.get(path, 'Taints')

        slow = install(session, '50-slow', '#!/bin/sh\n[ "$2" = stopped ] || exit 0\necho $$ > "$HOME/stopping.new"\n'
                                           'mv "$HOME/stopping.new" "$HOME/stopping"\nexec sleep 3605\n')
        session.domain(path, 'Destroy')
        pid = pid_in(session, 'stopping')
        session.kill()
        os.kill(pid, signal.SIGKILL)
        os.unlink(slow)
        session.start()
        harness.wait_for(lambda: calls(session)[-2:] == ['stopped end', 'release end'])
        run = os.path.join(session.env['XDG_RUNTIME_DIR'], 'roost/domain')
        harness.wait_for(lambda: not [f for f in os.listdir(run) if f.endswith('.release')])
