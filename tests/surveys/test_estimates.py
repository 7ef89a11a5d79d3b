"""What is asked of a survey: measures, domains, files; and what is refused, all at once."""

import pytest
from helpers.samples import sample
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.surveys.estimates import survey_estimates
from povertystats.words.errors import Refused, WrongType

pytest.importorskip("ibis")
DESIGN = {"stratum": "stratum", "psu": "psu"}


def test_files_give_the_estimates_of_the_frame(tmp_path):
    rows = sample()
    asked = {"rates": ["poor", ("poor", "few")], "means": ["income"], "by": ["ethnic"], **DESIGN}
    rows["few"] = rows["persons"] < 4
    expected = survey_estimates(rows, **asked).table
    rows.to_parquet(tmp_path / "a.parquet")
    texts = rows.assign(
        **{name: rows[name].map("{:.3f}".format).str.replace(".", ",") for name in ("weight", "income")}
    )
    texts.to_csv(tmp_path / "a.csv", sep=";", index=False)
    for file, options in (("a.parquet", {}), ("a.csv", {"decimal": ","})):
        table = survey_estimates(tmp_path / file, **asked, **options).table
        assert table["measure"].tolist() == expected["measure"].tolist()
        for name in ("estimate", "se", "low", "high", "deff"):
            assert table[name].tolist() == pytest.approx(expected[name].tolist(), rel=1e-10, nan_ok=True), (
                name
            )


@settings(max_examples=5, deadline=None)
@given(st.floats(1e-6, 1e6), st.randoms(use_true_random=False))
def test_rates_know_neither_the_unit_of_weights_nor_the_order_of_rows(unit, random):
    rows = sample(strata=3)
    order = random.sample(range(len(rows)), len(rows))
    asked = {"rates": ["poor"], "totals": ["persons"], **DESIGN}
    one = survey_estimates(rows, **asked).table
    other = survey_estimates(rows.iloc[order].assign(weight=lambda r: r["weight"] * unit), **asked).table
    for name in ("estimate", "se", "low", "high"):
        expected = one[name].to_numpy() * [1, unit]
        assert other[name].to_numpy() == pytest.approx(expected, rel=1e-9)


def test_domains_of_any_name_are_told_apart():
    rows = sample().rename(columns={"psu": "rows", "stratum": "weights", "ethnic": "stratum"})
    table = survey_estimates(
        rows, rates=["poor"], by=["weights", "stratum"], stratum="weights", psu="rows"
    ).table
    assert len(table) == rows.groupby(["weights", "stratum"]).ngroups
    assert table["n"].sum() == len(rows) and table.columns[:2].tolist() == ["weights", "stratum"]
    with pytest.raises(Refused, match="by: 'n' is what the result calls a column of its own"):
        survey_estimates(rows.rename(columns={"stratum": "n"}), rates=["poor"], by="n")


def test_what_cannot_be_estimated_is_refused_at_once():
    rows = sample()
    with pytest.raises(Refused) as error:
        survey_estimates(
            rows,
            rates="poor",
            means=[("income", "persons")],
            ratios=["income"],
            by="dân tộc",
            level=95,
            weight="w",
        )
    told = "\n".join(error.value.problems)
    for part in (
        "rates must be a list",
        "means: ('income'",
        "ratios: 'income'",
        "level is 95",
        "no such column: 'w', 'dân tộc'",
    ):
        assert part in told, part
    for asked, why in (
        ({}, "nothing is asked for"),
        ({"rates": ["persons"]}, "'persons': [0-9]+ values are neither 0 nor 1"),
        ({"means": ["ethnic"]}, "'ethnic' must be numeric or yes and no, is string"),
    ):
        with pytest.raises(Refused, match=why):
            survey_estimates(rows, **asked)
    with pytest.raises(Refused, match="income: 3 rows have no value, and no total"):
        survey_estimates(rows.assign(income=[None] * 3 + [1.0] * (len(rows) - 3)), totals=["income"])
    with pytest.raises(WrongType):
        survey_estimates(5, rates=["poor"])
