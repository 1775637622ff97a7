"""The command line. Commands are light to import: what is heavy is imported when it is used."""

import sys


def main() -> None:
    """Run the command line; exit 0 when done, 1 when it failed, 2 on bad usage."""
    from tenfold.cli.app import app
    from tenfold.cli.console import complain
    from tenfold.errors import TenfoldError

    try:
        app()
    except TenfoldError as error:
        complain(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        complain("Stopped. What was begun goes on where it is; the same command goes on with it.")
        sys.exit(130)
