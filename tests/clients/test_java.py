"""The Java client, newest and 2.8; the examples are in java/."""

import pytest

import install
from programs import run_example

EXAMPLES = ["produceAndConsume", "compressions", "idempotentFromManyThreads", "largeRecords", "seekByTime",
            "commitAndResume", "groupEager", "groupCooperative", "staticMember", "manyPartitions", "admin",
            "adminGroups"]
# Each example starts a JVM.
IN_FAST_SET = {"newest": {"produceAndConsume", "compressions", "idempotentFromManyThreads", "groupCooperative", "seekByTime",
                          "admin"},
               "older": {"produceAndConsume", "groupEager"}}


def cases():
    for version in install.JAVA_CLIENT_VERSIONS:
        for example in EXAMPLES:
            age = "newest" if version == install.JAVA_CLIENT_VERSIONS[0] else "older"
            marks = [] if example in IN_FAST_SET[age] else [pytest.mark.slow]
            yield pytest.param(version, example, marks=marks, id=f"{version}-{example}")


def run(version, server, topic, example, **client):
    settings = [f"{key.replace('_', '.')}={value}" for key, value in client.items()]
    run_example(["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", install.java_examples(version),
                 "Examples", example, server.kafka, topic, *settings])


@pytest.mark.parametrize("version, example", cases())
def test_java(server, name, version, example):
    run(version, server, name, example)


@pytest.mark.parametrize("version", install.JAVA_CLIENT_VERSIONS)
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", *(pytest.param(mechanism, marks=pytest.mark.slow)
                                                          for mechanism in ("PLAIN", "SCRAM-SHA-512"))])
def test_sasl_over_tls(start_server, certificate, name, version, mechanism):
    server = start_server(users={"alice": "alice-secret"}, tls=certificate)
    module = "plain.PlainLoginModule" if mechanism == "PLAIN" else "scram.ScramLoginModule"
    login = f"org.apache.kafka.common.security.{module} required username=alice password=\"alice-secret\";"
    run(version, server, name, "produceAndConsume", security_protocol="SASL_SSL", sasl_mechanism=mechanism,
        sasl_jaas_config=login, ssl_truststore_type="PEM", ssl_truststore_location=certificate.authority)
