"""All SQL of e-mail."""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, update
from sqlmodel import Session, col, select

from ombot.chat import rights
from ombot.chat.rights import Right
from ombot.chat.tables import Group
from ombot.config import Settings
from ombot.features.mailing import rules
from ombot.features.mailing.tables import Mail, MailAddress, MailLink
from ombot.features.people import queries as people
from ombot.features.people import rules as profiles
from ombot.features.people.tables import Institution, Profile
from ombot.store import meta, rooms
from ombot.store.tables import Member

LINK_KEY = "mail_link_key"
REFERENCE = "mail-"


# --- addresses --------------------------------------------------------------------------------------------------


def of_person(session: Session, user_id: str) -> MailAddress | None:
    """A person's own address."""
    return session.exec(select(MailAddress).where(MailAddress.user_id == user_id)).first()


def of_institution(session: Session, institution_id: int) -> MailAddress | None:
    """The address of an institution's contact."""
    return session.exec(select(MailAddress).where(MailAddress.institution_id == institution_id)).first()


def of_institutions(session: Session) -> list[tuple[MailAddress, str]]:
    """All addresses of institutions with their names, by name."""
    query = select(MailAddress, Institution.name).join(Institution).order_by(Institution.name)
    return [(address, name) for address, name in session.exec(query)]


def consenting(session: Session) -> list[MailAddress]:
    """The addresses that may be written to."""
    query = select(MailAddress).where(col(MailAddress.consented_at).is_not(None))
    return list(session.exec(query.order_by(col(MailAddress.id))))


def reached(session: Session, settings: Settings) -> set[int]:
    """Keys of the institutions without an account that get their letters by e-mail, so that the office need not."""
    if not enabled(settings):
        return set()
    return {one.institution_id for one in consenting(session) if one.institution_id is not None}


def enabled(settings: Settings) -> bool:
    """Whether letters can be sent, and their links be opened."""
    return bool(settings.mail.host and settings.mail.sender and settings.web.public_url)


def forget(session: Session, address: MailAddress) -> None:
    """Delete an address with its links; what waits for it is not sent any more."""
    session.execute(
        update(Mail)
        .where(col(Mail.address_id) == address.id, col(Mail.state).in_(("waiting", "parked")))
        .values(state="withdrawn", content={}, recipient="")
    )
    session.execute(delete(MailLink).where(col(MailLink.address_id) == address.id))
    session.delete(address)
    session.flush()


def tidy(session: Session, now: datetime) -> None:
    """Delete addresses without an answer, and take the content out of letters that were returned long ago (D3)."""
    before = now - rules.KEPT
    unanswered = select(MailAddress).where(col(MailAddress.consented_at).is_(None), col(MailAddress.asked_at) < before)
    for address in session.exec(unanswered).all():
        forget(session, address)
    session.execute(
        update(Mail)
        .where(col(Mail.state) == "parked", col(Mail.created_at) < before)
        .values(state="withdrawn", content={}, recipient="")
    )


def institution_of(session: Session, address: MailAddress) -> Institution | None:
    """The institution for which an address stands."""
    if address.institution_id is not None:
        return session.get(Institution, address.institution_id)
    return people.institution_of(session, address.user_id or "")


def reads(session: Session, address: MailAddress, group_key: str) -> bool:
    """Whether an addressee may read what is a group's: who is in our rooms, or was, reads no more than in chat.

    Everybody else stands for their institution: its contact without an account, and a member who was never in a room.
    """
    if address.user_id is None:
        return True
    been = select(Member.user_id).where(Member.user_id == address.user_id, Member.membership != "invite")
    if session.exec(been).first() is None:
        return True
    return rights.holds(session, address.user_id, Right.MEMBER, session.get(Group, group_key))


def addressees(
    session: Session, settings: Settings, institution_ids: Collection[int | None], group_key: str | None
) -> list[MailAddress]:
    """The addresses that letters to some institutions go to; ``group_key`` is the group whose affair they tell."""
    if not enabled(settings):
        return []
    return [
        address
        for address in consenting(session)
        if (institution := institution_of(session, address)) is not None
        and institution.id in institution_ids
        and (group_key is None or reads(session, address, group_key))
    ]


def unwritten(session: Session, addresses: Iterable[MailAddress], key: str) -> set[str]:
    """Those that have no letter of a key yet, as what :meth:`Context.confirm_many` counts."""
    return {f"mail:{one.id}" for one in addresses if not is_written(session, f"{key}/{one.id}")}


def name_of(session: Session, address: MailAddress) -> str:
    """Whom an address belongs to, by name."""
    if address.user_id is not None:
        profile = session.get(Profile, address.user_id)
        return (profile.name if profile else None) or rooms.display_name(session, address.user_id)
    institution = institution_of(session, address)
    return institution.name if institution else ""


def has_released(session: Session, address: MailAddress) -> bool:
    """Whether somebody shows more of themselves than to their own working groups."""
    profile = session.get(Profile, address.user_id) if address.user_id is not None else None
    return profile is not None and any(profiles.level_of(profile.visibility, one) != "ag" for one in profiles.SHARED)


# --- letters ----------------------------------------------------------------------------------------------------


def is_written(session: Session, key: str) -> bool:
    """Whether there is a letter of this key, whatever became of it."""
    return session.exec(select(Mail.id).where(Mail.key == key)).first() is not None


def written_to(session: Session, address_id: int) -> dict[str, datetime]:
    """The keys of all letters to an address, with when they were written, whatever became of them."""
    query = select(Mail.key, Mail.created_at).where(Mail.address_id == address_id)
    return {key.removesuffix(f"/{address_id}"): at for key, at in session.exec(query)}


def put(
    session: Session, settings: Settings, address: MailAddress, key: str, content: dict[str, Any], now: datetime
) -> Mail:
    """Write a letter, to be sent after this transaction."""
    domain = settings.mail.sender.rpartition("@")[2]
    mail = Mail(
        message_id=f"<{secrets.token_hex(16)}@{domain}>",
        key=key,
        address_id=address.id or 0,
        recipient=address.address,
        content=content,
        created_at=now,
    )
    session.add(mail)
    session.flush()
    return mail


def due(session: Session, now: datetime, most: int) -> list[Mail]:
    """The letters to be sent now, the oldest first."""
    ready = or_(col(Mail.not_before).is_(None), col(Mail.not_before) <= now)
    query = select(Mail).where(Mail.state == "waiting", ready).order_by(col(Mail.id)).limit(most)
    return list(session.exec(query))


def next_time(session: Session) -> datetime | None:
    """When the earliest postponed letter may be tried again."""
    return session.exec(select(func.min(Mail.not_before)).where(Mail.state == "waiting")).one()


def count(session: Session, state: str) -> int:
    """How many letters are in a state."""
    return session.exec(select(func.count()).where(Mail.state == state)).one()


def recipient_name(session: Session, mail: Mail) -> str:
    """Whom a letter is for, by name; by address where that has been withdrawn."""
    owner = address(session, mail.address_id)
    return name_of(session, owner) if owner is not None else mail.recipient


def parked(session: Session) -> list[Mail]:
    """Letters that were given up and wait for ``ombot retry``."""
    return list(session.exec(select(Mail).where(Mail.state == "parked").order_by(col(Mail.id))))


def reference(mail: Mail) -> str:
    """What an operator calls a letter that was given up."""
    return f"{REFERENCE}{mail.id}"


def retry(session: Session, name: str) -> bool:
    """Send a letter again that was given up, by its reference. False when there is none.

    It keeps its age: put off once more after three days, it is given up at once, and the office is told again.
    """
    number = name.removeprefix(REFERENCE)
    mail = by_id(session, int(number)) if name.startswith(REFERENCE) and number.isdecimal() else None
    if mail is None or mail.state != "parked":
        return False
    mail.state, mail.attempts, mail.not_before, mail.error = "waiting", 0, None, None
    session.add(mail)
    return True


def by_id(session: Session, mail_id: int) -> Mail | None:
    """One letter."""
    return session.get(Mail, mail_id)


# --- links ------------------------------------------------------------------------------------------------------


def link_key(session: Session) -> bytes:
    """The key that signs links, made when it is first needed."""
    kept = meta.get(session, LINK_KEY)
    if kept is None:
        kept = secrets.token_hex(32)
        meta.put(session, LINK_KEY, kept)
        session.flush()
    return bytes.fromhex(kept)


def known_link_key(session: Session) -> bytes | None:
    """The key, for those who only read; None while no link was ever made."""
    kept = meta.get(session, LINK_KEY)
    return bytes.fromhex(kept) if kept else None


def make_link(
    session: Session, settings: Settings, address: MailAddress, purpose: str, about: str, expires_at: datetime
) -> str:
    """The address of a new link."""
    ends = expires_at.replace(microsecond=0)
    link = MailLink(id=rules.new_id(), purpose=purpose, about=about, address_id=address.id or 0, expires_at=ends)
    session.add(link)
    session.flush()
    return f"{settings.web.public_url}/link/{rules.sign(link_key(session), link.id, ends)}"


def link(session: Session, link_id: str) -> MailLink | None:
    """The link of this name."""
    return session.get(MailLink, link_id)


def address(session: Session, address_id: int) -> MailAddress | None:
    """One address by its key."""
    return session.get(MailAddress, address_id)
