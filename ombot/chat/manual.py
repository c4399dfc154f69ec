"""The command reference as Markdown, made from the command table."""

from collections.abc import Iterable, Iterator

from ombot.chat.language import MANUAL, RIGHTS, TOPICS
from ombot.chat.registry import Registry

HEADER = "<!-- Generated from the command table by `make docs`. Do not edit: change the declarations and run it. -->"


def commands_page(registry: Registry) -> str:
    """docs/commands.md: every form of every command, by topic."""
    sections = [section for topic in topics(registry) for section in _topic(topic, registry)]
    lines = [
        HEADER,
        "",
        f"# {MANUAL['title']}",
        "",
        MANUAL["intro"],
        "",
        MANUAL["edit"],
        *sections,
        *_aliases(registry),
    ]
    return "\n".join(lines) + "\n"


def topics(registry: Registry) -> list[str]:
    """The topics in use, in their order."""
    used = dict.fromkeys(declaration.topic for declaration in registry.declarations)
    return [topic for topic in TOPICS if topic in used] + sorted(topic for topic in used if topic not in TOPICS)


def _topic(topic: str, registry: Registry) -> Iterator[str]:
    yield from ("", f"## {topic}", "")
    yield from table_head(MANUAL[key] for key in ("usage", "brief", "right", "place", "example"))
    for one in registry.declarations:
        if one.topic == topic:
            cells = (code(one.usage), one.brief, RIGHTS[one.right.name], one.place.value, code(one.example))
            yield row(cells)


def _aliases(registry: Registry) -> Iterator[str]:
    found = {one.word: one.alias for one in registry.declarations if one.alias}
    yield from ("", f"## {MANUAL['aliases']}", "")
    yield from table_head((MANUAL["usage"], MANUAL["words"]))
    for word, aliases in sorted(found.items()):
        yield row((code(f"!{word}"), ", ".join(code(f"!{alias}") for alias in aliases)))


def table_head(columns: Iterable[str]) -> tuple[str, str]:
    """The two lines a Markdown table begins with."""
    names = tuple(columns)
    return row(names), row(("---",) * len(names))


def row(cells: Iterable[str]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def code(text: str) -> str:
    """Code in a table cell: a line break of a multi-line example is shown as ⏎."""
    return "`" + text.replace("\n", " ⏎ ").replace("|", "\\|") + "`"
