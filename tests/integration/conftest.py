# SPDX-License-Identifier: LGPL-2.1-or-later
import pytest

import harness


@pytest.fixture
def session():
    """A daemon on a private session bus, ended after the test."""
    with harness.Session() as one:
        yield one
