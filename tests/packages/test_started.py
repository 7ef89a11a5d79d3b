from helpers.own_tables import long, written

import povertystats as ps


def test_the_first_answer_names_the_peers_and_the_next_command(tmp_path):
    path = written(tmp_path / "a.csv", long())
    with_target = ps.start_package(
        tmp_path / "one", path, for_place="Borland", targets="giảm 1 điểm năm 2024", country="Norland"
    )
    lines = with_target.text("en").splitlines()
    assert lines[0] == "one: 63 figures of 7 places, 2015–2023."
    answer = with_target.answer("en").splitlines()
    card = ps.scorecard(with_target.facts.as_of("2023-12-31"), place="Borland")
    assert answer[: len(card.headline("en").splitlines())] == card.headline("en").splitlines()
    assert with_target.answer("en").count(
        "6 provinces of Norland"
    ) == 1 and "2015 to 2023" in with_target.answer("en")
    command = f'povertystats brief --data {tmp_path / "one"} --place "Borland" --as-of 2023-12-31 --lang en'
    assert lines[-1] == f"Next: {command}"
    assert "Nothing said when the figures were published" in with_target.text("en")
    assert "Không rõ số liệu được công bố khi nào" in with_target.text("vi")


def test_without_a_target_it_says_what_is_likely_or_that_nothing_can_be_said(tmp_path):
    path = written(tmp_path / "a.csv", long())
    made = ps.start_package(tmp_path / "one", path, for_place="Borland")
    answer = made.answer("en")
    assert answer.startswith("Poor (%) of Borland in 2024: likely between ") or answer.startswith(
        "Too few figures"
    )
    short = written(tmp_path / "b.csv", long(places=["Arland"], years=[2020, 2021]))
    made = ps.start_package(tmp_path / "My two", short)
    assert f"--data '{tmp_path / 'My two'}' --place" in made.text("en")
    assert "--data 'My two' --place" in (made.folder / "README.md").read_text("utf-8")
    assert made.answer("en").startswith("Too few figures of Arland to say what is likely: 2 of poor (%).")
    assert made.answer("vi").startswith("Arland có quá ít số liệu")


def test_places_that_taught_nothing_are_not_named_as_those_who_did_and_names_alike_are_two_places(tmp_path):
    head = ["code", "province", "year", "poor_pct"]
    names, years = ["Hà Nội", "Hanoi", "Borland", "Corland", "Dorland"], range(2012, 2021)
    for wave, named in (
        (lambda i, year: 0.7 * (year % 3), False),
        (lambda i, year: i * (year % 4) / 3, True),
    ):
        rows = [
            [f"{i:02d}", name, year, round(25 - (year - 2012) + wave(i, year), 1)]
            for i, name in enumerate(names, 1)
            for year in years
        ]
        path = written(tmp_path / f"{named}.csv", [head, *rows])
        options = {"for_place": "Hà Nội", "targets": "giảm 1 điểm năm 2021", "country": "Norland"}
        said = ps.start_package(tmp_path / str(named), path, **options).answer("en")
        assert ("4 provinces of Norland" in said) == named, said
        assert ("own trend" in said.splitlines()[1]) != named, said
