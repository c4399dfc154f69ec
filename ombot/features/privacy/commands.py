"""Commands of privacy (Meine Daten) and their handlers."""

from dataclasses import dataclass

from ombot.chat.context import Context, Question
from ombot.chat.registry import Place, command, handles
from ombot.chat.rights import Right
from ombot.features.privacy import erasing
from ombot.features.privacy.export import as_text, collect, counts
from ombot.features.privacy.results import DataShown, Forgotten

TOPIC = "Für mich"


@command(
    "meinedaten",
    brief="gibt Ihnen alles als Datei, was über Sie gespeichert ist",
    usage="!meinedaten",
    example="!meinedaten",
    topic=TOPIC,
    right=Right.ANYONE,
    place=Place.DIRECT,
    alias=("mydata",),
)
@dataclass(frozen=True)
class MyData:
    """Give the sender everything stored about them."""


@command(
    "vergiss",
    brief="löscht nach einer Rückfrage alles, was über Sie gespeichert ist",
    usage="!vergiss mich",
    example="!vergiss mich",
    topic=TOPIC,
    right=Right.ANYONE,
    place=Place.DIRECT,
    alias=("forget",),
    verb=("mich", "me"),
    undo=False,
)
@dataclass(frozen=True)
class ForgetMe:
    """Erase the sender."""


@handles(MyData)
def my_data(command: MyData, context: Context) -> DataShown:  # noqa: ARG001
    """Everything stored about the sender, also for who is in no group any more."""
    data = collect(context.session, context.settings, context.sender, context.now)
    return DataShown(counts(data), len(data["files"]), data, as_text(data))


@handles(ForgetMe)
def forget_me(command: ForgetMe, context: Context) -> None:  # noqa: ARG001
    """Erase the sender, say so as the last word, and leave the direct chat.

    Raises:
        Question: they have not confirmed it yet.
    """
    if context.answers.get("confirm_forget") != "ja":
        raise Question("privacy_forget", "confirm_forget")
    poster, groups = context.voice.poster, len(context.own_groups)
    erased = erasing.erase(context.session, context.sender, poster)
    configured = any(person.id == context.sender for person in context.settings.people)
    if context.answer is None:
        raise LookupError("a handler of the bus can answer")
    context.answer(Forgotten(erased.withdrawn, configured, groups))
    erasing.leave(erased, poster)
