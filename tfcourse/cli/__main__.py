"""``python -m tfcourse.cli`` is the program ``tfcourse``."""

from tfcourse.cli import main

main()
