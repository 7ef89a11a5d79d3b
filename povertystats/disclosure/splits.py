"""How published counts hang together: which count is a part of which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True)
class Split:
    """A count that is a part of another one, of the same place: the poor households of all households.

    ``part``: a column of counts; ``of``: the column of which it is a part, or "" where it stands by itself: where that is
    hidden, so is the part. ``rest``: what a column is called of those of the whole that are not in the part, told where the
    part is. ``also``: a second column of which it is a part as well, which may be told on its own: households that lack
    water and are poor are a part of the poor, and of those that lack water. ``all_tells``: whether it tells something of
    everybody when all of ``of`` are in the part (all are poor); then that is hidden like a small count. ``of_places``: a
    property of places and not of households, known to all: hidden only where it would tell how many live in a hidden place;
    where some of a lowest place have it and some have not, it is a part like any other.
    ``grouped``: whether it is told by group.

    >>> Split("poor", "households", rest="not_poor").names
    ('poor', 'not_poor')
    """

    part: str
    of: str = ""
    rest: str = ""
    also: str = ""
    all_tells: bool = False
    of_places: bool = False
    grouped: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are told or hidden together."""
        return tuple(filter(None, (self.part, self.rest)))

    @property
    def wholes(self) -> tuple[str, ...]:
        """The columns by which the part is hidden: itself, and what it is a part of."""
        return tuple(filter(None, (self.part, self.of, self.also)))


@dataclass(frozen=True, eq=False)
class Rest:
    """A number of households, never below 0, that follows from counts of a year and of the year before: {count: how often}.

    ``tells``: a count; where that is not 0, none left tells something of all who are in it; ``at`` (n,): in which places
    it holds (None: in all).
    """

    now: Mapping[str, int]
    then: Mapping[str, int] = field(default_factory=dict)
    tells: str = ""
    at: np.ndarray | None = None


def chain(of: str, names: Sequence[str], *, all_tells: bool = False, grouped: bool = True) -> list[Split]:
    """Return the splits by which columns that add up to another are told apart one by one.

    ``all_tells``: of the first; ``grouped``: of all.

    >>> [(split.part, split.of, split.rest) for split in chain("households", ["poor", "near_poor", "not_poor"])]
    [('poor', 'households', 'households but poor'), ('near_poor', 'households but poor', 'not_poor')]
    """
    splits = []
    for i, name in enumerate(names[:-1], 1):
        rest = names[-1] if i + 1 == len(names) else f"{of} but {name}"
        splits.append(Split(name, of, rest=rest, all_tells=all_tells and i == 1, grouped=grouped))
        of = rest
    return splits


def related(splits: Sequence[Split], rests: Sequence[Rest]) -> tuple[dict[str, str], list[Rest]]:
    """Return the counts that follow from no others {count: of which it is a part}, and what follows from them, further rests included.

    >>> wholes, rests = related(chain("households", ["poor", "near_poor", "not_poor"]), [])
    >>> wholes, [rest.now for rest in rests][-1]
    ({'poor': 'households', 'near_poor': 'households but poor'}, {'households': 1, 'poor': -1, 'near_poor': -1})
    """
    made: dict[str, Mapping[str, int]] = {}

    def terms(of):
        total: dict[str, int] = {}
        for name, weight in of.items():
            for one, times in made.get(name, {name: 1}).items():
                total[one] = total.get(one, 0) + weight * times
        return {name: weight for name, weight in total.items() if weight}

    wholes, found = dict[str, str](), list[Rest]()
    for split in splits:
        wholes[split.part] = split.of
        if split.of:
            found.append(Rest(terms({split.of: 1, split.part: -1}), tells=split.part * split.all_tells))
            made |= {split.rest: found[-1].now} if split.rest else {}
        if split.also:
            found.append(Rest(terms({split.also: 1, split.part: -1})))
            neither = {wholes[split.of]: 1, split.of: -1, split.also: -1, split.part: 1}
            found.append(Rest(terms(neither)))
    return wholes, [*found, *(replace(rest, now=terms(rest.now), then=terms(rest.then)) for rest in rests)]


def kinds(splits: Sequence[Split], moves: Sequence[str], common: Sequence[str] = ()) -> list[dict[str, int]]:
    """Return which counts go up together when there is one household more of a kind.

    ``moves``: those who escaped, fell, stayed poor and stayed out, where they are told; ``common``: what most households have:
    one more has it as well.

    >>> kinds([Split("households"), Split("poor", "households")], [])
    [{'households': 1}, {'poor': 1, 'households': 1}]
    """
    wholes = {split.part: split.of for split in splits}
    root, found = splits[0].part, []
    for split in splits:
        kind, of = {split.part: 1}, split.of
        while of:
            kind[of if of in wholes else root] = 1
            of = wholes.get(of, "")
        found.append(kind | ({split.also: 1, root: 1} if split.also else {}))
    found += [dict.fromkeys(common, 1) | kind for kind in found if common and root in kind]
    # One here that is of a kind and one there that is not, in place of the other way round.
    without = [{name: 1 for name in kind if name != root and name not in common} for kind in found]
    found += [kind for kind in without if len(kind) > 1]
    found = [dict(kind) for kind in dict.fromkeys(tuple(kind.items()) for kind in found)]
    if moves:
        escaped, fell, poor, out = moves
        ways = [{escaped: 1, fell: 1, poor: -1, out: -1}]
        ways += [{to: 1, stayed: -1} for to in (escaped, fell) for stayed in (poor, out)]
        of_fell = [split.part for split in splits if split.of == fell]
        found += [*ways, *(way | {part: 1} for part in of_fell for way in [*ways, {fell: 1}] if fell in way)]
    return found
