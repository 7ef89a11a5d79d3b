"""An association by regions in place of places: errors that a region shares, and whether the residuals call for them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from povertystats.clusters.bootstrap import wild
from povertystats.clusters.dependence import WithinRegions, residuals, within_regions
from povertystats.clusters.jackknife import by_jackknife, leave_one_out
from povertystats.frames.keys import Key, key_name, keyed, shown
from povertystats.regression.combination import larger_clusters
from povertystats.regression.inference import solve
from povertystats.regression.moments import Moments
from povertystats.regression.terms import first_three
from povertystats.words.errors import Refused
from povertystats.words.names import first_names

_ESTIMATE = ["estimate", "se", "t", "p", "low", "high", "p_wild", "low_wild", "high_wild"]


@dataclass(frozen=True, eq=False)
class Regional:
    """The answer by regions: ``table``, a row a driver, and the ``dependence`` of residuals within regions.

    Columns: estimate, se, t, p, low, high (CV3 by region; ``reason`` where there is none), p_wild, low_wild, high_wild
    (``no_bootstrap``: why not), clusters.
    """

    table: pd.DataFrame
    dependence: WithinRegions

    def called_for(self, level: float) -> bool:
        """Whether residuals go together within regions, by the test at 1 − ``level``."""
        return self.dependence.p <= 1 - level

    def changes(self, p: pd.Series, level: float) -> pd.Series:
        """Whether each driver's p by place falls on the other side of 1 − ``level`` by region, or has none there."""
        own, other = p.to_numpy(float) <= 1 - level, self.table["p"].to_numpy(float)
        return pd.Series(np.where(np.isnan(other), own, own != (other <= 1 - level)), index=p.index)


def regions_of(panel: pd.DataFrame, place: Key, region: Key) -> tuple[dict[Hashable, Hashable], list[str]]:
    """Return {label of a place: its region}, and what is wrong: places in several regions, or in none.

    >>> panel = pd.DataFrame({"place": list("aab"), "region": ["N", "N", "S"]})
    >>> regions_of(panel, "place", "region")
    ({'a': 'N', 'b': 'S'}, [])
    >>> regions_of(panel.assign(region=["N", "S", None]), "place", "region")[1]
    ["1 place(s) in more than one region, first a; expected one each, or years_by='region'", '1 place(s) without a region: b']
    """
    rows, name, area = keyed(panel, place, region)
    if lacking := [column for column in (name, area) if list(rows.columns).count(column) != 1]:
        return {}, [
            f"no such column: {column!r}; the panel has {first_names(panel.columns)}" for column in lacking
        ]
    if name == area:
        return {}, [f"regions {area!r} are also the clusters; expected larger areas than these"]
    pairs = pd.DataFrame({"place": rows[name], "region": rows[area]}).dropna(subset="place").drop_duplicates()
    there = pairs.dropna()
    several = there["place"][there["place"].duplicated()].unique().tolist()
    none = [label for label in pairs["place"].unique().tolist() if label not in {*there["place"]}]
    problems = []
    if several:
        advice = f"expected one each, or years_by={area!r}"
        problems.append(
            f"{len(several)} {name}(s) in more than one {area}, first {shown(several[:1])[0]}; {advice}"
        )
    if none:
        problems.append(f"{len(none)} {name}(s) without a {area}: {first_three([*map(str, shown(none))])}")
    return dict(there.itertuples(index=False, name=None)), problems


def asked_regions(
    panel: Any, place: Key, region: Key, in_rows: bool
) -> tuple[dict[Hashable, Hashable], list[str]]:
    """Return ``regions_of`` for a fit, and what is wrong with asking it of regions (``in_rows``: not from moments).

    >>> asked_regions("register/*.parquet", "place", "region", False)
    ({}, ["region 'region' is a column of a DataFrame; of files and tables use years_by, or cluster with entity"])
    """
    if not isinstance(panel, pd.DataFrame):
        why = "is a column of a DataFrame; of files and tables use years_by, or cluster with entity"
    elif in_rows:
        why = "goes with clusters of one kind and without further effects"
    else:
        return regions_of(panel, place, region)
    return {}, [f"region {key_name(region)!r} {why}"]


def by_regions(
    moments: Moments,
    of: Mapping[Hashable, Hashable],
    drivers: int,
    *,
    region: str = "region",
    level: float = 0.95,
    draws: int = 9999,
    seed: int = 1,
) -> Regional:
    """Return what the first regressors' tests are when errors go together within regions, from the moments by place.

    CV3 with t(R − 1), and WCR where the regions are enough to reject anything (``wild``; all patterns of signs with
    12 or fewer); the test of dependence is ``within_regions``. ``of``: {place: region}.

    >>> rng = np.random.default_rng(1)
    >>> panel = pd.DataFrame([(g, t) for g in range(20) for t in range(8)], columns=["place", "year"])
    >>> shock, trend = rng.normal(size=(2, 5, 8))
    >>> panel["x"] = trend[panel.place % 5, panel.year] + rng.normal(size=160)
    >>> panel["y"] = 2 * shock[panel.place % 5, panel.year] + rng.normal(size=160)
    >>> found = by_regions(Moments.from_frame(panel, "y", ["x"]), {g: g % 5 for g in range(20)}, 1)
    >>> found.table["clusters"].tolist(), round(found.dependence.within, 2), found.dependence.p
    ([5], 0.73, 0.001)
    """
    beta = solve(moments)
    names = moments.regressors[:drivers]
    larger = larger_clusters(moments, of, region)
    used = np.flatnonzero(moments.kept.counts.any(axis=1))
    labels = [of[moments.labels[g]] for g in used]
    tested = _dependence(moments, beta, labels, seed)
    table = pd.DataFrame(index=range(len(names)), columns=_ESTIMATE, dtype=float)
    table = table.assign(clusters=len(larger.n), reason="", no_bootstrap="")
    table["estimate"] = estimates = beta[: len(names)]
    for at, name in enumerate(names):
        try:
            without = leave_one_out(larger, [name])[:, [at]]
            row = by_jackknife([name], estimates[[at]], without, level=level).iloc[0]
            table.loc[at, _ESTIMATE[:6]] = row[_ESTIMATE[:6]].to_numpy(float)
        except Refused as refused:
            table.loc[at, "reason"] = "; ".join(refused.problems)
        if draws:
            try:
                row = wild(larger, name, draws=draws, seed=seed, level=level).table.iloc[0]
                table.loc[at, _ESTIMATE[6:]] = row[["p", "low", "high"]].to_numpy(float)
            except Refused as refused:
                table.loc[at, "no_bootstrap"] = "; ".join(refused.problems)
    return Regional(table, tested)


def with_regions(
    table: pd.DataFrame,
    moments: Mapping[tuple[str, str], Moments],
    of: Mapping[Hashable, Hashable],
    **options: Any,
) -> pd.DataFrame:
    """Return the table of a fit with verdicts that know of regions; ``moments`` by (estimator, scale).

    Where residuals go together within regions, and by regions a driver falls on the other side of 1 − ``level``, its
    test by place is "doubtful" (where it is not "none") for the reason "regions", and no p of the table is the one to read.
    ``options``: of ``by_regions``.

    >>> rng = np.random.default_rng(5)
    >>> panel = pd.DataFrame([(g, t) for g in range(24) for t in range(8)], columns=["place", "year"])
    >>> region, (shock, trend) = panel.place % 6, rng.normal(size=(2, 6, 8)).cumsum(axis=2)
    >>> panel["x"] = trend[region, panel.year] + rng.normal(size=192)
    >>> panel["y"] = 2 * shock[region, panel.year] + rng.normal(size=192)
    >>> made = {("within", "points"): Moments.from_frame(panel, "y", ["x"])}
    >>> table = pd.DataFrame({"estimator": ["within"], "scale": "points", "p": 0.001, "verdict": "holds", "read": "p", "why": ""})
    >>> with_regions(table, made, {g: g % 6 for g in range(24)})[["verdict", "read", "why"]].values.tolist()
    [['doubtful', '', 'regions']]
    """
    level, told = options.get("level", 0.95), table.copy()
    for (estimator, scale), fitted in moments.items():
        rows = told.index[(told["estimator"] == estimator) & (told["scale"] == scale)]
        answer = by_regions(fitted, of, len(rows), **options)
        if not answer.called_for(level):
            continue
        for at in rows[answer.changes(told.loc[rows, "p"], level)]:
            told.loc[at, "why"] = "; ".join(filter(None, [told.loc[at, "why"], "regions"]))
            if told.loc[at, "verdict"] != "none":
                told.loc[at, ["verdict", "read"]] = "doubtful", ""
    return told


def _dependence(moments: Moments, beta: np.ndarray, labels: list, seed: int) -> WithinRegions:
    if moments.years_by or not moments.time:
        blank: dict[str, Any] = {"within": np.nan, "between": np.nan, "p": np.nan, "draws": 0}
        why = (
            f"each {moments.years_by} has years of its own"
            if moments.years_by
            else "there are no time effects"
        )
        return WithinRegions(**blank, places=len(labels), regions=len({*labels}), reason=why)
    return within_regions(residuals(moments, beta), labels, seed=seed)
