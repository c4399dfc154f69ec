"""Independent readers of what the bot says and makes: none of them shares code with what wrote it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

import html5lib

TAGS = {"p", "strong", "em", "ul", "ol", "li", "a", "code", "br", "table", "thead", "tbody", "tr", "th", "td"}
"""What a message of the bot consists of; all of it is on the list of the Matrix specification."""
SCHEMES = ("https://", "http://", "mailto:")


@dataclass
class Page:
    """A piece of HTML as a browser understands it."""

    tags: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    text: str = ""


def read_html(source: str) -> Page:
    """Read HTML by the WHATWG's algorithm, which no input makes fail."""
    page = Page()
    _walk(html5lib.parseFragment(source, treebuilder="etree", namespaceHTMLElements=False), page)
    return page


def _walk(element: Element, page: Page) -> None:
    for child in element:
        name = child.tag if isinstance(child.tag, str) else "comment"
        page.tags.add(name)
        page.attributes |= {f"{name}.{attribute}" for attribute in child.attrib}
        if name == "a":
            page.links.append(child.attrib.get("href", ""))
        page.text += (child.text or "") + ("\n" if name == "br" else "")
        _walk(child, page)
        page.text += child.tail or ""


_LINE = re.compile(r"(?P<name>[A-Z][A-Z0-9-]*)(?P<parameters>(?:;[A-Z0-9-]+=(?:\"[^\"]*\"|[^\";:,]*))*):(?P<value>.*)")


def read_calendar(data: bytes) -> list[dict[str, Any]]:
    """The events of a calendar, read by the grammar of RFC 5545 alone.

    Raises:
        ValueError: a line is none, or begins and ends do not belong together.
    """
    text = data.decode("utf-8")
    if "\n" in text.replace("\r\n", ""):
        raise ValueError("a bare line break")
    open_parts: list[str] = []
    events: list[dict[str, Any]] = []
    for name, value in _content_lines(text):
        if name == "BEGIN":
            open_parts.append(value)
            events += [{}] if value == "VEVENT" else []
        elif name == "END":
            if open_parts.pop() != value:
                raise ValueError(f"{value} ends, but did not begin")
        elif open_parts[-1:] == ["VEVENT"]:
            events[-1].setdefault(name, []).append(value)
    if open_parts:
        raise ValueError(f"{open_parts} do not end")
    return events


def _content_lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.replace("\r\n ", "").replace("\r\n\t", "").split("\r\n"):
        match = _LINE.fullmatch(line)
        if match is not None:
            yield match["name"], match["value"]
        elif line:
            raise ValueError(f"no content line: {line!r}")
