"""The file of the standards: what stands in it agrees with the rest of the data, and a wrong file is told in full."""

import csv
import re
import tomllib
import unicodedata

import pytest
from helpers.criteria import ABROAD, GOOD

from povertystats.criteria.standards_file import read_criteria
from povertystats.facts.package import DATA
from povertystats.words.errors import Refused
from povertystats.words.glossary import misused
from povertystats.words.wording import LANGUAGES


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "criteria.toml"
        path.write_text(text, encoding="utf-8")
        return read_criteria(path)

    return read


@pytest.fixture(scope="module")
def ours():
    return read_criteria(DATA / "criteria.toml")


def statements(found):
    """Return (where, table, stem) of everything that may be checked."""
    for name, standard in found["standard"].items():
        if "needed" in standard:
            yield f"{name}.needed", standard["needed"], ""
        for kind, stem in (("line", ""), ("class", ""), ("indicator", ""), ("indicator", "rule_")):
            for key, table in standard.get(kind, {}).items():
                yield f"{name}.{kind}.{key}", table, stem


def test_names_years_decisions_and_titles_are_those_of_the_facts(ours):
    with (DATA / "standards.csv").open(encoding="utf-8", newline="") as lines:
        facts = {row["standard"]: row for row in csv.DictReader(lines)}
    for name, standard in ours["standard"].items():
        row = facts[name]
        assert (standard["decision"], standard["vi"], standard["en"]) == (
            row["decision"],
            row["title_vi"],
            row["title_en"],
        )
        assert [standard["first_year"], standard["last_year"]] == [
            int(row["first_year"]),
            int(row["last_year"]),
        ]
        assert str(standard["issued"].year) == standard["decision"].split("/")[1]


def test_every_statement_has_a_source_that_was_read_or_is_marked_as_recalled(ours):
    recalled = [where for where, table, stem in statements(ours) if not table[f"{stem}checked"]]
    for where, table, stem in statements(ours):
        if table[f"{stem}checked"]:
            assert ours["source"][table[f"{stem}source"]]["url"].startswith("https://"), where
    # Lines, numbers and classes were read; only who counts as deprived was recalled.
    assert len(recalled) == 22 and all(".indicator." in where for where in recalled)
    assert all(table["checked"] for _, table, _ in statements(ours))


def test_no_source_stands_there_for_nothing(ours):
    used = {table.get(f"{stem}source") for _, table, stem in statements(ours)}
    assert used - {None} == set(ours["source"])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_words_obey_the_glossary(ours, lang):
    told = [standard[lang] for standard in ours["standard"].values()]
    told += [table[stem + lang] for _, table, stem in statements(ours) if stem + lang in table]
    told += [title[lang] for title in ours["service"].values()]
    assert len(told) == 4 + 6 + 12 + 2 * 22 + 6
    for text in told:
        assert not list(misused(text, lang)) and text == unicodedata.normalize("NFC", text.strip())
    rules = [table[f"rule_{lang}"] for _, table, stem in statements(ours) if stem]
    assert all(re.fullmatch(r"[^.]+\.", rule) and len(rule) < 120 for rule in rules)


def test_a_good_file_is_read_as_it_stands(read):
    assert read(GOOD) == tomllib.loads(GOOD)


def problems(read, old, new):
    assert old in GOOD
    with pytest.raises(Refused, match=r"cannot read the standards .*criteria\.toml") as told:
        read(GOOD.replace(old, new, 1))
    return told.value.problems


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('decision = "1/2020"', "", "standard.mine: 'decision' is missing"),
        ('decision = "1/2020"', 'decision = ""', "standard.mine.decision: expected a text, not ''"),
        ("issued = 2020-01-01", 'issued = "2020"', "standard.mine.issued: expected a date, not '2020'"),
        ("rural = 10", "rural = -1", "standard.mine.line.low.rural: expected a number above 0, at most 10^9, not -1"),
        ("rural = 10", 'rural = "a"', "standard.mine.line.low.rural: expected a number above 0, at most 10^9, not 'a'"),
        ("rural = 10", f"rural = 1{'0' * 300}", f"standard.mine.line.low.rural: expected a number above 0, at most 10^9, not 1{'0' * 59}…"),
        ("rural = 10", "rural = 1e300", "standard.mine.line.low.rural: expected a number above 0, at most 10^9, not 1e+300"),
        ("rural = 10", "rural = inf", "standard.mine.line.low.rural: expected a number above 0, at most 10^9, not inf"),
        ("rural = 10", "rural = nan", "standard.mine.line.low.rural: expected a number above 0, at most 10^9, not nan"),
        ("value = 1", "value = 1.5", "standard.mine.needed.value: expected a whole number from 1 to 9999, not 1.5"),
        ("value = 1", "value = true", "standard.mine.needed.value: expected a whole number from 1 to 9999, not True"),
        ("poor = true", "poor = 1", "standard.mine.class.poor.poor: expected true or false, not 1"),
        ('up_to = "low"', 'up_to = "high"', "standard.mine.class.poor: there is no line 'high'"),
        ('up_to = "low", ', "", "standard.mine.class.poor: expected one or more of over, up_to and deprived"),
        ("line.low = {", "income = {column = 'income_tk', unit = 'tk'}\n#", "standard.mine: 'income' stands there without any line"),
        ('value = 1, source = "law"', 'value = 1, source = "x"', "standard.mine.needed.source: there is no source 'x'"),
        ('value = 1, source = "law", ', "value = 1, ", "standard.mine.needed: 'source' is missing, which checked = true needs"),
        ('rule_source = "law"\n', "", "standard.mine.indicator.dep_water: 'rule_source' is missing, which rule_checked = true needs"),
        ('url = "https://example.org/law"', "", "source.law: 'url' is missing"),
        ("[source.law]", "[sources.law]", "the file: 'sources' is not known; expected source, service, standard"),
        ("needed = {", "need = {", "standard.mine: 'needed' is missing, which indicators need"),
        ("line.low = {", "line.low = 3 #", "standard.mine.line.low: expected a table, not 3"),
        ('service = "water"', 'service = "water"\nweight = 0', "standard.mine.indicator.dep_water.weight: expected a whole number from 1 to 9999, not 0"),
        ('en = "Standard"', 'en = "Standard"\nweights = "equal"', "standard.mine.weights: 'equal' is not known; choose from nested"),
        ("needed = {", "needed = 3 #", "standard.mine.needed: expected a table, not 3"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(read, old, new, told):
    assert told in problems(read, old, new)


def test_weights_are_nested_or_given(read):
    both = GOOD.replace('en = "Standard"', 'en = "Standard"\nweights = "nested"')
    both = both.replace('service = "water"', 'service = "water"\nweight = 2')
    (told,) = problems(read, GOOD, both)
    assert told == (
        "standard.mine: weights are nested, and dep_water has a weight of its own; expected one of the two"
    )


def test_an_unknown_key_is_told_with_those_that_are_known(read):
    (told,) = problems(read, "rural = 10", "rural = 10, island = 3")
    assert (
        told
        == "standard.mine.line.low: 'island' is not known; expected rural, urban, everywhere, place, amounts, vi, en, source, checked"
    )


def test_all_problems_are_told_at_once(read):
    text = 'needed = { value = 1, source = "law", checked = true }\nline.low = { rural = 10, urban = 20.5'
    told = problems(
        read, text, "needed = { value = 0, checked = true }\nline.low = { rural = true, town = 20.5"
    )
    assert [line.removeprefix("standard.mine.") for line in told] == [
        "line.low: 'urban' is missing",
        "line.low: 'town' is not known; expected rural, urban, everywhere, place, amounts, vi, en, source, checked",
        "line.low.rural: expected a number above 0, at most 10^9, not True",
        "needed: 'source' is missing, which checked = true needs",
        "needed.value: expected a whole number from 1 to 9999, not 0",
    ]


@pytest.mark.parametrize("wrong", ['over = ["low"]', "over = 3", 'source = ["law"]'])
def test_entries_of_another_type_are_told_and_do_not_break_the_check(read, wrong):
    told = problems(read, 'poor = false, over = "low"', f"poor = false, {wrong}")
    key = wrong.partition(" ")[0]
    assert any(line.startswith(f"standard.mine.class.rest.{key}: expected a text") for line in told)


@pytest.mark.parametrize("text", ["[standard", "standard = 3", "", "source = 1\nstandard = 2\nmore = 3"])
def test_what_is_no_such_file_is_refused(read, text):
    with pytest.raises(Refused, match="it is not TOML|'source' is missing|source: expected a table, not 1"):
        read(text)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "criteria.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Refused, match="it is not TOML in UTF-8"):
        read_criteria(tmp_path / "criteria.toml")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_criteria(tmp_path / "none.toml")


def test_all_that_is_wrong_with_a_file_of_another_country_is_told_at_once(read):
    assert read(ABROAD) == tomllib.loads(ABROAD)
    wrong = {
        '"income_tk"': '"wage"',
        'period = "year"': 'period = "week"',
        "everywhere = 4000": "everywhere = 4000, rural = 1",
        "rural = 4400, ": "",
        "1998 = 1.15": "98 = 1.15",
        "Sylhet = 1.1": "Sylhet = -1",
        'over = "upper"': 'over = "upper", deprived = true',
    }
    text = ABROAD
    for old, new in wrong.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    with pytest.raises(Refused) as told:
        read(text)
    assert [line.removeprefix("standard.abroad.") for line in told.value.problems] == [
        "income.column: expected a name that begins with 'income', such as income_tk, not 'wage'",
        "income.period: 'week' is not known; choose from month, year, day",
        "line.lower.amounts.Dhaka: expected a number above 0, or { rural, urban }",
        "prices.indexes.Sylhet: expected an index above 0, or {year: index}, not -1",
        "line.lower: 'everywhere' stands beside rural; expected one of the two",
        "prices: '98' is no year; expected such as 2019",
        "class.better_off: 'deprived' needs indicators, of which the standard has none",
    ]


def test_names_that_stand_twice_as_names_are_compared_and_blank_ones_are_told(read, tmp_path):
    again = GOOD[GOOD.index("[standard.mine.indicator") :].replace("dep_water", "Dep_Water")
    blank = GOOD.replace("class.rest", 'class." "').replace('en = "rest"', 'en = " "')
    with pytest.raises(Refused) as told:
        read(blank + again)
    assert told.value.problems[:3] == [
        "standard.mine.class: a name is empty",
        "standard.mine.class. .en: expected a text, not blanks",
        "standard.mine.indicator.Dep_Water: stands twice; 'dep_water' is the same name",
    ]
    marked = tmp_path / "marked.toml"
    marked.write_text(GOOD, encoding="utf-8-sig")
    assert read_criteria(marked) == read(GOOD)
