# SPDX-License-Identifier: LGPL-2.1-or-later
"""A pool of fifty thousand volumes."""
import os

import pytest
from gi.repository import Gio, GLib

from harness import NAME
from test_storage import POOL, VOLUME, Storage, u


@pytest.fixture
def storage(session):
    return Storage(session)


MANY = 50000


def test_fifty_thousand_volumes(storage):
    os.makedirs(storage.folder)
    for i in range(MANY):
        os.close(os.open(f'{storage.folder}/disk{i:05}.img', os.O_CREAT | os.O_WRONLY, 0o600))
    pool = storage.define()
    storage.session.connection.call(NAME, pool, POOL, 'Start', GLib.Variant('(a{sv})', ({},)), None,
                                    Gio.DBusCallFlags.NONE, -1, None, None)
    answered = 0
    while storage.get(pool, 'State') != 'active':  # other calls are served meanwhile
        storage.session.manager('ListDomains')
        answered += 1
    assert answered > 0 and storage.get(pool, 'VolumeCount') == MANY
    names, offset = [], 0
    while offset < MANY:
        rows, total = storage.call(pool, POOL, 'ListVolumes', offset=u(offset), limit=u(10000))
        assert total == MANY
        names += [row[1] for row in rows]
        offset += len(rows)
    assert names == [f'disk{i:05}.img' for i in range(MANY)]
    storage.call(storage.volume(pool, 'disk40000.img'), VOLUME, 'Delete')
    assert storage.get(pool, 'VolumeCount') == MANY - 1
    storage.call(pool, POOL, 'Refresh')
    storage.call(pool, POOL, 'Stop')
    assert storage.get(pool, 'VolumeCount') == 0
