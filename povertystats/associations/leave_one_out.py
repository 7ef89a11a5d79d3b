"""Each estimate of a fit without one place in turn: a check of whether it rests on one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from povertystats.associations.check import Check, checked
from povertystats.clusters.jackknife import leave_one_out
from povertystats.regression.fractional import FractionalLogit
from povertystats.regression.moments import Moments
from povertystats.words.errors import Refused
from povertystats.words.phrases import term_name
from povertystats.words.wording import say


@dataclass(frozen=True, eq=False, repr=False)
class LeaveOneOut(Check):
    """Each estimate of a fit without one place in turn, from ``DriverFit.leave_one_out``.

    ``table``: the columns of every check (no interval, no p), then estimator, scale, outcome, place (the one left out)
    and ``whole``, the estimate from all places, with its interval from ``whole_low`` to ``whole_high``; in units and with the sign of ``DriverFit.table``.
    """

    kind: ClassVar[str] = "leave_one_out"
    reference: ClassVar[float | None] = None
    table: pd.DataFrame

    @classmethod
    def of(
        cls, fitted: pd.DataFrame, moments: Mapping[tuple[str, str], Moments], logit: FractionalLogit | None
    ) -> LeaveOneOut:
        """Return the check of each row of ``DriverFit.table`` but those that one place alone tells."""
        few = fitted["driver"].nunique()
        parts = {key: (m.clusters, *_without(m, m.regressors[:few])) for key, m in moments.items()}
        if logit is not None:
            parts["fractional_logit", "points"] = logit.clusters, logit.leave_one_out, [True] * few
        rows = []
        for key, models in fitted.groupby(["estimator", "scale"], sort=False):
            places, without, told = parts[key]
            each = [*zip(models.itertuples(), without.T, strict=False)]
            for row, estimates in (one for one, known in zip(each, told, strict=True) if known):
                same = {
                    name: getattr(row, name)
                    for name in ("driver", "level", "estimator", "scale", "outcome", "unit")
                }
                whole = {"whole": row.estimate, "whole_low": row.low, "whole_high": row.high}
                part = pd.DataFrame({"estimate": estimates, "place": places} | whole)
                rows.append(part.assign(**same))
        return cls(checked(cls.kind, pd.concat(rows, ignore_index=True), ["estimator", "scale", "place"]))

    @property
    def clear(self) -> pd.Series:
        """Whether each estimate has the sign of that from all places: a boolean Series."""
        return self.table["estimate"] * self.table["whole"] > 0

    def _names(self, lang: str, labels: Mapping[str, str]) -> list[str]:
        """Return the way of each row for readers: its scale, estimator and the place left out."""
        rows = self.table[["unit", "estimator", "place"]].itertuples(index=False)
        return [f"{_way(unit, name, lang)}, {place}" for unit, name, place in rows]

    def _text(self, lang: str, labels: Mapping[str, str]) -> str:
        """Return between which values each estimate stays, those first whose sign one place decides."""
        lines: dict[bool, list[str]] = {True: [], False: []}
        for (driver, _, estimator), rows in self.table.groupby(["driver", "scale", "estimator"], sort=False):
            least, most = (rows.loc[rows["estimate"].agg(which)] for which in ("idxmin", "idxmax"))
            turning = rows.loc[~self.clear[rows.index], "place"]
            words = {
                "driver": term_name(driver, lang, labels),
                "way": _way(least["unit"], estimator, lang),
                "least": least["estimate"],
                "lowest": least["place"],
                "most": most["estimate"],
                "highest": most["place"],
                "whole": least["whole"],
                "places": _first(turning, lang),
            }
            key = "leave_one_out.turns" if len(turning) else "leave_one_out.stays"
            lines[len(turning) > 0].append(say(key, lang, **words))
        return "\n".join([*lines[True], *lines[False], say("drivers.association", lang)])

    def _sentence(self) -> str:
        drivers = ", ".join(dict.fromkeys(self.table["driver"]))
        turning = int((~self.clear).sum())
        return (
            f"{drivers} without one place in turn: {len(self.table)} estimates, {turning} with another sign"
        )


def _without(moments: Moments, columns: Sequence[str]) -> tuple[np.ndarray, list[bool]]:
    """Return the estimates without each cluster, and which of the columns can be told without any of them."""
    told = [True] * len(columns)
    try:
        return leave_one_out(moments, columns), told
    except Refused:
        for i, column in enumerate(columns):
            try:
                leave_one_out(moments, [column])
            except Refused:
                told[i] = False
        if not any(told):
            raise
        kept = [column for column, known in zip(columns, told, strict=True) if known]
        return leave_one_out(moments, kept), told


def _first(names: Sequence, lang: str, most: int = 5) -> str:
    """Return names in a list, the first of them where they are many, with how many more there are."""
    shown = ", ".join(map(str, names[:most]))
    return say("leave_one_out.more", lang, names=shown, n=len(names) - most) if len(names) > most else shown


def _way(unit: str, estimator: str, lang: str) -> str:
    words = {"scale": f"scale.{unit}", "estimator": f"estimator.{estimator}"}
    return say("drivers.way", lang, **{key: say(f"drivers.{name}", lang) for key, name in words.items()})
