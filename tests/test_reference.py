"""What a researcher reads before using the package: types, reference, errors, and the face of every result."""

import ast
import builtins
import importlib
import inspect
import re
import subprocess
import sys
import zipfile
from functools import cache, cached_property
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
from helpers.adoption import made as adopting
from helpers.html import Html
from helpers.own_tables import long, written
from helpers.reviews import register_rows
from numpydoc.validate import validate

import povertystats as ps
from povertystats.words.result import Result

ROOT = Path(__file__).resolve().parent.parent
FUNCTION = ast.FunctionDef, ast.AsyncFunctionDef
CLASSES = [name for name in ps.__all__ if inspect.isclass(getattr(ps, name))]
ERRORS = [name for name in CLASSES if issubclass(getattr(ps, name), Exception)]

# Faults of numpydoc that are none here, each with its reason.
LEFT = {
    "GL01",  # the summary stands on the line of the quotes, as ruff formats it
    "GL02",  # so does the end of a docstring of one line
    "GL03",  # a Notes section may be paragraphs
    "ES01",  # one sentence is enough where it says everything
    "SA01",  # the rooms are the chapters of the reference: what belongs together stands together
    "SA04",  # so the names under See Also, where there are any, need no description
    "EX01",  # asked for below, of everything but errors and methods
    "RT03",  # "str" needs no description where the summary says what it is
}
OF_PROPERTIES = {"RT01", "YD01"}  # what a property returns is its summary


@cache
def sources():
    """Return every module of the package as a tree, read when a test first asks: each process collects this file."""
    return {
        path: ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "povertystats").rglob("*.py"))
    }


def dotted(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def public(node):
    return not node.name.startswith("_")


def functions(tree):
    """Yield every public function and method that is not inside another function, with its name."""
    for node in tree.body:
        if isinstance(node, FUNCTION) and public(node):
            yield node.name, node
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, FUNCTION) and (
                    public(inner) or (inner.name == "__init__" and public(node))
                ):
                    yield f"{node.name}.{inner.name}", inner


def unannotated(node):
    """Return the parameters of a function, and "return", that have no annotation."""
    a = node.args
    every = [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))]
    bare = [argument.arg for argument in every if argument.annotation is None]
    own = bare[:1] in (["self"], ["cls"]) and every[0].arg == bare[0]
    return bare[own:] + ["return"] * (node.returns is None)


def test_every_public_function_says_what_it_takes_and_returns():
    bare = [
        f"{path.relative_to(ROOT)}:{node.lineno} {name}: {', '.join(missing)}"
        for path, tree in sources().items()
        for name, node in functions(tree)
        if (missing := unannotated(node))
    ]
    assert not bare, "\n".join(bare)


def test_no_field_of_a_public_class_is_just_an_object():
    vague = [
        f"{path.relative_to(ROOT)}:{field.lineno} {node.name}.{field.target.id}"
        for path, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name in CLASSES
        for field in node.body
        if isinstance(field, ast.AnnAssign) and not field.target.id.startswith("_")
        if "object" in re.findall(r"\w+", ast.unparse(field.annotation))
    ]
    assert not vague, "\n".join(vague)


def members(name):
    """Yield the public methods and properties that a public class defines itself."""
    for member, value in vars(getattr(ps, name)).items():
        if not member.startswith("_") and (
            inspect.isfunction(value)
            or isinstance(value, (property, cached_property, classmethod, staticmethod))
        ):
            yield f"{name}.{member}", value


def faults(label, value):
    """Yield what numpydoc finds wrong with the documentation of a public name or member."""
    whole = getattr(ps, label.partition(".")[0])
    path = f"{whole.__module__}.{whole.__qualname__}" + label.removeprefix(whole.__name__)
    left = LEFT | OF_PROPERTIES if isinstance(value, (property, cached_property)) else LEFT
    try:
        yield from (f"{code} {what}" for code, what in validate(path)["errors"] if code not in left)
    except SyntaxError:
        yield "a line of its docstring begins left of its quotes, where numpydoc cannot read it"
    doc = inspect.getdoc(value) or ""
    if value is whole and label not in ERRORS and "Examples\n--------" not in doc:
        yield "no Examples"


def test_every_public_name_is_documented_for_the_reference():
    labels = [(name, getattr(ps, name)) for name in ps.__all__]
    labels += [member for name in CLASSES for member in members(name)]
    found = [f"{label}: {fault}" for label, value in labels for fault in faults(label, value)]
    assert not found, "\n".join(found)


def raising(tree):
    """Yield every public function that raises one of our errors itself, or asks ``refuse`` to."""
    for name, node in functions(tree):
        for inner in ast.walk(node):
            raised = isinstance(inner, ast.Raise) and inner.exc is not None
            if raised or (isinstance(inner, ast.Call) and ast.unparse(inner.func) == "refuse"):
                yield name
                break


def test_what_a_public_function_raises_is_documented():
    missing = []
    for path, tree in sources().items():
        module = dotted(path)
        for name in raising(tree):
            whole = getattr(ps, name.partition(".")[0], None)
            if getattr(whole, "__module__", None) != module or name.endswith("__init__"):
                continue
            value = inspect.getattr_static(whole, name.partition(".")[2]) if "." in name else whole
            if "Raises\n------" not in (inspect.getdoc(value) or ""):
                missing.append(f"{path.relative_to(ROOT)} {name}")
    assert not missing, "\n".join(missing)


# Raised as Python itself asks for it: a class that is not finished, a name that an object has not, an iterator at its end.
BUILTIN = {"AttributeError", "NotImplementedError", "StopIteration", "KeyboardInterrupt", "SystemExit"}


def test_every_error_of_ours_has_one_root():
    for path in sources():
        module = importlib.import_module(dotted(path))
        for name, value in vars(module).items():
            if (
                inspect.isclass(value)
                and issubclass(value, Exception)
                and value.__module__ == module.__name__
            ):
                assert issubclass(value, ps.PovertyStatsError), f"{path.name} {name}"
    bare = []
    for path, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and node.exc is not None:
                raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                name = ast.unparse(raised)
                if inspect.isclass(getattr(builtins, name, None)) and name not in BUILTIN:
                    bare.append(f"{path.relative_to(ROOT)}:{node.lineno} raises {name}")
    assert not bare, "\n".join(bare)


SCRIPT = """
import povertystats as ps

card: ps.Scorecard = ps.scorecard(ps.load_facts().as_of("2020-05-07"), place="Bắc Kạn")
ahead: ps.Forecast = ps.forecast(ps.load_facts().series("poor_household_pct", place="bac kan"))
text: str = card.text("vi")
"""
WRONG = """
number: int = ps.scorecard(ps.load_facts())
ps.scorecard(ps.load_facts(), plaice="Bắc Kạn")
ps.load_facts().series(5, place="Bắc Kạn")
ps.scorcard
"""


def test_a_type_checker_sees_the_public_names_and_what_is_wrong(tmp_path):
    def checked(text):
        (tmp_path / "script.py").write_text(text, "utf-8")
        command = [sys.executable, "-m", "mypy", "--ignore-missing-imports", "--config-file=", "script.py"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        return re.findall(r"^script\.py:(\d+): error:.*\[([\w-]+)\]$", done.stdout, re.M)

    # Nothing is wrong with what stands before.
    first = SCRIPT.count("\n") + 1
    wrong = ["assignment", "call-arg", "arg-type", "attr-defined"]
    assert checked(SCRIPT + WRONG) == [(str(first + 1 + i), code) for i, code in enumerate(wrong)]


def test_the_wheel_says_that_it_is_typed_and_brings_what_it_needs(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "povertystats"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"povertystats/py.typed", "povertystats/__init__.pyi", "povertystats/data/provinces.csv"} <= names
    assert set(tracked) <= names


# One of each public class that is no error, from our data. A notebook shows it, a console prints it.


@pytest.fixture(scope="module")
def results(known, facts, card, ahead, fits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("illustrative") / "register"
    peers = known.peers("poor_household_pct")
    review = known.series("poor_household_pct", place="Bắc Kạn")
    panel = known.panel(["poor_income_pct", "trained_pct"], standard="any")
    fit = ps.fit_drivers(panel, "poor_income_pct", ["trained_pct"])
    curve = ps.specification_curve(known, "training")
    made = ps.scenario(known, place="Bắc Kạn", later=facts, fits=fits)
    rows = register_rows(households=300)
    register = ps.open_register(rows)
    (target, *_) = ps.load_targets(known, place="Bắc Kạn")
    mine = written(tmp_path_factory.mktemp("own") / "rates.csv", long())
    heads = pd.DataFrame(
        {"place": range(7), "budget": [15, 15, 20, 20, 10, 15, 30], "head": [1, 0, 0, 0, 0, 0, 1]}
    )
    villages = ps.Moments.from_frame(heads, "budget", ["head"], entity=None, time=None)
    return {
        "AnnualSeries": review,
        "Backtest": ps.backtest(peers, methods=("points",)),
        "BestFifth": made.best_fifth(),
        "CellLogit": ps.cell_logit(register.records, "poor", ["borrower"]),
        "CreditStudy": ps.credit_study(facts),
        "Driver": ps.known_driver(facts, "census_hygienic_toilet_pct", [2009, 2019]),
        "DriverFit": fit,
        "Event": ps.Event(0.4, 0.5),
        "EventStudy": ps.event_study(adopting(), "y", "since", draws=0),
        "Facts": known,
        "Findings": ps.Findings(),
        "Forecast": ahead,
        "FractionalLogit": ps.fractional_logit(panel, "poor_income_pct", ["trained_pct"]),
        "IllustrativeRegister": ps.illustrative_register(folder, households=2_000, workers=1),
        "LongDifference": ps.programme_coverage(known),
        "Moments": fit.moments["within", "log_odds"],
        "NationalStandard": ps.national_standard(),
        "NationalYears": ahead.by_national_year(change_at_most=-2.0),
        "Needed": made.needed(),
        "NullCurve": ps.null_curve(curve, draws=19),
        "Peers": ps.fit_peers(peers),
        "Placebo": ps.placebo(panel, "poor_income_pct", ["trained_pct"]),
        "Places": known.places,
        "Predictive": ahead.predictive,
        "Randomisation": ps.randomisation(villages, "head"),
        "ReadTable": ps.read_table(ROOT / "data" / "places.csv"),
        "Reference": ps.comparable_changes(peers, 19.57),
        "Regions": ps.by_region(
            panel.assign(region=panel["place"].str.len() % 4), "poor_income_pct", ["trained_pct"]
        ),
        "Register": register,
        "Required": ps.required_change(target, known)[0],
        "Review": ps.review(register),
        "Scenario": made,
        "Scorecard": card,
        "Smoothness": ps.smoothness(peers),
        "Sensitivity": ps.sensitivity(fit.moments["within", "log_odds"], "trained_pct"),
        "SpecificationCurve": curve,
        "Started": ps.start_package(mine.with_name("mine"), mine, for_place="Arland"),
        "SurveyEstimates": ps.survey_rates(ps.open_register(rows.assign(w=9.5), weight="w")),
        "Target": target,
        "Transitions": ps.transitions(register),
        "TwoWayWeights": ps.two_way_weights(adopting(), "y", "since"),
        "WhatIf": made.what_if({"training": 2.5}),
        "WildBootstrap": ps.wild(fit.moments["within", "log_odds"], draws=99),
    }


def test_one_of_each_public_class_is_looked_at(results):
    assert sorted(results) == sorted({*CLASSES} - {*ERRORS})
    assert all(type(result).__name__ == name for name, result in results.items())


@pytest.fixture(scope="module")
def faces(results, card, facts):
    """The results, and what else a verb returns whose class has no public name."""
    peers = facts.peer_group("poor_household_pct", place="Bắc Kạn")
    return {**results, "outcomes": ps.outcomes(card, facts), "peer_group": peers}


def test_a_console_shows_every_result_on_fifteen_lines_without_an_array(faces):
    wrong = {}
    for name, result in faces.items():
        lines = repr(result).splitlines()
        fits = len(lines) <= 15 and max(map(len, lines)) <= 100
        if not fits or "array(" in repr(result) or "object at 0x" in repr(result):
            wrong[name] = repr(result)
    assert not wrong, "\n\n".join(wrong.values())


def test_a_notebook_shows_the_sentence_of_every_result_and_its_table(faces):
    for name, result in faces.items():
        if isinstance(result, Result):
            page = Html(f"<body>{result._repr_html_()}</body>")
            assert result._sentence() in unescape(page.text), name
            if len(getattr(result, "table", ())):
                assert page.texts("td") and not any("array(" in cell for cell in page.texts("td")), name
