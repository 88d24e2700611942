"""Installs Apache Kafka, as jars from Maven Central, into the user's cache. Safe to call again."""

import pathlib
import re
import shutil
import subprocess

from harness.failure import BenchFailure

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path.home() / ".cache" / "koine"


def version() -> str:
    return re.search(r"<kafka.version>(.*)</kafka.version>", (HERE / "pom.xml").read_text()).group(1)


def class_path() -> str:
    """The Java class path of server and tools; downloads them the first time."""
    jars = CACHE / f"kafka-{version()}"
    if not jars.exists():
        download(jars)
    return f"{jars}/*"


def download(jars: pathlib.Path) -> None:
    for program, package in (("java", "openjdk-17-jre-headless"), ("mvn", "maven")):
        if shutil.which(program) is None:
            raise BenchFailure(f"{program} is not installed; apt-get install {package}")
    print(f"installing Apache Kafka {version()} into {jars}", flush=True)
    unfinished = jars.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    maven = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies",
             "-DincludeScope=runtime", f"-DoutputDirectory={unfinished}"]
    outcome = subprocess.run(maven, capture_output=True, text=True)
    if outcome.returncode != 0:
        raise BenchFailure(f"maven could not fetch Kafka {version()}: {outcome.stdout[-800:]}")
    unfinished.rename(jars)
