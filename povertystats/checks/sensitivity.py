"""How strong a variable left out of a model would have to be to overturn an association."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from povertystats.associations.check import Check, checked
from povertystats.checks.omitted import adjusted, group_partial_r2, robustness_value, strength
from povertystats.clusters.jackknife import cv3
from povertystats.regression.inference import bad_level, classical, crv1, inverse, parameters, solve
from povertystats.regression.moments import Moments
from povertystats.words.errors import OF_A_FIT, expect, refuse
from povertystats.words.phrases import term_name, together
from povertystats.words.wording import confidence, number, precision, say

_ERRORS = ("cv3", "classical")
Benchmarks = Sequence[str | Sequence[str]] | Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(Check):
    """What an omitted variable would have to be like to overturn an association.

    Parameters
    ----------
    table : DataFrame
        First the estimate itself, then one row a benchmark and multiple: the estimate as it could be with such a
        variable. The columns of every check (check, driver, way, estimate, low, high, p, n, level), then benchmark, times
        and times_outcome (0 in the first row), r2_driver and the bound r2_outcome (shares 0-1; 1 where the bound lies
        above; NaN where no variable can be that strong), outcome, se, t, partial_r2 (of the driver with the outcome), rv,
        rv_level (shares 0-1), errors, dof (N − K, every effect counted), places.
    groups : dict of str to tuple of str
        What each benchmark is made of.

    Examples
    --------
    >>> panel = pd.DataFrame({"place": list("aabbccdd"), "year": [1, 2] * 4, "x": [0.0, 1, 0, 2, 0, 5, 0, 4]})
    >>> m = Moments.from_frame(panel.assign(y=[9.0, 8.1, 7, 5, 6, 0.1, 5, 1]), "y", ["x"])
    >>> sensitivity(m, "x").clear.tolist()
    [True]
    """

    table: pd.DataFrame
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kind = "sensitivity"

    @property
    def bounds(self) -> pd.DataFrame:
        """The rows of ``table`` with an omitted variable: one a benchmark and multiple."""
        return self.table[self.table["times"] > 0].reset_index(drop=True)

    def _names(self, lang: str, labels: Mapping[str, str]) -> list[str]:
        names = []
        for row in self.table.itertuples():
            key = {0: "estimated", 1: "assumed_same"}.get(row.times, "assumed")
            if key != "estimated" and row.times != row.times_outcome:
                key = "assumed_apart"
            about = _about(row, lang, labels) | {"benchmark": self._benchmark(row.benchmark, lang, labels)}
            names.append(say(f"sensitivity.{key}", lang, **about))
        return names

    def _text(self, lang: str, labels: Mapping[str, str]) -> str:
        row = self.table.iloc[0]
        level = confidence(row.level, lang)
        about = {of: term_name(row[of], lang, labels) for of in ("driver", "outcome")}
        key = "sensitivity.holds" if row.rv_level > 0 else "sensitivity.unclear"
        lines = [say(key, lang, **about, level=level, rv=100 * row.rv, rv_level=100 * row.rv_level)]
        about |= {"level": level, "estimate": number(row.estimate, lang, precision(row.se))}
        for benchmark, cases in self.bounds.groupby("benchmark", sort=False):
            about["benchmark"] = self._benchmark(benchmark, lang, labels)
            told = [_case(case, lang, labels, precision(row.se)) for case in cases.itertuples()]
            line = [say("sensitivity.benchmark", lang, **about, cases="; ".join(told))]
            possible = cases.dropna(subset=["estimate"])
            if len(possible):
                shares = {of: _percents(possible[of], lang) for of in ("r2_driver", "r2_outcome")}
                line.append(say("sensitivity.strength", lang, **about, **shares))
            if possible["r2_outcome"].eq(1).any():
                line.append(say("sensitivity.capped", lang, **about))
            lines.append(" ".join(line))
        return "\n".join([*lines, say(f"sensitivity.errors.{row.errors}", lang)])

    def _benchmark(self, benchmark: str, lang: str, labels: Mapping[str, str]) -> str:
        """Return a benchmark's name for readers: that of its one regressor, or all of them together."""
        members = self.groups.get(benchmark, (benchmark,))
        if benchmark in labels or len(members) < 2:
            return term_name(benchmark if benchmark in labels else "".join(members), lang, labels)
        names = together((term_name(member, lang, labels) for member in members), lang)
        return say("sensitivity.together", lang, names=names)


def sensitivity(
    moments: Moments,
    driver: str,
    *,
    benchmarks: Benchmarks = (),
    times: Sequence[float] | float = (1, 2, 3),
    times_outcome: Sequence[float] | float | None = None,
    level: float = 0.95,
    errors: Literal["cv3", "classical"] = "cv3",
) -> Sensitivity:
    """Ask how strong an omitted variable would have to be to bring a driver's association to zero.

    Parameters
    ----------
    moments : Moments
        Of a model in which ``driver`` and ``benchmarks`` are regressors.
    driver : str
        The regressor whose association is asked about.
    benchmarks : sequence of str or of sequences of str, or mapping, optional
        Regressors against which the strength of an omitted variable is measured; several as one: ``[("a", "b"), "c"]``,
        or named, ``{"skills": ["a", "b"]}``. The name of the column of times stands for all of its effects.
    times : float or sequence of float, default (1, 2, 3)
        How many times as strong as a benchmark, positive: k_d, with the driver.
    times_outcome : float or sequence of float, optional
        The same with the outcome, k_y: one, or one for each of ``times``; as these when left out.
    level : float, default 0.95
        The confidence of the intervals.
    errors : {"cv3", "classical"}, default "cv3"
        The cluster jackknife with t(G − 1), or independent errors with t(dof − 1), as published.

    Returns
    -------
    Sensitivity
        The robustness values, and the estimate as it could be beside variables as strong as the benchmarks.

    Raises
    ------
    WrongType
        When ``moments`` are not Moments.
    Refused
        All problems at once: unknown regressors, times that are not positive, a bad level or kind of error, fewer than
        two degrees of freedom, an identity, fewer than two clusters, a model that the data cannot tell.

    Notes
    -----
    Robustness value: the share of the remaining variation of both driver and outcome that an omitted variable would have
    to account for, ``f = |t|/√dof``, ``RV = ½(√(f⁴ + 4f²) − f²)``; ``rv_level``: for the interval to reach zero
    (``robustness_value``); ``strength`` of a benchmark, by the partial R² of the driver and of the outcome with all of
    its regressors: the outcome's is a bound, at most 1, where no error is left. Here t and dof = N − K are those of independent errors, with
    every effect counted: partial R² is algebra on the sample and knows no clusters. An omitted variable changes the
    classical error by ``√((1 − R²_y)/(1 − R²_d)·dof/(dof − 1))``, exactly; that the clustered one changes by the same
    factor is an assumption.

    References
    ----------
    Cinelli & Hazlett 2020, doi:10.1111/rssb.12348.

    Examples
    --------
    >>> panel = pd.DataFrame({"place": list("aabbccdd"), "year": [1, 2] * 4, "x": [0.0, 1, 0, 2, 0, 5, 0, 4]})
    >>> m = Moments.from_frame(panel.assign(y=[9.0, 8.1, 7, 5, 6, 0.1, 5, 1]), "y", ["x"])
    >>> sensitivity(m, "x").table[["estimate", "partial_r2", "rv", "rv_level"]].round(3).values.tolist()
    [[-1.2, 0.982, 0.983, 0.605]]
    """
    expect("Moments", "regressors", OF_A_FIT, moments=moments)
    groups, k_d, k_y, problems = _options(moments, driver, benchmarks, times, times_outcome, level, errors)
    refuse("cannot compute sensitivity", problems)
    beta, j = solve(moments), moments.columns.index(driver)
    dof = int(moments.n.sum()) - parameters(moments, count_nested=True)
    if dof < 2:
        refuse(
            "cannot compute sensitivity", [f"{dof} degree of freedom (rows − parameters); expected 2 or more"]
        )
    crv1(moments, beta, [driver])  # refuses an identity, which has no errors to be sensitive about
    plain = np.sqrt(np.diag(classical(moments, beta)))
    f = np.abs(beta / plain) / np.sqrt(dof)
    se = plain[j] if errors == "classical" else np.sqrt(cv3(moments, beta, [driver])[j, j])
    degrees = dof - 1 if errors == "classical" else len(moments.n) - 1
    critical = stdtrit(degrees, (1 + level) / 2)
    a, own, outcomes = inverse(moments), *np.zeros((2, len(groups), 1))
    for i, members in enumerate(groups.values()):
        own[i], outcomes[i] = group_partial_r2(a, beta / plain, dof, j, _positions(moments, members))
    r2_driver, r2_outcome = (r2.ravel() for r2 in strength(own, outcomes, k_d, k_y))
    estimate, factor = adjusted(beta[j], plain[j], dof, r2_driver, r2_outcome)
    table = pd.DataFrame(
        {
            "benchmark": ["", *np.repeat(np.array([*groups], object), len(k_d))],
            "times": np.append(0.0, np.tile(k_d, len(groups))),
            "times_outcome": np.append(0.0, np.tile(k_y, len(groups))),
            "r2_driver": np.append(0.0, r2_driver),
            "r2_outcome": np.append(0.0, r2_outcome),
            "outcome": moments.outcome,
            "driver": driver,
            "estimate": np.append(beta[j], estimate),
            "se": se * np.append(1.0, factor),
            "partial_r2": f[j] ** 2 / (1 + f[j] ** 2),
            "rv": float(robustness_value(f[j])),
            "rv_level": float(robustness_value(f[j], critical * se / plain[j] / np.sqrt(dof - 1))),
            "level": level,
            "errors": errors,
            "dof": dof,
            "n": int(moments.n.sum()),
            "places": len(moments.n),
        }
    )
    # A variable that accounts for the whole outcome leaves no error, and no t value.
    t = table["estimate"] / table["se"].where(table["se"] > 0)
    margin = critical * table["se"]
    low, high = table["estimate"] - margin, table["estimate"] + margin
    table = table.assign(t=t, p=2 * stdtr(degrees, -np.abs(t)), low=low, high=high)
    apart = ["times_outcome"] if (table["times"] != table["times_outcome"]).any() else []
    return Sensitivity(checked(Sensitivity.kind, table, ["benchmark", "times", *apart]), groups)


def _positions(moments: Moments, members: Iterable[str]) -> list[int]:
    """Return where regressors stand among the columns; the column of times: all of its effects."""
    effects = range(len(moments.regressors), len(moments.columns))
    return [
        j
        for name in members
        for j in ([moments.columns.index(name)] if name in moments.regressors else effects)
    ]


def _multiple(times: float, lang: str) -> str:
    return number(times, lang, 0 if times == round(times) else 1)


def _percents(shares: Iterable[float], lang: str) -> str:
    """Return shares as percentages in a list; one where all are the same."""
    every = (say("sensitivity.percent", lang, share=100 * share) for share in shares)
    return together(dict.fromkeys(every), lang)


def _about(case: Any, lang: str, labels: Mapping[str, str]) -> dict[str, str]:
    names = {of: term_name(getattr(case, of), lang, labels) for of in ("driver", "outcome")}
    return names | {of: _multiple(getattr(case, of), lang) for of in ("times", "times_outcome")}


def _case(case: Any, lang: str, labels: Mapping[str, str], decimals: int) -> str:
    about = _about(case, lang, labels)
    if math.isnan(case.estimate):
        return say("sensitivity.impossible", lang, **about)
    about |= {of: number(getattr(case, of), lang, decimals) for of in ("estimate", "low", "high")}
    key = "apart" if case.times != case.times_outcome else "same" if case.times == 1 else "times"
    return say(f"sensitivity.{key}", lang, **about)


def _options(
    moments: Moments, driver: str, benchmarks: Any, times: Any, times_outcome: Any, level: float, errors: str
) -> tuple[dict[str, tuple[str, ...]], np.ndarray, np.ndarray, list[str]]:
    problems = []
    if isinstance(benchmarks, str):
        problems.append(f"benchmarks must be a list, not the text {benchmarks!r}")
        benchmarks = [benchmarks]
    if not isinstance(benchmarks, Iterable):
        problems.append(f"benchmarks must be a list, not {benchmarks!r}")
        benchmarks = []
    if not isinstance(benchmarks, Mapping):
        listed = [tuple(item) if isinstance(item, (list, tuple)) else (item,) for item in benchmarks]
        benchmarks = {" + ".join(map(str, members)): members for members in listed}
        if len(benchmarks) < len(listed):
            problems.append("benchmarks has one of them twice")
    groups = {
        name: (members,) if isinstance(members, str) else tuple(members)
        for name, members in benchmarks.items()
    }
    known = [*moments.regressors, *([moments.time] if len(moments.columns) > len(moments.regressors) else [])]
    problems += [
        f"no such regressor: {name!r}; the model has {', '.join(moments.regressors)}"
        for name in (driver, *(member for members in groups.values() for member in members))
        if name not in (moments.regressors if name == driver else known)
    ]
    for name, members in groups.items():
        if not members or len({*members}) < len(members):
            problems.append(f"benchmark {name!r} is {list(members)}; expected regressors, each once")
        if driver in members:
            problems.append(f"{driver!r} is both driver and benchmark")
    k_d = np.atleast_1d(times)
    k_y = k_d if times_outcome is None else np.atleast_1d(times_outcome)
    for name, given in (("times", k_d), ("times_outcome", k_y)):
        if given.dtype.kind not in "if" or not len(given) or not ((given > 0) & (given < np.inf)).all():
            problems.append(f"{name} are {given.tolist()}; expected positive numbers")
        if times_outcome is None:
            break
    if len(k_y) not in (1, len(k_d)):
        problems.append(
            f"times_outcome has {len(k_y)} numbers for {len(k_d)} times; expected one, or one for each"
        )
    elif not problems:
        k_y = np.broadcast_to(k_y, k_d.shape)
    if errors not in _ERRORS:
        problems.append(f"errors are {errors!r}; choose from {', '.join(_ERRORS)}")
    return groups, k_d, k_y, problems + bad_level(level)
