# SPDX-License-Identifier: LGPL-2.1-or-later
"""The verbs of roostctl that ask the agent of a booted guest."""
import json
import os

from agent_guest import Guest


def test_verbs(session):
    guest = Guest(session)

    def ctl(*args, code=0, stdin=None):
        done = session.ctl(*args, stdin=stdin, timeout=120)
        assert done.returncode == code, (args, done.returncode, done.stderr)
        return done.stdout if code == 0 or not done.stderr.startswith('roostctl') else done.stderr

    assert 'no agent runs' in ctl('guest-ping', 'demo', code=1)
    guest.wait_agent()
    ctl('guest-ping', '--timeout', '60', 'demo')
    assert 'pretty-name: Tiny guest 1' in ctl('guest-info', 'demo')
    assert ctl('guest-info', 'demo', 'hostname') == 'hostname: guest\n'
    assert json.loads(ctl('--json', 'guest-info', 'demo', 'hostname', 'users'))['hostname'] == 'guest'
    ctl('guest-info', 'demo', 'weather', code=2)
    assert ctl('guest-freeze', 'demo', '/mnt') == '1 filesystem(s)\n'
    assert ctl('guest-thaw', 'demo') == '1 filesystem(s)\n'
    assert 'mountpoint: /mnt' in ctl('guest-trim', '--minimum', '4096', 'demo')
    assert 'only the first' in ctl('guest-vcpus', 'demo', '0=on', '9=off', code=1)
    ctl('guest-vcpus', 'demo', '0=yes', code=2)
    ctl('guest-password', '--crypted', 'demo', 'guest', stdin='$6$a$b\n')
    assert 'guest:$6$a$b:' in ctl('guest-read', 'demo', '/etc/shadow')
    ctl('guest-keys', 'demo', 'guest', '-', stdin='ssh-rsa AAAA one\nssh-rsa BBBB two\n')
    ctl('guest-keys', '--remove', 'demo', 'guest', '-', stdin='ssh-rsa AAAA one\n')
    assert ctl('guest-keys', 'demo', 'guest') == 'ssh-rsa BBBB two\n'
    assert json.loads(ctl('guest-command', 'demo', '{"execute": "guest-get-host-name"}')) == {'host-name': 'guest'}
    assert ctl('guest-exec', 'demo', '--', 'sh', '-c', 'echo $0', '--x') == '--x\n'
    assert ctl('guest-exec', '-i', '-e', 'A=b', 'demo', '--', '/bin/sh', '-c', 'cat; echo $A; exit 9', stdin='in\n',
               code=9) == 'in\nb\n'
    ctl('guest-exec', '--capture', 'demo', '--', 'sh', '-c', 'kill -15 $$', code=143)
    file = os.path.join(session.folder, 'copied')
    ctl('guest-write', 'demo', '/mnt/a', stdin='one\n')
    ctl('guest-write', '--append', 'demo', '/mnt/a', stdin='two\n')
    ctl('guest-read', 'demo', '/mnt/a', file)
    ctl('guest-write', 'demo', '/mnt/b', file)
    assert ctl('guest-read', 'demo', '/mnt/b') == 'one\ntwo\n'
    assert 'guest-file-open' in ctl('guest-read', 'demo', '/no/file', code=1)
    ctl('shutdown', '--agent', '--wait', '--timeout', '60', 'demo')
