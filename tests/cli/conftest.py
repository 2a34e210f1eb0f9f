"""What the tests of the command line share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# The fields of each command's JSON: those of the contract, and what the program gives beyond it.
CONTRACT = {
    "lessons": "name title section file",
    "fit": "lesson protocol engine seed epochs model_dir hist seconds_per_epoch",
    "evaluate": "lesson protocol rmse mae auc ndcg_strict ndcg_normal precision_strict "
    "precision_normal recall loss",
    "movies": "index movie_id title genres score",
    "recommend": "rung items",
    "data": "name source path rows licence complete",
}
CONTRACT["compare"] = CONTRACT["evaluate"]
BEYOND = {
    "evaluate": "split",
    "lessons": "kind command",
    "data": "movies classes note files",
    "compare": "epochs kept_epoch most_like split",
}


@pytest.fixture(scope="session")
def has_keys():
    """``has_keys(value, "fit")``: whether a value has the fields of a kind, and no others."""

    def check(value, kind):
        contract, beyond = CONTRACT[kind].split(), BEYOND.get(kind, "").split()
        return set(contract) <= set(value) <= {*contract, *beyond}

    return check


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Commands write to ./data and ./checkpoints by default: not in the checkout."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def put(cli):
    """``put("lessons")``: the JSON that a command prints, which is all of its standard output."""

    def call(*args):
        result = cli(*args, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    return call


@pytest.fixture(scope="session")
def refused(cli):
    """``refused(2, "fit", said="LESSON")``: a user's mistake gives its exit code and one line that
    says it, after lines of progress at most."""

    def call(code, *args, said="", progress=False):
        result = cli(*args)
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
        assert len(lines) == 1 and result.stderr.rstrip().endswith(lines[0])
        assert said in lines[0]
        assert progress or result.stdout == ""
        return lines[0]

    return call


@pytest.fixture(scope="session")
def fitted(cli, small_dir, tmp_path_factory):
    """``fitted("mf")``: what fit printed, and the folder, after two epochs on the small data. The
    folder is not to be written to."""
    made: dict[str, tuple] = {}

    def get(lesson):
        if lesson not in made:
            folder = tmp_path_factory.mktemp("fit") / lesson
            result = cli("fit", lesson, "--epochs", 2, "--json", "--seed", 3,
                         "--data-dir", small_dir, "--model-dir", folder)  # fmt: skip
            assert result.exit_code == 0, result.stderr
            made[lesson] = result, folder
        return made[lesson]

    return get


@pytest.fixture(scope="session")
def python():
    """``python("-m", "tfcourse.cli")``: another Python; returncode, stdout, stderr."""

    def run(*args):
        env = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
        root = str(Path(__file__).parents[2])
        return subprocess.run(
            [sys.executable, *map(str, args)],
            env={**env, "PYTHONPATH": root},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def built(monkeypatch):
    """The lessons built and restored in this process, as it happens: two lists of class names."""
    from tfcourse.model import BaseModel

    lessons: list[str] = []
    restored: list[str] = []
    begin, set_weights = BaseModel.__post_init__, BaseModel.set_weights

    def counted(model):
        lessons.append(type(model).__name__)
        begin(model)

    def noted(model, *args, **kwargs):
        restored.append(type(model).__name__)
        set_weights(model, *args, **kwargs)

    monkeypatch.setattr(BaseModel, "__post_init__", counted)
    monkeypatch.setattr(BaseModel, "set_weights", noted)
    return lessons, restored


@pytest.fixture
def full_disk(tmp_path):
    """A folder on a file system of its own that is full: it holds one file, "filler"."""
    folder = tmp_path / "full"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        with pytest.raises(OSError), open(folder / "filler", "wb", buffering=0) as file:
            while True:
                file.write(bytes(1024))
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
