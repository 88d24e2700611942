"""aio-pika, with its robust connection."""

import asyncio

import aio_pika
import pytest
from aio_pika import DeliveryMode, ExchangeType, Message
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed, DeliveryError
from aio_pika.patterns import RPC, Master

from broker import url

DEADLINE_S = 60


def run(program):
    return asyncio.run(asyncio.wait_for(program, DEADLINE_S))


async def take(queue, count):
    taken = []
    async with queue.iterator() as messages:
        async for message in messages:
            async with message.process():
                taken.append(message.body.decode())
            if len(taken) == count:
                return taken


def test_publish_and_iterate(server, name):
    async def program():
        async with await aio_pika.connect_robust(url(server)) as connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=10)
            queue = await channel.declare_queue(name, durable=True)
            for number in range(200):
                await channel.default_exchange.publish(
                    Message(str(number).encode(), delivery_mode=DeliveryMode.PERSISTENT), name)
            assert await take(queue, 200) == [str(number) for number in range(200)]

    run(program())


def test_publish_at_once(server, name):
    """All confirms are awaited together."""
    async def program():
        async with await aio_pika.connect_robust(url(server)) as connection:
            channel = await connection.channel()
            queue = await channel.declare_queue(name, durable=True)
            await asyncio.gather(*(channel.default_exchange.publish(Message(b"x"), name) for _ in range(500)))
            assert len(await take(queue, 500)) == 500

    run(program())


@pytest.mark.parametrize("kind, keys, expected", [
    (ExchangeType.DIRECT, ["a", "b"], ["a"]), (ExchangeType.TOPIC, ["a", "b"], ["a"]),
    (ExchangeType.FANOUT, ["a", "b"], ["a", "b"])])
def test_exchanges(server, name, kind, keys, expected):
    async def program():
        async with await aio_pika.connect_robust(url(server)) as connection:
            channel = await connection.channel()
            exchange = await channel.declare_exchange(name, kind, durable=True)
            queue = await channel.declare_queue(exclusive=True)
            await queue.bind(exchange, "a")
            for key in keys:
                await exchange.publish(Message(key.encode()), key, mandatory=False)
            assert await take(queue, len(expected)) == expected

    run(program())


def test_unroutable_is_an_error(server, name):
    async def program():
        async with await aio_pika.connect_robust(url(server)) as connection:
            channel = await connection.channel(on_return_raises=True)
            with pytest.raises(DeliveryError):
                await channel.default_exchange.publish(Message(b"x"), name)

    run(program())


def test_a_message_whose_processing_fails_comes_back(server, name):
    async def program():
        async with await aio_pika.connect_robust(url(server)) as connection:
            channel = await connection.channel()
            queue = await channel.declare_queue(name)
            await channel.default_exchange.publish(Message(b"x"), name)
            message = await queue.get(timeout=DEADLINE_S)
            with pytest.raises(RuntimeError):
                async with message.process(requeue=True):
                    raise RuntimeError
            again = await queue.get(timeout=DEADLINE_S)
            assert again.redelivered
            await again.ack()

    run(program())


def test_refusals_are_errors_of_their_own_kind(server, name):
    async def program():
        async with await aio_pika.connect_robust(url(server)) as connection:
            channel = await connection.channel()
            with pytest.raises(ChannelNotFoundEntity):
                await channel.declare_queue(name, passive=True)
            channel = await connection.channel()
            await channel.declare_queue(name, durable=True)
            with pytest.raises(ChannelPreconditionFailed):
                await channel.declare_queue(name, durable=True, arguments={"x-message-ttl": 1000})

    run(program())


def test_rpc_pattern(server):
    async def program():
        async with await aio_pika.connect_robust(url(server)) as connection:
            async def multiply(*, x, y):
                return x * y

            rpc = await RPC.create(await connection.channel())
            await rpc.register("multiply", multiply, auto_delete=True)
            assert await rpc.proxy.multiply(x=6, y=7) == 42

    run(program())


def test_master_and_worker_pattern(server, name):
    async def program():
        done = []
        async with await aio_pika.connect_robust(url(server)) as connection:
            async def work(*, task):
                done.append(task)

            master = Master(await connection.channel())
            worker = await master.create_worker(name, work, auto_delete=True)
            for task in range(20):
                await master.create_task(name, kwargs=dict(task=task))
            while len(done) < 20:
                await asyncio.sleep(0.01)
            await worker.close()
        assert done == list(range(20))

    run(program())


def test_transaction(server, name):
    async def program():
        async with await aio_pika.connect_robust(url(server)) as connection:
            channel = await connection.channel(publisher_confirms=False)
            queue = await channel.declare_queue(name)
            async with channel.transaction():
                await channel.default_exchange.publish(Message(b"kept"), name)
            with pytest.raises(RuntimeError):
                async with channel.transaction():
                    await channel.default_exchange.publish(Message(b"forgotten"), name)
                    raise RuntimeError
            await channel.close()
            channel = await connection.channel()
            queue = await channel.declare_queue(name, passive=True)
            assert queue.declaration_result.message_count == 1

    run(program())


def test_update_secret(server):
    async def program():
        async with await aio_pika.connect_robust(url(server)) as connection:
            await connection.update_secret("guest", reason="refreshed")
            await connection.channel()

    run(program())


@pytest.mark.own_server
@pytest.mark.slow
def test_a_robust_connection_comes_back(server, name):
    async def program():
        connection = await aio_pika.connect_robust(url(server), reconnect_interval=0.2)
        async with connection:
            channel = await connection.channel()
            queue = await channel.declare_queue(name, durable=True)
            seen = []

            async def on_message(message):
                async with message.process():
                    seen.append(message.body)

            await queue.consume(on_message)
            await channel.default_exchange.publish(Message(b"before", delivery_mode=2), name)
            while seen != [b"before"]:
                await asyncio.sleep(0.02)
            await asyncio.to_thread(server.restart)
            await connection.ready()
            while True:
                try:
                    await channel.default_exchange.publish(Message(b"after", delivery_mode=2), name)
                    break
                except Exception:
                    await asyncio.sleep(0.2)
            while b"after" not in seen:
                await asyncio.sleep(0.02)

    run(program())
