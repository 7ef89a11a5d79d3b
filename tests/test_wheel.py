"""The wheel alone, installed where there is no checkout, does what the README says, from an empty folder (``make wheel``)."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from helpers.html import Html

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(not os.environ.get("WHEEL"), reason="make wheel runs it, .ci/run does")
TABLE = "place,year,poverty_pct\n" + "".join(
    f"{place},{year},{rate - 1.5 * (year - 2015) + (year % 2) * 0.3}\n"
    for place, rate in (("Arcadia", 31.0), ("Borduria", 26.5), ("Cimmeria", 38.2), ("Syldavia", 22.1))
    for year in range(2015, 2024)
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def run(wheel, tmp_path_factory):
    """Return a function that runs Python where the wheel is installed; what it needs comes from this environment."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
    # A line in a .pth is a folder: what stands in .pth files there, such as this checkout, is not read.
    (site / "others.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--offline"]
    subprocess.run([*uv, "--python", str(home / "bin" / "python"), str(wheel)], check=True)
    folder = tmp_path_factory.mktemp("empty")
    own = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    # The templates of nbconvert, which pip would put into this prefix as well.
    own["JUPYTER_PATH"] = str(Path(sys.prefix, "share", "jupyter"))

    def called(*words, code=0):
        done = subprocess.run(words, cwd=folder, env=own, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        return done.stdout

    called.python, called.command = str(home / "bin" / "python"), str(home / "bin" / "povertystats")
    called.folder = folder
    return called


def test_it_holds_the_package_and_all_that_it_reads(wheel):
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("povertystats/")}
    tracked = subprocess.run(
        ["git", "ls-files", "povertystats", "notebooks", "data"], cwd=ROOT, capture_output=True, text=True
    ).stdout.splitlines()
    wanted = {
        name if name.startswith("povertystats/") else f"povertystats/{name}"
        for name in tracked
        if not name.startswith("data/raw/") and name not in ("data/README.md", "data/build.py")
    }
    assert len(wanted) > 250 and wanted <= held, sorted(wanted - held)


def test_nothing_comes_from_the_checkout(run):
    told = run(run.python, "-c", "import povertystats; print(povertystats.__file__)")
    assert str(ROOT) not in told and told.strip().endswith("site-packages/povertystats/__init__.py")


def test_scorecard_and_validation(run):
    assert re.search(r"\b(5\d|6\d|7[0-5])%", run(run.command, "scorecard", "--lang", "en"))
    assert run(run.python, "-m", "povertystats", "validate").startswith("valid: ")
    assert "Bắc Kạn" in run(run.python, "-m", "povertystats", "scorecard", "--as-of", "2019-01-01")


def test_a_package_from_a_table_and_the_pages_of_it(run):
    (run.folder / "table.csv").write_text(TABLE, "utf-8")
    said = [
        "--place",
        "place",
        "--year",
        "year",
        "--value",
        "poverty_pct",
        "--target",
        "poverty_pct <= 14 in 2025",
    ]
    said += ["--for", "Arcadia", "--country", "Ruritania", "--kind", "region", "--lang", "en"]
    assert "Arcadia" in run(run.command, "start", "mine", "table.csv", *said)
    assert run(run.command, "validate", "mine").startswith("valid: 36 facts")
    (run.folder / "places.txt").write_text("Arcadia\n", "utf-8")
    asked = ["--data", "mine", "--as-of", "2024-12-31", "--lang", "en", "--output", "pages"]
    run(run.command, "brief", "--places", "places.txt", *asked)
    page = Html((run.folder / "pages" / "places" / "arcadia.en.html").read_text("utf-8"))
    assert "Arcadia" in page.text and page.all("img") and "Bắc Kạn" not in page.text
    assert "Arcadia" in (run.folder / "pages" / "index.html").read_text("utf-8")
