"""Invitation links: whom they let in, and when no more."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from models.person import Role
from models.record import now
from tenfold.errors import ConflictError, SignInError, TenfoldError
from tenfold.store import Store

WEEK = timedelta(days=7)
PASSWORD = "correct horse battery"


def test_who_is_invited_makes_an_account_and_signs_in(store: Store) -> None:
    made, secret = store.invitations.invite("eva", Role.REVIEWER, WEEK)
    assert store.invitations.look(secret) == made
    ann = store.invitations.accept(secret, "ann", PASSWORD)
    assert (ann.name, ann.role) == ("ann", Role.REVIEWER)
    assert store.people.sign_in("ann", PASSWORD) == ann


def test_a_link_for_one_lets_one_in_even_where_many_come_at_once(store: Store) -> None:
    _, secret = store.invitations.invite("eva", Role.LABELER, WEEK)

    def come(number: int) -> bool:
        try:
            store.invitations.accept(secret, f"person {number}", PASSWORD)
        except TenfoldError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(come, range(4))) == 1
    assert len(store.people.list()) == 1
    with pytest.raises(SignInError):
        store.invitations.look(secret)


def test_a_link_for_many_counts_who_came(store: Store) -> None:
    _, secret = store.invitations.invite("eva", Role.LABELER, WEEK, many=True)
    for name in ("ann", "bob"):
        store.invitations.accept(secret, name, PASSWORD)
    [found] = store.invitations.list()
    assert (found.uses, found.by, found.open_at(now())) == (2, "eva", True)


def test_a_taken_name_spends_nothing(store: Store) -> None:
    store.people.create("ann", Role.ADMIN, PASSWORD)
    _, secret = store.invitations.invite("eva", Role.LABELER, WEEK)
    with pytest.raises(ConflictError, match="ann"):
        store.invitations.accept(secret, "ann", PASSWORD)
    assert store.invitations.accept(secret, "anna", PASSWORD).role is Role.LABELER


@pytest.mark.parametrize("end", ["expired", "revoked", "never was"])
def test_a_link_that_is_over_lets_nobody_in(store: Store, end: str) -> None:
    made, secret = store.invitations.invite("eva", Role.LABELER, WEEK, many=True)
    moment = made.expires_at if end == "expired" else now()
    if end == "revoked":
        store.invitations.revoke(made.id)
    if end == "never was":
        secret = "guess"
    with pytest.raises(SignInError, match="isn't valid"):
        store.invitations.look(secret, moment)
    with pytest.raises(SignInError, match="isn't valid"):
        store.invitations.accept(secret, "ann", PASSWORD, moment)
    assert store.people.list() == []


def test_a_role_in_one_project_holds_there_only(world: Any) -> None:
    made, secret = world.store.invitations.invite(
        "eva", Role.REVIEWER, WEEK, project_id=world.project.id
    )
    assert made.project == "animals"
    ann = world.store.invitations.accept(secret, "ann", PASSWORD)
    assert ann.role is Role.LABELER
    assert world.store.people.role_in(world.project.id, ann.id) is Role.REVIEWER


def test_the_secret_is_not_in_the_database(store: Store) -> None:
    _, secret = store.invitations.invite("eva", Role.LABELER, WEEK)
    with store.database.read() as connection:
        assert secret not in str(connection.execute(text("SELECT * FROM invitations")).all())
