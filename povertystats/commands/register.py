"""The command ``povertystats register``: poverty counted in a household register, by place and year."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from povertystats.commands.options import Lang, option
from povertystats.exits import served
from povertystats.files.problems import Findings

_ENGINE = 'Spark master, such as "local[2]" or spark://host:7077 (default: DuckDB)'
_FILES = "Parquet or CSV, a folder, a pattern, FILE.duckdb:TABLE, or YEAR=FILE for files of one year each"


@served
def register(
    paths: Annotated[list[str], typer.Argument(metavar="FILE...", help=_FILES)],
    output: Annotated[str, option("where to write the tables", "FOLDER")],
    by: Annotated[str, option("lowest level: province, district, commune", "LEVEL")] = "commune",
    group: Annotated[
        str | None, option("tell each lowest place apart by a column, such as ethnic", "COLUMN")
    ] = None,
    minimum: Annotated[int, option("fewest households of a cell", "N")] = 10,
    key_file: Annotated[
        str | None, option("a file with a secret: noise on counts instead of hidden cells", "FILE")
    ] = None,
    standard: Annotated[
        str, option("poverty standard, or FILE:NAME of your own", "NAME")
    ] = "multidim_2016_2020",
    column: Annotated[
        list[str] | None, option("your name of a column; repeat for several", "NAME=OWN")
    ] = None,
    engine: Annotated[str | None, option(_ENGINE)] = None,
    memory: Annotated[str | None, option("most memory DuckDB may take, such as 2GB")] = None,
    decimal: Annotated[str | None, option("decimal sign of its numbers: , or .", "SIGN")] = None,
    thousands: Annotated[str | None, option("sign between thousands: . or , or blank", "SIGN")] = None,
    unit: Annotated[
        list[str] | None, option("unit of a column, such as income_vnd_k=vnd", "NAME=UNIT")
    ] = None,
    missing: Annotated[list[str] | None, option("a word for missing; repeat for several", "WORD")] = None,
    yes: Annotated[list[str] | None, option("a word for yes; repeat for several", "WORD")] = None,
    no: Annotated[list[str] | None, option("a word for no; repeat for several", "WORD")] = None,
    lang: Lang = "vi",
) -> None:
    """Count poverty in a household register, by place and year."""
    from povertystats.files import writing
    from povertystats.register.reader import open_register
    from povertystats.register.review import review
    from povertystats.register.transitions import transitions
    from povertystats.words.errors import Refused, refuse
    from povertystats.words.wording import say

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
    if key is None:
        said.append(say("review.beside", lang))
    if opened.findings.warnings:
        print(Findings(warnings=opened.findings.warnings).text(), file=sys.stderr)
    files = {Path(output, f"{name}.csv"): writing.csv(table) for name, table in tables.items()}
    writing.write_together(files, folders=True)
    print("\n".join(said))
