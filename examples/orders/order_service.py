"""order_service.py COUNT [FIRST]: places COUNT orders, numbered from FIRST (0): appends them to the topic `orders`."""

import json
import os
import sys

from confluent_kafka import Producer

count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
producer = Producer({"bootstrap.servers": os.environ.get("KAFKA", "localhost:9092")})


def acknowledged(error, record):
    if error is not None:
        sys.exit(f"order {record.key()} was not taken: {error}")
    print(f"placed {record.key().decode()}", flush=True)


for number in range(first, first + count):
    order = {"number": number, "customer": f"customer-{number % 7}", "total": 10 + number}
    producer.produce("orders", key=f"order.{number}", value=json.dumps(order), on_delivery=acknowledged)
    producer.poll(0)
if producer.flush(60):
    sys.exit("not all orders were taken in time")
