"""Commands of people (Steckbrief): who sees it, and looking it up. Writing, searching, institutions: beside this."""

from dataclasses import dataclass
from typing import Annotated

from ombot.chat.context import Context
from ombot.chat.parameters import People, choice
from ombot.chat.refusal import Refusal
from ombot.chat.registry import command, handles
from ombot.chat.rights import Right
from ombot.features.people import filling, institutions, portraits, queries, rules
from ombot.features.people.parameters import Fields
from ombot.features.people.results import ProfileShown, VisibilityChanged
from ombot.features.people.searching import TOPIC
from ombot.features.people.tables import Profile
from ombot.features.people.views import Eyes, view

__all__ = ["filling", "institutions", "portraits"]

Level = Annotated[str, choice(ag=("ag", "gruppe"), kreis=("kreis", "strategiekreis"), online=("online", "öffentlich"))]


@command(
    "steckbrief",
    brief="legt fest, wer Felder Ihres Steckbriefs sehen darf: Ihre AGs, der ganze Kreis oder alle; „ag“ nimmt eine "
    "Freigabe zurück",
    usage="!steckbrief sichtbar ag|kreis|online [Feld …]",
    example="!steckbrief sichtbar kreis Kompetenzen Angebot",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("profil", "profile"),
    verb=("sichtbar", "visible"),
)
@dataclass(frozen=True)
class ShareProfile:
    """Consent to showing fields of one's profile, or withdraw it."""

    level: Level
    fields: Fields = ()


@command(
    "steckbrief",
    brief="zeigt den Steckbrief einer Person, soweit sie ihn freigegeben hat",
    usage="!steckbrief @Person",
    example="!steckbrief @eva",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("profil", "profile"),
)
@dataclass(frozen=True)
class ShowProfile:
    """Show somebody's profile."""

    people: People


@command(
    "steckbrief",
    brief="zeigt Ihren eigenen Steckbrief und wie Sie ihn schreiben",
    usage="!steckbrief",
    example="!steckbrief",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("profil", "profile"),
)
@dataclass(frozen=True)
class ShowMyProfile:
    """Show one's own profile."""


# --- profiles ---------------------------------------------------------------------------------------------------


@handles(ShowMyProfile)
def show_mine(command: ShowMyProfile, context: Context) -> ProfileShown:  # noqa: ARG001
    """The sender's profile; in a room only what is visible there."""
    return _shown(context.sender, context)


@handles(ShowProfile)
def show(command: ShowProfile, context: Context) -> ProfileShown:
    """Somebody's profile as far as it is visible here."""
    if len(command.people) > 1:
        raise Refusal("profile_one")
    return _shown(command.people[0], context)


def _shown(user_id: str, context: Context) -> ProfileShown:
    profile = context.session.get(Profile, user_id) or Profile(user_id=user_id)
    shown, withheld = view(context, profile, Eyes(context))
    return ProfileShown(shown, user_id == context.sender, withheld)


@handles(ShareProfile)
def share(command: ShareProfile, context: Context) -> VisibilityChanged:
    """Keep the consent with its day; what is already so keeps its older one.

    Without fields all of them are meant. A portrait is shown further only if it is named: a face says more than a
    line, and who takes everything back means it as well.
    """
    profile = context.session.get(Profile, context.sender) or Profile(user_id=context.sender)
    fields = command.fields or (rules.SHARED if command.level == "ag" else rules.FIELDS)
    wanted = dict.fromkeys(fields, command.level)
    profile.visibility = rules.consented(profile.visibility, wanted, context.today)
    context.session.add(profile)
    context.session.flush()
    apart = not command.fields and command.level != "ag" and queries.has_photo(context.session, context.sender)
    return VisibilityChanged(command.level, fields, apart)
