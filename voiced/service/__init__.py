"""voiced as a service: signs of life flow out to systemd, the system's signals flow in.

`notify` speaks systemd's protocol, `watch` decides what to say in it, `orders` takes signals in any state.
"""
