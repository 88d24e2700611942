// Examples for kafkajs, run by test_kafkajs.py: node examples.js EXAMPLE ADDRESS TOPIC [JSON of client options].
// Each checks what it sees and exits with 0 only if all was right.

const assert = require('node:assert/strict')
const { Kafka, CompressionTypes, logLevel } = require('kafkajs')

const [example, address, topic, options] = process.argv.slice(2)
const kafka = new Kafka({ clientId: 'koine-test', brokers: [address], logLevel: logLevel.ERROR,
  ...JSON.parse(options || '{}') })

async function produce(messages, send = {}, producerOptions = {}) {
  const producer = kafka.producer(producerOptions)
  await producer.connect()
  await producer.send({ topic, messages, ...send })
  await producer.disconnect()
}

// Reads until `count` messages are there; returns them in order of arrival.
async function consume(groupId, count, consumerOptions = {}) {
  const consumer = kafka.consumer({ groupId, ...consumerOptions })
  const messages = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    consumer.run({
      eachMessage: async ({ message }) => {
        messages.push(message)
        if (messages.length >= count) resolve()
      },
    }).catch(reject)
  })
  await consumer.disconnect()
  return messages
}

async function withAdmin(use) {
  const admin = kafka.admin()
  await admin.connect()
  const result = await use(admin)
  await admin.disconnect()
  return result
}

const numbers = (count) => Array.from({ length: count }, (_, number) => String(number))

const examples = {
  async produceAndConsume() {
    await produce(numbers(100).map((value) => ({ key: 'k', value, headers: { trace: '42' } })))
    const messages = await consume(topic, 100)
    assert.deepEqual(messages.map((message) => message.value.toString()), numbers(100))
    assert.equal(messages[0].headers.trace.toString(), '42')
  },

  async gzip() {
    await produce(numbers(100).map((value) => ({ value })), { compression: CompressionTypes.GZIP })
    assert.equal((await consume(topic, 100)).length, 100)
  },

  async idempotent() {
    await produce(numbers(100).map((value) => ({ value })), {}, { idempotent: true })
    const messages = await consume(topic, 100)
    assert.deepEqual(messages.map((message) => message.value.toString()), numbers(100))
  },

  async resume() {
    await produce(numbers(5).map((value) => ({ value })))
    await consume(topic, 5)
    await produce([{ value: 'later' }])
    const messages = await consume(topic, 1)
    assert.deepEqual(messages.map((message) => message.value.toString()), ['later'])
  },

  async group() {
    await withAdmin((admin) => admin.createTopics({ topics: [{ topic, numPartitions: 4 }] }))
    const shares = new Map()
    const join = async (name) => {
      const consumer = kafka.consumer({ groupId: topic, heartbeatInterval: 300, sessionTimeout: 10000 })
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
        shares.set(name, payload.memberAssignment[topic] || []))
      await consumer.connect()
      await consumer.subscribe({ topic })
      await consumer.run({ eachMessage: async () => {} })
      return consumer
    }
    const until = async (condition) => {
      while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const share = (name) => (shares.get(name) || []).length
    const first = await join('first')
    await until(() => share('first') === 4)
    const second = await join('second')
    await until(() => share('first') === 2 && share('second') === 2)
    await second.disconnect()
    await until(() => share('first') === 4)
    await first.disconnect()
  },

  async seekByTime() {
    await produce(numbers(10).map((value, index) => ({ value, timestamp: String(1700000000000 + index) })))
    const [found] = await withAdmin((admin) => admin.fetchTopicOffsetsByTimestamp(topic, 1700000000007))
    assert.equal(found.offset, '7')
  },

  async admin() {
    await withAdmin(async (admin) => {
      assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] }), true)
      assert.ok((await admin.listTopics()).includes(topic))
      await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      assert.equal(topics[0].partitions.length, 3)
      const { resources } = await admin.describeConfigs({ resources: [{ type: 2, name: topic }] })
      assert.ok(resources[0].configEntries.some((entry) => entry.configName === 'retention.ms'))
      await admin.alterConfigs({ resources: [{ type: 2, name: topic,
        configEntries: [{ name: 'retention.ms', value: '1000000' }] }] })
      const { brokers } = await admin.describeCluster()
      assert.equal(`${brokers[0].host}:${brokers[0].port}`, address)
    })
    await produce(numbers(6).map((value) => ({ value, partition: 0 })))
    await withAdmin(async (admin) => {
      await admin.fetchTopicOffsets(topic) // deleteTopicRecords needs the metadata that this loads
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] })
      const offsets = await admin.fetchTopicOffsets(topic)
      assert.equal(offsets.find(({ partition }) => partition === 0).low, '4')
    })
    await consume(topic, 2)
    await withAdmin(async (admin) => {
      const { groups } = await admin.listGroups()
      assert.ok(groups.some(({ groupId }) => groupId === topic))
      assert.equal((await admin.describeGroups([topic])).groups[0].state, 'Empty')
      await admin.resetOffsets({ groupId: topic, topic, earliest: true })
      await admin.deleteGroups([topic])
      await admin.deleteTopics({ topics: [topic] })
    })
  },
}

examples[example]().then(() => process.exit(0), (error) => {
  console.error(error)
  process.exit(1)
})
