"""The German of the digest: results to blocks."""

from ombot.chat.language import count, say_span
from ombot.chat.nodes import Block, Code, Inline, Strong, bullets, heading, hint
from ombot.features.digest.results import Digest, News

MOST = 5
"""So many references stand behind a count."""
KINDS = {
    "tasks": ("neue Aufgabe", "neue Aufgaben"),
    "meetings": ("neuer Termin", "neue Termine"),
    "inputs": ("Input", "Inputs"),
    "votes": ("laufende Abstimmung", "laufende Abstimmungen"),
    "decisions": ("Beschluss", "Beschlüsse"),
}


def digest_blocks(digest: Digest) -> tuple[Block, ...]:
    """The days, a line for each group, and how to go on."""
    shown = next(
        reference for _, news in digest.groups for references in vars(news).values() for reference in references
    )
    return (
        heading(f"Ihr Wochenrückblick: {say_span(digest.first, digest.last)}"),
        bullets(_line(name, news) for name, news in digest.groups),
        hint(
            "Ansehen mit der Nummer: ",
            Code(_command(shown)),
            " · Was bei Ihnen ansteht: ",
            Code("!meine"),
            " · Abbestellen: ",
            Code("!erinnerungen woche aus"),
        ),
    )


def _line(name: str, news: News) -> tuple[Inline, ...]:
    counted = [
        f"{count(len(references), *KINDS[kind])} ({_references(references)})"
        for kind, references in vars(news).items()
        if references
    ]
    return (Strong(name), f": {', '.join(counted)}")


def _references(references: tuple[str, ...]) -> str:
    more = len(references) - MOST
    return ", ".join(references[:MOST]) + (f" und {more} weitere" if more > 0 else "")


def _command(reference: str) -> str:
    word = {"A": "aufgabe", "T": "termin", "I": "input", "B": "beschluss"}[reference[0]]
    return f"!{word} {reference}"
