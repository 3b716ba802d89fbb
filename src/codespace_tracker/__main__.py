"""The command line as `python -m codespace_tracker`."""

from codespace_tracker.cli import main

if __name__ == "__main__":
    main()
