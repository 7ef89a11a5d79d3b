"""Illustrative registers: published margins hit, known associations recovered, whole or absent, marked throughout."""

import importlib
import json
import re
import sys

import numpy as np
import pandas as pd
import pytest

from povertystats.facts.package import load_facts
from povertystats.illustrative.households import DRIVERS, FLAGS
from povertystats.illustrative.registers import EFFECTS_PP, illustrative_register
from povertystats.pages.site import NOTEBOOKS

pq = pytest.importorskip("pyarrow.parquet")
module = importlib.import_module("povertystats.illustrative.registers")
PLACE = ["household", "year", "province", "district", "commune", "urban"]
COLUMNS = [*PLACE, "ethnic", "persons", "head_age", "income_vnd_k", *FLAGS, *DRIVERS, "illustrative"]


def classify(rows):
    """The standard of 2016-2020 in plain pandas (Decision 59/2015/QĐ-TTg)."""
    line, upper = np.where(rows["urban"], 900, 700), np.where(rows["urban"], 1300, 1000)
    income, lacks = rows["income_vnd_k"], rows.filter(like="dep_").sum(axis=1)
    deprived = (income > line) & (income <= upper) & (lacks >= 3)
    rows = rows.assign(poor_income=income <= line, poor_deprivation=deprived)
    return rows.assign(
        poor=rows["poor_income"] | deprived, near_poor=(income <= upper) & (income > line) & ~deprived
    )


def transitions(rows):
    """One row a household and pair of years that follow each other: its earlier record, and whether it moved."""
    rows = classify(rows).sort_values(["household", "year"])
    later = rows.groupby("household")["poor"].shift(-1)
    return rows.assign(moved=later != rows["poor"])[later.notna()]


def within(rows, drivers):
    """Least squares with commune-by-year effects: coefficients and robust (HC1) standard errors, in points."""
    cell = [rows["commune"], rows["year"]]
    x, y = rows[drivers].astype(float), 100 * rows["moved"].astype(float)
    x, y = ((v - v.groupby(cell).transform("mean")).to_numpy() for v in (x, y))
    inverse = np.linalg.inv(x.T @ x)
    found = inverse @ x.T @ y
    scores = x * (y - x @ found)[:, None]
    freedom = len(x) / (len(x) - rows.groupby(["commune", "year"]).ngroups - len(drivers))
    return found, np.sqrt(freedom * np.diag(inverse @ scores.T @ scores @ inverse))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "register"
    return illustrative_register(folder, households=80_276, published=True)


@pytest.fixture(scope="module")
def rows(made):
    return classify(pd.read_parquet(made.folder))


def small(folder, **options):
    return illustrative_register(folder, **{"households": 2_000, "years": (2019, 2020), **options})


def test_the_review_of_2019_is_as_published(rows):
    review = rows[rows["year"] == 2019]
    assert len(review) == 80_276
    assert review["poor"].sum() == pytest.approx(16_003, abs=4)  # eight districts, each in whole households
    assert review["near_poor"].sum() == 8_668
    of = review.groupby("district")
    published = {
        "Pác Nặm": 35.22,
        "Ngân Sơn": 34.29,
        "Na Rì": 25.11,
        "Ba Bể": 23.80,
        "Bạch Thông": 17.46,
        "Chợ Mới": 16.85,
        "Chợ Đồn": 15.86,
        "TP. Bắc Kạn": 1.93,
    }
    assert (100 * of["poor"].mean()).to_dict() == pytest.approx(published, abs=0.006)
    assert of[["poor", "near_poor"]].sum().loc[["Ngân Sơn", "TP. Bắc Kạn"]].values.tolist() == [
        [2543, 1030],
        [226, 206],
    ]
    assert len(review.query("district == 'Ba Bể'")) == 10_832


def test_other_years_follow_the_province(rows):
    rate = 100 * rows.groupby("year")["poor"].mean()
    assert rate.to_dict() == pytest.approx(
        {2016: 26.61, 2017: 24.53, 2018: 21.88, 2019: 19.93, 2020: 18.50}, abs=0.01
    )
    near = 100 * rows.groupby("year")["near_poor"].mean()
    assert near.loc[[2018, 2020]].tolist() == pytest.approx([11.82, 10.46], abs=0.006)


def test_who_is_poor_is_as_published(rows):
    poor = rows[rows["poor"]]
    by_income = 100 * poor.groupby("year")["poor_income"].mean()
    assert by_income.loc[[2018, 2019]].tolist() == pytest.approx([95.18, 96.1], abs=0.01)
    minority = 100 * (poor["ethnic"] != "Kinh").groupby(poor["year"]).mean()
    assert minority.tolist() == pytest.approx([95.42] * 5, abs=0.7)
    shares = 100 * poor["ethnic"].value_counts(normalize=True)
    assert shares.loc[["Dao", "Tày", "Mông", "Nùng"]].tolist() == pytest.approx(
        [33.2, 30.5, 20.5, 10.1], abs=1.5
    )


def test_margins_are_what_the_register_holds(made, rows):
    names = {
        "poor": "poor_households",
        "near_poor": "near_poor_households",
        "poor_deprivation": "deprivation_poor_households",
    }
    counted = rows.groupby(["district", "year"])[list(names)].sum().rename(columns=names)
    aimed = made.margins.set_index(["district", "year"])
    pd.testing.assert_frame_equal(
        counted, aimed[list(names.values())], check_dtype=False, check_index_type=False
    )
    assert rows.groupby(["district", "year"]).size().tolist() == aimed["households"].tolist()
    expected = (aimed["poor_household_pct"] / 100 * aimed["households"]).round()
    assert aimed["poor_households"].tolist() == expected.tolist()
    assert aimed.query("published").index.get_level_values("year").unique().tolist() == [2019]


def test_every_record_is_possible(rows):
    assert not rows.duplicated(["household", "year"]).any()
    assert rows["head_age"].between(18, 95).all() and rows["persons"].between(1, 12).all()
    assert (rows["income_vnd_k"] > 0).all()
    assert (rows["dep_health_insurance"] == ~rows["insured"]).all()
    of = rows.groupby("commune")
    assert of.ngroups == 122 and (of[["district", "urban", "programme_commune"]].nunique() == 1).all().all()
    assert 0 < rows.loc[rows["district"] == "TP. Bắc Kạn", "urban"].mean() < 1


def test_households_stay_but_for_one_in_a_hundred(rows):
    for year in range(2017, 2021):
        before, after = (set(rows.loc[rows["year"] == y, "household"]) for y in (year - 1, year))
        assert len(before) == len(after) and len(after - before) / len(after) == pytest.approx(
            0.01, abs=0.002
        )
        assert not (after - before) & set(rows.loc[rows["year"] < year, "household"])


def test_the_known_truth_is_recovered(tmp_path):
    drivers = ["borrower", "trained", "insured"]
    effects = {
        "escape": EFFECTS_PP["escape"] | {"insured": -5.0},
        "entry": EFFECTS_PP["entry"] | {"borrower": 0.3},
    }
    z = {"escape": [], "entry": []}
    for seed in range(6):
        made = illustrative_register(tmp_path / f"{seed}", households=10_000, effects=effects, seed=seed)
        rows = transitions(pd.read_parquet(made.folder))
        truth = made.truth.set_index(["transition", "driver"])["effect_pp"]
        for move, some in {"escape": rows[rows["poor"]], "entry": rows[~rows["poor"]]}.items():
            found, error = within(some, drivers)
            z[move].append((found - truth[move][drivers].to_numpy()) / error)
    z = np.array([*z.values()])
    # Of 36 intervals of 95 % fewer than 31 hold with a chance under 1 %; no mean is off by three standard errors.
    assert (abs(z) < 1.96).sum() >= 31
    assert (abs(z.mean(axis=1)) * np.sqrt(6) < 3).all()


def test_effects_left_out_are_nought(tmp_path):
    made = small(tmp_path / "r", effects={"escape": {"trained": 2}})
    assert made.truth["effect_pp"].tolist() == [0, 2, 0, 0, 0, 0, 0, 0]


def test_workers_change_no_byte_and_seeds_do(tmp_path):
    one = small(tmp_path / "one", provinces=2, workers=1)
    two = small(tmp_path / "two", provinces=2, workers=2)
    assert [f.name for f in two.files] == ["province-001.parquet", "province-002.parquet"]
    assert [f.read_bytes() for f in one.files] == [f.read_bytes() for f in two.files]
    other = small(tmp_path / "other", seed=2)
    income = [pq.read_table(f)["income_vnd_k"].to_pylist() for f in (*one.files, *other.files)]
    assert income[0] != income[1] and income[0] != income[2]


def test_provinces_share_no_household_and_no_place(tmp_path):
    made = small(tmp_path / "r", provinces=2, workers=1)
    rows = pd.concat(map(pd.read_parquet, made.files))
    assert rows["province"].unique().tolist() == ["illustrative 001", "illustrative 002"]
    assert (rows.groupby("household")["province"].nunique() == 1).all()
    assert rows["district"].nunique() == 16 and rows["commune"].nunique() == 244


def test_by_default_nothing_is_that_of_a_real_place(tmp_path):
    made = small(tmp_path / "r", workers=1)
    rows = pd.read_parquet(made.folder)
    assert rows["province"].unique().tolist() == ["Tỉnh minh họa"]
    assert set(rows["ethnic"]) == {"Kinh", "nhóm 1", "nhóm 2", "nhóm 3", "nhóm 4"}
    counted = classify(rows).groupby(["district", "year"])["poor"].sum()
    assert (
        counted.tolist() == made.margins["poor_households"].tolist() and not made.margins["published"].any()
    )


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_household_notebook_names_no_real_place(lang):
    notebook = json.loads((NOTEBOOKS / lang / "06_household_register.ipynb").read_text("utf-8"))
    cells = [c for c in notebook["cells"] if "parameters" not in c["metadata"].get("tags", [])]
    told = [text for c in cells for o in c.get("outputs", []) for text in o.get("data", {}).values()]
    told = "".join(
        "".join(text) for text in [*(c["source"] for c in cells), *told] if not isinstance(text, dict)
    )
    assert "Huyện A" in told and notebook["metadata"]["povertystats"]["layer"] == "hidden"
    assert not [
        name for name in load_facts().places.table["place"] if re.search(rf"\b{re.escape(name)}\b", told)
    ]


def test_its_face_says_that_no_household_is_real(made):
    assert made._sentence() == "No real household: 401,380 records of 2016 to 2020 in 1 file(s) of register"
    assert len(repr(made).splitlines()) == 1


def test_files_say_that_they_are_illustrative(made, rows):
    (file,) = made.files
    assert rows["illustrative"].all() and rows["province"].unique().tolist() == ["Bắc Kạn (illustrative)"]
    told = pq.read_schema(file).metadata
    assert told[b"illustrative"] == b"true" and told[b"seed"] == b"1"
    assert told[b"generator"].startswith(b"povertystats.illustrative.registers")


def test_columns_and_types_are_those_of_a_register(made):
    schema = pq.read_schema(made.files[0])
    assert schema.names == COLUMNS
    kinds = {name: str(schema.field(name).type) for name in COLUMNS}
    assert {kinds[name] for name in ("province", "district", "commune", "ethnic")} == {"string"}
    assert {kinds[name] for name in ("household", "year", "persons", "head_age", "income_vnd_k")} == {
        "int64",
        "int32",
        "double",
    }
    assert {kinds[name] for name in COLUMNS[10:] + ["urban"]} == {"bool"}


def test_a_failure_leaves_nothing_and_what_was_killed_is_cleared_away(tmp_path, monkeypatch):
    write = module._write_part

    def fails(path, number, *rest, **options):
        if number == 2:
            raise OSError("disk full")
        return write(path, number, *rest, **options)

    with monkeypatch.context() as patch:
        patch.setattr(module, "_write_part", fails)
        with pytest.raises(OSError, match="disk full"):
            small(tmp_path / "r", provinces=2, workers=1)
    assert not list(tmp_path.iterdir())
    (tmp_path / ".povertystats-0badc0de").mkdir()
    (tmp_path / ".povertystats-0badc0de" / "province-009.parquet").write_bytes(b"half")
    (tmp_path / "r").mkdir()
    small(tmp_path / "r")
    assert [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")] == [
        "r",
        "r/province-001.parquet",
    ]


def test_bad_arguments_are_refused_at_once(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "register.csv").write_text("x")
    effects = {"escape": {"borower": 1, "trained": np.nan}, "exit": {}}
    with pytest.raises(ValueError, match="cannot write an illustrative register") as refused:
        illustrative_register(
            tmp_path / "full",
            households=10,
            years=(2014, 2021),
            provinces=1000,
            effects=effects,
            seed=-1,
            workers=0,
        )
    assert len(refused.value.problems) == 9
    with pytest.raises(ValueError, match="there is no folder"):
        small(tmp_path / "no" / "r")


def test_wrong_types_are_refused_at_once(tmp_path):
    with pytest.raises(ValueError, match="cannot write an illustrative register") as refused:
        illustrative_register(
            tmp_path / "r", households=2e4, provinces=True, years=2019, published="yes", effects=[4]
        )
    assert [p.split(" is ")[0] for p in refused.value.problems] == [
        "households",
        "provinces",
        "published",
        "years",
        "effects",
    ]


def test_effects_that_leave_no_room_are_refused_with_every_district(tmp_path):
    with pytest.raises(ValueError, match="between 0 and 1") as refused:
        small(tmp_path / "r", effects={"escape": {"trained": 95}, "entry": {"borrower": -10}})
    assert any(p.startswith("TP. Minh Họa, 2019 to 2020, escape") for p in refused.value.problems)
    assert len({p.partition(",")[0] for p in refused.value.problems}) > 1
    assert not list(tmp_path.iterdir())


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ModuleNotFoundError, match=r"povertystats\[register\]"):
        small(tmp_path / "r")
