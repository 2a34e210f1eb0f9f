"""Several works at a time, each in a process of its own."""

from __future__ import annotations

import functools
import os
import signal
import sys
import time

import pytest

from tfcourse import jobs
from tfcourse.errors import INTERRUPTING, CourseError, DataError

# The works: functions of this module, since another process must find them.


def square(number, write):
    time.sleep(0.05 * (4 - number))  # the last ends first
    write(f"{number} squared")
    return number * number


def process(write):
    return os.getpid()


def wrong(write):
    raise DataError("a rating of 7.5", "ratings.csv", 8)


def slow(write):
    write(f"{os.getpid()} begins")
    time.sleep(60)


def killed(write):
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    time.sleep(60)


def ended_by_the_parent_only(write):
    for signum in INTERRUPTING:
        os.kill(os.getpid(), signum)
    write("still here")
    return "done"


def many_lines(write):
    for i in range(2000):
        write(f"line {i} " + "x" * 100)


def ended(pid):
    """Whether a child of this process has ended and was waited for."""
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    return True


@pytest.mark.parametrize("n", [1, 2, 9])
def test_results_are_in_order_and_all_lines_arrive(n):
    lines: list[str] = []
    works = [functools.partial(square, number) for number in range(4)]
    assert jobs.run(works, n, lines.append) == [0, 1, 4, 9]
    assert sorted(lines) == [f"{number} squared" for number in range(4)]


def test_one_job_works_in_this_process_and_several_do_not():
    assert jobs.run([process, process], 1, print) == [os.getpid()] * 2
    assert jobs.run([process], 5, print) == [os.getpid()]  # one work needs one process
    assert os.getpid() not in jobs.run([process, process], 2, print)
    assert jobs.run([], 2, print) == []


def test_lines_do_not_mix():
    lines: list[str] = []
    jobs.run([many_lines, many_lines], 2, lines.append)
    expected = [f"line {i} " + "x" * 100 for i in range(2000)]
    assert sorted(lines) == sorted(2 * expected)


def test_the_first_error_is_raised_as_it_was_and_stops_the_others():
    lines: list[str] = []
    begin = time.monotonic()
    with pytest.raises(DataError, match="^ratings.csv, line 8: a rating of 7.5$") as raised:
        jobs.run([slow, wrong, slow, slow], 2, lines.append)
    assert time.monotonic() - begin < 30
    assert (raised.value.path, raised.value.line) == ("ratings.csv", 8)
    assert all(ended(int(line.split()[0])) for line in lines)


def test_an_error_with_one_job_ends_the_rest_too():
    lines: list[str] = []
    with pytest.raises(DataError):
        jobs.run([wrong, slow], 1, lines.append)
    assert lines == []


def test_an_interrupt_ends_the_processes():
    lines: list[str] = []

    def interrupted(line):
        lines.append(line)
        raise KeyboardInterrupt

    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        jobs.run([slow, slow], 2, interrupted)
    assert time.monotonic() - begin < 30
    assert ended(int(lines[0].split()[0]))


def test_a_process_that_dies_is_an_error():
    begin = time.monotonic()
    with pytest.raises(CourseError, match="a process ended before its training did"):
        jobs.run([killed, slow], 2, lambda line: None)
    assert time.monotonic() - begin < 30  # the other one is ended, not waited for


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_process_is_ended_by_its_parent_and_not_by_a_signal_to_the_group():
    lines: list[str] = []
    assert jobs.run([ended_by_the_parent_only] * 2, 2, lines.append) == ["done"] * 2
    assert lines == ["still here"] * 2
