"""Who is introduced to whom: nobody twice while it can be avoided, nobody to their own house."""

import random
from collections import Counter
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from ombot.features.introductions.matching import Candidate, Guest, Pair, introduce, tables


@st.composite
def people_and_past(draw: st.DrawFn) -> tuple[list[Candidate], dict[Pair, int]]:
    """Up to nine people of few institutions, and who met before."""
    houses = draw(st.lists(st.one_of(st.none(), st.integers(1, 4)), min_size=0, max_size=9))
    people = [Candidate(f"@p{number}:x", house) for number, house in enumerate(houses)]
    pairs = [frozenset((a.id, b.id)) for a, b in combinations(people, 2)]
    past = draw(st.dictionaries(st.sampled_from(pairs), st.integers(0, 5))) if pairs else {}
    return people, past


def possible(people: list[Candidate], group: tuple[str, ...]) -> bool:
    """Whether no two of a group are of one institution."""
    houses = [one.institution for one in people if one.id in group]
    known = [house for house in houses if house is not None]
    return len(known) == len(set(known))


def repeats(groups: list[tuple[str, ...]], past: dict[Pair, int]) -> int:
    """How many pairs meet again."""
    return sum(frozenset(pair) in past for group in groups for pair in combinations(group, 2))


def divisible(people: list[Candidate], ids: tuple[str, ...], past: dict[Pair, int]) -> bool:
    """Whether everybody can be put into pairs and threes without a repeated pair: tries all of them."""
    if not ids:
        return True
    first, rest = ids[0], ids[1:]
    return any(
        possible(people, (first, *others))
        and not repeats([(first, *others)], past)
        and divisible(people, tuple(one for one in rest if one not in others), past)
        for size in (1, 2)
        for others in combinations(rest, size)
    )


@settings(max_examples=150, deadline=None)
@given(people_and_past(), st.integers(0, 3))
def test_no_pair_meets_again_while_it_can_be_avoided(drawn: tuple[list[Candidate], dict[Pair, int]], seed: int) -> None:
    people, past = drawn
    groups = introduce(people, past, random.Random(seed))
    seated = [one for group in groups for one in group]
    assert len(seated) == len(set(seated))
    assert all(len(group) in (2, 3) and possible(people, group) for group in groups)
    ids = tuple(one.id for one in people)
    if divisible(people, ids, past):
        assert sorted(seated) == sorted(ids)
        assert repeats(groups, past) == 0


def test_those_who_can_do_different_things_meet_first() -> None:
    people = [
        Candidate("@a:x", 1, frozenset({"recht", "steuer"}), frozenset({"ag"})),
        Candidate("@b:x", 2, frozenset({"recht", "steuer"})),
        Candidate("@c:x", 3, frozenset({"klima", "energie"})),
        Candidate("@d:x", 4, frozenset({"export", "zoll"}), frozenset({"ag"})),
    ]
    assert introduce(people, {}, random.Random(1)) == [("@a:x", "@c:x"), ("@b:x", "@d:x")]


def test_who_has_met_everybody_meets_whom_longest_ago() -> None:
    people = [Candidate(f"@{name}:x", number) for number, name in enumerate("abcd")]
    past = {frozenset((f"@{a}:x", f"@{b}:x")): 5 for a, b in combinations("abcd", 2)}
    past[frozenset(("@a:x", "@c:x"))] = past[frozenset(("@b:x", "@d:x"))] = 1
    assert introduce(people, past, random.Random(1)) == [("@a:x", "@c:x"), ("@b:x", "@d:x")]


def test_twenty_rounds_of_many_repeat_nobody() -> None:
    people = [Candidate(f"@p{number}:x", number % 25) for number in range(61)]
    past: dict[Pair, int] = {}
    for number in range(20):
        groups = introduce(people, past, random.Random(number))
        assert sorted(one for group in groups for one in group) == sorted(one.id for one in people)
        assert repeats(groups, past) == 0
        past |= {frozenset(pair): number for group in groups for pair in combinations(group, 2)}


def test_where_most_are_of_one_house_as_many_as_can_be_meet() -> None:
    people = [Candidate(f"@p{number:02}:x", 0 if number < 40 else number) for number in range(60)]
    past: dict[Pair, int] = {}
    for number in range(5):
        groups = introduce(people, past, random.Random(number))
        assert (len(groups), {len(group) for group in groups}, repeats(groups, past)) == (20, {2}, 0)
        past |= {frozenset(group): number for group in groups}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("KVM"), st.integers(1, 6)), max_size=40), st.integers(2, 8))
def test_tables_mix_kinds_and_houses_evenly(drawn: list[tuple[str, int]], size: int) -> None:
    guests = [Guest(f"P{number}", f"{kind}{house}", kind) for number, (kind, house) in enumerate(drawn)]
    seated = tables(guests, size, random.Random(2))
    assert Counter(guest for table in seated for guest in table) == Counter(guests)
    sizes = [len(table) for table in seated]
    assert not sizes or (max(sizes) <= size and max(sizes) - min(sizes) <= 1)
    for kind in "KVM":
        numbers = [sum(guest.kind == kind for guest in table) for table in seated]
        assert not numbers or max(numbers) - min(numbers) <= 1
