"""The estimates of a survey: by domain, with their errors, and which are too uncertain to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from povertystats.surveys.linearisation import Population, linearised, strata_of
from povertystats.surveys.precision import with_precision
from povertystats.words.result import Result
from povertystats.words.wording import check, say

# What a table says of an estimate, after the domain.
COLUMNS = ["measure", "kind", "estimate", "se", "low", "high", "cv_pct", "deff", "n", "n_effective"]
COLUMNS += ["psus", "strata", "df", "uncertain"]


@dataclass(frozen=True, eq=False, repr=False)
class SurveyEstimates(Result):
    """Estimates of a survey by domain, with the errors of the way in which it was drawn.

    Parameters
    ----------
    table : DataFrame
        One row a domain and measure: the columns that name the domain, ``measure``, ``kind`` (rate, mean, total, ratio),
        ``estimate`` (rates in per cent, others in the unit of the column), ``se``, ``low`` and ``high`` (at ``level``),
        ``cv_pct`` (100 se/estimate), ``deff`` (the variance over that of a simple random sample with replacement of as
        many households), ``n`` (interviewed households it rests on), ``n_effective`` (n/deff), ``psus``, ``strata``,
        ``df`` and ``uncertain``: why the estimate is too uncertain to be told, "" where it is not.
    level : float
        Confidence of the intervals.
    illustrative : bool
        Whether it was made from generated records.

    Notes
    -----
    Too uncertain are rates of fewer than 30 effective households, with an interval of 30 points or wider, or wider than
    5 points and 130 % of the rate (Parker et al. 2017), and all others with a coefficient of variation over 33.3 %
    (Statistics Canada). They stay in the table, marked, and are not told in ``text``.

    References
    ----------
    Parker, J. D. et al. 2017, National Center for Health Statistics data presentation standards for proportions, Vital
    and Health Statistics 2(175).

    Examples
    --------
    >>> import povertystats as ps
    >>> homes = pd.DataFrame({"area": list("aabb") * 40, "poor": [True, False, False, False] * 40, "w": 2.5})
    >>> print(ps.survey_estimates(homes, rates=["poor"], weight="w", stratum="area").text("en"))
    poor: 25.0 (95% interval 19.9 to 31.0; 160 households interviewed).
    """

    table: pd.DataFrame
    level: float
    illustrative: bool = False

    def _sentence(self) -> str:
        measures = ", ".join(dict.fromkeys(self.table["measure"]))
        doubtful = (self.table["uncertain"] != "").sum()
        return f"Estimates of a survey, {doubtful} of {len(self.table)} too uncertain to be told: {measures}"

    def text(self, lang: str) -> str:
        """Return the estimates in sentences, one a row of the table.

        Parameters
        ----------
        lang : str
            "vi", "en" or a language file.

        Returns
        -------
        str
            Of what is too uncertain only that.
        """
        check(lang)
        names = [name for name in self.table if name not in (*COLUMNS, "level", *_OF_PLACES)]
        lines = [say("review.illustrative", lang)] if self.illustrative else []
        for row in self.table.to_dict("records"):
            domain = ", ".join(str(row[name]) for name in names if row[name] != "")
            what = f"{domain}: {row['measure']}" if domain else row["measure"]
            key = "uncertain" if row["uncertain"] else "rate" if row["kind"] == "rate" else "estimate"
            lines.append(say(f"survey.{key}", lang, **row | {"what": what, "level": 100 * self.level}))
        return "\n".join(lines)


# Beside the name of a place, the places that it lies in.
_OF_PLACES = ("province", "district", "commune")


def estimated(
    cells: pd.DataFrame,
    measures: Sequence[tuple[str, str]],
    domains: Sequence[Sequence[str]],
    level: float,
    population: Population,
    single_psu: str,
) -> pd.DataFrame:
    """Return the estimates of each set of domains, one below the other, from the sums of ``psu_sums``.

    ``measures``: name and kind of each; ``domains``: columns that tell the domains of a set apart.
    """
    strata = strata_of(cells, population=population, single_psu=single_psu)
    kinds = [kind for _, kind in measures]
    table = pd.concat([linearised(cells, strata, kinds, by) for by in domains], ignore_index=True)
    table = table.assign(kind=table["measure"].map(dict(enumerate(kinds))))
    table["measure"] = table["measure"].map(dict(enumerate(name for name, _ in measures)))
    return with_precision(table, level)
