"""What the handlers of minutes find out, for the cards to say."""

from dataclasses import dataclass
from datetime import date, datetime

from ombot.chat.nodes import Attachment
from ombot.store.rooms import Person


@dataclass(frozen=True)
class LineView:
    """A line with its number within the minutes, by which objections and corrections name it."""

    number: int
    kind: str
    text: str
    ref: str | None


@dataclass(frozen=True)
class SectionView:
    """The lines of one agenda item; ``top`` None for a pause and for what belongs to no item."""

    top: int | None
    kind: str | None
    title: str | None
    carried: bool
    lines: tuple[LineView, ...] = ()


@dataclass(frozen=True)
class NoteView:
    """An objection or an addendum."""

    number: int
    text: str
    line: str | None
    state: str
    by: Person
    at: datetime


@dataclass(frozen=True)
class LineChange:
    """A line as it was in the draft and as it is since; None where it was added or struck."""

    before: str | None
    after: str | None


@dataclass(frozen=True)
class MinutesView:
    """Minutes as they are shown. Times are where the organisation is; ``reference`` is M3, ``meeting`` T3."""

    reference: str
    meeting: str
    title: str
    start: datetime | None
    end: datetime | None
    status: str
    running: bool
    scribes: tuple[Person, ...]
    current: SectionView | None
    sections: tuple[SectionView, ...]
    attachments: tuple[tuple[int, str], ...]
    objections: tuple[NoteView, ...]
    addenda: tuple[NoteView, ...]
    review_until: date | None
    number: str | None
    checksum: str | None
    changes: tuple[LineChange, ...] = ()
    """What was changed since the draft was posted."""

    @property
    def lines(self) -> tuple[LineView, ...]:
        """All lines, in the order of the agenda."""
        return tuple(line for section in self.sections for line in section.lines)


@dataclass(frozen=True)
class MinutesStarted:
    """Lines of the scribes are recorded from now on; ``items`` is how many items the agenda has."""

    minutes: MinutesView
    items: int


@dataclass(frozen=True)
class MovedOn:
    """The minutes are at another agenda item now."""

    minutes: MinutesView


@dataclass(frozen=True)
class Concern:
    """A task of the minutes, and the persons it was given to."""

    line: LineView
    people: tuple[Person, ...]


@dataclass(frozen=True)
class MinutesDrafted:
    """The draft with its files; ``carried`` are reference and title of the items that go over to the next
    meeting.

    ``written`` says whether somebody took the minutes, or whether they were put together from what there is.
    """

    minutes: MinutesView
    concerns: tuple[Concern, ...]
    carried: tuple[tuple[str, str], ...]
    files: tuple[Attachment, ...]
    written: bool
    absent: tuple[str, ...] = ()
    """Institutions that had been asked and did not take part."""


@dataclass(frozen=True)
class DraftForPerson:
    """The draft as one person is told of it: their own tasks, and their institution where it was ``absent``."""

    minutes: MinutesView
    concerned: tuple[LineView, ...]
    absent: str | None


@dataclass(frozen=True)
class MinutesShown:
    """All lines with their numbers."""

    minutes: MinutesView


@dataclass(frozen=True)
class MinutesFile:
    """The minutes as document."""

    minutes: MinutesView
    file: Attachment


@dataclass(frozen=True)
class MinutesEntry:
    """Minutes as one item of a list. ``meeting`` (T3) is None for those from before ombot; ``passage`` is what a
    search has found.
    """

    meeting: str | None
    number: str | None
    day: date | None
    title: str
    status: str
    passage: str = ""


@dataclass(frozen=True)
class MinutesList:
    """The minutes of all years, or what of them fits the words; the newest in front."""

    entries: tuple[MinutesEntry, ...]
    words: str


@dataclass(frozen=True)
class EarlierShown:
    """Minutes from before ombot with their file and its checksum (SHA-256)."""

    entry: MinutesEntry
    checksum: str
    file: Attachment


@dataclass(frozen=True)
class MinutesForm:
    """The form to be filled in offline; ``meeting`` is T3."""

    meeting: str
    title: str
    file: Attachment


@dataclass(frozen=True)
class FormCount:
    """How many lines of a form were taken over, and how many stood in the minutes already."""

    new: int
    known: int


@dataclass(frozen=True)
class FormRead:
    """The rows of a filled form are in the minutes; ``made`` are those that made a task or a decision."""

    minutes: MinutesView
    count: FormCount
    made: tuple[LineView, ...]
    concerns: tuple[Concern, ...]


@dataclass(frozen=True)
class MinutesReleased:
    """Final and locked."""

    minutes: MinutesView
    files: tuple[Attachment, ...]


@dataclass(frozen=True)
class LineCorrected:
    """A line after a correction; ``after`` None: it was struck."""

    minutes: MinutesView
    before: LineView
    after: LineView | None


@dataclass(frozen=True)
class AttachmentAdded:
    """A numbered attachment."""

    minutes: MinutesView
    number: int
    title: str
    name: str


@dataclass(frozen=True)
class ObjectionNoted:
    """An objection was taken down."""

    minutes: MinutesView
    objection: NoteView


@dataclass(frozen=True)
class ObjectionReceived:
    """Told where minutes are decided on."""

    minutes: MinutesView
    objection: NoteView


@dataclass(frozen=True)
class ObjectionSettled:
    """An objection was accepted or rejected."""

    minutes: MinutesView
    objection: NoteView


@dataclass(frozen=True)
class ObjectionDecided:
    """The same, told to the person who had raised it."""

    minutes: MinutesView
    objection: NoteView


@dataclass(frozen=True)
class AddendumAdded:
    """An addendum to final minutes, with the files that now hold it."""

    minutes: MinutesView
    addendum: NoteView
    checksum: str
    files: tuple[Attachment, ...]
