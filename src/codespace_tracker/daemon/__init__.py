"""The daemon: one thread around one wait, and the keeper (`ghadi.sh`) that brings it back.

It uses only the standard library, and as little of that as it needs: it runs day and night on a
user's machine.
"""
