"""The sheet as a whole: its length, and every number on it from a table that it rests on."""

import json
import re
from itertools import chain

import pandas as pd
import pytest
from helpers.html import Html

from povertystats.pages.site import notebook_of
from povertystats.records.backtest import WAY
from povertystats.sheet.counts import about, counts_behind
from povertystats.sheet.dots import chance_picture
from povertystats.sheet.standing import standing
from povertystats.sheet.tiles import tile_picture
from povertystats.sheet.timeline import timeline
from povertystats.targets.outcome import outcomes
from povertystats.words.wording import number

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
NUMBER = re.compile(r"[−-]?\d+(?:[.,]\d+)*")


def shown(lang):
    """Return the text of the sheet as its notebook keeps it, without pictures and what is folded."""
    from nbconvert.filters import markdown2html

    cells = json.loads(notebook_of("00_brief", lang).read_text("utf-8"))["cells"]
    parts = []
    for cell in cells:
        if "notebook" in cell["metadata"].get("tags", []):
            continue
        if cell["cell_type"] == "markdown":
            parts.append("".join(cell["source"]))
        for output in cell.get("outputs", []):
            data = output["data"]
            if "text/markdown" in data:
                parts.append("".join(data["text/markdown"]))
            elif "text/html" in data:
                parts.append("".join(data["text/html"]))
            else:
                assert "image/png" in data
    page = re.sub(r"<details>.*?</details>", "", "\n\n".join(parts), flags=re.S)
    return Html(f"<body>{markdown2html(page)}</body>").text


def words(page):
    """Return the words of HTML."""
    return Html(f"<body>{page}</body>").text.split()


@LANGUAGES
def test_it_is_short(lang):
    assert 300 < len(shown(lang).split()) <= 600


@LANGUAGES
def test_the_picture_comes_after_so_many_words(lang):
    from nbconvert.filters import markdown2html

    cells = json.loads(notebook_of("00_brief", lang).read_text("utf-8"))["cells"]
    at = next(
        n for n, cell in enumerate(cells) if any("image/png" in o["data"] for o in cell.get("outputs", []))
    )
    told = [o["data"]["text/markdown"] for cell in cells[:at] for o in cell.get("outputs", [])]
    assert len(words(markdown2html("".join(chain(*told))))) <= 120


@LANGUAGES
def test_every_number_stands_in_a_table(card, known, facts, record, ahead, lang):
    counts, years, among = (
        counts_behind(card, known).table,
        timeline(card, known),
        standing(known, card.place),
    )
    came = outcomes(card, facts).table
    values = [
        card.table.select_dtypes("number"),
        counts[["change_pp", "value", "of", "before", "rate"]],
        years.table,
        years.both,
    ]
    values += [among.table, among.like[["pace"]], came[["value"]], chance_picture(card, lang).data]
    values += [ahead.table]
    values += [tile_picture(among, known, lang).data[["value"]]]
    found = [
        float(x) for frame in values for x in frame.select_dtypes("number").to_numpy().ravel() if pd.notna(x)
    ]
    # Chances in hundredths, counts to two digits, what a poor district's targets ask of its households.
    found += [
        100 * p for p in card.table[["probability", "probability_points"]].to_numpy().ravel() if pd.notna(p)
    ]
    found += [about(x) for x in pd.concat([counts["value"], counts["by_rate"].dropna()])] + [
        about(2543 / 34.29 * x) for x in (3.5, 4)
    ]
    found += [18.5 - 19.57, 100 * card.details[0].by_year.shared]
    near = record.near(19.57, WAY)
    misses = near.by_year[near.by_year["method"] == WAY]["mae"]
    found += [near.table.set_index("method").loc[WAY, "mae"], float(len(misses))]
    # How far the forecast is from what the target requires.
    found += [abs(ahead.level_at(0.5) - (19.57 - 2))]
    # How many targets and places stand how, and the sources.
    verdicts = card.table.groupby("target")["verdict"].first().value_counts()
    found += [*verdicts, card.table["target"].nunique(), len(among.table), len(among.like), len(years.both)]
    found += [float(sum(bool(one.reason) for one in card.details)), 7.0, 5.0]  # the day; five lack a figure
    known_forms = {number(sign * x, lang, d) for x in found for sign in (1, -1) for d in range(3)}
    known_forms |= {number(x, lang, d).rstrip("0").rstrip(",.") for x in found for d in (1, 2)}
    # Dates, and words of targets with their own numbers, are not results.
    text = shown(lang)
    for target in card.targets:
        text = text.replace(target.wording[lang], "").replace(target.settled_by[lang] or "\0", "")
    text = re.sub(r"\d{1,2}/(\d{1,2}/)?\d{4}|\d{1,2} (May|June) \d{4}", "", text)
    known_forms |= {str(int(year)) for year in [*years.table["year"], among.first, among.year]}
    # Odds are so many in 100.
    assert not {token.replace("-", "−") for token in NUMBER.findall(text)} - known_forms - {"100"}
