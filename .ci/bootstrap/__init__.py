"""A bare Debian machine and a checkout flow in, a working `.venv` flows out.

This is the program behind `make demo` and `make test`. It runs before anything is installed, under whatever Python 3
the machine has, if only to say that it is too old: so it imports nothing but the standard library and one module of
voiced (compiled.py) that does the same, and keeps to what Python 3.7 understands. What decides is pure and stands apart
from what does; tests/test_setup.py tests the deciding.
"""
