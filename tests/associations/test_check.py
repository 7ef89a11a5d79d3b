"""What all checks of an estimate share: their leading columns, which rows are clear, their sentence."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import povertystats as ps
from povertystats.associations.check import LEADING, Check, checked


@dataclass(frozen=True, eq=False, repr=False)
class Halves(Check):
    """The same estimate in both halves of the years."""

    table: pd.DataFrame
    kind = "halves"

    def _text(self, lang, labels):
        return "halves"


ROWS = pd.DataFrame({
    "half": ["first", "second", "none"],
    "scale": "points",
    "driver": "x",
    "estimate": [-1.0, 0.5, np.nan],
    "low": [-2.0, -0.5, np.nan],
    "high": [-0.1, 1.5, np.nan],
})  # fmt: skip


def test_the_table_begins_with_what_all_checks_have():
    table = checked("halves", ROWS, ["half", "scale"])
    assert tuple(table)[: len(LEADING)] == LEADING and list(table)[len(LEADING) :] == ["half", "scale"]
    assert table["way"].tolist() == ["first, points", "second, points", "none, points"]
    assert table["p"].isna().all() and table["check"].eq("halves").all()
    assert list(ROWS) == ["half", "scale", "driver", "estimate", "low", "high"]


def test_an_interval_on_one_side_of_zero_is_clear():
    found = Halves(checked("halves", ROWS, ["half"]))
    assert found.clear.tolist() == [True, False, False]
    first = repr(found).splitlines()[0]
    assert first == "<Halves> halves of x: 2 estimates, 1 clear (interval excludes zero)"
    assert len(repr(found).splitlines()) <= 15


@pytest.fixture(scope="module")
def checks(known, facts):
    curve = ps.specification_curve(known, "training")
    panel = known.panel(["poor_income_pct", "trained_pct", "urban_pct"], standard="any")
    moments = ps.Moments.from_frame(panel, "poor_income_pct", ["trained_pct", "urban_pct"])
    return [
        curve,
        ps.null_curve(curve, draws=99),
        ps.placebo(panel, "poor_income_pct", ["trained_pct"], scales=["points"]),
        ps.sensitivity(moments, "trained_pct", benchmarks=["urban_pct"]),
        ps.by_region(panel.assign(region=panel["place"].str.len() % 4), "poor_income_pct", ["trained_pct"]),
        ps.programme_coverage(known),
        ps.credit_study(facts),
    ]


def test_every_check_has_one_shape(checks):
    assert all(found.table["way"].is_unique for found in checks[:5])
    for found in checks:
        table = found.table
        assert isinstance(found, Check) and tuple(table)[: len(LEADING)] == LEADING
        assert (
            set(table["check"]) == {found.kind}
            and table["level"].eq(0.95).all()
            and not table["driver"].eq("").any()
        )
        assert found.clear.dtype == bool and len(found.clear) == len(table)
        assert not table.duplicated(["driver", "way"]).any()
        assert len(repr(found).splitlines()) <= 15 and repr(found).startswith(f"<{type(found).__name__}> ")
        assert "<table" in found._repr_html_()
        for lang in ("vi", "en"):
            names = found.names(lang, labels={"urban_pct": "@"})
            assert len(names) == len(table) and not any(name.startswith("say(") for name in names)
        with pytest.raises(ValueError, match="language 'xx' is not known"):
            found.text("xx")


def test_ways_are_named_for_readers(checks):
    curve, null, placebo, sensitivity = (
        found.names("en", labels={"urban_pct": "the urban share"}) for found in checks[:4]
    )
    assert (
        curve[0] == "share of workers with a certificate, percentage points, all years, none, within places"
    )
    assert placebo == [
        "timing, percentage points",
        "the reverse direction, percentage points",
        "levels, percentage points",
    ]
    assert sensitivity[:2] == [
        "as estimated",
        "with an omitted variable as strong as the urban share",
    ]
    assert null == ["clear results of one sign; the interval: by chance alone"]
