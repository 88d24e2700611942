"""Every header compiles alone: it includes what it uses."""

import compile_commands
import passes
from source_tree import Violation


def check(tree):
    headers = [path for path in tree.cpp_files() if path.endswith(".h")]
    if not headers:
        return
    commands = compile_commands.read(tree)
    jobs = []
    for path in headers:
        flags = compile_commands.for_header(path, commands)
        # A header alone uses little of what it defines; and it is not a main file.
        quiet = ["-Wno-unused", "-Wno-pragma-once-outside-header", "-fno-color-diagnostics"]
        jobs.append((path, [*flags, *quiet, "-fsyntax-only", "-x", "c++-header", path], []))
    for path, text in passes.run_all(tree, jobs):
        yield Violation(path, 1, "does not compile alone:\n" + text)
