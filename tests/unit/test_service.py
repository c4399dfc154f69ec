"""What systemd hears, on a real socket: ready, signs of life, a good bye."""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import Iterator

import pytest

from ombot import service
from ombot.web.health import Problem, stands_still


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The socket of the service manager, in the abstract namespace as systemd's own often is."""
    name = f"ombot-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(f"\0{name}")
        channel.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        monkeypatch.setenv("WATCHDOG_USEC", "30000")
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
        yield channel


async def heard(channel: socket.socket) -> str:
    return (await asyncio.to_thread(channel.recv, 4096)).decode()


async def test_a_start_asks_for_patience_and_the_watchdog_counts_from_ready(systemd: socket.socket) -> None:
    heart = service.Heart()
    beating = asyncio.create_task(heart.beat())
    assert await heard(systemd) == "EXTEND_TIMEOUT_USEC=30000"
    heart.ready("waiting as\nstandby")
    said = [await heard(systemd) for _ in range(6)]
    beating.cancel()
    ready = said.index("READY=1\nSTATUS=waiting as standby")
    assert set(said[:ready]) <= {"EXTEND_TIMEOUT_USEC=30000"}
    assert set(said[ready + 1 :]) == {"WATCHDOG=1"}


async def test_no_sign_of_life_when_only_a_restart_helps(systemd: socket.socket) -> None:
    asked = asyncio.Event()

    async def alive() -> bool:
        asked.set()
        return False

    heart = service.Heart()
    heart.alive = alive
    heart.ready("ready")
    beating = asyncio.create_task(heart.beat())
    await asked.wait()
    service.notify(service.STOPPING)
    assert [await heard(systemd), await heard(systemd)] == ["READY=1\nSTATUS=ready", "STOPPING=1"]
    beating.cancel()


async def test_nothing_happens_where_nobody_listens(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    systemd.close()
    service.notify(service.READY)
    monkeypatch.delenv("NOTIFY_SOCKET")
    await service.Heart().beat()


def test_a_manager_that_reads_nothing_holds_nothing_up(systemd: socket.socket) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel, contextlib.suppress(BlockingIOError):
        channel.setblocking(False)
        channel.connect(systemd.getsockname())
        while True:
            channel.send(b"full")
    service.notify(service.STOPPING)
    systemd.setblocking(False)
    heard = set()
    with contextlib.suppress(BlockingIOError):
        while True:
            heard.add(systemd.recv(4096))
    assert heard == {b"full"}


@pytest.mark.parametrize(
    ("microseconds", "pid", "seconds"),
    [
        ("120000000", str(os.getpid()), 40.0),
        ("120000000", "1", service.PERIOD_SECONDS),
        ("", "", service.PERIOD_SECONDS),
    ],
    ids=["us", "somebody else", "nobody"],
)
def test_a_third_of_what_the_watchdog_allows(
    microseconds: str, pid: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    monkeypatch.setenv("WATCHDOG_PID", pid)
    assert service.period() == seconds


@pytest.mark.parametrize(
    ("codes", "stands"),
    [
        ("", False),
        ("tick", True),
        ("sync tick unsent device", True),
        ("sync unsent device", False),
        ("tick storage", False),
        ("start", False),
    ],
)
def test_a_restart_is_no_cure_for_what_is_away(codes: str, stands: bool) -> None:
    assert stands_still([Problem(code, "") for code in codes.split()]) is stands
