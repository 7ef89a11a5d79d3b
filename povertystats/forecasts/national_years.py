"""The chance of an event by what kind of year all places have: a good, an ordinary, a bad one, one as bad as the worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, stdtr

from povertystats.forecasts.joint import Event, probability_of_all
from povertystats.words.errors import InvalidValue
from povertystats.words.phrases import together
from povertystats.words.result import Plotted
from povertystats.words.wording import check, number, probability, say

if TYPE_CHECKING:
    from povertystats.facts.peer_groups import PeerGroup
    from povertystats.forecasts.forecast import Forecast

# One year in six is better than a good year and one in six worse than a bad one, to the nearest whole number: Φ(−1) = .159.
KINDS = {"good": -1.0, "ordinary": 0.0, "bad": 1.0}
# What all places share is hardly worth a word below this share of the variance.
HARDLY = 0.10
# Below so many known yearly changes, counting tells next to nothing of the next one.
_FEWEST = 3


@dataclass(frozen=True, eq=False, repr=False)
class NationalYears(Plotted):
    """How the chance of an event hangs on what kind of year all places have, by ``Forecast.by_national_year``.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a kind of year ("good", "ordinary", "bad" for the event, then "worst" where enough years are known): shock, in
        standard deviations of what all places share, above 0 where rates are higher; probability, 0 to 1.
    probability : float
        The probability over all kinds of year, the answer itself, 0 to 1.
    shared : float
        The share of the forecast's variance that is the kind of year, 0 to 1.
    years : tuple of int
        The years ahead, the last one that of the event.
    known : int
        How many yearly changes of what all places share are known; 0 where they are too few to count.
    worst_year : int, optional
        The worst of them for the event.
    group : PeerGroup, optional
        The places that share such years.
    in_points : NationalYears, optional
        The same on the scale of points, where that says so much else that neither is told alone.

    Notes
    -----
    By the copula of ``probability_of_all``: a good year helps the event by one standard deviation, so that one year in
    six is better, and one in six worse than a bad one. The table's three chances are not its average: that is
    ``probability``, over all shocks.

    "worst" is a scenario apart from the answer and never mixed into it. If yearly changes come in any order, the next one
    is worse than all n known ones with probability 1/(n + 1). Its shock is the largest known departure of a year's change
    from the mean of its series, measured by the forecast's distribution of what all places share.

    References
    ----------
    Vasicek 2002 (Risk 15(12), 160-162), for the chance given the shock; Gumbel 1958 (Statistics of Extremes), §2.2, for the
    chance of exceeding all earlier ones.

    Examples
    --------
    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> ahead = ps.forecast(known.series("poor_household_pct", place="Bắc Kạn"), peers=known.peers("poor_household_pct"))
    >>> by_year = ahead.by_national_year(change_at_most=-2.0)
    >>> by_year.table["kind"].tolist(), by_year.chance("bad") < by_year.probability < by_year.chance("good")
    (['good', 'ordinary', 'bad', 'worst'], True)
    """

    table: pd.DataFrame
    probability: float
    shared: float
    years: tuple[int, ...]
    known: int = 0
    worst_year: int | None = None
    group: PeerGroup | None = None
    in_points: NationalYears | None = None

    @property
    def hardly(self) -> bool:
        """Whether the kind of year is so small a part of what is uncertain that the chance hardly hangs on it."""
        return self.shared < HARDLY

    @property
    def worse(self) -> float | None:
        """The probability of a year worse than all known ones, by counting alone, or None."""
        return 1 / (self.known + 1) if self.known else None

    def chance(self, kind: str) -> float:
        """Return the probability of the event in a kind of year.

        Parameters
        ----------
        kind : {"good", "ordinary", "bad", "worst"}
            The kind of year.

        Returns
        -------
        float
            0 to 1.

        Raises
        ------
        KeyError
            There is no such kind in ``table``.
        """
        return float(self.table.set_index("kind").at[kind, "probability"])

    def _sentence(self) -> str:
        chances = ", ".join(f"{row.kind} {row.probability:.0%}" for row in self.table.itertuples())
        return f"{self.years[-1]}: {chances}; {self.shared:.0%} of the variance is shared"

    def among(self, lang: str) -> str:
        """Return in words who shares such years: "the provinces of Viet Nam", "all comparable places".

        Parameters
        ----------
        lang : str
            The language.

        Returns
        -------
        str
            As it stands inside a sentence.
        """
        group = self.group
        if group is None or not group.kind:
            return say("years.among.any", lang)
        kinds, within = group.identity.word(group.kind, lang, many=True), group.within[lang]
        return say(f"years.among.{'within' if within else 'all'}", lang, kinds=kinds, within=within)

    def text(self, lang: str) -> str:
        """Return the chances in words, how much hangs on the kind of year, and the scenario of the worst year.

        Parameters
        ----------
        lang : str
            The language.

        Returns
        -------
        str
            A sentence a line.

        Raises
        ------
        ValueError
            For an unknown language.
        """
        return "\n".join(years_text([("", self)], lang))


def years_text(found: Sequence[tuple[str, NationalYears]], lang: str) -> list[str]:
    """Return what ``NationalYears.text`` says of events ``[(wording, NationalYears)]`` of the same years, a sentence each.

    >>> hardly = national_years([Event(0.6, 0.04)], [2020])
    >>> years_text([("The target", hardly)], "en")
    ['It hardly hangs on what kind of year all comparable places have together: that makes up 4% of the uncertainty (variance).']
    """
    check(lang)
    first = found[0][1]
    about = {"among": first.among(lang), "year": first.years[-1], "first": first.years[0]}
    shares = sorted({f"{number(100 * one.shared, lang, 0)}%" for _, one in found})
    about["shared"] = " – ".join(dict.fromkeys([shares[0], shares[-1]]))
    if all(one.hardly for _, one in found):
        lines = [say("years.hardly", lang, **about)]
    else:
        # What a good and a bad year are stands with the first.
        lines = [_chances(one, wording, lang, about, first=not at) for at, (wording, one) in enumerate(found)]
        lines.append(say("years.share", lang, **about))
    # Of what is nearly sure even then, "at most" says nothing, nor does a worst year that is milder than a bad one.
    worst, bad = (
        [float(np.max(told(one, kind))) for _, one in found if one.known] for kind in ("worst", "bad")
    )
    if worst and max(worst) <= 0.99 and all(p <= q for p, q in zip(worst, bad, strict=True)):
        about |= {"n": first.known, "p": 1 / (first.known + 1), "worst_year": first.worst_year}
        about["worst"] = together([probability(p, lang) for p in worst], lang)
        lines.append(say(f"years.worst.{_many(first)}", lang, **about))
    return lines


def told(one: NationalYears, kind: str) -> float | tuple[float, float]:
    """Return the probability in a kind of year, or over "all", as it is told: of both scales where they say too much else."""
    scales = [one, *([one.in_points] if one.in_points else [])]
    chances = sorted(each.probability if kind == "all" else each.chance(kind) for each in scales)
    return (chances[0], chances[-1]) if one.in_points else chances[0]


def _chances(one: NationalYears, wording: str, lang: str, about: Mapping[str, Any], *, first: bool) -> str:
    chances = {kind: told(one, kind) for kind in KINDS}
    if not first:
        return say("years.next", lang, wording=wording, **chances)
    said = say(f"years.chances.{_many(one)}", lang, **about, **chances)
    return say("years.of", lang, wording=wording, told=said) if wording else said


def _many(one: NationalYears) -> str:
    return "many" if len(one.years) > 1 else "one"


def national_years(
    events: Sequence[Event],
    years: Sequence[int],
    *,
    ahead: Sequence[Forecast] = (),
    group: PeerGroup | None = None,
) -> NationalYears:
    """Return how the chance of all of several events hangs on the kind of year.

    ``years``: those ahead; ``ahead``: the Forecast of each event, for the worst known year. Raises InvalidValue for events
    that share nothing, or not one shock and direction.

    >>> both = national_years([Event(0.6, 0.5), Event(0.6, 0.5)], [2020])
    >>> both
    <NationalYears> 2020: good 83%, ordinary 41%, bad 7%; 50% of the variance is shared
        kind shock probability
        good    -1      0.8332
    ordinary     0      0.4095
         bad     1     0.06788
    """
    if not events or not all(event.shared > 0 for event in events):
        raise InvalidValue("by kind of year: nothing is known that the forecast shares with other places")
    if len({(event.shock, event.direction) for event in events}) > 1:
        raise InvalidValue("by kind of year: the events do not share one shock")
    # The place that holds all back tells how much hangs on the year.
    hardest, sign = min(events, key=lambda event: event.probability), 1 if events[0].loading > 0 else -1
    shocks: dict[str, list[float]] = {kind: [sign * z] * len(events) for kind, z in KINDS.items()}
    found = [worst for one in ahead if (worst := _worst(one, sign))]
    known, worst_year = 0, None
    if len(found) == len(events):
        shocks["worst"] = [z for _, _, z in found]
        known, worst_year, _ = min(found, key=lambda worst: worst[0])
    rows = [
        (kind, float(np.mean(z)), float(np.prod([e.given(at) for e, at in zip(events, z, strict=True)])))
        for kind, z in shocks.items()
    ]
    table = pd.DataFrame(rows, columns=["kind", "shock", "probability"])
    return NationalYears(
        table, probability_of_all(events), hardest.shared, tuple(years), known, worst_year, group
    )


def of_forecast(ahead: Forecast, threshold: Mapping[str, float]) -> NationalYears:
    """Return what ``Forecast.by_national_year`` does."""
    p = ahead.probability(**threshold)
    ((name, _),) = ((name, bound) for name, bound in threshold.items() if bound is not None)
    event = Event(p, ahead.shared[-1] if ahead.shared else 0.0, name.removeprefix("change_"))
    return national_years([event], range(ahead.year - ahead.horizon + 1, ahead.year + 1), ahead=[ahead])


def levels_of(ahead: Forecast) -> tuple[float, float, float]:
    """Return the median levels in percent of a low, an ordinary and a high year, by the same copula.

    >>> import povertystats as ps
    >>> from povertystats.forecasts.outlook import outlook
    >>> [round(level, 1) for level in levels_of(outlook(ps.load_facts().as_of("2020-05-07"), "Bắc Kạn"))]
    [17.1, 17.5, 17.9]
    """
    low, ordinary, high = (ahead.level_at(float(ndtr(np.sqrt(ahead.shared[-1]) * z))) for z in (-1, 0, 1))
    return low, ordinary, high


def _worst(ahead: Forecast, sign: int) -> tuple[int, int, float] | None:
    """Return how many yearly changes of the shared path are known, the worst year (``sign`` 1: highest) and its shock.

    None where they are fewer than ``_FEWEST``.
    """
    changes = [
        pd.Series(path).sort_index().pipe(_yearly)
        for path in (ahead.peers.paths if ahead.peers else {}).values()
    ]
    # Each series has a pace of its own; what is told of one year by several is one year.
    apart = [change - change.mean() for change in changes if len(change) > 1]
    of_year = pd.concat(apart).groupby(level=0).mean() if apart else pd.Series(dtype=float)
    if len(of_year) < _FEWEST or ahead.together is None:
        return None
    worst = of_year.idxmax() if sign > 0 else of_year.idxmin()
    at = ahead.predictive
    whole, theirs = ahead.together[:, :, -1, -1]
    # The scale of a Student-t is less than its standard deviation.
    spread = at.scale * np.sqrt(theirs / whole)
    place = float(at.weights @ stdtr(at.df, of_year[worst] / spread))
    return len(of_year), int(worst), float(ndtri(place))


def _yearly(path: pd.Series) -> pd.Series:
    """Return the changes between one year and the next."""
    changes = path.diff()
    return changes[np.diff(path.index, prepend=path.index[:1] - 2) == 1]
