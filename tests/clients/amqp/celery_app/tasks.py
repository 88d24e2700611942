"""A Celery application as users write it; test_celery.py runs its worker. AMQP_URL says where the broker is."""

import os
import time

import celery

app = celery.Celery("tasks", broker=os.environ["AMQP_URL"], backend="rpc://")
app.conf.task_default_queue = os.environ["QUEUE"]
app.conf.worker_prefetch_multiplier = 2
app.conf.task_queue_max_priority = 10
app.conf.broker_connection_retry_on_startup = True


@app.task
def add(x, y):
    return x + y


@app.task(bind=True, max_retries=3)
def flaky(self, failures):
    """Fails so many times; each retry is published again, with a countdown."""
    if self.request.retries < failures:
        raise self.retry(countdown=0.2)
    return self.request.retries


@app.task
def now():
    return time.time()


@app.task
def fail(text):
    raise ValueError(text)


@app.task(acks_late=True, reject_on_worker_lost=True)
def slow(path, seconds):
    """Notes each time that it begins; acked only when it is done."""
    with open(path, "a") as file:
        file.write("begun\n")
    time.sleep(seconds)
    with open(path, "a") as file:
        file.write("done\n")
    return "done"


@app.task
def note(path, text):
    with open(path, "a") as file:
        file.write(text + "\n")
