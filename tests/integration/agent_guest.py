# SPDX-License-Identifier: LGPL-2.1-or-later
"""A booted guest with QEMU's agent, or an odd one, for the tests of org.roost1.Domain.Agent."""
import os
import select
import subprocess
import time

import harness
from gi.repository import Gio, GLib

AGENT = 'org.roost1.Domain.Agent'
BOOT_SECONDS = 200  # under TCG beside other tests

CHANNEL = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"


class Guest:
    def __init__(self, session, words='', vcpus=1):
        self.session = session
        self.disk = os.path.join(session.folder, 'disk.img')
        with open(self.disk, 'wb') as f:
            f.truncate(64 << 20)
        subprocess.run(['/sbin/mkfs.ext4', '-q', '-F', self.disk], check=True)
        disk = (f"<disk type='file' device='disk'><driver name='qemu' type='raw' discard='unmap'/>"
                f"<source file='{self.disk}'/><target dev='vda' bus='virtio'/></disk>")
        parts = harness.guest(f'console=ttyS0 quiet guest.mount=vda:/mnt {words}', agent=True)
        xml = harness.domain_xml(devices=CHANNEL + disk, **parts)
        self.path = session.manager('DefineDomain', 's', xml.replace('<vcpu>1<', f'<vcpu>{vcpus}<'))
        session.domain(self.path, 'Start')

    def wait_agent(self, connected=True):
        harness.wait_for(lambda: self.session.get(self.path, 'Connected', AGENT) == connected, BOOT_SECONDS,
                         f'Connected to be {connected}')

    def call(self, method, signature='', *args, limit=None, **options):
        """@limit: the option "timeout" """
        if limit:
            options['timeout'] = limit
        options = {k: GLib.Variant('t', v) if isinstance(v, int) and not isinstance(v, bool) else v
                   for k, v in options.items()}
        return self.session.with_options(self.path, AGENT, method, signature, args, 120, options)

    def begin(self, method, signature='', *args, connection=None, **options):
        """A call whose reply, or error, is put into the list that comes back."""
        replies = []

        def on_reply(source, result):
            try:
                replies.append(source.call_finish(result).unpack())
            except GLib.Error as error:
                replies.append(harness.error_name(error) or str(error))
        packed = {k: GLib.Variant('t', v) for k, v in options.items()}
        (connection or self.session.connection).call(
            harness.NAME, self.path, AGENT, method, GLib.Variant(f'({signature}a{{sv}})', (*args, packed)), None,
            Gio.DBusCallFlags.NONE, 120000, None, on_reply)
        return replies

    def with_pipes(self, method, signature, *args, **options):
        """(job, [descriptors])"""
        packed = {k: GLib.Variant('t' if isinstance(v, int) else 's', v) for k, v in options.items()}
        reply, fds = self.session.connection.call_with_unix_fd_list_sync(
            harness.NAME, self.path, AGENT, method, GLib.Variant(f'({signature}a{{sv}})', (*args, packed)), None,
            Gio.DBusCallFlags.NONE, 60000, None, None)
        reply = reply.unpack()
        return reply[0], [fds.get(i) for i in reply[1:]]

    def run(self, *command, text=b'', env=(), **options):
        return self.with_pipes('Exec', 'sasasay', command[0], list(command[1:]), list(env), text, **options)

    def wait(self, job):
        return self.session.with_options(job, harness.JOB, 'Wait', '', ())

    def job(self, job, prop):
        return self.session.get(job, prop, harness.JOB)

    def shell(self, script):
        """(exit code, output) of a script in the guest"""
        job, (out, errors) = self.run('/bin/sh', '-c', script)
        text = read_all(out)
        os.close(errors)
        self.wait(job)
        return self.job(job, 'Details')['exit-code'], text

    def write(self, path, data, mode='write', **options):
        job, (fd,) = self.with_pipes('OpenFile', 'ss', path, mode, **options)
        with os.fdopen(fd, 'wb') as f:
            f.write(data)
        return job

    def read(self, path, **options):
        job, (fd,) = self.with_pipes('OpenFile', 'ss', path, 'read', **options)
        data = read_all(fd)
        self.wait(job)
        return data


def read_all(fd):
    with os.fdopen(fd, 'rb') as f:
        return f.read()


def read_until(fd, words, timeout=BOOT_SECONDS):
    text = b''
    end = time.monotonic() + timeout
    while words not in text:
        ready, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
        data = os.read(fd, 65536) if ready else b''
        assert data, f'no {words}, but: {text[-2000:]}'
        text += data
    return text
