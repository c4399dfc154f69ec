"""The generated documentation is fresh, and the permission matrix means what it says."""

from pathlib import Path

from ombot import features
from ombot.chat import manual
from ombot.chat.registry import REGISTRY
from ombot.features.overview.manual import pages, stale, write

DOCS = Path(__file__).parents[3] / "docs"


def cells(page: str, usage: str) -> list[str]:
    """The cells of a command form in the permission matrix."""
    line = next(line for line in page.splitlines() if line.startswith(f"| `{usage}` |"))
    return [cell.strip() for cell in line.strip("|").split(" | ")][1:]


def test_the_committed_pages_are_fresh() -> None:
    assert stale(DOCS) == [], "run make docs and review what changed"


def test_writing_makes_stale_pages_fresh(tmp_path: Path) -> None:
    assert [path.name for path in write(tmp_path)] == ["commands.md", "permissions.md"]
    assert stale(tmp_path) == write(tmp_path) == []
    (tmp_path / "commands.md").write_text("alt", encoding="utf-8")
    assert [path.name for path in write(tmp_path)] == ["commands.md"]


def test_every_form_stands_in_both_pages() -> None:
    texts = pages()
    for form in REGISTRY.declarations:
        usage = form.usage.replace("|", "\\|").replace("\n", " ⏎ ")
        assert texts["commands.md"].count(f"| `{usage}` |") >= 1, usage
        assert texts["permissions.md"].count(f"| `{usage}` |") >= 1, usage


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    for name, columns in (("commands.md", {5, 2}), ("permissions.md", {6})):
        rows = [line for line in pages()[name].splitlines() if line.startswith("|")]
        assert {line.replace("\\|", "").count("|") - 1 for line in rows} == columns


def test_the_matrix_decides_like_the_bot() -> None:
    features.load()
    page = manual.permissions_page(REGISTRY)
    assert cells(page, "!ag neu <Name>") == ["C", "C", "C", "C", "C"]
    assert cells(page, "!ag einladen @Person … [in <Gruppe>]") == ["L C", "C O", "C", "C", "M? L? C O?"]
    assert cells(page, "!aufgabe A12 offen") == ["M L C", "–", "–", "M L C", "M L C"]
    assert cells(page, "!status") == ["M L C", "C O", "M L C O", "C", "M L C O"]
