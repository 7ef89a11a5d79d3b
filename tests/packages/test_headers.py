from povertystats.packages.headers import PlaceKind, country_called, dated, fiscal, kind_of, measured, total


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
