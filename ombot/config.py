"""The configuration: a TOML file, a ``.env`` beside it and the environment become frozen settings.

``load`` is the only way in. Whatever is wrong with the configuration leaves it as a ``ConfigError``, which
says in one sentence what to change: in English for operators, in German for the office that runs
``ombot init``, ``check`` and ``import``.

The environment wins over ``.env``, which wins over the file. ``OMBOT_SECTION__KEY`` sets one key and
``OMBOT_GROUPS``, ``OMBOT_INSTITUTIONS`` and ``OMBOT_PEOPLE`` a whole list: lists, numbers and booleans in
TOML's notation, everything else as plain text. ``NAME_FILE`` names a file that holds the value of ``NAME``.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal, LiteralString, TypeVar, get_args, get_origin
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from rapidfuzz import fuzz, process

from ombot.public_holidays import public_holidays

DEFAULT_PATH = Path("config.toml")
"""What is read when neither a path nor ``OMBOT_CONFIG`` is given; it may be missing."""

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "bad_alias": (
        '{key} is "{value}", but an alias is written in small letters, digits and . _ - only',
        "{key} ist „{value}“, ein Alias besteht aber nur aus Kleinbuchstaben, Ziffern und . _ -",
    ),
    "bad_database": (
        "{key} must begin with sqlite:/// or postgresql://",
        "{key} muss mit sqlite:/// oder postgresql:// beginnen",
    ),
    "bad_duration": (
        '{key} is "{value}", which is no duration such as 90s, 15m, 12h, 3d or 2w (at most ten years)',
        "{key} ist „{value}“, das ist keine Dauer wie 90s, 15m, 12h, 3d oder 2w (höchstens zehn Jahre)",
    ),
    "bad_group_key": (
        '{key} is "{value}", but a group\'s key is written in a-z, 0-9 and - only',
        "{key} ist „{value}“, der Schlüssel einer Gruppe besteht aber nur aus a-z, 0-9 und -",
    ),
    "bad_holidays": (
        '{key} is "{value}", which is no country and state such as DE-BE, nor empty for none',
        "{key} ist „{value}“, das ist weder ein Land mit Bundesland wie DE-BE noch leer für keine Feiertage",
    ),
    "bad_hours": (
        '{key} is "{value}", which is no span such as 19:00-08:00, nor empty for none',
        "{key} ist „{value}“, das ist weder eine Spanne wie 19:00-08:00 noch leer für keine Ruhezeit",
    ),
    "bad_limit": (
        '{key} is "{value}", which is no limit such as 30/1m, nor 0 for none',
        "{key} ist „{value}“, das ist weder eine Grenze wie 30/1m noch 0 für keine",
    ),
    "bad_listen": (
        '{key} is "{value}", which is no address with a port such as 127.0.0.1:8480',
        "{key} ist „{value}“, das ist keine Adresse mit Port wie 127.0.0.1:8480",
    ),
    "bad_mail_address": (
        '{key} is "{value}", which is no address such as ombot@example.org',
        "{key} ist „{value}“, das ist keine E-Mail-Adresse wie ombot@example.org",
    ),
    "bad_quorum": (
        '{key} is "{value}", which is neither a number of institutions such as 5 nor a share such as 50%',
        "{key} ist „{value}“, das ist weder eine Anzahl von Einrichtungen wie 5 noch ein Anteil wie 50%",
    ),
    "bad_time": (
        '{key} is "{value}", which is no time such as 09:00',
        "{key} ist „{value}“, das ist keine Uhrzeit wie 09:00",
    ),
    "bad_timezone": (
        '{key} is "{value}", which is no time zone such as Europe/Berlin',
        "{key} ist „{value}“, das ist keine Zeitzone wie Europe/Berlin",
    ),
    "bad_toml": (
        "{file} is not valid TOML in line {line}: {reason}",
        "{file} ist in Zeile {line} kein gültiges TOML; Texte stehen in Anführungszeichen, Listen in eckigen Klammern",
    ),
    "bad_url": (
        "{key} is no address such as https://matrix.example.org (without user and password)",
        "{key} ist keine Adresse wie https://matrix.example.org (ohne Benutzer und Passwort)",
    ),
    "bad_user_id": (
        '{key} is "{value}", which is no Matrix id such as @eva:example.org',
        "{key} ist „{value}“, das ist keine Matrix-ID wie @eva:example.org",
    ),
    "duplicate": ("{key} repeats {first}", "{key} wiederholt {first}"),
    "empty": ("{key} must not be empty", "{key} darf nicht leer sein"),
    "list_in_parts": (
        "{setting} cannot be set alone; {whole} takes the whole list",
        "{setting} lässt sich nicht einzeln setzen; {whole} enthält die ganze Liste",
    ),
    "missing_file": (
        "{file} does not exist; ombot init creates it",
        "{file} gibt es nicht; „ombot init“ legt die Datei an",
    ),
    "missing_key": (
        "{key} is missing in {file}",
        "{key} fehlt in {file}",
    ),
    "missing_setting": (
        "{key} is missing; set it in {file} or as {setting}",
        "{key} fehlt; tragen Sie den Wert in {file} oder als {setting} ein",
    ),
    "missing_value_file": (
        "{setting} names the file {file}, which does not exist",
        "{setting} nennt die Datei {file}, die es nicht gibt",
    ),
    "not_configured": (
        "There is neither a {file} nor {setting}; ombot init creates the file",
        "Es gibt weder {file} noch {setting}; „ombot init“ legt die Datei an",
    ),
    "not_one_of": (
        '{key} is "{value}", but must be one of: {choices}',
        "{key} ist „{value}“, möglich sind aber nur: {choices}",
    ),
    "not_positive": ("{key} must be longer than 0", "{key} muss länger als 0 sein"),
    "not_utf8": ("{file} is not UTF-8 text", "{file} ist kein Text in UTF-8"),
    "only_one": (
        "{key} is a second group of the kind {value}, but there can be only one",
        "{key} ist eine zweite Gruppe der Art {value}, es kann aber nur eine geben",
    ),
    "secret_in_file": (
        "{key} is a secret, which belongs into the .env file or the environment as {setting}",
        "{key} ist ein Geheimnis und gehört als {setting} in die Datei .env oder in die Umgebung",
    ),
    "too_small": ("{key} must be at least {minimum}", "{key} muss mindestens {minimum} sein"),
    "two_sources": (
        "{setting} and {setting}_FILE are both set, but only one may be",
        "{setting} und {setting}_FILE sind beide gesetzt, es darf aber nur eines sein",
    ),
    "unknown_key": ("{key} is not a known key", "{key} ist kein bekannter Schlüssel"),
    "unreadable_file": ("{file} cannot be read: {reason}", "{file} lässt sich nicht lesen ({reason})"),
    "want_boolean": ("{key} must be true or false", "{key} muss true oder false sein"),
    "want_integer": ("{key} must be a whole number", "{key} muss eine ganze Zahl sein"),
    "want_list": (
        "{key} must be a list in square brackets",
        "{key} muss eine Liste in eckigen Klammern sein",
    ),
    "want_table": (
        "{key} must be a section with keys of its own",
        "{key} muss ein Abschnitt mit eigenen Schlüsseln sein",
    ),
    "want_text": ("{key} must be text in quotes", "{key} muss ein Text in Anführungszeichen sein"),
}
_NEAREST = ("; did you mean {nearest}?", "; meinten Sie {nearest}?")


class ConfigError(Exception):
    """What is wrong with the configuration.

    Attributes:
        code: what is wrong, for programs.
        facts: what the sentences name: ``key`` (``sessions.nudges[1]``, counted from 0), ``variable``
            when the value came from the environment, ``file``, ``value`` and others; never a secret.
    """

    def __init__(self, code: str, **facts: str) -> None:
        self.code = code
        self.facts: Mapping[str, str] = facts
        super().__init__(self.english)

    @property
    def english(self) -> str:
        """One sentence for operators."""
        return self._sentence(0)

    @property
    def german(self) -> str:
        """One sentence for the office."""
        return self._sentence(1)

    def _sentence(self, language: int) -> str:
        facts = {name: " ".join(fact.split()) for name, fact in self.facts.items()}
        if "variable" in facts:
            facts["key"] = f"{facts['key']} ({facts['variable']})"
        sentence = _SENTENCES[self.code][language].format_map(facts)
        return sentence + (_NEAREST[language].format_map(facts) if "nearest" in facts else ".")


# --- values -------------------------------------------------------------------------------------------------

_T = TypeVar("_T")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_LONGEST = timedelta(days=3653)
_SHOWN = 60


@dataclass(frozen=True)
class Limit:
    """At most ``count`` times within any span as long as ``per``."""

    count: int
    per: timedelta


@dataclass(frozen=True)
class Quorum:
    """How many of the entitled institutions must vote: ``count`` of them, or ``percent`` of all."""

    count: int = 0
    percent: int = 0

    def of(self, entitled: int) -> int:
        """The number of institutions needed out of ``entitled``, rounded up."""
        return max(self.count, -(-entitled * self.percent // 100))


@dataclass(frozen=True)
class Listen:
    """Where a server listens. Port 0 takes any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def _fault(code: LiteralString, **facts: str) -> PydanticCustomError:
    return PydanticCustomError(code, code, facts)


def _bad(code: LiteralString, text: str) -> PydanticCustomError:
    return _fault(code, value=text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def parse_duration(text: str) -> timedelta:
    """Read ``90s``, ``15m``, ``12h``, ``3d`` or ``2w``.

    Raises:
        ValueError: it is something else or longer than ten years.
    """
    match = re.fullmatch(r"([0-9]{1,9})([smhdw])", text.strip())
    # Compared before it is multiplied: timedelta overflows.
    if match is None or int(match[1]) > _LONGEST / _UNITS[match[2]]:
        raise _bad("bad_duration", text)
    return int(match[1]) * _UNITS[match[2]]


def _parse_time(text: str) -> time:
    """Read a time of day such as ``09:00``.

    Raises:
        ValueError: it is something else.
    """
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text.strip())
    if match is None:
        raise _bad("bad_time", text)
    return time(int(match[1]), int(match[2]))


def _parse_folder(text: str) -> Path | None:
    """Read a folder; None for an empty text."""
    return Path(text) if text.strip() else None


def _parse_hours(text: str) -> tuple[time, time] | None:
    """Read quiet hours such as ``19:00-08:00``; None for an empty text, ``0`` or a span without length.

    Raises:
        ValueError: it is something else.
    """
    if text.strip() in ("", "0"):
        return None
    begin, _, end = text.replace("–", "-").partition("-")
    try:
        hours = (_parse_time(begin), _parse_time(end))
    except ValueError:
        raise _bad("bad_hours", text) from None
    return None if hours[0] == hours[1] else hours


def _parse_limit(text: str) -> Limit | None:
    """Read ``30/1m``, thirty times a minute; None for ``0``, no limit.

    Raises:
        ValueError: it is something else.
    """
    if text.strip() == "0":
        return None
    count, _, per = text.strip().partition("/")
    if re.fullmatch(r"[1-9][0-9]{0,5}", count) is None:
        raise _bad("bad_limit", text)
    try:
        limit = Limit(int(count), parse_duration(per))
    except ValueError:
        raise _bad("bad_limit", text) from None
    if not limit.per:
        raise _bad("bad_limit", text)
    return limit


def _parse_quorum(text: str) -> Quorum:
    """Read ``5`` institutions or ``50%`` of the entitled ones; ``0`` for none.

    Raises:
        ValueError: it is something else.
    """
    match = re.fullmatch(r"([0-9]{1,4}) ?(%?)", text.strip())
    if match is None or (match[2] and int(match[1]) > 100):
        raise _bad("bad_quorum", text)
    return Quorum(percent=int(match[1])) if match[2] else Quorum(count=int(match[1]))


def _parse_listen(text: str) -> Listen:
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})", text.strip())
    if match is None or int(match[2]) > 65535:
        raise _bad("bad_listen", text)
    return Listen(match[1].strip("[]"), int(match[2]))


def _parse_timezone(text: str) -> ZoneInfo:
    # ZoneInfo itself answers some wrong names with errors of the file system.
    if text not in available_timezones():
        raise _bad("bad_timezone", text)
    return ZoneInfo(text)


def _check_holidays(code: str) -> str:
    if code:
        try:
            public_holidays(code)
        except NotImplementedError:
            raise _bad("bad_holidays", code) from None
    return code


def _check_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        valid = False
    # Not shown: whoever writes a password into the address should not find it in a log.
    if not valid:
        raise _fault("bad_url")
    return text.rstrip("/")


def _check_public_address(text: str) -> str:
    return _check_address(text) if text else text


def _check_database(url: str) -> str:
    # Not shown either: it may hold a password.
    if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise _fault("bad_database")
    return url


def _matching(pattern: str, code: LiteralString) -> AfterValidator:
    def check(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise _bad(code, text)
        return text

    return AfterValidator(check)


def _from_text(parse: Callable[[str], object]) -> BeforeValidator:
    def read(value: object) -> object:
        if isinstance(value, str):
            return parse(value)
        if isinstance(value, (bool, int, float, list, dict)):
            raise _fault("want_text")
        return value

    return BeforeValidator(read)


def _distinct(values: tuple[_T, ...]) -> tuple[_T, ...]:
    _refuse_repeats({f"[{index}]": value for index, value in enumerate(values)})
    return values


def _refuse_repeats(values: Mapping[str, object]) -> None:
    seen: dict[object, str] = {}
    for path, value in values.items():
        if value in seen:
            raise _fault("duplicate", within=path, first=seen[value])
        seen[value] = path


def _check_positive(duration: timedelta) -> timedelta:
    if not duration:
        raise _fault("not_positive")
    return duration


Duration = Annotated[timedelta, Field(strict=True), _from_text(parse_duration)]
PositiveDuration = Annotated[Duration, AfterValidator(_check_positive)]
Durations = Annotated[tuple[Duration, ...], AfterValidator(_distinct)]
Time = Annotated[time, Field(strict=True), _from_text(_parse_time)]
Flag = Annotated[bool, Field(strict=True)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Texts = Annotated[tuple[Text, ...], AfterValidator(_distinct)]
Address = Annotated[str, AfterValidator(_check_address)]
Alias = Annotated[str, _matching(r"[a-z0-9._-]+", "bad_alias")]
GroupKey = Annotated[str, _matching(r"[a-z0-9-]+", "bad_group_key")]
UserId = Annotated[str, _matching(r"@[!-9;-~]{1,200}:([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", "bad_user_id")]
UserIds = Annotated[tuple[UserId, ...], AfterValidator(_distinct)]


class GroupKind(StrEnum):
    """What a group is for: see the glossary in the architecture document."""

    BOARD = "board"
    COORDINATION = "coordination"
    WORKING_GROUP = "working_group"
    FORUM = "forum"


class InstitutionKind(StrEnum):
    """What sort of member of the federation an institution is."""

    CHAMBER = "chamber"
    SOCIAL_PARTNER = "social_partner"
    INSURER = "insurer"
    ASSOCIATION = "association"
    RESEARCH = "research"
    MINISTRY = "ministry"
    NETWORK = "network"
    OTHER = "other"


# --- sections -----------------------------------------------------------------------------------------------


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Matrix(_Section):
    """The bot's account."""

    homeserver: Address
    user: UserId
    device: Text = "OMBOT"
    devices: Literal["all", "signed"] = "all"


class Storage(_Section):
    """Where data is kept. Relative paths are relative to the working directory."""

    database: Annotated[str, AfterValidator(_check_database)] = Field(
        default="sqlite:///data/ombot.sqlite3",
        repr=False,  # may hold a password
    )
    directory: Path = Path("data")


class Organisation(_Section):
    """The federation, its board and its calendar."""

    name: Text = "Offensive Mittelstand"
    board: Text = "Strategiekreis"
    board_genitive: Text = "Strategiekreises"
    timezone: Annotated[ZoneInfo, _from_text(_parse_timezone)] = ZoneInfo("Europe/Berlin")
    holidays: Annotated[str, AfterValidator(_check_holidays)] = "DE-BE"
    bodies: Texts = ("Leitungskreis", "Koordinierungsteam", "Kuratorium")


class Space(_Section):
    """The Matrix space that holds the rooms."""

    alias: Alias = "strategiekreis"
    encrypted: Flag = True
    join: Literal["invite", "space", "knock"] = "invite"


class Group(_Section):
    """A group and its room. The key is the room's alias and never changes."""

    key: GroupKey
    name: Text
    kind: GroupKind = GroupKind.WORKING_GROUP
    leads: UserIds = ()
    members: UserIds = ()
    roster: Texts = ()


class Institution(_Section):
    """An institution the federation works with, under all its names."""

    name: Text
    kind: InstitutionKind = InstitutionKind.OTHER
    aliases: Texts = ()


class Person(_Section):
    """What is known about a person before they say it themselves."""

    id: UserId
    institution: Text | None = None
    function: Text | None = None


class StandingItem(_Section):
    """An agenda item of every session, and who is asked for it: kinds or names of institutions."""

    title: Text
    kind: Literal["Auftakt", "Impuls", "Diskussion", "Auftrag", "Bericht", "Verschiedenes", "Pause"]
    ask: Texts = ()


class Sessions(_Section):
    """The session cycle. Durations count back from the start of the session, the window from its end."""

    call_for_inputs: Duration = timedelta(days=56)
    nudges: Durations = (timedelta(days=28), timedelta(days=14))
    input_deadline: Duration = timedelta(days=14)
    agenda: Duration = timedelta(days=7)
    profiles: Duration = timedelta(days=42)
    introductions_announced: Duration = timedelta(days=21)
    introductions: Duration = timedelta(days=14)
    reminders: Durations = (timedelta(days=7), timedelta(days=1))
    objection_window: Duration = timedelta(days=14)
    first_number: Annotated[int, Field(strict=True, ge=1)] = 1
    standing_items: tuple[StandingItem, ...] = (
        StandingItem(title="Berichte der Ministerien", kind="Bericht", ask=("ministry",)),
    )


class Meetings(_Section):
    """Meetings of groups: durations before their start, and for how long a date poll without a deadline asks."""

    reminders: Durations = (timedelta(days=7), timedelta(days=1))
    polls: PositiveDuration = timedelta(days=14)


class Tasks(_Section):
    """Tasks; durations before the due day, then the pause between two reminders of what is overdue."""

    reminders: Durations = (timedelta(days=3), timedelta(0))
    overdue_every: PositiveDuration = timedelta(days=7)


class Decisions(_Section):
    """Votes: how they are counted, and the reminders before the deadline to who has not voted, in date polls too."""

    rule: Literal["consent", "majority"] = "consent"
    quorum: Annotated[Quorum, _from_text(_parse_quorum)] = Quorum()
    reminders: Durations = (timedelta(days=3), timedelta(0))


class Minutes(_Section):
    """Minutes: whether they name persons, or their institutions and functions only."""

    names: bool = False


class Documents(_Section):
    """Documents: the folder with the office's own Word templates; None when it has none."""

    templates: Annotated[Path | None, _from_text(_parse_folder)] = None


class Quiet(_Section):
    """When ombot stays silent unless asked. ``hours`` is None when no hour is quiet."""

    hours: Annotated[tuple[Time, Time] | None, _from_text(_parse_hours)] = (time(19), time(8))
    morning: Time = time(9)
    weekends: Flag = True
    holidays: Flag = True


class Digest(_Section):
    """The weekly digest of what was new in a person's groups. ``day`` is "" for none."""

    day: Literal["", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"


class Limits(_Section):
    """Protection against flooding, per person. None is no limit."""

    commands: Annotated[Limit | None, _from_text(_parse_limit)] = Limit(30, timedelta(minutes=1))


class Web(_Section):
    """The web server, and the address under which it is reached from outside ("" when it is not)."""

    listen: Annotated[Listen, _from_text(_parse_listen)] = Listen("127.0.0.1", 8480)
    public_url: Annotated[str, AfterValidator(_check_public_address)] = ""


def _check_mail_address(text: str) -> str:
    if text and re.fullmatch(r"[^@\s<>]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", text) is None:
        raise _bad("bad_mail_address", text)
    return text


class Mail(_Section):
    """The server that takes e-mail, and who it comes from. Without a host no mail is sent."""

    host: str = ""
    port: Annotated[int, Field(strict=True, ge=1)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    sender: Annotated[str, AfterValidator(_check_mail_address)] = ""


class Log(_Section):
    """What is logged, and whether for people or for programs."""

    format: Literal["text", "json"] = "text"
    level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], _from_text(str.upper)] = "INFO"


class Retention(_Section):
    """How long what is no longer needed is kept."""

    command_text: Duration = timedelta(days=7)


class Secrets(_Section):
    """What opens the account and the stores. The values show themselves only to ``get_secret_value()``."""

    password: SecretStr | None = None
    access_token: SecretStr | None = None
    recovery_key: SecretStr | None = None
    store_key: SecretStr | None = None
    mail_password: SecretStr | None = None


class Settings(_Section):
    """The whole configuration, checked."""

    matrix: Matrix
    storage: Storage = Storage()
    organisation: Organisation = Organisation()
    space: Space = Space()
    groups: tuple[Group, ...] = ()
    institutions: tuple[Institution, ...] = ()
    people: tuple[Person, ...] = ()
    sessions: Sessions = Sessions()
    meetings: Meetings = Meetings()
    tasks: Tasks = Tasks()
    decisions: Decisions = Decisions()
    minutes: Minutes = Minutes()
    documents: Documents = Documents()
    quiet: Quiet = Quiet()
    digest: Digest = Digest()
    limits: Limits = Limits()
    web: Web = Web()
    mail: Mail = Mail()
    log: Log = Log()
    retention: Retention = Retention()
    secrets: Secrets = Secrets()

    @field_validator("groups")
    @classmethod
    def _check_groups(cls, groups: tuple[Group, ...]) -> tuple[Group, ...]:
        _refuse_repeats({f"[{index}].key": group.key for index, group in enumerate(groups)})
        _refuse_repeats({f"[{index}].name": group.name.casefold() for index, group in enumerate(groups)})
        for kind in (GroupKind.BOARD, GroupKind.COORDINATION):
            same = [index for index, group in enumerate(groups) if group.kind is kind]
            if len(same) > 1:
                raise _fault("only_one", within=f"[{same[1]}].kind", value=kind.value)
        return groups

    @field_validator("institutions")
    @classmethod
    def _check_institutions(cls, institutions: tuple[Institution, ...]) -> tuple[Institution, ...]:
        names = {f"[{index}].name": one.name.casefold() for index, one in enumerate(institutions)}
        aliases = {
            f"[{index}].aliases[{position}]": alias.casefold()
            for index, one in enumerate(institutions)
            for position, alias in enumerate(one.aliases)
        }
        _refuse_repeats(names | aliases)
        return institutions

    @field_validator("people")
    @classmethod
    def _check_people(cls, people: tuple[Person, ...]) -> tuple[Person, ...]:
        _refuse_repeats({f"[{index}].id": person.id for index, person in enumerate(people)})
        return people


# --- reading ------------------------------------------------------------------------------------------------

_PREFIX = "OMBOT_"
_FILE_SUFFIX = "_FILE"
_SECRET_KEYS = tuple(Secrets.model_fields)
_LISTS = ("groups", "institutions", "people")
_SECTIONS = tuple(name for name in Settings.model_fields if name not in (*_LISTS, "secrets"))


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the configuration.

    Args:
        path: the TOML file; None for the one named by ``OMBOT_CONFIG``, else ``config.toml``, which may
            be missing when the environment says everything needed.
        environ: the process environment.

    Raises:
        ConfigError: something is missing or wrong.
    """
    named = path or (Path(environ["OMBOT_CONFIG"]) if environ.get("OMBOT_CONFIG") else None)
    file = named or DEFAULT_PATH
    exists = named is not None or file.exists()
    raw = _read_toml(file) if exists else {}
    environment = _environment(file.parent / ".env", environ)
    variables = _override(raw, environment)
    _refuse_secrets(raw, variables)
    raw["secrets"] = {key: environment[_variable(key)] for key in _SECRET_KEYS if environment.get(_variable(key))}
    raw.setdefault("matrix", {})
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        # Without its cause: pydantic's own text would show values.
        raise _translate(error, file, exists, variables) from None


def _read_text(file: Path) -> str:
    try:
        # Editors on Windows begin UTF-8 files with a mark that TOML does not know.
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError("missing_file", file=str(file)) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError("unreadable_file", file=str(file), reason=reason) from None
    except UnicodeDecodeError:
        raise ConfigError("not_utf8", file=str(file)) from None


def _read_toml(file: Path) -> dict[str, Any]:
    text = _read_text(file)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).rpartition(" (at ")
        line = re.match(r"line ([0-9]+)", place)
        number = line[1] if line else str(len(text.splitlines()))
        raise ConfigError("bad_toml", file=str(file), line=number, reason=reason) from None


def _variable(*path: str) -> str:
    return _PREFIX + "__".join(path).upper()


def _environment(dotenv: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return our variables, those of the process above those of ``.env``, with named files read."""
    layers: list[Mapping[str, str | None]] = [environ]
    if dotenv.is_file():
        # Not interpolated: a password may hold a dollar sign.
        layers.insert(0, dotenv_values(stream=StringIO(_read_text(dotenv)), interpolate=False))
    values: dict[str, str] = {}
    for layer in layers:
        values |= _layer(layer)
    return values


def _layer(layer: Mapping[str, str | None]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in layer.items():
        base = name.removesuffix(_FILE_SUFFIX)
        if value is None or not _is_ours(base) or (_is_secret(base) and not value):
            continue
        if base in values:
            raise ConfigError("two_sources", setting=base)
        values[base] = value if base == name else _named_file(name, Path(value))
    return values


def _named_file(setting: str, file: Path) -> str:
    if not file.exists():
        raise ConfigError("missing_value_file", setting=setting, file=str(file))
    return _read_text(file).rstrip("\r\n")


def _is_secret(name: str) -> bool:
    return name in map(_variable, _SECRET_KEYS)


def _is_ours(name: str) -> bool:
    # Others are let be: a container platform sets names such as OMBOT_PORT for a service called ombot.
    return name.startswith(_PREFIX) and ("__" in name or _is_secret(name) or name in map(_variable, _LISTS))


def _override(raw: dict[str, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """Put values of the environment into ``raw``; return the variable behind each key that was set."""
    variables: dict[str, str] = {}
    for name, text in environment.items():
        if _is_secret(name):
            continue
        section, *keys = name.removeprefix(_PREFIX).lower().split("__")
        path = ".".join([section, *keys])
        variables[path] = name
        if section in _LISTS:
            if keys:
                raise ConfigError("list_in_parts", setting=name, whole=_variable(section))
            raw[section] = _value(text)
        elif section in _SECTIONS and len(keys) == 1:
            table = raw.setdefault(section, {})
            if isinstance(table, dict):
                table[keys[0]] = _value(text) if _takes_toml(section, keys[0]) else text
        else:
            raise _unknown_key([section, *keys], variable=name)
    return variables


def _takes_toml(section: str, key: str) -> bool:
    model = _model_in(Settings.model_fields[section].annotation)
    field = model.model_fields.get(key) if model else None
    return field is not None and (field.annotation in (bool, int) or get_origin(field.annotation) is tuple)


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text  # of the wrong type, which is said with all other wrong types


def _refuse_secrets(raw: Mapping[str, Any], variables: Mapping[str, str]) -> None:
    for path, name in _paths(raw):
        key = name.lower().replace("-", "_").removeprefix(_PREFIX.lower())
        if key in _SECRET_KEYS:
            source = {"variable": variables[path]} if path in variables else {}
            setting = _variable("mail_password" if path == "mail.password" else key)
            raise ConfigError("secret_in_file", key=path, setting=setting, **source)
    if "secrets" in raw:
        raise ConfigError("unknown_key", key="secrets")


def _paths(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        yield prefix + name, name
        if isinstance(value, dict):
            yield from _paths(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            for index, entry in enumerate(value):
                if isinstance(entry, dict):
                    yield from _paths(entry, f"{prefix}{name}[{index}].")


# --- saying what is wrong -----------------------------------------------------------------------------------

_TYPE_CODES = {
    "bool_type": "want_boolean",
    "enum": "not_one_of",
    "greater_than_equal": "too_small",
    "int_type": "want_integer",
    "literal_error": "not_one_of",
    "model_type": "want_table",
    "string_too_short": "empty",
    "tuple_type": "want_list",
}
_SIMILAR = 60


def _translate(error: ValidationError, file: Path, exists: bool, variables: Mapping[str, str]) -> ConfigError:
    # A mistyped key is usually reported as missing too; its nearest match says more.
    faults = sorted(error.errors(include_url=False), key=lambda fault: fault["type"] != "extra_forbidden")
    fault = faults[0]
    location = fault["loc"]
    if fault["type"] == "missing":
        return _missing_key(location, file, exists)
    origin = variables.get(_written(location[:1])) or variables.get(_written(location[:2]))
    source = {"variable": origin} if origin else {}
    if fault["type"] == "extra_forbidden":
        return _unknown_key(location, **source)
    return _wrong_value(fault, source)


def _written(location: Sequence[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


def _known_keys(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        section = _model_in(field.annotation)
        if section is Secrets:
            continue
        yield prefix + name
        if section:
            yield from _known_keys(section, f"{prefix}{name}.")


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the section behind ``Section`` or ``tuple[Section, ...]``."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _unknown_key(location: Sequence[str | int], **source: str) -> ConfigError:
    nearest = _nearest_key(location)
    facts = {"nearest": nearest} if nearest else {}
    return ConfigError("unknown_key", key=_written(location), **facts, **source)


def _nearest_key(location: Sequence[str | int]) -> str | None:
    """Return the key of the same name in another section, else the most similar one in this section."""
    name = str(location[-1])
    section = ".".join(part for part in location[:-1] if isinstance(part, str))
    siblings = []
    for known in _known_keys():
        home, _, key = known.rpartition(".")
        if key == name:
            return known
        if home == section:
            siblings.append(key)
    match = process.extractOne(name, siblings, scorer=fuzz.ratio, score_cutoff=_SIMILAR)
    return _written([*location[:-1], match[0]]) if match else None


def _missing_key(location: Sequence[str | int], file: Path, exists: bool) -> ConfigError:
    key = _written(location)
    if len(location) != 2:
        return ConfigError("missing_key", key=key, file=str(file))
    setting = _variable(*map(str, location))
    if not exists:
        return ConfigError("not_configured", key=key, file=str(file), setting=setting)
    return ConfigError("missing_setting", key=key, file=str(file), setting=setting)


def _wrong_value(fault: ErrorDetails, source: Mapping[str, str]) -> ConfigError:
    key = _written(fault["loc"])
    context = fault.get("ctx", {})
    code = _TYPE_CODES.get(fault["type"], fault["type"])
    facts: dict[str, str] = {}
    if code == "not_one_of":
        choices = re.findall("'([^']*)'", context["expected"])
        facts = {"value": str(fault["input"])[:_SHOWN], "choices": ", ".join(choices)}
    elif code == "too_small":
        facts = {"minimum": str(context["ge"])}
    elif code not in _SENTENCES:
        code = "want_text"
    elif code == fault["type"]:
        facts = {name: fact for name, fact in context.items() if name != "within"}
        key += context.get("within", "")
    if "first" in facts:
        facts["first"] = _written(fault["loc"]) + facts["first"]
    return ConfigError(code, key=key, **facts, **source)
