"""The wild cluster restricted bootstrap from moments: p-values and intervals that hold with few clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.clusters.effective import partial_leverage, treated
from povertystats.clusters.jackknife import unknown_columns
from povertystats.clusters.signs import ALL_PATTERNS, Signs, standardised
from povertystats.clusters.statistics import TIE, Statistics, bad_null
from povertystats.regression.inference import bad_level, crv1, solve, too_few
from povertystats.regression.moments import Moments
from povertystats.words.errors import OF_A_FIT, expect, not_whole, refuse
from povertystats.words.result import Result

# Where in so many of the patterns the places that have a 0/1 driver, or all that lack it, keep their signs, and t stays beyond
# _STAYS whatever the outcome is: with one of 6 to 63 places or two of 10 to 63 the test rejects in 0-1.2% of samples
# at 5% without an effect, and in 8-68% with one of three standard deviations of a row.
_MANY, _STAYS = 0.4, 10.0
_KINDS = {"cluster": ("cluster",), "row": ("row",), "either": ("cluster", "row")}
_SEVERAL = (
    "signs by row need one row a cluster and time, and no effects within clusters: these are sums over rows"
)


@dataclass(frozen=True, eq=False, repr=False)
class WildBootstrap(Result):
    """Tests and intervals by the wild cluster restricted bootstrap.

    Parameters
    ----------
    table : DataFrame
        A row a column: column, estimate, t (of the estimate against ``null``, by CRV1), p (two-sided), low and high (at
        ``level``; infinite where the test never rejects), draws (2^G where every pattern of signs was used), ties
        (draws whose statistic equals t but for 1e-10 or a share of that; they count towards p), holes (stretches
        between values that are not rejected on which all are: where p is not monotone), signs ("cluster" or "row").
    pieces : DataFrame
        Every stretch of values that are not rejected at ``level``, one more a column than its holes: column, low, high.
    left_out : dict of str to str
        Columns of which signs tell nothing, and why.
    null : float
        The value tested.
    level : float
        Confidence of the intervals.

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> panel = pd.DataFrame({"place": np.repeat(range(8), 5), "x": rng.normal(size=40), "y": rng.normal(size=40)})
    >>> wild(Moments.from_frame(panel, "y", ["x"], time=None)).table["draws"].tolist()
    [256]
    """

    table: pd.DataFrame
    pieces: pd.DataFrame
    left_out: dict[str, str]
    null: float
    level: float

    def _sentence(self) -> str:
        columns = ", ".join(self.table["column"])
        told = f"Wild cluster bootstrap of {columns} against {self.null:g}: {100 * self.level:g}% intervals"
        joint = self.pieces.merge(self.table, on="column", suffixes=("", "_told"))
        outside = (joint["high"] < joint["low_told"]) | (joint["low"] > joint["high_told"])
        beyond = ", ".join(joint["column"][outside].unique())
        more = f"; of {beyond}, values beyond {self.null:g} are not rejected either: see .pieces"
        return told + (more if beyond else "")


def wild(
    moments: Moments,
    columns: str | Sequence[str] | None = None,
    *,
    null: float = 0.0,
    draws: int = 9999,
    seed: int = 1,
    level: float = 0.95,
    count_nested: bool = False,
    signs: str = "cluster",
) -> WildBootstrap:
    """Test coefficients by the wild cluster restricted bootstrap (WCR), Rademacher signs by cluster or by row.

    With β̃ estimated under the null, ``s̃_g = c_g − A_g β̃``, a = row j of A⁻¹, ``c*_g = a s̃_g``,
    ``H_gh = a A_g A⁻¹ s̃_h`` and signs v: ``t* = c*'v / sqrt(ssc·Σ_g (c*_g v_g − (Hv)_g)²)``, which is t by
    CRV1 when the residuals under the null change sign cluster by cluster. p is the share of ``|t*| ≥ |t|``
    over all 2^G patterns when G ≤ 12, else ``(1 + count)/(1 + draws)``. The values with ``p > 1 − level`` are known
    exactly: a draw is as extreme as the data where a quartic in the null is not negative. The interval reaches to the
    farthest of them on each side. Where ``null`` is rejected and values beyond it are not (a hole), the interval ends
    before it, and they stand in ``pieces``: p and the interval never contradict each other.

    Where few clusters tell of a column (a driver that one or two places have, or lack) signs by cluster
    often leave it as it is, and p is large whatever the effect: such columns are left out, with the reason. Signs by row
    (subclusters) can reject there; t is still by clusters. They assume that the rows of a cluster are independent of
    each other given effects and regressors, and that those of treated places are as noisy as others: with errors that
    go together over years they reject too often.

    Parameters
    ----------
    moments : Moments
        The model.
    columns : str or sequence of str, optional
        Names among ``moments.columns``; the regressors when left out. All share the same signs, so that a result does
        not depend on what is tested beside it.
    null : float, default 0.0
        The value tested.
    draws, seed : int
        Draws of signs with more than 12 clusters, and their seed.
    level : float, default 0.95
        Confidence of the intervals.
    count_nested : bool, default False
        As in ``crv1``: it changes t, but neither p nor the interval.
    signs : str, default "cluster"
        What changes sign together: the rows of a cluster, or each "row" by itself, of moments in which a cluster and
        time has one row; "either": by row where signs by cluster would leave a column out.

    Returns
    -------
    WildBootstrap
        Estimates and intervals in units and with the sign of the coefficient.

    Raises
    ------
    WrongType
        When ``moments`` are not Moments.
    Refused
        All problems at once: unknown columns, a null that is not finite, bad level, draws or seed, fewer than two
        clusters, clusters or draws too few to reject anything at ``level``, columns that are all left out.

    References
    ----------
    Roodman, MacKinnon, Nielsen & Webb 2019, doi:10.1177/1536867X19830877; Cameron, Gelbach & Miller 2008,
    doi:10.1162/rest.90.3.414; MacKinnon & Webb 2018, doi:10.1111/ectj.12107.

    Examples
    --------
    >>> from povertystats.regression.moments import Moments
    >>> rng = np.random.default_rng(5)
    >>> panel = pd.DataFrame({"place": np.repeat(range(8), 5), "x": rng.normal(size=40)})
    >>> panel["y"] = 0.4 * panel.x + rng.normal(size=40)
    >>> tests = wild(Moments.from_frame(panel, "y", ["x"], time=None)).table
    >>> tests[["t", "p", "low", "high", "draws", "ties"]].round(3).loc[0].tolist()
    [2.028, 0.062, -0.042, 1.25, 256.0, 2.0]
    """
    expect("Moments", "regressors", OF_A_FIT, moments=moments)
    columns = moments.regressors if columns is None else [columns] if isinstance(columns, str) else columns
    refuse("cannot bootstrap", _problems(moments, columns, null, draws, seed, level, signs))
    beta, fit, left_out = solve(moments), standardised(moments), _alone(moments, columns)
    tested = [name for name in columns if name not in left_out]
    se = np.sqrt(np.diag(crv1(moments, beta, tested, count_nested=count_nested)))
    drawn, made, pieces = Signs(moments, fit, draws, seed), [], []
    for name in tested:
        j, why = moments.columns.index(name), []
        for kind in _KINDS[signs]:
            if (found := drawn.squares(kind, j)) is None:
                why.append(_SEVERAL)
            elif kind == "cluster" and (reason := _stays(moments, name, found[1], level)):
                why.append(reason)
            else:
                break
        else:
            left_out[name] = "; ".join(why)
            continue
        unit, each, every = found
        told = Statistics(each, every).tell(beta[j], unit / fit.size[j], null, level)
        mirrors = 2 if every else 1
        made.append(
            {
                "column": name,
                "estimate": beta[j],
                "t": (beta[j] - null) / se[j],
                "p": told.p,
                "low": told.low,
                "high": told.high,
                "draws": mirrors * each.shape[2],
                "ties": mirrors * told.ties,
                "holes": len(told.pieces) - 1,
                "signs": kind,
            }
        )
        pieces += [{"column": name, "low": low, "high": high} for low, high in told.pieces]
    refuse("cannot bootstrap", [] if made else left_out.values())
    return WildBootstrap(pd.DataFrame(made), pd.DataFrame(pieces), left_out, null, level)


def _problems(moments, columns, null, draws, seed, level, signs):
    problems = unknown_columns(moments, columns) + bad_null(null) + not_whole(seed=seed)
    if signs not in _KINDS:
        problems.append(f"signs is {signs!r}; expected 'cluster', 'row' or 'either'")
    unfit = bad_level(level) + not_whole(1, draws=draws)
    g = len(moments.n) if signs != "row" else int(moments.n.sum())
    problems += too_few(moments, "the bootstrap needs", better=10)
    if len(moments.n) > 1 and not unfit:
        problems += _never_rejects(g, draws, level, "clusters" if signs != "row" else "rows")
    return problems + unfit


def _alone(moments, columns):
    """Return which columns vary in one cluster only, and why they are left out: its residuals add up to nothing."""
    shares = {name: partial_leverage(moments, name) for name in columns}
    alone = {name: moments.clusters[h.argmax()] for name, h in shares.items() if h.max() > 1 - TIE}
    why = "its clustered error is zero by construction, and no test of it exists"
    advice = "leave it out, or add places in which it varies"
    return {
        name: f"{name} varies on its own in {place} only: {why}; {advice}" for name, place in alone.items()
    }


def _stays(moments, column, each, level):
    """Return why signs by cluster tell nothing of a column: the data are among too many patterns, whatever the effect.

    Far from the estimate residuals are what the null adds: t* is then n₁/√q₂, of the design alone.
    """
    (_, _, n), (_, _, q) = each
    share = (n >= _STAYS**2 * q).mean()
    if share <= max(_MANY, 1 - level) or treated(moments, column) is None:
        return ""
    few = f"{column} is treated, or untreated, in so few places that {share:.0%} of the patterns of signs leave it as it is"
    other = "use randomisation inference, or signs by row"
    return f"{few}: signs by cluster hardly ever reject, however large the effect; {other}"


def _never_rejects(count, draws, level, of):
    every = count <= ALL_PATTERNS
    least = 2.0 ** (1 - count) if every else 1 / (1 + draws)
    if least <= 1 - level + TIE:
        return []
    few = f"{count} {of} have {2**count} patterns of signs" if every else f"draws is {draws}"
    other = "use the jackknife (cv3)" if every else "expected 999 or more"
    return [f"{few}: p is never below {least:.3g}, nothing can be rejected at level {level}; {other}"]
