"""Server-Sent Events: curl, httpx, npm's eventsource; nothing is lost or repeated when the server goes away in the middle."""

import json
import subprocess
import threading

import httpx
import pytest
from events import Events, produce
from node_programs import node_program
from server import wait_until


def test_curl_shows_events_as_they_come(server, url):
    produce(server, "orders", ["first"])
    curl = subprocess.Popen(["curl", "-sN", f"{url}/v1/topics/orders/events?from=start&data=value"],
                            stdout=subprocess.PIPE, text=True)
    try:
        assert curl.stdout.readline().startswith("retry: ")
        assert curl.stdout.readline() == "\n"
        assert curl.stdout.readline().startswith("id: ")
        assert curl.stdout.readline() == "data: first\n"
        produce(server, "orders", ["second"])
        assert curl.stdout.readline() == "\n"
        assert curl.stdout.readline().startswith("id: ")
        assert curl.stdout.readline() == "data: second\n"
    finally:
        curl.kill()
        curl.communicate()


def test_an_event_is_the_record(server, url):
    produce(server, "orders", ['{"total": 12}'], key="o-17", headers={"content-type": "application/json"}, timestamp=7)
    records = Events(url, "orders", **{"from": "start"}).take(lambda records: len(records) == 1)
    assert records == [{"partition": 0, "offset": 0, "timestamp_ms": 7, "key": "o-17",
                        "headers": {"content-type": "application/json"}, "value": {"total": 12}}]


def test_what_retention_removed_is_gone(server, url):
    produce(server, "orders", ["a", "b"])
    events = Events(url, "orders", **{"from": "start"})
    events.take(lambda records: len(records) == 1)
    from confluent_kafka import TopicPartition
    from confluent_kafka.admin import AdminClient
    admin = AdminClient({"bootstrap.servers": server.kafka})
    for future in admin.delete_records([TopicPartition("orders", 0, 2)]).values():
        future.result()
    answer = httpx.get(events.url, headers={"Last-Event-ID": events.last_id})
    assert answer.status_code == 410
    assert answer.json()["first_offset"] == 2
    resumed = httpx.stream("GET", events.url, params={"after": answer.json()["first_position"]})
    with resumed as stream:
        assert stream.status_code == 200


class Writer(threading.Thread):
    """Numbered records, each written until it is acknowledged, whatever happens to the server."""

    def __init__(self, server, count):
        super().__init__()
        self.server = server
        self.count = count

    def run(self):
        from confluent_kafka import Producer
        producer = Producer({"bootstrap.servers": self.server.kafka, "enable.idempotence": True, "linger.ms": 0})
        for number in range(self.count):
            producer.produce("orders", value=str(number), key=str(number))
            producer.poll(0.001)
        producer.flush(60)


@pytest.mark.parametrize("end", ["restart", "kill"])
def test_no_event_is_lost_or_repeated(server, url, end):
    produce(server, "orders", ["begin"])
    count = 2000
    records = []
    done = threading.Event()

    def read():
        events = Events(url, "orders", **{"from": "start"})
        records.extend(events.take(lambda taken: records_so_far(taken) or len(taken) == count + 1))
        done.set()

    seen = []

    def records_so_far(taken):
        seen[:] = [len(taken)]
        return False

    reader = threading.Thread(target=read)
    writer = Writer(server, count)
    reader.start()
    writer.start()
    for share in (0.2, 0.5):
        wait_until(lambda share=share: seen and seen[0] > share * count, "events")
        if end == "kill":
            server.kill()
            server.start()
        else:
            server.restart()
    writer.join()
    reader.join(60)
    assert done.is_set()
    assert [record["value"] for record in records] == ["begin", *map(str, range(count))]
    assert [record["offset"] for record in records] == list(range(count + 1))


def test_eventsource_of_node_survives_a_restart(server, url):
    produce(server, "orders", ["a"])
    with node_program("events.mjs", f"{url}/v1/topics/orders/events?from=start") as program:
        assert json.loads(program.stdout.readline())["value"] == "a"
        server.restart()
        produce(server, "orders", ["b"])
        assert json.loads(program.stdout.readline())["value"] == "b"
        server.kill()
        server.start()
        produce(server, "orders", ["c"])
        assert json.loads(program.stdout.readline())["value"] == "c"
