"""Ctrl-C and SIGTERM: where a training stops, what is left, and the exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest

import tfcourse
from tfcourse.cli import signals
from tfcourse.errors import Interrupted

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")

ROOT = Path(tfcourse.__file__).parents[1]
BOTH = pytest.mark.parametrize(
    ("signum", "code", "word"),
    [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Terminated")],
    ids=["SIGINT", "SIGTERM"],
)


@pytest.fixture
def start(tmp_path):
    """``start("fit", "mf")``: the program in a process group of its own."""
    started = []

    def call(*args):
        program = subprocess.Popen(
            [sys.executable, "-m", "tfcourse.cli", *map(str, args)],
            env={k: v for k, v in os.environ.items() if not k.startswith("TF_")}
            | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(program)
        return program

    yield call
    for program in started:
        if program.poll() is None:
            program.kill()
        program.communicate()


# --- fit --------------------------------------------------------------------------------------


def wait_for(stream, begin):
    for line in stream:
        if line.startswith(begin):
            return
    raise AssertionError(f"no line {begin!r}")


@pytest.mark.parametrize(
    ("engine", "signum", "code", "word"),
    [("feed", signal.SIGTERM, 143, "Terminated"), ("graph", signal.SIGINT, 130, "Interrupted")],
    ids=["feed-SIGTERM", "graph-SIGINT"],
)
def test_fit_stops_after_the_running_batches(engine, signum, code, word, start, put, small_dir):
    args = ["fit", "mf", "--n-batch", 4, "--engine", engine, "--seed", 3, "--data-dir", small_dir]
    program = start(*args, "--model-dir", "m", "--epochs", 100000)
    wait_for(program.stdout, "03 ")
    program.send_signal(signum)
    program.send_signal(signum)  # as ``timeout`` does: still the first one
    _, err = program.communicate(timeout=60)
    assert program.returncode == code
    (line,) = err.splitlines()
    assert line.startswith(f"{word}: stopped ") and line.endswith("--resume goes on from there")
    epoch = int(line.split(" is saved in m,")[0].split()[-1])
    assert epoch >= 3
    again = put(*args, "--model-dir", "m", "--epochs", epoch + 1, "--resume")
    assert again["epochs"] == epoch + 1
    whole = put(*args, "--model-dir", "whole", "--epochs", epoch + 1)
    for name, curve in whole["hist"].items():
        assert again["hist"][name] == pytest.approx(curve, rel=1e-12)


def test_a_second_signal_ends_the_program_at_once(start, small_dir, tmp_path):
    """Also where the training does not come to the end of a batch."""
    script = tmp_path / "slow.py"
    script.write_text(
        "import time\n"
        "from tfcourse import training\n"
        "from tfcourse.cli import main, signals\n"
        "signals.REPEATED = 0.2\n"
        "def train(*args, **kwargs):\n"
        "    print('begun', flush=True)\n"
        "    while True: time.sleep(0.05)\n"
        "training.train = train\n"
        "main()\n"
    )
    program = subprocess.Popen(
        [sys.executable, str(script), "fit", "mf", "--data-dir", str(small_dir)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        wait_for(program.stdout, "begun")
        program.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(timeout=0.5)
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=10) == 143


# --- the callback -----------------------------------------------------------------------------


def test_the_watch_stops_where_the_training_can_go_on(tmp_path):
    model = types.SimpleNamespace(epoch=3)
    with signals.watched(tmp_path) as watch:
        watch.on_epoch_begin(model)
        watch.on_batch(model, 1, 9)
        signal.raise_signal(signal.SIGTERM)
        watch(model)  # the end of an epoch, which all other callbacks are to see
        watch.on_batch(model, 9, 9)  # the epoch is finished
        for hook, args in ((watch.on_batch, (2, 9)), (watch.on_batch, (2, 0)),
                           (watch.on_epoch_begin, ())):  # fmt: skip
            with pytest.raises(Interrupted, match=f"epoch 3 is saved in {tmp_path}") as raised:
                hook(model, *args)
            assert raised.value.signum == signal.SIGTERM
    assert "stopped before epoch 4" in str(raised.value)
    with pytest.raises(Interrupted, match="nothing is saved yet"):
        watch.on_epoch_begin(types.SimpleNamespace(epoch=0))


def test_handlers_are_put_back(tmp_path):
    before = [signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM)]
    with signals.end_at_once(), signals.watched(tmp_path):
        assert signal.getsignal(signal.SIGTERM) not in before
    assert [signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM)] == before


def test_an_ignored_signal_stays_ignored(tmp_path):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with signals.watched(tmp_path) as watch:
            signal.raise_signal(signal.SIGHUP)
        assert watch.signum is None
    finally:
        signal.signal(signal.SIGHUP, before)


@BOTH
def test_a_signal_ends_other_work_at_once(signum, code, word, cli, monkeypatch):
    from tfcourse import lessons

    monkeypatch.setattr(lessons, "find", lambda name: signal.raise_signal(signum))
    result = cli("fit", "mf")
    assert (result.exit_code, result.stderr) == (code, f"{word}.\n")


# --- several processes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to_group", "signum", "code", "word"),
    [
        pytest.param(
            True, signal.SIGINT, 130, "Interrupted", id="group-SIGINT", marks=pytest.mark.slow
        ),
        pytest.param(False, signal.SIGTERM, 143, "Terminated", id="parent-SIGTERM"),
    ],
)
def test_a_signal_ends_all_trainings(signum, code, word, to_group, start, tmp_path):
    program = start("pokemon-table", "--jobs", 2)
    wait_for(program.stderr, "seed 0, ")  # both children are at work
    (os.killpg if to_group else os.kill)(program.pid, signum)
    # The pipes end when the last process has ended.
    out, err = program.communicate(timeout=30)
    assert program.returncode == code
    assert out == "" and err.splitlines()[-1] == f"{word}." and "Traceback" not in err


@BOTH
def test_a_signal_while_the_processes_start(signum, code, word, start, tmp_path):
    """The parent is at work, and no child has ended its first training."""
    program = start(
        "sweep", "pokemon-ce", "--learning-rate", 0.1, 0.01, "--epochs", 500, "--jobs", 2
    )
    wait_for(program.stderr, "Generated stand-in")  # before the processes are started
    os.killpg(program.pid, signum)
    out, err = program.communicate(timeout=30)
    assert (program.returncode, out) == (code, "")
    assert err.splitlines()[-1] == f"{word}." and "Traceback" not in err
