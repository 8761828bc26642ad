"""glibc's heaps: how many there are."""

import subprocess
import sys

import pytest

COUNT = """
import ctypes, re, sys, tempfile, threading
from voiced.memory import ARENAS, share_heaps
libc = ctypes.CDLL("libc.so.6")
if sys.argv[1] == "shared":
    share_heaps()
together = threading.Barrier(8)
def allocate():
    together.wait()
    libc.malloc(1000)
    together.wait()
threads = [threading.Thread(target=allocate) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as file:
    told = libc.fopen(file.name.encode(), b"w")
    libc.malloc_info(0, ctypes.c_void_p(told))
    libc.fclose(ctypes.c_void_p(told))
    print(len(re.findall("<heap nr", file.read().decode())) <= ARENAS)
"""


@pytest.mark.parametrize(("how", "few"), [("shared", "True"), ("as usual", "False")])
def test_threads_share_a_few_heaps(how: str, few: str) -> None:
    told = subprocess.run([sys.executable, "-c", COUNT, how], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [few]
