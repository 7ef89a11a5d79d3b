"""Keys: the columns that together name a place, its label, and labels that are one in two forms of writing."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from povertystats.words.errors import WrongType, refuse
from povertystats.words.names import plain

# A column, or the columns of the full key from the largest area to the smallest.
Key: TypeAlias = str | Sequence[str]
# Levels of areas, each in the one before: a name is known only under its parents, whatever the columns are called.
_LEVELS = (
    {"country", "nuoc", "negara"},
    {"province", "state", "tinh", "provinsi"},
    {"district", "county", "regency", "huyen", "quan huyen", "kabupaten"},
    {"commune", "ward", "municipality", "subdistrict", "xa", "xa phuong", "kecamatan"},
    {"village", "hamlet", "thon", "ap", "thon ban", "desa"},
)
_AFFIXES = {"name", "code", "id", "ten", "ma"}
_PLAIN = re.compile(r"(?!0|.*\.0$)[!-~]+( [!-~]+)*")
# Between the parts of a label: a comma and a blank to readers, and to nobody a mark within a name.
_MARK = ",\u00a0"


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
        labels.append(_MARK.join(parts))
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
    return first.concat(*(part for other in others for part in (_MARK, other)))


def shown(labels: Iterable) -> tuple:
    """Return labels for readers: of those of full keys as many parts as tell them apart, from the smallest area on.

    >>> rows = pd.DataFrame({"province": "Bắc Kạn", "district": ["Chợ Mới", "Ba Bể", "Ba Bể"]})
    >>> rows, _ = keyed(rows.assign(commune=["Tân Lập", "Tân Lập", "Yên Hân"]), "commune")
    >>> shown(rows.commune)
    ('Tân Lập, Chợ Mới', 'Tân Lập, Ba Bể', 'Yên Hân')
    """
    labels = tuple(labels)
    parts = [label.split(_MARK) if isinstance(label, str) else [label] for label in labels]
    short = [of[0] for of in parts]
    for length in range(2, max(map(len, parts), default=1) + 1):
        count = Counter(short)
        short = [
            ", ".join(of[:length]) if len(of) >= length and count[name] > 1 else name
            for of, name in zip(parts, short, strict=True)
        ]
    return tuple(short)


def label_problems(name: str, labels: Sequence, seen: np.ndarray | None = None) -> Iterator[str]:
    """Yield what labels of places or households are one in two forms, and would be kept apart.

    Names in two forms of Unicode, or with stray blanks; numbers and texts of the same digits; and texts of digits with
    and without leading zeros, which are codes of their own unless no two of them have a time in common: ``seen``
    (labels, times), whether a label has rows at a time.

    >>> list(label_problems("place", [1, "00001", "2"]))
    ["place 1 and '00001': one is a number, the other text; expected one type, or they would be two"]
    >>> list(label_problems("place", ["01", "1"], np.eye(2, dtype=bool)))[0][:74]
    "place '01' and '1': leading zeros stand at some times and not at others; e"
    >>> list(label_problems("place", ["01", "1"], np.ones((2, 2), dtype=bool)))
    []
    """
    forms, mixed, zeros = _alike(tuple(labels))
    for group in forms:
        words = " and ".join(ascii(labels[i]) for i in group)
        expected = "expected one: no stray blanks, one form of Unicode (unicodedata.normalize)"
        yield f"{name} {next(_shown(labels, group))} is written in {len(group)} forms ({words}); {expected}"
    for group in mixed:
        first, other = _shown(labels, group)
        yield f"{name} {first} and {other}: one is a number, the other text; expected one type, or they would be two"
    if not zeros or seen is None or seen.shape[1] < 2:
        return
    if not any((seen[list(group)].sum(axis=0) > 1).any() for group in zeros):
        first, other = _shown(labels, zeros[0])
        more = f" (and {len(zeros) - 1} more)" if len(zeros) > 1 else ""
        apart = "leading zeros stand at some times and not at others"
        yield f"{name} {first} and {other}{more}: {apart}; expected one form, or they would be two"


@lru_cache(maxsize=64)
def _alike(labels):
    """Return positions of labels that are one in two forms, in groups: of texts, of two types, of digits."""
    # By far the most labels can be written in one way only.
    if all(type(label) is int for label in labels) or all(
        type(label) is str and _PLAIN.fullmatch(label) for label in labels
    ):
        return [], [], []
    forms, digits = _groups(labels, _form), _groups(labels, _digits)
    written = {i for group in forms for i in group}
    digits = [group for group in digits if not written.issuperset(group)]
    mixed = [group for group in digits if len({isinstance(labels[i], str) for i in group}) > 1]
    return forms, mixed, [group for group in digits if group not in mixed]


def column_problems(frame: pd.DataFrame, *keys: Key | None) -> Iterator[str]:
    """Yield what ``label_problems`` says of columns of objects, of which an engine would make texts."""
    columns = {column: None for key in keys if key for column in full_key(key, frame.columns)}
    for column in columns:
        if frame[column].dtype == object:
            yield from label_problems(column, frame[column].dropna().unique().tolist())


def moved(key: Key, columns: Iterable[str], labels: Sequence[str], seen: np.ndarray) -> Iterator[str]:
    """Yield areas of one name that no two parents have at the same time: one that moved, or several.

    ``labels`` by a key that was understood, of the ``columns``, and not given; ``seen`` as in ``label_problems``.

    >>> rows = pd.DataFrame({"district": ["Chợ Mới", "Ba Bể"], "commune": "Tân Lập"})
    >>> labels = keyed(rows, "commune")[0].commune.tolist()
    >>> list(moved("commune", rows.columns, labels, np.eye(2, dtype=bool)))[0][:76]
    "'Tân Lập, Chợ Mới' and 'Tân Lập, Ba Bể' have no year in common: one commune "
    >>> list(moved("commune", rows.columns, labels, np.ones((2, 2), dtype=bool)))
    []
    """
    path = full_key(key, columns)
    if not isinstance(key, str) or len(path) == 1:
        return
    alone = [
        group
        for group in _groups(labels, lambda label: str(label).partition(_MARK)[0])
        if seen[group].any(axis=1).all() and not (seen[group].sum(axis=0) > 1).any()
    ]
    if alone and seen.shape[1] > 1:
        first, other = _shown(labels, alone[0])
        more = f", as {len(alone) - 1} more" if len(alone) > 1 else ""
        settled = f"say which by {list(path)} (two) or {[key]} (one)"
        yield f"{first} and {other} have no year in common: one {key} that moved, or two{more}; {settled}"


def _level(column):
    words = [word for word in plain(column).replace("_", " ").split() if word not in _AFFIXES]
    return next((i for i, names in enumerate(_LEVELS) if " ".join(words) in names), None)


def _text(value):
    """Return a part of a label, in which no mark stands that parts it from the next."""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value).replace(_MARK, ", ")


def _text_column(value):
    if value.type().is_floating():
        whole = value.cast("int64")
        return (whole == value).ifelse(whole.cast("string"), value.cast("string"))
    return value.cast("string").replace(_MARK, ", ")


def _form(label):
    """Return a text in one form of Unicode, without stray blanks, Ð (eth) for Đ."""
    if not isinstance(label, str):
        return label
    text = (
        label if label.isascii() else unicodedata.normalize("NFC", label).replace("Ð", "Đ").replace("ð", "đ")
    )
    return " ".join(text.split())


def _digits(label):
    """Return a label of digits as a number's text, part by part: "01, 001" as "1, 1"; others as they are."""
    parts = (label if isinstance(label, str) else _text(label)).split(_MARK)
    wholes = [part.removesuffix(".0") for part in parts]
    return _MARK.join(
        whole.lstrip("0") or "0" if whole.isdecimal() else part
        for whole, part in zip(wholes, parts, strict=True)
    )


def _groups(labels, form):
    """Return the positions of different labels that have one form, in groups of two or more."""
    shaped = [*map(form, labels)]
    if len({*shaped}) == len(shaped):
        return []
    groups: dict[Any, list[int]] = {}
    for i, one in enumerate(shaped):
        groups.setdefault(one, []).append(i)
    return [group for group in groups.values() if len(group) > 1]


def _shown(labels, group):
    return map(repr, shown(labels[i] for i in group[:2]))


def _two_types(name, twice):
    return [
        f"{name} {label!r} is written in two types, or with blanks after a comma; expected one"
        for label in twice[:3]
    ]
