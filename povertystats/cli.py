"""The ``povertystats`` command: pages, scorecard and validation without writing code.

Exit codes: 0 done; 1 the data or the request cannot be served (the reason stands on standard error); 2 misuse; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts

PLACE, AS_OF = "Bắc Kạn", "2020-05-07"

app = typer.Typer(
    help="Will a province reach its poverty targets? Answers from published figures.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with ``arguments`` (those of the process when left out); return its exit code.

    >>> main(["scorecard", "--as-of", "2019-01-01", "--lang", "en"])
    As known on 1 January 2019, the data hold no target of Bắc Kạn.
    0
    """
    try:
        app(args=None if arguments is None else list(arguments), prog_name="povertystats")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    return 0


def _served(work: Callable[..., None]) -> Callable[..., None]:
    """Let a command tell in one line why it cannot be served, and end with the exit code for that."""

    @wraps(work)
    def told(**options: object) -> None:
        code, reason = 1, ""
        try:
            work(**options)
            sys.stdout.flush()
            return
        except BrokenPipeError:  # the reader, such as head, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
        except KeyboardInterrupt:
            code, reason = 130, "interrupted; nothing was changed"
        except (ValueError, LookupError, OSError, RuntimeError) as error:
            reason = str(error.args[0] if isinstance(error, LookupError) and error.args else error)
        except ModuleNotFoundError as error:
            extra = 'this needs the notebooks extra: pip install "povertystats[notebooks]"'
            reason = str(error) if "povertystats[" in str(error) else f"{error.name} is missing; {extra}"
        if reason:
            print(f"povertystats {work.__name__}: {reason}", file=sys.stderr)
        raise typer.Exit(code)

    return told


def _spoken(lang: str) -> str:
    from povertystats.words.languages import LANGUAGES

    if lang not in LANGUAGES and not lang.endswith(".toml"):
        raise typer.BadParameter(f"{lang!r} is not one of {', '.join(LANGUAGES)}")
    return lang


def _spoken_or_both(lang: str) -> str:
    return lang if lang == "both" else _spoken(lang)


def _option(text: str, metavar: str | None = None, **more: Any) -> Any:
    return typer.Option(help=text, metavar=metavar, **more)


_ENGINE = 'Spark master, such as "local[2]" or spark://host:7077 (default: DuckDB)'
_FILES = "Parquet or CSV, a pattern, or YEAR=FILE for files of one year each"
_OWN = "datapackage.json of your own (default: the one that comes along)"
_PACKAGE = "datapackage.json or its folder (default: the one that comes along)"
_Place = Annotated[str, _option("province, with or without diacritics")]
_AsOf = Annotated[str, _option("use only what was known on that day", "DATE")]
_Data = Annotated[str | None, _option(_OWN, "PACKAGE")]
_Lang = Annotated[str, _option("language: vi, en or a language file", callback=_spoken)]


def _known(place: str, as_of: str, data: str | None) -> tuple[Facts, str]:
    from povertystats.facts.package import load_facts

    known = load_facts(data).as_of(as_of)
    return known, known.places.find(place)


@app.command()
@_served
def brief(
    place: _Place = PLACE,
    as_of: _AsOf = AS_OF,
    data: _Data = None,
    lang: Annotated[str, _option("language: vi, en or both", callback=_spoken_or_both)] = "both",
    output: Annotated[str, _option("where to write", "FOLDER")] = "build",
    pdf: Annotated[
        bool, typer.Option("--pdf", help="print the brief as PDF as well (needs Chromium)")
    ] = False,
) -> None:
    """Run the notebooks and write the pages for readers."""
    from povertystats.pages.site import PAGED, write_pages

    known, place = _known(place, as_of, data)  # a bad place, date or package is told before any notebook runs
    write_pages(
        output,
        place=place,
        as_of=str(known.cutoff),
        data=data,
        languages=PAGED if lang == "both" else (lang,),
        pdf=pdf,
        report=lambda line: print(line, flush=True),
    )


@app.command()
@_served
def scorecard(
    place: _Place = PLACE,
    as_of: _AsOf = AS_OF,
    data: _Data = None,
    lang: _Lang = "vi",
    csv: Annotated[str | None, _option("write the table to a CSV file as well", "FILE")] = None,
    xlsx: Annotated[str | None, _option("write an Excel workbook with the sources as well", "FILE")] = None,
) -> None:
    """Print how each target stands."""
    from povertystats.files import writing
    from povertystats.targets.scorecard import scorecard

    known, place = _known(place, as_of, data)
    card = scorecard(known, place=place)
    contents: dict[str | Path, str | bytes] = {}
    if csv is not None:
        contents[csv] = writing.csv(card.table)
    if xlsx is not None:
        from povertystats.exhibits.workbook import workbook_bytes

        contents[xlsx] = workbook_bytes(card, known, lang)
    writing.write_together(contents)
    print(card.text(lang))


@app.command()
@_served
def register(
    paths: Annotated[list[str], typer.Argument(metavar="FILE...", help=_FILES)],
    output: Annotated[str, _option("where to write the tables", "FOLDER")],
    by: Annotated[str, _option("lowest level: province, district, commune", "LEVEL")] = "commune",
    group: Annotated[
        str | None, _option("tell each lowest place apart by a column, such as ethnic", "COLUMN")
    ] = None,
    minimum: Annotated[int, _option("fewest households of a cell", "N")] = 10,
    standard: Annotated[str, _option("poverty standard")] = "multidim_2016_2020",
    column: Annotated[
        list[str] | None, _option("your name of a column; repeat for several", "NAME=OWN")
    ] = None,
    engine: Annotated[str | None, _option(_ENGINE)] = None,
    memory: Annotated[str | None, _option("most memory DuckDB may take, such as 2GB")] = None,
    lang: _Lang = "vi",
) -> None:
    """Count poverty in a household register, by place and year."""
    from povertystats.files import writing
    from povertystats.register.reader import open_register
    from povertystats.register.review import review
    from povertystats.register.transitions import transitions
    from povertystats.words.errors import refuse

    pairs = [text.partition("=") for text in column or []]
    problems = [f"--column {''.join(pair)}: expected NAME=OWN" for pair in pairs if not all(pair)]
    if by in ("household", "record"):
        problems.append(f"--by {by}: no file with records of households is written, only counts of places")
    if minimum < 2:
        problems.append(f"--minimum {minimum}: expected 2 or more; smaller cells tell of single households")
    years = [path.partition("=") for path in paths]
    dated = [(year, path) for year, sign, path in years if sign and year.isdigit()]
    if dated and len(dated) < len(years):
        problems.append("some files name their year (YEAR=FILE) and some do not; expected all or none")
    refuse("cannot count the register", problems)
    source = {int(year): [path for y, path in dated if y == year] for year, _ in dated} or paths
    columns = {name: own for name, _, own in pairs}
    opened = open_register(source, standard=standard, columns=columns, engine=engine, memory=memory)
    reviewed = review(opened, by=by, group=group, minimum=minimum)
    tables, said = {"review": reviewed.table, "checks": reviewed.checks}, [reviewed.text(lang)]
    every = set(reviewed.table["year"])
    if any(year + 1 in every for year in every):
        moved = transitions(opened, by=by, group=group, minimum=minimum)
        tables["transitions"] = moved.table
        said.append(moved.text(lang))
    files = {Path(output, f"{name}.csv"): writing.csv(table) for name, table in tables.items()}
    writing.write_together(files, folders=True)
    print("\n".join(said))


@app.command()
@_served
def validate(
    data: Annotated[str | None, typer.Argument(help=_PACKAGE)] = None,
) -> None:
    """Check a data package and list all that is wrong with it."""
    from povertystats.facts.package import load_facts
    from povertystats.targets.targets import load_targets
    from povertystats.words.wording import say

    facts = load_facts(data, again=True)
    load_targets(facts)
    illustrative = int(facts.table["illustrative"].sum())
    made = say("command.illustrative", "en", n=illustrative) if illustrative else ""
    counts = {"facts": len(facts.table), "targets": len(facts.targets)}
    counts |= {f"{column}s": facts.table[column].nunique() for column in ("indicator", "place")}
    print(say("command.valid", "en", **counts, illustrative=made))
