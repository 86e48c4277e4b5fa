#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is made of the recorded answers of guest agents and of QEMU.

    talk.py TOOL [--corpus DIR] [--show]

DIR (default: $ROOST_CORPUS) holds other-index.json, agent/ and qmp/; without it the test is skipped
(exit status 77). Each answer to a command of which something is made must be understood, and an
error must be one; and the texts that the recording's own test compares with must be in it.
"""
import json
import re
import subprocess
import sys

import common

# what a test compares with
EXPECTED = re.compile(r'STRNEQ(?:_NULLABLE)?\([^"()]*,\s*"([^"]*)"\)|checkUserInfo\([^"]*"([^"]*)"')


def answers(corpus):
    """-> (name, command, answer, source of the test)"""
    for entry in common.entries(corpus, 'agent', 'qmp'):
        for path in entry['files']:
            if not path.endswith('.json') or '/data/' in path:
                continue
            talk = json.loads((corpus / path).read_text())
            for step in talk.get('steps', []):
                reply = step['reply']
                if isinstance(step['command'], str) and 'return' in reply:
                    yield talk['name'], step['command'], reply['return'], talk.get('source', '')
    for path in sorted((corpus / 'qmp/data').glob('*-cpus.json')):
        yield path.stem, 'query-cpus-fast', json.loads(path.read_text())['return'], ''


def ask(tool, corpus, command, answer):
    argv = [tool, command]
    if command in ('guest-get-fsinfo', 'guest-get-disks'):
        argv.append(str(corpus / 'agent/fsinfo.xml'))
    proc = subprocess.run(argv, input=json.dumps(answer), text=True, capture_output=True)
    assert proc.returncode in (0, 1, 2), proc.stderr
    return proc.returncode, proc.stdout.strip()


def main():
    parser = common.parser()
    parser.add_argument('--show', action='store_true')
    args = parser.parse_args()
    corpus = common.corpus_of(args)
    said, sources, wrong, other = {}, {}, 0, set()
    for name, command, answer, source in answers(corpus):
        status, text = ask(args.tool, corpus, command, answer)
        if status == 2:
            other.add(command)
            continue
        said[name] = said.get(name, '') + text
        sources[name] = source
        wrong += status
        if status or args.show:
            print('%s %s: %s: %s' % ('FAIL' if status else 'ok  ', name, command, text))
    for name, text in said.items():
        missing = {w for pair in EXPECTED.findall(sources[name]) for w in pair if w and w not in text}
        wrong += bool(missing)
        if missing:
            print('FAIL %s: %s are not in %s' % (name, sorted(missing), text))
    print('%d conversations, %d wrong; nothing is made of the answers to %s'
          % (len(said), wrong, ', '.join(sorted(other))))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
