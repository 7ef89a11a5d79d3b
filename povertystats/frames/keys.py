"""Keys: the columns that together name a place, and its label."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from povertystats.files.days import read_years
from povertystats.frames.spellings import MARK, groups, label_problems, never_together, number_text
from povertystats.words.errors import WrongType, refuse
from povertystats.words.names import plain

# A column, or the columns of the full key from the largest area to the smallest.
Key: TypeAlias = str | Sequence[str]
# Levels of areas, each in the one before: a name is known only under its parents, whatever the columns are called.
_LEVELS = (
    {"country", "nuoc", "negara"},
    {"province", "state", "tinh", "tinh thanh pho", "provinsi"},
    {"district", "county", "regency", "huyen", "quan huyen", "kabupaten"},
    {"commune", "ward", "municipality", "subdistrict", "xa", "xa phuong", "kecamatan"},
    {"village", "hamlet", "thon", "ap", "thon ban", "desa"},
)
_AFFIXES = {"name", "code", "id", "ten", "ma"}


def full_key(key: Key, columns: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that name an area, from the largest to the smallest.

    A list is the full key as it stands; a single column of a known level (such as commune, huyện or county) has the
    columns of the levels above it before it, those that are there.
    Raises WrongType where the key is neither.

    >>> full_key("commune", ["province", "district", "commune", "poor"])
    ('province', 'district', 'commune')
    >>> full_key(["commune"], ["province", "commune"]), full_key("place", ["province", "place"])
    (('commune',), ('place',))
    """
    if not isinstance(key, str):
        if not (isinstance(key, list | tuple) and key and all(isinstance(part, str) for part in key)):
            raise WrongType(
                f"a key must be a column, or a list of columns from the largest area to the smallest, not {key!r}"
            )
        return tuple(key)
    level = _level(key)
    above = {} if level is None else {_level(c): c for c in reversed(list(columns)) if isinstance(c, str)}
    return *(above[i] for i in range(level or 0) if i in above), key


def key_name(key: Key) -> str:
    """Return the column of the smallest area, by which a key is called.

    >>> key_name("commune"), key_name(["district", "commune"])
    ('commune', 'commune')
    """
    return key if isinstance(key, str) else key[-1]


def named_by(
    place: Key, year: str | None, cluster: Key | None, entity: Key | bool | None, time: str | bool | None
) -> tuple[Key, Key | None, str | None]:
    """Return the columns of clusters, entities and times: those of places and years, where no others are named.

    >>> named_by("tinh", "nam", None, True, True), named_by("place", "year", "region", "hh", None)
    (('tinh', 'tinh', 'nam'), ('region', 'hh', None))
    """
    owner, when = place if entity is True else entity or None, year if time is True else time or None
    return place if cluster is None else cluster, owner, when


def keyed(rows: Any, *keys: Key | None) -> tuple[Any, ...]:
    """Return a frame or an ibis table with the labels of full keys in the columns of their names, and these names.

    A key of one column stays as it is, and so does one of which a column is not there, or stands twice.

    >>> rows = pd.DataFrame({"district": ["Chợ Mới", "Ba Bể"], "commune": "Tân Lập"})
    >>> rows, name, _ = keyed(rows, "commune", None)
    >>> name, shown(rows.commune)
    ('commune', ('Tân Lập, Chợ Mới', 'Tân Lập, Ba Bể'))
    """
    columns = list(rows.columns)
    paths = [full_key(key, columns) for key in keys if key is not None]
    paths = [path for path in paths if len(path) > 1 and all(columns.count(column) == 1 for column in path)]
    if isinstance(rows, pd.DataFrame):
        labels = {path[-1]: labels_of(rows, path) for path in paths}
        rows = rows.assign(**labels) if labels else rows
    elif paths:
        rows = rows.mutate(**{path[-1]: label_column(rows, path) for path in paths})
    return rows, *(None if key is None else key_name(key) for key in keys)


def timed(rows: Any, time: str | None) -> Any:
    """Return a frame or an ibis table whose times are numbers: texts, dates, periods as the years that they are of.

    What is no year stays as it is, and so does all else.

    >>> timed(pd.DataFrame({"year": ["2019", "2020.0"]}), "year")["year"].tolist()
    [2019, 2020]
    >>> timed(pd.DataFrame({"year": ["2019", "later"]}), "year")["year"].tolist()
    ['2019', 'later']
    """
    if time is None or [*getattr(rows, "columns", ())].count(time) != 1:
        return rows
    if not isinstance(rows, pd.DataFrame):
        return rows.mutate(**{time: rows[time].year()}) if rows[time].type().is_temporal() else rows
    if pd.api.types.is_numeric_dtype(rows[time]) and rows[time].dtype.kind != "c":
        return rows
    years, wrong = read_years(rows[time])
    return rows if (wrong & rows[time].notna()).any() else rows.assign(**{time: years})


def labels_of(frame: pd.DataFrame, key: Sequence[str]) -> pd.Series:
    """Return the label of each row by a full key, the smallest area first; missing where a part is. ``shown`` shortens it.

    Raises Refused where two keys have one label: parts of two types.

    >>> rows = pd.DataFrame({"district": ["Chợ Mới", "Bạch Thông", None], "commune": "Tân Lập"})
    >>> [label and shown([label]) for label in labels_of(rows, ["district", "commune"])]
    [('Tân Lập',), ('Tân Lập',), None]
    """
    if len(key) == 1:
        return frame[key[0]]
    levels: list[list] = []
    code, there = np.zeros(len(frame), int), np.ones(len(frame), bool)
    for column in key:
        codes, values = pd.factorize(frame[column].values)
        there &= codes >= 0
        code, levels = code * len(values) + codes, [*levels, values.tolist()]
    used, position = np.unique(code[there], return_inverse=True)
    labels = []
    for one in used.tolist():
        parts = []
        for values in reversed(levels):
            one, at = divmod(one, len(values))
            parts.append(_text(values[at]))
        labels.append(MARK.join(parts))
    twice = (
        sorted({label for label in labels if labels.count(label) > 1}) if len({*labels}) < len(labels) else []
    )
    refuse("cannot tell rows apart", _two_types(key[-1], twice))
    found = np.full(len(frame), None, object)
    found[there] = np.array(labels, object)[position]
    return pd.Series(found, index=frame.index, dtype=object)


def label_column(table: Any, key: Sequence[str]) -> Any:
    """Return the labels of ``labels_of`` as a column of an ibis table, on DuckDB or Spark.

    >>> import ibis
    >>> rows = ibis.memtable({"district": ["Chợ Mới", "Bạch Thông"], "commune": ["Tân Lập", "Tân Lập"]})
    >>> shown(label_column(rows, ["district", "commune"]).to_pandas())
    ('Tân Lập, Chợ Mới', 'Tân Lập, Bạch Thông')
    """
    columns = [table[column] for column in key]
    # What is no number names nothing.
    columns = [c.nullif(float("nan")) if c.type().is_floating() else c for c in columns]
    if len(columns) == 1:
        return columns[0]
    first, *others = (_text_column(column) for column in reversed(columns))
    return first.concat(*(part for other in others for part in (MARK, other)))


def shown(labels: Iterable) -> tuple:
    """Return labels for readers: of those of full keys as many parts as tell them apart, from the smallest area on.

    >>> rows = pd.DataFrame({"province": "Bắc Kạn", "district": ["Chợ Mới", "Ba Bể", "Ba Bể"]})
    >>> rows, _ = keyed(rows.assign(commune=["Tân Lập", "Tân Lập", "Yên Hân"]), "commune")
    >>> shown(rows.commune)
    ('Tân Lập, Chợ Mới', 'Tân Lập, Ba Bể', 'Yên Hân')
    """
    labels = tuple(labels)
    parts = [label.split(MARK) if isinstance(label, str) else [label] for label in labels]
    short = [of[0] for of in parts]
    for length in range(2, max(map(len, parts), default=1) + 1):
        count = Counter(short)
        short = [
            ", ".join(of[:length]) if len(of) >= length and count[name] > 1 else name
            for of, name in zip(parts, short, strict=True)
        ]
    return tuple(short)


def column_problems(frame: pd.DataFrame, *keys: Key | None) -> Iterator[str]:
    """Yield what ``label_problems`` says of columns of objects, of which an engine would make texts."""
    columns = {column: None for key in keys if key for column in full_key(key, frame.columns)}
    for column in columns:
        if frame[column].dtype == object:
            yield from label_problems(column, frame[column].dropna().unique().tolist())


def moved(key: Key, columns: Iterable[str], labels: Sequence[str], seen: np.ndarray) -> Iterator[str]:
    """Yield areas of one name that no two parents have at the same time, one that moved or several, and of two spellings.

    ``labels`` by a key that was understood, of the ``columns``, and not given; ``seen`` as in ``label_problems``.

    >>> rows = pd.DataFrame({"district": ["Chợ Mới", "Ba Bể"], "commune": "Tân Lập"})
    >>> labels = keyed(rows, "commune")[0].commune.tolist()
    >>> list(moved("commune", rows.columns, labels, np.eye(2, dtype=bool)))[0][:76]
    "'Tân Lập, Chợ Mới' and 'Tân Lập, Ba Bể' have no year in common: one commune "
    >>> list(moved("commune", rows.columns, labels, np.ones((2, 2), dtype=bool)))
    []
    """
    yield from label_problems(key_name(key), labels)
    path = full_key(key, columns)
    if not isinstance(key, str) or len(path) == 1:
        return
    alone = [
        group
        for group in groups(labels, lambda label: str(label).partition(MARK)[0])
        if never_together(seen[[*group]])
    ]
    if alone and seen.shape[1] > 1:
        first, other = map(repr, shown(labels[i] for i in alone[0][:2]))
        more = f", as {len(alone) - 1} more" if len(alone) > 1 else ""
        settled = f"say which by {list(path)} (two) or {[key]} (one)"
        yield f"{first} and {other} have no year in common: one {key} that moved, or two{more}; {settled}"


def _level(column):
    words = [word for word in re.split(r"[\s_/,]+", plain(column)) if word not in _AFFIXES]
    return next((i for i, names in enumerate(_LEVELS) if " ".join(words) in names), None)


def _text(value):
    """Return a part of a label, in which no mark stands that parts it from the next."""
    return number_text(value).replace(MARK, ", ")


def _text_column(value):
    if value.type().is_floating():
        whole = value.cast("int64")
        return (whole == value).ifelse(whole.cast("string"), value.cast("string"))
    return value.cast("string").replace(MARK, ", ")


def _two_types(name, twice):
    return [
        f"{name} {label!r} is written in two types, or with blanks after a comma; expected one"
        for label in twice[:3]
    ]
