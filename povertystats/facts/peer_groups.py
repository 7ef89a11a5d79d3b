"""Which places teach how a rate moves, and which rate pages speak of."""

from __future__ import annotations

from collections.abc import Iterator
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
        return say("peers.within" if self.within[lang] else "peers.all", lang, **about)

    def _sentence(self) -> str:
        return self.text("en")


class Compared(Tables):
    """What is asked of the tables of a package: peers, and the rate that pages speak of."""

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
        'Peers are 62 provinces of Viet Nam: Households that use electricity (GSO) (survey), 2006 to 2016.'
        """
        self._about([indicator])
        return _group(self, indicator, "" if place is None else self.places.find(place))

    def outcome(self, place: str) -> str | None:
        """Return the indicator that pages speak of in a place.

        Parameters
        ----------
        place : str
            Any spelling of the place.

        Returns
        -------
        str or None
            That of its first target, of one called "poverty" before others, where it is a rate in per cent with
            figures; else the outcome of the package (``role`` in indicators.csv) with the latest figure there; where
            the package names none, the rate in per cent with most figures. None where there are no figures.

        Raises
        ------
        NotFound
            The place is unknown.
        InvalidValue
            Several places have this name.

        Examples
        --------
        >>> import povertystats as ps
        >>> known = ps.load_facts().as_of("2020-05-07")
        >>> known.outcome("Bắc Kạn"), known.outcome("Cao Bằng")
        ('poor_household_pct', 'poor_multidim_pct')
        """
        return _outcome(self, self.places.find(place))


@remembered
def _outcome(facts: Compared, place: str) -> str | None:
    about, rows = facts.indicators.set_index("indicator"), panels.outcomes(facts.table)
    rates = about.index[about["unit"] == "pct"]
    rows = rows[rows["place"].isin(facts.places.territories([place])) & rows["indicator"].isin(rates)]
    rows = rows[rows["place"] == latest_territory(facts.places, place, rows["place"], None)]
    figures = rows.groupby("indicator")["year"].agg(["nunique", "max"]).reindex(rates).dropna()
    setters = {name: facts.places.find(name) for name in facts.targets["where"].unique()}
    targets = facts.targets[facts.targets["where"].map(setters) == place]
    first = sorted(targets["target"].unique(), key=lambda name: name != "poverty")[:1]
    for indicator in targets.loc[targets["target"].isin(first), "indicator"]:
        if indicator in figures.index:
            return str(indicator)
    role = about["role"].reindex(figures.index)
    named, column = figures[role == "outcome"], "max"
    if not (about["role"] == "outcome").any():
        named, column = figures[role == ""], "nunique"
        named = named if len(named) else figures
    return str(named[column].idxmax()) if len(named) else None


def _group(facts: Compared, indicator: str, place: str) -> PeerGroup:
    table = facts.places.table.set_index("place")
    kind, parent = table.loc[place, ["kind", "parent"]] if place else ("", "")
    # Sisters have the same peers: they are put together once.
    panel, names, kind, parent = _panel(facts, indicator, kind, parent, place)
    country = plain(parent) in ("", *map(plain, facts.country.values())) or _is_country(table, parent)
    within = facts.country if country else Words(en=parent)
    titles = tuple(_with_instrument(facts, name) for name in names)
    # A place counts once, whatever territories it had.
    whole = table["of"].where(table["of"] != "", table.index).to_dict()
    others = {whole[name] for name in panel["place"].unique()} - {whole.get(place)}
    within = facts.country if country else Words(en=parent)
    return PeerGroup(
        panel, indicator, place, len(others), names, kind, parent, titles, within, facts.identity
    )


@remembered
def _panel(
    facts: Compared, indicator: str, kind: str, parent: str, place: str
) -> tuple[pd.DataFrame, tuple[str, ...], str, str]:
    """Return the peers as a panel, their indicators, the kind of places and the parent of all of them."""
    rebased = facts._by_indicator["rebased"]
    declared = [name for name in facts._by_indicator.at[indicator, "peers"].split(";") if name]
    same = declared if indicator in declared else [indicator]
    rows = panels.outcomes(facts.table)
    rows = rows[rows["indicator"].isin({*same, *declared}) & (rows["unit"] == "pct")]
    table = facts.places.table.set_index("place")
    rows = rows.assign(**{name: rows["place"].map(table[name]) for name in ("kind", "parent")})
    for names, of, within, fallback in _candidates(same, declared, kind, parent, [*rows["kind"].unique()]):
        there = rows[rows["indicator"].isin(names) & (rows["kind"] == of)]
        there = there if not within else there[there["parent"].map(plain) == plain(within)]
        panel = panels.by_basis(there, rebased)
        if (fallback and len(panel)) or _enough(panel, place):
            found = {name.partition("@")[0] for name in panel.columns[2:]}
            return panel, tuple(name for name in names if name in found), of, within
    return panels.by_basis(rows[:0], rebased), (), "", ""


def _candidates(
    same: list[str], declared: list[str], kind: str, parent: str, kinds: list[str]
) -> Iterator[tuple[list[str], str, str, bool]]:
    """Yield who may teach, the best first: indicators, kind of places, their parent; whether few of them will do."""
    larger = [one for one in KINDS[1:] if one in kinds]
    own = kind or next(iter(larger), "")
    for names in (same, *([declared] if declared and declared != same else [])):
        yield from ((names, own, within, False) for within in dict.fromkeys((parent, "")))
    for other in dict.fromkeys((own, *larger)):
        yield declared, other, "", True


def _enough(panel: pd.DataFrame, place: str) -> bool:
    others = panel[panel["place"] != place]
    figures = others.drop(columns="year").groupby("place").count().max(axis=1)
    return int((figures >= FIGURES).sum()) >= ENOUGH


def _is_country(table: pd.DataFrame, label: str) -> bool:
    return label in table.index and bool((table.loc[[label], "kind"] == "country").any())


def _with_instrument(facts: Compared, indicator: str) -> Words:
    """Return the short name of an indicator, with what measures it where that is said."""
    by = facts._by_indicator.at[indicator, "instrument"]
    titles = facts.titles(indicator, short=True)
    return Sentence("peers.by", title=titles, by=Sentence(f"instrument.{by}")) if by else titles
