"""What the database says of a study as a whole, checked before it is used."""

from typing import Annotated, Any, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    create_model,
)

from search.errors import UserError
from search.settings import LATER, Settings, shared_fields
from search.study.begun import ATTRIBUTE, Identity
from search.study.parsing import Share, complaint
from search.version import thimble_version

_STRICT = ConfigDict(strict=True)
_OF_NO_MACHINE = {"workers": 1, "timeout": None, "device": "cpu", "finals": 0}
_OF_ITS_OWN: dict[str, Any] = {  # fields that are stored in another form than `Settings` has them
    "budget": (Annotated[list[PositiveInt | None], Field(min_length=3, max_length=3)], ...),
    "dataset": (str, ...),
    "images": (dict[str, PositiveInt] | None, None),  # of versions before 0.4
    "data": (dict[str, Any] | None, None),
    "space": (str | dict[str, Any], ...),
    "budgets": (list[PositiveInt], []),
    "patience": (Annotated[int | None, Field(gt=0)], None),
}
_HINTS = get_type_hints(Settings)
_OF_SETTINGS: dict[str, Any] = {
    stored: (_HINTS[name], LATER.get(name, ...)) for name, stored in shared_fields().items()
}
_Settings = create_model("_Settings", __config__=_STRICT, **_OF_SETTINGS | _OF_ITS_OWN)


class _Beginning(BaseModel):
    """A value that has what settings.json and nothing else has of a study."""

    model_config = _STRICT
    data_dir: str | None = None
    note: str = ""
    command: str = ""
    created: str = ""
    versions: dict[str, str] = {}


class _Study(BaseModel):
    """A value that has what is read of a study's attributes."""

    model_config = _STRICT
    identity: Identity | None = None
    settings: Annotated[dict[str, Any], AfterValidator(_Settings.model_validate)] | None = None
    finals: dict[Annotated[str, Field(pattern=r"^\d{1,9}$")], Annotated[list[Share], Field(min_length=1)]] = {}
    beginning: _Beginning | None = Field(default=None, alias=ATTRIBUTE)
    begun: bool = False
    sampled_from: NonNegativeInt = 0


def checked(attributes: dict[str, Any], *, of: str) -> dict[str, Any]:
    """Return the attributes of the study `of`.

    Raises:
        UserError: One is not what was written; one line that names it.
    """
    empty = [key for key in _Study.model_fields if key in attributes and attributes[key] is None]
    try:
        read = _Study.model_validate(attributes)
        if read.settings:
            Settings.from_json(attributes["settings"], **_OF_NO_MACHINE)
    except ValidationError as error:
        name, why = complaint(error)
    except (KeyError, TypeError, ValueError, UserError) as error:
        name, why = "settings", f"is not as it was written: {str(error).replace('`', '')}"
    else:
        if not empty:
            return attributes
        name, why = empty[0], "is empty"
    remedy = _newer(attributes.get(ATTRIBUTE)) or "put the database back as it was"
    raise UserError(f"study {of} cannot be read: its attribute {name!r} {why}; {remedy}")


def _newer(beginning: Any) -> str:
    """Say with which version a study can be read that a later one than this has begun; empty where none has."""
    try:
        begun, own = beginning["versions"]["thimble"], thimble_version()
        later = [int(part) for part in begun.split(".")] > [int(part) for part in own.split(".")]
    except (AttributeError, KeyError, TypeError, ValueError):  # it says no version
        return ""
    return f"it was begun with version {begun}, and this is {own}; use that one" if later else ""
