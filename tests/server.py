"""Starts and ends the real server binary, for every test that needs one.

A Server owns one process and, unless given one, a temporary data directory. It binds port 0, reads the
READY line to learn where it listens, and keeps those ports when it is started again, so that clients
find it where it was. Standard error is kept in a file and shown when a test fails.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

READY_DEADLINE_S = 30
STOP_DEADLINE_S = 30


class ServerError(Exception):
    """The server did not do what its process contract says: READY line, exit code, time."""


def wait_until(condition, what, deadline_s=30, interval_s=0.05):
    """Returns the first true value of condition(); fails naming `what` after deadline_s seconds."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline_s} s for: {what}")
        time.sleep(interval_s)


def read_line(stream, deadline_s, alive):
    """One line of text from a pipe, or what came until the process died or the deadline passed."""
    os.set_blocking(stream.fileno(), False)
    line = b""

    def complete():
        nonlocal line
        piece = stream.read()
        line += piece or b""
        return b"\n" in line or not alive()

    wait_until(complete, "READY line", deadline_s, interval_s=0.002)
    return line.decode()


class Server:
    """One koine process. settings are `--set` pairs; users are name -> password; tls a Certificate."""

    def __init__(self, settings=None, users=None, tls=None, binary=None):
        self.binary = binary or os.environ["KOINE"]
        self.settings = dict(settings or {})
        self.users = dict(users or {})
        self.tls = tls
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="koine-test-"))
        self.data = self.home / "data"
        self.process = None
        self.addresses = {}
        self.version = None
        self.ready_ms = None

    @property
    def kafka(self):
        """HOST:PORT of Kafka's own listener."""
        return self.addresses["kafka"]

    @property
    def amqp(self):
        """HOST:PORT of AMQP's own listener."""
        return self.addresses["amqp"]

    @property
    def http(self):
        """HOST:PORT of HTTP's own listener."""
        return self.addresses["http"]

    @property
    def any(self):
        """HOST:PORT of the listener that detects the protocol."""
        return self.addresses["any"]

    @property
    def pid(self):
        return self.process.pid

    def start(self):
        began = time.monotonic()
        with open(self.home / "stderr", "ab") as stderr:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=stderr)
        self.wait_ready()
        self.ready_ms = (time.monotonic() - began) * 1000
        return self

    def start_and_kill(self, after_s):
        """Starts, and kills it after_s later, most likely while it recovers: a fault, not a wait."""
        with open(self.home / "stderr", "ab") as stderr:
            process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=stderr)
        time.sleep(after_s)
        process.kill()
        process.wait()

    def command(self):
        command = [self.binary, "serve", "--data", str(self.data), "--port", "0"]
        if self.users:
            command += ["--config", str(self.write_config())]
        settings = dict(self.settings)
        for name, address in self.addresses.items():
            settings["listen." + name] = address
        if self.tls:
            settings["tls.certificate"] = self.tls.certificate
            settings["tls.key"] = self.tls.key
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        return command

    def write_config(self):
        """Passwords are never stored in clear: the command line turns each into a TOML snippet."""
        config = self.home / "koine.toml"
        if not config.exists():
            snippets = [subprocess.run([self.binary, "user", "add", "--name", name], input=password + "\n",
                                       capture_output=True, text=True, check=True).stdout
                        for name, password in self.users.items()]
            config.write_text("\n".join(snippets))
        return config

    def wait_ready(self):
        line = read_line(self.process.stdout, READY_DEADLINE_S, lambda: self.process.poll() is None)
        words = line.split()
        if len(words) < 3 or words[:2] != ["READY", "koine"] or line.count("\n") != 1:
            self.kill()
            raise ServerError(f"expected one READY line, found {line!r}; standard error:\n{self.stderr()}")
        self.version = words[2]
        self.addresses = dict(word.split("=", 1) for word in words[3:])

    def stop(self):
        """SIGTERM drains; anything but exit code 0 in time is an error."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerError(f"did not end within {STOP_DEADLINE_S} s of SIGTERM") from None
        self.forget_process()
        if code not in self.exit_codes_of_stop():
            raise ServerError(f"ended with {code} after SIGTERM; standard error:\n{self.stderr()}")

    def exit_codes_of_stop(self):
        return {0}

    def kill(self):
        """SIGKILL: nothing that the process had only in memory survives."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.forget_process()

    def forget_process(self):
        self.process.stdout.close()
        self.process = None

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        """Ends the process and removes everything it wrote; true to stop()'s contract."""
        try:
            if self.process is not None and self.process.poll() is not None:
                code = self.process.returncode
                self.forget_process()
                raise ServerError(f"died by itself with {code}; standard error:\n{self.stderr()}")
            self.stop()
        finally:
            self.kill()
            shutil.rmtree(self.home, ignore_errors=True)

    def stderr(self):
        path = self.home / "stderr"
        return path.read_text(errors="replace") if path.exists() else ""

    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise ServerError("no VmRSS in /proc")

    def connect(self, timeout_s=10):
        """A bare TCP connection, for tests that speak in bytes."""
        host, port = self.kafka.rsplit(":", 1)
        return socket.create_connection((host.strip("[]"), int(port)), timeout=timeout_s)

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        self.close()
