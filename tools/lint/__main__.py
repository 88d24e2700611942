"""Runs the lints: `python3 tools/lint [NAME...]`, all of them without a name, cheapest first.

Prints each violation as `path:line: what is wrong`, and exits with 1 when there is one. With `--fix`
it lets clang-tidy and clang-format put right what they can, and reports nothing.
"""

import sys
from pathlib import Path

import compile_commands
import conventions
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
    "conventions": conventions,
    "lengths": lengths,
    "format": formatting,
    "headers": headers,
    "tidy": tidy,
}


def run_lint(tree, name):
    """Prints the violations that one lint finds. Returns whether there were none."""
    count = 0
    for violation in LINTS[name].check(tree):
        print(violation, flush=True)
        count += 1
    print(f"{name}: {f'{count} violations' if count else 'ok'}", flush=True)
    return count == 0


def main(arguments):
    tree = SourceTree(Path(__file__).resolve().parents[2])
    try:
        if arguments == ["--fix"]:
            tidy.fix(tree)
            formatting.fix(tree)
            return
        for name in arguments:
            if name not in LINTS:
                sys.exit(f"no lint is called {name}; there are {', '.join(LINTS)}")
        passed = [run_lint(tree, name) for name in arguments or LINTS]
    except compile_commands.NotConfigured as problem:
        sys.exit(f"lint: {problem}")
    sys.exit(0 if all(passed) else 1)


main(sys.argv[1:])
