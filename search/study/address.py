"""URLs of the databases that several coordinators may share."""

from search.errors import UserError


def parse_storage(text: str | None) -> str | None:
    """Return the URL in its normal form; raise UserError, which does not repeat it: it may hold a password."""
    if text is None:
        return None
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    form = "postgresql+psycopg://USER:PASSWORD@HOST:PORT/DATABASE"
    try:
        url = make_url(text)
        (url.host or "").encode("idna")  # as the driver will; labels may be empty or too long
    except (ArgumentError, ValueError):
        raise UserError(f"`storage` must be like {form}, and what came is no such URL") from None
    if url.drivername not in ("postgresql", "postgresql+psycopg"):
        raise UserError(
            f"`storage` must be like {form}, not of the kind {url.drivername}; "
            f"without it the study is kept in a SQLite file in runs/"
        )
    if not url.database:
        raise UserError(f"`storage` must name a database: {form}")
    if "@" in (url.host or "") or any("password" in name for name in url.query):
        raise UserError(
            f"`storage` must be like {form}, the password before the host, with @ : / and % "
            f"in it written as %40 %3A %2F and %25"
        )
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def without_password(url: str) -> str:
    """Return the URL as it may be shown and written down."""
    from sqlalchemy.engine import make_url

    return make_url(url)._replace(password=None).render_as_string()
