"""The commands. Each is a file or folder of its own, imported when it is called."""
