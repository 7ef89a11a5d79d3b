"""Inputs that nobody meant: tables, descriptors, workbooks, language files and options, each made of a number."""

import csv
import io
import json
import os
import random
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import typer

from helpers.mutations import DATA, PACKAGE, Written, mutations, shipped
from povertystats.cli import app

ODD = [
    "",
    " ",
    "\ufeff",
    "\udce9.csv",
    "99999999999999999999=a.csv",
    "²=a.csv",
    "=",
    "a=",
    "=a",
    "-1",
    "1e300",
    "9" * 400,
]
ODD += [
    "nan",
    "None",
    "true",
    "inf",
    "folder",
    "pipe.csv",
    "loop.csv",
    "empty.csv",
    "a.csv",
    "/dev/null",
    "/",
    "..",
    ".",
]
ODD += [
    "*",
    "[",
    "a[1].csv",
    "fr",
    "Bắc\u200bKạn",
    "\u202e",
    "%s{}",
    "'",
    '"',
    ";",
    "--",
    "-",
    "\n",
    "\t",
    "\x1b[2J",
    "\0",
]
ODD += [
    "2020-W19-4",
    "20200507",
    "2020-05-07T00:00",
    "0000-00-00",
    "10000-01-01",
    "2020",
    "07/05/2020",
    "today",
    "x" * 5000,
]
ODD += [
    "2020-02-30",
    "2020-05-07 ",
    "２０２０-05-07",
    "1e3-01-01",
    "Đắk Lắk",
    "tỉnh Bắc Cạn",
    "06",
    "6",
    "local[0]",
    "-1GB",
    "2GB",
]
CELLS = [
    *ODD,
    "1,5",
    "1.500",
    "1.234,5",
    "1 000",
    "-",
    "..",
    "NA",
    "#REF!",
    "=1+1",
    "12%",
    "½",
    "0x1F",
    "1_000",
    "١٢",
    "٪",
    "∞",
    "1e400",
]
CELLS += [
    "2019.0",
    "31/12/2019",
    "2019-12",
    "Có",
    "x",
    "TRUE",
    "\u00a0",
    "a\nb",
    'a"b',
    "Bắc Kạn",
    "Ba\u0306\u0301c Ka\u0323n",
    "\u0110",
    "\u00d0",
]
# What stands in a descriptor instead of what belongs there.
VALUES = [
    None,
    True,
    0,
    -1,
    3.5,
    10**30,
    float("inf"),
    float("nan"),
    "",
    " ",
    "x" * 5000,
    "../a.csv",
    "/etc/hostname",
    "a\0b",
]
VALUES += [
    "\ud800",
    "http://127.0.0.1:9/a.csv",
    "file:///etc/hostname",
    "*.csv",
    "pipe.csv",
    "loop.csv",
    "folder",
    [],
    {},
    [[]],
    {"a": 1},
]
VALUES += [
    ["a.csv", "b.csv"],
    [None],
    "md5:00",
    "sha1:",
    "sha256:" + "0" * 64,
    "utf-16",
    "no-such-encoding",
    "rot13",
    "idna",
    "hex",
    "zip",
]
VALUES += [
    {"delimiter": ";"},
    {"delimiter": ""},
    {"csv": {"delimiter": ";;", "quoteChar": ""}},
    {"header": False},
    {"headerRows": [9, "x"]},
]
VALUES += [
    {"fields": None},
    {"fields": [{"name": None}]},
    {"fields": [{"name": "value", "type": "magic"}]},
    {"decimalChar": ","},
    "vi",
    "facts",
]
KEYS = [
    "name",
    "path",
    "role",
    "hash",
    "bytes",
    "encoding",
    "dialect",
    "schema",
    "format",
    "mediatype",
    "compression",
    "missingValues",
]
KEYS += [
    "illustrative",
    "Illustrative",
    "resources",
    "profile",
    "decimal",
    "thousands",
    "units",
    "missing",
    "data",
    "type",
    "sources",
    "$schema",
    "",
]
TABLES = [each["name"] for each in PACKAGE["resources"] if each["path"].endswith(".csv")]
PARTS = {
    name: shipped(name, range(0, 400, 25 if name in ("provinces", "coverage") else 9)) for name in TABLES
}
HOMES = [
    "household",
    "year",
    "province",
    "district",
    "commune",
    "ethnic",
    "head_age",
    "persons",
    "urban",
    "borrower",
    "income_vnd_k",
    "score_b1",
    "score_b2",
]


def case(number: int, folder: Path) -> list[str]:
    """Put the inputs of a case into a folder, which is the current one, and return the words of its command."""
    rng = random.Random(number)
    if number % 4 == 3:
        return globals()[f"_{rng.choice(['start', 'start', 'formats', 'standard', 'every'])}"](rng, folder)
    kind = rng.choices(
        ["package", "descriptor", "options", "register", "table", "language"], [40, 25, 12, 10, 8, 5]
    )[0]
    return globals()[f"_{kind}"](rng, folder)


def places(folder: Path) -> None:
    """Make what options and descriptors may name: a folder, a pipe, a link to itself, an empty file and a table."""
    (folder / "folder").mkdir()
    (folder / "empty.csv").touch()
    (folder / "a.csv").write_text("household,income\n1,2\n", "utf-8")
    os.mkfifo(folder / "pipe.csv")
    (folder / "loop.csv").symlink_to("loop.csv")


def _edited(rng: random.Random, text: str) -> str:
    """Return a table whose cells, rows or letters were changed here and there."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        row = rng.choice(rows)
        what = rng.randrange(9)
        if what < 4 and row:
            row[rng.randrange(len(row))] = rng.choice(CELLS)
        elif what == 4 and row:
            row.pop(rng.randrange(len(row)))
        elif what == 5:
            row.insert(rng.randrange(len(row) + 1), rng.choice(CELLS))
        elif what == 6:
            rows.insert(rng.randrange(len(rows) + 1), [*rng.choice(rows)])
        elif what == 7 and len(rows) > 1:
            rows.remove(row)
        elif row:
            at = rng.randrange(len(row))
            row[at] = "".join(rng.sample(row[at], len(row[at]))) + rng.choice(["", "\0", "\r", '"', "\u0301"])
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows(rows)
    return lines.getvalue()


def _bytes(rng: random.Random, data: bytes) -> bytes:
    """Return bytes of which some were changed, lost or put in."""
    data = bytearray(data)
    for _ in range(rng.choice([0, 1, 1, 2, 20])):
        at = rng.randrange(len(data) + 1)
        data[at : at + rng.choice([0, 0, 1, 1, 30])] = rng.randbytes(rng.choice([0, 1, 1, 2]))
    return bytes(data[: rng.choice([len(data), len(data), len(data), rng.randrange(len(data) + 1)])])


def _file(rng: random.Random, name: str) -> bytes:
    """Return a table that comes along, as nobody meant it."""
    table = PARTS[name]
    way = rng.randrange(4)
    if way == 0:
        *_, new = rng.choice([*mutations(table)])
        return new.bytes() if isinstance(new, Written) else new
    text = _edited(rng, table.text())
    if way == 1:
        return _bytes(rng, text.encode("utf-8", "surrogatepass"))
    codec = rng.choice(["utf-8", "utf-8-sig", "utf-16", "cp1258", "cp1252", "utf-7", "shift_jis"])
    return text.encode(codec if way == 2 else "utf-8", "ignore")


def _write(folder: Path, files: dict[str, bytes], about: object) -> None:
    places(folder)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    text = about if isinstance(about, str) else json.dumps(about, ensure_ascii=True)
    (folder / "datapackage.json").write_bytes(text.encode("utf-8", "surrogatepass"))


def _served(rng: random.Random, folder: Path) -> list[str]:
    where = rng.choice([".", "datapackage.json"])
    if rng.random() < 0.7:
        return ["validate", where]
    words = ["scorecard", "--data", where, "--place", rng.choice(["Bắc Kạn", "An Giang", "Ba Bể"])]
    return words + rng.choice([[], ["--csv", "card.csv"], ["--lang", "en", "--xlsx", "card.xlsx"]])


def _package(rng: random.Random, folder: Path) -> list[str]:
    names = rng.sample(TABLES, rng.choice([1, 1, 2, 3]))
    names += [] if {"bac_kan", "districts", "provinces", "credit", "coverage"} & {*names} else ["districts"]
    files = {f"{name}.csv": PARTS[name].bytes() for name in names}
    spoilt = rng.choice(names)
    files[f"{spoilt}.csv"] = _file(rng, spoilt)
    about = [{"name": name, "path": f"{name}.csv", "role": PARTS[name].role} for name in names]
    _write(folder, files, {"name": "mine", "resources": about})
    return _served(rng, folder)


def _descriptor(rng: random.Random, folder: Path) -> list[str]:
    names = rng.sample(TABLES[4:9], rng.choice([1, 2]))
    about = [dict(next(each for each in PACKAGE["resources"] if each["name"] == name)) for name in names]
    about = {
        "name": "mine",
        "resources": [{k: v for k, v in each.items() if k not in ("hash", "bytes")} for each in about],
    }
    about = json.loads(json.dumps(about))
    for _ in range(rng.choice([1, 1, 2, 4])):
        nodes = [node for node in _nodes(about) if isinstance(node, dict | list)]
        first = about["resources"] if isinstance(about.get("resources"), list) else []
        node = rng.choice([about, *(each for each in first if isinstance(each, dict | list)), *nodes])
        if isinstance(node, dict):
            key = rng.choice([*node, *KEYS]) if rng.random() < 0.7 else rng.choice(KEYS)
            node[key] = rng.choice(VALUES)
            if rng.random() < 0.15:
                del node[key]
        elif node:
            node[rng.randrange(len(node))] = rng.choice(VALUES)
    text = json.dumps(about)
    way = rng.randrange(12)
    if way == 0:
        text = _bytes(rng, text.encode()).decode("utf-8", "replace")
    elif way == 1:
        text = rng.choice(
            [
                "[" * 100_000,
                '{"a":' * 50_000,
                "",
                "null",
                "[]",
                "7",
                '"x"',
                "{}",
                '{"resources": {}}',
                "\ufeff{}",
                "NaN",
                "1" * 5000,
            ]
        )
    _write(folder, {f"{name}.csv": PARTS[name].bytes() for name in names}, text)
    return _served(rng, folder)


def _nodes(node: object):
    yield node
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for each in inner:
        yield from _nodes(each)


OPTIONS = {
    "scorecard": ["--place", "--as-of", "--data", "--lang", "--csv", "--xlsx"],
    "brief": ["--place", "--as-of", "--data", "--lang", "--output"],
    "validate": [],
    "register": [
        "--by",
        "--group",
        "--minimum",
        "--standard",
        "--column",
        "--engine",
        "--memory",
        "--lang",
        "--output",
    ],
}


def _options(rng: random.Random, folder: Path) -> list[str]:
    places(folder)
    command = rng.choice([*OPTIONS] * 20 + ["", "briefs", "--help", "--version"])
    words = [command]
    if command == "register":
        words += [rng.choice([*ODD, "a.csv", "a.csv"]), "--output", "out"]
    for _ in range(rng.choice([1, 1, 2])):
        option = rng.choice(OPTIONS.get(command) or [""])
        word = rng.choice(ODD)
        words += [option, word] if option else [word]
    return words


def _homes(rng: random.Random, folder: Path) -> str:
    """Write a register of two years, as nobody meant it, and return its name."""
    rows = [HOMES]
    for year in (2018, 2019):
        for home in range(12):
            place = ["Bắc Kạn", "Ba Bể", f"xã {home % 2}"]
            rest = [
                "Tày",
                rng.randrange(20, 80),
                rng.randrange(1, 9),
                "false",
                "true",
                rng.randrange(300, 2000),
                120,
                20,
            ]
            rows.append([f"{home:05}", year, *place, *rest])
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows(rows)
    text, way = lines.getvalue(), rng.randrange(4)
    text = text if way == 0 else _edited(rng, text)
    data = text.encode("utf-8", "surrogatepass")
    data = _bytes(rng, data) if way == 1 else data
    name = rng.choice(
        ["homes.csv", "homes.csv", "homes[1].csv", "homes.parquet", "homes.csv.gz", "homes.tsv"]
    )
    (folder / name).write_bytes(data)
    return name


def _register(rng: random.Random, folder: Path, *, around: bool = True) -> list[str]:
    if around:
        places(folder)
    else:
        folder.mkdir()
    name = _homes(rng, folder)
    words = [
        "register",
        rng.choice([name, name, f"2019={name}", "homes*"]),
        "--output",
        "out",
        "--minimum",
        "2",
    ]
    words += rng.choice(
        [[], ["--by", "province"], ["--group", "ethnic"], ["--column", "household=ma_ho"], ["--lang", "en"]]
    )
    return words


def _table(rng: random.Random, folder: Path) -> list[str]:
    places(folder)
    text = _edited(rng, PARTS[rng.choice(TABLES)].text())
    name = rng.choice(
        [
            "a.csv",
            "review.xlsx",
            "review.xlsx",
            "review.xlsx",
            "review.json",
            "review.toml",
            "review.dta",
            "review.parquet",
        ]
    )
    name = rng.choice([name, name, name, name.upper(), f"{name}.gz", "review"])
    if "xlsx" in name:
        book = openpyxl.Workbook()
        for row in csv.reader(io.StringIO(text, newline="")):
            book.active.append([_typed(rng, cell) for cell in row])
        if rng.random() < 0.3:
            book.active.merge_cells("A1:C2")
            book.create_sheet("other").append(["x"])
        stream = io.BytesIO()
        book.save(stream)
        data = stream.getvalue()
        if rng.random() < 0.4:
            data = _bytes(rng, _spoilt(rng, data))
    else:
        data = _bytes(rng, text.encode("utf-8", "surrogatepass"))
    (folder / name).write_bytes(data)
    return ["validate", name]


def _typed(rng: random.Random, cell: str) -> object:
    cell = "".join(letter for letter in cell if letter.isprintable() and not "\ud800" <= letter <= "\udfff")[
        :200
    ]
    try:
        return float(cell) if cell and rng.random() < 0.8 and "n" not in cell.lower() else cell
    except ValueError:
        return cell


def _spoilt(rng: random.Random, data: bytes) -> bytes:
    """Return a workbook in which one part is changed, inside a sound archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        chosen = rng.choice(names)
        for name in names:
            new.writestr(name, _bytes(rng, old.read(name)) if name == chosen else old.read(name))
    return out.getvalue()


LANGUAGE = """
name = "Tiếng Việt"
[scorecard]
unmet = "Chưa đạt {n}"
[page]
language = "x"
"""


def _language(rng: random.Random, folder: Path) -> list[str]:
    places(folder)
    text = (
        LANGUAGE
        if rng.random() < 0.5
        else rng.choice(["", "a", "a = {", "a = [" * 5000, "[a]\nb = 1e400\n", "\0", "x = 1979-05-27"])
    )
    (folder / "own.toml").write_bytes(_bytes(rng, text.encode()))
    return ["scorecard", "--lang", rng.choice(["own.toml", "own.toml", "none.toml", "folder.toml", ".toml"])]


# What is likely to be meant by each option, beside what is not: places, columns, years, files that are there.
LIKELY = [
    "place",
    "year",
    "value",
    "poor_pct",
    "poor",
    "Bắc Kạn",
    "Ba Bể",
    "An Giang",
    "Hà Tây",
    "2019",
    "2015",
]
LIKELY += ["2019-12-31", "2020-05-07", "9 months later", "07-15 next year", "province", "district", "commune"]
LIKELY += [
    "poor_pct <= 14 in 2024",
    "poor_pct=share",
    "income_vnd_k=vnd",
    "poor_pct=pct",
    "place=Ba Bể",
    "vi",
    "en",
]
LIKELY += [
    ",",
    ".",
    ";",
    "NA",
    "2",
    "10",
    "all",
    "first",
    "official",
    "windows-1258",
    "other",
    "key.txt",
    "map.json",
]
LIKELY += [
    "places.txt",
    "multidim_2016_2020",
    "income_2011_2015",
    "homes.csv",
    "review.csv",
    "book.xlsx",
    "a=b",
]


def _words(rng: random.Random, command: str, most: int = 3) -> list[str]:
    """Return options of a command, every one that it has today, with words that may or may not be meant."""
    about = typer.main.get_command(app).commands[command].params
    options = [each for each in about if each.opts[0].startswith("--") and each.name != "help"]
    words = []
    for each in rng.sample(options, rng.randrange(min(most, len(options)) + 1)):
        words.append(each.opts[0])
        words += [] if each.is_flag else [rng.choice(LIKELY if rng.random() < 0.7 else ODD)]
    return words


def _saved(rng: random.Random, folder: Path, text: str, name: str) -> str:
    """Write a table as one of the kinds of files that are read, mostly sound; return its name."""
    kind = rng.choice(["csv", "csv.gz", "xlsx", "xlsx", "dta", "parquet", "tsv"])
    path = folder / f"{name}.{kind}"
    try:
        _as_file(rng, path, list(csv.reader(io.StringIO(text, newline=""))) or [[""]], kind)
    except Exception:  # what a library cannot write stands there as text under that name
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    if rng.random() < 0.15:
        path.write_bytes(_bytes(rng, path.read_bytes()))
    return path.name


def _as_file(rng: random.Random, path: Path, rows: list[list[str]], kind: str) -> None:
    header, size = rows[0], len(rows[0])
    frame = pd.DataFrame([[*row, *[""] * size][:size] for row in rows[1:]], columns=header, dtype=str)
    if rng.random() < 0.6:
        frame = frame.apply(
            lambda column: pd.to_numeric(column, errors="coerce").where(lambda n: n.notna(), column)
        )
    if kind == "xlsx":
        cells = frame.map(lambda cell: _typed(rng, str(cell)))
        cells.to_excel(path, index=False, startrow=rng.choice([0, 0, 2]))
    elif kind == "dta":
        frame.astype(str).to_stata(path, write_index=False, version=118)
    elif kind == "parquet":
        frame.infer_objects().to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="\t" if kind == "tsv" else rng.choice(",,;"))


def _office(rng: random.Random) -> str:
    """Return a table as an office keeps one: places by years, or a row for each, with a rate and a count."""
    places_, years = rng.sample(["Ba Bể", "Pác Nặm", "Na Rì", "Chợ Đồn", "Bắc Kạn"], 4), range(2015, 2020)
    if rng.random() < 0.5:
        rows = [["place", "year", "poor_pct", "poor"]]
        rows += [
            [p, y, rng.randrange(50, 400) / 10, rng.randrange(100, 4000)] for p in places_ for y in years
        ]
    else:
        rows = [["Huyện", *years]]
        rows += [
            [p, *(f"{rng.randrange(50, 400) / 10}".replace(".", rng.choice(".,")) for _ in years)]
            for p in places_
        ]
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows(rows)
    return lines.getvalue() if rng.random() < 0.4 else _edited(rng, lines.getvalue())


def _around(folder: Path) -> None:
    """Make the files that likely words name."""
    places(folder)
    (folder / "key.txt").write_text("secret words, forty letters long or longer.\n", "utf-8")
    (folder / "map.json").write_text('{"type": "FeatureCollection", "features": []}', "utf-8")
    (folder / "places.txt").write_text("Ba Bể\nNa Rì\n", "utf-8")


def _start(rng: random.Random, folder: Path) -> list[str]:
    _around(folder)
    table = _saved(rng, folder, _office(rng), "review")
    where = rng.choice(["mine", "mine", "mine", "folder", rng.choice(ODD)])
    said = rng.choice(
        [["--indicator", "poor_pct", "--published", "9 months later", "--country", "Việt Nam"], []]
    )
    return ["start", *_guarded([where, table]), *said, *_words(rng, "start")]


def _formats(rng: random.Random, folder: Path) -> list[str]:
    _around(folder)
    name = rng.choice(["districts", "bac_kan", "targets", "places"])
    text = PARTS[name].text()
    file = _saved(rng, folder, text if rng.random() < 0.3 else _edited(rng, text), name)
    about = [{"name": name, "path": file, "role": PARTS[name].role}]
    if PARTS[name].role != "facts":
        (folder / "beside.csv").write_bytes(PARTS["districts"].bytes())
        about.append({"name": "beside", "path": "beside.csv", "role": "facts"})
    (folder / "datapackage.json").write_text(json.dumps({"name": "mine", "resources": about}), "utf-8")
    command = rng.choice(["validate", "validate", "scorecard", "brief", "table"])
    if command == "table":
        return ["validate", file, *_words(rng, "validate", 2)]
    if command == "validate":
        return ["validate", ".", *_words(rng, "validate", 1)]
    return [command, "--data", ".", *_words(rng, command, 2)]


def _standard(rng: random.Random, folder: Path) -> list[str]:
    _around(folder)
    text = (DATA / "criteria.toml").read_text("utf-8")
    lines = text.splitlines()
    for _ in range(rng.choice([0, 1, 1, 2, 5])):
        at = rng.randrange(len(lines))
        what = rng.randrange(5)
        if what == 0:
            lines.pop(at)
        elif what == 1:
            lines.insert(at, rng.choice(lines))
        elif "=" in lines[at] and what < 4:
            value = rng.choice(
                ["1e300", "-1", "nan", "[]", "{}", '""', '"x"', "true", "9" * 30, "0", "2020-01-01"]
            )
            lines[at] = lines[at].partition("=")[0] + "= " + value
        else:
            lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
    data = "\n".join(lines).encode()
    (folder / "own.toml").write_bytes(_bytes(rng, data) if rng.random() < 0.1 else data)
    words = _register(rng, folder / "homes", around=False)
    names = ["multidim_2016_2020", "multidim_2022_2025", "income_2011_2015", "nobody"]
    words[1] = words[1] if words[1].startswith("2019=") else f"homes/{words[1]}"
    return [*words, "--standard", f"own.toml:{rng.choice(names)}", *_words(rng, "register", 1)]


def _every(rng: random.Random, folder: Path) -> list[str]:
    """Return any command with any of its options, on files that are there."""
    _around(folder)
    (folder / "review.csv").write_bytes(_office(rng).encode("utf-8", "surrogatepass"))
    (folder / "homes.csv").write_bytes((folder / _homes(rng, folder)).read_bytes())
    (folder / "districts.csv").write_bytes(PARTS["districts"].bytes())
    about = [{"name": "districts", "path": "districts.csv", "role": "facts"}]
    (folder / "datapackage.json").write_text(json.dumps({"name": "mine", "resources": about}), "utf-8")
    command = rng.choice(["brief", "brief", "scorecard", "validate", "register", "start"])
    named = {"validate": [rng.choice([".", "review.csv"])], "register": ["homes.csv", "--output", "out"]}
    named |= {"start": ["mine", "review.csv"], "brief": rng.choice([["--data", "."], []])}
    return [command, *named.get(command, []), *_words(rng, command, 4)]


def _guarded(words: list[str]) -> list[str]:
    """Return words of which none is taken for an option."""
    return [word if not word.startswith("-") else f"./{word}" for word in words]
