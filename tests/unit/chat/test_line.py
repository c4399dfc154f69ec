"""Taking a command's line apart from both ends."""

import pytest

from ombot.chat.line import Line, fold, has_control_characters


@pytest.mark.parametrize(
    ("one", "other"),
    [("ÜBERFÄLLIG", "ueberfaellig"), ("Straße", "STRASSE"), ("a\u0308", "ä"), (" Ja ", "ja"), ("größe", "groesse")],
)
def test_spellings_that_are_one_word(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [
        ("A12 erledigt", 12, "erledigt"),
        ("a12", 12, ""),
        ("#12", 12, ""),
        ("12 bis morgen", 12, "bis morgen"),
        ("T12", None, "T12"),
        ("A12b", None, "A12b"),
        ("A12.", None, "A12."),
        ("A1234567890", None, "A1234567890"),
        ("A", None, "A"),
        ("", None, ""),
    ],
)
def test_references(text: str, number: int | None, rest: str) -> None:
    line = Line(text)
    assert line.take_reference("A") == number
    assert line.text == rest


@pytest.mark.parametrize(
    ("text", "phrase", "taken", "rest"),
    [
        ("wieder offen bitte", "wieder offen", True, "bitte"),
        ("Wieder OFFEN", "wieder offen", True, ""),
        ("wiederoffen", "wieder offen", False, "wiederoffen"),
        ("zurückgestellt: bald", "zurückgestellt", True, "bald"),
        ("an", "an niemanden", False, "an"),
    ],
)
def test_phrases_are_whole_words(text: str, phrase: str, taken: bool, rest: str) -> None:
    line = Line(text)
    assert line.take_phrase(phrase) is taken
    assert line.text == rest


@pytest.mark.parametrize(
    ("text", "ending", "taken", "rest"),
    [
        ("Entwurf in AG Transfer", "in AG Transfer", True, "Entwurf"),
        ("Entwurf in ag transfer,", "in AG Transfer", True, "Entwurf"),
        ("Entwurf „in AG Transfer“", "in AG Transfer“", False, "Entwurf „in AG Transfer“"),
        ("Beginn AG Transfer", "in AG Transfer", False, "Beginn AG Transfer"),
        ("in AG Transfer", "in AG Transfer", True, ""),
        ("Entwurf", "", False, "Entwurf"),
    ],
)
def test_endings_are_whole_words_outside_quotes(text: str, ending: str, taken: bool, rest: str) -> None:
    line = Line(text)
    assert line.take_ending(ending) is taken
    assert line.text == rest


def test_a_word_in_quotes_starts_nothing() -> None:
    line = Line("Ort „hier und Ort da“ und Ort dort")
    assert [line.text[start:] for start in line.starts_of("ort")] == ["Ort „hier und Ort da“ und Ort dort", "Ort dort"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Grüße 🙂 שלום\n\tEinzug", False),
        ("👩‍👩‍👧", False),
        ("\x00", True),
        ("\x1b[31mrot", True),
        ("\u202etxt.exe", True),
        ("\u2066isoliert\u2069", True),
        ("\x7f", True),
        ("\r", True),
    ],
)
def test_characters_that_mislead(text: str, found: bool) -> None:
    assert has_control_characters(text) is found
