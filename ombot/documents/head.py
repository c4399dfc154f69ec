"""What stands at the head of a document, and in its properties."""

from collections.abc import Mapping
from typing import Any

from ombot.documents.text import one_line


def of_organisation(title: str, organisation: str, created: str) -> dict[str, Any]:
    """Return the head of a document that belongs to the whole organisation.

    Args:
        title: what kind of document it is, in German.
        organisation: its name, as it came in.
        created: when the document's content was fixed, in ISO form.
    """
    name = one_line(organisation)
    return {"title": title, "document_title": f"{title} – {name}", "organisation": name, "created": created}


def of_list(title: str, data: Mapping[str, Any], stated: str) -> dict[str, Any]:
    """Return the head of an exported list; ``stated`` says in words of when it is."""
    return {**of_organisation(title, data["organisation"], data["exported_at"]), "exported_at": stated}
