"""Runs the lints: `python3 tools/lint [NAME...]`, all of them without a name, cheapest first.

Prints each violation as `path:line: what is wrong`, and exits with 1 when there is one.
"""

import sys
from pathlib import Path

import compile_commands
import formatting
import headers
import layers
import lengths
import readmes
import tidy
from source_tree import SourceTree

LINTS = {
    "layers": layers,
    "readmes": readmes,
    "lengths": lengths,
    "format": formatting,
    "headers": headers,
    "tidy": tidy,
}


def main(names):
    for name in names:
        if name not in LINTS:
            sys.exit(f"no lint is called {name}; there are {', '.join(LINTS)}")
    tree = SourceTree(Path(__file__).parents[2])
    failed = []
    for name in names or LINTS:
        count = 0
        try:
            for violation in LINTS[name].check(tree):
                print(violation, flush=True)
                count += 1
        except compile_commands.NotConfigured as problem:
            sys.exit(f"{name}: {problem}")
        print(f"{name}: {f'{count} violations' if count else 'ok'}", flush=True)
        if count:
            failed.append(name)
    sys.exit(1 if failed else 0)


main(sys.argv[1:])
