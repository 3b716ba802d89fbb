"""How things stand at one moment, as values and in words: for commands, runtime files and
metrics."""
