"""The demo: the sandbox, the portal and a burst of business events, on a bare machine.

Talks to the portal as the world does, by its command line, its web addresses and what reaches the board, and imports
nothing of it.
"""
