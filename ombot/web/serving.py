"""Documents over HTTP: read for each request, rendered when they are new, not sent when they are known."""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from aiohttp import web

from ombot import documents

CACHED = 64
"""How many rendered documents are kept in memory; a calendar of 500 meetings has about 250 KB."""


class ServedDocument:
    """Answers with a kind of document; its data decides whether it is new: reading is quick, rendering is not."""

    def __init__(self, kind: str, fmt: str, headers: Mapping[str, str]) -> None:
        self._kind, self._format, self._headers = kind, fmt, headers
        self._contents: OrderedDict[str, bytes] = OrderedDict()

    async def answer(self, request: web.Request, data: Mapping[str, Any]) -> web.Response:
        """The document of this data, or 304 when the one who asks has it already."""
        etag = _etag(data)
        if any(known.value in (etag, "*") for known in request.if_none_match or ()):
            response = web.Response(status=304, headers=self._headers)
        else:
            media = documents.mimetype(self._format)
            content = await self._content(etag, data)
            response = web.Response(body=content, content_type=media, charset="utf-8", headers=self._headers)
        response.etag = etag
        return response

    async def _content(self, etag: str, data: Mapping[str, Any]) -> bytes:
        if etag not in self._contents:
            self._contents[etag] = await asyncio.to_thread(documents.render, self._kind, self._format, data)
            while len(self._contents) > CACHED:
                self._contents.popitem(last=False)
        content = self._contents[etag]
        self._contents.move_to_end(etag)
        return content


def _etag(data: Mapping[str, Any]) -> str:
    # With the version: a new one may write the same data in another way.
    text = json.dumps([version("ombot"), data], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
