# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many clients at once, held against a model. Each run has a fixed seed: clients on connections of their own do random
operations to a few domains, vanish with calls under way, and kill QEMU. Replies are held against what may be at that
moment, and in the end every domain must be clean: nobody holds it, its state is what QEMU is, and it still works."""
import os
import random
import signal

import harness
import pytest
from gi.repository import Gio, GLib
from harness import DOMAIN, JOB, wait_for

TUNING = 'org.roost1.Domain.Tuning'
EMPTY = GLib.Variant('(a{sv})', ({},))
MIB = 1 << 20

# What a call may end with, besides going through. Anything else is a mistake of the daemon.
ERRORS = {
    'Start': {'Running', 'Busy', 'Cancelled', 'Qemu', 'NotRunning'},
    'Destroy': {'NotRunning'},
    'Suspend': {'NotRunning', 'Busy', 'NotSupported', 'Qemu', 'Cancelled'},
    'Resume': {'NotRunning', 'Busy', 'NotSupported', 'Qemu', 'Cancelled'},
    'Reset': {'NotRunning', 'Busy', 'Qemu', 'Cancelled'},
    'Shutdown': {'NotRunning', 'Busy', 'Qemu', 'Cancelled'},
    'SetAutostart': {'Busy'},
    'SetEmulatorPin': {'NotRunning', 'Busy', 'Qemu', 'Cancelled', 'NotFound'},
    'Dump': {'NotRunning', 'Busy'},
    'AbortJob': {'NotFound', 'NotSupported', 'InvalidArgument'},
    'Get': set(),
    'GetXml': set(),
}
STATES = {'shut-off', 'starting', 'running', 'paused', 'shutting-down', 'crashed', 'pm-suspended'}

# From which states a state may be reached without one between: signals come once each, in order.
BEFORE = {
    'starting': {'shut-off'},
    'running': {'starting', 'paused', 'running', 'shutting-down'},
    'paused': {'starting', 'running', 'paused'},
    'shutting-down': {'running', 'paused', 'starting'},
    'shut-off': STATES - {'shut-off'},
}


class Client:
    """A connection with calls under way."""

    def __init__(self, world):
        self.world = world
        self.connection = world.session.bus.connect()
        self.connection.set_exit_on_close(False)
        self.pending = 0
        self.cancellable = Gio.Cancellable()

    def call(self, path, method, args=EMPTY, interface=DOMAIN, fds=None):
        self.pending += 1
        self.world.n_calls += 1
        self.connection.call_with_unix_fd_list(harness.NAME, path, interface, method, args, None, 0, 120000, fds,
                                               self.cancellable, self.on_reply, (path, method))

    def on_reply(self, connection, result, about):
        self.pending -= 1
        path, method = about
        try:
            connection.call_with_unix_fd_list_finish(result)
        except GLib.Error as error:
            name = harness.error_name(error)
            if name is None and self.cancellable.is_cancelled():
                return  # we vanished
            assert name is not None, f'{method}: {error.message}'
            self.world.seen_errors.add((method, name))
            short = name.rsplit('.', 1)[1]
            if name.startswith('org.roost1.Error.') and short in ERRORS[method]:
                if short == 'Busy':
                    self.world.check_busy(path, harness.error_text(error))
                return
            self.world.problems.append(f'{method} of {path}: {name}: {harness.error_text(error)}')

    def vanish(self):
        """As a process that was killed: the socket is simply closed."""
        self.cancellable.cancel()
        self.connection.close(None, None)


class World:
    def __init__(self, session, seed, n_domains=3, n_clients=6):
        self.session = session
        self.random = random.Random(seed)
        self.problems = []
        self.seen_errors = set()
        self.n_calls = 0
        self.n_busy = 0
        self.paths = [session.define(f'guest{i}', memory=32) for i in range(n_domains)]
        self.states = dict.fromkeys(self.paths, 'shut-off')
        self.completed = {}
        self.pipes = []
        session.connection.signal_subscribe(harness.NAME, DOMAIN, 'StateChanged', None, None, 0, self.on_state)
        session.connection.signal_subscribe(harness.NAME, JOB, 'Completed', None, None, 0, self.on_completed)
        self.clients = [Client(self) for _ in range(n_clients)]

    # --- the model ---

    def on_state(self, _connection, _sender, path, _interface, _signal, args):
        state, reason = args.unpack()
        before = self.states[path]
        if state not in STATES or before not in BEFORE.get(state, STATES):
            self.problems.append(f'{path}: {before} → {state} ({reason})')
        self.states[path] = state

    def on_completed(self, _connection, _sender, path, _interface, _signal, args):
        if path in self.completed:
            self.problems.append(f'{path} completed twice')
        self.completed[path] = args.unpack()

    def check_busy(self, path, text):
        """It names the domain and the operation in its way."""
        self.n_busy += 1
        if 'is being destroyed' in text:
            return
        if "is held by job" not in text or 'asked for by :' not in text or ' since ' not in text:
            self.problems.append(f'{path}: Busy says only: {text}')

    # --- what a client does ---

    def kill_qemu(self, path):
        pid = self.session.get(path, 'Pid')
        if pid:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def dump(self, client, path):
        """Into a pipe that is read only later, or never."""
        reading, writing = os.pipe()
        fds = Gio.UnixFDList()
        args = GLib.Variant('(va{sv})', (GLib.Variant('h', fds.append(writing)), {}))
        client.call(path, 'Dump', args, fds=fds)
        os.close(writing)
        self.pipes.append(reading)

    def end_a_pipe(self):
        if self.pipes:
            os.close(self.pipes.pop(self.random.randrange(len(self.pipes))))

    def step(self):
        client = self.random.choice(self.clients)
        path = self.random.choice(self.paths)
        pin = GLib.Variant('(sa{sv})', (self.random.choice(['', str(min(os.sched_getaffinity(0)))]), {}))
        actions = [
            (8, lambda: client.call(path, 'Start', GLib.Variant('(a{sv})', ({'paused': GLib.Variant('b', True)},)))),
            (3, lambda: client.call(path, 'Destroy')),
            (3, lambda: client.call(path, 'Suspend')),
            (4, lambda: client.call(path, 'Resume')),
            (2, lambda: client.call(path, 'Reset')),
            (1, lambda: client.call(path, 'Shutdown')),
            (3, lambda: client.call(path, 'SetAutostart', GLib.Variant('(ba{sv})', (self.random.random() < 0.5, {})))),
            (4, lambda: client.call(path, 'SetEmulatorPin', pin, TUNING)),
            (3, lambda: self.dump(client, path)),
            (2, lambda: client.call(path, 'AbortJob')),
            (2, lambda: client.call(path, 'GetXml')),
            (2, self.end_a_pipe),
            (2, lambda: self.kill_qemu(path)),
            (2, lambda: self.replace(client)),
        ]
        self.random.choices([a for _, a in actions], [w for w, _ in actions])[0]()

    def replace(self, client):
        client.vanish()
        self.clients[self.clients.index(client)] = Client(self)

    def pump_a_bit(self):
        context = GLib.MainContext.default()
        for _ in range(self.random.randrange(40)):
            context.iteration(False)

    # --- the end ---

    def settle(self):
        while self.pipes:
            os.close(self.pipes.pop())
        self.session.pump(lambda: not any(c.pending for c in self.clients), 120, 'all replies')
        wait_for(lambda: all(self.session.get(p, 'Jobs') == [] for p in self.paths), 60, 'all jobs to end')
        self.session.pump()

    def check_clean(self):
        for path in self.paths:
            now = self.session.get_all(path)
            assert now['CurrentJob'] == '/' and now['Jobs'] == []
            assert now['State'] == self.states[path]
            assert (now['Pid'] != 0) == (now['State'] != 'shut-off')
            if now['Pid']:
                os.kill(now['Pid'], 0)
        running = {self.session.get(p, 'Pid') for p in self.paths} - {0}
        wait_for(lambda: set(self.session.own_processes()) == running, 30, 'no process that belongs to no domain')

    def check_works(self):
        for path in self.paths:
            if self.session.get(path, 'State') != 'shut-off':
                self.session.domain(path, 'Destroy')
            self.session.domain(path, 'Start', paused=True)
            self.session.domain(path, 'Resume')
            self.session.domain(path, 'Destroy')
            assert self.session.get(path, 'State') == 'shut-off'


@pytest.mark.parametrize('seed', [1, 2, 3])
def test_random_clients(session, seed):
    world = World(session, seed)
    for _ in range(120):
        world.step()
        world.pump_a_bit()
    world.settle()
    assert not world.problems, '\n'.join(world.problems)
    world.check_clean()
    world.check_works()
    assert world.n_busy > 0, 'nobody was ever in anybody\'s way: the test shows nothing'
    # Every job that ended said so once, and none is left running.
    jobs = {p: i[JOB] for p, i in session.objects().items() if JOB in i}
    assert jobs and all(j['State'] != 'running' for j in jobs.values())
    for path, job in jobs.items():
        if path in world.completed:
            success, name, _message = world.completed[path]
            assert success == (job['State'] == 'completed') and name == job['Error'][0]


def test_random_clients_and_daemons(session):
    """The daemon itself is killed now and then; whatever ran is taken over, and the end is as clean."""
    world = World(session, 4, n_domains=2, n_clients=3)
    for _ in range(3):
        for _ in range(20):
            world.step()
            world.pump_a_bit()
        for client in world.clients:
            client.vanish()
        while world.pipes:
            os.close(world.pipes.pop())
        session.kill()
        session.start()
        wait_for(lambda: all(session.get(p, 'Jobs') == [] for p in world.paths), 60, 'all jobs to end')
        wait_for(lambda: all(session.get(p, 'State') in ('shut-off', 'paused', 'running') for p in world.paths), 60,
                 'the domains to settle')
        world.states = {p: session.get(p, 'State') for p in world.paths}
        world.problems.clear()  # replies that the crash cut off
        world.completed.clear()
        world.clients = [Client(world) for _ in range(3)]
    session.pump()
    world.check_clean()
    world.check_works()


@pytest.mark.parametrize('delay_ms', [0, 5, 20, 60, 150, 300])
def test_cancel_at_every_step(session, delay_ms):
    """A start that is cancelled wherever it happens to be leaves nothing behind."""
    path = session.define()
    client = session.bus.connect()
    client.set_exit_on_close(False)
    ended = []

    def done(connection, result):
        try:
            connection.call_finish(result)
            ended.append('done')
        except GLib.Error as error:
            ended.append(harness.error_name(error))
    client.call(harness.NAME, path, DOMAIN, 'Start', EMPTY, None, 0, 60000, None, done)
    timer = GLib.timeout_add(delay_ms, lambda: GLib.SOURCE_REMOVE)
    context = GLib.MainContext.default()
    while context.find_source_by_id(timer):
        context.iteration(True)
    try:
        session.domain(path, 'AbortJob')
    except GLib.Error as error:
        assert harness.error_name(error) in ('org.roost1.Error.NotFound', 'org.roost1.Error.NotSupported',
                                             'org.roost1.Error.InvalidArgument')
    session.pump(lambda: ended)
    assert ended[0] in ('done', 'org.roost1.Error.Cancelled')
    assert session.get(path, 'State') == ('running' if ended[0] == 'done' else 'shut-off')
    assert session.get(path, 'Jobs') == []
    if ended[0] == 'done':
        session.domain(path, 'Destroy')
    wait_for(lambda: not list(session.own_processes()), 20, 'no process to be left')
    session.domain(path, 'Start')
