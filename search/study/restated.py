"""What a study was begun with, as a caller gives it: option by option, and as a command line."""

import shlex
from typing import Any

from search.settings import LATER, shared_fields, stored_space
from search.study.address import for_command_line
from space.choices.search_space import OwnSpace
from space.recipe import exact
from train.data.dataset import IN_MEMORY


def options_of(settings: dict[str, Any]) -> dict[str, Any]:
    """Return a study's settings, as `Settings.to_json` wrote them, by the names of `run`'s options in Python: limits
    and images one by one, the target in percent. What is a machine's own is not among them."""
    parameters, macs, activation_bytes = settings["budget"]
    options = {name: settings.get(stored, LATER.get(name)) for name, stored in shared_fields().items()}
    budgets = tuple(options.pop("budgets") or ())
    options |= {"budget": budgets or parameters, "max_macs": macs, "max_activation_bytes": activation_bytes}
    options |= {"space": stored_space(settings["space"])}
    return options | {"target": round(100 * settings["target"], 10)} | _images(settings)


def command_of(settings: dict[str, Any], storage: str | None) -> str:
    """Put together a command that goes on with a study whose own is not known, every option written out."""
    if settings.get("data", {}).get("given") == IN_MEMORY:  # which no option names, and the study knows
        return f"python -m search run --study {shlex.quote(settings['study'])}"
    options = options_of(settings) | {"storage": storage and for_command_line(storage)}
    words = ["python -m search run"]
    for name, value in options.items():
        if isinstance(value, OwnSpace):  # which no option names, and the study knows
            continue
        if value is not None and value is not False:
            option = "--hold" if name == "last_epochs" else f"--{name.replace('_', '-')}"
            shown = as_typed(value)
            words.append(option + ("" if value is True else f" {shlex.quote(shown)}"))
    return " ".join(words)


def as_typed(value: object) -> str:
    """Return a value of an option as it is typed."""
    if isinstance(value, tuple):
        return (", " if max(value) < 1_000 else ",").join(map(str, value))  # 500,900 is one number
    return exact(value) if isinstance(value, float) else str(value)


def _images(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the options that open the study's images again."""
    if "data" not in settings:  # of versions before 0.4
        return {"dataset": settings["dataset"]}
    data = settings["data"]
    done, channels = data["preparation"], data["preparation"]["channels"]
    return {
        "dataset": data["given"],
        "data_dir": data["root"],
        "image_size": done["image_size"],
        "gray": channels == "gray",
        "rgb": channels == "rgb",
        "limit_images": done["limit"],
        "hold_out": done["hold_out"],
    }
