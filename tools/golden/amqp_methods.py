"""Prints every AMQP 0-9-1 method that pika knows, as pika writes it: name, frame in hexadecimal, fields as text.

Values come from a fixed seed, so that the output is the same every time. `generate` runs it.
"""

import datetime
import inspect
import json
import random

import pika.data
import pika.frame
import pika.spec

SAMPLES = 3
# Our names where they are not pika's.
RENAMED = {"nowait": "no_wait", "global_qos": "global"}
FLAGS = {
    "active", "auto_delete", "durable", "exclusive", "global_qos", "if_empty", "if_unused", "immediate", "insist",
    "internal", "mandatory", "multiple", "no_ack", "no_local", "nowait", "passive", "redelivered", "requeue",
}
BITS = {
    "version_major": 8, "version_minor": 8, "ticket": 16, "channel_max": 16, "heartbeat": 16, "reply_code": 16,
    "class_id": 16, "method_id": 16, "prefetch_count": 16, "frame_max": 32, "prefetch_size": 32,
    "message_count": 32, "consumer_count": 32, "delivery_tag": 64,
}
TABLES = {"arguments", "client_properties", "server_properties"}
SECRETS = {"response", "new_secret"}


def table(rng):
    return {
        "x-text": "t" * rng.randrange(20),
        "x-number": rng.randrange(-(2**31), 2**31),
        "x-large": rng.randrange(2**40, 2**62),
        "x-flag": rng.random() < 0.5,
        "x-time": datetime.datetime.fromtimestamp(rng.randrange(2**31), datetime.timezone.utc),
        "x-list": ["a", 5, None],
        "x-table": {"inner": "value"},
    }


def value_of(name, rng):
    if name in FLAGS:
        return rng.random() < 0.5
    if name in BITS:
        return rng.randrange(2 ** BITS[name])
    if name in TABLES:
        return table(rng)
    text = "".join(rng.choice("abcdefgh.*#-_ ") for _ in range(rng.randrange(30)))
    return text


def text_of(name, value):
    if name in SECRETS:
        return "***"
    return plain_text_of(value)


def plain_text_of(value):
    if value is None:
        return "void"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return f"@{int(value.timestamp())}"
    if isinstance(value, dict):
        return "{" + ",".join(f"{k}={plain_text_of(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(plain_text_of(v) for v in value) + "]"
    return json.dumps(value) if isinstance(value, str) else str(value)


def main():
    rng = random.Random(0)
    for number in sorted(pika.spec.methods):
        method_class = pika.spec.methods[number]
        group, name = method_class.NAME.split(".")
        if group == "Access":
            continue
        dashed = "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-")
        parameters = [p for p in inspect.signature(method_class.__init__).parameters if p != "self"]
        for _ in range(SAMPLES if parameters else 1):
            values = {p: value_of(p, rng) for p in parameters}
            method = method_class(**values)
            frame = pika.frame.Method(rng.randrange(2**16), method).marshal()
            fields = ",".join(f"{RENAMED.get(p, p)}={text_of(p, v)}" for p, v in values.items())
            print(f"{group.lower()}.{dashed}\t{frame.hex()}\t{{{fields}}}")


main()
