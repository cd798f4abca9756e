"""A small ASGI application that records events and answers with members' statements.

Any ASGI server can run ``app``, and any framework can mount it. ``python examples/asgi_app.py`` calls it like a server.
"""

import asyncio
import json
import os
from tempfile import TemporaryDirectory

from wiifm import AsyncEngine, InvalidInput, RuleBook, StoreFault, UnknownName, read_event


class App:
    """POST /events records one event or a list of events; GET /members/NAME returns a member's statement."""

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await self.live(receive, send)
            return
        try:
            status, text = await self.answer(scope, receive)
        except (InvalidInput, ValueError) as error:
            status, text = 422, str(error)
        except UnknownName as error:
            status, text = 404, str(error)
        except StoreFault as error:  # the client can send it again: recording is idempotent
            status, text = 503, str(error)
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})

    async def live(self, receive, send):
        """Open the store when the server starts, and close it when the server stops."""
        await receive()
        url, book = os.environ["ACME_STORE"], RuleBook.load("plugin:sharing")
        async with await AsyncEngine.open(url, book) as self.engine:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def answer(self, scope, receive):
        """The status and the text of the answer to a request."""
        match scope["method"], scope["path"].strip("/").split("/"):
            case "POST", ["events"]:
                found = json.loads(await body_of(receive))
                if isinstance(found, list):
                    return 200, str(await self.engine.record_many(map(read_event, found)))
                return 200, str(await self.engine.record(read_event(found)))
            case "GET", ["members", name]:
                await self.engine.member(name)
                return 200, str(await self.engine.statement(name))
        return 404, "there are POST /events and GET /members/NAME"


async def body_of(receive):
    """Read the whole body of a request."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


app = App()


# ---- a minimal server and its clients --------------------------------------------------------------------


async def ask(method, path, found=None):
    """Send a request to the app, and return the status and text of its answer."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": json.dumps(found).encode()}

    async def send(message):
        sent.append(message)

    await app({"type": "http", "method": method, "path": path}, receive, send)
    return f"{sent[0]['status']} {sent[1]['body'].decode()}"


def thanks(number):
    return {
        "id": f"k{number}",
        "type": "kudos.given",
        "occurred_at": f"2026-05-{number + 1:02}T09:00:00Z",
        "actor": f"colleague-{number}",
        "recipient": "ann",
        "data": {"text": f"you helped me on day {number + 1}"},
    }


async def main():
    """Start the app, send events from many clients at once, get a statement, and shut the app down."""
    messages, ready = asyncio.Queue(), asyncio.Event()

    async def send(message):
        ready.set()

    server = asyncio.create_task(app({"type": "lifespan"}, messages.get, send))
    await messages.put({"type": "lifespan.startup"})
    await ready.wait()

    answers = await asyncio.gather(*(ask("POST", "/events", thanks(day)) for day in range(20)))
    print(answers[0])
    print(await ask("POST", "/events", [thanks(day) for day in range(25)]))
    print(await ask("POST", "/events", {**thanks(1), "actor": "somebody else"}))
    print(await ask("GET", "/members/anm"))
    print(await ask("GET", "/members/ann"))

    await messages.put({"type": "lifespan.shutdown"})
    await server


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        os.environ["ACME_STORE"] = f"sqlite:///{folder}/acme.db"
        asyncio.run(main())
