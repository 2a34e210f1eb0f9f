"""A lab in a process of its own: what its cells may do, and what is said of it."""

from __future__ import annotations

import dataclasses
import os
import sys
import threading
import time

import psutil
import pytest

from tests.labs import small_labs
from tfcourse.errors import UsageError
from tfcourse.labs import running


def _hints(result):
    return {name: verdict.hint for name, verdict in result.verdicts.items()}


def _ends(pid, seconds=5):
    """Whether a process ends within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_all_done(check_small):
    result = check_small("x = 1", "x = x + 2\ny = 1")
    assert (result.done, result.total, result.error) == (2, 2, "")
    assert result.verdicts["x"].why == "x is 3" and result.verdicts["x"].why_zh == "x 是 3"


def test_cells_run_on_after_an_error(check_small):
    result = check_small("x = 3", "1 / 0", "y = 2")
    assert result.done == 2 and not result.error


def test_a_variable_whose_cell_stopped(check_small):
    result = check_small("a = 1\nx = a + b", "y = {}['known']")
    assert _hints(result) == {"x": "cell-stopped", "y": "known-error"}
    why = result.verdicts["x"].why
    assert "`x` is not set: cell 1, line 2, stopped with NameError: name 'b' is not defined" in why
    assert result.verdicts["y"].why.startswith("the key is not there (`y` is not set: cell 2")
    assert result.verdicts["y"].why_zh.startswith("沒有這個 key")


def test_an_open_task_says_which_error_its_cell_stopped_with(check_small):
    known = check_small("x = 4\n{}['known']", "y = 1").verdicts["x"]
    assert known.hint == "known-error" and known.why.startswith("the key is not there (cell 1,")
    verdict = check_small("x = 4\n1 / 0", "y = 1").verdicts["x"]
    assert verdict.hint == "wrong-x"
    assert (
        verdict.why == "x is 4 (cell 1, line 2, stopped with ZeroDivisionError: division by zero)"
    )


def test_a_syntax_error(check_small):
    result = check_small("x = = 3", "y = 1")
    assert _hints(result) == {"x": "cell-stopped", "y": ""}
    assert "SyntaxError" in result.verdicts["x"].why


def test_a_variable_that_no_cell_sets(check_small):
    result = check_small("y = 1")
    assert _hints(result) == {"x": "not-set", "y": ""}
    assert result.verdicts["x"].why == "`x` is not set: no cell sets it"


def test_a_check_that_fails_is_a_verdict(check_small):
    result = check_small("x = 'raise'\ny = 1")
    assert _hints(result) == {"x": "cannot-look", "y": ""}
    assert "ValueError: x is bad" in result.verdicts["x"].why


def test_the_last_values_count(check_small):
    assert _hints(check_small("x = 3\ny = 1", "x = 4"))["x"] == "wrong-x"


def test_magics_and_shell_lines(check_small):
    result = check_small(
        "%matplotlib inline\n!pip install nothing\nfiles = !ls\n%time x = 3",
        "%%time\ny = 1\ndisplay(y)",
    )
    assert result.done == 2
    assert check_small("%%bash\nexit 1", "x = 3\ny = 1").done == 2


def test_parameters_are_set_after_their_cell(check_small):
    cells = ("wanted = 3", "x = wanted\ny = 1")
    result = check_small(*cells, tags={1: ["parameters"]}, parameters={"wanted": 7})
    assert result.verdicts["x"].why == "x is 7" and result.done == 2
    assert (
        check_small("x = wanted\ny = 1", parameters={"wanted": 8}).done == 2
    )  # without such a cell


def test_the_lab_runs_in_its_folder_as_the_main_module(check_small, tmp_path):
    (tmp_path / "beside.py").write_text("import os\nwhere = os.getcwd()\n")
    result = check_small(
        "import os, pickle\nclass A: pass\npickle.loads(pickle.dumps(A()))\npickled = True",
        "import matplotlib.pyplot as plt\nfound = [__name__, plt.get_backend().lower(), pickled]",
        f"import beside\nx = 3 if beside.where == {str(tmp_path)!r} else 0",
        "y = found if found == ['__main__', 'agg', True] else 1 / 0",
    )
    assert result.done == 2


def test_a_lab_that_cannot_be_started(check_small, monkeypatch):
    monkeypatch.setattr(small_labs, "SMALL", dataclasses.replace(small_labs.SMALL, name="unknown"))
    result = check_small("x = 3", "y = 1")
    assert result.error.startswith("the lab could not be started: ") and result.done == 0
    assert "unknown lab 'unknown'" in result.error
    assert _hints(result) == {"x": "ended-python", "y": "ended-python"}


def test_a_report_that_a_lab_has_spoiled(check_small):
    spoil = (
        "import gc, io\nfor f in gc.get_objects():\n"
        "    if isinstance(f, io.TextIOWrapper) and f.name and str(f.name).endswith('report'):\n"
        '        f.write(\'{\\n[1]\\n{"verdict": 3, "task": []}\\n\'); f.flush()'
    )
    result = check_small("x = 3", spoil, "y = 1")
    assert result.done == 2 and not result.error


def test_input_ends_at_once(check_small):
    assert "EOFError" in check_small("x = input()", "y = 1").verdicts["x"].why


def test_a_lab_that_never_ends(check_small):
    never = "import time\nx = 0\nwhile True: time.sleep(0.01)"
    result = check_small("y = 1", never, seconds=4)
    assert result.error == "the lab ran longer than 4 s; cell 2 was running"
    assert _hints(result) == {"x": "time-limit", "y": ""}
    assert result.verdicts["x"].why_zh == "執行超過 4 秒，停在 cell 2"
    assert result.seconds < 12


def test_a_lab_that_eats_memory(check_small):
    result = check_small(
        "y = 1", "a = []\nwhile True: a.append(bytearray(10_000_000))", memory=2**28
    )
    assert result.error == "the lab needed more than 0.25 GB of memory; cell 2 was running"
    assert _hints(result) == {"x": "memory-limit", "y": ""}


def test_memory_of_processes_that_it_starts(check_small):
    code = "a = bytearray(400_000_000); import time; time.sleep(60)"
    result = check_small(
        f"y = 1\nimport subprocess, sys\nsubprocess.run([sys.executable, '-c', {code!r}])",
        memory=2**28,
    )
    assert result.error.startswith("the lab needed more than 0.25 GB")


def test_a_lab_that_prints_50_megabytes(check_small):
    result = check_small("for i in range(500): print('x' * 100_000)", "x = 3\ny = 1\nprint('end')")
    assert result.done == 2 and len(result.printed) <= 4096
    assert result.printed.endswith("end\n")


@pytest.mark.parametrize("end", ["import sys; sys.exit(0)", "exit()", "import os; os._exit(0)"])
def test_a_lab_that_ends_python(check_small, end):
    result = check_small("y = 1", end, "x = 3")
    assert result.error == "the lab ended Python in cell 2"
    assert _hints(result) == {"x": "ended-python", "y": ""}


def test_a_lab_that_crashes(check_small):
    result = check_small("y = 1", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    assert result.error == "the lab's Python was ended by signal 11; cell 2 was running"
    assert result.verdicts["y"].done


def test_threads_and_processes_that_are_left_end_with_it(check_small, tmp_path):
    code = "import time; time.sleep(60)"
    result = check_small(
        "import threading, time\nthreading.Thread(target=lambda: time.sleep(60)).start()",
        f"import subprocess, sys\np = subprocess.Popen([sys.executable, '-c', {code!r}])",
        "open('pid', 'w').write(str(p.pid))\nx = 3\ny = 1",
    )
    assert result.done == 2 and result.seconds < 20
    assert _ends(int((tmp_path / "pid").read_text()))


def test_a_lab_ends_with_the_process_that_checks_it(write_notebook, tmp_path):
    import subprocess

    write_notebook(
        tmp_path / "lab_small.ipynb",
        "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(60)",
    )
    temporary = tmp_path / "temporary"  # what is killed does not tidy up
    temporary.mkdir()
    code = (
        "from tests.labs import small_labs\nfrom tfcourse.labs import running\n"
        f"running.check({str(tmp_path / 'lab_small.ipynb')!r}, small_labs.SMALL, "
        "module='tests.labs.small_labs')"
    )
    environment = {**os.environ, "TMPDIR": str(temporary)}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    end = time.monotonic() + 20
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert _ends(int((tmp_path / "pid").read_text()))


def test_a_check_that_is_given_up(write_notebook, tmp_path):
    path = write_notebook(tmp_path / "lab_small.ipynb", "while True: pass")
    stop = threading.Event()
    threading.Timer(1, stop.set).start()
    with pytest.raises(running.Cancelled):
        running.check(path, small_labs.SMALL, module="tests.labs.small_labs", stop=stop)
    assert not [c for c in psutil.Process().children() if "tfcourse.labs.child" in c.cmdline()]


def test_the_parent_imports_no_tensorflow():
    import subprocess

    code = (
        "import sys; from tfcourse import lessons; from tfcourse.labs import classes, files, running\n"
        "lessons.labs(); assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ})


def test_a_file_that_is_no_notebook(tmp_path):
    (tmp_path / "lab_small.ipynb").write_text("{")
    with pytest.raises(UsageError, match="not a notebook, or damaged"):
        running.check(tmp_path / "lab_small.ipynb", small_labs.SMALL)
