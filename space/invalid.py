"""`InvalidDesign`: what is raised for a network, recipe or notation that cannot exist."""


class InvalidDesign(ValueError):
    """An error that says that a network, recipe or notation cannot exist: what must hold, and what came."""


def require(holds: bool, rule: str, came: object) -> None:
    """Raises InvalidDesign with the rule and what came, unless the rule holds."""
    if not holds:
        raise InvalidDesign(f"{rule}, not {came}")


def require_divided(maps: int, noun: str, groups: int) -> None:
    """Raises InvalidDesign where maps do not divide into groups. noun: what one of them is called."""
    if maps % groups:
        raise InvalidDesign(f"{maps} {noun}{' does' if maps == 1 else 's do'} not divide into {groups} groups")
