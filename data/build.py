"""Build the tidy data package from the figures as they were found.

    python data/build.py [OUT]

``raw/`` holds the compiled figures with their sources, ``raw/rename.csv`` says which of them is which
indicator. Written are the fact tables, ``sources.csv``, ``datapackage.json`` and ``README.md`` (the codebook).
Places, indicators, standards, targets, drivers and levers are kept by hand and only described; ``schema.json`` says what
each kind of file holds, here and in anyone else's package.
"""

import json
import re
import sys
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from povertystats.facts.package import read_package

HERE = Path(__file__).resolve().parent
SCHEMA = json.loads((HERE / "schema.json").read_text(encoding="utf-8"))
KEY = SCHEMA["roles"]["facts"]["key"]
FACT = [
    c
    for c in SCHEMA["roles"]["facts"]["columns"]
    if c not in ("parent", "territory", "tier", "illustrative", "published", "se")
]
ARTICLE = "Bắc Kạn: Đẩy mạnh công tác giảm nghèo trong năm 2020 (newspaper article)"
COUNTRY = {"CẢ NƯỚC": "Cả nước"}
# Towns are named as their province: theirs are told by what they are.
TOWNS = {"Thành phố Lào Cai": "TP. Lào Cai", "Thị xã Phú Thọ": "TX. Phú Thọ"}
# How sure a figure is, in the project's one vocabulary: official, derived, preliminary, estimate, plan, target.
TIER_STATUS = {"A": "official", "B": "derived", "C": "estimate"}


def read(name):
    return pd.read_csv(HERE / "raw" / f"{name}.csv", dtype=str, keep_default_na=False)


def period_end(period, year):
    """Return the last day that a figure speaks of: 2018-06 -> 2018-06-30, blank -> the end of its year."""
    period = period.where(period.str.len() >= 7, year + "-12")
    month_end = pd.to_datetime(period.str[:7] + "-01") + pd.offsets.MonthEnd(0)
    return pd.to_datetime(period.where(period.str.len() == 10)).fillna(month_end)


def publication(written, fallback):
    """Return the latest day that a source's own date allows: 2018-05-04, or the end of 2018-05, or of 2018."""
    dated = written.str.extract(r"^(\d{4}(?:-\d{2}(?:-\d{2})?)?)")[0]
    end = period_end(dated.fillna("1900"), dated.str[:4].fillna("1900"))
    return end.where(dated.notna(), fallback)


def standard_names(frame, file):
    """Give raw indicators, units and statuses the project's names (``raw/rename.csv``)."""
    rename = read("rename").query("file == @file")
    for column in ["unit", "status", "bound"]:
        if column not in frame:
            frame[column] = ""
    names = frame.merge(rename, how="left", left_on="indicator", right_on="raw", suffixes=("", "_new"))
    names = names[names["raw_unit"].fillna("").isin([""]) | (names["raw_unit"] == names["unit"])]
    if len(names) != len(frame):
        raise ValueError(f"raw/rename.csv: {file}: {len(names)} rows came out of {len(frame)}")
    for column in ["indicator", "status", "bound"]:
        new = names[f"{column}_new"].fillna("")
        frame[column] = new.where(new != "", names[column]).to_numpy()
    units = pd.read_csv(HERE / "indicators.csv", index_col="indicator")["unit"]
    unknown = sorted(set(frame["indicator"]) - set(units.index))
    if unknown:
        raise ValueError(f"indicators.csv lacks {', '.join(unknown)} (raw/{file}.csv)")
    frame["unit"] = frame["indicator"].map(units)
    return frame


def source_ids(frames):
    """Give every page that a figure was read from an id: the site's name and a number in order of appearance."""
    pages = pd.concat([f[["source_title", "source_url", "source_date"]] for f in frames]).drop_duplicates(
        ["source_title", "source_url"]
    )
    pages = pages[pages["source_title"] != ARTICLE].reset_index(drop=True)
    site = [
        re.sub(r"^(www|m)\.", "", urlsplit(u).netloc).split(".")[0] or "page" for u in pages["source_url"]
    ]
    number = pages.groupby(site).cumcount() + 1
    pages["source_id"] = [f"{s}-{n:02d}" for s, n in zip(site, number, strict=True)]
    return pages


def published_rows(frame, file, place, pages):
    """Bring a raw table of figures from single pages (Bắc Kạn, districts, credit, coverage) into shape."""
    frame = standard_names(frame, file).assign(place=place.replace(COUNTRY))
    ids = pages.set_index(["source_title", "source_url"])["source_id"].to_dict()
    ids[ARTICLE, ""] = "article-2020-05-07"
    frame["source_id"] = [ids[t, u] for t, u in zip(frame["source_title"], frame["source_url"], strict=True)]
    ends = period_end(frame["period"], frame["year"])
    year_after = pd.to_datetime((frame["year"].astype(int) + 1).astype(str) + "-12-31")
    given = pd.to_datetime(frame["available_from"].where(frame["available_from"] != ""))
    assumed = given.isna() | (frame["available_from_assumed"] == "True")
    available = given.fillna(publication(frame["source_date"], year_after))
    # A figure worked out from a page cannot be older than that page: take the latest date its source has.
    of_source = available.groupby(frame["source_id"]).transform("max")
    available = available.where(frame["status"] != "derived", of_source)
    # Nor can an outcome be known before the end of its period (plans and targets can, and reviews of a
    # year are published in its last weeks, so only whole years are moved).
    outcome = ~frame["status"].isin(["plan", "target"]) & (given.dt.strftime("%m-%d") == "12-31")
    frame["available_from"] = available.where(~outcome | (available >= ends), ends).dt.strftime("%Y-%m-%d")
    frame["available_from_assumed"] = assumed
    return frame


def provinces():
    frame = standard_names(read("province_panel"), "province_panel")
    statuses = {"mof-plan": "plan", "vhlss-derived": "derived"}
    frame["status"] = frame["source_id"].map(statuses).fillna("official")
    frame.loc[frame["note"] == "preliminary", "status"] = "preliminary"
    # Shares worked out from a survey's records cannot be known in January of its own year: GSO tables come in July.
    derived = frame["source_id"] == "vhlss-derived"
    frame.loc[derived, "available_from"] = (frame["year"].astype(int) + 1).astype(str) + "-07-01"
    # The table of the labour force survey to 2018 revises 2015-2016: its figures from then on came with it.
    revised = (frame["source_id"] == "gso-lfs-2018") & (frame["year"].astype(int) >= 2015)
    frame.loc[revised, "available_from"] = "2019-07-01"
    # The GSO's income line follows the national standards: 2006 and 2008 stand on the older one (the national
    # rate goes 13.4, 14.2 from 2008 to 2010, where the newer one begins), and 2016 was still told on the newer.
    income, early = frame["indicator"] == "poor_income_pct", frame["year"].astype(int) < 2010
    frame["standard"] = ""
    frame.loc[income & early, "standard"] = "income_2006_2010"
    frame.loc[income & ~early, "standard"] = "income_2011_2015"
    return frame.assign(place=frame["province"], period="", available_from_assumed=True)


def review_elsewhere():
    """Return the yearly review outside Bắc Kạn: provinces and the whole country, then districts, by one standard each."""
    decisions = read("ministry_decisions")
    rates = decisions[decisions["national_poor_household_pct"] != ""]
    rates = rates.rename(columns={"review_year": "year", "national_poor_household_pct": "value"}).assign(
        place="Cả nước", indicator="poor_household_pct", unit="pct", status="official", bound="", url="",
        period=rates["review_year"] + "-12", available_from=rates["published"], available_from_assumed="False",
    )  # fmt: skip
    found = pd.concat([read("ministry_review"), read("districts_elsewhere")], ignore_index=True)
    # What the decisions say is taken where no page of the review says it; where one does, they agree.
    same = rates.merge(found, on=["place", "indicator", "year", "standard"], suffixes=("", "_found"))
    other = same[same["value"].astype(float) != same["value_found"].astype(float)]
    # Nobody knew the country's figures before the ministry decided on them.
    published = decisions.set_index("review_year")["published"]
    country = found[(found["place"] == "Cả nước") & (found["status"] == "official")]
    early = country[country["available_from"] < country["year"].map(published).fillna("")]
    if len(other) or len(early):
        raise ValueError(f"raw/ministry_decisions.csv against the review:\n{other}\n{early}")
    told = pd.MultiIndex.from_frame(same[["year", "standard"]])
    rates = rates[~pd.MultiIndex.from_frame(rates[["year", "standard"]]).isin(told)]
    found = pd.concat([found, rates], ignore_index=True)
    found["place"] = found["place"].str.replace(r" \(.+\)$", "", regex=True).replace(TOWNS)
    return found


def poor_district_lists(pages):
    """Return who was on a list of districts (1) or had left it (0), of a day or a year; what has none is left out.

    The list of poor districts is one; that of districts with the mechanism of resolution 30a alone is another.
    """
    lists = read("poor_district_lists")
    lists = lists[lists["date"] != ""].reset_index(drop=True)
    date, year = lists["date"], lists["date"].str[:4]
    # A page of a whole period cannot say who left during it, nor one without a decision on which day.
    unsure = (date.str.len() == 9) | (lists["decision"] == "")
    named = lists["decision"].str.cat([lists["list"], lists["status_note"]], sep="; ").str.strip("; ")
    day = date.where(date.str.len() == 10, "")
    other = (
        lists["list"]
        .str.startswith("30 districts")
        .map({True: "mechanism_30a_district", False: "poor_district"})
    )
    undated = (day == "") | (lists["source_id"] == "t2-list-infonet")
    page = publication(lists["source_id"].map(pages), pd.Series(pd.NaT, lists.index, dtype="datetime64[ns]"))
    # A decision is known from its day, any other list from the day of its page: of 2020, that of the same page's figures.
    told = page.dt.strftime("%Y-%m-%d").mask(lists["source_id"] == "t2-list-hagiang", "2020-05-01")
    return lists.assign(
        place=lists["district"], indicator=other, unit="yes_no", standard="", bound="",
        year=year, period=day.mask(lists["source_id"] == "t2-list-danviet", "2020-08"),
        value=(lists["event"] != "left list").astype(int),
        status=unsure.map({True: "estimate", False: "official"}),
        available_from=day.where(day != "", told),
        available_from_assumed=undated & (lists["source_id"] != "t2-list-danviet"),
        note=named,
    )  # fmt: skip


def later_facts(sources):
    """Return the facts whose pages have an id of their own already, and the table of those pages."""
    pages = read("sources_2")
    # A page that two files of figures were read from is one source.
    first = (
        pd.concat([sources, pages]).query("url != ''").drop_duplicates("url").set_index("url")["source_id"]
    )
    one = dict(zip(pages["source_id"], pages["url"].map(first).fillna(pages["source_id"]), strict=True))
    tables = {
        "review": review_elsewhere(),
        "poor_districts": poor_district_lists(pages.set_index("source_id")["dated"]),
        "context": read("context_2020"),
    }
    for name, frame in tables.items():
        frame = frame.assign(value=frame["value"].astype(float))
        frame.loc[frame["unit"] == "persons_m", "value"] *= 1000
        quarter = frame["period"].str.extract(r"-Q([1-4])$")[0]
        month = frame["year"] + "-" + (quarter.astype(float) * 3).map("{:02.0f}".format)
        frame["period"] = month.where(quarter.notna(), frame["period"])
        frame = standard_names(frame, name)
        frame["source_id"] = frame["source_id"].map(one)
        # A figure worked out from a page cannot be older than that page.
        of_source = frame.groupby("source_id")["available_from"].transform("max")
        derived = frame["status"] == "derived"
        tables[name] = frame.assign(available_from=frame["available_from"].where(~derived, of_source))
    kept = pages[pages["source_id"].map(one) == pages["source_id"]]
    return tables, kept.assign(publisher=kept["publisher"].where(kept["publisher"] != "", "not named"))


def figures():
    """Return the fact tables and the table of sources."""
    bac_kan, districts = read("bac_kan"), read("districts")
    credit, coverage = read("policy_credit"), read("programme_coverage")
    pages = source_ids([bac_kan, districts, credit, coverage])
    for frame in (bac_kan, districts):
        frame["period"] = frame["as_of"]
    # A figure "at this time" of 2016 that is the survey of end-2015, and one of 2020 that may be of end-2019.
    again = districts["note"].str.contains("same figure as end-2015 survey")
    districts.loc[again, ["year", "period"]] = ["2015", "2015-12"]
    districts.loc[districts["note"].str.contains("may be the end-2019"), "status"] = "estimate"
    credit = credit.assign(period=credit["date"], standard="", available_from_assumed="False")
    proxy = credit["tier"].str.startswith("P-")
    credit["status"] = credit["tier"].str.replace("P-", "").map(TIER_STATUS)
    credit["note"] = credit["note"].where(~proxy, ("proxy; " + credit["note"]).str.removesuffix("; "))
    derived_census = coverage["indicator"].str.startswith("census_")
    coverage = coverage.assign(
        period="",
        standard="",
        status=coverage["status"]
        .replace({"actual": "official", "list": "official"})
        .mask(derived_census, "derived"),
    )
    home = pd.Series("Bắc Kạn", index=bac_kan.index)
    tables = {
        "provinces": provinces(),
        "bac_kan": published_rows(bac_kan, "bac_kan", home, pages),
        "districts": published_rows(districts, "districts", districts["scope"], pages),
        "credit": published_rows(credit, "policy_credit", credit["province"], pages),
        "coverage": published_rows(coverage, "programme_coverage", coverage["province"], pages),
    }
    pages = pages.rename(columns={"source_title": "title", "source_url": "url", "source_date": "dated"})
    pages = pages.assign(
        publisher=[urlsplit(u).netloc for u in pages["url"]],
        via="the page itself",
        licence="facts; no licence stated",
        quality="read on the page, not verified elsewhere",
    )
    given = read("sources").assign(url="")
    given["dated"] = given["source_id"].str.extract(r"(\d{4}-\d{2}-\d{2})$")[0].fillna("")
    sources = pd.concat([given, pages])
    later, more = later_facts(sources)
    tables |= later
    for name, frame in tables.items():
        frame["value"] = [f"{float(v):.10g}" for v in frame["value"]]
        columns = [*FACT, "tier"] if name == "credit" else FACT
        tables[name] = frame[columns].sort_values(KEY, kind="stable")
    sources = pd.concat([sources, more])
    columns = ["source_id", "title", "publisher", "url", "dated", "via", "licence", "quality"]
    return tables, sources[columns].sort_values("source_id")


def hashed(content):
    return "sha256:" + sha256(content).hexdigest()


def describe(tables, sources, out):
    """Write ``datapackage.json``: every file and field with titles, constraints, sources, licence, checksum."""
    known = sources.set_index("source_id")
    resources = []
    for name, about in SCHEMA["resources"].items():
        if name == "specifications":
            content = (HERE / f"{name}.toml").read_bytes()
            form = {"format": "toml", "encoding": "utf-8", "bytes": len(content)}
            resources.append({"name": name, "path": f"{name}.toml", **about, **form, "hash": hashed(content)})
            continue
        path = out / f"{name}.csv"
        content = (path if path.exists() else HERE / f"{name}.csv").read_bytes()
        header = content.decode("utf-8").split("\n", 1)[0].split(",")
        described = {**SCHEMA["fields"]["shared"], **SCHEMA["fields"][about["role"]]}
        fields = [{"name": c, **described[c]} for c in header]
        used = sorted(set(tables[name]["source_id"])) if name in tables else []
        resources.append(
            {
                "name": name,
                "path": f"{name}.csv",
                **about,
                "format": "csv",
                "encoding": "utf-8",
                "bytes": len(content),
                "hash": hashed(content),
                "licenses": SCHEMA["package"]["licenses"],
                "sources": [
                    {"title": known.at[s, "title"], **({"path": u} if (u := known.at[s, "url"]) else {})}
                    for s in used
                ]
                or [{"title": "kept by hand in this project; see docs/data_log.md"}],
                "schema": {"fields": fields, "primaryKey": SCHEMA["roles"][about["role"]]["key"]},
            }
        )
    return {**SCHEMA["package"], "resources": resources}


def codebook(package, tables):
    """Return ``README.md``: what each file, field and indicator is."""
    lines = [
        "# Data: the codebook",
        "",
        "Generated by `python data/build.py` from `datapackage.json`; do not edit.",
        package["description"],
        "",
        'Of `datapackage.json` itself: `extends` ("povertystats": ours come along; false: nothing of ours does), `country`, '
        "`kinds` and `units` (its words), `published`, `decimal`, `units` (how figures are written), `illustrative`. Titles "
        "and notes may stand in any language (`title_id`), and one is enough.",
        "",
        "| file | holds | rows | sha256 (first 12) |",
        "|---|---|---|---|",
    ]
    rows = {
        r["name"]: len((HERE / r["path"]).read_text(encoding="utf-8").splitlines()) - 1
        for r in package["resources"]
        if "schema" in r
    }
    rows |= {name: len(t) for name, t in tables.items()}
    for r in package["resources"]:
        lines.append(
            f"| `{r['path']}` | {r['title']} · {r['title_vi']} | {rows.get(r['name'], '')} | `{r['hash'][7:19]}` |"
        )
    shown = set()
    for r in package["resources"]:
        if r["role"] in shown or "schema" not in r:
            continue
        shown.add(r["role"])
        files = ", ".join(f"`{x['path']}`" for x in package["resources"] if x["role"] == r["role"])
        lines += [
            "",
            f"## Fields of {files}",
            "",
            "| field | title | tiêu đề | type | must be |",
            "|---|---|---|---|---|",
        ]
        union = {
            f["name"]: f
            for x in package["resources"]
            if x["role"] == r["role"]
            for f in x["schema"]["fields"]
        }
        # What files of others may hold, and ours do not.
        known = {**SCHEMA["fields"]["shared"], **SCHEMA["fields"][r["role"]]}
        union |= {c: {"name": c, **known[c]} for c in SCHEMA["roles"][r["role"]]["columns"] if c not in union}
        for f in union.values():
            must = ", ".join(
                f"{k} {' / '.join(map(str, v)) if isinstance(v, list) else v}"
                for k, v in f.get("constraints", {}).items()
            )
            lines.append(
                f"| `{f['name']}` | {f['title']} | {f['title_vi']} | {f['type']}{', ' + f['unit'] if 'unit' in f else ''} | {must.replace('|', '¦')} |"
            )
    facts = pd.concat(tables.values())
    use = facts.groupby("indicator").agg(
        n=("value", "size"), first=("year", "min"), last=("year", "max"), places=("place", "nunique")
    )
    lines += [
        "",
        "## Indicators",
        "",
        "| indicator | title | tiêu đề | unit | instrument | facts | places | years |",
    ]
    lines += ["|---|---|---|---|---|---|---|---|"]
    for i in pd.read_csv(HERE / "indicators.csv", keep_default_na=False).itertuples():
        seen = use.loc[i.indicator] if i.indicator in use.index else None
        figures = (
            f"{seen.n} | {seen.places} | {seen['first']}-{seen['last']}"
            if seen is not None
            else f"= {i.derived_from} | | "
        )
        lines.append(
            f"| `{i.indicator}` | {i.title_en} | {i.title_vi} | {i.unit} | {i.instrument} | {figures} |"
        )
    return "\n".join(lines) + "\n"


def readable():
    """Say what keeps a file that is kept by hand from being described: no UTF-8, a column that is not known."""
    for name, about in SCHEMA["resources"].items():
        path = HERE / f"{name}.csv"
        if about["role"] in ("facts", "sources", "specifications"):  # built here, or no table
            continue
        try:
            header = path.read_bytes().decode("utf-8").split("\n", 1)[0].split(",")
        except UnicodeDecodeError as error:
            yield f"{path.name}: expected UTF-8 ({error.reason} at byte {error.start + 1})"
            continue
        described = {**SCHEMA["fields"]["shared"], **SCHEMA["fields"][about["role"]]}
        unknown = [column for column in header if column not in described]
        yield from (f"{path.name}: the column {column!r} is not known" for column in unknown)


def build(out=HERE):
    """Write the data package into ``out``; ours is checked at the end as anyone's is."""
    if problems := list(readable()):
        raise ValueError("\n".join(problems))
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    tables, sources = figures()
    for name, table in [*tables.items(), ("sources", sources)]:
        table.to_csv(out / f"{name}.csv", index=False, lineterminator="\n")
    package = describe(tables, sources, out)
    text = json.dumps(package, ensure_ascii=False, indent=1) + "\n"
    (out / "datapackage.json").write_text(text, encoding="utf-8")
    (out / "README.md").write_text(codebook(package, tables), encoding="utf-8")
    if out.resolve() == HERE:
        read_package(out / "datapackage.json", again=True)


if __name__ == "__main__":
    try:
        build(*sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
