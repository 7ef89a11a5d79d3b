from povertystats.disclosure.splits import Split


def test_what_rides_with_a_part_is_told_with_it():
    assert Split("poor", "all").names == ("poor",)
    assert Split("poor", "all", rides=("poor_persons", "deprivations")).names[1:] == (
        "poor_persons",
        "deprivations",
    )
