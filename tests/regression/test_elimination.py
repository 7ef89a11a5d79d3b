"""Many systems at once: each as numpy solves it, and a column that others make up takes the value 0."""

import numpy as np

from povertystats.regression.elimination import solve_each


def test_each_system_is_solved_as_by_itself():
    rng = np.random.default_rng(1)
    rows, y = rng.normal(size=(5, 9, 3)), rng.normal(size=(5, 9))
    gram, cross = rows.transpose(0, 2, 1) @ rows, np.einsum("bnk,bn->bk", rows, y)
    found, lost = solve_each(np.concatenate([gram, cross[:, :, None]], axis=2), np.ones(3))
    np.testing.assert_allclose(found, [np.linalg.solve(a, c) for a, c in zip(gram, cross, strict=True)])
    assert not lost.any()


def test_a_column_made_of_others_is_lost_and_takes_the_value_nought():
    rows = np.array([[1.0, 2, 3], [2, 1, 3], [0, 1, 1], [4, 0, 4]])  # the third is the sum of both before it
    y = np.array([1.0, 2, 3, 4])
    found, lost = solve_each(np.column_stack([rows.T @ rows, rows.T @ y])[None], np.diag(rows.T @ rows))
    (gone,) = np.flatnonzero(lost[0])
    kept = np.delete(rows, gone, axis=1)
    assert found[0, gone] == 0
    np.testing.assert_allclose(np.delete(found[0], gone), np.linalg.lstsq(kept, y)[0])
