"""The specification curve: one association under every choice that was declared beforehand, none picked."""

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from povertystats.facts.specifications import DIMENSIONS, Question, columns
from povertystats.regression.estimators import ESTIMATORS
from povertystats.regression.inference import bad_level
from povertystats.regression.moments import Moments
from povertystats.regression.terms import SCALES, parse, read_term
from povertystats.words.errors import Refused, refuse
from povertystats.words.languages import Words
from povertystats.words.wording import check, confidence, say

_FIGURES = ["estimate", "se", "t", "p", "low", "high", "n", "places", "effect", "effect_low", "effect_high"]


@dataclass(frozen=True, eq=False)
class SpecificationCurve:
    """The association of one driver with one outcome under every declared specification.

    ``table``, one row a specification: one column a dimension with the name of its option, outcome, driver
    (a term), estimate (outcome on its scale per unit of the term; fractional logit: percentage points), se, t, p,
    low, high (cluster jackknife, t(G − 1)), n, places, effect with effect_low and effect_high, and ``reason``:
    why there is no estimate, empty where there is one. ``moments``: the moments behind each row, by its position,
    except of the fractional logit.

    ``effect`` puts all scales on one axis: by how many per cent the outcome, at its mean rate, is higher where
    the driver is higher by one standard deviation within places and years. With the mean rate m and the
    deviation s (of one definition and window, whatever the estimator): ``100 βs/m`` in points,
    ``100 (exp(βs) − 1)`` in logarithms, ``100 (Λ(logit m + βs)/m − 1)`` in log-odds. Negative: a lower rate.
    """

    question: Question
    level: float
    table: pd.DataFrame
    moments: dict[int, Moments]

    dimensions = DIMENSIONS

    @property
    def fitted(self):
        """The rows of ``table`` that have an estimate."""
        return self.table[self.table["reason"] == ""]

    @cached_property
    def summary(self):
        """Shares (0-1) of negative, positive, clearly negative and clearly positive estimates, by option.

        Columns dimension, option, n (specifications), negative, positive, clear_negative, clear_positive; the
        first row, "all", is the whole curve. Clear: the interval excludes zero.
        """
        rows = self.fitted
        signs = pd.DataFrame(
            {
                "negative": rows["estimate"] < 0,
                "positive": rows["estimate"] > 0,
                "clear_negative": rows["high"] < 0,
                "clear_positive": rows["low"] > 0,
            }
        )
        parts = [("all", "all", signs)]
        for dimension, options in self.question.options.items():
            parts += [(dimension, option, signs[rows[dimension] == option]) for option in options]
        return pd.DataFrame(
            [{"dimension": d, "option": o, "n": len(part), **part.mean()} for d, o, part in parts]
        )

    @cached_property
    def choices(self):
        """What each choice does to the sign, all else equal: a row for two options of a dimension, largest first.

        Over the n pairs of specifications that differ in nothing else: ``negative`` and ``other_negative``, the
        shares (0-1) of negative estimates with ``option`` (the one with more of them) and with ``other``, and their
        difference ``gap``.
        """
        rows = self.fitted
        rows = rows.assign(negative=(rows["estimate"] < 0).astype(float))
        found = []
        for dimension, options in self.question.options.items():
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

    def titles(self, lang):
        """Return the names for readers, of each dimension and of each (dimension, option): ``Question.titles``."""
        return self.question.titles(lang)

    def text(self, lang):
        """Return what the curve says in ``lang`` ("vi" or "en"), bad news first.

        Raises ValueError when the language is not known.
        """
        check(lang)
        n, *shares = self.summary.iloc[0, 2:]
        counts = [round(n * share) for share in shares] if n else [0] * 4
        names = ["negative", "positive", "clear_negative", "clear_positive"]
        told = {
            "driver": self.question.title[lang],
            "level": confidence(self.level, lang),
            "n": n,
            **dict(zip(names, counts, strict=True)),
        }
        kind = "none" if not n else "turns" if min(counts[:2]) else "falls" if counts[0] else "rises"
        lines = [say(f"specification.{kind}", lang, **told)]
        if n:
            lines.append(say("specification.clear", lang, **told))
        if self.choices["gap"].gt(0).any():
            lines.append(self._choice(lang))
        if unfit := len(self.table) - n:
            lines.append(say("specification.unfit", lang, n=unfit))
        return "\n".join([*lines, say("drivers.association", lang), Words.of(self.question.declared)[lang]])

    def _choice(self, lang):
        titles, choice = self.titles(lang), self.choices.iloc[0]
        return say(
            "specification.choice", lang,
            dimension=titles[choice.dimension],
            pairs=choice.n,
            option=titles[choice.dimension, choice.option],
            share=100 * choice.negative,
            other=titles[choice.dimension, choice.other],
            other_share=100 * choice.other_negative,
        )  # fmt: skip


def specification_curve(facts, question, *, grid=None, level=0.95):
    """Estimate one association under every specification of a declared grid.

    Every combination of definition, scale, window, controls and estimator of ``question`` in ``grid``
    (that of the data package when left out), on the provinces' rows that have all of its terms. Estimators: "within", place
    and year effects; "first_differences", changes from the year before with year effects; "fractional_logit",
    average partial effects with place means, on the scale "points" alone. Standard errors: cluster jackknife
    (linearised for the fractional logit), t(G − 1). A specification that the data do not carry, or that repeats
    the rows of another window, stays in the table with its reason.

    Raises ValueError, all problems at once, for an unknown question or a bad level, and for infinite values;
    LookupError for an indicator that ``facts`` do not have.
    Source: Simonsohn, Simmons & Nelson 2020, doi:10.1038/s41562-020-0912-z.

    >>> import povertystats as ps
    >>> curve = specification_curve(ps.load_facts().as_of("2020-05-07"), "programmes")
    >>> len(curve.fitted) > 100, curve.summary.columns.tolist()[2:5]
    (True, ['n', 'negative', 'positive'])
    """
    grid = facts.specifications if grid is None else grid
    problems = bad_level(level)
    if question not in grid:
        problems.append(f"there is no question {question!r}; the grid has {', '.join(grid)}")
    refuse("cannot draw a specification curve", problems)
    question = grid[question]
    rows, moments, table = _Rows(facts, question), {}, []
    for specification in question.specifications():
        row, fitted = _fit(rows, specification, level)
        if fitted:
            moments[len(table)] = fitted
        table.append(row)
    table = pd.DataFrame(table).reindex(columns=[*DIMENSIONS, "outcome", "driver", *_FIGURES, "reason"])
    return SpecificationCurve(question, level, table, moments)


class _Rows:
    """The panel behind a question; specifications on the same rows share one scan."""

    def __init__(self, facts, question):
        self.question = question
        outcomes = [SCALES[scale].format(question.outcome) for scale in question.options["scale"]]
        self.terms = tuple(dict.fromkeys([question.outcome, *outcomes, *question.terms]))
        indicators = dict.fromkeys(column for term in self.terms for column in columns(term))
        self.panel = facts.panel(list(indicators), standard="any")
        for term in self.terms:
            if len(parts := columns(term)) == 2:
                self.panel[parse(term)[1]] = self.panel[parts[0]] / self.panel[parts[1]]
        read = {term: read_term(self.panel, term) for term in self.terms}
        refuse(
            f"cannot read the terms of {question.name!r}",
            dict.fromkeys(line for *_, problems in read.values() for line in problems),
        )
        years = self.panel["year"].to_numpy()
        self.inside = {
            name: (years >= window.get("first", -np.inf)) & (years <= window.get("last", np.inf))
            for name, window in question.options["window"].items()
        }
        self.there = {term: ~np.isnan(values) for term, (values, *_) in read.items()}
        self.scans, self.units, self.seen = {}, {}, {}

    def of(self, window, terms):
        """Return which rows of the panel lie in a window and have every term: boolean (n,)."""
        return np.logical_and.reduce([self.inside[window], *(self.there[term] for term in terms)])

    def scan(self, rows, estimator):
        """Return what an estimator reads of all terms that these rows have."""
        key = rows.tobytes(), estimator
        if key not in self.scans:
            terms = [term for term in self.terms if self.there[term][rows].all()]
            self.scans[key] = ESTIMATORS[estimator].read(self.panel[rows], terms)
        return self.scans[key]

    def model(self, rows, estimator, terms):
        """Return what an estimator makes of the outcome and regressors in these rows."""
        if not ESTIMATORS[estimator].smaller:
            return ESTIMATORS[estimator].read(self.panel[rows], terms).fitted
        source = self.scan(rows, estimator)
        outcome, *regressors = (source.columns[term] for term in terms)
        return source.fitted.only(outcome, regressors)

    def unit(self, window, driver):
        """Return the mean rate, and the driver's standard deviation within places and years, in a window."""
        if (window, driver) not in self.units:
            outcome = self.question.outcome
            rows = self.of(window, [outcome, driver])
            a = self.model(rows, "within", [outcome, driver]).xx.sum(axis=0)
            squares = a[0, 0] - a[0, 1:] @ np.linalg.solve(a[1:, 1:], a[1:, 0])
            self.units[window, driver] = self.panel.loc[rows, outcome].mean(), np.sqrt(squares / rows.sum())
        return self.units[window, driver]


def _fit(rows, specification, level):
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


def _effect(estimate, scale, mean, step):
    """Return by how many per cent of the mean rate the outcome is higher for one step of the driver."""
    if scale == "log":
        return 100 * np.expm1(estimate * step)
    if scale == "log_odds":
        share = mean / 100
        return 100 * (expit(logit(share) + estimate * step) / share - 1)
    return 100 * estimate * step / mean
