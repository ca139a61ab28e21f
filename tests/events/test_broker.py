from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys

import pytest

from tests.support.broker import Broker


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_broker_for_trying_ends_with_its_program(number: signal.Signals) -> None:
    environment = {**os.environ, "JOPHIEL_TEST_SERVICES": "embedded", "JOPHIEL_TEST_AMQP_URL": ""}
    program = [sys.executable, "-m", "tests.support.broker"]
    with subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        url = shlex.split(running.stdout.readline())[1].partition("=")[2]
        assert Broker(url).answers()
        running.send_signal(number)
        assert running.wait(60) == 0
    assert not Broker(url).answers()
