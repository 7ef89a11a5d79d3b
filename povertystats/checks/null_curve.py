"""How often a specification curve would look as clear as it does if no specification had any association."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from povertystats.associations.check import Check, checked
from povertystats.checks.specification_curve import SpecificationCurve
from povertystats.clusters.jackknife import equations
from povertystats.regression.inference import crv1, parameters, solve
from povertystats.regression.moments import Moments
from povertystats.words.errors import expect, not_whole, refuse
from povertystats.words.phrases import term_name
from povertystats.words.wording import say


@dataclass(frozen=True, eq=False, repr=False)
class NullCurve(Check):
    """The clear results of a specification curve against those that chance alone brings.

    Parameters
    ----------
    table : DataFrame
        One row, or one a driver where a curve tells several apart: the columns of every check, in which estimate is the larger count of clear results by sign, low and high
        are what chance brings in ``level`` of the draws, p is how often chance brings at least as many, and n counts the
        specifications by linear estimators; then clear_negative and clear_positive (``|t|`` by CRV1 above the t(G − 1)
        quantile of the curve's level), expected (mean of the larger count over the draws) and draws.

    Examples
    --------
    >>> import povertystats as ps
    >>> curve = ps.specification_curve(ps.load_facts().as_of("2012-05-07"), "training")
    >>> null_curve(curve, draws=99).clear.tolist()
    [False]
    """

    table: pd.DataFrame
    kind = "null curve"
    reference: ClassVar[float | None] = None

    @property
    def clear(self) -> pd.Series:
        """Whether there are more clear results than chance brings: p below 1 − level."""
        return self.table["p"] < 1 - self.table["level"]

    def _names(self, lang: str, labels: Mapping[str, str]) -> list[str]:
        return [say("specification.counted", lang)] * len(self.table)

    def _text(self, lang: str, labels: Mapping[str, str]) -> str:
        lines = []
        for row in self.table.to_dict("records"):
            key = "by_chance" if row["estimate"] else "none_clear"
            told = say(f"specification.{key}", lang, found=row["estimate"], **row)
            about = {"driver": term_name(row["driver"], lang, labels), "told": told}
            lines.append(say("specification.of", lang, **about) if len(self.table) > 1 else told)
        return "\n".join(lines)

    def _sentence(self) -> str:
        return "; ".join(
            f"{row['estimate']:.0f} of {row['n']} specifications of {row['driver']} clear with one sign; "
            f"by chance {row['expected']:.1f}, p = {row['p']:.3f}"
            for row in self.table.to_dict("records")
        )


def null_curve(curve: SpecificationCurve, *, draws: int = 999, seed: int = 1) -> NullCurve:
    """Compare the clear results of a curve with what chance alone would bring, all specifications jointly.

    Parameters
    ----------
    curve : SpecificationCurve
        The curve.
    draws : int, default 999
        How often the signs are drawn.
    seed : int, default 1
        Where the draws begin.

    Returns
    -------
    NullCurve
        The counts and p.

    Raises
    ------
    WrongType
        For what is no SpecificationCurve.
    Refused
        All problems at once, on bad draws or seed, or a curve without a linear estimate.

    Notes
    -----
    Under the null of no association in any specification the residuals of each, fitted without its driver, change sign
    place by place, with the same signs in every specification: their dependence is kept. Each draw counts the
    specifications with ``|t*|`` above the t(G − 1) quantile, by sign; p is ``(1 + draws with a larger count of at least
    that found)/(1 + draws)``. Fixed effects and first differences only, t by CRV1 here and there.

    References
    ----------
    Simonsohn, Simmons & Nelson 2020, doi:10.1038/s41562-020-0912-z; Cameron, Gelbach & Miller 2008,
    doi:10.1162/rest.90.3.414.

    Examples
    --------
    >>> import povertystats as ps
    >>> curve = ps.specification_curve(ps.load_facts().as_of("2012-05-07"), "training")
    >>> null_curve(curve, draws=99).table[["n", "clear_negative", "clear_positive", "draws"]].values.tolist()
    [[24, 0, 0, 99]]
    """
    expect("SpecificationCurve", "moments", curve=curve)
    problems = [] if curve.moments else ["the curve has no estimate by a linear estimator"]
    refuse(
        "cannot compare a curve with chance", [*problems, *not_whole(1, draws=draws), *not_whole(seed=seed)]
    )
    places = sorted({place for moments in curve.moments.values() for place in moments.clusters}, key=str)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(len(places), draws))
    drawn = {place: row for place, row in zip(places, signs, strict=True)}
    fitted: dict[str, list[Moments]] = {}
    for at, moments in curve.moments.items():
        driver = curve.table.at[at, "definition"] if curve.question.apart else curve.question.name
        fitted.setdefault(driver, []).append(moments)
    about = {"level": curve.level, "draws": draws}
    rows = [{"driver": name, **_counted(some, drawn, curve.level), **about} for name, some in fitted.items()]
    return NullCurve(checked(NullCurve.kind, pd.DataFrame(rows), []))


def _counted(fitted: Sequence[Moments], signs: Mapping[Any, np.ndarray], level: float) -> dict[str, Any]:
    """Return the clear results of some specifications, and those that chance brings: ``signs`` (B,) by place."""
    counts = np.zeros((2, 1 + len(next(iter(signs.values())))), int)
    for moments in fitted:
        drawn = np.array([signs[place] for place in moments.clusters])
        t = np.append(_t(moments), _draws(moments, drawn))
        bar = stdtrit(len(moments.n) - 1, (1 + level) / 2)
        counts += np.array([t < -bar, t > bar])
    larger = counts.max(axis=0)
    low, high = np.quantile(larger[1:], [(1 - level) / 2, (1 + level) / 2])
    return {
        "estimate": larger[0],
        "low": low,
        "high": high,
        "p": (larger >= larger[0]).mean(),
        "n": len(fitted),
        "clear_negative": counts[0, 0],
        "clear_positive": counts[1, 0],
        "expected": larger[1:].mean(),
    }


def _t(moments: Moments) -> float:
    beta = solve(moments)
    return beta[0] / np.sqrt(crv1(moments, beta, moments.regressors[:1])[0, 0])


def _draws(moments: Moments, signs: np.ndarray) -> np.ndarray:
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
