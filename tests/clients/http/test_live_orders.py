"""examples/live-orders in Chromium: the page shows each order once, through a restart and a kill of the server."""

import functools
import http.server
import json
import pathlib
import threading

import httpx
import pytest
from events import produce
from node_programs import node_program

PAGE = pathlib.Path(__file__).resolve().parents[3] / "examples" / "live-orders"


@pytest.fixture
def page_url():
    """The page's own server, as the example's README starts it."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=PAGE)
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as pages:
        thread = threading.Thread(target=pages.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{pages.server_address[1]}"
        pages.shutdown()
        thread.join()


class Browser:
    def __init__(self, program):
        self.program = program

    def order(self, item):
        self.program.stdin.write(json.dumps({"order": item}) + "\n")
        self.program.stdin.flush()

    def orders(self, count):
        """What the page shows once it has so many orders."""
        self.program.stdin.write(json.dumps({"wait": count}) + "\n")
        self.program.stdin.flush()
        return json.loads(self.program.stdout.readline())


@pytest.mark.slow
def test_the_page_survives_its_server(start_server, page_url):
    server = start_server(settings={"http.cors_origins": page_url})
    url = f"http://{server.http}"
    httpx.put(f"{url}/v1/topics/orders", json={"partitions": 1}).raise_for_status()
    with node_program("browser.mjs", f"{page_url}/?koine={url}") as program:
        browser = Browser(program)
        browser.order("a book")
        assert browser.orders(1) == ["a book"]
        server.restart()
        browser.order("a lamp")
        assert browser.orders(2) == ["a book", "a lamp"]
        server.kill()
        browser.order("a chair")  # nobody is there to take it
        server.start()
        assert browser.orders(3) == ["a book", "a lamp", "a chair"]
        produce(server, "orders", ['{"item": "a table"}'], headers={"content-type": "application/json"})
        assert browser.orders(4) == ["a book", "a lamp", "a chair", "a table"]
    stored = httpx.get(f"{url}/v1/topics/orders/records", params={"from": "start"}).json()["records"]
    assert len(stored) == 4
