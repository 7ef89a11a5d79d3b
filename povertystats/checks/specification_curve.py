"""The specification curve: one association under every choice that was declared beforehand, none picked."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from povertystats.associations.check import Check, checked
from povertystats.associations.options import model_options, two_kinds
from povertystats.checks.clear_results import clear_lines
from povertystats.estimators.formula import is_formula
from povertystats.estimators.formula_given import with_formula
from povertystats.facts.facts import Facts
from povertystats.facts.specifications import DIMENSIONS, Question, columns
from povertystats.frames.keys import Key
from povertystats.frames.rates import Units
from povertystats.questions.declared_driver import asked_question, driver_data, own_drivers
from povertystats.questions.frame_panel import frame_question
from povertystats.questions.panel_rows import PanelRows
from povertystats.questions.usual_grid import USUAL_ESTIMATORS, USUAL_SCALES
from povertystats.regression.inference import bad_level
from povertystats.regression.moments import Moments
from povertystats.words.errors import WrongType, expect, refuse
from povertystats.words.names import did_you_mean
from povertystats.words.wording import confidence, say

_FIGURES = ["estimate", "se", "t", "p", "low", "high", "n", "places", "effect", "effect_low", "effect_high"]


@dataclass(frozen=True, eq=False, repr=False)
class SpecificationCurve(Check):
    """The association of one driver with one outcome under every declared specification.

    Parameters
    ----------
    question : Question
        The question: driver or drivers, outcome, and the options of each dimension.
    level : float
        The confidence of the intervals.
    table : DataFrame
        One row a specification: the columns of every check (check, driver, way, estimate, low, high, p, n, level), one
        column a dimension with the name of its option, outcome, se, t, places, effect with effect_low and effect_high,
        and reason (why there is no estimate; "" where there is one). Estimates: outcome on its scale per unit of the
        term (fractional logit: percentage points), by the cluster jackknife with t(G − 1).
    moments : dict of int to Moments
        The moments behind each row, by its position, except of the fractional logit: what ``sensitivity`` takes.

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
        signs = _signs(fitted)
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
        difference ``gap``. Drivers that are told apart are no choice.
        """
        rows = self.fitted.assign(negative=lambda table: (table["estimate"] < 0).astype(float))
        found = []
        for dimension, options in self.question.options.items():
            if dimension == "definition" and self.question.apart:
                continue
            others = [d for d in DIMENSIONS if d != dimension]
            wide = rows.pivot(index=others, columns=dimension, values="negative")
            for pair in itertools.combinations([o for o in options if o in wide], 2):
                both = wide[list(pair)].dropna()
                if len(both):
                    (other, least), (option, most) = both.mean().sort_values(kind="stable").items()
                    found.append((dimension, option, other, len(both), most, least))
        names = ["dimension", "option", "other", "n", "negative", "other_negative"]
        table = pd.DataFrame(found, columns=names)
        table["gap"] = table["negative"] - table["other_negative"]
        return table.sort_values(["gap", "n"], ascending=False, kind="stable", ignore_index=True)

    def _drivers(self, lang: str, labels: Mapping[str, str]) -> list[tuple[str, pd.DataFrame]]:
        """Return each driver's name with its estimates: of one, or of those that are told apart."""
        titles, rows = self.question.titles(lang, labels), self.fitted
        if not self.question.apart:
            return [(self.question.called(lang, labels), rows)]
        options = self.question.options["definition"]
        return [(titles["definition", name], rows[rows["definition"] == name]) for name in options]

    def _names(self, lang: str, labels: Mapping[str, str]) -> list[str]:
        titles, rows = self.question.titles(lang, labels), self.table[list(DIMENSIONS)].to_dict("records")
        return [", ".join(titles[chosen] for chosen in row.items()) for row in rows]

    def _text(self, lang: str, labels: Mapping[str, str]) -> str:
        lines = []
        for driver, rows in self._drivers(lang, labels):
            counts = _signs(rows).sum().astype(int).to_dict()
            values = {"driver": driver, "level": confidence(self.level, lang), "n": len(rows), **counts}
            signs = counts["negative"], counts["positive"]
            kind = "none" if not len(rows) else "turns" if min(signs) else "falls" if signs[0] else "rises"
            values["outcome"] = self.question.outcome_name(lang, labels)
            lines.append(say(f"specification.{kind}", lang, **values))
            lines += clear_lines(rows, self.moments, lang, values)
        if self.choices["gap"].gt(0).any():
            lines.append(self._choice(lang, labels))
        if unfit := len(self.table) - len(self.fitted):
            lines.append(say("specification.unfit", lang, n=unfit))
        return "\n".join([*lines, say("drivers.association", lang), self.question.declared[lang]])

    def _choice(self, lang: str, labels: Mapping[str, str]) -> str:
        titles, choice = self.question.titles(lang, labels), self.choices.iloc[0]
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
    facts: Facts | pd.DataFrame,
    question: str,
    drivers: Sequence[str] = (),
    *,
    controls: Sequence[str] = (),
    scales: Sequence[str] | None = None,
    estimators: Sequence[str] | None = None,
    place: Key = "place",
    year: str = "year",
    cluster: Key | None = None,
    time: str | bool | None = True,
    units: Units = None,
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Sequence[str] | None = None,
    grid: Mapping[str, Question] | None = None,
    level: float = 0.95,
) -> SpecificationCurve:
    """Estimate one association under every specification of a declared grid, or of the usual one.

    Parameters
    ----------
    facts : Facts or DataFrame
        The figures, as known on a day; or a frame with one row a place and year, and then ``drivers``.
    question : str
        The name of a question of the grid, such as "training", or of a driver that the package declares; of a frame with
        ``drivers`` the outcome, its column; or, without, a formula, ``"poor_pct ~ x + log(z)"`` (``fit_drivers``).
    drivers : sequence of str, optional
        Of a frame: columns, ``log(column)``, ``log1p(column)`` or "a / b" of two. Several are told apart, one by one.
    controls, scales, estimators : sequence of str, optional
        What the usual grid holds constant, and which scales and estimators of ``fit_drivers`` it crosses, left out all
        that the outcome has: one of 0 and 1 has points alone.
    place, year, cluster, time, units, decimal, thousands, missing : optional
        How a frame is read, as in ``fit_drivers``; time is the column of years, where it is not ``year``.
    grid : mapping of str to Question, optional
        Of ``load_grid``; that of the data package when left out.
    level : float, default 0.95
        The confidence of the intervals.

    Returns
    -------
    SpecificationCurve
        In which a specification that the data do not carry, or that repeats the rows of another window, has a reason.

    Raises
    ------
    Refused
        All problems at once: an unknown question, a bad level, what ``fit_drivers`` refuses in a frame, infinite values.
    WrongType, NotFound
        For what is neither Facts nor a frame with drivers; for an indicator that the facts do not have.

    Notes
    -----
    Every combination of definition, scale, window, controls and estimator (as in ``fit_drivers``), on the places' rows
    that have all of its terms. Standard errors: cluster jackknife (linearised for the fractional logit), t(G − 1).

    The usual grid, of frames and of drivers without a declared question: points, logarithms and log-odds; within places,
    first differences, fractional logit (of up to 500 places); all years, each half that has three or more, all without the place in which the
    driver varies most (of five or more); without controls, with those given, and with the other drivers beside them.

    References
    ----------
    Simonsohn, Simmons & Nelson 2020, doi:10.1038/s41562-020-0912-z.

    Examples
    --------
    >>> import povertystats as ps
    >>> curve = specification_curve(ps.load_facts().as_of("2020-05-07"), "programmes")
    >>> len(curve.fitted) > 100, curve.summary.columns.tolist()[2:5]
    (True, ['n', 'negative', 'positive'])

    A frame of one's own:

    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame({"place": np.repeat(list("abcdefgh"), 6), "year": [*range(2015, 2021)] * 8})
    >>> frame["roads"] = rng.normal(50, 9, 48)
    >>> frame["poor_pct"] = 30 - 0.2 * frame["roads"] + rng.normal(0, 1, 48)
    >>> found = specification_curve(frame, "poor_pct", ["roads"])
    >>> print(found.text("en").partition(" (")[0])
    In all 28 specifications fixed beforehand the association of roads with poor_pct is negative
    """
    if isinstance(facts, pd.DataFrame) and is_formula(question, drivers):
        return with_formula(specification_curve, locals(), "facts", "question")
    problems = bad_level(level)
    if isinstance(facts, pd.DataFrame):
        own, when = (grid or {}).get(question), year if time is True else time or ""
        if not (own or len(drivers)):
            hint = "of a frame name its drivers as well, third, or a question of your grid"
            raise WrongType(f"facts must be Facts, not DataFrame; {hint}")
        given = own.terms[:1] if own else drivers
        chosen = USUAL_ESTIMATORS if estimators is None else estimators
        given, controls, _, chosen, wrong = model_options(
            question, given, controls, USUAL_SCALES if scales is None else scales, chosen
        )
        who, other, unfit = two_kinds(cluster, place, when, list(facts.columns))
        wrong += unfit + [f"clusters of two kinds ({cluster!r}): a curve has one"] * bool(other)
        if not when:
            wrong.append("time is None; expected the column of years")
            refuse("cannot draw a specification curve", wrong)
        how: dict[str, Any] = {"units": units, "decimal": decimal, "thousands": thousands, "missing": missing}
        panel, asked, unread = frame_question(
            facts, own or question, given, controls, scales, chosen if estimators else None,
            place=who, time=when, **how,
        )  # fmt: skip
        refuse("cannot draw a specification curve", [*problems, *wrong, *unread])
        return _curve(PanelRows(panel, asked), level)
    expect("Facts", "panel", facts=facts)
    grid = facts.specifications if grid is None else grid
    found = asked_question(facts, question, grid)
    if found is None:
        names = dict.fromkeys([*grid, *own_drivers(facts)])
        near = did_you_mean(question, {name: name for name in names})
        problems.append(f"there is no question {question!r}{near}; the grid has {', '.join(names) or 'none'}")
    refuse("cannot draw a specification curve", problems)
    assert found is not None  # else refused
    indicators = dict.fromkeys(column for term in (found.outcome, *found.terms) for column in columns(term))
    panel = driver_data(facts, found.outcome, list(indicators))
    found = replace(found, outcome_title=facts.titles(found.outcome, short=True))
    return _curve(PanelRows(panel, found), level)


def _curve(rows: PanelRows, level: float) -> SpecificationCurve:
    """Return the curve of a question on the panel behind it."""
    moments, found = dict[int, Moments](), list[dict[str, Any]]()
    for specification in rows.question.specifications():
        row, fitted = rows.fit(specification, level)
        if fitted:
            moments[len(found)] = fitted
        found.append(row)
    table = pd.DataFrame(found).reindex(columns=[*DIMENSIONS, "outcome", "driver", *_FIGURES, "reason"])
    table = checked(SpecificationCurve.kind, table.assign(level=level), DIMENSIONS)
    return SpecificationCurve(rows.question, level, table, moments)


def _signs(rows: pd.DataFrame) -> pd.DataFrame:
    """Say of each estimate whether it is negative or positive, and whether clearly so."""
    clear = {"clear_negative": rows["high"] < 0, "clear_positive": rows["low"] > 0}
    return pd.DataFrame({"negative": rows["estimate"] < 0, "positive": rows["estimate"] > 0, **clear})
