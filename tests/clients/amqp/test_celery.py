"""Celery: a real worker in a process of its own runs real tasks. The application is in celery_app/tasks.py."""

import contextlib
import importlib
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from broker import url
from server import wait_until

APPLICATION = pathlib.Path(__file__).resolve().parent / "celery_app"
DEADLINE_S = 60


class Worker:
    """`celery worker` with its output in a file; killed with SIGKILL, or ended with SIGTERM as a deployment does."""

    def __init__(self, environment, log, concurrency):
        self.log = log
        command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--loglevel", "INFO", "--pool",
                   "prefork", "--concurrency", str(concurrency), "--hostname", f"{log.stem}@koine"]
        with log.open("ab") as output:
            self.process = subprocess.Popen(command, cwd=APPLICATION, env=environment, stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output, start_new_session=True)

    def wait_ready(self):
        def ready():
            assert self.process.poll() is None, f"the worker ended:\n{self.log.read_text()[-5000:]}"
            return b"ready." in self.log.read_bytes()

        wait_until(ready, "the worker is ready", DEADLINE_S)
        return self

    def kill(self):
        """With its pool's processes, which are in its session and ours to end."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(DEADLINE_S)
        finally:
            self.kill()


@pytest.fixture
def celery(server, name, tmp_path, monkeypatch):
    """The application, and start(): a worker that has said that it is ready."""
    monkeypatch.setenv("AMQP_URL", url(server, vhost="/"))
    monkeypatch.setenv("QUEUE", name)
    monkeypatch.syspath_prepend(str(APPLICATION))
    tasks = importlib.reload(importlib.import_module("tasks"))
    workers = []

    def start(concurrency=2):
        workers.append(Worker(dict(os.environ), tmp_path / f"worker{len(workers)}.log", concurrency))
        return workers[-1].wait_ready()

    tasks.start = start
    yield tasks
    for worker in workers:
        worker.kill()
    tasks.app.close()


def test_tasks_retries_and_eta(celery):
    """One worker for all that takes no configuration of its own: it takes seconds to start."""
    celery.start()
    results = [celery.add.delay(number, number) for number in range(50)]
    assert [result.get(timeout=DEADLINE_S) for result in results] == [2 * number for number in range(50)]

    assert celery.flaky.delay(2).get(timeout=DEADLINE_S) == 2
    with pytest.raises(ValueError, match="no such luck"):
        celery.fail.delay("no such luck").get(timeout=DEADLINE_S)

    begun = time.time()
    assert celery.now.apply_async(countdown=1.5).get(timeout=DEADLINE_S) >= begun + 1.5

    # Tasks with an ETA are held by the worker, which asks for a greater prefetch meanwhile.
    waiting = [celery.now.apply_async(countdown=2) for _ in range(30)]
    assert celery.add.delay(1, 1).get(timeout=DEADLINE_S) == 2
    assert all(result.get(timeout=DEADLINE_S) >= begun + 2 for result in waiting)

    assert celery.app.control.ping(timeout=5)  # answers over a fanout exchange
    stats = celery.app.control.inspect(timeout=5).stats()
    assert len(stats) == 1


@pytest.mark.slow
def test_a_task_that_ran_out_of_retries_says_so(celery):
    celery.start()
    with pytest.raises(celery.celery.exceptions.MaxRetriesExceededError):
        celery.flaky.delay(10).get(timeout=DEADLINE_S)


@pytest.mark.slow
def test_what_a_killed_worker_had_is_done_by_another(celery, tmp_path):
    """acks_late: the message comes back when the worker's connection breaks."""
    first = celery.start(concurrency=1)
    path = tmp_path / "slow"
    result = celery.slow.delay(str(path), 3)
    wait_until(lambda: path.exists() and path.read_text() == "begun\n", "the task has begun", DEADLINE_S)
    first.kill()
    celery.start(concurrency=1)
    assert result.get(timeout=DEADLINE_S) == "done"
    assert path.read_text() == "begun\nbegun\ndone\n"


@pytest.mark.slow
def test_priorities_of_tasks(celery, tmp_path):
    path = tmp_path / "order"
    for priority in (1, 5, 9, 5, 1):
        celery.note.apply_async((str(path), str(priority)), priority=priority)
    celery.start(concurrency=1)
    wait_until(lambda: path.exists() and len(path.read_text().split()) == 5, "all tasks ran", DEADLINE_S)
    assert path.read_text().split() == ["9", "5", "5", "1", "1"]


@pytest.mark.slow
def test_a_worker_that_is_told_to_end_finishes_its_task(celery, tmp_path):
    worker = celery.start(concurrency=1)
    path = tmp_path / "slow"
    result = celery.slow.delay(str(path), 2)
    wait_until(path.exists, "the task has begun", DEADLINE_S)
    worker.stop()
    assert result.get(timeout=DEADLINE_S) == "done"
    assert path.read_text() == "begun\ndone\n"


@pytest.mark.slow
@pytest.mark.own_server
def test_a_worker_outlives_a_restart_of_the_server(celery, server):
    celery.start()
    assert celery.add.delay(1, 2).get(timeout=DEADLINE_S) == 3
    server.restart()
    wait_until(lambda: published(celery), "the server takes tasks again", DEADLINE_S, interval_s=0.5)


def published(celery):
    try:
        return celery.add.delay(3, 4).get(timeout=10) == 7
    except (OSError, celery.celery.exceptions.TimeoutError, celery.app.connection().connection_errors):
        return False
