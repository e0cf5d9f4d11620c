"""Patience: how long a connection may take over a request or an answer. Who sends or reads a byte a second is cut within 30 seconds.

    uvicorn.Config(app, http=Patient)

uvicorn by itself waits for ever for the end of a head or of a body once its first byte has come. A slow but honest upload is let through:
what is asked is ``LEAST`` bytes in ``WINDOW`` seconds, 8 kbit/s. An answer that is still being made (an event stream that is silent) costs
its reader nothing. See also: how large a body may be (``body_limit.py``).
"""

import asyncio
import socket
import struct

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

WINDOW = 10.0
"""Seconds between two looks at a connection; what is found at two looks in a row ends it."""
LEAST = 10_000
"""Bytes of a body, or of an answer, that go through in one window."""


class SlowClientProtocol(H11Protocol):
    """uvicorn's protocol, looked at in passing."""

    _came = _before = 0
    _found: tuple[str, object] | None = None
    _next: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody calls."""
        super().connection_made(transport)
        self._next = self.loop.call_later(WINDOW, self._check_pace)

    def data_received(self, data: bytes) -> None:
        """Something came."""
        self._came += len(data)
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody there any more."""
        if self._next:
            self._next.cancel()
        super().connection_lost(exc)

    def _check_pace(self) -> None:
        """Cut what is as slow now as it was at the last look, and over the same request."""
        left = self.transport.get_write_buffer_size()
        slow = self._slow(left)
        found = (slow, self.cycle) if slow else None
        if found and found == self._found:
            line = self.transport.get_extra_info("socket")
            if line:  # reset: else the system would go on offering what it still holds of the answer
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
            return
        self._found, self._came, self._before = found, 0, left
        self._next = self.loop.call_later(WINDOW, self._check_pace)

    def _slow(self, left: int) -> str:
        """What this connection is slow at: reading the answer, of which so many bytes are left; its head; its body; nothing."""
        if left and self._before - left < LEAST:
            return "answer"
        if self.conn.their_state is h11.IDLE:
            return "head"
        if self.conn.their_state is not h11.SEND_BODY:
            return ""
        refused = self.conn.our_state in (h11.DONE, h11.MUST_CLOSE)  # answered: what still comes is thrown away, and not for ever
        return "body" if refused or (self._came < LEAST and not self.flow.read_paused) else ""
