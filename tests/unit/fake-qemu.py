#!/usr/bin/python3 -ISE
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A QEMU for tests: speaks QMP on the listening socket that it was given, and runs no guest.

    fake-qemu.py MODE UUID FOLDER

MODE is "normal", or what goes wrong:
    exit         says why on stderr and ends at once
    mute         never greets
    refuse-cont  answers "cont" with an error
    die-at-cont  ends at "cont"
    deaf         answers nothing after "cont"
Other processes make it tell events: each line written to FOLDER/control is one, as JSON.
"""
import array
import json
import os
import select
import signal
import socket
import sys

MODE, UUID, FOLDER = sys.argv[1:4]
MONITOR = 3
GREETING = {'QMP': {'version': {'qemu': {'micro': 0, 'minor': 2, 'major': 7}, 'package': 'fake'},
                    'capabilities': ['oob']}}


class Fake:
    def __init__(self):
        self.listener = socket.socket(fileno=MONITOR)
        self.client = None
        self.pending = b''
        self.fds = []
        self.sets = []
        self.status = 'prelaunch'
        self.deaf = False
        self.master, slave = os.openpty()
        self.pty = os.ttyname(slave)
        self.channel = socket.socket(socket.AF_UNIX)
        self.channel.bind(FOLDER + '/channel.sock')
        self.channel.listen(1)
        self.guest = None
        os.mkfifo(FOLDER + '/control')
        self.control = os.open(FOLDER + '/control', os.O_RDWR)

    def send(self, message):
        if self.client:
            self.client.sendall(json.dumps(message).encode() + b'\r\n')

    def tell(self, event, **data):
        self.send({'event': event, 'data': data,
                   'timestamp': {'seconds': 1, 'microseconds': 2}})

    # --- commands ---

    def do_qmp_capabilities(self, args):
        return {}

    def do_query_status(self, args):
        return {'running': self.status == 'running', 'status': self.status, 'singlestep': False}

    def do_query_uuid(self, args):
        return {'UUID': UUID}

    def do_query_chardev(self, args):
        return [{'label': 'charserial0', 'filename': 'pty:' + self.pty, 'frontend-open': True},
                {'label': 'charchannel0', 'frontend-open': False,
                 'filename': 'disconnected:unix:%s/channel.sock,server=on' % FOLDER},
                {'label': 'charchannel1', 'frontend-open': False,
                 'filename': 'disconnected:unix:/etc/channel.sock,server=on'},
                {'label': 'charserial1', 'filename': 'pty:/etc/passwd', 'frontend-open': True}]

    def do_query_balloon(self, args):
        return {'actual': 64 << 20}

    def do_cont(self, args):
        if MODE == 'refuse-cont':
            return None
        if MODE == 'die-at-cont':
            print('fake: the machine caught fire', file=sys.stderr, flush=True)
            os._exit(1)
        self.status = 'running'
        self.tell('RESUME')
        self.deaf = MODE == 'deaf'
        return {}

    def do_stop(self, args):
        self.status = 'paused'
        self.tell('STOP')
        return {}

    def do_system_reset(self, args):
        self.tell('RESET', guest=False, reason='host-qmp-system-reset')
        self.status = 'paused' if self.status == 'shutdown' else self.status
        return {}

    def do_system_powerdown(self, args):
        self.tell('POWERDOWN')
        self.power_off()
        return {}

    def do_add_fd(self, args):
        self.sets.append(self.fds.pop(0))
        return {'fdset-id': len(self.sets) - 1, 'fd': 7}

    def do_screendump(self, args):
        os.write(self.sets[int(args['filename'].rsplit('/', 1)[1])], b'\x89PNG fake')
        return {}

    # Passwords of displays, kept in FOLDER/display; one that ends at second 6 is refused.

    def display(self, *words):
        with open(FOLDER + '/display', 'a', encoding='utf-8') as f:
            print(*(word for word in words if word), file=f)

    def do_set_password(self, args):
        self.display('set', args['protocol'], args['password'], args.get('connected'))
        return {}

    def do_expire_password(self, args):
        is_refused = args['time'] == '6'
        self.display('refused' if is_refused else 'expire', args['protocol'], args['time'])
        return None if is_refused else {}

    def power_off(self):
        self.tell('SHUTDOWN', guest=True, reason='guest-shutdown')
        self.status = 'shutdown'
        self.tell('STOP')

    # --- the loop ---

    def answer(self, line):
        request = json.loads(line)
        name = request.get('execute') or request.get('exec-oob')
        if self.deaf:
            return
        func = getattr(self, 'do_' + name.replace('-', '_'), lambda args: {})
        value = func(request.get('arguments', {}))
        if value is None:
            self.send({'id': request.get('id'),
                       'error': {'class': 'GenericError', 'desc': 'the fake refuses'}})
        else:
            self.send({'id': request.get('id'), 'return': value})

    def read_client(self):
        data, ancillary, _, _ = self.client.recvmsg(65536, 1024)
        for level, kind, content in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                fds = array.array('i')
                fds.frombytes(content)
                self.fds += fds
        if not data:
            self.client.close()
            self.client = None
            return
        *lines, self.pending = (self.pending + data).split(b'\n')
        for line in lines:
            if line.strip():
                self.answer(line)

    def read_control(self):
        for line in os.read(self.control, 65536).decode().splitlines():
            event = json.loads(line)
            if event['event'] == 'power-off':
                self.power_off()
            elif event['event'] == 'panic':
                self.tell('GUEST_PANICKED', action='pause')
                self.status = 'guest-panicked'
                self.tell('STOP')
            else:
                self.tell(event['event'], **event.get('data', {}))

    def step(self, ready):
        if self.listener in ready:
            self.client = self.listener.accept()[0]
            self.pending = b''
            if MODE != 'mute':
                self.send(GREETING)
        elif self.client in ready:
            self.read_client()
        elif self.control in ready:
            self.read_control()
        elif self.channel in ready:
            self.guest = self.channel.accept()[0]
        elif self.master in ready:  # the guest echoes
            os.write(self.master, os.read(self.master, 4096).upper())
        elif self.guest in ready:
            data = self.guest.recv(4096)
            if data:
                self.guest.sendall(data[::-1])
            else:
                self.guest = None

    def run(self):
        while True:
            fds = [self.control, self.channel, self.master]
            fds += [self.client] if self.client else [self.listener]
            fds += [self.guest] if self.guest else []
            self.step(select.select(fds, [], [])[0])


def main():
    if MODE == 'exit':
        sys.exit('fake: no such device: flux capacitor')
    fake = Fake()

    def on_term(signum, frame):
        fake.tell('SHUTDOWN', guest=False, reason='host-signal')
        os._exit(0)
    signal.signal(signal.SIGTERM, on_term)
    fake.run()


main()
