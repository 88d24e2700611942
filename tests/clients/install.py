"""Puts the client packages that the tests need into ~/.cache/koine/clients, by name, and says so.

Nothing is installed twice: each piece has a stamp with what it was made from. Debian packages are
installed only when a program is missing. Python packages come from PyPI, kafkajs and amqplib from npm, the
Java clients and Apache Kafka from Maven Central, the Go clients from the Go module proxy.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
KOINE_CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "koine"
CACHE = KOINE_CACHE / "clients"

KAFKA_VERSION = "4.4.0"
JAVA_CLIENT_VERSIONS = ["4.4.0", "2.8.2"]
OLD_CONFLUENT_KAFKA = "1.9.2"  # its wheels carry librdkafka 1.9.2, the last 1.x

FIRST_GO_THAT_FETCHES_A_NEWER_GO = (1, 21)  # Debian 12 has 1.19

PYTEST = ["pytest", "pytest-randomly", "pytest-timeout"]
COMPRESSIONS = ["cramjam", "lz4", "python-snappy", "zstandard"]  # what aiokafka and kafka-python ask for
PYTHON_PACKAGES = ["confluent-kafka", "aiokafka", "kafka-python", *COMPRESSIONS, *PYTEST]
NODE_PACKAGES = ["kafkajs@2.2.4"]

AMQP_PYTHON_PACKAGES = ["pika==1.4.4", "aio-pika==10.2.1", "celery==5.7.0", "confluent-kafka", *PYTEST]
AMQPLIB = "amqplib@2.3.1"
JAVA_AMQP_CLIENT_VERSION = "5.37.0"

HTTP_PYTHON_PACKAGES = ["h2==4.3.0", "hyperframe==6.1.0", "requests==2.34.2", "httpx==0.28.1", "websockets==17.4", "wsproto==1.2.0",
                        "pika==1.4.4", "confluent-kafka", *PYTEST]
HTTP_NODE_PACKAGES = ["eventsource@4.1.1", "ws@8.23.0", "puppeteer-core@24.43.1"]
HTTP_PROGRAMS = {"curl": "curl", "node": "nodejs", "npm": "npm", "h2load": "nghttp2-client", "nghttp": "nghttp2-client", "wrk": "wrk",
                 "openssl": "openssl"}

PROGRAMS = {  # program -> Debian package that has it
    "kcat": "kcat",
    "javac": "default-jdk-headless",
    "mvn": "maven",
    "node": "nodejs",
    "npm": "npm",
    "openssl": "openssl",
}


def say(text):
    print(f"tests/clients: {text}", file=sys.stderr, flush=True)


def run(command, **options):
    """Runs quietly; shows what the command said when it fails."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed with {done.returncode}:\n{done.stdout}")
    return done.stdout


def debian_packages(programs):
    missing = sorted({programs[program] for program in programs if not shutil.which(program)})
    if missing:
        say(f"installing Debian packages: {' '.join(missing)}")
        sudo = [] if os.geteuid() == 0 else ["sudo"]
        run(sudo + ["apt-get", "update"])
        run(sudo + ["apt-get", "install", "-y", "--no-install-recommends", *missing])


def made_from(directory, recipe, make):
    """Calls make() unless `directory` was already made from this recipe."""
    stamp = directory / ".made_from"
    text = repr(recipe)
    if not stamp.exists() or stamp.read_text() != text:
        say(f"making {directory}")
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        make()
        stamp.write_text(text)
    return directory


def python():
    """The interpreter with the latest confluent-kafka, aiokafka, kafka-python and pytest."""
    home = CACHE / "python"

    def make():
        venv.create(home, with_pip=True, clear=True)
        run([home / "bin/pip", "install", *PYTHON_PACKAGES])

    return made_from(home, PYTHON_PACKAGES, make) / "bin/python"


def old_librdkafka():
    """librdkafka 1.9.2, taken from a wheel for an older Python: PyPI has none for 3.11."""
    home = CACHE / f"librdkafka-{OLD_CONFLUENT_KAFKA}"

    def make():
        run([python().parent / "pip", "download", f"confluent-kafka=={OLD_CONFLUENT_KAFKA}", "--no-deps",
             "--only-binary=:all:", "--python-version", "3.10", "-d", home])
        with zipfile.ZipFile(next(home.glob("*.whl"))) as wheel:
            library = next(name for name in wheel.namelist() if "librdkafka" in name and ".so" in name)
            wheel.extract(library, home)
        soname = pathlib.Path(library).name
        (home / soname).symlink_to(library)
        (home / "librdkafka.so").symlink_to(soname)
        (home / "librdkafka.so.1").symlink_to(soname)

    return made_from(home, OLD_CONFLUENT_KAFKA, make)


def old_python():
    """The interpreter whose confluent-kafka is 1.9.2 on librdkafka 1.9.2."""
    home = CACHE / f"python-confluent-kafka-{OLD_CONFLUENT_KAFKA}"
    packages = [f"confluent-kafka=={OLD_CONFLUENT_KAFKA}", *PYTEST]

    def make():
        debian_packages({"gcc": "gcc"})
        if not pathlib.Path("/usr/include/librdkafka/rdkafka.h").exists():
            debian_packages({"rdkafka.h": "librdkafka-dev"})
        if not (pathlib.Path(sysconfig.get_paths()["include"]) / "Python.h").exists():
            debian_packages({"Python.h": "python3-dev"})
        library = old_librdkafka()
        venv.create(home, with_pip=True, clear=True)
        run([home / "bin/pip", "install", "--no-cache-dir", *packages],
            env=dict(os.environ, LIBRARY_PATH=str(library), CFLAGS="-w"))

    return made_from(home, packages, make) / "bin/python"


def old_librdkafka_environment():
    """The environment in which programs use librdkafka 1.9.2 in place of the installed one."""
    return dict(os.environ, LD_LIBRARY_PATH=str(old_librdkafka()))


def node_modules(home, packages):
    def make():
        debian_packages({"node": "nodejs", "npm": "npm"})
        (home / "package.json").write_text('{"private": true}')
        run(["npm", "install", "--no-audit", "--no-fund", *packages], cwd=home)

    return made_from(home, packages, make)


def kafkajs():
    return node_modules(CACHE / "node", NODE_PACKAGES)


def amqplib():
    return node_modules(CACHE / "node-amqp", [AMQPLIB])


POM = """<project><modelVersion>4.0.0</modelVersion>
<groupId>koine.tests</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>
<version>{version}</version><exclusions><exclusion><groupId>org.apache.kafka</groupId>
<artifactId>kafka-tools-api</artifactId></exclusion></exclusions></dependency></dependencies></project>"""


def maven(home, artifact, version, group="org.apache.kafka"):
    """The jar and all it needs at run time, in one directory."""

    def make():
        debian_packages({"mvn": "maven", "java": "default-jdk-headless"})
        (home / "pom.xml").write_text(POM.format(group=group, artifact=artifact, version=version))
        run(["mvn", "-q", "-B", "-f", home / "pom.xml", "dependency:copy-dependencies",
             "-DincludeScope=runtime", f"-DoutputDirectory={home}"])

    return made_from(home, [artifact, version, POM], make)


def kafka_server():
    home = KOINE_CACHE / f"kafka-{KAFKA_VERSION}"
    for jar in home.rglob(f"kafka_2.13-{KAFKA_VERSION}.jar"):  # whoever put it there
        return jar.parent
    return maven(home, "kafka_2.13", KAFKA_VERSION)


def java_examples(version):
    """The class path with kafka-clients of that version and our compiled examples."""
    jars = maven(CACHE / f"kafka-clients-{version}", "kafka-clients", version)
    return compiled(jars, HERE / "java", CACHE / f"java-classes-{version}")


def java_amqp_examples():
    """The class path with the RabbitMQ client and our compiled examples."""
    version = JAVA_AMQP_CLIENT_VERSION
    jars = maven(CACHE / f"amqp-client-{version}", "amqp-client", version, group="com.rabbitmq")
    return compiled(jars, HERE / "amqp/java", CACHE / f"java-amqp-classes-{version}")


def compiled(jars, folder, classes):
    sources = sorted(folder.glob("*.java"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()

    def make():
        debian_packages({"javac": "default-jdk-headless"})
        run(["javac", "-nowarn", "-cp", f"{jars}/*", "-d", classes, *sources])

    return f"{made_from(classes, digest, make)}:{jars}/*"


def go_version():
    """(major, minor) of the go that is installed; (0, 0) without one."""
    if not shutil.which("go"):
        return 0, 0
    major, minor = re.search(r"go(\d+)\.(\d+)", run(["go", "version"])).groups()
    return int(major), int(minor)


def go_examples():
    """The program with the franz-go and sarama examples; None where Go is too old for today's clients."""
    debian_packages({"go": "golang-go"})
    if go_version() < FIRST_GO_THAT_FETCHES_A_NEWER_GO:
        say(f"go {go_version()} is too old for franz-go and sarama; their tests are skipped")
        return None
    sources = sorted((HERE / "go").glob("*"))
    home = CACHE / "go"
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()

    def make():
        run(["go", "build", "-o", home / "examples", "."], cwd=HERE / "go")

    return made_from(home, digest, make) / "examples"


def amqp_python():
    """The interpreter with pika, aio-pika, Celery and pytest; confluent-kafka is the other end of a topic."""
    home = CACHE / "python-amqp"

    def make():
        venv.create(home, with_pip=True, clear=True)
        run([home / "bin/pip", "install", *AMQP_PYTHON_PACKAGES])

    return made_from(home, AMQP_PYTHON_PACKAGES, make) / "bin/python"


def librabbitmq_examples():
    """The program with the examples in C."""
    source = HERE / "amqp/c/examples.c"
    home = CACHE / "librabbitmq"

    def make():
        debian_packages({"gcc": "gcc"})
        if not pathlib.Path("/usr/include/amqp.h").exists():
            debian_packages({"amqp.h": "librabbitmq-dev"})
        run(["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-O1", source, "-lrabbitmq", "-o",
             home / "examples"])

    return made_from(home, source.read_text(), make) / "examples"


def everything_for_amqp():
    debian_packages({program: PROGRAMS[program] for program in ("javac", "mvn", "node", "npm", "openssl")})
    amqp_python()
    amqplib()
    java_amqp_examples()
    librabbitmq_examples()


def http_python():
    """The interpreter with h2 (frames of HTTP/2, right and wrong) and pytest."""
    home = CACHE / "python-http"

    def make():
        venv.create(home, with_pip=True, clear=True)
        run([home / "bin/pip", "install", *HTTP_PYTHON_PACKAGES])

    return made_from(home, HTTP_PYTHON_PACKAGES, make) / "bin/python"


def node_http():
    """The directory in which programs find eventsource, ws and puppeteer-core."""
    return node_modules(CACHE / "node-http", HTTP_NODE_PACKAGES)


def everything_for_http(which):
    debian_packages(HTTP_PROGRAMS)
    http_python()
    node_http()
    if which == "all":
        debian_packages({"chromium": "chromium"})
    if which == "all" and not pathlib.Path("/usr/sbin/nginx").exists():
        debian_packages({"nginx": "nginx-light"})


def everything(which):
    debian_packages(PROGRAMS)
    python()
    old_python()
    kafkajs()
    for version in JAVA_CLIENT_VERSIONS:
        java_examples(version)
    if which == "all":
        go_examples()
