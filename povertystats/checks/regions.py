"""The same association by regions in place of places: where residuals of a region go together, and with years of each region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from povertystats.associations.associations import fit_drivers
from povertystats.associations.check import Check, checked
from povertystats.associations.regional import by_regions, regions_of
from povertystats.frames.keys import Key, key_name
from povertystats.frames.model import read_model
from povertystats.frames.rates import Units
from povertystats.words.errors import Refused, refuse
from povertystats.words.phrases import estimate_words, step_words, term_name
from povertystats.words.wording import p_value, say

_ESTIMATE = ["estimate", "se", "t", "p", "low", "high", "p_wild", "low_wild", "high_wild", "detectable"]
# With fewer regions than this every pattern of signs is used, and the least p is told.
_FEW = 12


@dataclass(frozen=True, eq=False, repr=False)
class Regions(Check):
    """Each driver's association by places, by regions, and with year effects of each region, one row each and scale.

    Parameters
    ----------
    table : DataFrame
        The columns of every check (check, driver, way, estimate, low, high, p, n, level), then scale and its unit, by
        ("place", "region": errors by regions; "years": errors by places, each region with year effects of its own),
        outcome, se, t, p_wild, low_wild, high_wild (bootstrap; NaN where it can reject nothing), detectable, clusters,
        reason (why there is no estimate or no test; "" where there is one). Estimates: outcome on its scale per unit of
        the driver; "place" and "region" have the same.
    dependence : DataFrame
        One row a scale: within and between (mean correlations of the residuals of two places of one region, and of
        different ones), p (that the first is no larger), places, regions, reason (why there is no test).

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> panel = pd.DataFrame([(g, t) for g in range(24) for t in range(8)], columns=["place", "year"])
    >>> panel["region"], (shock, trend) = panel.place % 6, rng.normal(size=(2, 6, 8)).cumsum(axis=2)
    >>> panel["x"] = trend[panel.region, panel.year] + rng.normal(size=192)
    >>> panel["y"] = 2 * shock[panel.region, panel.year] + rng.normal(size=192)
    >>> by_region(panel, "y", ["x"], scales=["points"]).dependence[["within", "between", "p"]].round(2).values.tolist()
    [[0.62, -0.13, 0.0]]
    """

    table: pd.DataFrame
    dependence: pd.DataFrame
    kind = "regions"

    @property
    def together(self) -> tuple[str, ...]:
        """The scales on which residuals of places in one region clearly go together (p at most 1 − level)."""
        return tuple(self.dependence["scale"][self.dependence["p"] <= 1 - self._level])

    @property
    def changed(self) -> tuple[tuple[str, str], ...]:
        """The (driver, scale) of which regions give another answer than places: clear by one of them only."""
        pairs = ((key, self._clear(rows)) for key, rows in self._by_driver())
        return tuple(key for key, (place, region) in pairs if place != region)

    @property
    def lost(self) -> dict[tuple[str, str], pd.DataFrame]:
        """The answers ("place", "region", "years": a row each) by (driver, scale) that is clear by place, not by region."""
        return {key: rows for key, rows in self._by_driver() if self._clear(rows) == (True, False)}

    @property
    def _level(self) -> float:
        return float(self.table["level"].iloc[0])

    def _by_driver(self) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
        for key, rows in self.table.groupby(["driver", "scale"], sort=False):
            yield (str(key[0]), str(key[1])), rows.set_index("by")

    def _clear(self, rows: pd.DataFrame) -> tuple[bool, bool]:
        place, region = (bool(rows.loc[by, "p"] <= 1 - self._level) for by in ("place", "region"))
        return place, region

    def _names(self, lang: str, labels: Mapping[str, str]) -> list[str]:
        rows = zip(self.table["by"], self.table["unit"], strict=True)
        return [f"{say(f'regions.by.{by}', lang)}, {say(f'drivers.scale.{unit}', lang)}" for by, unit in rows]

    def _text(self, lang: str, labels: Mapping[str, str]) -> str:
        units = dict(zip(self.table["scale"], self.table["unit"], strict=True))
        scales = {scale: say(f"drivers.scale.{unit}", lang) for scale, unit in units.items()}
        lines = []
        for row in self.dependence.itertuples():
            kind = "untested" if np.isnan(row.p) else "together" if row.scale in self.together else "calm"
            told = "" if np.isnan(row.p) else p_value(row.p, lang)
            numbers = {"within": row.within, "between": row.between, "p": told}
            lines.append(say(f"regions.{kind}", lang, scale=scales[row.scale], **numbers))
        first = [
            self._line(key, rows, scales, lang, labels)
            for key, rows in self._by_driver()
            if key in self.changed
        ]
        others = [
            self._line(key, rows, scales, lang, labels)
            for key, rows in self._by_driver()
            if key not in self.changed
        ]
        lines = [*first, *lines, *others]
        regions = int(self.table.loc[self.table["by"] == "region", "clusters"].min())
        if regions < _FEW:
            lines.append(say("regions.few", lang, regions=regions, least=2.0 ** (1 - regions)))
        return "\n".join([*lines, say("drivers.association", lang)])

    def _line(
        self,
        key: tuple[str, str],
        rows: pd.DataFrame,
        scales: Mapping[str, str],
        lang: str,
        labels: Mapping[str, str],
    ) -> str:
        """Return the answer of a driver on one scale by places, by regions and with years of each region."""
        driver, scale = key
        place, region, years = (rows.loc[by] for by in ("place", "region", "years"))
        told = {by: p_value(row["p"], lang) for by, row in (("place", place), ("region", region))}
        if not np.isnan(wild := float(region["p_wild"])):
            told["region"] += say("drivers.p.wild_tiny" if wild < 0.001 else "drivers.p.wild", lang, p=wild)
        kinds = {
            (True, False): "lost",
            (False, True): "gained",
            (True, True): "kept",
            (False, False): "neither",
        }
        kind = "none" if np.isnan(region["p"]) else kinds[self._clear(rows)]
        names = {"driver": labels.get(driver) or term_name(driver, lang, labels), "scale": scales[scale]}
        names["outcome"] = term_name(place["outcome"], lang, labels)
        line = say(f"regions.{kind}", lang, regions=int(region["clusters"]), **names, **told)
        if kind == "lost" and scale in self.together:
            line += " " + say("regions.read", lang)
        if np.isnan(years["estimate"]):
            return f"{line} {say('regions.years_none', lang)}"
        names["step"], step = step_words(driver, lang, labels)
        with_years, without = (estimate_words(row, lang, row["unit"], step=step) for row in (years, place))
        values = {"change": with_years["change"], "otherwise": without["change"], "p": with_years["p"]}
        return f"{line} {say('regions.years', lang, **names, **values)}"


def by_region(
    panel: pd.DataFrame,
    outcome: str,
    drivers: Sequence[str],
    *,
    controls: Sequence[str] = (),
    region: Key = "region",
    scales: Sequence[str] | None = None,
    place: Key = "place",
    year: str = "year",
    cluster: Key | None = None,
    time: str | bool | None = True,
    weights: str | None = None,
    units: Units = None,
    level: float = 0.95,
    draws: int = 9999,
    seed: int = 1,
) -> Regions:
    """Ask whether an association holds when places of one region share what no figure tells.

    Errors by places take two of them for independent. Where a region shares shocks (a drought, a bank, a programme), and
    the driver goes by regions too, the test by places finds too much: in a fifth of samples without any association
    with 63 places of 6 regions. Three answers side by side: errors by places (cluster jackknife, t of G − 1), errors by
    regions (the same with t of R − 1, and the wild cluster bootstrap over all patterns of signs), and year effects of
    each region, which take out what it shares.

    Parameters
    ----------
    panel : DataFrame
        One row a place and year.
    outcome : str
        Its column, such as a rate in per cent.
    drivers, controls : sequence of str
        Columns, or ``log(column)``.
    region : str or sequence of str, default "region"
        The column (or full key) of regions, or of other groups of places, one a place.
    scales : sequence of str, optional
        Scales of the outcome, as in ``fit_drivers``.
    place, year : str or sequence of str, default "place" and "year"
        The columns of places (the full key, such as ["district", "commune"], where names repeat) and of years.
    cluster : str or sequence of str, optional
        What errors are clustered by in the first answer: the places.
    time : str or True, default True
        The column of years, where it is not ``year``.
    weights : str, optional
        A column of weights, as in ``fit_drivers``.
    units : str or mapping of str to str, optional
        The unit in which rates are written, as in ``fit_drivers``.
    level : float, default 0.95
        The confidence of the intervals.
    draws, seed : int
        Draws of the bootstrap (0: none), as in ``fit_drivers``, and its seed.

    Returns
    -------
    Regions
        In which an answer that the data do not allow has a reason and no estimate.

    Raises
    ------
    WrongType
        When ``panel`` is not a DataFrame.
    Refused
        All problems at once: places in several regions or in none, fewer than two regions, what ``fit_drivers`` refuses.

    Notes
    -----
    The dependence of residuals is tested by dealing regions to places at random. It is no proof of independence: of 20
    places it misses mild dependence in a quarter of samples. With few regions (6 to 8) tests by region hold their level
    but find little; CV3 is then to be preferred to CRV1.

    References
    ----------
    MacKinnon, Nielsen & Webb 2023, doi:10.1016/j.jeconom.2022.04.001 (the level of clustering); Mantel 1967, Cancer
    Research 27: 209-220 (permuting regions).

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> panel = pd.DataFrame([(g, t) for g in range(24) for t in range(8)], columns=["place", "year"])
    >>> panel["region"], (shock, trend) = panel.place % 6, rng.normal(size=(2, 6, 8)).cumsum(axis=2)
    >>> panel["x"] = trend[panel.region, panel.year] + rng.normal(size=192)
    >>> panel["y"] = 2 * shock[panel.region, panel.year] + rng.normal(size=192)
    >>> found = by_region(panel, "y", ["x"], scales=["points"])
    >>> found.table[["by", "p", "clusters"]].round(3).values.tolist()
    [['place', 0.001, 24], ['region', 0.104, 6], ['years', 0.762, 24]]
    """
    who = place if cluster is None else cluster
    when = year if time is True else time or ""
    names, unread = read_model(panel, [], place=who, regions=[region])
    of, problems = regions_of(names, who, region)
    problems = [*unread, *problems] if when else ["time is None; expected the column of years"]
    if of and len({*of.values()}) < 2:
        problems.append(f"1 {key_name(region)} in all; expected several, better 6 or more")
    how: dict[str, Any] = {
        "controls": controls,
        "place": place,
        "year": year,
        "cluster": cluster,
        "time": time,
    }
    how |= {"weights": weights, "units": units, "level": level, "draws": draws, "seed": seed}
    try:
        fit = fit_drivers(panel, outcome, drivers, scales=scales, **how)
    except Refused as refused:
        problems += refused.problems
    refuse(f"cannot tell drivers of {outcome!r} by region", dict.fromkeys(problems))
    parts, dependence = [], []
    for (estimator, scale), moments in fit.moments.items():
        own = fit.table[(fit.table["estimator"] == estimator) & (fit.table["scale"] == scale)]
        own = own.reset_index(drop=True).rename(columns={"places": "clusters"}).assign(reason="")
        found = by_regions(
            moments, of, len(own), region=key_name(region), level=level, draws=draws, seed=seed
        )
        larger = own.assign(detectable=np.nan).assign(**found.table.drop(columns="no_bootstrap"))
        parts += [own.assign(by="place"), larger.assign(by="region")]
        parts.append(_with_years(panel, own, region, outcome, scale, how))
        tested = {
            name: getattr(found.dependence, name) for name in ("within", "between", "p", "places", "regions")
        }
        dependence.append({"scale": scale, **tested, "reason": found.dependence.reason})
    columns = ["driver", "scale", "unit", "by", "outcome", *_ESTIMATE, "n", "clusters", "reason"]
    table = pd.concat(parts, ignore_index=True)[columns].assign(level=level)
    order = table["driver"].map({driver: i for i, driver in enumerate(fit.drivers)})
    table = table.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
    return Regions(checked(Regions.kind, table, ["scale", "by"]), pd.DataFrame(dependence))


def _with_years(
    panel: pd.DataFrame, own: pd.DataFrame, region: Key, outcome: str, scale: str, how: Mapping[str, Any]
) -> pd.DataFrame:
    """Return the rows of a scale with year effects of each region, or the reason why there are none."""
    try:
        fit = fit_drivers(panel, outcome, own["driver"].tolist(), scales=[scale], years_by=region, **how)
    except Refused as refused:
        blank = own.assign(**dict.fromkeys(_ESTIMATE, np.nan), n=0, clusters=0)
        return blank.assign(reason="; ".join(refused.problems), by="years")
    return fit.table.rename(columns={"places": "clusters"}).assign(reason="", by="years")
