"""``python -m tfcourse.cli`` is the program ``tfcourse``."""

from tfcourse.cli import main

if __name__ == "__main__":
    main()
