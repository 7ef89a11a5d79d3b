"""Whether the rates of a panel move as yearly samples do, or were smoothed before they were published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.forecasts.forecast import indicator_name
from povertystats.frames.rates import Units, rate_panel
from povertystats.frames.reader import Place
from povertystats.records.skill import half_width
from povertystats.words.errors import refuse
from povertystats.words.result import Result
from povertystats.words.wording import check, say

# Between "raw" and "smoothed", with the interval on one side of it; by the simulation that ``smoothness`` tells of.
TURN = 0.25
# Below these nothing is told.
FEWEST_PAIRS, FEWEST_PLACES = 30, 10


@dataclass(frozen=True, eq=False, repr=False)
class Smoothness(Result):
    """How smoothly the rates of a panel move.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an indicator: indicator, every (years between most successive figures, those of the row), places, changes, rises, falls (as
        printed), pairs (of successive changes), correlation (of a change with that before it, −1 to 1), low, high (its
        95 % interval), verdict ("smoothed", "raw", "unclear").

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.smoothness(ps.load_facts().panel(["trained_pct"])).table["verdict"].tolist()
    ['raw']
    """

    table: pd.DataFrame

    def _sentence(self) -> str:
        return f"smoothness of {len(self.table)} indicator(s) in {self.table['places'].max()} place(s)"

    def text(self, lang: str, *, labels: Mapping[str, str] | None = None) -> str:
        """Return in words which rates are smoothed, which are not, and for which it cannot be told.

        Parameters
        ----------
        lang : str
            The language.
        labels : dict of str to str, optional
            The name of an indicator, by its code (also without what follows "@" in it).

        Returns
        -------
        str
            A line a verdict, with its indicators; the smoothed ones first.

        Raises
        ------
        ValueError
            For an unknown language.
        """
        check(lang)
        said = (told(self, verdict, lang, labels or {}) for verdict in ("smoothed", "unclear", "raw"))
        return "\n".join(filter(None, said))


def told(found: Smoothness, verdict: str, lang: str, labels: Mapping[str, str]) -> str:
    """Return a sentence for all indicators with a verdict, with what it is judged by; "" for none."""
    rows = []
    for row in found.table[found.table["verdict"] == verdict].itertuples():
        code = row.indicator if row.indicator in labels else row.indicator.partition("@")[0]
        values = {"name": indicator_name(code, lang, labels), "correlation": row.correlation}
        values["counted"] = counted(row.changes, row.rises, row.falls, lang)
        kind = "alone" if np.isnan(row.correlation) else "row"
        rows.append(say(f"backtest.smooth.{kind}", lang, **values))
    return say(f"backtest.smooth.{verdict}", lang, rows="; ".join(rows)) if rows else ""


def counted(changes: int, rises: int, falls: int, lang: str) -> str:
    """Return how many of the changes are rises, or falls where these are fewer.

    >>> counted(566, 3, 557, "en")
    '3 rises in 566 changes from one figure to the next'
    """
    fewer = "rises" if rises <= falls else "falls"
    return say(f"backtest.smooth.{fewer}", lang, changes=changes, rises=rises, falls=falls)


def smoothness(
    panel: pd.DataFrame,
    indicators: str | Sequence[str] | None = None,
    *,
    place: Place = "place",
    year: str = "year",
    units: Units = None,
) -> Smoothness:
    """Tell whether the rates of a panel move as yearly samples do, or more smoothly.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a place and year, with indicators in percent (``Facts.peers``, ``Facts.panel``).
    indicators : str or sequence of str, optional
        One or several names, every other column when left out.
    place, year : str or sequence of str, default "place" and "year"
        The columns of places (the full key, from the largest area to the smallest, where names repeat) and of years.
    units : str or mapping of str to str, optional
        The unit in which the indicators are written, "pct" or "share", of all or by name; asked for where doubtful.

    Returns
    -------
    Smoothness
        "smoothed": above .25 with the whole interval of the correlation; "raw": below it; else, and below 30 pairs
        of changes or 10 places, "unclear".

    Raises
    ------
    Refused
        With every problem of the panel. It is a ValueError.

    Notes
    -----
    With ``x = arcsin √(rate)``, whose sampling variance does not hang on the rate, and ``d`` its change less the
    mean change of all places in that year, the correlation is ``Σ 2 d_t d_(t−1) / Σ (d_t² + d_(t−1)²)`` over all places:
    one less the variance of second differences over twice that of first ones. Its interval is that of the jackknife
    over places. Errors of samples drawn anew each year pull it to −½, shocks that stay leave it at 0; means of several
    years, models and paces that last in each place raise it.

    Simulated (seeded; 20 and 63 places, 3 to 8 figures): yearly samples whose paces differ between places by as much as
    the sampling error are called smoothed in 1 % or less. Called smoothed, in 63 places with such paces: means of two
    years in 97 %, of three years and a model's estimates in all; full counts, which have no such error, in 65 % or more,
    so that a verdict "smoothed" does not tell a model from a full count. Means of two years of a rate that moves by the
    sampling error alone look raw.

    References
    ----------
    von Neumann 1941, doi:10.1214/aoms/1177731677 (the ratio).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rates = 20 - np.arange(6) + rng.normal(0, 1, (40, 6))
    >>> panel = pd.DataFrame(rates).rename_axis("place").melt(ignore_index=False, var_name="year", value_name="rate_pct")
    >>> panel = panel.reset_index().assign(year=lambda rows: 2010 + rows["year"].astype(int))
    >>> smoothness(panel).table[["changes", "pairs", "verdict"]].values.tolist()
    [[200, 160, 'raw']]
    """
    panel, names, problems = rate_panel(panel, indicators, place=place, year=year, units=units)
    problems += [] if names else ["there is no indicator beside places and years"]
    refuse("cannot tell how smooth rates are", problems)
    return Smoothness(pd.DataFrame([_row(panel, name) for name in names]))


def _row(panel: pd.DataFrame, name: str) -> dict[str, object]:
    known = panel[["place", "year", name]].dropna().sort_values(["place", "year"])
    place, year = known["place"], known["year"]
    gaps = year.groupby(place).diff()
    every = float(gaps.mode().min()) if gaps.notna().any() else np.nan
    printed = known[name].groupby(place).diff().where(gaps == every).round(6)
    steps = np.arcsin(np.sqrt(known[name] / 100)).groupby(place).diff().where(gaps == every)
    steps -= steps.groupby(year).transform("mean")
    before = steps.groupby(place).shift()
    of_places = pd.DataFrame({"both": 2 * steps * before, "each": steps**2 + before**2}).dropna()
    sums = of_places.groupby(place).sum()
    found = {"indicator": name, "every": every, "places": place[printed.notna()].nunique()}
    found |= {"changes": int(printed.notna().sum()), "rises": int((printed > 0).sum())}
    found |= {"falls": int((printed < 0).sum()), "pairs": len(of_places)}
    found |= dict(zip(("correlation", "low", "high"), _correlation(sums), strict=True))
    return found | {"verdict": _verdict(found, len(sums))}


def _correlation(sums: pd.DataFrame) -> tuple[float, float, float]:
    """Return the correlation and the ends of its interval, with the places as the sample; NaN where nothing moves."""
    both, each = sums["both"].sum(), sums["each"].sum()
    rest = each - sums["each"]
    if len(sums) < 2 or not (rest > 0).all():
        return (float(both / each) if each > 0 else np.nan), np.nan, np.nan
    estimate, half = float(both / each), half_width((both - sums["both"]).to_numpy() / rest.to_numpy())
    return estimate, estimate - half, estimate + half


def _verdict(row: Mapping[str, float], places: int) -> str:
    if row["pairs"] < FEWEST_PAIRS or places < FEWEST_PLACES:
        return "unclear"
    return "smoothed" if row["low"] > TURN else "raw" if row["high"] < TURN else "unclear"
