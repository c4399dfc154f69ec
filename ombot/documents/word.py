"""DOCX from templates that an office can edit in Word."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import parse_xml
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup
from markupsafe import escape as escape_xml

from ombot.documents.errors import TemplateError

if TYPE_CHECKING:
    from types import TracebackType

TEMPLATES = Path(__file__).parent / "templates"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_TAG = re.compile(r"<[^>]+>")


def render(kind: str, view: Mapping[str, Any], created: datetime, office: Path | None) -> bytes:
    """Return the document; a template of this kind in the folder `office` wins over ours.

    Raises:
        TemplateError: the template is no Word document, or something in it cannot be filled.
    """
    own = office / f"{kind}.docx" if office else None
    path = own if own is not None and own.is_file() else TEMPLATES / f"{kind}.docx"
    template = _Template(path)
    template.fill(view)
    properties = template.docx.core_properties
    properties.title = view["document_title"]
    properties.author = view["organisation"]
    properties.last_modified_by = view["organisation"]
    properties.language = "de-DE"
    properties.created = properties.modified = created.astimezone(UTC).replace(tzinfo=None)
    buffer = io.BytesIO()
    template.docx.save(buffer)
    return repack(buffer.getvalue())


def repack(data: bytes) -> bytes:
    """Return a zip file with the same members and a fixed time on each, so that equal content is equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w") as target:
        for member in source.infolist():
            entry = zipfile.ZipInfo(member.filename, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(member))
    return packed.getvalue()


class _Template(DocxTemplate):  # type: ignore[misc]  # docxtpl is untyped
    """A docxtpl template that says where it is faulty."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def fill(self, view: Mapping[str, Any]) -> None:
        environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined, finalize=_leaf)
        try:
            self.render(dict(view), environment)
        except (PackageNotFoundError, zipfile.BadZipFile, KeyError) as error:
            raise TemplateError(f"{self.path.name} is no Word document (.docx)") from error

    def render_xml_part(self, src_xml: str, part: Any, context: Any, jinja_env: Any = None) -> str:
        try:
            xml: str = super().render_xml_part(src_xml, part, context, jinja_env)
        except Exception as error:
            # What an office writes between the braces can raise anything at all.
            raise TemplateError(self._message(part, src_xml, _line(error), str(error))) from error
        try:
            # docxtpl itself parses leniently and would drop what follows the mistake without a word.
            parse_xml(xml.encode())
        except SyntaxError as error:  # what lxml's parser raises
            lost = "a {%p …%} or {%tr …%} does not stand alone in its paragraph or row"
            raise TemplateError(self._message(part, xml, error.lineno, lost)) from error
        return xml

    def _message(self, part: Any, xml: str, line: int | None, problem: str) -> str:
        place = f"{self.path.name}, {str(part.partname).removeprefix('/word/')}"
        lines = re.sub(r"<w:p([ >])", r"\n<w:p\1", xml).splitlines() if "\n<w:p" not in xml else xml.splitlines()
        if line and line <= len(lines):
            place += f", near “{_TAG.sub('', lines[line - 1]).strip()[:80]}”"
        return f"{place}: {problem}"


def _leaf(value: Any) -> Any:
    """Make user text a leaf of the XML.

    docxtpl turns "{_{" into "{{" in the finished document; an underscore written as a reference is
    safe from that.
    """
    if isinstance(value, str) and not isinstance(value, Markup):
        return Markup(str(escape_xml(value)).replace("_", "&#95;"))  # noqa: S704 - escaped just here
    return value


def _line(error: BaseException) -> int | None:
    """Return the line of the template in which the error was raised."""
    number = getattr(error, "lineno", None)
    if isinstance(number, int):
        return number
    lines = [trace.tb_lineno for trace in _frames(error) if trace.tb_frame.f_code.co_filename == "<template>"]
    return lines[-1] if lines else None


def _frames(error: BaseException) -> "Iterator[TracebackType]":
    trace = error.__traceback__
    while trace is not None:
        yield trace
        trace = trace.tb_next
