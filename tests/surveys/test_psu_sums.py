"""One scan of an engine: what of weights, strata and units is refused, and sums that do not depend on the order of rows."""

import numpy as np
import pytest
from helpers.samples import sample

from povertystats.engines.connections import connect
from povertystats.engines.reading import read
from povertystats.surveys.estimates import survey_estimates
from povertystats.surveys.psu_sums import Measure, psu_sums
from povertystats.words.errors import Refused

pytest.importorskip("ibis")


def summed(rows, *measures, by=()):
    table, _ = read(connect(), rows)
    return psu_sums(
        table,
        [Measure(kind, table[y], None if x is None else table[x]) for kind, y, x in measures],
        by=by,
        weight=table["weight"],
        stratum={"stratum": table["stratum"]},
        psu={"psu": table["psu"]},
    )


def test_units_of_one_name_in_two_strata_are_two():
    rows = sample()
    cells = summed(rows, ("mean", "income", None), by=["ethnic"])
    assert cells.attrs["strata"] == [(f"S{h}",) for h in range(5)]
    units = rows.drop_duplicates(["stratum", "psu"])
    assert cells["psu"].nunique() == len(units) > rows["psu"].nunique()
    assert cells["rows"].sum() == len(rows) and cells["weights"].sum() == pytest.approx(rows["weight"].sum())


def test_rows_without_a_value_count_in_the_design_alone():
    rows = sample()
    rows.loc[rows["psu"] == "0", "income"] = np.nan
    cells = summed(rows, ("mean", "income", None), ("ratio", "income", "persons"), ("rate", "poor", "poor"))
    known = rows["income"].notna()
    assert cells["rows"].sum() == len(rows) and cells["n0"].sum() == cells["n1"].sum() == known.sum()
    assert cells["w0"].sum() == pytest.approx(rows["weight"][known].sum())
    assert cells["x1"].sum() == pytest.approx((rows["weight"] * rows["persons"])[known].sum())
    assert cells["n2"].sum() == rows["poor"].sum()


def test_bad_weights_and_gaps_in_the_design_are_refused_at_once():
    rows = sample()
    rows.loc[:4, "weight"] = [0, -1, np.nan, np.inf, -np.inf]
    rows.loc[5:6, "stratum"] = None
    rows.loc[7, "psu"] = None
    with pytest.raises(Refused) as error:
        survey_estimates(rows, rates=["poor"], stratum="stratum", psu="psu")
    weights, stratum, psu = error.value.problems
    assert weights.startswith("5 weights are missing, zero, negative or infinite")
    assert stratum.startswith("2 households without stratum") and psu.startswith("1 households without psu")
    with pytest.raises(Refused, match="there is no household"):
        survey_estimates(sample().head(0), rates=["poor"])
