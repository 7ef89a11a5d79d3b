"""How published counts hang together: which count is a part of which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
