"""A web process on a socket library that has lost one of the hooks."""

import socketio

from server.__main__ import main

if __name__ == "__main__":
    del socketio.AsyncServer._send_packet  # noqa: SLF001
    main()
