"""The RabbitMQ Java client; the examples are in java/AmqpExamples.java."""

import re

import pytest

import install
from broker import url
from programs import run_example

SOURCE = install.HERE / "amqp/java/AmqpExamples.java"
EXAMPLES = re.findall(r'examples\.put\("(\w+)"', SOURCE.read_text())
# Each example starts a JVM.
IN_FAST_SET = {"publishAndConsume", "confirmsByListener", "headersOfEveryType", "rpc", "refusals"}


@pytest.mark.parametrize("example", [
    example if example in IN_FAST_SET else pytest.param(example, marks=pytest.mark.slow) for example in EXAMPLES])
def test_java(server, name, example):
    run_example(["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", install.java_amqp_examples(),
                 "AmqpExamples", example, url(server), name])
