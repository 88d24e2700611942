"""kafkajs, the JavaScript client; the examples are in kafkajs/examples.js."""

import json
import os

import pytest

import install
from programs import run_example

# kafkajs sends heartbeats between two fetches, which wait for 5 s: a group with two members takes 20.
EXAMPLES = ["produceAndConsume", "gzip", "idempotent", "resume", pytest.param("group", marks=pytest.mark.slow),
            "seekByTime", "admin"]


def run(server, topic, example, **client):
    environment = dict(os.environ, NODE_PATH=str(install.kafkajs() / "node_modules"))
    run_example(["node", install.HERE / "kafkajs/examples.js", example, server.kafka, topic, json.dumps(client)],
                environment)


@pytest.mark.parametrize("example", EXAMPLES)
def test_kafkajs(server, name, example):
    run(server, name, example)


@pytest.mark.parametrize("mechanism", ["plain", "scram-sha-256", "scram-sha-512"])
@pytest.mark.parametrize("encrypted", [False, True], ids=["plaintext", "tls"])
def test_sasl(start_server, certificate, name, mechanism, encrypted):
    server = start_server(users={"alice": "alice-secret"}, tls=certificate if encrypted else None)
    sasl = {"mechanism": mechanism, "username": "alice", "password": "alice-secret"}
    trust = {"ssl": {"ca": [certificate.authority.read_text()]}} if encrypted else {}
    run(server, name, "produceAndConsume", sasl=sasl, **trust)
