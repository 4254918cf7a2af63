"""A PostgreSQL server for tests. `python -m tests.postgres FOLDER` starts one there and prints its URL,
`python -m tests.postgres --stop FOLDER` ends and removes it. Needs nothing but Python and PostgreSQL's programs."""

import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

_USER = "thimble"
_STAND_IN = "postgres"  # PostgreSQL refuses to run as root and is run as this user instead
# Below those that the system gives to outgoing connections: else a client that tries a stopped server again and
# again takes its port, or is answered by itself.
_PORTS = range(20_000, 32_000)


class Server:
    """A server on 127.0.0.1 with a cluster in a folder of its own, made by the first `start`.

    Attributes:
        url: Of its database `postgres`, from the first `start` on.
        secrets: The password as it is and as it is in the URL, which no program may show.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="thimble-postgres-"))
        self.password = f"p@ss/w:rd%{secrets.token_hex(4)}"
        self.secrets = (self.password, quote(self.password, safe=""))
        self._data = self.folder / "data"
        self._port = 0

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{_USER}:{self.secrets[1]}@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Returns when it takes connections; again after `stop`, with the same data on the same port.

        Raises:
            RuntimeError: PostgreSQL is not installed or does not start.
        """
        if not self._port:
            self._make()
        self._run("pg_ctl", "start", "--wait", "--log", str(self.folder / "log"))

    def stop(self) -> None:
        """Closes all connections; returns when the server has ended."""
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "--wait", "--mode", "fast")

    def remove(self) -> None:
        """Stops it and removes its folder."""
        self.stop()
        shutil.rmtree(self.folder)

    def _make(self) -> None:
        password = self.folder / "password"
        password.write_text(self.password)
        if os.geteuid() == 0:
            for path in (self.folder, password):
                shutil.chown(path, _STAND_IN, _STAND_IN)
        options = ("--username", _USER, "--pwfile", str(password), "--auth", "scram-sha-256")
        self._run("initdb", *options, "--encoding", "UTF8", "--locale", "C", "--no-sync")
        password.unlink()
        self._port = _free_port()
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(f"port = {self._port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\n")
            settings.write("fsync = off\n")  # the data need not outlive the machine

    def _run(self, program: str, *options: str) -> None:
        debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2]), reverse=True)
        found = shutil.which(program, path=os.pathsep.join([*map(str, debian), os.environ.get("PATH", "")]))
        if not found:
            raise RuntimeError(f"PostgreSQL's {program} is neither on PATH nor in /usr/lib/postgresql/*/bin")
        other = {"user": _STAND_IN, "group": _STAND_IN, "extra_groups": []} if os.geteuid() == 0 else {}
        command = [found, "--pgdata", str(self._data), *options]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, **other)
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(f"{command} failed: {done.stderr}{log.read_text() if log.exists() else ''}")


def _free_port() -> int:
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


def main(arguments: list[str]) -> None:
    match arguments:
        case ["--stop", folder]:
            Server(Path(folder).absolute()).remove()
        case [folder]:
            server = Server(Path(folder).absolute())
            server.folder.mkdir(parents=True, exist_ok=True)
            server.start()
            print(server.url)
        case _:
            sys.exit("usage: python -m tests.postgres [--stop] FOLDER")


if __name__ == "__main__":
    main(sys.argv[1:])
