#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts our command lines of the corpus paused, with the installed QEMU, and compares the machine.

    boot.py TOOL [--corpus DIR] [--only GLOB] [--every N] [--list]

The cases are those of bootable-7.2.txt. What belongs to the host (images, sockets, taps, sound) is
replaced by the corpus's own tools/qemuboot.py, so that nothing outside a scratch folder is needed;
then query-pci and "info qtree" must be those of the recorded machine. --every N takes each Nth case
only: all of them take some minutes. Without a corpus the test is skipped (exit status 77).
"""
import argparse
import fnmatch
import importlib.util
import json
import os
import pathlib
import sys
import tempfile
import zipfile

import run


def load_qemuboot(corpus):
    for folder in (corpus, corpus.parent):
        path = folder / 'tools' / 'qemuboot.py'
        if path.exists():
            spec = importlib.util.spec_from_file_location('qemuboot', path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    raise SystemExit('no tools/qemuboot.py in %s' % corpus)


def select(corpus, options):
    names = (corpus / 'bootable-7.2.txt').read_text().split()[::options.every]
    cases = {c['case']: c for c in json.loads((corpus / 'index.json').read_text())
             if c['arch'] == 'x86_64' and c['expect'] == 'args'}
    return [cases[n] for n in names
            if n in cases and (not options.only or fnmatch.fnmatch(n, options.only))]


def recorded_tree(golden):
    archive = golden.parent / 'qtree.zip'
    if not archive.exists():
        return None
    name = golden.name[:-5] + '.txt'
    with zipfile.ZipFile(archive) as trees:
        return trees.read(name).decode() if name in trees.namelist() else None


def golden_differences(boot, golden, found):
    recorded = json.loads(golden.read_text())
    wrong = []
    if boot.pci_shape(recorded['pci']) != boot.pci_shape(found['pci']):
        wrong.append('query-pci differs')
    text = recorded_tree(golden)
    if text:
        wrong += boot.qtree_diff(boot.qtree_abi(text), boot.qtree_abi(found['qtree']))
    return wrong


def check(boot, corpus, case, answer):
    """-> what is wrong: an empty list when the machine is the recorded one"""
    if 'error' in answer:
        return ['error: ' + answer['error']]
    found = boot.run(answer['argv'])
    if found['status'] != 'ok':
        return ['%s: %s' % (found['status'], found.get('error') or found.get('reason'))]
    best = None
    for folder in ('boot72', 'boot72-peer'):
        golden = corpus / 'x86_64' / folder / (case['case'] + '.json')
        if golden.exists():
            wrong = golden_differences(boot, golden, found)
            best = wrong if best is None or len(wrong) < len(best) else best
    return best or []


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('tool')
    parser.add_argument('--corpus', default=os.environ.get('ROOST_CORPUS'))
    parser.add_argument('--only', metavar='GLOB')
    parser.add_argument('--every', type=int, default=1, metavar='N')
    parser.add_argument('--floor', type=float, default=0.93)
    parser.add_argument('--list', action='store_true', help='every difference of each case')
    options = parser.parse_args()
    if not options.corpus or not os.path.exists(os.path.join(options.corpus, 'bootable-7.2.txt')):
        print('no corpus: set ROOST_CORPUS to its folder')
        return run.SKIP
    corpus = pathlib.Path(options.corpus)
    boot = load_qemuboot(corpus)
    cases = select(corpus, options)
    good = 0
    with tempfile.TemporaryDirectory() as out:
        run.run_tool(options.tool, cases, corpus, out)
        for case in cases:
            results = [run.result(out, case), run.result(out, case, '.older')]
            wrong = min((check(boot, corpus, case, json.loads(path.read_text()))
                         for path in results if path.exists()), key=len)
            good += not wrong
            for text in wrong if options.list else wrong[:1]:
                print('%s: %s' % (case['case'], text), flush=True)
    print('%d of %d start as recorded' % (good, len(cases)))
    return 0 if good >= options.floor * len(cases) else 1


if __name__ == '__main__':
    sys.exit(main())
