"""Who is introduced to whom, and who sits at which table. No I/O.

A matching by weights over all pairs (Galil's algorithm, as libraries have it) takes half a minute for 500 people in
Python. Here nearly everybody finds somebody at first sight, so the best pairs are taken greedily, and only who is left
over is fitted in along alternating paths (Edmonds' blossoms).
"""

import random
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

Pair = frozenset[str]

_EXACT_UP_TO = 11
"""So many people are divided by trying everything when the quick way leaves somebody to an old acquaintance."""
_SAME_GROUP = 4
"""What a common working group costs: they know each other already."""


@dataclass(frozen=True)
class Candidate:
    """Somebody who wants to be introduced.

    Attributes:
        id: the Matrix id.
        institution: its key; None where it is not known, which is like nobody else's.
        skills: stems of competences and offer.
        groups: keys of the working groups.
    """

    id: str
    institution: int | None
    skills: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


def introduce(candidates: Sequence[Candidate], met: Mapping[Pair, int], chance: random.Random) -> list[tuple[str, ...]]:
    """Divide people into pairs, and threes where one is left over.

    Nobody meets their own institution. No pair meets again while that can be avoided; where it cannot, those meet
    whose last time is longest ago. Among the possible pairs those are preferred who can do different things.

    Args:
        candidates: who takes part.
        met: pairs who were introduced before, with the number of the round.
        chance: decides between equals.

    Returns:
        The groups of ids; who fits to nobody is in none.
    """
    order = sorted(candidates, key=lambda one: one.id)
    chance.shuffle(order)
    graph = _Graph(order, met)
    worth = _Worth(order)
    mates = _greedy(graph, worth)
    _augment(mates, graph.new)
    _improve(mates, graph.new, worth)
    groups = _groups(mates)
    left = [number for number, mate in enumerate(mates) if mate < 0]
    left = _join_all(groups, left, graph.new)
    if left and len(order) <= _EXACT_UP_TO:
        exact = _divided(tuple(range(len(order))), graph.new)
        if exact is not None:
            groups, left = [list(group) for group in exact], []
    _meet_again(groups, left, graph)
    return sorted(tuple(sorted(order[number].id for number in group)) for group in groups)


@dataclass
class _Graph:
    """Who may meet whom, as sets of bits by the number of a person."""

    people: Sequence[Candidate]
    met: Mapping[Pair, int]
    new: list[int] = field(init=False)
    """Others of another institution who were not met yet."""
    possible: list[int] = field(init=False)
    """The same with those who were."""

    def __post_init__(self) -> None:
        everybody = (1 << len(self.people)) - 1
        same: dict[int | str, int] = {}
        for number, one in enumerate(self.people):
            same[self._house(one)] = same.get(self._house(one), 0) | 1 << number
        self.possible = [everybody & ~same[self._house(one)] for one in self.people]
        self.new = list(self.possible)
        numbers = {one.id: number for number, one in enumerate(self.people)}
        for pair in self.met:
            known = [numbers[user] for user in pair if user in numbers]
            if len(known) == 2:
                first, second = known
                self.new[first] &= ~(1 << second)
                self.new[second] &= ~(1 << first)

    @staticmethod
    def _house(one: Candidate) -> int | str:
        return one.id if one.institution is None else one.institution

    def last_met(self, first: int, second: int) -> int:
        """The round in which two met last; below all rounds where they did not."""
        return self.met.get(frozenset((self.people[first].id, self.people[second].id)), -1)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _numbered(sets: Sequence[frozenset[str]]) -> list[int]:
    """Sets of words as sets of bits, which are compared a hundred times faster."""
    places = {word: place for place, word in enumerate(sorted(set().union(*sets)))} if sets else {}
    return [sum(1 << places[word] for word in words) for words in sets]


class _Worth:
    """What it is worth that two meet: how much one can do that the other cannot, less where they know each other."""

    def __init__(self, people: Sequence[Candidate]) -> None:
        self.skills = _numbered([one.skills for one in people])
        self.circles = _numbered([one.groups for one in people])

    def of(self, first: int, second: int) -> int:
        """The worth of a pair."""
        known = _SAME_GROUP if self.circles[first] & self.circles[second] else 0
        return (self.skills[first] ^ self.skills[second]).bit_count() - known


def _greedy(graph: _Graph, worth: _Worth) -> list[int]:
    """The best pairs first."""
    edges = [
        (-worth.of(first, second), first, second)
        for first, others in enumerate(graph.new)
        for second in _bits(others >> first + 1 << first + 1)
    ]
    edges.sort()
    mates = [-1] * len(graph.people)
    for _, first, second in edges:
        if mates[first] < 0 and mates[second] < 0:
            mates[first], mates[second] = second, first
    return mates


def _improve(mates: list[int], edges: Sequence[int], worth: _Worth) -> None:
    """Let two pairs change partners where both together gain by it: what comes last is left with what remains."""
    pairs = [(one, mate) for one, mate in enumerate(mates) if one < mate]
    for first, second in combinations(range(len(pairs)), 2):
        (a, b), (c, d) = pairs[first], pairs[second]
        best, now = None, worth.of(a, b) + worth.of(c, d)
        for e, f in ((c, d), (d, c)):
            if edges[a] >> e & 1 and edges[b] >> f & 1 and worth.of(a, e) + worth.of(b, f) > now:
                best, now = (e, f), worth.of(a, e) + worth.of(b, f)
        if best is not None:
            pairs[first], pairs[second] = (a, best[0]), (b, best[1])
    for one, other in pairs:
        mates[one], mates[other] = other, one


# --- augmenting -------------------------------------------------------------------------------------------------


def _augment(mates: list[int], edges: Sequence[int]) -> None:
    """Make a matching as large as one can be, by Edmonds' algorithm."""
    rest = (1 << len(mates)) - 1
    for number in range(len(mates)):
        if mates[number] < 0:
            search = _Search(mates, edges, rest)
            if not search.run(number):
                # Edmonds: what a search has reached in vain is on the way of no later one.
                rest &= ~search.reached()


class _Search:
    """The search for an alternating path from one unmatched person to another."""

    def __init__(self, mates: list[int], edges: Sequence[int], rest: int) -> None:
        self.mates, self.edges, self.rest = mates, edges, rest
        self.parent = [-1] * len(mates)
        self.base = list(range(len(mates)))
        self.outer = [False] * len(mates)

    def run(self, root: int) -> bool:
        """Whether a path was found and the matching is larger by one pair."""
        self.outer[root] = True
        queue = deque([root])
        while queue:
            one = queue.popleft()
            for other in _bits(self.edges[one] & self.rest):
                if self.base[one] == self.base[other] or self.mates[one] == other:
                    continue
                if other == root or (self.mates[other] >= 0 and self.parent[self.mates[other]] >= 0):
                    queue.extend(self._contract(one, other))
                elif self.parent[other] < 0:
                    self.parent[other] = one
                    if self.mates[other] < 0:
                        self._flip(other)
                        return True
                    self.outer[self.mates[other]] = True
                    queue.append(self.mates[other])
        return False

    def reached(self) -> int:
        """Everybody whom the search has come to, as bits."""
        return sum(1 << one for one, outer in enumerate(self.outer) if outer or self.parent[one] >= 0)

    def _flip(self, end: int) -> None:
        while end >= 0:
            before = self.parent[end]
            following = self.mates[before]
            self.mates[end], self.mates[before] = before, end
            end = following

    def _contract(self, one: int, other: int) -> list[int]:
        """Treat an odd cycle as one person; gives back who became an outer one by it."""
        common = self._common(one, other)
        inside = [False] * len(self.base)
        self._mark(one, common, other, inside)
        self._mark(other, common, one, inside)
        fresh = []
        for number in range(len(self.base)):
            if inside[self.base[number]]:
                self.base[number] = common
                if not self.outer[number]:
                    self.outer[number] = True
                    fresh.append(number)
        return fresh

    def _common(self, one: int, other: int) -> int:
        seen = set()
        while True:
            one = self.base[one]
            seen.add(one)
            if self.mates[one] < 0:
                break
            one = self.parent[self.mates[one]]
        while self.base[other] not in seen:
            other = self.parent[self.mates[self.base[other]]]
        return self.base[other]

    def _mark(self, one: int, common: int, child: int, inside: list[bool]) -> None:
        while self.base[one] != common:
            inside[self.base[one]] = inside[self.base[self.mates[one]]] = True
            self.parent[one] = child
            child = self.mates[one]
            one = self.parent[self.mates[one]]


# --- who is left over -------------------------------------------------------------------------------------------


def _groups(mates: Sequence[int]) -> list[list[int]]:
    return [[number, mate] for number, mate in enumerate(mates) if number < mate]


def _join_all(groups: list[list[int]], left: Sequence[int], edges: Sequence[int]) -> list[int]:
    """Find places for those who are left over; gives back for whom there is none."""
    remaining = []
    # Who led nowhere leads nowhere for the next one, too, until somebody has been given a place.
    tried: set[int] = set()
    for one in left:
        if _join(groups, one, edges, tried):
            tried.clear()
        else:
            remaining.append(one)
    return remaining


def _join(groups: list[list[int]], one: int, edges: Sequence[int], tried: set[int]) -> bool:
    """Make a pair a three with somebody left over; if none takes them, they take a place and its owner looks on."""
    tried.add(one)
    queue: deque[tuple[int, list[list[int]]]] = deque([(one, [list(group) for group in groups])])
    while queue:
        outsider, seated = queue.popleft()
        for index, group in enumerate(seated):
            if len(group) == 2 and all(edges[outsider] >> member & 1 for member in group):
                seated[index] = [*group, outsider]
                groups[:] = seated
                return True
        for index, group in enumerate(seated):
            for stays, goes in (group, group[::-1]) if len(group) == 2 else ():
                if edges[outsider] >> stays & 1 and goes not in tried:
                    tried.add(goes)
                    queue.append((goes, [*seated[:index], [stays, outsider], *seated[index + 1 :]]))
    return False


def _divided(people: tuple[int, ...], edges: Sequence[int]) -> list[tuple[int, ...]] | None:
    """A division of a few people into pairs and threes along these edges, by trying everything."""
    if not people:
        return []
    first, rest = people[0], people[1:]
    for size in (1, 2):
        for others in combinations(rest, size):
            group = (first, *others)
            if all(edges[a] >> b & 1 for a, b in combinations(group, 2)):
                remaining = _divided(tuple(one for one in rest if one not in others), edges)
                if remaining is not None:
                    return [group, *remaining]
    return None


def _meet_again(groups: list[list[int]], left: list[int], graph: _Graph) -> None:
    """Who is left over meets somebody again: each other, or a pair; those whose last time is longest ago."""
    waiting = list(left)
    while waiting:
        one = waiting.pop(0)
        places = [[other] for other in waiting] + [group for group in groups if len(group) == 2]
        fitting = [place for place in places if all(graph.possible[one] >> member & 1 for member in place)]
        if not fitting:
            continue
        best = min(fitting, key=lambda place: (max(graph.last_met(one, member) for member in place), len(place)))
        if len(best) == 1:
            waiting.remove(best[0])
            groups.append([*best, one])
        else:
            best.append(one)


# --- tables -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Guest:
    """Somebody who comes: the name to print, the institution and its kind."""

    name: str
    institution: str
    kind: str


def tables(guests: Sequence[Guest], size: int, chance: random.Random) -> list[list[Guest]]:
    """Draw who sits at which table: kinds and institutions are spread evenly, tables differ by one seat at most.

    Args:
        guests: who comes.
        size: seats at a table at most.
        chance: the lot.
    """
    number = -(-len(guests) // size)
    drawn = list(guests)
    chance.shuffle(drawn)
    # Dealt like cards, sorted by kind: the same kind, and in it the same house, goes to one table after the other.
    drawn.sort(key=lambda guest: (guest.kind, guest.institution))
    seated: list[list[Guest]] = [[] for _ in range(number)]
    for place, guest in enumerate(drawn):
        seated[place % number].append(guest)
    chance.shuffle(seated)
    return seated
