"""Labs without TensorFlow, whose cells and checks take no time: for the tests of what runs labs."""

from __future__ import annotations

from tfcourse.labs.contract import PARAMETERS, KnownError, Lab, Task, Verdict


def _check_x(values):
    if values["x"] == "raise":
        raise ValueError("x is bad")
    wanted = values[PARAMETERS].get("wanted", 3)
    if values["x"] == wanted:
        return Verdict(True, f"x is {wanted}", f"x 是 {wanted}")
    return Verdict(False, f"x is {values['x']}", f"x 是 {values['x']}", "wrong-x")


def _check_y(values):
    return Verdict(True, "y is set", "y 設好了")


SMALL = Lab(
    name="small",
    file="lab_small.ipynb",
    title="A small lab",
    title_zh="小小的 lab",
    minutes="1",
    tasks=(
        Task("x", "set x", "設定 x", ("x",), _check_x),
        Task("y", "set y", "設定 y", ("y",), _check_y),
    ),
    errors=(
        KnownError("KeyError: 'known'", "known-error", "the key is not there", "沒有這個 key"),
    ),
    trains=False,
)
LABS = (SMALL,)
