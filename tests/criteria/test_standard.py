"""The classes of households as the decisions have them, alike on pandas and ibis; a standard in sentences."""

import itertools

import numpy as np
import pandas as pd
import pytest
from helpers.criteria import ABROAD, homes
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.facts.standards import national_standard
from povertystats.words.errors import Refused
from povertystats.words.wording import LANGUAGES

OLD, NEW = "multidim_2016_2020", "multidim_2022_2025"
STANDARDS = {name: national_standard(name) for name in (OLD, NEW)}


def by_hand(name, income, urban, deprivations):
    """Return the class by the words of the decisions, as plain branches."""
    if name == OLD:
        poor, near = (900, 1300) if urban else (700, 1000)
        if income <= poor:
            return "income_poor"
        if income <= near:
            return "deprivation_poor" if deprivations >= 3 else "near_poor"
        return "not_poor"
    if income <= (2000 if urban else 1500):
        return "poor_multidim" if deprivations >= 3 else "near_poor"
    return "not_poor"


class TestClasses:
    @pytest.mark.parametrize("urban", [False, True])
    @pytest.mark.parametrize("name", STANDARDS)
    def test_every_line_belongs_to_the_class_below_it(self, name, urban):
        standard = STANDARDS[name]
        ends = [line["urban" if urban else "rural"] for line in standard.lines.values()]
        incomes = [0, 1, *(x for end in ends for x in (end - 0.001, end, np.nextafter(end, np.inf), end + 1))]
        rows = list(itertools.product(incomes, range(len(standard.columns) + 1)))
        income, deprivations = zip(*rows, strict=True)
        found = standard.classify(homes(standard, income, urban, deprivations))
        assert found["class"].tolist() == [by_hand(name, x, urban, c) for x, c in rows]
        assert found["deprivations"].tolist() == list(deprivations)
        assert set(found["class"]) == set(standard.classes)

    @settings(max_examples=50, deadline=None)
    @given(
        st.sampled_from(list(STANDARDS)),
        st.lists(st.tuples(st.floats(0, 5000), st.booleans(), st.integers(0, 10)), min_size=1, max_size=20),
    )
    def test_every_household_is_in_exactly_one_class(self, name, rows):
        standard = STANDARDS[name]
        frame = pd.DataFrame(rows, columns=["income_vnd_k", "urban", "deprivations"])
        met = pd.DataFrame(standard.conditions(frame))
        assert (met.sum(axis="columns") == 1).all()
        assert met.idxmax(axis="columns").tolist() == [by_hand(name, *row) for row in rows]

    @pytest.mark.parametrize("name", STANDARDS)
    def test_ibis_and_pandas_agree(self, name):
        ibis = pytest.importorskip("ibis")
        standard, random = STANDARDS[name], np.random.default_rng(7)
        income = random.choice([0, 699.5, 700, 900, 1000, 1300, 1500, 2000, 2000.5], 500)
        frame = standard.classify(
            homes(standard, income, random.random(500) < 0.5, random.integers(0, 11, 500))
        )
        table = ibis.memtable(frame.reset_index(names="row"))
        met = table.select("row", **standard.conditions(table)).to_pandas().sort_values("row")
        met = met[list(standard.classes)]
        assert (met.sum(axis="columns") == 1).all()
        assert met.idxmax(axis="columns").tolist() == frame["class"].tolist()

    def test_a_missing_income_is_in_no_class(self):
        frame = pd.DataFrame({"income_vnd_k": [np.nan], "urban": [True], "deprivations": [5]})
        assert not any(met.any() for met in STANDARDS[OLD].conditions(frame).values())

    def test_classify_adds_columns_and_changes_nothing(self):
        standard = STANDARDS[OLD]
        frame = homes(standard, [650, 950], [False, True], [0, 4], index=["a", "b"]).assign(commune="x")
        before = frame.copy()
        found = standard.classify(frame)
        pd.testing.assert_frame_equal(frame, before)
        pd.testing.assert_frame_equal(found[before.columns], before)
        assert found["class"].to_dict() == {"a": "income_poor", "b": "deprivation_poor"}

    def test_flags_may_be_of_any_type_that_holds_true_and_false(self):
        standard = STANDARDS[NEW]
        frame = homes(standard, [1200, 1200], [False, True], [2, 3])
        flags = [*standard.columns, "urban"]
        expected = standard.classify(frame)["class"].tolist()
        for kind in ("object", "boolean"):
            assert standard.classify(frame.astype(dict.fromkeys(flags, kind)))["class"].tolist() == expected

    def test_no_household_is_no_error(self):
        assert STANDARDS[OLD].classify(homes(STANDARDS[OLD], [], [], []).astype({"urban": bool})).empty

    def test_all_that_is_wrong_with_households_is_told_at_once(self):
        standard = STANDARDS[OLD]
        frame = homes(standard, [700.0, -1, np.nan], [False] * 3, [0] * 3, index=[5, 6, 7])
        frame = frame.astype({"urban": object, "dep_toilet": int}).drop(columns="dep_water")
        frame.loc[7, "urban"] = "yes"
        frame.insert(0, "dep_telecom", False, allow_duplicates=True)
        with pytest.raises(Refused, match="cannot classify households by multidim_2016_2020") as told:
            standard.classify(frame.assign(**{"class": "poor"}))
        assert told.value.problems == [
            "income_vnd_k: 1 value(s) missing or infinite, first nan in row 7",
            "urban: 1 value(s) neither True nor False, first yes in row 7",
            "dep_water: there is no such column",
            "dep_toilet: 3 value(s) neither True nor False, first 0 in row 5",
            "dep_telecom: there are 2 such columns",
            "class: it is there already",
        ]

    def test_an_income_of_text_or_a_missing_flag_is_refused(self):
        standard = STANDARDS[OLD]
        frame = homes(standard, ["700"], [True], [0])
        frame["dep_water"] = pd.array([None], dtype="boolean")
        with pytest.raises(Refused) as told:
            standard.classify(frame)
        income, water = told.value.problems
        assert income.startswith("income_vnd_k: expected numbers (thousand dong a person a month), is ")
        assert water == "dep_water: 1 value(s) neither True nor False, first <NA> in row 0"

    def test_only_a_frame_can_be_classified(self):
        with pytest.raises(TypeError, match="frame must be a pandas DataFrame, not list"):
            STANDARDS[OLD].classify([1])


class TestText:
    @pytest.mark.parametrize("lang", LANGUAGES)
    @pytest.mark.parametrize("name", STANDARDS)
    def test_the_bad_news_is_told(self, name, lang):
        standard = STANDARDS[name]
        lines = standard.text(lang).splitlines()
        assert len(lines) == 1 + len(standard.classes) + 1
        assert str(len(standard.columns)) in lines[-1]
        assert lines[-1].startswith({"vi": "Chưa đối chiếu", "en": "Not verified"}[lang])

    def test_vietnamese(self):
        assert STANDARDS[NEW].text("vi").splitlines()[1] == (
            "Hộ nghèo: thu nhập từ 1.500.000 đồng trở xuống ở nông thôn, từ 2.000.000 đồng trở xuống ở thành thị, "
            "và thiếu hụt từ 3 chỉ số trở lên."
        )

    def test_english(self):
        assert STANDARDS[OLD].text("en").splitlines()[2] == (
            "Poor by deprivation: income over 700,000 and up to 1,000,000 dong in rural areas, over 900,000 and up to "
            "1,300,000 dong in urban areas, and deprived in 3 indicators or more."
        )

    def test_another_language_is_refused(self):
        with pytest.raises(ValueError, match="language 'fr' is not known"):
            STANDARDS[OLD].text("fr")


@pytest.fixture
def abroad(tmp_path):
    path = tmp_path / "abroad.toml"
    path.write_text(ABROAD, encoding="utf-8")
    return national_standard(f"{path}:abroad")


class TestAbroad:
    # Dhaka, rural, 1998: 4,400 and 6,600.5 times 1.2; Sylhet: 4,000 and 6,000 times 1.1 times 1.15.
    HOMES = pd.DataFrame(
        [
            ("Dhaka", 1998, False, 5280.0, "ultra_poor"),
            ("Dhaka", 1998, False, 5280.01, "moderate_poor"),
            ("Dhaka", 1998, False, 7920.6, "moderate_poor"),
            ("Dhaka", 1998, True, 6240.0, "ultra_poor"),
            ("Sylhet", 1998, True, 5060.0, "ultra_poor"),
            ("Sylhet", 1998, False, 7590.01, "better_off"),
            ("Cox's Bazar", 1991, True, -5.0, "ultra_poor"),
        ],
        columns=["region", "year", "urban", "income_tk", "class"],
    )

    def test_regions_years_and_classes_of_any_name(self, abroad):
        found = abroad.classify(self.HOMES.drop(columns="class"))
        assert found["class"].tolist() == self.HOMES["class"].tolist()
        assert (abroad.poor, abroad.needed, abroad.columns) == (("ultra_poor", "moderate_poor"), 0, ())
        assert (abroad.by_area, abroad.places) == (True, ("region",)) and abroad.bounds()[0] == 4000

    def test_a_place_without_a_line_is_in_no_class(self, abroad):
        ibis = pytest.importorskip("ibis")
        rows = ibis.memtable(self.HOMES.assign(region=["Khulna", *self.HOMES["region"][1:]], deprivations=0))
        found = rows.mutate(lost=abroad.unlined(rows), **abroad.conditions(rows)).to_pandas()
        assert found["lost"].tolist() == [True] + [False] * 6
        assert not found.loc[0, ["ultra_poor", "moderate_poor", "better_off"]].fillna(False).any()

    def test_its_own_currency_and_period_are_told(self, abroad):
        assert abroad.text("en").splitlines() == [
            "Cost of basic needs (A handbook of 1 January 1991): income a person a year alone.",
            "The lines are multiplied by the price index of the place and year; incomes stay as they are.",
            "Ultra poor: income of up to the lower line of the region (4,000 to 5,200 taka).",
            "Moderately poor: income over the lower line of the region (4,000 to 5,200 taka) and up to its upper line "
            "(6,000 to 7,800 taka).",
            "Better off: income over the upper line of the region (6,000 to 7,800 taka).",
            "Every line and indicator here was verified against a source.",
        ]
        assert "taka" in abroad.text("vi") and "đồng" not in abroad.text("vi")

    def test_a_class_that_shares_its_name_with_another_count_is_counted_apart(self, abroad, tmp_path):
        path = tmp_path / "other.toml"
        path.write_text(
            ABROAD.replace("moderate_poor", "poor").replace("better_off", "insured"), encoding="utf-8"
        )
        counts = national_standard(f"{path}").counts
        assert counts == {
            "ultra_poor": "ultra_poor_households",
            "poor": "class_poor_households",
            "insured": "class_insured_households",
        }
        assert national_standard(OLD).counts["near_poor"] == "near_poor_households"


class TestIncomeStandards:
    """Decisions 170/2005/QĐ-TTg and 09/2011/QĐ-TTg."""

    @pytest.mark.parametrize(
        ("name", "income", "urban", "expected"),
        [
            ("income_2006_2010", 200, False, "income_poor"),
            ("income_2006_2010", 201, False, "not_poor"),
            ("income_2006_2010", 260, True, "income_poor"),
            ("income_2006_2010", 261, True, "not_poor"),
            ("income_2011_2015", 400, False, "income_poor"),
            ("income_2011_2015", 401, False, "near_poor"),
            ("income_2011_2015", 520, False, "near_poor"),
            ("income_2011_2015", 521, False, "not_poor"),
            ("income_2011_2015", 500, True, "income_poor"),
            ("income_2011_2015", 501, True, "near_poor"),
            ("income_2011_2015", 650, True, "near_poor"),
            ("income_2011_2015", 651, True, "not_poor"),
        ],
    )
    def test_the_lines_of_the_decisions(self, name, income, urban, expected):
        frame = pd.DataFrame({"income_vnd_k": [income], "urban": [urban]})
        assert national_standard(name).classify(frame)["class"].tolist() == [expected]


@pytest.mark.parametrize("name", STANDARDS)
def test_a_class_hangs_on_missing_flags_exactly_when_filling_them_changes_it(name):
    ibis = pytest.importorskip("ibis")
    incomes = [
        -100.0,
        *(x for line in STANDARDS[name].lines.values() for end in line.values() for x in (end, end + 1)),
    ]
    homes = pd.DataFrame(
        itertools.product(incomes, [False, True], range(6), range(6)),
        columns=["income_vnd_k", "urban", "known", "unknown"],
    )
    rows = ibis.memtable(homes)
    hangs = STANDARDS[name].undecided(rows, rows["known"], rows["unknown"])
    for row in rows.mutate(hangs=hangs).to_pandas().itertuples():
        counts = range(row.known, row.known + row.unknown + 1)
        either = {by_hand(name, row.income_vnd_k, row.urban, count) for count in counts}
        assert row.hangs == (len(either) > 1), row
