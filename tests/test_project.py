"""What the project says of itself: how it is cited, what changed, how it is started."""

import datetime
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# What the Citation File Format 1.2.0 knows of a work, and what it asks for.
FIELDS = {
    *("abstract", "authors", "cff-version", "commit", "contact", "date-released", "doi", "identifiers"),
    *("keywords", "license", "license-url", "message", "preferred-citation", "references", "repository"),
    *("repository-artifact", "repository-code", "title", "type", "url", "version"),
}
REQUIRED = {"authors", "cff-version", "message", "title"}
KINDS = r"### (Added|Changed|Deprecated|Removed|Fixed|Security)"


def test_it_can_be_cited_and_the_version_is_that_of_the_package():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert REQUIRED <= cited.keys() <= FIELDS
    assert (cited["cff-version"], cited["type"]) == ("1.2.0", "software")
    assert (cited["title"], cited["version"], cited["license"]) == (
        PROJECT["name"],
        PROJECT["version"],
        PROJECT["license"],
    )
    for work in (cited, *cited["references"]):
        assert {"authors", "title", "type"} <= work.keys()
        assert work["authors"] and all(
            author.keys() <= {"name", "website"} and author["name"] for author in work["authors"]
        )
    texts = [cited[name] for name in ("message", "title", "abstract", "version", *["license"])]
    assert all(isinstance(text, str) and text for text in [*texts, *cited["keywords"]])


def test_the_changelog_begins_with_what_is_to_come_and_its_latest_version_is_that_of_the_package():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    heads = re.findall(r"^## (.+)$", text, flags=re.M)
    released = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)", head) for head in heads[1:]]
    assert heads[0] == "[Unreleased]" and all(released) and released[0][1] == PROJECT["version"]
    days = [datetime.date.fromisoformat(head[2]) for head in released]
    assert days == sorted(days, reverse=True)
    assert all(re.fullmatch(KINDS, line) for line in text.splitlines() if line.startswith("### "))


def test_every_public_name_that_the_changelog_gives_is_there():
    import povertystats as ps

    names = set(re.findall(r"`([a-z_]+)`", (ROOT / "CHANGELOG.md").read_text("utf-8")))
    of_facts = {"as_of", "series", "panel"}
    # What else is so written is a column of indicators.csv or a role in it.
    about = ps.load_facts().indicators
    said = {"povertystats", *about, *about["role"]}
    assert len(names) > 15 and names - of_facts - said <= set(ps.__all__)


def test_it_is_started_as_a_module():
    command = [sys.executable, "-m", "povertystats", "scorecard", "--as-of", "2019-01-01", "--lang", "en"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("As known on 1 January 2019, the data hold no target of Bắc Kạn.\n")
    done = subprocess.run([*command[:4], "--place", "Atlantis"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("povertystats scorecard: ")
