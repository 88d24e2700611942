"""Runs a compiler-like tool over many files at once, and remembers which files it had nothing to say
about, so that unchanged files cost nothing."""

import hashlib
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

CACHE_FOLDER = Path("build/lint-passes")


@cache
def version_of(tool):
    return subprocess.run([tool, "--version"], capture_output=True, check=True).stdout


def key_of(tree, path, command, extra_files=()):
    """A hash of everything that the tool's answer depends on: its version, the command, and the
    project's files that it reads. Packages change by version, hence with the compiler's image."""
    digest = hashlib.sha256()
    digest.update(version_of(command[0]))
    digest.update("\0".join(command).replace(str(tree.root), "").encode())
    for file in [*tree.closure(path), *extra_files]:
        digest.update(f"\0{file}\0".encode())
        digest.update((tree.root / file).read_bytes())
    return digest.hexdigest()


def run_all(tree, jobs):
    """Runs `jobs`, tuples of (path, command, extra files), and yields (path, text) of failures."""
    folder = tree.root / CACHE_FOLDER
    folder.mkdir(parents=True, exist_ok=True)

    def run(job):
        path, command, extra_files = job
        passed = folder / key_of(tree, path, command, extra_files)
        if passed.exists():
            return path, None
        result = subprocess.run(
            command,
            cwd=tree.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if result.returncode == 0:
            passed.touch()
            return path, None
        return path, result.stdout.strip() or f"exit status {result.returncode}"

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for path, text in pool.map(run, jobs):
            if text is not None:
                yield path, text
