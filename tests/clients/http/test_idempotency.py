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


def kill_now_and_then(server, kills, choice):
    for _ in range(kills):
        time.sleep(choice.uniform(0.02, 0.3))
        server.kill()
        server.start()


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
    kill_now_and_then(server, kills, choice)
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


class Worker(threading.Thread):
    """Leases, acks and rejects, each with a key; keeps what it was told of."""

    def __init__(self, url, name, is_over):
        super().__init__()
        self.url, self.name, self.is_over, self.problem = url, name, is_over, None
        self.ended = {"ack": [], "reject": []}

    def run(self):
        try:
            for number in itertools.count():
                leased = post(self.url, "/v1/queues/work/leases", f"{self.name}-{number}", json={"max": 5})
                messages = leased.json()["messages"]
                if messages:
                    self.settle(messages, f"{self.name}-{number}-settle")
                elif self.is_over.is_set():
                    return
                else:
                    time.sleep(0.01)
        except Exception as problem:
            self.problem = problem

    def settle(self, messages, key):
        parts = {"ack": messages[::2], "reject": messages[1::2]}
        leases = {word: [message["lease"] for message in part] for word, part in parts.items()}
        settled = post(self.url, "/v1/queues/work/leases/settle", key, json=leases)
        assert settled.status_code == 200, settled.text
        lost = set(settled.json()["lost"])
        for word, part in parts.items():
            self.ended[word] += [message["value"] for message in part if message["lease"] not in lost]


@pytest.mark.parametrize("kills", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_what_is_settled_is_so_once_through_kills(start_server, kills):
    # On one shard what is rejected is in both places at no time.
    server = start_server(settings={"shards": 1})
    url = f"http://{server.http}"
    requests.put(f"{url}/v1/queues/dead", timeout=DEADLINE_S)
    to_dead = {"dead_letter_exchange": "", "dead_letter_routing_key": "dead"}
    requests.put(f"{url}/v1/queues/work", json=to_dead, timeout=DEADLINE_S)
    bodies = [f"message {number}" for number in range(100 * kills)]
    for number in range(kills):
        messages = {"messages": [{"value": body} for body in bodies[number * 100:number * 100 + 100]]}
        post(url, "/v1/queues/work/messages", f"send-{number}", json=messages,
             headers={"Content-Type": "application/vnd.koine.messages+json"})
    is_over = threading.Event()
    workers = [Worker(url, f"worker{number}", is_over) for number in range(WRITERS)]
    for worker in workers:
        worker.start()
    kill_now_and_then(server, kills, random.Random(kills))
    is_over.set()
    for worker in workers:
        worker.join()
        assert worker.problem is None, worker.problem
    acked = [body for worker in workers for body in worker.ended["ack"]]
    rejected = [body for worker in workers for body in worker.ended["reject"]]
    assert sorted(acked + rejected) == sorted(bodies)
    assert sorted(messages_in(url, "dead")) == sorted(rejected)


@pytest.mark.parametrize("shards, kills", [(1, 4), (3, 4), pytest.param(3, 40, marks=pytest.mark.slow)])
def test_a_move_goes_on_after_kills(start_server, shards, kills):
    server = start_server(settings={"shards": shards})
    url = f"http://{server.http}"
    count = 1000 * kills
    for number in range(kills):
        messages = {"messages": [{"value": f"message {number * 1000 + n}"} for n in range(1000)]}
        requests.put(f"{url}/v1/queues/from", timeout=DEADLINE_S)
        post(url, "/v1/queues/from/messages", f"send-{number}", json=messages,
             headers={"Content-Type": "application/vnd.koine.messages+json"})
    choice = random.Random(shards)
    source = "from"
    for number in range(4):
        requests.put(f"{url}/v1/queues/to{number}", timeout=DEADLINE_S)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            move = pool.submit(post, url, f"/v1/queues/{source}/move", f"move-{number}",
                               json={"to": {"queue": f"to{number}"}})
            for _ in range(kills // 4):
                time.sleep(choice.uniform(0.001, 0.05))
                server.kill()
                server.start()
            answer = move.result().json()
        assert (answer["complete"], answer["moved"]) == (True, count), answer
        assert answer["destinations"] == {f"to{number}": count}
        source = f"to{number}"
    assert sorted(messages_in(url, source)) == sorted(f"message {n}" for n in range(count))
