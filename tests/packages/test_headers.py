from povertystats.packages.headers import (
    PlaceKind,
    country_called,
    dated,
    fiscal,
    kind_of,
    measured,
    total,
    without_marks,
    year_mark,
)


def test_a_header_says_which_kind_of_place_and_its_words():
    said = {
        "Province": ("province", "provinces"),
        "STATE_NAME": ("province", "states"),
        "Counties": ("district", "counties"),
        "Tên huyện": ("district", "districts"),
        "Huyện/thành phố": ("district", "districts"),
        "Tỉnh, thành phố": ("province", "provinces"),
        "Kabupaten": ("district", "regencies"),
        "Xã/phường": ("commune", "communes"),
        "country": ("province", "countries"),
        "Đơn vị": ("province", "places"),
        "area name": ("province", "places"),
    }
    for header, expected in said.items():
        kind = kind_of(header)
        assert (kind.kind, kind.many) == expected, header
    for header in ("State code", "GEOID", "Đơn vị tính", "year", "rate", "statement", ""):
        assert kind_of(header) is None, header
    assert PlaceKind().words == {"en": ["place", "places"], "vi": "địa phương"}


def test_a_year_in_a_header_leaves_what_is_measured():
    said = {
        "2015": "",
        "Y2015": "",
        "FY2015": "",
        "2015 (%)": "",
        "Năm 2015": "",
        "poor_2015": "poor",
        "2015_poor": "poor",
        "Percentage of poor: 2015": "Percentage of poor",
        "Tỷ lệ hộ nghèo năm 2015 (%)": "Tỷ lệ hộ nghèo (%)",
        "Hộ nghèo 2015: Số hộ": "Hộ nghèo: Số hộ",
    }
    for header, expected in said.items():
        assert dated(header) == (expected, "2015", ""), header
    assert dated("2015/16") == ("", "2015", "16") and dated("2015-2016")[1:] == ("2015", "2016")
    for header in ("income", "120156", "1.2015", "from 2015 over 2018 to 2020", "3015"):
        assert dated(header) is None, header


def test_years_of_two_calendar_years_follow_each_other():
    assert [fiscal(text) for text in ("2015/16", "FY 2015-16", "1999/00", "2015/17", "2015-12", "2015")] == [
        *("2015", "2015", "1999", "", "", "")
    ]


def test_rows_that_are_no_places():
    assert total("TỔNG CỘNG") and total("Grand total") and not total("Totonicapán")
    assert country_called("United States") and country_called("Lào") and not country_called("Lào Cai")
    assert measured("Value") == measured("OBS_VALUE") == "" != measured("poor")


def test_marks_behind_years_and_names():
    said = {
        "preliminary": (
            "2021p",
            "2021 (p)",
            "2022 prel.",
            "poor_2021P",
            "Poor (%) 2021p",
            "2020 sơ bộ",
            "2020 p/",
        ),
        "estimate": ("2023e", "2023 (est.)", "2023 ước tính"),
        "": ("2020r", "2019*", "2019 1/", "2019 (2)", "Poor (%): 2020*", "2019²"),
    }
    for status, headers in said.items():
        for header in headers:
            mark, told = year_mark(header)
            assert mark and told == status, header
            assert dated(header)[0] in ("", "poor", "Poor (%)"), header
    for header in (
        "2015",
        "2015 (%)",
        "2015 poor",
        "2015 (n)",
        "2015m",
        "2015 se",
        "p2015",
        "2015 people",
        "2015–2020",
    ):
        assert year_mark(header) == ("", ""), header
    names = {
        "Abra 1/": "Abra",
        "X b/, c/, d/": "X",
        "Batangas*": "Batangas",
        "Quezon (a)": "Quezon",
        "Q [1]": "Q",
    }
    assert {name: without_marks(name) for name in names} == names
    for name in (
        "Region 12",
        "Mt. Province",
        "Zone A",
        "Ward (A)",
        "Region XII (SOCCSKSARGEN)",
        "A/B",
        "District 1",
    ):
        assert without_marks(name) == name
