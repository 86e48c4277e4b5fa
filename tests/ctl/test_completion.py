# SPDX-License-Identifier: LGPL-2.1-or-later
"""The completion for bash, asked as bash asks it."""
import os
import shutil
import subprocess

import pytest

import harness

COMPLETION = os.path.join(harness.ROOT, 'data/completions/roostctl')
LIBRARY = '/usr/share/bash-completion/bash_completion'

pytestmark = pytest.mark.skipif(not os.path.exists(LIBRARY) or not shutil.which('bash'), reason='no bash-completion')


def complete(service, line):
    words = line.split(' ')
    script = f'''
        . {LIBRARY}; . {COMPLETION}
        COMP_WORDS=({' '.join(f"'{w}'" for w in words)}); COMP_CWORD={len(words) - 1}
        COMP_LINE='{line}'; COMP_POINT={len(line)}
        _roostctl {harness.ROOSTCTL} '{words[-1]}' '{words[-2]}'; printf '%s\\n' "${{COMPREPLY[@]}}"'''
    run = subprocess.run(['bash', '-c', script], env=service.env, capture_output=True, text=True, check=False)
    assert run.stderr == ''
    return run.stdout.split()


@pytest.mark.parametrize('line, has, has_not', [
    ('roostctl ', ['start', 'job', 'monitor'], ['--json']),
    ('roostctl st', ['start'], ['suspend']),
    ('roostctl --user st', ['start'], ['suspend']),
    ('roostctl start --', ['--paused', '--console', '--user'], ['--wait']),
    ('roostctl --', ['--json', '--system'], []),
    ('roostctl define --check', ['--check-abi'], ['--start']),
    ('roostctl edit --', ['--check-abi', '--strict'], []),
    ('roostctl create web --', ['--image', '--password-file', '--dry-run'], ['--wait']),
    ('roostctl create web --firmware ', ['bios', 'uefi', 'secure'], []),
    ('roostctl create web --network b', ['bridge='], ['user']),
    ('roostctl create ', [], ['demo']),
    ('roostctl start d', ['demo'], ['other']),
    ('roostctl start demo ', ['other'], []),
    ('roostctl job ', ['list', 'cancel', 'wait'], []),
    ('roostctl job cancel ', ['7'], []),
    ('roostctl job wait --', ['--timeout'], []),
    ('roostctl wait --state run', ['running'], ['paused']),
    ('roostctl autostart demo ', ['on', 'off'], []),
    ('roostctl lifecycle demo ', ['poweroff', 'crash'], []),
    ('roostctl lifecycle demo crash ', ['preserve', 'coredump-restart'], []),
    ('roostctl shutdown --timeout ', [], ['demo']),
    ('roostctl set-display-password --', ['--valid-for', '--connected'], ['--stdio']),
    ('roostctl set-display-password demo ', ['vnc', 'spice'], ['other']),
    ('roostctl display demo ', ['vnc', 'dbus'], ['other']),
    ('roostctl guest-info demo fi', ['filesystems'], ['os']),
    ('roostctl guest-keys --re', ['--replace', '--remove'], []),
])
def test_completion(service, line, has, has_not):
    words = complete(service, line)
    assert set(has) <= set(words) and not set(has_not) & set(words), words
