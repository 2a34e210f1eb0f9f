"""The reader of CSV and .dat files: what it reads, its one style of error, and what it drops."""

from __future__ import annotations

import gzip
import warnings

import numpy as np
import pytest

from tfcourse.datasets import csv_files
from tfcourse.datasets.csv_lines import DAT
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


def test_numbers_may_have_spaces_signs_and_a_point_without_digits_after_it(read):
    file = read("id,size\n 1 ,+2\n+2,.5\n3.0,4.\n-4,1e3\n", {"id": np.int64, "size": np.float64})
    np.testing.assert_array_equal(file["id"], [1, 2, 3, -4])
    np.testing.assert_array_equal(file["size"], [2, 0.5, 4, 1000])


def test_an_open_quote_is_found_in_linear_time(read):
    """A pattern that can match in two ways took exponential time here."""
    rows = "".join(f"{i},Film {i} of a long title (1974),1\n" for i in range(200))
    with pytest.raises(DataError, match="a closing quote in 'id'"):
        read('id,name,size\n"1,Film,1\n' + rows)


def test_quotes(read):
    cells = {
        '"a, b"': "a, b",
        '"the ""x"""': 'the "x"',
        '""': "",
        'a "b" c': 'a "b" c',
        '""""': '"',
    }
    file = read("name,id\n" + "".join(f"{c},1\n" for c in cells), {"name": str, "id": np.int64})
    assert list(file["name"]) == list(cells.values())


def test_gzip(tmp_path):
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(GOOD.encode()))
    file = csv_files.read(path, KINDS)
    assert list(file["name"]) == ["One, two", "Zwölf"] and file.raw == GOOD.encode()


@pytest.mark.parametrize(
    "spoil", [lambda raw: raw[:-9], lambda raw: raw[:-12] + b"xxxx" + raw[-8:], lambda raw: b"id"]
)
def test_a_damaged_gzip_file(spoil, tmp_path):
    path = tmp_path / "file.csv.gz"
    path.write_bytes(spoil(gzip.compress(GOOD.encode())))
    with pytest.raises(DataError, match="file.csv.gz: damaged gzip file"):
        csv_files.read(path, KINDS)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_dat(encoding, tmp_path):
    path = tmp_path / "file.dat"
    path.write_bytes('1::"One", two::0.5\n22::Zwölf: x::-3\n'.encode(encoding))
    file = csv_files.read(path, KINDS, form=DAT)
    np.testing.assert_array_equal(file["id"], [1, 22])
    assert list(file["name"]) == ['"One", two', "Zwölf: x"]
    path.write_bytes("1::A::1\n2::B::x\n".encode(encoding))
    with pytest.raises(DataError, match="line 2: expected a finite number in 'size', found 'x'"):
        csv_files.read(path, KINDS, form=DAT)


def test_dat_of_numbers_alone(tmp_path):
    path, kinds = tmp_path / "file.dat", {"a": np.int64, "b": np.float64}
    path.write_text("1::4\n2::3.5\n")
    file = csv_files.read(path, kinds, form=DAT)
    np.testing.assert_array_equal([file["a"], file["b"]], [[1, 2], [4, 3.5]])
    for content, line, message in (
        ("1::4\n2:3.5\n", 2, "expected 2 cells, found 1 cell"),
        ("1::4\n2:::3.5\n", 2, "expected a finite number in 'b', found ':3.5'"),
        ("1::4::5\n", 1, "expected 2 cells, found 3 cells"),
        ("1,1::4\n", 1, "expected a whole number in 'a', found '1,1'"),
        ("", None, "expected rows, found an empty file"),
    ):
        path.write_text(content)
        with pytest.raises(DataError, match=message) as caught:
            csv_files.read(path, kinds, form=DAT)
        assert caught.value.line == line


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
    (
        row("1.26E+09", "B", "2"),
        3,
        "a whole number in 'id'",
        "'1.26E+09' (an exponent loses digits)",
    ),
    ("id,name,size\n1e5,A,1\n2e5,B,2\n", 2, "a whole number in 'id'", "an exponent"),
    ("id,name,size\nTrue,A,1\nTrue,B,2\n", 2, "a whole number in 'id'", "'True'"),
    (row("1_0", "B", "2"), 3, "a whole number in 'id'", "'1_0'"),
    (row("0x10", "B", "2"), 3, "a whole number in 'id'", "'0x10'"),
    (row("٣", "B", "2"), 3, "a whole number in 'id'", "'٣'"),
    (row("2", "B", "1e999"), 3, "a finite number in 'size'", "'1e999'"),
    (row("2", "B", "0" * 5000 + "x"), 3, "a finite number in 'size'", "'" + "0" * 40 + "'"),
    (row("9" * 5000, "B", "2"), 3, "a whole number in 'id'", "'" + "9" * 40 + "'"),
    (row("2", "B" * 1001, "2"), 3, "at most 1000 characters in 'name'", "1,001 characters"),
    (row("2", '"' + "," * 200_000 + '"', "2"), 3, "at most 1000 characters", "200,000 characters"),
    (row("2", "B\0", "2"), 3, "no NUL and no line break in 'name'", r"'B\x00'"),
    (row("2", "B", "2\0"), 3, "no NUL and no line break in 'size'", r"'2\x00'"),
    (row("2", "B\rC", "2"), 3, "no NUL and no line break in 'name'", r"'B\rC'"),
    (
        row("2", "\x1b[2J", "2"),
        3,
        "without control characters in 'name'",
        r"'\x1b[2J' (character U+001B)",
    ),
    (
        row("2", "B\tC", "2"),
        3,
        "without control characters in 'name'",
        r"'B\tC' (character U+0009)",
    ),
    (row("2", "B\x85", "2"), 3, "without control characters in 'name'", "U+0085"),
    (row("2", "B\u202e", "2"), 3, "without control characters in 'name'", "U+202E"),
    ('id,name,size\n1,"A\nA",1\nx,B,2\n', 2, "a closing quote in 'name'", "the end of the line"),
    ('id,name,size\n1,"A,1\n2,B,2\n', 2, "a closing quote in 'name'", "the end of the line"),
    (
        'id,name,size\n1,A,"1\n2,B,2\n3,"C",3\n',
        2,
        "a closing quote in 'size'",
        "the end of the line",
    ),
    ('id,name,size\n1,A,1\n2,"B" C,2\n', 3, "a comma after the closing quote in 'name'", "' C,2'"),
    ('id,name,size\n1,"A,1\n2,B",2\n', 2, "a closing quote in 'name'", "the end of the line"),
    ('id,name,size\n1,"' + "A,1\n2,B" * 20_000, 2, "a closing quote", "the end of the line"),
    ('id,name,size,x\n1,A,1,"\n2,B,2,"\n', 2, "a closing quote in 'x'", "the end of the line"),
    ("id,name,size,x\n1,A,1,\n2,B,2,\0\n", 3, "no NUL and no line break in 'x'", r"'\x00'"),
]
HEADERS = [
    ("", None, "the 3 columns id, name, size", "an empty file"),
    ("\n \n", None, "the 3 columns", "an empty file"),
    ("id,name,size\n", 1, "rows after the header", "none"),
    ("id,name\n1,A\n", 1, "the 3 columns", "no 'size'"),
    ("1,A,1\n2,B,2\n", 1, "the 3 columns", "no 'id', 'name', 'size'"),
    ("id,name,size,id\n1,A,1,1\n", 1, "the 3 columns", "'id' twice"),
    ('id,"name\n', 1, "a closing quote in 'name'", "the end of the line"),
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


def test_a_rule_of_the_rows(read):
    file = read("\n" + GOOD)
    file.check(file["id"] > 0, "a number above 0", "id")
    with pytest.raises(DataError, match="line 4: expected below 20 in 'id', found '22'"):
        file.check(file["id"] < 20, "below 20", "id")
    with pytest.raises(DataError, match="line 4: expected a short name, found row 1"):
        file.check(file["id"] < 20, "a short name", found=lambda row: f"row {row}")


def test_a_file_that_is_cut_off(read):
    for content in (GOOD, GOOD.replace("\n", "\r\n"), GOOD.replace("\n", "\r")):
        assert len(read(content, ended=True)) == 2
    with pytest.raises(DataError, match="line 3: expected a line break.*cut short"):
        read(GOOD.rstrip("\n"), ended=True)


# --- lenient ----------------------------------------------------------------------------------


def test_lenient_drops_and_describes(read, tmp_path):
    lines = GOOD.splitlines() + ["x,B,2", "3,B", '4,"B,2', "", "5,B\0,2", "6,C,7", "8,D,9"]
    file = read("\n".join(lines), lenient=True, ended=True)
    np.testing.assert_array_equal(file["id"], [1, 22, 6])
    assert list(file["name"]) == ["One, two", "Zwölf", "C"] and len(file) == 3
    assert file.dropped == 5 and [fault.line for fault in file.faults] == [4, 5, 6, 8, 10]
    path = tmp_path / "file.csv"
    assert str(file.faults[0]) == f"{path}, line 4: expected a whole number in 'id', found 'x'"
    file.check(file["id"] > 1, "more", "id")
    assert list(file["name"]) == ["Zwölf", "C"] and file.dropped == 6
    assert str(file.faults[0]) == f"{path}, line 2: expected more in 'id', found '1'"


def test_lenient_decodes_line_by_line(read):
    file = read(GOOD.encode() + b"3,\xff,1\n4,B,1\n", lenient=True)
    assert list(file["name"]) == ["One, two", "Zwölf", "B"]
    assert file.dropped == 1 and "line 4: expected UTF-8 text, found byte 0xff" in str(
        file.faults[0]
    )


def test_lenient_describes_ten_and_counts_all(read):
    content = "id\n" + "".join("x\n" if i % 2 else f"{i}\n" for i in range(200))
    file = read(content, {"id": np.int64}, lenient=True)
    assert (len(file), file.dropped, len(file.faults)) == (100, 100, 10)
    assert file.faults[-1].line == 21
    file.check(file["id"] >= 100, "100 or more", "id")
    assert (len(file), file.dropped) == (50, 150)
    assert [fault.line for fault in file.faults] == [*range(2, 12)]


@pytest.mark.parametrize(
    "content", ["", "id,name\n1,A\n", "id;name;size\n1;A;1\n", "id,name,size\n"]
)
def test_lenient_refuses_what_is_wrong_with_the_whole_file(content, read):
    refused(read, content, lenient=True)


def test_lenient_refuses_a_file_without_a_good_row(read):
    error = refused(read, "id,name,size\nx,A,1\ny,B,2\n", lenient=True)
    assert error.line == 2
    file = read(GOOD, lenient=True)
    with pytest.raises(DataError, match="line 2: expected more in 'id', found '1'"):
        file.check(file["id"] > 99, "more", "id")


def test_no_file(tmp_path):
    with pytest.raises(DataError, match="file.csv: no such file"):
        csv_files.read(tmp_path / "file.csv", KINDS)


def test_a_folder_in_the_place_of_a_file(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        csv_files.read(tmp_path, KINDS)


def test_lines_are_counted_as_an_editor_counts(read):
    """A fault far down, after quoted cells, blank lines and Windows line ends."""
    lines = ["id,name,size"]
    for i in range(50):
        lines += [f'{i},"a, b",{i}', ""] if i % 3 == 0 else [f"{i},A,{i}"]
    lines += ["50,A,wrong", "51,A,51"]
    error = refused(read, "\r\n".join(lines) + "\r\n")
    assert error.line == 1 + lines.index("50,A,wrong")
