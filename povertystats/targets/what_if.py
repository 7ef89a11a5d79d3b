"""What came out of moving levers: the forecast and the probabilities, by every way of computing, bad news first."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from povertystats.targets.levers import Lever, moved, shift
from povertystats.words.wording import check, probability, say


@dataclass(frozen=True, eq=False)
class WhatIf:
    """The forecast of a Scenario with levers moved: ``steps`` are [(Lever, step)], ``ahead`` the distributions."""

    scenario: object
    steps: tuple[tuple[Lever, float], ...]

    @cached_property
    def shifts(self):
        """By way and scale ``(estimate, variance, half)``: how far the rate moves (``levers.shift``)."""
        return {key: shift(self.steps, *key) for key in self.scenario.ways}

    @cached_property
    def ahead(self):
        """By way and scale the Predictive of the rate, of which everything may be asked."""
        return {
            key: moved(self.scenario.baselines[key[1]], estimate, variance)
            for key, (estimate, variance, _) in self.shifts.items()
        }

    @cached_property
    def table(self):
        """One row a way, scale and reading: way, scale, reading, bound, rate (median), low80, high80, rate_without,
        probability, probability_without, probability_low, probability_high, rare, beyond.

        ``_without``: without any step. ``probability_low`` and ``probability_high``: the probability if the associations
        were exactly at the ends of the 95 % interval of their sum. ``rare``: levers outside what nine in ten places and
        years did; ``beyond``: those outside all that has been seen.
        """
        rare = ", ".join(lever.name for lever, step in self.steps if lever.beyond(step, lever.usual))
        beyond = ", ".join(lever.name for lever, step in self.steps if lever.unseen(step))
        rows = []
        for (way, scale), ahead in self.ahead.items():
            baseline, (estimate, _, half) = self.scenario.baselines[scale], self.shifts[way, scale]
            low80, high80 = ahead.interval(0.80)
            ends = [moved(baseline, end, 0.0) for end in (estimate + half, estimate - half)]
            rates = {"rate": ahead.level_at(0.5), "low80": low80, "high80": high80}
            rates["rate_without"] = baseline.level_at(0.5)
            for reading in self.scenario.readings:
                asked = {"way": way, "scale": scale, "reading": reading.name, "bound": reading.bound}
                held = [one.probability(at_most=reading.bound) for one in (ahead, baseline, *ends)]
                names = ("probability", "probability_without", "probability_low", "probability_high")
                rows.append(
                    asked | rates | dict(zip(names, held, strict=True)) | {"rare": rare, "beyond": beyond}
                )
        return pd.DataFrame(rows)

    def text(self, lang):
        """Return in ``lang``: whether the ways disagree on direction, what is assumed, then each way's probabilities.

        Raises ValueError when the language is not known.
        """
        check(lang)
        given = [
            say("scenario.change", lang, name=lever.names[lang], step=lever.told(step, lang))
            for lever, step in self.steps
            if step != lever.start
        ]
        if not given:
            return "\n".join([say("scenario.nothing", lang), *self._each(lang)])
        return "\n".join([
            self._direction(lang),
            *(self._turning(lang) if len(given) > 1 else []),
            say("scenario.assumed", lang, changes="; ".join(given)),
            *self._flags(lang),
            *self._each(lang),
            say("scenario.ends", lang),
            say("drivers.association", lang),
            say("scenario.instrument", lang),
            *([say("scenario.independent", lang)] if len(given) > 1 else []),
        ])  # fmt: skip

    def _direction(self, lang):
        names = {key: way_name(*key, lang) for key in self.shifts}
        signs = {key: estimate for key, (estimate, *_) in self.shifts.items() if estimate}
        down, up = ([names[key] for key, size in signs.items() if size * side > 0] for side in (-1, 1))
        told = {"every": len(names), "clear": sum(abs(size) > half for size, _, half in self.shifts.values())}
        if down and up:
            return say("scenario.disagree", lang, down="; ".join(down), up="; ".join(up), **told)
        return say(f"scenario.agree.{'lower' if down else 'higher'}", lang, **told)

    def _turning(self, lang):
        """Return which levers turn their sign with the way of computing, which a sum of several may hide."""
        for lever, step in self.steps:
            signs = {lever.effect(*key)[0] > 0 for key in self.scenario.ways}
            if step != lever.start and len(signs) > 1:
                yield say("scenario.turns", lang, name=lever.names[lang])

    def _flags(self, lang):
        for lever, step in self.steps:
            name = lever.names[lang]
            if lever.unseen(step):
                yield say("scenario.beyond", lang, name=name)
            elif lever.beyond(step, lever.usual):
                yield say(
                    f"scenario.rare.{lever.evidence}",
                    lang,
                    name=name,
                    span=lever.told_span(*lever.usual, lang),
                )
            if lever.later and step != lever.start:
                yield say("scenario.later", lang, name=name)

    def _each(self, lang):
        labels = [reading.label(lang) for reading in self.scenario.readings]
        for (way, scale), rows in self.table.groupby(["way", "scale"], sort=False):
            first = rows.iloc[0]
            each = zip(labels, rows.itertuples(), strict=True)
            told = {"rate": first.rate, "low": first.low80, "high": first.high80}
            told["chances"] = "; ".join(_chance(label, row, lang) for label, row in each)
            yield say("scenario.row", lang, way=way_name(way, scale, lang), **told)


def _chance(label, row, lang):
    """Return the probability of one reading, without and with the steps, and at the ends of the association's interval."""
    told = {"p": row.probability, "without": row.probability_without}
    told |= {"low": row.probability_low, "high": row.probability_high}
    same = len({probability(p, lang) for p in told.values()}) == 1
    return say("scenario.chance_same" if same else "scenario.chance", lang, label=label, **told)


def way_name(way, scale, lang):
    """Return the name of a way of computing, for readers."""
    return say(f"scenario.way.{way}", lang, scale=say(f"drivers.scale.{scale}", lang))
