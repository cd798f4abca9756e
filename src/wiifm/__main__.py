"""``python -m wiifm`` is the command ``wiifm``."""

from wiifm.cli import main

if __name__ == "__main__":
    main()
