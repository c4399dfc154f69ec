"""Hostile words are shown as they were written."""

import pytest


@pytest.fixture(autouse=True)
def everything_reads_well_aloud() -> None:
    """What others have written need not read well."""
