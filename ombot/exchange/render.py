"""Every file ombot sends, from the frozen data of its outbox row."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ombot import documents
from ombot.exchange import archive
from ombot.exchange.whole import as_json
from ombot.store.files import FileStore


@dataclass(frozen=True)
class Renderer:
    """Makes bytes of a kind of document, a format and its data; may be called from several threads.

    ``office_templates`` is a folder whose ``<kind>.docx`` replaces ours.
    """

    files: FileStore
    office_templates: Path | None = None

    def __call__(self, kind: str, fmt: str, data: Mapping[str, Any]) -> bytes:
        """The bytes of a file: the same for the same data.

        Raises:
            ValueError: there is no such document.
            TemplateError: an office's template cannot be used.
        """
        if fmt == "txt":
            return str(data["text"]).encode()
        if fmt == "json":
            return as_json(data)
        if fmt == "zip":
            return archive.build(data, self.files, self._document)
        return self._document(kind, fmt, data)

    def _document(self, kind: str, fmt: str, data: Mapping[str, Any]) -> bytes:
        return documents.render(kind, fmt, data, office_templates=self.office_templates)
