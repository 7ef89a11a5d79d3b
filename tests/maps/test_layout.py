"""The tile map is laid out as the country is; without a grid tiles stand by region and name."""

import pandas as pd
import pytest

import povertystats as ps
from povertystats.maps.layout import lay_out
from povertystats.words.languages import LANGUAGES

# Provinces that border on each other, each pair once.
BORDERS = """\
Lai Châu: Điện Biên, Sơn La, Lào Cai, Yên Bái
Điện Biên: Sơn La
Sơn La: Yên Bái, Phú Thọ, Hòa Bình, Thanh Hóa
Lào Cai: Yên Bái, Hà Giang
Yên Bái: Phú Thọ, Tuyên Quang, Hà Giang
Hà Giang: Tuyên Quang, Cao Bằng
Tuyên Quang: Cao Bằng, Bắc Kạn, Thái Nguyên, Vĩnh Phúc, Phú Thọ
Cao Bằng: Bắc Kạn, Lạng Sơn
Bắc Kạn: Thái Nguyên, Lạng Sơn
Lạng Sơn: Thái Nguyên, Bắc Giang, Quảng Ninh
Thái Nguyên: Vĩnh Phúc, Hà Nội, Bắc Giang
Quảng Ninh: Bắc Giang, Hải Dương, Hải Phòng
Bắc Giang: Hà Nội, Bắc Ninh, Hải Dương
Phú Thọ: Vĩnh Phúc, Hà Nội, Hòa Bình
Vĩnh Phúc: Hà Nội
Hà Nội: Bắc Ninh, Hưng Yên, Hà Nam, Hòa Bình
Bắc Ninh: Hưng Yên, Hải Dương
Hải Dương: Hải Phòng, Thái Bình, Hưng Yên
Hải Phòng: Thái Bình
Hưng Yên: Thái Bình, Hà Nam
Hòa Bình: Hà Nam, Ninh Bình, Thanh Hóa
Hà Nam: Thái Bình, Nam Định, Ninh Bình
Thái Bình: Nam Định
Nam Định: Ninh Bình
Ninh Bình: Thanh Hóa
Thanh Hóa: Nghệ An
Nghệ An: Hà Tĩnh
Hà Tĩnh: Quảng Bình
Quảng Bình: Quảng Trị
Quảng Trị: Thừa Thiên Huế
Thừa Thiên Huế: Đà Nẵng, Quảng Nam
Đà Nẵng: Quảng Nam
Quảng Nam: Quảng Ngãi, Kon Tum
Quảng Ngãi: Kon Tum, Gia Lai, Bình Định
Bình Định: Gia Lai, Phú Yên
Phú Yên: Gia Lai, Đắk Lắk, Khánh Hòa
Khánh Hòa: Đắk Lắk, Lâm Đồng, Ninh Thuận
Ninh Thuận: Lâm Đồng, Bình Thuận
Bình Thuận: Lâm Đồng, Đồng Nai, Bà Rịa - Vũng Tàu
Kon Tum: Gia Lai
Gia Lai: Đắk Lắk
Đắk Lắk: Lâm Đồng, Đắk Nông
Đắk Nông: Lâm Đồng, Bình Phước
Lâm Đồng: Đồng Nai, Bình Phước
Bình Phước: Đồng Nai, Bình Dương, Tây Ninh
Tây Ninh: Bình Dương, TP. Hồ Chí Minh, Long An
Bình Dương: Đồng Nai, TP. Hồ Chí Minh
Đồng Nai: Bà Rịa - Vũng Tàu, TP. Hồ Chí Minh
Bà Rịa - Vũng Tàu: TP. Hồ Chí Minh
TP. Hồ Chí Minh: Long An, Tiền Giang
Long An: Tiền Giang, Đồng Tháp
Tiền Giang: Đồng Tháp, Vĩnh Long, Bến Tre
Bến Tre: Vĩnh Long, Trà Vinh
Trà Vinh: Vĩnh Long, Sóc Trăng
Vĩnh Long: Đồng Tháp, Cần Thơ, Hậu Giang, Sóc Trăng
Đồng Tháp: Cần Thơ, An Giang
An Giang: Cần Thơ, Kiên Giang
Kiên Giang: Cần Thơ, Hậu Giang, Bạc Liêu, Cà Mau
Cần Thơ: Hậu Giang
Hậu Giang: Sóc Trăng, Bạc Liêu
Sóc Trăng: Bạc Liêu
Bạc Liêu: Cà Mau"""
PAIRS = {
    frozenset((one, other))
    for one, others in (line.split(": ") for line in BORDERS.splitlines())
    for other in others.split(", ")
}


@pytest.fixture(scope="module")
def ours():
    return ps.load_facts()


@pytest.fixture(scope="module")
def layout(ours):
    return lay_out(ours.places, ours.tiles, ours.places.provinces)


def test_every_province_has_one_tile_and_no_two_tiles_one_cell(ours, layout):
    ((heading, tiles),) = layout.groups
    assert layout.grid and not heading and not layout.without
    own = [tile.place for tile in tiles if not tile.part]
    assert sorted(own) == sorted(ours.places.provinces)
    assert len({(tile.row, tile.column) for tile in tiles}) == len(tiles) == 65


def test_neighbours_touch_and_what_touches_is_nearly_always_a_neighbour(layout):
    at = {tile.place: (tile.row, tile.column) for tile in layout.groups[0][1] if not tile.part}
    assert {place for pair in PAIRS for place in pair} == set(at)
    apart = {
        pair: [abs(x - y) for x, y in zip(*(at[place] for place in pair), strict=True)] for pair in PAIRS
    }
    assert sum(max(steps) == 1 for steps in apart.values()) >= 0.9 * len(PAIRS)
    assert max(sum(steps) for steps in apart.values()) <= 3
    touching = {
        frozenset((one, other))
        for one, (r, c) in at.items()
        for other, cell in at.items()
        if cell in ((r + 1, c), (r, c + 1))
    }
    assert len(touching - PAIRS) <= 8


def test_the_archipelagos_are_labelled_at_sea_east_of_their_provinces_and_carry_no_figure(layout):
    at = {tile.place: (tile.row, tile.column) for tile in layout.groups[0][1] if not tile.part}
    parts = {tile.place: tile for tile in layout.parts}
    assert set(parts) == {"Đà Nẵng", "Khánh Hòa"}
    for place, name in (("Đà Nẵng", "Hoàng Sa"), ("Khánh Hòa", "Trường Sa")):
        tile = parts[place]
        assert all(name in tile.label[lang] and name in tile.part[lang] for lang in LANGUAGES)
        assert tile.column > at[place][1] and tile.row >= at[place][0]
        assert tile.column > max(column for row, column in at.values() if row == tile.row) + 1


def test_north_is_up(layout):
    row = {tile.place: tile.row for tile in layout.groups[0][1] if not tile.part}
    southward = [
        "Hà Giang",
        "Bắc Kạn",
        "Thái Nguyên",
        "Bắc Ninh",
        "Hưng Yên",
        "Nam Định",
        "Nghệ An",
        "Hà Tĩnh",
    ]
    southward += ["Quảng Trị", "Quảng Nam", "Kon Tum", "Gia Lai", "Đắk Lắk", "Lâm Đồng", "Bình Thuận"]
    assert [row[place] for place in southward] == sorted(row[place] for place in southward)
    assert row["Hà Giang"] == 1 and row["Cà Mau"] == max(row.values())


def test_places_without_a_tile_are_named_and_too_few_tiles_make_no_map(ours):
    places = ours.places
    some = lay_out(places, ours.tiles, [*places.provinces[:3], "Ba Bể"])
    assert some.grid and some.without == ("Ba Bể",)
    districts = lay_out(places, ours.tiles, ["Pác Nặm", "Ba Bể"])
    ((heading, tiles),) = districts.groups
    assert not districts.grid and heading["vi"] == "Trung du và miền núi phía Bắc"
    assert [tile.place for tile in tiles] == ["Ba Bể", "Pác Nặm"] and not districts.parts
    # Without regions the places that they lie in stand above.
    bare = ps.load_facts().places.table.assign(region_vi="", region_en="")
    by_parent = lay_out(type(places)(bare), pd.DataFrame(columns=ours.tiles.columns), ["Ba Bể", "Hà Nội"])
    assert [heading["en"] for heading, _ in by_parent.groups] == ["Bắc Kạn", "Cả nước"]
