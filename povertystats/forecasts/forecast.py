"""What a forecast of a short annual rate says: its distributions, its table, its words; or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from povertystats.facts.series import Observed
from povertystats.forecasts.national_years import HARDLY, NationalYears, levels_of, of_forecast
from povertystats.forecasts.peers import Peers
from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import to_percent, to_scale
from povertystats.words.errors import Refused
from povertystats.words.phrases import moved
from povertystats.words.result import Plotted
from povertystats.words.wording import check, say

# A drift and its spread are two unknowns: two increments, three figures, are the fewest that show both.
FEWEST = 3
_LEVELS = (80, 95)


class ForecastError(Refused):
    """A series that cannot be forecast; ``reasons`` has one code a problem, for whoever counts them.

    Parameters
    ----------
    who : str
        The series, as the beginning of the message.
    problems : iterable of (str, str)
        The code and the sentence of each: "bad_input", "too_few", "no_log_odds", "even_steps", "no_peers"; of a
        simpler method also "gaps", "no_fit".

    Examples
    --------
    >>> ForecastError("poor_pct", [("too_few", "there are 2 figures")]).reasons
    ('too_few',)
    """

    def __init__(self, who: str, problems: Iterable[tuple[str, str]]) -> None:
        problems = list(problems)
        self.reasons = tuple(dict.fromkeys(reason for reason, _ in problems))
        super().__init__(who, [text for _, text in problems])


@dataclass(frozen=True, eq=False, repr=False)
class Forecast(Plotted):
    """A rate's predictive distributions for the years after its last figure.

    Every answer of ``probability``, ``interval``, ``level_at`` and ``sample`` is about ``year``, the last year of
    the path; changes count from the last figure, and a fall is negative.

    Parameters
    ----------
    series : Observed
        The figures behind it: ``years``, ``values`` (n,) in percent, ``place``, ``indicator``.
    scale : {"log_odds", "points"}
        The scale of the trend.
    path : tuple of Predictive
        One for each year ahead.
    peers : Peers, optional
        Those that it rests on; None: on its own figures alone.
    shared : tuple of float
        The share of each year's variance that a shock to all peers makes up.
    together : numpy.ndarray, shape (2, K, horizon, horizon), optional
        By component, on the scale: the covariance of the years of the path, and what all peers share of it; without peers, the
        squared scale of a Student-t, which may have no variance, takes its place.

    Examples
    --------
    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> series = known.series("poor_household_pct", place="Bắc Kạn")
    >>> print(repr(ps.forecast(series, peers=known.peers("poor_household_pct"))).splitlines()[0])
    <Forecast> poor_household_pct in Bắc Kạn, 2020: median 17.5%, 80% interval 16.8 to 18.2%, 201 peers
    """

    series: Observed
    scale: str
    path: tuple[Predictive, ...]
    peers: Peers | None = None
    shared: tuple[float, ...] = ()
    together: np.ndarray | None = None

    def _sentence(self) -> str:
        where = f" in {self.series.place}" if self.series.place else ""
        name = indicator_name(self.series.indicator, "en")
        basis = f"{self.peers.used} peers" if self.peers else "own trend"
        return f"{name}{where}, {self.year}: {self.predictive._sentence()}, {basis}"

    @property
    def horizon(self) -> int:
        """Years ahead."""
        return len(self.path)

    @property
    def year(self) -> int:
        """The year that is forecast: that of the last figure plus ``horizon``."""
        return int(self.series.years[-1]) + self.horizon

    @property
    def predictive(self) -> Predictive:
        """The predictive distribution for ``year``."""
        return self.path[-1]

    def probability(self, **threshold: float) -> float:
        """Return the probability of one event in ``year``.

        Parameters
        ----------
        **threshold : float
            One of ``at_most``, ``at_least`` (percent), ``change_at_most``, ``change_at_least`` (points); see
            ``Predictive.probability``.

        Returns
        -------
        float
            The probability, 0 to 1.
        """
        return self.predictive.probability(**threshold)

    def by_national_year(self, **threshold: float) -> NationalYears:
        """Return the probability of one event in ``year`` by what kind of year it is for all places.

        Parameters
        ----------
        **threshold : float
            One threshold, as for ``probability``.

        Returns
        -------
        NationalYears
            The probabilities in a good, an ordinary and a bad year for the event, and in one as bad as the worst known.

        Raises
        ------
        InvalidValue
            For no threshold or several, and for a forecast that shares nothing with other places.
        """
        return of_forecast(self, threshold)

    def interval(self, level: float = 0.80) -> tuple[float, float]:
        """Return the central interval for ``year``.

        Parameters
        ----------
        level : float, default 0.80
            The probability that it holds.

        Returns
        -------
        tuple of float
            The ends in percent.
        """
        return self.predictive.interval(level)

    def level_at(self, p: float) -> float:
        """Return the level that is undershot with a probability.

        Parameters
        ----------
        p : float
            The probability, strictly between 0 and 1.

        Returns
        -------
        float
            The level in percent.
        """
        return self.predictive.level_at(p)

    def sample(self, n: int, seed: int) -> np.ndarray:
        """Return independent draws for ``year``.

        Parameters
        ----------
        n : int
            How many.
        seed : int
            The same seed gives the same draws.

        Returns
        -------
        numpy.ndarray, shape (n,)
            The draws in percent.
        """
        return self.predictive.sample(n, seed)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a year ahead: year, median, low80, high80, low95, high95, in percent."""
        rows = []
        for ahead, at in enumerate(self.path, start=1):
            row = {"year": int(self.series.years[-1]) + ahead, "median": at.level_at(0.5)}
            for level in _LEVELS:
                row[f"low{level}"], row[f"high{level}"] = at.interval(level / 100)
            rows.append(row)
        return pd.DataFrame(rows)

    @property
    def pace(self) -> dict[str, float]:
        """The step of the next year: ``step`` on the scale and ``step_pp`` in points from the last level.

        Median of the first year ahead on the scale, as it is before it is cut off at 0 or 100 %, minus the last figure; a
        fall is negative.
        """
        last, following = self.series.values[-1], self.path[0]._quantile(0.5)
        step = following - to_scale(last, self.scale)
        return {"step": float(step), "step_pp": float(to_percent(following, self.scale) - last)}

    def text(self, lang: str, *, labels: Mapping[str, str] | None = None) -> str:
        """Return the forecast in words.

        Parameters
        ----------
        lang : str
            The language.
        labels : dict of str to str, optional
            The name of the indicator as it stands inside a sentence, by its code.

        Returns
        -------
        str
            Median and interval, the pace, what it rests on, a line each.

        Raises
        ------
        ValueError
            For an unknown language.

        Examples
        --------
        >>> import povertystats as ps
        >>> rates = pd.Series({2016: 26.61, 2017: 24.53, 2018: 21.88, 2019: 19.57}, name="poor_household_pct")
        >>> print(ps.forecast(rates).text("en", labels={"poor_household_pct": "the rate"}).partition(" (80%")[0])
        By the trend of 2016–2019 (4 figures), the rate in 2020 is about 17.6%
        """
        check(lang)
        series, peers = self.series, self.peers
        low, high = self.interval(0.80)
        values = {"first": series.years[0], "last": series.years[-1], "n": len(series.years)}
        values |= {"name": indicator_name(series.indicator, lang, labels), "year": self.year}
        values |= {"median": self.level_at(0.5), "low": low, "high": high}
        where = say("forecast.where", lang, place=series.place) if series.place else ""
        if peers is None:
            lines = [
                say("forecast.summary", lang, where=where, **values),
                say(f"forecast.step.{self.scale}", lang, **self.pace),
            ]
            if self.scale == "points" and not 0 < self.level_at(0.5) < 100:
                lines.append(say("forecast.edge", lang, edge=self.level_at(0.5), year=self.year))
            if len(series.years) == FEWEST:
                lines.append(say("forecast.few", lang, n=FEWEST))
        else:
            one = ".one" if len(series.years) == 1 else ".many"
            lines = [
                say(f"forecast.pooled{one}", lang, where=where, peers=peers.used, **values),
                say(
                    "forecast.pace", lang, moved=moved(self.level_at(0.5) - series.values[-1], lang), **values
                ),
                self.by_year_text(lang),
            ]
        return "\n".join(lines)

    def by_year_text(self, lang: str) -> str:
        """Return in a sentence how much hangs on what kind of year all peers have, and the rate in each kind.

        Parameters
        ----------
        lang : str
            The language.

        Returns
        -------
        str
            The sentence, of a forecast by peers.
        """
        shared, (low, ordinary, high) = self.shared[-1], levels_of(self)
        key = "hardly" if shared < HARDLY else "shared" if self.horizon == 1 else "shared_many"
        told = {"year": self.year, "first": self.year - self.horizon + 1}
        return say(
            f"forecast.{key}", lang, shared=100 * shared, low=low, ordinary=ordinary, high=high, **told
        )


def indicator_name(indicator: str, lang: str, labels: Mapping[str, str] | None = None) -> str:
    """Return an indicator's name as it stands inside a sentence: from ``labels``, else its code, else "the rate".

    >>> indicator_name("poor_pct", "vi", {"poor_pct": "tỷ lệ hộ nghèo"}), indicator_name("", "en")
    ('tỷ lệ hộ nghèo', 'the rate')
    """
    return (labels or {}).get(indicator) or indicator or say("forecast.rate", lang)
