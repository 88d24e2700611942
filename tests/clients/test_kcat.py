"""kcat, the command line client, on the installed librdkafka and on 1.9.2."""

import json
import os
import subprocess

import pytest

import install

DEADLINE_S = 60


@pytest.fixture(params=["installed", "librdkafka 1.9.2"])
def kcat(request, server):
    environment = install.old_librdkafka_environment() if "1.9" in request.param else dict(os.environ)

    def run(*arguments, text=None):
        done = subprocess.run(["kcat", "-b", server.kafka, *arguments], input=text, text=True,
                              capture_output=True, timeout=DEADLINE_S, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_lines_in_and_out(kcat, name):
    kcat("-P", "-t", name, text="one\ntwo\nthree\n")
    assert kcat("-C", "-t", name, "-e", "-q") == "one\ntwo\nthree\n"


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
def test_compression(kcat, name, compression):
    lines = "".join(f"line {number}\n" for number in range(1000))
    kcat("-P", "-t", name, "-z", compression, text=lines)
    assert kcat("-C", "-t", name, "-e", "-q") == lines


def test_keys_headers_and_json(kcat, name):
    kcat("-P", "-t", name, "-K", ":", "-H", "trace=42", text="key:value\n")
    record = json.loads(kcat("-C", "-t", name, "-e", "-q", "-J"))
    assert (record["key"], record["payload"], record["offset"]) == ("key", "value", 0)
    assert record["headers"] == ["trace", "42"]


def test_from_offset_from_end_and_by_time(kcat, name):
    for number in range(5):
        kcat("-P", "-t", name, text=f"{number}\n")
    assert kcat("-C", "-t", name, "-e", "-q", "-o", "3") == "3\n4\n"
    assert kcat("-C", "-t", name, "-e", "-q", "-o", "-1") == "4\n"
    times = kcat("-C", "-t", name, "-e", "-q", "-f", "%T\n").split()
    assert kcat("-Q", "-t", f"{name}:0:{times[3]}").strip() == f"{name} [0] offset 3"
    assert kcat("-C", "-t", name, "-e", "-q", "-o", f"s@{int(times[4]) + 1}") == ""


def test_metadata(kcat, server, name):
    kcat("-P", "-t", name, text="x\n")
    listing = json.loads(kcat("-L", "-t", name, "-J"))
    (broker,) = listing["brokers"]
    assert broker["name"] == server.kafka
    assert listing["topics"][0]["partitions"][0]["leader"] == broker["id"]


def test_group(kcat, name):
    kcat("-P", "-t", name, text="one\ntwo\n")
    assert kcat("-G", name, "-c", "2", "-q", "-X", "auto.offset.reset=earliest", name) == "one\ntwo\n"
