"""Exchanges: where a message goes. Every type, bindings between them, and what happens to what goes nowhere."""

import pytest
from pika.exceptions import UnroutableError

from broker import (assert_empty, channel_refused, declare, declare_exchange, get, publish, take, take_texts)


@pytest.fixture
def queues(channel, name):
    """Makes queues and says what is in them: queues("a", "b"), queues.contents() == {"a": [...]}."""
    return Queues(channel, name)


class Queues:
    def __init__(self, channel, name):
        self.channel = channel
        self.prefix = name
        self.names = []

    def __call__(self, *names):
        for name in names:
            declare(self.channel, self.full(name))
            self.names.append(name)

    def full(self, name):
        return f"{self.prefix}-{name}"

    def bind(self, name, exchange, key="", **arguments):
        self.channel.queue_bind(self.full(name), exchange, key, {k.replace("_", "-"): v for k, v in arguments.items()})

    def contents(self):
        """Empties all of them."""
        found = {}
        for name in self.names:
            found[name] = []
            while message := get(self.channel, self.full(name)):
                found[name].append(message.text)
        return found


def test_default_exchange_routes_by_queue_name(channel, name):
    declare(channel, name)
    publish(channel, name, "hello")
    (message,) = take(channel, name, 1)
    assert (message.text, message.exchange, message.routing_key) == ("hello", "", name)


def test_direct(channel, queues, name):
    declare_exchange(channel, name, "direct")
    queues("red", "both")
    queues.bind("red", name, "red")
    queues.bind("both", name, "red")
    queues.bind("both", name, "green")
    for key in ("red", "green", "blue", ""):
        publish(channel, key, key, exchange=name)
    assert queues.contents() == {"red": ["red"], "both": ["red", "green"]}


def test_two_matching_bindings_deliver_once(channel, queues, name):
    declare_exchange(channel, name, "topic")
    queues("all")
    for pattern in ("#", "a.*", "a.b"):
        queues.bind("all", name, pattern)
    publish(channel, "a.b", "once", exchange=name)
    assert queues.contents() == {"all": ["once"]}


def test_fanout_ignores_the_key(channel, queues, name):
    declare_exchange(channel, name, "fanout")
    queues("one", "two")
    queues.bind("one", name, "ignored")
    queues.bind("two", name)
    publish(channel, "whatever", "x", exchange=name)
    assert queues.contents() == {"one": ["x"], "two": ["x"]}


# A key without any character has no words; between two dots there is an empty one.
TOPIC_KEYS = ["", "a", "a.b", "a.b.c", ".", "..", "a."]
TOPIC_MATCHES = [
    ("#", TOPIC_KEYS),
    ("*", ["a"]),
    ("a", ["a"]),
    ("a.*", ["a.b", "a."]),
    ("*.*", ["a.b", ".", "a."]),
    ("a.#", ["a", "a.b", "a.b.c", "a."]),
    ("#.c", ["a.b.c"]),
    ("#.#", TOPIC_KEYS),
    ("a.#.c", ["a.b.c"]),
    ("*.b.#", ["a.b", "a.b.c"]),
    ("#.*", ["a", "a.b", "a.b.c", ".", "..", "a."]),
    ("a.*.#.c", ["a.b.c"]),
    ("", [""]),
    ("A", []),
    ("a*", []),
]


@pytest.mark.parametrize("pattern, matches", TOPIC_MATCHES, ids=[pattern for pattern, _ in TOPIC_MATCHES])
def test_topic_patterns(channel, queues, name, pattern, matches):
    declare_exchange(channel, name, "topic")
    queues("q")
    queues.bind("q", name, pattern)
    for key in TOPIC_KEYS:
        publish(channel, key, f"<{key}>", exchange=name)
    assert queues.contents() == {"q": [f"<{key}>" for key in matches]}


HEADERS = {"format": "pdf", "pages": 4}
HEADER_MATCHES = [  # binding's arguments, message's headers, does it match
    ({"x-match": "all", **HEADERS}, {"format": "pdf", "pages": 4, "other": 1}, True),
    ({"x-match": "all", **HEADERS}, {"format": "pdf"}, False),
    ({"x-match": "all", **HEADERS}, {"format": "pdf", "pages": 5}, False),
    (HEADERS, {"format": "pdf", "pages": 4}, True),  # all, unless said otherwise
    (HEADERS, {"format": "pdf"}, False),
    ({"x-match": "any", **HEADERS}, {"format": "pdf"}, True),
    ({"x-match": "any", **HEADERS}, {"format": "zip", "pages": 4}, True),
    ({"x-match": "any", **HEADERS}, {"format": "zip"}, False),
    ({"x-match": "any", **HEADERS}, None, False),
    ({"x-match": "all"}, {"format": "pdf"}, True),
    ({"x-match": "all"}, None, True),
    ({"x-match": "any"}, {"format": "pdf"}, False),
    ({"x-match": "all", "format": None}, {"format": "whatever"}, True),  # void: only that it is there
    ({"x-match": "all", "format": None}, {"pages": 4}, False),
    ({"x-match": "all", "x-note": 1, "format": "pdf"}, {"format": "pdf"}, True),  # x-... is not looked at
    ({"x-match": "all-with-x", "x-note": 1}, {"x-note": 1}, True),
    ({"x-match": "all-with-x", "x-note": 1}, {"x-note": 2}, False),
    ({"x-match": "any-with-x", "x-note": 1, "format": "pdf"}, {"x-note": 1}, True),
    ({"x-match": "all", "flag": True}, {"flag": True}, True),
    ({"x-match": "all", "flag": True}, {"flag": False}, False),
]


@pytest.mark.parametrize("binding, headers, matches", HEADER_MATCHES)
def test_headers(channel, queues, name, binding, headers, matches):
    declare_exchange(channel, name, "headers")
    queues("q")
    channel.queue_bind(queues.full("q"), name, "", binding)
    publish(channel, "ignored", "x", exchange=name, headers=headers)
    assert queues.contents() == {"q": ["x"] if matches else []}


def test_headers_refuse_an_unknown_way_of_matching(channel, name):
    declare_exchange(channel, name, "headers")
    declare(channel, name)
    with channel_refused(406, "x-match", "some"):
        channel.queue_bind(name, name, "", {"x-match": "some"})


@pytest.mark.parametrize("exchange, kind", [("amq.direct", "direct"), ("amq.fanout", "fanout"), ("amq.topic", "topic"),
                                            ("amq.headers", "headers"), ("amq.match", "headers")])
def test_predeclared_exchanges(channel, name, exchange, kind):
    channel.exchange_declare(exchange, kind, durable=True)
    declare(channel, name)
    channel.queue_bind(name, exchange, name, {"name": name})
    publish(channel, name, "x", exchange=exchange, headers={"name": name})
    assert take_texts(channel, name, 1) == ["x"]
    channel.queue_unbind(name, exchange, name, {"name": name})


def test_unbind(channel, queues, name):
    declare_exchange(channel, name, "direct")
    queues("q")
    queues.bind("q", name, "k")
    queues.bind("q", name, "kept")
    channel.queue_unbind(queues.full("q"), name, "k")
    channel.queue_unbind(queues.full("q"), name, "k")  # again: not an error
    publish(channel, "k", "gone", exchange=name)
    publish(channel, "kept", "there", exchange=name)
    assert queues.contents() == {"q": ["there"]}


def test_binding_twice_is_one_binding(channel, queues, name):
    declare_exchange(channel, name, "fanout")
    queues("q")
    queues.bind("q", name)
    queues.bind("q", name)
    publish(channel, "", "x", exchange=name)
    assert queues.contents() == {"q": ["x"]}
    channel.queue_unbind(queues.full("q"), name, "")
    publish(channel, "", "y", exchange=name)
    assert queues.contents() == {"q": []}


def test_exchange_to_exchange(channel, queues, name):
    outer, inner = declare_exchange(channel, name + "-outer", "topic"), declare_exchange(channel, name, "direct")
    queues("q", "direct")
    channel.exchange_bind(inner, outer, "orders.#")
    queues.bind("q", inner, "orders.new")
    queues.bind("direct", outer, "orders.new")
    for key in ("orders.new", "orders.old", "other"):
        publish(channel, key, key, exchange=outer)
    assert queues.contents() == {"q": ["orders.new"], "direct": ["orders.new"]}
    channel.exchange_unbind(inner, outer, "orders.#")
    publish(channel, "orders.new", "after", exchange=outer)
    assert queues.contents() == {"q": [], "direct": ["after"]}


def test_a_circle_of_exchanges_delivers_once(channel, queues, name):
    first, second = (declare_exchange(channel, name + end, "fanout") for end in ("-1", "-2"))
    channel.exchange_bind(first, second, "")
    channel.exchange_bind(second, first, "")
    queues("q")
    queues.bind("q", first)
    queues.bind("q", second)
    publish(channel, "", "x", exchange=first)
    assert queues.contents() == {"q": ["x"]}


def test_alternate_exchange(channel, queues, name):
    spare = declare_exchange(channel, name + "-spare", "fanout")
    declare_exchange(channel, name, "direct", alternate_exchange=spare)
    queues("q", "spare")
    queues.bind("q", name, "known")
    queues.bind("spare", spare)
    publish(channel, "known", "1", exchange=name)
    publish(channel, "unknown", "2", exchange=name)
    assert queues.contents() == {"q": ["1"], "spare": ["2"]}


def test_alternate_exchange_counts_as_routed_for_mandatory(channel, queues, name):
    spare = declare_exchange(channel, name + "-spare", "fanout")
    declare_exchange(channel, name, "direct", alternate_exchange=spare)
    with pytest.raises(UnroutableError):
        publish(channel, "unknown", "1", exchange=name, mandatory=True)
    queues("spare")
    queues.bind("spare", spare)
    publish(channel, "unknown", "2", exchange=name, mandatory=True)
    assert queues.contents() == {"spare": ["2"]}


def test_an_alternate_exchange_that_is_not_there_drops(channel, name):
    declare_exchange(channel, name, "direct", alternate_exchange=name + "-nowhere")
    publish(channel, "unknown", "x", exchange=name)


def test_internal_exchange_is_only_for_bindings(channel, connection, queues, name):
    channel.exchange_declare(name, "fanout", internal=True)
    outer = declare_exchange(channel, name + "-outer", "fanout")
    channel.exchange_bind(name, outer)
    queues("q")
    queues.bind("q", name)
    publish(channel, "", "x", exchange=outer)
    assert queues.contents() == {"q": ["x"]}
    with channel_refused(403, "cannot publish to internal exchange", name):
        publish(channel, "", "y", exchange=name)


def test_auto_delete_exchange_goes_with_its_last_binding(channel, connection, name):
    channel.exchange_declare(name, "direct", auto_delete=True)
    declare(channel, name)
    channel.queue_bind(name, name, "1")
    channel.queue_bind(name, name, "2")
    channel.queue_unbind(name, name, "1")
    channel.exchange_declare(name, passive=True)
    channel.queue_unbind(name, name, "2")
    with channel_refused(404, f"no exchange '{name}' in vhost '/'"):
        channel.exchange_declare(name, passive=True)


def test_deleting_a_queue_removes_its_bindings(channel, name):
    channel.exchange_declare(name, "direct", auto_delete=True)
    declare(channel, name)
    channel.queue_bind(name, name, "1")
    channel.queue_delete(name)
    with channel_refused(404, f"no exchange '{name}'"):
        channel.exchange_declare(name, passive=True)


def test_delete_if_unused(channel, connection, name):
    declare_exchange(channel, name, "direct")
    declare(channel, name)
    channel.queue_bind(name, name, "k")
    with channel_refused(406, f"exchange '{name}' in vhost '/' in use"):
        channel.exchange_delete(name, if_unused=True)
    channel = connection.channel()
    channel.exchange_delete(name)
    channel.exchange_delete(name)  # what is not there is not an error


def test_cc_and_bcc_add_routing_keys(channel, queues, name):
    queues("to", "cc", "bcc")
    headers = {"CC": [queues.full("cc")], "BCC": [queues.full("bcc")], "other": 1}
    publish(channel, queues.full("to"), "x", headers=headers)
    for queue in ("to", "cc", "bcc"):
        (message,) = take(channel, queues.full(queue), 1)
        assert message.headers == {"CC": [queues.full("cc")], "other": 1}
        assert message.routing_key == queues.full("to")


def test_cc_goes_through_the_exchange_that_was_published_to(channel, queues, name):
    declare_exchange(channel, name, "topic")
    queues("a", "b", "both")
    queues.bind("a", name, "a.*")
    queues.bind("b", name, "b.*")
    queues.bind("both", name, "#")
    publish(channel, "a.1", "x", exchange=name, headers={"CC": ["b.1", "c.1"]})
    assert queues.contents() == {"a": ["x"], "b": ["x"], "both": ["x"]}


def test_cc_must_be_a_list(channel, name):
    declare(channel, name)
    with channel_refused(406, "invalid", "CC"):
        publish(channel, name, "x", headers={"CC": "not a list"})


def test_consistent_hash_keeps_a_key_in_its_queue(channel, queues, name):
    declare_exchange(channel, name, "x-consistent-hash")
    queues("1", "2", "3")
    for queue in ("1", "2", "3"):
        queues.bind(queue, name, "10")  # the weight
    for key in range(60):
        for number in range(2):
            publish(channel, f"key {key}", f"{key}/{number}", exchange=name)
    found = queues.contents()
    assert sum(map(len, found.values())) == 120
    assert all(found.values())
    for texts in found.values():
        keys = [text.split("/")[0] for text in texts]
        assert all(keys.count(key) == 2 for key in keys)


def test_consistent_hash_by_header(channel, queues, name):
    declare_exchange(channel, name, "x-consistent-hash", hash_header="customer")
    queues("1", "2")
    for queue in ("1", "2"):
        queues.bind(queue, name, "1")
    for number in range(20):
        publish(channel, str(number), str(number), exchange=name, headers={"customer": "always the same"})
    assert sorted(map(len, queues.contents().values())) == [0, 20]


# RabbitMQ has it as a plugin that Debian does not carry.
@pytest.mark.koine_only
def test_delayed_message_exchange(channel, queues, name):
    declare_exchange(channel, name, "x-delayed-message", x_delayed_type="direct")
    queues("q")
    queues.bind("q", name, "k")
    publish(channel, "k", "later", exchange=name, headers={"x-delay": 2000})
    publish(channel, "k", "now", exchange=name)
    assert queues.contents() == {"q": ["now"]}
    (message,) = take(channel, queues.full("q"), 1)
    assert message.text == "later"
    assert message.headers["x-delay"] == -2000
    assert_empty(channel, queues.full("q"))


@pytest.mark.koine_only
def test_delayed_messages_come_in_the_order_in_which_they_are_due(channel, queues, name):
    declare_exchange(channel, name, "x-delayed-message", x_delayed_type="topic")
    queues("q")
    queues.bind("q", name, "orders.#")
    for delay in (900, 300, 600, 0, -5):
        publish(channel, f"orders.{delay}", delay, exchange=name, headers={"x-delay": delay})
    assert [message.text for message in take(channel, queues.full("q"), 5)] == ["0", "-5", "300", "600", "900"]


@pytest.mark.koine_only
@pytest.mark.parametrize("arguments", [{}, {"x_delayed_type": "no-such-type"}])
def test_a_delayed_message_exchange_has_a_type(channel, name, arguments):
    with channel_refused(406, "'x-delayed-type' must be an existing exchange type"):
        declare_exchange(channel, name, "x-delayed-message", **arguments)


@pytest.mark.koine_only
def test_a_delay_that_is_too_long_is_refused(channel, name):
    declare_exchange(channel, name, "x-delayed-message", x_delayed_type="direct")
    with channel_refused(406, "x-delay"):
        publish(channel, "k", "x", exchange=name, headers={"x-delay": 1 << 32})
