"""aiokafka, the asyncio client."""

import asyncio
import ssl

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

DEADLINE_S = 60


async def produce(server, topic, values, **client):
    async with AIOKafkaProducer(bootstrap_servers=server.kafka, **client) as producer:
        waiting = [await producer.send(topic, value) for value in values]
        return await asyncio.gather(*waiting)


def reader(server, *topics, **client):
    return AIOKafkaConsumer(*topics, bootstrap_servers=server.kafka, auto_offset_reset="earliest", **client)


async def take(consumer, count):
    return [await consumer.getone() for _ in range(count)]


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, DEADLINE_S))


@pytest.mark.parametrize("compression", [None, "gzip", "snappy", "lz4", "zstd"])
@pytest.mark.parametrize("idempotent", [False, True])
def test_produce_and_consume(server, name, compression, idempotent):
    async def example():
        values = [b"value %d" % number for number in range(200)]
        sent = await produce(server, name, values, compression_type=compression, enable_idempotence=idempotent)
        assert [record.offset for record in sent] == list(range(200))
        async with reader(server, name) as consumer:
            assert [record.value for record in await take(consumer, 200)] == values

    run(example())


def test_group_shares_partitions_and_gives_them_back(server, name):
    async def example():
        async with admin(server) as client:
            await client.create_topics([NewTopic(name, 4, 1)])
        group = {"group_id": name, "heartbeat_interval_ms": 300, "metadata_max_age_ms": 1000}
        async with reader(server, name, **group) as first:
            async with reader(server, name, **group) as second:
                async def shared():
                    while len(first.assignment()) != 2 or len(second.assignment()) != 2:
                        await asyncio.sleep(0.05)

                await shared()
                assert not first.assignment() & second.assignment()
            while len(first.assignment()) != 4:
                await asyncio.sleep(0.05)

    run(example())


def test_commit_and_resume(server, name):
    async def example():
        await produce(server, name, [b"a", b"b", b"c"])
        async with reader(server, name, group_id=name, enable_auto_commit=False) as consumer:
            await take(consumer, 2)
            await consumer.commit()
        async with reader(server, name, group_id=name) as consumer:
            (record,) = await take(consumer, 1)
            assert record.value == b"c"

    run(example())


def test_rebalance_listener_is_told(server, name):
    told = []

    class Listener(ConsumerRebalanceListener):
        def on_partitions_revoked(self, revoked):
            pass

        def on_partitions_assigned(self, assigned):
            told.extend(assigned)

    async def example():
        await produce(server, name, [b"x"])
        async with reader(server, group_id=name) as consumer:
            consumer.subscribe([name], listener=Listener())
            await take(consumer, 1)

    run(example())
    assert told == [TopicPartition(name, 0)]


def test_seek_by_time(server, name):
    async def example():
        async with AIOKafkaProducer(bootstrap_servers=server.kafka) as producer:
            for number in range(10):
                await producer.send_and_wait(name, b"%d" % number, timestamp_ms=1_700_000_000_000 + number)
        partition = TopicPartition(name, 0)
        async with reader(server) as consumer:
            consumer.assign([partition])
            found = await consumer.offsets_for_times({partition: 1_700_000_000_007})
            consumer.seek(partition, found[partition].offset)
            assert [record.value for record in await take(consumer, 3)] == [b"7", b"8", b"9"]
            assert await consumer.end_offsets([partition]) == {partition: 10}
            assert await consumer.beginning_offsets([partition]) == {partition: 0}

    run(example())


def admin(server):
    class Admin(AIOKafkaAdminClient):
        async def __aenter__(self):
            await self.start()
            return self

        async def __aexit__(self, *exception):
            await self.close()

    return Admin(bootstrap_servers=server.kafka)


def test_admin(server, name):
    async def example():
        async with admin(server) as client:
            await client.create_topics([NewTopic(name, 2, 1)])
            assert name in await client.list_topics()
            (described,) = await client.describe_topics([name])
            assert len(described["partitions"]) == 2
            await produce(server, name, [b"x"])
            async with reader(server, name, group_id=name) as consumer:
                await take(consumer, 1)
            assert (name, "consumer") in await client.list_consumer_groups()
            offsets = await client.list_consumer_group_offsets(name)
            assert sum(offset.offset for offset in offsets.values() if offset.offset > 0) == 1
            await client.delete_topics([name])

    run(example())


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_sasl_over_tls(start_server, certificate, name, mechanism):
    server = start_server(users={"alice": "alice-secret"}, tls=certificate)
    client = {"security_protocol": "SASL_SSL", "sasl_mechanism": mechanism, "sasl_plain_username": "alice",
              "sasl_plain_password": "alice-secret",
              "ssl_context": ssl.create_default_context(cafile=certificate.authority)}

    async def example():
        await produce(server, name, [b"hidden"], **client)
        async with reader(server, name, **client) as consumer:
            assert (await consumer.getone()).value == b"hidden"

    run(example())
