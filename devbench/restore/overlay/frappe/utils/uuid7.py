"""UUIDs that sort by the time they were made (version 7 of RFC 9562), for Pythons older than 3.14."""

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last_ms = 0
_counter = 0
_COUNTER_BITS = 42


def uuid7() -> UUID:
	"""Return a new UUID that is greater than every earlier one of this process.

	48 bits of milliseconds, a 42-bit counter that starts at a random place in each millisecond, and 32
	random bits. When the clock goes back or the counter is used up, the last millisecond is kept or
	moved on, so the order never breaks.
	"""
	global _last_ms, _counter

	with _lock:
		now = time.time_ns() // 1_000_000
		if now > _last_ms:
			_last_ms, _counter = now, _random_start()
		else:
			_counter += 1
			if _counter >> _COUNTER_BITS:
				_last_ms, _counter = _last_ms + 1, _random_start()
		moment, count = _last_ms, _counter

	tail = int.from_bytes(os.urandom(4), "big")
	high, low = count >> 30, count & 0x3FFF_FFFF
	return UUID(int=moment << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low << 32 | tail)


def _random_start() -> int:
	# The top bit stays clear so that a busy millisecond has room to count.
	return int.from_bytes(os.urandom(6), "big") & ((1 << (_COUNTER_BITS - 1)) - 1)
