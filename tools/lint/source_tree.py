"""The files that the lints look at, and what a lint reports."""

import os
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

SKIPPED_FOLDERS = {"build", "node_modules", "__pycache__", "target"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


@dataclass(frozen=True, order=True)
class Violation:
    """One thing to put right, at a place in a file."""

    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Include:
    """One `#include` line: what is named, and whether it is named in quotes."""

    line: int
    name: str
    quoted: bool


class SourceTree:
    """The project's files below `root`; paths are relative to it, with forward slashes."""

    def __init__(self, root):
        self.root = Path(root).resolve()

    @cached_property
    def files(self):
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(
                f for f in folders if f not in SKIPPED_FOLDERS and not f.startswith(".")
            )
            relative = Path(folder).relative_to(self.root)
            found += [(relative / name).as_posix() for name in sorted(names)]
        return found

    def below(self, *folders, suffixes):
        """The files in these top folders whose names end in one of `suffixes`."""
        return [
            file
            for file in self.files
            if file.split("/")[0] in folders and file.endswith(tuple(suffixes))
        ]

    def cpp_files(self):
        return self.below("src", "tests", "bench", "examples", suffixes=(".h", ".cc"))

    @cache
    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    @cache
    def includes(self, path):
        return [
            Include(number, match[2], match[1] == '"')
            for number, line in enumerate(self.text(path).splitlines(), 1)
            if (match := INCLUDE.match(line))
        ]

    def resolve(self, path, include):
        """The project's file that `include`, found in `path`, names; None for foreign headers."""
        beside = os.path.normpath(os.path.join(os.path.dirname(path), include.name))
        for candidate in (f"src/{include.name}", f"tests/{include.name}", beside):
            if (self.root / candidate).is_file() and (include.quoted or candidate != beside):
                return candidate
        return None

    @cache
    def closure(self, path):
        """The sorted project files that compiling `path` reads, itself included."""
        seen, waiting = {path}, [path]
        while waiting:
            current = waiting.pop()
            for include in self.includes(current):
                target = self.resolve(current, include)
                if target and target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return sorted(seen)
