"""Whether a folder may become a study's: `delete` removes all that is in a study's folder."""

from search.errors import UserError
from search.study.folder import StudyFolder, existing

_OURS = frozenset(
    ("lock", "weights", "checkpoints", "uploads", "told", "finals", "refit", "dashboard.log", "tensorboard", "wandb")
)  # which may be there before the study is, or when it has lost its database
_BEGINNINGS = ("study.db-", "mlflow", "settings.json", "search.toml", "space.toml", ".")


def check_room(folder: StudyFolder) -> None:
    """Makes sure that a study that has not begun finds a folder without anybody's files.

    Raises:
        UserError: There are some, which would go when the study is deleted, or it cannot be read.
    """
    try:
        if not folder.path.is_dir() or folder.name in existing(folder.runs):
            return
        names = sorted(file.name for file in folder.path.iterdir())
    except OSError as error:
        raise UserError(
            f"the folder {folder.path} cannot be read ({error.strerror}); make it readable, or name another with "
            f"`study`"
        ) from None
    theirs = [name for name in names if name not in _OURS and not name.startswith(_BEGINNINGS)]
    if theirs:
        raise UserError(
            f"the folder {folder.path} holds {theirs[0]!r}, which is not a study's, and deleting the study would "
            f"remove it; name a new or an empty folder with `study`"
        )
