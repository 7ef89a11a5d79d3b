"""The command ``povertystats brief``: the pages of one place, or those of many with their map."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from povertystats.commands.options import AsOf, Data, Place, known_of, option, spoken_or_both
from povertystats.exits import served

_FILE = 'a page for each place that a file names: one a line, or a table with a column "place"'
_SHAPES = "with --all or --places: a GeoJSON or TopoJSON file to draw the map by, joined by name or code"


@served
def brief(
    place: Place = None,
    as_of: AsOf = None,
    data: Data = None,
    lang: Annotated[
        str, option("language: vi, en, both or a language file", callback=spoken_or_both)
    ] = "both",
    output: Annotated[str, option("where to write", "FOLDER")] = "build",
    pdf: Annotated[
        bool, typer.Option("--pdf", help="print the brief as PDF as well (needs Chromium)")
    ] = False,
    executed: Annotated[str | None, option("keep the notebooks as they were run", "FOLDER")] = None,
    every: Annotated[bool, typer.Option("--all", help="a page for each place, and a map of all")] = False,
    kind: Annotated[
        str | None, option("with --all: the kind of place (default: that of the targets)")
    ] = None,
    within: Annotated[str | None, option("with --all: only places in this one", "PLACE")] = None,
    places: Annotated[str | None, option(_FILE, "FILE")] = None,
    shapes: Annotated[str | None, typer.Option("--map", help=_SHAPES, metavar="FILE")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="with --all or --places: make pages anew that are up to date")
    ] = False,
) -> None:
    """Run the notebooks and write the pages for readers: of one place, or of many with their map."""
    from povertystats.maps.chosen import all_places, kind_of_targets, named_places
    from povertystats.pages.all_places import write_all
    from povertystats.pages.site import PAGED, write_pages

    many = every or places is not None
    given = {"--kind": kind, "--within": within, "--map": shapes, "--again": again or None}
    if every and places is not None:
        raise typer.BadParameter("give --all or --places, not both")
    if many and (place is not None or pdf or executed is not None):
        raise typer.BadParameter("--place, --pdf and --executed are for the pages of one place")
    if lost := [name for name, value in given.items() if value is not None and not many]:
        raise typer.BadParameter(f"{', '.join(lost)}: only with --all or --places")
    if places is not None and (kind or within):
        raise typer.BadParameter("--kind and --within: only with --all")
    # A bad place, date or package is told before any notebook runs.
    known, languages = known_of(as_of, data), PAGED if lang == "both" else (lang,)
    about: dict[str, Any] = {
        "as_of": str(known.cutoff),
        "data": data,
        "languages": languages,
        "report": _report,
    }
    if not many:
        one = known.places.find(known.identity.place if place is None else place)
        write_pages(output, place=one, pdf=pdf, executed=executed, **about)
        return
    chosen = (
        all_places(known.places, kind=kind or (None if within else kind_of_targets(known)), within=within)
        if places is None
        else named_places(places, known.places)
    )
    write_all(output, places=chosen, shapes=shapes, again=again, **about)


def _report(line: str) -> None:
    print(line, flush=True)
