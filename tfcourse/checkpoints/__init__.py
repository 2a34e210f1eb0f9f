"""Checkpoints: files of TensorFlow's Saver, each with a JSON file that describes it.

A folder contains

* ``checkpoint``, ``model-<epoch>.index``, ``model-<epoch>.data-*``: written by TensorFlow;
* ``model-<epoch>.json``: written last and atomically, with the SHA-256 of all files it belongs to;
* ``vocabulary-<digest>.csv``, for recommenders: the movies that the rows of the embedding belong to.
  Its name is that of its contents, so it never changes under a checkpoint that names it;
* ``context-<digest>.csv``, for lessons with a context: the ratings that they predict from;
* ``resume/``: the last epoch of a training that has not ended, where that is not the best one;
* ``new/``: a training that is to replace the one in the folder when it has ended.

A folder of the course's 2018 code has no JSON. To load it, pass the lesson and the data. Nothing in a
folder is run as code: a lesson is found by its name in the list of lessons, or given by the caller.
"""

from tfcourse.checkpoints.files import FORMAT, KEPT, Described
from tfcourse.checkpoints.loading import load, restore
from tfcourse.checkpoints.reading import describe, find, variables, verify
from tfcourse.checkpoints.runs import Run
from tfcourse.checkpoints.saving import save

__all__ = [
    "FORMAT",
    "KEPT",
    "Described",
    "Run",
    "describe",
    "find",
    "load",
    "restore",
    "save",
    "variables",
    "verify",
]
