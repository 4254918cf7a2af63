"""Time training on this machine, once, and keep the rates for every search that predicts by them."""

import hashlib
import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import train
from search.replication.timing import side_by_side
from search.wording import duration
from train.device import Precision
from train.files.digests import BLANK, Damaged, as_object, digest, seal
from train.files.locks import one_at_a_time
from train.files.user_cache import user_cache
from train.files.whole import read_whole, write_whole
from train.rates import USUAL, Rates

_VERSION = 1  # of what is timed, and of how rates follow from it
_PROCESSOR = ("model name", "cpu family", "model", "stepping", "flags", "CPU implementer", "CPU part", "Features")
_PACKAGES = ("torch", "numba", "numpy")


def kept_rates(precision: Precision) -> Rates | None:
    """Return the rates of this machine's processor, where they are kept: measured with the same processor, precision,
    engine and versions."""
    try:
        return _read(_file(precision))
    except OSError:
        return None


def machine_rates(precision: Precision, *, say: Callable[[str], None]) -> Rates:
    """Return the rates that are kept, or else those measured now, in some seconds.

    say: Called with a line before that, and with one where they cannot be measured or kept.
    """
    file, rates = _file(precision), None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with one_at_a_time(file):  # of several searches that begin together one measures
            rates = _read(file)
            if rates is None:
                rates = _measured(precision, say)
                _write(rates, file)
            return rates
    except OSError as error:
        say(f"the rates of this machine are not kept for the next search: {file.parent} ({error.strerror or error})")
        return rates or _measured(precision, say)


def _measured(precision: Precision, say: Callable[[str], None]) -> Rates:
    from train.fast.ready import make_ready

    for line in make_ready(precision):  # lest compiling is taken for measuring
        say(line)
    say(f"measuring how fast this machine trains in {precision}, once, which takes some seconds")
    began = time.monotonic()
    (timings,) = side_by_side(_timings, [(precision,)])
    say(f"measured in {duration(time.monotonic() - began)}")
    return USUAL.fitted(timings)


def _timings(connection: Connection, _barrier: Barrier, _began: float, precision: Precision) -> None:
    from train.fast import process

    process.prepare()
    from train.calibration import timings

    connection.send(timings(precision))


def _file(precision: Precision) -> Path:
    """Name the file of the rates; another where anything differs that they depend on."""
    facts = [_VERSION, processor(), precision, "cpu", os.environ.get("NUMBA_CPU_FEATURES", ""), _engine()]
    facts += [platform.python_version(), *(importlib.metadata.version(name) for name in _PACKAGES)]
    return user_cache() / "rates" / f"{digest(json.dumps(facts).encode())[:32]}.json"


def processor() -> str:
    """Describe the processor, with what it can do as far as the system says."""
    try:
        lines = Path("/proc/cpuinfo").read_text().partition("\n\n")[0].splitlines()
    except OSError:
        return f"{platform.processor()} {platform.machine()}"
    pairs = (line.partition(":") for line in lines)
    return "; ".join(value.strip() for name, _, value in pairs if name.strip() in _PROCESSOR) or platform.machine()


def _engine() -> str:
    """Digest what trains, so that rates are measured again when it has changed."""
    content = hashlib.sha256()
    folder = Path(train.__file__).parent
    for file in sorted([*folder.glob("*.py"), *folder.glob("fast/*.py")]):
        content.update(f"{file.name}\0".encode() + file.read_bytes())
    return content.hexdigest()


def _read(file: Path) -> Rates | None:
    try:
        return Rates(as_object(read_whole(file), ("seconds",), of=file.name)["seconds"])
    except (FileNotFoundError, Damaged, AttributeError, KeyError, TypeError, ValueError):
        return None


def _write(rates: Rates, file: Path) -> None:
    content: Mapping[str, object] = {"seconds": dict(rates.seconds), "sha256": BLANK}
    write_whole(seal(json.dumps(content).encode(), of=file.name), file)
