"""Server-Sent Events as the HTML standard reads them, over httpx; and records written by Kafka clients."""

import json

import httpx
from confluent_kafka import Producer


class Events:
    """The events of one topic, from wherever the last stream ended; opened again as often as it takes."""

    def __init__(self, url, topic, **parameters):
        self.url = f"{url}/v1/topics/{topic}/events"
        self.parameters = parameters
        self.last_id = None
        self.streams = 0

    def stream(self, client):
        """Yields (id, type, data) until the stream ends, in order or not."""
        headers = {"Last-Event-ID": self.last_id} if self.last_id else {}
        with client.stream("GET", self.url, params=self.parameters, headers=headers, timeout=30) as answer:
            answer.raise_for_status()
            self.streams += 1
            event, data = {}, []
            for line in answer.iter_lines():
                name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if line == "":
                    self.last_id = event.get("id", self.last_id)
                    if data:
                        yield self.last_id, event.get("event", "message"), "\n".join(data)
                    event, data = {}, []
                elif name == "data":
                    data.append(value)
                else:
                    event[name] = value

    def take(self, until):
        """All records until `until(records)`, however often the server goes away meanwhile."""
        records = []
        with httpx.Client() as client:
            while not until(records):
                try:
                    for _, _, data in self.stream(client):
                        records.append(json.loads(data))
                        if until(records):
                            break
                except (httpx.TransportError, httpx.HTTPStatusError) as problem:
                    if isinstance(problem, httpx.HTTPStatusError) and problem.response.status_code < 500:
                        raise
        return records


def produce(server, topic, values, **options):
    """Acknowledged when it returns."""
    failed = []
    producer = Producer({"bootstrap.servers": server.kafka})
    for value in values:
        producer.produce(topic, value=value, on_delivery=lambda error, _: error and failed.append(error), **options)
    assert producer.flush(30) == 0
    assert not failed
