"""How often a specification curve would look as clear as it does if no specification had any association."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from povertystats.regression.inference import crv1, parameters, solve
from povertystats.regression.jackknife import equations
from povertystats.words.errors import refuse
from povertystats.words.wording import check, say


@dataclass(frozen=True, eq=False)
class NullCurve:
    """The clear results of a specification curve against those that chance alone brings.

    ``table``, one row: n (specifications by linear estimators), clear_negative and clear_positive (|t| by CRV1
    above the t(G − 1) quantile of the curve's level), expected (mean over the draws of the larger count of the
    two), p (how often that larger count is at least the one found) and draws.
    """

    table: pd.DataFrame

    def text(self, lang):
        """Return the finding in ``lang`` ("vi" or "en"). Raises ValueError when the language is not known."""
        check(lang)
        row = self.table.iloc[0]
        found = max(row["clear_negative"], row["clear_positive"])
        return say(f"specification.{'by_chance' if found else 'none_clear'}", lang, found=found, **row)


def null_curve(curve, *, draws=999, seed=1):
    """Compare the clear results of a curve with what chance alone would bring, all specifications jointly.

    Under the null of no association in any specification the residuals of each, fitted without its driver, change
    sign place by place, with the same signs in every specification: their dependence is kept. Each draw counts
    the specifications with ``|t*|`` above the t(G − 1) quantile, by sign; p is ``(1 + draws with a larger count of
    at least that found)/(1 + draws)``. Fixed effects and first differences only, t by CRV1 here and there.

    ``curve``: a SpecificationCurve. Raises ValueError, all problems at once, on bad draws or seed, or a curve
    without a linear estimate.
    Source: Simonsohn, Simmons & Nelson 2020, doi:10.1038/s41562-020-0912-z; Cameron, Gelbach & Miller 2008,
    doi:10.1162/rest.90.3.414.

    >>> import povertystats as ps
    >>> from povertystats.drivers.specification_curve import specification_curve
    >>> curve = specification_curve(ps.load_facts().as_of("2012-05-07"), "training")
    >>> null_curve(curve, draws=99).table.columns.tolist()
    ['n', 'clear_negative', 'clear_positive', 'expected', 'p', 'draws']
    """
    problems = [] if curve.moments else ["the curve has no estimate by a linear estimator"]
    for name, value, least in (("draws", draws, 1), ("seed", seed, 0)):
        if not isinstance(value, Integral) or value < least:
            problems.append(f"{name} is {value!r}; expected a whole number, at least {least}")
    refuse("cannot compare a curve with chance", problems)
    places = sorted({place for moments in curve.moments.values() for place in moments.clusters}, key=str)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(len(places), draws))
    rows = {place: row for row, place in enumerate(places)}
    counts = np.zeros((2, 1 + draws), int)
    for moments in curve.moments.values():
        t = np.append(_t(moments), _draws(moments, signs[[rows[place] for place in moments.clusters]]))
        bar = stdtrit(len(moments.n) - 1, (1 + curve.level) / 2)
        counts += np.array([t < -bar, t > bar])
    larger = counts.max(axis=0)
    found = {
        "n": len(curve.moments),
        "clear_negative": counts[0, 0],
        "clear_positive": counts[1, 0],
        "expected": larger[1:].mean(),
        "p": (larger >= larger[0]).mean(),
        "draws": draws,
    }
    return NullCurve(pd.DataFrame([found]))


def _t(moments):
    beta = solve(moments)
    return beta[0] / np.sqrt(crv1(moments, beta)[0, 0])


def _draws(moments, signs):
    """Return t* of the first regressor for signs (G, B), with the null imposed: shape (B,)."""
    cells = equations(moments)
    size = np.sqrt(np.diag(cells.sum(axis=0)))
    xx, xy = cells[:, :, :-1] / np.outer(size, size), cells[:, :, -1] / size
    restricted = np.linalg.solve(xx[:, 1:, 1:].sum(axis=0), xy[:, 1:].sum(axis=0))
    scores = xy - xx[:, :, 1:] @ restricted
    inverse = np.linalg.inv(xx.sum(axis=0))
    moved = inverse @ (scores.T @ signs)
    row = inverse[0]
    meat = ((scores @ row)[:, None] * signs - (xx @ row) @ moved) ** 2
    g, n, k = len(cells), int(moments.n.sum()), parameters(moments)
    return moved[0] / np.sqrt(g / (g - 1) * (n - 1) / (n - k) * meat.sum(axis=0))
