"""The command line as `python -I -m codespace_tracker`: how the launcher that set-up installs calls
it."""

from codespace_tracker.cli import main

if __name__ == "__main__":
    main()
