# SPDX-License-Identifier: LGPL-2.1-or-later
"""Agents that do not behave, in a booted guest: the daemon stays well, and so does everybody else."""
import os
import signal

import harness
from agent_guest import Guest, read_until

SECOND = 10**6


class Odd:
    def __init__(self, session):
        self.guest = Guest(session, 'guest.agent=none')
        self.console = session.fd(self.guest.path, 'OpenConsole')
        read_until(self.console, b'Hello from the guest')

    def start(self, mode):
        os.write(self.console, f'odd-agent {mode} &\n'.encode())
        self.guest.wait_agent()

    def stop(self):
        os.write(self.console, b'kill -9 $(pidof odd-agent yes tr sleep)\n')
        self.guest.wait_agent(False)

    def end(self):
        self.guest.session.domain(self.guest.path, 'Destroy')
        os.close(self.console)


def test_odd_answers(session):
    odd = Odd(session)
    for mode, error, text in (
            ('no-step', 'Timeout', 'guest-get-host-name'),
            ('endless', 'Agent', 'more than 1 MiB'),
            ('deep', 'Agent', 'nested deeper'),
            ('junk', 'Agent', 'no answer: not JSON: not UTF-8'),
            ('wrong-type', 'Agent', "has no proper 'host-name'"),
            ('leave', 'AgentUnavailable', 'closed during'),
            ('late', 'Timeout', 'guest-get-host-name')):
        odd.start(mode)
        for _ in range(2 if mode in ('deep', 'junk', 'wrong-type') else 1):
            with harness.refused(error, text):
                odd.guest.call('GetHostname', limit=(2 if error == 'Timeout' else 60) * SECOND)
        odd.stop()
    odd.end()


def test_silence(session):
    odd = Odd(session)
    other = session.define('other')
    odd.start('silent')
    replies = [odd.guest.begin('Ping', timeout=3600 * SECOND) for _ in range(5)]
    session.pump()
    assert session.get(odd.guest.path, 'CurrentJob') == '/'
    session.domain(odd.guest.path, 'Suspend')
    session.domain(odd.guest.path, 'Resume')
    session.domain(other, 'Start')
    session.domain(odd.guest.path, 'Destroy')
    session.pump(lambda: all(replies))
    assert {r[0] for r in replies} == {'org.roost1.Error.AgentUnavailable'}
    os.close(odd.console)


def test_qemu_killed(session):
    odd = Odd(session)
    odd.start('silent')
    reply = odd.guest.begin('Ping', timeout=3600 * SECOND)
    session.pump()
    os.kill(session.get(odd.guest.path, 'Pid'), signal.SIGKILL)
    session.pump(lambda: reply)
    assert reply == ['org.roost1.Error.AgentUnavailable']
    session.wait_state(odd.guest.path, 'shut-off')
    os.close(odd.console)


def test_daemon_ends(session):
    """A call that waits does not keep the daemon from ending."""
    odd = Odd(session)
    odd.start('silent')
    odd.guest.begin('Ping', timeout=3600 * SECOND)
    session.pump()
    session.stop()
    session.start()
    odd.guest.wait_agent()
    session.domain(odd.guest.path, 'Destroy')


def test_freeze_is_undone(session):
    """Nobody learnt that the guest is frozen: it is told to thaw."""
    odd = Odd(session)
    odd.start('no-freeze')
    reply = odd.guest.begin('Freeze', 'as', [], timeout=3 * SECOND)
    session.pump(lambda: reply, 60)
    assert reply == ['org.roost1.Error.Timeout']
    read_until(odd.console, b'told to thaw')
    odd.end()
