#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares how much memory the QEMU of each recorded domain may lock.

    memlock.py TOOL [--corpus DIR]

DIR (default: $ROOST_CORPUS) holds other-index.json and memlock/; without it the test is skipped
(exit status 77).
"""
import pathlib
import subprocess
import sys
import tempfile

import common

ANY = 2**64 - 1


def expected(case):
    return ANY if case['memlock_bytes'].endswith('UNLIMITED') else int(case['memlock_bytes'])


def main():
    args = common.parser().parse_args()
    corpus = common.corpus_of(args)
    cases = common.entries(corpus, 'memlock')
    with tempfile.TemporaryDirectory() as out:
        lines = ['%s\t%s/%d\n' % (corpus / case['files'][0], out, i) for i, case in enumerate(cases)]
        subprocess.run([args.tool, 'batch-lock'], input=''.join(lines), text=True, check=True)
        results = [int(pathlib.Path(out, str(i)).read_text()) for i in range(len(cases))]
    wrong = 0
    for case, result in zip(cases, results):
        wrong += result != expected(case)
        print('%-36s %20d %s' % (case['name'], result,
                                 'ok' if result == expected(case) else 'FAIL: not %d' % expected(case)))
    print('%d domains, %d wrong' % (len(cases), wrong))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
