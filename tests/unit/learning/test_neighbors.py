import numpy as np

from tenfold.learning import neighbors


def some_points(count: int, seed: int) -> neighbors.Points:
    rng = np.random.default_rng(seed)
    centers = np.random.default_rng(0).normal(size=(40, 32))
    points = centers[rng.integers(40, size=count)] + 0.5 * rng.normal(size=(count, 32))
    return points.astype(np.float32)


def test_few_points_are_compared_one_by_one() -> None:
    points, queries = some_points(500, 1), some_points(60, 2)
    distance, found = neighbors.Finder(points).nearest(queries, 10)
    every = np.linalg.norm(queries[:, None] - points[None], axis=2)
    assert np.allclose(distance, np.sort(every, axis=1)[:, :10], atol=1e-4)
    assert np.allclose(np.take_along_axis(every, found, axis=1), distance, atol=1e-4)


def test_of_many_points_nearly_all_nearest_are_found() -> None:
    points, queries = some_points(neighbors.EXACT + 1, 1), some_points(300, 2)
    _, found = neighbors.Finder(points).nearest(queries, 10)
    _, exact = neighbors.nearest(queries, points, 10)
    shared = [len(set(a) & set(b)) / 10 for a, b in zip(found, exact, strict=True)]
    assert np.mean(shared) > 0.99


def test_the_same_points_are_found_whenever_the_finder_is_built_anew() -> None:
    points, queries = some_points(neighbors.EXACT + 1, 1), some_points(300, 2)
    first = neighbors.Finder(points).nearest(queries, 10)
    again = neighbors.Finder(points).nearest(queries, 10)
    assert np.array_equal(first[1], again[1])
