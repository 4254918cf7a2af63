"""Student's t, for intervals and differences of means over few seeds."""


def quantile(degrees: int) -> float:
    """Below which 97.5 % of the distribution with so many degrees of freedom lie, so that 95 % lie within ±."""
    from scipy.special import stdtrit  # scipy.stats, which has it too, takes a second to load

    return float(stdtrit(degrees, 0.975))
