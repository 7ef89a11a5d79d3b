"""A frame as the panel behind a question: keys, texts and units read, every problem told at once."""

import pandas as pd
import pytest
from helpers.counties import counties

from povertystats.questions.frame_panel import frame_panel, frame_question


def test_texts_keys_and_units_are_read_as_regressions_take_them():
    plain = counties(places=3)
    text = plain.assign(
        region=plain["place"].map({"County A": "North", "County B": "South", "County C": "South"}),
        hardship_pct=(plain["hardship_pct"] / 100).map("{:.6f}".format).str.replace(".", ","),
        year=plain["year"].astype(str),
    ).rename(columns={"place": "county", "year": "at"})
    read, problems = frame_panel(
        text, ["hardship_pct", "roads_km / rain_mm"], place=["region", "county"], time="at", units="share"
    )
    assert problems == []
    assert read.columns.tolist() == ["place", "year", "hardship_pct", "roads_km", "rain_mm"]
    assert read["hardship_pct"].round(4).tolist() == plain["hardship_pct"].round(4).tolist()
    assert read["year"].tolist() == plain["year"].tolist()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: f.drop(columns="roads_km"), "no such column: 'roads_km'"),
        (lambda f: pd.concat([f, f.head(1)]), "more than one row for place and year: County A 2011"),
        (lambda f: f.assign(roads_km="wide"), "roads_km"),
        (lambda f: f.assign(roads_km=[float("inf"), *f["roads_km"][1:]]), "infinite"),
        (lambda f: f.assign(hardship_pct=f["hardship_pct"] / 100), 'units={"hardship_pct": "share"}'),
    ],
)
def test_what_cannot_be_read_is_told(change, told):
    frame = change(counties(places=4))
    problems = frame_panel(frame, ["hardship_pct", "roads_km"], place="place", time="year")[1]
    assert any(told in problem for problem in problems), problems


def test_a_grid_is_built_of_what_the_frame_has():
    frame = counties(places=4, years=range(2015, 2020))
    how = {"place": "place", "time": "year"}
    scales, ways = ("points",), ("within",)
    asked = frame_question(frame, "hardship_pct", ("roads_km",), (), scales, ways, **how)[1]
    assert list(asked.options["window"]) == ["all"] and list(asked.options["controls"]) == ["none"]
    longer = frame_question(counties(), "hardship_pct", ("roads_km", "rain_mm"), (), scales, ways, **how)[1]
    assert list(longer.options["controls"]) == ["none", "others"] and longer.apart


def test_keys_that_are_not_there_are_named():
    for how in ({"place": "nope", "time": "year"}, {"place": "place", "time": "nope"}):
        assert any("no such column: 'nope'" in problem for problem in frame_panel(counties(), [], **how)[1])
