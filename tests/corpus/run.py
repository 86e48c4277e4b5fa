#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the cases of a conformance corpus through the corpus tool and compares.

    run.py TOOL [--corpus DIR] [--arch ARCH] [--only GLOB] [--list] [--refusals] [--keep DIR] [--bus]

DIR (default: $ROOST_CORPUS) holds index.json, ARCH/xml, ARCH/args and, in it or in its parent,
argvdiff.py. Without it the test is skipped (exit status 77). The result fails when fewer cases
are equal than the floors below say. With --bus the service itself is asked, by its method
DomainXmlToArguments on a private bus and without a configuration; TOOL is then the folder of the
harness for that.
"""
import argparse
import collections
import contextlib
import fnmatch
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

# share of the cases that must be equal: for the guest, in the backends as well. What is missing is
# explained in docs/compatibility.md; raise a floor when you get above it.
FLOORS = {'x86_64': (0.96, 0.94), 'aarch64': (0.81, 0.81), 'riscv64': (1, 1),
          's390x': (0.96, 0.96), 'ppc64': (0.79, 0.79)}
# the same for --bus, where nothing is pretended
BUS_FLOORS = {'x86_64': (0.92, 0.89), 'aarch64': (0.77, 0.77), 'riscv64': (1, 1),
              's390x': (0.86, 0.86), 'ppc64': (0.79, 0.79)}
REFUSED_FLOOR = 0.95
# A refusal says where in the document, what element, and by which rule.
REFUSAL = re.compile(r'line [1-9]\d*, column [1-9]\d*: <[\w:-]+>: .+ \(rule [\w-]+\)$', re.S)
SKIP = 77


def load_argvdiff(corpus):
    for folder in (corpus, corpus.parent):
        path = folder / 'argvdiff.py'
        if path.exists():
            spec = importlib.util.spec_from_file_location('argvdiff', path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            props = folder / 'common' / 'qemu72-device-props.json'
            if props.exists():
                module.Opt.props = json.loads(props.read_text())
            return module
    raise SystemExit('no argvdiff.py in %s' % corpus)


def run_tool(tool, cases, corpus, out):
    """One process for all: a line 'xml TAB result TAB roost.conf TAB processor' each on its input."""
    lines = []
    os.makedirs(out, exist_ok=True)
    pretence = Pretence(corpus, out)
    for case in cases:
        rest = '%s\t%s' % (host_config(case, out), pretence.processor(case))
        lines.append('%s\t%s\t%s\n' % (corpus / case['arch'] / 'xml' / case['xml'], result(out, case), rest))
        older = pretence.older_document(case)
        if older:
            lines.append('%s\t%s\t%s\n' % (older, result(out, case, '.older'), rest))
    proc = subprocess.run([tool, 'batch'], input=''.join(lines), text=True,
                          env=dict(os.environ, **pretence.environment()))
    if proc.returncode != 0:
        raise SystemExit('the tool ended with status %d' % proc.returncode)


def run_bus(harness, cases, corpus, out):
    """The same answers from a service that nobody has configured."""
    sys.path.insert(0, harness)
    from harness import Session, error_text  # pylint: disable=import-outside-toplevel
    from gi.repository import GLib  # pylint: disable=import-outside-toplevel
    with Session() as session:
        for case in cases:
            xml = (corpus / case['arch'] / 'xml' / case['xml']).read_text()
            try:
                answer = {'argv': session.manager('DomainXmlToArguments', 's', xml)}
            except GLib.Error as error:
                answer = {'error': error_text(error)}
            result(out, case).write_text(json.dumps(answer))


class Pretence:
    """The host on which a case was recorded: its firmware, its processor, and which version of a
    machine its QEMU had newest. What the corpus does not tell of it is the real host's."""

    def __init__(self, corpus, out):
        self.corpus, self.out = corpus, pathlib.Path(out)
        self.common = next((f / 'common' for f in (corpus, corpus.parent) if (f / 'common').is_dir()), None)
        path = self.common and self.common / 'environment.json'
        self.host = json.loads(path.read_text()) if path and path.exists() else {}

    def environment(self):
        if not self.common or not (self.common / 'firmware').is_dir():
            return {}
        folders = [str(self.common / 'firmware' / f / 'qemu/firmware') for f in ('usr/share', 'etc')]
        return {'ROOST_FIRMWARE_PATH': ':'.join(folders)}

    def older_document(self, case):
        """-> a document that says 'pc-q35-5.1' for 'q35', where the recording's QEMU was that old"""
        path = self.corpus / case['arch'] / 'xml' / case['xml']
        alias, machine = case.get('machine_xml'), case.get('machine_args')
        if case['tier'] != 'C' or not machine or alias == machine:
            return None
        copy = self.out / ('%s.%s.xml' % (case['arch'], case['case']))
        copy.write_text(re.sub(r"(machine=['\"])%s(['\"])" % re.escape(alias), r'\g<1>%s\g<2>' % machine,
                               path.read_text()))
        return copy

    def processor(self, case):
        groups = self.simple(case) if case['caps'] == 'synthetic' else self.recorded(case)
        if not groups:
            return ''
        path = self.out / ('%s.%s.cpu' % (case['arch'], case['case']))
        path.write_text(''.join('[%s]\n%s\n' % (name, '\n'.join('%s=%s' % pair for pair in keys.items()))
                                for name, keys in groups.items()))
        return path

    def simple(self, case):
        """One processor for everything, by name and features."""
        cpu = self.host.get('host_cpus', {}).get(self.host.get('default_host_cpu'))
        if not cpu or case['arch'] != 'x86_64' or 'host_cpu' in case['context']:
            return {}
        keys = {'model': cpu['model'], 'features': ';'.join(f.replace('_', '-') for f in cpu['features']),
                'is-all': 'true'}
        return {'kvm': keys, 'tcg': keys}

    def recorded(self, case):
        """From the domain capabilities that were recorded of the same QEMU and host."""
        version = case['caps'].rpartition('-')[2]
        found = {}
        for group, variants in (('kvm', ('', '-q35')), ('tcg', ('-tcg',))):
            for variant in variants:
                path = self.corpus / 'domaincaps' / ('qemu_%s%s.%s.xml' % (version, variant, case['arch']))
                mode = ET.parse(path).find("cpu/mode[@name='host-model']") if path.exists() else None
                if mode is not None and mode.find('model') is not None:
                    found[group] = self.keys_of(mode)
        return found

    @staticmethod
    def keys_of(mode):
        # QEMU itself leaves out what cannot migrate
        features = [(f.get('policy'), f.get('name').replace('_', '-')) for f in mode.findall('feature')
                    if f.get('name') != 'invtsc']
        return {'model': mode.findtext('model'),
                'features': ';'.join(n for p, n in features if p == 'require'),
                'missing': ';'.join(n for p, n in features if p == 'disable')}


# What the pretended host's administrator decided, and what that is called in roost.conf. Where
# certificates are belongs to it.
SETTINGS = {
    'vncTLS': ('vnc', 'tls'), 'vncTLSx509verify': ('vnc', 'tls-verify'), 'vncSASL': ('vnc', 'sasl'),
    'vncTLSx509secretUUID': ('vnc', 'tls-secret'), 'vncSASLdir': ('vnc', 'sasl-dir'),
    'vncAutoUnixSocket': ('vnc', 'auto-unix-socket'),
    'chardevTLS': ('chardev', 'tls'), 'chardevTLSx509verify': ('chardev', 'tls-verify'),
    'chardevTLSx509secretUUID': ('chardev', 'tls-secret'),
    'nbdTLSx509secretUUID': ('nbd', 'tls-secret'),
}
BASELINE = {('nbd', 'tls-dir'): '/etc/pki/libvirt-nbd/dummy,path'}


def host_config(case, out):
    """-> a roost.conf like that of the host that the case pretends, or nothing"""
    given = case['context'].get('driver_config')
    if not given:
        return ''
    values = dict(BASELINE)
    for name, value in given.items():
        if name in SETTINGS:
            values[SETTINGS[name]] = {'1': 'true', '0': 'false'}.get(value, value)
    path = pathlib.Path(out) / ('%s.%s.conf' % (case['arch'], case['case']))
    groups = collections.defaultdict(list)
    for (group, key), value in values.items():
        groups[group].append('%s=%s' % (key, value))
    path.write_text(''.join('[%s]\n%s\n' % (group, '\n'.join(lines))
                            for group, lines in groups.items()))
    return path


def result(out, case, suffix=''):
    return pathlib.Path(out) / ('%s.%s%s.json' % (case['arch'], case['case'], suffix))


def compare(diff, corpus, case, actuals):
    """-> guest equal, backends equal, differences: of the recording that comes nearest"""
    recordings = [str(corpus / case['arch'] / 'args' / case['args'])]
    peer = corpus / case['arch'] / 'peer72'
    other = diff.find_cmdline(str(peer), case['case']) if peer.is_dir() else None
    if other:
        recordings.append(other)
    found = [diff.compare(diff.read_argv(path), actual) for path in recordings for actual in actuals]
    best = max(found, key=lambda f: (f['guest_abi']['equal'], f['backends']['equal']))
    wrong = best['guest_abi']['differences'] + best['backends']['differences']
    return best['guest_abi']['equal'], best['backends']['equal'], wrong


def judge(diff, corpus, case, out):
    """-> (guest equal, backends equal, differences) or, for a refusal, (refused, None, text)"""
    answer = json.loads(result(out, case).read_text())
    if case['expect'] != 'args':
        return bool(REFUSAL.match(answer.get('error', ''))), None, [answer.get('error', 'was not refused')]
    if 'error' in answer:
        return False, False, ['error: ' + answer['error']]
    older = result(out, case, '.older')
    actuals = [answer['argv']] + [json.loads(path.read_text())['argv'] for path in (older,) if path.exists()]
    return compare(diff, corpus, case, actuals)


def table(rows):
    groups = collections.OrderedDict()
    for case, verdict in rows:
        kind = 'args' if case['expect'] == 'args' else 'refused'
        groups.setdefault((case['arch'], kind, case['tier']), []).append(verdict)
        groups.setdefault((case['arch'], kind, 'all'), []).append(verdict)
    print('%-9s %-8s %-4s %6s %14s %14s' % ('arch', 'kind', 'tier', 'cases', 'guest', 'backends'))
    for key in sorted(groups):
        found = groups[key]
        guest = sum(1 for v in found if v[0])
        line = '%-9s %-8s %-4s %6d %6d %6.1f%%' % (*key, len(found), guest, 100 * guest / len(found))
        if key[1] == 'args':
            both = sum(1 for v in found if v[0] and v[1])
            line += ' %6d %6.1f%%' % (both, 100 * both / len(found))
        print(line)
    return groups


def share(found, both):
    good = sum(1 for v in found if v[0] and (not both or v[1]))
    return good / len(found)


def floors_hold(groups, floors):
    good = True
    refused = [v for key, found in groups.items() if key[1] == 'refused' and key[2] == 'all'
               for v in found]
    for arch, (guest, backends) in floors.items():
        found = groups.get((arch, 'args', 'all'))
        if found:
            good = good and share(found, False) >= guest and share(found, True) >= backends
    return good and (not refused or share(refused, False) >= REFUSED_FLOOR)


def select(corpus, options):
    cases = json.loads((corpus / 'index.json').read_text())
    valid = {(case['arch'], case['xml']) for case in cases if case['expect'] == 'args'}
    for case in cases:
        if case['expect'] != 'args' and case.get('fails_on_72') is False:
            continue
        # A pretended host or an old QEMU refuses what another case must take: nothing to show here.
        if case['expect'] != 'args' and (case['arch'], case['xml']) in valid:
            continue
        if options.arch and case['arch'] != options.arch:
            continue
        if options.only and not fnmatch.fnmatch(case['case'], options.only):
            continue
        yield case


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('tool')
    parser.add_argument('--corpus', default=os.environ.get('ROOST_CORPUS'))
    parser.add_argument('--arch')
    parser.add_argument('--only', metavar='GLOB')
    parser.add_argument('--list', action='store_true', help='every difference of each case')
    parser.add_argument('--refusals', action='store_true', help='the text of each refusal')
    parser.add_argument('--keep', metavar='DIR', help='where the results stay')
    parser.add_argument('--bus', action='store_true', help='ask the service; TOOL: where harness.py is')
    options = parser.parse_args()
    if not options.corpus or not os.path.exists(os.path.join(options.corpus, 'index.json')):
        print('no corpus: set ROOST_CORPUS to its folder')
        return SKIP
    corpus = pathlib.Path(options.corpus)
    diff = load_argvdiff(corpus)
    cases = list(select(corpus, options))
    with contextlib.ExitStack() as stack:
        out = options.keep or stack.enter_context(tempfile.TemporaryDirectory())
        (run_bus if options.bus else run_tool)(options.tool, cases, corpus, out)
        rows = [(case, judge(diff, corpus, case, out)) for case in cases]
    for case, (guest, backends, wrong) in rows:
        if case['expect'] != 'args' and (options.refusals or not guest):
            print('%-8s %s %s: %s' % ('refused' if guest else 'TAKEN', case['arch'], case['case'],
                                      wrong[0]))
        if case['expect'] != 'args' or (guest and backends):
            continue
        print('%-8s %s %s' % ('GUEST' if not guest else 'backends', case['arch'], case['case']))
        for text in wrong if options.list else wrong[:2]:
            print('           %s' % text)
    groups = table(rows)
    return 0 if options.arch or options.only or floors_hold(groups, BUS_FLOORS if options.bus else FLOORS) else 1


if __name__ == '__main__':
    sys.exit(main())
