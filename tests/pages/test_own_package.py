"""Pages of a package that brings two figures of one place and nothing else: each says why it has no more, nothing fails."""

import json

from povertystats.pages.kernels import run_notebooks
from povertystats.pages.menu import NOTEBOOKS
from povertystats.words.wording import say

FACTS = """\
place,indicator,year,value,unit,status,standard,source_id,available_from
Elbonia West,hardship_pct,2018,30,pct,estimate,,my-review,2019-02-01
Elbonia West,hardship_pct,2019,25,pct,estimate,,my-review,2020-02-01
"""
FILES = {
    "facts": FACTS,
    "sources": "source_id,title\nmy-review,Own review\n",
    "places": "code,place,kind\nEW,Elbonia West,province\n",
    "indicators": "indicator,unit,min,max,instrument,title_vi,title_en\nhardship_pct,pct,0,100,survey,Thiếu thốn,Hardship\n",
}


def test_the_drivers_and_the_sliders_of_two_figures_say_why_there_are_none(tmp_path):
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    resources = [{"name": name, "path": f"{name}.csv"} for name in FILES]
    package = {"name": "mine", "extends": False, "resources": resources}
    (tmp_path / "datapackage.json").write_text(json.dumps(package), "utf-8")
    given = {"place": "Elbonia West", "as_of": "2020-05-07", "data": str(tmp_path)}
    made, names = {}, ("02_drivers", "04_what_if")
    run_notebooks(
        [[NOTEBOOKS / "en" / f"{name}.ipynb" for name in names]],
        given,
        folder=tmp_path,
        stem=lambda path: path.stem,
        done=lambda path, notebook, seconds: made.update({path.stem: notebook}),
    )
    drivers, what_if = (told(made[name]) for name in names)
    assert drivers == [
        f"> {say('brief.no_drivers', 'en')}",
        f"- {say('drivers.lacking.none_declared', 'en')}",
    ]
    [reason] = what_if
    assert reason.startswith("- There is no scenario: ")
    assert say("page.refused", "en") not in drivers + what_if


def told(notebook):
    """Return the Markdown that the cells of a notebook show."""
    outputs = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    return [o.data["text/markdown"] for o in outputs if "text/markdown" in o.get("data", {})]
