"""The reader of CSV files: what it reads, and its one style of error."""

from __future__ import annotations

import csv
import warnings

import numpy as np
import pytest

from tfcourse.datasets import csv_files
from tfcourse.errors import DataError

KINDS: dict[str, csv_files.Kind] = {"id": np.int64, "name": str, "size": np.float64}
GOOD = 'id,name,size\n1,"One, two",0.1\n22,Zwölf,-3\n'


@pytest.fixture
def read(tmp_path):
    """``read(content, exact=True)``: writes the content to a file and reads it."""

    def write_and_read(content, kinds=KINDS, **options):
        path = tmp_path / "file.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return csv_files.read(path, kinds, **options)

    return write_and_read


def test_values_and_kinds(read, tmp_path):
    file = read(GOOD)
    np.testing.assert_array_equal(file["id"], [1, 22])
    assert list(file["name"]) == ["One, two", "Zwölf"]
    np.testing.assert_array_equal(file["size"], [0.1, -3.0])
    assert (file["id"].dtype, file["name"].dtype, file["size"].dtype) == (
        np.int64,
        np.dtype(object),
        np.float64,
    )
    assert (file.path, file.raw) == (tmp_path / "file.csv", GOOD.encode())
    assert file.header == ("id", "name", "size")


def test_float32_is_the_nearest_to_the_text(read):
    texts = ["0.1", "-0.387781", "1.832383", "3.4028234e38", "123456.789"]
    file = read("size\n" + "\n".join(texts) + "\n", {"size": np.float32})
    np.testing.assert_array_equal(file["size"], np.array([float(t) for t in texts], np.float32))
    assert file["size"].dtype == np.float32


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda raw: raw, id="as written"),
        pytest.param(lambda raw: b"\xef\xbb\xbf" + raw, id="byte order mark"),
        pytest.param(lambda raw: raw.replace(b"\n", b"\r\n"), id="Windows line ends"),
        pytest.param(lambda raw: raw.rstrip(b"\n"), id="no last line end"),
    ],
)
def test_forms_of_one_file(change, exact, read):
    file = read(change(GOOD.encode()), exact=exact)
    np.testing.assert_array_equal(file["id"], [1, 22])
    assert list(file["name"]) == ["One, two", "Zwölf"]


def test_text_stays_text(read):
    # The empty name is no short row.
    names = ["300", "NA", "nan", "True", "1e5", "None", "", " x "]
    file = read(
        "id,name\n" + "".join(f"1,{name}\n" for name in names), {"id": np.int64, "name": str}
    )
    assert list(file["name"]) == names


def test_other_columns_and_blank_lines_are_ignored_unless_exact(read):
    content = "more,size,name,id,more\n\n9,0.5,A,1,9\n  \n9,1,B,2,9\n"
    file = read(content)
    np.testing.assert_array_equal(file["id"], [1, 2])
    assert list(file["name"]) == ["A", "B"]


def row(*cells):
    return "id,name,size\n1,A,1\n" + ",".join(cells) + "\n4,D,4\n"


CELLS = [
    (row("x", "B", "2"), 3, "a whole number in 'id'", "'x'"),
    (row("1.5", "B", "2"), 3, "a whole number in 'id'", "'1.5'"),
    (row("", "B", "2"), 3, "a whole number in 'id'", "an empty cell"),
    (row("99999999999999999999", "B", "2"), 3, "a whole number", "'99999999999999999999'"),
    (row(str(2**53 + 2), "B", "2"), 3, "a whole number", "'9007199254740994'"),
    (row("2", "B", "NaN"), 3, "a finite number in 'size'", "'NaN'"),
    (row("2", "B", "-inf"), 3, "a finite number in 'size'", "'-inf'"),
    (row("2", "B", "True"), 3, "a finite number in 'size'", "'True'"),
    (row("2", "B", "x" * 100), 3, "a finite number in 'size'", "'" + "x" * 40 + "'"),
    (row("2", "B"), 3, "3 cells", "2 cells"),
    (row("2"), 3, "3 cells", "1 cell"),
    (row("2", "B", "2", "5"), 3, "3 cells", "4 cells"),
    ("size,id,name\n1,1,A\n2,2\n3,3,C\n", 3, "3 cells", "2 cells"),
    ("id,name,size,more\n1,A,1\n2,B,2,9\n", 2, "4 cells", "3 cells"),
    ("id,name,size\n1,A,1,\n2,B,2,\n", 2, "3 cells", "4 cells"),
    ("id,name,size\n1,A,True\n2,B,True\n", 2, "a finite number in 'size'", "'True'"),
    ("id,name,size\n1,A,x\ny,B,2\n", 2, "a finite number in 'size'", "'x'"),
    ('id,name,size\n1,"A\nA",1\nx,B,2\n', 4, "a whole number in 'id'", "'x'"),
    ('id,name,size\n1,"A,1\n2,B,2\n', 2, "a closing quote", "the end of the file"),
    ('id,name,size\n1,"' + "A,1\n2,B" * 20_000, 2, "CSV", "field larger"),
]
HEADERS = [
    ("", None, "the 3 columns id, name, size", "an empty file"),
    ("\n \n", None, "the 3 columns", "an empty file"),
    ("id,name,size\n", 1, "rows after the header", "none"),
    ("id,name\n1,A\n", 1, "the 3 columns", "no 'size'"),
    ("1,A,1\n2,B,2\n", 1, "the 3 columns", "no 'id', 'name', 'size'"),
    ("id,name,size,id\n1,A,1,1\n", 1, "the 3 columns", "'id' twice"),
    ('id,"name\n', 1, "the 3 columns", "no 'name', 'size'"),
]
BYTES = [
    (GOOD.encode("utf-16"), 1, "UTF-8 text", "byte 0xff"),
    (GOOD.encode("latin-1"), 3, "UTF-8 text", "byte 0xf6"),
    (b"\xef\xbb\xbf" + GOOD.encode("latin-1"), 3, "UTF-8 text", "byte 0xf6"),
]


def refused(read, content, **options):
    with pytest.raises(DataError) as caught:
        read(content, **options)
    assert "\n" not in str(caught.value) and caught.value.path is not None
    assert str(caught.value).startswith(str(caught.value.path))
    return caught.value


@pytest.mark.parametrize(("content", "line", "expected", "found"), CELLS + HEADERS + BYTES)
def test_what_is_refused(content, line, expected, found, read):
    error = refused(read, content)
    assert error.line == line
    if line is not None:
        assert f", line {line}: " in str(error)
    assert expected in str(error) and found in str(error).split(expected)[1]


@pytest.mark.parametrize(
    ("content", "line", "expected", "found"),
    [
        (GOOD.replace("\n", ",more\n"), 1, "the 3 columns", "also 'more'"),
        (GOOD.replace("id,name", "name,id"), 1, "the 3 columns", "them in another order"),
        (GOOD.replace("\n", "\n\n", 1), 2, "3 cells", "an empty line"),
        (GOOD + "\n", 4, "3 cells", "an empty line"),
        ("\n" + GOOD, 1, "the 3 columns", "no 'id', 'name', 'size'"),
        ("id,size,size,x\n1,1,1,1\n", 1, "the 3 columns", "no 'name'; also 'x'; 'size' twice"),
    ],
)
def test_what_is_refused_when_exact(content, line, expected, found, read):
    error = refused(read, content, exact=True)
    assert error.line == line
    assert f"expected {expected}" in str(error) and f"found {found}" in str(error)


def test_many_columns_are_named_in_part(read):
    kinds: dict[str, csv_files.Kind] = {f"c{i}": np.float32 for i in range(20)}
    error = refused(read, "x\n1\n", kinds=kinds, exact=True)
    assert str(error).endswith(
        "expected the 20 columns c0, c1, ..., c19, found no 'c0', 'c1', 'c2' and 17 more; also 'x'"
    )


def test_a_number_too_large_for_its_kind(read):
    assert read("size\n1e300\n", kinds={"size": np.float64})["size"][0] == 1e300
    error = refused(read, "size\n1\n1e300\n", kinds={"size": np.float32})
    assert error.line == 3 and "a finite number in 'size', found '1e300'" in str(error)


def test_a_rule_of_a_column(read):
    file = read("\n" + GOOD)
    file.check(file["id"] > 0, "id", "a number above 0")
    with pytest.raises(DataError, match="line 4: expected below 20 in 'id', found '22'"):
        file.check(file["id"] < 20, "id", "below 20")


def test_an_error_of_ones_own(read):
    error = read(GOOD).error(1, "a short name", "a long one")
    assert error.line == 3 and str(error).endswith(
        "line 3: expected a short name, found a long one"
    )


def test_a_file_that_is_cut_off(read):
    read(GOOD).check_last_line_end()
    read(GOOD.replace("\n", "\r\n")).check_last_line_end()
    with pytest.raises(DataError, match="line 3: expected a line break.*cut short"):
        read(GOOD.rstrip("\n")).check_last_line_end()


def test_no_file(tmp_path):
    with pytest.raises(DataError, match="file.csv: no such file"):
        csv_files.read(tmp_path / "file.csv", KINDS)


def test_a_folder_in_the_place_of_a_file(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        csv_files.read(tmp_path, KINDS)


def test_lines_are_counted_as_an_editor_counts(read):
    """A fault far down, after quoted line breaks, blank lines and Windows line ends."""
    lines = ["id,name,size"]
    for i in range(50):
        lines += [f'{i},"two', f'lines",{i}', ""] if i % 3 == 0 else [f"{i},A,{i}"]
    lines += ["50,A,wrong", "51,A,51"]
    error = refused(read, "\r\n".join(lines) + "\r\n")
    assert error.line == 1 + lines.index("50,A,wrong")
    assert csv.field_size_limit() == 131072  # the reader changes no setting of the process
