"""Standard output and error that are closed, full, without a reader, or in another encoding."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import tfcourse
from tfcourse.cli import streams

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")

ROOT = Path(tfcourse.__file__).parents[1]
FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def shell(request):
    """``shell("tfcourse lessons | head -1")``: a line in bash; returncode, stdout, stderr."""

    def run(line, **variables):
        program = f"{shlex.quote(sys.executable)} -m tfcourse.cli"
        env = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "PYTHON", "LC_"))}
        given = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": request.param, **variables}
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", line.replace("tfcourse", program)],
            env={**env, **given},
            capture_output=True,
            timeout=120,
        )

    return run


# Where standard output is closed, ``prepare`` opens another one, which has a buffer whatever Python was
# told; and what is in the buffer of a full standard error fails again at the end, without one only once.
UNBUFFERED_IS_SLOW = pytest.mark.parametrize(
    "shell",
    [pytest.param("", id="buffered"), pytest.param("1", id="unbuffered", marks=pytest.mark.slow)],
    indirect=True,
)


# --- closed, full, no reader ------------------------------------------------------------------


@UNBUFFERED_IS_SLOW
@pytest.mark.parametrize("command", ["lessons", "lessons --json", "lessons --help", "--version"])
def test_closed_standard_output_is_an_error(command, shell):
    done = shell(f"tfcourse {command} >&-")
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: ") and len(done.stderr.splitlines()) == 1
    assert b"Bad file descriptor" in done.stderr


@FULL
@pytest.mark.parametrize("command", ["lessons", "lessons --json", "lessons --help", "data"])
def test_a_full_disk_is_an_error(command, shell, small_dir):
    done = shell(f"tfcourse {command} > /dev/full")
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: ") and len(done.stderr.splitlines()) == 1
    assert b"No space left on device" in done.stderr


@pytest.mark.parametrize("command", ["lessons", "lessons --json", "--help", "lessons --help"])
def test_a_reader_that_ends_ends_the_program_quietly(command, shell):
    # The reader has ended for certain when the program begins to write.
    done = shell(f"(sleep 1; tfcourse {command}) | true")
    assert (done.returncode, done.stdout, done.stderr) == (141, b"", b"")


@UNBUFFERED_IS_SLOW
def test_closed_streams_are_no_traceback(shell):
    assert shell("tfcourse lessons >&- 2>&-").returncode == 1
    assert shell("tfcourse fit no-such-lesson <&- >&- 2>&-").returncode == 2
    done = shell("tfcourse lessons --json <&- 2>&-")
    assert done.returncode == 0 and json.loads(done.stdout)


@UNBUFFERED_IS_SLOW
@FULL
def test_errors_keep_their_exit_code_when_standard_error_is_full(shell):
    assert shell("tfcourse fit no-such-lesson 2>/dev/full").returncode == 2


FIT = "tfcourse fit mf --epochs 3 --model-dir m --data-dir"


@UNBUFFERED_IS_SLOW
def test_fit_goes_on_when_its_reader_ends(shell, small_dir, tmp_path):
    done = shell(f"{FIT} {small_dir} | true")
    note = b"Note: standard output: its reader has ended; the work goes on without it\n"
    assert (done.returncode, done.stderr) == (0, note)
    assert (tmp_path / "m" / "model-3.json").is_file()


@FULL
def test_fit_goes_on_when_the_disk_of_its_output_is_full(shell, small_dir, tmp_path):
    done = shell(f"{FIT} {small_dir} > /dev/full")
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        "Note: standard output: No space left on device; the work goes on without it",
        "Error: standard output: No space left on device",
    ]
    assert (tmp_path / "m" / "model-3.json").is_file()


@UNBUFFERED_IS_SLOW
def test_files_do_not_take_the_place_of_closed_streams(shell, small_dir, tmp_path):
    assert shell(f"{FIT} {small_dir} <&- >&- 2>&-").returncode == 1
    assert tfcourse.load(tmp_path / "m").epoch == 3


# --- letters ----------------------------------------------------------------------------------

TITLE = "彈性的應用"


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=str,
)
def test_letters_that_the_encoding_lacks_are_replaced(variables, shell):
    done = shell("tfcourse lessons", **variables)
    assert (done.returncode, done.stderr) == (0, b"")
    # click takes ASCII for a wrong setting, and writes UTF-8.
    shown = ["?" * len(TITLE)] if "latin-1" in variables.values() else ["?" * len(TITLE), TITLE]
    assert b"First Model - Basic MF" in done.stdout
    assert any(text.encode() in done.stdout for text in shown)
    done = shell("tfcourse lessons --json", **variables)
    assert (done.returncode, done.stderr) == (0, b"")
    titles = [row["title"] for row in json.loads(done.stdout)]
    assert any(TITLE in title for title in titles)  # escapes lose nothing


def test_the_locale_c(shell):
    done = shell("tfcourse lessons", LC_ALL="C")
    assert (done.returncode, done.stderr) == (0, b"")
    assert TITLE in done.stdout.decode("utf-8")


# --- in this process --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Toy Story (1995)", "Toy Story (1995)"),
        ("無間道, Cité, 👍", "無間道, Cité, 👍"),
        ("two\nlines", "two\nlines"),
        ("a\x1b[31mb\x07\r\t", r"a\x1b[31mb\x07\r\t"),
        ("\x7f\x80\x9f\u2028\u2029\u202e\u2066", r"\x7f\x80\x9f\u2028\u2029\u202e\u2066"),
        ("\udcff", r"\udcff"),
    ],
)
def test_clean(text, shown):
    assert streams.clean(text) == shown


class Broken(io.StringIO):
    """A stream whose reader has ended."""

    def write(self, text):
        raise BrokenPipeError(32, "Broken pipe")


def test_progress_on_standard_error_is_lost_in_silence(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", Broken())
    write = streams.Progress(to_stderr=True)
    write("one")
    write("two")
    assert capsys.readouterr().out == ""


def test_progress_says_once_that_its_lines_are_lost(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", Broken())
    write = streams.Progress(to_stderr=False)
    write("one")
    write("two")
    assert capsys.readouterr().err == (
        "Note: standard output: its reader has ended; the work goes on without it\n"
    )


def test_a_complaint_is_one_line(capsys):
    streams.complain("Error: one\ntwo\x1b")
    assert capsys.readouterr().err == "Error: one\\ntwo\\x1b\n"
