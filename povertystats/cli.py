"""The ``povertystats`` command: pages, scorecard and validation without writing code.

Exit codes: 0 done; 1 the data or the request cannot be served (the reason stands on standard error); 2 misuse; 70 a fault
of this program (with POVERTYSTATS_TRACEBACK=1 it shows where); 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from povertystats.commands.brief import brief
from povertystats.commands.options import (
    CHECKED,
    AsOf,
    Data,
    Lang,
    Place,
    known_of,
    option,
    spoken,
    units_of,
)
from povertystats.commands.register import register
from povertystats.commands.start import start
from povertystats.exits import failed, say, served
from povertystats.words.terminal import write_anything

app = typer.Typer(
    help="Will a province reach its poverty targets? Answers from published figures.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with ``arguments`` (those of the process when left out); return its exit code.

    >>> main(["scorecard", "--as-of", "2019-01-01", "--lang", "en"])  # doctest: +ELLIPSIS
    As known on 1 January 2019, the data hold no target of Bắc Kạn.
    Without a target, what is likely: the rate of poor households of Bắc Kạn in 2019 will be about 20.2% ...
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


app.command()(brief)


@app.command()
@served
def scorecard(
    place: Place = None,
    as_of: AsOf = None,
    data: Data = None,
    lang: Lang = "vi",
    csv: Annotated[str | None, option("write the table to a CSV file as well", "FILE")] = None,
    xlsx: Annotated[str | None, option("write an Excel workbook with the sources as well", "FILE")] = None,
) -> None:
    """Print how each target stands."""
    from povertystats.files import writing
    from povertystats.targets.scorecard import scorecard

    known = known_of(as_of, data)
    card = scorecard(known, place=place)
    contents: dict[str | Path, str | bytes] = {}
    if csv is not None:
        contents[csv] = writing.csv(card.table)
    if xlsx is not None:
        from povertystats.exhibits.workbook import workbook_bytes

        contents[xlsx] = workbook_bytes(card, known, lang)
    writing.write_together(contents)
    print(card.text(lang))


app.command()(register)
app.command()(start)


@app.command()
@served
def validate(
    data: Annotated[str | None, typer.Argument(help=CHECKED)] = None,
    sheet: Annotated[str | None, option("of a workbook: the sheet")] = None,
    encoding: Annotated[str | None, option("of a table: its encoding, such as windows-1258")] = None,
    decimal: Annotated[str | None, option("the decimal sign, . or ,")] = None,
    unit: Annotated[
        list[str] | None, option("the unit of a column or an indicator; repeat for several", "NAME=UNIT")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print what was found as JSON")] = False,
    lang: Annotated[str, option("language of what was understood", callback=spoken)] = "en",
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
        found = findings_of(data, decimal=decimal, units=units_of(unit))
        print(found.json())
        raise typer.Exit(1 if found.errors else 0)
    facts = load_facts(data, decimal=decimal, units=units_of(unit), again=True)
    load_targets(facts)
    own = facts.table[facts.table["own"]]
    illustrative = int(own["illustrative"].sum())
    made = say("command.illustrative", "en", n=illustrative) if illustrative else ""
    counts = {"facts": len(own), "targets": len(facts.targets)}
    counts |= {f"{column}s": own[column].nunique() for column in ("indicator", "place")}
    print(say("command.valid", "en", **counts, illustrative=made))
    if facts.warnings:
        print(Findings(warnings=facts.warnings).text())


def _validate_table(data: str, unit: list[str], as_json: bool, lang: str, **options: str | None) -> None:
    from povertystats.facts.package import load_facts
    from povertystats.frames.recognition import checked

    said, findings = checked(data, load_facts().places.find, lang, units=units_of(unit) or {}, **options)
    print(findings.json() if as_json else "\n".join([said, findings.text()]))
    raise typer.Exit(1 if findings.errors else 0)
