"""The scorecard: one row a target and reading, with its probability or the reason why there is none."""

import datetime
from dataclasses import dataclass

import pandas as pd

from povertystats.forecast import FEWEST, ForecastError, forecast
from povertystats.targets import load_targets, required_change
from povertystats.wording import check, date, moment, probability, quantity, say

# The most years ahead for which a trend is trusted.
_LONGEST = 3
GRADES = ("A", "B", "C", "D")


@dataclass(frozen=True, eq=False)
class Scorecard:
    """How each target of a place stands, as known on a day.

    ``table`` has one row a target and reading: target, reading, places, indicator, kind, direction, bound,
    unit, year; latest_value, latest_year, latest_period, latest_status (of the place that holds it back);
    required_change and required_unit, required_per_year, usual_pace (mean change a year so far, same unit);
    verdict ("probable", "already_met", "met", "missed", "not_assessable"); probability (constant step in
    log-odds) and probability_points (constant step in points); reason; grade (A to D, see ``grade``).
    """

    place: str
    as_of: datetime.date | None
    targets: tuple
    table: pd.DataFrame
    details: tuple

    def text(self, lang):
        """Return one sentence a row after a summary, in ``lang`` ("vi" or "en").

        >>> import povertystats as ps
        >>> card = ps.scorecard(ps.load_facts().as_of("2020-05-07"))
        >>> print(card.text("en").splitlines()[3])
        Poor households down to 2.5% (as literally printed, little evidence): probability under 1%, less than 1 in 100. \
With a constant step in percentage points it would be under 1%.
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
        return "\n".join([summary, *self.sentences(lang)])

    def day(self, lang):
        """Return the cut-off day in words."""
        return date(self.as_of, lang) if self.as_of else say("scorecard.today", lang)

    def sentences(self, lang):
        """Return the sentence of each row."""
        return [
            say(
                f"scorecard.row.{row.verdict}",
                lang,
                wording=target.wording[lang],
                p=row.probability,
                q=row.probability_points,
                latest=_latest(detail["latest"], lang),
                reason=self._reason(detail, lang),
            )
            for target, row, detail in zip(self.targets, self.table.itertuples(), self.details, strict=True)
        ]

    def headline(self, lang, *, target="poverty"):
        """Return the answer for one target: each reading with its two probabilities, then what they rest on.

        Once the outcome is known it is told instead; without either, the summary of ``text`` stands in.

        >>> import povertystats as ps
        >>> print(ps.scorecard(ps.load_facts().as_of("2020-05-07")).headline("en").splitlines()[0])
        Poor households down by at least 2 points over the year: 54% (about 1 in 2) or 85% (about 9 in 10).
        """
        rows = [
            (t.wording[lang], row, sentence)
            for t, row, sentence in zip(
                self.targets, self.table.itertuples(), self.sentences(lang), strict=True
            )
            if t.target == target and row.verdict != "not_assessable"
        ]
        told = [
            sentence
            if row.verdict != "probable"
            else _two_probabilities(w, row.probability, row.probability_points, lang)
            for w, row, sentence in rows
        ]
        if any(row.verdict == "probable" for _, row, _ in rows):
            told.append(say("scorecard.headline.scale", lang))
        return "\n".join(told) or self.text(lang).splitlines()[0]

    def display(self, lang):
        """Return the table for readers: wording, figures and verdicts by the language's rules."""
        check(lang)
        rows = []
        for target, row, detail in zip(self.targets, self.table.itertuples(), self.details, strict=True):
            told = row.verdict == "probable"
            unit = row.required_unit
            rows.append(
                {
                    "target": target.wording[lang],
                    "latest": _latest(detail["latest"], lang),
                    "required": "–"
                    if pd.isna(row.required_change) or row.verdict == "already_met"
                    else quantity(row.required_change, unit, lang, signed=row.kind != "count"),
                    "pace": "–"
                    if pd.isna(row.usual_pace)
                    else quantity(row.usual_pace, unit, lang, signed=True),
                    "probability": probability(row.probability, lang)
                    if told
                    else say(f"scorecard.verdict.{row.verdict}", lang),
                    "points": probability(row.probability_points, lang) if told else "–",
                    "grade": row.grade,
                }
            )
        columns = ["target", "probability", "points", "latest", "required", "pace", "grade"]
        table = pd.DataFrame(rows, columns=columns)
        return table.rename(columns={c: say(f"scorecard.column.{c}", lang) for c in columns})

    def _reason(self, detail, lang):
        if not detail["reason"]:
            return ""
        values = {k: v[lang] if isinstance(v, dict) else v for k, v in detail["values"].items()}
        latest = _latest(detail["nearest"] or detail["latest"], lang)
        return say(f"scorecard.reason.{detail['reason']}", lang, latest=latest, **values)


def scorecard(known, *, place="Bắc Kạn"):
    """Return how each target of ``place`` stands with what is known in ``known`` (a Facts view).

    The probability is that of a drift with a constant step in log-odds (``forecast``); the one with a constant
    step in points stands beside it. Illustrative figures are never used. Raises LookupError for an unknown place.

    >>> import povertystats as ps
    >>> card = ps.scorecard(ps.load_facts().as_of("2020-05-07"))
    >>> card.table.loc[0, ["reading", "verdict", "grade"]].tolist()
    ['by_2.0', 'probable', 'A']
    """
    place = known.places.find(place)
    targets = tuple(load_targets(known, place=place))
    details = tuple(_assess(target, known) for target in targets)
    rows = [_row(target, detail) for target, detail in zip(targets, details, strict=True)]
    table = pd.DataFrame(rows, columns=_COLUMNS).astype({"latest_year": "Int64"})
    return Scorecard(place, known.cutoff, targets, table, details)


def grade(series, year):
    """Return the quality of the evidence for a target of ``year``: A, B, C or D.

    A: at least five annual figures by one instrument and standard, up to the year before. B: three or four, or
    more that end earlier. C: one or two. D: none of the indicator itself (``series`` is None).
    """
    if series is None:
        return "D"
    n = len(series.years)
    if n >= 5 and series.years[-1] >= year - 1:
        return "A"
    return "B" if n >= FEWEST else "C"


def grades(lang):
    """Return what each grade of evidence means, one a line."""
    return "\n".join(say(f"scorecard.grade.{letter}", lang) for letter in GRADES)


_COLUMNS = [
    *("target", "reading", "places", "indicator", "kind", "direction", "bound", "unit", "year"),
    *("latest_value", "latest_year", "latest_period", "latest_status"),
    *("required_change", "required_unit", "required_per_year", "usual_pace"),
    *("verdict", "probability", "probability_points", "reason", "grade"),
]


def _assess(target, known):
    """Work out a target's verdict; return all that its row and its sentence need."""
    all_series = [_series(known, target.indicator, place) for place in target.places]
    found = {
        "required": required_change(target, known),
        "latest": [(s.place, s.unit, s.latest) for s in all_series if s is not None],
        "nearest": None,
        "series": all_series,
        "grade": max(grade(s, target.year) for s in all_series),
        "probability": None,
        "probability_points": None,
        "values": {},
    }
    verdict, reason = _outcome(target, all_series), ""
    over = known.cutoff is None or known.cutoff.year > target.year
    if verdict is None and over:
        reason, found["values"] = "no_outcome", {"year": target.year}
    elif verdict is None and target.kind == "level" and None not in all_series:
        verdict = "already_met" if all(target.met_by(s.latest.value) for s in all_series) else None
    if verdict is None and not reason:
        reason, found["values"] = _obstacle(target, all_series, known)
    if verdict is None and not reason:
        try:
            chances = [_probability(target, all_series[0], scale) for scale in ("log_odds", "points")]
            verdict, found["probability"], found["probability_points"] = "probable", *chances
        except ForecastError:
            reason, found["values"] = "no_trend", {"place": target.places[0]}
    if reason == "proxy":
        nearest = known.series(target.proxy_indicator, place=target.places[0])
        found["nearest"] = [(nearest.place, nearest.unit, nearest.latest)]
    return {**found, "verdict": verdict or "not_assessable", "reason": reason}


def _outcome(target, all_series):
    """Return "missed" as soon as one place is known to miss, "met" when all are known to reach, else None."""
    met = set()
    for series in all_series:
        value = _at_end(series, target.year)
        if value is not None and target.kind == "change":
            before = _at_end(series, target.year - 1)
            value = None if before is None else round(value - before, 6)
        met.add(None if value is None else target.met_by(value))
    if False in met:
        return "missed"
    return None if None in met else "met"


def _at_end(series, year):
    """Return a series' final figure of a year: of its end, not of its spring, and not a preliminary one."""
    if series is None:
        return None
    table = series.table
    final = table["status"].isin(["official", "derived"]) & table["period"].str[5:7].isin(["", "11", "12"])
    found = table.loc[final & (table["year"] == year), "value"]
    return found.item() if len(found) else None


def _obstacle(target, all_series, known):
    """Return (reason, values) of why a target cannot be given a probability, or ("", {})."""
    for place, series in zip(target.places, all_series, strict=True):
        if series is None:
            if target.kind == "count":
                return "count_none", {}
            if (
                target.proxy_indicator
                and _series(known, target.proxy_indicator, target.places[0]) is not None
            ):
                about = known.title(target.proxy_indicator, "vi"), known.title(target.proxy_indicator, "en")
                return "proxy", {"title": dict(zip(("vi", "en"), about, strict=True))}
            return "no_figure", {}
        n, last = len(series.years), int(series.years[-1])
        if target.kind == "count":
            return "count", {"n": n}
        if target.kind == "change" and target.year - 1 not in series.years:
            return "no_base", {"place": place, "year": target.year - 1}
        if n < FEWEST:
            return "few", {"n": n, "place": place}
        if not 0 < target.year - last <= _LONGEST:
            return "old", {"place": place, "year": target.year}
        if target.kind == "change" and not 0 <= series.latest.value + target.bound <= 100:
            return "impossible", {"place": place}
    if len(all_series) > 1:
        return "joint", {"n": len(all_series)}
    return "", {}


def _probability(target, series, scale):
    ahead = forecast(series, horizon=target.year - int(series.years[-1]), scale=scale)
    change = "change_" if target.kind == "change" else ""
    return ahead.probability(**{f"{change}{target.direction}": target.bound})


def _series(known, indicator, place):
    try:
        return known.series(indicator, place=place)
    except LookupError:
        return None


def _row(target, found):
    # Of several places, the one to look at is the one that holds the target back: the last by the direction.
    latest = sorted(found["latest"], key=lambda at: at[2].value, reverse=target.direction == "at_most")
    last = latest[0][2] if latest else None
    required = found["required"][0]
    paces = [_pace(s) for s in found["series"] if s is not None and target.kind != "count"]
    return {
        **{name: getattr(target, name) for name in ("target", "reading", "indicator", "kind", "direction")},
        **{name: getattr(target, name) for name in ("bound", "unit", "year")},
        "places": "; ".join(target.places),
        "latest_value": None if last is None else last.value,
        "latest_year": None if last is None else last.year,
        "latest_period": "" if last is None else last.period,
        "latest_status": "" if last is None else last.status,
        "required_change": required.change,
        "required_unit": required.unit,
        "required_per_year": required.per_year,
        "usual_pace": paces[0] if len(paces) == 1 else None,
        **{name: found[name] for name in ("verdict", "probability", "probability_points", "reason", "grade")},
    }


def _pace(series):
    years, values = series.years, series.values
    return (values[-1] - values[0]) / (years[-1] - years[0]) if len(years) > 1 else None


def _two_probabilities(wording, p, q, lang):
    same = probability(p, lang) == probability(q, lang)
    return say(f"scorecard.headline.{'same' if same else 'reading'}", lang, wording=wording, p=p, q=q)


def _latest(latest, lang):
    """Write the latest figures, naming the places when there are several."""
    names = [f"{place} " if len(latest) > 1 else "" for place, _, _ in latest]
    told = (
        f"{name}{quantity(at.value, unit, lang)} ({moment(at.period, at.year, lang)})"
        for name, (_, unit, at) in zip(names, latest, strict=True)
    )
    return "; ".join(told) or "–"
