"""How Socket.IO leaves and enters this process: WebSocket only, JSON only, one frame for all recipients.

`server.py` is the way in; the rest of `realtime/` sees the library through it alone.
"""
