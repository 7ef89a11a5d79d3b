"""The declared grid: what it holds, which combinations it makes, and everything that can be wrong with one."""

import json
import tomllib

import pytest

import povertystats as ps
from povertystats.facts.package import DATA
from povertystats.facts.specifications import DIMENSIONS, columns
from povertystats.questions.own_grid import load_grid
from povertystats.words.wording import LANGUAGES, say


@pytest.fixture
def ours(facts):
    return facts.specifications


@pytest.fixture
def text():
    return (DATA / "specifications.toml").read_text("utf-8")


@pytest.fixture
def read(tmp_path, facts):
    def written(text):
        path = tmp_path / "grid.toml"
        path.write_text(text, encoding="utf-8")
        return load_grid(path, facts)

    return written


def refused(read, text):
    with pytest.raises(ValueError) as told:
        read(text)
    return str(told.value)


def test_our_grid_says_when_it_was_declared_and_what_was_known(ours, text):
    head = text.partition("\n\n")[0]
    assert (
        "2026-11-24" in head and "after the first regressions" in head and "before this curve was run" in head
    )
    for question in ours.values():
        assert "24 November 2026" in question.declared["en"] and "24/11/2026" in question.declared["vi"]


def test_our_grid_crosses_what_its_file_lists(ours, text):
    raw = tomllib.loads(text)
    assert list(ours) == list(raw["question"]) == ["training", "programmes"]
    for name, question in ours.items():
        asked = raw["question"][name]
        assert list(question.options["definition"]) == list(asked["definition"])
        assert list(question.options["scale"]) == asked["scales"]
        made = list(question.specifications())
        cells = len(asked["definition"]) * len(asked["window"]) * len(asked["controls"])
        # Three scales for two estimators, one for the fractional logit.
        assert len(made) == cells * 7 == len({tuple(s.values()) for s in made})
        assert all(tuple(s) == DIMENSIONS for s in made)
        assert {s["scale"] for s in made if s["estimator"] == "fractional_logit"} == {"points"}


def test_no_term_of_ours_is_part_of_the_outcome(ours):
    outcome_parts = {"income_month_vnd_k", "gini", "unemployment_pct", "poor_income_pct", "poor_multidim_pct"}
    for question in ours.values():
        assert not outcome_parts & {column for term in question.terms for column in columns(term)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_has_a_title_in_each_language(ours, lang):
    for question in ours.values():
        titles = question.titles(lang)
        assert set(titles) == {
            *DIMENSIONS,
            *((d, o) for d, options in question.options.items() for o in options),
        }
        assert all(titles.values())
    with pytest.raises(ValueError, match="language 'fr' is not known"):
        question.titles("fr")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_estimators_are_named_as_in_the_sentences_on_drivers(ours, lang):
    titles = ours["training"].titles(lang)
    named = {e: titles["estimator", e] for e in ("within", "first_differences", "fractional_logit")}
    assert (
        named
        == {
            "vi": {
                "within": "so trong từng địa phương",
                "first_differences": "thay đổi từ năm này sang năm sau",
                "fractional_logit": "logit tỷ lệ",
            },
            "en": {
                "within": "within places",
                "first_differences": "first differences",
                "fractional_logit": "fractional logit",
            },
        }[lang]
    )
    for estimator in ("within", "fractional_logit"):
        assert named[estimator] == say(f"drivers.estimator.{estimator}", lang)


def test_terms_are_listed_once(ours):
    terms = ours["programmes"].terms
    assert len(terms) == len(set(terms)) and "log1p(ntp_transfer_pc_vnd_k)" in terms and "pci_score" in terms


def test_a_grid_of_ones_own_is_read(read, text):
    one = text.replace('scales = ["points", "log", "log_odds"]', 'scales = ["log"]')
    assert {s["scale"] for s in read(one)["training"].specifications()} == {"log"}


@pytest.mark.parametrize(
    "old, new, told",
    [
        ('term = "trained_pct"', 'term = "trained_pc"', "question.training.definition.share.term: 'trained_pc' is not an indicator"),
        ("/ population_persons_k)", "/ people)", "'people' is not an indicator"),
        ('vi = "đào tạo lao động"', 'outcome = "poverty"', "question.training.outcome: 'poverty' is not an indicator"),
        ('log_odds = { vi = "log-odds"', 'logodds = { vi = "log-odds"', "scale: 'logodds' is not known; choose from points, log, log_odds"),
        ('scales = ["points",', 'scales = ["pts",', "question.training.scales.0: 'pts' has no titles under [scale]"),
        ('scales = ["points", "log", "log_odds"]', "scales = []", "question.training.scales: expected at least one option"),
        (', en = "share of workers with a certificate" }', " }", "question.training.definition.share: 'en' is missing"),
        ('en = "share of workers with a certificate" }', 'en = " " }', "question.training.definition.share.en: expected a text, not ' '"),
        ("terms = []", "term = []", "question.training.controls.none: 'term' is not known; expected terms, vi, en"),
        ("terms = []", "terms = []", None),
        ("first = 2010, last = 2014", "first = 2015, last = 2014", "before_rebase: first 2015 is after last 2014"),
        ("first = 2010, last = 2014", "frist = 2010", "'frist' is not known; expected first, last, vi, en"),
        ("[question.programmes.window]", "[question.programmes.windows]", "question.programmes: 'window' is missing"),
        ("[estimator]", "[estimators]", "the file: 'estimator' is missing"),
        ('controls = { vi = "biến kiểm soát"', 'control = { vi = "x"', "dimension: 'control' is not known"),
        ("declared = {", "said = {", "the file: 'declared' is missing"),
        ("none = { terms = [],", 'plain = "none"\nnone = { terms = [],', "controls.plain: expected a table, not 'none'"),
        ("terms = []", 'terms = "urban_pct"', "controls.none.terms: expected a list of names, not 'urban_pct'"),
        ('term = "trained_pct"', "term = 3", "question.training.definition.share.term: expected a text, not 3"),
        ("first = 2010, last = 2014", 'first = "2010"', "before_rebase.first: expected a year, not '2010'"),
        ('scales = ["points", "log", "log_odds"]', 'scales = "log"', "scales: expected a list of names, not 'log'"),
        ('vi = "đào tạo lao động"', "", None),
        ("[question.training]", "[question.school]", "question.school: 'outcome' is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(read, text, old, new, told):
    assert old in text
    changed = text.replace(old, new)
    if told is None:
        assert read(changed)
    else:
        assert told in refused(read, changed)


def test_everything_wrong_is_told_at_once(read, text):
    bad = (
        text.replace("trained_pct", "trained_pc")
        .replace(', en = "logarithms"', "")
        .replace("terms = [], ", "")
    )
    told = refused(read, bad)
    assert "'trained_pc' is not an indicator" in told and "scale.log: 'en' is missing" in told
    assert "question.training.controls.none: 'terms' is missing" in told
    assert told.count("\n- ") >= 5


def test_no_toml_and_no_file(read, tmp_path, facts):
    assert "it is not TOML" in refused(read, "[question")
    with pytest.raises(FileNotFoundError):
        load_grid(tmp_path / "none.toml", facts)


OWN = """
declared = { vi = "x", en = "x" }
[dimension]
definition = { vi = "x", en = "x" }
scale = { vi = "x", en = "x" }
window = { vi = "x", en = "x" }
controls = { vi = "x", en = "x" }
estimator = { vi = "x", en = "x" }
[scale]
points = { vi = "điểm", en = "points" }
[estimator]
within = { vi = "trong", en = "within" }
[question.jobs]
vi = "thất nghiệp"
en = "unemployment"
outcome = "poverty_rate_pct"
scales = ["points"]
estimators = ["within"]
[question.jobs.definition]
share = { term = "tpt_aug_pct", vi = "x", en = "x" }
[question.jobs.window]
all = { vi = "x", en = "all" }
[question.jobs.controls]
none = { terms = [], vi = "x", en = "none" }
"""
FILES = {
    "specifications.toml": OWN,
    "indicators.csv": "indicator,unit,instrument,needs_standard,title_vi,title_en\n"
    "poverty_rate_pct,pct,survey,,nghèo,poverty\ntpt_aug_pct,pct,survey,,thất nghiệp,unemployment\n",
    "mine.csv": "place,indicator,year,value,unit,status,source_id,available_from\n"
    "Hà Giang,tpt_aug_pct,2018,5,pct,official,article-2020-05-07,2019-02-01\n",
}


@pytest.fixture
def package(tmp_path):
    """Write a package with indicators and a grid of its own; return its folder."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    files = [{"name": name.partition(".")[0], "path": name} for name in FILES]
    (tmp_path / "datapackage.json").write_text(json.dumps({"name": "mine", "resources": files}), "utf-8")
    return tmp_path


def test_a_grid_is_that_of_its_package(package, ours, facts):
    own = ps.load_facts(package)
    assert list(own.specifications) == [*ours, "jobs"]
    assert own.specifications["jobs"].outcome == "poverty_rate_pct"
    assert load_grid(package / "specifications.toml", own) == {"jobs": own.specifications["jobs"]}
    with pytest.raises(ValueError, match="'tpt_aug_pct' is not an indicator"):
        load_grid(package / "specifications.toml", facts)


def test_what_is_wrong_with_a_grid_is_told_with_its_package(package):
    text = OWN.replace("tpt_aug_pct", "tpt").replace('scales = ["points"]', "scales = []")
    (package / "specifications.toml").write_text(text, "utf-8")
    with pytest.raises(ps.DataError) as error:
        ps.load_facts(package)
    assert {(p.file, p.rule) for p in error.value.problems} == {
        ("specifications.toml", "question.jobs.definition.share.term: 'tpt' is not an indicator"),
        ("specifications.toml", "question.jobs.scales: expected at least one option"),
    }
    (package / "specifications.toml").unlink()
    with pytest.raises(ps.DataError, match="expected a readable TOML file"):
        ps.load_facts(package)
