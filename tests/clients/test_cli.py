"""The command line `koine`, which talks to a server as any Kafka client does; an example of each command."""

import json
import signal
import subprocess

import pytest
from confluent_kafka import Producer

from librdkafka import consume_values, consumer, poll_until, produce
from server import wait_until

pytestmark = pytest.mark.koine_only

DEADLINE_S = 60
START_MS = 1_700_000_000_000


class CommandLine:
    """koine(...) runs a command against the server and returns what it printed."""

    def __init__(self, server, *flags, address=None):
        self.server = server
        self.flags = ["--server", address or server.kafka, *map(str, flags)]

    def run(self, *words, text=None):
        # The client's flags belong to the command: `koine topic list --server ...`.
        return subprocess.run([self.server.binary, *map(str, words), *self.flags], input=text, text=True,
                              capture_output=True, timeout=DEADLINE_S)

    def __call__(self, *words, text=None):
        done = self.run(*words, text=text)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *words, text=None):
        """What it said on standard error."""
        done = self.run(*words, text=text)
        assert done.returncode not in (0, -6, -11) and done.stdout == "", done
        return done.stderr

    def start(self, *words):
        return subprocess.Popen([self.server.binary, *map(str, words), *self.flags], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture
def koine(server):
    return CommandLine(server)


@pytest.fixture
def ten_records(server, name):
    """0 to 9, one a millisecond, in one partition."""
    producer = Producer({"bootstrap.servers": server.kafka})
    for number in range(10):
        producer.produce(name, str(number), timestamp=START_MS + number)
    assert producer.flush(DEADLINE_S) == 0
    return name


def test_topic_create_list_describe_alter_delete(koine, name):
    koine("topic", "create", name, "--partitions", 3, "--set", "retention.ms=60000")
    assert koine("topic", "list") == f"{name}\n"
    described = koine("topic", "describe", name)
    assert described.startswith(f"topic {name}, 3 partitions\n")
    assert "  retention.ms = 60000\n" in described

    koine("topic", "alter", name, "--partitions", 5, "--set", "retention.bytes=1000000", "--unset", "retention.ms")
    described = koine("topic", "describe", name)
    assert described.startswith(f"topic {name}, 5 partitions\n")
    assert "  retention.bytes = 1000000\n" in described
    assert "  retention.ms = 60000\n" not in described

    koine("topic", "delete", name)
    assert koine("topic", "list") == ""


def test_topic_commands_name_what_is_wrong(koine, name):
    for command in (["describe"], ["delete"], ["alter", "--set", "retention.ms=1"], ["alter", "--partitions", 5]):
        assert name in koine.refused("topic", command[0], name, *command[1:])
    koine("topic", "create", name)
    assert "exists" in koine.refused("topic", "create", name)
    assert "nothing to alter" in koine.refused("topic", "alter", name)
    assert "no.such.setting" in koine.refused("topic", "alter", name, "--set", "no.such.setting=1")
    assert "retention.ms" in koine.refused("topic", "alter", name, "--set", "retention.ms=soon")
    assert "NAME=VALUE" in koine.refused("topic", "alter", name, "--set", "retention.ms")


def test_lines_in_and_out(koine, name):
    koine("produce", name, text="one\ntwo\nthree\n")
    assert koine("consume", name, "--from", "beginning", "--exit-at-end") == "one\ntwo\nthree\n"


def test_produce_from_a_file(koine, name, tmp_path):
    lines = "".join(f"line {number}\n" for number in range(50_000))
    (tmp_path / "lines").write_text(lines)
    koine("topic", "create", name, "--partitions", 1)
    koine("produce", name, "--file", tmp_path / "lines")
    assert koine("consume", name, "--from", "beginning", "-e") == lines
    assert "no-such-file" in koine.refused("produce", name, "--file", tmp_path / "no-such-file")


@pytest.mark.parametrize("compression", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_compression_as_librdkafka_has_it(koine, server, name, compression):
    lines = "".join(f"line {number}\n" for number in range(1000))
    koine("produce", name, "-z", compression, text=lines)
    assert consume_values(server, name, 1000) == lines.encode().splitlines()
    produce(server, name, ["from librdkafka"] * 10, **{"compression.type": compression})
    assert koine("consume", name, "--from", 1000, "-e") == "from librdkafka\n" * 10


def test_keys_choose_the_partition_that_java_clients_choose(koine, server, name):
    """librdkafka's murmur2 partitioner is Java's."""
    koine("topic", "create", name, "--partitions", 7)
    keys = [f"key {number}" * (number % 4 + 1) for number in range(100)]
    koine("produce", name, "-K", ":", text="".join(f"{key}:koine\n" for key in keys))
    java = Producer({"bootstrap.servers": server.kafka, "partitioner": "murmur2"})
    for key in keys:
        java.produce(name, "java", key=key)
    assert java.flush(DEADLINE_S) == 0
    printed = koine("consume", name, "--from", "beginning", "-e", "--format", r"%s|%p %k\n").splitlines()
    chosen = {writer: sorted(line.split("|")[1] for line in printed if line.startswith(writer))
              for writer in ("koine", "java")}
    assert len(chosen["koine"]) == 100
    assert chosen["koine"] == chosen["java"]


def test_one_partition_only(koine, name):
    koine("topic", "create", name, "--partitions", 2)
    koine("produce", name, "-p", 0, text="zero\n")
    koine("produce", name, "-p", 1, text="one\n")
    assert koine("consume", name, "-p", 1, "--from", "beginning", "-e") == "one\n"
    assert "2 partitions" in koine.refused("produce", name, "-p", 2, text="two\n")
    assert "2 partitions" in koine.refused("consume", name, "-p", 2, "-e")


def test_format(koine, name):
    koine("produce", name, "-K", "=", "-H", "trace=42", "-H", "user=x", text="key=value\n")
    all_of_it = r"%t|%p|%o|%k|%K|%s|%S|%h|%%|\t\x21\n"
    assert koine("consume", name, "--from", "beginning", "-e", "-f", all_of_it) == \
        f"{name}|0|0|key|3|value|5|trace=42,user=x|%|\t!\n"
    assert "%y" in koine.refused("consume", name, "--from", "beginning", "-e", "-f", "%y")


def test_json(koine, server, name):
    koine("produce", name, "-K", "=", "-H", "trace=42", text='key=a "quoted" \u00fc\n')
    record = json.loads(koine("consume", name, "--from", "beginning", "-e", "--json"))
    assert record.pop("timestamp") > START_MS
    assert record == {"topic": name, "partition": 0, "offset": 0, "key": "key", "value": 'a "quoted" \u00fc',
                      "headers": [{"key": "trace", "value": "42"}]}
    produce(server, name, [None])
    record = json.loads(koine("consume", name, "--from", 1, "-e", "--json"))
    assert (record["key"], record["value"]) == (None, None)


@pytest.mark.parametrize("where, first", [("beginning", 0), ("7", 7), (f"time:{START_MS + 4}", 4), ("end", 10),
                                          (f"time:{START_MS + 1000}", 10)])
def test_from(koine, ten_records, where, first):
    assert koine("consume", ten_records, "--from", where, "-e").split() == [str(n) for n in range(first, 10)]


def test_count(koine, ten_records):
    assert koine("consume", ten_records, "--from", 2, "--count", 3) == "2\n3\n4\n"


def test_consume_names_what_is_wrong(koine, ten_records):
    assert "--from yesterday" in koine.refused("consume", ten_records, "--from", "yesterday", "-e")
    assert "11" in koine.refused("consume", ten_records, "--from", 11, "-e")
    assert "no-such-topic" in koine.refused("consume", "no-such-topic", "-e")


def test_consume_waits_for_what_comes(koine, server, name):
    koine("topic", "create", name)
    waiting = koine.start("consume", name, "--from", "beginning", "--count", 2)
    koine("produce", name, text="first\n")
    assert waiting.stdout.readline() == "first\n"
    koine("produce", name, text="second\n")
    assert waiting.communicate(timeout=DEADLINE_S) == ("second\n", "")
    assert waiting.returncode == 0


def test_consume_for_a_group_goes_on_where_it_stopped(koine, ten_records):
    assert koine("consume", ten_records, "--group", "readers", "--count", 4) == "0\n1\n2\n3\n"
    assert koine("consume", ten_records, "--group", "readers", "--count", 2) == "4\n5\n"
    assert koine("consume", ten_records, "--group", "readers", "-e") == "6\n7\n8\n9\n"
    assert koine("consume", ten_records, "--group", "readers", "-e") == ""
    assert koine("consume", ten_records, "--group", "others", "--from", 8, "-e") == "8\n9\n"


def test_group_list_describe_reset(koine, server, ten_records):
    assert koine("group", "list") == ""
    koine("consume", ten_records, "--group", "readers", "--count", 4)
    assert koine("group", "list") == "readers Empty\n"
    assert koine("group", "describe", "readers") == \
        f"group readers is Empty, 0 members\n  {ten_records}/0 at 4 of 10, 6 behind\n"
    for where, offset in (("beginning", 0), ("end", 10), ("3", 3), (f"time:{START_MS + 8}", 8)):
        assert koine("group", "reset", "readers", "--topic", ten_records, "--to", where) == \
            f"{ten_records}/0 at {offset}\n"
    assert koine("consume", ten_records, "--group", "readers", "-e") == "8\n9\n"
    assert "--to soon" in koine.refused("group", "reset", "readers", "--topic", ten_records, "--to", "soon")
    assert "nobody" in koine.refused("group", "describe", "nobody")


def test_group_with_members_is_described_and_not_reset(koine, server, ten_records):
    reader = consumer(server, "readers")
    reader.subscribe([ten_records])
    poll_until(reader, lambda messages: len(messages) == 10, "ten records")
    described = koine("group", "describe", "readers")
    assert described.startswith("group readers is Stable, 1 members\n  rdkafka-")
    assert "readers" in koine.refused("group", "reset", "readers", "--topic", ten_records, "--to", "end")
    reader.close()


@pytest.mark.parametrize("encrypted", [False, True], ids=["plaintext", "tls"])
def test_login(start_server, certificate, name, tmp_path, encrypted):
    server = start_server(users={"alice": "alice's secret"}, tls=certificate if encrypted else None)
    tls = ["--tls-ca", certificate.authority] if encrypted else []
    password = tmp_path / "password"
    password.write_text("alice's secret\n")
    alice = CommandLine(server, "--user", "alice", "--password-file", password, *tls)
    alice("produce", name, text="hidden\n")
    assert alice("consume", name, "--from", "beginning", "-e") == "hidden\n"

    password.write_text("wrong\n")
    assert "alice" in alice.refused("topic", "list")
    assert CommandLine(server, *tls).refused("topic", "list")
    assert CommandLine(server, "--user", "alice", *tls).refused("topic", "list")


def test_tls(start_server, certificate, name, tmp_path):
    server = start_server(tls=certificate, settings={"tls.required": "true"})
    encrypted = CommandLine(server, "--tls-ca", certificate.authority)
    encrypted("produce", name, text="hidden\n")
    assert encrypted("consume", name, "--from", "beginning", "-e") == "hidden\n"
    assert CommandLine(server).refused("topic", "list")
    assert "no-such-file" in CommandLine(server, "--tls-ca", tmp_path / "no-such-file").refused("topic", "list")


def test_server_that_is_not_there(koine):
    koine.flags = ["--server", "127.0.0.1:1"]
    assert "127.0.0.1:1" in koine.refused("topic", "list")


def test_interrupted(koine, name):
    koine("topic", "create", name)
    waiting = koine.start("consume", name, "--from", "beginning")
    koine("produce", name, text="x\n")
    assert waiting.stdout.readline() == "x\n"
    waiting.send_signal(signal.SIGINT)
    wait_until(lambda: waiting.poll() is not None, "the end", DEADLINE_S)
    waiting.communicate()
