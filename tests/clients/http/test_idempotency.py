"""Writes with an Idempotency-Key: whoever is not sure whether one was done sends it again, through restarts and kills, and it is
done once."""

import collections
import concurrent.futures
import itertools
import random
import threading
import time

import pytest
import requests

DEADLINE_S = 60
WRITERS = 4


def post(url, target, key, **request):
    """As any client would: again with the same key until it knows."""
    headers = request.pop("headers", {}) | {"Idempotency-Key": key}
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            done = requests.post(f"{url}{target}", headers=headers, timeout=DEADLINE_S, **request)
            if done.status_code not in (409, 503):
                return done
        except requests.RequestException:
            pass
        assert time.monotonic() < deadline, f"{target} {key}: no answer"
        time.sleep(0.01)


def read_all(url, target, after=None):
    records = []
    parameters = {"limit": 1000, "from": "start"}
    while True:
        page = requests.get(f"{url}{target}", params=parameters, timeout=DEADLINE_S).json()
        if not page["records"]:
            return records
        records += page["records"]
        parameters = {"limit": 1000, "after": page["next"]}


def test_the_first_answer_again(url):
    requests.put(f"{url}/v1/topics/orders", json={"partitions": 3}, timeout=DEADLINE_S)
    request = {"json": {"total": 12}, "headers": {"Idempotency-Key": "order-17"}, "timeout": DEADLINE_S}
    first = requests.post(f"{url}/v1/topics/orders/records", **request)
    again = requests.post(f"{url}/v1/topics/orders/records", **request)
    assert (again.status_code, again.text, again.headers["Location"]) == (201, first.text, first.headers["Location"])
    assert again.headers["Idempotency-Replayed"] == "true"
    other = requests.post(f"{url}/v1/topics/orders/records", **request | {"json": {"total": 13}})
    assert other.status_code == 422
    assert other.headers["Content-Type"] == "application/problem+json"
    assert len(read_all(url, "/v1/topics/orders/records")) == 1


class Writer(threading.Thread):
    """Posts one record, one list of records and one message after the other; keeps what it was told."""

    def __init__(self, url, name):
        super().__init__()
        self.url, self.name, self.told, self.problem = url, name, {}, None
        self.is_over = threading.Event()

    def run(self):
        try:
            for number in itertools.count():
                if self.is_over.is_set():
                    return
                self.write(f"{self.name}-{number}")
        except Exception as problem:
            self.problem = problem

    def write(self, key):
        one = post(self.url, "/v1/topics/orders/records", f"{key}-one", data=key)
        records = {"records": [{"key": f"{key}-{n}", "value": f"{key}-{n}"} for n in range(8)]}
        many = post(self.url, "/v1/topics/orders/records", f"{key}-many", json=records,
                    headers={"Content-Type": "application/vnd.koine.records+json"})
        sent = post(self.url, "/v1/exchanges/news/messages", f"{key}-sent", data=key)
        assert (one.status_code, many.status_code, sent.status_code) == (201, 201, 201)
        assert sent.json() == {"routed": 4}
        self.told[key] = [(each["partition"], each["offset"]) for each in one.json()["records"] + many.json()["records"]]


def messages_in(url, queue):
    bodies = []
    while True:
        leased = requests.post(f"{url}/v1/queues/{queue}/leases", json={"max": 1000}, timeout=DEADLINE_S).json()
        if not leased["messages"]:
            return bodies
        bodies += [message.get("value") for message in leased["messages"]]


@pytest.mark.parametrize("shards, kills", [(1, 4), (3, 4), pytest.param(1, 40, marks=pytest.mark.slow),
                                           pytest.param(3, 40, marks=pytest.mark.slow)])
def test_nothing_is_lost_or_doubled_by_kills(start_server, shards, kills):
    server = start_server(settings={"shards": shards})
    url = f"http://{server.http}"
    requests.put(f"{url}/v1/topics/orders", json={"partitions": 4}, timeout=DEADLINE_S)
    requests.put(f"{url}/v1/exchanges/news", json={"type": "fanout"}, timeout=DEADLINE_S)
    queues = [f"q{number}" for number in range(4)]
    for queue in queues:
        requests.put(f"{url}/v1/queues/{queue}", timeout=DEADLINE_S)
        binding = {"source": "news", "target_kind": "queue", "target": queue}
        requests.post(f"{url}/v1/bindings", json=binding, timeout=DEADLINE_S)
    writers = [Writer(url, f"writer{number}") for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    choice = random.Random(shards)
    for _ in range(kills):
        time.sleep(choice.uniform(0.02, 0.3))
        server.kill()
        server.start()
    for writer in writers:
        writer.is_over.set()
    for writer in writers:
        writer.join()
        assert writer.problem is None, writer.problem

    told = {key: places for writer in writers for key, places in writer.told.items()}
    assert len(told) > kills
    records = read_all(url, "/v1/topics/orders/records")
    found = {(record["partition"], record["offset"]): record["value"] for record in records}
    for key, (one, *many) in told.items():
        assert found[one] == key
        assert [found[place] for place in many] == [f"{key}-{n}" for n in range(8)]
    counts = collections.Counter(record["value"] for record in records)
    assert len(counts) == 9 * len(told) and set(counts.values()) == {1}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for bodies in pool.map(lambda queue: messages_in(url, queue), queues):
            assert sorted(bodies) == sorted(told)
