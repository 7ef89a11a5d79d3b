"""Pages of a package that brings two figures of one province: what they do not carry is refused, nothing fails."""

import json

from povertystats.pages.kernels import run_notebooks
from povertystats.pages.site import NOTEBOOKS
from povertystats.words.wording import say

FACTS = """\
place,indicator,year,value,unit,status,standard,source_id,available_from
Hà Giang,poor_household_pct,2018,30,pct,estimate,multidim_2016_2020,my-review,2019-02-01
Hà Giang,poor_household_pct,2019,25,pct,estimate,multidim_2016_2020,my-review,2020-02-01
"""
FILES = {"mine": FACTS, "sources": "source_id,title\nmy-review,Own review\n"}


def test_the_drivers_of_a_package_without_provincial_series_are_refused(tmp_path):
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    package = {"name": "mine", "resources": [{"name": name, "path": f"{name}.csv"} for name in FILES]}
    (tmp_path / "datapackage.json").write_text(json.dumps(package), "utf-8")
    given = {"place": "Hà Giang", "as_of": "2020-05-07", "data": str(tmp_path)}
    made, notebook = [], NOTEBOOKS / "en" / "02_drivers.ipynb"
    run_notebooks(
        [[notebook]],
        given,
        folder=tmp_path,
        stem=lambda path: path.stem,
        done=lambda path, notebook, seconds: made.append(notebook),
    )
    cells = [cell for cell in made[0].cells if cell.cell_type == "code"]
    refused = [cell for cell in cells if told(cell) == [say("page.refused", "en")]]
    assert any("fit = ps.fit_drivers(" in cell.source for cell in refused)
    assert any("statsmodels" in cell.source for cell in refused)


def told(cell):
    """Return the Markdown that a cell shows."""
    return [o.data["text/markdown"] for o in cell.outputs if "text/markdown" in o.get("data", {})]
