"""A real Apache Kafka without Docker: one broker or three in KRaft mode, from the published jars,
on loopback.

python deploy/kafka/broker.py [--brokers 1|3] [--data FOLDER] [--port 9092]      runs until Ctrl-C;
`make kafka` calls it
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
READY_S = 60
PROPERTIES = """process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={logs}
num.network.threads=2
num.io.threads=2
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor={replicas}
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.segment.bytes=16777216
log.flush.interval.messages=1
"""


SECURED = """listeners=SASL_PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=SASL_PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=\\
  org.apache.kafka.common.security.plain.PlainLoginModule required {users};
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin;User:ANONYMOUS
"""


class NoKafka(RuntimeError):
    """Java or Maven is missing, or the broker did not come up; the message says which."""


def jars() -> Path:
    """The broker's jars beside this file, fetched once by Maven. Raises NoKafka."""
    libs = HERE / "libs"
    if any(libs.glob("kafka_*.jar")):
        return libs
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            raise NoKafka(f"no {tool} here: install Java 17 and Maven to run a Kafka broker")
    partial = HERE / f"libs.{os.getpid()}"
    fetched = subprocess.run(
        [
            "mvn",
            "-q",
            "-f",
            str(HERE / "pom.xml"),
            "dependency:copy-dependencies",
            f"-DoutputDirectory={partial}",
        ],
        capture_output=True,
        text=True,
    )
    if fetched.returncode:
        shutil.rmtree(partial, ignore_errors=True)
        raise NoKafka(f"Maven could not fetch Kafka: {(fetched.stdout + fetched.stderr)[-800:]}")
    if libs.exists():
        shutil.rmtree(partial)
    else:
        partial.rename(libs)
    return libs


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """Brokers as child processes, each with a folder of its own; they can be stopped, paused and
    started one by one.
    """

    def __init__(
        self,
        folder: Path,
        brokers: int = 1,
        port: int | None = None,
        users: dict[str, str] | None = None,
    ):
        """`users` (name to password, `admin` among them) makes clients log in by SASL PLAIN and
        puts ACLs in force.
        """
        self.folder, self.brokers, self.users = folder, brokers, users
        self.libs = jars()
        self.ports = [port + i if port else free_port() for i in range(brokers)]
        self.controllers = [free_port() for _ in range(brokers)]
        self.processes: dict[int, subprocess.Popen] = {}

    @property
    def url(self) -> str:
        return "kafka://" + ",".join(f"127.0.0.1:{p}" for p in self.ports)

    def start(self) -> "Cluster":
        """Starts every broker and waits for them; where one does not come up, none is left. Raises
        NoKafka.
        """
        try:
            for i in range(self.brokers):
                self.start_one(i)
            for i in range(self.brokers):
                self.wait(i)
        except BaseException:
            self.stop()
            raise
        return self

    def start_one(self, i: int) -> None:
        home = self.folder / f"broker-{i + 1}"
        settings = home / "server.properties"
        if settings.exists():
            self._same_port(settings, self.ports[i])
        else:
            home.mkdir(parents=True, exist_ok=True)
            voters = ",".join(f"{n + 1}@127.0.0.1:{p}" for n, p in enumerate(self.controllers))
            names = {
                "node": i + 1,
                "voters": voters,
                "port": self.ports[i],
                "controller": self.controllers[i],
                "logs": home / "log",
            }
            settings.write_text(
                PROPERTIES.format(replicas=self.brokers, **names) + self._secured(names)
            )
            self._java(
                home, "kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", str(settings)
            ).wait()
        self.processes[i] = self._java(home, "kafka.Kafka", str(settings))

    def _same_port(self, settings: Path, port: int) -> None:
        """A broker's address is part of its data. Raises NoKafka where another port is asked."""
        if f"://127.0.0.1:{port},CONTROLLER" not in settings.read_text():
            raise NoKafka(
                f"{self.folder} belongs to brokers on other ports than {port}: see 'listeners' in"
                f" {settings}, or name another folder"
            )

    def _secured(self, names: dict) -> str:
        """Settings that come after, and so instead of, the open ones."""
        if not self.users:
            return ""
        own = f'username="admin" password="{self.users["admin"]}" '
        return SECURED.format(
            users=own + " ".join(f'user_{n}="{p}"' for n, p in self.users.items()), **names
        )

    def _java(self, home: Path, main: str, *arguments: str) -> subprocess.Popen:
        command = [
            "java",
            "-Xmx256m",
            "-Xms64m",
            "-XX:+UseSerialGC",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        ]
        log = open(home / "broker.out", "ab")
        return subprocess.Popen(
            [*command, "-cp", f"{self.libs}/*", main, *arguments],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def wait(self, i: int) -> None:
        """Until a broker answers. Raises NoKafka with the end of its log."""
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and self.processes[i].poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.ports[i])) == 0:
                    return
            time.sleep(0.1)
        told = (self.folder / f"broker-{i + 1}" / "broker.out").read_text(errors="replace")
        raise NoKafka(f"broker {i + 1} did not start: {told[-800:]}")

    def signal(self, i: int, number: int) -> None:
        """Sends a broker a signal: SIGSTOP and SIGCONT pause and resume it, SIGKILL ends it.
        Returns from SIGSTOP once it stands still.
        """
        self.processes[i].send_signal(number)
        tasks, deadline = Path(f"/proc/{self.processes[i].pid}/task"), time.monotonic() + 5
        while number == signal.SIGSTOP and tasks.exists() and time.monotonic() < deadline:
            with suppress(OSError):  # a thread may end while we look
                if all(
                    t.joinpath("stat").read_text().rpartition(")")[2].split()[0] in "Tt"
                    for t in tasks.iterdir()
                ):
                    # each thread stops on its own: on a busy machine one may answer a request after
                    # the signal was sent
                    return
            time.sleep(0.005)

    def stop_one(self, i: int) -> None:
        process = self.processes.pop(i, None)
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def stop(self) -> None:
        for i in list(self.processes):
            self.stop_one(i)


def _cluster_id() -> str:
    return "bmFrb2RvLWxvb3BiYWNr"[:22].ljust(22, "A")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    parser.add_argument("--data", type=Path, default=Path("data/kafka"))
    parser.add_argument("--port", type=int, default=9092)
    asked = parser.parse_args()
    try:
        cluster = Cluster(asked.data.resolve(), asked.brokers, asked.port)
        cluster.start()
    except NoKafka as error:
        sys.exit(f"kafka: {error}")
    print(
        f"Kafka is ready: NAKODO_EVENTLOG_URL={cluster.url}   (Ctrl-C stops it; data stays in"
        f" {asked.data})",
        flush=True,
    )
    try:
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        cluster.stop()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
