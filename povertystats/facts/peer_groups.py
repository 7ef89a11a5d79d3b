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
        Columns place, year and one a peer and basis (``Facts.peers``), in per cent.
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
        The names of ``indicators``, short, each with its instrument.
    within : Words
        The name of ``parent``, or of the country.
    identity : Identity
        The words of the package.

    Examples
    --------
    >>> import povertystats as ps
    >>> group = ps.load_facts().as_of("2020-05-07").peer_group("poor_household_pct", place="Bắc Kạn")
    >>> group.places, group.kind, group.first_year, group.last_year, group.own
    (62, 'province', 2006, 2018, False)
    """

    table: pd.DataFrame
    indicator: str
    place: str
    places: int
    indicators: tuple[str, ...]
    kind: str
    parent: str
    titles: tuple[Words, ...]
    within: Words
    identity: Identity

    @property
    def own(self) -> bool:
        """Whether figures of the same indicator are among them."""
        return self.indicator in self.indicators

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
            Their number, kind and country, what was measured by which instrument, the years; or that there are none.
        """
        check(lang)
        if not self.places:
            return say("peers.none", lang)
        about: dict[str, object] = {"n": self.places, "first": self.first_year, "last": self.last_year}
        about["kinds"] = self.identity.word(self.kind, lang, many=self.places > 1)
        about |= {"titles": "; ".join(title[lang] for title in self.titles), "within": self.within[lang]}
        among = self.place and (self.table["place"] == self.place).any()
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
        NotFound
            The indicator or place is unknown.
        InvalidValue
            Several places have this name.

        Notes
        -----
        The same indicator in places of the same kind, and what the package declares beside it (column ``peers`` of
        indicators.csv), where three other places have three figures each; else what the package declares alone; else
        none. The place's own figures are among them where it is one of these places. ``peer_group`` names them.

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
        'Peers are 62 provinces of Viet Nam: Households that use electricity (GSO) (survey), 2006 to 2016; the comparable series are theirs and those of Lai Châu itself.'
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
    kinds, parents, _ = zip(*facts.places.kin.values(), strict=True)
    within = dict(zip(facts.places.kin, map(plain, parents), strict=True))
    kind = dict(zip(facts.places.kin, kinds, strict=True))
    return rows.assign(kind=rows["place"].map(kind), within=rows["place"].map(within))


@remembered
def _figures(facts: Compared) -> dict[str, pd.DataFrame]:
    """Return {place: how many years have a figure, the last of them, the most under one standard} of rates; "" of no place."""
    rates, key = _rates(facts), ["place", "indicator"]
    found = rates.groupby(key)["year"].agg(["nunique", "max"])
    found["most"] = rates.groupby([*key, "standard"])["year"].nunique().groupby(level=[0, 1]).max()
    return {
        "": found.iloc[:0].droplevel(0),
        **{str(at): of.droplevel(0) for at, of in found.groupby(level=0)},
    }


@remembered
def _group(facts: Compared, indicator: str, place: str) -> PeerGroup:
    kind, parent, whole = facts.places.kin[place] if place else ("", "", "")
    declared = tuple(name for name in facts._by_indicator.at[indicator, "peers"].split(";") if name)
    same = declared if indicator in declared else (indicator,)
    kinds = _kinds(facts, (*same, *declared))
    for names, of, within, few in [*_candidates(same, declared, kind, parent, kinds), ((), "", "", True)]:
        panel, there, enough, others = _panel(facts, names, of, plain(within))
        if not names or (few and others) or len(enough - {place}) >= ENOUGH:
            break
    country = plain(within) in ("", *map(plain, facts.country.values()))
    country = country or facts.places.kin.get(within, ("",))[0] == "country"
    named = facts.country if country else Words(en=within)
    titles, count = tuple(_with_instrument(facts, name) for name in there), len(others - {whole})
    return PeerGroup(panel, indicator, place, count, there, of, within, titles, named, facts.identity)


@remembered
def _kinds(facts: Compared, names: tuple[str, ...]) -> tuple[str, ...]:
    rows = _rates(facts)
    return tuple(rows.loc[rows["indicator"].isin(names), "kind"].unique())


@remembered
def _panel(
    facts: Compared, names: tuple[str, ...], kind: str, within: str
) -> tuple[pd.DataFrame, tuple[str, ...], set[str], set[str]]:
    """Return the figures of places of a kind as peers, once for all sisters: with what is in them, and which places.

    The places: those with enough figures, and all of them, each once whatever territories it had.
    """
    rows = _rates(facts)
    rows = rows[rows["indicator"].isin(names) & (rows["kind"] == kind)]
    panel = panels.by_basis(rows[(rows["within"] == within) | (within == "")], facts._by_indicator["rebased"])
    figures = panel.drop(columns="year").groupby("place").count().max(axis=1)
    there = {name.partition("@")[0] for name in panel.columns[2:]}
    whole = {facts.places.kin[label][2] for label in panel["place"].unique()}
    return panel, tuple(name for name in names if name in there), {*figures.index[figures >= FIGURES]}, whole


def _candidates(
    same: tuple[str, ...], declared: tuple[str, ...], kind: str, parent: str, kinds: Collection[str]
) -> Iterator[tuple[tuple[str, ...], str, str, bool]]:
    """Yield who may teach, the best first: indicators, kind of places, their parent; whether few of them will do."""
    larger = [one for one in KINDS[1:] if one in kinds]
    own = kind or next(iter(larger), "")
    for names in (*([declared] if declared and declared != same else []), same):
        yield from ((names, own, within, False) for within in dict.fromkeys((parent, "")))
    for other in dict.fromkeys((own, *larger)):
        yield declared, other, "", True


def _with_instrument(facts: Compared, indicator: str) -> Words:
    """Return the short name of an indicator, with what measures it where that is said."""
    by = facts._by_indicator.at[indicator, "instrument"]
    titles = facts.titles(indicator, short=True)
    return Sentence("peers.by", title=titles, by=Sentence(f"instrument.{by}")) if by else titles
