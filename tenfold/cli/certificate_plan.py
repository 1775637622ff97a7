"""Plans of a certificate: how many images people must look at before anything can be claimed."""

from pydantic import Field
from rich import box
from rich.table import Table

from models.record import Record
from tenfold import percent
from tenfold.cli.console import out, print_json
from tenfold.learning.tolerance import errors_tolerated, smallest_audit, wrong_allowed
from tenfold.learning.walk.ladder import GROWTHS, geometric, least_looks

MOST_ROWS = 12
"""Audits that are listed, at most."""


class Wish(Record):
    """What is to be claimed, and of how many images."""

    images: int = Field(ge=1)
    """N: labels delivered in all."""
    pool: int = Field(ge=0)
    """N′: images that no person has tagged."""
    error: float = Field(gt=0, lt=1)
    """ε."""
    confidence: float = Field(gt=0, lt=1)
    """1 − δ."""

    @property
    def wrong_allowed(self) -> int:
        """K."""
        return wrong_allowed(self.images, self.error)


class AuditRow(Record):
    """The smallest audit that tolerates so many errors."""

    tolerated: int
    audit: int


class LadderRow(Record):
    """A walk's ladder."""

    growth: float
    """Factor between its rungs."""
    rates: tuple[float, ...]
    """r_0 … r_(J−1): the share of labels that people look at after j audit errors."""
    looks_if_right: float
    """Images that people look at, on average, if no label is wrong."""


class Plan(Record):
    """Both ways to a certificate."""

    wish: Wish
    wrong_allowed: int
    """K."""
    least_looks: float
    """Images that any procedure looks at which assumes nothing of the model, earlier tags
    included."""
    audits: tuple[AuditRow, ...]
    ladders: tuple[LadderRow, ...]


def plan(wish: Wish) -> Plan:
    """Plan both ways to a certificate."""
    return Plan(
        wish=wish,
        wrong_allowed=wish.wrong_allowed,
        least_looks=least_looks(wish.images, wish.wrong_allowed, wish.confidence),
        audits=tuple(_audits(wish)),
        ladders=tuple(_ladder(wish, growth) for growth in GROWTHS),
    )


def _audits(wish: Wish) -> list[AuditRow]:
    """Return the smallest audit for 0, 1, 2, … errors, up to half the pool but for the first."""
    rows: list[AuditRow] = []
    for tolerated in range(MOST_ROWS):
        audit = smallest_audit(wish.images, wish.pool, wish.error, wish.confidence, tolerated)
        if audit is None or (rows and 2 * audit > wish.pool):
            break
        rows.append(AuditRow(tolerated=tolerated, audit=audit))
    return rows


def _ladder(wish: Wish, growth: float) -> LadderRow:
    rates = geometric(wish.wrong_allowed, wish.confidence, growth).rates
    return LadderRow(growth=growth, rates=rates, looks_if_right=wish.pool * rates[0])


def show_tolerated(wish: Wish, audit: int, *, json: bool) -> None:
    """Print how many errors an audit tolerates."""
    tolerated = errors_tolerated(wish.images, wish.pool, wish.error, wish.confidence, audit)
    if json:
        said = wish.model_dump(mode="json")
        print_json(
            {**said, "wrong_allowed": wish.wrong_allowed, "audit": audit, "tolerated": tolerated}
        )
        return
    out().print("none" if tolerated is None else str(tolerated))


def show_plan(wish: Wish, *, json: bool) -> None:
    """Print the smallest audits and the walk's ladders."""
    planned = plan(wish)
    if json:
        print_json(planned)
        return
    out().print(
        f"At most {percent.chosen(wish.error)} of {wish.images} labels wrong "
        f"({wish.wrong_allowed}), {percent.chosen(wish.confidence)} sure; "
        f"{wish.pool} images without a person's tag."
    )
    if wish.pool <= planned.wrong_allowed:
        out().print("So few are left that they may all be accepted, even if all are wrong.")
        return
    _show_audits(planned)
    _show_ladders(planned)
    out().print(
        f"\nNo procedure that assumes nothing of the model looks at fewer than "
        f"{planned.least_looks:.0f} images, earlier tags included."
    )


def _show_audits(planned: Plan) -> None:
    table = _table("Once, at the end: one audit, drawn at random and tagged blind")
    for column in ("wrong labels that it may find", "images to audit", "of the pool"):
        table.add_column(column, justify="right")
    for row in planned.audits:
        share = percent.computed(row.audit / planned.wish.pool) if planned.wish.pool else "–"
        table.add_row(str(row.tolerated), str(row.audit), share)
    out().print(table)


def _show_ladders(planned: Plan) -> None:
    table = _table("Step by step: a walk; each wrong label that is found raises the share")
    table.add_column("growth", justify="right")
    table.add_column("rungs", justify="right")
    table.add_column("looks if all is right", justify="right")
    table.add_column("share of labels looked at, after 0, 1, 2, … wrong ones")
    for row in planned.ladders:
        shares = " ".join(f"{rate:.5f}" for rate in row.rates)
        growth, looks = f"{row.growth:g}", f"{row.looks_if_right:.0f}"
        table.add_row(growth, str(len(row.rates)), looks, shares)
    out().print(table)


def _table(title: str) -> Table:
    return Table(title=f"\n{title}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
