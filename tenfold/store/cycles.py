"""Cycles, the claim of a flow run on them, and their steps."""

import json
from collections.abc import Mapping

from sqlalchemy import Connection, Update, func, insert, select, update

from models.cycle import Claim, Cycle, CycleState, Step, StepState
from models.job import JobWait
from models.record import now
from models.round import RoundState
from tenfold.errors import ConflictError, NotFoundError
from tenfold.store.backlogs import close_backlogs
from tenfold.store.engine import Database, check_fence
from tenfold.store.rows import new_id, to_cycle, to_step
from tenfold.store.tables import cycles, rounds, steps
from tenfold.store.tallies import insert_into

Detail = Mapping[str, str | int | float | None]

INTERRUPTED = "It was interrupted, and another step has begun since."


def cycle_of(connection: Connection, cycle_id: str) -> Cycle:
    """Return a cycle by its id.

    Raises:
        NotFoundError: no such cycle.
    """
    row = connection.execute(select(cycles).where(cycles.c.id == cycle_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no cycle {cycle_id}.")
    return to_cycle(row)


def begin_next(connection: Connection, project_id: str, newest: Cycle | None) -> str:
    """Begin the cycle after the newest one; return its id."""
    cycle_id = new_id()
    connection.execute(
        insert(cycles).values(
            id=cycle_id,
            project_id=project_id,
            number=newest.number + 1 if newest else 1,
            state=CycleState.RUNNING,
            fence=0,
            restarts=0,
            created_at=now(),
        )
    )
    return cycle_id


def newest_of(connection: Connection, project_id: str) -> Cycle | None:
    """Return the newest cycle of a project."""
    row = connection.execute(
        select(cycles)
        .where(cycles.c.project_id == project_id)
        .order_by(cycles.c.number.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else to_cycle(row)


class Cycles:
    """The passages of a project from ingest to delivery."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def ensure(self, project_id: str) -> Cycle:
        """Return the running cycle of a project; if there is none, begin the next."""
        with self._db.write(project_id) as connection:
            newest = newest_of(connection, project_id)
            if newest is not None and newest.state is CycleState.RUNNING:
                return newest
            return cycle_of(connection, begin_next(connection, project_id, newest))

    def current(self, project_id: str) -> Cycle | None:
        """Return the newest cycle of a project."""
        with self._db.read() as connection:
            return newest_of(connection, project_id)

    def get(self, cycle_id: str) -> Cycle:
        """Return a cycle by its id.

        Raises:
            NotFoundError: no such cycle.
        """
        with self._db.read() as connection:
            return cycle_of(connection, cycle_id)

    def claim(self, cycle_id: str, flow_run_id: str) -> Claim:
        """Take a cycle over: from now on, writes of all earlier claims are refused."""
        with self._db.write() as connection:
            row = connection.execute(
                update(cycles)
                .where(cycles.c.id == cycle_id)
                .values(fence=cycles.c.fence + 1, flow_run_id=flow_run_id)
                .returning(cycles.c.project_id, cycles.c.fence)
            ).one_or_none()
            if row is None:
                raise NotFoundError(f"There is no cycle {cycle_id}.")
        return Claim(
            project_id=row.project_id,
            cycle_id=cycle_id,
            flow_run_id=flow_run_id,
            fence=row.fence,
        )

    def check(self, claim: Claim) -> None:
        """Refuse a claim that is no longer the newest.

        Raises:
            StaleClaimError: another execution has taken over.
        """
        with self._db.write() as connection:
            check_fence(connection, claim)

    def count_restart(self, cycle_id: str) -> int:
        """Note that a crashed run is started again; return how often that was."""
        with self._db.write() as connection:
            restarts: int = connection.execute(
                update(cycles)
                .where(cycles.c.id == cycle_id)
                .values(restarts=cycles.c.restarts + 1)
                .returning(cycles.c.restarts)
            ).scalar_one()
            return restarts

    def complete(self, claim: Claim) -> Cycle:
        """End a cycle; a backlog that is still open ends with it. A second call changes nothing.

        Raises:
            ConflictError: a round waits for people.
        """
        with self._db.claimed(claim) as connection:
            waiting = connection.scalar(
                select(rounds.c.number).where(
                    rounds.c.cycle_id == claim.cycle_id,
                    rounds.c.state != RoundState.CLOSED,
                    rounds.c.backlog.is_(False),
                )
            )
            if waiting is not None:
                raise ConflictError(f"Round {waiting} isn't closed yet.", "Approve it first.")
            close_backlogs(connection, claim.cycle_id)
            connection.execute(
                update(cycles)
                .where(cycles.c.id == claim.cycle_id, cycles.c.state == CycleState.RUNNING)
                .values(state=CycleState.COMPLETE, completed_at=now())
            )
            return cycle_of(connection, claim.cycle_id)

    def begin_step(self, claim: Claim, name: str, key: str, total: int = 0) -> Step | None:
        """Note that a step runs; None where its key is done already.

        Steps follow one another: one that still runs as another begins was interrupted, and what
        it works on has changed since, or it would be this one.
        """
        with self._db.claimed(claim) as connection:
            before = _step(connection, claim.cycle_id, key)
            if before is not None and before.state is StepState.DONE:
                return None
            _give_up_interrupted(connection, claim.cycle_id, key)
            moment = now()
            statement = insert_into(steps, connection.dialect).values(
                cycle_id=claim.cycle_id,
                key=key,
                name=name,
                state=StepState.RUNNING,
                flow_run_id=claim.flow_run_id,
                done=0,
                total=total,
                detail="{}",
                position=_next_position(connection, claim.cycle_id),
                started_at=moment,
            )
            again = {
                "state": StepState.RUNNING,
                "flow_run_id": claim.flow_run_id,
                "done": 0,
                "total": total,
                "detail": "{}",
                "started_at": moment,
                "finished_at": None,
            }
            connection.execute(
                statement.on_conflict_do_update(index_elements=["cycle_id", "key"], set_=again)
            )
            return _step(connection, claim.cycle_id, key)

    def progress(self, claim: Claim, key: str, done: int, total: int | None = None) -> None:
        """Note how far a step has come."""
        values = {"done": done} if total is None else {"done": done, "total": total}
        with self._db.claimed(claim) as connection:
            connection.execute(_of(claim, key).values(values))

    def note_wait(self, claim: Claim, key: str, wait: JobWait | None) -> None:
        """Note why the job of a step that runs doesn't begin; None: it goes on."""
        detail = {"waits": wait.why, "command": wait.command} if wait else {}
        with self._db.claimed(claim) as connection:
            connection.execute(
                _of(claim, key)
                .where(steps.c.state == StepState.RUNNING)
                .values(detail=json.dumps(detail))
            )

    def finish_step(self, claim: Claim, key: str, detail: Detail | None = None) -> None:
        """Note that a step is done, with what is to be remembered of it."""
        self._end(claim, key, StepState.DONE, detail or {})

    def fail_step(self, claim: Claim, key: str, message: str) -> None:
        """Note that a step failed, and why; it may begin again."""
        self._end(claim, key, StepState.FAILED, {"error": message})

    def _end(self, claim: Claim, key: str, state: StepState, detail: Detail) -> None:
        with self._db.claimed(claim) as connection:
            connection.execute(
                _of(claim, key)
                .where(steps.c.state != StepState.DONE)
                .values(state=state, detail=json.dumps(dict(detail)), finished_at=now())
            )

    def stop(self, project_id: str, by: str) -> Cycle | None:
        """Note that a person stopped the step that runs; whatever works on it writes no more.

        Returns:
            The cycle, with the run that is to be cancelled; None where no step runs.
        """
        with self._db.write(project_id) as connection:
            running = select(cycles.c.id).where(
                cycles.c.project_id == project_id, cycles.c.state == CycleState.RUNNING
            )
            cycle_id = connection.scalar(running)
            stopped = connection.execute(
                update(steps)
                .where(steps.c.cycle_id == cycle_id, steps.c.state == StepState.RUNNING)
                .values(
                    state=StepState.FAILED,
                    detail=json.dumps({"error": f"{by} stopped it.", "stopped": True}),
                    finished_at=now(),
                )
            ).rowcount
            if cycle_id is None or not stopped:
                return None
            connection.execute(
                update(cycles).where(cycles.c.id == cycle_id).values(fence=cycles.c.fence + 1)
            )
            return cycle_of(connection, cycle_id)

    def done_step(self, cycle_id: str, key: str) -> Step | None:
        """Return a step that is done."""
        with self._db.read() as connection:
            step = _step(connection, cycle_id, key)
        return step if step is not None and step.state is StepState.DONE else None

    def steps(self, cycle_id: str) -> list[Step]:
        """Return the steps of a cycle in the order in which they first began."""
        query = select(steps).where(steps.c.cycle_id == cycle_id).order_by(steps.c.position)
        with self._db.read() as connection:
            return [to_step(row) for row in connection.execute(query)]

    def list(self, project_id: str) -> list[Cycle]:
        """Return the cycles of a project, oldest first."""
        query = select(cycles).where(cycles.c.project_id == project_id).order_by(cycles.c.number)
        with self._db.read() as connection:
            return [to_cycle(row) for row in connection.execute(query)]


def _step(connection: Connection, cycle_id: str, key: str) -> Step | None:
    row = connection.execute(
        select(steps).where(steps.c.cycle_id == cycle_id, steps.c.key == key)
    ).one_or_none()
    return None if row is None else to_step(row)


def _of(claim: Claim, key: str) -> Update:
    return update(steps).where(steps.c.cycle_id == claim.cycle_id, steps.c.key == key)


def _give_up_interrupted(connection: Connection, cycle_id: str, key: str) -> None:
    # Without an end: the time that nothing ran would count as the step's.
    connection.execute(
        update(steps)
        .where(
            steps.c.cycle_id == cycle_id,
            steps.c.key != key,
            steps.c.state == StepState.RUNNING,
        )
        .values(state=StepState.FAILED, detail=json.dumps({"error": INTERRUPTED}))
    )


def _next_position(connection: Connection, cycle_id: str) -> int:
    newest = connection.scalar(
        select(func.max(steps.c.position)).where(steps.c.cycle_id == cycle_id)
    )
    return (newest or 0) + 1
