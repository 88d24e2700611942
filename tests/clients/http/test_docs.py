"""The curl lines in docs/: each is run, in the order of its page, and prints what the page says. `...` stands for anything."""

import pathlib
import re
import subprocess

import pytest

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


def matches(expected, printed):
    pattern = ".*".join(map(re.escape, expected.split("...")))
    return re.fullmatch(pattern, printed.replace("\r", "").strip("\n"), re.DOTALL) is not None


@pytest.mark.parametrize("page", ["http.md", "http_queues.md", "streams.md"])
def test_every_example_does_what_the_page_says(server, page):
    problems = []
    for number, command, expected in examples((DOCS / page).read_text()):
        here = command.replace("localhost:8080", server.http).replace("localhost:7700", server.addresses["any"])
        done = subprocess.run(["bash", "-c", here], capture_output=True, text=True, timeout=DEADLINE_S)
        if not matches(expected, done.stdout):
            problems.append(f"docs/{page}:{number}: $ {command}\nexpected: {expected}\nprinted:  {done.stdout}{done.stderr}")
    assert not problems, "\n\n".join(problems)


@pytest.mark.parametrize("expected, printed, is_match", [
    ('{"a":...}', '{"a":1,"b":2}', True),
    ('{"a":...}', '{"b":2}', False),
    ("ok", "ok\n", True),
    ("ok", "not ok\n", False),
])
def test_the_comparison_itself(expected, printed, is_match):
    assert matches(expected, printed) is is_match
