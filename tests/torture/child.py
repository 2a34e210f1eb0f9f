"""A training in a process of its own, which may be killed.

``python -m tests.torture.child '{"lesson": "mf", ...}'`` prints a line when the training begins
("begin 2": it goes on after epoch 2), when an epoch is saved ("epoch 3") and when it has ended ("end {...}").
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from tests.torture import trainings
from tests.torture.operations import Watch, moving, watched


class Telling:
    """A callback that tells the parent how far the training is."""

    def on_fit_begin(self, model: object, n_epoch: int) -> None:
        print("begin", getattr(model, "epoch", 0), flush=True)

    def __call__(self, model: trainings.BaseModel) -> None:
        print("epoch", model.epoch, flush=True)


def _kill(what: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    job = json.loads(sys.argv[1])
    plan = next(plan for plan in trainings.PLANS if plan.lesson == job["lesson"])
    data, folder = trainings.prepared(plan, Path(job["data_dir"])), Path(job["folder"])
    at = job.get("kill_at", 0)
    counting = moving(folder) if job.get("only_moving") else (lambda: True)
    with watched(Watch(folder, at, at, _kill, counting)) as watch:
        model = trainings.train(
            plan,
            data,
            folder,
            callbacks=[Telling()],
            hyper=job.get("hyper"),
            resume=job.get("resume", False),
            overwrite=job.get("overwrite", False),
        )
    result = trainings.ended(model, folder)
    found = {**vars(result), "names": sorted(result.names), "operations": len(watch.seen)}
    print("end", json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
