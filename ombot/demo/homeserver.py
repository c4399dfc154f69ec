"""A throw-away Matrix homeserver on the loopback: Synapse as a child process in a temporary folder.

The demo, the live tests and the chaos runs talk to it. It federates with nobody, fetches nothing from outside
and knows no rate limits. All calls block; from asyncio use ``asyncio.to_thread(server.start)``.
"""

import base64
import hashlib
import hmac
import json
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
START_ATTEMPTS = 5
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05
REQUEST_SECONDS = 30.0
PROBE_SECONDS = 1.0
TAIL_BYTES = 4000
OUTPUT = "output.log"
# Answered by our process only, so that a stranger on the same port is never taken for it.
INSTANCE_KEY = "de.ombot.instance"

_UNLIMITED = {"per_second": 1_000_000, "burst_count": 1_000_000}
_RATE_LIMITS: dict[str, Any] = {
    "rc_message": _UNLIMITED,
    "rc_registration": _UNLIMITED,
    "rc_registration_token_validity": _UNLIMITED,
    "rc_login": {"address": _UNLIMITED, "account": _UNLIMITED, "failed_attempts": _UNLIMITED},
    "rc_admin_redaction": _UNLIMITED,
    "rc_joins": {"local": _UNLIMITED, "remote": _UNLIMITED},
    "rc_joins_per_room": _UNLIMITED,
    "rc_3pid_validation": _UNLIMITED,
    "rc_invites": {"per_room": _UNLIMITED, "per_user": _UNLIMITED, "per_issuer": _UNLIMITED},
    "rc_third_party_invite": _UNLIMITED,
    "rc_media_create": _UNLIMITED,
    "rc_key_requests": _UNLIMITED,
    "rc_presence": {"per_user": _UNLIMITED},
    "rc_delayed_event_mgmt": _UNLIMITED,
    "rc_room_creation": _UNLIMITED,
    "rc_reports": _UNLIMITED,
    "rc_user_directory": _UNLIMITED,
}


class HomeserverError(RuntimeError):
    """The homeserver did not start, or refused a request."""


class _PortTakenError(HomeserverError):
    """Somebody else took the port between choosing and binding it."""


class Homeserver:
    """One Synapse with SQLite, alive between ``start`` and ``stop``.

    ``kill`` ends it as a crash would; a following ``start`` continues on the same port with the same data.
    ``stop`` removes everything. As a context manager it starts on entry and stops on exit.
    """

    def __init__(self, server_name: str = "localhost", *, start_seconds: float = 60.0) -> None:
        """``server_name`` is the part of user ids after the colon; a start may take ``start_seconds``."""
        self.server_name = server_name
        self._start_seconds = start_seconds
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._port: int | None = None
        self._secret = secrets.token_hex(16)
        self._instance = secrets.token_hex(16)

    @property
    def url(self) -> str:
        """Base address for clients, without a slash at the end."""
        return f"http://{HOST}:{self._known_port()}"

    @property
    def folder(self) -> Path:
        """Temporary folder with configuration, database and logs; exists between ``start`` and ``stop``."""
        if self._folder is None:
            raise HomeserverError("The homeserver has not been started.")
        return Path(self._folder.name)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait until clients are answered.

        Raises HomeserverError with the end of its log when it dies or takes too long; nothing is left running
        then, and a first start leaves no folder either.
        """
        if self._process is not None:
            raise HomeserverError("The homeserver is running already.")
        first = self._folder is None
        if first:
            self._folder = tempfile.TemporaryDirectory(prefix="ombot-homeserver-")
        try:
            self._start_on_a_port(keep_port=not first)
        except BaseException:
            self.kill()
            if first:
                self.stop()
            raise

    def stop(self) -> None:
        """End the process politely (killed after ten seconds) and remove its folder."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        self._port = None

    def kill(self) -> None:
        """End the process with SIGKILL, as a crash would; the data stay for the next ``start``."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def register(self, localpart: str, password: str, admin: bool = False, displayname: str | None = None) -> str:
        """Create an account and return its user id. Raises HomeserverError, for example for a taken name.

        Shared-secret registration: Synapse's admin API documentation, "Shared-Secret Registration".
        """
        nonce = self._request("GET", "/_synapse/admin/v1/register")["nonce"]
        fields = (nonce, localpart, password, "admin" if admin else "notadmin")
        mac = hmac.new(self._secret.encode(), "\x00".join(fields).encode(), hashlib.sha1)
        account: dict[str, Any] = {
            "nonce": nonce,
            "username": localpart,
            "password": password,
            "admin": admin,
            "mac": mac.hexdigest(),
        }
        if displayname is not None:
            account["displayname"] = displayname
        return str(self._request("POST", "/_synapse/admin/v1/register", account)["user_id"])

    def login(self, user: str, password: str, device_id: str | None = None) -> str:
        """Log in with a localpart or user id; a new device unless one is named. Returns the access token."""
        body: dict[str, Any] = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user},
            "password": password,
        }
        if device_id is not None:
            body["device_id"] = device_id
        return str(self._request("POST", "/_matrix/client/v3/login", body)["access_token"])

    def _known_port(self) -> int:
        if self._port is None:
            raise HomeserverError("The homeserver has not been started.")
        return self._port

    def _start_on_a_port(self, *, keep_port: bool) -> None:
        for attempt in range(1, START_ATTEMPTS + 1):
            if not keep_port:
                self._port = _free_port()
            self._write_configuration()
            try:
                self._launch()
            except _PortTakenError:
                self.kill()
                if attempt == START_ATTEMPTS:
                    raise
            else:
                return

    def _launch(self) -> None:
        with (self.folder / OUTPUT).open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "synapse.app.homeserver", "--config-path", "homeserver.yaml"],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + self._start_seconds
        while not self._answers():
            if self._process.poll() is not None:
                self._raise_death(self._process.returncode)
            if time.monotonic() > deadline:
                raise HomeserverError(f"No answer within {self._start_seconds:g} s.\n{self._log_tail()}")
            time.sleep(POLL_SECONDS)

    def _raise_death(self, code: int) -> None:
        tail = self._log_tail()
        kind = _PortTakenError if "Address already in use" in tail else HomeserverError
        raise kind(f"The homeserver ended with code {code}.\n{tail}")

    def _log_tail(self) -> str:
        return (self.folder / OUTPUT).read_bytes()[-TAIL_BYTES:].decode(errors="replace")

    def _answers(self) -> bool:
        try:
            # Not patiently: a stranger on our port may accept and never answer.
            who = self._request("GET", "/.well-known/matrix/client", seconds=PROBE_SECONDS)
            if who.get(INSTANCE_KEY) != self._instance:
                return False
            return "versions" in self._request("GET", "/_matrix/client/versions", seconds=PROBE_SECONDS)
        except (OSError, HTTPException, HomeserverError):
            return False

    def _request(
        self, method: str, path: str, body: dict[str, Any] | None = None, seconds: float = REQUEST_SECONDS
    ) -> dict[str, Any]:
        # http.client and not urllib: a proxy in the environment must never see the loopback's passwords.
        connection = HTTPConnection(HOST, self._known_port(), timeout=seconds)
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise HomeserverError(f"{method} {path}: {response.status} {answer.decode(errors='replace')}")
        return dict(json.loads(answer))

    def _write_configuration(self) -> None:
        signing_key = self.folder / "signing.key"
        if not signing_key.exists():
            # Written here instead of by `--generate-keys`: that would cost another start of the interpreter.
            seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
            signing_key.write_text(f"ed25519 a_demo {seed}\n", encoding="ascii")
        # JSON is YAML, so no YAML library is needed.
        _write_json(self.folder / "logging.yaml", _logging())
        _write_json(self.folder / "homeserver.yaml", self._configuration())

    def _configuration(self) -> dict[str, Any]:
        return {
            "server_name": self.server_name,
            "public_baseurl": f"{self.url}/",
            "serve_client_wellknown": True,
            "extra_well_known_client_content": {INSTANCE_KEY: self._instance},
            "listeners": [
                {
                    "port": self._known_port(),
                    "bind_addresses": [HOST],
                    "type": "http",
                    "resources": [{"names": ["client"]}],
                }
            ],
            "database": {"name": "sqlite3", "args": {"database": str(self.folder / "homeserver.db")}},
            "log_config": str(self.folder / "logging.yaml"),
            "media_store_path": str(self.folder / "media"),
            "signing_key_path": str(self.folder / "signing.key"),
            "registration_shared_secret": self._secret,
            "macaroon_secret_key": self._secret,
            "form_secret": self._secret,
            "bcrypt_rounds": 4,
            "report_stats": False,
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "federation_domain_whitelist": [],
            "presence": {"enabled": False},
            "caches": {"global_factor": 0.1},
            **_RATE_LIMITS,
        }


def _logging() -> dict[str, Any]:
    """Warnings and errors to the process's own output, which ``_launch`` sends to a file in the folder."""
    return {
        "version": 1,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"output": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": "WARNING", "handlers": ["output"]},
        "disable_existing_loggers": False,
    }


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
