"""Wishes for another setting: carried out one after the other, whatever becomes of one."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.home import home
from voiced.activity import Activity
from voiced.daemon import Renewer
from voiced.setting import Ease, Setting


def test_a_wish_that_fails_keeps_no_later_one_from_being_carried_out(tmp_path: Path) -> None:
    activity, failed, carried = Activity(), threading.Event(), threading.Event()

    def renew(setting: Setting, done: Callable[[], None]) -> None:
        if setting.ease.commands_only:
            failed.set()
            raise PermissionError(13, "Permission denied", "models/llm")
        carried.set()
        done()

    renewer, wish = Renewer(renew, activity), home(tmp_path)
    renewer.want(replace(wish, ease=Ease(commands_only=True)))
    assert failed.wait(10)
    assert activity.wait_idle(10)
    renewer.want(wish)
    assert carried.wait(10)
    renewer.close()
