"""confluent-kafka (librdkafka), latest and 1.9.2: users, passwords and TLS."""

import os
import shutil
import signal
import ssl

import confluent_kafka
import pytest
from confluent_kafka import KafkaError
from confluent_kafka.admin import AdminClient

from certificates import Certificate
from librdkafka import DEADLINE_S, consume_values, produce
from server import wait_until

USERS = {"alice": "alice's secret", "bob": "correct horse, battery \"staple\" \u00fc"}
MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


def credentials(mechanism, user="alice", password=None, certificate=None):
    return {"security.protocol": "SASL_SSL" if certificate else "SASL_PLAINTEXT", "sasl.mechanism": mechanism,
            "sasl.username": user, "sasl.password": password or USERS[user]} | trust(certificate)


def trust(certificate):
    return {"ssl.ca.location": str(certificate.authority)} if certificate else {}


def errors_of(server, wanted=frozenset({KafkaError._AUTHENTICATION, KafkaError._ALL_BROKERS_DOWN}), **client):
    """The codes of the errors that a producer reports until one of them is wanted."""
    codes = []
    producer = confluent_kafka.Producer({"bootstrap.servers": server.kafka, **client,
                                         "error_cb": lambda error: codes.append(error.code())})

    def refused():
        producer.poll(0.1)
        return set(wanted) & set(codes)

    wait_until(refused, "the client is refused", DEADLINE_S)
    return set(codes)


@pytest.fixture(autouse=True)
def skip_what_kafka_4_refuses(request):
    """Before 2.6.1 librdkafka puts its own nonce into the last SCRAM message twice (librdkafka issue 4895).

    Brokers before Apache Kafka 4 took that, and so does Koine: the server's nonce is still there, and the
    proof covers the message as it was sent.
    """
    scram = getattr(request.node, "callspec", None) and "SCRAM" in request.node.callspec.params.get("mechanism", "")
    if request.config.peer_is_kafka and scram and confluent_kafka.libversion()[1] < 0x02060100:
        pytest.skip("Apache Kafka 4 refuses SCRAM of librdkafka before 2.6.1")


@pytest.fixture
def users(request):
    """Apache Kafka's properties cannot hold every password that a user may choose."""
    return {"alice": "alice-secret"} if request.config.peer_is_kafka else USERS


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("encrypted", [False, True], ids=["plaintext", "tls"])
def test_user_and_password(start_server, certificate, users, name, mechanism, encrypted):
    server = start_server(users=users, tls=certificate if encrypted else None)
    for user, password in users.items():
        client = credentials(mechanism, user, password, certificate if encrypted else None)
        topic = f"{name}-{user}"
        produce(server, topic, ["hidden"], **client)
        assert consume_values(server, topic, 1, **client) == [b"hidden"]


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_wrong_password_and_unknown_user_are_refused(start_server, users, name, mechanism):
    server = start_server(users=users)
    assert KafkaError._AUTHENTICATION in errors_of(server, **credentials(mechanism, "alice", "wrong"))
    assert KafkaError._AUTHENTICATION in errors_of(server, **credentials(mechanism, "mallory", "wrong"))
    produce(server, name, ["still served"], **credentials(mechanism, "alice", users["alice"]))


def test_unknown_mechanism_is_refused(start_server, users):
    server = start_server(users=users)
    client = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "OAUTHBEARER",
              "enable.sasl.oauthbearer.unsecure.jwt": True, "sasl.oauthbearer.config": "principal=alice"}
    assert errors_of(server, **client) & {KafkaError._AUTHENTICATION, KafkaError._ALL_BROKERS_DOWN}


def test_who_does_not_authenticate_gets_nothing(start_server, users):
    server = start_server(users=users)
    client = AdminClient({"bootstrap.servers": server.kafka})
    with pytest.raises(confluent_kafka.KafkaException):
        client.list_topics(timeout=3)


def test_tls(start_server, certificate, name):
    server = start_server(tls=certificate)
    client = {"security.protocol": "SSL", **trust(certificate)}
    values = [b"%d" % number * 1000 for number in range(3000)]
    produce(server, name, values, **client)
    assert consume_values(server, name, len(values), **client) == values


def test_tls_client_that_does_not_know_the_authority_leaves(start_server, certificate, tmp_path, name):
    server = start_server(tls=certificate)
    client = {"security.protocol": "SSL", **trust(Certificate(tmp_path)), "reconnect.backoff.max.ms": 100}
    # librdkafka tries again and again; when the server answers its first call of SSL_connect fast enough for that call
    # to fail, it says _TRANSPORT.
    errors_of(server, wanted={KafkaError._SSL}, **client)
    produce(server, name, ["x"], **{"security.protocol": "SSL", **trust(certificate)})


@pytest.mark.koine_only
def test_plaintext_and_tls_on_one_port(start_server, certificate, name):
    server = start_server(tls=certificate)
    produce(server, name, ["in clear"])
    produce(server, name, ["encrypted"], **{"security.protocol": "SSL", **trust(certificate)})
    assert consume_values(server, name, 2) == [b"in clear", b"encrypted"]


@pytest.mark.koine_only
def test_port_for_any_protocol_serves_kafka(start_server, certificate, name):
    server = start_server(tls=certificate)
    produce(server, name, ["in clear"], **{"bootstrap.servers": server.any})
    client = {"bootstrap.servers": server.any, "security.protocol": "SSL", **trust(certificate)}
    assert consume_values(server, name, 1, **client) == [b"in clear"]


@pytest.mark.koine_only
def test_certificate_is_read_again_on_sighup(start_server, certificate, tmp_path):
    home = tmp_path / "served"
    home.mkdir()
    served = Certificate(home)
    server = start_server(tls=served)
    host, port = server.kafka.split(":")

    def presented():
        return ssl.get_server_certificate((host, int(port)), timeout=DEADLINE_S)

    assert presented() == served.certificate.read_text()
    shutil.copy(certificate.certificate, served.certificate)
    shutil.copy(certificate.key, served.key)
    os.kill(server.pid, signal.SIGHUP)
    wait_until(lambda: presented() == certificate.certificate.read_text(), "the new certificate is presented")


@pytest.mark.koine_only
def test_passwords_are_not_on_disk_in_clear(start_server, name):
    server = start_server(users=USERS)
    produce(server, name, ["x"], **credentials("PLAIN"))
    for path in server.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(password.encode() in content for password in USERS.values()), path
