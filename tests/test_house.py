"""Guards on the project itself: what imports what, what the environment files say, what notebooks may hold."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(m for m in (ROOT / "povertystats").rglob("*.py") if not m.stem.startswith("__"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*/*.ipynb"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

ROOMS = sorted(path.parent for path in (ROOT / "povertystats").glob("*/__init__.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.stem)
def test_a_module_is_small_and_has_its_tests(module):
    assert len(module.read_text("utf-8").splitlines()) <= 300
    room = module.relative_to(ROOT / "povertystats").parent
    assert (ROOT / "tests" / room / f"test_{module.stem}.py").exists()


def test_a_room_holds_at_most_twelve_modules_and_says_what_it_holds():
    for room in ROOMS:
        assert len([m for m in MODULES if m.parent == room]) <= 12, room.name
        words = ast.get_docstring(ast.parse((room / "__init__.py").read_text("utf-8"))).split()
        assert 20 < len(words) < 90 and "Never" in words, room.name


def test_no_circles():
    # What is imported for types alone, of rooms side by side, is no circle.
    graph = grimp.build_graph("povertystats", exclude_type_checking_imports=True, cache_dir=None)
    left = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    while left:
        free = {module for module, needs in left.items() if not needs & left.keys()}
        assert free, f"a circle among {sorted(left)}"
        left = {module: needs for module, needs in left.items() if module not in free}


def test_importing_the_package_loads_nothing_heavy():
    heavy = ["babel", "duckdb", "ibis", "matplotlib", "pandas", "pyarrow", "scipy", "seaborn"]
    heavy.append("statsmodels")
    code = f"import sys, povertystats; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_core_needs_no_extra():
    """Facts, targets, drivers, forecast and scorecard work without what only the notebooks need."""
    extra = ["IPython", "duckdb", "ibis", "matplotlib", "nbclient", "nbconvert", "pyspark", "seaborn"]
    extra += ["formulaic", "statsmodels"]
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({extra})); import povertystats as ps; "
        "ps.scorecard(ps.load_facts().as_of('2020-05-07')).text('vi'); [getattr(ps, name) for name in ps.__all__]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_every_public_name_is_there_and_a_verb_wins_over_its_module():
    import povertystats as ps

    assert set(ps.__all__) <= set(dir(ps))
    for name in ps.__all__:
        assert callable(getattr(ps, name)), name
    with pytest.raises(AttributeError, match="no attribute 'forcast'"):
        ps.forcast  # noqa: B018


def test_environment_yml_is_generated_from_pyproject(tmp_path):
    made = tmp_path / "environment.yml"
    recipe = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", " ")
    arguments = re.search(r"\$\(BIN\)/pyproject2conda (.*)", recipe)[1].replace('"', "").split()
    arguments[arguments.index("environment.yml")] = str(made)
    command = [str(Path(sys.executable).with_name("pyproject2conda")), *arguments]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    def body(path):
        return [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]

    assert body(made) == body(ROOT / "environment.yml"), "run make lock"


def test_the_lock_holds_every_requirement_with_hashes_and_no_address():
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in text and "index" not in text.replace("--no-emit-index-url", "")
    locked = {}
    for name, version in re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^ ;\\]+)", text, flags=re.M):
        locked.setdefault(name.lower().replace("_", "-"), []).append(Version(version))
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    project = PYPROJECT["project"]
    wanted = project["dependencies"] + [
        r for extra in project["optional-dependencies"].values() for r in extra
    ]
    for requirement in map(Requirement, wanted):
        versions = locked.get(requirement.name.lower())
        assert versions, f"{requirement.name} is not in requirements.lock: run make lock"
        assert all(v in requirement.specifier for v in versions), (
            f"{requirement} but {versions}: run make lock"
        )


def test_everything_that_is_imported_is_declared():
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    declared = (
        project["dependencies"]
        + extras["notebooks"]
        + extras["print"]
        + extras["register"]
        + extras["formulas"]
        + extras["spark"]
    )
    names = {Requirement(r).name.lower().removesuffix("-framework") for r in declared} | {"povertystats"}
    names |= {"bs4"} if "beautifulsoup4" in names else set()
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            found = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            found += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in found:
                top = name.split(".")[0].lower()
                assert top in names or top in sys.stdlib_module_names, (
                    f"{module.name} imports {top}, undeclared"
                )


def test_the_installed_package_brings_its_data_and_notebooks():
    included = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    needed = {
        f"data/{p.name}" for p in (ROOT / "data").iterdir() if p.suffix in (".csv", ".json", ".toml")
    } | {"notebooks"}
    assert needed <= set(included)
    assert all(target == f"povertystats/{source}" for source, target in included.items())


def test_no_machine_is_named():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    for name in filter(None, tracked):
        if Path(name).suffix in (".csv", ".ipynb", ".otf", ".png") or name == "tests/test_house.py":
            continue
        text = (ROOT / name).read_text("utf-8")
        assert not re.search(r"/(work|home|tmp|root)/|\.library|/opt/pypi", text), name


def cells(path, kind):
    notebook = json.loads(path.read_text("utf-8"))
    return [c for c in notebook["cells"] if c["cell_type"] == kind]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: f"{p.parent.name}/{p.stem}")
class TestNotebooks:
    def test_code_is_thin_and_was_run(self, path):
        for number, cell in enumerate(cells(path, "code"), start=1):
            source = "".join(cell["source"])
            lines = [line for line in source.splitlines() if line.strip()]
            assert cell["execution_count"] == number, f"run make notebooks: {source}"
            assert len(lines) <= 12, source
            assert not any(re.match(r"\s*(def|class|async def) ", line) for line in lines), source
            assert not source.rstrip().endswith(";"), source

    def test_there_is_ten_times_as_much_prose(self, path):
        code = sum(
            bool(line.strip()) for c in cells(path, "code") for line in "".join(c["source"]).splitlines()
        )
        words = sum(len("".join(c["source"]).split()) for c in cells(path, "markdown"))
        assert words >= 10 * code, (words, code)

    def test_it_has_one_title_and_no_heading_twice(self, path):
        shown = [
            o.get("data", {}).get("text/markdown", "") for c in cells(path, "code") for o in c["outputs"]
        ]
        texts = [c["source"] for c in cells(path, "markdown")] + shown
        headings = re.findall(r"^(#+) (.+)$", "\n".join("".join(text) for text in texts), flags=re.M)
        assert [level for level, _ in headings].count("#") == 1
        assert len({title for _, title in headings}) == len(headings), headings

    def test_the_first_cells_say_question_answer_and_data(self, path):
        first = "\n".join("".join(c["source"]) for c in cells(path, "markdown")[:2])
        words = {"vi": ("Câu hỏi", "Trả lời", "Số liệu"), "en": ("Question", "Answer", "Data")}
        assert all(f"**{word}.**" in first for word in words[path.parent.name])

    def test_every_image_has_its_text(self, path):
        for cell in cells(path, "code"):
            for output in cell["outputs"]:
                if "image/png" in output.get("data", {}):
                    alt = output["metadata"]["image/png"]["alt"]
                    assert len(alt) > 60 and "No description" not in alt

    def test_no_error_and_no_warning_was_kept(self, path):
        outputs = [o for c in cells(path, "code") for o in c["outputs"]]
        assert all(o["output_type"] != "error" and o.get("name") != "stderr" for o in outputs)

    def test_parameters_are_those_of_the_command(self, path):
        (cell,) = [c for c in cells(path, "code") if "parameters" in c["metadata"].get("tags", [])]
        assert re.findall(r"^(\w+) =", "".join(cell["source"]), flags=re.M) == [
            "lang",
            "place",
            "as_of",
            "data",
        ]


def test_the_languages_have_the_same_notebooks_and_their_code_is_the_same():
    vi, en = (
        {path.name: cells(path, "code") for path in NOTEBOOKS if path.parent.name == lang}
        for lang in ("vi", "en")
    )
    assert list(vi) == list(en) and [int(name[:2]) for name in vi] == list(range(len(vi)))
    for name in vi:
        for one, other in zip(vi[name], en[name], strict=True):
            mine, theirs = ("".join(cell["source"]) for cell in (one, other))
            if "parameters" in one["metadata"].get("tags", []):
                assert 'lang = "vi"' in mine
                theirs = theirs.replace('lang = "en"', 'lang = "vi"')
            assert mine == theirs and one["metadata"] == other["metadata"], name


def test_pages_for_readers_keep_to_their_words():
    for path in NOTEBOOKS:
        if path.stem not in ("01_targets", "10_districts"):
            continue
        said = []
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if {"notebook", "check"} & {*cell["metadata"].get("tags", [])}:
                continue
            said += cell["source"] if cell["cell_type"] == "markdown" else []
            for data in (output.get("data", {}) for output in cell.get("outputs", [])):
                said += data.get("text/markdown") or data.get("text/html") or []
        words = re.sub(r"<[^>]+>", " ", " ".join(said)).split()
        assert 200 < len(words) <= 600, (path, len(words))
