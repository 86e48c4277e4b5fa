# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the scripts share that look at other recordings than command lines."""
import argparse
import json
import os
import pathlib
import sys

SKIP = 77


def parser():
    parser = argparse.ArgumentParser()
    parser.add_argument('tool')
    parser.add_argument('--corpus', default=os.environ.get('ROOST_CORPUS'))
    return parser


def corpus_of(args):
    """-> the folder; ends the script when there is none"""
    if not args.corpus or not os.path.exists(os.path.join(args.corpus, 'other-index.json')):
        print('no corpus; name one with $ROOST_CORPUS')
        sys.exit(SKIP)
    return pathlib.Path(args.corpus)


def entries(corpus, *categories):
    return [e for e in json.loads((corpus / 'other-index.json').read_text()) if e['category'] in categories]
