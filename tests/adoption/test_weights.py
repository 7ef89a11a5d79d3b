"""What two-way effects are made of: published decompositions, sums, negative weights, gaps."""

import numpy as np
import pytest
from helpers.adoption import castle, made

from povertystats.adoption.weights import two_way_weights
from povertystats.associations.associations import fit_drivers
from povertystats.words.errors import Refused


def test_the_published_decomposition_of_the_castle_doctrine():
    # Documentation of the R package bacondecomp: 0.0818, made up of these.
    found = two_way_weights(castle(), "l_homicide", "on", place="sid")
    assert found.estimate == pytest.approx(0.0818116169306475, abs=1e-12)
    assert found.shares.round(5).to_dict() == {"never": 0.90834, "later": 0.05976, "earlier": 0.03190}
    mean = (
        found.table.assign(part=found.table["weight"] * found.table["estimate"]).groupby("kind")["part"].sum()
    )
    assert (mean / found.shares).round(5).to_dict() == {
        "never": 0.08796,
        "later": -0.00554,
        "earlier": 0.07032,
    }


@pytest.mark.parametrize(
    "dates", [(2012, 2014, 2016, None), (2010, 2013), (2008, 2012, 2015), (2000, 2012, None)]
)
def test_comparisons_add_up_to_the_two_way_estimate(dates):
    rows = made(3, 24, 9, dates, grows=0.5)
    found = two_way_weights(rows, "y", "since")
    two_way = fit_drivers(rows, "y", ["on"], scales=["points"], draws=0).table["estimate"].iloc[0]
    assert found.estimate == pytest.approx(two_way)
    assert found.table["weight"].sum() == pytest.approx(1) and (found.table["weight"] > 0).all()
    assert (found.table["weight"] * found.table["estimate"]).sum() == pytest.approx(two_way)
    assert found.figures["weight"].sum() == pytest.approx(1)


def test_weights_are_those_of_what_comes_after_adoption():
    # An outcome that is 1 in one cohort and year after adoption and 0 elsewhere has its weight as the estimate.
    rows = made(3, 24, 9, (2009, 2012), keep=0.9)
    found = two_way_weights(rows, "y", "since")
    assert found.table.empty and found.negative > 0 and found.below < 0
    for cohort, year, _, weight in found.figures.to_numpy():
        mark = ((rows["since"] == cohort) & (rows["year"] == year)).astype(float)
        assert fit_drivers(rows.assign(y=mark), "y", ["on"], scales=["points"], draws=0).table[
            "estimate"
        ].iloc[0] == pytest.approx(weight, abs=1e-9)


def test_it_says_what_it_is_made_of():
    text = two_way_weights(made(3, 24, 9, (2009, 2012)), "y", "since").text("en")
    assert (
        text.startswith("A warning: ")
        and "places that had adopted before (" in text
        and "that do not adopt" not in text
    )
    with pytest.raises(ValueError, match="without rows has no picture"):
        two_way_weights(made(keep=0.5), "y", "since").plot("en")
    for lang in ("vi", "en"):
        for rows in (
            made(3, 24, 9, (2000, 2012, None)),
            made(keep=0.9),
            castle().rename(columns={"sid": "place", "l_homicide": "y", "on": "since"}),
        ):
            found = two_way_weights(rows, "y", "since")
            assert "{" not in found.text(lang) and "nan" not in found.text(lang)
            assert len(found.names(lang)) == len(found.table)


def test_nothing_left_is_refused():
    with pytest.raises(Refused, match="absorbed by place and year effects"):
        two_way_weights(made(dates=(2012,)), "y", "since")
    with pytest.raises(Refused, match="switches off"):
        two_way_weights(made().assign(on=lambda f: f["year"] % 2), "y", "on")
    assert np.isfinite(two_way_weights(made(dates=(2012, None)), "y", "since").estimate)
