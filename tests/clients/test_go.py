"""The Go clients franz-go and sarama; the examples are in go/."""

import pytest

import install
from programs import run_example

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("example", ["produceAndConsume", "compressions", "group", "admin"])
@pytest.mark.parametrize("client", ["franz-go", "sarama"])
def test_go(server, name, client, example):
    program = install.go_examples()
    if program is None:
        pytest.skip("go is too old")
    run_example([program, client, example, server.kafka, name])
