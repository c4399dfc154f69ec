"""PDF by typst: tagged, PDF/UA-1, German.

User text reaches a template only as JSON, so it can never become typst code.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ombot.documents.text import map_strings

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).parent / "templates"

# PDF/UA forbids characters without a glyph, and typst then refuses the whole document. These ranges are
# the parts of the embedded fonts that every style can show.
PRINTABLE = (
    "\t\n\x20-\x7e\xa0-\xac\xae-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u0482\u048a-\u04ff"
    "\u05d0-\u05ea\u0621-\u063a\u0641-\u064a\u1e00-\u1eff\u2010-\u2027\u202f-\u2040\u2042\u2044-\u2052\u2054-\u205e"
    "\u2070\u2074-\u208e\u20a0-\u20a4\u20a6-\u20bf\u2100-\u211e\u2120\u2122\u2124\u2126-\u214f\u2153-\u215e"
    "\u2190-\u21ff\u2200-\u22ff\u2500-\u25ff\u2610-\u2612\u2713\u2717\ufffd"
)
_UNPRINTABLE = re.compile(f"[^{PRINTABLE}]")
_STAND_INS = {"✅": "✓", "✔": "✓", "☑": "☑", "❌": "✗", "✖": "✗", "❗": "!", "❓": "?", "•": "•"}
_LONG_WORD = re.compile(r"\S{40}(?=\S)")
_ZERO_WIDTH_SPACE = "\u200b"


def render(kind: str, view: Mapping[str, Any], created: datetime) -> bytes:
    """Return the document; `created` becomes its date."""
    return compiled(TEMPLATES / f"{kind}.typ", TEMPLATES, view, created)


def compiled(template: Path, root: Path, view: Mapping[str, Any], created: datetime) -> bytes:
    """Return a PDF of any template, which reads `view` as JSON and files only below `root`."""
    import typst

    shown = {"data": json.dumps(map_strings(view, printable))}
    return typst.compile(
        template,
        root=root,
        font_paths=fonts(),
        format="pdf",
        sys_inputs=shown,
        pdf_standards=["ua-1"],
        timestamp=created,
    )


def printable(text: str) -> str:
    """Return the text with what the embedded fonts cannot show replaced.

    Symbols such as emoji get a plain stand-in or disappear, letters of other scripts become U+FFFD.
    Words longer than a line get places to break.
    """
    text = unicodedata.normalize("NFC", text)
    shown = _UNPRINTABLE.sub(_stand_in, text)
    if shown != text:
        # A removed emoji leaves the blanks on both of its sides.
        shown = re.sub(r" {2,}", " ", shown).strip(" ")
    return _LONG_WORD.sub(rf"\g<0>{_ZERO_WIDTH_SPACE}", shown)


def _stand_in(match: re.Match[str]) -> str:
    character = match.group()
    if character in _STAND_INS:
        return _STAND_INS[character]
    return "\ufffd" if unicodedata.category(character) in ("Lu", "Ll", "Lt", "Lo", "Nd", "Nl", "Co") else ""


@lru_cache(maxsize=1)
def fonts() -> "typst.Fonts":
    """The fonts of every document, loaded once."""
    # Fonts of the machine would make the same data look different elsewhere.
    import typst

    return typst.Fonts(include_system_fonts=False)
