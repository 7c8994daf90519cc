"""`python -m validation`."""

from validation.cli import main

main()
