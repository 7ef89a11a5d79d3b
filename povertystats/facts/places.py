"""Places: each with its code and one label, found under any of its spellings, never another one's."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from povertystats.words.designations import CALLED, designated, taken_apart
from povertystats.words.errors import InvalidValue, NotFound
from povertystats.words.names import agree, did_you_mean, plain, spelled
from povertystats.words.result import Result

NO_PLACE = "no such place in places.csv"
SEVERAL = "more than one place is called so"
_NUMBER = re.compile(r"0*(\d+)(?:\.0+)?")
# From the largest to the smallest: what lies in a place is of a kind behind it.
_KINDS = ("country", "province", "district", "commune")


@dataclass(frozen=True, eq=False, repr=False)
class Places(Result):
    """The places that facts may speak of.

    Parameters
    ----------
    table : DataFrame
        One row a place: code, place (its label: its own name, with its parent where another place has that name
        too), kind (country, province, district, commune, group), parent, region_vi, region_en, aliases
        (separated by semicolons), first_day and last_day (blank: always, still), name (its own name), own
        (whether the package brings it itself).

    Examples
    --------
    >>> import povertystats as ps
    >>> len(ps.load_facts().places.provinces)
    63
    """

    table: pd.DataFrame

    @property
    def provinces(self) -> list[str]:
        """Labels of the provinces, in the order of their codes."""
        return list(self._provinces)

    @cached_property
    def _provinces(self) -> tuple[str, ...]:
        return tuple(self.table.loc[self.table["kind"] == "province", "place"])

    @cached_property
    def _rows(self) -> list[Any]:
        table = self.table
        if "name" not in table:
            table = table.assign(name=table["place"], own=False)
        return list(table[["code", "place", "kind", "parent", "aliases", "name", "own"]].itertuples())

    @cached_property
    def _by_label(self) -> dict[str, int]:
        return {row.place: at for at, row in enumerate(self._rows)}

    @cached_property
    def _spellings(self) -> list[list[str]]:
        return [
            [spelled(text) for text in (row.name, row.place, *filter(None, str(row.aliases or "").split(";")))]
            for row in self._rows
        ]

    @cached_property
    def _whole(self) -> dict[str, list[tuple[str, int]]]:
        """``{plain spelling: [(spelling, which place)]}`` of every name and alias."""
        found: dict[str, list[tuple[str, int]]] = {}
        for at, spellings in enumerate(self._spellings):
            for text in dict.fromkeys(spellings):
                found.setdefault(plain(text), []).append((text, at))
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
        return {key: self._rows[min(rows)].place for key, rows in every.items() if len(rows) == 1}

    def _called(self, at: int) -> frozenset[str]:
        """Return the kinds by which a place may be called: those in its spellings, else all of its kind."""
        kind = self._rows[at].kind
        said = frozenset().union(*(designated(text)[1] for text in self._spellings[at]))
        if kind == "province":
            return CALLED["province"] | said
        return (said & CALLED[kind] or CALLED[kind]) if kind in CALLED else said

    def _over(self, at: int) -> list[int]:
        """Return the places that one lies in directly: of those with the name of its parent, the larger ones."""
        row = self._rows[at]
        if not row.parent:
            return []
        found = next(filter(None, (rows for rows, _ in self._stages(row.parent))), [])
        return [i for i in found if _above(self._rows[i].kind, row.kind)]

    def _lies_in(self, at: int, parent: str) -> bool:
        """Say whether a place lies in ``parent``, however far above."""
        wanted = {i for rows, _ in self._stages(parent) for i in rows}
        seen, over = set(), [at]
        while over:
            one = over.pop()
            seen.add(one)
            if plain(self._rows[one].parent) == plain(parent) or (wanted & {*self._over(one)}):
                return True
            over += [i for i in self._over(one) if i not in seen]
        return False

    def _foreign(self, at: int) -> bool:
        """Say whether a place of the package's own lies in none of those that come along."""
        seen, over = set(), [at]
        while over:
            one = over.pop()
            seen.add(one)
            if not self._rows[one].own:
                return False
            over += [i for i in self._over(one) if i not in seen]
        return bool(self._rows[at].parent)

    def matching(self, name: object, parent: str | Sequence[str] | None = None) -> list[int]:
        """Return the positions in ``table`` of the places that a name can mean.

        Parameters
        ----------
        name : str
            A label, name, code or alias; "name, parent" and "name (parent)" as well.
        parent : str or sequence of str, optional
            The place, or places, that it lies in.

        Returns
        -------
        list of int
            One where the name is clear, none where there is no such place, several where it has to be asked.
        """
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
        yield [at for spelling, at in rows if spelling == full], []
        yield self._codes.get(full, []), []
        yield [at for spelling, at in rows if agree(spelling, full)], []
        if number := _NUMBER.fullmatch(text.strip()):
            yield self._numbers.get(number[1], []), []
        bare, kinds, within = taken_apart(text)
        rows = [row for row in self._bare.get(plain(bare), []) if not kinds or kinds & self._called(row[1])]
        yield [at for spelling, at in rows if spelling == bare], within
        yield self._codes.get(bare, []) if within else [], within
        yield [at for spelling, at in rows if agree(spelling, bare)], within

    def find(self, name: object, *, parent: str | Sequence[str] | None = None) -> str:
        """Return the one label of a place for any spelling of it.

        Parameters
        ----------
        name : str
            A name, code or alias, in any Unicode form, with or without diacritics, hyphens and what says its kind
            ("Tỉnh", "TP.", "district", "Province of"), which decides between places of one name.
        parent : str or sequence of str, optional
            The place that it lies in, or several; "name, parent" says the same.

        Returns
        -------
        str
            Its label in ``table``.

        Raises
        ------
        NotFound
            There is no such place; the nearest names are suggested.
        InvalidValue
            Several places have this name; they are listed, with their parents and codes.

        Examples
        --------
        >>> import povertystats as ps
        >>> places = ps.load_facts().places
        >>> places.find("bac kan"), places.find("Tỉnh Bắc Cạn"), places.find("TP. Bắc Kạn"), places.find("06")
        ('Bắc Kạn', 'Bắc Kạn', 'TP Bắc Kạn', 'Bắc Kạn')
        """
        found = self.matching(name, parent)
        if len(found) == 1:
            return self._rows[found[0]].place
        within = "" if not parent else f" in {parent if isinstance(parent, str) else ', '.join(parent)}"
        if found:
            raise InvalidValue(f"{name!r}{within}: {SEVERAL}: {self.suggestion(name, parent)}")
        hint = self.suggestion(name, parent)
        raise NotFound(f"there is no place {name!r}{within}{'; ' * bool(hint)}{hint}")

    def suggestion(self, name: object, parent: str | Sequence[str] | None = None) -> str:
        """Return what a name that is unknown, or that several places have, may have meant.

        Parameters
        ----------
        name : str
            Any text.
        parent : str or sequence of str, optional
            The place, or places, that it is said to lie in.

        Returns
        -------
        str
            "did you mean A or B?" or the places to choose from; "" where nothing is near.

        Examples
        --------
        >>> import povertystats as ps
        >>> ps.load_facts().places.suggestion("Thành phố Cao Bằng")
        'did you mean Cao Bằng (province)?'
        """
        if found := self.matching(name, parent):
            return f"did you mean {' or '.join(map(self._described, found))}?"
        bare, kinds, within = taken_apart(str(name))
        same = {at for spelling, at in self._bare.get(plain(bare), []) if kinds or agree(spelling, bare)}
        if same and (kinds or within or parent):
            listed = (f"{self._rows[at].name} ({self._rows[at].kind})" for at in sorted(same))
            return f"did you mean {' or '.join(listed)}?"
        return (did_you_mean(str(name), self.names) or did_you_mean(bare, self.names)).removeprefix("; ")

    def _described(self, at: int) -> str:
        row = self._rows[at]
        return f"{row.name} ({', '.join(filter(None, [row.kind, row.parent and f'in {row.parent}']))}; code {row.code})"

    def _sentence(self) -> str:
        return f"{len(self.table)} places, of which {len(self._provinces)} are provinces"


def _above(one: str, other: str) -> bool:
    return one not in _KINDS or other not in _KINDS or _KINDS.index(one) < _KINDS.index(other)


def joined(ours: pd.DataFrame | None, own: pd.DataFrame) -> pd.DataFrame:
    """Return the places of a package beside those that come along, each with a label of its own.

    A place of the package with the name and kind of one of ours, in the same place or said to lie in none, is that
    one, told anew.
    """
    own = own.assign(name=own["place"], own=ours is not None)
    if ours is not None and len(own):
        known, place = Places(ours), {}
        for row in own.itertuples():
            same = [
                at
                for at in known.matching(row.name)
                if known._rows[at].kind == row.kind
                and (not row.parent or known._lies_in(at, row.parent) or not known._rows[at].parent)
            ]
            place |= {known._rows[at].place: row.name for at in same}
        table = pd.concat([ours[~ours["place"].isin(place)], own], ignore_index=True)
    else:
        table = own if ours is None else ours.copy()
    return table.assign(place=_labels(table))


def _labels(table: pd.DataFrame) -> pd.Series:
    """Return a label for each place: its name; with its parent where another one has it; with its code beyond that."""
    label = table["name"].map(lambda name: " ".join(str(name).split()))
    for more in (table["parent"], table["code"]):
        twice = label.map(spelled).duplicated(keep=False) & (more != "")
        label = label.mask(twice, table["name"] + " (" + more + ")")
    return label
