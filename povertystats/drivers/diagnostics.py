"""What lies behind a fit: how far it rests on few places, how far its residuals depend on one another, its points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import gammaln

from povertystats.drivers.check import Check, checked
from povertystats.frames.keys import Key, keyed
from povertystats.regression.estimators import place_means
from povertystats.regression.fractional import FractionalLogit
from povertystats.regression.inference import solve, within_r2
from povertystats.regression.jackknife import effective_clusters, leave_one_out, leave_pairs_out, leverage
from povertystats.regression.moments import Moments
from povertystats.regression.singletons import cells_left
from povertystats.regression.terms import read_term
from povertystats.words.errors import InvalidValue
from povertystats.words.phrases import term_name, unit
from povertystats.words.wording import say


@dataclass(frozen=True, eq=False, repr=False)
class LeaveOneOut(Check):
    """Each estimate of a fit without one place in turn, from ``DriverFit.leave_one_out``.

    ``table``: the columns of every check (no interval, no p), then estimator, scale, outcome, place (the one left out)
    and ``whole``, the estimate from all places, with its interval from ``whole_low`` to ``whole_high``; in units and with the sign of ``DriverFit.table``.
    """

    kind: ClassVar[str] = "leave_one_out"
    reference: ClassVar[float | None] = None
    table: pd.DataFrame

    @classmethod
    def of(
        cls, fitted: pd.DataFrame, moments: Mapping[tuple[str, str], Moments], logit: FractionalLogit | None
    ) -> LeaveOneOut:
        """Return the check of each row of ``DriverFit.table``."""
        parts = {key: (m.clusters, leave_one_out(m)) for key, m in moments.items()}
        if logit is not None:
            parts["fractional_logit", "points"] = logit.clusters, logit.leave_one_out
        rows = []
        for key, models in fitted.groupby(["estimator", "scale"], sort=False):
            places, without = parts[key]
            for row, estimates in zip(models.itertuples(), without.T, strict=False):
                same = {
                    name: getattr(row, name) for name in ("driver", "level", "estimator", "scale", "outcome")
                }
                whole = {"whole": row.estimate, "whole_low": row.low, "whole_high": row.high}
                part = pd.DataFrame({"estimate": estimates, "place": places} | whole)
                rows.append(part.assign(**same))
        return cls(checked(cls.kind, pd.concat(rows, ignore_index=True), ["estimator", "scale", "place"]))

    @property
    def clear(self) -> pd.Series:
        """Whether each estimate has the sign of that from all places: a boolean Series."""
        return self.table["estimate"] * self.table["whole"] > 0

    def _names(self, lang: str, labels: Mapping[str, str]) -> list[str]:
        """Return the way of each row for readers: its scale, estimator and the place left out."""
        rows = self.table[["outcome", "scale", "estimator", "place"]].itertuples(index=False)
        return [f"{_way(outcome, scale, name, lang)}, {place}" for outcome, scale, name, place in rows]

    def _text(self, lang: str, labels: Mapping[str, str]) -> str:
        """Return between which values each estimate stays, those first whose sign one place decides."""
        lines: dict[bool, list[str]] = {True: [], False: []}
        for (driver, scale, estimator), rows in self.table.groupby(
            ["driver", "scale", "estimator"], sort=False
        ):
            least, most = (rows.loc[rows["estimate"].agg(which)] for which in ("idxmin", "idxmax"))
            turning = rows.loc[~self.clear[rows.index], "place"]
            words = {
                "driver": term_name(driver, lang, labels),
                "way": _way(least["outcome"], scale, estimator, lang),
                "least": least["estimate"],
                "lowest": least["place"],
                "most": most["estimate"],
                "highest": most["place"],
                "whole": least["whole"],
                "places": _first(turning, lang),
            }
            key = "leave_one_out.turns" if len(turning) else "leave_one_out.stays"
            lines[len(turning) > 0].append(say(key, lang, **words))
        return "\n".join([*lines[True], *lines[False], say("drivers.association", lang)])

    def _sentence(self) -> str:
        drivers = ", ".join(dict.fromkeys(self.table["driver"]))
        turning = int((~self.clear).sum())
        return (
            f"{drivers} without one place in turn: {len(self.table)} estimates, {turning} with another sign"
        )


def _first(names: Sequence, lang: str, most: int = 5) -> str:
    """Return names in a list, the first of them where they are many, with how many more there are."""
    shown = ", ".join(map(str, names[:most]))
    return say("leave_one_out.more", lang, names=shown, n=len(names) - most) if len(names) > most else shown


def _way(outcome: str, scale: str, estimator: str, lang: str) -> str:
    words = {"scale": f"scale.{unit(outcome, scale)}", "estimator": f"estimator.{estimator}"}
    return say("drivers.way", lang, **{key: say(f"drivers.{name}", lang) for key, name in words.items()})


def residuals(moments: Moments, beta: np.ndarray) -> np.ndarray:
    """Return the mean residual of each place in each year: shape (G, T), units of the outcome, NaN where no row is.

    ``e_gt = ȳ_gt − x̄_gt'β − δ_t``, about the place's mean (place effects) or the overall one: read off the sums by
    place and year, so that the data are not touched again. Raises ValueError for moments without time effects.

    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0.0, 1, 0, 2, 0, 3]})
    >>> m = Moments.from_frame(panel.assign(y=[0.0, 1, 0, 3, 1, 4]), "y", ["x"])
    >>> residuals(m, solve(m)).round(3).tolist()
    [[0.167, -0.167], [-0.333, 0.333], [0.167, -0.167]]
    """
    if not moments.time:
        raise InvalidValue("these moments have no time effects: expected some, to tell residuals by year")
    (counts, means, sums, _), p = cells_left(moments), len(moments.regressors)
    counts = counts * moments.kept.counts.any(axis=0)
    named = dict(zip(moments.columns[p:], beta[p:], strict=True))
    effects = np.array([named.get(f"{moments.time}[{time}]", 0.0) for time in moments.times])
    there = np.where(counts > 0, counts, np.nan)
    # Of all rows of a place: with effects of its households ``n`` leaves out those seen once.
    n = counts.sum(axis=1)
    about = means - n @ means / n.sum()  # an offset costs digits
    cells = sums / there[:, :, None] + about[:, None]
    errors = cells[:, :, 0] - cells[:, :, 1:] @ beta[:p] - effects
    totals = np.nansum(errors * counts, axis=1, keepdims=True)
    return errors - (totals / n[:, None] if moments.entity else totals.sum() / n.sum())


def dependence(errors: np.ndarray) -> dict[str, float]:
    """Return how far the residuals of places move together: pairs, mean and mean absolute correlation, and what chance gives.

    ``errors`` (G, T) as of ``residuals``; pairs of places with at least four years in common; ``chance`` is
    Γ((T−1)/2)/(√π Γ(T/2)) averaged over the pairs, the mean absolute correlation of independent normal residuals.
    Source: Pesaran 2015, doi:10.1080/07474938.2014.956623.

    >>> found = dependence(np.array([[1.0, -1, 1, -1, 0], [2.0, -2, 2, -2, 0], [-1.0, 1, -1, 1, 0]]))
    >>> found["pairs"], round(found["mean"], 2), round(found["mean_abs"], 2), round(found["chance"], 2)
    (3, -0.33, 1.0, 0.42)
    """
    known = ~np.isnan(errors)
    first, second = np.triu_indices(len(errors), 1)
    common = known[first] & known[second]
    years = common.sum(axis=1)
    keep = years >= 4
    first, second, common, years = first[keep], second[keep], common[keep], years[keep]
    a, b = (np.where(common, np.nan_to_num(errors[rows]), 0.0) for rows in (first, second))
    a, b = (np.where(common, part - part.sum(axis=1, keepdims=True) / years[:, None], 0.0) for part in (a, b))
    size = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    varies = size > 0
    rho = (a * b).sum(axis=1)[varies] / size[varies]
    half = years[varies] / 2
    chance = np.exp(gammaln(half - 0.5) - gammaln(half)) / np.sqrt(np.pi)
    if not len(rho):
        return {"pairs": 0, "mean": np.nan, "mean_abs": np.nan, "chance": np.nan}
    means = {"mean": rho.mean(), "mean_abs": np.abs(rho).mean(), "chance": chance.mean()}
    return {"pairs": len(rho)} | {name: float(value) for name, value in means.items()}


def diagnose(
    moments: Mapping[tuple[str, str], Moments], drivers: Sequence[str], without: pd.DataFrame
) -> pd.DataFrame:
    """Return the diagnostics of each fit: estimator, scale, quantity, column, place, value.

    ``moments`` by (estimator, scale); ``without``: the estimates leaving one place out (estimator, scale,
    driver, place, estimate). Influence: the lowest and highest of these, and the pair of places that moves the
    estimate most. Overlap: the largest partial leverage (the part of a driver's variation beside all other
    regressors that one place brings), and the number of equal places that would bring as much.
    """
    rows = []
    for (estimator, scale), m in moments.items():
        beta = solve(m)
        own = without[(without["estimator"] == estimator) & (without["scale"] == scale)]
        items = [
            ("rows", None, None, int(m.n.sum()) + sum(count for *_, count in m.dropped)),
            *((f"dropped: {reason}", column, None, count) for reason, column, count in m.dropped),
            ("rows used", None, None, int(m.n.sum())),
            ("clusters", m.cluster, None, len(m.n)),
            ("smallest cluster", m.cluster, None, int(m.n.min())),
            ("largest cluster", m.cluster, None, int(m.n.max())),
            ("within R²", None, None, within_r2(m, beta)),
        ]
        for driver, column in zip(drivers, m.regressors, strict=False):
            found = _influence(m, beta, column, own[own["driver"] == driver])
            items += [(quantity, driver, place, value) for quantity, place, value in found]
        if m.time:
            found = dependence(residuals(m, beta))
            items += [(f"residual correlation: {name}", None, None, value) for name, value in found.items()]
        rows += [(estimator, scale, *item) for item in items]
    return pd.DataFrame(rows, columns=["estimator", "scale", "quantity", "column", "place", "value"])


def _influence(moments, beta, column, own):
    low, high = (own.loc[own["estimate"].agg(which)] for which in ("idxmin", "idxmax"))
    shares = leverage(moments, column)
    top = int(shares.argmax())
    yield "lowest without one place", low["place"], low["estimate"]
    yield "highest without one place", high["place"], high["estimate"]
    if len(moments.n) > 3:
        pair = leave_pairs_out(moments, column, beta).iloc[0]
        yield "moved most by two places", f"{pair['first']}, {pair['second']}", pair["estimate"]
    yield "largest share of variation", moments.clusters[top], shares[top]
    yield "places of equal variation", None, effective_clusters(moments, column)


@dataclass(frozen=True, eq=False)
class Scatter:
    """The points and least-squares slopes of a driver beside an outcome, between places and within them.

    ``table``: view ("between", "within"), place, year (missing between places) and both terms; ``slopes`` by view.
    """

    outcome: str
    driver: str
    table: pd.DataFrame
    slopes: dict[str, float]

    def points(self, view: str) -> pd.DataFrame:
        """Return place, year and both terms of one view."""
        return self.table[self.table["view"] == view].drop(columns="view").reset_index(drop=True)

    def line(self, view: str) -> pd.DataFrame:
        """Return both ends of the line through the mean of a view's points."""
        points = self.points(view)
        x = points[self.driver]
        ends = np.array([x.min(), x.max()])
        heights = points[self.outcome].mean() + self.slopes[view] * (ends - x.mean())
        return pd.DataFrame({self.driver: ends, self.outcome: heights})


def scatter(
    panel: pd.DataFrame, outcome: str, driver: str, *, cluster: Key = "place", time: str = "year"
) -> Scatter:
    """Return a driver beside the outcome in the means of places, and in what place and year effects leave of both.

    ``panel``: one row a place and year; ``outcome``, ``driver``: terms as in ``fit_drivers``, of which the slopes
    are the between and the within estimates. Raises as ``place_means`` and ``solve`` do.
    Source: Mundlak 1978, doi:10.2307/1913646.

    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0.0, 1, 0, 2, 0, 3]})
    >>> both = scatter(panel.assign(y=[0.0, 1, 0, 3, 1, 4]), "y", "x")
    >>> {view: round(slope, 3) for view, slope in both.slopes.items()}
    {'between': 2.0, 'within': 1.0}
    """
    terms = [driver, outcome]
    means = place_means(panel, terms, place=cluster, time=time)
    x, y = means.columns
    panel, place = keyed(panel, cluster)
    across = Moments.from_frame(means.table, y, [x], cluster=place, entity=None, time=None)
    along = Moments.from_frame(panel, outcome, [driver], entity=[place], cluster=[place], time=time)
    slopes = {"between": float(solve(across)[0]), "within": float(solve(along)[0])}
    between = means.table.set_axis(["place", *terms], axis="columns")
    within = _beside_effects(panel, terms, along)
    table = pd.concat([between.assign(view="between"), within.assign(view="within")], ignore_index=True)
    table = table[["view", "place", "year", *terms]].astype({"year": "Int64"})
    return Scatter(outcome, driver, table, slopes)


def _beside_effects(panel: pd.DataFrame, terms: list[str], moments: Moments) -> pd.DataFrame:
    """Return place, year and, of each term, what place and year effects leave, of the rows that count in ``moments``."""
    keys = panel[[moments.cluster, str(moments.time)]]
    kept = {(moments.labels[g], moments.times[t]) for g, t in np.argwhere(moments.kept.counts)}
    values = np.column_stack([read_term(panel, term)[0] for term in terms])
    usable = ~np.isnan(values).any(axis=1) & [key in kept for key in keys.itertuples(index=False, name=None)]
    keys, values = keys[usable], values[usable] - values[usable].mean(axis=0)
    effects = pd.get_dummies(keys, columns=[*keys], dtype=float).to_numpy()
    left = pd.DataFrame(values - effects @ np.linalg.lstsq(effects, values)[0], columns=terms)
    return keys.set_axis(["place", "year"], axis="columns").reset_index(drop=True).join(left)
