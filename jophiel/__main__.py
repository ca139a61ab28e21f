"""`python -m jophiel` is the console script."""

from jophiel.cli import main

if __name__ == "__main__":
    main(prog_name="jophiel")
