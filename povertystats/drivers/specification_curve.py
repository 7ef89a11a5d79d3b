"""The specification curve: one association under every choice that was declared beforehand, none picked."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from povertystats.drivers.check import Check, checked
from povertystats.facts.facts import Facts
from povertystats.facts.specifications import DIMENSIONS, Question, columns
from povertystats.regression.estimators import ESTIMATORS
from povertystats.regression.inference import bad_level
from povertystats.regression.moments import Moments
from povertystats.regression.terms import SCALES, parse, read_term
from povertystats.words.errors import Refused, expect, refuse
from povertystats.words.languages import Words
from povertystats.words.wording import confidence, say

_FIGURES = ["estimate", "se", "t", "p", "low", "high", "n", "places", "effect", "effect_low", "effect_high"]


@dataclass(frozen=True, eq=False, repr=False)
class SpecificationCurve(Check):
    """The association of one driver with one outcome under every declared specification.

    Parameters
    ----------
    question : Question
        The declared question: driver, outcome, and the options of each dimension.
    level : float
        The confidence of the intervals.
    table : DataFrame
        One row a specification: the columns of every check (check, driver, way, estimate, low, high, p, n, level), one
        column a dimension with the name of its option, outcome, se, t, places, effect with effect_low and effect_high,
        and reason (why there is no estimate; "" where there is one). Estimates: outcome on its scale per unit of the
        term (fractional logit: percentage points), by the cluster jackknife with t(G − 1).
    moments : dict of int to Moments
        The moments behind each row, by its position, except of the fractional logit.

    Notes
    -----
    ``effect`` puts all scales on one axis: by how many per cent the outcome, at its mean rate m, is higher where the
    driver is higher by one standard deviation s within places and years (of one definition and window, whatever the
    estimator): ``100 βs/m`` in points, ``100 (exp(βs) − 1)`` in logarithms, ``100 (Λ(logit m + βs)/m − 1)`` in log-odds.
    Negative: a lower rate.

    Examples
    --------
    >>> import povertystats as ps
    >>> curve = specification_curve(ps.load_facts().as_of("2012-05-07"), "training")
    >>> curve.table["way"].iloc[0]
    'share, points, all, none, within'
    """

    question: Question
    level: float
    table: pd.DataFrame
    moments: dict[int, Moments]

    kind = "specification curve"

    @property
    def fitted(self) -> pd.DataFrame:
        """The rows of ``table`` that have an estimate."""
        return self.table[self.table["reason"] == ""]

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Shares (0-1) of negative, positive, clearly negative and clearly positive estimates, by option.

        Columns dimension, option, n (specifications), negative, positive, clear_negative, clear_positive; the
        first row, "all", is the whole curve. Clear: the interval excludes zero.
        """
        fitted = self.fitted
        signs = pd.DataFrame(
            {
                "negative": fitted["estimate"] < 0,
                "positive": fitted["estimate"] > 0,
                "clear_negative": fitted["high"] < 0,
                "clear_positive": fitted["low"] > 0,
            }
        )
        parts = [("all", "all", signs)]
        for dimension, options in self.question.options.items():
            parts += [(dimension, option, signs[fitted[dimension] == option]) for option in options]
        rows = [{"dimension": d, "option": o, "n": len(part), **part.mean()} for d, o, part in parts]
        return pd.DataFrame(rows)

    @cached_property
    def choices(self) -> pd.DataFrame:
        """What each choice does to the sign, all else equal: a row for two options of a dimension, largest first.

        Over the n pairs of specifications that differ in nothing else: ``negative`` and ``other_negative``, the
        shares (0-1) of negative estimates with ``option`` (the one with more of them) and with ``other``, and their
        difference ``gap``.
        """
        rows = self.fitted.assign(negative=lambda table: (table["estimate"] < 0).astype(float))
        found = []
        for dimension, options in self.question.options.items():
            others = [d for d in DIMENSIONS if d != dimension]
            wide = rows.pivot(index=others, columns=dimension, values="negative")
            for pair in itertools.combinations([o for o in options if o in wide], 2):
                both = wide[list(pair)].dropna()
                if len(both):
                    (other, least), (option, most) = both.mean().sort_values(kind="stable").items()
                    found.append((dimension, option, other, len(both), most, least))
        table = pd.DataFrame(
            found, columns=["dimension", "option", "other", "n", "negative", "other_negative"]
        )
        table["gap"] = table["negative"] - table["other_negative"]
        return table.sort_values(["gap", "n"], ascending=False, kind="stable", ignore_index=True)

    def _names(self, lang: str, labels: Mapping[str, str]) -> list[str]:
        titles, rows = self.question.titles(lang), self.table[list(DIMENSIONS)].to_dict("records")
        return [", ".join(titles[chosen] for chosen in row.items()) for row in rows]

    def _text(self, lang: str, labels: Mapping[str, str]) -> str:
        n, *shares = self.summary.iloc[0, 2:]
        counts = [round(n * share) for share in shares] if n else [0] * 4
        values = {"driver": self.question.title[lang], "level": confidence(self.level, lang), "n": n}
        values |= dict(zip(["negative", "positive", "clear_negative", "clear_positive"], counts, strict=True))
        kind = "none" if not n else "turns" if min(counts[:2]) else "falls" if counts[0] else "rises"
        lines = [say(f"specification.{kind}", lang, **values)]
        if n:
            lines.append(say("specification.clear", lang, **values))
        if self.choices["gap"].gt(0).any():
            lines.append(self._choice(lang))
        if unfit := len(self.table) - n:
            lines.append(say("specification.unfit", lang, n=unfit))
        return "\n".join([*lines, say("drivers.association", lang), Words.of(self.question.declared)[lang]])

    def _choice(self, lang: str) -> str:
        titles, choice = self.question.titles(lang), self.choices.iloc[0]
        return say(
            "specification.choice", lang,
            dimension=titles[choice.dimension],
            pairs=choice.n,
            option=titles[choice.dimension, choice.option],
            share=100 * choice.negative,
            other=titles[choice.dimension, choice.other],
            other_share=100 * choice.other_negative,
        )  # fmt: skip


def specification_curve(
    facts: Facts, question: str, *, grid: Mapping[str, Question] | None = None, level: float = 0.95
) -> SpecificationCurve:
    """Estimate one association under every specification of a declared grid.

    Parameters
    ----------
    facts : Facts
        The figures, as known on a day.
    question : str
        The name of a question of the grid, such as "training".
    grid : mapping of str to Question, optional
        That of the data package when left out.
    level : float, default 0.95
        The confidence of the intervals.

    Returns
    -------
    SpecificationCurve
        In which a specification that the data do not carry, or that repeats the rows of another window, has a reason.

    Raises
    ------
    Refused
        All problems at once, for an unknown question or a bad level, and for infinite values.
    WrongType, NotFound
        For a frame in place of Facts; for an indicator that they do not have.

    Notes
    -----
    Every combination of definition, scale, window, controls and estimator (as in ``fit_drivers``), on the provinces' rows
    that have all of its terms. Standard errors: cluster jackknife (linearised for the fractional logit), t(G − 1).

    References
    ----------
    Simonsohn, Simmons & Nelson 2020, doi:10.1038/s41562-020-0912-z.

    Examples
    --------
    >>> import povertystats as ps
    >>> curve = specification_curve(ps.load_facts().as_of("2020-05-07"), "programmes")
    >>> len(curve.fitted) > 100, curve.summary.columns.tolist()[2:5]
    (True, ['n', 'negative', 'positive'])
    """
    expect("Facts", "panel", facts=facts)
    grid = facts.specifications if grid is None else grid
    problems = bad_level(level)
    if question not in grid:
        problems.append(f"there is no question {question!r}; the grid has {', '.join(grid)}")
    refuse("cannot draw a specification curve", problems)
    rows, moments, found = _Rows(facts, grid[question]), dict[int, Moments](), list[dict[str, Any]]()
    for specification in rows.question.specifications():
        row, fitted = _fit(rows, specification, level)
        if fitted:
            moments[len(found)] = fitted
        found.append(row)
    table = pd.DataFrame(found).reindex(columns=[*DIMENSIONS, "outcome", "driver", *_FIGURES, "reason"])
    table = checked(SpecificationCurve.kind, table.assign(level=level), DIMENSIONS)
    return SpecificationCurve(rows.question, level, table, moments)


class _Rows:
    """The panel behind a question; specifications on the same rows share one scan."""

    def __init__(self, facts: Facts, question: Question) -> None:
        self.question = question
        outcomes = [SCALES[scale].format(question.outcome) for scale in question.options["scale"]]
        self.terms = tuple(dict.fromkeys([question.outcome, *outcomes, *question.terms]))
        indicators = dict.fromkeys(column for term in self.terms for column in columns(term))
        self.panel = facts.panel(list(indicators), standard="any")
        for term in self.terms:
            if len(parts := columns(term)) == 2:
                self.panel[parse(term)[1]] = self.panel[parts[0]] / self.panel[parts[1]]
        read = {term: read_term(self.panel, term) for term in self.terms}
        problems = dict.fromkeys(line for *_, wrong in read.values() for line in wrong)
        refuse(f"cannot read the terms of {question.name!r}", problems)
        years = self.panel["year"].to_numpy()
        self.inside = {
            name: (years >= window.get("first", -np.inf)) & (years <= window.get("last", np.inf))
            for name, window in question.options["window"].items()
        }
        self.there = {term: ~np.isnan(values) for term, (values, *_) in read.items()}
        self.scans: dict[tuple[bytes, str], Any] = {}
        self.units: dict[tuple[str, str], tuple[float, float]] = {}
        self.seen: dict[tuple, str] = {}

    def of(self, window: str, terms: Sequence[str]) -> np.ndarray:
        """Return which rows of the panel lie in a window and have every term: boolean (n,)."""
        return np.logical_and.reduce([self.inside[window], *(self.there[term] for term in terms)])

    def scan(self, rows: np.ndarray, estimator: str) -> Any:
        """Return what an estimator reads of all terms that these rows have."""
        key = rows.tobytes(), estimator
        if key not in self.scans:
            terms = [term for term in self.terms if self.there[term][rows].all()]
            self.scans[key] = ESTIMATORS[estimator].read(self.panel[rows], terms)
        return self.scans[key]

    def model(self, rows: np.ndarray, estimator: str, terms: Sequence[str]) -> Any:
        """Return what an estimator makes of the outcome and regressors in these rows."""
        if not ESTIMATORS[estimator].smaller:
            return ESTIMATORS[estimator].read(self.panel[rows], terms).fitted
        source = self.scan(rows, estimator)
        outcome, *regressors = (source.columns[term] for term in terms)
        return source.fitted.only(outcome, regressors)

    def unit(self, window: str, driver: str) -> tuple[float, float]:
        """Return the mean rate, and the driver's standard deviation within places and years, in a window."""
        if (window, driver) not in self.units:
            outcome = self.question.outcome
            rows = self.of(window, [outcome, driver])
            a = self.model(rows, "within", [outcome, driver]).xx.sum(axis=0)
            squares = a[0, 0] - a[0, 1:] @ np.linalg.solve(a[1:, 1:], a[1:, 0])
            self.units[window, driver] = self.panel.loc[rows, outcome].mean(), np.sqrt(squares / rows.sum())
        return self.units[window, driver]


def _fit(rows: _Rows, specification: dict[str, str], level: float) -> tuple[dict[str, Any], Moments | None]:
    """Return one row of the curve's table, and the moments behind it where it has some."""
    options = rows.question.options
    driver = options["definition"][specification["definition"]]["term"]
    window, scale = specification["window"], specification["scale"]
    outcome = SCALES[scale].format(rows.question.outcome)
    terms = [driver, *options["controls"][specification["controls"]]["terms"]]
    used = rows.of(window, [outcome, *terms])
    row = {**specification, "outcome": outcome, "driver": driver, "reason": ""}
    twin = (*(specification[d] for d in DIMENSIONS if d != "window"), used.tobytes())
    if (first := rows.seen.setdefault(twin, window)) != window:
        return row | {"reason": f"the same rows as in the window {first!r}"}, None
    try:
        fitted = rows.model(used, specification["estimator"], [outcome, *terms])
        table = ESTIMATORS[specification["estimator"]].estimate(fitted, level)
    except Refused as refused:
        return row | {"reason": "; ".join(refused.problems)}, None
    unit = rows.unit(window, driver)
    ends = {"effect": "estimate", "effect_low": "low", "effect_high": "high"}
    figures = {**table.iloc[0, 1:], "n": int(np.sum(fitted.n)), "places": len(fitted.clusters)}
    effects = {name: _effect(figures[end], scale, *unit) for name, end in ends.items()}
    return row | figures | effects, fitted if isinstance(fitted, Moments) else None


def _effect(estimate: float, scale: str, mean: float, step: float) -> float:
    """Return by how many per cent of the mean rate the outcome is higher for one step of the driver."""
    if scale == "log":
        return 100 * np.expm1(estimate * step)
    if scale == "log_odds":
        share = mean / 100
        return 100 * (expit(logit(share) + estimate * step) / share - 1)
    return 100 * estimate * step / mean
