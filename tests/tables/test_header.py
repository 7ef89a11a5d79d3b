"""Where a header begins: below what stands at the head of an office's sheet, merged or not."""

import pytest

from povertystats.tables.header import counts_columns, header_of

STATE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
HEADER = ["STT", "Xã", "Hộ nghèo", None, "Ghi chú"]
UNDER = [None, None, "Số hộ", "Tỷ lệ", None]
BODY = [[1, "A", 12, 2.5, None], [2, "B", 13, 3.5, None]]


@pytest.mark.parametrize(
    ("head", "merged"),
    [
        ([], []),
        ([["BIỂU 1", None, None, None, None]], [(1, 0, 1, 4)]),
        ([["UBND HUYỆN", None, STATE, None, None]], [(1, 0, 1, 1), (1, 2, 1, 4)]),
        (
            [["SỞ LĐ", None, None, STATE, None], ["PHÒNG", None, None, "Độc lập - Tự do", None]],
            [(1, 0, 1, 2), (1, 3, 1, 4), (2, 3, 2, 4)],
        ),
        (
            [["UNIT OF A", None, None, "STATE OF B", None], ["x", None, None, "y", None]],
            [(1, 0, 1, 2), (1, 3, 1, 4)],
        ),
        ([[None, None, None, None, "Đơn vị: hộ"]], []),
        ([["a", "b", "c", "d", "ĐVT: hộ"]], []),
    ],
)
def test_what_stands_above_is_no_header(head, merged):
    rows = [*enumerate([*head, HEADER, UNDER, *BODY], start=1)]
    at = len(head) + 1
    merged = [*merged, *((at, column, at + 1, column) for column in (0, 1, 4)), (at, 2, at, 3)]
    assert header_of(rows, merged) == (len(head), 2)


def test_a_row_that_counts_columns_is_seen_by_letters_over_figures():
    names = ["TT", "Huyện", "Số hộ", "Tỷ lệ"]
    rows = [(2, ["A", "B", "1", "2"]), (3, [1, "Ba Bể", 10, 2.5])]
    assert counts_columns(rows, names, official=False)
    assert not counts_columns([rows[0], (3, ["C", "D", "3", "4"])], names, official=False)
