"""The files that describe a machine flow in, the hardware profile that suits it flows out, with the reason.

A profile says which models a class of machines can run, on how many threads, and in how much memory.
"""

from voiced.hardware.choose import choose_profile, find_profile, fit
from voiced.hardware.machine import Machine, look_at
from voiced.hardware.profile import Profile, load_profile, load_profiles

__all__ = ["Machine", "Profile", "choose_profile", "find_profile", "fit", "load_profile", "load_profiles", "look_at"]
