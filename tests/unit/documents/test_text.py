import pytest

from ombot.documents import text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\x00b\x1bc\ud800d\ufffee", "abcde"),
        ("tab\tstays", "tab\tstays"),
        ("bild\u202egpj.exe", "bildgpj.exe"),
        ("שלום 🙂", "שלום 🙂"),
    ],
)
def test_clean(raw: str, expected: str) -> None:
    assert text.clean(raw) == expected


def test_blocks_are_paragraphs_and_bullets() -> None:
    assert text.blocks("Eins\nzwei\n\nDrei\n- vier\n• fünf\nsechs\n-7 Grad\n") == [
        {"bullet": False, "text": "Eins\nzwei"},
        {"bullet": False, "text": "Drei"},
        {"bullet": True, "text": "vier"},
        {"bullet": True, "text": "fünf"},
        {"bullet": False, "text": "sechs\n-7 Grad"},
    ]
    assert text.blocks(None) == text.blocks(" \n ") == []


def test_map_strings_leaves_keys_and_other_values() -> None:
    data = {"a": ["x", 1, None, True], "b": {"c": "y"}}
    assert text.map_strings(data, str.upper) == {"a": ["X", 1, None, True], "b": {"c": "Y"}}
