"""What STYLE asks of names and of the text itself, where a machine can tell: how a header opens, words
that say nothing in a file's name, and notes about work that is not done."""

import re
from pathlib import PurePosixPath

from source_tree import Violation

EMPTY_WORDS = {"mgr", "ctx", "impl", "util", "utils", "common", "helper", "helpers", "misc"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
ROOTS = ("src", "tests", "bench", "tools", "examples")
WRITTEN_BY_HAND = (".h", ".cc", ".py", ".js", ".java", ".sh", ".md")


def check_header(tree, path):
    lines = tree.text(path).splitlines()
    if not lines or not lines[0].startswith("// "):
        yield Violation(path, 1, "a header opens with a comment that says what it is")
    if "#pragma once" not in lines:
        yield Violation(path, 1, "has no #pragma once")


def check(tree):
    for path in tree.below(*ROOTS, suffixes=WRITTEN_BY_HAND):
        if path.startswith("tools/lint/"):
            continue  # names the words that it looks for
        for word in re.split(r"[_\-.]", PurePosixPath(path).name):
            if word.lower() in EMPTY_WORDS:
                yield Violation(path, 1, f'"{word}" in a file\'s name does not say what is in it')
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            if match := UNFINISHED.search(line):
                yield Violation(path, number, f"{match[0]}: finish it, or open an issue")
        if path.endswith(".h"):
            yield from check_header(tree, path)
