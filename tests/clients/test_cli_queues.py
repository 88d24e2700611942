"""The command line's view of queues, exchanges and dead letters (`koine queue`, `exchange`, `bind`, `route`), which asks as any
HTTP client does; an example of each command."""

import json
import urllib.request

import pytest

from server import wait_until
from test_cli import CommandLine

pytestmark = pytest.mark.koine_only


@pytest.fixture
def koine(server):
    return CommandLine(server, address=server.http)


def send(server, queue, *bodies, **headers):
    for body in bodies:
        request = urllib.request.Request(f"http://{server.http}/v1/queues/{queue}/messages", body.encode(), method="POST",
                                         headers={"Content-Type": "text/plain", **headers})
        assert urllib.request.urlopen(request).status == 201


def rows(table):
    """The cells of each line but the first."""
    return [line.split() for line in table.splitlines()[1:]]


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_queue_declare_list_describe_delete(koine):
    koine("queue", "declare", "email", "--set", "message_ttl_ms=60000", "--set", "overflow=reject_publish")
    koine("queue", "declare", "sms")
    assert rows(koine("queue", "list")) == [["email", "0", "0", "0", "0"], ["sms", "0", "0", "0", "0"]]
    described = koine("queue", "describe", "email")
    assert described.startswith("queue email\n")
    assert "  message_ttl_ms = 60000\n" in described and "  overflow = reject_publish\n" in described
    assert koine("queue", "delete", "email") == "0 messages deleted with it\n"
    assert [queue["name"] for queue in lines(koine("queue", "list", "--json"))] == ["sms"]


def test_queue_commands_name_what_is_wrong(koine, server):
    assert "no queue 'none'" in koine.refused("queue", "describe", "none")
    koine("queue", "declare", "email", "--set", "length_max=5")
    assert "length_max 5, expected 6" in koine.refused("queue", "declare", "email", "--set", "length_max=6")
    assert "lenght_max: unknown field" in koine.refused("queue", "declare", "q", "--set", "lenght_max=6")
    assert "NAME=VALUE" in koine.refused("queue", "declare", "q", "--set", "length_max")
    assert "sort" in koine.refused("queue", "list", "--sort", "color")
    send(server, "email", "1")
    assert "not empty" in koine.refused("queue", "delete", "email", "--if-empty")


def test_queue_list_has_all_pages_sorted_by_a_figure(koine, server):
    for number in range(1100):
        request = urllib.request.Request(f"http://{server.http}/v1/queues/q{number}", method="PUT")
        urllib.request.urlopen(request)
    send(server, "q7", "1", "2")
    send(server, "q900", "1")
    listed = [row[0] for row in rows(koine("queue", "list", "--sort", "-ready"))]
    assert listed[:2] == ["q7", "q900"] and len(set(listed)) == 1100
    assert len(rows(koine("queue", "list", "--search", "q10"))) == 111


def test_queue_peek_and_purge(koine, server):
    koine("queue", "declare", "email")
    send(server, "email", "hello", "world", **{"Koine-Header-Shop": "north"})
    assert rows(koine("queue", "peek", "email", "--limit", 1)) == [["email", "false", "hello"]]
    peeked = lines(koine("queue", "peek", "email", "--json"))
    assert [message["value"] for message in peeked] == ["hello", "world"]
    assert peeked[0]["headers"] == {"Shop": "north"}
    assert koine("queue", "purge", "email") == "2 messages dropped\n"
    assert rows(koine("queue", "peek", "email")) == []


def test_queue_move_what_matches(koine, server):
    koine("queue", "declare", "from")
    koine("queue", "declare", "to")
    send(server, "from", "red 1", "red 2", "red 3", **{"Koine-Header-Color": "red"})
    send(server, "from", "blue", **{"Koine-Header-Color": "blue"})
    matching = ("queue", "move", "from", "--to", "to", "--header", "Color=red", "--limit", 2)
    assert koine(*matching, "--dry-run") == "2 messages would be moved, of 2 that match\n  2 to to\n"
    assert len(rows(koine("queue", "peek", "to"))) == 0
    assert koine(*matching) == "2 messages moved, of 2 that match\n  2 to to\n"
    assert [message["value"] for message in lines(koine("queue", "peek", "to", "--json"))] == ["red 1", "red 2"]
    assert [message["value"] for message in lines(koine("queue", "peek", "from", "--json"))] == ["red 3", "blue"]
    koine("queue", "move", "from", "--to-exchange", "amq.default", "--to-key", "to")
    assert len(rows(koine("queue", "peek", "to"))) == 4


def test_dead_letters_are_listed_sent_back_and_discarded(koine, server):
    koine("queue", "declare", "dead")
    koine("queue", "declare", "work", "--set", "dead_letter_exchange=", "--set", "dead_letter_routing_key=dead",
          "--set", "message_ttl_ms=1")
    send(server, "work", "1", "2", "3")
    wait_until(lambda: rows(koine("queue", "dlq", "list")) == [["dead", "3", "work", "expired", "work", "3"]],
               "three dead letters")
    assert koine("queue", "dlq", "redrive", "dead", "--dry-run") == \
        "3 messages would be moved, of 3 that match\n  3 to work\n"
    assert koine("queue", "dlq", "redrive", "dead", "--reason", "rejected") == "0 messages moved, of 0 that match\n"
    assert koine("queue", "dlq", "redrive", "dead", "--limit", 2).startswith("2 messages moved")
    wait_until(lambda: len(rows(koine("queue", "peek", "dead"))) == 3, "they die again")
    assert koine("queue", "dlq", "discard", "dead") == "3 messages discarded, of 3 that match\n"
    assert rows(koine("queue", "peek", "dead")) == []


def test_exchanges_bindings_and_routes(koine):
    koine("exchange", "declare", "shop", "--type", "topic")
    assert "type topic, expected fanout" in koine.refused("exchange", "declare", "shop", "--type", "fanout")
    koine("queue", "declare", "email")
    koine("bind", "add", "shop", "email", "--key", "order.*")
    assert rows(koine("bind", "list", "--source", "shop")) == [["shop", "queue", "email", "order.*"]]
    assert ["shop", "topic", "true", "1"] in rows(koine("exchange", "list"))
    route = koine("route", "test", "shop", "order.new")
    assert "exchange shop" in route and route.endswith("It would go to:\n  queue email\n")
    assert koine("route", "test", "shop", "bill.new").endswith("It would go to:\n")
    assert koine("route", "test", "", "email").endswith("  queue email\n")
    koine("bind", "remove", "shop", "email", "--key", "order.*")
    assert "not bound" in koine.refused("bind", "remove", "shop", "email", "--key", "order.*")
    koine("bind", "add", "amq.headers", "email", "--argument", "x-match=any", "--argument", "color=red")
    assert "queue email" in koine("route", "test", "amq.headers", "", "--header", "color:red")
    binding, = lines(koine("bind", "list", "--json"))
    assert binding["arguments"] == {"x-match": "any", "color": "red"}
    koine("bind", "remove", "--id", binding["id"])
    koine("exchange", "delete", "shop")
    assert "no exchange 'shop'" in koine.refused("exchange", "describe", "shop")


def test_with_tls_and_a_user(start_server, certificate, tmp_path):
    server = start_server(users={"alice": "secret"}, tls=certificate)
    password = tmp_path / "password"
    password.write_text("secret\n")
    koine = CommandLine(server, "--tls-ca", certificate.authority, "--user", "alice", "--password-file", password,
                        address=server.http)
    koine("queue", "declare", "email")
    assert rows(koine("queue", "list")) == [["email", "0", "0", "0", "0"]]
    password.write_text("wrong\n")
    assert koine.refused("queue", "list") != ""
