"""librabbitmq, the C client of Debian; the examples are in c/examples.c."""

import re

import pytest

import install
from programs import run_example

EXAMPLES = re.findall(r'\{"(\w+)", \w+\}', (install.HERE / "amqp/c/examples.c").read_text())


@pytest.mark.parametrize("example", EXAMPLES)
def test_librabbitmq(server, name, example):
    host, port = server.amqp.rsplit(":", 1)
    run_example([install.librabbitmq_examples(), example, host, port, name])
