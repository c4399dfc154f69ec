"""HTML pages that need nothing else: one style sheet inside, no scripts, nothing from elsewhere."""

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent / "templates"
# "self" for photos and for what a form sends; the rest of the web stays out, whatever stands in a text.
_POLICY = (
    "default-src 'none'; style-src '{style}'; img-src 'self' data:; base-uri 'none'; form-action {forms}; "
    "frame-ancestors 'none'"
)


def render(name: str, view: Mapping[str, Any], folder: Path = TEMPLATES) -> bytes:
    """Return a page as UTF-8.

    Args:
        name: the template, without ``.html``.
        view: what it shows.
        folder: where the template lies; ``page.html``, the frame of all pages, is ours.
    """
    return _environment(folder).get_template(f"{name}.html").render({**view, "style": _style()}).encode()


def policy(*, forms: bool = False) -> str:
    """Return the Content-Security-Policy that fits every page; ``forms`` for one with a form to its own address."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return _POLICY.format(style=f"sha256-{digest}", forms="'self'" if forms else "'none'")


@lru_cache(maxsize=1)
def _style() -> "str":
    import markupsafe

    return markupsafe.Markup((TEMPLATES / "page.css").read_text(encoding="utf-8"))  # noqa: S704 - ours


@lru_cache(maxsize=4)
def _environment(folder: Path) -> "jinja2.Environment":
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
