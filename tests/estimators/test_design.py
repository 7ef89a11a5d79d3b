"""The columns of a formula's terms: coded as formulaic codes them, absorbed ones left out, drivers in each level."""

import formulaic
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.estimators.design import design_of, read_numbers_of
from povertystats.estimators.formula import read_formula


def panel(n=40, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"place": np.repeat(np.arange(n // 4), 4), "year": np.tile(np.arange(4), n // 4)})
    frame["region"] = np.array(["N", "S", "E"])[frame["place"] % 3]
    frame["kind"] = rng.choice(["u", "v"], n)
    return frame.assign(y=rng.normal(size=n), a=rng.normal(size=n), b=rng.uniform(1, 3, n))


FACTORS = st.sampled_from(["a", "b", "region", "kind", "log(b)"])


@given(st.lists(st.lists(FACTORS, min_size=1, max_size=3, unique=True), min_size=1, max_size=4))
@settings(deadline=None, max_examples=40)
def test_columns_are_those_of_formulaic(terms):
    frame = panel(120)
    text = " + ".join(":".join(term) for term in terms)
    design = design_of(read_formula(f"y ~ {text}"), frame, [])
    theirs = formulaic.model_matrix(
        "1 + " + text, frame.assign(log_b=np.log(frame["b"])), context={"log": np.log}
    )
    ours = [design.panel[d] if d in design.panel else np.log(frame["b"]) for d in design.drivers]
    assert len(ours) == np.linalg.matrix_rank(theirs.to_numpy()) - 1
    x = np.column_stack([np.ones(len(frame)), *ours])
    spanned = theirs.to_numpy() - x @ np.linalg.lstsq(x, theirs.to_numpy(), rcond=None)[0]
    np.testing.assert_allclose(spanned, 0, atol=1e-9)


def test_what_effects_tell_is_left_out_and_the_rest_named_by_its_level():
    design = design_of(read_formula("y ~ a * region + kind"), panel(), [["place"], ["year"]])
    assert design.drivers == ("a", "kind[v]", "a:region[N]", "a:region[S]")
    assert design.left_out == ("region[N]", "region[S]")
    assert list(design.inside) == ["a:region[E]", "a:region[N]", "a:region[S]"] and design.beside == (
        "kind[v]",
    )
    assert design.made["a:region[S]"].levels == (("region", "S", "E"),)
    assert design.inside["a:region[S]"].levels == (("region", "S", ""),)


def test_a_level_of_a_category_that_moves_between_two_is_told_by_the_others():
    frame = panel()
    frame.loc[frame["place"].eq(1) & frame["year"].gt(1), "region"] = "E"
    design = design_of(read_formula("y ~ region"), frame, [["place"]])
    assert design.drivers == ("region[S]",) and design.left_out == ("region[N]",)


def test_numbers_of_products_go_where_effects_tell_them_and_alone_they_stay():
    frame = panel().assign(treated=lambda f: f["place"] % 2, post=lambda f: (f["year"] > 1) * 1)
    design = design_of(read_formula("y ~ treated * post"), frame, [["place"], ["year"]])
    assert (design.drivers, design.left_out) == (("treated:post",), ("treated", "post"))
    assert design_of(read_formula("y ~ treated + a"), frame, [["place"]]).drivers == ("treated", "a")
    assert "nothing is left to fit" in design_of(read_formula("y ~ region"), frame, [["place"]]).problems[0]


def test_levels_have_their_order_and_their_limits():
    frame = panel().assign(size=lambda f: pd.Categorical(f["kind"], ["w", "v", "u"], ordered=True))
    assert design_of(read_formula("y ~ size"), frame, []).drivers == ("size[u]",)
    assert design_of(read_formula("y ~ C(year)"), frame, []).drivers == ("year[1]", "year[2]", "year[3]")
    for text, told in (
        ("C(a)", "51 levels; expected at most 50"),
        ("C(one)", "1 level; expected at least 2"),
    ):
        many = panel(204).assign(one="x", a=lambda f: np.arange(204) % 51)
        assert told in design_of(read_formula(f"y ~ {text}"), many, []).problems[0]


def test_names_that_look_like_logarithms_are_none():
    frame = panel().assign(**{"c*d": lambda f: f["a"] * 2})
    design = design_of(read_formula("y ~ log(b):log(`c*d`) + `c*d`"), frame.assign(**{"c*d": frame["b"]}), [])
    assert design.drivers == ("c*d", "(log(b):log(c*d))")
    np.testing.assert_allclose(design.panel["(log(b):log(c*d))"], np.log(frame["b"]) ** 2)


def test_texts_are_numbers_answers_or_categories():
    frame = panel().assign(
        a=lambda f: f["a"].round(3).astype(str), said=lambda f: np.where(f["a"] > "0", "Có", "Không")
    )
    read, problems = read_numbers_of(read_formula("y ~ a + said + region"), frame)
    assert (
        not problems
        and read["a"].dtype == read["said"].dtype == float
        and read["region"].equals(frame["region"])
    )
    assert read_numbers_of(read_formula("y ~ log(region)"), frame)[1]


@pytest.mark.parametrize("missing", ["a", "region"])
def test_a_row_that_lacks_a_factor_lacks_its_columns_alone(missing):
    frame = panel()
    frame[missing] = frame[missing].where(frame.index != 3)
    made = design_of(read_formula("y ~ a:region + kind"), frame, []).panel
    assert (
        made["a:region[S]"].isna().to_numpy().nonzero()[0].tolist() == [3] and made["kind[v]"].notna().all()
    )
