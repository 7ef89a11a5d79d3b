"""The small map shows the place framed among those around it, each with its rate."""

import pytest

from povertystats.sheet.standing import standing
from povertystats.sheet.tiles import tile_picture
from povertystats.words.wording import number

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@LANGUAGES
def test_each_tile_tells_its_place_and_rate(known, lang):
    found = standing(known, "Bắc Kạn")
    picture = tile_picture(found, known, lang)
    values = found.table.set_index("place")["value"]
    told = {text.get_text().replace("\n", " ") for text in picture.figure.axes[0].texts}
    assert {"Bắc Kạn", "Cao Bằng", "Lạng Sơn", "Thái Nguyên", "Tuyên Quang"} <= set(picture.data["place"])
    for row in picture.data.itertuples():
        assert f"{row.place} {number(values[row.place], lang, 1)}%" in told
        assert max(abs(row.row - 2), abs(row.column - 4)) <= 2
    framed = [patch for patch in picture.figure.axes[0].patches if patch.get_linewidth() > 2]
    assert [patch.get_xy() for patch in framed] == [(4 - 0.48, 2 - 0.48)]


def test_without_a_grid_there_is_no_map(known):
    from dataclasses import replace

    found = standing(known, "Bắc Kạn")
    assert tile_picture(found, replace(known, tiles=known.tiles[:0]), "vi") is None
