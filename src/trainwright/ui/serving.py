"""Listens for a browser."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection

import uvicorn

from trainwright.errors import InvalidArgumentError
from trainwright.lineage import LineageStore
from trainwright.ui.app import create_app
from trainwright.ui.guard import Guard

__all__ = ["is_local", "listen", "serve"]


def is_local(host: str) -> bool:
    """Whether only this machine can reach that address.

    Example:
        >>> is_local("127.0.0.1"), is_local("localhost"), is_local("0.0.0.0")
        (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """Takes a port.

    Args:
        host: an address of this machine.
        port: its number; 0 for any that is free.

    Raises:
        InvalidArgumentError: it is taken, or this machine does not have the address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        taken = socket.socket(family, kind, protocol)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
    except OSError as error:
        raise InvalidArgumentError(
            f"Port {port} of {host} cannot be listened on: {error.strerror or error}.",
            hint="Choose another one with --port; 0 takes any that is free.",
        ) from error
    return taken


def serve(
    store: LineageStore,
    bound: socket.socket,
    *,
    names: Collection[str] = (),
    started: Callable[[uvicorn.Server], None] | None = None,
) -> None:
    """Answers requests until it is interrupted.

    Args:
        store: the database, read only.
        bound: from :func:`listen`.
        names: by which other machines may call this one, besides its addresses.
        started: gets the server, whose ``should_exit`` ends it.
    """
    address = str(bound.getsockname()[0])
    guard = Guard(create_app(store), names, addresses=not is_local(address))
    config = uvicorn.Config(
        guard,  # type: ignore[arg-type,unused-ignore]
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    if started is not None:
        started(server)
    server.run(sockets=[bound])
