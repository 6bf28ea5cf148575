"""python -m services: the `nakodo` command."""

from services.cli import main

main()
