"""The ``povertystats`` command: pages, scorecard and validation without writing code.

Exit codes: 0 done; 1 the data or the request cannot be served (the reason stands on standard error); 2 misuse; 70 a fault
of this program (with POVERTYSTATS_TRACEBACK=1 it shows where); 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from povertystats.exits import failed, say, served
from povertystats.words.terminal import write_anything

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
    words = sys.argv[1:] if arguments is None else list(arguments)
    # Whoever closed a stream wants nothing of it, and no file of ours may be opened in its place.
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:
            setattr(sys, stream, open(os.devnull, "w"))  # noqa: SIM115
        write_anything(getattr(sys, stream))
    code: object = 0
    try:
        if any("\0" in word for word in words):
            code = say("povertystats", "an argument holds a NUL character", 2)
        else:
            app(args=words, prog_name="povertystats")
    except SystemExit as stop:
        code = stop.code
    except Exception as error:
        code = failed("povertystats", error)
    try:
        sys.stdout.flush()
    except OSError as error:
        code = failed("povertystats", error)
    return code if isinstance(code, int) else 0


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
_FILES = "Parquet or CSV, a folder, a pattern, FILE.duckdb:TABLE, or YEAR=FILE for files of one year each"
_OWN = "datapackage.json of your own (default: the one that comes along)"
_PACKAGE = "datapackage.json or its folder (default: the one that comes along)"
_CHECKED = f"{_PACKAGE}, or a table of your own: .xlsx, .csv, .dta, .parquet"
_Place = Annotated[str, _option("province, with or without diacritics")]
_AsOf = Annotated[str, _option("use only what was known on that day", "DATE")]
_Data = Annotated[str | None, _option(_OWN, "PACKAGE")]
_Lang = Annotated[str, _option("language: vi, en or a language file", callback=_spoken)]


def _known(place: str, as_of: str, data: str | None) -> tuple[Facts, str]:
    from povertystats.facts.package import load_facts

    known = load_facts(data).as_of(as_of)
    return known, known.places.find(place)


@app.command()
@served
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
@served
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
@served
def register(
    paths: Annotated[list[str], typer.Argument(metavar="FILE...", help=_FILES)],
    output: Annotated[str, _option("where to write the tables", "FOLDER")],
    by: Annotated[str, _option("lowest level: province, district, commune", "LEVEL")] = "commune",
    group: Annotated[
        str | None, _option("tell each lowest place apart by a column, such as ethnic", "COLUMN")
    ] = None,
    minimum: Annotated[int, _option("fewest households of a cell", "N")] = 10,
    key_file: Annotated[
        str | None, _option("a file with a secret: noise on counts instead of hidden cells", "FILE")
    ] = None,
    standard: Annotated[
        str, _option("poverty standard, or FILE:NAME of your own", "NAME")
    ] = "multidim_2016_2020",
    column: Annotated[
        list[str] | None, _option("your name of a column; repeat for several", "NAME=OWN")
    ] = None,
    engine: Annotated[str | None, _option(_ENGINE)] = None,
    memory: Annotated[str | None, _option("most memory DuckDB may take, such as 2GB")] = None,
    decimal: Annotated[str | None, _option("decimal sign of its numbers: , or .", "SIGN")] = None,
    thousands: Annotated[str | None, _option("sign between thousands: . or , or blank", "SIGN")] = None,
    unit: Annotated[
        list[str] | None, _option("unit of a column, such as income_vnd_k=vnd", "NAME=UNIT")
    ] = None,
    missing: Annotated[list[str] | None, _option("a word for missing; repeat for several", "WORD")] = None,
    yes: Annotated[list[str] | None, _option("a word for yes; repeat for several", "WORD")] = None,
    no: Annotated[list[str] | None, _option("a word for no; repeat for several", "WORD")] = None,
    lang: _Lang = "vi",
) -> None:
    """Count poverty in a household register, by place and year."""
    from povertystats.files import writing
    from povertystats.register.reader import open_register
    from povertystats.register.review import review
    from povertystats.register.transitions import transitions
    from povertystats.words.errors import Refused, refuse

    given = {"column": (column, "NAME=OWN"), "unit": (unit, "NAME=UNIT")}
    pairs = {option: [text.partition("=") for text in of or []] for option, (of, _) in given.items()}
    problems = [
        f"--{option} {''.join(pair)}: expected {given[option][1]}"
        for option, of in pairs.items()
        for pair in of
        if not all(pair)
    ]
    if by in ("household", "record"):
        problems.append(f"--by {by}: no file with records of households is written, only counts of places")
    if minimum < 2:
        problems.append(f"--minimum {minimum}: expected 2 or more; smaller cells tell of single households")
    years = [path.partition("=") for path in paths]
    # A file whose own name has the sign is that file.
    dated = [(y, f) for y, sign, f in years if sign and y.isdecimal() and not Path(f"{y}={f}").exists()]
    problems += [f"{year}=...: expected a year of four digits" for year, _ in dated if len(year) != 4]
    if dated and len(dated) < len(years):
        problems.append("some files name their year (YEAR=FILE) and some do not; expected all or none")
    key = None
    if key_file is not None:
        try:
            key = Path(key_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError) as error:
            problems.append(f"--key-file {key_file}: {error}")
    refuse("cannot count the register", problems)
    source = {int(year): [path for y, path in dated if int(y) == int(year)] for year, _ in dated} or paths
    columns, units = ({name: own for name, _, own in pairs[option]} for option in ("column", "unit"))
    signs = {"decimal": decimal, "thousands": thousands, "missing": missing, "yes": yes, "no": no}
    how: dict[str, Any] = {"columns": columns, "units": units, "engine": engine, "memory": memory, **signs}
    opened = open_register(source, standard=standard, **how)
    reviewed = review(opened, by=by, group=group, minimum=minimum, key=key)
    tables, said = {"review": reviewed.table, "checks": reviewed.checks}, [reviewed.text(lang)]
    tables |= {} if reviewed.bounds is None else {"bounds": reviewed.bounds}
    if reviewed.table["year"].nunique() > 1:
        try:
            moved = transitions(opened, by=by, group=group, minimum=minimum, key=key)
        except Refused as error:
            # What can be counted is written all the same.
            said.append(str(error))
        else:
            tables["transitions"] = moved.table
            said.append(moved.text(lang))
    files = {Path(output, f"{name}.csv"): writing.csv(table) for name, table in tables.items()}
    writing.write_together(files, folders=True)
    print("\n".join(said))


@app.command()
@served
def validate(
    data: Annotated[str | None, typer.Argument(help=_CHECKED)] = None,
    sheet: Annotated[str | None, _option("of a workbook: the sheet")] = None,
    encoding: Annotated[str | None, _option("of a table: its encoding, such as windows-1258")] = None,
    decimal: Annotated[str | None, _option("the decimal sign, . or ,")] = None,
    unit: Annotated[
        list[str] | None, _option("the unit of a column or an indicator; repeat for several", "NAME=UNIT")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print what was found as JSON")] = False,
    lang: Annotated[str, _option("language of what was understood", callback=_spoken)] = "en",
) -> None:
    """Check a data package, or say what is understood of a table, and list all that is wrong with it."""
    if data is not None and Path(data).is_file() and not data.lower().endswith(".json"):
        _validate_table(data, unit or [], as_json, lang, sheet=sheet, encoding=encoding, decimal=decimal)
        return
    from povertystats.facts.package import load_facts
    from povertystats.files.problems import Findings
    from povertystats.targets.targets import load_targets
    from povertystats.targets.targets import validate as findings_of
    from povertystats.words.wording import say

    if as_json:
        found = findings_of(data, decimal=decimal, units=_units(unit))
        print(found.json())
        raise typer.Exit(1 if found.errors else 0)
    facts = load_facts(data, decimal=decimal, units=_units(unit), again=True)
    load_targets(facts)
    illustrative = int(facts.table["illustrative"].sum())
    made = say("command.illustrative", "en", n=illustrative) if illustrative else ""
    counts = {"facts": len(facts.table), "targets": len(facts.targets)}
    counts |= {f"{column}s": facts.table[column].nunique() for column in ("indicator", "place")}
    print(say("command.valid", "en", **counts, illustrative=made))
    if facts.warnings:
        print(Findings(warnings=facts.warnings).text())


def _units(pairs: list[str] | None) -> dict[str, str] | None:
    """Return {column or indicator: unit} of NAME=UNIT."""
    from povertystats.words.errors import refuse

    parts = [(text, *text.rpartition("=")) for text in pairs or []]
    refuse("cannot read so", [f"--unit {text}: expected NAME=UNIT" for text, *pair in parts if not all(pair)])
    return {name: unit for _, name, _, unit in parts} or None


def _validate_table(data: str, unit: list[str], as_json: bool, lang: str, **options: str | None) -> None:
    from povertystats.facts.package import load_facts
    from povertystats.tables.recognition import checked

    said, findings = checked(data, load_facts().places.find, lang, units=_units(unit) or {}, **options)
    print(findings.json() if as_json else "\n".join([said, findings.text()]))
    raise typer.Exit(1 if findings.errors else 0)
