"""How long ``!wer`` takes over 5,000 profiles, on SQLite and on PostgreSQL: the whole handler, as asked in a room."""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ombot import features
from ombot.chat.context import Context, Message
from ombot.chat.registry import REGISTRY
from ombot.chat.voice import Voice
from ombot.config import Settings
from ombot.features.people import queries
from ombot.features.people.searching import FindExperts, find
from ombot.features.people.tables import Profile
from ombot.installation import open_store
from ombot.store import rooms
from ombot.store.outbox import Poster
from ombot.store.unit import Session, Store

Members = dict[str, tuple[str, str | None]]

PROFILES = 5_000
INSTITUTIONS = 800
GROUPS = 20
ROUNDS = 15
OWN = "@ombot:example.org"
QUERIES = {
    "one word": "Nachfolgeplanung",
    "part of many words": "Beratung",
    "typing error": "Fachkräftsicherung",
    "two words": "Beratung Handwerk",
    "nothing": "Quantenteleportation",
}
_STARTS = """Arbeits Ausbildungs Betriebs Digital Energie Export Fachkräfte Familien Finanz Förder Gesundheits Gründungs
Handwerks Innovations Integrations Klima Kosten Kunden Markt Mitarbeiter Nachfolge Personal Prozess Qualitäts Rechts
Sicherheits Sozial Steuer Team Umwelt Vertrags Weiterbildungs Wirtschafts Zeit"""
_ENDS = """analyse beratung bildung entwicklung forschung führung gestaltung gespräch hilfe kompetenz kultur management
mittel modell netz planung politik praxis projekt prüfung recht schutz sicherung sprechstunde steuerung strategie
technik training übergabe verfahren vermittlung wandel wissen zentrum"""


def measure() -> list[str]:
    """One line for each kind of question and database: median, quickest and slowest of the rounds."""
    lines = []
    for name, opened in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        with opened() as store:
            _fill(store)
            with store.engine.begin() as connection:
                connection.exec_driver_sql("ANALYZE")  # PostgreSQL does so by itself after a while
            for kind, words in QUERIES.items():
                spent = sorted(_seconds(store, words) for _ in range(ROUNDS))
                lines.append(
                    f"search, {name}, {kind}: median {statistics.median(spent) * 1000:.0f} ms, "
                    f"quickest {spent[0] * 1000:.0f} ms, slowest {spent[-1] * 1000:.0f} ms"
                )
            lines.append(f"search, {name}, first after a change: {_after_change(store) * 1000:.0f} ms")
    return lines


def _seconds(store: Store, words: str) -> float:
    with store.unit() as session:
        context = _context(session)
        began = time.perf_counter()
        result = find(FindExperts(words), context)
        spent = time.perf_counter() - began
        if words == QUERIES["one word"] and not result.hits:
            raise LookupError("the search found nobody")
    return spent


def _after_change(store: Store) -> float:
    with store.unit() as session:
        profile = session.get_one(Profile, "@p1:example.org")
        profile.offer = "Etwas ganz Neues"
        session.add(profile)
    return _seconds(store, QUERIES["one word"])


def _context(session: Session) -> Context:
    now = datetime.now(UTC)
    room = rooms.get(session, "!g0")
    if room is None:
        raise LookupError("the stage was not set")
    return Context(
        session=session,
        settings=_SETTINGS,
        voice=Voice(Poster(session, "bench", now), REGISTRY.cards),
        now=now,
        sender="@p0:example.org",
        room=room,
        own_id=OWN,
        message=Message(""),
        origin="$bench",
    )


def _fill(store: Store) -> None:
    chance = random.Random(5)  # noqa: S311 - the same profiles at every run
    now = datetime.now(UTC)
    with store.unit() as session:
        institutions = [
            queries.id_of(queries.ensure_institution(session, f"{_word(chance)} {number} e. V."))
            for number in range(INSTITUTIONS)
        ]
        for number in range(PROFILES):
            level = {"level": chance.choice(("ag", "kreis", "online")), "since": "2026-11-26"}
            session.add(
                Profile(
                    user_id=f"@p{number}:example.org",
                    name=f"Person {number}",
                    function=f"Referat {_word(chance)}",
                    competences=[_word(chance) for _ in range(6)],
                    offer=" ".join(_word(chance) for _ in range(4)),
                    institution_id=chance.choice(institutions),
                    visibility=dict.fromkeys(("competences", "offer", "institution"), level),
                )
            )
        for group in range(GROUPS):
            people: Members = {
                f"@p{number}:example.org": ("join", f"Person {number}") for number in range(group, PROFILES, GROUPS)
            }
            rooms.save(session, f"!g{group}", rooms.StateCopy(False, "12", (OWN,), {}, None, people), now)
            rooms.set_group(session, f"!g{group}", f"g{group}")


def _word(chance: random.Random) -> str:
    word = chance.choice(_STARTS.split()) + chance.choice(_ENDS.split())
    # Names of places, programmes and products make a vocabulary long, as in reality.
    return word if chance.random() < 0.8 else f"{word}-{chance.choice(_STARTS.split())}{chance.randrange(3_000)}"


@contextmanager
def sqlite() -> Iterator[Store]:
    with tempfile.TemporaryDirectory(prefix="ombot-bench-") as name:
        store = open_store(settings_in(Path(name)))
        yield store
        store.close()


@contextmanager
def postgresql() -> Iterator[Store]:
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from pg import PostgresServer  # type: ignore[import-not-found]

    server = PostgresServer()
    with tempfile.TemporaryDirectory(prefix="ombot-bench-") as name:
        try:
            store = open_store(settings_in(Path(name), server.url(server.create())))
            yield store
            store.close()
        finally:
            server.stop()


def settings_in(folder: Path, database: str | None = None) -> Settings:
    return Settings.model_validate(
        {
            "matrix": {"homeserver": "http://127.0.0.1:1", "user": OWN},
            "storage": {"database": database or f"sqlite:///{folder}/ombot.sqlite3", "directory": str(folder)},
            "groups": [{"key": f"g{number}", "name": f"AG {number}"} for number in range(GROUPS)],
        }
    )


features.load()
_SETTINGS = settings_in(Path())
