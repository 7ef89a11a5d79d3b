"""A table about a register says what the review behind it says, hides what it hides, and says when it is illustrative."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from helpers.criteria import GOOD

import povertystats as ps
from povertystats.exhibits import register_tables
from povertystats.facts.standards import national_standard
from povertystats.words.wording import number, say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
EFFECTS = {"borrower_before": 4.0, "trained_before": 6.0}


@pytest.fixture(scope="module")
def frame(made):
    return pd.concat([pd.read_parquet(file) for file in made.files])


def fit(estimates, level=0.95):
    """Return what ``models`` needs of a fit: rows in points, and in log-odds, which it leaves alone."""
    rows = [
        {"driver": driver, "estimate": e, "low": e - 1, "high": e + 1, "level": level, "scale": scale}
        for scale, shift in (("points", 0), ("log_odds", 50))
        for driver, e in ((driver, e + shift) for driver, e in estimates.items())
    ]
    return SimpleNamespace(table=pd.DataFrame(rows))


def column(table, name, lang):
    return table.frame[say(f"register.head.{name}", lang)].tolist()


@LANGUAGES
def test_the_lines_are_those_of_the_standard(lang):
    table = register_tables.lines(national_standard(), lang)
    assert column(table, "rural", lang) == ["700", number(1000, lang, 0)]
    assert column(table, "urban", lang) == ["900", number(1300, lang, 0)]
    assert column(table, "checked", lang) == [say("register.checked.yes", lang)] * 2


@pytest.mark.parametrize("name", ["multidim_2016_2020", "multidim_2022_2025"])
@LANGUAGES
def test_who_is_deprived_is_shown_only_where_a_source_was_read(name, lang):
    standard = national_standard(name)
    table = register_tables.indicators(standard, lang)
    told = column(table, "checked", lang)
    assert told == [
        say(f"register.checked.{'yes' if one.checked else 'no'}", lang) for one in standard.indicators
    ]
    rule = say("register.head.rule", lang)
    assert not any(one.rule_checked for one in standard.indicators) and rule not in table.frame
    first, *others = standard.indicators
    read = replace(standard, indicators=(replace(first, rule_checked=True), *others))
    assert register_tables.indicators(read, lang).frame[rule].tolist() == [
        first.rule[lang],
        *["–"] * len(others),
    ]


@LANGUAGES
def test_the_standard_of_2022_2025_names_its_line(lang):
    standard = national_standard("multidim_2022_2025")
    assert column(register_tables.lines(standard, lang), "line", lang) == [
        {"vi": "tiêu chí thu nhập", "en": "income line"}[lang]
    ]
    services = {"vi": {"y tế", "việc làm"}, "en": {"health", "employment"}}[lang]
    assert services < set(column(register_tables.indicators(standard, lang), "service", lang))


@LANGUAGES
def test_a_standard_of_ones_own_brings_its_words_or_is_called_by_its_keys(tmp_path, lang):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    mine = national_standard("mine", path=path)
    assert column(register_tables.lines(mine, lang), "line", lang) == ["low"]
    assert column(register_tables.indicators(mine, lang), "service", lang) == ["water"]
    service = '[service]\nwater = { vi = "nước", en = "drinking water" }\n'
    path.write_text(GOOD.replace("rural = 10", 'vi = "mức", en = "low line", rural = 10') + service, "utf-8")
    mine = national_standard("mine", path=path)
    expected = {"vi": ("mức", "nước"), "en": ("low line", "drinking water")}[lang]
    assert column(register_tables.lines(mine, lang), "line", lang) == [expected[0]]
    assert column(register_tables.indicators(mine, lang), "service", lang) == [expected[1]]
    assert (
        mine.text(lang).splitlines()[2]
        == {
            "vi": "Nghèo: thu nhập từ 10 trở xuống ở nông thôn, từ 20,5 trở xuống ở thành thị, không xét số chỉ số thiếu hụt.",
            "en": "Poor: income of up to 10 in rural areas and 20.5 in urban areas, whatever the deprivations.",
        }[lang]
    )


def test_an_unverified_line_and_indicator_are_called_so():
    standard = national_standard()
    doubted = replace(
        standard,
        table=standard.table.assign(checked=False),
        indicators=tuple(replace(one, checked=False) for one in standard.indicators),
    )
    assert set(column(register_tables.lines(doubted, "en"), "checked", "en")) == {"no"}
    assert set(column(register_tables.indicators(doubted, "en"), "checked", "en")) == {"no"}


@LANGUAGES
def test_each_problem_is_counted_under_its_name(frame, lang):
    rows = frame.head(50).assign(commune=lambda t: t["commune"].where(t.index > 2), other_column=1)
    rows.loc[rows.index[10], "head_age"] = 300
    table = register_tables.checks(ps.open_register(rows), lang)
    assert column(table, "records", lang) == ["3", "1"]
    assert column(table, "column", lang) == [register_tables.names(lang)[c] for c in ("commune", "head_age")]
    assert number(50, lang, 0) in table.caption and number(46, lang, 0) in table.caption


def test_a_register_without_problems_has_an_empty_table(register):
    table = register_tables.checks(register, "en")
    assert table.frame.empty and "80,000" in table.caption


@LANGUAGES
def test_the_years_of_the_province_are_those_of_the_review(review, lang):
    table = register_tables.causes(review, lang)
    province = review.table[review.table["level"] == "province"]
    assert column(table, "year", lang) == ["2017", "2018", "2019", "2020"]
    for name in ("poor_household_pct", "intensity_pct", "adjusted_headcount_pct"):
        assert column(table, name, lang) == [f"{number(x, lang, 1)}%" for x in province[name]]


@LANGUAGES
def test_indicators_and_cutoffs_are_those_of_pandas(register, review, frame, lang):
    found = ps.review(register, by="province", indicators=True, minimum=0)
    table, by_cutoff = register_tables.lacking(found, lang), register_tables.cutoffs(found, lang)
    standard = national_standard()
    homes = standard.classify(frame[frame["year"] == 2020].reset_index(drop=True))
    poor = homes["class"].isin(standard.poor)
    assert column(table, "indicator", lang) == [one.title[lang] for one in standard.indicators]
    flags = homes[[*standard.columns]]
    for name, told in (
        ("lacking_household_pct", [f"{number(100 * n / len(flags), lang, 1)}%" for n in flags.sum()]),
        ("poor_lacking_households", [number(n, lang, 0) for n in flags[poor].sum()]),
        ("lacking_of_poor_pct", [f"{number(100 * n / poor.sum(), lang, 1)}%" for n in flags[poor].sum()]),
    ):
        assert column(table, name, lang) == told, name
    needed = column(by_cutoff, "needed", lang)
    assert needed == [str(k) for k in range(1, len(needed) + 1)] and len(needed) >= 3
    shares = [100 * (homes["deprivations"] >= int(k)).sum() / len(homes) for k in needed]
    assert column(by_cutoff, "deprived_household_pct", lang) == [f"{number(x, lang, 1)}%" for x in shares]
    assert "2020" in table.caption and "2020" in by_cutoff.caption
    for of in (register_tables.lacking, register_tables.cutoffs):
        with pytest.raises(ValueError, match="the review was not asked for indicators"):
            of(review, lang)


@LANGUAGES
def test_all_provinces_together_stand_before_one_of_them(review, lang):
    province = review.table[review.table["level"] == "province"]
    country = province.assign(level="country", place="", province="", poor_household_pct=12.0)
    both = replace(review, table=pd.concat([country, review.table], ignore_index=True))
    name = say("review.country", lang)
    table = register_tables.causes(both, lang)
    assert (
        name in table.caption and column(table, "poor_household_pct", lang) == [f"{number(12, lang, 1)}%"] * 4
    )
    lines = both.text(lang).splitlines()
    assert lines[1].startswith(name) and f"{number(12, lang, 2)}%" in lines[1]
    assert any(line.startswith(province["place"].iloc[0]) for line in lines)
    hidden = register_tables.hidden(both, lang)
    assert column(hidden, "level", lang)[0] == say("register.level.country", lang)
    assert column(hidden, "small", lang)[1:] == column(register_tables.hidden(review, lang), "small", lang)


@LANGUAGES
def test_groups_and_the_share_of_minorities_are_those_of_pandas(register, frame, lang):
    table = register_tables.groups(ps.review(register, by="province", group="ethnic", minimum=0), lang)
    poor = national_standard().classify(frame[frame["year"] == 2020].reset_index(drop=True))
    poor = poor[poor["class"].isin(["income_poor", "deprivation_poor"])]
    others = say("register.other_groups", lang)
    counts = poor["ethnic"].replace("khác", others).value_counts()
    told = dict(zip(column(table, "group", lang), column(table, "poor_households", lang), strict=True))
    assert {group: number(n, lang, 0) for group, n in counts.items()} == {
        group: n for group, n in told.items() if n != "0"
    }
    assert "2020" in table.caption


@LANGUAGES
def test_moves_add_up_and_the_first_years_say_what_is_not_known(register, lang):
    table = register_tables.moves(ps.transitions(register, by="province", minimum=0), lang)
    newly, back, fell = (
        column(table, f"{name}_households", lang) for name in ("newly_poor", "fell_back", "fell")
    )
    assert newly[0] == back[0] == "–" and fell[0] != "–"
    assert [int(a) + int(b) for a, b in zip(newly[1:], back[1:], strict=True)] == [int(n) for n in fell[1:]]


@LANGUAGES
def test_hidden_cells_are_all_counted_at_their_level(review, lang):
    table = register_tables.hidden(review, lang)
    small, secondary = (
        [int(n.replace(".", "").replace(",", "")) for n in column(table, kind, lang)]
        for kind in ("small", "secondary")
    )
    secret = review.hidden[review.hidden["column"].str.endswith("households")]
    assert sum(small) + sum(secondary) == len(secret) > 0
    assert sum(small) == (secret["reason"] == "small").sum()
    for level, shown in zip(
        ["province", "district", "commune"], zip(small, secondary, strict=True), strict=True
    ):
        rows = review.table[review.table["level"] == level]
        counts = [c for c in rows if c == "households" or c.endswith("_households")]
        assert sum(shown) == rows[counts].isna().sum().sum()
    assert column(table, "level", lang)[0] == say("register.level.province", lang)


def test_a_review_that_hides_nothing_says_so(register):
    table = register_tables.hidden(ps.review(register, by="district", minimum=0), "en")
    assert column(table, "small", "en") == column(table, "secondary", "en") == ["0", "0"]


@LANGUAGES
def test_models_stand_below_the_truth_and_those_that_miss_it_are_marked(lang):
    fits = {"pooled": fit({"borrower_before": 2.5, "trained_before": 6.5}), "household": fit({**EFFECTS})}
    table = register_tables.models(fits, EFFECTS, lang)
    first, miss, hit = table.frame.iloc[:, 1].tolist()
    assert first == number(4, lang)
    assert f"{number(2.5, lang)}*" in miss and "*" not in hit
    assert "*" not in "".join(table.frame.iloc[:, 2])
    assert table.frame.iloc[1:, 0].tolist() == [
        say(f"register.model.{model}", lang) for model in ("pooled", "household")
    ]


def test_an_end_of_the_interval_still_holds_the_truth():
    found = register_tables.compared(
        {"commune": fit({"borrower_before": 3.0, "trained_before": 7.1})}, EFFECTS
    )
    assert found["holds"].tolist() == [True, False]


def test_a_driver_that_a_model_lacks_is_named():
    with pytest.raises(ValueError, match="'commune' has no estimate in points of trained_before"):
        register_tables.models({"commune": fit({"borrower_before": 3.0})}, EFFECTS, "en")


@LANGUAGES
def test_measured_figures_are_told_as_they_are(lang):
    rows = [("count", "povertystats", 10**7, 1.04, 860.4), ("count", "pandas", 10**7, 5.84, 1939.9)]
    rows += [("count", "povertystats", 10**8, 12.36, 1500.4), ("write", "povertystats", 10**8, 80.0, None)]
    table = register_tables.scale(
        pd.DataFrame(rows, columns=["step", "by", "records", "seconds", "peak_mb"]), lang
    )
    first, second = (say("register.records", lang, n=n) for n in (10**7, 10**8))
    assert len(table.frame) == 3 and table.frame.iloc[1, 0].endswith("(pandas)")
    assert table.frame[first].tolist()[2] == table.frame[second].tolist()[1] == "–"
    seconds, mb = table.frame.loc[0, second].split("; ")
    assert seconds == say("register.seconds", lang, seconds=12.4) and mb == f"{number(1500, lang, 0)} MB"


@LANGUAGES
def test_captions_say_when_a_register_is_illustrative_and_only_then(review, lang):
    begins = say("register.illustrative", lang, text="")
    assert register_tables.causes(review, lang).caption.startswith(begins)
    real = replace(review, illustrative=False)
    assert not register_tables.causes(real, lang).caption.startswith(begins)


def test_a_level_or_year_that_is_not_there_is_named(review):
    with pytest.raises(ValueError, match="no row of the level 'ethnic' in 2020"):
        register_tables.groups(review, "en")
    with pytest.raises(ValueError, match="no row of the level 'village'"):
        register_tables.at(review, "village")


def test_an_unknown_language_is_refused(review):
    with pytest.raises(ValueError, match="'fr'"):
        register_tables.causes(review, "fr")
