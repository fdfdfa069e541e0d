"""A service for `LineProbe` in a process of its own: answers every line with `ok`. Tells the connections at the end.

Run as `python -m tests.peers.line_service PORT`; ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import sys


async def main(port: int) -> None:
    asked: dict[str, int] = {}

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = writer.get_extra_info("sockname")[0]
        try:
            if await reader.readline():
                asked[address] = asked.get(address, 0) + 1
                writer.write(b"ok\n")
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "0.0.0.0", port, backlog=4096)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
