#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the form of GetDomainCapabilities with what libvirt's clients know.

    domaincaps.py HARNESS-FOLDER [--corpus DIR] [--show]

DIR (default: $ROOST_CORPUS) holds domaincaps/*.xml, recorded of other versions of QEMU on other
hosts. So values may differ, but each element, attribute and enumeration that a recording has must be
in ours for the same architecture, in the same order; and what ours adds is listed. Without a corpus
the test is skipped (exit status 77).
"""
import argparse
import os
import pathlib
import sys
import xml.etree.ElementTree as ET

SKIP = 77
# What is there only when the host, or another QEMU, has it.
OPTIONAL = {
    'sev/cbitpos', 'sev/reducedPhysBits', 'sev/maxGuests', 'sev/maxESGuests',
    'tpm/enum backendVersion', 'redirdev/enum bus', 'tpm/enum model', 'tpm/enum backendModel',
    'mode host-passthrough/enum hostPassthroughMigratable', 'loader/value', 'mode host-model/vendor',
    'mode host-model/feature', 'mode host-model/model', 'features/hyperv',
}


def name_of(element):
    name = element.get('name') if element.tag in ('enum', 'mode') else None
    return element.tag + (' ' + name if name else '')


def shape(element):
    """-> the elements below, as 'parent/child' in their order, each once; values of enumerations
    are no shape"""
    found = []

    def walk(parent):
        for child in parent:
            if child.tag == 'value' and parent.tag == 'enum':
                continue
            path = '%s/%s' % (name_of(parent), name_of(child))
            if path not in found:
                found.append(path)
            walk(child)
    walk(element)
    return found


def is_ordered(recorded, ours):
    places = [ours.index(path) for path in recorded if path in ours]
    return places == sorted(places)


def compare(recorded, ours):
    wrong = ['%s is missing' % path for path in recorded if path not in ours and path not in OPTIONAL]
    return wrong if is_ordered(recorded, ours) else wrong + ['the elements have another order']


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('harness')
    parser.add_argument('--corpus', default=os.environ.get('ROOST_CORPUS'))
    parser.add_argument('--show', action='store_true')
    args = parser.parse_args()
    folder = pathlib.Path(args.corpus or '') / 'domaincaps'
    if not args.corpus or not folder.is_dir():
        print('no corpus; name one with $ROOST_CORPUS')
        return SKIP
    sys.path.insert(0, args.harness)
    from harness import MANAGER, ROOTPATH, Session  # pylint: disable=import-outside-toplevel
    bad = 0
    with Session() as session:
        for path in sorted(folder.glob('*.xml')):
            recorded = ET.parse(path).getroot()
            options = {'arch': recorded.findtext('arch')}
            if 'q35' in path.name:
                options['machine'] = 'q35'
            text = session.with_options(ROOTPATH, MANAGER, 'GetDomainCapabilities', '', (), 60, options)
            wrong = compare(shape(recorded), shape(ET.fromstring(text)))
            bad += bool(wrong)
            for line in wrong:
                print('%s: %s' % (path.name, line))
            if args.show:
                extra = [p for p in shape(ET.fromstring(text)) if p not in shape(recorded)]
                print('%s: ours has besides: %s' % (path.name, ', '.join(extra)))
    print('%d documents have another form' % bad)
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
