"""URLs of the databases that several coordinators may share."""

import re
from typing import TYPE_CHECKING

from search.errors import UserError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

_DRIVER = "postgresql+psycopg"


def parse_storage(text: str | None) -> str | None:
    """Return the URL in its normal form; raise UserError, which does not repeat it: it may hold a password."""
    if text is None:
        return None
    form = "postgresql+psycopg://USER:PASSWORD@HOST:PORT/DATABASE"
    if not isinstance(text, str):
        raise UserError(f"`storage` must be a URL like {form}, not a {type(text).__name__}")
    kind = re.match(r"([\w+]+)://", text)
    if kind and kind[1] not in ("postgresql", _DRIVER):  # said before sqlalchemy is loaded
        raise UserError(
            f"`storage` must be like {form}, not of the kind {kind[1]}; "
            f"without it the study is kept in a SQLite file in runs/"
        )
    try:
        url = _parsed(text) if kind else None
    except ValueError:
        url = None
    if url is None:
        raise UserError(f"`storage` must be like {form}, and what came is no such URL")
    if not url.database:
        raise UserError(f"`storage` must name a database: {form}")
    if "@" in (url.host or "") or any("password" in name for name in url.query):
        raise UserError(
            f"`storage` must be like {form}, the password before the host, with @ : / and % "
            f"in it written as %40 %3A %2F and %25"
        )
    return url.set(drivername=_DRIVER).render_as_string(hide_password=False)


def _parsed(text: str) -> "URL":
    """Parse it; raise ValueError where it is no URL, or its host no name that the driver would look up."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text)
    except ArgumentError as error:
        raise ValueError(error) from None
    (url.host or "").encode("idna")  # labels may be empty or too long
    return url


def for_command_line(url: str) -> str | None:
    """Return the URL as a command may have it that is printed; None where it has a password, which any command line
    shows to whoever lists processes: $THIMBLE_STORAGE has it."""
    return None if has_password(url) else url


def has_password(url: str) -> bool:
    """Say so of a URL, or of a text that may be one."""
    return bool(re.match(r"[^/]*//[^/@]*:.*@", url))


def without_password(url: str) -> str:
    """Return the URL as it may be shown and written down."""
    from sqlalchemy.engine import make_url

    return make_url(url)._replace(password=None).render_as_string()
