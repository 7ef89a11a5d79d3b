"""Hidden counts: known answers, every interval an attacker could find by linear programmes, refusals."""

import re
from itertools import product
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from povertystats.disclosure.disclosure import audit, protect
from povertystats.words.errors import Refused

LEVELS = ("province", "district", "commune")
CLASSES = ("poor", "near_poor", "not_poor")


def table(communes, columns=CLASSES):
    """Return communes {(province, district, commune): counts} with all rows above them, totals included."""
    leaves = pd.DataFrame(
        [(*place, *counts) for place, counts in communes.items()], columns=[*LEVELS, *columns]
    )
    leaves["households"] = leaves[list(columns)].sum(axis=1)
    numbers = ["households", *columns]
    above = [leaves.groupby(list(LEVELS[:k]))[numbers].sum().reset_index() for k in (1, 2)]
    whole = pd.concat([leaves[numbers].sum().to_frame().T, *above, leaves], ignore_index=True)
    return whole[[*LEVELS, *numbers]].fillna(dict.fromkeys(LEVELS, "")).astype(dict.fromkeys(numbers, int))


def district(**communes):
    return table({("P", "D", name): counts for name, counts in communes.items()})


def hidden(safe):
    """Return {(last name of the place, column): reason}."""
    names = [list(filter(None, path))[-1:] for path in safe.hidden[list(LEVELS)].fillna("").values.tolist()]
    place = [name[0] if name else "all" for name in names]
    return dict(zip(zip(place, safe.hidden["column"], strict=True), safe.hidden["reason"], strict=True))


def run(frame, parts=CLASSES, **options):
    return protect(frame, levels=LEVELS, parts={"households": parts}, **options)


def check(frame, safe, minimum, parts, by=()):
    """Assert what is promised, by linear programmes: small ones could be ``minimum``, none is one value."""
    found = audit(safe.table, levels=LEVELS, parts={"households": parts}, by=by)
    keys = [*by, *LEVELS, "column"]
    pd.testing.assert_frame_equal(found[keys], safe.hidden[keys])
    # What is hidden beside small ones may be worked out where it tells of many, or of nobody.
    true = [frame.loc[safe.table[c].isna(), c].to_numpy() for c in dict.fromkeys(found["column"])]
    true = np.concatenate([*true, np.zeros(0)])
    pinned = found["upper"] - found["lower"] < 0.5
    assert not (pinned & (true > 0) & (true < minimum)).any(), found
    small = (safe.hidden["reason"] == "small").to_numpy()
    assert (found["upper"][small] >= minimum).all(), found[small]
    for column in {"households", *found["column"]}:
        kept = safe.table[column].notna()
        assert (safe.table[column][kept] == frame[column][kept]).all()
        assert not frame[column][kept].between(1, minimum - 1).any()


def test_a_small_count_takes_the_smallest_place_with_it():
    frame = district(a=(3, 40, 200), b=(30, 60, 200), c=(20, 50, 200))
    safe = run(frame)
    # Where it is not told who is poor, it is not told who of the others is near-poor.
    gone = {(place, column): "secondary" for place in "ac" for column in CLASSES}
    assert hidden(safe) == gone | {("a", "poor"): "small"}
    check(frame, safe, 10, CLASSES)


def test_large_counts_and_zeros_stay_and_are_whole_numbers():
    frame = district(a=(0, 40, 200), b=(30, 0, 200))
    safe = run(frame)
    assert safe.hidden.empty and (safe.table["poor"] == frame["poor"]).all()
    assert str(safe.table["poor"].dtype) == "Int64"


def test_few_who_are_not_poor_are_hidden_like_few_who_are():
    counts = {("P", "D", "a"): (97, 3), ("P", "D", "b"): (50, 60), ("P", "D", "c"): (40, 60)}
    frame = table(counts, ("poor", "others"))
    safe = run(frame, ("poor",))
    assert hidden(safe) == {("a", "poor"): "secondary", ("c", "poor"): "secondary"}
    check(frame, safe, 10, ("poor",))


def test_a_zero_that_tells_something_of_everybody_is_hidden_when_named():
    frame = district(a=(150, 50, 0), b=(30, 60, 200), c=(20, 50, 200))
    assert run(frame).hidden.empty
    safe = run(frame, zeros=["not_poor"])
    assert hidden(safe)[("a", "not_poor")] == "small"
    check(frame, safe, 10, CLASSES)


@pytest.mark.parametrize("minimum", [2, 10])
@pytest.mark.parametrize("zero", ["near_poor", "not_poor"])
def test_all_in_the_first_class_tell_that_nobody_is_in_those_that_follow(zero, minimum):
    frame = district(a=(50, 0, 0), b=(30, 60, 200), c=(20, 50, 200))
    assert run(frame, minimum=minimum).hidden.empty
    safe = run(frame, minimum=minimum, zeros=[zero])
    assert hidden(safe)[("a", zero)] == "small"
    check(frame, safe, minimum, CLASSES)


def test_two_small_counts_do_not_protect_each_other():
    """Both rows and columns of the two small ones have two hidden counts, which add up to 3 all the same."""
    frame = district(a=(1, 2, 200), b=(30, 60, 200), c=(20, 50, 200))
    safe = run(frame)
    assert {("a", "poor"), ("a", "near_poor"), ("a", "not_poor")} <= set(hidden(safe))
    check(frame, safe, 10, CLASSES)


def test_a_small_district_is_protected_by_another():
    communes = {("P", "D", "a"): (4, 40, 200), ("P", "E", "b"): (30, 60, 200), ("P", "F", "c"): (90, 70, 200)}
    frame = table(communes)
    safe = run(frame)
    assert {place for place, _ in hidden(safe)} == {"D", "E", "a", "b"}
    check(frame, safe, 10, CLASSES)


def test_a_place_of_few_households_is_hidden_with_the_smallest_beside_it():
    frame = district(a=(1, 0, 2), b=(30, 60, 200), c=(20, 50, 200))
    safe = run(frame)
    every = {(place, column) for place in "ac" for column in ("households", *CLASSES)}
    assert set(hidden(safe)) == every
    assert hidden(safe)[("a", "households")] == "small" and hidden(safe)[("c", "households")] == "secondary"
    check(frame, safe, 10, CLASSES)


def test_what_lies_within_a_hidden_place_is_hidden_as_well():
    communes = {("P", "D", "a"): (1, 0, 2), ("P", "E", "b"): (30, 60, 200), ("P", "E", "c"): (20, 50, 200),
                ("P", "F", "d"): (90, 90, 900)}  # fmt: skip
    frame = table(communes)
    safe = run(frame)
    assert {place for place, column in hidden(safe) if column == "households"} == set("DEac")
    check(frame, safe, 10, CLASSES)


def test_a_table_of_few_households_is_hidden_altogether():
    safe = run(district(a=(1, 0, 2)))
    assert safe.table[["households", *CLASSES]].isna().all(axis=None)


def test_totals_alone_and_rows_without_sums_above_them():
    frame = district(a=(1, 0, 2), b=(30, 60, 200), c=(20, 50, 200))
    assert set(hidden(run(frame, ()))) == {("a", "households"), ("c", "households")}
    communes = frame[frame["commune"] != ""]
    assert {place for place, _ in hidden(run(communes))} == {"a"}


def test_years_are_not_added_up_and_the_other_columns_stay():
    frames = [
        district(a=(x, 40, 200), b=(30, 60, 200)).assign(year=year) for year, x in ((2016, 3), (2017, 33))
    ]
    frame = pd.concat(frames, ignore_index=True).assign(note="kept")
    safe = run(frame, by=("year",))
    assert set(safe.hidden["year"]) == {2016} and (safe.table["note"] == "kept").all()
    check(frame, safe, 10, CLASSES, by=("year",))


def test_splits_of_one_total_are_protected_each_as_if_alone():
    frame = district(a=(3, 40, 200), b=(30, 60, 200), c=(20, 50, 200)).assign(
        borrower=[90, 90, 90, 5, 40, 45]
    )
    parts = [CLASSES, ("borrower",)]
    safe = run(frame, parts)
    alone = [run(frame, split).hidden for split in parts]
    pd.testing.assert_frame_equal(safe.hidden, pd.concat(alone, ignore_index=True))
    assert run(frame, [CLASSES, "borrower"]).hidden.equals(safe.hidden)
    check(frame, safe, 10, parts)


@st.composite
def tables(draw):
    """Communes of mostly few households in up to three districts of two provinces, and two splits of them."""
    count = st.one_of(st.just(0), st.integers(0, 6), st.integers(0, 60))
    place = st.tuples(st.sampled_from("PQ"), st.sampled_from("DEF"), st.sampled_from("abcd"))
    communes = draw(st.dictionaries(place, st.tuples(count, count, count, count), min_size=1, max_size=7))
    return of_two_splits(communes)


def of_two_splits(communes):
    """Return communes {place: (borrowers who are poor, poor, near-poor, borrowers who are not poor)} by both splits."""
    joined = table(communes, ("borrower_poor", "poor", "near_poor", "borrower_not_poor"))
    return joined.assign(
        borrower=joined["borrower_poor"] + joined["borrower_not_poor"],
        poor=joined["poor"] + joined["borrower_poor"],
        not_poor=joined["borrower_not_poor"],
    )


ALL_POOR = of_two_splits(
    {("P", "D", "b"): (2, 0, 0, 0), ("P", "F", "a"): (0, 2, 5, 52), ("Q", "E", "c"): (0, 44, 0, 0)}
)


@given(tables(), st.sampled_from([2, 5, 10]), st.booleans(), st.randoms(use_true_random=False))
@example(ALL_POOR, 2, True, Random(0))
@settings(max_examples=6, deadline=None)
def test_nothing_can_be_worked_out_whatever_the_counts(frame, minimum, zeros, random):
    parts, zeros = [CLASSES, ("borrower",)], ("not_poor",) if zeros else ()
    safe = run(frame, parts, minimum=minimum, zeros=zeros)
    check(frame, safe, minimum, parts)
    order = random.sample(range(len(frame)), len(frame))
    pd.testing.assert_frame_equal(run(frame.iloc[order], parts, minimum=minimum, zeros=zeros).table,
                                  safe.table.iloc[order])  # fmt: skip


@given(st.lists(st.integers(0, 5), min_size=9, max_size=9), st.booleans())
@settings(max_examples=5, deadline=None)
def test_an_audit_agrees_with_every_table_that_fits(counts, totals):
    """Two of three communes hidden, with or without their totals: all 6⁶ fillings, counted one by one."""
    a, b, c = np.reshape(counts, (3, 3))
    gone = district(a=a, b=b, c=c).astype(dict.fromkeys(["households", *CLASSES], float))
    columns = [*["households"] * totals, *CLASSES]
    gone.loc[gone["commune"].isin(["a", "b"]), columns] = np.nan
    found = audit(gone, levels=LEVELS, parts={"households": CLASSES})
    tables = np.array(list(product(range(11), repeat=3)))
    tables = np.stack([tables, a + b - tables], axis=1)
    fits = (tables >= 0).all(axis=(1, 2))
    if not totals:
        fits &= (tables.sum(axis=2) == [a.sum(), b.sum()]).all(axis=1)
    tables = np.concatenate([tables.sum(axis=2, keepdims=True)] * totals + [tables], axis=2)[fits]
    assert found["column"].tolist() == np.repeat(columns, 2).tolist()
    assert found["lower"].tolist() == tables.min(axis=0).T.ravel().tolist()
    assert found["upper"].tolist() == tables.max(axis=0).T.ravel().tolist()


def test_an_audit_knows_what_nothing_bounds_and_what_cannot_be():
    alone = pd.DataFrame({"commune": ["a"], "households": [None], "poor": [3.0]}).astype(
        {"households": float}
    )
    found = audit(alone, levels=["commune"], parts={"households": ["poor"]})
    assert found[["lower", "upper"]].values.tolist() == [[3.0, np.inf]]
    frame = district(a=(3, 40, 200), b=(30, 60, 200)).astype({"poor": float})
    frame.loc[frame["commune"] == "a", ["poor", "near_poor"]] = [np.nan, 300]
    with pytest.raises(Refused, match="no counts of 0 or more add up"):
        audit(frame, levels=LEVELS, parts={"households": CLASSES})
    whole = audit(district(a=(1, 2, 3)), levels=LEVELS, parts={"households": CLASSES})
    assert whole.empty and list(whole) == [*LEVELS, "column", "lower", "upper"]


def test_a_request_that_names_the_wrong_columns_is_refused_with_all_reasons():
    parts = {"households": [("poor", "poor"), ("borrower",)]}
    with pytest.raises(Refused) as told:
        protect(district(a=(1, 2, 3)), levels=(), parts=parts, by=["year"], minimum=1, zeros=["rich"])
    assert told.value.problems == [
        "minimum is 1; expected a whole number, 2 or more",
        "levels is empty",
        "0 columns named 'year'; expected one",
        "0 columns named 'borrower'; expected one",
        "'poor' is asked for more than once",
        "'rich' is among zeros but not among parts",
    ]
    with pytest.raises(Refused, match="the table is empty"):
        run(district(a=(1, 2, 3)).iloc[:0])


def test_rows_that_cannot_be_are_refused_with_all_reasons():
    frame = district(a=(30, 40, 200), b=(30, 60, 200)).assign(borrower=[90, 90, 90, 45, 500], trained="x")
    frame = pd.concat(
        [frame, frame.iloc[[3]].assign(poor=-30.0, near_poor=0.5, not_poor=np.nan)], ignore_index=True
    )
    frame.loc[len(frame)] = frame.loc[3].replace({"D": ""})
    frame.loc[len(frame)] = frame.loc[3].replace({"D": "E"})
    with pytest.raises(Refused) as told:
        run(frame, [CLASSES, ("borrower",), ("trained",)])
    assert told.value.problems == [
        "a place above it is not named: 1 row(s), first at P > a",
        "more than one row for a place: 1 row(s), first at P > D > a",
        "no row for the place above it: 1 row(s), first at P > E > a",
        "'poor' must be whole numbers of 0 or more: 1 row(s), first -30 at P > D > a",
        "'near_poor' must be whole numbers of 0 or more: 1 row(s), first 0.5 at P > D > a",
        "'not_poor' must be whole numbers of 0 or more: 1 row(s), first nan at P > D > a",
        "'trained' is str; expected counts",
        "'households other than borrower' must be 0 or more: 1 row(s), first -210 at P > D > b",
    ]


def test_counts_that_do_not_add_up_are_refused_with_place_and_year():
    frame = district(a=(30, 40, 200), b=(30, 60, 200)).assign(year=2016)
    frame.loc[frame["commune"] == "b", "poor"] = 31
    with pytest.raises(Refused) as told:
        run(frame, by=["year"])
    assert told.value.problems == [
        "'poor' of the places within less that of the place must be 0: 1 row(s), first 1 at P > D, year 2016",
        "poor + near_poor + not_poor less 'households' must be 0: 1 row(s), first 1 at P > D > b, year 2016",
    ]
    with pytest.raises(Refused, match=r"no value of 'year': 5 row\(s\), first at all places, year nan"):
        run(frame.assign(year=np.nan), by=["year"])


def test_wrong_types_are_told():
    asked = {"frame": district(a=(1, 2, 3)), "levels": LEVELS, "parts": {"households": CLASSES}}
    for wrong, message in (
        ({"parts": ["poor"]}, "parts must be a Mapping, not list"),
        ({"frame": [1]}, "the table must be a DataFrame, not list"),
    ):
        with pytest.raises(TypeError, match=message):
            protect(**asked | wrong)
    with pytest.raises(Refused) as told:
        protect(**asked | {"levels": "commune", "by": "year", "zeros": "poor", "minimum": 10.0})
    assert told.value.problems == [
        "minimum is 10.0; expected a whole number, 2 or more",
        "levels must be a list, not the text 'commune'",
        "by must be a list, not the text 'year'",
        "zeros must be a list, not the text 'poor'",
    ]
    with pytest.raises(Refused, match="minimum is True"):
        protect(**asked, minimum=True)


def test_what_is_protected_shows_no_hidden_count():
    safe = run(district(a=(7, 41, 200), b=(31, 61, 200), c=(23, 51, 200)))
    assert set(hidden(safe)) == {(place, column) for place in "ac" for column in CLASSES}
    for face in (repr(safe), safe._repr_html_()):
        assert "6 hidden counts" in face and "secondary" not in face
        assert set(re.findall(r"\d+", face)) >= {"31", "61"} and not set(re.findall(r"\d+", face)) & {
            "7",
            "41",
            "23",
            "51",
        }
    assert len(repr(safe).splitlines()) <= 15
