"""Notebooks run in two kernels: each finds its names clean, and what fails is named and ends the run."""

import gc

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from povertystats.pages.kernels import run_notebooks

# What runs the kernels leaves the event loop of each thread to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture(scope="module", autouse=True)
def no_loop_outlives_this_file():
    yield
    gc.collect()


def notebook(folder, name, *code):
    cells = [new_code_cell('lang = "?"', metadata={"tags": ["parameters"]}), *map(new_code_cell, code)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def run(paths, folder, languages=("vi", "en")):
    options = {"folder": folder, "stem": lambda path, lang: f"{path.stem}.{lang}"}
    return run_notebooks(paths, {"place": "X"}, languages, **options)


def printed(cells):
    return "".join(o.get("text", "") for c in cells for o in c.get("outputs", []))


def test_each_runs_in_each_language_without_what_others_left(tmp_path):
    code = (
        "print(lang, place, 'left' in globals())",
        "left = 1",
        "import povertystats as ps; from povertystats.exhibits import downloads",
        "print(ps.load_facts() is ps.load_facts(), downloads.offer(csv=lang.encode()))",
    )
    paths = [notebook(tmp_path, name, *code) for name in ("a", "b", "c")]
    found = {(path.stem, lang): made for path, lang, made, seconds in run(paths, tmp_path) if seconds > 0}
    assert set(found) == {(name, lang) for name in "abc" for lang in ("vi", "en")}
    for (name, lang), made in found.items():
        told = printed(made.cells)
        assert told == f"{lang} X False\nTrue {{'csv': '{name}.{lang}-1.csv'}}\n"
        assert (tmp_path / f"{name}.{lang}-1.csv").read_text("utf-8") == lang


def test_an_error_names_its_cell_and_nothing_else_is_begun(tmp_path):
    mark = tmp_path / "begun"
    paths = [
        notebook(tmp_path, "a", "ok = 1", "1 / 0"),
        notebook(tmp_path, "b", "import time; time.sleep(3)"),
        notebook(tmp_path, "c", f"open({str(mark)!r}, 'w').close()"),
    ]
    with pytest.raises(RuntimeError, match=r"notebook a\.ipynb, cell 3: ZeroDivisionError: division by zero"):
        list(run(paths, tmp_path, languages=("vi",)))
    assert not mark.exists()


def test_what_fails_while_it_is_shown_is_an_error_too(tmp_path):
    code = "class Bad:\n    def _repr_html_(self):\n        raise ValueError('no figure')\nBad()"
    with pytest.raises(RuntimeError, match=r"notebook a\.ipynb, cell 2: ValueError: no figure"):
        list(run([notebook(tmp_path, "a", code)], tmp_path, languages=("vi",)))
