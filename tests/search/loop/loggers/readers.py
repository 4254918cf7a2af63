"""What the logs of a study say, read by the tools' own readers, in one form: runs by trial."""

import json
import struct
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

from tests.search.searches import wait_until


@dataclass
class Run:
    """scalars: (epoch, value) of each in the order in which they were written. facts: in words."""

    scalars: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    facts: dict[str, str] = field(default_factory=dict)
    outcome: dict[str, str | float] = field(default_factory=dict)
    group: str = ""


def tensorboard(study):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import metadata

    runs = {}
    for place in (study / "tensorboard").iterdir():
        events = EventAccumulator(str(place)).Reload()
        run = runs[int(place.name.removeprefix("trial-"))] = Run(group=place.parent.parent.name)
        for name in events.Tags()["scalars"]:
            points = [(event.step, event.value) for event in events.Scalars(name)]
            if points[0][0]:
                run.scalars[name] = points
            else:
                ((_, run.outcome[name]),) = points
        with suppress(KeyError):  # of a trial that has not ended
            content = events.PluginTagToContent(metadata.PLUGIN_NAME)[metadata.SESSION_START_INFO_TAG]
            for name, value in metadata.parse_session_start_info_plugin_data(content).hparams.items():
                run.facts[name] = str(getattr(value, value.WhichOneof("kind")))
    return runs


def mlflow(study, uri=None):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri or f"sqlite:///{study / 'mlflow.db'}")
    experiment = client.get_experiment_by_name(study.name)
    runs = {}
    for stored in client.search_runs([experiment.experiment_id]):
        run = Run(facts=dict(stored.data.params), group=experiment.name)
        for name in stored.data.metrics:
            points = [(point.step, point.value) for point in client.get_metric_history(stored.info.run_id, name)]
            if points[0][0]:
                run.scalars[name] = sorted(points)
            else:
                ((_, run.outcome[name]),) = points
        run.outcome |= {name: stored.data.tags[name] for name in ("verdict", "reason") if name in stored.data.tags}
        run.outcome["status"] = stored.info.status
        trial = int(stored.info.run_name.removeprefix("trial "))
        assert trial not in runs
        runs[trial] = run
    return runs


def wandb(study):
    """Of several parts of a run, one."""
    runs = {}
    ids = {}
    for file in sorted((study / "wandb").glob("offline-run-*/run-*.wandb")):
        begun = None
        for record in wait_until(lambda file=file: ended(file), seconds=60):
            match record.WhichOneof("record_type"):
                case "run":
                    trial = int(record.run.display_name.removeprefix("trial "))
                    begun = runs.setdefault(trial, Run(group=record.run.run_group))
                    assert ids.setdefault(trial, record.run.run_id) == record.run.run_id
                    begun.facts |= _items(record.run.config.update)
                case "config":
                    begun.facts |= _items(record.config.update)
                case "history":
                    row = {
                        item.key or item.nested_key[0]: json.loads(item.value_json) for item in record.history.item
                    }
                    (axis,) = row.keys() & {"epoch", "screening/epoch"}
                    for name, value in row.items():
                        if name != axis and name[0] != "_":
                            begun.scalars[name].append((row[axis], value))
                case "summary":
                    begun.outcome |= {one.key: json.loads(one.value_json) for one in record.summary.update if one.key}
    return runs


def _items(update):
    return {one.key: str(json.loads(one.value_json)) for one in update if one.key != "_wandb"}


def ended(file):
    """The records of a run that has ended, which wandb's own process writes in its time; None before."""
    every = [*records(file)]
    return every if any(record.WhichOneof("record_type") == "exit" for record in every) else None


def records(file):
    """wandb's records in its file, which is a log as LevelDB has them (its own reader is not in Python)."""
    from wandb.proto.wandb_internal_pb2 import Record

    content, at, part = file.read_bytes(), 7, b""
    assert content[:4] in (b"", b":W&B")
    while at + 7 <= len(content):
        left = 32_768 - at % 32_768
        _, size, kind = struct.unpack("<IHB", content[at : at + 7])
        if left < 7 or not kind:
            at += left
            continue
        part += content[at + 7 : at + 7 + size]
        at += 7 + size
        if kind in (1, 4):  # a whole record, or the last part of one
            yield Record.FromString(part)
            part = b""


READERS = {"tensorboard": tensorboard, "mlflow": mlflow, "wandb": wandb}
