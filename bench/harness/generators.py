"""Builds the load generators and runs them; each prints one line of JSON."""

import json
import pathlib
import shutil
import subprocess

from harness.failure import BenchFailure
from peers.kafka import install

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ROOT / "build" / "bench" / "load"


def build() -> None:
    configure = ["cmake", "-S", str(ROOT / "bench"), "-B", str(BUILT), "-G", "Ninja",
                 "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_COMPILER=clang++-19"]
    if shutil.which("ccache"):
        configure.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
    for command in (configure, ["cmake", "--build", str(BUILT), "--target", "bench_load"]):
        outcome = subprocess.run(command, capture_output=True, text=True)
        if outcome.returncode != 0:
            raise BenchFailure(f"the load generators do not build:\n{outcome.stdout}{outcome.stderr}")


def start(program: str, with_input: bool = False, **arguments) -> subprocess.Popen:
    """Starts a generator; `total_bytes=5` becomes `--total-bytes 5`. Ends with `result_of`. One that holds something
    until its input ends is started with_input."""
    command = [str(BUILT / program)]
    for name, value in arguments.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    return subprocess.Popen(command, stdin=subprocess.PIPE if with_input else subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def result_of(process: subprocess.Popen) -> dict:
    output, errors = process.communicate()
    if process.returncode != 0:
        raise BenchFailure(f"{' '.join(process.args)}: {errors.strip()}")
    return json.loads(output)


def run(program: str, **arguments) -> dict:
    return result_of(start(program, **arguments))


def java_tool(tool: str, *arguments: str) -> str:
    """Runs one of the release's own performance tools and returns what it printed."""
    command = ["java", "-Xmx512M", "-cp", install.class_path(), f"org.apache.kafka.tools.{tool}", *arguments]
    outcome = subprocess.run(command, capture_output=True, text=True)
    if outcome.returncode != 0 or "Exception" in outcome.stdout + outcome.stderr:
        raise BenchFailure(f"{tool}: {outcome.stdout[-800:]}{outcome.stderr[-800:]}")
    return outcome.stdout
