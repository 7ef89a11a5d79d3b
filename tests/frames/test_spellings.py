"""Labels that may be one place written in two ways: named by every verb where they are, and nothing asked where they are not."""

import unicodedata

import numpy as np
import pandas as pd
import pytest

import povertystats as ps
from povertystats.frames.spellings import label_problems, tidied, two_ways

APART, TOGETHER = np.eye(2, dtype=bool), np.ones((2, 2), dtype=bool)
# Names of one place at some times, and at others; nothing is said where both stand at one time.
RENAMED = [
    *(("Bắc Kạn", name) for name in ("Tỉnh Bắc Kạn", "T. Bắc Kạn", "Bac Kan Province", "Bắc Kạn (tỉnh)", "TP.Bắc Kạn", "Bắc Cạn")),
    *(("Cao Lãnh", name) for name in ("H. Cao Lãnh", "TX. Cao Lãnh", "Cao Lãnh District", "Cao Lãnh, Đồng Tháp", "87 - Cao Lãnh")),
    ("Huyện Cao Lãnh", "Thành phố Cao Lãnh"), ("Tân Lập", "Xã Tân Lập"), ("TT. Tân Lập", "Phường Tân Lập"), ("Q.3", "Quận 3"),
    ("Đắk Lắk", "Đăk Lăk"), ("Đắk Lắk", "Đắc Lắc"), ("Mỹ Tho", "Mĩ Tho"), ("Thừa Thiên Huế", "Huế"), ("TP.HCM", "Sài Gòn"),
    ("Hà Nam", "Hạ Nam"), ("Tân Lập,\u00a0Chợ Mới", "Xã Tân Lập,\u00a0Huyện Chợ Mới"), ("01", "1"), ("1.0", "1"), ("01.", "01"),
]  # fmt: skip
# One name, whenever it stands.
ONE = [
    ("Bắc Kạn", "BẮC KẠN"),
    ("Đắk Lắk", "Daklak"),
    ("Hoà Bình", "Hòa Bình"),
    ("T01", "t01"),
    ("Tân Lập,\u00a0D1", "Tan Lap,\u00a0D1"),
]
# Never one.
TWO = [
    ("Hà Nam", "Hà Nội"), ("Thái Nguyên", "Thái Nguyên (2025–)"), ("Washington, Alabama", "Washington, Ohio"), ("1.5", "1.50"),
    ("Xã Tân Lập", "Huyện Tân Lập"), ("Quận 3", "Phường 3"), ("1a", "01a"), ("A-1", "A1"), ("", "0"), (True, False), ("Quận 1", "Quận 11"),
    ("Tân Lập,\u00a0Chợ Mới", "Tân Lập,\u00a0Ba Bể"), (1, "a"), ("Tân Lập", "Tân Lạng"), (1.5, 15),
]  # fmt: skip


def test_names_that_change_with_the_times_are_asked_about_and_no_others():
    for pair in RENAMED:
        assert len([*label_problems("place", pair, APART)]) == 1, pair
        assert not [*label_problems("place", pair, TOGETHER)], pair
    for pair in ONE:
        assert "one name in two spellings; expected" in next(label_problems("place", pair, TOGETHER)), pair
    for pair in TWO:
        assert not [*label_problems("place", pair, APART)], pair
    many = [f"{i:05d}" for i in range(300)], range(300), [f"{i}" for i in range(300)]
    for labels in many:
        assert not [*label_problems("place", [*labels], np.eye(len(labels), dtype=bool))]


def test_our_own_places_are_as_many_as_they_are():
    table = ps.load_facts().places.table
    for _, labels in table.groupby(["kind", "parent"])["place"]:
        assert not [*two_ways(tuple(labels), lambda group: True)]


def test_names_come_in_one_form():
    name = "Đắk Lắk"
    for way in (
        unicodedata.normalize("NFD", name),
        "Ðắk Lắk",
        "Ɖắk\u00a0 Lắk",
        "\ufeffĐắk Lắk\u200b ",
        "Đắ\u00adk Lắk",
    ):
        assert tidied(way) == name
    assert tidied(6) == 6 and tidied(" \u00a0") == ""


def renamed_panel(late):
    """Rates of places over years, of which the first is called otherwise from 2019 on."""
    rng = np.random.default_rng(1)
    names = ["Bắc Kạn", *(f"Place {letter}" for letter in "abcdefghijk")]
    rows = [(name, year) for name in names for year in range(2015, 2023)]
    frame = pd.DataFrame(rows, columns=["place", "year"]).assign(x=rng.normal(20, 3, len(rows)))
    frame["poor_pct"] = 40 - frame.x - (frame.year - 2015) + rng.normal(size=len(frame))
    frame["adopted"] = frame.place.map({name: 2018 + i % 3 for i, name in enumerate(names[:6])})
    frame["region"] = frame.place.map({name: f"Region {'NSEWCM'[i % 6]}" for i, name in enumerate(names)})
    return frame.assign(place=frame.place.mask((frame.place == "Bắc Kạn") & (frame.year >= 2019), late))


VERBS = {
    "fit_drivers": lambda f: ps.fit_drivers(f, "poor_pct", ["x"], draws=0),
    "placebo": lambda f: ps.placebo(f, "poor_pct", ["x"]),
    "by_region": lambda f: ps.by_region(f, "poor_pct", ["x"], draws=0),
    "specification_curve": lambda f: ps.specification_curve(f, "poor_pct", ["x"]),
    "event_study": lambda f: ps.event_study(f, "poor_pct", "adopted", draws=0),
    "two_way_weights": lambda f: ps.two_way_weights(f, "poor_pct", "adopted"),
    "fractional_logit": lambda f: ps.fractional_logit(f, "poor_pct", ["x"]),
    "scan": lambda f: ps.wild(ps.scan(f, "poor_pct", ["x"]), draws=99),
    "backtest": lambda f: ps.backtest(f, "poor_pct"),
    "comparable_changes": lambda f: ps.comparable_changes(f[["place", "year", "poor_pct"]], 20),
    "fit_peers": lambda f: ps.fit_peers(f, "poor_pct"),
    "smoothness": lambda f: ps.smoothness(f, "poor_pct"),
    "crosswalk": lambda f: ps.crosswalk(
        f, pd.DataFrame({"place": f.place.unique(), "into": "whole"}), sums=["x"], incomplete="leave_out"
    ),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_asks_about_a_place_whose_name_changes(verb):
    for late in ("Tỉnh Bắc Kạn", "Bắc Cạn"):
        with pytest.raises(ps.PovertyStatsError, match="one name in two spellings, and no time in common"):
            VERBS[verb](renamed_panel(late))
