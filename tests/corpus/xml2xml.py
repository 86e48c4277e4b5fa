#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Completes the documents of a conformance corpus and compares with what is expected.

    xml2xml.py TOOL [--corpus DIR] [--only GLOB] [--arch ARCH] [--show]

DIR (default: $ROOST_CORPUS) holds xml2xml-index.json, ARCH/xml and ARCH/xml2xml; without it the
test is skipped (exit status 77). Two questions: has each device the PCI address that is expected,
and does the completed document come out the same when it is completed again? A third, whether all
of the document is as expected, is only counted.

Cases that were recorded with pretended capabilities of QEMU, which no binary has, count apart.
"""
import argparse
import collections
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

SKIP = 77
FLOOR_REAL, FLOOR_PRETENDED = 0.95, 0.50


def load_cases(corpus, args):
    cases = json.load(open(corpus / 'xml2xml-index.json'))
    return [c for c in cases if fnmatch.fnmatch(c['name'], args.only) and args.arch in ('', c['arch'])]


def run_tool(tool, cases, corpus, out):
    lines = []
    for i, case in enumerate(cases):
        lines.append('%s\t%s/%d\n' % (corpus / case['arch'] / 'xml' / case['xml'], out, i))
    proc = subprocess.run([tool, 'batch-xml'], input=''.join(lines), text=True)
    if proc.returncode != 0:
        raise SystemExit('the tool ended with status %d' % proc.returncode)
    return [json.load(open('%s/%d' % (out, i))) for i in range(len(cases))]


def device_key(device, counts):
    """A device by what the document says of it, not by where it is."""
    tag = device.tag
    if tag == 'controller':
        model = device.get('model', '')
        part = model if model.startswith('ich9') else ''
        return '%s %s %s %s' % (tag, device.get('type'), device.get('index'), part)
    if tag == 'disk':
        return 'disk %s' % device.find('target').get('dev')
    if tag == 'interface' and device.find('mac') is not None:
        return 'interface %s' % device.find('mac').get('address')
    counts[tag] += 1
    return '%s %d' % (tag, counts[tag])


def addresses(root, kinds):
    counts = collections.Counter()
    found = {}
    for device in root.find('devices'):
        key = device_key(device, counts)
        for address in device.findall('address'):
            if address.get('type') in kinds:
                zpci = address.find('zpci')
                found[key] = dict(address.attrib, **(zpci.attrib if zpci is not None else {}))
    return found


def flatten(element, path, out):
    path += '/' + re.sub(r'\{.*\}', '', element.tag)
    if path == '/domain/metadata':
        return
    out[path + ' = ' + (element.text or '').strip()] += 1
    for name, value in element.attrib.items():
        if (path, name) != ('/domain/os/type', 'machine'):
            out['%s@%s = %s' % (path, name, value)] += 1
    for child in element:
        flatten(child, path, out)


def differences(expected, actual):
    left, right = collections.Counter(), collections.Counter()
    flatten(expected, '', left)
    flatten(actual, '', right)
    return ['- ' + k for k in sorted(left - right)] + ['+ ' + k for k in sorted(right - left)]


def judge(case, result, corpus):
    """-> places are equal, document is stable, list of differences"""
    if result['xml'] is None:
        return False, True, ['error: %s' % result['error']]
    expected = ET.parse(corpus / case['arch'] / 'xml2xml' / case['out_inactive']).getroot()
    actual = ET.fromstring(result['xml'])
    # the order of a test's own pretended USB ports is no concern here
    kinds = ('pci', 'drive', 'ccw', 'spapr-vio', 'virtio-mmio', 'virtio-serial')
    left, right = addresses(expected, kinds), addresses(actual, kinds)
    places = ['place of %s: %s, not %s' % (k, right.get(k), left.get(k))
              for k in sorted(set(left) | set(right)) if left.get(k) != right.get(k)]
    stable = result['xml'] == result['again']
    rest = differences(expected, actual)
    return not places, stable, places + ([] if stable else ['unstable: %s' % result['error']]) + rest


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('tool')
    parser.add_argument('--corpus', default=os.environ.get('ROOST_CORPUS'))
    parser.add_argument('--only', default='*')
    parser.add_argument('--arch', default='')
    parser.add_argument('--show', action='store_true')
    args = parser.parse_args()
    if not args.corpus or not os.path.exists(os.path.join(args.corpus, 'xml2xml-index.json')):
        print('no corpus; name one with $ROOST_CORPUS')
        return SKIP
    corpus = pathlib.Path(args.corpus)
    cases = load_cases(corpus, args)
    with tempfile.TemporaryDirectory() as out:
        results = run_tool(args.tool, cases, corpus, out)
    table = collections.defaultdict(collections.Counter)
    unstable = []
    for case, result in zip(cases, results):
        places, stable, text = judge(case, result, corpus)
        row = table['pretended' if case['caps'] == 'synthetic' else 'real']
        row['cases'] += 1
        row['places'] += places
        row['same'] += not text
        if not stable:
            unstable.append(case['name'])
        if args.show or not stable:
            mark = 'ok  ' if not text else 'same' if places else 'FAIL'
            print('%s %s %s [%s]' % (mark, case['arch'], case['name'], case['caps']))
            for line in text:
                print('      ' + line)
    for name, row in sorted(table.items()):
        print('%-10s %3d cases, %3d with the expected addresses, %3d with the expected text'
              % (name, row['cases'], row['places'], row['same']))
    print('%d not stable' % len(unstable))
    good = all(table[n]['places'] >= floor * table[n]['cases']
               for n, floor in (('real', FLOOR_REAL), ('pretended', FLOOR_PRETENDED)))
    return 0 if good and not unstable else 1


if __name__ == '__main__':
    sys.exit(main())
