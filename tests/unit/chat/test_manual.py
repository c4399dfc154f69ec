"""The generated command reference is fresh and has everything."""

from pathlib import Path

from ombot.chat.registry import REGISTRY
from ombot.features.overview.manual import pages, stale, write

DOCS = Path(__file__).parents[3] / "docs"


def test_the_committed_page_is_fresh() -> None:
    assert stale(DOCS) == [], "run make docs and review what changed"


def test_writing_makes_a_stale_page_fresh(tmp_path: Path) -> None:
    assert [path.name for path in write(tmp_path)] == ["commands.md"]
    assert stale(tmp_path) == write(tmp_path) == []
    (tmp_path / "commands.md").write_text("alt", encoding="utf-8")
    assert [path.name for path in write(tmp_path)] == ["commands.md"]


def test_every_form_stands_in_the_page() -> None:
    text = pages()["commands.md"]
    for form in REGISTRY.declarations:
        usage = form.usage.replace("|", "\\|").replace("\n", " ⏎ ")
        assert text.count(f"| `{usage}` |") >= 1, usage


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    rows = [line for line in pages()["commands.md"].splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") - 1 for line in rows} == {5, 2}
