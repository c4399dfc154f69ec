"""The program as it is installed: a wheel made from the source archive, in an environment of its own, far from here."""

import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
import released

from ombot.store import schema
from ombot.store.engine import open_engine

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).parent / "uv"
VERSION = str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
CONFIG = """
[matrix]
homeserver = "https://matrix.example.org"
user = "@ombot:example.org"
[[groups]]
key = "beratung"
name = "AG Beratung"
"""


def tracked(*folders: str) -> set[str]:
    """The files of the checkout in these folders, without what git ignores."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", *folders]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode:
        pytest.skip(reason="not a git checkout")
    return {name for name in result.stdout.splitlines() if (ROOT / name).exists()}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with source archive and wheel; uv makes the wheel from the archive, not from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([UV, "build", "--quiet", "--out-dir", folder, ROOT], check=True)
    return folder


@pytest.fixture(scope="module")
def program(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The installed ``ombot``, with nothing but what the wheel asks for."""
    place = tmp_path_factory.mktemp("environment")
    python = place / "bin" / "python"
    (wheel,) = dist.glob("*.whl")
    subprocess.run([UV, "venv", "--quiet", "--allow-existing", "--python", sys.executable, place], check=True)
    install = [UV, "pip", "install", "--quiet", "--python", python, "--constraint", ROOT / "constraints.txt", wheel]
    subprocess.run(install, check=True)
    yield python.with_name("ombot")
    shutil.rmtree(place)  # a quarter of a gigabyte


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration and the database that 0.1.0 left behind."""
    folder = tmp_path_factory.mktemp("installation")
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "data").mkdir(mode=0o700)
    engine = open_engine(f"sqlite:///{folder}/data/ombot.sqlite3")
    released.load(engine, json.loads((released.FOLDER / "0.1.0.json").read_text(encoding="utf-8")))
    engine.dispose()
    return folder


def run(program: Path, folder: Path, *words: str) -> bytes:
    """What an installed program writes to standard output; nothing of the checkout is in reach."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OMBOT_", "PYTHON"))}
    command = [program, *words]
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=300, check=False)
    assert (result.returncode, b"Traceback" in result.stderr) == (0, False), result.stderr.decode()
    return result.stdout


def said(program: Path, folder: Path, *words: str) -> str:
    """The same as text."""
    return run(program, folder, *words).decode()


# --- what is in it ----------------------------------------------------------------------------------------------


def test_the_wheel_has_every_file_of_the_package_and_nothing_else(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == tracked("ombot")


def test_the_source_archive_has_what_tests_and_operators_need(dist: Path) -> None:
    (source,) = dist.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()} - {"PKG-INFO"}
    assert names == tracked(".")


# --- what it does -----------------------------------------------------------------------------------------------


def test_the_program_runs_outside_the_checkout(program: Path, tmp_path: Path) -> None:
    assert said(program, tmp_path, "--version") == f"ombot, version {VERSION}\n"
    assert said(program, tmp_path, "demo", "--help").startswith("Usage: ombot demo")
    package = said(program.with_name("python"), tmp_path, "-c", "import ombot; print(ombot.__path__[0])")
    assert Path(package.strip()).is_relative_to(program.parents[1])


def test_the_installed_program_upgrades_the_database_of_the_previous_version(program: Path, installation: Path) -> None:
    exported = json.loads(run(program, installation, "export", "all", "--format", "json"))
    left = json.loads((released.FOLDER / "0.1.0.json").read_text(encoding="utf-8"))["tables"]
    kinds = {"tasks": "task", "meetings": "meeting", "inputs": "input", "decisions": "decision"}
    assert {key: len(exported[key]) for key in kinds} == {key: len(left[table]) for key, table in kinds.items()}
    assert {path.name for path in (installation / "data/backups").iterdir()} == {f"before-{schema.head()}.sqlite3"}
    with sqlite3.connect(installation / "data/ombot.sqlite3") as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == (schema.head(),)
    database.close()


def test_the_installed_program_makes_documents(program: Path, installation: Path) -> None:
    word = docx.Document(
        io.BytesIO(run(program, installation, "export", "agenda", "--session", "T1", "--format", "docx"))
    )
    printed = run(program, installation, "export", "minutes", "--session", "T1", "--format", "pdf")
    assert "DISKUSSION: Wie arbeiten wir?" in {
        text for table in word.tables for row in table.rows for text in _lines(row)
    }
    assert "zweimal pro Jahr" in "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(printed)).pages)
    assert run(program, installation, "export", "directory", "--format", "html").startswith(b"<!DOCTYPE html>")


def _lines(row: Any) -> Iterator[str]:
    for cell in row.cells:
        yield from cell.text.splitlines()


def test_the_installed_program_reads_german_dates(program: Path, tmp_path: Path) -> None:
    code = (
        "from datetime import datetime, UTC; from ombot.chat import dates; "
        "print(dates.read('übermorgen', datetime(2026, 11, 24, 9, tzinfo=UTC)).first)"
    )
    assert said(program.with_name("python"), tmp_path, "-I", "-c", code) == "2026-11-26\n"
