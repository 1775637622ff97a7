"""A keep-alive HTTP/1.1 client that costs little beside the server that it measures."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

LIMIT = 1 << 24
"""Bytes of an answer that a reader buffers."""


@dataclass
class Connection:
    """One connection; it is opened anew where the server has closed it."""

    host: str
    port: int
    headers: dict[str, str]
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None)

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Return the status and the parsed JSON of one request; None where there is none."""
        raw = b"" if body is None else json.dumps(body).encode()
        head = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        head += ["Content-Type: application/json", f"Content-Length: {len(raw)}", "", ""]
        message = "\r\n".join(head).encode() + raw
        kept = self._streams is not None
        try:
            return await self._exchange(message)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.close()
            if not kept:
                raise
            return await self._exchange(message)

    async def _exchange(self, message: bytes) -> tuple[int, Any]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.host, self.port, limit=LIMIT)
        reader, writer = self._streams
        writer.write(message)
        await writer.drain()
        status, headers = _head(await reader.readuntil(b"\r\n\r\n"))
        raw = await _body(reader, status, headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return status, json.loads(raw) if raw[:1] in (b"{", b"[") else None

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _head(raw: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = raw.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}


async def _body(reader: asyncio.StreamReader, status: int, headers: dict[str, str]) -> bytes:
    if status in (204, 304):
        return b""
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.read()
    parts: list[bytes] = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)
