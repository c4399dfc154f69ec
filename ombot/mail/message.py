"""A letter as the mail server gets it (RFC 5322, MIME)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.encoders import encode_base64
from email.header import Header
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from typing import Any

from ombot.features.mailing.letters import STORED

Render = Callable[[str, str, Mapping[str, Any]], bytes]
"""Kind of document, format and data → the bytes of the file."""

_PAGE = (
    '<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title></title></head>'
    '<body style="font: 16px/1.5 sans-serif; max-width: 40em">{body}</body></html>'
)


@dataclass(frozen=True)
class Letter:
    """A letter with all that it takes to write it: the same one gives the same message, but for its date."""

    message_id: str
    recipient: str
    content: Mapping[str, Any]


def compose(letter: Letter, sender_name: str, sender: str, now: datetime, render: Render) -> Message:
    """The message of a letter, with its files rendered.

    Raises:
        ValueError: a document or an address cannot be used.
    """
    content = letter.content
    message = MIMEMultipart("mixed")
    message["From"] = formataddr((sender_name, sender))
    message["To"] = letter.recipient
    # Written by hand: the newer interface of the library adds blanks where it folds a long line.
    message["Subject"] = Header(" ".join(str(content["subject"]).split()), "utf-8", header_name="Subject").encode()
    message["Date"] = format_datetime(now)
    message["Message-ID"] = letter.message_id
    # Absence notes and mailing lists leave such letters without an answer (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{content['withdraw']}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # For those who have it read to them (RFC 3282).
    message["Content-Language"] = "de"
    both = MIMEMultipart("alternative")
    both.attach(MIMEText(f"{content['text']}\n", "plain", "utf-8"))
    both.attach(MIMEText(_PAGE.format(body=content["html"]), "html", "utf-8"))
    message.attach(both)
    for file in content["files"]:
        message.attach(_attachment(file, render))
    return message


def _attachment(file: Mapping[str, Any], render: Render) -> Message:
    document = file["document"]
    data = render(document["kind"], document["format"], document["data"])
    main, _, sub = str(file["mimetype"]).partition("/")
    if document["kind"] == STORED:
        # Not ours: neither its encoding nor the kind its sender named is certain.
        part: Message = MIMEBase(main, sub or "octet-stream")
        part.set_payload(data)
        encode_base64(part)
    else:
        part = MIMEText(data.decode(), sub, "utf-8") if main == "text" else MIMEApplication(data, sub)
    part.add_header("Content-Disposition", "attachment", filename=str(file["name"]))
    return part
