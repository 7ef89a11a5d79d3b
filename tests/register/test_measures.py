"""What Alkire and Foster measure: published examples, plain pandas, and what the tables tell of a few households."""

import functools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from helpers.reviews import PLACES, classified, counted, register_rows, worked_out

from povertystats.criteria.classes import score
from povertystats.facts.standards import national_standard
from povertystats.register.measures import changes, contributions
from povertystats.register.reader import open_register
from povertystats.register.review import review
from povertystats.register.transitions import transitions

ibis = pytest.importorskip("ibis")
FLAGS = national_standard().columns


def measured(flags, needed):
    """Return the review of households of one place that lack what ``flags`` say, {year: one row a household}."""
    years, flags = np.repeat([*flags], [len(of) for of in flags.values()]), np.vstack([*flags.values()]) > 0
    ours = national_standard()
    standard = replace(ours, indicators=ours.indicators[: flags.shape[1]], needed=needed)
    homes = pd.DataFrame(flags, columns=[*standard.columns]).assign(
        year=years, urban=False, income_vnd_k=650.0
    )
    homes = homes.assign(household=homes.index.astype(str), province="P", district="D", commune="C")
    return review(open_register(homes, standard=standard), by="province", minimum=0, indicators=True)


def test_the_example_of_alkire_and_foster():
    """Four persons, four dimensions, two deprivations needed: section 5 of their paper of 2011, and Box 5.5 of the book."""
    achieved = np.array([[13.1, 14, 4, 1], [15.2, 7, 5, 0], [12.5, 10, 1, 0], [20, 11, 3, 1]])
    found = measured({2019: achieved < [13, 12, 3, 1]}, 2)
    whole = found.table.iloc[0]
    assert (whole["deprived_household_pct"], whole["intensity_pct"], whole["adjusted_headcount_pct"]) == (
        50,
        75,
        37.5,
    )
    rows = found.indicators
    assert rows["lacking_households"].tolist() == [1, 3, 1, 2]
    assert rows["censored_households"].tolist() == [1, 2, 1, 2]
    # Of the six deprivations of the two who are deprived.
    assert rows["contribution_pct"].tolist() == pytest.approx([100 / 6, 200 / 6, 100 / 6, 200 / 6], abs=1e-12)
    assert found.cutoffs[["needed", "deprived_households"]].values.tolist() == [
        [1, 3],
        [2, 2],
        [3, 1],
        [4, 1],
    ]
    ratios = [Fraction(7, 16), Fraction(6, 16), Fraction(4, 16), Fraction(4, 16)]
    assert found.cutoffs["adjusted_headcount_pct"].tolist() == pytest.approx(
        [100 * float(x) for x in ratios], abs=1e-12
    )


def test_two_societies_of_one_ratio_differ_in_headcount_and_intensity():
    """Box 5.5 of Alkire et al. 2015: scores (0, 1/2, 1, 1/4) and (0, 1/2, 1/2, 1/2), half of the dimensions needed."""
    first = [[0, 0, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1], [0, 1, 0, 0]]
    second = [[0, 0, 0, 0], [1, 0, 0, 1], [1, 1, 0, 0], [0, 1, 0, 1]]
    found = measured({2018: first, 2019: second}, 2)
    columns = ["deprived_household_pct", "intensity_pct", "adjusted_headcount_pct"]
    assert found.table[columns].values.tolist() == [[50, 75, 37.5], [75, 50, 37.5]]
    # What more are deprived adds, that they are less so takes away.
    effects = found.changes()[["change_pp", "headcount_effect_pp", "intensity_effect_pp"]].values.tolist()
    assert effects == [[0, 15.625, -15.625]]


@pytest.fixture(scope="module")
def rows():
    return register_rows(2, 900, (2016, 2018))


@pytest.fixture(scope="module")
def register(rows):
    return open_register(rows)


@functools.cache
def asked(register, **how):
    return review(register, indicators=True, **how)


@pytest.mark.parametrize("group", [None, "ethnic"])
def test_every_figure_is_that_of_plain_pandas(rows, register, group):
    found = asked(register, by="district", group=group, minimum=0)
    levels = ["province", "district", *([group] if group else [])]
    rows = classified(rows)
    many = rows["deprivations"] >= 3
    sums = {"households": 1, "poor": rows["poor"], "deprived": many, "c": rows["deprivations"].where(many, 0)}
    for flag in FLAGS:
        sums |= {
            flag: rows[flag],
            f"poor {flag}": rows[flag] & rows["poor"],
            f"both {flag}": rows[flag] & many,
        }
    for k in range(1, 11):
        sums |= {
            f"q{k}": rows["deprivations"] >= k,
            f"c{k}": rows["deprivations"].where(rows["deprivations"] >= k, 0),
        }
    expected = counted(rows.assign(**sums), sums, levels).astype(float)
    keys = [*levels, "year"]
    for flag, told in found.indicators.groupby("indicator"):
        told, true = told.set_index(keys), expected
        pairs = {"lacking_households": true[flag], "poor_lacking_households": true[f"poor {flag}"]}
        pairs |= {"censored_households": true[f"both {flag}"]}
        pairs |= {"lacking_household_pct": 100 * true[flag] / true["households"]}
        pairs |= {"lacking_of_poor_pct": 100 * true[f"poor {flag}"] / true["poor"]}
        pairs |= {"censored_household_pct": 100 * true[f"both {flag}"] / true["households"]}
        pairs |= {"contribution_pct": 100 * true[f"both {flag}"] / true["c"]}
        pd.testing.assert_frame_equal(
            told.loc[true.index, [*pairs]], pd.DataFrame(pairs), check_dtype=False, rtol=1e-12
        )
    assert found.indicators["indicator"].unique().tolist() == [*FLAGS]
    for k, told in found.cutoffs.groupby("needed"):
        told, q, c = told.set_index(keys).loc[expected.index], expected[f"q{k}"], expected[f"c{k}"]
        pairs = {"deprived_households": q, "deprived_household_pct": 100 * q / expected["households"]}
        pairs |= {"intensity_pct": 100 * c / (10 * q)}
        pairs |= {"adjusted_headcount_pct": 100 * c / (10 * expected["households"])}
        pd.testing.assert_frame_equal(told[[*pairs]], pd.DataFrame(pairs), check_dtype=False, rtol=1e-12)
    plain = review(register, by="district", group=group, minimum=0)
    pd.testing.assert_frame_equal(found.table, plain.table)
    assert plain.indicators is None and plain.cutoffs is None


def test_contributions_of_the_indicators_and_of_the_places_add_up(register):
    found = asked(register, by="district", group="ethnic", minimum=0)
    keys = [*PLACES, "ethnic", "year"]
    assert np.allclose(found.indicators.groupby(keys)["contribution_pct"].sum(), 100, rtol=0, atol=1e-10)
    shares = found.contributions()
    for level, above in (("district", ["province"]), ("ethnic", ["province", "district"])):
        of = shares[shares["level"] == level].groupby([*above, "year"])
        sums = of[["household_share_pct", "contribution_pct"]].sum()
        assert len(sums) and np.allclose(sums, 100, rtol=0, atol=1e-10)
    table, (one,) = found.table, shares[shares["place"] == "Na Rì"].query("year == 2016").head(1).itertuples()
    place, whole = (
        table[(table["level"] == level) & (table["place"] == name) & (table["year"] == 2016)].iloc[0]
        for level, name in (("district", "Na Rì"), ("province", "Bắc Kạn"))
    )
    ratio = place["adjusted_headcount_pct"] / whole["adjusted_headcount_pct"]
    assert one.contribution_pct == pytest.approx(one.household_share_pct * ratio, rel=1e-12)


def test_effects_of_headcount_and_intensity_add_up_to_the_change(register):
    found = asked(register, by="district", minimum=0)
    told = found.changes()
    assert (told["year"] - told["year_before"] == 2).all() and len(told) == len(found.table) / 2
    assert np.allclose(
        told["headcount_effect_pp"] + told["intensity_effect_pp"], told["change_pp"], rtol=0, atol=1e-12
    )
    wide = found.table.pivot(index=["level", *PLACES], columns="year", values="adjusted_headcount_pct")
    expected = (wide[2018] - wide[2016]).loc[pd.MultiIndex.from_frame(told[["level", *PLACES]])]
    assert np.allclose(told["change_pp"], expected, rtol=0, atol=1e-12)


def test_one_year_has_no_change_and_one_place_no_share():
    table = pd.DataFrame(
        {"level": ["province"], "place": "P", "province": "P", "district": "", "commune": "", "year": 2019}
    )
    table = table.assign(households=9, deprivations=3)
    assert changes(table).empty and contributions(table).empty
    assert "headcount_effect_pp" in changes(table) and "contribution_pct" in contributions(table)


# What the tables tell of a few households


@pytest.fixture(scope="module")
def told():
    """Tables by indicator as published and as they are, of places of many sizes."""
    rows, few = register_rows(3, 6000, (2016,)), register_rows(4, 300, (2016,))
    few = few.assign(household="b" + few["household"], province="Hà Giang", district="Hà Giang")
    small = open_register(pd.concat([rows, few.assign(commune=few["commune"] + " 2")], ignore_index=True))
    return [review(small, indicators=True, minimum=minimum) for minimum in (10, 0)]


def test_no_count_by_indicator_is_small_and_rates_stay_with_their_counts(told):
    shown, true = (found.indicators for found in told)
    counts = shown.filter(like="households")
    assert counts.notna().any().all() and counts.isna().any().all()
    assert not (counts.gt(0) & counts.lt(10)).any(axis=None)
    for rate, count in (
        ("lacking_household_pct", "lacking_households"),
        ("lacking_of_poor_pct", "poor_lacking_households"),
        ("censored_household_pct", "censored_households"),
        ("contribution_pct", "censored_households"),
    ):
        gone = shown[count].isna()
        assert shown.loc[gone, rate].isna().all() and (shown[rate] == true[rate])[~gone].mean() > 0.9, rate
    assert not [c for c in told[0].table if "dep_" in c or "deprived_in" in c]


def test_places_within_one_tell_all_censored_counts_or_none(told):
    shown, true = (found.indicators for found in told)
    gone = shown["censored_households"].isna()
    assert gone.groupby([shown["level"], shown["district"], shown["year"]]).nunique().max() == 1
    both = true.merge(
        told[1].table[[*PLACES, "year", "households", "deprived_households"]], on=[*PLACES, "year"]
    )
    lacking, censored = both["lacking_households"], both["censored_households"]
    rest = both["households"] - lacking - both["deprived_households"] + censored
    for cell in (censored, both["deprived_households"] - censored, lacking - censored, rest):
        assert not cell[~gone].between(1, 9).any()


def test_every_gap_is_listed_for_whoever_keeps_the_register(told):
    shown, true = told
    secret = shown.hidden.merge(true.table[[*PLACES, "year", "level"]], on=[*PLACES, "year"])
    for stem, count in (("", "lacking"), ("poor_", "poor_lacking"), ("deprived_", "censored")):
        listed = secret[
            secret["column"].str.startswith(f"{stem}dep_") & (secret["column"] != "deprived_households")
        ]
        assert len(listed) == shown.indicators[f"{count}_households"].isna().sum() > 0, count
        small = true.indicators.loc[
            shown.indicators[f"{count}_households"].isna(), f"{count}_households"
        ].between(1, 9)
        assert (listed["reason"] == "small").sum() == small.sum()


def test_no_small_censored_count_can_be_worked_out(told):
    """By linear programming, with the deprivations that they add up to."""
    tables = []
    for found in told:
        wide = found.indicators.pivot(
            index=[*PLACES, "year"], columns="indicator", values="censored_households"
        )
        table = found.table.set_index([*PLACES, "year"])[["deprived_households", "deprivations"]]
        tables.append(table.join(wide).reset_index())
    shown, true = tables
    equal = [{"deprivations": -1, **dict.fromkeys(FLAGS, 1)}]
    at_least = [{"deprived_households": 1, flag: -1} for flag in FLAGS]
    assert worked_out(shown, true, PLACES, equal, at_least) == []


@pytest.mark.parametrize("flag", [FLAGS[0], FLAGS[9]])
def test_who_lacks_an_indicator_and_is_poor_cannot_be_worked_out_of_few(told, flag):
    """By linear programming: poor or not, lacking it or not, all four told of or not."""
    tables = []
    for found in told:
        of_flag = found.indicators[found.indicators["indicator"] == flag].set_index([*PLACES, "year"])
        table = found.table.set_index([*PLACES, "year"])[["households", "poor_households"]]
        table = table.join(of_flag[["lacking_households", "poor_lacking_households"]])
        table.columns = ["all", "poor", "lacking", "both"]
        table["poor alone"], table["lacking alone"] = (
            table["poor"] - table["both"],
            table["lacking"] - table["both"],
        )
        table["neither"] = table["all"] - table["poor"] - table["lacking alone"]
        tables.append(table.reset_index())
    assert tables[0]["both"].isna().any() and tables[0]["both"].notna().any()
    equal = [{"poor": -1, "both": 1, "poor alone": 1}, {"lacking": -1, "both": 1, "lacking alone": 1}]
    equal.append({"all": -1, "poor": 1, "lacking alone": 1, "neither": 1})
    assert worked_out(*tables, PLACES, equal) == []


def test_cutoffs_are_told_of_the_highest_places_as_far_as_all_keep_the_rule(told):
    shown, true = (found.cutoffs for found in told)
    assert "province" in {*shown["level"]} <= {"country", "province"} < {"country", *true["level"]}
    highest = shown.groupby("place")["needed"].max()
    assert highest.nunique() == 1 and 1 <= highest.iloc[0] < 10
    exactly = true.pivot(index=[*PLACES, "year"], columns="needed", values="deprived_households")
    top = exactly[exactly.index.get_level_values("district") == ""]
    exactly = top - top.shift(-1, axis=1, fill_value=0)
    assert not exactly.loc[:, : highest.iloc[0]].isin(range(1, 10)).any(axis=None)
    assert exactly.isin(range(1, 10)).any(axis=None)


def test_contributions_of_hidden_places_are_missing():
    table = pd.DataFrame(
        {"level": ["province", "district", "district"], "place": ["P", "D", "E"], "province": "P"}
    )
    table = table.assign(district=["", "D", "E"], commune="", year=2019)
    table["households"] = pd.array([100, 40, 60], "Int64")
    table["deprivations"] = pd.array([80, None, None], "Int64")
    assert contributions(table)["contribution_pct"].isna().all()


NESTED = """
[source]

[standard.nested]
decision = "in the manner of the global MPI"
issued = 2010-01-01
first_year = 2010
last_year = 2020
en = "Three services of one weight"
weights = "nested"
needed = { value = 1, of = 3, checked = false }
class.poor = { poor = true, deprived = true, en = "poor", checked = false }
class.rest = { poor = false, deprived = false, en = "not poor", checked = false }
"""
# Four households of 4, 7, 5 and 4 persons: two indicators of education, two of health, six of the standard of living.
SIZES = [4, 7, 5, 4]
LACKS = {
    "education": ["0101", "0100"],
    "health": ["0010", "1101"],
    "living": ["0111", "0010", "0110", "0000", "1111", "0101"],
}


@pytest.fixture(scope="module")
def nested(tmp_path_factory):
    """A standard of nested weights, by deprivations alone, and a register in which each person is a record."""
    flags = {f"dep_{service}_{i}": lacks for service, of in LACKS.items() for i, lacks in enumerate(of)}
    text = NESTED + "".join(
        f'indicator.{flag} = {{ service = "{flag.split("_")[1]}", en = "{flag}", checked = false, rule_en = "-", rule_checked = false }}\n'
        for flag in flags
    )
    path = tmp_path_factory.mktemp("nested") / "mpi.toml"
    path.write_text(text, "utf-8")
    homes = pd.DataFrame({flag: [digit == "1" for digit in lacks] for flag, lacks in flags.items()})
    homes = homes.loc[np.repeat(homes.index, SIZES)].reset_index(drop=True)
    homes = homes.assign(
        household=homes.index.astype(str), year=2015, province="P", district="D", commune="C"
    )
    register = open_register(homes, standard=f"{path}:nested")
    return register, review(register, by="province", minimum=0, indicators=True)


def test_nested_weights_are_those_of_the_global_index(nested):
    """Of 18: 3 for each indicator of education and health, 1 for each of the standard of living; a third is needed."""
    register, found = nested
    standard = register.standard
    assert [one.weight for one in standard.indicators] == [3, 3, 3, 3, 1, 1, 1, 1, 1, 1]
    assert (standard.total, standard.needed) == (18, 6)
    # By exact fractions: scores of 4, 13, 7 and 9 of 18, of which those from 6 count.
    scores = [
        sum(int(of[i]) * w for s, w in (("education", 3), ("health", 3), ("living", 1)) for of in LACKS[s])
        for i in range(4)
    ]
    assert scores == [4, 13, 7, 9]
    poor = [(score, n) for score, n in zip(scores, SIZES, strict=True) if score >= 6]
    q, c = sum(n for _, n in poor), sum(score * n for score, n in poor)
    row = found.table.iloc[0]
    h, a, m = row["deprived_household_pct"], row["intensity_pct"], row["adjusted_headcount_pct"]
    assert (h, a, m) == pytest.approx(
        [float(100 * Fraction(*x)) for x in ((q, 20), (c, 18 * q), (c, 18 * 20))], abs=1e-12
    )
    assert (h, a, m) == pytest.approx((80, 56.25, 45), abs=1e-12)
    rows = found.indicators.assign(service=found.indicators["indicator"].str.split("_").str[1])
    parts = rows.groupby("service")["contribution_pct"].sum()
    expected = {
        "education": Fraction(3 * (11 + 7), c),
        "health": Fraction(3 * (5 + 11), c),
        "living": Fraction(60, c),
    }
    assert parts.to_dict() == pytest.approx({s: float(100 * x) for s, x in expected.items()}, abs=1e-10)
    assert found.cutoffs.set_index("needed").loc[[4, 5, 7, 8, 14], "deprived_households"].tolist() == [
        20,
        16,
        16,
        11,
        0,
    ]
    assert row["poor_household_pct"] == h
    assert standard.text("en").splitlines()[2] == "Poor: deprivations that weigh 6 of 18 or more."
    assert "10 indicators of deprivation alone, whatever the income" in standard.text("en")


def test_poor_by_deprivations_alone_are_told_where_the_deprived_are(nested):
    """They are the same households: one is hidden with the other, by indicator as well; no income is asked for or read."""
    standard, rng = nested[0].standard, np.random.default_rng(4)
    homes = pd.DataFrame({"household": [*map(str, range(600))] * 2, "year": np.repeat([2014, 2016], 600)})
    homes["province"] = "P"
    homes["district"] = rng.choice(["D", "E"], 1200)
    homes["commune"] = homes["district"] + rng.choice([*"12345"], 1200, p=[0.5, 0.3, 0.1, 0.06, 0.04])
    lacks = rng.random((1200, 10)) < rng.uniform(0.12, 0.4, 10)
    homes[[*standard.columns]] = lacks
    register = open_register(homes, standard=standard)
    found, moved = review(register, indicators=True), transitions(register)
    table, plain = found.table, review(register, minimum=0, indicators=True)
    assert table["poor_households"].isna().equals(table["deprived_households"].isna())
    assert table["poor_households"].isna().any() and table["poor_households"].notna().any()
    assert plain.table["poor_households"].equals(plain.table["deprived_households"])
    lacking = found.indicators[["poor_lacking_households", "censored_households"]].isna()
    assert lacking.iloc[:, 0].equals(lacking.iloc[:, 1]) and not lacking.all().all()
    known = found.audit(moved)
    assert not known["upper"].between(1, 9).any()
    # Who lacks a flag that decides nothing is kept: 4 of 18 whatever the last one is, and 6 without it.
    some = (
        homes.head(2).assign(**dict.fromkeys(standard.columns, False)).astype({standard.columns[-1]: object})
    )
    some.loc[1, [*standard.columns[:2]]] = True
    some[standard.columns[-1]] = None
    assert open_register(some, standard=standard).records.to_pandas()["poor"].tolist() == [False, True]


def test_pandas_and_the_engine_score_alike(nested):
    register, _ = nested
    heavy = replace(
        register.standard, indicators=tuple(replace(one, weight=100) for one in register.standard.indicators)
    )
    flags = ibis.memtable({flag: [True, True] for flag in heavy.columns})
    scores = score(heavy.indicators, {flag: flags[flag] for flag in heavy.columns})
    assert flags.select(score=scores).to_pandas()["score"].tolist() == [1000, 1000]
    homes = register.records.to_pandas()
    told = register.standard.classify(homes.drop(columns=["deprivations", "class"]))
    assert (
        told["deprivations"].tolist() == homes["deprivations"].tolist()
        and told["class"].tolist() == homes["class"].tolist()
    )


def place(commune, households, poor, *lacking, standard):
    """Illustrative households of one commune: so many of the first are poor, and of each indicator so many lack it, from one on."""
    line = min(min(line.values()) for line in standard.lines.values())
    rows = pd.DataFrame({"commune": commune, "income_vnd_k": 3000.0}, index=range(households))
    rows = rows.assign(**dict.fromkeys(standard.columns, False), province="P", district="D", urban=False)
    rows.loc[: poor - 1, "income_vnd_k"] = line - 1.0
    for column, (first, n) in zip(standard.columns, lacking, strict=False):
        rows.loc[first : first + n - 1, column] = True
    return rows


def told_of(name, *places):
    standard = national_standard(name)
    rows = pd.concat([place(*of, standard=standard) for of in places], ignore_index=True)
    rows = rows.assign(household=rows.index.astype(str), year=standard.first_year)
    found = review(open_register(rows, standard=name), indicators=True)
    detail = found.indicators.pivot(index="place", columns="indicator", values="lacking_households")
    return found.table.set_index("place"), detail[[*standard.columns]], found


def test_few_who_are_deprived_and_not_poor_are_not_a_subtraction_away():
    """Where all the poor are deprived: 34 deprived less 30 poor."""
    table, *_ = told_of("multidim_2022_2025", ("A", 100, 30, *[(0, 34)] * 3), ("B", 120, 30, *[(0, 50)] * 3))
    assert table["deprived_households"].fillna(-1).astype(int).to_dict() == {
        "P": 84,
        "D": 84,
        "A": -1,
        "B": -1,
    }
    assert table.loc[["A", "B"], ["deprivations", "deprived_household_pct"]].isna().all(axis=None)


def test_few_with_more_deprivations_than_needed_do_not_follow_from_all_deprivations():
    """94 deprivations of 30 households, 3 needed: at most 4 have a fourth."""
    lacking = [(0, 30)] * 3
    table, *_ = told_of(
        "multidim_2016_2020", ("A", 60, 20, *lacking, (0, 4)), ("B", 60, 20, *lacking, (0, 20))
    )
    assert table["deprivations"].fillna(-1).astype(int).to_dict() == {"P": 204, "D": 204, "A": -1, "B": -1}
    assert table.loc["A", ["intensity_pct", "adjusted_headcount_pct"]].isna().all()


def test_a_hidden_indicator_does_not_follow_from_all_deprivations():
    """In B 150 deprivations are no more than 135 of four indicators and those of the fifth: 15 or more, so in A 4 or fewer."""
    lacking = [*[(0, 40)] * 3, (0, 15)]
    table, detail, found = told_of(
        "multidim_2016_2020", ("A", 80, 20, *lacking, (15, 4)), ("B", 80, 20, *lacking, (15, 15))
    )
    assert table.loc["B", "deprivations"] == 150
    assert detail.loc[["A", "B"]].isna().all(axis=None) and detail.loc["D"].notna().all()
    assert {f"{FLAGS[0]}_households", f"{FLAGS[4]}_households"} <= {*found.hidden["column"]}
