"""What is shipped around the program: image, compose file, systemd unit, monitoring and commit hooks fit it."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from ombot.config import load

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.example.yaml").read_text(encoding="utf-8"))


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def arguments(name: str) -> list[str]:
    return [argument for instruction, argument in instructions() if instruction == name]


def copied() -> Iterator[str]:
    for argument in arguments("COPY"):
        if not argument.startswith("--from"):
            yield from shlex.split(argument)[:-1]


def unit() -> ConfigParser:
    # Unit files repeat keys, and % has a meaning of its own in them.
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment]
    parser.read_string((ROOT / "deploy/ombot.service").read_text(encoding="utf-8"))
    return parser


def settings_variables() -> set[str]:
    """The names an operator can read in the example: one for each key, each list and each secret."""
    section, names = "", set()
    for line in (ROOT / "config.example.toml").read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"\[+([a-z]+)\]+", line):
            section = heading[1]
        elif key := re.match(r"([a-z_]+) = ", line):
            names.add(f"OMBOT_{section}__{key[1]}".upper())
        names |= set(re.findall(r"\bOMBOT_[A-Z_]*[A-Z]\b", line)) if line.startswith("#") else set()
    return names


# --- image ----------------------------------------------------------------------------------------------


def test_hadolint_has_nothing_to_say() -> None:
    result = subprocess.run([BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)


def test_what_is_copied_into_the_image_exists_and_is_not_ignored() -> None:
    sources = sorted(copied())
    assert [source for source in sources if not (ROOT / source).exists()] == []
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in ignored if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert sorted(rule.removeprefix("!") for rule in rules if rule.startswith("!")) == sources


def test_what_the_wheel_is_built_from_is_copied() -> None:
    build = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", PROJECT["project"]["readme"], *build["packages"]}
    assert needed - set(copied()) == set()


def test_the_image_installs_pinned_versions_without_extras() -> None:
    installs = [shlex.split(line) for line in arguments("RUN") if "/pip install" in line]
    assert [words[-3:] for words in installs] == [["--constraint", "constraints.txt", "."]]


def test_the_stages_start_from_one_pinned_image_that_can_run_the_program() -> None:
    bases = {argument.split()[0] for argument in arguments("FROM")}
    assert len(bases) == 1
    version = re.fullmatch(r"python:(\d+)\.(\d+)\.\d+-slim-[a-z]+", bases.pop())
    assert version is not None
    lowest = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert (int(version[1]), int(version[2])) >= tuple(int(part) for part in lowest.split("."))


def test_the_image_runs_without_privileges_on_its_volume() -> None:
    assert arguments("USER") == ["10001:10001"]
    assert arguments("VOLUME") == ["/data"]
    assert arguments("WORKDIR")[-1] == "/data"


def test_the_image_runs_the_installed_program() -> None:
    assert list(PROJECT["project"]["scripts"]) == ["ombot"]
    assert arguments("COPY")[-1] == "--from=build /opt/ombot /opt/ombot"
    assert arguments("ENV")[0].startswith('PATH="/opt/ombot/bin:$PATH"')


def started_commands() -> dict[str, list[str]]:
    """What each file starts, word by word, without the folder of the program."""
    program, *words = shlex.split(unit()["Service"]["ExecStart"])
    return {
        "container": json.loads(arguments("ENTRYPOINT")[0]) + json.loads(arguments("CMD")[0]),
        "health": json.loads(arguments("HEALTHCHECK")[0].partition("CMD ")[2]),
        "service": [Path(program).name, *words],
    }


def test_the_commands_that_are_started() -> None:
    assert started_commands() == {
        "container": ["ombot", "run"],
        "health": ["ombot", "status"],
        "service": ["ombot", "run"],
    }


def test_the_commands_that_are_started_exist() -> None:
    cli = pytest.importorskip("ombot.cli")
    assert {words[1] for words in started_commands().values()} - set(cli.main.commands) == set()


def test_commands_in_the_instructions_exist() -> None:
    cli = pytest.importorskip("ombot.cli")
    texts = [
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("Dockerfile", "compose.example.yaml", "config.example.toml", "deploy/ombot.service")
    ]
    named = {
        command
        for text in texts
        for command in re.findall(r'(?:bin/ombot |"ombot |run --rm ombot |exec ombot ombot )([a-z]+)', text)
    }
    assert named >= {"init", "check", "run", "backup", "import"}
    assert named - set(cli.main.commands) == set()


# --- compose --------------------------------------------------------------------------------------------


def test_compose_sets_only_documented_variables() -> None:
    names = {name.removesuffix("_FILE") for name in COMPOSE["services"]["ombot"]["environment"]}
    assert names - settings_variables() == set()
    assert names


def test_what_compose_sets_is_accepted(tmp_path: Path) -> None:
    contents = {
        "database_url": "postgresql://ombot:geheim@database/ombot",
        "password": "password\n",
        "store_key": "key\n",
    }
    environment = dict(COMPOSE["services"]["ombot"]["environment"])
    for name, value in environment.items():
        if name.endswith("_FILE"):
            secret = tmp_path / Path(value).name
            secret.write_text(contents[secret.name], encoding="utf-8")
            environment[name] = str(secret)
    settings = load(ROOT / "config.example.toml", environment)
    assert settings.storage.database == contents["database_url"]
    assert str(settings.web.listen) == "0.0.0.0:8480"
    password, store_key = settings.secrets.password, settings.secrets.store_key
    assert password is not None and password.get_secret_value() == "password"
    assert store_key is not None and store_key.get_secret_value() == "key"


@pytest.mark.parametrize("service", ["ombot", "database"])
def test_secrets_reach_a_service_as_files_that_are_declared(service: str) -> None:
    definition = COMPOSE["services"][service]
    files = {name: value for name, value in definition["environment"].items() if name.endswith("_FILE")}
    assert sorted(files.values()) == [f"/run/secrets/{name}" for name in sorted(definition["secrets"])]
    assert set(definition["secrets"]) - set(COMPOSE["secrets"]) == set()
    plain = definition["environment"].keys() - files
    assert [name for name in plain if re.search("PASSWORD|TOKEN|KEY|URL", name)] == []


def test_compose_publishes_the_port_on_the_loopback_only() -> None:
    port = COMPOSE["services"]["ombot"]["environment"]["OMBOT_WEB__LISTEN"].rpartition(":")[2]
    assert COMPOSE["services"]["ombot"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert "ports" not in COMPOSE["services"]["database"]


def test_the_database_is_not_newer_than_the_image_can_back_up() -> None:
    client = re.search(r"postgresql-client-(\d+)", " ".join(arguments("RUN")))
    server = re.match(r"postgres:(\d+)", COMPOSE["services"]["database"]["image"])
    assert client is not None and server is not None
    assert int(server[1]) <= int(client[1])


# --- service --------------------------------------------------------------------------------------------


def test_the_unit_waits_for_ready_and_leaves_wrong_configuration_to_people() -> None:
    service = unit()["Service"]
    assert (service["Type"], service["Restart"]) == ("notify", "on-failure")
    assert service["RestartPreventExitStatus"].split() == ["2", "78"]
    assert int(service["TimeoutStopSec"]) > 10
    assert service["WatchdogSec"] == "2min"


def test_systemd_knows_every_word_of_the_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip(reason="systemd-analyze is not installed")
    # What is started must exist on the machine that checks; everything else is as shipped.
    text = (ROOT / "deploy/ombot.service").read_text(encoding="utf-8")
    copy = tmp_path / "ombot.service"
    copy.write_text(text.replace("/opt/ombot/bin/ombot", "/bin/true"), encoding="utf-8")
    result = subprocess.run([program, "verify", "--man=no", copy], capture_output=True, text=True, check=False)
    assert [line for line in result.stderr.splitlines() if copy.name in line] == []


def test_the_unit_gives_nothing_but_its_own_directory() -> None:
    service = unit()["Service"]
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert (service["User"], service["UMask"], service["StateDirectoryMode"]) == ("ombot", "0077", "0700")
    switched_on = {name for name, value in service.items() if value == "yes"}
    assert switched_on >= {"NoNewPrivileges", "PrivateDevices", "PrivateTmp", "ProtectHome", "RestrictNamespaces"}
    assert (service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("strict", "")


# --- monitoring -----------------------------------------------------------------------------------------


def test_the_alerts_ring_for_what_they_should() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip(reason="promtool is not installed")
    checked = subprocess.run(
        [promtool, "check", "rules", "--lint-fatal", ROOT / "deploy/alerts.yml"], capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    tested = subprocess.run(
        [promtool, "test", "rules", ROOT / "tests/data/alerts.test.yml"], capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_alert_says_what_to_do_and_is_tested() -> None:
    rules = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    assert [rule["alert"] for rule in rules if not rule["annotations"]["description"].endswith(".")] == []
    tested = (ROOT / "tests/data/alerts.test.yml").read_text(encoding="utf-8")
    assert sorted(rule["alert"] for rule in rules) == sorted(re.findall(r'alertname="(\w+)"', tested))


def test_the_dashboard_asks_one_data_source_and_its_panels_do_not_overlap() -> None:
    dashboard = json.loads((ROOT / "deploy/grafana-dashboard.json").read_text(encoding="utf-8"))
    sources = {json.dumps(target["datasource"]) for panel in dashboard["panels"] for target in panel["targets"]}
    assert sources == {'{"type": "prometheus", "uid": "${datasource}"}'}
    assert [variable["name"] for variable in dashboard["templating"]["list"]] == ["datasource", "instance"]
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    cells = [
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]
    assert (len(cells), max(x for x, _ in cells)) == (len(set(cells)), 23)
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


# --- commit hooks ---------------------------------------------------------------------------------------


def hooks() -> list[str]:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    return [hook["entry"] for hook in config["repos"][0]["hooks"]]


def test_the_hooks_are_valid_and_call_installed_tools() -> None:
    result = subprocess.run([BIN / "pre-commit", "validate-config"], cwd=ROOT, capture_output=True, check=False)
    assert result.returncode == 0
    missing = [entry for entry in hooks() if not (BIN / entry.split()[0].removeprefix(".venv/bin/")).exists()]
    assert missing == []


def test_make_check_runs_every_hook() -> None:
    result = subprocess.run(["make", "--dry-run", "check"], cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert [entry for entry in hooks() if entry not in lines] == []
