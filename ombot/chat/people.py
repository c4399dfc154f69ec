"""Persons in a command: pills, full Matrix ids, and ``@name`` that fits exactly one member of the room."""

import re

from ombot.chat.context import Context, Question
from ombot.chat.line import Line, fold
from ombot.store.rooms import Person

_SELF = ("@ich", "@mich", "@mir")
_MATRIX_ID = re.compile(r"@[^\s:]+:[^\s,;]+")


def take_trailing(line: Line, context: Context) -> list[str]:
    """Take the persons off the end of a line, in the order they were written.

    Raises:
        Question: a name fits nobody or several, or a pill names somebody else than the text shows.
    """
    found: list[str] = []
    while person := _take_last(line, context):
        found.insert(0, person)
        while line.take_ending("und") or line.take_ending("&"):
            pass
    if found:
        line.take_ending("an")
    return list(dict.fromkeys(found))


def take_leading(line: Line, context: Context) -> list[str]:
    """Take the persons off the front of a line."""
    found: list[str] = []
    while line.first_word().startswith("@") or _pill_in_front(line, context):
        found.append(_pill_in_front(line, context, take=True) or _named(line.take_word().rstrip(",;"), context))
        line.take_phrase("und")
    return list(dict.fromkeys(found))


def _take_last(line: Line, context: Context) -> str | None:
    for user_id in context.message.pills:
        if any(line.take_ending(text) for text in _written(context.person(user_id))):
            return _joined(user_id, context)
    for person in context.members():
        if line.take_ending(f"@{person.name}"):
            return person.id
    words = line.text.rstrip(" ,;").split()
    if words and words[-1].startswith("@") and len(words[-1]) > 1 and line.take_ending(words[-1]):
        return _named(words[-1], context)
    return None


def _pill_in_front(line: Line, context: Context, *, take: bool = False) -> str | None:
    for user_id in context.message.pills:
        for text in _written(context.person(user_id)):
            if line.text.casefold().startswith(text.casefold()):
                if take:
                    line.text = line.text[len(text) :].lstrip(" ,:")
                return _joined(user_id, context)
    return None


def _written(person: Person) -> tuple[str, ...]:
    """How clients write a pill into ``body``."""
    localpart = person.id[1:].split(":")[0]
    return (person.id, f"@{person.name}", person.name, f"@{localpart}", localpart)


def _joined(user_id: str, context: Context) -> str:
    if any(person.id == user_id for person in context.members()):
        return user_id
    raise _ask("person_not_here", user_id, context, [])


def _named(word: str, context: Context) -> str:
    """Who ``@name`` means.

    Raises:
        Question: nobody or more than one.
    """
    if fold(word) in _SELF:
        return context.sender
    if answer := context.answers.get(f"person {fold(word)}"):
        return _answered(answer, context)
    if _MATRIX_ID.fullmatch(word):
        return _joined(word, context)
    candidates = candidates_for(word[1:], context)
    if len(candidates) == 1:
        return candidates[0].id
    raise _ask("person_ambiguous" if candidates else "person_unknown", word, context, candidates)


def _answered(answer: str, context: Context) -> str:
    if any(person.id == answer for person in context.members()):
        return answer
    candidates = candidates_for(answer.removeprefix("@"), context)
    if len(candidates) == 1:
        return candidates[0].id
    raise _ask("person_ambiguous" if candidates else "person_unknown", answer, context, candidates)


def candidates_for(name: str, context: Context) -> list[Person]:
    """Members a name can mean: the whole user name or display name, else one word of the display name."""
    return fitting(name, context.members())


def fitting(name: str, people: list[Person]) -> list[Person]:
    """Those of some people that a name can mean."""
    wanted = fold(name)
    whole = [p for p in people if wanted in (fold(p.name), fold(p.id[1:].split(":")[0]), fold(p.id[1:]))]
    return whole or [p for p in people if wanted in (fold(word) for word in re.split(r"[\s.\-_]+", p.name))]


def _ask(code: str, word: str, context: Context, candidates: list[Person]) -> Question:
    options = [(person.name, person.id) for person in candidates or context.members()][:9]
    return Question(code, f"person {fold(word)}", options, {"name": word})
