"""The panel behind a question: the rows of each specification, scanned once for all that are on the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from povertystats.clusters.effective import partial_leverage
from povertystats.estimators.estimators import ESTIMATORS
from povertystats.facts.specifications import DIMENSIONS, Question, columns
from povertystats.questions.usual_grid import beside
from povertystats.regression.inference import crv1, solve
from povertystats.regression.moments import Moments
from povertystats.regression.terms import SCALES, data_problems, parse, read_term
from povertystats.words.errors import Refused, refuse


class PanelRows:
    """The panel behind a question, with columns place and year; specifications on the same rows share one scan."""

    def __init__(self, panel: pd.DataFrame, question: Question) -> None:
        self.question = question
        outcomes = [SCALES[scale].format(question.outcome) for scale in question.options["scale"]]
        self.terms = tuple(dict.fromkeys([question.outcome, *outcomes, *question.terms]))
        self.panel = panel.assign(**_ratios(panel, self.terms))
        read = {term: read_term(self.panel, term) for term in self.terms}
        problems = data_problems(self.panel, self.terms, "place", "year", True)
        refuse(f"cannot read the terms of {question.name!r}", dict.fromkeys(problems))
        years = self.panel["year"].to_numpy()
        self.inside = {
            name: (years >= window.get("first", -np.inf)) & (years <= window.get("last", np.inf))
            for name, window in question.options["window"].items()
        }
        self.there = {term: ~np.isnan(values) for term, (values, *_) in read.items()}
        self.scans: dict[tuple[bytes, str], Any] = {}
        self.units: dict[tuple[str, str], tuple[float, float]] = {}
        self.places: dict[str, Any] = {}
        self.seen: dict[tuple, str] = {}

    def of(self, window: str, terms: Sequence[str]) -> np.ndarray:
        """Return which rows of the panel lie in a window and have every term, the driver second: boolean (n,)."""
        rows = np.logical_and.reduce([self.inside[window], *(self.there[term] for term in terms)])
        if self.question.options["window"][window].get("without_largest"):
            rows &= (self.panel["place"] != self.largest(terms[1])).to_numpy()
        return rows

    def largest(self, driver: str) -> Any:
        """Return the place with the largest share of a driver's variation within places and years; None without any."""
        if driver not in self.places:
            rows = self.there[self.question.outcome] & self.there[driver]
            try:
                moments = self.model(rows, "within", [self.question.outcome, driver])
                solve(moments)  # refuses a driver that does not vary
                shares = partial_leverage(moments, driver)
            except Refused:
                self.places[driver] = None
            else:
                self.places[driver] = moments.clusters[int(np.argmax(shares))]
        return self.places[driver]

    def scan(self, rows: np.ndarray, estimator: str) -> Any:
        """Return what an estimator reads of all terms that these rows have."""
        key = rows.tobytes(), estimator
        if key not in self.scans:
            terms = [term for term in self.terms if self.there[term][rows].all()]
            self.scans[key] = ESTIMATORS[estimator].read(self.panel[rows], terms)
        return self.scans[key]

    def model(self, rows: np.ndarray, estimator: str, terms: Sequence[str]) -> Any:
        """Return what an estimator makes of the outcome and regressors in these rows. Raises Refused where it cannot."""
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
            mean, squares = self.panel.loc[rows, outcome].mean(), np.nan
            with suppress(Refused):  # of a driver that places alone tell apart
                moments = self.model(rows, "within", [outcome, driver])
                solve(moments)
                a = moments.xx.sum(axis=0)
                squares = a[0, 0] - a[0, 1:] @ np.linalg.solve(a[1:, 1:], a[1:, 0])
            self.units[window, driver] = mean, np.sqrt(squares / rows.sum())
        return self.units[window, driver]

    def fit(self, specification: Mapping[str, str], level: float) -> tuple[dict[str, Any], Moments | None]:
        """Return one row of a curve's table, and the moments behind it where it has some."""
        options = self.question.options
        driver = options["definition"][specification["definition"]]["term"]
        window, scale = specification["window"], specification["scale"]
        outcome = SCALES[scale].format(self.question.outcome)
        terms = [driver, *beside(options["controls"][specification["controls"]]["terms"], driver)]
        used = self.of(window, [outcome, *terms])
        row = {**specification, "outcome": outcome, "driver": driver, "reason": ""}
        twin = (*(specification[d] for d in DIMENSIONS if d != "window"), used.tobytes())
        if (first := self.seen.setdefault(twin, window)) != window:
            return row | {"reason": f"the same rows as in the window {first!r}"}, None
        try:
            fitted = self.model(used, specification["estimator"], [outcome, *terms])
            if isinstance(fitted, Moments):
                crv1(fitted, solve(fitted), fitted.regressors[:1])  # refuses an identity, which has no errors
            table = ESTIMATORS[specification["estimator"]].estimate(fitted, level)
        except Refused as refused:
            return row | {"reason": "; ".join(refused.problems)}, None
        unit = self.unit(window, driver)
        ends = {"effect": "estimate", "effect_low": "low", "effect_high": "high"}
        figures = {**table.iloc[0, 1:], "n": int(np.sum(fitted.n)), "places": len(fitted.clusters)}
        effects = {name: relative_effect(figures[end], scale, *unit) for name, end in ends.items()}
        return row | figures | effects, fitted if isinstance(fitted, Moments) else None


def relative_effect(estimate: float, scale: str, mean: float, step: float) -> float:
    """Return by how many per cent of the mean rate the outcome is higher for one step of the driver.

    >>> relative_effect(-0.5, "points", 20.0, 2.0), round(relative_effect(-0.5, "log", 20.0, 2.0), 1)
    (-5.0, -63.2)
    """
    if scale == "log":
        return float(100 * np.expm1(estimate * step))
    if scale == "log_odds":
        share = mean / 100
        return float(100 * (expit(logit(share) + estimate * step) / share - 1))
    return 100 * estimate * step / mean


def _ratios(panel: pd.DataFrame, terms: Iterable[str]) -> Mapping[str, pd.Series]:
    """Return the columns "a / b" of terms that a panel does not have itself."""
    asked = {parse(term)[1]: columns(term) for term in terms}
    return {
        name: panel[a] / panel[b] for name, (a, *over) in asked.items() if name not in panel for b in over
    }
