"""Frames of the data path, ready to be sent in bulk."""
from .wire import encode


def send_fields(topic, queue, group="frames"):
    """The short header of a single send."""
    return {"a": group, "b": topic, "c": "TBW102", "d": 4, "e": queue, "f": 0, "g": 1700000000000,
            "h": 0, "i": "", "j": 0, "k": "false", "m": "false"}


def send_frames(link, topic, count, queue=0, body=b"frame"):
    """`count` send requests of this connection: the frames and their bytes in one piece."""
    frames = [link.request(310, send_fields(topic, queue), body) for _ in range(count)]
    return frames, b"".join(encode(frame) for frame in frames)
