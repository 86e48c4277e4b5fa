# SPDX-License-Identifier: LGPL-2.1-or-later
"""A running guest, and definitions of what it shall be next."""
import re

import pytest
from harness import Session, domain_xml, refused

UUID = '6f2b1c0e-4a55-4a0b-9d2f-1f6a6a3c5e01'


def xml(memory=64, devices='', title=''):
    return domain_xml('abi', uuid=UUID, memory=memory, devices=devices, machine='q35',
                      extra=f"<title>{title}</title><cpu mode='host-model'/>")


@pytest.fixture(name='running', scope='module')
def running_fixture():
    with Session() as session:
        path = session.manager('DefineDomain', 's', xml())
        session.domain(path, 'Start', paused=True)
        yield session, path
        session.domain(path, 'Destroy')


def test_processor_has_a_name(running):
    """host-model is decided at the start, and the live document says what came of it."""
    session, path = running
    live = session.domain(path, 'GetXml')
    assert re.search(r"<cpu mode='custom' match='exact'", live), live
    assert re.search(r"<model fallback='forbid'>EPYC", live), live
    assert "<feature policy='disable' name='topoext'/>" in live
    assert "mode='host-model'" in session.domain(path, 'GetXml', inactive=True)


def test_same_machine(running):
    session, path = running
    session.domain(path, 'Redefine', 's', xml(title='new'), check_abi=True)
    assert '<title>new</title>' in session.domain(path, 'GetXml', inactive=True)


def test_other_machine(running):
    session, path = running
    with refused('IncompatibleGuest', 'memory would change'):
        session.domain(path, 'Redefine', 's', xml(memory=128), check_abi=True)
    with refused('IncompatibleGuest', 'would be added'):
        session.domain(path, 'Redefine', 's', xml(devices="<sound model='ac97'/>"), check_abi=True)
    assert "<sound" not in session.domain(path, 'GetXml', inactive=True)


def test_without_the_option(running):
    session, path = running
    session.domain(path, 'Redefine', 's', xml(memory=128))
    assert '131072' in session.domain(path, 'GetXml', inactive=True)
    session.domain(path, 'Redefine', 's', xml())
