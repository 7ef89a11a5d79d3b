"""The rates of a package: which places teach how one moves, how they are named, and which one pages speak of."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pandas as pd

from povertystats.facts import panels
from povertystats.facts.memory import remembered
from povertystats.facts.tables import Tables
from povertystats.facts.territory import latest_territory
from povertystats.files.identity import KINDS, Identity
from povertystats.words.languages import Words, check
from povertystats.words.names import plain
from povertystats.words.result import Result
from povertystats.words.wording import Sentence, say

# Other places with so many figures each, by one instrument and standard, are enough to teach (``fit_peers``).
ENOUGH, FIGURES = 3, 3
# A target of this code is the main one of its place; where there is none, the first.
MAIN = "poverty"


@dataclass(frozen=True, eq=False, repr=False)
class PeerGroup(Result):
    """The places whose past figures teach how a rate moves in one place.

    Parameters
    ----------
    table : DataFrame
        Columns place, year and one a peer and basis (``Facts.peers``), in per cent, the own first.
    indicator : str
        The indicator that they teach about.
    place : str
        The place that they are the peers of; "" where none was asked for.
    places : int
        How many other places have figures.
    indicators : tuple of str
        Whose figures they are.
    kind : str
        The kind of the places ("province", ...); "" without any.
    parent : str
        The place in which all of them lie, "" for all of the kind.
    titles : tuple of Words
        The names of ``indicators``, short, each with its instrument, and for how many where not for all places.
    instruments : dict of str to str
        {column of ``table``: what measures it} (indicators.csv), "" where that is not said.
    within, identity : Words, Identity
        The name of ``parent``, or of the country; the words of the package.

    Examples
    --------
    >>> import povertystats as ps
    >>> group = ps.load_facts().as_of("2020-05-07").peer_group("poor_household_pct", place="Bắc Kạn")
    >>> group.places, group.kind, group.first_year, group.last_year, group.own
    (62, 'province', 2006, 2019, False)
    """

    table: pd.DataFrame
    indicator: str
    place: str
    places: int
    indicators: tuple[str, ...]
    kind: str
    parent: str
    titles: tuple[Words, ...]
    instruments: dict[str, str]
    within: Words
    identity: Identity

    @property
    def own(self) -> bool:
        """Whether the same indicator is among them, and all are measured by its instrument."""
        return self.indicator in self.indicators and len({*self.instruments.values()}) == 1

    @property
    def first_year(self) -> int | None:
        """The first year with a figure."""
        return int(self.table["year"].min()) if len(self.table) else None

    @property
    def last_year(self) -> int | None:
        """The last year with a figure."""
        return int(self.table["year"].max()) if len(self.table) else None

    def text(self, lang: str = "vi") -> str:
        """Return in a sentence who the peers are.

        Parameters
        ----------
        lang : str, default "vi"
            "vi", "en" or a language file.

        Returns
        -------
        str
            Their number, kind and country, what was measured by which instrument, the years; that there are none.
        """
        check(lang)
        if not self.places:
            return say("peers.none", lang)
        about: dict[str, object] = {"n": self.places, "first": self.first_year, "last": self.last_year}
        about["kinds"] = self.identity.word(self.kind, lang, many=self.places > 1)
        about |= {"titles": "; ".join(title[lang] for title in self.titles), "within": self.within[lang]}
        among = self.place in {*self.table["place"]}
        about["too"] = say("peers.too", lang, place=self.place) if among else ""
        return say("peers.within" if self.within[lang] else "peers.all", lang, **about)

    def _sentence(self) -> str:
        return self.text("en")


class Compared(Tables):
    """What is asked of the tables of a package about others: peers."""

    def peers(self, indicator: str, place: str | None = None) -> pd.DataFrame:
        """Return the figures of other places that teach how ``indicator`` moves: its peers, in percent.

        Parameters
        ----------
        indicator : str
            Its name in ``indicators.csv``.
        place : str, optional
            The place whose peers are asked for: those of its own kind, first the ones under the same parent. By
            default those of the largest kind with figures.

        Returns
        -------
        DataFrame
            Columns place, year and one a peer and basis: figures under two poverty standards, or from before and
            after an indicator was re-based, stand in columns of their own (``name@standard``, ``name@year``).
            Without peers or figures there is no such column.

        Raises
        ------
        NotFound, InvalidValue
            The indicator or place is unknown; several places have this name.

        Notes
        -----
        The same indicator, however few figures, and what is declared beside it (column ``peers`` of indicators.csv), in
        places of the same kind, where three others have three figures each; else in places of another kind where what is
        declared has figures; else none. Bounds teach nothing. The place's own figures are among them where it is one.

        Examples
        --------
        >>> import povertystats as ps
        >>> ps.load_facts().peers("trained_labour_pct").columns.tolist()
        ['place', 'year', 'trained_pct', 'trained_pct@2015']
        """
        return self.peer_group(indicator, place).table

    def peer_group(self, indicator: str, place: str | None = None) -> PeerGroup:
        """Return the peers of an indicator in a place with what names them.

        Parameters
        ----------
        indicator : str
            Its name in ``indicators.csv``.
        place : str, optional
            As for ``peers``.

        Returns
        -------
        PeerGroup
            Its ``text`` says in a sentence who they are.

        Raises
        ------
        NotFound
            The indicator or place is unknown.

        Examples
        --------
        >>> import povertystats as ps
        >>> ps.load_facts().as_of("2020-05-07").peer_group("electricity_pct", place="Lai Châu").text("en")
        'Peers, the places it is compared with, are 62 provinces of Viet Nam: the share of households that use electricity (survey), 2006 to 2016; the comparable series are theirs and those of Lai Châu itself.'
        """
        self._described(indicator)
        return _group(self, indicator, "" if place is None else self.places.find(place))


@remembered
def spoken_of(facts: Compared, place: str) -> str | None:
    """Return what ``Facts.outcome`` does, for the label of a place."""
    about, figures = facts._by_indicator, _figures(facts)
    place = latest_territory(facts.places, place, figures.keys(), None)
    mine = figures.get(place, figures[""])
    mine = mine.reindex(about.index[about.index.isin(mine.index)])
    targets = targets_of(facts).get(place, [])
    for name, indicator, _ in targets:
        if name == targets[0][0] and indicator in mine.index:
            return indicator
    role = about["role"].reindex(mine.index)
    named, column = mine[role == "outcome"], "max"
    named = named[named["most"] >= FIGURES] if (named["most"] >= FIGURES).any() else named
    if not (about["role"] == "outcome").any():
        named, column = mine[role == ""], "nunique"
        named = named if len(named) else mine
    return str(named[column].idxmax()) if len(named) else None


@remembered
def targets_of(facts: Compared) -> dict[str, list[tuple[str, str, int]]]:
    """Return {place: the code, indicator and year of its targets, the main one before others}."""
    setters = {name: facts.places.find(name) for name in facts.targets["where"].unique()}
    found: dict[str, list[tuple[str, str, int]]] = {}
    for row in sorted(facts.targets.itertuples(), key=lambda row: row.target != MAIN):
        found.setdefault(setters[row.where], []).append((row.target, row.indicator, int(row.year)))
    return found


@remembered
def _rates(facts: Compared) -> pd.DataFrame:
    """Return the figures in per cent of what happened, no bounds, each with the kind of its place and where that lies."""
    rows = panels.outcomes(facts.table)
    rows = rows[(rows["unit"] == "pct") & (rows["bound"] == "")]
    kind, within = ({place: of[at] for place, of in facts.places.kin.items()} for at in (0, 1))
    return rows.assign(kind=rows["place"].map(kind), within=rows["place"].map(within).map(plain))


@remembered
def _figures(facts: Compared) -> dict[str, pd.DataFrame]:
    """Return {place: how many years have a figure, the last of them, the most under one standard} of rates; "" of no place."""
    rates, key = _rates(facts), ["place", "indicator"]
    found = rates.groupby(key)["year"].agg(["nunique", "max"])
    found["most"] = rates.groupby([*key, "standard"])["year"].nunique().groupby(level=[0, 1]).max()
    return {"": found[:0].droplevel(0)} | {str(at): of.droplevel(0) for at, of in found.groupby(level=0)}


@remembered
def _group(facts: Compared, indicator: str, place: str) -> PeerGroup:
    kind, parent, whole = facts.places.kin[place] if place else ("", "", "")
    declared = tuple(filter(None, (about := facts._by_indicator).at[indicator, "peers"].split(";")))
    names = declared if indicator in declared else (indicator, *declared)
    for of, within, few in _candidates(kind, parent, _kinds(facts, names), bool(declared)):
        panel, enough, others = _panel(facts, names if of else (), of, plain(within))
        if not of or (few and _panel(facts, declared, of, "")[2]) or len(enough - {place}) >= ENOUGH:
            break
    country = plain(within) in {"", *map(plain, facts.country.values())}
    country = country or facts.places.kin.get(within, ("",))[0] == "country"
    by = {name: str(about.at[name.partition("@")[0], "instrument"]) for name in panel.columns[2:]}
    panel = panel.copy(deep=False)
    panel.attrs["instruments"] = by | {indicator: str(about.at[indicator, "instrument"])}
    count = len(set().union(*others.values()) - {whole})
    titles = tuple(_title(facts, name, len(of_it - {whole}), count) for name, of_it in others.items())
    there, whose = tuple(others), facts.country if country else Words(en=within)
    return PeerGroup(panel, indicator, place, count, there, of, within, titles, by, whose, facts.identity)


@remembered
def _kinds(facts: Compared, names: tuple[str, ...]) -> tuple[str, ...]:
    rows = _rates(facts)
    return tuple(rows.loc[rows["indicator"].isin(names), "kind"].unique())


@remembered
def _panel(
    facts: Compared, names: tuple[str, ...], kind: str, within: str
) -> tuple[pd.DataFrame, set[str], dict[str, set[str]]]:
    """Return the figures of places of a kind as peers, once for all sisters: which have enough, which have each indicator.

    A place counts once, whatever territories it had. What one place alone has is left out where others teach as well.
    """
    rows = _rates(facts)
    rows = rows[rows["indicator"].isin(names) & (rows["kind"] == kind)]
    panel = panels.by_basis(rows[(rows["within"] == within) | (within == "")], facts._by_indicator["rebased"])
    whole = panel["place"].map({label: kin[2] for label, kin in facts.places.kin.items()})
    others: dict[str, set[str]] = {}
    for column in sorted(panel.columns[2:], key=lambda one: names.index(one.partition("@")[0])):
        found = {*whole[panel[column].notna()]}
        if len(found) > (len(names) > 1):
            panel[column] = panel.pop(column)
            others.setdefault(column.partition("@")[0], set()).update(found)
        else:
            del panel[column]
    panel = panel.dropna(subset=panel.columns[2:], how="all", ignore_index=True)
    figures = panel.drop(columns="year").groupby("place").count().max(axis=1)
    return panel, {*figures.index[figures >= FIGURES]}, others


def _candidates(
    kind: str, parent: str, kinds: Collection[str], more: bool
) -> Iterator[tuple[str, str, bool]]:
    """Yield who may teach, the best first: the kind of places, their parent, whether few will do; at last nobody."""
    larger = [one for one in KINDS[1:] if one in kinds]
    own = kind or next(iter(larger), "")
    yield from ((own, within, False) for within in dict.fromkeys((parent, "")))
    yield from ((other, "", True) for other in dict.fromkeys((own, *larger)) if more)
    yield "", "", True


def _title(facts: Compared, indicator: str, n: int, every: int) -> Words:
    """Return the short name of an indicator, with what measures it where that is said, and for how many where not for all."""
    by, title = facts._by_indicator.at[indicator, "instrument"], facts.titles(indicator, short=True)
    title = Sentence("peers.by", title=title, by=Sentence(f"instrument.{by}")) if by else title
    return title if n == every else Sentence("peers.some", title=title, n=n)
