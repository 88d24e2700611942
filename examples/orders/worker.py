"""A worker: takes a queue that is bound to the topic `orders`, and acks each order when what it is for is done."""

import json
import os

import pika


def work(queue, handle):
    """Calls handle(order) for each order, for ever. An order is acked after that: if we die before, another gets it."""
    host, port = os.environ.get("AMQP", "localhost:5672").rsplit(":", 1)
    connection = pika.BlockingConnection(pika.ConnectionParameters(host, int(port)))
    channel = connection.channel()
    channel.queue_declare(queue, durable=True)
    channel.queue_bind(queue, exchange="orders", routing_key="#")  # a topic is an exchange that retains
    channel.basic_qos(prefetch_count=10)

    def on_message(_, method, __, body):
        handle(json.loads(body))
        channel.basic_ack(method.delivery_tag)

    channel.basic_consume(queue, on_message)
    print(f"waiting for {queue}", flush=True)
    channel.start_consuming()
