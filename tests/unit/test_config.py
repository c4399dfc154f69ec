"""The configuration: defaults, the example file, the environment, secrets and what is said about mistakes."""

import re
import traceback
from datetime import date, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel, ValidationError

from ombot.clock.workdays import Calendar
from ombot.config import (
    ConfigError,
    Group,
    GroupKind,
    Institution,
    InstitutionKind,
    Limit,
    Listen,
    Person,
    Quorum,
    Settings,
    StandingItem,
    load,
    parse_duration,
)

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
ACCOUNT = '[matrix]\nhomeserver = "https://matrix.example.org"\nuser = "@ombot:example.org"\n'
ACCOUNT_VARIABLES = {
    "OMBOT_MATRIX__HOMESERVER": "https://matrix.example.org",
    "OMBOT_MATRIX__USER": "@ombot:example.org",
}
GROUP = '[[groups]]\nkey = "beratung"\nname = "AG Beratung"\n'
BOARD = '[[groups]]\nkey = "kreis"\nname = "Kreis"\nkind = "board"\n'
CANARY = "canary-4711"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(ACCOUNT, encoding="utf-8")
    return path


def error_of(file: Path | None, **environ: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(file, environ)
    return caught.value


# --- what is read ---------------------------------------------------------------------------------------


def test_the_example_has_every_key_with_its_default(file: Path) -> None:
    example, default = load(EXAMPLE, {}), load(file, {})
    assert example.model_dump(exclude={"groups", "institutions", "people"}) == default.model_dump(
        exclude={"groups", "institutions", "people"}
    )
    parts: list[BaseModel] = [
        value for name in Settings.model_fields if isinstance(value := getattr(example, name), BaseModel)
    ]
    parts += [*example.groups, *example.institutions, *example.people, *example.sessions.standing_items]
    missing = {
        f"{type(part).__name__}.{key}"
        for part in parts
        for key in type(part).model_fields.keys() - part.model_fields_set
        if type(part).__name__ != "Secrets"
    }
    assert missing == set()


def test_every_section_and_list_stands_in_the_example() -> None:
    headings = re.findall(r"^\[+([a-z]+)\]+", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [*headings, "secrets"] == list(Settings.model_fields)


def test_every_key_of_the_example_has_a_comment() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    keys = [line for line in lines if re.match(r"[a-z_]+ = ", line)]
    assert len(keys) > 40
    assert [line for line in keys if not re.search(r"[^ ] # [^#]+$", line)] == []


def test_the_lists_of_the_example() -> None:
    example = load(EXAMPLE, {})
    assert example.groups == (
        Group(
            key="beratung",
            name="AG Modernes Beratungsverständnis",
            kind=GroupKind.WORKING_GROUP,
            leads=("@eva:example.org",),
            members=("@jan:example.org",),
            roster=("BG RCI", "itb (Person A)", "Bundessteuerberaterkammer (Person B oder Person C)"),
        ),
    )
    assert example.institutions == (
        Institution(
            name="BMAS",
            kind=InstitutionKind.MINISTRY,
            aliases=("Bundesministerium für Arbeit und Soziales",),
        ),
    )
    assert example.people == (Person(id="@eva:example.org", institution="BG RCI", function="Referentin"),)


def test_the_defaults_are_those_of_the_contract(file: Path) -> None:
    def days(*numbers: int) -> tuple[timedelta, ...]:
        return tuple(timedelta(days=number) for number in numbers)

    settings = load(file, {})
    assert settings.matrix.device == "OMBOT"
    assert settings.storage.model_dump() == {
        "database": "sqlite:///data/ombot.sqlite3",
        "directory": Path("data"),
    }
    assert settings.organisation.model_dump() == {
        "name": "Offensive Mittelstand",
        "board": "Strategiekreis",
        "board_genitive": "Strategiekreises",
        "timezone": ZoneInfo("Europe/Berlin"),
        "holidays": "DE-BE",
        "bodies": ("Leitungskreis", "Koordinierungsteam", "Kuratorium"),
    }
    assert settings.space.model_dump() == {"alias": "strategiekreis", "encrypted": True, "join": "invite"}
    assert (settings.groups, settings.institutions, settings.people) == ((), (), ())
    assert settings.sessions.model_dump(exclude={"standing_items"}) == {
        "call_for_inputs": timedelta(days=56),
        "nudges": days(28, 14),
        "input_deadline": timedelta(days=14),
        "agenda": timedelta(days=7),
        "profiles": timedelta(days=42),
        "introductions_announced": timedelta(days=21),
        "introductions": timedelta(days=14),
        "reminders": days(7, 1),
        "objection_window": timedelta(days=14),
        "first_number": 1,
    }
    assert settings.sessions.standing_items == (
        StandingItem(title="Berichte der Ministerien", kind="Bericht", ask=("ministry",)),
    )
    assert settings.meetings.reminders == days(7, 1)
    assert settings.tasks.model_dump() == {"reminders": days(3, 0), "overdue_every": timedelta(days=7)}
    assert settings.quiet.model_dump() == {
        "hours": (time(19), time(8)),
        "morning": time(9),
        "weekends": True,
        "holidays": True,
    }
    assert settings.limits.commands == Limit(30, timedelta(minutes=1))
    assert settings.web.listen == Listen("127.0.0.1", 8480)
    assert settings.web.public_url == ""
    assert settings.log.level == "INFO"
    assert settings.retention.command_text == timedelta(days=7)
    assert set(settings.secrets.model_dump().values()) == {None}


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("12h", timedelta(hours=12)),
        ("3d", timedelta(days=3)),
        ("2w", timedelta(weeks=2)),
        ("0d", timedelta(0)),
        ("3653d", timedelta(days=3653)),
    ],
)
def test_durations(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "3", "d", "-3d", "3 d", "3D", "1h30m", "1.5h", "٣d", "3654d", "999999999w"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="bad_duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("section", "key", "text", "value"),
    [
        ("quiet", "hours", "22:30-6:15", (time(22, 30), time(6, 15))),
        ("quiet", "hours", "12:00 – 14:00", (time(12), time(14))),
        ("quiet", "hours", "", None),
        ("quiet", "hours", "0", None),
        ("quiet", "hours", "08:00-08:00", None),
        ("quiet", "morning", "7:30", time(7, 30)),
        ("decisions", "quorum", "5", Quorum(count=5)),
        ("decisions", "quorum", "50 %", Quorum(percent=50)),
        ("limits", "commands", "5/10s", Limit(5, timedelta(seconds=10))),
        ("limits", "commands", "0", None),
        ("web", "listen", "[::1]:0", Listen("::1", 0)),
        ("web", "public_url", "https://ombot.example.org/", "https://ombot.example.org"),
        ("log", "level", "debug", "DEBUG"),
        ("organisation", "holidays", "", ""),
        ("organisation", "timezone", "Europe/Vienna", ZoneInfo("Europe/Vienna")),
        ("storage", "database", "postgresql://host/ombot", "postgresql://host/ombot"),
        ("storage", "directory", "/srv/ombot", Path("/srv/ombot")),
    ],
)
def test_values(file: Path, section: str, key: str, text: str, value: object) -> None:
    file.write_text(f'{ACCOUNT}[{section}]\n{key} = "{text}"\n', encoding="utf-8")
    assert getattr(getattr(load(file, {}), section), key) == value


@pytest.mark.parametrize(
    ("quorum", "entitled", "needed"),
    [(Quorum(), 7, 0), (Quorum(count=3), 7, 3), (Quorum(percent=50), 7, 4), (Quorum(percent=100), 0, 0)],
)
def test_a_quorum_is_rounded_up(quorum: Quorum, entitled: int, needed: int) -> None:
    assert quorum.of(entitled) == needed


def test_an_address_is_written_as_it_is_read() -> None:
    assert [str(Listen("127.0.0.1", 8480)), str(Listen("::1", 80))] == ["127.0.0.1:8480", "[::1]:80"]


@pytest.mark.parametrize(("code", "name"), [("", None), ("DE", "Neujahr"), ("DE-SN", "Neujahr"), ("AT-9", "Neujahr")])
def test_every_accepted_holiday_code_makes_a_calendar(file: Path, code: str, name: str | None) -> None:
    settings = load(file, {"OMBOT_ORGANISATION__HOLIDAYS": code})
    organisation, quiet = settings.organisation, settings.quiet
    calendar = Calendar(organisation.timezone, organisation.holidays, quiet.hours, quiet.morning)
    assert calendar.holiday_name(date(2027, 1, 1)) == name


def test_settings_cannot_be_changed(file: Path) -> None:
    settings = load(file, {})
    with pytest.raises(ValidationError):
        settings.matrix.user = "@other:example.org"


def test_a_mark_at_the_beginning_of_the_files_does_no_harm(file: Path) -> None:
    file.write_text(ACCOUNT, encoding="utf-8-sig")
    (file.parent / ".env").write_text("OMBOT_SPACE__ALIAS=haus\n", encoding="utf-8-sig")
    assert load(file, {}).space.alias == "haus"


# --- where it is read from ------------------------------------------------------------------------------


def test_the_path_wins_over_the_variable_and_the_variable_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("given", "named", "config"):
        Path(f"{name}.toml").write_text(f'{ACCOUNT}[space]\nalias = "{name}"\n', encoding="utf-8")
    named = {"OMBOT_CONFIG": "named.toml"}
    assert load(Path("given.toml"), named).space.alias == "given"
    assert load(None, named).space.alias == "named"
    assert load(None, {}).space.alias == "config"


def test_everything_can_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(
        None,
        ACCOUNT_VARIABLES
        | {
            "OMBOT_SESSIONS__NUDGES": '["21d", "7d"]',
            "OMBOT_SESSIONS__FIRST_NUMBER": "24",
            "OMBOT_SESSIONS__STANDING_ITEMS": "[]",
            "OMBOT_QUIET__WEEKENDS": "false",
            "OMBOT_QUIET__HOURS": "20:00-07:00",
            "OMBOT_LIMITS__COMMANDS": "0",
            "OMBOT_ORGANISATION__NAME": "2030",
            "OMBOT_GROUPS": '[{key = "kreis", name = "Kreis", kind = "board"}]',
        },
    )
    assert settings.matrix.user == "@ombot:example.org"
    assert settings.sessions.nudges == (timedelta(days=21), timedelta(days=7))
    assert (settings.sessions.first_number, settings.sessions.standing_items) == (24, ())
    assert (settings.quiet.weekends, settings.quiet.hours) == (False, (time(20), time(7)))
    assert settings.limits.commands is None
    assert settings.organisation.name == "2030"
    assert settings.groups == (Group(key="kreis", name="Kreis", kind=GroupKind.BOARD),)


def test_the_environment_wins_over_dotenv_and_dotenv_over_the_file(file: Path) -> None:
    file.write_text(
        f'{ACCOUNT}[organisation]\nname = "file"\nboard = "file"\nboard_genitive = "file"\n', encoding="utf-8"
    )
    (file.parent / ".env").write_text(
        "OMBOT_ORGANISATION__NAME=dotenv\nOMBOT_ORGANISATION__BOARD='dotenv'\n", encoding="utf-8"
    )
    organisation = load(file, {"OMBOT_ORGANISATION__NAME": "process"}).organisation
    assert (organisation.name, organisation.board, organisation.board_genitive) == ("process", "dotenv", "file")


def test_variables_of_others_are_let_be(file: Path) -> None:
    # Set by a container platform for a service called ombot.
    others = {"OMBOT_PORT": "tcp://10.0.0.1:8480", "OMBOT_SERVICE_HOST": "10.0.0.1", "PATH": "/bin"}
    assert load(file, others) == load(file, {})


def test_a_value_can_stand_in_a_file_of_its_own(file: Path, tmp_path: Path) -> None:
    value = tmp_path / "database"
    value.write_text(f"postgresql://ombot:{CANARY}@db/ombot\n", encoding="utf-8")
    settings = load(file, {"OMBOT_STORAGE__DATABASE_FILE": str(value)})
    assert settings.storage.database == f"postgresql://ombot:{CANARY}@db/ombot"
    assert CANARY not in repr(settings)


# --- secrets --------------------------------------------------------------------------------------------


def test_secrets_come_from_the_environment_dotenv_and_files(file: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(" s p a c e s \r\n", encoding="utf-8")
    (file.parent / ".env").write_text(
        f"OMBOT_PASSWORD=dotenv\nOMBOT_ACCESS_TOKEN='a$HOME${{HOME}}'\nOMBOT_STORE_KEY_FILE={tmp_path / 'key'}\n",
        encoding="utf-8",
    )
    secrets = load(file, {"OMBOT_PASSWORD": "process", "OMBOT_RECOVERY_KEY": ""}).secrets
    assert secrets.password is not None and secrets.password.get_secret_value() == "process"
    assert secrets.access_token is not None and secrets.access_token.get_secret_value() == "a$HOME${HOME}"
    assert secrets.store_key is not None and secrets.store_key.get_secret_value() == " s p a c e s "
    assert secrets.recovery_key is None


def test_an_empty_secret_of_the_process_does_not_hide_that_of_dotenv(file: Path) -> None:
    (file.parent / ".env").write_text("OMBOT_PASSWORD=dotenv\n", encoding="utf-8")
    password = load(file, {"OMBOT_PASSWORD": ""}).secrets.password
    assert password is not None and password.get_secret_value() == "dotenv"


def test_a_file_of_the_process_wins_over_a_value_of_dotenv(file: Path, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("file", encoding="utf-8")
    (file.parent / ".env").write_text("OMBOT_PASSWORD=dotenv\n", encoding="utf-8")
    password = load(file, {"OMBOT_PASSWORD_FILE": str(tmp_path / "password")}).secrets.password
    assert password is not None and password.get_secret_value() == "file"


@pytest.mark.parametrize("key", ["password", "access_token", "recovery_key", "store_key", "mail_password"])
def test_secrets_never_show_themselves(file: Path, key: str) -> None:
    settings = load(file, {f"OMBOT_{key.upper()}": CANARY})
    shown = [
        repr(settings),
        str(settings),
        repr(settings.secrets),
        settings.model_dump_json(),
        str(settings.model_dump()),
    ]
    assert [text for text in shown if CANARY in text] == []


@pytest.mark.parametrize(
    ("body", "key", "setting"),
    [
        (f'password = "{CANARY}"\n', "matrix.password", "OMBOT_PASSWORD"),
        (f'[storage]\nstore-key = "{CANARY}"\n', "storage.store-key", "OMBOT_STORE_KEY"),
        (f'[mail]\npassword = "{CANARY}"\n', "mail.password", "OMBOT_MAIL_PASSWORD"),
        (f'[secrets]\nrecovery_key = "{CANARY}"\n', "secrets.recovery_key", "OMBOT_RECOVERY_KEY"),
        (f'[[people]]\nAccess_Token = "{CANARY}"\n', "people[0].Access_Token", "OMBOT_ACCESS_TOKEN"),
        (f'[x]\nOMBOT_PASSWORD = "{CANARY}"\n', "x.OMBOT_PASSWORD", "OMBOT_PASSWORD"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_shown(file: Path, body: str, key: str, setting: str) -> None:
    file.write_text(ACCOUNT + body, encoding="utf-8")
    error = error_of(file)
    assert (error.code, error.facts) == ("secret_in_file", {"key": key, "setting": setting})
    assert CANARY not in error.english + error.german + "".join(traceback.format_exception(error))


def test_a_secret_under_a_wrong_variable_is_refused(file: Path) -> None:
    error = error_of(file, OMBOT_MATRIX__PASSWORD=CANARY)
    assert error.english == (
        "matrix.password (OMBOT_MATRIX__PASSWORD) is a secret, "
        "which belongs into the .env file or the environment as OMBOT_PASSWORD."
    )


def test_the_secrets_section_is_unknown_to_the_file(file: Path) -> None:
    file.write_text(ACCOUNT + "[secrets]\n", encoding="utf-8")
    assert error_of(file).english == "secrets is not a known key."


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (f'[storage]\ndatabase = "mysql://ombot:{CANARY}@db/ombot"\n', "bad_database"),
        (f'[web]\npublic_url = "https://ombot:{CANARY}@example.org"\n', "bad_url"),
        (f'[storage]\ndatabase = ["{CANARY}"]\n', "want_text"),
        (f'[storage]\ndatabas = "{CANARY}"\n', "unknown_key"),
        (f'[storage]\ndatabase = "{CANARY}\n', "bad_toml"),
    ],
)
def test_mistakes_do_not_show_what_may_hold_a_password(file: Path, body: str, code: str) -> None:
    file.write_text(ACCOUNT + body, encoding="utf-8")
    error = error_of(file)
    assert error.code == code
    assert CANARY not in error.english + error.german + "".join(traceback.format_exception(error))


# --- what is said about mistakes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code", "facts"),
    [
        ("[sessions]\nnugdes = []", "unknown_key", {"key": "sessions.nugdes", "nearest": "sessions.nudges"}),
        ("[sesions]\nnudges = []", "unknown_key", {"key": "sesions", "nearest": "sessions"}),
        ("[meetings]\nnudges = []", "unknown_key", {"key": "meetings.nudges", "nearest": "sessions.nudges"}),
        ("homserver = 1", "unknown_key", {"key": "matrix.homserver", "nearest": "matrix.homeserver"}),
        ("[web]\nqqq = 1", "unknown_key", {"key": "web.qqq"}),
        (GROUP + "leeds = []", "unknown_key", {"key": "groups[0].leeds", "nearest": "groups[0].leads"}),
        (
            '[sessions]\nstanding_items = [{ titel = "x" }]',
            "unknown_key",
            {"key": "sessions.standing_items[0].titel", "nearest": "sessions.standing_items[0].title"},
        ),
        ('[sessions]\nnudges = ["28d", "14"]', "bad_duration", {"key": "sessions.nudges[1]", "value": "14"}),
        ('[sessions]\nagenda = "bald"', "bad_duration", {"key": "sessions.agenda", "value": "bald"}),
        (
            '[sessions]\nnudges = ["2w", "14d"]',
            "duplicate",
            {"key": "sessions.nudges[1]", "first": "sessions.nudges[0]"},
        ),
        ("[sessions]\nagenda = 7", "want_text", {"key": "sessions.agenda"}),
        ('[sessions]\nnudges = "14d"', "want_list", {"key": "sessions.nudges"}),
        ('[sessions]\nfirst_number = "3"', "want_integer", {"key": "sessions.first_number"}),
        ("[sessions]\nfirst_number = true", "want_integer", {"key": "sessions.first_number"}),
        ("[sessions]\nfirst_number = 0", "too_small", {"key": "sessions.first_number", "minimum": "1"}),
        ('[tasks]\noverdue_every = "0d"', "not_positive", {"key": "tasks.overdue_every"}),
        ('[quiet]\nweekends = "ja"', "want_boolean", {"key": "quiet.weekends"}),
        ("[quiet]\nhours = []", "want_text", {"key": "quiet.hours"}),
        ('[quiet]\nhours = "nachts"', "bad_hours", {"key": "quiet.hours", "value": "nachts"}),
        ('[quiet]\nmorning = "24:00"', "bad_time", {"key": "quiet.morning", "value": "24:00"}),
        ('[decisions]\nquorum = "101%"', "bad_quorum", {"key": "decisions.quorum", "value": "101%"}),
        ('[decisions]\nquorum = "half"', "bad_quorum", {"key": "decisions.quorum", "value": "half"}),
        ('[limits]\ncommands = "30"', "bad_limit", {"key": "limits.commands", "value": "30"}),
        ('[limits]\ncommands = "30/0s"', "bad_limit", {"key": "limits.commands", "value": "30/0s"}),
        ('[web]\nlisten = "8480"', "bad_listen", {"key": "web.listen", "value": "8480"}),
        ('[web]\nlisten = "a:70000"', "bad_listen", {"key": "web.listen", "value": "a:70000"}),
        ('[web]\npublic_url = "ombot"', "bad_url", {"key": "web.public_url"}),
        ("[web]\nlisten = 8480", "want_text", {"key": "web.listen"}),
        ('[organisation]\nname = " "', "empty", {"key": "organisation.name"}),
        (
            '[organisation]\ntimezone = "Europe"',
            "bad_timezone",
            {"key": "organisation.timezone", "value": "Europe"},
        ),
        (
            '[organisation]\nholidays = "DE-XX"',
            "bad_holidays",
            {"key": "organisation.holidays", "value": "DE-XX"},
        ),
        ('[space]\nalias = "#Haus"', "bad_alias", {"key": "space.alias", "value": "#Haus"}),
        ('[space]\njoin = "x"', "not_one_of", {"key": "space.join", "value": "x", "choices": "invite, space, knock"}),
        (
            '[log]\nlevel = "loud"',
            "not_one_of",
            {"key": "log.level", "value": "LOUD", "choices": "DEBUG, INFO, WARNING, ERROR"},
        ),
        ('[[groups]]\nkey = "a"', "missing_key", {"key": "groups[0].name"}),
        (
            GROUP + 'kind = "ag"',
            "not_one_of",
            {"key": "groups[0].kind", "value": "ag", "choices": ", ".join(GroupKind)},
        ),
        (GROUP + 'leads = ["eva"]', "bad_user_id", {"key": "groups[0].leads[0]", "value": "eva"}),
        (GROUP + GROUP, "duplicate", {"key": "groups[1].key", "first": "groups[0].key"}),
        (
            GROUP + '[[groups]]\nkey = "b"\nname = "ag beratung"',
            "duplicate",
            {"key": "groups[1].name", "first": "groups[0].name"},
        ),
        (
            GROUP + BOARD + BOARD.replace("reis", "reis-2"),
            "only_one",
            {"key": "groups[2].kind", "value": "board"},
        ),
        (
            '[[groups]]\nkey = "AG 1"\nname = "x"',
            "bad_group_key",
            {"key": "groups[0].key", "value": "AG 1"},
        ),
        (
            '[[institutions]]\nname = "A"\naliases = ["B"]\n[[institutions]]\nname = "b"',
            "duplicate",
            {"key": "institutions[0].aliases[0]", "first": "institutions[1].name"},
        ),
        (
            '[[people]]\nid = "@a:b.c"\n[[people]]\nid = "@a:b.c"',
            "duplicate",
            {"key": "people[1].id", "first": "people[0].id"},
        ),
    ],
)
def test_mistakes_in_the_file(file: Path, body: str, code: str, facts: dict[str, str]) -> None:
    file.write_text(f"{ACCOUNT}{body}\n", encoding="utf-8")
    error = error_of(file)
    expected = facts | ({"file": str(file)} if code == "missing_key" else {})
    assert (error.code, error.facts) == (code, expected)
    for sentence in (error.english, error.german):
        assert facts["key"] in sentence
        assert re.fullmatch(r"[^\n]+[^.][.?]", sentence)


@pytest.mark.parametrize(
    ("content", "code", "key"),
    [
        ("matrix = 3\n", "want_table", "matrix"),
        (f"groups = 3\n{ACCOUNT}", "want_list", "groups"),
        (f"groups = [3]\n{ACCOUNT}", "want_table", "groups[0]"),
        (f"sessions = []\n{ACCOUNT}", "want_table", "sessions"),
        (f"[groups]\n{ACCOUNT}", "want_list", "groups"),
    ],
)
def test_sections_of_the_wrong_shape(file: Path, content: str, code: str, key: str) -> None:
    file.write_text(content, encoding="utf-8")
    error = error_of(file)
    assert (error.code, error.facts) == (code, {"key": key})


def test_english_and_german_sentences(file: Path) -> None:
    file.write_text(f'{ACCOUNT}[sessions]\nnudges = ["28d", "14x"]\n', encoding="utf-8")
    error = error_of(file)
    assert (
        str(error)
        == error.english
        == ('sessions.nudges[1] is "14x", which is no duration such as 90s, 15m, 12h, 3d or 2w (at most ten years).')
    )
    assert error.german == (
        "sessions.nudges[1] ist „14x“, das ist keine Dauer wie 90s, 15m, 12h, 3d oder 2w (höchstens zehn Jahre)."
    )


def test_a_nearest_match_makes_a_question(file: Path) -> None:
    file.write_text(f"{ACCOUNT}[tasks]\noverdue_evry = 1\n", encoding="utf-8")
    error = error_of(file)
    assert error.english == "tasks.overdue_evry is not a known key; did you mean tasks.overdue_every?"
    assert error.german == "tasks.overdue_evry ist kein bekannter Schlüssel; meinten Sie tasks.overdue_every?"


@pytest.mark.parametrize(
    ("variable", "value", "code", "facts"),
    [
        (
            "OMBOT_SESSIONS__NUDGES",
            '["28d", "x"]',
            "bad_duration",
            {"key": "sessions.nudges[1]", "value": "x"},
        ),
        ("OMBOT_SESSIONS__NUDGES", "28d, 14d", "want_list", {"key": "sessions.nudges"}),
        ("OMBOT_QUIET__WEEKENDS", "ja", "want_boolean", {"key": "quiet.weekends"}),
        ("OMBOT_SESIONS__AGENDA", "7d", "unknown_key", {"key": "sesions.agenda", "nearest": "sessions.agenda"}),
        ("OMBOT_SPACE__ALIAS__X", "a", "unknown_key", {"key": "space.alias.x"}),
        ("OMBOT_GROUPS", '[{key = "a", name = "A", kind = "b"}]', "not_one_of", {"key": "groups[0].kind"}),
    ],
)
def test_mistakes_in_the_environment_name_the_variable(
    file: Path, variable: str, value: str, code: str, facts: dict[str, str]
) -> None:
    error = error_of(file, **{variable: value})
    assert (error.code, error.facts["variable"]) == (code, variable)
    assert {name: error.facts[name] for name in facts} == facts
    assert f"{facts['key']} ({variable}) " in error.english


def test_a_list_of_sections_is_set_as_a_whole(file: Path) -> None:
    error = error_of(file, OMBOT_GROUPS__KEY="a")
    assert error.english == "OMBOT_GROUPS__KEY cannot be set alone; OMBOT_GROUPS takes the whole list."


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"[matrix]\nuser = \n", "2"), (b"\n\nuser\n", "3"), (b"[a]\n\nb = [1,\n", "3"), (b"a = 1\na = 2\n", "2")],
)
def test_bad_toml_is_named_with_its_line(file: Path, content: bytes, line: str) -> None:
    file.write_bytes(content)
    error = error_of(file)
    assert (error.code, error.facts["line"]) == ("bad_toml", line)
    assert error.german == (
        f"{file} ist in Zeile {line} kein gültiges TOML; Texte stehen in Anführungszeichen, Listen in eckigen Klammern."
    )


def test_files_that_cannot_be_read(file: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    assert error_of(missing).english == f"{missing} does not exist; ombot init creates it."
    assert error_of(None, OMBOT_CONFIG=str(missing)).code == "missing_file"
    assert error_of(tmp_path).english == f"{tmp_path} cannot be read: Is a directory."
    assert error_of(file, OMBOT_PASSWORD_FILE=str(missing)).english == (
        f"OMBOT_PASSWORD_FILE names the file {missing}, which does not exist."
    )
    file.write_bytes(b'[matrix]\nuser = "\xff"\n')
    assert error_of(file).english == f"{file} is not UTF-8 text."


def test_a_value_and_a_file_for_it_are_one_too_many(file: Path) -> None:
    error = error_of(file, OMBOT_PASSWORD="a", OMBOT_PASSWORD_FILE="b")
    assert error.english == "OMBOT_PASSWORD and OMBOT_PASSWORD_FILE are both set, but only one may be."


def test_without_any_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    error = error_of(None)
    assert error.english == (
        "There is neither a config.toml nor OMBOT_MATRIX__HOMESERVER; ombot init creates the file."
    )
    assert error.german == ("Es gibt weder config.toml noch OMBOT_MATRIX__HOMESERVER; „ombot init“ legt die Datei an.")


def test_a_missing_account_says_where_to_set_it(file: Path) -> None:
    file.write_text('[matrix]\nhomeserver = "http://localhost:8008"\n', encoding="utf-8")
    assert error_of(file).english == f"matrix.user is missing; set it in {file} or as OMBOT_MATRIX__USER."


def test_an_odd_key_stays_on_one_line(file: Path) -> None:
    file.write_text(f'{ACCOUNT}[sessions]\nagenda = """7\nd"""\n', encoding="utf-8")
    assert "\n" not in error_of(file).english + error_of(file).german


@pytest.mark.parametrize(
    "user", ["@a:example.org", "@a.b-c_d=/+1:sub.example.org:8448", "@A:[::1]:80", "@ombot:localhost"]
)
def test_matrix_ids(file: Path, user: str) -> None:
    assert load(file, {"OMBOT_MATRIX__USER": user}).matrix.user == user


@pytest.mark.parametrize("user", ["eva", "@eva", "@:example.org", "@e va:example.org", "#eva:example.org", "@eva:"])
def test_other_matrix_ids_are_refused(file: Path, user: str) -> None:
    assert error_of(file, OMBOT_MATRIX__USER=user).code == "bad_user_id"
