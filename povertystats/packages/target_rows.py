"""Targets that were given as phrases, as rows of targets.csv with their words in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from povertystats.kinds.registry import KINDS
from povertystats.packages.figures import Figures
from povertystats.packages.indicators import Indicator
from povertystats.packages.phrase import Phrase, read_phrase
from povertystats.packages.questions import Questions
from povertystats.words.errors import InvalidValue
from povertystats.words.names import did_you_mean, plain
from povertystats.words.wording import quantity, say


def target_rows(
    goals: Iterable[tuple[Phrase, Sequence[str]]],
    indicators: Sequence[Indicator],
    questions: Questions,
    *,
    source: str,
    as_of: str,
    below: str = "",
) -> list[dict[str, object]]:
    """Return the rows of targets.csv that phrases say.

    Parameters
    ----------
    goals : iterable of (Phrase, sequence of str)
        What is to be reached, and the places that are to reach it, each by itself.
    indicators : sequence of Indicator
        What they may speak of.
    questions : Questions
        Takes what is wrong with them.
    source : str
        The source of the targets.
    as_of : str
        The day of the first answer; a target is taken as known from then, at the latest from the first day of its year.
    below : str, optional
        The kind of places within, of which "in every district" speaks.

    Returns
    -------
    list of dict
        A row a phrase and place.
    """
    rows: list[dict[str, object]] = []
    for phrase, places in goals:
        indicator = _meant(phrase, indicators, questions)
        if indicator is None or (wrong := _wrong(phrase, indicator)):
            questions.wrong(f"--target {phrase.text!r}: {wrong}") if indicator else None
            continue
        for place in places:
            taken = {str(row["target"]) for row in rows if row["where"] == place}
            code = f"{indicator.code}_{phrase.year}"
            code = (
                code
                if code not in taken
                else next(c for n in range(2, 10**6) if (c := f"{code}_{n}") not in taken)
            )
            whose = f"every {below or 'district'}" if phrase.each else place
            rows.append(
                {
                    "target": code,
                    "reading": "as_given",
                    "meant": True,
                    "place": whose,
                    "where": place,
                    "indicator": indicator.code,
                    "kind": phrase.kind,
                    "direction": phrase.direction,
                    "bound": phrase.bound,
                    "unit": _unit(phrase, indicator),
                    "year": phrase.year,
                    "base_year": phrase.base_year,
                    "of": "each" if phrase.each else None,
                    **{f"wording_{lang}": wording(phrase, indicator, lang) for lang in ("vi", "en")},
                    "source_id": source,
                    "available_from": min(as_of, f"{(phrase.base_year or phrase.year - 1) + 1}-01-01"),
                }
            )
    return rows


def wording(phrase: Phrase, indicator: Indicator, lang: str) -> str:
    """Return a target in words.

    >>> from povertystats.packages.phrase import read_phrase
    >>> poor = Indicator("poor_pct", "Share of poor people", "pct", "pct", "outcome")
    >>> wording(read_phrase("giảm 0,5 điểm mỗi năm từ 2021 đến 2025"), poor, "en")
    'Share of poor people down by at least 0.5 points a year on average from 2021 to 2025'
    >>> wording(read_phrase("poor_pct <= 14 in 2024"), poor, "vi")
    'Share of poor people không quá 14% năm 2024'
    """
    size = abs(phrase.bound)
    unit = _unit(phrase, indicator)
    shown = phrase.share if "/" in phrase.share else quantity(size, unit, lang)
    moved = (
        "level"
        if phrase.kind in ("level", "rank", "count", "all_of")
        else "down"
        if phrase.bound <= 0
        else "up"
    )
    key = f"start.wording.{phrase.kind}.{phrase.direction if moved == 'level' else moved}"
    values = {"year": phrase.year, "base": phrase.base_year, "size": shown, "rank": f"{size:.0f}"}
    said = say(key, lang, name=indicator.title, **values)
    return said + (say("start.wording.each", lang) if phrase.each else "")


def _meant(phrase: Phrase, indicators: Sequence[Indicator], questions: Questions) -> Indicator | None:
    """Return the indicator of a phrase: the one of its name, or the only outcome where it has none."""
    outcomes = [one for one in indicators if one.role == "outcome"]
    if not phrase.name:
        if len(outcomes) == 1:
            return outcomes[0]
        questions.wrong(
            f"--target {phrase.text!r}: of what? begin with one of {', '.join(one.code for one in outcomes)}"
        )
        return None
    spelled = {plain(name).replace("_", " "): one for one in indicators for name in (one.title, one.code)}
    found = spelled.get(plain(phrase.name).replace("_", " "))
    if found is None:
        found = next((one for one in outcomes if one.code == f"{plain(phrase.name)}_{one.unit}"), None)
    if found is None:
        names = {spelling: one.code for spelling, one in spelled.items()}
        near = did_you_mean(phrase.name, names) or f"; there is {', '.join(one.code for one in indicators)}"
        questions.wrong(f"--target {phrase.text!r}: the table has no {phrase.name!r}{near}")
    return found


def _wrong(phrase: Phrase, indicator: Indicator) -> str:
    """Return what is wrong with a phrase on an indicator in its unit, or ""."""
    rate = indicator.unit == "pct"
    moves = phrase.kind in ("change", "change_since", "per_year")
    if moves and rate and phrase.unit != "pp":
        size = f"{abs(phrase.bound):g}"
        return f"write {size} points ({size} điểm) for percentage points, or {size}% from one year to another for a part of the rate"
    if moves and not rate and phrase.unit == "pp":
        return f"{indicator.code} is in {indicator.unit}, not in per cent: leave out points"
    if phrase.kind == "level" and phrase.unit == "pct" and not rate:
        return f"{indicator.code} is in {indicator.unit}, not in per cent"
    if phrase.kind in ("count", "all_of") and rate:
        return f"{indicator.code} is a rate; a total or none left is asked of what is counted"
    return ""


def _unit(phrase: Phrase, indicator: Indicator) -> str:
    return KINDS[phrase.kind].unit(indicator.unit)


def places_for(figures: Figures, wanted: Sequence[str], questions: Questions) -> list[str]:
    """Return the places that targets are for, by their labels; the first answer is about the first."""
    known = figures.places
    own = known[known["kind"] != "country"] if len(known) > 1 else known
    labels = own.loc[own["label"].isin(figures.table["place"]), "label"].tolist()
    if any(plain(name) in ("all", "tat ca") for name in wanted):
        return labels
    if not wanted and len(labels) > 1:
        question = "Of which place is the first answer to be?"
        return [answer] if (answer := questions.answer("--for PLACE", question, labels, labels[0])) else []
    spelled = {plain(name): name for name in known["label"]}
    for name in wanted:
        if plain(name) not in spelled:
            questions.wrong(f"--for: there is no place {name!r}{did_you_mean(name, spelled)}")
    return [spelled[plain(name)] for name in wanted if plain(name) in spelled] or labels


def phrases_of(texts: Sequence[str], questions: Questions) -> list[Phrase]:
    """Return what phrases say; what is not understood is noted."""
    found = []
    for text in texts:
        try:
            found.append(read_phrase(text))
        except InvalidValue as error:
            questions.wrong(f"--target {error}")
    return found
