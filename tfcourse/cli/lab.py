"""The command ``lab``: the deck's labs, a copy to work on, and the check of what was done."""

from __future__ import annotations

import csv as csv_format
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tfcourse import writing
from tfcourse.cli.output import example, file_option, json_option, put_json, put_table
from tfcourse.cli.streams import Progress, clean, complain, echo
from tfcourse.errors import UsageError
from tfcourse.lang import current, pick

if TYPE_CHECKING:
    from tfcourse.labs.classes import NotRun
    from tfcourse.labs.contract import Lab
    from tfcourse.labs.running import Result

_WIDTH = 76  # of the column that says why


@example(
    "tfcourse lab list\n"
    "tfcourse lab start tutorial-dnn-practice\n"
    "tfcourse lab check lab_tutorial_dnn_practice.ipynb"
)
@click.group("lab")
def lab() -> None:
    """List the deck's labs, start one, and check what was done."""


@example("tfcourse lab list --json")
@lab.command("list")
@json_option
def list_labs(as_json: bool) -> None:
    """List the labs in the deck's order, with the deck's minutes and the number of tasks."""
    from tfcourse import lessons

    known = lessons.labs()
    if as_json:
        put_json([_described(one) for one in known])
        return
    put_table(
        [
            {
                "name": one.name,
                "file": one.file,
                "minutes": one.minutes,
                "tasks": len(one.tasks),
                "title": f"{one.title_zh} / {one.title}",
            }
            for one in known
        ]
    )


def _described(one: Lab) -> dict[str, Any]:
    tasks = [{"name": t.name, "title": t.title, "title_zh": t.title_zh} for t in one.tasks]
    names = ("name", "file", "title", "title_zh", "minutes")
    return {**{name: getattr(one, name) for name in names}, "tasks": tasks}


@example("tfcourse lab start mf\ntfcourse lab start mf --to my-work")
@lab.command()
@click.argument("name")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False),
    default=".",
    show_default=True,
    help="The folder to copy it to.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file that is there, with your work.")
def start(name: str, folder: str, overwrite: bool) -> None:
    """Copy a lab's notebook into your folder. A file that is already there is kept, unless you give
    --overwrite."""
    from tfcourse import lessons
    from tfcourse.labs import files

    one = files.find(name, lessons.labs())
    path = files.start(one, lessons.notebooks(), Path(folder), overwrite)
    echo(
        pick(
            f'{path}: open it in Jupyter, search for "Do:" and change what stands there ({one.minutes} '
            f"minutes on the slides). Then: tfcourse lab check {path}",
            f'{path}：用 Jupyter 打開，搜尋 "Do:" 就可以找到要修改的位置'
            f"（投影片上的時間：{one.minutes} 分鐘）。"
            f"完成後：tfcourse lab check {path}",
        )
    )


@example(
    "tfcourse lab check lab_tutorial_dnn_practice.ipynb\n"
    "tfcourse lab check class-of-friday --jobs 2 --csv class.csv"
)
@lab.command()
@click.argument("path", type=click.Path())
@click.option(
    "--lab", "name", help="Name of the lab, where neither the metadata nor the file name says it."
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=300,
    show_default=True,
    help="Seconds that a lab may run.",
)
@click.option(
    "--memory",
    type=click.FloatRange(min=0, min_open=True),
    default=4,
    show_default=True,
    help="Gigabytes of main memory that a lab may use.",
)
@click.option(
    "--data-dir",
    type=click.Path(exists=True, file_okay=False),
    help="Folder of the data, in place of the one that the lab names.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many labs of a class run at a time.",
)
@file_option("--csv", "Write a line for each lab and task of a class to this file.")
@json_option
def check(
    path: str,
    name: str | None,
    time_limit: float,
    memory: float,
    data_dir: str | None,
    jobs: int,
    csv: str | None,
    as_json: bool,
) -> int:
    """Run a lab in a process of its own and say, task by task, whether it is done, and why.

    PATH is a notebook or its text form, or the folder of a class. In the folder of a class each
    sub-folder is a learner, and so is each notebook. The check looks at the graphs that were built
    and at their curves, not at the text. It is not a sandbox: a lab runs with your permissions.

    The exit code is 0 if all tasks are done and 1 if not.
    """
    from tfcourse import lessons
    from tfcourse.labs import classes, files, running

    known, progress = lessons.labs(), Progress(to_stderr=True)
    limits = running.Limits(time_limit, int(memory * running.GIGABYTE))
    parameters = {} if data_dir is None else {"data_dir": str(Path(data_dir).absolute())}
    if Path(path).is_dir():
        found = classes.check_class(Path(path), known, name, limits, jobs, parameters, say=progress)
        return _put_class(list(found), csv, as_json)
    if csv is not None:
        raise UsageError(
            pick("--csv is of a class: name its folder", "--csv 是給整班用的：請指定資料夾")
        )
    one = files.which(files.read(path), known, name)
    result = running.check(path, one, limits, parameters, say=progress)
    if as_json:
        put_json(_as_json(result))
    else:
        _put(result)
    return 0 if result.done == result.total and not result.error else 1


def _put(result: Result) -> None:
    """Print a lab's tasks as a table."""
    from tabulate import tabulate

    rows = []
    for task in result.lab.tasks:
        verdict = result.verdicts[task.name]
        done = pick("done", "完成") if verdict.done else pick("open", "未完成")
        why = pick(verdict.why, verdict.why_zh)
        rows.append([pick(task.title, task.title_zh), done, clean(why).replace("\n", "\\n")])
    headers = [pick("task", "任務"), pick("done", "完成"), pick("why", "原因")]
    # Lines of Chinese have no spaces at which they could be broken: the terminal breaks them.
    widths = [None, None, _WIDTH] if current() == "en" else None
    echo(tabulate(rows, headers, "simple", disable_numparse=True, maxcolwidths=widths))
    echo(
        pick(
            f"\n{result.lab.name}: {result.done} of {result.total} done, {result.seconds:.0f} s",
            f"\n{result.lab.name}：{result.total} 個任務完成了 {result.done} 個，{result.seconds:.0f} 秒",
        )
    )
    if result.error:
        complain(pick(f"Note: {result.error}", f"注意：{result.error_zh}"))


def _as_json(result: Result | NotRun) -> dict[str, Any]:
    """A lab's result with the names of ``--json``."""
    from tfcourse.labs.classes import NotRun

    if isinstance(result, NotRun):
        return {
            "lab": None, "file": str(result.file), "learner": result.learner, "done": 0, "total": 0,
            "tasks": [], "seconds": 0.0, "error": result.error,
        }  # fmt: skip
    tasks = []
    for task in result.lab.tasks:
        verdict = result.verdicts[task.name]
        tasks.append(
            {
                "name": task.name,
                "title": pick(task.title, task.title_zh),
                "done": verdict.done,
                "hint": verdict.hint,
                "why": pick(verdict.why, verdict.why_zh),
            }
        )
    return {
        "lab": result.lab.name, "file": str(result.file), "learner": result.learner,
        "done": result.done, "total": result.total, "tasks": tasks, "seconds": result.seconds,
        "error": pick(result.error, result.error_zh) or None,
    }  # fmt: skip


def _put_class(results: Sequence[Result | NotRun], csv: str | None, as_json: bool) -> int:
    """Print a class, one line a lab, and give the exit code."""
    rows = [_as_json(result) for result in results]
    if csv is not None:
        _write_csv(rows, csv)
    if as_json:
        put_json(rows)
    else:
        put_table([_line(row) for row in rows])
    return 0 if all(row["total"] and row["done"] == row["total"] for row in rows) else 1


def _line(row: dict[str, Any]) -> dict[str, object]:
    """A lab of a class in one line: what is open, with the hints, and what went wrong."""
    left = [f"{t['name']} ({t['hint']})" for t in row["tasks"] if not t["done"]]
    return {
        pick("learner", "學員"): row["learner"],
        "lab": row["lab"] or "-",
        pick("done", "完成"): f"{row['done']}/{row['total']}",
        pick("open", "未完成"): row["error"] or ", ".join(left) or "-",
        pick("seconds", "秒"): f"{row['seconds']:.0f}",
    }


def _write_csv(rows: Sequence[dict[str, Any]], path: str) -> None:
    """Write a line for each lab and task; a lab that could not be run has one line."""
    names = ("learner", "lab", "file", "task", "done", "hint", "why", "error")
    with (
        writing.whole(path) as partial,
        partial.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        table = csv_format.writer(file)
        table.writerow(names)
        for row in rows:
            head = (row["learner"], row["lab"] or "", row["file"])
            for t in row["tasks"] or [{"name": "", "done": False, "hint": "", "why": ""}]:
                cells = (*head, t["name"], int(t["done"]), t["hint"], t["why"], row["error"] or "")
                table.writerow([_harmless(clean(str(cell))) for cell in cells])


def _harmless(text: str) -> str:
    """The text so that a spreadsheet takes it as text, and not as a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text
