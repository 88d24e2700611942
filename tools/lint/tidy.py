"""clang-tidy 19 over every source file that the preset `dev` compiles, and over the headers that none
of them includes; .clang-tidy says with what."""

import re
import subprocess

import compile_commands
import passes
from source_tree import Violation

TOOL = "clang-tidy-19"
# A defaulted constructor has no body until something uses it, and this check takes that for a hole.
NOT_FOR_HEADERS = "--checks=-cppcoreguidelines-pro-type-member-init"
AS_HEADER = ["-Wno-unused", "-Wno-pragma-once-outside-header", "-x", "c++-header"]
FINDING = re.compile(r"^(\S+?):(\d+):\d+: (?:warning|error): (.*)$")


def command_for(tree, path, flags):
    checks = [NOT_FOR_HEADERS] if path.endswith(".h") else []
    return [TOOL, "--quiet", "--use-color=false", *checks, str(tree.root / path), "--", *flags[1:]]


def findings(tree, path, text):
    """The tool's findings as violations; all of its text when it has none, as after a crash."""
    found = []
    for line in text.splitlines():
        if match := FINDING.match(line):
            place = match[1].removeprefix(f"{tree.root}/")
            found.append(Violation(place, int(match[2]), match[3]))
    return found or [Violation(path, 1, f"{TOOL} failed:\n{text}")]


def jobs_for(tree):
    if not tree.cpp_files():
        return []
    commands = dict(sorted(compile_commands.read(tree).items()))
    seen = {file for source in commands for file in tree.closure(source)}
    flags_of = dict(commands)
    for path in tree.cpp_files():
        if path.endswith(".h") and path not in seen:
            flags_of[path] = [*compile_commands.for_header(path, commands), *AS_HEADER]
    return [
        (path, command_for(tree, path, flags), [".clang-tidy"]) for path, flags in flags_of.items()
    ]


def check(tree):
    reported = set()  # a header's finding comes from every file that includes it
    for path, text in passes.run_all(tree, jobs_for(tree)):
        for violation in findings(tree, path, text):
            if violation not in reported:
                reported.add(violation)
                yield violation


def fix(tree):
    """Applies clang-tidy's fixes, one file after another: two may want to edit the same header."""
    jobs = jobs_for(tree)
    commands = {path: command for path, command, _ in jobs}
    failing = [path for path, _ in passes.run_all(tree, jobs)]
    for path in failing:
        command = [TOOL, "--fix", "--format-style=file", *commands[path][1:]]
        subprocess.run(
            command, cwd=tree.root, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
