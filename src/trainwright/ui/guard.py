"""Refuses requests that do not come from this application's own pages.

A page of another site can make a browser send requests to 127.0.0.1. It cannot read the answers,
unless it lets its own name lead there (DNS rebinding): the Host header then has that name. So
only names that nobody else can point elsewhere are answered, and nothing from other origins.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import urlsplit

__all__ = ["HEADERS", "Guard", "host_name"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
"""What every answer carries."""


class Guard:
    """Wraps an ASGI application.

    Args:
        application: answers what is let through.
        names: host names that requests may be for, besides ``localhost`` and this machine's
            loopback addresses.
        addresses: whether any IP address is let through as well; an address cannot be rebound.
    """

    def __init__(
        self, application: Application, names: Collection[str] = (), addresses: bool = False
    ):
        self._application = application
        self._names = {"localhost", *(name.lower() for name in names)}
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or refuses it."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                kept = [(k, v) for k, v in message["headers"] if k.decode().lower() not in HEADERS]
                ours = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*kept, *ours]}
            await send(message)

        problem = self._problem(scope)
        if problem is None:
            await self._application(scope, receive, with_headers)
            return
        status, text = problem
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await with_headers({"type": "http.response.start", "status": status, "headers": headers})
        await with_headers({"type": "http.response.body", "body": f"{text}\n".encode()})

    def _problem(self, scope: Scope) -> tuple[int, str] | None:
        if scope["method"] not in ("GET", "HEAD"):
            return 405, "Only GET and HEAD are answered: nothing can be changed here."
        found = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]]
        hosts = [value for name, value in found if name == "host"]
        if len(hosts) != 1 or not self._known(host_name(hosts[0])):
            return 421, "This server does not answer for that host name."
        headers = dict(found)
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != hosts[0].lower():
            return 403, "Requests of other origins are not answered."
        site = headers.get("sec-fetch-site", "none")
        follows_link = headers.get("sec-fetch-mode") == "navigate" and (
            headers.get("sec-fetch-dest") == "document"
        )
        if site not in ("none", "same-origin") and not follows_link:
            return 403, "Requests of other sites are not answered."
        return None

    def _known(self, name: str | None) -> bool:
        if name is None:
            return False
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return self._addresses or address.is_loopback


def host_name(host: str) -> str | None:
    """The name or address in a Host header, without the port; None if it is malformed.

    Example:
        >>> host_name("LocalHost:8080"), host_name("[::1]:80"), host_name("a b")
        ('localhost', '::1', None)
    """
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return None
    plain = not (parts.path or parts.query or parts.fragment or parts.username is not None)
    return name if name and plain and not any(c.isspace() for c in host) else None
