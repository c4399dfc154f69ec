"""Who can help, and which topics have too many or nobody."""

import heapq
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from ombot.chat.context import Context
from ombot.chat.parameters import Words
from ombot.chat.refusal import Refusal
from ombot.chat.registry import Place, command, handles
from ombot.chat.rights import Right
from ombot.features.people import queries, rules
from ombot.features.people.parameters import Keywords
from ombot.features.people.results import ExpertsFound, Hit, Reference, Topic, TopicsShown
from ombot.features.people.tables import Profile
from ombot.features.people.views import Eyes, texts
from ombot.store import rooms, search
from ombot.store.rooms import Person
from ombot.store.search import Hits

TOPIC = "Menschen"
HITS = 10
"""How many persons a search names."""
SHORT = 120
"""Code points of what is shown of a long text that fits."""
MANY = 5
"""From how many persons on a topic is taken care of more than once."""
TOPICS_MOST = 25
"""How many topics of a kind are named."""


@command(
    "wer",
    brief="zeigt, welche Themen viele können, welche nur eine Person kann und welche niemand; mit eigenen Themen "
    "dahinter genau diese",
    usage="!wer themen [Thema, Thema …]",
    example="!wer themen",
    topic=TOPIC,
    right=Right.COORDINATOR,
    place=Place.COORDINATION,
    alias=("who",),
    verb=("themen", "topics"),
)
@dataclass(frozen=True)
class ShowTopics:
    """Show overlap and gaps by topic."""

    topics: Words = ""


@command(
    "wer",
    brief="nennt, wer zu einem Thema helfen kann: nach Kompetenzen, Angeboten, Funktion und Einrichtung",
    usage="!wer <Stichwort>",
    example="!wer Arbeitsschutz",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("who",),
)
@dataclass(frozen=True)
class FindExperts:
    """Find people by what they can do."""

    words: Keywords


Further = Callable[[Context, Sequence[Hits]], Sequence[Reference]]
F = TypeVar("F", bound=Further)

FURTHER: list[Further] = []
"""What else is found beside persons and institutions, by subjects that stand above this one."""


def finds(function: F) -> F:
    """Register ``(Context, the hits of each word) -> references`` to what has all words and may be shown."""
    FURTHER.append(function)
    return function


# --- who can help -----------------------------------------------------------------------------------------------


@handles(FindExperts)
def find(command: FindExperts, context: Context) -> ExpertsFound:
    """Everybody whose visible profile has all the words, best first; misspelt words are tried as what they resemble."""
    terms = sorted(rules.stems(command.words))
    if not terms:
        raise Refusal("search_short")
    asked = _Search(context)
    found = [asked.people(term) for term in terms]
    everybody = set(found[0]).intersection(*found[1:])
    fields = {user: set().union(*(one[user] for one in found)) for user in everybody}
    best = heapq.nsmallest(HITS, fields, key=lambda user: (-_rank(fields[user]), user))
    result = ExpertsFound(
        words=command.words,
        hits=asked.hits(best, fields),
        institutions=asked.institutions(terms),
        further=asked.further(terms),
        more=max(0, len(fields) - HITS),
    )
    if not (result.hits or result.institutions or result.further):
        queries.note_missed(context.session, " ".join(terms), command.words, context.now)
    return result


def _rank(fields: Set[str]) -> int:
    """A competence says more than an institution's name."""
    return sum({"competences": 4, "offer": 3, "function": 2}.get(field, 1) for field in fields)


class _Search:
    """One search: what is visible here, and which stems were meant."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.eyes = Eyes(context)
        self.vocabulary = queries.vocabulary(context.session)
        self.meant: set[str] = set()

    def people(self, term: str) -> dict[str, set[str]]:
        """User id → visible fields with a word, or one like it where nobody has it."""
        fitting = self._fitting(term)
        found = self._visible(fitting)
        if not found:
            fitting = self._alike(term)
            found = self._visible(fitting)
        self.meant |= fitting
        return found

    @cache  # noqa: B019 - the search ends with its command
    def _fitting(self, term: str) -> frozenset[str]:
        return frozenset(rules.fitting(term, self.vocabulary))

    @cache  # noqa: B019
    def _alike(self, term: str) -> frozenset[str]:
        return frozenset(rules.alike(term, self.vocabulary))

    @cache  # noqa: B019
    def _matching(self, stems: frozenset[str]) -> Hits:
        return search.matching(self.context.session, stems)

    def _visible(self, stems: frozenset[str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for one in self._matching(stems).get(queries.PROFILE, ()):
            if self.eyes.see_level(one.key, one.level):
                found.setdefault(one.key, set()).add(one.field)
        return found

    def meant_by(self, terms: Sequence[str]) -> list[Hits]:
        """For each word where the stems occur that it is, or is a part of; else those it resembles."""
        return [self._matching(self._fitting(term) or self._alike(term)) for term in terms]

    def further(self, terms: Sequence[str]) -> tuple[Reference, ...]:
        """What other subjects have with all the words."""
        return tuple(one for function in FURTHER for one in function(self.context, self.meant_by(terms)))

    def institutions(self, terms: Sequence[str]) -> tuple[str, ...]:
        """Institutions whose names and agreed profile have all the words."""
        keys = [{int(one.key) for one in hits.get(queries.INSTITUTION, ())} for hits in self.meant_by(terms)]
        names = queries.names_by_id(self.context.session, keys[0].intersection(*keys[1:]))
        return tuple(sorted(names.values())[:HITS])

    def hits(self, users: Sequence[str], fields: Mapping[str, Set[str]]) -> tuple[Hit, ...]:
        """What of their profiles fits."""
        session = self.context.session
        profiles, names = queries.profiles_by_id(session, users), rooms.names(session, users)
        institutions = queries.institution_names(session, users)
        return tuple(
            self._hit(Person(user, names.get(user, user)), profiles[user], institutions, fields[user]) for user in users
        )

    def _hit(self, person: Person, profile: Profile, institutions: Mapping[str, str], fields: Set[str]) -> Hit:
        visible = self.eyes.see(person.id, profile.visibility, "institution")
        said = texts(profile, None)
        fitting = [said[field][:SHORT] for field in ("function", "offer") if field in fields]
        if "competences" in fields:
            fitting[:0] = [one for one in profile.competences if rules.stems(one) & self.meant]
        return Hit(person, institutions.get(person.id) if visible else None, tuple(fitting))


# --- overlap and gaps -------------------------------------------------------------------------------------------


@handles(ShowTopics)
def show_topics(command: ShowTopics, context: Context) -> TopicsShown:
    """How many persons and institutions have a topic among their competences; numbers only, nobody is named."""
    counted = _Topics(context)
    wanted = [topic for topic in rules.list_of(command.topics.replace("\n", ",")) if rules.stems(topic)]
    if wanted:
        return TopicsShown(asked=tuple(counted.about(topic) for topic in wanted[:TOPICS_MOST]))
    every = counted.all()
    missed = [topic for words in queries.missed(context.session) if not (topic := counted.about(words)).people]
    return TopicsShown(
        many=tuple(topic for topic in every if topic.people >= MANY)[:TOPICS_MOST],
        single=tuple(topic for topic in every if topic.people == 1)[:TOPICS_MOST],
        nobody=tuple(missed)[:TOPICS_MOST],
        total=len(every),
    )


class _Topics:
    """The competences of everybody, by what they mean and not by how they are written."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.vocabulary = queries.vocabulary(context.session)
        self.institutions = queries.institution_ids(context.session)
        self.spoken: dict[frozenset[str], Counter[str]] = {}
        self.bearers: dict[frozenset[str], set[str]] = {}
        for user_id, competences in queries.competences(context.session):
            for competence in competences:
                # What has no word of two letters cannot be looked for.
                if key := frozenset(rules.stems(competence)):
                    self.spoken.setdefault(key, Counter())[competence] += 1
                    self.bearers.setdefault(key, set()).add(user_id)

    def all(self) -> list[Topic]:
        """Every topic as it is written most often, the most frequent first."""
        topics = [self._topic(_usual(spoken), self.bearers[key]) for key, spoken in self.spoken.items()]
        return sorted(topics, key=lambda topic: (-topic.people, topic.name))

    def about(self, words: str) -> Topic:
        """One topic in any words: competences that have all of them, and past inputs."""
        terms = sorted(rules.stems(words))
        fitting = [rules.fitting(stem, self.vocabulary) for stem in terms]
        users = [user for key, bearers in self.bearers.items() if all(key & one for one in fitting) for user in bearers]
        return self._topic(words, set(users), _Search(self.context).further(terms))

    def _topic(self, name: str, users: set[str], further: tuple[Reference, ...] = ()) -> Topic:
        known = {self.institutions[user] for user in users if user in self.institutions}
        return Topic(name, len(users), len(known), further)


def _usual(spoken: Counter[str]) -> str:
    return min(spoken, key=lambda one: (-spoken[one], one))
