"""What of a process is its owner's, and a call of ours must leave as it is."""

import locale
import logging
import os
import random
import signal
import sys
import threading
import warnings

import numpy
import optuna
import psutil
import torch

THEIRS = ("train", "space", "results", "data", "utils", "__main__")


def state():
    """Returns it all, by name."""
    return {
        "torch": (
            torch.get_num_threads(),
            torch.get_num_interop_threads(),
            (torch.tensor([1e-39], dtype=torch.float32) * 0.5).item() == 0,  # whether denormal numbers are flushed
            torch.get_default_dtype(),
            torch.get_default_device(),
            torch.are_deterministic_algorithms_enabled(),
            torch.is_grad_enabled(),
            torch.is_inference_mode_enabled(),
            torch.is_autocast_enabled("cpu"),
            torch.get_float32_matmul_precision(),
            torch.backends.cudnn.benchmark,
            torch.backends.cudnn.deterministic,
            torch.backends.mkldnn.enabled,
        ),
        "random states": (random.getstate(), str(numpy.random.get_state()), torch.get_rng_state().tolist()),
        "numpy": (numpy.geterr(), numpy.get_printoptions()),
        "signals": [signal.getsignal(number) for number in sorted(signal.valid_signals())],
        "mask": signal.pthread_sigmask(signal.SIG_BLOCK, []),
        "warnings": (list(warnings.filters), warnings.showwarning),
        "logging": {
            name: (logger.level, list(logger.handlers), list(logger.filters), logger.propagate, logger.disabled)
            for name, logger in {**logging.root.manager.loggerDict, "root": logging.root}.items()
            if isinstance(logger, logging.Logger)
        },
        "verbosity": optuna.logging.get_verbosity(),
        "path": (list(sys.path), list(sys.meta_path), list(sys.argv)),
        "modules": {name: sys.modules.get(name) for name in THEIRS},
        "hooks": (sys.excepthook, sys.displayhook, threading.excepthook, sys.stdout, sys.stderr),
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "locale": locale.setlocale(locale.LC_ALL),
        "threads": {thread.name for thread in threading.enumerate()},
    }


def check(before):
    """Fails where something is not as it was."""
    after = state()
    after["logging"] = {name: after["logging"].get(name) for name in before["logging"]}  # new ones are nobody's
    for name, value in before.items():
        assert after[name] == value, f"{name}: {value} before, {after[name]} after"


def workers():
    """Returns the processes of ours that are left, but that which looks after what they share."""
    return [
        child.pid for child in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(child.cmdline())
    ]
