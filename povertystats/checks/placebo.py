"""Tests that an association should fail if the driver acted: later drivers, the reverse direction, levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pandas as pd

from povertystats.associations.associations import SCALES_USED, fit_drivers
from povertystats.associations.check import Check, checked
from povertystats.associations.options import two_kinds
from povertystats.estimators.formula import is_formula
from povertystats.estimators.formula_given import with_formula
from povertystats.estimators.outcomes import rate_in
from povertystats.frames.keys import Key, key_name, keyed
from povertystats.frames.model import read_model
from povertystats.frames.rates import Units, model_rates
from povertystats.regression.terms import SCALES, parse, read_term
from povertystats.words.errors import Refused, not_whole, refuse
from povertystats.words.phrases import term_name
from povertystats.words.wording import p_value, say

_ESTIMATE = ["estimate", "se", "t", "p", "low", "high"]


@dataclass(frozen=True, eq=False, repr=False)
class Placebo(Check):
    """The placebo tests of each driver, one row a test, driver and scale.

    Parameters
    ----------
    table : DataFrame
        The columns of every check (check, driver, way, estimate, low, high, p, n, level), then test ("lead", "reverse",
        "level"), scale and its unit, outcome, se, t, places, reason (why there is no estimate; "" where there is one). Units: of
        "lead" the outcome per unit of the driver; of "reverse" and "level" the driver per unit of the outcome on the
        scale.
    lead : int
        How many years later the driver is taken.

    Examples
    --------
    >>> panel = pd.DataFrame({"place": list("aaaabbbbcccc"), "year": [1, 2, 3, 4] * 3})
    >>> panel["y_pct"], panel["x"] = [9, 8, 7, 6, 5, 6, 4, 1, 8, 7, 5, 4], [0, 1, 4, 5, 0, 2, 1, 3, 5, 4, 3, 0]
    >>> placebo(panel, "y_pct", ["x"], scales=["points"]).clear.tolist()
    [False, False, False]
    """

    table: pd.DataFrame
    lead: int
    kind = "placebo"

    def _names(self, lang: str, labels: Mapping[str, str]) -> list[str]:
        rows = self.table.itertuples()
        tests = [(say(f"placebo.test.{row.test}", lang), row.unit) for row in rows]
        return [f"{test}, {say(f'drivers.scale.{scale}', lang)}" for test, scale in tests]

    def _text(self, lang: str, labels: Mapping[str, str]) -> str:
        lines = {}
        for key, rows in self._with_verdict.groupby(["driver", "test", "verdict"], sort=False):
            driver, test, verdict = key
            lines[key] = self._line(driver, test, verdict, rows, lang, labels)
        first = [key for key in lines if key[1:] == ("lead", "clear")]
        return "\n".join([lines[key] for key in first] + [lines[key] for key in lines if key not in first])

    @property
    def _with_verdict(self) -> pd.DataFrame:
        verdict = pd.Series("unclear", self.table.index)
        verdict[self.clear] = "lower"
        verdict[self.table["low"] > 0] = "higher"
        verdict[self.clear & (self.table["test"] == "lead")] = "clear"
        verdict[self.table["reason"] != ""] = "none"
        return self.table.assign(verdict=verdict)

    def _line(
        self, driver: str, test: str, verdict: str, rows: pd.DataFrame, lang: str, labels: Mapping[str, str]
    ) -> str:
        outcome = rows["outcome"].iloc[0]
        column = parse(driver)[1]  # a logarithm is higher where its column is: no need to name it
        values = {
            "driver": labels.get(driver) or labels.get(column, column),
            "outcome": term_name(outcome, lang, labels),
            "when": say("placebo.year" if self.lead == 1 else "placebo.years", lang, lead=self.lead),
        }
        scales = [say(f"drivers.scale.{scale}", lang) for scale in rows["unit"]]
        if verdict == "none":
            values["test"] = say(f"placebo.test.{test}", lang)
            return say("placebo.none", lang, scales=", ".join(scales), **values)
        told = "; ".join(f"{scale} ({p_value(p, lang)})" for scale, p in zip(scales, rows["p"], strict=True))
        line = say(f"placebo.{test}.{verdict}", lang, scales=told, **values)
        if test == "reverse" and verdict != "unclear":
            line += " " + say("placebo.slow", lang, **values)
        return line


def placebo(
    panel: pd.DataFrame,
    outcome: str,
    drivers: Sequence[str] = (),
    *,
    controls: Sequence[str] = (),
    scales: Sequence[str] | None = None,
    lead: int = 1,
    level: float = 0.95,
    place: Key = "place",
    year: str = "year",
    cluster: Key | None = None,
    time: str | bool | None = True,
    effects: Sequence[str] = (),
    weights: str | None = None,
    units: Units = None,
) -> Placebo:
    """Test whether a driver goes with an outcome on which it cannot have acted, and whether it follows it.

    Parameters
    ----------
    panel : DataFrame
        One row a place and year. A row without another exactly ``lead`` years later is left out: gaps are never bridged.
    outcome : str
        Its column, a rate in per cent; or, without drivers, a formula, ``"poor_pct ~ x + log(z)"`` (``fit_drivers``).
    drivers, controls : sequence of str
        Columns, or ``log(column)``.
    scales : sequence of str, optional
        Scales of the outcome; left out: points and log-odds as far as it has them, as in ``fit_drivers``.
    lead : int, default 1
        How many years later the driver is taken.
    level : float, default 0.95
        The confidence of the intervals.
    place, year : str or sequence of str, default "place" and "year"
        The columns of places (the full key, such as ["district", "commune"], where names repeat) and of years (numbers,
        texts, dates or periods).
    cluster : str or sequence of str, optional
        What errors are clustered by, as in ``fit_drivers``: the places, or "place + year".
    time : str or True, default True
        The column of years, where it is not ``year``.
    effects, weights : sequence of str, str, optional
        Further effects and a column of weights, as in ``fit_drivers``; "level" compares places and has no use for either.
    units : str or mapping of str to str, optional
        The unit in which rates are written, as in ``fit_drivers``.

    Returns
    -------
    Placebo
        In which a test that the data do not allow has a reason and no estimate.

    Raises
    ------
    WrongType
        When ``panel`` is not a DataFrame.
    Refused
        All problems at once, when ``lead`` is not a positive whole number, years are not numbers, or the model itself
        cannot be fitted (``fit_drivers``).

    Notes
    -----
    "lead": ``y_it = b·x_i,t+lead + Σ_j β_j x_jit + place_i + year_t + e_it``, all drivers of the year beside the later
    one, which cannot have acted yet: a clear b says that something else moves both, that the driver follows the outcome,
    or that it is measured with error, so that its later value tells of this year's.

    "reverse": ``x_i,t+lead = b·y_it + place_i + year_t + e_it``: is there more of the driver after poverty was higher?
    No proof that it follows: a driver that changes slowly and goes with the outcome of its own year looks the same (63
    places, 9 years, autocorrelation .7, effect −.5: found in nine of ten simulated panels though nothing is targeted);
    "lead", beside this year's driver, does not confuse the two.

    "level": ``x̄_i = a + b·ȳ_i + e_i`` over the means of places, no controls: is there more where poverty is higher?

    Errors: cluster jackknife, t(G − 1); of two kinds of clusters that of the fewer ("level": of the places alone).

    References
    ----------
    Rothstein 2010, doi:10.1162/qjec.2010.125.1.175 (later treatment as a placebo).

    Examples
    --------
    >>> panel = pd.DataFrame({"place": list("aaaabbbbcccc"), "year": [1, 2, 3, 4] * 3})
    >>> panel["y_pct"], panel["x"] = [9, 8, 7, 6, 5, 6, 4, 1, 8, 7, 5, 4], [0, 1, 4, 5, 0, 2, 1, 3, 5, 4, 3, 0]
    >>> tests = placebo(panel, "y_pct", ["x"], scales=["points"])
    >>> tests.table[["test", "estimate", "n"]].round(3).values.tolist()
    [['lead', -0.127, 9], ['reverse', 0.625, 9], ['level', 0.311, 3]]
    """
    if is_formula(outcome, drivers):
        return with_formula(placebo, locals())
    problems = not_whole(1, lead=lead)
    when = year if time is True else time or ""
    if not when:
        problems.append("time is None; expected the column of years")
        refuse(f"cannot test drivers of {outcome!r}", problems)
    terms = [parse(t)[1] for t in (outcome, *drivers, *controls, weights) if isinstance(t, str)]
    who, other, wrong = two_kinds(cluster, place, when, getattr(panel, "columns", ()))
    problems += wrong
    panel, unread = read_model(panel, terms, place=who, time=when)
    linked = rate_in(outcome, SCALES_USED if scales is None else scales, (), units)
    panel, doubts = model_rates(panel, terms, linked=linked, units=units)
    problems += [*unread, *doubts]
    both = who if other is None else f"{key_name(who)} + {other}"
    keys: dict[str, Any] = {
        "cluster": both,
        "time": when,
        "level": level,
        "effects": effects,
        "weights": weights,
    }
    said = [name for name in terms if isinstance(units, str) or name in (units or {})]
    keys["units"] = dict.fromkeys([name for name in terms if name in said or name.endswith("_pct")], "pct")
    try:
        fit = fit_drivers(panel, outcome, drivers, controls=controls, scales=scales, draws=0, **keys)
    except Refused as refused:
        problems += refused.problems
    refuse(f"cannot test drivers of {outcome!r}", problems)

    panel, name = keyed(panel, who)
    frame = _with_later(panel, fit.drivers, lead, name, when)
    keys["cluster"] = [name] if other is None else f"{name} + {other}"
    alone = {"cluster": [name], "effects": (), "weights": None}
    rows = []
    kinds = fit.table.set_index("scale")["unit"].to_dict()
    for driver in fit.drivers:
        now, later = _at(driver, 0), _at(driver, lead)
        others = (*fit.drivers, *fit.controls)
        for test, scale in product(("lead", "reverse", "level"), fit.table["scale"].unique()):
            y = SCALES[scale].format(outcome)
            ways: dict[str, tuple[str, str, dict[str, Any]]] = {
                "lead": (outcome, later, {"controls": others, "scales": [scale]}),
                "reverse": (later, y, {"controls": fit.controls, "scales": ["points"]}),
                "level": (now, y, {"estimators": ["between"], "scales": ["points"], **alone}),
            }
            left, right, options = ways[test]
            found = _found(frame, left, right, **keys | options)
            row = {"test": test, "scale": scale, "unit": kinds[scale], "outcome": outcome, "driver": driver}
            rows.append(row | found)
    columns = ["test", "scale", "unit", "outcome", "driver", *_ESTIMATE, "n", "places", "reason"]
    table = pd.DataFrame(rows)[columns]
    return Placebo(checked(Placebo.kind, table.assign(level=level), ["test", "scale"]), lead)


def _at(driver: str, years: int) -> str:
    return f"{driver}[{years:+d}]"


def _with_later(
    panel: pd.DataFrame, drivers: Sequence[str], lead: int, cluster: str, time: str
) -> pd.DataFrame:
    """Return the panel with each driver of the same year, ``x[+0]``, and of ``lead`` years later, ``x[+1]``."""
    values = {driver: read_term(panel, driver)[0] for driver in drivers}
    now = panel.assign(**{_at(driver, 0): values[driver] for driver in drivers})
    later = panel[[cluster, time]].assign(**{_at(driver, lead): values[driver] for driver in drivers})
    later = later.assign(**{time: later[time] - lead}).dropna(subset=[cluster, time])
    return now.merge(later, on=[cluster, time], how="left")


def _found(frame: pd.DataFrame, left: str, right: str, **options: Any) -> dict[str, Any]:
    """Return the estimate of one test, or the reason why there is none."""
    try:
        fit = fit_drivers(frame, left, [right], draws=0, **options)
    except Refused as refused:
        none = dict.fromkeys(_ESTIMATE, float("nan"))
        return {**none, "n": 0, "places": 0, "reason": "; ".join(refused.problems)}
    return {**fit.table.iloc[0][[*_ESTIMATE, "n", "places"]], "reason": ""}
