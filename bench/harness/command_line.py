"""`./dev bench [row ...]`: which rows, which peers, how much."""

import argparse
import dataclasses
import importlib

from harness.volume import FULL, QUICK, Volume
from peers.kafka import server as kafka
from peers.koine.server import KoinePeer
from peers.nchan.server import NchanPeer
from peers.nginx.server import NginxPeer
from peers.rabbitmq import server as rabbitmq

ROW_NAMES = ("produce-librdkafka", "produce-java", "consume-tail", "consume-cold", "latency",
             "append-rate", "partitions", "start", "memory", "recovery", "queue-flow", "queue-no-confirm",
             "queue-latency", "queue-backlog", "queue-stuck", "queue-idle-queues", "queue-idle-connections",
             "http-get", "http-append", "event-fanout", "event-catch-up", "websocket-idle")
PEER_NAMES = ("kafka", "kafka-flush", "rabbitmq", "rabbitmq-quorum", "nginx", "nchan", "koine")
# What --scale multiplies.
SCALED = ("_gb", "_messages", "_queues", "_connections")


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description="Koine, Apache Kafka and RabbitMQ, side by side.")
    parser.add_argument("rows", nargs="*", metavar="row", help="any of: " + " ".join(ROW_NAMES))
    parser.add_argument("--quick", action="store_true", help="small volumes, one repetition: not to be quoted")
    parser.add_argument("--scale", type=float, default=1, help="multiplies every volume in GB, messages, queues, connections")
    parser.add_argument("--repetitions", type=int, help="how often each peer is measured, in turn")
    parser.add_argument("--only", action="append", choices=PEER_NAMES, dest="only",
                        help="measure only this peer; may be repeated")
    parser.add_argument("--koine-set", action="append", default=[], metavar="KEY=VALUE",
                        help="a setting passed to koine serve; may be repeated")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.rows) - set(ROW_NAMES)
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROW_NAMES)}")
    return chosen


def rows_of(chosen: argparse.Namespace) -> list:
    names = chosen.rows or ROW_NAMES
    return [importlib.import_module("rows." + name.replace("-", "_")).ROW for name in names]


def volume_of(chosen: argparse.Namespace) -> Volume:
    volume = QUICK if chosen.quick else FULL
    scaled = {}
    for field in dataclasses.fields(volume):
        if field.name.endswith(SCALED):
            value = getattr(volume, field.name)
            scaled[field.name] = type(value)(max(value * chosen.scale, 1 if isinstance(value, int) else 0))
    if chosen.repetitions:
        scaled["repetitions"] = chosen.repetitions
    return dataclasses.replace(volume, **scaled)


def peers_of(chosen: argparse.Namespace) -> dict[str, object]:
    peers = {peer.name: peer for peer in (kafka.default(), kafka.flushed(), rabbitmq.classic(), rabbitmq.quorum(),
                                               NginxPeer(), NchanPeer(), KoinePeer(chosen.koine_set))}
    return {name: peer for name, peer in peers.items() if not chosen.only or name in chosen.only}
