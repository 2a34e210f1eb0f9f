"""The program: help, exit codes, and what it imports."""

from __future__ import annotations

import json

import click
import pytest

from tfcourse.cli import main


def commands(group=main, path=()):
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_has_help_with_an_example(path, cli):
    result = cli(*path, "--help")
    assert result.exit_code == 0
    assert "Example:\n" in result.stdout
    example = result.stdout.split("Example:\n")[1].splitlines()[0].strip()
    assert example.startswith("tfcourse " + " ".join(path))
    assert cli(*path, "-h").stdout == result.stdout


def test_help_and_version(cli):
    from tfcourse import __version__

    result = cli("--help")
    assert result.exit_code == 0
    order = [result.stdout.index(f"\n  {' '.join(path)} ") for path in commands() if len(path) == 1]
    assert order == sorted(order) and len(order) == 16
    assert __version__ in cli("--version").stdout


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("lessons", "--json"),
        ("example", "--seed --data-dir --plot --json"),
        ("fit", "--protocol --split --epochs --seed --engine --data-dir --model-dir --resume --overwrite "
         "--early-stopping --time-limit --csv-log --tensorboard --plot --keep --time-aware --lenient "
         "--json"),
        ("sweep", "--protocol --split --epochs --seed --seeds --engine --data-dir --lenient --plot --jobs "
         "--json"),
        ("plot", "--out --json"),
        ("pokemon-table", "--seeds --resplit --slide --epochs --data-dir --plot --jobs --json"),
        ("evaluate", "--lesson --protocol --split --catalogue --data-dir --lenient --json"),
        ("describe", "--json"),
        ("most-like", "-k --by --new-movie --lesson --data-dir --json"),
        ("recommend", "--user --liked --rated -k --by --with-seen --enough --popularity --explain "
         "--new-movie --lesson --data-dir --lenient --json"),
        ("compare", "--protocol --epochs --seed --engine --data-dir --lenient --folder --leaks --retrain "
         "--ladder --seeds --split --no-rivals --html --jobs --json"),
        ("export", "--lesson --data-dir --json"),
        ("data", "--data-dir --json"),
        ("demo", "--data-dir --seed --out"),
        ("read", "--out --serve --port --checkpoints --data-dir --json"),
    ],
)  # fmt: skip
def test_every_option_of_the_contract_is_there(command, options):
    found = {name for p in main.commands[command].params for name in p.opts if name[0] == "-"}
    assert found == set(options.split())


LIGHT = """
import sys
from click.testing import CliRunner
from tfcourse.cli import main
for args in (["--help"], ["fit", "--help"], ["data", "download", "--help"], ["lessons", "--json"],
             ["most-like", "--help"], ["--version"], ["no-such-command"]):
    CliRunner().invoke(main, args)
heavy = {"tensorflow", "pandas", "sklearn", "matplotlib", "tf_keras", "numpy", "multiprocessing"}
print(sorted(heavy & set(sys.modules)))
"""


def test_help_loads_nothing_heavy(python):
    done = python("-c", LIGHT)
    assert (done.stdout, done.stderr) == ("[]\n", "")


PARENT = """
import sys
from tfcourse.cli import main
try:
    main(["pokemon-table", "--seeds", "1", "--epochs", "1", "--jobs", "2", "--data-dir", sys.argv[1]])
except SystemExit as stop:
    print(stop.code, "tensorflow" in sys.modules)
"""


def test_with_jobs_the_children_import_tensorflow_and_the_parent_does_not(python, tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(f"if __name__ == '__main__':\n{indented(PARENT)}")
    done = python(script, tmp_path / "data")
    assert done.stdout.splitlines()[-1] == "0 False", done.stderr
    assert all(line.startswith("seed 0, ") for line in done.stderr.splitlines()), done.stderr
    assert len(done.stderr.splitlines()) == 8


def indented(code):
    return "".join(f"    {line}\n" for line in code.splitlines())


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["fit"], "LESSON"),
        (["fit", "no-such-lesson"], "mf-with-history"),
        (["no-such-command"], "no-such-command"),
        (["lessons", "--colour"], "--colour"),
        (["evaluate"], "DIR"),
        (["most-like", "somewhere"], "QUERY"),
        (["most-like", "somewhere", "0", "-k", "0"], "-k"),
        (["recommend", "somewhere", "--user", "1", "--liked", "Heat"], "not both"),
        (["compare", "--protocol", "all"], "both"),
        (["compare", "--leaks", "--html", "page.html"], "without --leaks"),
        (["compare", "--jobs", "0"], "--jobs"),
        (["data", "download", "no-such-data"], "movielens"),
        (["data", "mend"], "mend"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(args, said, refused, tmp_path):
    refused(2, *args, said=said)
    assert list(tmp_path.iterdir()) == []


def test_the_program_prints_json_and_nothing_else(fitted, python):
    done = python("-m", "tfcourse.cli", "most-like", fitted("mf")[1], "Heat", "-k", 3, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["title"] for row in json.loads(done.stdout)][0] == "Heat (1995)"


def test_the_program_fails_in_one_line(python):
    done = python("-m", "tfcourse.cli", "evaluate", "no-such-folder")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: no-such-folder: no such folder or checkpoint\n"


def test_interrupted(cli, monkeypatch):
    from tfcourse import lessons

    def interrupt(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(lessons, "find", interrupt)
    result = cli("fit", "mf")
    assert result.exit_code == 130 and "Traceback" not in result.output
