"""``trainwright ui``: the runs in a browser."""

from __future__ import annotations

import click

from trainwright.cli.metadata import metadata_options, open_metadata
from trainwright.cli.settings import verbose_option


@click.command(
    epilog="""
\b
Examples:
  trainwright ui --output out
  trainwright ui --metadata postgresql://db/runs --port 0 --open
"""
)
@metadata_options
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    metavar="N",
    help="Where to listen; 0 for any port that is free.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="The address to listen on. Any but this machine's own needs --allow-remote.",
)
@click.option(
    "--allow-remote",
    is_flag=True,
    help="Let other machines read all that is recorded: there are no passwords.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="NAME",
    help="With --allow-remote: a name by which browsers call this machine, besides its addresses.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open a browser.")
@verbose_option
def ui(
    output: str | None,
    metadata: str | None,
    port: int,
    host: str,
    allow_remote: bool,
    names: tuple[str, ...],
    open_browser: bool,
) -> None:
    """Show the runs in a browser.

    Lists, filters, sorts and compares the runs of a database, and draws curves of runs that are
    going on. It answers this machine only, and changes nothing. Ctrl-C ends it.
    """
    from trainwright.errors import InvalidArgumentError

    store = open_metadata(output, metadata)
    try:
        from trainwright.ui.serving import is_local, listen, serve
    except ImportError as error:
        raise InvalidArgumentError(
            f"The pages need the package {error.name}, which is not installed.",
            hint='Install it: pip install "trainwright[ui]"',
        ) from error
    if not is_local(host) and not allow_remote:
        raise InvalidArgumentError(
            f"Other machines could read everything at {host}.",
            hint="Leave out --host, or add --allow-remote if that is wanted.",
        )
    bound = listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{bound.getsockname()[1]}/"
    click.echo(f"Runs of {store.location.name}: {address}", err=True)
    if open_browser:
        click.launch(address)
    serve(store, bound, names=names)
