"""tenfold: tag a tenth of the images, know how many of the other labels are wrong."""

__version__ = "0.1.0"
