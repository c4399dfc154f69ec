"""Every file ombot sends, from the frozen data of its outbox row."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ombot import documents
from ombot.documents import TemplateError
from ombot.documents.german import TEMPLATE_NOT_USED
from ombot.exchange import archive
from ombot.exchange.whole import as_json
from ombot.features.mailing.letters import STORED
from ombot.store.files import FileStore, Rendered


@dataclass(frozen=True)
class Renderer:
    """Makes bytes of a kind of document, a format and its data; may be called from several threads.

    ``office_templates`` is a folder whose ``<kind>.docx`` replaces ours. Where such a template is faulty, ours is
    used, and the remark says so: nobody waits for the office to get a document.
    """

    files: FileStore
    office_templates: Path | None = None

    def __call__(self, kind: str, fmt: str, data: Mapping[str, Any]) -> Rendered:
        """A file: the same bytes for the same data.

        Raises:
            ValueError: there is no such document.
        """
        if fmt == "txt":
            return Rendered(str(data["text"]).encode())
        if fmt == "json":
            return Rendered(as_json(data))
        if fmt == "jpg":
            return Rendered(base64.b64decode(data["jpeg"]))
        if fmt == "zip":
            return self.archive(data)
        if kind == STORED:
            return Rendered(self._stored(str(data["sha256"])))
        return self._document(kind, fmt, data)

    def _stored(self, sha256: str) -> bytes:
        try:
            return self.files.read(sha256)
        except FileNotFoundError:
            raise ValueError(f"no file {sha256} is stored here") from None

    def archive(self, data: Mapping[str, Any], step: archive.Step = archive.no_step) -> Rendered:
        """An archive with everything in it; ``step`` is called after each file."""
        remarks: list[str] = []

        def document(kind: str, fmt: str, content: Mapping[str, Any]) -> bytes:
            made = self._document(kind, fmt, content)
            remarks.append(made.remark)
            return made.data

        whole = archive.build(data, self.files, document, step)
        return Rendered(whole, "\n".join(dict.fromkeys(filter(None, remarks))))

    def _document(self, kind: str, fmt: str, data: Mapping[str, Any]) -> Rendered:
        try:
            return Rendered(documents.render(kind, fmt, data, office_templates=self.office_templates))
        except TemplateError as fault:
            return Rendered(documents.render(kind, fmt, data), TEMPLATE_NOT_USED.format(fault=fault))
