"""What errors say."""

from __future__ import annotations

import errno
import os
import pickle
import types

import pytest

from tfcourse.errors import Interrupted, first_line, reason

SAVE = """Graph execution error:

Detected at node 'save/SaveV2' defined at (most recent call last):
    File "a.py", line 4, in <module>
m/model-1.data-00000-of-00001.tempstate50589; No space left on device
\t [[{{node save/SaveV2}}]]"""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "file"), "No space left on device"),
        (OSError("a sentence"), "a sentence"),
        (ValueError("one\ntwo"), "one"),
        (ValueError("a folder; No such file or directory"), "No such file or directory"),
        (ValueError(SAVE), "No space left on device"),
    ],
    ids=str,
)
def test_the_reason_of_an_error(error, said):
    assert reason(error) == said


def test_the_reason_of_an_error_with_a_message_of_its_own():
    error = types.new_class("Failed", (Exception,))("long text")
    error.message = "m/a; Permission denied"
    assert reason(error) == "Permission denied"


def test_an_error_without_a_message_is_named():
    assert first_line(KeyError()) == "KeyError"


def test_a_message_of_an_interruption_can_be_changed():
    error = Interrupted(15, "stopped")
    error.message += "; go on"
    other = pickle.loads(pickle.dumps(error))
    assert (str(error), other.signum, str(other)) == ("stopped; go on", 15, "stopped; go on")
