"""Places: each with its code and one label, found under any of its spellings, never another one's."""

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import pandas as pd

from povertystats.files.identity import KINDS, Identity
from povertystats.files.problems import Problem
from povertystats.frames.parents import became, earlier_parents, parents_on
from povertystats.words.designations import taken_apart
from povertystats.words.errors import InvalidValue, NotFound
from povertystats.words.gazetteer import SEVERAL, Entry, Gazetteer
from povertystats.words.names import agree, plain, spelled
from povertystats.words.result import Result

NO_PLACE = "no such place in places.csv"
CHANGES = ["day", "place", "into", "part", "out_of", "code", "decision"]


@dataclass(frozen=True, eq=False, repr=False)
class Places(Result):
    """The places that facts may speak of.

    Parameters
    ----------
    table : DataFrame
        One row a place: code, place (its label: its own name, with its parent where another place has that name
        too), kind (country, province, district, commune, group), parent, region_vi, region_en, aliases (separated by
        semicolons), first_day and last_day (blank: always, still), name (its own), own (whether the package brings
        it itself), of (where the name stands for another territory as well: the place whose other territory it is).
    changes : DataFrame, optional
        What joined, moved or gave a part to what (territory.csv): day, place, into, part, out_of, code, decision.
    identity : Identity, optional
        The words that the package has for its kinds of place.

    Examples
    --------
    >>> import povertystats as ps
    >>> len(ps.load_facts().places.provinces)
    63
    """

    table: pd.DataFrame
    changes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=CHANGES))
    identity: Identity = Identity()  # noqa: RUF009

    def word(self, kind: str, lang: str, many: bool = False) -> str:
        """Return the package's word for a kind of place, else the language's usual one.

        Parameters
        ----------
        kind : {"country", "province", "district", "commune", "group"}
            The kind.
        lang : str
            "vi", "en" or a language file.
        many : bool, default False
            For several of them.

        Returns
        -------
        str
            The word.

        Examples
        --------
        >>> import povertystats as ps
        >>> ps.load_facts().places.word("province", "en", many=True)
        'provinces'
        """
        return self.identity.word(kind, lang, many=many)

    @property
    def provinces(self) -> list[str]:
        """Labels of the provinces (of districts, without any), by code, each of the territory that its row speaks of."""
        return list(self._provinces)

    @cached_property
    def _provinces(self) -> tuple[str, ...]:
        rows = self.table["kind"] == next((k for k in KINDS[1:] if (self.table["kind"] == k).any()), "")
        return tuple(self.table.loc[rows & (self.table["of"] == "" if "of" in self.table else True), "place"])

    def territories(self, labels: Sequence[str]) -> list[str]:
        """Return labels of places with those of the same places' other territories.

        Parameters
        ----------
        labels : sequence of str
            Labels of places.

        Returns
        -------
        list of str
            These, then the others.

        Examples
        --------
        >>> import povertystats as ps
        >>> ps.load_facts().places.territories(["Bắc Kạn", "Thái Nguyên"])
        ['Bắc Kạn', 'Thái Nguyên', 'Thái Nguyên (2025–)']
        """
        return [*labels, *(other for label in labels for other in self._territories.get(label, ()))]

    @cached_property
    def _territories(self) -> dict[str, list[str]]:
        """{place: its other territories}."""
        others = self.table[self.table["of"] != ""] if "of" in self.table else self.table[:0]
        return others.groupby("of", sort=False)["place"].agg(list).to_dict() if len(others) else {}

    @cached_property
    def kin(self) -> dict[str, tuple[str, str, str]]:
        """{place: its kind, the place that it lies in, the one whose territory it is}, for many questions."""
        of = self.table["of"].where(self.table["of"] != "", self.table["place"])
        rows = zip(self.table["kind"], self.table["parent"], of, strict=True)
        return dict(zip(self.table["place"], rows, strict=True))

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """What texts can mean among these places: positions in ``table``."""
        table = self.table if "name" in self.table else self.table.assign(name=self.table["place"], own=False)
        if "of" in table:  # another territory is found by its label alone, and not by the name that it shares
            table = table.assign(code=table["code"].where(table["of"] == "", ""))
        rows = table[["code", "place", "name", "aliases", "kind", "parent", "own"]].itertuples(index=False)
        several = (tuple(filter(None, str(aliases or "").split(";"))) for aliases in table["aliases"])
        lay = earlier_parents(table.assign(parent=table.get("given", table["parent"])), self.changes)
        entries = (row._replace(aliases=one) for row, one in zip(rows, several, strict=True))
        return Gazetteer([replace(Entry(*row), earlier=lay.get(str(row.place), ())) for row in entries])

    @cached_property
    def _labels(self) -> frozenset[str]:
        return frozenset(self.table["place"])

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
        ('Bắc Kạn', 'Bắc Kạn', 'TP. Bắc Kạn', 'Bắc Kạn')
        """
        if parent is None and isinstance(name, str) and name in self._labels:
            return name
        found = self.gazetteer.matching(name, parent)
        if len(found) == 1:
            return str(self.table["place"].iloc[found[0]])
        within = "" if not parent else f" in {parent if isinstance(parent, str) else ', '.join(parent)}"
        hint = self.gazetteer.suggestion(name, parent)
        if found:
            raise InvalidValue(f"{name!r}{within}: {SEVERAL}: {hint}")
        bare = taken_apart(str(name))[0]
        gone = self.changes.loc[~self.changes["place"].isin(self.table["place"]), "place"]
        gone = gone[gone.map(lambda text: agree(spelled(text), bare)).astype(bool)]
        hint = became(gone.iloc[0], self.changes) if len(gone) else hint
        raise NotFound(f"there is no place {name!r}{within}{'; ' * bool(hint)}{hint}")

    def _sentence(self) -> str:
        kind = self.kin[self._provinces[0]][0] if self._provinces else "province"
        return f"{len(self.table)} places, of which {len(self._provinces)} are {self.word(kind, 'en', many=True)}"


def placed(places: Places, day: datetime.date | None) -> Places:
    """Return places, each in the one that it lay in on a day; without a day, as places.csv says."""
    given = places.table.get("given", places.table["parent"])
    whole = places.table.assign(parent=given)
    lay = given if day is None else parents_on(whole, places.changes, pd.Timestamp(day))
    if lay.equals(places.table["parent"]):
        return places
    return replace(places, table=places.table.assign(parent=lay, given=given))


def joined(ours: pd.DataFrame | None, brought: pd.DataFrame | None) -> pd.DataFrame:
    """Return the places of a package beside those that come along, each with a label of its own.

    A place of the package with the name and kind of one of ours, in the same place or said to lie in none, is that
    one, told anew.
    """
    if ours is not None and "of" in ours:
        of = ours["of"].where(ours["of"] != "", ours["place"])
        last = (
            ours.sort_values("first_day", na_position="first")
            .groupby(of)["last_day"]
            .apply(lambda x: x.iloc[-1])
        )
        ours = ours[ours["of"] == ""].drop(columns="of").assign(last_day=lambda t: t["place"].map(last))
    if brought is None:
        return _labelled(ours)
    own = brought.assign(name=brought["place"], own=ours is not None)
    if ours is None:
        return _labelled(own)
    known, told_anew = Places(ours).gazetteer, set()
    kinds, names, spellings = ours["kind"].tolist(), ours[["name", "aliases"]].to_numpy(object), list[str]()
    for row in own.itertuples():
        same = [at for at in known.matching(row.name, row.parent or None) if kinds[at] == row.kind]
        told_anew |= {*same}
        spellings.append(";".join(filter(None, [row.aliases, *names[same].ravel()])))
        for column in {"first_day", "last_day"} & {*own} if same else ():
            if pd.isna(own.at[row.Index, column]):
                own.at[row.Index, column] = ours[column].iloc[same[0]]
    own["aliases"] = pd.Series(spellings, own.index, own["aliases"].dtype)
    return _labelled(pd.concat([ours.drop(ours.index[[*told_anew]]), own], ignore_index=True))


def check_places(places: pd.DataFrame) -> Iterator[Problem]:
    """Yield a Problem for every place that stands twice, lies in itself or in one of several, or has a code for a name."""
    places = places[places["of"] == ""] if "of" in places else places
    own = places[places["own"]] if places["own"].any() else places
    known = Places(places).gazetteer
    key = own["name"].map(plain) + "|" + own["kind"] + "|" + own["parent"].map(plain)
    for twice, column, rule in (
        (own["code"].map(plain), "code", "the code of {first} as well"),
        (key.where(~own["code"].map(plain).duplicated(keep=False)), "place", "{first} has this name, kind and parent as well"),
    ):  # fmt: skip
        for _, rows in own[twice.notna() & twice.duplicated(keep=False)].groupby(twice):
            for row in rows.iloc[1:].itertuples():
                first = rows.iloc[0]
                where = f"{first['name']} ({first['file']}, row {first['row']})"
                yield Problem(row.file, row.row, column, getattr(row, column), rule.format(first=where))
    # Codes hold digits and no blanks, names blanks or letters with diacritics and no digits.
    codes, names = own["name"].str.fullmatch(r"\S*\d\S*"), ~own["code"].str.contains(r"\d")
    if (codes & names).all() and own["code"].str.contains(r"[^!-~]").any():
        row = own.iloc[0]
        rule, hint = "a code, and its code is a name", "are the columns place and code swapped?"
        yield Problem(row["file"], row["row"], "place", row["name"], rule, hint)
    for row in own[own["parent"].str.contains(";")].itertuples():
        rule, hint = "one place lies in one other", "names parted by semicolons are aliases"
        yield Problem(row.file, row.row, "parent", row.parent, rule, hint)
    for label, rule, suggestion in known.wrong_parents():
        for row in own[own["place"] == label].itertuples():
            yield Problem(row.file, row.row, "parent", row.parent, rule, suggestion)


def renaming(places: pd.DataFrame) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return what names the places in a table of ours by their labels beside those of a package; semicolons part several."""
    own = places[places["own"]]
    if own.empty:
        return lambda table: table
    label = dict(places.loc[~places["own"], ["name", "place"]].itertuples(index=False))
    known = Places(own).gazetteer

    @cache
    def now(name: str) -> str:
        told_anew = [] if name in label else known.matching(name)
        return str(own["place"].iloc[told_anew[0]]) if told_anew else label.get(name, name)

    def told(table: pd.DataFrame) -> pd.DataFrame:
        columns = {}
        for column in {"place", "where", "into"} & {*table}:
            by_text = {text: ";".join(map(now, text.split(";"))) for text in table[column].unique()}
            columns[column] = table[column].map(by_text)
        return table.assign(**columns)

    return told


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
