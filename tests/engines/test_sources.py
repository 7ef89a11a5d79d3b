"""Sources: files found, their headers, and what differs between them."""

import gzip
import os
import unicodedata

import pandas as pd
import pytest

from povertystats.engines.sources import differing, find_files, header, is_parquet, local, open_files

duckdb = pytest.importorskip("duckdb")


def test_files_are_those_of_each_pattern_in_order(tmp_path):
    for name in ("b.csv", "a.csv", "c.CSV.gz", "d.txt"):
        (tmp_path / name).touch()
    (tmp_path / "folder.csv").mkdir()
    assert find_files(tmp_path / "a.csv") == (f"{tmp_path}/a.csv",)
    assert find_files([f"{tmp_path}/b.csv", f"{tmp_path}/*.csv"]) == tuple(
        f"{tmp_path}/{name}" for name in ("b.csv", "a.csv", "b.csv")
    )
    assert find_files(f"{tmp_path}/**/*.gz") == (f"{tmp_path}/c.CSV.gz",)
    assert find_files(["s3://a/*.parquet", "hdfs://b/c.pq"]) == ("s3://a/*.parquet", "hdfs://b/c.pq")
    assert local(["a.csv", "s3://a/b.csv"]) == ["a.csv"] and is_parquet("A.PARQUET")


def test_patterns_that_name_nothing_or_anything_are_refused_at_once(tmp_path):
    (tmp_path / "a.csv").touch(), (tmp_path / "a.pq").touch(), (tmp_path / "a.xlsx").touch()
    with pytest.raises(ValueError) as caught:
        find_files([f"{tmp_path}/no*.csv", f"{tmp_path}/a.xlsx", f"{tmp_path}/a.pq"])
    first, second = caught.value.problems
    assert first == f"no file matches '{tmp_path}/no*.csv'"
    assert second.startswith(f"{tmp_path}/a.xlsx is neither Parquet nor CSV; expected a name that ends in")
    with pytest.raises(ValueError, match="both Parquet and CSV; expected files of one kind"):
        find_files([f"{tmp_path}/a.csv", f"{tmp_path}/a.pq"])
    with pytest.raises(ValueError, match="the list of files is empty"):
        find_files([])
    for source in (3, [3], {"a.csv"}):
        with pytest.raises(TypeError, match=f"or an ibis table, not {type(source).__name__}"):
            find_files(source)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_header_is_read_with_its_delimiter_also_behind_a_mark_and_packed(tmp_path, mark):
    first = mark.join(['"xã; thị trấn, |"', "năm", '"a""b"']) + "\n"
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + first.encode() + b"1\n"))
    assert header(str(path)) == (mark, ["xã; thị trấn, |", "năm", 'a"b'])


def test_files_with_other_columns_are_told_by_name(tmp_path):
    texts = {"a": "x,y\n1,2\n", "b": "x\n1\n", "c": "y,x\n", "d": "x,y,z\n", "e": "x,x,y\n"}
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text)
    paths = [f"{tmp_path}/{name}.csv" for name in texts]
    a, b, c, d, e = paths
    assert list(differing(paths)) == [
        f"{e}: more than one column 'x'",
        f"{b}: column 'y' is missing, but there in {a}",
        f"{c}: columns in another order than in {a}",
        f"{d}: column 'z' is there, but missing in {a}",
    ]
    assert list(differing([a])) == []


def test_parquet_files_with_other_types_are_told_since_numbers_would_be_rounded(tmp_path):
    frames = {"a": {"x": [1], "y": ["t"]}, "b": {"y": ["t"], "x": [2]}, "c": {"x": [1.5], "y": ["t"]}}
    for name, columns in frames.items():
        pd.DataFrame(columns).to_parquet(tmp_path / f"{name}.parquet")
    a, b, c = (f"{tmp_path}/{name}.parquet" for name in frames)
    assert list(differing([a, b])) == []
    assert list(differing([b, a, c])) == [f"{c}: column 'x' is DOUBLE, but BIGINT in {b}"]


def test_a_packed_file_that_is_none_is_told(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_text("x,y\n")
    (line,) = differing([str(path)])
    assert line.startswith(f"{path}: Not a gzipped file")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_csv_keeps_its_noughts_its_quotes_and_its_line_breaks(tmp_path, mark):
    path = tmp_path / "a.csv"
    path.write_text(
        mark.join(["code", "x", "name"]) + f'\r\n007{mark}1.50{mark}"a{mark} ""b""\nc"\r\n', newline=""
    )
    table = open_files(pytest.importorskip("ibis").duckdb.connect(), [str(path)])
    assert table.to_pandas().values.tolist() == [["007", "1.50", f'a{mark} "b"\nc']]
    assert all(kind.is_string() for kind in table.schema().values())


def test_the_name_of_a_file_is_no_pattern(tmp_path):
    names = ["review[2019].csv", "a*b?.csv", "{1,2}.csv", "review2.csv", "axbx.csv", "1.csv"]
    for name in names:
        (tmp_path / name).write_text(f'x\n"{name}"\n')
    connection = pytest.importorskip("ibis").duckdb.connect()
    for name in names:
        files = find_files(tmp_path / name)
        assert open_files(connection, files).to_pandas()["x"].tolist() == [name]
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ValueError, match="folder.csv is no regular file"):
        find_files(tmp_path / "folder.csv")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        with pytest.raises(ValueError, match="pipe.csv is no regular file"):
            find_files(tmp_path / "pipe.csv")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "windows-1258"])
@pytest.mark.parametrize("zipped", [False, True])
def test_any_encoding_is_read_as_its_text(tmp_path, encoding, zipped):
    names = ["Bắc Kạn", "Thái Nguyên", "Quảng Ngãi", "Đắk Lắk", "Cao Bằng", "Hòa Bình", "Lạng Sơn"] * 40
    text = "xã,thu nhập\r\n" + "".join(f"{name},1\r\n" for name in names)
    if encoding == "windows-1258":
        text = "".join(_marked(sign) for sign in text)
    content = text.encode(encoding)
    path = tmp_path / ("a.csv.gz" if zipped else "a.csv")
    path.write_bytes(gzip.compress(content) if zipped else content)
    table = open_files(pytest.importorskip("ibis").duckdb.connect(), [str(path)]).to_pandas()
    assert [*table] == ["xã", "thu nhập"] and table["xã"].tolist() == names


def _marked(sign):
    """Write a letter as windows-1258 does: with its tone as a mark of its own."""
    parts = unicodedata.normalize("NFD", sign)
    tones = [part for part in parts if part in "\u0300\u0301\u0303\u0309\u0323"]
    rest = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
    return rest + "".join(tones)
