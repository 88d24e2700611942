"""amqplib, the JavaScript client; the examples are in amqplib/examples.js."""

import os
import re

import pytest

import install
from broker import url
from programs import run_example

SCRIPT = install.HERE / "amqp/amqplib/examples.js"
EXAMPLES = re.findall(r"^  async (\w+)\(connection\)", SCRIPT.read_text(), re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES)
def test_amqplib(server, name, example):
    environment = dict(os.environ, NODE_PATH=str(install.amqplib() / "node_modules"))
    run_example(["node", SCRIPT, example, url(server), name], environment)
