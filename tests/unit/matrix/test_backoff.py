"""When the homeserver is asked again: few requests while it is away, at once when somebody listens again (I4)."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import pytest

from ombot.matrix import backoff
from ombot.matrix.backoff import Backoff
from ombot.matrix.door import Door

LOOPBACK = "127.0.0.1"
SECONDS = 10.0


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(backoff, "KNOCK_SECONDS", 0.01)
    yield


async def listen(port: int = 0) -> tuple[asyncio.Server, Door]:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), LOOPBACK, port)
    return server, Door(LOOPBACK, server.sockets[0].getsockname()[1])


async def close(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()


def test_at_most_eight_requests_in_any_minute_of_an_outage_and_seconds_to_come_back() -> None:
    for _ in range(200):
        clock = Hand()
        pauses, moments = Backoff(clock=clock), [0.0]
        while clock.now < 3600:
            clock.now += pauses.next_pause()
            moments.append(clock.now)
        busiest = max(sum(start <= moment < start + 60 for moment in moments) for start in moments)
        assert busiest <= 7  # one is left for the sender
        # The homeserver comes back at any moment of the first 20 seconds.
        waits = [later - earlier for earlier, later in pairwise(moments) if earlier <= 20]
        assert max(waits) <= 5
        # Or later within five minutes, behind a proxy that answers for it.
        waits = [later - earlier for earlier, later in pairwise(moments) if 70 <= earlier <= 270]
        assert max(waits) <= 10
        last = moments[-1] - moments[-2]
        assert 270 <= last <= 300
        pauses.reset()
        assert pauses.next_pause() <= 2


def test_a_homeserver_that_comes_and_goes_is_not_asked_more_often_either() -> None:
    clock, moments = Hand(), [0.0]
    pauses = Backoff(clock=clock)
    while clock.now < 600:
        pauses.reset()
        clock.now += pauses.next_pause()
        moments.append(clock.now)
    assert max(sum(start <= moment < start + 60 for moment in moments) for start in moments) == 8


def test_requests_of_others_are_among_the_eight() -> None:
    clock, moments = Hand(), [0.0, 0.0, 0.0]
    pauses = Backoff(clock=clock)
    pauses.count()
    pauses.count()
    while clock.now < 600:
        clock.now += pauses.next_pause()
        moments.append(clock.now)
    assert max(sum(start <= moment < start + 60 for moment in moments) for start in moments) == 8


def test_pause_is_never_shorter_than_asked_for() -> None:
    assert Backoff().next_pause(retry_after_ms=90_000) == 90.0


@pytest.mark.parametrize(
    ("url", "door"),
    [
        ("http://localhost:8008", Door("localhost", 8008)),
        ("http://matrix.example.org/", Door("matrix.example.org", 80)),
        ("https://matrix.example.org", Door("matrix.example.org", 443)),
        ("https://[::1]:8448/base", Door("::1", 8448)),
        ("matrix.example.org", None),
    ],
)
def test_door_of_an_address(url: str, door: Door | None) -> None:
    assert Door.of(url) == door


async def test_pause_ends_when_somebody_listens_again(quick: None) -> None:
    server, door = await listen()
    assert await door.answers()
    await close(server)
    assert not await door.answers()

    resting = asyncio.create_task(Backoff().rest(0.05, door))
    await asyncio.sleep(0.2)
    # Longer than its pause: a request to nobody would tell nothing.
    assert not resting.done()
    server, _ = await listen(door.port)
    await asyncio.wait_for(resting, SECONDS)
    await close(server)


async def test_pause_ends_early_only_within_the_eight_requests_a_minute(quick: None) -> None:
    server, door = await listen()
    await close(server)
    pauses = Backoff()
    for _ in range(8):
        pauses.next_pause()

    resting = asyncio.create_task(pauses.rest(300.0, door))
    await asyncio.sleep(0.1)
    server, _ = await listen(door.port)
    await asyncio.sleep(0.2)
    assert not resting.done()
    resting.cancel()
    await asyncio.gather(resting, return_exceptions=True)
    await close(server)


async def test_pause_lasts_while_somebody_listens_who_does_not_serve(quick: None) -> None:
    server, door = await listen()
    resting = asyncio.create_task(Backoff().rest(300.0, door))
    await asyncio.sleep(0.2)
    assert not resting.done()
    resting.cancel()
    await asyncio.gather(resting, return_exceptions=True)
    await close(server)


async def test_nobody_is_waited_for_longer_than_five_minutes(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "UNASKED_SECONDS", 0.1)
    server, door = await listen()
    await close(server)
    await asyncio.wait_for(Backoff().rest(0.0001, door), SECONDS)
