"""What labelers do: take images, answer, undo."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Response
from pydantic import Field

from models.annotation import Annotation, Answer
from models.draft import Draft
from models.record import Moment, Record, Sha256
from models.round import LeasedItem, Round, RoundKind, RoundState
from tenfold.errors import BlobError, ServiceError, SignInError, TenfoldError
from tenfold.store.labeling import Kept
from tenfold.web import runs
from tenfold.web.access import Asked, AsLabeler, Member, SignedIn
from tenfold.web.api.urls import ImageUrls, image_urls
from tenfold.web.context import Web, WebContext

router = APIRouter(tags=["labeling"])

MOST_AT_ONCE = 200


class LeaseRequest(Record):
    """How many images a person wants to hold, those they hold already included."""

    count: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = 1
    round_id: str | None = None


class LeasedImage(LeasedItem):
    """A leased image with where to load it from."""

    urls: ImageUrls
    group: int | None = None
    """Number of the group of images in its round that look alike; only where they were found."""
    model_number: int | None = None
    """Number of the model version that proposes; only in review rounds."""


class Lease(Record):
    """The images that a person holds now."""

    items: tuple[LeasedImage, ...]
    round: Round | None
    """Of the first image; without images, the round that is not closed yet."""
    remaining: int
    """Answers still wanted in that round, by anyone."""
    classes_version: int


def _with_urls(web: Web, project: str, item: LeasedItem) -> LeasedImage:
    shown = item.model_dump()
    if item.round_kind is not RoundKind.REVIEW:
        shown |= {"prelabel": None, "confidence": None, "model_version": None}
    urls, version = image_urls(project, item.sha256), shown["model_version"]
    number = web.store.models.number(version) if version else None
    return LeasedImage(**shown, urls=urls, group=web.alike.group(item), model_number=number)


def current_round(web: Web, member: Member) -> Round | None:
    """Return the round that holds the project up now, if there is one."""
    cycle = web.store.cycles.current(member.project.id)
    return web.store.rounds.current(cycle.id) if cycle else None


@router.post("/projects/{name}/lease", summary="Take images to label")
async def lease(wanted: LeaseRequest, asking: Asked) -> Lease:
    """Return what the person holds already, filled up to `count` with new images."""
    return await asking.work(partial(_lease, wanted))


def _lease(wanted: LeaseRequest, web: Web, member: Member) -> Lease:
    taken = web.store.labeling.take(
        member.project.id, member.person.id, count=wanted.count, round_id=wanted.round_id
    )
    found = taken.round or current_round(web, member)
    return Lease(
        items=tuple(_with_urls(web, member.project.name, item) for item in taken.items),
        round=found,
        remaining=found.missing if found and found.state is RoundState.OPEN else 0,
        classes_version=member.project.classes_version,
    )


class Images(Record):
    """Images by their hashes; None: all that the person holds."""

    shas: tuple[Sha256, ...] | None = None


class Release(Images):
    """Images that a page gives back."""

    until: Moment | None = None
    """The latest end of a lease that the page knows of; what the next page took by then stays."""


@router.post("/projects/{name}/release", status_code=204, summary="Give images back")
def release(images: Release, member: AsLabeler, web: WebContext) -> None:
    """Let others have them."""
    web.store.labeling.release(member.project.id, member.person.id, images.shas, images.until)


class Renewal(Record):
    """Until when images are held now."""

    until: Moment


@router.post("/projects/{name}/renew", summary="Hold images for longer")
def renew(images: Images, member: AsLabeler, web: WebContext) -> Renewal:
    """Begin the leases of these images anew."""
    shas = images.shas or ()
    renewed = web.store.labeling.renew(member.project.id, member.person.id, shas)
    return Renewal(until=renewed.until)


@router.post(
    "/projects/{name}/answers",
    status_code=201,
    summary="Answer one image",
    responses={200: {"description": "This key was sent before; nothing new is stored."}},
)
async def answer(
    sent: Answer, response: Response, asking: Asked, later: BackgroundTasks
) -> Annotation:
    """Store an answer; the same key sent again returns what was stored then."""
    kept = await asking.work(partial(_answer, sent))
    if kept.completed:
        later.add_task(runs.wake_if_answered, asking.web, asking.project, sent.round_id)
    if not kept.new:
        response.status_code = 200
    return kept.annotation


def _answer(sent: Answer, web: Web, member: Member) -> Kept:
    return web.store.labeling.keep(member.project.id, member.person.id, sent)


class Outcome(Record):
    """What became of one answer of several."""

    key: str
    annotation: Annotation | None = None
    error: str | None = None
    classes_version: int
    """Of the list of classes that is in force: a page that knows another one loads it."""


@router.post("/projects/{name}/answers/batch", summary="Answer several images")
async def answer_batch(
    sent: Annotated[list[Answer], Field(min_length=1, max_length=MOST_AT_ONCE)],
    asking: Asked,
    later: BackgroundTasks,
    person: int | None = None,
) -> list[Outcome]:
    """Store each answer by itself; one that is refused doesn't hold up the others.

    Where the store doesn't answer for a while, the whole batch is to be sent again. `person` says
    whose answers they are: a page keeps them while somebody else signs in beside it.
    """
    completed: set[str] = set()
    outcomes = await asking.work(partial(_answer_all, sent, person, completed))
    for round_id in completed:
        later.add_task(runs.wake_if_answered, asking.web, asking.project, round_id)
    return outcomes


def _answer_all(
    sent: list[Answer], person: int | None, completed: set[str], web: Web, member: Member
) -> list[Outcome]:
    _own(member, person, "answers")
    return [_outcome(web, member, one, completed) for one in sent]


def _outcome(web: Web, member: Member, sent: Answer, completed: set[str]) -> Outcome:
    """Keep one answer, and add its round to those that have all their answers."""
    version = member.project.classes_version
    try:
        kept = _answer(sent, web, member)
        completed.update([sent.round_id] if kept.completed else [])
        return Outcome(key=sent.key, annotation=kept.annotation, classes_version=version)
    except (ServiceError, BlobError):
        raise
    except TenfoldError as error:
        return Outcome(key=sent.key, error=str(error), classes_version=version)


def _own(member: Member, person: int | None, what: str) -> None:
    if person not in (None, member.person.id):
        raise SignInError(f"These are not the {what} of {member.person.name}.")


class KeptDrafts(Record):
    """Drafts that are there on the person's other devices, too."""

    shas: tuple[Sha256, ...]
    """Of their images; the others are answered, gone or too large, or could be no answers."""
    at: Moment


@router.post("/projects/{name}/drafts", summary="Keep what is begun and not sent")
async def keep_drafts(
    begun: Annotated[list[Draft], Field(min_length=1, max_length=MOST_AT_ONCE)],
    asking: Asked,
    person: int | None = None,
) -> KeptDrafts:
    """Keep drafts; they come back with the lease of their image, and go with the answer to it.

    `person` says whose they are, as with answers.
    """
    return await asking.work(partial(_keep_drafts, begun, person))


def _keep_drafts(begun: list[Draft], person: int | None, web: Web, member: Member) -> KeptDrafts:
    _own(member, person, "drafts")
    kept = web.store.drafts.keep(member.project.id, member.person.id, begun)
    return KeptDrafts(shas=tuple(kept.shas), at=kept.at)


@router.post("/annotations/{annotation_id}/undo", summary="Take back one's own answer")
def undo(annotation_id: int, person: SignedIn, web: WebContext) -> Annotation | None:
    """Open the image again for the same person, while its round is not closed."""
    return web.store.labeling.undo(person.id, annotation_id)


@router.get("/projects/{name}/mine", summary="One's own latest answers")
def mine(
    member: AsLabeler, web: WebContext, limit: Annotated[int, Field(ge=1, le=500)] = 20
) -> list[Annotation]:
    """Return the newest first."""
    return web.store.labeling.mine(member.project.id, member.person.id, limit)
