"""Calls of other programs flow in, signals and properties flow out: the daemon on D-Bus.

`interface` knows the contract (interface.xml), `address` which bus, `snapshot` the properties, `service` is the
published object, `bus` the thread that holds the connection.
"""
