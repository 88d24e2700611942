"""One RabbitMQ node from Debian's package, private to whoever starts it: the reference for queues.

Ports, data, cookie and the port mapper (epmd) are the node's own; nothing of the package's service is used, and
install() sees to it that no service starts. Both tests (tests/clients/amqp) and the benchmark use it. Durability:
classic queues confirm a persistent message once it is in the page cache, quorum queues after fdatasync.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

PACKAGE = "rabbitmq-server"
PROGRAMS = pathlib.Path("/usr/lib/rabbitmq/lib")
POLICY = pathlib.Path("/usr/sbin/policy-rc.d")
READY = "Server startup complete"
PLUGINS = ["rabbitmq_consistent_hash_exchange"]
EPMD_DEADLINE_S = 10
SCRIPT_DEADLINE_S = 5


class RabbitmqError(Exception):
    """The node could not be installed or started."""


def installed():
    """The directory of the newest installed RabbitMQ, or None."""
    return max(PROGRAMS.glob("rabbitmq_server-*"), default=None)


def version():
    home = installed()
    return home.name.rpartition("-")[2] if home else "not installed"


def install(say=print):
    """Installs Debian's package if it is missing. Its services neither start now nor with the machine."""
    if installed():
        return
    say(f"installing Debian package: {PACKAGE} (its service stays off)")
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    had_policy = POLICY.exists()
    if not had_policy:  # Debian asks this program whether a package may start its services
        run_or_raise(sudo + ["sh", "-c", f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY}; chmod +x {POLICY}"])
    try:
        run_or_raise(sudo + ["apt-get", "update"])
        run_or_raise(sudo + ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y",
                             "--no-install-recommends", PACKAGE])
        if shutil.which("systemctl"):
            run_or_raise(sudo + ["systemctl", "disable", PACKAGE, "epmd.service", "epmd.socket"])
    finally:
        if not had_policy:
            run_or_raise(sudo + ["rm", str(POLICY)])


def run_or_raise(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RabbitmqError(f"{' '.join(command)} failed with {done.returncode}:\n{done.stdout}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PortMapper:
    """epmd, which Erlang asks for a node's port: a process of our own on a port of our own."""

    def __init__(self):
        self.port = free_port()
        self.process = subprocess.Popen(["epmd", "-port", str(self.port), "-address", "127.0.0.1"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        end = time.monotonic() + EPMD_DEADLINE_S
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RabbitmqError(f"epmd does not listen on port {self.port}")
            time.sleep(0.01)

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.process.kill()
        self.process.wait()


class RabbitmqNode:
    """Everything that one node needs below `home`; the caller runs `command` with `environment` in a new session.

    users: name -> password, in addition to guest. configuration: lines for rabbitmq.conf.
    """

    def __init__(self, home, users=None, configuration=()):
        self.home = pathlib.Path(home)
        self.amqp_port = free_port()
        self.distribution_port = free_port()
        self.mapper = None
        self.users = {"guest": "guest", **(users or {})}
        self.configuration = list(configuration)

    @property
    def address(self):
        return f"127.0.0.1:{self.amqp_port}"

    @property
    def command(self):
        return [str(installed() / "sbin" / "rabbitmq-server")]

    @property
    def data(self):
        return self.home / "data"

    def prepare(self):
        """Writes the configuration and starts the port mapper, without which a node does not start."""
        if self.mapper is None:
            self.mapper = PortMapper()
        (self.home / "definitions.json").write_text(json.dumps(self.definitions()))
        lines = [f"listeners.tcp.1 = {self.address}", "loopback_users = none", "log.file = false",
                 "log.console = true", "log.console.level = info",
                 f"load_definitions = {self.home}/definitions.json", *self.configuration]
        (self.home / "rabbitmq.conf").write_text("\n".join(lines) + "\n")
        (self.home / "enabled_plugins").write_text(f"[{','.join(PLUGINS)}].\n")
        return self

    def definitions(self):
        permission = {"vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}
        return {
            "vhosts": [{"name": "/"}],
            "users": [{"name": name, "password": password, "tags": "administrator"}
                      for name, password in self.users.items()],
            "permissions": [{"user": name, **permission} for name in self.users],
        }

    @property
    def environment(self):
        return os.environ | {
            "HOME": str(self.home),  # where Erlang keeps its cookie
            "ERL_EPMD_PORT": str(self.mapper.port),
            "RABBITMQ_NODENAME": "koine-peer@localhost",
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(self.home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.data),
            "RABBITMQ_LOG_BASE": str(self.home / "log"),
            "RABBITMQ_PID_FILE": str(self.home / "pid"),
        }

    def release(self):
        if self.mapper is not None:
            self.mapper.stop()
            self.mapper = None


def process_tree(root):
    """`root` and all its descendants: the script, the Erlang machine, and what that has started."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    tree, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        tree.append(process)
        waiting += children.get(process, [])
    return tree


def kill_tree(process):
    """SIGKILL to everything below the script, each by its id; the script then ends by itself, or is killed, too.
    In this order the script collects what its children have used, and we what it has."""
    for one in reversed(process_tree(process.pid)[1:]):
        kill_quietly(one)
    try:
        process.wait(SCRIPT_DEADLINE_S)
    except subprocess.TimeoutExpired:
        for one in process_tree(process.pid):
            kill_quietly(one)
        process.wait()


def kill_quietly(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
