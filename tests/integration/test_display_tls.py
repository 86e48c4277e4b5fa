# SPDX-License-Identifier: LGPL-2.1-or-later
"""VNC by TLS: a viewer that looks at the certificate, and certificates that are renewed while viewers look on."""
import os
import socket
import ssl
import subprocess
import sys

import harness
import pytest

sys.path.append(os.path.join(harness.ROOT, 'tests', 'viewer'))
import viewer  # noqa: E402

DISPLAY = 'org.roost1.Domain.Display'


def openssl(*argv, cwd):
    subprocess.run(['openssl', *argv], cwd=cwd, check=True, capture_output=True)


def issue(folder, name):
    """A fresh authority, and a certificate of the host by it, as QEMU looks for them."""
    work = os.path.join(folder, 'work-' + name)
    os.makedirs(work)
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca-key.pem', '-out', 'ca-cert.pem', '-days', '2',
            '-subj', f'/CN=authority {name}', '-addext', 'basicConstraints=critical,CA:TRUE',
            '-addext', 'keyUsage=critical,keyCertSign', cwd=work)
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'server-key.pem', '-out', 'server.csr',
            '-subj', f'/CN={name}', cwd=work)
    with open(os.path.join(work, 'ext'), 'w', encoding='utf-8') as f:
        f.write('basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n'
                f'extendedKeyUsage=serverAuth\nsubjectAltName=DNS:{name}\n')
    openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca-cert.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial',
            '-days', '2', '-extfile', 'ext', '-out', 'server-cert.pem', cwd=work)
    return work


def put(work, folder):
    os.makedirs(folder, exist_ok=True)
    for name in ('ca-cert.pem', 'server-cert.pem', 'server-key.pem'):
        with open(os.path.join(work, name), 'rb') as source, open(os.path.join(folder, name + '.new'), 'wb') as f:
            f.write(source.read())
        os.rename(os.path.join(folder, name + '.new'), os.path.join(folder, name))


def look(session, path, work, name):
    """A picture, by a viewer that trusts the authority of @work and wants the host to be @name."""
    port = session.get(path, 'Displays', DISPLAY)[0]['port']
    peer = viewer.vnc_tls(socket.create_connection(('127.0.0.1', port), viewer.SECONDS),
                          os.path.join(work, 'ca-cert.pem'), name)
    frame = viewer.vnc_frame(peer)
    assert frame.width > 0 and frame.height > 0
    return peer


def test_certificates_are_renewed(tmp_path):
    folder = str(tmp_path / 'pki')
    old, new = issue(str(tmp_path), 'old.example'), issue(str(tmp_path), 'new.example')
    put(old, folder)
    with harness.Session(start=False) as session:
        config = os.path.join(session.env['XDG_CONFIG_HOME'], 'roost')
        os.makedirs(config)
        with open(os.path.join(config, 'roost.conf'), 'w', encoding='utf-8') as f:
            f.write(f'[vnc]\ntls=true\ntls-dir={folder}\n')
        session.start()
        path = session.define(devices="<graphics type='vnc' autoport='yes'/>")
        session.domain(path, 'Start')
        first = look(session, path, old, 'old.example')
        with pytest.raises(ssl.SSLError):
            look(session, path, new, 'old.example')

        put(new, folder)
        look(session, path, old, 'old.example').close()  # not before it is told
        session.with_options(path, DISPLAY, 'ReloadTls', '', ())
        look(session, path, new, 'new.example').close()
        with pytest.raises(ssl.SSLError):
            look(session, path, old, 'old.example')
        first.sendall(b'\3\0' + bytes(4) + b'\0\10\0\10')  # eight by eight pixels more for who was there before
        assert viewer.read_exactly(first, 1) == b'\0'
        first.close()

        # What cannot be read leaves what is there.
        with open(os.path.join(folder, 'server-cert.pem'), 'w', encoding='utf-8') as f:
            f.write('no certificate\n')
        with harness.refused('Qemu', 'certificate|tls|x509'):
            session.with_options(path, DISPLAY, 'ReloadTls', '', ())
        look(session, path, new, 'new.example').close()
        session.domain(path, 'Destroy')
        with harness.refused('NotRunning'):
            session.with_options(path, DISPLAY, 'ReloadTls', '', ())
