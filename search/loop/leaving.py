"""What becomes of trials that are not told when a search ends."""

from collections.abc import Callable, Mapping
from dataclasses import asdict

from search.errors import StorageAway
from search.loop.asked import Asked, End
from search.study.folder import StudyFolder
from search.study.store import Store


def leave(asked: Mapping[int, Asked], *, store: Store, folder: StudyFolder, noted: Callable[[str], None]) -> None:
    """Queues them again; where the database is away, keeps what has ended in the folder."""
    patience, away = store.patience, False
    waited, patience.seconds = patience.seconds, 0
    for number, one in asked.items():
        try:
            if not away:
                store.requeue(one.trial)
        except StorageAway:  # the next start finds the lease of a process that is gone
            away = True
        if away and one.end:
            _spool(number, one, one.end, folder, noted)
    patience.seconds = waited


def _spool(number: int, asked: Asked, end: End, folder: StudyFolder, noted: Callable[[str], None]) -> None:
    try:
        curve = [asdict(score) for score in asked.curve]
        folder.spool(number, {"design": asked.named_design, "end": asdict(end), "curve": curve})
    except OSError as error:
        noted(f"the result of trial {number} cannot be kept ({error}); it goes on from its checkpoint")
