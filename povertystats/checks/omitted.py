"""The algebra of a variable left out of a regression: how strong it is, and what it leaves of an estimate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def robustness_value(f: float | np.ndarray, critical: float | np.ndarray = 0.0) -> np.ndarray:
    """Return the strength at which an omitted variable can bring a t value to a critical one: shares 0-1.

    ``f = |t|/√dof`` and ``critical = t*·(se/se_classical)/√(dof − 1)``, numbers or arrays. A variable with
    partial R² of R_d with the driver and R_y with the outcome leaves the end of the interval at zero when
    ``√(R_y R_d/(1 − R_d)) + critical·√((1 − R_y)/(1 − R_d)) = f``. With R_y = R_d = R the second root is 1,
    so that ``R/√(1 − R) = f_α = f − critical`` and ``R = ½(√(f_α⁴ + 4f_α²) − f_α²)``; 0 when f_α is negative.
    Where ``f·critical > 1`` a smaller R_y is worse, since it leaves the errors larger, and the least R_d that
    will do is ``R = (f² − critical²)/(1 + f²)``: no variable of less strength with both does it.
    Source: Cinelli & Hazlett 2020, doi:10.1111/rssb.12348; the second case as in their package sensemakr.

    >>> float(robustness_value(4.18445 / 783**0.5).round(4))  # the violence in Darfur, as published
    0.1388
    """
    f, critical = np.asarray(f, float), np.asarray(critical, float)
    left = np.maximum(f - critical, 0)
    equal = (np.sqrt(left**4 + 4 * left**2) - left**2) / 2
    return np.where((f * critical > 1) & (left > 0), (f**2 - critical**2) / (1 + f**2), equal)


def strength(
    r2_driver: float | np.ndarray,
    r2_outcome: float | np.ndarray,
    times: Sequence[float] | np.ndarray,
    times_outcome: Sequence[float] | np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the partial R² of an omitted variable that is ``times`` as strong as what was observed.

    ``r2_driver``, r_d: partial R² of the observed with the driver; ``r2_outcome``, r_y: with the outcome, beside the
    driver; shares 0-1. With k times as strong with the driver and m (``times_outcome``; k where left out) times with the
    outcome: ``R_d = k·r_d/(1 − r_d)`` and at most ``R_y = (√m + √q)²/(1 − q)·r_y/(1 − r_y)``,
    ``q = k·r_d²/((1 − k·r_d)(1 − r_d))``; 1 where that bound lies at 1 or above. NaN where R_d would reach 1: no
    variable is that strong. Returns two arrays, as ``times`` broadcasts.
    Source: Cinelli & Hazlett 2020, doi:10.1111/rssb.12348.

    >>> [r.round(4).tolist() for r in strength(0.009081, 0.109034, [1, 3])]
    [[0.0092, 0.0275], [0.1246, 0.3741]]
    """
    r_d = np.asarray(times, float) * r2_driver / (1 - r2_driver)
    k = np.where(r_d < 1, times, np.nan)
    q = k * r2_driver**2 / ((1 - k * r2_driver) * (1 - r2_driver))
    m = k if times_outcome is None else np.asarray(times_outcome, float)
    r_y = (np.sqrt(m) + np.sqrt(q)) ** 2 / (1 - q) * r2_outcome / (1 - r2_outcome)
    return np.where(r_d < 1, r_d, np.nan), np.minimum(r_y, 1)


def adjusted(
    estimate: float, se: float, dof: int, r2_driver: float | np.ndarray, r2_outcome: float | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what an omitted variable leaves of an estimate at worst, and the factor on its standard error.

    ``sign(β)·(|β| − se·√(R_y R_d/(1 − R_d)·dof))`` and ``√((1 − R_y)/(1 − R_d)·dof/(dof − 1))``, with the
    classical ``se`` and dof = N − K; a result of the other sign means that the association is overturned.
    Source: Cinelli & Hazlett 2020, doi:10.1111/rssb.12348.

    >>> [round(float(x), 4) for x in adjusted(0.0973, 0.0233, 783, 0.0092, 0.1246)]
    [0.0751, 0.9406]
    """
    bias = se * np.sqrt(r2_outcome * r2_driver / (1 - r2_driver) * dof)
    factor = np.sqrt((1 - r2_outcome) / (1 - r2_driver) * dof / (dof - 1))
    return np.sign(estimate) * (np.abs(estimate) - bias), factor


def group_partial_r2(
    inverse: np.ndarray, t: np.ndarray, dof: int, driver: int, group: Sequence[int]
) -> tuple[float, float]:
    """Return the partial R² of several regressors together with the driver, and with the outcome: shares 0-1.

    ``inverse`` A⁻¹ (k, k), ``t`` (k,) by independent errors, dof = N − K; ``driver``, ``group``: positions. In A⁻¹ with
    unit diagonal, C: with the driver d, beside all others, ``C_dg C_gg⁻¹ C_gd``; with the outcome, beside the driver and
    all others, ``W/(W + dof)``, ``W = t_g' C_gg⁻¹ t_g``, which is F times their number. Of one: ``t²/(t² + dof)``.
    Source: Cinelli & Hazlett 2020, doi:10.1111/rssb.12348.

    >>> a = np.linalg.inv(np.array([[2.0, 1, 0], [1, 2, 0], [0, 0, 1]]))
    >>> [round(float(r), 4) for r in group_partial_r2(a, np.array([3.0, 2, 1]), 20, 0, [1, 2])]
    [0.25, 0.2]
    """
    size = np.sqrt(np.diag(inverse))
    c, g = inverse / np.outer(size, size), np.asarray(group)
    with_driver, wald = (row @ np.linalg.solve(c[np.ix_(g, g)], row) for row in (c[driver, g], t[g]))
    return with_driver, wald / (wald + dof)
