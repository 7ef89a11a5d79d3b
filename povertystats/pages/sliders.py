"""The sliders of a what-if: a piece of a page that computes in the reader's browser what ``scenario.what_if`` does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from povertystats.drivers.lever import Lever, Way, together
from povertystats.forecasts.predictive import Predictive
from povertystats.targets.scenario import left_out, lever_notes
from povertystats.targets.what_if import measured_on, way_name
from povertystats.words.languages import code, sentences
from povertystats.words.wording import check, date, number, quantity, say

if TYPE_CHECKING:
    import jinja2

    from povertystats.targets.scenario import Scenario

_TEMPLATES = Path(__file__).resolve().parent / "templates" / "sliders"
# The sentences that the script fills in itself, by the same patterns as the library.
_SPOKEN = ("sliders.", "probability.", "odds.")
# What could end the script that holds the data, or a line of it, is written as an escape.
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


@dataclass(frozen=True, eq=False)
class Sliders:
    """A what-if that its reader moves; shown by a notebook as HTML that needs nothing else.

    ``spec``: what ``spec`` returns of a Scenario; ``lang``: "vi" or "en", that of the spec.
    The HTML stands alone (style, data, script; no request, no global name, no id), so that a page may hold several;
    without a script it holds the table at the start.
    """

    spec: dict[str, Any]
    lang: str

    @cached_property
    def start(self) -> list[dict[str, Any]]:
        """What stands at the start: a dict for each way with rate, low, high (percent) and probabilities."""
        found = {scale: self._ask(scale) for scale in self.spec["baselines"]}
        return [found[way["scale"]] for way in self.spec["ways"]]

    def _ask(self, scale):
        ahead = Predictive(**self.spec["baselines"][scale], link=scale)
        low, high = ahead.interval(0.80)
        found = [ahead.probability(at_most=reading["bound"]) for reading in self.spec["readings"]]
        return {"rate": ahead.level_at(0.5), "low": low, "high": high, "probabilities": found}

    def text(self) -> str:
        """Return the sentences that stand above the table at the start: no driver departs; each reading's probability."""
        return f"{say('sliders.answer.usual', self.lang)} {self._chances()}"

    def _chances(self):
        told = [start for way, start in zip(self.spec["ways"], self.start, strict=True) if way["first"]]
        found = zip(*(way["probabilities"] for way in told), strict=True)
        readings = [
            say("sliders.reading", self.lang, label=reading["label"], p=(min(ps), max(ps)))
            for reading, ps in zip(self.spec["readings"], found, strict=True)
        ]
        return say("sliders.readings", self.lang, year=self.spec["year"], readings="; ".join(readings))

    def html(self) -> str:
        """Return the piece of a page; every word of the spec in it is text."""
        environment = templates(_TEMPLATES)
        # 0.15000000000000002 would put the start off the steps of a range input.
        environment.filters["plain"] = "{:.9g}".format
        environment.filters["say"] = lambda key, **values: say(f"sliders.{key}", self.lang, **values)
        return environment.get_template("sliders.html.j2").render(
            lang=code(self.lang),
            spec=self.spec,
            rows=list(zip(self.spec["ways"], self.start, strict=True)),
            chances=self._chances(),
            css=(_TEMPLATES / "sliders.css").read_text("utf-8"),
            data=self._data(),
            script=script(),
        )

    def _data(self):
        _, group, *_, decimal, _ = list(number(1234.5, self.lang, 1))
        words = {key: text for key, text in sentences(self.lang).items() if key.startswith(_SPOKEN)}
        data = {"spec": self.spec, "words": words, "separators": {"group": group, "decimal": decimal}}
        return json.dumps(data, ensure_ascii=False, allow_nan=False).translate(_ESCAPES)

    def _repr_mimebundle_(self, include=None, exclude=None):
        # A page lets it stand by itself, not in the box that a table scrolls in.
        return {"text/html": self.html(), "text/plain": self.text()}, {"text/html": {"alone": True}}


def templates(*folders: Path) -> jinja2.Environment:
    """Return the templates of folders, in which every word that is filled in is text."""
    import jinja2

    loader = jinja2.FileSystemLoader(folders)
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def script() -> str:
    """Return the text of the one script that sliders run, the same for all, for the hash in a page's policy."""
    return (_TEMPLATES / "sliders.js").read_text("utf-8")


def sliders(scenario: Scenario, lang: str) -> Sliders:
    """Return a Scenario as Sliders in ``lang`` ("vi" or "en").

    Raises ValueError for an unknown language.

    >>> import povertystats as ps
    >>> from povertystats.targets.levers import scenario
    >>> moving = sliders(scenario(ps.load_facts().as_of("2020-05-07")), "en")
    >>> print(moving.text())
    All drivers keep to their current trend. Chance that the rate of 2020 is at most ...
    """
    return Sliders(spec(scenario, lang), lang)


def spec(scenario: Scenario, lang: str) -> dict[str, Any]:
    """Return all that a page needs to compute what ``Scenario.what_if`` does: numbers, lists and texts that JSON can hold.

    ``ways``: ``of``: the number of the lever that a second look is at, else None; ``first``: whether it stands before
    anything is moved. ``levers``: ``effects``: one a way, None where it has none. ``together``: how many steps
    places went in a year with every lever, without those that others outdo.
    """
    check(lang)
    ahead, parts = scenario.ahead, ("weights", "df", "location", "scale")
    first = set(scenario.ways_of([]))
    ways = [way for way in dict.fromkeys([*scenario.ways_of([]), *scenario.ways])]
    owner = {look: j for j, lever in enumerate(scenario.levers) for look in lever.looks}
    later = ", ".join(lever.names[lang] for lever in scenario.levers if lever.later)
    cutoff = scenario.known.cutoff
    return {
        "place": scenario.place,
        "year": ahead.year,
        "indicator_title": scenario.known.title(ahead.series.indicator, lang),
        "baselines": {
            scale: {part: getattr(baseline, part).tolist() for part in parts}
            for scale, baseline in scenario.baselines.items()
        },
        "readings": [{"label": r.label(lang), "bound": r.bound} for r in scenario.readings],
        "ways": [
            way._asdict()
            | {"label": way_name(way, scenario, lang), "of": owner.get(way.look), "first": way in first}
            for way in ways
        ],
        "levers": [_lever(lever, scenario, ways, lang) for lever in scenario.levers],
        "together": _outermost(together(scenario.levers, hands=True)),
        "later": say("sliders.later", lang, day=date(cutoff, lang), names=later) if later and cutoff else "",
        "instrument": measured_on(scenario, lang),
    }


def _lever(lever: Lever, scenario: Scenario, ways: Sequence[Way], lang: str) -> dict[str, Any]:
    low, high = lever.limits
    unit = scenario.known.indicators.set_index("indicator")["unit"][lever.driver.indicator]
    effects = [lever.effect(way) for way in ways]
    return {
        "name": lever.name,
        "title": lever.title(lang),
        "unit": lever.unit_in_words(lang),
        "kind": lever.kind,
        "min": low,
        "max": high,
        "step": lever.step,
        "start": lever.start,
        "usual": list(lever.usual),
        "within": list(lever.within),
        "later": lever.later,
        "latest_text": _latest(lever.latest, unit, lang),
        "note": " ".join([*lever_notes(lever, scenario, lang), *left_out(lever, scenario, lang)]),
        "effects": [e and dict(zip(("estimate", "se", "dof"), e, strict=True)) for e in effects],
    }


def _outermost(rows: pd.DataFrame) -> list[list[int]]:
    """Return the rows of whole steps that no other outdoes: as far or farther with every lever, the same way."""
    every = np.unique(rows.fillna(0).to_numpy(np.int32), axis=0)
    every = every[np.argsort(-np.abs(every).sum(axis=1), kind="stable")]
    kept = every[:0]
    # Whole blocks at once: who outdoes another has gone farther in all and stands before it.
    for block in np.array_split(every, max(1, len(every) // 200)):
        rest = block[~_outdone(block, kept).any(axis=1)]
        inside = _outdone(rest, rest) & ~np.eye(len(rest), dtype=bool)
        kept = np.vstack([kept, rest[~inside.any(axis=1)]])
    return kept.tolist()


def _outdone(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return for each row which others go as far or farther: boolean (rows, others)."""
    found = np.ones((len(rows), len(others)), bool)
    for row, other in zip(rows.T, others.T, strict=True):
        found &= np.sign(row)[:, None] * other >= np.abs(row)[:, None]
    return found


def _latest(latest, unit, lang):
    if latest is None:
        return say("sliders.no_latest", lang)
    value, year = latest
    # Three digits tell a reader where the place stands; a sum of money in the hundreds has no decimals to tell.
    told = round(value, 0 if abs(value) >= 100 else 2)
    return say("sliders.latest", lang, value=quantity(told, unit, lang), year=year)
