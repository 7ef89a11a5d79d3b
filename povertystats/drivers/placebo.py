"""Tests that an association should fail if the driver acted: later drivers, the reverse direction, levels."""

from dataclasses import dataclass
from itertools import product

import pandas as pd

from povertystats.drivers.associations import fit_drivers
from povertystats.drivers.result import term_name, unit
from povertystats.regression.terms import SCALES, parse, read_term
from povertystats.words.errors import Refused, refuse
from povertystats.words.wording import check, p_value, say

_ESTIMATE = ["estimate", "se", "t", "p", "low", "high"]
_COLUMNS = ["test", "scale", "outcome", "driver", *_ESTIMATE, "n", "places", "level", "reason"]


@dataclass(frozen=True, eq=False)
class Placebo:
    """The placebo tests of each driver, one row a test, driver and scale, from ``placebo``.

    ``table``: test (lead, reverse, level), scale, outcome, driver, estimate, se, t, p, low, high, n, places,
    level, reason (why there is no estimate; "" where there is one). Units: lead, outcome per unit of the
    driver; reverse and level, driver per unit of the outcome on the scale.
    """

    table: pd.DataFrame
    lead: int

    @property
    def clear(self):
        """Whether the interval of each row of ``table`` excludes zero: a boolean Series."""
        return (self.table["low"] > 0) | (self.table["high"] < 0)

    def text(self, lang, *, labels=None):
        """Return the finding in ``lang`` ("vi" or "en"), a warning first; ``labels`` maps columns to names.

        Raises ValueError when the language is not known.

        >>> panel = pd.DataFrame({"place": list("aaaabbbbcccc"), "year": [1, 2, 3, 4] * 3})
        >>> panel["y_pct"], panel["x"] = [9, 8, 7, 6, 5, 6, 4, 1, 8, 7, 5, 4], [0, 1, 4, 5, 0, 2, 1, 3, 5, 4, 3, 0]
        >>> print(placebo(panel, "y_pct", ["x"], scales=["points"]).text("en").splitlines()[-1])
        Between places, percentage points (p = 0.674): x does not clearly differ by the average of y_pct.
        """
        check(lang)
        lines = {}
        for key, rows in self._told.groupby(["driver", "test", "verdict"], sort=False):
            lines[key] = self._line(*key, rows, lang, labels or {})
        first = [key for key in lines if key[1:] == ("lead", "clear")]
        return "\n".join([lines[key] for key in first] + [lines[key] for key in lines if key not in first])

    @property
    def _told(self):
        verdict = pd.Series("unclear", self.table.index)
        verdict[self.clear] = "lower"
        verdict[self.table["low"] > 0] = "higher"
        verdict[self.clear & (self.table["test"] == "lead")] = "clear"
        verdict[self.table["reason"] != ""] = "none"
        return self.table.assign(verdict=verdict)

    def _line(self, driver, test, verdict, rows, lang, labels):
        outcome = rows["outcome"].iloc[0]
        column = parse(driver)[1]  # a logarithm is higher where its column is: no need to name it
        values = {
            "driver": labels.get(driver) or labels.get(column, column),
            "outcome": term_name(outcome, lang, labels),
            "when": say("placebo.year" if self.lead == 1 else "placebo.years", lang, lead=self.lead),
        }
        scales = [say(f"drivers.scale.{unit(outcome, scale)}", lang) for scale in rows.scale]
        if verdict == "none":
            values["test"] = say(f"placebo.test.{test}", lang)
            return say("placebo.none", lang, scales=", ".join(scales), **values)
        told = "; ".join(f"{scale} ({p_value(p, lang)})" for scale, p in zip(scales, rows["p"], strict=True))
        line = say(f"placebo.{test}.{verdict}", lang, scales=told, **values)
        if test == "reverse" and verdict != "unclear":
            line += " " + say("placebo.slow", lang, **values)
        return line


def placebo(
    panel,
    outcome,
    drivers,
    *,
    controls=(),
    scales=("points", "log_odds"),
    lead=1,
    level=0.95,
    cluster="place",
    time="year",
):
    """Test whether a driver goes with an outcome on which it cannot have acted, and whether it follows it.

    "lead": ``y_it = b·x_i,t+lead + Σ_j β_j x_jit + place_i + year_t + e_it``, all drivers of the year beside
    the later one, which cannot have acted yet: a clear b says that something else moves both, that the driver
    follows the outcome, or that it is measured with error, so that its later value tells of this year's.
    "reverse": ``x_i,t+lead = b·y_it + place_i + year_t + e_it``: is there more of the driver after poverty was
    higher? No proof that it follows: a driver that changes slowly and goes with the outcome of its own year
    looks the same (63 places, 9 years, autocorrelation .7, effect −.5: found in nine of ten simulated panels
    though nothing is targeted); "lead", beside this year's driver, does not confuse the two.
    "level": ``x̄_i = a + b·ȳ_i + e_i`` over the means of places, no controls: is there more where poverty is
    higher?

    ``panel``: one row a place (column ``cluster``) and year (``time``, numeric); drivers and controls may be
    ``log(column)``. A row without another exactly ``lead`` years later is left out: gaps are never bridged.
    Errors: cluster jackknife, t(G − 1).

    Returns a Placebo, in which a test that the data do not allow has a reason and no estimate. Raises
    TypeError when ``panel`` is no DataFrame; ValueError, all problems at once, when ``lead`` is no positive
    whole number, years are no numbers, or the model itself cannot be fitted (``fit_drivers``).
    Source: Rothstein 2010, doi:10.1162/qjec.2010.125.1.175 (later treatment as a placebo).

    >>> panel = pd.DataFrame({"place": list("aaaabbbbcccc"), "year": [1, 2, 3, 4] * 3})
    >>> panel["y_pct"], panel["x"] = [9, 8, 7, 6, 5, 6, 4, 1, 8, 7, 5, 4], [0, 1, 4, 5, 0, 2, 1, 3, 5, 4, 3, 0]
    >>> tests = placebo(panel, "y_pct", ["x"], scales=["points"])
    >>> tests.table[["test", "estimate", "n"]].round(3).values.tolist()
    [['lead', -0.127, 9], ['reverse', 0.625, 9], ['level', 0.311, 3]]
    """
    if not isinstance(panel, pd.DataFrame):
        raise TypeError(f"panel must be a pandas DataFrame, not {type(panel).__name__}")
    problems = []
    if not isinstance(lead, int) or lead < 1:
        problems.append(f"lead is {lead!r}; expected a whole number of years, 1 or more")
    if time is None:
        problems.append("time is None; expected the column of years")
        refuse(f"cannot test drivers of {outcome!r}", problems)
    keys = {"cluster": cluster, "time": time, "level": level}
    try:
        fit = fit_drivers(panel, outcome, drivers, controls=controls, scales=scales, draws=0, **keys)
    except Refused as refused:
        problems += refused.problems
    refuse(f"cannot test drivers of {outcome!r}", problems)

    frame = _with_later(panel, fit.drivers, lead, cluster, time)
    rows = []
    for driver in fit.drivers:
        now, later = _at(driver, 0), _at(driver, lead)
        others = (*fit.drivers, *fit.controls)
        for test, scale in product(("lead", "reverse", "level"), fit.table["scale"].unique()):
            y = SCALES[scale].format(outcome)
            left, right, options = {
                "lead": (outcome, later, {"controls": others, "scales": [scale]}),
                "reverse": (later, y, {"controls": fit.controls, "scales": ["points"]}),
                "level": (now, y, {"estimators": ["between"], "scales": ["points"]}),
            }[test]
            found = _found(frame, left, right, **keys, **options)
            rows.append({"test": test, "scale": scale, "outcome": outcome, "driver": driver, **found})
    return Placebo(pd.DataFrame(rows).assign(level=level)[_COLUMNS], lead)


def _at(driver, years):
    return f"{driver}[{years:+d}]"


def _with_later(panel, drivers, lead, cluster, time):
    """Return the panel with each driver of the same year, ``x[+0]``, and of ``lead`` years later, ``x[+1]``."""
    values = {driver: read_term(panel, driver)[0] for driver in drivers}
    now = panel.assign(**{_at(driver, 0): values[driver] for driver in drivers})
    later = panel[[cluster, time]].assign(**{_at(driver, lead): values[driver] for driver in drivers})
    later = later.assign(**{time: later[time] - lead}).dropna(subset=[cluster, time])
    return now.merge(later, on=[cluster, time], how="left")


def _found(frame, left, right, **options):
    """Return the estimate of one test, or the reason why there is none."""
    try:
        fit = fit_drivers(frame, left, [right], draws=0, **options)
    except Refused as refused:
        none = dict.fromkeys(_ESTIMATE, float("nan"))
        return {**none, "n": 0, "places": 0, "reason": "; ".join(refused.problems)}
    return {**fit.table.iloc[0][[*_ESTIMATE, "n", "places"]], "reason": ""}
