"""A gazetteer: which of many named places a text can mean, by code, spelling, kind and the place that it lies in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from povertystats.words.designations import CALLED, designated, taken_apart
from povertystats.words.names import agree, did_you_mean, plain, spelled

SEVERAL = "more than one place is called so"
_NUMBER = re.compile(r"0*(\d+)(?:\.0+)?")
# From the largest to the smallest: what lies in a place is of a kind behind it.
_KINDS = ("country", "province", "district", "commune")


@dataclass(frozen=True)
class Entry:
    """A place: its code, its label that no other has, its own name, aliases, kind and parent; whether it goes before others.

    ``earlier``: places in which it lay, or lies, at some time.
    """

    code: str
    label: str
    name: str
    aliases: tuple[str, ...] = ()
    kind: str = ""
    parent: str = ""
    own: bool = False
    earlier: tuple[str, ...] = ()


class Gazetteer:
    """What texts can mean among some places; the methods return positions among these.

    >>> places = Gazetteer([Entry("04", "Cao Bằng", "Cao Bằng", kind="province")])
    >>> places.matching("tỉnh Cao Bang"), places.matching("TP. Cao Bằng"), places.matching(4.0)
    ([0], [], [0])
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._rows = list(entries)

    @cached_property
    def _by_label(self) -> dict[str, int]:
        return {row.label: at for at, row in enumerate(self._rows)}

    @cached_property
    def _spellings(self) -> list[list[str]]:
        return [[spelled(text) for text in (row.name, row.label, *row.aliases)] for row in self._rows]

    @cached_property
    def _whole(self) -> dict[str, list[tuple[str, int]]]:
        """``{plain spelling: [(spelling, which place)]}`` of every name and alias."""
        found: dict[str, list[tuple[str, int]]] = {}
        for at, spellings in enumerate(self._spellings):
            for text in dict.fromkeys(spellings):
                found.setdefault(plain(text), []).append((text, at))
        return found

    @cached_property
    def _joined(self) -> dict[str, list[tuple[str, int]]]:
        """The same without blanks: Daklak, TPHCM."""
        found: dict[str, list[tuple[str, int]]] = {}
        for key, rows in self._whole.items():
            found.setdefault(key.replace(" ", ""), []).extend(rows)
        return found

    @cached_property
    def _bare(self) -> dict[str, list[tuple[str, int]]]:
        """The same without what says the kind of place."""
        found: dict[str, list[tuple[str, int]]] = {}
        for at, spellings in enumerate(self._spellings):
            for text in dict.fromkeys(designated(text)[0] for text in spellings):
                found.setdefault(plain(text), []).append((text, at))
        return found

    @cached_property
    def _codes(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for at, row in enumerate(self._rows):
            if row.code:
                found.setdefault(spelled(row.code), []).append(at)
        # A code of a package's own goes before the same code of another place that comes along.
        own = {code: [at for at in rows if self._rows[at].own] for code, rows in found.items()}
        return {code: own[code] or rows for code, rows in found.items()}

    @cached_property
    def _numbers(self) -> dict[str, list[int]]:
        """Codes that are numbers, without leading zeros: "1" and 1.0 are "01", unless "1" is another place."""
        found: dict[str, list[int]] = {}
        for code, rows in self._codes.items():
            if number := _NUMBER.fullmatch(code):
                found.setdefault(number[1], []).extend(rows)
        return found

    @cached_property
    def names(self) -> dict[str, str]:
        """``{plain spelling: label}`` of every name, code and alias that one place alone has."""
        every = {key: {at for _, at in rows} for key, rows in self._whole.items()}
        every |= {plain(code): {*every.get(plain(code), ()), *rows} for code, rows in self._codes.items()}
        return {key: self._rows[min(rows)].label for key, rows in every.items() if len(rows) == 1}

    def _called(self, at: int) -> frozenset[str]:
        """Return the kinds by which a place may be called: those in its spellings, else all of its kind."""
        kind = self._rows[at].kind
        said = frozenset().union(*(designated(text)[1] for text in self._spellings[at]))
        if kind == "province":
            return CALLED["province"] | said
        return (said & CALLED[kind] or CALLED[kind]) if kind in CALLED else said

    def _named(self, text: str) -> list[int]:
        """Return the places that a text names, those in the very place that it says: for parents, which have parents."""
        if text in self._by_label:
            return [self._by_label[text]]
        stages = (
            [i for i in rows if not within or plain(self._rows[i].parent) == plain(within[0])]
            for rows, within in self._stages(text)
        )
        return list(dict.fromkeys(next(filter(None, stages), [])))

    def _over(self, at: int) -> list[int]:
        """Return the places that one lies in directly: of those with the name of its parent, the larger ones."""
        row = self._rows[at]
        found = self._named(row.parent) if row.parent else []
        return [i for i in found if _above(self._rows[i].kind, row.kind)]

    def _ever_over(self, at: int) -> list[int]:
        """Return the places that one lies in directly, or lay in before."""
        return self._over(at) + [i for name in self._rows[at].earlier for i in self._named(name)]

    def _above(self, at: int) -> list[int]:
        """Return the places that one lies in, however far above."""
        found, left = [], self._ever_over(at)
        while left:
            one = left.pop(0)
            if one not in found:
                found.append(one)
                left += self._ever_over(one)
        return found

    def _lies_in(self, at: int, parent: str) -> bool:
        above = self._above(at)
        said = {plain(name) for i in (at, *above) for name in (self._rows[i].parent, *self._rows[i].earlier)}
        return plain(parent) in said or not {*above}.isdisjoint(self._named(parent))

    def _foreign(self, at: int) -> bool:
        """Say whether a place of the package's own lies in none of those that come along."""
        return bool(self._rows[at].parent) and all(self._rows[i].own for i in (at, *self._above(at)))

    def wrong_parents(self) -> Iterator[tuple[str, str, str]]:
        """Yield the places whose parent is not one: the label, the rule that is broken, what was meant."""
        for at, row in enumerate(self._rows):
            if len(over := self._over(at)) > 1:
                yield row.label, SEVERAL, self._choose(over)
            elif at in self._above(at):
                yield row.label, "the place lies in itself", ""

    def matching(self, name: object, parent: str | Sequence[str] | None = None) -> list[int]:
        """Return the places that a name can mean, one where it is clear; ``parent``: the place, or places, that it lies in."""
        text = str(name)
        parents = [parent] if isinstance(parent, str) else list(parent or ())
        if text in self._by_label and not parents:
            return [self._by_label[text]]
        for found, within in self._stages(text):
            kept = [
                at for at in dict.fromkeys(found) if all(self._lies_in(at, p) for p in (*within, *parents))
            ]
            if len(kept) > 1 and not all(self._rows[at].own for at in kept):
                kept = [at for at in kept if self._rows[at].own and self._foreign(at)] or kept
            if kept:
                return kept
        return []

    def _stages(self, text: str) -> Iterator[tuple[list[int], list[str]]]:
        """Yield what a text can mean, the surest first, each with the places that it is said to lie in."""
        full = spelled(text)
        rows = self._whole.get(plain(full), [])
        # Without diacritics a name may mean any that has some.
        yield [at for spelling, at in rows if spelling == full != plain(full)], []
        yield self._codes.get(full, []), []
        yield [at for spelling, at in rows if agree(spelling, full)], []
        if number := _NUMBER.fullmatch(text.strip()):
            yield self._numbers.get(number[1], []), []
        bare, kinds, within = taken_apart(text)
        rows = [row for row in self._bare.get(plain(bare), []) if not kinds or kinds & self._called(row[1])]
        yield [at for spelling, at in rows if spelling == bare != plain(bare)], within
        yield self._codes.get(bare, []) if within else [], within
        yield [at for spelling, at in rows if agree(spelling, bare)], within
        for text, more in ((full, []), (bare, within)):
            rows = self._joined.get(plain(text).replace(" ", ""), [])
            rows = [row for row in rows if text is full or not kinds or kinds & self._called(row[1])]
            yield [at for spelling, at in rows if agree(spelling, text)], more

    def suggestion(self, name: object, parent: str | Sequence[str] | None = None) -> str:
        """Return what a name that is unknown, or that several places have, may have meant; "" where nothing is near."""
        if found := self.matching(name, parent):
            return self._choose(found)
        bare, kinds, within = taken_apart(str(name))
        same = {at for spelling, at in self._bare.get(plain(bare), []) if kinds or agree(spelling, bare)}
        if same and (kinds or within or parent):
            listed = (f"{self._rows[at].name} ({self._rows[at].kind})" for at in sorted(same))
            return f"did you mean {' or '.join(listed)}?"
        return (did_you_mean(str(name), self.names) or did_you_mean(bare, self.names)).removeprefix("; ")

    def _choose(self, found: list[int]) -> str:
        rows = [self._rows[at] for at in found]
        listed = [
            f"{row.name} ({row.kind}{f' in {row.parent}' if row.parent else ''}, code {row.code})"
            for row in rows
        ]
        return f"did you mean {' or '.join(listed)}?"


def _above(one: str, other: str) -> bool:
    return one not in _KINDS or other not in _KINDS or _KINDS.index(one) < _KINDS.index(other)
