"""A picture: a figure with its text, title and credit, as a page shows it and offers its files; what a page keeps of them."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.files.writing import csv
from povertystats.words.names import plain
from povertystats.words.phrases import wrap

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

# The widths of figures in inches, the narrow ones shown whole on a phone, and the smallest letters in points.
WIDTH, NARROW, SMALL = 7.2, 3.3, 8.5
GREY = "#595959"
DPI = 144
# An image of so many bytes stands in its page as dots, so that the page stays small.
_LARGE = 200_000
# One typeface for figures and pages, by weight: it draws every Vietnamese letter on any machine.
FONTS = {
    w: Path(__file__).with_name("fonts") / f"Inter-{n}.otf" for w, n in ((400, "Regular"), (700, "Bold"))
}
# The folder beside the pages that holds them.
FOLDER = "files"


class _Shelf:
    """Where files are put, under which first name, and what a page says of itself; no folder: nothing is kept."""

    folder: Path | None = None
    stem, numbers = "", count(1)
    page = ""


def keep(folder: str | Path, stem: str, page: str = "") -> None:
    """From now on keep what is offered in this process in ``folder`` (there already), named ``stem-1-...``, ``stem-2-...``.

    ``page``: what every picture says of its page.
    """
    _Shelf.folder, _Shelf.stem, _Shelf.numbers = Path(folder), stem, count(1)
    _Shelf.page = page


@contextmanager
def saying(page: str) -> Iterator[None]:
    """Let every picture say meanwhile what its page is: place, day, address."""
    before, _Shelf.page = _Shelf.page, page
    try:
        yield
    finally:
        _Shelf.page = before


def credit(source: str = "") -> str:
    """Return the line at the foot of a picture: its source, what the page says of itself, what made it.

    >>> credit("annual review")
    'annual review · povertystats'
    """
    return " · ".join(filter(None, (source, _Shelf.page, "povertystats")))


def kept() -> bool:
    """Return whether what is offered is kept."""
    return _Shelf.folder is not None


def offer(title: str = "", name: str = "", /, **contents: bytes) -> dict[str, str]:
    """Keep one thing in several forms, ``extension=bytes``, and return ``{extension: file name}``; without a folder, ``{}``.

    The names end in the words of the ``title``; ``name``: what they are, without their endings, instead.

    >>> offer("Poverty rate", csv=b"year,rate_pct")
    {}
    """
    folder = _Shelf.folder
    if folder is None:
        return {}
    words = "-".join(re.findall(r"[a-z0-9]+", plain(title)))[:60].strip("-")
    stem = name or "-".join(filter(None, (_Shelf.stem, str(next(_Shelf.numbers)), words)))
    names = {form: f"{stem}.{form}" for form in contents}
    for form, name in names.items():
        (folder / name).write_bytes(contents[form])
    return names


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure, its alternative text and the numbers it shows; shown by a notebook as an image that carries the text.

    ``alt``: one or two sentences; ``data``: one tidy frame of all that is drawn; ``title`` stands above the figure, ``source``
    below it, before what the page knows of itself. ``narrow``: what draws the same for a phone, NARROW wide, when a page asks.
    On a page the image is offered as PNG and SVG, ``data`` as CSV.
    """

    figure: Figure
    alt: str
    data: pd.DataFrame
    title: str = ""
    source: str = ""
    narrow: Callable[[], Figure] | None = None

    def __post_init__(self) -> None:
        _lettered(self.figure)

    @cached_property
    def _png(self) -> bytes:
        return self._image(self.figure, "png")

    @cached_property
    def _svg(self) -> bytes:
        return self._image(self.figure, "svg")

    def _image(self, figure: Figure, form: str) -> bytes:
        from matplotlib import rc_context

        buffer, box = io.BytesIO(), frame(figure, self.title, credit(self.source))
        options: dict[str, Any] = {"dpi": DPI, "metadata": {"Software" if form == "png" else "Date": None}}
        # The salt gives the same names to the same shapes each time.
        with rc_context({"svg.hashsalt": "povertystats"}):
            figure.savefig(buffer, format=form, bbox_inches=box, **options)
        return _slim(buffer.getvalue()) if form == "svg" else buffer.getvalue()

    def png(self) -> bytes:
        """Return the image as PNG bytes."""
        return self._png

    def svg(self) -> bytes:
        """Return the image as SVG bytes: lines instead of dots, for print."""
        return self._svg

    def about(self) -> dict[str, Any]:
        """Return what a page shows: text, title, the addresses that hold the image, ``wide`` and ``narrow`` (a phone's).

        ``foot``: how much of the narrow one, or of the only one, the credit below takes.
        """
        shown = {"alt": self.alt, "title": self.title, "wide": _address(self.svg(), self.png)}
        if self.narrow is not None:
            small = _lettered(self.narrow())
            shown["narrow"] = _address(self._image(small, "svg"), lambda: self._image(small, "png"))
        box = frame(self.figure if self.narrow is None else small, self.title, credit(self.source))
        # On paper a page says once for all pictures where they are from.
        shown["foot"] = f"{100 * -box.y0 / box.height:.1f}%"
        return shown | ({"small": True} if self.figure.get_figwidth() <= NARROW else {})

    def _repr_mimebundle_(self, include=None, exclude=None):
        about: dict[str, Any] = {"alt": self.alt, "title": self.title}
        if kept():
            files = {"png": self.png(), "svg": self.svg(), "csv": csv(self.data)}
            about = self.about() | {"files": offer(self.title, **files)}
        image = base64.b64encode(self.png()).decode("ascii")
        return {"image/png": image, "text/plain": self.alt}, {"image/png": about}


def _lettered(figure):
    """Set every letter of a figure in the typeface, signs as they are."""
    from matplotlib.text import Text

    for axes in figure.axes:
        axes.tick_params(which="both", labelfontfamily=_typeface())
    for text in figure.findobj(Text):
        text.set_fontfamily(_typeface())
        text.set_parse_math(False)  # a dollar in a name is no formula
    return figure


def frame(figure: Figure, title: str, credit: str) -> Bbox:
    """Write a title above a figure and a credit below it, once; return the box around all, in inches.

    The layout is what it was before: a larger box would draw all things apart, and legends out of their place.
    """
    from matplotlib import rc_context
    from matplotlib.transforms import Bbox

    if (engine := figure.get_layout_engine()) is not None:
        if figure.axes:
            engine.execute(figure)
        # None at all: what stands for one ("none") would have everything drawn twice more whenever it is saved.
        with rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
            figure.set_layout_engine(None)
    for one in figure.legends:
        one.set_bbox_to_anchor((0, 0, 1, 1), transform=figure.transFigure)
    width, height = figure.get_size_inches()
    sides = {"title": (title, 11 if width > NARROW else 10, "bold"), "credit": (credit, SMALL, "normal")}
    tall, drawn = {}, {text.get_gid() for text in figure.texts}
    for side, (words, size, weight) in sides.items():
        # A letter is some six tenths as wide as it is tall.
        lines = wrap(words, int(72 * (width - 0.12) / (0.56 * size)))
        tall[side] = (0.12 + 1.3 * size / 72 * (lines.count("\n") + 1)) if words else 0
        if words and side not in drawn:
            at, anchor = (1 + 0.06 / height, "bottom") if side == "title" else (-0.06 / height, "top")
            look: dict[str, Any] = {"va": anchor, "fontsize": size, "fontweight": weight, "gid": side}
            text = figure.text(0.06 / width, at, lines, family=_typeface(), parse_math=False, **look)
            text.set(color="black" if side == "title" else GREY, in_layout=False, linespacing=1.2)
    return Bbox.from_extents(0, -tall["credit"], width, height + tall["title"])


# What an SVG says that nobody needs, and shorter ways of the rest: 30 % of it. The words of its labels stay, as comments.
_SHORTER = (
    (rb"<metadata>.*?</metadata>", b""),
    (rb'<g id="[^"]*">', b"<g>"),
    (rb"(\d{2,}\.\d)\d+|(\d*[1-9]\d*\.\d\d)\d+", rb"\1\2"),
    (rb'(<use [^>]*)transform="translate\(([^ )]+) 0\)"', rb'\1x="\2"'),
    (rb"Inter-(\w)\w+-", rb"\1"),
    (rb"\s*\n\s*", b" "),
    (rb"> <", b"><"),
)


def _slim(svg):
    for long, short in _SHORTER:
        svg = re.sub(long, short, svg, flags=re.DOTALL)
    svg = re.sub(rb'd="[^"]*" transform="scale\(0\.015625\)"', _coarser, svg)
    svg = re.sub(rb'style="[^"]*"', lambda style: re.sub(rb"(?<=[:;]) ", b"", style[0]), svg)
    return re.sub(rb'd="[^"]*"', lambda path: re.sub(rb" ?([MLCQz]) ?| (?=-)", rb"\1", path[0]), svg)


def _coarser(glyph):
    """Return a letter on a grid of 400 points an em, still finer than any page shows, as most of a drawing is letters."""
    points = re.sub(
        rb"-?[\d.]+", lambda n: b"%d" % round(float(n[0]) / 16), glyph[0].partition(b" transform")[0]
    )
    return points + b' transform="scale(0.25)"'


def _address(svg, png):
    """Return an image as an address that holds it: lines print sharper than dots, unless there are too many."""
    # In a page nobody reads the comments.
    svg = re.sub(rb"<!--.*?-->|<\?xml.*?\?>|<!DOCTYPE.*?>|<defs></defs>", b"", svg, flags=re.DOTALL)
    kind, content = ("svg+xml", svg) if len(svg) < _LARGE else ("png", png())
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


@cache
def _typeface():
    """Make the typeface of the pages known to matplotlib and return its name."""
    from matplotlib import font_manager

    for path in sorted(FONTS.values()):
        font_manager.fontManager.addfont(path)
    return font_manager.FontProperties(fname=FONTS[400]).get_name()
