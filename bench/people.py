"""Many people: the directory with photos, who is introduced to whom, and a list of members taken over."""

import base64
import io
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TypeVar

from PIL import Image

from bench.search import GROUPS, OWN, postgresql, settings_in, sqlite
from ombot import documents
from ombot.exchange import importing
from ombot.features.directory import export
from ombot.features.introductions.matching import Candidate, Pair, introduce
from ombot.features.people.tables import Profile, ProfilePhoto
from ombot.store import meta, rooms
from ombot.store.unit import Store

IN_DIRECTORY = 500
PHOTO_SIDE = 640
INTRODUCED = 500
HOUSES = 120
ROUNDS = 20
MEMBERS = 2_000
REPEATS = 5

T = TypeVar("T")


def measure() -> Iterator[str]:
    """The figures on SQLite and on PostgreSQL, as they come."""
    yield _pairing("of many institutions", lambda number: number % HOUSES)
    # The hard case: many cannot be brought together at all.
    yield _pairing("most of one institution", lambda number: 0 if number < INTRODUCED * 3 // 5 else number)
    for title, opened in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        with opened() as store:
            for line in (*_directory(store), *_import(store)):
                yield f"{title}: {line}"


def _seconds(work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


# --- directory --------------------------------------------------------------------------------------------------


def _directory(store: Store) -> Iterator[str]:
    now = datetime.now(UTC)
    _fill_directory(store, now)
    settings = settings_in(Path())

    def page() -> bytes:
        with store.reading() as session:
            data = export.page(session, settings, now)
        return documents.render("directory", "html", data)

    spent = [_seconds(page) for _ in range(REPEATS)]
    names = _photos(spent[-1][1].decode())
    milliseconds = statistics.median(seconds for seconds, _ in spent) * 1000
    yield f"directory of {IN_DIRECTORY} people: {milliseconds:.0f} ms, {len(spent[-1][1]) // 1024} KiB"

    def photo(name: str) -> str | None:
        with store.reading() as session:
            return export.photo(session, name)

    found = [_seconds(partial(photo, name)) for name in names]
    if len(names) != IN_DIRECTORY or not all(jpeg for _, jpeg in found):
        raise LookupError("photos are missing")
    yield f"one of its {IN_DIRECTORY} photos: median {statistics.median(seconds for seconds, _ in found) * 1000:.1f} ms"


def _photos(page: str) -> list[str]:
    start = f'src="{export.PHOTOS}/'
    return [part.partition(".jpg")[0] for part in page.split(start)[1:]]


def _fill_directory(store: Store, now: datetime) -> None:
    jpeg = _jpeg()
    consent = {"level": "online", "since": now.date().isoformat()}
    fields = ("name", "function", "institution", "competences", "offer", "photo")
    with store.unit() as session:
        people = {f"@p{number}:example.org": ("join", f"Person {number}") for number in range(IN_DIRECTORY)}
        rooms.save(session, "!g0", rooms.StateCopy(False, "12", (OWN,), {}, None, dict(people)), now)
        rooms.set_group(session, "!g0", "g0")
        for number, user in enumerate(people):
            session.add(
                Profile(
                    user_id=user,
                    name=f"Person {number}",
                    function="Referat Beratung",
                    competences=["Arbeitsschutz", "Förderung", "Qualifizierung"],
                    offer="Begleitung kleiner Firmen",
                    visibility=dict.fromkeys(fields, consent),
                )
            )
            session.add(ProfilePhoto(user_id=user, jpeg=jpeg, width=PHOTO_SIDE, height=PHOTO_SIDE, added_at=now))


def _jpeg() -> str:
    """A portrait of the size that is kept; noise, as no photo packs worse."""
    picture = io.BytesIO()
    Image.frombytes("RGB", (PHOTO_SIDE // 4, PHOTO_SIDE // 4), os.urandom(3 * (PHOTO_SIDE // 4) ** 2)).resize(
        (PHOTO_SIDE, PHOTO_SIDE)
    ).save(picture, "JPEG", quality=82)
    return base64.b64encode(picture.getvalue()).decode()


# --- introductions ----------------------------------------------------------------------------------------------


def _pairing(name: str, house: Callable[[int], int]) -> str:
    """One more round after twenty, and how many met again in all of them."""
    chance = random.Random(7)  # noqa: S311 - the same people at every run
    skills = [f"kompetenz{number}" for number in range(80)]
    people = [
        Candidate(f"@p{number}:x", house(number), frozenset(chance.sample(skills, 6))) for number in range(INTRODUCED)
    ]
    met: dict[Pair, int] = {}
    again, spent = 0, 0.0
    for number in range(ROUNDS + 1):
        spent, groups = _seconds(partial(introduce, people, met, chance))
        pairs = [frozenset(pair) for group in groups for pair in combinations(group, 2)]
        again += sum(pair in met for pair in pairs)
        met |= dict.fromkeys(pairs, number)
    return f"introducing {INTRODUCED} people, {name}, after {ROUNDS} rounds: {spent:.2f} s, {again} met again"


# --- import -----------------------------------------------------------------------------------------------------


def _import(store: Store) -> Iterator[str]:
    now = datetime.now(UTC)
    settings = settings_in(Path())
    with tempfile.TemporaryDirectory(prefix="ombot-bench-") as folder:
        path = Path(folder) / "members.csv"
        path.write_text(_list(), encoding="utf-8")
        with store.unit() as session:
            meta.put(session, meta.SPACE, "!space")

        def take_over() -> int:
            with store.unit() as session:
                entries = importing.read_members(session, path)
                found = importing.differences(session, settings, entries)
                importing.apply_members(session, settings, found, now)
            return len(found)

        for name in ("new", "known"):
            cpu = time.process_time()
            seconds, changed = _seconds(take_over)
            cpu = time.process_time() - cpu
            yield f"import of {MEMBERS} {name} members, {changed} changed: {seconds:.1f} s, {cpu:.1f} s of it computing"


def _list() -> str:
    lines = ["matrix_id;name;institution;function;groups;competences"]
    lines += [
        f"@neu{number}:example.org;Person {number};Einrichtung {number % 300};Referat {number % 40};"
        f"g{number % GROUPS};Thema {number % 90}, Beratung"
        for number in range(MEMBERS)
    ]
    return "\n".join(lines)
