"""An upgrade that takes a hook of the socket library away must not be found out by clients."""

from tests.harness.process import run, start


async def test_the_server_does_not_start_and_names_the_hook(new_place):
    """It ends with an error, whose text says which hook moved, and which version has it."""
    place = new_place()
    await run(place, "migrate")

    ended = await start(place, ["-m", "tests.faults.moved_hook", "serve"], "HookMovedError")
    said, _ = await ended.process.communicate()
    text = " ".join((ended.first_line + said.decode()).split())

    assert ended.process.returncode == 1
    assert "AsyncServer._send_packet is gone" in text
    assert "made for python-socketio 5.18, python-engineio 4.15" in text
