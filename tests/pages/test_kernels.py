"""Notebooks run in two kernels: each finds its names clean, and what fails is named and ends the run."""

import asyncio

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from povertystats.pages.kernels import finish, run_inline, run_notebooks
from povertystats.words.wording import say


def notebook(folder, name, *code, lang="vi"):
    cells = [new_code_cell('lang = "?"', metadata={"tags": ["parameters"]}), *map(new_code_cell, code)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / lang / f"{name}.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def run(groups, folder):
    """Return ``{name.lang: notebook}`` of the groups of notebooks that were run."""
    found = {}

    def done(path, notebook, seconds):
        assert seconds > 0
        found[stem(path)] = notebook

    run_notebooks(groups, {"place": "X"}, folder=folder, stem=stem, done=done)
    return found


def stem(path):
    return f"{path.stem}.{path.parent.name}"


def printed(notebook):
    return "".join(o.get("text", "") for c in notebook.cells for o in c.get("outputs", []))


def test_each_runs_in_each_language_without_what_others_left(tmp_path):
    code = (
        "print(lang, place, 'left' in globals())",
        "left = 1",
        "import povertystats as ps; from povertystats.exhibits import picture",
        "print(ps.load_facts() is ps.load_facts(), picture.offer(csv=lang.encode()))",
    )
    groups = [[notebook(tmp_path, name, *code, lang=lang) for lang in ("vi", "en")] for name in "abc"]
    found = run(groups, tmp_path)
    assert set(found) == {f"{name}.{lang}" for name in "abc" for lang in ("vi", "en")}
    for name, made in found.items():
        lang = name[2:]
        assert printed(made) == f"{lang} X False\nTrue {{'csv': '{name}-1.csv'}}\n"
        assert (tmp_path / f"{name}-1.csv").read_text("utf-8") == lang


def test_an_error_names_its_cell_and_nothing_else_is_begun(tmp_path):
    mark = tmp_path / "begun"
    paths = [
        notebook(tmp_path, "a", "ok = 1", "1 / 0"),
        notebook(tmp_path, "b", "import time; time.sleep(3)"),
        notebook(tmp_path, "c", f"open({str(mark)!r}, 'w').close()"),
    ]
    with pytest.raises(RuntimeError, match=r"notebook a\.ipynb, cell 3: ZeroDivisionError: division by zero"):
        run([[path] for path in paths], tmp_path)
    assert not mark.exists()


def test_what_fails_while_it_is_shown_is_an_error_too(tmp_path):
    code = "class Bad:\n    def _repr_html_(self):\n        raise ValueError('no figure')\nBad()"
    with pytest.raises(RuntimeError, match=r"notebook a\.ipynb, cell 2: ValueError: no figure"):
        run([[notebook(tmp_path, "a", code)]], tmp_path)


REFUSED = 'import povertystats as ps\nfrom povertystats.words.errors import refuse\nrefuse("cannot fit", ["few"])\nfit = 1'


def test_what_the_figures_do_not_carry_is_told_and_what_rests_on_it_is_passed_over(tmp_path):
    code = (REFUSED, "print(fit)", "print('goes on')")
    for lang in ("vi", "en"):
        (made,) = run([[notebook(tmp_path, "a", *code, lang=lang)]], tmp_path).values()
        outputs = [cell.outputs for cell in made.cells[2:]]
        assert outputs[0][0].data["text/markdown"] == say("page.refused", lang)
        assert outputs[1] == [] and outputs[2][0].text == "goes on\n"


def test_a_mistake_is_no_refusal(tmp_path):
    """In a kernel the last of them; here, where what is excused is the same, each."""
    mistakes = ("print(fit)", "fit = 1"), (REFUSED, "print(fitted)"), (REFUSED, "1 / 0")
    for code in mistakes:
        with pytest.raises(RuntimeError, match=r"cell \d: (NameError|ZeroDivisionError)"):
            inline(tmp_path, *code)
    with pytest.raises(RuntimeError, match=r"a\.ipynb, cell \d: ZeroDivisionError"):
        run([[notebook(tmp_path, "a", *mistakes[-1])]], tmp_path)


def test_work_ends_inside_an_event_loop_too():
    async def seven():
        return 7

    async def outer():
        return finish(seven())

    assert finish(seven()) == asyncio.run(outer()) == 7


def inline(folder, *code, **given):
    """Return what the cells of a notebook show that was run in this process."""
    made = nbformat.read(notebook(folder, "a", *code), as_version=4)
    run_inline(made, {"lang": "vi", "place": "X"} | given, offer=lambda picture: {"csv": picture.alt})
    return [[output.data for output in cell.outputs] for cell in made.cells[1:]]


def test_a_notebook_run_here_shows_what_it_shows_in_a_kernel(tmp_path):
    code = (
        "import pandas as pd\nfrom IPython.display import Markdown\nMarkdown(f'*{place} {lang}*')",
        "frame = pd.DataFrame({'a': [1]})\ndisplay(frame, 'two')\nframe;",
        "for n in range(2):\n    display(n)",
        "None",
    )
    kernel = run([[notebook(tmp_path, "b", *code)]], tmp_path)["b.vi"]
    there = [[output.data for output in cell.outputs if "data" in output] for cell in kernel.cells[2:]]
    assert inline(tmp_path, *code) == there
    assert there[0] == [{"text/markdown": "*X vi*", "text/plain": there[0][0]["text/plain"]}]


def test_a_picture_run_here_is_offered_and_its_image_left_to_the_page(tmp_path):
    code = (
        "from matplotlib.figure import Figure\nimport pandas as pd\n"
        "from povertystats.exhibits.picture import Picture\nPicture(Figure((1, 1)), 'A dot.', pd.DataFrame())"
    )
    made = nbformat.read(notebook(tmp_path, "a", code), as_version=4)
    run_inline(made, {"lang": "en"}, offer=lambda picture: {"csv": "a.csv"})
    (output,) = made.cells[1].outputs
    about = output.metadata["image/png"]
    assert (about["alt"], about["files"]) == ("A dot.", {"csv": "a.csv"})
    assert about["wide"].startswith("data:image/svg+xml;base64,") and output.data == {"image/png": ""}


def test_what_fails_here_names_its_cell_and_what_was_refused_is_told(tmp_path):
    told = [{"text/markdown": say("page.refused", "vi")}]
    assert inline(tmp_path, REFUSED, "display(fit)", "display('goes on')")[:2] == [told, []]
    for code in ("1 / 0", "display(unknown)"):
        with pytest.raises(RuntimeError, match="cell 3: (ZeroDivision|Name)Error"):
            inline(tmp_path, "ok = 1", code)


def test_a_picture_of_made_up_data_says_so_and_names_no_place(tmp_path):
    code = "from povertystats.exhibits.picture import credit\nprint(credit())"
    real, made_up = (notebook(tmp_path, name, code, lang="en") for name in "ab")
    about = nbformat.read(made_up, 4)
    about.metadata["illustrative"] = True
    nbformat.write(about, made_up)
    found = {}
    run_notebooks(
        [[real, made_up]],
        {"place": "Elbonia West", "as_of": "2020-05-07"},
        folder=tmp_path,
        stem=lambda path: path.stem,
        done=lambda path, run, seconds: found.update({path.stem: printed(run)}),
    )
    assert "Elbonia West" in found["a"]
    assert "Elbonia West" not in found["b"] and say("page.footer_illustrative", "en") in found["b"]
