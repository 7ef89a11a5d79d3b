"""Keys of places: the whole path, labels that read well, two forms of one name noticed; frames, tables and every verb alike."""

import unicodedata

import numpy as np
import pandas as pd
import pytest

from povertystats.associations.associations import fit_drivers
from povertystats.associations.scatter import scatter
from povertystats.cells.cell_logit import cell_logit
from povertystats.cells.patterns import count_patterns
from povertystats.checks.placebo import placebo
from povertystats.clusters.jackknife import cv3
from povertystats.frames.keys import full_key, keyed, shown
from povertystats.regression.fractional import fractional_logit
from povertystats.regression.inference import crv1, solve
from povertystats.regression.moments import Moments
from povertystats.regression.scan import scan
from povertystats.words.errors import WrongType

VERBS = {"within": Moments.from_frame, "scanned": scan}


def communes(seed=0, districts=5, years=4, names=("district", "commune")):
    """Rates of communes whose names stand in every district, whose rates and drivers differ."""
    rng = np.random.default_rng(seed)
    keys = [
        (f"D{d}", name, 2016 + t)
        for d in range(districts)
        for name in ("Tân Lập", "Tân Sơn")
        for t in range(years)
    ]
    frame = pd.DataFrame(keys, columns=[*names, "year"])
    level = frame[names[0]].str[1:].astype(int)
    frame["x"] = level + rng.normal(size=len(frame))
    frame["rate_pct"] = 20 + 8 * level - frame.x + rng.normal(size=len(frame))
    return frame


def coded(frame, *columns):
    """The frame with a code of each place by hand."""
    return frame.assign(place=frame[list(columns)].agg(" / ".join, axis=1))


@pytest.mark.parametrize(
    ("key", "columns", "path"),
    [
        ("commune", ["commune", "district", "province"], ["province", "district", "commune"]),
        ("district", ["province", "district", "commune"], ["province", "district"]),
        ("xa", ["tinh", "huyen", "xa"], ["tinh", "huyen", "xa"]),
        ("Xã", ["Tỉnh", "Huyện", "Xã"], ["Tỉnh", "Huyện", "Xã"]),
        ("ma_xa", ["ma_tinh", "ma_huyen", "ma_xa"], ["ma_tinh", "ma_huyen", "ma_xa"]),
        ("county_name", ["state", "county_name"], ["state", "county_name"]),
        ("place", ["province", "place"], ["place"]),
        ("commune", ["poor_district", "commune"], ["commune"]),
        (["district", "commune"], ["province", "district", "commune"], ["district", "commune"]),
        (["commune"], ["province", "commune"], ["commune"]),
        ("ward", [1, ("a", "b"), "district"], ["district", "ward"]),
    ],
)
def test_the_full_key_is_understood_of_known_levels_and_taken_from_a_list(key, columns, path):
    assert list(full_key(key, columns)) == path


@pytest.mark.parametrize("key", [3, [], ["a", 3], {"a"}, None])
def test_what_is_no_key(key):
    with pytest.raises(WrongType, match="a column, or a list of columns from the largest area"):
        full_key(key, [])


@pytest.mark.parametrize("names", [("district", "commune"), ("huyen", "xa")])
@pytest.mark.parametrize("verb", VERBS)
def test_communes_of_one_name_are_as_many_as_there_are(verb, names):
    frame = communes(names=names)
    one = VERBS[verb](frame, "rate_pct", ["x"], cluster=names[1], entity=names[1])
    other = VERBS[verb](coded(frame, *names), "rate_pct", ["x"], cluster="place")
    given = VERBS[verb](frame, "rate_pct", ["x"], cluster=list(names), entity=list(names))
    assert one.clusters == given.clusters and len(one.clusters) == 10
    assert one.clusters[0] == "Tân Lập, D0" and one.cluster == names[1]
    for of in (one, given):
        np.testing.assert_allclose(solve(of), solve(other), rtol=1e-9)
        for errors in (crv1, cv3):
            np.testing.assert_allclose(errors(of, solve(of)), errors(other, solve(other)), rtol=1e-8)
    # Files of districts add up to the whole, each with labels of the full key.
    parts = [
        VERBS[verb](rows, "rate_pct", ["x"], cluster=names[1], entity=names[1])
        for _, rows in frame.groupby(names[0])
    ]
    assert parts[0].clusters == ("Tân Lập", "Tân Sơn")
    assert sum(parts[1:], start=parts[0]).clusters == one.clusters


def test_every_verb_tells_communes_of_one_name_apart():
    frame = communes(1)
    by_hand = coded(frame, "district", "commune").drop(columns=["district", "commune"])
    ways = ["within", "first_differences", "long_differences", "between", "fractional_logit"]
    one = fit_drivers(frame, "rate_pct", ["x"], cluster="commune", estimators=ways, draws=99).table
    other = fit_drivers(by_hand, "rate_pct", ["x"], estimators=ways, draws=99).table
    pd.testing.assert_frame_equal(one.replace("commune", "place", regex=True), other)
    tests = [
        placebo(rows, "rate_pct", ["x"], cluster=c).table
        for rows, c in ((frame, "commune"), (by_hand, "place"))
    ]
    pd.testing.assert_frame_equal(*tests)
    logits = [
        fractional_logit(rows, "rate_pct", ["x"], place=c)
        for rows, c in ((frame, "commune"), (by_hand, "place"))
    ]
    assert logits[0].clusters[1] == "Tân Lập, D1"
    np.testing.assert_allclose(logits[0].variance, logits[1].variance)
    assert scatter(frame, "rate_pct", "x", cluster="commune").slopes == pytest.approx(
        scatter(by_hand, "rate_pct", "x").slopes
    )


@pytest.mark.parametrize("way", ["frame", "table"])
def test_households_of_communes_of_one_name(way):
    rng = np.random.default_rng(3)
    rows = pd.concat([communes(2, years=1)] * 40, ignore_index=True)
    rows["loan"] = rng.random(len(rows)) < 0.2 + 0.1 * rows.district.str[1:].astype(int)
    rows["poor"] = rng.random(len(rows)) < 0.6 - 0.3 * rows.loan
    rows = rows.assign(province=np.where(rows.district < "D2", "P", "Q"))
    rows["district"] = rows.district.replace({"D0": "Same", "D4": "Same"})
    source = rows
    if way == "table":
        ibis = pytest.importorskip("ibis")
        source = ibis.memtable(rows)
    by_hand = coded(rows, "province", "district", "commune").assign(area=rows.province + rows.district)
    for effects, by_code in ((None, None), ("district", "area"), ("commune", "place")):
        fit = cell_logit(source, "poor", ["loan"], effects=effects)
        other = cell_logit(
            by_hand.drop(columns=["province", "district", "commune"]),
            "poor",
            ["loan"],
            cluster="place",
            effects=by_code,
        )
        columns = ["estimate", "se", "se_crv1", "n", "places"]
        np.testing.assert_allclose(
            fit.table[columns].astype(float), other.table[columns].astype(float), rtol=1e-7
        )
        assert (
            len(fit.clusters) == 10 and "Tân Lập, Same, P" in fit.clusters and "Tân Lập, D1" in fit.clusters
        )
    # As categories districts of one name are two as well; and bare names where each stands once.
    names = count_patterns(source, "poor", ["loan"], categories=["district"]).names
    assert names[1:] == ("district[D2]", "district[D3]", "district[Same, P]", "district[Same, Q]")


def test_an_area_that_may_have_moved_is_asked_about():
    frame = communes(3)
    late = frame[(frame.district == "D1") & (frame.commune == "Tân Lập")].assign(
        district="D9", year=frame.year + 10
    )
    frame = pd.concat(
        [frame[frame.district == "D2"], late, communes(4).query("district == 'D1' and commune != 'Tân Lập'")]
    )
    for read in VERBS.values():
        frame_of = frame.assign(commune=frame.commune.where(frame.district != "D2", "other " + frame.commune))
        frame_of = pd.concat([frame_of, late.assign(district="D8", year=late.year - 10)])
        with pytest.raises(
            ValueError,
            match=r"'Tân Lập, D8' and 'Tân Lập, D9' have no year in common: one commune that moved, or two; say which by",
        ):
            read(frame_of, "rate_pct", ["x"], cluster="commune", entity="commune")
        two = read(
            frame_of, "rate_pct", ["x"], cluster=["district", "commune"], entity=["district", "commune"]
        )
        one = read(frame_of, "rate_pct", ["x"], cluster=["commune"], entity=["commune"])
        assert {"Tân Lập, D8", "Tân Lập, D9"} <= {*shown(two.labels)} and "Tân Lập" in one.labels


def test_a_part_of_a_key_that_is_missing_or_not_there():
    frame = communes()
    frame.loc[frame.index[:3], "district"] = None
    for read in VERBS.values():
        assert read(frame, "rate_pct", ["x"], cluster="commune", entity="commune").dropped[0] == (
            "missing",
            "commune",
            3,
        )
        with pytest.raises(ValueError, match="no such column: 'distrikt'.* did you mean district"):
            read(frame, "rate_pct", ["x"], cluster=["distrikt", "commune"], entity=None)
        with pytest.raises(ValueError, match="have one name; expected one key for both"):
            read(frame, "rate_pct", ["x"], cluster=["district", "commune"], entity=["commune"])


def test_parts_of_labels_never_run_into_one_another():
    rows = pd.DataFrame({"state": ["b, c", "c"], "county": ["a", "a, b"]})
    labels = keyed(rows, "county")[0].county
    assert labels.nunique() == 2
    numbers = pd.DataFrame({"district": [1, 1.0, 2], "commune": [1, 1, None]})
    assert [label and shown([label])[0] for label in keyed(numbers, "commune")[0].commune] == ["1", "1", None]
    mixed = pd.DataFrame({"district": [1, "1"], "commune": "a"}, dtype=object)
    with pytest.raises(ValueError, match="commune .* is written in two types"):
        keyed(mixed, "commune")


def in_two_forms(one, other, late=2018):
    frame = (
        communes(years=6).assign(place=lambda f: f.district + f.commune).drop(columns=["district", "commune"])
    )
    frame["place"] = frame.place.where(frame.place != "D0Tân Lập", one).astype(object)
    clean = frame.copy()
    frame.loc[(frame.place == one) & (frame.year > late), "place"] = other
    return frame, clean


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bắc Kạn", unicodedata.normalize("NFD", "Bắc Kạn")),
        ("Đắk Lắk", "Ðắk Lắk"),
        ("Bắc Kạn", "Bắc  Kạn "),
        (1, "1"),
        (1, "00001"),
        (1.0, "01"),
    ],
)
def test_a_place_in_two_forms_is_named_and_neither_merged_nor_split(one, other):
    frame, clean = in_two_forms(one, other)
    said = "place .*( is written in 2 forms|: one is a number, the other text)"
    for read in VERBS.values():
        with pytest.raises(ValueError, match=said):
            solve(read(frame, "rate_pct", ["x"]))
        for part in (frame.year <= 2018, frame.year > 2018):
            solve(read(frame[part], "rate_pct", ["x"]))
    rows = pd.concat([frame] * 5, ignore_index=True)
    rows = rows.assign(poor=np.arange(len(rows)) % 7 < 3, loan=np.arange(len(rows)) % 2)
    with pytest.raises(ValueError, match=said):
        cell_logit(rows, "poor", ["loan"], cluster="place")
    # Frames of drivers are read: forms of Unicode and stray blanks are one, the others are asked about.
    for fit in (
        lambda rows: fit_drivers(rows, "rate_pct", ["x"], scales=["points"], draws=0).table,
        lambda rows: pd.DataFrame(fractional_logit(rows, "rate_pct", ["x"]).leave_one_out),
    ):
        try:
            table = fit(frame)
        except ValueError as error:
            assert "place" in str(error)
        else:
            pd.testing.assert_frame_equal(table, fit(clean))


def test_codes_with_and_without_leading_zeros_are_two_where_both_stand_at_one_time():
    frame = communes(years=6).assign(place=lambda f: f.district.str[1:] + f.commune.str[-1])
    frame["place"] = frame.groupby(["district", "commune"]).ngroup() % 5 + 1
    frame["place"] = (
        frame.place.astype(str).str.zfill(2).where(frame.commune == "Tân Sơn", frame.place.astype(str))
    )
    frame = frame.drop(columns=["district", "commune"]).drop_duplicates(["place", "year"])
    for read in VERBS.values():
        m = read(frame, "rate_pct", ["x"])
        assert len(m.clusters) == frame.place.nunique() and {"1", "01"} & {*m.clusters}
        solve(m)
        split = frame[~frame.place.str.startswith("0")].copy()
        split["place"] = split.place.where(split.year < 2019, split.place.str.zfill(2))
        with pytest.raises(ValueError, match="leading zeros stand at some times and not at others"):
            solve(read(split, "rate_pct", ["x"]))
    # Parts of which each is sound are noticed together.
    early, late = split[split.year < 2019], split[split.year >= 2019]
    parts = [Moments.from_frame(rows, "rate_pct", ["x"]) for rows in (early, late)]
    with pytest.raises(ValueError, match="place '01' and '1' .and 4 more.: leading zeros"):
        solve(parts[0] + parts[1])
