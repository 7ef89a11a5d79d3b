"""What is likely of the rate that pages speak of, where nobody has set a target, or why it cannot be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from povertystats.facts.territory import ended
from povertystats.forecasts.outlook import longest, outlook
from povertystats.words.languages import Words
from povertystats.words.wording import say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.facts.peer_groups import PeerGroup
    from povertystats.forecasts.forecast import Forecast


@dataclass(frozen=True)
class Likely:
    """The forecast (``ahead``) of a rate called ``name`` in ``place``, or the ``reason`` why there is none.

    ``group``: its peers; ``year``: that of the last figure; ``gone``: since when the place is no more, and what it is part of.
    """

    place: str
    ahead: Forecast | None = None
    name: Words = field(default_factory=Words)
    group: PeerGroup | None = None
    reason: str = "no_rate"
    year: int | None = None
    gone: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fall(self) -> float | None:
        """The probability that the rate falls below its last figure by the year of the forecast, or None."""
        return None if self.ahead is None else self.ahead.probability(change_at_most=0.0)

    def sentence(self, lang: str) -> str:
        """Return in a sentence where the rate will be and how likely it falls; or why that cannot be said."""
        if self.ahead is None:
            return say(
                f"scorecard.likely.{self.reason}",
                lang,
                place=self.place,
                name=self.name[lang],
                last=self.year,
                **self.gone,
            )
        return say("scorecard.likely.sentence", lang, **self.values(lang))

    def values(self, lang: str) -> dict[str, Any]:
        """Return what sentences on the forecast tell; there is one."""
        assert self.ahead is not None
        (low, high), series = self.ahead.interval(0.80), self.ahead.series
        told = {"place": self.place, "name": self.name[lang], "year": self.ahead.year, "p": self.fall}
        told |= {"median": self.ahead.level_at(0.5), "low": low, "high": high}
        return told | {"last": int(series.years[-1]), "now": float(series.values[-1])}

    def lines(self, lang: str) -> list[str]:
        """Return that sentence, what it rests on and who the peers are."""
        if self.ahead is None:
            return [self.sentence(lang)]
        first, *rest = self.ahead.text(
            lang, labels={self.ahead.series.indicator: self.name[lang]}
        ).splitlines()
        peers = [self.group.text(lang)] if self.ahead.peers and self.group else []
        return [self.sentence(lang), first, *rest, *peers]


def likely(known: Facts, place: str) -> Likely:
    """Return what is likely of the rate that pages speak of in a place.

    >>> import povertystats as ps
    >>> said = likely(ps.load_facts().as_of("2020-05-07"), "Hà Giang")
    >>> print(said.sentence("en").partition(" (with")[0])
    Without a target, what is likely: the multidimensional poverty rate of Hà Giang in 2020 will be about 26.9%
    """
    indicator, ahead = known.outcome(place), outlook(known, place)
    if indicator is None:
        return Likely(place)
    series = known.series(indicator, place=place)
    about = (known.titles(indicator, short=True), known.peer_group(indicator, place))
    last = int(series.years[-1])
    if ahead is not None:
        return Likely(place, ahead, *about, "", last)
    far = known.cutoff is not None and known.cutoff.year - last > longest(series.years)
    if known.cutoff and (gone := ended(known, series.place, max(known.cutoff.year, last + 1))):
        return Likely(place, None, *about, "joined" if gone["into"] else "ended", last, gone)
    return Likely(place, None, *about, "old" if far else "few", last)
