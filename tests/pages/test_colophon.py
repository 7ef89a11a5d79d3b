"""A colophon says of what day the data are, when and by what the page was made, licences, and what a package says of itself."""

import datetime
import json
import shutil

import pytest

import povertystats as ps
from povertystats.facts.package import DATA
from povertystats.pages import colophon
from povertystats.words.wording import LANGUAGES, date, say

DAY = "2020-05-07"


@pytest.fixture(autouse=True)
def epoch(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


def lines(lang="en", **options):
    return colophon.colophon(lang, as_of=DAY, **options)


def package(folder, **about):
    """Return a package of one table that stands alone, with more said in its descriptor."""
    table = folder / "rates.csv"
    table.write_text("County,2018,2019,2020\nArland,22.1,21.4,20.2\nBorland,19.0,18.2,17.9\n", "utf-8")
    made = folder / "mine"
    ps.start_package(
        made, table, indicator="poor_pct", published="9 months later", country="Norland", place="Arland"
    )
    descriptor = made / "datapackage.json"
    descriptor.write_text(json.dumps(json.loads(descriptor.read_text("utf-8")) | about), "utf-8")
    return made


@pytest.mark.parametrize("lang", LANGUAGES)
def test_ours_tells_its_days_versions_licences_and_citation_and_invents_no_contact(lang):
    told = {line["name"]: line for line in lines(lang, title="Page?")}
    named = {
        key: told.get(say(f"colophon.{key}", lang))
        for key in ("data", "made", "licence", "cite", "faults", "revisions")
    }
    assert date(datetime.date(2020, 5, 7), lang) in named["data"]["text"]
    assert (
        date(datetime.date(2023, 11, 14), lang) in named["made"]["text"]
        and ps.__version__ in named["made"]["text"]
    )
    title = json.loads((DATA / "datapackage.json").read_text("utf-8"))[
        "title" if lang == "en" else f"title_{lang}"
    ]
    assert "BSD-3-Clause" in named["licence"]["text"] and "CC BY 4.0" in named["licence"]["text"]
    assert named["cite"]["text"].startswith(f"Page?; {title}; povertystats {ps.__version__}")
    assert named["revisions"]["text"] and named["faults"] is None and len(told) == 5


def test_a_package_of_its_own_is_cited_alone_and_says_where_faults_go(tmp_path):
    about = {"title": "Norland's rates", "version": "2.1", "homepage": "https://stats.example/norland"}
    about |= {
        "contributors": [{"title": "A & B", "email": "a@stats.example"}, {"path": "javascript:alert(1)"}]
    }
    found = lines(data=package(tmp_path, **about))
    told = " ".join(line["text"] for line in found)
    assert "Norland's rates: no licence stated." in told and "data package 2.1" in told
    assert "Viet Nam" not in told and "CC BY" not in told
    faults = [(line["text"], line["href"]) for line in found if line["name"] == say("colophon.faults", "en")]
    assert faults == [
        ("A & B (a@stats.example)", "mailto:a@stats.example"),
        ("javascript:alert(1)", ""),
        ("https://stats.example/norland",) * 2,
    ]


def test_a_package_that_extends_ours_names_both(tmp_path):
    shutil.copy(DATA / "targets.csv", tmp_path / "targets.csv")
    about = {
        "name": "office",
        "extends": "povertystats",
        "resources": [{"name": "targets", "path": "targets.csv"}],
    }
    (tmp_path / "datapackage.json").write_text(json.dumps(about), "utf-8")
    told = {line["name"]: line["text"] for line in lines(data=tmp_path / "datapackage.json")}
    assert told[say("colophon.cite", "en")].startswith("office; Poverty and its drivers")
    assert "office: no licence stated. Poverty" in told[say("colophon.licence", "en")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pictures_say_place_day_whose_figures_and_the_address_that_a_package_has(lang, tmp_path):
    ours = colophon.in_pictures(lang, place="Bắc Kạn", as_of=DAY)
    title = json.loads((DATA / "datapackage.json").read_text("utf-8"))[
        "title" if lang == "en" else f"title_{lang}"
    ]
    assert "Bắc Kạn" in ours and title in ours and date(datetime.date(2020, 5, 7), lang) in ours
    assert "://" not in ours
    made = package(tmp_path, title="Norland's rates", homepage="https://stats.example/norland")
    theirs = colophon.in_pictures(lang, place="Arland", as_of=DAY, data=made)
    assert (
        theirs.endswith("https://stats.example/norland")
        and "Norland's rates" in theirs
        and title not in theirs
    )
