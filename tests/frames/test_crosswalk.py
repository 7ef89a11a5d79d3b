"""Parts are put together when all of them are there: counts add up, rates are weighted, and nothing is lost."""

import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.frames.crosswalk import crosswalk
from povertystats.words.errors import InvalidValue, Refused, WrongType

PARTS = pd.DataFrame(
    {
        "place": ["A", "B", "C"] * 2,
        "year": [2023] * 3 + [2024] * 3,
        "poor_pct": [10.0, 30.0, 5.0, 8.0, 20.0, 4.0],
        "households": [100, 300, 50, 100, 100, 50],
    }
)
LINKS = pd.DataFrame({"place": ["A", "B", "C"], "into": ["AB", "AB", "C"]})
ASKED = {"sums": ["households"], "rates": {"poor_pct": "households"}}


def test_counts_add_up_and_rates_are_weighted():
    told = crosswalk(PARTS, LINKS, **ASKED)
    assert told.values.tolist() == [
        ["AB", 2023, 400, 25.0],
        ["AB", 2024, 200, 14.0],
        ["C", 2023, 50, 5.0],
        ["C", 2024, 50, 4.0],
    ]


def test_shares_split_a_place():
    links = pd.DataFrame({"place": ["A", "A", "B"], "into": ["X", "Y", "Y"], "share": [0.25, 0.75, 1.0]})
    told = crosswalk(PARTS.query("place != 'C' and year == 2023"), links, **ASKED).set_index("place")
    assert told["households"].to_dict() == {"X": 25, "Y": 375}
    assert (
        told.loc["Y", "poor_pct"] == pytest.approx((75 * 10 + 300 * 30) / 375)
        and told.loc["X", "poor_pct"] == 10
    )


@given(st.lists(st.tuples(st.floats(0.05, 0.95), st.floats(1, 1e6)), min_size=1, max_size=6))
def test_no_count_is_lost(parts):
    names = [f"p{i}" for i in range(len(parts))]
    frame = pd.DataFrame({"place": names, "year": 2024, "n": [n for _, n in parts]})
    ends = [
        (name, end, s)
        for name, (share, _) in zip(names, parts, strict=True)
        for end, s in (("X", share), ("Y", 1 - share))
    ]
    links = pd.DataFrame(ends, columns=["place", "into", "share"])
    assert crosswalk(frame, links, sums=["n"])["n"].sum() == pytest.approx(frame["n"].sum())


def test_a_missing_part_is_refused_or_left_out():
    for gone in (
        PARTS.drop(index=1),
        PARTS.assign(
            poor_pct=PARTS["poor_pct"].mask(PARTS.index == 1),
            households=PARTS["households"].mask(PARTS.index == 1),
        ),
    ):
        with pytest.raises(Refused) as error:
            crosswalk(gone, LINKS, **ASKED)
        assert error.value.problems == [
            f"{name} of AB in 2023: B has no {name}" for name in ("households", "poor_pct")
        ]
        left = crosswalk(gone, LINKS, **ASKED, incomplete="leave_out").set_index(["place", "year"])
        assert left.loc[("AB", 2023)].isna().all() and left.loc[("AB", 2024), "households"] == 200
    with pytest.raises(Refused, match="poor_pct of AB in 2023: B has no households"):
        crosswalk(
            PARTS.assign(households=PARTS["households"].mask(PARTS.index == 1)), LINKS, rates=ASKED["rates"]
        )


def test_what_stands_for_itself_is_taken_as_it_is():
    own = pd.DataFrame({"place": ["AB"], "year": [2025], "poor_pct": [12.0], "households": [410]})
    told = crosswalk(pd.concat([PARTS, own]), LINKS, **ASKED).set_index(["place", "year"])
    assert told.loc[("AB", 2025)].tolist() == [410, 12.0] and len(told) == 5


def test_texts_names_and_years_are_read_as_in_every_frame():
    frame = pd.DataFrame(
        {
            "tỉnh": ["Bắc Kạn ", unicodedata.normalize("NFD", "Thái Nguyên")],
            "năm": ["2024", "2024"],
            "hộ": ["1.500", "2.500"],
        }
    )
    frame["hộ"] = [1500, 2500]
    links = pd.DataFrame({"place": ["Bắc Kạn", "Thái Nguyên"], "into": "Mới"})
    told = crosswalk(frame, links, sums=["hộ"], place="tỉnh", year="năm")
    assert told.to_dict("list") == {"tỉnh": ["Mới"], "năm": [2024], "hộ": [4000.0]}


@pytest.mark.parametrize(
    ("frame", "links", "asked", "reason"),
    [
        (PARTS, LINKS, {"sums": ["house"]}, "house"),
        (PARTS, LINKS.rename(columns={"into": "to"}), ASKED, "into"),
        (PARTS, LINKS.iloc[:2], ASKED, "C is in no link"),
        (pd.concat([PARTS, PARTS]), LINKS, ASKED, "A stands more than once in 2023"),
        (PARTS, pd.concat([LINKS, LINKS]), ASKED, "the link of A to AB stands twice"),
        (PARTS, LINKS.assign(share=0.9), ASKED, "the shares of A add up to 0.9"),
        (PARTS, LINKS.assign(share=[-1, 1, 1]), ASKED, "expected 0 to 1"),
        (PARTS.assign(year="soon"), LINKS, ASKED, "expected a whole year"),
        (PARTS.assign(households="many"), LINKS, ASKED, "number"),
    ],
)  # fmt: skip
def test_what_cannot_be_put_together_is_told(frame, links, asked, reason):
    with pytest.raises(Refused, match=reason):
        crosswalk(frame, links, **asked)


def test_other_arguments_are_refused():
    with pytest.raises(InvalidValue, match="refuse or leave_out"):
        crosswalk(PARTS, LINKS, **ASKED, incomplete="ignore")
    with pytest.raises(WrongType, match="must be a pandas DataFrame"):
        crosswalk(np.zeros(3), LINKS)
