"""Public holidays of one country and state, without the library's other 250 countries."""

import sys
from importlib.util import find_spec, module_from_spec

from holidays import HolidayBase, country_holidays

_COUNTRIES = "holidays.countries"

# Any country is a module of this package, whose own code imports all of them: 0.3 s and 8 MiB of every start.
if _COUNTRIES not in sys.modules and (_spec := find_spec(_COUNTRIES)) is not None:
    sys.modules[_COUNTRIES] = module_from_spec(_spec)


def public_holidays(code: str, year: int | None = None) -> HolidayBase:
    """The public holidays of a code such as ``DE-BE``, of one complete year or (None) of none yet, in German.

    Raises:
        NotImplementedError: there is no such country or state.
    """
    country, _, state = code.partition("-")
    # One complete year at a time: the library's own filling on demand marks a year as known before it is filled, and
    # a calendar is asked from several threads.
    return country_holidays(country, subdiv=state or None, years=year, expand=False, language="de")
