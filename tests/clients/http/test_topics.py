"""Topics, records and groups with the clients that people have: requests, httpx, Node's fetch; and what Kafka clients see of it."""

import json
import os
import subprocess
import threading

import confluent_kafka
import httpx
import pytest
import requests

DEADLINE_S = 60


@pytest.fixture
def topic(url):
    made = requests.put(f"{url}/v1/topics/orders", json={"partitions": 2}, timeout=DEADLINE_S)
    assert made.status_code == 201
    return f"{url}/v1/topics/orders"


def read_all(topic, **parameters):
    """Page by page, as a script would."""
    records = []
    parameters = {"limit": 7, "from": "start"} | parameters
    with httpx.Client(timeout=DEADLINE_S) as client:
        while True:
            page = client.get(f"{topic}/records", params=parameters).raise_for_status().json()
            if not page["records"]:
                return records
            records += page["records"]
            parameters.pop("from", None)
            parameters["after"] = page["next"]


def test_requests_and_httpx(topic):
    for number in range(20):
        done = requests.post(f"{topic}/records", json={"number": number}, headers={"Koine-Key": str(number)},
                             timeout=DEADLINE_S)
        assert done.status_code == 201
    records = read_all(topic)
    assert sorted(record["value"]["number"] for record in records) == list(range(20))
    assert all(record["key"] == str(record["value"]["number"]) for record in records)
    one = requests.get(f"{topic}/partitions/{records[0]['partition']}/records/0", timeout=DEADLINE_S)
    assert one.json() == records[0]["value"]
    assert one.headers["Koine-Key"] == records[0]["key"]


def test_node_fetch(topic):
    script = """
        const topic = process.argv[1];
        const sent = await fetch(topic + '/records', {method: 'POST', body: JSON.stringify({n: 1}),
            headers: {'Content-Type': 'application/json', 'Koine-Partition': '1'}});
        const page = await (await fetch(topic + '/records?partition=1')).json();
        console.log(JSON.stringify([sent.status, page.records[0].value]));
    """
    done = subprocess.run(["node", "--input-type=module", "-e", script, topic], capture_output=True, text=True,
                          timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [201, {"n": 1}]


def test_bytes_are_kept_as_they_are(topic):
    body = os.urandom(300_000)
    place = requests.post(f"{topic}/records", data=body, headers={"Koine-Key": "k%00%FF"}, timeout=DEADLINE_S)
    one = requests.get(place.url.rsplit("/v1", 1)[0] + place.headers["Location"], timeout=DEADLINE_S)
    assert one.content == body
    assert one.headers["Koine-Key"] == "k%00%FF"


def test_a_kafka_producer_is_read_over_http(server, topic):
    producer = confluent_kafka.Producer({"bootstrap.servers": server.kafka, "compression.type": "zstd"})
    for number in range(100):
        producer.produce("orders", json.dumps({"n": number}), key=f"k{number}",
                         headers={"content-type": "application/json", "trace": "42"})
    assert producer.flush(DEADLINE_S) == 0
    records = read_all(topic)
    assert sorted(record["value"]["n"] for record in records) == list(range(100))
    assert records[0]["headers"] == {"content-type": "application/json", "trace": "42"}


def test_what_http_appends_a_kafka_consumer_gets(server, url, topic):
    batch = {"records": [{"key": f"k{number}", "value": f"v{number}", "headers": {"h": "x"}} for number in range(50)]}
    done = requests.post(f"{topic}/records", data=json.dumps(batch), timeout=DEADLINE_S,
                         headers={"Content-Type": "application/vnd.koine.records+json"})
    assert done.status_code == 201
    consumer = confluent_kafka.Consumer({"bootstrap.servers": server.kafka, "group.id": "readers",
                                         "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.subscribe(["orders"])
    got = {}
    while len(got) < 50:
        message = consumer.poll(DEADLINE_S)
        assert message is not None and message.error() is None
        got[message.key()] = (message.partition(), message.offset(), message.headers())
    places = [(record["partition"], record["offset"]) for record in done.json()["records"]]
    assert [got[f"k{number}".encode()][:2] for number in range(50)] == places
    assert got[b"k0"][2] == [("h", b"x")]

    group = requests.get(f"{url}/v1/groups/readers", timeout=DEADLINE_S).json()
    assert (group["state"], len(group["members"])) == ("stable", 1)
    assert requests.delete(f"{url}/v1/groups/readers", timeout=DEADLINE_S).status_code == 409
    consumer.commit(asynchronous=False)
    consumer.close()
    requests.post(f"{topic}/records", data="one more", headers={"Koine-Partition": "0"}, timeout=DEADLINE_S)
    group = requests.get(f"{url}/v1/groups/readers", timeout=DEADLINE_S).json()
    assert (group["state"], group["lag"]) == ("empty", 1)
    assert requests.delete(f"{url}/v1/groups/readers", timeout=DEADLINE_S).status_code == 204


def test_the_same_key_meets_the_same_partition_from_kafka_and_http(server, topic):
    producer = confluent_kafka.Producer({"bootstrap.servers": server.kafka, "partitioner": "murmur2"})
    for key in (f"key-{number}" for number in range(30)):
        producer.produce("orders", "kafka", key=key)
        requests.post(f"{topic}/records", data="http", headers={"Koine-Key": key}, timeout=DEADLINE_S)
    producer.flush(DEADLINE_S)
    partitions = {}
    for record in read_all(topic):
        partitions.setdefault(record["key"], set()).add(record["partition"])
    assert len(partitions) == 30
    assert all(len(found) == 1 for found in partitions.values())


def test_a_long_poll_is_woken_by_a_kafka_producer(server, topic):
    position = requests.get(f"{topic}/records", params={"from": "end"}, timeout=DEADLINE_S).json()["next"]
    pages = []
    waiting = threading.Thread(target=lambda: pages.append(requests.get(
        f"{topic}/records", params={"after": position, "wait_ms": 60_000}, timeout=120).json()))
    waiting.start()
    producer = confluent_kafka.Producer({"bootstrap.servers": server.kafka})
    producer.produce("orders", "hello")
    assert producer.flush(DEADLINE_S) == 0
    waiting.join(DEADLINE_S)
    assert [record["value"] for record in pages[0]["records"]] == ["hello"]


def test_records_survive_a_kill(start_server):
    server = start_server()
    topic = f"http://{server.http}/v1/topics/orders"
    requests.put(topic, timeout=DEADLINE_S)
    for number in range(10):
        assert requests.post(f"{topic}/records", data=str(number), timeout=DEADLINE_S).status_code == 201
    server.kill()
    server.start()
    assert [record["value"] for record in read_all(topic)] == [str(number) for number in range(10)]
