"""The order of train rows: alone, as on the slide, or a user's rows together.

A batch needs the sum of the history of each user in it. Where the rows of a user follow one another, a batch
has fewer users, so it takes less time. The rows are the same, and each comes once in an epoch.
"""

from __future__ import annotations

import copy
import logging

from tfcourse.batches import Batches
from tfcourse.errors import UsageError
from tfcourse.lang import _

ORDERS = ("auto", "rows", "users")
TOGETHER = 32  # rows of a user that follow one another
LARGE = 1_000_000  # train rows above which "auto" is "users"


def in_order(batches: Batches, order: str) -> Batches:
    """Batches with their rows in an order.

    Args:
        batches: of train rows.
        order: "rows" shuffles rows alone. "users" shuffles the rows of each user, cuts them into runs of
            up to ``TOGETHER``, and shuffles the runs of all users. "auto" is "rows" up to ``LARGE`` rows,
            and beyond that "users", which it says in one line.

    Raises:
        UsageError: an unknown order, or "users" for rows that are not shuffled.
    """
    if order not in ORDERS:
        raise UsageError(
            _("unknown order {order!r}; known: {known}").format(
                order=order, known=", ".join(ORDERS)
            )
        )
    if order == "users" and not batches.shuffle:
        raise UsageError(_("order users needs rows that are shuffled"))
    if order == "auto" and batches.shuffle and batches.n_rows > LARGE:
        logging.getLogger("tfcourse").warning(
            _("{n:,} train rows: up to {together} rows of a user follow one another (order users)")
            .format(n=batches.n_rows, together=TOGETHER)
        )  # fmt: skip
        order = "users"
    if order != "users":
        return batches
    found = copy.copy(batches)
    found.keep_together(TOGETHER)
    return found
