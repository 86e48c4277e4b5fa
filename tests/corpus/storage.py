#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Completes documents of pools and volumes and compares with what is expected.

    storage.py TOOL corpus [DIR]       the storage-pool and storage-vol cases of other-index.json in
                                       DIR (default: $ROOST_CORPUS); without it: exit status 77
    storage.py TOOL cases DIR [--update]

In cases/ NAME.xml becomes NAME.out.xml, or is refused with the text in NAME.error; names begin with
"pool-" or "volume-". What is complete must not change when it is completed again.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

SKIP = 77


def complete(tool, kind, path, pool=None):
    args = [tool, kind, str(path)] + ([str(pool)] if pool else [])
    done = subprocess.run(args, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit('%s ended with %d: %s' % (args, done.returncode, done.stderr))
    return (done.stdout, None) if done.returncode == 0 else (None, done.stderr.strip())


def canonical(text):
    """An empty <source/> says nothing; some expected documents have it and some have not."""
    root = ET.fromstring(text)
    for source in root.findall('source'):
        if len(source) == 0:
            root.remove(source)
    return ET.canonicalize(ET.tostring(root, encoding='unicode'), strip_text=True)


def check_stable(tool, kind, text, pool):
    with tempfile.NamedTemporaryFile('w', suffix='.xml') as file:
        file.write(text)
        file.flush()
        again, error = complete(tool, kind, file.name, pool)
    return [] if again == text else ['is not stable: %s' % (error or again)]


def judge_corpus(tool, corpus, case):
    folder = corpus / case['category']
    kind = 'pool' if case['category'] == 'storage-pool' else 'volume'
    pool = corpus / 'storage-pool' / 'in' / (case.get('pool', '') + '.xml')
    pool = pool if kind == 'volume' and pool.exists() else None
    text, error = complete(tool, kind, folder / case['in'], pool)
    if case.get('expect') == 'fail':
        return [] if error else ['was not refused']
    if error:
        return ['refused: ' + error]
    wrong = check_stable(tool, kind, text, pool)
    if case.get('out') and canonical(text) != canonical((folder / case['out']).read_text()):
        wrong.append('differs:\n' + text)
    return wrong


def run_corpus(tool, args):
    corpus = pathlib.Path(args[0] if args else os.environ.get('ROOST_CORPUS', '/nonexistent'))
    if not (corpus / 'other-index.json').exists():
        print('no corpus; name one with $ROOST_CORPUS')
        return SKIP
    cases = [c for c in json.loads((corpus / 'other-index.json').read_text())
             if c['category'] in ('storage-pool', 'storage-vol')]
    failed = 0
    for case in cases:
        wrong = judge_corpus(tool, corpus, case)
        failed += bool(wrong)
        for line in wrong:
            print('%s: %s' % (case['name'], line))
    print('%d cases, %d failed' % (len(cases), failed))
    return 1 if failed else 0


def judge_case(tool, path, update):
    kind = path.name.split('-')[0]
    text, error = complete(tool, kind, path)
    golden = path.with_name(path.stem + ('.error' if error else '.out.xml'))
    got = (error + '\n') if error else text
    if update:
        golden.write_text(got)
    wrong = [] if error else check_stable(tool, kind, text, None)
    if not golden.exists():
        return ['gives, and there is no %s: %s' % (golden.name, got)]
    return wrong if golden.read_text() == got else wrong + ['gives: ' + got]


def run_cases(tool, args):
    paths = [p for p in sorted(pathlib.Path(args[0]).glob('*.xml')) if not p.name.endswith('.out.xml')]
    failed = 0
    for path in paths:
        wrong = judge_case(tool, path, '--update' in args)
        failed += bool(wrong)
        for line in wrong:
            print('%s: %s' % (path.name, line))
    print('%d cases, %d failed' % (len(paths), failed))
    return 1 if failed or not paths else 0


if __name__ == '__main__':
    TOOL, WHAT, *REST = sys.argv[1:]
    sys.exit({'corpus': run_corpus, 'cases': run_cases}[WHAT](TOOL, REST))
