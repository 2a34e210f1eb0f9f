"""The labs of the deck: what each task asks, and what its check looks for. The notebooks are in ``notebooks``.

The modules import no TensorFlow: the command line lists the labs. Their checks import it when they are
called, in the process of the learner's code.
"""

from __future__ import annotations

from graphs.labs import mf, mf_with_dnn, mf_with_history, tutorial_dnn_practice
from tfcourse.labs.contract import Lab

LABS: tuple[Lab, ...] = (
    tutorial_dnn_practice.LAB,
    mf.LAB,
    mf_with_history.LAB,
    mf_with_dnn.LAB,
)
