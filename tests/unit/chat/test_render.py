"""Cards to text and HTML: same words, nothing of a member's text becomes markup, pages within the limit."""

from html.parser import HTMLParser

import pytest

from ombot.chat import render
from ombot.chat.nodes import (
    Button,
    Card,
    Code,
    Link,
    PersonNode,
    Strong,
    Table,
    bullets,
    card,
    heading,
    hint,
    paragraph,
)

ALLOWED = {"p", "strong", "em", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "code", "br"}
EVA = PersonNode("@eva:example.org", "Eva Beispiel")

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><a href="javascript:x">',
    "**fett** _kursiv_ [x](https://evil.example)",
    "&lt;b&gt; &amp;",
    "@room und @eva:example.org",
    "https://matrix.to/#/@ida:example.org",
    "\u202eumgedreht",
    "</p></li></ul><h1>groß</h1>",
)


class Tags(HTMLParser):
    """Collects tags, links and text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        assert {name for name, _ in attrs} <= {"href"}

    def handle_data(self, data: str) -> None:
        self.words += data


def everything(text: str) -> Card:
    """A card with the same text in every kind of leaf."""
    return card(
        heading(text),
        paragraph(
            text, Strong(text), Code(text), PersonNode("@eva:example.org", text), Link("https://om.example", text)
        ),
        bullets([(text,), (Strong(text),)]),
        bullets([(text,)], ordered=True),
        Table((text,), ((text,),)),
        hint(text),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_members_is_never_markup(text: str) -> None:
    found = Tags(render.html(everything(text)))
    harmless = Tags(render.html(everything("x")))
    assert found.tags == harmless.tags <= ALLOWED
    assert found.links == harmless.links
    assert found.words.count(text) == 12


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_members_rings_nobody(text: str) -> None:
    content = render.content(everything(text))
    assert content["m.mentions"] == {}
    assert content["msgtype"] == "m.notice"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "matrix:u/eva", "//evil.example", ""])
def test_only_outside_addresses_become_links(url: str) -> None:
    assert Tags(render.html(card(paragraph(Link(url, "hier"))))).links == []


def test_a_forged_user_id_stays_inside_its_link() -> None:
    html = render.html(card(paragraph(PersonNode('@x"><script>:example.org', "X"))))
    assert Tags(html).tags == {"p", "a"}


def test_only_persons_that_are_to_be_told_are_mentioned() -> None:
    content = render.content(card(paragraph(EVA, PersonNode("@jan:example.org", "Jan", notify=True))))
    assert content["m.mentions"] == {"user_ids": ["@jan:example.org"]}
    assert content["msgtype"] == "m.text"


def test_both_forms_say_the_same() -> None:
    shown = card(
        heading("Aufgabe A1: ", "Entwurf"),
        paragraph("Wer: ", EVA),
        bullets([("eins",), ("zwei",)], ordered=True),
        Table(("Wann", ""), (("heute", "ja"), ("morgen", ""))),
        hint("Weiter: ", Code("!hilfe")),
        buttons=[Button("✅", "erledigt", "!erledigt A1", "")],
    )
    assert render.plain(shown).splitlines() == [
        "Aufgabe A1: Entwurf",
        "Wer: Eva Beispiel",
        "1. eins",
        "2. zwei",
        "• Wann: heute, ja",
        "• Wann: morgen",
        "Weiter: !hilfe",
        "✅ erledigt",
    ]
    assert render.html(shown) == (
        "<p><strong>Aufgabe A1: Entwurf</strong></p>"
        '<p>Wer: <a href="https://matrix.to/#/@eva:example.org">Eva Beispiel</a></p>'
        "<ol><li>eins</li><li>zwei</li></ol>"
        "<table><thead><tr><th>Wann</th><th></th></tr></thead>"
        "<tbody><tr><td>heute</td><td>ja</td></tr><tr><td>morgen</td><td></td></tr></tbody></table>"
        "<p><em>Weiter: <code>!hilfe</code></em></p>"
        "<p><em>✅ erledigt</em></p>"
    )


def test_a_line_break_in_text_is_one_in_both_forms() -> None:
    shown = card(paragraph("eins\nzwei"))
    assert render.plain(shown) == "eins\nzwei"
    assert render.html(shown) == "<p>eins<br>zwei</p>"


def test_a_short_card_is_one_page() -> None:
    shown = card(paragraph("kurz"))
    assert render.pages(shown) == [shown]


@pytest.mark.parametrize("lines", [200, 1000])
def test_pages_keep_the_limit_and_lose_nothing(lines: int) -> None:
    button = Button("✅", "erledigt", "!erledigt A1", "")
    shown = card(bullets((f"Zeile {number} {'ä' * 60}",) for number in range(lines)), about="A1", buttons=[button])
    pages = render.pages(shown)
    assert len(pages) > 1
    assert "\n".join(line for page in pages for line in render.plain(Card(page.blocks)).splitlines()) == render.plain(
        Card(shown.blocks)
    )
    for page in pages:
        assert len(render.plain(Card(page.blocks)).encode()) + len(render.html(Card(page.blocks)).encode()) <= 20 * 1024
    assert [page.about for page in pages] == ["A1"] + [None] * (len(pages) - 1)
    assert [page.buttons for page in pages] == [()] * (len(pages) - 1) + [(button,)]
