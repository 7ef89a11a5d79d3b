"""How a fit came about, in sentences: its effects, clusters, errors and degrees of freedom, the rows told and those lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from povertystats.estimators.errors import INDEPENDENT, degrees
from povertystats.regression.fractional import FractionalLogit
from povertystats.regression.moments import Moments
from povertystats.rows.kinds import further, kinds
from povertystats.words.phrases import rows_left_out, together
from povertystats.words.wording import say


def method_lines(
    moments: Mapping[tuple[str, str], Moments], errors: str, count_nested: bool, lang: str
) -> list[str]:
    """Return a sentence for each linear estimator; ``moments`` by (estimator, scale), ``errors`` as in ``DriverFit``.

    >>> import pandas as pd
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> m = Moments.from_frame(panel, "y", ["x"], time=None)
    >>> method_lines({("within", "points"): m}, "cv3", False, "en")
    ['Method: fixed effects of the place; cluster jackknife standard errors (CV3), t with 2 degrees of freedom.']
    """
    by_estimator: dict[str, list[Moments]] = {}
    for (estimator, _), fitted in moments.items():
        by_estimator.setdefault(estimator, []).append(fitted)
    return [
        _line(estimator, fitted, errors, count_nested, lang) for estimator, fitted in by_estimator.items()
    ]


def resampling_lines(table: pd.DataFrame, lang: str) -> list[str]:
    """Return how p by bootstrap and by randomisation came about, where ``DriverFit.text`` tells one."""
    told = table[table["verdict"] != "none"]
    ways = [way for way in ("wild", "random") if told[f"p_{way}"].notna().any()]
    ways += ["wild_row"] if told["convention"].str.contains("signs by row").any() else []
    return [say(f"drivers.{way}", lang) for way in ways]


def logit_line(logit: FractionalLogit, lang: str) -> str:
    """Return the sentence of a fractional logit."""
    model = say("drivers.model.fractional_logit", lang)
    return say("drivers.errors.cv3l", lang, model=model, dof=len(logit.clusters) - 1)


def _line(estimator: str, fitted: Sequence[Moments], errors: str, count_nested: bool, lang: str) -> str:
    moments, by = fitted[0], kinds(fitted[0])
    if estimator == "within":
        kind = {(1, 1): "two_way", (1, 0): "place", (0, 1): "time", (0, 0): "pooled"}
        estimator = kind[bool(moments.entity), bool(moments.time)]
        if moments.entity not in (None, moments.cluster):
            estimator = f"nested_{estimator}"
    model = say(f"drivers.model.{estimator}", lang, entity=moments.entity, cluster=moments.cluster)
    if moments.years_by:
        model = say("drivers.model.regional", lang, model=model, region=moments.years_by)
    if names := further(moments):
        model = say("drivers.model.further", lang, model=model, names=", ".join(names))
    told = "–".join(map(str, sorted({degrees(m, errors) for m in fitted})))
    if len(by) > 1 and errors not in INDEPENDENT:
        errors = f"two_kinds_{errors}"
    elif errors == "crv1":
        errors = "pooled" if not moments.entity else "nested" if count_nested else "standard"
    return say(f"drivers.errors.{errors}", lang, model=model, dof=told, clusters=together(by, lang))


def rows_told(fit: Any) -> list[tuple[Any, pd.DataFrame]]:
    """Return fits with the rows of each that are told: a driver in each level of a category, in place of its first.

    ``fit``: a ``DriverFit``.
    """
    inside, table = fit.inside, fit.table
    made = inside.formula.made.values() if inside else ()
    first = table["driver"].isin([number for one in made for number in one.numbers])
    return [(fit, table[~first]), *([(inside, inside.table)] if inside else [])]


def rows_lost(fit: Any, labels: Mapping[str, str], lang: str) -> Iterator[str]:
    """Yield the rows that a ``DriverFit`` left out, the models with the same reasons together."""
    models = fit.table.drop_duplicates(["estimator", "scale"])
    for _, rows in models.groupby("dropped", sort=False):
        first = rows.iloc[0]
        key = first["estimator"], first["scale"]
        nested = key in fit.moments and fit.moments[key].entity not in (None, fit.moments[key].cluster)
        if reasons := rows_left_out(fit.dropped[key], lang, labels, nested=nested):
            yield say("drivers.dropped", lang, scale=fit._ways(rows, lang), reasons=reasons)
