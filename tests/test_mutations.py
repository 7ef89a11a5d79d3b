"""Every table that comes along, written as other hands and programs would: the same answer or a named fault.

A table is a package of its own here, with no checksum. Some mutations are tried of each table; with MUTATIONS=all, as in
``make fuzz``, all of them.
"""

import json
import os
import unicodedata
import warnings
from collections import Counter
from hashlib import sha256

import pandas as pd
import pytest
from helpers.mutations import PACKAGE, PROSE, Written, mutations, shipped

import povertystats as ps

EVERY = os.environ.get("MUTATIONS") == "all"
# Enough rows to have whole series, several places and standards, and all kinds of cells.
ROWS = {
    "provinces": [*range(0, 9), *range(120, 150), *range(5670, 5700)],
    "bac_kan": range(0, 153, 3),
    "coverage": range(40),
    "credit": range(0, 190, 4),
    "sources": range(0, 203, 5),
    "indicators": range(0, 144, 3),
}
ROLES = {each["name"]: each["role"] for each in PACKAGE["resources"] if each["path"].endswith(".csv")}
TABLES = ["places", "indicators", "standards", "sources", "targets", "drivers", "levers"]
# Of all 2,921 mutations 2,366 are refused, 523 give the same and 32 another answer, all of one kind: one, or ten, years
# earlier or later, where nothing else in the package speaks of that year. A standard and a driver declare their years,
# a target its own; one figure of a place, and a whole table moved by the same number of years, contradict nothing. A
# package that states its checksums is refused in each of these cases too: with them none of all gives another answer.
MEANT = {
    ("standards", "near year"): 8,
    ("provinces", "near year"): 3,
    ("coverage", "near year"): 2,
    ("context", "near year"): 3,
    ("targets", "near year"): 4,
    ("drivers", "near year"): 12,
}
STATED = "with its checksum"
# A helper file stands beside these facts.
FACTS = shipped("districts", range(0, 76, 12))


def package(folder, name, data, **more):
    """Write a package of one table, with facts beside it where it holds none; return its path."""
    (about,) = (each for each in PACKAGE["resources"] if each["name"] == name)
    about = {key: value for key, value in about.items() if key not in ("hash", "bytes")} | more
    resources = [about]
    (folder / about["path"]).write_bytes(data)
    if about["role"] != "facts":
        resources.append({"name": "beside", "role": "facts", "path": "beside.csv"})
        (folder / "beside.csv").write_bytes(FACTS.bytes())
    text = json.dumps({"name": "mine", "resources": resources}, ensure_ascii=False)
    (folder / "datapackage.json").write_text(text, "utf-8")
    return folder / "datapackage.json"


def checksum(table):
    return {"hash": "sha256:" + sha256(table.bytes()).hexdigest(), "bytes": len(table.bytes())}


def answer(path):
    """Return what is read: of each table the rows, without their order, and without words that no figure depends on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        facts = ps.load_facts(path)
        if (path.parent / "targets.csv").exists():
            ps.load_targets(facts)  # what they say is asked here
    tables = {"facts": facts.table, "places": facts.places.table}
    tables |= {name: getattr(facts, name) for name in TABLES[1:]}
    return {name: _rows(table) for name, table in tables.items()}


def _rows(table: pd.DataFrame):
    # Other spellings of a place, and who lists it, lead to no other figure than that place's.
    out = {"file", "row", "aliases", "own", *PROSE}
    cells = [_cells(table[name]) for name in sorted(table) if name not in out]
    return Counter(zip(*cells, strict=True))


def _cells(column: pd.Series):
    """Return the cells of a column as texts; each value is looked at once, but where 1 may stand beside True."""
    if column.dtype == object:
        return [_cell(value) for value in column]
    at, values = pd.factorize(column, use_na_sentinel=False)
    texts = [_cell(value) for value in values]
    return [texts[n] for n in at]


def _cell(value):
    if isinstance(value, str):
        return ";".join(sorted({*unicodedata.normalize("NFC", value).strip().split(";")}))
    return "" if pd.isna(value) else str(value)


def outcome(path, file, expected, wanted):
    """Return what became of a mutation: same, refused, words (the same figures beside other words), or what is wrong."""
    try:
        found = answer(path)
    except (ps.DataError, ps.Refused) as error:
        if isinstance(error, ps.DataError):
            named = all(problem.file and problem.rule for problem in error.problems)
        else:
            named = file in str(error)
        return "refused" if named else f"a fault without its file: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if found == wanted:
        return "same"
    if expected == "rest" and all(found[name] <= wanted[name] for name in wanted):
        return "rest"
    return "another answer: " + "; ".join(_differing(found, wanted))


def _differing(found, wanted):
    for name in wanted:
        if lost := wanted[name] - found[name]:
            yield f"{name} without {list(lost)[:1]}"
        if new := found[name] - wanted[name]:
            yield f"{name} with {list(new)[:1]}"


def chosen(table, first):
    """Return the mutations of a table that are tried: one of every fourth kind, from ``first`` on, or all."""
    kinds = {}
    for kind, expected, new in mutations(table):
        kinds.setdefault(kind, []).append((kind, expected, new))
    for at, (kind, each) in enumerate(kinds.items(), first):
        number = int.from_bytes(sha256(f"{table.header[0]}{len(table.rows)}{kind}".encode()).digest()[:4])
        if EVERY:
            yield from each
        elif at % 4 == 0:
            yield each[number % len(each)]


def tried(name, tmp_path):
    """Yield the kind and the outcome of every mutation of a table that is tried."""
    table = shipped(name, ROWS.get(name))
    wanted = answer(package(tmp_path, name, table.bytes(), **checksum(table)))
    # Each kind is tried of every fourth table: together these try every kind.
    for kind, expected, new in chosen(table, [*ROLES].index(name)):
        data = new.bytes() if isinstance(new, Written) else new
        came = outcome(package(tmp_path, name, data), f"{name}.csv", expected, wanted)
        yield kind, came, data
        # What nothing else can know, a lost row or another year, a package that states its checksums knows.
        if came == "rest" or came.startswith("another"):
            stated = package(tmp_path, name, data, **checksum(table))
            yield STATED, outcome(stated, f"{name}.csv", "same", wanted), data


def _change(usual, data):
    """Return the first line that was changed, as it is now."""
    lines = zip(usual.splitlines(), data.splitlines(), strict=False)
    return next((new[:120] for old, new in lines if old != new), b"(lines)")


@pytest.mark.parametrize("name", ROLES)
def test_a_mutation_gives_the_same_answer_or_a_named_fault(name, tmp_path):
    counts, wrong = Counter(), []
    usual = shipped(name, ROWS.get(name)).bytes()
    for kind, came, data in tried(name, tmp_path):
        counts[came.partition(":")[0] + f" {STATED}" * (kind == STATED)] += 1
        if came not in ("same", "rest", "refused"):
            wrong.append(f"{name}: {kind}: {_change(usual, data)}: {came}")
    print(name, dict(counts))
    if "MUTATIONS_TO" in os.environ:
        with open(os.environ["MUTATIONS_TO"], "a") as out:
            print(name, dict(counts), *wrong, sep="\n", file=out)
    found = Counter((name, line.split(": ")[1]) for line in wrong)
    assert all(number <= MEANT.get(which, 0) for which, number in found.items()), "\n".join(wrong)
    # Both are there: else nothing was changed, or nothing was read.
    assert min(counts["same"], counts["refused"]) >= (20 if EVERY else 1)
    assert {came for came in counts if came.endswith(STATED)} <= {f"refused {STATED}"}
