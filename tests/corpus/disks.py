#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the images that QEMU opens for disks with what was recorded.

    disks.py TOOL [--corpus DIR]

DIR (default: $ROOST_CORPUS) holds other-index.json, hotplug/domains and block/xml2json; without it
the test is skipped (exit status 77). Each disk is plugged into a recorded domain, and the block
nodes that are made for it are compared, from the topmost down, but for their names.
"""
import json
import subprocess
import sys
import tempfile

import common

FLOOR = 0.9
DOMAIN = 'hotplug/domains/qemuhotplug-base-live.xml'
# What the recording leaves to the caller, or had not filled in: "debug" is that of the administrator, ports of rbd
# were not looked up, and cookies had no secret yet.
OPEN = {'debug', 'cookie-secret'}


def objects(text):
    """Several documents, one after the other."""
    decoder, found = json.JSONDecoder(), []
    text = text.strip()
    while text:
        one, end = decoder.raw_decode(text)
        found.append(one)
        text = text[end:].strip()
    return found


def plain(value, key=''):
    """@value without names that are only names."""
    if isinstance(value, dict):
        return {k: plain(v, k) for k, v in value.items() if k != 'node-name' and k not in OPEN}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if key in ('file', 'backing') or key.endswith('secret'):
        return value and 'a name'
    return {'0': '6789'}.get(value, value) if key == 'port' else value


def load(corpus):
    for entry in common.entries(corpus, 'block'):
        if entry.get('kind') == 'xml2json':
            xml = corpus / 'block/xml2json' / (entry['name'] + '.xml')
            if xml.with_suffix('.json').exists():
                yield xml


def run_tool(tool, corpus, cases, out):
    lines = ['attach\t%s\t%s\t\t%s/%d\n' % (corpus / DOMAIN, xml, out, i) for i, xml in enumerate(cases)]
    subprocess.run([tool, 'batch-plug'], input=''.join(lines), text=True, check=True)
    return [json.load(open('%s/%d' % (out, i))) for i in range(len(cases))]


def judge(xml, result):
    """-> list of differences"""
    if 'error' in result:
        return ['error: %s' % result['error']]
    expected = plain(objects(xml.with_suffix('.json').read_text()))
    actual = plain([c['arguments'] for c in result['commands'] if c['execute'] == 'blockdev-add'])[::-1]
    if len(expected) != len(actual):
        return ['%d nodes, not %d' % (len(actual), len(expected))]
    return ['%s, not %s' % (json.dumps(a), json.dumps(e)) for e, a in zip(expected, actual) if e != a]


def main():
    args = common.parser().parse_args()
    corpus = common.corpus_of(args)
    cases = list(load(corpus))
    with tempfile.TemporaryDirectory() as out:
        results = run_tool(args.tool, corpus, cases, out)
    same = 0
    for xml, result in zip(cases, results):
        wrong = judge(xml, result)
        same += not wrong
        print('%s %s' % ('FAIL' if wrong else 'ok  ', xml.stem))
        for line in wrong:
            print('      ' + line)
    print('%d disks, %d the same' % (len(cases), same))
    return 0 if same >= FLOOR * len(cases) else 1


if __name__ == '__main__':
    sys.exit(main())
