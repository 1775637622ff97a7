"""Training, validation and test sets: what belongs together stays together."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.errors import FormatError
from tenfold.formats.split import PARTS, Parting, Split, check_column, read_shares

SHARES = (0.8, 0.1, 0.1)


def sha(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def parting(split: Split, columns: dict[str, dict[str, str]] | None = None) -> Parting:
    return Parting(split, lambda shas: {one: (columns or {}).get(one, {}) for one in shas})


def test_the_parts_are_about_as_large_as_was_asked() -> None:
    by_hash = parting(Split(SHARES))
    found = [by_hash.part(sha(i), {}) for i in range(5000)]
    shares = [found.count(part) / 5000 for part in PARTS]
    assert shares == pytest.approx(SHARES, abs=0.02)


def test_images_that_come_later_change_nothing_for_the_others() -> None:
    one, again = parting(Split(SHARES)), parting(Split(SHARES, near=[(sha(1), sha(2))]))
    for i in range(10, 300):
        assert one.part(sha(i), {}) == again.part(sha(i), {})


def test_a_patient_is_in_one_part() -> None:
    by_patient = parting(Split(SHARES, "patient"))
    for patient in range(50):
        columns = {"patient": f"p{patient}"}
        assert len({by_patient.part(sha(i), columns) for i in range(40)}) == 1
    assert len({by_patient.part(sha(0), {"patient": f"p{i}"}) for i in range(50)}) == 3
    assert by_patient.part(sha(1), {}) == parting(Split(SHARES)).part(sha(1), {})


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=40))
def test_near_duplicates_are_in_one_part_over_any_chain(pairs: list[tuple[int, int]]) -> None:
    near = [(sha(one), sha(other)) for one, other in pairs]
    split = parting(Split((0.4, 0.3, 0.3), near=near))
    for one, other in near:
        assert split.part(one, {}) == split.part(other, {})


def test_patients_who_share_a_near_duplicate_are_in_one_part() -> None:
    columns = {sha(i): {"patient": f"p{i}"} for i in range(60)}
    near = [(sha(i), sha(i + 1)) for i in range(0, 60, 2)]
    split = parting(Split((0.4, 0.3, 0.3), "patient", near), columns)
    for i in range(0, 60, 2):
        found = {split.part(sha(1000 * i + k), {"patient": f"p{i + k % 2}"}) for k in range(8)}
        assert len(found) == 1


@pytest.mark.parametrize(
    ("text", "shares"),
    [("80/10/10", (0.8, 0.1, 0.1)), ("3/1", (0.75, 0.25, 0.0)), ("0.7/0/0.3", (0.7, 0.0, 0.3))],
)
def test_shares_are_read(text: str, shares: tuple[float, float, float]) -> None:
    assert read_shares(text) == pytest.approx(shares)


@pytest.mark.parametrize("text", ["", "80", "a/b/c", "80/-10/30", "0/50/50", "1/2/3/4", "nan/1/1"])
def test_what_is_no_split_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(FormatError, match="80/10/10"):
        read_shares(text)


def test_a_column_that_no_image_has_is_refused() -> None:
    check_column("patient", ["patient", "site"])
    with pytest.raises(FormatError, match="patient, site"):
        check_column("video", ["site", "patient"])
    with pytest.raises(FormatError, match="without columns"):
        check_column("video", [])
