"""Data for `tenfold demo`: scenes composed from photographs in Debian packages, or digits."""
