"""The examples in docs/, run in the order of their page: curl lines print what the page says, WebSockets hear it. `...` stands for
anything; in what a WebSocket's client says, for the lease that it was given last."""

import json
import pathlib
import re
import subprocess

import pytest
from websockets.sync.client import connect

DOCS = pathlib.Path(__file__).resolve().parents[3] / "docs"
DEADLINE_S = 60


def examples(text):
    """(line number, command, expected output) of each `$ ` line in the page's ```console blocks."""
    found = []
    in_block = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            in_block = line == "```console"
        elif in_block and line.startswith("$ "):
            found.append([number, line[2:], []])
        elif in_block and found[-1][1].count("'") % 2 == 1:  # a text in quotes goes on
            found[-1][1] += "\n" + line
        elif in_block:
            found[-1][2].append(line)
    return [(number, command, "\n".join(expected)) for number, command, expected in found]


def dialogues(text):
    """(line number, lines) of each ```websocket block; a line is what the client says (`> `) or hears (`< `)."""
    found = []
    in_block = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            in_block = line == "```websocket"
            if in_block:
                found.append((number, []))
        elif in_block:
            found[-1][1].append(line)
    return found


def matches(expected, printed):
    pattern = ".*".join(map(re.escape, expected.split("...")))
    return re.fullmatch(pattern, printed.replace("\r", "").strip("\n"), re.DOTALL) is not None


def run_command(server, place, command, expected):
    here = command.replace("localhost:8080", server.http).replace("localhost:7700", server.addresses["any"])
    done = subprocess.run(["bash", "-c", here], capture_output=True, text=True, timeout=DEADLINE_S)
    if matches(expected, done.stdout):
        return []
    return [f"{place}: $ {command}\nexpected: {expected}\nprinted:  {done.stdout}{done.stderr}"]


def run_dialogue(server, place, lines):
    lease = ""
    with connect(f"ws://{server.http}/v1/stream") as socket:
        for line in lines:
            if line.startswith("> "):
                socket.send(line[2:].replace("...", lease))
                continue
            heard = socket.recv(timeout=DEADLINE_S)
            lease = json.loads(heard).get("message", {}).get("lease", lease)
            if not matches(line[2:], heard):
                return [f"{place}: expected: {line[2:]}\nheard:    {heard}"]
    return []


@pytest.mark.parametrize("page", ["http.md", "http_queues.md", "streams.md"])
def test_every_example_does_what_the_page_says(server, page):
    text = (DOCS / page).read_text()
    found = [(number, run_command, what) for number, *what in examples(text)]
    found += [(number, run_dialogue, [lines]) for number, lines in dialogues(text)]
    problems = []
    for number, run, what in sorted(found, key=lambda each: each[0]):
        problems += run(server, f"docs/{page}:{number}", *what)
    assert not problems, "\n\n".join(problems)


@pytest.mark.parametrize("expected, printed, is_match", [
    ('{"a":...}', '{"a":1,"b":2}', True),
    ('{"a":...}', '{"b":2}', False),
    ("ok", "ok\n", True),
    ("ok", "not ok\n", False),
])
def test_the_comparison_itself(expected, printed, is_match):
    assert matches(expected, printed) is is_match
