"""nghttp and h2load as HTTP/2 peers; wrk as one of HTTP/1.1."""

import re
import subprocess


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_nghttp(url):
    assert output_of("nghttp", f"{url}/livez") == "ok\n"
    verbose = output_of("nghttp", "-nv", f"{url}/livez", f"{url}/openapi.json", f"{url}/nothing")
    assert verbose.count(":status: 200") == 2
    assert verbose.count(":status: 404") == 1
    assert "SETTINGS_ENABLE_CONNECT_PROTOCOL(0x08):1" in verbose


def test_nghttp_by_upgrade(url):
    assert output_of("nghttp", "-u", f"{url}/livez") == "ok\n"


def test_h2load(url):
    report = output_of("h2load", "-n", "10000", "-c", "10", "-m", "100", f"{url}/livez")
    assert "10000 succeeded, 0 failed, 0 errored" in report


def test_h2load_large_answers(url):
    report = output_of("h2load", "-n", "500", "-c", "5", "-m", "20", "-w", "16", f"{url}/openapi.json")
    assert "500 succeeded, 0 failed, 0 errored" in report


def test_wrk(url):
    report = output_of("wrk", "-t", "1", "-c", "20", "-d", "1s", f"{url}/livez")
    assert int(re.search(r"(\d+) requests in", report).group(1)) > 0
    assert "Non-2xx" not in report
    assert "Socket errors" not in report
