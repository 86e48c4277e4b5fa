#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plugs and unplugs the devices of a conformance corpus and compares with what was recorded.

    plug.py TOOL [--corpus DIR] [--only GLOB] [--show]

DIR (default: $ROOST_CORPUS) holds other-index.json and hotplug/; without it the test is skipped
(exit status 77). Each recorded conversation says which device comes to, or leaves, which running
domain, and the commands that QEMU got. Two questions: are ours the same, in their order, and is the
device where, and called what, it is in the recorded document of the result?
"""
import fnmatch
import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

import common

FLOOR = 0.95
# What the QEMU of the recordings had not.
LACKING = 'lsi53c895a'
# Two names of one thing.
SAME = {'watchdog-set-action': 'set-action'}
# Not said by us, see "Devices that come and go" in docs/compatibility.md: sets of descriptors have
# numbers of their own, and are gone as soon as they are used; a name of a descriptor ends with its use.
UNSAID = {'query-fdsets', 'add-fd', 'remove-fd', 'getfd', 'closefd'}


def load_steps(corpus, pattern):
    folder = corpus / 'hotplug'
    for entry in common.entries(corpus, 'hotplug'):
        for path in entry['files']:
            if pathlib.Path(path).parent.name == 'hotplug' and path.endswith('.json'):
                for step in json.loads((corpus / path).read_text()):
                    if step.get('action') in ('attach', 'detach', 'update') and fnmatch.fnmatch(step['name'], pattern):
                        yield folder, step


def before(folder, step):
    """The recorded document at the beginning. What leaves came by an earlier conversation, under the
    same name or a shorter one: its result is the one that has the device."""
    base = folder / 'domains' / ('qemuhotplug-%s.xml' % step['domain'])
    device = step['device'] if step['action'] == 'detach' else ''
    tag = ET.parse(folder / 'devices' / ('qemuhotplug-%s.xml' % step['device'])).getroot().tag
    while device:
        path = folder / 'domains' / ('qemuhotplug-%s+%s.xml' % (step['domain'], device))
        if path.exists() and count(path, tag) > count(base, tag):
            return path
        device = device.rpartition('-')[0]
    return base


def count(path, tag):
    return len(ET.parse(path).getroot().findall('devices/' + tag))


def after(folder, step):
    return folder / 'domains' / ('qemuhotplug-%s+%s.xml' % (step['domain'], step['device']))


def run_tool(tool, steps, out):
    lines = []
    for i, (folder, step) in enumerate(steps):
        device = folder / 'devices' / ('qemuhotplug-%s.xml' % step['device'])
        lines.append('\t'.join([step['action'], str(before(folder, step)), str(device), LACKING,
                                '%s/%d' % (out, i)]) + '\n')
    proc = subprocess.run([tool, 'batch-plug'], input=''.join(lines), text=True)
    if proc.returncode != 0:
        raise SystemExit('the tool ended with status %d' % proc.returncode)
    return [json.load(open('%s/%d' % (out, i))) for i in range(len(steps))]


def names(commands):
    return [SAME.get(c, c) for c in commands if c not in UNSAID]


def places(root):
    """Each device by its alias, and where it is."""
    found = {}
    for device in root.find('devices'):
        alias, address = device.find('alias'), device.find('address')
        if alias is not None:
            where = {} if address is None else {k: int(v, 0) if v[:1].isdigit() else v
                                                for k, v in address.attrib.items()}
            found['%s %s' % (device.tag, alias.get('name'))] = where
    return found


def judge(folder, step, result):
    """-> list of differences"""
    expected = names(s['command'] for s in step['steps'])
    actual = names(c['execute'] for c in result['commands'])
    if step['must_fail']:
        # a guest that does not answer: no more than the question is said
        if not expected and 'error' not in result:
            return ['is not refused']
        actual = actual[:len(expected)]
    elif 'error' in result:
        return ['error: %s' % result['error']]
    if 'guestfwd' in step['device'] and step['action'] == 'detach':
        expected.append('chardev-remove')
    wrong = [] if actual == expected else ['commands: %s, not %s' % (actual, expected)]
    if step['must_fail'] or step['action'] != 'attach' or not after(folder, step).exists():
        return wrong
    left = places(ET.parse(after(folder, step)).getroot())
    right = places(ET.fromstring(result['xml']))
    return wrong + ['%s: %s, not %s' % (k, right.get(k), left[k]) for k in sorted(left)
                    if left[k] != right.get(k)]


def main():
    parser = common.parser()
    parser.add_argument('--only', default='*')
    parser.add_argument('--show', action='store_true', help='also what was said')
    args = parser.parse_args()
    steps = list(load_steps(common.corpus_of(args), args.only))
    with tempfile.TemporaryDirectory() as out:
        results = run_tool(args.tool, steps, out)
    same = 0
    for (folder, step), result in zip(steps, results):
        wrong = judge(folder, step, result)
        same += not wrong
        print('%s %s' % ('FAIL' if wrong else 'ok  ', step['name']))
        for line in wrong + ([json.dumps(c) for c in result['commands']] if args.show else []):
            print('      ' + line)
    print('%d conversations, %d the same' % (len(steps), same))
    return 0 if same >= FLOOR * len(steps) else 1


if __name__ == '__main__':
    sys.exit(main())
