import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from models.person import Role
from models.round import ApprovedVia, RoundState
from tenfold.errors import RoundNotFinishedError, StaleClaimError
from tenfold.store import Store, open_store

WORKER = Path(__file__).with_name("worker.py")
THREADS = 16


def _workers(url: str, project: str, names: list[str], **variables: str) -> Any:
    environment = {**os.environ, **variables}
    return [
        subprocess.Popen(
            [sys.executable, WORKER, url, project, name],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for name in names
    ]


def _together(work: Callable[[int], Any], n: int = THREADS) -> Any:
    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(work, range(n)))


def test_sixteen_labelers_at_once_are_never_handed_the_same_image(world: Any) -> None:
    shas = sorted(world.add(*(f"more-{i}" for i in range(140)))) + world.shas
    opened = world.open(shas)
    people = [world.person(f"person{i}").name for i in range(THREADS)]

    def label(i: int) -> Any:
        handed = []
        while items := world.lease(people[i], 2):
            for item in items:
                handed.append(item.sha256)
                world.answer(opened.id, item.sha256, "cat", people[i], key=f"{i}-{item.sha256[:9]}")
        return handed

    handed = Counter(sha for found in _together(label) for sha in found)
    assert set(handed) == set(shas)
    assert set(handed.values()) == {1}
    found = world.store.rounds.get(opened.id)
    assert (found.answered, found.state) == (160, RoundState.ANSWERED)
    assert not any(one.second_opinion for one in world.store.rounds.answers(opened.id))
    assert world.tallies() == world.recount()
    assert sum(one.answers for one in world.store.progress.labelers(world.project.id)) == 160


def test_labelers_in_processes_of_their_own_are_never_handed_the_same_image(
    world: Any, url: str
) -> None:
    opened = world.open(world.shas)
    workers = _workers(url, "animals", [f"process{i}" for i in range(4)])
    outputs = [worker.communicate(timeout=600) for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 4, outputs
    handed = Counter(line for out, _ in outputs for line in out.split())
    assert handed == Counter(world.shas)
    assert world.store.rounds.get(opened.id).answered == 20


def test_with_overlap_each_image_goes_to_as_many_different_people(world: Any) -> None:
    opened = world.open(world.shas[:12], overlap=3)
    people = [world.person(f"person{i}").name for i in range(6)]

    def label(i: int) -> Any:
        while items := world.lease(people[i], 2, round_id=opened.id):
            for item in items:
                world.answer(opened.id, item.sha256, "cat", people[i], key=f"{i}-{item.sha256[:9]}")

    while world.store.rounds.get(opened.id).missing:
        _together(label, 6)
    for sha in world.shas[:12]:
        history = world.store.labeling.history(world.project.id, sha)
        assert len({one.person for one in history}) == len(history) == 3
        assert world.final(sha) == ("cat", "consensus")


def test_one_person_in_two_windows_gets_no_image_twice(world: Any) -> None:
    world.open(world.shas[:6], overlap=2)
    for _ in range(5):
        for items in _together(lambda _: world.lease("ann", 3), 4):
            shas = [item.sha256 for item in items]
            assert len(shas) == len(set(shas)) <= 3


def test_the_same_answer_sent_sixteen_times_at_once_counts_once(world: Any) -> None:
    opened = world.open(world.shas[:2])
    world.person("ann")

    def send(_: object) -> Any:
        return world.answer(opened.id, world.shas[0], "cat", "ann", key="the-same-key")

    assert len({one.id for one in _together(send)}) == 1
    assert world.store.rounds.get(opened.id).answered == 1


def test_different_answers_to_one_image_at_once_give_one_label(world: Any) -> None:
    opened = world.open(world.shas[:1])
    people = [world.person(f"person{i}").name for i in range(THREADS)]

    def send(i: int) -> Any:
        return world.answer(
            opened.id, world.shas[0], ("cat", "dog")[i % 2], people[i], key=f"key-{i:05d}"
        )

    found = _together(send)
    firsts = [one for one in found if not one.second_opinion]
    assert len(firsts) == 1
    assert firsts[0].id == min(one.id for one in found)
    assert world.final(world.shas[0])[0] == firsts[0].value.label
    assert world.store.rounds.get(opened.id).answered == 1


def test_approvals_at_once_leave_one(world: Any) -> None:
    opened = world.open(world.shas[:1])
    world.answer_all(opened.id)

    def approve(i: int) -> Any:
        return world.store.rounds.approve(
            opened.id, f"person{i}", ApprovedVia.PAGE, next_backlog=world.shas[5:9]
        )

    assert len({one.by for one in _together(approve)}) == 1
    assert world.store.progress.of(world.project).backlog == 4


def test_an_approval_beside_the_last_answers_is_whole_or_refused(world: Any) -> None:
    opened = world.open(world.shas[:8])
    people = [world.person(f"person{i}").name for i in range(8)]

    def act(i: int) -> Any:
        if i < 8:
            world.answer(opened.id, world.shas[i], "cat", people[i], key=f"key-{i:05d}")
            return None
        try:
            world.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE)
        except RoundNotFinishedError as refused:
            return refused.missing
        return 0

    for missing in _together(act)[8:]:
        assert 0 <= missing <= 8
    assert world.store.rounds.get(opened.id).answered == 8


def test_claims_at_once_get_different_fences_and_the_last_one_holds(world: Any) -> None:
    cycle_id = world.claim.cycle_id
    claims = _together(lambda i: world.store.cycles.claim(cycle_id, f"run-{i}"))
    assert len({claim.fence for claim in claims}) == THREADS
    newest = max(claims, key=lambda claim: claim.fence)
    held = []
    for claim in claims:
        try:
            world.store.cycles.check(claim)
        except StaleClaimError:
            continue
        held.append(claim)
    assert held == [newest]


def test_cycles_ensured_at_once_are_one(world: Any) -> None:
    world.store.cycles.complete(world.claim)
    found = _together(lambda _: world.store.cycles.ensure(world.project.id))
    assert len({cycle.id for cycle in found}) == 1


def test_people_ensured_at_once_are_one(store: Store) -> None:
    found = _together(lambda _: store.people.ensure("ann", Role.LABELER))
    assert len({person.id for person in found}) == 1


def test_an_audit_drawn_while_people_answer_the_backlog_stays_blind_and_whole(world: Any) -> None:
    model = world.model()
    first = world.open(world.shas[:1], backlog=world.shas[1:])
    world.answer(first.id, world.shas[0])
    world.store.rounds.approve(first.id, "rev", ApprovedVia.PAGE)
    people = [world.person(f"person{i}").name for i in range(6)]

    def act(i: int) -> Any:
        if i == 0:
            return world.audit(model, 8, key="audit", pool=world.shas)
        for item in world.lease(people[i - 1], 3):
            assert item.prelabel is None
            world.answer(
                item.round_id, item.sha256, "dog", people[i - 1], key=f"{i}-{item.sha256[:9]}"
            )
        return None

    opened = _together(act, 7)[0]
    pool = set(world.store.rounds.frozen_pool(opened.id))
    while world.answer_all(opened.id, name="rev"):
        pass
    answers = world.store.rounds.answers(opened.id)
    assert len(answers) == opened.size
    assert {one.sha256 for one in answers} <= pool
    assert world.tallies() == world.recount()


def test_a_fresh_database_is_opened_by_several_processes_at_once(empty_url: str) -> None:
    workers = _workers(empty_url, "none", ["-"] * 5)
    outputs = [worker.communicate(timeout=600) for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 5, outputs
    store = open_store(empty_url)
    assert store.projects.list() == []
    store.close()


def test_progress_shows_one_state_of_the_store_while_people_answer(world: Any) -> None:
    opened = world.open(world.shas)
    people = [world.person(f"person{i}").name for i in range(4)]

    def act(i: int) -> None:
        for sha in world.shas[i::4] if i < 4 else ():
            world.answer(opened.id, sha, "cat", people[i], key=f"{i}-{sha[:9]}")
        for _ in range(10 if i >= 4 else 0):
            found = world.store.progress.of(world.project)
            assert sum(found.by_state.values()) == found.images == 20
            assert found.by_state["manual"] == found.by_class["cat"]["people"]
            assert found.by_state["manual"] == found.rounds[0].answered

    _together(act, 6)
