"""Giving messages to the mail server, and what its answers mean for each of them. Blocks: to be run in a thread."""

import smtplib
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message

from ombot.config import Settings

TIMEOUT_SECONDS = 30.0
PERMANENT = 500
"""Answers from here on will not change by trying again (RFC 5321, 4.2.1)."""


@dataclass(frozen=True)
class Taken:
    """The server has taken it and answers for the rest of the way."""


@dataclass(frozen=True)
class Refused:
    """The server will never take it."""

    reason: str


@dataclass(frozen=True)
class PutOff:
    """Not now: the server is away, busy, or does not let us in."""

    reason: str


Outcome = Taken | Refused | PutOff


def deliver(settings: Settings, messages: Iterable[Message]) -> Iterator[Outcome]:
    """Give messages to the server over one connection; one outcome for each, in order.

    What concerns the server and not a message (no connection, wrong password) puts all of them off.
    """
    waiting = list(messages)
    try:
        server = _connect(settings)
    except (OSError, smtplib.SMTPException) as error:
        yield from (PutOff(_reason(error)) for _ in waiting)
        return
    with _closing(server):
        for message in waiting:
            yield _deliver(server, message)


def fault(settings: Settings) -> str | None:
    """Why the server does not let us in; None when it does. Connects and logs in as for letters, and sends none."""
    try:
        server = _connect(settings)
    except (OSError, smtplib.SMTPException) as error:
        return _reason(error)
    with _closing(server):
        try:
            server.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException) as error:
            return _reason(error)
    return None


def _connect(settings: Settings) -> smtplib.SMTP:
    mail, password = settings.mail, settings.secrets.mail_password
    context = ssl.create_default_context()
    if mail.tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_SECONDS)
    try:
        if mail.tls == "starttls":
            server.starttls(context=context)
        if mail.user and password is not None:
            server.login(mail.user, password.get_secret_value())
    except (OSError, smtplib.SMTPException):
        server.close()
        raise
    return server


class _closing:  # noqa: N801 - a context manager, read as a word
    """Says goodbye to a server that may have gone already."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        try:
            self._server.quit()
        except (OSError, smtplib.SMTPException):
            self._server.close()


def _deliver(server: smtplib.SMTP, message: Message) -> Outcome:
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        (code, words), *_ = error.recipients.values()
        return _refused(code, words)
    except smtplib.SMTPSenderRefused as error:
        # Our own address or account is not accepted: no fault of this letter.
        return PutOff(_reason(error))
    except smtplib.SMTPDataError as error:
        return _refused(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        return PutOff(_reason(error))
    return Taken()


def _refused(code: int, words: bytes | str) -> Outcome:
    reason = _words(code, words)
    return Refused(reason) if code >= PERMANENT else PutOff(reason)


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _words(error.smtp_code, error.smtp_error)
    return type(error).__name__ if not str(error) else " ".join(str(error).split())


def _words(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"[:300]
