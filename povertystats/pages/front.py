"""The front page of many places: what is known of each in a row, on a map of tiles or of shapes, and in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pandas as pd

from povertystats.maps.layout import Layout
from povertystats.maps.matching import Matched
from povertystats.maps.outlines import outlines
from povertystats.maps.place_row import Row
from povertystats.maps.scale import Scale, even_scale
from povertystats.pages.colophon import built, colophon
from povertystats.pages.dress import TEMPLATES, digest, dress
from povertystats.pages.menu import page_link
from povertystats.pages.place_page import PLACES, SHARED, SHEET, front_name
from povertystats.pages.sliders import templates
from povertystats.targets.verdict import of_both
from povertystats.words.languages import Words, code
from povertystats.words.names import plain
from povertystats.words.wording import LIKELY, date, language_name, likely, number, probability, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts

# The classes of chances are those of the words for them: four edges, in per cent.
_CHANCES = Scale(tuple(edge / 100 for edge in LIKELY if edge != 50))


@dataclass(frozen=True, eq=False)
class Front:
    """All that the front page is made from: ``slugs``: {place: file name}, of those that have a page."""

    known: Facts
    measure: str
    rows: Sequence[Row]
    layout: Layout
    matched: Matched | None
    slugs: Mapping[str, str]
    failed: Mapping[str, str]
    languages: Sequence[str]
    kind: str
    data: str | None = None

    @cached_property
    def compared(self) -> tuple[int, str] | None:
        """The year and standard of most places' latest figures, in which alone they are ranked."""
        spans = Counter((row.year, row.standard) for row in self.rows if row.year is not None)
        best = max(spans.items(), key=lambda one: (one[1], one[0][0]), default=None)
        return (int(best[0][0]), best[0][1]) if best and best[0][0] else None

    @cached_property
    def ranks(self) -> dict[str, int]:
        """{place: rank}, 1 for the lowest rate; of like rates the same."""
        values = {r.place: r.value for r in self.rows if (r.year, r.standard) == self.compared}
        found = pd.Series(values, dtype=float).rank(method="min").astype(int)
        return {str(place): int(rank) for place, rank in found.items()}

    @cached_property
    def rates(self) -> Scale:
        """The classes of rates."""
        return even_scale(row.value for row in self.rows if row.value is not None)

    @cached_property
    def views(self) -> list[str]:
        """What the map can be coloured by; the first is shown at the start."""
        chances = sum(row.chance is not None for row in self.rows)
        views = [*(["rate"] if self.rates.edges or self.ranks else []), *(["chance"] if chances else [])]
        return views[::-1] if 2 * chances >= len(self.rows) else views

    def html(self, lang: str) -> str:
        """Return the page in a language."""
        folder = TEMPLATES / "places"
        environment = templates(folder, TEMPLATES / "page")
        environment.filters["say"] = lambda key, **values: say(f"places.{key}", lang, **values)
        script = "".join(
            path.read_text("utf-8") for path in (folder / "front.js", TEMPLATES / "page" / "find.js")
        )
        worn = dress(lang, digest(script), sheet=SHEET)
        items = {row.place: self._item(row, lang) for row in self.rows}
        ordered = sorted(items.values(), key=lambda item: (item["order"], plain(item["place"])))
        return environment.get_template("front.html.j2").render(
            lang=code(lang),
            title=self._title(lang),
            colophon=colophon(
                lang, as_of=str(self.known.cutoff or built()), data=self.data, title=self._title(lang)
            ),
            known=say("page.known", lang, day=self._day(lang)),
            links=[*self._links(lang)],
            items=items,
            ordered=ordered,
            said=[*self._said(lang)],
            views=self.views,
            legends={view: self._legend(view, lang) for view in self.views},
            layout=self._tiles(lang, items),
            drawing=self._drawing(items),
            rate=self.known.title(self.measure, lang) if self.measure else "",
            style=(folder / "front.css").read_text("utf-8"),
            script=script,
            **worn,
        )

    def _day(self, lang: str) -> str:
        return date(self.known.cutoff, lang) if self.known.cutoff else say("scorecard.today", lang)

    def _title(self, lang: str) -> str:
        return say("places.title", lang, n=len(self.rows), kinds=self.kinds(lang))

    def kinds(self, lang: str) -> str:
        """Return the word for several places of the kind."""
        if not self.kind:
            return say("places.kinds", lang)
        return self.known.places.word(self.kind, lang, many=True)

    def _links(self, lang: str) -> Iterable[dict[str, Any]]:
        yield {"href": front_name(lang, self.languages), "text": say("places.all", lang), "current": True}
        yield from (page_link(name, lang, "") for name in SHARED)
        for other in self.languages:
            if other != lang:
                href = front_name(other, self.languages)
                yield {"href": href, "text": language_name(other), "lang": code(other)}

    def _item(self, row: Row, lang: str) -> dict[str, Any]:
        """Return the words of a row and the numbers that it is sorted by."""
        slug, rank = self.slugs.get(row.place), self.ranks.get(row.place)
        rate = "" if row.value is None else f"{number(row.value, lang, 1)}%"
        chance = "" if row.chance is None else probability(of_both(row.chance, row.points), lang)
        if not chance and row.verdict in ("already_met", "met", "missed", "not_assessable"):
            chance = say(f"scorecard.verdict.{row.verdict}", lang)
        told = dict(zip(("year", "median", "low", "high"), row.ahead or (), strict=False))
        words = [say("places.rate", lang, rate=rate, year=row.year) if rate else say("places.no_rate", lang)]
        if rank is not None:
            words.append(say("places.rank", lang, rank=rank, n=len(self.ranks)))
        words.append(say("places.chance", lang, chance=chance) if chance else say("places.no_target", lang))
        return {
            "place": row.place,
            "href": quote(f"{PLACES}/{slug}.{code(lang)}.html") if slug else "",
            "failed": self.failed.get(row.place, ""),
            "search": self._spellings[row.place],
            "rank": rank,
            "rate": rate,
            "value": row.value,
            "year": row.year,
            "pace": "" if row.pace is None else number(row.pace, lang, 2),
            "pace_value": row.pace,
            "ahead": say("places.ahead", lang, **told | {"year": int(told["year"])}) if told else "",
            "range": say("places.range", lang, **told) if told else "",
            "ahead_value": told.get("median"),
            "chance": chance,
            "chance_value": row.chance,
            "short": {"rate": rate, "chance": _short(row.chance, lang)},
            "target": Words(row.target or {})[lang],
            "grade": row.grade,
            "about": f"{row.place}: {'; '.join(words)}",
            "classes": {
                "rate": "" if row.value is None else f"r{self._step('rate', self.rates.index(row.value))}",
                "chance": "" if row.chance is None else f"c{_CHANCES.index(row.chance)}",
            },
            "order": (rank is None, rank or 0),
        }

    def _step(self, view: str, index: int) -> int:
        """Return the colour of a class: with few classes those that are far apart."""
        most = len(self.rates.edges)
        return round(index * 4 / most) if view == "rate" and most else index

    @cached_property
    def _spellings(self) -> dict[str, str]:
        """What each place is found by: its names, aliases and code, in the one form of a search."""
        found = {}
        for row in self.known.places.table.itertuples():
            names = [row.place, *str(row.aliases or "").split(";"), str(row.code)]
            found[row.place] = "|".join(dict.fromkeys(plain(name) for name in names if name))
        return found

    def _legend(self, view: str, lang: str) -> list[dict[str, Any]]:
        """Return the classes of a view that some place belongs to, in words, with how many."""
        if view == "rate":
            found = Counter(self.rates.index(r.value) for r in self.rows if r.value is not None)
            words = [_between(low, high, lang) for low, high in self.rates.classes]
            names = [f"r{self._step('rate', i)}" for i in range(len(words))]
        else:
            found = Counter(_CHANCES.index(r.chance) for r in self.rows if r.chance is not None)
            terms = [likely(p, lang) for p in (0.05, 0.2, 0.45, 0.8, 0.95)]
            in_percent = Scale(tuple(100 * edge for edge in _CHANCES.edges))
            spans = [_between(low, high, lang) for low, high in in_percent.classes]
            told = zip(terms, spans, strict=True)
            words = [say("places.likely", lang, term=term, span=span) for term, span in told]
            names = [f"c{i}" for i in range(len(words))]
        classes = [
            {"class": n, "text": w, "n": found[i]} for i, (n, w) in enumerate(zip(names, words, strict=True))
        ]
        without = {
            "class": "",
            "text": say(f"places.without_{view}", lang),
            "n": len(self.rows) - sum(found.values()),
        }
        return [one for one in [*classes, without] if one["n"]]

    def _tiles(self, lang: str, items: Mapping[str, dict]) -> dict[str, Any]:
        groups: list[dict[str, Any]] = []
        for heading, tiles in self.layout.groups:
            shown = [
                {
                    "row": tile.row,
                    "column": tile.column,
                    "label": tile.label[lang] or tile.place,
                    "part": say("places.part", lang, part=tile.part[lang], place=tile.place)
                    if tile.part
                    else "",
                    "item": None if tile.part else items.get(tile.place),
                    "place": tile.place,
                }
                for tile in tiles
            ]
            groups.append({"heading": heading[lang], "tiles": shown})
        parts = [tile for group in groups for tile in group["tiles"] if tile["part"]]
        size = {
            f"{side}s": max((tile[side] for group in groups for tile in group["tiles"]), default=0)
            for side in ("row", "column")
        }
        return {"groups": groups, "grid": self.layout.grid, "parts": parts, **size}

    def _drawing(self, items: Mapping[str, dict]) -> dict[str, Any] | None:
        """Return the shapes as paths, those that are no place first, so that none of them covers one."""
        if self.matched is None:
            return None
        drawn = outlines(self.matched.shapes)
        shapes: list[dict[str, Any]] = []
        for place, path, (x, y), (across, _) in zip(
            self.matched.places, drawn.paths, drawn.middles, drawn.sizes, strict=True
        ):
            fits = bool(place) and across > 8 * len(place)
            shapes.append({"item": items.get(place), "path": path, "x": x, "y": y, "fits": fits})
        shapes.sort(
            key=lambda shape: (shape["item"] is not None, shape["item"]["order"] if shape["item"] else ())
        )
        return {"shapes": shapes, "width": ceil(drawn.width) + 2, "height": ceil(drawn.height) + 2}

    def _said(self, lang: str) -> Iterable[str]:
        """Yield what the whole says, a sentence each: the lowest, the middle and the highest rate; chances; what lacks."""
        ranked = sorted((r for r in self.rows if r.place in self.ranks), key=lambda r: r.value or 0.0)
        if ranked and self.compared:
            told = {"low": ranked[0].value, "lowest": ranked[0].place, "high": ranked[-1].value}
            told |= {
                "highest": ranked[-1].place,
                "middle": float(pd.Series([r.value for r in ranked]).median()),
            }
            told |= {"rate": self.known.title(self.measure, lang), "year": self.compared[0], "n": len(ranked)}
            yield say("places.span" if len(ranked) > 1 else "places.one", lang, **told)
        with_target = [r for r in self.rows if r.target]
        told = {"n": len(with_target), "every": len(self.rows), "kinds": self.kinds(lang)}
        which = "none" if not with_target else "some" if len(with_target) < len(self.rows) else "all"
        yield say(f"places.targets.{which}", lang, **told)
        others = [r.place for r in self.rows if r.value is not None and r.place not in self.ranks]
        if others and self.compared:
            yield say("places.other_year", lang, year=self.compared[0], places=", ".join(others))
        if lacking := [r.place for r in self.rows if r.value is None]:
            yield say("places.lacking", lang, places=", ".join(lacking))
        if self.matched is not None:
            if self.matched.without:
                yield say("places.no_shape", lang, places=", ".join(self.matched.without))
        elif self.layout.without:
            yield say("places.no_tile", lang, places=", ".join(self.layout.without))
        if self.failed:
            yield say("places.failed", lang, places=", ".join(self.failed))


def _between(low: float | None, high: float | None, lang: str) -> str:
    """Return a class of per cents in words."""
    edges = {name: _percent(edge, lang) for name, edge in (("low", low), ("high", high)) if edge is not None}
    return say(f"places.between_{'_'.join(edges) or 'all'}", lang, **edges)


def _short(chance: float | None, lang: str) -> str:
    """Return a chance in the few signs that a tile has room for."""
    if chance is None or 0.01 <= chance <= 0.99:
        return "" if chance is None else probability(chance, lang)
    return "<1%" if chance < 0.5 else ">99%"


def _percent(edge: float, lang: str) -> str:
    decimals = next((d for d in range(4) if abs(edge - round(edge, d)) < 1e-9), 4)
    return f"{number(edge, lang, decimals)}%"
