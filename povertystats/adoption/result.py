"""What an event study says: its table, its sentences; associations, and what would have to hold for them to be more."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from povertystats.associations.check import Check
from povertystats.words.phrases import controls_line, estimate_words, rows_left_out, term_name
from povertystats.words.wording import confidence, number, p_value, precision, say


@dataclass(frozen=True, eq=False, repr=False)
class EventStudy(Check):
    """How an outcome moves after adoption beside places that have not adopted, from ``event_study``.

    Parameters
    ----------
    table : DataFrame
        The columns of every check (check, driver: the column of adoption, way, estimate, low, high, p, n: figures, level),
        then part ("overall", "since", "cohort", "before"), since (years since adoption; negative before it), cohort (year
        of adoption), outcome, scale, unit, se, t, low_all and high_all (which hold all years since together), detectable,
        p_random (by randomisation; NaN where 20 places or more adopt), places (that adopt), comparisons (places or
        clusters that have not adopted, in the year with the fewest), effective (how many equal places would carry as
        much), verdict ("holds", "doubtful", "none": no test exists), read (the column of p to read), why.
    estimator : {"imputation", "group_time"}
        How it was estimated.
    comparison : {"not_yet", "never"}
        What was compared with.
    anticipation : int
        Years before adoption that are no comparison.
    controls : tuple of str
        The terms held constant.
    p_before : float
        The p of the joint test that nothing differs in the years before adoption (by deals of the dates where fewer than
        20 places adopt); NaN where there is no such year, or places that adopt are too few for a test.
    clusters, compared : int
        How many clusters, and how many places that adopt and that do not.
    left_out : tuple of (str, str, int)
        Reason, column, and how many rows or places ("always": places that had adopted before their first figure;
        "alone": figures in years with fewer than two clusters to compare with).

    Examples
    --------
    >>> import povertystats as ps
    >>> panel = pd.DataFrame({"place": list("aaabbbcccddd"), "year": [2015, 2016, 2017] * 4, "on": [0, 0, 1, 0, 1, 1, *[0] * 6]})
    >>> study = ps.event_study(panel.assign(y=[5, 4, 2, 6, 5, 4, 7, 7, 6, 4, 3, 3]), "y", "on", before=1)
    >>> study.table[["way", "estimate", "n", "places"]].round(2).values.tolist()[:2]
    [['overall', -1.0, 3, 2], ['since, 0', -1.04, 2, 2]]
    """

    table: pd.DataFrame
    estimator: str
    comparison: str
    anticipation: int
    controls: tuple[str, ...]
    p_before: float
    clusters: int
    compared: int
    left_out: tuple[tuple[str, str, int], ...]
    kind = "event_study"

    @property
    def overall(self) -> pd.Series:
        """The row of all years since adoption together: each figure after adoption counts the same."""
        return self.table.iloc[0]

    @property
    def since(self) -> pd.DataFrame:
        """The rows by years since adoption, those of anticipation first."""
        return self._part("since")

    @property
    def by_cohort(self) -> pd.DataFrame:
        """The rows by year of adoption."""
        return self._part("cohort")

    @property
    def before(self) -> pd.DataFrame:
        """The rows of years before adoption, where nothing should be found."""
        return self._part("before")

    def _part(self, part: str) -> pd.DataFrame:
        return self.table[self.table["part"] == part].reset_index(drop=True)

    def _displayed(self) -> pd.DataFrame:
        return self.table[["way", "estimate", "low", "high", "p", "n", "places", "verdict"]]

    def _sentence(self) -> str:
        row = self.overall
        about = f"{row.outcome} after {row.driver}: {row.places} places that adopt, {self.compared - row.places} that do not"
        return f"Event study of {about}; estimate ({100 * row.level:g}% interval), {self.estimator}"

    def _names(self, lang: str, labels: Mapping[str, str]) -> list[str]:
        return [
            say(
                f"event_study.part.{row.part}",
                lang,
                since=_whole(abs(row.since), lang),
                cohort=_year(row.cohort),
            )
            if row.part != "since" or row.since >= 0
            else say("event_study.part.ahead", lang, since=_whole(abs(row.since), lang))
            for row in self.table.itertuples()
        ]

    def _text(self, lang: str, labels: Mapping[str, str]) -> str:
        row, rows = self.overall, self.table
        names = {
            "outcome": term_name(row.outcome, lang, labels),
            "adopted": term_name(row.driver, lang, labels),
        }
        lines = [*self._before(lang, names), self._whole(lang, names)]
        lines += self._doubts(lang)
        if len(self.since) > 1:
            lines.append(self._course(lang, names))
        if len(self.by_cohort) > 1:
            lines.append(say("event_study.cohorts", lang, told=self._listed(self.by_cohort, lang)))
        lines.append(
            say(
                "event_study.assumes",
                lang,
                scale=say(f"drivers.scale.{row.unit}", lang),
                **names,
            )
        )
        lines.append(say(f"event_study.estimator.{self.estimator}", lang))
        if self.estimator == "group_time":
            lines.append(say(f"event_study.comparison.{self.comparison}", lang))
        if self.anticipation:
            lines.append(say("event_study.anticipation", lang, years=self.anticipation))
        lines += controls_line(self.controls, lang, labels)
        lines += self._left_out(lang, labels)
        lines.append(say("event_study.errors", lang, dof=self.clusters - 1))
        if rows["p_random"].notna().any():
            lines.append(say("event_study.random", lang))
        return "\n".join(lines)

    def _before(self, lang: str, names: Mapping[str, str]) -> Iterator[str]:
        """Yield what the years before adoption show, and that silence there is no proof."""
        rows = self.before[self.before["se"] > 0]
        if math.isnan(self.p_before):
            key, rows = ("none" if self.before.empty else "untested"), self.before
            yield say(f"event_study.before.{key}", lang, told=self._listed(rows, lang), **names)
            return
        key = "differ" if self.p_before < 1 - self.overall.level else "alike"
        size = number(rows["detectable"].max(), lang, precision(rows["se"].max()))
        told = self._listed(rows, lang)
        yield say(
            f"event_study.before.{key}", lang, told=told, p=p_value(self.p_before, lang), size=size, **names
        )

    def _whole(self, lang: str, names: Mapping[str, str]) -> str:
        row = self.overall
        counted = {"n": row.n, "places": row.places, "others": self.compared - row.places, **names}
        scale = row.unit
        if not row.se > 0:
            decimals = precision(abs(row.estimate) / 10)
            size = number(abs(row.estimate), lang, decimals)
            change = say(
                f"drivers.change.{'higher' if row.estimate >= 0 else 'lower'}_{scale}", lang, size=size
            )
            return say("event_study.whole_alone", lang, change=change, **counted)
        words = estimate_words(row, lang, scale)
        unclear = row.low < 0 < row.high
        words["verdict"] = say("drivers.unclear", lang, size=words["size"]) if unclear else ""
        if not math.isnan(row.p_random):
            words["p"] += say("event_study.by_chance", lang, p=p_value(row.p_random, lang))
        return say("event_study.whole", lang, **counted, **words)

    def _doubts(self, lang: str) -> Iterator[str]:
        """Yield which tests are doubtful or do not exist, the estimates with the same reason together."""
        names = self.names(lang)
        for why, rows in self.table[self.table["verdict"] != "holds"].groupby("why", sort=False):
            listed = ", ".join(names[i] for i in rows.index)
            yield say(f"event_study.why.{why}", lang, listed=listed, least=rows["effective"].min())

    def _course(self, lang: str, names: Mapping[str, str]) -> str:
        rows = self.since
        line = say("event_study.course", lang, told=self._listed(rows, lang), **names)
        banded = rows.dropna(subset=["low_all"])
        apart = banded[(banded["low_all"] > 0) | (banded["high_all"] < 0)]
        told = (
            say("event_study.nowhere", lang)
            if apart.empty
            else ", ".join(_whole(x, lang) for x in apart["since"])
        )
        if len(banded):
            line += " " + say(
                "event_study.together", lang, level=confidence(self.overall.level, lang), told=told
            )
        after = rows[rows["since"] >= 0]
        if after["places"].iloc[-1] < after["places"].iloc[0]:
            count = {"first": after["places"].iloc[0], "last": after["places"].iloc[-1]}
            line += " " + say("event_study.fewer", lang, **count)
        return line

    def _listed(self, rows: pd.DataFrame, lang: str) -> str:
        """Return estimates with their intervals, each after its year since adoption or its cohort."""
        decimals = precision(rows["se"].median()) if rows["se"].notna().any() else 2
        told = []
        for row in rows.itertuples():
            name = _year(row.cohort) if row.part == "cohort" else _whole(row.since, lang)
            values = {
                key: number(getattr(row, key), lang, decimals)
                for key in ("estimate", "low", "high")
                if getattr(row, key) == getattr(row, key)
            }
            told.append(
                say(
                    f"event_study.{'estimate' if 'low' in values else 'estimate_alone'}",
                    lang,
                    name=name,
                    **values,
                )
            )
        return "; ".join(told)

    def _left_out(self, lang: str, labels: Mapping[str, str]) -> Iterator[str]:
        own = {reason: count for reason, _, count in self.left_out if reason in ("always", "alone")}
        for reason, count in own.items():
            yield say(f"event_study.left_out.{reason}", lang, n=count)
        others = [one for one in self.left_out if one[0] not in own]
        if others:
            yield say("event_study.left_out.rows", lang, reasons=rows_left_out(others, lang, labels))


def _whole(since: float, lang: str) -> str:
    return "" if math.isnan(since) else number(since, lang, 0)


def _year(cohort: float) -> str:
    return "" if math.isnan(cohort) else f"{cohort:.0f}"
