"""The record of forecasts against what came: its tables, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Real

import numpy as np
import pandas as pd

from povertystats.forecasts.scores import LEVELS
from povertystats.records.baselines import METHODS, NAIVE
from povertystats.records.record_text import ENOUGH, record_text
from povertystats.records.skill import skill
from povertystats.records.smoothness import Smoothness
from povertystats.words.errors import InvalidValue
from povertystats.words.result import Plotted

CASE = ["indicator", "place", "origin", "horizon"]
_ENDS = [f"{end}{level}" for level in LEVELS for end in ("low", "high")]
_EVENT = ["probability", "met", "log_score", "brier"]
COLUMNS = [*CASE, "year", "method", "n_points", "last", "median", *_ENDS, "observed", "error", "crps"]
COLUMNS += [*(f"covered{level}" for level in LEVELS), "pit", *_EVENT]
_TENTHS = np.arange(11) / 10
# Bands of levels, in percent: rates near 100 % move as those near 0 do.
BANDS = np.array([0, 3, 10, 90, 97, 100])


@dataclass(frozen=True, eq=False, repr=False)
class Backtest(Plotted):
    """Forecasts made at earlier origins with the figures up to there, and how they did.

    Parameters
    ----------
    indicators : tuple of str
        The indicators that were forecast.
    forecasts : pandas.DataFrame
        One row a case (indicator, place, origin, horizon) and method: year, n_points, last (the figure of the origin),
        median, low50, high50, low80, high80, low95, high95 (percent), observed, error (observed minus median, in points), crps (points), covered50,
        covered80, covered95 (1 or 0), pit (the probability that the forecast gave to a level of at most the observed
        one), and for the event "a fall of at least a tenth of the last level for each year ahead",
        ``x ≤ 0.9^h × last``: probability, met (1 or 0), log_score, brier. A rule without a distribution
        ("traffic_light", "climatology") has the event alone.
    left_out : pandas.DataFrame
        One row a forecast that could not be made or judged: the case, year, method, last, reason ("no_figure",
        "too_few", "no_log_odds", "even_steps", "no_peers", "gaps", "no_fit").
    smooth : Smoothness, optional
        How smoothly the rates of the panel move (``smoothness``).
    band : tuple of float, optional
        The levels that ``near`` asked for.

    Examples
    --------
    >>> import povertystats as ps
    >>> rate = [30.0, 26.0, 23.5, 20.0, 18.2, 16.0]
    >>> panel = pd.DataFrame({"place": "A", "year": range(2010, 2016), "rate_pct": rate})
    >>> print(repr(ps.backtest(panel, min_points=4)).splitlines()[0])
    <Backtest> rate_pct: 2 cases of 1 place(s) from 2 origin year(s), 3 methods
    """

    indicators: tuple[str, ...]
    forecasts: pd.DataFrame
    left_out: pd.DataFrame
    smooth: Smoothness | None = None
    band: tuple[float, float] | None = None

    def _sentence(self) -> str:
        counts = self.forecasts[["place", "origin", "method"]].nunique()
        cases = len(self.forecasts.drop_duplicates(CASE))
        return (
            f"{', '.join(self.indicators)}: {cases} cases of {counts['place']} place(s) from {counts['origin']} "
            f"origin year(s), {counts['method']} methods"
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a method and horizon: how the forecasts did.

        Columns: n, places, origins, mae, bias, below, crps, coverage50, coverage80, coverage95, skill, skill_low,
        skill_high, log_score, brier.

        ``bias`` is the mean error (observed minus median, points), ``below`` the share of outcomes below the
        median: far from one half, the method errs to one side. ``origins`` counts origin years: the effective
        sample, since places share the shocks of a year. ``skill = 1 − Σ CRPS / Σ CRPS of naive`` over the cases
        that both could make; above 0 is better than naive. ``skill_low`` to ``skill_high`` is its 95 % interval
        with the origin years as the sample (``povertystats.forecasts.scores.skill``); NaN below 3 of them.
        ``log_score`` (a coin: ln 2 = .693) and ``brier`` (a coin: .25) are those of the event; less is better.
        """
        return self._summary(["method", "horizon"])

    @cached_property
    def by_year(self) -> pd.DataFrame:
        """The same as ``table``, one row a method, horizon and forecast year."""
        return self._summary(["method", "horizon", "year"])

    @cached_property
    def by_level(self) -> pd.DataFrame:
        """The same as ``table``, one row a method, horizon and band of the last figure: low, high (percent).

        Bands begin at 0, 3, 10, 90 and 97 %; those without a forecast have no row.
        """
        at = np.searchsorted(BANDS[1:-1], self.forecasts["last"], side="right")
        rows = self.forecasts.assign(low=BANDS[at], high=BANDS[at + 1])
        return self._summary(["method", "horizon", "low", "high"], rows)

    def near(self, level: float, method: str | None = None) -> Backtest:
        """Return the record of the forecasts from a similar level: a last figure in the same band of ``by_level``.

        Parameters
        ----------
        level : float
            The level in percent.
        method : str, optional
            The method whose forecasts must be enough; every one that there is when left out.

        Returns
        -------
        Backtest
            With ``band``; all forecasts where fewer than 30 of a horizon are from there, which ``text`` then says.

        Raises
        ------
        InvalidValue
            For a level outside 0–100, or a method that the record has no forecasts of.

        Examples
        --------
        >>> import povertystats as ps
        >>> rate = [30.0, 26.0, 23.5, 20.0, 18.2, 16.0]
        >>> panel = pd.DataFrame({"place": "A", "year": range(2010, 2016), "rate_pct": rate})
        >>> print(ps.backtest(panel, min_points=4).near(2.4).text("en").splitlines()[0])
        Forecasts from any level, too few being from a last figure below 3%.
        """
        if not isinstance(level, Real) or not 0 <= level <= 100:
            raise InvalidValue(f"near: level must be a percentage between 0 and 100, got {level!r}")
        at = np.searchsorted(BANDS[1:-1], level, side="right")
        low, high = BANDS[at : at + 2].tolist()
        parts = [
            rows[(rows["last"] >= low) & ((rows["last"] < high) | (high == 100))]
            for rows in (self.forecasts, self.left_out)
        ]
        asked = self.forecasts[["method", "horizon"]].drop_duplicates()
        if method is not None and method not in set(asked["method"]):
            raise InvalidValue(f"near: method must be one of the record, got {method!r}")
        asked = asked if method is None else asked[asked["method"] == method]
        found = parts[0].groupby(["method", "horizon"]).size()
        enough = all(found.get(tuple(one), 0) >= ENOUGH for one in asked.to_numpy().tolist())
        if not enough:
            return replace(self, band=(low, high))
        return replace(self, forecasts=parts[0], left_out=parts[1], band=(low, high))

    @property
    def alike(self) -> bool:
        """Whether all forecasts are from the levels that ``near`` asked for."""
        low, high = self.band or (0, 100)
        return bool(self.forecasts["last"].between(low, high).all())

    def between(self, first: int, last: int) -> Backtest:
        """Return the record of the forecasts for some years.

        Parameters
        ----------
        first, last : int
            The first and the last year, both included.

        Returns
        -------
        Backtest
            The same with fewer rows.

        Raises
        ------
        InvalidValue
            Where there are none.
        """
        parts = [rows[rows["year"].between(first, last)] for rows in (self.forecasts, self.left_out)]
        if parts[0].empty:
            raise InvalidValue(f"no forecast is for a year from {first} to {last}")
        return replace(self, forecasts=parts[0], left_out=parts[1])

    @cached_property
    def shared(self) -> Backtest:
        """The Backtest of the cases in which every method with distributions made a forecast: like with like."""
        judged = self.forecasts.dropna(subset=["crps"])
        made = judged.groupby(CASE)["method"].nunique()
        every = made.index[made == judged["method"].nunique()]
        rows = self.forecasts[self.forecasts.set_index(CASE).index.isin(every)]
        return replace(self, forecasts=rows)

    @cached_property
    def reliability(self) -> pd.DataFrame:
        """One row a method, horizon and tenth of the event's probability: low, high, probability, met, n.

        ``probability`` is the mean of those given, ``met`` the share of events that came: equal when reliable.
        """
        groups = self._tenths("probability")
        columns = {"probability": ("probability", "mean"), "met": ("met", "mean"), "n": ("met", "size")}
        return _ranked(groups.agg(**columns).reset_index(), ["horizon", "method", "low"])

    @cached_property
    def pit(self) -> pd.DataFrame:
        """One row a method, horizon and tenth of ``pit``: low, high, n; all tenths alike when calibrated."""
        counts = self._tenths("pit").size().unstack(["low", "high"])
        every = pd.MultiIndex.from_arrays([_TENTHS[:-1], _TENTHS[1:]], names=["low", "high"])
        counts = counts.reindex(columns=every).fillna(0).astype(int).stack(["low", "high"]).rename("n")
        return _ranked(counts.reset_index(), ["horizon", "method", "low"])

    def _tenths(self, column):
        rows = self.forecasts.dropna(subset=[column])
        at = np.clip(np.searchsorted(_TENTHS, rows[column], side="right") - 1, 0, 9)
        return rows.assign(low=_TENTHS[at], high=_TENTHS[at + 1]).groupby(
            ["method", "horizon", "low", "high"]
        )

    def _summary(self, keys, rows=None):
        naive = self.forecasts[self.forecasts["method"] == NAIVE].set_index(CASE)["crps"].rename("naive_crps")
        judged = (self.forecasts if rows is None else rows).assign(
            miss=self.forecasts["error"].abs(),
            below=(self.forecasts["error"] < 0).where(self.forecasts["error"].notna()).astype(float),
        )
        groups = judged.join(naive, on=CASE).groupby(keys)
        table = groups.agg(
            n=("met", "size"),
            places=("place", "nunique"),
            origins=("origin", "nunique"),
            mae=("miss", "mean"),
            bias=("error", "mean"),
            below=("below", "mean"),
            crps=("crps", "mean"),
            **{f"coverage{level}": (f"covered{level}", "mean") for level in LEVELS},
        )
        skills = [skill(rows["crps"], rows["naive_crps"], rows["origin"]) for _, rows in groups]
        # An array of three columns also where there is no case.
        table[["skill", "skill_low", "skill_high"]] = np.array(skills, dtype=float).reshape(-1, 3)
        table[["log_score", "brier"]] = groups[["log_score", "brier"]].mean()
        return _ranked(table.reset_index(), [*keys[1:], "method"])

    def text(self, lang: str, *, labels: Mapping[str, str] | None = None) -> str:
        """Return the record in words: where coverage is off, how well, the worst year, the event, the sample, the losses.

        Parameters
        ----------
        lang : str
            The language.
        labels : dict of str to str, optional
            The name of an indicator, by its code (also without what follows "@" in it).

        Returns
        -------
        str
            A sentence a line. The method reported has the smallest mean CRPS, at the shortest horizon, over the cases
            that all could make; the worst year is that of its largest mean error; the others follow in one line. Where
            30 or more forecasts are from one band of levels and the 80 % interval held less than 72 % of their outcomes,
            that is said first; more than 88 %, after what it held at each level.

        Raises
        ------
        ValueError
            For an unknown language.
        """
        return record_text(self, lang, labels or {})


def _ranked(table, order):
    """Sort a table by columns, methods in the order of the table, the naive one last."""
    rank = dict(zip(METHODS, range(len(METHODS)), strict=True))
    return table.sort_values(order, key=lambda c: c.map(rank) if c.name == "method" else c, ignore_index=True)
