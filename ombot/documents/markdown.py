"""Markdown from Jinja templates; user text is escaped so that it stays text."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent / "templates"

# Characters that start or end markup anywhere in a line, including GitHub's tables, formulas and mentions.
_INLINE = re.compile(r"([\\`*_\[\]{}<>|~@$#]|&(?=#?\w+;))")
# GitHub turns bare addresses into links.
_ADDRESS = re.compile(r"(?i)(?<=[a-z])(?::(?=//)|(?<=www)\.)")
# What makes a list, rule or underline, but only at the start of a line: escaping it everywhere
# would make "1. Sitzung" and "21. November" unpleasant to read. Whether a value starts its line is known
# when the whole text stands, so a mark keeps the place until then.
_LINE_START = re.compile(r"^(\d+(?=[.)])|(?=[+=:-]))")
_MARK = "\ue000"
_MARK_AT_START = re.compile(rf"^((?:[ \t]*[-*>] )*[ \t]*\d*){_MARK}", re.MULTILINE)


class _Markup(str):
    """Text that is already Markdown."""

    __slots__ = ()


def render(kind: str, view: Mapping[str, Any]) -> bytes:
    """Return the document as UTF-8 with a final newline."""
    text = _environment().get_template(f"{kind}.md").render(view)
    text = _MARK_AT_START.sub(r"\1\\", text).replace(_MARK, "")
    return (re.sub(r"\n{3,}", "\n\n", text).strip() + "\n").encode()


def escape(text: str) -> str:
    """Return text as Markdown that shows exactly this text; line ends become hard breaks."""
    lines = text.replace(_MARK, "").split("\n")
    return "\\\n".join(_escape_line(line.strip()) for line in lines if line.strip())


def _escape_line(line: str) -> str:
    line = _INLINE.sub(r"\\\1", line)
    line = _ADDRESS.sub(r"\\\g<0>", line)
    return _LINE_START.sub(rf"\g<0>{_MARK}", line)


def cell(text: str) -> _Markup:
    """Return text for a table cell, which has no line ends of its own."""
    return _Markup(escape(text).replace("\\\n", "<br>"))


def _finalize(value: Any) -> Any:
    return escape(value) if isinstance(value, str) and not isinstance(value, _Markup) else value


@lru_cache(maxsize=1)
def _environment() -> "jinja2.Environment":
    import jinja2

    environment = jinja2.Environment(  # noqa: S701 - escaping for HTML would not help; _finalize escapes
        loader=jinja2.FileSystemLoader(TEMPLATES),
        finalize=_finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(cell=cell, markup=_Markup)
    return environment
