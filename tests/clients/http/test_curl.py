"""curl: HTTP/1.1 and HTTP/2, by prior knowledge, upgrade and ALPN, on each port."""

import json
import os
import subprocess

import pytest


def curl(*arguments):
    done = subprocess.run(["curl", "-sS", "--max-time", "20", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def status_and_version(url, *arguments):
    return curl("-o", "/dev/null", "-w", "%{http_code} %{http_version}", *arguments, url)


def test_it_is_alive_and_ready(url):
    assert curl(f"{url}/livez") == "ok\n"
    assert curl(f"{url}/readyz") == "ok\n"
    assert curl(f"{url}/readyz?verbose") == "[+]serving ok\n[+]disk ok\n"


@pytest.mark.parametrize("option, version", [("--http1.0", "1.1"), ("--http1.1", "1.1"), ("--http2", "2"),
                                             ("--http2-prior-knowledge", "2")])
@pytest.mark.parametrize("port", ["http", "any"])
def test_versions(server, option, version, port):
    url = f"http://{server.addresses[port]}/livez"
    assert status_and_version(url, option) == f"200 {version}"


@pytest.mark.parametrize("option, version", [("--http1.1", "1.1"), ("--http2", "2")])
def test_tls(start_server, certificate, option, version):
    server = start_server(tls=certificate)
    port = server.http.rsplit(":", 1)[1]
    assert status_and_version(f"https://localhost:{port}/livez", option, "--cacert", certificate.certificate,
                              "--resolve", f"localhost:{port}:127.0.0.1") == f"200 {version}"


def test_openapi(url):
    description = json.loads(curl(f"{url}/openapi.json"))
    assert description["openapi"].startswith("3.1")
    assert "/livez" in description["paths"]


def test_problems_name_what_is_wrong(url):
    problem = json.loads(curl(f"{url}/readyz?verbos"))
    assert (problem["status"], problem["title"]) == (400, "Bad Request")
    assert "verbos" in problem["detail"]
    assert json.loads(curl(f"{url}/nothing"))["status"] == 404
    assert json.loads(curl("-X", "DELETE", f"{url}/livez"))["status"] == 405
    headers = curl("-o", "/dev/null", "-D", "-", "-X", "DELETE", f"{url}/livez").lower()
    assert "allow: get, head, options" in headers


def test_users(start_server, tmp_path):
    """Passwords as Basic, tokens as Bearer; nobody else."""
    made = subprocess.run([os.environ["KOINE"], "user", "token", "--name", "robot"], capture_output=True, text=True)
    token = made.stderr.strip()
    digest = made.stdout.split('"')[-2]
    server = start_server(users={"alice": "wonderland"}, settings={"users.robot.token": digest})
    url = f"http://{server.http}/v1/topics"

    def status(*arguments):
        return curl("-o", "/dev/null", "-w", "%{http_code}", *arguments, url)

    assert status() == "401"
    assert status("-u", "alice:wonderland") == "200"
    assert status("-u", "alice:wonderlan") == "401"
    assert status("-H", f"Authorization: Bearer {token}") == "200"
    assert status("-H", f"Authorization: Bearer {token}x") == "401"
    assert status("--http2-prior-knowledge", "-u", "alice:wonderland") == "200"
    assert curl(f"http://{server.http}/livez") == "ok\n"


def test_compression_and_what_a_client_has(url):
    plain = curl(f"{url}/openapi.json")
    assert curl("--compressed", f"{url}/openapi.json") == plain
    head = curl("-o", "/dev/null", "-D", "-", "-H", "Accept-Encoding: gzip", f"{url}/openapi.json")
    assert "content-encoding: gzip" in head.lower()
    tag = next(line.split(": ")[1] for line in head.splitlines() if line.lower().startswith("etag"))
    assert curl("-o", "/dev/null", "-w", "%{http_code}", "-H", f"If-None-Match: {tag}", f"{url}/openapi.json") == "304"


def test_head_and_options(url):
    assert "content-length: 3" in curl("-I", f"{url}/livez").lower()
    assert "allow:" in curl("-X", "OPTIONS", "-D", "-", f"{url}/livez").lower()


def test_origins(start_server):
    server = start_server(settings={"http.cors_origins": "https://good.example"})
    url = f"http://{server.http}/livez"
    good = curl("-D", "-", "-H", "Origin: https://good.example", url).lower()
    assert "access-control-allow-origin: https://good.example" in good
    assert "access-control-allow-origin" not in curl("-D", "-", "-H", "Origin: https://bad", url).lower()


@pytest.mark.parametrize("option", ["--http1.1", "--http2-prior-knowledge"])
def test_a_name_that_was_made_to_lead_here_is_refused(start_server, option):
    """DNS rebinding: what a browser sends for a page of evil.example, whose name leads to 127.0.0.1 now."""
    server = start_server(settings={"http.hosts": "shop.test"})
    port = server.http.rsplit(":", 1)[1]

    def ask(host, *arguments):
        return curl(option, "--resolve", f"{host}:{port}:127.0.0.1", *arguments, f"http://{host}:{port}/v1/topics")

    refused = json.loads(ask("evil.example"))
    assert refused["status"] == 421 and "http.hosts" in refused["detail"] and f"evil.example:{port}" in refused["detail"]
    assert json.loads(ask("evil.example", "-X", "DELETE"))["status"] == 421
    for host in ("shop.test", "localhost", "shop.localhost", "127.0.0.1"):
        assert json.loads(ask(host)) == {"items": []}
    with_users = start_server(users={"alice": "wonderland"})
    port = with_users.http.rsplit(":", 1)[1]
    assert json.loads(ask("evil.example"))["status"] == 401
    assert json.loads(ask("evil.example", "-u", "alice:wonderland")) == {"items": []}
