# SPDX-License-Identifier: LGPL-2.1-or-later
"""The log of a domain: what its header says, how it is read, and that it stays small while QEMU writes; and why a
domain is tainted."""
import os
import re
import subprocess
import time

import harness
from test_leave import session_on

CHATTY = """<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
    <qemu:arg value='-d'/><qemu:arg value='in_asm,nochain'/>
  </qemu:commandline>"""


def log_path(session, name='demo'):
    return os.path.join(session.env['XDG_STATE_HOME'], 'roost/log', name + '.log')


def read_all(fd):
    text = b''
    while data := os.read(fd, 65536):
        text += data
    os.close(fd)
    return text.decode()


def test_header_and_reading(session):
    path = session.define(devices="<graphics type='vnc' passwd='secret12' port='-1'/>")
    with harness.refused('NotFound', 'never started'):
        session.fd(path, 'OpenLog')
    for _ in range(2):
        session.domain(path, 'Start')
        session.domain(path, 'Destroy')
    last = read_all(session.fd(path, 'OpenLog'))
    everything = read_all(session.fd(path, 'OpenLog', run='all'))
    uuid = session.get(path, 'Uuid')
    header = rf'^\d{{4}}-\d\d-\d\dT\S+Z: starting demo \({uuid}\), roost \S+, QEMU \d+\.\d+\.\d+'
    assert re.match(header, last) and len(re.findall(header, last, re.M)) == 1
    assert len(re.findall(header, everything, re.M)) == 2 and everything.endswith(last)
    assert 'qemu-system-x86_64' in last.split('\n')[1]
    assert 'secret12' not in everything
    with harness.refused('InvalidArgument', '"last" or "all"'):
        session.fd(path, 'OpenLog', run='first')
    assert session.ctl('log', 'demo').stdout == last
    assert session.ctl('log', '--all', 'demo').stdout == everything
    session.kill()
    session.start()
    assert read_all(session.fd(path, 'OpenLog')) == last


def test_stays_small_while_qemu_writes():
    """Cut below QEMU, which goes on at the beginning of the file: no hole, and what came before is kept."""
    with session_on(None, '[log]\nmax-size=100000\nkeep=2\ncheck-every=1\n') as session:
        path = session.define(extra='', machine='pc', devices='').strip()
        xml = session.domain(path, 'GetXml').replace('</domain>', CHATTY + '</domain>')
        session.domain(path, 'Redefine', 's', xml)
        session.domain(path, 'Start')
        file = log_path(session)
        harness.wait_for(lambda: os.path.exists(file + '.1'), 60, 'the first copy')
        session.kill()  # QEMU needs nobody to write
        session.start()
        harness.wait_for(lambda: 'taken over' in session.log_text(), 60)
        session.domain(path, 'Reset')
        harness.wait_for(lambda: os.path.exists(file + '.2'), 60, 'the second copy')
        session.domain(path, 'Suspend')
        harness.wait_for(lambda: os.path.getsize(file) <= 100000, 60, 'a small log')
        with open(file + '.2', 'rb') as f:
            assert b': starting demo (' in f.read(200)
        for name in (file, file + '.1', file + '.2'):
            with open(name, 'rb') as f:
                assert b'\0' not in f.read()
            assert os.stat(name).st_mode & 0o077 == 0
        assert not os.path.exists(file + '.3') and not os.path.exists(file + '.new')
        assert session.get(path, 'Taints') == ['custom-argv']
        assert session.get(path, 'State') == 'paused'


def next_line(client, what):
    """Reads up to the line that holds it."""
    return next(line for line in client.stdout if what in line)


def test_follow(session):
    path = session.define()
    session.domain(path, 'Start')
    with subprocess.Popen([harness.ROOSTCTL, '--user', 'log', '-f', 'demo'], env=session.env, text=True,
                          stdout=subprocess.PIPE) as client:
        assert ': starting demo (' in client.stdout.readline()
        assert next_line(client, 'qemu-system')
        with open(log_path(session), 'a', encoding='utf-8') as f:
            f.write('a word of its own\n')
        assert next_line(client, 'a word of its own')
        time.sleep(0.5)  # it is at the end
        with open(log_path(session), 'r+', encoding='utf-8') as f:
            f.truncate(0)
        time.sleep(0.5)
        with open(log_path(session), 'a', encoding='utf-8') as f:
            f.write('after the cut\n')
        assert client.stdout.readline() == 'after the cut\n'
        client.terminate()


def test_taints(session):
    path = session.define(machine='pc-i440fx-1.7')
    xml = session.domain(path, 'GetXml')
    odd = xml.replace('</domain>',
                      "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
                      "<qemu:arg value='-name'/><qemu:arg value='odd'/><qemu:env name='A' value='b'/>"
                      "</qemu:commandline></domain>")
    session.domain(path, 'Redefine', 's', odd)
    assert session.get(path, 'Taints') == []
    seen = session.record()
    session.domain(path, 'Start')
    taints = session.get(path, 'Taints')
    assert taints[:2] == ['custom-argv', 'custom-env']
    assert 'deprecated-config' in taints
    texts = session.get(path, 'TaintMessages')
    assert len(texts) == len(taints) and all(texts)
    session.pump(lambda: any(name == 'PropertiesChanged' and 'Taints' in args[1] for _, _, name, args in seen))
    log = read_all(session.fd(path, 'OpenLog'))
    for name, text in zip(taints, texts):
        assert log.count(f'tainted: {name}: {text}\n') == 1
    session.kill()
    session.start()
    harness.wait_for(lambda: session.get(path, 'Taints') == taints)
    session.domain(path, 'Destroy')
    assert session.get(path, 'Taints') == []


def test_unknown_start_is_a_taint(session):
    """The status is lost: the guest is found by its socket, and what it really is nobody knows."""
    path = session.define()
    session.domain(path, 'Start')
    uuid = session.get(path, 'Uuid')
    session.kill()
    with open(os.path.join(session.env['XDG_RUNTIME_DIR'], f'roost/domain/{uuid}.status'), 'w', encoding='utf-8') as f:
        f.write('{')
    session.start()
    harness.wait_for(lambda: session.get(path, 'State') == 'running')
    assert session.get(path, 'Taints') == ['external-launch']
