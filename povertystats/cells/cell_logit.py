"""A logit of households, exact from the counts of its cells: its maximum, its clustered errors, what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from povertystats.cells.patterns import count_patterns
from povertystats.clusters.jackknife import by_jackknife
from povertystats.engines.sources import Readable
from povertystats.files.numbers import Notation
from povertystats.frames.keys import Key
from povertystats.regression.inference import bad_level, holm, spread, t_table
from povertystats.regression.logit import Likelihood
from povertystats.words.errors import Refused, refuse
from povertystats.words.phrases import FEW, association, controls_line, rows_left_out
from povertystats.words.result import Result
from povertystats.words.wording import check, say

_COLUMNS = [
    *("estimator", "scale", "outcome", "driver", "base", "estimate", "se", "t", "p", "low", "high"),
    *("se_crv1", "p_crv1", "p_holm", "detectable", "level", "n", "places", "dropped", "convention"),
]


@dataclass(frozen=True, eq=False, repr=False)
class CellLogit(Result):
    """The association of each regressor with a 0/1 outcome, from a logit of households.

    Parameters
    ----------
    table : DataFrame
        One row a scale and driver, columns as in ``DriverFit.table``. Scale "points": the average partial effect, in
        percentage points of the outcome's share per unit of the driver; "log_odds": the coefficient. Positive: the
        outcome is more frequent where the driver is higher; an indicator ``ethnic[Tày]`` is compared with its ``base``. se,
        t, p, low, high by CV3L; se_crv1, p_crv1 by CRV1; p_holm over the regressors; n households in ``places``.
    clusters : tuple
        The G clusters.
    coefficients : ndarray, shape (p,)
        In log-odds.
    variance : ndarray, shape (p, p)
        Of the coefficients, by CV3L.
    leave_one_out : ndarray, shape (G, p)
        Coefficients without each cluster.
    cells : int
        How many cells were counted.
    dropped : tuple of (str, str, int)
        Reason, column, rows.
    controls : tuple of str
        The other columns.
    binary : tuple of str
        Drivers of 0 and 1.

    Examples
    --------
    >>> import povertystats as ps
    >>> rows = pd.DataFrame({"commune": list("aabbcc") * 4, "borrower": [0, 0, 1, 1, 0, 1] * 4})
    >>> ps.cell_logit(rows.assign(poor=[1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0] * 2), "poor", ["borrower"]).cells
    4
    """

    table: pd.DataFrame
    clusters: tuple
    coefficients: np.ndarray
    variance: np.ndarray
    leave_one_out: np.ndarray
    cells: int
    dropped: tuple[tuple[str, str, int], ...]
    controls: tuple[str, ...]
    binary: tuple[str, ...]

    def _sentence(self) -> str:
        first = self.table.iloc[0]
        size = f"{first.n:,} households in {len(self.clusters)} clusters, {self.cells:,} cells"
        return f"Logit of {first.outcome} on {', '.join(self.table.driver.unique())}: {size}"

    def text(self, lang: str, *, labels: Mapping[str, str] | None = None) -> str:
        """Return what goes with the outcome.

        Parameters
        ----------
        lang : str
            The language.
        labels : mapping of str to str, optional
            Names of columns for readers.

        Returns
        -------
        str
            A sentence a line.
        """
        check(lang)
        labels, g = labels or {}, len(self.clusters)
        rows = self.table[(self.table["scale"] == "points") & self.table["base"].isna()]
        scale = say("drivers.scale.points", lang)
        lines = [say("drivers.few", lang, places=g)] if g < FEW else []
        lines += [
            association(row, lang, labels, scale=scale, unit="points", binary=row.driver in self.binary)
            for row in rows.itertuples()
        ]
        lines += [say("drivers.association", lang), *controls_line(self.controls, lang, labels)]
        if left_out := rows_left_out(self.dropped, lang, labels):
            lines.append(say("drivers.dropped", lang, scale=scale, reasons=left_out))
        model = say("drivers.model.cell_logit", lang)
        return "\n".join([*lines, say("drivers.errors.cv3l", lang, model=model, dof=g - 1)])


def cell_logit(
    source: Readable,
    outcome: str,
    regressors: Sequence[str],
    *,
    place: Key = "commune",
    year: str | None = "year",
    cluster: Key | None = None,
    categories: Sequence[str] | Mapping[str, str] = (),
    effects: Key | None = None,
    weights: str | None = None,
    level: float = 0.95,
    max_cells: int = 1_000_000,
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Sequence[str] = ("",),
    engine: Any = None,
) -> CellLogit:
    """Fit a 0/1 outcome of households by a logit on discrete regressors, from the counts of their cells alone.

    ``P(y = 1) = Λ(x'β + α_effect)``. Households of one cluster with the same outcome and regressors are one cell
    (``count_patterns``); the likelihood of the counts is that of the households, up to a constant, and so is its maximum.
    Average partial effect, in percentage points per unit: ``100·β_j·mean(μ(1 − μ))``. Standard errors: the linearised
    cluster jackknife CV3L, ``(G−1)/G·Σ_g(θ_(g) − θ)²`` with ``β_(g) = β − (H − H_g)⁻¹s_g`` and the mean slope over the
    rows outside g to first order, t with G − 1 degrees. Beside it CRV1, ``G/(G−1)·(N−1)/(N−K)·H⁻¹(Σ s_g s_g')H⁻¹``, in
    points by the delta method; K counts every coefficient and effect, as a logit on dummies does. With weights each household
    counts that often in the likelihood, in ``s_g``, ``H`` and the means: N stays the number of rows.

    Parameters
    ----------
    source : DataFrame, path, list of paths or ibis table
        Households, one a row.
    outcome : str
        A column of 0/1 (or 0/100, in per cent), of true/false, or of words for yes and no.
    regressors : sequence of str
        Discrete columns, ``log(column)`` or ``log1p(column)``.
    place : str or list of str, default "commune"
        The column of places, which are the clusters, or a full key from the largest area to the smallest; of a commune,
        district or the like it is understood, so that those of one name under two parents are two.
    year : str or None, default "year"
        Where the source has this column, names that may be one place and share no year (Huyện, later Thành phố) are
        asked about.
    cluster : str or list of str, optional
        The column of clusters, where these are no places.
    categories : sequence of str or mapping of str to str
        Columns whose levels become indicators; ``{column: base}`` chooses the level left out.
    effects : str or list of str, optional
        A column or key, such as "district", each level of which has an effect of its own, absorbed whatever their number.
    weights : str, optional
        The column of how many of the population a household stands for, above 0.
    level : float, default 0.95
        Confidence of the intervals.
    max_cells : int, default 1,000,000
        More cells than these are refused.
    decimal, thousands, missing : str, str, sequence of str
        How a CSV writes numbers, as in ``scan``.
    engine : object, optional
        As in ``scan``.

    Returns
    -------
    CellLogit
        Rows are left out and counted as in ``count_patterns``.

    Raises
    ------
    Refused
        As ``count_patterns``; a bad level, collinear regressors, more parameters than rows; then separation, or a
        regressor that one cluster alone tells.

    References
    ----------
    McCullagh & Nelder 1989, doi:10.1007/978-1-4899-3242-6 (grouped binomial data); MacKinnon, Nielsen & Webb 2024,
    doi:10.48550/arXiv.2406.00650 (CV3L).

    Examples
    --------
    >>> rows = pd.DataFrame({"commune": list("aabbcc") * 4, "borrower": [0, 0, 1, 1, 0, 1] * 4})
    >>> fit = cell_logit(rows.assign(poor=[1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0] * 2), "poor", ["borrower"])
    >>> fit.table[["scale", "driver", "estimate", "se", "n", "places"]].round(2).values.tolist()
    [['points', 'borrower', -31.29, 20.7, 24, 3], ['log_odds', 'borrower', -1.61, 1.1, 24, 3]]
    """
    what, problems = f"cannot fit a logit of {outcome}", bad_level(level)
    columns: dict[str, Any] = {"cluster": place if cluster is None else cluster, "year": year}
    columns |= {"categories": categories, "effects": effects, "weights": weights}
    try:
        columns["notation"] = Notation(decimal, thousands, tuple(missing))
        counted = count_patterns(source, outcome, regressors, **columns, max_cells=max_cells, engine=engine)
        likelihood = Likelihood.of(counted)
        refuse(what, _collinear(likelihood.collinear(), counted))
        theta, eta = likelihood.maximum(counted.names)
    except Refused as refused:
        refuse(what, problems + refused.problems)
    refuse(what, problems)
    asked = [j for j, base in enumerate(counted.bases) if base is None]
    parts = likelihood.clusters(theta, eta)
    refuse(what, _one_cluster_alone(parts["without"], asked, counted))
    coefficients, added = theta / likelihood.size, parts["added"] / likelihood.size
    without = parts["without"] / likelihood.size
    slope, slope_without = 100 * parts["slope"], 100 * parts["slope_without"][:, None]
    points_added = slope * added + np.outer(100 * parts["slope_added"], coefficients)
    scales = {
        "points": (slope * coefficients, slope_without * without, points_added),
        "log_odds": (coefficients, without, added),
    }
    rows = [_rows(counted, scale, *estimates, level) for scale, estimates in scales.items()]
    table = pd.concat(rows, ignore_index=True)
    return CellLogit(
        table=table[_COLUMNS],
        clusters=counted.clusters,
        coefficients=coefficients,
        variance=spread(without, coefficients),
        leave_one_out=without,
        cells=len(counted.n),
        dropped=counted.dropped,
        controls=(*categories, *filter(None, [counted.effects])),
        binary=tuple(name for name, x in zip(counted.names, counted.x.T, strict=True) if set(x) == {0, 1}),
    )


def _rows(counted, scale, estimates, without, added, level):
    """Return the rows of one scale, by CV3L and beside it CRV1."""
    g, n, k = len(counted.clusters), counted.rows, len(counted.names) + len(counted.levels)
    factor = g / (g - 1) * (n - 1) / (n - k)
    rows = by_jackknife(counted.names, estimates, without, level=level)
    beside = t_table(counted.names, estimates, factor * added.T @ added, dof=g - 1, level=level)
    return rows.rename(columns={"name": "driver"}).assign(
        estimator="cell_logit",
        scale=scale,
        outcome=counted.outcome,
        base=list(counted.bases),
        se_crv1=beside["se"],
        p_crv1=beside["p"],
        p_holm=holm(rows["p"].where([base is None for base in counted.bases])),
        level=level,
        n=n,
        places=g,
        dropped="; ".join(f"{reason} {column}: {count}" for reason, column, count in counted.dropped),
        convention=f"CV3L, t({g - 1}); beside it CRV1, t({g - 1}), K = {k}",
    )


def _collinear(combinations, counted):
    """Yield why regressors cannot be told apart, by what ``Likelihood.collinear`` returns."""
    where = f"within every {counted.effects}" if counted.effects else "in every row"
    beside = f" beside the {counted.effects} effects" if counted.effects else ""
    for j, partners in combinations.items():
        others = ", ".join(counted.names[i] for i in partners)
        why = f"a linear combination of {others}{beside}" if partners else f"constant {where}"
        yield f"{counted.names[j]} is {why}"
    if (n := counted.rows) <= (k := len(counted.names) + len(counted.levels)):
        yield f"{n} rows for {k} parameters (effects counted); expected more rows than parameters"


def _one_cluster_alone(without, asked, counted):
    """Yield the regressors that are lost without a cluster; a category that is lost with it has no error, and no more."""
    for g, i in zip(*np.nonzero(np.isnan(without[:, asked])), strict=True):
        place = f"{counted.cluster} {counted.clusters[g]}"
        yield f"{counted.names[asked[i]]} cannot be told without {place}: it needs variation in another one too"
