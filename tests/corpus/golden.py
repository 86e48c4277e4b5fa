#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares what CASE/in.xml becomes: the command line with CASE/args, the completed document, which
a second completion must not change, with CASE/out.xml.

    golden.py TOOL [--update] CASE…

--update writes what came out as the new CASE/args and CASE/out.xml; read the difference before you commit it.
Without an emulator for the case it is skipped (exit status 77).
"""
import argparse
import difflib
import pathlib
import subprocess
import sys

SKIP = 77


def compare(tool, mode, source, golden, update):
    proc = subprocess.run([tool, mode, str(source)], capture_output=True, text=True)
    if proc.returncode != 0 and 'no emulator' in proc.stderr:
        return SKIP
    if proc.returncode != 0:
        print('%s: %s' % (source, proc.stderr.strip()))
        return 1
    if update:
        golden.write_text(proc.stdout)
        return 0
    wrong = list(difflib.unified_diff(golden.read_text().splitlines(), proc.stdout.splitlines(),
                                      str(golden), 'now', lineterm=''))
    if wrong:
        print('\n'.join(wrong))
    return 1 if wrong else 0


def check(tool, case, update):
    out = case / 'out.xml'
    return max(compare(tool, 'args', case / 'in.xml', case / 'args', update),
               compare(tool, 'xml', case / 'in.xml', out, update),
               compare(tool, 'xml', out, out, False))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('tool')
    parser.add_argument('cases', nargs='+', type=pathlib.Path)
    parser.add_argument('--update', action='store_true')
    options = parser.parse_args()
    return max(check(options.tool, case, options.update) for case in options.cases)


if __name__ == '__main__':
    sys.exit(main())
