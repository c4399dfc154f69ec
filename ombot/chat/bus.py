"""One inbox row: text → typed command → right → handler → card, in one transaction with everything it causes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from ombot.chat import queries, verification
from ombot.chat.answers import Asked, Failed, Refused, Told
from ombot.chat.context import Context, Message, Question, Replied
from ombot.chat.intake import HEARD, PICTURE, RETURNED, Intake
from ombot.chat.limits import Bucket, Verdict
from ombot.chat.line import fold
from ombot.chat.missed import LATE, MISSED, TOO_OLD, Missed, MissedLine, MissedShown, passed_meanwhile, shortened
from ombot.chat.parameters import Ref
from ombot.chat.parser import Parsed, Parser
from ombot.chat.refusal import Forgotten, Refusal
from ombot.chat.registry import REGISTRY, Declaration, Need, Place, Registry
from ombot.chat.rights import Right
from ombot.chat.tables import Question as QuestionRow
from ombot.chat.voice import ReplyTo, Voice
from ombot.config import Settings
from ombot.store import history, inbox, outbox, rooms
from ombot.store.history import Author
from ombot.store.outbox import Poster
from ombot.store.rooms import Person
from ombot.store.tables import Inbox, Outbox, Room
from ombot.store.unit import Session

REFUSED = "refused"
"""What became of a row, beside the names of commands."""
QUESTION_LIFE = timedelta(hours=1)

CONVERSATION = frozenset(
    {
        "usage",
        "unknown_command",
        "unknown_command_near",
        "title_missing",
        "title_or_reference",
        "due_not_understood",
        "not_a_date",
        "date_missing",
        "person_unknown",
        "party_unknown",
        "unknown_reference",
        "which_group",
    }
)
"""Refusals that show a reply to a card was talk among people, not a command: no answer."""


class Silence(Exception):
    """The row was conversation after all: no effects, no answer."""


@dataclass
class Bus:
    """Handles inbox rows. Everything it needs from outside is in the row or was fetched before."""

    settings: Settings
    own_id: str
    intake: Intake
    next_session: Callable[[Session, datetime], date | None]
    registry: Registry = field(default_factory=lambda: REGISTRY)

    def __post_init__(self) -> None:
        self.registry.check()
        self.parser = Parser(self.registry)
        self.zone = self.settings.organisation.timezone
        limit = self.settings.limits.commands
        self.bucket = Bucket(limit.count, limit.per) if limit else Bucket(None, timedelta())

    def needs(self, row: Inbox) -> frozenset[Need]:
        """What must be fetched before this row can be handled."""
        content = row.content
        if row.kind != "message" or "replied" in content:
            return frozenset()
        text = self.intake.command_text(str(content.get("body", "")), content.get("mentions", []))
        if text is None and _is_picture(content):
            return frozenset({Need.PICTURE})
        if RETURNED in content:
            return frozenset({Need.RETURNED})
        if not content.get("reply_to"):
            return frozenset()
        word = fold((text or str(content.get("body", ""))).split(maxsplit=1)[0]).rstrip(":") if text else ""
        forms = [form for name, all_forms in self.registry.words().items() if fold(name) == word for form in all_forms]
        return frozenset(need for form in forms for need in form.needs)

    def handle(self, session: Session, row: Inbox, now: datetime) -> None:
        """Carry out one row and mark it done. ``now`` is the moment of handling.

        Raises:
            Exception: a fault of the program; the caller rolls back and counts it (I3).
        """
        room = rooms.get(session, row.room_id)
        if room is not None and room.joined:
            turn = Turn(self, session, row, room, now)
            if row.kind == "message" and row.content.get("msgtype") == inbox.VERIFICATION:
                turn.on_verification()  # some clients ask without encryption, and a no is no secret
            elif row.kind in ("message", "edit") and room.encrypted and not row.encrypted:
                turn.answer(Told("only_encrypted"))  # the server could have written it (A6)
            else:
                turn.take()
        inbox.finish(session, row, now)
        self._list_missed(session, row, now)

    def _list_missed(self, session: Session, row: Inbox, now: datetime) -> None:
        """Once nothing late is left to handle in a room, say what was not carried out."""
        late = now - LATE
        if row.sent_at > late or inbox.has_unhandled(session, row.room_id, sent_before=late):
            return
        missed = inbox.with_outcome(session, row.room_id, MISSED)
        if not missed:
            return
        names = rooms.names(session, {one.sender for one in missed})
        lines = tuple(
            MissedLine(
                Person(one.sender, names.get(one.sender, one.sender)),
                one.sent_at.astimezone(self.zone),
                str(one.content.get("body", "")),
            )
            for one in missed
        )
        voice = Voice(Poster(session, f"{missed[-1].event_id}/missed", now), self.registry.cards)
        voice.say(f"room:{row.room_id}", MissedShown(lines))
        for one in missed:
            one.content = {"outcome": REFUSED}
            session.add(one)

    def report(self, session: Session, row: Inbox, reference: str, now: datetime) -> None:
        """Say once in the room that a row failed for good, with the reference of the log."""
        voice = Voice(Poster(session, f"{row.event_id}/failed", now), self.registry.cards)
        voice.say(f"room:{row.room_id}", Failed(reference), reply=ReplyTo(row.event_id))
        self._list_missed(session, row, now)


@dataclass
class Turn:
    """One row being handled."""

    bus: Bus
    session: Session
    row: Inbox
    room: Room
    now: datetime

    def __post_init__(self) -> None:
        self.voice = Voice(Poster(self.session, self.row.event_id, self.now), self.bus.registry.cards)
        self.reply = ReplyTo(self.row.event_id, self.row.content.get("thread"))
        self.expired = self.now - self.row.sent_at > TOO_OLD

    def take(self) -> None:
        """Carry out the row, or note that it came too late for that.

        What is too old is read all the same, and stopped before it does something: talk must not be listed.
        """
        try:
            getattr(self, f"on_{self.row.kind}")()
        except Missed:
            text = shortened(self._words(), word_only=self.room.direct_with is not None)
            self.row.content = {"outcome": MISSED, "body": text}

    def _words(self) -> str:
        content = self.row.content
        if self.row.kind == "message":
            return str(content.get("body", ""))
        if self.row.kind == "edit":
            return f"✏️ {content.get('body', '')}"
        reaction = self.row if self.row.kind == "reaction" else inbox.by_event(self.session, str(content.get("target")))
        card = outbox.by_event(self.session, str(reaction.content.get("target"))) if reaction is not None else None
        return f"{reaction.content.get('key') if reaction else ''} {(card.about if card else None) or ''}".strip()

    def _insist_in_time(self, command: object) -> None:
        if self.expired or passed_meanwhile(command, self.row.sent_at, self.now, self.bus.zone):
            raise Missed

    # --- kinds of events ------------------------------------------------------------------------------------

    def on_message(self) -> None:
        """A message: the answer to a question, a command, a reply to a card, or talk."""
        body = str(self.row.content.get("body", "")).strip()
        text = self._command(body)
        question = self._question(is_command=text is not None)
        about = self._about()
        if text is None and question is None and about is None and self.room.direct_with is None:
            self.row.content = {}  # talk among people, kept only until the room was known (D3)
        elif self._allowed(text or body):
            if text is None and _is_picture(self.row.content):
                self._take_picture()
            elif RETURNED in self.row.content:
                self._run(str(self.row.content[RETURNED]), self._context(about=about))
            else:
                self._take_message(text, body, question, about)

    def _take_picture(self) -> None:
        """A picture says nothing but itself: in the direct chat it stands for one command, elsewhere it is talk."""
        if self.room.direct_with is not None and self.bus.registry.picture is not None:
            self._run(self.bus.registry.picture, self._context(about=None))
        else:
            self.row.content = {}

    def on_verification(self) -> None:
        """Somebody asks to verify us: declined with what there is instead."""
        if self._allowed(inbox.VERIFICATION):
            row = self.row
            verification.decline(self.session, self.voice, row.room_id, row.event_id, row.sender, self.now)

    def _command(self, body: str) -> str | None:
        """The command in a message; plain lines are one while somebody listens to them."""
        text = self.bus.intake.command_text(body, self.row.content.get("mentions", []))
        listener = self.bus.registry.listeners.get(str(self.row.content.get(HEARD)))
        if text is None and listener is not None and listener.hears(self.session, self.row):
            return f"{listener.word} {body}"
        return text

    def _take_message(self, text: str | None, body: str, question: QuestionRow | None, about: str | None) -> None:
        if question is not None:
            self._answer_question(question, text or body)
        elif text is not None:
            self._run(text, self._context(about=about))
        elif about is not None:
            self._run_reply(body)
        else:
            self._run(body, self._context(about=None))

    def on_edit(self) -> None:
        """An edit reads the command that made an object again; it never creates, deletes or runs anything (A4)."""
        original = inbox.by_event(self.session, str(self.row.content.get("target")))
        if original is None or original.sender != self.row.sender or original.room_id != self.row.room_id:
            return
        if not original.content:
            self.row.content = {}  # what was forgotten (a secret ballot) does not come back by an edit
            return
        outcome = original.content.get("outcome")
        if outcome == REFUSED and self.expired:
            raise Missed
        if outcome == REFUSED:
            original.content = {**original.content, "outcome": "hinted"}
            self.answer(Told("send_anew"))
            return
        made = self._made(str(original.content.get("carried_out_by", original.event_id)), outcome)
        text = self._edited()
        if made is not None and text is not None and outcome is not None:
            self._revise(text, made, outcome, original.event_id)

    def _made(self, cause: str, outcome: str | None) -> Outbox | None:
        """The card of the object that a command made; where objects have no reference, the answer itself.

        A command can also tell others of its object, and does so before it answers.
        """
        here = [row for row in outbox.by_cause(self.session, cause) if row.destination == f"room:{self.row.room_id}"]
        revised = {cls.__name__ for cls in self.bus.registry.revisers}
        unnamed = here[0] if here and outcome in revised else None
        return next((row for row in here if row.about), unnamed)

    def _edited(self) -> str | None:
        body, heard = str(self.row.content.get("body", "")), self.row.content.get(HEARD)
        return f"{heard} {body}" if heard else self.bus.intake.command_text(body, [])

    def on_reaction(self) -> None:
        """A button was pressed."""
        card = outbox.by_event(self.session, str(self.row.content.get("target")))
        if card is not None:
            self._press(card, str(self.row.content.get("key")), "run")

    def on_redaction(self) -> None:
        """A reaction was taken away by the one who gave it: the answer is taken back."""
        reaction = inbox.by_event(self.session, str(self.row.content.get("target")))
        if reaction is None or reaction.sender != self.row.sender:
            return
        card = outbox.by_event(self.session, str(reaction.content.get("target")))
        if card is not None:
            self._press(card, str(reaction.content.get("key")), "back")

    def on_undecryptable(self) -> None:
        """It stayed unreadable; the sync loop has said so."""

    # --- running --------------------------------------------------------------------------------------------

    def _press(self, card: Outbox, key: str, direction: str) -> None:
        wanted = key.replace("\ufe0f", "")
        button = next((b for b in card.buttons if b["key"].replace("\ufe0f", "") == wanted), None)
        if button is None or not button[direction]:
            return
        self.reply = ReplyTo(card.event_id or self.row.event_id)
        if self._allowed(button[direction]):
            context = self._context(about=card.about)
            context.pressed = True
            self._run(button[direction].removeprefix("!"), context)

    def _run_reply(self, text: str) -> None:
        """A reply to a card that as a whole is one listed form; any other reply is talk."""
        about = self._about() or ""
        word = text.split(maxsplit=1)[0] if text else ""
        kinds = (self.bus.registry.kinds[about[0]], *self.bus.registry.further_kinds.get(about[0], ()))
        attempts = [f"{kind} {about} {text}" for kind in kinds]
        if self.bus.parser.knows(word):
            attempts.insert(0, text)
        for attempt in attempts:
            try:
                with self.session.begin_nested():
                    self._carry_out(attempt, self._context(about=about), reply_mode=True)
            except Question as question:
                if question.code not in CONVERSATION:
                    self._stop_expired()
                    self._ask(question, attempt, self._context(about=about))
                    return
            except Refusal as refusal:
                if refusal.code not in CONVERSATION:
                    self._stop_expired()
                    self._refuse(refusal)
                    return
            except Silence:
                continue
            else:
                return

    def _run(self, text: str, context: Context) -> None:
        try:
            with self.session.begin_nested():
                self._carry_out(text, context)
        except Question as question:
            self._stop_expired()
            self._ask(question, text, context)
        except Refusal as refusal:
            self._stop_expired()
            self._refuse(refusal)

    def _stop_expired(self) -> None:
        if self.expired:
            raise Missed

    def _carry_out(self, text: str, context: Context, *, reply_mode: bool = False) -> None:
        parsed = self.bus.parser.parse(text, context)
        if reply_mode and not _fits_reply(parsed, context.about or "") and not _names_its_object(parsed, context):
            raise Silence
        self._insist_in_time(parsed.command)
        check_place(parsed.declaration, context)
        check_right(parsed.declaration, context)
        self._write_as(context)
        result = self.bus.registry.handlers[parsed.declaration.cls](parsed.command, context)
        if result is not None:
            self.answer(result)
        self._mark_board(context)
        self._note_outcome(parsed.declaration.cls.__name__)

    def _revise(self, text: str, made: Outbox, outcome: str, origin: str) -> None:
        context = self._context(about=None, origin=origin)
        context.revising = made.about or made.cause
        try:
            with self.session.begin_nested():
                parsed = self.bus.parser.parse(text, context)
                reviser = self.bus.registry.revisers.get(parsed.declaration.cls)
                if reviser is None or parsed.declaration.cls.__name__ != outcome:
                    raise Refusal("edit_changes_kind")
                self._insist_in_time(parsed.command)
                check_right(parsed.declaration, context)
                self._write_as(context)
                result = reviser(parsed.command, context)
                if result is not None:  # otherwise the reviser has shown it itself
                    self.voice.edit(made, self.bus.registry.cards[type(result)](result))
                self._mark_board(context)
                self._note_outcome(outcome)
        except Refusal as refusal:
            self._stop_expired()
            self.answer(Refused(refusal))

    def _write_as(self, context: Context) -> None:
        author = Author(context.sender, self.row.event_id, context.now, self.row.room_id)
        history.write_as(self.session, author)

    def _mark_board(self, context: Context) -> None:
        if self.session.info.get(history.CHANGED) and context.group is not None:
            context.group.board_stale = True
            self.session.add(context.group)

    def _note_outcome(self, outcome: str) -> None:
        """Which command this row became: an edit of it reads the same one again, and undo asks whether it may.

        A handler that blanked the row wants nothing of it to stay: the name of the command alone tells a ballot.
        """
        if self.row.content:
            self.row.content = {**self.row.content, "outcome": outcome}

    # --- questions ------------------------------------------------------------------------------------------

    def _question(self, *, is_command: bool) -> QuestionRow | None:
        """The question this message answers: by reply, or as the next words in the direct chat."""
        question = queries.open_question(self.session, self.row.sender, self.row.room_id)
        if question is None:
            return None
        if question.expires_at < self.now:
            question.state = "lapsed"
            return None
        card = outbox.get(self.session, question.card) if question.card else None
        replied = card is not None and card.event_id == self.row.content.get("reply_to")
        unprompted = self.room.direct_with is not None and not is_command
        return question if replied or (unprompted and not self.row.content.get("reply_to")) else None

    def _answer_question(self, question: QuestionRow, words: str) -> None:
        value = _value_of(question, words)
        if value is None:
            self.answer(Told("answer_not_understood"))
            return
        question.state = "answered"
        self.session.add(question)
        if value == "nein" and question.slot.startswith("confirm"):
            self.answer(Told("nothing_changed"))
            return
        content = question.content
        origin = question.origin  # whoever is erased by the answer takes the question along
        context = self._context(about=content.get("about"), origin=origin, source=content)
        context.answers = {**question.answers, question.slot: value}
        self._run(str(content["text"]), context)
        self._lend_outcome(origin)

    def _lend_outcome(self, origin: str) -> None:
        """An edit of the message that was asked about follows what the answer has made of it."""
        original, outcome = inbox.by_event(self.session, origin), self.row.content.get("outcome")
        if original is not None and original.content and outcome not in (None, REFUSED):
            original.content = {**original.content, "outcome": outcome, "carried_out_by": self.row.event_id}

    def _ask(self, question: Question, text: str, context: Context) -> None:
        row = self.answer(Asked(question))
        message = context.message
        self.session.add(
            QuestionRow(
                asker=self.row.sender,
                room_id=self.row.room_id,
                origin=context.origin,
                content={
                    "text": text,
                    "about": context.about,
                    "mentions": list(message.mentions),
                    "links": list(message.links),
                    "replied": _as_json(context.replied),
                },
                slot=question.slot,
                options=[{"label": label, "value": value} for label, value in question.options],
                answers=context.answers,
                card=row.id,
                expires_at=self.now + QUESTION_LIFE,
            )
        )
        if question.keeps is not None:
            question.keeps(self.session)
        self._note_outcome(REFUSED)

    def _refuse(self, refusal: Refusal) -> None:
        self.answer(Refused(refusal))
        if isinstance(refusal, Forgotten):
            self.row.content = {}  # here, since what the handler did has been rolled back
        self._note_outcome(REFUSED)

    # --- surroundings ---------------------------------------------------------------------------------------

    def answer(self, result: object) -> Outbox:
        """Say a result in this room as an answer to the row."""
        return self.voice.say(f"room:{self.row.room_id}", result, reply=self.reply)

    def acknowledge(self, event_id: str, about: str) -> Outbox:
        """Confirm a message of this room quietly."""
        return self.voice.acknowledge(f"room:{self.row.room_id}", event_id, about)

    def _allowed(self, text: str) -> bool:
        if not text:
            return False
        if self.expired:
            return True
        # By the time of writing: what was written over days comes in at once after downtime, and is no flood.
        verdict = self.bus.bucket.take(self.row.sender, self.row.sent_at)
        if verdict is Verdict.NOTICE:
            self.answer(Told("too_many"))
        return verdict is Verdict.ALLOWED

    def _about(self) -> str | None:
        """The object whose card this message replies to."""
        reply_to = self.row.content.get("reply_to")
        card = outbox.by_event(self.session, str(reply_to)) if reply_to else None
        return card.about if card is not None and card.room_id == self.row.room_id else None

    def _context(
        self, *, about: str | None, origin: str | None = None, source: dict[str, Any] | None = None
    ) -> Context:
        content = self.row.content if source is None else source
        message = Message(
            str(content.get("body", "")), tuple(content.get("mentions", ())), tuple(content.get("links", ()))
        )
        replied = content.get("replied")
        return Context(
            session=self.session,
            settings=self.bus.settings,
            voice=self.voice,
            now=self.row.sent_at.astimezone(self.bus.zone),
            sender=self.row.sender,
            room=self.room,
            own_id=self.bus.own_id,
            message=message,
            origin=origin or self.row.event_id,
            about=about,
            replied=Replied(**replied) if replied else None,
            next_session=self.bus.next_session,
            answer=self.answer,
            acknowledge=self.acknowledge,
        )


def _is_picture(content: dict[str, Any]) -> bool:
    return content.get("msgtype") == PICTURE and bool(content.get("file"))


def _fits_reply(parsed: Parsed, about: str) -> bool:
    """A reply changes or answers the object; just naming it, or another kind of command, is talk."""
    letters = {getattr(slot.parameter, "letter", None) for slot in parsed.declaration.slots}
    return about[0] in letters and (bool(parsed.declaration.verb) or len(parsed.declaration.slots) > 1)


def _names_its_object(parsed: Parsed, context: Context) -> bool:
    """In the direct chat a message about many things is answered line by line: "erledigt A12", "zustimmung B7"."""
    return context.direct and any(isinstance(value, Ref) for value in vars(parsed.command).values())


def check_place(declaration: Declaration, context: Context) -> None:
    """Insist on the place of a command.

    Raises:
        Refusal: it may not be given here.
    """
    if declaration.place is Place.DIRECT and not context.direct:
        raise Refusal("only_direct", word=declaration.word)
    in_coordination = context.room_group is not None and context.room_group.kind == "coordination"
    if declaration.place is Place.COORDINATION and not (context.direct or in_coordination):
        raise Refusal("only_coordination", word=declaration.word)


def check_right(declaration: Declaration, context: Context) -> None:
    """Insist on the right of a command, in its group.

    Raises:
        Refusal: the sender does not have it.
    """
    if context.group is None and not context.direct:
        context.group = context.room_group
    if declaration.right is not Right.ANYONE:
        context.require(declaration.right)


def _value_of(question: QuestionRow, words: str) -> str | None:
    """What an answer means: an option by number or label, ja/nein for confirmations, else the words themselves."""
    if question.slot.startswith("confirm"):
        return {"ja": "ja", "j": "ja", "yes": "ja", "nein": "nein", "n": "nein", "no": "nein"}.get(
            fold(words).strip(".!")
        )
    for number, option in enumerate(question.options, 1):
        if words.strip().rstrip(".") == str(number) or fold(words) in (fold(option["label"]), fold(option["value"])):
            return option["value"]
    if question.options and not question.slot.startswith("person"):
        return None
    return words or None


def _as_json(replied: Replied | None) -> dict[str, Any] | None:
    return None if replied is None else dict(vars(replied))
