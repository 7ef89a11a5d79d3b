"""The record: what the forecasts would have said at earlier dates, against what came."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from numbers import Integral

import numpy as np
import pandas as pd

from povertystats.forecast import FEWEST, ForecastError, Observed, forecast, indicator_name
from povertystats.predictive import LINKS, Predictive
from povertystats.wording import check, say

NAIVE = "naive"
_LEVELS = (50, 80, 95)


@dataclass(frozen=True, eq=False)
class Backtest:
    """Forecasts made at earlier origins with the figures up to there, and how they did.

    ``forecasts``: one row a place, origin, horizon and method: place, origin, year, horizon, method,
    n_points, median, low50, high50, low80, high80, low95, high95 (percent), observed, error (observed minus
    median, in points), crps (points), covered50, covered80, covered95. ``left_out``: one row a forecast that
    could not be made or judged: place, origin, year, horizon, method, reason ("no_figure", "too_few",
    "no_log_odds", "even_steps").
    """

    indicator: str
    forecasts: pd.DataFrame
    left_out: pd.DataFrame

    @cached_property
    def table(self):
        """One row a method and horizon: n, places, origins, mae, bias, below, crps, coverage50/80/95, skill.

        ``bias`` is the mean error (observed minus median, points), ``below`` the share of outcomes below the
        median: far from one half, the method errs to one side. ``origins`` counts origin years: the effective sample, since places share the shocks of a year.
        ``skill = 1 − CRPS / CRPS of naive`` over the same cases; above 0 is better than naive.
        """
        return self._summary(["method", "horizon"])

    @cached_property
    def by_year(self):
        """The same as ``table``, one row a method, horizon and forecast year."""
        return self._summary(["method", "horizon", "year"])

    def _summary(self, keys):
        case = ["place", "origin", "horizon"]
        naive = self.forecasts[self.forecasts["method"] == NAIVE].set_index(case)["crps"].rename("naive_crps")
        # A drift that can be fitted has steps that differ, so that the naive spread is never zero beside it.
        judged = self.forecasts.assign(miss=self.forecasts["error"].abs(), below=self.forecasts["error"] < 0)
        groups = judged.join(naive, on=case).groupby(keys)
        coverage = {f"coverage{level}": (f"covered{level}", "mean") for level in _LEVELS}
        table = groups.agg(
            n=("crps", "size"),
            places=("place", "nunique"),
            origins=("origin", "nunique"),
            mae=("miss", "mean"),
            bias=("error", "mean"),
            below=("below", "mean"),
            crps=("crps", "mean"),
            **coverage,
        )
        table["skill"] = 1 - groups["crps"].sum() / groups["naive_crps"].sum()
        order = [*keys[1:], "method"]
        return table.reset_index().sort_values(order, key=_rank, ignore_index=True)

    def text(self, lang, *, labels=None):
        """Return the record in ``lang`` ("vi" or "en"): how well, the worst year, the sample, the losses.

        The method named first has the smallest mean CRPS, at the shortest horizon, over the cases that all
        could make; the worst year is that of its largest mean error. ``labels`` maps the indicator to its
        name. Raises ValueError for an unknown language.
        """
        check(lang)
        name = indicator_name(self.indicator, lang, labels)
        drifts = self.table[self.table["method"] != NAIVE]
        shown = drifts if len(drifts) else self.table
        best = self._best(shown)
        rows = pd.concat([shown[shown.index == best.name], shown.drop(best.name)])
        lines = [self._row(row, name, lang) for row in rows.itertuples()]
        years = self.by_year[
            (self.by_year["method"] == best.method) & (self.by_year["horizon"] == best.horizon)
        ]
        worst = years.loc[years["mae"].idxmax()]
        told = {"year": worst.year, "mae": worst.mae, "coverage": 100 * worst.coverage80}
        lines.insert(
            1, say("backtest.worst", lang, method=say(f"backtest.method.{best.method}", lang), **told)
        )
        lines.append(say("backtest.sample", lang, n=best.n, origins=best.origins))
        cases = self.left_out.drop_duplicates(["place", "origin", "horizon", "reason"])
        lines += [
            say(f"backtest.left_out.{reason}", lang, n=len(rows), places=rows["place"].nunique())
            for reason, rows in cases.groupby("reason")
        ]
        return "\n".join(lines)

    def _best(self, shown):
        shortest = shown[shown["horizon"] == shown["horizon"].min()]
        rows = self.forecasts[self.forecasts["horizon"] == shortest["horizon"].iloc[0]]
        shared = rows.pivot(index=["place", "origin"], columns="method", values="crps").dropna()
        return shortest.loc[shortest["method"].map(shared.mean()).fillna(np.inf).idxmin()]

    @staticmethod
    def _row(row, name, lang):
        return say(
            "backtest.row.better" if row.skill >= 0 else "backtest.row.worse",
            lang,
            method=say(f"backtest.method.{row.method}", lang),
            name=name,
            horizon=row.horizon,
            n=row.n,
            places=row.places,
            mae=row.mae,
            skill=100 * abs(row.skill),
            coverage=100 * row.coverage80,
        )


def backtest(panel, indicator, *, horizons=(1,), min_points=4, scales=LINKS, since=None):
    """Forecast ``indicator`` from every earlier year of ``panel``, and judge each forecast by what came.

    At each origin year, for each place, every method is fitted again to the figures up to that year (years
    without a figure are gaps, as in ``forecast``). The methods: a drift on each of ``scales``, and "naive", a
    random walk in points without drift: ``σ² = Σ d_i²/Δ_i / m``, Student-t with m degrees of freedom,
    location ``z_n``, scale ``σ √h``.

    ``panel``: one row a place and year, with columns place, year and the indicator in percent. ``horizons``:
    years ahead. ``min_points``: figures needed at an origin, 3 or more. ``since``: the first origin year.
    Sign: an error is observed minus median. An origin year at which no place has enough figures, and a year
    for which no place has a figure, are no cases; a place that lacks them where others do not is counted in
    ``left_out``.

    Raises ValueError that lists every problem of the panel and the options, or says that nothing can be
    judged.

    Source: Tashman 2000, doi:10.1016/S0169-2070(00)00065-0 (rolling origins).

    >>> rate = [30.0, 26.0, 23.5, 20.0, 18.2, 16.0]
    >>> panel = pd.DataFrame({"place": "A", "year": range(2010, 2016), "rate_pct": rate})
    >>> record = backtest(panel, "rate_pct")
    >>> record.table[["method", "n", "origins", "mae"]].round(2).values.tolist()
    [['log_odds', 2, 2, 0.52], ['points', 2, 2, 1.14], ['naive', 2, 2, 2.0]]
    """
    problems = [*_panel_problems(panel, indicator), *_option_problems(horizons, min_points, scales, since)]
    if problems:
        raise ValueError("backtest: " + "; ".join(problems))
    known = panel.dropna(subset=[indicator]).sort_values(["place", "year"])
    methods = {scale: partial(_drift, scale=scale) for scale in scales} | {NAIVE: _naive}
    counts = known.groupby("place").cumcount() + 1
    origins = sorted(
        known.loc[(counts >= min_points) & (known["year"] >= (since or -np.inf)), "year"].unique()
    )
    years = set(known["year"])
    forecasts, left_out = [], []
    for place, figures in known.groupby("place"):
        series = Observed(
            figures["year"].to_numpy(), figures[indicator].to_numpy(dtype=float), place, indicator
        )
        for origin in origins:
            cases = [(h, origin + h) for h in horizons if origin + h in years]
            for case in _judged(series, origin, cases, methods, min_points):
                (left_out if "reason" in case else forecasts).append(case)
    if not forecasts:
        raise ValueError(
            f"backtest: no forecast of {indicator} can be judged: no place has {min_points} figures up to "
            f"a year and one {', '.join(map(str, horizons))} years later"
        )
    missing = pd.DataFrame(left_out, columns=["place", "origin", "year", "horizon", "method", "reason"])
    return Backtest(indicator, pd.DataFrame(forecasts), missing)


def _judged(series, origin, cases, methods, min_points):
    """Yield one row a case and method: the forecast with its scores, or the reason why there is none."""
    past = series.years <= origin
    so_far = Observed(series.years[past], series.values[past], series.place, series.indicator)
    outcome = dict(zip(series.years.tolist(), series.values.tolist(), strict=True))
    for method, fit in methods.items() if cases else ():
        reason, path = "", ()
        if origin not in outcome:
            reason = "no_figure"
        elif past.sum() < min_points:
            reason = "too_few"
        else:
            try:
                path = fit(so_far, max(h for h, _ in cases))
            except ForecastError as error:
                reason = error.reasons[0]
        for horizon, year in cases:
            row = {
                "place": series.place,
                "origin": int(origin),
                "year": int(year),
                "horizon": horizon,
                "method": method,
            }
            if reason or year not in outcome:
                yield row | {"reason": reason or "no_figure"}
            else:
                yield row | {"n_points": int(past.sum())} | _scores(path[horizon - 1], outcome[year])


def _scores(predictive, observed):
    row = {"median": predictive.level_at(0.5)}
    intervals = {level: predictive.interval(level / 100) for level in _LEVELS}
    for level, (low, high) in intervals.items():
        row |= {f"low{level}": low, f"high{level}": high}
    row |= {"observed": observed, "error": observed - row["median"], "crps": predictive.crps(observed)}
    return row | {f"covered{level}": low <= observed <= high for level, (low, high) in intervals.items()}


def _drift(series, horizon, *, scale):
    return forecast(series, horizon=horizon, scale=scale).path


def _naive(series, horizon):
    steps, gaps = np.diff(series.values), np.diff(series.years)
    sigma = np.sqrt((steps**2 / gaps).mean())
    if sigma == 0:
        raise ForecastError(series.indicator, [("even_steps", "the figures never change")])
    last = series.values[-1]
    return tuple(
        Predictive(1.0, len(steps), last, sigma * np.sqrt(h), "points", last) for h in range(1, horizon + 1)
    )


def _panel_problems(panel, indicator):
    absent = [column for column in ("place", "year", indicator) if column not in panel]
    if absent:
        yield f"the panel has no column {', '.join(absent)}; it has {', '.join(map(str, panel.columns))}"
        return
    figures = pd.to_numeric(panel[indicator], errors="coerce")
    wrong = panel[(figures.isna() & panel[indicator].notna()) | (figures < 0) | (figures > 100)]
    if len(wrong):
        yield f"{indicator} must be a percentage between 0 and 100: {_cases(wrong)}"
    twice = panel[panel.duplicated(["place", "year"])]
    if len(twice):
        yield f"place and year must be unique: {_cases(twice)}"
    if not pd.api.types.is_integer_dtype(panel["year"]):
        yield f"year must hold whole numbers, got the type {panel['year'].dtype}"


def _option_problems(horizons, min_points, scales, since):
    if not isinstance(horizons, Sequence) or not horizons or not all(_whole(h, 1) for h in horizons):
        yield f"horizons must be whole numbers of years, 1 or more, such as (1, 2), got {horizons!r}"
    elif len(set(horizons)) < len(horizons):
        yield f"horizons must be unique, got {horizons!r}"
    if not _whole(min_points, FEWEST):
        yield f"min_points must be a whole number, {FEWEST} or more, got {min_points!r}"
    if isinstance(scales, str) or not scales or not set(scales) <= set(LINKS):
        yield f"scales must be chosen from {', '.join(LINKS)}, got {scales!r}"
    if since is not None and not _whole(since, 0):
        yield f"since must be a year, got {since!r}"


def _whole(value, least):
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= least


def _cases(rows):
    listed = [f"{row.place} {row.year}" for row in rows.head(5).itertuples()]
    return ", ".join(listed) + (f" and {len(rows) - 5} more" if len(rows) > 5 else "")


def _rank(column):
    """Order methods as they are told, the naive one last; leave other columns as they are."""
    return column.map([*LINKS, NAIVE].index) if column.name == "method" else column
