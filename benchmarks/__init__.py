"""Side-by-side timings: ``python -m benchmarks`` (``make bench``).

Each contender runs in a process of its own, one after the other, round by round, so that what the
machine does meanwhile falls on all of them alike. What is compared are ratios within a round.

    models.py     what is trained, by whom, and for how many epochs
    child.py      one measurement, in its own process
    ways/         the contenders: this project, the course's way, Keras, PyTorch, Surprise
    generated.py  ratings with a long tail, for the question how cost grows
    pred.py       one query for all movies, against pair by pair
    report.py     the tables and what they show
"""
