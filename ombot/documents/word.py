"""DOCX from templates that an office can edit in Word."""

import base64
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docx.oxml import parse_xml
from docx.shared import Cm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup
from markupsafe import escape as escape_xml
from rapidfuzz import fuzz, process

from ombot.documents import german, office
from ombot.documents.errors import TemplateError
from ombot.documents.office import TEMPLATES

if TYPE_CHECKING:
    from types import TracebackType

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_TAG = re.compile(r"<[^>]+>")
_NAME = re.compile(r"'([^']+)'")
_PORTRAIT = Cm(2.6)
_SIMILAR = 60
_SHOWN = 80


def render(kind: str, view: Mapping[str, Any], created: datetime, folder: Path | None) -> bytes:
    """Return the document; a template of this kind in an office's folder wins over ours.

    Raises:
        TemplateError: the template is no Word document, or something in it cannot be filled.
    """
    name = f"{kind}.docx"
    own = folder / name if folder else None
    if own is not None and own.is_file():
        template = _Template(office.read(own), name)
    else:
        template = _Template(TEMPLATES / name, name)
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

    def __init__(self, source: io.BytesIO | Path, name: str) -> None:
        super().__init__(source)
        self.name = name

    def fill(self, view: Mapping[str, Any]) -> None:
        environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined, finalize=_leaf)
        try:
            self.render(self._with_pictures(view), environment)
        except TemplateError:
            raise
        except Exception as error:
            # A package that only looks like Word's, or braces in its properties: the libraries raise anything at all.
            raise TemplateError(german.TEMPLATE_FAULTS["no_word"].format(file=self.name)) from error

    def _with_pictures(self, value: Any) -> Any:
        """Make pictures of what stands as JPEG in base64 in the data of a person."""
        if isinstance(value, Mapping):
            found = {key: self._with_pictures(item) for key, item in value.items()}
            return found | {"jpeg": _Portrait(self, value["jpeg"], value["name"])} if value.get("jpeg") else found
        return [self._with_pictures(item) for item in value] if isinstance(value, list) else value

    def render_xml_part(self, src_xml: str, part: Any, context: Any, jinja_env: Any = None) -> str:
        try:
            xml: str = super().render_xml_part(src_xml, part, context, jinja_env)
        except Exception as error:
            # What an office writes between the braces can raise anything at all.
            raise self._fault(part, src_xml, _line(error), _problem(error, context)) from error
        try:
            # docxtpl itself parses leniently and would drop what follows the mistake without a word.
            parse_xml(xml.encode())
        except SyntaxError as error:  # what lxml's parser raises
            raise self._fault(part, xml, error.lineno, german.TEMPLATE_PROBLEMS["torn"]) from error
        return xml

    def _fault(self, part: Any, xml: str, line: int | None, problem: str) -> TemplateError:
        lines = re.sub(r"<w:p([ >])", r"\n<w:p\1", xml).splitlines() if "\n<w:p" not in xml else xml.splitlines()
        words = _TAG.sub("", lines[line - 1]).strip()[:_SHOWN] if line and line <= len(lines) else ""
        return TemplateError(german.template_fault(self.name, _part(str(part.partname)), words, problem))


class _Portrait(InlineImage):  # type: ignore[misc]  # docxtpl is untyped
    """A photo in a text, with the words that are read to those who do not see it."""

    def __init__(self, template: DocxTemplate, jpeg: str, name: str) -> None:
        super().__init__(template, io.BytesIO(base64.b64decode(jpeg)), width=_PORTRAIT)
        self._words = german.PORTRAIT.format(name=name)

    def _insert_image(self) -> str:
        picture = self.tpl.current_rendering_part.new_pic_inline(self.image_descriptor, self.width, self.height)
        picture.docPr.set("descr", self._words)
        # Out of the run of text in which it is named, and into one again.
        return f'</w:t></w:r><w:r><w:drawing>{picture.xml}</w:drawing></w:r><w:r><w:t xml:space="preserve">'


def _part(name: str) -> str:
    """Return which part of a Word document a file in it is: a key of `german.TEMPLATE_PARTS`."""
    stem = name.rpartition("/")[2].partition(".")[0].rstrip("0123456789")
    return stem if stem in german.TEMPLATE_PARTS else "document"


def _problem(error: Exception, context: Mapping[str, Any]) -> str:
    if isinstance(error, UndefinedError):
        return _unknown_field(str(error), context)
    if isinstance(error, SecurityError):
        return german.TEMPLATE_PROBLEMS["forbidden"]
    if isinstance(error, TemplateSyntaxError):
        return german.TEMPLATE_PROBLEMS["syntax"]
    return german.TEMPLATE_PROBLEMS["other"]


def _unknown_field(message: str, context: Mapping[str, Any]) -> str:
    """Return which field does not exist and which one may have been meant: jinja quotes it as the last name."""
    names = _NAME.findall(message)
    if not names:
        return german.TEMPLATE_PROBLEMS["other"]
    nearest = process.extractOne(names[-1], _fields(context), scorer=fuzz.ratio, score_cutoff=_SIMILAR)
    return german.unknown_field(names[-1], nearest[0] if nearest else None)


def _fields(value: Any) -> list[str]:
    """Return the names of all fields in a document's data, however deep."""
    if isinstance(value, Mapping):
        return [*map(str, value), *(name for item in value.values() for name in _fields(item))]
    return [name for item in value for name in _fields(item)] if isinstance(value, list) else []


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
