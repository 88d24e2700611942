"""How the preset `dev` compiles each file, from its compile_commands.json."""

import json
import os
import shlex

DATABASE = "build/dev/compile_commands.json"


class NotConfigured(Exception):
    """The preset `dev` was never configured, so there is no compile database."""


def read(tree):
    """The compile command of each of the project's files, without launcher, source and outputs."""
    file = tree.root / DATABASE
    if not file.is_file():
        raise NotConfigured(f"{DATABASE} is missing; run: cmake --preset dev")
    commands = {}
    for entry in json.loads(file.read_text()):
        path = entry["file"].removeprefix(f"{tree.root}/")
        words = shlex.split(entry["command"])
        if words[0].endswith("ccache"):
            words = words[1:]
        # The database outlives files that were deleted since it was written.
        if not path.startswith("/") and (tree.root / path).is_file():
            commands[path] = words[: words.index("-o")]
    return commands


def for_header(path, commands):
    """The command of the source nearest to a header: they share their flags."""
    if not commands:
        raise NotConfigured(f"{DATABASE} is empty: there is no source file to take flags from")
    return commands[max(commands, key=lambda source: len(os.path.commonprefix([source, path])))]
