"""Where a table stands in its file: below titles, under a header of one row or two, above remarks."""

from povertystats.tables.layout import laid_out

REVIEW = """UBND TỈNH HÀ GIANG;;;;;
TỔNG HỢP KẾT QUẢ RÀ SOÁT;;;;;

TT;Đơn vị;Hộ nghèo 2018;;Hộ nghèo 2019;
;;Số hộ;Tỷ lệ (%);Số hộ;Tỷ lệ (%)
I;Huyện Mèo Vạc;;;;
1;Xã A;1.234;45,67;1.100;41,2
Nguồn: Sở LĐTBXH;;;;;"""
NAMES = [
    "TT",
    "Đơn vị",
    *(f"Hộ nghèo {year}: {what}" for year in (2018, 2019) for what in ("Số hộ", "Tỷ lệ (%)")),
]


def table(text, **options):
    rows = [(at, line.split(";")) for at, line in enumerate(text.splitlines(), start=1)]
    return laid_out(rows, "a.csv", **options)


def test_titles_a_header_of_two_rows_and_remarks():
    found = table(REVIEW)
    assert (found.names, found.header) == (NAMES, (4, 5))
    assert [number for number, _ in found.records] == [6, 7]
    assert [number for number, _ in found.above] == [1, 2] and [number for number, _ in found.below] == [8]
    assert not found.problems
    assert table(REVIEW, header=(4, 5)) == found


def test_plain_tables_are_taken_as_they_are():
    for text, names in {
        "place;year;value\nA;2018;1": ["place", "year", "value"],
        "place;2018;2019\nA;1;2": ["place", "2018", "2019"],
        "id\n7": ["id"],
        "id;title\na;One\nb;Two": ["id", "title"],
        "place;note\nA;\nB;": ["place", "note"],
    }.items():
        found = table(text)
        assert (found.names, found.header, found.above) == (names, (1,), []), text
    assert table("1;2\n3;4", header=()).names == ["1", "2"]


def test_what_follows_the_last_figures_is_below_and_rows_are_not():
    signed = REVIEW.replace("Nguồn: Sở LĐTBXH;;;;;", ";;;;Hà Giang, ngày 5/1/2020;\n;Người lập;;;Chủ tịch;")
    after_a_blank = REVIEW.replace("Nguồn: Sở LĐTBXH;;;;;", "\n;Người lập;;;;\n\n;Vàng A;;;;").split("\n")
    for text, below in ((signed, [8, 9]), ("\n".join(after_a_blank), [9, 11])):
        found = table(text)
        assert ([n for n, _ in found.records], [n for n, _ in found.below]) == ([6, 7], below), text
    for rows in (
        "place;n\nA;1\nB;2\nC;",
        "place;n\nA;1\nB;..",
        "code;place;of\n1;A;\n2;B;\nX3;C;A\nX4;D;A",
        "a;b\nx;y\n\nz;",
    ):
        assert not table(rows).below, rows


def test_names_that_are_blank_or_stand_twice_are_problems():
    assert [p.field for p in table("a;b;a\n1;2;3").problems] == ["a"]
    assert [p.field for p in table("a;b;\n1;2;3").problems] == ["column 3"]
    assert not table("a;b;\n1;2;").problems
    assert [p.rule for p in table(";\n;").problems] == ["holds no table"]


def test_titles_with_commas_and_rows_that_count_the_columns_are_no_data():
    rows = [["Poverty", " by province", " 2019"], ["place", "n", "rate", "note"], ["A", "1", "2.5", "x"]]
    found = laid_out([*enumerate(rows, start=1)], "a.csv")
    assert (found.names, found.header) == (["place", "n", "rate", "note"], (2,))
    assert table("t;;;\nTT;Xã;n;m\nA;B;1;2\n1;Yên Hân;5;6").header == (2, 3)
    assert table("t;;;\nTT;Xã;n;m\nI;II;1;2\n1;Yên Hân;5;6").header == (2, 3)
    assert table("TT;Xã;n\n(1);(2);(3)\n1;Yên Hân;5").header == (1, 2)
    for plain in (
        "place;n;m\nA;1;2\nB;3;4",
        "a;b;c\n1;2;3\n4;5;6",
        "place;a;b;c\nA;1;2;3",
        "id;code;n\n1;2;3\n4;x;5",
    ):
        assert table(plain).header == (1,), plain


def test_a_header_that_is_missing_or_stands_again_is_a_problem():
    for text in ("A;x;1.5\nA;x;2.5", "A;x;5\nA;x;6", "5;2\n3;4"):
        assert "names of columns are expected" in table(text).problems[0].rule, text
    (again,) = table("place;n\nA;1\nplace;n\nB;2").problems
    assert (again.row, again.rule) == (3, "the header stands again among the rows")
    assert not table("month;1;2;3\nA;5;6;7").problems
