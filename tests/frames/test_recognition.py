"""Places and years in somebody's own table: what is known, what was meant."""

import pytest

import povertystats as ps
from povertystats.frames.recognition import checked, recognised


@pytest.fixture
def found(tmp_path, facts):
    def read(text, **options):
        path = tmp_path / "a.csv"
        path.write_text(text, "utf-8")
        return recognised(ps.read_table(path, **options), facts.places.find)

    return read


def test_places_and_years_are_recognised_and_what_was_meant_is_suggested(found):
    known = found(
        "TT,Tỉnh,Năm,n\n1,Tỉnh Bắc Cạn,2018,5\n2,Hà Giang,2019,6\n3,Bac Kann,2019,7\n,Tổng cộng,2019,18\n"
    )
    assert known.places == {"Tỉnh": (2, 3)} and known.years == {"Năm": [2018, 2019]}
    (unknown,) = known.unknown
    assert (unknown.row, unknown.value) == (4, "Bac Kann") and "Bắc Kạn" in unknown.suggestion
    assert "Tỉnh: 2 of 3 places are known" in known.text("en") and "nhận ra 2 trong 3" in known.text("vi")


def test_columns_without_a_telling_name_and_years_in_the_header(found):
    known = found("a,Hộ nghèo 2018,Hộ nghèo 2019\nHà Giang,5,6\nCao Bằng,7,8\nMoon,1,2\n")
    assert known.places == {"a": (2, 3)} and known.years == {"": [2018, 2019]}
    assert found("Đơn vị,n\nXã A,1\nXã B,2\n").places == {"Đơn vị": (0, 2)}
    for text in ("Đơn vị,n\nhộ,1\n%,2\n", "name,n\nAnn,1\nBob,2\n", "TT,n\nI,1\n01,2\n"):
        assert found(text).places == {}, text


def test_a_table_is_checked_in_words_and_as_findings(tmp_path, facts):
    path = tmp_path / "a.csv"
    path.write_text("Tỉnh;Thu nhập\nHà Giang;1.500\nBac Kann;650\n", "utf-16")
    said, findings = checked(path, facts.places.find, "en")
    assert "utf-16" in said and "1 of 2 places" in said and "1 error, 1 warning" in said
    assert [p.value for p in findings.errors] == ["1.500"] and [p.value for p in findings.warnings] == [
        "Bac Kann"
    ]
    assert not checked(path, facts.places.find, "en", decimal=",")[1].errors
