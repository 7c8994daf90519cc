"""`python -m validation`."""

from validation import main

main()
