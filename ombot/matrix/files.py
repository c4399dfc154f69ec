"""Files in rooms: fetched with their checksum proven, uploaded encrypted where the room is."""

import asyncio
import binascii
import json
import re
from typing import Any
from urllib.parse import quote, urlencode

from nio.crypto.attachments import decrypt_attachment, encrypt_attachment
from nio.exceptions import EncryptionError

from ombot.matrix.client import Client
from ombot.matrix.errors import BadFile, MatrixError, TooLarge

MEDIA_SECONDS = 120.0
_MXC = re.compile(r"mxc://([A-Za-z0-9.:\[\]-]{1,255})/([A-Za-z0-9_-]{1,255})")
ENCRYPTED_TYPE = "application/octet-stream"


async def fetch(client: Client, file: dict[str, Any], limit: int) -> bytes:
    """Download a file as it stands in an inbox row (``content["file"]``) and decrypt it; ``limit`` in bytes.

    Raises:
        TooLarge: it is larger than ``limit``, whatever size the message claimed.
        BadFile: its address, key or checksum is wrong.
        MatrixError: the homeserver does not give it to us.
    """
    match = _MXC.fullmatch(file["url"])
    if match is None:
        raise BadFile("the address is not an mxc:// address")
    path = f"{quote(match[1], safe='')}/{quote(match[2], safe='')}"
    try:
        data = await _download(client, f"/_matrix/client/v1/media/download/{path}", limit)
    except MatrixError as error:
        # Only a homeserver from before Matrix 1.11 does not know the authorised address.
        if error.status not in (400, 404) or error.errcode != "M_UNRECOGNIZED":
            raise
        data = await _download(client, f"/_matrix/media/v3/download/{path}", limit)
    encryption = file["encryption"]
    return data if encryption is None else await asyncio.to_thread(_decrypt, data, encryption)


async def _download(client: Client, path: str, limit: int) -> bytes:
    async with client.raw("GET", path, timeout=MEDIA_SECONDS) as response:
        if (response.content_length or 0) > limit:
            raise TooLarge(limit)
        data = bytearray()
        async for chunk in response.content.iter_chunked(64 * 1024):
            data += chunk
            # Counted as it comes: a length is only a claim.
            if len(data) > limit:
                raise TooLarge(limit)
        return bytes(data)


def _decrypt(data: bytes, encryption: dict[str, str]) -> bytes:
    try:
        plain: bytes = decrypt_attachment(data, encryption["key"], encryption["sha256"], encryption["iv"])
    except (EncryptionError, binascii.Error, ValueError) as error:
        raise BadFile("checksum or key does not fit") from error
    return plain


async def upload(client: Client, data: bytes, name: str, mimetype: str, encrypt: bool) -> dict[str, Any]:
    """Upload a file. Returns ``{"url": …}``, or ``{"file": {…}}`` when encrypted, ready for an ``m.file`` event.

    An encrypted file's name and type are not told to the homeserver; they belong into the encrypted event.

    Raises:
        MatrixError: the homeserver did not take it.
    """
    if not encrypt:
        return {"url": await _upload(client, data, mimetype, f"?{urlencode({'filename': name})}")}
    sealed, keys = await asyncio.to_thread(encrypt_attachment, data)
    return {"file": {**keys, "url": await _upload(client, sealed, ENCRYPTED_TYPE, "")}}


async def _upload(client: Client, data: bytes, mimetype: str, query: str) -> str:
    path = f"/_matrix/media/v3/upload{query}"
    async with client.raw("POST", path, data, mimetype, timeout=MEDIA_SECONDS) as response:
        try:
            return str(json.loads(await response.read())["content_uri"])
        except (ValueError, KeyError, TypeError) as error:
            raise MatrixError(502, message="an upload without address") from error
