"""Real database servers for tests, from the programs that Debian's packages install.

Each runs as an unprivileged user, on a free port of the loopback interface, with data that are
gone afterwards.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine, text

from trainwright.lineage import LineageStore

USER = "trainwright"
PASSWORD = "ge heim@#1"
"""Cannot stand in a URL as it is."""


class DatabaseServer:
    """A server that was started, and can be stopped and started again."""

    kind = ""
    driver = ""
    administration = ""
    """A database that is always there."""

    def __init__(self) -> None:
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = Path(tempfile.mkdtemp(prefix="trainwright-", dir=memory))
        self.port = _free_port()
        self._owner = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        shutil.chown(self.folder, self._owner)

    def url(self, database: str) -> str:
        login = f"{USER}:{quote(PASSWORD, safe='')}"
        return f"{self.driver}://{login}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"runs_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def new_lineage_database(self) -> str:
        """The URL of a database that has the tables, or of an empty one where that is no slower."""
        return self.new_database()

    def execute(self, statement: str) -> None:
        engine = create_engine(self.url(self.administration), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def disconnect_all(self) -> None:
        """Ends all other sessions, as an administrator would."""
        raise NotImplementedError

    def _popen(
        self,
        *command: str | Path,
        output: str = "log",
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        owner = pwd.getpwnam(self._owner)
        other: dict[str, object] = {}
        if os.geteuid() == 0:
            other = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        with (self.folder / output).open("ab") as log:
            return subprocess.Popen(
                [str(part) for part in command],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(environment or {})},
                **other,  # type: ignore[call-overload]
            )

    def _run(self, *command: str | Path) -> None:
        code = self._popen(*command, output="commands").wait()
        if code:
            said = "".join(path.read_text() for path in self.folder.glob("[cl]o[mg]*"))
            raise RuntimeError(f"{command[0]} ended with {code}: {said}")


class PostgreSQL(DatabaseServer):
    kind, driver, administration = "postgresql", "postgresql+psycopg", "postgres"

    def __init__(self, programs: Path):
        super().__init__()
        self._template: str | None = None
        self._control = programs / "pg_ctl"
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        shutil.chown(secret, self._owner)
        options = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
        login = (f"--username={USER}", f"--pwfile={secret}")
        self._run(programs / "initdb", f"--pgdata={self.folder}/data", *options, *login)
        self.start()

    def new_lineage_database(self) -> str:
        if self._template is None:
            url = self.new_database()
            LineageStore.open(url)
            self._template = url.rpartition("/")[2]
        name = f"runs_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return self.url(name)

    @classmethod
    def programs(cls) -> Path | None:
        found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), shutil.which("initdb")]
        return next((Path(path).parent for path in found if path), None)

    def start(self) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k {self.folder} -F"
        self._run(self._control, "-D", self.folder / "data", "-w", "-o", options, "start")

    def stop(self) -> None:
        self._run(self._control, "-D", self.folder / "data", "-w", "-m", "immediate", "stop")

    def disconnect_all(self) -> None:
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


class MariaDB(DatabaseServer):
    kind, driver, administration = "mariadb", "mysql+pymysql", "mysql"

    def __init__(self, programs: Path):
        super().__init__()
        self._data = (f"--datadir={self.folder}/data", f"--socket={self.folder}/socket")
        self._programs = programs
        self._server: subprocess.Popen[bytes] | None = None
        first = "--auth-root-authentication-method=normal"
        self._run("mariadb-install-db", "--no-defaults", self._data[0], "--skip-test-db", first)
        users = self.folder / "users.sql"
        users.write_text(
            f"CREATE USER IF NOT EXISTS {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
            f"GRANT ALL ON *.* TO {USER}@'127.0.0.1';\n"
        )
        self.start()

    @classmethod
    def programs(cls) -> Path | None:
        found = [shutil.which("mariadbd"), "/usr/sbin/mariadbd"]
        there = shutil.which("mariadb-install-db")
        return next((Path(p).parent for p in found if there and p and Path(p).exists()), None)

    def start(self) -> None:
        notices = self.folder / "notices"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            ready.settimeout(60)
            ready.bind(str(notices))
            notices.chmod(0o777)
            self._server = self._popen(
                self._programs / "mariadbd",
                "--no-defaults",
                *self._data,
                f"--port={self.port}",
                "--bind-address=127.0.0.1",
                f"--pid-file={self.folder}/pid",
                f"--init-file={self.folder}/users.sql",
                "--skip-name-resolve",
                "--innodb-flush-method=nosync",
                "--innodb-flush-log-at-trx-commit=0",
                environment={"NOTIFY_SOCKET": str(notices)},
            )
            while b"READY=1" not in ready.recv(4096):
                pass  # it tells what it is doing, too (sd_notify(3))
        notices.unlink()

    def stop(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()

    def disconnect_all(self) -> None:
        self.execute(f"KILL USER {USER}@'127.0.0.1'")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
