"""The scorecard: one row a target and reading, with its probability or the reason why there is none."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from povertystats.facts.memory import remembered
from povertystats.forecasts.joint import probability_of_all
from povertystats.targets.assessment import Assessment, assess, eurostat_label
from povertystats.targets.evidence import Evidence
from povertystats.targets.targets import load_targets
from povertystats.targets.verdict import basis, cells, compared, own_range, reading, sentence, shortened
from povertystats.words.wording import check, date, say

GRADES = ("A", "B", "C", "D")


@dataclass(frozen=True, eq=False)
class Scorecard:
    """How each target of a place stands, as known on a day.

    ``table`` has one row a target and reading: target, reading, places, indicator, kind, direction, bound,
    unit, year; latest_value, latest_year, latest_period, latest_status (of the place that holds it back, of
    the proxy where that stands in); required_change and required_unit, required_per_year, usual_pace (mean
    change a year so far, same unit); verdict ("probable", "already_met", "met", "missed", "not_assessable"),
    method ("pooled", "reference", "own", "count", "transition", "proxy", ""), probability (0-1; log-odds
    scale where there is one) and probability_points (scale of points), own and own_points (the own drift
    alone, on the two scales), comparable (share of comparable province-years whose change sufficed) and
    comparable_n, level80 (the level reached with 80 % probability), label_eurostat (``eurostat_label``, for
    comparison), reason (why there is no probability), grade (A to D, see ``grade``).
    """

    place: str
    as_of: datetime.date | None
    targets: tuple
    table: pd.DataFrame
    details: tuple[Assessment, ...]

    def text(self, lang):
        """Return a summary, one sentence a row, and the joint probability, in ``lang`` ("vi" or "en").

        >>> import povertystats as ps
        >>> card = ps.scorecard(ps.load_facts().as_of("2020-05-07"))
        >>> print(card.text("en").splitlines()[3].partition(" Basis")[0])
        Share of poor households down to 2.5% (as literally printed): probability under 1%, less than 1 in 100.
        """
        check(lang)
        day = self.day(lang)
        if not self.targets:
            return say("scorecard.none", lang, day=day, place=self.place)
        verdicts = self.table["verdict"]
        summary = say(
            "scorecard.summary",
            lang,
            day=day,
            place=self.place,
            n=self.table["target"].nunique(),
            rows=len(self.table),
            probable=(verdicts == "probable").sum(),
            met=(verdicts == "already_met").sum(),
            outcome=verdicts.isin(["met", "missed"]).sum(),
            unknown=(verdicts == "not_assessable").sum(),
        )
        return "\n".join([summary, *self.sentences(lang), *self._joint_text(lang)])

    def day(self, lang):
        """Return the cut-off day in words."""
        return date(self.as_of, lang) if self.as_of else say("scorecard.today", lang)

    def sentences(self, lang):
        """Return the sentence of each row."""
        return [
            sentence(found, row, lang)
            for found, row in zip(self.details, self.table.itertuples(), strict=True)
        ]

    @cached_property
    def _easiest(self):
        """The readings of the joint probability: of each assessable target the easiest that was meant."""
        easiest = {}
        for found in sorted(
            (found for found in self.details if found.chances),
            key=lambda found: (found.target.meant, found.probability()),
        ):
            easiest[found.target.target] = found
        return sorted(easiest.values(), key=Assessment.probability)

    @property
    def joint(self):
        """Probability (0-1) that all targets that have one are met, each in its easiest meant reading, or None.

        Forecasts of one indicator share their shock; the others are taken as independent. A target that only
        a proxy speaks of counts with the proxy's chance.
        """
        return _all(self._easiest) if self._easiest else None

    def _joint_text(self, lang):
        if len(self._easiest) < 2:
            return []
        hardest, *others = self._easiest
        told = {"n": len(self._easiest), "p": self.joint, "q": hardest.probability(), "r": _all(others)}
        return [say("scorecard.joint", lang, wording=hardest.target.wording[lang], **told)]

    def headline(self, lang, *, target=None):
        """Return the answer for one target: each reading's probability, what it rests on, the own trend's answer.

        ``target``: its code; "poverty" when left out, or the first target of the card where there is none so called.

        Once the outcome is known it is told instead; without either, the summary of ``text`` stands in.

        >>> import povertystats as ps
        >>> lines = ps.scorecard(ps.load_facts().as_of("2020-05-07")).headline("en").splitlines()
        >>> len(lines), lines[0].partition(":")[0]
        (5, 'Share of poor households down by at least 2 percentage points over the year')
        """
        if target is None:
            codes = [one.target for one in self.targets]
            target = "poverty" if "poverty" in codes else next(iter(codes), None)
        told, open_rows = [], []
        rows = zip(self.details, self.table.itertuples(), self.sentences(lang), strict=True)
        for found, row, line in rows:
            if found.target.target != target or row.verdict == "not_assessable":
                continue
            if row.verdict == "probable":
                open_rows.append((found, row))
                line = reading(found, row, lang)
            told.append(line)
        if open_rows:
            told.append(basis(open_rows[0][0], lang))
        own = [row for _, row in open_rows if pd.notna(row.own) and pd.notna(row.own_points)]
        if own:
            ranges = "; ".join(own_range(row, lang) for row in own)
            told.append(say("scorecard.headline.own", lang, place=own[0].places, ranges=ranges))
        return "\n".join(told) or self.text(lang).splitlines()[0]

    def display(self, lang):
        """Return the table for readers: wording, figures and verdicts by the language's rules."""
        return self._told(_DISPLAY, cells, self.details, lang)

    def short(self, lang):
        """Return the table of the brief: chances in numbers and words, the pace required beside the usual one."""
        return self._told(_SHORT, shortened, self.details, lang)

    def comparisons(self, lang):
        """Return for each probable row what simpler rules say: the own trend on two scales, its pace, a label."""
        open_rows = [found for found in self.details if found.verdict == "probable"]
        return self._told(_COMPARISONS, compared, open_rows, lang)

    def _told(self, columns, tell, shown, lang):
        check(lang)
        pairs = zip(self.details, self.table.itertuples(), strict=True)
        rows = [tell(found, row, lang) for found, row in pairs if found in shown]
        titles = {column: say(f"scorecard.column.{column}", lang) for column in columns}
        return pd.DataFrame(rows, columns=list(columns)).rename(columns=titles)


def scorecard(known, *, place="Bắc Kạn"):
    """Return how each target of ``place`` stands with what is known in ``known`` (a Facts view).

    A rate by its pooled forecast, or with one figure by the changes of like places; a count from totals of
    earlier years; "all of them" by the rate at which poor households leave (``povertystats.targets.assessment``).
    Illustrative figures are never used. Raises LookupError for an unknown place.

    >>> import povertystats as ps
    >>> card = ps.scorecard(ps.load_facts().as_of("2020-05-07"))
    >>> card.table.loc[0, ["reading", "verdict", "method", "grade"]].tolist()
    ['by_2.0', 'probable', 'pooled', 'A']
    """
    return _scorecard(known, known.places.find(place))


@remembered
def _scorecard(known, place):
    targets = tuple(load_targets(known, place=place))
    evidence = Evidence(known)
    details = tuple(assess(target, evidence) for target in targets)
    table = pd.DataFrame([_row(found, evidence) for found in details], columns=_COLUMNS)
    table = table.astype(dict.fromkeys(_WHOLE, "Int64") | dict.fromkeys(_NUMBERS, float))
    return Scorecard(place, known.cutoff, targets, table, details)


def grades(lang):
    """Return what each grade of evidence means, one a line."""
    return "\n".join(say(f"scorecard.grade.{letter}", lang) for letter in GRADES)


_COLUMNS = [
    *("target", "reading", "places", "indicator", "kind", "direction", "bound", "unit", "year"),
    *("latest_value", "latest_year", "latest_period", "latest_status"),
    *("required_change", "required_unit", "required_per_year", "usual_pace"),
    *("verdict", "method", "probability", "probability_points", "own", "own_points"),
    *("comparable", "comparable_n", "level80", "label_eurostat", "reason", "grade"),
]
_WHOLE = ("latest_year", "comparable_n")
_NUMBERS = (
    *("bound", "latest_value", "required_change", "required_per_year", "usual_pace"),
    *("probability", "probability_points", "own", "own_points", "comparable", "level80"),
)
_DISPLAY = ("target", "probability", "points", "latest", "required", "comparable", "level80", "grade")
_SHORT = ("target", "chance", "latest", "per_year", "pace", "grade")
_COMPARISONS = ("target", "probability", "own", "own_points", "pace", "label_eurostat")


def _row(found: Assessment, evidence: Evidence) -> dict[str, Any]:
    target, figures, weakest, rules = found.target, found.figures, found.weakest, found.target.rules
    # Of several places, the one to look at is the one that holds the target back.
    by_level = sorted(figures, key=lambda one: one.latest.value, reverse=target.direction == "at_most")
    at = weakest.series if weakest else by_level[0] if by_level else None
    last = None if at is None else at.latest
    asked = zip(target.places, found.series, strict=True)
    required = next(
        rules.required(target, place, one, evidence)
        for place, one in asked
        if at is None or place == at.place
    )
    change, per_year = required.change, required.per_year
    if found.proxy and last is not None:
        change = rules.change(target, last.value, evidence)
        per_year = change / (target.year - last.year)
    paces = [_pace(one) for one in figures if rules.signed]
    label = rules.is_rate(target) and len(found.chances) == 1 and found.verdict == "probable"
    share, n = weakest.comparable if weakest and weakest.comparable else (None, None)
    return {
        **{name: getattr(target, name) for name in ("target", "reading", "indicator", "kind", "direction")},
        **{name: getattr(target, name) for name in ("bound", "unit", "year")},
        "places": "; ".join(target.places),
        "latest_value": None if last is None else last.value,
        "latest_year": None if last is None else last.year,
        "latest_period": "" if last is None else last.period,
        "latest_status": "" if last is None else last.status,
        "required_change": change,
        "required_unit": required.unit,
        "required_per_year": per_year,
        "usual_pace": paces[0] if len(paces) == 1 else None,
        "verdict": found.verdict,
        "method": found.method,
        "probability": found.probability(),
        "probability_points": found.probability("points"),
        "own": found.own("log_odds"),
        "own_points": found.own("points"),
        "comparable": share,
        "comparable_n": n,
        "level80": weakest.level80 if weakest else None,
        "label_eurostat": eurostat_label(at, target, evidence) if label and at else "",
        "reason": found.reason,
        "grade": found.grade,
    }


def _pace(series):
    years, values = series.years, series.values
    return (values[-1] - values[0]) / (years[-1] - years[0]) if len(years) > 1 else None


def _all(assessments):
    return probability_of_all([event for found in assessments for event in found.events()])


def cited(known, card, ahead):
    """Return the sources of the figures and targets in a scorecard and in a forecast, each once, as ``Facts.cite``."""
    used = [target.source_id for target in card.targets]
    used += [source for target in card.targets for source in target.evidence_sources]
    figures = [one for found in card.details for one in found.figures]
    used += [source for one in figures for source in one.table["source_id"]]
    if ahead is not None:
        behind = known.series(ahead.series.indicator, place=ahead.series.place)
        used += behind.table["source_id"].tolist()
    return known.cite(used)
