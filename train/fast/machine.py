"""How many images a block of the engine has, and how many blocks the registers of this machine hold."""

import llvmlite.binding
from numba import config


def _has(feature: str) -> bool:
    """Says whether the code that numba compiles may use the feature, which `NUMBA_CPU_FEATURES` may forbid."""
    allowed: str | None = config.CPU_FEATURES  # type: ignore[attr-defined]
    if allowed is not None:
        return f"+{feature}" in allowed.split(",")
    return bool(llvmlite.binding.get_host_cpu_features().get(feature))


AVX512 = _has("avx512f")
PAIRS = _has("avx512bf16")  # whether products of bfloat16 numbers are summed up in pairs by one instruction
REGISTER = 16 if AVX512 else 8  # float32 numbers in a register; ARM's has 4 and takes two for one of these
LANES = 2 * REGISTER  # images in a block
TILE = 12 if AVX512 else 6  # blocks that are summed up at once; with what is multiplied they fill the registers
