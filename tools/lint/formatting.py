"""Every C++ file is laid out as clang-format 19 lays it out."""

import subprocess

import passes
from source_tree import Violation

TOOL = "clang-format-19"


def check(tree):
    jobs = [
        (path, [TOOL, "--dry-run", "--Werror", path], [".clang-format"])
        for path in tree.cpp_files()
    ]
    for path, text in passes.run_all(tree, jobs):
        first = text.splitlines()[0].split(":")
        line = int(first[1]) if len(first) > 1 and first[1].isdigit() else 1
        yield Violation(path, line, "is not formatted; run ./dev fix")


def fix(tree):
    if files := tree.cpp_files():
        subprocess.run([TOOL, "-i", *files], cwd=tree.root, check=True)
