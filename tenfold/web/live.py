"""What happens in a project, told to the pages that are open on it.

One look at the store a second serves all pages of a project, and only while there are any. What
changed is rendered once for those who may review and once for those who may not.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from fastapi.sse import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from models.person import Role
from models.project import Project
from models.pulse import Pulse
from tenfold.errors import NotFoundError, TenfoldError

log = logging.getLogger("tenfold.web")

LOOK_SECONDS = 1.0
"""Between two looks at the store."""
BEAT_SECONDS = 15.0
"""Silence after which proxies, and the page, would take the line for dead."""
LINE_SECONDS = (90.0, 150.0)
"""How long a line is held. The page calls again at once, and it is asked anew who it is."""
RETRY_SECONDS = 2.0

View = Literal["", "now", "dashboard"]
"""What a page shows of a project: nothing that is rendered here, what happens now, or all."""


class Audience(NamedTuple):
    """Those to whom the same is shown."""

    view: View
    may_review: bool


class Listener(NamedTuple):
    """Who holds a line, and what they were allowed as they called."""

    person_id: int
    role: Role
    view: View
    since: float
    """When they called, on the monotonic clock: what was known before doesn't concern them."""

    @property
    def audience(self) -> Audience:
        """Those with whom they are shown the same."""
        return Audience(
            self.view, may_review=bool(self.view) and self.role.may_act_as(Role.REVIEWER)
        )


Render = Callable[[Project, Audience], dict[str, str]]
"""Returns HTML by the name of the part."""
Members = Mapping[int, Role]
"""The role in a project of everybody who may sign in, by their id."""


@dataclass(frozen=True, slots=True)
class News:
    """What is known of a project since the last change."""

    pulse: Pulse
    members: Members
    parts: dict[Audience, dict[str, str]]
    at: float
    """When it was looked for, on the monotonic clock."""


@dataclass(slots=True)
class _Channel:
    """A project that somebody looks at."""

    project_id: str
    audiences: Counter[Audience] = field(default_factory=Counter)
    news: News | None = None
    gone: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    """Somebody came who is shown what isn't rendered yet."""
    watching: asyncio.Task[None] | None = None

    def tell(self) -> None:
        """Wake all who listen."""
        told, self.changed = self.changed, asyncio.Event()
        told.set()


class Live:
    """The open pages of this process."""

    def __init__(
        self,
        pulse_of: Callable[[str], Pulse],
        members_of: Callable[[str], Members],
        project_of: Callable[[str], Project],
        render: Render,
    ) -> None:
        self._pulse_of = pulse_of
        self._members_of = members_of
        self._project_of = project_of
        self._render = render
        self._channels: dict[str, _Channel] = {}
        self._closed = False

    def close(self) -> None:
        """End all lines: a server that stops waits for nobody who only listens."""
        self._closed = True
        for channel in self._channels.values():
            channel.tell()

    async def follow(self, project_id: str, listener: Listener) -> AsyncIterator[ServerSentEvent]:
        """Yield a project's state, then its changes as they come, for a while.

        Events: `pulse`, `part` with the HTML of a part that changed, `beat` in silence, `out` at
        the end where the person may no longer sign in. With another role the line ends, too: the
        page calls again, and is shown what the new role sees.
        """
        audience = listener.audience
        channel = self._join(project_id, audience)
        try:
            yield ServerSentEvent(retry=int(1000 * RETRY_SECONDS))
            async for event in self._events(channel, listener):
                yield event
        finally:
            self._leave(channel, audience)

    async def _events(
        self, channel: _Channel, listener: Listener
    ) -> AsyncIterator[ServerSentEvent]:
        until = time.monotonic() + random.uniform(*LINE_SECONDS)
        told: dict[str, object] = {}
        while not (self._closed or channel.gone) and time.monotonic() < until:
            changed = channel.changed
            role = _role_now(channel.news, listener)
            if role is None:
                yield ServerSentEvent(event="out", data="")
            if role is not listener.role:
                return
            for event in _new(channel.news, listener.audience, told):
                yield event
            try:
                await asyncio.wait_for(changed.wait(), BEAT_SECONDS)
            except TimeoutError:
                yield ServerSentEvent(event="beat", data="")

    def _join(self, project_id: str, audience: Audience) -> _Channel:
        channel = self._channels.setdefault(project_id, _Channel(project_id))
        channel.audiences[audience] += 1
        if channel.news is None or audience not in channel.news.parts:
            channel.wanted.set()
        if channel.watching is None:
            channel.watching = asyncio.create_task(self._watch(channel))
        return channel

    def _leave(self, channel: _Channel, audience: Audience) -> None:
        channel.audiences[audience] -= 1
        channel.audiences = +channel.audiences  # without those that nobody is of
        if not channel.audiences and channel.watching is not None:
            channel.watching.cancel()
            self._channels.pop(channel.project_id, None)

    async def _watch(self, channel: _Channel) -> None:
        while not channel.gone:
            channel.wanted.clear()
            try:
                news = await run_in_threadpool(self._look, channel)
                changed, channel.news = news is not channel.news, news
            except NotFoundError:
                changed = channel.gone = True
            except TenfoldError as error:
                changed = False
                log.warning("Open pages were not told what is new: %s", error)
            if changed:
                channel.tell()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(channel.wanted.wait(), LOOK_SECONDS)

    def _look(self, channel: _Channel) -> News:
        """Return what is known now: the same object where nothing changed."""
        before, audiences = channel.news, set(channel.audiences)
        at = time.monotonic()
        pulse, members = self._pulse_of(channel.project_id), self._members_of(channel.project_id)
        same = before is not None and before.pulse == pulse
        kept = before.parts if before is not None and same else {}
        if before is not None and same and before.members == members and audiences <= set(kept):
            return before
        project = self._project_of(channel.project_id)
        new = {each: self._render(project, each) for each in audiences - set(kept)}
        return News(pulse, members, kept | new, at)


def _role_now(news: News | None, listener: Listener) -> Role | None:
    """Return a listener's role as it is now; None where they may no longer sign in."""
    if news is None or news.at < listener.since:
        return listener.role
    return news.members.get(listener.person_id)


def _new(
    news: News | None, audience: Audience, told: dict[str, object]
) -> Iterator[ServerSentEvent]:
    """Yield what a listener wasn't told yet."""
    if news is None:
        return
    if told.get("pulse") != news.pulse:
        told["pulse"] = news.pulse
        yield ServerSentEvent(event="pulse", data=news.pulse)
    for name, html in news.parts.get(audience, {}).items():
        if told.get(f"part {name}") != html:
            told[f"part {name}"] = html
            yield ServerSentEvent(event="part", data={"name": name, "html": html})
