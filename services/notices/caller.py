"""Calls addresses of other people's: resolved and judged here, called at exactly that address,
never followed elsewhere.
"""

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from services.notices import rules

CONNECT_S, WHOLE_S = 5.0, 15.0
NOWHERE = "this name has no public address"
LARGEST_ANSWER = 65_536


@dataclass(frozen=True)
class Told:
    """What came of a call: the HTTP status, or the fault that kept one from coming."""

    status: int | None
    fault: str | None


class Refused(Exception):
    """An address that is not to be called; the text is the code of the reason."""


class Caller:
    """Posts to public https addresses, to `private` networks only where the installation names
    them; `async with` it.
    """

    def __init__(self, private: Iterable[rules.Network]):
        self.private = tuple(private)

    async def __aenter__(self) -> "Caller":
        times = httpx.Timeout(WHOLE_S, connect=CONNECT_S)
        self._client = httpx.AsyncClient(timeout=times, follow_redirects=False, trust_env=False)
        return self

    async def __aexit__(self, *_) -> None:
        await self._client.aclose()

    async def post(self, url: str, body: str, headers: dict[str, str]) -> Told:
        """One call, over within WHOLE_S however slowly the other side drips."""
        try:
            async with asyncio.timeout(WHOLE_S):
                status = await self._post(url, body, headers)
        except TimeoutError:
            return Told(None, f"no answer within {WHOLE_S:g} s")
        except (Refused, httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            return Told(None, f"{type(error).__name__}: {error}"[:300])
        return Told(status, None if 200 <= status < 300 else f"answered {status}")

    async def _post(self, url: str, body: str, headers: dict[str, str]) -> int:
        fault = rules.url_fault(url, self.private)
        if fault:
            raise Refused(fault)
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        address = await self._address(host, port, parts.scheme)
        shown = f"[{address}]" if address.version == 6 else str(address)
        # the address just judged: a second look-up might say another
        at = httpx.URL(url).copy_with(host=shown)
        named = headers | {
            "Host": parts.netloc,
            "User-Agent": "Nakodo webhooks",
            "Content-Type": "application/json",
        }
        request = self._client.build_request(
            "POST", at, content=body.encode(), headers=named, extensions={"sni_hostname": host}
        )
        answer = await self._client.send(request, stream=True)
        try:
            read = 0
            # of an answer nobody needs, a little, so that the connection may serve again
            async for chunk in answer.aiter_raw():
                read += len(chunk)
                if read > LARGEST_ANSWER:
                    break
        finally:
            await answer.aclose()
        return answer.status_code

    async def _address(self, host: str, port: int, scheme: str) -> rules.Address:
        """The address to call. Raises Refused, in one way for an inner name and for one that nobody
        knows.
        """
        known = rules.literal(host)
        if known is None:
            allowed = rules.outside(await self._listed(host, port), self.private)
            if not allowed:
                raise Refused(NOWHERE)
            known = allowed[0]
        if scheme != "https" and not any(known in network for network in self.private):
            raise Refused("url-not-https")
        return known

    @staticmethod
    async def _listed(host: str, port: int) -> list[rules.Address]:
        """What a name resolves to; nothing where it does not, or takes too long."""
        try:
            async with asyncio.timeout(CONNECT_S):
                found = await asyncio.get_running_loop().getaddrinfo(
                    host, port, type=socket.SOCK_STREAM
                )
        except (OSError, UnicodeError):
            return []
        return [a for a in (rules.literal(info[4][0]) for info in found) if a is not None]
