"""All codespaces of a person together: streams meet in a git repository. Only commands use it; the
daemon contacts no one."""
