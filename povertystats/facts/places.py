"""Places: each with its code and one label, found under any of its spellings, never another one's."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from povertystats.words.errors import InvalidValue, NotFound
from povertystats.words.gazetteer import SEVERAL, Entry, Gazetteer
from povertystats.words.names import agree, plain, spelled
from povertystats.words.result import Result

NO_PLACE = "no such place in places.csv"


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
    def gazetteer(self) -> Gazetteer:
        """What texts can mean among these places: positions in ``table``."""
        table = self.table if "name" in self.table else self.table.assign(name=self.table["place"], own=False)
        columns = table[["code", "place", "name", "aliases", "kind", "parent", "own"]]
        return Gazetteer(
            [
                Entry(
                    code, label, name, tuple(filter(None, str(aliases or "").split(";"))), kind, parent, own
                )
                for code, label, name, aliases, kind, parent, own in columns.itertuples(index=False)
            ]
        )

    @property
    def names(self) -> dict[str, str]:
        """``{plain spelling: label}`` of every name, code and alias that one place alone has."""
        return self.gazetteer.names

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
        found = self.gazetteer.matching(name, parent)
        if len(found) == 1:
            return str(self.table["place"].iloc[found[0]])
        within = "" if not parent else f" in {parent if isinstance(parent, str) else ', '.join(parent)}"
        hint = self.gazetteer.suggestion(name, parent)
        if found:
            raise InvalidValue(f"{name!r}{within}: {SEVERAL}: {hint}")
        raise NotFound(f"there is no place {name!r}{within}{'; ' * bool(hint)}{hint}")

    def _sentence(self) -> str:
        return f"{len(self.table)} places, of which {len(self._provinces)} are provinces"


def joined(ours: pd.DataFrame | None, own: pd.DataFrame) -> pd.DataFrame:
    """Return the places of a package beside those that come along, each with a label of its own.

    A place of the package with the name and kind of one of ours, in the same place or said to lie in none, is that
    one, told anew.
    """
    own = own.assign(name=own["place"], own=ours is not None)
    if ours is None or own.empty:
        return _labelled(own if ours is None else ours)
    known, told_anew = Places(ours).gazetteer, set()
    for row in own.itertuples():
        same = [
            at for at in known.matching(row.name, row.parent or None) if ours["kind"].iloc[at] == row.kind
        ]
        told_anew |= {*same}
        spellings = [row.aliases, *ours.iloc[same][["name", "aliases"]].to_numpy().ravel()]
        own.at[row.Index, "aliases"] = ";".join(filter(None, spellings))
    return _labelled(pd.concat([ours.drop(ours.index[[*told_anew]]), own], ignore_index=True))


def relabelled(named: pd.Series, places: pd.DataFrame) -> pd.Series:
    """Return names of places that come along by their labels beside those of a package; semicolons part several."""
    label = dict(places.loc[~places["own"], ["name", "place"]].itertuples(index=False))
    own = places[places["own"]]
    known = Places(own).gazetteer

    def now(name: str) -> str:
        told_anew = [] if name in label else known.matching(name)
        return str(own["place"].iloc[told_anew[0]]) if told_anew else label.get(name, name)

    return named.map({text: ";".join(map(now, text.split(";"))) for text in named.unique()})


def _labelled(table: pd.DataFrame) -> pd.DataFrame:
    """Give each place a label: its name; with its parent where another may be called so; with its code beyond that."""
    label = table["name"].map(lambda name: " ".join(str(name).split()))
    for more in (table["parent"], table["code"]):
        label = label.mask(_confusable(label) & (more != ""), table["name"] + " (" + more + ")")
    return table.assign(place=label)


def _confusable(label: pd.Series) -> pd.Series:
    """Say of each label whether another one is spelled so, or may be so without diacritics."""
    text = label.map(spelled)
    for _, alike in text[text.map(plain).duplicated(keep=False)].groupby(text.map(plain)):
        for at, one in alike.items():
            text[at] = "" if any(agree(one, other) for other in alike.drop(at)) else one
    return text == ""
