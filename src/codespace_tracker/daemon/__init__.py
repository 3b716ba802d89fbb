"""The daemon: one thread around one wait, and the keeper (`ghadi.sh`) that brings it back.

The standard library only, and of that as little as there is need for: this runs day and night on somebody's machine.
"""
