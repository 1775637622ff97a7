"""Labels that were made elsewhere, into a project that is there or a new one."""

from tenfold.importing.bringing import bring
from tenfold.importing.report import ImportReport
from tenfold.importing.wanted import As, Wanted

__all__ = ["As", "ImportReport", "Wanted", "bring"]
