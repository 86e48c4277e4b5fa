# SPDX-License-Identifier: LGPL-2.1-or-later
import json
import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'integration'))
import harness  # noqa: E402

FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'fake_roost.py')


class Service(harness.Session):
    def __init__(self):
        super().__init__(start=False)
        self.calls_file = os.path.join(self.folder, 'calls')
        with open(self.calls_file, 'wb') as out:
            self.fake = subprocess.Popen([sys.executable, FAKE, self.bus.address], stdout=out)
        harness.wait_for(self.has_owner, what='the fake service')
        open(self.log, 'w').close()

    def calls(self):
        with open(self.calls_file, encoding='utf-8') as f:
            return [json.loads(line) for line in f]

    def close(self):
        self.fake.kill()
        self.fake.wait()
        super().close()


@pytest.fixture(scope='module')
def service():
    with Service() as one:
        yield one
