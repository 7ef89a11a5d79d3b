"""The ``povertystats`` command: pages, scorecard and validation without writing code.

Exit codes: 0 done; 1 the data or the request cannot be served (the reason stands on standard error); 2 misuse; 130 interrupted.
"""

import argparse
import os
import sys

PLACE, AS_OF = "Bắc Kạn", "2020-05-07"


def main(arguments=None):
    """Run the command with ``arguments`` (those of the process when left out); return its exit code.

    >>> main(["scorecard", "--as-of", "2019-01-01", "--lang", "en"])
    As known on 1 January 2019, the data hold no target of Bắc Kạn.
    0
    """
    options = _parser().parse_args(arguments)
    try:
        code = options.run(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print(f"povertystats {options.command}: interrupted; nothing was changed", file=sys.stderr)
        return 130
    except (ValueError, LookupError, OSError, RuntimeError) as error:
        reason = error.args[0] if isinstance(error, LookupError) and error.args else error
        print(f"povertystats {options.command}: {reason}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        extra = 'this needs the notebooks extra: pip install "povertystats[notebooks]"'
        reason = error if "povertystats[" in str(error) else f"{error.name} is missing; {extra}"
        print(f"povertystats {options.command}: {reason}", file=sys.stderr)
        return 1


def _parser():
    parser = argparse.ArgumentParser(
        prog="povertystats",
        description="Will a province reach its poverty targets? Answers from published figures.",
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="brief|scorecard|register|validate"
    )

    brief = commands.add_parser("brief", help="run the notebooks and write the pages for readers")
    _common(brief)
    brief.add_argument(
        "--lang", choices=["vi", "en", "both"], default="both", help="language (default: both)"
    )
    brief.add_argument("--output", default="build", metavar="FOLDER", help="where to write (default: build)")
    brief.add_argument("--pdf", action="store_true", help="print the brief as PDF as well (needs Chromium)")
    brief.set_defaults(run=_brief)

    card = commands.add_parser("scorecard", help="print how each target stands")
    _common(card)
    card.add_argument("--lang", choices=["vi", "en"], default="vi", help="language (default: vi)")
    card.add_argument("--csv", metavar="FILE", help="write the table to a CSV file as well")
    card.add_argument("--xlsx", metavar="FILE", help="write an Excel workbook with the sources as well")
    card.set_defaults(run=_scorecard)

    register = commands.add_parser(
        "register", help="count poverty in a household register, by place and year"
    )
    register.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="Parquet or CSV, a pattern, or YEAR=FILE for files of one year each",
    )
    register.add_argument("--output", required=True, metavar="FOLDER", help="where to write the tables")
    register.add_argument(
        "--by", default="commune", metavar="LEVEL", help="lowest level: province, district, commune"
    )
    register.add_argument(
        "--group", metavar="COLUMN", help="tell each lowest place apart by a column, such as ethnic"
    )
    register.add_argument(
        "--minimum", type=int, default=10, metavar="N", help="fewest households of a cell (default: 10)"
    )
    register.add_argument(
        "--standard", default="multidim_2016_2020", help="poverty standard (default: multidim_2016_2020)"
    )
    register.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="NAME=OWN",
        help="your name of a column; repeat for several",
    )
    register.add_argument(
        "--engine", help='Spark master, such as "local[2]" or spark://host:7077 (default: DuckDB)'
    )
    register.add_argument("--memory", help="most memory DuckDB may take, such as 2GB")
    register.add_argument("--lang", choices=["vi", "en"], default="vi", help="language (default: vi)")
    register.set_defaults(run=_register)

    validate = commands.add_parser("validate", help="check a data package and list all that is wrong with it")
    validate.add_argument(
        "data", nargs="?", help="datapackage.json or its folder (default: the one that comes along)"
    )
    validate.set_defaults(run=_validate)
    return parser


def _common(parser):
    parser.add_argument(
        "--place", default=PLACE, help=f"province, with or without diacritics (default: {PLACE})"
    )
    parser.add_argument(
        "--as-of",
        default=AS_OF,
        metavar="DATE",
        help=f"use only what was known on that day (default: {AS_OF})",
    )
    parser.add_argument(
        "--data", metavar="PACKAGE", help="datapackage.json of your own (default: the one that comes along)"
    )


def _known(options):
    from povertystats.facts.package import load_facts

    known = load_facts(options.data).as_of(options.as_of)
    return known, known.places.find(options.place)


def _brief(options):
    from povertystats.pages.site import write_pages
    from povertystats.words.wording import LANGUAGES

    known, place = _known(options)  # a bad place, date or package is told before any notebook runs
    languages = LANGUAGES if options.lang == "both" else (options.lang,)
    write_pages(
        options.output,
        place=place,
        as_of=str(known.cutoff),
        data=options.data,
        languages=languages,
        pdf=options.pdf,
        report=lambda line: print(line, flush=True),
    )
    return 0


def _scorecard(options):
    from povertystats.facts.files import write_together
    from povertystats.targets.scorecard import scorecard

    known, place = _known(options)
    card, files = scorecard(known, place=place), {}
    if options.csv is not None:
        from povertystats.facts.files import csv

        files[options.csv] = csv(card.table)
    if options.xlsx is not None:
        from povertystats.exhibits.workbook import workbook_bytes

        files[options.xlsx] = workbook_bytes(card, known, options.lang)
    write_together(files)
    print(card.text(options.lang))
    return 0


def _register(options):
    from pathlib import Path

    from povertystats.facts.files import csv, write_together
    from povertystats.register.reader import open_register
    from povertystats.register.review import review
    from povertystats.register.transitions import transitions
    from povertystats.words.errors import refuse

    pairs = [text.partition("=") for text in options.column]
    problems = [f"--column {''.join(pair)}: expected NAME=OWN" for pair in pairs if not all(pair)]
    if options.by in ("household", "record"):
        problems.append(
            f"--by {options.by}: no file with records of households is written, only counts of places"
        )
    if options.minimum < 2:
        problems.append(
            f"--minimum {options.minimum}: expected 2 or more; smaller cells tell of single households"
        )
    years = [file.partition("=") for file in options.files]
    dated = [(year, file) for year, sign, file in years if sign and year.isdigit()]
    if dated and len(dated) < len(years):
        problems.append("some files name their year (YEAR=FILE) and some do not; expected all or none")
    refuse("cannot count the register", problems)
    source = {int(year): [file for y, file in dated if y == year] for year, _ in dated} or options.files
    register = open_register(
        source,
        standard=options.standard,
        columns={name: own for name, _, own in pairs},
        engine=options.engine,
        memory=options.memory,
    )
    how = {"by": options.by, "group": options.group, "minimum": options.minimum}
    found = review(register, **how)
    folder, tables, told = Path(options.output), {"review": found.table, "checks": found.checks}, [found]
    years = set(found.table["year"])
    if any(year + 1 in years for year in years):
        told.append(transitions(register, **how))
        tables["transitions"] = told[-1].table
    folder.mkdir(parents=True, exist_ok=True)
    write_together({folder / f"{name}.csv": csv(table) for name, table in tables.items()})
    print("\n".join(one.text(options.lang) for one in told))
    return 0


def _validate(options):
    from povertystats.facts.package import load_facts
    from povertystats.words.wording import say

    facts = load_facts(options.data, again=True)
    illustrative = int(facts.table["illustrative"].sum())
    made = say("command.illustrative", "en", n=illustrative) if illustrative else ""
    counts = {"facts": len(facts.table), "targets": len(facts.targets)}
    counts |= {f"{column}s": facts.table[column].nunique() for column in ("indicator", "place")}
    print(say("command.valid", "en", **counts, illustrative=made))
    return 0
