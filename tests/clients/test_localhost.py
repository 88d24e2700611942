"""By default the server is at both addresses of localhost: clients try either first, and some give up if it refuses."""

import json
import socket
import subprocess

import pytest

from server import ServerError

DEADLINE_S = 60

pytestmark = pytest.mark.koine_only


def ipv6_listener():
    listener = socket.socket(socket.AF_INET6)
    listener.bind(("::1", 0))
    listener.listen()
    return listener


@pytest.fixture(autouse=True)
def ipv6():
    try:
        ipv6_listener().close()
    except OSError as error:
        pytest.skip(f"no IPv6 on this machine: {error}")


def port_of(address):
    return int(address.rsplit(":", 1)[1])


def kcat(broker, *arguments, text=None):
    done = subprocess.run(["kcat", "-b", broker, *arguments], input=text, text=True, capture_output=True,
                          timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_listener_is_at_both_addresses(server):
    for address in server.addresses.values():
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port_of(address)), timeout=10).close()


def test_clients_stay_at_the_address_that_they_reached(server, name):
    port = port_of(server.kafka)
    kcat(f"[::1]:{port}", "-P", "-t", name, text="one\n")
    assert kcat(f"localhost:{port}", "-C", "-t", name, "-e", "-q") == "one\n"
    (broker,) = json.loads(kcat(f"[::1]:{port}", "-L", "-t", name, "-J"))["brokers"]
    assert broker["name"] == f"::1:{port}"  # as librdkafka writes [::1]:port


def test_an_address_of_ipv4_is_that_alone(start_server):
    server = start_server(settings={"listen.kafka": "127.0.0.1:0"})
    with pytest.raises(OSError):
        socket.create_connection(("::1", port_of(server.kafka)), timeout=10)


def test_somebody_else_at_the_other_address_is_an_error(start_server):
    with ipv6_listener() as other:
        port = other.getsockname()[1]
        with pytest.raises(ServerError, match=f"listen.kafka: port {port} of ::1 is in use; set listen.kafka"):
            start_server(settings={"listen.kafka": f"localhost:{port}"})
