"""The one-look certificate: its table, its rule, and that a recomputed one must agree."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.certificate import Certificate, CertificateInputs
from models.label import ClassLabel
from models.prelabel import Prelabel
from models.record import now
from tenfold.errors import ConflictError
from tenfold.learning.certificate import (
    PoolRow,
    draw_audit,
    errors_tolerated,
    frozen_order,
    one_look,
    plan_audit,
    pool_sha256,
    smallest_audit,
    verify,
    wrong_allowed,
)
from tenfold.learning.hypergeometric import at_most, cumulative

Row = tuple[int, int, float, int, int, int | None]
TABLE: list[Row] = [
    (1000, 900, 0.05, 49, 50, None),
    (1000, 900, 0.05, 50, 50, 0),
    (1000, 900, 0.05, 78, 50, 1),
    (1000, 900, 0.05, 101, 50, 2),
    (1000, 900, 0.02, 119, 20, 0),
    (1000, 900, 0.01, 214, 10, 0),
    (10_000, 9_900, 0.05, 122, 500, 2),
    (100_000, 99_900, 0.05, 500, 5_000, 16),
    (1_000_000, 999_900, 0.01, 298, 10_000, 0),
]


def sha(number: int) -> str:
    return f"{number:064x}"


def prelabel(number: int, confidence: float) -> Prelabel:
    return Prelabel(sha256=sha(number), value=ClassLabel(label="a"), confidence=confidence)


@pytest.mark.parametrize("row", TABLE)
def test_the_published_table_is_met(row: Row) -> None:
    images, pool, error, audited, allowed, tolerated = row
    assert wrong_allowed(images, error) == allowed
    assert errors_tolerated(images, pool, error, 0.95, audited) == tolerated


@pytest.mark.parametrize("row", [row for row in TABLE if row[5] is not None])
def test_one_audit_image_more_tolerates_no_fewer_errors(row: Row) -> None:
    images, pool, error, audited, _, tolerated = row
    more = errors_tolerated(images, pool, error, 0.95, audited + 1)
    assert tolerated is not None
    assert more is not None
    assert more >= tolerated


@pytest.mark.parametrize(
    ("images", "error", "allowed"),
    [(1000, 0.05, 50), (100, 0.29, 29), (1000, 0.009, 9), (10, 0.3, 3), (19, 0.05, 0)],
)
def test_wrong_labels_allowed_are_counted_without_rounding_errors(
    images: int, error: float, allowed: int
) -> None:
    assert wrong_allowed(images, error) == allowed


def test_a_chance_of_exactly_delta_qualifies() -> None:
    # 19 of 20 audited, 1 wrong: it stays unseen with a chance of exactly 1/20.
    assert errors_tolerated(20, 20, 0.04, 0.95, 19) == 0
    assert at_most(0, 20, 1, 19, Fraction(1, 20))
    assert not at_most(0, 20, 1, 19, Fraction(1, 20) - Fraction(1, 10**15))


def test_everything_is_accepted_where_more_errors_cannot_be_left() -> None:
    assert errors_tolerated(100, 10, 0.05, 0.95, 5) == 5
    order = [prelabel(i, 0.5) for i in range(10)]
    wrong = {sha(i): True for i in range(5)}
    look = one_look(order, wrong, 100, 0.05, 0.95)
    assert look.accepted == [sha(i) for i in range(5, 10)]


def test_nothing_is_accepted_after_too_small_an_audit() -> None:
    order = [prelabel(i, 0.9) for i in range(900)]
    look = one_look(order, {sha(i): False for i in range(49)}, 1000, 0.05, 0.95)
    assert look.tolerated is None
    assert look.accepted == []
    assert look.least_confidence is None


def test_acceptance_ends_just_before_the_first_error_too_many() -> None:
    order = [prelabel(i, 1 - i / 1000) for i in range(900)]
    audit = {sha(i): i in (300, 600) for i in range(0, 900, 10)}
    audit |= {sha(i): False for i in range(1, 101, 10)}
    assert errors_tolerated(1000, 900, 0.05, 0.95, len(audit)) == 1
    look = one_look(order, audit, 1000, 0.05, 0.95)
    expected = [sha(i) for i in range(600) if sha(i) not in audit]
    assert look.accepted == expected
    assert look.audit_errors == 2
    assert look.least_confidence == pytest.approx(1 - 599 / 1000)


def test_an_audited_image_outside_the_pool_is_refused() -> None:
    with pytest.raises(ConflictError, match="was not in the frozen pool"):
        one_look([prelabel(0, 0.5)], {sha(7): False}, 10, 0.05, 0.95)


@given(
    pool=st.integers(1, 60), marked=st.integers(0, 60), drawn=st.integers(0, 60),
    x=st.integers(0, 60),
)  # fmt: skip
def test_chances_equal_exact_counts(pool: int, marked: int, drawn: int, x: int) -> None:
    marked, drawn = min(marked, pool), min(drawn, pool)
    ways = sum(comb(marked, i) * comb(pool - marked, drawn - i) for i in range(min(x, drawn) + 1))
    assert cumulative(x, pool, marked, drawn) == pytest.approx(ways / comb(pool, drawn), abs=1e-12)


@given(
    images=st.integers(20, 3000), share=st.floats(0.3, 1.0),
    error=st.sampled_from([0.01, 0.05, 0.1]), tolerate=st.integers(0, 5),
)  # fmt: skip
def test_the_smallest_audit_is_the_smallest(
    images: int, share: float, error: float, tolerate: int
) -> None:
    pool = int(images * share)
    n = smallest_audit(images, pool, error, 0.95, tolerate)
    if n is None:
        assert tolerate > pool
        return
    reached = errors_tolerated(images, pool, error, 0.95, n)
    assert reached is not None
    assert reached >= tolerate
    if n > tolerate:
        before = errors_tolerated(images, pool, error, 0.95, n - 1)
        assert before is None or before < tolerate


def test_large_pools_are_answered_at_once() -> None:
    assert errors_tolerated(10**6, 10**6, 0.01, 0.95, 200_000) == 2408
    plan = plan_audit(10**6, 10**6, 0.05, 0.95, np.linspace(1.0, 0.6, 10**6))
    assert plan.n < 10_000


def test_ties_are_ordered_by_the_seed_alone() -> None:
    prelabels = [prelabel(i, 0.9) for i in range(50)]
    one = frozen_order(prelabels, 1)
    assert frozen_order(reversed(prelabels), 1) == one
    assert frozen_order(prelabels, 2) != one
    assert frozen_order([*prelabels, prelabel(99, 0.91)], 1)[0] == prelabel(99, 0.91)


def test_the_draw_repeats_and_covers_the_pool_evenly() -> None:
    pool = [sha(i) for i in range(20)]
    assert draw_audit(pool, 5, 3) == draw_audit(reversed(pool), 5, 3)
    counts = dict.fromkeys(pool, 0)
    for seed in range(2000):
        drawn = draw_audit(pool, 5, seed)
        assert len(set(drawn)) == 5
        for one in drawn:
            counts[one] += 1
    assert max(abs(count - 500) for count in counts.values()) < 5 * (2000 * 0.25 * 0.75) ** 0.5


def test_a_plan_audits_little_where_errors_sit_at_the_end_and_more_where_they_are_spread() -> None:
    sharp = np.concatenate([np.full(850, 0.9999), np.full(50, 0.3)])
    flat = np.full(900, 0.955)
    one, other = (plan_audit(1000, 900, 0.05, 0.95, c) for c in (sharp, flat))
    assert one.n < other.n
    assert one.expected_looks == pytest.approx(900 - one.expected_accepted)
    assert one.expected_accepted > 750


def test_a_plan_for_an_empty_pool_audits_nothing() -> None:
    assert plan_audit(100, 0, 0.05, 0.95, []).n == 0


def issued(rows: list[PoolRow], seed: int) -> Certificate:
    order = frozen_order((row.prelabel for row in rows), seed)
    audit = {row.prelabel.sha256: row.wrong for row in rows if row.wrong is not None}
    look = one_look(order, audit, 400, 0.05, 0.95)
    inputs = CertificateInputs(
        images=400, pool=len(rows), error=0.05, confidence=0.95, wrong_allowed=look.wrong_allowed,
        audited=len(audit), errors_tolerated=look.tolerated, audit_errors=look.audit_errors,
        seed=seed, model_version="m", snapshot_id="s",
    )  # fmt: skip
    return Certificate(
        id="c", project_id="p", cycle_id="y", round_id="r", inputs=inputs,
        accepted=len(look.accepted), by_people=400 - len(look.accepted),
        least_confidence=look.least_confidence, statement="",
        pool_sha256=pool_sha256([one.sha256 for one in order]), created_at=now(),
    )  # fmt: skip


@pytest.fixture
def rows() -> list[PoolRow]:
    pool = [prelabel(i, round(0.5 + i / 1000, 4)) for i in range(300)]
    drawn = set(draw_audit([one.sha256 for one in pool], 80, 5))
    return [PoolRow(one, int(one.sha256, 16) < 20 if one.sha256 in drawn else None) for one in pool]


def test_a_certificate_is_recomputed_from_the_stored_audit(rows: list[PoolRow]) -> None:
    certificate = issued(rows, 5)
    assert certificate.accepted > 100
    assert verify(certificate, rows) == []


def test_a_changed_answer_a_changed_pool_and_a_chosen_audit_are_noticed(
    rows: list[PoolRow],
) -> None:
    certificate = issued(rows, 5)
    audited = next(i for i, row in enumerate(rows) if row.wrong is False)
    argued = [*rows]
    argued[audited] = PoolRow(rows[audited].prelabel, wrong=True)
    assert any("audit errors" in line for line in verify(certificate, argued))
    assert any("pool" in line for line in verify(certificate, rows[1:]))
    swapped = [*rows]
    unseen = next(i for i, row in enumerate(rows) if row.wrong is None)
    swapped[audited] = PoolRow(rows[audited].prelabel)
    swapped[unseen] = PoolRow(rows[unseen].prelabel, wrong=False)
    assert any("seed draws" in line for line in verify(certificate, swapped))
