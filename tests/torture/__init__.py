"""Torture: trainings killed, disks full, files damaged, bad input, counted. See docs/reliability.md.

``python -m tests.torture`` runs all of it, ``tests/torture/test_torture.py`` a short form.
"""
