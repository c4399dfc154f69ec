"""Whether everything played is really there: in the rooms, in the database (through the export), and in the files."""

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ombot.demo.member import Missing
from ombot.demo.scenes import AGENDA, PAPER, paper
from ombot.demo.stage import GROUPS, ROSTER, Stage

AT_ONCE = 2
"""Exports that run at the same time: as many as the machine has cores at least."""
FILES: tuple[tuple[str, str, str], ...] = (
    ("inputs", "docx", "inputs.docx"),
    ("inputs", "pdf", "inputs.pdf"),
    ("inputs", "xlsx", "inputs.xlsx"),
    ("inputs", "md", "inputs.md"),
    ("agenda", "docx", "tagesordnung.docx"),
    ("agenda", "pdf", "tagesordnung.pdf"),
    ("minutes", "docx", "protokoll.docx"),
    ("minutes", "pdf", "protokoll.pdf"),
    ("tasks", "xlsx", "aufgaben.xlsx"),
    ("all", "json", "alles.json"),
    ("all", "zip", "alles.zip"),
)


async def prove(stage: Stage) -> list[str]:
    """Export everything into the demo's folder and look at it; gives back what was found, one line each.

    Raises:
        Missing: something that was played is not there.
    """
    gate = asyncio.Semaphore(AT_ONCE)

    async def export(what: str, fmt: str, name: str) -> None:
        async with gate:
            await stage.run("export", what, "--format", fmt, "--output", str(stage.folder / name))

    await asyncio.gather(*(export(*file) for file in FILES))
    exported = json.loads((stage.folder / "alles.json").read_text(encoding="utf-8"))
    found = [check(exported) for check in CHECKS]
    return [*found, _proved_files(stage.folder), _proved_archive(stage.folder), _proved_rooms(stage)]


def _need(condition: bool, what: str) -> None:
    if not condition:
        raise Missing(what)


def _groups(exported: dict[str, Any]) -> str:
    groups = {group["key"]: group for group in exported["groups"]}
    _need(set(groups) == set(GROUPS), "the groups in the export")
    roster = [entry["institution"] for entry in groups["beratung"]["roster"]]
    _need(roster == list(ROSTER), "the roster of the working group")
    return f"{len(groups)} Gruppen mit Räumen, {len(roster)} Einrichtungen in der AG Modernes Beratungsverständnis"


def _tasks(exported: dict[str, Any]) -> str:
    states = {task["id"]: task["status"] for task in exported["tasks"]}
    wanted = {"A1": "open", "A2": "open", "A3": "parked", "A4": "done", "A5": "open", "A6": "open"}
    _need(states == wanted, f"the tasks: {states}")
    return "6 Aufgaben: 4 offen, 1 zurückgestellt, 1 erledigt – auch die während des Neustarts geschriebene"


def _session(exported: dict[str, Any]) -> str:
    (session,) = exported["meetings"]
    answers = {answer["institution"]: (answer["answer"], answer["mode"]) for answer in session["answers"]}
    _need(set(answers) == {"BMAS", "ZDH", "ISF München"}, f"the answers: {answers}")
    _need(all(answer == "yes" for answer, _ in answers.values()), f"the answers: {answers}")
    return f"1 Sitzung mit {len(answers)} Zusagen von Einrichtungen"


def _inputs(exported: dict[str, Any]) -> str:
    files = [file for entry in exported["inputs"] for file in entry["files"]]
    wanted = hashlib.sha256(paper()).hexdigest()
    _need(len(exported["inputs"]) == 2, "the inputs")
    _need([(file["name"], file["sha256"]) for file in files] == [(PAPER, wanted)], f"the file of an input: {files}")
    return "2 Inputs, einer mit Datei; ihre Prüfsumme stimmt mit der gesendeten überein"


def _agenda(exported: dict[str, Any]) -> str:
    accepted = [item for item in exported["agenda"] if item["status"] == "accepted"]
    proposed = [item for item in exported["agenda"] if item["status"] == "proposed"]
    _need(len(accepted) >= len(AGENDA), f"the agenda: {len(accepted)} items")
    _need([item["title"] for item in proposed] == ["Schärfung der Darstellung der OM"], "the proposed item")
    return f"{len(accepted)} Punkte auf der Tagesordnung, 1 Vorschlag einer AG"


def _decision(exported: dict[str, Any]) -> str:
    voted, recorded = exported["decisions"]
    _need([voted["status"], recorded["status"]] == ["accepted", "accepted"], "the decisions")
    _need(voted["votes"] == {"yes": 2, "abstain": 0, "concern": 1, "objection": 0}, f"votes: {voted['votes']}")
    return "2 Beschlüsse: einer im Konsent (2 Zustimmungen, 1 Bedenken), einer aus dem Protokoll"


def _minutes(exported: dict[str, Any]) -> str:
    (minutes,) = exported["minutes"]
    kinds = [line["kind"] for line in minutes["lines"]]
    wanted = ["Info", "Frage", "Anregung", "Aufgabe", "Beschluss", "Zusammenfassung", "Zustimmung"]
    _need(kinds == wanted, f"the lines of the minutes: {kinds}")
    return f"1 Protokoll als Entwurf mit {len(kinds)} Zeilen"


CHECKS: tuple[Callable[[dict[str, Any]], str], ...] = (_groups, _tasks, _session, _inputs, _agenda, _decision, _minutes)


def _proved_files(folder: Path) -> str:
    for _, fmt, name in FILES:
        data = (folder / name).read_bytes()
        if fmt == "pdf":
            _need(data.startswith(b"%PDF-"), name)
        elif fmt in ("docx", "xlsx", "zip"):
            _need(zipfile.ZipFile(io.BytesIO(data)).testzip() is None, name)
    text = (folder / "inputs.md").read_text(encoding="utf-8")
    _need("Gemeinsames modernes Beratungsverständnis" in text, "the input's title in inputs.md")
    return f"{len(FILES)} Dateien in {folder}/"


def _proved_archive(folder: Path) -> str:
    with zipfile.ZipFile(folder / "alles.zip") as archive:
        lines = archive.read("MANIFEST").decode().splitlines()
        for line in lines:
            checksum, name = line.split(maxsplit=1)
            _need(hashlib.sha256(archive.read(name)).hexdigest() == checksum, f"{name} in the archive")
    return f"{len(lines)} Prüfsummen im Archiv stimmen"


def _proved_rooms(stage: Stage) -> str:
    """Every room is encrypted, and nobody saw an answer twice."""
    seen = 0
    for key, room_id in stage.rooms.items():
        for member in stage.members.values():
            if room_id not in member.rooms:
                continue
            _need(bool(member.client.rooms[room_id].encrypted), f"encryption of {key}")
            messages = [message for message in member.rooms[room_id].values() if message.sender == stage.bot_id]
            causes = [message.content.get("ombot.cause") for message in messages]
            _need(len(causes) == len(set(causes)), f"an answer stands twice in {key}")
            seen += len(messages)
    return f"{seen} Nachrichten von ombot in verschlüsselten Räumen gelesen, keine doppelt"
