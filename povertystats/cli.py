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
        print(f"povertystats {options.command}: {error.name} is missing; {extra}", file=sys.stderr)
        return 1


def _parser():
    parser = argparse.ArgumentParser(
        prog="povertystats",
        description="Will a province reach its poverty targets? Answers from published figures.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="brief|scorecard|validate")

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
    from povertystats.facts import load_facts

    known = load_facts(options.data).as_of(options.as_of)
    return known, known.places.find(options.place)


def _brief(options):
    from povertystats.pages import write_pages
    from povertystats.wording import LANGUAGES

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
    from povertystats.files import write_together
    from povertystats.scorecard import scorecard

    known, place = _known(options)
    card, files = scorecard(known, place=place), {}
    if options.csv is not None:
        from povertystats.downloads import csv

        files[options.csv] = csv(card.table)
    if options.xlsx is not None:
        from povertystats.workbook import workbook_bytes

        files[options.xlsx] = workbook_bytes(card, known, options.lang)
    write_together(files)
    print(card.text(options.lang))
    return 0


def _validate(options):
    from povertystats.facts import load_facts

    facts = load_facts(options.data, again=True)
    illustrative = int(facts.table["illustrative"].sum())
    made = f", {illustrative} of them illustrative (they reach no finding)" if illustrative else ""
    print(
        f"valid: {len(facts.table)} facts on {facts.table['indicator'].nunique()} indicators "
        f"in {facts.table['place'].nunique()} places, {len(facts.targets)} targets{made}"
    )
    return 0
