"""A durable append of one record by POST: requests a second and what one costs, against nginx that takes the same request and stores nothing."""

import json
import pathlib
import tempfile
import urllib.request

from harness.bench_server import serving
from harness.failure import BenchFailure
from harness.row import Line, Row
from harness.volume import Volume
from rows.http_get import CONNECTIONS, cost, run

SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"order": 17, "text": "' .. string.rep("x", 175) .. '"}'
"""
TOPIC = "/v1/topics/bench"


def call(method: str, url: str) -> dict:
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=60) as answer:
        return json.load(answer)


def measure(peer, volume: Volume) -> dict[str, float]:
    seconds = 1 if volume.repetitions == 1 else 5
    with serving(peer) as server, tempfile.TemporaryDirectory() as directory:
        base = f"http://{peer.http_address(server.process)}"
        if peer.name == "koine":
            call("PUT", base + TOPIC)
        script = pathlib.Path(directory) / "post.lua"
        script.write_text(SCRIPT)
        requests = 0

        def load() -> int:
            nonlocal requests
            done = run(["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "-s", str(script),
                        f"{base}{TOPIC}/records"], r"(\d+) requests in")
            requests += done
            return done

        cpu, rate = cost(server, load)
        if peer.name == "koine":
            records = call("GET", base + TOPIC)["records"]
            # wrk forgets the requests that are under way when its time is over.
            if not requests <= records <= requests + 4 * CONNECTIONS:
                raise BenchFailure(f"{requests} requests were answered with 201; the topic has {records} records")
        return {"cpu_us": cpu, "per_s": rate}


ROW = Row(
    name="http-append",
    about=f"POST of a 200 B record, durable when answered, against nginx's `return 200` to the same request, {CONNECTIONS} connections",
    peers=("nginx", "koine"),
    measure=measure,
    lines=(
        Line("rate", "per_s", "requests/s", versus="nginx", at_least=0.5),
        Line("server CPU", "cpu_us", "us/request", versus="nginx"),
    ),
)
