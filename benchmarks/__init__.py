"""Timings side by side: ``python -m benchmarks`` (``make bench``).

Each contender runs in a process of its own, one after the other, in several rounds. Other work of the
machine then affects all contenders in the same way. The ratios are computed within a round.

    models.py     the models, the contenders, and the number of epochs
    child.py      one measurement in a process of its own
    ways/         the contenders: this project, the course's way, Keras, PyTorch, Surprise
    generated.py  generated ratings, to measure how the cost grows with their number
    pred.py       the time of one query for all movies, and of one pair at a time
    memory.py     the peak memory of a process
    report.py     the tables and the claims
"""
