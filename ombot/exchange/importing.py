"""``ombot import``: what the office knows already. Members, rosters, and decisions from before ombot.

Each import first reads and checks the whole file, so that nothing is taken over from a faulty one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TypeVar

from sqlmodel import Session

from ombot.chat.line import fold, has_control_characters
from ombot.chat.tables import Group
from ombot.config import Settings
from ombot.exchange.sheets import ImportProblem, Row, read_rows, read_text
from ombot.features.decisions import queries as decisions
from ombot.features.decisions import register
from ombot.features.decisions.tables import Decision
from ombot.features.groups import queries as groups
from ombot.features.groups.rules import RosterLine, read_roster_line
from ombot.features.mailing import consenting
from ombot.features.mailing import queries as mailing
from ombot.features.mailing.letters import Desk
from ombot.features.mailing.rules import is_address
from ombot.features.people import queries as people
from ombot.features.people.rules import COMPETENCES_MAX, LIMITS, list_of
from ombot.features.people.tables import Institution, Profile
from ombot.store import history, meta, outbox, rooms
from ombot.store.history import Author
from ombot.store.outbox import Draft, Poster

MEMBER_COLUMNS = ("matrix_id", "name", "institution", "function", "groups", "email", "competences")
DECISION_COLUMNS = ("number", "date", "text", "mandate", "status")

UNCHANGED = "Es wurde nichts geändert; mit --apply wird es übernommen."
APPLIED = "Übernommen."

Step = Callable[[int, int], None]
T = TypeVar("T")

BATCH = 100
"""Members that are compared and stored at a time."""

_MATRIX_ID = re.compile(r"@[!-9;-~]{1,200}:[A-Za-z0-9.\-]+(:\d{1,5})?")
_YEAR_NUMBER = re.compile(r"\d{4}-\d{1,6}")
_NOON = time(12)
_STATUS = {
    "": "accepted",
    **dict.fromkeys(("accepted", "angenommen", "beschlossen", "zugestimmt"), "accepted"),
    **dict.fromkeys(("rejected", "abgelehnt"), "rejected"),
    **dict.fromkeys(("withdrawn", "zurueckgezogen"), "withdrawn"),
}


def _silent(_done: int, _total: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Report:
    """What an import does: a German line for each difference, and one that sums up."""

    lines: tuple[str, ...]
    summary: str

    def ending(self, *, applied: bool) -> "Report":
        """The same, saying at the end whether it was taken over."""
        return replace(self, summary=f"{self.summary} {APPLIED if applied else UNCHANGED}")


# --- members ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """A member as the office has it. What is empty is not touched."""

    line: int
    user_id: str
    name: str
    institution: str
    function: str
    groups: tuple[Group, ...]
    competences: tuple[str, ...]
    email: str = ""


@dataclass
class Difference:
    """What is new about a member. ``ask``: whether to ask by e-mail if they may be written to there."""

    entry: Entry
    profile: Profile
    known: bool
    changes: list[str] = field(default_factory=list)
    invite_to: list[Group] = field(default_factory=list)
    ask: bool = False

    def lines(self) -> str:
        """One line for the office."""
        invited = [f"Einladung: {group.name}" for group in self.invite_to]
        asked = [f"Bitte um Zustimmung zu E-Mails an {self.entry.email}"] if self.ask else []
        return f"{self.entry.user_id}{'' if self.known else ' (neu)'}: {'; '.join([*self.changes, *invited, *asked])}"


def read_members(session: Session, path: Path, further: tuple[str, ...] = ()) -> list[Entry]:
    """The members of a list; ``further`` columns may be there as well.

    Raises:
        ImportProblem: something in it is wrong; names the line.
    """
    named = _groups_by_name(session)
    entries = [_entry(row, named) for row in read_rows(path, (*MEMBER_COLUMNS, *further), ("matrix_id",))]
    lines: dict[str, int] = {}
    for entry in entries:
        if entry.user_id in lines:
            raise ImportProblem(
                f"{entry.user_id} steht zweimal in der Liste (Zeilen {lines[entry.user_id]} und {entry.line})."
            )
        lines[entry.user_id] = entry.line
    return entries


def _entry(row: Row, named: Mapping[str, Group]) -> Entry:
    user_id = row["matrix_id"]
    if not _MATRIX_ID.fullmatch(user_id):
        raise ImportProblem(f"Zeile {row.line}: „{user_id}“ ist keine Matrix-ID wie @name:example.org.")
    if row["email"] and not is_address(row["email"]):
        raise ImportProblem(f"Zeile {row.line}: „{row['email']}“ ist keine E-Mail-Adresse.")
    competences = tuple(list_of(row["competences"]))
    if len(competences) > COMPETENCES_MAX:
        raise ImportProblem(f"Zeile {row.line}: mehr als {COMPETENCES_MAX} Kompetenzen.")
    _check_texts(row, ("name", "institution", "function", "competences"))
    wanted = tuple(_group(named, name, f"Zeile {row.line}: ") for name in list_of(row["groups"]))
    institution, name = _institution_and_name(row)
    return Entry(row.line, user_id, name, institution, row["function"], wanted, competences, row["email"])


def _institution_and_name(row: Row) -> tuple[str, str]:
    """Both, also where the office writes them as one: "Institution (Person)". Other brackets belong to the name."""
    institution, name = row["institution"], row["name"]
    line = read_roster_line(institution)
    if name:
        return line.institution if fold(name) in map(fold, line.persons) else institution, name
    if len(line.persons) > 1:
        raise ImportProblem(
            f"Zeile {row.line}: „{institution}“ nennt mehrere Personen, jede braucht eine eigene Zeile. Wer für eine "
            "Einrichtung kommen darf, nimmt „ombot import roster“."
        )
    return line.institution, "".join(line.persons)


def _check_texts(row: Row, columns: Iterable[str]) -> None:
    for column in columns:
        text = row[column]
        if len(text) > LIMITS[column] or has_control_characters(text) or "\n" in text:
            raise ImportProblem(
                f"Zeile {row.line}: „{column}“ ist zu lang oder enthält Zeilenumbrüche oder Steuerzeichen."
            )


def _groups_by_name(session: Session) -> dict[str, Group]:
    """Every group by its key and its names, folded."""
    return {
        fold(name): group
        for group in groups.all_groups(session)
        for name in (group.key, group.name, group.name.removeprefix("AG "))
    }


def _group(named: Mapping[str, Group], name: str, where: str = "") -> Group:
    group = named.get(fold(name))
    if group is None:
        raise ImportProblem(f"{where}Die Gruppe „{name}“ gibt es nicht.")
    return group


def differences(session: Session, settings: Settings, entries: Iterable[Entry]) -> list[Difference]:
    """What a list would change; members about whom nothing is new are left out."""
    wanted = list(entries)
    named = {group.key: group for entry in wanted for group in entry.groups}
    there = {key: _not_to_invite(session, group) for key, group in named.items()}
    found = [one for batch in _batches(wanted) for one in _differences(session, batch, there)]
    if mailing.enabled(settings):
        for one in found:
            # Only who is new is asked: others may have said no, which is not kept, and have "!email".
            one.ask = bool(one.entry.email) and not one.known
    return [one for one in found if one.changes or one.invite_to or not one.known]


def _batches(found: Sequence[T]) -> Iterator[Sequence[T]]:
    """So many at a time: one query for each takes long, and the length of a query has a limit."""
    return (found[start : start + BATCH] for start in range(0, len(found), BATCH))


def _differences(session: Session, entries: Sequence[Entry], there: Mapping[str, set[str]]) -> Iterator[Difference]:
    profiles = people.profiles_by_id(session, (entry.user_id for entry in entries))
    institutions = people.find_institutions(session, (entry.institution for entry in entries))
    for entry in entries:
        current = institutions.get(people.spelling(entry.institution))
        yield _difference(entry, profiles.get(entry.user_id), current, there)


def _difference(
    entry: Entry, profile: Profile | None, current: Institution | None, there: Mapping[str, set[str]]
) -> Difference:
    before = profile or Profile(user_id=entry.user_id)
    found = Difference(entry, before, profile is not None)
    if entry.institution and (
        current is None or current.id != before.institution_id or not before.institution_from_office
    ):
        found.changes.append(f"Einrichtung {current.name if current else f'{entry.institution} (neu)'}")
    for label, old, new in (
        ("Name", before.name, entry.name),
        ("Funktion", before.function, entry.function),
        ("Kompetenzen", ", ".join(before.competences), ", ".join(entry.competences)),
    ):
        if new and new != old:
            found.changes.append(f"{label} {f'{old} → ' if old else ''}{new}")
    found.invite_to = [group for group in entry.groups if entry.user_id not in there[group.key]]
    return found


def _not_to_invite(session: Session, group: Group) -> set[str]:
    """Who is in a group's room, has an invitation, or was shut out of it."""
    room = rooms.of_group(session, group.key)
    there = rooms.memberships(session, room.room_id) if room else {}
    settled = {user_id for user_id, membership in there.items() if membership in ("join", "invite", "ban")}
    return settled | outbox.invited(session, f"group:{group.key}")


def apply_members(
    session: Session, settings: Settings, found: list[Difference], now: datetime, step: Step = _silent
) -> None:
    """Take over what differs; whoever is new to a group gets an invitation from the running bot."""
    cause = f"import/{now.isoformat()}"
    history.write_as(session, Author(settings.matrix.user, cause, now))
    poster = Poster(session, cause, now)
    desk = Desk(session, settings, now)
    here = rooms.everybody(session)
    space = meta.get(session, meta.SPACE)
    in_space = here | outbox.invited(session, f"room:{space}")
    done = 0
    for batch in _batches(found):
        _store(session, batch)
        for one in batch:
            if one.ask:
                consenting.enter(desk, one.entry.email, settings.matrix.user, user_id=one.entry.user_id)
        invited = [one for one in batch if one.invite_to]
        people.note_invited(session, [one.entry.user_id for one in invited if one.entry.user_id not in here], now)
        poster.put_all(
            Draft(destination, {"user": one.entry.user_id}, kind="invite")
            for one in invited
            for destination in _destinations(one, space if one.entry.user_id not in in_space else None)
        )
        done += len(batch)
        step(done, len(found))


def _destinations(found: Difference, space: str | None) -> Iterator[str]:
    if space is not None:
        yield f"room:{space}"
    for group in found.invite_to:
        yield f"group:{group.key}"


def _store(session: Session, found: Sequence[Difference]) -> None:
    named = [one.entry.institution for one in found if one.entry.institution]
    institutions = people.ensure_institutions(session, named)
    for one in found:
        profile, entry = one.profile, one.entry
        profile.name = entry.name or profile.name
        profile.function = entry.function or profile.function
        profile.competences = list(entry.competences) or profile.competences
        if entry.institution:
            profile.institution_id = institutions[people.spelling(entry.institution)].id
            profile.institution_from_office = True
        session.add(profile)
    session.flush()


def members_report(found: list[Difference], total: int) -> Report:
    """What the office is told."""
    new = sum(not one.known for one in found)
    counted = f"{total} in der Liste, {new} neu, {len(found) - new} geändert, {total - len(found)} unverändert."
    return Report(tuple(one.lines() for one in found), counted)


# --- rosters ----------------------------------------------------------------------------------------------------


def import_roster(session: Session, group_name: str, path: Path) -> Report:
    """Put the institutions of a text file on a group's roster; nothing is taken off it.

    Raises:
        ImportProblem: there is no such group, or a line is not "Institution (Person)".
    """
    group = _group(_groups_by_name(session), group_name)
    wanted: dict[str, RosterLine] = {}
    for line in _roster_lines(path):
        institution = people.ensure_institution(session, line.institution).name
        before = wanted.get(institution, RosterLine(institution))
        wanted[institution] = RosterLine(institution, tuple(dict.fromkeys([*before.persons, *line.persons])))
    known = {entry.institution: entry for entry in groups.roster(session, group.key)}
    lines = []
    for institution, line in wanted.items():
        entry = known.get(institution)
        if entry is None:
            lines.append(f"neu: {_say(line)}")
        elif line.persons and list(line.persons) != entry.persons:
            entry.persons = list(line.persons)
            session.add(entry)
            lines.append(f"geändert: {_say(line)}")
    groups.add_to_roster(session, group.key, list(wanted.values()))
    return Report(tuple(lines), f"{group.name}: {len(wanted)} in der Liste, {len(lines)} neu oder geändert.")


def _roster_lines(path: Path) -> Iterator[RosterLine]:
    for number, text in enumerate(read_text(path).splitlines(), 1):
        if not text.strip():
            continue
        line = read_roster_line(text)
        if not line.institution or re.search(r"[();]", line.institution) or len(text) > LIMITS["offer"]:
            raise ImportProblem(
                f"Zeile {number}: Bitte schreiben Sie „Einrichtung (Person)“ oder „Einrichtung (A oder B)“."
            )
        if has_control_characters(text):
            raise ImportProblem(f"Zeile {number} enthält Steuerzeichen.")
        yield line


def _say(line: RosterLine) -> str:
    return f"{line.institution} ({' oder '.join(line.persons)})" if line.persons else line.institution


# --- decisions --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Earlier:
    """A decision from before ombot. ``number`` is None where the list has none."""

    line: int
    number: str | None
    taken_on: date
    text: str
    mandate: str
    status: str


def import_decisions(session: Session, settings: Settings, path: Path, now: datetime) -> Report:
    """Enter earlier decisions of the board into the register; those that are there already stay as they are.

    Raises:
        ImportProblem: something in the list is wrong, or a number is taken by another decision.
    """
    board = board_of(session)
    rows = read_rows(path, DECISION_COLUMNS, ("date", "text"))
    found = sorted((_earlier(row, now.date()) for row in rows), key=lambda one: (one.taken_on, one.line))
    known = {one.year_number: one.text for one in decisions.everything(session)}
    lines = []
    # Given numbers first, so that none of them is given out to a decision without one.
    for one in sorted(found, key=lambda one: one.number is None):
        if _is_known(one, known):
            continue
        made = _record(session, settings, board, one)
        known[made.year_number] = one.text
        lines.append(f"B{made.number} (Nr. {made.year_number}): {one.text.splitlines()[0][:80]}")
    return Report(tuple(lines), f"{len(found)} in der Liste, {len(lines)} neu im Beschlussregister.")


def board_of(session: Session) -> Group:
    """The group that earlier decisions and minutes belong to.

    Raises:
        ImportProblem: there is none.
    """
    board = groups.board(session)
    if board is None:
        raise ImportProblem("Es gibt noch keine Gruppe der Art „board“, zu der Beschlüsse und Protokolle gehören.")
    return board


def _is_known(one: Earlier, known: Mapping[str | None, str]) -> bool:
    """Whether a decision is in the register: by its number, and without one by its words."""
    if one.number is None:
        return one.text in known.values()
    if known.get(one.number, one.text) != one.text:
        raise ImportProblem(f"Zeile {one.line}: Die Nummer {one.number} hat schon ein anderer Beschluss.")
    return one.number in known


def _record(session: Session, settings: Settings, board: Group, one: Earlier) -> Decision:
    return register.record_earlier(
        session,
        group_key=board.key,
        number=one.number,
        text=one.text,
        mandate=_mandate(session, one.mandate),
        status=one.status,
        recorded_by=settings.matrix.user,
        at=datetime.combine(one.taken_on, _NOON, settings.organisation.timezone),
    )


def _earlier(row: Row, today: date) -> Earlier:
    text, status = row["text"], _STATUS.get(fold(row["status"]))
    taken_on = _date(row["date"])
    if taken_on is None or taken_on > today:
        raise ImportProblem(f"Zeile {row.line}: „{row['date']}“ ist kein Datum bis heute, zum Beispiel 16.05.2019.")
    if not text or len(text) > 4000 or has_control_characters(text):
        raise ImportProblem(f"Zeile {row.line}: Der Text fehlt, ist zu lang oder enthält Steuerzeichen.")
    if status is None:
        raise ImportProblem(f"Zeile {row.line}: Der Status ist „angenommen“, „abgelehnt“ oder „zurückgezogen“.")
    number = row["number"] or None
    if number is not None and number.isdecimal():
        number = f"{taken_on.year}-{int(number):02}"
    if number is not None and not _YEAR_NUMBER.fullmatch(number):
        raise ImportProblem(f"Zeile {row.line}: „{number}“ ist keine Nummer wie 2019-03.")
    return Earlier(row.line, number, taken_on, text, row["mandate"], status)


def _date(text: str) -> date | None:
    for form in ("%d.%m.%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _mandate(session: Session, name: str) -> dict[str, str] | None:
    if not name:
        return None
    institution = people.find_institution(session, name)
    return {"institution": institution.name} if institution else {"body": name}
